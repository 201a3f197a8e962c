/*
 * Placement: every score and every tie against a plain scan of all branches with the bases of every node written out; real genomes against the given table; invented trees.
 */
#include "genome_files.h"

/* ---------------------------------------------------------------- against a scan */

static void check_placement(const struct vg_placement *found, const struct scan *expected)
{
    assert_int_equal(found->score, expected->score);
    assert_int_equal(found->n_ties, expected->n_ties);
    assert_int_equal(found->n_listed, expected->n_ties < VG_PLACE_TIES_MAX ? expected->n_ties : VG_PLACE_TIES_MAX);
    for (uint32_t i = 0; i < found->n_listed; i++) {
        assert_int_equal(found->ties[i], expected->ties[i]);
    }
    assert_int_equal(found->node, expected->node);
    assert_int_equal(found->splits, expected->splits);
    assert_int_equal(found->certain, expected->certain);
}

/* The mutations of its own are as many as the score, and lead from what the attachment has. */
static void check_private(const struct vg_place_index *index, const struct vg_tree *tree, const uint8_t *bases, const struct vg_genome *genome, const struct vg_placement *found)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    uint32_t *own;
    size_t n;
    vg_arena_init(&arena, 0);
    for (uint32_t i = 0; i < found->n_listed; i++) {
        vg_assert_ok(vg_place_private(index, genome, found->ties[i], &arena, &own, &n, &error), error);
        assert_int_equal(n, found->score);
        for (size_t m = 0; m < n; m++) {
            uint32_t site = vg_mutation_site(own[m]);
            const uint8_t *above = found->ties[i] == 0 ? NULL : bases + (size_t)tree->parent[found->ties[i]] * tree->length;
            bool parents = vg_mutation_from(own[m]) == (above == NULL ? (unsigned)vg_base_of_letter(tree->reference[site]) : above[site]);
            assert_true(parents || vg_mutation_from(own[m]) == bases[(size_t)found->ties[i] * tree->length + site]);
        }
    }
    vg_arena_release(&arena);
}

static void test_against_scan(void **state)
{
    enum { GENOMES = 300 };
    static struct vg_placement found[GENOMES], again[GENOMES];
    static struct scan expected;
    (void)state;
    struct vg_pool *pool = vg_pool_new(2);
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_place_index *index;
        struct vg_site_range masked[2] = {{3, 9}, {60, 61}};
        struct vg_genome genomes[GENOMES];
        uint8_t mask[400] = {0};
        vg_arena_init(&arena, 0);
        struct vg_tree *tree = small_tree(seed < 4 ? (uint32_t)seed : 20 + (uint32_t)seed * 17, seed % 3 == 0 ? 350 : 80, seed);
        uint8_t *bases = bases_of_nodes(tree);
        size_t n_masked = seed % 2 == 0 ? 2 : 0;
        for (size_t r = 0; r < n_masked; r++) {
            memset(mask + masked[r].first, 1, masked[r].end - masked[r].first);
        }
        vg_assert_ok(vg_place_index_new(tree, masked, n_masked, &index, &error), error);
        for (uint32_t g = 0; g < GENOMES; g++) {
            genomes[g] = small_genome(tree, seed, g, &arena);
        }
        vg_assert_ok(vg_place(index, genomes, GENOMES, VG_PLACE_PORTABLE, NULL, NULL, found, NULL, &error), error);
        for (uint32_t g = 0; g < GENOMES; g++) {
            scan_tree(tree, bases, mask, &genomes[g], &expected);
            check_placement(&found[g], &expected);
            check_private(index, tree, bases, &genomes[g], &found[g]);
        }
        vg_assert_ok(vg_place(index, genomes, GENOMES, VG_PLACE_BEST, pool, NULL, again, NULL, &error), error);
        for (uint32_t g = 0; g < GENOMES; g++) {
            assert_memory_equal(&again[g], &found[g], offsetof(struct vg_placement, ties));
            assert_memory_equal(again[g].ties, found[g].ties, found[g].n_listed * sizeof(uint32_t));
        }
        vg_place_index_free(index);
        vg_tree_free(tree);
        free(bases);
        vg_arena_release(&arena);
    }
    vg_pool_free(pool);
}

static void test_reference_and_nothing(void **state)
{
    struct vg_error error = {0};
    struct vg_place_index *index;
    struct vg_placement found[2];
    struct vg_genome_difference all = {0, 80, VG_BASE_ANY};
    struct vg_genome genomes[2] = {{.name = vg_text_from("reference")}, {.name = vg_text_from("nothing"), .differences = &all, .n_differences = 1}};
    (void)state;
    struct vg_tree *tree = small_tree(200, 80, 5);
    vg_assert_ok(vg_place_index_new(tree, NULL, 0, &index, &error), error);
    vg_assert_ok(vg_place(index, genomes, 2, VG_PLACE_BEST, NULL, NULL, found, NULL, &error), error);
    assert_int_equal(found[0].score, 0);
    assert_int_equal(found[1].score, 0);
    assert_int_equal(found[1].n_ties, 1);
    assert_int_equal(found[1].node, 0);
    vg_assert_ok(vg_place(index, genomes, 0, VG_PLACE_BEST, NULL, NULL, found, NULL, &error), error);
    struct vg_genome_difference twice[2] = {{5, 3, VG_BASE_ANY}, {6, 1, VG_BASE_A}};
    genomes[0].differences = twice;
    genomes[0].n_differences = 2;
    assert_int_equal(vg_place(index, genomes, 1, VG_PLACE_BEST, NULL, NULL, found, NULL, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "overlap"));
    vg_place_index_free(index);
    vg_tree_free(tree);
}

