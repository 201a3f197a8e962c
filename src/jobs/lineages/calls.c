/*
 * Lineages of genomes: a batch at a time off the file, each genome by its own, rows in the order of the file.
 */
#include "jobs/lineages/internal.h"

#include "intake/bytes/bytes.h"
#include "jobs/genome/genome.h"
#include "store/genomes/genomes.h"
#include "trace/genome/lineage/lineage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2048, DRAWS_LEAST = 19 };

void vg_lineages_calls_request_init(struct vg_lineages_calls_request *request)
{
    *request = (struct vg_lineages_calls_request){.least_new = 3, .n_draws = 99, .seed = 20210205};
}

struct calls_run {
    const struct vg_lineages_calls_request *request;
    struct vg_opened_tree file;
    struct vg_lineage_model model;
    struct vg_gap_index gap_index;
    struct vg_lineage_work **works; /* [workers] */
    size_t n_works;
    struct vg_genome genomes[BATCH];
    struct vg_lineage_call calls[BATCH];
    struct vg_recombinant recombinants[BATCH];
    struct vg_error errors[BATCH];
    size_t n, n_all, n_coarser, n_recombinants;
    uint64_t n_not_aligned;
    struct vg_pool *pool;
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

static vg_status fill_mask(struct calls_run *run, const char *text)
{
    uint32_t length = run->file.tree->length;
    uint8_t *masked = VG_ARENA_ARRAY(run->arena, uint8_t, length + 1);
    struct vg_site_range *ranges;
    size_t n;
    vg_status status = masked == NULL ? vg_fail_memory(run->error, length) : vg_job_read_mask(text, run->arena, &ranges, &n, run->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        for (uint32_t site = ranges[i].first; site < ranges[i].end && site < length; site++) {
            masked[site] = 1;
        }
    }
    run->model.masked = masked;
    return status;
}

/* What nodes lack and have between. */
static vg_status take_gaps(struct calls_run *run)
{
    const struct vg_genome **gaps = NULL;
    if (run->file.tree->n_gap_events == 0) {
        return vg_fail(run->error, VG_DATA_ERROR, "%s tells of no deletions, neither on branches nor of its leaves, so --deletions has nothing to go by", run->request->tree_path);
    }
    vg_status status = vg_tree_gap_genomes(run->file.tree, run->arena, &gaps, run->error);
    status = status == VG_OK ? vg_gap_index_new(run->file.tree, run->arena, &run->gap_index, run->error) : status;
    run->model.gaps = gaps;
    run->model.gap_index = &run->gap_index;
    return status;
}

static vg_status open_model(struct calls_run *run)
{
    const struct vg_lineages_calls_request *request = run->request;
    struct vg_pango *pango = NULL;
    uint32_t *parents = NULL;
    vg_status status = vg_job_open_tree(request->tree_path, NULL, &run->file, run->error);
    if (status == VG_OK) {
        status = lineages_aliases(request->aliases_path, run->arena, &pango, run->error);
    }
    if (status != VG_OK) {
        return status;
    }
    struct vg_tree *tree = run->file.tree;
    run->model.tree = tree;
    run->model.lineages = lineages_column(tree, request->column, run->error);
    uint8_t *barred = VG_ARENA_ARRAY(run->arena, uint8_t, tree->n_nodes + 1);
    if (run->model.lineages == NULL || barred == NULL) {
        return run->model.lineages == NULL ? VG_DATA_ERROR : vg_fail_memory(run->error, tree->n_nodes);
    }
    const struct vg_tree_column *prior = vg_tree_column(tree, "placement_prior");
    vg_lineage_bar_recombinants(tree, run->model.lineages, pango, barred);
    run->model.barred = barred;
    run->model.prior = prior == NULL ? NULL : prior->numbers;
    status = vg_lineage_parents(tree, run->model.lineages, pango, pango != NULL, run->arena, &parents, run->error);
    run->model.parents = parents;
    if (status == VG_OK && request->deletions) {
        status = take_gaps(run);
    }
    return status;
}

/* What the genomes are told against is made the tree's, and what looks at the tree is made of it then: its form may not know all of its reference. */
static vg_status begin_calls(struct calls_run *run, const struct vg_genome_reference *told, const char *name, struct vg_rebase **rebase)
{
    vg_status status = vg_job_settle_reference(run->file.tree, true, told, name, rebase, run->error);
    if (status == VG_OK && run->request->mask != NULL) {
        status = fill_mask(run, run->request->mask);
    }
    run->n_works = vg_pool_threads(run->pool);
    run->works = VG_ARENA_ARRAY(run->arena, struct vg_lineage_work *, run->n_works);
    if (status == VG_OK && run->works == NULL) {
        status = vg_fail_memory(run->error, run->n_works * sizeof *run->works);
    }
    for (size_t w = 0; status == VG_OK && w < run->n_works; w++) {
        status = vg_lineage_work_new(&run->model, &run->works[w], run->error);
    }
    return status;
}

static void call_one(void *context, size_t i, unsigned worker)
{
    struct calls_run *run = context;
    run->errors[i].status = vg_lineage_call(&run->model, run->works[worker], &run->genomes[i], &run->calls[i], &run->errors[i]);
    run->recombinants[i] = (struct vg_recombinant){.p = NAN};
    if (run->errors[i].status == VG_OK && run->request->recombinants && run->calls[i].score >= (uint32_t)run->request->least_new) {
        run->errors[i].status = vg_lineage_recombinant(&run->model, run->works[worker], &run->genomes[i], (size_t)run->request->n_draws, run->request->seed, &run->recombinants[i],
                                                       &run->errors[i]);
    }
}

static void code_cell(const struct calls_run *run, struct vg_table *table, uint32_t code)
{
    if (code == VG_LINEAGE_NONE) {
        vg_table_missing(table);
    } else {
        vg_table_text_slice(table, run->model.lineages->values[code]);
    }
}

static void recombinant_cells(struct calls_run *run, struct vg_table *table, const struct vg_recombinant *one)
{
    bool searched = one->single > 0, gains = searched && one->gain > 0;
    if (!searched) {
        vg_table_missing(table);
    } else {
        vg_table_boolean(table, gains && one->p <= 0.05);
    }
    run->n_recombinants += gains && one->p <= 0.05;
    lineages_number(table, one->p);
    if (!gains) {
        for (int i = 0; i < 5; i++) {
            vg_table_missing(table);
        }
        return;
    }
    vg_table_integer(table, one->gain);
    code_cell(run, table, run->model.lineages->codes[one->before]);
    code_cell(run, table, run->model.lineages->codes[one->after]);
    vg_table_integer(table, (int64_t)one->breakpoint_from + 1);
    vg_table_integer(table, (int64_t)one->breakpoint_to + 1);
}

static vg_status write_rows(struct calls_run *run)
{
    struct vg_table *table = &run->answer->table;
    for (size_t i = 0; i < run->n; i++) {
        const struct vg_lineage_call *call = &run->calls[i];
        if (run->errors[i].status != VG_OK) {
            return vg_fail(run->error, run->errors[i].status, "%s: %s", run->request->genomes_path == NULL ? "the node" : run->request->genomes_path, run->errors[i].message);
        }
        bool coarser = call->lineage != call->nearest;
        vg_table_text_slice(table, run->genomes[i].name);
        code_cell(run, table, call->lineage);
        vg_table_text(table, call->lineage == VG_LINEAGE_NONE ? "unplaced" : coarser ? "coarser" : "ok");
        code_cell(run, table, call->nearest);
        code_cell(run, table, call->attachment);
        lineages_number(table, call->conflict);
        vg_table_integer(table, call->score);
        vg_table_integer(table, call->n_attachments);
        vg_table_integer(table, call->distance);
        vg_table_integer(table, call->n_nearest);
        lineages_node(table, run->file.tree, call->nearest_node);
        vg_table_integer(table, call->n_missing);
        if (run->request->recombinants) {
            recombinant_cells(run, table, &run->recombinants[i]);
        }
        run->n_coarser += coarser;
    }
    run->n_all += run->n;
    return VG_OK;
}

static void add_columns(const struct calls_run *run, struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"name", VG_COLUMN_TEXT}, {"lineage", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"nearest", VG_COLUMN_TEXT}, {"attachment", VG_COLUMN_TEXT},
        {"conflict", VG_COLUMN_DOUBLE}, {"new_mutations", VG_COLUMN_INTEGER}, {"attachments", VG_COLUMN_INTEGER}, {"distance", VG_COLUMN_INTEGER},
        {"nearest_nodes", VG_COLUMN_INTEGER}, {"nearest_node", VG_COLUMN_TEXT}, {"missing", VG_COLUMN_INTEGER}, {"recombinant", VG_COLUMN_BOOLEAN}, {"p", VG_COLUMN_DOUBLE},
        {"gain", VG_COLUMN_INTEGER}, {"before", VG_COLUMN_TEXT}, {"after", VG_COLUMN_TEXT}, {"break_from", VG_COLUMN_INTEGER}, {"break_to", VG_COLUMN_INTEGER}};
    size_t n = run->request->recombinants ? sizeof columns / sizeof *columns : 12;
    for (size_t i = 0; i < n; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

/* Calls what is in the batch, and writes it down. */
static vg_status finish_batch(struct calls_run *run, const struct vg_progress *progress)
{
    vg_parallel_for(run->pool, run->n, call_one, run);
    vg_status status = write_rows(run);
    return status == VG_OK && !vg_progress_report(progress, "lineages", 0) ? vg_fail(run->error, VG_CANCELLED, "stopped") : status;
}

/* Genomes of the file, told against the tree's reference. */
static vg_status each_batch(struct calls_run *run, struct vg_maple_reader *reader, const struct vg_rebase *rebase, struct vg_arena *batch, const struct vg_progress *progress)
{
    bool more = true;
    vg_status status = VG_OK;
    while (status == VG_OK && more) {
        vg_arena_reset(batch);
        run->n = 0;
        while (status == VG_OK && more && run->n < BATCH) {
            struct vg_genome genome;
            status = vg_maple_next(reader, batch, &genome, &more, run->error);
            if (status == VG_OK && more) {
                status = rebase == NULL ? VG_OK : vg_rebase(rebase, &genome, batch, &run->genomes[run->n], run->error);
                run->genomes[run->n] = rebase == NULL ? genome : run->genomes[run->n];
                run->n++;
            }
        }
        status = status == VG_OK ? finish_batch(run, progress) : status;
    }
    return status;
}

static vg_status keep_aligned(void *context, const void *data, size_t size, struct vg_error *error)
{
    struct vg_buffer *aligned = context;
    vg_buffer_append(aligned, data, size);
    return aligned->failed ? vg_fail_memory(error, aligned->size + size) : VG_OK;
}

/* Sequences as their differences from the reference, which are small: some hundred bytes a genome. */
static vg_status align(struct calls_run *run, const struct vg_progress *progress, struct vg_buffer *aligned)
{
    struct vg_align_request request;
    struct vg_align_summary summary;
    vg_align_request_init(&request);
    request.paths = &run->request->genomes_path;
    request.n_paths = 1;
    request.data_set = run->request->data_set;
    request.reference = run->request->reference;
    request.threads = run->request->threads;
    request.maple = (struct vg_align_sink){.put = keep_aligned, .context = aligned};
    vg_status status = vg_job_align(&request, progress, run->arena, &summary, run->error);
    run->n_not_aligned = status == VG_OK ? summary.n_genomes - summary.n_ok : 0;
    return status;
}

static vg_status call_all(struct calls_run *run, const struct vg_progress *progress)
{
    struct vg_bytes *bytes = NULL;
    struct vg_buffer aligned;
    struct vg_text at = {0};
    struct vg_tree_source source = {.read = NULL};
    struct vg_maple_reader *reader = NULL;
    struct vg_genome_reference reference = {.length = 0};
    struct vg_rebase *rebase = NULL;
    struct vg_arena batch;
    bool sequences = run->request->data_set != NULL || run->request->reference != NULL;
    vg_arena_init(&batch, 0);
    vg_buffer_init(&aligned, 0);
    vg_status status = sequences ? align(run, progress, &aligned) : vg_bytes_open(run->request->genomes_path, &bytes, run->error);
    if (status == VG_OK) {
        at = vg_text_of(aligned.data, aligned.size);
        source = sequences ? vg_tree_source_of(&at, run->request->genomes_path) : (struct vg_tree_source){vg_bytes_read, bytes, run->request->genomes_path};
        status = vg_maple_open(&source, &reader, &reference, run->error);
    }
    if (status == VG_OK) {
        status = begin_calls(run, &reference, run->request->genomes_path, &rebase);
    }
    if (status == VG_OK) {
        status = each_batch(run, reader, rebase, &batch, progress);
    }
    if (status == VG_OK && run->n_all == 0) {
        status = run->n_not_aligned == 0 ? vg_fail(run->error, VG_DATA_ERROR, "%s has no genomes", run->request->genomes_path)
                                         : vg_fail(run->error, VG_DATA_ERROR, "none of the %llu sequences of %s could be aligned: vigia align says why", (unsigned long long)run->n_not_aligned,
                                                   run->request->genomes_path);
    }
    vg_rebase_free(rebase);
    vg_maple_close(reader);
    vg_bytes_close(bytes);
    vg_buffer_release(&aligned);
    vg_arena_release(&batch);
    return status;
}

/* -------------------------------------------------------------------- node */

/* A node's genomes a batch at a time; what is needed to put a lineage down with each is kept until all are called. */
struct node_calls {
    struct calls_run *run;
    const struct vg_genome_set *set;
    struct vg_rebase *rebase;
    const struct vg_progress *progress;
    struct vg_arena batch;
    struct vg_kept_genome *kept; /* [n_kept] name, lineage and differences */
    uint32_t *codes;
    size_t n_kept, capacity;
};

static vg_status end_node_batch(struct node_calls *node)
{
    struct calls_run *run = node->run;
    vg_status status = finish_batch(run, node->progress);
    for (size_t i = 0; i < run->n; i++) {
        node->codes[node->n_kept - run->n + i] = run->calls[i].lineage;
    }
    run->n = 0;
    vg_arena_reset(&node->batch);
    return status;
}

static bool node_room(struct node_calls *node)
{
    if (node->n_kept < node->capacity) {
        return true;
    }
    size_t larger = node->capacity == 0 ? 4096 : 2 * node->capacity;
    struct vg_kept_genome *kept = VG_ARENA_ARRAY(node->run->arena, struct vg_kept_genome, larger);
    uint32_t *codes = VG_ARENA_ARRAY(node->run->arena, uint32_t, larger);
    if (kept == NULL || codes == NULL) {
        return false;
    }
    if (node->n_kept > 0) {
        memcpy(kept, node->kept, node->n_kept * sizeof *kept);
        memcpy(codes, node->codes, node->n_kept * sizeof *codes);
    }
    node->kept = kept;
    node->codes = codes;
    node->capacity = larger;
    return true;
}

static vg_status take_kept(void *context, const struct vg_kept_genome *kept, struct vg_error *error)
{
    struct node_calls *node = context;
    struct calls_run *run = node->run;
    struct vg_genome genome = {.name = vg_text_from(vg_arena_copy(run->arena, kept->name))};
    const char *packed = vg_arena_copy_bytes(run->arena, kept->packed.data, kept->packed.size);
    const char *quality = kept->quality == NULL ? NULL : vg_arena_copy(run->arena, kept->quality);
    if (genome.name.data == NULL || packed == NULL || (quality == NULL) != (kept->quality == NULL) || !node_room(node)) {
        return vg_fail_memory(error, kept->packed.size);
    }
    if (!vg_genome_unpack(kept->packed, node->set->reference.length, &node->batch, &genome)) {
        return vg_fail(error, VG_SYSTEM_ERROR, "the genome %.100s of the node is damaged; restore a backup with vigia restore", kept->name);
    }
    vg_status status = vg_rebase(node->rebase, &genome, &node->batch, &run->genomes[run->n], error);
    if (status != VG_OK) {
        return status;
    }
    node->kept[node->n_kept++] = (struct vg_kept_genome){.name = genome.name.data, .packed = vg_text_of(packed, kept->packed.size), .date = VG_DATE_NONE, .quality = quality,
                                                         .score = kept->score, .added = kept->added, .terms = {.embargo = VG_DATE_NONE}};
    return ++run->n == BATCH ? end_node_batch(node) : VG_OK;
}

/* All lineages in one transaction; a genome of no lineage keeps what it had. */
static vg_status keep_lineages(struct vg_store *store, struct node_calls *node)
{
    struct calls_run *run = node->run;
    int64_t set_id = 0;
    bool replaced = false;
    vg_status status = vg_genomes_begin(store, node->set->name, &node->set->reference, &set_id, run->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t i = 0; status == VG_OK && i < node->n_kept; i++) {
        if (node->codes[i] != VG_LINEAGE_NONE) {
            struct vg_text name = run->model.lineages->values[node->codes[i]];
            node->kept[i].lineage = vg_arena_copy_bytes(run->arena, name.data, name.size);
            status = node->kept[i].lineage == NULL ? vg_fail_memory(run->error, name.size) : vg_genomes_put(store, set_id, &node->kept[i], &replaced, run->error);
        }
    }
    return vg_genomes_end(store, status, run->error);
}

static vg_status call_node(struct vg_store *store, struct calls_run *run, const struct vg_progress *progress)
{
    struct vg_genome_set set;
    struct node_calls node = {.run = run, .set = &set, .progress = progress};
    vg_arena_init(&node.batch, 0);
    vg_status status = vg_genomes_set_find(store, run->request->set, run->arena, &set, run->error);
    if (status == VG_OK) {
        status = begin_calls(run, &set.reference, set.name, &node.rebase);
    }
    if (status == VG_OK) {
        status = vg_genomes_each(store, set.id, take_kept, &node, run->error);
    }
    if (status == VG_OK && run->n > 0) {
        status = end_node_batch(&node);
    }
    if (status == VG_OK) {
        status = keep_lineages(store, &node);
    }
    vg_rebase_free(node.rebase);
    vg_arena_release(&node.batch);
    return status;
}

vg_status vg_job_lineages_calls(struct vg_store *store, const struct vg_lineages_calls_request *request, const struct vg_progress *progress, struct vg_arena *arena,
                                struct vg_answer *answer, struct vg_error *error)
{
    struct calls_run *run = VG_ARENA_ARRAY(arena, struct calls_run, 1);
    if (run == NULL) {
        return vg_fail_memory(error, sizeof *run);
    }
    run->request = request;
    run->arena = arena;
    run->answer = answer;
    run->error = error;
    if (request->recombinants && request->n_draws < DRAWS_LEAST) {
        return vg_fail(error, VG_USAGE_ERROR, "--draws: %d at least, as no p of fewer is 0.05 or below", DRAWS_LEAST);
    }
    if (request->tree_path == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "--tree FILE is needed: a tree whose nodes have lineages, such as Nextclade's tree.json or UShER's .pb");
    }
    vg_status status = open_model(run);
    run->pool = vg_pool_new(request->threads);
    if (status == VG_OK) {
        add_columns(run, &answer->table);
        status = store == NULL ? call_all(run, progress) : call_node(store, run, progress);
    }
    if (status == VG_OK) {
        vg_buffer_char(&answer->meta, '{');
        job_meta_number(&answer->meta, "genomes", (double)run->n_all);
        job_meta_number(&answer->meta, "not_aligned", (double)run->n_not_aligned);
        job_meta_number(&answer->meta, "coarser", (double)run->n_coarser);
        job_meta_number(&answer->meta, "recombinants", (double)run->n_recombinants);
        job_meta_number(&answer->meta, "nodes", run->file.tree->n_nodes);
        vg_buffer_char(&answer->meta, '}');
    }
    for (size_t w = 0; w < run->n_works && run->works != NULL; w++) {
        vg_lineage_work_free(run->works[w]);
    }
    vg_pool_free(run->pool);
    vg_job_close_tree(&run->file);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
