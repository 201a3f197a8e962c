/*
 * From parameters to integers: thresholds of every draw, made once. Offspring: the number of effective contacts of an infection
 * is negative binomial (mean by age, role, household, variant and symptoms; dispersion k). Tables stand for a grid of means; a
 * mean between two of them is the higher one with every contact kept with probability ratio, which leaves k as it is.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>
#include <string.h>

#define GRID_RATIO 1.15
#define GRID_LEAST 0.02
#define GRID_MOST 400.0
#define GRID_TABLES 128
#define OFFSPRING_MOST 16383U /* numbers from here on mean other contacts (epidemic_trace.c) */

static bool is_share(double x)
{
    return x >= 0 && x <= 1;
}

static bool protection_ok(const struct vg_protection *q)
{
    return is_share(q->initial) && is_share(q->final) && q->half_life_days >= 0 && q->delay_days >= 0;
}

static uint16_t *protection_table(struct vg_epidemic *e, const struct vg_protection *q)
{
    uint16_t *table = VG_ARENA_ARRAY(&e->arena, uint16_t, VG_ENGINE_DAYS_MAX + 2);
    if (table == NULL) {
        return NULL;
    }
    for (int day = 0; day < VG_ENGINE_DAYS_MAX + 2; day++) {
        double t = day - q->delay_days;
        double left = q->half_life_days > 0 ? exact_exp(-t / q->half_life_days * 0.693147180559945309) : 1;
        table[day] = t < 0 ? 0 : (uint16_t)share_of(q->final + (q->initial - q->final) * left);
    }
    return table;
}

/* A table by dose for every product, none included, so that whoever had none is looked up like everybody else. */
static vg_status dose_tables(struct vg_epidemic *e, struct vg_error *error)
{
    const struct vg_disease *d = e->input.disease;
    struct tables *t = &e->tables;
    const uint16_t *none = VG_ARENA_ARRAY(&e->arena, uint16_t, VG_ENGINE_DAYS_MAX + 2);
    for (size_t kind = 0; kind < 4; kind++) {
        for (size_t i = 0; i < VG_PRODUCTS_MAX * (VG_DOSES_MAX + 1); i++) {
            t->vaccine[kind][i] = none;
        }
    }
    for (size_t i = 0; i < d->n_products; i++) {
        for (size_t dose = 0; dose < VG_DOSES_MAX; dose++) {
            const struct vg_protection *all[4] = {&d->products[i].infection[dose], &d->products[i].disease[dose],
                                                  &d->products[i].severe[dose], &d->products[i].death[dose]};
            for (size_t kind = 0; kind < 4; kind++) {
                if (!protection_ok(all[kind])) {
                    return vg_fail(error, VG_USAGE_ERROR, "protection of product %zu, dose %zu is not between 0 and 1", i,
                                   dose + 1);
                }
                t->vaccine[kind][i * (VG_DOSES_MAX + 1) + dose + 1] = protection_table(e, all[kind]);
            }
        }
    }
    return VG_OK;
}

static vg_status immunity_tables(struct vg_epidemic *e, struct vg_error *error)
{
    const struct vg_disease *d = e->input.disease;
    struct tables *t = &e->tables;
    const struct vg_protection *natural[3] = {&d->natural_infection, &d->natural_disease, &d->natural_severe};
    for (size_t i = 0; i < 3; i++) {
        if (!protection_ok(natural[i])) {
            return vg_fail(error, VG_USAGE_ERROR, "natural protection %zu is not between 0 and 1", i);
        }
        t->natural[i] = protection_table(e, natural[i]);
    }
    vg_status status = dose_tables(e, error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t v = 0; v < e->n_variants; v++) {
        for (unsigned seen = 0; seen < 1U << VG_VARIANTS_MAX; seen++) {
            double best = 0;
            for (size_t w = 0; w < e->n_variants; w++) {
                double kept = d->variants[v].immunity_from[w];
                best = (seen >> w & 1) != 0 && kept > best ? kept : best;
            }
            t->cross[v][seen] = share_of(best);
        }
        t->vaccine_kept[v] = share_of(d->variants[v].vaccine_kept);
    }
    return e->arena.failed ? vg_fail_memory(error, VG_ENGINE_DAYS_MAX) : VG_OK;
}

