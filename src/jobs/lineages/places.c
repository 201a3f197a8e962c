/*
 * A tree with what its own columns or a table of metadata say of its leaves.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/clock/clock.h"

#include <math.h>
#include <string.h>

void vg_lineages_tree_request_init(struct vg_lineages_tree_request *request)
{
    *request = (struct vg_lineages_tree_request){.rate = NAN, .n_replicates = -1, .active_days = 21, .linked_mutations = 2, .window_days = 14, .least_leaves = 20, .least_mutations = 1, .seed = 20210205, .as_of = VG_DATE_NONE};
}

enum { WEEKS_MOST = 175, WEEKS_LEAST = 4 };
#define WEEKS_TOLD 0.8
static const char date_headings[] = "date|collection_date|num_date|sample_date";

struct metadata {
    const struct vg_lineages_tree_request *request;
    struct placed_tree *placed;
    struct vg_reader *reader;
    struct vg_tree_names *names;
    size_t name, region, date;
    struct vg_error *error;
};

static vg_status put_region(struct placed_tree *placed, uint32_t leaf, struct vg_text name, struct vg_error *error)
{
    if (name.size == 0 || vg_text_equals(name, "?") || vg_text_equals(name, "NA") || vg_text_equals(name, "unknown")) {
        return VG_OK;
    }
    uint32_t region = vg_dictionary_add(&placed->names, name);
    placed->regions[leaf] = region;
    return region == VG_DICTIONARY_NONE ? vg_fail_memory(error, placed->names.count) : VG_OK;
}

static vg_status take_row(struct metadata *m, const struct vg_text *cells, uint64_t line)
{
    struct placed_tree *placed = m->placed;
    struct vg_text date = vg_reader_cell(cells, m->date);
    uint32_t leaf = vg_tree_names_find(m->names, vg_reader_cell(cells, m->name));
    int32_t day = VG_DATE_NONE;
    double year = NAN;
    if (leaf == VG_TREE_NONE || !vg_tree_is_leaf(placed->tree, leaf)) {
        placed->n_unknown_rows++;
        return VG_OK;
    }
    enum lineages_day kind = lineages_parse_day(date, &day, &year);
    if (kind == LINEAGES_BAD) {
        return vg_reader_bad_cell(m->reader, line, m->date, date, "a date as 2021-03-05 or 2021.25", m->error);
    }
    placed->n_partial += kind == LINEAGES_PARTIAL;
    placed->years[leaf] = day == VG_DATE_NONE ? year : vg_clock_year_of_date(day);
    return put_region(placed, leaf, vg_reader_cell(cells, m->region), m->error);
}

static vg_status read_metadata(struct metadata *m)
{
    const char *path = m->request->metadata_path;
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = vg_reader_open(path, NULL, &m->reader, m->error);
    if (status != VG_OK) {
        return status;
    }
    m->name = vg_reader_find_column(m->reader, "strain|name|id|accession|sequence_name|taxon|sample");
    m->date = vg_reader_find_column(m->reader, date_headings);
    m->region = vg_reader_find_column(m->reader, m->request->region == NULL ? LINEAGES_PLACE_HEADINGS : m->request->region);
    if (m->name == VG_READER_NO_COLUMN) {
        status = vg_fail(m->error, VG_DATA_ERROR, "%s needs a column strain (or name, id, accession) with the names of the tree's leaves", path);
    } else if (m->request->region != NULL && m->region == VG_READER_NO_COLUMN) {
        status = vg_fail(m->error, VG_DATA_ERROR, "%s has no column %s", path, m->request->region);
    } else {
        status = vg_tree_names_new(m->placed->tree, &m->names, m->error);
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(m->reader, &batch, m->error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            status = take_row(m, batch.cells + i * batch.n_columns, batch.lines[i]);
        }
    }
    vg_tree_names_free(m->names);
    vg_reader_close(m->reader);
    return status;
}

/* What the tree's own columns say. */
static vg_status own_columns(const struct vg_lineages_tree_request *request, struct placed_tree *placed, struct vg_error *error)
{
    static const char *const usual[] = {"country", "region", "division", "location", "place"};
    struct vg_tree *tree = placed->tree;
    const struct vg_tree_column *region = request->region == NULL ? NULL : vg_tree_column(tree, request->region), *date = vg_tree_column(tree, "num_date");
    for (size_t i = 0; request->region == NULL && region == NULL && i < sizeof usual / sizeof *usual; i++) {
        region = vg_tree_column(tree, usual[i]);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (!vg_tree_is_leaf(tree, v)) {
            continue;
        }
        if (date != NULL && date->numbers != NULL) {
            placed->years[v] = date->numbers[v];
        }
        if (region != NULL && region->codes != NULL && region->codes[v] != VG_TREE_NONE && put_region(placed, v, region->values[region->codes[v]], error) != VG_OK) {
            return VG_SYSTEM_ERROR;
        }
    }
    return VG_OK;
}

