/*
 * The tables of an offer as rows, whoever wrote them: a node's own files before they are signed, or a partner's after.
 */
#include "jobs/offer/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 7

struct reading {
    struct offer_rows *rows;
    struct vg_reader *reader;
    size_t columns[COLUMNS];
    const struct vg_text *cells;
    uint64_t line;
};
typedef vg_status take_row(struct reading *reading);

vg_status offer_rows_init(struct offer_rows *rows, const char *node, const struct vg_stock_item *items, size_t n_items, struct vg_arena *arena, struct vg_error *error)
{
    *rows = (struct offer_rows){.node = node, .items = items, .n_items = n_items, .arena = arena, .error = error, .first = VG_DATE_NONE, .last = VG_DATE_NONE};
    vg_dictionary_init(&rows->places, arena);
    vg_dictionary_init(&rows->words, arena);
    vg_dictionary_init(&rows->resources, arena);
    vg_dictionary_init(&rows->paths, arena);
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* A compressed part would be unpacked to more than a bundle may hold. */
static bool is_plain(struct vg_text text)
{
    static const char *const starts[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd", "PK\x03\x04", "PK\x05\x06"};
    bool plain = true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        plain = plain && (text.size < strlen(starts[i]) || memcmp(text.data, starts[i], strlen(starts[i])) != 0);
    }
    return plain;
}

/* Those behind n_needed may be absent. */
static vg_status read_table(struct offer_rows *rows, const struct offer_source *source, const char *const *headings, size_t n_headings, size_t n_needed, take_row *take)
{
    struct reading reading = {.rows = rows};
    struct vg_row_batch batch = {.n_rows = 1};
    if (source->memory && !is_plain(source->text)) {
        return vg_fail(rows->error, VG_DATA_ERROR, "%s is not plain text: parts of an offer are not compressed by themselves", source->name);
    }
    vg_status status = source->memory ? vg_reader_open_memory(source->name, source->text.data, source->text.size, NULL, &reading.reader, rows->error)
                                      : job_open_reader(source->name, source->files, source->n_files, &reading.reader, rows->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t k = 0; status == VG_OK && k < n_headings; k++) {
        reading.columns[k] = vg_reader_find_column(reading.reader, headings[k]);
        if (reading.columns[k] == VG_READER_NO_COLUMN && k < n_needed) {
            status = vg_fail(rows->error, VG_DATA_ERROR, "%s has no column %s", source->name, headings[k]);
        }
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reading.reader, &batch, rows->error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            reading.cells = batch.cells + row * batch.n_columns;
            reading.line = batch.lines[row];
            status = take(&reading);
        }
    }
    vg_reader_close(reading.reader);
    return status;
}

/* ------------------------------------------------------------------- cells */

static struct vg_text cell_of(const struct reading *reading, size_t column)
{
    return vg_reader_cell(reading->cells, reading->columns[column]);
}

static vg_status bad(const struct reading *reading, size_t column, const char *expected)
{
    return vg_reader_bad_cell(reading->reader, reading->line, reading->columns[column], cell_of(reading, column), expected, reading->rows->error);
}

static vg_status number(const struct reading *reading, size_t column, double missing, double *value)
{
    const struct vg_text cell = cell_of(reading, column);
    *value = missing;
    if (cell.size == 0 && !isnan(missing)) {
        return VG_OK;
    }
    return vg_parse_double(cell, '.', value) && *value >= 0.0 && *value <= OFFER_AMOUNT_MOST ? VG_OK : bad(reading, column, "a number of at least 0 (and at most 1e12)");
}

static vg_status day(const struct reading *reading, size_t column, int32_t *value)
{
    const struct vg_text cell = cell_of(reading, column);
    return cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), value) ? VG_OK : bad(reading, column, "a date as 2021-03-01");
}

static vg_status name(const struct reading *reading, size_t column, struct vg_dictionary *names, const char *expected, uint32_t *index)
{
    const struct vg_text cell = cell_of(reading, column);
    if (cell.size == 0 || cell.size > OFFER_NAME_BYTES || memchr(cell.data, '\0', cell.size) != NULL) {
        return bad(reading, column, expected);
    }
    *index = vg_dictionary_add(names, cell);
    return *index != VG_DICTIONARY_NONE ? VG_OK : vg_fail_memory(reading->rows->error, cell.size);
}

