/*
 * What genomes and trees are told against: the reference that both are made to share, sites that do not count, names, and the column that says what a node is.
 */
#include "jobs/jobs_internal.h"
#include "jobs/place/place.h"

#include <string.h>

/* --------------------------------------------------------------------- mask */

static bool take_range(struct vg_text text, struct vg_site_range *range)
{
    const char *dash = memchr(text.data, '-', text.size);
    int64_t first, last;
    struct vg_text left = vg_text_of(text.data, dash == NULL ? text.size : (size_t)(dash - text.data));
    struct vg_text right = dash == NULL ? left : vg_text_of(dash + 1, text.size - left.size - 1);
    if (!vg_parse_integer(left, &first) || !vg_parse_integer(right, &last) || first < 1 || last < first || last > VG_GENOME_LENGTH_MAX) {
        return false;
    }
    *range = (struct vg_site_range){(uint32_t)(first - 1), (uint32_t)last};
    return true;
}

/* BED counts from 0 and leaves the end out: "chromosome TAB start TAB end". */
static bool take_bed(struct vg_text line, struct vg_site_range *range)
{
    const char *first = memchr(line.data, '\t', line.size), *second = first == NULL ? NULL : memchr(first + 1, '\t', line.size - (size_t)(first + 1 - line.data));
    int64_t start, end;
    if (second == NULL) {
        return false;
    }
    const char *rest = second + 1, *third = memchr(rest, '\t', line.size - (size_t)(rest - line.data));
    size_t size = third == NULL ? line.size - (size_t)(rest - line.data) : (size_t)(third - rest);
    if (!vg_parse_integer(vg_text_of(first + 1, (size_t)(second - first - 1)), &start) || !vg_parse_integer(vg_text_of(rest, size), &end) || start < 0 || end <= start ||
        end > VG_GENOME_LENGTH_MAX) {
        return false;
    }
    *range = (struct vg_site_range){(uint32_t)start, (uint32_t)end};
    return true;
}

vg_status vg_job_read_mask(const char *mask, struct vg_arena *arena, struct vg_site_range **ranges, size_t *n, struct vg_error *error)
{
    bool file = vg_file_exists(mask);
    struct vg_text text = vg_text_from(mask);
    vg_status status = file ? vg_file_read_text(mask, (size_t)16 << 20, arena, &text, error) : VG_OK;
    *n = 0;
    *ranges = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_site_range, text.size / 2 + 2) : NULL;
    if (*ranges == NULL) {
        return status != VG_OK ? status : vg_fail_memory(error, text.size * 4);
    }
    for (size_t start = 0, line = 1; start < text.size; line++) {
        size_t end = start;
        while (end < text.size && text.data[end] != '\n' && (file || text.data[end] != ',')) {
            end++;
        }
        struct vg_text one = vg_text_trim(vg_text_of(text.data + start, end - start));
        start = end + 1;
        if (one.size == 0 || one.data[0] == '#') {
            continue;
        }
        if (!take_range(one, &(*ranges)[*n]) && !take_bed(one, &(*ranges)[*n])) {
            return file ? vg_fail(error, VG_DATA_ERROR, "%s, line %zu: expected a site, a range of sites (1-55) or a line of BED, found \"%.*s\"", mask, line,
                                  (int)(one.size < 100 ? one.size : 100), one.data)
                        : vg_fail(error, VG_USAGE_ERROR, "--mask: there is no file \"%s\", and it is no list of sites such as 1-55,29804-29903", mask);
        }
        (*n)++;
    }
    return VG_OK;
}

/* ---------------------------------------------------------------- reference */

