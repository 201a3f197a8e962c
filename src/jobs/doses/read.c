/*
 * The files of a plan of doses as arrays. Lots that may be used in the same periods are one class; one that expires within a period is taken for usable in all of it.
 */
#include "jobs/doses/internal.h"

#include "jobs/stock/stock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AMOUNT_MOST 1e12
#define COLUMNS_MOST 6

struct person_row { uint32_t place, group, priority; int64_t people; };
struct stock_row { uint32_t place; int32_t date, expiry; int64_t amount; };
struct due_row { uint32_t place; int32_t date; int64_t amount; };
struct limit_row { uint32_t place; double store, give; };

struct file {
    const char *path;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct doses_input *input;
    struct vg_error *error;
    size_t columns[COLUMNS_MOST];
    bool new_places;              /* names that are not known yet are places, too */
    char *array;
    size_t n, capacity;
};
typedef vg_status take_row(struct file *file, const struct vg_text *cells, uint64_t line);

static void *add_row(struct file *file, size_t size)
{
    char *array = vg_arena_room(file->arena, file->array, file->n, &file->capacity, size);
    file->array = array == NULL ? file->array : array;
    return array == NULL ? NULL : array + size * file->n++;
}

static vg_status read_file(struct file *file, const char *const *headings, size_t n_headings, size_t n_needed, take_row *take)
{
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = vg_reader_open(file->path, NULL, &file->reader, file->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t k = 0; k < n_headings && status == VG_OK; k++) {
        file->columns[k] = vg_reader_find_column(file->reader, headings[k]);
        if (file->columns[k] == VG_READER_NO_COLUMN && k < n_needed) {
            status = vg_fail(file->error, VG_DATA_ERROR, "%s has no column %s", file->path, headings[k]);
        }
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(file->reader, &batch, file->error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(file, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(file->reader);
    return status;
}

static vg_status bad(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, const char *expected)
{
    return vg_reader_bad_cell(file->reader, line, file->columns[column], vg_reader_cell(cells, file->columns[column]), expected, file->error);
}

static vg_status place_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, uint32_t *place)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *place = cell.size == 0 ? VG_DICTIONARY_NONE : file->new_places ? vg_dictionary_add(&file->input->places, cell) : vg_dictionary_find(&file->input->places, cell);
    return *place != VG_DICTIONARY_NONE ? VG_OK : bad(file, column, cells, line, file->new_places ? "the name of a place" : "a place that has people or doses");
}

/* Where blank, `missing`; NaN: it may not be. */
static vg_status number_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, double missing, double *number)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *number = missing;
    if (cell.size == 0 && !isnan(missing)) {
        return VG_OK;
    }
    return vg_parse_double(cell, '.', number) && *number >= 0.0 && *number <= AMOUNT_MOST ? VG_OK : bad(file, column, cells, line, "a number of at least 0 (and at most 1e12)");
}

static vg_status day_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, bool needed, int32_t *day)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *day = VG_DATE_NONE;
    return (cell.size == 0 && !needed) || (cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), day)) ? VG_OK : bad(file, column, cells, line, "a date as 2021-03-01");
}

static vg_status take_person(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct person_row row;
    double priority, people;
    const struct vg_text group = vg_reader_cell(cells, file->columns[1]);
    vg_status status = place_cell(file, 0, cells, line, &row.place);
    status = status == VG_OK ? number_cell(file, 2, cells, line, NAN, &priority) : status;
    if (status == VG_OK && (priority < 1.0 || priority > VG_DOSES_PRIORITIES_MOST || priority != floor(priority))) {
        status = bad(file, 2, cells, line, "a whole number from 1 (first) to 16");
    }
    status = status == VG_OK ? number_cell(file, 3, cells, line, NAN, &people) : status;
    if (status == VG_OK && group.size == 0) {
        status = bad(file, 1, cells, line, "the name of a group");
    }
    struct person_row *room = status == VG_OK ? add_row(file, sizeof *room) : NULL;
    if (room == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, sizeof row) : status;
    }
    *room = (struct person_row){row.place, vg_dictionary_add(&file->input->groups, group), (uint32_t)priority - 1, (int64_t)floor(people)};
    return room->group == VG_DICTIONARY_NONE ? vg_fail_memory(file->error, 64) : VG_OK;
}

