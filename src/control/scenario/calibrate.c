/*
 * From what was observed to the course of transmission that led there. Weekly counts are negative binomial about the renewal equation's means; the
 * log of transmission is a random walk over blocks. The mode is found by Levenberg and Marquardt's method on Fisher's information, the posterior drawn by
 * random-walk Metropolis with that information's scale (Haario et al. 2001). The renewal equation is the auxiliary model of the engine: the engine is run at
 * the answer, the same fit is made to its counts, and the answer moved by the difference until both fits agree (indirect inference, Gourieroux et al. 1993).
 */
#include "control/scenario/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARAMETERS_MAX 96
#define BIN_DAYS 7
#define CHAIN_STEPS 12000
#define CHAIN_BURN 4000
#define DRAW_PURPOSE 0x43414C01U
#define SEED_SD 2.0
#define FIRST_SD 0.5
#define REPORTED_SD 1.0
#define SEVERITY_SD 0.5
#define GAP_ENOUGH 0.05            /* between the engine and the fit: no more rounds */
#define SHIFT_MOST 0.7             /* of a parameter in one round: a factor of 2 */
#define SIZE_LOG 3.0               /* of the negative binomial's size, beforehand: 20, give or take a factor of 3 */
#define SIZE_SD 1.1

/* Seven days of one kind: what was observed of them. */
struct bin { uint8_t kind; uint16_t first, days; double observed; };

struct fitting {
    const struct vg_renewal_world *renewal;
    const struct vg_calibration_options *options;
    const struct vg_observed *observed;
    struct vg_error *error;
    size_t n_days, n_blocks, n_parameters, n_bins;
    size_t at_reported, at_severity, at_fatality; /* in the parameters; SIZE_MAX: not estimated */
    bool kinds[VG_OBSERVED_KINDS];
    double reported;                   /* known, or the middle of what is believed beforehand */
    double first_guess;                /* log infections a day */
    struct bin *bins;
    double *transmission;              /* [n_blocks] scratch */
    double *work, *expected, *infections;
    double *means;                     /* [n_bins] */
};

static double logit(double p)
{
    return log(p / (1 - p));
}

static double expit(double x)
{
    return 1 / (1 + exp(-x));
}

/* ------------------------------------------------------------------- model */

static double reported_of(const struct fitting *f, const double *theta)
{
    return f->at_reported == SIZE_MAX ? f->reported : expit(theta[f->at_reported]);
}

static struct vg_scenario_history history_of(const struct fitting *f, const double *theta, double *transmission)
{
    for (size_t b = 0; b < f->n_blocks; b++) {
        transmission[b] = exp(theta[1 + b]);
    }
    return (struct vg_scenario_history){.n_blocks = f->n_blocks, .block_days = f->options->block_days, .transmission = transmission, .infections_per_day = exp(theta[0]),
                                        .reported = reported_of(f, theta), .severity = f->at_severity == SIZE_MAX ? 1 : exp(theta[f->at_severity]),
                                        .fatality = f->at_fatality == SIZE_MAX ? 1 : exp(theta[f->at_fatality])};
}

/* Of days that were observed only, so that gaps in the data are no zeros. */
static void bin_means(const struct fitting *f, const double *expected, double *means)
{
    for (size_t i = 0; i < f->n_bins; i++) {
        const struct bin *bin = &f->bins[i];
        means[i] = 1e-3;
        for (size_t day = bin->first; day < (size_t)bin->first + bin->days; day++) {
            means[i] += isnan(f->observed->counts[bin->kind][day]) ? 0 : expected[bin->kind * f->n_days + day];
        }
    }
}

static void model_means(const struct fitting *f, const double *theta, double *means)
{
    struct vg_scenario_history history = history_of(f, theta, f->transmission);
    vg_control_renewal_run(f->renewal, &history, history.reported, f->n_days, f->work, NULL, f->expected);
    bin_means(f, f->expected, means);
}

/* Parameters outside of this are not worth a run of the model. */
static bool within(const struct fitting *f, const double *theta)
{
    bool good = true;
    for (size_t i = 0; i < f->n_parameters; i++) {
        good = good && fabs(theta[i]) < (i == 0 ? 25 : 8);
    }
    return good;
}

