/*
 * Who infected whom among the cases of a node's tracing: one row a case, with the likeliest infectors, what is not known, and how the case came to be known. Nobody is named.
 */
#include "jobs/chains/internal.h"

#include "store/genomes/genomes.h"
#include "store/tracing/tracing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MOST = 5000, MCMC_MOST = 2000, SHOWN = 3 };
#define OTHER_DISEASE "covid19" /* where the node's data name none whose generation time is published: said in the meta */

struct person_case { int64_t person; uint32_t i; };
struct told { struct vg_chain_contact contact; int setting; };

struct node_run {
    struct chains_run *run;
    struct vg_tracing_case *rows;      /* [n] by day */
    struct person_case *persons;       /* [n] by person */
    struct told *told;                 /* [data.n_contacts] by pair */
    const char **lineages;             /* [n]; NULL: the node knows none of the case's genome, or its terms forbid to tell */
    size_t n_lineages_hidden;          /* those */
    const char *disease;
};

static int32_t day_of(const struct vg_tracing_case *row)
{
    return row->onset != VG_DATE_NONE ? row->onset : row->report != VG_DATE_NONE ? row->report : row->sample;
}

static int by_day(const void *a, const void *b)
{
    const struct vg_tracing_case *x = a, *y = b;
    int32_t p = day_of(x), q = day_of(y);
    return p != q ? (p < q ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static int by_person(const void *a, const void *b)
{
    const struct person_case *x = a, *y = b;
    return x->person != y->person ? (x->person < y->person ? -1 : 1) : x->i < y->i ? -1 : x->i > y->i;
}

/* ---------------------------------------------------------------------- read */

static vg_status select_cases(struct vg_store *store, const struct vg_request *request, struct node_run *node)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE, .most = CASES_MOST, .newest_first = true};
    struct chains_run *run = node->run;
    size_t n = 0, kept = 0;
    vg_tracing_where(&query, "class", VG_IS_NOT, VG_CLASS_DISCARDED);
    vg_tracing_where_text(&query, "place", VG_WITHIN, request->place);
    if (request->from != VG_DATE_NONE) {
        vg_tracing_where(&query, "report", VG_AT_LEAST, request->from);
    }
    if (request->to != VG_DATE_NONE) {
        vg_tracing_where(&query, "report", VG_AT_MOST, request->to);
    }
    vg_status status = vg_tracing_select(store, &query, run->arena, &node->rows, &n, run->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (day_of(&node->rows[i]) == VG_DATE_NONE) {
            run->input.without_day++;
        } else {
            node->rows[kept++] = node->rows[i];
        }
    }
    if (status == VG_OK && kept == 0) {
        return vg_fail(run->error, VG_NOT_FOUND, "there are no traced cases with a day of onset, report or sample%s", request->place != NULL ? " in this place" : "");
    }
    qsort(node->rows, kept, sizeof *node->rows, by_day);
    run->input.data.n = kept;
    return status;
}

