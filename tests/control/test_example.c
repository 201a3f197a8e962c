/*
 * The example outbreak keeps its promises: it follows the renewal equation with the stated noise, its delays and
 * shares are the stated ones, its files agree with its truth row by row, and the bytes do not depend on threads.
 */
#include "vg_test.h"

#include "control/control.h"

#define SEED 20260701
#define N VG_EXAMPLE_MUNICIPALITIES
#define DAYS VG_EXAMPLE_DAYS

static struct vg_arena arena;
static struct vg_example shared; /* one outbreak serves most tests, which only read it */

static int32_t end_date(void)
{
    return vg_date_from_civil(2026, 11, 24);
}

static int make(void **state)
{
    struct vg_error error;
    struct vg_example_options options = {.seed = SEED, .end = end_date()};
    (void)state;
    vg_arena_init(&arena, 0);
    if (vg_control_example(&options, NULL, &arena, &shared, &error) != VG_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return -1;
    }
    return 0;
}

static int release(void **state)
{
    (void)state;
    vg_arena_release(&arena);
    return 0;
}

static size_t at(size_t municipality, int day)
{
    return municipality * DAYS + (size_t)day;
}

static size_t column_of(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no column %s", name);
    return 0;
}

static bool is_missing(const struct vg_table *table, size_t column, size_t row)
{
    return table->columns[column].missing[row] != 0;
}

static struct vg_text text_at(const struct vg_table *table, size_t column, size_t row)
{
    return table->columns[column].values.texts[row];
}

static int32_t date_at(const struct vg_table *table, size_t column, size_t row)
{
    return is_missing(table, column, row) ? VG_DATE_NONE : table->columns[column].values.dates[row];
}

static void test_wrong_options_are_refused(void **state)
{
    struct vg_example example;
    struct vg_error error;
    struct vg_arena scratch;
    (void)state;
    vg_arena_init(&scratch, 0);
    const struct vg_example_options wrong[] = {{.end = VG_DATE_NONE}, {.end = end_date(), .scale = -1}, {.end = end_date(), .scale = NAN},
                                               {.end = end_date(), .scale = 1e6}, {.end = vg_date_from_civil(1899, 12, 31)}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(vg_control_example(&wrong[i], NULL, &scratch, &example, &error), VG_USAGE_ERROR);
    }
    vg_arena_release(&scratch);
    vg_arena_init(&scratch, 4096);
    struct vg_example_options options = {.seed = 1, .end = end_date()};
    assert_int_equal(vg_control_example(&options, NULL, &scratch, &example, &error), VG_SYSTEM_ERROR);
    vg_arena_release(&scratch);
}

static void test_generation_time(void **state)
{
    double total = 0, mean = 0, squares = 0;
    (void)state;
    for (int s = 0; s < VG_EXAMPLE_GENERATION_DAYS; s++) {
        total += shared.generation[s];
        mean += s * shared.generation[s];
        squares += s * s * shared.generation[s];
    }
    vg_assert_near(shared.generation[0], 0, 0);
    vg_assert_near(total, 1, 1e-12);
    vg_assert_near(mean, VG_EXAMPLE_GENERATION_MEAN_DAYS, 1e-3); /* the discretisation keeps the mean */
    vg_assert_near(sqrt(squares - mean * mean), VG_EXAMPLE_GENERATION_SD_DAYS, 0.06);
}

static void test_contacts_are_conserved(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        double row = 0;
        for (size_t j = 0; j < N; j++) {
            assert_true(shared.flow[i * N + j] > 0);
            vg_assert_near(shared.flow[i * N + j], shared.flow[j * N + i], 1e-9 * shared.municipalities[i].population);
            row += shared.flow[i * N + j];
        }
        vg_assert_near(row, shared.municipalities[i].population, 1e-6);
        assert_true(shared.flow[i * N + i] >= 0.85 * shared.municipalities[i].population);
    }
}