static double odds_times(double p, double factor)
{
    return p <= 0 ? 0 : p >= 1 ? 1 : p * factor / (1 - p + p * factor);
}

/*
 * A probability by class of an age, whose odds are `severity` times those of people in no group and whose mean over the classes, weighted by `weight`, is the age's own. By halving: IEEE 754
 * rounds each step one way.
 */
static void probability_by_class(const struct vg_epidemic *e, double mean, const double *weight, double *probability)
{
    const double *severity = e->input.disease->group_severity;
    double low = 0, high = 1, all = 0;
    bool alike = true;
    for (size_t c = 0; c < e->n_classes; c++) {
        probability[c] = mean;
        all += weight[c];
        alike = alike && (c == 0 || severity == NULL || (severity[c - 1] >= 1 && severity[c - 1] <= 1));
    }
    for (int step = 0; step < 64 && !alike && mean > 0 && mean < 1 && all > 0; step++) {
        double base = (low + high) / 2, sum = 0;
        for (size_t c = 0; c < e->n_classes; c++) {
            probability[c] = odds_times(base, c == 0 ? 1 : severity[c - 1]);
            sum += weight[c] * probability[c];
        }
        low = sum < mean * all ? base : low;
        high = sum < mean * all ? high : base;
    }
}

/* Admissions by class and variant, and deaths outside hospital, whose mean is over those who are ill and not admitted. */
static void severity_of_age(struct vg_epidemic *e, size_t a)
{
    const struct vg_disease *d = e->input.disease;
    double weight[VG_GROUPS_MAX + 1], ward[VG_GROUPS_MAX + 1], home[VG_GROUPS_MAX + 1];
    for (size_t c = 0; c < e->n_classes; c++) {
        weight[c] = e->n_groups == 0 ? 1 : e->p->group_share[c * e->n_ages + a];
    }
    probability_by_class(e, d->ward == NULL ? 0 : d->ward[a], weight, ward);
    for (size_t c = 0; c < e->n_classes; c++) {
        weight[c] *= 1 - ward[c];
    }
    probability_by_class(e, d->death_home == NULL ? 0 : d->death_home[a], weight, home);
    for (size_t c = 0; c < e->n_classes; c++) {
        for (size_t v = 0; v < e->n_variants; v++) {
            e->tables.ward[c][v][a] = threshold_of(odds_times(ward[c], d->variants[v].severity));
        }
        e->tables.death_home[c][a] = threshold_of(home[c]);
    }
}

/* Susceptibility times contacts outside the household, in parts of the largest. */
static void met_tables(struct vg_epidemic *e, double largest)
{
    const struct vg_disease *d = e->input.disease;
    struct tables *t = &e->tables;
    t->met_most = e->n_groups == 0 ? 1 : 0;
    for (int pass = 0; pass < 2 && e->n_groups > 0; pass++) {
        for (size_t i = 0; i < e->n_classes * e->n_ages; i++) {
            double susceptible = d->susceptibility == NULL ? 1 : d->susceptibility[i % e->n_ages];
            double met = largest > 0 ? susceptible / largest * e->p->group_contacts[i] : 0;
            if (pass == 0) {
                t->met_most = met > t->met_most && e->p->group_share[i] > 0 ? met : t->met_most;
            } else {
                t->met[i / e->n_ages][i % e->n_ages] = share_of(t->met_most > 0 ? met / t->met_most : 0);
            }
        }
    }
}

