/*
 * Measures do what they say, where and when they say: contacts, cordons, isolation, tracing with its limits, triggers; stronger
 * is never worse; scenarios with one seed are paired. And a run is the same on any number of threads and after a checkpoint.
 */
#include "everything_world.h"

#include "control/population.h"

#define EXPECTED_BYTES 0x3abfbd4d90464fa3ULL

static void a_closed_layer_is_closed(void **state)
{
    (void)state;
    for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
        struct vg_intervention *m = prepare(1, 60000, 2);
        m->layers = 1U << layer;
        m->first_day = 20;
        m->last_day = 60;
        w.keeps_log = true;
        run(&w, 100);
        double inside = 0, outside = 0;
        for (size_t i = 0; i < w.n_log; i++) {
            bool in = w.log[i].day >= 20 && w.log[i].day <= 60;
            inside += w.log[i].layer == layer && in ? 1 : 0;
            outside += w.log[i].layer == layer && !in ? 1 : 0;
        }
        vg_assert_near(inside, 0, 0);
        assert_true(outside > 0);
        release_world(&w);
    }
}

static void stronger_is_smaller(void **state)
{
    (void)state;
    double before = 1e9;
    for (int step = 0; step <= 4; step++) {
        struct vg_intervention *m = prepare(1, 60000, 2);
        m->layers = (1U << VG_LAYERS) - 1;
        m->strength = 0.25 * step;
        m->compliance = 0.8;
        run(&w, 600);
        assert_true(total(&w, VG_COUNT_INFECTIONS) < before);
        before = total(&w, VG_COUNT_INFECTIONS);
        release_world(&w);
    }
    /* A reduction of all contacts by 60 % makes R0 1.6 * 0.4 < 1: hardly more than the imports. */
    assert_true(before < 600);
}

/* All contacts times 0.5 from day 0 is R0 / 2: 1.5 from 3, whose final size is known. */
static void half_the_contacts_is_half_r0(void **state)
{
    (void)state;
    make_plain(&w, 500000, 3);
    memset(measures, 0, sizeof measures);
    measures[0] = (struct vg_intervention){.kind = VG_INTERVENTION_CONTACTS,
                                           .layers = 1U << VG_LAYER_COMMUNITY,
                                           .last_day = 4000,
                                           .strength = 1,
                                           .compliance = 0.5};
    w.input.measures = measures;
    w.input.n_measures = 1;
    w.import.count = 200;
    run(&w, 1500);
    vg_assert_near(total(&w, VG_COUNT_INFECTIONS) / 5e5, 0.58281, 0.006);
    release_world(&w);
}

static void strength_fades(void **state)
{
    (void)state;
    double sizes[4];
    for (int i = 0; i < 4; i++) {
        struct vg_intervention *m = prepare(i == 0 ? 0 : 1, 60000, 2);
        m->layers = (1U << VG_LAYERS) - 1;
        m->strength = 0.8;
        m->first_day = 10;
        m->last_day = 60;
        m->fade_in_days = i == 2 ? 30 : 0;
        m->fatigue_per_day = i == 3 ? 0.05 : 0;
        run(&w, 61);
        sizes[i] = total(&w, VG_COUNT_INFECTIONS);
        release_world(&w);
    }
    assert_true(sizes[1] < sizes[2] && sizes[2] < sizes[0]);
    assert_true(sizes[1] < sizes[3] && sizes[3] < sizes[0]);
}

static void a_cordon_holds(void **state)
{
    (void)state;
    static uint8_t where[6] = {1, 0, 0, 0, 0, 0}; /* the municipality where it begins */
    struct vg_intervention *m = prepare(1, 60000, 2.5);
    m->kind = VG_INTERVENTION_CORDON;
    m->where = where;
    w.keeps_log = true;
    run(&w, 400);
    assert_true(w.n_log > 5000);
    for (size_t i = 0; i < w.n_log; i++) {
        assert_int_equal(population_municipality(w.population, w.log[i].person), 0);
    }
    w.input.n_measures = 0;
    run(&w, 400);
    assert_true(w.n_log > 40000);
    release_world(&w);
}

