/*
 * Estimates of this program as of chosen days, with what a node knew then, against an exercise's truth. Each kind of estimate is a judge (table at the end; those of chains and
 * of demand have files of their own): further ones, as of plans, join by a line there. Beside each stands what somebody would have done without it, the baseline.
 */
#include "jobs/exercise/genomes.h"
#include "jobs/alarm/alarm.h"

#include <math.h>
#include <string.h>

#define BINS_MAX 4
#define WINDOW_DAYS 7
#define INFECTIOUSNESS_LEAST 10 /* in a window: below it, who came from the next province counts for more than R */

enum { LEVEL_COUNTRY, LEVEL_PROVINCE, LEVELS };
static const char *const level_names[LEVELS] = {"country", "admin1"};

/* A range of days behind or before the day of the estimate. */
struct bin { int32_t from, to; const char *name; };

static int level_of(const struct exercise_truth *truth, size_t place)
{
    return truth->parent[place] == UINT32_MAX ? LEVEL_COUNTRY : truth->parent[truth->parent[place]] == UINT32_MAX ? LEVEL_PROVINCE : LEVELS;
}

const char *exercise_level_of(const struct exercise_truth *truth, size_t place)
{
    int level = level_of(truth, place);
    return level == LEVELS ? NULL : level_names[level];
}

/* ------------------------------------------------------ quantiles by date */

struct quantile_judge {
    const char *name, *measure;
    vg_job *job;
    const struct bin *bins;
    size_t n_bins;
    int32_t sign;            /* -1: days before the estimate's, 1: after */
    bool takes_method, is_count, by_weeks, knows_interval; /* knows_interval: of transmission, from the truth */
    double (*truth_at)(const struct exercise_judging *judging, size_t place, int32_t date);
    /* The same job with another measure or method; neither: the column of the answer that holds the counts as they stood. */
    const char *baseline_measure, *baseline_method, *baseline_column;
};

/* One answer of a job, released by end_asking. */
struct asked { struct vg_arena arena; struct vg_answer answer; bool answered; };

/* A place that has nothing yet is no fault of the program. */
static vg_status ask(const struct exercise_judging *judging, const struct quantile_judge *judge, bool baseline, size_t place, int32_t day, struct asked *asked)
{
    struct vg_request request;
    vg_request_init(&request);
    request.dataset = judging->dataset;
    request.measure = baseline && judge->baseline_measure != NULL ? judge->baseline_measure : judge->measure;
    request.place = judging->truth->codes[place];
    request.as_of = day;
    request.method = baseline ? judge->baseline_method : judge->takes_method ? judging->method : NULL;
    request.step_days = judge->by_weeks ? 7 : 0;
    const struct vg_given_interval interval = {judging->truth->generation, 1, judging->truth->n_generation, judging->truth->generation_mean, judging->truth->generation_sd,
                                               "the exercise's truth"};
    const struct vg_rt_request knowing = {.interval = &interval};
    request.rt = judge->knows_interval && !baseline ? &knowing : NULL;
    vg_arena_init(&asked->arena, 0);
    vg_answer_init(&asked->answer, &asked->arena);
    vg_status status = judge->job(judging->store, &request, &asked->arena, &asked->answer, judging->error);
    asked->answered = status == VG_OK && asked->answer.status == VG_SERIES_OK;
    return status == VG_DATA_ERROR || status == VG_NOT_FOUND ? VG_OK : status;
}

static void end_asking(struct asked *asked)
{
    vg_answer_release(&asked->answer);
    vg_arena_release(&asked->arena);
}

static void read_quantiles(const struct vg_column *first, size_t row, double quantiles[VG_QUANTILE_COUNT])
{
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++)
        quantiles[level] = first[level].missing[row] ? NAN : first[level].values.doubles[row];
}

