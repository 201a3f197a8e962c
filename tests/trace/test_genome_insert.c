/*
 * Insertion and refinement: each genome's cost against a plain scan of the tree that the ones before left; bases of leaves as they were given; mutations never more than
 * before and never fewer than the least for the tree's shape (Sankoff's algorithm); real genomes.
 */
#include "genome_files.h"

/* ---------------------------------------------------------------- references */

/* The fewest mutations for the shape of the tree and the bases of its leaves, from the reference on. */
static uint32_t fewest_mutations(const struct vg_tree *tree, const uint8_t *bases)
{
    uint32_t total = 0;
    uint32_t *cost = malloc((size_t)tree->n_nodes * 4 * sizeof *cost);
    for (uint32_t site = 0; site < tree->length; site++) {
        memset(cost, 0, (size_t)tree->n_nodes * 4 * sizeof *cost);
        for (uint32_t v = tree->n_nodes; v-- > 0;) {
            uint32_t *own = cost + (size_t)v * 4, least = UINT32_MAX;
            for (unsigned base = 0; base < 4; base++) {
                own[base] = vg_tree_is_leaf(tree, v) && bases[(size_t)v * tree->length + site] != base ? 1000000 : own[base];
                least = own[base] < least ? own[base] : least;
            }
            unsigned reference = (unsigned)vg_base_of_letter(tree->reference[site]);
            for (unsigned base = 0; base < 4; base++) {
                uint32_t through = own[base] < least + 1 ? own[base] : least + 1;
                if (v > 0) {
                    cost[(size_t)tree->parent[v] * 4 + base] += through;
                } else if (base == reference) {
                    total += through;
                }
            }
        }
    }
    free(cost);
    return total;
}

/* Every leaf of `before` is in `after`, with the same bases. */
static void check_leaves_kept(const struct vg_tree *before, const uint8_t *old_bases, const struct vg_tree *after, const uint8_t *new_bases)
{
    struct vg_error error = {0};
    struct vg_tree_names *names;
    vg_assert_ok(vg_tree_names_new(after, &names, &error), error);
    for (uint32_t v = 0; v < before->n_nodes; v++) {
        if (vg_tree_is_leaf(before, v) && vg_tree_name(before, v).size > 0) {
            uint32_t there = vg_tree_names_find(names, vg_tree_name(before, v));
            assert_true(there != VG_TREE_NONE && vg_tree_is_leaf(after, there));
            assert_memory_equal(old_bases + (size_t)v * before->length, new_bases + (size_t)there * after->length, before->length);
        }
    }
    vg_tree_names_free(names);
}

static void check_genome_at(const struct vg_tree *tree, const uint8_t *bases, const uint8_t *mask, const struct vg_genome *genome, uint32_t node)
{
    const uint8_t *own = bases + (size_t)node * tree->length;
    assert_true(vg_tree_is_leaf(tree, node));
    assert_true(vg_text_equal(vg_tree_name(tree, node), genome->name));
    for (uint32_t site = 0, i = 0; site < tree->length; site++) {
        while (i < genome->n_differences && genome->differences[i].position + genome->differences[i].length <= site) {
            i++;
        }
        bool told = i < genome->n_differences && genome->differences[i].position <= site;
        unsigned set = !told ? 1u << vg_base_of_letter(tree->reference[site]) : genome->differences[i].base >= VG_BASE_ANY ? 15u : genome->differences[i].base;
        assert_true(mask[site] || (set >> own[site] & 1) != 0);
    }
}

/* -------------------------------------------------------------------- tests */

enum { GENOMES = 60 };

/* What leaves are told to lack, and what nodes lack by that. */
static struct vg_place_gaps *tell_gaps(struct vg_tree *tree, uint64_t seed, struct vg_arena *arena)
{
    struct vg_error error = {0};
    struct vg_gap_witness *known = VG_ARENA_ARRAY(arena, struct vg_gap_witness, tree->n_leaves);
    struct vg_gap_index *index = VG_ARENA_ARRAY(arena, struct vg_gap_index, 1);
    struct vg_place_gaps *gaps = VG_ARENA_ARRAY(arena, struct vg_place_gaps, 1);
    const struct vg_genome **genomes;
    size_t n = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            struct vg_genome *genome = VG_ARENA_ARRAY(arena, struct vg_genome, 1);
            *genome = small_genome(tree, seed, v % 7, arena);
            known[n++] = (struct vg_gap_witness){.node = v, .genome = genome};
        }
    }
    vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
    vg_assert_ok(vg_gap_index_new(tree, arena, index, &error), error);
    vg_assert_ok(vg_tree_gap_genomes(tree, arena, &genomes, &error), error);
    *gaps = (struct vg_place_gaps){index, genomes};
    return gaps;
}

