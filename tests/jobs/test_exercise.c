/*
 * An exercise on disk, end to end: made by the engine, sealed, released day by day, loaded by a node and scored. Nothing of a release is newer than its
 * day, nothing of the truth is in it, and neither a wrong key nor a changed file gets through.
 */
#include "made_exercise.h"

#include "jobs/exercise/genomes.h"
#include "jobs/exercise/exercise.h"

#include <dirent.h>
#include <fcntl.h>

/* --------------------------------------------------------------------- files */

static void threads_and_seals_do_not_change_the_tables(void **out)
{
    struct state *state = *out;
    struct exercise_folder sealed, open;
    vg_assert_ok(exercise_open(state->exercise, state->key, &state->arena, &sealed, &state->error), state->error);
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &open, &state->error), state->error);
    assert_true(sealed.sealed && !open.sealed);
    for (const struct vg_exercise_table *table = vg_exercise_tables; table->name != NULL; table++) {
        struct vg_buffer one, other;
        char name[96];
        (void)snprintf(name, sizeof name, "%s.csv", table->name);
        vg_buffer_init(&one, 0);
        vg_buffer_init(&other, 0);
        vg_assert_ok(exercise_read(&sealed, table->truth ? "truth" : "observed", name, &one, &state->error), state->error);
        vg_assert_ok(exercise_read(&open, table->truth ? "truth" : "observed", name, &other, &state->error), state->error);
        assert_true(one.size > 100 && one.size == other.size && memcmp(one.data, other.data, one.size) == 0);
        vg_buffer_release(&one);
        vg_buffer_release(&other);
    }
}

static void hashes_are_those_of_the_files(void **out)
{
    struct state *state = *out;
    struct vg_buffer manifest, file;
    size_t checked = 0;
    read_file(state, state->exercise, "observed/manifest.json", &manifest);
    char observed[256];
    (void)snprintf(observed, sizeof observed, "%s/observed", state->exercise);
    DIR *folder = opendir(observed);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[512], hash[65];
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, "manifest", 8) == 0) {
            continue;
        }
        (void)snprintf(name, sizeof name, "observed/%s", entry->d_name);
        read_file(state, state->exercise, name, &file);
        vg_sha256(file.data, file.size, hash);
        assert_non_null(strstr(manifest.data, hash));
        checked++;
        vg_buffer_release(&file);
    }
    (void)closedir(folder);
    vg_buffer_release(&manifest);
    assert_true(checked >= 8);
}

/* No file outside of the seal tells the seed, the scenario or a table of the truth. */
static void the_truth_is_nowhere_in_the_open(void **out)
{
    struct state *state = *out;
    struct vg_buffer infections, public_manifest;
    char path[512];
    read_file(state, state->open_exercise, "truth/infection.csv", &infections);
    read_file(state, state->exercise, "manifest.json", &public_manifest);
    assert_null(strstr(public_manifest.data, "seed"));
    assert_null(strstr(public_manifest.data, "infections"));
    (void)snprintf(path, sizeof path, "%s/truth/infection.csv", state->exercise);
    assert_false(vg_file_exists(path));
    (void)snprintf(path, sizeof path, "%s/truth/manifest.json", state->exercise);
    assert_false(vg_file_exists(path));
    /* A line of the table is not in the sealed bytes, and these do not compress any further than noise would. */
    struct vg_buffer sealed;
    read_file(state, state->exercise, "truth/infection.csv.sealed", &sealed);
    size_t ones = 0;
    for (size_t i = 0; i < sealed.size; i++) {
        ones += (size_t)__builtin_popcount((unsigned char)sealed.data[i]);
    }
    vg_assert_near((double)ones / (8.0 * (double)sealed.size), 0.5, 4 * 0.5 / sqrt(8.0 * (double)sealed.size));
    assert_null(memmem(sealed.data, sealed.size, "I000000", 7));
    vg_buffer_release(&sealed);
    vg_buffer_release(&infections);
    vg_buffer_release(&public_manifest);
}

static void a_wrong_key_opens_nothing(void **out)
{
    struct state *state = *out;
    struct vg_answer answer;
    char to[256];
    (void)snprintf(to, sizeof to, "%s/opened", state->folder);
    vg_answer_init(&answer, &state->arena);
    assert_int_equal(vg_job_exercise_unseal(state->exercise, state->wrong_key, to, &state->arena, &answer, &state->error), VG_DATA_ERROR);
    assert_non_null(strstr(state->error.message, "not the key"));
    assert_int_equal(vg_job_exercise_unseal(state->exercise, NULL, to, &state->arena, &answer, &state->error), VG_USAGE_ERROR);
    assert_false(vg_file_exists(to));
    vg_answer_release(&answer);
    vg_answer_init(&answer, &state->arena);
    vg_assert_ok(vg_job_exercise_unseal(state->exercise, state->key, to, &state->arena, &answer, &state->error), state->error);
    struct vg_buffer unsealed, open;
    read_file(state, to, "infection.csv", &unsealed);
    read_file(state, state->open_exercise, "truth/infection.csv", &open);
    assert_int_equal(unsealed.size, open.size);
    assert_memory_equal(unsealed.data, open.data, open.size);
    vg_buffer_release(&unsealed);
    vg_buffer_release(&open);
    vg_answer_release(&answer);
}

