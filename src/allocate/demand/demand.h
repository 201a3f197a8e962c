/*
 * demand: how many patients hospitals will hold, and what these need, up to four weeks ahead, as paths whose peaks keep step
 * across places. Pure: arrays in, arrays out.
 *
 * The census is what was admitted and has not left: C_t = sum over j of a_(t-j) S(j), with S(j) the probability of a stay of
 * more than j days. The stay is found again every week from the node's own admissions and census, and the census is scaled to
 * today's. Admissions that are to come are given as paths by the caller, or not given at all: then growth is learnt from all
 * places' own past (momentum of the census, admissions against it, the whole beside the place), shrunk to what other epidemics
 * taught (docs/demand.md has the equations). Days are array indices; NaN is a day without a report.
 */
#ifndef VG_DEMAND_H
#define VG_DEMAND_H

#include "core/core.h"

#define VG_DEMAND_STAY_DAYS 120 /* nobody is followed longer */
#define VG_DEMAND_LEVELS 23     /* the forecast hubs' quantile levels: 1, 2.5, 5, 10, ..., 95, 97.5, 99 % */
#define VG_DEMAND_DAYS_MOST 28
extern const double vg_demand_levels[VG_DEMAND_LEVELS];

/* ------------------------------------------------------------------ stay (stay.c) */

/* survival[n]: P(stay > j days), admitted in the middle of day 0 and counted at the end of day j. law: gamma, log-normal or
 * Weibull; cv: standard deviation over mean. */
void vg_demand_survival(enum vg_interval_family law, double mean_days, double cv, size_t n, double *survival);
/* census[t] = sum of admissions[t - j] survival[j]; what was admitted before the first day is left out. The slow, obvious one.
 */
void vg_demand_census(const double *admissions, size_t n_days, const double *survival, size_t n_survival, double *census);

struct vg_demand_stay {
    enum vg_interval_family law;
    double cv;              /* of the law */
    double prior_mean_days; /* 0: none; else the mean is shrunk to it ... */
    double prior_log_sd;    /* ... with this standard deviation of its logarithm */
    bool share_free;        /* not all who are admitted come here (intensive care of all admissions): the share is found, too */
    size_t window_days;     /* the newest days that the mean rests on */
    const double *survival; /* [VG_DEMAND_STAY_DAYS] an empirical law instead, as of a line list (then nothing is fitted but the
                               scale); NULL */
};
void vg_demand_stay_defaults(struct vg_demand_stay *stay); /* gamma, cv 0.65, all of the admitted, 28 days, no prior */

enum vg_demand_status {
    VG_DEMAND_OK,
    VG_DEMAND_TOO_SHORT, /* fewer than 15 days of census */
    VG_DEMAND_STALE,     /* the newest census is over three days old */
    VG_DEMAND_NO_CENSUS,
    VG_DEMAND_STATUS_COUNT
};
const char *vg_demand_status_name(enum vg_demand_status status); /* "ok", "too_short", "stale", "no_census" */

struct vg_demand_fit {
    double mean_days, log_error; /* standard error of the logarithm of the mean; a week of residuals counts as one */
    double share;                /* of the admitted; 1 unless free */
    double scale;                /* today's census over the model's */
};
/*
 * The stay as of the last day of admissions[n_days] and census[n_days]: least squares over the window, on a grid of means 5 %
 * apart. n_days at least 15, no NaN. Cost: window * 120 for each of some 70 means.
 */
void vg_demand_fit_stay(const struct vg_demand_stay *stay, const double *admissions, const double *census, size_t n_days,
                        struct vg_demand_fit *fit);
/*
 * Census of the next n_ahead days with admissions known or assumed: those in now leave by survival[j + h] / survival[j]. How
 * long they have stayed is in_beds[VG_DEMAND_STAY_DAYS], patients by days since admission (the last: that and longer), scaled
 * to today's census; new ones come in as those of the newest week did. NULL, or nobody in it: they have stayed as past
 * admissions make it, scaled to today's census, and the new ones come in at the same scale. share: the fit's, of the admitted;
 * the scale is within tenfold of it. survival: the law with the fit's mean.
 */
void vg_demand_project(const double *admissions, size_t n_days, const double *coming, size_t n_ahead, const double *survival,
                       double share, double today, const double *in_beds, double *census);

/* ------------------------------------------------------------------ forecast (learn.c, forecast.c) */

