/*
 * Plans of several resources within limits that they share: against every plan there is (tiny ones, all movements tried), the bound of prices against that of the linear program, plans that keep to limits when their
 * movements are counted again, and sets of what cannot be together of which none can be left out.
 */
#include "vg_test.h"

#include "every_plan.h"
#include "small_numbers.h"

#include "allocate/plan/plan.h"

enum { RESOURCES = 2, SITES_MOST = 24, PERIODS_MOST = 5, PATHS_MOST = 3, WAYS_MOST = 60, LIMITS_MOST = 80 };

struct instance {
    double probability[PATHS_MOST], weight[RESOURCES], size[RESOURCES];
    struct vg_plan_way ways[WAYS_MOST];
    uint32_t way_of[LIMITS_MOST];
    int64_t stock[RESOURCES][SITES_MOST], demand[RESOURCES][SITES_MOST * PERIODS_MOST * PATHS_MOST], must[RESOURCES][SITES_MOST * PERIODS_MOST];
    struct vg_plan_problem problem;
    struct vg_plan_resource resources[RESOURCES];
    struct vg_plan_limit limits[LIMITS_MOST];
    struct vg_plan_shared shared;
};

/* Half of the sites have, the others need; ways lead anywhere. */
static void draw(uint64_t *seed, uint32_t sites, uint32_t periods, uint32_t paths, uint32_t n_ways, int64_t most, struct instance *x)
{
    memset(x, 0, sizeof *x);
    for (uint32_t path = 0; path < paths; path++) {
        x->probability[path] = 1.0 / paths;
    }
    for (uint32_t way = 0; way < n_ways; way++) {
        const uint32_t from = (uint32_t)between(seed, 0, sites - 1), to = (from + (uint32_t)between(seed, 1, sites - 1)) % sites;
        x->ways[way] = (struct vg_plan_way){from, to, (uint32_t)between(seed, 0, 1), (double)between(seed, 0, 5), VG_PLAN_NO_LIMIT};
    }
    for (int r = 0; r < RESOURCES; r++) {
        x->weight[r] = (double)between(seed, 1, 5);
        x->size[r] = (double)between(seed, 1, 3);
        for (uint32_t site = 0; site < sites; site++) {
            x->stock[r][site] = between(seed, 0, 1) * between(seed, most, 3 * most);
        }
        for (uint32_t k = 0; k < sites * periods * paths; k++) {
            x->demand[r][k] = between(seed, 0, 2 * most);
        }
        x->resources[r] = (struct vg_plan_resource){.name = "resource", .reusable = r == 0, .stock = x->stock[r], .demand = x->demand[r]};
    }
    x->problem = (struct vg_plan_problem){.n_sites = sites, .n_periods = periods, .n_paths = paths, .path_probability = x->probability, .ways = x->ways, .n_ways = n_ways, .tail = 0.8};
    x->shared = (struct vg_plan_shared){.problem = &x->problem, .resources = x->resources, .n_resources = RESOURCES, .weight = x->weight, .limits = x->limits};
}

static void add_budget(struct instance *x, uint32_t period, double most)
{
    x->limits[x->shared.n_limits++] = (struct vg_plan_limit){.period = period, .most = most};
}

static void add_truck(struct instance *x, uint32_t way, uint32_t period, double most)
{
    uint32_t *of = &x->way_of[x->shared.n_limits];
    *of = way;
    x->limits[x->shared.n_limits++] = (struct vg_plan_limit){.ways = of, .n_ways = 1, .period = period, .size = x->size, .most = most};
}

static double taken(const struct instance *x, const struct vg_plan_limit *limit, const struct vg_plan_movement *movements, size_t n, int r)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        bool of = limit->ways == NULL;
        for (size_t way = 0; way < limit->n_ways; way++) {
            of = of || limit->ways[way] == movements[k].way;
        }
        of = of && (limit->period == VG_PLAN_ALL_PERIODS || limit->period == movements[k].period);
        sum += of ? (double)movements[k].amount * (limit->size == NULL ? x->ways[movements[k].way].cost : limit->size[r]) : 0.0;
    }
    return sum;
}

