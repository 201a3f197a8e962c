/*
 * What is noted of simulated runs beside their series, held against daily trajectories: the first day without a bed, days of restriction by trigger; and scenarios of one file that
 * differ in beds and imports, places in the file itself, ages of the whole alone.
 */
#include "vg_test.h"

#include "jobs/jobs.h"
#include "jobs/simulate/simulate.h"

#include <unistd.h>

static char path[64];

/* Two places. All contacts end while more than `on` cases are reported; infections from elsewhere begin anew later, so that it happens twice. */
#define PARTS "[place]\n" PARTS_ALONE
#define PARTS_ALONE "country = \"CO\"\ncode = \"XX\"\n[[municipality]]\ncode = \"A\"\nparent = \"P\"\npopulation = 60000\nlatitude = 4\nlongitude = -74\n" \
              "[[municipality]]\ncode = \"B\"\nparent = \"P\"\npopulation = 30000\nlatitude = 4.2\nlongitude = -74.1\n"
#define APART "[place]\ncommuting = \"none\"\ntravel_share = 0\n" PARTS_ALONE /* nobody is infected elsewhere */
static const char shut[] = "name = \"shut\"\nstart = 2021-01-03\ndays = 119\nseed = 3\nruns = 3\n" APART "[disease]\nr0 = 5\n[start]\ninfections_per_day = 60\n"
                           "[[import]]\nfrom = 2021-02-13\nper_day = 30\nplaces = [\"A\"]\n[hospital]\nicu_beds_per_100k = 5\nbeds_of = \"municipality\"\n"
                           "[[measure]]\nname = \"all shut\"\nkind = \"contacts\"\nlayers = [\"household\", \"school\", \"work\", \"community\", \"travel\"]\nstrength = 1\ntrigger = \"cases\"\n"
                           "trigger_on = 30\ntrigger_off = 29\nminimum_days = 3\n[output]\nstep = \"day\"\ntargets = [\"inc inf\", \"inc case\", \"inc without icu\"]\n"
                           "places = [\"country\", \"municipality\"]\nages = [\"65+\"]\nsamples = 3\nquantiles = [0.5]\n";

struct told { struct vg_arena arena; struct vg_answer rows, summary; };

static void simulate(const char *text, struct told *told)
{
    const char *paths[] = {path};
    struct vg_simulate_request request = {.paths = paths, .n_paths = 1};
    struct vg_simulate_stage stage;
    struct vg_error error = {0};
    vg_arena_init(&told->arena, 0);
    vg_answer_init(&told->rows, &told->arena);
    vg_answer_init(&told->summary, &told->arena);
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &error), error);
    vg_assert_ok(vg_job_simulate(&request, NULL, &told->arena, &told->rows, &told->summary, &stage, &error), error);
}

static void release(struct told *told)
{
    vg_answer_release(&told->rows);
    vg_answer_release(&told->summary);
    vg_arena_release(&told->arena);
}

static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_non_null(at);
    assert_non_null(out);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
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

static bool is(const struct vg_table *table, const char *name, size_t row, const char *text)
{
    const struct vg_column *c = column(table, name);
    bool missing = c->missing != NULL && c->missing[row] != 0;
    return text == NULL ? missing : !missing && vg_text_equals(c->values.texts[row], text);
}

/* NaN where there is no such row. */
static double summary_of(const struct told *told, const char *scenario, const char *reference, const char *target, const char *place, const char *what)
{
    const struct vg_table *t = &told->summary.table;
    for (size_t row = 0; row < t->n_rows; row++) {
        if (is(t, "scenario_id", row, scenario) && is(t, "reference_id", row, reference) && is(t, "target", row, target) && is(t, "location", row, place) && is(t, "age_group", row, "0-130")) {
            return strcmp(what, "runs") == 0 ? (double)column(t, what)->values.integers[row] : column(t, what)->values.doubles[row];
        }
    }
    return NAN;
}

/* The days of one run; returns how many there are. */
static size_t trajectory(const struct told *told, const char *target, const char *place, int64_t run, double *out)
{
    const struct vg_table *t = &told->rows.table;
    size_t n = 0;
    for (size_t row = 0; row < t->n_rows; row++) {
        if (is(t, "target", row, target) && is(t, "location", row, place) && is(t, "age_group", row, "0-130") && is(t, "output_type", row, "sample") &&
            column(t, "stochastic_run")->values.integers[row] == run) {
            out[n++] = column(t, "value")->values.doubles[row];
        }
    }
    return n;
}

