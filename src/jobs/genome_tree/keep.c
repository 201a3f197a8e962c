/*
 * A node's genomes on a tree: placed and added, refined, dated, divided into lineages where that is asked for, and kept.
 */
#include "jobs/genome_tree/joined.h"

#include "intake/genome/genome.h"
#include "jobs/place/place.h"
#include "trace/genome/clock/clock.h"
#include "trace/genome/lineage/lineage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REPLICATES_LEAVES_MAX 20000u     /* larger trees are dated without intervals */
#define TREE_BYTES_MAX ((size_t)900 << 20) /* what a product holds */

enum genome_state { GENOME_ADDED, GENOME_IN_TREE /* the base has it */, GENOME_TOO_DIFFERENT };

struct keeping {
    struct vg_store *store;
    const struct vg_keep_tree_request *request;
    const struct vg_progress *progress;
    struct vg_genome_set set;
    struct vg_opened_tree base;
    struct vg_tree marked;               /* the base with a column of its nodes */
    struct vg_tree *tree;
    struct vg_tree_names *names;         /* of the base */
    struct vg_rebase *rebase;
    struct vg_genome *genomes;           /* [n] told against the tree's reference, those that it does not have yet */
    struct vg_kept_genome *kept;         /* [n_kept] all of the set, for lineages that are put down with them */
    int32_t *days;                       /* [n_kept] of their samples */
    uint8_t *states;                     /* [n_kept] enum genome_state */
    struct vg_site_range *masked;
    size_t n_masked;
    size_t n, n_kept, capacity;
    struct vg_insertion *added;          /* [n] */
    uint32_t *nodes;                     /* [n] of the grown tree */
    double *years;
    struct vg_clock clock;
    bool dated;
    const char *undated;                 /* why */
    uint32_t *lineage_codes;             /* [n_nodes], with a prefix */
    struct vg_text *lineage_names;
    uint32_t n_lineages;
    uint32_t parsimony_inserted;
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

/* ---------------------------------------------------------------------- base */

/* The reference alone: where everything begins if no tree is given. */
static vg_status plant(struct keeping *keeping)
{
    struct vg_tree_builder *builder = vg_tree_builder_new();
    if (builder == NULL) {
        return vg_fail_memory(keeping->error, keeping->set.reference.length);
    }
    (void)vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from(""));
    return vg_tree_builder_finish(builder, &keeping->set.reference, &keeping->base.tree, keeping->error);
}

static vg_status open_base(struct keeping *keeping)
{
    const char *path = keeping->request->tree_path;
    vg_status status = path == NULL ? plant(keeping) : vg_job_open_tree(path, NULL, &keeping->base, keeping->error);
    if (status == VG_OK) {
        status = vg_job_settle_reference(keeping->base.tree, true, &keeping->set.reference, keeping->set.name, &keeping->rebase, keeping->error);
    }
    if (status == VG_OK && keeping->request->mask != NULL) {
        status = vg_job_read_mask(keeping->request->mask, keeping->arena, &keeping->masked, &keeping->n_masked, keeping->error);
    }
    return status == VG_OK ? vg_tree_names_new(keeping->base.tree, &keeping->names, keeping->error) : status;
}

/* ------------------------------------------------------------------- genomes */

static bool room(struct keeping *keeping)
{
    size_t capacity[4] = {keeping->capacity, keeping->capacity, keeping->capacity, keeping->capacity};
    struct vg_genome *genomes = vg_arena_room(keeping->arena, keeping->genomes, keeping->n_kept, &capacity[0], sizeof *genomes);
    int32_t *days = vg_arena_room(keeping->arena, keeping->days, keeping->n_kept, &capacity[1], sizeof *days);
    struct vg_kept_genome *kept = vg_arena_room(keeping->arena, keeping->kept, keeping->n_kept, &capacity[2], sizeof *kept);
    uint8_t *states = vg_arena_room(keeping->arena, keeping->states, keeping->n_kept, &capacity[3], sizeof *states);
    if (genomes == NULL || days == NULL || kept == NULL || states == NULL) {
        return false;
    }
    keeping->genomes = genomes;
    keeping->days = days;
    keeping->kept = kept;
    keeping->states = states;
    keeping->capacity = capacity[0];
    return true;
}