/* Sum of squared standardised distances of the prior; gradient and diagonal bands go into H and g where they are not NULL. */
static double prior(const struct fitting *f, const double *theta, double *gradient, double *information)
{
    size_t n = f->n_parameters;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double sd = i == 0 ? SEED_SD : i == 1 ? FIRST_SD : i <= f->n_blocks ? f->options->change_sd : i == f->at_reported ? REPORTED_SD : SEVERITY_SD;
        double middle = i == 0 ? f->first_guess : i > 1 && i <= f->n_blocks ? theta[i - 1] : i == f->at_reported ? logit(f->reported) : 0;
        double distance = (theta[i] - middle) / sd;
        bool walks = i > 1 && i <= f->n_blocks;
        sum += distance * distance;
        if (gradient != NULL) {
            gradient[i] -= distance / sd;
            information[i * n + i] += 1 / (sd * sd);
            if (walks) {
                gradient[i - 1] += distance / sd;
                information[(i - 1) * n + i - 1] += 1 / (sd * sd);
                information[(i - 1) * n + i] -= 1 / (sd * sd);
                information[i * n + i - 1] -= 1 / (sd * sd);
            }
        }
    }
    return -0.5 * sum;
}

/* Negative binomial but for what only data have a part in. Counts that are means of runs are not whole: the gamma function does for them what factorials do for counts. */
static double log_law(double y, double mean, double size)
{
    return vg_log_gamma(y + size) - vg_log_gamma(size) + size * log(size / (size + mean)) + y * log(mean / (size + mean));
}

static double likelihood(const struct fitting *f, const double *data, const double *means, const double sizes[VG_OBSERVED_KINDS])
{
    double sum = 0;
    for (size_t i = 0; i < f->n_bins; i++) {
        sum += log_law(data[i], means[i], sizes[f->bins[i].kind]);
    }
    return sum;
}

/* -------------------------------------------------------------------- mode */

static bool cholesky(double *matrix, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = matrix[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= matrix[i * n + k] * matrix[j * n + k];
            }
            if (i == j && !(sum > 0)) {
                return false;
            }
            matrix[i * n + j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
        }
    }
    return true;
}

static void solve_lower(const double *l, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            x[i] -= l[i * n + k] * x[k];
        }
        x[i] /= l[i * n + i];
    }
}

static void solve_upper(const double *l, size_t n, double *x)
{
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            x[i] -= l[k * n + i] * x[k];
        }
        x[i] /= l[i * n + i];
    }
}

struct step { double *gradient, *information, *factor, *slope, *moved, *means; };

static bool take_step_room(const struct fitting *f, struct vg_arena *arena, struct step *s)
{
    size_t n = f->n_parameters;
    *s = (struct step){VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, n *n), VG_ARENA_ARRAY(arena, double, n *n), VG_ARENA_ARRAY(arena, double, n *f->n_bins),
                       VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, f->n_bins)};
    return !arena->failed;
}

/* Gradient and expected information of the log posterior at theta, of which f->means are the means. */
static void expand(const struct fitting *f, const double *data, double *theta, const double sizes[VG_OBSERVED_KINDS], struct step *s)
{
    size_t n = f->n_parameters;
    memset(s->gradient, 0, n * sizeof(double));
    memset(s->information, 0, n * n * sizeof(double));
    (void)prior(f, theta, s->gradient, s->information);
    for (size_t p = 0; p < n; p++) {
        double kept = theta[p];
        theta[p] = kept + 1e-4;
        model_means(f, theta, s->means);
        theta[p] = kept;
        for (size_t i = 0; i < f->n_bins; i++) {
            s->slope[p * f->n_bins + i] = (s->means[i] - f->means[i]) / 1e-4;
        }
    }
    for (size_t i = 0; i < f->n_bins; i++) {
        double mean = f->means[i];
        double variance = mean + mean * mean / sizes[f->bins[i].kind];
        for (size_t p = 0; p < n; p++) {
            double slope = s->slope[p * f->n_bins + i];
            s->gradient[p] += slope * (data[i] - mean) / variance;
            for (size_t q = 0; slope != 0 && q < n; q++) {
                s->information[p * n + q] += slope * s->slope[q * f->n_bins + i] / variance;
            }
        }
    }
}

struct size_search {
    const struct fitting *f;
    const double *data;
    double *sizes;
    size_t kind;
};

