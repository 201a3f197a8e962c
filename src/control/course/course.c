/*
 * Parameters of the engine from tables of published figures. Each step is an arithmetic identity but for the assumptions that docs/mixing.md lists.
 */
#include "control/course/course.h"

#include <math.h>
#include <string.h>

#define PROFILE_REST 0.001
#define INFECTION_OF_DISEASE 0.8    /* protection against infection where only that against disease was measured */
#define FIRST_DELAY_DAYS 14.0

/* Integral of the gamma law's distribution function from 0 to x. */
static double area_below(double x, double shape, double scale)
{
    return x <= 0.0 ? 0.0 : x * vg_gamma_cdf(x, shape, scale) - shape * scale * vg_gamma_cdf(x, shape + 1.0, scale);
}

size_t vg_course_profile(struct vg_days_law law, double *share, size_t capacity)
{
    double shifted = fmax(law.mean - 1.0, 0.05), sd = fmax(law.sd, 0.05), scale = sd * sd / shifted, shape = shifted / scale, sum = 0.0;
    size_t n = 0;
    while (n < capacity && sum < 1.0 - PROFILE_REST) {
        double x = (double)n;
        share[n] = fmax(area_below(x + 1.0, shape, scale) - 2.0 * area_below(x, shape, scale) + area_below(x - 1.0, shape, scale), 0.0);
        sum += share[n++];
    }
    for (size_t day = 0; day < n; day++) {
        share[day] /= sum;
    }
    return n;
}

struct vg_protection vg_course_protection(const double *days, const double *protection, size_t n_points)
{
    double delay = fmin(days[0], FIRST_DELAY_DAYS), mean = 0.0, sum_x = 0.0, sum_y = 0.0, sum_xx = 0.0, sum_xy = 0.0, n = (double)n_points;
    for (size_t k = 0; k < n_points; k++) {
        /* What has fallen to nothing is taken as a twentieth of the first, so that its logarithm exists. */
        double y = log(fmax(protection[k], fmax(0.05 * protection[0], 1e-6)));
        mean += protection[k] / n;
        sum_x += days[k];
        sum_y += y;
        sum_xx += days[k] * days[k];
        sum_xy += days[k] * y;
    }
    double spread = sum_xx - sum_x * sum_x / n, slope = n_points > 1 && spread > 0.0 ? (sum_xy - sum_x * sum_y / n) / spread : 0.0;
    if (slope > -1e-9) {
        return (struct vg_protection){.initial = mean, .final = mean, .half_life_days = 0.0, .delay_days = delay};
    }
    double initial = exp(sum_y / n + slope * (delay - sum_x / n));
    return (struct vg_protection){.initial = fmin(initial, 1.0), .final = 0.0, .half_life_days = -0.6931471805599453 / slope, .delay_days = delay};
}

void vg_course_deaths(double symptomatic, double admitted, double icu, double fatality, double icu_fatality, double *death_icu, double *death_ward, double *death_home)
{
    double in_icu = admitted * icu, in_ward = admitted - in_icu, at_home = symptomatic - admitted;
    *death_icu = in_icu > 0.0 ? fmin(icu_fatality, fatality / in_icu) : 0.0;
    double left = fmax(fatality - in_icu * *death_icu, 0.0);
    *death_ward = in_ward > 0.0 ? fmin(left / in_ward, 1.0) : 0.0;
    left = fmax(left - in_ward * *death_ward, 0.0);
    *death_home = at_home > 0.0 ? fmin(left / at_home, 1.0) : 0.0;
}

/* ------------------------------------------------------------- age groups */

static double known_or(double value, double otherwise) { return isnan(value) ? otherwise : value; }

static double *band_means(const double by_age[VG_AGE_YEARS], double otherwise, const struct vg_course_choice *choice, struct vg_arena *arena)
{
    double people[VG_AGE_BANDS_MAX] = {0.0}, years[VG_AGE_BANDS_MAX] = {0.0}, plain[VG_AGE_BANDS_MAX] = {0.0};
    double *mean = VG_ARENA_ARRAY(arena, double, choice->bands.count);
    for (int age = 0; age < VG_AGE_YEARS && mean != NULL; age++) {
        size_t band = vg_age_band_of(&choice->bands, age);
        double value = known_or(by_age[age], otherwise);
        people[band] += choice->pyramid->population[age];
        mean[band] += choice->pyramid->population[age] * value;
        years[band] += 1.0;
        plain[band] += value;
    }
    for (size_t band = 0; band < choice->bands.count && mean != NULL; band++) {
        mean[band] = people[band] > 0.0 ? mean[band] / people[band] : plain[band] / years[band];
    }
    return mean;
}

