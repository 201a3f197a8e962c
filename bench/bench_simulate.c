/*
 * The engine that simulates every person: a structured first wave with R0 3, three years with waning, a second variant and
 * vaccination (with and without tracing), and contact-exact mode. Prints infections a CPU second, CPU seconds and bytes a
 * person.
 *
 *     bench_simulate [wave | years | tracing | exact | all] [PERSONS [THREADS]]       all of 10 million (exact: 1 million), 1
 * thread
 *
 * Peers on the same machine, one core: OpenABM-Covid19 4,700 infections a CPU second (it evaluates every contact, as `exact`
 * can); epiworld 33,000 to 92,000.
 */
#include "control/control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define AGES 16
#define TYPES 400
#define LINKS 10
#define TOWN_PERSONS 40000
#define ARRIVALS 64 /* towns in which the first cases arrive */
#define OPENABM_INFECTIONS_A_SECOND 4700.0

static const uint8_t age_from[AGES] = {0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75};
static const double pyramid[AGES] = {.075, .078, .08,  .08, .082, .08,  .077, .073,
                                     .068, .062, .056, .05, .044, .036, .027, .032};
static const double school[AGES] = {.2, .97, .97, .8, .3, .1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const double work[AGES] = {0, 0, 0, .1, .45, .6, .68, .7, .7, .7, .65, .55, .4, .15, .05, 0};
static const double sizes[8] = {.13, .18, .21, .21, .13, .07, .04, .03};

struct tally {
    double infections, doses, quarantined, deaths;
    int32_t last;
};
struct scene {
    struct vg_population *population;
    size_t n_towns;
    uint32_t *persons, *row, *destination, *doses;
    double *commute, *travel, *shares, daily[VG_LAYERS * AGES * AGES], profile[30];
    double symptomatic[AGES], ward[AGES], icu[AGES], death[AGES], uptake[AGES];
    uint8_t priority[AGES];
    struct vg_disease disease;
    struct vg_epidemic_input input;
    struct vg_import imports[ARRIVALS + 1];
    struct vg_campaign campaigns[2];
    struct vg_intervention tracing;
    struct tally tally;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static void stop(const struct vg_error *error)
{
    (void)fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static bool add_day(void *context, const struct vg_day *day)
{
    struct tally *t = context;
    size_t cells = day->n_municipalities * day->n_ages * day->n_variants;
    for (size_t i = 0; i < cells; i++) {
        t->infections += day->counts[VG_COUNT_INFECTIONS * cells + i];
        t->doses += day->counts[VG_COUNT_DOSES * cells + i];
        t->quarantined += day->counts[VG_COUNT_QUARANTINED * cells + i];
        t->deaths += day->counts[VG_COUNT_DEATHS * cells + i];
    }
    t->last = day->day;
    return true;
}

/* Reciprocal matrices: like meets like; about 4 contacts a day in class, 2.5 at work, 4.5 elsewhere, 0.5 when travelling. */
static void make_contacts(double *daily)
{
    static const double level[VG_LAYERS] = {0, 18, 14, 14, 1.6};
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        for (size_t a = 0; a < AGES; a++) {
            for (size_t b = 0; b < AGES; b++) {
                double near = exp(-fabs((double)a - (double)b) / (layer == VG_LAYER_SCHOOL ? 0.8 : 3.0));
                double member = layer == VG_LAYER_SCHOOL ? (school[a] + .05 * work[a]) * (school[b] + .05 * work[b])
                                : layer == VG_LAYER_WORK ? work[a] * work[b]
                                                         : 1;
                daily[(layer * AGES + a) * AGES + b] = level[layer] * member * near * pyramid[b];
            }
        }
    }
}

static void make_population(struct scene *s, double persons, struct vg_pool *pool)
{
    struct vg_error error;
    size_t n = (size_t)ceil(persons / TOWN_PERSONS);
    static struct vg_household_type types[TYPES];
    s->n_towns = n;
    struct vg_household_rules rules = {.seed = 3,
                                       .n_ages = AGES,
                                       .age_from = age_from,
                                       .age_share = pyramid,
                                       .school_share = school,
                                       .work_share = work,
                                       .staff_share = .05,
                                       .n_sizes = 8,
                                       .size_share = sizes};
    if (vg_population_household_types(&rules, TYPES, types, &error) != VG_OK) {
        stop(&error);
    }
    s->persons = calloc(n, sizeof *s->persons);
    s->row = calloc(n + 1, sizeof *s->row);
    s->destination = calloc(n * LINKS, sizeof *s->destination);
    s->commute = calloc(n * LINKS, sizeof *s->commute);
    s->travel = calloc(n * LINKS, sizeof *s->travel);
    s->shares = calloc(n * AGES, sizeof *s->shares);
    s->doses = calloc(n, sizeof *s->doses);
    for (size_t m = 0; m < n; m++) {
        s->persons[m] = (uint32_t)(persons / (double)n);
        s->doses[m] = s->persons[m] / 150 + 1;
        s->row[m + 1] = s->row[m] + LINKS;
        for (size_t i = 0; i < LINKS; i++) { /* near ones most, one far away */
            size_t step = i + 1 < LINKS ? (i / 2 + 1) : 97;
            s->destination[m * LINKS + i] = (uint32_t)((i % 2 == 0 ? m + step : m + n - step % n) % n);
            s->commute[m * LINKS + i] = .2 / LINKS * 2 / (1 + (double)i / 3) * .8;
            s->travel[m * LINKS + i] = .09;
        }
        memcpy(s->shares + m * AGES, pyramid, sizeof pyramid);
    }
    struct vg_flows commuting = {s->row, s->destination, s->commute};
    struct vg_flows travel = {s->row, s->destination, s->travel};
    struct vg_population_input input = {.seed = 5,
                                        .n_ages = AGES,
                                        .age_from = age_from,
                                        .n_municipalities = n,
                                        .persons = s->persons,
                                        .age_share = s->shares,
                                        .n_types = TYPES,
                                        .types = types,
                                        .school_size = 30,
                                        .work_size = 20,
                                        .commuting = &commuting,
                                        .travel = &travel};
    double start = cpu_seconds();
    if (vg_population_new(&input, pool, &s->population, &error) != VG_OK) {
        stop(&error);
    }
    (void)printf("population: %zu people, %zu municipalities, %.1f CPU s\n", vg_population_size(s->population), n,
                 cpu_seconds() - start);
}

static void make_disease(struct scene *s, double r0)
{
    struct vg_disease *d = &s->disease;
    struct vg_error error;
    double before = 0;
    for (size_t i = 0; i < 30; i++) {
        double now = vg_gamma_cdf((double)i + 1.5, 6.6, 0.833);
        s->profile[i] = now - before;
        before = now;
    }
    for (size_t a = 0; a < AGES; a++) {
        s->symptomatic[a] = .5 + .02 * (double)a;
        s->ward[a] = .002 * exp(.32 * (double)a);
        s->icu[a] = .1 + .015 * (double)a;
        s->death[a] = .1 + .03 * (double)a;
    }
    *d = (struct vg_disease){.n_ages = AGES,
                             .layer_weight = {8, 1, 1, 1, 1},
                             .household_scaling = .6,
                             .dispersion = .6,
                             .asymptomatic_infectiousness = .5,
                             .n_profile = 30,
                             .profile = s->profile,
                             .profile_first_day = 1,
                             .incubation = {5.4, 2.7},
                             .onset_to_admission = {5.1, 3},
                             .admission_to_icu = {2.3, 2.3},
                             .ward_stay = {8.8, 8.8},
                             .icu_stay = {18.8, 12.2},
                             .ward_to_death = {10, 7},
                             .icu_to_death = {11.7, 8.8},
                             .onset_to_death = {15, 7},
                             .symptomatic = s->symptomatic,
                             .ward = s->ward,
                             .icu = s->icu,
                             .death_ward = s->death,
                             .death_icu = s->death,
                             .n_variants = 1,
                             .natural_infection = {1, 1, 0, 0},
                             .refractory_days = 31};
    d->variants[0] = (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, 1}, .vaccine_kept = 1};
    make_contacts(s->daily);
    s->input = (struct vg_epidemic_input){.seed = 7,
                                          .population = s->population,
                                          .contacts = {.n_sets = 1, .daily = s->daily},
                                          .disease = d,
                                          .first_date = 18322,
                                          .imports = s->imports,
                                          .context = &s->tally,
                                          .on_day = add_day,
                                          .observation = {.reported = .3, .onset_to_report = {5, 4}}};
    size_t towns = s->n_towns < ARRIVALS ? s->n_towns : ARRIVALS;
    for (size_t i = 0; i < towns; i++) {
        s->imports[i] = (struct vg_import){0, 0, (uint32_t)(i * s->n_towns / towns), 20, 0};
    }
    s->input.n_imports = towns;
    if (vg_control_transmission(s->population, &s->input.contacts, d, r0, &d->transmission, NULL, &error) != VG_OK) {
        stop(&error);
    }
}

/* Three years: immunity wanes with a half-life of 250 days, a second variant comes on day 300, doses from day 250 on, the old
 * first. */
static void make_years(struct scene *s, bool tracing)
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
    for (size_t a = 0; a < AGES; a++) {
        s->priority[a] = (uint8_t)(a >= 12 ? 1 : a >= 4 ? 2 : a >= 1 ? 3 : 0);
        s->uptake[a] = .75;
    }
    for (size_t i = 0; i < 2; i++) {
        s->campaigns[i] = (struct vg_campaign){.first_day = 250 + 28 * (int32_t)i,
                                               .last_day = 1094,
                                               .product = 0,
                                               .dose = (uint8_t)(i + 1),
                                               .interval_days = 28,
                                               .priority = s->priority,
                                               .uptake = s->uptake,
                                               .doses_per_day = s->doses};
    }
    size_t towns = s->n_towns < ARRIVALS ? s->n_towns : ARRIVALS;
    s->imports[towns] = (struct vg_import){300, 300, 0, 50, 1};
    s->input.n_imports = towns + 1;
    s->input.n_campaigns = 2;
    s->input.campaigns = s->campaigns;
    s->tracing = (struct vg_intervention){.kind = VG_INTERVENTION_TRACING,
                                          .first_day = 30,
                                          .last_day = 1094,
                                          .compliance = .5,
                                          .delay_days = 2,
                                          .duration_days = 10,
                                          .sensitivity = .9,
                                          .household_share = .9,
                                          .traced_share = {0, .1, .1, .03, .03},
                                          .contact_days = 4,
                                          .quarantine_days = 10};
    s->input.n_measures = tracing ? 1 : 0;
    s->input.measures = &s->tracing;
}

