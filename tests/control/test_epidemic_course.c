/*
 * What follows infection in the engine: shares by age and delays as given, beds never above capacity and what lacks of them
 * costs, variants (equal ones are one, the fitter one wins, cross-immunity), waning, vaccines and their campaigns.
 */
#include "engine_world.h"

#include "control/population.h"

static void severe_disease(struct world *w)
{
    struct vg_disease *d = &w->disease;
    for (size_t a = 0; a < AGES; a++) {
        w->symptomatic[a] = 0.4 + 0.05 * (double)a;
        w->ward[a] = 0.03 + 0.03 * (double)a;
        w->icu[a] = 0.2 + 0.04 * (double)a;
        w->death[a] = 0.1 + 0.08 * (double)a;
    }
    d->symptomatic = w->symptomatic;
    d->ward = w->ward;
    d->icu = w->icu;
    d->death_ward = d->death_icu = w->death;
    d->incubation = (struct vg_delay){5.4, 2.7};
    d->onset_to_admission = (struct vg_delay){6, 2};
    d->admission_to_icu = (struct vg_delay){3, 1};
    d->ward_stay = (struct vg_delay){9, 4};
    d->icu_stay = (struct vg_delay){15, 6};
    d->ward_to_death = (struct vg_delay){8, 4};
    d->icu_to_death = (struct vg_delay){11, 5};
}

static void shares_and_delays_are_as_given(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    make_towns(&w, &t, 6, 300000, 2.5);
    severe_disease(&w);
    w.keeps_log = true;
    run(&w, 500);
    double n[AGES] = {0}, ill[AGES] = {0}, ward[AGES] = {0}, icu[AGES] = {0}, dead[AGES] = {0}, incubation = 0, square = 0,
           wait = 0, waits = 0;
    for (size_t i = 0; i < w.n_log; i++) {
        const struct vg_infection *x = &w.log[i];
        uint32_t home = population_municipality(w.population, x->person);
        unsigned age = w.population->entries[population_entry(w.population, home, x->person)].age;
        n[age]++;
        ill[age] += x->symptomatic ? 1 : 0;
        ward[age] += x->ward ? 1 : 0;
        icu[age] += x->icu ? 1 : 0;
        dead[age] += x->death ? 1 : 0;
        incubation += x->onset - x->day;
        square += (x->onset - x->day) * (x->onset - x->day);
        wait += x->ward ? x->admission - x->onset : 0;
        waits += x->ward ? 1 : 0;
        assert_true(!x->ward || x->symptomatic);
        assert_true(!x->icu || x->ward);
        assert_true((x->admission == VG_DATE_NONE) == !x->ward);
    }
    double all_ward = 0, all_ill = 0, all_icu = 0;
    for (size_t a = 0; a < AGES; a++) {
        vg_assert_near(ill[a] / n[a], w.symptomatic[a], 4.5 * sqrt(0.25 / n[a]));
        vg_assert_near(ward[a] / ill[a], w.ward[a], 4.5 * sqrt(w.ward[a] / ill[a]));
        vg_assert_near(icu[a] / ward[a], w.icu[a], 4.5 * sqrt(w.icu[a] / ward[a]));
        vg_assert_near(dead[a] / ward[a], w.death[a], 4.5 * sqrt(w.death[a] / ward[a]));
        vg_assert_near(w.deaths_by_age[a], dead[a], 0); /* with beds for all, what is drawn comes true */
        all_ward += ward[a];
        all_ill += ill[a];
        all_icu += icu[a];
    }
    double people = (double)w.n_log, mean = incubation / people;
    vg_assert_near(mean, 5.4, 0.05);
    vg_assert_near(sqrt(square / people - mean * mean), 2.7, 0.06);
    vg_assert_near(wait / waits, 6, 0.1);
    vg_assert_near(total(&w, VG_COUNT_ONSETS), all_ill, 0);
    vg_assert_near(total(&w, VG_COUNT_ADMISSIONS), all_ward, 0);
    vg_assert_near(total(&w, VG_COUNT_ICU), all_icu, 0);
    vg_assert_near(w.ward_patients[499] + w.icu_patients[499], 0, 0); /* all have left */
    release_world(&w);
}

