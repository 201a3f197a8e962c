/*
 * Trees out of files and into them.
 */
#include "jobs/place/place.h"

#include "intake/bytes/bytes.h"
#include "intake/genome/genome.h"
#include "jobs/jobs_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* --------------------------------------------------------------------- open */

static vg_status add_alleles(const char *vcf, struct vg_opened_tree *opened, struct vg_error *error)
{
    struct vg_bytes *bytes;
    struct vg_tree *tree = NULL;
    vg_status status = vg_bytes_open(vcf, &bytes, error);
    if (status == VG_OK) {
        struct vg_tree_source source = {vg_bytes_read, bytes, vcf};
        status = vg_tree_add_alleles(opened->tree, &source, &tree, error);
        vg_bytes_close(bytes);
    }
    if (status == VG_OK) {
        vg_tree_free(opened->tree);
        opened->tree = tree;
    }
    return status;
}

static vg_status open_stream(const char *path, struct vg_bytes *bytes, struct vg_opened_tree *opened, struct vg_error *error)
{
    struct vg_text head = vg_bytes_head(bytes);
    struct vg_tree_source source = {vg_bytes_read, bytes, path};
    if (!vg_tree_form_of(head.data, head.size, &opened->form)) {
        return vg_fail(error, VG_DATA_ERROR, "%s is no tree in a form that is known here: UShER protobuf, Auspice JSON, Newick, Taxonium lines, or Vigia's own", path);
    }
    if (opened->form != VG_TREE_OWN) {
        return vg_tree_read(opened->form, &source, &opened->tree, error);
    }
    if (vg_bytes_compressed(bytes)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is compressed: Vigia's own form of a tree is mapped as it is, so decompress it first", path);
    }
    vg_status status = vg_file_map_open(path, &opened->map, error);
    opened->mapped = status == VG_OK;
    return status != VG_OK ? status : vg_tree_map(vg_text_of(opened->map.data, opened->map.size), path, &opened->tree, error);
}

vg_status vg_job_open_tree(const char *path, const char *vcf, struct vg_opened_tree *opened, struct vg_error *error)
{
    struct vg_bytes *bytes;
    memset(opened, 0, sizeof *opened);
    vg_status status = vg_bytes_open(path, &bytes, error);
    if (status == VG_OK) {
        status = open_stream(path, bytes, opened, error);
        vg_bytes_close(bytes);
    }
    if (status == VG_OK && vcf != NULL) {
        status = add_alleles(vcf, opened, error);
    }
    if (status == VG_OK && opened->tree->n_gap_events == 0) {
        status = vg_tree_find_gaps_of_columns(opened->tree, error);
    }
    if (status != VG_OK) {
        vg_job_close_tree(opened);
    }
    return status;
}

void vg_job_close_tree(struct vg_opened_tree *opened)
{
    vg_tree_free(opened->tree);
    if (opened->mapped) {
        vg_file_map_close(&opened->map);
    }
    memset(opened, 0, sizeof *opened);
}

/* --------------------------------------------------------------------- save */

struct writing {
    FILE *file;
    gzFile gzip;
    const char *path;
    const struct vg_genome_annotation *annotation; /* NULL */
    bool through; /* not to a file of its own: see vg_file_find_target */
};

static vg_status put(void *context, const char *data, size_t size, struct vg_error *error)
{
    struct writing *writing = context;
    bool put = writing->gzip != NULL ? gzwrite(writing->gzip, data, (unsigned)size) == (int)size : fwrite(data, 1, size, writing->file) == size;
    return put ? VG_OK : vg_fail_errno(error, errno, "%s cannot be written", writing->path);
}

enum { AS_VCF = VG_TREE_FORM_COUNT };

/* The form by the name's ending, .gz aside; false: none. */
static bool form_of_name(const char *path, int *form, bool *gzip)
{
    static const struct { const char *ending; int form; } endings[] = {
        {".pb", VG_TREE_PROTOBUF}, {".json", VG_TREE_AUSPICE}, {".nwk", VG_TREE_NEWICK}, {".newick", VG_TREE_NEWICK}, {".tree", VG_TREE_NEWICK},
        {".jsonl", VG_TREE_TAXONIUM}, {".vcf", AS_VCF}, {".vgt", VG_TREE_OWN}};
    size_t size = strlen(path);
    *gzip = size > 3 && strcmp(path + size - 3, ".gz") == 0;
    size -= *gzip ? 3 : 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i].ending);
        if (size > n && memcmp(path + size - n, endings[i].ending, n) == 0) {
            *form = endings[i].form;
            return !(*gzip && *form == VG_TREE_OWN);
        }
    }
    return false;
}

bool vg_job_tree_keeps_gaps(const char *path)
{
    int form = VG_TREE_AUSPICE;
    bool gzip;
    return strcmp(path, "-") == 0 || (form_of_name(path, &form, &gzip) && (form == VG_TREE_AUSPICE || form == VG_TREE_OWN));
}

