/*
 * The files of a plan as arrays: needs give places, resources, periods and paths; stocks, ways and populations must speak of the same.
 */
#include "jobs/plan/internal.h"

#include "jobs/stock/stock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATHS_MOST 64
#define AMOUNT_MOST 1e12

struct file {
    const struct vg_plan_request *request;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct plan_input *input;
    struct vg_error *error;
    const char *path;
    size_t columns[8];
    size_t n, capacity;
    char *array;
    struct vg_table *copy; /* of the rows that were taken; NULL: none is wanted */
    bool passed_over;      /* the row is of a resource that is not planned */
};

static void *add_row(struct file *file, size_t size)
{
    char *array = vg_arena_room(file->arena, file->array, file->n, &file->capacity, size);
    file->array = array == NULL ? file->array : array;
    return array == NULL ? NULL : array + size * file->n++;
}

typedef vg_status take_row(struct file *file, const struct vg_text *cells, uint64_t line);

/* The first of the "|"-separated headings is the one that a copy has. */
static void begin_copy(struct file *file, const char *const *headings, size_t n_headings)
{
    for (size_t k = 0; file->copy != NULL && k < n_headings; k++) {
        const char *name = vg_arena_copy_bytes(file->arena, headings[k], strcspn(headings[k], "|"));
        vg_table_add_column(file->copy, name == NULL ? "" : name, VG_COLUMN_TEXT);
    }
}

static void copy_row(struct file *file, const struct vg_text *cells, size_t n_headings)
{
    for (size_t k = 0; file->copy != NULL && k < n_headings; k++) {
        vg_table_text_slice(file->copy, vg_reader_cell(cells, file->columns[k]));
    }
}

/* headings: one a column; those behind `n_needed` may be absent. */
static vg_status read_file(const char *path, const char *const *headings, size_t n_headings, size_t n_needed, take_row *take, struct file *file)
{
    vg_status status = job_open_reader(path, file->request->files, file->request->n_files, &file->reader, file->error);
    if (status != VG_OK) {
        return status;
    }
    file->path = path;
    begin_copy(file, headings, n_headings);
    for (size_t k = 0; k < n_headings && status == VG_OK; k++) {
        file->columns[k] = vg_reader_find_column(file->reader, headings[k]);
        if (file->columns[k] == VG_READER_NO_COLUMN && k < n_needed) {
            status = vg_fail(file->error, VG_DATA_ERROR, "%s has no column %s", path, headings[k]);
        }
    }
    struct vg_row_batch batch = {.n_rows = 1};
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(file->reader, &batch, file->error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(file, batch.cells + row * batch.n_columns, batch.lines[row]);
            if (!file->passed_over) {
                copy_row(file, batch.cells + row * batch.n_columns, n_headings);
            }
            file->passed_over = false;
        }
    }
    vg_reader_close(file->reader);
    return status;
}

/* ---------------------------------------------------------------------- cells */

static vg_status number_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, double missing, double *number)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *number = missing;
    if (cell.size == 0 && !isnan(missing)) {
        return VG_OK;
    }
    return vg_parse_double(cell, '.', number) && *number >= 0.0 && *number <= AMOUNT_MOST
        ? VG_OK
        : vg_reader_bad_cell(file->reader, line, file->columns[column], cell, "a number of at least 0 (and at most 1e12)", file->error);
}

/* A date, or a whole number of days: what the needs' first row has. */
static vg_status day_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, int32_t *day)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    int64_t number = 0;
    *day = VG_DATE_NONE;
    struct plan_input *input = file->input;
    const bool dated = cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), day), whole = !dated && vg_parse_integer(cell, &number) && number >= 0 && number <= 100000;
    if ((!dated && !whole) || (input->days_known && input->numbered != whole)) {
        return vg_reader_bad_cell(file->reader, line, file->columns[column], cell,
                                  !input->days_known  ? "a date as 2021-03-01, or a whole number of days,"
                                      : input->numbered ? "a whole number of days, as in the needs,"
                                                        : "a date as 2021-03-01, as in the needs,",
                                  file->error);
    }
    input->days_known = true;
    input->numbered = whole;
    *day = dated ? *day : (int32_t)number;
    return VG_OK;
}

static vg_status known_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, const struct vg_dictionary *names, const char *expected, uint32_t *index)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    *index = vg_dictionary_find(names, cell);
    return *index != VG_DICTIONARY_NONE ? VG_OK : vg_reader_bad_cell(file->reader, line, file->columns[column], cell, expected, file->error);
}

static vg_status named_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, struct vg_dictionary *names, const char *expected, uint32_t *index)
{
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    if (cell.size == 0) {
        return vg_reader_bad_cell(file->reader, line, file->columns[column], cell, expected, file->error);
    }
    *index = vg_dictionary_add(names, cell);
    return *index != VG_DICTIONARY_NONE ? VG_OK : vg_fail_memory(file->error, cell.size);
}

