/*
 * A file of movements into the ledger: rows are read whole, told day by day, and listed with line, column and reason where they cannot be.
 */
#include "jobs/stock/internal.h"

#include "intake/stock_file/stock_file.h"

#include <stdlib.h>
#include <string.h>

#define REJECTS_MOST 100000
#define DAYS_AHEAD 1

enum field { DATE, PLACE, FACILITY, ITEM, EVENT, AMOUNT, UNIT, LOT, EXPIRY, TO_PLACE, TO_FACILITY, IN_USE, NOTE, ID, DUE, FIELDS };
static const char *const fields[FIELDS] = {[DATE] = "date", [PLACE] = "place", [FACILITY] = "facility", [ITEM] = "item", [EVENT] = "event", [AMOUNT] = "amount", [UNIT] = "unit", [LOT] = "lot",
                                           [EXPIRY] = "expiry", [TO_PLACE] = "to_place", [TO_FACILITY] = "to_facility", [IN_USE] = "in_use", [NOTE] = "note", [ID] = "id", [DUE] = "due"};

struct row {
    uint64_t line;
    size_t column;                 /* of the amount: where a refusal of the ledger points */
    enum vg_stock_event event;
    int32_t day, expiry, due;
    bool on_way;
    const char *item, *place, *facility, *lot, *to_place, *to_facility, *note, *entry;
    int64_t amount, in_use;
    size_t order;
};

struct importing {
    struct vg_store *store;
    const struct vg_stock_import *import;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_reader *reader;
    const struct vg_profile *profile;
    const char *event;             /* of rows that do not say it; NULL */
    struct vg_stock_work *work;
    struct vg_stock_item *items;
    size_t n_items;
    size_t columns[FIELDS];
    size_t *item_column;           /* [columns] of a stock list: the item, or n_items */
    bool wide, due_mapped;         /* due_mapped: by --map, so that each row with such a day is to be moved */
    uint32_t within;
    struct vg_dates dates;
    struct vg_dictionary texts, places; /* interned; looked up */
    const char **text_of, **place_of;
    bool *several;
    size_t text_room, place_room, several_room;
    struct row *rows;
    size_t n_rows, row_capacity;
    struct job_reject *rejects;
    size_t n_rejects, reject_capacity, n_bad;
    size_t n_read, n_told, n_same, n_written;
    char hash[65];
};

static const char *heading(const struct importing *importing, size_t column)
{
    if (column == VG_READER_NO_COLUMN) {
        return "";
    }
    const struct vg_text text = vg_reader_heading(importing->reader, column);
    return vg_arena_copy_bytes(importing->arena, text.data, text.size);
}

static vg_status reject(struct importing *importing, uint64_t line, size_t column, struct vg_text value, const char *reason)
{
    importing->n_bad++;
    if (importing->n_rejects >= REJECTS_MOST) {
        return VG_OK;
    }
    struct job_reject *room = vg_arena_room(importing->arena, importing->rejects, importing->n_rejects, &importing->reject_capacity, sizeof *room);
    const char *kept = vg_arena_copy_bytes(importing->arena, value.data == NULL ? "" : value.data, value.size > 200 ? 200 : value.size), *name = heading(importing, column), *why = vg_arena_copy(importing->arena, reason);
    if (room == NULL || kept == NULL || name == NULL || why == NULL) {
        return vg_fail_memory(importing->error, sizeof *room);
    }
    importing->rejects = room;
    room[importing->n_rejects++] = (struct job_reject){line, name, vg_text_from(kept), why};
    return VG_OK;
}

/* The same text once; NULL for none. */
static const char *intern(struct importing *importing, struct vg_text text)
{
    const size_t known = importing->texts.count;
    const uint32_t index = text.size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_add(&importing->texts, text);
    if (index == VG_DICTIONARY_NONE) {
        return NULL;
    }
    if (index == known) {
        const char **room = vg_arena_room(importing->arena, importing->text_of, known, &importing->text_room, sizeof *room);
        char *copy = vg_arena_copy_bytes(importing->arena, text.data, text.size);
        if (room == NULL || copy == NULL) {
            return NULL;
        }
        importing->text_of = room;
        room[index] = copy;
    }
    return importing->text_of[index];
}