static void isolation_keeps_people_home(void **state)
{
    (void)state;
    struct vg_intervention *m = prepare(1, 60000, 2);
    m->kind = VG_INTERVENTION_ISOLATION;
    m->delay_days = 1;
    m->duration_days = 40;
    w.keeps_log = true;
    run(&w, 300);
    int32_t *onset = malloc(vg_population_size(w.population) * sizeof *onset);
    assert_non_null(onset);
    double infections = total(&w, VG_COUNT_INFECTIONS), home = 0;
    for (size_t i = 0; i < w.n_log; i++) {
        onset[w.log[i].person] = w.log[i].symptomatic ? w.log[i].onset : INT32_MAX;
    }
    for (size_t i = 0; i < w.n_log; i++) {
        if (w.log[i].infector != UINT32_MAX && onset[w.log[i].infector] != INT32_MAX &&
            w.log[i].day > onset[w.log[i].infector]) {
            assert_int_equal(w.log[i].layer, VG_LAYER_HOUSEHOLD);
            home++;
        }
    }
    assert_true(home > 100);
    free(onset);
    w.input.n_measures = 0;
    run(&w, 300);
    assert_true(infections < 0.85 * total(&w, VG_COUNT_INFECTIONS));
    release_world(&w);
}

static struct vg_intervention *tracing(void)
{
    struct vg_intervention *m = prepare(1, 60000, 2);
    m->kind = VG_INTERVENTION_TRACING;
    m->compliance = 0.7;
    m->delay_days = 1;
    m->duration_days = 10;
    m->quarantine_days = 10;
    return m;
}

/* Each part of tracing lowers infections; both modes; quarantine orders appear only with it; limits bind. */
static void tracing_traces(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        double sizes[5], quarantined[5];
        for (int i = 0; i < 5; i++) { /* tests alone, household, contacts, contacts with hardly a tracer, app */
            struct vg_intervention *m = tracing();
            w.input.mode = mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT;
            m->household_share = i >= 1 ? 0.9 : 0;
            for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS && (i == 2 || i == 3); layer++) {
                m->traced_share[layer] = 0.5;
            }
            m->tracers_per_100k = i == 3 ? 2 : 0;
            m->app_uptake = i == 4 ? 0.8 : 0;
            sizes[i] = quarantined[i] = 0;
            for (uint64_t seed = 1; seed <= 3; seed++) {
                w.input.seed = seed;
                run(&w, 400);
                sizes[i] += total(&w, VG_COUNT_INFECTIONS);
                quarantined[i] += total(&w, VG_COUNT_QUARANTINED);
            }
            release_world(&w);
        }
        vg_assert_near(quarantined[0], 0, 0);
        assert_true(quarantined[1] > 10000);
        assert_true(sizes[1] < sizes[0]);
        assert_true(sizes[2] < 0.9 * sizes[1]);
        assert_true(quarantined[2] > quarantined[1]);
        assert_true(sizes[3] > sizes[2] && quarantined[3] < quarantined[2]);
        assert_true(sizes[4] < sizes[1]);
    }
}

/* With hardly a test nobody is found, so hardly anything happens; without a limit much. */
static void tests_are_limited(void **state)
{
    (void)state;
    double sizes[3], quarantined[3];
    static const double tests[3] = {0.2, 60, 0};
    for (int i = 0; i < 3; i++) {
        struct vg_intervention *m = tracing();
        m->household_share = 0.9;
        m->tests_per_100k = tests[i];
        run(&w, 400);
        sizes[i] = total(&w, VG_COUNT_INFECTIONS);
        quarantined[i] = total(&w, VG_COUNT_QUARANTINED);
        release_world(&w);
    }
    assert_true(sizes[0] > sizes[1] && sizes[1] > sizes[2]);
    assert_true(quarantined[0] < 200 && quarantined[1] > 10 * quarantined[0]);
}