static vg_status take_genome(void *context, const struct vg_kept_genome *from, struct vg_error *error)
{
    struct keeping *keeping = context;
    struct vg_arena *arena = keeping->arena;
    struct vg_genome genome = {.name = vg_text_from(vg_arena_copy(arena, from->name))};
    const char *packed = vg_arena_copy_bytes(arena, from->packed.data, from->packed.size), *quality = vg_arena_copy(arena, from->quality);
    if (arena->failed || !room(keeping)) {
        return vg_fail_memory(error, from->packed.size);
    }
    if (!vg_genome_unpack(from->packed, keeping->set.reference.length, arena, &genome)) {
        return vg_fail(error, VG_SYSTEM_ERROR, "the genome %.100s of the node is damaged; restore a backup with vigia restore", from->name);
    }
    uint32_t there = vg_tree_names_find(keeping->names, genome.name);
    if (there != VG_TREE_NONE && !vg_tree_is_leaf(keeping->base.tree, there)) {
        return vg_fail(error, VG_DATA_ERROR, "%.100s is the name of a genome and of a branching point of the tree", from->name);
    }
    vg_status status = keeping->rebase == NULL ? VG_OK : vg_rebase(keeping->rebase, &genome, arena, &genome, error);
    keeping->genomes[keeping->n] = genome;
    enum genome_state state = there != VG_TREE_NONE ? GENOME_IN_TREE : genome.n_differences > VG_PLACE_DIFFERENCES_MAX ? GENOME_TOO_DIFFERENT : GENOME_ADDED;
    keeping->kept[keeping->n_kept] = (struct vg_kept_genome){.name = genome.name.data, .packed = vg_text_of(packed, from->packed.size), .date = VG_DATE_NONE, .quality = quality, .score = from->score,
                                                             .added = from->added, .terms = {.embargo = VG_DATE_NONE}};
    keeping->days[keeping->n_kept] = from->date;
    keeping->states[keeping->n_kept++] = (uint8_t)state;
    keeping->n += state == GENOME_ADDED;
    return status;
}

/* ---------------------------------------------------------------------- tree */

static void replace(struct keeping *keeping, struct vg_tree *tree)
{
    if (keeping->tree != &keeping->marked) {
        vg_tree_free(keeping->tree);
    }
    keeping->tree = tree;
}

static vg_status refine(struct keeping *keeping, bool all)
{
    struct vg_refine_options options;
    struct vg_refine_report report;
    struct vg_tree *refined = NULL;
    vg_refine_defaults(&options);
    options.all = all;
    vg_status status = vg_place_refine(keeping->tree, &options, keeping->nodes, keeping->n, keeping->pool, keeping->progress, &refined, &report, keeping->error);
    if (status == VG_OK) {
        replace(keeping, refined);
    }
    return status;
}