vg_status vg_job_settle_reference(struct vg_tree *tree, bool completes, const struct vg_genome_reference *told, const char *name, struct vg_rebase **rebase, struct vg_error *error)
{
    uint32_t different = 0;
    *rebase = NULL;
    if (told->length == 0) {
        return VG_OK;
    }
    if (completes && (told->length > tree->length || memchr(tree->reference, 'N', tree->length) != NULL)) { /* the tree's form tells only part of its reference */
        vg_status status = vg_tree_with_reference(tree, told, &different, error);
        if (status != VG_OK) {
            return vg_fail_context(error, "%s: ", name);
        }
    }
    vg_status status = vg_rebase_new(told, tree->reference, tree->length, rebase, error);
    if (status == VG_OK && vg_rebase_count(*rebase) > tree->length / 4) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: its reference differs from the tree's at %u of %u sites: they are not of one virus, or not of one numbering of sites", name,
                         vg_rebase_count(*rebase), tree->length);
    }
    return status;
}

/* -------------------------------------------------------------------- names */

vg_status vg_job_warn_of_names(const struct vg_tree *tree, const struct vg_tree_names *names, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_tree_names *own = NULL;
    uint32_t second = VG_TREE_NONE;
    vg_status status = names == NULL ? vg_tree_names_new(tree, &own, error) : VG_OK;
    if (status != VG_OK) {
        return status;
    }
    names = names == NULL ? own : names;
    uint32_t n = vg_tree_names_repeated(names, &second);
    if (n > 0) {
        struct vg_text name = vg_tree_name(tree, second);
        uint32_t first = vg_tree_names_find(names, name);
        job_meta_number(&answer->meta, "repeated_names", n);
        job_meta_text(&answer->meta, "first_repeated_name", vg_arena_copy_bytes(arena, name.data, name.size));
        job_warn(answer, arena, "%u %s of the tree %s a name that another has, too; what is told by name is taken for the first of them. The first is %.*s (node_%u, node_%u)", n,
                 n == 1 ? "node" : "nodes", n == 1 ? "has" : "have", (int)(name.size < 100 ? name.size : 100), name.data, first + 1, second + 1);
    }
    vg_tree_names_free(own);
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status vg_job_find_node(const struct vg_tree *tree, const char *name, const char *of, uint32_t *node, struct vg_error *error)
{
    uint32_t n = 0, second = VG_TREE_NONE;
    int64_t number = 0;
    *node = VG_TREE_NONE;
    for (uint32_t v = 0; v < tree->n_nodes; v++) { /* one way through all: a table of all names would cost more */
        if (vg_text_equals(vg_tree_name(tree, v), name)) {
            *node = n == 0 ? v : *node;
            second = n == 1 ? v : second;
            n++;
        }
    }
    if (n > 1) {
        return vg_fail(error, VG_DATA_ERROR, "%s: %u nodes are called \"%.100s\": say which by number, node_%u, node_%u%s", of, n, name, *node + 1, second + 1, n > 2 ? ", ..." : "");
    }
    if (n == 0 && strncmp(name, "node_", 5) == 0 && vg_parse_integer(vg_text_from(name + 5), &number) && number >= 1 && number <= tree->n_nodes) {
        *node = (uint32_t)number - 1;
    }
    return *node == VG_TREE_NONE ? vg_fail(error, VG_NOT_FOUND, "%s has no leaf or node called \"%.100s\"", of, name) : VG_OK;
}

/* ------------------------------------------------------------------- clades */

const struct vg_tree_column *vg_job_clade_column(const struct vg_tree *tree)
{
    /* Lineages go before clades, which are coarser; UShER's form has no names of columns: in public trees the second are lineages. */
    static const char *const usual[] = {"Nextclade_pango", "pango_lineage", "pangolin_lineage", "lineage", "pango", "clade_2", "genotype_nextclade", "clade_membership", "clade",
                                        "clades", "clade_1"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        const struct vg_tree_column *column = vg_tree_column(tree, usual[i]);
        if (column != NULL && column->codes != NULL) {
            return column;
        }
    }
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        if (tree->columns[c].is_clade && tree->columns[c].codes != NULL) {
            return &tree->columns[c];
        }
    }
    return NULL;
}
