/*
 * Counts of one file as signed increments.
 *
 * Files with report dates (reporting triangles) bring their increments themselves; a cell and report date that is there already takes the newer value.
 * Other files bring what was known on the day of publication. As for cases, each cell has an observation at every vintage of its dataset; the
 * increments are derived from them: the first value is known from the day it is about (or, for measures that are reported with delay, from its vintage), each
 * later change from its vintage. A cell that a file leaves out is not withdrawn: many files hold only the newest weeks.
 */
#include "store/store_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    uint16_t measure;
    uint32_t place, group;
    int32_t reference, report;
    double value;
    size_t line;
};

struct count_work {
    struct store_import_work *work;
    const struct cube_counts *known;
    struct cell *cells;
    size_t n_cells;
    sqlite3_stmt *insert, *update, *remove;
};

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a;
    const struct cell *y = b;
    if (x->measure != y->measure) {
        return x->measure < y->measure ? -1 : 1;
    }
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->reference != y->reference) {
        return x->reference < y->reference ? -1 : 1;
    }
    if (x->report != y->report) {
        return x->report < y->report ? -1 : 1;
    }
    return x->line < y->line ? -1 : x->line > y->line;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->measure == b->measure && a->place == b->place && a->group == b->group && a->reference == b->reference;
}

/* Group texts -> row ids - 1, new ones inserted. */
static vg_status write_groups(struct count_work *counts, const struct vg_count_table *file, uint32_t *group_of)
{
    struct store_import_work *work = counts->work;
    sqlite3 *db = work->store->db;
    sqlite3_stmt *insert = NULL;
    sqlite3_stmt *find = NULL;
    vg_status status = store_prepare(db, "INSERT OR IGNORE INTO count_group (name) VALUES (?1)", &insert, work->error);
    if (status == VG_OK) {
        status = store_prepare(db, "SELECT id FROM count_group WHERE name = ?1", &find, work->error);
    }
    for (size_t i = 0; status == VG_OK && i < file->n_groups; i++) {
        (void)sqlite3_bind_text64(insert, 1, file->groups[i].data, file->groups[i].size, SQLITE_STATIC, SQLITE_UTF8);
        status = store_step_done(db, insert, "writing groups", work->error);
        if (status == VG_OK) {
            (void)sqlite3_bind_text64(find, 1, file->groups[i].data, file->groups[i].size, SQLITE_STATIC, SQLITE_UTF8);
            if (sqlite3_step(find) == SQLITE_ROW) {
                group_of[i] = (uint32_t)(sqlite3_column_int64(find, 0) - 1);
            } else {
                status = store_sql_error(db, work->error, "writing groups");
            }
            (void)sqlite3_reset(find);
        }
    }
    (void)sqlite3_finalize(insert);
    (void)sqlite3_finalize(find);
    return status;
}

/* The file's rows as sorted cells, equal ones added up. */
static vg_status collect(struct count_work *counts)
{
    struct store_import_work *work = counts->work;
    const struct vg_count_table *file = work->import->counts;
    uint32_t *group_of = VG_ARENA_ARRAY(work->arena, uint32_t, file->n_groups);
    counts->cells = VG_ARENA_ARRAY(work->arena, struct cell, file->n_counts);
    if (group_of == NULL || counts->cells == NULL) {
        return vg_fail_memory(work->error, file->n_counts * sizeof *counts->cells);
    }
    vg_status status = write_groups(counts, file, group_of);
    if (status != VG_OK) {
        return status;
    }
    uint32_t nowhere = UINT32_MAX;
    for (size_t i = 0; i < file->n_counts; i++) {
        counts->cells[i] = (struct cell){.measure = file->measure[i],
                                         .place = file->place[i] == VG_PLACE_NONE ? nowhere : work->place_of[file->place[i]],
                                         .group = group_of[file->group[i]],
                                         .reference = file->reference_date[i],
                                         .report = work->import->counts_have_report_date ? file->report_date[i] : 0,
                                         .value = file->increment[i],
                                         .line = i};
    }
    qsort(counts->cells, file->n_counts, sizeof *counts->cells, compare_cells);
    size_t n = 0;
    for (size_t i = 0; i < file->n_counts; i++) {
        struct cell *last = n == 0 ? NULL : &counts->cells[n - 1];
        if (last != NULL && same_cell(last, &counts->cells[i]) && last->report == counts->cells[i].report) {
            bool stock = vg_measure_at(last->measure)->kind != VG_MEASURE_FLOW;
            last->value = stock ? counts->cells[i].value : last->value + counts->cells[i].value;
        } else {
            counts->cells[n++] = counts->cells[i];
        }
    }
    counts->n_cells = n;
    return VG_OK;
}