static void simulate(const char *name, struct scene *s, int32_t days, struct vg_pool *pool)
{
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    s->tally = (struct tally){0};
    double start = cpu_seconds();
    if (vg_epidemic_new(&s->input, pool, &epidemic, &error) != VG_OK) {
        stop(&error);
    }
    double laid = cpu_seconds() - start;
    while (vg_epidemic_today(epidemic) < days && !vg_epidemic_over(epidemic)) {
        if (vg_epidemic_advance(epidemic, 1, &error) != VG_OK) {
            stop(&error);
        }
    }
    double spent = cpu_seconds() - start;
    double people = (double)vg_population_size(s->population);
    (void)printf("%s: %.0f people, %d days, %.4g infections (%.3f a person), %.4g doses, %.4g quarantined, %.4g deaths\n", name,
                 people, s->tally.last, s->tally.infections, s->tally.infections / people, s->tally.doses, s->tally.quarantined,
                 s->tally.deaths);
    (void)printf("    %.2f CPU s (%.2f to begin), %.0f ns an infection, %.3g infections/CPU s = %.0f x OpenABM-Covid19, peak "
                 "%.2f GB = %.1f bytes a person\n",
                 spent, laid, spent * 1e9 / s->tally.infections, s->tally.infections / spent,
                 s->tally.infections / spent / OPENABM_INFECTIONS_A_SECOND, peak_bytes() * 1e-9, peak_bytes() / people);
    vg_epidemic_free(epidemic);
}