/* What is said first of a resource holds: cubic metres and cylinders do not add up. */
static vg_status unit_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, uint32_t resource)
{
    struct plan_input *input = file->input;
    const struct vg_text cell = vg_reader_cell(cells, file->columns[column]);
    struct plan_unit *units = vg_arena_room(file->arena, input->units, resource, &input->unit_room, sizeof *units);
    if (units == NULL) {
        return vg_fail_memory(file->error, sizeof *units);
    }
    input->units = units;
    struct plan_unit *unit = &units[resource];
    if (cell.size == 0 || (unit->name.size > 0 && vg_text_fold_equal(cell, unit->name))) {
        return VG_OK;
    }
    if (unit->name.size > 0) {
        const char *expected = vg_arena_format(file->arena, "\"%.*s\", as line %llu of %s has it,", (int)unit->name.size, unit->name.data, (unsigned long long)unit->line, unit->path);
        return expected == NULL ? vg_fail_memory(file->error, 64) : vg_reader_bad_cell(file->reader, line, file->columns[column], cell, expected, file->error);
    }
    const char *copy = vg_arena_copy_bytes(file->arena, cell.data, cell.size);
    *unit = (struct plan_unit){vg_text_of(copy == NULL ? "" : copy, copy == NULL ? 0 : cell.size), file->path, line};
    return copy == NULL ? vg_fail_memory(file->error, cell.size) : VG_OK;
}

/* ---------------------------------------------------------------------- needs */

struct need {
    uint32_t place, resource, path;
    int32_t day;
    double amount, probability;
    uint64_t line;
};

/* Whether the row is of a resource that is not asked for. */
static bool pass_over(struct file *file, const struct vg_text *cells)
{
    const struct vg_text resource = vg_reader_cell(cells, file->columns[1]);
    file->passed_over = file->request->n_only > 0;
    for (size_t k = 0; file->passed_over && k < file->request->n_only; k++) {
        file->passed_over = !vg_text_equals(resource, file->request->only[k]);
    }
    file->passed_over = file->passed_over && !plan_serves_asked(file->request, resource);
    if (file->passed_over) {
        (void)vg_dictionary_add(&file->input->others, vg_reader_cell(cells, file->columns[0]));
    }
    return file->passed_over;
}

static vg_status take_need(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    struct need need = {.line = line};
    if (pass_over(file, cells)) {
        return VG_OK;
    }
    const struct vg_text path = vg_reader_cell(cells, file->columns[4]);
    vg_status status = named_cell(file, 0, cells, line, &input->places, "the name of a place", &need.place);
    status = status != VG_OK ? status : named_cell(file, 1, cells, line, &input->resources, "the name of a resource", &need.resource);
    status = status != VG_OK ? status : day_cell(file, 2, cells, line, &need.day);
    status = status != VG_OK ? status : number_cell(file, 3, cells, line, NAN, &need.amount);
    status = status != VG_OK ? status : number_cell(file, 5, cells, line, 0.0, &need.probability);
    status = status != VG_OK ? status : unit_cell(file, 6, cells, line, need.resource);
    if (status != VG_OK) {
        return status;
    }
    need.path = vg_dictionary_add(&input->paths, path.size == 0 ? vg_text_from("1") : path);
    struct need *row = add_row(file, sizeof *row);
    if (row == NULL || need.path == VG_DICTIONARY_NONE) {
        return vg_fail_memory(file->error, sizeof need);
    }
    if (need.path >= PATHS_MOST) {
        return vg_reader_bad_cell(file->reader, line, file->columns[4], path, "one of at most 64 paths (thin them first)", file->error);
    }
    *row = need;
    return VG_OK;
}

