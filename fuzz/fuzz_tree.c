/*
 * libFuzzer target: any bytes as a tree in each of its forms, as alleles for a small tree and as genomes in MAPLE's form. What is taken must keep its bounds, and what is written
 * of it must read back with the same nodes and mutations, and, where the form has room for them, deletions and insertions.
 */
#include "trace/genome/place/place.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vg_tree *read_form(enum vg_tree_form form, struct vg_text bytes)
{
    struct vg_error error = {0};
    struct vg_tree_source source = vg_tree_source_of(&bytes, "input");
    struct vg_tree *tree;
    vg_status status = form == VG_TREE_OWN ? vg_tree_map(bytes, "input", &tree, &error) : vg_tree_read(form, &source, &tree, &error);
    VG_ASSERT(status == VG_OK ? tree != NULL : tree == NULL && error.message[0] != '\0');
    return tree;
}

static void check_tree(const struct vg_tree *tree)
{
    struct vg_error error = {0};
    struct vg_genome reference = {.name = vg_text_from("reference")};
    struct vg_place_index *index;
    struct vg_placement placement;
    VG_ASSERT(tree->n_nodes > 0 && tree->parent[0] == VG_TREE_NONE && tree->end[0] == tree->n_nodes && tree->mutation_start[tree->n_nodes] == tree->n_mutations);
    for (uint32_t v = 1; v < tree->n_nodes; v++) {
        VG_ASSERT(tree->parent[v] < v && tree->end[v] > v && tree->end[v] <= tree->end[tree->parent[v]]);
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            VG_ASSERT(vg_mutation_site(tree->mutations[m]) < tree->length);
        }
    }
    for (uint32_t i = 0; i < tree->n_gap_events; i++) {
        VG_ASSERT(tree->gap_events[i].node < tree->n_nodes && vg_gap_of(&tree->gap_events[i]) < tree->n_gaps);
    }
    if (tree->n_nodes < 5000 && vg_place_index_new(tree, NULL, 0, &index, &error) == VG_OK) {
        VG_ASSERT(vg_place(index, &reference, 1, VG_PLACE_BEST, NULL, NULL, &placement, NULL, &error) == VG_OK && placement.score == 0);
        vg_place_index_free(index);
    }
}

/* Genes over whatever sites there are, on both strands and across a slip; a name that JSON's keys may not have. False: they do not fit, or no memory. */
static bool read_proteins(const struct vg_tree *tree, struct vg_arena *arena, struct vg_tree_acids *acids)
{
    struct vg_error error = {0};
    uint32_t third = tree->length / 3;
    struct vg_genome_range *ranges = VG_ARENA_ARRAY(arena, struct vg_genome_range, 3);
    struct vg_coding_sequence *coding = VG_ARENA_ARRAY(arena, struct vg_coding_sequence, 2);
    struct vg_genome_annotation *annotation = VG_ARENA_ARRAY(arena, struct vg_genome_annotation, 1);
    if (arena->failed || third < 2) {
        return false;
    }
    ranges[0] = (struct vg_genome_range){0, 2 * third};
    ranges[1] = (struct vg_genome_range){2 * third - 1, tree->length};
    ranges[2] = (struct vg_genome_range){1, tree->length};
    coding[0] = (struct vg_coding_sequence){.name = vg_text_from("n\"uc"), .ranges = ranges, .n_ranges = 2, .length = tree->length + 1};
    coding[1] = (struct vg_coding_sequence){.name = vg_text_from("nuc"), .ranges = ranges + 2, .n_ranges = 1, .length = tree->length - 2, .phase = 1, .reverse = true};
    *annotation = (struct vg_genome_annotation){coding, 2};
    return vg_tree_acids_new(tree, annotation, arena, acids, &error) == VG_OK;
}