static double misfit_at(void *context, double log_size)
{
    const struct size_search *search = context;
    search->sizes[search->kind] = exp(log_size);
    return 0.5 * (log_size - SIZE_LOG) * (log_size - SIZE_LOG) / (SIZE_SD * SIZE_SD) - likelihood(search->f, search->data, search->f->means, search->sizes);
}

/* Sizes that fit the residuals best, one kind after the other, by golden section on their logarithm. */
static void fit_sizes(const struct fitting *f, const double *data, double sizes[VG_OBSERVED_KINDS])
{
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        struct size_search search = {f, data, sizes, kind};
        sizes[kind] = exp(f->kinds[kind] ? vg_golden_minimum(misfit_at, &search, -1, 9, 0.0, 40) : 4.0);
    }
}

/* theta is where to begin and the answer; sizes are fitted too unless they are fixed. s->information is that of the answer. */
static vg_status find_mode(const struct fitting *f, const double *data, double *theta, double sizes[VG_OBSERVED_KINDS], bool fix_sizes, struct step *s)
{
    size_t n = f->n_parameters;
    double damping = 1e-2;
    model_means(f, theta, f->means);
    double best = likelihood(f, data, f->means, sizes) + prior(f, theta, NULL, NULL);
    int still = 0;
    for (int round = 0; round < 200 && still < 3; round++) {
        expand(f, data, theta, sizes, s);
        double value = -INFINITY;
        for (int attempt = 0; attempt < 12; attempt++) {
            memcpy(s->factor, s->information, n * n * sizeof(double));
            memcpy(s->moved, s->gradient, n * sizeof(double));
            for (size_t i = 0; i < n; i++) {
                s->factor[i * n + i] *= 1 + damping;
            }
            if (cholesky(s->factor, n)) {
                solve_lower(s->factor, n, s->moved);
                solve_upper(s->factor, n, s->moved);
                for (size_t i = 0; i < n; i++) {
                    s->moved[i] = theta[i] + fmax(-1, fmin(1, s->moved[i]));
                }
                if (within(f, s->moved)) {
                    model_means(f, s->moved, s->means);
                    value = likelihood(f, data, s->means, sizes) + prior(f, s->moved, NULL, NULL);
                }
            }
            if (value > best) {
                break;
            }
            damping = fmin(1e8, damping * 4);
        }
        still = value > best + 1e-6 ? 0 : still + 1;
        if (value > best) {
            memcpy(theta, s->moved, n * sizeof(double));
            memcpy(f->means, s->means, f->n_bins * sizeof(double));
            damping = fmax(1e-9, damping / 5);
        }
        if (!fix_sizes) {
            fit_sizes(f, data, sizes);
        }
        best = likelihood(f, data, f->means, sizes) + prior(f, theta, NULL, NULL);
    }
    expand(f, data, theta, sizes, s);
    return isfinite(best) ? VG_OK : vg_fail(f->error, VG_DATA_ERROR, "the observed counts cannot be followed by any course of transmission");
}

/* ------------------------------------------------------------------- chain */

struct chain {
    size_t n;                          /* parameters, then the log sizes of the kinds observed */
    double *now, *next, *factor;       /* factor: lower; next = now + scale * inverse transposed factor * normal */
    double *kept;                      /* [n_draws * n] */
    double log_now;
    size_t accepted, steps;
};

static double log_posterior(const struct fitting *f, const double *data, const double *at, double *means)
{
    double sizes[VG_OBSERVED_KINDS] = {1, 1, 1, 1};
    double sum = 0;
    size_t next = f->n_parameters;
    if (!within(f, at)) {
        return -INFINITY;
    }
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (f->kinds[kind]) {
            double distance = (at[next] - SIZE_LOG) / SIZE_SD;
            sizes[kind] = exp(fmin(12, at[next++]));
            sum -= 0.5 * distance * distance;
        }
    }
    model_means(f, at, means);
    return sum + likelihood(f, data, means, sizes) + prior(f, at, NULL, NULL);
}

static void propose(const struct fitting *f, struct chain *c, struct vg_random *random, double scale)
{
    size_t n = f->n_parameters;
    for (size_t i = 0; i < c->n; i++) {
        c->next[i] = vg_random_normal(random);
    }
    solve_upper(c->factor, n, c->next);
    for (size_t i = 0; i < c->n; i++) {
        c->next[i] = c->now[i] + scale * c->next[i] * (i < n ? 1 : 0.5);
    }
}

