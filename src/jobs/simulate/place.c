/*
 * A place of the node as the beginning of a scenario: who lives in it and in which parts, and what was counted there by day, ready to be written into a scenario's file, which then needs neither the
 * node nor a table beside it.
 */
#include "jobs/simulate/internal.h"

#include <math.h>
#include <string.h>

#define INCOMPLETE_DAYS 14         /* the newest days of counts by date of event, which reports are still to come for */
#define DAYS_MAX 400
#define PARTS_MAX 6000
#define COVERED 0.8                /* of the place's people must live in parts whose people are known */

/* ------------------------------------------------------------------ counts */

/* Of the measures of a kind the one by date of report, which is complete, else the first. */
static const struct vg_measure *measure_of(const struct job_context *context, const char *what)
{
    const struct vg_measure *found = NULL;
    for (size_t i = 0; i < context->n_measures; i++) {
        const struct vg_measure *measure = context->measures[i];
        if (strcmp(measure->what, what) == 0 && measure->kind == VG_MEASURE_FLOW && (found == NULL || (found->delayed && !measure->delayed))) {
            found = measure;
        }
    }
    return found;
}

struct measured { struct vg_series_matrix matrix; const struct vg_measure *measure; int32_t as_of; };

static vg_status read_measure(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct measured *out, struct vg_error *error)
{
    struct job_context context;
    struct vg_request one = *request;
    one.measure = out->measure->name;
    vg_status status = job_context_open(&context, store, &one, arena, answer, JOB_ANY_MEASURE, error);
    out->as_of = status == VG_OK ? context.as_of : VG_DATE_NONE;
    return status == VG_OK ? job_whole_matrix(&context, &out->matrix) : status;
}

/* The days that the counts of all measures span together. */
static void span(const struct measured *measured, struct simulate_counts *out)
{
    int32_t last = VG_DATE_NONE;
    out->from = VG_DATE_NONE;
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        const struct vg_series_matrix *m = &measured[kind].matrix;
        if (measured[kind].measure != NULL && m->n_steps > 0) {
            int32_t end = m->start + (int32_t)m->n_steps * m->step_days - 1;
            out->from = out->from == VG_DATE_NONE || m->start < out->from ? m->start : out->from;
            last = last == VG_DATE_NONE || end > last ? end : last;
        }
    }
    out->n_days = out->from == VG_DATE_NONE ? 0 : (size_t)(last - out->from + 1);
}

static void spread(const struct measured *measured, const struct simulate_counts *out, double *counts)
{
    const struct vg_series_matrix *m = &measured->matrix;
    for (size_t day = 0; day < out->n_days; day++) {
        counts[day] = NAN;
    }
    for (size_t step = 0; step < m->n_steps; step++) {
        int32_t date = m->start + (int32_t)step * m->step_days;
        bool complete = !measured->measure->delayed || date + m->step_days + INCOMPLETE_DAYS <= measured->as_of;
        for (int32_t day = 0; complete && m->values[step] >= 0 && day < m->step_days; day++) {
            counts[date + day - out->from] = m->values[step] / m->step_days;
        }
    }
}

vg_status simulate_node_counts(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct simulate_counts *out, struct vg_error *error)
{
    static const char *const whats[VG_OBSERVED_KINDS] = {"cases", "admissions", "icu_admissions", "deaths"};
    struct job_context context;
    struct measured measured[VG_OBSERVED_KINDS] = {{.measure = NULL}};
    struct vg_answer answer;
    *out = (struct simulate_counts){.from = VG_DATE_NONE};
    vg_answer_init(&answer, arena);
    vg_status status = job_context_open(&context, store, request, arena, &answer, JOB_ANY_MEASURE, error);
    for (size_t kind = 0; status == VG_OK && kind < VG_OBSERVED_KINDS; kind++) {
        measured[kind].measure = measure_of(&context, whats[kind]);
        if (measured[kind].measure != NULL) {
            status = read_measure(store, request, arena, &answer, &measured[kind], error);
        }
    }
    if (status == VG_OK) {
        span(measured, out);
    }
    for (size_t kind = 0; status == VG_OK && kind < VG_OBSERVED_KINDS; kind++) {
        if (measured[kind].measure == NULL || out->n_days == 0) {
            continue;
        }
        out->measures[kind] = measured[kind].measure->name;
        out->counts[kind] = VG_ARENA_ARRAY(arena, double, out->n_days);
        if (out->counts[kind] == NULL) {
            status = vg_fail_memory(error, out->n_days * sizeof(double));
        } else {
            spread(&measured[kind], out, out->counts[kind]);
        }
    }
    vg_answer_release(&answer);
    return status;
}