static vg_status grow(struct keeping *keeping)
{
    keeping->added = VG_ARENA_ARRAY(keeping->arena, struct vg_insertion, keeping->n + 1);
    keeping->nodes = VG_ARENA_ARRAY(keeping->arena, uint32_t, keeping->n + 1);
    if (keeping->added == NULL || keeping->nodes == NULL) {
        return vg_fail_memory(keeping->error, keeping->n * sizeof *keeping->added);
    }
    vg_status status = vg_job_mark_nodes(keeping->base.tree, keeping->request->deletions, keeping->arena, &keeping->marked, keeping->error);
    if (status != VG_OK) {
        return status;
    }
    if (keeping->n == 0) { /* it has them all */
        keeping->tree = &keeping->marked;
        keeping->parsimony_inserted = keeping->tree->n_mutations;
        return keeping->request->refine_all ? refine(keeping, true) : VG_OK;
    }
    const struct vg_place_gaps *gaps = NULL;
    status = vg_job_place_gaps(keeping->base.tree, keeping->request->deletions, keeping->arena, &gaps, keeping->error);
    if (status != VG_OK) {
        return status;
    }
    status = vg_place_insert(&keeping->marked, keeping->genomes, keeping->n, keeping->masked, keeping->n_masked, gaps, VG_PLACE_BEST, keeping->pool, keeping->progress, keeping->added, &keeping->tree, keeping->error);
    for (size_t g = 0; status == VG_OK && g < keeping->n; g++) {
        keeping->nodes[g] = keeping->added[g].node;
    }
    keeping->parsimony_inserted = status == VG_OK ? keeping->tree->n_mutations : 0;
    status = status == VG_OK ? refine(keeping, false) : status;
    return status == VG_OK && (keeping->request->refine_all || keeping->request->tree_path == NULL) ? refine(keeping, true) : status;
}

/* Deletions and insertions on branches, by what the node's genomes lack and what the tree that was given tells. */
static vg_status find_gaps(struct keeping *keeping)
{
    struct vg_gap_witness *told = VG_ARENA_ARRAY(keeping->arena, struct vg_gap_witness, keeping->n_kept + 1);
    struct vg_genome *genomes = VG_ARENA_ARRAY(keeping->arena, struct vg_genome, keeping->n_kept + 1);
    struct vg_tree_names *names = NULL;
    bool moved = keeping->request->refine_all || keeping->request->tree_path == NULL;
    size_t n = 0;
    if (told == NULL || genomes == NULL) {
        return vg_fail_memory(keeping->error, keeping->n_kept * sizeof *genomes);
    }
    vg_status status = vg_tree_names_new(keeping->tree, &names, keeping->error);
    for (size_t g = 0; status == VG_OK && g < keeping->n_kept; g++) {
        uint32_t v = vg_tree_names_find(names, vg_text_from(keeping->kept[g].name));
        if (v != VG_TREE_NONE && vg_tree_is_leaf(keeping->tree, v) && vg_genome_unpack(keeping->kept[g].packed, keeping->set.reference.length, keeping->arena, &genomes[g])) {
            told[n++] = (struct vg_gap_witness){.node = v, .genome = &genomes[g]};
        }
    }
    vg_tree_names_free(names);
    status = status == VG_OK ? vg_job_grown_gaps(keeping->base.tree, keeping->tree, moved, told, n, keeping->masked, keeping->n_masked, keeping->error) : status;
    if (status == VG_OK && keeping->request->deletions) {
        struct vg_tree *joined = NULL;
        status = vg_job_join_gaps(keeping->tree, moved, NULL, 0, &joined, keeping->error);
        if (status == VG_OK) {
            replace(keeping, joined);
        }
    }
    return status;
}

/* The unnamed leaf that the reference became where no tree was given: it is no genome of anybody. */
static vg_status cut_reference(struct keeping *keeping)
{
    struct vg_tree *tree = keeping->tree, *part = NULL;
    uint32_t *leaves = VG_ARENA_ARRAY(keeping->arena, uint32_t, (size_t)tree->n_leaves + 1), n = 0;
    if (leaves == NULL) {
        return vg_fail_memory(keeping->error, tree->n_leaves);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v) && vg_tree_name(tree, v).size > 0) {
            leaves[n++] = v;
        }
    }
    if (n == tree->n_leaves || n == 0) {
        return VG_OK;
    }
    vg_status status = vg_tree_extract(tree, leaves, n, n, &part, keeping->error);
    if (status == VG_OK) {
        replace(keeping, part);
    }
    return status;
}

/* ---------------------------------------------------------------------- time */