/* Draws spread evenly over what follows the burn-in; the scale is tuned to one acceptance in four during it. */
static void run_chain(const struct fitting *f, const double *data, size_t n_draws, struct chain *c)
{
    struct vg_random random = vg_random_stream(f->options->seed, 0, 0, DRAW_PURPOSE);
    double scale = 2.38 / sqrt((double)c->n);
    size_t drawn = 0;
    c->log_now = log_posterior(f, data, c->now, f->means);
    for (size_t step = 0; step < CHAIN_BURN + CHAIN_STEPS; step++) {
        propose(f, c, &random, scale);
        double log_next = log_posterior(f, data, c->next, f->means);
        bool taken = log(vg_random_uniform(&random)) < log_next - c->log_now;
        if (taken) {
            memcpy(c->now, c->next, c->n * sizeof(double));
            c->log_now = log_next;
        }
        if (step < CHAIN_BURN) {
            scale *= exp((taken ? 0.75 : -0.25) / sqrt(1 + (double)step / 10));
            continue;
        }
        c->accepted += taken ? 1 : 0;
        c->steps++;
        while (drawn < n_draws && (step - CHAIN_BURN + 1) * n_draws >= (drawn + 1) * CHAIN_STEPS) {
            memcpy(c->kept + drawn++ * c->n, c->now, c->n * sizeof(double));
        }
    }
    /* Neighbouring draws are alike; the runs that take them in order should not be. */
    for (size_t i = n_draws; i > 1; i--) {
        size_t j = vg_random_below(&random, (uint32_t)i);
        for (size_t k = 0; k < c->n; k++) {
            double swapped = c->kept[(i - 1) * c->n + k];
            c->kept[(i - 1) * c->n + k] = c->kept[j * c->n + k];
            c->kept[j * c->n + k] = swapped;
        }
    }
}

/* ------------------------------------------------------------- preparation */

void vg_control_observed_mask(const struct vg_renewal_world *renewal, size_t n_days, double *const counts[VG_OBSERVED_KINDS])
{
    const double *const delays[VG_OBSERVED_KINDS] = {renewal->report_delay, renewal->ward_delay, renewal->icu_delay, renewal->death_delay};
    const size_t sizes[VG_OBSERVED_KINDS] = {renewal->n_report, renewal->n_ward, renewal->n_icu, renewal->n_death};
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        double seen = 0;
        for (size_t day = 0; counts[kind] != NULL && day < n_days && day < sizes[kind] && seen < 0.9; day++) {
            seen += delays[kind][day];
            counts[kind][day] = NAN;
        }
    }
}

/* The observed days in sevens from the first one on, kind by kind; bins has room for VG_OBSERVED_KINDS * (n_days / BIN_DAYS + 2). */
static size_t make_bins(const struct vg_observed *observed, struct bin *bins)
{
    size_t n_bins = 0;
    size_t first = observed->n_days;
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        for (size_t day = 0; observed->counts[kind] != NULL && day < first; day++) {
            first = isnan(observed->counts[kind][day]) ? first : day;
        }
    }
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        for (size_t start = first; observed->counts[kind] != NULL && start < observed->n_days; start += BIN_DAYS) {
            size_t end = start + BIN_DAYS < observed->n_days ? start + BIN_DAYS : observed->n_days;
            struct bin bin = {(uint8_t)kind, (uint16_t)start, (uint16_t)(end - start), 0};
            size_t seen = 0;
            for (size_t day = start; day < end; day++) {
                double value = observed->counts[kind][day];
                bin.observed += isnan(value) ? 0 : value;
                seen += isnan(value) ? 0 : 1;
            }
            bin.observed = fmax(0, floor(bin.observed + 0.5));
            bins[n_bins] = bin;
            n_bins += seen > 0 ? 1 : 0;
        }
    }
    return n_bins;
}

static vg_status take_bins(struct fitting *f, struct vg_arena *arena)
{
    size_t most = VG_OBSERVED_KINDS * (f->n_days / BIN_DAYS + 2);
    f->bins = VG_ARENA_ARRAY(arena, struct bin, most);
    if (f->bins == NULL) {
        return vg_fail_memory(f->error, most * sizeof *f->bins);
    }
    f->n_bins = make_bins(f->observed, f->bins);
    for (size_t i = 0; i < f->n_bins; i++) {
        f->kinds[f->bins[i].kind] = true;
    }
    return f->n_bins >= 3 ? VG_OK : vg_fail(f->error, VG_DATA_ERROR, "there are too few observed weeks to calibrate on");
}