static const char *find_place(struct importing *importing, struct vg_text text, bool *several)
{
    const size_t known = importing->places.count;
    const uint32_t index = vg_dictionary_add(&importing->places, text);
    if (index == VG_DICTIONARY_NONE) {
        return NULL;
    }
    if (index == known) {
        const struct vg_place_list *places = vg_store_place_list(importing->store);
        const char **room = vg_arena_room(importing->arena, importing->place_of, known, &importing->place_room, sizeof *room);
        bool *flags = vg_arena_room(importing->arena, importing->several, known, &importing->several_room, sizeof *flags);
        if (room == NULL || flags == NULL) {
            return NULL;
        }
        importing->place_of = room;
        importing->several = flags;
        const uint32_t place = vg_place_list_find_any(places, importing->within, text, &flags[index]);
        room[index] = place == VG_PLACE_NONE ? NULL : places->places[place].code;
    }
    *several = importing->several[index];
    return importing->place_of[index];
}

/* ------------------------------------------------------------------- columns */

static vg_status map_columns(struct importing *importing)
{
    for (size_t i = 0; i < importing->import->n_maps; i++) {
        const char *map = importing->import->maps[i], *equals = strchr(map, '=');
        size_t field = 0;
        while (equals != NULL && field < FIELDS && (strlen(fields[field]) != (size_t)(equals - map) || strncmp(fields[field], map, (size_t)(equals - map)) != 0)) {
            field++;
        }
        if (equals == NULL || field == FIELDS) {
            return vg_fail(importing->error, VG_USAGE_ERROR, "--map: \"%.80s\" is not FIELD=HEADING with a field such as date, place, facility, item, event, amount, lot, expiry", map);
        }
        importing->due_mapped = importing->due_mapped || field == DUE;
        importing->columns[field] = vg_reader_find_column(importing->reader, equals + 1);
        if (importing->columns[field] == VG_READER_NO_COLUMN) {
            return vg_fail(importing->error, VG_DATA_ERROR, "%s has no column \"%.80s\"", importing->import->path, equals + 1);
        }
    }
    return VG_OK;
}

/* n_items: of none. An item that the profile names is there: else its column would be lost. */
static vg_status item_of_heading(const struct importing *importing, struct vg_text heading, size_t *item)
{
    const struct vg_text said = vg_stock_profile_item_of(importing->profile, heading);
    struct vg_profile_facts facts;
    *item = vg_stock_item_find(importing->items, importing->n_items, said.size > 0 ? said : heading);
    if (said.size == 0 || *item < importing->n_items) {
        return VG_OK;
    }
    vg_profile_get_facts(importing->profile, &facts);
    return vg_fail(importing->error, VG_DATA_ERROR, "profile %.80s: the node knows no item %.*s (column \"%.*s\"); vigia stock items lists them, and vigia stock item NAME makes one", facts.name,
                   (int)(said.size > 80 ? 80 : said.size), said.data, (int)(heading.size > 80 ? 80 : heading.size), heading.data);
}

/* The user's own stand in the node's folder, beside those of other files. */
static vg_status find_profile(struct importing *importing)
{
    const char *folder = vg_arena_format(importing->arena, "%s/profiles", vg_store_folder(importing->store)), *wanted = importing->import->profile;
    struct vg_profile_set *set = NULL;
    if (folder == NULL) {
        return vg_fail_memory(importing->error, 0);
    }
    vg_status status = vg_stock_profiles_load(&folder, vg_file_exists(folder) ? 1 : 0, importing->arena, &set, importing->error);
    if (status == VG_OK) {
        importing->profile = wanted == NULL ? vg_stock_profile_best(set, importing->reader) : vg_profile_set_find(set, wanted);
        status = importing->profile == NULL ? vg_fail(importing->error, VG_NOT_FOUND, "there is no profile \"%.80s\" of the kind stock; the node's own are in %.200s", wanted == NULL ? VG_STOCK_PROFILE_GENERIC : wanted, folder) : VG_OK;
    }
    if (status == VG_OK) {
        importing->event = importing->import->event != NULL ? importing->import->event : vg_stock_profile_default_event(importing->profile);
    }
    return status;
}