static struct vg_tree *insert(const struct vg_tree *tree, const struct vg_genome *genomes, size_t n, const struct vg_site_range *masked, size_t n_masked,
                              const struct vg_place_gaps *gaps, struct vg_insertion *out)
{
    struct vg_error error = {0};
    struct vg_tree *grown;
    vg_assert_ok(vg_place_insert(tree, genomes, n, masked, n_masked, gaps, VG_PLACE_BEST, NULL, NULL, out, &grown, &error), error);
    return grown;
}

static void test_one_after_the_other(void **state)
{
    static struct scan expected;
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct vg_arena arena;
        struct vg_genome genomes[GENOMES];
        struct vg_insertion out[GENOMES], shorter[GENOMES];
        struct vg_site_range masked = {3, 9};
        uint8_t mask[80] = {0};
        size_t n_masked = seed % 2;
        vg_arena_init(&arena, 0);
        struct vg_tree *tree = small_tree(seed == 1 ? 1 : 30 + (uint32_t)seed * 10, 80, seed);
        memset(mask + masked.first, (int)n_masked, masked.end - masked.first);
        for (uint32_t g = 0; g < GENOMES; g++) {
            genomes[g] = small_genome(tree, seed, g / 3 * 3, &arena); /* many are alike, so that branches are split more than once */
            if (g % 3 == 1) {
                genomes[g] = small_genome(tree, seed + 1, g, &arena);
            }
            genomes[g].name = vg_text_from(vg_arena_format(&arena, "new%u", g));
        }
        const struct vg_place_gaps *gaps = seed % 3 == 2 ? tell_gaps(tree, seed, &arena) : NULL; /* they choose, and cost nothing */
        struct vg_tree *grown = insert(tree, genomes, GENOMES, &masked, n_masked, gaps, out);
        uint8_t *bases = bases_of_nodes(tree), *grown_bases = bases_of_nodes(grown);
        uint32_t sum = tree->n_mutations;
        check_leaves_kept(tree, bases, grown, grown_bases);
        for (uint32_t g = 0; g < GENOMES; g++) { /* what the first g leave is what the (g + 1)th finds */
            struct vg_tree *before = insert(tree, genomes, g, &masked, n_masked, gaps, shorter);
            uint8_t *before_bases = bases_of_nodes(before);
            scan_tree(before, before_bases, mask, &genomes[g], &expected);
            assert_int_equal(out[g].score, expected.score);
            sum += out[g].score;
            check_genome_at(grown, grown_bases, mask, &genomes[g], out[g].node);
            vg_tree_free(before);
            free(before_bases);
        }
        assert_int_equal(grown->n_mutations, sum);
        assert_int_equal(grown->n_leaves, tree->n_leaves + GENOMES);
        assert_int_equal(grown->n_repaired, 0);
        vg_tree_free(grown);
        vg_tree_free(tree);
        free(bases);
        free(grown_bases);
        vg_arena_release(&arena);
    }
}

