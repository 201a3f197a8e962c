/*
 * Cases of one file woven into the versions that are there.
 *
 * What is known of a case on a day is its content in the newest vintage published by then. So each case has an observation at every vintage of
 * its dataset: a content, or absent. The observations of the other vintages are read back from the versions (the version that covers the vintage's day), this
 * file's is set, and the versions are derived anew:
 *   - a case seen for the first time at vintage k is known from its report date, held between the day after vintage k - 1 and vintage k;
 *   - a change, or a return after an absence, is known from the vintage's own day;
 *   - an absence ends a version where the vintage is a snapshot, and says nothing where it is not.
 * Versions that come out as they were are not touched.
 */
#include "store/store_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

/* Where a content is: a row of the file (index), or a version that is there (index + n_file). NONE: absent. */
typedef size_t content_ref;

/*
 * Identity -> newest row of the file with it, and -> its first version (versions of one identity are chained). A slot holds only the row's number: its
 * identity is looked up where it is, so that the table stays small enough to be mostly in the processor's cache.
 */
struct identity_index {
    const uint64_t *identity;
    uint32_t *slots;   /* row + 1; 0 empty */
    size_t mask;
};

struct case_work {
    struct store_import_work *work;
    const struct vg_case_table *file;
    const struct cube_cases *known;
    struct identity_index in_file, in_known;
    size_t *next_version;  /* [known->n] next version of the same identity, NONE at the end */
    sqlite3_stmt *insert, *copy, *update, *remove, *seal;
    size_t n_file;
};

struct piece { content_ref content; int32_t from, to; };

static bool index_init(struct vg_arena *arena, struct identity_index *index, const uint64_t *identity, size_t n)
{
    size_t capacity = 64;
    while (capacity < n + n / 2) {
        capacity *= 2;
    }
    index->identity = identity;
    index->slots = VG_ARENA_ARRAY(arena, uint32_t, capacity);
    index->mask = capacity - 1;
    return index->slots != NULL;
}

/* Where the identity is, or the empty slot where it belongs. */
static uint32_t *index_slot(const struct identity_index *index, uint64_t key)
{
    size_t slot = (size_t)(key * 0x9E3779B97F4A7C15U >> 20) & index->mask;
    while (index->slots[slot] != 0 && index->identity[index->slots[slot] - 1] != key) {
        slot = (slot + 1) & index->mask;
    }
    return &index->slots[slot];
}

static size_t index_find(const struct identity_index *index, uint64_t key)
{
    uint32_t found = *index_slot(index, key);
    return found == 0 ? NONE : found - 1;
}

static int32_t file_date(const struct case_work *cases, enum vg_case_date date, size_t row)
{
    return cases->file->dates[date] == NULL ? VG_DATE_NONE : cases->file->dates[date][row];
}

static uint64_t content_hash(const struct case_work *cases, content_ref content)
{
    return content < cases->n_file ? cases->file->content_hash[content] : cases->known->content[content - cases->n_file];
}

/* The day on which the case came to the system's knowledge, as it says itself. */
static int32_t report_date(const struct case_work *cases, content_ref content)
{
    static const enum vg_case_date order[] = {VG_CASE_REPORT, VG_CASE_NOTIFICATION, VG_CASE_DIAGNOSIS};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        int32_t date = content < cases->n_file ? file_date(cases, order[i], content) : cases->known->dates[order[i]][content - cases->n_file];
        if (date != VG_DATE_NONE) {
            return date;
        }
    }
    return VG_DATE_NONE;
}

/* What the versions say about an identity at a vintage's day. */
static content_ref observed(const struct case_work *cases, size_t first_version, int32_t day)
{
    for (size_t version = first_version; version != NONE; version = cases->next_version[version]) {
        if (cases->known->known_from[version] <= day && cases->known->known_to[version] > day) {
            return version + cases->n_file;
        }
    }
    return NONE;
}