/* The renewal equation once more, written the slow way from the header's words. */
static double slow_expected(size_t i, int day)
{
    double sum = 0;
    for (size_t j = 0; j < N; j++) {
        for (int s = 1; s < VG_EXAMPLE_GENERATION_DAYS && s <= day; s++) {
            sum += shared.flow[i * N + j] / shared.municipalities[j].population * shared.generation[s] * shared.infections[at(j, day - s)];
        }
    }
    return shared.rt[at(i, day)] * sum;
}

static void test_renewal_equation(void **state)
{
    double chi = 0, cells = 0, drawn = 0, expected = 0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (int day = 0; day < DAYS; day++) {
            double mean = shared.expected[at(i, day)], born = shared.infections[at(i, day)] - shared.imports[at(i, day)];
            vg_assert_near(mean, slow_expected(i, day), 1e-9 * (1 + mean));
            assert_true(born >= 0 && shared.rt[at(i, day)] > 0.5 && shared.rt[at(i, day)] < 2.2);
            drawn += born;
            expected += mean;
            if (mean > 5) {
                chi += (born - mean) * (born - mean) / (VG_EXAMPLE_VARIANCE_RATIO * mean);
                cells++;
            }
        }
    }
    assert_true(cells > 1000);
    vg_assert_near(chi / cells, 1, 6 * sqrt(3 / cells)); /* variance of one term is 2 and a little more for the long tail */
    vg_assert_near(drawn / expected, 1, 6 * sqrt(VG_EXAMPLE_VARIANCE_RATIO / expected));
}

static void test_size_of_the_outbreak(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct vg_arena scratch;
        struct vg_example example;
        struct vg_error error;
        struct vg_example_options options = {.seed = seed, .end = end_date()};
        vg_arena_init(&scratch, 0);
        vg_assert_ok(vg_control_example(&options, NULL, &scratch, &example, &error), error);
        if (example.n_cases < 45000 || example.n_cases > 125000) {
            fail_msg("seed %d gives %zu cases", (int)seed, example.n_cases);
        }
        vg_arena_release(&scratch);
    }
    struct vg_arena scratch;
    struct vg_example small;
    struct vg_error error;
    struct vg_example_options options = {.seed = 1, .end = end_date(), .scale = 0.1};
    vg_arena_init(&scratch, 0);
    vg_assert_ok(vg_control_example(&options, NULL, &scratch, &small, &error), error);
    assert_true(small.n_cases > 2500 && small.n_cases < 20000);
    vg_assert_near(small.municipalities[0].population, 0.1 * shared.municipalities[0].population, 1);
    vg_arena_release(&scratch);
}

static void test_shares_and_incubation(void **state)
{
    double infections = 0, onsets = 0, sum = 0, squares = 0, n = 0, hidden = 0;
    double fatal[2] = {0}, count[2] = {0};
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (int day = 0; day < DAYS; day++) {
            infections += day < DAYS - 15 ? shared.infections[at(i, day)] : 0;
            onsets += shared.onsets[at(i, day)];
        }
    }
    for (size_t i = 0; i < shared.n_cases; i++) {
        const struct vg_example_case *one = &shared.cases[i];
        double days = one->onset - one->infection;
        if (one->infection > shared.end - 25) {
            continue; /* their onsets and cases are cut off at the end */
        }
        n++;
        sum += days;
        squares += days * days;
        hidden += one->asymptomatic;
        fatal[one->age_years >= 60] += one->death != VG_DATE_NONE;
        count[one->age_years >= 60]++;
    }
    double mean = sum / n;
    vg_assert_near(mean, VG_EXAMPLE_INCUBATION_MEAN_DAYS, 0.06);
    /* Rounding to whole days adds a twelfth to the variance. */
    vg_assert_near(sqrt(squares / n - mean * mean), sqrt(VG_EXAMPLE_INCUBATION_SD_DAYS * VG_EXAMPLE_INCUBATION_SD_DAYS + 1.0 / 12), 0.05);
    assert_true(onsets > 0.68 * infections && onsets < 0.75 * infections); /* 70 %, and some of the last two weeks */
    vg_assert_near(hidden / n, 0.3 * 0.1 / (0.3 * 0.1 + 0.7), 0.006);
    assert_true(fatal[1] / count[1] > 0.03 && fatal[0] / count[0] < 0.015);
}

