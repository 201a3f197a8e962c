/*
 * Trees in time: least squares with a given rate against the best of all sets of branches of no length, rates and dates of trees that grew, relaxed clocks, outliers.
 */
#include "vg_test.h"

#include "grown_tree.h"

#include "trace/genome/clock/internal.h"

enum { SMALL_LEAVES = 6, SMALL_NODES = 2 * SMALL_LEAVES - 1 };

/* The best times of a set of branches of no length, by Gauss elimination over groups of nodes; INFINITY where dates or order forbid it. */
static double best_of_set(const struct vg_tree *tree, const double *years, const double *mutations, const double *weights, double rate, unsigned set, double *times)
{
    double matrix[SMALL_NODES][SMALL_NODES + 1] = {{0}}, fixed[SMALL_NODES];
    uint32_t group[SMALL_NODES];
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        group[v] = v > 0 && (set >> v & 1) ? group[tree->parent[v]] : v;
        fixed[v] = NAN;
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (isfinite(years[v])) {
            if (isfinite(fixed[group[v]]) && fixed[group[v]] != years[v]) {
                return INFINITY;
            }
            fixed[group[v]] = years[v];
        }
    }
    for (uint32_t v = 1; v < tree->n_nodes; v++) { /* w (m - r (t_v - t_p))^2 */
        uint32_t a = group[v], b = group[tree->parent[v]];
        double k = weights[v] * rate * rate, pull = weights[v] * rate * mutations[v];
        if (a != b) {
            matrix[a][a] += k;
            matrix[b][b] += k;
            matrix[a][b] -= k;
            matrix[b][a] -= k;
            matrix[a][tree->n_nodes] += pull;
            matrix[b][tree->n_nodes] -= pull;
        }
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (group[v] != v || isfinite(fixed[v])) {
            memset(matrix[v], 0, sizeof matrix[v]);
            matrix[v][v] = 1;
            matrix[v][tree->n_nodes] = group[v] == v ? fixed[v] : 0;
        }
    }
    for (uint32_t k = 0; k < tree->n_nodes; k++) {
        for (uint32_t i = 0; i < tree->n_nodes; i++) {
            double multiple = i == k ? 0 : matrix[i][k] / matrix[k][k];
            for (uint32_t j = 0; j <= tree->n_nodes && i != k; j++) {
                matrix[i][j] -= multiple * matrix[k][j];
            }
        }
    }
    double sum = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        times[v] = matrix[group[v]][tree->n_nodes] / matrix[group[v]][group[v]];
        double apart = v == 0 ? 0 : mutations[v] - rate * (times[v] - times[tree->parent[v]]);
        sum += v == 0 ? 0 : weights[v] * apart * apart;
        if (v > 0 && times[v] < times[tree->parent[v]] - 1e-7) {
            return INFINITY;
        }
    }
    return sum;
}

static void test_least_squares(void **state)
{
    struct vg_arena arena;
    size_t constrained = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct grown_tree grown = {.n_leaves = SMALL_LEAVES, .mutation_rate = 3, .dispersion = 3, .split_rate = 2, .sampling_rate = 2, .n_regions = 1, .frequencies = {1}};
        struct clock_solver solver;
        double times[SMALL_NODES], best = INFINITY, best_times[SMALL_NODES];
        vg_arena_reset(&arena);
        grow_tree(&grown, seed, &arena);
        struct vg_tree *tree = grown.tree;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            grown.years[v] = vg_tree_is_leaf(tree, v) && !(seed % 3 == 0 && v == tree->n_nodes - 1) ? grown.years[v] - 2000 : NAN; /* one leaf undated at times */
        }
        assert_true(clock_solver_memory(&solver, tree, grown.years, &arena));
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            solver.mutations[v] = (double)(tree->mutation_start[v + 1] - tree->mutation_start[v]);
            solver.weights[v] = 1 / (solver.mutations[v] + 1);
        }
        double found = clock_solve(&solver, 2.5);
        for (unsigned set = 0; set < 1u << tree->n_nodes; set += 2) {
            double value = best_of_set(tree, grown.years, solver.mutations, solver.weights, 2.5, set, times);
            if (value < best - 1e-9) {
                best = value;
                constrained += set != 0 && isfinite(best);
                memcpy(best_times, times, sizeof times);
            }
        }
        vg_assert_near(found, best, 1e-5 * (1 + best));
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            vg_assert_near(solver.times[v], best_times[v], 1e-4);
        }
        vg_tree_free(tree);
    }
    assert_true(constrained > 20);
    vg_arena_release(&arena);
}

