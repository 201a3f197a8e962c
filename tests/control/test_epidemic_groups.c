/*
 * Groups of people beside ages: what comes out is what theory says of populations of several types (final size, growth), contacts and severity are in the told ratio, the mean of an age stays, a group
 * that differs in nothing changes nothing in law, and doses go to whom they are for.
 */
#include "engine_world.h"

#include "control/population.h"
#include "control/theory/theory.h"

#define PERSONS 400000

/* Everybody lives alone in one town and meets anybody; a share of them, if any, is a group. */
static void make_plain_grouped(struct world *w, double share, double contacts, double r0)
{
    static const uint8_t from[1] = {0};
    static double shares[1];
    struct vg_error error;
    uint32_t persons = PERSONS;
    struct vg_household_type alone = {.weight = 1, .size = 1};
    struct vg_group group = {shares, contacts};
    struct vg_population_input input = {
        .seed = 5, .n_ages = 1, .age_from = from, .n_municipalities = 1, .persons = &persons, .n_types = 1, .types = &alone, .n_groups = 1, .groups = &group};
    shares[0] = share;
    make_plain(w, 1000, r0);
    vg_population_free(w->population);
    vg_assert_ok(vg_population_new(&input, NULL, &w->population, &error), error);
    w->input.population = w->population;
    vg_assert_ok(vg_control_transmission(w->population, &w->input.contacts, &w->disease, r0, &w->disease.transmission, NULL, &error), error);
    w->import.count = 200;
}

static double members_of(const struct world *w, uint8_t group)
{
    double n = 0;
    for (uint32_t person = 0; person < vg_population_size(w->population); person++) {
        n += vg_population_person(w->population, person, 0).group == group ? 1 : 0;
    }
    return n;
}

/* Two types that mix in proportion: pressure on i of all of j infected is T c_i c_j p_j, and R0 = T sum p c^2. */
static void final_size_of_two_types(void **state)
{
    (void)state;
    static struct world w;
    static const double shares[] = {0.2, 0.05, 0.5, 0.3}, factors[] = {3, 8, 0.2, 0}, r0s[] = {1.8, 1.4, 2.5, 2};
    struct vg_error error;
    for (size_t i = 0; i < 4; i++) {
        double mean = 1 - shares[i] + shares[i] * factors[i], p[2] = {1 - shares[i], shares[i]}, c[2] = {1 / mean, factors[i] / mean};
        double transmission = r0s[i] / (p[0] * c[0] * c[0] + p[1] * c[1] * c[1]), k[4], ones[2] = {1, 1}, attack[2];
        for (size_t a = 0; a < 4; a++) {
            k[a] = transmission * c[a / 2] * c[a % 2] * p[a % 2];
        }
        struct vg_final_size_problem problem = {.n_bands = 2, .n_groups = 1, .transmission = k, .susceptibility = ones};
        vg_assert_ok(vg_theory_final_size_by_age(&problem, attack, &error), error);
        make_plain_grouped(&w, shares[i], factors[i], r0s[i]);
        vg_assert_near(w.disease.transmission, transmission, 1e-9);
        double members = members_of(&w, 1);
        vg_assert_near(members, shares[i] * PERSONS, 4.5 * sqrt(shares[i] * (1 - shares[i]) * PERSONS));
        vg_assert_near(vg_population_group_expected(w.population, 1), shares[i] * PERSONS, 1);
        vg_assert_near(vg_population_group_expected(w.population, 0), (1 - shares[i]) * PERSONS, 1);
        run(&w, 1000);
        double of_group = w.group_counts[VG_COUNT_INFECTIONS][0], all = total(&w, VG_COUNT_INFECTIONS);
        print_message("# share %.2f, contacts %.1f, R0 %.1f: group %.4f (theory %.4f), others %.4f (%.4f)\n", shares[i], factors[i], r0s[i], of_group / members, attack[1],
                      (all - of_group) / (PERSONS - members), attack[0]);
        /* imports hit both alike: 200 of 400,000 */
        vg_assert_near(of_group / members, attack[1], 0.01);
        vg_assert_near((all - of_group) / (PERSONS - members), attack[0], 0.006);
        release_world(&w);
    }
}

