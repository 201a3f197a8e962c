/*
 * The shipped example: a simulated outbreak of which everything is known, published three times as a ministry would, and historic
 * outbreaks from their publications. Everything goes in by the same way as a user's files.
 */
#include "jobs/jobs_internal.h"

#include "control/control.h"
#include "data_embedded.h"

#include <string.h>

#define EXAMPLE_DATASET "example-simulated"
#define EXAMPLE_CENSUS_DATASET "example-simulated-hospitals"

typedef vg_status example_table(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error);

static vg_status places_table(const struct vg_example *example, int32_t as_of, struct vg_table *table, struct vg_error *error)
{
    (void)as_of;
    return vg_control_example_places(example, table, error);
}

struct example_file {
    const char *name, *profile, *dataset, *title, *note;
    example_table *fill;
    int32_t as_of;
};

static vg_status import_bytes(struct vg_store *store, const struct vg_import_request *request, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_import_outcome outcome;
    vg_arena_init(&arena, 0);
    vg_status status = vg_job_import(store, request, &arena, &outcome, error);
    vg_arena_release(&arena);
    return status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", request->path);
}

static vg_status import_example_file(struct vg_store *store, const struct vg_example *example, const struct example_file *file, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer csv;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&csv, 0);
    vg_table_init(&table, &arena);
    vg_status status = file->fill(example, file->as_of, &table, error);
    if (status == VG_OK) {
        status = vg_table_write(&table, VG_FORMAT_CSV, &csv, error);
    }
    if (status == VG_OK) {
        struct vg_import_request request = {.path = file->name, .data = csv.data, .data_bytes = csv.size, .dataset = file->dataset, .title = file->title,
                                            .note = file->note, .nature = VG_NATURE_SIMULATED};
        request.intake.profile = file->profile;
        request.intake.published = file->as_of;
        status = import_bytes(store, &request, error);
    }
    vg_buffer_release(&csv);
    vg_arena_release(&arena);
    return status;
}

static vg_status load_simulated(struct vg_store *store, int32_t newest, uint64_t seed, const struct vg_progress *progress, struct vg_error *error)
{
    static const char note[] = "Simulated by the program: an invented outbreak in an invented country, with known truth (docs/example.md).";
    struct vg_arena arena;
    struct vg_example example;
    struct vg_example_options options = {.seed = seed, .end = newest};
    vg_arena_init(&arena, 0);
    vg_status status = vg_control_example(&options, NULL, &arena, &example, error);
    const struct example_file files[] = {
        {"vallemar-places.csv", "vigia-example-places", NULL, NULL, NULL, places_table, newest},
        {"vallemar-cases-1.csv", "vigia-example-cases", EXAMPLE_DATASET, "Simulated outbreak, Vallemar: line list", note, vg_control_example_line_list, newest - 28},
        {"vallemar-cases-2.csv", "vigia-example-cases", EXAMPLE_DATASET, "Simulated outbreak, Vallemar: line list", note, vg_control_example_line_list, newest - 7},
        {"vallemar-cases-3.csv", "vigia-example-cases", EXAMPLE_DATASET, "Simulated outbreak, Vallemar: line list", note, vg_control_example_line_list, newest},
        {"vallemar-hospitals.csv", "vigia-example-census", EXAMPLE_CENSUS_DATASET, "Simulated outbreak, Vallemar: hospitals", note, vg_control_example_census, newest},
    };
    for (size_t i = 0; status == VG_OK && i < sizeof files / sizeof *files; i++) {
        (void)vg_progress_report(progress, "the simulated example", (double)i / (double)(sizeof files / sizeof *files));
        status = import_example_file(store, &example, &files[i], error);
    }
    vg_arena_release(&arena);
    return status;
}

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
    vg_status status = load_simulated(store, newest, seed, progress, error);
    if (status == VG_OK) {
        status = load_historic(store, error);
    }
    if (status == VG_OK) {
        status = vg_job_refresh_products(store, VG_DATE_NONE, progress, error);
    }
    return status;
}
