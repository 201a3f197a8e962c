/*
 * What the forecast methods share, private to this folder.
 */
#ifndef VG_MONITOR_FORECAST_INTERNAL_H
#define VG_MONITOR_FORECAST_INTERNAL_H

#include "monitor/monitor.h"

/* A series on the method's scale (naive: square root; smoothing: fourth root; hub baseline: as it is), NaN where not reported. */
struct forecast_input {
    const double *values; /* [n] */
    size_t n, season, horizon;
    uint64_t seed;
};

/* Fills quantiles[horizon * VG_FORECAST_LEVELS] and mean[horizon], both on the count scale. */
vg_status forecast_naive(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                         struct vg_error *error) VG_MUST_USE;
vg_status forecast_smoothing(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean,
                             struct vg_error *error) VG_MUST_USE;
vg_status forecast_hub_baseline(const struct forecast_input *input, struct vg_arena *arena, double *quantiles, double *mean, struct vg_error *error) VG_MUST_USE;

void forecast_sort(double *values, size_t n);
/* From the fourth root back to the count. */
static inline double forecast_count(double root)
{
    return root > 0 ? root * root * root * root : 0;
}

/* ---------------------------------------------------- weeks: one series run forward (forecast_course.c) */

enum { FORECAST_SCALES = 2, FORECAST_MODELS = 4, FORECAST_BANK = 18, FORECAST_FEATURES = 14 };
enum forecast_model { FORECAST_LAST, FORECAST_TREND, FORECAST_REGRESSION, FORECAST_ANALOGUES };
/* Normal equations: the lower triangle of the features' products row by row, then their products with the response. */
enum { FORECAST_TRIANGLE = FORECAST_FEATURES * (FORECAST_FEATURES + 1) / 2, FORECAST_SUMS = FORECAST_TRIANGLE + FORECAST_FEATURES };
#define FORECAST_FORMER 78   /* former origins that are forecast again */
#define FORECAST_FIRST 4     /* weeks before the first origin */
#define FORECAST_SEASON_WEEKS 52.18

/* What the siblings tell of one week: mean change of one and two weeks in units of its usual size, by scale, and the growth of their sum. */
struct forecast_week {
    double one[FORECAST_SCALES], two[FORECAST_SCALES], total;
};

/*
 * One weekly series on one scale (square root, fourth root), with what each week knew of its past. Everything at index t depends on values up to t alone.
 */
struct forecast_course {
    size_t n, scale;
    const double *counts;       /* [n] NaN: not reported */
    double *filled;             /* [n] on the scale; the last one again where not reported */
    double *size, *recent_size; /* [n] running mean of absolute changes, long and short memory, not under what chance alone gives */
    double *level;              /* [n] running mean */
    double *peak;               /* [n] highest value so far, sinking slowly */
    double *season;             /* [n * WEEKS] mean change from this week of the year in former years, in sizes */
    double *features;           /* [n * FEATURES]; the first is NaN where there are none */
    double *points;             /* [n * MODELS * WEEKS] the models' forecasts on the scale; NaN: none */
    double *own;                /* [WEEKS * SUMS] */
    double bank_level[FORECAST_BANK], bank_trend[FORECAST_BANK], bank_loss[FORECAST_BANK];
    double error_sum[FORECAST_MODELS][VG_FORECAST_WEEKS], error_weight[FORECAST_MODELS][VG_FORECAST_WEEKS];
};

/* What a forecast from one week may take from elsewhere; NULL and 0: nothing. */
struct forecast_context {
    const struct forecast_week *week;
    const struct forecast_course *leading; /* the same scale */
    const double *sums;                    /* [WEEKS * SUMS] the siblings' */
    bool with_analogues;
};

vg_status forecast_course_open(struct forecast_course *course, const double *counts, size_t n, size_t scale, struct vg_arena *arena,
                               struct vg_error *error) VG_MUST_USE;
/* The value of week t is known: states move on, and the errors of former forecasts of it are learnt. pooled: [WEEKS * SUMS] that learn as well, or NULL;
 * errors: [MODELS][WEEKS][2] sum and weight that learn as well, or NULL. */