static void the_quarantined_do_not_meet(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_intervention *m = tracing();
    m->household_share = 1;
    m->compliance = 1;
    m->delay_days = 1;
    w.keeps_log = true;
    struct vg_epidemic *epidemic = NULL;
    w.input.on_infections = keep_infections;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    size_t checked = 0;
    for (int32_t day = 0; day < 80; day++) {
        size_t before = w.n_log;
        vg_assert_ok(vg_epidemic_advance(epidemic, 1, &error), error);
        for (size_t i = before; i < w.n_log; i++) {
            struct vg_person_state x = vg_epidemic_person(epidemic, w.log[i].person);
            bool at_home = x.quarantined_until != VG_DATE_NONE && x.quarantined_until >= day;
            assert_true(!at_home || w.log[i].layer == VG_LAYER_HOUSEHOLD || w.log[i].layer == VG_LAYER_IMPORT);
            checked += at_home ? 1 : 0;
        }
    }
    assert_true(checked > 100);
    vg_epidemic_free(epidemic);
    release_world(&w);
}

/* Infections of ten weeks when everything closes by a trigger. */
static double size_with_trigger(enum vg_trigger_kind kind, double on)
{
    struct vg_intervention *m = prepare(1, 60000, 2.5);
    m->layers = (1U << VG_LAYERS) - 1;
    m->trigger = kind;
    m->trigger_on = on;
    m->trigger_off = on / 2;
    m->minimum_days = 28;
    w.input.observation = (struct vg_observation){.reported = 0.3, .onset_to_report = {4, 2}};
    w.disease.ward = w.ward;
    for (size_t a = 0; a < AGES; a++) {
        w.ward[a] = 0.1;
    }
    w.disease.onset_to_admission = (struct vg_delay){5, 2};
    w.disease.ward_stay = (struct vg_delay){8, 3};
    run(&w, 70);
    double size = total(&w, VG_COUNT_INFECTIONS);
    release_world(&w);
    return size;
}

static void triggers_look_at_what_is_seen(void **state)
{
    (void)state;
    double early = size_with_trigger(VG_TRIGGER_CASES, 20);
    double late = size_with_trigger(VG_TRIGGER_CASES, 300);
    double admissions = size_with_trigger(VG_TRIGGER_ADMISSIONS, 20);
    double never = size_with_trigger(VG_TRIGGER_CASES, 1e9);
    assert_true(early < 0.5 * late && late < 0.8 * never);
    assert_true(admissions > early && admissions < 0.8 * never);
    /* What is not reported triggers nothing. */
    struct vg_intervention *m = prepare(1, 60000, 2.5);
    m->layers = (1U << VG_LAYERS) - 1;
    m->trigger = VG_TRIGGER_CASES;
    m->trigger_on = 1e-9;
    run(&w, 400);
    double with = total(&w, VG_COUNT_INFECTIONS);
    w.input.n_measures = 0;
    run(&w, 400);
    vg_assert_near(with, total(&w, VG_COUNT_INFECTIONS), 0);
    release_world(&w);
}

/* The variance of a difference is that of two runs without pairing, unless draws are shared. */
static void scenarios_are_paired(void **state)
{
    (void)state;
    enum { RUNS = 12 };
    double with[RUNS], without[RUNS];
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct vg_intervention *m = prepare(1, 60000, 1.6);
        m->layers = 1U << VG_LAYER_WORK;
        m->strength = 0.3;
        m->first_day = 40;
        w.input.seed = seed + 1;
        w.import.count = 8;
        run(&w, 70);
        with[seed] = total(&w, VG_COUNT_INFECTIONS);
        w.input.n_measures = 0;
        run(&w, 70);
        without[seed] = total(&w, VG_COUNT_INFECTIONS);
        release_world(&w);
    }
    double paired = 0, alone = 0, mean_d = 0, mean_a = 0;
    for (size_t i = 0; i < RUNS; i++) {
        mean_d += (without[i] - with[i]) / RUNS;
        mean_a += without[i] / RUNS;
    }
    for (size_t i = 0; i < RUNS; i++) {
        paired += (without[i] - with[i] - mean_d) * (without[i] - with[i] - mean_d);
        alone += (without[i] - mean_a) * (without[i] - mean_a);
    }
    assert_true(mean_d > 0);
    assert_true(paired < alone / 3); /* two runs that share nothing would have twice alone's */
}