static vg_status fill_cases(struct node_run *node)
{
    struct chains_run *run = node->run;
    struct chains_input *input = &run->input;
    size_t n = input->data.n, both = 0;
    double sum = 0, squares = 0;
    struct vg_dictionary places;
    input->cases = VG_ARENA_ARRAY(run->arena, struct vg_chain_case, n);
    input->ids = VG_ARENA_ARRAY(run->arena, struct vg_text, n);
    node->persons = VG_ARENA_ARRAY(run->arena, struct person_case, n);
    if (input->cases == NULL || input->ids == NULL || node->persons == NULL) {
        return vg_fail_memory(run->error, n * sizeof *input->cases);
    }
    vg_dictionary_init(&places, run->arena);
    for (uint32_t i = 0; i < n; i++) {
        const struct vg_tracing_case *row = &node->rows[i];
        uint32_t place = row->place == NULL ? VG_CHAIN_NONE : vg_dictionary_add(&places, vg_text_from(row->place));
        input->cases[i] = (struct vg_chain_case){.day = day_of(row), .shown = row->onset != VG_DATE_NONE ? VG_CHAIN_ONSET : VG_CHAIN_REPORT,
                                                 .origin = row->imported == VG_YES_YES ? VG_CHAIN_ORIGIN_IMPORTED : row->imported == VG_YES_NO ? VG_CHAIN_ORIGIN_LOCAL : VG_CHAIN_ORIGIN_UNKNOWN,
                                                 .setting = (uint16_t)row->setting, .place = place, .genome = VG_CHAIN_NONE};
        input->ids[i] = vg_text_from(vg_arena_format(run->arena, "%lld", (long long)row->id));
        node->persons[i] = (struct person_case){row->person, i};
        if (row->onset != VG_DATE_NONE && row->report != VG_DATE_NONE && row->report >= row->onset) {
            double delay = row->report - row->onset;
            sum += delay;
            squares += delay * delay;
            both++;
        }
    }
    qsort(node->persons, n, sizeof *node->persons, by_person);
    input->data.cases = input->cases;
    input->dates = true;
    input->report_mean_days = both > 1 ? sum / (double)both : NAN;
    input->report_sd_days = both > 1 ? sqrt(fmax(squares / (double)both - pow(sum / (double)both, 2), 0)) : NAN;
    return run->arena->failed ? vg_fail_memory(run->error, 0) : VG_OK;
}

/* The person's last case that began by the day, else the first; VG_CHAIN_NONE: none. */
static uint32_t case_of(const struct node_run *node, int64_t person, int32_t day)
{
    size_t n = node->run->input.data.n, low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (node->persons[middle].person < person) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t found = VG_CHAIN_NONE;
    for (; low < n && node->persons[low].person == person; low++) {
        if (found == VG_CHAIN_NONE || day_of(&node->rows[node->persons[low].i]) <= day) {
            found = node->persons[low].i;
        }
    }
    return found;
}

static int by_pair(const void *a, const void *b)
{
    const struct vg_chain_contact *x = &((const struct told *)a)->contact, *y = &((const struct told *)b)->contact;
    uint32_t p = x->from < x->to ? x->from : x->to, q = y->from < y->to ? y->from : y->to, r = x->from < x->to ? x->to : x->from, s = y->from < y->to ? y->to : y->from;
    return p != q ? (p < q ? -1 : 1) : r < s ? -1 : r > s;
}

