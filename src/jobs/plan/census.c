/*
 * Needs of a plan from what a node's own hospitals report: their patients as a file of vigia demand, whose needs are added up, path by path, to the places that are planned for.
 */
#include "jobs/plan/internal.h"

#include "jobs/demand/demand.h"

#include <math.h>
#include <string.h>

#define PATHS 20
enum { WARD, ICU, VENTILATOR, MEASURES };
static const char *const measures[MEASURES] = {"ward_patients", "icu_patients", "ventilated_patients"};
static const char *const columns[MEASURES] = {"ward", "icu", "ventilator"};

/* ------------------------------------------------------------------------ the hospitals */

static bool has_place(const struct vg_series_matrix *matrix, uint32_t place)
{
    bool there = false;
    for (size_t row = 0; row < matrix->n_places && !there; row++) {
        there = matrix->place[row] == place;
    }
    return there;
}

/* Whether one of the matrix's places lies below this one: then this one's counts are theirs, added up. */
static bool has_below(const struct vg_place_list *places, const struct vg_series_matrix *matrix, uint32_t place)
{
    bool below = false;
    for (size_t row = 0; row < matrix->n_places && !below; row++) {
        uint32_t above = places->places[matrix->place[row]].parent;
        while (above != VG_PLACE_NONE && above != place) {
            above = places->places[above].parent;
        }
        below = above != VG_PLACE_NONE;
    }
    return below;
}

/* Both over the days of both, the coarser one's places only where the finer one has none below. */
static bool join_levels(const struct vg_place_list *places, const struct vg_series_matrix *coarse, const struct vg_series_matrix *fine, struct vg_arena *arena, struct vg_series_matrix *joined)
{
    const struct vg_series_matrix *const both[2] = {coarse, fine};
    const int64_t first = coarse->start < fine->start ? coarse->start : fine->start, coarse_end = coarse->start + (int64_t)coarse->n_steps, fine_end = fine->start + (int64_t)fine->n_steps;
    const size_t n = (size_t)((coarse_end > fine_end ? coarse_end : fine_end) - first), most = coarse->n_places + fine->n_places;
    *joined = (struct vg_series_matrix){.start = (int32_t)first, .step_days = 1, .n_steps = n, .place = VG_ARENA_ARRAY(arena, uint32_t, most), .values = VG_ARENA_ARRAY(arena, double, most * n)};
    if (joined->place == NULL || joined->values == NULL) {
        return false;
    }
    for (size_t m = 0; m < 2; m++) {
        for (size_t row = 0; row < both[m]->n_places; row++) {
            double *values = joined->values + joined->n_places * n;
            if (m == 0 && has_below(places, fine, coarse->place[row])) {
                continue;
            }
            for (size_t t = 0; t < n; t++) {
                values[t] = NAN;
            }
            memcpy(values + (both[m]->start - first), both[m]->values + row * both[m]->n_steps, both[m]->n_steps * sizeof(double));
            joined->place[joined->n_places++] = both[m]->place[row];
        }
    }
    return true;
}

/* At the finest level that there is in each part of the country, so that each hospital (or what stands for it) has its own course, and who reports coarser is not left out. */
static vg_status read_counts(struct vg_store *store, const char *dataset, struct vg_arena *arena, struct vg_series_matrix found[MEASURES], struct vg_error *error)
{
    const struct vg_place_list *places = vg_store_place_list(store);
    const struct vg_measure **known = NULL;
    size_t n_known = 0;
    vg_status status = vg_store_measures(store, dataset, arena, &known, &n_known, error);
    for (size_t m = 0; status == VG_OK && m < MEASURES; m++) {
        bool there = false;
        found[m] = (struct vg_series_matrix){0};
        for (size_t k = 0; k < n_known; k++) {
            there = there || strcmp(known[k]->name, measures[m]) == 0;
        }
        for (int level = VG_LEVEL_COUNTRY; there && status == VG_OK && level < VG_LEVEL_COUNT; level++) {
            const struct vg_cube_filter filter = {.dataset = dataset, .measure = measures[m], .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE, .step_days = 1};
            struct vg_series_matrix finer, joined;
            status = vg_store_series_by_place(store, &filter, (enum vg_place_level)level, arena, &finer, error);
            if (status != VG_OK || finer.n_places == 0) {
                continue;
            }
            if (found[m].n_places == 0) {
                found[m] = finer;
            } else if (join_levels(places, &found[m], &finer, arena, &joined)) {
                found[m] = joined;
            } else {
                status = vg_fail_memory(error, (found[m].n_places + finer.n_places) * finer.n_steps * sizeof(double));
            }
        }
    }
    return status;
}

