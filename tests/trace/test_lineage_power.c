/*
 * How often lineages that there are become candidates, and how many candidates there are where all lineages are alike; recombinants by how much tells their parents apart. On trees
 * of simulated epidemics.
 */
#include "epidemic_trees.h"
#include "trace/genome/lineage/lineage.h"

#ifndef RUNS
#define RUNS 8 /* docs/genomes-lineages.md: 40 */
#endif

/* ----------------------------------------------------------- designation */

struct candidates { double n, found, first; };

enum { RULES = 3 };
static const uint32_t least[RULES][2] = {{20, 1}, {20, 3}, {50, 3}}; /* leaves, mutations */

static void designate(const struct epidemic *epidemic, struct candidates out[RULES])
{
    struct vg_arena arena;
    struct vg_error error = {0};
    size_t taken = 0;
    vg_arena_init(&arena, 0);
    memset(out, 0, RULES * sizeof *out);
    for (uint64_t seed = 1; taken < RUNS; seed++) {
        struct epidemic_tree grown;
        epidemic_tree(epidemic, seed, &grown);
        bool wanted = epidemic->begins == SIZE_MAX || (grown.n_clade >= 30 && grown.n_clade <= epidemic->sampled * 9 / 10); /* many die out at once */
        taken += wanted;
        for (size_t rule = 0; rule < RULES && wanted; rule++) {
            struct vg_designation_model model;
            struct vg_designation *list = NULL;
            size_t n = 0;
            vg_arena_reset(&arena);
            vg_designation_defaults(&model);
            model.least_leaves = least[rule][0];
            model.least_mutations = least[rule][1];
            vg_assert_ok(vg_lineage_designate(grown.tree, NULL, NULL, &model, &arena, &list, &n, &error), error);
            out[rule].n += (double)n / RUNS;
            for (size_t i = 0; i < n; i++) {
                out[rule].found += list[i].node == grown.clade ? 1.0 / RUNS : 0;
                out[rule].first += i == 0 && list[i].node == grown.clade ? 1.0 / RUNS : 0;
            }
        }
        vg_tree_free(grown.tree);
    }
    vg_arena_release(&arena);
}

static void test_candidates(void **state)
{
    static const struct { const char *what; size_t infected, begins, distinct; double advantage, mutations; } kinds[] = {
        {"neutral", 1000, SIZE_MAX, 0, 0, 0.33},         {"neutral, 150 infected", 150, SIZE_MAX, 0, 0, 0.33}, {"neutral, a tenth of the mutations", 1000, SIZE_MAX, 0, 0, 0.033},
        {"no mutation at once", 1000, 20, 0, 0.2, 0.33}, {"three", 1000, 20, 3, 0.2, 0.33},                    {"three, a tenth of the mutations", 1000, 20, 3, 0.2, 0.033}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct epidemic epidemic = {.infected = kinds[i].infected, .generations = 40, .sampled_generations = 12, .sampled = 600, .mutations = kinds[i].mutations,
                                    .begins = kinds[i].begins, .distinct = kinds[i].distinct, .advantage = kinds[i].advantage};
        struct candidates found[RULES];
        designate(&epidemic, found);
        for (size_t rule = 0; rule < RULES; rule++) {
            print_message("%s; at least %u leaves, %u mutations: %.1f candidates, the lineage in %.0f %%, as the first in %.0f %%\n", kinds[i].what, least[rule][0], least[rule][1],
                          found[rule].n, 100 * found[rule].found, 100 * found[rule].first);
            assert_true(found[rule].n < (rule < 2 ? 30 : 10));
        }
        if (kinds[i].distinct == 3) {
            assert_true(found[0].found >= 0.75 && found[0].first >= 0.5 && found[1].found >= 0.75);
        }
    }
}

/* ---------------------------------------------------------- recombinants */

struct bench {
    struct epidemic_tree grown;
    struct vg_lineage_model model;
    struct vg_lineage_work *work;
    struct vg_arena arena;
    struct vg_random random;
};

