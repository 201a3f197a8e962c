/*
 * Genomes of MAPLE files placed on a tree, or added to it.
 */
#include "jobs/place/place.h"

#include "intake/bytes/bytes.h"
#include "intake/genome/genome.h"
#include "jobs/jobs_internal.h"
#include "jobs/place/internal.h"

#include <stdlib.h>
#include <string.h>

#define PORTION 16384u

struct placing {
    const struct vg_place_request *request;
    const struct vg_progress *progress;
    struct vg_opened_tree opened;
    struct vg_place_index *index;
    struct vg_pool *pool;
    struct vg_site_range *masked;
    size_t n_masked;
    const struct vg_genome_annotation *annotation; /* of the tree that is written; NULL */
    const struct vg_tree_column *clade;     /* what certain_clade tells */
    struct vg_genome *genomes;              /* of a portion; where the tree grows, all */
    size_t n, capacity;
    size_t n_all;
    uint64_t score_sum, n_not_aligned, n_too_different;
    bool *in_tree;                          /* [n] where the tree grows: a leaf has that name already. NULL else */
    uint64_t n_in_tree;
    struct vg_genome *fitting;              /* [PORTION], or of all: those of genomes that can be placed */
    struct vg_placement *placements;        /* [PORTION] */
    struct vg_dictionary names;
    struct vg_arena portion;                /* genomes of one portion, or all */
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

/* ------------------------------------------------------------------ genomes */

static vg_status take_genome(struct placing *placing, const struct vg_genome *genome, const char *path)
{
    size_t before = placing->names.count;
    if (genome->name.size == 0 || vg_dictionary_add(&placing->names, genome->name) == VG_DICTIONARY_NONE) {
        return vg_fail_memory(placing->error, genome->name.size);
    }
    if (placing->names.count == before) {
        return vg_fail(placing->error, VG_DATA_ERROR, "%s: %.*s is there twice: names of genomes must differ", path, (int)genome->name.size, genome->name.data);
    }
    if (placing->n == placing->capacity) {
        size_t capacity = placing->capacity == 0 ? 1024 : 2 * placing->capacity;
        struct vg_genome *genomes = realloc(placing->genomes, capacity * sizeof *genomes);
        if (genomes == NULL) {
            return vg_fail_memory(placing->error, capacity * sizeof *genomes);
        }
        placing->genomes = genomes;
        placing->capacity = capacity;
    }
    placing->genomes[placing->n++] = *genome;
    placing->n_all++;
    return VG_OK;
}

/* Whether anything is known of what the tree tells apart. */
static bool anything_known(const struct vg_tree *tree, const struct vg_genome *genome)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        missing += one->base >= VG_BASE_ANY && one->position < tree->length ? (one->length < tree->length - one->position ? one->length : tree->length - one->position) : 0;
    }
    return missing < tree->length;
}

static vg_status put_row(struct placing *placing, const struct vg_genome *genome, const struct vg_placement *placement, struct vg_buffer *text)
{
    const struct vg_tree *tree = placing->opened.tree;
    struct vg_table *table = &placing->answer->table;
    struct vg_arena own;
    uint32_t *mutations;
    size_t n;
    vg_arena_init(&own, 0);
    vg_status status = vg_place_private(placing->index, genome, placement->node, &own, &mutations, &n, placing->error);
    if (status != VG_OK) {
        vg_arena_release(&own);
        return status;
    }
    vg_table_text_slice(table, genome->name);
    vg_table_text(table, anything_known(tree, genome) ? "ok" : "nothing_known");
    vg_table_integer(table, placement->score);
    vg_table_integer(table, placement->n_ties);
    vg_buffer_clear(text);
    vg_tree_put_name(tree, placement->node, text);
    vg_table_text_slice(table, vg_text_of(text->data, text->size));
    vg_table_boolean(table, placement->splits);
    vg_buffer_clear(text);
    if (placement->certain == VG_TREE_NONE) {
        vg_table_missing(table);
    } else {
        vg_tree_put_name(tree, placement->certain, text);
        vg_table_text_slice(table, vg_text_of(text->data, text->size));
    }
    if (placement->certain == VG_TREE_NONE || placing->clade == NULL || placing->clade->codes[placement->certain] == VG_TREE_NONE) {
        vg_table_missing(table);
    } else {
        vg_table_text_slice(table, placing->clade->values[placing->clade->codes[placement->certain]]);
    }
    vg_buffer_clear(text);
    for (size_t m = 0; m < n; m++) {
        vg_buffer_format(text, "%s%c%u%c", m == 0 ? "" : " ", "ACGT"[vg_mutation_from(mutations[m])], vg_mutation_site(mutations[m]) + 1, "ACGT"[vg_mutation_to(mutations[m])]);
    }
    vg_table_text_slice(table, vg_text_of(text->size == 0 ? "" : text->data, text->size));
    if (placing->request->list_ties) {
        vg_buffer_clear(text);
        for (uint32_t i = 0; i < placement->n_listed; i++) {
            vg_buffer_text(text, i == 0 ? "" : " ");
            vg_tree_put_name(tree, placement->ties[i], text);
        }
        vg_table_text_slice(table, vg_text_of(text->data, text->size));
    }
    placing->score_sum += placement->score;
    vg_arena_release(&own);
    return text->failed ? vg_fail_memory(placing->error, text->size) : VG_OK;
}