static vg_status find_columns(struct importing *importing)
{
    const size_t n = vg_reader_column_count(importing->reader);
    size_t n_items = 0;
    for (size_t field = 0; field < FIELDS; field++) {
        importing->columns[field] = vg_stock_profile_column(importing->profile, fields[field], importing->reader);
    }
    vg_status status = map_columns(importing);
    importing->item_column = VG_ARENA_ARRAY(importing->arena, size_t, n);
    if (status == VG_OK && importing->item_column == NULL) {
        return vg_fail_memory(importing->error, n * sizeof(size_t));
    }
    importing->wide = importing->columns[ITEM] == VG_READER_NO_COLUMN;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        bool taken = false;
        for (size_t field = 0; field < FIELDS; field++) {
            taken = taken || (importing->columns[field] == i && field != AMOUNT);
        }
        importing->item_column[i] = importing->n_items;
        status = taken || !importing->wide ? VG_OK : item_of_heading(importing, vg_reader_heading(importing->reader, i), &importing->item_column[i]);
        n_items += importing->item_column[i] < importing->n_items;
    }
    if (status == VG_OK && importing->columns[PLACE] == VG_READER_NO_COLUMN) {
        status = vg_fail(importing->error, VG_NEEDS_CHOICE, "%s has no column of places (codes or names that the node knows); name it with --map place=HEADING", importing->import->path);
    }
    if (status == VG_OK && importing->columns[DATE] == VG_READER_NO_COLUMN) {
        status = vg_fail(importing->error, VG_NEEDS_CHOICE, "%s has no column of dates; name it with --map date=HEADING", importing->import->path);
    }
    if (status == VG_OK && importing->wide && n_items == 0) {
        status = vg_fail(importing->error, VG_NEEDS_CHOICE, "%s has neither a column of items nor columns that are items (vigia stock items lists them); name one with --map item=HEADING", importing->import->path);
    }
    if (status == VG_OK && !importing->wide && importing->columns[AMOUNT] == VG_READER_NO_COLUMN) {
        status = vg_fail(importing->error, VG_NEEDS_CHOICE, "%s has no column of amounts; name it with --map amount=HEADING", importing->import->path);
    }
    if (status == VG_OK && importing->columns[EVENT] == VG_READER_NO_COLUMN && importing->event == NULL) {
        status = vg_fail(importing->error, VG_NEEDS_CHOICE, "%s does not say what happened; say it with --event counted (what is there), received, used or lost", importing->import->path);
    }
    return status;
}

/* --------------------------------------------------------------------- rows */

struct reading { const struct vg_text *cells; uint64_t line; struct row row; bool bad; };

static struct vg_text cell_of(const struct importing *importing, const struct reading *reading, enum field field)
{
    const struct vg_text cell = vg_reader_cell(reading->cells, importing->columns[field]);
    return vg_stock_profile_is_missing(importing->profile, cell) ? vg_text_of("", 0) : cell;
}

static vg_status bad(struct importing *importing, struct reading *reading, enum field field, const char *reason)
{
    reading->bad = true;
    return reject(importing, reading->line, importing->columns[field], cell_of(importing, reading, field), reason);
}

static vg_status take_place(struct importing *importing, struct reading *reading, enum field field, const char **code)
{
    bool several = false;
    const struct vg_text cell = cell_of(importing, reading, field);
    *code = cell.size == 0 ? NULL : find_place(importing, cell, &several);
    return *code != NULL      ? VG_OK
           : several          ? bad(importing, reading, field, "several places are called so: write the code, or say below which place they are with --within CODE")
           : cell.size == 0   ? bad(importing, reading, field, "no place")
                              : bad(importing, reading, field, "the node knows no such place: write its code, or import a list of places first");
}

