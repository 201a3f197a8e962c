/*
 * Survival, logistic regression, matching, screening and weighting: figures of R 4.2 with survival 3.5-3 and glm on rows made by a formula, and calibration on
 * simulated people whose truth is known.
 */
#include "vg_test.h"

#include "control/effectiveness/effectiveness.h"

#define ROWS 200

struct rows {
    double x[2 * ROWS], time[ROWS], entry[ROWS], weight[ROWS], y[ROWS], treated[ROWS];
    uint8_t event[ROWS], group[ROWS], outcome[ROWS];
    uint32_t stratum[ROWS], cluster[ROWS];
};

static void make_rows(struct rows *rows)
{
    for (size_t i = 0; i < ROWS; i++) {
        rows->x[2 * i] = (double)(i * 7919 % 101) / 100;
        rows->x[2 * i + 1] = (double)(i % 2);
        rows->time[i] = (double)(1 + (i * i * 31 + 17 * i) % 40);
        rows->entry[i] = floor(rows->time[i] * (double)(i * 37 % 5) / 10);
        rows->event[i] = i * 13 % 10 < 6;
        rows->stratum[i] = (uint32_t)(i % 3);
        rows->weight[i] = 1 + (double)(i % 4) / 2;
        rows->group[i] = i * 53 % 7 < 3;
        rows->cluster[i] = (uint32_t)(i % 50);
        rows->y[i] = i * 29 % 11 < 5;
        rows->outcome[i] = (i * 41 + rows->group[i] * 3UL) % 13 < 4UL - rows->group[i];
    }
}

struct fitted {
    double beta[2], variance[3], null, likelihood, chi[3];
};

static void expect_fit(const struct vg_cox_data *data, enum vg_ties ties, const struct fitted *expected)
{
    struct vg_arena arena;
    struct vg_error error;
    struct vg_cox_fit fit;
    struct vg_proportional test;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_effectiveness_cox(data, ties, &arena, &fit, &error), error);
    assert_int_equal(fit.status, VG_EFFECT_OK);
    vg_assert_near(fit.beta[0], expected->beta[0], 1e-8);
    vg_assert_near(fit.beta[1], expected->beta[1], 1e-8);
    vg_assert_near(fit.covariance[0], expected->variance[0], 1e-8);
    vg_assert_near(fit.covariance[1], expected->variance[1], 1e-8);
    vg_assert_near(fit.covariance[3], expected->variance[2], 1e-8);
    vg_assert_near(fit.log_likelihood_null, expected->null, 1e-7);
    vg_assert_near(fit.log_likelihood, expected->likelihood, 1e-7);
    vg_assert_ok(vg_effectiveness_proportional(data, ties, &fit, &arena, &test, &error), error);
    vg_assert_near(test.chi_square[0], expected->chi[0], 1e-6);
    vg_assert_near(test.chi_square[1], expected->chi[1], 1e-6);
    vg_assert_near(test.chi_square_all, expected->chi[2], 1e-6);
    vg_arena_release(&arena);
}

static void cox_agrees_with_survival(void **state)
{
    (void)state;
    struct rows rows;
    make_rows(&rows);
    struct vg_cox_data data = {.n = ROWS, .p = 2, .exit = rows.time, .event = rows.event, .x = rows.x};
    expect_fit(&data, VG_TIES_EFRON,
               &(struct fitted){{-0.0348780582902, 0.0414759327112},
                                {0.1000398677696, -0.0011216837069, 0.0339272159127},
                                -533.9126260327,
                                -533.8816618430,
                                {0.0219323327714, 3.7069833203139, 3.7473455659717}});
    expect_fit(&data, VG_TIES_BRESLOW,
               &(struct fitted){{-0.01585663505521, 0.00020751077208},
                                {0.09970222565584, -0.00130271311848, 0.03335035496713},
                                -543.2859413237,
                                -543.2846804992,
                                {0.0116329271992, 1.9186358713750, 1.9401866778345}});
    data.stratum = rows.stratum;
    expect_fit(&data, VG_TIES_EFRON,
               &(struct fitted){{0.0097373711614, 0.0226335811192},
                                {0.10204418949199, -0.00168507995094, 0.03399511556291},
                                -403.5200219385,
                                -403.5119081916,
                                {0.00159453256463, 2.89955796475746, 2.92064880341286}});
    data.entry = rows.entry;
    expect_fit(&data, VG_TIES_EFRON,
               &(struct fitted){{0.1262447637852, 0.0120763320958},
                                {0.10166156522648, -0.00214798891893, 0.03409579704256},
                                -374.0077432669,
                                -373.9261445489,
                                {0.230528810092, 3.679588931616, 4.053205439617}});
    data.stratum = NULL;
    data.weight = rows.weight;
    expect_fit(&data, VG_TIES_EFRON,
               &(struct fitted){{0.0655272370009, 0.0943464129748},
                                {0.0574038721890, -0.0012411518510, 0.0200350172995},
                                -1014.588496642,
                                -1014.320895284,
                                {0.666181706882, 7.715232598526, 8.628054112945}});
}