static void a_changed_file_is_noticed(void **out)
{
    struct state *state = *out;
    struct vg_buffer list;
    char path[512], to[256];
    read_file(state, state->exercise, "observed/linelist.csv", &list);
    (void)snprintf(path, sizeof path, "%s/observed/linelist.csv", state->exercise);
    char *male = strstr(list.data, ",male,");
    assert_non_null(male);
    male[1] = 'k';
    vg_assert_ok(vg_file_write_atomic(path, list.data, list.size, &state->error), state->error);
    assert_int_equal(release(state, state->exercise, "2021-03-01", state->key, to), VG_DATA_ERROR);
    assert_non_null(strstr(state->error.message, "changed"));
    male[1] = 'm';
    vg_assert_ok(vg_file_write_atomic(path, list.data, list.size, &state->error), state->error);
    vg_buffer_release(&list);
    /* A manifest that fits the changed file does not fit its signature. */
    struct vg_buffer manifest;
    read_file(state, state->exercise, "observed/manifest.json", &manifest);
    (void)snprintf(path, sizeof path, "%s/observed/manifest.json", state->exercise);
    char *digit = strstr(manifest.data, "\"sha256\": \"") + 11;
    char before = *digit;
    *digit = before == 'a' ? 'b' : 'a';
    vg_assert_ok(vg_file_write_atomic(path, manifest.data, manifest.size, &state->error), state->error);
    assert_int_equal(release(state, state->exercise, "2021-03-01", state->key, to), VG_DATA_ERROR);
    assert_non_null(strstr(state->error.message, "signature"));
    *digit = before;
    vg_assert_ok(vg_file_write_atomic(path, manifest.data, manifest.size, &state->error), state->error);
    vg_buffer_release(&manifest);
}

/* ------------------------------------------------------------------ releases */

struct newest { int32_t day; size_t n_rows, n_late; };

static void see_release_day(void *context, const struct vg_text *cells)
{
    struct newest *newest = context;
    int32_t day = VG_DATE_NONE;
    assert_true(vg_date_parse_iso(cells[0], &day));
    newest->n_rows++;
    newest->n_late += day > newest->day;
}

/* Every date in a release, whatever its column: the newest one of them is not after the day. */
static size_t dates_after(const struct vg_buffer *csv, int32_t day)
{
    size_t n = 0;
    for (size_t i = 0; i + 10 <= csv->size; i++) {
        int32_t date;
        n += csv->data[i + 4] == '-' && vg_date_parse_iso(vg_text_of(csv->data + i, 10), &date) && date > day;
    }
    return n;
}

static void a_release_holds_nothing_newer_than_its_day(void **out)
{
    struct state *state = *out;
    static const char *const days[] = {"2021-01-20", "2021-03-14", "2021-04-30"};
    static const char *const column[] = {"release_day"};
    size_t before = 0;
    for (size_t i = 0; i < 3; i++) {
        char to[256];
        struct newest newest = {0};
        assert_true(vg_date_parse_iso(vg_text_from(days[i]), &newest.day));
        vg_assert_ok(release(state, state->exercise, days[i], state->key, to), state->error);
        DIR *folder = opendir(to);
        assert_non_null(folder);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            struct vg_buffer csv;
            if (strstr(entry->d_name, ".csv") == NULL) {
                continue;
            }
            read_file(state, to, entry->d_name, &csv);
            assert_non_null(strstr(entry->d_name, days[i]));
            vg_assert_ok(exercise_csv_rows(&csv, entry->d_name, column, 1, see_release_day, &newest, &state->error), state->error);
            assert_int_equal(dates_after(&csv, newest.day), 0);
            vg_buffer_release(&csv);
        }
        (void)closedir(folder);
        assert_int_equal(newest.n_late, 0);
        assert_true(newest.n_rows > before);
        before = newest.n_rows;
        /* The release can be checked with nothing but itself and the public key of the exercise. */
        struct vg_buffer manifest, signature, public_manifest;
        read_file(state, to, "manifest.json", &manifest);
        read_file(state, to, "manifest.json.signature", &signature);
        read_file(state, state->exercise, "manifest.json", &public_manifest);
        char key[VG_PUBLIC_KEY_TEXT] = "";
        memcpy(key, strstr(public_manifest.data, "\"public_key\": \"") + 15, 64);
        assert_true(vg_signature_holds(key, signature.data, manifest.data, manifest.size));
        manifest.data[20] ^= 1;
        assert_false(vg_signature_holds(key, signature.data, manifest.data, manifest.size));
        vg_buffer_release(&manifest);
        vg_buffer_release(&signature);
        vg_buffer_release(&public_manifest);
    }
}

