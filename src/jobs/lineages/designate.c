/*
 * Candidates for lineages of their own, with names that are free and the mutations that define them.
 */
#include "jobs/lineages/places.h"

#include "trace/genome/lineage/lineage.h"

#include <string.h>

/* Names by what they stand for in full, so that BA.2.1 is B.1.1.529.2.1; of a nomenclature without letters and dots as they are written. */
static bool take_name(const struct vg_pango *pango, struct vg_dictionary *taken, struct vg_text name, bool *is_new)
{
    char full[VG_PANGO_BYTES];
    size_t size = vg_pango_expand(pango, name, full), before = taken->count;
    uint32_t at = vg_dictionary_add(taken, size > 0 ? vg_text_of(full, size) : name);
    *is_new = taken->count > before;
    return at != VG_DICTIONARY_NONE;
}

/* The next number below a name that nothing has; in short where letters stand for what is before it. NULL: no memory. */
static const char *free_name(const struct vg_pango *pango, struct vg_dictionary *taken, struct vg_text parent, struct vg_arena *arena)
{
    const char *name = NULL;
    char brief[VG_PANGO_BYTES];
    bool is_new = false;
    for (unsigned number = 1; !is_new; number++) {
        name = parent.size == 0 ? vg_arena_format(arena, "%u", number) : vg_arena_format(arena, "%.*s.%u", (int)parent.size, parent.data, number);
        if (name == NULL || !take_name(pango, taken, vg_text_from(name), &is_new)) {
            return NULL;
        }
    }
    size_t size = vg_pango_compress(pango, vg_text_from(name), brief);
    return size > 0 && size < strlen(name) ? vg_arena_copy_bytes(arena, brief, size) : name;
}

/* What the tree has, what letters of the list stand for, and all that these descend from. */
static vg_status fill_taken(const struct vg_tree_column *lineages, const struct vg_pango *pango, struct vg_dictionary *taken, struct vg_error *error)
{
    bool is_new;
    for (uint32_t code = 0; lineages != NULL && code < lineages->n_values; code++) {
        if (!take_name(pango, taken, lineages->values[code], &is_new)) {
            return vg_fail_memory(error, code);
        }
    }
    for (size_t i = 0; pango != NULL && i < vg_pango_count(pango); i++) {
        struct vg_text full = vg_pango_alias_full(pango, i);
        while (full.size > 0) {
            if (!take_name(pango, taken, full, &is_new)) {
                return vg_fail_memory(error, i);
            }
            const char *dot = memrchr(full.data, '.', full.size);
            full.size = dot == NULL ? 0 : (size_t)(dot - full.data);
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

static vg_status write_rows(const struct vg_lineages_tree_request *request, const struct placed_tree *placed, const struct vg_tree_column *lineages, const struct vg_pango *pango,
                            const struct vg_designation *list, size_t n, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {{"candidate", VG_COLUMN_TEXT}, {"parent_lineage", VG_COLUMN_TEXT}, {"node", VG_COLUMN_TEXT},
        {"leaves", VG_COLUMN_INTEGER}, {"mutations", VG_COLUMN_INTEGER}, {"captured", VG_COLUMN_DOUBLE}, {"index", VG_COLUMN_DOUBLE}, {"defining", VG_COLUMN_TEXT}};
    struct vg_dictionary taken;
    const char **names = VG_ARENA_ARRAY(arena, const char *, n + 1);
    vg_dictionary_init(&taken, arena);
    vg_status status = names == NULL ? vg_fail_memory(error, n) : fill_taken(lineages, pango, &taken, error);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        struct vg_text parent = list[i].within != VG_LINEAGE_NONE ? vg_text_from(names[list[i].within])
                                : list[i].parent_lineage != VG_LINEAGE_NONE && lineages != NULL ? lineages->values[list[i].parent_lineage]
                                : vg_text_from(request->prefix == NULL ? "" : request->prefix);
        names[i] = free_name(pango, &taken, parent, arena);
        if (names[i] == NULL) {
            return vg_fail_memory(error, n);
        }
        vg_table_text(table, names[i]);
        vg_table_text_slice(table, parent);
        lineages_node(table, placed->tree, list[i].node);
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
    struct vg_pango *pango = NULL;
    size_t n = 0;
    vg_designation_defaults(&model);
    model.least_leaves = (uint32_t)request->least_leaves;
    model.least_mutations = (uint32_t)request->least_mutations;
    vg_status status = placed_tree_open(request, false, arena, &placed, error);
    const struct vg_tree_column *lineages = NULL;
    if (status == VG_OK) { /* a tree without lineages is one lineage, unless they were asked for by name */
        lineages = lineages_column(placed.tree, request->column, &none);
        status = lineages == NULL && request->column != NULL ? vg_fail(error, none.status, "%s", none.message) : VG_OK;
    }
    status = status == VG_OK ? lineages_aliases(request->aliases_path, arena, &pango, error) : status;
    if (status == VG_OK) {
        status = vg_lineage_designate(placed.tree, lineages, NULL, &model, arena, &list, &n, error);
    }
    if (status == VG_OK) {
        status = write_rows(request, &placed, lineages, pango, list, n, arena, &answer->table, error);
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
