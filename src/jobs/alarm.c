/*
 * Where the newest counts are more than the past lets expect: one row a place and judged step, the most improbable first, with false discoveries bounded over
 * all rows; or the endemic channel of the present year.
 */
#include "jobs/jobs_internal.h"
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISCOVERY_RATE 0.05
#define WEEKS 53
#define MOST_FORMER_YEARS 15
#define CUSUM_RUN_UP 26

enum method { METHOD_FARRINGTON, METHOD_EARS_C1, METHOD_EARS_C2, METHOD_EARS_C3, METHOD_BAYES, METHOD_CUSUM, METHOD_CHANNEL, METHOD_CHANNEL_MEAN, METHOD_COUNT };
static const char *const method_names[METHOD_COUNT] = {"farrington", "ears_c1", "ears_c2", "ears_c3", "bayes", "cusum", "channel", "channel_mean"};

struct judged { uint32_t place; int32_t date; double count; struct vg_alarm alarm; bool notable, seen; };

struct alarm_work {
    struct job_context *context;
    struct vg_series_matrix matrix;
    size_t n_steps;             /* of whole steps: a week that is not over is not judged */
    size_t newest;              /* steps to judge */
    enum method method;
    struct judged *judged;      /* [n_places * newest] */
    vg_status *ended;           /* [n_places] */
};

