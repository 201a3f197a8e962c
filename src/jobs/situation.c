/*
 * The situation: one row a place, the places that need attention first on top. Everything in a row is computed from the place's own
 * series as known on the day; only the delays, which correct the newest days, are learnt from the whole dataset.
 */
#include "jobs/situation_internal.h"
#include "jobs/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPARKLINE_STEPS 56
#define SPARKLINE_MANY 120      /* of more places the drawing is shorter: the first view is to stay under 100 kB */
#define SPARKLINE_STEPS_OF_MANY 21
#define RT_STEPS 90             /* the newest days given to the Rt estimate: the window and far more than any serial interval */
#define NOWCAST_EACH 100        /* so many places at most get a nowcast of their own; of more the newest week is corrected by the delays of all */
#define MINIMUM_SHARE 0.3       /* days of which less is reported are left out of growth and Rt */
#define RARE_WINDOWS 8          /* whose counts bound the interval of rare cases from below */
#define FORMER_WINDOWS 52       /* of 7 days or a week each, that the next one is forecast from */

const struct vg_place *situation_place(const struct situation_work *work, const struct place_situation *row)
{
    static const struct vg_place whole = {.parent = VG_PLACE_NONE, .level = VG_LEVEL_OTHER, .population = NAN, .latitude = NAN, .longitude = NAN};
    return row->place == VG_PLACE_NONE ? &whole : &work->places->places[row->place];
}

static double window_sum(const double *values, size_t n, size_t steps_back, size_t window)
{
    double sum = NAN;
    for (size_t i = 0; i < window && steps_back + i < n; i++) {
        double value = values[n - 1 - steps_back - i];
        if (!isnan(value)) {
            sum = isnan(sum) ? value : sum + value;
        }
    }
    return sum;
}

/* What a window stands for: the sum of its days, or of a stock its newest value. */
static double window_value(const struct situation_work *work, const double *values, size_t steps_back)
{
    if (!work->stock) {
        return window_sum(values, work->n_steps, steps_back, work->window_steps);
    }
    double value = NAN;
    for (size_t i = 0; i < work->window_steps && steps_back + i < work->n_steps && isnan(value); i++) {
        value = values[work->n_steps - 1 - steps_back - i];
    }
    return value;
}

static double sum_all(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += isnan(values[i]) ? 0 : values[i];
    }
    return sum;
}

/* Rt of the newest full window, from the corrected series without the days at its end of which too little is known. */
static void estimate_rt(const struct situation_work *work, struct place_situation *row, double *corrected, struct vg_arena *scratch)
{
    size_t end = work->n_steps;
    (void)job_drop_negative(corrected, work->n_steps);
    while (end > 0 && isnan(corrected[end - 1])) {
        end--;
    }
    size_t begin = end > RT_STEPS ? end - RT_STEPS : 0;
    size_t n = end - begin;
    struct vg_rt_estimate *estimates = VG_ARENA_ARRAY(scratch, struct vg_rt_estimate, n + 1);
    size_t n_estimates = 0;
    enum vg_series_status status = VG_SERIES_TOO_SHORT;
    if (estimates == NULL || n <= work->rt.window_days ||
        vg_monitor_rt(corrected + begin, NULL, n, &work->rt, scratch, estimates, &n_estimates, &status, NULL) != VG_OK || status != VG_SERIES_OK ||
        n_estimates == 0) {
        return;
    }
    const double *quantiles = estimates[n_estimates - 1].quantiles;
    /* The newest cases are themselves estimates: their error, on the log scale, adds to the interval's two halves. */
    double error = work->delayed && work->recent.status == VG_SERIES_OK ? 1.96 * work->recent.corrected_log_sd : 0;
    row->rt[0] = quantiles[VG_QUANTILE_MEDIAN];
    row->rt[1] = row->rt[0] * exp(-hypot(log(row->rt[0] / quantiles[0]), error));
    row->rt[2] = row->rt[0] * exp(hypot(log(quantiles[VG_QUANTILE_COUNT - 1] / row->rt[0]), error));
}

