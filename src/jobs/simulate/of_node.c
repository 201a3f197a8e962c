/*
 * Simulations as products of a node: the document that a page draws, and the full rows and summary as CSV, with what they were made from and by which program, so that each
 * can be traced and computed again.
 */
#include "jobs/jobs_internal.h"
#include "jobs/simulate/simulate.h"

#include <math.h>
#include <string.h>

static const char *const kinds[] = {"simulation", "simulation rows", "simulation summary", "simulation places"}; /* by enum vg_simulation_part */
#define N_KINDS (sizeof kinds / sizeof *kinds)
#define DIGITS 5
#define PLACE_DIGITS 3

/* ---------------------------------------------------------- the document */

struct rows_reader {
    const struct vg_table *table;
    const struct vg_column *scenario, *target, *horizon, *location, *age, *type, *level, *value;
    struct vg_text everybody;   /* name of the group of all ages */
    struct vg_text first;       /* place */
    struct vg_buffer *json;
};

static bool open_reader(struct rows_reader *r, const struct vg_table *table, struct vg_buffer *json)
{
    *r = (struct rows_reader){table, job_column(table, "scenario_id"), job_column(table, "target"), job_column(table, "horizon"), job_column(table, "location"),
                              job_column(table, "age_group"), job_column(table, "output_type"), job_column(table, "output_type_id"), job_column(table, "value"), {0}, {0}, json};
    bool whole = r->scenario != NULL && r->target != NULL && r->horizon != NULL && r->location != NULL && r->age != NULL && r->type != NULL && r->level != NULL && r->value != NULL;
    r->everybody = whole && table->n_rows > 0 ? r->age->values.texts[0] : vg_text_from(""); /* everybody comes first */
    r->first = whole && table->n_rows > 0 ? r->location->values.texts[0] : vg_text_from("");
    return whole;
}

static bool same_series(const struct rows_reader *r, size_t a, size_t b)
{
    return vg_text_equal(r->scenario->values.texts[a], r->scenario->values.texts[b]) && vg_text_equal(r->target->values.texts[a], r->target->values.texts[b]) &&
           vg_text_equal(r->location->values.texts[a], r->location->values.texts[b]) && vg_text_equal(r->age->values.texts[a], r->age->values.texts[b]);
}

static void put_text(struct vg_buffer *json, const char *text)
{
    if (text == NULL) {
        vg_buffer_text(json, "null");
    } else {
        vg_buffer_json_string(json, text, strlen(text));
    }
}

static void put_slice(struct vg_buffer *json, struct vg_text text)
{
    vg_buffer_json_string(json, text.data, text.size);
}

static void put_number(struct vg_buffer *json, double value)
{
    if (isnan(value)) {
        vg_buffer_text(json, "null");
    } else {
        vg_buffer_double(json, job_rounded(value, DIGITS, true));
    }
}

/* One level of a series through time: rows of one step lie together, in the same order in every step. */
static void put_level(const struct rows_reader *r, size_t to, size_t row, size_t step_rows)
{
    bool is_mean = vg_text_equals(r->type->values.texts[row], "mean");
    vg_buffer_char(r->json, '"');
    if (is_mean) {
        vg_buffer_text(r->json, "mean");
    } else {
        vg_buffer_double(r->json, r->level->values.doubles[row]);
    }
    vg_buffer_text(r->json, "\":[");
    for (size_t at = row; at < to; at += step_rows) {
        if (at > row) {
            vg_buffer_char(r->json, ',');
        }
        put_number(r->json, r->value->values.doubles[at]);
    }
    vg_buffer_char(r->json, ']');
}

static size_t rows_of_step(const struct rows_reader *r, size_t from, size_t to)
{
    size_t end = from;
    while (end < to && r->horizon->values.integers[end] == r->horizon->values.integers[from]) {
        end++;
    }
    return end - from;
}

