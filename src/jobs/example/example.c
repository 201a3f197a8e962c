/*
 * The shipped example: the shipped exercise up to a day four weeks before its end, released as a ministry would see it and taken in by the same way as a user's release;
 * and historic outbreaks from their publications. What comes after the day, and the truth, are made by vigia exercise from the same file.
 */
#include "jobs/example/internal.h"
#include "jobs/exercise/internal.h"

#include "data_embedded.h"
#include "jobs/example/example.h"

#include <string.h>

#define FUTURE_DAYS 28                 /* of the exercise that the example does not show yet */
#define RELEASES 3

static vg_status import_bytes(struct vg_store *store, const struct vg_import_request *request, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_import_outcome outcome;
    vg_arena_init(&arena, 0);
    vg_status status = vg_job_import(store, request, &arena, &outcome, error);
    vg_arena_release(&arena);
    return status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", request->path);
}

/* One feed as of some days, as the files of releases. */
static vg_status import_feed(struct vg_store *store, const struct vg_exercise *exercise, const char *name, const int32_t *days, size_t n_days, struct vg_error *error)
{
    static const char note[] = "Invented for an exercise, in countries that do not exist: nothing of it happened, and the truth is known (docs/exercise.md).";
    const struct vg_exercise_table *which = vg_exercise_table_find(name);
    struct vg_buffer csv, rows;
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&rows, 0);
    vg_status status = exercise_table_csv(exercise, which, &csv, NULL, error);
    for (size_t i = 0; i < n_days && status == VG_OK; i++) {
        char date[VG_DATE_TEXT_BYTES], path[96];
        (void)vg_date_print(days[i], date);
        (void)snprintf(path, sizeof path, "%s-%s.csv", name, date);
        vg_buffer_clear(&rows);
        status = exercise_rows_until(which, &csv, days[i], &rows, NULL, error);
        struct vg_import_request request = {.path = path, .data = rows.data, .data_bytes = rows.size, .note = note, .nature = VG_NATURE_SIMULATED};
        request.intake.published = days[i];
        if (status == VG_OK)
            status = import_bytes(store, &request, error);
    }
    vg_buffer_release(&rows);
    vg_buffer_release(&csv);
    return status;
}

static vg_status load_exercise(struct vg_store *store, int32_t newest, uint64_t seed, const struct vg_progress *progress, struct vg_error *error)
{
    const int32_t days[RELEASES] = {newest - 28, newest - 7, newest};
    static const struct { const char *name; size_t n_releases; } feeds[] = {{"places", 1}, {"linelist", RELEASES}, {"hospital_census", 1}, {"deaths", 1}, {"tests", 1}, {"agg_daily", 1}};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_pool *pool = vg_pool_new(0);
    struct exercise_made *made = VG_ARENA_ARRAY(&arena, struct exercise_made, 1);
    if (made == NULL) {
        vg_pool_free(pool);
        return vg_fail_memory(error, sizeof *made);
    }
    vg_status status = exercise_read_scenario(NULL, seed == 0 ? NULL : &seed, &arena, &made->file, error);
    if (status == VG_OK) {
        struct vg_scenario *scenario = &made->file.scenario;
        vg_scenario_move(scenario, newest + FUTURE_DAYS - (scenario->start + scenario->days - 1));
        status = exercise_make(made, false, pool, progress, &arena, error);
    }
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds && status == VG_OK; i++) {
        (void)vg_progress_report(progress, "releases of the exercise", 0.6 + 0.4 * (double)i / (double)(sizeof feeds / sizeof *feeds));
        status = import_feed(store, &made->exercise, feeds[i].name, days + RELEASES - feeds[i].n_releases, feeds[i].n_releases, error);
    }
    if (status == VG_OK) {
        struct example_traced traced;
        status = example_interviews(&made->exercise, newest, &arena, &traced, error);
        if (status == VG_OK) {
            status = example_record(store, &traced, error);
        }
    }
    if (status == VG_OK) {
        status = example_genomes(store, &made->exercise, newest, NULL, error);
    }
    exercise_made_free(made);
    vg_pool_free(pool);
    vg_arena_release(&arena);
    return status;
}

/* ------------------------------------------------------------------- history */

/* Each embedded historic series carries its description in comment lines "# key: value" at the top. */
static const char *header_value(struct vg_arena *arena, const char *data, size_t size, const char *key)
{
    const char *at = data;
    const char *end = data + size;
    size_t key_size = strlen(key);
    while (at < end && *at == '#') {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end == NULL ? end : line_end;
        if ((size_t)(line_end - at) > key_size + 3 && memcmp(at + 2, key, key_size) == 0 && at[2 + key_size] == ':') {
            struct vg_text value = vg_text_trim(vg_text_of(at + 3 + key_size, (size_t)(line_end - at) - 3 - key_size));
            return vg_arena_copy_bytes(arena, value.data, value.size);
        }
        at = line_end == end ? end : line_end + 1;
    }
    return NULL;
}

static vg_status load_historic(struct vg_store *store, struct vg_error *error)
{
    vg_status status = VG_OK;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; status == VG_OK && i < vg_embedded_historic_count; i++) {
        const struct vg_embedded_file *file = &vg_embedded_historic[i];
        const char *data = (const char *)file->data;
        char *stem = vg_arena_format(&arena, "historic-%.*s", (int)strcspn(file->name, "."), file->name);
        for (char *at = stem; at != NULL && *at != '\0'; at++) {
            *at = *at == '_' ? '-' : *at;
        }
        struct vg_import_request request = {.path = file->name, .data = file->data, .data_bytes = file->size, .dataset = stem, .nature = VG_NATURE_HISTORIC};
        request.title = header_value(&arena, data, file->size, "title");
        request.note = header_value(&arena, data, file->size, "source");
        request.intake.profile = "vigia-historic";
        request.intake.disease = header_value(&arena, data, file->size, "disease");
        request.intake.country = header_value(&arena, data, file->size, "country");
        request.intake.published = VG_DATE_NONE;
        status = import_bytes(store, &request, error);
    }
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_load_example(struct vg_store *store, int32_t newest, uint64_t seed, const struct vg_progress *progress, struct vg_error *error)
{
    vg_status status = load_exercise(store, newest, seed, progress, error);
    if (status == VG_OK) {
        status = example_stock(store, newest, seed, error);
    }
    if (status == VG_OK) {
        status = example_plan(store, error);
    }
    if (status == VG_OK) {
        status = load_historic(store, error);
    }
    if (status == VG_OK) {
        status = vg_job_refresh_products(store, VG_DATE_NONE, progress, error);
    }
    return status;
}
