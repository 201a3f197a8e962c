/*
 * The parts of the nowcast, private to this folder: learning by re-enactment (nowcast_learn.c) and what is said from it
 * (nowcast.c).
 *
 * Words: a report step r counts from the triangle's start; on report step s ("origin") reference t has horizon h = s - t.
 * Horizons from n_delays - 1 on are complete. n_horizons = n_delays - 1.
 */
#ifndef VG_MONITOR_NOWCAST_INTERNAL_H
#define VG_MONITOR_NOWCAST_INTERNAL_H

#include "monitor/triangle_internal.h"

#define NOWCAST_LEARNERS 4
#define NOWCAST_SEASON 7 /* weekdays, for daily triangles */

/* Delay probabilities with a fading memory. All arrays have n_delays entries. */
struct nowcast_learner {
    double keep;                /* share of the memory kept from one step to the next */
    double *reports, *exposure; /* faded sums; their ratio is the odds of delay d against all before it */
    double *probability;        /* of each delay, up to a factor, on a report day without weekday effect */
    double *plain_within;       /* [d] sum of the probabilities of delays 0..d */
    double *within; /* [season * n_delays] weekday-weighted share within the delay, by weekday of the reference date */
};

/* One former or present nowcast of one target (a step or a rolling sum). */
struct nowcast_case {
    double mean;     /* expected final count */
    double reported; /* known then */
    double share;    /* expected share known then */
};

struct nowcast_work {
    const struct vg_triangle *triangle;
    size_t first; /* reference date at which the used window starts */
    size_t n, n_delays, n_horizons, season, sum_steps;
    size_t n_origins; /* report steps 0 .. n_origins - 1 of the window; the last one is as_of */
    struct nowcast_learner learners[NOWCAST_LEARNERS];
    double weekday[NOWCAST_SEASON], weekday_seen[NOWCAST_SEASON], weekday_expected[NOWCAST_SEASON];
    double *known;      /* [n] reports known so far */
    int32_t *published; /* [n] newest published delay, -1 none */
    double *mean;       /* [n] expected final count as of the running origin; NaN where nothing can be said */
    double *share;      /* [n] expected share known, as of the running origin */
    /* By origin and horizon, [n_origins * n_horizons], single steps. NaN where there was none. */
    double *ladder; /* mean of the learners' chain-ladder counts */
    double *level;  /* what the preceding dates suggest */
    double *ladder_share;
    double *candidates;         /* [NOWCAST_LEARNERS * n_origins * n_horizons] */
    double *single;             /* the final word on the step as of the origin */
    struct nowcast_case *cases; /* [n_origins * n_horizons] targets */
    double *squares;            /* [NOWCAST_LEARNERS * n_horizons] faded squared log errors of the learners */
    double *credibility_weight, *ladder_error, *level_error; /* [n_horizons] faded sums of relative squared errors */
};

vg_status nowcast_work_init(struct nowcast_work *work, const struct vg_triangle *triangle, size_t window_references,
                            size_t sum_steps, struct vg_arena *arena, struct vg_error *error) VG_MUST_USE;
/* Goes through all report steps in order and re-enacts the nowcast on each; the last one is the nowcast of as_of. */
void nowcast_re_enact(struct nowcast_work *work);

#endif