static vg_status make_room(struct placed_tree *placed, struct vg_arena *arena, struct vg_error *error)
{
    placed->regions = VG_ARENA_ARRAY(arena, uint32_t, placed->tree->n_nodes + 1);
    placed->years = VG_ARENA_ARRAY(arena, double, placed->tree->n_nodes + 1);
    vg_dictionary_init(&placed->names, arena);
    if (placed->regions == NULL || placed->years == NULL) {
        return vg_fail_memory(error, placed->tree->n_nodes * sizeof(double));
    }
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        placed->regions[v] = VG_REGION_NONE;
        placed->years[v] = NAN;
    }
    return VG_OK;
}

static vg_status open_file(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error)
{
    if (request->tree_path == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "--tree FILE is needed: Auspice JSON, UShER's protobuf, Taxonium's lines or Vigia's own form");
    }
    vg_status status = vg_job_open_tree(request->tree_path, NULL, &placed->file, error);
    placed->tree = placed->file.tree;
    status = status == VG_OK ? make_room(placed, arena, error) : status;
    if (status == VG_OK && request->metadata_path != NULL) {
        struct metadata m = {.request = request, .placed = placed, .error = error};
        return read_metadata(&m);
    }
    return status == VG_OK ? own_columns(request, placed, error) : status;
}

/* Leaves sampled after as_of, or nobody knows when, are absent; of the others what there is. */
static void count_leaves(struct placed_tree *placed, int32_t as_of)
{
    placed->first_day = placed->last_day = VG_DATE_NONE;
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        if (!vg_tree_is_leaf(placed->tree, v) || placed->regions[v] == VG_REGION_ABSENT) {
            continue;
        }
        int32_t day = isfinite(placed->years[v]) ? vg_clock_date_of_year(placed->years[v]) : VG_DATE_NONE;
        if (as_of != VG_DATE_NONE && (day == VG_DATE_NONE || day > as_of)) {
            placed->regions[v] = VG_REGION_ABSENT;
            placed->years[v] = NAN;
            placed->n_later++;
            continue;
        }
        placed->n_placed += placed->regions[v] != VG_REGION_NONE;
        placed->n_dated += day != VG_DATE_NONE;
        placed->first_day = day != VG_DATE_NONE && (placed->first_day == VG_DATE_NONE || day < placed->first_day) ? day : placed->first_day;
        placed->last_day = day != VG_DATE_NONE && (placed->last_day == VG_DATE_NONE || day > placed->last_day) ? day : placed->last_day;
    }
}

/* Numbers without those of whom no leaf is left. */
static vg_status drop_regions(struct placed_tree *placed, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_dictionary names;
    uint32_t *renumbered = VG_ARENA_ARRAY(arena, uint32_t, placed->names.count + 1);
    vg_dictionary_init(&names, arena);
    if (renumbered == NULL) {
        return vg_fail_memory(error, placed->names.count);
    }
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        if (vg_tree_is_leaf(placed->tree, v) && placed->regions[v] < placed->names.count) {
            renumbered[placed->regions[v]] = 1;
        }
    }
    for (size_t k = 0; k < placed->names.count; k++) {
        renumbered[k] = renumbered[k] == 0 ? VG_TREE_NONE : vg_dictionary_add(&names, placed->names.keys[k]);
    }
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        if (vg_tree_is_leaf(placed->tree, v) && placed->regions[v] < placed->names.count) {
            placed->regions[v] = renumbered[placed->regions[v]];
        }
    }
    placed->names = names;
    placed->n_regions = names.count;
    return arena->failed ? vg_fail_memory(error, names.count) : VG_OK;
}

