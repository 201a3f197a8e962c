/*
 * Private to the scan statistic: the cylinders that are looked at, and the search of the strongest one.
 */
#ifndef VG_SCAN_INTERNAL_H
#define VG_SCAN_INTERNAL_H

#include "monitor/alarm/alarm.h"

#define SCAN_LANES 8           /* rows are padded to whole vectors of so many counts */
#define SCAN_MOST_COLUMNS 2048 /* durations */
#define SCAN_LONGEST_RUN 64

/*
 * Circles nest: circle k of a centre holds its nearest k + 1 places. A cylinder is a circle and the `shortest + column` steps up to an end. Where what is expected is a
 * product of place and step (separable), it is known from one number a place and one a column; else its rows are added up like those of the cases.
 */
struct scan {
    const struct vg_scan_parameters *p;
    size_t n_places, n_steps, longest;
    size_t n_columns, width;            /* durations; the same padded */
    double n_cases;
    bool separable, narrow;             /* narrow: 16 bits hold the cases */
    const double *expected;             /* [n_places * n_steps] sums to n_cases */
    uint8_t *run;                       /* [as neighbours] how many circles from here on are first judged together; set where a run begins */
    double *share;                      /* [n_places] of the places in all that is expected */
    double *expected_until;             /* [n_places * (n_steps + 1)] running sums */
    uint32_t *neighbours;               /* [first_neighbour[n_places]] of each centre, nearest first, itself among them */
    size_t *first_neighbour;            /* [n_places + 1] */
    bool *complete;                     /* [as neighbours] whether the circle may end here: the next place is farther away */
};

struct scan_best { double ratio; uint32_t centre; size_t circle, end, duration; double observed, expected; };

/* What one search works on: its counts; rows of sums over durations up to one end, of uint16_t or uint32_t; the same of what is expected, where it is not separable. */
struct scan_bench {
    uint32_t *counts;                   /* [n_places * n_steps] */
    void *rows;                         /* [n_places * width] */
    float *expected_rows;               /* [n_places * width] or NULL */
    size_t expected_end;                /* the end that expected_rows stand for; SIZE_MAX none yet */
};

/* False without memory. */
bool scan_bench_new(const struct scan *scan, struct vg_arena *arena, struct scan_bench *bench);
/* Log likelihood ratio of so many cases where so many are expected, of n_cases in all; 0 where there are not more. */
double scan_ratio(double observed, double expected, double n_cases);
/* The strongest cylinder of the bench's counts; ratio 0 if there is none. taken[n_places] (NULL: none): places whose circles are not looked at. */
void scan_search(const struct scan *scan, struct scan_bench *bench, const bool *taken, struct scan_best *best);

#endif
