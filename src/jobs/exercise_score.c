/*
 * Estimates of this program, or anybody's, against an exercise's truth: as of chosen days, with what a node knew then. Each kind of
 * estimate is a judge (table at the end): further ones, as of chains or genomes, join by a line there. Others' estimates are scored
 * as files of quantiles by the job that scores forecasts.
 */
#include "jobs/exercise_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DATASET "vigia-exercise-cases"
#define DAYS_DEFAULT 8
#define BINS_MAX 4
#define WINDOW_DAYS 7
#define INFECTIOUSNESS_LEAST 10 /* in a window: below it, who came from the next province counts for more than R */

enum { LEVEL_COUNTRY, LEVEL_PROVINCE, LEVELS };
static const char *const level_names[LEVELS] = {"country", "admin1"};

/* What was tallied in one row of the answer. */
struct tally { struct vg_score_tally scores; double difference, truth; size_t n_differences; };

struct scoring {
    const struct vg_exercise_score_request *request;
    const struct exercise_folder *folder;
    struct exercise_truth truth;
    struct vg_store *store;
    const char *dataset;
    struct vg_arena *arena;
    struct vg_answer *answer;
    size_t n_days;
    int32_t days[400];
    struct vg_error *error;
};

/* A range of days behind or before the day of the estimate. */
struct bin { int32_t from, to; const char *name; };

static int level_of(const struct exercise_truth *truth, size_t place)
{
    return truth->parent[place] == UINT32_MAX ? LEVEL_COUNTRY : truth->parent[truth->parent[place]] == UINT32_MAX ? LEVEL_PROVINCE : LEVELS;
}

/* --------------------------------------------------------------------- rows */

static void add_columns(struct vg_table *table)
{
    static const char *const numbers[] = {"coverage_50", "coverage_90", "wis", "bias", "mean_error", "relative_error", "days_to_detection"};
    vg_table_add_column(table, "what", VG_COLUMN_TEXT);
    vg_table_add_column(table, "level", VG_COLUMN_TEXT);
    vg_table_add_column(table, "days", VG_COLUMN_TEXT);
    vg_table_add_column(table, "n", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "without", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
}

static void put_row(struct scoring *scoring, const char *what, int level, const char *days, size_t n, size_t without, const double numbers[7])
{
    struct vg_table *table = &scoring->answer->table;
    vg_table_text(table, what);
    vg_table_text(table, level_names[level]);
    vg_table_text(table, days);
    vg_table_integer(table, (int64_t)n);
    vg_table_integer(table, (int64_t)without);
    for (size_t i = 0; i < 7; i++)
        vg_table_double(table, job_rounded(numbers[i], 4, false));
}

static void put_tally(struct scoring *scoring, const char *what, int level, const char *days, const struct tally *tally, size_t without)
{
    double n = (double)tally->scores.n;
    const double numbers[7] = {(double)tally->scores.inside_50 / n, (double)tally->scores.inside_90 / n, tally->scores.wis / n, tally->scores.bias / n,
                               tally->difference / (double)tally->n_differences, tally->scores.absolute_error / tally->truth, NAN};
    put_row(scoring, what, level, days, tally->scores.n, without, numbers);
}

static void add_to_tally(struct tally *tally, const double *quantiles, double truth)
{
    size_t before = tally->scores.n;
    vg_monitor_tally(&tally->scores, quantiles, truth);
    if (tally->scores.n == before)
        return;
    tally->difference += quantiles[VG_QUANTILE_MEDIAN] - truth;
    tally->truth += truth;
    tally->n_differences++;
}

/* ------------------------------------------------------ quantiles by date */

struct quantile_judge {
    const char *name, *measure;
    vg_job *job;
    const struct bin *bins;
    size_t n_bins;
    int32_t sign;            /* -1: days before the estimate's, 1: after */
    bool takes_method;
    double (*truth_at)(const struct scoring *scoring, size_t place, int32_t date);
};

static void read_quantiles(const struct vg_table *table, const struct vg_column *first, size_t row, double quantiles[VG_QUANTILE_COUNT])
{
    (void)table;
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++)
        quantiles[level] = first[level].missing[row] ? NAN : first[level].values.doubles[row];
}

