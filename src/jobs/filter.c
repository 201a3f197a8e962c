/*
 * Analyses without a node: the file is taken into a node of its own in memory, each of its series is analysed by the
 * same job as a node's would be, on all processors, and the answers are put below each other with place, group, measure and status in front.
 */
#include "jobs/forecast_internal.h"
#include "jobs/alarm/alarm.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

vg_status job_open_reader(const char *path, const struct vg_given_file *files, size_t n_files, struct vg_reader **reader, struct vg_error *error)
{
    for (size_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return vg_reader_open_memory(path, files[i].data, files[i].size, NULL, reader, error);
        }
    }
    return vg_reader_open(path, NULL, reader, error);
}

/* A node is two levels deep: files, and folders of files. */
void job_remove_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[JOB_FOLDER_BYTES * 2];
        struct stat facts;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
            job_remove_folder(path);
        } else {
            (void)unlink(path);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    (void)rmdir(folder);
}

vg_status job_scratch_folder(char folder[JOB_FOLDER_BYTES], struct vg_error *error)
{
    static const char *const parents[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        (void)snprintf(folder, JOB_FOLDER_BYTES, "%s/vigia-filter-XXXXXX", parents[i]);
        if (mkdtemp(folder) != NULL) {
            return VG_OK;
        }
    }
    return vg_fail_errno(error, errno, "no temporary folder can be made in /dev/shm or /tmp");
}

static bool measure_fits(enum vg_filter_kind kind, const struct vg_measure *measure)
{
    return kind == VG_FILTER_NOWCAST ? measure->delayed : kind == VG_FILTER_RT ? measure->kind == VG_MEASURE_FLOW : true;
}

static vg_status add_keys_of_level(struct vg_store *store, const struct vg_cube_filter *filter, enum vg_place_level level, struct vg_arena *arena,
                                   struct job_series_key *keys, size_t *n_keys, size_t capacity, struct vg_error *error)
{
    struct vg_series_matrix matrix;
    vg_status status = vg_store_series_by_place(store, filter, level, arena, &matrix, error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_place_list *places = vg_store_place_list(store);
    for (size_t row = 0; row < matrix.n_places && *n_keys < capacity; row++) {
        keys[(*n_keys)++] = (struct job_series_key){places->places[matrix.place[row]].code, filter->group, filter->measure};
    }
    return VG_OK;
}

/* The finest level at which the file has places; WORLD where it names none. */
static vg_status finest_level(struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, enum vg_place_level *level, struct vg_error *error)
{
    *level = VG_LEVEL_WORLD;
    for (int candidate = VG_LEVEL_COUNTRY; candidate < VG_LEVEL_COUNT; candidate++) {
        struct vg_series_matrix matrix;
        vg_status status = vg_store_series_by_place(store, filter, (enum vg_place_level)candidate, arena, &matrix, error);
        if (status != VG_OK) {
            return status;
        }
        if (matrix.n_places > 0) {
            *level = (enum vg_place_level)candidate;
        }
    }
    return VG_OK;
}

#define SERIES_MAX 200000
#define MODEL_SERIES_MOST 100 /* nowcasts of more series are by the ladders alone unless the model is asked for: it takes ten times as long */

vg_status job_list_series(struct vg_store *store, const struct vg_dataset *dataset, enum vg_filter_kind kind, const struct vg_request *request,
                          struct vg_arena *arena, struct job_series_key **keys, size_t *n_keys, struct vg_error *error)
{
    const struct vg_measure **measures = NULL;
    const char **groups = NULL;
    size_t n_measures = 0;
    size_t n_groups = 0;
    vg_status status = vg_store_measures(store, dataset->name, arena, &measures, &n_measures, error);
    if (status == VG_OK) {
        status = vg_store_groups(store, dataset->name, arena, &groups, &n_groups, error);
    }
    *keys = VG_ARENA_ARRAY(arena, struct job_series_key, SERIES_MAX);
    if (status == VG_OK && *keys == NULL) {
        status = vg_fail_memory(error, SERIES_MAX * sizeof **keys);
    }
    bool by_place = dataset->kind == VG_DATASET_COUNTS || request->level != NULL;
    size_t n_rounds = dataset->kind == VG_DATASET_COUNTS && request->group == NULL && n_groups > 0 ? n_groups : 1;
    for (size_t m = 0; status == VG_OK && m < n_measures; m++) {
        bool wanted = request->measure != NULL ? strcmp(request->measure, measures[m]->name) == 0 : measure_fits(kind, measures[m]);
        for (size_t g = 0; wanted && status == VG_OK && g < n_rounds; g++) {
            struct vg_cube_filter filter = {.dataset = dataset->name, .measure = measures[m]->name, .group = n_rounds > 1 ? groups[g] : request->group,
                                            .place = request->place, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = request->as_of};
            enum vg_place_level level = VG_LEVEL_WORLD;
            if (by_place && request->place == NULL) {
                status = request->level != NULL && vg_place_level_from_name(vg_text_from(request->level), &level)
                             ? VG_OK
                             : finest_level(store, &filter, arena, &level, error);
            }
            if (status == VG_OK && level != VG_LEVEL_WORLD) {
                status = add_keys_of_level(store, &filter, level, arena, *keys, n_keys, SERIES_MAX, error);
            } else if (status == VG_OK && *n_keys < SERIES_MAX) {
                (*keys)[(*n_keys)++] = (struct job_series_key){request->place, filter.group, filter.measure};
            }
        }
        if (wanted && dataset->kind == VG_DATASET_CASES && request->measure == NULL) {
            break; /* a line list is one set of people: its first fitting date, others by --measure */
        }
    }
    if (status == VG_OK && *n_keys == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the file holds no series that this could be done with%s",
                         kind == VG_FILTER_NOWCAST ? ": a nowcast needs two dates, such as onset and report, or a reporting triangle" : "");
    }
    return status;
}