static void solve(const struct instance *x, struct vg_arena *arena, struct vg_plan_shared_answer *answer)
{
    struct vg_error error;
    vg_assert_ok(vg_plan_shared_solve(&x->shared, arena, NULL, answer, &error), error);
    double unmet = 0.0;
    for (int r = 0; r < RESOURCES; r++) { /* what the plan says is what its movements do */
        const struct vg_plan_answer *part = &answer->answers[r];
        struct vg_plan_account account;
        vg_assert_ok(vg_plan_account_of(&x->problem, &x->resources[r], part->movements, part->n_movements, r == 0 ? NULL : part->account.held, arena, &account, &error), error);
        vg_assert_near(account.unmet, part->account.unmet, 1e-9 * (1.0 + account.needed));
        unmet += x->weight[r] * account.unmet;
    }
    vg_assert_near(unmet, answer->unmet, 1e-9 * (1.0 + unmet));
    assert_true(x->problem.fairest || answer->bound <= (1.0 - x->problem.tail_weight) * answer->unmet + x->problem.tail_weight * answer->tail_unmet + 1e-9);
    for (uint32_t k = 0; k < x->shared.n_limits; k++) {
        double sum = 0.0;
        for (int r = 0; r < RESOURCES; r++) {
            sum += taken(x, &x->limits[k], answer->answers[r].movements, answer->answers[r].n_movements, r);
        }
        vg_assert_near(sum, answer->used[k], 1e-9 * (1.0 + sum));
        assert_true(sum <= x->limits[k].most * (1.0 + 1e-9) + 1e-9);
    }
}

/* -------------------------------------------------------------- every plan there is */

struct choice {
    double unmet, worst, path_unmet[PATHS_MOST], taken[4];
};
/* Of all pairs of plans: the least unmet; the best worst coverages, the lesser first, with the least unmet of these; the least half of it with half of its tail. */
struct found {
    double unmet, worst[2], unmet_at_worst, half_tail;
};
struct search {
    const struct instance *x;
    struct vg_arena arena;
    int r;                 /* whose plans are tried */
    size_t n[RESOURCES];
    struct choice choices[RESOURCES][8192];
};

static void keep_choice(void *context, const struct vg_plan_movement *movements, size_t n_movements)
{
    struct search *s = context;
    const int r = s->r;
    struct vg_plan_account account;
    struct vg_error error;
    vg_arena_reset(&s->arena);
    if (vg_plan_account_of(&s->x->problem, &s->x->resources[r], movements, n_movements, NULL, &s->arena, &account, &error) == VG_OK) {
        struct choice *choice = &s->choices[r][s->n[r]++];
        choice->unmet = s->x->weight[r] * account.unmet;
        choice->worst = isnan(account.worst_coverage) ? 1.0 : account.worst_coverage;
        for (uint32_t path = 0; path < s->x->problem.n_paths; path++) {
            choice->path_unmet[path] = s->x->weight[r] * account.path_unmet[path];
        }
        for (uint32_t k = 0; k < s->x->shared.n_limits; k++) {
            choice->taken[k] = taken(s->x, &s->x->limits[k], movements, n_movements, r);
        }
    }
}

/* Of equally likely paths: the mean of the worst share of them. */
static double tail_of(const struct instance *x, const struct choice *a, const struct choice *b)
{
    double worst = 0.0; /* a tail of at most one path's probability */
    for (uint32_t path = 0; path < x->problem.n_paths; path++) {
        worst = fmax(worst, a->path_unmet[path] + b->path_unmet[path]);
    }
    return worst;
}

static void judge(const struct instance *x, const struct choice *a, const struct choice *b, struct found *found)
{
    const double unmet = a->unmet + b->unmet, low = fmin(a->worst, b->worst), high = fmax(a->worst, b->worst);
    const bool fairer = low > found->worst[0] + 1e-12 || (low > found->worst[0] - 1e-12 && high > found->worst[1] + 1e-12), as_fair = fabs(low - found->worst[0]) <= 1e-12 && fabs(high - found->worst[1]) <= 1e-12;
    found->unmet = fmin(found->unmet, unmet);
    found->half_tail = fmin(found->half_tail, 0.5 * unmet + 0.5 * tail_of(x, a, b));
    found->unmet_at_worst = fairer ? unmet : as_fair ? fmin(found->unmet_at_worst, unmet) : found->unmet_at_worst;
    found->worst[0] = fairer ? low : found->worst[0];
    found->worst[1] = fairer ? high : found->worst[1];
}

