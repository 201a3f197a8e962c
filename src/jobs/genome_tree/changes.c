/*
 * What each genome of the node lacks and has between, and, where the coding sequences are known, its amino acids; and what the deletions and insertions of branches do to these.
 */
#include "jobs/genome_tree/joined.h"

#include "intake/genome/genome.h"
#include "trace/genome/proteins/proteins.h"

#include <stdlib.h>
#include <string.h>

vg_status genome_set_annotation(const struct vg_genome_set *set, struct vg_arena *arena, const struct vg_genome_annotation **out, struct vg_error *error)
{
    struct vg_genome_annotation *annotation = VG_ARENA_ARRAY(arena, struct vg_genome_annotation, 1);
    *out = NULL;
    if (set->annotation == NULL) {
        return VG_OK;
    }
    vg_status status = annotation == NULL ? vg_fail_memory(error, sizeof *annotation)
                                          : vg_annotation_parse("the coding sequences of the node's set", vg_text_from(set->annotation), &set->reference, arena, annotation, error);
    *out = status == VG_OK && annotation->n_coding > 0 ? annotation : NULL;
    return status;
}

struct site_run {
    uint32_t begin, end;
    size_t n;                /* leaves in which all of it is deleted, and nothing beside it */
};

struct reading {
    const struct leaf_facts *facts;
    const struct vg_tree *part;
    struct vg_gap_index index;          /* of the part */
    const struct vg_genome_annotation *annotation;
    struct vg_proteins *proteins;       /* NULL: no coding sequences */
    struct vg_proteins_room *room;
    struct site_run *shared;            /* [n_shared] deletions of two genomes and more, in order */
    size_t n_shared;
    uint32_t length;                    /* of the reference */
    struct vg_arena *arena;             /* of what is told */
    struct vg_arena scratch;            /* of one genome */
    struct vg_buffer text;
};

static int by_run(const void *a, const void *b)
{
    const struct site_run *x = a, *y = b;
    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : x->end < y->end ? -1 : x->end > y->end;
}

static bool unpack(struct reading *reading, const struct vg_genome_set *set, struct vg_text packed, struct vg_genome *genome)
{
    vg_arena_reset(&reading->scratch);
    *genome = (struct vg_genome){.n_differences = 0};
    return vg_genome_unpack(packed, set->reference.length, &reading->scratch, genome);
}

static vg_status damaged(const struct vg_tree *tree, uint32_t v, struct vg_error *error)
{
    struct vg_text name = vg_tree_name(tree, v);
    return vg_fail(error, VG_SYSTEM_ERROR, "the genome %.*s of the node is damaged; restore a backup with vigia restore", (int)name.size, name.data);
}

/* The same by the events of the part, which tell of other leaves than the node's, too. */
static vg_status find_shared_of_tree(struct reading *reading, struct vg_error *error)
{
    const struct vg_tree *part = reading->part;
    uint32_t *before = VG_ARENA_ARRAY(reading->arena, uint32_t, (size_t)part->n_nodes + 1), *n = VG_ARENA_ARRAY(reading->arena, uint32_t, (size_t)part->n_gaps + 1);
    reading->shared = VG_ARENA_ARRAY(reading->arena, struct site_run, (size_t)part->n_gaps + 1);
    if (before == NULL || n == NULL || reading->shared == NULL) {
        return vg_fail_memory(error, part->n_nodes);
    }
    for (uint32_t v = 0; v < part->n_nodes; v++) {
        before[v + 1] = before[v] + vg_tree_is_leaf(part, v);
    }
    for (uint32_t i = 0; i < part->n_gap_events; i++) { /* parents come before children: what is lost was gained */
        const struct vg_gap_event *one = &part->gap_events[i];
        uint32_t below = before[part->end[one->node]] - before[one->node];
        n[vg_gap_of(one)] += vg_gap_is_gained(one) ? below : 0u - below;
    }
    for (uint32_t gap = 0; gap < part->n_gaps; gap++) {
        const struct vg_tree_gap *one = &part->gaps[gap];
        if (n[gap] > 1 && one->letters == VG_TREE_NONE) {
            reading->shared[reading->n_shared++] = (struct site_run){one->position, one->position + one->length, n[gap]};
        }
    }
    return VG_OK;
}

