/*
 * The record keeps what it was given: vintages in any order, one transaction an import, backup, locks, a full disk, a killed process.
 */
#include "test_node.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static uint32_t add_place(struct vg_place_list *list, const char *code, uint32_t parent, enum vg_place_level level)
{
    struct vg_place place = {.code = code, .name = code, .parent = parent, .level = level, .population = 1000, .latitude = NAN, .longitude = NAN};
    return vg_place_list_add(list, &place);
}

/* 0 a country, 1 and 2 its states, 3 a city of state 1, 4 one of state 2. */
static struct vg_place_list *make_places(struct vg_arena *arena)
{
    struct vg_place_list *list = VG_ARENA_ARRAY(arena, struct vg_place_list, 1);
    vg_place_list_init(list, arena);
    uint32_t country = add_place(list, "XV", VG_PLACE_NONE, VG_LEVEL_COUNTRY);
    uint32_t one = add_place(list, "XV-1", country, VG_LEVEL_ADMIN1);
    uint32_t two = add_place(list, "XV-2", country, VG_LEVEL_ADMIN1);
    (void)add_place(list, "XV-11", one, VG_LEVEL_ADMIN2);
    (void)add_place(list, "XV-21", two, VG_LEVEL_ADMIN2);
    return list;
}

/* A small line list in arrays. */
#define CASES_MAX 64
struct list {
    size_t n;
    uint64_t identity[CASES_MAX], content[CASES_MAX];
    int32_t onset[CASES_MAX], report[CASES_MAX];
    uint32_t place[CASES_MAX];
    uint8_t class[CASES_MAX], sex[CASES_MAX], severity[CASES_MAX];
    int16_t age[CASES_MAX];
};

static void add_case(struct list *list, uint64_t identity, int32_t onset, int32_t report, uint32_t place)
{
    size_t i = list->n++;
    list->identity[i] = identity;
    list->onset[i] = onset;
    list->report[i] = report;
    list->place[i] = place;
    list->class[i] = VG_CLASS_CONFIRMED;
    list->sex[i] = (uint8_t)(identity % 2 == 0 ? VG_SEX_FEMALE : VG_SEX_MALE);
    list->age[i] = (int16_t)(identity % 90);
    const int64_t fields[] = {onset, report, place};
    list->content[i] = vg_hash_bytes(fields, sizeof fields, identity);
}

static void import_list(struct node *node, const char *dataset, struct list *list, int32_t published, bool snapshot, struct vg_store_import_summary *summary)
{
    struct vg_case_table table = {.n_cases = list->n, .place = list->place, .age_years = list->age, .sex = list->sex, .class = list->class, .severity = list->severity,
                                  .identity_hash = list->identity, .content_hash = list->content};
    table.dates[VG_CASE_ONSET] = list->onset;
    table.dates[VG_CASE_REPORT] = list->report;
    char hash[65];
    vg_content_hash(list, sizeof *list, hash);
    struct vg_store_import import = {.dataset = {.name = dataset, .kind = VG_DATASET_CASES}, .file_name = "list.csv", .file_hash = hash, .profile = "test",
                                     .published = published, .snapshot = snapshot, .places = make_places(&node->arena), .cases = &table};
    vg_assert_ok(vg_store_import(node->store, &import, summary, &node->error), node->error);
}

static double count_on(struct node *node, const char *dataset, int32_t as_of, const char *place)
{
    struct vg_cube_filter filter = {.dataset = dataset, .measure = "cases_onset", .place = place, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = as_of};
    struct vg_series series;
    vg_assert_ok(vg_store_series(node->store, &filter, &node->arena, &series, &node->error), node->error);
    double sum = 0;
    for (size_t i = 0; i < series.n_values; i++) {
        sum += isnan(series.values[i]) ? 0 : series.values[i];
    }
    return sum;
}