static void put_series(const struct rows_reader *r, size_t from, size_t to, bool first)
{
    size_t step_rows = rows_of_step(r, from, to);
    vg_buffer_text(r->json, first ? "{\"scenario\":" : ",{\"scenario\":");
    put_slice(r->json, r->scenario->values.texts[from]);
    vg_buffer_text(r->json, ",\"target\":");
    put_slice(r->json, r->target->values.texts[from]);
    vg_buffer_text(r->json, ",\"location\":");
    put_slice(r->json, r->location->values.texts[from]);
    vg_buffer_text(r->json, ",\"values\":{");
    bool begun = false;
    for (size_t row = from; row < from + step_rows; row++) {
        if (!vg_text_equals(r->type->values.texts[row], "sample")) {
            vg_buffer_text(r->json, begun ? "," : "");
            put_level(r, to, row, step_rows);
            begun = true;
        }
    }
    vg_buffer_text(r->json, "}}");
}

static void put_horizons(const struct rows_reader *r)
{
    size_t to = 0;
    while (to < r->table->n_rows && same_series(r, 0, to)) {
        to++;
    }
    size_t step_rows = to == 0 ? 1 : rows_of_step(r, 0, to);
    vg_buffer_text(r->json, ",\"horizons\":[");
    for (size_t row = 0; row < to; row += step_rows) {
        vg_buffer_format(r->json, "%s%lld", row == 0 ? "" : ",", (long long)r->horizon->values.integers[row]);
    }
    vg_buffer_char(r->json, ']');
}

static void put_all_series(const struct rows_reader *r)
{
    bool first = true;
    vg_buffer_text(r->json, ",\"series\":[");
    for (size_t from = 0, to = 0; from < r->table->n_rows; from = to) {
        for (to = from + 1; to < r->table->n_rows && same_series(r, from, to); to++) {
        }
        if (vg_text_equal(r->age->values.texts[from], r->everybody) && vg_text_equal(r->location->values.texts[from], r->first)) {
            put_series(r, from, to, first);
            first = false;
        }
    }
    vg_buffer_char(r->json, ']');
}

static void put_plan(const struct vg_simulation_plan *plan, const struct vg_table *rows, struct vg_buffer *json)
{
    char date[VG_DATE_TEXT_BYTES] = "";
    const struct vg_column *origin = job_column(rows, "origin_date");
    (void)(origin == NULL || rows->n_rows == 0 ? 0 : vg_date_print(origin->values.dates[0], date));
    vg_buffer_format(json, "{\"origin_date\":\"%s\",\"step_days\":%d,\"scenarios\":[", date, plan->step_days);
    for (size_t i = 0; i < plan->n_scenarios; i++) {
        const struct vg_simulation_scenario *s = &plan->scenarios[i];
        vg_buffer_text(json, i == 0 ? "{\"name\":" : ",{\"name\":");
        put_text(json, s->name);
        vg_buffer_text(json, ",\"title\":");
        put_text(json, s->title);
        vg_buffer_format(json, ",\"persons\":%.0f,\"ward_beds\":", s->persons);
        put_number(json, s->ward_beds_per_100k * s->persons / 1e5);
        vg_buffer_text(json, ",\"icu_beds\":");
        put_number(json, s->icu_beds_per_100k * s->persons / 1e5);
        vg_buffer_char(json, '}');
    }
    vg_buffer_char(json, ']');
}

static void put_without(struct vg_buffer *json, const char *text, const char *hide)
{
    size_t length = hide == NULL ? 0 : strlen(hide);
    for (const char *found = length == 0 ? NULL : strstr(text, hide); found != NULL; found = strstr(text, hide)) {
        vg_buffer_append(json, text, (size_t)(found - text));
        text = found + length;
    }
    vg_buffer_text(json, text);
}

static void put_cell(struct vg_buffer *json, const struct vg_column *column, size_t row)
{
    if (column->missing != NULL && column->missing[row] != 0) {
        vg_buffer_text(json, "null");
    } else if (column->kind == VG_COLUMN_TEXT) {
        put_slice(json, column->values.texts[row]);
    } else if (column->kind == VG_COLUMN_INTEGER) {
        vg_buffer_format(json, "%lld", (long long)column->values.integers[row]);
    } else {
        put_number(json, column->values.doubles[row]);
    }
}

