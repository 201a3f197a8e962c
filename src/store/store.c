/*
 * Opening and closing a node; datasets, imports, places, shapes and products.
 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

const char *vg_data_nature_name(enum vg_data_nature nature)
{
    static const char *const names[] = {"real", "simulated", "historic"};
    return names[nature];
}

static vg_status path_in(const char *folder, const char *name, char out[STORE_PATH_BYTES], struct vg_error *error)
{
    int length = snprintf(out, STORE_PATH_BYTES, "%s/%s", folder, name);
    if (length < 0 || length >= STORE_PATH_BYTES) {
        return vg_fail(error, VG_USAGE_ERROR, "the path %.100s... is too long", folder);
    }
    return VG_OK;
}

static bool folder_is_empty(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return errno == ENOENT;
    }
    size_t n = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(directory);
    return n == 0;
}

static vg_status make_folders(const char *folder, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    static const char *const parts[] = {"", "cube", "profiles"};
    if (path_in(folder, "", path, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0'; /* the folders above, where they are missing; what is wrong with them is said below */
        (void)mkdir(path, 0750);
        *slash = '/';
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        vg_status status = path_in(folder, parts[i], path, error);
        if (status != VG_OK) {
            return status;
        }
        if (mkdir(path, 0750) != 0 && errno != EEXIST) {
            return vg_fail_errno(error, errno, "the folder %s cannot be made", path);
        }
    }
    return VG_OK;
}

static vg_status write_key(const char *folder, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    uint8_t key[STORE_KEY_BYTES];
    vg_status status = path_in(folder, "key", path, error);
    if (status != VG_OK) {
        return status;
    }
    randombytes_buf(key, sizeof key);
    status = vg_file_write_secret(path, key, sizeof key, error);
    sodium_memzero(key, sizeof key);
    return status;
}

static vg_status open_database(const char *folder, int flags, sqlite3 **db, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    vg_status status = path_in(folder, "node.db", path, error);
    if (status != VG_OK) {
        return status;
    }
    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK) {
        status = store_sql_error(*db, error, path);
        (void)sqlite3_close(*db);
        *db = NULL;
        return status;
    }
    (void)sqlite3_extended_result_codes(*db, 1);
    (void)sqlite3_busy_timeout(*db, 5000);
    return store_sql(*db, "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; PRAGMA secure_delete = ON;", error);
}

