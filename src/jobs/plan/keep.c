/*
 * Plans that a node keeps: what a plan says (all its tables) and what it was made from (the rows of its files as CSV, and its rules), as two products of one name in one transaction, so that
 * a plan can be read again as it was, and asked what if.
 */
#include "jobs/plan/kept.h"

#include <math.h>
#include <string.h>

#define NAME_BYTES_MOST 100
#define ROWS_BYTES_MOST ((size_t)64 << 20)
#define FAIRNESS_CELLS_MOST 2400 /* places times periods up to which the price of fairness is computed: seconds, where larger ones take minutes */

const char *const plan_kept_kinds[PLAN_KEPT_KINDS] = {"plan", "plan question"};
const char *const plan_file_names[PLAN_FILES] = {"needs", "stocks", "ways", "resources", "population", "must", "trucks"};
static const char *const kinds[] = {"integer", "double", "text", "date", "boolean"}; /* by enum vg_column_kind */

static vg_status check_name(const char *name, struct vg_error *error)
{
    const size_t size = strlen(name);
    bool good = size > 0 && size <= NAME_BYTES_MOST && name[0] != ' ' && name[size - 1] != ' ';
    for (size_t i = 0; i < size; i++) {
        good = good && (unsigned char)name[i] >= 0x20 && name[i] != 0x7F;
    }
    return good ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "a plan is kept under a name of 1 to %d bytes without control characters and without spaces around it", NAME_BYTES_MOST);
}

/* ------------------------------------------------------------------------ what it says */

static vg_status put_table(struct plan_run *run, const char *show, struct vg_buffer *json)
{
    struct vg_table table;
    struct vg_buffer names;
    vg_table_init(&table, run->arena);
    vg_buffer_init(&names, 0);
    vg_status status = plan_table(run, show, &table);
    for (size_t i = 0; status == VG_OK && i < table.n_columns; i++) {
        vg_buffer_format(&names, "%s\"%s\"", i == 0 ? "[" : ",", kinds[table.columns[i].kind]);
    }
    vg_buffer_text(&names, "]");
    if (status == VG_OK) {
        vg_buffer_format(json, "%s\"%s\":", json->data[json->size - 1] == '{' ? "" : ",", show);
        status = names.failed ? vg_fail_memory(run->error, names.size) : vg_table_write_json_meta(&table, names.data, json, run->error);
    }
    vg_buffer_release(&names);
    return status;
}

static void put_dates(const struct plan_input *input, struct vg_buffer *json)
{
    for (uint32_t period = 0; period < input->problem.n_periods; period++) {
        const int32_t day = input->dates[0] + (int32_t)period * input->step_days;
        char date[VG_DATE_TEXT_BYTES];
        vg_buffer_text(json, period == 0 ? "[" : ",");
        if (input->numbered) {
            vg_buffer_integer(json, day);
        } else {
            (void)vg_date_print(day, date);
            vg_buffer_format(json, "\"%s\"", date);
        }
    }
    vg_buffer_text(json, "]");
}

static void put_names(const struct vg_dictionary *names, struct vg_buffer *json)
{
    for (size_t i = 0; i < names->count; i++) {
        vg_buffer_text(json, i == 0 ? "[" : ",");
        vg_buffer_json_string(json, names->keys[i].data, names->keys[i].size);
    }
    vg_buffer_text(json, names->count == 0 ? "[]" : "]");
}

/* What serves it together. */
static void put_members(const struct plan_input *input, const struct vg_plan_bundle *bundle, struct vg_buffer *json)
{
    for (uint32_t m = 0; bundle != NULL && m < bundle->n_members; m++) {
        const struct vg_text name = input->resources.keys[bundle->members[m]];
        vg_buffer_text(json, m == 0 ? ",\"members\":[" : ",");
        vg_buffer_json_string(json, name.data, name.size);
    }
    vg_buffer_text(json, bundle == NULL ? "" : "]");
}