/* The rows of the first place, or of all others. */
static void put_summary(const struct vg_table *table, bool of_first, struct vg_buffer *json)
{
    const struct vg_column *location = job_column(table, "location");
    bool begun = false;
    vg_buffer_text(json, ",\"summary\":{\"columns\":[");
    for (size_t column = 0; column < table->n_columns; column++) {
        vg_buffer_format(json, "%s\"%s\"", column == 0 ? "" : ",", table->columns[column].name);
    }
    vg_buffer_text(json, "],\"rows\":[");
    for (size_t row = 0; row < table->n_rows; row++) {
        if (vg_text_equal(location->values.texts[row], location->values.texts[0]) != of_first) {
            continue;
        }
        for (size_t column = 0; column < table->n_columns; column++) {
            vg_buffer_text(json, column > 0 ? "," : begun ? ",[" : "[");
            put_cell(json, &table->columns[column], row);
        }
        vg_buffer_char(json, ']');
        begun = true;
    }
    vg_buffer_text(json, "]}");
}

vg_status vg_job_simulation_write(const struct vg_simulation_plan *plan, const struct vg_answer *rows, const struct vg_answer *summary, const char *hide, struct vg_buffer *json,
                                  struct vg_error *error)
{
    struct rows_reader reader;
    if (!open_reader(&reader, &rows->table, json)) {
        return vg_fail(error, VG_DATA_ERROR, "the rows of a simulation lack a column");
    }
    put_plan(plan, &rows->table, json);
    put_horizons(&reader);
    put_all_series(&reader);
    put_summary(&summary->table, true, json);
    vg_buffer_text(json, ",\"meta\":");
    put_without(json, rows->meta.data == NULL ? "null" : rows->meta.data, hide);
    vg_buffer_char(json, '}');
    return json->failed ? vg_fail_memory(error, json->size) : VG_OK;
}

/* -------------------------------------------------------------- other places */

/* One level of a block of rows (a series of all its places): a list a place. */
static void put_block(const struct vg_table *table, const char *level, size_t from, size_t to, struct vg_buffer *json)
{
    const struct vg_column *location = job_column(table, "location");
    const struct vg_column *value = job_column(table, level);
    vg_buffer_format(json, ",\"%s\":[", level);
    for (size_t row = from; row < to; row++) {
        bool begins = row == from || !vg_text_equal(location->values.texts[row], location->values.texts[row - 1]);
        vg_buffer_text(json, begins ? (row == from ? "[" : "],[") : ",");
        if (isnan(value->values.doubles[row])) {
            vg_buffer_text(json, "null");
        } else {
            vg_buffer_double(json, job_rounded(value->values.doubles[row], PLACE_DIGITS, true));
        }
    }
    vg_buffer_text(json, "]]");
}

static void put_places(const struct vg_table *table, struct vg_buffer *json)
{
    const struct vg_column *scenario = job_column(table, "scenario_id");
    const struct vg_column *target = job_column(table, "target");
    const struct vg_column *location = job_column(table, "location");
    const struct vg_column *low = job_column(table, "q025");
    vg_buffer_text(json, ",\"series\":[");
    for (size_t from = 0, to = 0; from < table->n_rows; from = to) {
        for (to = from + 1; to < table->n_rows && vg_text_equal(scenario->values.texts[from], scenario->values.texts[to]) && vg_text_equal(target->values.texts[from], target->values.texts[to]); to++) {
        }
        vg_buffer_text(json, from == 0 ? "{\"scenario\":" : ",{\"scenario\":");
        put_slice(json, scenario->values.texts[from]);
        vg_buffer_text(json, ",\"target\":");
        put_slice(json, target->values.texts[from]);
        vg_buffer_text(json, ",\"locations\":[");
        for (size_t row = from; row < to; row++) {
            if (row == from || !vg_text_equal(location->values.texts[row], location->values.texts[row - 1])) {
                vg_buffer_text(json, row == from ? "" : ",");
                put_slice(json, location->values.texts[row]);
            }
        }
        vg_buffer_char(json, ']');
        put_block(table, "q50", from, to, json);
        if (!isnan(low->values.doubles[from])) {
            put_block(table, "q025", from, to, json);
            put_block(table, "q975", from, to, json);
        }
        vg_buffer_char(json, '}');
    }
    vg_buffer_char(json, ']');
}