/* As trees of genomes are: a branching point without a mutation above it is not told from the one before. years: of the nodes that are left. */
static struct vg_tree *collapse(const struct vg_tree *tree, const double *years, double *kept_years, struct vg_arena *arena)
{
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_error error = {0};
    struct vg_tree *collapsed = NULL;
    uint32_t *number = VG_ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t above = v == 0 ? VG_TREE_NONE : number[tree->parent[v]];
        bool kept = v == 0 || vg_tree_is_leaf(tree, v) || tree->mutation_start[v + 1] > tree->mutation_start[v];
        number[v] = kept ? vg_tree_builder_node(builder, above, vg_tree_name(tree, v)) : above;
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            vg_tree_builder_mutation(builder, vg_mutation_site(tree->mutations[m]), vg_mutation_from(tree->mutations[m]), vg_mutation_to(tree->mutations[m]));
        }
        if (kept) {
            kept_years[number[v]] = years[v];
        }
    }
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &collapsed, &error), error);
    return collapsed;
}

/* Leaves' dates of trees that grew; how often the intervals hold rate, root and inner nodes, and the mean of the rate over the truth. */
static void calibrate(const struct grown_tree *wanted, bool collapsed, size_t replicates, size_t runs, double *rate_held, double *root_held, double *nodes_held, double *bias, double *root_error)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    size_t n_nodes = 0;
    *rate_held = *root_held = *nodes_held = *bias = *root_error = 0;
    vg_arena_init(&arena, 0);
    for (size_t run = 0; run < runs; run++) {
        struct grown_tree grown = *wanted;
        double truth = grown.mutation_rate;
        struct vg_clock_model model;
        struct vg_clock clock;
        vg_arena_reset(&arena);
        grow_tree(&grown, run + 1, &arena);
        vg_clock_model_defaults(&model);
        model.n_replicates = replicates;
        if (collapsed) {
            double *kept = VG_ARENA_ARRAY(&arena, double, grown.tree->n_nodes);
            struct vg_tree *whole = grown.tree;
            grown.tree = collapse(whole, grown.years, kept, &arena);
            grown.years = kept;
            vg_tree_free(whole);
        }
        double *years = VG_ARENA_ARRAY(&arena, double, grown.tree->n_nodes);
        for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
            years[v] = vg_tree_is_leaf(grown.tree, v) ? grown.years[v] : NAN;
        }
        vg_assert_ok(vg_clock_date(grown.tree, years, &model, NULL, &arena, &clock, &error), error);
        *rate_held += clock.rate_low <= truth && truth <= clock.rate_high;
        *root_held += replicates > 0 && clock.low[0] <= 2000 && 2000 <= clock.high[0];
        *bias += clock.rate / truth;
        *root_error += clock.years[0] - 2000;
        for (uint32_t v = 1; v < grown.tree->n_nodes; v++) {
            assert_true(clock.years[v] >= clock.years[grown.tree->parent[v]] - 1e-6);
            if (!vg_tree_is_leaf(grown.tree, v) && replicates > 0) {
                *nodes_held += clock.low[v] <= grown.years[v] && grown.years[v] <= clock.high[v];
                n_nodes++;
            }
        }
        vg_tree_free(grown.tree);
    }
    *rate_held /= (double)runs;
    *root_held /= (double)runs;
    *bias /= (double)runs;
    *root_error /= (double)runs;
    *nodes_held /= fmax((double)n_nodes, 1);
    vg_arena_release(&arena);
}

static void test_calibration(void **state)
{
    static const double dispersion[] = {1, 2.5};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        double rate, root, nodes, bias, error;
        struct grown_tree wanted = {.n_leaves = 120, .mutation_rate = 20, .dispersion = dispersion[i], .split_rate = 2, .sampling_rate = 3, .n_regions = 1, .frequencies = {1}};
        calibrate(&wanted, false, 50, 50, &rate, &root, &nodes, &bias, &error);
        print_message("dispersion %.1f: rate %.3f of the truth, root %+.2f years; 95 %% intervals hold the rate in %.0f %%, the root in %.0f %%, inner nodes in %.1f %%\n", dispersion[i],
                      bias, error, 100 * rate, 100 * root, 100 * nodes);
        vg_assert_near(bias, 1, 0.03);
        vg_assert_near(error, 0, 0.2);
        assert_true(rate >= 0.9 && root >= 0.84 && nodes >= 0.93);
    }
}

