/*
 * Alarms as objects: the alarms of a run are kept in the node, listed with their history, and taken from state to state by people.
 */
#include "jobs/alarm/internal.h"
#include "jobs/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEEPER "vigia"

/* Notable rows where the method has p-values (one case where there never was any has none: it is no alarm to keep), else those above the threshold. */
static bool is_kept(const struct alarm_run *run, const struct alarm_judged *one)
{
    bool without = run->method == METHOD_EARS_C3 || (run->method >= METHOD_CUSUM && run->method <= METHOD_GLR_DECREASE);
    return one->alarm.status == VG_SERIES_OK && (without ? one->alarm.alarm : one->notable);
}

static void fill_found(const struct alarm_run *run, const struct alarm_judged *one, struct vg_alarm_found *found)
{
    const struct job_context *context = &run->context;
    const char *code = alarm_place_code(run, one->place);
    *found = (struct vg_alarm_found){.dataset = context->dataset.name,
                                     .measure = context->measure->name,
                                     .group = context->request->group,
                                     .place = code == NULL ? "" : code,
                                     .method = alarm_method_name(run->method),
                                     .parameters_json = context->answer->meta.data,
                                     .first = one->first,
                                     .last = one->date,
                                     .step_days = run->matrix.step_days,
                                     .count = one->count,
                                     .expected = one->alarm.expected,
                                     .threshold = one->alarm.threshold,
                                     .score = one->alarm.score,
                                     .p_value = one->alarm.p_value};
    for (size_t i = 0; one->cluster != NULL && i < one->cluster->n_places; i++) {
        found->places = vg_arena_format(context->arena, "%s%s%s", found->places == NULL ? "" : found->places, i == 0 ? "" : " ",
                                        alarm_place_code(run, run->scanned[one->cluster->places[i]]));
    }
}

static int by_date(const void *a, const void *b)
{
    const struct vg_alarm_found *x = a;
    const struct vg_alarm_found *y = b;
    if (x->last != y->last) {
        return x->last < y->last ? -1 : 1;
    }
    return strcmp(x->place, y->place);
}

vg_status vg_job_alarm_keep(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct alarm_run run;
    struct vg_alarm_summary summary;
    vg_status status = alarm_open(&run, store, request, arena, answer, error);
    if (status == VG_OK && run.method >= METHOD_CHANNEL) {
        status = vg_fail(error, VG_USAGE_ERROR, "a channel has zones, not alarms: choose another method to keep alarms");
    }
    if (status == VG_OK) {
        status = alarm_find(&run);
    }
    if (status == VG_OK) {
        status = alarm_print_meta(&run);
    }
    struct vg_alarm_found *found = VG_ARENA_ARRAY(arena, struct vg_alarm_found, run.n_judged + 1);
    if (status != VG_OK || found == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, run.n_judged * sizeof *found);
    }
    size_t n = 0;
    for (size_t i = 0; i < run.n_judged; i++) {
        if (is_kept(&run, &run.judged[i])) {
            fill_found(&run, &run.judged[i], &found[n++]);
        }
    }
    qsort(found, n, sizeof *found, by_date); /* steps of one alarm in their order */
    status = vg_store_keep_alarms(store, found, n, KEEPER, &summary, error);
    struct vg_table *table = &answer->table;
    static const char *const names[] = {"judged", "found", "new", "went_on", "reopened", "known"};
    const size_t values[] = {run.n_judged, n, summary.n_new, summary.n_went_on, summary.n_reopened, summary.n_known};
    for (size_t i = 0; status == VG_OK && i < 6; i++) {
        vg_table_add_column(table, names[i], VG_COLUMN_INTEGER);
    }
    for (size_t i = 0; status == VG_OK && i < 6; i++) {
        vg_table_integer(table, (int64_t)values[i]);
    }
    return status;
}

static vg_status filter_of(const struct vg_request *request, struct vg_alarm_filter *filter, struct vg_error *error)
{
    *filter = (struct vg_alarm_filter){.id = request->alarm, .dataset = request->dataset, .place = request->place, .state = VG_ALARM_STATE_COUNT};
    if (request->alarm_state != NULL && !vg_alarm_state_from_name(request->alarm_state, &filter->state)) {
        return vg_fail(error, VG_USAGE_ERROR, "an alarm is open, acknowledged or closed, not \"%.40s\"", request->alarm_state);
    }
    return VG_OK;
}

/* NULL where the dataset is no longer there. */
static const char *nature_of(struct vg_store *store, const char *name, struct vg_arena *arena)
{
    struct vg_dataset dataset;
    struct vg_error error = {0};
    return vg_store_dataset_find(store, name, arena, &dataset, &error) == VG_OK ? vg_data_nature_name(dataset.nature) : NULL;
}