static vg_status write_answer(struct plan_run *run, struct vg_buffer *json)
{
    static const char *const shown[] = {"movements", "coverage", "summary", "unmet"};
    const struct plan_input *input = &run->input;
    vg_buffer_text(json, "{\"meta\":");
    plan_write_meta(run, json);
    vg_buffer_text(json, ",\"dates\":");
    put_dates(input, json);
    vg_buffer_text(json, ",\"places\":");
    put_names(&input->places, json);
    vg_buffer_text(json, ",\"resources\":[");
    for (uint32_t r = 0; r < input->resources.count; r++) {
        vg_buffer_text(json, r == 0 ? "{\"resource\":" : ",{\"resource\":");
        vg_buffer_json_string(json, input->resources.keys[r].data, input->resources.keys[r].size);
        vg_buffer_format(json, ",\"reusable\":%s", input->resource[r].reusable ? "true" : "false");
        put_members(input, plan_bundle_of(input, r), json);
        vg_buffer_text(json, "}");
    }
    vg_buffer_text(json, "],\"tables\":{");
    vg_status status = VG_OK;
    for (size_t k = 0; status == VG_OK && k < sizeof shown / sizeof *shown; k++) {
        status = put_table(run, shown[k], json);
    }
    status = status == VG_OK && input->groups.count > 0 ? put_table(run, "groups", json) : status;
    status = status == VG_OK && run->request->by_node ? put_table(run, "nodes", json) : status;
    status = status == VG_OK && run->shared.n_limits > 0 ? put_table(run, "limits", json) : status;
    status = status == VG_OK && (size_t)input->problem.n_sites * input->problem.n_periods <= FAIRNESS_CELLS_MOST ? put_table(run, "fairness", json) : status;
    vg_buffer_text(json, "}}");
    return status == VG_OK && json->failed ? vg_fail_memory(run->error, json->size) : status;
}

/* -------------------------------------------------------------------- what was asked */

static vg_status write_question(struct plan_run *run, struct vg_buffer *json)
{
    struct vg_buffer csv;
    vg_buffer_init(&csv, ROWS_BYTES_MOST);
    vg_status status = VG_OK;
    vg_buffer_text(json, "{");
    for (int k = 0; status == VG_OK && k < PLAN_FILES; k++) {
        vg_buffer_clear(&csv);
        if (run->input.copies[k].n_columns == 0) {
            continue;
        }
        status = vg_table_write(&run->input.copies[k], VG_FORMAT_CSV, &csv, run->error);
        if (csv.failed) {
            status = vg_fail(run->error, VG_LIMIT_EXCEEDED, "the rows of %s are more than %zu MiB, which is what is kept with a plan; plan fewer paths, or in parts", plan_file_names[k], ROWS_BYTES_MOST >> 20);
        }
        if (status == VG_OK) {
            vg_buffer_format(json, "%s\"%s\":", json->size == 1 ? "" : ",", plan_file_names[k]);
            vg_buffer_json_string(json, csv.data, csv.size);
        }
    }
    vg_buffer_text(json, "}");
    vg_buffer_release(&csv);
    return status == VG_OK && json->failed ? vg_fail_memory(run->error, json->size) : status;
}

/* Its rules, and what a list of plans says of it. */
static void write_parameters(const struct plan_run *run, bool invented, struct vg_buffer *json)
{
    const struct plan_input *input = &run->input;
    const struct vg_plan_problem *problem = &input->problem;
    size_t moves = 0;
    for (uint32_t r = 0; r < input->resources.count; r++) {
        moves += run->outcomes[r].best.n_movements;
    }
    vg_buffer_format(json, "{\"fairest\":%s,\"nobody_worse\":%s,\"two_way\":%s,\"invented\":%s", problem->fairest ? "true" : "false", problem->nobody_worse ? "true" : "false",
                     run->request->two_way ? "true" : "false", invented ? "true" : "false");
    job_meta_number(json, "fairness_slack", problem->fairness_slack);
    job_meta_number(json, "tail_weight", problem->tail_weight);
    job_meta_number(json, "tail", problem->tail);
    job_meta_number(json, "budget", run->request->budget);
    job_meta_number(json, "period_budget", run->request->period_budget);
    vg_buffer_text(json, ",\"together\":[");
    for (size_t k = 0; k < run->request->n_together; k++) {
        vg_buffer_text(json, k == 0 ? "" : ",");
        vg_buffer_json_string(json, run->request->together[k], strlen(run->request->together[k]));
    }
    vg_buffer_text(json, "]");
    job_meta_number(json, "places", problem->n_sites);
    job_meta_number(json, "paths", problem->n_paths);
    job_meta_number(json, "movements", (double)moves);
    vg_buffer_text(json, ",\"dates\":");
    put_dates(input, json);
    vg_buffer_text(json, ",\"resources\":");
    put_names(&input->resources, json);
    vg_buffer_text(json, "}");
}