/* Each resource's plans by themselves, then every pair of them that keeps to the limits. */
static struct found best_of_all(struct search *s, const struct instance *x)
{
    struct found best = {INFINITY, {-1.0, -1.0}, INFINITY, INFINITY};
    s->x = x;
    for (s->r = 0; s->r < RESOURCES; s->r++) {
        s->n[s->r] = 0;
        every_plan(&x->problem, 3, keep_choice, s);
    }
    for (size_t a = 0; a < s->n[0]; a++) {
        for (size_t b = 0; b < s->n[1]; b++) {
            bool keeps = true;
            for (uint32_t k = 0; keeps && k < x->shared.n_limits; k++) {
                keeps = s->choices[0][a].taken[k] + s->choices[1][b].taken[k] <= x->limits[k].most + 1e-9;
            }
            if (keeps) {
                judge(x, &s->choices[0][a], &s->choices[1][b], &best);
            }
        }
    }
    return best;
}

struct fair_score {
    size_t n, fairest, least_unmet, tail;
};

/* The worst-served place first, and the tail, of a tiny instance: no plan there is beats the bounds, nor does what is found beat the best. */
static void fair_plan(struct instance *x, const struct found *all, struct vg_arena *arena, struct fair_score *score)
{
    struct vg_plan_shared_answer answer;
    x->shared.decompose = false;
    x->problem.fairest = true;
    solve(x, arena, &answer);
    double worst[2], bound[2];
    for (int r = 0; r < RESOURCES; r++) {
        worst[r] = isnan(answer.answers[r].account.worst_coverage) ? 1.0 : answer.answers[r].account.worst_coverage;
        bound[r] = isnan(answer.answers[r].worst_coverage_bound) ? 1.0 : answer.answers[r].worst_coverage_bound;
    }
    const double low = fmin(worst[0], worst[1]), high = fmax(worst[0], worst[1]);
    assert_true(all->worst[0] <= fmin(bound[0], bound[1]) + 1e-7);
    assert_true(low < all->worst[0] + 1e-9 && (low < all->worst[0] - 1e-9 || high < all->worst[1] + 1e-9));
    const bool fairest = low > all->worst[0] - 1e-9 && high > all->worst[1] - 1e-9;
    assert_true(!fairest || answer.unmet >= all->unmet_at_worst - 1e-9);
    score->n++;
    score->fairest += fairest;
    score->least_unmet += fairest && answer.unmet < all->unmet_at_worst + 1e-9;
    x->problem.fairest = false;
    x->problem.tail_weight = 0.5;
    solve(x, arena, &answer);
    assert_true(answer.bound <= all->half_tail + 1e-6 && 0.5 * answer.unmet + 0.5 * answer.tail_unmet >= all->half_tail - 1e-9);
    score->tail += 0.5 * answer.unmet + 0.5 * answer.tail_unmet < all->half_tail + 1e-9;
    x->problem.tail_weight = 0.0;
}

