/*
 * What theory says of an epidemic: final sizes with and without ages against plain iteration, Euler-Lotka there and back, extinction, and Reed-Frost households
 * against Bailey's tables by hand and against simulation.
 */
#include "vg_test.h"

#include "control/mixing/mixing.h"
#include "control/theory/theory.h"

static void final_size_is_known(void **state)
{
    (void)state;
    vg_assert_near(vg_theory_final_size(1.5), 0.58281, 5e-6);
    vg_assert_near(vg_theory_final_size(2.0), 0.79681, 5e-6);
    vg_assert_near(vg_theory_final_size(3.0), 0.94048, 5e-6);
    assert_true(vg_theory_final_size(1.0) == 0.0 && vg_theory_final_size(0.4) == 0.0);
    assert_true(isnan(vg_theory_final_size(NAN)));
    for (double r = 1.0001; r < 30.0; r *= 1.07) {
        double z = vg_theory_final_size(r);
        assert_true(z > 0.0 && z <= 1.0);
        vg_assert_near(z, -expm1(-r * z), 1e-13);
    }
}

static void uniform_ages_equal_the_scalar(void **state)
{
    (void)state;
    static const double numbers[] = {1.05, 1.5, 1.9, 2.0, 3.0, 4.0, 12.0};
    double share[7] = {0.05, 0.15, 0.2, 0.1, 0.3, 0.15, 0.05}, contacts[49], transmission[49], susceptibility[7], attack[7];
    struct vg_error error;
    for (size_t cell = 0; cell < 49; cell++) {
        contacts[cell] = 13.0 * share[cell % 7];
        susceptibility[cell % 7] = 1.0;
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        double q = vg_mixing_scale(contacts, NULL, NULL, 7, numbers[k], transmission);
        vg_assert_near(q, numbers[k] / 13.0, 1e-12);
        const struct vg_final_size_problem problem = {7, 1, transmission, susceptibility, NULL};
        vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
        for (size_t band = 0; band < 7; band++) {
            vg_assert_near(attack[band], vg_theory_final_size(numbers[k]), 1e-9);
        }
    }
    double below = vg_mixing_scale(contacts, NULL, NULL, 7, 0.9, transmission);
    assert_true(below > 0.0);
    const struct vg_final_size_problem problem = {7, 1, transmission, susceptibility, NULL};
    vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
    for (size_t band = 0; band < 7; band++) {
        vg_assert_near(attack[band], 0.0, 1e-9);
    }
}

/* The equations by plain repetition from above: slow, and nothing can go wrong. */
static void repeat(const struct vg_final_size_problem *problem, double *attack)
{
    size_t n = problem->n_bands, m = problem->n_groups;
    for (size_t cell = 0; cell < n * m; cell++) {
        attack[cell] = 1.0;
    }
    for (int round = 0; round < 20000; round++) {
        double share[32];
        for (size_t band = 0; band < n; band++) {
            share[band] = 0.0;
            for (size_t group = 0; group < m; group++) {
                share[band] += (problem->share == NULL ? 1.0 : problem->share[band * m + group]) * attack[band * m + group];
            }
        }
        for (size_t band = 0; band < n; band++) {
            double pressure = 0.0;
            for (size_t other = 0; other < n; other++) {
                pressure += problem->transmission[band * n + other] * share[other];
            }
            for (size_t group = 0; group < m; group++) {
                attack[band * m + group] = 1.0 - exp(-problem->susceptibility[band * m + group] * pressure);
            }
        }
    }
}

static void ages_and_groups_equal_plain_iteration(void **state)
{
    (void)state;
    enum { N = 6, M = 3 };
    struct vg_error error;
    for (uint32_t run = 0; run < 60; run++) {
        struct vg_random random = vg_random_stream(41, run, 0, 0);
        double contacts[N * N], population[N], s[N * M], p[N * M], mean_s[N], transmission[N * N], attack[N * M], slow[N * M];
        for (size_t i = 0; i < N; i++) {
            double sum = 0.0;
            population[i] = 1.0 + 5.0 * vg_random_uniform(&random);
            for (size_t g = 0; g < M; g++) {
                p[i * M + g] = vg_random_gamma(&random, 1.0, 1.0);
                s[i * M + g] = g == 2 ? 0.0 : 0.3 + vg_random_uniform(&random);
                sum += p[i * M + g];
            }
            mean_s[i] = 0.0;
            for (size_t g = 0; g < M; g++) {
                p[i * M + g] /= sum;
                mean_s[i] += p[i * M + g] * s[i * M + g];
            }
            for (size_t j = 0; j < N; j++) {
                contacts[i * N + j] = vg_random_gamma(&random, 0.7, 2.0) * population[j < i ? j : i];
            }
        }
        vg_mixing_make_reciprocal(population, N, contacts);
        double wanted = 0.7 + 4.0 * vg_random_uniform(&random);
        (void)vg_mixing_scale(contacts, mean_s, NULL, N, fabs(wanted - 1.0) < 0.05 ? 1.3 : wanted, transmission);
        const struct vg_final_size_problem problem = {N, M, transmission, s, p};
        vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
        repeat(&problem, slow);
        for (size_t cell = 0; cell < N * M; cell++) {
            assert_true(attack[cell] >= 0.0 && attack[cell] <= 1.0);
            vg_assert_near(attack[cell], slow[cell], 1e-8);
            assert_true(cell % M != 2 || attack[cell] == 0.0);
        }
    }
}