static vg_status insert_increment(struct count_work *counts, const struct cell *cell, int32_t report, double increment)
{
    sqlite3_stmt *s = counts->insert;
    store_bind_text(s, 3, vg_measure_at(cell->measure)->name);
    (void)(cell->place == UINT32_MAX ? sqlite3_bind_null(s, 4) : sqlite3_bind_int64(s, 4, (int64_t)cell->place + 1));
    (void)sqlite3_bind_int64(s, 5, (int64_t)cell->group + 1);
    (void)sqlite3_bind_int(s, 6, cell->reference);
    (void)sqlite3_bind_int(s, 7, report);
    (void)sqlite3_bind_double(s, 8, increment);
    return store_step_done(counts->work->store->db, s, "writing counts", counts->work->error);
}

static vg_status update_increment(struct count_work *counts, size_t index, double increment)
{
    (void)sqlite3_bind_int64(counts->update, 1, counts->known->row[index]);
    (void)sqlite3_bind_double(counts->update, 2, increment);
    return store_step_done(counts->work->store->db, counts->update, "writing counts", counts->work->error);
}

static vg_status remove_increment(struct count_work *counts, size_t index)
{
    (void)sqlite3_bind_int64(counts->remove, 1, counts->known->row[index]);
    return store_step_done(counts->work->store->db, counts->remove, "writing counts", counts->work->error);
}

