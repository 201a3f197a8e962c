/*
 * Contact matrices: reciprocity, other bands, balancing and eigenvalues against plain arithmetic; the default against the totals it is made from; and the fit: persons in
 * households, schools and workplaces are simulated as the fit says, and the contacts counted must be the wanted ones. Commuting against all pairs by hand.
 */
#include "vg_test.h"

#include "control/mixing/mixing.h"

#define N 16

static struct vg_age_pyramid country(const char *code)
{
    struct vg_age_pyramid pyramid;
    struct vg_error error;
    vg_assert_ok(vg_country_age_pyramid(vg_text_from(code), &pyramid, &error), error);
    return pyramid;
}

static double row_sum(const double *contacts, size_t n, size_t row)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        sum += contacts[row * n + j];
    }
    return sum;
}

static double per_person(const double *contacts, const double *population, size_t n)
{
    double meetings = 0.0, people = 0.0;
    for (size_t i = 0; i < n; i++) {
        meetings += population[i] * row_sum(contacts, n, i);
        people += population[i];
    }
    return meetings / people;
}

static void random_matrix(uint32_t run, size_t n, double *population, double *contacts)
{
    struct vg_random random = vg_random_stream(3, run, 0, 0);
    for (size_t i = 0; i < n; i++) {
        population[i] = 10.0 + 90.0 * vg_random_uniform(&random);
        for (size_t j = 0; j < n; j++) {
            contacts[i * n + j] = vg_random_gamma(&random, 0.8, 1.0);
        }
    }
}

static void reciprocity(void **state)
{
    (void)state;
    double population[N], contacts[N * N], before[N * N];
    for (uint32_t run = 0; run < 20; run++) {
        random_matrix(run, N, population, contacts);
        population[5] = run % 2 == 0 ? 0.0 : population[5];
        memcpy(before, contacts, sizeof before);
        vg_mixing_make_reciprocal(population, N, contacts);
        vg_assert_near(vg_mixing_reciprocity_gap(population, N, contacts), 0.0, 1e-15);
        /* Both sides' meetings are kept together, and a second time changes nothing. */
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double both = population[i] * before[i * N + j] + population[j] * before[j * N + i];
                double now = population[i] * contacts[i * N + j] + population[j] * contacts[j * N + i];
                assert_true(population[i] == 0.0 || population[j] == 0.0 ? now == 0.0 : fabs(now - both) < 1e-9);
            }
        }
        memcpy(before, contacts, sizeof before);
        vg_mixing_make_reciprocal(population, N, contacts);
        for (size_t cell = 0; cell < N * N; cell++) {
            vg_assert_near(contacts[cell], before[cell], 1e-12);
        }
    }
}