static void release(struct scene *s)
{
    vg_population_free(s->population);
    free(s->persons);
    free(s->row);
    free(s->destination);
    free(s->commute);
    free(s->travel);
    free(s->shares);
    free(s->doses);
    memset(s, 0, sizeof *s);
}

int main(int count, char **arguments)
{
    static struct scene s;
    const char *what = count > 1 ? arguments[1] : "all";
    double persons = count > 2 ? strtod(arguments[2], NULL) : 1e7;
    bool all = strcmp(what, "all") == 0;
    struct vg_pool *pool = vg_pool_new(count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 1);
    if (all || strcmp(what, "exact") == 0) { /* the smallest first: peak memory only rises */
        make_population(&s, all ? 1e6 : persons, pool);
        make_disease(&s, 3);
        s.input.mode = VG_CONTACTS_EXACT;
        simulate("contact-exact, first wave", &s, 1000, pool);
        release(&s);
    }
    if (all || strcmp(what, "exact") != 0) {
        make_population(&s, persons, pool);
        make_disease(&s, 3);
        if (all || strcmp(what, "wave") == 0) {
            simulate("first wave", &s, 1000, pool);
        }
        make_years(&s, false);
        if (all || strcmp(what, "years") == 0) {
            simulate("three years", &s, 1095, pool);
        }
        make_years(&s, true);
        if (all || strcmp(what, "tracing") == 0) {
            simulate("three years with tracing", &s, 1095, pool);
        }
        release(&s);
    }
    vg_pool_free(pool);
    return 0;
}