static void a_case_is_known_from_its_report_date(void **state)
{
    struct node *node = *state;
    struct list list = {0};
    struct vg_store_import_summary summary;
    add_case(&list, 1, 100, 105, 3);
    add_case(&list, 2, 101, 110, 4);
    add_case(&list, 3, 102, 500, 4); /* a report date after the publication is a typing error */
    import_list(node, "a", &list, 120, true, &summary);
    assert_int_equal(summary.rows_new, 3);
    assert_true(count_on(node, "a", 104, NULL) == 0);
    assert_true(count_on(node, "a", 105, NULL) == 1);
    assert_true(count_on(node, "a", 119, NULL) == 2);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 3);
    assert_true(count_on(node, "a", VG_DATE_NONE, "XV-1") == 1);
    assert_true(count_on(node, "a", VG_DATE_NONE, "XV") == 3);
    assert_true(count_on(node, "a", VG_DATE_NONE, "XV-21") == 2);
}

static void the_same_file_changes_nothing(void **state)
{
    struct node *node = *state;
    struct list list = {0};
    struct vg_store_import_summary summary;
    add_case(&list, 1, 100, 105, 3);
    import_list(node, "a", &list, 120, true, &summary);
    uint64_t version = vg_store_data_version(node->store);
    import_list(node, "a", &list, 120, true, &summary);
    assert_true(summary.already_there);
    assert_true(vg_store_data_version(node->store) == version);
}

static void a_revision_changes_withdraws_and_adds(void **state)
{
    struct node *node = *state;
    struct list first = {0};
    struct list second = {0};
    struct vg_store_import_summary summary;
    add_case(&first, 1, 100, 105, 3);
    add_case(&first, 2, 101, 106, 3);
    add_case(&first, 3, 102, 107, 4);
    import_list(node, "a", &first, 120, true, &summary);
    add_case(&second, 1, 100, 105, 3);
    add_case(&second, 2, 99, 106, 3);
    add_case(&second, 4, 110, 118, 4); /* a report date before the former vintage: it was not in it, so it is known from the day after */
    import_list(node, "a", &second, 130, true, &summary);
    assert_int_equal(summary.rows_new, 1);
    assert_int_equal(summary.rows_changed, 1);
    assert_int_equal(summary.rows_withdrawn, 1);
    assert_int_equal(summary.rows_unchanged, 1);
    assert_true(count_on(node, "a", 120, NULL) == 3);
    assert_true(count_on(node, "a", 121, NULL) == 4);
    assert_true(count_on(node, "a", 130, NULL) == 3);
    struct vg_cube_filter filter = {.dataset = "a", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = 130};
    struct vg_triangle triangle;
    vg_assert_ok(vg_store_triangle(node->store, &filter, 40, &node->arena, &triangle, &node->error), node->error);
    double sum = 0;
    for (size_t i = 0; i < triangle.n_references * triangle.n_delays; i++) {
        sum += isnan(triangle.increments[i]) ? 0 : triangle.increments[i];
    }
    assert_true(sum == 3);
    /* The withdrawn case: +1 on its report, -1 on the vintage without it. */
    assert_true(triangle.increments[(size_t)(102 - triangle.start) * 40 + 5] == 1);
    assert_true(triangle.increments[(size_t)(102 - triangle.start) * 40 + 28] == -1);
}

/* Cases without an onset by their report steps; one that gets its onset later, or had no symptoms, is none of them. */
static void missing_onsets_are_counted_by_report(void **state)
{
    struct node *node = *state;
    struct list first = {0}, second;
    struct vg_store_import_summary summary;
    static const int32_t reports[] = {104, 104, 107, 109, 109, 115};
    add_case(&first, 1, 100, 105, 3);
    add_case(&first, 2, 110, 112, 3);
    for (size_t i = 0; i < 6; i++) {
        add_case(&first, 10 + i, VG_DATE_NONE, reports[i], i < 4 ? 3 : 4);
    }
    first.severity[4] = VG_SEVERITY_ASYMPTOMATIC; /* of day 107 */
    first.class[5] = VG_CLASS_DISCARDED;          /* one of day 109 */
    import_list(node, "a", &first, 120, true, &summary);
    second = first;
    second.onset[3] = 103; /* one of day 104 is asked again */
    second.content[3]++;
    import_list(node, "a", &second, 125, true, &summary);
    struct vg_cube_filter filter = {.dataset = "a", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = 120};
    struct vg_triangle triangle;
    double *counts = NULL, sum = 0;
    size_t n = 0;
    vg_assert_ok(vg_store_triangle(node->store, &filter, 8, &node->arena, &triangle, &node->error), node->error);
    vg_assert_ok(vg_store_undated(node->store, &filter, &triangle, &node->arena, &counts, &n, &node->error), node->error);
    assert_int_equal(triangle.start, 100);
    assert_int_equal(n, 21);
    assert_true(counts[4] == 2 && counts[7] == 0 && counts[9] == 1 && counts[15] == 1);
    filter.as_of = 125;
    filter.place = "XV-1";
    vg_assert_ok(vg_store_triangle(node->store, &filter, 8, &node->arena, &triangle, &node->error), node->error);
    vg_assert_ok(vg_store_undated(node->store, &filter, &triangle, &node->arena, &counts, &n, &node->error), node->error);
    for (size_t i = 0; i < n; i++) {
        sum += counts[i];
    }
    assert_true(sum == 1 && counts[4] == 1);
    filter.measure = "cases_report";
    vg_assert_ok(vg_store_undated(node->store, &filter, &triangle, &node->arena, &counts, &n, &node->error), node->error);
    assert_int_equal(n, 0);
}