static void other_bands(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_age_pyramid pyramid = country("BR");
    const struct vg_age_bands five = vg_age_bands_regular(5, 75), twenty = {4, {0, 20, 40, 60}}, odd = {5, {0, 3, 18, 52, 80}}, one = {1, {0}}, years = vg_age_bands_regular(1, 100);
    struct vg_contact_matrices from, to, back, whole;
    double fine[N], coarse[8];
    vg_arena_init(&arena, 0);
    assert_true(vg_contact_matrices_new(&five, &arena, &from));
    vg_age_pyramid_group(&pyramid, &five, fine);
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        double unused[N];
        random_matrix(100 + (uint32_t)setting, N, unused, from.contacts[setting]);
        vg_mixing_make_reciprocal(fine, N, from.contacts[setting]);
    }
    /* Joined by hand: meetings between groups are sums of meetings. */
    vg_assert_ok(vg_mixing_regroup(&from, &pyramid, &twenty, &arena, &to, &error), error);
    vg_age_pyramid_group(&pyramid, &twenty, coarse);
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        for (size_t i = 0; i < 4; i++) {
            for (size_t j = 0; j < 4; j++) {
                double meetings = 0.0;
                for (size_t a = 0; a < N; a++) {
                    for (size_t b = 0; b < N; b++) {
                        bool here = (a / 4 < 3 ? a / 4 : 3) == i && (b / 4 < 3 ? b / 4 : 3) == j;
                        meetings += here ? fine[a] * from.contacts[setting][a * N + b] : 0.0;
                    }
                }
                vg_assert_near(to.contacts[setting][i * 4 + j], meetings / coarse[i], 1e-9);
            }
        }
        assert_true(vg_mixing_reciprocity_gap(coarse, 4, to.contacts[setting]) < 1e-12);
    }
    /* Bands that cut across keep meetings and reciprocity; by years and back is as before. */
    vg_assert_ok(vg_mixing_regroup(&from, &pyramid, &odd, &arena, &to, &error), error);
    vg_age_pyramid_group(&pyramid, &odd, coarse);
    vg_assert_ok(vg_mixing_regroup(&from, &pyramid, &years, &arena, &whole, &error), error);
    vg_assert_ok(vg_mixing_regroup(&whole, &pyramid, &five, &arena, &back, &error), error);
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        vg_assert_near(per_person(to.contacts[setting], coarse, 5), per_person(from.contacts[setting], fine, N), 1e-9);
        assert_true(vg_mixing_reciprocity_gap(coarse, 5, to.contacts[setting]) < 1e-12);
        for (size_t cell = 0; cell < N * N; cell++) {
            vg_assert_near(back.contacts[setting][cell], from.contacts[setting][cell], 1e-9);
        }
    }
    vg_assert_ok(vg_mixing_regroup(&from, &pyramid, &one, &arena, &to, &error), error);
    vg_assert_near(to.contacts[0][0], per_person(from.contacts[0], fine, N), 1e-9);
    const struct vg_age_bands wrong = {2, {5, 10}};
    assert_int_equal(vg_mixing_regroup(&from, &pyramid, &wrong, &arena, &to, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

static void balancing(void **state)
{
    (void)state;
    double population[N], kernel[N * N], totals[N], contacts[N * N];
    struct vg_error error;
    for (uint32_t run = 0; run < 20; run++) {
        random_matrix(run, N, population, kernel);
        for (size_t i = 0; i < N; i++) {
            totals[i] = i == 7 ? 0.0 : 1.0 + (double)((i * 7 + run) % 5);
            for (size_t j = 0; j < i; j++) {
                kernel[i * N + j] = kernel[j * N + i] = fabs((double)i - (double)j) > 10.0 ? 0.0 : kernel[i * N + j];
            }
        }
        vg_assert_ok(vg_mixing_balance(kernel, population, totals, N, contacts, &error), error);
        assert_true(vg_mixing_reciprocity_gap(population, N, contacts) < 1e-12);
        for (size_t i = 0; i < N; i++) {
            vg_assert_near(row_sum(contacts, N, i), totals[i], 1e-7);
            for (size_t j = 0; j < N; j++) {
                assert_true(kernel[i * N + j] > 0.0 || contacts[i * N + j] == 0.0);
            }
        }
    }
    /* Two bands that may only meet each other cannot have different numbers of meetings. */
    double apart[4] = {0.0, 1.0, 1.0, 0.0}, people[2] = {10.0, 10.0}, uneven[2] = {1.0, 2.0}, even[2] = {2.0, 2.0}, out[4];
    assert_int_equal(vg_mixing_balance(apart, people, uneven, 2, out, &error), VG_DATA_ERROR);
    vg_assert_ok(vg_mixing_balance(apart, people, even, 2, out, &error), error);
    vg_assert_near(out[1], 2.0, 1e-8);
}

static void eigenvalues(void **state)
{
    (void)state;
    double swings[4] = {0.0, 2.0, 8.0, 0.0}, upper[4] = {3.0, 5.0, 0.0, 2.0}, nothing[4] = {0.0}, vector[N];
    vg_assert_near(vg_mixing_dominant_eigenvalue(swings, 2, vector), 4.0, 1e-10);
    vg_assert_near(vector[0], 1.0 / 3.0, 1e-10);
    vg_assert_near(vg_mixing_dominant_eigenvalue(upper, 2, NULL), 3.0, 1e-9);
    assert_true(vg_mixing_dominant_eigenvalue(nothing, 2, NULL) == 0.0);
    assert_true(isnan(vg_mixing_scale(nothing, NULL, NULL, 2, 2.0, NULL)));
    double population[N], contacts[N * N], transmission[N * N], susceptibility[N], infectiousness[N], next[N * N];
    for (uint32_t run = 0; run < 20; run++) {
        random_matrix(run, N, population, contacts);
        double value = vg_mixing_dominant_eigenvalue(contacts, N, vector);
        for (size_t i = 0; i < N; i++) {
            double image = 0.0;
            for (size_t j = 0; j < N; j++) {
                image += contacts[i * N + j] * vector[j];
            }
            vg_assert_near(image, value * vector[i], 1e-10 * value);
            susceptibility[i] = 0.4 + 0.1 * (double)i;
            infectiousness[i] = 1.5 - 0.05 * (double)i;
        }
        assert_true(vg_mixing_scale(contacts, susceptibility, infectiousness, N, 2.7, transmission) > 0.0);
        for (size_t cell = 0; cell < N * N; cell++) {
            next[cell] = susceptibility[cell / N] * transmission[cell];
        }
        vg_assert_near(vg_mixing_dominant_eigenvalue(next, N, NULL), 2.7, 1e-9);
    }
}

static void the_default_is_made_of_its_facts(void **state)
{
    (void)state;
    static const char *const countries[] = {"CO", "GT", "UY", "CN", "HT", "AG"};
    struct vg_error error;
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75);
    for (size_t k = 0; k < sizeof countries / sizeof *countries; k++) {
        struct vg_arena arena;
        struct vg_contact_matrices matrices;
        struct vg_age_pyramid pyramid = country(countries[k]);
        struct vg_mixing_assumptions assumptions = vg_mixing_assumptions_default();
        double population[N], working = 0.0;
        vg_arena_init(&arena, 0);
        vg_age_pyramid_group(&pyramid, &bands, population);
        vg_assert_ok(vg_mixing_default(&pyramid, NULL, &bands, &arena, &matrices, &error), error);
        for (int age = 0; age < VG_AGE_YEARS; age++) {
            working += pyramid.population[age] * assumptions.employment[age] / vg_age_pyramid_total(&pyramid);
        }
        vg_assert_near(per_person(matrices.contacts[VG_SETTING_HOME], population, N), 4.11, 1e-6);
        vg_assert_near(per_person(matrices.contacts[VG_SETTING_OTHER], population, N), 2.79, 1e-6);
        vg_assert_near(per_person(matrices.contacts[VG_SETTING_WORK], population, N), 8.07 * working, 1e-6);
        vg_assert_near(row_sum(matrices.contacts[VG_SETTING_SCHOOL], N, 2), 11.41 * 0.95, 0.4); /* 10-14 years */
        for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
            assert_true(vg_mixing_reciprocity_gap(population, N, matrices.contacts[setting]) < 1e-9);
        }
        const double *home = matrices.contacts[VG_SETTING_HOME], *school = matrices.contacts[VG_SETTING_SCHOOL], *other = matrices.contacts[VG_SETTING_OTHER];
        /* A child of 5-9 meets those a generation older at home more than people half-way; pupils meet their age; the community is proportionate. */
        assert_true(home[1 * N + 7] / population[7] > 2.0 * home[1 * N + 4] / population[4]);
        assert_true(school[2 * N + 2] > 0.5 * row_sum(school, N, 2) && school[2 * N + 12] < 0.1 * school[2 * N + 2]);
        vg_assert_near(other[3 * N + 5] / population[5], other[9 * N + 1] / population[1], 1e-12);
        vg_arena_release(&arena);
    }
}

