/*
 * Whom to visit first, forward and backward, by what can still be prevented (trace/urgency).
 */
#include "jobs/tracing/internal.h"
#include "trace/urgency/urgency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OLDEST_DAYS 30      /* contacts of longer ago have infected whom they would */
#define ELSEWHERE 0.2       /* weight of an exposure that nobody told of */
#define CASES_MOST 20000

/*
 * Risk of infection by a contact at the source's most infectious time, by how near it was. Household attack rates of respiratory infections lie about 0.2 to 0.3, those of contacts in a
 * room a tenth of it (Thompson et al., Clinical Infectious Diseases 2021; Madewell et al., JAMA Network Open 2020); the rest is graded between them.
 */
static const double attack_by_proximity[VG_PROXIMITY_COUNT] = {0.05, 0.30, 0.20, 0.05, 0.10, 0.03, 0.01};
static const double by_certainty[VG_CERTAINTY_COUNT] = {0.7, 0.3, 0.7, 1.0};

static double attack_of(const struct vg_contact *contact)
{
    double attack = attack_by_proximity[contact->proximity];
    attack = contact->setting == VG_SETTING_HOUSEHOLD && attack < 0.2 ? 0.2 : attack;
    if (contact->minutes > 0) { /* a quarter of an hour is the usual bound; risk grows with time and does not double without end */
        attack *= fmin(2, fmax(0.3, sqrt((double)contact->minutes / 60)));
    }
    return fmin(attack, 0.6);
}

/* Published values where there are any; a disease of which nothing is known is an error that names the known ones. */
static vg_status fill_model(const char *disease, struct vg_urgency_model *model, struct vg_buffer *meta, struct vg_error *error)
{
    struct vg_disease_interval generation, incubation;
    struct vg_epidemiological_fact fact;
    const struct { const char *name; double *value; } facts[] = {{"reproduction_number", &model->reproduction}, {"dispersion_k", &model->dispersion}};
    vg_urgency_defaults(model);
    if (disease != NULL) {
        struct vg_text name = vg_text_from(disease);
        vg_status status = vg_disease_generation_time(name, &generation, error);
        if (status != VG_OK) {
            return status;
        }
        model->generation_mean = generation.mean.value;
        model->generation_sd = generation.sd.value;
        if (vg_disease_incubation(name, &incubation, NULL) == VG_OK) {
            model->incubation_mean = incubation.mean.value;
            model->incubation_sd = incubation.sd.value;
        }
        for (size_t i = 0; i < 2; i++) {
            if (vg_epidemiological_parameter(name, facts[i].name, &fact, NULL) == VG_OK && fact.value > 0) {
                *facts[i].value = fact.value;
            }
        }
    }
    job_meta_text(meta, "disease", disease);
    job_meta_number(meta, "reproduction", model->reproduction);
    job_meta_number(meta, "dispersion", model->dispersion);
    job_meta_number(meta, "generation_mean_days", model->generation_mean);
    job_meta_number(meta, "incubation_mean_days", model->incubation_mean);
    return VG_OK;
}

/* ------------------------------------------------------------------ forward */

struct ranked { struct vg_contact contact; double infected, ahead, preventable; bool symptoms; };

static int by_preventable(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->preventable != y->preventable ? (x->preventable > y->preventable ? -1 : 1) : (x->contact.id > y->contact.id) - (x->contact.id < y->contact.id);
}

static vg_status judge(struct vg_tracing_lookup *lookup, const struct vg_urgency_model *model, const struct vg_contact *contact, int32_t today, struct ranked *out, struct vg_error *error)
{
    struct vg_brief_visits visits;
    struct vg_brief_order order;
    struct vg_brief_case source = {.onset = VG_DATE_NONE};
    vg_status status = vg_tracing_look_visits(lookup, contact->id, today, &visits, error);
    if (status == VG_OK) {
        status = vg_tracing_look_order(lookup, contact->person, today, &order, error);
    }
    if (status == VG_OK && contact->source != 0) {
        status = vg_tracing_look_case(lookup, contact->source, &source, error);
    }
    if (status != VG_OK) {
        return status;
    }
    struct vg_urgency_contact given = {attack_of(contact), by_certainty[contact->certainty], contact->first, contact->last, source.onset, visits.seen, visits.ill != VG_DATE_NONE,
                                       order.id != 0};
    out->contact = *contact;
    out->symptoms = given.symptoms;
    out->preventable = vg_urgency_forward(model, &given, today, &out->infected);
    out->ahead = vg_urgency_ahead(model, contact->first, contact->last, today);
    return VG_OK;
}

