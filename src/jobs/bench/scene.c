/*
 * The country on which the simulator is timed. Invented, but of the proportions of Latin America and the Caribbean: its pyramid, households of 3.3, towns of 40,000, a fifth of workers who
 * commute. All figures are made here; nothing is read.
 */
#include "jobs/bench/simulate.h"

#include <math.h>
#include <string.h>

#define TYPES 400
#define LINKS 10
#define TOWN_PERSONS 40000

static const uint8_t age_from[BENCH_AGES] = {0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75};
static const double pyramid[BENCH_AGES] = {.075, .078, .08, .08, .082, .08, .077, .073, .068, .062, .056, .05, .044, .036, .027, .032};
static const double school[BENCH_AGES] = {.2, .97, .97, .8, .3, .1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const double work[BENCH_AGES] = {0, 0, 0, .1, .45, .6, .68, .7, .7, .7, .65, .55, .4, .15, .05, 0};
static const double sizes[8] = {.13, .18, .21, .21, .13, .07, .04, .03};

static bool add_day(void *context, const struct vg_day *day)
{
    struct bench_tally *t = context;
    size_t cells = day->n_municipalities * day->n_ages * day->n_variants;
    for (size_t i = 0; i < cells; i++) {
        t->infections += day->counts[VG_COUNT_INFECTIONS * cells + i];
        t->doses += day->counts[VG_COUNT_DOSES * cells + i];
        t->quarantined += day->counts[VG_COUNT_QUARANTINED * cells + i];
        t->deaths += day->counts[VG_COUNT_DEATHS * cells + i];
    }
    t->days = day->day + 1;
    return true;
}

/* Reciprocal matrices: like meets like; about 4 contacts a day in class, 2.5 at work, 4.5 elsewhere, 0.5 when travelling. */
static void make_contacts(double *daily)
{
    static const double level[VG_LAYERS] = {0, 18, 14, 14, 1.6};
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        for (size_t a = 0; a < BENCH_AGES; a++) {
            for (size_t b = 0; b < BENCH_AGES; b++) {
                double near = exp(-fabs((double)a - (double)b) / (layer == VG_LAYER_SCHOOL ? 0.8 : 3.0));
                double member = layer == VG_LAYER_SCHOOL ? (school[a] + .05 * work[a]) * (school[b] + .05 * work[b]) : layer == VG_LAYER_WORK ? work[a] * work[b] : 1;
                daily[(layer * BENCH_AGES + a) * BENCH_AGES + b] = level[layer] * member * near * pyramid[b];
            }
        }
    }
}

/* Rows of commuting and travel: near towns most, one far away. */
struct rows { uint32_t *row, *destination; double *commute, *travel; };

static bool make_rows(struct vg_arena *arena, size_t n, struct rows *rows)
{
    rows->row = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    rows->destination = VG_ARENA_ARRAY(arena, uint32_t, n * LINKS);
    rows->commute = VG_ARENA_ARRAY(arena, double, n * LINKS);
    rows->travel = VG_ARENA_ARRAY(arena, double, n * LINKS);
    for (size_t m = 0; m < n && !arena->failed; m++) {
        rows->row[m + 1] = rows->row[m] + LINKS;
        for (size_t i = 0; i < LINKS; i++) {
            size_t step = i + 1 < LINKS ? (i / 2 + 1) : 97;
            rows->destination[m * LINKS + i] = (uint32_t)((i % 2 == 0 ? m + step : m + n - step % n) % n);
            rows->commute[m * LINKS + i] = .2 / LINKS * 2 / (1 + (double)i / 3) * .8;
            rows->travel[m * LINKS + i] = .09;
        }
    }
    return !arena->failed;
}

static vg_status make_population(struct bench_scene *s, double persons, struct vg_pool *pool, struct vg_error *error)
{
    struct vg_arena scratch;
    struct rows rows = {.row = NULL};
    size_t n = (size_t)ceil(persons / TOWN_PERSONS);
    struct vg_household_rules rules = {.seed = 3, .n_ages = BENCH_AGES, .age_from = age_from, .age_share = pyramid, .school_share = school, .work_share = work, .staff_share = .05,
                                       .n_sizes = 8, .size_share = sizes};
    vg_arena_init(&scratch, 0);
    struct vg_household_type *types = VG_ARENA_ARRAY(&scratch, struct vg_household_type, TYPES);
    uint32_t *wanted = VG_ARENA_ARRAY(&scratch, uint32_t, n);
    double *shares = VG_ARENA_ARRAY(&scratch, double, n * BENCH_AGES);
    s->n_towns = n;
    s->doses = VG_ARENA_ARRAY(&s->arena, uint32_t, n);
    vg_status status = s->doses == NULL || !make_rows(&scratch, n, &rows) ? vg_fail_memory(error, n * 400) : vg_population_household_types(&rules, TYPES, types, error);
    for (size_t m = 0; m < n && status == VG_OK; m++) {
        wanted[m] = (uint32_t)(persons / (double)n);
        s->doses[m] = wanted[m] / 150 + 1;
        memcpy(shares + m * BENCH_AGES, pyramid, sizeof pyramid);
    }
    if (status == VG_OK) {
        struct vg_flows commuting = {rows.row, rows.destination, rows.commute};
        struct vg_flows travel = {rows.row, rows.destination, rows.travel};
        struct vg_population_input input = {.seed = 5, .n_ages = BENCH_AGES, .age_from = age_from, .n_municipalities = n, .persons = wanted, .age_share = shares, .n_types = TYPES,
                                            .types = types, .school_size = 30, .work_size = 20, .commuting = &commuting, .travel = &travel};
        status = vg_population_new(&input, pool, &s->population, error);
    }
    vg_arena_release(&scratch);
    return status;
}

