/*
 * Tables that are filled once, or once a sweep, so that a candidate costs one multiplication a day: delays convolved with themselves, genetic terms by
 * distance and generations, both summed over generations.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <string.h>

static const char *const parameter_names[VG_CHAIN_PARAMETERS] = {"mutation_rate", "reporting",    "contact_coverage", "contact_noise",
                                                                 "within_place",  "reproduction", "dispersion_k",     "imports_per_day",
                                                                 "contact_siblings"};

const char *vg_chains_parameter_name(enum vg_chain_parameter parameter)
{
    return parameter_names[parameter];
}

void vg_chains_model_defaults(struct vg_chain_model *model)
{
    *model = (struct vg_chain_model){.generations_most = VG_CHAIN_GENERATIONS_MAX,
                                     .reporting_prior = {10, 1},
                                     .coverage_prior = {1, 1},
                                     .noise_prior = {1, 1},
                                     .place_prior = {1, 1},
                                     .siblings_prior = {0.5, 1},
                                     .mutation_prior_rate = 1,
                                     .reproduction_prior = {1, 0.5},
                                     .imports_prior = {0.5, 0},
                                     .dispersion_prior = {log(0.5), 1},
                                     .outside_differences = NAN,
                                     .shared_ancestors = 1,
                                     .within_growth = 1,
                                     .within_sd = 1.2,
                                     .within_generations = 5,
                                     .fixed_growth = NAN,
                                     .fixed_size = NAN,
                                     .fixed = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
}

vg_status vg_chains_delay_gamma(double mean_days, double sd_days, size_t first, double *out, size_t n, struct vg_error *error)
{
    if (!(mean_days > 0) || !(sd_days > 0) || !isfinite(mean_days) || !isfinite(sd_days) || first >= n) {
        return vg_fail(error, VG_USAGE_ERROR, "a delay needs a mean and a standard deviation above 0, not %g and %g", mean_days, sd_days);
    }
    double scale = sd_days * sd_days / mean_days, shape = mean_days / scale, sum = 0;
    memset(out, 0, n * sizeof *out);
    for (size_t day = first; day < n; day++) {
        double from = day == first ? 0 : vg_gamma_cdf((double)day - 0.5, shape, scale);
        if (from > 0.999 && sum > 0) {
            break;
        }
        out[day] = vg_gamma_cdf((double)day + 0.5, shape, scale) - from;
        sum += out[day];
    }
    if (!(sum > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "a delay of %g days is longer than the %zu that are allowed for", mean_days, n - 1);
    }
    for (size_t day = 0; day < n; day++) {
        out[day] /= sum;
    }
    return VG_OK;
}

void vg_chains_delay_sum(const double *a, const double *b, double *out, size_t n)
{
    double sum = 0;
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; i + j < n; j++) {
            out[i + j] += a[i] * b[j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        sum += out[i];
    }
    for (size_t i = 0; sum > 0 && i < n; i++) {
        out[i] /= sum;
    }
}

#define SURE 500.0 /* of a logarithm: beyond this much nothing else has a chance, and sums stay finite */

/* ------------------------------------------------------------------- check */

static bool sums_to_one(const double *delay, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(delay[i] >= 0)) {
            return false;
        }
        sum += delay[i];
    }
    return fabs(sum - 1) < 1e-6;
}

static vg_status check_model(const struct vg_chain_data *data, const struct vg_chain_model *model, struct vg_error *error)
{
    if (!sums_to_one(model->generation, VG_CHAIN_GENERATION_MAX) || model->generation[0] != 0) {
        return vg_fail(error, VG_DATA_ERROR, "the probabilities of the generation time must sum to 1, with none at 0 days");
    }
    if (model->generations_most < 1 || model->generations_most > VG_CHAIN_GENERATIONS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "1 to %d generations are allowed for", VG_CHAIN_GENERATIONS_MAX);
    }
    for (unsigned kind = 0; kind < VG_CHAIN_SHOWN_KINDS; kind++) {
        bool used = kind == VG_CHAIN_ONSET;
        for (size_t i = 0; i < data->n && !used; i++) {
            used = data->cases[i].shown == kind;
        }
        if (used && !sums_to_one(model->shown[kind], VG_CHAIN_SHOWN_MAX)) {
            return vg_fail(error, VG_DATA_ERROR, "the probabilities of the delay from infection to %s must sum to 1",
                           kind == VG_CHAIN_ONSET ? "onset" : "report");
        }
    }
    return VG_OK;
}

