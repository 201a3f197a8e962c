/*
 * Products: what was found, kept with what is needed to find it again. The situation of each dataset, as the page first asks for it, is kept after every
 * import, so that the first view is ready, and so that any figure of it can be traced to the data version, the parameters and the program's version. One
 * that other data or another program made is stale: it is not shown, and the next refresh replaces it.
 */
#include "jobs/jobs_internal.h"

#include <stdlib.h>
#include <string.h>

#define KIND "situation"
#define WHOLE_LEVEL "country" /* the row of the whole, which the page shows beside the table of the level that was chosen for it */
#define MARK_BYTES 64

static void program_mark(char mark[MARK_BYTES])
{
    (void)snprintf(mark, MARK_BYTES, "%s %016llx", VG_VERSION, (unsigned long long)vg_program_identity());
}

static const char *key_of(struct vg_arena *arena, const char *dataset, int32_t as_of, const char *level)
{
    char date[VG_DATE_TEXT_BYTES] = "now";
    (void)(as_of == VG_DATE_NONE ? 0 : vg_date_print(as_of, date));
    return vg_arena_format(arena, "%s|%s%s%s", dataset, date, level == NULL ? "" : "|", level == NULL ? "" : level);
}

/* Made by this program from these data; product->content is set then. */
static bool is_fresh(struct vg_store *store, const char *key, struct vg_arena *arena, struct vg_product *product)
{
    char mark[MARK_BYTES];
    program_mark(mark);
    return key != NULL && vg_store_get_product(store, KIND, key, arena, product, NULL) == VG_OK && product->data_version == vg_store_data_version(store) &&
           product->program_version != NULL && strcmp(product->program_version, mark) == 0;
}

/* Whether the table has places, all of them below countries. */
static bool is_below_countries(struct vg_store *store, const struct vg_table *table)
{
    const struct vg_column *code = job_column(table, "code");
    const struct vg_place_list *places = vg_store_place_list(store);
    for (size_t i = 0; code != NULL && i < table->n_rows; i++) {
        uint32_t place = vg_place_list_find_code(places, code->values.texts[i]);
        if (place == VG_PLACE_NONE || places->places[place].level <= VG_LEVEL_COUNTRY) {
            return false;
        }
    }
    return code != NULL && table->n_rows > 0;
}

/* Computes the situation and keeps it; below: whether a row of the whole would be another answer. */
static vg_status keep_situation(struct vg_store *store, const char *dataset, int32_t as_of, const char *level, bool *below, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    struct vg_buffer content;
    char mark[MARK_BYTES];
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_buffer_init(&content, 0);
    vg_request_init(&request);
    request.dataset = dataset;
    request.as_of = as_of;
    request.level = level;
    request.method = "renewal"; /* nobody waits for it */
    program_mark(mark);
    vg_status status = vg_job_situation(store, &request, &arena, &answer, error);
    if (status == VG_OK) {
        status = vg_table_write_json_meta(&answer.table, answer.meta.data, &content, error);
    }
    if (status == VG_OK) {
        struct vg_product product = {.kind = KIND,
                                     .key = key_of(&arena, dataset, as_of, level),
                                     .parameters_json = answer.meta.data,
                                     .program_version = mark,
                                     .data_version = vg_store_data_version(store),
                                     .seed = request.seed,
                                     .content = content.data,
                                     .content_bytes = content.size};
        *below = is_below_countries(store, &answer.table);
        status = vg_store_put_products(store, &product, 1, error);
    }
    vg_buffer_release(&content);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static vg_status refresh_dataset(struct vg_store *store, const char *dataset, int32_t as_of, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_product product;
    bool below = false;
    vg_arena_init(&arena, 0);
    vg_status status = VG_OK;
    if (!is_fresh(store, key_of(&arena, dataset, as_of, NULL), &arena, &product)) {
        status = keep_situation(store, dataset, as_of, NULL, &below, error);
        if (status == VG_OK && below) {
            status = keep_situation(store, dataset, as_of, WHOLE_LEVEL, &below, error);
        }
    }
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_refresh_products(struct vg_store *store, int32_t as_of, const struct vg_progress *progress, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_arena_init(&arena, 0);
    vg_status status = vg_store_datasets(store, &arena, &datasets, &n_datasets, error);
    for (size_t i = 0; status == VG_OK && i < n_datasets; i++) {
        if (!vg_progress_report(progress, datasets[i].name, (double)i / (double)n_datasets)) {
            status = vg_fail(error, VG_CANCELLED, "the situations were not all computed");
            break;
        }
        vg_status one = refresh_dataset(store, datasets[i].name, as_of, error);
        status = one == VG_DATA_ERROR || one == VG_NOT_FOUND ? VG_OK : one; /* data of which there is no situation */
    }
    vg_arena_release(&arena);
    return status;
}

/* Whether nothing is asked for but the dataset as it is now, at the level chosen for it or as one whole. */
static bool asks_for_first_view(const struct job_context *context)
{
    struct vg_request plain;
    const struct vg_request *asked = context->request;
    vg_request_init(&plain);
    return context->measure == context->measures[0] && context->as_of == context->dataset.last_known && (asked->level == NULL || strcmp(asked->level, WHOLE_LEVEL) == 0) &&
           asked->place == NULL && asked->group == NULL && asked->parent == NULL && asked->disease == NULL && asked->method == NULL && asked->from == VG_DATE_NONE &&
           asked->to == VG_DATE_NONE && asked->step_days == 0 && asked->n_delays == 0 && asked->window_days == 0 && asked->seed == plain.seed;
}

vg_status vg_job_kept_situation(struct vg_store *store, const struct vg_request *request, struct vg_buffer *json, bool *found, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct job_context context;
    struct vg_product product;
    vg_status status = VG_OK;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    *found = job_context_open(&context, store, request, &arena, &answer, JOB_ANY_MEASURE, NULL) == VG_OK && asks_for_first_view(&context) &&
             is_fresh(store, key_of(&arena, context.dataset.name, VG_DATE_NONE, request->level), &arena, &product);
    if (*found) {
        vg_buffer_append(json, product.content, product.content_bytes);
        status = json->failed ? vg_fail_memory(error, product.content_bytes) : VG_OK;
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}
