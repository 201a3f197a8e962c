/*
 * plan: who gives what to whom, and when, so that over all paths that the forecast holds possible the worst-served place is served best, then the least need is unmet, then the
 * least is moved (docs/allocate.md). Pure: arrays in, arrays out.
 *
 * Each resource is one flow through places and periods (flow.h). What uncertain need is worth is a row of arcs side by side: the first units held by a place in a period
 * serve on every path, the next ones only on paths with more need, so a unit's worth falls in steps, and one flow plans for all paths at once. A reusable unit (a ventilator)
 * serves each period where it stands; a consumable one (a dose) once. Units on the way serve nobody. Plans are in whole units.
 *
 * Serving the worst-served place first, and the tail of the paths (CVaR; Rockafellar and Uryasev 2000), are not flows: they are linear programs over the same arcs (CLP), in parts of units; a flow
 * then makes a plan in whole units of them, and what the programs reached is the bound that is given beside it. Where they would be too large, the worst-served place is served by flows alone: of what is used up by quotas of units
 * (quota.c), of what serves again by hearing those below more and more, by equal shares (level.c) and, up to 400,000 arcs, by prices on coverage (fair.c); bounds are those of cuts, of what each place could have alone, and of prices.
 */
#ifndef VG_PLAN_H
#define VG_PLAN_H

#include "allocate/flow/flow.h"
#include "core/core.h"

/* A way for transport, one direction; what leaves in a period arrives `lead_periods` later. */
struct vg_plan_way {
    uint32_t from, to;        /* sites */
    uint32_t lead_periods;    /* 0: within the period */
    double cost;              /* of one unit; at least 0 */
    int64_t capacity;         /* units a period; VG_PLAN_NO_LIMIT */
};
#define VG_PLAN_NO_LIMIT INT64_MAX
/* ways[n], and then each of them back: [2 n] in the arena; NULL without memory. */
struct vg_plan_way *vg_plan_ways_both(const struct vg_plan_way *ways, size_t n, struct vg_arena *arena);

struct vg_plan_resource {
    const char *name;
    bool reusable;
    const int64_t *stock;     /* [sites] at the beginning */
    const int64_t *arrivals;  /* [periods * sites], at the beginning of the period; NULL: none */
    const int64_t *demand;    /* [paths * periods * sites] */
    const int64_t *keep;      /* [sites] units that never leave (a minimum stock); NULL: none. More than the stock: all of it */
    const int64_t *must;      /* [periods * sites] units that are at hand (reusable) or taken (consumable) whatever it costs; NULL: none. Then there may be no plan: vg_plan_conflict */
};

struct vg_plan_problem {
    uint32_t n_sites, n_periods, n_paths;
    const double *path_probability; /* [paths], sum 1 */
    const struct vg_plan_way *ways;
    size_t n_ways;
    const int64_t *way_most;  /* [periods * ways] units that may leave then, where that is less than the way's capacity; NULL: its capacity */
    bool nobody_worse;        /* no place keeps less than serves its own need on its worst path of the period */
    bool fairest;             /* the worst-served place first */
    bool by_prices, by_flows; /* the worst-served place by prices, or by flows alone, however small the plan; for tests and benchmarks */
    double fairness_slack;    /* share of the best worst coverage that may be given up for less unmet need: 0 .. 1 */
    double tail_weight;       /* lambda: 0 expected unmet need alone, 1 its tail alone */
    double tail;              /* alpha: the tail is the worst 1 - alpha of the paths */
};

struct vg_plan_movement {
    uint32_t way, period;     /* leaves at the beginning of it */
    int64_t amount;
};

/* What a plan, or a rule, comes to for one resource. Coverage: expected met need of expected need over all periods; NaN where nothing is needed. */
struct vg_plan_account {
    double *coverage;         /* [sites] */
    double *path_unmet;       /* [paths] units times periods, all sites */
    int64_t *held;            /* [periods * sites] units at hand (reusable), or used (consumable) */
    double needed, unmet;     /* expected, units times periods */
    double tail_unmet;        /* CVaR of unmet */
    double worst_coverage;    /* over sites with need */
    uint32_t worst_site;
    double gini;              /* of coverage, sites weighted by their need */
    double cost;              /* of transport */
    int64_t moved;            /* units */
    size_t n_movements;
};

struct vg_plan_answer {
    struct vg_plan_movement *movements;
    size_t n_movements;
    struct vg_plan_account account;
    double worst_coverage_bound;  /* no plan serves the worst-served place better, in whole units or not */
    double objective_bound;       /* nor has a smaller (1 - lambda) unmet + lambda tail, at this fairness; NaN where only plans with more of it are bounded */
    uint64_t pivots;
    uint32_t solutions;           /* flows that were solved */
};