static void influence_agrees_with_survival(void **state)
{
    (void)state;
    static struct rows rows;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_cox_fit fit;
    double *influence = NULL, robust[4];
    make_rows(&rows);
    vg_arena_init(&arena, 0);
    struct vg_cox_data data = {.n = ROWS, .p = 2, .entry = rows.entry, .exit = rows.time, .event = rows.event, .x = rows.x, .stratum = rows.stratum};
    vg_assert_ok(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), error);
    vg_assert_ok(vg_effectiveness_cox_influence(&data, VG_TIES_EFRON, &fit, &arena, &influence, &error), error);
    const double of_r[] = {-0.03452611281126, -0.01470748319913, -0.01251331360230, 0.01612592462093,
                           -0.04699402165343, 0.02480995591341,  0.00692038636051,  -0.00378493230124};
    for (size_t i = 0; i < 8; i++) {
        vg_assert_near(influence[i], of_r[i], 1e-8);
    }
    data.stratum = NULL;
    data.weight = rows.weight;
    vg_assert_ok(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), error);
    vg_assert_ok(vg_effectiveness_cox_influence(&data, VG_TIES_EFRON, &fit, &arena, &influence, &error), error);
    vg_assert_ok(vg_effectiveness_clustered(influence, ROWS, 2, rows.cluster, 50, &arena, robust, &error), error);
    vg_assert_near(robust[0], 0.069098935971059, 1e-8);
    vg_assert_near(robust[1], 0.000756938807659, 1e-8);
    vg_assert_near(robust[3], 0.070987770425590, 1e-8);
    const struct vg_cox_data plain = {.n = ROWS, .p = 2, .exit = rows.time, .event = rows.event, .x = rows.x};
    vg_assert_ok(vg_effectiveness_cox(&plain, VG_TIES_BRESLOW, &arena, &fit, &error), error);
    vg_assert_ok(vg_effectiveness_cox_influence(&plain, VG_TIES_BRESLOW, &fit, &arena, &influence, &error), error);
    vg_assert_ok(vg_effectiveness_clustered(influence, ROWS, 2, rows.cluster, 50, &arena, robust, &error), error);
    vg_assert_near(robust[0], 0.06350465641333, 1e-8);
    vg_assert_near(robust[3], 0.06215767255104, 1e-8);
    vg_arena_release(&arena);
}

static void effects_by_period_agree_with_survival(void **state)
{
    (void)state;
    static struct rows rows;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_cox_fit fit;
    struct vg_cox_split split;
    const double cuts[] = {10, 25}, beta[] = {0.0023019160963, -0.4234047492510, 0.6899000626729, -0.0414184460922},
                 variance[] = {1.33399392857e-01, 8.34161883794e-02, 1.13393753901e-01, 1.00263863875e-01};
    make_rows(&rows);
    vg_arena_init(&arena, 0);
    const struct vg_cox_data data = {.n = ROWS, .p = 2, .exit = rows.time, .event = rows.event, .x = rows.x};
    vg_assert_ok(vg_effectiveness_split(&data, 1, NULL, cuts, 2, &arena, &split, &error), error);
    vg_assert_ok(vg_effectiveness_cox(&split.data, VG_TIES_EFRON, &arena, &fit, &error), error);
    for (size_t j = 0; j < 4; j++) {
        vg_assert_near(fit.beta[j], beta[j], 1e-8);
        vg_assert_near(fit.covariance[j * 4 + j], variance[j], 1e-8);
    }
    vg_assert_near(fit.log_likelihood, -530.6200011245, 1e-7);
    vg_arena_release(&arena);
}