/* Derives the versions of one identity from its observations; returns how many. pieces has room for one a vintage. */
static size_t derive(const struct case_work *cases, size_t first_version, size_t file_row, struct piece *pieces)
{
    const struct store_import_work *work = cases->work;
    size_t n = 0;
    bool seen_before = false;
    content_ref current = NONE;
    for (size_t vintage = 0; vintage < work->n_vintages; vintage++) {
        int32_t day = work->vintages[vintage];
        content_ref now = vintage == work->this_vintage ? file_row : observed(cases, first_version, day);
        if (now == NONE && (vintage == work->this_vintage ? !work->import->snapshot : !work->vintage_is_snapshot[vintage])) {
            now = current; /* a file that does not hold everything says nothing about what it leaves out */
        }
        if (now == NONE) {
            if (current != NONE) {
                pieces[n - 1].to = day;
            }
        } else if (current == NONE || content_hash(cases, now) != content_hash(cases, current)) {
            int32_t from = day;
            if (!seen_before) {
                int32_t reported = report_date(cases, now);
                int32_t earliest = vintage == 0 ? INT32_MIN + 1 : work->vintages[vintage - 1] + 1;
                from = reported == VG_DATE_NONE || reported > day ? day : reported < earliest ? earliest : reported;
            }
            if (current != NONE) {
                pieces[n - 1].to = from;
            }
            pieces[n++] = (struct piece){now, from, CUBE_OPEN};
            seen_before = true;
        }
        current = now;
    }
    return n;
}

/* Only the columns that the file has are written: the others stay NULL at no cost. Their order is that of bind_file_row. */
static vg_status prepare_insert(struct case_work *cases)
{
    const struct vg_case_table *file = cases->file;
    struct store_import_work *work = cases->work;
    struct vg_buffer sql;
    int n = 5;
    vg_buffer_init(&sql, 0);
    vg_buffer_text(&sql, "INSERT INTO case_version (dataset, import, identity, content, known_from");
    const struct { bool there; const char *name; } columns[] = {
        {work->n_vintages > 1, "known_to"}, {file->place != NULL, "place"}, {file->age_years != NULL, "age"}, {file->sex != NULL, "sex"},
        {file->class != NULL, "class"}, {file->outcome != NULL, "outcome"}, {file->severity != NULL, "severity"}, {file->category != NULL, "category"},
        {file->line != NULL, "line"}, {file->id != NULL, "case_id"}, {file->extra != NULL, "extra"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (columns[i].there) {
            vg_buffer_format(&sql, ", %s", columns[i].name);
            n++;
        }
    }
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (file->dates[date] != NULL) {
            vg_buffer_format(&sql, ", %s", vg_case_date_name((enum vg_case_date)date));
            n++;
        }
    }
    vg_buffer_text(&sql, ") VALUES (?");
    for (int i = 1; i < n; i++) {
        vg_buffer_text(&sql, ", ?");
    }
    vg_buffer_char(&sql, ')');
    vg_status status = sql.failed ? vg_fail_memory(work->error, 0) : store_prepare(work->store->db, sql.data, &cases->insert, work->error);
    vg_buffer_release(&sql);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(cases->insert, 1, work->dataset_id);
        (void)sqlite3_bind_int64(cases->insert, 2, work->import_id);
    }
    return status;
}

static void bind_text(sqlite3_stmt *statement, int index, struct vg_text text)
{
    (void)(text.size > 0 ? sqlite3_bind_text64(statement, index, text.data, text.size, SQLITE_STATIC, SQLITE_UTF8) : sqlite3_bind_null(statement, index));
}

static void bind_number(sqlite3_stmt *statement, int index, int64_t value, bool known)
{
    (void)(known ? sqlite3_bind_int64(statement, index, value) : sqlite3_bind_null(statement, index));
}