/* What growth is shrunk to: learnt on Italy's regions and Sao Paulo's health regions together, or on one of them so that the
 * other can judge it; or to no change. */
enum vg_demand_prior { VG_DEMAND_PRIOR_BOTH, VG_DEMAND_PRIOR_ITALY, VG_DEMAND_PRIOR_SAO_PAULO, VG_DEMAND_PRIOR_NONE };

struct vg_demand_series {
    size_t n_places, n_days;
    const double *census;     /* [place * n_days + day], NaN: not reported */
    const double *admissions; /* the same; NULL: not known */
    const double *cases;      /* the same: cases by the day of their report, which tell of growth sooner; NULL: not known */
};
struct vg_demand_settings {
    struct vg_demand_stay stay;
    enum vg_demand_prior prior;
    size_t n_ahead;        /* 1 .. VG_DEMAND_DAYS_MOST */
    size_t n_paths;        /* 1 .. 10000 */
    uint64_t seed;         /* the same seed for ward and intensive care keeps their paths in step, too */
    uint32_t purpose;      /* another number for each resource */
    const double *coming;  /* [(path * n_places + place) * n_ahead + day] admissions to come, NaN in the place's first cell: not
                              given for this place; NULL: for none */
    const double *in_beds; /* [place * VG_DEMAND_STAY_DAYS + days since admission] patients in on the last day, as
                              vg_demand_project has them; all 0 in a place: not known there; NULL: nowhere */
};
void vg_demand_settings_defaults(struct vg_demand_settings *settings);

struct vg_demand_forecast {
    enum vg_demand_status *status; /* [n_places] */
    struct vg_demand_fit *fit;     /* [n_places]; mean NaN without admissions */
    double *today;                 /* [n_places] the census that the forecast starts from */
    double *quantiles;             /* [(place * n_ahead + day) * VG_DEMAND_LEVELS]; NaN unless the status is OK */
    double *paths;    /* [(path * n_places + place) * n_ahead + day]; in every place the path's number is the same course of the
                         epidemic */
    double spread[4]; /* standard deviation of log census after 1, 2, 3, 4 weeks in a large place, as past forecasts erred */
    double together;  /* correlation between places of these errors */
    size_t n_former;  /* former weekly forecasts that this rests on */
};
/*
 * Where admissions to come are not given: log growth of the census after 7, 14, 21 and 28 days is a regression over all places
 * and their sum, whose former forecasts, made with what was known then, give the spread. Where they are given: each path has
 * one draw of the stay, and what the model erred with known admissions in the past is added. Arrays are the arena's.
 * VG_USAGE_ERROR: sizes out of bounds; VG_DATA_ERROR: a negative or infinite value, named by place and day. Cost: 23 places
 * over 400 days in 0.1 s, 1,000 over 200 days in 0.5 s; of more than
 * 200 places a part is learnt from. The newest 420 days count.
 */
vg_status vg_demand_forecast(const struct vg_demand_series *series, const struct vg_demand_settings *settings,
                             struct vg_arena *arena, struct vg_demand_forecast *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ what patients need (supplies.c) */

#define VG_DEMAND_M3_PER_LITRE_MINUTE 1.44 /* a litre a minute is so many cubic metres a day */
/* needed[path * n_days + day] of one place: quantity a patient-day times patients, up to and with each day, less what is in
 * stock at the beginning: what is missing by then. */
void vg_demand_beyond_stock(const double *use, size_t n_paths, size_t n_days, double stock, double *missing);
/* admitted[n_days] behind a path of the census that begins after today's: what the census grows by and what leaves, of those who
 * were in the share 1 / mean_days a day; over `share`, of all who are admitted those who come here. What a day loses beyond what
 * leaves is made up by the next ones. Exact where stays are exponential or the census is level. */
void vg_demand_admitted(const double *census, size_t n_days, double today, double mean_days, double share, double *admitted);
/* occupied[i] = what a capacity lets in of the demand; NaN or infinite capacity: all of it. */
void vg_demand_occupied(const double *demand, size_t n, double capacity, double *occupied);
/* The hubs' quantiles of paths[n_paths] values that lie `stride` apart; scratch[n_paths]. */
void vg_demand_quantiles(const double *paths, size_t n_paths, size_t stride, double *scratch,
                         double quantiles[VG_DEMAND_LEVELS]);

#endif
