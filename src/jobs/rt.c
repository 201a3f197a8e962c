/*
 * The reproduction number of one series. Counts by a date before the report are nowcast first, and the courses that the nowcast holds
 * possible are carried through the estimate, so what is not reported yet widens the interval instead of pulling R down.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <string.h>

#define RT_DRAWS 200

/* The request's disease, else the dataset's; NULL where neither says. */
static const char *disease_of(const struct job_context *context)
{
    const char *disease = context->request->disease != NULL ? context->request->disease : context->dataset.disease;
    return disease == NULL || disease[0] == '\0' ? NULL : disease;
}

/* Where mean and sd are from: one publication, or both where the variant's own lacks the spread. */
static const char *source_of(struct vg_arena *arena, const struct vg_disease_interval *interval)
{
    const struct vg_epidemiological_fact *mean = &interval->mean;
    const struct vg_epidemiological_fact *sd = &interval->sd;
    const char *kind = strncmp(mean->name.data, "generation_time", 15) == 0 ? " (generation time)" : "";
    if (vg_text_equal(mean->source, sd->source)) {
        return vg_arena_format(arena, "%.*s%s", (int)mean->source.size, mean->source.data, kind);
    }
    return vg_arena_format(arena, "%.*s%s; standard deviation of %.*s: %.*s", (int)mean->source.size, mean->source.data, kind, (int)sd->disease.size, sd->disease.data,
                           (int)sd->source.size, sd->source.data);
}

vg_status job_serial_interval(struct job_context *context, struct job_serial_interval *out)
{
    const struct vg_request *request = context->request;
    if (request->serial_interval_mean_days > 0) {
        *out = (struct job_serial_interval){request->serial_interval_mean_days, request->serial_interval_sd_days, "the request", NULL};
        return VG_OK;
    }
    if (request->rt != NULL && request->rt->interval != NULL) {
        const struct vg_given_interval *given = request->rt->interval;
        *out = (struct job_serial_interval){given->mean_days, given->sd_days, given->source, given};
        return VG_OK;
    }
    struct vg_disease_interval interval;
    const char *disease = disease_of(context);
    if (disease == NULL) {
        return vg_fail(context->error, VG_DATA_ERROR,
                       "dataset %s does not say which disease it is about; give it (--disease; disease) or the serial interval (--si-mean, --si-sd; si_mean, si_sd)",
                       context->dataset.name);
    }
    vg_status status = vg_disease_serial_interval(vg_text_from(disease), &interval, context->error);
    if (status != VG_OK) {
        return vg_fail_context(context->error, "no published serial interval of %s is here; give one (--si-mean, --si-sd; si_mean, si_sd): ", disease);
    }
    *out = (struct job_serial_interval){interval.mean.value, interval.sd.value, source_of(context->arena, &interval), NULL};
    return VG_OK;
}

vg_status job_incubation(struct job_context *context, struct job_incubation *out)
{
    struct vg_disease_interval interval;
    const char *disease = disease_of(context);
    if (disease == NULL) {
        return vg_fail(context->error, VG_DATA_ERROR, "dataset %s does not say which disease it is about; give it (--disease; disease)", context->dataset.name);
    }
    vg_status status = vg_disease_incubation(vg_text_from(disease), &interval, context->error);
    if (status != VG_OK) {
        return vg_fail_context(context->error, "no published incubation period of %s is here: ", disease);
    }
    *out = (struct job_incubation){interval.mean.value, interval.sd.value, source_of(context->arena, &interval)};
    return VG_OK;
}

size_t job_drop_negative(double *values, size_t n)
{
    size_t dropped = 0;
    for (size_t i = 0; i < n; i++) {
        if (values[i] < 0) {
            values[i] = NAN;
            dropped++;
        }
    }
    return dropped;
}

