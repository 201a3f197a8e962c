/*
 * Private to jobs/plan: the files as arrays of the planner.
 */
#ifndef VG_JOBS_PLAN_INTERNAL_H
#define VG_JOBS_PLAN_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/plan/plan.h"
#include "model/stock/stock.h"

enum plan_file { PLAN_NEEDS, PLAN_STOCKS, PLAN_WAYS, PLAN_RESOURCES, PLAN_POPULATION, PLAN_MUST, PLAN_TRUCKS, PLAN_FILES };

struct plan_amounts {
    int64_t *demand, *stock, *keep, *arrivals, *must; /* must NULL: nothing */
};

/* In what a resource is counted, and where that is said first. */
struct plan_unit { struct vg_text name; const char *path; uint64_t line; /* name empty: nowhere yet */ };
/* What can be carried from a place, or on its way to another, of all resources together. */
struct plan_truck { uint32_t from, to /* VG_DICTIONARY_NONE: all ways */; int64_t period /* below 0: each */; double capacity; };

struct plan_input {
    struct plan_unit *units;      /* [resources.count] */
    size_t unit_room;
    double *weight, *size;        /* [resources.count] NaN: not said */
    struct plan_truck *trucks;
    size_t n_trucks;
    struct vg_dictionary places, resources, paths, groups;
    struct vg_dictionary others;  /* places of rows of resources that are not planned */
    int32_t *dates;               /* [problem.n_periods] */
    int32_t step_days;
    bool numbered, days_known;    /* days are whole numbers; whether a first row has said so */
    struct vg_plan_problem problem;
    struct vg_plan_resource *resource; /* [resources.count] */
    struct plan_amounts *amounts;      /* [resources.count] what they point to */
    const struct vg_plan_bundle *bundles; /* [n_bundles] resources that serve only together */
    uint32_t n_bundles;
    double *population;           /* [places], NaN unknown; NULL: no file */
    uint32_t *group;              /* [places], VG_DICTIONARY_NONE: none */
    int32_t ledger_day;           /* as of which the ledger's stocks are; VG_DATE_NONE: they are from a file */
    struct vg_table *copies;      /* [PLAN_FILES] rows as they were taken, to be kept with the plan; without columns: no such file. NULL: not wanted */
};
/* together.c: what serves only together, once the names of needs are read: its members become resources, too. */
vg_status plan_read_together(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error);
vg_status plan_check_together(const struct plan_input *input, struct vg_error *error);
/* Whether a resource is a member of what is planned. */
bool plan_serves_asked(const struct vg_plan_request *request, struct vg_text resource);
/* Whose members serve this resource together; NULL: it is one by itself. */
const struct vg_plan_bundle *plan_bundle_of(const struct plan_input *input, uint32_t r);
/* Whose need a resource serves: its own, or that of its bundle. */
uint32_t plan_needed_of(const struct plan_input *input, uint32_t r);
/* The resource with that need, in its own units. */
vg_status plan_as_needed(const struct plan_input *input, uint32_t r, struct vg_arena *arena, struct vg_plan_resource *resource, struct vg_error *error);
vg_status plan_read_files(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error);

/* One resource, planned and compared. */
struct plan_outcome {
    struct vg_plan *plan;
    struct vg_plan_answer best, rules[VG_PLAN_RULE_COUNT];
    bool per_head;                /* that rule could be asked */
};
/* What a limit is of. */
struct plan_limit_of { uint32_t from, to; /* VG_DICTIONARY_NONE: any; both: a budget */ };
struct plan_run {
    struct vg_plan_shared shared; /* n_resources 0: each resource is planned by itself */
    struct vg_plan_shared_answer together;
    struct plan_limit_of *limit_of; /* [shared.n_limits] */
    const struct vg_plan_request *request;
    struct plan_input input;
    struct plan_outcome *outcomes; /* [resources] */
    struct vg_stock_item *items;   /* [n_items] that ship with the program, for their titles; NULL until they are needed */
    size_t n_items;
    struct vg_arena *arena;
    struct vg_error *error;
};
/* Reads and plans; request, arena and error of the run are set. */
vg_status plan_make(struct plan_run *run, const struct vg_progress *progress);
/* Reads alone: what is asked of all resources. */
vg_status plan_gather(struct plan_run *run);
vg_status plan_one(struct plan_run *run, uint32_t r, const struct vg_progress *progress);
void plan_write_meta(const struct plan_run *run, struct vg_buffer *meta);
/* The member of a bundle of which there is least in a cell, for what it serves. */
uint32_t plan_scarcest(const struct plan_run *run, const struct vg_plan_bundle *bundle, size_t cell);
/* What a rule comes to for a bundle, once it is known of its members. */
vg_status plan_rule_together(struct plan_run *run, const struct vg_plan_bundle *bundle, enum vg_plan_rule rule);
/* Budgets and trucks as limits, and what serves together, if any: then resources are planned together. */
vg_status plan_make_limits(struct plan_run *run);
/* All resources within them; where that cannot be, the smallest set that says why is named. */
vg_status plan_together(struct plan_run *run, const struct vg_progress *progress);
vg_status plan_limits_table(struct plan_run *run, struct vg_table *table);
vg_status plan_tables(struct plan_run *run, struct vg_answer *answer);
/* One of them by name. */
vg_status plan_table(struct plan_run *run, const char *show, struct vg_table *table);

