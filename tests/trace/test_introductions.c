/*
 * Introductions: the heuristic against a plain reading of its rule, parsimony against all histories of small trees, outbreaks against plain linkage.
 */
#include "vg_test.h"

#include "grown_tree.h"
#include "shared_genomes.h"

#include "trace/genome/introductions/introductions.h"

static struct grown_tree grown_of(uint32_t leaves, size_t regions, double move_rate)
{
    struct grown_tree grown = {.n_leaves = leaves, .mutation_rate = 4, .dispersion = 1, .split_rate = 2, .sampling_rate = 3, .n_regions = regions, .move_rate = move_rate};
    for (size_t k = 0; k < regions; k++) {
        grown.frequencies[k] = 1 / (double)regions;
    }
    return grown;
}

/* -------------------------------------------------------------- heuristic */

/* C of a region at a node, by a walk over all leaves below for each. */
static double degree(const struct vg_tree *tree, const uint32_t *regions, uint32_t node, uint32_t region)
{
    double n[2] = {0}, nearest[2] = {INFINITY, INFINITY};
    for (uint32_t leaf = node; leaf < tree->end[node]; leaf++) {
        if (vg_tree_is_leaf(tree, leaf)) {
            int out = regions[leaf] != region;
            double distance = 0;
            for (uint32_t at = leaf; at != node; at = tree->parent[at]) {
                distance += (double)(tree->mutation_start[at + 1] - tree->mutation_start[at]);
            }
            n[out]++;
            nearest[out] = fmin(nearest[out], distance);
        }
    }
    if (n[0] == 0 || n[1] == 0) {
        return n[0] > 0;
    }
    return nearest[0] == 0 ? 1 : nearest[1] == 0 ? 0 : 1 / (1 + nearest[0] / n[0] / (nearest[1] / n[1]));
}

static void test_clusters(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_introductions found;
        struct grown_tree grown = grown_of(60, 5, 0.7);
        uint32_t total = 0;
        vg_arena_init(&arena, 0);
        grow_tree(&grown, seed, &arena);
        struct vg_tree *tree = grown.tree;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            grown.regions[v] = v % 13 == 0 ? VG_REGION_NONE : grown.regions[v];
        }
        vg_assert_ok(vg_introductions_clusters(tree, grown.regions, 5, &arena, &found, &error), error);
        for (uint32_t leaf = 0; leaf < tree->n_nodes; leaf++) {
            if (!vg_tree_is_leaf(tree, leaf) || grown.regions[leaf] == VG_REGION_NONE) {
                continue;
            }
            uint32_t region = grown.regions[leaf], at = leaf, origin = VG_REGION_NONE;
            double best = 0.05;
            while (at != 0 && degree(tree, grown.regions, tree->parent[at], region) >= 0.5) {
                at = tree->parent[at];
            }
            const struct vg_introduction *one = &found.list[found.of_leaf[leaf]];
            assert_int_equal(one->region, region);
            assert_int_equal(one->node, at);
            vg_assert_near(one->confidence, degree(tree, grown.regions, at, region), 1e-12);
            for (uint32_t other = 0; other < 5 && at != 0; other++) {
                double c = degree(tree, grown.regions, tree->parent[at], other);
                if (other != region && c >= 0.05 && (c > best || (c == best && origin == VG_REGION_NONE))) {
                    best = c;
                    origin = other;
                }
            }
            assert_int_equal(one->origin, origin);
        }
        for (uint32_t i = 0; i < found.n; i++) {
            uint32_t n = 0;
            for (uint32_t leaf = found.list[i].first_leaf; leaf != VG_TREE_NONE; leaf = found.next_leaf[leaf], n++) {
                assert_int_equal(found.of_leaf[leaf], i);
            }
            assert_int_equal(n, found.list[i].n_leaves);
            total += n;
            assert_true(i == 0 || found.list[i - 1].region < found.list[i].region || found.list[i - 1].n_leaves >= found.list[i].n_leaves);
        }
        assert_true(total > 40 && found.n > 3);
        vg_tree_free(tree);
        vg_arena_release(&arena);
    }
}

/* -------------------------------------------------------------- parsimony */

