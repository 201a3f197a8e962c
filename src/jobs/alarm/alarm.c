/*
 * Where the newest counts are more than the past lets expect: one row a place and judged step, or one a cluster of places, the most improbable first, with false
 * discoveries bounded over all rows; or the endemic channel of the present year.
 */
#include "jobs/alarm/internal.h"
#include "jobs/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISCOVERY_RATE 0.05
#define RUN_UP 26                /* steps before the newest over which sums and charts run */
#define NEEDED_YEARS 5.2         /* of weeks, for Farrington's method */
#define DOUBLING 0.69314718055994531

static const char *const method_names[METHOD_COUNT] = {"farrington", "ears_c1", "ears_c2", "ears_c3", "bayes", "cusum", "cusum_nb", "glr", "glr_poisson", "glr_epidemic", "glr_decrease",
                                                       "scan", "scan_adjusted", "scan_permutation", "channel", "channel_mean"};

const char *alarm_method_name(enum alarm_method method)
{
    return method_names[method];
}

static bool is_scan(enum alarm_method method)
{
    return method >= METHOD_SCAN && method <= METHOD_SCAN_PERMUTATION;
}

/* Farrington's method where weeks go back far enough, else EARS. */
static vg_status choose_method(struct job_context *context, enum alarm_method *method, bool *given)
{
    const char *name = context->request->method;
    *given = name != NULL;
    *method = METHOD_FARRINGTON;
    for (int i = 0; name != NULL && i < METHOD_COUNT; i++) {
        if (strcmp(name, method_names[i]) == 0) {
            *method = (enum alarm_method)i;
            return VG_OK;
        }
    }
    if (name == NULL) {
        return VG_OK;
    }
    const char *names = method_names[0];
    for (int i = 1; i < METHOD_COUNT && names != NULL; i++) {
        names = vg_arena_format(context->arena, "%s%s%s", names, i + 1 == METHOD_COUNT ? " or " : ", ", method_names[i]);
    }
    return vg_fail(context->error, VG_USAGE_ERROR, "the method is %s, not \"%.40s\"", names == NULL ? "another" : names, name);
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

static vg_status load(struct alarm_run *run)
{
    struct job_context *context = &run->context;
    enum vg_place_level level = VG_LEVEL_COUNTRY;
    bool one_place = context->request->place != NULL && context->request->level == NULL && !is_scan(run->method);
    vg_status status = one_place ? job_whole_matrix(context, &run->matrix) : job_choose_matrix(context, &run->matrix, &level);
    run->n_steps = run->matrix.n_steps;
    int32_t step = run->matrix.step_days;
    /* Weeks made of days may not be over; weeks that were published as weeks are. */
    while (context->step_days == 1 && run->n_steps > 0 && run->matrix.start + (int32_t)run->n_steps * step - 1 > context->as_of) {
        run->n_steps--;
    }
    return status;
}

vg_status alarm_open(struct alarm_run *run, struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_context *context = &run->context;
    bool given = false;
    *run = (struct alarm_run){0};
    vg_status status = job_context_open(context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        status = choose_method(context, &run->method, &given);
    }
    if (status != VG_OK) {
        return status;
    }
    prefer_reports(context);
    int32_t own_step = context->step_days;
    context->filter.step_days = run->method == METHOD_FARRINGTON || run->method >= METHOD_CHANNEL ? 7 : own_step;
    status = load(run);
    if (status == VG_OK && !given && (double)run->n_steps * 7 < NEEDED_YEARS * 365.25) {
        run->method = METHOD_EARS_C2;
        context->filter.step_days = own_step;
        status = load(run);
    }
    run->newest = request->newest_steps == 0 ? 1 : request->newest_steps;
    run->newest = run->newest > run->n_steps ? run->n_steps : run->newest;
    return status;
}

/* ------------------------------------------------------ one place at a time */

struct place_work { const struct alarm_run *run; const double *counts; size_t n, first; struct vg_arena *scratch; struct vg_alarm *out; double alpha; };

/* Sums and charts need a run-up before the first judged step; what comes before it is the past that they are compared with. */
static size_t run_up_of(const struct place_work *work)
{
    size_t longest = work->n - work->first > RUN_UP ? work->n - work->first : RUN_UP;
    size_t run_up = work->n / 2 < longest ? work->n / 2 : longest;
    return work->first < work->n - run_up ? work->first : work->n - run_up;
}

static vg_status judge_by_ratio(struct place_work *work)
{
    struct vg_in_control_parameters usual;
    struct vg_glr_parameters chart;
    enum vg_series_status series_status = VG_SERIES_OK;
    int32_t step_days = work->run->matrix.step_days;
    size_t start = run_up_of(work);
    double *mean = VG_ARENA_ARRAY(work->scratch, double, work->n + 1);
    vg_in_control_defaults(&usual);
    vg_glr_defaults(&chart);
    usual.steps_per_year = 365.25 / step_days;
    usual.harmonics = (double)start >= 1.5 * usual.steps_per_year ? 1 : 0;
    usual.cycle = step_days == 1 && start >= 28 ? 7 : 0;
    usual.dispersion = work->run->method == METHOD_GLR_POISSON ? 0 : NAN;
    if (mean == NULL) {
        return VG_SYSTEM_ERROR;
    }
    vg_status status = vg_alarm_in_control(work->counts, start, work->n, &usual, work->scratch, mean, &chart.dispersion, &series_status, NULL);
    for (size_t step = work->first; step < work->n; step++) {
        work->out[step] = (struct vg_alarm){series_status, false, NAN, NAN, NAN, NAN};
    }
    if (status != VG_OK || series_status != VG_SERIES_OK) {
        return status;
    }
    chart.change = work->run->method == METHOD_GLR_EPIDEMIC ? VG_GLR_EPIDEMIC : VG_GLR_LEVEL;
    chart.decrease = work->run->method == METHOD_GLR_DECREASE;
    chart.known_change = work->run->method == METHOD_CUSUM_NB ? DOUBLING : NAN;
    chart.thresholds_from = work->first;
    return vg_alarm_glr(work->counts, mean, work->n, start, &chart, work->scratch, work->out, NULL);
}

static vg_status judge_by_method(struct place_work *work)
{
    double steps_per_year = 365.25 / work->run->matrix.step_days;
    struct vg_farrington_parameters farrington;
    struct vg_bayes_parameters bayes;
    struct vg_cusum_parameters cusum;
    struct vg_ears_parameters ears;
    switch (work->run->method) {
    case METHOD_FARRINGTON:
        vg_farrington_defaults(&farrington);
        farrington.steps_per_year = steps_per_year;
        farrington.alpha = work->alpha > 0 ? work->alpha : farrington.alpha;
        return vg_alarm_farrington(work->counts, work->n, work->first, &farrington, work->scratch, work->out, NULL);
    case METHOD_BAYES:
        vg_alarm_bayes_defaults(&bayes);
        bayes.steps_per_year = steps_per_year;
        bayes.alpha = work->alpha > 0 ? work->alpha : bayes.alpha;
        return vg_alarm_bayes(work->counts, work->n, work->first, &bayes, work->out, NULL);
    case METHOD_CUSUM:
        vg_alarm_cusum_defaults(&cusum);
        return vg_alarm_cusum(work->counts, work->n, run_up_of(work), &cusum, work->out, NULL);
    case METHOD_CUSUM_NB:
    case METHOD_GLR:
    case METHOD_GLR_POISSON:
    case METHOD_GLR_EPIDEMIC:
    case METHOD_GLR_DECREASE:
        return judge_by_ratio(work);
    default:
        vg_ears_defaults(work->run->method == METHOD_EARS_C1 ? VG_EARS_C1 : work->run->method == METHOD_EARS_C2 ? VG_EARS_C2 : VG_EARS_C3, &ears);
        ears.alpha = work->alpha > 0 ? work->alpha : ears.alpha;
        return vg_alarm_ears(work->counts, work->n, &ears, work->out, NULL);
    }
}

static void judge_place(void *shared, size_t row, unsigned worker)
{
    struct alarm_run *run = shared;
    struct vg_arena scratch;
    size_t n = run->n_steps;
    (void)worker;
    vg_arena_init(&scratch, 0);
    struct place_work work = {.run = run, .counts = run->matrix.values + row * run->matrix.n_steps, .n = n, .first = n - run->newest, .scratch = &scratch,
                              .out = VG_ARENA_ARRAY(&scratch, struct vg_alarm, n + 1), .alpha = run->context.request->alpha};
    run->ended[row] = work.out == NULL ? VG_SYSTEM_ERROR : judge_by_method(&work);
    for (size_t step = work.first; work.out != NULL && step < n; step++) {
        int32_t date = run->matrix.start + (int32_t)step * run->matrix.step_days;
        run->judged[row * run->newest + step - work.first] =
            (struct alarm_judged){.place = run->matrix.place[row], .first = date, .date = date, .count = work.counts[step], .alarm = work.out[step], .seen = true};
    }
    vg_arena_release(&scratch);
}

static int by_surprise(const void *a, const void *b)
{
    const struct alarm_judged *x = a;
    const struct alarm_judged *y = b;
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

/* Of all rows, those that may be called notable: at most one in twenty of them is false. */
static vg_status control_discoveries(struct alarm_run *run)
{
    size_t n = run->n_judged;
    double *p_values = VG_ARENA_ARRAY(run->context.arena, double, n + 1);
    bool *chosen = VG_ARENA_ARRAY(run->context.arena, bool, n + 1);
    if (p_values == NULL || chosen == NULL) {
        return vg_fail_memory(run->context.error, n * sizeof *p_values);
    }
    for (size_t i = 0; i < n; i++) {
        p_values[i] = run->judged[i].alarm.status == VG_SERIES_OK ? run->judged[i].alarm.p_value : NAN;
    }
    (void)vg_alarm_false_discovery(p_values, n, DISCOVERY_RATE, false, run->context.arena, chosen);
    for (size_t i = 0; i < n; i++) {
        run->judged[i].notable = chosen[i];
    }
    return VG_OK;
}

vg_status alarm_find(struct alarm_run *run)
{
    struct job_context *context = &run->context;
    if (is_scan(run->method)) {
        return alarm_scan_find(run);
    }
    size_t n = run->matrix.n_places * run->newest;
    run->judged = VG_ARENA_ARRAY(context->arena, struct alarm_judged, n + 1);
    run->ended = VG_ARENA_ARRAY(context->arena, vg_status, run->matrix.n_places + 1);
    if (run->judged == NULL || run->ended == NULL) {
        return vg_fail_memory(context->error, n * sizeof *run->judged);
    }
    struct vg_pool *pool = run->matrix.n_places > 16 ? vg_pool_new(0) : NULL;
    vg_parallel_for(pool, run->matrix.n_places, judge_place, run);
    vg_pool_free(pool);
    for (size_t row = 0; row < run->matrix.n_places; row++) {
        if (run->ended[row] != VG_OK) {
            return vg_fail(context->error, run->ended[row], run->ended[row] == VG_USAGE_ERROR ? "alpha lies between 0 and 1" : "out of memory");
        }
    }
    for (size_t i = 0; i < n; i++) {
        run->judged[run->n_judged] = run->judged[i];
        run->n_judged += run->judged[i].seen;
    }
    vg_status status = control_discoveries(run);
    qsort(run->judged, run->n_judged, sizeof *run->judged, by_surprise);
    return status;
}

/* ---------------------------------------------------------------- the answer */

const char *alarm_place_code(const struct alarm_run *run, uint32_t place)
{
    const struct vg_place_list *places = vg_store_place_list(run->context.store);
    return place < places->count ? places->places[place].code : NULL;
}

static void print_cluster(struct alarm_run *run, const struct alarm_judged *one)
{
    struct vg_table *table = &run->context.answer->table;
    const struct vg_scan_cluster *cluster = one->cluster;
    const char *codes = "";
    for (size_t i = 0; i < cluster->n_places && codes != NULL; i++) {
        codes = vg_arena_format(run->context.arena, "%s%s%s", codes, i == 0 ? "" : " ", alarm_place_code(run, run->scanned[cluster->places[i]]));
    }
    vg_table_date(table, one->first);
    vg_table_integer(table, (int64_t)cluster->n_places);
    vg_table_double(table, cluster->radius_km);
    vg_table_double(table, cluster->relative_risk);
    vg_table_double(table, cluster->log_likelihood_ratio);
    vg_table_double(table, cluster->p_gumbel);
    vg_table_text(table, codes);
}

void alarm_print(struct alarm_run *run)
{
    struct vg_table *table = &run->context.answer->table;
    const struct vg_place_list *places = vg_store_place_list(run->context.store);
    const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"code", VG_COLUMN_TEXT}, {"name", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"date", VG_COLUMN_DATE}, {"count", VG_COLUMN_DOUBLE}, {"expected", VG_COLUMN_DOUBLE},
        {"threshold", VG_COLUMN_DOUBLE}, {"score", VG_COLUMN_DOUBLE}, {"p_value", VG_COLUMN_DOUBLE}, {"alarm", VG_COLUMN_BOOLEAN}, {"notable", VG_COLUMN_BOOLEAN},
        /* of clusters only */
        {"from", VG_COLUMN_DATE}, {"n_places", VG_COLUMN_INTEGER}, {"radius_km", VG_COLUMN_DOUBLE}, {"relative_risk", VG_COLUMN_DOUBLE}, {"log_likelihood_ratio", VG_COLUMN_DOUBLE},
        {"p_gumbel", VG_COLUMN_DOUBLE}, {"places", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < (is_scan(run->method) ? 18 : 11); i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; i < run->n_judged; i++) {
        const struct alarm_judged *one = &run->judged[i];
        vg_table_text(table, alarm_place_code(run, one->place));
        vg_table_text(table, one->place < places->count ? places->places[one->place].name : NULL);
        vg_table_text(table, vg_series_status_name(one->alarm.status));
        vg_table_date(table, one->date);
        const double values[] = {one->count, one->alarm.expected, one->alarm.threshold, one->alarm.score, one->alarm.p_value};
        for (size_t v = 0; v < 5; v++) {
            vg_table_double(table, values[v]);
        }
        vg_table_boolean(table, one->alarm.alarm);
        vg_table_boolean(table, one->notable);
        if (one->cluster != NULL) {
            print_cluster(run, one);
        }
    }
}

vg_status alarm_print_meta(struct alarm_run *run)
{
    struct job_context *context = &run->context;
    struct vg_buffer *meta = &context->answer->meta;
    job_meta_begin(context);
    job_meta_text(meta, "method", method_names[run->method]);
    job_meta_number(meta, "step_days", (double)run->matrix.step_days);
    job_meta_number(meta, "false_discovery_rate", DISCOVERY_RATE);
    if (context->request->alpha > 0) {
        job_meta_number(meta, "alpha", context->request->alpha);
    }
    if (is_scan(run->method)) {
        job_meta_number(meta, "replicates", (double)(context->request->n_replicates == 0 ? 999 : context->request->n_replicates));
        job_meta_number(meta, "seed", (double)context->request->seed);
        job_meta_text(meta, "cylinders", context->request->retrospective ? "retrospective" : "prospective");
        job_meta_number(meta, "places_left_out", (double)run->n_left_out);
    }
    return job_finish(context);
}

vg_status vg_job_alarm(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct alarm_run run;
    vg_status status = alarm_open(&run, store, request, arena, answer, error);
    if (status == VG_OK && run.method >= METHOD_CHANNEL) {
        status = alarm_channels(&run);
    } else if (status == VG_OK) {
        status = alarm_find(&run);
        if (status == VG_OK) {
            alarm_print(&run);
        }
    }
    return status == VG_OK ? alarm_print_meta(&run) : status;
}