struct vg_plan;

/* Checks and builds the network; the problem's arrays stay the caller's and must live as long. VG_DATA_ERROR names site, period and figure. */
vg_status vg_plan_create(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, struct vg_arena *arena, struct vg_plan **plan,
                         struct vg_error *error) VG_MUST_USE;
/* The best plan. Calling it again after a change goes on from the last tree. */
vg_status vg_plan_solve(struct vg_plan *plan, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_answer *answer, struct vg_error *error) VG_MUST_USE;
/* `amount` more (or, negative, fewer) units at a site at the beginning of a period; for what-if. Of plans by expected need alone: else VG_USAGE_ERROR, change the resource and make a plan anew. */
vg_status vg_plan_add_stock(struct vg_plan *plan, uint32_t site, uint32_t period, int64_t amount, struct vg_error *error) VG_MUST_USE;
/* A way in one period shut, or opened again to its capacity; for what-if, as above. Nothing happens where it would arrive too late anyway. */
vg_status vg_plan_close_way(struct vg_plan *plan, uint32_t way, uint32_t period, bool shut, struct vg_error *error) VG_MUST_USE;
/* What one more unit at a site at the beginning of a period would take off the expected unmet need, by the tree; exact only for small changes. */
double vg_plan_worth(const struct vg_plan *plan, uint32_t site, uint32_t period);

/*
 * A set of what must be that cannot be together: cells[*n] (period * sites + site, room for all) of which none can be left out, so that without any one of them the others can be. *n 0: all
 * can be. *lacking: units that are missing for the set. Found by leaving out halves, then quarters, ... and solving each time (deletion filter; Chinneck 2008).
 */
vg_status vg_plan_conflict(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, uint32_t *cells, size_t *n, int64_t *lacking, struct vg_error *error) VG_MUST_USE;