static void make_disease(struct bench_scene *s)
{
    double before = 0;
    for (size_t i = 0; i < 30; i++) {
        double now = vg_gamma_cdf((double)i + 1.5, 6.6, 0.833);
        s->profile[i] = now - before;
        before = now;
    }
    for (size_t a = 0; a < BENCH_AGES; a++) {
        s->symptomatic[a] = .5 + .02 * (double)a;
        s->ward[a] = .002 * exp(.32 * (double)a);
        s->icu[a] = .1 + .015 * (double)a;
        s->death[a] = .1 + .03 * (double)a;
    }
    s->disease = (struct vg_disease){.n_ages = BENCH_AGES, .layer_weight = {8, 1, 1, 1, 1}, .household_scaling = .6, .dispersion = .6, .asymptomatic_infectiousness = .5,
                                     .n_profile = 30, .profile = s->profile, .profile_first_day = 1, .incubation = {5.4, 2.7}, .onset_to_admission = {5.1, 3},
                                     .admission_to_icu = {2.3, 2.3}, .ward_stay = {8.8, 8.8}, .icu_stay = {18.8, 12.2}, .ward_to_death = {10, 7}, .icu_to_death = {11.7, 8.8},
                                     .onset_to_death = {15, 7}, .symptomatic = s->symptomatic, .ward = s->ward, .icu = s->icu, .death_ward = s->death, .death_icu = s->death,
                                     .n_variants = 1, .natural_infection = {1, 1, 0, 0}, .refractory_days = 31};
    s->disease.variants[0] = (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, 1}, .vaccine_kept = 1};
}

vg_status bench_scene_make(struct bench_scene *s, double persons, double r0, struct vg_pool *pool, struct vg_error *error)
{
    memset(s, 0, sizeof *s);
    vg_arena_init(&s->arena, 0);
    vg_status status = make_population(s, persons, pool, error);
    if (status != VG_OK) {
        return status;
    }
    make_disease(s);
    make_contacts(s->daily);
    s->input = (struct vg_epidemic_input){.seed = 7, .population = s->population, .contacts = {.n_sets = 1, .daily = s->daily}, .disease = &s->disease, .first_date = 18322,
                                          .imports = s->imports, .context = &s->tally, .on_day = add_day, .observation = {.reported = .3, .onset_to_report = {5, 4}}};
    size_t towns = s->n_towns < BENCH_ARRIVALS ? s->n_towns : BENCH_ARRIVALS;
    for (size_t i = 0; i < towns; i++) {
        s->imports[i] = (struct vg_import){0, 0, (uint32_t)(i * s->n_towns / towns), 20, 0};
    }
    s->input.n_imports = towns;
    return vg_control_transmission(s->population, &s->input.contacts, &s->disease, r0, &s->disease.transmission, NULL, error);
}

void bench_scene_years(struct bench_scene *s)
{
    struct vg_disease *d = &s->disease;
    d->natural_infection = (struct vg_protection){.95, .1, 250, 0};
    d->natural_severe = (struct vg_protection){.8, .6, 500, 0};
    d->n_variants = 2;
    d->variants[1] = (struct vg_variant){.transmissibility = 1.5, .severity = 1, .immunity_from = {.5, 1}, .vaccine_kept = .7};
    d->n_products = 1;
    for (size_t dose = 0; dose < 2; dose++) {
        d->products[0].infection[dose] = (struct vg_protection){.5 + .2 * (double)dose, .1, 150, 14};
        d->products[0].severe[dose] = (struct vg_protection){.6 + .2 * (double)dose, .5, 400, 14};
    }
    for (size_t a = 0; a < BENCH_AGES; a++) {
        s->priority[a] = (uint8_t)(a >= 12 ? 1 : a >= 4 ? 2 : a >= 1 ? 3 : 0);
        s->uptake[a] = .75;
    }
    for (size_t i = 0; i < 2; i++) {
        s->campaigns[i] = (struct vg_campaign){.first_day = 250 + 28 * (int32_t)i, .last_day = 1094, .product = 0, .dose = (uint8_t)(i + 1), .interval_days = 28,
                                               .priority = s->priority, .uptake = s->uptake, .doses_per_day = s->doses};
    }
    s->imports[s->input.n_imports] = (struct vg_import){300, 300, 0, 50, 1};
    s->input.n_imports++;
    s->input.n_campaigns = 2;
    s->input.campaigns = s->campaigns;
}

void bench_scene_tracing(struct bench_scene *s)
{
    s->tracing = (struct vg_intervention){.kind = VG_INTERVENTION_TRACING, .first_day = 30, .last_day = 1094, .compliance = .5, .delay_days = 2, .duration_days = 10, .sensitivity = .9,
                                          .household_share = .9, .traced_share = {0, .1, .1, .03, .03}, .contact_days = 4, .quarantine_days = 10};
    s->input.n_measures = 1;
    s->input.measures = &s->tracing;
}

void bench_scene_release(struct bench_scene *s)
{
    vg_population_free(s->population);
    vg_arena_release(&s->arena);
    memset(s, 0, sizeof *s);
}