static void survival_and_log_rank_agree_with_survival(void **state)
{
    (void)state;
    static struct rows rows;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_survival_curve curve;
    struct vg_log_rank test;
    double survival, spread;
    make_rows(&rows);
    vg_arena_init(&arena, 0);
    struct vg_cox_data data = {.n = ROWS, .p = 1, .entry = rows.entry, .exit = rows.time, .event = rows.event, .x = rows.y};
    vg_assert_ok(vg_effectiveness_kaplan_meier(&data, NULL, 0, &arena, &curve, &error), error);
    const double times[] = {10, 20, 39}, expected[] = {0.6204545454545, 0.4821614583333, 0.0960556030273},
                 errors[] = {0.0606453600200, 0.0521024899666, 0.0274883723189};
    for (size_t i = 0; i < 3; i++) {
        vg_effectiveness_survival_at(&curve, times[i], &survival, &spread);
        vg_assert_near(survival, expected[i], 1e-10);
        vg_assert_near(spread, errors[i], 1e-10);
    }
    data.entry = NULL;
    vg_assert_ok(vg_effectiveness_log_rank(&data, rows.group, &arena, &test, &error), error);
    vg_assert_near(test.expected[0], 74.082059, 1e-6);
    vg_assert_near(test.chi_square, 1.0693087, 1e-6);
    data.stratum = rows.stratum;
    vg_assert_ok(vg_effectiveness_log_rank(&data, rows.group, &arena, &test, &error), error);
    vg_assert_near(test.chi_square, 1.16541854288, 1e-9);
    vg_arena_release(&arena);
}

static void logistic_agrees_with_glm(void **state)
{
    (void)state;
    static struct rows rows;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_logistic_fit fit;
    make_rows(&rows);
    vg_arena_init(&arena, 0);
    const struct vg_logistic_data data = {.n = ROWS, .p = 2, .x = rows.x, .cases = rows.y};
    vg_assert_ok(vg_effectiveness_logistic(&data, &arena, &fit, &error), error);
    assert_int_equal(fit.status, VG_EFFECT_OK);
    const double beta[] = {-0.1475493142644, -0.0254333755006, -0.0404328999651}, variance[] = {0.1000449562170, 0.236371574873572, 0.080666260333158};
    for (size_t j = 0; j < 3; j++) {
        vg_assert_near(fit.beta[j], beta[j], 1e-8);
        vg_assert_near(fit.covariance[j * 3 + j], variance[j], 2e-6); /* glm's is of the last step but one */
    }
    vg_assert_near(fit.deviance, 275.613777814, 1e-7);
    vg_arena_release(&arena);
}

static void what_has_no_finite_estimate_says_so(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_cox_fit fit;
    struct vg_logistic_fit logistic;
    double time[40], x[40], y[40];
    uint8_t event[40];
    for (size_t i = 0; i < 40; i++) {
        time[i] = (double)(1 + i % 20);
        x[i] = i < 20 ? 0 : 1;
        event[i] = i < 20;
        y[i] = i < 20 ? 0 : 1;
    }
    vg_arena_init(&arena, 0);
    struct vg_cox_data data = {.n = 40, .p = 1, .exit = time, .event = event, .x = x};
    vg_assert_ok(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), error);
    assert_int_equal(fit.status, VG_EFFECT_SEPARATED);
    const struct vg_logistic_data outcomes = {.n = 40, .p = 1, .x = x, .cases = y};
    vg_assert_ok(vg_effectiveness_logistic(&outcomes, &arena, &logistic, &error), error);
    assert_int_equal(logistic.status, VG_EFFECT_SEPARATED);
    memset(event, 0, sizeof event);
    vg_assert_ok(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), error);
    assert_int_equal(fit.status, VG_EFFECT_NO_EVENTS);
    x[3] = NAN;
    assert_int_equal(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

static void screening_agrees_with_glm(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_screening out;
    const struct vg_screening_row rows[] = {{120, 30, 0.40}, {85, 28, 0.55}, {60, 25, 0.62}, {40, 20, 0.74}};
    const double alone[] = {0.5, 0.598086124402, 0.562211981567, 0.648648648649};
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < 4; i++) {
        vg_effectiveness_screening_one(&rows[i], &out);
        vg_assert_near(out.effect, alone[i], 1e-10);
    }
    vg_effectiveness_screening_one(&rows[0], &out);
    vg_assert_near(out.low, 0.236637505191, 1e-9);
    vg_assert_near(out.high, 0.680793651043, 1e-9);
    vg_assert_ok(vg_effectiveness_screening(rows, 4, &arena, &out, &error), error);
    vg_assert_near(out.effect, 0.568463428818, 1e-9);
    vg_assert_near(out.low, 0.449164509791, 1e-7);
    vg_assert_near(out.high, 0.661924811350, 1e-7);
    vg_assert_near(out.heterogeneity, 0.996384205459, 1e-7);
    const struct vg_screening_row bad = {10, 2, 1};
    assert_int_equal(vg_effectiveness_screening(&bad, 1, &arena, &out, &error), VG_USAGE_ERROR);
    const struct vg_screening_row none = {10, 0, 0.5};
    vg_effectiveness_screening_one(&none, &out);
    assert_int_equal(out.status, VG_EFFECT_NO_EVENTS);
    assert_true(out.effect == 1 && out.low > 0.5 && out.high == 1);
    vg_arena_release(&arena);
}