/* The growth that Euler and Lotka give for the R0 that was told, not that of the mean contacts. */
static void r0_stays_as_told(void **state)
{
    (void)state;
    static struct world w;
    static const double factors[] = {1, 5};
    for (size_t i = 0; i < 2; i++) {
        make_plain_grouped(&w, 0.1, factors[i], 1.6);
        run(&w, 60);
        double generation[41] = {0}, x = 0, y = 0, xx = 0, xy = 0, n = 0;
        for (size_t day = 0; day < 30; day++) {
            generation[day + 1] = w.profile[day];
        }
        for (size_t day = 12; day < 36; day++) { /* behind the imports' generation, before many are immune */
            double rate = log(w.counts[VG_COUNT_INFECTIONS][day]);
            n++;
            x += (double)day;
            y += rate;
            xx += (double)(day * day);
            xy += (double)day * rate;
        }
        double growth = (n * xy - x * y) / (n * xx - x * x), expected = vg_theory_growth_from_reproduction(1.6, generation, 31);
        print_message("# contacts %.0f: growth %.4f a day, expected %.4f\n", factors[i], growth, expected);
        vg_assert_near(growth, expected, 0.07 * expected);
        release_world(&w);
    }
}

/* ------------------------------------------------------- households and places */

struct passed { double infectors[3][AGES], outside[3], expected[3], home, home_grouped, home_expected, met[3], met_expected[3]; };

/* Whom the imported cases infect: outside in proportion to the contacts of both sides, at home whoever lives there. */
static void count_passed(const struct world *w, const struct towns *t, struct passed *f)
{
    static uint8_t first[1100000];
    const struct vg_population *p = w->population;
    memset(f, 0, sizeof *f);
    memset(first, 0, sizeof first);
    for (size_t i = 0; i < w->n_log; i++) {
        if (w->log[i].infector == UINT32_MAX) {
            struct vg_person person = vg_population_person(p, w->log[i].person, 0);
            first[w->log[i].person] = 1;
            for (size_t cell = VG_LAYER_SCHOOL * AGES; cell < VG_LAYERS * AGES; cell++) {
                for (size_t b = 0; cell % AGES == person.age_group && b < AGES; b++) {
                    f->expected[person.group] += w->disease.transmission * w->daily[cell * AGES + b] * p->group_contacts[person.group * AGES + person.age_group];
                }
            }
        }
    }
    for (size_t i = 0; i < w->n_log; i++) {
        const struct vg_infection *one = &w->log[i];
        if (one->infector == UINT32_MAX || first[one->infector] == 0) {
            continue;
        }
        struct vg_person from = vg_population_person(p, one->infector, 0), to = vg_population_person(p, one->person, 0);
        const double here[3] = {1 - t->health_workers[to.municipality * AGES + to.age_group] - t->ill[to.municipality * AGES + to.age_group],
                                t->health_workers[to.municipality * AGES + to.age_group], t->ill[to.municipality * AGES + to.age_group]};
        if (one->layer == VG_LAYER_HOUSEHOLD) {
            f->home++;
            f->home_grouped += to.group > 0 ? 1 : 0;
            f->home_expected += here[1] + here[2];
            continue;
        }
        double all = 0;
        for (size_t g = 0; g < 3; g++) {
            all += here[g] * p->group_contacts[g * AGES + to.age_group];
        }
        f->outside[from.group]++;
        f->met[to.group]++;
        for (size_t g = 0; g < 3; g++) {
            f->met_expected[g] += here[g] * p->group_contacts[g * AGES + to.age_group] / all;
        }
    }
}

static void contacts_are_in_proportion(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    static struct passed f;
    static struct vg_import imports[20];
    for (int mode = 0; mode < 2; mode++) {
        make_towns_with(&w, &t, 20, 600000, 0.8, group_contacts);
        for (uint32_t m = 0; m < 20; m++) {
            imports[m] = (struct vg_import){0, 0, m, 600, 0};
        }
        w.input.imports = imports;
        w.input.n_imports = 20;
        w.input.mode = mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT;
        w.keeps_log = true;
        for (size_t a = 0; a < AGES; a++) { /* with others of the age they have as many contacts as before, 2.5 and 0.6 times those of people in no group */
            double sum = 0;
            for (size_t g = 0; g < 3; g++) {
                sum += w.population->group_share[g * AGES + a] * w.population->group_contacts[g * AGES + a];
            }
            vg_assert_near(sum, 1, 1e-12);
            vg_assert_near(w.population->group_contacts[AGES + a] / w.population->group_contacts[a], 2.5, 1e-12);
            vg_assert_near(w.population->group_contacts[2 * AGES + a] / w.population->group_contacts[a], 0.6, 1e-12);
        }
        run(&w, 31);
        count_passed(&w, &t, &f);
        for (size_t g = 0; g < 3; g++) {
            print_message("# %s, group %zu: passed on outside %.0f of %.0f, met %.0f of %.0f\n", mode == 0 ? "thinned" : "exact", g, f.outside[g], f.expected[g], f.met[g], f.met_expected[g]);
            vg_assert_near(f.outside[g], 0.96 * f.expected[g], 4.5 * sqrt(f.expected[g]) + 0.05 * f.expected[g]); /* others came first in some */
            vg_assert_near(f.met[g], f.met_expected[g], 4.5 * sqrt(f.met_expected[g]) + 0.01 * f.met_expected[g]);
        }
        assert_true(f.home > 1000);
        vg_assert_near(f.home_grouped, f.home_expected, 4.5 * sqrt(f.home_expected));
        release_world(&w);
    }
}