vg_status placed_tree_open(const struct vg_lineages_tree_request *request, bool needs_regions, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error)
{
    *placed = (struct placed_tree){.n_regions = 0};
    vg_status status = request->store == NULL ? open_file(request, arena, placed, error) : placed_tree_of_node(request, make_room, arena, placed, error);
    if (status != VG_OK) {
        return status;
    }
    count_leaves(placed, request->as_of);
    status = drop_regions(placed, arena, error);
    if (status != VG_OK) {
        return status;
    }
    if (needs_regions && placed->n_placed == 0) {
        return placed->n_later > 0 ? vg_fail(error, VG_DATA_ERROR, "no leaf that was sampled by then has a place")
             : request->store != NULL ? vg_fail(error, VG_DATA_ERROR, "no leaf of the tree has a place: vigia align --metadata brings them")
                                      : vg_fail(error, VG_DATA_ERROR, "no leaf of %s has a region: give --metadata with columns strain and country, or the tree's own column by --region", request->tree_path);
    }
    return VG_OK;
}

void placed_tree_close(struct placed_tree *placed)
{
    vg_job_close_tree(&placed->file);
}

/* The node's cases by place, as known on as_of, over the days of the samples. */
static vg_status cases_of_node(const struct vg_lineages_tree_request *request, const struct placed_tree *placed, const char *dataset, const char *measure, struct vg_arena *arena, struct placed_cases *told, struct vg_error *error)
{
    double *cases = told->cases;
    struct vg_request facts;
    struct vg_answer unused;
    struct job_context context;
    struct vg_series_matrix matrix;
    vg_request_init(&facts);
    facts.dataset = dataset;
    facts.measure = measure;
    facts.as_of = request->as_of;
    vg_answer_init(&unused, arena);
    vg_status status = job_context_open(&context, request->store, &facts, arena, &unused, JOB_ANY_MEASURE, error);
    if (status == VG_OK) {
        context.filter.from = placed->first_day;
        context.filter.to = placed->last_day;
        status = vg_store_series_by_place(request->store, &context.filter, placed->level, arena, &matrix, error);
    }
    const struct vg_place_list *places = vg_store_place_list(request->store);
    for (size_t p = 0; status == VG_OK && p < matrix.n_places; p++) {
        uint32_t k = vg_dictionary_find(&placed->names, vg_text_from(places->places[matrix.place[p]].code));
        for (size_t i = 0; k != VG_DICTIONARY_NONE && i < matrix.n_steps; i++) {
            double value = matrix.values[p * matrix.n_steps + i];
            cases[k] = (isfinite(cases[k]) ? cases[k] : 0) + (isfinite(value) ? value : 0);
            if (isfinite(value)) {
                lineages_add_to_week(&told->weeks, matrix.start + (int32_t)i * matrix.step_days + matrix.step_days / 2, k, placed->n_regions, value);
            }
        }
    }
    vg_answer_release(&unused);
    return status;
}

/* The dataset's first measure of cases; NULL: it has none. */
static vg_status measure_of_cases(struct vg_store *store, const char *dataset, struct vg_arena *arena, const char **measure, struct vg_error *error)
{
    const struct vg_measure **measures = NULL;
    size_t n = 0;
    vg_status status = vg_store_measures(store, dataset, arena, &measures, &n, error);
    *measure = NULL;
    for (size_t i = n; status == VG_OK && i-- > 0;) {
        *measure = strcmp(measures[i]->what, "cases") == 0 ? measures[i]->name : *measure;
    }
    return status;
}

/* The one asked for; else the first that has cases, where all are of one disease. NULL: none. */
static vg_status find_cases(const struct vg_lineages_tree_request *request, struct vg_arena *arena, const char **dataset, const char **measure, struct vg_error *error)
{
    struct vg_dataset *datasets = NULL;
    size_t n = 0;
    *dataset = *measure = NULL;
    if (request->cases != NULL && request->cases[0] != '\0') {
        if (strcmp(request->cases, "none") == 0) {
            return VG_OK;
        }
        *dataset = request->cases;
        vg_status status = measure_of_cases(request->store, *dataset, arena, measure, error);
        return status == VG_OK && *measure == NULL ? vg_fail(error, VG_DATA_ERROR, "dataset %s has no cases", *dataset) : status;
    }
    vg_status status = vg_store_datasets(request->store, arena, &datasets, &n, error);
    for (size_t i = 1; status == VG_OK && i < n; i++) {
        if (strcmp(datasets[i].disease, datasets[0].disease) != 0) {
            return VG_OK;
        }
    }
    for (size_t i = 0; status == VG_OK && i < n && *measure == NULL; i++) {
        status = measure_of_cases(request->store, datasets[i].name, arena, measure, error);
        *dataset = *measure == NULL ? NULL : datasets[i].name;
    }
    return status;
}