/* Contacts whose both ends are cases; a pair once, directed only if all that is told of it is. */
static vg_status fill_contacts(struct vg_store *store, struct node_run *node)
{
    struct chains_run *run = node->run;
    struct vg_contact *rows = NULL;
    size_t n = 0, kept = 0, pairs = 0, capacity = 0;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < run->input.data.n; i++) {
        struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT};
        struct vg_contact *some = NULL;
        size_t n_some = 0;
        if (i > 0 && node->persons[i].person == node->persons[i - 1].person) {
            continue;
        }
        vg_tracing_where(&query, "person", VG_IS, node->persons[i].person);
        vg_tracing_where(&query, "status", VG_IS_NOT, VG_CONTACT_DROPPED);
        status = vg_tracing_select(store, &query, run->arena, &some, &n_some, run->error);
        if (status == VG_OK && n + n_some > capacity) {
            capacity = 2 * (n + n_some);
            struct vg_contact *larger = VG_ARENA_ARRAY(run->arena, struct vg_contact, capacity);
            if (larger == NULL) {
                return vg_fail_memory(run->error, capacity * sizeof *larger);
            }
            if (n > 0) {
                memcpy(larger, rows, n * sizeof *rows);
            }
            rows = larger;
        }
        if (status == VG_OK && n_some > 0) {
            memcpy(rows + n, some, n_some * sizeof *some);
            n += n_some;
        }
    }
    node->told = status == VG_OK ? VG_ARENA_ARRAY(run->arena, struct told, n + 1) : NULL;
    struct vg_chain_contact *contacts = status == VG_OK ? VG_ARENA_ARRAY(run->arena, struct vg_chain_contact, n + 1) : NULL;
    if (contacts == NULL || node->told == NULL) {
        return status == VG_OK ? vg_fail_memory(run->error, n * sizeof *contacts) : status;
    }
    for (size_t k = 0; k < n; k++) {
        uint32_t from = rows[k].source == 0 ? VG_CHAIN_NONE : case_of(node, rows[k].source, rows[k].last), to = case_of(node, rows[k].person, INT32_MAX);
        if (from != VG_CHAIN_NONE && to != VG_CHAIN_NONE && from != to) {
            node->told[kept++] = (struct told){{from, to, rows[k].found == VG_FOUND_FORWARD}, rows[k].setting};
        } else {
            run->input.unknown_contacts++;
        }
    }
    qsort(node->told, kept, sizeof *node->told, by_pair);
    for (size_t k = 0; k < kept; k++) {
        struct told *last = pairs > 0 ? &node->told[pairs - 1] : NULL, *here = &node->told[k];
        if (last != NULL && by_pair(last, here) == 0) {
            last->contact.directed = last->contact.directed && here->contact.directed && last->contact.from == here->contact.from;
            last->setting = last->setting != 0 ? last->setting : here->setting;
        } else {
            node->told[pairs++] = *here;
        }
    }
    for (size_t k = 0; k < pairs; k++) {
        contacts[k] = node->told[k].contact;
    }
    run->input.data.contacts = contacts;
    run->input.data.n_contacts = pairs;
    return VG_OK;
}

/* Of genomes whose terms let it go where the answer goes. */
static vg_status fill_lineages(struct vg_store *store, const struct vg_tree_wish *wish, struct node_run *node)
{
    struct chains_run *run = node->run;
    size_t n = run->input.data.n;
    const char **names = VG_ARENA_ARRAY(run->arena, const char *, n);
    node->lineages = VG_ARENA_ARRAY(run->arena, const char *, n);
    if (names == NULL || node->lineages == NULL) {
        return vg_fail_memory(run->error, n * sizeof *names);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = node->rows[i].genome;
    }
    char reason[256];
    enum vg_genome_use use = VG_GENOME_USE_HERE;
    struct vg_genome_terms *terms = VG_ARENA_ARRAY(run->arena, struct vg_genome_terms, n);
    vg_status status = terms == NULL ? vg_fail_memory(run->error, n * sizeof *terms) : job_wish_use(wish, &use, run->error);
    status = status == VG_OK ? vg_genomes_lineages(store, names, n, run->arena, node->lineages, terms, run->error) : status;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (node->lineages[i] != NULL && !vg_genome_terms_allow(&terms[i], use, wish->agreement, vg_date_today(), reason)) {
            node->lineages[i] = NULL;
            node->n_lineages_hidden++;
        }
    }
    return status;
}

/* --------------------------------------------------------------------- answer */

struct likely { float probability; uint32_t infector; };

static int likeliest_first(const void *a, const void *b)
{
    const struct likely *x = a, *y = b;
    return x->probability > y->probability ? -1 : x->probability < y->probability ? 1 : x->infector < y->infector ? -1 : x->infector > y->infector;
}

static void infector_cell(struct vg_table *table, const struct node_run *node, uint32_t infector)
{
    if (infector < VG_CHAIN_UNLISTED) {
        vg_table_integer(table, node->rows[infector].id);
    } else {
        vg_table_missing(table);
    }
}

