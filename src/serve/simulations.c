/*
 * Simulations in the background: a queue, one thread that works it off at low priority so that questions go before, early answers as they come, and the last one kept in the
 * node as a product. What was asked for before, by anybody, is answered from what is kept; a cancelled one goes on from its finished runs when it is asked for again.
 */
#include "serve/http.h"
#include "serve/simulations.h"
#include "jobs/simulate/simulate.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MAX 4
#define KEPT_MAX 200
#define FORGOTTEN_AFTER 20       /* cancelled and failed ones that are remembered */
#define JOB_BYTES ((size_t)2 << 30)
#define NICE 10                  /* of the thread, below those that answer */
#define KEEP_TRIES 60            /* seconds in which another writer may end */

enum state { WAITING, RUNNING, CANCELLED, FAILED };
static const char *const state_names[] = {"waiting", "running", "cancelled", "failed"};

struct serve_simulation {
    char id[VG_SIMULATION_ID_BYTES];
    struct serve_order order;
    enum state state;
    bool cancel;
    double progress;
    char doing[24];
    size_t runs_done, runs;
    double people_scale;
    char asked_at[32];
    char *document, *places;     /* of the newest early answer; NULL: none yet */
    struct vg_error error;
    struct serve_simulation *next;
};

static void time_text(char out[32])
{
    time_t now = time(NULL);
    struct tm parts;
    (void)gmtime_r(&now, &parts);
    (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void free_simulation(struct serve_simulation *simulation)
{
    if (simulation != NULL) {
        serve_order_release(&simulation->order);
        free(simulation->document);
        free(simulation->places);
        free(simulation);
    }
}

static struct serve_simulation *find(struct serve_simulations *all, const char *id)
{
    struct serve_simulation *one = all->list;
    while (one != NULL && strcmp(one->id, id) != 0) {
        one = one->next;
    }
    return one;
}

/* Out of the list; the caller frees. */
static void take_out(struct serve_simulations *all, const struct serve_simulation *simulation)
{
    struct serve_simulation **place = &all->list;
    while (*place != simulation) {
        place = &(*place)->next;
    }
    *place = simulation->next;
}

/* ------------------------------------------------------------------ folders */

static void folder_of(const struct serve_simulations *all, const char *id, char path[4096])
{
    (void)snprintf(path, 4096, "%s/simulations%s%s", all->node->folder, id == NULL ? "" : "/", id == NULL ? "" : id);
}

/* A folder of files, and the folder itself. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (const struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL; entry = readdir(folder)) {
        char file[8192];
        if (entry->d_name[0] != '.' && snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file) {
            (void)unlink(file);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

/* What a server that ended while it simulated has left. */
static void remove_leftovers(const struct serve_simulations *all)
{
    char path[4096];
    folder_of(all, NULL, path);
    DIR *folder = opendir(path);
    for (const struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL; entry = readdir(folder)) {
        char one[8192];
        if (entry->d_name[0] != '.' && snprintf(one, sizeof one, "%s/%s", path, entry->d_name) < (int)sizeof one) {
            remove_folder(one);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

static vg_status write_texts(const char *folder, const struct serve_order *order, char paths[][4200], struct vg_error *error)
{
    char above[4096];
    (void)snprintf(above, sizeof above, "%.*s", (int)(strrchr(folder, '/') - folder), folder);
    if ((mkdir(above, 0777) != 0 && errno != EEXIST) || (mkdir(folder, 0777) != 0 && errno != EEXIST)) {
        return vg_fail_errno(error, errno, "the folder %s cannot be made", folder);
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < order->n_texts; i++) {
        (void)snprintf(paths[i], 4200, "%s/%zu.toml", folder, i + 1);
        status = vg_file_write_atomic(paths[i], order->texts[i], strlen(order->texts[i]), error);
    }
    return status;
}

/* ------------------------------------------------------------------- a run */

struct running {
    struct serve_simulations *all;
    struct serve_simulation *simulation;
    struct vg_simulation_plan plan;
    char folder[4096], hidden[4100];
};

static bool report(void *context, const char *what, double fraction)
{
    const struct running *running = context;
    (void)pthread_mutex_lock(&running->all->lock);
    running->simulation->progress = fraction;
    (void)snprintf(running->simulation->doing, sizeof running->simulation->doing, "%s", what);
    bool go_on = !running->simulation->cancel && !running->all->closing;
    (void)pthread_mutex_unlock(&running->all->lock);
    return go_on;
}

static void take_stage(struct running *running, const struct vg_simulate_stage *stage, struct vg_buffer *document, struct vg_buffer *places)
{
    struct serve_simulation *simulation = running->simulation;
    vg_buffer_char(document, '\0');
    vg_buffer_char(places, '\0');
    if (document->failed || places->failed) {
        return; /* the answer before stays */
    }
    (void)pthread_mutex_lock(&running->all->lock);
    free(simulation->document);
    free(simulation->places);
    simulation->document = document->data;
    simulation->places = places->data;
    simulation->runs_done = stage->runs_done;
    simulation->runs = stage->runs;
    simulation->people_scale = stage->people_scale;
    (void)pthread_mutex_unlock(&running->all->lock);
    vg_buffer_init(document, 0); /* their bytes are the simulation's now */
    vg_buffer_init(places, 0);
}

static vg_status write_documents(const struct running *running, const struct vg_answer *rows, const struct vg_answer *summary, const struct vg_answer *places, struct vg_buffer *document,
                                 struct vg_buffer *of_places, struct vg_error *error)
{
    vg_status status = vg_job_simulation_write(&running->plan, rows, summary, running->hidden, document, error);
    return status == VG_OK ? vg_job_simulation_write_places(places, summary, of_places, error) : status;
}

static void early(void *context, const struct vg_simulate_stage *stage, const struct vg_answer *rows, const struct vg_answer *summary)
{
    struct running *running = context;
    struct vg_buffer document;
    struct vg_buffer places;
    struct vg_error error = {0};
    vg_buffer_init(&document, 0);
    vg_buffer_init(&places, 0);
    if (write_documents(running, rows, summary, stage->places, &document, &places, &error) == VG_OK) {
        take_stage(running, stage, &document, &places);
    }
    vg_buffer_release(&document);
    vg_buffer_release(&places);
}

static void put_parameters(const struct running *running, struct vg_buffer *out)
{
    const struct serve_order *order = &running->simulation->order;
    vg_buffer_text(out, "{\"name\":");
    vg_buffer_json_string(out, order->name, strlen(order->name));
    vg_buffer_format(out, ",\"asked_at\":\"%s\",\"runs\":%zu,\"texts\":[", running->simulation->asked_at, running->simulation->runs);
    for (size_t i = 0; i < order->n_texts; i++) {
        vg_buffer_text(out, i == 0 ? "" : ",");
        vg_buffer_json_string(out, order->texts[i], strlen(order->texts[i]));
    }
    vg_buffer_format(out, "],\"note\":%s}", order->note == NULL ? "null" : order->note);
    vg_buffer_char(out, '\0');
}

/* Another process may be writing to the node: it is waited for. */
static vg_status keep(const struct running *running, const struct vg_answer *rows, const struct vg_answer *summary, const struct vg_buffer *document, const struct vg_buffer *places,
                      struct vg_error *error)
{
    struct vg_buffer parameters;
    vg_status status = VG_BUSY;
    vg_buffer_init(&parameters, 0);
    put_parameters(running, &parameters);
    const struct vg_simulation_found found = {running->simulation->id, parameters.data, (uint64_t)running->plan.seed, document, places, rows, summary};
    for (int tried = 0; !parameters.failed && status == VG_BUSY && tried < KEEP_TRIES; tried++) {
        struct vg_store *store = NULL;
        if (tried > 0) {
            (void)nanosleep(&(struct timespec){1, 0}, NULL);
        }
        status = vg_store_open(running->all->node->folder, VG_STORE_WRITE, &store, error);
        if (status == VG_OK) {
            status = vg_job_simulation_keep(store, &found, error);
        }
        vg_store_close(store);
    }
    status = parameters.failed ? vg_fail_memory(error, parameters.size) : status;
    vg_buffer_release(&parameters);
    return status;
}

static vg_status simulate(struct running *running, struct vg_arena *arena, bool *kept, struct vg_error *error)
{
    char paths[SERVE_SIMULATION_TEXTS_MAX][4200];
    const char *names[SERVE_SIMULATION_TEXTS_MAX];
    const struct serve_order *order = &running->simulation->order;
    const struct vg_progress progress = {report, running};
    struct vg_simulate_stage stage;
    struct vg_answer rows;
    struct vg_answer summary;
    struct vg_answer places;
    struct vg_buffer document;
    struct vg_buffer of_places;
    vg_answer_init(&rows, arena);
    vg_answer_init(&summary, arena);
    vg_answer_init(&places, arena);
    vg_buffer_init(&document, 0);
    vg_buffer_init(&of_places, 0);
    vg_status status = vg_job_simulation_plan((const char *const *)order->texts, order->n_texts, &running->all->limits, arena, &running->plan, error);
    if (status == VG_OK) {
        status = write_texts(running->folder, order, paths, error);
    }
    for (size_t i = 0; i < order->n_texts; i++) {
        names[i] = paths[i];
    }
    const struct vg_simulate_request request = {.paths = names, .n_paths = order->n_texts, .keep_folder = running->folder, .coarse = true, .rows_max = running->all->limits.rows, .places = &places,
                                                .early = early, .early_context = running};
    if (status == VG_OK) {
        status = vg_job_simulate(&request, &progress, arena, &rows, &summary, &stage, error);
    }
    if (status == VG_OK) {
        status = write_documents(running, &rows, &summary, &places, &document, &of_places, error);
    }
    if (status == VG_OK && stage.cancelled) {
        take_stage(running, &stage, &document, &of_places); /* what is done can still be looked at, and is marked as a part */
        status = vg_fail(error, VG_CANCELLED, "stopped after %zu of %zu runs", stage.runs_done, stage.runs);
    } else if (status == VG_OK) {
        (void)pthread_mutex_lock(&running->all->lock);
        running->simulation->runs = stage.runs;
        (void)pthread_mutex_unlock(&running->all->lock);
        status = keep(running, &rows, &summary, &document, &of_places, error);
        *kept = status == VG_OK;
    }
    vg_buffer_release(&document);
    vg_buffer_release(&of_places);
    vg_answer_release(&rows);
    vg_answer_release(&summary);
    vg_answer_release(&places);
    return status;
}

static void work(struct serve_simulations *all, struct serve_simulation *simulation)
{
    struct running running = {.all = all, .simulation = simulation};
    struct vg_arena arena;
    struct vg_error error = {0};
    bool kept = false;
    folder_of(all, simulation->id, running.folder);
    (void)snprintf(running.hidden, sizeof running.hidden, "%s/", running.folder);
    vg_arena_init(&arena, JOB_BYTES);
    vg_status status = simulate(&running, &arena, &kept, &error);
    vg_arena_release(&arena);
    (void)pthread_mutex_lock(&all->lock);
    if (kept) {
        take_out(all, simulation);
    } else {
        simulation->state = status == VG_CANCELLED ? CANCELLED : FAILED;
        simulation->error = error;
    }
    (void)pthread_mutex_unlock(&all->lock);
    if (status != VG_CANCELLED) {
        remove_folder(running.folder);
    }
    if (kept) {
        free_simulation(simulation);
    }
}

static void *run_thread(void *argument)
{
    struct serve_simulations *all = argument;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread and those that it makes; where it is refused it goes as well */
    (void)pthread_mutex_lock(&all->lock);
    while (!all->closing) {
        struct serve_simulation *next = all->list;
        while (next != NULL && next->state != WAITING) {
            next = next->next;
        }
        if (next == NULL) {
            (void)pthread_cond_wait(&all->told, &all->lock);
            continue;
        }
        next->state = RUNNING;
        (void)pthread_mutex_unlock(&all->lock);
        work(all, next);
        (void)pthread_mutex_lock(&all->lock);
    }
    (void)pthread_mutex_unlock(&all->lock);
    return NULL;
}

vg_status serve_simulations_start(struct serve_simulations *all, struct serve_node *node, const struct vg_simulation_limits *limits, struct vg_error *error)
{
    *all = (struct serve_simulations){.node = node, .waiting_max = WAITING_MAX, .kept_max = KEPT_MAX, .limits = limits == NULL ? vg_simulation_default_limits() : *limits};
    (void)pthread_mutex_init(&all->lock, NULL);
    (void)pthread_cond_init(&all->told, NULL);
    remove_leftovers(all);
    int reason = pthread_create(&all->thread, NULL, run_thread, all);
    all->thread_runs = reason == 0;
    return reason == 0 ? VG_OK : vg_fail_errno(error, reason, "the thread for simulations cannot be started");
}

void serve_simulations_end(struct serve_simulations *all)
{
    (void)pthread_mutex_lock(&all->lock);
    all->closing = true;
    (void)pthread_cond_broadcast(&all->told);
    (void)pthread_mutex_unlock(&all->lock);
    if (all->thread_runs) {
        (void)pthread_join(all->thread, NULL);
    }
    remove_leftovers(all);
    while (all->list != NULL) {
        struct serve_simulation *first = all->list;
        all->list = first->next;
        free_simulation(first);
    }
    (void)pthread_cond_destroy(&all->told);
    (void)pthread_mutex_destroy(&all->lock);
}

/* ------------------------------------------------------------------ orders */

static size_t count_state(const struct serve_simulations *all, enum state state)
{
    size_t count = 0;
    for (const struct serve_simulation *one = all->list; one != NULL; one = one->next) {
        count += one->state == state ? 1 : 0;
    }
    return count;
}

/* The oldest that ended badly, when there are too many of them. */
static void forget_oldest(struct serve_simulations *all)
{
    if (count_state(all, CANCELLED) + count_state(all, FAILED) <= FORGOTTEN_AFTER) {
        return;
    }
    struct serve_simulation *one = all->list;
    while (one->state != CANCELLED && one->state != FAILED) {
        one = one->next;
    }
    char folder[4096];
    folder_of(all, one->id, folder);
    take_out(all, one);
    remove_folder(folder);
    free_simulation(one);
}

static struct serve_simulation *new_simulation(const char *id, const struct serve_order *order)
{
    struct serve_simulation *simulation = calloc(1, sizeof *simulation);
    if (simulation == NULL) {
        return NULL;
    }
    memcpy(simulation->id, id, sizeof simulation->id);
    memcpy(simulation->order.name, order->name, sizeof order->name);
    simulation->people_scale = 1;
    time_text(simulation->asked_at);
    bool whole = order->note == NULL || (simulation->order.note = strdup(order->note)) != NULL;
    for (size_t i = 0; whole && i < order->n_texts; i++) {
        simulation->order.texts[i] = strdup(order->texts[i]);
        whole = simulation->order.texts[i] != NULL;
        simulation->order.n_texts += whole ? 1 : 0;
    }
    if (!whole) {
        free_simulation(simulation);
        return NULL;
    }
    return simulation;
}

/* Puts it at the end of the queue, unless the same waits or runs already. With the lock held. */
static vg_status put(struct serve_simulations *all, const char *id, const struct serve_order *order, struct vg_error *error)
{
    struct serve_simulation *before = find(all, id);
    if (before != NULL && (before->state == WAITING || (before->state == RUNNING && !before->cancel))) {
        return VG_OK;
    }
    if (before != NULL && before->state == RUNNING) {
        return vg_fail(error, VG_BUSY, "the same simulation is just being stopped; ask again in a moment");
    }
    if (all->closing || count_state(all, WAITING) >= all->waiting_max) {
        return vg_fail(error, VG_BUSY, "%zu simulations are waiting already; ask again when one is done, or cancel one", all->waiting_max);
    }
    struct serve_simulation *simulation = new_simulation(id, order);
    if (simulation == NULL) {
        return vg_fail_memory(error, sizeof *simulation);
    }
    if (before != NULL) {
        take_out(all, before);
        free_simulation(before);
    }
    struct serve_simulation **last = &all->list;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = simulation;
    forget_oldest(all);
    (void)pthread_cond_signal(&all->told);
    return VG_OK;
}

static vg_status start(struct serve_simulations *all, const struct serve_order *order, struct vg_store *store, struct vg_arena *arena, char id[VG_SIMULATION_ID_BYTES], struct vg_error *error)
{
    struct vg_simulation_plan plan;
    struct vg_product *kept = NULL;
    size_t n_kept = 0;
    vg_status status = vg_job_simulation_plan((const char *const *)order->texts, order->n_texts, &all->limits, arena, &plan, error);
    if (status == VG_OK) {
        status = vg_job_simulation_list(store, arena, &kept, &n_kept, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_job_simulation_id((const char *const *)order->texts, order->n_texts, id);
    for (size_t i = 0; i < n_kept; i++) {
        if (strcmp(kept[i].key, id) == 0) {
            return VG_OK; /* it is known what comes out */
        }
    }
    if (n_kept >= all->kept_max) {
        return vg_fail(error, VG_DATA_ERROR, "%zu simulations are kept already; delete some first", n_kept);
    }
    (void)pthread_mutex_lock(&all->lock);
    status = put(all, id, order, error);
    (void)pthread_mutex_unlock(&all->lock);
    return status;
}

static vg_status cancel(struct serve_simulations *all, const char *id, struct vg_error *error)
{
    (void)pthread_mutex_lock(&all->lock);
    struct serve_simulation *one = find(all, id);
    vg_status status = one == NULL ? vg_fail(error, VG_NOT_FOUND, "simulation %.40s neither waits nor runs", id) : VG_OK;
    if (one != NULL && one->state == WAITING) {
        one->state = CANCELLED;
        (void)vg_fail(&one->error, VG_CANCELLED, "stopped before it began");
    } else if (one != NULL) {
        one->cancel = true;
    }
    (void)pthread_mutex_unlock(&all->lock);
    return status;
}

static vg_status drop(struct serve_simulations *all, const char *id, struct vg_error *error)
{
    struct vg_store *store = NULL;
    char folder[4096];
    (void)pthread_mutex_lock(&all->lock);
    struct serve_simulation *one = find(all, id);
    bool runs = one != NULL && one->state == RUNNING;
    if (one != NULL && !runs) {
        take_out(all, one);
    }
    (void)pthread_mutex_unlock(&all->lock);
    if (runs) {
        return vg_fail(error, VG_DATA_ERROR, "simulation %.40s is running; cancel it first", id);
    }
    if (one != NULL) {
        folder_of(all, id, folder);
        remove_folder(folder);
        free_simulation(one);
        return VG_OK;
    }
    vg_status status = vg_store_open(all->node->folder, VG_STORE_WRITE, &store, error);
    if (status == VG_OK) {
        status = vg_job_simulation_drop(store, id, error);
    }
    vg_store_close(store);
    return status;
}

/* ----------------------------------------------------------------- answers */

static void put_text(struct vg_buffer *out, const char *name, const char *text)
{
    vg_buffer_format(out, ",\"%s\":", name);
    vg_buffer_json_string(out, text, strlen(text));
}

/* A row of the list, or the head of one simulation. With the lock held. */
static void put_live(const struct serve_simulation *one, struct vg_buffer *out)
{
    vg_buffer_format(out, "{\"id\":\"%s\",\"state\":\"%s\"", one->id, state_names[one->state]);
    put_text(out, "name", one->order.name);
    put_text(out, "asked_at", one->asked_at);
    put_text(out, "doing", one->doing);
    vg_buffer_format(out, ",\"progress\":%.4f,\"runs_done\":%zu,\"runs\":%zu,\"people_scale\":", one->progress, one->runs_done, one->runs);
    vg_buffer_double(out, one->people_scale);
    put_text(out, "message", one->error.message);
}

static void put_kept(const struct vg_product *product, struct vg_buffer *out)
{
    vg_buffer_format(out, "{\"id\":\"%s\",\"state\":\"kept\",\"kept_at\":\"%s\",\"program\":\"%s\",\"data_version\":%llu,\"seed\":%llu", product->key,
                     product->made_at == NULL ? "" : product->made_at, product->program_version == NULL ? "" : product->program_version, (unsigned long long)product->data_version,
                     (unsigned long long)product->seed);
    json_t *parameters = product->parameters_json == NULL ? NULL : json_loads(product->parameters_json, 0, NULL);
    const char *name = json_string_value(json_object_get(parameters, "name"));
    put_text(out, "name", name == NULL ? "" : name);
    vg_buffer_format(out, ",\"runs\":%lld", (long long)json_integer_value(json_object_get(parameters, "runs")));
    json_decref(parameters);
}

/* All of them: those that wait, run or ended badly, oldest first, then those that are kept, newest first. */
static vg_status list_all(struct serve_simulations *all, struct vg_store *store, struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_product *kept = NULL;
    size_t n_kept = 0;
    bool first = true;
    vg_buffer_text(out, "{\"simulations\":[");
    (void)pthread_mutex_lock(&all->lock);
    for (const struct serve_simulation *one = all->list; one != NULL; one = one->next) {
        vg_buffer_text(out, first ? "" : ",");
        put_live(one, out);
        vg_buffer_char(out, '}');
        first = false;
    }
    (void)pthread_mutex_unlock(&all->lock);
    vg_status status = vg_job_simulation_list(store, arena, &kept, &n_kept, error);
    for (size_t i = 0; status == VG_OK && i < n_kept; i++) {
        vg_buffer_text(out, first ? "" : ",");
        put_kept(&kept[i], out);
        vg_buffer_char(out, '}');
        first = false;
    }
    vg_buffer_format(out, "],\"limits\":{\"scenarios\":%zu,\"runs\":%lld,\"days\":%d,\"persons\":%.0f,\"person_runs\":%.0f}}", all->limits.scenarios, (long long)all->limits.runs,
                     all->limits.days, all->limits.persons, all->limits.person_runs);
    return status;
}

/* The course of its other places as far as it is known; false: it neither waits nor runs. */
static bool answer_live_places(struct serve_simulations *all, const char *id, struct vg_buffer *out)
{
    (void)pthread_mutex_lock(&all->lock);
    const struct serve_simulation *one = find(all, id);
    if (one != NULL) {
        vg_buffer_text(out, one->places == NULL ? "null" : one->places);
    }
    (void)pthread_mutex_unlock(&all->lock);
    return one != NULL;
}

static bool answer_live(struct serve_simulations *all, const char *id, bool head_only, struct vg_buffer *out)
{
    (void)pthread_mutex_lock(&all->lock);
    const struct serve_simulation *one = find(all, id);
    if (one != NULL) {
        put_live(one, out);
    }
    if (one != NULL && head_only) {
        vg_buffer_char(out, '}');
    } else if (one != NULL) {
        vg_buffer_text(out, ",\"parameters\":{\"texts\":[");
        for (size_t i = 0; i < one->order.n_texts; i++) {
            vg_buffer_text(out, i == 0 ? "" : ",");
            vg_buffer_json_string(out, one->order.texts[i], strlen(one->order.texts[i]));
        }
        vg_buffer_format(out, "],\"note\":%s},\"answer\":%s}", one->order.note == NULL ? "null" : one->order.note, one->document == NULL ? "null" : one->document);
    }
    (void)pthread_mutex_unlock(&all->lock);
    return one != NULL;
}

static vg_status answer_one(struct serve_simulations *all, const char *id, const struct serve_simulation_question *question, struct vg_store *store, struct vg_arena *arena,
                            struct vg_buffer *out, struct vg_error *error)
{
    struct vg_product product;
    enum vg_simulation_part part = question->part;
    if ((part == VG_SIMULATION_DOCUMENT && answer_live(all, id, question->head_only, out)) || (part == VG_SIMULATION_PLACES && answer_live_places(all, id, out))) {
        return VG_OK;
    }
    vg_status status = vg_job_simulation_find(store, id, part, arena, &product, error);
    if (status == VG_OK && part == VG_SIMULATION_DOCUMENT) {
        put_kept(&product, out);
        if (!question->head_only) {
            vg_buffer_text(out, ",\"parameters\":");
            vg_buffer_text(out, product.parameters_json == NULL ? "null" : product.parameters_json);
            vg_buffer_text(out, ",\"answer\":");
            vg_buffer_append(out, product.content, product.content_bytes);
        }
        vg_buffer_char(out, '}');
    } else if (status == VG_OK) {
        vg_buffer_append(out, product.content, product.content_bytes);
    }
    return status;
}

vg_status serve_simulations_answer(struct serve_simulations *all, const struct serve_simulation_question *question, struct vg_store *store, struct vg_buffer *out, struct vg_error *error)
{
    char started[VG_SIMULATION_ID_BYTES] = "";
    const char *id = question->id;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_status status = VG_OK;
    switch (question->order == NULL ? SERVE_SIMULATION_LOOK : question->order->action) {
    case SERVE_SIMULATION_START:
        status = start(all, question->order, store, &arena, started, error);
        id = started;
        break;
    case SERVE_SIMULATION_CANCEL:
        status = cancel(all, id, error);
        break;
    case SERVE_SIMULATION_DELETE:
        status = drop(all, id, error);
        id = NULL;
        break;
    case SERVE_SIMULATION_LOOK:
        break;
    }
    if (status == VG_OK) {
        status = id == NULL ? list_all(all, store, &arena, out, error) : answer_one(all, id, question, store, &arena, out, error);
    }
    vg_arena_release(&arena);
    return status == VG_OK && out->failed ? vg_fail_memory(error, out->size) : status;
}