/* Slow reference: what is known on a day is the newest vintage by then; a case that a vintage first shows is known from its report date, between the vintages. */
static size_t slow_known(const struct list *vintages, const int32_t *days, size_t n, int32_t day, int32_t onset)
{
    size_t known = 0;
    for (uint64_t identity = 1; identity < 12; identity++) {
        const struct list *at = NULL;
        size_t row = 0;
        for (size_t v = 0; v < n && days[v] <= day; v++) {
            at = &vintages[v];
        }
        bool found = false;
        for (size_t i = 0; at != NULL && i < at->n; i++) {
            if (at->identity[i] == identity) {
                found = true;
                row = i;
            }
        }
        /* Not in the newest vintage by then, but perhaps first shown by the next one with an earlier report date. */
        bool ever = false;
        for (size_t v = 0; v < n && days[v] <= day; v++) {
            ever = ever || days[v] == day; /* on a vintage's own day the vintage is all that is known */
            for (size_t i = 0; i < vintages[v].n; i++) {
                ever = ever || vintages[v].identity[i] == identity;
            }
        }
        for (size_t v = 0; v < n && !found && !ever; v++) {
            if (days[v] <= day) {
                continue;
            }
            for (size_t i = 0; i < vintages[v].n; i++) {
                if (vintages[v].identity[i] == identity && vintages[v].report[i] <= day) {
                    found = true;
                    at = &vintages[v];
                    row = i;
                }
            }
            break;
        }
        known += found && at->onset[row] == onset;
    }
    return known;
}

static void vintages_in_any_order_give_the_same_answers(void **state)
{
    (void)state;
    static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const int32_t days[3] = {120, 130, 140};
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct vg_random random = vg_random_stream(20210205, seed, 0, 1);
        struct list vintages[3] = {0};
        for (size_t v = 0; v < 3; v++) {
            for (uint64_t identity = 1; identity < 12; identity++) {
                if (vg_random_below(&random, 4) > 0) {
                    int32_t report = 105 + (int32_t)vg_random_below(&random, 8) + (int32_t)(identity % 4) * 10;
                    add_case(&vintages[v], identity, 100 + (int32_t)vg_random_below(&random, 3), report > days[v] ? days[v] : report, 3);
                }
            }
        }
        for (size_t order = 0; order < 6; order++) {
            void *fresh = NULL;
            assert_int_equal(make_bare_node(&fresh), 0);
            struct node *node = fresh;
            for (size_t i = 0; i < 3; i++) {
                struct vg_store_import_summary summary;
                import_list(node, "a", &vintages[orders[order][i]], days[orders[order][i]], true, &summary);
            }
            for (int32_t day = 104; day <= 141; day++) {
                struct vg_cube_filter filter = {.dataset = "a", .measure = "cases_onset", .from = 100, .to = 102, .as_of = day};
                struct vg_series series;
                vg_assert_ok(vg_store_series(node->store, &filter, &node->arena, &series, &node->error), node->error);
                for (int32_t onset = 100; onset <= 102; onset++) {
                    int32_t at = onset - series.start;
                    double value = at >= 0 && (size_t)at < series.n_values ? series.values[at] : 0;
                    size_t expected = slow_known(vintages, days, 3, day, onset);
                    if (value != (double)expected) {
                        fail_msg("seed %u, order %zu, day %d, onset %d: %g, expected %zu", seed, order, day, onset, value, expected);
                    }
                }
            }
            vg_assert_ok(vg_store_verify(node->store, false, &node->error), node->error);
            (void)drop_node(&fresh);
        }
    }
}