static bool fits(const struct vg_genome *genome)
{
    return genome->n_differences <= VG_PLACE_DIFFERENCES_MAX;
}

static size_t take_fitting(struct placing *placing)
{
    size_t n = 0;
    for (size_t g = 0; g < placing->n; g++) {
        if (fits(&placing->genomes[g]) && !(placing->in_tree != NULL && placing->in_tree[g])) {
            placing->fitting[n++] = placing->genomes[g];
        }
    }
    return n;
}

/* A genome of which nothing but the reason is told. */
static void put_refusal(struct vg_table *table, struct vg_text name, struct vg_text reason)
{
    vg_table_text_slice(table, name);
    vg_table_text_slice(table, reason);
    for (size_t c = 2; c < table->n_columns; c++) {
        vg_table_missing(table);
    }
}

static void put_too_different(struct placing *placing, const struct vg_genome *genome)
{
    put_refusal(&placing->answer->table, genome->name, vg_text_from("too_different"));
    placing->n_too_different++;
}

/* Places the portion that was read and forgets it. */
static vg_status place_portion(struct placing *placing)
{
    struct vg_buffer text;
    size_t n = take_fitting(placing), placed = 0;
    vg_status status = vg_place(placing->index, placing->fitting, n, VG_PLACE_BEST, placing->pool, placing->progress, placing->placements, NULL, placing->error);
    vg_buffer_init(&text, 0);
    for (size_t g = 0; status == VG_OK && g < placing->n; g++) {
        if (fits(&placing->genomes[g])) {
            status = put_row(placing, &placing->genomes[g], &placing->placements[placed++], &text);
        } else {
            put_too_different(placing, &placing->genomes[g]);
        }
    }
    vg_buffer_release(&text);
    placing->n = 0;
    vg_arena_reset(&placing->portion);
    return status;
}

/* ------------------------------------------------------------------ samples */

static vg_status make_index(struct placing *placing)
{
    return placing->index != NULL ? VG_OK : vg_place_index_new(placing->opened.tree, placing->masked, placing->n_masked, &placing->index, placing->error);
}

static vg_status read_samples(struct placing *placing, const char *path, const struct vg_tree_source *source)
{
    struct vg_genome_reference reference;
    struct vg_maple_reader *reader;
    struct vg_rebase *rebase = NULL;
    struct vg_genome genome;
    bool more = true, grows = placing->request->out != NULL;
    vg_status status = vg_maple_open(source, &reader, &reference, placing->error);
    if (status != VG_OK) {
        return status;
    }
    if (reference.length == 0 && placing->request->reference != NULL) {
        status = vg_reference_read(placing->request->reference, placing->arena, &reference, placing->error);
    }
    status = status == VG_OK ? vg_job_settle_reference(placing->opened.tree, placing->index == NULL, &reference, path, &rebase, placing->error) : status;
    status = status == VG_OK ? make_index(placing) : status;
    while (status == VG_OK) {
        status = vg_maple_next(reader, &placing->portion, &genome, &more, placing->error);
        if (status != VG_OK || !more) {
            break;
        }
        if (rebase != NULL) {
            status = vg_rebase(rebase, &genome, &placing->portion, &genome, placing->error);
        }
        status = status == VG_OK ? take_genome(placing, &genome, path) : status;
        if (status == VG_OK && !grows && placing->n == PORTION) {
            status = place_portion(placing);
        }
    }
    status = status == VG_OK && !grows ? place_portion(placing) : status;
    vg_rebase_free(rebase);
    vg_maple_close(reader);
    return status;
}

