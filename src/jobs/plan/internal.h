/*
 * Private to jobs/plan: the files as arrays of the planner.
 */
#ifndef VG_JOBS_PLAN_INTERNAL_H
#define VG_JOBS_PLAN_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/plan/plan.h"

struct plan_amounts {
    int64_t *demand, *stock, *keep, *arrivals, *must; /* must NULL: nothing */
};

struct plan_input {
    struct vg_dictionary places, resources, paths, groups;
    int32_t *dates;               /* [problem.n_periods] */
    int32_t step_days;
    bool numbered, days_known;    /* days are whole numbers; whether a first row has said so */
    struct vg_plan_problem problem;
    struct vg_plan_resource *resource; /* [resources.count] */
    struct plan_amounts *amounts;      /* [resources.count] what they point to */
    double *population;           /* [places], NaN unknown; NULL: no file */
    uint32_t *group;              /* [places], VG_DICTIONARY_NONE: none */
    int32_t ledger_day;           /* as of which the ledger's stocks are; VG_DATE_NONE: they are from a file */
};
vg_status plan_read_files(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error);

/* One resource, planned and compared. */
struct plan_outcome {
    struct vg_plan *plan;
    struct vg_plan_answer best, rules[VG_PLAN_RULE_COUNT];
    bool per_head;                /* that rule could be asked */
};
struct plan_run {
    const struct vg_plan_request *request;
    struct plan_input input;
    struct plan_outcome *outcomes; /* [resources] */
    struct vg_arena *arena;
    struct vg_error *error;
};
vg_status plan_tables(struct plan_run *run, struct vg_answer *answer);
/* Whose a place is: what stands before the / of its name (request->by_node). */
struct vg_text plan_node_of(const struct plan_input *input, uint32_t site);
/* A node a row: what it needs, how much of it is met without movements and with them, what it gives to others and gets. */
vg_status plan_nodes_table(struct plan_run *run, struct vg_table *table);
/* Expected unmet need of a place in one period, or, below 0, over all. */
double plan_place_unmet(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *held, uint32_t site, int64_t period, double *needed);

#endif
