/*
 * The data-quality report: clean data raise no alarm, planted faults are found where they are, with their numbers; and every finding has its sentence in
 * every language of the page.
 */
#include "vg_test.h"

#include "intake/intake.h"

#include <math.h>

enum { PLACES = 12, AS_OF = 18600 };

struct list {
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_case_table cases;
    struct vg_quality_report report;
    struct vg_error error;
};

static void open_list(struct list *list)
{
    char code[16];
    *list = (struct list){0};
    vg_arena_init(&list->arena, 0);
    vg_place_list_init(&list->places, &list->arena);
    (void)vg_place_list_add(&list->places, &(struct vg_place){.code = "XQ", .name = "XQ", .parent = VG_PLACE_NONE, .population = 1e6, .latitude = NAN, .longitude = NAN});
    for (int place = 1; place < PLACES; place++) {
        (void)snprintf(code, sizeof code, "XQ-%02d", place);
        (void)vg_place_list_add(&list->places, &(struct vg_place){.code = code, .name = code, .parent = 0, .level = VG_LEVEL_ADMIN1, .population = 1e5, .latitude = NAN, .longitude = NAN});
    }
}

static void close_list(struct list *list)
{
    vg_arena_release(&list->arena);
}

/* n cases of an epidemic that rises and falls over 120 days, reported with gamma delays by eleven places of very different size, nothing odd about them. */
static void make_clean(struct list *list, size_t n, uint64_t seed)
{
    struct vg_random random = vg_random_stream(seed, 0, 0, 0);
    struct vg_case_table *cases = &list->cases;
    *cases = (struct vg_case_table){.n_cases = n};
    cases->dates[VG_CASE_ONSET] = VG_ARENA_ARRAY(&list->arena, int32_t, n);
    cases->dates[VG_CASE_REPORT] = VG_ARENA_ARRAY(&list->arena, int32_t, n);
    cases->dates[VG_CASE_DEATH] = VG_ARENA_ARRAY(&list->arena, int32_t, n);
    cases->place = VG_ARENA_ARRAY(&list->arena, uint32_t, n);
    cases->age_years = VG_ARENA_ARRAY(&list->arena, int16_t, n);
    cases->sex = VG_ARENA_ARRAY(&list->arena, uint8_t, n);
    cases->class = VG_ARENA_ARRAY(&list->arena, uint8_t, n);
    cases->outcome = VG_ARENA_ARRAY(&list->arena, uint8_t, n);
    cases->identity_hash = VG_ARENA_ARRAY(&list->arena, uint64_t, n);
    cases->content_hash = VG_ARENA_ARRAY(&list->arena, uint64_t, n);
    for (size_t i = 0; i < n; i++) {
        double rise = (vg_random_uniform(&random) + vg_random_uniform(&random) + vg_random_uniform(&random)) / 3;
        int32_t onset = AS_OF - 150 + (int32_t)(120 * rise);
        int32_t report = onset + (int32_t)vg_random_gamma(&random, 3, 2);
        bool died = vg_random_uniform(&random) < 0.03;
        bool silent = vg_random_uniform(&random) < 0.05;
        cases->dates[VG_CASE_ONSET][i] = silent ? VG_DATE_NONE : onset;
        cases->dates[VG_CASE_REPORT][i] = report;
        cases->dates[VG_CASE_DEATH][i] = died && report + 10 < AS_OF ? onset + 10 : VG_DATE_NONE;
        cases->place[i] = 1 + (uint32_t)(11 * pow(vg_random_uniform(&random), 2));
        cases->age_years[i] = (int16_t)(90 * vg_random_beta(&random, 1.5, 2));
        cases->sex[i] = vg_random_below(&random, 2) == 0 ? VG_SEX_FEMALE : VG_SEX_MALE;
        cases->class[i] = VG_CLASS_CONFIRMED;
        cases->outcome[i] = cases->dates[VG_CASE_DEATH][i] == VG_DATE_NONE ? VG_OUTCOME_UNKNOWN : VG_OUTCOME_DIED;
        cases->identity_hash[i] = vg_hash_bytes(&i, sizeof i, seed);
    }
}

static void check(struct list *list)
{
    vg_assert_ok(vg_intake_check_cases(&list->cases, &list->places, AS_OF, &list->arena, &list->report, &list->error), list->error);
}

