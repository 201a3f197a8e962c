/*
 * Deletions and insertions on the branches of a tree that grew: of the genomes that were added as they were read, and of the tree that was given as it has them.
 */
#include "jobs/place/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARK "vigia_given_node"

vg_status vg_job_mark_nodes(const struct vg_tree *base, bool joins, struct vg_arena *arena, struct vg_tree *marked, struct vg_error *error)
{
    *marked = *base;
    if (base->n_gap_events == 0 && !joins) {
        return VG_OK;
    }
    struct vg_tree_column *columns = VG_ARENA_ARRAY(arena, struct vg_tree_column, (size_t)base->n_columns + 1);
    double *numbers = VG_ARENA_ARRAY(arena, double, (size_t)base->n_nodes + 1);
    if (columns == NULL || numbers == NULL) {
        return vg_fail_memory(error, base->n_nodes * sizeof *numbers);
    }
    if (base->n_columns > 0) {
        memcpy(columns, base->columns, base->n_columns * sizeof *columns);
    }
    for (uint32_t v = 0; v < base->n_nodes; v++) {
        numbers[v] = v;
    }
    columns[marked->n_columns++] = (struct vg_tree_column){.name = vg_text_from(MARK), .numbers = numbers};
    marked->columns = columns;
    return VG_OK;
}

vg_status vg_job_place_gaps(const struct vg_tree *base, bool wanted, struct vg_arena *arena, const struct vg_place_gaps **gaps, struct vg_error *error)
{
    struct vg_gap_index *index = VG_ARENA_ARRAY(arena, struct vg_gap_index, 1);
    struct vg_place_gaps *made = VG_ARENA_ARRAY(arena, struct vg_place_gaps, 1);
    const struct vg_genome **genomes = NULL;
    *gaps = NULL;
    if (!wanted || base->n_gap_events == 0) {
        return VG_OK;
    }
    vg_status status = index == NULL || made == NULL ? vg_fail_memory(error, sizeof *index) : vg_gap_index_new(base, arena, index, error);
    status = status == VG_OK ? vg_tree_gap_genomes(base, arena, &genomes, error) : status;
    if (status == VG_OK) {
        *made = (struct vg_place_gaps){index, genomes};
        *gaps = made;
    }
    return status;
}

bool vg_job_is_mark(struct vg_text name)
{
    return vg_text_equals(name, MARK);
}

static int by_node(const void *a, const void *b)
{
    const struct vg_gap_witness *x = a, *y = b;
    return x->node != y->node ? (x->node < y->node ? -1 : 1) : y->as_told - x->as_told; /* what was given goes first */
}

/* Nodes of the given tree that are in the grown one, with what they lack there; of insertions nothing is known where the tree tells of none (Auspice JSON has no room for them). */
static size_t take_given(const struct vg_tree *base, const struct vg_tree *grown, const struct vg_genome **genomes, bool leaves_only, struct vg_gap_witness *out)
{
    const struct vg_tree_column *mark = vg_tree_column(grown, MARK);
    uint32_t n_deletions, n_insertions;
    size_t n = 0;
    vg_job_count_gaps(base, &n_deletions, &n_insertions);
    for (uint32_t v = 0; mark != NULL && mark->numbers != NULL && v < grown->n_nodes; v++) {
        if (isfinite(mark->numbers[v]) && mark->numbers[v] >= 0 && mark->numbers[v] < base->n_nodes) {
            uint32_t given = (uint32_t)mark->numbers[v];
            if (!leaves_only || vg_tree_is_leaf(base, given)) {
                out[n++] = (struct vg_gap_witness){.node = v, .genome = genomes[given], .no_deletions = n_deletions == 0, .no_insertions = n_insertions == 0, .as_told = true};
            }
        }
    }
    return n;
}

vg_status vg_job_grown_gaps(const struct vg_tree *base, struct vg_tree *grown, bool leaves_only, const struct vg_gap_witness *told, size_t n_told,
                            const struct vg_site_range *masked, size_t n_masked, struct vg_error *error)
{
    const struct vg_genome **genomes = NULL;
    struct vg_arena arena;
    size_t n = 0, kept = 0;
    vg_arena_init(&arena, 0);
    bool given = base->n_gap_events > 0;
    struct vg_gap_witness *all = VG_ARENA_ARRAY(&arena, struct vg_gap_witness, n_told + (given ? grown->n_nodes : 0) + 1);
    uint8_t *mask = VG_ARENA_ARRAY(&arena, uint8_t, (size_t)grown->length + 1);
    vg_status status = all == NULL || mask == NULL ? vg_fail_memory(error, (size_t)grown->n_nodes * sizeof *all) : given ? vg_tree_gap_genomes(base, &arena, &genomes, error) : VG_OK;
    if (status == VG_OK) {
        n = given ? take_given(base, grown, genomes, leaves_only, all) : 0;
        for (size_t i = 0; i < n_told; i++) {
            all[n++] = told[i];
        }
        qsort(all, n, sizeof *all, by_node);
        for (size_t i = 0; i < n; i++) {
            if (kept == 0 || all[kept - 1].node != all[i].node) {
                all[kept++] = all[i];
            }
        }
        for (size_t i = 0; i < n_masked; i++) {
            for (uint32_t site = masked[i].first; site < masked[i].end && site < grown->length; site++) {
                mask[site] = 1;
            }
        }
        status = vg_tree_find_gaps(grown, all, kept, mask, error);
    }
    vg_arena_release(&arena);
    return status;
}

vg_status vg_job_join_gaps(const struct vg_tree *grown, bool all_may_move, uint32_t *nodes, size_t n, struct vg_tree **joined, struct vg_error *error)
{
    const struct vg_tree_column *mark = vg_tree_column(grown, MARK);
    uint8_t *fixed = calloc(grown->n_nodes, 1);
    uint32_t *number = calloc(grown->n_nodes, sizeof *number);
    *joined = NULL;
    for (uint32_t v = 0; fixed != NULL && mark != NULL && mark->numbers != NULL && v < grown->n_nodes; v++) {
        fixed[v] = !all_may_move && isfinite(mark->numbers[v]);
    }
    vg_status status = fixed == NULL || number == NULL ? vg_fail_memory(error, grown->n_nodes * 5ul) : vg_tree_join_by_gaps(grown, fixed, number, joined, error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        nodes[i] = number[nodes[i]];
    }
    free(fixed);
    free(number);
    return status;
}

void vg_job_count_gaps(const struct vg_tree *tree, uint32_t *n_deletions, uint32_t *n_insertions)
{
    *n_deletions = *n_insertions = 0;
    for (uint32_t i = 0; i < tree->n_gaps; i++) {
        *(tree->gaps[i].letters == VG_TREE_NONE ? n_deletions : n_insertions) += 1;
    }
}