static void tiny_plans_are_near_the_best_of_all(void **state)
{
    (void)state;
    static struct search s;
    static struct instance x;
    uint64_t seed = 4;
    struct vg_arena arena;
    vg_arena_init(&s.arena, 0);
    vg_arena_init(&arena, 0);
    size_t exact = 0, binding = 0;
    struct fair_score fair = {0};
    double best_sum = 0.0, reached_sum = 0.0, bound_sum = 0.0;
    for (int k = 0; k < 120; k++) {
        draw(&seed, 3, 2, 2, 3, 2, &x);
        x.resources[1].reusable = true; /* whose account needs no choice of use */
        for (int way = 0; way < 3; way++) {
            x.ways[way].capacity = 3; /* all that is tried */
        }
        add_budget(&x, k % 2 == 0 ? VG_PLAN_ALL_PERIODS : 0, (double)between(&seed, 1, 6));
        add_truck(&x, 0, 0, (double)between(&seed, 1, 3));
        add_truck(&x, 1, 0, (double)between(&seed, 1, 3));
        const struct found all = best_of_all(&s, &x);
        const double best = all.unmet;
        for (int way = 0; way < 2; way++) {
            struct vg_plan_shared_answer answer;
            x.shared.decompose = way == 1;
            vg_arena_reset(&arena);
            solve(&x, &arena, &answer);
            assert_true(answer.bound <= best + 1e-6 && answer.unmet >= best - 1e-9);
            exact += answer.unmet < best + 1e-9;
            best_sum += best;
            reached_sum += answer.unmet;
            bound_sum += answer.bound;
            for (uint32_t limit = 0; limit < x.shared.n_limits && way == 0; limit++) {
                binding += answer.price[limit] > 1e-9;
            }
        }
        fair_plan(&x, &all, &arena, &fair);
    }
    print_message("%zu of 240 exact; best %.0f, reached %.0f, bound %.0f; %zu limits bind\n", exact, best_sum, reached_sum, bound_sum, binding);
    print_message("%zu tiny plans: %zu the fairest, %zu of them with the least unmet; tail %zu\n", fair.n, fair.fairest, fair.least_unmet, fair.tail);
    assert_true(binding > 30 && exact > 220 && reached_sum < 1.02 * best_sum && bound_sum > 0.95 * best_sum);
    vg_arena_release(&s.arena);
    vg_arena_release(&arena);
}

/* --------------------------------------------------------------------- larger ones */

static void prices_come_to_the_linear_program(void **state)
{
    (void)state;
    static struct instance x;
    uint64_t seed = 12;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    double worst_bound = 0.0, worst_gap = 0.0;
    for (int k = 0; k < 12; k++) {
        struct vg_plan_shared_answer exact, priced;
        draw(&seed, SITES_MOST, PERIODS_MOST, PATHS_MOST, WAYS_MOST, 30, &x);
        if (k % 3 == 0) {
            add_budget(&x, VG_PLAN_ALL_PERIODS, (double)between(&seed, 100, 600));
        }
        for (uint32_t period = 0; period < PERIODS_MOST && k % 3 == 1; period++) {
            add_budget(&x, period, (double)between(&seed, 30, 150));
        }
        for (uint32_t way = 0; way < 40 && k % 3 == 2; way++) {
            add_truck(&x, way, way % PERIODS_MOST, (double)between(&seed, 1, 60));
        }
        vg_arena_reset(&arena);
        solve(&x, &arena, &exact);
        assert_int_equal(exact.rounds, 0);
        x.shared.decompose = true;
        solve(&x, &arena, &priced);
        assert_true(priced.rounds > 0);
        assert_true(priced.bound <= exact.bound + 1e-6 * (1.0 + exact.bound));
        worst_bound = fmax(worst_bound, (exact.bound - priced.bound) / exact.bound);
        worst_gap = fmax(worst_gap, fmax(exact.unmet - exact.bound, priced.unmet - exact.bound) / exact.bound);
        print_message("%d: bounds %.3f %.3f, reached %.3f %.3f, %u rounds\n", k % 3, exact.bound, priced.bound, exact.unmet, priced.unmet, priced.rounds);
    }
    print_message("the bound of prices is below the linear program's by at most %.5f of it, a plan above by %.5f\n", worst_bound, worst_gap);
    assert_true(worst_bound < 0.001 && worst_gap < 0.01);
    vg_arena_release(&arena);
}

