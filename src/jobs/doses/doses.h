/*
 * jobs/doses: who is vaccinated where and when, on files: what vigia doses does (docs/doses.md). Files are CSV and kin or Excel, with headings in any case:
 *
 *     people:  place; group; priority (1 first); people
 *     stocks:  place; amount; [expiry]; [date] (arrives then); several rows of a place add up
 *     ways:    from; to; [days]; [cost]; [capacity] (doses a period)
 *     places:  place; [store] (doses that the cold chain holds); [per_day] (doses that can be given)
 *     due:     place; date; amount: second doses of people who had the first before
 *
 * A cell that cannot be read, or a place that is in no other file, ends the job with file, line and column.
 */
#ifndef VG_JOBS_DOSES_H
#define VG_JOBS_DOSES_H

#include "allocate/doses/doses.h"
#include "jobs/jobs.h"

struct vg_doses_request {
    const char *people_path, *stocks_path, *ways_path, *places_path, *due_path; /* NULL: none; stocks NULL: the ledger's */
    struct vg_store *ledger;      /* stocks are those of its ledger, of `item`; NULL: none */
    const char *item;             /* NULL: vaccine_dose */
    int32_t begin;                /* first day; VG_DATE_NONE: the day after the ledger's, or the first date of stocks */
    int64_t periods, step_days;   /* 12 of 7 days */
    int64_t interval_days;        /* from the first dose to the second; 0: one dose */
    double reserve;               /* NaN: 1 */
    bool two_way, fairest;
    const char *show;             /* "movements" (NULL), "given", "summary", "coverage", "lost" */
};
void vg_doses_request_init(struct vg_doses_request *request);
/*
 * movements: leaves, arrives, from, to, expiry, amount, cost. given: date, place, group, priority, first. second: date, place, second, late. summary: plan (plan; nothing_moves; no_priorities: as if all came first),
 * priority, people, first, share, most_possible, worst_share, worst_place; then of the whole plan lost, late_at_most, moved, cost. coverage: place, priority, people, first, share. lost: place, expiry, amount.
 */
vg_status vg_job_doses(const struct vg_doses_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