static void bind_file_row(struct case_work *cases, size_t row, int32_t from, int32_t to)
{
    const struct vg_case_table *file = cases->file;
    sqlite3_stmt *s = cases->insert;
    int at = 3;
    (void)sqlite3_bind_int64(s, at++, (int64_t)file->identity_hash[row]);
    (void)sqlite3_bind_int64(s, at++, (int64_t)file->content_hash[row]);
    (void)sqlite3_bind_int(s, at++, from);
    if (cases->work->n_vintages > 1) {
        store_bind_date(s, at++, to == CUBE_OPEN ? VG_DATE_NONE : to);
    }
    if (file->place != NULL) {
        bind_number(s, at++, (int64_t)file->place[row] + 1, file->place[row] != VG_PLACE_NONE);
    }
    if (file->age_years != NULL) {
        bind_number(s, at++, file->age_years[row], file->age_years[row] != VG_AGE_UNKNOWN);
    }
    const uint8_t *const codes[] = {file->sex, file->class, file->outcome, file->severity};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i] != NULL) {
            (void)sqlite3_bind_int(s, at++, codes[i][row]);
        }
    }
    if (file->category != NULL) {
        bind_number(s, at++, file->category[row], file->category[row] != UINT32_MAX);
    }
    if (file->line != NULL) {
        (void)sqlite3_bind_int64(s, at++, (int64_t)file->line[row]);
    }
    if (file->id != NULL) {
        bind_text(s, at++, file->id[row]);
    }
    if (file->extra != NULL) {
        bind_text(s, at++, file->extra[row]);
    }
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        if (file->dates[date] != NULL) {
            store_bind_date(s, at++, file->dates[date][row]);
        }
    }
}

/* Identifying fields are sealed with the node's key; the identity is bound in, so that a blob cannot be moved to another case. */
static vg_status seal_identifying(struct case_work *cases, size_t row)
{
    const struct vg_case_table *file = cases->file;
    if (file->identifying == NULL || file->identifying[row].size == 0) {
        return VG_OK;
    }
    struct store_import_work *work = cases->work;
    size_t size = file->identifying[row].size;
    size_t sealed_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + size + crypto_aead_xchacha20poly1305_ietf_ABYTES;
    unsigned char *sealed = malloc(sealed_bytes);
    if (sealed == NULL) {
        return vg_fail_memory(work->error, sealed_bytes);
    }
    uint64_t bound[2] = {(uint64_t)work->dataset_id, file->identity_hash[row]};
    randombytes_buf(sealed, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL, (const unsigned char *)file->identifying[row].data, size,
                                                     (const unsigned char *)bound, sizeof bound, NULL, sealed, work->store->key);
    (void)sqlite3_bind_int64(cases->seal, 1, work->dataset_id);
    (void)sqlite3_bind_int64(cases->seal, 2, (int64_t)file->identity_hash[row]);
    (void)sqlite3_bind_blob64(cases->seal, 3, sealed, sealed_bytes, SQLITE_STATIC);
    vg_status status = store_step_done(work->store->db, cases->seal, "writing identifying fields", work->error);
    free(sealed);
    return status;
}

/* Remembers a version that was added, for the cube. */
static vg_status note_added(struct case_work *cases, const struct piece *piece)
{
    struct case_result *result = &cases->work->cases;
    if (result->n_added == result->capacity) {
        return vg_fail(cases->work->error, VG_SYSTEM_ERROR, "more versions came out of an import than there is room for");
    }
    result->added[result->n_added] = piece->content;
    result->added_from[result->n_added] = piece->from;
    result->added_to[result->n_added] = piece->to;
    result->added_row[result->n_added] = (uint32_t)sqlite3_last_insert_rowid(cases->work->store->db);
    result->n_added++;
    return VG_OK;
}