static void forward_table(const struct ranked *rows, size_t n, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"contact", VG_COLUMN_INTEGER}, {"person", VG_COLUMN_INTEGER}, {"source", VG_COLUMN_INTEGER}, {"last", VG_COLUMN_DATE},    {"proximity", VG_COLUMN_TEXT}, {"setting", VG_COLUMN_TEXT},
        {"certainty", VG_COLUMN_TEXT},  {"symptoms", VG_COLUMN_BOOLEAN}, {"infected", VG_COLUMN_DOUBLE}, {"ahead", VG_COLUMN_DOUBLE}, {"preventable", VG_COLUMN_DOUBLE}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; i < n; i++) {
        const struct vg_contact *contact = &rows[i].contact;
        vg_table_integer(table, contact->id);
        vg_table_integer(table, contact->person);
        tracing_id_cell(table, contact->source);
        vg_table_date(table, contact->last);
        vg_table_text(table, vg_tracing_word(VG_TRACING_CONTACT, "proximity", contact->proximity));
        vg_table_text(table, vg_tracing_word(VG_TRACING_CONTACT, "setting", contact->setting));
        vg_table_text(table, vg_tracing_word(VG_TRACING_CONTACT, "certainty", contact->certainty));
        vg_table_boolean(table, rows[i].symptoms);
        vg_table_double(table, rows[i].infected);
        vg_table_double(table, rows[i].ahead);
        vg_table_double(table, rows[i].preventable);
    }
}

vg_status vg_job_tracing_forward(struct vg_store *store, const struct vg_tracing_rank *rank, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT};
    struct vg_contact *contacts = NULL;
    struct vg_tracing_lookup *lookup = NULL;
    struct vg_urgency_model model;
    size_t n = 0;
    tracing_meta_begin(answer);
    vg_status status = fill_model(rank->disease, &model, &answer->meta, error);
    vg_tracing_where_text(&query, "officer", VG_IS, rank->officer);
    vg_tracing_where_text(&query, "place", VG_WITHIN, rank->place);
    vg_tracing_where(&query, "status", VG_IS, VG_CONTACT_OPEN);
    vg_tracing_where(&query, "last", VG_AT_LEAST, (int64_t)rank->today - OLDEST_DAYS);
    if (status == VG_OK) {
        status = vg_tracing_select(store, &query, arena, &contacts, &n, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_lookup_open(store, &lookup, error);
    }
    struct ranked *rows = VG_ARENA_ARRAY(arena, struct ranked, n + 1);
    if (status == VG_OK && rows == NULL) {
        status = vg_fail_memory(error, n * sizeof *rows);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = judge(lookup, &model, &contacts[i], rank->today, &rows[i], error);
    }
    vg_tracing_lookup_close(lookup);
    if (status != VG_OK) {
        return status;
    }
    qsort(rows, n, sizeof *rows, by_preventable);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += rows[i].preventable;
    }
    job_meta_number(&answer->meta, "contacts", (double)n);
    job_meta_number(&answer->meta, "preventable", sum);
    size_t most = rank->most == 0 ? 100 : rank->most;
    forward_table(rows, n < most ? n : most, &answer->table);
    return tracing_meta_end(answer, error);
}

/* ----------------------------------------------------------------- backward */

/* One possible source of one case. */
struct exposure { bool event; int64_t id; int32_t first, last; size_t of_case; double weight, probability; };
struct backward {
    struct vg_store *store;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_urgency_model model;
    struct vg_buffer exposures; /* of struct exposure */
};

static vg_status add_exposures(struct backward *backward, const struct vg_tracing_case *one, struct exposure *found, struct vg_urgency_exposure *given, size_t room, size_t *n)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_ATTENDANCE, .most = room / 2};
    struct vg_attendance *attended = NULL;
    struct vg_contact *met = NULL;
    size_t n_attended = 0, n_met = 0;
    *n = 0;
    vg_tracing_where(&query, "person", VG_IS, one->person);
    vg_status status = vg_tracing_select(backward->store, &query, backward->arena, &attended, &n_attended, backward->error);
    for (size_t i = 0; status == VG_OK && i < n_attended; i++) {
        struct vg_event event;
        status = vg_tracing_get(backward->store, VG_TRACING_EVENT, attended[i].event, backward->arena, &event, backward->error);
        int32_t first = attended[i].first == VG_DATE_NONE ? event.first : attended[i].first, last = attended[i].last == VG_DATE_NONE ? event.last : attended[i].last;
        found[*n] = (struct exposure){.event = true, .id = event.id, .first = first, .last = last};
        given[(*n)++] = (struct vg_urgency_exposure){0.15, first, last};
    }
    /* Whom the case named met it too, so each of them may be the one it was infected by. */
    query = (struct vg_tracing_query){.kind = VG_TRACING_CONTACT, .most = room / 2};
    vg_tracing_where(&query, "source", VG_IS, one->person);
    if (status == VG_OK) {
        status = vg_tracing_select(backward->store, &query, backward->arena, &met, &n_met, backward->error);
    }
    for (size_t i = 0; status == VG_OK && i < n_met; i++) {
        found[*n] = (struct exposure){.id = met[i].person, .first = met[i].first, .last = met[i].last};
        given[(*n)++] = (struct vg_urgency_exposure){attack_of(&met[i]) * by_certainty[met[i].certainty], met[i].first, met[i].last};
    }
    return status;
}

