/*
 * Scenarios: runs that are the same for any threads and after a stop, twins whose differences are sharp, and answers held against sums and quantiles
 * worked out the plain way.
 */
#include "scenario_town.h"

#define RUNS 24

static const char town_text[] =
    "start = 2021-01-03\ndays = 120\nseed = 7\n"
    "[place]\ncountry = \"CO\"\npopulation = 20000\n"
    "[disease]\nr0 = 2.5\ndispersion = 1\n"
    "[start]\ninfections_per_day = 15\n"
    "[hospital]\nward_beds_per_100k = 150\nicu_beds_per_100k = 10\nbeds_of = \"parent\"\n"
    "[[measure]]\nname = \"schools\"\nkind = \"school-closing\"\nfrom = 2021-02-01\nto = 2021-02-20\n"
    "[[measure]]\nname = \"masks\"\nkind = \"masks\"\nstrength = 0.15\nplaces = [\"N\", \"03\"]\n"
    "[output]\nplaces = [\"country\", \"parent\", \"municipality\"]\nages = [\"0-19\", \"60+\"]\n"
    "targets = [\"inc inf\", \"cum inf\", \"inc hosp\", \"inc death\", \"occ ward\", \"occ icu\", \"inc without icu\"]\n"
    "[[scenario]]\nname = \"both\"\n[[scenario]]\nname = \"no schools\"\nwithout = [\"schools\"]\n";

static double total(const struct town *town, const uint32_t *values, int series, size_t place, size_t age)
{
    const struct vg_scenario_layout *l = &town->layout;
    double sum = 0;
    for (size_t step = 0; step < l->n_steps; step++) {
        sum += values[(((size_t)l->series_slot[series] * l->n_places + place) * l->n_ages + age) * l->n_steps + step];
    }
    return sum;
}

static void a_run_is_whole(void **state)
{
    (void)state;
    struct town town;
    town_make(&town, town_text, 4, 1);
    assert_int_equal(town.layout.n_places, 7); /* CO, N, S, and four */
    assert_int_equal(town.layout.n_steps, 17);
    uint32_t *values = town_run(&town, 0, 0, NULL, NULL, NULL);
    double whole = total(&town, values, VG_COUNT_INFECTIONS, 0, 0);
    print_message("attack %.3f of %.0f, deaths %.0f\n", whole / town.world->persons, town.world->persons, total(&town, values, VG_COUNT_DEATHS, 0, 0));
    assert_true(whole > 0.3 * town.world->persons && whole < town.world->persons);
    assert_true(total(&town, values, VG_COUNT_DEATHS, 0, 0) > 0);
    double parents = 0;
    double municipalities = 0;
    for (size_t place = 1; place < 7; place++) {
        bool is_parent = strlen(town.layout.places[place].code) == 1;
        *(is_parent ? &parents : &municipalities) += total(&town, values, VG_COUNT_INFECTIONS, place, 0);
        assert_int_equal(town.layout.places[place].has_beds, is_parent);
    }
    vg_assert_near(parents, whole, 0);
    vg_assert_near(municipalities, whole, 0);
    assert_true(total(&town, values, VG_COUNT_INFECTIONS, 0, 1) + total(&town, values, VG_COUNT_INFECTIONS, 0, 2) < whole);
    assert_true(total(&town, values, VG_KEPT_ICU, 0, 0) > 0);
    town_release(&town);
}

static void a_run_is_the_same_for_any_threads(void **state)
{
    (void)state;
    struct town town;
    town_make(&town, town_text, 4, 1);
    struct vg_pool *pool = vg_pool_new(3);
    uint32_t *alone = town_run(&town, 0, 3, NULL, NULL, NULL);
    uint32_t *together = town_run(&town, 0, 3, NULL, pool, NULL);
    uint32_t *other = town_run(&town, 0, 4, NULL, NULL, NULL);
    assert_memory_equal(alone, together, town.layout.n_values * sizeof *alone);
    assert_int_not_equal(memcmp(alone, other, town.layout.n_values * sizeof *alone), 0);
    vg_pool_free(pool);
    town_release(&town);
}

/* ------------------------------------------------------------------- stops */

struct tape { struct vg_buffer bytes; size_t at; int32_t stop_after; bool save_on_the_way; };