static double mean_attack(const double *contacts, const double *population, const double *susceptibility, size_t n, double q)
{
    double transmission[32 * 32], attack[32], infected = 0.0, people = 0.0;
    struct vg_error error;
    for (size_t cell = 0; cell < n * n; cell++) {
        transmission[cell] = q * contacts[cell];
    }
    const struct vg_final_size_problem problem = {n, 1, transmission, susceptibility, NULL};
    vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
    for (size_t band = 0; band < n; band++) {
        infected += attack[band] * population[band];
        people += population[band];
    }
    return infected / people;
}

static void less_susceptible_means_fewer_and_mixing_by_age_too(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_age_pyramid pyramid;
    struct vg_contact_matrices matrices;
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75);
    double population[16], total[256], full[16], less[16];
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_country_age_pyramid(vg_text_from("CO"), &pyramid, &error), error);
    vg_assert_ok(vg_mixing_default(&pyramid, NULL, &bands, &arena, &matrices, &error), error);
    vg_age_pyramid_group(&pyramid, &bands, population);
    vg_contact_matrices_total(&matrices, total);
    for (size_t band = 0; band < 16; band++) {
        full[band] = 1.0;
        less[band] = band < 4 ? 0.5 : 1.0;
    }
    for (double r = 1.2; r < 6.0; r += 0.6) {
        double q = vg_mixing_scale(total, full, NULL, 16, r, NULL);
        double with_ages = mean_attack(total, population, full, 16, q);
        assert_true(with_ages < vg_theory_final_size(r));           /* never above the homogeneous bound */
        assert_true(mean_attack(total, population, less, 16, q) < with_ages);
    }
    vg_arena_release(&arena);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    double k[4] = {1.0, 0.5, 0.5, 1.0}, s[4] = {1.0, 0.5, 1.0, 0.5}, p[4] = {0.5, 0.5, 0.5, 0.4}, attack[4];
    struct vg_error error;
    const struct vg_final_size_problem shares = {2, 2, k, s, p};
    assert_int_equal(vg_theory_final_size_by_age(&shares, attack, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "band 2 sum to 0.9"));
    p[3] = 0.5;
    k[1] = -1.0;
    assert_int_equal(vg_theory_final_size_by_age(&shares, attack, &error), VG_DATA_ERROR);
    k[1] = NAN;
    assert_int_equal(vg_theory_final_size_by_age(&shares, attack, &error), VG_DATA_ERROR);
}

