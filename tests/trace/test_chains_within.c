/*
 * Who infected whom where hosts carry diverse pathogens: the sampler draws the law it says (held against every division of small phylogenies, weighed by a plain
 * reference), its sums kept along the way are those made from nothing, infectors are found and their probabilities are right on simulated outbreaks.
 */
#include "vg_test.h"

#include "trace/chains/within.h"
#include "within_outbreak.h"

/* --------------------------------------------------- reference of two cases */

/*
 * A phylogeny of two tips, days 6.5 and 7.5 and the join at 4, with infections on a grid of its branches: up to four of them, each set of places one division
 * into hosts. Everything else is fixed, and the end of the data so far away that what is not seen by then never is.
 */
enum { TIPS = 2, POINTS_MOST = 80, HOSTS_MOST = 5 };
#define STEP 0.25
#define JOIN 4.0
static const double tip_times[TIPS] = {6.5, 7.5};

struct reference {
    const struct within_world *world;
    const struct within_parameters *p;
    double unseen; /* chance that an infected leaves no case, nor does anyone below */
    int n_points, branch[POINTS_MOST]; /* 0, 1 below the join, 2 above */
    double time[POINTS_MOST];
    double total, by_other[TIPS], direct[TIPS], hosts;
};

static double lerp(const double *density, double days)
{
    return days < 0 ? 0 : density[(int)days] + (days - floor(days)) * (density[(int)days + 1] - density[(int)days]);
}

static double offspring(const struct reference *r, int d)
{
    double k = r->p->dispersion, mean = r->p->reproduction, x = 1 + mean * (1 - r->unseen) / k;
    return d == 0 ? pow(x, -k) : d == 1 ? mean * pow(x, -k - 1) : mean * mean * (k + 1) / k * pow(x, -k - 2);
}

/* Density of hosts in a chain from `time` down a branch: infections at times[0 .. n - 1], then maybe a tip. */
static double host(const struct reference *r, double time, int tip, const double *outs, int n_outs)
{
    double value = offspring(r, n_outs) * (tip < 0 ? 1 - r->p->reporting : r->p->reporting * lerp(r->world->shown[0], tip_times[tip] - time));
    for (int k = 0; k < n_outs; k++) {
        value *= lerp(r->world->generation, outs[k] - time);
    }
    return value;
}

/* Two lineages from the later of their starts back to the join, within a host infected at `zero`. */
static double joined(const struct reference *r, double zero, double a, double b)
{
    double start = fmin(a, b), sum = 0;
    const int steps = 400;
    for (int k = 0; k < steps; k++) {
        double at = JOIN + (start - JOIN) * (k + 0.5) / steps - zero;
        sum += (start - JOIN) / steps / fmin(r->p->growth * at, r->p->size);
    }
    return exp(-sum) / fmin(r->p->growth * (JOIN - zero), r->p->size);
}

static void weigh(struct reference *r, const int *chosen, int n)
{
    double times[3][HOSTS_MOST], value = 1;
    int counts[3] = {0, 0, 0};
    for (int k = 0; k < n; k++) { /* points of a branch go from early to late */
        times[r->branch[chosen[k]]][counts[r->branch[chosen[k]]]++] = r->time[chosen[k]];
    }
    if (counts[2] == 0 || (counts[0] == 0 && counts[1] == 0)) {
        return; /* two imports are left out: their rate is next to nothing */
    }
    for (int k = 0; k + 1 < counts[2]; k++) {
        value *= host(r, times[2][k], -1, &times[2][k + 1], 1);
    }
    double zero = times[2][counts[2] - 1], outs[2], starts[2];
    int n_outs = 0, tip_of_join = -1;
    for (int side = 0; side < TIPS; side++) {
        starts[side] = counts[side] > 0 ? times[side][0] : tip_times[side];
        tip_of_join = counts[side] == 0 ? side : tip_of_join;
        if (counts[side] > 0) {
            outs[n_outs++] = times[side][0];
        }
        for (int k = 0; k < counts[side]; k++) {
            bool last = k + 1 == counts[side];
            value *= host(r, times[side][k], last ? side : -1, &times[side][k + 1], last ? 0 : 1);
        }
    }
    value *= host(r, zero, tip_of_join, outs, n_outs) * joined(r, zero, starts[0], starts[1]) * pow(STEP, n);
    r->total += value;
    r->hosts += value * (n - TIPS);
    for (int side = 0; side < TIPS; side++) {
        r->by_other[side] += tip_of_join == 1 - side ? value : 0;
        r->direct[side] += tip_of_join == 1 - side && counts[side] == 1 ? value : 0;
    }
}