static void test_course_of_a_case_is_possible(void **state)
{
    (void)state;
    for (size_t i = 0; i < shared.n_cases; i++) {
        const struct vg_example_case *one = &shared.cases[i];
        assert_true(one->infection <= one->onset && one->onset <= one->notification && one->notification <= one->report);
        assert_true(i == 0 || shared.cases[i - 1].report <= one->report);
        assert_true(one->age_years >= 0 && one->age_years < 100 && one->municipality < N);
        assert_true(one->admission == VG_DATE_NONE ? one->icu == VG_DATE_NONE : one->admission >= one->onset && one->discharge >= one->admission);
        assert_true(one->icu == VG_DATE_NONE || (one->icu >= one->admission && one->icu_out > one->icu && one->discharge >= one->icu_out));
        assert_true((one->death == VG_DATE_NONE) != (one->recovery == VG_DATE_NONE));
        assert_true(one->death == VG_DATE_NONE || one->death >= one->onset);
        assert_true((one->severity == VG_SEVERITY_CRITICAL) == (one->icu != VG_DATE_NONE));
        assert_true(one->asymptomatic == (one->severity == VG_SEVERITY_ASYMPTOMATIC));
    }
}

static void test_calendar_of_reports(void **state)
{
    double by_weekday[7] = {0}, notified[7] = {0};
    int on_holiday = 0, batch = 0, before = 0, silent_old = 0, silent_new = 0;
    (void)state;
    for (size_t i = 0; i < shared.n_cases; i++) {
        const struct vg_example_case *one = &shared.cases[i];
        if (one->report > shared.end) {
            continue;
        }
        by_weekday[vg_date_weekday(one->report)]++;
        notified[vg_date_weekday(one->notification)]++;
        on_holiday += vg_control_example_holiday(one->report);
        if (shared.province_of[one->municipality] == shared.batch_province) {
            batch += one->report == shared.batch_day;
            before += one->report < shared.batch_day && one->report >= shared.batch_day - 12;
        }
        if (one->municipality == shared.silent_municipality) {
            silent_new += one->report >= shared.silent_from;
            silent_old += one->report < shared.silent_from && one->report >= shared.silent_from - 12;
        }
    }
    assert_int_equal(by_weekday[0], 0);
    assert_int_equal(on_holiday, 0);
    assert_true(by_weekday[6] < 0.7 * by_weekday[3] && by_weekday[1] > 1.1 * by_weekday[3]);
    assert_true(notified[0] < 0.5 * notified[3] && notified[1] > 1.3 * notified[3]);
    assert_int_equal(vg_date_weekday(shared.batch_day), 3);
    assert_true(batch > 3 * before && batch > 100);
    assert_int_equal(silent_new, 0);
    assert_true(silent_old > 10);
    assert_int_equal(shared.end - shared.silent_from + 1, 12);
}

static bool same_outbreak(const struct vg_example *a, const struct vg_example *b)
{
    size_t bytes = (size_t)N * DAYS * sizeof(double);
    if (a->n_cases != b->n_cases || memcmp(a->infections, b->infections, bytes) != 0 || memcmp(a->onsets, b->onsets, bytes) != 0) {
        return false;
    }
    return memcmp(a->cases, b->cases, a->n_cases * sizeof *a->cases) == 0;
}

static void test_same_bytes_for_any_threads(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 5; threads += 2) {
        struct vg_arena scratch;
        struct vg_example example;
        struct vg_error error;
        struct vg_example_options options = {.seed = SEED, .end = end_date()};
        struct vg_pool *pool = vg_pool_new(threads);
        vg_arena_init(&scratch, 0);
        vg_assert_ok(vg_control_example(&options, pool, &scratch, &example, &error), error);
        assert_true(same_outbreak(&shared, &example));
        options.seed++;
        vg_assert_ok(vg_control_example(&options, pool, &scratch, &example, &error), error);
        assert_false(same_outbreak(&shared, &example));
        vg_pool_free(pool);
        vg_arena_release(&scratch);
    }
}

