/*
 * What if so much more were there: a kept plan's question is read and solved, and then solved again after the change. Where the plan is a flow it goes on from its last tree; the memory keeps
 * the plan that was asked last solved, so that the next what-if of it costs the change alone.
 */
#include "jobs/plan/kept.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAMED_MOST 50 /* places whose names are looked for where they are no codes */
#define PATIENCE_SECONDS 10

/* A question with its plans. solved: which resources have one. */
struct session {
    struct vg_arena arena;
    struct vg_error error;            /* where what lives longer than a question fails */
    struct vg_plan_request request;
    struct vg_given_file files[PLAN_FILES];
    struct plan_run run;
    bool *solved;                     /* [resources] */
};

struct vg_plan_memory {
    pthread_mutex_t lock;
    struct session session;
    bool holds;
    char *of;                         /* which plan: name, when it was kept, its content and its rules */
};

struct vg_plan_memory *vg_plan_memory_new(void)
{
    struct vg_plan_memory *memory = calloc(1, sizeof *memory);
    if (memory != NULL && pthread_mutex_init(&memory->lock, NULL) != 0) {
        free(memory);
        memory = NULL;
    }
    return memory;
}

static void forget(struct vg_plan_memory *memory)
{
    if (memory->holds) {
        vg_arena_release(&memory->session.arena);
        free(memory->of);
    }
    memory->of = NULL;
    memory->holds = false;
}

void vg_plan_memory_free(struct vg_plan_memory *memory)
{
    if (memory != NULL) {
        forget(memory);
        (void)pthread_mutex_destroy(&memory->lock);
        free(memory);
    }
}

/* --------------------------------------------------------------- the question, read again */

/* Texts are kept in the arena; what serves together that cannot be kept is left out, and then missed by the files. */
static void read_rules(const struct vg_product *product, struct vg_arena *arena, struct vg_plan_request *request)
{
    json_error_t problem;
    json_t *rules = json_loads(product->parameters_json == NULL ? "" : product->parameters_json, 0, &problem);
    const struct { const char *name; bool *to; } flags[] = {{"fairest", &request->fairest}, {"nobody_worse", &request->nobody_worse}, {"two_way", &request->two_way}};
    const struct { const char *name; double *to; } numbers[] = {{"fairness_slack", &request->fairness_slack}, {"tail_weight", &request->tail_weight}, {"tail", &request->tail},
                                                                 {"budget", &request->budget}, {"period_budget", &request->period_budget}};
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
        *flags[k].to = json_is_true(json_object_get(rules, flags[k].name));
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        const json_t *number = json_object_get(rules, numbers[k].name);
        *numbers[k].to = json_is_number(number) ? json_number_value(number) : NAN;
    }
    const json_t *together = json_object_get(rules, "together");
    const char **texts = VG_ARENA_ARRAY(arena, const char *, json_array_size(together) + 1);
    for (size_t k = 0; texts != NULL && k < json_array_size(together); k++) {
        const char *text = json_string_value(json_array_get(together, k));
        texts[request->n_together] = text == NULL ? NULL : vg_arena_copy_bytes(arena, text, strlen(text));
        request->n_together += texts[request->n_together] != NULL;
    }
    request->together = texts;
    json_decref(rules);
}

static vg_status open_session(const struct vg_product *product, struct session *session, struct vg_error *error)
{
    struct vg_plan_request *request = &session->request;
    const char **paths[PLAN_FILES] = {&request->needs_path, &request->stocks_path, &request->ways_path, &request->resources_path, &request->population_path, &request->must_path, &request->trucks_path};
    json_error_t problem;
    json_t *question = json_loadb(product->content, product->content_bytes, 0, &problem);
    if (question == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "the question of the kept plan \"%.100s\" cannot be read: %.200s", product->key, problem.text);
    }
    *session = (struct session){0};
    vg_arena_init(&session->arena, 0);
    vg_plan_request_init(request);
    read_rules(product, &session->arena, request);
    for (size_t k = 0; k < PLAN_FILES; k++) {
        const json_t *csv = json_object_get(question, plan_file_names[k]);
        if (json_is_string(csv)) {
            session->files[request->n_files++] = (struct vg_given_file){plan_file_names[k], json_string_value(csv), json_string_length(csv)};
            *paths[k] = plan_file_names[k];
        }
    }
    request->files = session->files;
    request->read_before = true;
    session->run = (struct plan_run){.request = request, .arena = &session->arena, .error = &session->error};
    vg_status status = plan_gather(&session->run);
    status = status == VG_OK ? plan_make_limits(&session->run) : status;
    session->solved = status == VG_OK ? VG_ARENA_ARRAY(&session->arena, bool, session->run.input.resources.count) : NULL;
    if (status == VG_OK && session->solved == NULL) {
        status = vg_fail_memory(&session->error, session->run.input.resources.count);
    }
    request->n_files = 0; /* the rows are arrays now, and the texts go */
    json_decref(question);
    if (status != VG_OK) {
        *error = session->error;
        vg_arena_release(&session->arena);
    }
    return status;
}

/* The session of the plan: the one that is remembered, or read anew. */
static vg_status remembered(struct vg_store *store, const char *name, struct vg_plan_memory *memory, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_product product;
    vg_status status = plan_kept_find(store, PLAN_KEPT_QUESTION, name, arena, &product, error);
    const char *rules = status == VG_OK && product.parameters_json != NULL ? product.parameters_json : "";
    char *of = status == VG_OK ? vg_arena_format(arena, "%s %s %016llx %016llx", name, product.made_at, (unsigned long long)vg_hash_bytes(product.content, product.content_bytes, 0),
                                                 (unsigned long long)vg_hash_bytes(rules, strlen(rules), 0))
                               : NULL;
    if (status != VG_OK || of == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, 256);
    }
    if (memory->holds && strcmp(memory->of, of) == 0) {
        return VG_OK;
    }
    forget(memory);
    char *copy = strdup(of);
    status = copy == NULL ? vg_fail_memory(error, strlen(of)) : open_session(&product, &memory->session, error);
    if (status != VG_OK) {
        free(copy);
        return status;
    }
    memory->of = copy;
    memory->holds = true;
    return VG_OK;
}