static vg_status take_common(struct importing *importing, struct reading *reading)
{
    struct row *row = &reading->row;
    const struct vg_text event = cell_of(importing, reading, EVENT), expiry = cell_of(importing, reading, EXPIRY), id = cell_of(importing, reading, ID);
    vg_status status = take_place(importing, reading, PLACE, &row->place);
    row->day = vg_dates_read(&importing->dates, cell_of(importing, reading, DATE));
    if (status == VG_OK && !reading->bad && row->day == VG_DATE_NONE) {
        status = bad(importing, reading, DATE, "no date");
    }
    if (status == VG_OK && !reading->bad && row->day > vg_date_today() + DAYS_AHEAD) {
        status = bad(importing, reading, DATE, "in the future: what has not come is not in the ledger");
    }
    row->expiry = expiry.size == 0 ? VG_DATE_NONE : vg_dates_read(&importing->dates, expiry);
    if (status == VG_OK && !reading->bad && expiry.size > 0 && row->expiry == VG_DATE_NONE) {
        status = bad(importing, reading, EXPIRY, "no date");
    }
    const struct vg_text said = event.size > 0 || importing->event == NULL ? vg_stock_profile_event(importing->profile, event) : vg_text_from(importing->event);
    if (status == VG_OK && !reading->bad && !vg_stock_event_from_name(said, &row->event)) {
        status = bad(importing, reading, EVENT, "what happened is received, used, moved, lost or counted");
    }
    if (status == VG_OK && !reading->bad && row->event == VG_STOCK_SENT) {
        status = take_place(importing, reading, TO_PLACE, &row->to_place);
    }
    /* Lists of what was received have days of arrival, too: nothing of theirs is on its way. */
    const struct vg_text due = row->event == VG_STOCK_SENT || importing->due_mapped ? cell_of(importing, reading, DUE) : vg_text_of("", 0);
    row->on_way = row->event == VG_STOCK_SENT && due.size > 0;
    row->due = due.size == 0 ? VG_DATE_NONE : vg_dates_read(&importing->dates, due);
    if (status == VG_OK && !reading->bad && due.size > 0 && (row->due == VG_DATE_NONE || !row->on_way)) {
        status = bad(importing, reading, DUE, row->on_way ? "no date" : "only what is moved is on its way until then");
    }
    row->facility = intern(importing, cell_of(importing, reading, FACILITY));
    row->to_facility = intern(importing, cell_of(importing, reading, TO_FACILITY));
    row->lot = intern(importing, cell_of(importing, reading, LOT));
    row->note = intern(importing, cell_of(importing, reading, NOTE));
    row->entry = id.size == 0 ? NULL : vg_arena_format(importing->arena, "id:%.*s", (int)id.size, id.data);
    return status == VG_OK && importing->arena->failed ? vg_fail_memory(importing->error, 0) : status;
}

static vg_status add_row(struct importing *importing, struct reading *reading, size_t item, size_t column)
{
    const struct vg_text cell = vg_reader_cell(reading->cells, column), in_use = cell_of(importing, reading, IN_USE), unit = cell_of(importing, reading, UNIT);
    struct row row = reading->row;
    if (item == importing->n_items) {
        return bad(importing, reading, ITEM, "the node knows no such item; vigia stock items lists them, and vigia stock item NAME makes one");
    }
    if (!vg_stock_parse(cell, &row.amount)) {
        reading->bad = true;
        return reject(importing, reading->line, column, cell, vg_arena_format(importing->arena, "no amount: %s", vg_stock_amount_fault(cell)));
    }
    if (unit.size > 0 && !vg_text_fold_equal(unit, vg_text_from(importing->items[item].unit))) {
        return bad(importing, reading, UNIT, vg_arena_format(importing->arena, "%s is counted in %s", importing->items[item].name, importing->items[item].unit));
    }
    row.in_use = -1;
    if (in_use.size > 0 && !importing->wide && !vg_stock_parse(in_use, &row.in_use)) {
        return bad(importing, reading, IN_USE, vg_arena_format(importing->arena, "no amount: %s", vg_stock_amount_fault(in_use)));
    }
    if (importing->wide && row.entry != NULL) {
        row.entry = vg_arena_format(importing->arena, "%s:%s", row.entry, importing->items[item].name);
    }
    row.item = importing->items[item].name;
    row.line = reading->line;
    row.column = column;
    row.order = importing->n_rows;
    struct row *room = vg_arena_room(importing->arena, importing->rows, importing->n_rows, &importing->row_capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(importing->error, sizeof row);
    }
    importing->rows = room;
    room[importing->n_rows++] = row;
    return VG_OK;
}