/* The newest version of each row by hand: a slow second way over the table of all versions. */
static void versions_are_resolved_as_by_hand(void **out)
{
    struct state *state = *out;
    static const char csv_text[] = "id,version,status,value,report_day,release_day\n"
                                   "a,1,confirmed,1,2021-01-01,2021-01-02\na,2,confirmed,2,2021-01-03,2021-01-04\na,3,withdrawn,,2021-01-08,2021-01-09\n"
                                   "b,1,confirmed,\"x, \"\"y\"\"\",2021-01-02,2021-01-03\nc,1,confirmed,3,2021-01-05,2021-01-06\n";
    static const struct { const char *day, *rows; size_t n; } cases[] = {
        {"2021-01-01", "", 0},
        {"2021-01-02", "a,1,confirmed,1,2021-01-01,2021-01-02\n", 1},
        {"2021-01-05", "a,2,confirmed,2,2021-01-03,2021-01-04\nb,1,confirmed,\"x, \"\"y\"\"\",2021-01-02,2021-01-03\n", 2},
        {"2021-01-10", "b,1,confirmed,\"x, \"\"y\"\"\",2021-01-02,2021-01-03\nc,1,confirmed,3,2021-01-05,2021-01-06\n", 2},
    };
    const struct vg_exercise_table table = {"rows", false, true, 1, NULL};
    struct vg_buffer csv, rows;
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, csv_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t day = 0;
        size_t n = 99;
        assert_true(vg_date_parse_iso(vg_text_from(cases[i].day), &day));
        vg_buffer_init(&rows, 0);
        vg_assert_ok(exercise_rows_until(&table, &csv, day, &rows, &n, &state->error), state->error);
        assert_int_equal(n, cases[i].n);
        assert_string_equal(strchr(rows.data, '\n') + 1, cases[i].rows);
        vg_buffer_release(&rows);
    }
    vg_buffer_release(&csv);
}

/* -------------------------------------------------------------------- a node */


static void load_release(struct state *state, struct node *node, const char *day, size_t *n_loaded)
{
    static const struct { const char *feed, *dataset; } feeds[] = {
        {"places", "vigia-exercise-places"}, {"linelist", "vigia-exercise-cases"}, {"agg_daily", "vigia-exercise-daily"},
        {"hospital_census", "vigia-exercise-census"}, {"tests", "vigia-exercise-tests"}, {"deaths", "vigia-exercise-deaths"},
        {"vaccinations", "vigia-exercise-vaccinations"}, {"all_deaths", "vigia-exercise-all-deaths"},
        {"swabs", "vigia-exercise-swabs"}, {"wastewater", "vigia-exercise-wastewater"}, {"serosurvey", "vigia-exercise-serosurvey"}};
    char to[256];
    vg_assert_ok(release(state, state->exercise, day, NULL, to), state->error);
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        char path[512];
        struct vg_import_outcome outcome;
        struct vg_import_request request = {.path = path};
        request.intake.published = VG_DATE_NONE;
        (void)snprintf(path, sizeof path, "%s/%s-%s.csv", to, feeds[i].feed, day);
        if (!vg_file_exists(path)) {
            continue;
        }
        vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
        assert_false(outcome.read.plan.guessed);
        assert_int_equal(outcome.read.rows_rejected, 0);
        assert_string_equal(outcome.dataset, feeds[i].dataset);
        assert_true(outcome.read.rows_taken > 0);
        ++*n_loaded;
    }
}

static double total(struct node *node, const char *dataset, const char *measure, int32_t as_of)
{
    struct vg_request request;
    struct vg_answer answer;
    double sum = 0;
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    request.dataset = dataset;
    request.measure = measure;
    request.as_of = as_of;
    vg_assert_ok(vg_job_series(node->store, &request, &node->arena, &answer, &node->error), node->error);
    const struct vg_column *values = column_of(&answer.table, "value");
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        sum += values->missing[row] ? 0 : values->values.doubles[row];
    }
    vg_answer_release(&answer);
    return sum;
}

static void a_node_takes_releases_without_being_told_how(void **out)
{
    struct state *state = *out;
    void *made = NULL;
    size_t n_loaded = 0;
    int32_t early = 0;
    assert_int_equal(make_node(&made), 0);
    struct node *node = made;
    load_release(state, node, "2021-03-20", &n_loaded);
    double first_cases = total(node, "vigia-exercise-cases", "cases_report", VG_DATE_NONE), first_daily = total(node, "vigia-exercise-daily", "cases_report", VG_DATE_NONE);
    load_release(state, node, "2021-04-24", &n_loaded);
    assert_true(n_loaded >= 20);
    assert_true(vg_date_parse_iso(vg_text_from("2021-03-20"), &early));
    struct vg_dataset dataset;
    vg_assert_ok(vg_store_dataset_find(node->store, "vigia-exercise-cases", &node->arena, &dataset, &node->error), node->error);
    assert_int_equal(dataset.nature, VG_NATURE_SIMULATED); /* nobody had to say so */
    /* The former state stays answerable, and there is more now. */
    vg_assert_near(total(node, "vigia-exercise-cases", "cases_report", early), first_cases, 0);
    assert_true(first_cases > 50 && total(node, "vigia-exercise-cases", "cases_report", VG_DATE_NONE) > first_cases);
    assert_true(first_daily > 50 && total(node, "vigia-exercise-daily", "cases_report", VG_DATE_NONE) > first_daily);
    assert_true(total(node, "vigia-exercise-tests", "tests_report", VG_DATE_NONE) > total(node, "vigia-exercise-tests", "tests_positive_report", VG_DATE_NONE));
    (void)drop_node(&made);
}

/* -------------------------------------------------------------------- scores */

static const struct vg_column *answer_column(const struct vg_answer *answer, const char *name)
{
    return column_of(&answer->table, name);
}