void store_checkpoint(const struct vg_store *store)
{
    sqlite3 *db = NULL;
    struct vg_error error;
    /* A connection of its own, so that the store's may be used meanwhile. What fails here is done by a later checkpoint. */
    if (open_database(store->folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, &db, &error) == VG_OK) {
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    (void)sqlite3_close(db);
}

vg_status vg_store_create(const char *folder, struct vg_error *error)
{
    sqlite3 *db = NULL;
    if (!folder_is_empty(folder)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is not an empty folder; a node is made in a new one", folder);
    }
    vg_status status = make_folders(folder, error);
    if (status == VG_OK) {
        status = write_key(folder, error);
    }
    if (status == VG_OK) {
        status = open_database(folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, &db, error);
    }
    if (status == VG_OK) {
        status = store_schema_create(db, error);
    }
    (void)sqlite3_close(db);
    return status;
}

/* One writer at a time, whatever the process; the lock goes with the process. */
static vg_status take_lock(struct vg_store *store, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    vg_status status = path_in(store->folder, "lock", path, error);
    if (status != VG_OK) {
        return status;
    }
    store->lock_descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (store->lock_descriptor < 0) {
        return vg_fail_errno(error, errno, "%s cannot be opened", path);
    }
    if (flock(store->lock_descriptor, LOCK_EX | LOCK_NB) != 0) {
        return vg_fail(error, VG_BUSY, "another process is writing to the node %s; try again when it has ended", store->folder);
    }
    return VG_OK;
}

static vg_status read_key(struct vg_store *store, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    struct vg_buffer bytes;
    vg_buffer_init(&bytes, 0);
    vg_status status = path_in(store->folder, "key", path, error);
    if (status == VG_OK) {
        status = vg_file_read(path, STORE_KEY_BYTES, &bytes, error);
    }
    if (status == VG_OK && bytes.size != STORE_KEY_BYTES) {
        status = vg_fail(error, VG_DATA_ERROR, "%s is not a node's key", path);
    }
    if (status == VG_OK) {
        memcpy(store->key, bytes.data, STORE_KEY_BYTES);
        sodium_memzero(bytes.data, bytes.size);
    }
    vg_buffer_release(&bytes);
    return status;
}

vg_status vg_store_open(const char *folder, enum vg_store_mode mode, struct vg_store **out, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    *out = NULL;
    vg_status status = path_in(folder, "node.db", path, error);
    if (status != VG_OK) {
        return status;
    }
    if (!vg_file_exists(path)) {
        return vg_fail(error, VG_NOT_FOUND, "there is no node in %s; make one with: vigia init %s", folder, folder);
    }
    struct vg_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return vg_fail_memory(error, sizeof *store);
    }
    store->mode = mode;
    store->lock_descriptor = -1;
    (void)snprintf(store->folder, sizeof store->folder, "%s", folder);
    if (mode == VG_STORE_WRITE) {
        status = take_lock(store, error);
    }
    if (status == VG_OK) {
        status = read_key(store, error);
    }
    if (status == VG_OK) {
        /* A writer is one thread; a reader may serve many. */
        status = open_database(folder, SQLITE_OPEN_READWRITE | (mode == VG_STORE_READ ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX), &store->db, error);
    }
    if (status == VG_OK) {
        status = store_schema_migrate(store->db, mode, error);
    }
    if (status == VG_OK) {
        status = store_open_cube(store, error);
    }
    if (status != VG_OK) {
        vg_store_close(store);
        return status;
    }
    *out = store;
    return VG_OK;
}

void vg_store_close(struct vg_store *store)
{
    if (store == NULL) {
        return;
    }
    cube_free(store->cube);
    (void)sqlite3_close(store->db);
    if (store->lock_descriptor >= 0) {
        (void)close(store->lock_descriptor);
    }
    sodium_memzero(store->key, sizeof store->key);
    free(store);
}

const char *vg_store_folder(const struct vg_store *store)
{
    return store->folder;
}

uint64_t vg_store_data_version(struct vg_store *store)
{
    return store->cube->data_version;
}

/* The cube of the newest data version: from its file, else from the database (and then kept as a file, if the folder can be written). */
vg_status store_open_cube(struct vg_store *store, struct vg_error *error)
{
    struct cube *cube = NULL;
    vg_status status = cube_file_open(store, &cube, error);
    if (status == VG_NOT_FOUND) {
        status = cube_from_database(store, &cube, error);
        if (status == VG_OK) {
            (void)cube_file_write(store, cube, NULL); /* a cache: the answer is right without it */
        }
    }
    if (status == VG_OK) {
        cube_free(store->cube);
        store->cube = cube;
    }
    return status;
}

vg_status vg_store_refresh(struct vg_store *store, struct vg_error *error)
{
    int64_t version = 0;
    vg_status status = store_scalar(store->db, "SELECT value FROM meta WHERE name = 'data_version'", &version, error);
    if (status == VG_OK && (uint64_t)version != store->cube->data_version) {
        status = store_open_cube(store, error);
    }
    return status;
}

vg_status vg_store_verify(struct vg_store *store, bool rebuild_cube, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "PRAGMA integrity_check", &statement, error);
    if (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        if (answer == NULL || strcmp(answer, "ok") != 0) {
            status = vg_fail(error, VG_SYSTEM_ERROR, "the database is damaged: %s; restore a backup with vigia restore", answer == NULL ? "?" : answer);
        }
    }
    (void)sqlite3_finalize(statement);
    if (status == VG_OK && rebuild_cube) {
        struct cube *cube = NULL;
        status = cube_from_database(store, &cube, error);
        if (status == VG_OK) {
            status = cube_file_write(store, cube, error);
            cube_free(store->cube);
            store->cube = cube;
        }
    } else if (status == VG_OK) {
        status = cube_file_verify(store, error);
    }
    return status;
}

