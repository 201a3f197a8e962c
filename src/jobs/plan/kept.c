/*
 * Kept plans, read again: the list of them, the tables as they were kept, and the document that the page draws.
 */
#include "jobs/plan/kept.h"

#include "store/stock/stock.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define NAMED_PLACES_MOST 500 /* of larger plans places are known by their codes alone */

/* By code, or, where told to, by a name that only one place has, which costs a pass over all places. */
static const struct vg_place *place_of(struct vg_store *store, const char *place, bool by_name)
{
    bool several = false;
    const struct vg_place_list *known = vg_store_place_list(store);
    const struct vg_text text = vg_text_from(place);
    const uint32_t at = by_name ? vg_place_list_find_any(known, VG_PLACE_NONE, text, &several) : vg_place_list_find_code(known, text);
    return at == VG_PLACE_NONE ? NULL : &known->places[at];
}

static bool names_are_looked_for(const json_t *places)
{
    return json_array_size(places) <= NAMED_PLACES_MOST;
}

const char *plan_place_name(struct vg_store *store, const char *place, bool by_name, enum vg_language language, struct vg_arena *arena)
{
    const struct vg_place *known = place_of(store, place, by_name);
    const char *name = known == NULL ? place : known->names[language] != NULL ? known->names[language] : known->name;
    return vg_arena_copy_bytes(arena, name, strlen(name));
}

/* Names of the places of a plan, each found once. */
struct names {
    struct vg_dictionary places;
    const char **name;
    size_t capacity;
};

static const char *name_once(struct names *names, struct vg_store *store, const char *place, bool by_name, enum vg_language language, struct vg_arena *arena)
{
    const size_t n = names->places.count;
    const uint32_t at = vg_dictionary_add(&names->places, vg_text_from(place));
    if (at == VG_DICTIONARY_NONE || at < n) {
        return at == VG_DICTIONARY_NONE ? NULL : names->name[at];
    }
    const char **room = vg_arena_room(arena, names->name, at, &names->capacity, sizeof *room);
    if (room == NULL) {
        return NULL;
    }
    names->name = room;
    room[at] = plan_place_name(store, place, by_name, language, arena);
    return room[at];
}

static json_t *document_of(const struct vg_product *product, struct vg_error *error)
{
    json_error_t problem;
    json_t *document = json_loadb(product->content, product->content_bytes, 0, &problem);
    if (document == NULL) {
        (void)vg_fail(error, VG_DATA_ERROR, "the kept plan \"%.100s\" cannot be read: %.200s", product->key, problem.text);
    }
    return document;
}

/* ----------------------------------------------------------------------------- the list */

static vg_status list_plans(struct vg_store *store, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_product *products = NULL;
    size_t n = 0;
    struct vg_table *table = &answer->table;
    static const char *const texts[] = {"name", "kept", "first", "last", "resources"}, *const numbers[] = {"places", "paths", "movements"};
    vg_status status = vg_store_list_products(store, plan_kept_kinds[PLAN_KEPT_ANSWER], arena, &products, &n, error);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        vg_table_add_column(table, texts[k], VG_COLUMN_TEXT);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        vg_table_add_column(table, numbers[k], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "fairest", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "bytes", VG_COLUMN_INTEGER);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        json_error_t problem;
        json_t *told = json_loads(products[i].parameters_json == NULL ? "" : products[i].parameters_json, 0, &problem);
        const json_t *dates = json_object_get(told, "dates"), *resources = json_object_get(told, "resources");
        const char *names = "";
        for (size_t k = 0; names != NULL && k < json_array_size(resources); k++) {
            names = vg_arena_format(arena, "%s%s%s", names, k == 0 ? "" : ", ", json_string_value(json_array_get(resources, k)));
        }
        vg_table_text(table, products[i].key);
        vg_table_text(table, products[i].made_at);
        for (size_t k = 0; k < 2; k++) {
            const json_t *date = json_array_get(dates, k == 0 ? 0 : json_array_size(dates) - 1);
            vg_table_text(table, json_is_integer(date) ? vg_arena_format(arena, "%lld", (long long)json_integer_value(date)) : json_string_value(date));
        }
        vg_table_text(table, names);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            vg_table_integer(table, (int64_t)json_number_value(json_object_get(told, numbers[k])));
        }
        vg_table_boolean(table, json_is_true(json_object_get(told, "fairest")));
        vg_table_integer(table, (int64_t)products[i].content_bytes);
        json_decref(told);
    }
    return status;
}

