/*
 * Case fatality of series of cases and deaths: every place and group, all days together, rolling, or day by day; newest days
 * corrected for reports to come where the dataset has a history of reports.
 */
#include "jobs/severity/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AGE_TOP 90
#define AGE_OPEN 120
#define DAYS_MOST 20000

/* Cases and deaths of one key over the same steps. */
struct pair_series {
    int32_t start, step;
    size_t n, n_missing, n_negative;
    double *cases, *deaths, *reported;
    bool corrected;
};

static vg_status read_one(struct severity_work *work, const struct job_series_key *key, const struct vg_measure *measure, struct vg_series *series)
{
    const struct vg_cube_filter filter = {.dataset = work->dataset.name,
                                          .measure = measure->name,
                                          .place = key->place,
                                          .group = key->group,
                                          .from = work->request->from,
                                          .to = work->request->to,
                                          .as_of = work->request->as_of,
                                          .step_days = (int)work->request->step_days};
    return vg_store_series(work->store, &filter, work->arena, series, work->error);
}

static void place_values(struct pair_series *pair, const struct vg_series *series, double *values)
{
    for (size_t i = 0; i < series->n_values; i++) {
        size_t at = (size_t)((series->start - pair->start) / pair->step) + i;
        double value = series->values[i];
        pair->n_missing += isnan(value) ? 1 : 0;
        pair->n_negative += value < 0 ? 1 : 0;
        values[at] = value > 0 ? value : 0;
    }
}

/* Share of each step's count that is known by now, by the delays of reports; 1 where there is no history to learn them from. */
static vg_status known_shares(struct severity_work *work, const struct job_series_key *key, const struct vg_measure *measure, const struct pair_series *pair,
                              double *share, bool *found)
{
    struct vg_request request = *work->request;
    struct job_context context;
    struct vg_triangle triangle;
    struct vg_delay_estimate delays;
    struct vg_answer none;
    struct vg_error ignored;
    *found = false;
    for (size_t t = 0; t < pair->n; t++) {
        share[t] = 1;
    }
    if (!measure->delayed || work->severity->as_reported) {
        return VG_OK;
    }
    request.dataset = work->dataset.name;
    request.measure = measure->name;
    request.place = key->place;
    request.group = key->group;
    vg_answer_init(&none, work->arena);
    vg_status status = job_context_open(&context, work->store, &request, work->arena, &none, JOB_ANY_MEASURE, &ignored);
    status = status == VG_OK ? job_triangle(&context, &triangle) : status;
    status = status == VG_OK ? vg_monitor_delays(&triangle, 0, work->arena, &delays, &ignored) : status;
    vg_answer_release(&none);
    if (status == VG_OK && delays.status == VG_SERIES_OK) {
        *found = true;
        for (size_t t = 0; t < pair->n; t++) {
            int64_t age = ((int64_t)triangle.as_of - ((int64_t)pair->start + (int64_t)t * pair->step)) / pair->step;
            share[t] = age < 0 ? 0 : age < (int64_t)delays.n_delays ? fmin(1, delays.cumulative[age]) : 1;
        }
    }
    return status == VG_SYSTEM_ERROR ? vg_fail(work->error, status, "%s", ignored.message) : VG_OK;
}

/* Cases are scaled up by what is not reported yet; of days of which under a tenth is known nothing is made. */
static vg_status correct(struct severity_work *work, const struct job_series_key *key, struct pair_series *pair)
{
    double *share = VG_ARENA_ARRAY(work->arena, double, pair->n + 1);
    bool of_cases = false, of_deaths = false;
    pair->reported = VG_ARENA_ARRAY(work->arena, double, pair->n + 1);
    if (share == NULL || pair->reported == NULL) {
        return vg_fail_memory(work->error, pair->n * sizeof *share);
    }
    vg_status status = known_shares(work, key, work->cases, pair, share, &of_cases);
    status = status == VG_OK ? known_shares(work, key, work->deaths, pair, pair->reported, &of_deaths) : status;
    for (size_t t = 0; t < pair->n; t++) {
        pair->cases[t] /= share[t] >= 0.1 ? share[t] : 1;
    }
    pair->corrected = of_cases || of_deaths;
    pair->reported = of_deaths ? pair->reported : NULL;
    return status;
}