/* The matrix of ages that calibration takes has the told R0 with groups, too. */
static void the_generation_of_ages_has_r0(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    struct vg_error error;
    double ngm[AGES * AGES], x[AGES], transmission = 0, value = 0;
    make_towns_with(&w, &t, 6, 60000, 1, group_contacts);
    vg_assert_ok(vg_control_transmission(w.population, &w.input.contacts, &w.disease, 1.7, &transmission, ngm, &error), error);
    for (size_t a = 0; a < AGES; a++) {
        x[a] = 1.0 / AGES;
    }
    for (int step = 0; step < 3000; step++) {
        double y[AGES] = {0};
        value = 0;
        for (size_t i = 0; i < AGES * AGES; i++) {
            y[i % AGES] += x[i / AGES] * ngm[i];
        }
        for (size_t a = 0; a < AGES; a++) {
            value += y[a];
        }
        for (size_t a = 0; a < AGES; a++) {
            x[a] = y[a] / value;
        }
    }
    vg_assert_near(value, 1.7, 1e-9);
    release_world(&w);
}

/* ---------------------------------------------------------------- severity */

static void severity_is_in_proportion(void **state)
{
    (void)state;
    static struct world w;
    static const double severity[1] = {2.5}, plain[1] = {1};
    for (int told = 0; told < 2; told++) {
        make_plain_grouped(&w, 0.3, 1, 3);
        w.symptomatic[0] = 0.8;
        w.ward[0] = 0.1;
        w.death[0] = 0.05;
        w.disease.symptomatic = w.symptomatic;
        w.disease.ward = w.ward;
        w.disease.death_home = w.death;
        w.disease.onset_to_admission = w.disease.onset_to_death = w.disease.ward_stay = (struct vg_delay){5, 2};
        w.disease.group_severity = told == 0 ? plain : severity;
        run(&w, 1000);
        double ill = w.group_counts[VG_COUNT_ONSETS][0], in_ward = w.group_counts[VG_COUNT_ADMISSIONS][0], dead = w.group_counts[VG_COUNT_DEATHS][0];
        double others = total(&w, VG_COUNT_ONSETS) - ill, others_in_ward = total(&w, VG_COUNT_ADMISSIONS) - in_ward, others_dead = total(&w, VG_COUNT_DEATHS) - dead;
        double admitted = in_ward / (ill - in_ward) / (others_in_ward / (others - others_in_ward));
        double died = dead / (ill - in_ward - dead) / (others_dead / (others - others_in_ward - others_dead));
        print_message("# severity %.1f: odds of the ward %.3f times, of death at home %.3f times; means %.4f, %.4f\n", told == 0 ? plain[0] : severity[0], admitted, died,
                      (in_ward + others_in_ward) / (ill + others), (dead + others_dead) / (ill + others - in_ward - others_in_ward));
        vg_assert_near(admitted, told == 0 ? 1 : 2.5, told == 0 ? 0.05 : 0.1);
        vg_assert_near(died, told == 0 ? 1 : 2.5, told == 0 ? 0.07 : 0.14);
        vg_assert_near((in_ward + others_in_ward) / (ill + others), 0.1, 0.0025); /* the age's own */
        vg_assert_near((dead + others_dead) / (ill + others - in_ward - others_in_ward), 0.05, 0.002);
        vg_assert_near(ill / (ill + others), 0.3, 0.005); /* nobody meets more, nor is ill more often */
        release_world(&w);
    }
}

/* A group that differs in nothing: the epidemic of a population without groups, over ten seeds. */
static void a_group_like_others_changes_nothing(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    static const double ones[2] = {1, 1};
    double size[2] = {0}, squares[2] = {0}, share = 0;
    for (int grouped = 0; grouped < 2; grouped++) {
        make_towns_with(&w, &t, 6, 30000, 1.7, grouped == 1 ? ones : NULL);
        w.import.count = 60;
        for (uint64_t seed = 1; seed <= 10; seed++) {
            w.input.seed = seed;
            run(&w, 400);
            double infected = total(&w, VG_COUNT_INFECTIONS);
            size[grouped] += infected / 10;
            squares[grouped] += infected * infected / 10;
            share += grouped == 1 ? w.group_counts[VG_COUNT_INFECTIONS][0] / infected / 10 : 0;
        }
        release_world(&w);
    }
    double error = sqrt((squares[0] - size[0] * size[0] + squares[1] - size[1] * size[1]) / 9);
    print_message("# infections %.0f without, %.0f with a group like all others, standard error %.0f\n", size[0], size[1], error);
    vg_assert_near(size[1], size[0], 4 * error);
    assert_true(error < 0.02 * size[0] && share > 0.04 && share < 0.09); /* a tenth of 67 % of the people */
}