static void find_last_report(const struct situation_work *work, struct place_situation *row)
{
    struct vg_silence silence;
    const double *values = row->by_report == NULL ? row->values : row->by_report;
    size_t n = work->n_steps;
    /* By an earlier date the newest days are empty because reports are on their way, which is no silence. */
    for (size_t age = 0; row->by_report == NULL && work->delayed && age < work->recent.n_ages && n > 0 && !(work->recent.share_by_age[age] >= 0.5); age++) {
        n--;
    }
    vg_monitor_silence(values, n, &silence);
    row->silent = silence.silent;
    row->days_silent = (double)silence.steps * work->context->step_days;
    row->last_date = VG_DATE_NONE;
    for (size_t i = n; i > 0 && row->last_date == VG_DATE_NONE; i--) {
        double value = values[i - 1];
        if (!isnan(value) && value > 0) {
            row->last_date = work->start + (int32_t)(i - 1) * work->context->step_days;
        }
    }
}

/* Final count of the newest week (or step) by the place's own nowcast; false where it has too little to learn from. */
static bool nowcast_place(const struct situation_work *work, struct place_situation *row, struct vg_arena *scratch)
{
    struct vg_triangle triangle;
    struct vg_nowcast nowcast;
    struct vg_nowcast_parameters parameters;
    struct vg_cube_filter filter = work->context->filter;
    filter.place = situation_place(work, row)->code;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.sum_steps = work->window_steps;
    if (vg_store_triangle(work->context->store, &filter, work->context->request->n_delays, scratch, &triangle, NULL) != VG_OK ||
        vg_monitor_nowcast(&triangle, &parameters, scratch, &nowcast, NULL) != VG_OK || nowcast.status != VG_SERIES_OK || nowcast.expected_final.n_steps == 0) {
        return false;
    }
    const double *quantiles = nowcast.expected_final.values + (nowcast.expected_final.n_steps - 1) * VG_QUANTILE_COUNT;
    row->expected = (struct vg_rate_interval){quantiles[VG_QUANTILE_MEDIAN], quantiles[0], quantiles[VG_QUANTILE_COUNT - 1]};
    return !isnan(row->expected.estimate);
}

/* Some weeks without a case do not promise another: upper limit of the next count under a Poisson rate with Jeffreys' prior, seen over
 * the newest windows; 0 where there are more than two cases a window. */
static double rare_limit(const double *windows, size_t n)
{
    double sum = 0;
    double seen = 0;
    for (size_t back = 0; back < n && back < RARE_WINDOWS; back++) {
        double value = windows[n - 1 - back];
        sum += value > 0 ? value : 0;
        seen += value >= 0 ? 1 : 0;
    }
    return seen > 0 && sum <= 2 * seen ? (double)vg_negative_binomial_quantile(0.975, (sum + 0.5) / seen, sum + 0.5) : 0;
}

/*
 * The next 7 days or week, from the windows of the same length before: corrected ones, the newest as expected once its reports are in. Windows of which too
 * little is known are passed over. The newest one's own error, on the log scale, adds to the interval's two halves.
 */
