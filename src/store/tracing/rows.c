/*
 * Rows of tracing in and out of the database, by their shapes; the work in which they are written, and its audit.
 */
#include "store/tracing/tracing_internal.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- statements */

static const char *const statement_texts[TRACING_STATEMENT_COUNT] = {
    [TRACING_NOTE] = "INSERT INTO tracing_audit (at, actor, role, action, person, object, object_id, reason, detail)"
                     " VALUES (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [TRACING_EXTERNAL] = "SELECT id FROM tracing_external WHERE form = ?1 AND kind = ?2 AND external = ?3",
    [TRACING_PUT_EXTERNAL] = "INSERT OR REPLACE INTO tracing_external (form, kind, external, id) VALUES (?1, ?2, ?3, ?4)",
    [TRACING_SURVIVOR] = "SELECT coalesce(merged_into, id) FROM tracing_person WHERE id = ?1",
    [TRACING_READ_IDENTITY] = "SELECT sealed FROM tracing_identity WHERE person = ?1",
    [TRACING_WRITE_IDENTITY] = "INSERT OR REPLACE INTO tracing_identity (person, sealed) VALUES (?1, ?2)",
    [TRACING_ADD_CODE] = "INSERT OR IGNORE INTO tracing_search (code, person) VALUES (?1, ?2)",
    [TRACING_DROP_CODE] = "DELETE FROM tracing_search WHERE code = ?1 AND person = ?2",
    [TRACING_COUNT_NAME] = "INSERT INTO tracing_name (code, n) VALUES (?1, ?2) ON CONFLICT (code) DO UPDATE SET n = n + excluded.n",
    [TRACING_PUT_DUPLICATE] = "INSERT INTO tracing_duplicate (person, other, probability, state, pattern) VALUES (?1, ?2, ?3, 0, ?4)"
                              " ON CONFLICT (person, other) DO UPDATE SET probability = excluded.probability, pattern = excluded.pattern WHERE state = 0",
    [TRACING_ENTRY] = "SELECT id FROM tracing_followup WHERE entry = ?1",
    [TRACING_ATTENDED] = "SELECT id FROM tracing_attendance WHERE event = ?1 AND person = ?2",
};

sqlite3_stmt *tracing_statement(struct vg_tracing_work *work, enum tracing_statement which, struct vg_error *error)
{
    if (work->statements[which] == NULL && store_prepare(work->store->db, statement_texts[which], &work->statements[which], error) != VG_OK) {
        return NULL;
    }
    return work->statements[which];
}

void tracing_bind_id(sqlite3_stmt *statement, int index, int64_t id)
{
    (void)(id == 0 ? sqlite3_bind_null(statement, index) : sqlite3_bind_int64(statement, index, id));
}

void tracing_keys_of(const struct vg_store *store, struct tracing_keys *keys)
{
    (void)crypto_kdf_derive_from_key(keys->seal, sizeof keys->seal, 1, "vgtrace1", store->key);
    (void)crypto_kdf_derive_from_key(keys->search, sizeof keys->search, 2, "vgtrace1", store->key);
}

/* ----------------------------------------------------------------- reading */

static void column_into(struct vg_arena *arena, sqlite3_stmt *statement, int column, const struct vg_tracing_field *field, void *row)
{
    char *at = (char *)row + field->offset;
    bool none = sqlite3_column_type(statement, column) == SQLITE_NULL;
    switch (field->value) {
    case VG_VALUE_ID:
    case VG_VALUE_INTEGER:
        *(int64_t *)(void *)at = sqlite3_column_int64(statement, column);
        break;
    case VG_VALUE_WORD: { /* a newer program may know more words */
        int word = sqlite3_column_int(statement, column);
        *(int *)(void *)at = word >= 0 && (size_t)word < field->n_words ? word : 0;
        break;
    }
    case VG_VALUE_DATE:
        *(int32_t *)(void *)at = none ? VG_DATE_NONE : sqlite3_column_int(statement, column);
        break;
    case VG_VALUE_NUMBER:
        *(double *)(void *)at = none ? NAN : sqlite3_column_double(statement, column);
        break;
    case VG_VALUE_TEXT:
        *(const char **)(void *)at = store_column_text(arena, statement, column);
        break;
    }
}

