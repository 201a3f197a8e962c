/*
 * One pass over the tree for a genome: how far each node is from it, where it hangs best, and what lineage that makes it.
 */
#include "trace/genome/lineage/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MOST 64 /* lineages that candidates are counted for one by one */

vg_status vg_lineage_work_new(const struct vg_lineage_model *model, struct vg_lineage_work **work, struct vg_error *error)
{
    const struct vg_tree *tree = model->tree;
    struct vg_lineage_work *made = calloc(1, sizeof *made);
    *work = NULL;
    if (made == NULL) {
        return vg_fail_memory(error, sizeof *made);
    }
    made->length = tree->length;
    made->allowed = malloc(tree->length + 1);
    made->distance = malloc((tree->n_nodes + 1) * sizeof *made->distance);
    made->attachments = malloc(LINEAGE_TIES_MOST * sizeof *made->attachments);
    made->nearest = malloc(LINEAGE_TIES_MOST * sizeof *made->nearest);
    made->height = calloc(tree->n_nodes + 1, sizeof *made->height);
    if (made->allowed == NULL || made->distance == NULL || made->height == NULL || made->attachments == NULL || made->nearest == NULL) {
        vg_lineage_work_free(made);
        return vg_fail_memory(error, tree->n_nodes * sizeof *made->distance);
    }
    for (uint32_t site = 0; site < tree->length; site++) {
        made->allowed[site] = lineage_reference_set(model, site);
    }
    for (uint32_t v = tree->n_nodes; v-- > 1;) {
        int32_t way = made->height[v] + (int32_t)(tree->mutation_start[v + 1] - tree->mutation_start[v]), *above = &made->height[tree->parent[v]];
        *above = way > *above ? way : *above;
    }
    *work = made;
    return VG_OK;
}

void vg_lineage_work_free(struct vg_lineage_work *work)
{
    if (work != NULL) {
        free(work->allowed);
        free(work->distance);
        free(work->height);
        free(work->attachments);
        free(work->nearest);
        free(work->sites);
        free(work->before);
        free(work->after);
        free(work);
    }
}

bool lineage_lay(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, uint32_t *n_missing)
{
    *n_missing = 0;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        if (one->position > work->length || one->length > work->length - one->position) {
            lineage_lift(model, work, &(struct vg_genome){.differences = genome->differences, .n_differences = i});
            return false;
        }
        uint8_t set = (one->base & VG_BASE_DELETED) != 0 ? VG_BASE_ANY : one->base;
        *n_missing += one->base == VG_BASE_ANY ? one->length : 0;
        for (uint32_t site = one->position; site < one->position + one->length; site++) {
            work->allowed[site] = model->masked != NULL && model->masked[site] != 0 ? VG_BASE_ANY : set;
        }
    }
    return true;
}

void lineage_lift(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome)
{
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        for (uint32_t site = one->position; site < one->position + one->length; site++) {
            work->allowed[site] = lineage_reference_set(model, site);
        }
    }
}

/* Sites in which the genome is not as the reference. */
static int32_t from_reference(const struct vg_lineage_model *model, const struct vg_lineage_work *work, const struct vg_genome *genome)
{
    int32_t n = 0;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        for (uint32_t site = one->position; site < one->position + one->length; site++) {
            n += (work->allowed[site] & lineage_reference_set(model, site)) == 0;
        }
    }
    return n;
}

static void take(uint32_t *list, uint32_t *n, int32_t *best, int32_t cost, uint32_t item)
{
    if (cost < *best) {
        *best = cost;
        *n = 0;
    }
    if (cost == *best) {
        if (*n < LINEAGE_TIES_MOST) {
            list[*n] = item;
        }
        (*n)++;
    }
}

/* How the branch into a node goes with the genome. */
static inline void along(const struct vg_tree *tree, const uint8_t *allowed, uint32_t v, int32_t *gained, int32_t *lost)
{
    *gained = *lost = 0;
    for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
        int step = lineage_step(allowed[vg_mutation_site(tree->mutations[m])], tree->mutations[m]);
        *gained += step < 0;
        *lost += step > 0;
    }
}

/* A distance that some node has: down from the root as long as a child is as near. */
static int32_t descend(const struct vg_tree *tree, const uint8_t *allowed, int32_t at_reference)
{
    int32_t gained, lost, here, best;
    along(tree, allowed, 0, &gained, &lost);
    here = best = at_reference - gained + lost;
    for (uint32_t v = 0, next = 0; !vg_tree_is_leaf(tree, v); v = next) {
        int32_t nearest = INT32_MAX;
        for (uint32_t child = v + 1; child < tree->end[v]; child = tree->end[child]) {
            along(tree, allowed, child, &gained, &lost);
            if (here - gained + lost < nearest) {
                nearest = here - gained + lost;
                next = child;
            }
        }
        if (nearest > here) {
            break;
        }
        here = nearest;
        best = here < best ? here : best;
    }
    return best;
}

/*
 * The nearest nodes and the best attachments. What is below a node is left out where even all its mutations could not bring it as near as what is known, which no attachment
 * there could be better than either.
 */
