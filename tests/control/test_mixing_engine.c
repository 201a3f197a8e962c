/*
 * The whole way from shipped facts to the engine: a country's pyramid, household sizes and default contacts, municipalities and gravity, and the contacts that the
 * engine's people then have, by layer and in total, against what was wanted. And its final sizes by age against theory.
 */
#include "vg_test.h"

#include "control/course/course.h"
#include "control/mixing/mixing.h"
#include "control/theory/theory.h"

#define N 16
#define TOWNS 5

struct country {
    struct vg_arena arena;
    struct vg_age_bands bands;
    struct vg_age_pyramid pyramid;
    struct vg_population *population;
    struct vg_household_type types[400];
    uint8_t age_from[N];
    uint32_t persons[TOWNS];
    double age_share[TOWNS * N], people[N];
    struct vg_contact_matrices wanted;
    struct vg_mixing_supply supply[VG_SETTING_COUNT];
    struct vg_mixing_fit fit;
    double daily[VG_LAYERS * N * N];
};

static void by_band(const struct country *c, const double by_age[VG_AGE_YEARS], double out[N])
{
    double people[N];
    memset(out, 0, N * sizeof *out);
    vg_age_pyramid_group(&c->pyramid, &c->bands, people);
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        size_t band = vg_age_band_of(&c->bands, age);
        out[band] += by_age[age] * c->pyramid.population[age] / people[band];
    }
}

static void settle(struct country *c, const char *code, double mean_size)
{
    struct vg_error error;
    struct vg_municipality towns[TOWNS];
    const struct vg_municipality_list list = {.items = towns, .count = TOWNS};
    struct vg_gravity gravity = vg_gravity_default();
    struct vg_commuting commuting;
    struct vg_flows flows;
    struct vg_household_sizes sizes;
    struct vg_mixing_assumptions assumptions = vg_mixing_assumptions_default();
    double school[N], work[N], share[N];
    vg_assert_ok(vg_country_age_pyramid(vg_text_from(code), &c->pyramid, &error), error);
    vg_age_pyramid_group(&c->pyramid, &c->bands, share);
    for (size_t m = 0; m < TOWNS; m++) {
        towns[m] = (struct vg_municipality){.population = 8000.0 + 4000.0 * (double)m, .latitude = 4.0 + 0.3 * (double)m, .longitude = -74.0};
        c->persons[m] = (uint32_t)towns[m].population;
        memcpy(c->age_share + m * N, share, sizeof share);
    }
    for (size_t band = 0; band < N; band++) {
        c->age_from[band] = (uint8_t)c->bands.lower_years[band];
    }
    vg_assert_ok(vg_commuting_gravity(&list, &gravity, NULL, &c->arena, &commuting, &error), error);
    vg_assert_ok(vg_commuting_flows(&commuting, &c->arena, &flows, &error), error);
    assert_true(vg_household_sizes_from_mean(mean_size, &sizes));
    by_band(c, assumptions.attendance, school);
    by_band(c, assumptions.employment, work);
    const struct vg_household_rules rules = {.seed = 3, .n_ages = N, .age_from = c->age_from, .age_share = share, .school_share = school, .work_share = work,
                                             .staff_share = 0.04, .n_sizes = 10, .size_share = sizes.share + 1};
    vg_assert_ok(vg_population_household_types(&rules, 400, c->types, &error), error);
    const struct vg_population_input input = {.seed = 5, .n_ages = N, .age_from = c->age_from, .n_municipalities = TOWNS, .persons = c->persons, .age_share = c->age_share,
                                              .n_types = 400, .types = c->types, .school_size = 30, .work_size = 15, .commuting = &flows, .travel = &flows};
    vg_assert_ok(vg_population_new(&input, NULL, &c->population, &error), error);
}

static int make(void **state)
{
    struct country *c = calloc(1, sizeof *c);
    struct vg_error error;
    assert_non_null(c);
    vg_arena_init(&c->arena, 0);
    c->bands = vg_age_bands_regular(5, 75);
    settle(c, "CO", 3.1);
    vg_assert_ok(vg_mixing_default(&c->pyramid, NULL, &c->bands, &c->arena, &c->wanted, &error), error);
    vg_assert_ok(vg_mixing_supply_of_population(c->population, N, TOWNS, 0, 0.0, &c->arena, c->supply, c->people, &error), error);
    vg_assert_ok(vg_mixing_fit(&c->wanted, c->people, c->supply, &c->arena, &c->fit, &error), error);
    vg_mixing_engine_contacts(&c->fit, 0.2, c->daily);
    *state = c;
    return 0;
}

