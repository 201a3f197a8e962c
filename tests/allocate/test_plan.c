/*
 * Plans against every plan there is (tiny ones, all movements tried), against the account that walks through the periods, and against their own promises: minimum stocks, nobody worse off,
 * the same plan whatever the order of sites, going on after a change of stock, and bounds that no plan beats.
 */
#include "vg_test.h"

#include "every_plan.h"
#include "small_numbers.h"

#include "allocate/plan/plan.h"

#define SITES_MOST 40
#define PERIODS_MOST 6
#define PATHS_MOST 5
#define WAYS_MOST 200

struct instance {
    double probability[PATHS_MOST], population[SITES_MOST];
    struct vg_plan_way ways[WAYS_MOST];
    int64_t stock[SITES_MOST], keep[SITES_MOST], arrivals[SITES_MOST * PERIODS_MOST], demand[SITES_MOST * PERIODS_MOST * PATHS_MOST];
    struct vg_plan_problem problem;
    struct vg_plan_resource resource;
};

static void draw(uint64_t *seed, uint32_t sites, uint32_t periods, uint32_t paths, uint32_t n_ways, int64_t most, bool reusable, struct instance *x)
{
    memset(x, 0, sizeof *x);
    double sum = 0.0;
    for (uint32_t path = 0; path < paths; path++) {
        sum += x->probability[path] = (double)between(seed, 1, 4);
    }
    for (uint32_t path = 0; path < paths; path++) {
        x->probability[path] /= sum;
    }
    for (uint32_t site = 0; site < sites; site++) {
        x->stock[site] = between(seed, 0, most);
        x->keep[site] = between(seed, 0, 3) == 0 ? between(seed, 0, most) : 0;
        x->population[site] = (double)between(seed, 1, 100);
    }
    for (uint32_t k = 0; k < sites * periods; k++) {
        x->arrivals[k] = between(seed, 0, 5) == 0 ? between(seed, 0, most) : 0;
    }
    for (uint32_t k = 0; k < sites * periods * paths; k++) {
        x->demand[k] = between(seed, 0, 2 * most);
    }
    for (uint32_t way = 0; way < n_ways; way++) {
        const uint32_t from = (uint32_t)between(seed, 0, sites - 1), to = (from + (uint32_t)between(seed, 1, sites - 1)) % sites;
        x->ways[way] = (struct vg_plan_way){from, to, (uint32_t)between(seed, 0, 2), (double)between(seed, 0, 5), between(seed, 0, 2) == 0 ? between(seed, 0, most) : VG_PLAN_NO_LIMIT};
    }
    x->problem = (struct vg_plan_problem){.n_sites = sites, .n_periods = periods, .n_paths = paths, .path_probability = x->probability, .ways = x->ways, .n_ways = n_ways, .tail = 0.5};
    x->resource = (struct vg_plan_resource){"ventilators", reusable, x->stock, x->arrivals, x->demand, x->keep, NULL};
}

static void solve_fresh(const struct instance *x, struct vg_arena *arena, struct vg_plan **plan, struct vg_plan_answer *answer)
{
    struct vg_error error;
    vg_assert_ok(vg_plan_create(&x->problem, &x->resource, arena, plan, &error), error);
    vg_assert_ok(vg_plan_solve(*plan, arena, NULL, answer, &error), error);
}

/* The walk through the periods comes to the same, so what the plan says is what its movements do. */
static void check_account(const struct instance *x, const struct vg_plan_answer *answer, struct vg_arena *arena)
{
    struct vg_plan_account account;
    struct vg_error error;
    vg_assert_ok(vg_plan_account_of(&x->problem, &x->resource, answer->movements, answer->n_movements, x->resource.reusable ? NULL : answer->account.held, arena, &account, &error), error);
    vg_assert_near(account.unmet, answer->account.unmet, 1e-9 * (1.0 + account.needed));
    vg_assert_near(account.tail_unmet, answer->account.tail_unmet, 1e-9 * (1.0 + account.needed));
    vg_assert_near(account.cost, answer->account.cost, 1e-6);
    assert_int_equal(account.moved, answer->account.moved);
    for (uint32_t site = 0; site < x->problem.n_sites; site++) {
        assert_true(isnan(account.coverage[site]) ? isnan(answer->account.coverage[site]) : fabs(account.coverage[site] - answer->account.coverage[site]) < 1e-12);
    }
}