uint32_t offer_resource(struct offer_rows *rows, struct vg_text word)
{
    const size_t known = rows->words.count;
    const uint32_t index = vg_dictionary_add(&rows->words, word);
    if (index == VG_DICTIONARY_NONE || index < known) {
        return index == VG_DICTIONARY_NONE ? index : rows->resource_of[index];
    }
    uint32_t *room = vg_arena_room(rows->arena, rows->resource_of, known, &rows->word_room, sizeof *room);
    const size_t item = vg_stock_item_find(rows->items, rows->n_items, word), before = rows->resources.count;
    const uint32_t resource = room == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&rows->resources, item < rows->n_items ? vg_text_from(rows->items[item].name) : word);
    if (resource == VG_DICTIONARY_NONE) {
        return resource;
    }
    rows->resource_of = room;
    room[index] = resource;
    if (resource == before) {
        struct offer_kind *kinds = vg_arena_room(rows->arena, rows->kinds, before, &rows->kind_room, sizeof *kinds);
        if (kinds == NULL) {
            return VG_DICTIONARY_NONE;
        }
        rows->kinds = kinds;
        kinds[before] = (struct offer_kind){0};
        rows->n_kinds = before + 1;
    }
    return resource;
}

static vg_status resource_cell(const struct reading *reading, size_t column, uint32_t *index)
{
    const struct vg_text cell = cell_of(reading, column);
    if (cell.size == 0 || cell.size > OFFER_NAME_BYTES || memchr(cell.data, '\0', cell.size) != NULL) {
        return bad(reading, column, "the name of a resource");
    }
    *index = offer_resource(reading->rows, cell);
    return *index != VG_DICTIONARY_NONE ? VG_OK : vg_fail_memory(reading->rows->error, cell.size);
}

/* A unit beside an amount: that of the item, or, of what is no item, what was said of the resource before. */
static vg_status unit_cell(const struct reading *reading, size_t column, uint32_t resource)
{
    struct offer_rows *rows = reading->rows;
    struct offer_kind *kind = &rows->kinds[resource];
    const struct vg_text unit = cell_of(reading, column);
    const size_t item = unit.size == 0 ? rows->n_items : vg_stock_item_find(rows->items, rows->n_items, rows->resources.keys[resource]);
    const char *known = item < rows->n_items ? rows->items[item].unit : kind->unit;
    if (unit.size == 0 || (known != NULL && vg_text_fold_equal(unit, vg_text_from(known)))) {
        return VG_OK;
    }
    if (known != NULL || unit.size > OFFER_NAME_BYTES || memchr(unit.data, '\0', unit.size) != NULL) {
        const char *expected = vg_arena_format(rows->arena, "%s, in which %.*s is counted,", known == NULL ? "a unit of at most 200 bytes" : known, (int)rows->resources.keys[resource].size, rows->resources.keys[resource].data);
        return expected == NULL ? vg_fail_memory(rows->error, 64) : bad(reading, column, expected);
    }
    kind->unit = vg_arena_copy_bytes(rows->arena, unit.data, unit.size);
    kind->line = reading->line;
    return kind->unit == NULL ? vg_fail_memory(rows->error, unit.size) : VG_OK;
}

/* ------------------------------------------------------------------- needs */