vg_status vg_chains_check(const struct vg_chain_data *data, const struct vg_chain_model *model, struct vg_error *error)
{
    int32_t last = chain_last_known(data);
    if (data->n < 1 || data->n >= VG_CHAIN_UNLISTED) {
        return vg_fail(error, VG_DATA_ERROR, "chains need cases");
    }
    for (size_t i = 0; i < data->n; i++) {
        const struct vg_chain_case *c = &data->cases[i];
        if (c->day == VG_DATE_NONE || c->shown >= VG_CHAIN_SHOWN_KINDS || c->origin > VG_CHAIN_ORIGIN_LOCAL) {
            return vg_fail(error, VG_DATA_ERROR, "case %zu has no day", i + 1);
        }
        if (c->genome != VG_CHAIN_NONE && (data->genomes == NULL || c->genome >= data->genomes->n)) {
            return vg_fail(error, VG_DATA_ERROR, "case %zu names a genome that there is not", i + 1);
        }
        if (c->day > last) {
            return vg_fail(error, VG_DATA_ERROR, "case %zu comes after the last day of the data", i + 1);
        }
        if ((int64_t)last - c->day > 100000) {
            return vg_fail(error, VG_DATA_ERROR, "case %zu is more than 270 years older than the last one", i + 1);
        }
    }
    for (size_t i = 0; i < data->n_contacts; i++) {
        if (data->contacts[i].from >= data->n || data->contacts[i].to >= data->n || data->contacts[i].from == data->contacts[i].to) {
            return vg_fail(error, VG_DATA_ERROR, "contact %zu is not one of two cases", i + 1);
        }
    }
    return check_model(data, model, error);
}

/* ------------------------------------------------------------------ delays */

void chain_delays(const struct vg_chain_model *model, struct chain_delays *out)
{
    *out = (struct chain_delays){.n_generations = model->generations_most};
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        out->generation[0][PAD + day] = model->generation[day];
    }
    for (size_t g = 1; g < out->n_generations; g++) {
        for (size_t a = g; a <= g * (VG_CHAIN_GENERATION_MAX - 1); a++) {
            for (size_t b = 1; b < VG_CHAIN_GENERATION_MAX; b++) {
                out->generation[g][PAD + a + b] += out->generation[g - 1][PAD + a] * model->generation[b];
            }
        }
    }
    for (size_t day = 0; day <= DELAY_MAX; day++) {
        for (size_t g = 0; g < out->n_generations; g++) {
            out->delay_most = out->generation[g][PAD + day] > 0 ? day : out->delay_most;
            out->two_most = g == 1 && out->generation[g][PAD + day] > 0 ? day : out->two_most;
        }
    }
    for (size_t a = 1; a < VG_CHAIN_GENERATION_MAX; a++) {
        for (size_t b = 1; b < VG_CHAIN_GENERATION_MAX; b++) {
            out->apart[APART_ZERO + a - b] += model->generation[a] * model->generation[b];
        }
    }
    for (unsigned kind = 0; kind < VG_CHAIN_SHOWN_KINDS; kind++) {
        out->n_shown[kind] = 1;
        for (size_t day = 0; day < VG_CHAIN_SHOWN_MAX; day++) {
            out->n_shown[kind] = model->shown[kind][day] > 0 ? day + 1 : out->n_shown[kind];
        }
    }
    size_t n = VG_CHAIN_GENERATION_MAX + out->n_shown[0];
    double sum = 0;
    for (size_t day = 0; day < n; day++) {
        for (size_t shown = 0; shown < out->n_shown[0] && shown <= day; shown++) {
            sum += day - shown < VG_CHAIN_GENERATION_MAX ? model->generation[day - shown] * model->shown[0][shown] : 0;
        }
        out->observed[day] = fmin(sum, 1);
        out->n_observed = sum < 1 - 1e-9 ? day + 1 : out->n_observed;
    }
}

void chain_serial(const struct vg_chain_model *model, const struct chain_delays *delays, size_t generations, unsigned infector, unsigned infected, double *out)
{
    memset(out, 0, SERIAL_N * sizeof *out);
    for (size_t delay = 1; delay <= delays->delay_most; delay++) {
        double density = delays->generation[generations - 1][PAD + delay];
        for (size_t a = 0; density > 0 && a < delays->n_shown[infector]; a++) {
            for (size_t b = 0; b < delays->n_shown[infected]; b++) {
                out[SERIAL_ZERO + delay + b - a] += density * model->shown[infector][a] * model->shown[infected][b];
            }
        }
    }
}

