/*
 * An exercise from a small epidemic: courses that make sense, degradations with the shares that were set, nothing of the truth or of the future
 * in what is observed, and tables that agree with each other.
 */
#include "small_epidemic.h"

#define DAYS 150
#define HELD_FROM 83
#define HELD_TO 94 /* a Thursday */

struct state {
    struct small_epidemic small;
    struct vg_scenario scenario;
    struct vg_exercise exercise;
    struct vg_arena arena;
};

static int make_state(void **out)
{
    struct state *state = calloc(1, sizeof *state);
    struct vg_error error = {0};
    small_epidemic_run(&state->small, 45000, DAYS, 7);
    vg_scenario_defaults(&state->scenario);
    state->scenario.start = vg_date_from_civil(2021, 1, 4);
    state->scenario.hospital.ward_beds_per_100k = 110;
    state->scenario.hospital.icu_beds_per_100k = 9;
    state->scenario.days = DAYS;
    state->scenario.seed = 99;
    state->scenario.exercise.background_per_100k = 400;
    state->scenario.exercise.specificity = 0.98;
    state->scenario.exercise.typing_per_100k = 150;
    static const char *const there[] = {"XV-03"};
    static struct vg_exercise_outage outage;
    vg_exercise_outage_defaults(&outage);
    outage.places = (struct vg_text_list){(const char **)(uintptr_t)there, 1};
    outage.from = state->scenario.start + HELD_FROM;
    outage.to = state->scenario.start + HELD_TO;
    outage.share = 0.85;
    state->scenario.exercise.outages = &outage;
    state->scenario.exercise.n_outages = 1;
    state->scenario.exercise.found_changes = state->scenario.start + 70;
    vg_arena_init(&state->arena, 0);
    *out = state;
    if (vg_control_exercise(&state->scenario, &state->small.world, &state->arena, &state->exercise, &error) != VG_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    print_message("%zu infections, %zu cases\n", state->small.n_infections, state->exercise.n_cases);
    return 0;
}

static int drop_state(void **out)
{
    struct state *state = *out;
    small_epidemic_free(&state->small);
    vg_arena_release(&state->arena);
    free(state);
    return 0;
}

static void fill(struct state *state, const char *name, struct vg_table *table)
{
    struct vg_error error = {0};
    const struct vg_exercise_table *which = vg_exercise_table_find(name);
    assert_non_null(which);
    vg_table_init(table, &state->arena);
    vg_assert_ok(which->fill(&state->exercise, table, &error), error);
    assert_true(table->n_rows > 0 || strcmp(name, "counterfactual") == 0 || strcmp(name, "isolation_truth") == 0);
}

static const struct vg_column *column_of(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    fail_msg("there is no column %s", name);
    return NULL;
}

/* Within 4 standard errors of a share. */
#define assert_share(count, total, share)                                                                                                  \
    vg_assert_near((double)(count) / (double)(total), (share), 4 * sqrt((share) * (1 - (share)) / (double)(total)) + 1e-12)

static void courses_are_in_order(void **out)
{
    struct state *state = *out;
    size_t admitted = 0;
    for (size_t i = 0; i < state->small.n_infections; i++) {
        const struct vg_exercise_infection *one = &state->exercise.infections[i];
        const struct vg_infection *log = &state->small.infections[i];
        assert_int_equal(one->day, log->day);
        assert_true(one->infectious > one->day);
        bool ended = one->discharge != VG_DATE_NONE;
        assert_true((one->admission != VG_DATE_NONE) == (log->ward && log->admission < DAYS));
        assert_true(one->admission != VG_DATE_NONE || (one->death == VG_DATE_NONE && one->recovery >= one->onset));
        if (one->admission != VG_DATE_NONE) {
            admitted++;
            assert_true(one->admission == log->admission && one->admission >= one->onset && (!ended || one->discharge > one->admission));
            assert_true(!ended || (one->icu != VG_DATE_NONE) == log->icu);
            assert_true(one->icu == VG_DATE_NONE || (one->icu > one->admission && (!ended || (one->icu_out == one->discharge && one->icu_out > one->icu))));
            assert_true(!ended || (log->death ? one->death == one->discharge && one->recovery == VG_DATE_NONE : one->recovery == one->discharge && one->death == VG_DATE_NONE));
            assert_true(ended || (one->death == VG_DATE_NONE && one->recovery == VG_DATE_NONE));
            assert_int_equal(one->without_ward, one->person % 10 == 0);
        }
        if (log->infector == UINT32_MAX) {
            assert_int_equal(one->infector_infection, VG_EXERCISE_NONE);
        } else {
            assert_int_equal(state->exercise.infections[one->infector_infection].person, log->infector);
            assert_true(state->exercise.infections[one->infector_infection].day < one->day);
        }
    }
    assert_true(admitted > 100);
}

static void a_log_that_lies_is_refused(void **out)
{
    struct state *state = *out;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_exercise exercise;
    struct vg_exercise_world world = state->small.world;
    struct vg_infection swapped[2] = {state->small.infections[0], state->small.infections[0]};
    vg_arena_init(&arena, 0);
    world.infections = swapped;
    world.n_infections = 2;
    swapped[1].person++;
    swapped[1].infector = swapped[1].person + 1; /* who was never infected */
    swapped[1].day++;
    assert_int_equal(vg_control_exercise(&state->scenario, &world, &arena, &exercise, &error), VG_USAGE_ERROR);
    swapped[1] = swapped[0];
    assert_int_equal(vg_control_exercise(&state->scenario, &world, &arena, &exercise, &error), VG_USAGE_ERROR);
    swapped[1].day = -1;
    assert_int_equal(vg_control_exercise(&state->scenario, &world, &arena, &exercise, &error), VG_USAGE_ERROR);
    struct vg_scenario wrong = state->scenario;
    struct vg_exercise_outage nowhere = wrong.exercise.outages[0];
    static const char *const unknown[] = {"XV-77"};
    nowhere.places.items = (const char **)(uintptr_t)unknown;
    wrong.exercise.outages = &nowhere;
    assert_int_equal(vg_control_exercise(&wrong, &state->small.world, &arena, &exercise, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "XV-77"));
    struct vg_step early = {.person = 0, .day = 0}, steps[2] = {state->small.steps[1], early};
    world = state->small.world;
    world.steps = steps;
    world.n_steps = 2;
    assert_int_equal(vg_control_exercise(&state->scenario, &world, &arena, &exercise, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* ---------------------------------------------------------------- the shares */

/* Ascertainment is looked up person by person, so the expected number is a sum; 4 standard errors of a sum of Bernoullis. */
static void as_many_are_found_as_was_set(void **out)
{
    struct state *state = *out;
    const struct vg_exercise *exercise = &state->exercise;
    double expected = 0, variance = 0, found = 0;
    for (size_t i = 0; i < state->small.n_infections; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        if (!one->symptomatic || one->admission != VG_DATE_NONE || one->onset > DAYS - 60) {
            continue;
        }
        double share = vg_exercise_ascertainment(exercise, one->onset, one->age_years, one->municipality) * state->scenario.exercise.sensitivity;
        expected += share;
        variance += share * (1 - share);
        found += exercise->case_of[i] != VG_EXERCISE_NONE;
    }
    assert_true(expected > 500);
    /* Swabs taken very late hold too little: about 1 in 200. */
    vg_assert_near(found, expected * 0.995, 4 * sqrt(variance) + 0.005 * expected);
}

static void errors_have_the_shares_that_were_set(void **out)
{
    struct state *state = *out;
    const struct vg_exercise *exercise = &state->exercise;
    size_t first = 0, symptomatic = 0, missing = 0, filled = 0, misplaced = 0, duplicates = 0, no_age = 0, false_positives = 0, withdrawn = 0, old = 0, twice = 0, gone = 0;
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        if (one->flags & VG_EXERCISE_DUPLICATE) {
            duplicates++;
            if (one->report < DAYS - 60) {
                twice++;
                gone += one->withdrawn != VG_DATE_NONE;
            }
            continue;
        }
        first++;
        symptomatic += one->symptomatic;
        missing += one->symptomatic && (one->flags & VG_EXERCISE_ONSET_MISSING);
        filled += (one->flags & VG_EXERCISE_ONSET_FILLED) != 0;
        misplaced += (one->flags & VG_EXERCISE_WRONG_PLACE) != 0;
        no_age += (one->flags & VG_EXERCISE_AGE_MISSING) != 0;
        if (one->flags & VG_EXERCISE_FALSE_POSITIVE) {
            false_positives++;
            withdrawn += one->withdrawn != VG_DATE_NONE;
            assert_int_equal(one->infection, VG_EXERCISE_NONE);
        }
        old += one->report < DAYS - 20;
    }
    assert_true(first > 2000 && false_positives > 100 && old > 1000);
    /* Provinces differ by a few per cent; weighed by cases instead of people the mean moves a little. */
    vg_assert_near((double)missing / (double)symptomatic, 0.42, 0.05);
    assert_share(filled, missing, state->scenario.exercise.onset_filled);
    assert_share(misplaced, first, state->scenario.exercise.municipality_wrong);
    assert_share(no_age, first, state->scenario.exercise.age_missing);
    assert_share(withdrawn, false_positives, state->scenario.exercise.false_positive_found);
    /* Of those reported in the last days the double comes too late. */
    vg_assert_near((double)duplicates / (double)first, state->scenario.exercise.duplicate, 4 * sqrt(state->scenario.exercise.duplicate / (double)first) + 0.002);
    assert_true(twice > 10);
    assert_share(gone, twice, state->scenario.exercise.duplicate_found);
}

static void false_positives_follow_specificity(void **out)
{
    struct state *state = *out;
    double tests = 0, positives = 0;
    size_t true_positive_tests = 0, n_cells = SMALL_MUNICIPALITIES * DAYS;
    for (size_t i = 0; i < n_cells; i++) {
        tests += state->exercise.tests[i];
        positives += state->exercise.positives[i];
        assert_true(state->exercise.positives[i] <= state->exercise.tests[i]);
    }
    size_t wrong = 0;
    for (size_t i = 0; i < state->exercise.n_cases; i++) {
        const struct vg_exercise_case *one = &state->exercise.cases[i];
        wrong += (one->flags & VG_EXERCISE_FALSE_POSITIVE) && !(one->flags & VG_EXERCISE_DUPLICATE);
        true_positive_tests += one->infection != VG_EXERCISE_NONE && !(one->flags & VG_EXERCISE_DUPLICATE);
    }
    double background = tests - (double)true_positive_tests / state->scenario.exercise.sensitivity;
    vg_assert_near((double)wrong / background, 0.02, 0.004);
    assert_true(positives >= (double)true_positive_tests);
}

/* Nobody types on a day off; no province types more than its clerks can; who is held back comes on the day after the outage. */
static void reports_keep_the_calendar(void **out)
{
    struct state *state = *out;
    const struct vg_exercise *exercise = &state->exercise;
    uint32_t typed[SMALL_PROVINCES][DAYS] = {0};
    size_t held = 0, queued = 0, late = 0, first = 0;
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        int32_t date = state->scenario.start + one->report;
        assert_true(i == 0 || one->report >= exercise->cases[i - 1].report);
        assert_true(one->report >= one->result && one->result >= one->test);
        assert_true(vg_date_weekday(date) != 0 && date != vg_date_from_civil(2021, 5, 1));
        if (one->flags & VG_EXERCISE_DUPLICATE) {
            continue;
        }
        first++;
        late += (one->flags & VG_EXERCISE_LATE) != 0;
        queued += (one->flags & VG_EXERCISE_QUEUED) != 0;
        held += (one->flags & VG_EXERCISE_HELD) != 0;
        if (one->flags & VG_EXERCISE_HELD) {
            assert_int_equal(one->report, HELD_TO + 1);
            assert_int_equal(one->municipality / 3, 2);
        } else {
            typed[one->municipality / 3][one->report]++;
        }
    }
    assert_share(late, first, state->scenario.exercise.late);
    assert_true(held > 10 && queued > 10);
    for (size_t p = 0; p < SMALL_PROVINCES; p++) {
        for (size_t day = 0; day < DAYS; day++) {
            assert_true(typed[p][day] <= (uint32_t)(state->scenario.exercise.typing_per_100k * 15000 / 1e5 + 1));
        }
    }
}

/* ------------------------------------------------------------------ no leaks */

static void nothing_observed_knows_the_future_or_the_truth(void **out)
{
    struct state *state = *out;
    static const char *const forbidden[] = {"infection", "infector", "person", "true", "variant", "household", "flags", "errors", "t_"};
    for (const struct vg_exercise_table *which = vg_exercise_tables; which->name != NULL; which++) {
        struct vg_table table;
        if (which->truth) {
            continue;
        }
        fill(state, which->name, &table);
        const struct vg_column *release = &table.columns[table.n_columns - 1], *report = &table.columns[table.n_columns - 2];
        assert_string_equal(release->name, "release_day");
        assert_string_equal(report->name, "report_day");
        for (size_t c = 0; c < table.n_columns; c++) {
            for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++) {
                if (strncmp(table.columns[c].name, forbidden[k], strlen(forbidden[k])) == 0) {
                    fail_msg("%s has a column %s", which->name, table.columns[c].name);
                }
            }
            for (size_t row = 0; row < table.n_rows && table.columns[c].kind == VG_COLUMN_DATE; row++) {
                if (!table.columns[c].missing[row] && table.columns[c].values.dates[row] > release->values.dates[row]) {
                    fail_msg("%s row %zu: %s is after its release", which->name, row, table.columns[c].name);
                }
            }
        }
        for (size_t row = 0; row < table.n_rows; row++) {
            assert_int_equal(release->values.dates[row],
                             vg_exercise_release_day(&state->exercise, report->values.dates[row] - state->scenario.start) + state->scenario.start);
            assert_true(report->values.dates[row] < state->scenario.start + DAYS);
        }
    }
}

/* Every row of the line list shows an onset only from the day on which it is known, and the right place only once corrected. */
static void versions_say_only_what_was_known(void **out)
{
    struct state *state = *out;
    struct vg_table table;
    fill(state, "linelist", &table);
    const struct vg_column *id = column_of(&table, "case_id"), *onset = column_of(&table, "onset"), *place = column_of(&table, "municipality"),
                           *report = column_of(&table, "report_day"), *version = column_of(&table, "version"), *outcome = column_of(&table, "outcome");
    size_t blank_first = 0, n_first = 0, later = 0;
    for (size_t row = 0; row < table.n_rows; row++) {
        size_t index = strtoul(id->values.texts[row].data + 1, NULL, 10) - 1;
        const struct vg_exercise_case *one = &state->exercise.cases[index];
        int32_t known = report->values.dates[row] - state->scenario.start;
        bool has_onset = one->onset_known != VG_DATE_NONE && one->onset_known <= known;
        assert_int_equal(!onset->missing[row], has_onset);
        if (has_onset) {
            assert_int_equal(onset->values.dates[row], state->scenario.start + one->onset);
        }
        uint16_t shown = one->place_known != VG_DATE_NONE && one->place_known <= known ? one->municipality : one->municipality_reported;
        assert_true(vg_text_equals(place->values.texts[row], state->small.municipalities[shown].code));
        if (vg_text_equals(outcome->values.texts[row], "died")) {
            assert_true(one->death != VG_DATE_NONE && one->death <= known);
        }
        n_first += version->values.integers[row] == 1;
        blank_first += version->values.integers[row] == 1 && onset->missing[row] && one->symptomatic;
        later += version->values.integers[row] > 1;
    }
    assert_int_equal(n_first, state->exercise.n_cases);
    assert_true(blank_first > 100 && later > 100);
}

static void rows_are_sorted_by_their_keys(void **out)
{
    struct state *state = *out;
    for (const struct vg_exercise_table *which = vg_exercise_tables; which->name != NULL; which++) {
        struct vg_table table;
        fill(state, which->name, &table);
        for (size_t row = 1; row < table.n_rows; row++) {
            int order = 0;
            for (size_t c = 0; c < which->n_keys + (which->versions ? 1 : 0) && order == 0; c++) {
                const struct vg_column *column = &table.columns[c];
                switch (column->kind) {
                case VG_COLUMN_DATE: order = (column->values.dates[row] > column->values.dates[row - 1]) - (column->values.dates[row] < column->values.dates[row - 1]); break;
                case VG_COLUMN_INTEGER: order = (column->values.integers[row] > column->values.integers[row - 1]) - (column->values.integers[row] < column->values.integers[row - 1]); break;
                default: order = vg_text_compare(column->values.texts[row], column->values.texts[row - 1]);
                }
            }
            if (order <= 0) {
                fail_msg("%s: row %zu is not after the one before it", which->name, row);
            }
        }
    }
}

/* --------------------------------------------------------------- concordance */

static double sum_where(const struct vg_table *table, const char *key, const char *wanted, const char *name)
{
    const struct vg_column *keys = key == NULL ? NULL : column_of(table, key), *values = column_of(table, name);
    double sum = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        if (keys == NULL || vg_text_equals(keys->values.texts[row], wanted)) {
            sum += values->kind == VG_COLUMN_INTEGER ? (double)values->values.integers[row] : values->values.doubles[row];
        }
    }
    return sum;
}

