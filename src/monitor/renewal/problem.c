/*
 * From a reporting triangle to the numbers of the model: rows and their non-zero cells, unpublished cells joined to the next
 * published one, downward revisions netted, calendars, delay kernels and priors.
 */
#include "monitor/renewal/problem.h"

#include <math.h>
#include <string.h>

#define WEEK_DAYS 7
#define DRIFT_KNOT_STEPS_DAILY 14
#define DRIFT_KNOT_STEPS_WEEKLY 6
#define SHORT_DELAYS_DAILY RENEWAL_SHORT_MOST
#define SHORT_DELAYS_WEEKLY 2
#define LEAN_EFFECTS_DAILY 28
#define LEAN_EFFECTS_WEEKLY 8
#define LEAN_LESS_THAN 20000.0 /* reports, and */
#define LEAN_SHARE_MOST 0.25   /* of the parent's */
#define STANDSTILL_STEPS 14
#define STANDSTILL_DUE 15.0
#define MASS_LEFT_OUT 0.002

static const double default_hyper_mean[RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_MEANS;
static const double default_hyper_sd[RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_SDS;

/* -------------------------------------------------------------------- kernels */

/* Gamma on days, by difference of its distribution function around whole days; lag 0 kept or not. Returns the length. */
static size_t gamma_weights(double mean, double sd, size_t first, double *weights)
{
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean, total = 0;
    size_t n = 0;
    for (; n < RENEWAL_LAGS_MOST; n++) {
        double low = n == 0 ? 0 : vg_gamma_cdf((double)n - 0.5, shape, scale), high = vg_gamma_cdf((double)n + 0.5, shape, scale);
        weights[n] = n < first ? 0 : high - low;
        total += weights[n];
        if (n > first && 1 - high < MASS_LEFT_OUT) {
            n++;
            break;
        }
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] /= total;
    }
    return n;
}

static vg_status given_weights(const double *given, size_t n, size_t first, const char *what, double *weights, size_t *length,
                               struct vg_error *error)
{
    double total = 0, kept = 0;
    for (size_t i = first; i < n; i++) {
        if (!(given[i] >= 0) || isinf(given[i])) {
            return vg_fail(error, VG_USAGE_ERROR, "the %s has a weight that is no probability at lag %zu", what, i);
        }
        total += given[i];
    }
    if (!(total > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "the %s has no weight from lag %zu on", what, first);
    }
    *length = 0;
    for (size_t i = 0; i < n && i < RENEWAL_LAGS_MOST && (i <= first || kept < (1 - MASS_LEFT_OUT) * total); i++) {
        weights[i] = i < first ? 0 : given[i];
        kept += weights[i];
        *length = i + 1;
    }
    for (size_t i = 0; i < *length; i++) {
        weights[i] /= kept;
    }
    return kept > 0.9 * total ? VG_OK
                              : vg_fail(error, VG_USAGE_ERROR, "the %s is longer than %d days", what, RENEWAL_LAGS_MOST);
}

static vg_status make_kernels(const struct vg_renewal_parameters *parameters, struct renewal_problem *p, struct vg_error *error)
{
    double incubation[RENEWAL_LAGS_MOST] = {1};
    size_t n_incubation = 1;
    vg_status status = VG_OK;
    if (parameters->generation != NULL) {
        status = given_weights(parameters->generation, parameters->generation_n, 1, "generation interval", p->generation,
                               &p->n_generation, error);
    } else if (parameters->generation_mean_days >= 0.5 && parameters->generation_sd_days > 0 &&
               parameters->generation_mean_days + 3 * parameters->generation_sd_days < RENEWAL_LAGS_MOST) {
        p->n_generation = gamma_weights(parameters->generation_mean_days, parameters->generation_sd_days, 1, p->generation);
    } else {
        status = vg_fail(error, VG_USAGE_ERROR, "the generation interval needs a mean of half a day or more and an sd, together under %d days",
                         RENEWAL_LAGS_MOST);
    }
    if (status == VG_OK && parameters->incubation != NULL) {
        status = given_weights(parameters->incubation, parameters->incubation_n, 0, "incubation", incubation, &n_incubation, error);
    } else if (status == VG_OK && parameters->incubation_mean_days > 0) {
        if (!(parameters->incubation_sd_days > 0) ||
            parameters->incubation_mean_days + 3 * parameters->incubation_sd_days >= RENEWAL_LAGS_MOST) {
            return vg_fail(error, VG_USAGE_ERROR, "the incubation needs an sd, and with it less than %d days", RENEWAL_LAGS_MOST);
        }
        n_incubation = gamma_weights(parameters->incubation_mean_days, parameters->incubation_sd_days, 0, incubation);
    }
    p->n_kernel = n_incubation + (size_t)p->step_days - 1;
    for (size_t i = 0; i < n_incubation; i++) {
        for (size_t day = 0; day < (size_t)p->step_days; day++) {
            p->kernel[i + day] += incubation[i];
        }
    }
    for (size_t a = 0; a + 1 < p->n_generation; a++) {
        p->generation_back[a] = p->generation[p->n_generation - 1 - a];
    }
    for (size_t a = 0; a < p->n_kernel; a++) {
        p->kernel_back[a] = p->kernel[p->n_kernel - 1 - a];
    }
    return status;
}

/* ----------------------------------------------------------------------- rows */

double renewal_net_revisions(double *counts, size_t n)
{
    double open = 0, withdrawn = 0;
    for (size_t i = n; i-- > 0;) {
        if (counts[i] < 0) {
            withdrawn -= counts[i];
            open -= counts[i];
            counts[i] = 0;
        } else {
            double taken = counts[i] < open ? counts[i] : open;
            counts[i] -= taken;
            open -= taken;
        }
    }
    return withdrawn;
}

void renewal_find_standstill(const struct vg_triangle *triangle, size_t last_report, double *sums, bool *standstill)
{
    size_t run = 0;
    if (triangle->n_delays == 1) {
        return;
    }
    for (size_t k = 0; k < triangle->n_references; k++) {
        for (size_t d = 0; d < triangle->n_delays && k + d <= last_report; d++) {
            double count = triangle->increments[k * triangle->n_delays + d];
            sums[k + d] += isfinite(count) ? count : 0;
            standstill[k + d] = standstill[k + d] || isfinite(count);
        }
    }
    for (size_t step = 0; step <= last_report; step++) {
        size_t before = step - run, n = before < STANDSTILL_STEPS ? before : STANDSTILL_STEPS;
        double half = 0, whole = 0;
        run++;
        for (size_t i = 1; i <= n; i++) {
            double sum = sums[before - i] > 0 ? sums[before - i] : 0;
            whole += sum;
            half += i <= STANDSTILL_STEPS / 2 ? 2 * sum : 0;
        }
        /* An epidemic may fall fast: the nearer half counts where it is lower. */
        double usual = half < whole ? half : whole, due = n == STANDSTILL_STEPS ? usual / (double)n * (double)run : 0;
        bool published = standstill[step];
        standstill[step] = published && due >= STANDSTILL_DUE && sums[step] < 0.1 * due;
        run = published && !standstill[step] ? 0 : run;
    }
}

/* Reads row `reference` of the triangle into merged spans; returns their number. */
static size_t read_spans(const struct vg_triangle *triangle, size_t reference, size_t last_report, const bool *standstill, struct renewal_cell *spans,
                         double *counts, double *withdrawn)
{
    size_t n = 0, first = 0;
    double held = 0;
    for (size_t d = 0; d < triangle->n_delays && reference + d <= last_report; d++) {
        double count = triangle->increments[reference * triangle->n_delays + d];
        held += isfinite(count) ? count : 0;
        if (isfinite(count) && !standstill[reference + d]) {
            spans[n] = (struct renewal_cell){.first = (uint16_t)first, .last = (uint16_t)d};
            counts[n++] = held;
            first = d + 1;
            held = 0;
        }
    }
    /* The little that a standstill did bring is with the next publication, or where there was none yet with the last. */
    if (n > 0) {
        counts[n - 1] += held;
    }
    *withdrawn += renewal_net_revisions(counts, n);
    return n;
}

static void fill_row(struct renewal_problem *p, size_t k, const struct renewal_cell *spans, const double *counts, size_t n)
{
    struct renewal_row *row = &p->rows[k];
    *row = (struct renewal_row){.cell = (uint32_t)p->n_cells, .last_delay = n == 0 ? -1 : (int32_t)spans[n - 1].last};
    row->weekday = (uint8_t)vg_date_weekday(p->start + (int32_t)k * p->step_days);
    for (size_t i = 0; i < n; i++) {
        row->known += counts[i];
    }
    bool complete = n > 0 && (size_t)row->last_delay + 1 == p->n_delays;
    row->split = !complete || k >= p->first_split;
    if (complete && (!row->split || p->n_delays == 1)) {
        row->split = false;
        if (row->known > 0) {
            p->cells[p->n_cells++] = (struct renewal_cell){0, (uint16_t)(p->n_delays - 1), (float)row->known};
            row->n_cells = 1;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            if (counts[i] > 0) {
                p->cells[p->n_cells] = spans[i];
                p->cells[p->n_cells++].count = (float)counts[i];
                row->n_cells++;
            }
        }
    }
    for (uint32_t i = 0; i < row->n_cells; i++) {
        p->cell_constant += vg_log_gamma((double)p->cells[row->cell + i].count + 1);
    }
}

static vg_status make_rows(const struct vg_triangle *triangle, size_t skipped, struct renewal_problem *p, struct vg_arena *arena,
                           struct vg_error *error)
{
    size_t most = p->n_rows * p->n_delays;
    p->rows = VG_ARENA_ARRAY(arena, struct renewal_row, p->n_rows);
    struct renewal_cell *cells = VG_ARENA_ARRAY(arena, struct renewal_cell, most);
    struct renewal_cell *spans = VG_ARENA_ARRAY(arena, struct renewal_cell, p->n_delays);
    double *counts = VG_ARENA_ARRAY(arena, double, p->n_delays);
    double *sums = VG_ARENA_ARRAY(arena, double, triangle->n_references + triangle->n_delays);
    bool *standstill = VG_ARENA_ARRAY(arena, bool, triangle->n_references + triangle->n_delays);
    if (sums == NULL || standstill == NULL || p->rows == NULL || cells == NULL || spans == NULL || counts == NULL) {
        return vg_fail_memory(error, most * sizeof *cells);
    }
    p->cells = cells;
    renewal_find_standstill(triangle, skipped + p->last_report, sums, standstill);
    /* A row that is not complete is always split, so every row from the first such one on has its hazards. */
    for (size_t k = 0; k < p->first_split; k++) {
        double ignored = 0;
        size_t n = read_spans(triangle, skipped + k, skipped + p->last_report, standstill, spans, counts, &ignored);
        if (n == 0 || (size_t)spans[n - 1].last + 1 < p->n_delays) {
            p->first_split = k;
        }
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        size_t n = read_spans(triangle, skipped + k, skipped + p->last_report, standstill, spans, counts, &p->withdrawn);
        fill_row(p, k, spans, counts, n);
        p->known += p->rows[k].known;
    }
    p->cell_count = VG_ARENA_ARRAY(arena, double, p->n_cells);
    if (p->cell_count == NULL) {
        return vg_fail_memory(error, p->n_cells * sizeof *p->cell_count);
    }
    for (size_t i = 0; i < p->n_cells; i++) {
        p->cell_count[i] = (double)p->cells[i].count;
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ calendars */

static vg_status make_calendar(const struct vg_renewal_parameters *parameters, struct renewal_problem *p, struct vg_arena *arena,
                               struct vg_error *error)
{
    size_t n = p->n_rows + p->n_delays;
    p->report_weekday = VG_ARENA_ARRAY(arena, uint8_t, n);
    p->report_holiday = VG_ARENA_ARRAY(arena, uint8_t, n);
    p->knot = VG_ARENA_ARRAY(arena, uint16_t, n);
    p->knot_weight = VG_ARENA_ARRAY(arena, double, n);
    if (arena->failed) {
        return vg_fail_memory(error, n * 8);
    }
    for (size_t step = 0; step < n; step++) {
        int32_t date = p->start + (int32_t)step * p->step_days;
        p->report_weekday[step] = (uint8_t)vg_date_weekday(date);
        for (size_t i = 0; i < parameters->n_holidays; i++) {
            if (parameters->holidays[i] >= date && parameters->holidays[i] < date + p->step_days) {
                p->report_holiday[step] = 1;
                p->n_holidays += step > p->first_split && step <= p->last_report ? 1 : 0;
            }
        }
    }
    size_t spacing = p->step_days == 1 ? DRIFT_KNOT_STEPS_DAILY : DRIFT_KNOT_STEPS_WEEKLY, reach = p->last_report - p->first_split;
    p->n_knots = reach / spacing + 2;
    p->n_short = p->step_days == 1 ? SHORT_DELAYS_DAILY : SHORT_DELAYS_WEEKLY;
    for (size_t step = p->first_split; step < n; step++) {
        /* Counted back from the newest report, which is the last knot. */
        size_t back = step < p->last_report ? p->last_report - step : 0, whole = (back + spacing - 1) / spacing;
        p->knot[step] = (uint16_t)(p->n_knots - 1 - whole);
        p->knot_weight[step] = back % spacing == 0 ? 1 : (double)(back % spacing) / (double)spacing;
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- pooling */

/* Whether the place is small beside its parent, whose reporting is known. */
static bool is_lean(const struct vg_triangle *triangle, const struct vg_renewal_prior *prior, size_t skipped)
{
    double total = 0;
    if (prior == NULL || prior->n_steps == 0 || triangle->n_delays < 4) {
        return false;
    }
    for (size_t i = skipped * triangle->n_delays; i < triangle->n_references * triangle->n_delays; i++) {
        total += isfinite(triangle->increments[i]) ? triangle->increments[i] : 0;
    }
    return total < LEAN_LESS_THAN && total < LEAN_SHARE_MOST * prior->total;
}

static vg_status make_offsets(struct renewal_problem *p, struct vg_arena *arena, struct vg_error *error)
{
    static const size_t firsts[2][RENEWAL_BASES_LEAN] = {{0, 1, 3, 7}, {0, 1, 2, 4}};
    size_t n = p->n_rows + p->n_delays;
    p->base_of = VG_ARENA_ARRAY(arena, uint16_t, p->n_hazards + 1);
    p->hazard_offset = VG_ARENA_ARRAY(arena, double, p->n_hazards + 1);
    p->step_offset = VG_ARENA_ARRAY(arena, double, 2 * n);
    if (p->base_of == NULL || p->hazard_offset == NULL || p->step_offset == NULL) {
        return vg_fail_memory(error, n * sizeof(double));
    }
    for (size_t d = 0; d < p->n_hazards; d++) {
        size_t group = RENEWAL_BASES_LEAN - 1;
        while (group > 0 && d < firsts[p->step_days == 1 ? 0 : 1][group]) {
            group--;
        }
        p->base_of[d] = (uint16_t)(p->lean ? group : d);
        p->hazard_offset[d] = p->lean ? p->prior->hazards[d] : 0;
    }
    for (size_t step = 0; step < n && p->lean; step++) {
        int64_t at = ((int64_t)p->start + (int64_t)step * p->step_days - p->prior->first_step) / p->step_days;
        bool known = at >= 0 && at < (int64_t)p->prior->n_steps;
        p->step_offset[step] = known ? p->prior->short_steps[at] : 0;
        p->step_offset[n + step] = known ? p->prior->long_steps[at] : 0;
    }
    return VG_OK;
}

/* --------------------------------------------------------------------- priors */

static size_t place(size_t *at, size_t n)
{
    size_t first = *at;
    *at += n;
    return first;
}

static void make_layout(const struct vg_renewal_parameters *parameters, struct renewal_problem *p)
{
    struct renewal_layout *l = &p->layout;
    bool daily = p->step_days == 1, delays = p->n_delays > 1;
    size_t most = p->last_report - p->first_split, wanted = p->lean ? (daily ? LEAN_EFFECTS_DAILY : LEAN_EFFECTS_WEEKLY) : parameters->report_effects;
    size_t effects = most < wanted ? most : wanted;
    l->n_base = p->lean ? RENEWAL_BASES_LEAN : p->n_hazards;
    l->n_shape = delays && p->prior == NULL ? 2 : 0;
    l->n_report_day = delays && daily && !p->lean ? WEEK_DAYS : 0;
    l->n_holiday = delays && p->n_holidays > 0 && !p->lean ? 1 : 0;
    l->n_group = delays && !p->lean ? p->n_knots - 1 : 0;
    l->n_drift = l->n_base > p->n_short ? 2 * l->n_group : l->n_group;
    l->n_effect = delays ? effects : 0;
    l->n_weekday = daily ? WEEK_DAYS : 0;
    size_t at = 0;
    l->base = place(&at, l->n_base);
    l->shape = place(&at, l->n_shape);
    l->report_day = place(&at, l->n_report_day);
    l->holiday = place(&at, l->n_holiday);
    l->drift = place(&at, l->n_drift);
    l->effect = place(&at, l->n_effect);
    l->weekday = place(&at, l->n_weekday);
    l->used = at;
    l->n = (at + 7) / 8 * 8;
    p->first_effect = p->last_report + 1 - l->n_effect;
}

static void add_tie(struct renewal_tie *tie, size_t index, double weight)
{
    tie->index[tie->n] = (uint16_t)index;
    tie->weight[tie->n++] = weight;
}

static vg_status make_ties(struct renewal_problem *p, struct vg_arena *arena, struct vg_error *error)
{
    const struct renewal_layout *l = &p->layout;
    size_t steps = p->n_rows + p->n_delays;
    p->ties = VG_ARENA_ARRAY(arena, struct renewal_tie, 2 * steps);
    if (p->ties == NULL) {
        return vg_fail_memory(error, 2 * steps * sizeof *p->ties);
    }
    for (size_t group = 0; group < 2; group++) {
        for (size_t step = p->first_split; step <= p->last_report && p->n_hazards > 0; step++) {
            struct renewal_tie *tie = &p->ties[group * steps + step];
            size_t knot = p->knot[step], drift = l->drift + group * l->n_group, n_group = group * l->n_group < l->n_drift ? l->n_group : 0;
            if (l->n_report_day > 0) {
                add_tie(tie, l->report_day + p->report_weekday[step], 1);
            }
            if (l->n_holiday > 0 && p->report_holiday[step]) {
                add_tie(tie, l->holiday, 1);
            }
            if (knot < n_group) {
                add_tie(tie, drift + knot, p->knot_weight[step]);
            }
            if (knot + 1 < n_group && p->knot_weight[step] < 1) {
                add_tie(tie, drift + knot + 1, 1 - p->knot_weight[step]);
            }
            if (step >= p->first_effect && step - p->first_effect < l->n_effect) {
                add_tie(tie, l->effect + step - p->first_effect, 1);
            }
        }
    }
    return VG_OK;
}

static void week_prior(struct renewal_problem *p, size_t first, double sd, const double *mean)
{
    size_t n = p->layout.n;
    for (size_t i = first; i < first + WEEK_DAYS; i++) {
        p->theta_mean[i] = mean != NULL ? mean[i - first] : 0;
        for (size_t j = first; j < first + WEEK_DAYS; j++) {
            p->theta_precision[i * n + j] += (i == j ? 1 / (sd * sd) : 0) + RENEWAL_SUM_PRECISION;
        }
    }
}

/* Hazards of a place around its parent's: alike at all delays, and each by itself. */
static void pooled_hazards(struct renewal_problem *p)
{
    const struct vg_renewal_prior *prior = p->prior;
    size_t n = p->layout.n, count = p->layout.n_base;
    double own = 1 / (prior->between_sd * prior->between_sd);
    /* Inverse of own^2 I + common^2 11' by Sherman and Morrison. */
    double common = prior->common_sd * prior->common_sd * own, together = own * common / (1 + (double)count * common);
    for (size_t i = 0; i < count; i++) {
        p->theta_mean[p->layout.base + i] = p->lean ? 0 : prior->hazards[i];
        for (size_t j = 0; j < count; j++) {
            p->theta_precision[(p->layout.base + i) * n + p->layout.base + j] += (i == j ? own : 0) - together;
        }
    }
}

static vg_status make_priors(struct renewal_problem *p, struct vg_arena *arena, struct vg_error *error)
{
    struct renewal_layout *l = &p->layout;
    size_t n = l->n;
    p->theta_mean = VG_ARENA_ARRAY(arena, double, n + 1);
    p->theta_precision = VG_ARENA_ARRAY(arena, double, n * n + 1);
    if (p->theta_mean == NULL || p->theta_precision == NULL) {
        return vg_fail_memory(error, n * n * sizeof(double));
    }
    if (l->n_shape > 0) {
        p->theta_mean[l->shape] = log((double)p->n_delays / 5);
        p->theta_precision[l->shape * n + l->shape] = 1 / (1.5 * 1.5);
        p->theta_precision[(l->shape + 1) * n + l->shape + 1] = 1 / (0.5 * 0.5);
    }
    if (p->prior != NULL && l->n_base > 0) {
        pooled_hazards(p);
    }
    if (l->n_report_day > 0) {
        week_prior(p, l->report_day, p->prior != NULL ? p->prior->report_day_sd : RENEWAL_REPORT_DAY_SD, p->prior != NULL ? p->prior->report_day : NULL);
    }
    if (l->n_holiday > 0) {
        p->theta_precision[l->holiday * n + l->holiday] = 1 / (RENEWAL_REPORT_DAY_SD * RENEWAL_REPORT_DAY_SD);
    }
    if (l->n_weekday > 0) {
        week_prior(p, l->weekday, p->prior != NULL ? p->prior->weekday_sd : RENEWAL_WEEKDAY_SD, p->prior != NULL ? p->prior->weekday : NULL);
    }
    for (size_t i = l->used; i < l->n; i++) {
        p->theta_precision[i * n + i] = 1;
    }
    p->base_sd = RENEWAL_BASE_SD;
    memcpy(p->hyper_mean, p->prior != NULL ? p->prior->hyper_mean : default_hyper_mean, sizeof default_hyper_mean);
    memcpy(p->hyper_sd, p->prior != NULL ? p->prior->hyper_sd : default_hyper_sd, sizeof default_hyper_sd);
    if (l->n_effect == 0) {
        p->hyper_sd[RENEWAL_UPSILON] = 0;
    }
    if (l->n_drift == 0) {
        p->hyper_sd[RENEWAL_OMEGA] = 0;
    }
    double rows = 0, seen = 0;
    for (size_t k = 0; k < p->n_rows && rows < 28; k++) {
        rows += p->rows[k].last_delay >= 0 ? 1 : 0;
        seen += p->rows[k].known;
    }
    p->level_mean = log((seen + 0.5) / (rows + 1) / (double)p->step_days);
    return VG_OK;
}

/* ---------------------------------------------------------------------- whole */

static vg_status check(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_error *error)
{
    if (triangle->n_references == 0 || triangle->n_delays == 0 || (triangle->step_days != 1 && triangle->step_days != 7)) {
        return vg_fail(error, VG_USAGE_ERROR, "a reporting triangle needs dates, delays and a step of 1 or 7 days");
    }
    if (triangle->n_references > 36600 || triangle->n_delays > RENEWAL_DELAYS_MOST || triangle->as_of < triangle->start) {
        return vg_fail(error, VG_USAGE_ERROR, "a reporting triangle of %zu dates and %zu delays, known before it starts or larger than 36,600 dates and %d delays",
                       triangle->n_references, triangle->n_delays, RENEWAL_DELAYS_MOST);
    }
    if (!(parameters->rt_half_life_days > 0) || parameters->forecast_steps > 366 || parameters->sum_steps == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "the half-life of R must be above 0, the forecast at most 366 steps, sums over at least 1 step");
    }
    return VG_OK;
}

vg_status renewal_window(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct renewal_span *span,
                         struct vg_error *error)
{
    vg_status status = check(triangle, parameters, error);
    if (status != VG_OK) {
        return status;
    }
    size_t window = parameters->window_references > 0 ? parameters->window_references : triangle->step_days == 1 ? 180 : 104;
    size_t n = triangle->n_references < window ? triangle->n_references : window, skipped = triangle->n_references - n;
    size_t report = (size_t)((triangle->as_of - triangle->start) / triangle->step_days);
    size_t longest = triangle->n_references + triangle->n_delays - 2;
    report = report < longest ? report : longest;
    if (report < skipped) {
        return vg_fail(error, VG_USAGE_ERROR, "nothing of the newest %zu dates is known yet", n);
    }
    *span = (struct renewal_span){.skipped = skipped, .n_rows = n, .last_report = report - skipped};
    return VG_OK;
}

vg_status renewal_problem_new(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters,
                              struct vg_arena *arena, struct renewal_problem *p, struct vg_error *error)
{
    struct renewal_span span;
    vg_status status = renewal_window(triangle, parameters, &span, error);
    if (status != VG_OK) {
        return status;
    }
    bool daily = triangle->step_days == 1;
    size_t n = span.n_rows, skipped = span.skipped;
    size_t n_hazards = triangle->n_delays - 1;
    const struct vg_renewal_prior *prior = parameters->prior != NULL && parameters->prior->n_hazards == n_hazards ? parameters->prior : NULL;
    bool lean = is_lean(triangle, prior, skipped);
    size_t delays = parameters->delay_window_references > 0 ? parameters->delay_window_references : (lean ? 26 : daily ? 60 : 52) + triangle->n_delays;
    *p = (struct renewal_problem){.start = triangle->start + (int32_t)skipped * triangle->step_days, .step_days = triangle->step_days};
    p->skipped = skipped;
    p->n_hazards = n_hazards;
    p->prior = prior;
    p->lean = lean;
    p->n_rows = n;
    p->n_delays = triangle->n_delays;
    p->last_report = span.last_report;
    p->first_split = delays < n ? n - delays : 0;
    p->keep = exp2(-1 / parameters->rt_half_life_days);
    status = make_kernels(parameters, p, error);
    p->n_seed = p->n_generation > p->n_kernel ? p->n_generation : p->n_kernel;
    p->n_latent = p->n_seed + n * (size_t)p->step_days;
    status = status == VG_OK ? make_rows(triangle, skipped, p, arena, error) : status;
    status = status == VG_OK ? make_calendar(parameters, p, arena, error) : status;
    status = status == VG_OK ? make_offsets(p, arena, error) : status;
    if (status == VG_OK) {
        make_layout(parameters, p);
        status = make_ties(p, arena, error);
        status = status == VG_OK ? make_priors(p, arena, error) : status;
    }
    return status;
}

size_t renewal_first_open(const struct renewal_problem *p)
{
    size_t first = p->n_rows;
    for (size_t k = p->n_rows; k-- > 0;) {
        first = p->rows[k].last_delay + 1 < (int32_t)p->n_delays ? k : first;
    }
    return first;
}