static void weigh_all(struct reference *r, int *chosen, int n, int first)
{
    if (n > 0) {
        weigh(r, chosen, n);
    }
    for (int point = first; n < HOSTS_MOST - 1 && point < r->n_points; point++) {
        chosen[n] = point;
        weigh_all(r, chosen, n + 1, point + 1);
    }
}

static void test_law_of_two_cases(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    struct vg_chain_case cases[TIPS] = {{.day = 6, .place = VG_CHAIN_NONE, .genome = VG_CHAIN_NONE}, {.day = 7, .place = VG_CHAIN_NONE, .genome = VG_CHAIN_NONE}};
    struct vg_chain_data data = {.cases = cases, .n = TIPS, .as_of = 400};
    double times[3] = {tip_times[0], tip_times[1], JOIN};
    uint32_t parents[3] = {2, 2, VG_CHAIN_NONE};
    struct vg_chain_phylogeny phylogeny = {TIPS, times, parents};
    struct vg_chain_model model;
    struct within_world world = {.data = &data};
    struct within_parameters p = {.reporting = 0.8, .reproduction = 1.3, .dispersion = 0.7, .growth = 0.8, .size = 2};
    struct reference reference = {.world = &world, .p = &p, .unseen = 0.5};
    int chosen[HOSTS_MOST];
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_model_defaults(&model);
    memcpy(model.generation, (double[]){0, 0.2, 0.4, 0.3, 0.1}, 5 * sizeof(double));
    memcpy(model.shown[0], (double[]){0, 0.2, 0.3, 0.2, 0.2, 0.1}, 6 * sizeof(double));
    memcpy(world.generation, model.generation, sizeof model.generation);
    memcpy(world.shown[0], model.shown[0], sizeof model.shown[0]);
    model.fixed = (struct vg_chain_parameters){NAN, p.reporting, NAN, NAN, NAN, p.reproduction, p.dispersion, 1e-12, NAN};
    model.fixed_growth = p.growth;
    model.fixed_size = p.size;
    for (int step = 0; step < 1000; step++) {
        reference.unseen = (1 - p.reporting) * pow(1 + p.reproduction * (1 - reference.unseen) / p.dispersion, -p.dispersion);
    }
    for (int branch = 0; branch < 3; branch++) {
        double early = branch == 2 ? JOIN - 7 : JOIN, late = branch == 2 ? JOIN : tip_times[branch];
        for (double at = early + STEP / 2; at < late; at += STEP) {
            reference.branch[reference.n_points] = branch;
            reference.time[reference.n_points++] = at;
        }
    }
    weigh_all(&reference, chosen, 0, 0);
    vg_chains_run_defaults(&run);
    run.sweeps = 60000;
    run.thin = 2;
    vg_assert_ok(vg_chains_within(&data, &model, &phylogeny, &run, NULL, NULL, &arena, &candidates, &posterior, &error), error);
    for (uint32_t i = 0; i < TIPS; i++) {
        double support = 0;
        for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
            support += (double)posterior.support[k];
        }
        vg_assert_near(support, reference.by_other[i] / reference.total, 0.012);
        vg_assert_near(support * (double)posterior.direct[i], reference.direct[i] / reference.total, 0.012);
        assert_true(support > 0.03 && support < 0.97); /* else nothing was asked */
    }
    vg_assert_near(posterior.within[VG_CHAIN_WITHIN_HOSTS].mean, reference.hosts / reference.total, 0.03);
    assert_true(posterior.log_posterior.r_hat < 1.01);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------ sums made from nothing */

/* Probability of one site by every assignment of bases to the inner nodes. */
static double site_by_hand(const struct within_tree *tree, const uint8_t *bases, double clock)
{
    uint32_t n_inner = tree->n_nodes - tree->n_tips;
    double sum = 0;
    for (uint32_t code = 0; code < 1U << (2 * n_inner); code++) {
        double product = 0.25;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            uint32_t parent = tree->nodes[v].parent, above = parent == WITHIN_NONE ? 0 : code >> 2 * (parent - tree->n_tips) & 3;
            double moved = parent == WITHIN_NONE ? 0 : 1 - exp(-4.0 / 3 * clock * (tree->nodes[v].time - tree->nodes[parent].time)), here = 0;
            for (uint32_t base = 0; base < 4; base++) {
                bool is = v < tree->n_tips ? (bases[v] >> base & 1) != 0 : (code >> 2 * (v - tree->n_tips) & 3) == base;
                here += is ? (parent == WITHIN_NONE ? 1 : moved / 4 + (base == above ? 1 - moved : 0)) : 0;
            }
            product *= here;
        }
        sum += product;
    }
    return sum;
}

