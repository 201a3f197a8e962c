/*
 * The API's routes: which parameters each takes, how they become a request, and in which form the job's answer leaves.
 */
#include "jobs/chains/chains.h"
#include "jobs/genome_tree/genome_tree.h"
#include "jobs/lineages/lineages.h"
#include "jobs/plan/plan.h"
#include "jobs/tracing/tracing.h"
#include "serve/http.h"
#include "jobs/simulate/simulate.h"
#include "jobs/alarm/alarm.h"

#include <string.h>
#include <time.h>

struct serve_route {
    const char *path;
    vg_job *job;
    const char *parameters; /* space-separated; every table also takes format */
    bool is_document;       /* the body is the job's JSON, not a table */
    bool live;              /* people change what it says */
    bool simulates;         /* the simulations of the server answer it, not a job */
};

#define ANSWER_MEMORY_BYTES ((size_t)4 << 30) /* of one job */
#define ANSWER_BYTES_MAX ((size_t)512 << 20)
#define ALARMS_PATH "/api/v1/alarms"
#define SIMULATIONS_PATH "/api/v1/simulations"
#define FOLLOWUPS_PATH "/api/v1/tracing/followups"
#define ENTRIES_PATH "/api/v1/tracing/entries"
#define PERSONS_PATH "/api/v1/tracing/persons"
#define STOCK_PATH "/api/v1/stock"
#define PLANS_PATH "/api/v1/plans"
#define PLAN_SECONDS_MOST 40           /* of making one: the page waits for it */
#define SERIES_PARAMETERS "dataset measure place group as_of from to step"
#define ALARM_PARAMETERS SERIES_PARAMETERS " level parent method alpha newest replicates retrospective seed"
static const struct serve_route routes[] = {
    {"/api/v1/node", vg_job_node, "", true, false, false},
    {"/api/v1/shapes", vg_job_shapes, "parent", true, false, false},
    {"/api/v1/places", vg_job_places, "dataset measure level as_of", false, false, false},
    {"/api/v1/situation", vg_job_situation, "dataset measure level parent group as_of step", false, false, false},
    {"/api/v1/series", vg_job_series, SERIES_PARAMETERS, false, false, false},
    {"/api/v1/nowcast", vg_job_nowcast, SERIES_PARAMETERS " delays method missing_onset disease shape seed", false, false, false},
    {"/api/v1/delays", vg_job_delays, SERIES_PARAMETERS " delays through", false, false, false},
    {"/api/v1/rt", vg_job_rt, SERIES_PARAMETERS " si_mean si_sd disease window method missing_onset seed", false, false, false},
    {"/api/v1/parameters", vg_job_parameters, "disease", false, false, false},
    {"/api/v1/alarm", vg_job_alarm, ALARM_PARAMETERS, false, false, false},
    {ALARMS_PATH, vg_job_alarms, "dataset place state", false, true, false},
    {"/api/v1/forecast", vg_job_forecast, SERIES_PARAMETERS " level horizon method shape samples seed", false, false, false},
    {"/api/v1/hindcast", vg_job_hindcast, SERIES_PARAMETERS " horizon method origins seed", false, false, false},
    {"/api/v1/triangle", vg_job_triangle, SERIES_PARAMETERS " delays", false, false, false},
    {"/api/v1/pyramid", vg_job_pyramid, "dataset measure place group as_of from to", false, false, false},
    {"/api/v1/quality", vg_job_quality, "dataset measure place as_of", false, false, false},
    {"/api/v1/imports", vg_job_imports, "dataset", false, false, false},
    {"/api/v1/chains", vg_job_chains_node, "place disease method from to reported seed use agreement", false, false, false},
    {"/api/v1/genomes", vg_job_genome_sets, "", false, true, false},
    {"/api/v1/tree", vg_job_tree_node, "dataset level node sample lineage tips form use agreement allowed_only", true, true, false},
    {"/api/v1/introductions", vg_job_introductions_node, "dataset level show as_of cases seed use agreement allowed_only", false, true, false},
    {"/api/v1/lineages", vg_job_lineages_node, "dataset show level place as_of seed use agreement", false, true, false},
    {"/api/v1/tracing", vg_job_tracing_served, "show place officer status from to date disease person other event most skip", false, true, false},
    {STOCK_PATH, vg_job_stock_served, "show item place level date from to most skip horizon language", false, true, false},
    {PLANS_PATH, vg_job_plans_served, "name show what_if language", false, true, false},
    {"/api/v1/plan", vg_job_plan_document, "name", true, true, false},
    {"/api/v1/scenario", vg_job_scenario_start, "dataset place level as_of", true, false, false},
    {SIMULATIONS_PATH, NULL, "part format", true, true, true},
};