static void tables_agree(void **out)
{
    struct state *state = *out;
    struct vg_table daily, places, deaths;
    size_t deaths_in_time = 0, onsets = 0;
    fill(state, "daily_truth", &daily);
    fill(state, "place_truth", &places);
    fill(state, "deaths", &deaths);
    for (size_t i = 0; i < state->small.n_infections; i++) {
        const struct vg_exercise_infection *one = &state->exercise.infections[i];
        deaths_in_time += one->death != VG_DATE_NONE && one->death < DAYS;
        onsets += one->symptomatic && one->onset < DAYS;
    }
    vg_assert_near(sum_where(&daily, NULL, NULL, "infections"), (double)state->small.n_infections, 0);
    vg_assert_near(sum_where(&places, "place_code", "XV", "infections"), (double)state->small.n_infections, 0);
    vg_assert_near(sum_where(&places, "place_code", "XV-01", "onsets") + sum_where(&places, "place_code", "XV-02", "onsets") +
                       sum_where(&places, "place_code", "XV-03", "onsets"), (double)onsets, 0);
    vg_assert_near(sum_where(&daily, NULL, NULL, "deaths"), (double)deaths_in_time, 0);
    assert_true(deaths.n_rows <= deaths_in_time && deaths.n_rows > 0);
}

