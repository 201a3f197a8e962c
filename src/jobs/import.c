/*
 * From a file to the store: profiles, places, reading, rejects, one transaction. And the making of a new node.
 */
#include "jobs/jobs_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define NODE_PATH_BYTES 4096

vg_status vg_job_init(const char *folder, struct vg_error *error)
{
    struct vg_store *store = NULL;
    struct vg_arena arena;
    struct vg_place_list places;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&places, &arena);
    vg_status status = vg_store_create(folder, error);
    if (status == VG_OK) {
        status = vg_places_load_shipped(&places, error);
    }
    if (status == VG_OK) {
        status = vg_store_open(folder, VG_STORE_WRITE, &store, error);
    }
    if (status == VG_OK) {
        status = vg_store_put_places(store, &places, error);
    }
    vg_store_close(store);
    vg_arena_release(&arena);
    return status;
}

/* A dataset's name from a file's: lower case letters and digits, everything else one hyphen, without endings. */
static void slug_of(const char *path, char *out, size_t capacity)
{
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    const char *dot = strchr(name, '.');
    size_t size = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
    size_t length = 0;
    for (size_t i = 0; i < size && length + 1 < capacity; i++) {
        char c = name[i];
        char folded[8];
        if (vg_text_fold(vg_text_of(&c, 1), folded, sizeof folded) == 1) {
            out[length++] = folded[0];
        } else if (length > 0 && out[length - 1] != '-') {
            out[length++] = '-';
        }
    }
    while (length > 0 && out[length - 1] == '-') {
        length--;
    }
    out[length] = '\0';
}

static bool is_dataset_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static vg_status name_dataset(const struct vg_import_request *request, struct vg_import_outcome *outcome, struct vg_error *error)
{
    const struct vg_intake_plan *plan = &outcome->read.plan;
    const char *name = request->dataset;
    char slug[sizeof outcome->dataset];
    if (name == NULL && (plan->guessed || plan->profile == NULL || strcmp(plan->profile, "generic") == 0)) {
        slug_of(request->path, slug, sizeof slug);
        name = slug[0] == '\0' ? "data" : slug;
    } else if (name == NULL) {
        name = plan->profile;
    }
    if (strlen(name) >= sizeof outcome->dataset || !is_dataset_name(name)) {
        return vg_fail(error, VG_USAGE_ERROR, "a dataset's name is made of a-z, 0-9 and -, at most %zu of them; \"%.60s\" is not", sizeof outcome->dataset - 1, name);
    }
    (void)snprintf(outcome->dataset, sizeof outcome->dataset, "%s", name);
    return VG_OK;
}

static const struct vg_profile *find_profile(const struct vg_profile_set *set, const char *name)
{
    return name == NULL ? NULL : vg_profile_set_find(set, name);
}

/* What the request says, else the profile: simulated files are marked without anybody thinking of it. */
static enum vg_data_nature nature_of(const struct vg_import_request *request, const struct vg_profile_facts *facts)
{
    for (int nature = VG_NATURE_REAL; request->nature == VG_NATURE_REAL && facts->nature != NULL && nature <= VG_NATURE_HISTORIC; nature++) {
        if (strcmp(facts->nature, vg_data_nature_name((enum vg_data_nature)nature)) == 0) {
            return (enum vg_data_nature)nature;
        }
    }
    return request->nature;
}

static void describe_dataset(const struct vg_import_request *request, const struct vg_import_outcome *outcome, const struct vg_profile_set *set,
                             struct vg_dataset *dataset)
{
    const struct vg_intake_plan *plan = &outcome->read.plan;
    struct vg_profile_facts facts = {0};
    const struct vg_profile *profile = find_profile(set, plan->profile);
    if (profile != NULL) {
        vg_profile_get_facts(profile, &facts);
    }
    *dataset = (struct vg_dataset){.name = outcome->dataset,
                                   .title = request->title != NULL ? request->title : plan->guessed ? outcome->dataset : facts.title,
                                   .disease = plan->disease,
                                   .country = plan->country,
                                   .source = facts.source,
                                   .licence = facts.licence,
                                   .note = request->note,
                                   .kind = outcome->read.kind == VG_INTAKE_CASES ? VG_DATASET_CASES : VG_DATASET_COUNTS,
                                   .nature = nature_of(request, &facts)};
}

vg_status job_write_rejects(const char *path, const struct job_reject *rejects, size_t n, struct vg_arena *arena, struct vg_error *error)
{
    static const char *const columns[] = {"line", "column", "value", "reason"};
    struct vg_table table;
    struct vg_buffer out;
    vg_table_init(&table, arena);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&table, columns[i], i == 0 ? VG_COLUMN_INTEGER : VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < n; i++) {
        vg_table_integer(&table, (int64_t)rejects[i].line);
        vg_table_text(&table, rejects[i].column);
        vg_table_text_slice(&table, rejects[i].value);
        vg_table_text(&table, rejects[i].reason);
    }
    vg_buffer_init(&out, 0);
    vg_status status = vg_table_write(&table, VG_FORMAT_CSV, &out, error);
    status = status == VG_OK ? vg_file_write_atomic(path, out.data, out.size, error) : status;
    vg_buffer_release(&out);
    return status;
}