struct rt_work {
    struct vg_series series;
    struct vg_rt_parameters parameters;
    struct vg_rt_estimate *estimates;  /* [n_values + 1], or one a window given */
    size_t n_estimates;
    size_t dropped;
    enum vg_series_status status;
    enum vg_series_status nowcast_status;
    bool case_method;
    double *imported;                    /* [n] or NULL */
    double imported_total;
    struct vg_rt_case_estimate *by_case; /* Wallinga and Teunis instead of Cori */
};

/* courses[draw * n + day]: the series as reported where it is complete, then the nowcast's draws. NULL where there is no nowcast. */
static vg_status make_courses(struct job_context *context, struct rt_work *work, double **courses)
{
    struct vg_triangle triangle;
    struct vg_nowcast nowcast;
    struct vg_nowcast_parameters parameters;
    *courses = NULL;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.n_draws = RT_DRAWS;
    parameters.seed = context->request->seed;
    vg_status status = job_triangle(context, &triangle);
    status = status == VG_OK ? job_undated(context, &triangle) : status;
    if (status == VG_OK) {
        status = vg_monitor_nowcast(&triangle, &parameters, context->arena, &nowcast, context->error);
    }
    if (status != VG_OK) {
        return status;
    }
    work->nowcast_status = nowcast.status;
    if (nowcast.status != VG_SERIES_OK || nowcast.draws == NULL) {
        return VG_OK;
    }
    size_t n = work->series.n_values;
    double *matrix = VG_ARENA_ARRAY(context->arena, double, RT_DRAWS *n);
    if (matrix == NULL) {
        return vg_fail_memory(context->error, RT_DRAWS * n * sizeof *matrix);
    }
    for (size_t draw = 0; draw < nowcast.n_draws; draw++) {
        memcpy(matrix + draw * n, work->series.values, n * sizeof *matrix);
        for (size_t step = 0; step < nowcast.expected_final.n_steps; step++) {
            int64_t day = (int64_t)nowcast.expected_final.start + (int64_t)step - work->series.start;
            double value = nowcast.draws[draw * nowcast.expected_final.n_steps + step];
            if (day >= 0 && (size_t)day < n && !isnan(value)) {
                matrix[draw * n + (size_t)day] = value < 0 ? 0 : value;
            }
        }
    }
    *courses = matrix;
    return VG_OK;
}

/* Offspring of each window's cases; where the newest days are nowcast, of the mean course. */
static vg_status estimate_by_case(struct job_context *context, struct rt_work *work, const double *courses)
{
    size_t n = work->series.n_values;
    double *incidence = VG_ARENA_ARRAY(context->arena, double, n);
    work->by_case = VG_ARENA_ARRAY(context->arena, struct vg_rt_case_estimate, n + 1);
    if (incidence == NULL || work->by_case == NULL) {
        return vg_fail_memory(context->error, n * sizeof *work->by_case);
    }
    for (size_t day = 0; day < n; day++) {
        double sum = 0;
        for (size_t draw = 0; courses != NULL && draw < RT_DRAWS; draw++) {
            sum += courses[draw * n + day] / RT_DRAWS;
        }
        incidence[day] = courses == NULL ? work->series.values[day] : round(sum);
    }
    return vg_monitor_rt_case(incidence, n, &work->parameters, context->arena, work->by_case, &work->n_estimates, &work->status, context->error);
}