static const struct vg_finding *find(const struct vg_quality_report *report, const char *code, const char *field, uint32_t place)
{
    for (size_t i = 0; i < report->n_findings; i++) {
        const struct vg_finding *finding = &report->findings[i];
        if (strcmp(finding->code, code) == 0 && (field == NULL || strcmp(finding->field, field) == 0) && (place == VG_PLACE_NONE || finding->place == place)) {
            return finding;
        }
    }
    return NULL;
}

static size_t count_alarms(const struct vg_quality_report *report)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n_findings; i++) {
        n += report->findings[i].severity != VG_FINDING_INFO;
    }
    return n;
}

static void clean_lists_raise_no_alarm(void **state)
{
    (void)state;
    static const size_t sizes[] = {40, 200, 1000, 6000};
    size_t alarmed = 0;
    size_t lists = 0;
    for (uint64_t seed = 1; seed <= 240; seed++) {
        struct list list;
        open_list(&list);
        make_clean(&list, sizes[seed % 4], seed);
        check(&list);
        if (count_alarms(&list.report) > 0) {
            alarmed++;
            print_message("seed %llu: %s\n", (unsigned long long)seed, list.report.findings[0].detail);
        }
        lists++;
        close_list(&list);
    }
    print_message("clean lists with an alarm: %zu of %zu\n", alarmed, lists);
    assert_true(alarmed <= lists / 100);
}

static void planted_faults_are_found(void **state)
{
    (void)state;
    struct list list;
    open_list(&list);
    size_t n = 6000;
    make_clean(&list, n, 7);
    struct vg_case_table *cases = &list.cases;
    for (size_t i = 0; i < 9; i++) {
        cases->dates[VG_CASE_ONSET][i] = cases->dates[VG_CASE_REPORT][i] + 3; /* reported before it began */
    }
    for (size_t i = 100; i < 104; i++) {
        cases->dates[VG_CASE_REPORT][i] = AS_OF + 5;
    }
    for (size_t i = 200; i < 202; i++) {
        cases->age_years[i] = 130;
    }
    for (size_t i = 300; i < 303; i++) {
        cases->dates[VG_CASE_DEATH][i] = AS_OF - 1;
        cases->outcome[i] = VG_OUTCOME_RECOVERED;
    }
    cases->dates[VG_CASE_ONSET][400] = AS_OF - 43000; /* 1902 for 2020 */
    size_t without_sex = 0;
    for (size_t i = 500; i < n; i++) {
        without_sex += cases->place[i] == 3 && i % 2 == 0;
        cases->sex[i] = cases->place[i] == 3 && i % 2 == 0 ? VG_SEX_UNKNOWN : cases->sex[i];
    }
    check(&list);
    const struct vg_finding *order = find(&list.report, "date_order", "onset", VG_PLACE_NONE);
    assert_non_null(order);
    assert_true(order->count >= 9 && order->count <= 10 && order->total <= (double)n);
    const struct vg_finding *future = find(&list.report, "future_date", "report", VG_PLACE_NONE);
    assert_non_null(future);
    assert_true(future->count == 4 && future->total == (double)n);
    assert_true(find(&list.report, "age_range", "age", VG_PLACE_NONE)->count == 2);
    assert_true(find(&list.report, "outcome_inconsistent", NULL, VG_PLACE_NONE)->count == 3);
    assert_true(find(&list.report, "old_date", "onset", VG_PLACE_NONE)->count == 1);
    const struct vg_finding *by_place = find(&list.report, "completeness_place", "sex", 3);
    assert_non_null(by_place);
    assert_true(by_place->count == (double)without_sex && by_place->share > 0.4 && by_place->value < 0.01);
    assert_null(find(&list.report, "completeness_place", "sex", 4));
    close_list(&list);
}