/* ------------------------------------------------------------------ counts */

struct cells {
    size_t n;
    uint16_t measure[CASES_MAX];
    uint32_t place[CASES_MAX], group[CASES_MAX];
    int32_t reference[CASES_MAX], report[CASES_MAX];
    double increment[CASES_MAX];
};

static void add_cell(struct cells *cells, const char *measure, uint32_t place, int32_t reference, int32_t report, double value)
{
    size_t i = cells->n++;
    cells->measure[i] = (uint16_t)(vg_measure_find(vg_text_from(measure)) - vg_measure_at(0));
    cells->place[i] = place;
    cells->reference[i] = reference;
    cells->report[i] = report;
    cells->increment[i] = value;
}

static void import_cells(struct node *node, struct cells *cells, int32_t published, bool have_report, struct vg_store_import_summary *summary)
{
    struct vg_text groups[] = {{"all", 3}};
    char hash[65];
    struct vg_count_table table = {.n_counts = cells->n, .measure = cells->measure, .place = cells->place, .group = cells->group, .reference_date = cells->reference,
                                   .report_date = cells->report, .increment = cells->increment, .groups = groups, .n_groups = 1, .step_days = 1};
    vg_content_hash(cells, sizeof *cells, hash);
    struct vg_store_import import = {.dataset = {.name = "c", .kind = VG_DATASET_COUNTS}, .file_name = "c.csv", .file_hash = hash, .profile = "test",
                                     .published = published, .counts_have_report_date = have_report, .places = make_places(&node->arena), .counts = &table};
    vg_assert_ok(vg_store_import(node->store, &import, summary, &node->error), node->error);
}

static double value_on(struct node *node, const char *measure, const char *place, int32_t reference, int32_t as_of)
{
    struct vg_cube_filter filter = {.dataset = "c", .measure = measure, .place = place, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = as_of};
    struct vg_series series;
    vg_assert_ok(vg_store_series(node->store, &filter, &node->arena, &series, &node->error), node->error);
    int32_t at = reference - series.start;
    return at >= 0 && (size_t)at < series.n_values ? series.values[at] : NAN;
}

static void revised_counts_are_signed_increments(void **state)
{
    static const size_t orders[2][2] = {{0, 1}, {1, 0}};
    (void)state;
    for (size_t order = 0; order < 2; order++) {
        void *fresh = NULL;
        assert_int_equal(make_bare_node(&fresh), 0);
        struct node *node = fresh;
        struct cells vintages[2] = {0};
        struct vg_store_import_summary summary;
        add_cell(&vintages[0], "cases_report", 3, 100, 0, 7);
        add_cell(&vintages[0], "cases_report", 3, 101, 0, 9);
        add_cell(&vintages[0], "icu_patients", 3, 100, 0, 5);
        add_cell(&vintages[1], "cases_report", 3, 100, 0, 4);
        add_cell(&vintages[1], "cases_report", 3, 102, 0, 1);
        add_cell(&vintages[1], "icu_patients", 3, 100, 0, 6);
        static const int32_t days[2] = {101, 105};
        for (size_t i = 0; i < 2; i++) {
            import_cells(node, &vintages[orders[order][i]], days[orders[order][i]], false, &summary);
        }
        assert_true(value_on(node, "cases_report", NULL, 100, 100) == 7);
        assert_true(isnan(value_on(node, "cases_report", NULL, 101, 100)));
        assert_true(value_on(node, "cases_report", NULL, 100, 104) == 7);
        assert_true(value_on(node, "cases_report", NULL, 100, 105) == 4);
        assert_true(value_on(node, "cases_report", NULL, 101, 105) == 9);
        assert_true(value_on(node, "cases_report", NULL, 102, VG_DATE_NONE) == 1);
        assert_true(value_on(node, "icu_patients", NULL, 100, 101) == 5);
        assert_true(value_on(node, "icu_patients", NULL, 100, 105) == 6);
        (void)drop_node(&fresh);
    }
}