/* ------------------------------------------------------------ the same bytes */

static void threads_change_nothing(void **state)
{
    (void)state;
    static const unsigned threads[3] = {1, 2, 7};
    for (int mode = 0; mode < 3; mode++) { /* thinned, exact, thinned with groups */
        uint64_t expected = 0;
        prepare_all_with(mode == 1 ? VG_CONTACTS_EXACT : VG_CONTACTS_THINNED, mode == 2);
        for (size_t i = 0; i < 3; i++) {
            struct vg_pool *pool = vg_pool_new(threads[i]);
            vg_epidemic_free(run_on(&w, 160, pool));
            vg_pool_free(pool);
            assert_true(total(&w, VG_COUNT_INFECTIONS) > 30000 && total(&w, VG_COUNT_DOSES) > 10000 &&
                        total(&w, VG_COUNT_QUARANTINED) > 1000 && w.without_icu > 0);
            expected = i == 0 ? w.hash : expected;
            assert_true(w.hash == expected);
        }
        w.input.seed++;
        run(&w, 160);
        assert_true(w.hash != expected);
        release_world(&w);
    }
}

/* The bytes of one run, on any machine and compiler: a change here is a change of the engine and belongs in its history. */
static void bytes_are_these(void **state)
{
    (void)state;
    prepare_all(VG_CONTACTS_THINNED);
    /* The world's own tables are made with the C library; whole numbers keep it out of the comparison. */
    for (size_t i = 0; i < VG_LAYERS * AGES * AGES; i++) {
        w.daily[i] = floor(w.daily[i] * 64) / 64;
    }
    for (size_t i = 0; i < 30; i++) {
        w.profile[i] = floor(w.profile[i] * 1024) / 1024;
    }
    w.disease.transmission = 0.21875;
    run(&w, 100);
    print_message("# hash of 100 days: %016llx\n", (unsigned long long)w.hash);
    assert_true(w.hash == EXPECTED_BYTES);
    release_world(&w);
}

static bool into_buffer(void *context, const void *data, size_t size)
{
    vg_buffer_append(context, data, size);
    return !((struct vg_buffer *)context)->failed;
}

struct source {
    const char *data;
    size_t size, at;
};
static bool from_buffer(void *context, void *data, size_t size)
{
    struct source *source = context;
    if (source->size - source->at < size) {
        return false;
    }
    memcpy(data, source->data + source->at, size);
    source->at += size;
    return true;
}