static void judge_rows(const struct scoring *scoring, const struct quantile_judge *judge, const struct vg_table *table, size_t place, int32_t day, struct tally *tallies)
{
    const struct vg_column *dates = job_column(table, "date"), *quantiles = job_column(table, "q025");
    for (size_t row = 0; dates != NULL && quantiles != NULL && row < table->n_rows; row++) {
        double values[VG_QUANTILE_COUNT];
        int32_t date = dates->values.dates[row], apart = judge->sign * (date - day);
        double truth = judge->truth_at(scoring, place, date);
        read_quantiles(table, quantiles, row, values);
        for (size_t bin = 0; bin < judge->n_bins && !isnan(truth); bin++)
            if (apart >= judge->bins[bin].from && apart <= judge->bins[bin].to)
                add_to_tally(&tallies[bin], values, truth);
    }
}

static vg_status judge_series(const struct scoring *scoring, const struct quantile_judge *judge, size_t place, int32_t day, struct tally *tallies, bool *answered)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    vg_request_init(&request);
    request.dataset = scoring->dataset;
    request.measure = judge->measure;
    request.place = scoring->truth.codes[place];
    request.as_of = day;
    request.method = judge->takes_method ? scoring->request->method : NULL;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = judge->job(scoring->store, &request, &arena, &answer, scoring->error);
    *answered = status == VG_OK && answer.status == VG_SERIES_OK;
    if (*answered)
        judge_rows(scoring, judge, &answer.table, place, day, tallies);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    /* A place that has nothing yet is no fault of the program. */
    return status == VG_DATA_ERROR || status == VG_NOT_FOUND ? VG_OK : status;
}

static vg_status judge_quantiles(struct scoring *scoring, const struct quantile_judge *judge)
{
    struct tally tallies[LEVELS][BINS_MAX] = {0};
    size_t without[LEVELS] = {0}, done = 0;
    vg_status status = VG_OK;
    for (size_t d = 0; d < scoring->n_days && status == VG_OK; d++) {
        if (!vg_progress_report(scoring->request->progress, judge->name, (double)done++ / (double)scoring->n_days))
            return vg_fail(scoring->error, VG_CANCELLED, "cancelled");
        for (size_t place = 0; place < scoring->truth.n_places && status == VG_OK; place++) {
            int level = level_of(&scoring->truth, place);
            bool answered = false;
            if (level == LEVELS)
                continue;
            status = judge_series(scoring, judge, place, scoring->days[d], tallies[level], &answered);
            without[level] += !answered;
        }
    }
    for (int level = 0; level < LEVELS && status == VG_OK; level++)
        for (size_t bin = 0; bin < judge->n_bins; bin++)
            put_tally(scoring, judge->name, level, judge->bins[bin].name, &tallies[level][bin], without[level]);
    return status;
}

static double at(const struct exercise_truth *truth, const double *values, size_t place, int32_t date)
{
    return date < truth->first_date || date >= truth->first_date + (int32_t)truth->n_days ? NAN : values[place * truth->n_days + (size_t)(date - truth->first_date)];
}

/* Whether the method dates cases without an onset, so that all cases are what it is about. */
static bool imputes(const struct scoring *scoring)
{
    const char *method = scoring->request->method;
    return method != NULL && (strcmp(method, "renewal") == 0 || strcmp(method, "nuts") == 0);
}

static double nowcast_truth(const struct scoring *scoring, size_t place, int32_t date)
{
    return at(&scoring->truth, imputes(scoring) ? scoring->truth.cases_true_onset : scoring->truth.cases_onset, place, date);
}

static bool enough(const struct exercise_truth *truth, const double *infectiousness, size_t place, int32_t from, int32_t to)
{
    double sum = 0;
    for (int32_t date = from; date <= to; date++)
        sum += date < truth->first_date || date >= truth->first_date + (int32_t)truth->n_days ? 0 : infectiousness[place * truth->n_days + (size_t)(date - truth->first_date)];
    return sum >= INFECTIOUSNESS_LEAST;
}