/* -------------------------------------------------------------- every plan there is */

struct search {
    const struct instance *x;
    struct vg_arena arena;
    double least_unmet, least_cost, best_worst, unmet_at_best_worst, least_objective;
};

static void judge(void *context, const struct vg_plan_movement *movements, size_t n_movements)
{
    struct search *s = context;
    struct vg_plan_account account;
    struct vg_error error;
    vg_arena_reset(&s->arena);
    if (vg_plan_account_of(&s->x->problem, &s->x->resource, movements, n_movements, NULL, &s->arena, &account, &error) != VG_OK) {
        return;
    }
    const double objective = (1.0 - s->x->problem.tail_weight) * account.unmet + s->x->problem.tail_weight * account.tail_unmet;
    if (account.unmet < s->least_unmet - 1e-9 || (account.unmet < s->least_unmet + 1e-9 && account.cost < s->least_cost)) {
        s->least_unmet = account.unmet;
        s->least_cost = account.cost;
    }
    s->least_objective = fmin(s->least_objective, objective);
    if (account.worst_coverage > s->best_worst + 1e-12 || (account.worst_coverage > s->best_worst - 1e-12 && account.unmet < s->unmet_at_best_worst)) {
        s->best_worst = account.worst_coverage;
        s->unmet_at_best_worst = account.unmet;
    }
}

static void search_all(struct search *s, const struct instance *x)
{
    s->x = x;
    s->least_unmet = s->least_cost = s->unmet_at_best_worst = s->least_objective = INFINITY;
    s->best_worst = -1.0;
    every_plan(&x->problem, 5, judge, s);
}

static void tiny_plans_are_the_best_of_all(void **state)
{
    (void)state;
    uint64_t seed = 11;
    struct search s = {0};
    struct vg_arena arena;
    vg_arena_init(&s.arena, 0);
    vg_arena_init(&arena, 0);
    size_t moved = 0, fair_exact = 0, fair = 0, by_flows = 0, second_exact = 0, tail_exact = 0;
    for (int k = 0; k < 150; k++) {
        struct instance x;
        struct vg_plan *plan;
        struct vg_plan_answer answer;
        draw(&seed, 3, 2, (uint32_t)between(&seed, 1, 3), 3, 2, true, &x);
        search_all(&s, &x);
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &answer);
        check_account(&x, &answer, &arena);
        vg_assert_near(answer.account.unmet, s.least_unmet, 1e-9);
        assert_true(answer.account.cost <= s.least_cost + 1e-9 + 0.01 * (double)answer.account.moved);
        moved += answer.account.moved > 0;

        x.problem.fairest = true;
        solve_fresh(&x, &arena, &plan, &answer);
        check_account(&x, &answer, &arena);
        if (s.best_worst >= 0.0 && !isnan(answer.account.worst_coverage)) {
            assert_true(answer.worst_coverage_bound >= s.best_worst - 1e-7); /* no plan in whole units is above the bound in parts */
            assert_true(answer.account.worst_coverage <= s.best_worst + 1e-9);
            fair_exact += answer.account.worst_coverage > s.best_worst - 1e-9;
            second_exact += answer.account.worst_coverage > s.best_worst - 1e-9 && answer.account.unmet < s.unmet_at_best_worst + 1e-9;
            fair++;
        }
        x.problem.by_flows = true; /* what is made for large plans: its bound holds, and it mostly is the best */
        solve_fresh(&x, &arena, &plan, &answer);
        check_account(&x, &answer, &arena);
        if (s.best_worst >= 0.0 && !isnan(answer.account.worst_coverage)) {
            assert_true(answer.worst_coverage_bound >= s.best_worst - 1e-7 && answer.account.worst_coverage <= s.best_worst + 1e-9);
            by_flows += answer.account.worst_coverage > s.best_worst - 1e-9;
        }
        x.problem.by_flows = x.problem.fairest = false;
        x.problem.tail_weight = 0.5;
        search_all(&s, &x);
        solve_fresh(&x, &arena, &plan, &answer);
        assert_true(answer.objective_bound <= s.least_objective + 1e-7);
        const double objective = 0.5 * answer.account.unmet + 0.5 * answer.account.tail_unmet;
        assert_true(objective >= s.least_objective - 1e-9);
        tail_exact += objective < s.least_objective + 1e-9;
    }
    print_message("%zu of 150 move something\n", moved);
    assert_true(moved > 30);
    print_message("fairest in whole units: %zu of %zu, %zu of them with the least unmet; by flows alone %zu; tail: %zu of 150\n", fair_exact, fair, second_exact, by_flows, tail_exact);
    assert_true(fair_exact * 100 >= fair * 90 && by_flows * 100 >= fair * 90 && second_exact * 100 >= fair * 90 && tail_exact >= 135);
    vg_arena_release(&arena);
    vg_arena_release(&s.arena);
}

