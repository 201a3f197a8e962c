/*
 * The regression from the caller's arrays to the answer: what is used is chosen and packed, chains are run, the answer is summarised and judged; the same
 * without measures says whether they foretell a place at all.
 */
#include "control/measures_effect/internal.h"

#include <math.h>
#include <string.h>

#define LOG_R_MOST 50.0
#define COLUMN_MOST 1e6
#define R_HAT_MOST 1.1

const char *vg_measures_seen_name(enum vg_measures_seen seen)
{
    static const char *const names[] = {"seen", "never_changes", "prior_only", "not_told_apart"};
    return (size_t)seen < sizeof names / sizeof *names ? names[seen] : "unknown";
}

void vg_control_measures_defaults(struct vg_measures_parameters *parameters)
{
    *parameters = (struct vg_measures_parameters){
        .errors = VG_MEASURES_AUTOREGRESSIVE,
        .priors = {.level_mean = 0, .level_sd = 1, .effect_sd = 0.5, .shared_sd = 0.5, .level_spread_scale = 0.5, .effect_spread_scale = 0.2, .drift_scale = 0.5,
                   .noise_scale = 0.2, .factor_spread_scale = 0.5},
        .n_chains = 4, .n_warmup = 300, .n_draws = 500, .least_rows = 8, .seed = 20210205};
}

static bool positive(double value)
{
    return value > 0 && isfinite(value);
}

static vg_status check_arguments(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, struct vg_error *error)
{
    const struct vg_measures_priors *priors = &parameters->priors;
    if (data->n_measures > VG_MEASURES_MOST || data->n_shared > VG_MEASURES_SHARED_MOST) {
        return vg_fail(error, VG_USAGE_ERROR, "at most %d measures and %d shared columns are taken, not %zu and %zu", VG_MEASURES_MOST, VG_MEASURES_SHARED_MOST, data->n_measures,
                       data->n_shared);
    }
    if (!isfinite(priors->level_mean) || !positive(priors->level_sd) || !positive(priors->effect_sd) || !positive(priors->shared_sd) || !positive(priors->level_spread_scale) ||
        !positive(priors->effect_spread_scale) || !positive(priors->drift_scale) || !positive(priors->noise_scale) || !positive(priors->factor_spread_scale)) {
        return vg_fail(error, VG_USAGE_ERROR, "the priors' standard deviations must be above 0");
    }
    if (parameters->n_chains == 0 || parameters->n_chains > 32 || parameters->n_draws < 20 || parameters->n_draws > 1000000 || parameters->n_warmup > 1000000) {
        return vg_fail(error, VG_USAGE_ERROR, "from 1 to 32 chains of 20 to 1,000,000 draws are taken");
    }
    for (size_t place = 0; place < data->n_places; place++) {
        if (data->first[place + 1] < data->first[place]) {
            return vg_fail(error, VG_USAGE_ERROR, "rows of place %zu end before they begin", place);
        }
        for (size_t t = data->first[place]; t + 1 < data->first[place + 1]; t++) {
            if (data->step[t + 1] <= data->step[t]) {
                return vg_fail(error, VG_USAGE_ERROR, "steps of place %zu do not rise", place);
            }
        }
    }
    return VG_OK;
}

enum row_kind { ROW_USED, ROW_MISSING, ROW_BAD };

static enum row_kind kind_of(const struct vg_measures_data *data, size_t t)
{
    double largest = 0;
    bool known = isfinite(data->log_r[t]) && isfinite(data->log_r_error[t]);
    for (size_t m = 0; m < data->n_measures; m++) {
        known = known && isfinite(data->felt[t * data->n_measures + m]);
        largest = fmax(largest, fabs(data->felt[t * data->n_measures + m]));
    }
    for (size_t c = 0; c < data->n_shared; c++) {
        known = known && isfinite(data->shared[t * data->n_shared + c]);
        largest = fmax(largest, fabs(data->shared[t * data->n_shared + c]));
    }
    return !known ? ROW_MISSING : fabs(data->log_r[t]) > LOG_R_MOST || data->log_r_error[t] < 0 || data->log_r_error[t] > LOG_R_MOST || largest > COLUMN_MOST ? ROW_BAD : ROW_USED;
}