/* The baseline's quantiles for a date: a column's number at all levels, or those of the other answer. False: it has none. */
static bool baseline_at(const struct quantile_judge *judge, const struct vg_table *own, size_t own_row, const struct vg_table *other, double quantiles[VG_QUANTILE_COUNT])
{
    int32_t date = job_column(own, "date")->values.dates[own_row];
    if (judge->baseline_column != NULL) {
        const struct vg_column *counts = job_column(own, judge->baseline_column);
        for (size_t level = 0; counts != NULL && level < VG_QUANTILE_COUNT; level++)
            quantiles[level] = counts->missing[own_row] ? NAN : counts->values.doubles[own_row];
        return counts != NULL;
    }
    const struct vg_column *dates = other == NULL ? NULL : job_column(other, "date"), *first = other == NULL ? NULL : job_column(other, "q025");
    for (size_t row = 0; dates != NULL && first != NULL && row < other->n_rows; row++) {
        if (dates->values.dates[row] == date) {
            read_quantiles(first, row, quantiles);
            return true;
        }
    }
    return false;
}

static void judge_rows(const struct exercise_judging *judging, const struct quantile_judge *judge, const struct vg_table *table, const struct vg_table *other, size_t place,
                       int32_t day, const char *level, struct exercise_scores *scores)
{
    const struct vg_column *dates = job_column(table, "date"), *first = job_column(table, "q025");
    for (size_t row = 0; dates != NULL && first != NULL && row < table->n_rows; row++) {
        double values[VG_QUANTILE_COUNT], baseline[VG_QUANTILE_COUNT];
        int32_t date = dates->values.dates[row], apart = judge->by_weeks ? (int32_t)job_column(table, "horizon")->values.integers[row] : judge->sign * (date - day);
        double truth = judge->truth_at(judging, place, date);
        for (size_t bin = 0; bin < judge->n_bins && !isnan(truth); bin++) {
            if (apart < judge->bins[bin].from || apart > judge->bins[bin].to)
                continue;
            read_quantiles(first, row, values);
            bool compared = baseline_at(judge, table, row, other, baseline);
            exercise_score_take(exercise_scores_row(scores, judge->name, level, judge->bins[bin].name), values, compared ? baseline : NULL, judge->is_count, truth);
            if (judging->each != NULL)
                judging->each(judging->context, &(struct exercise_judged){judge->name, level, judging->truth->codes[place], day, date, truth, values, compared ? baseline : NULL});
        }
    }
}

static vg_status judge_series(const struct exercise_judging *judging, const struct quantile_judge *judge, size_t place, int32_t day, const char *level,
                              struct exercise_scores *scores)
{
    struct asked own, other;
    bool asks = judge->baseline_column == NULL;
    vg_status status = ask(judging, judge, false, place, day, &own);
    if (own.answered) {
        if (asks)
            status = ask(judging, judge, true, place, day, &other);
        if (status == VG_OK)
            judge_rows(judging, judge, &own.answer.table, asks && other.answered ? &other.answer.table : NULL, place, day, level, scores);
        if (asks)
            end_asking(&other);
    }
    for (size_t bin = 0; bin < judge->n_bins; bin++)
        exercise_scores_row(scores, judge->name, level, judge->bins[bin].name)->without += !own.answered;
    end_asking(&own);
    return status;
}

static vg_status judge_quantiles(const struct exercise_judging *judging, const struct quantile_judge *judge, struct vg_arena *arena, struct exercise_scores *scores)
{
    struct exercise_scores *of_day = VG_ARENA_ARRAY(arena, struct exercise_scores, 1);
    vg_status status = of_day == NULL ? vg_fail_memory(judging->error, sizeof *of_day) : VG_OK;
    for (int level = 0; level < LEVELS; level++) /* rows in this order, whatever comes first */
        for (size_t bin = 0; bin < judge->n_bins; bin++)
            (void)exercise_scores_row(scores, judge->name, level_names[level], judge->bins[bin].name);
    for (size_t d = 0; d < judging->n_days && status == VG_OK; d++) {
        if (!vg_progress_report(judging->progress, judge->name, (double)d / (double)judging->n_days))
            return vg_fail(judging->error, VG_CANCELLED, "cancelled");
        of_day->n_rows = 0;
        for (size_t place = 0; place < judging->truth->n_places && status == VG_OK; place++) {
            int level = level_of(judging->truth, place);
            if (level != LEVELS)
                status = judge_series(judging, judge, place, judging->days[d], level_names[level], of_day);
        }
        exercise_scores_add(scores, of_day);
    }
    return status;
}