/* Shares of infections by band to shares of those at the stage before. */
static bool fill_shares(const struct vg_course *course, const struct vg_course_choice *choice, struct vg_arena *arena, struct vg_disease *disease)
{
    size_t n = choice->bands.count;
    double *susceptibility = band_means(course->susceptibility, 1.0, choice, arena), *infectiousness = band_means(course->infectiousness, 1.0, choice, arena);
    double *symptomatic = band_means(course->symptomatic_share, 1.0, choice, arena), *ward = band_means(course->admission_share, 0.0, choice, arena);
    double *icu = band_means(course->icu_share, 0.0, choice, arena), *fatality = band_means(course->fatality, 0.0, choice, arena);
    double *deaths[3] = {VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, n)};
    if (arena->failed) {
        return false;
    }
    for (size_t band = 0; band < n; band++) {
        double admitted = fmin(ward[band], symptomatic[band]);
        vg_course_deaths(symptomatic[band], admitted, icu[band], fatality[band], known_or(course->icu_fatality, 0.5), &deaths[0][band], &deaths[1][band], &deaths[2][band]);
        ward[band] = symptomatic[band] > 0.0 ? admitted / symptomatic[band] : 0.0;
    }
    disease->susceptibility = susceptibility;
    disease->infectiousness_by_age = infectiousness;
    disease->symptomatic = symptomatic;
    disease->ward = ward;
    disease->icu = icu;
    disease->death_icu = deaths[0];
    disease->death_ward = deaths[1];
    disease->death_home = deaths[2];
    return true;
}

/* ------------------------------------------------------------- protection */

/* Protection against an outcome at a day, from what was measured against it or else against the others; NaN: nothing was. */
static double against(const struct vg_protection_curve *const curves[VG_AGAINST_COUNT], enum vg_protection_kind kind, double days)
{
    if (curves[kind] != NULL) {
        return vg_protection_at(curves[kind], days);
    }
    if (kind == VG_AGAINST_INFECTION) {
        return curves[VG_AGAINST_DISEASE] == NULL ? NAN : INFECTION_OF_DISEASE * vg_protection_at(curves[VG_AGAINST_DISEASE], days);
    }
    return against(curves, (enum vg_protection_kind)(kind - 1), days);
}

/* What an outcome's protection adds to that of the stage before: 1 - (1 - this) / (1 - before), not below 0. */
static double in_turn(const struct vg_protection_curve *const curves[VG_AGAINST_COUNT], enum vg_protection_kind kind, double days)
{
    double here = known_or(against(curves, kind, days), 0.0);
    if (kind == VG_AGAINST_INFECTION) {
        return here;
    }
    double before = 0.0; /* the strongest of the stages before, as each is against the same people */
    for (int stage = 0; stage < (int)kind; stage++) {
        before = fmax(before, known_or(against(curves, (enum vg_protection_kind)stage, days), 0.0));
    }
    return before < 1.0 && here > before ? 1.0 - (1.0 - here) / (1.0 - before) : 0.0;
}

#define DAYS_MOST (VG_PROTECTION_POINTS_MAX * 2)

static size_t merge_days(const struct vg_protection_curve *const curves[VG_AGAINST_COUNT], enum vg_protection_kind kind, double days[DAYS_MOST])
{
    size_t n = 0;
    int last = kind == VG_AGAINST_INFECTION && curves[VG_AGAINST_INFECTION] == NULL ? VG_AGAINST_DISEASE : (int)kind; /* from which infection is then guessed */
    for (int stage = 0; stage <= last; stage++) {
        for (size_t k = 0; curves[stage] != NULL && k < curves[stage]->n_points && n < DAYS_MOST; k++) {
            size_t at = n;
            while (at > 0 && days[at - 1] > curves[stage]->days[k]) {
                at--;
            }
            if (at > 0 && days[at - 1] == curves[stage]->days[k]) {
                continue;
            }
            memmove(days + at + 1, days + at, (n - at) * sizeof *days);
            days[at] = curves[stage]->days[k];
            n++;
        }
    }
    return n;
}

