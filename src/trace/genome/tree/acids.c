/*
 * Amino acids that change on the branches of a tree. One sequence goes along on the walk: a branch's mutations are written into it and taken back on the way up, so each
 * codon that a branch touches is translated with what is above it.
 */
#include "trace/genome/tree/internal.h"

#include "trace/genome/proteins/proteins.h"

#include <stdlib.h>
#include <string.h>

struct reading_place { /* a site in a coding sequence */
    uint32_t coding, offset;
};

struct codon {
    uint32_t coding, number;
    char before;
};

struct walk {
    const struct vg_tree *tree;
    const struct vg_genome_annotation *annotation;
    uint32_t *first;               /* [length + 1] of a site's places */
    struct reading_place *places;
    uint32_t **sites;              /* [coding][offset] */
    uint8_t *bases;                /* [length] sets, at the node that the walk is at */
    struct codon *codons;          /* [room] of the newest branch */
    struct vg_acid_change *changes;
    size_t n_changes, capacity;
    struct vg_arena *arena;
    struct vg_error *error;
};

static uint32_t whole_codons(const struct vg_coding_sequence *coding) { return coding->length / 3 * 3; }

/* The sites of a coding sequence in the order of translation, behind its phase. */
static bool list_sites(struct walk *walk, uint32_t c)
{
    const struct vg_coding_sequence *coding = &walk->annotation->coding[c];
    uint32_t n = 0, *sites = VG_ARENA_ARRAY(walk->arena, uint32_t, (size_t)coding->length + coding->phase + 1);
    if (sites == NULL) {
        return false;
    }
    for (uint32_t k = 0; k < coding->n_ranges; k++) {
        const struct vg_genome_range *range = &coding->ranges[k];
        for (uint32_t i = 0; i < range->end - range->begin; i++) {
            sites[n++] = coding->reverse ? range->end - 1 - i : range->begin + i;
        }
    }
    walk->sites[c] = sites + coding->phase;
    return true;
}

static vg_status check(const struct walk *walk)
{
    for (uint32_t c = 0; c < walk->annotation->n_coding; c++) {
        const struct vg_coding_sequence *coding = &walk->annotation->coding[c];
        uint64_t sum = 0;
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            if (coding->ranges[k].begin >= coding->ranges[k].end || coding->ranges[k].end > walk->tree->length) {
                return vg_fail(walk->error, VG_DATA_ERROR, "the coding sequence %.*s lies beyond the tree's %u sites: the annotation is of another reference", (int)coding->name.size,
                               coding->name.data, walk->tree->length);
            }
            sum += coding->ranges[k].end - coding->ranges[k].begin;
        }
        if (sum != (uint64_t)coding->length + coding->phase || c > UINT16_MAX) {
            return vg_fail(walk->error, VG_DATA_ERROR, "the coding sequence %.*s is not as long as its ranges, or one too many", (int)coding->name.size, coding->name.data);
        }
    }
    return VG_OK;
}

/* Of each site where it is read: counted, then put down. */
static bool index_sites(struct walk *walk)
{
    uint32_t n_sites = walk->tree->length, n_coding = walk->annotation->n_coding;
    walk->first = VG_ARENA_ARRAY(walk->arena, uint32_t, (size_t)n_sites + 2);
    walk->sites = VG_ARENA_ARRAY(walk->arena, uint32_t *, (size_t)n_coding + 1);
    walk->bases = VG_ARENA_ARRAY(walk->arena, uint8_t, (size_t)n_sites + 1);
    if (walk->arena->failed) {
        return false;
    }
    for (uint32_t c = 0; c < n_coding; c++) {
        if (!list_sites(walk, c)) {
            return false;
        }
        for (uint32_t i = 0; i < whole_codons(&walk->annotation->coding[c]); i++) {
            walk->first[walk->sites[c][i] + 2]++;
        }
    }
    for (uint32_t p = 0; p < n_sites; p++) {
        walk->bases[p] = vg_base_set_of_letter(walk->tree->reference[p]);
        walk->first[p + 2] += walk->first[p + 1];
    }
    walk->places = VG_ARENA_ARRAY(walk->arena, struct reading_place, (size_t)walk->first[n_sites + 1] + 1);
    for (uint32_t c = 0; walk->places != NULL && c < n_coding; c++) {
        for (uint32_t i = 0; i < whole_codons(&walk->annotation->coding[c]); i++) {
            walk->places[walk->first[walk->sites[c][i] + 1]++] = (struct reading_place){c, i};
        }
    }
    return walk->places != NULL;
}

static char translate(const struct walk *walk, uint32_t coding, uint32_t number)
{
    const uint32_t *at = walk->sites[coding] + 3 * (size_t)number;
    const uint8_t bases[3] = {walk->bases[at[0]], walk->bases[at[1]], walk->bases[at[2]]};
    uint8_t read[3];
    for (int i = 0; i < 3; i++) {
        read[i] = walk->annotation->coding[coding].reverse ? vg_base_complement(bases[i]) : bases[i];
    }
    return vg_translate(read);
}

