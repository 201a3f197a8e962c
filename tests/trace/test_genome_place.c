/*
 * Placement: every score and every tie against a plain scan of all branches with the bases of every node written out; real genomes against the given table; invented trees.
 */
#include "genome_files.h"

/* ---------------------------------------------------------------- reference */

/* Bases of every node, and sets of the genome, a byte a site. */
static uint8_t *bases_of_nodes(const struct vg_tree *tree)
{
    uint8_t *bases = malloc((size_t)tree->n_nodes * tree->length);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint8_t *own = bases + (size_t)v * tree->length;
        for (uint32_t site = 0; site < tree->length; site++) {
            own[site] = v > 0 ? bases[(size_t)tree->parent[v] * tree->length + site] : (uint8_t)vg_base_of_letter(tree->reference[site]);
        }
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            assert_int_equal(own[vg_mutation_site(tree->mutations[m])], vg_mutation_from(tree->mutations[m]));
            own[vg_mutation_site(tree->mutations[m])] = (uint8_t)vg_mutation_to(tree->mutations[m]);
        }
    }
    return bases;
}

struct scan {
    uint32_t score, n_ties, ties[4096], certain, node;
    bool splits;
};

/* The cost of every branch, site by site: at best of all points on the branch, what is shared being above it. */
static void scan_tree(const struct vg_tree *tree, const uint8_t *bases, const uint8_t *masked, const struct vg_genome *genome, struct scan *out)
{
    uint32_t length = tree->length, best_leaves = 0;
    uint8_t *set = malloc(length);
    for (uint32_t site = 0; site < length; site++) {
        set[site] = masked[site] ? 15 : (uint8_t)(1u << vg_base_of_letter(tree->reference[site]));
    }
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        for (uint32_t j = 0; j < genome->differences[i].length; j++) {
            uint32_t site = genome->differences[i].position + j;
            set[site] = masked[site] || genome->differences[i].base == VG_BASE_DELETED ? 15 : genome->differences[i].base;
        }
    }
    *out = (struct scan){.score = UINT32_MAX};
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t cost = 0, shared = 0, leaves = 0;
        bool splits = false;
        for (uint32_t site = 0; site < length; site++) {
            uint8_t from = v > 0 ? bases[(size_t)tree->parent[v] * length + site] : (uint8_t)vg_base_of_letter(tree->reference[site]), to = bases[(size_t)v * length + site];
            bool before = (set[site] >> from & 1) != 0, after = (set[site] >> to & 1) != 0;
            cost += !before && !after ? 1 : 0;
            shared += !before && after ? 1 : 0;
            splits |= before && !after;
        }
        for (uint32_t w = v; w < tree->end[v]; w++) {
            leaves += vg_tree_is_leaf(tree, w) ? 1 : 0;
        }
        if (shared == 0 && v > 0) {
            continue;
        }
        if (cost < out->score) {
            *out = (struct scan){.score = cost};
            best_leaves = 0;
        }
        if (cost == out->score) {
            if (leaves > best_leaves) {
                out->node = v;
                out->splits = splits;
                best_leaves = leaves;
            }
            uint32_t lowest = splits ? tree->parent[v] : v; /* it descends from that one for sure */
            out->certain = out->n_ties == 0 ? lowest
                           : out->certain == VG_TREE_NONE || lowest == VG_TREE_NONE ? VG_TREE_NONE : vg_tree_common_ancestor(tree, out->certain, lowest);
            out->ties[out->n_ties++] = v;
        }
    }
    free(set);
}

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

struct real {
    struct vg_tree *tree;
    struct vg_place_index *index;
    char *table;
};

static const char *const sets[] = {"AY.4.2.2", "B.1.429", "BA.1.17.2"};

/* The files' own reference is masked at its ends, where the table takes the tree's. */
static size_t read_set(const struct vg_tree *tree, const char *path, struct vg_arena *arena, struct vg_genome *genomes, size_t capacity)
{
    struct vg_error error = {0};
    struct vg_genome_reference reference;
    struct vg_maple_reader *reader;
    struct vg_rebase *rebase;
    struct vg_genome one;
    size_t size, n = 0;
    bool more = true;
    char *bytes = genome_file(path, &size);
    struct vg_text at = {bytes, size};
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_maple_open(&source, &reader, &reference, &error), error);
    assert_int_equal(reference.length, tree->length);
    char *letters = vg_arena_copy_bytes(arena, reference.letters, reference.length);
    for (uint32_t site = 0; site < reference.length; site++) {
        letters[site] = site < 55 || site >= 29804 ? tree->reference[site] : letters[site];
    }
    reference.letters = letters;
    vg_assert_ok(vg_rebase_new(&reference, tree->reference, tree->length, &rebase, &error), error);
    assert_int_equal(vg_rebase_count(rebase), 16);
    while (true) {
        vg_assert_ok(vg_maple_next(reader, arena, &one, &more, &error), error);
        if (!more) {
            break;
        }
        assert_true(n < capacity);
        vg_assert_ok(vg_rebase(rebase, &one, arena, &genomes[n++], &error), error);
    }
    vg_rebase_free(rebase);
    vg_maple_close(reader);
    free(bytes);
    return n;
}

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
        size_t n = read_set(tree, path, &arena, genomes, 8192);
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