/* --------------------------------------------------------------- datasets */

vg_status vg_store_datasets(struct vg_store *store, struct vg_arena *arena, struct vg_dataset **datasets, size_t *n_datasets, struct vg_error *error)
{
    const struct cube *cube = store->cube;
    *datasets = VG_ARENA_ARRAY(arena, struct vg_dataset, cube->n_datasets);
    if (*datasets == NULL) {
        return vg_fail_memory(error, cube->n_datasets * sizeof **datasets);
    }
    *n_datasets = 0;
    for (size_t i = 0; i < cube->n_datasets; i++) {
        (*datasets)[(*n_datasets)++] = cube->datasets[i].info;
    }
    return VG_OK;
}

vg_status vg_store_dataset_find(struct vg_store *store, const char *name, struct vg_arena *arena, struct vg_dataset *dataset, struct vg_error *error)
{
    const struct cube_dataset *found = cube_find(store->cube, name);
    if (found != NULL) {
        *dataset = found->info;
        return VG_OK;
    }
    const char *names = "";
    for (size_t i = 0; i < store->cube->n_datasets && names != NULL; i++) {
        names = vg_arena_format(arena, "%s%s%s", names, i == 0 ? "" : ", ", store->cube->datasets[i].info.name);
    }
    return vg_fail(error, VG_NOT_FOUND, "there is no dataset %.100s; the node has %.400s", name, names == NULL || names[0] == '\0' ? "none" : names);
}

