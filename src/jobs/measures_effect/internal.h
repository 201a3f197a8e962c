/*
 * Private to the job of measures' effects: R by place and step, strengths by place and day, and what was estimated of them.
 */
#ifndef VG_JOBS_MEASURES_INTERNAL_H
#define VG_JOBS_MEASURES_INTERNAL_H

#include "control/measures_effect/measures_effect.h"
#include "jobs/jobs_internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>

#define MEASURES_DAYS_BEFORE 430 /* before the first R: more than the longest lag */
#define MEASURES_DAYS_AFTER 60   /* after the last R: strengths that will be felt, for the test of leads */
#define MEASURES_PLACES_MOST 20000

enum measures_place_state { PLACE_USED, PLACE_WITHOUT_R, PLACE_WITHOUT_MEASURES };

/* R of one place on its steps, in time order. */
struct measures_place {
    const char *name;            /* as R's table has it: a code, or what a user wrote */
    enum measures_place_state state;
    int32_t *end;                /* [n] last day of each window */
    double *log_r, *error;       /* [n] */
    size_t n;
    double **strength;           /* [VG_MEASURES_MOST] of [n_days] each, NaN unknown; NULL: the file does not name the place. A NULL in it: this measure is never named here, */
    bool none_unless_said;       /* which means that it was not taken (dated form), else that nothing is known */
};

struct measures_work {
    const struct vg_request *request;
    const struct vg_measures_request *measures;
    const struct vg_place_list *places;
    struct vg_arena *arena;
    struct vg_error *error;
    const char *disease, *counted, *r_source;
    struct measures_place *place; /* [n_places] */
    size_t n_places, n_windows_few;
    struct vg_dictionary index;   /* name of a place -> number */
    const char **measure;         /* [n_measures] */
    double *full;                 /* [n_measures] what stands for a strength of 1 */
    size_t n_measures;
    int32_t first_day;
    size_t n_days;
    size_t n_unmatched;           /* rows of the measures' file of places without R */
    const char *unmatched_example;
    double lag_mean_days, lag_sd_days;
    const char *lag_source;
    int32_t window_days;
};

/* Whether a file has R's table (place, date, mean, sd) by its headings; standard input, which cannot be looked at twice, never has. */
vg_status measures_is_r(const char *path, bool *is_r, struct vg_error *error);
vg_status measures_read_r(struct measures_work *work, const char *path);
/* One estimate of R into its place: kept where it closes a window and rests on enough cases. Rows of a place come in time order, or VG_DATA_ERROR. */
vg_status measures_take_r(struct measures_work *work, struct vg_text place, int32_t date, double mean, double sd);
/* Strengths of the places that have R. */
vg_status measures_read(struct measures_work *work);

/* What was asked of the regression, and what it said. */
struct measures_setting { const char *name; int32_t shift_days; bool calendar, lead; struct vg_measures_estimate estimate; bool done; };
#define MEASURES_SETTINGS 5
struct measures_fit {
    struct measures_setting setting[MEASURES_SETTINGS]; /* the first is the main one */
    size_t n_settings;
    size_t *row_place;            /* [n_used] number in work->place of the regression's places */
    size_t n_used;
};
vg_status measures_fit(struct measures_work *work, const struct vg_progress *progress, struct measures_fit *fit);
vg_status measures_write(struct measures_work *work, const struct measures_fit *fit, struct vg_answer *answer, struct vg_measures_limits *limits);

static inline double measures_reduction(double effect) { return 100 * (1 - exp(effect)); }

#endif