static void a_state_total_and_its_cities_are_never_added(void **state)
{
    struct node *node = *state;
    struct cells cells = {0};
    struct vg_store_import_summary summary;
    add_cell(&cells, "cases_report", 1, 100, 0, 50); /* the state's own */
    add_cell(&cells, "cases_report", 3, 100, 0, 30); /* its city */
    add_cell(&cells, "cases_report", 4, 100, 0, 8);  /* a city of the other state, which has no own rows */
    import_cells(node, &cells, 101, false, &summary);
    assert_true(value_on(node, "cases_report", NULL, 100, VG_DATE_NONE) == 58);
    assert_true(value_on(node, "cases_report", "XV", 100, VG_DATE_NONE) == 58);
    assert_true(value_on(node, "cases_report", "XV-1", 100, VG_DATE_NONE) == 50);
    assert_true(value_on(node, "cases_report", "XV-11", 100, VG_DATE_NONE) == 30);
    assert_true(value_on(node, "cases_report", "XV-2", 100, VG_DATE_NONE) == 8);
    struct vg_cube_filter filter = {.dataset = "c", .measure = "cases_report", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct vg_series_matrix matrix;
    vg_assert_ok(vg_store_series_by_place(node->store, &filter, VG_LEVEL_ADMIN1, &node->arena, &matrix, &node->error), node->error);
    assert_int_equal(matrix.n_places, 2);
    assert_true(matrix.values[0] == 50 && matrix.values[1] == 8);
}

static void triangles_keep_their_report_dates(void **state)
{
    struct node *node = *state;
    struct cells cells = {0};
    struct vg_store_import_summary summary;
    add_cell(&cells, "cases_onset", 3, 100, 100, 5);
    add_cell(&cells, "cases_onset", 3, 100, 102, 3);
    add_cell(&cells, "cases_onset", 3, 101, 102, 4);
    add_cell(&cells, "cases_onset", 3, 100, 103, -1);
    import_cells(node, &cells, 103, true, &summary);
    struct vg_cube_filter filter = {.dataset = "c", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct vg_triangle triangle;
    vg_assert_ok(vg_store_triangle(node->store, &filter, 4, &node->arena, &triangle, &node->error), node->error);
    assert_int_equal(triangle.start, 100);
    const double *cell = triangle.increments;
    assert_true(cell[0] == 5 && isnan(cell[1]) && cell[2] == 3 && cell[3] == -1); /* nothing was published on day 101 */
    assert_true(isnan(cell[4]) && cell[5] == 4 && cell[6] == 0);
    cells.increment[1] = 2;
    import_cells(node, &cells, 103, true, &summary);
    assert_int_equal(summary.rows_changed, 1);
    assert_int_equal(summary.rows_unchanged, 3);
}

/* ------------------------------------------------- locks, backup, accidents */

static void a_second_writer_is_told_to_wait_and_readers_are_not(void **state)
{
    struct node *node = *state;
    struct vg_store *other = NULL;
    assert_int_equal(vg_store_open(node->folder, VG_STORE_WRITE, &other, &node->error), VG_BUSY);
    assert_null(other);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_READ, &other, &node->error), node->error);
    struct list list = {0};
    struct vg_store_import_summary summary;
    add_case(&list, 1, 100, 105, 3);
    import_list(node, "a", &list, 120, true, &summary);
    struct vg_dataset dataset;
    assert_int_equal(vg_store_dataset_find(other, "a", &node->arena, &dataset, &node->error), VG_NOT_FOUND);
    vg_assert_ok(vg_store_refresh(other, &node->error), node->error);
    vg_assert_ok(vg_store_dataset_find(other, "a", &node->arena, &dataset, &node->error), node->error);
    assert_int_equal(dataset.n_rows, 1);
    vg_store_close(other);
}