/* A chain of a few cases, for its parts to be looked at. */
static struct within_chain *make_chain(struct vg_arena *arena, struct within_outbreak *outbreak, struct within_world *world, const struct vg_chain_run *run)
{
    struct vg_error error = {0};
    struct within_chain *chain = VG_ARENA_ARRAY(arena, struct within_chain, 1);
    vg_assert_ok(within_new(&outbreak->data, &outbreak->model, run, NULL, arena, world, chain, &error), error);
    return chain;
}

static void test_sums_are_kept(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct within_outbreak_settings settings = within_outbreak_published;
    struct within_outbreak outbreak;
    struct within_world world;
    struct vg_chain_run run;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    settings.n_cases = 12;
    settings.population = 20;
    settings.reporting = 0.8;
    settings.sequenced = 0.8;
    vg_assert_ok(within_outbreak_make(&settings, 3, &arena, &outbreak, &error), error);
    struct within_chain *chain = make_chain(&arena, &outbreak, &world, &run);
    for (int sweep = 0; sweep < 200; sweep++) {
        within_sweep(chain);
        within_draw_parameters(chain);
        double kept = within_prior(chain), sequences = chain->tree.sequences;
        within_score_all(chain);
        within_sequences_all(chain);
        vg_assert_near(kept, within_prior(chain), 1e-7 * fabs(kept));
        vg_assert_near(sequences, chain->tree.sequences, 1e-7 * fabs(sequences));
        for (uint32_t i = 0; i < chain->tree.n_tips; i++) { /* each case has a host of its own */
            assert_int_equal(chain->tree.events[chain->tree.nodes[i].host].tip, i);
        }
    }
    vg_arena_release(&arena);
}