static vg_status write_piece(struct case_work *cases, const struct piece *piece, bool *used)
{
    struct store_import_work *work = cases->work;
    sqlite3 *db = work->store->db;
    if (piece->content < cases->n_file) {
        bind_file_row(cases, piece->content, piece->from, piece->to);
        vg_status status = store_step_done(db, cases->insert, "writing cases", work->error);
        if (status == VG_OK) {
            status = note_added(cases, piece);
        }
        return status == VG_OK ? seal_identifying(cases, piece->content) : status;
    }
    size_t version = piece->content - cases->n_file;
    bool same = cases->known->known_from[version] == piece->from && cases->known->known_to[version] == piece->to;
    if (!used[version] && same) {
        used[version] = true;
        return VG_OK;
    }
    /* The first use of a version moves it, further ones copy it. */
    bool copied = used[version];
    sqlite3_stmt *statement = copied ? cases->copy : cases->update;
    used[version] = true;
    (void)sqlite3_bind_int64(statement, 1, cases->known->row[version]);
    (void)sqlite3_bind_int(statement, 2, piece->from);
    store_bind_date(statement, 3, piece->to == CUBE_OPEN ? VG_DATE_NONE : piece->to);
    vg_status status = store_step_done(db, statement, "writing cases", work->error);
    if (status == VG_OK && copied) {
        return note_added(cases, piece);
    }
    work->cases.from[version] = piece->from;
    work->cases.to[version] = piece->to;
    return status;
}

static void count_outcome(const struct case_work *cases, size_t first_version, size_t file_row)
{
    struct store_import_work *work = cases->work;
    int32_t before = work->this_vintage == 0 ? INT32_MIN + 1 : work->vintages[work->this_vintage - 1];
    content_ref was = work->this_vintage == 0 ? NONE : observed(cases, first_version, before);
    content_ref at = observed(cases, first_version, work->import->published);
    was = at != NONE && was == NONE ? at : was; /* the same day published again */
    if (file_row == NONE) {
        work->summary->rows_withdrawn += was != NONE;
    } else if (was == NONE) {
        work->summary->rows_new++;
    } else if (content_hash(cases, was) != content_hash(cases, file_row)) {
        work->summary->rows_changed++;
    } else {
        work->summary->rows_unchanged++;
    }
}

/* Brings the versions of one identity to what they should be. first_version or file_row may be NONE. */
static vg_status weave(struct case_work *cases, size_t first_version, size_t file_row, struct piece *pieces, bool *used)
{
    struct store_import_work *work = cases->work;
    count_outcome(cases, first_version, file_row);
    size_t n = derive(cases, first_version, file_row, pieces);
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (pieces[i].from < pieces[i].to) {
            status = write_piece(cases, &pieces[i], used);
        }
    }
    for (size_t version = first_version; status == VG_OK && version != NONE; version = cases->next_version[version]) {
        if (!used[version]) {
            (void)sqlite3_bind_int64(cases->remove, 1, cases->known->row[version]);
            status = store_step_done(work->store->db, cases->remove, "writing cases", work->error);
            work->cases.from[version] = CASE_REMOVED;
        }
    }
    return status;
}

static vg_status prepare(struct case_work *cases)
{
    struct store_import_work *work = cases->work;
    sqlite3 *db = work->store->db;
    vg_status status = prepare_insert(cases);
    if (status == VG_OK) {
        status = store_prepare(db,
                               "INSERT INTO case_version (dataset, import, identity, content, known_from, known_to, place, onset, notification, sample, diagnosis,"
                               " report, admission, icu, recovery, death, age, sex, class, outcome, severity, category, line, case_id, extra)"
                               " SELECT dataset, import, identity, content, ?2, ?3, place, onset, notification, sample, diagnosis, report, admission, icu,"
                               " recovery, death, age, sex, class, outcome, severity, category, line, case_id, extra FROM case_version WHERE id = ?1",
                               &cases->copy, work->error);
    }
    if (status == VG_OK) {
        status = store_prepare(db, "UPDATE case_version SET known_from = ?2, known_to = ?3 WHERE id = ?1", &cases->update, work->error);
    }
    if (status == VG_OK) {
        status = store_prepare(db, "DELETE FROM case_version WHERE id = ?1", &cases->remove, work->error);
    }
    if (status == VG_OK) {
        status = store_prepare(db, "INSERT OR REPLACE INTO case_secret (dataset, identity, sealed) VALUES (?1, ?2, ?3)", &cases->seal, work->error);
    }
    return status;
}