static double at(const struct exercise_truth *truth, const double *values, size_t place, int32_t date)
{
    return date < truth->first_date || date >= truth->first_date + (int32_t)truth->n_days ? NAN : values[place * truth->n_days + (size_t)(date - truth->first_date)];
}

/* Whether the method dates cases without an onset, so that all cases are what it is about. */
static bool imputes(const struct exercise_judging *judging)
{
    const char *method = judging->method;
    return method != NULL && (strcmp(method, "renewal") == 0 || strcmp(method, "nuts") == 0);
}

static double nowcast_truth(const struct exercise_judging *judging, size_t place, int32_t date)
{
    return at(judging->truth, imputes(judging) ? judging->truth->cases_true_onset : judging->truth->cases_onset, place, date);
}

static bool enough(const struct exercise_truth *truth, const double *infectiousness, size_t place, int32_t from, int32_t to)
{
    double sum = 0;
    for (int32_t date = from; date <= to; date++)
        sum += date < truth->first_date || date >= truth->first_date + (int32_t)truth->n_days ? 0 : infectiousness[place * truth->n_days + (size_t)(date - truth->first_date)];
    return sum >= INFECTIOUSNESS_LEAST;
}

/* R by infections in the week around a day, and by onsets in the week that ends with it. */
double exercise_rt_of_infections(const struct exercise_truth *truth, size_t place, int32_t date)
{
    int32_t from = date - WINDOW_DAYS / 2, to = date + WINDOW_DAYS / 2;
    return enough(truth, truth->infectiousness, place, from, to) ? exercise_ratio(truth, truth->infections, truth->imports, truth->infectiousness, place, from, to) : NAN;
}

double exercise_rt_of_onsets(const struct exercise_truth *truth, size_t place, int32_t date)
{
    int32_t from = date - WINDOW_DAYS + 1;
    return enough(truth, truth->onset_infectiousness, place, from, date) ? exercise_ratio(truth, truth->onsets, NULL, truth->onset_infectiousness, place, from, date) : NAN;
}

/* Of onsets over the window that ends that day, as estimators see them; the renewal model speaks of infections, around the day. */
static double rt_truth(const struct exercise_judging *judging, size_t place, int32_t date)
{
    return imputes(judging) ? exercise_rt_of_infections(judging->truth, place, date) : exercise_rt_of_onsets(judging->truth, place, date);
}

/* Of a day on which something may be published: that nothing comes on days off is no forecast. */
static double report_truth(const struct exercise_judging *judging, size_t place, int32_t date)
{
    return judging->truth->publishes[vg_date_weekday(date)] ? at(judging->truth, judging->truth->cases_report, place, date) : NAN;
}

/* Of the week that begins on a date. */
static double week_truth(const struct exercise_judging *judging, size_t place, int32_t date)
{
    double sum = 0;
    for (int32_t day = 0; day < 7; day++)
        sum += at(judging->truth, judging->truth->cases_report, place, date + day);
    return sum;
}

static vg_status judge_nowcast(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    static const struct bin bins[] = {{0, 2, "lag 0-2"}, {3, 6, "lag 3-6"}, {7, 13, "lag 7-13"}, {14, 27, "lag 14-27"}};
    static const struct quantile_judge judge = {"nowcast", "cases_onset", vg_job_nowcast, bins, 4, -1, true, true, false, false, nowcast_truth, NULL, NULL, "reported"};
    return judge_quantiles(judging, &judge, arena, scores);
}

