/*
 * Reporting triangles from the cube: of one place or the whole, every cell written out; of many places at once, only the cells of which something became
 * known, sorted by place, from which one triangle after the other is laid out.
 */
#include "store/cube_query.h"

#include <math.h>
#include <string.h>

#define DELAYS_MAX 120
#define DELAY_HISTOGRAM 1000

size_t query_choose_delays(const double *histogram, size_t n, int32_t step_days)
{
    double total = 0;
    for (size_t delay = 0; delay < n; delay++) {
        total += histogram[delay];
    }
    double sum = 0;
    size_t delay = 0;
    while (delay < n && sum + histogram[delay] < 0.99 * total) {
        sum += histogram[delay++];
    }
    size_t least = step_days == 7 ? 4 : 8;
    size_t chosen = delay + 2;
    return chosen < least ? least : chosen > DELAYS_MAX ? DELAYS_MAX : chosen;
}

static int32_t step_index(const struct query *query, int32_t date)
{
    int32_t distance = date - query->start;
    return query->step_days == 1 ? distance : distance >= 0 ? distance / 7 : (distance - 6) / 7;
}

/* A version adds at known_from and takes away at known_to. */
static void add_case(const struct query *query, struct vg_triangle *triangle, int32_t reference, int32_t known, double sign)
{
    int32_t reference_step = step_index(query, reference);
    int32_t delay = step_index(query, known) - reference_step;
    delay = delay < 0 ? 0 : delay >= (int32_t)triangle->n_delays ? (int32_t)triangle->n_delays - 1 : delay;
    triangle->increments[(size_t)reference_step * triangle->n_delays + (size_t)delay] += sign;
}

static size_t choose_case_delays(struct query *query, const int32_t *dates, int32_t last)
{
    double *histogram = VG_ARENA_ARRAY(query->arena, double, DELAY_HISTOGRAM);
    const int32_t start = query->start;
    const int32_t *known_from = query->dataset->cases.known_from;
    if (histogram == NULL) {
        return 0;
    }
    FOR_EACH_CASE(query, dates, start, last, {
        int32_t delay = step_index(query, known_from[i]) - step_index(query, date);
        histogram[delay < 0 ? 0 : delay >= DELAY_HISTOGRAM ? DELAY_HISTOGRAM - 1 : delay] += 1;
    });
    return query_choose_delays(histogram, DELAY_HISTOGRAM, query->step_days);
}

static void fill_case_triangle(struct query *query, const int32_t *dates, int32_t last, struct vg_triangle *triangle)
{
    const struct cube_cases *cases = &query->dataset->cases;
    const struct case_filter *wanted = &query->cases;
    for (size_t i = 0; i < cases->n; i++) {
        int32_t date = dates[i];
        if (date < query->start || date > last || cases->known_from[i] > query->as_of || !query->inside[cases->place[i]] || !wanted->class[cases->class[i]] ||
            !query_case_passes_more(wanted, cases, i)) {
            continue;
        }
        add_case(query, triangle, date, cases->known_from[i], 1);
        if (cases->known_to[i] <= query->as_of) {
            add_case(query, triangle, date, cases->known_to[i], -1);
        }
    }
}

/* Cells that lie after as_of are not observed yet. */
static void blank_future(struct vg_triangle *triangle, int32_t last_step)
{
    for (size_t reference = 0; reference < triangle->n_references; reference++) {
        for (size_t delay = 0; delay < triangle->n_delays; delay++) {
            if ((int32_t)(reference + delay) > last_step) {
                triangle->increments[reference * triangle->n_delays + delay] = NAN;
            }
        }
    }
}

vg_status vg_store_triangle(struct vg_store *store, const struct vg_cube_filter *filter, size_t n_delays, struct vg_arena *arena, struct vg_triangle *triangle,
                            struct vg_error *error)
{
    struct query query;
    vg_status status = query_open_axis(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    *triangle = (struct vg_triangle){.start = query.start, .step_days = query.step_days, .as_of = query_last_day(&query), .n_references = query.n_steps, .last_delay_open = true};
    if (!query.is_cases) {
        return query_counts_triangle(&query, n_delays, triangle);
    }
    const int32_t *dates = query_case_dates(&query);
    int32_t last = query_last_of_axis(&query);
    triangle->n_delays = n_delays != 0 ? n_delays : choose_case_delays(&query, dates, last);
    size_t cells = 0;
    if (!vg_multiply_size(triangle->n_references, triangle->n_delays, &cells)) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "too many days and delays for one triangle");
    }
    triangle->increments = VG_ARENA_ARRAY(arena, double, cells);
    if (triangle->increments == NULL) {
        return vg_fail_memory(error, cells * sizeof(double));
    }
    fill_case_triangle(&query, dates, last, triangle);
    blank_future(triangle, step_index(&query, triangle->as_of));
    return VG_OK;
}

