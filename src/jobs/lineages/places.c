/*
 * A tree with what its own columns or a table of metadata say of its leaves.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/clock/clock.h"

#include <math.h>
#include <string.h>

void vg_lineages_tree_request_init(struct vg_lineages_tree_request *request)
{
    *request = (struct vg_lineages_tree_request){.rate = NAN, .n_replicates = -1, .active_days = 21, .linked_mutations = 2, .window_days = 14, .least_leaves = 20, .seed = 20210205};
}

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
        placed->regions[v] = VG_TREE_NONE;
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

vg_status placed_tree_open(const struct vg_lineages_tree_request *request, bool needs_regions, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error)
{
    *placed = (struct placed_tree){.n_regions = 0};
    vg_status status = request->store == NULL ? open_file(request, arena, placed, error) : placed_tree_of_node(request, make_room, arena, placed, error);
    if (status != VG_OK) {
        return status;
    }
    placed->n_regions = placed->names.count;
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        placed->n_placed += placed->regions[v] != VG_TREE_NONE;
        placed->n_dated += isfinite(placed->years[v]) ? 1 : 0;
    }
    if (needs_regions && placed->n_placed == 0) {
        return request->store != NULL ? vg_fail(error, VG_DATA_ERROR, "no leaf of the tree has a place: vigia align --metadata brings them")
                                      : vg_fail(error, VG_DATA_ERROR, "no leaf of %s has a region: give --metadata with columns strain and country, or the tree's own column by --region", request->tree_path);
    }
    return VG_OK;
}

void placed_tree_close(struct placed_tree *placed)
{
    vg_job_close_tree(&placed->file);
}

vg_status placed_weights(const char *path, const struct placed_tree *placed, struct vg_arena *arena, double **weights, struct vg_error *error)
{
    double *sequences = VG_ARENA_ARRAY(arena, double, placed->n_regions + 1);
    *weights = VG_ARENA_ARRAY(arena, double, placed->n_regions + 1);
    if (*weights == NULL || sequences == NULL) {
        return vg_fail_memory(error, placed->n_regions);
    }
    for (uint32_t v = 0; v < placed->tree->n_nodes; v++) {
        sequences[placed->regions[v] == VG_TREE_NONE ? placed->n_regions : placed->regions[v]]++;
    }
    for (size_t k = 0; k < placed->n_regions; k++) {
        (*weights)[k] = path == NULL ? 1 : NAN;
    }
    vg_status status = path == NULL ? VG_OK : lineages_read_cases(path, &placed->names, *weights, error);
    for (size_t k = 0; k < placed->n_regions && path != NULL; k++) {
        (*weights)[k] = isfinite((*weights)[k]) ? (*weights)[k] / fmax(sequences[k], 1) : 1;
    }
    return status;
}