/* What its columns tell of leaves, and what its events tell of them, found again. */
static void check_found(struct vg_tree *tree)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    const struct vg_genome **genomes;
    vg_arena_init(&arena, (size_t)1 << 28);
    if (vg_tree_find_gaps_of_columns(tree, &error) == VG_OK && tree->n_nodes < 5000 && vg_tree_gap_genomes(tree, &arena, &genomes, &error) == VG_OK) {
        struct vg_gap_witness *known = VG_ARENA_ARRAY(&arena, struct vg_gap_witness, tree->n_nodes);
        for (uint32_t v = 0; known != NULL && v < tree->n_nodes; v++) {
            known[v] = (struct vg_gap_witness){.node = v, .genome = genomes[v], .as_told = true};
        }
        uint32_t n_events = tree->n_gap_events;
        VG_ASSERT(known == NULL || (vg_tree_find_gaps(tree, known, tree->n_nodes, NULL, &error) == VG_OK && tree->n_gap_events == n_events));
    }
    vg_arena_release(&arena);
}

static void check_again(const struct vg_tree *tree)
{
    struct vg_tree_acids acids;
    struct vg_arena arena;
    vg_arena_init(&arena, (size_t)1 << 28);
    const struct vg_tree_write_options options = {.updated = VG_DATE_NONE, .acids = tree->n_nodes < 5000 && read_proteins(tree, &arena, &acids) ? &acids : NULL};
    for (enum vg_tree_form form = 0; form < VG_TREE_FORM_COUNT; form++) {
        struct vg_buffer out;
        struct vg_error error = {0};
        struct vg_tree *again;
        vg_buffer_init(&out, 0);
        struct vg_tree_sink sink = vg_tree_sink_of(&out);
        VG_ASSERT(vg_tree_write(tree, form, &options, &sink, &error) == VG_OK);
        again = read_form(form, vg_text_of(out.data, out.size));
        VG_ASSERT(again != NULL && again->n_nodes == tree->n_nodes);
        VG_ASSERT(form == VG_TREE_NEWICK || again->n_mutations == tree->n_mutations);
        VG_ASSERT((form != VG_TREE_AUSPICE && form != VG_TREE_OWN) || (again->n_gaps == tree->n_gaps && again->n_gap_events == tree->n_gap_events));
        for (uint32_t i = 0; i < again->n_gap_events; i++) {
            VG_ASSERT(again->gap_events[i].node == tree->gap_events[i].node && again->gap_events[i].change == tree->gap_events[i].change);
        }
        vg_tree_free(again);
        vg_buffer_release(&out);
    }
    vg_arena_release(&arena);
}

static void check_genomes(struct vg_text bytes)
{
    struct vg_error error = {0};
    struct vg_tree_source source = vg_tree_source_of(&bytes, "input");
    struct vg_genome_reference reference;
    struct vg_maple_reader *reader;
    struct vg_genome genome;
    struct vg_arena arena;
    bool more = true;
    vg_arena_init(&arena, (size_t)1 << 28);
    if (vg_maple_open(&source, &reader, &reference, &error) == VG_OK) {
        while (more && vg_maple_next(reader, &arena, &genome, &more, &error) == VG_OK) {
            for (uint32_t i = 1; more && i < genome.n_differences; i++) {
                VG_ASSERT(genome.differences[i].position >= genome.differences[i - 1].position + genome.differences[i - 1].length);
            }
        }
        vg_maple_close(reader);
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_error error = {0};
    struct vg_tree *shape = read_form(VG_TREE_NEWICK, vg_text_from("((a,b)c,d)e;")), *tree;
    struct vg_text bytes = vg_text_of((const char *)data, size);
    struct vg_tree_source source = vg_tree_source_of(&bytes, "input");
    enum vg_tree_form guessed;
    uint8_t *aligned = malloc(size + 64);
    if (vg_tree_add_alleles(shape, &source, &tree, &error) == VG_OK) {
        check_tree(tree);
        vg_tree_free(tree);
    }
    vg_tree_free(shape);
    check_genomes(vg_text_of((const char *)data, size));
    (void)vg_tree_form_of((const char *)data, size, &guessed);
    for (enum vg_tree_form form = 0; form < VG_TREE_FORM_COUNT && aligned != NULL; form++) {
        uint8_t *at = aligned + (64 - (uintptr_t)aligned % 64) % 64;
        memcpy(at, data, size);
        tree = read_form(form, vg_text_of((const char *)at, size));
        if (tree != NULL) {
            check_tree(tree);
            check_again(tree);
            check_found(tree);
            check_again(tree);
            vg_tree_free(tree);
        }
    }
    free(aligned);
    return 0;
}