static vg_status judge_rt(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    static const struct bin bins[] = {{0, 6, "lag 0-6"}, {7, 13, "lag 7-13"}, {14, 27, "lag 14-27"}};
    static const struct quantile_judge judge = {"rt", "cases_onset", vg_job_rt, bins, 3, -1, true, false, false, false, rt_truth, "cases_report", NULL, NULL};
    static const struct quantile_judge knowing = {"rt_interval_known", "cases_onset", vg_job_rt, bins, 3, -1, true, false, false, true, rt_truth, "cases_report", NULL, NULL};
    vg_status status = judge_quantiles(judging, &judge, arena, scores);
    /* The renewal model takes its interval from the disease. */
    return status == VG_OK && !imputes(judging) ? judge_quantiles(judging, &knowing, arena, scores) : status;
}

static vg_status judge_forecast(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    static const struct bin bins[] = {{1, 7, "ahead 1-7"}, {8, 14, "ahead 8-14"}, {15, 28, "ahead 15-28"}};
    static const struct bin weeks[] = {{1, 1, "week 1"}, {2, 2, "week 2"}, {3, 3, "week 3"}, {4, 4, "week 4"}};
    static const struct quantile_judge judge = {"forecast", "cases_report", vg_job_forecast, bins, 3, 1, false, true, false, false, report_truth, NULL, "hub_baseline", NULL};
    static const struct quantile_judge weekly = {"forecast_weekly", "cases_report", vg_job_forecast, weeks, 4, 1, false, true, true, false, week_truth, NULL, "hub_baseline", NULL};
    vg_status status = judge_quantiles(judging, &judge, arena, scores);
    return status == VG_OK ? judge_quantiles(judging, &weekly, arena, scores) : status;
}

/* ------------------------------------------------------------------- alarms */

#define RISE_BEFORE_DAYS 10  /* R below 1 for so long ... */
#define RISE_AFTER_DAYS 14   /* ... and then above 1 for so long is a rise */