/* --------------------------------------------- a population, and its contacts */

enum { PEOPLE = 60000, DAYS = 40 };
struct society {
    uint8_t band[PEOPLE];
    uint32_t place[3][PEOPLE], n_places[3];
    uint32_t *start[3], *members[3];     /* by place */
    uint32_t *by_band[N];
    size_t n_by_band[N];
};

static int draw_age(struct vg_random *random, double mean, double sd, int low, int high)
{
    double age = mean + sd * vg_random_normal(random);
    return age < low ? low : age > high ? high : (int)age;
}

static void settle(struct society *society, uint32_t person, int age, struct vg_random *random)
{
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75);
    society->band[person] = (uint8_t)vg_age_band_of(&bands, age);
    bool pupil = age >= 4 && age < 18, works = age >= 18 && age < 68 && vg_random_uniform(random) < 0.7;
    bool teaches = works && vg_random_uniform(random) < 0.05;
    /* Schools of about 300 within which ages mix, workplaces of about 12. */
    society->place[1][person] = pupil || teaches ? vg_random_below(random, PEOPLE / 1000) : VG_MIXING_NO_PLACE;
    society->place[2][person] = works && !teaches ? vg_random_below(random, PEOPLE / 25) : VG_MIXING_NO_PLACE;
}

static void index_places(struct society *society, struct vg_arena *arena)
{
    society->n_places[1] = PEOPLE / 1000;
    society->n_places[2] = PEOPLE / 25;
    for (size_t layer = 0; layer < 3; layer++) {
        uint32_t *start = society->start[layer] = VG_ARENA_ARRAY(arena, uint32_t, society->n_places[layer] + 2);
        society->members[layer] = VG_ARENA_ARRAY(arena, uint32_t, PEOPLE);
        for (size_t k = 0; k < PEOPLE; k++) {
            start[society->place[layer][k] == VG_MIXING_NO_PLACE ? society->n_places[layer] + 1 : society->place[layer][k] + 1] += society->place[layer][k] != VG_MIXING_NO_PLACE;
        }
        for (size_t k = 1; k <= society->n_places[layer]; k++) {
            start[k] += start[k - 1];
        }
        uint32_t *next = VG_ARENA_ARRAY(arena, uint32_t, society->n_places[layer] + 1);
        memcpy(next, start, society->n_places[layer] * sizeof *next);
        for (uint32_t k = 0; k < PEOPLE; k++) {
            if (society->place[layer][k] != VG_MIXING_NO_PLACE) {
                society->members[layer][next[society->place[layer][k]]++] = k;
            }
        }
    }
    for (size_t band = 0; band < N; band++) {
        society->by_band[band] = VG_ARENA_ARRAY(arena, uint32_t, PEOPLE);
    }
    for (uint32_t k = 0; k < PEOPLE; k++) {
        society->by_band[society->band[k]][society->n_by_band[society->band[k]]++] = k;
    }
}