static void copy_row(const struct vg_measures_data *data, size_t t, struct problem *problem)
{
    double *columns = problem->columns + problem->n_rows * problem->n_columns;
    columns[0] = 1;
    for (size_t m = 0; m < data->n_measures; m++) {
        columns[1 + m] = data->felt[t * data->n_measures + m];
    }
    for (size_t c = 0; c < data->n_shared; c++) {
        columns[problem->n_own + c] = data->shared[t * data->n_shared + c];
    }
    columns[problem->n_fixed] = data->log_r[t];
    problem->step[problem->n_rows] = data->step[t];
    /* A standard error of none would make an exact row; a thousandth is as good as exact. */
    problem->variance[problem->n_rows] = fmax(1e-6, data->log_r_error[t] * data->log_r_error[t]);
    problem->n_rows++;
}

vg_status build_problem(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, struct vg_measures_place *places, struct vg_arena *arena,
                        struct problem *problem, struct vg_error *error)
{
    size_t n_all = data->n_places == 0 ? 0 : data->first[data->n_places];
    *problem = (struct problem){.n_measures = data->n_measures, .n_own = 1 + data->n_measures, .n_fixed = 1 + data->n_measures + data->n_shared,
                                .n_columns = 2 + data->n_measures + data->n_shared, .errors = parameters->errors, .priors = parameters->priors};
    size_t cells = 0;
    bool fits = vg_multiply_size(n_all + 1, problem->n_columns, &cells);
    problem->first = VG_ARENA_ARRAY(arena, size_t, data->n_places + 1);
    problem->place = VG_ARENA_ARRAY(arena, size_t, data->n_places + 1);
    problem->step = VG_ARENA_ARRAY(arena, int32_t, n_all + 1);
    problem->columns = VG_ARENA_ARRAY(arena, double, cells);
    problem->variance = VG_ARENA_ARRAY(arena, double, n_all + 1);
    if (!fits || arena->failed) {
        return vg_fail_memory(error, cells * sizeof(double));
    }
    for (size_t place = 0; place < data->n_places; place++) {
        struct vg_measures_place *own = &places[place];
        bool bad = false;
        own->n_rows = 0;
        for (size_t t = data->first[place]; t < data->first[place + 1]; t++) {
            enum row_kind kind = kind_of(data, t);
            own->n_rows += kind == ROW_USED;
            bad = bad || kind == ROW_BAD;
        }
        own->status = bad ? VG_SERIES_BAD_INPUT : own->n_rows < parameters->least_rows || own->n_rows == 0 ? VG_SERIES_TOO_SHORT : VG_SERIES_OK;
        for (size_t t = data->first[place]; own->status == VG_SERIES_OK && t < data->first[place + 1]; t++) {
            if (kind_of(data, t) == ROW_USED) {
                copy_row(data, t, problem);
            }
        }
        if (own->status == VG_SERIES_OK) {
            problem->place[problem->n_places++] = place;
            problem->first[problem->n_places] = problem->n_rows;
        }
    }
    return VG_OK;
}

/* The same rows without the measures' columns. */
static bool drop_measures(const struct problem *from, struct vg_arena *arena, struct problem *to)
{
    size_t m = from->n_measures;
    *to = *from;
    to->n_measures = 0;
    to->n_own = 1;
    to->n_fixed = from->n_fixed - m;
    to->n_columns = from->n_columns - m;
    to->columns = VG_ARENA_ARRAY(arena, double, from->n_rows *to->n_columns);
    for (size_t t = 0; to->columns != NULL && t < from->n_rows; t++) {
        to->columns[t * to->n_columns] = 1;
        memcpy(to->columns + t * to->n_columns + 1, from->columns + t * from->n_columns + 1 + m, (to->n_columns - 1) * sizeof(double));
    }
    return to->columns != NULL;
}