/* The row's number from its id; repeated and second entries are told by it. */
static size_t number_of(const struct vg_table *table, size_t row)
{
    struct vg_text id = text_at(table, 0, row);
    int64_t value = 0;
    assert_true(id.size > 2 && vg_parse_integer(vg_text_of(id.data + 2, id.size - 2), &value));
    return (size_t)value - 1;
}

static void test_line_list_agrees_with_the_truth(void **state)
{
    struct vg_arena scratch;
    struct vg_table list, truth;
    struct vg_error error;
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&list, &scratch);
    vg_table_init(&truth, &scratch);
    vg_assert_ok(vg_control_example_line_list(&shared, shared.end, &list, &error), error);
    vg_assert_ok(vg_control_example_truth(&shared, shared.end, &truth, &error), error);
    assert_int_equal(truth.n_rows, (1 + VG_EXAMPLE_PROVINCES + N) * DAYS);

    double *seen = calloc((size_t)N * DAYS, sizeof *seen);
    size_t onset = column_of(&list, "fecha_inicio_sintomas"), report = column_of(&list, "fecha_reporte");
    size_t previous = SIZE_MAX;
    for (size_t row = 0; row < list.n_rows; row++) {
        size_t number = number_of(&list, row);
        if (number == previous || number >= shared.n_cases) {
            continue;
        }
        previous = number;
        const struct vg_example_case *one = &shared.cases[number];
        assert_int_equal(date_at(&list, report, row), one->report);
        bool spoilt = (one->flags & (VG_EXAMPLE_ONSET_LOST | VG_EXAMPLE_ONSET_WRONG_YEAR)) != 0;
        assert_true(spoilt || date_at(&list, onset, row) == (one->asymptomatic ? VG_DATE_NONE : one->onset));
        if (!one->asymptomatic) {
            seen[at(one->municipality, one->onset - shared.start)]++;
        }
    }
    size_t cases_reported = column_of(&truth, "cases_reported"), cases_onset = column_of(&truth, "cases_onset");
    size_t infections = column_of(&truth, "infections"), rt = column_of(&truth, "rt");
    for (int day = 0; day < DAYS; day++) {
        double country_infections = 0, country_reported = 0;
        for (size_t m = 0; m < N; m++) {
            size_t row = (1 + VG_EXAMPLE_PROVINCES + m) * DAYS + (size_t)day;
            vg_assert_near((double)truth.columns[cases_reported].values.integers[row], seen[at(m, day)], 0);
            assert_true(truth.columns[cases_onset].values.integers[row] >= truth.columns[cases_reported].values.integers[row]);
            assert_true(is_missing(&truth, rt, row) || fabs(truth.columns[rt].values.doubles[row] - shared.rt[at(m, day)]) < 1e-12);
            country_infections += shared.infections[at(m, day)];
            country_reported += seen[at(m, day)];
        }
        vg_assert_near((double)truth.columns[infections].values.integers[day], country_infections, 0);
        vg_assert_near((double)truth.columns[cases_reported].values.integers[day], country_reported, 0);
    }
    free(seen);
    vg_arena_release(&scratch);
}

static int64_t stated(const struct vg_table *table, const char *kind)
{
    for (size_t row = 0; row < table->n_rows; row++) {
        if (vg_text_equals(text_at(table, 0, row), kind)) {
            return table->columns[1].values.integers[row];
        }
    }
    fail_msg("%s is not stated", kind);
    return 0;
}

struct found { int64_t cases, onset_blank, name_variant, code_lost, onset_wrong_year, death_before_onset, age_impossible, age_lost, sex_lost, repeated, entered_twice; };

static void look_at_row(const struct vg_table *list, size_t row, size_t number, struct found *found)
{
    int32_t onset = date_at(list, 7, row), report = date_at(list, 9, row), death = date_at(list, 15, row);
    found->cases++;
    found->onset_blank += onset == VG_DATE_NONE;
    found->onset_wrong_year += onset != VG_DATE_NONE && onset > report;
    found->death_before_onset += death != VG_DATE_NONE && onset != VG_DATE_NONE && death < onset;
    found->code_lost += is_missing(list, 3, row);
    found->name_variant += !vg_text_equals(text_at(list, 4, row), shared.municipalities[shared.cases[number].municipality].name);
    found->sex_lost += is_missing(list, 5, row);
    found->age_lost += is_missing(list, 6, row);
    found->age_impossible += !is_missing(list, 6, row) && list->columns[6].values.integers[row] > 120;
    /* Every variant is still the same name to somebody who ignores accents and case. */
    assert_true(vg_text_fold_equal(text_at(list, 4, row), vg_text_from(shared.municipalities[shared.cases[number].municipality].name)));
}

