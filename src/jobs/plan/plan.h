/*
 * jobs/plan: who gives what to whom, on files: what vigia plan does without a node (docs/allocate.md); and plans that a node keeps. Files are CSV and kin, with headings in any case:
 *
 *     needs:       place | location; resource; date | target_end_date; amount | need | value; [path | sample | output_type_id]; [probability]
 *     stocks:      place | location; resource; amount | stock | value; [date] (after the first of needs: arrives then); [minimum | keep | reserve]
 *     ways:        from; to; [days | lead_days]; [cost]; [capacity] (units a period)
 *     resources:   resource; kind (reusable or consumable); [unit]; [weight]; [size]
 *     populations: place | location; population; [group]
 *
 *     trucks:      from; [to] (none: all ways from there); capacity (in what the sizes of resources are in, a period); [date] (none: each)
 *     must:        place | location; resource; date; amount: units that are at hand (or, of consumables, taken) then, whatever it costs; where they cannot be together a set of which none can be left out is named
 *
 * Needs, stocks, resources and must may have a column unit: what is said first of a resource holds, and another is refused. Where resources share a budget or trucks, weight says what an unmet unit of each counts, and size what it takes
 * of a truck.
 *
 * The dates of needs are the periods; they are evenly apart. A cell that cannot be read, a stock of a resource that nobody needs, or a way to or from a place that has neither needs nor stocks ends the
 * job with file, line and column; so does a stock that, with ways given, is where nobody needs it and no way leads from. Places of the populations that the plan does not know are passed over.
 */
#ifndef VG_JOBS_PLAN_H
#define VG_JOBS_PLAN_H

#include "allocate/plan/plan.h"
#include "jobs/jobs.h"

struct vg_plan_request {
    const char *needs_path, *stocks_path, *ways_path, *resources_path; /* ways NULL: nothing can move */
    struct vg_store *ledger;          /* stocks_path NULL: stocks are those of its ledger at the end of the first date of needs, and its items say what serves again; NULL: none */
    const char *must_path;            /* NULL: nothing must be */
    const char *population_path;                                       /* NULL: no sharing per head, no groups */
    double budget, period_budget;     /* of all ways and resources, over all periods, and in each; NaN: no limit */
    const char *trucks_path;          /* what ways and places can carry of all resources together; NULL: no limit */
    const char *const *together;      /* [n_together] NEED=RESOURCE,RESOURCE[:SERVES],...: what serves only together; need is told of NEED alone, stocks and ways of the others */
    size_t n_together;
    bool two_way;                     /* each way leads back, too */
    bool fairest, nobody_worse;
    double fairness_slack, tail_weight, tail; /* NaN: 0, 0, 0.8 */
    const char *show;                 /* "movements" (NULL), "coverage", "groups", "summary", "unmet", "fairness", "worth" */
    const char *what_if;              /* PLACE,RESOURCE,AMOUNT[,DATE]: the plan with that much more (or less); NULL: none */
    double worth_of;                  /* show worth: this many more units (NaN: 1) */
    enum vg_language language;        /* of the reasons */
    const char *const *only;          /* [n_only] resources that are planned; n_only 0: all that are needed */
    size_t n_only;
    bool some_places;                 /* ways and trucks may name places that no row of needs or stocks does: they are passed over where n_only > 0 */
    const struct vg_dictionary *known; /* else: places beside those of the rows that they may name, and that are passed over, too; NULL: none */
    const struct vg_given_file *files; /* [n_files] the paths above may be of these, in memory */
    size_t n_files;
    bool read_before;                 /* the files are those of a kept plan: that a stock lies where nobody can reach it is no slip, as it was taken */
    bool by_node;                     /* places are NODE/PLACE: movements say whose they are, and "nodes" may be shown */
};
void vg_plan_request_init(struct vg_plan_request *request);

/*
 * movements: resource, leaves, arrives, from, to, amount, cost, avoided (unmet units times periods that this movement avoids: the plan solved again without it; missing where the rules are no
 * flows), from_unmet_before, from_unmet, to_unmet_before, to_unmet (expected, over all periods; before: nothing moves), binds (why no more goes: way, enough, minimum, given, own_need, limit or other), reason
 * (sentences). coverage: resource, place, needed, and coverage and
 * unmet of the plan and of each rule. groups: resource, group, needed and coverage. summary: resource, plan (plan, nothing_moves, per_head, by_shortage), needed, unmet, tail_unmet,
 * worst_coverage, worst_place, gini, moved, movements, cost, best_possible_worst_coverage, least_possible_objective (unmet need, weighed with its tail where that counts: to be compared with (1 - weight) unmet + weight tail_unmet). unmet: resource, place, date, needed, unmet_before, unmet, at_hand,
 * why (what stays unmet does: no_way, too_late, way, limit, minimum or all_needed). fairness: resource, plan (least_unmet, fairest), chosen, unmet, worst_coverage, worst_place, gini, moved, movements, cost: the same question with
 * the worst-served place first and without; what the first leaves unmet more is the price of fairness. worth: resource, place,
 * units, avoided (by solving again). by_node: movements have donor and receiver, too, and nodes is: resource, node, needed, unmet_before, unmet, coverage_before, coverage, gives, gets, places_worse
 * (of its own, that lack more than if nothing moved), status (better, same, worse). meta: periods, places, paths, resources, rules.
 */