/* ------------------------------------------------------------------- parts */

struct parts { uint32_t *places; size_t count; double persons; size_t unknown; };

/* Places of a level below the place, but those whose people nobody knows. */
static void find_parts(const struct vg_place_list *list, uint32_t place, enum vg_place_level level, struct parts *out)
{
    out->count = out->unknown = 0;
    out->persons = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct vg_place *one = &list->places[i];
        if (one->level != level || i == place || !vg_place_list_within(list, i, place)) {
            continue;
        }
        if (!(one->population >= 1)) {
            out->unknown++;
        } else {
            out->places[out->count++] = i;
            out->persons += one->population;
        }
    }
}

/* At least two, few enough to simulate, and nearly everybody lives in them. */
static bool are_enough(const struct parts *parts, double persons)
{
    return parts->count >= 2 && parts->count <= PARTS_MAX && (isnan(persons) ? parts->unknown == 0 : parts->persons >= COVERED * persons);
}

/* The place of the request; of a dataset's whole its country, or the one place above all that it counts. */
static vg_status find_place(struct job_context *context, uint32_t *place)
{
    const struct vg_place_list *list = vg_store_place_list(context->store);
    *place = context->place;
    if (*place == VG_PLACE_NONE && context->dataset.country != NULL) {
        *place = vg_place_list_find_code(list, vg_text_from(context->dataset.country));
    }
    return *place != VG_PLACE_NONE ? VG_OK : vg_fail(context->error, VG_DATA_ERROR, "the dataset %s is not of one country: choose a place", context->dataset.name);
}

static const char *country_of(const struct vg_place_list *list, uint32_t place)
{
    while (list->places[place].parent != VG_PLACE_NONE && list->places[place].level > VG_LEVEL_COUNTRY) {
        place = list->places[place].parent;
    }
    return list->places[place].code;
}

/* The finest level that will do, or the one asked for; VG_LEVEL_WORLD: none, the place stands as a whole. The levels that would do are listed. */
static vg_status choose_level(struct job_context *context, uint32_t place, struct parts *parts, enum vg_place_level *level)
{
    const struct vg_place_list *list = vg_store_place_list(context->store);
    const char *asked = context->request->level;
    enum vg_place_level wanted = VG_LEVEL_WORLD;
    if (asked != NULL && strcmp(asked, "none") != 0 && (!vg_place_level_from_name(vg_text_from(asked), &wanted) || wanted <= VG_LEVEL_COUNTRY)) {
        return vg_fail(context->error, VG_USAGE_ERROR, "the parts of a place are at the level admin1, admin2 or other, or none, not %.40s", asked);
    }
    struct vg_buffer *meta = &context->answer->meta;
    vg_buffer_text(meta, ",\"levels\":[");
    *level = VG_LEVEL_WORLD;
    for (int at = VG_LEVEL_ADMIN1; !meta->failed && at < VG_LEVEL_COUNT; at++) {
        find_parts(list, place, (enum vg_place_level)at, parts);
        if (are_enough(parts, list->places[place].population)) {
            vg_buffer_format(meta, "%s{\"level\":\"%s\",\"parts\":%zu,\"population\":%.0f}", meta->data[meta->size - 1] == '[' ? "" : ",", vg_place_level_name((enum vg_place_level)at), parts->count,
                             parts->persons);
            *level = asked == NULL || wanted == (enum vg_place_level)at ? (enum vg_place_level)at : *level;
        }
    }
    vg_buffer_char(meta, ']');
    if (wanted != VG_LEVEL_WORLD && *level != wanted) {
        return vg_fail(context->error, VG_DATA_ERROR, "at the level %s there are not two parts of %s whose population is known, or they hold too few of its people", asked, list->places[place].name);
    }
    find_parts(list, place, *level, parts);
    return VG_OK;
}