/* Of two branches that cost the same the one where the tree lacks what the genome lacks, though fewer leaves are below it. */
static void test_gaps_choose(void **state)
{
    static const char text[] =
        "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":["
        "{\"name\":\"many\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A1G\"]}},\"children\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]},"
        "{\"name\":\"few\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"C2T\",\"A9-\",\"C10-\",\"G11-\"]}},\"children\":[{\"name\":\"d\"},{\"name\":\"e\"}]}]},"
        "\"root_sequence\":{\"nuc\":\"ACGTACGTACGTTTTT\"}}";
    static const struct vg_genome_difference lacks[] = {{0, 1, VG_BASE_G}, {1, 1, VG_BASE_T}, {8, 3, VG_BASE_DELETED}}, unread[] = {{0, 1, VG_BASE_G}, {1, 1, VG_BASE_T}, {7, 1, VG_BASE_ANY}, {8, 3, VG_BASE_DELETED}};
    const struct vg_genome genomes[3] = {{vg_text_from("x"), lacks, NULL, 3, 0}, {vg_text_from("y"), lacks, NULL, 2, 0}, {vg_text_from("z"), unread, NULL, 4, 0}};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_text at = vg_text_from(text);
    struct vg_tree_source source = vg_tree_source_of(&at, "text");
    struct vg_tree *tree;
    struct vg_gap_index index;
    const struct vg_genome **nodes;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_tree_read(VG_TREE_AUSPICE, &source, &tree, &error), error);
    vg_assert_ok(vg_gap_index_new(tree, &arena, &index, &error), error);
    vg_assert_ok(vg_tree_gap_genomes(tree, &arena, &nodes, &error), error);
    const struct vg_place_gaps gaps = {&index, nodes};
    for (size_t g = 0; g < 3; g++) { /* each by itself; of a deletion beside what was not read nobody knows where it ends */
        for (int k = 0; k < 2; k++) {
            struct vg_insertion out;
            struct vg_tree *grown = insert(tree, &genomes[g], 1, NULL, 0, k == 1 ? &gaps : NULL, &out);
            bool few = g == 0 && k == 1;
            assert_int_equal(out.score, 1);
            assert_int_equal(out.n_ties, 2);
            assert_true(vg_text_equals(vg_tree_name(grown, grown->parent[out.node]), few ? "few" : "many"));
            vg_tree_free(grown);
        }
    }
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

/* Clades go down to what is added, and never finer than the branch's part above the new branching point. */
static void test_clades(void **state)
{
    struct vg_error error = {0};
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_genome_reference reference = {vg_text_from("r"), "AAAAAAAAAA", 10};
    struct vg_tree *tree;
    (void)state;
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root"));
    uint32_t column = vg_tree_builder_column(builder, vg_text_from("lineage"), true, false);
    vg_tree_builder_word(builder, column, vg_text_from("B"));
    (void)vg_tree_builder_node(builder, root, vg_text_from("B.1"));
    vg_tree_builder_word(builder, column, vg_text_from("B.1"));
    for (uint32_t site = 0; site < 4; site++) {
        vg_tree_builder_mutation(builder, site, 0, 1);
    }
    (void)vg_tree_builder_node(builder, root, vg_text_from("B leaf"));
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &tree, &error), error);
    struct vg_genome_difference whole[4] = {{0, 1, 2}, {1, 1, 2}, {2, 1, 2}, {3, 1, 2}}, half[2] = {{0, 1, 2}, {1, 1, 2}};
    struct vg_genome genomes[2] = {{.name = vg_text_from("all four"), .differences = whole, .n_differences = 4}, {.name = vg_text_from("two"), .differences = half, .n_differences = 2}};
    struct vg_insertion out[2];
    struct vg_tree *grown = insert(tree, genomes, 2, NULL, 0, NULL, out);
    const struct vg_tree_column *lineage = vg_tree_column(grown, "lineage");
    assert_non_null(lineage);
    assert_true(vg_text_equals(lineage->values[lineage->codes[out[0].node]], "B.1"));
    assert_true(vg_text_equals(lineage->values[lineage->codes[out[1].node]], "B"));
    assert_int_equal(out[0].score + out[1].score, 0);
    vg_tree_free(grown);
    vg_tree_free(tree);
}

