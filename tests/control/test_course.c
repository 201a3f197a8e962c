/*
 * The engine's parameters from published figures: what is made of them must give the figures back.
 */
#include "vg_test.h"

#include "control/course/course.h"
#include "control/theory/theory.h"

static double protected_at(struct vg_protection p, double t)
{
    if (t < p.delay_days) {
        return 0.0;
    }
    return p.half_life_days > 0.0 ? p.final + (p.initial - p.final) * exp2(-(t - p.delay_days) / p.half_life_days) : p.initial;
}

struct made { struct vg_disease_facts facts; struct vg_vaccines vaccines; struct vg_disease disease; struct vg_age_pyramid pyramid; size_t products[2], variants[3]; };

static void make(struct made *made, struct vg_arena *arena, const char *first)
{
    struct vg_error error;
    vg_assert_ok(vg_disease_shipped(vg_text_from("covid19"), &made->facts, &error), error);
    vg_assert_ok(vg_vaccines_shipped(arena, &made->vaccines, &error), error);
    vg_assert_ok(vg_country_age_pyramid(vg_text_from("CO"), &made->pyramid, &error), error);
    made->products[0] = vg_vaccines_product(&made->vaccines, vg_text_from("bnt162b2"));
    made->products[1] = vg_vaccines_product(&made->vaccines, vg_text_from("coronavac"));
    made->variants[0] = vg_disease_variant(&made->facts, vg_text_from(first));
    made->variants[1] = vg_disease_variant(&made->facts, vg_text_from("gamma"));
    made->variants[2] = vg_disease_variant(&made->facts, vg_text_from("omicron"));
    const struct vg_course_choice choice = {vg_age_bands_regular(10, 80), &made->pyramid, 3, made->variants, 2, made->products};
    vg_assert_ok(vg_course_disease(&made->facts, &made->vaccines, &choice, arena, &made->disease, &error), error);
}

static void fatality_is_given_back(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct made made;
    vg_arena_init(&arena, 0);
    make(&made, &arena, "covid19");
    const struct vg_disease *d = &made.disease;
    assert_int_equal(d->n_ages, 9);
    for (size_t band = 0; band < 8; band++) {
        double admitted = d->symptomatic[band] * d->ward[band], in_icu = admitted * d->icu[band];
        double deaths = in_icu * d->death_icu[band] + (admitted - in_icu) * d->death_ward[band] + (d->symptomatic[band] - admitted) * d->death_home[band];
        vg_assert_near(admitted, made.facts.course.admission_share[band * 10], 1e-12);
        vg_assert_near(deaths, made.facts.course.fatality[band * 10], 1e-12);
        assert_true(d->death_icu[band] <= 0.5 && d->death_ward[band] >= 0.0);
    }
    vg_assert_near(d->susceptibility[0], 0.34, 1e-12);
    /* 80 and over: between the two figures of which it is made, nearer to the more numerous. */
    double last = 0.0, people = 0.0;
    for (int age = 80; age < VG_AGE_YEARS; age++) {
        last += made.pyramid.population[age] * made.facts.course.fatality[age];
        people += made.pyramid.population[age];
    }
    double admitted = d->symptomatic[8] * d->ward[8], in_icu = admitted * d->icu[8];
    vg_assert_near(in_icu * d->death_icu[8] + (admitted - in_icu) * d->death_ward[8] + (d->symptomatic[8] - admitted) * d->death_home[8], last / people, 1e-12);
    vg_arena_release(&arena);
}

static void deaths_are_shared_out(void **state)
{
    (void)state;
    double icu, ward, home;
    vg_course_deaths(0.5, 0.1, 0.2, 0.004, 0.5, &icu, &ward, &home); /* fewer than intensive care would lose */
    vg_assert_near(icu, 0.2, 1e-12);
    assert_true(ward == 0.0 && home == 0.0);
    vg_course_deaths(0.5, 0.1, 0.2, 0.2, 0.5, &icu, &ward, &home); /* more than hospitals hold */
    assert_true(icu == 0.5 && ward == 1.0);
    vg_assert_near(home, (0.2 - 0.01 - 0.08) / 0.4, 1e-12);
    vg_course_deaths(0.5, 0.0, 0.0, 0.1, 0.5, &icu, &ward, &home); /* no hospital */
    assert_true(icu == 0.0 && ward == 0.0 && home == 0.2);
}

