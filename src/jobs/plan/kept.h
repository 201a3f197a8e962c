/*
 * Private to jobs/plan: how a kept plan lies in the node.
 */
#ifndef VG_JOBS_PLAN_KEPT_H
#define VG_JOBS_PLAN_KEPT_H

#include "jobs/plan/internal.h"

/*
 * Products of the same key (the plan's name) and parameters (its rules):
 *     answer:   {"meta", "dates": [...], "places": [...], "resources": [{"resource", "reusable", ["members"]}], "tables": {show: {"columns", "rows", "meta": [kind of each column]}}}
 *     question: {"needs": CSV, "stocks": CSV, ...}: a file that was read each
 */
enum plan_kept_kind { PLAN_KEPT_ANSWER, PLAN_KEPT_QUESTION, PLAN_KEPT_KINDS };
extern const char *const plan_kept_kinds[PLAN_KEPT_KINDS];
extern const char *const plan_file_names[PLAN_FILES];
/* VG_NOT_FOUND: there is no such plan. */
vg_status plan_kept_find(struct vg_store *store, enum plan_kept_kind kind, const char *name, struct vg_arena *arena, struct vg_product *product, struct vg_error *error);

/* A kept plan, asked what if. */
vg_status plan_kept_what_if(struct vg_store *store, const struct vg_plan_kept_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);
/* A place of the plan as the node calls it, in the language; else as it is written. by_name: not only codes are looked for, which costs a pass over all places. */
const char *plan_place_name(struct vg_store *store, const char *place, bool by_name, enum vg_language language, struct vg_arena *arena);

#endif