static void put_degrees(struct vg_buffer *meta, double value)
{
    vg_buffer_char(meta, ',');
    if (isnan(value)) {
        vg_buffer_text(meta, "null");
    } else {
        vg_buffer_double(meta, job_rounded(value, 6, false));
    }
}

static void put_part(struct vg_buffer *meta, const struct vg_place_list *list, const struct vg_place *place, double population, bool first)
{
    vg_buffer_text(meta, first ? "[" : ",[");
    vg_buffer_json_string(meta, place->code, strlen(place->code));
    vg_buffer_char(meta, ',');
    vg_buffer_json_string(meta, place->name, strlen(place->name));
    vg_buffer_char(meta, ',');
    if (place->parent == VG_PLACE_NONE) {
        vg_buffer_text(meta, "null");
    } else {
        vg_buffer_json_string(meta, list->places[place->parent].code, strlen(list->places[place->parent].code));
    }
    vg_buffer_format(meta, ",%.0f", population);
    put_degrees(meta, place->latitude);
    put_degrees(meta, place->longitude);
    vg_buffer_char(meta, ']');
}

static vg_status put_place(struct job_context *context, uint32_t place)
{
    const struct vg_place_list *list = vg_store_place_list(context->store);
    const struct vg_place *whole = &list->places[place];
    struct vg_buffer *meta = &context->answer->meta;
    struct parts parts = {.places = VG_ARENA_ARRAY(context->arena, uint32_t, list->count)};
    enum vg_place_level level = VG_LEVEL_WORLD;
    if (parts.places == NULL) {
        return vg_fail_memory(context->error, list->count * sizeof(uint32_t));
    }
    job_meta_text(meta, "place", whole->code);
    job_meta_text(meta, "name", whole->name);
    job_meta_text(meta, "country", country_of(list, place));
    vg_status status = choose_level(context, place, &parts, &level);
    if (status != VG_OK) {
        return status;
    }
    double persons = level == VG_LEVEL_WORLD ? whole->population : parts.persons;
    if (!(persons >= 10)) {
        return vg_fail(context->error, VG_DATA_ERROR, "nobody knows how many people live in %s; take in a file of places with their population first (vigia import)", whole->name);
    }
    job_meta_text(meta, "level", level == VG_LEVEL_WORLD ? "none" : vg_place_level_name(level));
    vg_buffer_format(meta, ",\"population\":%.0f,\"without_population\":%zu,\"parts\":{\"columns\":[\"code\",\"name\",\"parent\",\"population\",\"latitude\",\"longitude\"],\"rows\":[", persons,
                     level == VG_LEVEL_WORLD ? (size_t)0 : parts.unknown);
    for (size_t i = 0; level != VG_LEVEL_WORLD && i < parts.count; i++) {
        put_part(meta, list, &list->places[parts.places[i]], list->places[parts.places[i]].population, i == 0);
    }
    if (level == VG_LEVEL_WORLD) {
        put_part(meta, list, whole, persons, true);
    }
    vg_buffer_text(meta, "]}");
    return VG_OK;
}

/* The last days of each kind, -1 where nothing was reported, and how many cases there were before them. */
static void put_counts(struct vg_buffer *meta, const struct simulate_counts *counts)
{
    static const char *const names[VG_OBSERVED_KINDS] = {"cases", "admissions", "icu", "deaths"};
    size_t first = counts->n_days > DAYS_MAX ? counts->n_days - DAYS_MAX : 0;
    double before = 0;
    for (size_t day = 0; day < first && counts->counts[VG_OBSERVED_CASES] != NULL; day++) {
        before += counts->counts[VG_OBSERVED_CASES][day] > 0 ? counts->counts[VG_OBSERVED_CASES][day] : 0;
    }
    vg_buffer_text(meta, ",\"counts\":{\"from\":");
    char date[VG_DATE_TEXT_BYTES];
    if (counts->n_days > 0 && vg_date_print(counts->from + (int32_t)first, date) > 0) {
        vg_buffer_format(meta, "\"%s\"", date);
    } else {
        vg_buffer_text(meta, "null");
    }
    vg_buffer_format(meta, ",\"cases_before\":%.0f", before);
    for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (counts->counts[kind] == NULL) {
            continue;
        }
        vg_buffer_format(meta, ",\"%s\":[", names[kind]);
        for (size_t day = first; day < counts->n_days; day++) {
            double value = counts->counts[kind][day];
            vg_buffer_text(meta, day == first ? "" : ",");
            vg_buffer_double(meta, isnan(value) ? -1 : job_rounded(value, 5, true));
        }
        vg_buffer_char(meta, ']');
    }
    vg_buffer_text(meta, "},\"measures\":{");
    for (size_t kind = 0, n = 0; kind < VG_OBSERVED_KINDS; kind++) {
        if (counts->measures[kind] != NULL) {
            vg_buffer_format(meta, "%s\"%s\":\"%s\"", n++ == 0 ? "" : ",", names[kind], counts->measures[kind]);
        }
    }
    vg_buffer_char(meta, '}');
}