/* Two records of letters and no differences: sequences. */
static bool looks_like_fasta(struct vg_text head)
{
    size_t records = 0;
    for (size_t at = 0, letters = 0; at < head.size;) {
        const char *end = memchr(head.data + at, '\n', head.size - at);
        size_t size = end == NULL ? head.size - at : (size_t)(end - (head.data + at));
        bool name = size > 0 && head.data[at] == '>';
        if (!name && size > 0 && memchr(head.data + at, '\t', size) != NULL) {
            return false;
        }
        records += !name && size > 0 && letters == 0 ? 1 : 0;
        letters = name ? 0 : letters + size;
        at += size + 1;
    }
    return records > 1;
}

/* What could not be aligned has a row that says so. The table is of lines with name, status, reason first. */
static void put_not_aligned(struct placing *placing, const struct vg_buffer *rows)
{
    struct vg_table *table = &placing->answer->table;
    for (size_t start = 0, line = 0; start < rows->size; line++) {
        const char *data = rows->data + start, *end = memchr(data, '\n', rows->size - start);
        size_t size = end == NULL ? rows->size - start : (size_t)(end - data);
        const char *first = memchr(data, '\t', size), *second = first == NULL ? NULL : memchr(first + 1, '\t', size - (size_t)(first + 1 - data));
        struct vg_text status = second == NULL ? vg_text_of("", 0) : vg_text_of(first + 1, (size_t)(second - first - 1));
        if (line > 0 && second != NULL && !vg_text_equals(status, "ok")) {
            put_refusal(table, vg_text_of(data, (size_t)(first - data)), status);
            placing->n_not_aligned++;
        }
        start += size + 1;
    }
}

static struct vg_text cell_of(const char *line, size_t size, size_t number)
{
    size_t at = 0;
    for (; number > 0; number--) {
        const char *tab = memchr(line + at, '\t', size - at);
        if (tab == NULL) {
            return vg_text_of("", 0);
        }
        at = (size_t)(tab - line) + 1;
    }
    const char *tab = memchr(line + at, '\t', size - at);
    return vg_text_of(line + at, tab == NULL ? size - at : (size_t)(tab - line) - at);
}

/* MAPLE's form has no insertions: those of aligned sequences are in the table. Of a genome of which they are told the list is not NULL. */
static vg_status take_insertions(struct placing *placing, const struct vg_buffer *rows)
{
    size_t column = SIZE_MAX;
    for (size_t start = 0; start < rows->size;) {
        const char *line = rows->data + start, *end = memchr(line, '\n', rows->size - start);
        size_t size = end == NULL ? rows->size - start : (size_t)(end - line);
        for (size_t c = 0; start == 0 && column == SIZE_MAX && c < 64; c++) {
            column = vg_text_equals(cell_of(line, size, c), "insertions") ? c : SIZE_MAX;
        }
        uint32_t number = start == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&placing->names, cell_of(line, size, 0));
        struct vg_gap_list list = {.insertions = VG_ARENA_ARRAY(&placing->portion, struct vg_genome_insertion, 1), .insertion_capacity = 1};
        if (number != VG_DICTIONARY_NONE && column != SIZE_MAX && vg_gap_list_read(cell_of(line, size, column), &placing->portion, &list)) {
            placing->genomes[number].insertions = list.insertions;
            placing->genomes[number].n_insertions = (uint32_t)list.n_insertions;
        }
        start += size + 1;
    }
    return placing->portion.failed ? vg_fail_memory(placing->error, rows->size) : VG_OK;
}