/* Dates that the tree's own leaves came with. */
static double year_of_leaf(const struct vg_tree *tree, const struct vg_tree_column *years, const struct vg_tree_column *days, uint32_t v)
{
    int32_t day = VG_DATE_NONE;
    if (years != NULL && years->numbers != NULL && isfinite(years->numbers[v])) {
        return years->numbers[v];
    }
    if (days != NULL && days->codes != NULL && days->codes[v] != VG_TREE_NONE && vg_tree_is_leaf(tree, v) && vg_date_parse_iso(days->values[days->codes[v]], &day)) {
        return vg_clock_year_of_date(day);
    }
    return NAN;
}

static vg_status date_nodes(struct keeping *keeping)
{
    struct vg_tree *tree = keeping->tree;
    const struct vg_tree_column *given = vg_tree_column(tree, GENOME_TREE_GIVEN), *years = given != NULL ? given : vg_tree_column(tree, "num_date"), *days = vg_tree_column(tree, "date");
    struct vg_clock_model model;
    struct vg_error why = {0};
    struct vg_tree_names *names = NULL;
    keeping->years = VG_ARENA_ARRAY(keeping->arena, double, (size_t)tree->n_nodes + 1);
    if (keeping->years == NULL) {
        return vg_fail_memory(keeping->error, tree->n_nodes * sizeof(double));
    }
    vg_status status = vg_tree_names_new(tree, &names, keeping->error);
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) {
        keeping->years[v] = vg_tree_is_leaf(tree, v) ? year_of_leaf(tree, years, days, v) : NAN;
    }
    for (size_t g = 0; status == VG_OK && g < keeping->n_kept; g++) {
        uint32_t v = vg_tree_names_find(names, vg_text_from(keeping->kept[g].name));
        if (v != VG_TREE_NONE) {
            keeping->years[v] = keeping->days[g] == VG_DATE_NONE ? NAN : vg_clock_year_of_date(keeping->days[g]);
        }
    }
    vg_tree_names_free(names);
    vg_clock_model_defaults(&model);
    model.n_replicates = tree->n_leaves > REPLICATES_LEAVES_MAX ? 0 : model.n_replicates;
    keeping->dated = status == VG_OK && vg_clock_date(tree, keeping->years, &model, keeping->pool, keeping->arena, &keeping->clock, &why) == VG_OK;
    keeping->undated = keeping->dated ? NULL : vg_arena_copy(keeping->arena, why.message);
    return status;
}

/* ------------------------------------------------------------------ lineages */

/* Names of candidates, PREFIX.1, PREFIX.1.1, ..., and of each node the youngest that it is in; the root's is the prefix itself. */
static vg_status name_lineages(struct keeping *keeping)
{
    struct vg_designation_model model;
    struct vg_designation *list = NULL;
    struct vg_tree *tree = keeping->tree;
    size_t n = 0;
    vg_designation_defaults(&model);
    vg_status status = vg_lineage_designate(tree, NULL, NULL, &model, keeping->arena, &list, &n, keeping->error);
    uint32_t *children = VG_ARENA_ARRAY(keeping->arena, uint32_t, n + 1);
    keeping->lineage_names = VG_ARENA_ARRAY(keeping->arena, struct vg_text, n + 1);
    keeping->lineage_codes = VG_ARENA_ARRAY(keeping->arena, uint32_t, (size_t)tree->n_nodes + 1);
    if (status == VG_OK && (children == NULL || keeping->lineage_names == NULL || keeping->lineage_codes == NULL)) {
        status = vg_fail_memory(keeping->error, tree->n_nodes);
    }
    if (status != VG_OK) {
        return status;
    }
    keeping->lineage_names[0] = vg_text_from(keeping->request->prefix);
    for (size_t i = 0; i < n; i++) {
        size_t within = list[i].within == VG_LINEAGE_NONE ? 0 : list[i].within + 1;
        const char *name = vg_arena_format(keeping->arena, "%.*s.%u", (int)keeping->lineage_names[within].size, keeping->lineage_names[within].data, ++children[within]);
        if (name == NULL) {
            return vg_fail_memory(keeping->error, n);
        }
        keeping->lineage_names[i + 1] = vg_text_from(name);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        keeping->lineage_codes[v] = v == 0 ? 0 : VG_TREE_NONE;
    }
    for (size_t i = 0; i < n; i++) { /* one inside of another has its node below the other's */
        keeping->lineage_codes[list[i].node] = (uint32_t)i + 1;
    }
    for (uint32_t v = 1; v < tree->n_nodes; v++) {
        keeping->lineage_codes[v] = keeping->lineage_codes[v] == VG_TREE_NONE ? keeping->lineage_codes[tree->parent[v]] : keeping->lineage_codes[v];
    }
    keeping->n_lineages = (uint32_t)n + 1;
    return VG_OK;
}