static bool write_tape(void *context, const void *data, size_t size)
{
    struct tape *tape = context;
    vg_buffer_append(&tape->bytes, data, size);
    return !tape->bytes.failed;
}

static bool begin_tape(void *context)
{
    struct tape *tape = context;
    vg_buffer_clear(&tape->bytes);
    return true;
}

static bool read_tape(void *context, void *data, size_t size)
{
    struct tape *tape = context;
    if (tape->at + size > tape->bytes.size) {
        return false;
    }
    memcpy(data, tape->bytes.data + tape->at, size);
    tape->at += size;
    return true;
}

static enum vg_run_wish stop_on_day(void *context, int32_t days_done, int32_t days)
{
    (void)days;
    const struct tape *tape = context;
    return days_done == tape->stop_after ? VG_RUN_STOP : tape->save_on_the_way && days_done % 10 == 0 ? VG_RUN_SAVE : VG_RUN_GO_ON;
}

static void a_stopped_run_goes_on_as_if_it_had_not(void **state)
{
    (void)state;
    struct town town;
    struct tape tape = {.stop_after = 47, .save_on_the_way = true};
    struct vg_epidemic_input input;
    town_make(&town, town_text, 4, 1);
    uint32_t *straight = town_run(&town, 0, 1, NULL, NULL, NULL);
    uint32_t *stopped = VG_ARENA_ARRAY(&town.arena, uint32_t, town.layout.n_values);
    struct vg_run_control control = {.context = &tape, .after_day = stop_on_day, .write = write_tape, .begin_write = begin_tape};
    vg_buffer_init(&tape.bytes, 0);
    vg_assert_ok(vg_control_scenario_input(&town.scenario, 0, town.world, NULL, 1, &town.arena, &input, &town.error), town.error);
    assert_int_equal(vg_control_scenario_run(&input, &town.layout, town.scenario.days, NULL, &control, stopped, &town.error), VG_CANCELLED);
    assert_int_not_equal(memcmp(straight, stopped, town.layout.n_values * sizeof *straight), 0);
    control = (struct vg_run_control){.context = &tape, .read = read_tape};
    uint32_t *resumed = town_run(&town, 0, 1, NULL, NULL, &control);
    assert_memory_equal(straight, resumed, town.layout.n_values * sizeof *straight);
    /* a state of another length is refused */
    tape.at = 0;
    town.layout.n_values -= 1;
    assert_int_equal(vg_control_scenario_run(&input, &town.layout, town.scenario.days, NULL, &control, stopped, &town.error), VG_DATA_ERROR);
    vg_buffer_release(&tape.bytes);
    town_release(&town);
}

/* ----------------------------------------------------------------- answers */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static const struct vg_column *column(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    fail_msg("no column %s", name);
    return NULL;
}

static void run_all(struct town *town, const uint32_t **values)
{
    for (size_t i = 0; i < 2 * RUNS; i++) {
        values[i] = town_run(town, i / RUNS, i % RUNS, NULL, NULL, NULL);
    }
}

static void quantiles_are_those_of_the_runs(void **state)
{
    (void)state;
    struct town town;
    const uint32_t *values[2 * RUNS];
    const char *names[] = {"both", "no schools"};
    double levels[] = {0.1, 0.5, 0.975};
    struct vg_number_list quantiles = {levels, 3};
    struct vg_table table;
    town_make(&town, town_text, 4, 1);
    run_all(&town, values);
    values[RUNS + 3] = NULL; /* not finished */
    struct vg_scenario_ensemble ensemble = {&town.layout, 2, RUNS, names, values};
    vg_table_init(&table, &town.arena);
    vg_assert_ok(vg_control_ensemble_rows(&ensemble, &quantiles, 2, &table, &town.error), town.error);
    size_t checked = 0;
    for (size_t row = 0; row < table.n_rows; row++) {
        size_t scenario = vg_text_equals(column(&table, "scenario_id")->values.texts[row], "both") ? 0 : 1;
        bool cum = vg_text_equals(column(&table, "target")->values.texts[row], "cum inf");
        if ((!cum && !vg_text_equals(column(&table, "target")->values.texts[row], "inc inf")) || !vg_text_equals(column(&table, "output_type")->values.texts[row], "quantile") ||
            !vg_text_equals(column(&table, "location")->values.texts[row], "S") || !vg_text_equals(column(&table, "age_group")->values.texts[row], "60-130")) {
            continue;
        }
        size_t place = 0;
        while (strcmp(town.layout.places[place].code, "S") != 0) {
            place++;
        }
        size_t step = (size_t)column(&table, "horizon")->values.integers[row] - 1;
        double runs[RUNS];
        size_t n = 0;
        for (size_t run = 0; run < RUNS; run++) {
            const uint32_t *v = values[scenario * RUNS + run];
            double sum = 0;
            for (size_t s = cum ? 0 : step; v != NULL && s <= step; s++) {
                sum += v[(((size_t)town.layout.series_slot[VG_COUNT_INFECTIONS] * 7 + place) * 3 + 2) * 17 + s];
            }
            if (v != NULL) {
                runs[n++] = sum;
            }
        }
        qsort(runs, n, sizeof *runs, by_size);
        vg_assert_near(column(&table, "value")->values.doubles[row], vg_quantile_sorted(runs, n, column(&table, "output_type_id")->values.doubles[row]), 1e-9);
        checked++;
    }
    assert_int_equal(checked, 2 * 2 * 17 * 3);
    town_release(&town);
}