static vg_status check_prediction(const struct problem *problem, const struct kept *kept, const struct vg_measures_parameters *parameters, struct vg_pool *pool,
                                  struct vg_arena *arena, struct vg_measures_estimate *out, struct vg_error *error)
{
    struct problem bare;
    struct kept bare_kept;
    double *with = VG_ARENA_ARRAY(arena, double, problem->n_places);
    double *without = VG_ARENA_ARRAY(arena, double, problem->n_places);
    if (with == NULL || without == NULL || !drop_measures(problem, arena, &bare)) {
        return vg_fail_memory(error, 0);
    }
    vg_status status = leave_out(problem, kept, arena, with, out, error);
    if (status == VG_OK) {
        status = sample(&bare, parameters, pool, arena, &bare_kept, error);
    }
    if (status == VG_OK) {
        status = leave_out(&bare, &bare_kept, arena, without, NULL, error);
    }
    out->log_score_gain = 0;
    for (size_t place = 0; status == VG_OK && place < problem->n_places; place++) {
        struct vg_measures_place *own = &out->places[problem->place[place]];
        own->log_score = with[place];
        own->log_score_without = without[place];
        out->log_score_gain += with[place] - without[place];
    }
    return status;
}

static vg_status make_room(const struct vg_measures_data *data, struct vg_arena *arena, struct vg_measures_estimate *out, struct vg_error *error)
{
    size_t m = data->n_measures;
    size_t by_place = data->n_places * m;
    *out = (struct vg_measures_estimate){.status = VG_SERIES_TOO_FEW, .n_measures = m, .n_shared = data->n_shared};
    out->effects = VG_ARENA_ARRAY(arena, struct vg_measures_effect, m + 1);
    out->places = VG_ARENA_ARRAY(arena, struct vg_measures_place, data->n_places + 1);
    double **const of_places[] = {&out->place_mean, &out->place_sd};
    double **const of_pairs[] = {&out->pair_timing, &out->pair_posterior, &out->pair_sum_low, &out->pair_sum_mean, &out->pair_sum_high};
    for (size_t i = 0; i < sizeof of_places / sizeof *of_places; i++) {
        *of_places[i] = VG_ARENA_ARRAY(arena, double, by_place + 1);
        for (size_t j = 0; *of_places[i] != NULL && j < by_place; j++) {
            (*of_places[i])[j] = NAN;
        }
    }
    for (size_t i = 0; i < sizeof of_pairs / sizeof *of_pairs; i++) {
        *of_pairs[i] = VG_ARENA_ARRAY(arena, double, m *m + 1);
        for (size_t j = 0; *of_pairs[i] != NULL && j < m * m; j++) {
            (*of_pairs[i])[j] = NAN;
        }
    }
    out->condition_number = out->factor_spread = out->drift_sd = out->correlation = out->noise_sd = out->level_sd = NAN;
    out->all_mean = out->all_low = out->all_high = NAN;
    out->share_explained = out->share_low = out->share_high = NAN;
    out->predicted_share = out->coverage_50 = out->coverage_90 = out->log_score_gain = out->best_log_likelihood = NAN;
    out->worst_r_hat = out->least_effective_draws = NAN;
    for (size_t place = 0; !arena->failed && place < data->n_places; place++) {
        out->places[place].level = out->places[place].error_factor = out->places[place].predicted_share = out->places[place].coverage_50 = out->places[place].coverage_90 = NAN;
        out->places[place].log_score = out->places[place].log_score_without = NAN;
    }
    return arena->failed ? vg_fail_memory(error, by_place * sizeof(double)) : VG_OK;
}