/* Couples with children and some grandparents, people alone. */
static struct society *make_society(struct vg_arena *arena, uint64_t seed)
{
    struct society *society = VG_ARENA_ARRAY(arena, struct society, 1);
    struct vg_random random = vg_random_stream(seed, 0, 0, 0);
    uint32_t person = 0, household = 0;
    while (person < PEOPLE) {
        int head = draw_age(&random, 45.0, 16.0, 20, 95), ages[10] = {head}, n = 1;
        if (vg_random_uniform(&random) < 0.75) {
            ages[n++] = draw_age(&random, head, 4.0, 18, 95);
        }
        int64_t children = head < 68 ? vg_random_poisson(&random, 1.6) : 0;
        for (int64_t k = 0; k < children && n < 9; k++) {
            int age = draw_age(&random, head - 28.0, 6.0, 0, 30);
            ages[n++] = age;
        }
        if (vg_random_uniform(&random) < 0.15) {
            ages[n++] = draw_age(&random, head + 27.0, 6.0, 50, 99);
        }
        for (int k = 0; k < n && person < PEOPLE; k++, person++) {
            society->place[0][person] = household;
            settle(society, person, ages[k], &random);
        }
        household++;
    }
    society->n_places[0] = household;
    index_places(society, arena);
    return society;
}

/* One person's contacts of one day in a layer with places, as mixing.h says; counted by ages. */
static void meet_in_place(const struct society *society, const struct vg_mixing_layer *layer, size_t which, uint32_t person, struct vg_random *random, double *counted)
{
    uint32_t place = society->place[which][person];
    if (place == VG_MIXING_NO_PLACE) {
        return;
    }
    uint32_t first = society->start[which][place], size = society->start[which][place + 1] - first;
    size_t i = society->band[person];
    int64_t candidates = vg_random_poisson(random, (size - 1) * layer->row_rate[i]);
    for (int64_t k = 0; k < candidates; k++) {
        uint32_t other;
        do {
            other = society->members[which][first + vg_random_below(random, size)];
        } while (other == person);
        size_t j = society->band[other];
        counted[i * N + j] += vg_random_u32(random) < layer->accept[i * N + j] ? 1.0 : 0.0;
    }
}