/* ----------------------------------------------------------------- real ones */

static const char *const sets[] = {"AY.4.2.2", "B.1.429", "BA.1.17.2"};

/* score and ties of a name in the table; false: it is not there. */
static bool look_up(const char *table, struct vg_text name, unsigned *score, unsigned *ties)
{
    char key[80];
    (void)snprintf(key, sizeof key, "\n%.*s\t", (int)name.size, name.data);
    const char *line = strstr(table, key);
    return line != NULL && sscanf(line + strlen(key), "%*s %u %u", score, ties) == 2;
}

static void test_real_genomes(void **state)
{
    static struct vg_genome genomes[8192];
    static struct vg_placement found[8192];
    char path[4096], relative[128];
    struct vg_error error = {0};
    struct vg_place_index *index;
    size_t size, n_all = 0;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    struct vg_tree *tree = genome_tree(path, VG_TREE_AUSPICE);
    assert_int_equal(tree->n_mutations, 18443);
    vg_shared_or_skip("genomes/sars-cov-2/maple/placement.tsv.gz", path);
    char *table = genome_file(path, &size);
    vg_assert_ok(vg_place_index_new(tree, NULL, 0, &index, &error), error);
    for (size_t s = 0; s < 3; s++) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        (void)snprintf(relative, sizeof relative, "genomes/sars-cov-2/maple/%s.maple.gz", sets[s]);
        vg_shared_or_skip(relative, path);
        size_t n = genome_set(tree, path, &arena, genomes, 8192);
        vg_assert_ok(vg_place(index, genomes, n, VG_PLACE_BEST, NULL, NULL, found, NULL, &error), error);
        for (size_t g = 0; g < n; g += 1 + (VG_TEST_SANITIZED ? 16 : 0)) {
            unsigned score, ties;
            assert_true(look_up(table, genomes[g].name, &score, &ties));
            assert_int_equal(found[g].score, score);
            assert_int_equal(found[g].n_ties, ties);
        }
        n_all += n;
        vg_arena_release(&arena);
    }
    assert_int_equal(n_all, 16067);
    vg_place_index_free(index);
    vg_tree_free(tree);
    free(table);
}

/* Larger than its skeleton, so that batches go through neighbourhoods first. */
static void test_invented_tree(void **state)
{
    enum { GENOMES = 700 };
    static struct vg_genome genomes[GENOMES];
    static struct vg_placement found[GENOMES], again[GENOMES];
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_tree *tree;
    struct vg_place_index *index;
    struct vg_place_work work;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_tree_invent(60000, 5000, 3, &tree, &error), error);
    assert_int_equal(tree->n_leaves, 60000);
    vg_assert_ok(vg_place_index_new(tree, NULL, 0, &index, &error), error);
    for (uint32_t g = 0; g < GENOMES; g++) {
        vg_assert_ok(vg_tree_invent_sample(tree, 1, g, &arena, &genomes[g], &error), error);
    }
    vg_assert_ok(vg_place(index, genomes, GENOMES, VG_PLACE_BEST, NULL, NULL, found, &work, &error), error);
    vg_assert_ok(vg_place(index, genomes, GENOMES, VG_PLACE_PORTABLE, NULL, NULL, again, NULL, &error), error);
    uint64_t sum = 0;
    for (uint32_t g = 0; g < GENOMES; g++) {
        assert_memory_equal(&again[g], &found[g], offsetof(struct vg_placement, ties));
        assert_true(found[g].score <= 4); /* three of its own, and what an ambiguity code leaves open */
        sum += found[g].score;
        if (g % 70 == 0) { /* one at a time, which makes other batches */
            vg_assert_ok(vg_place(index, &genomes[g], 1, VG_PLACE_BEST, NULL, NULL, again, NULL, &error), error);
            assert_memory_equal(&again[0], &found[g], offsetof(struct vg_placement, ties));
        }
    }
    assert_true(sum > GENOMES / 2);
    assert_true(work.n_visited < (uint64_t)tree->n_nodes * work.n_batches / 4);
    vg_place_index_free(index);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_scan),
        cmocka_unit_test(test_reference_and_nothing),
        cmocka_unit_test(test_real_genomes),
        cmocka_unit_test(test_invented_tree),
    };
    return vg_run_group_tests("place", tests, NULL, NULL);
}