static void estimates_are_scored_end_to_end(void **out)
{
    struct state *state = *out;
    struct vg_answer answer;
    int32_t days[2] = {0, 0};
    assert_true(vg_date_parse_iso(vg_text_from("2021-03-21"), &days[0]) && vg_date_parse_iso(vg_text_from("2021-04-15"), &days[1]));
    struct vg_buffer summary;
    struct vg_exercise_score_request request = {.folder = state->exercise, .key_path = state->key, .days = days, .n_days = 2, .summary = &summary};
    vg_answer_init(&answer, &state->arena);
    vg_buffer_init(&summary, 0);
    vg_assert_ok(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), state->error);
    const struct vg_column *what = answer_column(&answer, "what"), *level = answer_column(&answer, "level"), *n = answer_column(&answer, "n"),
                           *coverage = answer_column(&answer, "coverage_90"), *error = answer_column(&answer, "relative_error"), *lag = answer_column(&answer, "days"), *relative = answer_column(&answer, "relative_wis"), *wider = answer_column(&answer, "coverage_95");
    size_t seen = 0, compared = 0;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        bool country = vg_text_equals(level->values.texts[row], "country");
        if (country && vg_text_equals(what->values.texts[row], "nowcast")) {
            seen++;
            assert_true(n->values.integers[row] >= 6);
            assert_true(coverage->values.doubles[row] > 0.4 && wider->values.doubles[row] >= coverage->values.doubles[row]);
            compared += vg_text_equals(lag->values.texts[row], "lag 0-2") && relative->values.doubles[row] < 0.8; /* counts as they stand say next to nothing of these days */
            if (vg_text_equals(lag->values.texts[row], "lag 14-27")) {
                assert_true(error->values.doubles[row] < 0.4);
            }
        }
        if (country && vg_text_equals(what->values.texts[row], "rt")) {
            seen++;
            assert_true(n->values.integers[row] > 0 && error->values.doubles[row] < 0.5);
        }
        seen += country && vg_text_equals(what->values.texts[row], "forecast") && n->values.integers[row] > 0;
        seen += country && vg_text_equals(what->values.texts[row], "alarm") && vg_text_equals(lag->values.texts[row], "after the first infection") && n->values.integers[row] == 1;
    }
    assert_int_equal(seen, 4 + 3 + 3 + 1);
    assert_int_equal(compared, 1);
    assert_non_null(strstr(summary.data, "Nowcast of cases by onset"));
    assert_non_null(strstr(summary.data, "  country  week 4"));
    assert_true(strncmp(answer.meta.data, "{\"summary\":\"Calibration", 22) == 0);
    vg_buffer_release(&summary);
    vg_answer_release(&answer);
    /* Without the key nothing is scored. */
    vg_answer_init(&answer, &state->arena);
    request.key_path = NULL;
    request.summary = NULL;
    assert_int_equal(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
}

static double cell_of_row(const struct vg_answer *answer, const char *column, size_t row)
{
    const struct vg_column *found = answer_column(answer, column);
    assert_non_null(found);
    return found->missing[row] ? NAN : found->kind == VG_COLUMN_INTEGER ? (double)found->values.integers[row] : found->values.doubles[row];
}

/*
 * Each case has one right outcome, so over the bands of support what is right adds up to the cases, and so do the probabilities; with contacts and genomes infectors are
 * found more often than by taking the nearest earlier case, and the truth is given more than one share of the candidates.
 */
static void who_infected_whom_is_scored(void **out)
{
    struct state *state = *out;
    struct vg_answer answer;
    struct vg_buffer summary;
    int32_t day = 0;
    assert_true(vg_date_parse_iso(vg_text_from("2021-03-21"), &day));
    struct vg_exercise_score_request request = {.folder = state->open_exercise, .days = &day, .n_days = 1, .only = "chains", .summary = &summary};
    vg_answer_init(&answer, &state->arena);
    vg_buffer_init(&summary, 0);
    vg_assert_ok(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), state->error);
    static const char *const methods[] = {"chains", "chains_instant"};
    for (size_t m = 0; m < 2; m++) {
        double cases = 0, right = 0, support = 0, seen = 0, intervals = 0;
        for (size_t row = 0; row < answer.table.n_rows; row++) {
            const char *what = answer_column(&answer, "what")->values.texts[row].data, *group = answer_column(&answer, "days")->values.texts[row].data;
            double n = cell_of_row(&answer, "n", row);
            if (strcmp(what, methods[m]) != 0 || n < 1)
                continue;
            if (strncmp(group, "support ", 8) == 0) {
                right += n * cell_of_row(&answer, "right", row);
                support += n * cell_of_row(&answer, "mean_support", row);
                assert_true(cell_of_row(&answer, "mean_support", row) >= atof(group + 8) - 1e-4 && isnan(cell_of_row(&answer, "log_score", row)));
            } else if (strcmp(group, "R") == 0 || strcmp(group, "dispersion k") == 0) {
                intervals += n;
                assert_true(cell_of_row(&answer, "coverage_95", row) >= 0 && isnan(cell_of_row(&answer, "coverage_50", row)));
            } else if (strcmp(group, "all cases") == 0) {
                cases = n;
                assert_true(cell_of_row(&answer, "right", row) > cell_of_row(&answer, "right_baseline", row));
                assert_true(cell_of_row(&answer, "log_score", row) < cell_of_row(&answer, "log_score_baseline", row));
            } else if (strcmp(group, "infector is a case") == 0) {
                seen = n;
                assert_true(cell_of_row(&answer, "right", row) > 1.5 * cell_of_row(&answer, "right_baseline", row));
            }
        }
        assert_true(cases > 100 && seen > 20 && seen < cases);
        vg_assert_near(right, cases, 1 + cases * 1e-3); /* shares in the table have four digits */
        vg_assert_near(support, cases, 1 + cases * 2e-2);
        assert_int_equal(intervals > 0, m == 0);
    }
    assert_non_null(strstr(summary.data, "Who infected whom, drawn by the sampler"));
    assert_non_null(strstr(summary.data, "  R: of "));
    vg_buffer_release(&summary);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &state->arena);
    request.only = "chain";
    request.summary = NULL;
    assert_int_equal(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
}