/* ---------------------------------------------------------------------- promises */

static void promises_hold(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 200; k++) {
        struct instance x;
        struct vg_plan *plan;
        struct vg_plan_answer answer, rule;
        struct vg_error error;
        const bool reusable = k % 2 == 0;
        draw(&seed, (uint32_t)between(&seed, 2, SITES_MOST), (uint32_t)between(&seed, 1, PERIODS_MOST), (uint32_t)between(&seed, 1, PATHS_MOST), (uint32_t)between(&seed, 0, WAYS_MOST), 20, reusable, &x);
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &answer);
        check_account(&x, &answer, &arena);
        for (int which = 0; which < VG_PLAN_RULE_COUNT; which++) {
            vg_assert_ok(vg_plan_by_rule(&x.problem, &x.resource, (enum vg_plan_rule)which, x.population, &arena, &rule, &error), error);
            assert_true(answer.account.unmet <= rule.account.unmet + 1e-9);
            vg_assert_ok(vg_plan_account_of(&x.problem, &x.resource, rule.movements, rule.n_movements, NULL, &arena, &rule.account, &error), error);
        }
        const double free_unmet = answer.account.unmet;
        x.problem.nobody_worse = true;
        solve_fresh(&x, &arena, &plan, &answer);
        check_account(&x, &answer, &arena);
        assert_true(answer.account.unmet >= free_unmet - 1e-9);
        vg_assert_ok(vg_plan_by_rule(&x.problem, &x.resource, VG_PLAN_NOTHING_MOVES, NULL, &arena, &rule, &error), error);
        for (size_t path = 0; path < x.problem.n_paths && reusable; path++) {
            const int64_t *demand = x.demand + path * x.problem.n_sites * x.problem.n_periods;
            for (size_t cell = 0; cell < (size_t)x.problem.n_sites * x.problem.n_periods; cell++) {
                const int64_t before = demand[cell] - rule.account.held[cell], after = demand[cell] - answer.account.held[cell];
                assert_true(after <= (before > 0 ? before : 0));
            }
        }
        assert_true(answer.account.unmet <= rule.account.unmet + 1e-9);
    }
    vg_arena_release(&arena);
}