static vg_status take_row(struct importing *importing, const struct vg_text *cells, uint64_t line)
{
    struct reading reading = {.cells = cells, .line = line};
    const size_t n = vg_reader_column_count(importing->reader);
    if (!vg_stock_profile_keeps(importing->profile, importing->reader, cells)) {
        return VG_OK;
    }
    importing->n_read++;
    vg_status status = take_common(importing, &reading);
    if (status != VG_OK || reading.bad) {
        return status;
    }
    if (!importing->wide) {
        return add_row(importing, &reading, vg_stock_item_find(importing->items, importing->n_items, vg_stock_profile_item(importing->profile, cell_of(importing, &reading, ITEM))), importing->columns[AMOUNT]);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (importing->item_column[i] < importing->n_items && !vg_stock_profile_is_missing(importing->profile, vg_reader_cell(cells, i))) {
            status = add_row(importing, &reading, importing->item_column[i], i);
        }
    }
    return status;
}

/* By all dates of the file; where they leave it open by the profile, if it says it. */
static vg_status decide_dates(struct importing *importing)
{
    const enum vg_date_order told = importing->import->date_order, own = vg_stock_profile_date_order(importing->profile);
    struct vg_dates kept = importing->dates;
    vg_status status = vg_dates_decide(&importing->dates, told, importing->import->path, importing->error);
    if (status == VG_NEEDS_CHOICE && told == VG_DATE_ORDER_AUTO && own != VG_DATE_ORDER_AUTO && kept.n_first_over_12 == 0 && kept.n_second_over_12 == 0) {
        importing->dates = kept;
        status = vg_dates_decide(&importing->dates, own, importing->import->path, importing->error);
    }
    return status;
}

/* Twice over the file: dates first, which decide together. */
static vg_status read_all(struct importing *importing)
{
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = VG_OK;
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(importing->reader, &batch, importing->error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            const struct vg_text *cells = batch.cells + i * batch.n_columns;
            vg_dates_see(&importing->dates, vg_reader_cell(cells, importing->columns[DATE]));
            vg_dates_see(&importing->dates, vg_reader_cell(cells, importing->columns[EXPIRY]));
            vg_dates_see(&importing->dates, vg_reader_cell(cells, importing->columns[DUE]));
        }
    }
    status = status == VG_OK ? decide_dates(importing) : status;
    status = status == VG_OK ? vg_reader_rewind(importing->reader, importing->error) : status;
    batch.n_rows = 1;
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(importing->reader, &batch, importing->error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            status = take_row(importing, batch.cells + i * batch.n_columns, batch.lines[i]);
        }
        if (status == VG_OK && !vg_progress_report(importing->import->progress, "reading", 0.4 * vg_reader_progress(importing->reader))) {
            status = vg_fail(importing->error, VG_CANCELLED, "the import was stopped; nothing was taken");
        }
    }
    return status;
}

/* Rows like each other are told apart by how many came before in this file, so that a longer file of the same movements adds only what is new. */
static vg_status name_entries(struct importing *importing)
{
    struct vg_dictionary seen;
    size_t room = 0, *times = NULL;
    vg_dictionary_init(&seen, importing->arena);
    for (size_t i = 0; i < importing->n_rows; i++) {
        struct row *row = &importing->rows[i];
        if (row->entry != NULL) {
            continue;
        }
        const char *key = vg_arena_format(importing->arena, "%d\n%d\n%s\n%s\n%s\n%s\n%lld\n%lld\n%s\n%s\n%s", (int)row->day, (int)row->event, row->item, row->place, row->facility == NULL ? "" : row->facility,
                                          row->lot == NULL ? "" : row->lot, (long long)row->amount, (long long)row->in_use, row->to_place == NULL ? "" : row->to_place,
                                          row->to_facility == NULL ? "" : row->to_facility, row->note == NULL ? "" : row->note);
        key = key != NULL && row->on_way ? vg_arena_format(importing->arena, "%s\n%d", key, (int)row->due) : key; /* another day of arrival is another order */
        const size_t known = seen.count;
        const uint32_t index = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&seen, vg_text_from(key));
        size_t *grown = index == known ? vg_arena_room(importing->arena, times, known, &room, sizeof *grown) : times;
        if (index == VG_DICTIONARY_NONE || grown == NULL) {
            return vg_fail_memory(importing->error, 64);
        }
        times = grown;
        times[index] = index == known ? 1 : times[index] + 1;
        row->entry = vg_arena_format(importing->arena, "%zu\n%s", times[index], key);
        if (row->entry == NULL) {
            return vg_fail_memory(importing->error, 64);
        }
    }
    return VG_OK;
}

