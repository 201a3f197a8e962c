/*
 * What estimates are held against: the truth by place and day from the sealed tables, and what the line list says in the end.
 */
#include "jobs/exercise/internal.h"

#include <math.h>
#include <string.h>

struct loading {
    struct exercise_truth *truth;
    struct vg_arena *arena;
    size_t n_rows;
    bool by_true_onset, failed;
};

static double number_of(struct vg_text cell)
{
    double value = 0;
    return vg_parse_double(cell, '.', &value) ? value : 0;
}

/* -------------------------------------------------------------------- places */

static void count_place(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    loading->failed = loading->failed || vg_dictionary_add(&loading->truth->by_code, cells[0]) == VG_DICTIONARY_NONE;
}

static void take_parent(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    uint32_t place = vg_dictionary_find(&loading->truth->by_code, cells[0]);
    if (place == VG_DICTIONARY_NONE)
        return;
    uint32_t parent = cells[1].size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&loading->truth->by_code, cells[1]);
    loading->truth->parent[place] = parent == VG_DICTIONARY_NONE ? UINT32_MAX : parent;
    loading->truth->codes[place] = vg_arena_copy_bytes(loading->arena, cells[0].data, cells[0].size);
}

static vg_status allocate(struct exercise_truth *truth, struct vg_arena *arena, struct vg_error *error)
{
    double **arrays[] = {&truth->infections, &truth->imports, &truth->infectiousness, &truth->onsets, &truth->onset_infectiousness, &truth->cases_onset,
                         &truth->cases_true_onset, &truth->cases_report};
    truth->n_places = truth->by_code.count;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = VG_ARENA_ARRAY(arena, double, truth->n_places * truth->n_days + 1);
        if (*arrays[i] == NULL)
            return vg_fail_memory(error, truth->n_places * truth->n_days * sizeof(double));
    }
    truth->parent = VG_ARENA_ARRAY(arena, uint32_t, truth->n_places + 1);
    truth->codes = VG_ARENA_ARRAY(arena, const char *, truth->n_places + 1);
    truth->generation = VG_ARENA_ARRAY(arena, double, VG_DELAY_DAYS_MAX);
    truth->n_generation = VG_DELAY_DAYS_MAX;
    return truth->parent == NULL || truth->codes == NULL || truth->generation == NULL ? vg_fail_memory(error, truth->n_places * 16) : VG_OK;
}

/* --------------------------------------------------------------------- values */

static bool cell_of(const struct exercise_truth *truth, struct vg_text code, struct vg_text date, size_t *cell)
{
    int32_t day;
    uint32_t place = vg_dictionary_find(&truth->by_code, code);
    if (place == VG_DICTIONARY_NONE || !vg_date_parse_iso(date, &day) || day < truth->first_date || day >= truth->first_date + (int32_t)truth->n_days)
        return false;
    *cell = (size_t)place * truth->n_days + (size_t)(day - truth->first_date);
    return true;
}

static void take_day(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    struct exercise_truth *truth = loading->truth;
    size_t cell;
    if (!cell_of(truth, cells[0], cells[1], &cell))
        return;
    double *const to[] = {truth->infections, truth->imports, truth->infectiousness, truth->onsets, truth->onset_infectiousness};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        to[i][cell] = number_of(cells[2 + i]);
}

/* One case into its place and all above it. */
static void count_case(const struct exercise_truth *truth, double *counts, struct vg_text code, struct vg_text date)
{
    size_t cell;
    if (!cell_of(truth, code, date, &cell))
        return;
    size_t day = cell % truth->n_days;
    for (uint32_t place = (uint32_t)(cell / truth->n_days); place != UINT32_MAX; place = truth->parent[place])
        counts[(size_t)place * truth->n_days + day]++;
}

static void take_final_case(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    count_case(loading->truth, loading->truth->cases_onset, cells[0], cells[1]);
    count_case(loading->truth, loading->truth->cases_report, cells[0], cells[2]);
}

static void take_true_case(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    if (cells[2].size == 0) /* never withdrawn */
        count_case(loading->truth, loading->truth->cases_true_onset, cells[0], cells[1]);
}