static void the_order_of_sites_says_nothing(void **state)
{
    (void)state;
    uint64_t seed = 8;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 40; k++) {
        static struct instance x, y;
        struct vg_plan *plan;
        struct vg_plan_answer a, b;
        draw(&seed, 12, 4, 3, 60, 20, k % 2 == 0, &x);
        y = x;
        for (uint32_t site = 0; site < 12; site++) {
            const uint32_t other = (site * 5 + 3) % 12;
            y.stock[other] = x.stock[site];
            y.keep[other] = x.keep[site];
            for (uint32_t row = 0; row < 4; row++) {
                y.arrivals[row * 12 + other] = x.arrivals[row * 12 + site];
            }
            for (uint32_t row = 0; row < 12; row++) {
                y.demand[row * 12 + other] = x.demand[row * 12 + site];
            }
        }
        for (uint32_t way = 0; way < 60; way++) {
            y.ways[way].from = (x.ways[way].from * 5 + 3) % 12;
            y.ways[way].to = (x.ways[way].to * 5 + 3) % 12;
        }
        y.problem.path_probability = y.probability;
        y.problem.ways = y.ways;
        y.resource = (struct vg_plan_resource){"ventilators", x.resource.reusable, y.stock, y.arrivals, y.demand, y.keep, NULL};
        x.problem.fairest = y.problem.fairest = k % 4 < 2;
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &a);
        solve_fresh(&y, &arena, &plan, &b);
        if (x.problem.fairest) {
            vg_assert_near(a.worst_coverage_bound, b.worst_coverage_bound, 1e-7);
            vg_assert_near(a.account.worst_coverage, b.account.worst_coverage, 0.05);
        } else {
            vg_assert_near(a.account.unmet, b.account.unmet, 1e-9);
            vg_assert_near(a.account.cost, b.account.cost, 1e-6 + 0.01 * (double)a.account.moved);
        }
    }
    vg_arena_release(&arena);
}

static void what_if_goes_on_from_the_last_tree(void **state)
{
    (void)state;
    uint64_t seed = 21;
    struct vg_arena arena;
    size_t exact = 0;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 60; k++) {
        static struct instance x;
        struct vg_plan *plan, *fresh;
        struct vg_plan_answer before, after, anew;
        struct vg_error error;
        draw(&seed, 20, 5, 3, 100, 20, true, &x);
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &before);
        const uint32_t site = (uint32_t)between(&seed, 0, 19), period = (uint32_t)between(&seed, 0, 4);
        const double worth = vg_plan_worth(plan, site, period);
        vg_assert_ok(vg_plan_add_stock(plan, site, period, 1, &error), error);
        vg_assert_ok(vg_plan_solve(plan, &arena, NULL, &after, &error), error);
        const double gained = before.account.unmet - after.account.unmet;
        assert_true(gained >= -1e-9 && gained <= worth + 1e-4); /* at most what the tree promises, */
        exact += gained >= worth - 1e-4;                          /* and mostly that */
        vg_assert_ok(vg_plan_add_stock(plan, site, period, 9, &error), error);
        vg_assert_ok(vg_plan_solve(plan, &arena, NULL, &after, &error), error);
        x.arrivals[period * 20 + site] += 10;
        solve_fresh(&x, &arena, &fresh, &anew);
        vg_assert_near(after.account.unmet, anew.account.unmet, 1e-9);
        vg_assert_near(after.account.cost, anew.account.cost, 1e-6 + 0.01 * (double)anew.account.moved);
    }
    print_message("%zu of 60 worths are exact\n", exact);
    assert_true(exact >= 40);
    vg_arena_release(&arena);
}