/* Patients of a day by province, as its hospitals published them in the end; a hospital that never did leaves it open. */
struct published { const struct exercise_truth *truth; double *ward, *icu; uint32_t *hospitals; size_t n_judged, n_compared; };

static void add_published(void *context, const struct vg_text *cells)
{
    struct published *published = context;
    const struct exercise_truth *truth = published->truth;
    int32_t date = 0;
    double ward = 0, icu = 0;
    assert_true(vg_date_parse_iso(cells[1], &date) && vg_parse_double(cells[2], '.', &ward) && vg_parse_double(cells[3], '.', &icu));
    size_t cell = truth->parent[vg_dictionary_find(&truth->by_code, cells[0])] * truth->n_days + (size_t)(date - truth->first_date);
    published->ward[cell] += ward;
    published->icu[cell] += icu;
    published->hospitals[cell]++;
}

static void compare_truth(void *context, const struct exercise_judged *judged)
{
    struct published *published = context;
    uint32_t place = vg_dictionary_find(&published->truth->by_code, vg_text_from(judged->place));
    size_t cell = place * published->truth->n_days + (size_t)(judged->date - published->truth->first_date);
    published->n_judged++;
    assert_true(judged->date > judged->day && judged->date <= judged->day + 28);
    for (size_t level = 1; level < VG_QUANTILE_COUNT; level++)
        assert_true(judged->quantiles[level] >= judged->quantiles[level - 1]);
    if (strcmp(judged->level, "admin1") == 0 && published->hospitals[cell] == 2) { /* each province has two */
        vg_assert_near(judged->truth, strcmp(judged->what, "demand_ward") == 0 ? published->ward[cell] : published->icu[cell], 0);
        published->n_compared++;
    }
}

/* What is judged is what the hospitals counted; every unit and day is judged or said to be without; nothing of later days is used. */
static void demand_is_scored(void **out)
{
    static const char *const columns[] = {"place_code", "date", "ward_patients", "icu_patients"};
    struct state *state = *out;
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct exercise_scores *scores = VG_ARENA_ARRAY(&state->arena, struct exercise_scores, 1);
    struct vg_buffer csv, summary;
    int32_t days[3];
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &folder, &state->error), state->error);
    vg_assert_ok(exercise_truth_load(&folder, &state->arena, &truth, &state->error), state->error);
    const size_t cells = truth.n_places * truth.n_days;
    struct published published = {&truth, VG_ARENA_ARRAY(&state->arena, double, cells), VG_ARENA_ARRAY(&state->arena, double, cells),
                                  VG_ARENA_ARRAY(&state->arena, uint32_t, cells), 0, 0};
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&summary, 0);
    vg_assert_ok(exercise_read(&folder, "observed", "hospital_census.csv", &csv, &state->error), state->error);
    vg_assert_ok(exercise_csv_rows(&csv, "hospital_census.csv", columns, 4, add_published, &published, &state->error), state->error);
    for (int32_t d = 0; d < 3; d++)
        days[d] = truth.first_date + 50 + 25 * d;
    const struct exercise_judging judging = {
        .folder = &folder, .only = "demand", .truth = &truth, .days = days, .n_days = 3, .each = compare_truth, .context = &published, .error = &state->error};
    vg_assert_ok(exercise_judge(&judging, &state->arena, scores), state->error);
    size_t n = 0, without = 0;
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_score *row = &scores->rows[i];
        const bool late = strcmp(row->days, "ahead 15-28") == 0;
        print_message("%s %s %s: %zu judged, %zu without, 50 %% %.2f, 95 %% %.2f, WIS %.2f of the baseline's\n", row->what, row->level, row->days, row->scores.n, row->without, exercise_score_coverage(row, EXERCISE_INTERVAL_50), exercise_score_coverage(row, EXERCISE_INTERVAL_95), exercise_score_relative_wis(row));
        /* A country and three provinces on three days. */
        assert_int_equal(row->scores.n + row->without * (late ? 14 : 7), (strcmp(row->level, "country") == 0 ? 3 : 9) * (late ? 14 : 7));
        assert_true(row->n_paired <= row->scores.n && row->n_paired > row->scores.n / 2); /* where nobody was in intensive care, there is no baseline */
        assert_true(strcmp(row->what, "demand_ward") != 0 || exercise_score_relative_wis(row) < 1);
        assert_true(row->scores.n == 0 || exercise_score_coverage(row, EXERCISE_INTERVAL_95) > 0.6);
        n += row->scores.n;
        without += row->without;
    }
    assert_int_equal(scores->n_rows, 12);
    assert_int_equal(n, published.n_judged);
    assert_true(published.n_compared > 100 && without < 12);
    exercise_scores_summary(scores, "days", &summary);
    assert_non_null(strstr(summary.data, "Patients in intensive care"));
    vg_buffer_release(&summary);
    vg_buffer_release(&csv);
}

struct needs { const struct exercise_truth *truth; const int32_t *days; size_t n_days; double total; };