double vg_chains_link_chance(const struct vg_chain_model *model, const struct vg_chain_case *infector, const struct vg_chain_case *infected)
{
    struct chain_delays delays;
    double serial[SERIAL_N], below = 0, above = 0;
    struct vg_chain_model one = *model;
    one.generations_most = 1;
    chain_delays(&one, &delays);
    chain_serial(&one, &delays, 1, infector->shown, infected->shown, serial);
    int64_t at = SERIAL_ZERO + (int64_t)infected->day - infector->day;
    for (int64_t i = 0; i < SERIAL_N; i++) {
        below += i <= at ? serial[i] : 0;
        above += i >= at ? serial[i] : 0;
    }
    return fmin(below, above);
}

/* -------------------------------------------------------------------- rows */

#define REPORTED 0.8          /* before anything is known */
#define LEAST_DIFFERENCES 0.3 /* as are taken where nearly all genomes are the same */

/* The mean of the nearer half: of distances that are from outside there may be nearly as many. */
static double nearer_half(const double counts[DISTANCES], double n)
{
    double sum = 0, taken = 0;
    for (unsigned d = 0; d < VG_CHAIN_DISTANCE_NONE && taken < n / 2; d++) {
        double here = fmin(counts[d], n / 2 - taken);
        sum += here * d;
        taken += here;
    }
    return taken > 0 ? sum / taken : 0;
}

/*
 * Differences of a generation, by the distances to the nearest earlier genome: Poisson numbers over one generation and more (so many as it takes to meet a
 * case with a genome), or from outside, where all distances up to the largest are alike. By EM from below: whoever comes from outside must not pass for
 * mutations, nor the generations between cases with genomes for one.
 */
static double typical_differences(const struct vg_chain_data *data, const struct vg_chain_candidates *candidates)
{
    double counts[DISTANCES] = {0}, n = 0, sequenced = 0, outside = 0.2;
    unsigned most = 0;
    for (size_t i = 0; i < candidates->n; i++) {
        unsigned distance = candidates->earlier[i];
        counts[distance]++;
        most = distance != VG_CHAIN_DISTANCE_NONE && distance > most ? distance : most;
        n += distance != VG_CHAIN_DISTANCE_NONE ? 1 : 0;
        sequenced += data->cases[i].genome != VG_CHAIN_NONE ? 1 : 0;
    }
    double each = fmax(nearer_half(counts, n), LEAST_DIFFERENCES), met = REPORTED * sequenced / (double)candidates->n;
    for (unsigned step = 0; step < 100 && n > 0; step++) {
        double differences = 0, generations = 0, from_outside = 0;
        for (unsigned d = 0; d <= most; d++) {
            double total = outside / (most + 1.0), of_differences = 0, of_generations = 0, share = 1 - outside;
            for (unsigned g = 1; g <= GENERATIONS && counts[d] > 0; g++, share *= 1 - met) {
                double weight = share * met * exp(d * log(g * each) - g * each - lgamma(d + 1.0));
                total += weight;
                of_differences += weight * d;
                of_generations += weight * g;
            }
            differences += counts[d] * of_differences / total;
            generations += counts[d] * of_generations / total;
            from_outside += counts[d] * outside / (most + 1.0) / total;
        }
        each = fmax(generations > 0 ? differences / generations : 0, LEAST_DIFFERENCES);
        outside = fmin(fmax(from_outside / n, 0.001), 0.9);
    }
    return each;
}

