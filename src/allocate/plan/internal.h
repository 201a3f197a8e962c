/*
 * Private to plan: the network of one resource. Nodes are site and period (period * n_sites + site), and one where everything
 * ends. Arcs come cell by cell (site and period): the steps of worth, then one that is worth nothing, which holds what is not needed or stores what is not used; transport comes last.
 */
#ifndef VG_PLAN_INTERNAL_H
#define VG_PLAN_INTERNAL_H

#include "allocate/plan/plan.h"


#define PLAN_PATHS_MOST 64u
#define PLAN_EFFORT_ROOM 32768   /* a step of worth outweighs any way of moving one unit */

struct vg_plan {
    const struct vg_plan_problem *problem;
    const struct vg_plan_resource *resource;
    uint32_t n_cells, end;          /* cells: periods * sites; the node where all ends */
    uint32_t n_arcs, first_way_arc;
    uint32_t *cell_arc;             /* [cells + 1] first arc of each cell */
    uint8_t *cell_order;            /* [cells * paths] paths by their need, least first */
    uint8_t *arc_rank;              /* [first_way_arc] a step serves the paths cell_order[rank ...]; paths: none */
    int64_t *cell_least;            /* [cells] units that are held (reusable) or used (consumable) whatever the flow says: not part of it */
    uint32_t *way_arc;              /* [periods * ways] its arc, or UINT32_MAX where it would arrive too late */
    int64_t *cost, *amount;         /* [arcs] */
    double *needed;                 /* [sites] expected need over all periods */
    double *site_weight;            /* [sites] by how much more than 1 a met unit counts there */
    double dearest;                 /* cost of a unit on the dearest way */
    double worth_scale;             /* whole-number cost of a unit of worth */
    struct vg_flow *flow;
    uint32_t solutions;
};

struct plan_arcs {
    uint32_t *source, *target;      /* [arcs] */
    int64_t *capacity, *supply;     /* [arcs]; [nodes] */
};
vg_status plan_make_arcs(struct vg_plan *plan, struct vg_arena *arena, struct plan_arcs *arcs, struct vg_error *error);
/* With least[cells] units held or used whatever it costs (NULL: what the rules ask): then there may be no plan. Unchecked. */
vg_status plan_create(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *least, struct vg_arena *arena, struct vg_plan **plan,
                      struct vg_error *error);
/* What moving a unit counts in whole numbers, 1 (nothing moves in vain) to PLAN_EFFORT_MOST by its cost. */
#define PLAN_EFFORT_MOST 513
int64_t plan_effort(const struct vg_plan *plan, size_t way);
/* Of a step: what of the expected need it meets, a unit. */
double plan_step_chance(const struct vg_plan *plan, uint32_t cell, uint32_t arc);
/* Costs from the weights of sites. */
void plan_set_costs(struct vg_plan *plan);
/* Solves with the costs as they are, and reads plan->amount. */
vg_status plan_run(struct vg_plan *plan, const struct vg_progress *progress, struct vg_error *error);
/* Movements and account from plan->amount. */
vg_status plan_read(const struct vg_plan *plan, struct vg_arena *arena, struct vg_plan_answer *answer, struct vg_error *error);

#define PLAN_LINEAR_ARCS 400000u /* of all resources: 500 regions, four resources, twelve weeks; larger linear programs take minutes */

/* The plan's network in another form: the flow in amount becomes one of least cost, in a scratch that is emptied first. potential, pivots (added to): NULL where nobody asks. */
vg_status plan_go_on(struct vg_plan *plan, const struct vg_flow_network *network, struct vg_arena *scratch, int64_t *amount, int64_t *potential, uint64_t *pivots, const struct vg_progress *progress, struct vg_error *error);
/*
 * Worst coverage first, then unmet need, by prices (fair.c), for as many sites as there are: held[cells] an average of flows, in parts of units; the bound of worst coverage, the coverage that the average has, less the slack, and the
 * bound of unmet need where every site has that.
 */
vg_status plan_fair(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, double *held, double *worst_coverage, double *wanted, double *objective, struct vg_error *error);

/*
 * The same by flows that are plans in whole units, without a linear program, for as many sites as there are. *worst_coverage: no plan has more; *wanted: what is aimed at; *objective: no plan that has that leaves less unmet.
 *
 * Of what is used up (quota.c): exact in whole units where a unit serves alike on all paths; *objective of plans in whole units.
 */
vg_status plan_quota(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, double *worst_coverage, double *wanted, double *objective, struct vg_error *error);
/*
 * Of either kind (fair.c): sites below what any of them could have alone, and below `most`, are heard more and more until none is. *reached: then no plan serves the worst better; else competing sites keep each other below, and what is
 * aimed at is lowered.
 */