static void meet_anyone(const struct vg_mixing_layer *layer, size_t i, struct vg_random *random, double *counted)
{
    int64_t contacts = vg_random_poisson(random, layer->per_day[i]);
    for (int64_t k = 0; k < contacts; k++) {
        uint32_t draw = vg_random_u32(random);
        size_t j = 0;
        while (j + 1 < N && draw >= layer->threshold[i * N + j]) {
            j++;
        }
        counted[i * N + j] += 1.0;
    }
}

/* Cells with many contacts agree within 2 % or four standard errors, whichever is more; the whole within 1 %. */
static void assert_recovered(const double *counted, const double *wanted, const double *population, const char *what)
{
    double seen = 0.0, expected = 0.0, off = 0.0;
    for (size_t cell = 0; cell < N * N; cell++) {
        double mean = wanted[cell] * population[cell / N] * DAYS, gap = fabs(counted[cell] - mean);
        if (gap > 4.5 * sqrt(mean + 1.0) && gap > 0.02 * mean) {
            fail_msg("%s: ages %zu with %zu have %g contacts, wanted %g", what, cell / N, cell % N, counted[cell], mean);
        }
        seen += counted[cell];
        expected += mean;
        off += gap;
    }
    vg_assert_near(seen / expected, 1.0, 0.01);
    assert_true(off / expected < 0.02);
}

static void simulate_contacts(const struct society *society, const struct vg_mixing_fit *fit, double counted[VG_SETTING_COUNT][N * N])
{
    memset(counted, 0, VG_SETTING_COUNT * sizeof *counted);
    for (uint32_t day = 0; day < DAYS; day++) {
        for (uint32_t person = 0; person < PEOPLE; person++) {
            struct vg_random random = vg_random_stream(77, person, day, 0);
            for (size_t layer = 0; layer < 3; layer++) {
                meet_in_place(society, &fit->layers[layer], layer, person, &random, counted[layer]);
            }
            meet_anyone(&fit->layers[VG_SETTING_OTHER], society->band[person], &random, counted[VG_SETTING_OTHER]);
        }
    }
}

static void simulated_contacts_are_the_wanted_ones(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_contact_matrices wanted;
    struct vg_mixing_fit fit;
    struct vg_mixing_supply supply[VG_SETTING_COUNT] = {{NULL, 0.0, false}};
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75);
    double population[N], total[N * N] = {0.0}, counted[VG_SETTING_COUNT][N * N], all[N * N] = {0.0};
    vg_arena_init(&arena, 0);
    struct society *society = make_society(&arena, 5);
    for (size_t layer = 0; layer < 3; layer++) {
        double *opportunities = VG_ARENA_ARRAY(&arena, double, N * N);
        vg_assert_ok(vg_mixing_opportunities(society->band, society->place[layer], PEOPLE, N, society->n_places[layer], 0.0, opportunities, population, &error), error);
        assert_true(vg_mixing_reciprocity_gap(population, N, opportunities) < 1e-12);
        supply[layer].opportunities = opportunities;
    }
    /* The wanted contacts are another country's, so neither reciprocal here nor of this population's schools. */
    struct vg_age_pyramid elsewhere = country("MX");
    vg_assert_ok(vg_mixing_default(&elsewhere, NULL, &bands, &arena, &wanted, &error), error);
    vg_assert_ok(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), error);
    assert_true(fit.worst_gap < 1e-12);
    assert_true(fit.layers[VG_SETTING_WORK].moved > 0.0); /* nobody here works after 68 */
    simulate_contacts(society, &fit, counted);
    for (size_t layer = 0; layer < VG_SETTING_COUNT; layer++) {
        assert_recovered(counted[layer], fit.layers[layer].contacts, population, vg_setting_name((enum vg_setting)layer));
        double *reciprocal = wanted.contacts[layer];
        vg_mixing_make_reciprocal(population, N, reciprocal);
        for (size_t cell = 0; cell < N * N; cell++) {
            bool offered = layer == VG_SETTING_OTHER || supply[layer].opportunities[cell] > 0.0;
            assert_true(layer == VG_SETTING_OTHER || fabs(fit.layers[layer].contacts[cell] - (offered ? reciprocal[cell] : 0.0)) < 1e-12);
            total[cell] += reciprocal[cell];
            all[cell] += counted[layer][cell];
            vg_assert_near(fit.layers[layer].pair_rate[cell], fit.layers[layer].pair_rate[(cell % N) * N + cell / N], 1e-9 * fit.layers[layer].row_rate[cell / N]);
        }
    }
    assert_recovered(all, total, population, "all");
    vg_arena_release(&arena);
}