static vg_status take_need(struct reading *reading)
{
    struct offer_rows *rows = reading->rows;
    struct offer_need need = {.line = reading->line};
    const struct vg_text path = cell_of(reading, 4);
    vg_status status = name(reading, 0, &rows->places, "the name of a place", &need.place);
    status = status == VG_OK ? resource_cell(reading, 1, &need.resource) : status;
    status = status == VG_OK ? day(reading, 2, &need.day) : status;
    status = status == VG_OK ? number(reading, 3, NAN, &need.amount) : status;
    status = status == VG_OK ? number(reading, 5, 0.0, &need.probability) : status;
    status = status == VG_OK ? unit_cell(reading, 6, need.resource) : status;
    if (status != VG_OK) {
        return status;
    }
    if (path.size > OFFER_NAME_BYTES) {
        return bad(reading, 4, "the name of a path, of at most 200 bytes");
    }
    need.path = vg_dictionary_add(&rows->paths, path.size == 0 ? vg_text_from("1") : path);
    struct offer_need *room = vg_arena_room(rows->arena, rows->needs, rows->n_needs, &rows->need_room, sizeof *room);
    if (room == NULL || need.path == VG_DICTIONARY_NONE) {
        return vg_fail_memory(rows->error, sizeof need);
    }
    rows->needs = room;
    if (need.path >= OFFER_PATHS_MOST) {
        return bad(reading, 4, "one of at most 64 paths (thin them first)");
    }
    room[rows->n_needs++] = need;
    return VG_OK;
}

static int by_day(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static vg_status find_dates(struct offer_rows *rows, const char *shown)
{
    int32_t *days = VG_ARENA_ARRAY(rows->arena, int32_t, rows->n_needs);
    size_t n = 0;
    if (days == NULL) {
        return vg_fail_memory(rows->error, rows->n_needs * sizeof *days);
    }
    for (size_t k = 0; k < rows->n_needs; k++) {
        days[k] = rows->needs[k].day;
    }
    qsort(days, rows->n_needs, sizeof *days, by_day);
    for (size_t k = 0; k < rows->n_needs; k++) {
        if (n == 0 || days[k] != days[n - 1]) {
            days[n++] = days[k];
        }
    }
    rows->first = days[0];
    rows->last = days[n - 1];
    rows->step_days = n > 1 ? days[1] - days[0] : 0;
    for (size_t k = 2; k < n; k++) {
        if (days[k] - days[k - 1] != rows->step_days) {
            return vg_fail(rows->error, VG_DATA_ERROR, "%s, column date: dates of needs must be evenly apart; the first two are %d days apart, two later ones %d", shown, (int)rows->step_days,
                           (int)(days[k] - days[k - 1]));
        }
    }
    return n <= OFFER_PERIODS_MOST ? VG_OK : vg_fail(rows->error, VG_DATA_ERROR, "%s, column date: %zu dates are more than the %d that are read", shown, n, OFFER_PERIODS_MOST);
}

static vg_status find_probabilities(struct offer_rows *rows, const char *shown)
{
    const size_t paths = rows->paths.count;
    double sum = 0.0;
    rows->probability = VG_ARENA_ARRAY(rows->arena, double, paths);
    if (rows->probability == NULL) {
        return vg_fail_memory(rows->error, paths * sizeof(double));
    }
    for (size_t k = 0; k < rows->n_needs; k++) {
        rows->probability[rows->needs[k].path] = rows->needs[k].probability;
    }
    for (size_t k = 0; k < rows->n_needs; k++) {
        if (fabs(rows->probability[rows->needs[k].path] - rows->needs[k].probability) > 1e-12) {
            return vg_fail(rows->error, VG_DATA_ERROR, "%s, line %llu, column probability: that of its path is another than before", shown, (unsigned long long)rows->needs[k].line);
        }
    }
    for (size_t k = 0; k < paths; k++) {
        sum += rows->probability[k];
    }
    if (sum > 0.0 && fabs(sum - 1.0) > 0.01) {
        return vg_fail(rows->error, VG_DATA_ERROR, "%s, column probability: those of the paths sum to %g, not to 1", shown, sum);
    }
    for (size_t k = 0; k < paths; k++) {
        rows->probability[k] = sum > 0.0 ? rows->probability[k] / sum : 1.0 / (double)paths;
        if (rows->probability[k] <= 0.0) {
            return vg_fail(rows->error, VG_DATA_ERROR, "%s, column probability: path %.*s has none, but others have", shown, (int)rows->paths.keys[k].size, rows->paths.keys[k].data);
        }
    }
    return VG_OK;
}

/* Place, resource, date and path as one number, so that two rows of the same stand together once they are sorted. */
struct keyed { uint64_t key, line; };

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->line > y->line) - (x->line < y->line);
}