static void a_backup_is_a_node_and_can_be_restored(void **state)
{
    struct node *node = *state;
    struct list list = {0};
    struct vg_store_import_summary summary;
    char backup[128];
    char former[128];
    (void)snprintf(backup, sizeof backup, "%s-backup", node->folder);
    (void)snprintf(former, sizeof former, "%s.before-restore", node->folder);
    add_case(&list, 1, 100, 105, 3);
    import_list(node, "a", &list, 120, true, &summary);
    vg_assert_ok(vg_store_backup(node->store, backup, NULL, &node->error), node->error);
    add_case(&list, 2, 100, 105, 3);
    import_list(node, "a", &list, 121, true, &summary);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 2);
    vg_store_close(node->store);
    node->store = NULL;
    vg_assert_ok(vg_store_restore(backup, node->folder, &node->error), node->error);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 1);
    vg_assert_ok(vg_store_verify(node->store, false, &node->error), node->error);
    test_folder_remove(backup);
    test_folder_remove(former);
}

static void a_damaged_or_missing_cube_is_made_anew(void **state)
{
    struct node *node = *state;
    struct list list = {0};
    struct vg_store_import_summary summary;
    add_case(&list, 1, 100, 105, 3);
    import_list(node, "a", &list, 120, true, &summary);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/cube/%llu.cube", node->folder, (unsigned long long)vg_store_data_version(node->store));
    vg_store_close(node->store);
    node->store = NULL;
    assert_true(vg_file_exists(path));
    assert_int_equal(truncate(path, 100), 0);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 1);
    vg_assert_ok(vg_store_verify(node->store, false, &node->error), node->error);
    vg_store_close(node->store);
    node->store = NULL;
    assert_int_equal(unlink(path), 0);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 1);
}

static void a_newer_schema_is_refused_and_an_older_one_migrates(void **state)
{
    struct node *node = *state;
    char command[320];
    vg_store_close(node->store);
    node->store = NULL;
    (void)snprintf(command, sizeof command, "sqlite3 %s/node.db 'PRAGMA user_version = 99'", node->folder);
    if (system(command) != 0) {
        print_message("skipped: the sqlite3 program is not there\n");
        skip();
    }
    assert_int_equal(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "newer"));
    (void)snprintf(command, sizeof command, "rm %s/node.db* && sqlite3 %s/node.db 'PRAGMA user_version = 0; CREATE TABLE x(a); DROP TABLE x'", node->folder, node->folder);
    assert_int_equal(system(command), 0);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    struct list list = {0};
    struct vg_store_import_summary summary;
    add_case(&list, 1, 100, 105, 3);
    import_list(node, "a", &list, 120, true, &summary);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 1);
    /* A node of schema 1: the columns that came later are taken away. Facts stay, and imports go on. */
    vg_store_close(node->store);
    node->store = NULL;
    (void)snprintf(command, sizeof command, "sqlite3 %s/node.db 'ALTER TABLE import DROP COLUMN extra_headings; DROP TABLE alarm_event; DROP TABLE alarm; DROP TABLE genome; DROP TABLE genome_set; PRAGMA user_version = 1'", node->folder);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "cd %s && sqlite3 node.db \"SELECT 'DROP TABLE ' || name || ';' FROM sqlite_master WHERE type = 'table' AND (name LIKE 'tracing_%%' OR name LIKE 'stock_%%')\" | sqlite3 node.db && sqlite3 node.db 'DROP INDEX place_parent'",
                   node->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(vg_store_open(node->folder, VG_STORE_READ, &node->store, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "older schema"));
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 1);
    add_case(&list, 2, 101, 106, 3);
    import_list(node, "a", &list, 121, true, &summary);
    assert_true(count_on(node, "a", VG_DATE_NONE, NULL) == 2);
}

/* A list large enough that its import takes a while. */
static vg_status import_many(struct vg_store *store, const struct vg_place_list *places, size_t n, uint64_t salt, int32_t published, struct vg_error *error)
{
    uint64_t *identity = malloc(n * sizeof *identity);
    int32_t *onset = malloc(n * sizeof *onset);
    uint32_t *place = malloc(n * sizeof *place);
    for (size_t i = 0; i < n; i++) {
        identity[i] = salt + i;
        onset[i] = 100 + (int32_t)(i % 50);
        place[i] = 3 + (uint32_t)(i % 2);
    }
    struct vg_case_table table = {.n_cases = n, .place = place, .identity_hash = identity, .content_hash = identity};
    table.dates[VG_CASE_ONSET] = onset;
    char hash[65];
    vg_content_hash(&salt, sizeof salt, hash);
    struct vg_store_import import = {.dataset = {.name = "many", .kind = VG_DATASET_CASES}, .file_name = "many.csv", .file_hash = hash, .profile = "test",
                                     .published = published, .places = places, .cases = &table};
    struct vg_store_import_summary summary;
    vg_status status = vg_store_import(store, &import, &summary, error);
    free(identity);
    free(onset);
    free(place);
    return status;
}