/* ----------------------------------------------------------------------------- keeping */

static vg_status keep(struct plan_run *run, struct vg_store *store, const char *name)
{
    char mark[64];
    struct vg_buffer parameters, contents[PLAN_KEPT_KINDS];
    struct vg_product products[PLAN_KEPT_KINDS];
    struct vg_dataset *datasets = NULL;
    size_t n = 0;
    (void)snprintf(mark, sizeof mark, "%s %016llx", VG_VERSION, (unsigned long long)vg_program_identity());
    vg_buffer_init(&parameters, 0);
    vg_buffer_init(&contents[0], 0);
    vg_buffer_init(&contents[1], 0);
    vg_status status = vg_store_datasets(store, run->arena, &datasets, &n, run->error);
    status = status == VG_OK ? write_answer(run, &contents[0]) : status;
    status = status == VG_OK ? write_question(run, &contents[1]) : status;
    if (status == VG_OK) {
        write_parameters(run, job_is_invented(datasets, n), &parameters);
        status = parameters.failed ? vg_fail_memory(run->error, parameters.size) : VG_OK;
    }
    if (status == VG_OK) {
        for (size_t k = 0; k < PLAN_KEPT_KINDS; k++) {
            products[k] = (struct vg_product){.kind = plan_kept_kinds[k], .key = name, .parameters_json = parameters.data, .program_version = mark, .data_version = vg_store_data_version(store),
                                              .content = contents[k].data, .content_bytes = contents[k].size};
        }
        status = vg_store_put_products(store, products, PLAN_KEPT_KINDS, run->error);
    }
    vg_buffer_release(&parameters);
    vg_buffer_release(&contents[0]);
    vg_buffer_release(&contents[1]);
    return status;
}

vg_status vg_job_plan_keep(const struct vg_plan_request *request, struct vg_store *store, const char *name, bool replace, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_answer *answer, struct vg_error *error)
{
    struct plan_run run = {.request = request, .arena = arena, .error = error};
    struct vg_table copies[PLAN_FILES];
    struct vg_product *products = NULL;
    size_t n = 0;
    vg_status status = request->what_if == NULL ? check_name(name, error) : vg_fail(error, VG_USAGE_ERROR, "a what-if is not kept; keep the plan, and ask what if of it");
    status = status == VG_OK ? vg_store_list_products(store, plan_kept_kinds[0], arena, &products, &n, error) : status;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (strcmp(products[i].key, name) == 0 && !replace) {
            status = vg_fail(error, VG_USAGE_ERROR, "the node keeps a plan \"%s\" already, of %s; say that it is replaced, or give another name", name, products[i].made_at);
        }
    }
    for (size_t k = 0; k < PLAN_FILES; k++) {
        vg_table_init(&copies[k], arena);
    }
    run.input.copies = copies;
    status = status == VG_OK ? plan_make(&run, progress) : status;
    status = status == VG_OK ? plan_tables(&run, answer) : status; /* what cannot be shown is not kept either */
    status = status == VG_OK ? keep(&run, store, name) : status;
    if (status == VG_OK) {
        plan_write_meta(&run, &answer->meta);
    }
    return status == VG_OK && (answer->meta.failed || answer->table.failed) ? vg_fail_memory(error, answer->meta.size) : status;
}

vg_status vg_job_plan_remove(struct vg_store *store, const char *name, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_product product;
    vg_arena_init(&arena, 0);
    vg_status status = plan_kept_find(store, PLAN_KEPT_ANSWER, name, &arena, &product, error);
    vg_arena_release(&arena);
    return status == VG_OK ? vg_store_drop_products(store, plan_kept_kinds, PLAN_KEPT_KINDS, name, error) : status;
}

vg_status plan_kept_find(struct vg_store *store, enum plan_kept_kind kind, const char *name, struct vg_arena *arena, struct vg_product *product, struct vg_error *error)
{
    vg_status status = vg_store_get_product(store, plan_kept_kinds[kind], name, arena, product, error);
    return status == VG_NOT_FOUND ? vg_fail(error, VG_NOT_FOUND, "the node keeps no plan \"%.100s\"", name) : status;
}