/* A larger one: the bound on the worst coverage is nearly reached in whole units, and the account of parts agrees with that of units; flows alone come near it, too, and their bounds hold. */
static void fairness_is_near_its_bound(void **state)
{
    (void)state;
    uint64_t seed = 3;
    double reusable = 0.0, consumable = 0.0;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 10; k++) {
        static struct instance x;
        struct vg_plan *plan;
        struct vg_plan_answer plain, fair, tail;
        draw(&seed, SITES_MOST, PERIODS_MOST, PATHS_MOST, WAYS_MOST, 200, k % 2 == 0, &x);
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &plain);
        x.problem.fairest = true;
        solve_fresh(&x, &arena, &plan, &fair);
        check_account(&x, &fair, &arena);
        struct vg_error error;
        assert_int_equal(vg_plan_add_stock(plan, 0, 0, 1, &error), VG_USAGE_ERROR);
        assert_int_equal(vg_plan_close_way(plan, 0, 0, true, &error), VG_USAGE_ERROR);
        assert_true(fair.account.worst_coverage >= plain.account.worst_coverage - 1e-9);
        assert_true(fair.account.worst_coverage <= fair.worst_coverage_bound + 1e-7 && fair.account.worst_coverage >= fair.worst_coverage_bound - 0.01);
        assert_true(fair.account.unmet >= plain.account.unmet - 1e-9 && fair.account.unmet <= fair.objective_bound + 0.005 * plain.account.needed);
        struct vg_plan_answer flows;
        x.problem.by_flows = true;
        solve_fresh(&x, &arena, &plan, &flows);
        check_account(&x, &flows, &arena);
        assert_true(flows.worst_coverage_bound >= fair.worst_coverage_bound - 1e-7 && flows.account.worst_coverage <= fair.worst_coverage_bound + 1e-7);
        assert_true(isnan(flows.objective_bound) || flows.account.unmet >= flows.objective_bound - 1e-6 * plain.account.needed);
        *(x.resource.reusable ? &reusable : &consumable) = fmax(x.resource.reusable ? reusable : consumable, fair.worst_coverage_bound - flows.account.worst_coverage);
        print_message("%s: bounds %.4f %.4f, reached %.4f %.4f; unmet %.1f %.1f of %.0f\n", x.resource.reusable ? "reusable" : "consumable", fair.worst_coverage_bound, flows.worst_coverage_bound, fair.account.worst_coverage,
                      flows.account.worst_coverage, fair.account.unmet, flows.account.unmet, plain.account.needed);
        x.problem.by_flows = x.problem.fairest = false;
        x.problem.tail_weight = 1.0;
        x.problem.tail = 0.8;
        solve_fresh(&x, &arena, &plan, &tail);
        check_account(&x, &tail, &arena);
        assert_true(tail.account.tail_unmet >= tail.objective_bound - 1e-6 && tail.account.tail_unmet <= tail.objective_bound + 0.005 * plain.account.needed);
    }
    print_message("by flows the worst coverage is below the bound by at most %.4f where things serve again, %.4f where they are used up\n", reusable, consumable);
    assert_true(reusable < 0.12 && consumable < 0.02);
    vg_arena_release(&arena);
}