static void beds_are_limited(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    static uint32_t region[6] = {0, 0, 0, 1, 1, 1}, ward_beds[2] = {200, 250}, icu_beds[2] = {40, 30};
    double deaths[2], deaths_as_drawn = 0;
    for (int i = 0; i < 2; i++) {
        make_towns(&w, &t, 6, 300000, 2.5);
        severe_disease(&w);
        w.input.hospital = (struct vg_hospital){.n_regions = 2,
                                                .region = region,
                                                .ward_beds = ward_beds,
                                                .icu_beds = icu_beds,
                                                .death_without_ward = i == 0 ? 1 : 2,
                                                .death_without_icu = i == 0 ? 1 : 1.8};
        run(&w, 500);
        deaths[i] = total(&w, VG_COUNT_DEATHS);
        for (int day = 0; day < 500; day++) {
            assert_true(w.ward_patients[day] <= 450 && w.icu_patients[day] <= 70);
        }
        assert_true(w.without_ward > 1000 && w.without_icu > 100);
        vg_assert_near(w.ward_patients[499] + w.icu_patients[499], 0, 0);
        assert_true(total(&w, VG_COUNT_ICU) > 70);
        if (i == 0) { /* a factor of one: as many die as if there were beds for all */
            w.input.hospital.n_regions = 0;
            run(&w, 500);
            deaths_as_drawn = total(&w, VG_COUNT_DEATHS);
        }
        release_world(&w);
    }
    vg_assert_near(deaths[0] / deaths_as_drawn, 1, 0.03);
    assert_true(deaths[1] > 1.25 * deaths[0]);
}

static void equal_variants_are_one(void **state)
{
    (void)state;
    static struct world w;
    static struct vg_import imports[3];
    make_plain(&w, 300000, 2);
    w.disease.n_variants = 3;
    for (uint8_t v = 0; v < 3; v++) {
        w.disease.variants[v] =
            (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, 1, 1}, .vaccine_kept = 1};
        imports[v] = (struct vg_import){0, 0, 0, 300, v};
    }
    w.input.imports = imports;
    w.input.n_imports = 3;
    run(&w, 600);
    double of[3] = {0}, all = total(&w, VG_COUNT_INFECTIONS);
    for (size_t v = 0; v < 3; v++) {
        for (int day = 0; day < 600; day++) {
            of[v] += w.by_variant[v][day];
        }
        vg_assert_near(of[v] / all, 1.0 / 3, 0.06);
    }
    vg_assert_near(all / 3e5, 0.7972, 0.006);
    vg_assert_near(total(&w, VG_COUNT_REINFECTIONS), 0, 0);
    release_world(&w);
}

/* Two variants that share no immunity make two epidemics; the more they share, the smaller the second. */
static void cross_immunity_matters(void **state)
{
    (void)state;
    static struct world w;
    static struct vg_import imports[2];
    double before = 1e9;
    for (double shared = 0; shared <= 1; shared += 0.5) {
        make_plain(&w, 200000, 2);
        w.disease.n_variants = 2;
        w.disease.variants[0] =
            (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, shared}, .vaccine_kept = 1};
        w.disease.variants[1] =
            (struct vg_variant){.transmissibility = 1.5, .severity = 1, .immunity_from = {shared, 1}, .vaccine_kept = 1};
        imports[0] = (struct vg_import){0, 0, 0, 200, 0};
        imports[1] = (struct vg_import){300, 300, 0, 2000, 1};
        w.input.imports = imports;
        w.input.n_imports = 2;
        run(&w, 900);
        double of[2] = {0};
        for (int day = 0; day < 900; day++) {
            of[0] += w.by_variant[0][day];
            of[1] += w.by_variant[1][day];
        }
        vg_assert_near(of[0] / 2e5, 0.7968, 0.01);
        if (shared == 0) {
            vg_assert_near(of[1] / 2e5, 0.9405, 0.01); /* R0 3 among all */
        }
        assert_true(of[1] < before);
        before = of[1];
        release_world(&w);
    }
    assert_true(before < 12000); /* 20 % susceptible, R 0.6: what was imported dies out */
}