/* --------------------------------------------------------------------------- asked */

static void put_totals(struct vg_buffer *meta, const char *when, const struct vg_plan_account *account)
{
    static const char *const names[] = {"unmet", "worst_coverage", "gini", "moved", "cost"};
    const double values[] = {account->unmet, account->worst_coverage, account->gini, (double)account->moved, account->cost};
    vg_buffer_format(meta, ",\"%s\":{", when);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        job_meta_number(meta, names[k], values[k]);
    }
    vg_buffer_text(meta, "}");
}

static vg_status put_rows(struct vg_store *store, const struct session *session, const struct plan_change *change, const struct vg_plan_answer *changed, enum vg_language language,
                          struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const char *const texts[] = {"resource", "place", "name"}, *const numbers[] = {"needed", "unmet", "unmet_what_if", "gained"};
    const struct plan_input *input = &session->run.input;
    const uint32_t told = plan_needed_of(input, change->resource); /* who gains of what it serves */
    const struct vg_plan_resource *resource = &input->resource[told];
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        vg_table_add_column(table, texts[k], VG_COLUMN_TEXT);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        vg_table_add_column(table, numbers[k], VG_COLUMN_DOUBLE);
    }
    size_t changed_places = 0;
    for (uint32_t site = 0; site < input->problem.n_sites; site++) {
        double needed;
        const double before = plan_place_unmet(&input->problem, resource, session->run.outcomes[told].best.account.held, site, -1, &needed);
        const double after = plan_place_unmet(&input->problem, resource, changed->account.held, site, -1, &needed);
        if (fabs(before - after) < 1e-9 && site != change->site) {
            continue;
        }
        const bool by_name = changed_places++ < NAMED_MOST;
        const char *place = vg_arena_copy_bytes(arena, input->places.keys[site].data, input->places.keys[site].size);
        const char *name = place == NULL ? NULL : plan_place_name(store, place, by_name, language, arena);
        if (name == NULL) {
            return vg_fail_memory(error, 256);
        }
        vg_table_text(table, resource->name);
        vg_table_text(table, place);
        vg_table_text(table, name);
        vg_table_double(table, needed);
        vg_table_double(table, before);
        vg_table_double(table, after);
        vg_table_double(table, before - after);
    }
    return VG_OK;
}

static vg_status answer_change(struct vg_store *store, const struct vg_plan_kept_question *question, struct session *session, struct vg_arena *arena, struct vg_answer *answer)
{
    struct plan_change change;
    struct vg_plan_answer changed;
    bool warm = false;
    vg_status status = plan_read_change(&session->run.input, question->what_if, &change, &session->error);
    if (status == VG_OK) { /* what cannot be is refused before anything is solved */
        const struct plan_change back = {change.site, change.resource, change.period, -change.units};
        status = plan_apply_change(&session->run.input, &change, &session->error);
        status = status == VG_OK ? plan_apply_change(&session->run.input, &back, &session->error) : status;
    }
    if (status == VG_OK && !session->solved[change.resource] && session->run.shared.n_resources > 0) {
        status = plan_together(&session->run, NULL);
        memset(session->solved, status == VG_OK, session->run.input.resources.count * sizeof *session->solved);
    } else if (status == VG_OK && !session->solved[change.resource]) {
        status = plan_one(&session->run, change.resource, NULL);
        session->solved[change.resource] = status == VG_OK;
    }
    status = status == VG_OK ? plan_solve_changed(&session->run, &change, arena, &changed, &warm) : status;
    status = status == VG_OK ? put_rows(store, session, &change, &changed, question->language, arena, &answer->table, &session->error) : status;
    if (status == VG_OK) {
        job_meta_text(&answer->meta, "name", question->name);
        job_meta_text(&answer->meta, "what_if", question->what_if);
        vg_buffer_format(&answer->meta, ",\"warm\":%s", warm ? "true" : "false");
        put_totals(&answer->meta, "plan", &session->run.outcomes[plan_needed_of(&session->run.input, change.resource)].best.account);
        put_totals(&answer->meta, "changed", &changed.account);
    }
    return status;
}

vg_status plan_kept_what_if(struct vg_store *store, const struct vg_plan_kept_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_plan_memory *memory = question->memory != NULL ? question->memory : vg_plan_memory_new();
    if (memory == NULL) {
        return vg_fail_memory(error, sizeof *memory);
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_SECONDS;
    if (pthread_mutex_timedlock(&memory->lock, &until) != 0) { /* never of a memory of its own */
        return vg_fail(error, VG_BUSY, "another what-if has been worked out for %d seconds; ask again later", PATIENCE_SECONDS);
    }
    vg_status status = remembered(store, question->name, memory, arena, error);
    if (status == VG_OK) {
        status = answer_change(store, question, &memory->session, arena, answer);
        if (status != VG_OK) {
            *error = memory->session.error;
        }
        if (status != VG_OK && status != VG_USAGE_ERROR) {
            forget(memory); /* whatever state it was left in */
        }
    }
    (void)pthread_mutex_unlock(&memory->lock);
    if (question->memory == NULL) {
        vg_plan_memory_free(memory);
    }
    return status;
}