static vg_status align_samples(struct placing *placing, const char *path)
{
    struct vg_buffer maple, rows;
    vg_buffer_init(&maple, 0);
    vg_buffer_init(&rows, 0);
    vg_status status = place_align(placing->request, placing->opened.tree, path, placing->progress, placing->arena, &maple, &rows, placing->error);
    if (status == VG_OK) {
        struct vg_text at = {maple.data, maple.size};
        struct vg_tree_source source = vg_tree_source_of(&at, path);
        status = read_samples(placing, path, &source);
    }
    if (status == VG_OK) {
        put_not_aligned(placing, &rows);
        status = placing->request->out != NULL ? take_insertions(placing, &rows) : VG_OK;
    }
    vg_buffer_release(&maple);
    vg_buffer_release(&rows);
    return status;
}

static vg_status read_all_samples(struct placing *placing)
{
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < placing->request->n_samples; i++) {
        struct vg_bytes *bytes;
        const char *path = placing->request->sample_paths[i];
        status = vg_bytes_open(path, &bytes, placing->error);
        if (status != VG_OK) {
            break;
        }
        bool fasta = looks_like_fasta(vg_bytes_head(bytes)) || (placing->request->fasta && strcmp(path, "-") != 0);
        if (fasta && strcmp(path, "-") == 0) {
            status = vg_fail(placing->error, VG_USAGE_ERROR, "standard input is FASTA: name the file, or give what vigia align --maple makes of it");
        } else if (!fasta) {
            struct vg_tree_source source = {vg_bytes_read, bytes, path};
            size_t before = placing->n_all;
            status = read_samples(placing, path, &source);
            if (status == VG_OK && placing->n_all == before) {
                status = vg_fail(placing->error, VG_DATA_ERROR, "%s has no genomes as differences; if it is FASTA with one sequence, say --fasta", path);
            }
        }
        vg_bytes_close(bytes);
        if (status == VG_OK && fasta) {
            status = align_samples(placing, path);
        }
    }
    return status;
}

/* -------------------------------------------------------------------- growth */

/* Those that are leaves already, as a public tree has a laboratory's own after a while, stay where they are. */
static vg_status find_in_tree(struct placing *placing)
{
    const struct vg_tree *tree = placing->opened.tree;
    placing->in_tree = VG_ARENA_ARRAY(placing->arena, bool, placing->n + 1);
    if (placing->in_tree == NULL) {
        return vg_fail_memory(placing->error, placing->n);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        struct vg_text name = vg_tree_name(tree, v);
        uint32_t genome = name.size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&placing->names, name);
        if (genome == VG_DICTIONARY_NONE) {
            continue;
        }
        if (!vg_tree_is_leaf(tree, v)) {
            return vg_fail(placing->error, VG_DATA_ERROR, "%.*s is the name of a genome and of a branching point of the tree", (int)name.size, name.data);
        }
        placing->n_in_tree += !placing->in_tree[genome];
        placing->in_tree[genome] = true;
    }
    return VG_OK;
}

/* Refined where wished; nodes: of the genomes, before and after. */
static vg_status refine(struct placing *placing, struct vg_tree **tree, uint32_t *nodes, size_t n)
{
    struct vg_refine_options options;
    struct vg_refine_report report;
    uint32_t before = (*tree)->n_mutations;
    vg_refine_defaults(&options);
    for (int all = 0; all < 2; all++) {
        struct vg_tree *refined = NULL;
        options.all = all == 1;
        if (all == 1 ? !placing->request->refine_all : placing->request->as_inserted) {
            continue;
        }
        vg_status status = vg_place_refine(*tree, &options, nodes, n, placing->pool, placing->progress, &refined, &report, placing->error);
        if (status != VG_OK) {
            return status;
        }
        vg_tree_free(*tree);
        *tree = refined;
    }
    job_meta_number(&placing->answer->meta, "parsimony_inserted", before);
    job_meta_number(&placing->answer->meta, "parsimony", (*tree)->n_mutations);
    return VG_OK;
}