static struct vg_protection fit_turn(const struct vg_protection_curve *const curves[VG_AGAINST_COUNT], enum vg_protection_kind kind)
{
    double days[DAYS_MOST + 1], protection[DAYS_MOST];
    size_t n = merge_days(curves, kind, days);
    for (size_t k = 0; k < n; k++) {
        protection[k] = in_turn(curves, kind, days[k]);
    }
    return n == 0 ? (struct vg_protection){.initial = 0.0} : vg_course_protection(days, protection, n);
}

static void find_curves(const struct vg_vaccines *vaccines, size_t product, int dose, const char *variant, const struct vg_protection_curve *curves[VG_AGAINST_COUNT])
{
    for (int kind = 0; kind < VG_AGAINST_COUNT; kind++) {
        curves[kind] = vg_vaccines_find(vaccines, product, dose, vg_text_from(variant), (enum vg_protection_kind)kind);
    }
}

static void fill_products(const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, const char *first_variant, struct vg_disease *disease)
{
    disease->n_products = choice->n_products;
    for (size_t k = 0; k < choice->n_products; k++) {
        for (int dose = 1; dose <= VG_DOSES_MAX; dose++) {
            const struct vg_protection_curve *curves[VG_AGAINST_COUNT];
            find_curves(vaccines, choice->products[k], dose, first_variant, curves);
            disease->products[k].infection[dose - 1] = fit_turn(curves, VG_AGAINST_INFECTION);
            disease->products[k].disease[dose - 1] = fit_turn(curves, VG_AGAINST_DISEASE);
            disease->products[k].severe[dose - 1] = fit_turn(curves, VG_AGAINST_SEVERE);
            disease->products[k].death[dose - 1] = fit_turn(curves, VG_AGAINST_DEATH);
        }
    }
}

static void fill_natural(const struct vg_vaccines *vaccines, const char *first_variant, struct vg_disease *disease)
{
    const struct vg_protection_curve *curves[VG_AGAINST_COUNT];
    size_t infection = vg_vaccines_product(vaccines, vg_text_from(VG_VACCINE_INFECTION));
    if (infection == VG_VACCINE_PRODUCTS_MAX) {
        return;
    }
    find_curves(vaccines, infection, 1, first_variant, curves);
    disease->natural_infection = fit_turn(curves, VG_AGAINST_INFECTION);
    disease->natural_disease = fit_turn(curves, VG_AGAINST_DISEASE);
    disease->natural_severe = fit_turn(curves, VG_AGAINST_SEVERE);
    /* Measured weeks after the infection, but there from its end on. */
    disease->natural_infection.delay_days = disease->natural_disease.delay_days = disease->natural_severe.delay_days = 0.0;
}

static bool within_family(const char *name, const char *family)
{
    size_t size = strlen(family);
    return strncmp(name, family, size) == 0 && (name[size] == '\0' || name[size] == '_');
}

/* Mean over products of how much of the protection against disease soon after a full course is left against the variant. */
static double vaccine_kept(const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, const char *first, const char *variant)
{
    double sum = 0.0, n = 0.0;
    for (size_t k = 0; k < choice->n_products; k++) {
        int doses = vaccines->products[choice->products[k]].doses;
        for (int kind = VG_AGAINST_INFECTION; kind <= VG_AGAINST_DISEASE; kind++) {
            const struct vg_protection_curve *own = vg_vaccines_find(vaccines, choice->products[k], doses, vg_text_from(first), (enum vg_protection_kind)kind);
            const struct vg_protection_curve *other = vg_vaccines_find(vaccines, choice->products[k], doses, vg_text_from(variant), (enum vg_protection_kind)kind);
            if (own != NULL && other != NULL && own->protection[0] > 0.0 && !within_family(first, other->disease)) { /* a figure for both is none for the variant */
                sum += fmin(other->protection[0] / own->protection[0], 1.0);
                n += 1.0;
            }
        }
    }
    return n > 0.0 ? sum / n : 1.0;
}

/* -------------------------------------------------------------------- all */

static struct vg_delay delay_of(struct vg_days_law law) { return (struct vg_delay){known_or(law.mean, 0.0), isnan(law.mean) ? 0.0 : known_or(law.sd, 0.0)}; }