/* Households as they are: all members meet alike, and the community makes up for the ages. */
static void fixed_households_leave_the_total_as_wanted(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_contact_matrices wanted;
    struct vg_mixing_fit fit;
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75);
    struct vg_mixing_supply supply[VG_SETTING_COUNT] = {{NULL, 0.0, false}};
    double population[N], opportunities[N * N], total[N * N], daily[VG_LAYERS * N * N];
    vg_arena_init(&arena, 0);
    struct society *society = make_society(&arena, 6);
    vg_assert_ok(vg_mixing_opportunities(society->band, society->place[0], PEOPLE, N, society->n_places[0], 0.5, opportunities, population, &error), error);
    supply[VG_SETTING_HOME] = (struct vg_mixing_supply){opportunities, 0.0, true};
    struct vg_age_pyramid elsewhere = country("CO");
    vg_assert_ok(vg_mixing_default(&elsewhere, NULL, &bands, &arena, &wanted, &error), error);
    for (size_t layer = 0; layer < VG_SETTING_COUNT; layer++) {
        vg_mixing_make_reciprocal(population, N, wanted.contacts[layer]);
    }
    vg_contact_matrices_total(&wanted, total);
    vg_assert_ok(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), error);
    const struct vg_mixing_layer *home = &fit.layers[VG_SETTING_HOME];
    double made = per_person(home->contacts, population, N), asked = per_person(wanted.contacts[VG_SETTING_HOME], population, N);
    print_message("# households make %.2f of %.2f contacts at home\n", made, asked);
    assert_true(made <= asked + 1e-9 && made > 0.6 * asked);
    vg_mixing_engine_contacts(&fit, 0.3, daily);
    double excess = 0.0, people = 0.0;
    for (size_t cell = 0; cell < N * N; cell++) {
        double sum = 0.0;
        vg_assert_near(home->contacts[cell], home->weight * opportunities[cell], 1e-12);
        for (size_t layer = 0; layer < VG_LAYERS; layer++) {
            assert_true(daily[layer * N * N + cell] >= 0.0);
            sum += daily[layer * N * N + cell];
        }
        /* Only where households alone make more than was wanted in all may the total be another. */
        vg_assert_near(sum, fmax(total[cell], home->contacts[cell]), 1e-9);
        excess += population[cell / N] * (sum - total[cell]);
        people += cell % N == 0 ? population[cell / N] : 0.0;
        vg_assert_near(daily[VG_LAYER_TRAVEL * N * N + cell], 3.0 / 7.0 * daily[VG_LAYER_COMMUNITY * N * N + cell], 1e-9);
    }
    vg_assert_near(fit.gap, excess / people, 1e-9);
    assert_true(fit.gap < 0.00501 * per_person(total, population, N));
    /* Where the wanted contacts at home are these households', as many are made and nothing is left. */
    vg_mixing_home_of_households(opportunities, population, N, 4.11, wanted.contacts[VG_SETTING_HOME]);
    vg_assert_ok(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), error);
    vg_assert_near(per_person(fit.layers[VG_SETTING_HOME].contacts, population, N), 4.11, 1e-9);
    assert_true(fit.gap == 0.0 && fit.layers[VG_SETTING_HOME].moved < 1e-9);
    supply[VG_SETTING_OTHER].fixed = true;
    assert_int_equal(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

static void pairs_have_a_limit(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_contact_matrices wanted;
    struct vg_mixing_fit fit;
    const struct vg_age_bands bands = {2, {0, 20}};
    double opportunities[4] = {1.0, 2.0, 1.0, 0.0}, population[2] = {100.0, 200.0}, none[4] = {0.0};
    struct vg_mixing_supply supply[VG_SETTING_COUNT] = {{opportunities, 1.0, false}, {none, 0.0, false}, {NULL, 0.0, false}, {NULL, 0.0, false}};
    vg_arena_init(&arena, 0);
    assert_true(vg_contact_matrices_new(&bands, &arena, &wanted));
    memcpy(wanted.contacts[VG_SETTING_HOME], (double[]){3.0, 1.0, 0.5, 0.25}, 4 * sizeof(double));
    memcpy(wanted.contacts[VG_SETTING_SCHOOL], (double[]){2.0, 0.0, 0.0, 0.0}, 4 * sizeof(double));
    vg_assert_ok(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), error);
    const struct vg_mixing_layer *home = &fit.layers[VG_SETTING_HOME], *other = &fit.layers[VG_SETTING_OTHER];
    vg_assert_near(home->contacts[0], 1.0, 1e-12);
    vg_assert_near(home->contacts[3], 0.0, 1e-12);
    vg_assert_near(other->contacts[0], 4.0, 1e-12);
    vg_assert_near(other->contacts[3], 0.25, 1e-12);
    vg_assert_near(home->moved, (2.0 * 100.0 + 0.25 * 200.0) / 300.0, 1e-12);
    assert_true(fit.layers[VG_SETTING_WORK].per_day[0] == 0.0 && fit.layers[VG_SETTING_WORK].threshold[1] == UINT32_MAX);
    supply[VG_SETTING_OTHER].opportunities = none;
    assert_int_equal(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), VG_USAGE_ERROR);
    wanted.contacts[1][2] = NAN;
    assert_int_equal(vg_mixing_fit(&wanted, population, supply, &arena, &fit, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "contacts at school, row 2, column 1"));
    vg_arena_release(&arena);
}