static void copy_cell(struct vg_table *to, const struct vg_column *column, size_t row)
{
    if (column->missing != NULL && column->missing[row]) {
        vg_table_missing(to);
        return;
    }
    switch (column->kind) {
    case VG_COLUMN_INTEGER:
        vg_table_integer(to, column->values.integers[row]);
        break;
    case VG_COLUMN_BOOLEAN:
        vg_table_boolean(to, column->values.integers[row] != 0);
        break;
    case VG_COLUMN_DOUBLE:
        vg_table_double(to, column->values.doubles[row]);
        break;
    case VG_COLUMN_TEXT:
        vg_table_text_slice(to, column->values.texts[row]);
        break;
    case VG_COLUMN_DATE:
        vg_table_date(to, column->values.dates[row]);
        break;
    }
}

/* Rows of one series; a series without rows still gets one that says why. */
static void append_rows(struct vg_table *to, const struct job_series_key *key, const struct vg_table *from, const char *status_name)
{
    if (to->n_columns == 0) {
        static const char *const names[] = {"place", "group", "measure", "status"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            vg_table_add_column(to, names[i], VG_COLUMN_TEXT);
        }
        for (size_t column = 0; column < from->n_columns; column++) {
            vg_table_add_column(to, from->columns[column].name, from->columns[column].kind);
        }
    }
    size_t n_rows = from->n_rows == 0 ? 1 : from->n_rows;
    for (size_t row = 0; row < n_rows; row++) {
        vg_table_text(to, key->place);
        vg_table_text(to, key->group);
        vg_table_text(to, key->measure);
        vg_table_text(to, status_name);
        for (size_t column = 4; column < to->n_columns; column++) {
            if (from->n_rows == 0) {
                vg_table_missing(to);
            } else {
                copy_cell(to, &from->columns[column - 4], row);
            }
        }
    }
}

static vg_job *job_of(enum vg_filter_kind kind)
{
    switch (kind) {
    case VG_FILTER_NOWCAST:
        return vg_job_nowcast;
    case VG_FILTER_RT:
        return vg_job_rt;
    case VG_FILTER_FORECAST:
        return vg_job_forecast;
    case VG_FILTER_SERIES:
        return vg_job_series;
    case VG_FILTER_CHECK:
        return vg_job_quality;
    case VG_FILTER_ALARM:
        return vg_job_alarm;
    case VG_FILTER_STATUS:
        break;
    }
    return vg_job_situation;
}