vg_status vg_store_undated(struct vg_store *store, const struct vg_cube_filter *filter, const struct vg_triangle *triangle, struct vg_arena *arena, double **counts,
                           size_t *n_steps, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open(&query, store, filter, arena, error);
    *counts = NULL;
    *n_steps = 0;
    if (status != VG_OK || !query.is_cases || query.measure == NULL || strcmp(query.measure->by, vg_case_date_name(VG_CASE_ONSET)) != 0 || triangle->n_references == 0) {
        return status;
    }
    query.start = triangle->start;
    query.step_days = triangle->step_days;
    const struct cube_cases *cases = &query.dataset->cases;
    const int32_t *dates = query_case_dates(&query);
    int32_t last = step_index(&query, triangle->as_of), longest = (int32_t)(triangle->n_references + triangle->n_delays) - 2;
    last = last < longest ? last : longest;
    double *values = VG_ARENA_ARRAY(arena, double, (size_t)last + 1);
    if (values == NULL) {
        return vg_fail_memory(error, (size_t)last * sizeof *values);
    }
    FOR_EACH_CASE(&query, dates, VG_DATE_NONE, VG_DATE_NONE, {
        int32_t step = step_index(&query, cases->known_from[i]);
        if (date == VG_DATE_NONE && cases->severity[i] != VG_SEVERITY_ASYMPTOMATIC && step >= 0 && step <= last) {
            values[step] += 1;
        }
    });
    *counts = values;
    *n_steps = (size_t)last + 1;
    return VG_OK;
}

/* ------------------------------------------------------------ many triangles */

void query_put_cell(struct query_cells *cells, uint32_t place, size_t reference, size_t delay, double increment)
{
    struct vg_triangle_set *set = cells->set;
    uint32_t row = cells->row_of[place];
    size_t last = set->shape.n_delays - 1;
    if (row == UINT32_MAX || reference < cells->skipped || reference - cells->skipped >= set->shape.n_references) {
        return;
    }
    if (set->cell == NULL) {
        set->first[row + 1]++;
        return;
    }
    size_t at = set->first[row]++;
    set->cell[at] = (uint32_t)((reference - cells->skipped) * set->shape.n_delays + (delay < last ? delay : last));
    set->increment[at] = increment;
}

static void put_cases(const struct query *query, struct query_cells *cells)
{
    const struct cube_cases *cases = &query->dataset->cases;
    const struct case_filter *wanted = &query->cases;
    const int32_t *dates = query_case_dates(query);
    int32_t last = query_last_of_axis(query);
    for (size_t i = 0; i < cases->n; i++) {
        int32_t date = dates[i];
        if (date < query->start || date > last || cases->known_from[i] > query->as_of || !query->inside[cases->place[i]] || !wanted->class[cases->class[i]] ||
            !query_case_passes_more(wanted, cases, i)) {
            continue;
        }
        int32_t reference = step_index(query, date);
        int32_t from = step_index(query, cases->known_from[i]) - reference;
        query_put_cell(cells, cases->place[i], (size_t)reference, from < 0 ? 0 : (size_t)from, 1);
        if (cases->known_to[i] <= query->as_of) {
            int32_t to = step_index(query, cases->known_to[i]) - reference;
            query_put_cell(cells, cases->place[i], (size_t)reference, to < 0 ? 0 : (size_t)to, -1);
        }
    }
}

/* Rows of the places asked for; a finer place counts in its ancestor's. */
static vg_status rows_of_places(struct query *query, enum vg_place_level level, const uint32_t *places, size_t n_places, uint32_t **row_of)
{
    size_t n = query->cube->places.count, n_level = 0;
    uint32_t *row_of_place = VG_ARENA_ARRAY(query->arena, uint32_t, n + 1);
    uint32_t *place_of_row = VG_ARENA_ARRAY(query->arena, uint32_t, n + 1);
    uint32_t *wanted = VG_ARENA_ARRAY(query->arena, uint32_t, n + 1);
    if (row_of_place == NULL || place_of_row == NULL || wanted == NULL) {
        return vg_fail_memory(query->error, n * 12);
    }
    vg_status status = query_rows_of_level(query, level, row_of_place, place_of_row, &n_level);
    memset(wanted, 0xff, (n + 1) * sizeof *wanted);
    for (size_t row = 0; row < n_places; row++) {
        wanted[places[row]] = (uint32_t)row;
    }
    for (size_t place = 0; place <= n; place++) {
        row_of_place[place] = row_of_place[place] == UINT32_MAX ? UINT32_MAX : wanted[place_of_row[row_of_place[place]]];
    }
    *row_of = row_of_place;
    return status;
}