/* The rule as docs/scenarios.md has it, on reported cases of the seven days before. */
static double days_shut(const double *cases, size_t n, double persons, bool *in_force)
{
    double days = 0;
    int since = -1;
    for (int day = 0; day < (int)n; day++) {
        double sum = 0;
        for (int before = day - 7 < 0 ? 0 : day - 7; before < day; before++) {
            sum += cases[before];
        }
        double now = sum * 1e5 / persons;
        if (since < 0 && now >= 30) {
            since = day;
        } else if (since >= 0 && now < 29 && day - since >= 3) {
            since = -1;
        }
        in_force[day] = since >= 0;
        days += since >= 0 ? 1 : 0;
    }
    return days;
}

static void notes_are_what_the_days_say(void **state)
{
    (void)state;
    struct told told;
    double cases[200];
    double infections[200];
    double without[200];
    bool in_force[200];
    double restricted = 0;
    double without_first = 0;
    double without_runs = 0;
    size_t shut_days = 0;
    size_t times = 0;
    simulate(shut, &told);
    assert_true(is(&told.rows.table, "location", 0, "XX")); /* the place's own code, not the country's */
    for (int64_t run = 1; run <= 3; run++) {
        size_t n = trajectory(&told, "inc case", "A", run, cases);
        assert_int_equal(n, 119);
        assert_int_equal(trajectory(&told, "inc inf", "A", run, infections), n);
        assert_int_equal(trajectory(&told, "inc without icu", "A", run, without), n);
        restricted += days_shut(cases, n, 60000, in_force) / 3;
        size_t first = 0;
        while (first < n && !(without[first] > 0)) {
            first++;
        }
        without_first += first < n ? (double)first : 0;
        without_runs += first < n ? 1 : 0;
        /* While it is in force nobody is infected here but from elsewhere: the rule is the engine's own. */
        for (size_t day = 10; day < n; day++) {
            double imported = day >= 41 ? 30 : 0;
            shut_days += in_force[day] ? 1 : 0;
            times += in_force[day] && !in_force[day - 1] ? 1 : 0;
            if (in_force[day]) {
                assert_true(infections[day] <= imported); /* those who are immune stay so */
            }
        }
        /* and in between people infect each other */
        assert_true(infections[45] > 30 || in_force[45]);
    }
    print_message("shut on %zu days, %zu times; without a bed in %.0f of 3 runs\n", shut_days, times, without_runs);
    assert_true(times >= 6);
    vg_assert_near(summary_of(&told, "shut", NULL, "total restriction", "A", "mean"), restricted, 1e-9);
    double both = (2 * restricted + summary_of(&told, "shut", NULL, "total restriction", "B", "mean")) / 3;
    vg_assert_near(summary_of(&told, "shut", NULL, "total restriction", "XX", "mean"), both, 0.01); /* households are whole: not exactly two thirds */
    assert_true(without_runs > 0);
    vg_assert_near(summary_of(&told, "shut", NULL, "any without icu", "A", "mean"), without_runs / 3, 1e-12);
    vg_assert_near(summary_of(&told, "shut", NULL, "first without icu", "A", "mean"), without_first / without_runs, 1e-9);
    vg_assert_near(summary_of(&told, "shut", NULL, "first without icu", "A", "runs"), without_runs, 0);
    release(&told);
}

/* With the numbers of the unit above, or of all, both places are shut on the same days: those that the sums of their cases say. */
static void a_trigger_may_look_at_the_unit_above(void **state)
{
    (void)state;
    static const char *const scopes[] = {"trigger = \"cases\"\ntrigger_of = \"parent\"", "trigger = \"cases\"\ntrigger_of = \"country\""};
    double found[2];
    for (int i = 0; i < 2; i++) {
        struct told told;
        double a[200], b[200], restricted = 0, persons = 90000;
        bool in_force[200];
        char *wide = changed(shut, "trigger = \"cases\"", scopes[i]);
        char *text = changed(wide, "trigger_on = 30", "trigger_on = 29.5"); /* 27 of 90,000 and a few persons: clear of what households round */
        free(wide);
        simulate(text, &told);
        for (int64_t run = 1; run <= 3; run++) {
            size_t n = trajectory(&told, "inc case", "A", run, a);
            assert_int_equal(trajectory(&told, "inc case", "B", run, b), n);
            for (size_t day = 0; day < n; day++) {
                a[day] += b[day];
            }
            restricted += days_shut(a, n, persons, in_force) / 3;
        }
        found[i] = summary_of(&told, "shut", NULL, "total restriction", "A", "mean");
        vg_assert_near(found[i], restricted, 1e-9);
        vg_assert_near(summary_of(&told, "shut", NULL, "total restriction", "B", "mean"), restricted, 1e-9);
        release(&told);
        free(text);
    }
    vg_assert_near(found[0], found[1], 0); /* one unit above both: it is the whole */
}