static vg_status weigh_case(struct backward *backward, const struct vg_tracing_case *one, size_t of_case)
{
    enum { ROOM = 400 };
    struct exposure found[ROOM];
    struct vg_urgency_exposure given[ROOM];
    size_t n = 0;
    vg_status status = add_exposures(backward, one, found, given, ROOM, &n);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        found[i].of_case = of_case;
        found[i].weight = vg_urgency_weight(&backward->model, one->onset, &given[i]);
        if (found[i].weight > 1e-6) {
            vg_buffer_append(&backward->exposures, &found[i], sizeof found[i]);
        }
    }
    return status;
}

struct source { struct exposure exposure; double cases, others, preventable; };

static int by_source(const void *a, const void *b)
{
    const struct exposure *x = a, *y = b;
    return x->event != y->event ? (int)y->event - (int)x->event : x->id != y->id ? (x->id < y->id ? -1 : 1) : 0;
}

static int by_yield(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    return x->preventable != y->preventable ? (x->preventable > y->preventable ? -1 : 1) : by_source(&x->exposure, &y->exposure);
}

/* Cases that may share a source: the chance that any was infected there, and as many of them as are expected to have been. */
static void sum_source(const struct vg_urgency_model *model, const struct exposure *exposures, size_t n, int32_t today, struct source *out)
{
    double none = 1;
    *out = (struct source){.exposure = exposures[0]};
    for (size_t i = 0; i < n; i++) {
        none *= 1 - exposures[i].probability;
        out->cases += exposures[i].probability;
        out->exposure.first = exposures[i].first != VG_DATE_NONE && (out->exposure.first == VG_DATE_NONE || exposures[i].first < out->exposure.first) ? exposures[i].first : out->exposure.first;
        out->exposure.last = exposures[i].last != VG_DATE_NONE && exposures[i].last > out->exposure.last ? exposures[i].last : out->exposure.last;
    }
    out->exposure.probability = 1 - none;
    out->others = vg_urgency_others(model, fmax(0, out->cases - 1));
    out->preventable = vg_urgency_backward(model, out->exposure.probability, out->cases, out->exposure.first, out->exposure.last, today);
}

static void backward_table(const struct source *sources, size_t n, struct vg_table *table)
{
    vg_table_add_column(table, "what", VG_COLUMN_TEXT);
    vg_table_add_column(table, "id", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "first", VG_COLUMN_DATE);
    vg_table_add_column(table, "last", VG_COLUMN_DATE);
    vg_table_add_column(table, "cases", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "probability", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "others", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "preventable", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < n; i++) {
        vg_table_text(table, sources[i].exposure.event ? "event" : "person");
        vg_table_integer(table, sources[i].exposure.id);
        vg_table_date(table, sources[i].exposure.first);
        vg_table_date(table, sources[i].exposure.last);
        vg_table_double(table, sources[i].cases);
        vg_table_double(table, sources[i].exposure.probability);
        vg_table_double(table, sources[i].others);
        vg_table_double(table, sources[i].preventable);
    }
}

/* Whether some contact with a known source reaches the person: then there is a source to look at already. */
static vg_status has_source(struct vg_store *store, int64_t person, bool *has, struct vg_error *error)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT};
    size_t n = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_tracing_where(&query, "source", VG_IS_NOT, 0);
    vg_tracing_where(&query, "status", VG_IS_NOT, VG_CONTACT_DROPPED);
    vg_status status = vg_tracing_count(store, &query, &n, error);
    *has = n > 0;
    return status;
}

static int by_case(const void *a, const void *b)
{
    const struct exposure *x = a, *y = b;
    return x->of_case != y->of_case ? (x->of_case < y->of_case ? -1 : 1) : by_source(a, b);
}