/* What the cases are of, as meta has it. */
static const char *name_of_cases(const char *dataset, const char *measure, struct vg_arena *arena)
{
    size_t room = strlen(dataset) + strlen(measure) + 3;
    char *name = VG_ARENA_ARRAY(arena, char, room);
    if (name != NULL) {
        (void)snprintf(name, room, "%s, %s", dataset, measure);
    }
    return name;
}

/* Weeks from Monday on while samples were taken. */
static bool make_weeks(const struct placed_tree *placed, struct vg_arena *arena, struct lineages_weeks *weeks)
{
    int32_t first = placed->first_day < placed->last_day - WEEKS_MOST * 7 ? placed->last_day - WEEKS_MOST * 7 : placed->first_day;
    if (placed->first_day == VG_DATE_NONE) {
        return true;
    }
    weeks->first = vg_date_week_start(first, VG_WEEK_ISO);
    weeks->n = (size_t)(placed->last_day - weeks->first) / 7 + 1;
    weeks->cases = VG_ARENA_ARRAY(arena, double, weeks->n * (placed->n_regions + 1));
    return weeks->cases != NULL;
}

/* Where cases are told by month, or of some weeks only, nobody knows how the share that is sequenced changed. */
static void judge_weeks(const struct placed_tree *placed, struct lineages_weeks *weeks)
{
    size_t told = 0;
    for (size_t w = 0; w < weeks->n; w++) {
        double sum = 0;
        for (size_t k = 0; k < placed->n_regions; k++) {
            sum += weeks->cases[w * placed->n_regions + k];
        }
        told += sum > 0;
    }
    weeks->n = weeks->n >= WEEKS_LEAST && (double)told >= WEEKS_TOLD * (double)weeks->n ? weeks->n : 0;
}

vg_status placed_cases(const struct vg_lineages_tree_request *request, const struct placed_tree *placed, struct vg_arena *arena, struct placed_cases *told, struct vg_error *error)
{
    vg_status status = VG_OK;
    bool any = false;
    const char *measure = NULL;
    *told = (struct placed_cases){.of = request->weights_path};
    if (request->weights_path == NULL && request->store != NULL && placed->first_day != VG_DATE_NONE) {
        status = find_cases(request, arena, &told->of, &measure, error);
    }
    if (status != VG_OK || told->of == NULL) {
        return status;
    }
    told->cases = VG_ARENA_ARRAY(arena, double, placed->n_regions + 1);
    if (told->cases == NULL || !make_weeks(placed, arena, &told->weeks)) {
        return vg_fail_memory(error, placed->n_regions);
    }
    for (size_t k = 0; k < placed->n_regions; k++) {
        told->cases[k] = NAN;
    }
    status = request->weights_path != NULL ? lineages_read_cases(request->weights_path, &placed->names, placed->first_day, placed->last_day, told->cases, &told->weeks, error)
                                           : cases_of_node(request, placed, told->of, measure, arena, told, error);
    for (size_t k = 0; k < placed->n_regions; k++) {
        any |= isfinite(told->cases[k]);
    }
    judge_weeks(placed, &told->weeks);
    if (status == VG_OK && !any && request->weights_path != NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s has no row of a region of the tree (such as %.*s) while its samples were taken", request->weights_path,
                       placed->n_regions > 0 ? (int)placed->names.keys[0].size : 0, placed->n_regions > 0 ? placed->names.keys[0].data : "");
    }
    if (status == VG_OK && !any) { /* a dataset of elsewhere */
        *told = (struct placed_cases){.of = NULL};
    } else if (status == VG_OK && measure != NULL) {
        told->of = name_of_cases(told->of, measure, arena);
        return told->of == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    return status;
}