/* Fading, fatigue and compliance count as they work; masks and isolation keep nobody apart. */
static void restriction_counts_what_is_left_of_a_measure(void **state)
{
    (void)state;
    char *text = changed(shut, "[[measure]]\nname = \"all shut\"",
                         "[[measure]]\nname = \"home\"\nkind = \"stay-at-home\"\nplaces = [\"B\"]\nfrom = 2021-01-10\nto = 2021-01-19\nstrength = 0.6\ncompliance = 0.5\nfade_in_days = 3\nfade_out_days = 2\n"
                         "fatigue_per_day = 0.1\n[[measure]]\nname = \"masks\"\nkind = \"masks\"\n[[measure]]\nname = \"isolation\"\nkind = \"isolation\"\n[[measure]]\nname = \"all shut\"");
    char *varied = changed(text, "[output]", "[[scenario]]\nname = \"home\"\nonly = [\"home\", \"masks\", \"isolation\"]\n[[scenario]]\nname = \"nothing\"\nonly = [\"masks\"]\n[output]");
    struct told told;
    double wanted = 0;
    for (int day = 0; day < 10; day++) {
        double strength = 0.3 * fmin(1, (day + 1) / 4.0) * fmin(1, (10 - day) / 3.0);
        wanted += strength / (1 + 0.1 * day);
    }
    simulate(varied, &told);
    vg_assert_near(summary_of(&told, "home", NULL, "total restriction", "B", "mean"), wanted, 0.001);
    vg_assert_near(summary_of(&told, "home", NULL, "total restriction", "A", "mean"), 0, 0);
    vg_assert_near(summary_of(&told, "home", NULL, "total restriction", "XX", "mean"), wanted / 3, 0.001);
    vg_assert_near(summary_of(&told, "nothing", "home", "total restriction", "XX", "mean"), -wanted / 3, 0.001);
    vg_assert_near(summary_of(&told, "nothing", "home", "total restriction", "XX", "share_lower"), 1, 0);
    release(&told);
    free(text);
    free(varied);
}

static const char plain[] = "start = 2021-01-03\ndays = 63\nseed = 5\nruns = 4\n" PARTS "[disease]\nr0 = 3\nvariants = [\"covid19\", \"covid19_delta\"]\n[start]\ninfections_per_day = 60\n"
                            "[[import]]\nname = \"delta\"\nfrom = 2021-01-20\nper_day = 40\nvariant = \"covid19_delta\"\n[[import]]\nfrom = 2021-01-25\nper_day = 5\n"
                            "[hospital]\nicu_beds_per_100k = 5\n[output]\ntargets = [\"inc inf\", \"occ icu\", \"inc without icu\", \"inc death\"]\nplaces = [\"country\", \"municipality\"]\nages = [\"0-64\", \"65+\"]\n"
                            "quantiles = [0.5]\n[[scenario]]\nname = \"first\"\n[[scenario]]\nname = \"no delta\"\nwithout = [\"delta\"]\n[[scenario]]\nname = \"more beds\"\nicu_beds_per_100k = 5000\n";