/* R by infections in the week around a day, and by onsets in the week that ends with it. */
static double rt_of_infections(const struct exercise_truth *truth, size_t place, int32_t date)
{
    int32_t from = date - WINDOW_DAYS / 2, to = date + WINDOW_DAYS / 2;
    return enough(truth, truth->infectiousness, place, from, to) ? exercise_ratio(truth, truth->infections, truth->imports, truth->infectiousness, place, from, to) : NAN;
}

static double rt_of_onsets(const struct exercise_truth *truth, size_t place, int32_t date)
{
    int32_t from = date - WINDOW_DAYS + 1;
    return enough(truth, truth->onset_infectiousness, place, from, date) ? exercise_ratio(truth, truth->onsets, NULL, truth->onset_infectiousness, place, from, date) : NAN;
}

/* Of onsets over the window that ends that day, as estimators see them; the renewal model speaks of infections, around the day. */
static double rt_truth(const struct scoring *scoring, size_t place, int32_t date)
{
    return imputes(scoring) ? rt_of_infections(&scoring->truth, place, date) : rt_of_onsets(&scoring->truth, place, date);
}

static double report_truth(const struct scoring *scoring, size_t place, int32_t date)
{
    return at(&scoring->truth, scoring->truth.cases_report, place, date);
}

static vg_status judge_nowcast(struct scoring *scoring)
{
    static const struct bin bins[] = {{0, 2, "lag 0-2"}, {3, 6, "lag 3-6"}, {7, 13, "lag 7-13"}, {14, 27, "lag 14-27"}};
    static const struct quantile_judge judge = {"nowcast", "cases_onset", vg_job_nowcast, bins, 4, -1, true, nowcast_truth};
    return judge_quantiles(scoring, &judge);
}

static vg_status judge_rt(struct scoring *scoring)
{
    static const struct bin bins[] = {{0, 6, "lag 0-6"}, {7, 13, "lag 7-13"}, {14, 27, "lag 14-27"}};
    static const struct quantile_judge judge = {"rt", "cases_onset", vg_job_rt, bins, 3, -1, true, rt_truth};
    return judge_quantiles(scoring, &judge);
}

static vg_status judge_forecast(struct scoring *scoring)
{
    static const struct bin bins[] = {{1, 7, "ahead 1-7"}, {8, 14, "ahead 8-14"}, {15, 28, "ahead 15-28"}};
    static const struct quantile_judge judge = {"forecast", "cases_report", vg_job_forecast, bins, 3, 1, false, report_truth};
    return judge_quantiles(scoring, &judge);
}

/* ------------------------------------------------------------------- alarms */

#define RISE_BEFORE_DAYS 10  /* R below 1 for so long ... */
#define RISE_AFTER_DAYS 14   /* ... and then above 1 for so long is a rise */

/* When something began that an alarm should tell: the first local infection, and each time that R came to stay above 1. */
static size_t true_beginnings(const struct scoring *scoring, size_t place, int32_t *beginnings, size_t capacity)
{
    const struct exercise_truth *truth = &scoring->truth;
    size_t n = 0;
    int32_t below = 0;
    for (size_t day = 0; day < truth->n_days && n == 0; day++)
        if (truth->infections[place * truth->n_days + day] > truth->imports[place * truth->n_days + day])
            beginnings[n++] = truth->first_date + (int32_t)day;
    for (int32_t day = WINDOW_DAYS; day + RISE_AFTER_DAYS < (int32_t)truth->n_days && n > 0; day++) {
        bool stays = true;
        for (int32_t ahead = 0; ahead < RISE_AFTER_DAYS && stays; ahead++) {
            int32_t date = truth->first_date + day + ahead;
            stays = exercise_ratio(truth, truth->infections, truth->imports, truth->infectiousness, place, date - WINDOW_DAYS + 1, date) > 1;
            if (ahead == 0 && !stays)
                below++;
        }
        if (stays && below >= RISE_BEFORE_DAYS && n < capacity)
            beginnings[n++] = truth->first_date + day;
        below = stays ? 0 : below;
    }
    return n;
}