static vg_status find_twice(struct offer_rows *rows, const char *shown)
{
    struct keyed *keyed = VG_ARENA_ARRAY(rows->arena, struct keyed, rows->n_needs);
    if (keyed == NULL) {
        return vg_fail_memory(rows->error, rows->n_needs * sizeof *keyed);
    }
    const uint64_t periods = rows->step_days == 0 ? 1 : (uint64_t)((rows->last - rows->first) / rows->step_days) + 1;
    for (size_t k = 0; k < rows->n_needs; k++) {
        const struct offer_need *need = &rows->needs[k];
        const uint64_t period = rows->step_days == 0 ? 0 : (uint64_t)((need->day - rows->first) / rows->step_days);
        keyed[k] = (struct keyed){((need->place * (uint64_t)rows->resources.count + need->resource) * periods + period) * OFFER_PATHS_MOST + need->path, need->line};
    }
    qsort(keyed, rows->n_needs, sizeof *keyed, by_key);
    for (size_t k = 1; k < rows->n_needs; k++) {
        if (keyed[k].key == keyed[k - 1].key) {
            return vg_fail(rows->error, VG_DATA_ERROR, "%s, line %llu: the need of this place, resource, date and path was given before, in line %llu", shown, (unsigned long long)keyed[k].line,
                           (unsigned long long)keyed[k - 1].line);
        }
    }
    return VG_OK;
}

vg_status offer_read_needs(struct offer_rows *rows, const struct offer_source *source)
{
    static const char *const headings[] = {"place|location", "resource", "date|target_end_date|day", "amount|need|demand|value", "path|sample|output_type_id", "probability", "unit|units"};
    vg_status status = read_table(rows, source, headings, 7, 4, take_need);
    if (status == VG_OK && rows->n_needs == 0) {
        status = vg_fail(rows->error, VG_DATA_ERROR, "%s has no needs", source->name);
    }
    status = status == VG_OK ? find_dates(rows, source->name) : status;
    status = status == VG_OK ? find_probabilities(rows, source->name) : status;
    return status == VG_OK ? find_twice(rows, source->name) : status;
}

/* ------------------------------------------------------------------ stocks */

vg_status offer_add_stock(struct offer_rows *rows, struct offer_stock stock)
{
    struct offer_stock *room = vg_arena_room(rows->arena, rows->stocks, rows->n_stocks, &rows->stock_room, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(rows->error, sizeof stock);
    }
    rows->stocks = room;
    room[rows->n_stocks++] = stock;
    return VG_OK;
}

static vg_status take_stock(struct reading *reading)
{
    struct offer_stock stock = {.day = VG_DATE_NONE, .line = reading->line};
    vg_status status = name(reading, 0, &reading->rows->places, "the name of a place", &stock.place);
    status = status == VG_OK ? resource_cell(reading, 1, &stock.resource) : status;
    status = status == VG_OK ? number(reading, 2, NAN, &stock.amount) : status;
    status = status == VG_OK ? number(reading, 4, 0.0, &stock.minimum) : status;
    status = status == VG_OK ? unit_cell(reading, 5, stock.resource) : status;
    if (status == VG_OK && cell_of(reading, 3).size > 0) {
        status = day(reading, 3, &stock.day);
    }
    if (status == VG_OK && stock.day != VG_DATE_NONE && reading->rows->first != VG_DATE_NONE && stock.day <= reading->rows->first) {
        stock.day = VG_DATE_NONE;
    }
    if (status == VG_OK && stock.minimum > 0.0 && stock.day != VG_DATE_NONE) {
        status = bad(reading, 4, "nothing: a minimum is of what is there at the beginning, and this row arrives later;");
    }
    if (status == VG_OK && stock.minimum > stock.amount) {
        status = bad(reading, 4, "no more than there is");
    }
    return status == VG_OK ? offer_add_stock(reading->rows, stock) : status;
}