static double value_of(const struct vg_series_matrix *matrix, uint32_t place, int32_t day)
{
    const int64_t step = (int64_t)day - matrix->start;
    for (size_t row = 0; row < matrix->n_places; row++) {
        if (matrix->place[row] == place) {
            return step < 0 || step >= (int64_t)matrix->n_steps ? NAN : matrix->values[row * matrix->n_steps + (size_t)step];
        }
    }
    return NAN;
}

static void write_day(const struct vg_place_list *places, const struct vg_series_matrix found[MEASURES], uint32_t place, int32_t day, struct vg_table *table)
{
    double values[MEASURES];
    bool any = false;
    for (size_t m = 0; m < MEASURES; m++) {
        values[m] = value_of(&found[m], place, day);
        any = any || values[m] >= 0.0;
    }
    if (any) {
        vg_table_text(table, places->places[place].code);
        vg_table_date(table, day);
    }
    for (size_t m = 0; any && m < MEASURES; m++) {
        if (found[m].n_places > 0) {
            vg_table_double(table, values[m]);
        }
    }
}

/* All days of which anything was counted. */
static void find_days(const struct vg_series_matrix found[MEASURES], int32_t *first, int32_t *end)
{
    *first = INT32_MAX;
    *end = INT32_MIN;
    for (size_t m = 0; m < MEASURES; m++) {
        const int32_t last = found[m].start + (int32_t)found[m].n_steps;
        if (found[m].n_places > 0) {
            *first = found[m].start < *first ? found[m].start : *first;
            *end = last > *end ? last : *end;
        }
    }
}