vg_status vg_job_simulation_write_places(const struct vg_answer *places, const struct vg_answer *summary, struct vg_buffer *json, struct vg_error *error)
{
    const struct vg_table *table = &places->table;
    const struct vg_column *horizon = job_column(table, "horizon");
    const struct vg_column *location = job_column(table, "location");
    vg_buffer_text(json, "{\"horizons\":[");
    for (size_t row = 0; row < table->n_rows && vg_text_equal(location->values.texts[row], location->values.texts[0]) && (row == 0 || horizon->values.integers[row] > horizon->values.integers[row - 1]); row++) {
        vg_buffer_format(json, "%s%lld", row == 0 ? "" : ",", (long long)horizon->values.integers[row]);
    }
    vg_buffer_char(json, ']');
    put_places(table, json);
    put_summary(&summary->table, false, json);
    vg_buffer_char(json, '}');
    return json->failed ? vg_fail_memory(error, json->size) : VG_OK;
}

/* ------------------------------------------------------------ the products */

vg_status vg_job_simulation_keep(struct vg_store *store, const struct vg_simulation_found *found, struct vg_error *error)
{
    char mark[64];
    struct vg_buffer rows;
    struct vg_buffer summary;
    (void)snprintf(mark, sizeof mark, "%s %016llx", VG_VERSION, (unsigned long long)vg_program_identity());
    vg_buffer_init(&rows, 0);
    vg_buffer_init(&summary, 0);
    vg_status status = vg_table_write(&found->rows->table, VG_FORMAT_CSV, &rows, error);
    if (status == VG_OK) {
        status = vg_table_write(&found->summary->table, VG_FORMAT_CSV, &summary, error);
    }
    if (status == VG_OK) {
        const struct vg_buffer *contents[] = {found->document, &rows, &summary, found->places};
        struct vg_product products[N_KINDS];
        for (size_t i = 0; i < N_KINDS; i++) {
            products[i] = (struct vg_product){.kind = kinds[i], .key = found->id, .parameters_json = i == 0 ? found->parameters_json : NULL, .program_version = mark,
                                              .data_version = vg_store_data_version(store), .seed = found->seed, .content = contents[i]->data, .content_bytes = contents[i]->size};
        }
        status = vg_store_put_products(store, products, N_KINDS, error);
    }
    vg_buffer_release(&rows);
    vg_buffer_release(&summary);
    return status;
}

vg_status vg_job_simulation_find(struct vg_store *store, const char *id, enum vg_simulation_part part, struct vg_arena *arena, struct vg_product *product, struct vg_error *error)
{
    vg_status status = vg_store_get_product(store, kinds[part], id, arena, product, error);
    return status == VG_NOT_FOUND ? vg_fail(error, VG_NOT_FOUND, "there is no simulation %.40s", id) : status;
}

vg_status vg_job_simulation_list(struct vg_store *store, struct vg_arena *arena, struct vg_product **products, size_t *n_products, struct vg_error *error)
{
    return vg_store_list_products(store, kinds[VG_SIMULATION_DOCUMENT], arena, products, n_products, error);
}

vg_status vg_job_simulation_drop(struct vg_store *store, const char *id, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_product product;
    vg_arena_init(&arena, 0);
    vg_status status = vg_job_simulation_find(store, id, VG_SIMULATION_SUMMARY, &arena, &product, error);
    vg_arena_release(&arena);
    return status == VG_OK ? vg_store_drop_products(store, kinds, N_KINDS, id, error) : status;
}