/* The file's categories under the dataset's numbers: known ones keep theirs. Rewrites file->category to them. */
static vg_status write_categories(struct case_work *cases, uint32_t *category)
{
    const struct vg_case_table *file = cases->file;
    struct store_import_work *work = cases->work;
    sqlite3_stmt *statement = NULL;
    if (file->category == NULL) {
        return VG_OK;
    }
    uint32_t *number = VG_ARENA_ARRAY(work->arena, uint32_t, file->n_categories);
    size_t next = cases->known->n_categories;
    vg_status status = number == NULL ? vg_fail_memory(work->error, 0)
                                      : store_prepare(work->store->db, "INSERT INTO category (dataset, number, name) VALUES (?1, ?2, ?3)", &statement, work->error);
    for (size_t i = 0; status == VG_OK && i < file->n_categories; i++) {
        size_t found = 0;
        while (found < cases->known->n_categories && !vg_text_equal(cases->known->categories[found], file->categories[i])) {
            found++;
        }
        number[i] = (uint32_t)(found < cases->known->n_categories ? found : next);
        if (found == cases->known->n_categories) {
            (void)sqlite3_bind_int64(statement, 1, work->dataset_id);
            (void)sqlite3_bind_int64(statement, 2, (int64_t)next++);
            (void)sqlite3_bind_text64(statement, 3, file->categories[i].data, file->categories[i].size, SQLITE_STATIC, SQLITE_UTF8);
            status = store_step_done(work->store->db, statement, "writing categories", work->error);
        }
    }
    (void)sqlite3_finalize(statement);
    for (size_t row = 0; status == VG_OK && row < file->n_cases; row++) {
        category[row] = file->category[row] == UINT32_MAX ? UINT32_MAX : number[file->category[row]];
    }
    return status;
}

static vg_status build_indexes(struct case_work *cases)
{
    struct store_import_work *work = cases->work;
    if (cases->n_file >= UINT32_MAX || cases->known->n >= UINT32_MAX - cases->n_file) {
        return vg_fail(work->error, VG_DATA_ERROR, "a dataset holds at most four thousand million versions of cases; divide it by year or state");
    }
    cases->next_version = VG_ARENA_ARRAY(work->arena, size_t, cases->known->n);
    if (cases->next_version == NULL || !index_init(work->arena, &cases->in_file, cases->file->identity_hash, cases->n_file) ||
        !index_init(work->arena, &cases->in_known, cases->known->identity, cases->known->n)) {
        return vg_fail_memory(work->error, (cases->n_file + cases->known->n) * 32);
    }
    for (size_t row = 0; row < cases->n_file; row++) {
        *index_slot(&cases->in_file, cases->file->identity_hash[row]) = (uint32_t)row + 1; /* the last row of an identity wins */
    }
    for (size_t version = 0; version < cases->known->n; version++) {
        uint32_t *slot = index_slot(&cases->in_known, cases->known->identity[version]);
        cases->next_version[version] = *slot == 0 ? NONE : *slot - 1;
        *slot = (uint32_t)version + 1;
    }
    return VG_OK;
}