/* Whole units come near the bounds; without limits that bind each resource has what it has alone; slack and tail do what they say. */
static void fairness_within_limits_is_near_its_bounds(void **state)
{
    (void)state;
    static struct instance x;
    uint64_t seed = 31;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    double farthest = 0.0, dearest = 0.0, tail_gap = 0.0, freest = 0.0;
    for (int k = 0; k < 12; k++) {
        struct vg_plan_shared_answer plain, fair, slack, tail;
        draw(&seed, SITES_MOST, PERIODS_MOST, PATHS_MOST, WAYS_MOST, 200, &x);
        if (k % 3 == 0) {
            add_budget(&x, VG_PLAN_ALL_PERIODS, (double)between(&seed, 1000, 6000));
        }
        for (uint32_t way = 0; way < 40 && k % 3 == 1; way++) {
            add_truck(&x, way, way % PERIODS_MOST, (double)between(&seed, 10, 600));
        }
        if (k % 3 == 2) {
            add_budget(&x, VG_PLAN_ALL_PERIODS, 1e9);
        }
        vg_arena_reset(&arena);
        solve(&x, &arena, &plain);
        x.problem.fairest = true;
        solve(&x, &arena, &fair);
        double low = 1.0, bound = 1.0;
        for (int r = 0; r < RESOURCES; r++) {
            const struct vg_plan_answer *part = &fair.answers[r];
            low = fmin(low, part->account.worst_coverage);
            bound = fmin(bound, part->worst_coverage_bound);
            farthest = fmax(farthest, part->worst_coverage_bound - part->account.worst_coverage);
            if (k % 3 == 2) {
                struct vg_plan *alone;
                struct vg_plan_answer answer;
                struct vg_error error;
                vg_assert_ok(vg_plan_create(&x.problem, &x.resources[r], &arena, &alone, &error), error);
                vg_assert_ok(vg_plan_solve(alone, &arena, NULL, &answer, &error), error);
                vg_assert_near(answer.worst_coverage_bound, part->worst_coverage_bound, 1e-6);
                freest = fmax(freest, fabs(answer.account.worst_coverage - part->account.worst_coverage));
            }
        }
        assert_true(low <= bound + 1e-7 && low >= fmin(plain.answers[0].account.worst_coverage, plain.answers[1].account.worst_coverage) - 1e-9);
        dearest = fmax(dearest, fair.unmet / fair.bound - 1.0);
        x.problem.fairness_slack = 0.2;
        solve(&x, &arena, &slack);
        assert_true(slack.bound <= fair.bound + 1e-6 && slack.bound >= plain.bound - 1e-6 * (1.0 + plain.bound));
        x.problem.fairest = false;
        x.problem.fairness_slack = 0.0;
        x.problem.tail_weight = 1.0;
        solve(&x, &arena, &tail);
        assert_true(tail.bound <= plain.tail_unmet + 1e-6 && tail.unmet >= plain.bound - 1e-6);
        tail_gap = fmax(tail_gap, tail.tail_unmet / tail.bound - 1.0);
        print_message("%d: worst %.4f %.4f of %.4f %.4f; unmet %.1f of %.1f, plain %.1f; tail %.1f of %.1f\n", k % 3, fair.answers[0].account.worst_coverage, fair.answers[1].account.worst_coverage, fair.answers[0].worst_coverage_bound, fair.answers[1].worst_coverage_bound, fair.unmet, fair.bound, plain.unmet, tail.tail_unmet, tail.bound);
        x.problem.tail_weight = 0.0;
    }
    print_message("the worst coverage is below its bound by at most %.4f, unmet need above by %.4f of it, the tail by %.4f; alone and together differ by %.4f\n", farthest, dearest, tail_gap, freest);
    assert_true(farthest < 0.01 && dearest < 0.03 && tail_gap < 0.002 && freest < 0.01);
    vg_arena_release(&arena);
}

static void open_levels(const struct instance *x, struct vg_arena *arena, struct vg_plan_levels **levels, struct vg_plan_level *level)
{
    struct vg_error error;
    vg_assert_ok(vg_plan_levels_open(&x->shared, arena, levels, level, &error), error);
}

static void assert_same_level(const struct vg_plan_level *a, const struct vg_plan_level *b)
{
    vg_assert_near(a->unmet, b->unmet, 1e-6 * (1.0 + fabs(b->unmet)));
    for (int r = 0; r < RESOURCES; r++) {
        assert_true(isnan(a->worst_coverage[r]) ? isnan(b->worst_coverage[r]) : fabs(a->worst_coverage[r] - b->worst_coverage[r]) < 1e-6);
    }
}