static void test_likelihood_of_genomes(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct within_outbreak_settings settings = within_outbreak_published;
    struct within_outbreak outbreak;
    struct within_world world;
    struct vg_chain_run run;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    settings.n_cases = 5;
    settings.population = 7;
    settings.length = 400;
    settings.clock = 1e-3;
    vg_assert_ok(within_outbreak_make(&settings, 4, &arena, &outbreak, &error), error);
    struct within_chain *chain = make_chain(&arena, &outbreak, &world, &run);
    for (int sweep = 0; sweep < 5; sweep++) {
        within_sweep(chain);
        double sum = 0;
        for (size_t site = 0; site < settings.length; site++) {
            uint8_t bases[5];
            for (size_t i = 0; i < 5; i++) {
                bases[i] = (uint8_t)(1U << (strchr("ACGT", outbreak.sequences[i].data[site]) - "ACGT"));
            }
            sum += log(site_by_hand(&chain->tree, bases, chain->p.clock));
        }
        vg_assert_near(chain->tree.sequences, sum, 1e-6 * fabs(sum));
    }
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------ how good it is */

struct found {
    double cases, right, sure, sure_right, sure_support, given, given_support;
};

static void count(const struct within_outbreak *outbreak, const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior,
                  struct found *found)
{
    for (uint32_t i = 0; i < outbreak->data.n; i++) {
        size_t n = candidates->starts[i + 1] - candidates->starts[i];
        double best = -1, total = (double)posterior->unlisted[i];
        bool best_right = false;
        for (size_t k = 0; k <= n; k++) {
            double p = (double)(k < n ? posterior->support[candidates->starts[i] + k] : posterior->outside[i]);
            bool right = outbreak->truth[i] == (k < n ? candidates->list[candidates->starts[i] + k].infector : VG_CHAIN_NONE);
            total += p;
            found->sure += p >= 0.85 ? 1 : 0;
            found->sure_right += p >= 0.85 && right ? 1 : 0;
            found->sure_support += p >= 0.85 ? p : 0;
            found->given_support += right ? p : 0;
            best_right = p > best ? right : best_right;
            best = fmax(p, best);
        }
        vg_assert_near(total, 1, 1e-5);
        found->cases++;
        found->right += best_right ? 1 : 0;
    }
}

static struct found look(const struct within_outbreak_settings *settings, uint64_t outbreaks, bool tree, size_t sweeps)
{
    struct found found = {0, 0, 0, 0, 0, 0, 0};
    struct vg_pool *pool = vg_pool_new(2);
    for (uint64_t seed = 101; seed < 101 + outbreaks; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct within_outbreak outbreak;
        struct vg_chain_candidates candidates;
        struct vg_chain_posterior posterior;
        struct vg_chain_run run;
        vg_arena_init(&arena, 0);
        vg_chains_run_defaults(&run);
        run.n_chains = 2;
        run.warm_up = sweeps / 2;
        run.sweeps = sweeps;
        vg_assert_ok(within_outbreak_make(settings, seed, &arena, &outbreak, &error), error);
        outbreak.model.fixed.dispersion = INFINITY;
        vg_assert_ok(
            vg_chains_within(&outbreak.data, &outbreak.model, tree ? &outbreak.phylogeny : NULL, &run, pool, NULL, &arena, &candidates, &posterior, &error), error);
        count(&outbreak, &candidates, &posterior, &found);
        vg_arena_release(&arena);
    }
    vg_pool_free(pool);
    print_message("%.0f cases: %.1f %% right, mean support of the truth %.3f; of %.0f links given 0.85 and more (%.3f on average) %.3f are right\n", found.cases,
                  100 * found.right / found.cases, found.given_support / found.cases, found.sure, found.sure_support / found.sure, found.sure_right / found.sure);
    return found;
}

static void test_infectors_by_phylogeny(void **state)
{
    (void)state;
    struct found found = look(&within_outbreak_published, 10, true, 1500);
    assert_true(found.right > 0.62 * found.cases);
    assert_true(found.sure > 20);
    assert_true(found.sure_right > 0.9 * found.sure);
}

static void test_infectors_by_genomes(void **state)
{
    struct within_outbreak_settings settings = within_outbreak_published;
    (void)state;
    settings.clock *= 3;
    struct found found = look(&settings, 6, false, 700);
    assert_true(found.right > 0.55 * found.cases);
    assert_true(found.sure > 10);
    assert_true(found.sure_right > 0.85 * found.sure);
}

/* ------------------------------------------------------------------- others */

static void test_threads_change_nothing(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct within_outbreak outbreak;
    struct vg_chain_candidates candidates[2];
    struct vg_chain_posterior posterior[2];
    struct vg_chain_run run;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.warm_up = 20;
    run.sweeps = 40;
    vg_assert_ok(within_outbreak_make(&within_outbreak_published, 5, &arena, &outbreak, &error), error);
    for (unsigned k = 0; k < 2; k++) {
        struct vg_pool *pool = vg_pool_new(1 + 2 * k);
        vg_assert_ok(vg_chains_within(&outbreak.data, &outbreak.model, NULL, &run, pool, NULL, &arena, &candidates[k], &posterior[k], &error), error);
        vg_pool_free(pool);
    }
    assert_int_equal(candidates[0].n_list, candidates[1].n_list);
    assert_memory_equal(posterior[0].support, posterior[1].support, candidates[0].n_list * sizeof(float));
    assert_memory_equal(&posterior[0].parameters, &posterior[1].parameters, sizeof posterior[0].parameters);
    assert_true(posterior[0].log_posterior.r_hat > 0);
    run.thin = 0;
    assert_int_equal(vg_chains_within(&outbreak.data, &outbreak.model, NULL, &run, NULL, NULL, &arena, &candidates[0], &posterior[0], &error), VG_USAGE_ERROR);
    outbreak.data.genomes = NULL;
    vg_chains_run_defaults(&run);
    assert_int_equal(vg_chains_within(&outbreak.data, &outbreak.model, NULL, &run, NULL, NULL, &arena, &candidates[0], &posterior[0], &error), VG_USAGE_ERROR);
    vg_arena_release(&arena);
}

/* A reported contact speaks for the one of two alike. */
static void test_contacts_tell(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct within_outbreak outbreak;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    struct vg_chain_contact contacts[40];
    double support[2] = {0, 0};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.n_chains = 1;
    run.warm_up = 100;
    run.sweeps = 300;
    vg_assert_ok(within_outbreak_make(&within_outbreak_published, 6, &arena, &outbreak, &error), error);
    for (unsigned with = 0; with < 2; with++) {
        outbreak.data.contacts = contacts;
        outbreak.data.n_contacts = 0;
        for (uint32_t i = 0; with == 1 && i < outbreak.data.n; i++) {
            if (outbreak.truth[i] != VG_CHAIN_NONE) {
                contacts[outbreak.data.n_contacts++] = (struct vg_chain_contact){outbreak.truth[i], i, false};
            }
        }
        vg_assert_ok(vg_chains_within(&outbreak.data, &outbreak.model, NULL, &run, NULL, NULL, &arena, &candidates, &posterior, &error), error);
        for (uint32_t i = 0; i < outbreak.data.n; i++) {
            for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
                support[with] += candidates.list[k].infector == outbreak.truth[i] ? (double)posterior.support[k] : 0;
            }
        }
    }
    assert_true(support[1] > support[0] + 3);
    vg_arena_release(&arena);
}