/* The cases that came from outside, by the same days: a group or a measure of the dataset. Their number cannot exceed a day's cases. */
static vg_status read_imported(struct job_context *context, const char *name, struct rt_work *work)
{
    struct vg_cube_filter filter = context->filter;
    struct vg_series outside;
    if (strchr(name, ':') != NULL) {
        bool all = filter.group == NULL || strcmp(filter.group, "all") == 0;
        filter.group = all ? name : vg_arena_format(context->arena, "%s/%s", filter.group, name);
    } else {
        filter.measure = name;
    }
    vg_status status = filter.group == NULL && context->filter.group != NULL ? vg_fail_memory(context->error, 0)
                                                                             : vg_store_series(context->store, &filter, context->arena, &outside, context->error);
    if (status != VG_OK) {
        return vg_fail_context(context->error, "imported cases: ");
    }
    size_t n = work->series.n_values;
    work->imported = VG_ARENA_ARRAY(context->arena, double, n);
    if (work->imported == NULL) {
        return vg_fail_memory(context->error, n * sizeof *work->imported);
    }
    for (size_t day = 0; day < n; day++) {
        int64_t at = (int64_t)work->series.start + (int64_t)day - outside.start;
        double value = at >= 0 && (size_t)at < outside.n_values ? outside.values[at] : 0;
        double cases = work->series.values[day];
        value = value > 0 && cases > 0 ? value : 0;
        if (value > cases) {
            char date[VG_DATE_TEXT_BYTES];
            (void)vg_date_print(work->series.start + (int32_t)day, date);
            return vg_fail(context->error, VG_DATA_ERROR, "imported cases: on %s there are %g of %s, but %g cases", date, value, name, cases);
        }
        work->imported[day] = value;
        work->imported_total += value;
    }
    return VG_OK;
}

/* Of drawn courses the imported share of each day is that of its reported cases; days without any have that of the week before them. */
static vg_status share_imported(struct job_context *context, struct rt_work *work)
{
    size_t n = work->series.n_values;
    double *share = VG_ARENA_ARRAY(context->arena, double, n);
    if (share == NULL) {
        return vg_fail_memory(context->error, n * sizeof *share);
    }
    for (size_t day = 0; day < n; day++) {
        double outside = 0;
        double cases = 0;
        for (size_t back = 0; back < 7 && back <= day && (back == 0 || !(cases > 0)); back++) {
            double value = work->series.values[day - back];
            cases += value > 0 ? value : 0;
            outside += work->imported[day - back];
        }
        share[day] = cases > 0 ? fmin(1, outside / cases) : 0;
    }
    work->parameters.imported_share = share;
    return VG_OK;
}

static vg_status estimate(struct job_context *context, struct rt_work *work)
{
    double *courses = NULL;
    vg_status status = VG_OK;
    work->nowcast_status = VG_SERIES_OK;
    work->dropped = job_drop_negative(work->series.values, work->series.n_values);
    if (context->measure->delayed) {
        status = make_courses(context, work, &courses);
    }
    if (status != VG_OK) {
        return status;
    }
    if (work->case_method) {
        return estimate_by_case(context, work, courses);
    }
    if (status == VG_OK && courses != NULL && work->imported != NULL) {
        status = share_imported(context, work);
    }
    if (status != VG_OK) {
        return status;
    }
    work->estimates = VG_ARENA_ARRAY(context->arena, struct vg_rt_estimate, work->series.n_values + work->parameters.n_windows + 1);
    if (work->estimates == NULL) {
        return vg_fail_memory(context->error, work->series.n_values * sizeof *work->estimates);
    }
    if (courses != NULL) {
        return vg_monitor_rt_draws(courses, RT_DRAWS, work->series.n_values, &work->parameters, context->arena, work->estimates, &work->n_estimates,
                                   &work->status, context->error);
    }
    return vg_monitor_rt(work->series.values, work->imported, work->series.n_values, &work->parameters, context->arena, work->estimates, &work->n_estimates,
                         &work->status, context->error);
}

