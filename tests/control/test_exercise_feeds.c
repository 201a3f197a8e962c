/*
 * Genomes, contacts, app, sewage, antibodies and injects of an exercise, each against a slow second way or against what was set.
 */
#include "small_epidemic.h"

#define DAYS 130
#define LENGTH 3000

struct state {
    struct small_epidemic small;
    struct vg_scenario scenario;
    struct vg_exercise exercise;
    struct vg_arena arena;
    char reference[LENGTH + 1];
};

static int make_state(void **out)
{
    struct state *state = calloc(1, sizeof *state);
    struct vg_error error = {0};
    small_epidemic_run(&state->small, 30000, DAYS, 5);
    vg_scenario_defaults(&state->scenario);
    state->scenario.start = vg_date_from_civil(2021, 1, 4);
    state->scenario.hospital.ward_beds_per_100k = 110;
    state->scenario.hospital.icu_beds_per_100k = 9;
    state->scenario.days = DAYS;
    state->scenario.seed = 41;
    state->scenario.exercise.genome_length = LENGTH;
    state->scenario.exercise.changes_per_site_year = 0.03; /* many, so that the counts say something */
    state->scenario.exercise.sequenced = 0.3;
    state->scenario.exercise.labels_mixed = 0.05;
    state->scenario.exercise.interviews_per_100k = 60;
    state->scenario.exercise.typing_per_100k = 3000;
    vg_arena_init(&state->arena, 0);
    vg_exercise_reference(&state->scenario, state->reference);
    *out = state;
    if (vg_control_exercise(&state->scenario, &state->small.world, &state->arena, &state->exercise, &error) != VG_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
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
    assert_true(table->n_rows > 0);
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

static size_t number_in(struct vg_text name)
{
    return strtoul(name.data + 1, NULL, 10) - 1;
}

/* -------------------------------------------------------------------- genomes */

/* "A12C G7T" applied to a whole sequence; each letter that goes must be there. Returns how many. */
static size_t apply(char *sequence, struct vg_text mutations)
{
    size_t n = 0;
    for (size_t at = 0; at < mutations.size; n++) {
        char *end = NULL, before = mutations.data[at];
        size_t position = strtoul(mutations.data + at + 1, &end, 10);
        assert_true(position >= 1 && position <= LENGTH && sequence[position - 1] == before && *end != before);
        sequence[position - 1] = *end;
        at = (size_t)(end - mutations.data) + 2;
    }
    return n;
}

static size_t distance(const char *a, const char *b)
{
    size_t n = 0;
    for (size_t i = 0; i < LENGTH; i++) {
        n += a[i] != b[i];
    }
    return n;
}

/* Whole sequences of all infections, from the tree's table alone. */
static char *grow_tree(struct state *state, const struct vg_table *tree, double *changes, double *days)
{
    const struct vg_column *parent = column_of(tree, "parent_node"), *mutations = column_of(tree, "mutations"), *differences = column_of(tree, "differences"),
                           *day = column_of(tree, "day");
    char *all = malloc(tree->n_rows * LENGTH);
    assert_non_null(all);
    for (size_t row = 0; row < tree->n_rows; row++) {
        char *own = all + row * LENGTH;
        size_t from = parent->missing[row] ? SIZE_MAX : number_in(parent->values.texts[row]);
        assert_true(from == SIZE_MAX || from < row);
        memcpy(own, from == SIZE_MAX ? state->reference : all + from * LENGTH, LENGTH);
        size_t n = apply(own, mutations->values.texts[row]);
        assert_int_equal(differences->values.integers[row], distance(own, state->reference));
        if (from != SIZE_MAX) {
            *changes += (double)n;
            *days += day->values.dates[row] - day->values.dates[from];
        }
    }
    return all;
}

static void genomes_follow_the_tree_and_the_clock(void **out)
{
    struct state *state = *out;
    struct vg_table tree;
    double changes = 0, days = 0;
    fill(state, "genome_truth", &tree);
    assert_int_equal(tree.n_rows, state->small.n_infections);
    free(grow_tree(state, &tree, &changes, &days));
    double wanted = days * 0.03 * LENGTH / 365.25;
    /* Siblings share their infector's changes, so the spread is wider than Poisson's. */
    vg_assert_near(changes / wanted, 1, 0.05);
}

/* What is published, put together from differences, is the tree's sequence with the host's changes, but for errors and what could not be read. */
static void sequences_are_the_trees(void **out)
{
    struct state *state = *out;
    struct vg_table tree, truth, list, differences;
    double changes = 0, days = 0;
    size_t at = 0, errors_wanted = 0, errors_found = 0, mixed = 0, masked = 0, checked = 0;
    char sequence[LENGTH], expected[LENGTH];
    fill(state, "genome_truth", &tree);
    fill(state, "sample_truth", &truth);
    fill(state, "genomes", &list);
    fill(state, "genome_diff", &differences);
    assert_int_equal(truth.n_rows, list.n_rows);
    char *all = grow_tree(state, &tree, &changes, &days);
    const struct vg_column *id = column_of(&differences, "sequence_id"), *position = column_of(&differences, "position"), *length = column_of(&differences, "length"),
                           *reference = column_of(&differences, "ref"), *letter = column_of(&differences, "alt");
    for (size_t row = 0; row < truth.n_rows; row++) {
        size_t infection = number_in(column_of(&truth, "infection_id")->values.texts[row]), wrong = 0;
        memcpy(expected, all + infection * LENGTH, LENGTH);
        (void)apply(expected, column_of(&truth, "mutations_in_host")->values.texts[row]);
        memcpy(sequence, state->reference, LENGTH);
        for (; at < differences.n_rows && vg_text_equal(id->values.texts[at], column_of(&list, "sequence_id")->values.texts[row]); at++) {
            size_t from = (size_t)position->values.integers[at] - 1, n = (size_t)length->values.integers[at];
            assert_true(from + n <= LENGTH);
            assert_true(!reference->missing[at] ? state->reference[from] == reference->values.texts[at].data[0] : letter->values.texts[at].data[0] == 'N');
            assert_true(sequence[from] != 'N'); /* what could not be read is not told */
            memset(sequence + from, letter->values.texts[at].data[0], n);
        }
        for (size_t i = 0; i < LENGTH; i++) {
            masked += sequence[i] == 'N';
            wrong += sequence[i] != 'N' && sequence[i] != expected[i];
        }
        assert_true(wrong <= (size_t)column_of(&truth, "errors")->values.integers[row]);
        errors_wanted += (size_t)column_of(&truth, "errors")->values.integers[row];
        errors_found += wrong;
        bool label_differs = !vg_text_equal(column_of(&truth, "true_case_id")->values.texts[row], column_of(&list, "case_id")->values.texts[row]);
        assert_int_equal(label_differs, column_of(&truth, "mixed_label")->values.integers[row] != 0);
        mixed += label_differs;
        checked++;
    }
    assert_int_equal(at, differences.n_rows);
    assert_true(checked > 200 && mixed > 5 && masked > 1000 && errors_found > 5 && errors_found <= errors_wanted);
    vg_assert_near((double)errors_wanted / (double)checked, state->scenario.exercise.wrong_letters, 4 * sqrt(0.15 / (double)checked));
    free(all);
}

static void as_many_are_sequenced_as_was_set(void **out)
{
    struct state *state = *out;
    struct vg_table list;
    size_t could = 0;
    fill(state, "genomes", &list);
    for (size_t i = 0; i < state->exercise.n_cases; i++) {
        const struct vg_exercise_case *one = &state->exercise.cases[i];
        could += one->infection != VG_EXERCISE_NONE && !(one->flags & VG_EXERCISE_DUPLICATE) && one->ct < 30 && one->test < DAYS - 60;
    }
    size_t were = 0;
    const struct vg_column *sampled = column_of(&list, "sample_day");
    for (size_t row = 0; row < list.n_rows; row++) {
        were += sampled->values.dates[row] < state->scenario.start + DAYS - 60;
    }
    assert_true(could > 300);
    vg_assert_near((double)were / (double)could, 0.3, 4 * sqrt(0.3 * 0.7 / (double)could) + 0.01);
}

/* ------------------------------------------------------------------- contacts */

static int compare_triples(const void *a, const void *b)
{
    return memcmp(a, b, 3 * sizeof(uint32_t));
}

/* Every infection's contact is among them, each once; people of the province without work meet nobody there, unless it infected. */
static void the_contacts_hold_every_infection(void **out)
{
    struct state *state = *out;
    struct vg_table table;
    fill(state, "contact", &table);
    const struct vg_column *day = column_of(&table, "day"), *a = column_of(&table, "a"), *b = column_of(&table, "b"), *layer = column_of(&table, "layer"),
                           *infecting = column_of(&table, "infecting");
    uint32_t *triples = malloc(3 * table.n_rows * sizeof *triples);
    size_t n_infecting = 0, n_local = 0, closed = 0, open = 0;
    for (size_t row = 0; row < table.n_rows; row++) {
        uint32_t *one = triples + 3 * row;
        one[0] = (uint32_t)(day->values.dates[row] - state->scenario.start);
        one[1] = (uint32_t)a->values.integers[row];
        one[2] = (uint32_t)b->values.integers[row];
        n_infecting += infecting->values.integers[row] != 0;
        if (vg_text_equals(layer->values.texts[row], "work") && !infecting->values.integers[row]) {
            bool third = small_municipality(&state->small, one[1]) / 3 == 2;
            closed += third;
            open += !third;
        }
    }
    qsort(triples, table.n_rows, 3 * sizeof *triples, compare_triples);
    for (size_t i = 0; i < state->small.n_infections; i++) {
        const struct vg_infection *log = &state->small.infections[i];
        if (log->infector != UINT32_MAX) {
            uint32_t key[3] = {(uint32_t)log->day, log->person < log->infector ? log->person : log->infector, log->person < log->infector ? log->infector : log->person};
            assert_non_null(bsearch(key, triples, table.n_rows, sizeof key, compare_triples));
            n_local++;
        }
    }
    free(triples);
    assert_int_equal(n_infecting, n_local);
    assert_int_equal(closed, 0);
    assert_true(open > 100);
}

static void tracers_are_told_the_shares_that_were_set(void **out)
{
    struct state *state = *out;
    struct vg_table reports;
    fill(state, "contact_reports", &reports);
    const struct vg_column *id = column_of(&reports, "case_id"), *outcome = column_of(&reports, "outcome"), *setting = column_of(&reports, "setting"),
                           *first = column_of(&reports, "first_contact"), *last = column_of(&reports, "last_contact"), *report = column_of(&reports, "report_day");
    double interviews = 0, refused = 0, household = 0, could = 0;
    for (size_t row = 0; row < reports.n_rows; row++) {
        const struct vg_exercise_case *one = &state->exercise.cases[number_in(id->values.texts[row])];
        bool new_case = row == 0 || !vg_text_equal(id->values.texts[row], id->values.texts[row - 1]);
        interviews += new_case;
        refused += vg_text_equals(outcome->values.texts[row], "refused");
        if (new_case && !vg_text_equals(outcome->values.texts[row], "refused")) {
            uint32_t m = small_municipality(&state->small, one->person), own = one->person - state->small.first[m], n = state->small.first[m + 1] - state->small.first[m];
            for (uint32_t member = own / 3 * 3; member < own / 3 * 3 + 3; member++) {
                could += member != own && member < n;
            }
        }
        if (vg_text_equals(outcome->values.texts[row], "named")) {
            household += vg_text_equals(setting->values.texts[row], "household");
            assert_true(first->values.dates[row] <= last->values.dates[row] && last->values.dates[row] < report->values.dates[row]);
        } else {
            assert_true(setting->missing[row]);
        }
    }
    assert_true(interviews > 300);
    vg_assert_near(refused / interviews, state->scenario.exercise.refused, 4 * sqrt(0.16 / interviews));
    vg_assert_near(household / could, state->scenario.exercise.named_household, 4 * sqrt(0.05 / could));
}

/* ------------------------------------------------------------------------ app */

static void keys_belong_to_users_and_meet_their_contacts(void **out)
{
    struct state *state = *out;
    struct vg_table keys, encounters;
    size_t users = 0, adults = 0, at = 0;
    fill(state, "exposure_keys", &keys);
    fill(state, "encounters", &encounters);
    struct vg_table persons;
    fill(state, "person", &persons);
    const struct vg_column *app = column_of(&persons, "app_user"), *age = column_of(&persons, "age");
    for (size_t row = 0; row < persons.n_rows; row++) {
        adults += age->values.integers[row] > 9;
        users += app->values.integers[row] != 0;
        assert_true(!app->values.integers[row] || age->values.integers[row] > 9);
    }
    vg_assert_near((double)users / (double)adults, state->scenario.exercise.app_uptake, 4 * sqrt(0.19 / (double)adults));
    /* Every encounter is of a published key, on the key's own day, not before it is published. */
    struct vg_dictionary known;
    vg_dictionary_init(&known, &state->arena);
    for (size_t row = 0; row < keys.n_rows; row++) {
        assert_int_equal(vg_dictionary_add(&known, column_of(&keys, "key")->values.texts[row]), row);
    }
    for (size_t row = 0; row < encounters.n_rows; row++) {
        at = vg_dictionary_find(&known, column_of(&encounters, "key")->values.texts[row]);
        assert_true(at != VG_DICTIONARY_NONE);
        assert_int_equal(column_of(&encounters, "day")->values.dates[row], column_of(&keys, "key_day")->values.dates[at]);
        assert_int_equal(column_of(&encounters, "release_day")->values.dates[row], column_of(&keys, "release_day")->values.dates[at]);
    }
    assert_true(keys.n_rows > 300 && encounters.n_rows > keys.n_rows / 4);
}

/* ---------------------------------------------------------------- vaccination */

static void doses_are_counted_and_written_down(void **out)
{
    struct state *state = *out;
    struct vg_table doses, counts, list;
    size_t wanted = 0, in_time = 0, unknown = 0, rows = 0, vaccinated = 0, expected = 0;
    int64_t counted = 0;
    fill(state, "dose", &doses);
    fill(state, "vaccinations", &counts);
    fill(state, "linelist", &list);
    for (uint32_t person = 0; person < state->small.n_persons; person++) {
        int32_t day = small_dosed(NULL, person);
        wanted += day != VG_DATE_NONE;
        in_time += day != VG_DATE_NONE && day < DAYS - 5;
    }
    assert_int_equal(doses.n_rows, wanted);
    for (size_t row = 0; row < counts.n_rows; row++) {
        counted += column_of(&counts, "doses")->values.integers[row];
    }
    assert_int_equal(counted, in_time); /* the last dose is given on day 59 */
    for (size_t row = 0; row < list.n_rows; row++) {
        const struct vg_exercise_case *one = &state->exercise.cases[number_in(column_of(&list, "case_id")->values.texts[row])];
        int32_t day = small_dosed(NULL, one->person);
        if (column_of(&list, "version")->values.integers[row] > 1) {
            continue;
        }
        rows++;
        unknown += column_of(&list, "doses")->missing[row];
        expected += !column_of(&list, "doses")->missing[row] && day != VG_DATE_NONE && day < one->test;
        vaccinated += !column_of(&list, "doses")->missing[row] && column_of(&list, "doses")->values.integers[row] == 1;
    }
    assert_int_equal(vaccinated, expected);
    assert_true(vaccinated > 20);
    vg_assert_near((double)unknown / (double)rows, state->scenario.exercise.doses_missing, 4 * sqrt(0.15 * 0.85 / (double)rows));
}

/* ---------------------------------------------------------------- other eyes */

static void surveys_see_what_was(void **out)
{
    struct state *state = *out;
    struct vg_table survey;
    fill(state, "serosurvey", &survey);
    for (size_t row = 0; row < survey.n_rows; row++) {
        int32_t round = column_of(&survey, "round_start")->values.dates[row] - state->scenario.start;
        double infected = 0, tested = (double)column_of(&survey, "tested")->values.integers[row], positive = (double)column_of(&survey, "positive")->values.integers[row];
        size_t province = (size_t)(column_of(&survey, "place_code")->values.texts[row].data[4] - '1');
        for (size_t i = 0; i < state->small.n_infections; i++) {
            infected += state->small.infections[i].day <= round - 14 && small_municipality(&state->small, state->small.infections[i].person) / 3 == province;
        }
        double share = infected / state->small.provinces[province].population;
        double wanted = share * state->scenario.exercise.antibody_sensitivity + (1 - share) * (1 - state->scenario.exercise.antibody_specificity);
        vg_assert_near(positive / tested, wanted, 4.5 * sqrt(wanted * (1 - wanted) / tested));
    }
}

static void sewage_follows_infections(void **out)
{
    struct state *state = *out;
    struct vg_scenario exact = state->scenario;
    struct vg_exercise exercise;
    struct vg_error error = {0};
    struct vg_table table, places;
    double highest = 0;
    int32_t peak = 0, infections_peak = 0;
    int64_t most = 0;
    exact.exercise.wastewater_sd = 0;
    vg_assert_ok(vg_control_exercise(&exact, &state->small.world, &state->arena, &exercise, &error), error);
    vg_table_init(&table, &state->arena);
    vg_assert_ok(vg_exercise_table_find("wastewater")->fill(&exercise, &table, &error), error);
    for (size_t row = 0; row < table.n_rows; row++) {
        double load = column_of(&table, "copies_per_100k")->values.doubles[row];
        if (vg_text_equals(column_of(&table, "place_code")->values.texts[row], "XV-0101") && !column_of(&table, "copies_per_100k")->missing[row] && load > highest) {
            highest = load;
            peak = column_of(&table, "date")->values.dates[row];
        }
    }
    fill(state, "place_truth", &places);
    for (size_t row = 0; row < places.n_rows; row++) {
        if (vg_text_equals(column_of(&places, "place_code")->values.texts[row], "XV-0101") && column_of(&places, "infections")->values.integers[row] > most) {
            most = column_of(&places, "infections")->values.integers[row];
            infections_peak = column_of(&places, "date")->values.dates[row];
        }
    }
    assert_true(highest > 0);
    assert_in_range(peak - infections_peak + 10, 5, 25); /* people shed for a week and more after */
}

static void injects_tell_what_happens(void **out)
{
    struct state *state = *out;
    struct vg_table injects, census;
    size_t first_cases = 0, full = 0;
    fill(state, "injects", &injects);
    fill(state, "hospital_census", &census);
    const struct vg_column *content = column_of(&injects, "content"), *date = column_of(&injects, "date"), *spanish = column_of(&injects, "content_es");
    assert_int_equal(date->values.dates[0], state->scenario.start);
    for (size_t row = 0; row < injects.n_rows; row++) {
        struct vg_text text = content->values.texts[row];
        assert_memory_equal(text.data, "EXERCISE. ", 10);
        assert_memory_equal(spanish->values.texts[row].data, "EJERCICIO. ", 11);
        assert_null(memmem(text.data, text.size, "%", 1));
        first_cases += memmem(text.data, text.size, "first laboratory", 16) != NULL;
        if (memmem(text.data, text.size, "intensive care in XV-0101 ", 26) == NULL) {
            continue;
        }
        full++;
        /* The census of that day says the same, and no earlier one does. */
        for (size_t c = 0; c < census.n_rows; c++) {
            bool own = vg_text_equals(column_of(&census, "place_code")->values.texts[c], "XV-0101");
            bool all_in_use = column_of(&census, "icu_patients")->values.integers[c] >= column_of(&census, "icu_beds")->values.integers[c];
            int32_t day = column_of(&census, "date")->values.dates[c];
            assert_true(!own || day >= date->values.dates[row] || !all_in_use);
            assert_true(!own || day != date->values.dates[row] || all_in_use);
        }
    }
    assert_int_equal(first_cases, SMALL_PROVINCES);
    assert_int_equal(full, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genomes_follow_the_tree_and_the_clock),
        cmocka_unit_test(sequences_are_the_trees),
        cmocka_unit_test(as_many_are_sequenced_as_was_set),
        cmocka_unit_test(the_contacts_hold_every_infection),
        cmocka_unit_test(tracers_are_told_the_shares_that_were_set),
        cmocka_unit_test(keys_belong_to_users_and_meet_their_contacts),
        cmocka_unit_test(doses_are_counted_and_written_down),
        cmocka_unit_test(surveys_see_what_was),
        cmocka_unit_test(sewage_follows_infections),
        cmocka_unit_test(injects_tell_what_happens),
    };
    return cmocka_run_group_tests(tests, make_state, drop_state);
}