/* Infections a day that would show as the first observed weeks of cases (or admissions, deaths) do: where the search begins. */
static double guess_seed(const struct fitting *f)
{
    double people = 0;
    double shares[VG_OBSERVED_KINDS] = {0};
    for (size_t a = 0; a < f->renewal->n_ages; a++) {
        double n = f->renewal->persons[a];
        people += n;
        shares[VG_OBSERVED_CASES] += n * f->renewal->ill[a] * f->reported;
        shares[VG_OBSERVED_ADMISSIONS] += n * f->renewal->ward[a];
        shares[VG_OBSERVED_ICU] += n * f->renewal->icu[a];
        shares[VG_OBSERVED_DEATHS] += n * (f->renewal->death_outside[a] + f->renewal->death_hospital[a]);
    }
    for (size_t i = 0; i < f->n_bins; i++) {
        double share = shares[f->bins[i].kind] / people;
        if (f->bins[i].observed > 0 && share > 0) {
            return log(fmax(0.1, f->bins[i].observed / BIN_DAYS / share / 2));
        }
    }
    return 0;
}

static vg_status prepare(struct fitting *f, const struct vg_scenario *scenario, struct vg_arena *arena)
{
    size_t n_days = f->observed->n_days;
    f->n_days = n_days;
    f->n_blocks = (n_days + (size_t)f->options->block_days - 1) / (size_t)f->options->block_days;
    f->n_parameters = 1 + f->n_blocks;
    f->at_reported = f->at_severity = f->at_fatality = SIZE_MAX;
    f->reported = fmin(0.999, fmax(0.001, scenario->observation.reported));
    vg_status status = take_bins(f, arena);
    if (status != VG_OK) {
        return status;
    }
    bool hospital = f->kinds[VG_OBSERVED_ADMISSIONS] || f->kinds[VG_OBSERVED_ICU] || f->kinds[VG_OBSERVED_DEATHS];
    /* Cases alone cannot tell few infections that are seen from many that are not. */
    f->at_reported = f->options->estimate_reporting && !f->options->estimate_severity && f->kinds[VG_OBSERVED_CASES] && hospital ? f->n_parameters++ : SIZE_MAX;
    f->at_severity = f->options->estimate_severity && f->kinds[VG_OBSERVED_ADMISSIONS] ? f->n_parameters++ : SIZE_MAX;
    f->at_fatality = f->options->estimate_severity && f->kinds[VG_OBSERVED_DEATHS] ? f->n_parameters++ : SIZE_MAX;
    if (f->n_parameters > PARAMETERS_MAX) {
        return vg_fail(f->error, VG_LIMIT_EXCEEDED, "%zu blocks of transmission are too many; at most %d can be found: make block_days longer", f->n_blocks, PARAMETERS_MAX - 3);
    }
    f->first_guess = guess_seed(f);
    f->transmission = VG_ARENA_ARRAY(arena, double, f->n_blocks);
    f->work = VG_ARENA_ARRAY(arena, double, (f->renewal->n_ages + VG_OBSERVED_KINDS) * n_days);
    f->expected = VG_ARENA_ARRAY(arena, double, VG_OBSERVED_KINDS *n_days);
    f->infections = VG_ARENA_ARRAY(arena, double, n_days);
    f->means = VG_ARENA_ARRAY(arena, double, f->n_bins);
    return arena->failed ? vg_fail_memory(f->error, n_days) : VG_OK;
}

/* ------------------------------------------------------------ engine rounds */

struct rounds { double *data, *engine, *theta, *auxiliary, *shift, *counts; };

static double gap_of(const struct fitting *f, const double *engine, const double *fitted)
{
    double worst = 0;
    for (size_t from = 0; from < f->n_bins;) {
        double a = 0;
        double b = 0;
        size_t to = from;
        for (; to < f->n_bins && f->bins[to].kind == f->bins[from].kind && (f->bins[to].first - f->bins[from].first) < 28; to++) {
            a += engine[to];
            b += fitted[to];
        }
        worst = b > 50 ? fmax(worst, fabs(a / b - 1)) : worst;
        from = to;
    }
    return worst;
}