static vg_status course_tables(struct vg_epidemic *e, struct vg_error *error)
{
    const struct vg_disease *d = e->input.disease;
    const struct vg_hospital *h = &e->input.hospital;
    struct tables *t = &e->tables;
    const struct {
        struct vg_delay delay;
        struct delay_table *table;
        const char *name;
    } delays[] = {{d->incubation, &t->incubation, "incubation"},
                  {d->onset_to_admission, &t->onset_to_admission, "onset to admission"},
                  {d->admission_to_icu, &t->admission_to_icu, "admission to ICU"},
                  {d->ward_stay, &t->ward_stay, "stay in the ward"},
                  {d->icu_stay, &t->icu_stay, "stay in ICU"},
                  {d->ward_to_death, &t->ward_to_death, "ward to death"},
                  {d->icu_to_death, &t->icu_to_death, "ICU to death"},
                  {d->onset_to_death, &t->onset_to_death, "onset to death"},
                  {e->input.observation.onset_to_report, &t->onset_to_report, "onset to report"}};
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        if (!delay_table_of(delays[i].delay, delays[i].table)) {
            return vg_fail(error, VG_USAGE_ERROR, "delay %s: mean %g, sd %g days is not allowed (at most %d)", delays[i].name,
                           delays[i].delay.mean_days, delays[i].delay.sd_days, VG_DELAY_DAYS_MAX);
        }
    }
    double largest = 0;
    for (size_t a = 0; a < e->n_ages; a++) {
        double s = d->susceptibility == NULL ? 1 : d->susceptibility[a];
        largest = s > largest ? s : largest;
    }
    met_tables(e, largest);
    for (size_t a = 0; a < e->n_ages; a++) {
        double s = d->susceptibility == NULL ? 1 : d->susceptibility[a];
        t->susceptibility[a] = share_of(largest > 0 ? s / largest : 0);
        t->symptomatic[a] = threshold_of(d->symptomatic == NULL ? 0 : d->symptomatic[a]);
        t->icu[a] = threshold_of(d->icu == NULL ? 0 : d->icu[a]);
        severity_of_age(e, a);
        double ward = d->death_ward == NULL ? 0 : d->death_ward[a];
        double icu = d->death_icu == NULL ? 0 : d->death_icu[a];
        t->death_ward[0][a] = threshold_of(ward);
        t->death_ward[1][a] = threshold_of(h->n_regions == 0 ? ward : ward * h->death_without_ward);
        t->death_icu[0][a] = threshold_of(icu);
        t->death_icu[1][a] = threshold_of(h->n_regions == 0 ? icu : icu * h->death_without_icu);
    }
    t->reported = threshold_of(e->input.observation.reported);
    return VG_OK;
}

static vg_status time_tables(struct vg_epidemic *e, struct vg_error *error)
{
    const struct vg_disease *d = e->input.disease;
    struct tables *t = &e->tables;
    double sum = 0;
    for (size_t i = 0; i < d->n_profile && d->n_profile <= VG_DELAY_DAYS_MAX; i++) {
        sum += d->profile[i] >= 0 ? d->profile[i] : -1e9;
    }
    if (!(sum > 0) || (!d->profile_from_onset && d->profile_first_day < 1) || d->profile_first_day < -60 ||
        d->profile_first_day > 60) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "the profile of infectiousness needs 1 to %d shares, none negative, and begins on day 1 or later",
                       VG_DELAY_DAYS_MAX);
    }
    delay_table_of_shares(d->profile, d->n_profile, &t->profile);
    t->profile_first_day = d->profile_first_day;
    t->profile_from_onset = d->profile_from_onset;
    int last = d->profile_first_day + (int)d->n_profile - 1;
    if (!(d->refractory_days >= (d->profile_from_onset ? 1 : last)) || d->refractory_days > 10000) {
        return vg_fail(error, VG_USAGE_ERROR, "the refractory time (%g days) must cover the profile (%d days)",
                       d->refractory_days, last);
    }
    t->refractory_days = (uint32_t)d->refractory_days;
    if (!is_share(d->season_amplitude)) {
        return vg_fail(error, VG_USAGE_ERROR, "the season's amplitude (%g) must be 0 to 1", d->season_amplitude);
    }
    for (int day = 0; day < 367; day++) {
        double factor = 1 + d->season_amplitude * exact_cosine_of_turns((day - d->season_peak_day) / 365.25);
        t->season[day] = share_of(factor / (1 + d->season_amplitude));
    }
    return VG_OK;
}

static void row_thresholds(const double *shares, size_t n, int32_t *row)
{
    uint32_t thresholds[VG_AGES_MAX];
    cumulative_thresholds(shares, n, thresholds);
    for (size_t i = 0; i < VG_AGES_MAX; i++) {
        row[i] = i + 1 < n ? (int32_t)((int64_t)thresholds[i] - 1) : INT32_MAX;
    }
}

