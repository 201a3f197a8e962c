/*
 * Small worlds for tests of the engine: one in which all people are alike, and one with ages, households, schools, work and
 * travel. A run keeps daily counts and, where asked, the log of infections.
 */
#ifndef VG_ENGINE_WORLD_H
#define VG_ENGINE_WORLD_H

#include "vg_test.h"

#include "control/control.h"

#define DAYS_MOST 1500
#define AGES 8

struct world {
    struct vg_population *population;
    struct vg_epidemic_input input;
    struct vg_disease disease;
    struct vg_import import;
    double daily[VG_LAYERS * AGES * AGES];
    double profile[40], ones[AGES], symptomatic[AGES], ward[AGES], icu[AGES], death[AGES], susceptibility[AGES];
    /* the run's trace */
    double counts[VG_COUNT_KINDS][DAYS_MOST];
    double group_counts[VG_COUNT_KINDS][VG_GROUPS_MAX];
    double by_variant[VG_VARIANTS_MAX][DAYS_MOST], by_age[AGES], deaths_by_age[AGES];
    double ward_patients[DAYS_MOST], icu_patients[DAYS_MOST], without_ward, without_icu;
    uint64_t hash; /* of all counts and the log */
    struct vg_infection *log;
    size_t n_log, log_capacity;
    bool keeps_log;
    int32_t stop_after;
};

__attribute__((unused)) static bool keep_day(void *context, const struct vg_day *day)
{
    struct world *w = context;
    size_t cells = day->n_municipalities * day->n_ages * day->n_variants;
    for (size_t kind = 0; kind < VG_COUNT_KINDS; kind++) {
        double sum = 0;
        for (size_t i = 0; i < cells; i++) {
            uint32_t n = day->counts[kind * cells + i];
            sum += n;
            if (kind == VG_COUNT_INFECTIONS) {
                w->by_variant[i % day->n_variants][day->day] += n;
                w->by_age[i / day->n_variants % day->n_ages] += n;
            }
            if (kind == VG_COUNT_DEATHS) {
                w->deaths_by_age[i / day->n_variants % day->n_ages] += n;
            }
        }
        w->counts[kind][day->day] = sum;
    }
    for (size_t r = 0; r < day->n_regions; r++) {
        w->ward_patients[day->day] += day->ward_patients[r];
        w->icu_patients[day->day] += day->icu_patients[r];
        w->without_ward += day->without_ward[r];
        w->without_icu += day->without_icu[r];
    }
    w->hash = vg_hash_bytes(day->counts, VG_COUNT_KINDS * cells * sizeof *day->counts, w->hash);
    for (size_t i = 0; i < VG_COUNT_KINDS * day->n_municipalities * day->n_groups; i++) {
        w->group_counts[i / day->n_groups / day->n_municipalities][i % day->n_groups] += day->group_counts[i];
    }
    if (day->n_groups > 0) {
        w->hash = vg_hash_bytes(day->group_counts, VG_COUNT_KINDS * day->n_municipalities * day->n_groups * sizeof *day->group_counts, w->hash);
    }
    return w->stop_after == 0 || day->day < w->stop_after;
}

__attribute__((unused)) static void keep_infections(void *context, const struct vg_infection *infections, size_t n)
{
    struct world *w = context;
    for (size_t i = 0; i < n; i++) {
        uint32_t fields[6] = {infections[i].person, infections[i].infector,        (uint32_t)infections[i].day,
                              infections[i].layer,  (uint32_t)infections[i].onset, infections[i].pool};
        w->hash = vg_hash_bytes(fields, sizeof fields, w->hash);
    }
    if (w->n_log + n > w->log_capacity) {
        w->log_capacity = 2 * (w->n_log + n);
        w->log = realloc(w->log, w->log_capacity * sizeof *w->log);
        assert_non_null(w->log);
    }
    memcpy(w->log + w->n_log, infections, n * sizeof *infections);
    w->n_log += n;
}

/* Discretised gamma from day 1 on. */
__attribute__((unused)) static size_t gamma_profile(double mean, double sd, double *profile, size_t n)
{
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean, before = 0;
    for (size_t i = 0; i < n; i++) {
        double now = vg_gamma_cdf((double)i + 1.5, shape, scale);
        profile[i] = now - before;
        before = now;
    }
    return n;
}