static void growth_and_reproduction_number(void **state)
{
    (void)state;
    double generation[40] = {0.0}, sum = 0.0, shape = 5.5 * 5.5 / (2.14 * 2.14), scale = 5.5 / shape;
    for (size_t day = 1; day < 40; day++) {
        generation[day] = vg_gamma_cdf((double)day + 0.5, shape, scale) - vg_gamma_cdf((double)day - 0.5, shape, scale);
        sum += generation[day];
    }
    for (size_t day = 1; day < 40; day++) {
        generation[day] /= sum;
    }
    for (double r = 0.05; r < 20.0; r *= 1.3) {
        double growth = vg_theory_growth_from_reproduction(r, generation, 40);
        vg_assert_near(vg_theory_reproduction_from_growth(growth, generation, 40), r, 1e-10 * r);
        double smooth = vg_theory_growth_from_reproduction_gamma(r, 5.5, 2.14);
        vg_assert_near(vg_theory_reproduction_from_growth_gamma(smooth, 5.5, 2.14), r, 1e-10 * r);
        vg_assert_near(growth, smooth, 0.005 + 0.02 * fabs(smooth));
    }
    vg_assert_near(vg_theory_growth_from_reproduction(1.0, generation, 40), 0.0, 1e-12);
    /* An exponential generation time is the SIR model: R = 1 + growth * mean. */
    vg_assert_near(vg_theory_reproduction_from_growth_gamma(0.1, 5.0, 5.0), 1.5, 1e-12);
    assert_true(isnan(vg_theory_reproduction_from_growth_gamma(-0.3, 5.0, 5.0)));
    assert_true(isnan(vg_theory_growth_from_reproduction(0.0, generation, 40)));
    /* One day of fixed length: R = exp(growth * days). */
    double fixed[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    vg_assert_near(vg_theory_growth_from_reproduction(2.0, fixed, 8), log(2.0) / 7.0, 1e-13);
}

static void chains_die_out(void **state)
{
    (void)state;
    assert_true(vg_theory_extinction(0.9, 0.1) == 1.0 && vg_theory_extinction(1.0, INFINITY) == 1.0);
    /* Geometric offspring (k = 1): 1 / R. Poisson offspring: 1 minus the final size. */
    for (double r = 1.1; r < 8.0; r += 0.7) {
        vg_assert_near(vg_theory_extinction(r, 1.0), 1.0 / r, 1e-12);
        vg_assert_near(vg_theory_extinction(r, INFINITY), 1.0 - vg_theory_final_size(r), 1e-12);
        assert_true(vg_theory_extinction(r, 0.1) > vg_theory_extinction(r, 1.0));
    }
    unsigned died = 0;
    enum { CHAINS = 20000 };
    for (uint32_t chain = 0; chain < CHAINS; chain++) {
        struct vg_random random = vg_random_stream(7, chain, 0, 0);
        int64_t cases = 1, generation = 0;
        while (cases > 0 && cases < 400 && generation++ < 200) {
            cases = vg_random_negative_binomial(&random, 2.5 * (double)cases, 0.16 * (double)cases);
        }
        died += cases == 0;
    }
    double expected = vg_theory_extinction(2.5, 0.16);
    vg_assert_near(died / (double)CHAINS, expected, 4.0 * sqrt(expected * (1.0 - expected) / CHAINS));
}

static void households(void **state)
{
    (void)state;
    double p[65], q = 0.7;
    /* Two at risk and one case, by hand: q^2, then 2 (1-q) q * q, the rest. */
    vg_theory_reed_frost(2, 1, q, p);
    vg_assert_near(p[0], q * q, 1e-14);
    vg_assert_near(p[1], 2.0 * (1.0 - q) * q * q, 1e-14);
    vg_assert_near(p[2], 1.0 - q * q - 2.0 * (1.0 - q) * q * q, 1e-14);
    vg_theory_reed_frost(5, 1, 1.0, p);
    vg_assert_near(p[0], 1.0, 1e-14);
    vg_theory_reed_frost(5, 1, 0.0, p);
    vg_assert_near(p[5], 1.0, 1e-14);
    vg_theory_reed_frost(0, 1, 0.5, p);
    vg_assert_near(p[0], 1.0, 1e-14);
    for (size_t susceptible = 1; susceptible <= 64; susceptible += 7) {
        double sum = 0.0;
        vg_theory_reed_frost(susceptible, 2, 0.9, p);
        for (size_t k = 0; k <= susceptible; k++) {
            sum += p[k];
        }
        vg_assert_near(sum, 1.0, 1e-9);
    }
    /* Against drawing it: five at risk, two cases. */
    enum { RUNS = 40000 };
    double seen[6] = {0.0};
    for (uint32_t run = 0; run < RUNS; run++) {
        struct vg_random random = vg_random_stream(9, run, 0, 0);
        int64_t left = 5, active = 2;
        while (active > 0 && left > 0) {
            active = vg_random_binomial(&random, left, 1.0 - pow(q, (double)active));
            left -= active;
        }
        seen[5 - left] += 1.0 / RUNS;
    }
    vg_theory_reed_frost(5, 2, q, p);
    for (size_t k = 0; k <= 5; k++) {
        vg_assert_near(seen[k], p[k], 4.0 * sqrt(p[k] * (1.0 - p[k]) / RUNS) + 1e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(final_size_is_known),
        cmocka_unit_test(uniform_ages_equal_the_scalar),
        cmocka_unit_test(ages_and_groups_equal_plain_iteration),
        cmocka_unit_test(less_susceptible_means_fewer_and_mixing_by_age_too),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(growth_and_reproduction_number),
        cmocka_unit_test(chains_die_out),
        cmocka_unit_test(households),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
