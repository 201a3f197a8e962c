/*
 * The steps that the engine tells of: they are its counts and beds, day by day and in order; whoever is away infects and catches at home only; the same for any
 * number of threads.
 */
#include "engine_world.h"

#include "control/population.h"

#define DAYS 160
#define PERSONS 60000

struct told {
    struct world world;
    struct vg_step *steps;
    size_t n, capacity;
};

static void keep_steps(void *context, const struct vg_step *steps, size_t n)
{
    struct told *told = context;
    if (told->n + n > told->capacity) {
        told->capacity = 2 * (told->n + n);
        told->steps = realloc(told->steps, told->capacity * sizeof *told->steps);
        assert_non_null(told->steps);
    }
    memcpy(told->steps + told->n, steps, n * sizeof *steps);
    told->n += n;
}

static uint32_t region[3], ward_beds[1] = {60}, icu_beds[1] = {12}, doses_per_day[3] = {60, 60, 60};
static uint8_t priority[AGES] = {0, 0, 1, 1, 1, 2, 2, 2};
static double uptake[AGES] = {1, 1, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8};

static void severe(struct world *w)
{
    for (size_t a = 0; a < AGES; a++) {
        w->symptomatic[a] = 0.6;
        w->ward[a] = 0.06;
        w->icu[a] = 0.3;
        w->death[a] = 0.3;
        w->susceptibility[a] = 0.002;
    }
    w->disease.symptomatic = w->symptomatic;
    w->disease.ward = w->ward;
    w->disease.icu = w->icu;
    w->disease.death_ward = w->disease.death_icu = w->death;
    w->disease.death_home = w->susceptibility;
    w->disease.onset_to_admission = (struct vg_delay){5, 2};
    w->disease.admission_to_icu = (struct vg_delay){2, 1};
    w->disease.ward_stay = (struct vg_delay){9, 4};
    w->disease.icu_stay = (struct vg_delay){12, 5};
    w->disease.ward_to_death = (struct vg_delay){8, 4};
    w->disease.icu_to_death = (struct vg_delay){11, 5};
    w->disease.onset_to_death = (struct vg_delay){12, 5};
    w->disease.n_products = 1;
    w->disease.products[0].infection[0] = w->disease.products[0].infection[1] = (struct vg_protection){0.5, 0.5, 0, 10};
}

static struct vg_epidemic *run_and_keep(struct told *told, struct vg_pool *pool)
{
    static struct towns towns;
    static struct vg_intervention measures[2];
    static struct vg_campaign campaigns[2];
    memset(told, 0, sizeof *told);
    make_towns(&told->world, &towns, 3, PERSONS, 2.2);
    severe(&told->world);
    measures[0] = (struct vg_intervention){.kind = VG_INTERVENTION_ISOLATION, .first_day = 20, .last_day = DAYS, .compliance = 0.4, .delay_days = 1, .duration_days = 10};
    measures[1] = (struct vg_intervention){.kind = VG_INTERVENTION_TRACING, .first_day = 40, .last_day = DAYS, .compliance = 0.4, .delay_days = 2, .duration_days = 10, .sensitivity = 0.9,
                                           .household_share = 0.8, .traced_share = {0, 0.5, 0.5, 0.2, 0.2}, .contact_days = 3, .quarantine_days = 10};
    for (uint8_t dose = 1; dose <= 2; dose++) {
        campaigns[dose - 1] = (struct vg_campaign){.first_day = 10 + 30 * (dose - 1), .last_day = DAYS, .dose = dose, .interval_days = 21, .priority = priority, .uptake = uptake,
                                                   .doses_per_day = doses_per_day};
    }
    told->world.keeps_log = true;
    told->world.input.mode = VG_CONTACTS_EXACT;
    told->world.input.measures = measures;
    told->world.input.n_measures = 2;
    told->world.input.campaigns = campaigns;
    told->world.input.n_campaigns = 2;
    told->world.input.hospital = (struct vg_hospital){.n_regions = 1, .region = region, .ward_beds = ward_beds, .icu_beds = icu_beds, .death_without_ward = 1.5, .death_without_icu = 2};
    told->world.input.on_steps = keep_steps;
    return run_on(&told->world, DAYS, pool);
}