/* Two tips' states; 0: as the reference. */
static uint8_t *states_of_tip(struct bench *bench)
{
    struct vg_genome_difference *differences = NULL;
    struct vg_error error = {0};
    uint8_t *states = VG_ARENA_ARRAY(&bench->arena, uint8_t, EPIDEMIC_LENGTH);
    size_t n = 0;
    uint32_t leaf;
    do {
        leaf = vg_random_below(&bench->random, bench->grown.tree->n_nodes);
    } while (!vg_tree_is_leaf(bench->grown.tree, leaf));
    vg_assert_ok(vg_tree_states(bench->grown.tree, leaf, &bench->arena, &differences, &n, &error), error);
    for (size_t i = 0; i < n; i++) {
        memset(states + differences[i].position, differences[i].base, differences[i].length);
    }
    return states;
}

/* A genome of one tip before a site and another from there on, with so many mutations that others of the tree have, too, and one of its own. */
static void search(struct bench *bench, const uint8_t *one, const uint8_t *other, uint32_t at, size_t n_shared, struct vg_recombinant *out)
{
    struct vg_genome_difference *differences = VG_ARENA_ARRAY(&bench->arena, struct vg_genome_difference, EPIDEMIC_LENGTH);
    uint8_t *states = VG_ARENA_ARRAY(&bench->arena, uint8_t, EPIDEMIC_LENGTH);
    struct vg_genome genome = {.differences = differences};
    struct vg_error error = {0};
    memcpy(states, one, at);
    memcpy(states + at, other + at, EPIDEMIC_LENGTH - at);
    for (size_t i = 0; i < n_shared; i++) {
        uint32_t mutation = bench->grown.tree->mutations[vg_random_below(&bench->random, bench->grown.tree->n_mutations)];
        states[vg_mutation_site(mutation)] = (uint8_t)(1 << vg_mutation_to(mutation));
    }
    states[vg_random_below(&bench->random, EPIDEMIC_LENGTH)] = 4;
    for (uint32_t site = 0; site < EPIDEMIC_LENGTH; site++) {
        if (states[site] != 0) {
            differences[genome.n_differences++] = (struct vg_genome_difference){site, 1, states[site]};
        }
    }
    vg_assert_ok(vg_lineage_recombinant(&bench->model, bench->work, &genome, 39, at, out, &error), error);
}

static void test_breakpoints(void **state)
{
    struct epidemic epidemic = {.infected = 1000, .generations = 40, .sampled_generations = 12, .sampled = 150, .mutations = 0.4, .begins = SIZE_MAX};
    struct bench bench = {.random = vg_random_stream(4, 0, 0, 43)};
    struct vg_error error = {0};
    struct vg_recombinant out;
    size_t n = 0, found = 0, within = 0, wrong = 0;
    (void)state;
    epidemic_tree(&epidemic, 3, &bench.grown);
    bench.model = (struct vg_lineage_model){.tree = bench.grown.tree};
    vg_assert_ok(vg_lineage_work_new(&bench.model, &bench.work, &error), error);
    vg_arena_init(&bench.arena, 0);
    for (size_t i = 0; i < 30; i++) {
        vg_arena_reset(&bench.arena);
        uint8_t *one = states_of_tip(&bench), *other = states_of_tip(&bench);
        uint32_t length = EPIDEMIC_LENGTH, at = length / (i % 3 == 0 ? 2 : i % 3 == 1 ? 4 : 10), before = 0, after = 0;
        for (uint32_t site = 0; site < EPIDEMIC_LENGTH; site++) {
            before += site < at && one[site] != other[site];
            after += site >= at && one[site] != other[site];
        }
        if (before >= 4 && after >= 4) {
            search(&bench, one, other, at, 0, &out);
            bool flagged = isfinite(out.p) && out.p <= 0.05;
            n++;
            found += flagged;
            within += flagged && out.breakpoint_from < at && at <= out.breakpoint_to;
        }
        search(&bench, one, other, 0, 5, &out);
        wrong += isfinite(out.p) && out.p <= 0.05;
    }
    print_message("recombinants: %zu of %zu found, the break within the limits in %zu; false alarms in %zu of 30\n", found, n, within, wrong);
    assert_true(n >= 12 && found + 1 >= n && within == found && wrong <= 2);
    vg_lineage_work_free(bench.work);
    vg_tree_free(bench.grown.tree);
    vg_arena_release(&bench.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {vg_statistics(test_candidates), vg_statistics(test_breakpoints)};
    return vg_run_group_tests("lineage_power", tests, NULL, NULL);
}