/* What a change does where the plan is no flow of its own, within limits or by other rules (ask.c): best there can be, in parts of units, before and after. */
struct plan_asked {
    struct vg_plan_levels *levels;
    struct vg_plan_shared shared;
    struct vg_plan_level as_is, changed;
    uint32_t first;               /* resource of the plan that is the first of shared's */
    size_t changes_most;          /* so many are asked for, so that it takes seconds */
};
/* Whether that can be asked of the plan; NULL levels: it is too large. All resources within limits, else this one. */
bool plan_is_asked_by_levels(const struct plan_run *run);
vg_status plan_ask_open(const struct plan_run *run, uint32_t r, struct vg_arena *arena, struct plan_asked *asked);
/* avoided: NaN where without it what must be could not be. coverage_lost: of the worst-served place, a share; NaN where it does not come first. */
vg_status plan_ask_without(struct plan_asked *asked, uint32_t r, const struct vg_plan_movement *movement, double *avoided, double *coverage_lost, struct vg_error *error);
vg_status plan_ask_with(struct plan_asked *asked, uint32_t r, uint32_t site, int64_t units, double *avoided, double *coverage_gained, struct vg_error *error);

/* PLACE,RESOURCE,AMOUNT[,DATE] in terms of the input. */
struct plan_change { uint32_t site, resource, period; int64_t units; };
vg_status plan_read_change(const struct plan_input *input, const char *what_if, struct plan_change *change, struct vg_error *error);
/* As if the files had said so. */
vg_status plan_apply_change(struct plan_input *input, const struct plan_change *change, struct vg_error *error);
/* The plan of the change's resource with it; run's own plan stays. warm: whether that plan's flow went on, and not a new one was made. */
vg_status plan_solve_changed(struct plan_run *run, const struct plan_change *change, struct vg_arena *arena, struct vg_plan_answer *answer, bool *warm);

/* Why no more goes, and why need stays unmet (why.c). */
enum plan_binds {
    PLAN_BINDS_WAY, PLAN_BINDS_ENOUGH, PLAN_BINDS_MINIMUM, PLAN_BINDS_GIVEN, PLAN_BINDS_OWN_NEED, PLAN_BINDS_LIMIT /* of plans that were kept when limits were not told apart */, PLAN_BINDS_BUDGET, PLAN_BINDS_PERIOD_BUDGET, PLAN_BINDS_TRUCKS,
    PLAN_BINDS_FLEET, PLAN_BINDS_OTHER, PLAN_BINDS_COUNT
};
extern const char *const plan_binds_names[PLAN_BINDS_COUNT];
struct plan_why {
    const struct vg_plan_problem *problem;
    const struct vg_plan_resource *resource;
    const int64_t *held;          /* the plan's account */
    int64_t *left;                /* [periods * sites] units that lie there at the end of the period, and have not been used */
    int64_t *most;                /* [periods * sites] need on the path that needs most */
    int64_t *flow;                /* [ways * periods] */
    uint8_t *lacks;               /* [periods * sites] what could have come: bits of why.c */
};
vg_status plan_why_find(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const struct vg_plan_answer *answer, struct vg_arena *arena, struct plan_why *why,
                        struct vg_error *error);
/* limit: a budget or trucks that are used up and hold it; PLAN_BINDS_OTHER: none. */
enum plan_binds plan_why_movement(const struct plan_why *why, const struct vg_plan_movement *movement, enum plan_binds limit);
/* The limit that is used up and worth most to a resource on a way in a period; PLAN_BINDS_OTHER: none. */
enum plan_binds plan_limit_that_binds(const struct plan_run *run, uint32_t r, uint32_t way, uint32_t period);
/* "no_way", "too_late", "way", "minimum", "limit" (a budget or trucks, where there are such) or "all_needed", of a site and period where need stays unmet. */
const char *plan_why_unmet(const struct plan_why *why, uint32_t site, uint32_t period, bool limits);

/* What is said of a movement in words; unmet need over all periods. avoided: NaN unknown. periods: how many, where it is a reusable and its average is told; 0: of what is used up, the sum. */
struct plan_reason {
    const char *from, *to, *resource;
    double from_before, from_after, to_before, to_after, avoided;
    enum plan_binds binds;
    uint32_t periods;
    double coverage_lost;         /* share by which the worst-served place has less without it; NaN: not asked */
    bool weighted;                /* avoided is of all resources, by their weights, over all periods */
};
/* What people call it, where it is an item; else as it is named. */
const char *plan_title_of(const struct vg_stock_item *items, size_t n_items, const char *resource, enum vg_language language);
const char *plan_reason_text(const struct plan_reason *reason, enum vg_language language, struct vg_arena *arena);
/* Whose a place is: what stands before the / of its name (request->by_node). */
struct vg_text plan_node_of(const struct plan_input *input, uint32_t site);
/* A node a row: what it needs, how much of it is met without movements and with them, what it gives to others and gets. */
vg_status plan_nodes_table(struct plan_run *run, struct vg_table *table);
/* Expected unmet need of a place in one period, or, below 0, over all. */
double plan_place_unmet(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *held, uint32_t site, int64_t period, double *needed);

#endif