vg_status plan_raise(struct vg_plan *plan, double most, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, double *worst_coverage, double *wanted, double *objective, bool *reached, struct vg_error *error);
/* Of what serves again, where sites compete (level.c): plan->amount and answer's account are a plan, and become a better one, of at most this worst coverage, where one is found. */
vg_status plan_level(struct vg_plan *plan, double high, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error);
/* By the worst coverage, as far as it is wanted, where that is asked for; then by the weighted need. */
bool plan_better(const struct vg_plan_problem *problem, const struct vg_plan_account *a, const struct vg_plan_account *b, double wanted);

/* Of held[cells] the fewest that leave each site this coverage, the least likely to serve given up first. */
void plan_trim(const struct vg_plan *plan, const int64_t *held, double keep, int64_t *least);

/* Units that may leave by a way in a period. */
int64_t plan_way_room(const struct vg_plan_problem *problem, uint32_t period, size_t way);
/* base[sites] expected need that is met by what is held or used whatever the flow says. */
void plan_base(const struct vg_plan *plan, double *base);
/* Expected unmet need of what is held whatever the flow says: from there steps take their part off. */
double plan_open_need(const struct vg_plan *plan);

/*
 * Prices of rows by which many least costs have one highest bound (price.c). ask: the least cost at these prices, less what the rows allow at them, and by how much each row is exceeded (below 0: what is left). blend: what was asked last becomes
 * this share of an average, 1 - share of it stays.
 */
struct plan_priced {
    uint32_t n;
    bool shares;              /* prices are shares of 1; else just not negative */
    vg_status (*ask)(void *context, const double *price, double *value, double *excess, struct vg_error *error);
    void (*blend)(void *context, double share);
    void *context;
    const double *target;     /* what some plan reaches; asking may find better ones */
    double tolerance, excess; /* ends when the average costs what the bound says, within this, and no row is exceeded by more */
    uint32_t rounds_most, patience; /* so many, and so many without a better bound by more than the tolerance */
};
/* price[n]: where to begin, and the best found; *bound their value. */
vg_status plan_find_prices(const struct plan_priced *priced, struct vg_arena *arena, const struct vg_progress *progress, double *price, double *bound, uint32_t *rounds, struct vg_error *error);

/* What a resource is in a bundle. */
struct plan_bundled {
    const struct vg_plan_bundle *bundle; /* NULL: in none */
    uint32_t member;                     /* which; UINT32_MAX: it is what the bundle serves */
    uint32_t first_row;                  /* bundles' members before, times cells */
};
vg_status plan_index_bundles(const struct vg_plan_shared *shared, struct vg_arena *arena, struct plan_bundled **bundled, struct vg_error *error);
static inline bool plan_is_served(const struct plan_bundled *of)
{
    return of->bundle != NULL && of->member == UINT32_MAX;
}
static inline bool plan_is_member(const struct plan_bundled *of)
{
    return of->bundle != NULL && of->member != UINT32_MAX;
}

/* Limits by the movements that they are of: slot = period * ways + way. */
struct plan_slots {
    size_t n;
    uint32_t *first, *limit;  /* [n + 1]; the limits of a slot */
};
vg_status plan_index_slots(const struct vg_plan_shared *shared, struct vg_arena *arena, struct plan_slots *slots, struct vg_error *error);
static inline double plan_limit_size(const struct vg_plan_shared *shared, uint32_t limit, uint32_t resource, size_t way)
{
    const struct vg_plan_limit *l = &shared->limits[limit];
    return l->size != NULL ? l->size[resource] : shared->problem->ways[way].cost;
}
/*
 * The optimum in parts of units by CLP, level by level (levels.c): worst coverages (where the worst-served comes first), unmet need and its tail by weights, transport; of one resource without limits, too. worst NaN where nothing is
 * needed. VG_DATA_ERROR: no plan keeps to the limits.
 */
struct plan_parts {
    double *worst;       /* [resources] no plan serves the worst-served site better, one resource after the other */
    double objective;    /* nor leaves less unmet (with the tail, by weights) at that coverage, less the slack */
    double *price;       /* [limits] of the whole limit: unmet need by it */
    double *site_price;  /* [resources * sites] of a met unit, beside its own 1, for coverage's sake */
    double *path_weight; /* [paths] what a unit met on a path counts by its probability and for the tail's sake */
    double *average;     /* [resources * slots] what moves */
    double *held;        /* [resources * cells] */
};
vg_status plan_parts_make(const struct vg_plan_shared *shared, size_t slots, struct vg_arena *arena, struct plan_parts *parts, struct vg_error *error);
vg_status plan_solve_parts(const struct vg_plan_shared *shared, struct vg_plan *const *plans, const struct plan_slots *slots, struct plan_parts *parts, struct vg_error *error);

/* Accounts from what is held or used [cells]; account's arrays are there. */
vg_status plan_measure(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, struct vg_plan_account *account, struct vg_error *error);
vg_status plan_account_arrays(const struct vg_plan_problem *problem, struct vg_arena *arena, struct vg_plan_account *account, struct vg_error *error);
double plan_tail(const struct vg_plan_problem *problem, const double *unmet, double *weight); /* CVaR, and the weights of paths that make it (weight may be NULL) */

#endif