__attribute__((unused)) static void plain_disease(struct world *w, size_t n_ages)
{
    struct vg_disease *d = &w->disease;
    for (size_t a = 0; a < AGES; a++) {
        w->ones[a] = 1;
    }
    d->n_ages = n_ages;
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        d->layer_weight[layer] = 1;
    }
    d->asymptomatic_infectiousness = 1;
    d->n_profile = gamma_profile(5.5, 2.14, w->profile, 30);
    d->profile = w->profile;
    d->profile_first_day = 1;
    d->incubation = (struct vg_delay){5, 2};
    d->n_variants = 1;
    d->variants[0] = (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1}, .vaccine_kept = 1};
    d->natural_infection = (struct vg_protection){1, 1, 0, 0};
    d->refractory_days = 30;
    w->input.disease = d;
    w->input.contacts.n_sets = 1;
    w->input.contacts.daily = w->daily;
    w->input.seed = 1;
    w->input.context = w;
    w->input.on_day = keep_day;
    w->input.n_imports = 1;
    w->input.imports = &w->import;
}

/* People who are all alike, in n_municipalities that do not know each other; everybody lives alone. */
__attribute__((unused)) static void make_plain(struct world *w, uint32_t persons, double r0)
{
    static const uint8_t from[1] = {0};
    struct vg_error error;
    memset(w, 0, sizeof *w);
    struct vg_household_type alone = {.weight = 1, .size = 1};
    struct vg_population_input input = {
        .seed = 5, .n_ages = 1, .age_from = from, .n_municipalities = 1, .persons = &persons, .n_types = 1, .types = &alone};
    vg_assert_ok(vg_population_new(&input, NULL, &w->population, &error), error);
    plain_disease(w, 1);
    w->daily[VG_LAYER_COMMUNITY] = 1;
    w->input.population = w->population;
    vg_assert_ok(
        vg_control_transmission(w->population, &w->input.contacts, &w->disease, r0, &w->disease.transmission, NULL, &error),
        error);
    w->import = (struct vg_import){0, 0, 0, persons / 1000 < 1 ? 1 : persons / 1000, 0};
}

__attribute__((unused)) static const double group_contacts[2] = {2.5, 0.6};

struct towns {
    uint32_t persons[64], row[65], destination[64 * 3];
    double share[64 * 3], travel[64 * 3];
    double age_share[64 * AGES];
    struct vg_flows commuting, visits;
    struct vg_household_type types[300];
    struct vg_group groups[2]; /* where there are some: health workers, the ill */
    double health_workers[64 * AGES], ill[64 * AGES];
};

static const uint8_t town_ages[AGES] = {0, 5, 12, 18, 30, 45, 60, 75};
static const double town_pyramid[AGES] = {0.08, 0.12, 0.1, 0.2, 0.21, 0.17, 0.09, 0.03};
static const double town_school[AGES] = {0.1, 0.95, 0.9, 0.2, 0, 0, 0, 0};
static const double town_work[AGES] = {0, 0, 0, 0.55, 0.75, 0.65, 0.2, 0};

/* Reciprocal for the pyramid: people of like age meet more; school among the young, work among adults. */
__attribute__((unused)) static void town_contacts(const double *pyramid, double *daily)
{
    static const double level[VG_LAYERS] = {0, 5, 4, 4, 0.5};
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        for (size_t a = 0; a < AGES; a++) {
            for (size_t b = 0; b < AGES; b++) {
                double near = exp(-fabs((double)a - (double)b) / (layer == VG_LAYER_SCHOOL ? 0.6 : 1.5));
                double member = layer == VG_LAYER_SCHOOL
                                    ? (town_school[a] + 0.05 * town_work[a]) * (town_school[b] + 0.05 * town_work[b])
                                : layer == VG_LAYER_WORK ? town_work[a] * town_work[b]
                                                         : 1;
                daily[(layer * AGES + a) * AGES + b] = level[layer] * member * near * pyramid[b] * 3;
            }
        }
    }
}