static double spread(const double *values, size_t n)
{
    double mean = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        mean += values[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    return squares / (double)(n - 1);
}

/* With the same draws in both, the variance of the difference is well below that of runs that have nothing in common. */
static void twins_make_sharp_differences(void **state)
{
    (void)state;
    struct town town;
    const uint32_t *values[2 * RUNS];
    const char *names[] = {"both", "no schools"};
    struct vg_table table;
    double paired[RUNS];
    double crossed[RUNS];
    double mean = 0;
    town_make(&town, town_text, 4, 1);
    town.scenario.measures[0].to = town.scenario.measures[0].from + 9;
    run_all(&town, values);
    for (size_t run = 0; run < RUNS; run++) {
        double with = total(&town, values[run], VG_COUNT_INFECTIONS, 0, 0);
        paired[run] = total(&town, values[RUNS + run], VG_COUNT_INFECTIONS, 0, 0) - with;
        crossed[run] = total(&town, values[RUNS + (run + 1) % RUNS], VG_COUNT_INFECTIONS, 0, 0) - with;
        mean += paired[run] / RUNS;
    }
    print_message("variance of paired differences over that of unpaired ones: %.3f\n", spread(paired, RUNS) / spread(crossed, RUNS));
    assert_true(spread(paired, RUNS) < 0.7 * spread(crossed, RUNS));
    struct vg_scenario_ensemble ensemble = {&town.layout, 2, RUNS, names, values};
    vg_table_init(&table, &town.arena);
    vg_assert_ok(vg_control_ensemble_summary(&ensemble, &table, &town.error), town.error);
    size_t found = 0;
    for (size_t row = 0; row < table.n_rows; row++) {
        if (column(&table, "reference_id")->missing[row] == 0 && vg_text_equals(column(&table, "target")->values.texts[row], "total inf") &&
            vg_text_equals(column(&table, "age_group")->values.texts[row], "0-130") && vg_text_equals(column(&table, "location")->values.texts[row], "CO")) {
            vg_assert_near(column(&table, "mean")->values.doubles[row], mean, 1e-6);
            vg_assert_near(column(&table, "sd")->values.doubles[row], sqrt(spread(paired, RUNS)), 1e-6);
            found++;
        }
    }
    assert_int_equal(found, 1);
    town_release(&town);
}

/* A coarse world has fewer people; its answers are in people all the same. */
static void a_coarse_world_answers_in_people(void **state)
{
    (void)state;
    struct town whole;
    struct town coarse;
    char text[2048];
    const char *at = strstr(town_text, "population = 20000");
    (void)snprintf(text, sizeof text, "%.*spopulation = 80000%s", (int)(at - town_text), town_text, at + 18);
    char *few = strstr(text, "per_day = 15"); /* a few imports may die out in either */
    few[10] = '9';
    town_make(&whole, text, 4, 1);
    town_make(&coarse, text, 4, 0.25);
    assert_true(fabs(coarse.world->persons / whole.world->persons - 0.25) < 0.01);
    double a = 0;
    double b = 0;
    for (size_t run = 0; run < 6; run++) {
        a += total(&whole, town_run(&whole, 0, run, NULL, NULL, NULL), VG_COUNT_INFECTIONS, 0, 0) * whole.layout.scale;
        b += total(&coarse, town_run(&coarse, 0, run, NULL, NULL, NULL), VG_COUNT_INFECTIONS, 0, 0) * coarse.layout.scale;
    }
    print_message("infections in the whole %.0f, coarse %.0f\n", a / 6, b / 6);
    assert_true(fabs(b / a - 1) < 0.15);
    town_release(&whole);
    town_release(&coarse);
}

/* Half of all immune by a former infection: fewer fall ill, and vaccination passes nobody over. */
static void the_immune_are_there_from_the_first_day(void **state)
{
    (void)state;
    struct town plain;
    struct town immune;
    char text[2048];
    const char *at = strstr(town_text, "infections_per_day");
    (void)snprintf(text, sizeof text, "%.*simmune_share = 0.5\n%s[[campaign]]\nname = \"all\"\nproduct = \"bnt162b2\"\nper_day_percent = 1\nfrom = 2021-01-10\nuptake = 0.6\n", (int)(at - town_text),
                   town_text, at);
    town_make(&plain, town_text, 4, 1);
    town_make(&immune, text, 4, 1);
    immune.scenario.output.targets.items[2] = "inc dose";
    vg_assert_ok(vg_control_layout_new(&immune.scenario, immune.world, &immune.arena, &immune.layout, &immune.error), immune.error);
    double without = total(&plain, town_run(&plain, 0, 0, NULL, NULL, NULL), VG_COUNT_INFECTIONS, 0, 0);
    uint32_t *values = town_run(&immune, 0, 0, NULL, NULL, NULL);
    double with = total(&immune, values, VG_COUNT_INFECTIONS, 0, 0);
    double doses = total(&immune, values, VG_COUNT_DOSES, 0, 0);
    print_message("infections %.0f, with half immune %.0f, doses %.0f\n", without, with, doses);
    assert_true(with < 0.5 * without);
    vg_assert_near(doses / immune.world->persons, 0.6, 0.01);
    town_release(&plain);
    town_release(&immune);
}

static void what_there_is_not_is_named(void **state)
{
    (void)state;
    static const struct { const char *from, *to, *says; } faults[] = {
        {"\"N\", \"03\"", "\"N\", \"09\"", "\"09\""},          {"\"inc hosp\"", "\"inc hops\"", "\"inc hops\""}, {"\"60+\"", "\"62+\"", "cuts through the band from 60"},
        {"\"masks\"\nkind = \"masks\"", "\"masks\"\nkind = \"masks\"\nages = [\"old\"]", "\"old\" is no age group"},
        {"\"masks\"\nkind = \"masks\"", "\"masks\"\nkind = \"masks\"\nages = [\"61-64\"]", "no age band begins in \"61-64\""},
        {"\"masks\"\nkind = \"masks\"", "\"masks\"\nkind = \"cordon\"\nages = [\"65+\"]", "a cordon is for all ages"},
        {"\"schools\"\nkind", "\"schools\"\ntrigger = \"icu\"\ntrigger_on = 0.5\nlayers = [\"scool\"]\nkind", "\"scool\""},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct town town;
        struct vg_epidemic_input input;
        char text[2048];
        const char *at = strstr(town_text, faults[i].from);
        assert_non_null(at);
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - town_text), town_text, faults[i].to, at + strlen(faults[i].from));
        town_make(&town, town_text, 4, 1);
        vg_assert_ok(vg_intake_scenario_parse("town.toml", vg_text_from(text), &town.arena, &town.scenario, &town.error), town.error);
        vg_status status = vg_control_layout_new(&town.scenario, town.world, &town.arena, &town.layout, &town.error);
        if (status == VG_OK) {
            status = vg_control_scenario_input(&town.scenario, 0, town.world, NULL, 0, &town.arena, &input, &town.error);
        }
        assert_int_equal(status, VG_DATA_ERROR);
        assert_non_null(strstr(town.error.message, faults[i].says));
        town_release(&town);
    }
}

