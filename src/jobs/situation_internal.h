/*
 * Private to the situation: what a row is made from, in the quick way (situation.c) and by the generative model (situation_model.c).
 */
#ifndef VG_SITUATION_INTERNAL_H
#define VG_SITUATION_INTERNAL_H

#include "jobs/jobs_internal.h"

/* What the alarm job says of the place's newest step; all zero where it says nothing. */
struct place_alarm { bool judged, alarm, notable; double score, p_value; };

/* What a row is made from, and what came out. */
struct place_situation {
    uint32_t place;
    bool by_model;              /* Rt and counts are the generative model's */
    const double *values;       /* [n_steps] as reported, oldest first; the last one is the day (or week) of as_of */
    const double *by_report;    /* [n_steps] the same cases by the day they were reported, where values are by an earlier date; or NULL */
    double cases_total, deaths_total;
    double last, previous, total;
    int32_t last_date;
    double days_silent;
    bool silent;
    struct vg_growth growth;
    struct vg_rate_interval incidence, expected, case_fatality;
    struct vg_rate_interval ahead; /* sum of the next 7 days or week; of a stock its value then */
    struct place_alarm alarm;
    double rt[3];               /* median, low, high */
    enum vg_series_status status;
    double attention;
};

/* Shared, read-only while the places are worked through. */
struct situation_work {
    struct job_context *context;
    size_t n_steps;
    size_t window_steps;        /* 7 days or 1 week */
    int32_t start;
    bool delayed, stock;
    struct vg_recent_model recent;
    struct vg_rt_parameters rt;
    bool has_rt;
    const struct vg_place_list *places;
    struct place_situation *rows;
    size_t n_rows;
    const char *alarm_method;   /* NULL: nothing was judged */
};

/* The row's place; data that name no place have one row, of the whole, with a place of which nothing is known. */
const struct vg_place *situation_place(const struct situation_work *work, const struct place_situation *row);

/*
 * Rt, the newest week and the next one of the rows by one model of all places of the view, drawn towards their sum; rows that it refuses, and views for which
 * it is too much work or the disease's intervals are not known, keep what they have.
 */
vg_status situation_model(struct job_context *context, struct situation_work *work, enum vg_place_level level, struct vg_pool *pool);

#endif