static int by_day(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static vg_status find_periods(const char *path, const struct need *needs, size_t n, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    int32_t *days = VG_ARENA_ARRAY(arena, int32_t, n + 1);
    size_t kept = 0;
    if (days == NULL) {
        return vg_fail_memory(error, n * sizeof *days);
    }
    for (size_t k = 0; k < n; k++) {
        days[k] = needs[k].day;
    }
    qsort(days, n, sizeof *days, by_day);
    for (size_t k = 0; k < n; k++) {
        if (kept == 0 || days[k] != days[kept - 1]) {
            days[kept++] = days[k];
        }
    }
    input->dates = days;
    input->problem.n_periods = (uint32_t)kept;
    input->step_days = kept > 1 ? days[1] - days[0] : 7;
    for (size_t k = 2; k < kept; k++) {
        if (days[k] - days[k - 1] != input->step_days) {
            return vg_fail(error, VG_DATA_ERROR, "%s: the dates of needs must be evenly apart; the first two are %d days apart, two later ones %d", path, (int)input->step_days,
                           (int)(days[k] - days[k - 1]));
        }
    }
    return VG_OK;
}

/* Probabilities given with the paths, or the same for each. */
static vg_status find_probabilities(const char *path, const struct need *needs, size_t n, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    const size_t paths = input->paths.count;
    double *probability = VG_ARENA_ARRAY(arena, double, paths), sum = 0.0;
    if (probability == NULL) {
        return vg_fail_memory(error, paths * sizeof *probability);
    }
    for (size_t k = 0; k < n; k++) {
        probability[needs[k].path] = needs[k].probability;
    }
    for (size_t k = 0; k < n; k++) {
        if (fabs(probability[needs[k].path] - needs[k].probability) > 1e-12) {
            return vg_fail(error, VG_DATA_ERROR, "%s: line %llu: the probability of its path is another than before", path, (unsigned long long)needs[k].line);
        }
    }
    for (size_t k = 0; k < paths; k++) {
        sum += probability[k];
    }
    if (sum > 0.0 && fabs(sum - 1.0) > 0.01) {
        return vg_fail(error, VG_DATA_ERROR, "%s: the probabilities of the paths sum to %g, not to 1", path, sum);
    }
    for (size_t k = 0; k < paths; k++) {
        probability[k] = sum > 0.0 ? probability[k] / sum : 1.0 / (double)paths;
        if (probability[k] <= 0.0) {
            return vg_fail(error, VG_DATA_ERROR, "%s: path %.*s has no probability, but others have", path, (int)input->paths.keys[k].size, input->paths.keys[k].data);
        }
    }
    input->problem.path_probability = probability;
    input->problem.n_paths = (uint32_t)paths;
    return VG_OK;
}

static vg_status fill_needs(const char *path, const struct need *needs, size_t n, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    const size_t cells = (size_t)input->problem.n_sites * input->problem.n_periods, rows = cells * input->problem.n_paths;
    input->resource = VG_ARENA_ARRAY(arena, struct vg_plan_resource, input->resources.count);
    input->amounts = VG_ARENA_ARRAY(arena, struct plan_amounts, input->resources.count);
    input->weight = VG_ARENA_ARRAY(arena, double, input->resources.count);
    input->size = VG_ARENA_ARRAY(arena, double, input->resources.count);
    for (uint32_t r = 0; !arena->failed && r < input->resources.count; r++) {
        const struct vg_text name = input->resources.keys[r];
        struct plan_amounts *amounts = &input->amounts[r];
        input->weight[r] = input->size[r] = NAN;
        *amounts = (struct plan_amounts){.demand = VG_ARENA_ARRAY(arena, int64_t, rows), .stock = VG_ARENA_ARRAY(arena, int64_t, input->problem.n_sites), .keep = VG_ARENA_ARRAY(arena, int64_t, input->problem.n_sites),
                                         .arrivals = VG_ARENA_ARRAY(arena, int64_t, cells)};
        input->resource[r] = (struct vg_plan_resource){.name = vg_arena_copy_bytes(arena, name.data, name.size), .demand = amounts->demand, .stock = amounts->stock,
                                                       .keep = amounts->keep, .arrivals = amounts->arrivals};
    }
    uint8_t *there = VG_ARENA_ARRAY(arena, uint8_t, rows * input->resources.count);
    if (arena->failed) {
        return vg_fail_memory(error, rows * 8);
    }
    for (size_t k = 0; k < n; k++) {
        const uint32_t period = (uint32_t)((needs[k].day - input->dates[0]) / input->step_days);
        const size_t at = needs[k].path * cells + period * (size_t)input->problem.n_sites + needs[k].place;
        if (there[needs[k].resource * rows + at]++) {
            return vg_fail(error, VG_DATA_ERROR, "%s: line %llu: the need of this place, resource, date and path was given before", path, (unsigned long long)needs[k].line);
        }
        input->amounts[needs[k].resource].demand[at] = (int64_t)ceil(needs[k].amount - 1e-9); /* part of a ventilator is one */
    }
    return VG_OK;
}

/* -------------------------------------------------------------- what is there */

struct stock {
    uint32_t place, resource;
    int32_t day;
    double amount, minimum;
};

static vg_status take_stock(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    uint32_t place, resource;
    double amount, minimum;
    int32_t day = input->dates[0];
    if (pass_over(file, cells)) {
        return VG_OK;
    }
    vg_status status = known_cell(file, 1, cells, line, &input->resources, "a resource that is needed somewhere", &resource);
    status = status != VG_OK ? status : named_cell(file, 0, cells, line, &input->places, "the name of a place", &place);
    status = status != VG_OK ? status : number_cell(file, 2, cells, line, NAN, &amount);
    status = status != VG_OK ? status : number_cell(file, 4, cells, line, 0.0, &minimum);
    status = status != VG_OK ? status : unit_cell(file, 5, cells, line, resource);
    if (status == VG_OK && vg_reader_cell(cells, file->columns[3]).size > 0) {
        status = day_cell(file, 3, cells, line, &day);
    }
    if (status == VG_OK && minimum > 0.0 && day > input->dates[0]) {
        status = vg_reader_bad_cell(file->reader, line, file->columns[4], vg_reader_cell(cells, file->columns[4]), "nothing: a minimum is of what is there at the beginning, and this row arrives later;", file->error);
    }
    if (status != VG_OK) {
        return status;
    }
    struct stock *row = add_row(file, sizeof *row);
    if (row == NULL) {
        return vg_fail_memory(file->error, sizeof *row);
    }
    *row = (struct stock){place, resource, day, amount, minimum};
    return VG_OK;
}

/*
 * The ledger's stocks, each that of the needing place which it is of, or below; else of a store of its facility's name (PLACE/FACILITY where several have it), or its
 * place's code, so that ways can name it. What is on its way arrives on its day.
 */
static vg_status read_ledger(struct vg_store *ledger, struct file *file, const struct vg_stock_item *items, size_t n_items)
{
    struct plan_input *input = file->input;
    struct vg_stock_held *held = NULL;
    size_t n = 0;
    if (file->copy != NULL) {
        vg_table_add_column(file->copy, "place", VG_COLUMN_TEXT);
        vg_table_add_column(file->copy, "resource", VG_COLUMN_TEXT);
        vg_table_add_column(file->copy, "amount", VG_COLUMN_DOUBLE);
        vg_table_add_column(file->copy, "date", VG_COLUMN_DATE);
    }
    vg_status status = input->numbered ? vg_job_stock_held(ledger, VG_DATE_NONE, items, n_items, file->arena, &held, &n, &input->ledger_day, file->error)
                                       : vg_job_stock_held_and_coming(ledger, input->dates[0], items, n_items, file->arena, &held, &n, &input->ledger_day, file->error);
    uint32_t *whose = status == VG_OK ? VG_ARENA_ARRAY(file->arena, uint32_t, n) : NULL;
    if (status != VG_OK || whose == NULL) {
        return status != VG_OK ? status : vg_fail_memory(file->error, n * sizeof *whose);
    }
    status = vg_job_stock_whose(ledger, &input->places, held, n, file->arena, whose, file->error);
    for (size_t i = 0; status == VG_OK && file->request->n_only > 0 && i < n; i++) {
        (void)vg_dictionary_add(&input->others, vg_text_from(held[i].store));
    }
    for (uint32_t resource = 0; status == VG_OK && resource < input->resources.count; resource++) {
        const size_t item = vg_stock_item_find(items, n_items, input->resources.keys[resource]);
        if (plan_bundle_of(input, resource) != NULL) {
            continue; /* what its members serve */
        }
        if (item == n_items) {
            return vg_fail(file->error, VG_DATA_ERROR, "the ledger has no item \"%.*s\"; vigia stock items lists them", (int)input->resources.keys[resource].size, input->resources.keys[resource].data);
        }
        for (size_t i = 0; status == VG_OK && i < n; i++) {
            if (held[i].item != item) {
                continue; /* a store that has run empty stays a place: ways lead from there */
            }
            const uint32_t place = whose[i] != VG_DICTIONARY_NONE ? whose[i] : vg_dictionary_add(&input->places, vg_text_from(held[i].store));
            struct stock *row = place == VG_DICTIONARY_NONE ? NULL : add_row(file, sizeof *row);
            if (row == NULL) {
                return vg_fail_memory(file->error, sizeof *row);
            }
            *row = (struct stock){place, resource, held[i].due == VG_DATE_NONE ? input->dates[0] : held[i].due, vg_stock_units(held[i].usable), 0.0};
            if (file->copy != NULL) {
                vg_table_text_slice(file->copy, input->places.keys[place]);
                vg_table_text_slice(file->copy, input->resources.keys[resource]);
                vg_table_double(file->copy, row->amount);
                vg_table_date(file->copy, held[i].due);
            }
        }
    }
    return status;
}

/* Whole units: what is there is never more than was said. Several rows of a place add up. */
static void fill_stocks(const struct stock *stocks, size_t n, struct plan_input *input)
{
    const uint32_t sites = input->problem.n_sites;
    for (size_t k = 0; k < n; k++) {
        const struct stock *s = &stocks[k];
        const int64_t amount = (int64_t)floor(s->amount + 1e-9);
        if (s->day <= input->dates[0]) {
            input->amounts[s->resource].stock[s->place] += amount;
            input->amounts[s->resource].keep[s->place] += (int64_t)ceil(s->minimum - 1e-9);
        } else {
            const int64_t period = (s->day - input->dates[0] + input->step_days - 1) / input->step_days;
            if (period < input->problem.n_periods) { /* later than the plan looks: of no use to it */
                input->amounts[s->resource].arrivals[(size_t)period * sites + s->place] += amount;
            }
        }
    }
}

/* Of resources that are planned alone: a way or truck of a store that has none of them is of no use here. A place that nobody named is a slip, where all places are named. */
static bool leads_nowhere(struct file *file, const struct vg_text *cells, size_t from, size_t to)
{
    const struct vg_text ends[] = {vg_reader_cell(cells, file->columns[from]), vg_reader_cell(cells, file->columns[to])};
    for (size_t k = 0; file->request->n_only > 0 && k < 2; k++) {
        const bool here = ends[k].size == 0 || vg_dictionary_find(&file->input->places, ends[k]) != VG_DICTIONARY_NONE, known = here || vg_dictionary_find(&file->input->others, ends[k]) != VG_DICTIONARY_NONE;
        if (!known && !file->request->some_places) {
            file->passed_over = false;
            break; /* what reads the row says that nobody knows it */
        }
        file->passed_over = file->passed_over || !here;
    }
    return file->passed_over;
}

static vg_status take_way(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    uint32_t from, to;
    double days, cost, capacity;
    if (leads_nowhere(file, cells, 0, 1)) {
        return VG_OK;
    }
    vg_status status = known_cell(file, 0, cells, line, &input->places, "a place with needs or stocks", &from);
    status = status != VG_OK ? status : known_cell(file, 1, cells, line, &input->places, "a place with needs or stocks", &to);
    status = status != VG_OK ? status : number_cell(file, 2, cells, line, 0.0, &days);
    status = status != VG_OK ? status : number_cell(file, 3, cells, line, 0.0, &cost);
    status = status != VG_OK ? status : number_cell(file, 4, cells, line, AMOUNT_MOST, &capacity);
    if (status == VG_OK && from == to) {
        status = vg_reader_bad_cell(file->reader, line, file->columns[1], vg_reader_cell(cells, file->columns[1]), "another place than the one it leads from", file->error);
    }
    struct vg_plan_way *way = status == VG_OK ? add_row(file, sizeof *way) : NULL;
    if (way == NULL) {
        return status != VG_OK ? status : vg_fail_memory(file->error, sizeof *way);
    }
    *way = (struct vg_plan_way){from, to, (uint32_t)fmin(ceil(days / input->step_days - 1e-9), 1e9), cost, capacity >= AMOUNT_MOST ? VG_PLAN_NO_LIMIT : (int64_t)floor(capacity + 1e-9)};
    return VG_OK;
}

static vg_status take_must(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    uint32_t place, resource;
    int32_t day;
    double amount;
    if (pass_over(file, cells)) {
        return VG_OK;
    }
    vg_status status = known_cell(file, 0, cells, line, &input->places, "a place with needs or stocks", &place);
    status = status != VG_OK ? status : known_cell(file, 1, cells, line, &input->resources, "a resource that is needed somewhere", &resource);
    status = status != VG_OK ? status : day_cell(file, 2, cells, line, &day);
    status = status != VG_OK ? status : number_cell(file, 3, cells, line, NAN, &amount);
    status = status != VG_OK ? status : unit_cell(file, 4, cells, line, resource);
    if (status != VG_OK) {
        return status;
    }
    const int64_t period = day < input->dates[0] ? -1 : (day - input->dates[0]) / input->step_days;
    if (period < 0 || period >= input->problem.n_periods) {
        return vg_reader_bad_cell(file->reader, line, file->columns[2], vg_reader_cell(cells, file->columns[2]), "a date within those of the needs", file->error);
    }
    struct plan_amounts *amounts = &input->amounts[resource];
    if (amounts->must == NULL) {
        amounts->must = VG_ARENA_ARRAY(file->arena, int64_t, (size_t)input->problem.n_sites * input->problem.n_periods);
        input->resource[resource].must = amounts->must;
    }
    if (amounts->must == NULL) {
        return vg_fail_memory(file->error, input->problem.n_sites * 8);
    }
    int64_t *must = &amounts->must[(size_t)period * input->problem.n_sites + place];
    const int64_t asked = (int64_t)ceil(amount - 1e-9);
    *must = asked > *must ? asked : *must;
    return VG_OK;
}

/* What a place is to keep must be there: a minimum above the stock is a slip in one of the two. */
static vg_status check_minimums(const struct vg_plan_request *request, const struct plan_input *input, struct vg_error *error)
{
    for (uint32_t r = 0; r < input->resources.count; r++) {
        for (uint32_t site = 0; site < input->problem.n_sites; site++) {
            const struct plan_amounts *amounts = &input->amounts[r];
            const struct vg_text name = input->places.keys[site];
            if (amounts->keep[site] > amounts->stock[site]) {
                return vg_fail(error, VG_DATA_ERROR, "%s: %.*s is to keep %lld %s, but has %lld", request->stocks_path, (int)name.size, name.data, (long long)amounts->keep[site], input->resource[r].name,
                               (long long)amounts->stock[site]);
            }
        }
    }
    return VG_OK;
}

static vg_status take_resource(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    const struct vg_text kind = vg_reader_cell(cells, file->columns[1]);
    const uint32_t index = vg_dictionary_find(&input->resources, vg_reader_cell(cells, file->columns[0]));
    if (index == VG_DICTIONARY_NONE) {
        return VG_OK; /* nobody needs it here */
    }
    const bool reusable = vg_text_fold_equal(kind, vg_text_from("reusable"));
    if (!reusable && !vg_text_fold_equal(kind, vg_text_from("consumable"))) {
        return vg_reader_bad_cell(file->reader, line, file->columns[1], kind, "reusable or consumable", file->error);
    }
    for (size_t k = 0; k < file->n; k++) {
        if (((const uint32_t *)(const void *)file->array)[k] == index && input->resource[index].reusable != reusable) {
            return vg_reader_bad_cell(file->reader, line, file->columns[1], kind, "the same kind as in the line before that names it", file->error);
        }
    }
    vg_status status = unit_cell(file, 2, cells, line, index);
    for (int k = 0; status == VG_OK && k < 2; k++) {
        if (vg_reader_cell(cells, file->columns[3 + k]).size > 0) {
            status = number_cell(file, (size_t)(3 + k), cells, line, NAN, k == 0 ? &input->weight[index] : &input->size[index]);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    input->resource[index].reusable = reusable;
    uint32_t *known = add_row(file, sizeof *known);
    if (known == NULL) {
        return vg_fail_memory(file->error, sizeof *known);
    }
    *known = index;
    return VG_OK;
}

static vg_status take_population(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct plan_input *input = file->input;
    const struct vg_text group = vg_reader_cell(cells, file->columns[2]);
    const uint32_t place = vg_dictionary_find(&input->places, vg_reader_cell(cells, file->columns[0]));
    double population;
    vg_status status = number_cell(file, 1, cells, line, NAN, &population);
    if (status != VG_OK || place == VG_DICTIONARY_NONE) {
        return status;
    }
    input->population[place] = population;
    input->group[place] = group.size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_add(&input->groups, group);
    return VG_OK;
}

/* ------------------------------------------------------------------ all files */

static struct file file_of(const struct vg_plan_request *request, enum plan_file which, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    return (struct file){.request = request, .arena = arena, .input = input, .error = error, .copy = input->copies == NULL ? NULL : &input->copies[which]};
}

static vg_status read_kinds(const struct vg_plan_request *request, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    static const char *const headings[] = {"resource|name", "kind", "unit|units", "weight", "size|volume"};
    struct file file = file_of(request, PLAN_RESOURCES, arena, input, error);
    file.copy = NULL; /* what is kept of kinds is what was found of all */
    vg_status status = request->resources_path == NULL ? VG_OK : read_file(request->resources_path, headings, 5, 2, take_resource, &file);
    for (uint32_t r = 0; status == VG_OK && r < input->resources.count; r++) {
        const size_t item = vg_stock_item_find(items, n_items, input->resources.keys[r]);
        const struct plan_unit *unit = r < input->unit_room ? &input->units[r] : NULL;
        if (item < n_items && unit != NULL && unit->name.size > 0 && !vg_text_fold_equal(unit->name, vg_text_from(items[item].unit))) {
            return vg_fail(error, VG_DATA_ERROR, "%s, line %llu: %s is counted in \"%.*s\", the ledger has it in \"%s\"", unit->path, (unsigned long long)unit->line, input->resource[r].name, (int)unit->name.size, unit->name.data,
                           items[item].unit);
        }
        bool known = plan_bundle_of(input, r) != NULL;
        input->resource[r].reusable = known || input->resource[r].reusable;
        for (size_t k = 0; k < file.n; k++) {
            known = known || ((const uint32_t *)(const void *)file.array)[k] == r;
        }
        if (!known && item < n_items) { /* the ledger knows */
            input->resource[r].reusable = items[item].reusable;
            known = true;
        }
        if (!known) {
            status = vg_fail(error, VG_DATA_ERROR, "say of \"%s\" whether it serves again (reusable, as a ventilator) or is used up (consumable, as a dose): --resources FILE with columns resource and kind",
                             input->resource[r].name);
        }
    }
    return status;
}

static vg_status read_ways(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    static const char *const headings[] = {"from|source|origin", "to|target|destination", "days|lead_days|lead", "cost", "capacity"};
    struct file file = file_of(request, PLAN_WAYS, arena, input, error);
    vg_status status = request->ways_path == NULL ? VG_OK : read_file(request->ways_path, headings, 5, 2, take_way, &file);
    const struct vg_plan_way *one_way = (const struct vg_plan_way *)(const void *)file.array;
    input->problem.ways = request->two_way ? vg_plan_ways_both(one_way, file.n, arena) : one_way;
    input->problem.n_ways = request->two_way ? 2 * file.n : file.n;
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 2 * file.n * sizeof *one_way) : status;
}

static vg_status take_truck(struct file *file, const struct vg_text *cells, uint64_t line)
{
    const struct plan_input *input = file->input;
    struct plan_truck truck = {.to = VG_DICTIONARY_NONE, .period = -1};
    int32_t day = 0;
    bool there = false;
    if (leads_nowhere(file, cells, 0, 2)) {
        return VG_OK;
    }
    vg_status status = known_cell(file, 0, cells, line, &input->places, "a place with needs or stocks", &truck.from);
    if (status == VG_OK && vg_reader_cell(cells, file->columns[2]).size > 0) {
        status = known_cell(file, 2, cells, line, &input->places, "a place with needs or stocks", &truck.to);
    }
    status = status != VG_OK ? status : number_cell(file, 1, cells, line, NAN, &truck.capacity);
    if (status == VG_OK && vg_reader_cell(cells, file->columns[3]).size > 0) {
        status = day_cell(file, 3, cells, line, &day);
        truck.period = day < input->dates[0] ? -1 : (day - input->dates[0]) / input->step_days;
        if (status == VG_OK && (truck.period < 0 || truck.period >= input->problem.n_periods)) {
            status = vg_reader_bad_cell(file->reader, line, file->columns[3], vg_reader_cell(cells, file->columns[3]), "a date within those of the needs", file->error);
        }
    }
    for (size_t way = 0; status == VG_OK && way < input->problem.n_ways; way++) {
        there = there || (input->problem.ways[way].from == truck.from && (truck.to == VG_DICTIONARY_NONE || input->problem.ways[way].to == truck.to));
    }
    if (status == VG_OK && !there && file->request->n_only > 0) { /* its ways were passed over */
        file->passed_over = true;
        return VG_OK;
    }
    if (status == VG_OK && !there) {
        const size_t column = truck.to == VG_DICTIONARY_NONE ? 0 : 2;
        status = vg_reader_bad_cell(file->reader, line, file->columns[column], vg_reader_cell(cells, file->columns[column]), column == 0 ? "a place that a way leads from" : "a place that a way leads to from there", file->error);
    }
    struct plan_truck *row = status == VG_OK ? add_row(file, sizeof *row) : NULL;
    if (row == NULL) {
        return status != VG_OK ? status : vg_fail_memory(file->error, sizeof *row);
    }
    *row = truck;
    return VG_OK;
}

static vg_status read_trucks(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    static const char *const headings[] = {"from|source|origin|place", "capacity", "to|target|destination", "date|day"};
    struct file file = file_of(request, PLAN_TRUCKS, arena, input, error);
    vg_status status = request->trucks_path == NULL ? VG_OK : read_file(request->trucks_path, headings, 4, 2, take_truck, &file);
    input->trucks = (struct plan_truck *)(void *)file.array;
    input->n_trucks = file.n;
    return status;
}

static vg_status read_population(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    static const char *const headings[] = {"place|location", "population", "group"};
    struct file file = file_of(request, PLAN_POPULATION, arena, input, error);
    if (request->population_path == NULL) {
        return VG_OK;
    }
    input->population = VG_ARENA_ARRAY(arena, double, input->problem.n_sites);
    input->group = VG_ARENA_ARRAY(arena, uint32_t, input->problem.n_sites);
    if (arena->failed) {
        return vg_fail_memory(error, input->problem.n_sites * 12);
    }
    for (uint32_t site = 0; site < input->problem.n_sites; site++) {
        input->population[site] = NAN;
        input->group[site] = VG_DICTIONARY_NONE;
    }
    return read_file(request->population_path, headings, 3, 2, take_population, &file);
}

/* A needing place of which the population is not known would get nothing per head, and make that rule look worse than it is. */
static vg_status check_population(const struct vg_plan_request *request, const struct need *needs, size_t n_needs, const struct plan_input *input, struct vg_error *error)
{
    for (size_t k = 0; k < n_needs && input->population != NULL; k++) {
        const struct vg_text name = input->places.keys[needs[k].place];
        if (isnan(input->population[needs[k].place])) {
            return vg_fail(error, VG_DATA_ERROR, "%s does not say how many people live in \"%.*s\", where something is needed", request->population_path, (int)name.size, name.data);
        }
    }
    return VG_OK;
}

/* A name written otherwise than in the needs would be a store that nobody can reach, and its stock lost to the plan without a word. */
static vg_status check_reach(const struct vg_plan_request *request, const struct stock *stocks, size_t n_stocks, const struct need *needs, size_t n_needs, struct vg_arena *arena,
                             const struct plan_input *input, struct vg_error *error)
{
    bool *known = VG_ARENA_ARRAY(arena, bool, input->problem.n_sites);
    if (known == NULL) {
        return vg_fail_memory(error, input->problem.n_sites);
    }
    for (size_t k = 0; k < n_needs; k++) {
        known[needs[k].place] = true;
    }
    for (size_t k = 0; k < input->problem.n_ways; k++) {
        known[input->problem.ways[k].from] = true;
    }
    for (size_t k = 0; k < n_stocks && input->problem.n_ways > 0; k++) {
        if (!known[stocks[k].place] && stocks[k].amount > 0.0) {
            const struct vg_text name = input->places.keys[stocks[k].place];
            return vg_fail(error, VG_DATA_ERROR, "%s: nobody needs anything in \"%.*s\", and no way leads from there: is the place written otherwise elsewhere?", request->stocks_path, (int)name.size, name.data);
        }
    }
    return VG_OK;
}

static void copy_kinds(struct plan_input *input)
{
    struct vg_table *copy = &input->copies[PLAN_RESOURCES];
    vg_table_add_column(copy, "resource", VG_COLUMN_TEXT);
    vg_table_add_column(copy, "kind", VG_COLUMN_TEXT);
    vg_table_add_column(copy, "weight", VG_COLUMN_DOUBLE);
    vg_table_add_column(copy, "size", VG_COLUMN_DOUBLE);
    for (uint32_t r = 0; r < input->resources.count; r++) {
        vg_table_text_slice(copy, input->resources.keys[r]);
        vg_table_text(copy, input->resource[r].reusable ? "reusable" : "consumable");
        vg_table_double(copy, input->weight[r]);
        vg_table_double(copy, input->size[r]);
    }
}

vg_status plan_read_files(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    static const char *const need_headings[] = {"place|location", "resource", "date|target_end_date|day", "amount|need|demand|value", "path|sample|output_type_id", "probability", "unit|units"};
    static const char *const stock_headings[] = {"place|location", "resource", "amount|stock|value", "date|arrives", "minimum|keep|reserve", "unit|units"};
    struct file needs = file_of(request, PLAN_NEEDS, arena, input, error), stocks = file_of(request, PLAN_STOCKS, arena, input, error);
    struct vg_stock_item *items = NULL;
    size_t n_items = 0;
    const bool by_ledger = request->stocks_path == NULL;
    vg_dictionary_init(&input->places, arena);
    vg_dictionary_init(&input->resources, arena);
    vg_dictionary_init(&input->paths, arena);
    vg_dictionary_init(&input->groups, arena);
    vg_dictionary_init(&input->others, arena);
    for (size_t k = 0; request->known != NULL && k < request->known->count; k++) {
        (void)vg_dictionary_add(&input->others, request->known->keys[k]);
    }
    input->ledger_day = VG_DATE_NONE;
    vg_status status = read_file(request->needs_path, need_headings, 7, 4, take_need, &needs);
    if (status == VG_OK && needs.n == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "%s has no needs", request->needs_path);
    }
    const struct need *rows = (const struct need *)(const void *)needs.array;
    status = status != VG_OK ? status : plan_read_together(request, arena, input, error);
    status = status != VG_OK ? status : find_periods(request->needs_path, rows, needs.n, arena, input, error);
    status = status != VG_OK ? status : find_probabilities(request->needs_path, rows, needs.n, arena, input, error);
    if (status == VG_OK && by_ledger) {
        status = vg_stock_items(request->ledger, arena, &items, &n_items, error);
        status = status != VG_OK ? status : read_ledger(request->ledger, &stocks, items, n_items);
    } else if (status == VG_OK) {
        status = read_file(request->stocks_path, stock_headings, 6, 3, take_stock, &stocks);
    }
    input->problem.n_sites = (uint32_t)input->places.count; /* stores have stocks and no needs */
    status = status != VG_OK ? status : fill_needs(request->needs_path, rows, needs.n, arena, input, error);
    if (status == VG_OK) {
        fill_stocks((const struct stock *)(const void *)stocks.array, stocks.n, input);
    }
    status = status != VG_OK ? status : check_minimums(request, input, error);
    if (status == VG_OK && request->must_path != NULL) {
        static const char *const must_headings[] = {"place|location", "resource", "date|day", "amount|must|value", "unit|units"};
        struct file must = file_of(request, PLAN_MUST, arena, input, error);
        status = read_file(request->must_path, must_headings, 5, 4, take_must, &must);
    }
    status = status != VG_OK ? status : read_kinds(request, items, n_items, arena, input, error);
    status = status != VG_OK ? status : plan_check_together(input, error);
    if (status == VG_OK && input->copies != NULL) {
        copy_kinds(input);
    }
    status = status != VG_OK ? status : read_ways(request, arena, input, error);
    status = status != VG_OK ? status : read_trucks(request, arena, input, error);
    status = status != VG_OK || by_ledger || request->read_before ? status : check_reach(request, (const struct stock *)(const void *)stocks.array, stocks.n, rows, needs.n, arena, input, error);
    status = status != VG_OK ? status : read_population(request, arena, input, error);
    return status != VG_OK ? status : check_population(request, rows, needs.n, input, error);
}