static void forecast_ahead(const struct situation_work *work, struct place_situation *row, const double *corrected, struct vg_arena *scratch)
{
    double windows[FORMER_WINDOWS];
    size_t n = work->n_steps / work->window_steps;
    n = n > FORMER_WINDOWS ? FORMER_WINDOWS : n;
    for (size_t back = 0; back < n; back++) {
        size_t youngest = back * work->window_steps;
        bool known = !work->delayed || work->recent.status != VG_SERIES_OK || youngest >= work->recent.n_ages || work->recent.share_by_age[youngest] >= MINIMUM_SHARE;
        windows[n - 1 - back] = known ? window_value(work, corrected, youngest) : NAN;
    }
    double error[2] = {0, 0};
    if (n > 0 && !isnan(row->expected.estimate)) {
        windows[n - 1] = row->expected.estimate;
        error[0] = log((row->expected.estimate + 0.5) / (row->expected.low + 0.5));
        error[1] = log((row->expected.high + 0.5) / (row->expected.estimate + 0.5));
    }
    struct vg_series series = {.start = 0, .step_days = 7, .n_values = n, .values = windows};
    struct vg_quantile_series forecast;
    struct vg_forecast_parameters parameters;
    enum vg_series_status status = VG_SERIES_TOO_SHORT;
    vg_monitor_forecast_defaults(&parameters);
    parameters.horizon_steps = 1;
    parameters.seed = work->context->request->seed;
    if (n == 0 || vg_monitor_forecast(&series, &parameters, scratch, &forecast, &status, NULL) != VG_OK || status != VG_SERIES_OK) {
        return;
    }
    double median = forecast.values[VG_QUANTILE_MEDIAN] + 0.5;
    row->ahead.estimate = median - 0.5;
    row->ahead.low = fmax(0, median * exp(-hypot(log(median / (forecast.values[0] + 0.5)), error[0])) - 0.5);
    row->ahead.high = median * exp(hypot(log((forecast.values[VG_QUANTILE_COUNT - 1] + 0.5) / median), error[1])) - 0.5;
    row->ahead.high = fmax(row->ahead.high, rare_limit(windows, n));
    row->ahead.estimate = row->ahead.estimate < 0.01 ? 0 : row->ahead.estimate;
    row->ahead.low = row->ahead.low < 0.01 ? 0 : row->ahead.low;
}

static void work_place(void *context, size_t item, unsigned worker)
{
    (void)worker;
    const struct situation_work *work = context;
    struct place_situation *row = &work->rows[item];
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    double *corrected = VG_ARENA_ARRAY(&scratch, double, work->n_steps);
    const struct vg_place *place = situation_place(work, row);
    row->rt[0] = row->rt[1] = row->rt[2] = NAN;
    row->status = VG_SERIES_NOT_CONVERGED;
    if (corrected != NULL) {
        row->last = window_value(work, row->values, 0);
        row->previous = window_value(work, row->values, work->window_steps);
        row->total = work->stock ? NAN : sum_all(row->values, work->n_steps);
        find_last_report(work, row);
        if (work->delayed) {
            vg_monitor_recent_correct(&work->recent, row->values, work->n_steps, corrected);
        } else {
            memcpy(corrected, row->values, work->n_steps * sizeof *corrected);
        }
        vg_monitor_growth(corrected, work->n_steps, work->context->step_days, work->context->step_days == 7 ? 4 : 21, &row->growth);
        row->expected = (struct vg_rate_interval){NAN, NAN, NAN};
        if (work->delayed && !(work->n_rows <= NOWCAST_EACH && !row->silent && nowcast_place(work, row, &scratch))) {
            row->expected = vg_monitor_recent_expect(&work->recent, row->values, work->n_steps);
        }
        row->incidence = vg_monitor_incidence_per_100k(isnan(row->last) ? NAN : row->last, place->population);
        row->case_fatality = vg_monitor_case_fatality(row->deaths_total, row->cases_total);
        row->status = row->silent ? VG_SERIES_SILENT : row->growth.status;
        row->ahead = (struct vg_rate_interval){NAN, NAN, NAN};
        if (!row->silent) {
            forecast_ahead(work, row, corrected, &scratch);
        }
        if (work->has_rt && !row->silent) {
            estimate_rt(work, row, corrected, &scratch);
        }
    }
    vg_arena_release(&scratch);
}