/* ------------------------------------------------------------------ a table, as it was kept */

static bool kind_of(const char *name, enum vg_column_kind *kind)
{
    static const char *const names[] = {"integer", "double", "text", "date", "boolean"};
    for (size_t k = 0; name != NULL && k < sizeof names / sizeof *names; k++) {
        if (strcmp(names[k], name) == 0) {
            *kind = (enum vg_column_kind)k;
            return true;
        }
    }
    return false;
}

static void put_cell(struct vg_table *table, enum vg_column_kind kind, const json_t *cell)
{
    int32_t date = VG_DATE_NONE;
    if (json_is_null(cell)) {
        vg_table_missing(table);
        return;
    }
    switch (kind) {
    case VG_COLUMN_INTEGER: vg_table_integer(table, json_integer_value(cell)); break;
    case VG_COLUMN_DOUBLE: vg_table_double(table, json_number_value(cell)); break;
    case VG_COLUMN_TEXT: vg_table_text(table, json_string_value(cell)); break;
    case VG_COLUMN_DATE: (void)(json_is_string(cell) && vg_date_parse_iso(vg_text_from(json_string_value(cell)), &date)); vg_table_date(table, date); break;
    case VG_COLUMN_BOOLEAN: vg_table_boolean(table, json_is_true(cell)); break;
    }
}

static vg_status read_table(const json_t *document, const char *name, const char *show, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    const json_t *kept = json_object_get(json_object_get(document, "tables"), show), *columns = json_object_get(kept, "columns"), *kinds = json_object_get(kept, "meta"),
                 *rows = json_object_get(kept, "rows");
    const size_t n = json_array_size(columns);
    enum vg_column_kind *kind = VG_ARENA_ARRAY(arena, enum vg_column_kind, n + 1);
    if (kept == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "the kept plan \"%.100s\" has no table %.40s; show is movements, coverage, summary or unmet, groups where it was made with groups of places, and fairness where it is not large",
                       name, show);
    }
    for (size_t k = 0; kind != NULL && k < n; k++) {
        const char *title = json_string_value(json_array_get(columns, k));
        title = title == NULL ? NULL : vg_arena_copy_bytes(arena, title, strlen(title));
        if (title == NULL || !kind_of(json_string_value(json_array_get(kinds, k)), &kind[k])) {
            return vg_fail(error, VG_DATA_ERROR, "the kept plan \"%.100s\" cannot be read: column %zu of %.40s", name, k + 1, show);
        }
        vg_table_add_column(table, title, kind[k]);
    }
    for (size_t row = 0; kind != NULL && row < json_array_size(rows); row++) {
        for (size_t k = 0; k < n; k++) {
            put_cell(table, kind[k], json_array_get(json_array_get(rows, row), k));
        }
    }
    return kind == NULL || table->failed ? vg_fail_memory(error, n) : VG_OK;
}

/* ------------------------------------------------------- movements as orders to read */

static const char *text_at(const struct vg_table *table, const char *column, size_t row, struct vg_arena *arena)
{
    const struct vg_text text = job_column(table, column)->values.texts[row];
    return vg_arena_copy_bytes(arena, text.data, text.size);
}

static double number_at(const struct vg_table *table, const char *column, size_t row)
{
    return job_column(table, column)->values.doubles[row];
}

static void copy_cell(struct vg_table *to, const struct vg_column *column, size_t row)
{
    if (column->missing != NULL && column->missing[row] != 0) {
        vg_table_missing(to);
        return;
    }
    switch (column->kind) {
    case VG_COLUMN_TEXT: vg_table_text_slice(to, column->values.texts[row]); break;
    case VG_COLUMN_DATE: vg_table_date(to, column->values.dates[row]); break;
    case VG_COLUMN_DOUBLE: vg_table_double(to, column->values.doubles[row]); break;
    case VG_COLUMN_INTEGER: vg_table_integer(to, column->values.integers[row]); break;
    case VG_COLUMN_BOOLEAN: vg_table_boolean(to, column->values.integers[row] != 0); break;
    }
}

static bool is_reusable(const json_t *document, const char *resource)
{
    const json_t *resources = json_object_get(document, "resources");
    bool reusable = false;
    for (size_t k = 0; k < json_array_size(resources); k++) {
        const json_t *one = json_array_get(resources, k);
        const char *name = json_string_value(json_object_get(one, "resource"));
        reusable = reusable || (name != NULL && strcmp(name, resource) == 0 && json_is_true(json_object_get(one, "reusable")));
    }
    return reusable;
}