static void case_row(struct node_run *node, uint32_t i, const uint32_t *offspring, struct vg_table *table)
{
    const struct chains_run *run = node->run;
    const struct vg_tracing_case *row = &node->rows[i];
    const struct vg_chain_candidates *candidates = &run->candidates;
    struct likely likely[VG_CHAIN_CANDIDATES_MAX];
    size_t n = 0;
    uint32_t root = i;
    while (run->infector[root] < VG_CHAIN_UNLISTED) {
        root = run->infector[root];
    }
    for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
        likely[n++] = (struct likely){run->posterior.support[k], candidates->list[k].infector};
    }
    qsort(likely, n, sizeof *likely, likeliest_first);
    vg_table_integer(table, row->id);
    vg_table_date(table, day_of(row));
    vg_table_text(table, row->onset != VG_DATE_NONE ? "onset" : row->report != VG_DATE_NONE ? "report" : "sample");
    vg_table_text(table, row->place);
    /* Where it was infected: as the case says, else as the contact with its likeliest infector does. */
    const struct told wanted = {{run->infector[i], i, false}, 0}, *told_of = run->infector[i] < VG_CHAIN_UNLISTED && run->input.data.n_contacts > 0
        ? bsearch(&wanted, node->told, run->input.data.n_contacts, sizeof wanted, by_pair) : NULL;
    int setting = row->setting != 0 ? row->setting : told_of != NULL ? told_of->setting : 0;
    vg_table_text(table, setting == 0 ? NULL : vg_tracing_word(VG_TRACING_CASE, "setting", setting));
    vg_table_integer(table, node->rows[root].id);
    infector_cell(table, node, run->infector[i]);
    vg_table_text(table, run->infector[i] < VG_CHAIN_UNLISTED ? NULL : run->infector[i] == VG_CHAIN_NONE ? "outside" : "not listed");
    vg_table_double(table, job_rounded((double)run->support[i], 4, false));
    vg_table_boolean(table, told_of != NULL);
    size_t shown = 0;
    for (size_t k = 0; k < n && shown < SHOWN - 1; k++) {
        if (likely[k].infector != run->infector[i] && likely[k].probability >= 0.01F) {
            infector_cell(table, node, likely[k].infector);
            vg_table_double(table, job_rounded((double)likely[k].probability, 4, false));
            shown++;
        }
    }
    for (; shown < SHOWN - 1; shown++) {
        vg_table_missing(table);
        vg_table_missing(table);
    }
    vg_table_double(table, job_rounded((double)run->posterior.outside[i], 4, false));
    vg_table_double(table, job_rounded((double)run->posterior.unlisted[i], 4, false));
    vg_table_double(table, job_rounded(run->posterior.entropy[i], 4, false));
    vg_table_integer(table, offspring[i]);
    vg_table_double(table, job_rounded(run->gain[i], 4, false));
    vg_table_text(table, node->lineages[i]);
}

static vg_status write_rows(struct node_run *node, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"case", VG_COLUMN_INTEGER},      {"day", VG_COLUMN_DATE},          {"day_of", VG_COLUMN_TEXT},      {"place", VG_COLUMN_TEXT},      {"setting", VG_COLUMN_TEXT},
        {"chain", VG_COLUMN_INTEGER},     {"infector", VG_COLUMN_INTEGER},  {"unknown", VG_COLUMN_TEXT},     {"support", VG_COLUMN_DOUBLE},  {"contact", VG_COLUMN_BOOLEAN},
        {"second", VG_COLUMN_INTEGER},    {"second_support", VG_COLUMN_DOUBLE}, {"third", VG_COLUMN_INTEGER}, {"third_support", VG_COLUMN_DOUBLE}, {"outside", VG_COLUMN_DOUBLE},
        {"not_listed", VG_COLUMN_DOUBLE}, {"entropy", VG_COLUMN_DOUBLE},    {"infected", VG_COLUMN_INTEGER}, {"interview_gain", VG_COLUMN_DOUBLE},
        {"lineage", VG_COLUMN_TEXT}};
    size_t n = node->run->input.data.n;
    uint32_t *offspring = VG_ARENA_ARRAY(node->run->arena, uint32_t, n);
    if (offspring == NULL) {
        return vg_fail_memory(node->run->error, n * sizeof *offspring);
    }
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(table, columns[k].name, columns[k].kind);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (node->run->infector[i] < VG_CHAIN_UNLISTED) {
            offspring[node->run->infector[i]]++;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        case_row(node, i, offspring, table);
    }
    return table->failed ? vg_fail_memory(node->run->error, 0) : VG_OK;
}

