/*
 * The tables genome_set and genome.
 */
#include "store/genomes/genomes.h"

#include "store/store_internal.h"

#include <math.h>
#include <string.h>

static bool is_name(const char *name)
{
    bool fine = *name != '\0' && strlen(name) <= 64;
    for (; *name != '\0' && fine; name++) {
        fine = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || *name == '-';
    }
    return fine;
}

/* ------------------------------------------------------------------ writing */

static vg_status find_or_make(struct vg_store *store, const char *set, const struct vg_genome_reference *reference, int64_t *set_id, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT id, letters FROM genome_set WHERE name = ?1", &statement, error);
    if (status != VG_OK) {
        return status;
    }
    store_bind_text(statement, 1, set);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *set_id = sqlite3_column_int64(statement, 0);
        const char *letters = (const char *)sqlite3_column_text(statement, 1);
        if (letters == NULL || strlen(letters) != reference->length || memcmp(letters, reference->letters, reference->length) != 0) {
            status = vg_fail(error, VG_DATA_ERROR, "the node's genomes %s are told against another reference; give these a set of their own (--set NAME)", set);
        }
    } else if (code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading genomes");
    }
    (void)sqlite3_finalize(statement);
    if (status != VG_OK || code == SQLITE_ROW) {
        return status;
    }
    status = store_prepare(store->db, "INSERT INTO genome_set (name, reference_name, letters) VALUES (?1, ?2, ?3)", &statement, error);
    if (status == VG_OK) {
        store_bind_text(statement, 1, set);
        (void)sqlite3_bind_text(statement, 2, reference->name.size == 0 ? "" : reference->name.data, (int)reference->name.size, SQLITE_STATIC);
        (void)sqlite3_bind_text(statement, 3, reference->letters, (int)reference->length, SQLITE_STATIC);
        status = store_step_done(store->db, statement, "keeping genomes", error);
        *set_id = sqlite3_last_insert_rowid(store->db);
        (void)sqlite3_finalize(statement);
    }
    return status;
}

vg_status vg_genomes_begin(struct vg_store *store, const char *set, const struct vg_genome_reference *reference, int64_t *set_id, struct vg_error *error)
{
    if (!is_name(set)) {
        return vg_fail(error, VG_USAGE_ERROR, "a set of genomes is named by small letters, digits and -, not \"%.80s\"", set);
    }
    vg_status status = store_begin(store, error);
    if (status == VG_OK) {
        status = find_or_make(store, set, reference, set_id, error);
        if (status != VG_OK) {
            status = store_end_transaction(store, status, error);
        }
    }
    return status;
}

