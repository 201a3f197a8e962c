/*
 * Candidates for lineages of their own, with names that are free and the mutations that define them.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/lineage/lineage.h"

#include <string.h>

/* The next number below a name that neither the tree nor an earlier candidate has. */
static const char *free_name(struct vg_dictionary *taken, struct vg_text parent, struct vg_arena *arena)
{
    for (unsigned number = 1; number < 100000; number++) {
        const char *name = parent.size == 0 ? vg_arena_format(arena, "%u", number) : vg_arena_format(arena, "%.*s.%u", (int)parent.size, parent.data, number);
        char full[VG_PANGO_BYTES];
        size_t size = name == NULL ? 0 : vg_pango_expand(NULL, vg_text_from(name), full);
        struct vg_text key = size > 0 ? vg_text_of(full, size) : vg_text_from(name == NULL ? "" : name);
        if (name == NULL || vg_dictionary_find(taken, key) == VG_DICTIONARY_NONE) {
            return name == NULL || vg_dictionary_add(taken, key) == VG_DICTIONARY_NONE ? NULL : name;
        }
    }
    return NULL;
}

static vg_status fill_taken(const struct vg_tree_column *lineages, struct vg_dictionary *taken, struct vg_error *error)
{
    for (uint32_t code = 0; lineages != NULL && code < lineages->n_values; code++) {
        char full[VG_PANGO_BYTES];
        size_t size = vg_pango_expand(NULL, lineages->values[code], full);
        if (vg_dictionary_add(taken, size > 0 ? vg_text_of(full, size) : lineages->values[code]) == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, code);
        }
    }
    return VG_OK;
}

/* Mutations on the way from the lineage's first node, as A23403G, at most forty. */
static void defining_cell(const struct vg_tree *tree, const struct vg_designation *one, struct vg_table *table)
{
    struct vg_buffer text;
    uint32_t at = one->node, left = one->n_mutations;
    size_t n = 0;
    vg_buffer_init(&text, 0);
    for (; left > 0; at = tree->parent[at]) {
        uint32_t end = tree->mutation_start[at + 1], start = tree->mutation_start[at];
        for (uint32_t m = start; m < end; m++) {
            if (n++ < 40) {
                vg_buffer_format(&text, "%s%c%u%c", n == 1 ? "" : ",", "ACGT"[vg_mutation_from(tree->mutations[m])], vg_mutation_site(tree->mutations[m]) + 1,
                                 "ACGT"[vg_mutation_to(tree->mutations[m])]);
            }
        }
        left -= end - start < left ? end - start : left;
        if (at == 0) {
            break;
        }
    }
    vg_table_text_slice(table, vg_text_of(text.data, text.size));
    table->failed |= text.failed;
    vg_buffer_release(&text);
}

static vg_status write_rows(const struct vg_lineages_tree_request *request, const struct placed_tree *placed, const struct vg_tree_column *lineages, const struct vg_designation *list,
                            size_t n, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {{"candidate", VG_COLUMN_TEXT}, {"parent_lineage", VG_COLUMN_TEXT}, {"node", VG_COLUMN_TEXT},
        {"leaves", VG_COLUMN_INTEGER}, {"mutations", VG_COLUMN_INTEGER}, {"captured", VG_COLUMN_DOUBLE}, {"index", VG_COLUMN_DOUBLE}, {"defining", VG_COLUMN_TEXT}};
    struct vg_dictionary taken;
    const char **names = VG_ARENA_ARRAY(arena, const char *, n + 1);
    vg_dictionary_init(&taken, arena);
    vg_status status = names == NULL ? vg_fail_memory(error, n) : fill_taken(lineages, &taken, error);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct vg_text parent = list[i].within != VG_LINEAGE_NONE ? vg_text_from(names[list[i].within])
                                : list[i].parent_lineage != VG_LINEAGE_NONE && lineages != NULL ? lineages->values[list[i].parent_lineage]
                                : vg_text_from(request->prefix == NULL ? "" : request->prefix);
        names[i] = free_name(&taken, parent, arena);
        if (names[i] == NULL) {
            return vg_fail_memory(error, n);
        }
        vg_table_text(table, names[i]);
        vg_table_text_slice(table, parent);
        placed_node_cell(placed, table, list[i].node, arena);
        vg_table_integer(table, list[i].n_leaves);
        vg_table_integer(table, list[i].n_mutations);
        lineages_number(table, list[i].captured);
        lineages_number(table, list[i].index);
        defining_cell(placed->tree, &list[i], table);
    }
    return status;
}

vg_status vg_job_lineages_designate(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct placed_tree placed;
    struct vg_designation_model model;
    struct vg_designation *list = NULL;
    struct vg_error none = {0};
    size_t n = 0;
    vg_designation_defaults(&model);
    model.least_leaves = (uint32_t)request->least_leaves;
    vg_status status = placed_tree_open(request, false, arena, &placed, error);
    const struct vg_tree_column *lineages = NULL;
    if (status == VG_OK) { /* a tree without lineages is one lineage, unless they were asked for by name */
        lineages = lineages_column(placed.tree, request->column, &none);
        status = lineages == NULL && request->column != NULL ? vg_fail(error, none.status, "%s", none.message) : VG_OK;
    }
    if (status == VG_OK) {
        status = vg_lineage_designate(placed.tree, lineages, NULL, &model, arena, &list, &n, error);
    }
    if (status == VG_OK) {
        status = write_rows(request, &placed, lineages, list, n, arena, &answer->table, error);
    }
    if (status == VG_OK) {
        vg_buffer_char(&answer->meta, '{');
        job_meta_number(&answer->meta, "leaves", placed.tree->n_leaves);
        job_meta_number(&answer->meta, "candidates", (double)n);
        vg_buffer_char(&answer->meta, '}');
    }
    placed_tree_close(&placed);
    return status != VG_OK ? status : answer->table.failed || arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}