/* What a POST to the alarms does: what /alarm says to these parameters is kept. */
static const struct serve_route keep_route = {ALARMS_PATH, vg_job_alarm_keep, ALARM_PARAMETERS, false, true, false};

/* What a POST of visits does; it has no question of the same path. */
static const struct serve_route followups_route = {FOLLOWUPS_PATH, NULL, "", false, true, false};

/* What POSTs of other rows, and about persons, do. */
static const struct serve_route entries_route = {ENTRIES_PATH, NULL, "", false, true, false}, persons_route = {PERSONS_PATH, NULL, "", false, true, false};

/* What a POST of entries does. */
static const struct serve_route stock_route = {STOCK_PATH, NULL, "", false, true, false};

/* What a POST of a plan does. */
static const struct serve_route plan_route = {PLANS_PATH, NULL, "", true, true, false};

static bool list_holds(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; length > 0 && (at = strstr(at, name)) != NULL; at += length) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static vg_status check_parameters(const struct serve_route *route, const struct serve_request *request, struct vg_error *error)
{
    for (size_t i = 0; i < request->n_parameters; i++) {
        const char *name = request->parameters[i].name;
        if ((strchr(name, ' ') != NULL || !list_holds(route->parameters, name)) &&
            (route->is_document || strcmp(name, "format") != 0)) {
            return vg_fail(error, VG_USAGE_ERROR, "%s takes no parameter \"%.60s\"; it takes%s%s%s", route->path, name,
                           route->parameters[0] == '\0' && route->is_document ? " none" : ": ", route->parameters,
                           route->is_document             ? ""
                           : route->parameters[0] == '\0' ? "format"
                                                          : " format");
        }
    }
    return VG_OK;
}

static vg_status date_of(const struct serve_request *request, const char *name, int32_t *date, struct vg_error *error)
{
    const char *value = serve_parameter(request, name);
    if (value != NULL && !vg_date_parse_iso(vg_text_from(value), date)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not a date; write it as 2021-02-05", name, value);
    }
    return VG_OK;
}

static vg_status whole_of(const struct serve_request *request, const char *name, int64_t low, int64_t high, int64_t *number, struct vg_error *error)
{
    const char *value = serve_parameter(request, name);
    if (value != NULL && (!vg_parse_integer(vg_text_from(value), number) || *number < low || *number > high)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not a whole number from %lld to %lld", name, value, (long long)low, (long long)high);
    }
    return VG_OK;
}

static vg_status count_of(const struct serve_request *request, const char *name, int64_t high, int64_t *number, struct vg_error *error)
{
    return whole_of(request, name, 1, high, number, error);
}

static vg_status days_of(const struct serve_request *request, const char *name, double *days, struct vg_error *error)
{
    const char *value = serve_parameter(request, name);
    if (value != NULL && (!vg_parse_double(vg_text_from(value), '.', days) || !(*days > 0) || *days > 365)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not a number of days above 0", name, value);
    }
    return VG_OK;
}

static vg_status share_of(const struct serve_request *request, const char *name, double *share, struct vg_error *error)
{
    const char *value = serve_parameter(request, name);
    if (value != NULL && (!vg_parse_double(vg_text_from(value), '.', share) || !(*share > 0) || *share > 1)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: \"%.40s\" is not a share above 0 and at most 1", name, value);
    }
    return VG_OK;
}

/* A word from a short list; index of it, 0 when not given. */
static vg_status word_of(const struct serve_request *request, const char *name, const char *first, const char *second,
                         bool *is_second, struct vg_error *error)
{
    const char *value = serve_parameter(request, name);
    *is_second = value != NULL && strcmp(value, second) == 0;
    if (value != NULL && !*is_second && strcmp(value, first) != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is %s or %s, not \"%.40s\"", name, first, second, value);
    }
    return VG_OK;
}