/* Farrington's method where weeks go back far enough, else EARS. */
static vg_status choose_method(struct job_context *context, enum method *method, bool *given)
{
    const char *name = context->request->method;
    *given = name != NULL;
    *method = METHOD_FARRINGTON;
    for (int i = 0; name != NULL && i < METHOD_COUNT; i++) {
        if (strcmp(name, method_names[i]) == 0) {
            *method = (enum method)i;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK
                        : vg_fail(context->error, VG_USAGE_ERROR, "the method is farrington, ears_c1, ears_c2, ears_c3, bayes, cusum, channel or channel_mean, not \"%.40s\"", name);
}

/* Alarms are about what was reported: of a list whose first measure is by an earlier date, the one by report. */
static void prefer_reports(struct job_context *context)
{
    if (context->request->measure != NULL || !context->measure->delayed) {
        return;
    }
    for (size_t i = 0; i < context->n_measures; i++) {
        const struct vg_measure *candidate = context->measures[i];
        if (!candidate->delayed && candidate->kind == VG_MEASURE_FLOW && strcmp(candidate->what, context->measure->what) == 0) {
            context->measure = candidate;
            context->filter.measure = candidate->name;
            return;
        }
    }
}

static vg_status load(struct alarm_work *work, enum vg_place_level *level)
{
    struct job_context *context = work->context;
    bool one_place = context->request->place != NULL && context->request->level == NULL;
    vg_status status = one_place ? job_whole_matrix(context, &work->matrix) : job_choose_matrix(context, &work->matrix, level);
    work->n_steps = work->matrix.n_steps;
    int32_t step = work->matrix.step_days;
    /* Weeks made of days may not be over; weeks that were published as weeks are. */
    while (context->step_days == 1 && work->n_steps > 0 && work->matrix.start + (int32_t)work->n_steps * step - 1 > context->as_of) {
        work->n_steps--;
    }
    return status;
}

static void judge_place(void *shared, size_t row, unsigned worker)
{
    struct alarm_work *work = shared;
    (void)worker;
    const double *counts = work->matrix.values + row * work->matrix.n_steps;
    size_t n = work->n_steps;
    size_t first = n > work->newest ? n - work->newest : 0;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    struct vg_alarm *out = VG_ARENA_ARRAY(&scratch, struct vg_alarm, n + 1);
    if (out == NULL) {
        work->ended[row] = VG_SYSTEM_ERROR;
    } else if (work->method == METHOD_FARRINGTON) {
        struct vg_farrington_parameters parameters;
        vg_farrington_defaults(&parameters);
        parameters.steps_per_year = 365.25 / work->matrix.step_days;
        parameters.alpha = work->context->request->alpha > 0 ? work->context->request->alpha : parameters.alpha;
        work->ended[row] = vg_alarm_farrington(counts, n, first, &parameters, &scratch, out, NULL);
    } else if (work->method == METHOD_BAYES) {
        struct vg_bayes_parameters parameters;
        vg_alarm_bayes_defaults(&parameters);
        parameters.steps_per_year = 365.25 / work->matrix.step_days;
        parameters.alpha = work->context->request->alpha > 0 ? work->context->request->alpha : parameters.alpha;
        work->ended[row] = vg_alarm_bayes(counts, n, first, &parameters, out, NULL);
    } else if (work->method == METHOD_CUSUM) {
        /* The sum needs a run-up: half a year of weeks or days, or half of what there is. */
        size_t run_up = n / 2 < CUSUM_RUN_UP ? n / 2 : CUSUM_RUN_UP;
        struct vg_cusum_parameters parameters;
        vg_alarm_cusum_defaults(&parameters);
        work->ended[row] = vg_alarm_cusum(counts, n, first < n - run_up ? first : n - run_up, &parameters, out, NULL);
    } else {
        struct vg_ears_parameters parameters;
        vg_ears_defaults(work->method == METHOD_EARS_C1 ? VG_EARS_C1 : work->method == METHOD_EARS_C2 ? VG_EARS_C2 : VG_EARS_C3, &parameters);
        parameters.alpha = work->context->request->alpha > 0 ? work->context->request->alpha : parameters.alpha;
        work->ended[row] = vg_alarm_ears(counts, n, &parameters, out, NULL);
    }
    for (size_t step = first; out != NULL && step < n; step++) {
        work->judged[row * work->newest + step - first] =
            (struct judged){work->matrix.place[row], work->matrix.start + (int32_t)step * work->matrix.step_days, counts[step], out[step], false, true};
    }
    vg_arena_release(&scratch);
}

static int by_surprise(const void *a, const void *b)
{
    const struct judged *x = a;
    const struct judged *y = b;
    double left = isnan(x->alarm.p_value) ? 2 - x->alarm.alarm : x->alarm.p_value;
    double right = isnan(y->alarm.p_value) ? 2 - y->alarm.alarm : y->alarm.p_value;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    return x->date > y->date ? -1 : x->date < y->date;
}

static const char *code_of(const struct alarm_work *work, uint32_t place)
{
    const struct vg_place_list *places = vg_store_place_list(work->context->store);
    return place < places->count ? places->places[place].code : NULL;
}

static const char *name_of(const struct alarm_work *work, uint32_t place)
{
    const struct vg_place_list *places = vg_store_place_list(work->context->store);
    return place < places->count ? places->places[place].name : NULL;
}

static vg_status judge_all(struct alarm_work *work)
{
    struct job_context *context = work->context;
    size_t n = work->matrix.n_places * work->newest;
    work->judged = VG_ARENA_ARRAY(context->arena, struct judged, n + 1);
    work->ended = VG_ARENA_ARRAY(context->arena, vg_status, work->matrix.n_places + 1);
    double *p_values = VG_ARENA_ARRAY(context->arena, double, n + 1);
    bool *chosen = VG_ARENA_ARRAY(context->arena, bool, n + 1);
    if (work->judged == NULL || work->ended == NULL || p_values == NULL || chosen == NULL) {
        return vg_fail_memory(context->error, n * sizeof *work->judged);
    }
    struct vg_pool *pool = work->matrix.n_places > 16 ? vg_pool_new(0) : NULL;
    vg_parallel_for(pool, work->matrix.n_places, judge_place, work);
    vg_pool_free(pool);
    for (size_t row = 0; row < work->matrix.n_places; row++) {
        if (work->ended[row] != VG_OK) {
            return vg_fail(context->error, work->ended[row], work->ended[row] == VG_USAGE_ERROR ? "alpha lies between 0 and 1" : "out of memory");
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        work->judged[kept] = work->judged[i];
        kept += work->judged[i].seen;
    }
    for (size_t i = 0; i < kept; i++) {
        p_values[i] = work->judged[i].alarm.status == VG_SERIES_OK ? work->judged[i].alarm.p_value : NAN;
    }
    (void)vg_alarm_false_discovery(p_values, kept, DISCOVERY_RATE, false, context->arena, chosen);
    for (size_t i = 0; i < kept; i++) {
        work->judged[i].notable = chosen[i];
    }
    qsort(work->judged, kept, sizeof *work->judged, by_surprise);
    struct vg_table *table = &context->answer->table;
    static const char *const texts[] = {"code", "name", "status"};
    static const char *const numbers[] = {"count", "expected", "threshold", "score", "p_value"};
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "alarm", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "notable", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; i < kept; i++) {
        const struct judged *one = &work->judged[i];
        vg_table_text(table, code_of(work, one->place));
        vg_table_text(table, name_of(work, one->place));
        vg_table_text(table, vg_series_status_name(one->alarm.status));
        vg_table_date(table, one->date);
        const double values[] = {one->count, one->alarm.expected, one->alarm.threshold, one->alarm.score, one->alarm.p_value};
        for (size_t v = 0; v < 5; v++) {
            vg_table_double(table, values[v]);
        }
        vg_table_boolean(table, one->alarm.alarm);
        vg_table_boolean(table, one->notable);
    }
    return VG_OK;
}

/* The series of one place by epidemiological year and week: the newest year is the present one. */
static vg_status channel_of(struct alarm_work *work, size_t row, bool newest_only)
{
    struct job_context *context = work->context;
    double *years = VG_ARENA_ARRAY(context->arena, double, (MOST_FORMER_YEARS + 1) * WEEKS);
    struct vg_channel_week channel[WEEKS];
    int32_t dates[WEEKS];
    if (years == NULL || work->n_steps == 0) {
        return years == NULL ? vg_fail_memory(context->error, 0) : VG_OK;
    }
    for (size_t i = 0; i < (MOST_FORMER_YEARS + 1) * WEEKS; i++) {
        years[i] = NAN;
    }
    int present_year = 0;
    int present_week = 0;
    vg_date_to_epiweek(work->matrix.start + (int32_t)(work->n_steps - 1) * 7 + 3, VG_WEEK_MMWR, &present_year, &present_week);
    for (size_t week = 0; week < WEEKS; week++) {
        dates[week] = VG_DATE_NONE;
    }
    for (size_t step = 0; step < work->n_steps; step++) {
        int32_t date = work->matrix.start + (int32_t)step * 7;
        int year = 0;
        int week = 0;
        vg_date_to_epiweek(date + 3, VG_WEEK_MMWR, &year, &week); /* the week's middle: years do not depend on the day it begins */
        int back = present_year - year;
        if (back >= 0 && back <= MOST_FORMER_YEARS && week >= 1 && week <= WEEKS) {
            years[back * WEEKS + week - 1] = work->matrix.values[row * work->matrix.n_steps + step];
            if (back == 0) {
                dates[week - 1] = date;
            }
        }
    }
    vg_status status = vg_alarm_channel(years + WEEKS, MOST_FORMER_YEARS, NULL, years, WEEKS, work->method == METHOD_CHANNEL ? VG_CHANNEL_QUARTILES : VG_CHANNEL_GEOMETRIC_MEAN, channel,
                                        context->error);
    struct vg_table *table = &context->answer->table;
    for (size_t week = 0; status == VG_OK && week < WEEKS; week++) {
        bool newest = (int)week + 1 == present_week;
        if ((newest_only && !newest) || (channel[week].n_years == 0 && dates[week] == VG_DATE_NONE)) {
            continue;
        }
        vg_table_text(table, code_of(work, work->matrix.place[row]));
        vg_table_text(table, name_of(work, work->matrix.place[row]));
        vg_table_integer(table, present_year);
        vg_table_integer(table, (int64_t)week + 1);
        vg_table_date(table, dates[week]);
        vg_table_double(table, years[week]);
        vg_table_double(table, channel[week].low);
        vg_table_double(table, channel[week].middle);
        vg_table_double(table, channel[week].high);
        vg_table_text(table, vg_channel_zone_name(channel[week].zone));
        vg_table_integer(table, (int64_t)channel[week].n_years);
    }
    return status;
}

static vg_status channels(struct alarm_work *work)
{
    struct vg_table *table = &work->context->answer->table;
    const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"code", VG_COLUMN_TEXT}, {"name", VG_COLUMN_TEXT}, {"year", VG_COLUMN_INTEGER}, {"week", VG_COLUMN_INTEGER}, {"date", VG_COLUMN_DATE}, {"count", VG_COLUMN_DOUBLE},
        {"low", VG_COLUMN_DOUBLE}, {"middle", VG_COLUMN_DOUBLE}, {"high", VG_COLUMN_DOUBLE}, {"zone", VG_COLUMN_TEXT}, {"n_years", VG_COLUMN_INTEGER}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    vg_status status = VG_OK;
    for (size_t row = 0; status == VG_OK && row < work->matrix.n_places; row++) {
        status = channel_of(work, row, work->matrix.n_places > 1);
    }
    return status;
}

vg_status vg_job_alarm(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_context context;
    enum vg_place_level level = VG_LEVEL_COUNTRY;
    struct alarm_work work = {.context = &context};
    bool given = false;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        status = choose_method(&context, &work.method, &given);
    }
    if (status != VG_OK) {
        return status;
    }
    prefer_reports(&context);
    int32_t own_step = context.step_days;
    bool weekly = work.method == METHOD_FARRINGTON || work.method >= METHOD_CHANNEL;
    context.filter.step_days = weekly ? 7 : own_step;
    status = load(&work, &level);
    const double needed_years = 5.2;
    if (status == VG_OK && !given && (double)work.n_steps * 7 < needed_years * 365.25) {
        work.method = METHOD_EARS_C2;
        context.filter.step_days = own_step;
        status = load(&work, &level);
    }
    if (status != VG_OK) {
        return status;
    }
    work.newest = request->newest_steps == 0 ? 1 : request->newest_steps;
    work.newest = work.newest > work.n_steps ? work.n_steps : work.newest;
    status = work.method >= METHOD_CHANNEL ? channels(&work) : judge_all(&work);
    if (status != VG_OK) {
        return status;
    }
    job_meta_begin(&context);
    job_meta_text(&answer->meta, "method", method_names[work.method]);
    job_meta_number(&answer->meta, "step_days", (double)work.matrix.step_days);
    job_meta_number(&answer->meta, "false_discovery_rate", DISCOVERY_RATE);
    return job_finish(&context);
}