/* Going on from the open program is solving anew: a way shut for a resource is one with a truck of nothing for it; more units are a larger stock. */
static void what_a_change_does_is_what_solving_anew_says(void **state)
{
    (void)state;
    static struct instance x;
    uint64_t seed = 77;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    size_t lower = 0, dearer = 0, more = 0, asked = 0;
    for (int k = 0; k < 16; k++) {
        struct vg_plan_levels *levels, *anew;
        struct vg_plan_level level, changed, found;
        struct vg_plan_shared_answer answer;
        struct vg_error error;
        vg_arena_reset(&arena);
        draw(&seed, 12, 4, PATHS_MOST, WAYS_MOST, 20, &x);
        add_budget(&x, VG_PLAN_ALL_PERIODS, (double)between(&seed, 100, 600));
        add_truck(&x, 0, 0, (double)between(&seed, 1, 60));
        x.problem.fairest = k % 2 == 0;
        x.problem.nobody_worse = k % 8 == 5;
        x.problem.tail_weight = k % 4 >= 2 ? 0.5 : 0.0;
        solve(&x, &arena, &answer);
        open_levels(&x, &arena, &levels, &level);
        changed.worst_coverage = VG_ARENA_ARRAY(&arena, double, RESOURCES);
        vg_assert_near(level.unmet, answer.bound, x.problem.fairest ? 1e-6 * (1.0 + answer.bound) : answer.bound * 1e-3 + 1.0);
        for (int r = 0; r < RESOURCES; r++) {
            for (size_t m = 0; m < answer.answers[r].n_movements && m < 5; m++) {
                const struct vg_plan_movement *movement = &answer.answers[r].movements[m];
                vg_assert_ok(vg_plan_levels_without(levels, (uint32_t)r, movement->way, movement->period, &changed, &error), error);
                uint32_t way = movement->way;
                const double size[RESOURCES] = {r == 0, r == 1};
                x.limits[x.shared.n_limits++] = (struct vg_plan_limit){.ways = &way, .n_ways = 1, .period = movement->period, .size = size, .most = 0.0};
                open_levels(&x, &arena, &anew, &found);
                assert_same_level(&changed, &found);
                vg_plan_levels_close(anew);
                x.shared.n_limits--;
                for (int other = 0; other < RESOURCES; other++) {
                    lower += x.problem.fairest && changed.worst_coverage[other] < level.worst_coverage[other] - 1e-6;
                }
                dearer += changed.unmet > level.unmet + 1e-6;
                asked++;
            }
            const uint32_t site = (uint32_t)between(&seed, 0, 11);
            vg_assert_ok(vg_plan_levels_with(levels, (uint32_t)r, site, 3, &changed, &error), error);
            x.stock[r][site] += 3;
            open_levels(&x, &arena, &anew, &found);
            assert_same_level(&changed, &found);
            vg_plan_levels_close(anew);
            x.stock[r][site] -= 3;
            more += changed.unmet < level.unmet - 1e-6;
        }
        vg_plan_levels_close(levels);
    }
    print_message("%zu movements left out: %zu worst coverages lower, %zu times more unmet; 3 more units help %zu times of 32\n", asked, lower, dearer, more);
    assert_true(asked > 80 && lower > 3 && dearer > 20 && more > 10);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------- what cannot be together */

static bool conflict(const struct instance *x, size_t *musts, size_t *n_musts, uint32_t *limits, size_t *n_limits)
{
    struct vg_error error;
    vg_assert_ok(vg_plan_shared_conflict(&x->shared, musts, n_musts, limits, n_limits, &error), error);
    return *n_musts + *n_limits > 0;
}

static void what_cannot_be_together_is_named(void **state)
{
    (void)state;
    static struct instance x, y;
    uint64_t seed = 9;
    size_t musts[RESOURCES * SITES_MOST * PERIODS_MOST], other[RESOURCES * SITES_MOST * PERIODS_MOST], n_musts, n_limits, n_other, n_rest, could = 0, both = 0, ruled_well = 0;
    uint32_t limits[LIMITS_MOST], rest[LIMITS_MOST];
    for (int k = 0; k < 60; k++) {
        draw(&seed, 6, 3, 2, 14, 8, &x);
        add_budget(&x, VG_PLAN_ALL_PERIODS, (double)between(&seed, 0, 60));
        add_truck(&x, 0, 1, (double)between(&seed, 0, 10));
        for (int r = 0; r < RESOURCES; r++) {
            for (int more = 0; more < 3; more++) {
                x.must[r][between(&seed, 0, 6 * 3 - 1)] = between(&seed, 1, 8);
            }
            x.resources[r].must = x.must[r];
        }
        if (!conflict(&x, musts, &n_musts, limits, &n_limits)) {
            struct vg_arena arena;
            struct vg_plan_shared_answer answer;
            struct vg_error error;
            vg_arena_init(&arena, 0);
            const vg_status status = vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error);
            assert_true(status == VG_OK || strstr(error.message, "whole units") != NULL);
            could += status == VG_OK;
            x.problem.fairest = k % 2 == 0; /* with these rules, too, what must be is */
            x.problem.tail_weight = k % 3 == 0 ? 0.3 : 0.0;
            x.problem.nobody_worse = k % 4 == 1;
            const vg_status ruled = vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error);
            assert_true(ruled == VG_OK || strstr(error.message, "whole units") != NULL || x.problem.nobody_worse);
            for (int r = 0; r < RESOURCES && ruled == VG_OK; r++) {
                for (int cell = 0; cell < 6 * 3; cell++) {
                    assert_true(answer.answers[r].account.held[cell] >= x.must[r][cell]);
                }
            }
            ruled_well += ruled == VG_OK;
            vg_arena_release(&arena);
            continue;
        }
        both += n_musts > 0 && n_limits > 0;
        for (size_t out = 0; out <= n_musts + n_limits; out++) { /* all of the set, then all but one of it */
            y = x;
            y.problem.path_probability = y.probability;
            y.problem.ways = y.ways;
            y.shared = (struct vg_plan_shared){.problem = &y.problem, .resources = y.resources, .n_resources = RESOURCES, .weight = y.weight, .limits = y.limits};
            memset(y.must, 0, sizeof y.must);
            for (int r = 0; r < RESOURCES; r++) {
                y.resources[r] = (struct vg_plan_resource){.name = "resource", .reusable = r == 0, .stock = y.stock[r], .demand = y.demand[r], .must = y.must[r]};
            }
            for (size_t m = 0; m < n_musts; m++) {
                y.must[musts[m] / 18][musts[m] % 18] = m + 1 == out ? 0 : x.must[musts[m] / 18][musts[m] % 18];
            }
            for (size_t l = 0; l < n_limits; l++) {
                if (n_musts + l + 1 != out) {
                    y.limits[y.shared.n_limits++] = x.limits[limits[l]];
                }
            }
            assert_true(conflict(&y, other, &n_other, rest, &n_rest) == (out == 0));
        }
    }
    print_message("%zu of 60 could be, %zu with rules, %zu named limits and musts\n", could, ruled_well, both);
    assert_true(could > 8 && ruled_well > 8 && both > 8);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static struct instance x;
    uint64_t seed = 2;
    struct vg_arena arena;
    struct vg_plan_shared_answer answer;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    draw(&seed, 4, 2, 1, 5, 5, &x);
    add_budget(&x, 7, 10.0);
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.limits[0].period = 0;
    x.limits[0].most = -1.0;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.limits[0].most = 10.0;
    x.weight[1] = 0.0;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.weight[1] = 1.0;
    solve(&x, &arena, &answer);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_plans_are_near_the_best_of_all),
        cmocka_unit_test(prices_come_to_the_linear_program),
        cmocka_unit_test(fairness_within_limits_is_near_its_bounds),
        cmocka_unit_test(what_a_change_does_is_what_solving_anew_says),
        cmocka_unit_test(what_cannot_be_together_is_named),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return vg_run_group_tests("shared", tests, NULL, NULL);
}
