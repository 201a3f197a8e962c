/*
 * Scenarios run: an ensemble of paired runs over all processors, answered early and often, stopped and gone on with.
 */
#include "jobs/simulate/internal.h"
#include "jobs/simulate/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COARSE_PERSONS 100000.0    /* simulated in a coarse answer */
#define COARSE_FROM 400000.0       /* below, the whole is quick enough */
#define COARSE_RUNS 8
#define TOGETHER_BYTES 3e9         /* of runs side by side; larger worlds run one after the other, each on all processors */
#define PERSON_BYTES 14.0
#define VALUES_LIMIT_BYTES ((size_t)4 << 30)

static struct simulated_file *file_at(const struct simulation *s, size_t scenario)
{
    return &s->files[s->file_of[scenario]];
}

struct batch { struct simulation *simulation; size_t from; };

static void batch_item(void *context, size_t item, unsigned worker)
{
    (void)worker;
    const struct batch *batch = context;
    struct simulation *s = batch->simulation;
    size_t number = batch->from + item;
    if (!atomic_load(&s->stop)) {
        simulate_run(s, number % s->n_scenarios, number / s->n_scenarios, NULL);
    }
}

/* Runs from .. to - 1 of all scenarios, twins beside each other. */
static void make_batch(struct simulation *s, size_t from, size_t to)
{
    double persons = 0;
    for (size_t f = 0; f < s->n_files; f++) {
        persons = fmax(persons, s->files[f].world->persons);
    }
    struct batch batch = {s, from * s->n_scenarios};
    if (s->request->ranks == NULL && persons * PERSON_BYTES * vg_pool_threads(s->pool) <= TOGETHER_BYTES) {
        vg_parallel_for(s->pool, (to - from) * s->n_scenarios, batch_item, &batch);
        return;
    }
    for (size_t number = from * s->n_scenarios; number < to * s->n_scenarios && !atomic_load(&s->stop); number++) {
        simulate_run(s, number % s->n_scenarios, number / s->n_scenarios, s->pool);
    }
}

static size_t count_done(const struct simulation *s)
{
    size_t done = 0;
    for (size_t i = 0; i < s->n_scenarios * s->n_runs; i++) {
        done += s->values[i] != NULL ? 1 : 0;
    }
    return done;
}

static vg_status answer_early(const struct simulation *s)
{
    struct vg_arena arena;
    struct vg_answer rows;
    struct vg_answer summary;
    struct vg_answer places;
    struct vg_simulate_stage stage = {.runs_done = count_done(s), .runs = s->n_scenarios * s->n_runs, .people_scale = s->people_scale, .places = s->request->places == NULL ? NULL : &places};
    if (s->request->early == NULL || stage.runs_done == 0) {
        return VG_OK;
    }
    vg_arena_init(&arena, 0);
    vg_answer_init(&rows, &arena);
    vg_answer_init(&summary, &arena);
    vg_answer_init(&places, &arena);
    vg_status status = simulate_answer(s, &stage, &rows, &summary);
    if (status == VG_OK && stage.places != NULL) {
        status = simulate_places(s, &places);
    }
    if (status == VG_OK) {
        s->request->early(s->request->early_context, &stage, &rows, &summary);
    }
    vg_answer_release(&rows);
    vg_answer_release(&summary);
    vg_answer_release(&places);
    vg_arena_release(&arena);
    return status;
}

/* ------------------------------------------------------------------ stages */

static void drop_values(struct simulation *s)
{
    for (size_t i = 0; s->values != NULL && i < s->n_scenarios * s->n_runs; i++) {
        free(s->values[i]);
    }
    free(s->values);
    s->values = NULL;
}

static vg_status make_worlds(struct simulation *s, double scale)
{
    s->people_scale = scale;
    for (size_t f = 0; f < s->n_files; f++) {
        struct simulated_file *file = &s->files[f];
        vg_control_world_free(file->world);
        file->world = NULL;
        vg_status status = vg_control_world_new(&file->scenario, &file->facts, scale, s->pool, &file->world, s->error);
        if (status == VG_OK) {
            status = simulate_layouts(file, s->arena, s->error);
        }
        if (status != VG_OK) {
            return status;
        }
    }
    return VG_OK;
}