vg_status vg_genomes_annotate(struct vg_store *store, int64_t set_id, const char *annotation, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "UPDATE genome_set SET annotation = ?2 WHERE id = ?1", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, set_id);
        store_bind_text(statement, 2, annotation);
        status = store_step_done(store->db, statement, "keeping genomes", error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status exists(struct vg_store *store, int64_t set_id, const char *name, bool *found, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT 1 FROM genome WHERE genome_set = ?1 AND name = ?2", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, set_id);
        store_bind_text(statement, 2, name);
        int code = sqlite3_step(statement);
        *found = code == SQLITE_ROW;
        status = code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading genomes");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_genomes_put(struct vg_store *store, int64_t set_id, const struct vg_kept_genome *genome, bool *replaced, struct vg_error *error)
{
    static const char sql[] =
        "INSERT INTO genome (genome_set, name, date, place, lineage, source, added, quality, score, provider, licence, agreement, embargo, packed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (genome_set, name) DO UPDATE SET date = coalesce(excluded.date, date),"
        " place = coalesce(excluded.place, place), lineage = coalesce(excluded.lineage, lineage), source = coalesce(excluded.source, source), added = excluded.added,"
        " quality = excluded.quality, score = excluded.score, provider = coalesce(excluded.provider, provider), licence = coalesce(excluded.licence, licence),"
        " agreement = coalesce(excluded.agreement, agreement), embargo = coalesce(excluded.embargo, embargo), packed = excluded.packed";
    sqlite3_stmt *statement = NULL;
    vg_status status = exists(store, set_id, genome->name, replaced, error);
    if (status == VG_OK) {
        status = store_prepare(store->db, sql, &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, set_id);
        store_bind_text(statement, 2, genome->name);
        store_bind_date(statement, 3, genome->date);
        store_bind_text(statement, 4, genome->place);
        store_bind_text(statement, 5, genome->lineage);
        store_bind_text(statement, 6, genome->source);
        (void)sqlite3_bind_int(statement, 7, genome->added);
        store_bind_text(statement, 8, genome->quality);
        store_bind_double(statement, 9, genome->score);
        store_bind_text(statement, 10, genome->terms.provider);
        store_bind_text(statement, 11, genome->terms.licence);
        store_bind_text(statement, 12, genome->terms.agreement);
        store_bind_date(statement, 13, genome->terms.embargo);
        (void)sqlite3_bind_blob64(statement, 14, genome->packed.size == 0 ? "" : genome->packed.data, genome->packed.size, SQLITE_STATIC);
        status = store_step_done(store->db, statement, "keeping genomes", error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_genomes_end(struct vg_store *store, vg_status status, struct vg_error *error)
{
    return store_end_transaction(store, status, error);
}

/* ------------------------------------------------------------------ reading */

bool vg_genome_set_is_invented(const struct vg_genome_set *set)
{
    static const char ending[] = "/invented";
    const struct vg_text name = set->reference.name;
    return name.size >= sizeof ending - 1 && memcmp(name.data + name.size - (sizeof ending - 1), ending, sizeof ending - 1) == 0;
}

vg_status vg_genomes_sets(struct vg_store *store, struct vg_arena *arena, struct vg_genome_set **sets, size_t *n_sets, struct vg_error *error)
{
    int64_t count = 0;
    int code = SQLITE_DONE;
    sqlite3_stmt *statement = NULL;
    *n_sets = 0;
    vg_status status = store_scalar(store->db, "SELECT count(*) FROM genome_set", &count, error);
    *sets = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_genome_set, (size_t)count + 1) : NULL;
    if (status == VG_OK) {
        status = *sets == NULL ? vg_fail_memory(error, (size_t)count * sizeof **sets)
                               : store_prepare(store->db,
                                               "SELECT s.id, s.name, s.reference_name, s.letters, (SELECT count(*) FROM genome g WHERE g.genome_set = s.id), s.annotation FROM genome_set s"
                                               " ORDER BY s.name LIMIT ?1",
                                               &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, count);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vg_genome_set *set = &(*sets)[(*n_sets)++];
        const char *reference_name = store_column_text(arena, statement, 2), *letters = store_column_text(arena, statement, 3);
        *set = (struct vg_genome_set){.id = sqlite3_column_int64(statement, 0), .name = store_column_text(arena, statement, 1),
                                      .n_genomes = (uint64_t)sqlite3_column_int64(statement, 4), .annotation = store_column_text(arena, statement, 5)};
        if (set->name == NULL || letters == NULL || strlen(letters) > VG_GENOME_LENGTH_MAX) {
            status = arena->failed ? vg_fail_memory(error, 0) : vg_fail(error, VG_SYSTEM_ERROR, "the node's table of genome sets is damaged");
        } else {
            set->reference = (struct vg_genome_reference){vg_text_from(reference_name == NULL ? "" : reference_name), letters, (uint32_t)strlen(letters)};
        }
    }
    if (status == VG_OK && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading genomes");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_genomes_set_find(struct vg_store *store, const char *name, struct vg_arena *arena, struct vg_genome_set *set, struct vg_error *error)
{
    struct vg_genome_set *sets;
    size_t n_sets;
    vg_status status = vg_genomes_sets(store, arena, &sets, &n_sets, error);
    if (status != VG_OK) {
        return status;
    }
    const char *names = "";
    for (size_t i = 0; i < n_sets && names != NULL; i++) {
        if (name == NULL ? n_sets == 1 : strcmp(sets[i].name, name) == 0) {
            *set = sets[i];
            return VG_OK;
        }
        names = vg_arena_format(arena, "%s%s%s", names, i == 0 ? "" : ", ", sets[i].name);
    }
    names = names == NULL || names[0] == '\0' ? "none" : names;
    return name == NULL ? vg_fail(error, n_sets == 0 ? VG_NOT_FOUND : VG_NEEDS_CHOICE, "which set of genomes? the node has %.400s", names)
                        : vg_fail(error, VG_NOT_FOUND, "there are no genomes %.100s; the node has %.400s", name, names);
}

static int32_t column_date(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(statement, column);
}

static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

vg_status vg_genomes_each(struct vg_store *store, int64_t set_id, vg_status (*take)(void *context, const struct vg_kept_genome *genome, struct vg_error *error),
                          void *context, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    vg_status status = store_prepare(store->db,
                                     "SELECT id, name, place, lineage, source, date, added, quality, score, provider, licence, agreement, embargo, packed FROM genome"
                                     " WHERE genome_set = ?1 ORDER BY id",
                                     &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, set_id);
    }
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *packed = sqlite3_column_blob(statement, 13);
        struct vg_kept_genome genome = {.id = sqlite3_column_int64(statement, 0), .name = column_text(statement, 1), .place = column_text(statement, 2),
                                        .lineage = column_text(statement, 3), .source = column_text(statement, 4), .date = column_date(statement, 5),
                                        .added = column_date(statement, 6), .quality = column_text(statement, 7),
                                        .score = sqlite3_column_type(statement, 8) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, 8),
                                        .terms = {column_text(statement, 9), column_text(statement, 10), column_text(statement, 11), column_date(statement, 12)},
                                        .packed = vg_text_of(packed, (size_t)sqlite3_column_bytes(statement, 13))};
        status = take(context, &genome, error);
    }
    if (status == VG_OK && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading genomes");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_genomes_lineages(struct vg_store *store, const char *const *names, size_t n, struct vg_arena *arena, const char **lineages, struct vg_genome_terms *terms,
                              struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT lineage, provider, licence, agreement, embargo FROM genome_set JOIN genome ON genome_set = genome_set.id AND genome.name = ?1 WHERE lineage IS NOT NULL ORDER BY genome_set.id LIMIT 1",
                                     &statement, error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        lineages[i] = NULL;
        if (names[i] == NULL) {
            continue;
        }
        store_bind_text(statement, 1, names[i]);
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            lineages[i] = vg_arena_copy(arena, column_text(statement, 0));
            terms[i] = (struct vg_genome_terms){vg_arena_copy(arena, column_text(statement, 1)), vg_arena_copy(arena, column_text(statement, 2)), vg_arena_copy(arena, column_text(statement, 3)), column_date(statement, 4)};
            status = arena->failed ? vg_fail_memory(error, 0) : VG_OK;
        } else if (code != SQLITE_DONE) {
            status = store_sql_error(store->db, error, "reading lineages");
        }
        (void)sqlite3_reset(statement);
    }
    (void)sqlite3_finalize(statement);
    return status;
}