struct calling {
    struct keeping *keeping;
    const struct vg_lineage_model *model;
    struct vg_lineage_work **works;
    struct vg_lineage_call *calls;
    struct vg_error *errors;
};

static void call_one(void *context, size_t g, unsigned worker)
{
    struct calling *calling = context;
    calling->errors[g].status = vg_lineage_call(calling->model, calling->works[worker], &calling->keeping->genomes[g], &calling->calls[g], &calling->errors[g]);
}

/* Each genome called by the tree, as vigia lineages calls does: never finer than the evidence. What was in the tree already keeps what it had. */
static vg_status call_genomes(struct keeping *keeping)
{
    struct vg_tree_column column = {.name = vg_text_from("lineage"), .is_clade = true, .codes = keeping->lineage_codes, .values = keeping->lineage_names, .n_values = keeping->n_lineages};
    struct vg_lineage_model model = {.tree = keeping->tree, .lineages = &column};
    size_t n_works = vg_pool_threads(keeping->pool);
    struct calling calling = {.keeping = keeping, .model = &model, .works = VG_ARENA_ARRAY(keeping->arena, struct vg_lineage_work *, n_works + 1),
                              .calls = VG_ARENA_ARRAY(keeping->arena, struct vg_lineage_call, keeping->n + 1), .errors = VG_ARENA_ARRAY(keeping->arena, struct vg_error, keeping->n + 1)};
    uint32_t *parents = NULL;
    vg_status status = keeping->arena->failed ? vg_fail_memory(keeping->error, keeping->n) : vg_lineage_parents(keeping->tree, &column, NULL, false, keeping->arena, &parents, keeping->error);
    model.parents = parents;
    for (size_t w = 0; status == VG_OK && w < n_works; w++) {
        status = vg_lineage_work_new(&model, &calling.works[w], keeping->error);
    }
    if (status == VG_OK) {
        vg_parallel_for(keeping->pool, keeping->n, call_one, &calling);
    }
    for (size_t g = 0, k = 0; status == VG_OK && g < keeping->n_kept; g++) {
        if (keeping->states[g] != GENOME_ADDED) {
            continue;
        }
        const struct vg_lineage_call *call = &calling.calls[k];
        if (calling.errors[k].status != VG_OK) {
            status = vg_fail(keeping->error, calling.errors[k].status, "%s", calling.errors[k].message);
        } else if (call->lineage != VG_LINEAGE_NONE) {
            keeping->kept[g].lineage = keeping->lineage_names[call->lineage].data;
        }
        k++;
    }
    for (size_t w = 0; calling.works != NULL && w < n_works; w++) {
        vg_lineage_work_free(calling.works[w]);
    }
    return status;
}

static vg_status keep_lineages(struct keeping *keeping)
{
    int64_t set_id = 0;
    bool replaced = false;
    vg_status status = vg_genomes_begin(keeping->store, keeping->set.name, &keeping->set.reference, &set_id, keeping->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t g = 0; status == VG_OK && g < keeping->n_kept; g++) {
        status = keeping->kept[g].lineage == NULL ? VG_OK : vg_genomes_put(keeping->store, set_id, &keeping->kept[g], &replaced, keeping->error);
    }
    return vg_genomes_end(keeping->store, status, keeping->error);
}