vg_status offer_read_stocks(struct offer_rows *rows, const struct offer_source *source)
{
    static const char *const headings[] = {"place|location", "resource", "amount|stock|value", "date|arrives", "minimum|keep|reserve", "unit|units"};
    return read_table(rows, source, headings, 6, 3, take_stock);
}

/* Of what is there at the beginning; shared out over the rows of a place in their order. */
static vg_status take_minimum(struct reading *reading)
{
    struct offer_rows *rows = reading->rows;
    uint32_t resource;
    double minimum;
    const uint32_t place = vg_dictionary_find(&rows->places, cell_of(reading, 0));
    vg_status status = place != VG_DICTIONARY_NONE ? resource_cell(reading, 1, &resource) : bad(reading, 0, "a place with needs or stocks");
    status = status == VG_OK ? number(reading, 2, NAN, &minimum) : status;
    for (size_t k = 0; status == VG_OK && minimum > 0.0 && k < rows->n_stocks; k++) {
        struct offer_stock *stock = &rows->stocks[k];
        if (stock->place == place && stock->resource == resource && stock->day == VG_DATE_NONE) {
            const double kept = fmin(minimum, stock->amount - stock->minimum);
            stock->minimum += kept;
            minimum -= kept;
        }
    }
    return status == VG_OK && minimum > 1e-9 ? bad(reading, 2, "no more than there is") : status;
}

vg_status offer_read_minimums(struct offer_rows *rows, const struct offer_source *source)
{
    static const char *const headings[] = {"place|location", "resource", "minimum|keep|reserve|amount|value"};
    return read_table(rows, source, headings, 3, 3, take_minimum);
}

/* -------------------------------------------------------------------- ways */

/* A place of the offer's own, with or without the node's name before it; VG_DICTIONARY_NONE: it is none. */
static uint32_t own_place(const struct offer_rows *rows, struct vg_text cell)
{
    const size_t size = strlen(rows->node);
    const uint32_t place = vg_dictionary_find(&rows->places, cell);
    const bool own = place == VG_DICTIONARY_NONE && cell.size > size + 1 && memcmp(cell.data, rows->node, size) == 0 && cell.data[size] == '/';
    return own ? vg_dictionary_find(&rows->places, vg_text_of(cell.data + size + 1, cell.size - size - 1)) : place;
}

static bool is_foreign(const struct offer_rows *rows, struct vg_text cell)
{
    const char *slash = cell.size == 0 ? NULL : memchr(cell.data, '/', cell.size);
    const struct vg_text node = vg_text_of(cell.data, slash == NULL ? 0 : (size_t)(slash - cell.data));
    return slash != NULL && node.size + 1 < cell.size && cell.size <= OFFER_NAME_BYTES + VG_DATE_TEXT_BYTES && memchr(cell.data, '\0', cell.size) == NULL && !vg_text_equals(node, rows->node);
}

static vg_status take_way(struct reading *reading)
{
    struct offer_rows *rows = reading->rows;
    const struct vg_text to = cell_of(reading, 1);
    struct offer_way way = {.from = own_place(rows, cell_of(reading, 0)), .own = own_place(rows, to), .capacity = NAN};
    if (way.from == VG_DICTIONARY_NONE) {
        return bad(reading, 0, rows->node[0] == '\0' ? "a place of one of the offers, as NODE/PLACE," : "a place of the node's own, with needs or stocks (ways from another node's places are for that node to offer),");
    }
    if (way.own == way.from || (way.own == VG_DICTIONARY_NONE && (rows->node[0] == '\0' || !is_foreign(rows, to)))) {
        return bad(reading, 1, way.own == way.from ? "another place than the one it leads from" : rows->node[0] == '\0' ? "a place of one of the offers, as NODE/PLACE," : "a place of the node's own, or one of another node as NODE/PLACE,");
    }
    vg_status status = number(reading, 2, 0.0, &way.days);
    status = status == VG_OK ? number(reading, 3, 0.0, &way.cost) : status;
    status = status == VG_OK && cell_of(reading, 4).size > 0 ? number(reading, 4, NAN, &way.capacity) : status;
    struct offer_way *room = status == VG_OK ? vg_arena_room(rows->arena, rows->ways, rows->n_ways, &rows->way_room, sizeof *room) : NULL;
    way.to = room == NULL ? NULL : vg_arena_copy_bytes(rows->arena, to.data, to.size);
    if (way.to == NULL) {
        return status != VG_OK ? status : vg_fail_memory(rows->error, sizeof way);
    }
    rows->ways = room;
    room[rows->n_ways++] = way;
    return VG_OK;
}