void forecast_course_take(struct forecast_course *course, size_t t, double *pooled, double *errors);
/* Features of week t, once all siblings' values of it are taken. */
void forecast_course_look(struct forecast_course *course, size_t t, const struct forecast_context *context);
/* The models' forecasts from week t. */
void forecast_course_say(struct forecast_course *course, size_t t, const struct forecast_context *context);
/* Change in units of the usual size, cut off at `most`; NaN: not known. */
double forecast_course_change(const struct forecast_course *course, size_t t, size_t weeks, double most);
/* Quantiles [WEEKS * LEVELS] of one model from week t, the last one taken: its point, spread as its errors were so far. pooled_errors: [WEEKS][2] of the siblings, or NULL. */
void forecast_course_quantiles(const struct forecast_course *course, size_t t, enum forecast_model model, const double *pooled_errors, double *quantiles);
/* The analogues' points [WEEKS]; left as they are under two years. */
void forecast_course_analogues(const struct forecast_course *course, size_t t, double *points);
/* Student quantiles of errors at vg_forecast_levels, 3.5 degrees of freedom. */
extern const double forecast_tail[VG_FORECAST_LEVELS];
/* Solves (own + pooled, ridge) for the coefficients. */
void forecast_regress(const double *own, const double *pooled, size_t week, double *coefficients);

/* ------------------------------------------------------------------- weeks: the members (forecast_members.c) */

enum { FORECAST_MEMBERS = 5 };
struct forecast_member_kind {
    const char *name;
    size_t scale;
    enum forecast_model model;
};
extern const struct forecast_member_kind forecast_members[FORECAST_MEMBERS];

struct vg_forecast_experience {
    int32_t first_week, step_days; /* first day of week 0 */
    size_t n_weeks, first_kept;  /* weeks [first_kept, n_weeks) have sums, errors and scores */
    size_t n_groups;
    uint32_t *groups;            /* [n_groups] as the caller names them */
    struct forecast_week *weeks; /* [n_groups * n_weeks] */
    double *sums;                /* [kept * SCALES * WEEKS * SUMS] */
    double *errors;              /* [kept * SCALES * MODELS * WEEKS * 2] */
    double *scores;              /* [kept * MEMBERS * WEEKS] WIS relative to the first member's */
    double log_spread[VG_FORECAST_WEEKS];
};
static inline size_t forecast_kept(const struct vg_forecast_experience *experience)
{
    return experience->n_weeks - experience->first_kept;
}

/* The group's weeks; NULL where nothing was learnt of it. */
static inline const struct forecast_week *forecast_group(const struct vg_forecast_experience *experience, uint32_t group)
{
    for (size_t i = 0; experience != NULL && i < experience->n_groups; i++) {
        if (experience->groups[i] == group) {
            return experience->weeks + i * experience->n_weeks;
        }
    }
    return NULL;
}

/* Weekly counts of a series: its own steps, or sums of seven days that end with the last day. offset: steps before the first whole week. */
struct forecast_weeks {
    size_t n, offset;
    double *counts;
};
vg_status forecast_to_weeks(const struct vg_series *series, struct vg_arena *arena, struct forecast_weeks *out, struct vg_error *error) VG_MUST_USE;

/*
 * Every member's quantiles of a weekly series now and as of former weeks, as a pool of VG_FORECAST_WEEKS steps. shift: the experience's week of the series'
 * first one. group: the caller's name of the place's group. Memory is the arena's.
 */
vg_status forecast_make_pool(const struct forecast_weeks *weeks, const struct forecast_weeks *leading, const struct vg_forecast_experience *experience,
                             long shift, uint32_t group, size_t n_former, struct vg_arena *arena, struct vg_forecast_pool *pool, struct vg_error *error) VG_MUST_USE;

/* Adds a member to the pool; its arrays are made anew in the arena. */
vg_status forecast_add_guest(const struct vg_forecast_guest *guest, struct vg_arena *arena, struct vg_forecast_pool *pool, struct vg_error *error) VG_MUST_USE;

/* Quantile at any level of a law given at vg_forecast_levels. */
double forecast_quantile_at(const double *quantiles, double level);
double forecast_mean_of(const double *quantiles);

/*
 * Days from weeks: the law of each day is that of its week's sum times the day's share in one of the recent weeks. daily[n], the last day ends week
 * `weeks->n - 1`; week_quantiles[n_weeks * LEVELS]. out[n_days * LEVELS]; paths[n_paths * n_days] or NULL.
 */
vg_status forecast_days(const double *daily, size_t n, const double *week_quantiles, size_t n_weeks, size_t n_days, size_t n_paths, uint64_t seed,
                        struct vg_arena *arena, double *out, double *paths, struct vg_error *error) VG_MUST_USE;

#endif