/* -------------------------------------------------------------------- doses */

static void doses_go_to_the_group_first(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    static uint32_t per_day[6];
    static struct vg_campaign campaigns[2];
    static const uint8_t priority[3 * AGES] = {0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 2, 2, 2, 2, 2};
    static const double all[AGES] = {1, 1, 1, 1, 1, 1, 1, 1};
    make_towns_with(&w, &t, 6, 60000, 0.1, group_contacts);
    for (size_t m = 0; m < 6; m++) {
        per_day[m] = 50;
    }
    for (uint8_t i = 0; i < 2; i++) {
        campaigns[i] = (struct vg_campaign){.first_day = 0, .last_day = 400, .dose = (uint8_t)(i + 1), .interval_days = 10, .priority = priority, .uptake = all, .doses_per_day = per_day};
    }
    w.disease.n_products = 1;
    w.input.campaigns = campaigns;
    w.input.n_campaigns = 2;
    w.import.count = 6000; /* so that the run goes on */
    w.import.last_day = 400;
    double members = members_of(&w, 1), ill = members_of(&w, 2);
    int32_t days = (int32_t)(members / 300) - 1; /* towns have not alike many */
    w.input.n_imports = 1;
    struct vg_epidemic *epidemic = run_on(&w, days - 3, NULL);
    double second = 0;
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        struct vg_person_state now = vg_epidemic_person(epidemic, person);
        second += now.doses == 2 ? 1 : 0;
        assert_true(now.doses == 0 || vg_population_person(w.population, person, 0).group == 1);
    }
    vg_assert_near(w.group_counts[VG_COUNT_DOSES][0], total(&w, VG_COUNT_DOSES), 0);
    assert_true(total(&w, VG_COUNT_DOSES) - second > 0.97 * 300 * (days - 3)); /* no dose waits while there are members */
    assert_true(days - 3 <= 10 || second > 0);
    vg_epidemic_free(epidemic);
    epidemic = run_on(&w, 380, NULL); /* until all who may have two */
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        struct vg_person who = vg_population_person(w.population, person, 0);
        struct vg_person_state now = vg_epidemic_person(epidemic, person);
        assert_int_equal(now.doses, who.age_group >= 3 || now.dead ? 2 : 0);
    }
    vg_assert_near(w.group_counts[VG_COUNT_DOSES][0], 2 * members, 0);
    vg_assert_near(w.group_counts[VG_COUNT_DOSES][1], 2 * ill, 0);
    vg_epidemic_free(epidemic);
    release_world(&w);
}

static void bad_groups_are_told(void **state)
{
    (void)state;
    static const uint8_t from[1] = {0};
    static const double half[1] = {0.6}, above[1] = {1.2};
    struct vg_error error;
    uint32_t persons = 1000;
    struct vg_population *population = NULL;
    struct vg_household_type alone = {.weight = 1, .size = 1};
    struct vg_group groups[VG_GROUPS_MAX + 1] = {{half, 1}, {half, 1}};
    struct vg_population_input input = {.n_ages = 1, .age_from = from, .n_municipalities = 1, .persons = &persons, .n_types = 1, .types = &alone, .n_groups = 2, .groups = groups};
    assert_int_equal(vg_population_new(&input, NULL, &population, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "more than all"));
    input.n_groups = 1;
    groups[0] = (struct vg_group){above, 1};
    assert_int_equal(vg_population_new(&input, NULL, &population, &error), VG_USAGE_ERROR);
    groups[0] = (struct vg_group){half, -1};
    assert_int_equal(vg_population_new(&input, NULL, &population, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "-1 times"));
    input.n_groups = VG_GROUPS_MAX + 1;
    assert_int_equal(vg_population_new(&input, NULL, &population, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "too many"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(final_size_of_two_types), cmocka_unit_test(r0_stays_as_told),           cmocka_unit_test(contacts_are_in_proportion), cmocka_unit_test(the_generation_of_ages_has_r0),
        cmocka_unit_test(severity_is_in_proportion), cmocka_unit_test(a_group_like_others_changes_nothing), cmocka_unit_test(doses_go_to_the_group_first), cmocka_unit_test(bad_groups_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