static void scenarios_of_a_file_have_their_own_beds_and_imports(void **state)
{
    (void)state;
    struct told told;
    struct told without;
    simulate(plain, &told);
    assert_true(summary_of(&told, "first", NULL, "any without icu", "XX", "mean") > 0.9);
    vg_assert_near(summary_of(&told, "more beds", NULL, "any without icu", "XX", "mean"), 0, 0);
    assert_true(isnan(summary_of(&told, "more beds", NULL, "first without icu", "XX", "mean")));
    /* nearly the same infections: only the dead cannot fall ill again */
    assert_true(fabs(summary_of(&told, "more beds", "first", "total inf", "XX", "mean")) < 0.005 * summary_of(&told, "first", NULL, "total inf", "XX", "mean"));
    assert_true(summary_of(&told, "more beds", "first", "total without icu", "XX", "mean") < 0);
    assert_true(summary_of(&told, "no delta", "first", "total inf", "XX", "mean") < 0);
    /* as if the import were not in the file, with the draws of the other one left as they are */
    char *none = changed(plain, "per_day = 40", "per_day = 0");
    simulate(none, &without);
    vg_assert_near(summary_of(&without, "first", NULL, "total inf", "XX", "mean"), summary_of(&told, "no delta", NULL, "total inf", "XX", "mean"), 0);
    /* who lives there, for rates */
    const char *whole = strstr(told.rows.meta.data, "\"locations\":[{\"code\":\"XX\",\"persons\":");
    const char *part = whole == NULL ? NULL : strstr(whole, "{\"code\":\"B\",\"persons\":");
    assert_non_null(part);
    vg_assert_near((double)strtol(whole + 36, NULL, 10), 90000, 50);
    vg_assert_near((double)strtol(part + 22, NULL, 10), 30000, 50);
    release(&told);
    release(&without);
    free(none);
}

static void ages_of_places_can_be_left_out(void **state)
{
    (void)state;
    struct told all;
    struct told few;
    char *text = changed(plain, "quantiles = [0.5]", "quantiles = [0.5]\nplace_ages = false");
    simulate(plain, &all);
    simulate(text, &few);
    /* 9 weeks, 3 scenarios, 2 levels (mean, median); inf and death by 3 ages, beds without; then two places without ages or beds */
    assert_int_equal(few.rows.table.n_rows, 9 * 3 * 2 * ((3 + 1 + 1 + 3) + 2 * 2));
    assert_int_equal(all.rows.table.n_rows, 9 * 3 * 2 * ((3 + 1 + 1 + 3) + 2 * 6));
    static const char *const places[] = {"XX", "A", "B"};
    for (size_t i = 0; i < 3; i++) {
        vg_assert_near(summary_of(&few, "no delta", "first", "total death", places[i], "q025"), summary_of(&all, "no delta", "first", "total death", places[i], "q025"), 0);
    }
    double sum = summary_of(&few, "first", NULL, "total inf", "A", "mean") + summary_of(&few, "first", NULL, "total inf", "B", "mean");
    vg_assert_near(sum, summary_of(&few, "first", NULL, "total inf", "XX", "mean"), 1e-6 * sum);
    release(&all);
    release(&few);
    free(text);
}

/* Weeks are the days added up, beds in use the most of them. */
static void weeks_are_made_of_days(void **state)
{
    (void)state;
    struct told days;
    struct told weeks;
    static const char *const targets[] = {"inc inf", "occ icu", "inc without icu"};
    char *text = changed(plain, "quantiles = [0.5]", "quantiles = [0.5]\nsamples = 4");
    char *daily = changed(text, "[output]\n", "[output]\nstep = \"day\"\n");
    simulate(text, &weeks);
    simulate(daily, &days);
    for (size_t t = 0; t < 3; t++) {
        double by_week[3 * 9];
        double by_day[3 * 63];
        assert_int_equal(trajectory(&weeks, targets[t], "XX", 2, by_week), 27); /* of three scenarios */
        assert_int_equal(trajectory(&days, targets[t], "XX", 2, by_day), 189);
        for (size_t week = 0; week < 27; week++) {
            double sum = 0;
            double most = 0;
            for (size_t day = 0; day < 7; day++) {
                sum += by_day[week * 7 + day];
                most = fmax(most, by_day[week * 7 + day]);
            }
            vg_assert_near(by_week[week], t == 1 ? most : sum, 0);
        }
    }
    release(&days);
    release(&weeks);
    free(text);
    free(daily);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_are_what_the_days_say),
        cmocka_unit_test(a_trigger_may_look_at_the_unit_above),
        cmocka_unit_test(restriction_counts_what_is_left_of_a_measure),
        cmocka_unit_test(scenarios_of_a_file_have_their_own_beds_and_imports),
        cmocka_unit_test(ages_of_places_can_be_left_out),
        cmocka_unit_test(weeks_are_made_of_days),
    };
    (void)snprintf(path, sizeof path, "/tmp/vigia-notes-%ld", (long)getpid());
    int failed = cmocka_run_group_tests_name("simulate_notes", tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