static vg_status read_pair(struct severity_work *work, const struct job_series_key *key, struct pair_series *pair)
{
    struct vg_series cases, deaths;
    vg_status status = read_one(work, key, work->cases, &cases);
    status = status == VG_OK ? read_one(work, key, work->deaths, &deaths) : status;
    *pair = (struct pair_series){.n = 0};
    if (status != VG_OK || cases.n_values == 0) {
        return status;
    }
    if (deaths.n_values == 0) {
        deaths.start = cases.start;
    }
    int64_t step = cases.step_days, end = cases.start + step * (int64_t)cases.n_values, last = deaths.start + step * (int64_t)deaths.n_values;
    pair->step = (int32_t)step;
    pair->start = deaths.start < cases.start ? cases.start - (int32_t)((cases.start - deaths.start + step - 1) / step * step) : cases.start;
    pair->n = (size_t)(((last > end ? last : end) - pair->start + step - 1) / step);
    if (pair->n > DAYS_MOST) {
        return vg_fail(work->error, VG_DATA_ERROR, "the series are %zu steps long; dates far apart from all others are usually errors of typing (--from, --to)",
                       pair->n);
    }
    pair->cases = VG_ARENA_ARRAY(work->arena, double, pair->n + 2);
    pair->deaths = VG_ARENA_ARRAY(work->arena, double, pair->n + 2);
    if (pair->cases == NULL || pair->deaths == NULL) {
        return vg_fail_memory(work->error, pair->n * sizeof(double));
    }
    place_values(pair, &cases, pair->cases);
    place_values(pair, &deaths, pair->deaths);
    return correct(work, key, pair);
}

static struct vg_severity_settings settings_of(const struct severity_work *work, int32_t step)
{
    struct vg_interval_law law = step == 1 ? work->delay : vg_interval_law_of(work->delay.family, work->delay.mean / step, vg_interval_sd(&work->delay) / step);
    return (struct vg_severity_settings){law, work->severity->whole_days || step > 1 ? VG_DELAY_DAYS : VG_DELAY_DENSITY, work->severity->mean_error,
                                         work->severity->sd_error};
}

/* ------------------------------------------------------------------- tables */

static void ratio_columns(struct vg_table *table)
{
    static const char *const texts[] = {"place", "group"};
    static const char *const counts[] = {"cases", "deaths", "expected_outcomes"};
    for (size_t i = 0; i < 2; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "from", VG_COLUMN_DATE);
    vg_table_add_column(table, "to", VG_COLUMN_DATE);
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(table, counts[i], VG_COLUMN_DOUBLE);
    }
    severity_estimate_columns(table, "naive", "naive_low", "naive_high");
    severity_estimate_columns(table, "corrected", "corrected_low", "corrected_high");
    severity_estimate_columns(table, "profile", "profile_low", "profile_high");
    severity_estimate_columns(table, "ascertainment", "ascertainment_low", "ascertainment_high");
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
}

static void put_ratio(struct severity_work *work, const struct job_series_key *key, int32_t from, int32_t to, const struct vg_severity_ratio *ratio)
{
    struct vg_table *table = &work->answer->table;
    const struct vg_severity_estimate *estimates[] = {&ratio->naive, &ratio->corrected, &ratio->profile};
    const double counts[] = {ratio->cases, ratio->deaths, ratio->outcomes};
    vg_table_text(table, key->place);
    vg_table_text(table, key->group);
    vg_table_date(table, from);
    vg_table_date(table, to);
    for (size_t i = 0; i < 3; i++) {
        vg_table_double(table, job_rounded(counts[i], 6, true));
    }
    for (size_t i = 0; i < 3; i++) {
        severity_estimate_cells(table, estimates[i]);
    }
    struct vg_severity_estimate share = vg_severity_ascertainment(&work->baseline, isnan(ratio->corrected.value) ? &ratio->profile : &ratio->corrected);
    severity_estimate_cells(table, &share);
    vg_table_text(table, vg_severity_status_name(ratio->status));
}