static void write_rows(struct job_context *context, const struct rt_work *work)
{
    struct vg_table *table = &context->answer->table;
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "window_start", VG_COLUMN_DATE);
    vg_table_add_column(table, "mean", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "sd", VG_COLUMN_DOUBLE);
    job_add_quantile_columns(table);
    if (work->case_method) {
        vg_table_add_column(table, "share_observed", VG_COLUMN_DOUBLE);
    }
    for (size_t i = 0; i < work->n_estimates; i++) {
        struct vg_rt_estimate own;
        if (work->case_method) {
            const struct vg_rt_case_estimate *by_case = &work->by_case[i];
            own = (struct vg_rt_estimate){.first = by_case->first, .last = by_case->last, .mean = by_case->mean, .sd = by_case->sd};
            memcpy(own.quantiles, by_case->quantiles, sizeof own.quantiles);
        }
        const struct vg_rt_estimate *one = work->case_method ? &own : &work->estimates[i];
        int32_t last = work->series.start + (int32_t)one->last;
        if ((context->request->from != VG_DATE_NONE && last < context->request->from) || (context->request->to != VG_DATE_NONE && last > context->request->to)) {
            continue;
        }
        vg_table_date(table, last);
        vg_table_date(table, work->series.start + (int32_t)one->first);
        vg_table_double(table, one->mean);
        vg_table_double(table, one->sd);
        job_quantile_cells(table, one->quantiles);
        if (work->case_method) {
            vg_table_double(table, work->by_case[i].share_observed);
        }
    }
}

/* Windows by date as days of the series; one that does not lie inside is refused by its dates. */
static vg_status place_windows(struct job_context *context, const struct vg_rt_request *own, struct rt_work *work)
{
    struct vg_rt_window *windows = VG_ARENA_ARRAY(context->arena, struct vg_rt_window, own->n_windows);
    if (windows == NULL) {
        return vg_fail_memory(context->error, own->n_windows * sizeof *windows);
    }
    for (size_t i = 0; i < own->n_windows; i++) {
        int64_t first = (int64_t)own->windows[i].from - work->series.start;
        int64_t last = (int64_t)own->windows[i].to - work->series.start;
        if (first < 1 || last < first || last >= (int64_t)work->series.n_values) {
            char begin[VG_DATE_TEXT_BYTES];
            char end[VG_DATE_TEXT_BYTES];
            (void)vg_date_print(work->series.start + 1, begin);
            (void)vg_date_print(work->series.start + (int32_t)work->series.n_values - 1, end);
            return vg_fail(context->error, VG_USAGE_ERROR, "window %zu of R is not within the series, from its second day %s to %s", i + 1, begin, end);
        }
        windows[i] = (struct vg_rt_window){(size_t)first, (size_t)last};
    }
    work->parameters.windows = windows;
    work->parameters.n_windows = own->n_windows;
    return VG_OK;
}

static vg_status fill_parameters(struct job_context *context, const struct job_serial_interval *interval, struct rt_work *work)
{
    const struct vg_request *request = context->request;
    const struct vg_rt_request *own = request->rt;
    struct vg_rt_parameters *p = &work->parameters;
    work->case_method = request->method != NULL && strcmp(request->method, "wallinga_teunis") == 0;
    if (request->method != NULL && !work->case_method && strcmp(request->method, "cori") != 0) {
        return vg_fail(context->error, VG_USAGE_ERROR, "the method is cori, wallinga_teunis, renewal or nuts, not \"%.40s\"", request->method);
    }
    p->serial_interval_mean_days = interval->mean_days;
    p->serial_interval_sd_days = interval->sd_days;
    p->window_days = request->window_days == 0 ? 7 : request->window_days;
    p->seed = request->seed;
    if (interval->given != NULL) {
        p->serial_interval = interval->given->weights;
        p->serial_interval_n = interval->given->n_weights;
        p->serial_interval_rows = interval->given->n_rows;
    }
    if (own == NULL) {
        return VG_OK;
    }
    bool uncertain = own->serial_interval_mean_error_days > 0 || own->serial_interval_sd_error_days > 0;
    if (work->case_method && (own->imported != NULL || own->n_windows > 0 || uncertain)) {
        return vg_fail(context->error, VG_USAGE_ERROR, "imported cases, windows of one's own and an uncertain serial interval are for the method cori");
    }
    if (uncertain && interval->given != NULL) {
        return vg_fail(context->error, VG_USAGE_ERROR, "a serial interval that is given as weights has its uncertainty in them");
    }
    p->prior_mean = own->prior_mean > 0 ? own->prior_mean : p->prior_mean;
    p->prior_sd = own->prior_sd > 0 ? own->prior_sd : p->prior_sd;
    if (uncertain) {
        p->uncertain = true;
        p->mean_sd = own->serial_interval_mean_error_days;
        p->sd_sd = own->serial_interval_sd_error_days;
        p->mean_min = fmax(1.0001, interval->mean_days - fmax(2 * p->mean_sd, 1e-6));
        p->mean_max = interval->mean_days + fmax(2 * p->mean_sd, 1e-6);
        p->sd_min = fmax(0.1, interval->sd_days - fmax(2 * p->sd_sd, 1e-6));
        p->sd_max = interval->sd_days + fmax(2 * p->sd_sd, 1e-6);
    }
    return VG_OK;
}