/* What genomes lack and have between, on branches. */
static vg_status find_gaps(struct placing *placing, struct vg_tree **grown, uint32_t *nodes, size_t n)
{
    struct vg_tree *tree = *grown, *joined = NULL;
    const struct vg_place_request *request = placing->request;
    struct vg_gap_witness *told = calloc(n + 1, sizeof *told);
    uint32_t n_deletions, n_insertions;
    for (size_t g = 0; told != NULL && g < n; g++) {
        told[g] = (struct vg_gap_witness){.node = nodes[g], .genome = &placing->fitting[g], .no_insertions = placing->fitting[g].insertions == NULL};
    }
    vg_status status = told == NULL ? vg_fail_memory(placing->error, n * sizeof *told)
                                    : vg_job_grown_gaps(placing->opened.tree, tree, request->refine_all, told, n, placing->masked, placing->n_masked, placing->error);
    free(told);
    if (status == VG_OK && request->deletions) {
        status = vg_job_join_gaps(tree, request->refine_all, nodes, n, &joined, placing->error);
        if (status == VG_OK) {
            vg_tree_free(tree);
            *grown = tree = joined;
        }
    }
    vg_job_count_gaps(tree, &n_deletions, &n_insertions);
    job_meta_number(&placing->answer->meta, "deletions", n_deletions);
    job_meta_number(&placing->answer->meta, "insertions", n_insertions);
    job_meta_number(&placing->answer->meta, "gap_events", tree->n_gap_events);
    if (!vg_job_tree_keeps_gaps(request->out)) {
        job_meta_number(&placing->answer->meta, "gap_events_left_out", tree->n_gap_events);
    }
    return status;
}

/*
 * What genomes lack, or have between, as a column of words beside the leaves, "none" where there is nothing; of the tree's own leaves what the tree had in a column of that name.
 * *any false: nobody has any, and no such column is wanted.
 */
static vg_status tell_gaps(struct placing *placing, const struct vg_tree *tree, const uint32_t *nodes, size_t n, bool inserted, struct vg_tree_column *column, bool *any)
{
    const char *name = inserted ? "insertions" : "deletions";
    const struct vg_tree_column *had = vg_tree_column(tree, name);
    uint32_t *codes = VG_ARENA_ARRAY(placing->arena, uint32_t, (size_t)tree->n_nodes + 1);
    struct vg_dictionary words;
    struct vg_buffer text;
    *any = had != NULL && had->codes != NULL;
    vg_dictionary_init(&words, placing->arena);
    for (uint32_t v = 0; codes != NULL && v < tree->n_nodes; v++) {
        codes[v] = *any && had->codes[v] != VG_TREE_NONE ? vg_dictionary_add(&words, had->values[had->codes[v]]) : VG_TREE_NONE;
    }
    vg_buffer_init(&text, 0);
    bool has = *any;
    for (size_t g = 0; codes != NULL && g < n; g++) {
        vg_buffer_clear(&text);
        if (inserted) {
            vg_genome_put_insertions(&placing->fitting[g], &text);
        } else {
            vg_genome_put_deletions(&placing->fitting[g], &text);
        }
        has = has || text.size > 0;
        codes[nodes[g]] = inserted && placing->fitting[g].insertions == NULL ? VG_TREE_NONE : vg_dictionary_add(&words, text.size == 0 ? vg_text_from("none") : vg_text_of(text.data, text.size));
    }
    *any = has;
    bool fine = codes != NULL && !text.failed && !placing->arena->failed;
    vg_buffer_release(&text);
    *column = (struct vg_tree_column){.name = vg_text_from(name), .codes = codes, .values = words.keys, .n_values = (uint32_t)words.count};
    return fine ? VG_OK : vg_fail_memory(placing->error, tree->n_nodes);
}