static vg_status write_form(const struct vg_tree *tree, int form, struct writing *writing, struct vg_error *error)
{
    struct vg_tree_sink sink = {put, writing};
    struct vg_tree_acids acids;
    struct vg_arena arena;
    struct vg_tree_write_options options = {.updated = vg_date_today()};
    vg_status status = VG_OK;
    vg_arena_init(&arena, 0);
    if (writing->annotation != NULL && (form == VG_TREE_AUSPICE || form == VG_TREE_TAXONIUM)) {
        status = vg_tree_acids_new(tree, writing->annotation, &arena, &acids, error);
        options.acids = &acids;
    }
    if (status == VG_OK) {
        status = form == AS_VCF ? vg_tree_write_vcf(tree, &sink, error) : vg_tree_write(tree, (enum vg_tree_form)form, &options, &sink, error);
    }
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_tree_annotation(const struct vg_tree *tree, const char *path, const char *data_set, struct vg_arena *arena, const struct vg_genome_annotation **out,
                                 struct vg_error *error)
{
    struct vg_genome_reference reference = {tree->reference_name, tree->reference, tree->length};
    struct vg_genome_data_set *set = VG_ARENA_ARRAY(arena, struct vg_genome_data_set, 1);
    *out = NULL;
    if (path == NULL && data_set == NULL) {
        return VG_OK;
    }
    vg_status status = set == NULL ? vg_fail_memory(error, sizeof *set) : path != NULL ? vg_annotation_read(path, &reference, arena, &set->annotation, error)
                                                                                      : vg_data_set_read(data_set, arena, set, error);
    *out = status == VG_OK && set->annotation.n_coding > 0 ? &set->annotation : NULL;
    return status;
}

static vg_status close_writing(struct writing *writing, vg_status status, struct vg_error *error)
{
    bool closed = writing->gzip == NULL || gzclose(writing->gzip) == Z_OK; /* its own descriptor of the file */
    closed &= fflush(writing->file) == 0 && (writing->through || fsync(fileno(writing->file)) == 0);
    closed &= fclose(writing->file) == 0;
    return status == VG_OK && !closed ? vg_fail_errno(error, errno, "%s cannot be written", writing->path) : status;
}

vg_status vg_job_save_tree(const struct vg_tree *tree, const char *path, const struct vg_genome_annotation *annotation, struct vg_error *error)
{
    struct writing writing = {.path = path, .annotation = annotation};
    struct vg_file_target target;
    char beside[4096];
    int form = VG_TREE_AUSPICE;
    bool gzip = false;
    if (strcmp(path, "-") == 0) {
        writing.file = stdout;
        vg_status written = write_form(tree, form, &writing, error);
        return written == VG_OK && fflush(stdout) != 0 ? vg_fail_errno(error, errno, "standard output cannot be written") : written;
    }
    if (!form_of_name(path, &form, &gzip)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: the name of a tree's file ends in .pb, .json, .nwk, .jsonl or .vcf (or one of them and .gz), or in .vgt", path);
    }
    vg_status status = vg_file_find_target(path, &target, error);
    if (status != VG_OK) {
        return status;
    }
    writing.through = target.through;
    if ((size_t)snprintf(beside, sizeof beside, "%s.part", target.path) >= sizeof beside) {
        return vg_fail(error, VG_USAGE_ERROR, "the name of the tree's file is too long");
    }
    int through = target.through ? vg_file_open_through(&target) : -1;
    writing.file = through >= 0 ? fdopen(through, "wb") : target.through ? NULL : fopen(beside, "wbe");
    if (writing.file == NULL) {
        return vg_fail_errno(error, errno, "%s cannot be written", path);
    }
    int descriptor = gzip ? dup(fileno(writing.file)) : -1;
    writing.gzip = gzip && descriptor >= 0 ? gzdopen(descriptor, "wb6") : NULL;
    if (gzip && writing.gzip == NULL) {
        vg_status failed = vg_fail_errno(error, errno, "%s cannot be written", path);
        (void)close(descriptor);
        (void)fclose(writing.file);
        if (!target.through) {
            (void)unlink(beside);
        }
        return failed;
    }
    status = write_form(tree, form, &writing, error);
    status = close_writing(&writing, status, error);
    if (status == VG_OK && !target.through && rename(beside, target.path) != 0) {
        status = vg_fail_errno(error, errno, "%s cannot be written", path);
    }
    if (status != VG_OK && !target.through) {
        (void)unlink(beside);
    }
    return status;
}

/* --------------------------------------------------------------------- tree */

static vg_status put_row(const struct vg_tree *tree, const char *form, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const char *const numbers[] = {"nodes", "leaves", "mutations", "length", "deepest", "deepest_mutations", "ignored", "repaired", "deletions", "insertions", "gap_events"};
    uint32_t deepest = 0, mutations = 0, n_deletions, n_insertions, *depth = calloc(2 * (size_t)tree->n_nodes, sizeof *depth);
    struct vg_buffer names;
    if (depth == NULL) {
        return vg_fail_memory(error, 2 * (size_t)tree->n_nodes * sizeof *depth);
    }
    uint32_t *above = depth + tree->n_nodes;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        depth[v] = v == 0 ? 0 : depth[tree->parent[v]] + 1;
        above[v] = (v == 0 ? 0 : above[tree->parent[v]]) + tree->mutation_start[v + 1] - tree->mutation_start[v];
        deepest = depth[v] > deepest ? depth[v] : deepest;
        mutations = above[v] > mutations ? above[v] : mutations;
    }
    free(depth);
    vg_buffer_init(&names, 0);
    vg_job_count_gaps(tree, &n_deletions, &n_insertions);
    size_t bytes = 16 * (size_t)tree->n_nodes + 4 * (size_t)tree->n_mutations + tree->name_start[tree->n_nodes] + tree->n_gap_events * sizeof *tree->gap_events + tree->n_gaps * sizeof *tree->gaps;
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        vg_buffer_text(&names, c == 0 ? "" : " ");
        vg_buffer_append(&names, tree->columns[c].name.data, tree->columns[c].name.size);
        bytes += (tree->columns[c].numbers == NULL ? 4 : 8) * (size_t)tree->n_nodes;
    }
    vg_table_add_column(table, "form", VG_COLUMN_TEXT);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_INTEGER);
    }
    vg_table_add_column(table, "bytes_per_node", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "columns", VG_COLUMN_TEXT);
    vg_table_text(table, form);
    const int64_t values[] = {tree->n_nodes, tree->n_leaves, tree->n_mutations, tree->length, deepest, mutations, (int64_t)tree->n_ignored, (int64_t)tree->n_repaired,
                              n_deletions, n_insertions, tree->n_gap_events};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_integer(table, values[i]);
    }
    vg_table_double(table, (double)bytes / tree->n_nodes);
    vg_table_text(table, names.size == 0 ? "" : vg_arena_copy_bytes(arena, names.data, names.size));
    vg_buffer_release(&names);
    return VG_OK;
}