static void check_imperfections(int32_t as_of)
{
    struct vg_arena scratch;
    struct vg_table list, table;
    struct vg_error error;
    struct found found = {0};
    size_t previous = SIZE_MAX;
    vg_arena_init(&scratch, 0);
    vg_table_init(&list, &scratch);
    vg_table_init(&table, &scratch);
    vg_assert_ok(vg_control_example_line_list(&shared, as_of, &list, &error), error);
    vg_assert_ok(vg_control_example_imperfections(&shared, as_of, &table, &error), error);
    for (size_t row = 0; row < list.n_rows; row++) {
        size_t number = number_of(&list, row);
        if (number >= shared.n_cases) {
            found.entered_twice++;
        } else if (number == previous) {
            found.repeated++;
        } else {
            look_at_row(&list, row, number, &found);
            previous = number;
        }
    }
    assert_int_equal(found.cases, stated(&table, "cases"));
    assert_int_equal(found.onset_blank, stated(&table, "onset_lost") + stated(&table, "asymptomatic"));
    assert_int_equal(found.onset_wrong_year, stated(&table, "onset_wrong_year"));
    assert_int_equal(found.death_before_onset, stated(&table, "death_before_onset"));
    assert_int_equal(found.code_lost, stated(&table, "code_lost"));
    assert_int_equal(found.sex_lost, stated(&table, "sex_lost"));
    assert_int_equal(found.age_lost, stated(&table, "age_lost"));
    assert_int_equal(found.age_impossible, stated(&table, "age_impossible"));
    assert_int_equal(found.repeated, stated(&table, "repeated"));
    assert_int_equal(found.entered_twice, stated(&table, "entered_twice"));
    /* A name without an accent or capital to lose may look right in spite of its flag, never the other way round. */
    assert_true(found.name_variant > 0 && found.name_variant <= stated(&table, "name_variant"));
    vg_arena_release(&scratch);
}

static void test_imperfections_are_the_stated_ones(void **state)
{
    (void)state;
    check_imperfections(shared.end);
    check_imperfections(shared.end - 60);
}

/* A later publication holds the same rows in the same order, more behind them, and never forgets an outcome. */
static void test_vintages(void **state)
{
    struct vg_arena scratch;
    struct vg_table old, new;
    struct vg_error error;
    size_t more_deaths = 0;
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&old, &scratch);
    vg_table_init(&new, &scratch);
    vg_assert_ok(vg_control_example_line_list(&shared, shared.end - 7, &old, &error), error);
    vg_assert_ok(vg_control_example_line_list(&shared, shared.end, &new, &error), error);
    assert_true(new.n_rows > old.n_rows + 300);
    for (size_t row = 0; row < new.n_rows; row++) {
        int32_t death = date_at(&new, 15, row);
        assert_true(date_at(&new, 9, row) <= shared.end && (death == VG_DATE_NONE || death <= shared.end));
        if (row >= old.n_rows) {
            assert_true(date_at(&new, 9, row) > shared.end - 7);
            continue;
        }
        assert_true(vg_text_equal(text_at(&old, 0, row), text_at(&new, 0, row)));
        assert_true(date_at(&old, 15, row) == VG_DATE_NONE || date_at(&old, 15, row) == death);
        more_deaths += date_at(&old, 15, row) != death;
    }
    assert_true(more_deaths > 0);
    vg_arena_release(&scratch);
}