static void weighting_agrees_with_r(void **state)
{
    (void)state;
    static struct rows rows;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_treatment out;
    make_rows(&rows);
    vg_arena_init(&arena, 0);
    const struct vg_treatment_data data = {.n = ROWS, .p = 2, .x = rows.x, .treated = rows.group, .outcome = rows.outcome};
    const struct vg_treatment_settings settings = {.n_bootstrap = 0};
    vg_assert_ok(vg_effectiveness_treatment(&data, &settings, &arena, &out, &error), error);
    vg_assert_near(out.risk[0], 0.3054060733421, 1e-8);
    vg_assert_near(out.risk[1], 0.2107881729268, 1e-8);
    vg_assert_near(out.effect[VG_RISK_RATIO], 0.6901898532014, 1e-8);
    vg_assert_near(out.largest_weight, 1.0836885955743, 1e-8);
    vg_assert_near((out.high[VG_RISK_DIFFERENCE] - out.low[VG_RISK_DIFFERENCE]) / (2 * 1.959963984540054), 0.0616835190143, 1e-7);
    vg_assert_near(vg_effectiveness_e_value(3.9), 7.263, 0.001); /* VanderWeele and Ding's own example: 7.26 */
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------- calibration */

#define PEOPLE 3000
#define TRUE_RATIO 0.3
#define TOWNS 60

struct town {
    int32_t outcome[PEOPLE], censored[PEOPLE], vaccinated[PEOPLE];
    double x[PEOPLE];
    uint32_t exact[PEOPLE];
};

/* The old are vaccinated first and die more; a wave on days 60 .. 120; protection of 1 - TRUE_RATIO from the 14th day after the dose. */
static void make_town(struct town *town, uint32_t seed)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct vg_random random = vg_random_stream(seed, i, 0, 1);
        double age = floor(50 + 40 * vg_random_uniform(&random));
        town->x[i] = age;
        town->exact[i] = vg_random_below(&random, 2);
        bool ever = vg_random_uniform(&random) < 0.8;
        town->vaccinated[i] = ever ? (int32_t)(10 + (90 - age) + 60 * vg_random_uniform(&random)) : VG_DATE_NONE;
        town->outcome[i] = town->censored[i] = VG_DATE_NONE;
        for (int32_t day = 1; day <= 200; day++) {
            double hazard = 0.0006 * exp(0.06 * (age - 60)) * (day >= 60 && day < 120 ? 3 : 1) * (town->exact[i] ? 1.5 : 1);
            hazard *= ever && day > town->vaccinated[i] + 14 ? TRUE_RATIO : 1;
            if (vg_random_uniform(&random) < 1 - exp(-hazard)) {
                town->outcome[i] = day;
                break;
            }
            if (vg_random_uniform(&random) < 0.0005) {
                town->censored[i] = day;
                break;
            }
        }
        if (ever && ((town->outcome[i] != VG_DATE_NONE && town->outcome[i] <= town->vaccinated[i]) ||
                     (town->censored[i] != VG_DATE_NONE && town->censored[i] <= town->vaccinated[i]))) {
            town->vaccinated[i] = VG_DATE_NONE;
        }
    }
}

struct tally {
    size_t n, covered;
    double sum, squares, variance;
};