static void the_profile_is_the_generation_time(void **state)
{
    (void)state;
    for (double mean = 2.0; mean < 16.0; mean += 1.7) {
        double share[61], generation[62] = {0.0}, first = 0.0, second = 0.0;
        size_t n = vg_course_profile((struct vg_days_law){mean, 0.45 * mean}, share, 61);
        for (size_t k = 0; k < n; k++) {
            generation[k + 1] = share[k];
            first += share[k] * (double)(k + 1);
            second += share[k] * (double)((k + 1) * (k + 1));
        }
        vg_assert_near(first, mean, 0.01 * mean);
        vg_assert_near(sqrt(second - first * first), 0.45 * mean, 0.05 * mean + 0.1);
        double growth = vg_theory_growth_from_reproduction(2.0, generation, n + 1);
        vg_assert_near(growth, vg_theory_growth_from_reproduction_gamma(2.0, mean, 0.45 * mean), 0.04 * growth + 0.004);
    }
}

static void protection_wanes_through_its_points(void **state)
{
    (void)state;
    const double days[3] = {14.0, 114.0, 214.0}, halves[3] = {0.8, 0.4, 0.2}, level[2] = {0.7, 0.7}, nothing[2] = {0.5, 0.0};
    struct vg_protection p = vg_course_protection(days, halves, 3);
    vg_assert_near(p.half_life_days, 100.0, 1e-9);
    vg_assert_near(p.initial, 0.8, 1e-12);
    p = vg_course_protection(days, level, 2);
    assert_true(p.half_life_days == 0.0 && fabs(p.initial - 0.7) < 1e-12 && p.delay_days == 14.0);
    p = vg_course_protection(days, nothing, 2);
    vg_assert_near(protected_at(p, 14.0), 0.5, 1e-9);
    assert_true(protected_at(p, 114.0) < 0.03);
}

static void effects_in_turn_multiply_to_the_measured(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct made made;
    vg_arena_init(&arena, 0);
    make(&made, &arena, "delta");
    /* BNT162b2, two doses, Delta, two weeks and 160 days after: what was measured against disease and severe disease. */
    static const double days[2] = {14.0, 160.0}, disease[2] = {0.88, 0.663}, severe[2] = {0.96, 0.917};
    for (size_t k = 0; k < 2; k++) {
        double infection = protected_at(made.disease.products[0].infection[1], days[k]), ill = protected_at(made.disease.products[0].disease[1], days[k]),
               bad = protected_at(made.disease.products[0].severe[1], days[k]);
        double against_disease = 1.0 - (1.0 - infection) * (1.0 - ill), against_severe = 1.0 - (1.0 - infection) * (1.0 - ill) * (1.0 - bad);
        /* Infection was measured once (0.80) and is level: it bounds what disease can wane to. */
        vg_assert_near(against_disease, fmax(disease[k], 0.80), 0.02);
        vg_assert_near(against_severe, severe[k], 0.03);
    }
    /* CoronaVac against infection was not measured: four fifths of that against disease. */
    vg_assert_near(protected_at(made.disease.products[1].infection[1], 14.0), 0.8 * 0.659, 1e-9);
    vg_assert_near(1.0 - (1.0 - protected_at(made.disease.products[1].infection[1], 14.0)) * (1.0 - protected_at(made.disease.products[1].disease[1], 14.0)), 0.659, 1e-9);
    /* Former infections protect from the start and hardly wane against variants before Omicron. */
    assert_true(protected_at(made.disease.natural_infection, 90.0) > 0.8 && protected_at(made.disease.natural_infection, 280.0) > 0.75);
    assert_true(made.disease.n_variants == 3 && made.disease.variants[2].vaccine_kept < 0.8);
    vg_assert_near(made.disease.variants[2].immunity_from[0], 0.61, 1e-12);
    vg_assert_near(made.disease.variants[0].transmissibility, 1.97, 1e-12);
    vg_arena_release(&arena);
}

static void choices_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct made made;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    make(&made, &arena, "covid19");
    struct vg_course_choice choice = {vg_age_bands_regular(10, 80), &made.pyramid, 3, made.variants, 2, made.products};
    made.variants[1] = 77;
    assert_int_equal(vg_course_disease(&made.facts, &made.vaccines, &choice, &arena, &made.disease, &error), VG_USAGE_ERROR);
    made.variants[1] = 1;
    assert_int_equal(vg_course_disease(&made.facts, NULL, &choice, &arena, &made.disease, &error), VG_USAGE_ERROR);
    choice.n_products = 0;
    vg_assert_ok(vg_course_disease(&made.facts, NULL, &choice, &arena, &made.disease, &error), error);
    assert_true(made.disease.natural_infection.initial == 0.0);
    choice.bands = vg_age_bands_regular(2, 90);
    assert_int_equal(vg_course_disease(&made.facts, NULL, &choice, &arena, &made.disease, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fatality_is_given_back),
        cmocka_unit_test(deaths_are_shared_out),
        cmocka_unit_test(the_profile_is_the_generation_time),
        cmocka_unit_test(protection_wanes_through_its_points),
        cmocka_unit_test(effects_in_turn_multiply_to_the_measured),
        cmocka_unit_test(choices_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
