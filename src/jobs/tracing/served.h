/*
 * jobs/tracing/served: what the server tells of tracing, and what it takes (docs/api.md, /tracing). It has no accounts yet, so it tells what readers may know: rows by number, nobody's
 * name.
 */
#ifndef VG_JOBS_TRACING_SERVED_H
#define VG_JOBS_TRACING_SERVED_H

#include "jobs/tracing/tracing.h"

/*
 * request->show: "officers" (NULL): officer, open (contacts to follow up on the day); meta: today, cases, contacts. "contacts", "cases": as vg_job_tracing_list, by officer, place, status, from,
 * to, most, skip. "day": vg_job_tracing_day of officer and day. "forward", "backward": by officer, place, day, disease, most. "indicators": of place, from request->from to request->to,
 * the 30 days until request->day by default. A parameter that the table does not take is VG_USAGE_ERROR.
 */
vg_job vg_job_tracing_served;

/* A visit as a device tells it. */
#define VG_FOLLOWUPS_MOST 50
struct vg_followup_told {
    char entry[65];                /* the device's own key: letters, digits and hyphens, at least 8 */
    char symptoms[161];            /* words with commas, "" none */
    int64_t contact;
    int32_t day;
    int seen;                      /* enum vg_seen */
    double temperature;            /* NAN: not taken */
};
/*
 * Takes each visit by itself, so that one that cannot be taken keeps no other from it: entry, contact, followup (its id), state, reason. State: "taken"; "known", where the entry was taken before,
 * which is then left as it is; "refused", with the reason: no such contact, a day to come, a temperature that is none, or an entry that was used for another visit.
 * VG_USAGE_ERROR: an actor without a name. The store must be open for writing.
 */
vg_status vg_job_tracing_followups(struct vg_store *store, const struct vg_actor *actor, const struct vg_followup_told *told, size_t n_told, struct vg_arena *arena, struct vg_answer *answer,
                                   struct vg_error *error) VG_MUST_USE;

#endif