static void estimate_town(const struct town *town, enum vg_cohort_design design, struct tally *tally)
{
    static const double caliper = 2;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_follow_up follow;
    struct vg_cox_fit fit;
    vg_arena_init(&arena, 0);
    const struct vg_cohort cohort = {.n = PEOPLE,
                                     .outcome = town->outcome,
                                     .censored = town->censored,
                                     .vaccinated = town->vaccinated,
                                     .exact = town->exact,
                                     .near = town->x,
                                     .caliper = &caliper,
                                     .n_near = 1};
    const struct vg_cohort_settings settings = {.design = design, .start = 1, .end = 200, .delay_days = 15};
    vg_assert_ok(vg_effectiveness_follow(&cohort, &settings, &arena, &follow, &error), error);
    double *x = VG_ARENA_ARRAY(&arena, double, 3 * follow.n);
    for (size_t i = 0; i < follow.n; i++) {
        x[3 * i] = follow.vaccinated[i];
        x[3 * i + 1] = town->x[follow.person[i]];
        x[3 * i + 2] = town->exact[follow.person[i]];
    }
    const struct vg_cox_data data = {.n = follow.n, .p = 3, .entry = follow.entry, .exit = follow.exit, .event = follow.event, .x = x};
    vg_assert_ok(vg_effectiveness_cox(&data, VG_TIES_EFRON, &arena, &fit, &error), error);
    double *variance = NULL;
    vg_assert_ok(vg_effectiveness_pair_variance(&data, VG_TIES_EFRON, &fit, &follow, PEOPLE, NULL, &arena, &variance, &error), error);
    assert_true((variance == fit.covariance) == (follow.n_pairs == 0));
    double spread = 1.96 * sqrt(variance[0]);
    tally->n++;
    tally->variance += variance[0];
    tally->squares += fit.beta[0] * fit.beta[0];
    tally->sum += fit.beta[0];
    tally->covered += fabs(fit.beta[0] - log(TRUE_RATIO)) <= spread ? 1 : 0;
    vg_arena_release(&arena);
}

static void cohorts_find_the_truth(void **state)
{
    (void)state;
    static struct town town;
    struct tally tallies[4] = {{0}};
    const enum vg_cohort_design designs[] = {VG_COHORT_MATCHED, VG_COHORT_PERSON_TIME, VG_COHORT_NEVER, VG_COHORT_UNMATCHED};
    for (uint32_t seed = 1; seed <= TOWNS; seed++) {
        make_town(&town, seed);
        for (size_t d = 0; d < 4; d++) {
            estimate_town(&town, designs[d], &tallies[d]);
        }
    }
    for (size_t d = 0; d < 4; d++) {
        print_message("design %zu: mean log ratio %.4f (truth %.4f), covered %zu of %zu\n", d, tallies[d].sum / (double)tallies[d].n, log(TRUE_RATIO),
                      tallies[d].covered, tallies[d].n);
    }
    /* Partners chosen by what happens to them later, and groups as they ended up, are wrong by much more than chance. */
    assert_true(tallies[2].covered < 30 && tallies[3].covered < 30);
    /* Of 60 intervals of 95 %, fewer than 51 or a mean more than 0.09 off come up less than once in a thousand times. */
    for (size_t d = 0; d < 2; d++) {
        const double mean = tallies[d].sum / TOWNS, between = (tallies[d].squares - TOWNS * mean * mean) / (TOWNS - 1), said = tallies[d].variance / TOWNS;
        vg_assert_near(mean, log(TRUE_RATIO), 0.09);
        assert_true(tallies[d].covered >= 51);
        /* What the variance says is what the towns differ by; 60 of them tell it to a factor of 1.8, one in a thousand times. */
        print_message("design %zu: variance %.4f, between towns %.4f\n", d, said, between);
        assert_true(said < 1.8 * between && between < 1.8 * said);
    }
}