/* shift: what is taken from the renewal equation's parameters to get the engine's. */
static vg_status engine_rounds(const struct fitting *f, const double *mode, const double sizes[VG_OBSERVED_KINDS], struct step *s, struct rounds *r, struct vg_calibration *c)
{
    size_t n = f->n_parameters;
    double fixed[VG_OBSERVED_KINDS];
    memcpy(fixed, sizes, sizeof fixed);
    memset(r->shift, 0, n * sizeof(double));
    for (size_t round = 0; round < f->options->engine_rounds && !(c->worst_gap < GAP_ENOUGH); round++) {
        for (size_t i = 0; i < n; i++) {
            r->theta[i] = mode[i] - r->shift[i];
        }
        struct vg_scenario_history history = history_of(f, r->theta, f->transmission);
        vg_status status = f->options->engine(f->options->engine_context, &history, f->n_days, r->counts, f->error);
        if (status != VG_OK) {
            return status;
        }
        bin_means(f, r->counts, r->engine);
        memcpy(r->auxiliary, mode, n * sizeof(double));
        status = find_mode(f, r->engine, r->auxiliary, fixed, true, s);
        if (status != VG_OK) {
            return status;
        }
        for (size_t i = 0; i < n; i++) {
            r->shift[i] += fmax(-SHIFT_MOST, fmin(SHIFT_MOST, r->auxiliary[i] - mode[i]));
        }
        model_means(f, mode, f->means);
        c->worst_gap = gap_of(f, r->engine, f->means);
        c->rounds = round + 1;
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ answer */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static void mean_and_interval(double *values, size_t n, double out[3])
{
    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        out[0] += values[i] / (double)n;
    }
    qsort(values, n, sizeof *values, compare_doubles);
    out[1] = vg_quantile_sorted(values, n, 0.025);
    out[2] = vg_quantile_sorted(values, n, 0.975);
}

static double infected_share(const struct fitting *f, const struct vg_scenario_history *history)
{
    double infected = 0;
    double people = 0;
    vg_control_renewal_run(f->renewal, history, history->reported, f->n_days, f->work, f->infections, f->expected);
    for (size_t day = 0; day < f->n_days; day++) {
        infected += f->infections[day];
    }
    for (size_t a = 0; a < f->renewal->n_ages; a++) {
        people += f->renewal->persons[a];
    }
    return infected / people;
}

static vg_status take_draws(const struct fitting *f, const struct chain *chain, const double *shift, double r0, struct vg_arena *arena, struct vg_calibration *c)
{
    size_t n_draws = f->options->n_draws;
    double *theta = VG_ARENA_ARRAY(arena, double, chain->n);
    double *values = VG_ARENA_ARRAY(arena, double, n_draws);
    double *shares = VG_ARENA_ARRAY(arena, double, n_draws);
    c->n_parameters = f->n_parameters;
    c->auxiliary = VG_ARENA_ARRAY(arena, double, n_draws *f->n_parameters);
    c->shift = VG_ARENA_ARRAY(arena, double, f->n_parameters);
    c->draws = VG_ARENA_ARRAY(arena, struct vg_scenario_history, n_draws);
    c->r_mean = VG_ARENA_ARRAY(arena, double, f->n_blocks);
    c->r_low = VG_ARENA_ARRAY(arena, double, f->n_blocks);
    c->r_high = VG_ARENA_ARRAY(arena, double, f->n_blocks);
    for (size_t d = 0; !arena->failed && d < n_draws; d++) {
        double *transmission = VG_ARENA_ARRAY(arena, double, f->n_blocks);
        if (transmission == NULL) {
            break;
        }
        memcpy(theta, chain->kept + d * chain->n, chain->n * sizeof(double));
        memcpy(c->auxiliary + d * f->n_parameters, theta, f->n_parameters * sizeof(double));
        struct vg_scenario_history auxiliary = history_of(f, theta, transmission);
        shares[d] = infected_share(f, &auxiliary);
        for (size_t i = 0; i < f->n_parameters; i++) {
            theta[i] -= shift[i];
        }
        c->draws[d] = history_of(f, theta, transmission);
    }
    if (arena->failed) {
        return vg_fail_memory(f->error, n_draws * f->n_blocks * sizeof(double));
    }
    memcpy(c->shift, shift, f->n_parameters * sizeof(double));
    mean_and_interval(shares, n_draws, c->infected_share);
    for (size_t b = 0; b <= f->n_blocks; b++) {
        double three[3];
        for (size_t d = 0; d < n_draws; d++) {
            values[d] = b == f->n_blocks ? c->draws[d].reported : r0 * c->draws[d].transmission[b];
        }
        mean_and_interval(values, n_draws, three);
        if (b == f->n_blocks) {
            memcpy(c->reported, three, sizeof three);
        } else {
            c->r_mean[b] = three[0];
            c->r_low[b] = three[1];
            c->r_high[b] = three[2];
        }
    }
    c->n_draws = n_draws;
    c->n_blocks = f->n_blocks;
    return VG_OK;
}

static bool take_chain_room(const struct fitting *f, struct vg_arena *arena, struct chain *c)
{
    c->n = f->n_parameters;
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        c->n += f->kinds[kind] ? 1 : 0;
    }
    c->now = VG_ARENA_ARRAY(arena, double, c->n);
    c->next = VG_ARENA_ARRAY(arena, double, c->n);
    c->factor = VG_ARENA_ARRAY(arena, double, f->n_parameters *f->n_parameters);
    c->kept = VG_ARENA_ARRAY(arena, double, f->options->n_draws *c->n);
    return !arena->failed;
}