static void heaped_ages_and_dates_are_found(void **state)
{
    (void)state;
    struct list list;
    open_list(&list);
    make_clean(&list, 6000, 8);
    for (size_t i = 0; i < 6000; i += 2) {
        list.cases.age_years[i] = (int16_t)(5 * (int)lround(list.cases.age_years[i] / 5.0));
    }
    for (size_t i = 0; i < 6000; i += 3) {
        int year = 0;
        int month = 0;
        int day = 0;
        if (list.cases.dates[VG_CASE_ONSET][i] != VG_DATE_NONE) {
            vg_date_to_civil(list.cases.dates[VG_CASE_ONSET][i], &year, &month, &day);
            list.cases.dates[VG_CASE_ONSET][i] = vg_date_from_civil(year, month, 15);
        }
    }
    check(&list);
    const struct vg_finding *ages = find(&list.report, "digit_preference", "age", VG_PLACE_NONE);
    assert_non_null(ages);
    /* Half of the ages end in 0 or 5 by rounding, of the others a fifth: 500 (0.5 + 0.5 / 5) = 300. */
    assert_true(ages->severity == VG_FINDING_WARNING && fabs(ages->value - 300) < 15);
    const struct vg_finding *dates = find(&list.report, "date_heaping", "onset", VG_PLACE_NONE);
    assert_non_null(dates);
    assert_true(dates->value == 15 && dates->count > 3 * dates->total);
    close_list(&list);
}

static void repeated_cases_are_told_from_chance(void **state)
{
    (void)state;
    struct list list;
    open_list(&list);
    make_clean(&list, 6000, 9);
    check(&list);
    assert_null(find(&list.report, "duplicate_content", NULL, VG_PLACE_NONE));
    assert_null(find(&list.report, "duplicate", NULL, VG_PLACE_NONE));
    /* 200 cases entered again under a new id. */
    struct vg_case_table *cases = &list.cases;
    for (size_t i = 0; i < 200; i++) {
        for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
            if (cases->dates[date] != NULL) {
                cases->dates[date][5000 + i] = cases->dates[date][i];
            }
        }
        cases->place[5000 + i] = cases->place[i];
        cases->age_years[5000 + i] = cases->age_years[i];
        cases->sex[5000 + i] = cases->sex[i];
        cases->outcome[5000 + i] = cases->outcome[i];
    }
    check(&list);
    const struct vg_finding *alike = find(&list.report, "duplicate_content", NULL, VG_PLACE_NONE);
    assert_non_null(alike);
    assert_true(alike->count >= 200 && alike->count < 280 && alike->low < 80 && alike->value >= 200);
    cases->identity_hash[10] = cases->identity_hash[11];
    cases->identity_hash[12] = cases->identity_hash[11];
    check(&list);
    assert_true(find(&list.report, "duplicate", "id", VG_PLACE_NONE)->count == 2);
    close_list(&list);
}

static void silence_and_batches_are_found(void **state)
{
    (void)state;
    struct list list;
    open_list(&list);
    /* Eleven places of 8 cases a day for 100 days; place 5 stops ten days before the end; 300 cases of one day are a backlog. */
    size_t n = 11 * 8 * 100 + 300;
    make_clean(&list, n, 10);
    struct vg_random random = vg_random_stream(11, 0, 0, 0);
    struct vg_case_table *cases = &list.cases;
    cases->dates[VG_CASE_DEATH] = NULL;
    cases->outcome = NULL;
    for (size_t i = 0; i < n; i++) {
        uint32_t place = 1 + (uint32_t)(i % 11);
        int32_t day = i < n - 300 ? AS_OF - (int32_t)vg_random_below(&random, 100) : AS_OF - 40;
        while (place == 5 && day > AS_OF - 10) {
            day = AS_OF - (int32_t)vg_random_below(&random, 100);
        }
        cases->place[i] = place;
        cases->dates[VG_CASE_REPORT][i] = day;
        cases->dates[VG_CASE_ONSET][i] = day - 4;
    }
    check(&list);
    const struct vg_finding *silent = find(&list.report, "silent_reporter", NULL, VG_PLACE_NONE);
    assert_non_null(silent);
    assert_true(silent->place == 5 && silent->count == 10 && silent->date == AS_OF - 10 && fabs(silent->value - 8) < 3);
    const struct vg_finding *batch = find(&list.report, "batch_day", NULL, VG_PLACE_NONE);
    assert_non_null(batch);
    assert_int_equal(batch->date, AS_OF - 40);
    assert_true(batch->count > 350 && batch->total > 70 && batch->total < 105);
    size_t n_silent = 0;
    for (size_t i = 0; i < list.report.n_findings; i++) {
        n_silent += strcmp(list.report.findings[i].code, "silent_reporter") == 0;
    }
    assert_int_equal(n_silent, 1);
    close_list(&list);
}

/* ------------------------------------------------------------------- counts */