vg_status job_whole_matrix(struct job_context *context, struct vg_series_matrix *matrix)
{
    struct vg_series series;
    uint32_t *place = VG_ARENA_ARRAY(context->arena, uint32_t, 1);
    vg_status status = vg_store_series(context->store, &context->filter, context->arena, &series, context->error);
    if (status == VG_OK && place == NULL) {
        return vg_fail_memory(context->error, sizeof *place);
    }
    if (status == VG_OK) {
        *place = context->place;
        *matrix = (struct vg_series_matrix){series.start, series.step_days, 1, series.n_values, place, series.values};
    }
    return status;
}

vg_status job_choose_matrix(struct job_context *context, struct vg_series_matrix *matrix, enum vg_place_level *level)
{
    const char *wanted = context->request->level;
    if (wanted != NULL) {
        if (!vg_place_level_from_name(vg_text_from(wanted), level)) {
            return vg_fail(context->error, VG_USAGE_ERROR, "there is no level %s; levels are country, admin1, admin2, other", wanted);
        }
        return vg_store_series_by_place(context->store, &context->filter, *level, context->arena, matrix, context->error);
    }
    bool found = false;
    for (int candidate = VG_LEVEL_COUNTRY; candidate < VG_LEVEL_COUNT; candidate++) {
        struct vg_series_matrix one;
        vg_status status = vg_store_series_by_place(context->store, &context->filter, (enum vg_place_level)candidate, context->arena, &one, context->error);
        if (status != VG_OK) {
            return status;
        }
        if (one.n_places > 0 || !found) {
            *matrix = one;
            *level = (enum vg_place_level)candidate;
            found = found || one.n_places > 0;
        }
        if (one.n_places > 1) {
            break;
        }
    }
    return found ? VG_OK : job_whole_matrix(context, matrix);
}