static int by_codon(const void *a, const void *b)
{
    const struct codon *x = a, *y = b;
    return x->coding != y->coding ? (x->coding < y->coding ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

/* The codons that the branch touches, each once, as they are above it. */
static size_t touched(struct walk *walk, uint32_t v)
{
    const struct vg_tree *tree = walk->tree;
    size_t n = 0, kept = 0;
    for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
        uint32_t site = vg_mutation_site(tree->mutations[m]);
        for (uint32_t i = walk->first[site]; i < walk->first[site + 1]; i++) {
            walk->codons[n++] = (struct codon){.coding = walk->places[i].coding, .number = walk->places[i].offset / 3};
        }
    }
    if (n > 1) {
        qsort(walk->codons, n, sizeof *walk->codons, by_codon);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || by_codon(&walk->codons[kept - 1], &walk->codons[i]) != 0) {
            walk->codons[kept] = walk->codons[i];
            walk->codons[kept].before = translate(walk, walk->codons[kept].coding, walk->codons[kept].number);
            kept++;
        }
    }
    return kept;
}

/* The walk is at the reference still. */
static struct vg_text *translate_reference(const struct walk *walk)
{
    struct vg_text *proteins = VG_ARENA_ARRAY(walk->arena, struct vg_text, (size_t)walk->annotation->n_coding + 1);
    for (uint32_t c = 0; proteins != NULL && c < walk->annotation->n_coding; c++) {
        uint32_t n = walk->annotation->coding[c].length / 3;
        char *letters = vg_arena_alloc(walk->arena, (size_t)n + 1, 1);
        for (uint32_t i = 0; letters != NULL && i < n; i++) {
            letters[i] = translate(walk, c, i);
        }
        proteins[c] = vg_text_of(letters, letters == NULL ? 0 : n);
    }
    return walk->arena->failed ? NULL : proteins;
}

static void write_bases(struct walk *walk, uint32_t v, bool back)
{
    for (uint32_t m = walk->tree->mutation_start[v]; m < walk->tree->mutation_start[v + 1]; m++) {
        uint32_t one = walk->tree->mutations[m];
        walk->bases[vg_mutation_site(one)] = (uint8_t)(1u << (back ? vg_mutation_from(one) : vg_mutation_to(one)));
    }
}

static bool take_branch(struct walk *walk, uint32_t v)
{
    size_t n = touched(walk, v);
    write_bases(walk, v, false);
    for (size_t i = 0; i < n; i++) {
        const struct codon *codon = &walk->codons[i];
        char after = translate(walk, codon->coding, codon->number);
        if (after == codon->before || after == 'X' || codon->before == 'X') {
            continue;
        }
        struct vg_acid_change *changes = vg_arena_room(walk->arena, walk->changes, walk->n_changes, &walk->capacity, sizeof *changes);
        if (changes == NULL) {
            return false;
        }
        walk->changes = changes;
        changes[walk->n_changes++] = (struct vg_acid_change){codon->number, (uint16_t)codon->coding, codon->before, after};
    }
    return true;
}

/* Codons that any branch may touch at once. */
static size_t most_touched(const struct walk *walk)
{
    size_t most = 0;
    for (uint32_t v = 0; v < walk->tree->n_nodes; v++) {
        size_t n = 0;
        for (uint32_t m = walk->tree->mutation_start[v]; m < walk->tree->mutation_start[v + 1]; m++) {
            uint32_t site = vg_mutation_site(walk->tree->mutations[m]);
            n += walk->first[site + 1] - walk->first[site];
        }
        most = n > most ? n : most;
    }
    return most;
}

vg_status vg_tree_acids_new(const struct vg_tree *tree, const struct vg_genome_annotation *annotation, struct vg_arena *arena, struct vg_tree_acids *acids,
                            struct vg_error *error)
{
    struct walk walk = {.tree = tree, .annotation = annotation, .arena = arena, .error = error};
    uint32_t *start = VG_ARENA_ARRAY(arena, uint32_t, (size_t)tree->n_nodes + 1), open = VG_TREE_NONE;
    vg_status status = check(&walk);
    if (status != VG_OK) {
        return status;
    }
    bool fine = start != NULL && index_sites(&walk) && (walk.codons = VG_ARENA_ARRAY(arena, struct codon, most_touched(&walk) + 1)) != NULL;
    const struct vg_text *reference = fine ? translate_reference(&walk) : NULL;
    fine = reference != NULL;
    for (uint32_t v = 0; fine && v < tree->n_nodes; v++) {
        for (; open != tree->parent[v]; open = tree->parent[open]) { /* back to what leads to v */
            write_bases(&walk, open, true);
        }
        start[v] = (uint32_t)walk.n_changes;
        fine = take_branch(&walk, v);
        open = v;
    }
    if (!fine) {
        return vg_fail_memory(error, (size_t)tree->n_nodes * sizeof *start);
    }
    start[tree->n_nodes] = (uint32_t)walk.n_changes;
    *acids = (struct vg_tree_acids){annotation, reference, start, walk.changes};
    return VG_OK;
}

void vg_acid_change_put(const struct vg_genome_annotation *annotation, const struct vg_acid_change *change, struct vg_buffer *out)
{
    vg_coding_put_name(&annotation->coding[change->coding], out);
    vg_buffer_format(out, ":%c%u%c", change->from, change->codon + 1, change->to);
}