static vg_status check_choice(const struct vg_disease_facts *facts, const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, struct vg_error *error)
{
    if (!vg_age_bands_valid(&choice->bands) || choice->bands.count > VG_AGES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "age groups must begin at 0 and rise, and be at most %d", VG_AGES_MAX);
    }
    if (choice->n_variants == 0 || choice->n_variants > VG_VARIANTS_MAX || choice->n_products > VG_PRODUCTS_MAX || (choice->n_products > 0 && vaccines == NULL)) {
        return vg_fail(error, VG_USAGE_ERROR, "a simulation takes 1 to %d variants and at most %d products", VG_VARIANTS_MAX, VG_PRODUCTS_MAX);
    }
    for (size_t k = 0; k < choice->n_variants; k++) {
        if (choice->variants[k] >= facts->n_variants) {
            return vg_fail(error, VG_USAGE_ERROR, "%s has %zu variants here; number %zu is not one of them", facts->course.disease, facts->n_variants, choice->variants[k]);
        }
    }
    for (size_t k = 0; k < choice->n_products; k++) {
        if (choice->products[k] >= vaccines->n_products) {
            return vg_fail(error, VG_USAGE_ERROR, "there are %zu products; number %zu is not one of them", vaccines->n_products, choice->products[k]);
        }
    }
    return VG_OK;
}

static void fill_variants(const struct vg_disease_facts *facts, const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, struct vg_disease *disease)
{
    const char *first = facts->variants[choice->variants[0]].name;
    disease->n_variants = choice->n_variants;
    for (size_t k = 0; k < choice->n_variants; k++) {
        const struct vg_variant_facts *variant = &facts->variants[choice->variants[k]];
        disease->variants[k].transmissibility = variant->relative_transmissibility;
        disease->variants[k].severity = variant->relative_admission;
        disease->variants[k].vaccine_kept = vaccines == NULL ? 1.0 : vaccine_kept(vaccines, choice, first, variant->name);
        for (size_t j = 0; j < choice->n_variants; j++) {
            disease->variants[k].immunity_from[j] = variant->kept[choice->variants[j]];
        }
    }
}

vg_status vg_course_disease(const struct vg_disease_facts *facts, const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, struct vg_arena *arena,
                            struct vg_disease *disease, struct vg_error *error)
{
    const struct vg_course *course = &facts->course;
    vg_status status = check_choice(facts, vaccines, choice, error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_variant_facts *first = &facts->variants[choice->variants[0]];
    double *profile = VG_ARENA_ARRAY(arena, double, VG_DELAY_DAYS_MAX);
    memset(disease, 0, sizeof *disease);
    disease->n_ages = choice->bands.count;
    if (profile == NULL || !fill_shares(course, choice, arena, disease)) {
        return vg_fail_memory(error, VG_DELAY_DAYS_MAX * sizeof *profile);
    }
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        disease->layer_weight[layer] = 1.0;
    }
    disease->dispersion = known_or(course->dispersion_k, 0.0);
    disease->asymptomatic_infectiousness = known_or(course->asymptomatic_infectiousness, 1.0);
    disease->n_profile = vg_course_profile(first->generation_time, profile, VG_DELAY_DAYS_MAX - 1);
    disease->profile = profile;
    disease->profile_first_day = 1;
    disease->refractory_days = (double)disease->n_profile;
    disease->incubation = delay_of(first->incubation);
    disease->onset_to_admission = delay_of(course->onset_to_admission);
    disease->admission_to_icu = delay_of(course->admission_to_icu);
    disease->ward_stay = delay_of(course->ward_stay);
    disease->icu_stay = delay_of(course->icu_stay);
    disease->ward_to_death = delay_of(course->ward_to_death);
    disease->icu_to_death = delay_of(course->icu_to_death);
    disease->onset_to_death = delay_of(course->onset_to_death);
    disease->season_amplitude = known_or(course->season_amplitude, 0.0);
    disease->season_peak_day = known_or(course->season_peak_day, 0.0);
    fill_variants(facts, vaccines, choice, disease);
    if (vaccines != NULL) {
        fill_natural(vaccines, first->name, disease);
        fill_products(vaccines, choice, first->name, disease);
    }
    return VG_OK;
}