static vg_status read_newick(const char *text, struct vg_arena *arena, struct vg_chain_phylogeny *tree, struct vg_error *error)
{
    static const struct vg_chain_case cases[] = {{.day = 10}, {.day = 12}, {.day = 15}};
    struct vg_text ids[] = {vg_text_from("a"), vg_text_from("b b"), vg_text_from("c")};
    return vg_chains_newick(vg_text_from(text), ids, cases, 3, arena, tree, error);
}

static void test_newick(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"((a:1,'b b':3):2,c:8", "ends"},
        {"((a:1,'b b':3):2,d:8);", "\"d\" is not the id"},
        {"((a:1,'b b':3):2,a:8);", "twice"},
        {"(a:1,'b b':3);", "case c is not in the tree"},
        {"((a:1,'b b':-3):2,c:8);", "a length of time"},
        {"((a:1,'b b':3):2,c:8)) ;", "the end of the tree"},
        {"((a:8,'b b':3):2,c:1);", "not one in time"},
        {"", "ends at byte 1"},
        {"((a:1,'b b':3):2,c:8); ((a:1,'b b':3):2,c:8);", "byte 24 of the tree: nothing more after one tree is expected"},
        {"((a:1,'b b':3):2,c:8);x", "nothing more after one tree"},
        {"((((((((((((((((((((((((((((((((((((", "more nodes"},
    };
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_phylogeny tree;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(read_newick("[&R] ((a:1[x],'b b':3)0.9:2,c:8);\n", &arena, &tree, &error), error);
    vg_assert_near(tree.times[3], 9.5, 1e-9);
    vg_assert_near(tree.times[4], 7.5, 1e-9);
    assert_int_equal(tree.parents[0], 3);
    assert_int_equal(tree.parents[3], 4);
    assert_int_equal(tree.parents[4], VG_CHAIN_NONE);
    vg_assert_ok(read_newick("(a:0.0082136893,'b b':0.013689480,c:0.021903169);", &arena, &tree, &error), error); /* years; one node of three */
    vg_assert_near(tree.times[3], 7.5, 0.01);
    vg_assert_near(tree.times[4], 7.5, 0.01);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_int_equal(read_newick(wrong[k].text, &arena, &tree, &error), VG_DATA_ERROR);
        if (strstr(error.message, wrong[k].says) == NULL) {
            fail_msg("%s: %s", wrong[k].text, error.message);
        }
    }
    /* Nothing tells years from days. */
    const struct vg_text ids[] = {vg_text_from("a"), vg_text_from("b")};
    const struct vg_chain_case same_day[2] = {{.day = 18000}, {.day = 18000}};
    static const char *const of_one_day[] = {"(a:1,b:1);", "(a:1,b:1.001);"};
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(vg_chains_newick(vg_text_from(of_one_day[k]), ids, same_day, 2, &arena, &tree, &error), VG_DATA_ERROR);
        assert_non_null(strstr(error.message, "of one day"));
    }
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        vg_statistics(test_law_of_two_cases),
        cmocka_unit_test(test_sums_are_kept),
        cmocka_unit_test(test_likelihood_of_genomes),
        vg_statistics(test_infectors_by_phylogeny),
        vg_statistics(test_infectors_by_genomes),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_contacts_tell),
        cmocka_unit_test(test_newick),
    };
    return vg_run_group_tests("chains_within", tests, NULL, NULL);
}