/* Totals of a measure by place, for the case fatality; they stay unknown where the dataset has no such measure. */
static vg_status add_totals(struct job_context *context, struct situation_work *work, const char *what, enum vg_place_level level, bool deaths)
{
    const struct vg_measure *measure = NULL;
    for (size_t i = 0; i < context->n_measures && measure == NULL; i++) {
        bool same_basis = deaths || strcmp(context->measures[i]->by, context->measure->by) == 0 || strcmp(context->measure->what, "cases") != 0;
        if (strcmp(context->measures[i]->what, what) == 0 && context->measures[i]->kind == VG_MEASURE_FLOW && same_basis) {
            measure = context->measures[i];
        }
    }
    if (measure == NULL) {
        return VG_OK;
    }
    struct vg_series_matrix matrix;
    struct vg_cube_filter filter = context->filter;
    filter.measure = measure->name;
    vg_status status = vg_store_series_by_place(context->store, &filter, level, context->arena, &matrix, context->error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_place_list *places = work->places;
    double *totals = VG_ARENA_ARRAY(context->arena, double, places->count);
    if (totals == NULL) {
        return vg_fail_memory(context->error, places->count * sizeof *totals);
    }
    for (size_t row = 0; row < matrix.n_places; row++) {
        totals[matrix.place[row]] = sum_all(matrix.values + row * matrix.n_steps, matrix.n_steps);
    }
    for (size_t row = 0; row < work->n_rows; row++) {
        if (work->rows[row].place != VG_PLACE_NONE) {
            *(deaths ? &work->rows[row].deaths_total : &work->rows[row].cases_total) = totals[work->rows[row].place];
        }
    }
    return VG_OK;
}

/* The cases of the rows by the day of their report, where the dataset has it. */
static vg_status add_reports(struct job_context *context, struct situation_work *work, enum vg_place_level level)
{
    const struct vg_measure *measure = NULL;
    for (size_t i = 0; i < context->n_measures && measure == NULL && work->delayed; i++) {
        const struct vg_measure *candidate = context->measures[i];
        bool same = strcmp(candidate->what, context->measure->what) == 0 && candidate->kind == VG_MEASURE_FLOW;
        measure = same && !candidate->delayed ? candidate : NULL;
    }
    if (measure == NULL) {
        return VG_OK;
    }
    struct vg_series_matrix matrix;
    struct vg_cube_filter filter = context->filter;
    filter.measure = measure->name;
    vg_status status = vg_store_series_by_place(context->store, &filter, level, context->arena, &matrix, context->error);
    if (status != VG_OK) {
        return status;
    }
    const double **of_place = VG_ARENA_ARRAY(context->arena, const double *, work->places->count);
    double *aligned = VG_ARENA_ARRAY(context->arena, double, matrix.n_places * work->n_steps);
    if (of_place == NULL || aligned == NULL) {
        return vg_fail_memory(context->error, matrix.n_places * work->n_steps * sizeof *aligned);
    }
    /* Reports begin and end later than onsets: their axis is brought onto that of the rows. */
    int64_t shift = ((int64_t)work->start - matrix.start) / context->step_days;
    for (size_t row = 0; row < matrix.n_places; row++) {
        for (size_t step = 0; step < work->n_steps; step++) {
            int64_t from = (int64_t)step + shift;
            bool known = from >= 0 && from < (int64_t)matrix.n_steps;
            aligned[row * work->n_steps + step] = known ? matrix.values[row * matrix.n_steps + (size_t)from] : 0;
        }
        of_place[matrix.place[row]] = aligned + row * work->n_steps;
    }
    for (size_t row = 0; row < work->n_rows; row++) {
        work->rows[row].by_report = work->rows[row].place == VG_PLACE_NONE ? NULL : of_place[work->rows[row].place];
    }
    return VG_OK;
}

/* Alarms are about what was reported: the same things by the day of their report. NULL where there are none, since the newest counts are then incomplete. */
static const struct vg_measure *reports_of(const struct job_context *context)
{
    for (size_t i = 0; i < context->n_measures && context->measure->delayed; i++) {
        const struct vg_measure *candidate = context->measures[i];
        if (!candidate->delayed && candidate->kind == VG_MEASURE_FLOW && strcmp(candidate->what, context->measure->what) == 0) {
            return candidate;
        }
    }
    return context->measure->delayed ? NULL : context->measure;
}

/* What an answer's meta says under a name; NULL: nothing. */
static const char *meta_text(const struct vg_buffer *meta, const char *name, struct vg_arena *arena)
{
    const char *at = meta->data == NULL ? NULL : strstr(meta->data, vg_arena_format(arena, "\"%s\":\"", name));
    const char *text = at == NULL ? NULL : at + strlen(name) + 4;
    return text == NULL ? NULL : vg_arena_copy_bytes(arena, text, strcspn(text, "\""));
}

static void take_alarm(const struct vg_table *alarms, size_t row, struct place_alarm *out)
{
    const struct vg_text status = job_column(alarms, "status")->values.texts[row];
    const char *ok = vg_series_status_name(VG_SERIES_OK);
    out->judged = status.size == strlen(ok) && memcmp(status.data, ok, status.size) == 0;
    out->alarm = job_column(alarms, "alarm")->values.integers[row] != 0;
    out->notable = job_column(alarms, "notable")->values.integers[row] != 0;
    out->score = job_column(alarms, "score")->values.doubles[row];
    out->p_value = job_column(alarms, "p_value")->values.doubles[row];
}

/* Whether the newest reports of each place are more than its past lets expect: what vg_job_alarm says of all places at this level. */
static vg_status add_alarms(struct job_context *context, struct situation_work *work, enum vg_place_level level)
{
    struct vg_answer alarms;
    struct vg_request request = *context->request;
    const struct vg_measure *reports = reports_of(context);
    bool whole = work->n_rows > 0 && work->rows[0].place == VG_PLACE_NONE;
    if (work->stock || work->n_rows == 0 || reports == NULL) {
        return VG_OK;
    }
    request.measure = reports->name;
    request.level = whole ? NULL : vg_place_level_name(level);
    request.place = NULL;
    request.method = NULL;
    vg_answer_init(&alarms, context->arena);
    struct place_alarm *of_place = VG_ARENA_ARRAY(context->arena, struct place_alarm, work->places->count + 1);
    vg_status status = of_place == NULL ? vg_fail_memory(context->error, work->places->count * sizeof *of_place)
                                        : vg_job_alarm(context->store, &request, context->arena, &alarms, context->error);
    for (size_t row = 0; status == VG_OK && row < alarms.table.n_rows; row++) {
        const struct vg_column *code = job_column(&alarms.table, "code");
        uint32_t place = code->missing[row] ? VG_PLACE_NONE : vg_place_list_find_code(work->places, code->values.texts[row]);
        take_alarm(&alarms.table, row, &of_place[place == VG_PLACE_NONE ? work->places->count : place]);
    }
    for (size_t row = 0; status == VG_OK && row < work->n_rows; row++) {
        work->rows[row].alarm = of_place[whole ? work->places->count : work->rows[row].place];
    }
    work->alarm_method = status == VG_OK ? meta_text(&alarms.meta, "method", context->arena) : NULL;
    vg_answer_release(&alarms);
    return status;
}

static vg_status learn(struct job_context *context, struct situation_work *work)
{
    work->recent = (struct vg_recent_model){.status = VG_SERIES_NO_DELAYS};
    work->delayed = context->measure->delayed;
    work->stock = context->measure->kind != VG_MEASURE_FLOW;
    if (work->delayed) {
        struct vg_triangle triangle;
        struct vg_cube_filter filter = context->filter;
        filter.place = NULL;
        vg_status status = vg_store_triangle(context->store, &filter, context->request->n_delays, context->arena, &triangle, context->error);
        if (status == VG_OK) {
            status = vg_monitor_recent_learn(&triangle, work->window_steps, MINIMUM_SHARE, context->arena, &work->recent, context->error);
        }
        if (status != VG_OK) {
            return status;
        }
    }
    struct job_serial_interval interval;
    vg_monitor_rt_defaults(&work->rt);
    work->has_rt = context->step_days == 1 && context->measure->kind == VG_MEASURE_FLOW && job_serial_interval(context, &interval) == VG_OK &&
                   interval.mean_days > 0;
    if (work->has_rt) {
        work->rt.serial_interval_mean_days = interval.mean_days;
        work->rt.serial_interval_sd_days = interval.sd_days;
        work->rt.window_days = context->request->window_days == 0 ? 7 : context->request->window_days;
        work->rt.seed = context->request->seed;
    }
    return VG_OK;
}

static vg_status collect_rows(struct job_context *context, struct situation_work *work, const struct vg_series_matrix *matrix)
{
    uint32_t parent = VG_PLACE_NONE;
    work->places = vg_store_place_list(context->store);
    if (context->request->parent != NULL) {
        parent = vg_place_list_find_code(work->places, vg_text_from(context->request->parent));
        if (parent == VG_PLACE_NONE) {
            return vg_fail(context->error, VG_NOT_FOUND, "there is no place with the code %s", context->request->parent);
        }
    }
    work->rows = VG_ARENA_ARRAY(context->arena, struct place_situation, matrix->n_places);
    if (work->rows == NULL) {
        return vg_fail_memory(context->error, matrix->n_places * sizeof *work->rows);
    }
    work->n_steps = matrix->n_steps;
    work->start = matrix->start;
    for (size_t i = 0; i < matrix->n_places; i++) {
        if (parent == VG_PLACE_NONE || matrix->place[i] == VG_PLACE_NONE || vg_place_list_within(work->places, matrix->place[i], parent)) {
            work->rows[work->n_rows++] = (struct place_situation){.place = matrix->place[i], .values = matrix->values + i * matrix->n_steps, .cases_total = NAN, .deaths_total = NAN};
        }
    }
    return VG_OK;
}

static int by_attention(const void *a, const void *b)
{
    const struct place_situation *left = a;
    const struct place_situation *right = b;
    if (left->attention != right->attention) {
        return left->attention > right->attention ? -1 : 1;
    }
    return left->place < right->place ? -1 : left->place > right->place ? 1 : 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* Share of the places whose incidence (or count, without populations) is lower: the place's rank among the others, 0..1. */
static vg_status rate_attention(struct job_context *context, struct situation_work *work)
{
    double *levels = VG_ARENA_ARRAY(context->arena, double, work->n_rows);
    if (levels == NULL) {
        return vg_fail_memory(context->error, work->n_rows * sizeof *levels);
    }
    for (size_t i = 0; i < work->n_rows; i++) {
        double incidence = work->rows[i].incidence.estimate;
        double level = isnan(incidence) ? work->rows[i].last : incidence;
        levels[i] = isnan(level) ? 0 : level;
    }
    double *sorted = VG_ARENA_ARRAY(context->arena, double, work->n_rows);
    if (sorted == NULL) {
        return vg_fail_memory(context->error, work->n_rows * sizeof *sorted);
    }
    memcpy(sorted, levels, work->n_rows * sizeof *sorted);
    qsort(sorted, work->n_rows, sizeof *sorted, compare_doubles);
    for (size_t i = 0; i < work->n_rows; i++) {
        size_t lower = 0;
        size_t upper = work->n_rows;
        while (lower < upper) {
            size_t middle = lower + (upper - lower) / 2;
            if (sorted[middle] < levels[i]) {
                lower = middle + 1;
            } else {
                upper = middle;
            }
        }
        double rank = work->n_rows < 2 ? 0 : (double)lower / (double)(work->n_rows - 1);
        work->rows[i].attention = vg_monitor_attention(&work->rows[i].growth, rank, work->rows[i].silent);
    }
    qsort(work->rows, work->n_rows, sizeof *work->rows, by_attention);
    return VG_OK;
}

/* For a drawing of some twenty pixels' height. */
static const char *sparkline(struct vg_arena *arena, const double *values, size_t n, size_t steps)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 4096);
    size_t first = n > steps ? n - steps : 0;
    for (size_t i = first; i < n; i++) {
        if (i > first) {
            vg_buffer_char(&text, ' ');
        }
        if (isnan(values[i])) {
            vg_buffer_char(&text, '-');
        } else {
            vg_buffer_double(&text, job_rounded(values[i], 2, false));
        }
    }
    const char *copy = vg_arena_copy_bytes(arena, text.data == NULL ? "" : text.data, text.size);
    vg_buffer_release(&text);
    return copy;
}

