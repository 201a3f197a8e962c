/*
 * Days of cover by what a forecast says will be needed (the file of vigia demand --needs) instead of by what was used.
 */
#include "jobs/stock/internal.h"

#include <math.h>
#include <string.h>

#define PATHS_MOST 1024

struct need_row { uint32_t place, item, path; int32_t date; double amount; };

struct stock_needs {
    struct vg_dictionary places, paths;    /* places as the file has them */
    uint32_t *place_index;                 /* [places] in the node's list, or VG_PLACE_NONE */
    int32_t first, step;
    int32_t first_day;                     /* of the first period: 1 the day after the balance */
    size_t n_periods, n_items;
    double *need;                          /* [((place * n_items + item) * paths + path) * n_periods + period]; NaN: not told */
};

static vg_status read_rows(struct stock_asking *asking, struct stock_needs *needs, struct vg_reader *reader, struct need_row **rows, size_t *n)
{
    static const char *const headings[] = {"place|location", "resource|item", "date|target_end_date", "amount|need|demand|value", "path|sample|output_type_id"};
    size_t columns[5], capacity = 0;
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = VG_OK;
    for (size_t i = 0; i < 5 && status == VG_OK; i++) {
        columns[i] = vg_reader_find_column(reader, headings[i]);
        if (columns[i] == VG_READER_NO_COLUMN && i < 4) {
            status = vg_fail(asking->error, VG_DATA_ERROR, "%s has no column %s", asking->question->needs_path, headings[i]);
        }
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reader, &batch, asking->error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            const struct vg_text *cells = batch.cells + i * batch.n_columns;
            const struct vg_text path = vg_reader_cell(cells, columns[4]), date = vg_reader_cell(cells, columns[2]), amount = vg_reader_cell(cells, columns[3]);
            struct need_row row = {.item = (uint32_t)vg_stock_item_find(asking->items, asking->n_items, vg_reader_cell(cells, columns[1]))};
            if (!vg_date_parse_iso(date, &row.date)) {
                return vg_reader_bad_cell(reader, batch.lines[i], columns[2], date, "a date as 2021-03-01", asking->error);
            }
            if (!vg_parse_double(amount, '.', &row.amount) || !(row.amount >= 0.0) || row.amount > 1e12) {
                return vg_reader_bad_cell(reader, batch.lines[i], columns[3], amount, "a number of at least 0", asking->error);
            }
            row.place = vg_dictionary_add(&needs->places, vg_reader_cell(cells, columns[0]));
            row.path = vg_dictionary_add(&needs->paths, path.size == 0 ? vg_text_from("1") : path);
            if (row.path != VG_DICTIONARY_NONE && row.path >= PATHS_MOST) {
                return vg_reader_bad_cell(reader, batch.lines[i], columns[4], path, "one of at most 1024 paths", asking->error);
            }
            struct need_row *room = vg_arena_room(asking->arena, *rows, *n, &capacity, sizeof *room);
            if (room == NULL || row.place == VG_DICTIONARY_NONE || row.path == VG_DICTIONARY_NONE) {
                return vg_fail_memory(asking->error, sizeof row);
            }
            *rows = room;
            room[(*n)++] = row;
        }
    }
    return status;
}

