/*
 * Duplicates: the search over all, one person's candidates now, the open pairs, and what people decide of them.
 */
#include "jobs/tracing/internal.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 20000
#define ONE_ILLNESS_DAYS 30 /* between onsets of two cases of which it is asked whether they are one */

/* Every person of a batch is set anew, which compares it with all others; codes of a newer program replace older ones on the way. */
static vg_status search_batch(struct vg_store *store, const struct vg_actor *actor, int64_t *after, size_t *n, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    struct tracing_matcher *matcher = NULL;
    struct vg_tracing_person *persons = NULL;
    struct vg_duplicate *pairs = NULL;
    struct vg_arena arena;
    size_t n_pairs = 0;
    struct vg_tracing_query query = {.kind = VG_TRACING_PERSON, .most = BATCH};
    vg_tracing_where(&query, "id", VG_AT_LEAST, *after + 1);
    vg_arena_init(&arena, 0);
    vg_status status = vg_tracing_begin(store, actor, &work, error);
    if (status == VG_OK) {
        vg_tracing_quiet(work, true);
        status = tracing_matcher_open(work, store, &matcher, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_select(store, &query, &arena, &persons, n, error);
    }
    for (size_t i = 0; status == VG_OK && i < *n; i++) {
        struct vg_identity identity;
        *after = persons[i].id;
        if (persons[i].erased != VG_DATE_NONE) {
            continue;
        }
        status = vg_tracing_open_identity(work, persons[i].id, &arena, &identity, error);
        if (status == VG_OK) {
            status = tracing_matcher_add(matcher, &persons[i], &identity, error);
        }
    }
    if (status == VG_OK) {
        status = tracing_matcher_find(matcher, VG_TRACING_DUPLICATE_LEAST, true, &arena, &pairs, &n_pairs, error);
    }
    tracing_matcher_close(matcher);
    status = vg_tracing_end(work, status, error);
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_tracing_search(struct vg_store *store, const struct vg_actor *actor, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error)
{
    int64_t after = 0;
    size_t n = BATCH;
    double all = 0;
    vg_status status = vg_tracing_persons_with_identity(store, &all, error);
    while (status == VG_OK && n == BATCH) {
        status = search_batch(store, actor, &after, &n, error);
        if (status == VG_OK && !vg_progress_report(progress, "persons compared", all > 0 ? (double)after / all : 1)) {
            status = vg_fail(error, VG_CANCELLED, "the search was stopped; what was found is kept");
        }
    }
    return status == VG_OK ? vg_job_tracing_duplicates(store, actor, 0, 0, NULL, arena, answer, error) : status;
}

vg_status vg_job_tracing_duplicates(struct vg_store *store, const struct vg_actor *actor, int64_t person, size_t most, const char *names_for, struct vg_arena *arena,
                                    struct vg_answer *answer, struct vg_error *error)
{
    struct vg_duplicate *pairs = NULL;
    struct vg_identity *names = NULL;
    size_t n = 0;
    vg_status status = vg_tracing_duplicates(store, person, VG_DUPLICATE_OPEN, most == 0 ? 1000 : most, arena, &pairs, &n, error);
    if (status == VG_OK && names_for != NULL) {
        int64_t *persons = VG_ARENA_ARRAY(arena, int64_t, 2 * n + 1);
        names = VG_ARENA_ARRAY(arena, struct vg_identity, 2 * n + 1);
        for (size_t i = 0; persons != NULL && i < n; i++) {
            persons[2 * i] = pairs[i].person;
            persons[2 * i + 1] = pairs[i].other;
        }
        status = persons == NULL || names == NULL ? vg_fail_memory(error, n * sizeof *names) : vg_tracing_show(store, actor, names_for, persons, 2 * n, arena, names, error);
    }
    if (status != VG_OK) {
        return status;
    }
    static const char *const shown[] = {"given", "family", "document", "telephone"};
    static const char *const shown_other[] = {"other_given", "other_family", "other_document", "other_telephone"};
    static const enum vg_identity_text which[] = {VG_IDENTITY_GIVEN, VG_IDENTITY_FAMILY, VG_IDENTITY_DOCUMENT, VG_IDENTITY_TELEPHONE};
    vg_table_add_column(&answer->table, "person", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "other", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "probability", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "pattern", VG_COLUMN_TEXT);
    for (size_t k = 0; names != NULL && k < 8; k++) {
        vg_table_add_column(&answer->table, k < 4 ? shown[k] : shown_other[k - 4], VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < n; i++) {
        vg_table_integer(&answer->table, pairs[i].person);
        vg_table_integer(&answer->table, pairs[i].other);
        vg_table_double(&answer->table, pairs[i].probability);
        vg_table_text(&answer->table, pairs[i].pattern);
        for (size_t k = 0; names != NULL && k < 8; k++) {
            vg_table_text(&answer->table, names[2 * i + k / 4].texts[which[k % 4]]);
        }
    }
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}

vg_status vg_job_tracing_candidates(struct vg_store *store, const struct vg_actor *actor, int64_t person, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    struct tracing_matcher *matcher = NULL;
    struct vg_tracing_person row;
    struct vg_identity identity;
    struct vg_duplicate *pairs = NULL;
    size_t n = 0;
    vg_status status = vg_tracing_begin(store, actor, &work, error);
    if (status == VG_OK) {
        status = tracing_matcher_open(work, store, &matcher, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_get(store, VG_TRACING_PERSON, person, arena, &row, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_open_identity(work, row.id, arena, &identity, error);
    }
    if (status == VG_OK) {
        status = tracing_matcher_look(matcher, &row, &identity, error);
    }
    if (status == VG_OK) {
        status = tracing_matcher_find(matcher, 0.01, false, arena, &pairs, &n, error);
    }
    tracing_matcher_close(matcher);
    status = vg_tracing_end(work, status, error);
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "other", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "probability", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "pattern", VG_COLUMN_TEXT);
    for (size_t i = 0; i < n; i++) {
        vg_table_integer(&answer->table, pairs[i].other);
        vg_table_double(&answer->table, pairs[i].probability);
        vg_table_text(&answer->table, pairs[i].pattern);
    }
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}

/* A merge adds up the cases of two persons, which may be one illness told twice. NULL: there is nothing to say. */
static vg_status two_cases(struct vg_store *store, int64_t person, struct vg_arena *arena, const char **note, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE};
    struct vg_tracing_case *cases = NULL;
    size_t n = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_tracing_where(&query, "class", VG_IS_NOT, VG_CLASS_DISCARDED);
    vg_status status = vg_tracing_select(store, &query, arena, &cases, &n, error);
    for (size_t i = 0; status == VG_OK && i + 1 < n && *note == NULL; i++) {
        for (size_t k = i + 1; k < n && *note == NULL; k++) {
            int32_t a = cases[i].onset != VG_DATE_NONE ? cases[i].onset : cases[i].report, b = cases[k].onset != VG_DATE_NONE ? cases[k].onset : cases[k].report;
            if (a == VG_DATE_NONE || b == VG_DATE_NONE || abs(a - b) <= ONE_ILLNESS_DAYS) {
                *note = vg_arena_format(arena, "cases %lld and %lld are one person's now: if they are one illness, discard one of them (vigia tracing add case --id %lld class=discarded)",
                                        (long long)cases[i].id, (long long)cases[k].id, (long long)cases[k].id);
            }
        }
    }
    return status;
}

vg_status vg_job_tracing_decide(struct vg_store *store, const struct vg_actor *actor, enum vg_tracing_decision decision, int64_t person, int64_t other, const char *reason,
                                struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const char *const names[] = {"merged", "different", "undone"};
    struct vg_tracing_work *work = NULL;
    const char *note = NULL;
    int64_t step = person, persons[2] = {other, 0};
    vg_status status = vg_tracing_begin(store, actor, &work, error);
    if (status == VG_OK && decision == VG_TRACING_MERGE) {
        status = vg_tracing_merge(work, person, other, reason, &step, error);
    } else if (status == VG_OK && decision == VG_TRACING_DIFFERENT) {
        status = vg_tracing_different(work, person, other, reason, error);
    } else if (status == VG_OK) {
        status = vg_tracing_undo_merge(work, person, reason, persons, error);
    }
    for (size_t i = 0; status == VG_OK && decision != VG_TRACING_DIFFERENT && i < 2 && persons[i] != 0; i++) {
        status = tracing_become(work, store, persons[i], arena, error);
    }
    if (status == VG_OK && decision == VG_TRACING_MERGE) {
        status = two_cases(store, other, arena, &note, error);
    }
    status = vg_tracing_end(work, status, error);
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(&answer->table, "what", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "person", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "other", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "step", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "note", VG_COLUMN_TEXT);
    vg_table_text(&answer->table, names[decision]);
    tracing_id_cell(&answer->table, decision == VG_TRACING_UNDO ? 0 : person);
    tracing_id_cell(&answer->table, other);
    tracing_id_cell(&answer->table, decision == VG_TRACING_DIFFERENT ? 0 : step);
    vg_table_text(&answer->table, note);
    tracing_meta_begin(answer);
    return tracing_meta_end(answer, error);
}