/*
 * Immunity of a share e against infection before an outbreak (everybody dosed on day 0): all or nothing, z = 1 - exp(-R z')
 * among the 1 - e; leaky, z = 1 - exp(-R (1 - e) z). And the share that a wholly immune vaccine lets through is nought.
 */
static double vaccinated_size(struct world *w, double efficacy, bool all_or_nothing)
{
    static uint32_t doses[1];
    static const uint8_t priority[1] = {1};
    static const double uptake[1] = {1};
    static struct vg_campaign campaign;
    make_plain(w, 400000, 3);
    doses[0] = 400000;
    campaign = (struct vg_campaign){
        .first_day = 0, .last_day = 0, .product = 0, .dose = 1, .priority = priority, .uptake = uptake, .doses_per_day = doses};
    w->disease.n_products = 1;
    w->disease.products[0].infection[0] = (struct vg_protection){efficacy, efficacy, 0, 0};
    w->disease.immunity_all_or_nothing = all_or_nothing;
    w->input.campaigns = &campaign;
    w->input.n_campaigns = 1;
    w->import = (struct vg_import){1, 1, 0, 1000, 0};
    run(w, 900);
    vg_assert_near(total(w, VG_COUNT_DOSES), 400000, 0);
    double size = total(w, VG_COUNT_INFECTIONS) / 4e5;
    release_world(w);
    return size;
}

static void vaccines_protect(void **state)
{
    (void)state;
    static struct world w;
    double leaky = 0.5, whole = 0.5;
    for (int i = 0; i < 500; i++) {
        leaky = 1 - exp(-3 * 0.5 * (leaky + 0.0025 * 0.5)); /* half of the imports take */
        whole = 1 - exp(-3 * (0.5 * whole + 0.0025 * 0.5));
    }
    vg_assert_near(vaccinated_size(&w, 0.5, false), leaky, 0.012);
    vg_assert_near(vaccinated_size(&w, 0.5, true), 0.5 * whole, 0.012);
    vg_assert_near(vaccinated_size(&w, 1, false), 0, 0);
    vg_assert_near(vaccinated_size(&w, 1, true), 0, 0);
}

static void protection_against_disease_and_death(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    static uint32_t doses[6];
    static const uint8_t priority[AGES] = {0, 0, 0, 0, 1, 1, 1, 1};
    static const double uptake[AGES] = {1, 1, 1, 1, 1, 1, 1, 1};
    static struct vg_campaign campaign;
    double onsets[2], admissions[2], deaths[2];
    for (int i = 0; i < 2; i++) {
        make_towns(&w, &t, 6, 300000, 2.5);
        severe_disease(&w);
        for (size_t m = 0; m < 6; m++) {
            doses[m] = 100000;
        }
        campaign = (struct vg_campaign){.first_day = 0,
                                        .last_day = 0,
                                        .product = 0,
                                        .dose = 1,
                                        .priority = priority,
                                        .uptake = uptake,
                                        .doses_per_day = doses};
        w.disease.n_products = 1;
        w.disease.products[0].disease[0] = (struct vg_protection){0.5, 0.5, 0, 0};
        w.disease.products[0].severe[0] = (struct vg_protection){0.5, 0.5, 0, 0};
        w.disease.products[0].death[0] = (struct vg_protection){0.5, 0.5, 0, 0};
        w.input.campaigns = &campaign;
        w.input.n_campaigns = (size_t)i;
        w.import = (struct vg_import){1, 1, 0, 50, 0};
        w.keeps_log = true;
        run(&w, 500);
        onsets[i] = admissions[i] = deaths[i] = 0;
        for (size_t j = 0; j < w.n_log; j++) { /* of the old, per infection */
            uint32_t home = population_municipality(w.population, w.log[j].person);
            if (w.population->entries[population_entry(w.population, home, w.log[j].person)].age >= 4) {
                assert_int_equal(w.log[j].doses, i);
                onsets[i] += w.log[j].symptomatic ? 1 : 0;
                admissions[i] += w.log[j].ward ? 1 : 0;
                deaths[i] += w.log[j].death ? 1 : 0;
            }
        }
        release_world(&w);
    }
    vg_assert_near(onsets[1] / onsets[0], 0.5, 0.01);
    vg_assert_near(admissions[1] / admissions[0], 0.25, 0.015);
    vg_assert_near(deaths[1] / deaths[0], 0.125, 0.02);
}

