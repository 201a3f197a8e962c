/*
 * Private to store: a filter made definite, and the parts of the aggregates that are about counts.
 */
#ifndef VG_CUBE_QUERY_H
#define VG_CUBE_QUERY_H

#include "store/store_internal.h"

struct case_filter {
    bool class[VG_CLASS_COUNT], sex[VG_SEX_COUNT];
    bool has_age, has_sex, has_category;
    int age_from, age_to;
    uint32_t category;
};

struct query {
    struct cube *cube;
    struct cube_dataset *dataset;
    const struct vg_cube_filter *filter;
    struct vg_arena *arena;
    struct vg_error *error;
    const struct vg_measure *measure; /* NULL: not asked */
    bool is_cases;
    uint32_t place;          /* VG_PLACE_NONE: all */
    uint8_t *inside;         /* [places + 1] whether a place is the filter's or below it; the last is "unknown place" */
    int32_t as_of, from, to; /* with open ends filled */
    int32_t step_days;
    struct case_filter cases;
    int32_t start;           /* of the axis */
    size_t n_steps;
};

vg_status query_open(struct query *query, struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_error *error);
vg_status query_axis(struct query *query);
int32_t query_last_day(const struct query *query);
const int32_t *query_case_dates(const struct query *query);
/* row_of[place]: row of the place at `level` that it counts in, UINT32_MAX none. */
vg_status query_rows_of_level(struct query *query, enum vg_place_level level, uint32_t *row_of, uint32_t *place_of_row, size_t *n_rows);
/* How many delays hold 99 % of the histogram's mass, within bounds. */
size_t query_choose_delays(const double *histogram, size_t n, int32_t step_days);

void query_counts_span(const struct query *query, int32_t *first, int32_t *last);
void query_counts_places(const struct query *query, bool *seen);
vg_status query_counts_series(struct query *query, double *values);
vg_status query_counts_by_place(struct query *query, const uint32_t *row_of, struct vg_series_matrix *matrix);
vg_status query_counts_triangle(struct query *query, size_t n_delays, struct vg_triangle *triangle);

#endif
