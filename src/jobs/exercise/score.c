/*
 * Scores an exercise: a node is made and takes the releases as a team would have, or one is given, and each kind of estimate is held against the truth as of chosen
 * days (exercise_judge.c). Others' estimates are scored as files of quantiles by the job that scores forecasts.
 */
#include "jobs/exercise/scores.h"
#include "jobs/score/score.h"
#include "jobs/exercise/exercise.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define DATASET "vigia-exercise-cases"
#define DAYS_DEFAULT 8

/* ------------------------------------------------------------------ the node */

struct filling { const struct exercise_folder *folder; const struct exercise_judging *judging; };

static vg_status load_feed(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows, struct vg_error *error)
{
    struct filling *filling = context;
    struct vg_arena arena;
    struct vg_import_outcome outcome;
    (void)table;
    if (n_rows == 0)
        return VG_OK;
    struct vg_import_request request = {.path = file_name, .data = csv->data, .data_bytes = csv->size, .nature = VG_NATURE_SIMULATED};
    request.intake.published = VG_DATE_NONE;
    vg_arena_init(&arena, 0);
    vg_status status = vg_job_import(filling->judging->store, &request, &arena, &outcome, error);
    vg_arena_release(&arena);
    return status;
}

static bool is_scored(const struct exercise_judging *judging, int32_t day)
{
    for (size_t i = 0; i < judging->n_days; i++)
        if (judging->days[i] == day)
            return true;
    return false;
}

/* A release a week and each that is asked about, in order, as a team would have loaded them. The first brings the places. */
static vg_status fill_node(struct filling *filling)
{
    const struct exercise_judging *judging = filling->judging;
    int32_t first = filling->folder->first_date, last = filling->folder->last_date;
    vg_status status = exercise_feed_until(filling->folder, vg_exercise_table_find("places"), last, load_feed, filling, judging->error);
    for (int32_t day = first + 3; day <= last && status == VG_OK; day++) {
        if (vg_date_weekday(day) != 5 && !is_scored(judging, day) && day != last)
            continue;
        if (!vg_progress_report(judging->progress, "releases", (double)(day - first) / (double)(last - first)))
            return vg_fail(judging->error, VG_CANCELLED, "cancelled");
        status = exercise_feed_until(filling->folder, vg_exercise_table_find("linelist"), day, load_feed, filling, judging->error);
    }
    return status;
}

vg_status exercise_score_releases(const struct exercise_folder *folder, struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    char path[JOB_FOLDER_BYTES];
    struct filling filling = {folder, judging};
    if (!exercise_judge_asks_node(judging->only))
        return exercise_judge(judging, arena, scores);
    vg_status status = job_scratch_folder(path, judging->error);
    if (status != VG_OK)
        return status;
    judging->dataset = DATASET;
    status = vg_job_init(path, judging->error);
    if (status == VG_OK)
        status = vg_store_open(path, VG_STORE_WRITE, &judging->store, judging->error);
    if (status == VG_OK)
        status = fill_node(&filling);
    if (status == VG_OK)
        status = exercise_judge(judging, arena, scores);
    vg_store_close(judging->store);
    judging->store = NULL;
    job_remove_folder(path);
    return status;
}