static void add_columns(struct vg_table *table)
{
    static const char *const numbers[] = {"population", "total", "last_7_days", "previous_7_days", "change", "incidence_per_100k", "growth_rate_per_day",
                                          "growth_low", "growth_high", "doubling_time_days", "rt_median", "rt_low", "rt_high", "expected_last_7_days",
                                          "expected_low", "expected_high", "expected_incidence_per_100k", "case_fatality", "case_fatality_low", "case_fatality_high", "days_silent"};
    vg_table_add_column(table, "code", VG_COLUMN_TEXT);
    vg_table_add_column(table, "name", VG_COLUMN_TEXT);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "last_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    vg_table_add_column(table, "attention", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "sparkline", VG_COLUMN_TEXT);
    vg_table_add_column(table, "next_7_days", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "next_low", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "next_high", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "alarm", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "alarm_notable", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "alarm_score", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "alarm_p_value", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "method", VG_COLUMN_TEXT);
}

/* A place whose newest step cannot be judged has no alarm and no absence of one. */
static void add_alarm_cells(struct vg_table *table, const struct place_alarm *alarm)
{
    if (!alarm->judged) {
        for (size_t i = 0; i < 4; i++) {
            vg_table_missing(table);
        }
        return;
    }
    vg_table_boolean(table, alarm->alarm);
    vg_table_boolean(table, alarm->notable);
    vg_table_double(table, job_rounded(alarm->score, 3, false));
    vg_table_double(table, job_rounded(alarm->p_value, 2, false));
}