static void waning_brings_infections_back(void **state)
{
    (void)state;
    static struct world w;
    double before = 0;
    static const double half_lives[3] = {2000, 250, 100};
    for (size_t i = 0; i < 3; i++) {
        make_plain(&w, 100000, 2);
        w.disease.natural_infection = (struct vg_protection){1, 0, half_lives[i], 0};
        w.import = (struct vg_import){0, 1000, 0, 1, 0};
        run(&w, 1000);
        assert_true(total(&w, VG_COUNT_INFECTIONS) > before);
        before = total(&w, VG_COUNT_INFECTIONS);
        assert_true(i == 0 || total(&w, VG_COUNT_REINFECTIONS) > 40000);
        release_world(&w);
    }
    /* Without any immunity after 30 days the endemic level is 1 - 1/R of people susceptible again: incidence N (1 - 1/R) / 30
     * or so. */
    make_plain(&w, 100000, 2);
    w.disease.natural_infection = (struct vg_protection){0, 0, 0, 0};
    w.import.count = 2000;
    run(&w, 1000);
    double late = 0;
    for (int day = 700; day < 1000; day++) {
        late += w.counts[VG_COUNT_INFECTIONS][day] / 300;
    }
    /* (1 - I * 31 / N) R (a day's infections hit few twice) = 1 */
    vg_assert_near(late * 31 / 1e5, 0.5, 0.03);
    release_world(&w);
}

/* A run that begins with a share immune: z = s (1 - exp(-R z)); the longer ago, the less immune. */
static void runs_begin_with_a_past(void **state)
{
    (void)state;
    static struct world w;
    static const double shares[1] = {0.4}, twice[1] = {0.25};
    static struct vg_past past[3];
    double z = 0.5, sizes[3];
    for (int i = 0; i < 3; i++) {
        make_plain(&w, 400000, 3);
        past[0] = (struct vg_past){
            .kind = VG_PAST_INFECTION, .first_day = i < 2 ? 100 : 390, .last_day = i < 2 ? 120 : 399, .share = shares};
        w.disease.natural_infection = i == 0 ? (struct vg_protection){1, 1, 0, 0} : (struct vg_protection){1, 0, 150, 0};
        w.input.first_day = 400;
        w.input.past = past;
        w.input.n_past = 1;
        w.import = (struct vg_import){400, 400, 0, 400, 0};
        run(&w, 1400);
        sizes[i] = total(&w, VG_COUNT_INFECTIONS) / 4e5;
        assert_true(i != 0 || total(&w, VG_COUNT_REINFECTIONS) == 0);
        release_world(&w);
    }
    for (int i = 0; i < 500; i++) {
        z = 0.6 * (1 - exp(-3 * (z + 0.001)));
    }
    vg_assert_near(sizes[0], z, 0.008);
    assert_true(sizes[1] > sizes[2] + 0.02 && sizes[2] > sizes[0]); /* waned by half-lives of 150 days */
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    make_plain(&w, 100000, 3);
    w.disease.n_products = 1;
    past[0] = (struct vg_past){.kind = VG_PAST_DOSE, .first_day = 10, .last_day = 19, .dose = 1, .share = shares};
    past[1] = (struct vg_past){.kind = VG_PAST_DOSE, .first_day = 40, .last_day = 49, .dose = 2, .share = twice};
    past[2] = (struct vg_past){.kind = VG_PAST_INFECTION, .first_day = 0, .last_day = 59, .share = shares};
    w.input.past = past;
    w.input.n_past = 3;
    w.input.first_day = 60;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    double n[3] = {0}, infected = 0;
    for (uint32_t person = 0; person < 100000; person++) {
        struct vg_person_state x = vg_epidemic_person(epidemic, person);
        n[x.doses]++;
        infected += x.infections;
        assert_true(x.doses == 0   ? x.dosed_on == VG_DATE_NONE
                    : x.doses == 1 ? x.dosed_on >= 10 && x.dosed_on <= 19
                                   : x.dosed_on >= 40 && x.dosed_on <= 49);
    }
    vg_assert_near(n[2] / 1e5, 0.25, 0.006);
    vg_assert_near(n[1] / 1e5, 0.15, 0.006); /* nested */
    vg_assert_near(infected / 1e5, 0.4, 0.006);
    vg_epidemic_free(epidemic);
    past[1].last_day = 60;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    release_world(&w);
}