static void a_killed_import_leaves_the_old_state_or_the_new(void **state)
{
    struct node *node = *state;
    vg_assert_ok(import_many(node->store, make_places(&node->arena), 1000, 1, 200, &node->error), node->error);
    vg_store_close(node->store);
    node->store = NULL;
    double expected = 1000;
    size_t n_old = 0;
    size_t n_new = 0;
    for (int attempt = 0; attempt < 12; attempt++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct vg_store *store = NULL;
            struct vg_error error;
            if (vg_store_open(node->folder, VG_STORE_WRITE, &store, &error) != VG_OK ||
                import_many(store, make_places(&node->arena), 20000, 1000000U * (uint64_t)(attempt + 1), 201 + attempt, &error) != VG_OK) {
                _exit(1);
            }
            vg_store_close(store);
            _exit(0);
        }
        (void)usleep((useconds_t)(attempt * 12000));
        (void)kill(child, SIGKILL);
        int ended = 0;
        assert_int_equal(waitpid(child, &ended, 0), child);
        bool acknowledged = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
        vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
        double now = count_on(node, "many", VG_DATE_NONE, NULL);
        assert_true(now == expected + 20000 || (now == expected && !acknowledged));
        n_old += now == expected;
        n_new += now != expected;
        expected = now;
        vg_assert_ok(vg_store_verify(node->store, false, &node->error), node->error);
        vg_store_close(node->store);
        node->store = NULL;
    }
    print_message("killed imports: %zu left the old state, %zu the new one\n", n_old, n_new);
}

static void a_full_disk_leaves_the_old_state(void **state)
{
    struct node *node = *state;
    vg_assert_ok(import_many(node->store, make_places(&node->arena), 1000, 1, 200, &node->error), node->error);
    vg_store_close(node->store);
    node->store = NULL;
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* A limit on file size fails writes as a full disk does. */
        struct vg_store *store = NULL;
        struct vg_error error = {0};
        struct rlimit limit = {600000, 600000};
        (void)signal(SIGXFSZ, SIG_IGN);
        vg_status status = vg_store_open(node->folder, VG_STORE_WRITE, &store, &error);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        status = status != VG_OK ? status : import_many(store, make_places(&node->arena), 300000, 1000000, 201, &error);
        ssize_t written = write(channel[1], error.message, strlen(error.message) + 1);
        _exit(written < 0 ? 100 : (int)status);
    }
    (void)close(channel[1]);
    char message[VG_ERROR_MESSAGE_BYTES] = "";
    ssize_t got = read(channel[0], message, sizeof message - 1);
    (void)close(channel[0]);
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(got > 0);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), VG_SYSTEM_ERROR);
    assert_non_null(strstr(message, "as it was before"));
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error), node->error);
    assert_true(count_on(node, "many", VG_DATE_NONE, NULL) == 1000);
    vg_assert_ok(vg_store_verify(node->store, false, &node->error), node->error);
}