static vg_status put_ratios(struct severity_work *work, const struct job_series_key *key, const struct pair_series *pair, bool rolling,
                            struct vg_severity_ratio *last)
{
    struct vg_severity_settings settings = settings_of(work, pair->step);
    size_t step = rolling && work->severity->rolling_days > 0 ? (size_t)((work->severity->rolling_days + pair->step - 1) / pair->step) : 1;
    for (size_t n = rolling ? (pair->n - 1) % step + 1 : pair->n; n <= pair->n && n > 0; n += step) {
        struct vg_arena scratch;
        vg_arena_init(&scratch, 0);
        /* What was expected to be reported is known of the newest day alone, so earlier rows take reports as complete. */
        const double *reported = n == pair->n ? pair->reported : NULL;
        vg_status status = vg_severity_ratio(pair->cases, pair->deaths, reported, n, &settings, &scratch, last, work->error);
        vg_arena_release(&scratch);
        if (status != VG_OK) {
            return status;
        }
        put_ratio(work, key, pair->start, pair->start + (int32_t)(n - 1) * pair->step, last);
    }
    return VG_OK;
}

static vg_status put_course(struct severity_work *work, const struct job_series_key *key, const struct pair_series *pair)
{
    struct vg_table *table = &work->answer->table;
    struct vg_severity_settings settings = settings_of(work, pair->step);
    struct vg_severity_course course;
    enum vg_severity_estimate_status how;
    double *weights = VG_ARENA_ARRAY(work->arena, double, pair->n + 1), *outcomes = VG_ARENA_ARRAY(work->arena, double, pair->n + 1);
    if (weights == NULL || outcomes == NULL) {
        return vg_fail_memory(work->error, pair->n * sizeof *weights);
    }
    vg_severity_delay(&settings.delay, settings.way, pair->n, weights);
    vg_severity_outcomes(pair->cases, pair->reported, pair->n, weights, outcomes);
    vg_status status = vg_severity_through_time(pair->deaths, outcomes, pair->n, work->arena, &course, &how, work->error);
    for (size_t t = 0; status == VG_OK && t < (how == VG_SEVERITY_OK ? pair->n : 1); t++) {
        bool ok = how == VG_SEVERITY_OK;
        const struct vg_severity_estimate estimate = {ok ? course.median[t] : NAN, ok ? course.low[t] : NAN, ok ? course.high[t] : NAN};
        struct vg_severity_estimate share = vg_severity_ascertainment(&work->baseline, &estimate);
        vg_table_text(table, key->place);
        vg_table_text(table, key->group);
        vg_table_date(table, ok ? pair->start + (int32_t)t * pair->step : VG_DATE_NONE);
        vg_table_double(table, ok ? pair->deaths[t] : NAN);
        vg_table_double(table, ok ? job_rounded(outcomes[t], 6, true) : NAN);
        severity_estimate_cells(table, &estimate);
        severity_estimate_cells(table, &share);
        vg_table_text(table, vg_severity_status_name(how));
    }
    return status;
}

static void course_columns(struct vg_table *table)
{
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(table, "group", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "deaths", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "expected_outcomes", VG_COLUMN_DOUBLE);
    severity_estimate_columns(table, "ratio", "low", "high");
    severity_estimate_columns(table, "ascertainment", "ascertainment_low", "ascertainment_high");
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
}

/* ---------------------------------------------------------- standardisation */

struct standard {
    struct job_frame frame;
    size_t group, weight_column;
    double *weight; /* [row] */
    bool *taken;    /* [row] by a series */
};