/* Where the linear program would be too large: bounds of prices hold, and come near its own; so does the plan. */
static void fairness_by_prices_is_near_the_linear_program(void **state)
{
    (void)state;
    uint64_t seed = 17;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    double loosest = 0.0, farthest = 0.0, dearest = 0.0;
    for (int k = 0; k < 2; k++) {
        static struct instance x;
        struct vg_plan *plan;
        struct vg_plan_answer exact, priced;
        draw(&seed, SITES_MOST, PERIODS_MOST, PATHS_MOST, WAYS_MOST, 200, k % 2 == 0, &x);
        x.problem.fairest = true;
        x.problem.fairness_slack = k % 3 == 0 ? 0.1 : 0.0;
        vg_arena_reset(&arena);
        solve_fresh(&x, &arena, &plan, &exact);
        x.problem.by_prices = true;
        solve_fresh(&x, &arena, &plan, &priced);
        check_account(&x, &priced, &arena);
        assert_true(priced.worst_coverage_bound >= exact.worst_coverage_bound - 1e-7); /* never below what can be reached, */
        assert_true(priced.account.worst_coverage <= exact.worst_coverage_bound + 1e-7);
        assert_true(priced.account.unmet >= priced.objective_bound - 1e-6 * exact.account.needed || priced.account.worst_coverage < exact.account.worst_coverage - 1e-9);
        loosest = fmax(loosest, priced.worst_coverage_bound - exact.worst_coverage_bound);
        farthest = fmax(farthest, exact.worst_coverage_bound * (1.0 - x.problem.fairness_slack) - priced.account.worst_coverage);
        dearest = fmax(dearest, (priced.account.unmet - exact.objective_bound) / exact.account.needed);
        print_message("bounds %.4f %.4f, reached %.4f %.4f; unmet %.1f bounds %.1f %.1f reached %.1f of %.0f\n", exact.worst_coverage_bound, priced.worst_coverage_bound, exact.account.worst_coverage,
                      priced.account.worst_coverage, exact.account.unmet, exact.objective_bound, priced.objective_bound, priced.account.unmet, exact.account.needed);
    }
    print_message("the bound is above by at most %.4f, the plan's worst coverage below by %.4f, its unmet need above by %.4f of the need\n", loosest, farthest, dearest);
    assert_true(loosest < 0.02 && farthest < 0.03 && dearest < 0.02);
    vg_arena_release(&arena);
}