static vg_status take_stock(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct stock_row row;
    double amount;
    vg_status status = place_cell(file, 0, cells, line, &row.place);
    status = status == VG_OK ? number_cell(file, 1, cells, line, NAN, &amount) : status;
    status = status == VG_OK ? day_cell(file, 2, cells, line, false, &row.expiry) : status;
    status = status == VG_OK ? day_cell(file, 3, cells, line, false, &row.date) : status;
    struct stock_row *room = status == VG_OK ? add_row(file, sizeof *room) : NULL;
    if (room == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, sizeof row) : status;
    }
    row.amount = (int64_t)floor(amount + 1e-9);
    *room = row;
    return VG_OK;
}

static vg_status take_due(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct due_row row;
    double amount;
    vg_status status = place_cell(file, 0, cells, line, &row.place);
    status = status == VG_OK ? day_cell(file, 1, cells, line, true, &row.date) : status;
    status = status == VG_OK ? number_cell(file, 2, cells, line, NAN, &amount) : status;
    struct due_row *room = status == VG_OK ? add_row(file, sizeof *room) : NULL;
    if (room == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, sizeof row) : status;
    }
    row.amount = (int64_t)ceil(amount - 1e-9);
    *room = row;
    return VG_OK;
}

static vg_status take_limit(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct limit_row row;
    vg_status status = place_cell(file, 0, cells, line, &row.place);
    status = status == VG_OK ? number_cell(file, 1, cells, line, INFINITY, &row.store) : status;
    status = status == VG_OK ? number_cell(file, 2, cells, line, INFINITY, &row.give) : status;
    struct limit_row *room = status == VG_OK ? add_row(file, sizeof *room) : NULL;
    if (room == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, sizeof row) : status;
    }
    *room = row;
    return VG_OK;
}

static vg_status take_way(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct vg_plan_way way = {0};
    double days, capacity;
    vg_status status = place_cell(file, 0, cells, line, &way.from);
    status = status == VG_OK ? place_cell(file, 1, cells, line, &way.to) : status;
    status = status == VG_OK ? number_cell(file, 2, cells, line, 0.0, &days) : status;
    status = status == VG_OK ? number_cell(file, 3, cells, line, 0.0, &way.cost) : status;
    status = status == VG_OK ? number_cell(file, 4, cells, line, AMOUNT_MOST, &capacity) : status;
    if (status == VG_OK && way.from == way.to) {
        status = bad(file, 1, cells, line, "another place than the one it leads from");
    }
    struct vg_plan_way *room = status == VG_OK ? add_row(file, sizeof *room) : NULL;
    if (room == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, sizeof way) : status;
    }
    way.lead_periods = (uint32_t)fmin(ceil(days / file->input->step_days - 1e-9), 1e9);
    way.capacity = capacity >= AMOUNT_MOST ? VG_PLAN_NO_LIMIT : (int64_t)floor(capacity + 1e-9);
    *room = way;
    return VG_OK;
}

/* The ledger's lots of the item, each those of the place with people that they are at or below; else of a store of their facility's name
 * (PLACE/FACILITY where several have it) or their place's code. */