/* ---------------------------------------------------------------------- keep */

static struct vg_tree_column number_column(const char *name, const double *numbers)
{
    return (struct vg_tree_column){.name = vg_text_from(name), .numbers = numbers};
}

static bool is_remade(const struct keeping *keeping, struct vg_text name)
{
    return vg_text_equals(name, "num_date") || vg_text_equals(name, GENOME_TREE_LOW) || vg_text_equals(name, GENOME_TREE_HIGH) || vg_text_equals(name, GENOME_TREE_GIVEN) ||
           vg_job_is_mark(name) || (keeping->request->prefix != NULL && vg_text_equals(name, "lineage")) || (keeping->request->licence != NULL && vg_text_equals(name, GENOME_TREE_LICENCE));
}

/* The tree's columns with dates, lineages and the licence of what was in it before. */
static vg_status add_columns(struct keeping *keeping, struct vg_tree *dressed)
{
    const struct vg_tree *tree = keeping->tree;
    struct vg_tree_column *columns = VG_ARENA_ARRAY(keeping->arena, struct vg_tree_column, (size_t)tree->n_columns + 6);
    double *given = VG_ARENA_ARRAY(keeping->arena, double, (size_t)tree->n_nodes + 1);
    uint32_t *licence = VG_ARENA_ARRAY(keeping->arena, uint32_t, (size_t)tree->n_nodes + 1), n = 0;
    struct vg_text *words = VG_ARENA_ARRAY(keeping->arena, struct vg_text, 1);
    struct vg_tree_names *names = NULL;
    if (columns == NULL || given == NULL || licence == NULL || words == NULL) {
        return vg_fail_memory(keeping->error, tree->n_nodes);
    }
    vg_status status = vg_tree_names_new(tree, &names, keeping->error);
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) {
        given[v] = keeping->years[v];
        licence[v] = vg_tree_is_leaf(tree, v) ? 0 : VG_TREE_NONE;
    }
    for (size_t g = 0; status == VG_OK && g < keeping->n_kept; g++) { /* of the node's own the node tells */
        uint32_t v = vg_tree_names_find(names, vg_text_from(keeping->kept[g].name));
        if (v != VG_TREE_NONE) {
            given[v] = NAN;
            licence[v] = VG_TREE_NONE;
        }
    }
    vg_tree_names_free(names);
    for (uint32_t i = 0; i < tree->n_columns; i++) {
        if (!is_remade(keeping, tree->columns[i].name)) {
            columns[n++] = tree->columns[i];
        }
    }
    if (keeping->dated) {
        columns[n++] = number_column("num_date", keeping->clock.years);
        if (keeping->clock.low != NULL) {
            columns[n++] = number_column(GENOME_TREE_LOW, keeping->clock.low);
            columns[n++] = number_column(GENOME_TREE_HIGH, keeping->clock.high);
        }
    }
    columns[n++] = number_column(GENOME_TREE_GIVEN, given);
    if (keeping->request->prefix != NULL) {
        columns[n++] = (struct vg_tree_column){.name = vg_text_from("lineage"), .is_clade = true, .codes = keeping->lineage_codes, .values = keeping->lineage_names, .n_values = keeping->n_lineages};
    }
    if (keeping->request->licence != NULL) {
        words[0] = vg_text_from(keeping->request->licence);
        columns[n++] = (struct vg_tree_column){.name = vg_text_from(GENOME_TREE_LICENCE), .codes = licence, .values = words, .n_values = 1};
    }
    *dressed = *tree;
    dressed->columns = columns;
    dressed->n_columns = n;
    return status;
}