/* The tree as it is written: with columns of gaps, without marks. */
static vg_status dress(struct placing *placing, const struct vg_tree *tree, const uint32_t *nodes, size_t n, struct vg_tree *dressed)
{
    struct vg_tree_column *columns = VG_ARENA_ARRAY(placing->arena, struct vg_tree_column, (size_t)tree->n_columns + 2), told[2];
    bool any[2] = {false, false};
    vg_status status = columns == NULL ? vg_fail_memory(placing->error, tree->n_columns) : VG_OK;
    for (int k = 0; k < 2 && status == VG_OK; k++) {
        status = tell_gaps(placing, tree, nodes, n, k == 1, &told[k], &any[k]);
    }
    *dressed = *tree;
    dressed->columns = columns;
    dressed->n_columns = 0;
    for (uint32_t c = 0; status == VG_OK && c < tree->n_columns; c++) {
        const struct vg_tree_column *column = &tree->columns[c];
        bool replaced = (any[0] && vg_text_equal(column->name, told[0].name)) || (any[1] && vg_text_equal(column->name, told[1].name));
        if (!vg_job_is_mark(column->name) && !replaced) {
            columns[dressed->n_columns++] = *column;
        }
    }
    for (int k = 0; k < 2 && status == VG_OK; k++) {
        if (any[k]) {
            columns[dressed->n_columns++] = told[k];
        }
    }
    return status;
}

/* Around all of them, those too that were there before. nodes [placing->n + 1] of the first n, which were added. */
static vg_status save_part(struct placing *placing, const struct vg_tree *tree, uint32_t *nodes, size_t n)
{
    struct vg_tree *part = NULL;
    for (uint32_t v = 0; placing->n_in_tree > 0 && v < tree->n_nodes; v++) {
        uint32_t genome = vg_tree_name(tree, v).size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&placing->names, vg_tree_name(tree, v));
        if (genome != VG_DICTIONARY_NONE && placing->in_tree[genome]) {
            placing->in_tree[genome] = false; /* of leaves of one name the first */
            nodes[n++] = v;
        }
    }
    vg_status status = vg_tree_extract(tree, nodes, n, placing->request->part_leaves, &part, placing->error);
    status = status == VG_OK ? vg_job_save_tree(part, placing->request->out, placing->annotation, placing->error) : status;
    vg_tree_free(part);
    return status;
}

static vg_status put_added(struct placing *placing, const struct vg_insertion *added)
{
    struct vg_table *table = &placing->answer->table;
    for (size_t g = 0; g < placing->n; g++) {
        if (placing->in_tree[g]) {
            put_refusal(table, placing->genomes[g].name, vg_text_from("in_tree"));
            continue;
        }
        if (!fits(&placing->genomes[g])) {
            put_too_different(placing, &placing->genomes[g]);
            continue;
        }
        vg_table_text_slice(table, placing->genomes[g].name);
        vg_table_text(table, anything_known(placing->opened.tree, &placing->genomes[g]) ? "ok" : "nothing_known");
        vg_table_integer(table, added->score);
        vg_table_integer(table, added->n_ties);
        placing->score_sum += added++->score;
    }
    return VG_OK;
}

static vg_status grow(struct placing *placing)
{
    struct vg_insertion *added = calloc(placing->n + 1, sizeof *added);
    uint32_t *nodes = calloc(placing->n + 1, sizeof *nodes);
    struct vg_tree *tree = NULL, dressed, marked;
    const struct vg_place_gaps *gaps = NULL;
    placing->fitting = calloc(placing->n + 1, sizeof *placing->fitting);
    vg_status status = added == NULL || nodes == NULL || placing->fitting == NULL ? vg_fail_memory(placing->error, placing->n * sizeof *added) : find_in_tree(placing);
    size_t n = status == VG_OK ? take_fitting(placing) : 0;
    if (status == VG_OK && n == 0 && placing->n > placing->n_in_tree) {
        status = vg_fail(placing->error, VG_DATA_ERROR, "none of the genomes can be added: each has more than %u differences from the reference", VG_PLACE_DIFFERENCES_MAX);
    }
    status = status == VG_OK ? vg_job_mark_nodes(placing->opened.tree, placing->request->deletions, placing->arena, &marked, placing->error) : status;
    status = status == VG_OK ? vg_job_place_gaps(placing->opened.tree, placing->request->deletions, placing->arena, &gaps, placing->error) : status;
    if (status == VG_OK) {
        status = vg_place_insert(&marked, placing->fitting, n, placing->masked, placing->n_masked, gaps, VG_PLACE_BEST, placing->pool, placing->progress, added,
                                 &tree, placing->error);
    }
    for (size_t g = 0; status == VG_OK && g < n; g++) {
        nodes[g] = added[g].node;
    }
    status = status == VG_OK ? vg_job_warn_of_names(placing->opened.tree, NULL, placing->arena, placing->answer, placing->error) : status;
    status = status == VG_OK ? put_added(placing, added) : status;
    status = status == VG_OK ? refine(placing, &tree, nodes, n) : status;
    status = status == VG_OK ? vg_job_tree_annotation(tree, placing->request->annotation, placing->request->data_set, placing->arena, &placing->annotation, placing->error) : status;
    status = status == VG_OK ? find_gaps(placing, &tree, nodes, n) : status;
    status = status == VG_OK ? dress(placing, tree, nodes, n, &dressed) : status;
    if (status == VG_OK) {
        status = placing->request->part_leaves > 0 ? save_part(placing, &dressed, nodes, n) : vg_job_save_tree(&dressed, placing->request->out, placing->annotation, placing->error);
    }
    vg_tree_free(tree);
    free(added);
    free(nodes);
    return status;
}

