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
/* Both. */
vg_status query_open_axis(struct query *query, struct vg_store *store, const struct vg_cube_filter *filter, struct vg_arena *arena, struct vg_error *error);
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

/* What became known of the cells of many places: put is called with the place's row, never with one that has none. */
struct query_cells {
    const uint32_t *row_of;   /* [places + 1] UINT32_MAX: not wanted */
    size_t skipped;           /* oldest reference steps that are left out */
    struct vg_triangle_set *set; /* shape is set; cell NULL: they are counted in first[row + 1] only */
};
void query_put_cell(struct query_cells *cells, uint32_t place, size_t reference, size_t delay, double increment);
/* Number of delays and published days into the set. */
vg_status query_counts_shape(struct query *query, enum vg_place_level level, size_t n_delays, size_t skipped, struct vg_triangle_set *set);
vg_status query_counts_cells(struct query *query, enum vg_place_level level, struct query_cells *cells);

static inline bool query_case_passes_more(const struct case_filter *filter, const struct cube_cases *cases, size_t i)
{
    return (!filter->has_age || (cases->age[i] >= filter->age_from && cases->age[i] <= filter->age_to)) && (!filter->has_sex || filter->sex[cases->sex[i]]) &&
           (!filter->has_category || cases->category[i] == filter->category);
}

static inline int32_t query_last_of_axis(const struct query *query)
{
    return query->start + (int32_t)query->n_steps * query->step_days - 1;
}

/*
 * Runs body for every case version that passes, with `i` its index and `date` its date. A macro, so that each use compiles to one tight loop.
 */
#define FOR_EACH_CASE(query, dates, first_day, last_day, body)                                                                             \
    do {                                                                                                                                   \
        const struct cube_cases *scanned = &(query)->dataset->cases;                                                                       \
        const struct case_filter *wanted = &(query)->cases;                                                                                \
        const int32_t as_of_day = (query)->as_of;                                                                                          \
        const bool more = wanted->has_age || wanted->has_sex || wanted->has_category;                                                      \
        for (size_t i = 0; i < scanned->n; i++) {                                                                                          \
            const int32_t date = (dates)[i];                                                                                               \
            const bool passes = (date >= (first_day)) & (date <= (last_day)) & (scanned->known_from[i] <= as_of_day) &                     \
                                (scanned->known_to[i] > as_of_day) & (bool)(query)->inside[scanned->place[i]] & wanted->class[scanned->class[i]]; \
            if (passes && (!more || query_case_passes_more(wanted, scanned, i))) {                                                               \
                body;                                                                                                                      \
            }                                                                                                                              \
        }                                                                                                                                  \
    } while (0)

#endif