/* Against itself nothing is averted; against a world in which nobody was infected, all is. */
static void a_counterfactual_counts_both_runs(void **out)
{
    struct state *state = *out;
    struct vg_exercise_world empty = state->small.world;
    struct vg_exercise nobody, both = state->exercise;
    struct vg_table table;
    struct vg_error error = {0};
    empty.n_infections = 0;
    vg_assert_ok(vg_exercise_courses(&state->scenario, &empty, &state->arena, &nobody, &error), error);
    const struct vg_exercise_other others[2] = {{"01", &nobody}, {"all", &state->exercise}};
    both.others = others;
    both.n_others = 2;
    vg_table_init(&table, &state->arena);
    vg_assert_ok(vg_exercise_table_find("counterfactual")->fill(&both, &table, &error), error);
    assert_int_equal(table.n_rows, 2 * (1 + SMALL_PROVINCES) * DAYS);
    vg_assert_near(sum_where(&table, "scenario", "01", "infections"), 2.0 * (double)state->small.n_infections, 0);
    vg_assert_near(sum_where(&table, "scenario", "01", "infections_without"), 0, 0);
    vg_assert_near(sum_where(&table, "scenario", "all", "infections_without"), 2.0 * (double)state->small.n_infections, 0);
    vg_assert_near(sum_where(&table, "scenario", "all", "deaths"), sum_where(&table, "scenario", "all", "deaths_without"), 0);
}