static int unmake(void **state)
{
    struct country *c = *state;
    vg_population_free(c->population);
    vg_arena_release(&c->arena);
    free(c);
    return 0;
}

static void prepare(const struct country *c, struct vg_disease *disease, struct vg_epidemic_input *input, struct vg_disease_facts *facts, struct vg_arena *arena)
{
    struct vg_error error;
    static const size_t first[1] = {0};
    const struct vg_course_choice choice = {c->bands, &c->pyramid, 1, first, 0, NULL};
    vg_assert_ok(vg_disease_shipped(vg_text_from("covid19"), facts, &error), error);
    vg_assert_ok(vg_course_disease(facts, NULL, &choice, arena, disease, &error), error);
    disease->natural_infection = (struct vg_protection){.initial = 1.0, .final = 1.0};
    disease->layer_weight[VG_LAYER_HOUSEHOLD] = c->fit.layers[VG_SETTING_HOME].weight;
    *input = (struct vg_epidemic_input){.seed = 1, .population = c->population, .contacts = {.n_sets = 1, .daily = c->daily}, .disease = disease, .first_date = 18000};
}

static void sampled_households_are_like_all(void **state)
{
    const struct country *c = *state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_mixing_supply some[VG_SETTING_COUNT];
    double all = 0.0, off = 0.0;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_mixing_supply_of_population(c->population, N, TOWNS, 20000, 0.0, &arena, some, NULL, &error), error);
    assert_true(vg_mixing_reciprocity_gap(c->people, N, c->supply[0].opportunities) < 1e-12);
    for (size_t cell = 0; cell < N * N; cell++) {
        all += c->people[cell / N] * c->supply[0].opportunities[cell];
        off += c->people[cell / N] * fabs(some[0].opportunities[cell] - c->supply[0].opportunities[cell]);
    }
    assert_true(off / all < 0.1);
    vg_arena_release(&arena);
}

static void exact_contacts_are_the_wanted_ones(void **state)
{
    const struct country *c = *state;
    enum { DAYS = 30, MOST = 400 };
    struct vg_arena arena;
    struct vg_error error;
    struct vg_disease disease;
    struct vg_disease_facts facts;
    struct vg_epidemic_input input;
    struct vg_epidemic *epidemic;
    struct vg_contact_met met[MOST];
    static double counted[VG_LAYERS][N * N];
    double wanted_total[N * N], total_seen = 0.0, total_wanted = 0.0, off_total = 0.0;
    memset(counted, 0, sizeof counted);
    vg_arena_init(&arena, 0);
    prepare(c, &disease, &input, &facts, &arena);
    input.mode = VG_CONTACTS_EXACT;
    disease.transmission = 0.01;
    vg_assert_ok(vg_epidemic_new(&input, NULL, &epidemic, &error), error);
    for (int32_t day = 0; day < DAYS; day++) {
        for (uint32_t person = (uint32_t)day % 4; person < vg_population_size(c->population); person += 4) {
            size_t age = vg_population_person(c->population, person, day).age_group;
            size_t n = vg_epidemic_contacts(epidemic, person, day, met, MOST);
            assert_true(n <= MOST);
            for (size_t k = 0; k < n; k++) {
                counted[met[k].layer][age * N + vg_population_person(c->population, met[k].person, day).age_group] += 4.0;
            }
        }
    }
    vg_epidemic_free(epidemic);
    for (size_t cell = 0; cell < N * N; cell++) {
        counted[VG_LAYER_HOUSEHOLD][cell] *= disease.layer_weight[VG_LAYER_HOUSEHOLD]; /* all meet; the weight makes it contacts */
    }
    vg_contact_matrices_total(&c->wanted, wanted_total);
    vg_mixing_make_reciprocal(c->people, N, wanted_total);
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        double seen = 0.0, expected = 0.0, off = 0.0, noise = 0.0;
        for (size_t cell = 0; cell < N * N; cell++) {
            double mean = c->daily[layer * N * N + cell] * c->people[cell / N] * DAYS;
            seen += counted[layer][cell];
            expected += mean;
            off += fabs(counted[layer][cell] - mean);
            noise += 1.6 * sqrt(mean); /* mean deviation of counts, each standing for four, of which pairs are partly counted twice */
        }
        print_message("# layer %zu: %.4f of the wanted contacts; %.2f %% of them between other ages (chance alone: %.2f %%)\n", layer, seen / expected, 50.0 * off / expected, 50.0 * noise / expected);
        vg_assert_near(seen / expected, 1.0, 0.01);
        assert_true(off / expected < 0.02 + noise / expected);
    }
    for (size_t cell = 0; cell < N * N; cell++) {
        double seen = 0.0, mean = wanted_total[cell] * c->people[cell / N] * DAYS;
        for (size_t layer = 0; layer < VG_LAYERS; layer++) {
            seen += counted[layer][cell];
        }
        total_seen += seen;
        total_wanted += mean;
        off_total += fabs(seen - mean);
    }
    print_message("# all: %.4f of the wanted contacts, %.2f %% between other ages; gap %.4f a day and person\n", total_seen / total_wanted, 50.0 * off_total / total_wanted, c->fit.gap);
    vg_assert_near(total_seen / total_wanted, 1.0, 0.01);
    assert_true(c->fit.gap <= 0.00501 * total_wanted / DAYS / (double)vg_population_size(c->population));
    assert_true(0.5 * off_total / total_wanted < 0.02);
    vg_arena_release(&arena);
}