static void opportunities_by_hand(void **state)
{
    (void)state;
    /* Household 0: bands 0 0 1; household 1: band 1 alone; one person without. */
    const uint8_t band[5] = {0, 1, 0, 1, 1};
    const uint32_t place[5] = {0, 1, 0, 0, VG_MIXING_NO_PLACE};
    double opportunities[4], population[2], home[4];
    struct vg_error error;
    vg_assert_ok(vg_mixing_opportunities(band, place, 5, 2, 2, 0.0, opportunities, population, &error), error);
    vg_assert_near(opportunities[0], 1.0, 1e-15);
    vg_assert_near(opportunities[1], 1.0, 1e-15);
    vg_assert_near(opportunities[2], 2.0 / 3.0, 1e-15);
    vg_assert_near(opportunities[3], 0.0, 1e-15);
    vg_assert_near(population[1], 3.0, 0.0);
    vg_mixing_home_of_households(opportunities, population, 2, 4.11, home);
    vg_assert_near(per_person(home, population, 2), 4.11, 1e-12);
    /* One contact shared among all others of the place: rows of those with others sum to 1. */
    vg_assert_ok(vg_mixing_opportunities(band, place, 5, 2, 2, 1.0, opportunities, NULL, &error), error);
    vg_assert_near(opportunities[0] + opportunities[1], 1.0, 1e-15);
    vg_assert_near(opportunities[2], 1.0 / 3.0, 1e-15);
    const uint32_t wrong[5] = {0, 9, 0, 0, 0};
    assert_int_equal(vg_mixing_opportunities(band, wrong, 5, 2, 2, 0.0, opportunities, NULL, &error), VG_USAGE_ERROR);
}

/* -------------------------------------------------------------- commuting */