/* ---------------------------------------------------------------------- job */

static void add_columns(const struct placing *placing, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"name", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"score", VG_COLUMN_INTEGER}, {"ties", VG_COLUMN_INTEGER}, {"node", VG_COLUMN_TEXT},
        {"splits", VG_COLUMN_BOOLEAN}, {"certain", VG_COLUMN_TEXT}, {"certain_clade", VG_COLUMN_TEXT}, {"mutations", VG_COLUMN_TEXT}, {"tied_nodes", VG_COLUMN_TEXT}};
    size_t n = placing->request->out != NULL ? 4 : placing->request->list_ties ? 10 : 9;
    for (size_t i = 0; i < n; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

static void put_meta(struct placing *placing)
{
    struct vg_buffer *meta = &placing->answer->meta;
    job_meta_text(meta, "tree", placing->request->tree_path);
    job_meta_number(meta, "tree_leaves", placing->opened.tree->n_leaves);
    job_meta_number(meta, "tree_parsimony", placing->opened.tree->n_mutations);
    job_meta_number(meta, "genomes", (double)placing->n_all);
    job_meta_number(meta, "not_aligned", (double)placing->n_not_aligned);
    job_meta_number(meta, "too_different", (double)placing->n_too_different);
    job_meta_number(meta, "score_sum", (double)placing->score_sum);
    if (placing->clade != NULL) {
        vg_buffer_text(meta, ",\"clade_column\":");
        vg_buffer_json_string(meta, placing->clade->name.data, placing->clade->name.size);
    }
}

vg_status vg_job_place(const struct vg_place_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct placing placing = {.request = request, .progress = progress, .arena = arena, .answer = answer, .error = error};
    vg_arena_init(&placing.portion, 0);
    vg_dictionary_init(&placing.names, arena);
    placing.placements = request->out != NULL ? NULL : calloc(PORTION, sizeof *placing.placements);
    placing.fitting = request->out != NULL ? NULL : calloc(PORTION, sizeof *placing.fitting);
    vg_status status = request->out == NULL && (placing.placements == NULL || placing.fitting == NULL) ? vg_fail_memory(error, PORTION * sizeof *placing.placements) : VG_OK;
    status = status == VG_OK && request->mask != NULL ? vg_job_read_mask(request->mask, arena, &placing.masked, &placing.n_masked, error) : status;
    status = status == VG_OK ? vg_job_open_tree(request->tree_path, request->vcf, &placing.opened, error) : status;
    vg_buffer_char(&answer->meta, '{');
    if (status == VG_OK) {
        placing.clade = vg_job_clade_column(placing.opened.tree);
        placing.pool = vg_pool_new(request->threads);
        add_columns(&placing, &answer->table);
        status = read_all_samples(&placing);
        status = status == VG_OK && request->out != NULL ? grow(&placing) : status;
        put_meta(&placing);
    }
    vg_buffer_char(&answer->meta, '}');
    vg_place_index_free(placing.index);
    vg_job_close_tree(&placing.opened);
    vg_pool_free(placing.pool);
    vg_arena_release(&placing.portion);
    free(placing.genomes);
    free(placing.fitting);
    free(placing.placements);
    return status != VG_OK ? status : answer->table.failed || answer->meta.failed ? vg_fail_memory(error, 0) : VG_OK;
}