static void test_parsimony(void **state)
{
    enum { LEAVES = 7, INNER = LEAVES - 1 };
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct grown_tree grown = grown_of(LEAVES, 3, 2);
        struct vg_introductions_range range[3];
        struct vg_pool *pool = vg_pool_new(2);
        vg_arena_init(&arena, 0);
        grow_tree(&grown, seed, &arena);
        struct vg_tree *tree = grown.tree;
        vg_assert_ok(vg_introductions_parsimony(tree, grown.regions, 3, pool, &arena, range, &error), error);
        for (uint32_t region = 0; region < 3; region++) {
            uint32_t changes = UINT32_MAX, few = 0, many = 0;
            for (unsigned history = 0; history < 1u << INNER; history++) {
                unsigned in[2 * LEAVES], inner = 0, these = 0, imports = 0;
                for (uint32_t v = 0; v < tree->n_nodes; v++) {
                    in[v] = vg_tree_is_leaf(tree, v) ? grown.regions[v] == region : history >> inner++ & 1;
                    these += v > 0 && in[v] != in[tree->parent[v]];
                    imports += in[v] && (v == 0 || !in[tree->parent[v]]);
                }
                if (these < changes) {
                    changes = these;
                    few = many = imports;
                } else if (these == changes) {
                    few = imports < few ? imports : few;
                    many = imports > many ? imports : many;
                }
            }
            assert_int_equal(range[region].changes, changes);
            assert_int_equal(range[region].fewest, few);
            assert_int_equal(range[region].most, many);
        }
        vg_pool_free(pool);
        vg_tree_free(tree);
        vg_arena_release(&arena);
    }
}

/* ---------------------------------------------------------------- outbreaks */

static uint32_t distance_between(const struct vg_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t top = vg_tree_common_ancestor(tree, a, b), sum = 0;
    for (; a != top; a = tree->parent[a]) {
        sum += tree->mutation_start[a + 1] - tree->mutation_start[a];
    }
    for (; b != top; b = tree->parent[b]) {
        sum += tree->mutation_start[b + 1] - tree->mutation_start[b];
    }
    return sum;
}

static void test_linked(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct grown_tree grown = grown_of(50, 1, 0);
        uint32_t own[100], plain[100], reach = (uint32_t)(seed % 4), joined = 0;
        vg_arena_init(&arena, 0);
        grow_tree(&grown, seed, &arena);
        struct vg_tree *tree = grown.tree;
        vg_assert_ok(vg_introductions_linked(tree, NULL, reach, own, &error), error);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            plain[v] = v;
        }
        for (bool changed = true; changed;) { /* labels go from leaf to leaf until they rest */
            changed = false;
            for (uint32_t a = 0; a < tree->n_nodes; a++) {
                for (uint32_t b = 0; b < tree->n_nodes; b++) {
                    if (vg_tree_is_leaf(tree, a) && vg_tree_is_leaf(tree, b) && plain[b] < plain[a] && distance_between(tree, a, b) <= reach) {
                        plain[a] = plain[b];
                        changed = true;
                    }
                }
            }
        }
        for (uint32_t a = 0; a < tree->n_nodes; a++) {
            for (uint32_t b = 0; b < a; b++) {
                if (vg_tree_is_leaf(tree, a) && vg_tree_is_leaf(tree, b)) {
                    assert_int_equal(own[a] == own[b], plain[a] == plain[b]);
                    joined += own[a] == own[b];
                }
            }
        }
        assert_true(reach < 2 || joined > 5);
        vg_tree_free(tree);
        vg_arena_release(&arena);
    }
}

/* Zika with countries: numbers that matUtils 0.7.0 gave for the same tree. */
static void test_zika(void **state)
{
    static const struct { const char *country; size_t clusters; } peers[] = {{"Brazil", 16}, {"Mexico", 7}, {"Cuba", 6}, {"Colombia", 5}};
    char path[4096];
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_introductions found;
    (void)state;
    vg_shared_or_skip("genomes/zika/tree.json.gz", path);
    struct vg_tree *tree = shared_tree(path);
    const struct vg_tree_column *country = vg_tree_column(tree, "country");
    assert_non_null(country);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_introductions_clusters(tree, country->codes, country->n_values, &arena, &found, &error), error);
    struct vg_introductions_range *range = VG_ARENA_ARRAY(&arena, struct vg_introductions_range, country->n_values);
    vg_assert_ok(vg_introductions_parsimony(tree, country->codes, country->n_values, NULL, &arena, range, &error), error);
    assert_int_equal(found.n, 141);
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        size_t n = 0;
        for (size_t k = 0; k < found.n; k++) {
            n += vg_text_equals(country->values[found.list[k].region], peers[i].country);
        }
        assert_int_equal(n, peers[i].clusters);
    }
    for (size_t k = 0; k < country->n_values; k++) {
        assert_true(range[k].fewest >= 1 && range[k].fewest <= range[k].most && range[k].most <= 9);
    }
    vg_tree_free(tree);
    vg_arena_release(&arena);
}
int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clusters), cmocka_unit_test(test_parsimony), cmocka_unit_test(test_linked), cmocka_unit_test(test_zika)};
    return vg_run_group_tests("introductions", tests, NULL, NULL);
}