static void add_columns(struct vg_buffer *sql, const struct vg_tracing_shape *shape)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        vg_buffer_format(sql, "%s%s", i == 0 ? "" : ", ", shape->fields[i].name);
    }
}

/* Field names come from the shapes, values are bound: nothing of a query's text gets into the SQL. */
static void add_conditions(struct vg_buffer *sql, const struct vg_tracing_query *query, bool without_index)
{
    static const char *const signs[] = {"=", ">=", "<=", "", "!=", ""};
    const struct vg_tracing_shape *shape = vg_tracing_shape(query->kind);
    for (size_t i = 0; i < query->n_conditions; i++) {
        const struct vg_tracing_condition *condition = &query->conditions[i];
        const struct vg_tracing_field *field = vg_tracing_field(shape, condition->field);
        VG_ASSERT(field != NULL);
        vg_buffer_format(sql, "%s %s%s%s ", i == 0 ? " WHERE" : " AND", condition->compare == VG_LATER_OR_NONE ? "(" : "", without_index ? "+" : "", field->name);
        if (condition->compare == VG_LATER_OR_NONE) {
            vg_buffer_format(sql, "IS NULL OR %s > ?%zu)", field->name, i + 1);
        } else if (condition->compare == VG_WITHIN) {
            vg_buffer_format(sql,
                             "IN (WITH RECURSIVE below (id, code) AS (SELECT id, code FROM place WHERE code = ?%zu UNION SELECT p.id, p.code FROM place p JOIN below b ON p.parent = b.id)"
                             " SELECT code FROM below UNION SELECT ?%zu)",
                             i + 1, i + 1);
        } else if (field->value == VG_VALUE_ID && condition->number == 0 && condition->text == NULL && (condition->compare == VG_IS || condition->compare == VG_IS_NOT)) {
            vg_buffer_text(sql, condition->compare == VG_IS ? "IS NULL" : "IS NOT NULL");
        } else {
            vg_buffer_format(sql, "%s ?%zu", signs[condition->compare], i + 1);
        }
    }
}

/* How a query's rows are found: all of them; in an index, then sorted; or by walking from the end that is wanted first, which is less work where most rows match. */
enum way { WAY_COUNT, WAY_ALL, WAY_INDEX, WAY_WALK };

static vg_status prepare_query(struct vg_store *store, const struct vg_tracing_query *query, enum way way, sqlite3_stmt **statement, struct vg_error *error)
{
    bool count = way == WAY_COUNT;
    struct vg_buffer sql;
    const struct vg_tracing_shape *shape = vg_tracing_shape(query->kind);
    vg_buffer_init(&sql, 0);
    vg_buffer_text(&sql, count ? "SELECT count(*) FROM (SELECT 1" : "SELECT ");
    if (!count) {
        add_columns(&sql, shape);
    }
    vg_buffer_format(&sql, " FROM %s", shape->table);
    if (way == WAY_INDEX) { /* which rows is found in an index alone; only those are read */
        vg_buffer_format(&sql, " WHERE id IN (SELECT id FROM %s", shape->table);
    }
    add_conditions(&sql, query, way == WAY_WALK);
    const char *order = query->newest_first ? " ORDER BY id DESC" : " ORDER BY id";
    if (way == WAY_INDEX || way == WAY_WALK) {
        vg_buffer_format(&sql, "%s LIMIT %zu OFFSET %zu%s", order, query->most, query->skip, way == WAY_INDEX ? ")" : "");
    }
    if (count) {
        vg_buffer_format(&sql, " LIMIT %zu)", query->most == 0 ? SIZE_MAX / 2 : query->most);
    } else if (way != WAY_WALK) {
        vg_buffer_text(&sql, order);
    }
    vg_status status = sql.failed ? vg_fail_memory(error, 0) : store_prepare(store->db, sql.data, statement, error);
    vg_buffer_release(&sql);
    for (size_t i = 0; status == VG_OK && i < query->n_conditions; i++) {
        const struct vg_tracing_condition *condition = &query->conditions[i];
        if (condition->text != NULL) {
            store_bind_text(*statement, (int)i + 1, condition->text);
        } else {
            (void)sqlite3_bind_int64(*statement, (int)i + 1, condition->number);
        }
    }
    return status;
}