/* Days in need of intensive care within four weeks of each of the days. */
static void add_need(void *context, const struct vg_text *cells)
{
    struct needs *needs = context;
    int32_t from = 0, until = needs->truth->first_date + (int32_t)needs->truth->n_days;
    if (!vg_date_parse_iso(cells[1], &from))
        return;
    (void)vg_date_parse_iso(cells[2], &until);
    for (int32_t day = from; day < until; day++)
        for (size_t d = 0; d < needs->n_days; d++)
            needs->total += day > needs->days[d] && day <= needs->days[d] + 28;
}

/* No plan beats the one that knows what comes, what is needed is what the truth says, here counted again. */
static void plans_are_scored(void **out)
{
    struct state *state = *out;
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct exercise_scores *scores = VG_ARENA_ARRAY(&state->arena, struct exercise_scores, 1);
    struct vg_buffer summary;
    int32_t days[3];
    vg_buffer_init(&summary, 0);
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &folder, &state->error), state->error);
    vg_assert_ok(exercise_truth_load(&folder, &state->arena, &truth, &state->error), state->error);
    for (int32_t d = 0; d < 3; d++)
        days[d] = truth.first_date + 50 + 15 * d;
    const struct exercise_judging judging = {.folder = &folder, .only = "plan", .truth = &truth, .days = days, .n_days = 3, .error = &state->error};
    vg_assert_ok(exercise_judge(&judging, &state->arena, scores), state->error);
    assert_int_equal(scores->n_rows, 1);
    const struct exercise_plans *plans = &scores->rows[0].plans;
    print_message("%.0f plans: needed %.0f, unmet %.0f, nothing moved %.0f, best %.0f\n", plans->n, plans->needed, plans->unmet, plans->unmet_nothing, plans->unmet_best);
    assert_true(plans->n + (double)scores->rows[0].without == 3 && plans->n >= 1);
    struct needs needs = {&truth, days, 3, 0};
    struct vg_buffer csv;
    static const char *const columns[] = {"municipality", "t_icu", "t_disch"};
    vg_buffer_init(&csv, 0);
    vg_assert_ok(exercise_read(&folder, "truth", "infection.csv", &csv, &state->error), state->error);
    vg_assert_ok(exercise_csv_rows(&csv, "infection.csv", columns, 3, add_need, &needs, &state->error), state->error);
    vg_buffer_release(&csv);
    if (scores->rows[0].without == 0) {
        vg_assert_near(plans->needed, needs.total, 0);
    }
    assert_true(plans->needed > 0 && plans->unmet_best <= plans->unmet && plans->unmet_best <= plans->unmet_nothing && plans->unmet <= plans->needed);
    exercise_scores_summary(scores, "days", &summary);
    assert_non_null(strstr(summary.data, "by who knows what comes"));
    vg_buffer_release(&summary);
}

static double number_in(const struct vg_answer *answer, const char *what, const char *level, const char *days, const char *column)
{
    for (size_t row = 0; row < answer->table.n_rows; row++)
        if (strcmp(answer_column(answer, "what")->values.texts[row].data, what) == 0 && strcmp(answer_column(answer, "level")->values.texts[row].data, level) == 0 &&
            strcmp(answer_column(answer, "days")->values.texts[row].data, days) == 0)
            return cell_of_row(answer, column, row);
    return NAN;
}

/* Lineages by their markers are nearly all right, introductions about as many as there were, and pairs of genomes are told apart better than by always saying one thing. */
static void genomes_are_scored(void **out)
{
    struct state *state = *out;
    struct vg_answer answer;
    struct vg_buffer summary;
    int32_t days[2];
    assert_true(vg_date_parse_iso(vg_text_from("2021-04-18"), &days[0]) && vg_date_parse_iso(vg_text_from("2021-05-16"), &days[1]));
    struct vg_exercise_score_request request = {.folder = state->open_exercise, .days = days, .n_days = 2, .only = "genomes", .summary = &summary};
    vg_answer_init(&answer, &state->arena);
    vg_buffer_init(&summary, 0);
    vg_assert_ok(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), state->error);
    for (char *line = strtok(strstr(summary.data, "Lineages of genomes"), "\n"); line != NULL; line = strtok(NULL, "\n"))
        print_message("%s\n", line);
    assert_true(number_in(&answer, "lineage_calls", "all", "by markers", "n") > 100);
    assert_true(number_in(&answer, "lineage_calls", "all", "by markers", "right") >= 0.98);
    assert_true(number_in(&answer, "introductions", "admin1", "number", "n") >= 4);
    assert_true(number_in(&answer, "introductions", "admin1", "number", "relative_error") < 0.5);
    assert_true(number_in(&answer, "introductions", "admin1", "number", "coverage_95") >= 0.5);
    assert_true(number_in(&answer, "introductions", "admin1", "number", "coverage_95") > number_in(&answer, "introductions", "admin1", "fewest to most", "coverage_95"));
    assert_true(number_in(&answer, "introductions", "admin1", "of one or not", "right") > 0.6);
    assert_true(isnan(number_in(&answer, "introductions", "country", "number", "n"))); /* there is one country */
    assert_true(number_in(&answer, "clock", "first", "changes a year", "n") >= 1 && number_in(&answer, "clock", "first", "ages of nodes", "relative_error") < 0.3);
    vg_buffer_release(&summary);
    vg_answer_release(&answer);
}