static vg_status take_part(const struct vg_tree_request *request, struct vg_opened_tree *opened, struct vg_error *error)
{
    struct vg_tree *part = NULL;
    uint32_t *nodes = calloc(request->n_samples, sizeof *nodes);
    vg_status status = nodes == NULL ? vg_fail_memory(error, request->n_samples * 4) : VG_OK;
    for (size_t i = 0; status == VG_OK && i < request->n_samples; i++) {
        status = vg_job_find_node(opened->tree, request->samples[i], request->path, &nodes[i], error);
    }
    if (status == VG_OK) {
        status = vg_tree_extract(opened->tree, nodes, request->n_samples, request->n_leaves, &part, error);
    }
    free(nodes);
    if (status == VG_OK) {
        vg_job_close_tree(opened);
        opened->tree = part;
    }
    return status;
}

vg_status vg_job_tree(const struct vg_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_opened_tree opened;
    struct vg_genome_reference reference;
    const struct vg_genome_annotation *annotation = NULL;
    uint32_t different = 0;
    vg_status status = vg_job_open_tree(request->path, request->vcf, &opened, error);
    if (status != VG_OK) {
        return status;
    }
    const char *form = vg_tree_form_name(opened.form);
    if (request->reference != NULL) {
        status = vg_reference_read(request->reference, arena, &reference, error);
        status = status == VG_OK ? vg_tree_with_reference(opened.tree, &reference, &different, error) : status;
        if (status == VG_OK && different > 0) {
            status = vg_fail(error, VG_DATA_ERROR, "%s has other bases than the tree's own reference at %u sites: it is another one", request->reference, different);
        }
    }
    if (status == VG_OK && request->n_samples > 0) {
        status = take_part(request, &opened, error);
    }
    if (status == VG_OK && request->out != NULL) {
        status = vg_job_tree_annotation(opened.tree, request->annotation, NULL, arena, &annotation, error);
    }
    if (status == VG_OK && request->out != NULL) {
        status = vg_job_save_tree(opened.tree, request->out, annotation, error);
    }
    if (status == VG_OK) {
        status = put_row(opened.tree, form, arena, &answer->table, error);
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_text(&answer->meta, "tree", request->path);
    if (status == VG_OK && request->out != NULL && !vg_job_tree_keeps_gaps(request->out)) {
        job_meta_number(&answer->meta, "gap_events_left_out", opened.tree->n_gap_events);
    }
    status = status == VG_OK ? vg_job_warn_of_names(opened.tree, NULL, arena, answer, error) : status;
    vg_buffer_char(&answer->meta, '}');
    vg_job_close_tree(&opened);
    return status;
}