struct counts {
    struct list list;
    struct vg_count_table table;
    size_t capacity;
};

static void open_counts(struct counts *counts, size_t capacity)
{
    open_list(&counts->list);
    counts->capacity = capacity;
    counts->table = (struct vg_count_table){.step_days = 1};
    counts->table.measure = VG_ARENA_ARRAY(&counts->list.arena, uint16_t, capacity);
    counts->table.place = VG_ARENA_ARRAY(&counts->list.arena, uint32_t, capacity);
    counts->table.group = VG_ARENA_ARRAY(&counts->list.arena, uint32_t, capacity);
    counts->table.reference_date = VG_ARENA_ARRAY(&counts->list.arena, int32_t, capacity);
    counts->table.report_date = VG_ARENA_ARRAY(&counts->list.arena, int32_t, capacity);
    counts->table.increment = VG_ARENA_ARRAY(&counts->list.arena, double, capacity);
}

static void add_count(struct counts *counts, const char *measure, uint32_t place, int32_t date, int32_t report, double value)
{
    size_t i = counts->table.n_counts++;
    assert_true(i < counts->capacity);
    counts->table.measure[i] = (uint16_t)(vg_measure_find(vg_text_from(measure)) - vg_measure_at(0));
    counts->table.place[i] = place;
    counts->table.reference_date[i] = date;
    counts->table.report_date[i] = report;
    counts->table.increment[i] = value;
}

static void check_counts(struct counts *counts)
{
    vg_assert_ok(vg_intake_check_counts(&counts->table, &counts->list.places, AS_OF, &counts->list.arena, &counts->list.report, &counts->list.error), counts->list.error);
}

/* Waves of two months in places of 2 to 400 cases a day, negative binomial around them. */
static void add_waves(struct counts *counts, int days, uint64_t seed)
{
    for (uint32_t place = 1; place < PLACES; place++) {
        struct vg_random random = vg_random_stream(seed, place, 0, 0);
        for (int day = 0; day < days; day++) {
            double mean = 2 * pow(200, (place - 1) / 10.0) * (1.2 + sin(6.28 * day / 60 + place));
            add_count(counts, "cases_report", place, AS_OF - days + 1 + day, AS_OF - days + 1 + day, (double)vg_random_negative_binomial(&random, mean, 10));
        }
    }
}

static void clean_counts_raise_no_alarm(void **state)
{
    (void)state;
    size_t alarmed = 0;
    size_t tables = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct counts counts;
        open_counts(&counts, 11 * 200);
        add_waves(&counts, 200, seed);
        check_counts(&counts);
        if (count_alarms(&counts.list.report) > 0) {
            alarmed++;
            print_message("seed %llu: %s\n", (unsigned long long)seed, counts.list.report.findings[0].detail);
        }
        tables++;
        close_list(&counts.list);
    }
    print_message("clean tables with an alarm: %zu of %zu\n", alarmed, tables);
    assert_true(alarmed <= 2);
}

static void planted_faults_of_counts_are_found(void **state)
{
    (void)state;
    struct counts counts;
    open_counts(&counts, 11 * 200);
    add_waves(&counts, 200, 3);
    struct vg_count_table *table = &counts.table;
    size_t kept = 0;
    for (size_t i = 0; i < table->n_counts; i++) {
        int32_t date = table->reference_date[i];
        double value = table->increment[i];
        if (table->place[i] == 4 && date > AS_OF - 60 && date <= AS_OF - 30) {
            continue; /* a month not reported */
        }
        if (table->place[i] == 11 && (date == AS_OF - 100 || date == AS_OF - 90)) {
            value = 0;
        }
        if (table->place[i] == 10 && date == AS_OF - 50) {
            value = -77;
        }
        if (table->place[i] == 9 && date == AS_OF - 70) {
            value = 5000;
        }
        if (table->place[i] == 8 && date > AS_OF - 9) {
            value = 0; /* a total that stands still */
        }
        table->place[kept] = table->place[i];
        table->measure[kept] = table->measure[i];
        table->reference_date[kept] = date;
        table->report_date[kept] = table->report_date[i];
        table->increment[kept++] = value;
    }
    table->n_counts = kept;
    check_counts(&counts);
    const struct vg_quality_report *report = &counts.list.report;
    const struct vg_finding *gap = find(report, "missing_days", "cases_report", 4);
    assert_non_null(gap);
    assert_true(gap->count == 30 && gap->total == 200);
    const struct vg_finding *zeros = find(report, "zero_after_positive", "cases_report", 11);
    assert_non_null(zeros);
    assert_true(zeros->count == 2 && zeros->value > 50);
    const struct vg_finding *fall = find(report, "falling_total", "cases_report", 10);
    assert_non_null(fall);
    assert_true(fall->count == 1 && fall->value == 77 && fall->low == -77 && fall->date == AS_OF - 50);
    const struct vg_finding *batch = find(report, "batch_day", "cases_report", 9);
    assert_non_null(batch);
    assert_true(batch->count == 5000 && batch->date == AS_OF - 70);
    const struct vg_finding *silent = find(report, "silent_reporter", "cases_report", 8);
    assert_non_null(silent);
    assert_true(silent->count == 9 && silent->date == AS_OF - 9);
    assert_int_equal(count_alarms(report), 5);
    close_list(&counts.list);
}