/* The kept rows with the names that the node has for places and resources, and the reason in the language: number, resource, title, leaves, arrives, from, from_name, to, to_name, ... */
static vg_status write_orders(struct vg_store *store, const json_t *document, const struct vg_table *kept, enum vg_language language, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct vg_stock_item *items = NULL;
    size_t n_items = 0;
    vg_status status = vg_stock_items(store, arena, &items, &n_items, error);
    const struct vg_column *binds = job_column(kept, "binds");
    const bool by_name = names_are_looked_for(json_object_get(document, "places")), weighted = json_number_value(json_object_get(json_object_get(document, "meta"), "limits")) > 0.0 && json_array_size(json_object_get(document, "resources")) > 1;
    struct names names = {0};
    vg_dictionary_init(&names.places, arena);
    const uint32_t periods = (uint32_t)json_array_size(json_object_get(document, "dates"));
    if (status != VG_OK || binds == NULL || job_column(kept, "to_unmet") == NULL || job_column(kept, "reason") == NULL) {
        return status != VG_OK ? status : vg_fail(error, VG_DATA_ERROR, "the kept movements lack a column");
    }
    vg_table_add_column(table, "number", VG_COLUMN_INTEGER);
    for (size_t k = 0; k < kept->n_columns; k++) {
        const char *name = kept->columns[k].name;
        vg_table_add_column(table, name, kept->columns[k].kind);
        if (strcmp(name, "resource") == 0 || strcmp(name, "from") == 0 || strcmp(name, "to") == 0) {
            vg_table_add_column(table, name[0] == 'r' ? "title" : name[0] == 'f' ? "from_name" : "to_name", VG_COLUMN_TEXT);
        }
    }
    for (size_t row = 0; row < kept->n_rows; row++) {
        const char *resource = text_at(kept, "resource", row, arena), *from = text_at(kept, "from", row, arena), *to = text_at(kept, "to", row, arena);
        if (resource == NULL || from == NULL || to == NULL) {
            return vg_fail_memory(error, 256);
        }
        struct plan_reason reason = {name_once(&names, store, from, by_name, language, arena), name_once(&names, store, to, by_name, language, arena), plan_title_of(items, n_items, resource, language),
                                     number_at(kept, "from_unmet_before", row), number_at(kept, "from_unmet", row), number_at(kept, "to_unmet_before", row), number_at(kept, "to_unmet", row),
                                     number_at(kept, "avoided", row), PLAN_BINDS_OTHER, is_reusable(document, resource) ? periods : 0, NAN, weighted};
        const struct vg_column *lost = job_column(kept, "coverage_lost"); /* where the worst-served place came first */
        reason.coverage_lost = lost == NULL ? NAN : lost->values.doubles[row];
        for (int k = 0; k < PLAN_BINDS_COUNT; k++) {
            reason.binds = vg_text_equals(binds->values.texts[row], plan_binds_names[k]) ? (enum plan_binds)k : reason.binds;
        }
        const char *said = reason.from == NULL || reason.to == NULL ? NULL : plan_reason_text(&reason, language, arena);
        if (said == NULL) {
            return vg_fail_memory(error, 256);
        }
        vg_table_integer(table, (int64_t)row + 1);
        for (size_t k = 0; k < kept->n_columns; k++) {
            const char *name = kept->columns[k].name;
            if (strcmp(name, "reason") == 0) {
                vg_table_text(table, said);
                continue;
            }
            copy_cell(table, &kept->columns[k], row);
            if (strcmp(name, "resource") == 0 || strcmp(name, "from") == 0 || strcmp(name, "to") == 0) {
                vg_table_text(table, name[0] == 'r' ? reason.resource : name[0] == 'f' ? reason.from : reason.to);
            }
        }
    }
    return VG_OK;
}

static vg_status answer_table(struct vg_store *store, const struct vg_plan_kept_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_product product;
    struct vg_table kept;
    const char *show = question->show == NULL ? "movements" : question->show;
    const bool orders = strcmp(show, "movements") == 0;
    vg_table_init(&kept, arena);
    vg_status status = plan_kept_find(store, PLAN_KEPT_ANSWER, question->name, arena, &product, error);
    json_t *document = status == VG_OK ? document_of(&product, error) : NULL;
    if (document == NULL) {
        return error->status;
    }
    status = read_table(document, question->name, show, arena, orders ? &kept : &answer->table, error);
    if (status == VG_OK && orders) {
        status = write_orders(store, document, &kept, question->language, arena, &answer->table, error);
    }
    job_meta_text(&answer->meta, "name", question->name);
    job_meta_text(&answer->meta, "kept", product.made_at);
    job_meta_text(&answer->meta, "program", product.program_version);
    json_decref(document);
    return status;
}