static void test_refinement(void **state)
{
    uint32_t saved = 0, saved_of_three = 0;
    (void)state;
    struct vg_pool *pool = vg_pool_new(2);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct vg_error error = {0};
        struct vg_refine_options options;
        struct vg_refine_report report, again_report;
        struct vg_tree *tree = small_tree(30 + (uint32_t)seed * 12, 80, seed), *refined, *again, *tightest;
        const uint32_t given[3] = {tree->n_nodes - 1, tree->n_nodes / 2, 5};
        uint32_t movable[3] = {given[0], given[1], given[2]};
        vg_refine_defaults(&options);
        options.all = true;
        vg_assert_ok(vg_place_refine(tree, &options, NULL, 0, NULL, NULL, &refined, &report, &error), error);
        uint8_t *bases = bases_of_nodes(tree), *refined_bases = bases_of_nodes(refined);
        check_leaves_kept(tree, bases, refined, refined_bases);
        assert_int_equal(report.before, tree->n_mutations);
        assert_int_equal(report.after, refined->n_mutations);
        assert_true(report.after <= report.before);
        uint32_t fewest = fewest_mutations(refined, refined_bases);
        assert_true(fewest <= refined->n_mutations && refined->n_mutations <= fewest + 4); /* nearly all that bases of inner nodes can give */
        assert_int_equal(refined->n_leaves, tree->n_leaves);
        assert_int_equal(refined->n_repaired, 0);
        saved += report.before - report.after;
        vg_assert_ok(vg_place_refine(tree, &options, NULL, 0, pool, NULL, &again, &again_report, &error), error);
        assert_int_equal(again->n_nodes, refined->n_nodes);
        assert_memory_equal(again->parent, refined->parent, refined->n_nodes * sizeof(uint32_t));
        assert_memory_equal(again->mutations, refined->mutations, refined->n_mutations * sizeof(uint32_t));
        options.all = false;
        vg_assert_ok(vg_place_refine(tree, &options, movable, 3, NULL, NULL, &tightest, &report, &error), error);
        assert_true(report.after <= report.before && report.after == tightest->n_mutations);
        saved_of_three += report.before - report.after;
        uint8_t *tightest_bases = bases_of_nodes(tightest);
        check_leaves_kept(tree, bases, tightest, tightest_bases);
        for (size_t i = 0; i < 3; i++) {
            assert_true(!vg_tree_is_leaf(tree, given[i]) || vg_text_equal(vg_tree_name(tightest, movable[i]), vg_tree_name(tree, given[i])));
        }
        free(tightest_bases);
        vg_tree_free(tightest);
        vg_tree_free(again);
        vg_tree_free(refined);
        vg_tree_free(tree);
        free(bases);
        free(refined_bases);
    }
    assert_true(saved >= 200 && saved_of_three >= 6); /* random trees are poor */
    vg_pool_free(pool);
}

/* Half of the 8,284 genomes of B.1.429 in the order of their file. */
static void test_real_genomes(void **state)
{
    static struct vg_genome genomes[8192];
    static struct vg_insertion out[8192];
    static uint32_t movable[8192];
    char path[4096];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_refine_options options;
    struct vg_refine_report report;
    struct vg_tree *refined;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    struct vg_tree *tree = genome_tree(path, VG_TREE_AUSPICE);
    vg_shared_or_skip("genomes/sars-cov-2/maple/B.1.429.maple.gz", path);
    size_t n = genome_set(tree, path, &arena, genomes, 8192);
    assert_int_equal(n, 4108);
    struct vg_tree *grown = insert(tree, genomes, n, NULL, 0, NULL, out);
    uint64_t sum = 0;
    for (size_t g = 0; g < n; g++) {
        sum += out[g].score;
        movable[g] = out[g].node;
        assert_true(vg_text_equal(vg_tree_name(grown, out[g].node), genomes[g].name));
    }
    assert_int_equal(grown->n_mutations, 18443 + sum);
    assert_int_equal(grown->n_leaves, tree->n_leaves + n);
    assert_true(sum <= 7825);
    vg_refine_defaults(&options);
    vg_assert_ok(vg_place_refine(grown, &options, movable, n, NULL, NULL, &refined, &report, &error), error);
    assert_true(refined->n_mutations <= grown->n_mutations - 9);
    for (size_t g = 0; g < n; g++) {
        assert_true(vg_text_equal(vg_tree_name(refined, movable[g]), genomes[g].name));
    }
    vg_tree_free(refined);
    vg_tree_free(grown);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_gaps_choose), cmocka_unit_test(test_clades),
        cmocka_unit_test(test_refinement),
        cmocka_unit_test(test_real_genomes),
    };
    return vg_run_group_tests("insert", tests, NULL, NULL);
}