static int by_day(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->day != y->day ? (x->day > y->day) - (x->day < y->day) : (x->order > y->order) - (x->order < y->order);
}

/* ------------------------------------------------------------------ telling */

static vg_status tell_row(struct importing *importing, const struct row *row, struct vg_error *error)
{
    struct vg_stock_done done = {0};
    const struct vg_stock_told told = {row->event, row->item, row->place, row->facility, row->to_place, row->to_facility, row->lot, row->expiry, row->day, row->amount, row->in_use, row->note,
                                       row->entry, importing->import->below_zero, row->on_way, row->due};
    vg_status status = vg_stock_tell(importing->work, &told, &done, error);
    importing->n_told += status == VG_OK && !done.already;
    importing->n_same += status == VG_OK && done.already;
    importing->n_written += status == VG_OK ? done.n_rows : 0;
    return status;
}

/* The rows of one day: what cannot be yet is tried again after the others, as long as one of them could. */
static vg_status tell_day(struct importing *importing, struct row *rows, size_t n)
{
    struct vg_error error = {0};
    vg_status status = VG_OK;
    size_t left = n;
    for (size_t before = n + 1; status == VG_OK && left > 0 && left < before;) {
        before = left;
        size_t kept = 0;
        for (size_t i = 0; status == VG_OK && i < before; i++) {
            status = tell_row(importing, &rows[i], &error);
            if (status == VG_DATA_ERROR) {
                rows[kept++] = rows[i];
                status = VG_OK;
            }
        }
        left = kept;
    }
    if (status != VG_OK && importing->error != NULL) {
        *importing->error = error;
    }
    for (size_t i = 0; status == VG_OK && i < left; i++) {
        status = tell_row(importing, &rows[i], &error); /* once more, for the reason */
        char amount[32];
        const size_t size = vg_print_double(vg_stock_units(rows[i].amount), amount);
        status = status == VG_DATA_ERROR ? reject(importing, rows[i].line, rows[i].column, vg_text_of(amount, size), error.message) : status;
    }
    return status;
}

static vg_status tell_all(struct importing *importing)
{
    vg_status status = VG_OK;
    if (importing->n_rows > 0) {
        qsort(importing->rows, importing->n_rows, sizeof *importing->rows, by_day);
    }
    for (size_t first = 0; status == VG_OK && first < importing->n_rows;) {
        size_t end = first;
        while (end < importing->n_rows && importing->rows[end].day == importing->rows[first].day) {
            end++;
        }
        status = tell_day(importing, importing->rows + first, end - first);
        first = end;
        if (status == VG_OK && !vg_progress_report(importing->import->progress, "telling the ledger", 0.4 + 0.6 * (double)first / (double)importing->n_rows)) {
            status = vg_fail(importing->error, VG_CANCELLED, "the import was stopped; nothing was taken");
        }
    }
    return status;
}

/* ----------------------------------------------------------------- the whole */

