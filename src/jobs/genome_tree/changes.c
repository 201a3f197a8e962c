/*
 * What each genome of the node differs in that is no substitution on a branch: deletions and insertions, and, where the coding sequences are known, its amino acids.
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
    size_t n;                /* genomes in which all of it is deleted, and nothing beside it */
};

struct reading {
    const struct leaf_facts *facts;
    const struct vg_genome_annotation *annotation;
    struct vg_proteins *proteins;       /* NULL: no coding sequences */
    struct vg_proteins_room *room;
    struct site_run *shared;            /* [n_shared] deletions of two genomes and more, in order */
    size_t n_shared;
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

static void list_deletions(struct reading *reading, const struct vg_genome *genome, struct leaf_changes *changes)
{
    vg_genome_put_deletions(genome, &reading->text);
    changes->deletions = take(reading);
    for (size_t i = 0; i < reading->n_shared; i++) {
        if (is_unread(genome, &reading->shared[i])) {
            part(reading);
            vg_genome_put_sites(reading->shared[i].begin, reading->shared[i].end - reading->shared[i].begin, &reading->text);
        }
    }
    changes->unread = take(reading);
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        part(reading);
        vg_buffer_format(&reading->text, "%u:%.*s", genome->insertions[i].position, (int)genome->insertions[i].length, genome->insertions[i].letters);
    }
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

vg_status leaf_changes_read(const struct vg_genome_set *set, const struct vg_genome_annotation *annotation, const struct vg_tree *tree, const struct leaf_facts *facts,
                            const uint32_t *leaves, size_t n_leaves, struct vg_arena *arena, struct leaf_changes **out, struct vg_error *error)
{
    struct reading reading = {.facts = facts, .annotation = annotation, .arena = arena};
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
    status = status == VG_OK ? find_shared(&reading, set, tree, leaves, n_leaves, error) : status;
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