static void scan(const struct vg_lineage_model *model, struct vg_lineage_work *work, int32_t at_reference, int32_t *score, int32_t *distance)
{
    const struct vg_tree *tree = model->tree;
    int32_t known = descend(tree, work->allowed, at_reference);
    *score = *distance = INT32_MAX;
    work->n_attachments = work->n_nearest = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        int32_t above = v == 0 ? at_reference : work->distance[tree->parent[v]], gained, lost;
        along(tree, work->allowed, v, &gained, &lost);
        work->distance[v] = above - gained + lost;
        take(work->nearest, &work->n_nearest, distance, work->distance[v], v);
        if (v == 0 || (gained > 0 && (lost == 0 || model->barred == NULL || model->barred[v] == 0))) {
            bool split = v > 0 && lost > 0;
            take(work->attachments, &work->n_attachments, score, v == 0 ? work->distance[0] : above - gained, split ? v | LINEAGE_SPLIT : v);
        } else if (gained > 0) {
            take(work->attachments, &work->n_attachments, score, work->distance[v], v);
        }
        if (work->distance[v] - work->height[v] > (*distance < known ? *distance : known)) {
            v = tree->end[v] - 1;
        }
    }
}

#define GAPS_MOST 256 /* of one genome that are looked at */

/* Of the nearest nodes those that have most of what the genome lacks and has between. Where there are more than are listed all stay. */
static void narrow(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome)
{
    uint32_t gaps[GAPS_MOST], most = 0, n = 0;
    if (model->gaps == NULL || model->tree->n_gaps == 0 || work->n_nearest < 2 || work->n_nearest > LINEAGE_TIES_MOST) {
        return;
    }
    size_t n_gaps = vg_gap_index_list(model->gap_index, genome, gaps, GAPS_MOST);
    for (uint32_t i = 0; n_gaps > 0 && i < work->n_nearest; i++) {
        uint32_t v = work->nearest[i], shared = vg_gap_index_shared(model->gap_index, model->gaps[v], gaps, n_gaps);
        if (shared > most) {
            most = shared;
            n = 0;
        }
        if (shared == most) {
            work->nearest[n++] = v;
        }
    }
    work->n_nearest = n_gaps > 0 ? n : work->n_nearest;
}

/* The lineage at an attachment: of the upper end of a branch that is split. */
static uint32_t attached_lineage(const struct vg_lineage_model *model, uint32_t item)
{
    uint32_t v = item & ~LINEAGE_SPLIT;
    return model->lineages->codes[(item & LINEAGE_SPLIT) != 0 ? model->tree->parent[v] : v];
}

/* Of the nearest nodes the one that is most common; the first of several. */
static uint32_t most_likely(const struct vg_lineage_model *model, const struct vg_lineage_work *work)
{
    uint32_t n = work->n_nearest < LINEAGE_TIES_MOST ? work->n_nearest : LINEAGE_TIES_MOST, best = work->nearest[0];
    for (uint32_t i = 1; i < n && model->prior != NULL; i++) {
        double here = model->prior[work->nearest[i]], there = model->prior[best];
        best = here > there || (isfinite(here) && !isfinite(there)) ? work->nearest[i] : best;
    }
    return best;
}

struct tally { uint32_t codes[KINDS_MOST], counts[KINDS_MOST], n_kinds, total; };

static void add(struct tally *tally, uint32_t code)
{
    uint32_t i = 0;
    while (i < tally->n_kinds && tally->codes[i] != code) {
        i++;
    }
    if (i == tally->n_kinds && i < KINDS_MOST) {
        tally->codes[tally->n_kinds++] = code;
    }
    if (i < KINDS_MOST) {
        tally->counts[i]++;
    }
    tally->total++;
}

/*
 * What the nearest nodes have in common; an attachment further up says only that not all of what defines the lineage is there, any other one that there is more than one
 * way to read the genome.
 */
static void conclude(const struct vg_lineage_model *model, const struct vg_lineage_work *work, struct vg_lineage_call *out)
{
    struct tally tally = {.n_kinds = 0};
    uint32_t most = 0, near = model->lineages->codes[work->nearest[0]];
    for (uint32_t i = 0; i < work->n_nearest && i < LINEAGE_TIES_MOST; i++) {
        uint32_t code = model->lineages->codes[work->nearest[i]];
        near = vg_lineage_common(model->parents, near, code);
        add(&tally, code);
    }
    out->lineage = near;
    for (uint32_t i = 0; i < work->n_attachments && i < LINEAGE_TIES_MOST; i++) {
        uint32_t code = attached_lineage(model, work->attachments[i]), common = vg_lineage_common(model->parents, near, code);
        out->lineage = common == code ? out->lineage : vg_lineage_common(model->parents, out->lineage, common);
        add(&tally, code);
    }
    for (uint32_t i = 0; i < tally.n_kinds; i++) {
        most = tally.counts[i] > most ? tally.counts[i] : most;
    }
    out->conflict = 1 - (double)most / tally.total;
}

vg_status vg_lineage_call(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, struct vg_lineage_call *out,
                          struct vg_error *error)
{
    int32_t score = 0, distance = 0;
    uint32_t n_missing = 0;
    if (!lineage_lay(model, work, genome, &n_missing)) {
        return vg_fail(error, VG_DATA_ERROR, "genome %.*s differs beyond the %u sites of the tree's reference", (int)genome->name.size, genome->name.data, work->length);
    }
    scan(model, work, from_reference(model, work, genome), &score, &distance);
    lineage_lift(model, work, genome);
    narrow(model, work, genome);
    uint32_t nearest = most_likely(model, work), attachment = work->attachments[0];
    *out = (struct vg_lineage_call){.attachment = attached_lineage(model, attachment), .nearest = model->lineages->codes[nearest],
                                    .attachment_node = attachment & ~LINEAGE_SPLIT, .nearest_node = nearest, .score = (uint32_t)score, .distance = (uint32_t)distance,
                                    .n_attachments = work->n_attachments, .n_nearest = work->n_nearest, .n_missing = n_missing};
    conclude(model, work, out);
    return VG_OK;
}