static void test_delays_get_shorter(void **state)
{
    struct vg_arena scratch;
    struct vg_table table;
    struct vg_error error;
    double sum = 0, n = 0;
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&table, &scratch);
    vg_assert_ok(vg_control_example_delay_truth(&shared, &table, &error), error);
    assert_true(table.n_rows >= 8);
    size_t last = table.n_rows - 1;
    assert_true(vg_text_equals(text_at(&table, 0, last), "2026-11"));
    assert_true(table.columns[2].values.doubles[1] > table.columns[2].values.doubles[last - 1] + 1.2);
    for (size_t i = 0; i < shared.n_cases; i++) {
        const struct vg_example_case *one = &shared.cases[i];
        if (!one->asymptomatic && one->onset >= vg_date_from_civil(2026, 9, 1) && one->onset < vg_date_from_civil(2026, 10, 1)) {
            sum += one->report - one->onset;
            n++;
        }
    }
    for (size_t row = 0; row < table.n_rows; row++) {
        if (vg_text_equals(text_at(&table, 0, row), "2026-09")) {
            assert_int_equal(table.columns[1].values.integers[row], (int64_t)n);
            vg_assert_near(table.columns[2].values.doubles[row], sum / n, 1e-9);
        }
    }
    vg_arena_release(&scratch);
}

/* What an estimator sees: the ratio of true onsets to their pressure over a week is close to rt_onset of the truth. */
static void test_onset_ratio(void **state)
{
    struct vg_arena scratch;
    struct vg_table truth;
    struct vg_error error;
    double onsets[DAYS] = {0}, pressure[DAYS] = {0};
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&truth, &scratch);
    vg_assert_ok(vg_control_example_truth(&shared, shared.end, &truth, &error), error);
    size_t rt_onset = column_of(&truth, "rt_onset"), rt = column_of(&truth, "rt");
    for (int day = 0; day < DAYS; day++) {
        for (size_t m = 0; m < N; m++) {
            onsets[day] += shared.onsets[at(m, day)];
        }
        for (int s = 1; s < VG_EXAMPLE_GENERATION_DAYS && s <= day; s++) {
            pressure[day] += shared.generation[s] * onsets[day - s];
        }
    }
    for (int day = 35; day < DAYS; day++) {
        double above = 0, below = 0, stated_mean = 0;
        for (int back = 0; back < 7; back++) {
            above += onsets[day - back];
            below += pressure[day - back];
            stated_mean += truth.columns[rt_onset].values.doubles[day - back] / 7;
        }
        vg_assert_near(above / below, stated_mean, 0.09);
        assert_true(!is_missing(&truth, rt, (size_t)day));
    }
    /* rt_onset is rt seen through the incubation: alike where rt is flat. */
    vg_assert_near(truth.columns[rt_onset].values.doubles[75], truth.columns[rt].values.doubles[71], 0.06);
    vg_arena_release(&scratch);
}

static void test_census(void **state)
{
    struct vg_arena scratch;
    struct vg_table census;
    struct vg_error error;
    int64_t admitted = 0, counted = 0, unknown = 0;
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&census, &scratch);
    vg_assert_ok(vg_control_example_census(&shared, shared.end, &census, &error), error);
    assert_int_equal(census.n_rows, VG_EXAMPLE_PROVINCES * DAYS);
    for (size_t row = 0; row < census.n_rows; row++) {
        size_t province = row / DAYS;
        int32_t date = date_at(&census, 0, row);
        assert_int_equal(date, shared.start + (int32_t)(row % DAYS));
        if (is_missing(&census, 3, row)) {
            assert_true(province == 4 && vg_date_weekday(date) == 0);
            unknown++;
            continue;
        }
        counted += census.columns[7].values.integers[row];
        assert_true(census.columns[4].values.integers[row] >= 0 && census.columns[3].values.integers[row] >= 0);
        if (row % 37 == 0) { /* the slow way: who sleeps there that night */
            int64_t ward = 0, intensive = 0;
            for (size_t i = 0; i < shared.n_cases; i++) {
                const struct vg_example_case *one = &shared.cases[i];
                if (one->admission == VG_DATE_NONE || shared.province_of[one->municipality] != province) {
                    continue;
                }
                bool in_unit = one->icu != VG_DATE_NONE && date >= one->icu && date < one->icu_out;
                intensive += in_unit;
                ward += !in_unit && date >= one->admission && date < one->discharge;
            }
            assert_int_equal(census.columns[3].values.integers[row], ward);
            assert_int_equal(census.columns[4].values.integers[row], intensive);
        }
    }
    for (size_t i = 0; i < shared.n_cases; i++) {
        const struct vg_example_case *one = &shared.cases[i];
        bool not_told = shared.province_of[one->municipality] == 4 && vg_date_weekday(one->admission) == 0;
        admitted += one->admission != VG_DATE_NONE && one->admission <= shared.end && !not_told;
    }
    assert_int_equal(counted, admitted);
    assert_int_equal(unknown, DAYS / 7);
    vg_arena_release(&scratch);
}