/* "60-79", "age:60-79", "80+"; up to 120 is what has no end. */
static bool age_band(struct vg_text name, int64_t *low, int64_t *high)
{
    struct vg_text text = name.size > 4 && memcmp(name.data, "age:", 4) == 0 ? vg_text_of(name.data + 4, name.size - 4) : name;
    const char *dash = text.size == 0 ? NULL : memchr(text.data, '-', text.size);
    bool open = text.size > 1 && text.data[text.size - 1] == '+';
    *high = AGE_OPEN;
    size_t first = dash != NULL ? (size_t)(dash - text.data) : text.size - (open ? 1 : 0);
    bool reads = (dash != NULL || open) && vg_parse_integer(vg_text_of(text.data, first), low) &&
                 (dash == NULL || vg_parse_integer(vg_text_of(dash + 1, text.size - first - 1), high));
    *high = *high > AGE_OPEN ? AGE_OPEN : *high;
    return reads;
}

static bool same_group(struct vg_text a, struct vg_text b)
{
    int64_t low[2], high[2];
    return vg_text_equal(a, b) || (age_band(a, &low[0], &high[0]) && age_band(b, &low[1], &high[1]) && low[0] == low[1] && high[0] == high[1]);
}

/* Row of a group; SIZE_MAX: the standard population does not have it. */
static size_t row_of(const struct standard *standard, const char *group)
{
    size_t row = 0;
    while (group != NULL && row < standard->frame.n_rows && !same_group(job_frame_cell(&standard->frame, row, standard->group), vg_text_from(group))) {
        row++;
    }
    return group == NULL || row == standard->frame.n_rows ? SIZE_MAX : row;
}

static vg_status check_standard(const struct standard *standard)
{
    const struct job_frame *frame = &standard->frame;
    for (size_t row = 0; row < frame->n_rows; row++) {
        if (isnan(standard->weight[row])) {
            return job_frame_bad(frame, row, standard->weight_column, "a weight of 0 or more");
        }
        for (size_t other = 0; other < row; other++) {
            if (same_group(job_frame_cell(frame, row, standard->group), job_frame_cell(frame, other, standard->group))) {
                return job_frame_bad(frame, row, standard->group, "a group that no other row has");
            }
        }
    }
    return VG_OK;
}

static vg_status read_standard(struct severity_work *work, struct standard *standard)
{
    vg_status status = job_frame_open(work->severity->standard_path, work->arena, &standard->frame, work->error);
    if (status != VG_OK) {
        return status;
    }
    standard->group = vg_reader_find_column(standard->frame.reader, "group|age_group|age|ages|grupo|edad|tranche");
    standard->weight_column = vg_reader_find_column(standard->frame.reader, "weight|population|share|cases|peso|poblacion|poids");
    standard->taken = VG_ARENA_ARRAY(work->arena, bool, standard->frame.n_rows);
    status = standard->taken == NULL ? vg_fail_memory(work->error, standard->frame.n_rows)
             : standard->group == VG_READER_NO_COLUMN || standard->weight_column == VG_READER_NO_COLUMN
                 ? vg_fail(work->error, VG_DATA_ERROR, "%s: a standard population has columns group and weight", work->severity->standard_path)
                 : job_frame_numbers(&standard->frame, standard->weight_column, 0, 1e12, "a weight of 0 or more", &standard->weight);
    status = status == VG_OK ? check_standard(standard) : status;
    if (status != VG_OK) {
        job_frame_close(&standard->frame);
    }
    return status;
}

/* A weight that no series takes would be left out in silence, and the rest be taken for the whole. */
static vg_status check_taken(const struct severity_work *work, const struct standard *standard)
{
    for (size_t row = 0; row < standard->frame.n_rows; row++) {
        if (standard->weight[row] > 0 && !standard->taken[row]) {
            struct vg_text group = job_frame_cell(&standard->frame, row, standard->group);
            return vg_fail(work->error, VG_DATA_ERROR,
                           "%s, line %llu: no series is of the group \"%.*s\"; the standard population's groups are those of "
                           "the data (--age-width makes them of a line list)",
                           standard->frame.path, (unsigned long long)standard->frame.lines[row], group.size > 60 ? 60 : (int)group.size, group.data);
        }
    }
    return VG_OK;
}

struct standardising {
    struct vg_severity_estimate *groups; /* by the standard's rows */
    size_t n;                            /* of them found in the place */
    const char *place;
    double cases, deaths;
};