static void pairs_are_what_they_should_be(void **state)
{
    (void)state;
    static struct town town;
    static const double caliper = 2;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_follow_up follow;
    bool taken[PEOPLE] = {false};
    make_town(&town, 5);
    vg_arena_init(&arena, 0);
    const struct vg_cohort cohort = {.n = PEOPLE,
                                     .outcome = town.outcome,
                                     .censored = town.censored,
                                     .vaccinated = town.vaccinated,
                                     .exact = town.exact,
                                     .near = town.x,
                                     .caliper = &caliper,
                                     .n_near = 1};
    const struct vg_cohort_settings settings = {.design = VG_COHORT_MATCHED, .start = 1, .end = 200, .delay_days = 15, .at_days = 60};
    vg_assert_ok(vg_effectiveness_follow(&cohort, &settings, &arena, &follow, &error), error);
    assert_true(follow.n_pairs > 500);
    assert_int_equal(follow.n, 2 * follow.n_pairs);
    for (size_t i = 0; i < follow.n; i += 2) {
        size_t a = follow.person[i], b = follow.person[i + 1];
        int32_t start = town.vaccinated[a] + 15;
        assert_true(follow.vaccinated[i] && !follow.vaccinated[i + 1] && follow.pair[i] == follow.pair[i + 1]);
        assert_int_equal(town.exact[a], town.exact[b]);
        assert_true(fabs(town.x[a] - town.x[b]) <= caliper && !taken[b]);
        taken[b] = true;
        assert_true(town.outcome[a] == VG_DATE_NONE || town.outcome[a] > start);
        assert_true(town.outcome[b] == VG_DATE_NONE || town.outcome[b] > start);
        for (size_t k = i; k < i + 2; k++) {
            assert_true(follow.exit[k] > 0 && follow.exit[k] <= 60);
            assert_true(town.vaccinated[b] == VG_DATE_NONE || start + follow.exit[k] < town.vaccinated[b]);
            assert_int_equal(follow.event[k], town.outcome[follow.person[k]] == start + (int32_t)follow.exit[k]);
        }
    }
    vg_arena_release(&arena);
}

static void test_negative_and_weighting_find_the_truth(void **state)
{
    (void)state;
    static double x[2 * PEOPLE], y[PEOPLE];
    static uint8_t treated[PEOPLE], outcome[PEOPLE];
    size_t covered_odds = 0, covered_risk = 0, covered_boot = 0, n = 60;
    for (uint32_t seed = 1; seed <= n; seed++) {
        struct vg_arena arena;
        struct vg_error error;
        struct vg_logistic_fit fit;
        struct vg_treatment out;
        double risk[2] = {0, 0};
        vg_arena_init(&arena, 0);
        for (uint32_t i = 0; i < PEOPLE; i++) {
            struct vg_random random = vg_random_stream(seed, i, 0, 2);
            double sick = vg_random_normal(&random), base = -1 + 0.8 * sick;
            treated[i] = vg_random_uniform(&random) < 1 / (1 + exp(-0.9 * sick));
            double with = 1 / (1 + exp(-(base - 0.7))), without = 1 / (1 + exp(-base));
            risk[0] += without / PEOPLE;
            risk[1] += with / PEOPLE;
            outcome[i] = vg_random_uniform(&random) < (treated[i] ? with : without);
            x[2 * i] = treated[i];
            x[2 * i + 1] = sick;
            y[i] = outcome[i];
        }
        const struct vg_logistic_data data = {.n = PEOPLE, .p = 2, .x = x, .cases = y};
        vg_assert_ok(vg_effectiveness_logistic(&data, &arena, &fit, &error), error);
        covered_odds += fabs(fit.beta[1] + 0.7) <= 1.96 * sqrt(fit.covariance[4]) ? 1 : 0;
        static double sick[PEOPLE];
        for (size_t i = 0; i < PEOPLE; i++) {
            sick[i] = x[2 * i + 1];
        }
        const struct vg_treatment_data patients = {.n = PEOPLE, .p = 1, .x = sick, .treated = treated, .outcome = outcome};
        const struct vg_treatment_settings settings = {.n_bootstrap = 100, .seed = seed};
        vg_assert_ok(vg_effectiveness_treatment(&patients, &settings, &arena, &out, &error), error);
        assert_int_equal(out.status, VG_EFFECT_OK);
        assert_true(fabs(out.difference_before[0]) > 0.5 && fabs(out.difference_after[0]) < 0.1);
        covered_risk += out.low[VG_RISK_DIFFERENCE] <= risk[1] - risk[0] && out.high[VG_RISK_DIFFERENCE] >= risk[1] - risk[0] ? 1 : 0;
        covered_boot += out.boot_low[VG_RISK_RATIO] <= risk[1] / risk[0] && out.boot_high[VG_RISK_RATIO] >= risk[1] / risk[0] ? 1 : 0;
        vg_arena_release(&arena);
    }
    print_message("covered: odds ratio %zu, risk difference %zu, bootstrapped risk ratio %zu of %zu\n", covered_odds, covered_risk, covered_boot, n);
    assert_true(covered_odds >= 51 && covered_risk >= 51 && covered_boot >= 49);
}