/* Contacts a day of those who are in the layer, from contacts of everybody. */
static vg_status contact_tables(struct vg_epidemic *e, struct vg_error *error)
{
    size_t n = e->n_ages;
    size_t cells = e->n_sets * VG_LAYERS * n * n;
    struct tables *t = &e->tables;
    t->rows = VG_ARENA_ARRAY(&e->arena, int32_t, e->n_sets * VG_LAYERS * VG_AGES_MAX * VG_AGES_MAX);
    t->slots = VG_ARENA_ARRAY(&e->arena, uint8_t, cells);
    t->daily = VG_ARENA_ARRAY(&e->arena, double, cells);
    if (e->arena.failed) {
        return vg_fail_memory(error, cells * 13);
    }
    for (size_t set = 0; set < e->n_sets; set++) {
        for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
            for (uint32_t a = 0; a < n; a++) {
                double all = 0;
                double in = 0;
                for (uint32_t m = 0; m < e->n_municipalities; m++) {
                    all += e->set[m] == set ? vg_population_count(e->p, m, a) : 0;
                    in += e->set[m] == set ? residents_in_layer(e->p, m, a, layer) : 0;
                }
                bool used = in > 0 && (layer != VG_LAYER_TRAVEL || e->p->flows[layer].on);
                size_t row = ((set * VG_LAYERS + layer) * n + a) * n;
                double shares[VG_AGES_MAX] = {0};
                double sum = 0;
                for (size_t b = 0; b < n; b++) {
                    double wanted = e->input.contacts.daily[row + b];
                    if (!(wanted >= 0) || wanted > 200) {
                        return vg_fail(error, VG_USAGE_ERROR, "contacts of layer %u, ages %u and %zu: %g a day is not allowed",
                                       layer, a, b, wanted);
                    }
                    double daily = used ? wanted * all / in : 0;
                    t->daily[row + b] = daily;
                    t->slots[row + b] = (uint8_t)(daily > 200 ? 255 : daily > 0 ? ceil(1.25 * daily + 0.25) : 0);
                    shares[b] = e->input.mode == VG_CONTACTS_EXACT ? t->slots[row + b] : daily;
                    sum += shares[b];
                }
                shares[0] += sum > 0 ? 0 : 1; /* a row that is never drawn from */
                row_thresholds(shares, n, t->rows + ((set * VG_LAYERS + layer) * VG_AGES_MAX + a) * VG_AGES_MAX);
            }
        }
    }
    return VG_OK;
}

static double mean_in_layer(const struct vg_epidemic *e, size_t set, size_t class, unsigned layer, size_t age, unsigned role, size_t size)
{
    const struct vg_disease *d = e->input.disease;
    if (layer == VG_LAYER_HOUSEHOLD) {
        double others = (double)(size - 1);
        return size < 2 ? 0 : d->layer_weight[layer] * others * exact_power(others, -d->household_scaling);
    }
    double sum = 0;
    size_t row = ((set * VG_LAYERS + layer) * e->n_ages + age) * e->n_ages;
    for (size_t b = 0; b < e->n_ages && role_in_layer(role, layer); b++) {
        sum += e->input.mode == VG_CONTACTS_EXACT ? e->tables.slots[row + b] : e->tables.daily[row + b];
    }
    return d->layer_weight[layer] * sum * (e->n_groups == 0 ? 1 : e->p->group_contacts[class * e->n_ages + age] * e->tables.met_most);
}

static void offspring_one(double mean, double k, struct tables *t, struct offspring_table *table, double *p)
{
    double p0 = k > 0 ? exact_power(k / (k + mean), k) : exact_exp(-mean);
    double term = p0;
    double sum = 0;
    uint32_t n = 0;
    while (n < OFFSPRING_MOST) {
        sum += term;
        p[n++] = threshold_of(sum);
        if (p[n - 1] >= CERTAIN || (n > mean && term < 1e-12)) {
            break;
        }
        term *= k > 0 ? (k + n - 1) / n * (mean / (k + mean)) : mean / n;
    }
    table->mean = mean;
    table->n = n;
    for (uint32_t i = 0; i < n; i++) {
        t->thresholds[table->start + i] = i + 1 == n ? CERTAIN : (uint32_t)p[i];
    }
    for (uint32_t i = 0; i < 256; i++) {
        table->guide[i] = (uint16_t)draw_index(i << 24, t->thresholds + table->start);
    }
}