/* alarms[place * n_days + day]: whether the place has one as of that day. */
static vg_status alarms_of_day(const struct scoring *scoring, const char *level, int32_t date, uint8_t *alarms)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    vg_request_init(&request);
    request.dataset = scoring->dataset;
    request.level = level;
    request.as_of = date;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = vg_job_alarm(scoring->store, &request, &arena, &answer, scoring->error);
    const struct vg_column *code = job_column(&answer.table, "code"), *alarm = job_column(&answer.table, "alarm");
    for (size_t row = 0; status == VG_OK && code != NULL && alarm != NULL && row < answer.table.n_rows; row++) {
        uint32_t place = vg_dictionary_find(&scoring->truth.by_code, code->values.texts[row]);
        if (place != VG_DICTIONARY_NONE && !alarm->missing[row] && alarm->values.integers[row] != 0)
            alarms[(size_t)place * scoring->truth.n_days + (size_t)(date - scoring->truth.first_date)] = 1;
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status == VG_DATA_ERROR || status == VG_NOT_FOUND ? VG_OK : status;
}

static int compare_doubles(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return one < other ? -1 : one > other;
}

struct detection { double delays[512]; size_t n, missed; };

static void detect(const struct scoring *scoring, size_t place, int32_t beginning, const uint8_t *alarms, struct detection *detection)
{
    const struct exercise_truth *truth = &scoring->truth;
    for (size_t day = (size_t)(beginning - truth->first_date); day < truth->n_days; day++) {
        if (alarms[place * truth->n_days + day] && detection->n < sizeof detection->delays / sizeof *detection->delays) {
            detection->delays[detection->n++] = (double)day - (double)(beginning - truth->first_date);
            return;
        }
    }
    detection->missed++;
}

static void put_detection(struct scoring *scoring, const char *what, int level, struct detection *detection)
{
    double numbers[7] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    qsort(detection->delays, detection->n, sizeof *detection->delays, compare_doubles);
    if (detection->n > 0)
        numbers[6] = vg_quantile_sorted(detection->delays, detection->n, 0.5);
    put_row(scoring, "alarm", level, what, detection->n, detection->missed, numbers);
}

/* The share of days with an alarm while infections fall: R over the former week below 0.9. */
static void put_false_alarms(struct scoring *scoring, int level, const uint8_t *alarms)
{
    const struct exercise_truth *truth = &scoring->truth;
    double numbers[7] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN}, days = 0, with = 0;
    for (size_t place = 0; place < truth->n_places; place++) {
        for (int32_t day = WINDOW_DAYS; level_of(truth, place) == level && day < (int32_t)truth->n_days; day++) {
            int32_t date = truth->first_date + day;
            if (exercise_ratio(truth, truth->infections, truth->imports, truth->infectiousness, place, date - WINDOW_DAYS + 1, date) < 0.9) {
                days++;
                with += alarms[place * truth->n_days + (size_t)day];
            }
        }
    }
    numbers[5] = with / days;
    put_row(scoring, "alarm", level, "while falling", (size_t)days, 0, numbers);
}

static vg_status judge_alarm(struct scoring *scoring)
{
    const struct exercise_truth *truth = &scoring->truth;
    vg_status status = VG_OK;
    uint8_t *alarms = VG_ARENA_ARRAY(scoring->arena, uint8_t, truth->n_places * truth->n_days + 1);
    if (alarms == NULL)
        return vg_fail_memory(scoring->error, truth->n_places * truth->n_days);
    for (size_t day = 0; day < truth->n_days && status == VG_OK; day++) {
        if (!vg_progress_report(scoring->request->progress, "alarms", (double)day / (double)truth->n_days))
            return vg_fail(scoring->error, VG_CANCELLED, "cancelled");
        for (int level = 0; level < LEVELS && status == VG_OK; level++)
            status = alarms_of_day(scoring, level_names[level], truth->first_date + (int32_t)day, alarms);
    }
    for (int level = 0; level < LEVELS && status == VG_OK; level++) {
        struct detection first = {.n = 0}, rises = {.n = 0};
        for (size_t place = 0; place < truth->n_places; place++) {
            int32_t beginnings[8];
            size_t n = level_of(truth, place) == level ? true_beginnings(scoring, place, beginnings, 8) : 0;
            for (size_t i = 0; i < n; i++)
                detect(scoring, place, beginnings[i], alarms, i == 0 ? &first : &rises);
        }
        put_detection(scoring, "after the first infection", level, &first);
        put_detection(scoring, "after R rises above 1", level, &rises);
        put_false_alarms(scoring, level, alarms);
    }
    return status;
}