static vg_status read_ledger(const struct vg_doses_request *request, struct file *file, int32_t *as_of)
{
    struct vg_stock_item *items = NULL;
    struct vg_stock_held *held = NULL;
    size_t n_items = 0, n = 0;
    vg_status status = vg_stock_items(request->ledger, file->arena, &items, &n_items, file->error);
    const size_t item = status == VG_OK ? vg_stock_item_find(items, n_items, vg_text_from(request->item == NULL ? "vaccine_dose" : request->item)) : 0;
    if (status == VG_OK && item == n_items) {
        return vg_fail(file->error, VG_NOT_FOUND, "the ledger has no item \"%.80s\"; vigia stock items lists them", request->item);
    }
    status = status == VG_OK ? vg_job_stock_held(request->ledger, request->begin == VG_DATE_NONE ? VG_DATE_NONE : request->begin - 1, items, n_items, file->arena, &held, &n, as_of, file->error) : status;
    uint32_t *whose = status == VG_OK ? VG_ARENA_ARRAY(file->arena, uint32_t, n) : NULL;
    if (whose == NULL) {
        return status == VG_OK ? vg_fail_memory(file->error, n * sizeof *whose) : status;
    }
    status = vg_job_stock_whose(request->ledger, &file->input->places, held, n, file->arena, whose, file->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (held[i].item != item || held[i].usable == 0) {
            continue;
        }
        const uint32_t place = whose[i] != VG_DICTIONARY_NONE ? whose[i] : vg_dictionary_add(&file->input->places, vg_text_from(held[i].store));
        struct stock_row *room = place == VG_DICTIONARY_NONE ? NULL : add_row(file, sizeof *room);
        if (room == NULL) {
            return vg_fail_memory(file->error, sizeof *room);
        }
        *room = (struct stock_row){place, VG_DATE_NONE, held[i].expiry, held[i].usable / VG_STOCK_UNIT};
    }
    return status;
}

/* ------------------------------------------------------------------- arrays */

static int by_day(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The day that makes a lot's class: its last one, or none where that is after the plan. */
static int32_t class_day(const struct doses_input *input, int32_t expiry)
{
    return expiry == VG_DATE_NONE || ((int64_t)expiry - input->begin) / input->step_days >= input->problem.n_periods ? INT32_MAX : expiry;
}

static vg_status find_classes(struct doses_input *input, const struct stock_row *rows, size_t n, struct vg_arena *arena, struct vg_error *error)
{
    int32_t *days = VG_ARENA_ARRAY(arena, int32_t, n + 1);
    size_t kept = 0, classes = 0;
    if (days == NULL) {
        return vg_fail_memory(error, n * sizeof *days);
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].expiry == VG_DATE_NONE || rows[i].expiry >= input->begin) {
            days[kept++] = class_day(input, rows[i].expiry);
        }
    }
    qsort(days, kept, sizeof *days, by_day);
    for (size_t i = 0; i < kept; i++) {
        if (classes == 0 || days[i] != days[classes - 1]) {
            days[classes++] = days[i];
        }
    }
    if (classes == 0) {
        return vg_fail(error, VG_DATA_ERROR, "there are no doses that can be used");
    }
    input->class_day = days;
    input->problem.n_classes = (uint32_t)classes;
    input->class_last = VG_ARENA_ARRAY(arena, uint32_t, classes);
    input->class_part = VG_ARENA_ARRAY(arena, double, classes);
    input->expiry = VG_ARENA_ARRAY(arena, int32_t, classes);
    input->latest = VG_ARENA_ARRAY(arena, int32_t, classes);
    if (arena->failed) {
        return vg_fail_memory(error, classes * 20);
    }
    for (size_t e = 0; e < classes; e++) {
        const int32_t after = days[e] == INT32_MAX ? 0 : days[e] - input->begin;
        input->class_last[e] = days[e] == INT32_MAX ? input->problem.n_periods : (uint32_t)(after / input->step_days);
        input->class_part[e] = days[e] == INT32_MAX ? 1.0 : (double)(after % input->step_days + 1) / input->step_days;
    }
    return VG_OK;
}

static vg_status fill_stocks(struct doses_input *input, const struct stock_row *rows, size_t n, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_doses_problem *problem = &input->problem;
    const size_t cells = (size_t)problem->n_periods * problem->n_classes * problem->n_sites;
    input->comes = VG_ARENA_ARRAY(arena, int64_t, cells);
    if (input->comes == NULL) {
        return vg_fail_memory(error, cells * 8);
    }
    for (size_t e = 0; e < problem->n_classes; e++) {
        input->expiry[e] = VG_DATE_NONE;
        input->latest[e] = INT32_MIN;
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].expiry != VG_DATE_NONE && rows[i].expiry < input->begin) {
            input->expired += rows[i].amount;
            continue;
        }
        const int32_t day = class_day(input, rows[i].expiry);
        const int64_t period = rows[i].date == VG_DATE_NONE || rows[i].date <= input->begin ? 0 : (rows[i].date - input->begin + input->step_days - 1) / input->step_days;
        uint32_t e = 0;
        while (input->class_day[e] != day) {
            e++;
        }
        if (rows[i].expiry != VG_DATE_NONE && (input->expiry[e] == VG_DATE_NONE || rows[i].expiry < input->expiry[e])) {
            input->expiry[e] = rows[i].expiry; /* the first of those that are one class */
        }
        const int32_t end = rows[i].expiry == VG_DATE_NONE ? INT32_MAX : rows[i].expiry;
        input->latest[e] = end > input->latest[e] ? end : input->latest[e];
        if (period < problem->n_periods) {
            input->comes[((size_t)period * problem->n_classes + e) * problem->n_sites + rows[i].place] += rows[i].amount;
        }
    }
    return VG_OK;
}