static void put_meta(struct keeping *keeping, struct vg_buffer *meta)
{
    uint32_t n_deletions, n_insertions;
    vg_job_count_gaps(keeping->tree, &n_deletions, &n_insertions);
    vg_buffer_char(meta, '{');
    job_meta_text(meta, "set", keeping->set.name);
    job_meta_text(meta, "tree", keeping->request->tree_path);
    job_meta_number(meta, "leaves", keeping->tree->n_leaves);
    job_meta_number(meta, "genomes", (double)keeping->n_kept);
    job_meta_number(meta, "parsimony_inserted", keeping->parsimony_inserted);
    job_meta_number(meta, "parsimony", keeping->tree->n_mutations);
    job_meta_number(meta, "lineages", keeping->n_lineages);
    job_meta_number(meta, "deletions", n_deletions);
    job_meta_number(meta, "insertions", n_insertions);
    job_meta_number(meta, "gap_events", keeping->tree->n_gap_events);
    job_meta_text(meta, "clock", keeping->dated ? "dated" : keeping->undated);
    job_meta_number(meta, "mutations_per_year", keeping->dated ? job_rounded(keeping->clock.rate, 5, false) : NAN);
    job_meta_number(meta, "mutations_per_year_low", keeping->dated && keeping->clock.low != NULL ? job_rounded(keeping->clock.rate_low, 5, false) : NAN);
    job_meta_number(meta, "mutations_per_year_high", keeping->dated && keeping->clock.low != NULL ? job_rounded(keeping->clock.rate_high, 5, false) : NAN);
    job_meta_date(meta, "root", keeping->dated ? vg_clock_date_of_year(keeping->clock.years[0]) : VG_DATE_NONE);
    vg_buffer_char(meta, '}');
}

static vg_status keep_annotation(struct keeping *keeping)
{
    struct vg_genome_annotation annotation;
    struct vg_buffer gff;
    int64_t set_id = 0;
    vg_buffer_init(&gff, 0);
    vg_status status = vg_annotation_read(keeping->request->annotation, &keeping->set.reference, keeping->arena, &annotation, keeping->error);
    if (status == VG_OK && annotation.n_coding == 0) {
        status = vg_fail(keeping->error, VG_DATA_ERROR, "%s has no coding sequences", keeping->request->annotation);
    }
    if (status == VG_OK) {
        vg_annotation_put(&annotation, &keeping->set.reference, &gff);
        status = gff.failed ? vg_fail_memory(keeping->error, gff.size) : vg_genomes_begin(keeping->store, keeping->set.name, &keeping->set.reference, &set_id, keeping->error);
    }
    if (status == VG_OK) {
        status = vg_genomes_end(keeping->store, vg_genomes_annotate(keeping->store, set_id, gff.data, keeping->error), keeping->error);
    }
    vg_buffer_release(&gff);
    return status;
}

static vg_status keep(struct keeping *keeping)
{
    struct vg_tree dressed;
    struct vg_tree_write_options options = {.updated = vg_date_today()};
    struct vg_buffer bytes;
    vg_buffer_init(&bytes, TREE_BYTES_MAX);
    struct vg_tree_sink sink = vg_tree_sink_of(&bytes);
    vg_status status = add_columns(keeping, &dressed);
    if (status == VG_OK) {
        status = vg_tree_write(&dressed, VG_TREE_OWN, &options, &sink, keeping->error);
        if (bytes.failed) {
            status = vg_fail(keeping->error, VG_LIMIT_EXCEEDED, "the tree takes more than %zu MB, which is the most that a node keeps: give the part of it that the node's genomes are in (vigia tree --sample, vigia place --subtree)",
                             TREE_BYTES_MAX >> 20);
        }
    }
    put_meta(keeping, &keeping->answer->meta);
    if (status == VG_OK) {
        struct vg_product product = {.kind = GENOME_TREE_KIND, .key = keeping->set.name, .parameters_json = keeping->answer->meta.data, .program_version = VG_VERSION,
                                     .data_version = vg_store_data_version(keeping->store), .content = bytes.data, .content_bytes = bytes.size};
        status = keeping->answer->meta.failed ? vg_fail_memory(keeping->error, 0) : vg_store_put_products(keeping->store, &product, 1, keeping->error);
    }
    vg_buffer_release(&bytes);
    return status;
}