/* Deletions that several genomes have: of these it is told where they were not read. */
static vg_status find_shared(struct reading *reading, const struct vg_genome_set *set, const struct vg_tree *tree, const uint32_t *leaves, size_t n_leaves, struct vg_error *error)
{
    struct site_run *runs = NULL;
    size_t n = 0, capacity = 0;
    for (size_t i = 0; i < n_leaves; i++) {
        uint32_t kept = reading->facts->kept[leaves[i]];
        struct vg_genome genome;
        if (kept == VG_TREE_NONE) {
            continue;
        }
        if (!unpack(reading, set, reading->facts->packed[kept], &genome)) {
            return damaged(tree, leaves[i], error);
        }
        for (uint32_t d = 0; d < genome.n_differences; d++) {
            const struct vg_genome_difference *one = &genome.differences[d];
            if (one->base == VG_BASE_DELETED) {
                struct site_run *more = vg_arena_room(reading->arena, runs, n, &capacity, sizeof *runs);
                if (more == NULL) {
                    return vg_fail_memory(error, n * sizeof *runs);
                }
                runs = more;
                runs[n++] = (struct site_run){one->position, one->position + one->length, 1};
            }
        }
    }
    if (n > 1) {
        qsort(runs, n, sizeof *runs, by_run);
    }
    reading->shared = runs;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && by_run(&runs[next], &runs[i]) == 0; next++) {
        }
        if (next - i > 1) {
            reading->shared[reading->n_shared++] = (struct site_run){runs[i].begin, runs[i].end, next - i};
        }
    }
    return VG_OK;
}

static void part(struct reading *reading)
{
    if (reading->text.size > 0) {
        vg_buffer_char(&reading->text, ',');
    }
}

/* The list since it was begun, in the arena. */
static const char *take(struct reading *reading)
{
    const char *copy = reading->text.size == 0 ? "" : vg_arena_copy_bytes(reading->arena, reading->text.data, reading->text.size);
    vg_buffer_clear(&reading->text);
    return copy;
}

static bool is_unread(const struct vg_genome *genome, const struct site_run *run)
{
    for (uint32_t d = 0; d < genome->n_differences && genome->differences[d].position < run->end; d++) {
        const struct vg_genome_difference *one = &genome->differences[d];
        if (one->base == VG_BASE_ANY && one->position + one->length > run->begin) {
            return true;
        }
    }
    return false;
}

/* A gap as the tree calls it. */
static void call_gap(struct reading *reading, uint32_t position, uint32_t length, const char *letters)
{
    uint32_t gap = vg_gap_index_find(&reading->index, position, length, letters);
    part(reading);
    if (gap != VG_TREE_NONE) {
        vg_tree_gap_put(reading->part, gap, &reading->text);
    } else if (letters == NULL) {
        vg_genome_put_sites(position, length, &reading->text);
    } else {
        vg_buffer_format(&reading->text, "%u:%.*s", position, (int)length, letters);
    }
}

static void list_called(struct reading *reading, const struct vg_genome *genome, struct leaf_changes *changes)
{
    for (uint32_t d = 0; d < genome->n_differences; d++) {
        const struct vg_genome_difference *one = &genome->differences[d];
        if (one->base == VG_BASE_DELETED) {
            call_gap(reading, one->position, one->length, NULL);
        }
    }
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        call_gap(reading, genome->insertions[i].position, genome->insertions[i].length, genome->insertions[i].letters);
    }
    changes->called = take(reading);
}

static void list_deletions(struct reading *reading, const struct vg_genome *genome, struct leaf_changes *changes)
{
    list_called(reading, genome, changes);
    vg_genome_put_deletions(genome, &reading->text);
    changes->deletions = take(reading);
    for (size_t i = 0; i < reading->n_shared; i++) {
        if (is_unread(genome, &reading->shared[i])) {
            part(reading);
            vg_genome_put_sites(reading->shared[i].begin, reading->shared[i].end - reading->shared[i].begin, &reading->text);
        }
    }
    changes->unread = take(reading);
    vg_genome_put_insertions(genome, &reading->text);
    changes->insertions = take(reading);
}

static void list_acids(struct reading *reading, const struct vg_protein_report *report, enum vg_protein_change_kind kind)
{
    for (uint32_t i = 0; i < report->n_changes; i++) {
        const struct vg_protein_change *one = &report->changes[i];
        if (one->kind == kind) {
            part(reading);
            vg_coding_put_name(&reading->annotation->coding[one->coding], &reading->text);
            if (kind == VG_PROTEIN_INSERTION) {
                vg_buffer_format(&reading->text, ":%u:%.*s", one->codon + 1, (int)one->n_inserted, one->inserted);
            } else {
                vg_buffer_format(&reading->text, ":%c%u%c", one->reference, one->codon + 1, kind == VG_PROTEIN_DELETION ? '-' : one->changed);
            }
        }
    }
}