/* place, date and the patients of each kind that there are. Not every hospital counts every kind: a place is written with the first kind that it counts. */
static vg_status write_hospitals(const struct vg_place_list *places, const struct vg_series_matrix found[MEASURES], struct vg_arena *arena, struct vg_buffer *csv, struct vg_error *error)
{
    struct vg_table table;
    int32_t first, end;
    vg_table_init(&table, arena);
    vg_table_add_column(&table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(&table, "date", VG_COLUMN_DATE);
    for (size_t m = 0; m < MEASURES; m++) {
        if (found[m].n_places > 0) {
            vg_table_add_column(&table, columns[m], VG_COLUMN_DOUBLE);
        }
    }
    find_days(found, &first, &end);
    for (size_t kind = 0; kind < MEASURES; kind++) {
        for (size_t row = 0; row < found[kind].n_places; row++) {
            const uint32_t place = found[kind].place[row];
            bool written = false;
            for (size_t m = 0; m < kind; m++) {
                written = written || has_place(&found[m], place);
            }
            for (int32_t day = first; day < end && !written; day++) {
                write_day(places, found, place, day, &table);
            }
        }
    }
    return vg_table_write(&table, VG_FORMAT_CSV, csv, error);
}

/* --------------------------------------------------------------- added up to the places */

static uint32_t above(const struct vg_place_list *places, uint32_t place, enum vg_place_level level)
{
    while (place != VG_PLACE_NONE && places->places[place].level > level) {
        place = places->places[place].parent;
    }
    return place != VG_PLACE_NONE && places->places[place].level == level ? place : VG_PLACE_NONE;
}

struct sums {
    struct vg_dictionary keys;        /* "place,resource,date,path" */
    double *amount;
    size_t capacity;
};

static vg_status add_up(const struct vg_place_list *places, enum vg_place_level level, const struct vg_table *needs, struct vg_arena *arena, struct sums *sums, struct vg_error *error)
{
    const struct vg_column *place = job_column(needs, "place"), *resource = job_column(needs, "resource"), *date = job_column(needs, "date"), *amount = job_column(needs, "amount"),
                           *path = job_column(needs, "path");
    VG_ASSERT(place != NULL && resource != NULL && date != NULL && amount != NULL && path != NULL);
    for (size_t row = 0; row < needs->n_rows; row++) {
        char day[VG_DATE_TEXT_BYTES], key[256];
        const uint32_t of = above(places, vg_place_list_find_code(places, place->values.texts[row]), level);
        if (of == VG_PLACE_NONE || isnan(amount->values.doubles[row])) {
            continue; /* of a level above the one that is planned for: nobody's; say_left_out tells it */
        }
        (void)vg_date_print(date->values.dates[row], day);
        const int size = snprintf(key, sizeof key, "%s,%.*s,%s,%lld", places->places[of].code, (int)resource->values.texts[row].size, resource->values.texts[row].data, day, (long long)path->values.integers[row]);
        const uint32_t at = size > 0 && (size_t)size < sizeof key ? vg_dictionary_add(&sums->keys, vg_text_from(key)) : VG_DICTIONARY_NONE;
        double *room = at == VG_DICTIONARY_NONE ? NULL : vg_arena_room(arena, sums->amount, at, &sums->capacity, sizeof *room);
        if (room == NULL) {
            return vg_fail_memory(error, sizeof key);
        }
        sums->amount = room;
        room[at] += amount->values.doubles[row];
    }
    return VG_OK;
}

static void write_needs(const struct sums *sums, struct vg_buffer *csv)
{
    vg_buffer_text(csv, "place,resource,date,path,amount\n");
    for (size_t k = 0; k < sums->keys.count; k++) {
        vg_buffer_append(csv, sums->keys.keys[k].data, sums->keys.keys[k].size);
        vg_buffer_format(csv, ",%.6g\n", sums->amount[k]);
    }
}

/* Places whose people the node knows, all of them or none: those it does not know would get nothing per head. */
static void write_people(const struct vg_place_list *places, const struct sums *sums, struct vg_arena *arena, struct vg_buffer *csv)
{
    struct vg_dictionary codes;
    bool known = true;
    vg_dictionary_init(&codes, arena);
    vg_buffer_text(csv, "place,population,group\n");
    for (size_t k = 0; k < sums->keys.count; k++) {
        const struct vg_text key = sums->keys.keys[k];
        const struct vg_text code = vg_text_of(key.data, (size_t)((const char *)memchr(key.data, ',', key.size) - key.data));
        if (vg_dictionary_find(&codes, code) != VG_DICTIONARY_NONE || vg_dictionary_add(&codes, code) == VG_DICTIONARY_NONE) {
            continue;
        }
        const struct vg_place *place = &places->places[vg_place_list_find_code(places, code)];
        known = known && place->population > 0.0;
        vg_buffer_format(csv, "%s,%.0f,%s\n", place->code, place->population, place->parent == VG_PLACE_NONE ? "" : places->places[place->parent].code);
    }
    if (!known) {
        vg_buffer_clear(csv);
    }
}

static void name_one(struct vg_buffer *names, size_t *n, const char *code)
{
    if (++*n <= 5) {
        vg_buffer_format(names, "%s%s", *n == 1 ? "" : ", ", code);
    }
}

/* Whoever reports and is in no need of the plan: above its level, or without a forecast. NULL: nobody. */
static vg_status say_left_out(const struct vg_place_list *places, const struct vg_series_matrix found[MEASURES], enum vg_place_level level, const struct vg_table *needs, struct vg_arena *arena, const char **left_out,
                              struct vg_error *error)
{
    const struct vg_column *forecast = job_column(needs, "place");
    struct vg_dictionary seen, named;
    struct vg_buffer names[2];
    size_t n[2] = {0, 0};
    vg_dictionary_init(&seen, arena);
    vg_dictionary_init(&named, arena);
    vg_buffer_init(&names[0], 0);
    vg_buffer_init(&names[1], 0);
    for (size_t row = 0; row < needs->n_rows; row++) {
        (void)vg_dictionary_add(&seen, forecast->values.texts[row]);
    }
    for (size_t m = 0; m < MEASURES; m++) {
        for (size_t row = 0; row < found[m].n_places; row++) {
            const char *code = places->places[found[m].place[row]].code;
            const bool coarse = above(places, found[m].place[row], level) == VG_PLACE_NONE;
            if (vg_dictionary_find(&named, vg_text_from(code)) == VG_DICTIONARY_NONE && (coarse || vg_dictionary_find(&seen, vg_text_from(code)) == VG_DICTIONARY_NONE)) {
                (void)vg_dictionary_add(&named, vg_text_from(code));
                name_one(&names[coarse ? 0 : 1], &n[coarse ? 0 : 1], code);
            }
        }
    }
    const bool failed = arena->failed || names[0].failed || names[1].failed;
    *left_out = failed || n[0] + n[1] == 0
                    ? NULL
                    : vg_arena_format(arena, "%s%s%s%s%s%s%s", n[0] > 0 ? names[0].data : "", n[0] > 5 ? ", ..." : "", n[0] > 0 ? " (counted at a level above the one that is planned for)" : "", n[0] > 0 && n[1] > 0 ? "; " : "",
                                      n[1] > 0 ? names[1].data : "", n[1] > 5 ? ", ..." : "", n[1] > 0 ? " (cannot be forecast: too few days, or none of late; vigia demand --show status says why)" : "");
    vg_buffer_release(&names[0]);
    vg_buffer_release(&names[1]);
    return failed || (n[0] + n[1] > 0 && *left_out == NULL) ? vg_fail_memory(error, 256) : VG_OK;
}

vg_status vg_job_plan_census(struct vg_store *store, const struct vg_plan_census *census, struct vg_arena *arena, struct vg_buffer *needs, struct vg_buffer *people, const char **left_out, struct vg_error *error)
{
    const struct vg_place_list *places = vg_store_place_list(store);
    struct vg_series_matrix found[MEASURES];
    struct vg_buffer hospitals;
    struct vg_answer answer;
    struct vg_demand_request request;
    struct sums sums = {0};
    vg_buffer_init(&hospitals, 0);
    vg_answer_init(&answer, arena);
    vg_demand_request_init(&request);
    vg_dictionary_init(&sums.keys, arena);
    vg_status status = read_counts(store, census->dataset, arena, found, error);
    if (status == VG_OK && found[WARD].n_places + found[ICU].n_places + found[VENTILATOR].n_places == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "the dataset %.100s has no counts of ward_patients, icu_patients or ventilated_patients", census->dataset);
    }
    status = status == VG_OK ? write_hospitals(places, found, arena, &hospitals, error) : status;
    if (status == VG_OK) {
        const struct vg_given_file file = {census->dataset, hospitals.data, hospitals.size};
        request.hospitals_path = census->dataset;
        request.files = &file;
        request.n_files = 1;
        request.show = "needs";
        request.n_paths = census->n_paths > 0 ? census->n_paths : PATHS;
        request.ventilated_share = census->ventilated_share;
        request.seed = census->seed != 0 ? census->seed : request.seed;
        status = vg_job_demand(&request, arena, &answer, error);
    }
    *left_out = NULL;
    status = status == VG_OK ? say_left_out(places, found, census->level, &answer.table, arena, left_out, error) : status;
    status = status == VG_OK ? add_up(places, census->level, &answer.table, arena, &sums, error) : status;
    if (status == VG_OK && sums.keys.count == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "no place of the level asked for has hospitals in the dataset %.100s whose patients can be forecast (vigia demand --show status says why)", census->dataset);
    }
    if (status == VG_OK) {
        write_needs(&sums, needs);
        write_people(places, &sums, arena, people);
        status = needs->failed || people->failed ? vg_fail_memory(error, needs->size) : VG_OK;
    }
    vg_answer_release(&answer);
    vg_buffer_release(&hospitals);
    return status;
}