static vg_status weave_all(struct case_work *cases)
{
    struct store_import_work *work = cases->work;
    struct piece *pieces = VG_ARENA_ARRAY(work->arena, struct piece, work->n_vintages);
    bool *used = VG_ARENA_ARRAY(work->arena, bool, cases->known->n);
    if (pieces == NULL || used == NULL) {
        return vg_fail_memory(work->error, cases->known->n);
    }
    vg_status status = VG_OK;
    for (size_t row = 0; status == VG_OK && row < cases->n_file; row++) {
        uint64_t identity = cases->file->identity_hash[row];
        if (index_find(&cases->in_file, identity) == row) {
            status = weave(cases, index_find(&cases->in_known, identity), row, pieces, used);
        }
        if (row % 100000 == 0 && !vg_progress_report(work->import->progress, "storing", (double)row / (double)cases->n_file)) {
            return vg_fail(work->error, VG_CANCELLED, "the import was stopped; nothing was stored");
        }
    }
    for (size_t version = 0; status == VG_OK && work->import->snapshot && version < cases->known->n; version++) {
        uint64_t identity = cases->known->identity[version];
        if (index_find(&cases->in_known, identity) == version && index_find(&cases->in_file, identity) == NONE) {
            status = weave(cases, version, NONE, pieces, used);
        }
    }
    return status;
}

/* Places in the store's numbers. */
static vg_status translate_places(struct store_import_work *work)
{
    struct vg_case_table *file = &work->file;
    if (file->place == NULL) {
        return VG_OK;
    }
    uint32_t *place = VG_ARENA_ARRAY(work->arena, uint32_t, file->n_cases);
    if (place == NULL) {
        return vg_fail_memory(work->error, file->n_cases * sizeof *place);
    }
    for (size_t row = 0; row < file->n_cases; row++) {
        place[row] = file->place[row] == VG_PLACE_NONE ? VG_PLACE_NONE : work->place_of[file->place[row]];
    }
    file->place = place;
    return VG_OK;
}

/* Room for what the import does: a row of the file gives at most one version a vintage. */
static vg_status reserve_result(struct store_import_work *work, const struct cube_cases *known)
{
    struct case_result *result = &work->cases;
    result->capacity = work->file.n_cases + (work->n_vintages > 1 ? known->n : 0);
    result->from = VG_ARENA_ARRAY(work->arena, int32_t, known->n);
    result->to = VG_ARENA_ARRAY(work->arena, int32_t, known->n);
    result->added = VG_ARENA_ARRAY(work->arena, size_t, result->capacity);
    result->added_from = VG_ARENA_ARRAY(work->arena, int32_t, result->capacity);
    result->added_to = VG_ARENA_ARRAY(work->arena, int32_t, result->capacity);
    result->added_row = VG_ARENA_ARRAY(work->arena, uint32_t, result->capacity);
    if (work->arena->failed) {
        return vg_fail_memory(work->error, result->capacity * 20);
    }
    if (known->n > 0) {
        memcpy(result->from, known->known_from, known->n * sizeof *result->from);
        memcpy(result->to, known->known_to, known->n * sizeof *result->to);
    }
    return VG_OK;
}

vg_status store_import_cases(struct store_import_work *work)
{
    static const struct cube_cases nothing = {0};
    work->file = *work->import->cases;
    struct case_work cases = {.work = work, .file = &work->file, .known = work->known == NULL ? &nothing : &work->known->cases, .n_file = work->file.n_cases};
    uint32_t *category = VG_ARENA_ARRAY(work->arena, uint32_t, work->file.n_cases);
    vg_status status = category == NULL ? vg_fail_memory(work->error, work->file.n_cases * sizeof *category) : translate_places(work);
    if (status == VG_OK) {
        status = write_categories(&cases, category);
        work->file.category = work->file.category == NULL ? NULL : category;
    }
    if (status == VG_OK) {
        status = prepare(&cases);
    }
    if (status == VG_OK) {
        status = reserve_result(work, cases.known);
    }
    if (status == VG_OK) {
        status = build_indexes(&cases);
    }
    if (status == VG_OK) {
        status = weave_all(&cases);
    }
    sqlite3_stmt *const statements[] = {cases.insert, cases.copy, cases.update, cases.remove, cases.seal};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        (void)sqlite3_finalize(statements[i]);
    }
    return status;
}