/* The renewal ratio of the truth is what the process was told, times those not yet infected. */
static void the_true_r_is_that_of_the_process(void **out)
{
    struct state *state = *out;
    struct vg_table places;
    double wanted = 0, local = 0, met = 0;
    fill(state, "place_truth", &places);
    const struct vg_column *code = column_of(&places, "place_code"), *infections = column_of(&places, "infections"), *imports = column_of(&places, "imports"),
                           *infectiousness = column_of(&places, "infectiousness"), *ever = column_of(&places, "ever_infected");
    for (size_t row = 0; row < places.n_rows; row++) {
        if (!vg_text_equals(code->values.texts[row], "XV")) {
            continue;
        }
        int32_t day = (int32_t)row;
        if (day >= 20 && day < 42) {
            local += (double)(infections->values.integers[row] - imports->values.integers[row]);
            met += infectiousness->values.doubles[row];
            wanted += infectiousness->values.doubles[row] * small_reproduction(day) * (1 - (double)ever->values.integers[row] / state->small.n_persons);
        }
    }
    /* Households and the masks' limits lose some contacts, others are infected already: lower, but not by much. */
    double ratio = local / wanted;
    print_message("renewal ratio over what was told: %.3f (R %.2f)\n", ratio, local / met);
    assert_true(ratio > 0.75 && ratio < 1.02);
}

