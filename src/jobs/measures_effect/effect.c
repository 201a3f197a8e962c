/*
 * What dated measures did to R: R of many places from counts (or as others estimated it), strengths of measures from a file, the regression, and the same again
 * under other assumptions, so that what depends on them is seen.
 */
#include "jobs/measures_effect/internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <string.h>

#define SHIFT_DAYS 7  /* of the lag, in the sensitivity to it */
#define LEAD_DAYS 14  /* a measure that is felt before it can be is a sign that something else was at work */
#define LEAST_CASES 20
#define DELAY_SD_DAYS 3
#define MONTHS_MOST VG_MEASURES_SHARED_MOST

void vg_measures_request_init(struct vg_measures_request *measures)
{
    *measures = (struct vg_measures_request){.lag_mean_days = NAN, .lag_sd_days = NAN, .window_days = 7, .least_cases = LEAST_CASES, .n_draws = 500, .effect_sd = 0.5};
}

/* ------------------------------------------------------------------------ R */

static vg_status take_rt_table(struct measures_work *work, const struct vg_table *table)
{
    const struct vg_column *place = job_column(table, "place");
    const struct vg_column *date = job_column(table, "date");
    const struct vg_column *mean = job_column(table, "mean");
    const struct vg_column *sd = job_column(table, "sd");
    vg_status status = VG_OK;
    if (place == NULL || date == NULL || mean == NULL || sd == NULL) {
        return VG_OK;
    }
    for (size_t row = 0; status == VG_OK && row < table->n_rows; row++) {
        bool known = !place->missing[row] && !date->missing[row] && !mean->missing[row] && !sd->missing[row];
        if (!place->missing[row]) {
            status = measures_take_r(work, place->values.texts[row], known ? date->values.dates[row] : 0, known ? mean->values.doubles[row] : NAN, known ? sd->values.doubles[row] : NAN);
        }
    }
    return status;
}