/* Series that are worked on at once before their rows are put in order. */
#define BATCH 256

struct batch {
    struct vg_store *store;
    const char *dataset;
    vg_job *job;
    const struct vg_request *request;
    const struct job_series_key *keys;
    struct vg_arena arenas[BATCH];
    struct vg_answer answers[BATCH];
    struct vg_error errors[BATCH];
    vg_status ended[BATCH];
};

/* One series by its job, into a table of its own. */
static void run_one(void *context, size_t item, unsigned worker)
{
    (void)worker;
    struct batch *batch = context;
    struct vg_request narrowed = *batch->request;
    vg_arena_init(&batch->arenas[item], 0);
    vg_answer_init(&batch->answers[item], &batch->arenas[item]);
    narrowed.dataset = batch->dataset;
    narrowed.place = batch->keys[item].place;
    narrowed.group = batch->keys[item].group;
    narrowed.measure = batch->keys[item].measure;
    batch->errors[item] = (struct vg_error){0};
    batch->ended[item] = batch->job(batch->store, &narrowed, &batch->arenas[item], &batch->answers[item], &batch->errors[item]);
}

vg_status job_each_series(struct vg_store *store, const char *dataset, vg_job *job, const struct vg_request *request, const struct job_series_key *keys,
                          size_t n_keys, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct batch *batch = VG_ARENA_ARRAY(arena, struct batch, 1);
    struct job_series_key *failed = VG_ARENA_ARRAY(arena, struct job_series_key, n_keys + 1);
    size_t n_failed = 0;
    if (batch == NULL || failed == NULL) {
        return vg_fail_memory(error, sizeof *batch);
    }
    *batch = (struct batch){.store = store, .dataset = dataset, .job = job, .request = request};
    vg_status status = VG_OK;
    struct vg_pool *pool = n_keys > 8 ? vg_pool_new(0) : NULL;
    for (size_t first = 0; status == VG_OK && first < n_keys; first += BATCH) {
        size_t n = n_keys - first < BATCH ? n_keys - first : BATCH;
        batch->keys = keys + first;
        vg_parallel_for(pool, n, run_one, batch);
        for (size_t i = 0; i < n; i++) {
            if (status == VG_OK && batch->ended[i] == VG_OK) {
                append_rows(&answer->table, &keys[first + i], &batch->answers[i].table, vg_series_status_name(batch->answers[i].status));
                answer->n_without_onset += batch->answers[i].n_without_onset;
                answer->n_imputed += batch->answers[i].n_imputed;
            } else if (status == VG_OK && (batch->ended[i] == VG_SYSTEM_ERROR || n_failed + 1 == n_keys)) {
                status = vg_fail(error, batch->ended[i], "%s", batch->errors[i].message);
            } else if (status == VG_OK) {
                failed[n_failed++] = keys[first + i];
            }
            vg_answer_release(&batch->answers[i]);
            vg_arena_release(&batch->arenas[i]);
        }
    }
    vg_pool_free(pool);
    const struct vg_table none = {0};
    for (size_t i = 0; status == VG_OK && i < n_failed; i++) {
        append_rows(&answer->table, &failed[i], &none, "failed");
    }
    return status;
}

/* What forecasts learn from sibling places, once for each measure and group among the keys. */
static vg_status remember(struct vg_store *store, const char *dataset, const struct vg_request *request, const struct job_series_key *keys, size_t n_keys,
                          struct vg_arena *arena, struct job_forecast_memory **memory, struct vg_error *error)
{
    vg_status status = VG_OK;
    *memory = NULL;
    for (size_t i = 0; status == VG_OK && i < n_keys && n_keys > 1; i++) {
        if (i > 0 && keys[i].measure == keys[i - 1].measure && keys[i].group == keys[i - 1].group) {
            continue;
        }
        struct job_context context;
        struct vg_answer none;
        struct vg_request *narrowed = VG_ARENA_ARRAY(arena, struct vg_request, 1);
        struct job_forecast_memory *learnt = VG_ARENA_ARRAY(arena, struct job_forecast_memory, 1);
        if (narrowed == NULL || learnt == NULL) {
            return vg_fail_memory(error, sizeof *narrowed);
        }
        *narrowed = *request;
        narrowed->dataset = dataset;
        narrowed->place = keys[i].place;
        narrowed->group = keys[i].group;
        narrowed->measure = keys[i].measure;
        vg_answer_init(&none, arena);
        if (job_context_open(&context, store, narrowed, arena, &none, JOB_ANY_MEASURE, NULL) == VG_OK) {
            context.error = error;
            status = job_forecast_learn(&context, arena, learnt);
            learnt->next = *memory;
            *memory = learnt;
        }
        vg_answer_release(&none);
    }
    return status;
}