static vg_status read_leaf(struct reading *reading, const struct vg_genome *genome, struct leaf_changes *changes, struct vg_error *error)
{
    struct vg_protein_report report;
    list_deletions(reading, genome, changes);
    if (reading->proteins != NULL) {
        if (!vg_proteins_report(reading->proteins, reading->room, genome, &reading->scratch, &report)) {
            return vg_fail_memory(error, genome->n_differences);
        }
        list_acids(reading, &report, VG_PROTEIN_SUBSTITUTION);
        changes->acids = take(reading);
        list_acids(reading, &report, VG_PROTEIN_DELETION);
        changes->acid_deletions = take(reading);
        list_acids(reading, &report, VG_PROTEIN_INSERTION);
        changes->acid_insertions = take(reading);
    }
    return reading->arena->failed || reading->text.failed ? vg_fail_memory(error, reading->text.size) : VG_OK;
}

/* What each gap of the part does by itself: S:H69-,S:V70-. */
static vg_status read_gaps(struct reading *reading, const char **acids, struct vg_error *error)
{
    const struct vg_tree *part = reading->part;
    for (uint32_t gap = 0; gap < part->n_gaps; gap++) {
        const struct vg_tree_gap *one = &part->gaps[gap];
        bool inserted = one->letters != VG_TREE_NONE;
        const struct vg_genome_difference deletion = {one->position, one->length, VG_BASE_DELETED};
        const struct vg_genome_insertion insertion = {one->position, one->length, inserted ? part->gap_letters + one->letters : NULL};
        const struct vg_genome genome = {.differences = &deletion, .insertions = &insertion, .n_differences = inserted ? 0 : 1, .n_insertions = inserted ? 1 : 0};
        struct vg_protein_report report;
        acids[gap] = "";
        if (reading->proteins == NULL || one->position + (inserted ? 0 : one->length) > reading->length) {
            continue;
        }
        vg_arena_reset(&reading->scratch);
        if (!vg_proteins_report(reading->proteins, reading->room, &genome, &reading->scratch, &report)) {
            return vg_fail_memory(error, one->length);
        }
        list_acids(reading, &report, inserted ? VG_PROTEIN_INSERTION : VG_PROTEIN_DELETION);
        acids[gap] = take(reading);
    }
    return reading->arena->failed || reading->text.failed ? vg_fail_memory(error, part->n_gaps) : VG_OK;
}

vg_status leaf_changes_read(const struct vg_genome_set *set, const struct vg_genome_annotation *annotation, const struct vg_tree *tree, const struct vg_tree *part, const struct leaf_facts *facts,
                            const uint32_t *leaves, size_t n_leaves, struct vg_arena *arena, struct leaf_changes **out, const char ***gap_acids, struct vg_error *error)
{
    struct reading reading = {.facts = facts, .annotation = annotation, .arena = arena, .part = part, .length = set->reference.length};
    vg_status status = VG_OK;
    *out = VG_ARENA_ARRAY(arena, struct leaf_changes, n_leaves + 1);
    vg_arena_init(&reading.scratch, 0);
    vg_buffer_init(&reading.text, 0);
    if (annotation != NULL) {
        status = vg_proteins_new(&set->reference, annotation, arena, &reading.proteins, error);
        reading.room = status == VG_OK ? vg_proteins_room_new(reading.proteins) : NULL;
        status = status == VG_OK && reading.room == NULL ? vg_fail_memory(error, set->reference.length) : status;
    }
    status = status == VG_OK && *out == NULL ? vg_fail_memory(error, n_leaves * sizeof **out) : status;
    *gap_acids = VG_ARENA_ARRAY(arena, const char *, (size_t)part->n_gaps + 1);
    status = status == VG_OK && *gap_acids == NULL ? vg_fail_memory(error, part->n_gaps) : status;
    status = status == VG_OK ? vg_gap_index_new(part, arena, &reading.index, error) : status;
    status = status != VG_OK ? status : part->n_gap_events > 0 ? find_shared_of_tree(&reading, error) : find_shared(&reading, set, tree, leaves, n_leaves, error);
    status = status == VG_OK ? read_gaps(&reading, *gap_acids, error) : status;
    for (size_t i = 0; status == VG_OK && i < n_leaves; i++) {
        uint32_t kept = facts->kept[leaves[i]];
        struct vg_genome genome;
        if (kept != VG_TREE_NONE) {
            status = unpack(&reading, set, facts->packed[kept], &genome) ? read_leaf(&reading, &genome, &(*out)[i], error) : damaged(tree, leaves[i], error);
        }
    }
    vg_proteins_room_free(reading.room);
    vg_buffer_release(&reading.text);
    vg_arena_release(&reading.scratch);
    return status;
}