static vg_status score_node(struct exercise_judging *judging, const char *node, struct vg_arena *arena, struct exercise_scores *scores)
{
    judging->dataset = DATASET;
    vg_status status = vg_store_open(node, VG_STORE_READ, &judging->store, judging->error);
    if (status == VG_OK)
        status = exercise_judge(judging, arena, scores);
    vg_store_close(judging->store);
    judging->store = NULL;
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
static void put_observations(const struct exercise_truth *truth, struct vg_buffer *out)
{
    vg_buffer_text(out, "target_end_date,location,target,observation\n");
    for (size_t place = 0; place < truth->n_places; place++) {
        for (size_t day = 0; day < truth->n_days; day++) {
            size_t cell = place * truth->n_days + day;
            int32_t date = truth->first_date + (int32_t)day;
            put_observation(out, truth, place, day, "infections", truth->infections[cell]);
            put_observation(out, truth, place, day, "onsets", truth->onsets[cell]);
            put_observation(out, truth, place, day, "cases_onset", truth->cases_onset[cell]);
            put_observation(out, truth, place, day, "cases_report", truth->cases_report[cell]);
            put_observation(out, truth, place, day, "rt", exercise_rt_of_infections(truth, place, date));
            put_observation(out, truth, place, day, "rt_onset", exercise_rt_of_onsets(truth, place, date));
        }
    }
}

static vg_status score_file(const struct exercise_truth *truth, const char *path, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    char folder[JOB_FOLDER_BYTES], observed[JOB_FOLDER_BYTES + 32];
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_status status = job_scratch_folder(folder, error);
    if (status != VG_OK)
        return status;
    put_observations(truth, &text);
    (void)snprintf(observed, sizeof observed, "%s/observed.csv", folder);
    status = text.failed ? vg_fail_memory(error, text.size) : vg_file_write_atomic(observed, text.data, text.size, error);
    struct vg_score_request request = {.forecast_paths = &path, .n_forecasts = 1, .observed_path = observed, .by = "target"};
    if (status == VG_OK)
        status = vg_job_score(&request, arena, answer, error);
    vg_buffer_release(&text);
    job_remove_folder(folder);
    return status;
}

/* ----------------------------------------------------------------------- job */

vg_status exercise_score_days(const struct exercise_folder *folder, size_t n_days, int32_t *days, struct vg_error *error)
{
    int32_t first = folder->first_date + 40, last = folder->last_date - 28;
    if (last < first)
        return vg_fail(error, VG_DATA_ERROR, "the exercise is too short to choose days: give them");
    for (size_t i = 0; i < n_days; i++)
        days[i] = n_days == 1 ? last : first + (last - first) * (int32_t)i / ((int32_t)n_days - 1);
    return VG_OK;
}

static vg_status check_days(const struct exercise_folder *folder, const int32_t *days, size_t n_days, struct vg_error *error)
{
    for (size_t i = 0; i < n_days; i++)
        if (days[i] < folder->first_date || days[i] > folder->last_date)
            return vg_fail(error, VG_USAGE_ERROR, "a day to score lies outside of the exercise");
    return VG_OK;
}

/* The table, and what a person reads of it: in the answer's meta, and as text where that is wanted. */
static vg_status answer_scores(const struct exercise_scores *scores, struct vg_buffer *summary, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    exercise_scores_table(scores, &answer->table);
    exercise_scores_summary(scores, "days", &text);
    vg_buffer_text(&answer->meta, "{\"summary\":");
    vg_buffer_json_string(&answer->meta, text.data, text.size);
    vg_buffer_char(&answer->meta, '}');
    if (summary != NULL)
        vg_buffer_append(summary, text.data, text.size);
    vg_status status = text.failed || answer->meta.failed || (summary != NULL && summary->failed) ? vg_fail_memory(error, text.size) : VG_OK;
    vg_buffer_release(&text);
    return status;
}

vg_status vg_job_exercise_score(const struct vg_exercise_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    int32_t chosen[DAYS_DEFAULT];
    struct exercise_folder folder;
    struct exercise_truth truth;
    struct exercise_scores *scores = VG_ARENA_ARRAY(arena, struct exercise_scores, 1);
    struct stat facts;
    struct exercise_judging judging = {.folder = &folder, .only = request->only, .method = request->method, .reported = request->reported, .truth = &truth, .days = request->days, .n_days = request->n_days, .alarm_step_days = 1,
                                       .progress = request->progress, .error = error};
    vg_status status = scores == NULL ? vg_fail_memory(error, sizeof *scores) : exercise_open(request->folder, request->key_path, arena, &folder, error);
    if (status == VG_OK)
        status = exercise_judge_known(request->only, error);
    if (status != VG_OK)
        return status;
    bool is_folder = request->subject != NULL && stat(request->subject, &facts) == 0 && S_ISDIR(facts.st_mode), is_file = request->subject != NULL && !is_folder;
    if (request->n_days == 0 && !is_file) {
        status = exercise_score_days(&folder, DAYS_DEFAULT, chosen, error);
        judging.days = chosen;
        judging.n_days = DAYS_DEFAULT;
    } else {
        status = check_days(&folder, request->days, request->n_days, error);
    }
    if (status == VG_OK)
        status = exercise_truth_load(&folder, arena, &truth, error);
    if (status == VG_OK && is_file) {
        status = score_file(&truth, request->subject, arena, answer, error);
    } else if (status == VG_OK) {
        status = is_folder ? score_node(&judging, request->subject, arena, scores) : exercise_score_releases(&folder, &judging, arena, scores);
        if (status == VG_OK)
            status = answer_scores(scores, request->summary, answer, error);
    }
    vg_seal_key_clear(&folder.key);
    return status;
}