/* The known increments [first, end) of a cell; the cube's place "nowhere" is its number of places. */
static void find_known(const struct count_work *counts, const struct cell *cell, size_t *first, size_t *end)
{
    const struct cube_counts *known = counts->known;
    uint32_t nowhere = (uint32_t)counts->work->store->cube->places.count;
    size_t low = 0;
    size_t high = known->n;
    uint32_t place = cell->place == UINT32_MAX ? nowhere : cell->place;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct cell at = {.measure = known->measure[middle], .place = known->place[middle], .group = known->group[middle], .reference = known->reference[middle]};
        struct cell wanted = {.measure = cell->measure, .place = place, .group = cell->group, .reference = cell->reference};
        if (compare_cells(&at, &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    while (low < known->n && known->measure[low] == cell->measure && known->place[low] == place && known->group[low] == cell->group &&
           known->reference[low] == cell->reference) {
        low++;
    }
    *end = low;
}

/* A cell with its own report date. */
static vg_status merge_reported(struct count_work *counts, const struct cell *cell)
{
    struct vg_store_import_summary *summary = counts->work->summary;
    size_t first = 0;
    size_t end = 0;
    find_known(counts, cell, &first, &end);
    for (size_t i = first; i < end; i++) {
        if (counts->known->report[i] == cell->report) {
            if (counts->known->increment[i] == cell->value) {
                summary->rows_unchanged++;
                return VG_OK;
            }
            summary->rows_changed++;
            return update_increment(counts, i, cell->value);
        }
    }
    summary->rows_new++;
    return insert_increment(counts, cell, cell->report, cell->value);
}

/* What was known of a cell on a day; NaN: nothing. */
static double known_on(const struct count_work *counts, size_t first, size_t end, int32_t day, bool stock)
{
    double value = NAN;
    for (size_t i = first; i < end && counts->known->report[i] <= day; i++) {
        value = stock || isnan(value) ? counts->known->increment[i] : value + counts->known->increment[i];
    }
    return value;
}

/* Writes a derived increment where the known ones do not have it; *next walks over the known ones in order of report. */
static vg_status place_increment(struct count_work *counts, const struct cell *cell, int32_t report, double increment, size_t *next, size_t end)
{
    vg_status status = VG_OK;
    while (status == VG_OK && *next < end && counts->known->report[*next] < report) {
        status = remove_increment(counts, (*next)++);
    }
    if (status == VG_OK && *next < end && counts->known->report[*next] == report) {
        size_t index = (*next)++;
        return counts->known->increment[index] == increment ? VG_OK : update_increment(counts, index, increment);
    }
    return status == VG_OK ? insert_increment(counts, cell, report, increment) : status;
}

/* A cell as published on this import's day, woven into its vintages. */
static vg_status weave_published(struct count_work *counts, const struct cell *cell)
{
    struct store_import_work *work = counts->work;
    const struct vg_measure *measure = vg_measure_at(cell->measure);
    bool stock = measure->kind != VG_MEASURE_FLOW;
    int step_days = work->import->counts->step_days == 7 ? 7 : 1;
    size_t first = 0;
    size_t end = 0;
    find_known(counts, cell, &first, &end);
    double was = known_on(counts, first, end, work->import->published, stock);
    if (isnan(was)) {
        work->summary->rows_new++;
    } else if (was == cell->value) {
        work->summary->rows_unchanged++;
    } else {
        work->summary->rows_changed++;
    }
    size_t next = first;
    double current = NAN;
    vg_status status = VG_OK;
    for (size_t vintage = 0; status == VG_OK && vintage < work->n_vintages; vintage++) {
        int32_t day = work->vintages[vintage];
        double value = vintage == work->this_vintage ? cell->value : known_on(counts, first, end, day, stock);
        if (isnan(value) || value == current) {
            continue;
        }
        int32_t report = day;
        if (isnan(current) && !measure->delayed) {
            int32_t about = cell->reference + step_days - 1;
            int32_t earliest = vintage == 0 ? INT32_MIN + 1 : work->vintages[vintage - 1] + 1;
            report = about > day ? day : about < earliest ? earliest : about;
        }
        status = place_increment(counts, cell, report, stock || isnan(current) ? value : value - current, &next, end);
        current = value;
    }
    while (status == VG_OK && next < end) {
        status = remove_increment(counts, next++);
    }
    return status;
}

static vg_status prepare(struct count_work *counts)
{
    struct store_import_work *work = counts->work;
    sqlite3 *db = work->store->db;
    vg_status status = store_prepare(db,
                                     "INSERT INTO count_increment (dataset, import, measure, place, grp, reference, report, increment)"
                                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                                     &counts->insert, work->error);
    if (status == VG_OK) {
        status = store_prepare(db, "UPDATE count_increment SET increment = ?2 WHERE id = ?1", &counts->update, work->error);
    }
    if (status == VG_OK) {
        status = store_prepare(db, "DELETE FROM count_increment WHERE id = ?1", &counts->remove, work->error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(counts->insert, 1, work->dataset_id);
        (void)sqlite3_bind_int64(counts->insert, 2, work->import_id);
    }
    return status;
}

vg_status store_import_counts(struct store_import_work *work)
{
    static const struct cube_counts nothing = {0};
    struct count_work counts = {.work = work, .known = work->known == NULL ? &nothing : &work->known->counts};
    vg_status status = prepare(&counts);
    if (status == VG_OK) {
        status = collect(&counts);
    }
    for (size_t i = 0; status == VG_OK && i < counts.n_cells; i++) {
        status = work->import->counts_have_report_date ? merge_reported(&counts, &counts.cells[i]) : weave_published(&counts, &counts.cells[i]);
        if (i % 100000 == 0 && !vg_progress_report(work->import->progress, "storing", (double)i / (double)counts.n_cells)) {
            status = vg_fail(work->error, VG_CANCELLED, "the import was stopped; nothing was stored");
        }
    }
    (void)sqlite3_finalize(counts.insert);
    (void)sqlite3_finalize(counts.update);
    (void)sqlite3_finalize(counts.remove);
    return status;
}