static void a_checkpoint_resumes(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 0);
    for (int mode = 0; mode < 2; mode++) {
        prepare_all_with(mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT, true);
        run(&w, 140);
        uint64_t expected = w.hash;
        struct vg_epidemic *epidemic = run_on(&w, 77, NULL);
        vg_buffer_clear(&buffer);
        vg_assert_ok(vg_epidemic_save(epidemic, into_buffer, &buffer, &error), error);
        vg_epidemic_free(epidemic);
        struct source source = {buffer.data, buffer.size, 0};
        struct vg_pool *pool = vg_pool_new(2);
        vg_assert_ok(vg_epidemic_new(&w.input, pool, &epidemic, &error), error);
        vg_assert_ok(vg_epidemic_resume(epidemic, from_buffer, &source, &error), error);
        assert_int_equal(source.at, source.size);
        assert_int_equal(vg_epidemic_today(epidemic), 77);
        vg_assert_ok(vg_epidemic_advance(epidemic, 63, &error), error); /* the hash goes on from day 77 */
        assert_true(w.hash == expected);
        assert_int_equal(vg_epidemic_resume(epidemic, from_buffer, &source, &error), VG_USAGE_ERROR);
        vg_epidemic_free(epidemic);
        for (int fault = 0; fault < 3; fault++) { /* cut short, one bit wrong, of another seed */
            source = (struct source){buffer.data, fault == 0 ? buffer.size / 2 : buffer.size, 0};
            buffer.data[buffer.size * 2 / 3] ^= fault == 1 ? 16 : 0;
            w.input.seed += fault == 2 ? 1 : 0;
            vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
            assert_int_equal(vg_epidemic_resume(epidemic, from_buffer, &source, &error), VG_DATA_ERROR);
            vg_epidemic_free(epidemic);
            buffer.data[buffer.size * 2 / 3] ^= fault == 1 ? 16 : 0;
        }
        vg_pool_free(pool);
        release_world(&w);
    }
    vg_buffer_release(&buffer);
}

static void log_and_counts_agree(void **state)
{
    (void)state;
    prepare_all(VG_CONTACTS_THINNED);
    struct vg_epidemic *epidemic = run_on(&w, 160, NULL);
    vg_assert_near((double)w.n_log, total(&w, VG_COUNT_INFECTIONS), 0);
    double again = 0;
    for (size_t i = 0; i < w.n_log; i++) {
        again += w.log[i].earlier_infections > 0 ? 1 : 0;
        assert_true(i == 0 || w.log[i].day > w.log[i - 1].day || w.log[i].person > w.log[i - 1].person);
    }
    vg_assert_near(again, total(&w, VG_COUNT_REINFECTIONS), 0);
    double people = 0;
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        people += vg_epidemic_person(epidemic, person).dead ? 1 : 0;
    }
    vg_assert_near(people, total(&w, VG_COUNT_DEATHS), 0);
    for (size_t i = 0; i < w.n_log; i += 7) { /* the place of a contact is one of both */
        const struct vg_infection *x = &w.log[i];
        if (x->infector == UINT32_MAX) {
            continue;
        }
        struct vg_person a = vg_population_person(w.population, x->infector, x->day);
        struct vg_person b = vg_population_person(w.population, x->person, x->day);
        assert_int_equal(x->pool, a.pool[x->layer]);
        assert_int_equal(x->pool, b.pool[x->layer]);
        assert_int_equal(x->place, a.place[x->layer]);
    }
    vg_epidemic_free(epidemic);
    release_world(&w);
}

static void a_run_stops_and_goes_on(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    prepare_all(VG_CONTACTS_THINNED);
    run(&w, 60);
    uint64_t expected = w.hash;
    w.hash = 0;
    w.stop_after = 30;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    memset(&w.disease, 0, sizeof w.disease); /* the run has its own */
    memset(w.daily, 0, sizeof w.daily);
    assert_int_equal(vg_epidemic_advance(epidemic, 60, &error), VG_CANCELLED);
    assert_int_equal(vg_epidemic_today(epidemic), 31);
    w.stop_after = 0;
    vg_assert_ok(vg_epidemic_advance(epidemic, 29, &error), error);
    assert_true(w.hash == expected);
    vg_epidemic_free(epidemic);
    release_world(&w);
}

static size_t met_with(const struct vg_contact_met *met, size_t n, uint32_t other, unsigned layer)
{
    size_t times = 0;
    for (size_t i = 0; i < n && i < 512; i++) {
        times += met[i].person == other && met[i].layer == layer ? 1 : 0;
    }
    return times;
}