/* Down a line of places within one period, ways listed from its end: each leg is one movement a period, whatever the order in which things come by. */
static void rules_go_down_a_line_of_places(void **state)
{
    (void)state;
    enum { PLACES = 12 };
    static struct instance x;
    uint64_t seed = 1;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_plan_answer answer;
    vg_arena_init(&arena, 0);
    draw(&seed, PLACES, 1, 1, 0, 5, true, &x);
    memset(x.keep, 0, sizeof x.keep);
    memset(x.arrivals, 0, sizeof x.arrivals);
    memset(x.demand, 0, sizeof x.demand);
    for (uint32_t k = 0; k < PLACES; k++) {
        x.stock[k] = 10;
    }
    for (uint32_t k = 0; k + 1 < PLACES; k++) {
        x.ways[k] = (struct vg_plan_way){PLACES - 2 - k, PLACES - 1 - k, 0, 1.0, VG_PLAN_NO_LIMIT};
    }
    x.problem.n_ways = PLACES - 1;
    x.demand[PLACES - 1] = 10 * PLACES;
    vg_assert_ok(vg_plan_by_rule(&x.problem, &x.resource, VG_PLAN_BY_SHORTAGE, NULL, &arena, &answer, &error), error);
    assert_int_equal(answer.n_movements, PLACES - 1);
    vg_assert_near(answer.account.unmet, 0.0, 0.0);
    for (size_t k = 0; k < answer.n_movements; k++) {
        assert_int_equal(answer.movements[k].amount, 10 * (answer.movements[k].way == 0 ? PLACES - 1 : PLACES - 1 - (int64_t)answer.movements[k].way));
    }
    vg_arena_release(&arena);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct vg_arena arena;
    struct vg_plan *plan;
    struct vg_error error;
    struct instance x;
    vg_arena_init(&arena, 0);
    draw(&seed, 4, 2, 2, 4, 5, true, &x);
    x.stock[2] = -1;
    assert_int_equal(vg_plan_create(&x.problem, &x.resource, &arena, &plan, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "the stock of site 3"));
    x.stock[2] = 1;
    x.demand[5] = INT64_MAX;
    assert_int_equal(vg_plan_create(&x.problem, &x.resource, &arena, &plan, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "the need of site 2 in period 2"));
    x.demand[5] = 0;
    x.probability[0] += 0.1;
    assert_int_equal(vg_plan_create(&x.problem, &x.resource, &arena, &plan, &error), VG_DATA_ERROR);
    x.probability[0] -= 0.1;
    x.ways[0].to = 77;
    assert_int_equal(vg_plan_create(&x.problem, &x.resource, &arena, &plan, &error), VG_DATA_ERROR);
    x.ways[0].to = (x.ways[0].from + 1) % 4;
    vg_assert_ok(vg_plan_create(&x.problem, &x.resource, &arena, &plan, &error), error);
    struct vg_plan_account account;
    const struct vg_plan_movement too_much = {0, 0, 1000};
    x.ways[0].capacity = VG_PLAN_NO_LIMIT;
    assert_int_equal(vg_plan_account_of(&x.problem, &x.resource, &too_much, 1, NULL, &arena, &account, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

/* Whether there is a plan at all with what must be. */
static bool can_be(const struct instance *x, const int64_t *must, struct vg_arena *arena, struct vg_plan_answer *answer)
{
    struct vg_plan_resource resource = x->resource;
    struct vg_plan *plan;
    struct vg_error error;
    resource.must = must;
    vg_assert_ok(vg_plan_create(&x->problem, &resource, arena, &plan, &error), error);
    const vg_status status = vg_plan_solve(plan, arena, NULL, answer, &error);
    assert_true(status == VG_OK || status == VG_DATA_ERROR);
    return status == VG_OK;
}

/* What must be and can be, is; of what cannot be, the set that is named cannot be together, and without any one of it the others can. */
static void what_cannot_be_together_is_named(void **state)
{
    uint64_t seed = 77;
    size_t n_can = 0, n_cannot = 0, n_single = 0, n_larger = 0;
    (void)state;
    for (int round = 0; round < 200; round++) {
        static struct instance x;
        int64_t must[SITES_MOST * PERIODS_MOST] = {0}, part[SITES_MOST * PERIODS_MOST];
        uint32_t cells[SITES_MOST * PERIODS_MOST];
        struct vg_plan_answer answer;
        struct vg_arena arena;
        struct vg_error error;
        size_t n = 0;
        int64_t lacking = 0;
        vg_arena_init(&arena, 0);
        draw(&seed, 6, 4, 2, 14, 12, round % 2 == 0, &x);
        const uint32_t all = x.problem.n_sites * x.problem.n_periods;
        for (uint32_t cell = 0; cell < all; cell++) {
            must[cell] = between(&seed, 0, 3) == 0 ? between(&seed, 1, round % 3 == 0 ? 5 : 14) : 0;
        }
        x.resource.must = must;
        vg_assert_ok(vg_plan_conflict(&x.problem, &x.resource, cells, &n, &lacking, &error), error);
        const bool can = can_be(&x, must, &arena, &answer);
        assert_true(can == (n == 0));
        n_can += can;
        n_cannot += !can;
        n_single += n == 1;
        n_larger += n > 2;
        for (uint32_t cell = 0; can && cell < all; cell++) {
            assert_true(answer.account.held[cell] >= must[cell]);
        }
        for (size_t without = 0; n > 0 && without <= n; without++) { /* all of the set, and all but one of it */
            memset(part, 0, sizeof part);
            for (size_t k = 0; k < n; k++) {
                part[cells[k]] = k + 1 == without ? 0 : must[cells[k]];
            }
            assert_true(can_be(&x, part, &arena, &answer) == (without > 0));
        }
        assert_true(n == 0 || lacking > 0);
        vg_arena_release(&arena);
    }
    assert_true(n_can > 20 && n_cannot > 20 && n_single > 5 && n_larger > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_plans_are_the_best_of_all),
        cmocka_unit_test(promises_hold),
        cmocka_unit_test(the_order_of_sites_says_nothing),
        cmocka_unit_test(what_if_goes_on_from_the_last_tree),
        cmocka_unit_test(rules_go_down_a_line_of_places),
        cmocka_unit_test(fairness_is_near_its_bound),
        cmocka_unit_test(fairness_by_prices_is_near_the_linear_program),
        cmocka_unit_test(what_cannot_be_together_is_named),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return vg_run_group_tests("plan", tests, NULL, NULL);
}