/* "65+" and "5-17" are the groups that begin there; who stays at home lowers their own share of infections. */
static void a_measure_may_be_for_some_ages(void **state)
{
    (void)state;
    double old_share[2];
    for (int i = 0; i < 2; i++) {
        struct town town;
        struct vg_epidemic_input input;
        char text[2048];
        const char *at = strstr(town_text, "[[measure]]");
        (void)snprintf(text, sizeof text, "%.*s[[measure]]\nname = \"old\"\nkind = \"stay-at-home\"\nages = [\"65+\", \"5-17\"]\nstrength = %g\n%s", (int)(at - town_text), town_text, i == 0 ? 0.0 : 0.9, at);
        town_make(&town, text, 4, 1);
        vg_assert_ok(vg_control_scenario_input(&town.scenario, 0, town.world, NULL, 0, &town.arena, &input, &town.error), town.error);
        for (size_t a = 0; a < town.world->n_ages; a++) {
            unsigned from = town.world->age_from[a];
            assert_int_equal(input.measures[0].ages >> a & 1, from >= 65 || (from >= 5 && from <= 17) ? 1 : 0);
        }
        assert_int_equal(input.measures[1].ages, 0);
        assert_true(input.measures[2].only_safer && !input.measures[0].only_safer);
        uint32_t *values = town_run(&town, 0, 1, NULL, NULL, NULL);
        old_share[i] = total(&town, values, VG_COUNT_INFECTIONS, 0, 2) / total(&town, values, VG_COUNT_INFECTIONS, 0, 0);
        town_release(&town);
    }
    print_message("# share of infections at 60 and above: %.3f, %.3f\n", old_share[0], old_share[1]);
    assert_true(old_share[0] > 0.03 && old_share[1] < 0.85 * old_share[0]);
}