struct tally { double infected[N]; };

static bool count_day(void *context, const struct vg_day *day)
{
    struct tally *tally = context;
    size_t per_town = day->n_ages * day->n_variants;
    for (size_t k = 0; k < day->n_municipalities * per_town; k++) {
        tally->infected[k % per_town / day->n_variants] += day->counts[k];
    }
    return true;
}

/* Without households, and with ages met in every layer as the matrix says, the end is theory's. */
static void final_sizes_by_age_are_theorys(void **state)
{
    const struct country *c = *state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_disease disease;
    struct vg_disease_facts facts;
    struct vg_epidemic_input input;
    struct vg_epidemic *epidemic;
    struct tally tally = {{0.0}};
    static double daily[VG_LAYERS * N * N];
    double total[N * N], transmission[N * N], susceptibility[N], attack[N], people = 0.0, infected = 0.0, expected = 0.0;
    memset(daily, 0, sizeof daily);
    vg_arena_init(&arena, 0);
    prepare(c, &disease, &input, &facts, &arena);
    vg_contact_matrices_total(&c->wanted, total);
    vg_mixing_make_reciprocal(c->people, N, total);
    memcpy(daily + VG_LAYER_COMMUNITY * N * N, total, sizeof total); /* all contacts among the whole town: no small groups */
    disease.layer_weight[VG_LAYER_HOUSEHOLD] = 0.0;
    disease.asymptomatic_infectiousness = 1.0;
    disease.dispersion = 0.0;
    input.contacts.daily = daily;
    input.on_day = count_day;
    input.context = &tally;
    const struct vg_import imports[TOWNS] = {{0, 3, 0, 5, 0}, {0, 3, 1, 5, 0}, {0, 3, 2, 5, 0}, {0, 3, 3, 5, 0}, {0, 3, 4, 5, 0}};
    input.n_imports = TOWNS;
    input.imports = imports;
    vg_assert_ok(vg_control_transmission(c->population, &input.contacts, &disease, 2.0, &disease.transmission, NULL, &error), error);
    vg_assert_ok(vg_epidemic_new(&input, NULL, &epidemic, &error), error);
    vg_assert_ok(vg_epidemic_advance(epidemic, 700, &error), error);
    assert_true(vg_epidemic_over(epidemic));
    vg_epidemic_free(epidemic);
    memcpy(susceptibility, disease.susceptibility, sizeof susceptibility);
    assert_true(vg_mixing_scale(total, susceptibility, NULL, N, 2.0, transmission) > 0.0);
    const struct vg_final_size_problem problem = {N, 1, transmission, susceptibility, NULL};
    vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
    for (size_t band = 0; band < N; band++) {
        people += c->people[band];
        infected += tally.infected[band];
        expected += attack[band] * c->people[band];
        vg_assert_near(tally.infected[band] / c->people[band], attack[band], 0.012 + 6.0 * sqrt(attack[band] / c->people[band]));
    }
    print_message("# attack %.4f, theory %.4f\n", infected / people, expected / people);
    vg_assert_near(infected / people, expected / people, 0.01);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampled_households_are_like_all),
        cmocka_unit_test(exact_contacts_are_the_wanted_ones),
        cmocka_unit_test(final_sizes_by_age_are_theorys),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
