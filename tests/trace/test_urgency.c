/*
 * Whom to visit first: against sums written out, simulation, and what must hold.
 */
#include "vg_test.h"

#include "trace/urgency/urgency.h"

static struct vg_urgency_contact contact_on(int32_t day)
{
    return (struct vg_urgency_contact){.attack = 0.2, .certainty = 1, .first = day, .last = day, .source_onset = VG_DATE_NONE, .seen_well = VG_DATE_NONE};
}

static void what_is_ahead_falls_with_the_days(void **state)
{
    (void)state;
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    double last = 1.0001;
    for (int32_t today = 100; today < 120; today++) {
        double ahead = vg_urgency_ahead(&model, 100, 100, today);
        assert_true(ahead < last && ahead >= 0);
        /* the gamma distribution of mean 5, sd 2 at half a day after today */
        vg_assert_near(ahead, vg_gamma_q(6.25, (today - 100 + 0.5) / 0.8), 1e-12);
        last = ahead;
    }
    assert_true(last < 1e-4);
    vg_assert_near(vg_urgency_ahead(&model, 100, 101, 104), (vg_gamma_q(6.25, 4.5 / 0.8) + vg_gamma_q(6.25, 3.5 / 0.8)) / 2, 1e-12);
}

/* A thousand times a thousand contacts: how many of those seen well by the day are infected. */
static void infected_given_what_was_seen_is_as_simulated(void **state)
{
    (void)state;
    enum { N = 400000 };
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    struct vg_urgency_contact contact = contact_on(100);
    contact.seen_well = 106;
    struct vg_random random = vg_random_stream(7, 0, 0, 0);
    size_t well = 0, well_infected = 0, ill = 0, ill_infected = 0;
    for (size_t i = 0; i < N; i++) {
        bool infected = vg_random_uniform(&random) < 0.2;
        double onset = vg_random_gamma(&random, 4, 1.25);
        bool shows = infected ? vg_random_uniform(&random) >= model.asymptomatic : vg_random_uniform(&random) < model.other_symptoms;
        bool seen = shows && (!infected || onset <= 6.5);
        well += !seen;
        well_infected += !seen && infected;
        ill += shows;
        ill_infected += shows && infected;
    }
    vg_assert_near(vg_urgency_infected(&model, &contact), (double)well_infected / (double)well, 0.003);
    contact.symptoms = true;
    vg_assert_near(vg_urgency_infected(&model, &contact), (double)ill_infected / (double)ill, 0.006);
}

static void rank_follows_reason(void **state)
{
    (void)state;
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    struct vg_urgency_contact near = contact_on(100), far = contact_on(100), old = contact_on(90), early = contact_on(100);
    double infected = 0;
    far.attack = 0.02;
    assert_true(vg_urgency_forward(&model, &near, 102, &infected) > vg_urgency_forward(&model, &far, 102, NULL));
    vg_assert_near(infected, 0.2, 1e-12);
    assert_true(vg_urgency_forward(&model, &near, 102, NULL) > vg_urgency_forward(&model, &old, 102, NULL));
    near.quarantined = true;
    vg_assert_near(vg_urgency_forward(&model, &near, 102, NULL), 0.3 * vg_urgency_forward(&model, &(struct vg_urgency_contact){0.2, 1, 100, 100, VG_DATE_NONE, VG_DATE_NONE, false, false}, 102, NULL), 1e-12);
    /* The source is most infectious about its onset, and not before its own infection. */
    early.source_onset = 100;
    double at_onset = vg_urgency_infected(&model, &early);
    early.source_onset = 106;
    assert_true(vg_urgency_infected(&model, &early) == 0);
    early.source_onset = 85;
    assert_true(vg_urgency_infected(&model, &early) < 0.01 * at_onset);
    early.last = 102; /* a span that reaches the best day is as good as that day */
    early.first = 80;
    vg_assert_near(vg_urgency_infected(&model, &early), 0.2, 1e-12);
}