static void next_place(const struct standard *standard, struct standardising *now)
{
    *now = (struct standardising){.groups = now->groups};
    for (size_t row = 0; row < standard->frame.n_rows; row++) {
        now->groups[row] = (struct vg_severity_estimate){NAN, NAN, NAN};
    }
}

static vg_status put_standardised(struct severity_work *work, const struct standard *standard, struct standardising *now)
{
    struct vg_severity_ratio row = {VG_SEVERITY_OK, now->cases, now->deaths, NAN, {NAN, NAN, NAN}, {NAN, NAN, NAN}, {NAN, NAN, NAN}};
    const struct job_series_key key = {now->place, "standardised", NULL};
    if (now->n == 0) {
        return VG_OK;
    }
    vg_status status =
        vg_severity_standardised(now->groups, standard->weight, standard->frame.n_rows, work->request->seed, work->arena, &row.profile, work->error);
    if (status == VG_OK) {
        row.status = isnan(row.profile.value) ? VG_SEVERITY_TOO_FEW : VG_SEVERITY_OK;
        put_ratio(work, &key, VG_DATE_NONE, VG_DATE_NONE, &row);
        if (row.status != VG_SEVERITY_OK) {
            severity_say(work, "Where a group of the standard population has no ratio there is no standardised one: the groups "
                               "that are left would stand for "
                               "other ages.");
        }
    }
    next_place(standard, now);
    return status;
}

/* --------------------------------------------------------------------- keys */

static vg_status list_keys(struct severity_work *work, struct job_series_key **keys, size_t *n_keys)
{
    struct vg_request request = *work->request;
    struct job_series_key *base = NULL;
    size_t n_base = 0;
    request.measure = work->cases->name;
    vg_status status = job_list_series(work->store, &work->dataset, VG_FILTER_SERIES, &request, work->arena, &base, &n_base, work->error);
    int64_t width = work->severity->age_width;
    if (status != VG_OK || work->dataset.kind != VG_DATASET_CASES || width <= 0 || request.group != NULL) {
        *keys = base;
        *n_keys = n_base;
        return status;
    }
    size_t n_bands = (size_t)(AGE_TOP / width) + 1;
    *keys = VG_ARENA_ARRAY(work->arena, struct job_series_key, n_base * n_bands + 1);
    *n_keys = 0;
    for (size_t i = 0; *keys != NULL && i < n_base; i++) {
        for (int64_t low = 0; low <= AGE_TOP; low += width) {
            int64_t high = low + width > AGE_TOP ? 120 : low + width - 1;
            (*keys)[(*n_keys)++] =
                (struct job_series_key){base[i].place, vg_arena_format(work->arena, "age:%lld-%lld", (long long)low, (long long)high), base[i].measure};
        }
    }
    return work->arena->failed ? vg_fail_memory(work->error, 0) : VG_OK;
}

static void say_of_pair(struct severity_work *work, const struct pair_series *pair, const struct vg_severity_ratio *ratio)
{
    if (pair->n_negative > 0) {
        severity_say(work, "Some counts are negative, corrections of days that nobody names; they are taken as none, so totals "
                           "may be a little high.");
    }
    if (pair->n_missing > 0) {
        severity_say(work, "Some days have no report; they are taken as days without cases or deaths.");
    }
    if (pair->corrected) {
        severity_say(work, "Newest days are corrected for reports still to come, by the delays of past reports (--as-reported: not).");
    }
    if (ratio != NULL && ratio->status == VG_SEVERITY_DEATHS_OVER_OUTCOMES) {
        severity_say(work, "Where more have died than should be over by the assumed delay (deaths_over_outcomes) there is no corrected ratio: "
                           "the delay is too "
                           "long or cases are missed. The profile likelihood, which knows the delay to be uncertain, says what can be said.");
    }
    if (ratio != NULL && ratio->status == VG_SEVERITY_DEATHS_OVER_CASES) {
        severity_say(work, "Where deaths are more than cases the two do not belong together: other dates, other places, or "
                           "deaths of earlier cases (--from).");
    }
}