vg_status chain_rows_new(const struct chain_delays *delays, const struct vg_chain_data *data, const struct vg_chain_model *model,
                         const struct vg_chain_candidates *candidates, struct vg_arena *arena, struct chain_rows *rows, struct vg_error *error)
{
    memset(rows, 0, sizeof *rows);
    rows->delays = delays;
    rows->rows = vg_arena_alloc(arena, ROWS, sizeof *rows->rows);
    rows->coefficients = vg_arena_alloc(arena, ROWS, sizeof *rows->coefficients);
    if (rows->rows == NULL || rows->coefficients == NULL) {
        return vg_fail_memory(error, ROWS * sizeof *rows->rows);
    }
    for (size_t i = 0; i < candidates->n; i++) { /* so much further than the nearest none has a chance: its row stays empty */
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            unsigned distance = candidates->list[k].distance;
            rows->used[distance] = rows->used[distance] || distance <= (unsigned)candidates->nearest[i] + DISTANCES_BEYOND;
        }
    }
    rows->used[VG_CHAIN_DISTANCE_NONE] = true;
    for (size_t i = 0; i < candidates->n; i++) {
        rows->used[candidates->nearest[i]] = true;
        rows->used[candidates->unlisted_distance[i]] = true;
    }
    rows->siblings = data->genomes != NULL && model->shared_ancestors > 0 && model->generations_most > 1;
    for (size_t i = 0; i < data->n; i++) {
        rows->shared += data->cases[i].genome != VG_CHAIN_NONE ? model->shared_ancestors / (double)data->n : 0;
    }
    if (data->genomes != NULL) {
        double length = (double)data->genomes->length, each = typical_differences(data, candidates) * (double)model->generations_most;
        double differences = isnan(model->outside_differences) ? each + 3 * sqrt(each) + 1 : model->outside_differences,
               share = fmin(differences / length, 0.5);
        rows->log_outside = share > 0 ? share * length * log(share) + (1 - share) * length * log1p(-share) : 0;
    }
    return VG_OK;
}

void chain_contact_factors(const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, double factors[2])
{
    bool known = data->n_contacts > 0;
    factors[1] = known ? 1 / parameters->contact_noise : 1;
    factors[0] = known ? (1 - parameters->contact_coverage) / (1 - parameters->contact_coverage * parameters->contact_noise) : 1;
}

void chain_sibling_factors(const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, double factors[2])
{
    bool known = data->n_contacts > 0;
    double coverage = parameters->contact_coverage;
    factors[1] = known ? parameters->contact_siblings / parameters->contact_noise : 1;
    factors[0] = known ? (1 - coverage * parameters->contact_siblings) / (1 - coverage * parameters->contact_noise) : 1;
}

/* The sum of w*g, each times its coefficient, from a number of generations on. What lies beyond the last delay is zeros. */
static void sum_delays(const struct chain_delays *delays, const double *coefficients, size_t from_generation, double *row)
{
    for (size_t from = PAD; from <= PAD + delays->delay_most; from += 8) {
        double sum[8] = {0};
        for (size_t g = from_generation; g < delays->n_generations; g++) {
            const double *density = delays->generation[g] + from;
            for (size_t day = 0; day < 8; day++) {
                sum[day] += coefficients[g] * density[day];
            }
        }
        memcpy(row + from, sum, sizeof sum);
    }
}

#ifdef __x86_64__
#include <immintrin.h>

/* The same four days at a time: the same bits. */
__attribute__((target("avx2"))) static void sum_delays_wide(const struct chain_delays *delays, const double *coefficients, size_t from_generation, double *row)
{
    for (size_t from = PAD; from <= PAD + delays->delay_most; from += 8) {
        __m256d first = _mm256_setzero_pd(), second = _mm256_setzero_pd();
        for (size_t g = from_generation; g < delays->n_generations; g++) {
            __m256d factor = _mm256_set1_pd(coefficients[g]);
            first = _mm256_add_pd(first, _mm256_mul_pd(factor, _mm256_loadu_pd(delays->generation[g] + from)));
            second = _mm256_add_pd(second, _mm256_mul_pd(factor, _mm256_loadu_pd(delays->generation[g] + from + 4)));
        }
        _mm256_storeu_pd(row + from, first);
        _mm256_storeu_pd(row + from + 4, second);
    }
}
#else
#define sum_delays_wide sum_delays
#endif

/* factor: of one generation. */
static void fill_row(struct chain_rows *rows, size_t row, const double terms[GENERATIONS], double factor, bool wide)
{
    double *coefficients = rows->coefficients[row];
    for (size_t g = 0; g < rows->delays->n_generations; g++) {
        coefficients[g] = terms[g] * (g == 0 ? factor : 1);
    }
    (wide ? sum_delays_wide : sum_delays)(rows->delays, coefficients, factor > 0 ? 0 : 1, rows->rows[row]);
}