/* Rows of the list, also those that were replaced later, show on which weekdays something is published. */
static void see_published(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    int32_t day;
    if (vg_date_parse_iso(cells[0], &day))
        loading->truth->publishes[vg_date_weekday(day)] = true;
}

static void take_generation(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    double days = number_of(cells[0]);
    if (days >= 0 && days < (double)loading->truth->n_generation)
        loading->truth->generation[(size_t)days] = number_of(cells[1]);
}

static void sum_up_generation(struct exercise_truth *truth)
{
    double mean = 0, square = 0;
    for (size_t day = 0; day < truth->n_generation; day++) {
        mean += (double)day * truth->generation[day];
        square += (double)day * (double)day * truth->generation[day];
    }
    truth->generation_mean = mean;
    truth->generation_sd = sqrt(fmax(square - mean * mean, 0));
}

static vg_status read_rows(const struct exercise_folder *folder, const char *bundle, const char *name, const char *const *columns, size_t n_columns, exercise_row *row,
                           struct loading *loading, struct vg_error *error)
{
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    vg_status status = exercise_read(folder, bundle, name, &csv, error);
    if (status == VG_OK)
        status = exercise_csv_rows(&csv, name, columns, n_columns, row, loading, error);
    vg_buffer_release(&csv);
    return status == VG_OK && loading->failed ? vg_fail_memory(error, 0) : status;
}

static vg_status read_final_list(const struct exercise_folder *folder, struct loading *loading, struct vg_error *error)
{
    static const char *const columns[] = {"municipality", "onset", "first_release_day"}, *const release[] = {"release_day"};
    struct vg_buffer csv, rows;
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&rows, 0);
    vg_status status = exercise_read(folder, "observed", "linelist.csv", &csv, error);
    if (status == VG_OK)
        status = exercise_csv_rows(&csv, "linelist.csv", release, 1, see_published, loading, error);
    if (status == VG_OK)
        status = exercise_rows_until(vg_exercise_table_find("linelist"), &csv, INT32_MAX, &rows, NULL, error);
    if (status == VG_OK)
        status = exercise_csv_rows(&rows, "linelist.csv", columns, 3, take_final_case, loading, error);
    vg_buffer_release(&rows);
    vg_buffer_release(&csv);
    return status;
}

vg_status exercise_truth_load(const struct exercise_folder *folder, struct vg_arena *arena, struct exercise_truth *truth, struct vg_error *error)
{
    static const char *const place_columns[] = {"code", "parent"};
    static const char *const day_columns[] = {"place_code", "date", "infections", "imports", "infectiousness", "onsets", "onset_infectiousness"};
    static const char *const generation_columns[] = {"days_since", "share"};
    static const char *const case_columns[] = {"municipality", "dated_onset", "withdrawn_day"};
    struct loading loading = {.truth = truth, .arena = arena};
    *truth = (struct exercise_truth){.first_date = folder->first_date, .n_days = (size_t)(folder->last_date - folder->first_date + 1)};
    vg_dictionary_init(&truth->by_code, arena);
    vg_status status = read_rows(folder, "observed", "places.csv", place_columns, 2, count_place, &loading, error);
    if (status == VG_OK)
        status = allocate(truth, arena, error);
    if (status == VG_OK)
        status = read_rows(folder, "observed", "places.csv", place_columns, 2, take_parent, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "truth", "place_truth.csv", day_columns, 7, take_day, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "truth", "case_truth.csv", case_columns, 3, take_true_case, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "truth", "generation_truth.csv", generation_columns, 2, take_generation, &loading, error);
    sum_up_generation(truth);
    return status == VG_OK ? read_final_list(folder, &loading, error) : status;
}

double exercise_ratio(const struct exercise_truth *truth, const double *numerator, const double *less, const double *denominator, size_t place, int32_t from, int32_t to)
{
    double above = 0, below = 0;
    if (from < truth->first_date || to >= truth->first_date + (int32_t)truth->n_days)
        return NAN;
    for (int32_t date = from; date <= to; date++) {
        size_t cell = place * truth->n_days + (size_t)(date - truth->first_date);
        above += numerator[cell] - (less == NULL ? 0 : less[cell]);
        below += denominator[cell];
    }
    return below > 0 ? above / below : NAN;
}