/* The network that is solved where no rule is asked for, for those who would solve it otherwise. Copies. */
vg_status vg_plan_network(struct vg_plan *plan, struct vg_arena *arena, struct vg_flow_network *network, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------- limits that resources share */

/* What leaves by some ways, of all resources together, times its size, is at most so much: a truck, the fleet of a place, a budget. */
struct vg_plan_limit {
    const uint32_t *ways;     /* [n_ways]; NULL: all ways */
    size_t n_ways;
    uint32_t period;          /* in which it leaves; VG_PLAN_ALL_PERIODS: all of them together */
    const double *size;       /* [resources] of a unit; NULL: what a unit costs on its way */
    double most;
};
#define VG_PLAN_ALL_PERIODS UINT32_MAX

/*
 * Resources of which a unit serves only together with the others: a bed with a ventilator and a team. Need is of them together: it is that of a resource of its own, which has no stock and does not move; as many can be served at
 * a site as its scarcest member serves.
 */
struct vg_plan_bundle {
    uint32_t resource;        /* reusable; whose demand it is. Its stock is 0 */
    const uint32_t *members;  /* [n_members] reusable, of one bundle each; nobody needs them by themselves: their demand is 0 */
    const int64_t *serves;    /* [n_members] how many a unit of each serves, at least 1: a team has five beds */
    uint32_t n_members;
};

struct vg_plan_shared {
    const struct vg_plan_problem *problem;
    const struct vg_plan_resource *resources;
    uint32_t n_resources;
    const double *weight;                       /* [resources] above 0: what an unmet unit of each counts against one of the others */
    const struct vg_plan_limit *limits;
    uint32_t n_limits;                          /* may be 0 */
    const struct vg_plan_bundle *bundles;
    uint32_t n_bundles;
    bool decompose;                             /* never by the linear program, however small; for tests and benchmarks */
};

struct vg_plan_shared_answer {
    struct vg_plan_answer *answers; /* [resources]; of bounds that of the worst coverage alone, where the worst-served comes first */
    double unmet, tail_unmet;       /* unmet need times weight, of all resources: expected, and its tail */
    double bound;                   /* no plan within the limits (and as fair as can be, less the slack) has a smaller (1 - lambda) unmet + lambda tail, in whole units or not */
    double *used, *price;           /* [limits] how much of each the plan takes; and what one more unit of it would avoid, by the bound */
    uint32_t rounds;                /* of prices; 0: a linear program */
};

/*
 * The best plan of all resources within limits that they share. The limits get prices: at given prices each resource is a flow by itself, and what these flows come to, less what the prices say of the limits, is a bound; the
 * prices that make it highest are looked for by the volume algorithm (Barahona and Anbil 2000), for one limit by its two tangents, and for plans of up to 130,000 arcs by CLP, which gives the same bound (with bundles always, up to 400,000). Whole units: what the flows
 * send on average is rounded down until the limits hold, and what that leaves goes where it is worth most, round by round. VG_DATA_ERROR: limits and what must be cannot be together (vg_plan_shared_conflict), or make no sense.
 *
 * The worst-served place first: of the resource whose worst coverage is least it is made as large as any plan can make it, then of the next; so no resource is kept low by another that cannot be helped, and without limits that bind
 * each has what it would have alone. The tail is that of the weighted sum, path by path. Both by CLP, up to 400,000 arcs of all resources (VG_USAGE_ERROR above).
 */
vg_status vg_plan_shared_solve(const struct vg_plan_shared *shared, struct vg_arena *arena, const struct vg_progress *progress, struct vg_plan_shared_answer *answer, struct vg_error *error) VG_MUST_USE;

/*
 * What a change does to the best there can be, within limits and rules, in parts of units: the linear program of the plan stays open and goes on from where it was, which takes a small part of the first time. Of one resource without
 * limits, too. Up to 400,000 arcs (else VG_USAGE_ERROR). The problem's arrays stay the caller's and must live as long; the arena holds what is open.
 */
struct vg_plan_levels;
struct vg_plan_level {
    double *worst_coverage;         /* [resources] where the worst-served place comes first; else NaN */
    double unmet;                   /* (1 - lambda) unmet + lambda tail, by weights */
};
vg_status vg_plan_levels_open(const struct vg_plan_shared *shared, struct vg_arena *arena, struct vg_plan_levels **levels, struct vg_plan_level *level, struct vg_error *error) VG_MUST_USE;
void vg_plan_levels_close(struct vg_plan_levels *levels);
size_t vg_plan_levels_arcs(const struct vg_plan_levels *levels); /* a change takes some 0.3 microseconds for each */
/* If a resource could not leave by a way in a period. VG_DATA_ERROR: then what must be could not. level's array has room. */
vg_status vg_plan_levels_without(struct vg_plan_levels *levels, uint32_t resource, uint32_t way, uint32_t period, struct vg_plan_level *level, struct vg_error *error) VG_MUST_USE;
/* If so many more units of a resource were at a site at the beginning. */
vg_status vg_plan_levels_with(struct vg_plan_levels *levels, uint32_t resource, uint32_t site, int64_t units, struct vg_plan_level *level, struct vg_error *error) VG_MUST_USE;

/*
 * Where what must be and the limits cannot be together: a set of them of which none can be left out. musts[n]: resource * periods * sites + period * sites + site; limits[n]; room for all of each. Both 0: they can (in parts of
 * units). By CLP and a deletion filter, up to 400,000 arcs (else VG_USAGE_ERROR).
 */
vg_status vg_plan_shared_conflict(const struct vg_plan_shared *shared, size_t *musts, size_t *n_musts, uint32_t *limits, size_t *n_limits, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- plans and rules to compare with */

/* The account of what is held or used [periods * sites], without movements and what they cost. */
vg_status vg_plan_account_held(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const int64_t *held, struct vg_arena *arena, struct vg_plan_account *account,
                               struct vg_error *error) VG_MUST_USE;
/* As many as the scarcest member serves: held of each member, [n_members] of [cells]. */
void vg_plan_bundle_held(const struct vg_plan_bundle *bundle, const int64_t *const *held, size_t cells, int64_t *served);

enum vg_plan_rule { VG_PLAN_NOTHING_MOVES, VG_PLAN_PER_HEAD, VG_PLAN_BY_SHORTAGE, VG_PLAN_RULE_COUNT };
/*
 * What a rule comes to: nothing moves; what may move at the beginning is shared out in proportion to population[sites] (COVAX's first phase); or in proportion to each place's expected
 * shortage. The sharing goes the cheapest way that the ways allow.
 */
vg_status vg_plan_by_rule(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, enum vg_plan_rule rule, const double *population, struct vg_arena *arena,
                          struct vg_plan_answer *answer, struct vg_error *error) VG_MUST_USE;

/*
 * The account of given movements; VG_DATA_ERROR where they move what is not there. The slow, obvious one: period by period. used[periods * sites]: units of a consumable used in each period (NULL:
 * as the path with most need asks, while they last).
 */
vg_status vg_plan_account_of(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const struct vg_plan_movement *movements, size_t n_movements,
                             const int64_t *used, struct vg_arena *arena, struct vg_plan_account *account, struct vg_error *error) VG_MUST_USE;

#endif