/* Probabilities of all exposures, as sources are shared by cases; then sorted by source. */
static vg_status share(struct backward *backward, struct exposure *all, size_t n)
{
    struct vg_urgency_link *links = VG_ARENA_ARRAY(backward->arena, struct vg_urgency_link, n + 1);
    double *expected = VG_ARENA_ARRAY(backward->arena, double, n + 1), *probabilities = VG_ARENA_ARRAY(backward->arena, double, n + 1);
    struct exposure *sorted = VG_ARENA_ARRAY(backward->arena, struct exposure, n + 1);
    size_t n_sources = 0;
    if (links == NULL || expected == NULL || probabilities == NULL || sorted == NULL) {
        return vg_fail_memory(backward->error, n * sizeof *links);
    }
    if (n == 0) {
        return VG_OK;
    }
    memcpy(sorted, all, n * sizeof *all);
    qsort(sorted, n, sizeof *sorted, by_source);
    for (size_t i = 0; i < n; i++) { /* one of each source, in order */
        if (i == 0 || by_source(&sorted[n_sources - 1], &sorted[i]) != 0) {
            sorted[n_sources++] = sorted[i];
        }
    }
    qsort(all, n, sizeof *all, by_case);
    for (size_t i = 0; i < n; i++) {
        const struct exposure *source = bsearch(&all[i], sorted, n_sources, sizeof *sorted, by_source);
        links[i] = (struct vg_urgency_link){all[i].of_case, (size_t)(source - sorted), all[i].weight};
    }
    vg_urgency_share(&backward->model, links, n, n_sources, ELSEWHERE, expected, probabilities);
    for (size_t i = 0; i < n; i++) {
        all[i].probability = probabilities[i];
    }
    qsort(all, n, sizeof *all, by_source);
    return VG_OK;
}

static vg_status gather_sources(struct backward *backward, const struct vg_tracing_rank *rank, struct source **sources, size_t *n_sources)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE, .newest_first = true, .most = CASES_MOST};
    struct vg_tracing_case *cases = NULL;
    size_t n = 0;
    vg_tracing_where_text(&query, "officer", VG_IS, rank->officer);
    vg_tracing_where_text(&query, "place", VG_WITHIN, rank->place);
    vg_tracing_where(&query, "report", VG_AT_LEAST, (int64_t)rank->today - OLDEST_DAYS);
    vg_tracing_where(&query, "class", VG_IS_NOT, VG_CLASS_DISCARDED);
    vg_tracing_where(&query, "imported", VG_IS_NOT, VG_YES_YES);
    vg_status status = vg_tracing_select(backward->store, &query, backward->arena, &cases, &n, backward->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        bool has = false;
        status = has_source(backward->store, cases[i].person, &has, backward->error);
        if (status == VG_OK && !has) {
            status = weigh_case(backward, &cases[i], i);
        }
    }
    struct exposure *all = (struct exposure *)(void *)backward->exposures.data;
    size_t n_all = backward->exposures.size / sizeof *all;
    *sources = VG_ARENA_ARRAY(backward->arena, struct source, n_all + 1);
    if (status == VG_OK && (*sources == NULL || backward->exposures.failed)) {
        return vg_fail_memory(backward->error, backward->exposures.size);
    }
    if (status == VG_OK) {
        status = share(backward, all, n_all);
    }
    for (size_t i = 0, end; status == VG_OK && i < n_all; i = end) {
        for (end = i + 1; end < n_all && by_source(&all[i], &all[end]) == 0; end++) {
        }
        sum_source(&backward->model, all + i, end - i, rank->today, &(*sources)[(*n_sources)++]);
    }
    return status;
}

vg_status vg_job_tracing_backward(struct vg_store *store, const struct vg_tracing_rank *rank, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct backward backward = {.store = store, .arena = arena, .error = error};
    struct source *sources = NULL;
    size_t n = 0, most = rank->most == 0 ? 100 : rank->most;
    tracing_meta_begin(answer);
    vg_status status = fill_model(rank->disease, &backward.model, &answer->meta, error);
    vg_buffer_init(&backward.exposures, 0);
    if (status == VG_OK) {
        status = gather_sources(&backward, rank, &sources, &n);
    }
    vg_buffer_release(&backward.exposures);
    if (status != VG_OK) {
        return status;
    }
    qsort(sources, n, sizeof *sources, by_yield);
    backward_table(sources, n < most ? n : most, &answer->table);
    job_meta_number(&answer->meta, "sources", (double)n);
    return tracing_meta_end(answer, error);
}