/* contacts, if not NULL, of two groups: a tenth of those of working age, and of the old a share that differs from town to town. */
__attribute__((unused)) static void make_towns_with(struct world *w, struct towns *t, size_t n, uint32_t persons, double r0, const double *contacts)
{
    struct vg_error error;
    static const double sizes[7] = {0.15, 0.2, 0.2, 0.2, 0.13, 0.08, 0.04};
    memset(w, 0, sizeof *w);
    memset(t, 0, sizeof *t);
    struct vg_household_rules rules = {.seed = 3,
                                       .n_ages = AGES,
                                       .age_from = town_ages,
                                       .age_share = town_pyramid,
                                       .school_share = town_school,
                                       .work_share = town_work,
                                       .staff_share = 0.06,
                                       .n_sizes = 7,
                                       .size_share = sizes};
    vg_assert_ok(vg_population_household_types(&rules, 300, t->types, &error), error);
    for (size_t m = 0; m < n; m++) {
        t->persons[m] = persons / (uint32_t)n;
        t->row[m + 1] = t->row[m] + 2;
        t->destination[2 * m] = (uint32_t)((m + 1) % n);
        t->destination[2 * m + 1] = (uint32_t)((m + 2) % n);
        t->share[2 * m] = 0.15;
        t->share[2 * m + 1] = 0.05;
        t->travel[2 * m] = 0.5;
        t->travel[2 * m + 1] = 0.5;
        for (size_t a = 0; a < AGES; a++) {
            t->age_share[m * AGES + a] = town_pyramid[a];
            t->health_workers[m * AGES + a] = a >= 3 && a <= 6 ? 0.1 : 0;
            t->ill[m * AGES + a] = a >= 5 ? 0.2 + 0.2 * (double)(m % 2) : 0;
        }
    }
    t->commuting = (struct vg_flows){t->row, t->destination, t->share};
    t->visits = (struct vg_flows){t->row, t->destination, t->travel};
    struct vg_population_input input = {.seed = 5,
                                        .n_ages = AGES,
                                        .age_from = town_ages,
                                        .n_municipalities = n,
                                        .persons = t->persons,
                                        .age_share = t->age_share,
                                        .n_types = 300,
                                        .types = t->types,
                                        .school_size = 25,
                                        .work_size = 15,
                                        .commuting = &t->commuting,
                                        .travel = &t->visits,
                                        .n_groups = contacts != NULL ? 2 : 0,
                                        .groups = t->groups};
    t->groups[0] = (struct vg_group){t->health_workers, contacts == NULL ? 1 : contacts[0]};
    t->groups[1] = (struct vg_group){t->ill, contacts == NULL ? 1 : contacts[1]};
    vg_assert_ok(vg_population_new(&input, NULL, &w->population, &error), error);
    plain_disease(w, AGES);
    town_contacts(town_pyramid, w->daily);
    w->input.population = w->population;
    vg_assert_ok(
        vg_control_transmission(w->population, &w->input.contacts, &w->disease, r0, &w->disease.transmission, NULL, &error),
        error);
    w->import = (struct vg_import){0, 0, 0, 20, 0};
}

__attribute__((unused)) static void make_towns(struct world *w, struct towns *t, size_t n, uint32_t persons, double r0)
{
    make_towns_with(w, t, n, persons, r0, NULL);
}

/* Until nobody is infected, or for at most `days`. */
__attribute__((unused)) static struct vg_epidemic *run_on(struct world *w, int32_t days, struct vg_pool *pool)
{
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    memset(w->counts, 0, sizeof w->counts);
    memset(w->by_variant, 0, sizeof w->by_variant);
    memset(w->group_counts, 0, sizeof w->group_counts);
    memset(w->by_age, 0, sizeof w->by_age);
    memset(w->deaths_by_age, 0, sizeof w->deaths_by_age);
    memset(w->ward_patients, 0, sizeof w->ward_patients);
    memset(w->icu_patients, 0, sizeof w->icu_patients);
    w->without_ward = w->without_icu = 0;
    w->hash = 0;
    w->n_log = 0;
    w->input.on_infections = w->keeps_log ? keep_infections : NULL;
    vg_assert_ok(vg_epidemic_new(&w->input, pool, &epidemic, &error), error);
    while (vg_epidemic_today(epidemic) < days && !vg_epidemic_over(epidemic)) {
        vg_assert_ok(vg_epidemic_advance(epidemic, 1, &error), error);
    }
    return epidemic;
}

__attribute__((unused)) static void run(struct world *w, int32_t days)
{
    vg_epidemic_free(run_on(w, days, NULL));
}

__attribute__((unused)) static double total(const struct world *w, enum vg_count_kind kind)
{
    double sum = 0;
    for (size_t day = 0; day < DAYS_MOST; day++) {
        sum += w->counts[kind][day];
    }
    return sum;
}

__attribute__((unused)) static void release_world(struct world *w)
{
    vg_population_free(w->population);
    free(w->log);
    memset(w, 0, sizeof *w);
}

#endif