static vg_status gather_and_estimate(struct job_context *context, struct rt_work *work)
{
    const struct vg_rt_request *own = context->request->rt;
    /* The whole series feeds the infectivity; from and to only cut what is shown. */
    context->filter.from = VG_DATE_NONE;
    context->filter.to = VG_DATE_NONE;
    vg_status status = vg_store_series(context->store, &context->filter, context->arena, &work->series, context->error);
    if (status == VG_OK && own != NULL && own->n_windows > 0) {
        status = place_windows(context, own, work);
    }
    if (status == VG_OK && own != NULL && own->imported != NULL) {
        status = read_imported(context, own->imported, work);
    }
    return status == VG_OK ? estimate(context, work) : status;
}

vg_status vg_job_rt(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                    struct vg_error *error)
{
    struct job_context context;
    struct rt_work work = {.status = VG_SERIES_BAD_INPUT};
    struct job_serial_interval interval = {NAN, NAN, NULL, NULL};
    vg_monitor_rt_defaults(&work.parameters);
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK && request->method != NULL && (strcmp(request->method, "renewal") == 0 || strcmp(request->method, "nuts") == 0)) {
        return job_rt_renewal(&context, strcmp(request->method, "nuts") == 0);
    }
    if (status == VG_OK && request->missing_onset != NULL && strcmp(request->missing_onset, "impute") == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "only the model dates cases without an onset: method renewal or nuts");
    }
    if (status == VG_OK) {
        status = job_serial_interval(&context, &interval);
    }
    if (status == VG_OK) {
        status = fill_parameters(&context, &interval, &work);
    }
    /* A weekly or a stock series says nothing about who infected whom from day to day. */
    bool fits = status == VG_OK && context.step_days == 1 && context.measure->kind == VG_MEASURE_FLOW;
    if (fits) {
        status = gather_and_estimate(&context, &work);
    }
    if (status != VG_OK) {
        return status;
    }
    write_rows(&context, &work);
    answer->status = work.status;
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "status", vg_series_status_name(work.status));
    job_meta_text(&answer->meta, "nowcast_status", vg_series_status_name(work.nowcast_status));
    if (!fits) {
        job_meta_text(&answer->meta, "message", "the reproduction number needs daily counts of new cases");
    }
    job_meta_text(&answer->meta, "method", work.case_method ? "wallinga_teunis" : "cori");
    job_meta_number(&answer->meta, "negative_days_left_out", (double)work.dropped);
    job_meta_number(&answer->meta, "window_days", (double)work.parameters.window_days);
    job_meta_number(&answer->meta, "imported_cases", work.imported_total);
    job_meta_number(&answer->meta, "seed", (double)request->seed);
    job_undated_meta(&context);
    vg_buffer_text(&answer->meta, ",\"serial_interval\":{");
    job_meta_number(&answer->meta, "mean", interval.mean_days);
    job_meta_number(&answer->meta, "sd", interval.sd_days);
    job_meta_text(&answer->meta, "source", interval.source);
    vg_buffer_char(&answer->meta, '}');
    return job_finish(&context);
}