static vg_status read_rows(struct vg_store *store, sqlite3_stmt *statement, const struct vg_tracing_shape *shape, struct vg_arena *arena, struct vg_buffer *rows, struct vg_error *error)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!vg_buffer_reserve(rows, shape->size)) {
            return vg_fail_memory(error, shape->size);
        }
        void *row = rows->data + rows->size;
        memset(row, 0, shape->size);
        for (size_t i = 0; i < shape->n_fields; i++) {
            column_into(arena, statement, (int)i, &shape->fields[i], row);
        }
        rows->size += shape->size;
    }
    return code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading tracing");
}

static vg_status select_by(struct vg_store *store, const struct vg_tracing_query *query, enum way way, struct vg_arena *arena, void *rows, size_t *n_rows, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(query->kind);
    sqlite3_stmt *statement = NULL;
    struct vg_buffer found;
    void *copy = NULL;
    vg_buffer_init(&found, 0);
    *n_rows = 0;
    vg_status status = prepare_query(store, query, way, &statement, error);
    if (status == VG_OK) {
        status = read_rows(store, statement, shape, arena, &found, error);
    }
    (void)sqlite3_finalize(statement);
    if (status == VG_OK) {
        *n_rows = found.size / shape->size;
        copy = vg_arena_alloc(arena, *n_rows + 1, shape->size);
        status = copy == NULL || arena->failed ? vg_fail_memory(error, found.size) : VG_OK;
    }
    if (status == VG_OK && found.size > 0) {
        memcpy(copy, found.data, found.size);
    }
    memcpy(rows, &copy, sizeof copy);
    vg_buffer_release(&found);
    return status;
}

vg_status vg_tracing_select(struct vg_store *store, const struct vg_tracing_query *query, struct vg_arena *arena, void *rows, size_t *n_rows, struct vg_error *error)
{
    return select_by(store, query, query->most == 0 ? WAY_ALL : WAY_INDEX, arena, rows, n_rows, error);
}

