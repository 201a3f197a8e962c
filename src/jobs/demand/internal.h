/*
 * Private to jobs/demand: the files as arrays, and the forecasts of each resource.
 */
#ifndef VG_JOBS_DEMAND_INTERNAL_H
#define VG_JOBS_DEMAND_INTERNAL_H

#include "jobs/demand/demand.h"
#include "jobs/jobs_internal.h"

enum demand_resource { DEMAND_WARD, DEMAND_ICU, DEMAND_VENTILATOR, DEMAND_HOSPITAL, DEMAND_RESOURCES };
extern const char *const demand_resource_names[DEMAND_RESOURCES];

struct demand_item {
    struct vg_text name;
    double quantity[DEMAND_RESOURCES]; /* of one patient-day */
    double of_admission;               /* of one who is admitted */
    double *stock;                     /* [place] NaN: not known; NULL: of none */
};

struct demand_input {
    struct vg_dictionary places;
    size_t n_places, n_days;
    int32_t start;
    double *census[DEMAND_RESOURCES], *admissions[DEMAND_RESOURCES], *all_admissions,
        *cases;                        /* [place * n_days + day]; NULL: not in the file */
    double *in_beds[DEMAND_RESOURCES]; /* [place * VG_DEMAND_STAY_DAYS + days since admission] on the last day; NULL: none */
    double *beds[DEMAND_RESOURCES];    /* [place] the newest; NaN: not known; NULL: not in the file */
    double *coming;                    /* [(path * n_places + place) * n_ahead + day]; NULL: none */
    size_t n_paths, n_ahead;
    struct demand_item *items;
    size_t n_items;
    size_t without_history; /* rows of forecasts of places that the hospitals do not have */
};

struct demand_run {
    const struct vg_demand_request *request;
    struct demand_input input;
    struct vg_demand_forecast forecast[DEMAND_RESOURCES];
    bool made[DEMAND_RESOURCES]; /* census in the file, or ventilators as a share */
    struct vg_arena *arena;
    struct vg_error *error;
};

/* Usual stays, where nothing tells of these (docs/demand.md has the sources). */
extern const double demand_usual_days[DEMAND_RESOURCES];

vg_status demand_read(const struct vg_demand_request *request, struct vg_arena *arena, struct demand_input *input,
                      struct vg_error *error);
vg_status demand_write(struct demand_run *run, struct vg_answer *answer);
/* The shipped quantities of a patient-day or an admission (data/allocate/supplies.csv). */
vg_status demand_published_quantities(struct vg_arena *arena, struct demand_input *input, struct vg_error *error);
/* Stock of the items, and beds that the file does not tell, from a stock ledger at the end of the newest day. */
vg_status demand_read_ledger(struct vg_store *ledger, struct vg_arena *arena, struct demand_input *input, struct vg_error *error);

#endif