static void run_told(struct told *told, struct vg_pool *pool)
{
    vg_epidemic_free(run_and_keep(told, pool));
}

/* Each day's steps against the engine's own counts; beds in use from steps alone against those that the engine says. */
static void steps_are_the_counts(void **state)
{
    (void)state;
    static struct told told;
    run_told(&told, NULL);
    double admitted[DAYS] = {0}, intensive[DAYS] = {0}, dead[DAYS] = {0}, dosed[DAYS] = {0}, without = 0;
    static uint8_t in_ward[2 * PERSONS], in_icu[2 * PERSONS];
    double ward = 0, icu = 0;
    size_t at = 0, away = 0;
    memset(in_ward, 0, sizeof in_ward);
    memset(in_icu, 0, sizeof in_icu);
    for (int32_t day = 0; day < DAYS; day++) {
        for (; at < told.n && told.steps[at].day == day; at++) {
            const struct vg_step *step = &told.steps[at];
            assert_true(at == 0 || step[-1].day < day || step[-1].person < step->person || (step[-1].person == step->person && step[-1].kind <= step->kind));
            away += step->kind == VG_STEP_AWAY;
            assert_true(step->kind != VG_STEP_AWAY || step->until > day);
            dosed[day] += step->kind == VG_STEP_DOSE;
            if (step->kind == VG_STEP_ADMISSION) {
                admitted[day]++;
                in_ward[step->person] = step->bed;
                ward += step->bed;
                without += !step->bed;
            } else if (step->kind == VG_STEP_ICU) {
                intensive[day] += step->bed;
                if (step->bed) {
                    ward -= in_ward[step->person];
                    in_ward[step->person] = 0;
                    in_icu[step->person] = 1;
                    icu++;
                }
            } else if (step->kind == VG_STEP_LEAVE) {
                dead[day] += step->dead;
                ward -= in_ward[step->person];
                icu -= in_icu[step->person];
                in_ward[step->person] = in_icu[step->person] = 0;
            }
        }
        vg_assert_near(admitted[day], told.world.counts[VG_COUNT_ADMISSIONS][day], 0);
        vg_assert_near(intensive[day], told.world.counts[VG_COUNT_ICU][day], 0);
        vg_assert_near(dead[day], told.world.counts[VG_COUNT_DEATHS][day], 0);
        vg_assert_near(dosed[day], told.world.counts[VG_COUNT_DOSES][day], 0);
        vg_assert_near(ward, told.world.ward_patients[day], 0);
        vg_assert_near(icu, told.world.icu_patients[day], 0);
    }
    assert_int_equal(at, told.n);
    vg_assert_near(without, told.world.without_ward, 0);
    assert_true(without > 20 && away > 500 && told.world.without_icu > 5 && total(&told.world, VG_COUNT_DOSES) > 5000);
    free(told.steps);
    release_world(&told.world);
}

/* The day on which somebody who is away may go out again; 0: is not away. */
static int32_t *away_until(const struct told *told, int32_t day, int32_t *until)
{
    for (size_t i = 0; i < told->n && told->steps[i].day <= day; i++) {
        if (told->steps[i].kind == VG_STEP_AWAY && told->steps[i].day == day) {
            until[told->steps[i].person] = told->steps[i].until;
        }
    }
    return until;
}

static void whoever_is_away_meets_the_household_only(void **state)
{
    (void)state;
    static struct told told;
    static int32_t until[2 * PERSONS];
    size_t at = 0, at_home = 0, immune = 0;
    memset(until, 0, sizeof until);
    run_told(&told, NULL);
    for (int32_t day = 0; day < DAYS; day++) {
        (void)away_until(&told, day, until);
        for (; at < told.world.n_log && told.world.log[at].day == day; at++) {
            const struct vg_infection *one = &told.world.log[at];
            bool infector_away = one->infector != UINT32_MAX && until[one->infector] > day, own = until[one->person] > day;
            assert_true(!(infector_away || own) || one->layer == VG_LAYER_HOUSEHOLD || one->layer == VG_LAYER_IMPORT);
            at_home += infector_away || own;
            assert_true(one->immunity >= 0 && one->immunity < 1 && (one->immunity <= 0 || one->doses > 0 || one->earlier_infections > 0));
            immune += one->immunity > 0.45;
        }
    }
    assert_true(at_home > 20 && immune > 20);
    free(told.steps);
    release_world(&told.world);
}