static void identifying_fields_are_not_readable_on_disk(void **state)
{
    struct node *node = *state;
    uint64_t identity = 5;
    int32_t onset = 100;
    struct vg_text secret = vg_text_from("{\"nombre\":\"Rosalinda Quispe Mamani\"}");
    struct vg_case_table table = {.n_cases = 1, .identity_hash = &identity, .content_hash = &identity, .identifying = &secret};
    table.dates[VG_CASE_ONSET] = &onset;
    struct vg_store_import import = {.dataset = {.name = "p", .kind = VG_DATASET_CASES}, .file_name = "p.csv", .file_hash = "p", .profile = "test", .published = 120,
                                     .places = make_places(&node->arena), .cases = &table};
    struct vg_store_import_summary summary;
    vg_assert_ok(vg_store_import(node->store, &import, &summary, &node->error), node->error);
    vg_store_close(node->store);
    node->store = NULL;
    char command[256];
    (void)snprintf(command, sizeof command, "grep -rq Rosalinda %s", node->folder);
    assert_int_not_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "%s/key", node->folder);
    struct stat facts;
    assert_int_equal(stat(command, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
}

static void products_are_kept_with_what_made_them(void **state)
{
    struct node *node = *state;
    struct vg_product product = {.kind = "situation", .key = "a|now", .parameters_json = "{}", .program_version = "0", .data_version = 7, .seed = 3, .content = "abc", .content_bytes = 3};
    vg_assert_ok(vg_store_put_products(node->store, &product, 1, &node->error), node->error);
    product.content = "defg";
    product.content_bytes = 4;
    vg_assert_ok(vg_store_put_products(node->store, &product, 1, &node->error), node->error);
    struct vg_product found;
    vg_assert_ok(vg_store_get_product(node->store, "situation", "a|now", &node->arena, &found, &node->error), node->error);
    assert_int_equal(found.content_bytes, 4);
    assert_memory_equal(found.content, "defg", 4);
    assert_int_equal(found.seed, 3);
    assert_int_equal(vg_store_get_product(node->store, "situation", "b|now", &node->arena, &found, &node->error), VG_NOT_FOUND);
}

static void groups_and_pyramids_count_what_they_say(void **state)
{
    struct node *node = *state;
    struct list list = {0};
    struct vg_store_import_summary summary;
    for (uint64_t i = 1; i <= 40; i++) {
        add_case(&list, i, 100 + (int32_t)(i % 5), 110, 3);
    }
    list.class[0] = VG_CLASS_DISCARDED;
    import_list(node, "a", &list, 120, true, &summary);
    struct vg_cube_filter filter = {.dataset = "a", .measure = "cases_onset", .group = "sex:female/age:10-19", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct vg_series series;
    vg_assert_ok(vg_store_series(node->store, &filter, &node->arena, &series, &node->error), node->error);
    double sum = 0;
    for (size_t i = 0; i < series.n_values; i++) {
        sum += series.values[i];
    }
    assert_true(sum == 5); /* 10, 12, 14, 16, 18 */
    filter.group = NULL;
    struct vg_pyramid pyramid;
    vg_assert_ok(vg_store_pyramid(node->store, &filter, &pyramid, &node->error), node->error);
    double total = 0;
    for (size_t band = 0; band <= VG_PYRAMID_BANDS; band++) {
        total += pyramid.counts[band][VG_SEX_FEMALE][VG_OUTCOME_UNKNOWN] + pyramid.counts[band][VG_SEX_MALE][VG_OUTCOME_UNKNOWN];
    }
    assert_true(total == 39); /* the discarded case is left out */
    assert_true(pyramid.counts[2][VG_SEX_FEMALE][VG_OUTCOME_UNKNOWN] == 3);
    filter.group = "class:discarded";
    assert_true(vg_store_series(node->store, &filter, &node->arena, &series, &node->error) == VG_OK);
    filter.group = "shoe:42";
    assert_int_equal(vg_store_series(node->store, &filter, &node->arena, &series, &node->error), VG_NOT_FOUND);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case_is_known_from_its_report_date, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(the_same_file_changes_nothing, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_revision_changes_withdraws_and_adds, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(missing_onsets_are_counted_by_report, make_bare_node, drop_node),
        cmocka_unit_test(vintages_in_any_order_give_the_same_answers),
        cmocka_unit_test(revised_counts_are_signed_increments),
        cmocka_unit_test_setup_teardown(a_state_total_and_its_cities_are_never_added, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(triangles_keep_their_report_dates, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_second_writer_is_told_to_wait_and_readers_are_not, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_backup_is_a_node_and_can_be_restored, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_damaged_or_missing_cube_is_made_anew, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_newer_schema_is_refused_and_an_older_one_migrates, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_killed_import_leaves_the_old_state_or_the_new, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_state, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(identifying_fields_are_not_readable_on_disk, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(products_are_kept_with_what_made_them, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(groups_and_pyramids_count_what_they_say, make_bare_node, drop_node),
    };
    return cmocka_run_group_tests_name("store/store", tests, NULL, NULL);
}
