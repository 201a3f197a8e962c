/*
 * jobs/demand: what hospitals will hold and need, on files: what vigia demand does without a node (docs/demand.md). Files are
 * CSV and kin, with headings in any case:
 *
 *     hospitals:   place | location | region; date; census of at least one of ward, icu, ventilator, hospital (patients of that
 *                  day); [admissions] of all, or [ward_admissions], ...; [cases]; [ward_beds], ...: places that can be filled
 *     admissions:  location | place; target_end_date | date; output_type (sample); output_type_id; value: sample paths as
 *                  vigia forecast --hubverse --samples writes them, of days or (target "wk ...") of weeks
 *     patients:    place; resource; days (since admission) or admitted (a date); [patients]: who is in on the last day
 *     quantities:  item; per (ward, icu, ventilator or hospital); quantity (of one patient-day); rows of one item add up
 *     stock:       place; item; amount (of the first day)
 *
 * A cell that cannot be read, or two rows of one place and day (of admissions to come: of one path), end the job with file,
 * line and column.
 */
#ifndef VG_JOBS_DEMAND_H
#define VG_JOBS_DEMAND_H

#include "allocate/demand/demand.h"
#include "jobs/jobs.h"

struct vg_demand_request {
    const char *hospitals_path;
    const char *admissions_path, *patients_path, *stock_path; /* NULL: none */
    const char *quantities_path;                /* "published": those that ship (data/allocate/supplies.csv); NULL: none */
    struct vg_store *ledger;                    /* stock_path NULL: what its stock ledger says of the newest day of hospitals; NULL: none */
    const char *const *maps;                                    /* [n_maps] FIELD=HEADING of hospitals */
    size_t n_maps;
    const char *law;      /* of the stay: "gamma" (NULL), "weibull", "lognormal" */
    double cv;            /* of the stay; NaN: 0.65 */
    int64_t window_days;  /* 28: the newest days that the stay rests on */
    int64_t horizon_days; /* 28 */
    int64_t n_paths;      /* 200, or as many as the admissions have */
    uint64_t seed;
    double ventilated_share; /* of patients in intensive care, where the file does not count them; NaN: not known, and
                                ventilators are left out */
    const char
        *oxygen; /* "observed" (NULL): 3 litres a minute for all; "who": 10 for the ward, 30 in intensive care; or WARD,ICU */
    const char *show; /* "quantiles" (NULL), "paths", "needs", "status" */
    const struct vg_given_file *files; /* [n_files] hospitals_path may be one of these, in memory */
    size_t n_files;
};
void vg_demand_request_init(struct vg_demand_request *request);

/*
 * quantiles and paths: the hubverse's reference_date, target ("day prev icu"; where beds are known also "day prev icu
 * occupied"; "day use oxygen_m3"; where a stock is known also "cum missing oxygen_m3"), horizon, location, target_end_date,
 * output_type, output_type_id, value; then status: a series that fails has one row that says why. needs: place, resource, date
 * (the first day of a week), amount (the week's highest census, or its use), path, probability: what vigia plan --needs reads.
 * status: location, resource, status, reference_date, patients, stay_days, stay_low, stay_high, share, beds, chance_full (that
 * demand goes beyond the beds within the horizon), likely_full (first day on which that is more likely than not). meta: places,
 * how much rests on what.
 */
vg_status vg_job_demand(const struct vg_demand_request *request, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error) VG_MUST_USE;

#endif