/* What is held against each other must be kept alike. */
static vg_status check_alike(const struct simulation *s)
{
    const struct vg_scenario_layout *first = &s->files[0].layout;
    for (size_t f = 1; f < s->n_files; f++) {
        const struct vg_scenario_layout *l = &s->files[f].layout;
        bool alike = l->n_values == first->n_values && l->n_places == first->n_places && l->n_ages == first->n_ages && l->n_steps == first->n_steps && l->start == first->start &&
                     l->origin == first->origin && l->step_days == first->step_days && l->n_targets == first->n_targets;
        for (size_t i = 0; alike && i < l->n_places; i++) {
            alike = strcmp(l->places[i].code, first->places[i].code) == 0;
        }
        for (size_t i = 0; alike && i < l->n_targets; i++) {
            alike = strcmp(l->targets[i].name, first->targets[i].name) == 0;
        }
        for (size_t i = l->n_bands; alike && i < l->n_ages; i++) {
            alike = strcmp(l->age_names[i], first->age_names[i]) == 0;
        }
        if (!alike || s->files[f].scenario.seed != s->files[0].scenario.seed) {
            return vg_fail(s->error, VG_DATA_ERROR, "%s and %s cannot be held against each other: start, today, days, seed, places, groups and [output] must be the same", s->files[0].scenario.file_name,
                           s->files[f].scenario.file_name);
        }
    }
    return VG_OK;
}

/* One value array a run: n_runs of every scenario, each finished one read back if it is kept. */
static vg_status open_stage(struct simulation *s, size_t n_runs, const char *doing)
{
    size_t bytes = 0;
    drop_values(s);
    s->n_runs = n_runs;
    s->doing = doing;
    atomic_store(&s->days_done, 0);
    s->days_all = 0;
    if (!vg_multiply_size(s->n_scenarios * n_runs, simulate_kept_values(&s->files[0]) * sizeof(uint32_t), &bytes) || bytes > VALUES_LIMIT_BYTES) {
        return vg_fail(s->error, VG_LIMIT_EXCEEDED, "the series of %zu runs need %.1f GB; ask for fewer places, ages, targets or runs", s->n_scenarios * n_runs, (double)bytes / 1e9);
    }
    s->values = calloc(s->n_scenarios * n_runs, sizeof *s->values);
    for (size_t scenario = 0; scenario < s->n_scenarios; scenario++) {
        s->days_all += (double)n_runs * file_at(s, scenario)->scenario.days;
        s->hashes[scenario] = s->keep.folder == NULL ? 0 : simulate_run_hash(file_at(s, scenario), s->variation_of[scenario], s->people_scale, s->arena, s->error);
    }
    return s->values == NULL ? vg_fail_memory(s->error, s->n_scenarios * n_runs * sizeof *s->values) : VG_OK;
}

static bool stop_asked(void *context)
{
    struct simulation *s = context;
    (void)atomic_fetch_add(&s->days_done, 1);
    simulate_tell(s);
    return atomic_load(&s->stop);
}

static void expect_days(void *context, double days)
{
    struct simulation *s = context;
    atomic_store(&s->days_done, 0);
    s->days_all = days;
}

/* Every file that says what was observed is fitted, with a history for each of n_runs; then the layout is made anew, as today is known now. */
static vg_status calibrate_files(struct simulation *s, size_t n_runs)
{
    const struct simulate_stop stop = {stop_asked, expect_days, s};
    vg_status status = VG_OK;
    for (size_t f = 0; status == VG_OK && f < s->n_files; f++) {
        struct simulated_file *file = &s->files[f];
        if (!vg_scenario_is_calibrated(&file->scenario)) {
            continue;
        }
        s->doing = "calibration";
        s->days_all = 0;
        status = simulate_calibrate(file, n_runs, s->pool, &stop, s->arena, s->error);
        if (status == VG_OK) {
            status = simulate_layouts(file, s->arena, s->error);
        }
    }
    return status;
}