/* Sampled so densely that few branches have a mutation: least squares find too low a rate, which replicates show and which is put right. */
static void test_dense_sampling(void **state)
{
    static const struct grown_tree wanted = {.n_leaves = 1000, .mutation_rate = 30, .dispersion = 1, .split_rate = 30, .sampling_rate = 30, .n_regions = 1, .frequencies = {1}};
    double rate, root, nodes, bias, error, plain;
    (void)state;
    calibrate(&wanted, true, 0, 10, &rate, &root, &nodes, &plain, &error);
    calibrate(&wanted, true, 50, 10, &rate, &root, &nodes, &bias, &error);
    print_message("dense sampling: rate %.3f of the truth, without replicates %.3f; root %+.3f years; 95 %% intervals hold the rate in %.0f %%, the root in %.0f %%, inner nodes in %.1f %%\n", bias,
                  plain, error, 100 * rate, 100 * root, 100 * nodes);
    assert_true(plain < 0.85);
    vg_assert_near(bias, 1, 0.08);
    assert_true(rate >= 0.92 && root >= 0.75 && nodes >= 0.92);
}

static void test_outliers_and_refusals(void **state)
{
    struct grown_tree grown = {.n_leaves = 80, .mutation_rate = 25, .dispersion = 1, .split_rate = 2, .sampling_rate = 3, .n_regions = 1, .frequencies = {1}};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_clock_model model;
    struct vg_clock clock;
    (void)state;
    vg_arena_init(&arena, 0);
    grow_tree(&grown, 77, &arena);
    vg_clock_model_defaults(&model);
    model.n_replicates = 0;
    double *years = VG_ARENA_ARRAY(&arena, double, grown.tree->n_nodes);
    uint32_t wrong[3] = {0}, n_wrong = 0;
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        years[v] = vg_tree_is_leaf(grown.tree, v) ? grown.years[v] : NAN;
        if (vg_tree_is_leaf(grown.tree, v) && n_wrong < 3 && v % 11 == 0) { /* a date of another decade */
            years[v] += 10;
            wrong[n_wrong++] = v;
        }
    }
    vg_assert_ok(vg_clock_date(grown.tree, years, &model, NULL, &arena, &clock, &error), error);
    assert_int_equal(n_wrong, 3);
    assert_null(clock.low);
    for (size_t i = 0; i < 3; i++) {
        assert_true(clock.outliers[wrong[i]] == 1);
        vg_assert_near(clock.years[wrong[i]], grown.years[wrong[i]], 1.5); /* dated by the clock */
    }
    vg_assert_near(clock.rate, 25, 4);
    model.rate = 30;
    vg_assert_ok(vg_clock_date(grown.tree, years, &model, NULL, &arena, &clock, &error), error);
    vg_assert_near(clock.rate, 30, 0);
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        years[v] = vg_tree_is_leaf(grown.tree, v) ? 4000 - grown.years[v] : NAN;
    }
    assert_int_equal(vg_clock_date(grown.tree, years, &model, NULL, &arena, &clock, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "no clock"));
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        years[v] = vg_tree_is_leaf(grown.tree, v) ? 2000 : NAN;
    }
    assert_int_equal(vg_clock_date(grown.tree, years, &model, NULL, &arena, &clock, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "one date"));
    vg_tree_free(grown.tree);
    for (int32_t day = 10000; day < 20000; day += 37) {
        assert_int_equal(vg_clock_date_of_year(vg_clock_year_of_date(day)), day);
    }
    assert_int_equal(vg_clock_date_of_year(NAN), VG_DATE_NONE);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_least_squares), cmocka_unit_test(test_outliers_and_refusals), vg_statistics(test_dense_sampling), vg_statistics(test_calibration)};
    return vg_run_group_tests("clock", tests, NULL, NULL);
}