static vg_status write_rejects(const struct vg_import_request *request, const struct vg_intake_result *read, struct vg_arena *arena, struct vg_buffer *csv,
                               struct vg_error *error)
{
    if (read->n_rejects == 0) {
        return VG_OK;
    }
    struct vg_table table;
    vg_table_init(&table, arena);
    vg_intake_rejects_table(request->path, read, &table);
    vg_status status = vg_table_write(&table, VG_FORMAT_CSV, csv, error);
    if (status == VG_OK && request->rejects_path != NULL) {
        status = vg_file_write_atomic(request->rejects_path, csv->data, csv->size, error);
    }
    return status;
}

static vg_status store_facts(struct vg_store *store, const struct vg_import_request *request, const struct vg_profile_set *set,
                             const struct vg_place_list *places, const struct vg_buffer *rejects_csv, struct vg_import_outcome *outcome, struct vg_error *error)
{
    const struct vg_intake_result *read = &outcome->read;
    struct vg_store_import import = {.file_name = strrchr(request->path, '/') == NULL ? request->path : strrchr(request->path, '/') + 1,
                                     .file_hash = read->file_hash,
                                     .profile = read->plan.profile,
                                     .file_bytes = read->file_bytes,
                                     .rows_read = read->rows_read,
                                     .rows_rejected = read->rows_rejected,
                                     .published = read->published,
                                     .snapshot = read->snapshot,
                                     .counts_have_report_date = read->counts_have_report_date,
                                     .places = places,
                                     .cases = read->kind == VG_INTAKE_CASES ? &read->cases : NULL,
                                     .counts = read->kind == VG_INTAKE_COUNTS ? &read->counts : NULL,
                                     .rejects_csv = rejects_csv->size == 0 ? NULL : rejects_csv->data,
                                     .progress = request->intake.progress};
    describe_dataset(request, outcome, set, &import.dataset);
    return vg_store_import(store, &import, &outcome->stored, error);
}

static vg_status store_shapes(struct vg_store *store, const struct vg_place_list *places, struct vg_arena *arena, struct vg_import_outcome *outcome,
                              struct vg_error *error)
{
    const struct vg_intake_result *read = &outcome->read;
    struct vg_place_shape *shapes = VG_ARENA_ARRAY(arena, struct vg_place_shape, read->n_shapes);
    if (shapes == NULL) {
        return vg_fail_memory(error, read->n_shapes * sizeof *shapes);
    }
    for (size_t i = 0; i < read->n_shapes; i++) {
        shapes[i] = (struct vg_place_shape){places->places[read->shapes[i].place].code, read->shapes[i].geojson};
    }
    outcome->stored.rows_new = read->n_shapes;
    vg_status status = vg_store_put_places(store, places, error);
    return status == VG_OK ? vg_store_put_shapes(store, shapes, read->n_shapes, error) : status;
}

static vg_status store_result(struct vg_store *store, const struct vg_import_request *request, const struct vg_profile_set *set,
                              const struct vg_place_list *places, const struct vg_buffer *rejects_csv, struct vg_arena *arena,
                              struct vg_import_outcome *outcome, struct vg_error *error)
{
    switch (outcome->read.kind) {
    case VG_INTAKE_CASES:
    case VG_INTAKE_COUNTS:
        return store_facts(store, request, set, places, rejects_csv, outcome, error);
    case VG_INTAKE_PLACES:
        outcome->stored.rows_new = outcome->read.rows_taken;
        return vg_store_put_places(store, places, error);
    case VG_INTAKE_SHAPES:
        return store_shapes(store, places, arena, outcome, error);
    }
    return vg_fail(error, VG_USAGE_ERROR, "this kind of file cannot be stored");
}

/* The user's own profiles stand in the node's folder, so that they travel with it. */
static vg_status load_profiles(struct vg_store *store, struct vg_arena *arena, struct vg_profile_set **set, struct vg_error *error)
{
    char folder[NODE_PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s/profiles", vg_store_folder(store));
    const char *folders[] = {folder};
    return vg_profile_set_load(folders, vg_file_exists(folder) ? 1 : 0, arena, set, error);
}

vg_status vg_job_import(struct vg_store *store, const struct vg_import_request *request, struct vg_arena *arena, struct vg_import_outcome *outcome,
                        struct vg_error *error)
{
    struct vg_profile_set *own_set = NULL;
    struct vg_place_list places;
    struct vg_intake_options options = request->intake;
    struct vg_buffer rejects_csv;
    vg_buffer_init(&rejects_csv, 0);
    *outcome = (struct vg_import_outcome){0};
    vg_place_list_init(&places, arena);
    vg_status status = vg_store_places(store, &places, error);
    if (status == VG_OK && options.profiles == NULL) {
        status = load_profiles(store, arena, &own_set, error);
        options.profiles = own_set;
    }
    if (status == VG_OK) {
        status = request->data == NULL
                     ? vg_intake_read(request->path, &options, &places, arena, &outcome->read, error)
                     : vg_intake_read_memory(request->path, request->data, request->data_bytes, &options, &places, arena, &outcome->read, error);
    }
    if (status == VG_OK) {
        status = name_dataset(request, outcome, error);
    }
    if (status == VG_OK) {
        status = write_rejects(request, &outcome->read, arena, &rejects_csv, error);
    }
    if (status == VG_OK && request->confirm != NULL && !request->confirm(request->confirm_context, &outcome->read)) {
        status = vg_fail(error, VG_CANCELLED, "%s was not stored: the guessed mapping was not accepted", request->path);
    }
    if (status == VG_OK && !request->dry_run) {
        status = store_result(store, request, options.profiles, &places, &rejects_csv, arena, outcome, error);
    }
    vg_buffer_release(&rejects_csv);
    return status;
}