/* The newest days of counts by onset are low because reports are on their way: that is no silence, and days without an onset are no gaps. */
static void delayed_counts_are_judged_by_their_reports(void **state)
{
    (void)state;
    struct counts counts;
    open_counts(&counts, 200000);
    for (uint32_t place = 1; place < PLACES; place++) {
        for (int day = 0; day < 100; day++) {
            for (int delay = 5; delay < 12; delay++) {
                int32_t onset = AS_OF - 100 + day;
                if (onset + delay <= AS_OF && !(place == 2 && onset + delay > AS_OF - 8)) {
                    add_count(&counts, "cases_onset", place, onset, onset + delay, delay == 9 && day % 10 == 0 ? -1 : 3);
                }
            }
        }
    }
    check_counts(&counts);
    assert_null(find(&counts.list.report, "missing_days", NULL, VG_PLACE_NONE));
    assert_non_null(find(&counts.list.report, "silent_reporter", NULL, 2));
    assert_null(find(&counts.list.report, "silent_reporter", NULL, 1));
    const struct vg_finding *down = find(&counts.list.report, "downward_revision", NULL, VG_PLACE_NONE);
    assert_non_null(down);
    assert_true(down->share > 0.005 && down->share < 0.03);
    close_list(&counts.list);
}

/* ---------------------------------------------------------------- real data */

static bool read_real(struct list *list, const char *name, struct vg_intake_result *result)
{
    char path[4096];
    const char *shared = getenv("VIGIA_SHARED");
    struct vg_profile_set *profiles = NULL;
    (void)snprintf(path, sizeof path, "%s/data/counts/%s", shared == NULL ? "../shared" : shared, name);
    if (!vg_file_exists(path)) {
        print_message("skipped: %s is not there\n", path);
        return false;
    }
    *list = (struct list){0};
    vg_arena_init(&list->arena, 0);
    vg_place_list_init(&list->places, &list->arena);
    vg_assert_ok(vg_places_load_shipped(&list->places, &list->error), list->error);
    vg_assert_ok(vg_profile_set_load(NULL, 0, &list->arena, &profiles, &list->error), list->error);
    struct vg_intake_options options = {.profiles = profiles, .published = VG_DATE_NONE};
    vg_assert_ok(vg_intake_read(path, &options, &list->places, &list->arena, result, &list->error), list->error);
    if (result->kind == VG_INTAKE_CASES) {
        vg_assert_ok(vg_intake_check_cases(&result->cases, &list->places, result->published, &list->arena, &list->report, &list->error), list->error);
    } else {
        vg_assert_ok(vg_intake_check_counts(&result->counts, &list->places, result->published, &list->arena, &list->report, &list->error), list->error);
    }
    return true;
}

