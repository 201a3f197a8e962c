/*
 * jobs/plan: who gives what to whom, on files: what vigia plan does without a node (docs/allocate.md). Files are CSV and kin, with headings in any case:
 *
 *     needs:       place | location; resource; date | target_end_date; amount | need | value; [path | sample | output_type_id]; [probability]
 *     stocks:      place | location; resource; amount | stock | value; [date] (after the first of needs: arrives then); [minimum | keep | reserve]
 *     ways:        from; to; [days | lead_days]; [cost]; [capacity] (units a period)
 *     resources:   resource; kind (reusable or consumable)
 *     populations: place | location; population; [group]
 *
 *     must:        place | location; resource; date; amount: units that are at hand (or, of consumables, taken) then, whatever it costs; where they cannot be together a set of which none can be left out is named
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
    bool two_way;                     /* each way leads back, too */
    bool fairest, nobody_worse;
    double fairness_slack, tail_weight, tail; /* NaN: 0, 0, 0.8 */
    const char *show;                 /* "movements" (NULL), "coverage", "groups", "summary", "unmet", "worth" */
    const char *what_if;              /* PLACE,RESOURCE,AMOUNT[,DATE]: the plan with that much more (or less); NULL: none */
    double worth_of;                  /* show worth: this many more units (NaN: 1) */
    enum vg_language language;        /* of the reasons */
    const struct vg_given_file *files; /* [n_files] the paths above may be of these, in memory */
    size_t n_files;
    bool by_node;                     /* places are NODE/PLACE: movements say whose they are, and "nodes" may be shown */
};
void vg_plan_request_init(struct vg_plan_request *request);

/*
 * movements: resource, leaves, arrives, from, to, amount, cost, avoided (unmet units times periods that this movement avoids: the plan solved again without it; missing where the rules are no
 * flows), from_unmet_before, from_unmet, to_unmet_before, to_unmet (expected, over all periods; before: nothing moves), reason (a sentence). coverage: resource, place, needed, and coverage and
 * unmet of the plan and of each rule. groups: resource, group, needed and coverage. summary: resource, plan (plan, nothing_moves, per_head, by_shortage), needed, unmet, tail_unmet,
 * worst_coverage, worst_place, gini, moved, movements, cost, best_possible_worst_coverage, least_possible_objective (unmet need, weighed with its tail where that counts: to be compared with (1 - weight) unmet + weight tail_unmet). unmet: resource, place, date, needed, unmet_before, unmet. worth: resource, place,
 * units, avoided (by solving again). by_node: movements have donor and receiver, too, and nodes is: resource, node, needed, unmet_before, unmet, coverage_before, coverage, gives, gets, places_worse
 * (of its own, that lack more than if nothing moved), status (better, same, worse). meta: periods, places, paths, resources, rules.
 */
vg_status vg_job_plan(const struct vg_plan_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