/* --------------------------------------------------------------------------- asked */

/* Whether what the node has is invented, for the mark that leaves with the answer. */
static vg_status mark_invented(struct vg_store *store, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_dataset *datasets = NULL;
    size_t n = 0;
    vg_status status = vg_store_datasets(store, arena, &datasets, &n, error);
    answer->simulated = status == VG_OK && job_is_invented(datasets, n);
    return status;
}

vg_status vg_job_plan_kept(struct vg_store *store, const struct vg_plan_kept_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    vg_status status = mark_invented(store, arena, answer, error);
    if (status == VG_OK && question->name == NULL && (question->show != NULL || question->what_if != NULL)) {
        status = vg_fail(error, VG_USAGE_ERROR, "show and what_if are of one plan: say its name");
    }
    if (status == VG_OK && question->what_if != NULL && question->show != NULL) {
        status = vg_fail(error, VG_USAGE_ERROR, "what_if has an answer of its own; leave show out");
    }
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_text(&answer->meta, "{\"analysis\":\"plan\"");
    if (answer->simulated) {
        job_meta_text(&answer->meta, "exercise", VG_EXERCISE_MARK);
    }
    status = question->name == NULL      ? list_plans(store, arena, answer, error)
             : question->what_if != NULL ? plan_kept_what_if(store, question, arena, answer, error)
                                         : answer_table(store, question, arena, answer, error);
    vg_buffer_text(&answer->meta, "}");
    return status == VG_OK && (answer->meta.failed || answer->table.failed || arena->failed) ? vg_fail_memory(error, answer->meta.size) : status;
}

vg_status vg_job_plans_served(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_plan_kept_question question = {request->name, request->show, request->what_if, request->language, request->plan_memory};
    return vg_job_plan_kept(store, &question, arena, answer, error);
}

static void put_place(struct vg_store *store, const char *place, bool by_name, struct vg_buffer *json)
{
    const struct vg_place_list *known = vg_store_place_list(store);
    const struct vg_place *found = place_of(store, place, by_name);
    vg_buffer_text(json, "{\"place\":");
    vg_buffer_json_string(json, place, strlen(place));
    if (found != NULL) {
        job_meta_text(json, "code", found->code);
        job_meta_text(json, "above", found->parent == VG_PLACE_NONE ? NULL : known->places[found->parent].code);
        job_meta_number(json, "latitude", found->latitude);
        job_meta_number(json, "longitude", found->longitude);
    }
    vg_buffer_text(json, "}");
}

vg_status vg_job_plan_document(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_product product;
    struct vg_buffer *json = &answer->meta;
    vg_status status = request->name == NULL ? vg_fail(error, VG_USAGE_ERROR, "which plan? name=NAME; /api/v1/plans lists them") : mark_invented(store, arena, answer, error);
    status = status == VG_OK ? plan_kept_find(store, PLAN_KEPT_ANSWER, request->name, arena, &product, error) : status;
    json_t *document = status == VG_OK ? document_of(&product, error) : NULL;
    if (document == NULL) {
        return error->status;
    }
    const json_t *places = json_object_get(document, "places");
    vg_buffer_text(json, "{\"name\":");
    vg_buffer_json_string(json, request->name, strlen(request->name));
    job_meta_text(json, "kept", product.made_at);
    job_meta_text(json, "program", product.program_version);
    vg_buffer_format(json, ",\"exercise\":%s,\"places\":[", answer->simulated ? "true" : "false");
    for (size_t k = 0; k < json_array_size(places); k++) {
        vg_buffer_text(json, k == 0 ? "" : ",");
        const char *place = json_string_value(json_array_get(places, k));
        put_place(store, place == NULL ? "" : place, names_are_looked_for(places), json);
    }
    vg_buffer_text(json, "],\"plan\":");
    vg_buffer_append(json, product.content, product.content_bytes);
    vg_buffer_text(json, "}");
    json_decref(document);
    return json->failed ? vg_fail_memory(error, json->size) : VG_OK;
}