/* The newest moment that two viruses have in common, and what brought one into its province: as walks over all ancestors find them. */
static void ancestors_of_viruses_are_found(void **out)
{
    struct state *state = *out;
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct exercise_virus virus;
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &folder, &state->error), state->error);
    vg_assert_ok(exercise_truth_load(&folder, &state->arena, &truth, &state->error), state->error);
    vg_assert_ok(exercise_virus_load(&folder, &truth, &state->arena, &virus, &state->error), state->error);
    assert_true(virus.n_samples > 100 && virus.n_lineages == 2 && virus.names[0].size > 0 && virus.markers[0].size == 0 && virus.markers[1].size > 0);
    vg_assert_near(virus.changes_per_year, 0.0009 * 29903, 1.5);
    int32_t *left = VG_ARENA_ARRAY(&state->arena, int32_t, virus.n + 1); /* day on which the first one's virus left an ancestor, + 1; 0: none of them */
    size_t apart = 0, together = 0, commuters = 0;
    for (size_t i = 1; i + 7 <= virus.n_samples; i++) {
        uint32_t a = virus.sampled[i], b = virus.sampled[i + 7];
        memset(left, 0, (virus.n + 1) * sizeof *left);
        int32_t day = virus.day[a] + 20;
        for (uint32_t at = a; at != EXERCISE_NOBODY; day = virus.day[at], at = virus.infector[at])
            left[at] = day + 1;
        struct exercise_moment expected = {EXERCISE_NOBODY, virus.root_date};
        day = virus.day[b] + 20;
        for (uint32_t at = b; at != EXERCISE_NOBODY && expected.infection == EXERCISE_NOBODY; day = virus.day[at], at = virus.infector[at])
            if (left[at] != 0)
                expected = (struct exercise_moment){at, day < left[at] - 1 ? day : left[at] - 1};
        struct exercise_moment found = exercise_common(&virus, (struct exercise_moment){a, virus.day[a] + 20}, (struct exercise_moment){b, virus.day[b] + 20});
        assert_true(found.infection == expected.infection && found.day == expected.day);
        together += found.infection != EXERCISE_NOBODY;
        apart += found.infection == EXERCISE_NOBODY;
        uint32_t brought = a, unit = exercise_unit_of(&truth, virus.place[a], false);
        for (uint32_t by = virus.infector[a]; by != EXERCISE_NOBODY; by = virus.infector[by]) {
            bool home = exercise_unit_of(&truth, virus.place[by], false) == unit, there = exercise_unit_of(&truth, virus.caught[by], false) == unit;
            if (!home && !there)
                break;
            commuters += !home;
            brought = by;
        }
        assert_int_equal(exercise_introduced_by(&virus, &truth, a, false), brought);
        assert_string_equal(truth.codes[exercise_unit_of(&truth, virus.place[a], true)], "XV");
    }
    assert_true(together > 20 && apart > 20 && commuters > 0); /* the line goes on through who lives elsewhere and caught it here */
}

/* The tree of the truth: as a walk over the table of infections finds it. */
static void the_nearest_known_ancestor_is_found(void **out)
{
    struct state *state = *out;
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct exercise_lineage lineage;
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &folder, &state->error), state->error);
    vg_assert_ok(exercise_truth_load(&folder, &state->arena, &truth, &state->error), state->error);
    vg_assert_ok(exercise_lineage_load(&folder, &truth, &state->arena, &lineage, &state->error), state->error);
    uint32_t *marks = VG_ARENA_ARRAY(&state->arena, uint32_t, lineage.n_infections + 1);
    size_t found = 0, far = 0, none = 0;
    for (uint32_t i = 1; i <= lineage.n_infections; i += 3)
        marks[i] = 1;
    for (uint32_t i = 1; i <= lineage.n_infections; i++) {
        uint32_t by = i, expected = EXERCISE_NOBODY;
        unsigned generations, steps;
        for (steps = 1; steps <= 5 && expected == EXERCISE_NOBODY; steps++) {
            by = lineage.infector[by];
            if (by == EXERCISE_NOBODY)
                break;
            assert_true(by < i); /* infected earlier */
            expected = by % 3 == 1 ? by : EXERCISE_NOBODY;
        }
        assert_int_equal(exercise_ancestor(&lineage, marks, i, &generations), expected);
        if (expected != EXERCISE_NOBODY)
            assert_int_equal(generations, steps - 1);
        found += expected != EXERCISE_NOBODY;
        far += expected != EXERCISE_NOBODY && generations > 1;
        none += expected == EXERCISE_NOBODY;
    }
    assert_true(found > 100 && far > 30 && none > 10);
    double seen = 0, rows = 0;
    for (size_t i = 1; i <= lineage.n_infections; i++)
        seen += lineage.seen_infected[i];
    for (size_t i = 1; i <= lineage.n_cases; i++)
        rows += lineage.infection[i] != EXERCISE_NOBODY;
    assert_true(seen > 0.3 * rows && seen < rows); /* most cases have a known ancestor, imports and far ones not */
}

