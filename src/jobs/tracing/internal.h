/*
 * Private to the room: persons as they are compared, and what answers have in common.
 */
#ifndef VG_JOBS_TRACING_INTERNAL_H
#define VG_JOBS_TRACING_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/tracing/tracing.h"
#include "trace/linkage/linkage.h"

/* Search texts of a form, which point into codes and form. */
void tracing_search_texts(const struct vg_linkage_form *form, struct vg_linkage_codes *codes, struct vg_search_texts *texts);
void tracing_form(const struct vg_identity *identity, int64_t birth_year, int sex, const char *place, struct vg_linkage_form *form);

/* A person that is added: row and identity go in together, and are compared when all are in. */
struct tracing_matcher;
vg_status tracing_matcher_open(struct vg_tracing_work *work, struct vg_store *store, struct tracing_matcher **matcher, struct vg_error *error);
void tracing_matcher_close(struct tracing_matcher *matcher);
/* The person's identity is set and will be compared. */
vg_status tracing_matcher_add(struct tracing_matcher *matcher, const struct vg_tracing_person *person, const struct vg_identity *identity, struct vg_error *error);
/* Instead of adding: one person is looked for, and nothing is written. */
vg_status tracing_matcher_look(struct tracing_matcher *matcher, const struct vg_tracing_person *person, const struct vg_identity *identity, struct vg_error *error);
/* Of all that were added since it was opened: pairs of at least the given probability, likeliest first, kept in the node (keep) or not. */
vg_status tracing_matcher_find(struct tracing_matcher *matcher, double least, bool keep, struct vg_arena *arena, struct vg_duplicate **pairs, size_t *n_pairs, struct vg_error *error);
/* Whether one of whom this is told may be the person that shares a number with it: no, where what is known of both speaks against it more than the number does for it. */
vg_status tracing_matcher_may_be(struct tracing_matcher *matcher, const struct vg_tracing_person *told, const struct vg_identity *identity, int64_t person, bool *may_be, struct vg_error *error);
size_t tracing_matcher_compared(const struct tracing_matcher *matcher); /* pairs that were compared */

/*
 * Ends the follow-up of the person's open contacts that one of its cases came of: the case's day lies between the contact and two weeks after its follow-up. Contacts whose case is another
 * person's since a merge was undone are followed again.
 */
vg_status tracing_become(struct vg_tracing_work *work, struct vg_store *store, int64_t person, struct vg_arena *arena, struct vg_error *error);

/* A case of the contact's person: what the case does not say is the contact's (officer, place, setting, days of exposure); VG_DATA_ERROR: it became one already. */
vg_status tracing_case_of_contact(const struct vg_contact *contact, struct vg_tracing_case *one, struct vg_error *error);
/* The contact's follow-up ends with that case, which is in the node. */
vg_status tracing_end_with_case(struct vg_tracing_work *work, struct vg_contact *contact, int64_t case_id, struct vg_error *error);

/* Symptoms told in the words of any of the languages as the record keeps them, NULL none; VG_USAGE_ERROR names the word that nobody knows, and those that are known. */
vg_status tracing_symptoms(const char *told, struct vg_arena *arena, const char **symptoms, struct vg_error *error);

/* One step of adding, as vg_job_tracing_add does it, without its answer. row: of the kind, as it is now. */
union tracing_row { int64_t id; struct vg_tracing_person person; struct vg_tracing_case one; struct vg_contact contact; struct vg_event event; struct vg_attendance attendance; struct vg_followup followup; struct vg_order order; };
struct tracing_added { union tracing_row row; bool known /* the entry was taken before */; size_t n_duplicates; int64_t duplicate; double probability; };
vg_status tracing_add(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_add *add, struct vg_arena *arena, struct tracing_added *added, struct vg_error *error);

/* Columns and cells of rows and identities. */
void tracing_columns(struct vg_table *table, const struct vg_tracing_shape *shape);
void tracing_cells(struct vg_table *table, const struct vg_tracing_shape *shape, const void *row);
void tracing_name_columns(struct vg_table *table);
void tracing_name_cells(struct vg_table *table, const struct vg_identity *identity);
void tracing_id_cell(struct vg_table *table, int64_t id); /* 0: missing */
void tracing_meta_begin(struct vg_answer *answer);
vg_status tracing_meta_end(struct vg_answer *answer, struct vg_error *error);

#endif