/* Once to count the cells of each row, once to write them. */
static vg_status gather(struct query *query, enum vg_place_level level, struct query_cells *cells)
{
    struct vg_triangle_set *set = cells->set;
    vg_status status = VG_OK;
    set->first = VG_ARENA_ARRAY(query->arena, size_t, set->n_places + 2);
    if (set->first == NULL) {
        return vg_fail_memory(query->error, set->n_places * sizeof(size_t));
    }
    for (int round = 0; status == VG_OK && round < 2; round++) {
        if (query->is_cases) {
            put_cases(query, cells);
        } else {
            status = query_counts_cells(query, level, cells);
        }
        if (round == 0) {
            for (size_t row = 0; row < set->n_places; row++) {
                set->first[row + 1] += set->first[row];
            }
            set->cell = VG_ARENA_ARRAY(query->arena, uint32_t, set->first[set->n_places] + 1);
            set->increment = VG_ARENA_ARRAY(query->arena, double, set->first[set->n_places] + 1);
            if (set->cell == NULL || set->increment == NULL) {
                return vg_fail_memory(query->error, set->first[set->n_places] * 12);
            }
        }
    }
    /* Writing moved each row's beginning to its end. */
    memmove(set->first + 1, set->first, set->n_places * sizeof *set->first);
    set->first[0] = 0;
    return status;
}

vg_status vg_store_triangles_by_place(struct vg_store *store, const struct vg_cube_filter *filter, const struct vg_triangle_rows *rows, struct vg_arena *arena,
                                      struct vg_triangle_set *set, struct vg_error *error)
{
    struct query query;
    vg_status status = query_open_axis(&query, store, filter, arena, error);
    if (status != VG_OK) {
        return status;
    }
    struct query_cells cells = {.set = set};
    cells.skipped = rows->most_references > 0 && query.n_steps > rows->most_references ? query.n_steps - rows->most_references : 0;
    *set = (struct vg_triangle_set){.n_places = rows->n_places};
    set->shape = (struct vg_triangle){.start = query.start + (int32_t)cells.skipped * query.step_days, .step_days = query.step_days, .as_of = query_last_day(&query),
                                      .n_references = query.n_steps - cells.skipped, .last_delay_open = true};
    uint32_t *row_of = NULL;
    status = rows_of_places(&query, rows->level, rows->places, rows->n_places, &row_of);
    cells.row_of = row_of;
    if (status == VG_OK && query.is_cases) {
        set->shape.n_delays = rows->n_delays != 0 ? rows->n_delays : choose_case_delays(&query, query_case_dates(&query), query_last_of_axis(&query));
    } else if (status == VG_OK) {
        status = query_counts_shape(&query, rows->level, rows->n_delays, cells.skipped, set);
    }
    size_t n_cells = 0;
    if (status == VG_OK && (set->shape.n_delays == 0 || !vg_multiply_size(set->shape.n_references, set->shape.n_delays, &n_cells) || n_cells > UINT32_MAX)) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "too many days and delays for one triangle");
    }
    return status == VG_OK ? gather(&query, rows->level, &cells) : status;
}

void vg_store_triangle_of(const struct vg_triangle_set *set, size_t row, double *increments)
{
    const struct vg_triangle *shape = &set->shape;
    int64_t newest = shape->as_of == VG_DATE_NONE || shape->as_of < shape->start ? -1 : (shape->as_of - shape->start) / shape->step_days;
    memset(increments, 0, shape->n_references * shape->n_delays * sizeof *increments);
    for (size_t i = set->first[row]; i < set->first[row + 1]; i++) {
        increments[set->cell[i]] += set->increment[i];
    }
    for (size_t reference = 0; reference < shape->n_references; reference++) {
        for (size_t delay = 0; delay < shape->n_delays; delay++) {
            int64_t day = (int64_t)(reference + delay);
            double *cell = &increments[reference * shape->n_delays + delay];
            bool last = delay + 1 == shape->n_delays; /* open: it gathers every later day */
            if (day > newest || (set->published != NULL && *cell == 0 && !set->published[day] && !last)) {
                *cell = NAN;
            }
        }
    }
}