static void census_counts_the_patients(void **out)
{
    struct state *state = *out;
    struct vg_table census;
    double days = 0, seen;
    fill(state, "hospital_census", &census);
    for (size_t i = 0; i < state->small.n_infections; i++) {
        const struct vg_exercise_infection *one = &state->exercise.infections[i];
        if (one->admission != VG_DATE_NONE && one->admission < DAYS) {
            days += (one->discharge != VG_DATE_NONE ? one->discharge : DAYS) - one->admission;
            /* Who waits for intensive care lies in the ward and is counted twice. */
            days += one->icu != VG_DATE_NONE && one->without_icu && !one->without_ward ? (one->discharge != VG_DATE_NONE ? one->discharge : DAYS) - one->icu : 0;
        }
    }
    seen = sum_where(&census, NULL, NULL, "ward_patients") + sum_where(&census, NULL, NULL, "icu_patients") + sum_where(&census, NULL, NULL, "waiting");
    size_t hospitals = 2 * SMALL_PROVINCES;
    double sent = (double)census.n_rows / (double)(hospitals * DAYS);
    assert_true(sent > 0.85 && sent < 1);
    vg_assert_near(seen / days, sent, 0.05);
}

/* -------------------------------------------------------------- the bulletin */

static void daily_counts_add_up_and_fall_below_zero(void **out)
{
    struct state *state = *out;
    struct vg_scenario scenario = state->scenario;
    struct vg_exercise exercise;
    struct vg_table table;
    struct vg_error error = {0};
    size_t negative = 0, sundays = 0;
    double last = 0;
    scenario.exercise.duplicate = 0.3; /* much to take back */
    scenario.exercise.clean_up_days = 10;
    vg_assert_ok(vg_control_exercise(&scenario, &state->small.world, &state->arena, &exercise, &error), error);
    vg_table_init(&table, &state->arena);
    vg_assert_ok(vg_exercise_table_find("agg_daily")->fill(&exercise, &table, &error), error);
    const struct vg_column *date = column_of(&table, "date"), *code = column_of(&table, "place_code"), *cases = column_of(&table, "cases");
    for (size_t row = 0; row < table.n_rows; row++) {
        bool newest = row + 1 == table.n_rows || date->values.dates[row + 1] != date->values.dates[row] ||
                      !vg_text_equal(code->values.texts[row + 1], code->values.texts[row]);
        negative += cases->values.integers[row] < 0;
        sundays += vg_date_weekday(date->values.dates[row]) == 0;
        last += newest ? (double)cases->values.integers[row] : 0;
    }
    size_t withdrawn = 0;
    for (size_t i = 0; i < exercise.n_cases; i++) {
        withdrawn += exercise.cases[i].withdrawn != VG_DATE_NONE && exercise.cases[i].withdrawn < DAYS;
    }
    assert_true(negative > 0);
    assert_int_equal(sundays, 0);
    /* What is not in yet: the last weekly bulletins and the last clean-up. */
    double all = (double)exercise.n_cases;
    assert_true(last <= all && last >= all - (double)withdrawn - 0.1 * all);
}