void chain_rows_fill(struct chain_rows *rows, const struct vg_chain_data *data, const struct vg_chain_parameters *parameters, bool wide)
{
    double factors[2], pi = parameters->reporting, mu = parameters->mutation, length = data->genomes == NULL ? 0 : (double)data->genomes->length;
    double lift = log1p(-mu) - log(mu), power = 1, reported[GENERATIONS], terms[GENERATIONS], ratio[GENERATIONS];
    double above[GENERATIONS], above_ratio[GENERATIONS]; /* of two generations with siblings: each mutation came in the one or in the other */
    double two[GENERATIONS] = {0};                       /* the same without genomes */
    size_t n = rows->delays->n_generations;
    chain_contact_factors(data, parameters, factors);
    rows->one_generation = exp(length * log1p(-mu));
    for (size_t g = 0; g < n; g++) {
        double each = (double)(g + 1) * mu;
        reported[g] = g == 0 ? pi : reported[g - 1] * (1 - pi);
        terms[g] = above[g] = reported[g] * exp(length * log1p(-each)); /* of distance 0; each difference more multiplies it by the ratio */
        ratio[g] = (double)(g + 1) * (1 - mu) / (1 - each);
        above_ratio[g] = (1 - mu) / (1 - each);
        above[g] = g == 1 ? above[g] : 0;
        two[g] = g == 1 ? reported[g] : 0;
    }
    for (unsigned d = 0; d < DISTANCES; d++, power *= mu / (1 - mu)) {
        bool genetic = d != VG_CHAIN_DISTANCE_NONE;
        rows->power[d] = genetic ? power : 1;
        if (rows->used[d]) {
            rows->sum[d] = 0;
            for (size_t g = 0; g < n; g++) {
                rows->sum[d] += genetic ? terms[g] : reported[g];
            }
            rows->outside[d] = genetic && rows->log_outside < 0 ? exp(fmin(rows->log_outside + d * lift, SURE)) : 1;
            fill_row(rows, ROW_LINK + d, genetic ? terms : reported, factors[0], wide);
            if (rows->siblings) {
                fill_row(rows, ROW_UNSEEN + d, genetic ? above : two, 0, wide);
            }
            if (data->n_contacts > 0) {
                fill_row(rows, ROW_CONTACT + d, genetic ? terms : reported, factors[1], wide);
            }
        }
        for (size_t g = 0; g < n; g++) {
            terms[g] *= ratio[g];
            above[g] *= above_ratio[g];
        }
    }
}

/* ------------------------------------------------------------------- small */

int32_t chain_last_known(const struct vg_chain_data *data)
{
    int32_t last = data->as_of;
    for (size_t i = 0; data->as_of == VG_DATE_NONE && i < data->n; i++) {
        last = data->cases[i].day > last ? data->cases[i].day : last;
    }
    return last;
}

double chain_days(const struct vg_chain_data *data, const struct chain_delays *delays)
{
    int32_t first = INT32_MAX, last = chain_last_known(data);
    for (size_t i = 0; i < data->n; i++) {
        int32_t day = chain_first_day(delays, &data->cases[i]);
        first = day < first ? day : first;
    }
    return (double)last - first + 1;
}

static double given(double fixed, double guess)
{
    return isnan(fixed) ? guess : fixed;
}

struct vg_chain_parameters chain_initial_parameters(const struct vg_chain_data *data, const struct vg_chain_model *model,
                                                    const struct vg_chain_candidates *candidates)
{
    struct chain_delays delays;
    const struct vg_chain_parameters *fixed = &model->fixed;
    double length = data->genomes == NULL ? 1000 : (double)data->genomes->length, n = (double)data->n;
    chain_delays(model, &delays);
    double mutation = fmin(typical_differences(data, candidates) / length, 0.1);
    double pairs = fmax(n * (n - 1) / 2, 1), noise = fmin(fmax(2 * (double)data->n_contacts / pairs, 1e-7), 0.9);
    return (struct vg_chain_parameters){given(fixed->mutation, mutation),    given(fixed->reporting, 0.8),
                                        given(fixed->contact_coverage, 0.5), given(fixed->contact_noise, noise),
                                        given(fixed->place_share, 0.6),      given(fixed->reproduction, 0.9),
                                        given(fixed->dispersion, 0.7),       given(fixed->imports_per_day, fmax(0.05 * n, 1) / chain_days(data, &delays)),
                                        given(fixed->contact_siblings, 0.3)};
}

double chain_entropy(const float *support, size_t n, double outside, double unlisted)
{
    double sum = (outside > 0 ? outside * log2(outside) : 0) + (unlisted > 0 ? unlisted * log2(unlisted) : 0);
    for (size_t k = 0; k < n; k++) {
        sum += support[k] > 0 ? (double)support[k] * log2((double)support[k]) : 0;
    }
    return fmax(-sum, 0);
}