/* The last two times at home of everybody, from the steps: days from .. to - 1, one that is prolonged is one. */
struct times { int32_t from[2], to[2]; bool died; };

static void note_time(struct times *times, int32_t day, int32_t until)
{
    if (times->to[0] > 0 && day <= times->to[0] - 1) {
        times->to[0] = until > times->to[0] ? until : times->to[0];
        return;
    }
    times->from[1] = times->from[0];
    times->to[1] = times->to[0];
    times->from[0] = day;
    times->to[0] = until;
}

static size_t met_outside(const struct vg_epidemic *epidemic, uint32_t person, int32_t day)
{
    struct vg_contact_met met[400];
    size_t outside = 0, n = vg_epidemic_contacts(epidemic, person, day, met, 400);
    for (size_t i = 0; i < n; i++) {
        outside += met[i].layer != VG_LAYER_HOUSEHOLD;
    }
    return outside;
}

/* Asked after the run, whoever was at home met nobody else on any of these days, and somebody on the days before and after. */
static void the_last_two_times_at_home_are_known(void **state)
{
    (void)state;
    static struct told told;
    static struct times times[2 * PERSONS];
    struct vg_epidemic *epidemic = run_and_keep(&told, NULL);
    size_t twice = 0, days = 0, met = 0, asked = 0, dead = 0;
    memset(times, 0, sizeof times);
    for (size_t i = 0; i < told.n; i++) {
        const struct vg_step *step = &told.steps[i];
        times[step->person].died = times[step->person].died || (step->kind == VG_STEP_LEAVE && step->dead);
        if (step->kind == VG_STEP_AWAY && !times[step->person].died) {
            note_time(&times[step->person], step->day, step->until);
        }
    }
    for (uint32_t person = 0; person < vg_population_size(told.world.population); person++) {
        const struct times *own = &times[person];
        for (int k = 0; k < (own->died ? 1 : 2) && own->to[k] > 0; k++) {
            twice += (size_t)k;
            dead += own->died;
            for (int32_t day = own->from[k]; day < own->to[k] && day < DAYS; day++) {
                assert_int_equal(met_outside(epidemic, person, day), 0);
                days++;
            }
            int32_t before = own->from[k] - 1;
            if (before >= 0 && !(k == 0 && own->to[1] == own->from[0])) {
                met += met_outside(epidemic, person, before);
                asked++;
            }
            if (!own->died && own->to[k] < DAYS && !(k == 1 && own->to[1] == own->from[0])) {
                met += met_outside(epidemic, person, own->to[k]);
                asked++;
            }
        }
    }
    assert_true(twice > 100 && days > 5000 && dead > 5);
    double mean = (double)met / (double)asked, all = 0;
    for (uint32_t person = 0; person < 4000; person++) {
        all += (double)met_outside(epidemic, person * 13, 5) / 4000;
    }
    assert_true(mean > 0.6 * all); /* others are at home as well, and the young and old stay less often */
    vg_epidemic_free(epidemic);
    free(told.steps);
    release_world(&told.world);
}

static void threads_tell_the_same(void **state)
{
    (void)state;
    static struct told one, other;
    struct vg_pool *pool = vg_pool_new(5);
    run_told(&one, NULL);
    run_told(&other, pool);
    assert_int_equal(one.n, other.n);
    for (size_t i = 0; i < one.n; i++) {
        const struct vg_step *a = &one.steps[i], *b = &other.steps[i];
        assert_true(a->person == b->person && a->day == b->day && a->until == b->until && a->kind == b->kind && a->bed == b->bed && a->dead == b->dead && a->dose == b->dose);
    }
    vg_pool_free(pool);
    free(one.steps);
    free(other.steps);
    release_world(&one.world);
    release_world(&other.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_the_counts),
        cmocka_unit_test(whoever_is_away_meets_the_household_only),
        cmocka_unit_test(the_last_two_times_at_home_are_known),
        cmocka_unit_test(threads_tell_the_same),
    };
    return cmocka_run_group_tests_name("control/epidemic_steps", tests, NULL, NULL);
}