/* A measure for the two oldest age groups ends their contacts outside the household and nobody else's; half strength takes away half. Isolation for the young leaves the old alone. */
static void a_measure_is_for_its_ages(void **state)
{
    (void)state;
    enum { OLD = 1U << 6 | 1U << 7 };
    for (int mode = 0; mode < 2; mode++) {
        double seen[3][2] = {{0}}; /* strength 0, 0.5, 1; whether an old one is in it */
        for (int i = 0; i < 3; i++) {
            struct vg_intervention *m = prepare(1, 60000, 2);
            m->layers = (1U << VG_LAYERS) - 1 - (1U << VG_LAYER_HOUSEHOLD);
            m->strength = i / 2.0;
            m->ages = OLD;
            w.keeps_log = true;
            w.import.count = 300; /* on the first days: before depletion tells */
            w.import.last_day = 9;
            w.input.mode = mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT;
            run(&w, 14);
            for (size_t k = 0; k < w.n_log; k++) {
                if (w.log[k].infector != UINT32_MAX && w.log[k].layer != VG_LAYER_HOUSEHOLD) {
                    uint32_t ages = 1U << vg_population_person(w.population, w.log[k].person, 0).age_group | 1U << vg_population_person(w.population, w.log[k].infector, 0).age_group;
                    seen[i][(ages & OLD) != 0 ? 1 : 0]++;
                }
            }
            release_world(&w);
        }
        print_message("# without the old %.0f, %.0f, %.0f; with %.0f, %.0f, %.0f\n", seen[0][0], seen[1][0], seen[2][0], seen[0][1], seen[1][1], seen[2][1]);
        assert_true(seen[0][1] > 200);
        vg_assert_near(seen[2][1], 0, 0);
        vg_assert_near(seen[1][1] / seen[0][1], 0.5, 0.1);
        vg_assert_near(seen[1][0] / seen[0][0], 1, 0.1);
        vg_assert_near(seen[2][0] / seen[0][0], 1, 0.12);
    }
    struct vg_intervention *m = prepare(1, 60000, 2);
    m->kind = VG_INTERVENTION_ISOLATION;
    m->duration_days = 60;
    m->ages = 1U << 2;
    struct vg_epidemic *epidemic = run_on(&w, 60, NULL);
    double away[AGES] = {0};
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        away[vg_population_person(w.population, person, 0).age_group] += vg_epidemic_person(epidemic, person).quarantined_until != VG_DATE_NONE ? 1 : 0;
    }
    for (size_t a = 0; a < AGES; a++) {
        assert_true(a == 2 ? away[a] > 100 : away[a] < 0.5);
    }
    vg_epidemic_free(epidemic);
    struct vg_error error;
    m->kind = VG_INTERVENTION_CORDON;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    m->kind = VG_INTERVENTION_CONTACTS;
    m->ages = 1U << AGES;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    release_world(&w);
}

struct contact_check {
    struct vg_epidemic *epidemic;
    double met[VG_LAYERS], days;   /* contacts of the sample, by layer */
    double infections, home_at_work; /* whom isolation keeps at home, and their contacts outside */
    uint64_t hash;
    int32_t from, to;
};

/* A sample of everybody, each day: contacts are symmetric, and whoever is at home or dead has none outside, or none at all. */
static bool look_at_contacts(void *context, const struct vg_day *day)
{
    struct contact_check *c = context;
    static struct vg_contact_met mine[512], theirs[512];
    for (uint32_t person = (uint32_t)day->day % 97; c->epidemic != NULL && day->day >= c->from && day->day <= c->to && person < vg_population_size(w.population); person += 97) {
        size_t n = vg_epidemic_contacts(c->epidemic, person, day->day, mine, 512);
        struct vg_person_state state = vg_epidemic_person(c->epidemic, person);
        bool home = state.quarantined_until != VG_DATE_NONE && state.quarantined_until >= day->day;
        c->days++;
        for (size_t i = 0; i < n; i++) {
            c->met[mine[i].layer]++;
            c->home_at_work += home && mine[i].layer != VG_LAYER_HOUSEHOLD ? 1 : 0;
            assert_false(state.dead);
            if (person % 5 == 0) {
                size_t back = vg_epidemic_contacts(c->epidemic, mine[i].person, day->day, theirs, 512);
                assert_int_equal(met_with(mine, n, mine[i].person, mine[i].layer), met_with(theirs, back, person, mine[i].layer));
            }
        }
    }
    return true;
}