static vg_status fill_tracing(const struct serve_request *from, struct vg_request *to, struct vg_error *error)
{
    int64_t most = 0, skip = 0;
    const struct { const char *name; int64_t *number; } numbers[] = {{"person", &to->person}, {"other", &to->other}, {"event", &to->event}};
    to->show = serve_parameter(from, "show");
    to->officer = serve_parameter(from, "officer");
    to->item = serve_parameter(from, "item");
    to->name = serve_parameter(from, "name");
    to->what_if = serve_parameter(from, "what_if");
    const char *language = serve_parameter(from, "language");
    if (language != NULL && !vg_language_from_code(vg_text_from(language), &to->language)) {
        return vg_fail(error, VG_USAGE_ERROR, "language is es, pt, en, fr or zh, not \"%.20s\"", language);
    }
    to->status = serve_parameter(from, "status");
    if (date_of(from, "date", &to->day, error) != VG_OK || count_of(from, "most", 5000, &most, error) != VG_OK || whole_of(from, "skip", 0, 100000000, &skip, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (count_of(from, numbers[i].name, INT64_C(1) << 50, numbers[i].number, error) != VG_OK) {
            return VG_USAGE_ERROR;
        }
    }
    to->most = (size_t)most;
    to->skip = (size_t)skip;
    return VG_OK;
}

static vg_status fill_tree(const struct serve_request *from, struct vg_tree_wish *to, struct vg_error *error)
{
    int64_t tips = 0;
    to->node = serve_parameter(from, "node");
    to->sample = serve_parameter(from, "sample");
    to->lineage = serve_parameter(from, "lineage");
    to->form = serve_parameter(from, "form");
    to->use = serve_parameter(from, "use");
    to->agreement = serve_parameter(from, "agreement");
    to->cases = serve_parameter(from, "cases");
    if (whole_of(from, "tips", 2, 50000, &tips, error) != VG_OK || word_of(from, "allowed_only", "no", "yes", &to->allowed_only, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    to->tips = (size_t)tips;
    return VG_OK;
}

static vg_status fill_request(const struct serve_request *from, struct vg_request *to, struct vg_error *error)
{
    int64_t horizon = 0;
    int64_t delays = 0;
    int64_t window = 0;
    int64_t newest = 0;
    int64_t origins = 0;
    int64_t samples = 0;
    int64_t seed = 0;
    int64_t replicates = 0;
    bool weekly = false;
    vg_request_init(to);
    to->dataset = serve_parameter(from, "dataset");
    to->measure = serve_parameter(from, "measure");
    to->place = serve_parameter(from, "place");
    to->group = serve_parameter(from, "group");
    to->level = serve_parameter(from, "level");
    to->parent = serve_parameter(from, "parent");
    to->disease = serve_parameter(from, "disease");
    to->method = serve_parameter(from, "method");
    to->missing_onset = serve_parameter(from, "missing_onset");
    to->alarm_state = serve_parameter(from, "state");
    if (date_of(from, "as_of", &to->as_of, error) != VG_OK || date_of(from, "from", &to->from, error) != VG_OK ||
        date_of(from, "to", &to->to, error) != VG_OK || count_of(from, "horizon", 365, &horizon, error) != VG_OK ||
        count_of(from, "delays", 400, &delays, error) != VG_OK || count_of(from, "window", 365, &window, error) != VG_OK ||
        count_of(from, "newest", 10000, &newest, error) != VG_OK || count_of(from, "origins", 52, &origins, error) != VG_OK ||
        word_of(from, "through", "delay", "time", &to->through_time, error) != VG_OK || days_of(from, "alpha", &to->alpha, error) != VG_OK ||
        share_of(from, "reported", &to->reported, error) != VG_OK ||
        count_of(from, "seed", INT64_MAX, &seed, error) != VG_OK || count_of(from, "replicates", 99999, &replicates, error) != VG_OK ||
        count_of(from, "samples", 1000, &samples, error) != VG_OK ||
        word_of(from, "retrospective", "no", "yes", &to->retrospective, error) != VG_OK ||
        days_of(from, "si_mean", &to->serial_interval_mean_days, error) != VG_OK ||
        days_of(from, "si_sd", &to->serial_interval_sd_days, error) != VG_OK ||
        word_of(from, "step", "day", "week", &weekly, error) != VG_OK ||
        word_of(from, "shape", "wide", "hubverse", &to->hubverse, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    if ((to->serial_interval_mean_days > 0) != (to->serial_interval_sd_days > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "si_mean and si_sd belong together");
    }
    to->step_days = serve_parameter(from, "step") == NULL ? 0 : weekly ? 7 : 1;
    to->horizon_steps = (size_t)horizon;
    to->n_delays = (size_t)delays;
    to->window_days = (size_t)window;
    to->newest_steps = (size_t)newest;
    to->n_origins = (size_t)origins;
    to->n_replicates = (size_t)replicates;
    to->n_samples = (size_t)samples;
    to->seed = seed == 0 ? to->seed : (uint64_t)seed;
    return VG_OK;
}

static uint64_t hash_of(const struct serve_request *request)
{
    uint64_t hash = vg_hash_text(vg_text_from(request->path));
    for (size_t i = 0; i < request->n_parameters; i++) {
        hash = vg_hash_bytes(request->parameters[i].name, strlen(request->parameters[i].name) + 1,
                             hash); /* with the NUL, as a mark between */
        hash = vg_hash_bytes(request->parameters[i].value, strlen(request->parameters[i].value) + 1, hash);
    }
    return hash;
}

static vg_status unknown_path(const char *path, struct vg_error *error)
{
    struct vg_buffer names;
    vg_buffer_init(&names, 0);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        vg_buffer_format(&names, " %s", strrchr(routes[i].path, '/') + 1);
    }
    vg_status status = vg_fail(error, VG_NOT_FOUND, "there is nothing at %.200s; below /api/v1 there are%s", path,
                               names.failed ? " other paths" : names.data);
    vg_buffer_release(&names);
    return status;
}

/* The number behind the path of the alarms; 0: another path. */
static int64_t alarm_of_path(const char *path)
{
    int64_t number = 0;
    size_t length = sizeof ALARMS_PATH - 1;
    if (strncmp(path, ALARMS_PATH, length) != 0 || path[length] != '/' || strspn(path + length + 1, "0123456789") != strlen(path + length + 1)) {
        return 0;
    }
    return vg_parse_integer(vg_text_from(path + length + 1), &number) && number > 0 ? number : 0;
}

/* The name behind the path of the simulations; NULL: another path. */
static const char *simulation_of_path(const char *path)
{
    size_t length = sizeof SIMULATIONS_PATH - 1;
    if (strncmp(path, SIMULATIONS_PATH, length) != 0 || path[length] != '/' || strlen(path + length + 1) != VG_SIMULATION_ID_BYTES - 1 ||
        strspn(path + length + 1, "0123456789abcdef") != VG_SIMULATION_ID_BYTES - 1) {
        return NULL;
    }
    return path + length + 1;
}

enum serve_post serve_post_of(const char *path)
{
    return strcmp(path, ALARMS_PATH) == 0        ? SERVE_POST_KEEP
           : strcmp(path, FOLLOWUPS_PATH) == 0   ? SERVE_POST_FOLLOWUPS
           : strcmp(path, ENTRIES_PATH) == 0     ? SERVE_POST_ENTRIES
           : strcmp(path, PERSONS_PATH) == 0     ? SERVE_POST_PERSONS
           : strcmp(path, STOCK_PATH) == 0       ? SERVE_POST_STOCK
           : strcmp(path, PLANS_PATH) == 0       ? SERVE_POST_PLAN
           : strcmp(path, SIMULATIONS_PATH) == 0 ? SERVE_POST_SIMULATE
           : simulation_of_path(path) != NULL    ? SERVE_POST_SIMULATION
           : alarm_of_path(path) > 0             ? SERVE_POST_STEP
                                                 : SERVE_POST_NONE;
}

size_t serve_post_bytes_max(enum serve_post post)
{
    return post == SERVE_POST_SIMULATE || post == SERVE_POST_PLAN ? SERVE_SIMULATION_BODY_BYTES_MAX : post == SERVE_POST_FOLLOWUPS || post == SERVE_POST_ENTRIES || post == SERVE_POST_PERSONS || post == SERVE_POST_STOCK ? SERVE_FOLLOWUPS_BODY_BYTES_MAX : SERVE_BODY_BYTES_MAX;
}

bool serve_question_simulates(const struct serve_question *question)
{
    return question->route->simulates;
}

static bool is_json(enum vg_simulation_part part)
{
    return part == VG_SIMULATION_DOCUMENT || part == VG_SIMULATION_PLACES;
}

/* Which part of a simulation, by name. */
static vg_status part_of(const struct serve_request *request, struct serve_simulation_question *asked, struct vg_error *error)
{
    const char *name = serve_parameter(request, "part");
    const char *format = serve_parameter(request, "format");
    asked->head_only = name != NULL && strcmp(name, "state") == 0;
    asked->part = name == NULL || asked->head_only ? VG_SIMULATION_DOCUMENT : strcmp(name, "rows") == 0 ? VG_SIMULATION_ROWS : strcmp(name, "places") == 0 ? VG_SIMULATION_PLACES : VG_SIMULATION_SUMMARY;
    if (name != NULL && (asked->id == NULL || request->posts || (asked->part == VG_SIMULATION_SUMMARY && strcmp(name, "summary") != 0))) {
        return vg_fail(error, VG_USAGE_ERROR, "part is state, places, rows or summary, of one simulation");
    }
    const char *written = is_json(asked->part) ? "json" : "csv";
    return format == NULL || strcmp(format, written) == 0 ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "what is asked for is told as %s alone", written);
}

vg_status serve_question_read(const struct serve_request *request, struct serve_question *question, struct vg_error *error)
{
    *question = (struct serve_question){.format = VG_FORMAT_JSON};
    int64_t alarm = alarm_of_path(request->path);
    const char *simulation = simulation_of_path(request->path);
    enum serve_post post = request->posts ? serve_post_of(request->path) : SERVE_POST_NONE;
    question->route = post == SERVE_POST_KEEP ? &keep_route : post == SERVE_POST_FOLLOWUPS ? &followups_route : post == SERVE_POST_ENTRIES ? &entries_route : post == SERVE_POST_PERSONS ? &persons_route : post == SERVE_POST_STOCK ? &stock_route : post == SERVE_POST_PLAN ? &plan_route : NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes && question->route == NULL; i++) {
        question->route = strcmp(routes[i].path, alarm > 0 ? ALARMS_PATH : simulation != NULL ? SIMULATIONS_PATH : request->path) == 0 ? &routes[i] : NULL;
    }
    if (question->route == NULL) {
        return unknown_path(request->path, error);
    }
    const char *format = serve_parameter(request, "format");
    vg_status status = check_parameters(question->route, request, error);
    if (status == VG_OK && format != NULL && !vg_table_format_from_name(format, &question->format)) {
        status = vg_fail(error, VG_USAGE_ERROR, "format is json, csv, arrow or xlsx, not \"%.40s\"", format);
    }
    if (status == VG_OK) {
        status = fill_request(request, &question->wanted, error);
    }
    if (status == VG_OK) {
        status = fill_tracing(request, &question->wanted, error);
    }
    if (status == VG_OK) {
        status = fill_tree(request, &question->wanted.tree, error);
    }
    if (status == VG_OK && question->route->simulates) {
        question->simulation.id = simulation;
        status = part_of(request, &question->simulation, error);
    }
    question->wanted.alarm = alarm;
    question->live = question->route->live;
    question->hash = hash_of(request);
    return status;
}

static vg_status write_answer(const struct serve_route *route, struct vg_answer *answer, enum vg_table_format format,
                              struct vg_buffer *out, struct vg_error *error)
{
    if (route->is_document && answer->table.n_columns == 0) {
        vg_buffer_append(out, answer->meta.data == NULL ? "" : answer->meta.data, answer->meta.size);
        return out->failed ? vg_fail_memory(error, answer->meta.size) : VG_OK;
    }
    if (format == VG_FORMAT_JSON && !route->is_document) {
        return vg_table_write_json_meta(&answer->table, answer->meta.data, out, error);
    }
    vg_answer_mark(answer);
    return vg_table_write(&answer->table, route->is_document ? VG_FORMAT_CSV : format, out, error); /* a document's other form */
}

static double seconds_now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* Until somebody who waits would have given up. */
static bool in_time(void *context, const char *what, double fraction)
{
    (void)what;
    (void)fraction;
    return seconds_now() < *(const double *)context;
}

/* {"name", "removed"} or {"name", "left_out"}. */
static vg_status answer_plan(const struct serve_plan *plan, struct vg_store *store, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    double end = seconds_now() + PLAN_SECONDS_MOST;
    const struct vg_progress progress = {in_time, &end};
    struct vg_answer summary;
    const char *left_out = NULL;
    vg_answer_init(&summary, arena);
    vg_status status = plan->removes ? vg_job_plan_remove(store, plan->order.name, error) : vg_job_plan_order(store, &plan->order, &progress, arena, &summary, &left_out, error);
    vg_answer_release(&summary);
    if (status == VG_CANCELLED) {
        status = vg_fail(error, VG_LIMIT_EXCEEDED, "the plan takes longer than the %d seconds that the page waits: choose fewer places or resources, or make it by vigia plan --keep", PLAN_SECONDS_MOST);
    }
    vg_buffer_text(&answer->meta, "{\"name\":");
    vg_buffer_json_string(&answer->meta, plan->order.name, strlen(plan->order.name));
    vg_buffer_text(&answer->meta, plan->removes ? ",\"removed\":true" : ",\"left_out\":");
    if (!plan->removes && left_out != NULL) {
        vg_buffer_json_string(&answer->meta, left_out, strlen(left_out));
    } else if (!plan->removes) {
        vg_buffer_text(&answer->meta, "null");
    }
    vg_buffer_text(&answer->meta, "}");
    return status == VG_OK && answer->meta.failed ? vg_fail_memory(error, 64) : status;
}

/* Names are shown in the server's role; what is told or decided is a case worker's, by the name that is given. */
static vg_status answer_tracing(const struct serve_question *question, struct vg_store *store, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const enum vg_tracing_decision decisions[] = {[SERVE_PERSONS_MERGE] = VG_TRACING_MERGE, [SERVE_PERSONS_DIFFERENT] = VG_TRACING_DIFFERENT, [SERVE_PERSONS_UNDO] = VG_TRACING_UNDO};
    const struct serve_tracing *told = question->tracing;
    const struct vg_actor writer = {told->by, VG_ROLE_CASE_WORKER}, asker = {told->by, question->role};
    if (told->adds != NULL) {
        return vg_job_tracing_entries(store, &writer, told->adds, told->n_adds, arena, answer, error);
    }
    if (told->action == SERVE_PERSONS_NAMES) {
        return vg_job_tracing_names(store, &asker, told->persons, told->n_persons, told->reason, arena, answer, error);
    }
    return told->action == SERVE_PERSONS_CANDIDATES ? vg_job_tracing_candidates(store, &writer, told->person, arena, answer, error)
                                                    : vg_job_tracing_decide(store, &writer, decisions[told->action], told->person, told->other, told->reason, arena, answer, error);
}

/* What changes something goes through a handle of its own: answers are read from handles that cannot write. */
static vg_status answer_post(const struct serve_question *question, const char *folder, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct serve_step *from = question->step;
    struct vg_store *store = NULL;
    vg_status status = vg_store_open(folder, VG_STORE_WRITE, &store, error);
    if (status == VG_OK && question->followups != NULL) {
        const struct vg_actor actor = {question->followups->by, VG_ROLE_CASE_WORKER};
        status = vg_job_tracing_followups(store, &actor, question->followups->told, question->followups->n_told, arena, answer, error);
        vg_store_close(store);
        return status;
    }
    if (status == VG_OK && question->tracing != NULL) {
        status = answer_tracing(question, store, arena, answer, error);
        vg_store_close(store);
        return status;
    }
    if (status == VG_OK && question->plan != NULL) {
        status = answer_plan(question->plan, store, arena, answer, error);
        vg_store_close(store);
        return status;
    }
    if (status == VG_OK && question->stock != NULL) {
        status = vg_job_stock_say(store, question->stock->by, question->stock->said, question->stock->n_said, arena, answer, error);
        vg_store_close(store);
        return status;
    }
    if (status == VG_OK && !from->keeps) {
        const struct vg_alarm_step step = {question->wanted.alarm, from->action, from->by, from->has_to ? from->to : NULL, from->has_note ? from->note : NULL};
        status = vg_store_step_alarm(store, &step, error);
    }
    if (status == VG_OK) {
        status = question->route->job(store, &question->wanted, arena, answer, error);
    }
    vg_store_close(store);
    return status;
}

/* What the simulations say: JSON, or the CSV of a part. */
static vg_status answer_simulation(const struct serve_question *question, struct vg_store *store, uint64_t tag, struct serve_body **body, struct vg_error *error)
{
    enum vg_simulation_part part = question->simulation.part;
    struct vg_buffer out;
    vg_buffer_init(&out, ANSWER_BYTES_MAX);
    vg_status status = serve_simulations_answer(question->simulations, &question->simulation, store, &out, error);
    if (status == VG_OK) {
        *body = serve_body_new(&out, vg_table_format_media_type(is_json(part) ? VG_FORMAT_JSON : VG_FORMAT_CSV), tag);
        status = *body == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    if (status == VG_OK && !is_json(part)) {
        (void)snprintf((*body)->file_name, sizeof(*body)->file_name, "vigia-simulation-%.16s-%s.csv", question->simulation.id, part == VG_SIMULATION_ROWS ? "rows" : "summary");
    }
    vg_buffer_release(&out);
    return status;
}

vg_status serve_question_answer(const struct serve_question *question, struct vg_store *store, uint64_t tag,
                                struct serve_body **body, struct vg_error *error)
{
    static const char *const endings[] = {"csv", "json", "arrow", "xlsx"}; /* by format */
    const struct serve_route *route = question->route;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer out;
    if (route->simulates) {
        return answer_simulation(question, store, tag, body, error);
    }
    vg_arena_init(&arena, ANSWER_MEMORY_BYTES);
    vg_answer_init(&answer, &arena);
    vg_buffer_init(&out, ANSWER_BYTES_MAX);
    bool found = false;
    vg_status status = VG_OK;
    bool posted = question->step != NULL || question->followups != NULL || question->tracing != NULL || question->stock != NULL || question->plan != NULL;
    if (posted) {
        status = answer_post(question, vg_store_folder(store), &arena, &answer, error);
    } else if (route->job == vg_job_situation && question->format == VG_FORMAT_JSON) {
        status = vg_job_kept_situation(store, &question->wanted, &out, &found, error);
    }
    if (status == VG_OK && !posted && !found) {
        status = route->job(store, &question->wanted, &arena, &answer, error);
    }
    if (status == VG_OK && !found) {
        status = write_answer(route, &answer, question->format, &out, error);
    }
    if (status != VG_OK && out.failed) {
        status = vg_fail(error, VG_LIMIT_EXCEEDED, "the answer is larger than %zu MiB; ask for a part of it (from, to, place)",
                         ANSWER_BYTES_MAX >> 20);
    }
    if (status == VG_OK) {
        enum vg_table_format format = route->is_document && answer.table.n_columns > 0 ? VG_FORMAT_CSV : question->format;
        *body = serve_body_new(&out, answer.media_type != NULL ? answer.media_type : vg_table_format_media_type(format), tag);
        status = *body == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    if (status == VG_OK && answer.file_name[0] != '\0') {
        (void)snprintf((*body)->file_name, sizeof(*body)->file_name, "%s", answer.file_name);
    } else if (status == VG_OK && question->format != VG_FORMAT_JSON) {
        (void)snprintf((*body)->file_name, sizeof(*body)->file_name, "vigia-%s%s.%s", answer.simulated ? "exercise-" : "", strrchr(route->path, '/') + 1,
                       endings[question->format]);
    }
    vg_buffer_release(&out);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

unsigned serve_http_status(vg_status status)
{
    switch (status) {
    case VG_OK:
        return 200;
    case VG_DATA_ERROR:
        return 422;
    case VG_USAGE_ERROR:
        return 400;
    case VG_NOT_FOUND:
        return 404;
    case VG_NEEDS_CHOICE:
        return 409;
    case VG_LIMIT_EXCEEDED:
        return 413;
    case VG_BUSY:
    case VG_CANCELLED:
        return 503;
    case VG_SYSTEM_ERROR:
        break;
    }
    return 500;
}

const char *serve_status_name(vg_status status)
{
    static const char *const names[] = {"ok",   "data_error", "usage_error", "not_found", "needs_choice", "limit_exceeded",
                                        "busy", "cancelled",  "system_error"};
    return names[status];
}