static void gravity_equals_all_pairs(void **state)
{
    (void)state;
    enum { PLACES = 300 };
    struct vg_arena arena;
    struct vg_error error;
    struct vg_municipality items[PLACES];
    struct vg_municipality_list list = {.items = items, .count = PLACES};
    struct vg_commuting one, many;
    struct vg_random random = vg_random_stream(13, 0, 0, 0);
    for (size_t i = 0; i < PLACES; i++) {
        items[i] = (struct vg_municipality){.population = vg_random_gamma(&random, 0.5, 50000.0), .latitude = -4.0 + 12.0 * vg_random_uniform(&random), .longitude = -76.0 + 6.0 * vg_random_uniform(&random)};
    }
    items[17].latitude = NAN;
    items[18].latitude = 60.0; /* nobody within reach */
    for (size_t most = 5; most <= 500; most *= 100) {
        struct vg_gravity gravity = vg_gravity_default();
        struct vg_pool *pool = vg_pool_new(3);
        gravity.most_destinations = most;
        vg_arena_init(&arena, 0);
        vg_assert_ok(vg_commuting_gravity(&list, &gravity, NULL, &arena, &one, &error), error);
        vg_assert_ok(vg_commuting_gravity(&list, &gravity, pool, &arena, &many, &error), error);
        assert_memory_equal(one.start, many.start, (PLACES + 1) * sizeof *one.start);
        assert_memory_equal(one.share, many.share, one.start[PLACES] * sizeof *one.share);
        for (size_t i = 0; i < PLACES; i++) {
            double strength[PLACES], kept = 0.0, weakest = INFINITY, strongest_left = 0.0, shares = 0.0;
            bool taken[PLACES] = {false};
            for (size_t j = 0; j < PLACES; j++) {
                double distance = vg_distance_km(items[i].latitude, items[i].longitude, items[j].latitude, items[j].longitude);
                strength[j] = j != i && distance <= 300.0 ? pow(items[j].population, 0.64) * exp(-distance / 82.0) : 0.0;
            }
            for (size_t k = one.start[i]; k < one.start[i + 1]; k++) {
                assert_true(k == one.start[i] || one.destination[k] > one.destination[k - 1]);
                taken[one.destination[k]] = true;
                kept += strength[one.destination[k]];
                weakest = fmin(weakest, strength[one.destination[k]]);
                shares += one.share[k];
            }
            for (size_t j = 0; j < PLACES; j++) {
                strongest_left = taken[j] ? strongest_left : fmax(strongest_left, strength[j]);
            }
            for (size_t k = one.start[i]; k < one.start[i + 1]; k++) {
                vg_assert_near(one.share[k], 0.2 * strength[one.destination[k]] / kept, 1e-12);
            }
            assert_true(strongest_left <= weakest);
            assert_true(one.start[i + 1] - one.start[i] <= most);
            assert_true(i == 17 || i == 18 ? one.start[i + 1] == one.start[i] : fabs(shares - 0.2) < 1e-12);
        }
        vg_arena_release(&arena);
        vg_pool_free(pool);
    }
    /* One degree of longitude on the equator, and the way from Bogotá to Medellín. */
    vg_assert_near(vg_distance_km(0.0, 0.0, 0.0, 1.0), 111.195, 0.001);
    vg_assert_near(vg_distance_km(4.711, -74.072, 6.244, -75.581), 238.7, 1.5);
}

static void flows_become_rows(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_commuting commuting;
    const uint32_t origin[6] = {2, 0, 0, 0, 2, 1}, destination[6] = {0, 2, 1, 0, 0, 1};
    const double persons[6] = {10.0, 5.0, 15.0, 60.0, 30.0, 4.0}, total[3] = {100.0, 50.0, 80.0};
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_commuting_from_flows(origin, destination, persons, 6, total, 3, &arena, &commuting, &error), error);
    assert_int_equal(commuting.start[1], 2);
    assert_int_equal(commuting.start[2], 2);
    assert_int_equal(commuting.start[3], 3);
    assert_true(commuting.destination[0] == 1 && commuting.destination[1] == 2 && commuting.destination[2] == 0);
    vg_assert_near(commuting.share[0], 0.15, 1e-15);
    vg_assert_near(commuting.share[1], 0.05, 1e-15);
    vg_assert_near(commuting.share[2], 0.5, 1e-15);
    const double few[3] = {10.0, 50.0, 80.0};
    assert_int_equal(vg_commuting_from_flows(origin, destination, persons, 6, few, 3, &arena, &commuting, &error), VG_DATA_ERROR);
    assert_int_equal(vg_commuting_from_flows(origin, destination, persons, 6, total, 2, &arena, &commuting, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reciprocity),
        cmocka_unit_test(other_bands),
        cmocka_unit_test(balancing),
        cmocka_unit_test(eigenvalues),
        cmocka_unit_test(the_default_is_made_of_its_facts),
        cmocka_unit_test(opportunities_by_hand),
        cmocka_unit_test(simulated_contacts_are_the_wanted_ones),
        cmocka_unit_test(fixed_households_leave_the_total_as_wanted),
        cmocka_unit_test(pairs_have_a_limit),
        cmocka_unit_test(gravity_equals_all_pairs),
        cmocka_unit_test(flows_become_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