/* Each infection of the day runs along a contact that took place; asked again a week later the answer is the same. */
static void look_at_infections(void *context, const struct vg_infection *infections, size_t n)
{
    struct contact_check *c = context;
    static struct vg_contact_met met[512];
    for (size_t i = 0; i < n && c->epidemic != NULL; i++) {
        if (infections[i].infector != UINT32_MAX) {
            size_t found = vg_epidemic_contacts(c->epidemic, infections[i].infector, infections[i].day, met, 512);
            assert_true(met_with(met, found, infections[i].person, infections[i].layer) > 0);
            c->infections++;
        }
    }
}

static void run_checked(struct contact_check *c, int32_t days)
{
    struct vg_error error;
    w.input.mode = VG_CONTACTS_EXACT;
    w.input.context = c;
    w.input.on_day = look_at_contacts;
    w.input.on_infections = look_at_infections;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &c->epidemic, &error), error);
    vg_assert_ok(vg_epidemic_advance(c->epidemic, days, &error), error);
}

/* The contacts of day 10, asked on that day and two weeks later. */
static void asked_again_is_the_same(void)
{
    static struct vg_contact_met met[512];
    struct contact_check once = {.from = 10, .to = 10};
    double again[VG_LAYERS] = {0};
    run_checked(&once, 25);
    for (uint32_t person = 10; person < vg_population_size(w.population); person += 97) {
        size_t n = vg_epidemic_contacts(once.epidemic, person, 10, met, 512);
        for (size_t i = 0; i < n; i++) {
            again[met[i].layer]++;
        }
    }
    assert_memory_equal(once.met, again, sizeof again);
    vg_epidemic_free(once.epidemic);
}

/* Schools closed to a quarter, masks, cordon, isolation, household quarantine, traced contacts, a measure for one age: what is computed is what happened. */
static void contacts_are_those_of_the_day(void **state)
{
    (void)state;
    static struct contact_check without, with;
    static uint8_t first_town[6] = {1, 0, 0, 0, 0, 0};
    double share[VG_LAYERS];
    for (int i = 0; i < 2; i++) {
        struct contact_check *c = i == 0 ? &without : &with;
        struct vg_intervention *m = prepare(i == 0 ? 0 : 5, 60000, 2.5);
        for (size_t a = 0; a < AGES; a++) {
            w.death[a] = 0.01;
        }
        w.disease.death_home = w.death;
        w.disease.onset_to_death = (struct vg_delay){6, 2};
        m[0].layers = 1U << VG_LAYER_SCHOOL;
        m[0].strength = 0.75;
        m[1].layers = (1U << VG_LAYERS) - 1; /* masks */
        m[1].strength = 0.3;
        m[1].only_safer = true;
        m[2].kind = VG_INTERVENTION_TRACING; /* isolation, household quarantine, contacts traced */
        m[2].compliance = 0.8;
        m[2].delay_days = 1;
        m[2].duration_days = m[2].quarantine_days = 10;
        m[2].household_share = 1;
        m[2].traced_share[VG_LAYER_WORK] = m[2].traced_share[VG_LAYER_SCHOOL] = 0.5;
        m[3].kind = VG_INTERVENTION_CORDON;
        m[3].where = first_town;
        m[4].layers = 1U << VG_LAYER_COMMUNITY; /* of one age only */
        m[4].strength = 0.5;
        m[4].ages = 1U << 3;
        w.import.count = 150;
        w.import.last_day = 10;
        *c = (struct contact_check){.from = 0, .to = 60};
        run_checked(c, 60);
        print_message("# %g infections, %g person days\n", c->infections, c->days);
        assert_true(c->infections > 1000);
        vg_assert_near(c->home_at_work, 0, 0);
        vg_epidemic_free(c->epidemic);
        if (i == 1) {
            asked_again_is_the_same();
        }
        release_world(&w);
    }
    for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
        print_message("# layer %u: %g of %g\n", layer, with.met[layer], without.met[layer]);
        share[layer] = with.met[layer] / without.met[layer];
        assert_true(without.met[layer] > 500);
    }
    vg_assert_near(share[VG_LAYER_SCHOOL], 0.25, 0.03); /* and a little less: some are at home */
    vg_assert_near(share[VG_LAYER_HOUSEHOLD], 1, 0.02); /* a mask takes no contact away */
    assert_true(share[VG_LAYER_COMMUNITY] > 0.75 && share[VG_LAYER_COMMUNITY] < 0.95);
    assert_true(share[VG_LAYER_TRAVEL] < 0.75); /* the cordon */
}