/* ------------------------------------------------------------- determinism */

static void the_same_seed_gives_the_same_bytes(void **out)
{
    struct state *state = *out;
    struct vg_exercise again, other;
    struct vg_error error = {0};
    struct vg_scenario scenario = state->scenario, next = state->scenario;
    next.seed++;
    vg_assert_ok(vg_control_exercise(&scenario, &state->small.world, &state->arena, &again, &error), error);
    vg_assert_ok(vg_control_exercise(&next, &state->small.world, &state->arena, &other, &error), error);
    for (const struct vg_exercise_table *which = vg_exercise_tables; which->name != NULL; which++) {
        struct vg_buffer bytes[3];
        const struct vg_exercise *all[3] = {&state->exercise, &again, &other};
        for (size_t i = 0; i < 3; i++) {
            struct vg_table table;
            vg_table_init(&table, &state->arena);
            vg_buffer_init(&bytes[i], 0);
            vg_assert_ok(which->fill(all[i], &table, &error), error);
            vg_assert_ok(vg_table_write(&table, VG_FORMAT_CSV, &bytes[i], &error), error);
        }
        assert_int_equal(bytes[0].size, bytes[1].size);
        assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
        if (!which->truth && strcmp(which->name, "places") != 0 && strcmp(which->name, "vaccinations") != 0) {
            assert_true(bytes[2].size != bytes[0].size || memcmp(bytes[0].data, bytes[2].data, bytes[0].size) != 0);
        }
        for (size_t i = 0; i < 3; i++) {
            vg_buffer_release(&bytes[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(courses_are_in_order),
        cmocka_unit_test(a_log_that_lies_is_refused),
        cmocka_unit_test(as_many_are_found_as_was_set),
        cmocka_unit_test(errors_have_the_shares_that_were_set),
        cmocka_unit_test(false_positives_follow_specificity),
        cmocka_unit_test(reports_keep_the_calendar),
        cmocka_unit_test(nothing_observed_knows_the_future_or_the_truth),
        cmocka_unit_test(versions_say_only_what_was_known),
        cmocka_unit_test(rows_are_sorted_by_their_keys),
        cmocka_unit_test(tables_agree),
        cmocka_unit_test(a_counterfactual_counts_both_runs),
        cmocka_unit_test(the_true_r_is_that_of_the_process),
        cmocka_unit_test(census_counts_the_patients),
        cmocka_unit_test(daily_counts_add_up_and_fall_below_zero),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, make_state, drop_state);
}