static vg_status lay_out(struct stock_asking *asking, struct stock_needs *needs, const struct need_row *rows, size_t n)
{
    int32_t last = INT32_MIN;
    size_t cells = 0;
    needs->first = INT32_MAX;
    for (size_t i = 0; i < n; i++) {
        needs->first = rows[i].date < needs->first ? rows[i].date : needs->first;
        last = rows[i].date > last ? rows[i].date : last;
    }
    needs->step = last - needs->first;
    for (size_t i = 0; i < n; i++) {
        needs->step = rows[i].date > needs->first && rows[i].date - needs->first < needs->step ? rows[i].date - needs->first : needs->step;
    }
    needs->step = needs->step == 0 ? 7 : needs->step;
    needs->first_day = needs->first - asking->day;
    if (needs->first_day < -6 || needs->first_day > 7 || last + needs->step - 1 <= asking->day) {
        char a[VG_DATE_TEXT_BYTES], b[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(needs->first, a);
        (void)vg_date_print(asking->day, b);
        return vg_fail(asking->error, VG_DATA_ERROR, "%s begins on %s, but the stock is that of %s: within a week of each other, or --date", asking->question->needs_path, a, b);
    }
    needs->n_periods = (size_t)((last - needs->first) / needs->step) + 1;
    needs->n_items = asking->n_items;
    if (!vg_multiply_size(needs->places.count * needs->n_items, needs->paths.count * needs->n_periods, &cells) || cells > (size_t)1 << 27) {
        return vg_fail(asking->error, VG_LIMIT_EXCEEDED, "%s: %zu places, %zu paths and %zu periods are too many at once", asking->question->needs_path, needs->places.count, needs->paths.count,
                       needs->n_periods);
    }
    needs->need = VG_ARENA_ARRAY(asking->arena, double, cells);
    if (needs->need == NULL) {
        return vg_fail_memory(asking->error, cells * sizeof(double));
    }
    for (size_t i = 0; i < cells; i++) {
        needs->need[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        if ((rows[i].date - needs->first) % needs->step != 0) {
            return vg_fail(asking->error, VG_DATA_ERROR, "%s: the dates of needs must be evenly apart", asking->question->needs_path);
        }
        if (rows[i].item < needs->n_items) {
            needs->need[(((size_t)rows[i].place * needs->n_items + rows[i].item) * needs->paths.count + rows[i].path) * needs->n_periods + (size_t)((rows[i].date - needs->first) / needs->step)] = rows[i].amount;
        }
    }
    return VG_OK;
}

vg_status stock_read_needs(struct stock_asking *asking, struct stock_needs **out)
{
    struct vg_reader *reader = NULL;
    struct need_row *rows = NULL;
    size_t n = 0;
    struct stock_needs *needs = VG_ARENA_ARRAY(asking->arena, struct stock_needs, 1);
    if (needs == NULL) {
        return vg_fail_memory(asking->error, sizeof *needs);
    }
    *out = needs;
    vg_dictionary_init(&needs->places, asking->arena);
    vg_dictionary_init(&needs->paths, asking->arena);
    vg_status status = vg_reader_open(asking->question->needs_path, NULL, &reader, asking->error);
    if (status == VG_OK) {
        status = read_rows(asking, needs, reader, &rows, &n);
        vg_reader_close(reader);
    }
    if (status == VG_OK && n == 0) {
        status = vg_fail(asking->error, VG_DATA_ERROR, "%s has no needs", asking->question->needs_path);
    }
    needs->place_index = VG_ARENA_ARRAY(asking->arena, uint32_t, needs->places.count);
    for (size_t i = 0; status == VG_OK && needs->place_index != NULL && i < needs->places.count; i++) {
        bool several = false;
        needs->place_index[i] = vg_place_list_find_any(vg_store_place_list(asking->store), VG_PLACE_NONE, needs->places.keys[i], &several);
    }
    return status == VG_OK ? needs->place_index == NULL ? vg_fail_memory(asking->error, 8) : lay_out(asking, needs, rows, n) : status;
}

/* Days until a path needs more than there is of what serves again. */
static double days_until_short(const double *need, const struct stock_needs *needs, double there)
{
    for (size_t period = 0; period < needs->n_periods; period++) {
        const int64_t begins = (int64_t)period * needs->step + needs->first_day - 1; /* days after the balance's end */
        if (begins + needs->step > 0 && need[period] > there) {
            return begins > 0 ? (double)begins : 0.0;
        }
    }
    return INFINITY;
}

static vg_status cover_reusable(struct stock_asking *asking, const double *need, const struct stock_needs *needs, const struct stock_line *line, struct vg_cover *cover)
{
    const size_t paths = needs->paths.count;
    double *days = VG_ARENA_ARRAY(asking->arena, double, paths);
    if (days == NULL) {
        return vg_fail_memory(asking->error, paths * sizeof *days);
    }
    for (size_t path = 0; path < paths; path++) {
        const double at = days_until_short(need + path * needs->n_periods, needs, vg_stock_units(line->usable));
        size_t k = path;
        for (; k > 0 && days[k - 1] > at; k--) {
            days[k] = days[k - 1];
        }
        days[k] = at;
    }
    *cover = (struct vg_cover){.status = VG_COVER_OK, .per_day = NAN, .unused = NAN, .low = days[(size_t)floor(0.025 * (double)(paths - 1))], .median = days[(paths - 1) / 2],
                               .high = days[(size_t)ceil(0.975 * (double)(paths - 1))]};
    return VG_OK;
}

vg_status stock_cover_by_needs(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, bool *known, struct vg_cover *cover)
{
    const uint32_t place = vg_place_list_find_code(vg_store_place_list(asking->store), vg_text_from(line->place));
    size_t at = needs->places.count;
    const double *need = NULL;
    const char *full = vg_arena_format(asking->arena, "%s/%s", line->place, line->facility); /* where facilities of several places have one name */
    if (full == NULL) {
        return vg_fail_memory(asking->error, 64);
    }
    *known = false;
    for (size_t i = 0; i < needs->places.count; i++) {
        const bool facility = line->facility[0] != '\0' && vg_text_fold_equal(needs->places.keys[i], vg_text_from(line->facility));
        if (line->facility[0] != '\0' && vg_text_fold_equal(needs->places.keys[i], vg_text_from(full))) {
            at = i;
            break;
        }
        if (facility || (line->facility[0] == '\0' && place != VG_PLACE_NONE && needs->place_index[i] == place)) {
            at = i;
        }
        for (size_t k = 0; facility && k < asking->n_lines; k++) {
            if (strcmp(asking->lines[k].place, line->place) != 0 && vg_text_fold_equal(vg_text_from(asking->lines[k].facility), vg_text_from(line->facility))) {
                return vg_fail(asking->error, VG_DATA_ERROR, "%s: %.120s is a facility at %.40s and at %.40s; call it PLACE/FACILITY, or ask of one with --place", asking->question->needs_path, line->facility, line->place,
                               asking->lines[k].place);
            }
        }
    }
    if (at == needs->places.count) {
        return VG_OK;
    }
    need = needs->need + (at * needs->n_items + line->item) * needs->paths.count * needs->n_periods;
    for (size_t i = 0; i < needs->paths.count * needs->n_periods; i++) {
        if (isnan(need[i])) {
            return VG_OK; /* of this item nothing, or not on every path */
        }
    }
    *known = true;
    return asking->items[line->item].reusable ? cover_reusable(asking, need, needs, line, cover)
                                              : vg_cover_from_paths(need, needs->paths.count, needs->n_periods, (size_t)needs->step, needs->first_day, line->lots, line->n_lots, asking->arena, cover, asking->error);
}