static vg_status run_each(struct vg_store *store, const struct vg_dataset *dataset, enum vg_filter_kind kind, const struct vg_request *request,
                          struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_series_key *keys = NULL;
    struct job_forecast_memory *memory = NULL;
    size_t n_keys = 0;
    struct vg_request each = *request;
    vg_status status = job_list_series(store, dataset, kind, request, arena, &keys, &n_keys, error);
    if (status == VG_OK && kind == VG_FILTER_FORECAST) {
        status = remember(store, dataset->name, request, keys, n_keys, arena, &memory, error);
        each.forecast_memory = memory;
        each.level = NULL;
        each.without_renewal |= n_keys > JOB_RENEWAL_SERIES_MOST && !each.members;
    }
    bool impute = each.missing_onset != NULL && strcmp(each.missing_onset, "impute") == 0;
    if (kind == VG_FILTER_NOWCAST && each.method == NULL && !impute && n_keys > MODEL_SERIES_MOST) {
        each.method = "ladder";
    }
    return status == VG_OK ? job_each_series(store, dataset->name, job_of(kind), &each, keys, n_keys, arena, answer, error) : status;
}

static vg_status analyse(struct vg_store *store, enum vg_filter_kind kind, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_status status = vg_store_datasets(store, arena, &datasets, &n_datasets, error);
    if (status == VG_OK && n_datasets == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the file holds neither cases nor counts");
    }
    if (status == VG_OK && (kind == VG_FILTER_CHECK || kind == VG_FILTER_STATUS || kind == VG_FILTER_ALARM)) {
        struct vg_request whole = *request;
        whole.dataset = NULL;
        status = job_of(kind)(store, &whole, arena, answer, error);
    } else if (status == VG_OK) {
        status = run_each(store, &datasets[0], kind, request, arena, answer, error);
    }
    return status;
}

vg_status job_open_file(const char *path, const char *places_path, const struct vg_intake_options *options, struct vg_arena *arena, struct job_file_node *node,
                        struct vg_error *error)
{
    struct vg_import_request import = {.path = path, .intake = *options, .dataset = "file"};
    struct vg_import_request places = {.path = places_path, .intake = {.published = VG_DATE_NONE}};
    struct vg_import_outcome outcome;
    vg_status status = job_scratch_folder(node->folder, error);
    node->store = NULL;
    if (status != VG_OK) {
        return status;
    }
    status = vg_job_init(node->folder, error);
    if (status == VG_OK) {
        status = vg_store_open(node->folder, VG_STORE_WRITE, &node->store, error);
    }
    if (status == VG_OK && places_path != NULL) {
        status = vg_job_import(node->store, &places, arena, &outcome, error);
    }
    if (status == VG_OK && path != NULL) {
        status = vg_job_import(node->store, &import, arena, &outcome, error);
    }
    if (status != VG_OK) {
        job_close_file(node);
    }
    return status;
}

void job_close_file(struct job_file_node *node)
{
    vg_store_close(node->store);
    job_remove_folder(node->folder);
}

vg_status vg_job_filter(const char *path, enum vg_filter_kind kind, const struct vg_intake_options *options, const struct vg_request *request,
                        struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_file_node node;
    vg_status status = job_open_file(path, request->places_path, options, arena, &node, error);
    if (status == VG_OK) {
        status = analyse(node.store, kind, request, arena, answer, error);
        job_close_file(&node);
    }
    return status;
}