/* Whether anything changes within a place: without that there is nothing to regress on. */
static bool any_change(const struct problem *problem)
{
    size_t n = problem->n_columns;
    for (size_t place = 0; place < problem->n_places; place++) {
        const double *begin = problem->columns + problem->first[place] * n;
        for (size_t t = problem->first[place]; t < problem->first[place + 1]; t++) {
            if (memcmp(begin + 1, problem->columns + t * n + 1, problem->n_measures * sizeof(double)) != 0) {
                return true;
            }
        }
    }
    return false;
}

vg_status vg_control_measures(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, struct vg_pool *pool, struct vg_arena *arena,
                              struct vg_measures_estimate *out, struct vg_error *error)
{
    struct problem problem;
    struct kept kept;
    vg_status status = check_arguments(data, parameters, error);
    if (status == VG_OK) {
        status = make_room(data, arena, out, error);
    }
    if (status == VG_OK) {
        status = build_problem(data, parameters, out->places, arena, &problem, error);
    }
    if (status != VG_OK) {
        return status;
    }
    out->n_places = problem.n_places;
    out->n_rows = problem.n_rows;
    if (problem.n_places < 2 || problem.n_measures == 0 || !any_change(&problem)) {
        return VG_OK;
    }
    status = sample(&problem, parameters, pool, arena, &kept, error);
    if (status == VG_OK) {
        status = summarise(&problem, &kept, parameters, arena, out, error);
    }
    if (status == VG_OK) {
        status = diagnose(&problem, &kept, arena, out, error);
    }
    if (status == VG_OK && !parameters->without_check) {
        status = check_prediction(&problem, &kept, parameters, pool, arena, out, error);
    }
    out->status = status == VG_OK && out->worst_r_hat < R_HAT_MOST ? VG_SERIES_OK : VG_SERIES_NOT_CONVERGED;
    return status;
}

vg_status vg_control_measures_likelihood(const struct vg_measures_data *data, const struct vg_measures_parameters *parameters, const struct vg_measures_scales *scales,
                                         struct vg_arena *scratch, double *log_p, double *mean, double *covariance, struct vg_error *error)
{
    struct problem problem;
    struct workspace work;
    vg_status status = check_arguments(data, parameters, error);
    struct vg_measures_place *places = VG_ARENA_ARRAY(scratch, struct vg_measures_place, data->n_places + 1);
    if (status == VG_OK && places == NULL) {
        status = vg_fail_memory(error, 0);
    }
    if (status == VG_OK) {
        status = build_problem(data, parameters, places, scratch, &problem, error);
    }
    if (status != VG_OK) {
        return status;
    }
    double *at = VG_ARENA_ARRAY(scratch, double, scale_count(&problem));
    if (at == NULL || !workspace_init(&work, &problem, scratch)) {
        return vg_fail_memory(error, 0);
    }
    for (size_t place = 0; scales->factor != NULL && place < problem.n_places; place++) {
        at[scale_place(&problem, place)] = log(scales->factor[problem.place[place]]);
    }
    at[SCALE_DRIFT] = log(scales->drift_sd);
    at[SCALE_CORRELATION] = log(scales->correlation) - log1p(-scales->correlation);
    at[SCALE_NOISE] = log(scales->noise_sd);
    at[SCALE_LEVEL] = log(scales->level_sd);
    for (size_t m = 0; m < data->n_measures; m++) {
        at[SCALE_MEASURE + m] = log(scales->between_sd[m]);
    }
    whiten(&problem, at, &work);
    *log_p = log_likelihood(&problem, at, &work);
    if (isnan(*log_p)) {
        return vg_fail(error, VG_DATA_ERROR, "the likelihood cannot be computed at these scales");
    }
    memcpy(mean, work.mean, problem.n_fixed * sizeof *mean);
    vg_dense_inverse(work.precision, problem.n_fixed, work.row, covariance);
    return VG_OK;
}