static int by_line(const void *a, const void *b)
{
    const struct job_reject *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static vg_status conclude(struct importing *importing)
{
    const struct vg_stock_import *import = importing->import;
    if (importing->n_rejects > 0) {
        qsort(importing->rejects, importing->n_rejects, sizeof *importing->rejects, by_line);
    }
    vg_status status = import->rejects_path == NULL ? VG_OK : job_write_rejects(import->rejects_path, importing->rejects, importing->n_rejects, importing->arena, importing->error);
    if (status == VG_OK && importing->n_bad > 0 && !import->accept_rejects) {
        const struct job_reject *first = &importing->rejects[0];
        return vg_fail(importing->error, VG_DATA_ERROR, "%s, line %llu, column %s: \"%.60s\": %.300s. Nothing was taken; %zu row%s cannot be (--rejects FILE lists them, --accept-rejects takes the others)",
                       import->path, (unsigned long long)first->line, first->column, first->value.data, first->reason, importing->n_bad, importing->n_bad == 1 ? "" : "s");
    }
    return status;
}

static void answer_row(struct importing *importing, bool already, struct vg_answer *answer)
{
    static const char *const numbers[] = {"rows", "told", "same", "rejected", "written"};
    struct vg_table *table = &answer->table;
    const size_t values[] = {importing->n_read, importing->n_told, importing->n_same, importing->n_bad, importing->n_written};
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "first_day", VG_COLUMN_DATE);
    vg_table_add_column(table, "last_day", VG_COLUMN_DATE);
    vg_table_add_column(table, "notes", VG_COLUMN_TEXT);
    int32_t first = INT32_MAX, last = VG_DATE_NONE;
    for (size_t i = 0; i < importing->n_rows; i++) {
        first = importing->rows[i].day < first ? importing->rows[i].day : first;
        last = importing->rows[i].day > last ? importing->rows[i].day : last;
    }
    for (size_t i = 0; i < 5; i++) {
        vg_table_integer(table, (int64_t)values[i]);
    }
    vg_table_date(table, importing->n_rows == 0 ? VG_DATE_NONE : first);
    vg_table_date(table, last);
    vg_table_text(table, already ? "the same file was taken before: nothing was changed" : importing->import->dry_run ? "a dry run: nothing was kept" : NULL);
}

static vg_status hash_file(struct importing *importing)
{
    struct vg_file_map map;
    vg_status status = vg_file_map_open(importing->import->path, &map, importing->error);
    if (status == VG_OK) {
        vg_content_hash(map.data, map.size, importing->hash);
        vg_file_map_close(&map);
    }
    return status;
}

static vg_status find_within(struct importing *importing)
{
    const char *within = importing->import->within;
    importing->within = within == NULL ? VG_PLACE_NONE : vg_place_list_find_code(vg_store_place_list(importing->store), vg_text_from(within));
    return within != NULL && importing->within == VG_PLACE_NONE ? vg_fail(importing->error, VG_NOT_FOUND, "--within: there is no place %.80s", within) : VG_OK;
}

vg_status vg_job_stock_import(struct vg_store *store, const struct vg_stock_import *import, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct importing importing = {.store = store, .import = import, .arena = arena, .error = error};
    const char *name = strrchr(import->path, '/') == NULL ? import->path : strrchr(import->path, '/') + 1;
    bool already = false;
    vg_dictionary_init(&importing.texts, arena);
    vg_dictionary_init(&importing.places, arena);
    vg_status status = find_within(&importing);
    status = status == VG_OK ? hash_file(&importing) : status;
    /* What is taken without its rejects is not known as taken: what they lacked may be in the node the next time. */
    const char *hash = import->accept_rejects ? vg_arena_format(arena, "in part: %s", importing.hash) : importing.hash;
    status = status == VG_OK ? vg_stock_begin(store, import->actor, name, hash, import->accept_rejects ? NULL : &already, &importing.work, error) : status;
    if (status == VG_OK && !already) {
        status = vg_stock_items(store, arena, &importing.items, &importing.n_items, error);
        status = status == VG_OK ? vg_reader_open(import->path, NULL, &importing.reader, error) : status;
        status = status == VG_OK ? find_profile(&importing) : status;
        status = status == VG_OK ? find_columns(&importing) : status;
        status = status == VG_OK ? read_all(&importing) : status;
        status = status == VG_OK ? name_entries(&importing) : status;
        status = status == VG_OK ? tell_all(&importing) : status;
        status = status == VG_OK ? conclude(&importing) : status;
    }
    if (status == VG_OK) {
        answer_row(&importing, already, answer);
        struct vg_profile_facts facts = {0};
        if (importing.profile != NULL) {
            vg_profile_get_facts(importing.profile, &facts);
        }
        vg_buffer_text(&answer->meta, "{\"analysis\":\"stock import\"");
        job_meta_text(&answer->meta, "profile", facts.name);
        vg_buffer_text(&answer->meta, "}");
    }
    vg_reader_close(importing.reader);
    const bool dry = status == VG_OK && import->dry_run;
    status = vg_stock_end(importing.work, dry ? VG_CANCELLED : status, error);
    return dry && status == VG_CANCELLED ? VG_OK : status;
}