vg_status vg_tracing_count(struct vg_store *store, const struct vg_tracing_query *query, size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = prepare_query(store, query, WAY_COUNT, &statement, error);
    if (status == VG_OK) {
        status = sqlite3_step(statement) == SQLITE_ROW ? VG_OK : store_sql_error(store->db, error, "reading tracing");
        *n = status == VG_OK ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_tracing_page(struct vg_store *store, const struct vg_tracing_query *query, struct vg_arena *arena, void *rows, size_t *n_rows, size_t *total, bool *more, struct vg_error *error)
{
    struct vg_tracing_query counted = *query;
    char sql[120];
    int64_t largest = 0;
    counted.most = VG_TRACING_COUNT_MOST + 1;
    vg_status status = vg_tracing_count(store, &counted, total, error);
    (void)snprintf(sql, sizeof sql, "SELECT coalesce(max(id), 0) FROM %s", vg_tracing_shape(query->kind)->table);
    if (status == VG_OK) {
        status = store_scalar(store->db, sql, &largest, error);
    }
    if (status != VG_OK) {
        return status;
    }
    *more = *total > VG_TRACING_COUNT_MOST;
    *total = *more ? VG_TRACING_COUNT_MOST : *total;
    double walk = (double)(query->skip + query->most) * (double)largest / ((double)*total + 1);
    return select_by(store, query, walk < (double)*total ? WAY_WALK : WAY_INDEX, arena, rows, n_rows, error);
}

vg_status vg_tracing_get(struct vg_store *store, enum vg_tracing_kind kind, int64_t id, struct vg_arena *arena, void *row, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    struct vg_tracing_query query = {.kind = kind};
    void *rows = NULL;
    size_t n = 0;
    if (id <= 0) {
        return vg_fail(error, VG_NOT_FOUND, "%s is named by its number", shape->name);
    }
    vg_tracing_where(&query, "id", VG_IS, id);
    vg_status status = vg_tracing_select(store, &query, arena, &rows, &n, error);
    if (status == VG_OK && n == 0) {
        status = vg_fail(error, VG_NOT_FOUND, "there is no %s %lld", shape->name, (long long)id);
    }
    if (status != VG_OK) {
        return status;
    }
    memcpy(row, rows, shape->size);
    int64_t into = kind == VG_TRACING_PERSON ? ((const struct vg_tracing_person *)row)->merged_into : 0;
    return into == 0 ? VG_OK : vg_tracing_get(store, kind, into, arena, row, error);
}

/* ----------------------------------------------------------------- the work */

vg_status tracing_check_actor(const struct vg_actor *actor, bool writes, struct vg_error *error)
{
    if (actor == NULL || actor->name == NULL || actor->name[0] == '\0' || strlen(actor->name) > 100 || !vg_utf8_valid(actor->name, strlen(actor->name))) {
        return vg_fail(error, VG_USAGE_ERROR, "this step needs the name of who takes it, at most 100 bytes");
    }
    if (writes && actor->role != VG_ROLE_CASE_WORKER) {
        return vg_fail(error, VG_USAGE_ERROR, "only a case worker may do that, and %s is here as %s", actor->name, vg_role_name(actor->role));
    }
    return VG_OK;
}

vg_status tracing_open_work(struct vg_store *store, const struct vg_actor *actor, struct vg_tracing_work **out, struct vg_error *error)
{
    *out = NULL;
    vg_status status = store_begin(store, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_tracing_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return store_end_transaction(store, vg_fail_memory(error, sizeof *work), error);
    }
    vg_arena_init(&work->arena, 0);
    vg_buffer_init(&work->codes, 0);
    vg_buffer_init(&work->names, 0);
    vg_buffer_init(&work->set_codes, 0);
    work->store = store;
    work->actor = (struct vg_actor){vg_arena_copy(&work->arena, actor->name), actor->role};
    work->today = vg_date_today();
    tracing_keys_of(store, &work->keys);
    *out = work;
    return VG_OK;
}

vg_status vg_tracing_begin(struct vg_store *store, const struct vg_actor *actor, struct vg_tracing_work **work, struct vg_error *error)
{
    *work = NULL;
    vg_status status = tracing_check_actor(actor, true, error);
    return status == VG_OK ? tracing_open_work(store, actor, work, error) : status;
}

vg_status vg_tracing_end(struct vg_tracing_work *work, vg_status status, struct vg_error *error)
{
    if (work == NULL) {
        return status;
    }
    struct vg_store *store = work->store;
    if (status == VG_OK) {
        status = tracing_flush(work, error);
    }
    bool quiet = work->quiet;
    for (int i = 0; i < TRACING_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(work->statements[i]);
    }
    for (int i = 0; i < VG_TRACING_KIND_COUNT; i++) {
        (void)sqlite3_finalize(work->insert[i]);
        (void)sqlite3_finalize(work->update[i]);
    }
    store_at_step(store, "tracing");
    status = store_end_transaction(store, status, error);
    if (quiet) {
        vg_tracing_quiet(work, false);
    }
    sodium_memzero(&work->keys, sizeof work->keys);
    vg_buffer_release(&work->codes);
    vg_buffer_release(&work->names);
    vg_buffer_release(&work->set_codes);
    vg_arena_release(&work->arena);
    free(work);
    return status;
}

void vg_tracing_quiet(struct vg_tracing_work *work, bool quiet)
{
    work->quiet = quiet;
    /* Rows of an import go to all places of the indexes: pages that do not stay in memory are written and read many times. A hint: what fails here is only slower. */
    (void)sqlite3_exec(work->store->db, quiet ? "PRAGMA cache_size = -524288" : "PRAGMA cache_size = -65536", NULL, NULL, NULL);
}

vg_status vg_tracing_note(struct vg_tracing_work *work, const char *action, int64_t person, const char *object, int64_t object_id, const char *reason, const char *detail,
                          struct vg_error *error)
{
    sqlite3_stmt *note = tracing_statement(work, TRACING_NOTE, error);
    if (note == NULL) {
        return VG_SYSTEM_ERROR;
    }
    store_bind_text(note, 1, work->actor.name);
    store_bind_text(note, 2, vg_role_name(work->actor.role));
    store_bind_text(note, 3, action);
    tracing_bind_id(note, 4, person);
    store_bind_text(note, 5, object);
    tracing_bind_id(note, 6, object_id);
    store_bind_text(note, 7, reason);
    store_bind_text(note, 8, detail);
    return store_step_done(work->store->db, note, "writing the audit", error);
}

/* ----------------------------------------------------------------- writing */

static void bind_field(sqlite3_stmt *statement, int index, const struct vg_tracing_field *field, const void *row)
{
    const void *at = (const char *)row + field->offset;
    switch (field->value) {
    case VG_VALUE_ID:
    case VG_VALUE_INTEGER:
        tracing_bind_id(statement, index, *(const int64_t *)at);
        break;
    case VG_VALUE_WORD:
        (void)sqlite3_bind_int(statement, index, *(const int *)at);
        break;
    case VG_VALUE_DATE:
        store_bind_date(statement, index, *(const int32_t *)at);
        break;
    case VG_VALUE_NUMBER:
        store_bind_double(statement, index, *(const double *)at);
        break;
    case VG_VALUE_TEXT:
        store_bind_text(statement, index, *(const char *const *)at);
        break;
    }
}

static vg_status prepare_put(struct vg_tracing_work *work, enum vg_tracing_kind kind, bool update, sqlite3_stmt **statement, struct vg_error *error)
{
    sqlite3_stmt **kept = update ? &work->update[kind] : &work->insert[kind];
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    vg_status status = VG_OK;
    if (*kept == NULL) {
        struct vg_buffer sql;
        vg_buffer_init(&sql, 0);
        vg_buffer_format(&sql, update ? "UPDATE %s SET (" : "INSERT INTO %s (", shape->table);
        add_columns(&sql, shape);
        vg_buffer_text(&sql, update ? ") = (" : ") VALUES (");
        for (size_t i = 0; i < shape->n_fields; i++) {
            vg_buffer_format(&sql, "%s?%zu", i == 0 ? "" : ", ", i + 1);
        }
        vg_buffer_text(&sql, update ? ") WHERE id = ?1" : ")");
        status = sql.failed ? vg_fail_memory(error, 0) : store_prepare(work->store->db, sql.data, kept, error);
        vg_buffer_release(&sql);
    }
    *statement = *kept;
    return status;
}

/* One id found by a prepared lookup; 0 where there is none. */
static vg_status look_up(struct vg_tracing_work *work, sqlite3_stmt *statement, int64_t *id, struct vg_error *error)
{
    int code = sqlite3_step(statement);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    vg_status status = code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(work->store->db, error, "reading tracing");
    (void)sqlite3_reset(statement);
    return status;
}

vg_status tracing_survivor(struct vg_tracing_work *work, int64_t *person, struct vg_error *error)
{
    int64_t found = 0;
    sqlite3_stmt *statement = tracing_statement(work, TRACING_SURVIVOR, error);
    if (*person == 0 || statement == NULL) {
        return statement == NULL ? VG_SYSTEM_ERROR : VG_OK;
    }
    (void)sqlite3_bind_int64(statement, 1, *person);
    vg_status status = look_up(work, statement, &found, error);
    if (status == VG_OK && found == 0) {
        return vg_fail(error, VG_NOT_FOUND, "there is no person %lld", (long long)*person);
    }
    *person = found;
    return status;
}

/* What a row of its kind must be, beside what its words and dates are. */
vg_status vg_tracing_check(enum vg_tracing_kind kind, const void *row, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    static const char *const spans[][2] = {{"first", "last"}, {"exposure_first", "exposure_last"}, {"first", "ended"}};
    static const char *const needed[VG_TRACING_KIND_COUNT][2] = {
        {NULL, NULL}, {"person", NULL}, {"person", NULL}, {NULL, NULL}, {"event", "person"}, {"contact", "day"}, {"person", NULL}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        const struct vg_tracing_field *first = vg_tracing_field(shape, spans[i][0]), *last = vg_tracing_field(shape, spans[i][1]);
        int32_t from = first == NULL ? VG_DATE_NONE : *(const int32_t *)(const void *)((const char *)row + first->offset);
        int32_t to = last == NULL ? VG_DATE_NONE : *(const int32_t *)(const void *)((const char *)row + last->offset);
        if (from != VG_DATE_NONE && to != VG_DATE_NONE && from > to) {
            return vg_fail(error, VG_USAGE_ERROR, "a %s cannot have its day \"%s\" before its day \"%s\"", shape->name, spans[i][1], spans[i][0]);
        }
    }
    for (size_t i = 0; i < 2 && needed[kind][i] != NULL; i++) {
        const struct vg_tracing_field *field = vg_tracing_field(shape, needed[kind][i]);
        const void *at = (const char *)row + field->offset;
        if (field->value == VG_VALUE_DATE ? *(const int32_t *)at == VG_DATE_NONE : *(const int64_t *)at == 0) {
            return vg_fail(error, VG_USAGE_ERROR, "a %s needs its %s", shape->name, field->name);
        }
    }
    if (kind == VG_TRACING_CONTACT && ((const struct vg_contact *)row)->source == ((const struct vg_contact *)row)->person) {
        return vg_fail(error, VG_USAGE_ERROR, "nobody is a contact of oneself");
    }
    double temperature = kind == VG_TRACING_FOLLOWUP ? ((const struct vg_followup *)row)->temperature : NAN;
    if (temperature < 30 || temperature > 45) {
        return vg_fail(error, VG_USAGE_ERROR, "a temperature is in degrees Celsius, from 30 to 45, not %g", temperature);
    }
    return VG_OK;
}

/* Persons are whom they were merged into; a row that is there already is found by what makes it one. */
static vg_status settle(struct vg_tracing_work *work, enum vg_tracing_kind kind, void *row, struct vg_error *error)
{
    static const char *const people[] = {"person", "source"};
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < 2; i++) {
        const struct vg_tracing_field *field = vg_tracing_field(shape, people[i]);
        if (field != NULL) {
            status = tracing_survivor(work, (int64_t *)(void *)((char *)row + field->offset), error);
        }
    }
    struct vg_followup *followup = kind == VG_TRACING_FOLLOWUP ? row : NULL;
    struct vg_attendance *attendance = kind == VG_TRACING_ATTENDANCE ? row : NULL;
    sqlite3_stmt *statement = NULL;
    if (status == VG_OK && followup != NULL && followup->id == 0 && followup->entry != NULL) {
        statement = tracing_statement(work, TRACING_ENTRY, error);
        if (statement == NULL) {
            return VG_SYSTEM_ERROR;
        }
        store_bind_text(statement, 1, followup->entry);
        status = look_up(work, statement, &followup->id, error);
    }
    if (status == VG_OK && attendance != NULL && attendance->id == 0) {
        statement = tracing_statement(work, TRACING_ATTENDED, error);
        if (statement == NULL) {
            return VG_SYSTEM_ERROR;
        }
        (void)sqlite3_bind_int64(statement, 1, attendance->event);
        (void)sqlite3_bind_int64(statement, 2, attendance->person);
        status = look_up(work, statement, &attendance->id, error);
    }
    return status;
}

static vg_status explain(struct vg_tracing_work *work, const struct vg_tracing_shape *shape, struct vg_error *error)
{
    if (sqlite3_extended_errcode(work->store->db) == SQLITE_CONSTRAINT_FOREIGNKEY) {
        return vg_fail(error, VG_NOT_FOUND, "this %s points to a person, case, contact or event that is not there", shape->name);
    }
    return store_sql_error(work->store->db, error, "writing tracing");
}

vg_status vg_tracing_put(struct vg_tracing_work *work, enum vg_tracing_kind kind, void *row, struct vg_error *error)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    const struct vg_tracing_field *added = vg_tracing_field(shape, "added"), *person = vg_tracing_field(shape, "person");
    sqlite3_stmt *statement = NULL;
    int64_t *id = row; /* the first field of every kind */
    vg_status status = settle(work, kind, row, error);
    if (status == VG_OK) {
        status = vg_tracing_check(kind, row, error);
    }
    bool update = *id != 0;
    if (status == VG_OK) {
        status = prepare_put(work, kind, update, &statement, error);
    }
    if (status != VG_OK) {
        return status;
    }
    if (added != NULL && *(int32_t *)(void *)((char *)row + added->offset) == VG_DATE_NONE) {
        *(int32_t *)(void *)((char *)row + added->offset) = work->today;
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        bind_field(statement, (int)i + 1, &shape->fields[i], row);
    }
    if (sqlite3_step(statement) != SQLITE_DONE) {
        status = explain(work, shape, error);
    } else if (update && sqlite3_changes(work->store->db) == 0) {
        status = vg_fail(error, VG_NOT_FOUND, "there is no %s %lld", shape->name, (long long)*id);
    }
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    if (status != VG_OK) {
        return status;
    }
    *id = update ? *id : sqlite3_last_insert_rowid(work->store->db);
    if (work->quiet) {
        return VG_OK;
    }
    int64_t whom = kind == VG_TRACING_PERSON ? *id : person == NULL ? 0 : *(int64_t *)(void *)((char *)row + person->offset);
    return vg_tracing_note(work, update ? "changed" : "added", whom, shape->name, *id, NULL, NULL, error);
}