/* Patients leave before their outcome is known; the sicker are treated. Exponential times, so that risks up to a day are known. */
static void treatment_in_time_finds_the_truth(void **state)
{
    (void)state;
    static double sick[PEOPLE], time[PEOPLE];
    static uint8_t treated[PEOPLE], outcome[PEOPLE];
    size_t n = 40, covered = 0, hazards = 0;
    double mean = 0;
    for (uint32_t seed = 1; seed <= n; seed++) {
        struct vg_arena arena;
        struct vg_error error;
        struct vg_treatment out;
        double risk[2] = {0, 0};
        vg_arena_init(&arena, 0);
        for (uint32_t i = 0; i < PEOPLE; i++) {
            struct vg_random random = vg_random_stream(seed, i, 0, 8);
            sick[i] = vg_random_below(&random, 2);
            treated[i] = vg_random_uniform(&random) < (sick[i] > 0 ? 0.7 : 0.3);
            double rate[2] = {0.01 * exp(0.9 * sick[i]), 0.006 * exp(0.9 * sick[i])};
            double until = ceil(-log(vg_random_uniform(&random)) / rate[treated[i]]), seen = ceil(-log(vg_random_uniform(&random)) / 0.02);
            outcome[i] = until <= seen;
            time[i] = fmin(until, seen);
            for (size_t k = 0; k < 2; k++) {
                risk[k] += (1 - exp(-28 * rate[k])) / PEOPLE;
            }
        }
        const struct vg_treatment_data patients = {.n = PEOPLE, .p = 1, .x = sick, .treated = treated, .outcome = outcome, .time = time};
        const struct vg_treatment_settings settings = {.at = 28, .n_bootstrap = 80, .seed = seed};
        vg_assert_ok(vg_effectiveness_treatment(&patients, &settings, &arena, &out, &error), error);
        double truth = risk[1] / risk[0];
        covered += out.boot_low[VG_RISK_RATIO] <= truth && out.boot_high[VG_RISK_RATIO] >= truth ? 1 : 0;
        hazards += out.hazard_low < 0.65 && out.hazard_high > 0.6 ? 1 : 0;
        mean += (out.effect[VG_RISK_RATIO] / truth - 1) / (double)n;
        assert_true(isnan(out.low[VG_RISK_RATIO]) && !isnan(out.p_proportional));
        vg_arena_release(&arena);
    }
    print_message("in time: risk ratio covered %zu of %zu, off by %.3f on average; hazard ratio %zu\n", covered, n, mean, hazards);
    assert_true(covered >= 33 && fabs(mean) < 0.03 && hazards >= 34);
}

static void an_unlike_group_is_not_compared(void **state)
{
    (void)state;
    static double x[400];
    static uint8_t treated[400], outcome[400];
    struct vg_arena arena;
    struct vg_error error;
    struct vg_treatment out;
    for (size_t i = 0; i < 400; i++) {
        treated[i] = i % 2;
        x[i] = (double)(i % 97) / 97 + (treated[i] ? 0.9 : 0);
        outcome[i] = i % 5 == 0 || i % 7 == 0;
    }
    vg_arena_init(&arena, 0);
    const struct vg_treatment_data data = {.n = 400, .p = 1, .x = x, .treated = treated, .outcome = outcome};
    const struct vg_treatment_settings settings = {.n_bootstrap = 0};
    vg_assert_ok(vg_effectiveness_treatment(&data, &settings, &arena, &out, &error), error);
    assert_int_equal(out.status, VG_EFFECT_NO_OVERLAP);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cox_agrees_with_survival),
        cmocka_unit_test(influence_agrees_with_survival),
        cmocka_unit_test(effects_by_period_agree_with_survival),
        cmocka_unit_test(survival_and_log_rank_agree_with_survival),
        cmocka_unit_test(logistic_agrees_with_glm),
        cmocka_unit_test(what_has_no_finite_estimate_says_so),
        cmocka_unit_test(screening_agrees_with_glm),
        cmocka_unit_test(weighting_agrees_with_r),
        cmocka_unit_test(pairs_are_what_they_should_be),
        cmocka_unit_test(an_unlike_group_is_not_compared),
        vg_statistics(cohorts_find_the_truth),
        vg_statistics(test_negative_and_weighting_find_the_truth),
        vg_statistics(treatment_in_time_finds_the_truth),
    };
    return vg_run_group_tests("effectiveness", tests, NULL, NULL);
}