static vg_status fill_people(struct doses_input *input, const struct person_row *rows, size_t n, const char *path, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_doses_problem *problem = &input->problem;
    /* A group of one name may have another priority elsewhere: a group is its name and priority together. */
    struct vg_dictionary keys;
    vg_dictionary_init(&keys, arena);
    for (size_t i = 0; i < n; i++) {
        const char *key = vg_arena_format(arena, "%.*s\n%u", (int)input->groups.keys[rows[i].group].size, input->groups.keys[rows[i].group].data, rows[i].priority);
        if (key == NULL || vg_dictionary_add(&keys, vg_text_from(key)) == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, 64);
        }
        problem->n_priorities = rows[i].priority + 1 > problem->n_priorities ? rows[i].priority + 1 : problem->n_priorities;
    }
    problem->n_groups = (uint32_t)keys.count;
    input->people = VG_ARENA_ARRAY(arena, int64_t, keys.count * problem->n_sites);
    input->priority = VG_ARENA_ARRAY(arena, uint32_t, keys.count);
    if (input->people == NULL || input->priority == NULL) {
        return vg_fail_memory(error, keys.count * problem->n_sites * 8);
    }
    for (size_t i = 0; i < n; i++) {
        const char *key = vg_arena_format(arena, "%.*s\n%u", (int)input->groups.keys[rows[i].group].size, input->groups.keys[rows[i].group].data, rows[i].priority);
        const uint32_t group = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_find(&keys, vg_text_from(key));
        if (group == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, 64);
        }
        input->people[group * problem->n_sites + rows[i].place] += rows[i].people;
        input->priority[group] = rows[i].priority;
    }
    input->groups = keys;
    return n > 0 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s has no people", path);
}

static void fill_limits(struct doses_input *input, const struct limit_row *limits, size_t n)
{
    for (uint32_t site = 0; site < input->problem.n_sites; site++) {
        input->store[site] = input->give[site] = INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        input->store[limits[i].place] = limits[i].store;
        input->give[limits[i].place] = limits[i].give * input->step_days;
    }
}

static void fill_due(struct doses_input *input, const struct due_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int64_t period = rows[i].date <= input->begin ? 0 : (rows[i].date - input->begin) / input->step_days;
        if (period < input->problem.n_periods) {
            input->due[(size_t)period * input->problem.n_sites + rows[i].place] += rows[i].amount;
        }
    }
}

static int32_t first_date(const struct stock_row *rows, size_t n)
{
    int32_t first = VG_DATE_NONE;
    for (size_t i = 0; i < n; i++) {
        first = rows[i].date != VG_DATE_NONE && (first == VG_DATE_NONE || rows[i].date < first) ? rows[i].date : first;
    }
    return first;
}

static struct file file_of(const char *path, bool new_places, struct vg_arena *arena, struct doses_input *input, struct vg_error *error)
{
    return (struct file){.path = path, .arena = arena, .input = input, .error = error, .new_places = new_places};
}