/* standard NULL: none is asked for. */
static vg_status one_key(struct severity_work *work, const struct job_series_key *key, const char *show, struct standard *standard, struct standardising *now)
{
    struct pair_series pair;
    struct vg_severity_ratio ratio = {.status = VG_SEVERITY_TOO_FEW};
    bool course = strcmp(show, "course") == 0;
    size_t row = standard == NULL ? SIZE_MAX : row_of(standard, key->group);
    if (row != SIZE_MAX) {
        standard->taken[row] = true;
        now->place = key->place;
        now->n++;
    }
    vg_status status = read_pair(work, key, &pair);
    if (status == VG_DATA_ERROR || (status == VG_OK && pair.n == 0)) { /* a series that fails never stops the others */
        const struct vg_severity_ratio none = {VG_SEVERITY_TOO_FEW, 0, 0, 0, {NAN, NAN, NAN}, {NAN, NAN, NAN}, {NAN, NAN, NAN}};
        if (!course) {
            put_ratio(work, key, VG_DATE_NONE, VG_DATE_NONE, &none);
        }
        return VG_OK;
    }
    if (status == VG_OK) {
        status = course ? put_course(work, key, &pair) : put_ratios(work, key, &pair, strcmp(show, "rolling") == 0, &ratio);
    }
    if (status == VG_OK) {
        say_of_pair(work, &pair, course ? NULL : &ratio);
    }
    if (row != SIZE_MAX) {
        now->groups[row] = ratio.profile;
        now->cases += ratio.cases;
        now->deaths += ratio.deaths;
    }
    return status;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare_keys(const void *a, const void *b)
{
    const struct job_series_key *left = a, *right = b;
    int places = compare_texts(left->place, right->place);
    return places != 0 ? places : compare_texts(left->group, right->group);
}

/* All series, and after those of each place its standardised ratio. */
static vg_status each_key(struct severity_work *work, struct job_series_key *keys, size_t n_keys, const char *show, struct standard *standard)
{
    struct standardising now = {.groups = standard == NULL ? NULL : VG_ARENA_ARRAY(work->arena, struct vg_severity_estimate, standard->frame.n_rows)};
    vg_status status = VG_OK;
    if (standard != NULL && now.groups == NULL) {
        return vg_fail_memory(work->error, standard->frame.n_rows * sizeof *now.groups);
    }
    if (standard != NULL) {
        next_place(standard, &now);
        qsort(keys, n_keys, sizeof *keys, compare_keys); /* counts come group by group */
    }
    for (size_t i = 0; status == VG_OK && i < n_keys; i++) {
        status = now.n > 0 && compare_texts(keys[i].place, now.place) != 0 ? put_standardised(work, standard, &now) : VG_OK;
        status = status == VG_OK ? one_key(work, &keys[i], show, standard, &now) : status;
    }
    status = status == VG_OK && standard != NULL ? put_standardised(work, standard, &now) : status;
    return status == VG_OK && standard != NULL ? check_taken(work, standard) : status;
}

vg_status severity_series(struct severity_work *work)
{
    struct job_series_key *keys = NULL;
    struct standard standard = {.group = 0};
    size_t n_keys = 0;
    const char *show = work->severity->show == NULL ? "ratio" : work->severity->show;
    bool standardise = work->severity->standard_path != NULL;
    vg_status status =
        standardise ? strcmp(show, "ratio") == 0 ? read_standard(work, &standard) : vg_fail(work->error, VG_USAGE_ERROR, "--standard goes with --show ratio")
                    : VG_OK;
    if (status != VG_OK) {
        return status;
    }
    status = list_keys(work, &keys, &n_keys);
    if (strcmp(show, "course") == 0) {
        course_columns(&work->answer->table);
    } else {
        ratio_columns(&work->answer->table);
    }
    status = status == VG_OK ? each_key(work, keys, n_keys, show, standardise ? &standard : NULL) : status;
    if (standardise) {
        job_frame_close(&standard.frame);
    }
    return status;
}