/* Lots in the file: half of a first dose for everybody comes and expires at once but for two weeks; doses given and lost are what came. */
static void lots_are_given_or_lost(void **state)
{
    (void)state;
    struct town town;
    struct vg_epidemic_input input;
    char text[4096];
    const char *at = strstr(town_text, "[output]");
    (void)snprintf(text, sizeof text, "%.*s[[campaign]]\nname = \"all\"\nper_day_percent = 1\nuptake = 1\n[[lot]]\narrives = 2021-02-01\nexpires = 2021-02-14\npercent = 20\n"
                   "[[lot]]\nname = \"late\"\narrives = 2021-03-01\npercent = 5\n[output]\nplaces = [\"country\", \"municipality\"]\ntargets = [\"inc dose\", \"inc dose lost\"]\n"
                   "[[scenario]]\nname = \"both\"\n[[scenario]]\nname = \"no late lot\"\nwithout = [\"late\"]\n", (int)(at - town_text), town_text);
    town_make(&town, text, 4, 1);
    for (size_t variation = 0; variation < 2; variation++) {
        vg_assert_ok(vg_control_scenario_input(&town.scenario, variation, town.world, NULL, 0, &town.arena, &input, &town.error), town.error);
        assert_int_equal(input.n_lots, variation == 0 ? 2 : 1);
        uint32_t *values = town_run(&town, variation, 0, NULL, NULL, NULL);
        double given = total(&town, values, VG_COUNT_DOSES, 0, 0) / town.world->persons, lost = total(&town, values, VG_KEPT_DOSES_LOST, 0, 0) / town.world->persons;
        print_message("# given %.4f, lost %.4f of the people\n", given, lost);
        vg_assert_near(given, 0.14 + (variation == 0 ? 0.05 : 0), 0.001);
        vg_assert_near(lost, 0.06, 0.001);
        double parts = 0; /* the whole, and municipalities that add up to it */
        for (size_t place = 0; place < town.layout.n_places; place++) {
            parts += total(&town, values, VG_KEPT_DOSES_LOST, place, 0);
        }
        vg_assert_near(parts, 2 * total(&town, values, VG_KEPT_DOSES_LOST, 0, 0), 0);
    }
    town_release(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_whole),
        cmocka_unit_test(a_run_is_the_same_for_any_threads),
        cmocka_unit_test(a_stopped_run_goes_on_as_if_it_had_not),
        cmocka_unit_test(quantiles_are_those_of_the_runs),
        cmocka_unit_test(twins_make_sharp_differences),
        cmocka_unit_test(a_coarse_world_answers_in_people),
        cmocka_unit_test(the_immune_are_there_from_the_first_day),
        cmocka_unit_test(what_there_is_not_is_named),
        cmocka_unit_test(a_measure_may_be_for_some_ages),
        cmocka_unit_test(lots_are_given_or_lost),
    };
    return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