vg_status doses_read(const struct vg_doses_request *request, struct vg_arena *arena, struct doses_input *input, struct vg_error *error)
{
    static const char *const people_headings[] = {"place|location", "group", "priority", "people|population"}, *const stock_headings[] = {"place|location", "amount|doses|stock", "expiry|expires", "date|arrives"},
                             *const way_headings[] = {"from|source|origin", "to|target|destination", "days|lead_days|lead", "cost", "capacity"}, *const place_headings[] = {"place|location", "store|cold_chain", "per_day"},
                             *const due_headings[] = {"place|location", "date", "amount|doses"};
    struct file people = file_of(request->people_path, true, arena, input, error), stocks = file_of(request->stocks_path, true, arena, input, error), ways = file_of(request->ways_path, false, arena, input, error),
                limits = file_of(request->places_path, false, arena, input, error), due = file_of(request->due_path, false, arena, input, error);
    int32_t as_of = VG_DATE_NONE;
    *input = (struct doses_input){.step_days = (int32_t)request->step_days};
    input->problem.n_periods = (uint32_t)request->periods;
    vg_dictionary_init(&input->places, arena);
    vg_dictionary_init(&input->groups, arena);
    vg_status status = read_file(&people, people_headings, 4, 4, take_person);
    status = status != VG_OK ? status : request->stocks_path == NULL ? read_ledger(request, &stocks, &as_of) : read_file(&stocks, stock_headings, 4, 2, take_stock);
    const struct stock_row *stock_rows = (const struct stock_row *)(const void *)stocks.array;
    input->begin = request->begin != VG_DATE_NONE ? request->begin : as_of != VG_DATE_NONE ? as_of + 1 : first_date(stock_rows, stocks.n);
    if (status == VG_OK && input->begin == VG_DATE_NONE) {
        status = vg_fail(error, VG_USAGE_ERROR, "on which day does the plan begin? --begin DATE, or dates in the file of stocks");
    }
    status = status == VG_OK && request->ways_path != NULL ? read_file(&ways, way_headings, 5, 2, take_way) : status;
    status = status == VG_OK && request->places_path != NULL ? read_file(&limits, place_headings, 3, 1, take_limit) : status;
    status = status == VG_OK && request->due_path != NULL ? read_file(&due, due_headings, 3, 3, take_due) : status;
    if (status != VG_OK) {
        return status;
    }
    struct vg_doses_problem *problem = &input->problem;
    problem->n_sites = (uint32_t)input->places.count;
    input->store = VG_ARENA_ARRAY(arena, double, problem->n_sites);
    input->give = VG_ARENA_ARRAY(arena, double, problem->n_sites);
    input->due = VG_ARENA_ARRAY(arena, int64_t, (size_t)problem->n_periods * problem->n_sites);
    if (arena->failed) {
        return vg_fail_memory(error, problem->n_sites * 16);
    }
    status = find_classes(input, stock_rows, stocks.n, arena, error);
    status = status == VG_OK ? fill_stocks(input, stock_rows, stocks.n, arena, error) : status;
    status = status == VG_OK ? fill_people(input, (const struct person_row *)(const void *)people.array, people.n, request->people_path, arena, error) : status;
    if (status == VG_OK) {
        fill_limits(input, (const struct limit_row *)(const void *)limits.array, limits.n);
        fill_due(input, (const struct due_row *)(const void *)due.array, due.n);
        problem->class_last = input->class_last;
        problem->class_part = input->class_part;
        problem->comes = input->comes;
        problem->people = input->people;
        problem->priority = input->priority;
        const struct vg_plan_way *one_way = (const struct vg_plan_way *)(const void *)ways.array;
        problem->ways = request->two_way ? vg_plan_ways_both(one_way, ways.n, arena) : one_way;
        problem->n_ways = request->two_way ? 2 * ways.n : ways.n;
        problem->store = input->store;
        problem->give = input->give;
        problem->two_doses = request->interval_days > 0;
        problem->interval_periods = problem->two_doses ? (uint32_t)((request->interval_days + request->step_days - 1) / request->step_days) : 1;
        problem->reserve = isnan(request->reserve) ? 1.0 : request->reserve;
        problem->due = input->due;
        problem->fairest = request->fairest;
        problem->two_doses = problem->two_doses || due.n > 0;
    }
    if (status == VG_OK && request->interval_days == 0 && due.n > 0) {
        status = vg_fail(error, VG_USAGE_ERROR, "--due needs --interval DAYS: how long after the first does the second come?");
    }
    return status == VG_OK && arena->failed ? vg_fail_memory(error, ways.n * sizeof(struct vg_plan_way)) : status;
}