vg_status vg_job_plan(const struct vg_plan_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------ plans that a node keeps */

/*
 * Makes the plan and keeps it in the node under a name, with the rows that it was made from, in one transaction: products of the kinds "plan" (what it says) and "plan question". The answer is
 * the plan's, by show. VG_USAGE_ERROR: the name is not text of 1 to 100 bytes without control characters, is taken (and replace is not said), or with what_if. VG_LIMIT_EXCEEDED: the rows are more than 64 MiB.
 * store: open for writing.
 */
vg_status vg_job_plan_keep(const struct vg_plan_request *request, struct vg_store *store, const char *name, bool replace, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND: no plan of that name. */
vg_status vg_job_plan_remove(struct vg_store *store, const char *name, struct vg_error *error) VG_MUST_USE;

/*
 * Needs made of a node's own counts: patients of the wards, of intensive care and on ventilators in a dataset, as vigia demand sees them in four weeks; of each place of the level, hospital by hospital
 * added up, path by path: each part of the country at the finest level that its hospitals are counted at. *left_out (in the arena): who is not planned for, and why; NULL: nobody. population: of these places, where the node knows it of all; group: the place above. Both CSV, as vigia plan reads them; *people stays empty where it is not known of all.
 */
struct vg_plan_census {
    const char *dataset;
    enum vg_place_level level;
    int64_t n_paths;                  /* 0: 20 */
    double ventilated_share;          /* of intensive care, where the dataset does not count them; NaN: not known */
    uint64_t seed;                    /* 0: that of vigia demand */
};
vg_status vg_job_plan_census(struct vg_store *store, const struct vg_plan_census *census, struct vg_arena *arena, struct vg_buffer *needs, struct vg_buffer *people, const char **left_out, struct vg_error *error) VG_MUST_USE;

/* Ways by distance. A place that is no depot leads to its nearest others that are none, a depot to all of these. */
struct vg_plan_spot { const char *name; double latitude, longitude /* degrees */; uint32_t country; bool depot; };
struct vg_plan_near {
    size_t neighbours;
    double km_per_day;                /* days of a way: its length over this, rounded up */
    double border_days;               /* more between countries */
    double cost_fixed, cost_per_100km; /* of a unit */
    double capacity;                  /* units a period; NaN: no limit */
};
/* from, to, days, cost, capacity as CSV. VG_DATA_ERROR: where a spot lies is not known. Cost: n² log n. */
vg_status vg_job_plan_near_ways(const struct vg_plan_spot *spots, size_t n, const struct vg_plan_near *near, struct vg_arena *arena, struct vg_buffer *ways, struct vg_error *error) VG_MUST_USE;

/*
 * A plan with a few choices: needs of the node's own hospitals, stocks of its ledger, ways as listed or by distance. It is made and kept under a name.
 * VG_USAGE_ERROR and VG_DATA_ERROR say in one sentence what to choose otherwise.
 */
struct vg_plan_order {
    const char *name;
    bool replace;                     /* a kept plan of that name */
    struct vg_plan_census census;     /* whose patients, and by which level they are planned for */
    const char *const *places;        /* [n_places] codes of that level; n_places 0: all with needs. What lies in the others stays there */
    size_t n_places;
    const char *const *only;          /* [n_only] resources; n_only 0: all */
    size_t n_only;
    int64_t weeks;                    /* 1 .. 4; 0: 4 */
    struct vg_text ways;              /* CSV: from, to, days, cost, capacity; empty: by distance */
    struct vg_plan_near near;
    bool fairest, nobody_worse;
    double budget, period_budget;     /* of all transport: of all weeks together, and of each; NaN: no limit */
    const double *weights;            /* [n_only] above 0: what an unmet unit of each counts against one of the others; needed where several share a budget; NULL: not said */
    enum vg_language language;
};
void vg_plan_order_init(struct vg_plan_order *order); /* four nearest, 400 km a day and two days at a border */
/* The answer is the plan's summary. *left_out as of vg_job_plan_census. store: open for writing. */
vg_status vg_job_plan_order(struct vg_store *store, const struct vg_plan_order *order, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, const char **left_out,
                            struct vg_error *error) VG_MUST_USE;

/*
 * What a node keeps, asked:
 *   no name       a row a plan: name, kept (when), first, last (dates), places, resources, paths, movements, fairest, bytes
 *   name          one of its tables by show (movements, coverage, groups, summary, unmet, fairness), as it was kept; movements with from_name, to_name and title of the resource as the node knows them
 *   name, what_if PLACE,RESOURCE,AMOUNT[,DATE]: the plan solved again with so much more there: a row a place whose unmet need changes: resource, place, name, needed, unmet, unmet_what_if, gained;
 *                 meta: unmet, worst_coverage, gini and moved of both, warm (whether it went on from the plan's last tree)
 * memory: what was asked last, so that a what-if goes on from it (NULL: each from the beginning). VG_NOT_FOUND: no such plan.
 */
struct vg_plan_memory;
struct vg_plan_memory *vg_plan_memory_new(void); /* NULL without memory */
void vg_plan_memory_free(struct vg_plan_memory *memory);
struct vg_plan_kept_question {
    const char *name, *show, *what_if;
    enum vg_language language;        /* of names, titles and reasons */
    struct vg_plan_memory *memory;
};
vg_status vg_job_plan_kept(struct vg_store *store, const struct vg_plan_kept_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* The same for the server: name, show, what_if and language of the request. */
vg_job vg_job_plans_served;
/* One kept plan as the document that a page draws: {"name", "kept", "program", "exercise", "plan": what was kept, "places": [{"place", "code", "latitude", "longitude", "above"}]}. */
vg_job vg_job_plan_document;

#endif