static const char **coarse_names(const struct simulation *s)
{
    const char **names = VG_ARENA_ARRAY(s->arena, const char *, s->n_scenarios);
    for (size_t i = 0; names != NULL && i < s->n_scenarios; i++) {
        names[i] = vg_arena_format(s->arena, "%s (coarse: 1 of %.0f people)", s->names[i], 1 / s->people_scale);
    }
    return s->arena->failed ? NULL : names;
}

/* What a calibration leaves in a file; taken back after the coarse one. */
struct before_calibration { int32_t today; uint64_t tables_hash; };

static vg_status coarse_answer(struct simulation *s)
{
    vg_status status = calibrate_files(s, COARSE_RUNS);
    if (status == VG_OK) {
        status = open_stage(s, COARSE_RUNS, "coarse");
    }
    if (status != VG_OK) {
        return status;
    }
    s->names = coarse_names(s);
    make_batch(s, 0, COARSE_RUNS);
    return s->status != VG_OK ? s->status : s->names == NULL ? vg_fail_memory(s->error, 0) : answer_early(s);
}

/* A tenth of a million people, a few runs: the shape of the answer in seconds. Where so few people cannot be brought to what was observed there is none. */
static vg_status coarse_stage(struct simulation *s)
{
    double persons = 0;
    for (size_t m = 0; m < s->files[0].municipalities.count; m++) {
        persons += s->files[0].municipalities.items[m].population;
    }
    if (!s->request->coarse || s->request->early == NULL || persons < COARSE_FROM) {
        return VG_OK;
    }
    struct before_calibration *before = VG_ARENA_ARRAY(s->arena, struct before_calibration, s->n_files);
    if (before == NULL) {
        return vg_fail_memory(s->error, s->n_files * sizeof *before);
    }
    vg_status status = make_worlds(s, 1 / ceil(persons / COARSE_PERSONS));
    if (status != VG_OK) {
        return status;
    }
    const char **names = s->names;
    struct simulate_keep keep = s->keep;
    s->keep.folder = NULL;
    bool calibrated = false;
    for (size_t f = 0; f < s->n_files; f++) {
        before[f] = (struct before_calibration){s->files[f].scenario.today, s->files[f].tables_hash};
        calibrated = calibrated || vg_scenario_is_calibrated(&s->files[f].scenario);
    }
    status = coarse_answer(s);
    for (size_t f = 0; f < s->n_files; f++) {
        s->files[f].scenario.today = before[f].today;
        s->files[f].tables_hash = before[f].tables_hash;
        s->files[f].calibration = NULL;
    }
    s->names = names;
    s->keep = keep;
    if (status == VG_DATA_ERROR && calibrated) {
        s->status = VG_OK;
        return VG_OK;
    }
    return status;
}

/* Answers after 2, 8, 32, 128 ... runs; the last one is the caller's. */
static vg_status full_stage(struct simulation *s, size_t n_runs)
{
    vg_status status = open_stage(s, n_runs, "runs");
    size_t done = 0;
    for (size_t next = 2; status == VG_OK && done < n_runs && !atomic_load(&s->stop); next *= 4) {
        size_t to = next < n_runs ? next : n_runs;
        make_batch(s, done, to);
        done = to;
        status = s->status;
        if (status == VG_OK && done < n_runs && !atomic_load(&s->stop)) {
            status = answer_early(s);
        }
    }
    return status;
}

/* ------------------------------------------------------------------ the job */

static vg_status list_scenarios(struct simulation *s)
{
    for (size_t f = 0; f < s->n_files; f++) {
        s->n_scenarios += s->files[f].scenario.n_variations;
    }
    s->file_of = VG_ARENA_ARRAY(s->arena, size_t, s->n_scenarios);
    s->variation_of = VG_ARENA_ARRAY(s->arena, size_t, s->n_scenarios);
    s->hashes = VG_ARENA_ARRAY(s->arena, uint64_t, s->n_scenarios);
    s->names = VG_ARENA_ARRAY(s->arena, const char *, s->n_scenarios);
    if (s->file_of == NULL || s->variation_of == NULL || s->hashes == NULL || s->names == NULL) {
        return vg_fail_memory(s->error, s->n_scenarios * sizeof *s->names);
    }
    for (size_t f = 0, scenario = 0; f < s->n_files; f++) {
        for (size_t v = 0; v < s->files[f].scenario.n_variations; v++, scenario++) {
            s->file_of[scenario] = f;
            s->variation_of[scenario] = v;
            s->names[scenario] = s->files[f].scenario.variations[v].name;
            for (size_t other = 0; other < scenario; other++) {
                if (strcmp(s->names[other], s->names[scenario]) == 0) {
                    return vg_fail(s->error, VG_DATA_ERROR, "two scenarios are named \"%s\"", s->names[scenario]);
                }
            }
        }
    }
    return VG_OK;
}