static vg_status sample(const struct fitting *f, const double *data, const double *mode, const double sizes[VG_OBSERVED_KINDS], const struct step *s, struct chain *c)
{
    size_t n = f->n_parameters;
    size_t next = n;
    memcpy(c->now, mode, n * sizeof(double));
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (f->kinds[kind]) {
            c->now[next++] = log(sizes[kind]);
        }
    }
    memcpy(c->factor, s->information, n * n * sizeof(double));
    if (!cholesky(c->factor, n)) {
        return vg_fail(f->error, VG_DATA_ERROR, "the observed counts do not determine a course of transmission");
    }
    run_chain(f, data, f->options->n_draws, c);
    return VG_OK;
}

vg_status vg_control_calibrate(const struct vg_renewal_world *renewal, const struct vg_scenario *scenario, const struct vg_observed *observed,
                               const struct vg_calibration_options *options, double r0, struct vg_arena *arena, struct vg_calibration *calibration,
                               struct vg_error *error)
{
    struct fitting f = {.renewal = renewal, .options = options, .observed = observed, .error = error};
    struct step s;
    struct chain chain = {0};
    double sizes[VG_OBSERVED_KINDS] = {20, 20, 20, 20};
    *calibration = (struct vg_calibration){.worst_gap = NAN, .run_gap = NAN};
    vg_status status = prepare(&f, scenario, arena);
    if (status != VG_OK) {
        return status;
    }
    size_t n = f.n_parameters;
    double *mode = VG_ARENA_ARRAY(arena, double, n);
    double *transmission = VG_ARENA_ARRAY(arena, double, f.n_blocks);
    struct rounds r = {VG_ARENA_ARRAY(arena, double, f.n_bins), VG_ARENA_ARRAY(arena, double, f.n_bins), VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, n),
                       VG_ARENA_ARRAY(arena, double, n), VG_ARENA_ARRAY(arena, double, VG_OBSERVED_KINDS *f.n_days)};
    if (!take_step_room(&f, arena, &s) || !take_chain_room(&f, arena, &chain)) {
        return vg_fail_memory(error, n * f.n_bins * sizeof(double));
    }
    for (size_t i = 0; i < f.n_bins; i++) {
        r.data[i] = f.bins[i].observed;
    }
    mode[0] = f.first_guess;
    for (size_t b = 0; b < f.n_blocks; b++) {
        mode[1 + b] = log(fmin(1, 1.2 / r0));
    }
    if (f.at_reported != SIZE_MAX) {
        mode[f.at_reported] = logit(f.reported);
    }
    status = find_mode(&f, r.data, mode, sizes, false, &s);
    if (status == VG_OK) {
        status = sample(&f, r.data, mode, sizes, &s, &chain);
    }
    if (status == VG_OK && options->engine != NULL) {
        status = engine_rounds(&f, mode, sizes, &s, &r, calibration);
    }
    if (status == VG_OK) {
        status = take_draws(&f, &chain, r.shift, r0, arena, calibration);
    }
    for (size_t i = 0; i < n; i++) {
        r.theta[i] = mode[i] - r.shift[i];
    }
    calibration->mode = history_of(&f, r.theta, transmission);
    calibration->acceptance = chain.steps > 0 ? (double)chain.accepted / (double)chain.steps : NAN;
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        calibration->dispersion[kind] = f.kinds[kind] ? sizes[kind] : NAN;
    }
    return status;
}