/* Quantiles that are the truth itself score zero; ones that are twice as much do not. */
static void others_estimates_are_scored_as_files(void **out)
{
    struct state *state = *out;
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct vg_buffer text;
    char path[256];
    vg_assert_ok(exercise_open(state->exercise, state->key, &state->arena, &folder, &state->error), state->error);
    vg_assert_ok(exercise_truth_load(&folder, &state->arena, &truth, &state->error), state->error);
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "model_id,reference_date,target,target_end_date,location,output_type,output_type_id,value\n");
    for (int model = 0; model < 2; model++) {
        for (size_t day = 50; day < 80; day++) {
            char date[VG_DATE_TEXT_BYTES];
            (void)vg_date_print(truth.first_date + (int32_t)day, date);
            for (int level = 0; level < 3; level++) {
                vg_buffer_format(&text, "%s,2021-03-25,infections,%s,XV,quantile,%g,%g\n", model == 0 ? "oracle" : "double", date, 0.25 + 0.25 * level,
                                 truth.infections[day] * (model == 0 ? 1 : 2));
            }
        }
    }
    (void)snprintf(path, sizeof path, "%s/estimates.csv", state->folder);
    vg_assert_ok(vg_file_write_atomic(path, text.data, text.size, &state->error), state->error);
    vg_buffer_release(&text);
    struct vg_answer answer;
    struct vg_exercise_score_request request = {.folder = state->exercise, .key_path = state->key, .subject = path};
    vg_answer_init(&answer, &state->arena);
    vg_assert_ok(vg_job_exercise_score(&request, &state->arena, &answer, &state->error), state->error);
    const struct vg_column *wis = answer_column(&answer, "wis"), *n = answer_column(&answer, "n");
    double low = INFINITY, high = 0;
    assert_int_equal(answer.table.n_rows, 2);
    for (size_t row = 0; row < 2; row++) {
        assert_int_equal(n->values.integers[row], 30);
        low = fmin(low, wis->values.doubles[row]);
        high = fmax(high, wis->values.doubles[row]);
    }
    vg_assert_near(low, 0, 0);
    assert_true(high > 1);
    vg_answer_release(&answer);
}

/* What is printed for people to change says the same as what is shipped, and names no place that there is not. */
static void the_shipped_exercise_is_printed_as_it_is(void **out)
{
    struct state *state = *out;
    struct simulated_file shipped, printed;
    struct vg_buffer text, one, other;
    char path[256];
    vg_buffer_init(&text, 0);
    vg_buffer_init(&one, 0);
    vg_buffer_init(&other, 0);
    vg_assert_ok(vg_job_exercise_scenario(&state->arena, &text, &state->error), state->error);
    (void)snprintf(path, sizeof path, "%s/printed.toml", state->folder);
    vg_assert_ok(vg_file_write_atomic(path, text.data, text.size, &state->error), state->error);
    vg_assert_ok(exercise_read_scenario(NULL, NULL, &state->arena, &shipped, &state->error), state->error);
    vg_assert_ok(exercise_read_scenario(path, NULL, &state->arena, &printed, &state->error), state->error);
    vg_intake_exercise_print(&shipped.scenario, &one);
    vg_intake_exercise_print(&printed.scenario, &other);
    assert_string_equal(one.data, other.data);
    vg_assert_ok(simulate_gather_facts(NULL, &state->arena, &printed, &state->error), state->error);
    assert_true(printed.municipalities.count > 50 && printed.municipalities.n_units >= 4 + 15);
    for (size_t i = 0; i < printed.scenario.n_imports; i++) {
        for (size_t k = 0; k < printed.scenario.imports[i].places.count; k++) {
            bool found = false;
            for (size_t m = 0; m < printed.municipalities.count; m++) {
                found = found || vg_municipality_within(&printed.municipalities, m, printed.scenario.imports[i].places.items[k]);
            }
            assert_true(found);
        }
    }
    vg_buffer_release(&text);
    vg_buffer_release(&one);
    vg_buffer_release(&other);
}

static void another_seed_is_another_outbreak(void **out)
{
    struct state *state = *out;
    char folder[256];
    struct vg_buffer one, other;
    (void)snprintf(folder, sizeof folder, "%s/other", state->folder);
    vg_assert_ok(make_exercise(state, folder, NULL, 2, 12), state->error);
    read_file(state, folder, "truth/infection.csv", &one);
    read_file(state, state->open_exercise, "truth/infection.csv", &other);
    assert_true(one.size != other.size || memcmp(one.data, other.data, one.size) != 0);
    vg_buffer_release(&one);
    vg_buffer_release(&other);
    /* And a folder that is in use is not written over. */
    assert_int_equal(make_exercise(state, folder, NULL, 2, 12), VG_USAGE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_seals_do_not_change_the_tables),
        cmocka_unit_test(hashes_are_those_of_the_files),
        cmocka_unit_test(the_truth_is_nowhere_in_the_open),
        cmocka_unit_test(a_wrong_key_opens_nothing),
        cmocka_unit_test(a_changed_file_is_noticed),
        cmocka_unit_test(a_release_holds_nothing_newer_than_its_day),
        cmocka_unit_test(versions_are_resolved_as_by_hand),
        cmocka_unit_test(a_node_takes_releases_without_being_told_how),
        vg_statistics(estimates_are_scored_end_to_end),
        vg_statistics(who_infected_whom_is_scored), cmocka_unit_test(genomes_are_scored), cmocka_unit_test(ancestors_of_viruses_are_found),
        cmocka_unit_test(demand_is_scored),
        cmocka_unit_test(plans_are_scored),
        cmocka_unit_test(the_nearest_known_ancestor_is_found),
        cmocka_unit_test(others_estimates_are_scored_as_files),
        cmocka_unit_test(the_shipped_exercise_is_printed_as_it_is),
        cmocka_unit_test(another_seed_is_another_outbreak),
    };
    return vg_run_group_tests("exercise", tests, make_state, drop_state);
}