static vg_status gather_files(struct simulation *s)
{
    if (s->n_files == 0) {
        return vg_fail(s->error, VG_USAGE_ERROR, "give a scenario's file (vigia simulate --example writes one)");
    }
    s->files = VG_ARENA_ARRAY(s->arena, struct simulated_file, s->n_files);
    vg_status status = s->files == NULL ? vg_fail_memory(s->error, s->n_files * sizeof *s->files) : VG_OK;
    for (size_t f = 0; status == VG_OK && f < s->n_files; f++) {
        status = simulate_gather(s->request->paths[f], s->pool, s->arena, &s->files[f], s->error);
        if (status == VG_OK && s->request->rules_path != NULL) {
            status = s->n_files == 1 ? simulate_rules_expand(s->request->rules_path, &s->files[f].scenario, s->arena, s->error)
                                     : vg_fail(s->error, VG_USAGE_ERROR, "rules are compared in one scenario's file");
        }
        if (s->request->runs > 0) {
            s->files[f].scenario.runs = s->request->runs;
        }
    }
    return status;
}

static vg_status run_stages(struct simulation *s)
{
    vg_status status = gather_files(s);
    for (size_t f = 1; status == VG_OK && f < s->n_files; f++) {
        s->files[f].scenario.runs = s->files[0].scenario.runs;
    }
    if (status == VG_OK) {
        status = list_scenarios(s);
    }
    if (status == VG_OK) {
        status = coarse_stage(s);
    }
    if (status == VG_OK && !atomic_load(&s->stop)) {
        drop_values(s);
        status = make_worlds(s, 1);
        if (status == VG_OK) {
            status = calibrate_files(s, (size_t)s->files[0].scenario.runs);
        }
        if (status == VG_OK) {
            status = check_alike(s);
        }
        if (status == VG_OK) {
            status = full_stage(s, (size_t)s->files[0].scenario.runs);
        }
    }
    return status;
}

static void release(struct simulation *s)
{
    drop_values(s);
    for (size_t f = 0; s->files != NULL && f < s->n_files; f++) {
        vg_control_world_free(s->files[f].world);
    }
    vg_pool_free(s->pool);
    (void)pthread_mutex_destroy(&s->lock);
}

vg_status vg_job_simulate(const struct vg_simulate_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *rows,
                          struct vg_answer *summary, struct vg_simulate_stage *stage, struct vg_error *error)
{
    struct vg_error unwanted;
    struct simulation s = {.request = request, .progress = progress, .arena = arena, .keep = {request->keep_folder}, .n_files = request->n_paths, .error = error == NULL ? &unwanted : error,
                           .doing = "world"};
    (void)pthread_mutex_init(&s.lock, NULL);
    s.pool = vg_pool_new(request->threads);
    vg_status status = simulate_keep_open(&s.keep, s.error);
    if (status == VG_OK) {
        status = run_stages(&s);
    }
    *stage = (struct vg_simulate_stage){.last = true, .cancelled = atomic_load(&s.stop), .people_scale = s.people_scale, .runs = s.n_scenarios * s.n_runs};
    if (status == VG_OK) {
        stage->runs_done = s.values == NULL || s.people_scale < 1 ? 0 : count_done(&s);
        status = stage->runs_done == 0 ? vg_fail(s.error, VG_CANCELLED, "stopped before a run was done") : simulate_answer(&s, stage, rows, summary);
    }
    if (status == VG_OK && request->rules != NULL) {
        status = simulate_rules_answer(&s, request->rules);
    }
    if (status == VG_OK && request->places != NULL) {
        status = simulate_places(&s, request->places);
        stage->places = request->places;
    }
    release(&s);
    return status;
}