/* Infectors chosen by one of those they infected: the mean of the others is R (1 + 1/k). */
static void infectors_of_found_cases_are_size_biased(void **state)
{
    (void)state;
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    model.reproduction = 1.5;
    model.dispersion = 0.4;
    struct vg_random random = vg_random_stream(8, 0, 0, 0);
    double sum = 0, weights = 0;
    for (size_t i = 0; i < 300000; i++) {
        double offspring = (double)vg_random_negative_binomial(&random, 1.5, 0.4);
        sum += offspring * (offspring - 1);
        weights += offspring;
    }
    vg_assert_near(vg_urgency_others(&model, 0), sum / weights, 0.1);
    vg_assert_near(vg_urgency_others(&model, 0), 1.5 * 3.5, 1e-12);
    assert_true(vg_urgency_others(&model, 50) == 0);
    vg_assert_near(vg_urgency_backward(&model, 0.5, 3, 100, 100, 100), 0.5 * (5.25 - 2) * 1.5 * vg_urgency_ahead(&model, 100, 100, 100), 1e-12);
}

static void sources_share_one_probability(void **state)
{
    (void)state;
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    const struct vg_urgency_exposure exposures[] = {{0.1, 96, 96}, {0.1, 70, 70}, {0.1, 101, 105}, {0.3, 90, 99}};
    double p[4];
    vg_urgency_sources(&model, 100, exposures, 4, 0.1, p);
    assert_true(p[1] < 1e-4 && p[2] == 0); /* too early, and after the onset */
    assert_true(p[3] > p[0]);
    double sum = p[0] + p[1] + p[2] + p[3];
    assert_true(sum < 1 && sum > 0.5);
    /* 0.1 at its likeliest, 0.3 at its likeliest, 0.1 elsewhere */
    vg_assert_near(p[3], 0.3 / (0.3 + 0.1 * p[0] / p[3] * 3 + 0.1), 1e-4);
    vg_urgency_sources(&model, VG_DATE_NONE, exposures, 4, 0.4, p);
    vg_assert_near(p[0], 0.1, 1e-12);
}

static void what_infected_others_is_likelier(void **state)
{
    (void)state;
    struct vg_urgency_model model;
    vg_urgency_defaults(&model);
    model.dispersion = 0.5;
    /* One case alone is as by vg_urgency_sources. */
    const struct vg_urgency_exposure exposures[] = {{0.1, 96, 96}, {0.3, 90, 99}};
    double expected[3], p[8], alone[2];
    struct vg_urgency_link links[8] = {{0, 0, vg_urgency_weight(&model, 100, &exposures[0])}, {0, 1, vg_urgency_weight(&model, 100, &exposures[1])}};
    vg_urgency_sources(&model, 100, exposures, 2, 0.1, alone);
    vg_urgency_share(&model, links, 2, 2, 0.1, expected, p);
    vg_assert_near(p[0], alone[0], 1e-12);
    vg_assert_near(p[1], alone[1], 1e-12);
    /* Two cases of one source each: the fixed point of p = a (1 + p/k) / (w + a (1 + p/k)), a = w = 0.1. */
    const struct vg_urgency_link pair[] = {{0, 0, 0.1}, {1, 0, 0.1}};
    vg_urgency_share(&model, pair, 2, 1, 0.1, expected, p);
    double x = p[0];
    vg_assert_near(p[1], x, 1e-6);
    vg_assert_near(x, (1 + x / 0.5) / (2 + x / 0.5), 1e-6);
    vg_assert_near(expected[0], 2 * x, 1e-6);
    assert_true(x > 0.5);
    /* Four cases at one gathering, each at another one too that nobody else was at: the shared one is likelier for all. */
    for (size_t i = 0; i < 4; i++) {
        links[2 * i] = (struct vg_urgency_link){i, 0, 0.1};
        links[2 * i + 1] = (struct vg_urgency_link){i, 1 + (i > 1), 0.1};
    }
    vg_urgency_share(&model, links, 8, 3, 0.1, expected, p);
    for (size_t i = 0; i < 4; i++) {
        assert_true(p[2 * i] > 2 * p[2 * i + 1] && p[2 * i] + p[2 * i + 1] < 1);
    }
    vg_assert_near(expected[0], p[0] + p[2] + p[4] + p[6], 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ahead_falls_with_the_days), cmocka_unit_test(infected_given_what_was_seen_is_as_simulated), cmocka_unit_test(rank_follows_reason),
        cmocka_unit_test(infectors_of_found_cases_are_size_biased), cmocka_unit_test(sources_share_one_probability), cmocka_unit_test(what_infected_others_is_likelier),
    };
    return vg_run_group_tests("urgency", tests, NULL, NULL);
}