/* Whose generation time and incubation hold: as asked, else the node's first dataset's, else one that the meta names. */
static vg_status choose_disease(struct vg_store *store, const struct vg_request *request, struct node_run *node, bool *invented)
{
    struct vg_dataset *datasets = NULL;
    struct vg_disease_interval interval;
    size_t n = 0;
    node->disease = request->disease;
    vg_status status = vg_store_datasets(store, node->run->arena, &datasets, &n, node->run->error);
    *invented = status == VG_OK && job_is_invented(datasets, n);
    for (size_t i = 0; status == VG_OK && node->disease == NULL && i < n; i++) {
        if (datasets[i].disease != NULL && vg_disease_generation_time(vg_text_from(datasets[i].disease), &interval, NULL) == VG_OK) {
            node->disease = datasets[i].disease;
        }
    }
    node->disease = node->disease == NULL ? OTHER_DISEASE : node->disease;
    return status;
}

static vg_status answer_it(struct vg_store *store, const struct vg_request *request, struct node_run *node, bool *invented)
{
    struct chains_run *run = node->run;
    bool sampled = request->method != NULL && strcmp(request->method, "mcmc") == 0;
    struct vg_chains_request how = *run->request;
    if (request->method != NULL && !sampled && strcmp(request->method, "instant") != 0) {
        return vg_fail(run->error, VG_USAGE_ERROR, "the method is instant or mcmc, not \"%.40s\"", request->method);
    }
    vg_status status = choose_disease(store, request, node, invented);
    if (status == VG_OK) {
        status = select_cases(store, request, node);
    }
    if (status == VG_OK) {
        status = fill_cases(node);
    }
    if (status == VG_OK) {
        status = fill_contacts(store, node);
    }
    if (status == VG_OK) {
        status = fill_lineages(store, &request->tree, node);
    }
    if (status == VG_OK && sampled && run->input.data.n > MCMC_MOST) {
        status = vg_fail(run->error, VG_LIMIT_EXCEEDED, "the sampler answers here for at most %d cases, and these are %zu: choose a place or dates, or run vigia chains", MCMC_MOST, run->input.data.n);
    }
    if (status == VG_OK) {
        how.disease = node->disease;
        status = chains_delays(&how, &run->input, &run->model, run->error);
    }
    if (status == VG_OK) {
        status = chains_answer(run, sampled, NULL);
    }
    return status == VG_OK ? chains_tree(run) : status;
}

vg_status vg_job_chains_node(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_chains_request how;
    struct chains_run *run = VG_ARENA_ARRAY(arena, struct chains_run, 1);
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    struct node_run node = {.run = run};
    vg_chains_request_init(&how);
    how.warm_up = 200;
    how.sweeps = 600;
    *run = (struct chains_run){.request = &how, .arena = arena, .error = error, .seed = request->seed, .pool = vg_pool_new(0)};
    vg_chains_model_defaults(&run->model);
    run->input.data.as_of = request->to;
    vg_status status = chains_reported(request->reported, &run->model, error);
    status = status == VG_OK ? answer_it(store, request, &node, &answer->simulated) : status;
    vg_pool_free(run->pool);
    if (status == VG_OK) {
        status = write_rows(&node, &answer->table);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_text(&answer->meta, "disease", node.disease);
    job_meta_number(&answer->meta, "lineages_left_out", (double)node.n_lineages_hidden);
    chains_meta(run, &answer->meta);
    job_meta_number(&answer->meta, "reproduction", run->posterior.parameters.reproduction);
    job_meta_number(&answer->meta, "contact_coverage", run->input.data.n_contacts > 0 ? run->posterior.parameters.contact_coverage : NAN);
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed ? vg_fail_memory(error, 0) : VG_OK;
}
