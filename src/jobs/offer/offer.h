/*
 * jobs/offer: what a node proposes to others, and several such proposals as one plan's files (docs/allocate.md). An offer is four tables, the files of jobs/plan: what is needed when (on which path),
 * what there is (and what of it stays), which ways lead from the node's own places, and what the resources are:
 *
 *     needs.csv      place, resource, date, amount, path, probability
 *     stocks.csv     place, resource, amount, date, minimum
 *     ways.csv       from, to, days, cost, capacity       to: a place of its own, or NODE/PLACE
 *     resources.csv  resource, kind, unit
 *
 * Sums by place and date, never a row of a person, a lot or a movement. Of signatures it knows nothing: see share/bundle.
 */
#ifndef VG_JOBS_OFFER_H
#define VG_JOBS_OFFER_H

#include "jobs/plan/plan.h"

#define VG_OFFER_TYPE "alloc.offer"
#define VG_OFFER_VERSION 1

enum vg_offer_part { VG_OFFER_NEEDS, VG_OFFER_STOCKS, VG_OFFER_WAYS, VG_OFFER_RESOURCES, VG_OFFER_PARTS };
extern const char *const vg_offer_part_names[VG_OFFER_PARTS]; /* "needs.csv", ... */

struct vg_offer {
    const char *name;                     /* for messages: the file it came in */
    const char *node;
    int32_t from, to;                     /* first and last date of its needs; without needs, days for which it holds */
    struct vg_text parts[VG_OFFER_PARTS]; /* size 0: no such table */
};

struct vg_offer_request {
    const char *node;
    const char *needs_path, *stocks_path, *ways_path, *resources_path, *minimum_path; /* NULL: none. minimum: place, resource, minimum, of stocks that do not say it */
    struct vg_store *ledger;              /* stocks are what it holds at the end of the first day of what is needed, or is named by resources; NULL: none */
    bool two_way;                         /* ways between places of its own lead back, too */
    int32_t from, to;                     /* of offers without needs; VG_DATE_NONE: those of the needs */
    const struct vg_given_file *files;    /* [n_files] the paths may be of these, in memory */
    size_t n_files;
};
void vg_offer_request_init(struct vg_offer_request *request);
/*
 * *offer in the arena. The answer's table says what it tells: resource, unit, kind, places, has, keeps, arrives, needs (expected, over all dates), ways. VG_DATA_ERROR: file, line and column.
 */
vg_status vg_job_offer(const struct vg_offer_request *request, struct vg_arena *arena, struct vg_offer *offer, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/*
 * Several offers, and perhaps ways of whoever plans (places as NODE/PLACE), as the files of one plan: fills the paths and files of *request, and by_node. Paths of the same name are one course of
 * the world; an offer with a single path has the same needs on all. *left_out (in the arena): a sentence on what no movement can use (ways to nodes or places that are not there, stocks without a
 * way), NULL: nothing is.
 * VG_DATA_ERROR names file, table, line and column: a cell that cannot be read; other dates than the first offer's, other paths, another unit or kind of a resource; two offers of one node.
 */
vg_status vg_job_offers_join(const struct vg_offer *offers, size_t n_offers, const char *ways_path, struct vg_arena *arena, struct vg_plan_request *request, const char **left_out,
                             struct vg_error *error) VG_MUST_USE;

#endif