static void test_places(void **state)
{
    struct vg_arena scratch;
    struct vg_table table;
    struct vg_error error;
    struct vg_place_list list;
    uint32_t index[N];
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&table, &scratch);
    vg_place_list_init(&list, &scratch);
    vg_assert_ok(vg_control_example_places(&shared, &table, &error), error);
    assert_int_equal(table.n_rows, 1 + VG_EXAMPLE_PROVINCES + N);
    assert_true(vg_control_example_add_places(&shared, &list, index));
    assert_int_equal(list.count, table.n_rows);
    double people = 0;
    for (size_t m = 0; m < N; m++) {
        const struct vg_place *place = &list.places[index[m]];
        people += place->population;
        assert_string_equal(place->name, shared.municipalities[m].name);
        assert_string_equal(list.places[place->parent].name, shared.provinces[shared.province_of[m]].name);
        assert_true(vg_place_list_within(&list, index[m], vg_place_list_find_code(&list, vg_text_from("XV"))));
        assert_int_equal(vg_place_list_find_name(&list, place->parent, vg_text_from(shared.municipalities[m].code)), index[m]);
        assert_true(vg_text_equals(text_at(&table, 0, 1 + VG_EXAMPLE_PROVINCES + m), place->code));
        assert_true(place->latitude < -35 && place->latitude > -43 && place->longitude < -95 && place->longitude > -105);
    }
    vg_assert_near(list.places[vg_place_list_find_code(&list, vg_text_from("XV"))].population, people, 0.5);
    vg_arena_release(&scratch);
}

static void test_case_truth(void **state)
{
    struct vg_arena scratch;
    struct vg_table table;
    struct vg_error error;
    size_t flagged = 0;
    (void)state;
    vg_arena_init(&scratch, 0);
    vg_table_init(&table, &scratch);
    vg_assert_ok(vg_control_example_case_truth(&shared, &table, &error), error);
    assert_int_equal(table.n_rows, shared.n_cases);
    for (size_t row = 0; row < table.n_rows; row++) {
        assert_int_equal(number_of(&table, row), row);
        assert_int_equal(date_at(&table, 3, row), shared.cases[row].onset);
        assert_true(is_missing(&table, 7, row) == (shared.cases[row].flags == 0));
        flagged += !is_missing(&table, 7, row);
    }
    assert_true(flagged > table.n_rows / 20);
    for (unsigned bit = 0; bit < VG_EXAMPLE_FLAGS; bit++) {
        assert_non_null(vg_example_flag_name(bit));
    }
    vg_arena_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_options_are_refused), cmocka_unit_test(test_generation_time), cmocka_unit_test(test_contacts_are_conserved),
        cmocka_unit_test(test_renewal_equation), cmocka_unit_test(test_size_of_the_outbreak), cmocka_unit_test(test_shares_and_incubation),
        cmocka_unit_test(test_course_of_a_case_is_possible), cmocka_unit_test(test_calendar_of_reports),
        cmocka_unit_test(test_same_bytes_for_any_threads), cmocka_unit_test(test_line_list_agrees_with_the_truth),
        cmocka_unit_test(test_imperfections_are_the_stated_ones), cmocka_unit_test(test_vintages), cmocka_unit_test(test_delays_get_shorter),
        cmocka_unit_test(test_onset_ratio), cmocka_unit_test(test_census), cmocka_unit_test(test_places), cmocka_unit_test(test_case_truth),
    };
    print_message("# seed %d\n", SEED);
    return cmocka_run_group_tests_name("control/example", tests, make, release);
}