/* When something began that an alarm should tell: the first local infection, and each time that R came to stay above 1. */
static size_t true_beginnings(const struct exercise_judging *judging, size_t place, int32_t *beginnings, size_t capacity)
{
    const struct exercise_truth *truth = judging->truth;
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
static vg_status alarms_of_day(const struct exercise_judging *judging, const char *level, int32_t date, uint8_t *alarms)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    vg_request_init(&request);
    request.dataset = judging->dataset;
    request.level = level;
    request.as_of = date;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = vg_job_alarm(judging->store, &request, &arena, &answer, judging->error);
    const struct vg_column *code = job_column(&answer.table, "code"), *alarm = job_column(&answer.table, "alarm");
    for (size_t row = 0; status == VG_OK && code != NULL && alarm != NULL && row < answer.table.n_rows; row++) {
        uint32_t place = vg_dictionary_find(&judging->truth->by_code, code->values.texts[row]);
        if (place != VG_DICTIONARY_NONE && !alarm->missing[row] && alarm->values.integers[row] != 0)
            alarms[(size_t)place * judging->truth->n_days + (size_t)(date - judging->truth->first_date)] = 1;
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status == VG_DATA_ERROR || status == VG_NOT_FOUND ? VG_OK : status;
}

static void detect(const struct exercise_truth *truth, size_t place, int32_t beginning, const uint8_t *alarms, struct exercise_score *row)
{
    for (size_t day = (size_t)(beginning - truth->first_date); day < truth->n_days; day++) {
        if (alarms[place * truth->n_days + day]) {
            size_t after = day - (size_t)(beginning - truth->first_date);
            row->detected_after[after < EXERCISE_DELAY_DAYS ? after : EXERCISE_DELAY_DAYS - 1]++;
            row->n_detected++;
            return;
        }
    }
    row->without++;
}

/* Days on which infections fall, R over the former week below 0.9: nothing to be alarmed about. */
static void count_false(const struct exercise_judging *judging, size_t place, const uint8_t *alarms, struct exercise_score *row)
{
    const struct exercise_truth *truth = judging->truth;
    for (int32_t day = WINDOW_DAYS; day < (int32_t)truth->n_days; day++) {
        int32_t date = truth->first_date + day;
        if (day % judging->alarm_step_days == 0 &&
            exercise_ratio(truth, truth->infections, truth->imports, truth->infectiousness, place, date - WINDOW_DAYS + 1, date) < 0.9) {
            row->n_days++;
            row->n_alarm_days += alarms[place * truth->n_days + (size_t)day];
        }
    }
}

static vg_status judge_alarm(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    const struct exercise_truth *truth = judging->truth;
    vg_status status = VG_OK;
    uint8_t *alarms = VG_ARENA_ARRAY(arena, uint8_t, truth->n_places * truth->n_days + 1);
    if (alarms == NULL)
        return vg_fail_memory(judging->error, truth->n_places * truth->n_days);
    for (size_t day = 0; day < truth->n_days && status == VG_OK; day += (size_t)judging->alarm_step_days) {
        if (!vg_progress_report(judging->progress, "alarms", (double)day / (double)truth->n_days))
            return vg_fail(judging->error, VG_CANCELLED, "cancelled");
        for (int level = 0; level < LEVELS && status == VG_OK; level++)
            status = alarms_of_day(judging, level_names[level], truth->first_date + (int32_t)day, alarms);
    }
    for (int level = 0; level < LEVELS && status == VG_OK; level++) {
        struct exercise_score *first = exercise_scores_row(scores, "alarm", level_names[level], "after the first infection"),
                              *rises = exercise_scores_row(scores, "alarm", level_names[level], "after R rises above 1"),
                              *falling = exercise_scores_row(scores, "alarm", level_names[level], "while falling");
        for (size_t place = 0; place < truth->n_places; place++) {
            int32_t beginnings[8];
            if (level_of(truth, place) != level)
                continue;
            size_t n = true_beginnings(judging, place, beginnings, 8);
            for (size_t i = 0; i < n; i++)
                detect(truth, place, beginnings[i], alarms, i == 0 ? first : rises);
            count_false(judging, place, alarms, falling);
        }
    }
    return status;
}

static const struct {
    const char *name;
    bool asks_node;
    vg_status (*judge)(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);
} judges[] = {{"nowcast", true, judge_nowcast}, {"rt", true, judge_rt}, {"forecast", true, judge_forecast}, {"alarm", true, judge_alarm}, {"chains", false, exercise_judge_chains}, {"genomes", false, exercise_judge_genomes}, {"demand", false, exercise_judge_demand}, {"plan", false, exercise_judge_plan}};
#define JUDGES (sizeof judges / sizeof *judges)

vg_status exercise_judge_known(const char *only, struct vg_error *error)
{
    for (size_t i = 0; i < JUDGES; i++)
        if (only == NULL || strcmp(judges[i].name, only) == 0)
            return VG_OK;
    return vg_fail(error, VG_USAGE_ERROR, "what is scored is nowcast, rt, forecast, alarm, chains, genomes, demand or plan, not \"%.40s\"", only);
}

bool exercise_judge_asks_node(const char *only)
{
    bool asks = only == NULL;
    for (size_t i = 0; i < JUDGES; i++)
        asks = asks || (judges[i].asks_node && strcmp(judges[i].name, only) == 0);
    return asks;
}

vg_status exercise_judge(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    vg_status status = VG_OK;
    for (size_t i = 0; i < JUDGES && status == VG_OK; i++)
        if (judging->only == NULL || strcmp(judges[i].name, judging->only) == 0)
            status = judges[i].judge(judging, arena, scores);
    return status;
}