static void put_rows(struct keeping *keeping)
{
    struct vg_table *table = &keeping->answer->table;
    vg_table_add_column(table, "name", VG_COLUMN_TEXT);
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    vg_table_add_column(table, "score", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "ties", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "lineage", VG_COLUMN_TEXT);
    for (size_t g = 0, k = 0; g < keeping->n_kept; g++) {
        vg_table_text(table, keeping->kept[g].name);
        static const char *const names[] = {"ok", "in_tree", "too_different"};
        vg_table_text(table, names[keeping->states[g]]);
        if (keeping->states[g] != GENOME_ADDED) {
            vg_table_missing(table);
            vg_table_missing(table);
        } else {
            vg_table_integer(table, keeping->added[k].score);
            vg_table_integer(table, keeping->added[k++].n_ties);
        }
        vg_table_text(table, keeping->kept[g].lineage);
    }
}

/* Genomes of a name that several leaves have are the first of them. */
static vg_status warn(struct keeping *keeping)
{
    struct vg_answer told; /* its meta is not wanted: the kept tree's is the answer's */
    vg_answer_init(&told, keeping->arena);
    vg_status status = vg_job_warn_of_names(keeping->base.tree, keeping->names, keeping->arena, &told, keeping->error);
    keeping->answer->warning = told.warning;
    vg_answer_release(&told);
    return status;
}

static vg_status run(struct keeping *keeping)
{
    vg_status status = vg_genomes_set_find(keeping->store, keeping->request->set, keeping->arena, &keeping->set, keeping->error);
    status = status == VG_OK ? open_base(keeping) : status;
    status = status == VG_OK ? warn(keeping) : status;
    status = status == VG_OK ? vg_genomes_each(keeping->store, keeping->set.id, take_genome, keeping, keeping->error) : status;
    if (status == VG_OK && keeping->n_kept == 0) {
        status = vg_fail(keeping->error, VG_DATA_ERROR, "the set %s has no genomes yet: vigia align --node keeps them", keeping->set.name);
    }
    status = status == VG_OK ? grow(keeping) : status;
    status = status == VG_OK ? find_gaps(keeping) : status;
    status = status == VG_OK && keeping->request->tree_path == NULL ? cut_reference(keeping) : status;
    status = status == VG_OK ? date_nodes(keeping) : status;
    if (status == VG_OK && keeping->request->prefix != NULL) {
        if (vg_job_clade_column(keeping->tree) != NULL && keeping->request->tree_path != NULL) {
            return vg_fail(keeping->error, VG_USAGE_ERROR, "the tree has lineages of its own: vigia lineages calls --tree calls the genomes by them, and no names are made");
        }
        status = name_lineages(keeping);
        status = status == VG_OK ? call_genomes(keeping) : status;
        status = status == VG_OK ? keep_lineages(keeping) : status;
    }
    status = status == VG_OK && keeping->request->annotation != NULL ? keep_annotation(keeping) : status;
    return status == VG_OK ? keep(keeping) : status;
}

vg_status vg_job_keep_tree(struct vg_store *store, const struct vg_keep_tree_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                           struct vg_error *error)
{
    struct keeping keeping = {.store = store, .request = request, .progress = progress, .arena = arena, .answer = answer, .error = error};
    keeping.pool = vg_pool_new(request->threads);
    vg_status status = run(&keeping);
    if (status == VG_OK) {
        put_rows(&keeping);
    }
    vg_rebase_free(keeping.rebase);
    vg_tree_names_free(keeping.names);
    if (keeping.tree != &keeping.marked) {
        vg_tree_free(keeping.tree);
    }
    vg_job_close_tree(&keeping.base);
    vg_pool_free(keeping.pool);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