/* -------------------------------------------------------------- single runs */

struct bringing { double *target, *theta, *fitted, *shift, *engine, *counts; };

/* How far a run is from the means of its draw: in sevens, on the scale of the fit. */
static double distance(const struct fitting *f, const double *target, const double *engine, const double sizes[VG_OBSERVED_KINDS])
{
    double sum = 0;
    for (size_t i = 0; i < f->n_bins; i++) {
        double mean = fmax(0.5, engine[i]);
        sum -= log_law(target[i], mean, sizes[f->bins[i].kind]) - log_law(target[i], fmax(0.5, target[i]), sizes[f->bins[i].kind]);
    }
    return sum;
}

static vg_status bring(const struct fitting *f, const double *draw, const double sizes[VG_OBSERVED_KINDS], size_t rounds, vg_calibration_engine *engine, void *engine_context,
                       struct step *s, struct bringing *b, struct vg_scenario_history *kept, double *gap)
{
    size_t n = f->n_parameters;
    double fixed[VG_OBSERVED_KINDS];
    double nearest = INFINITY;
    memcpy(fixed, sizes, sizeof fixed);
    model_means(f, draw, b->target);
    for (size_t round = 0; round <= rounds; round++) {
        for (size_t i = 0; i < n; i++) {
            b->theta[i] = draw[i] - b->shift[i];
        }
        struct vg_scenario_history history = history_of(f, b->theta, f->transmission);
        vg_status status = engine(engine_context, &history, f->n_days, b->counts, f->error);
        if (status == VG_USAGE_ERROR && isfinite(nearest)) {
            return VG_OK; /* a run that died out drove transmission beyond what the engine takes: what was nearest is kept */
        }
        if (status != VG_OK) {
            return status;
        }
        bin_means(f, b->counts, b->engine);
        double here = distance(f, b->target, b->engine, sizes);
        if (here < nearest) {
            double *transmission = kept->transmission;
            nearest = here;
            *gap = gap_of(f, b->engine, b->target);
            history = history_of(f, b->theta, transmission);
            *kept = history;
        }
        if (round == rounds || *gap < GAP_ENOUGH) {
            break;
        }
        memcpy(b->fitted, draw, n * sizeof(double));
        status = find_mode(f, b->engine, b->fitted, fixed, true, s);
        for (size_t i = 0; status == VG_OK && i < n; i++) {
            b->shift[i] += fmax(-SHIFT_MOST, fmin(SHIFT_MOST, b->fitted[i] - draw[i]));
        }
        if (status != VG_OK) {
            return status;
        }
    }
    return VG_OK;
}

vg_status vg_control_calibrate_run(const struct vg_renewal_world *renewal, const struct vg_scenario *scenario, const struct vg_observed *observed,
                                   const struct vg_calibration_options *options, struct vg_calibration *calibration, size_t draw, size_t rounds,
                                   vg_calibration_engine *engine, void *engine_context, double *gap, struct vg_error *error)
{
    struct vg_arena arena;
    struct fitting f = {.renewal = renewal, .options = options, .observed = observed, .error = error};
    struct step s;
    vg_arena_init(&arena, 0);
    *gap = NAN;
    vg_status status = prepare(&f, scenario, &arena);
    if (status == VG_OK) {
        size_t n = f.n_parameters;
        struct bringing b = {VG_ARENA_ARRAY(&arena, double, f.n_bins), VG_ARENA_ARRAY(&arena, double, n), VG_ARENA_ARRAY(&arena, double, n), VG_ARENA_ARRAY(&arena, double, n),
                             VG_ARENA_ARRAY(&arena, double, f.n_bins), VG_ARENA_ARRAY(&arena, double, VG_OBSERVED_KINDS *f.n_days)};
        if (!take_step_room(&f, &arena, &s)) {
            status = vg_fail_memory(error, n * f.n_bins * sizeof(double));
        } else {
            memcpy(b.shift, calibration->shift, n * sizeof(double));
            status = bring(&f, calibration->auxiliary + draw * n, calibration->dispersion, rounds, engine, engine_context, &s, &b, &calibration->draws[draw], gap);
        }
    }
    vg_arena_release(&arena);
    return status;
}