vg_status offer_read_ways(struct offer_rows *rows, const struct offer_source *source)
{
    static const char *const headings[] = {"from|source|origin", "to|target|destination", "days|lead_days|lead", "cost", "capacity"};
    return read_table(rows, source, headings, 5, 2, take_way);
}

/* --------------------------------------------------------------- resources */

static vg_status take_kind(struct reading *reading)
{
    struct offer_rows *rows = reading->rows;
    uint32_t resource;
    const struct vg_text kind = cell_of(reading, 1), unit = cell_of(reading, 2);
    vg_status status = resource_cell(reading, 0, &resource);
    if (status != VG_OK) {
        return status;
    }
    const bool reusable = vg_text_fold_equal(kind, vg_text_from("reusable"));
    struct offer_kind *known = &rows->kinds[resource];
    const size_t item = vg_stock_item_find(rows->items, rows->n_items, rows->resources.keys[resource]);
    if (kind.size > 0 && !reusable && !vg_text_fold_equal(kind, vg_text_from("consumable"))) {
        return bad(reading, 1, "reusable or consumable");
    }
    if (kind.size > 0 && known->known && known->reusable != reusable) {
        return bad(reading, 1, "the same kind as in the line before that names it");
    }
    if (unit.size > OFFER_NAME_BYTES || (known->unit != NULL && unit.size > 0 && !vg_text_fold_equal(vg_text_from(known->unit), unit))) {
        return bad(reading, 2, "the same unit as in the line before that names it");
    }
    if (unit.size > 0 && item < rows->n_items && !vg_text_fold_equal(vg_text_from(rows->items[item].unit), unit)) {
        return bad(reading, 2, vg_arena_format(rows->arena, "%s, in which %s is counted,", rows->items[item].unit, rows->items[item].name));
    }
    known->known = known->known || kind.size > 0;
    known->reusable = kind.size > 0 ? reusable : known->reusable;
    known->line = reading->line;
    known->unit = unit.size == 0 ? known->unit : vg_arena_copy_bytes(rows->arena, unit.data, unit.size);
    return rows->arena->failed ? vg_fail_memory(rows->error, unit.size) : VG_OK;
}

vg_status offer_read_kinds(struct offer_rows *rows, const struct offer_source *source)
{
    static const char *const headings[] = {"resource|name", "kind", "unit"};
    return read_table(rows, source, headings, 3, 1, take_kind);
}

vg_status offer_check_kinds(struct offer_rows *rows, const char *shown)
{
    for (size_t k = 0; k < rows->n_needs; k++) {
        rows->kinds[rows->needs[k].resource].used = true;
    }
    for (size_t k = 0; k < rows->n_stocks; k++) {
        rows->kinds[rows->stocks[k].resource].used = true;
    }
    for (size_t r = 0; r < rows->resources.count; r++) {
        const size_t item = vg_stock_item_find(rows->items, rows->n_items, rows->resources.keys[r]);
        struct offer_kind *kind = &rows->kinds[r];
        if (item < rows->n_items) {
            kind->reusable = kind->known ? kind->reusable : rows->items[item].reusable;
            kind->unit = rows->items[item].unit;
            kind->known = true;
        }
        if (kind->used && (!kind->known || kind->unit == NULL)) {
            return vg_fail(rows->error, VG_DATA_ERROR, "%s: say of \"%.*s\" %s: a row of columns resource, kind (reusable, as a ventilator, or consumable, as a dose) and unit", shown,
                           (int)rows->resources.keys[r].size, rows->resources.keys[r].data, kind->known ? "in what unit it is counted" : "whether it serves again");
        }
    }
    return VG_OK;
}