static const struct { const char *name; vg_status (*judge)(struct scoring *scoring); } judges[] = {
    {"nowcast", judge_nowcast}, {"rt", judge_rt}, {"forecast", judge_forecast}, {"alarm", judge_alarm},
};

/* ------------------------------------------------------------------ the node */

static vg_status load_feed(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows, struct vg_error *error)
{
    struct scoring *scoring = context;
    struct vg_arena arena;
    struct vg_import_outcome outcome;
    if (n_rows == 0 || (strcmp(table->name, "linelist") != 0 && strcmp(table->name, "places") != 0))
        return VG_OK;
    struct vg_import_request request = {.path = file_name, .data = csv->data, .data_bytes = csv->size, .nature = VG_NATURE_SIMULATED};
    request.intake.published = VG_DATE_NONE;
    vg_arena_init(&arena, 0);
    vg_status status = vg_job_import(scoring->store, &request, &arena, &outcome, error);
    vg_arena_release(&arena);
    return status;
}

static bool is_scored(const struct scoring *scoring, int32_t day)
{
    for (size_t i = 0; i < scoring->n_days; i++)
        if (scoring->days[i] == day)
            return true;
    return false;
}

/* A release a week and each that is asked about, in order, as a team would have loaded them. */
static vg_status fill_node(struct scoring *scoring)
{
    vg_status status = VG_OK;
    int32_t last = scoring->folder->last_date;
    for (int32_t day = scoring->folder->first_date + 3; day <= last && status == VG_OK; day++) {
        if (vg_date_weekday(day) != 5 && !is_scored(scoring, day) && day != last)
            continue;
        if (!vg_progress_report(scoring->request->progress, "releases", (double)(day - scoring->folder->first_date) / (double)(last - scoring->folder->first_date)))
            return vg_fail(scoring->error, VG_CANCELLED, "cancelled");
        status = exercise_each_feed(scoring->folder, day, load_feed, scoring, scoring->error);
    }
    return status;
}

static vg_status run_judges(struct scoring *scoring)
{
    vg_status status = VG_OK;
    for (size_t i = 0; i < sizeof judges / sizeof *judges && status == VG_OK; i++)
        status = judges[i].judge(scoring);
    return status;
}

static vg_status score_own_node(struct scoring *scoring)
{
    char folder[JOB_FOLDER_BYTES];
    vg_status status = job_scratch_folder(folder, scoring->error);
    if (status != VG_OK)
        return status;
    status = vg_job_init(folder, scoring->error);
    if (status == VG_OK)
        status = vg_store_open(folder, VG_STORE_WRITE, &scoring->store, scoring->error);
    if (status == VG_OK)
        status = fill_node(scoring);
    if (status == VG_OK)
        status = run_judges(scoring);
    vg_store_close(scoring->store);
    job_remove_folder(folder);
    return status;
}

static vg_status score_node(struct scoring *scoring, const char *node)
{
    vg_status status = vg_store_open(node, VG_STORE_READ, &scoring->store, scoring->error);
    if (status == VG_OK)
        status = run_judges(scoring);
    vg_store_close(scoring->store);
    return status;
}

/* ------------------------------------------------------- others' estimates */

static void put_observation(struct vg_buffer *out, const struct exercise_truth *truth, size_t place, size_t day, const char *target, double value)
{
    char date[VG_DATE_TEXT_BYTES];
    if (isnan(value))
        return;
    (void)vg_date_print(truth->first_date + (int32_t)day, date);
    vg_buffer_format(out, "%s,%s,%s,", date, truth->codes[place], target);
    vg_buffer_double(out, value);
    vg_buffer_char(out, '\n');
}