vg_status vg_store_imports(struct vg_store *store, struct vg_arena *arena, struct vg_import_record **records, size_t *n_records, struct vg_error *error)
{
    int64_t count = 0;
    sqlite3_stmt *statement = NULL;
    *n_records = 0;
    vg_status status = store_scalar(store->db, "SELECT count(*) FROM import", &count, error);
    if (status == VG_OK) {
        *records = VG_ARENA_ARRAY(arena, struct vg_import_record, (size_t)count);
        status = *records == NULL ? vg_fail_memory(error, (size_t)count * sizeof **records) : VG_OK;
    }
    if (status == VG_OK) {
        status = store_prepare(store->db,
                               "SELECT i.id, d.name, i.file_name, i.file_hash, i.profile, i.imported_at, i.published, i.rows_read, i.rows_rejected, i.rows_new,"
                               " i.rows_changed, i.rows_withdrawn, i.rows_unchanged FROM import i JOIN dataset d ON d.id = i.dataset ORDER BY i.id DESC LIMIT ?1",
                               &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        struct vg_import_record *record = &(*records)[(*n_records)++];
        record->id = (uint32_t)sqlite3_column_int64(statement, 0);
        record->dataset = store_column_text(arena, statement, 1);
        record->file_name = store_column_text(arena, statement, 2);
        record->file_hash = store_column_text(arena, statement, 3);
        record->profile = store_column_text(arena, statement, 4);
        record->imported_at = store_column_text(arena, statement, 5);
        record->published = sqlite3_column_int(statement, 6);
        uint64_t *const counts[] = {&record->rows_read,    &record->rows_rejected,  &record->rows_new,
                                    &record->rows_changed, &record->rows_withdrawn, &record->rows_unchanged};
        for (int i = 0; i < 6; i++) {
            *counts[i] = (uint64_t)sqlite3_column_int64(statement, 7 + i);
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* ----------------------------------------------------------------- places */

const struct vg_place_list *vg_store_place_list(struct vg_store *store)
{
    return &store->cube->places;
}

vg_status vg_store_places(struct vg_store *store, struct vg_place_list *places, struct vg_error *error)
{
    const struct vg_place_list *known = &store->cube->places;
    VG_ASSERT(places->count == 0);
    for (size_t i = 0; i < known->count; i++) {
        if (vg_place_list_add(places, &known->places[i]) == VG_PLACE_NONE) {
            return vg_fail_memory(error, known->count * sizeof *known->places);
        }
    }
    return VG_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_place(const struct vg_place *a, const struct vg_place *b)
{
    bool same = same_text(a->name, b->name) && same_text(a->alternative_names, b->alternative_names) && a->level == b->level &&
                same_number(a->population, b->population) && same_number(a->latitude, b->latitude) && same_number(a->longitude, b->longitude);
    for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
        same = same && same_text(a->names[language], b->names[language]);
    }
    return same;
}

vg_status store_write_places(struct vg_store *store, const struct vg_place_list *places, uint32_t *place_of, bool *changed, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    const struct vg_place_list *known = &store->cube->places;
    size_t next = known->count;
    for (size_t i = 0; i < places->count; i++) {
        uint32_t found = vg_place_list_find_code(known, vg_text_from(places->places[i].code));
        place_of[i] = found == VG_PLACE_NONE ? (uint32_t)next++ : found;
    }
    vg_status status = store_prepare(store->db,
                                     "INSERT INTO place (id, code, name, name_es, name_pt, name_en, name_fr, name_zh, alternative_names, parent, level,"
                                     " population, latitude, longitude) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
                                     " ON CONFLICT (id) DO UPDATE SET name = ?3, name_es = ?4, name_pt = ?5, name_en = ?6, name_fr = ?7, name_zh = ?8,"
                                     " alternative_names = ?9, parent = ?10, level = ?11, population = ?12, latitude = ?13, longitude = ?14",
                                     &statement, error);
    for (size_t i = 0; status == VG_OK && i < places->count; i++) {
        const struct vg_place *place = &places->places[i];
        if (place_of[i] < known->count && same_place(place, &known->places[place_of[i]])) {
            continue;
        }
        *changed = true;
        (void)sqlite3_bind_int64(statement, 1, (int64_t)place_of[i] + 1);
        store_bind_text(statement, 2, place->code);
        store_bind_text(statement, 3, place->name);
        for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
            store_bind_text(statement, 4 + language, place->names[language]);
        }
        store_bind_text(statement, 9, place->alternative_names);
        (void)(place->parent == VG_PLACE_NONE ? sqlite3_bind_null(statement, 10) : sqlite3_bind_int64(statement, 10, (int64_t)place_of[place->parent] + 1));
        (void)sqlite3_bind_int(statement, 11, (int)place->level);
        store_bind_double(statement, 12, place->population);
        store_bind_double(statement, 13, place->latitude);
        store_bind_double(statement, 14, place->longitude);
        status = store_step_done(store->db, statement, "writing places", error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status store_need_writing(const struct vg_store *store, struct vg_error *error)
{
    return store->mode == VG_STORE_WRITE ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "the node was opened for reading");
}

vg_status store_begin(struct vg_store *store, struct vg_error *error)
{
    vg_status status = store_need_writing(store, error);
    return status == VG_OK ? store_sql(store->db, "BEGIN IMMEDIATE", error) : status;
}

vg_status store_end_transaction(struct vg_store *store, vg_status status, struct vg_error *error)
{
    if (status == VG_OK) {
        status = store_sql(store->db, "COMMIT", error);
    }
    if (status != VG_OK) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

vg_status vg_store_put_places(struct vg_store *store, const struct vg_place_list *places, struct vg_error *error)
{
    struct vg_arena arena;
    bool changed = false;
    vg_status status = store_need_writing(store, error);
    if (status != VG_OK) {
        return status;
    }
    vg_arena_init(&arena, 0);
    uint32_t *place_of = VG_ARENA_ARRAY(&arena, uint32_t, places->count);
    status = place_of == NULL ? vg_fail_memory(error, places->count * sizeof *place_of) : store_sql(store->db, "BEGIN IMMEDIATE", error);
    if (status == VG_OK) {
        status = store_write_places(store, places, place_of, &changed, error);
        if (status == VG_OK && changed) {
            status = store_bump_version(store->db, error);
        }
        status = store_end_transaction(store, status, error);
    }
    vg_arena_release(&arena);
    return status == VG_OK && changed ? store_cube_after_places(store, error) : status;
}

vg_status vg_store_put_shapes(struct vg_store *store, const struct vg_place_shape *shapes, size_t n_shapes, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_begin(store, error);
    if (status != VG_OK) {
        return status;
    }
    status = store_prepare(store->db, "INSERT OR REPLACE INTO shape (code, geojson) VALUES (?1, ?2)", &statement, error);
    for (size_t i = 0; status == VG_OK && i < n_shapes; i++) {
        store_bind_text(statement, 1, shapes[i].code);
        store_bind_text(statement, 2, shapes[i].geojson);
        status = store_step_done(store->db, statement, "writing shapes", error);
    }
    (void)sqlite3_finalize(statement);
    if (status == VG_OK) {
        status = store_bump_version(store->db, error);
    }
    status = store_end_transaction(store, status, error);
    return status == VG_OK ? store_cube_after_places(store, error) : status;
}

vg_status vg_store_shapes(struct vg_store *store, const char *parent_code, struct vg_arena *arena, struct vg_place_shape **shapes, size_t *n_shapes, struct vg_error *error)
{
    int64_t count = 0;
    sqlite3_stmt *statement = NULL;
    const struct vg_place_list *places = &store->cube->places;
    uint32_t parent = VG_PLACE_NONE;
    *n_shapes = 0;
    if (parent_code != NULL) {
        parent = vg_place_list_find_code(places, vg_text_from(parent_code));
        if (parent == VG_PLACE_NONE) {
            return vg_fail(error, VG_NOT_FOUND, "there is no place with the code %.60s", parent_code);
        }
    }
    vg_status status = store_scalar(store->db, "SELECT count(*) FROM shape", &count, error);
    if (status == VG_OK) {
        *shapes = VG_ARENA_ARRAY(arena, struct vg_place_shape, (size_t)count);
        status = *shapes == NULL ? vg_fail_memory(error, (size_t)count) : store_prepare(store->db, "SELECT code, geojson FROM shape ORDER BY code LIMIT ?1", &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *code = (const char *)sqlite3_column_text(statement, 0);
        uint32_t place = vg_place_list_find_code(places, vg_text_from(code));
        if (parent != VG_PLACE_NONE && (place == VG_PLACE_NONE || place == parent || !vg_place_list_within(places, place, parent))) {
            continue;
        }
        (*shapes)[(*n_shapes)++] = (struct vg_place_shape){store_column_text(arena, statement, 0), store_column_text(arena, statement, 1)};
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* --------------------------------------------------------------- products */

static vg_status replace_product(struct vg_store *store, sqlite3_stmt *drop, sqlite3_stmt *insert, const struct vg_product *product, struct vg_error *error)
{
    store_bind_text(drop, 1, product->kind);
    store_bind_text(drop, 2, product->key);
    vg_status status = store_step_done(store->db, drop, "dropping the former product", error);
    store_bind_text(insert, 1, product->kind);
    store_bind_text(insert, 2, product->key);
    store_bind_text(insert, 3, product->parameters_json);
    store_bind_text(insert, 4, product->program_version);
    (void)sqlite3_bind_int64(insert, 5, (int64_t)product->data_version);
    (void)sqlite3_bind_int64(insert, 6, (int64_t)product->seed);
    (void)sqlite3_bind_blob64(insert, 7, product->content, product->content_bytes, SQLITE_STATIC);
    return status == VG_OK ? store_step_done(store->db, insert, "writing products", error) : status;
}

vg_status vg_store_put_products(struct vg_store *store, const struct vg_product *products, size_t n_products, struct vg_error *error)
{
    sqlite3_stmt *drop = NULL;
    sqlite3_stmt *insert = NULL;
    vg_status status = store_begin(store, error);
    if (status != VG_OK) {
        return status;
    }
    status = store_prepare(store->db, "DELETE FROM product WHERE kind = ?1 AND key = ?2", &drop, error);
    if (status == VG_OK) {
        status = store_prepare(store->db,
                               "INSERT INTO product (kind, key, parameters, program_version, data_version, seed, made_at, content)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?7)",
                               &insert, error);
    }
    for (size_t i = 0; status == VG_OK && i < n_products; i++) {
        status = replace_product(store, drop, insert, &products[i], error);
    }
    (void)sqlite3_finalize(drop);
    (void)sqlite3_finalize(insert);
    return store_end_transaction(store, status, error);
}

vg_status vg_store_get_product(struct vg_store *store, const char *kind, const char *key, struct vg_arena *arena, struct vg_product *product, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db,
                                     "SELECT parameters, program_version, data_version, seed, content, made_at FROM product WHERE kind = ?1 AND key = ?2 ORDER BY id DESC LIMIT 1",
                                     &statement, error);
    if (status != VG_OK) {
        return status;
    }
    store_bind_text(statement, 1, kind);
    store_bind_text(statement, 2, key);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        size_t size = (size_t)sqlite3_column_bytes(statement, 4);
        *product = (struct vg_product){.kind = kind, .key = key, .parameters_json = store_column_text(arena, statement, 0),
                                       .program_version = store_column_text(arena, statement, 1),
                                       .data_version = (uint64_t)sqlite3_column_int64(statement, 2),
                                       .seed = (uint64_t)sqlite3_column_int64(statement, 3), .content_bytes = size, .made_at = store_column_text(arena, statement, 5)};
        product->content = vg_arena_copy_bytes(arena, sqlite3_column_blob(statement, 4), size);
        status = product->content == NULL ? vg_fail_memory(error, size) : VG_OK;
    } else {
        status = vg_fail(error, VG_NOT_FOUND, "there is no product %s with the key %.200s", kind, key);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_store_list_products(struct vg_store *store, const char *kind, struct vg_arena *arena, struct vg_product **products, size_t *n_products, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    *products = NULL;
    *n_products = 0;
    vg_status status = store_prepare(store->db, "SELECT count(*) FROM product WHERE kind = ?1", &statement, error);
    if (status != VG_OK) {
        return status;
    }
    store_bind_text(statement, 1, kind);
    capacity = sqlite3_step(statement) == SQLITE_ROW ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    *products = VG_ARENA_ARRAY(arena, struct vg_product, capacity + 1);
    if (*products == NULL) {
        return vg_fail_memory(error, capacity * sizeof **products);
    }
    status = store_prepare(store->db, "SELECT key, parameters, program_version, data_version, seed, made_at, length(content) FROM product WHERE kind = ?1 ORDER BY id DESC", &statement, error);
    if (status != VG_OK) {
        return status;
    }
    store_bind_text(statement, 1, kind);
    while (*n_products < capacity && sqlite3_step(statement) == SQLITE_ROW) { /* what was added meanwhile waits for the next question */
        (*products)[(*n_products)++] = (struct vg_product){.kind = kind, .key = store_column_text(arena, statement, 0), .parameters_json = store_column_text(arena, statement, 1),
                                                           .program_version = store_column_text(arena, statement, 2), .data_version = (uint64_t)sqlite3_column_int64(statement, 3),
                                                           .seed = (uint64_t)sqlite3_column_int64(statement, 4), .made_at = store_column_text(arena, statement, 5),
                                                           .content_bytes = (size_t)sqlite3_column_int64(statement, 6)};
    }
    (void)sqlite3_finalize(statement);
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_store_drop_products(struct vg_store *store, const char *const *kinds, size_t n_kinds, const char *key, struct vg_error *error)
{
    sqlite3_stmt *drop = NULL;
    vg_status status = store_begin(store, error);
    if (status != VG_OK) {
        return status;
    }
    status = store_prepare(store->db, "DELETE FROM product WHERE kind = ?1 AND key = ?2", &drop, error);
    for (size_t i = 0; status == VG_OK && i < n_kinds; i++) {
        store_bind_text(drop, 1, kinds[i]);
        store_bind_text(drop, 2, key);
        status = store_step_done(store->db, drop, "dropping a product", error);
    }
    (void)sqlite3_finalize(drop);
    return store_end_transaction(store, status, error);
}