/* Closings, a cordon, masks and isolation leave as much of an epidemic whether effective contacts are thinned or contacts are taken away. */
static void modes_agree_under_measures(void **state)
{
    (void)state;
    enum { RUNS = 8 };
    static const uint8_t first_town[6] = {1, 0, 0, 0, 0, 0};
    double mean[2] = {0}, square[2] = {0};
    for (int mode = 0; mode < 2; mode++) {
        for (uint64_t seed = 1; seed <= RUNS; seed++) {
            struct vg_intervention *m = prepare(4, 60000, 2.6);
            m[0].layers = 1U << VG_LAYER_SCHOOL | 1U << VG_LAYER_COMMUNITY | 1U << VG_LAYER_HOUSEHOLD;
            m[0].strength = 0.35;
            m[1].layers = (1U << VG_LAYERS) - 1;
            m[1].strength = 0.1;
            m[1].only_safer = true;
            m[2].kind = VG_INTERVENTION_ISOLATION;
            m[2].compliance = 0.3;
            m[2].duration_days = 10;
            m[3].kind = VG_INTERVENTION_CORDON;
            m[3].where = first_town;
            m[3].strength = 0.5;
            w.input.mode = mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT;
            w.input.seed = seed + (mode == 0 ? 0 : 1000);
            run(&w, 400);
            double sum = total(&w, VG_COUNT_INFECTIONS);
            mean[mode] += sum / RUNS;
            square[mode] += sum * sum / RUNS;
            release_world(&w);
        }
    }
    double sd = sqrt((square[0] - mean[0] * mean[0] + square[1] - mean[1] * mean[1]) / (RUNS - 1));
    print_message("# thinned %.0f, exact %.0f, sd of the difference %.0f\n", mean[0], mean[1], sd);
    assert_true(mean[0] > 10000);
    vg_assert_near(mean[0], mean[1], 4 * sd + 0.01 * mean[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_layer_is_closed),
        cmocka_unit_test(stronger_is_smaller),
        cmocka_unit_test(half_the_contacts_is_half_r0),
        cmocka_unit_test(strength_fades),
        cmocka_unit_test(a_cordon_holds),
        cmocka_unit_test(isolation_keeps_people_home),
        cmocka_unit_test(tracing_traces),
        cmocka_unit_test(tests_are_limited),
        cmocka_unit_test(the_quarantined_do_not_meet),
        cmocka_unit_test(triggers_look_at_what_is_seen),
        cmocka_unit_test(scenarios_are_paired),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(bytes_are_these),
        cmocka_unit_test(a_measure_is_for_its_ages),
        cmocka_unit_test(contacts_are_those_of_the_day),
        cmocka_unit_test(modes_agree_under_measures),
        cmocka_unit_test(a_checkpoint_resumes),
        cmocka_unit_test(log_and_counts_agree),
        cmocka_unit_test(a_run_stops_and_goes_on),
    };
    return cmocka_run_group_tests_name("epidemic_measures", tests, NULL, NULL);
}