static void add_row(struct situation_work *work, const struct place_situation *row)
{
    struct vg_table *table = &work->context->answer->table;
    const struct vg_place *place = situation_place(work, row);
    bool grows = row->growth.status == VG_SERIES_OK;
    /* Of counts that come late the newest week is always low: its change is the trend's of the corrected days. */
    double change = row->previous > 0 ? row->last / row->previous : NAN;
    if (work->delayed) {
        change = grows ? exp(7 * row->growth.rate_per_day) : NAN;
    }
    const double numbers[] = {place->population, row->total, row->last, row->previous, change, row->incidence.estimate, grows ? row->growth.rate_per_day : NAN, grows ? row->growth.rate_low : NAN,
                              grows ? row->growth.rate_high : NAN, grows ? row->growth.doubling_time_days : NAN, row->rt[0], row->rt[1], row->rt[2],
                              row->expected.estimate, row->expected.low, row->expected.high,
                              vg_monitor_incidence_per_100k(row->expected.estimate, place->population).estimate, row->case_fatality.estimate, row->case_fatality.low,
                              row->case_fatality.high, row->days_silent};
    vg_table_text(table, place->code);
    vg_table_text(table, place->name);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_double(table, job_rounded(numbers[i], 3, true));
    }
    vg_table_date(table, row->last_date);
    vg_table_text(table, vg_series_status_name(row->status));
    vg_table_double(table, job_rounded(row->attention, 3, true));
    vg_table_text(table, sparkline(work->context->arena, row->values, work->n_steps, work->n_rows > SPARKLINE_MANY ? SPARKLINE_STEPS_OF_MANY : SPARKLINE_STEPS));
    vg_table_double(table, job_rounded(row->ahead.estimate, 3, false));
    vg_table_double(table, job_rounded(row->ahead.low, 3, false));
    vg_table_double(table, job_rounded(row->ahead.high, 3, false));
    add_alarm_cells(table, &row->alarm);
    vg_table_text(table, row->by_model ? "renewal" : "quick");
}