static void real_data_have_their_known_faults(void **state)
{
    (void)state;
    struct list list;
    struct vg_intake_result result;
    if (!read_real(&list, "linelist_br_sp_srag.csv.gz", &result)) {
        skip();
    }
    /* Counted independently from the file: 302 onsets after the typing, median delay 10 days, 95 % within 56. */
    assert_true(find(&list.report, "date_order", "onset", VG_PLACE_NONE)->count == 302);
    const struct vg_finding *delay = find(&list.report, "timeliness", "onset", VG_PLACE_NONE);
    assert_true(delay->value == 10 && delay->total == 761637);
    assert_non_null(strstr(delay->detail, "95 % within 56"));
    close_list(&list);
    assert_true(read_real(&list, "raw_co_totalcases20200618.xlsx", &result));
    bool prison = false; /* the outbreak in the prison of Villavicencio was traced by tests, not by symptoms */
    for (size_t i = 0; i < list.report.n_findings; i++) {
        const struct vg_finding *finding = &list.report.findings[i];
        prison = prison || (strcmp(finding->code, "completeness_place") == 0 && strcmp(finding->field, "onset") == 0 &&
                            strcmp(list.places.places[finding->place].name, "Villavicencio") == 0 && finding->share > 0.7);
    }
    assert_true(prison);
    close_list(&list);
    assert_true(read_real(&list, "china_city_cumulative_2020.csv.gz", &result));
    const struct vg_finding *batch = find(&list.report, "batch_day", "cases_report", VG_PLACE_NONE);
    assert_non_null(batch); /* clinically diagnosed cases were counted from then on */
    assert_true(batch->date == vg_date_from_civil(2020, 2, 13) || batch->date == vg_date_from_civil(2020, 2, 14));
    close_list(&list);
}

/* ---------------------------------------------------------------- languages */

static void every_finding_has_its_sentence_in_every_language(void **state)
{
    (void)state;
    static const char *const codes[] = {"completeness", "completeness_place", "timeliness", "date_order", "future_date", "old_date", "duplicate", "duplicate_content", "digit_preference",
                                        "date_heaping", "age_range", "outcome_inconsistent", "silent_reporter", "batch_day", "weekday_pattern", "falling_total", "missing_days",
                                        "zero_after_positive", "downward_revision"};
    static const char *const files[] = {"check_cases.c", "check_patterns.c", "check_series.c", "check_counts.c"};
    const char *source = getenv("VIGIA_SOURCE");
    if (source == NULL) {
        print_message("skipped: VIGIA_SOURCE does not say where the source is\n");
        skip();
    }
    char path[4096];
    struct vg_error error;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    /* The codes that the program can give are those of the list. */
    size_t emitted = 0;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        (void)snprintf(path, sizeof path, "%s/src/intake/%s", source, files[f]);
        vg_buffer_clear(&text);
        vg_assert_ok(vg_file_read(path, 1U << 20, &text, &error), error);
        for (const char *at = strstr(text.data, "check_finding(\""); at != NULL; at = strstr(at + 1, "check_finding(\"")) {
            const char *name = at + strlen("check_finding(\"");
            size_t length = strcspn(name, "\"");
            bool listed = false;
            for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
                listed = listed || (strlen(codes[c]) == length && memcmp(codes[c], name, length) == 0);
            }
            if (!listed) {
                fail_msg("%s gives %.*s, which is not listed", files[f], (int)length, name);
            }
            emitted++;
        }
    }
    assert_true(emitted >= 17);
    for (enum vg_language language = VG_ES; language < VG_LANGUAGE_COUNT; language++) {
        (void)snprintf(path, sizeof path, "%s/web/i18n/%s.json", source, vg_language_code(language));
        vg_buffer_clear(&text);
        vg_assert_ok(vg_file_read(path, 1U << 20, &text, &error), error);
        size_t sentences = 0;
        for (const char *at = strstr(text.data, "\"finding."); at != NULL; at = strstr(at + 1, "\"finding.")) {
            sentences++;
        }
        for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
            char key[64];
            (void)snprintf(key, sizeof key, "\"finding.%s\":", codes[c]);
            if (strstr(text.data, key) == NULL) {
                fail_msg("%s has no sentence for %s", path, codes[c]);
            }
        }
        assert_int_equal(sentences, sizeof codes / sizeof *codes);
    }
    vg_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_lists_raise_no_alarm),
        cmocka_unit_test(planted_faults_are_found),
        cmocka_unit_test(heaped_ages_and_dates_are_found),
        cmocka_unit_test(repeated_cases_are_told_from_chance),
        cmocka_unit_test(silence_and_batches_are_found),
        cmocka_unit_test(clean_counts_raise_no_alarm),
        cmocka_unit_test(planted_faults_of_counts_are_found),
        cmocka_unit_test(delayed_counts_are_judged_by_their_reports),
        cmocka_unit_test(real_data_have_their_known_faults),
        cmocka_unit_test(every_finding_has_its_sentence_in_every_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