static vg_status offspring_grid(struct vg_epidemic *e, double most, struct vg_error *error)
{
    struct tables *t = &e->tables;
    t->offspring = VG_ARENA_ARRAY(&e->arena, struct offspring_table, GRID_TABLES);
    double *p = malloc((OFFSPRING_MOST + 1) * sizeof *p);
    t->thresholds = malloc((size_t)GRID_TABLES * (OFFSPRING_MOST + 1) * sizeof *t->thresholds);
    if (t->offspring == NULL || p == NULL || t->thresholds == NULL) {
        free(p);
        return vg_fail_memory(error, (size_t)GRID_TABLES * OFFSPRING_MOST * 4);
    }
    uint32_t start = 0;
    for (double mean = GRID_LEAST; t->n_tables < GRID_TABLES; mean *= GRID_RATIO) {
        struct offspring_table *table = &t->offspring[t->n_tables++];
        table->start = start;
        offspring_one(mean, e->input.disease->dispersion, t, table, p);
        start += table->n;
        if (mean >= most) {
            break;
        }
    }
    free(p);
    return VG_OK;
}

static vg_status class_tables(struct vg_epidemic *e, struct vg_error *error)
{
    const struct vg_disease *d = e->input.disease;
    struct tables *t = &e->tables;
    size_t profiles = e->n_sets * e->n_classes * e->n_profiles;
    t->layers = (uint32_t(*)[VG_LAYERS])vg_arena_alloc(&e->arena, profiles, sizeof *t->layers);
    t->classes = VG_ARENA_ARRAY(&e->arena, struct offspring_class, profiles * e->n_variants * 2);
    double *means = VG_ARENA_ARRAY(&e->arena, double, profiles * e->n_variants * 2);
    if (e->arena.failed) {
        return vg_fail_memory(error, profiles * 64);
    }
    double most = GRID_LEAST;
    for (size_t i = 0; i < profiles; i++) {
        size_t size = i % VG_HOUSEHOLD_MAX + 1;
        unsigned role = (unsigned)(i / VG_HOUSEHOLD_MAX % VG_ROLES);
        size_t age = i / VG_HOUSEHOLD_MAX / VG_ROLES % e->n_ages;
        size_t class = i / e->n_profiles % e->n_classes;
        size_t set = i / e->n_profiles / e->n_classes;
        double by_layer[VG_LAYERS];
        double sum = 0;
        for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
            by_layer[layer] = mean_in_layer(e, set, class, layer, age, role, size);
            sum += by_layer[layer];
        }
        if (sum > 0) {
            cumulative_thresholds(by_layer, VG_LAYERS, t->layers[i]);
        }
        double base = sum * d->transmission * (1 + d->season_amplitude) *
                      (d->infectiousness_by_age == NULL ? 1 : d->infectiousness_by_age[age]);
        for (size_t j = 0; j < e->n_variants * 2; j++) {
            double mean = base * d->variants[j / 2].transmissibility * (j % 2 == 0 ? d->asymptomatic_infectiousness : 1);
            if (!(mean >= 0) || mean > GRID_MOST) {
                return vg_fail(error, VG_USAGE_ERROR,
                               "somebody of age group %zu would make %g effective contacts; at most %g are allowed", age, mean,
                               GRID_MOST);
            }
            means[i * e->n_variants * 2 + j] = mean;
            most = mean > most ? mean : most;
        }
    }
    vg_status status = offspring_grid(e, most, error);
    for (size_t i = 0; i < profiles * e->n_variants * 2 && status == VG_OK; i++) {
        uint16_t table = 0;
        while (table + 1U < t->n_tables && t->offspring[table].mean < means[i]) {
            table++;
        }
        t->classes[i] = (struct offspring_class){threshold_of(means[i] / t->offspring[table].mean), table};
    }
    return status;
}

vg_status tables_make(struct vg_epidemic *e, struct vg_error *error)
{
    vg_status status = time_tables(e, error);
    status = status != VG_OK ? status : course_tables(e, error);
    status = status != VG_OK ? status : immunity_tables(e, error);
    status = status != VG_OK ? status : contact_tables(e, error);
    return status != VG_OK ? status : class_tables(e, error);
}

uint32_t draw_offspring(const struct tables *tables, const struct offspring_class *class, uint32_t hash)
{
    const struct offspring_table *table = &tables->offspring[class->table];
    const uint32_t *thresholds = tables->thresholds + table->start;
    uint32_t i = table->guide[hash >> 24];
    while (hash >> 1 >= thresholds[i]) {
        i++;
    }
    return i;
}