vg_status vg_job_situation(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                           struct vg_error *error)
{
    struct job_context context;
    struct vg_series_matrix matrix = {0};
    enum vg_place_level level = VG_LEVEL_COUNTRY;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status != VG_OK) {
        return status;
    }
    struct situation_work work = {.context = &context, .window_steps = context.step_days == 7 ? 1 : 7};
    status = job_choose_matrix(&context, &matrix, &level);
    if (status == VG_OK) {
        status = collect_rows(&context, &work, &matrix);
    }
    if (status == VG_OK) {
        status = learn(&context, &work);
    }
    if (status == VG_OK) {
        status = add_reports(&context, &work, level);
    }
    if (status == VG_OK) {
        status = add_totals(&context, &work, "cases", level, false);
    }
    if (status == VG_OK) {
        status = add_totals(&context, &work, "deaths", level, true);
    }
    if (status == VG_OK) {
        status = add_alarms(&context, &work, level);
    }
    if (status != VG_OK) {
        return status;
    }
    struct vg_pool *pool = work.n_rows > 4 ? vg_pool_new(0) : NULL;
    vg_parallel_for(pool, work.n_rows, work_place, &work);
    status = situation_model(&context, &work, level, pool);
    vg_pool_free(pool);
    if (status == VG_OK) {
        status = rate_attention(&context, &work);
    }
    if (status != VG_OK) {
        return status;
    }
    add_columns(&answer->table);
    for (size_t i = 0; i < work.n_rows; i++) {
        add_row(&work, &work.rows[i]);
    }
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "level", vg_place_level_name(level));
    job_meta_text(&answer->meta, "alarm_method", work.alarm_method);
    job_meta_text(&answer->meta, "delays_status", vg_series_status_name(work.delayed ? work.recent.status : VG_SERIES_OK));
    return job_finish(&context);
}