/* All that can be scored, as a file of observations. */
static void put_observations(const struct scoring *scoring, struct vg_buffer *out)
{
    const struct exercise_truth *truth = &scoring->truth;
    vg_buffer_text(out, "target_end_date,location,target,observation\n");
    for (size_t place = 0; place < truth->n_places; place++) {
        for (size_t day = 0; day < truth->n_days; day++) {
            size_t cell = place * truth->n_days + day;
            int32_t date = truth->first_date + (int32_t)day;
            put_observation(out, truth, place, day, "infections", truth->infections[cell]);
            put_observation(out, truth, place, day, "onsets", truth->onsets[cell]);
            put_observation(out, truth, place, day, "cases_onset", truth->cases_onset[cell]);
            put_observation(out, truth, place, day, "cases_report", truth->cases_report[cell]);
            put_observation(out, truth, place, day, "rt", rt_of_infections(truth, place, date));
            put_observation(out, truth, place, day, "rt_onset", rt_of_onsets(truth, place, date));
        }
    }
}

static vg_status score_file(struct scoring *scoring, const char *path)
{
    char folder[JOB_FOLDER_BYTES], observed[JOB_FOLDER_BYTES + 32];
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_status status = job_scratch_folder(folder, scoring->error);
    if (status != VG_OK)
        return status;
    put_observations(scoring, &text);
    (void)snprintf(observed, sizeof observed, "%s/observed.csv", folder);
    status = text.failed ? vg_fail_memory(scoring->error, text.size) : vg_file_write_atomic(observed, text.data, text.size, scoring->error);
    struct vg_score_request request = {.forecast_paths = &path, .n_forecasts = 1, .observed_path = observed, .by = "target"};
    if (status == VG_OK)
        status = vg_job_score(&request, scoring->arena, scoring->answer, scoring->error);
    vg_buffer_release(&text);
    job_remove_folder(folder);
    return status;
}

/* ----------------------------------------------------------------------- job */

/* Evenly spread, beginning when there is something to estimate and ending when its truth can be told. */
static vg_status choose_days(struct scoring *scoring)
{
    const struct vg_exercise_score_request *request = scoring->request;
    int32_t first = scoring->folder->first_date + 40, last = scoring->folder->last_date - 28;
    if (request->n_days > sizeof scoring->days / sizeof *scoring->days)
        return vg_fail(scoring->error, VG_LIMIT_EXCEEDED, "at most 400 days can be scored at a time");
    for (size_t i = 0; i < request->n_days; i++) {
        if (request->days[i] < scoring->folder->first_date || request->days[i] > scoring->folder->last_date)
            return vg_fail(scoring->error, VG_USAGE_ERROR, "a day to score lies outside of the exercise");
        scoring->days[scoring->n_days++] = request->days[i];
    }
    if (request->n_days == 0 && last < first)
        return vg_fail(scoring->error, VG_DATA_ERROR, "the exercise is too short to choose days: give them");
    for (int i = 0; request->n_days == 0 && i < DAYS_DEFAULT; i++)
        scoring->days[scoring->n_days++] = first + (last - first) * i / (DAYS_DEFAULT - 1);
    return VG_OK;
}

vg_status vg_job_exercise_score(const struct vg_exercise_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exercise_folder folder;
    struct stat facts;
    struct scoring scoring = {.request = request, .folder = &folder, .arena = arena, .answer = answer, .dataset = DATASET, .error = error};
    vg_status status = exercise_open(request->folder, request->key_path, arena, &folder, error);
    if (status == VG_OK)
        status = choose_days(&scoring);
    if (status == VG_OK)
        status = exercise_truth_load(&folder, arena, &scoring.truth, error);
    bool is_folder = request->subject != NULL && stat(request->subject, &facts) == 0 && S_ISDIR(facts.st_mode);
    if (status == VG_OK && request->subject != NULL && !is_folder) {
        status = score_file(&scoring, request->subject);
    } else if (status == VG_OK) {
        add_columns(&answer->table);
        status = is_folder ? score_node(&scoring, request->subject) : score_own_node(&scoring);
    }
    vg_seal_key_clear(&folder.key);
    return status;
}