static void campaigns_follow_priority_stock_and_interval(void **state)
{
    (void)state;
    static struct world w;
    static struct towns t;
    struct vg_error error;
    static uint32_t doses[6], stock[6];
    static const uint8_t priority[AGES] = {0, 0, 0, 3, 3, 2, 1, 1};
    static const double uptake[AGES] = {1, 1, 1, 0.5, 0.5, 0.8, 0.8, 0.8};
    static struct vg_campaign campaigns[2];
    make_towns(&w, &t, 6, 60000, 2);
    for (size_t m = 0; m < 6; m++) {
        doses[m] = 100;
        stock[m] = m == 2 ? 1500 : 100000;
    }
    for (size_t i = 0; i < 2; i++) {
        campaigns[i] = (struct vg_campaign){.first_day = 0,
                                            .last_day = 200,
                                            .product = 0,
                                            .dose = (uint8_t)(i + 1),
                                            .interval_days = 28,
                                            .priority = priority,
                                            .uptake = uptake,
                                            .doses_per_day = doses,
                                            .stock = stock};
    }
    w.disease.n_products = 1;
    w.input.campaigns = campaigns;
    w.input.n_campaigns = 2;
    w.import.count = 0;
    w.input.n_imports = 1;
    struct vg_epidemic *epidemic = NULL;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    vg_assert_ok(vg_epidemic_advance(epidemic, 9, &error), error);
    double dosed[AGES] = {0};
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        struct vg_person_state x = vg_epidemic_person(epidemic, person);
        dosed[vg_population_person(w.population, person, 0).age_group] += x.doses > 0 ? 1 : 0;
    }
    vg_assert_near(dosed[6] + dosed[7], 9 * 6 * 100, 0); /* 12 % of 10,000 times 0.8 are more than nine days of doses */
    vg_assert_near(dosed[0] + dosed[3] + dosed[5], 0, 0);
    vg_assert_near(dosed[6] / dosed[7], 0.09 / 0.03, 0.1);
    vg_assert_near(total(&w, VG_COUNT_DOSES), 5400, 0);
    vg_assert_ok(vg_epidemic_advance(epidemic, 192, &error), error);
    memset(dosed, 0, sizeof dosed);
    double second[AGES] = {0}, in_two = 0;
    for (uint32_t person = 0; person < vg_population_size(w.population); person++) {
        struct vg_person_state x = vg_epidemic_person(epidemic, person);
        struct vg_person who = vg_population_person(w.population, person, 0);
        if (who.municipality != 2) {
            dosed[who.age_group] += x.doses > 0 ? 1 : 0;
            second[who.age_group] += x.doses == 2 ? 1 : 0;
        }
        in_two += who.municipality == 2 ? x.doses : 0;
    }
    double people[AGES] = {0};
    for (uint32_t m = 0; m < 6; m++) {
        for (uint32_t a = 0; a < AGES; a++) {
            people[a] += m == 2 ? 0 : vg_population_count(w.population, m, a);
        }
    }
    for (size_t a = 3; a < AGES; a++) {
        vg_assert_near(dosed[a] / people[a], uptake[a], 0.005);
        vg_assert_near(second[a], dosed[a], 0);
    }
    vg_assert_near(dosed[0] + dosed[1] + dosed[2], 0, 0);
    vg_assert_near(in_two, 2 * 1500, 0);
    vg_epidemic_free(epidemic);
    release_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_delays_are_as_given),
        cmocka_unit_test(beds_are_limited),
        cmocka_unit_test(equal_variants_are_one),
        cmocka_unit_test(cross_immunity_matters),
        cmocka_unit_test(vaccines_protect),
        cmocka_unit_test(protection_against_disease_and_death),
        cmocka_unit_test(waning_brings_infections_back),
        cmocka_unit_test(runs_begin_with_a_past),
        cmocka_unit_test(campaigns_follow_priority_stock_and_interval),
    };
    return cmocka_run_group_tests_name("epidemic_course", tests, NULL, NULL);
}