/* Of several measures and groups the first counts: one series a place. */
static size_t keep_one_kind(struct job_series_key *keys, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *group = keys[i].group == NULL ? "all" : keys[i].group;
        const char *first = keys[0].group == NULL ? "all" : keys[0].group;
        if (strcmp(keys[i].measure, keys[0].measure) == 0 && strcmp(group, first) == 0 && keys[i].place != NULL) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

static vg_status estimate_r(struct measures_work *work, struct vg_store *store)
{
    struct vg_dataset dataset;
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    struct job_series_key *keys = NULL;
    size_t n_keys = 0;
    struct vg_answer rt;
    const struct vg_rt_request prior = {.prior_mean = 1, .prior_sd = 1};
    struct vg_request each = *work->request;
    vg_status status = each.dataset != NULL ? vg_store_dataset_find(store, each.dataset, work->arena, &dataset, work->error)
                                            : vg_store_datasets(store, work->arena, &datasets, &n_datasets, work->error);
    if (status == VG_OK && each.dataset == NULL && n_datasets == 0) {
        status = vg_fail(work->error, VG_DATA_ERROR, "there are neither cases nor counts");
    }
    if (status != VG_OK) {
        return status;
    }
    dataset = each.dataset == NULL ? datasets[0] : dataset;
    status = job_list_series(store, &dataset, VG_FILTER_RT, &each, work->arena, &keys, &n_keys, work->error);
    if (status != VG_OK) {
        return status;
    }
    n_keys = keep_one_kind(keys, n_keys);
    if (n_keys < 2) {
        return vg_fail(work->error, VG_DATA_ERROR, "effects of measures are told from several places that took them at different times; the counts are of %zu", n_keys);
    }
    work->counted = keys[0].measure;
    work->disease = each.disease != NULL ? each.disease : dataset.disease;
    work->r_source = "counts, method of Cori et al. (2013)";
    each.rt = each.rt == NULL ? &prior : each.rt;
    each.method = NULL;
    each.window_days = (size_t)work->window_days;
    vg_answer_init(&rt, work->arena);
    status = job_each_series(store, dataset.name, vg_job_rt, &each, keys, n_keys, work->arena, &rt, work->error);
    if (status == VG_OK) {
        status = take_rt_table(work, &rt.table);
    }
    vg_answer_release(&rt);
    return status;
}

/* ---------------------------------------------------------------------- lag */

/* Days from first symptoms to the date that is counted by, where nobody says better; the sensitivity to the lag shows what hangs on it. */
static double usual_delay(const char *counted)
{
    const struct vg_measure *measure = counted == NULL ? NULL : vg_measure_find(vg_text_from(counted));
    const char *by = measure == NULL ? "report" : measure->by;
    bool deaths = measure != NULL && strcmp(measure->what, "deaths") == 0;
    return deaths ? 18 : strcmp(by, "onset") == 0 ? 0 : strcmp(by, "admission") == 0 || strcmp(by, "icu") == 0 ? 7 : 5;
}

static vg_status choose_lag(struct measures_work *work)
{
    const struct vg_measures_request *measures = work->measures;
    struct vg_disease_interval incubation;
    work->lag_mean_days = measures->lag_mean_days;
    work->lag_sd_days = measures->lag_sd_days;
    work->lag_source = "the request";
    if (!isnan(measures->lag_mean_days)) {
        work->lag_sd_days = isnan(measures->lag_sd_days) ? measures->lag_mean_days / 2 : measures->lag_sd_days;
        return VG_OK;
    }
    if (work->disease == NULL || work->disease[0] == '\0') {
        return vg_fail(work->error, VG_USAGE_ERROR, "how many days after a measure can R show it? say it with --lag, or name the disease with --disease: its incubation period is taken");
    }
    vg_status status = vg_disease_incubation(vg_text_from(work->disease), &incubation, work->error);
    if (status != VG_OK) {
        return vg_fail_context(work->error, "no published incubation period of %s is here; give the lag (--lag): ", work->disease);
    }
    double delay = usual_delay(work->counted);
    work->lag_mean_days = incubation.mean.value + delay;
    work->lag_sd_days = isnan(measures->lag_sd_days) ? sqrt(incubation.sd.value * incubation.sd.value + (delay > 0 ? DELAY_SD_DAYS * DELAY_SD_DAYS : 0)) : measures->lag_sd_days;
    work->lag_source = vg_arena_format(work->arena, "incubation of %.1f days (%.*s) and %.0f days more to the date that is counted by, an assumption", incubation.mean.value,
                                       (int)incubation.mean.source.size, incubation.mean.source.data, delay);
    return work->lag_source == NULL ? vg_fail_memory(work->error, 0) : VG_OK;
}

/* --------------------------------------------------------------- regression */

/* One matrix for all settings, so that they rest on the same rows: felt by setting, one below the other. */
struct matrix {
    size_t n_rows, n_places, n_months;
    size_t *first, *place;
    int32_t *step, *month;        /* month: calendar month counted from the first */
    double *log_r, *error;
    double *felt[MEASURES_SETTINGS]; /* [n_rows * n_measures], one a shift */
};
enum { FELT_MAIN, FELT_EARLIER, FELT_LATER, FELT_LEAD, FELT_KINDS };

/* What R of a window feels of each measure: the mean over its days. */
static vg_status feel(struct measures_work *work, const struct measures_place *place, int32_t shift_days, double *daily, double *felt)
{
    const struct vg_measures_lag lag = {work->lag_mean_days, work->lag_sd_days, shift_days, work->measures->half_life_days};
    for (size_t m = 0; m < work->n_measures; m++) {
        vg_status status = VG_OK;
        if (place->strength[m] != NULL) {
            status = vg_control_measures_felt(place->strength[m], work->n_days, &lag, daily, work->error);
        }
        if (status != VG_OK) {
            return status;
        }
        for (size_t t = 0; t < place->n; t++) {
            double sum = 0;
            for (int32_t back = 0; place->strength[m] != NULL && back < work->window_days; back++) {
                sum += daily[place->end[t] - back - work->first_day];
            }
            felt[t * work->n_measures + m] = place->strength[m] == NULL ? (place->none_unless_said ? 0 : NAN) : sum / work->window_days;
        }
    }
    return VG_OK;
}

static vg_status fill_matrix(struct measures_work *work, struct matrix *matrix)
{
    static const int32_t shifts[FELT_KINDS] = {0, -SHIFT_DAYS, SHIFT_DAYS, -LEAD_DAYS};
    double *daily = VG_ARENA_ARRAY(work->arena, double, work->n_days);
    int first_year = 0;
    int first_month = 0;
    int day = 0;
    vg_date_to_civil(work->first_day + MEASURES_DAYS_BEFORE, &first_year, &first_month, &day);
    if (daily == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    for (size_t place = 0; place < work->n_places; place++) {
        const struct measures_place *own = &work->place[place];
        size_t row = matrix->n_rows;
        vg_status status = VG_OK;
        if (own->state != PLACE_USED) {
            continue;
        }
        for (size_t kind = 0; status == VG_OK && kind < FELT_KINDS; kind++) {
            status = feel(work, own, shifts[kind], daily, matrix->felt[kind] + row * work->n_measures);
        }
        if (status != VG_OK) {
            return status;
        }
        for (size_t t = 0; t < own->n; t++) {
            int year = 0;
            int month = 0;
            vg_date_to_civil(own->end[t] - work->window_days / 2, &year, &month, &day);
            month = (year - first_year) * 12 + month - first_month;
            matrix->month[row + t] = month < 0 ? 0 : month;
            matrix->n_months = month + 1 > (int)matrix->n_months ? (size_t)month + 1 : matrix->n_months;
            matrix->step[row + t] = (own->end[t] - 2) / work->window_days;
            matrix->log_r[row + t] = own->log_r[t];
            matrix->error[row + t] = own->error[t];
        }
        matrix->place[matrix->n_places++] = place;
        matrix->n_rows += own->n;
        matrix->first[matrix->n_places] = matrix->n_rows;
    }
    return VG_OK;
}

/* A row that one setting cannot use is used by none. */
static void use_common_rows(const struct measures_work *work, struct matrix *matrix, size_t n_kinds)
{
    for (size_t row = 0; row < matrix->n_rows; row++) {
        for (size_t kind = 0; kind < n_kinds; kind++) {
            for (size_t m = 0; m < work->n_measures; m++) {
                matrix->log_r[row] = isnan(matrix->felt[kind][row * work->n_measures + m]) ? NAN : matrix->log_r[row];
            }
        }
    }
}

static vg_status make_matrix(struct measures_work *work, struct matrix *matrix)
{
    size_t rows = 1;
    size_t cells = 0;
    for (size_t place = 0; place < work->n_places; place++) {
        rows += work->place[place].state == PLACE_USED ? work->place[place].n : 0;
    }
    *matrix = (struct matrix){0};
    matrix->first = VG_ARENA_ARRAY(work->arena, size_t, work->n_places + 1);
    matrix->place = VG_ARENA_ARRAY(work->arena, size_t, work->n_places + 1);
    matrix->step = VG_ARENA_ARRAY(work->arena, int32_t, rows);
    matrix->month = VG_ARENA_ARRAY(work->arena, int32_t, rows);
    matrix->log_r = VG_ARENA_ARRAY(work->arena, double, rows);
    matrix->error = VG_ARENA_ARRAY(work->arena, double, rows);
    bool fits = vg_multiply_size(rows, work->n_measures, &cells);
    for (size_t kind = 0; fits && kind < FELT_KINDS; kind++) {
        matrix->felt[kind] = VG_ARENA_ARRAY(work->arena, double, cells);
    }
    if (!fits || work->arena->failed) {
        return vg_fail_memory(work->error, cells * FELT_KINDS * sizeof(double));
    }
    vg_status status = fill_matrix(work, matrix);
    if (status == VG_OK) {
        use_common_rows(work, matrix, work->measures->without_sensitivity ? 1 : FELT_KINDS);
    }
    return status;
}

/* Columns that all places share: months but the first, and what will be felt two weeks later of the measures together. */
static vg_status make_shared(struct measures_work *work, const struct matrix *matrix, const struct measures_setting *setting, double **shared, size_t *n_shared)
{
    size_t months = setting->calendar ? matrix->n_months - 1 : 0;
    months = months > MONTHS_MOST - 1 ? MONTHS_MOST - 1 : months;
    *n_shared = months + (setting->lead ? 1 : 0);
    *shared = *n_shared == 0 ? NULL : VG_ARENA_ARRAY(work->arena, double, matrix->n_rows **n_shared + 1);
    if (*n_shared > 0 && *shared == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    for (size_t row = 0; *n_shared > 0 && row < matrix->n_rows; row++) {
        double *cells = *shared + row * *n_shared;
        size_t month = (size_t)matrix->month[row];
        if (month > 0 && months > 0) {
            cells[(month > months ? months : month) - 1] = 1;
        }
        for (size_t m = 0; setting->lead && m < work->n_measures; m++) {
            double ahead = matrix->felt[FELT_LEAD][row * work->n_measures + m];
            cells[months] += (isnan(ahead) ? 0 : ahead) / (double)work->n_measures;
        }
    }
    return VG_OK;
}

static vg_status run_setting(struct measures_work *work, const struct matrix *matrix, struct measures_setting *setting, bool main_one, struct vg_pool *pool)
{
    struct vg_measures_parameters parameters;
    double *shared = NULL;
    size_t n_shared = 0;
    size_t kind = setting->shift_days < 0 ? FELT_EARLIER : setting->shift_days > 0 ? FELT_LATER : FELT_MAIN;
    vg_control_measures_defaults(&parameters);
    parameters.errors = work->measures->random_walk ? VG_MEASURES_RANDOM_WALK : VG_MEASURES_AUTOREGRESSIVE;
    parameters.priors.drift_scale = work->measures->random_walk ? 0.2 : parameters.priors.drift_scale;
    parameters.seed = work->request->seed;
    parameters.n_draws = work->measures->n_draws;
    parameters.priors.effect_sd = work->measures->effect_sd;
    parameters.priors.shared_sd = work->measures->effect_sd;
    if (!main_one) {
        parameters.without_check = true;
        parameters.n_chains = 2;
    }
    vg_status status = make_shared(work, matrix, setting, &shared, &n_shared);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_measures_data data = {.n_places = matrix->n_places, .n_measures = work->n_measures, .n_shared = n_shared, .first = matrix->first, .step = matrix->step,
                                          .log_r = matrix->log_r, .log_r_error = matrix->error, .felt = matrix->felt[kind], .shared = shared};
    setting->done = true;
    return vg_control_measures(&data, &parameters, pool, work->arena, &setting->estimate, work->error);
}

vg_status measures_fit(struct measures_work *work, const struct vg_progress *progress, struct measures_fit *fit)
{
    struct matrix matrix;
    bool calendar = work->measures->calendar;
    const struct measures_setting settings[MEASURES_SETTINGS] = {
        {.name = "main", .calendar = calendar},
        {.name = "lag_7_days_shorter", .shift_days = -SHIFT_DAYS, .calendar = calendar},
        {.name = "lag_7_days_longer", .shift_days = SHIFT_DAYS, .calendar = calendar},
        {.name = calendar ? "without_calendar" : "with_calendar", .calendar = !calendar},
        {.name = "with_lead", .calendar = calendar, .lead = true},
    };
    vg_status status = make_matrix(work, &matrix);
    memcpy(fit->setting, settings, sizeof settings);
    fit->n_settings = work->measures->without_sensitivity ? 1 : MEASURES_SETTINGS;
    fit->row_place = matrix.place;
    fit->n_used = matrix.n_places;
    struct vg_pool *pool = vg_pool_new(0);
    for (size_t i = 0; status == VG_OK && i < fit->n_settings; i++) {
        if (!vg_progress_report(progress, "effects of measures", (double)i / (double)fit->n_settings)) {
            status = vg_fail(work->error, VG_CANCELLED, "stopped");
            break;
        }
        status = run_setting(work, &matrix, &fit->setting[i], i == 0, pool);
        if (fit->setting[0].estimate.status == VG_SERIES_TOO_FEW) {
            fit->n_settings = 1;
        }
    }
    vg_pool_free(pool);
    return status;
}

/* --------------------------------------------------------------------- job */

static vg_status check_request(const struct vg_measures_request *measures, struct vg_error *error)
{
    if (measures->window_days == 0 || measures->window_days > 28) {
        return vg_fail(error, VG_USAGE_ERROR, "windows of R have 1 to 28 days, not %zu", measures->window_days);
    }
    if (measures->n_draws < 20 || measures->n_draws > 100000) {
        return vg_fail(error, VG_USAGE_ERROR, "from 20 to 100,000 draws are taken of each chain, not %zu", measures->n_draws);
    }
    if (!(measures->least_cases >= 1)) {
        return vg_fail(error, VG_USAGE_ERROR, "R of a window needs 1 case at least");
    }
    return VG_OK;
}

static vg_status gather(struct measures_work *work, struct vg_store *store)
{
    bool is_r = false;
    vg_status status = work->measures->counts_path == NULL ? VG_OK : measures_is_r(work->measures->counts_path, &is_r, work->error);
    if (status == VG_OK && is_r) {
        work->r_source = "the file's own estimates";
        work->disease = work->request->disease;
        status = measures_read_r(work, work->measures->counts_path);
    } else if (status == VG_OK) {
        status = estimate_r(work, store);
    }
    if (status == VG_OK) {
        status = choose_lag(work);
    }
    return status == VG_OK ? measures_read(work) : status;
}

/* A file with estimates of R needs no node of its own but for the shipped places' names. */
static vg_status open_file(const struct vg_measures_request *measures, const char *places_path, struct vg_arena *arena, struct job_file_node *node, struct vg_error *error)
{
    bool is_r = false;
    vg_status status = measures_is_r(measures->counts_path, &is_r, error);
    return status == VG_OK ? job_open_file(is_r ? NULL : measures->counts_path, places_path, measures->intake, arena, node, error) : status;
}

vg_status vg_job_measures(struct vg_store *store, const struct vg_request *request, const struct vg_measures_request *measures, const struct vg_progress *progress,
                          struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error)
{
    struct job_file_node node = {.store = NULL};
    struct measures_fit fit = {.n_settings = 0};
    struct vg_measures_limits unwanted;
    struct measures_work work = {.request = request, .measures = measures, .arena = arena, .error = error, .window_days = (int32_t)measures->window_days};
    vg_status status = check_request(measures, error);
    if (status == VG_OK && store == NULL) {
        status = open_file(measures, request->places_path, arena, &node, error);
    }
    if (status != VG_OK) {
        return status;
    }
    work.place = VG_ARENA_ARRAY(arena, struct measures_place, MEASURES_PLACES_MOST);
    vg_dictionary_init(&work.index, arena);
    work.places = vg_store_place_list(store == NULL ? node.store : store);
    status = work.place == NULL ? vg_fail_memory(error, 0) : gather(&work, store == NULL ? node.store : store);
    if (status == VG_OK) {
        status = measures_fit(&work, progress, &fit);
    }
    if (status == VG_OK) {
        status = measures_write(&work, &fit, answer, limits == NULL ? &unwanted : limits);
    }
    if (store == NULL) {
        job_close_file(&node);
    }
    return status;
}