static void write_record(struct vg_store *store, struct vg_table *table, const struct vg_alarm_record *record, const char *nature)
{
    const struct vg_place_list *places = vg_store_place_list(store);
    uint32_t place = vg_place_list_find_code(places, vg_text_from(record->found.place));
    vg_table_integer(table, record->id);
    const char *const texts[] = {vg_alarm_state_name(record->state), record->found.dataset, record->found.measure, record->found.group,
                                 record->found.place[0] == '\0' ? NULL : record->found.place, place == VG_PLACE_NONE ? NULL : places->places[place].name, record->found.method};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_text(table, texts[i]);
    }
    vg_table_date(table, record->found.first);
    vg_table_date(table, record->found.last);
    vg_table_integer(table, record->found.step_days);
    const double numbers[] = {record->found.count, record->found.expected, record->found.threshold, record->found.score, record->found.p_value};
    for (size_t i = 0; i < 5; i++) {
        vg_table_double(table, numbers[i]);
    }
    vg_table_text(table, record->found.places);
    vg_table_text(table, record->assignee);
    vg_table_text(table, record->found_at);
    vg_table_text(table, record->changed_at);
    vg_table_integer(table, (int64_t)record->data_version);
    vg_table_integer(table, (int64_t)record->n_events);
    vg_table_text(table, nature);
}

static void write_history(struct vg_buffer *meta, const struct vg_alarm_event *events, size_t n)
{
    vg_buffer_text(meta, ",\"history\":[");
    for (size_t i = 0; i < n; i++) {
        vg_buffer_text(meta, i == 0 ? "{" : ",{");
        job_meta_number(meta, "alarm", (double)events[i].alarm);
        job_meta_text(meta, "at", events[i].at);
        job_meta_text(meta, "by", events[i].actor);
        job_meta_text(meta, "action", events[i].action);
        job_meta_text(meta, "to", events[i].recipient);
        job_meta_text(meta, "note", events[i].note);
        job_meta_number(meta, "data_version", (double)events[i].data_version);
        vg_buffer_char(meta, '}');
    }
    vg_buffer_char(meta, ']');
}

/* What was kept that the request asks for: alarms with the steps that were taken; an alarm asked for by a number that none has is said. */
struct kept { struct vg_alarm_record *records; struct vg_alarm_event *events; size_t n_records, n_events; };

static vg_status load_kept(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct kept *kept, struct vg_error *error)
{
    struct vg_alarm_filter filter;
    *kept = (struct kept){.n_records = 0};
    vg_status status = filter_of(request, &filter, error);
    if (status == VG_OK) {
        status = vg_store_alarms(store, &filter, arena, &kept->records, &kept->n_records, error);
    }
    if (status == VG_OK) {
        status = vg_store_alarm_events(store, &filter, arena, &kept->events, &kept->n_events, error);
    }
    return status;
}

vg_status vg_job_alarms(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct kept kept;
    vg_status status = load_kept(store, request, arena, &kept, error);
    if (status != VG_OK) {
        return status;
    }
    const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"id", VG_COLUMN_INTEGER}, {"state", VG_COLUMN_TEXT}, {"dataset", VG_COLUMN_TEXT}, {"measure", VG_COLUMN_TEXT}, {"group", VG_COLUMN_TEXT}, {"code", VG_COLUMN_TEXT},
        {"name", VG_COLUMN_TEXT}, {"method", VG_COLUMN_TEXT}, {"from", VG_COLUMN_DATE}, {"date", VG_COLUMN_DATE}, {"step_days", VG_COLUMN_INTEGER}, {"count", VG_COLUMN_DOUBLE},
        {"expected", VG_COLUMN_DOUBLE}, {"threshold", VG_COLUMN_DOUBLE}, {"score", VG_COLUMN_DOUBLE}, {"p_value", VG_COLUMN_DOUBLE}, {"places", VG_COLUMN_TEXT},
        {"assignee", VG_COLUMN_TEXT}, {"found_at", VG_COLUMN_TEXT}, {"changed_at", VG_COLUMN_TEXT}, {"data_version", VG_COLUMN_INTEGER}, {"n_events", VG_COLUMN_INTEGER}, {"nature", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; i < kept.n_records; i++) {
        write_record(store, &answer->table, &kept.records[i], nature_of(store, kept.records[i].found.dataset, arena));
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_number(&answer->meta, "data_version", (double)vg_store_data_version(store));
    write_history(&answer->meta, kept.events, kept.n_events);
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed || answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_job_alarm_history(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct kept kept;
    vg_status status = load_kept(store, request, arena, &kept, error);
    static const char *const names[] = {"at", "by", "action", "to", "note"};
    vg_table_add_column(&answer->table, "alarm", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(&answer->table, names[i], VG_COLUMN_TEXT);
    }
    for (size_t i = 0; status == VG_OK && i < kept.n_events; i++) {
        const char *const texts[] = {kept.events[i].at, kept.events[i].actor, kept.events[i].action, kept.events[i].recipient, kept.events[i].note};
        vg_table_integer(&answer->table, kept.events[i].alarm);
        for (size_t t = 0; t < 5; t++) {
            vg_table_text(&answer->table, texts[t]);
        }
    }
    return status == VG_OK && answer->table.failed ? vg_fail_memory(error, 0) : status;
}