/* -------------------------------------------------------------------- beds */

/* The newest number of beds that any dataset of the node has of the place; NaN where none does. */
static vg_status newest_stock(struct vg_store *store, const struct vg_request *request, const char *what, struct vg_arena *arena, double *beds, struct vg_error *error)
{
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    struct vg_answer unused;
    *beds = NAN;
    vg_answer_init(&unused, arena);
    vg_status status = vg_store_datasets(store, arena, &datasets, &n_datasets, error);
    for (size_t i = 0; status == VG_OK && isnan(*beds) && i < n_datasets; i++) {
        const struct vg_measure **measures = NULL;
        size_t n_measures = 0;
        status = vg_store_measures(store, datasets[i].name, arena, &measures, &n_measures, error);
        for (size_t m = 0; status == VG_OK && m < n_measures; m++) {
            if (measures[m]->kind != VG_MEASURE_STOCK || strcmp(measures[m]->what, what) != 0) {
                continue;
            }
            struct vg_request one = *request;
            struct measured found = {.measure = measures[m]};
            one.dataset = datasets[i].name;
            one.group = NULL;
            status = read_measure(store, &one, arena, &unused, &found, error);
            for (size_t step = 0; status == VG_OK && step < found.matrix.n_steps; step++) {
                *beds = found.matrix.values[step] >= 0 ? found.matrix.values[step] : *beds;
            }
        }
    }
    vg_answer_release(&unused);
    return status;
}

static vg_status put_beds(struct vg_store *store, const struct vg_request *request, const char *place, struct vg_arena *arena, struct vg_buffer *meta, struct vg_error *error)
{
    static const char *const whats[] = {"ward_beds", "icu_beds"};
    struct vg_request here = *request;
    here.place = place;
    vg_buffer_text(meta, ",\"beds\":{");
    for (size_t i = 0; i < 2; i++) {
        double beds = NAN;
        vg_status status = newest_stock(store, &here, whats[i], arena, &beds, error);
        if (status != VG_OK) {
            return status;
        }
        vg_buffer_format(meta, i == 0 ? "\"ward\":" : ",\"icu\":");
        if (isnan(beds)) {
            vg_buffer_text(meta, "null");
        } else {
            vg_buffer_double(meta, job_rounded(beds, 6, true));
        }
    }
    vg_buffer_char(meta, '}');
    return VG_OK;
}

vg_status vg_job_scenario_start(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct job_context context;
    struct simulate_counts counts;
    uint32_t place = VG_PLACE_NONE;
    vg_status status = job_context_open(&context, store, request, arena, answer, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        status = find_place(&context, &place);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_format(&answer->meta, "{\"data_version\":%llu", (unsigned long long)vg_store_data_version(store));
    job_meta_date(&answer->meta, "as_of", context.as_of);
    job_meta_text(&answer->meta, "dataset", context.dataset.name);
    job_meta_text(&answer->meta, "disease", context.dataset.disease);
    status = put_place(&context, place);
    if (status == VG_OK) {
        status = simulate_node_counts(store, request, arena, &counts, error);
    }
    if (status == VG_OK) {
        put_counts(&answer->meta, &counts);
        status = put_beds(store, request, vg_store_place_list(store)->places[place].code, arena, &answer->meta, error);
        vg_buffer_char(&answer->meta, '}');
    }
    return status == VG_OK && answer->meta.failed ? vg_fail_memory(error, answer->meta.size) : status;
}
