/*
 * Resources that serve only together (a bed with a ventilator): plans against every plan there is (tiny ones, all movements of both tried), with a budget and without, by each rule; and what a plan says against what its movements
 * bring, counted again.
 */
#include "vg_test.h"

#include "every_plan.h"
#include "small_numbers.h"

#include "allocate/plan/plan.h"

enum { SITES_MOST = 24, PERIODS_MOST = 6, PATHS_MOST = 3, WAYS_MOST = 80, MEMBERS = 2, RESOURCES = 4 /* two members, what they serve, and one beside */, SERVED = 2, BESIDE = 3, CHOICES_MOST = 4096, CELLS_TINY = 6 };

struct instance {
    double probability[PATHS_MOST], weight[RESOURCES];
    uint32_t members[MEMBERS];
    int64_t serves[MEMBERS];
    struct vg_plan_way ways[WAYS_MOST];
    int64_t stock[RESOURCES][SITES_MOST], keep[RESOURCES][SITES_MOST], demand[RESOURCES][SITES_MOST * PERIODS_MOST * PATHS_MOST];
    struct vg_plan_problem problem;
    struct vg_plan_resource resources[RESOURCES];
    struct vg_plan_limit limit;
    struct vg_plan_bundle bundle;
    struct vg_plan_shared shared;
};

static void draw(uint64_t *seed, uint32_t sites, uint32_t periods, uint32_t paths, uint32_t n_ways, int64_t most, int64_t capacity, struct instance *x)
{
    memset(x, 0, sizeof *x);
    for (uint32_t path = 0; path < paths; path++) {
        x->probability[path] = 1.0 / paths;
    }
    for (uint32_t way = 0; way < n_ways; way++) {
        const uint32_t from = (uint32_t)between(seed, 0, sites - 1), to = (from + (uint32_t)between(seed, 1, sites - 1)) % sites;
        x->ways[way] = (struct vg_plan_way){from, to, (uint32_t)between(seed, 0, 1), (double)between(seed, 0, 5), capacity};
    }
    for (int r = 0; r < RESOURCES; r++) {
        x->weight[r] = r == BESIDE ? 0.5 : 1.0;
        for (uint32_t site = 0; site < sites && r != SERVED; site++) {
            x->stock[r][site] = between(seed, 0, 1) * between(seed, most / 2, 2 * most);
        }
        for (uint32_t k = 0; k < sites * periods * paths && r >= SERVED; k++) {
            x->demand[r][k] = between(seed, 0, 2 * most);
        }
        x->resources[r] = (struct vg_plan_resource){.name = "resource", .reusable = true, .stock = x->stock[r], .demand = x->demand[r], .keep = x->keep[r]};
    }
    for (uint32_t m = 0; m < MEMBERS; m++) {
        x->members[m] = m;
        x->serves[m] = m == 1 && between(seed, 0, 2) == 0 ? 2 : 1;
    }
    x->problem = (struct vg_plan_problem){.n_sites = sites, .n_periods = periods, .n_paths = paths, .path_probability = x->probability, .ways = x->ways, .n_ways = n_ways, .tail = 0.8};
    x->limit = (struct vg_plan_limit){.period = VG_PLAN_ALL_PERIODS, .most = (double)between(seed, 2, 4 * most)};
    x->bundle = (struct vg_plan_bundle){SERVED, x->members, x->serves, MEMBERS};
    x->shared = (struct vg_plan_shared){.problem = &x->problem, .resources = x->resources, .n_resources = RESOURCES, .weight = x->weight, .limits = &x->limit, .n_limits = 1, .bundles = &x->bundle, .n_bundles = 1};
}

/* What the plan says is what its movements do, and within the budget. */
static void solve(const struct instance *x, struct vg_arena *arena, struct vg_plan_shared_answer *answer)
{
    struct vg_error error;
    const size_t cells = (size_t)x->problem.n_sites * x->problem.n_periods;
    const int64_t *held[MEMBERS];
    vg_assert_ok(vg_plan_shared_solve(&x->shared, arena, NULL, answer, &error), error);
    double cost = 0.0;
    for (uint32_t r = 0; r < x->shared.n_resources; r++) {
        const struct vg_plan_answer *part = &answer->answers[r];
        struct vg_plan_account account;
        assert_true(r != SERVED || part->n_movements == 0);
        if (r != SERVED) {
            vg_assert_ok(vg_plan_account_of(&x->problem, &x->resources[r], part->movements, part->n_movements, NULL, arena, &account, &error), error);
            assert_memory_equal(account.held, part->account.held, cells * sizeof *account.held);
            vg_assert_near(account.cost, part->account.cost, 1e-9 * (1.0 + account.cost));
        }
        if (r < MEMBERS) {
            held[r] = account.held;
        }
        cost += part->account.cost;
    }
    assert_true(x->shared.n_limits == 0 || cost <= x->limit.most * (1.0 + 1e-9) + 1e-9);
    for (size_t cell = 0; cell < cells; cell++) {
        const int64_t first = held[0][cell] * x->serves[0], second = held[1][cell] * x->serves[1];
        assert_int_equal(answer->answers[SERVED].account.held[cell], first < second ? first : second);
    }
    const double objective = (1.0 - x->problem.tail_weight) * answer->unmet + x->problem.tail_weight * answer->tail_unmet;
    assert_true(x->problem.fairest || answer->bound <= objective + 1e-9);
}

/* -------------------------------------------------------------- every plan there is */

struct choice {
    double cost;
    int64_t held[CELLS_TINY];
};
struct search {
    const struct instance *x;
    struct vg_arena arena;
    int r;                 /* whose plans are tried */
    size_t n[MEMBERS];
    struct choice choices[MEMBERS][CHOICES_MOST];
};
struct found {
    double unmet, worst, unmet_at_worst, half_tail;
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
        choice->cost = account.cost;
        memcpy(choice->held, account.held, sizeof choice->held);
    }
}

static void judge(const struct instance *x, const struct choice *a, const struct choice *b, struct found *found)
{
    const uint32_t sites = x->problem.n_sites, cells = sites * x->problem.n_periods;
    double unmet = 0.0, most = 0.0, met[SITES_MOST] = {0.0}, needed[SITES_MOST] = {0.0}, worst = 1.0;
    for (uint32_t path = 0; path < x->problem.n_paths; path++) {
        double here = 0.0;
        for (uint32_t cell = 0; cell < cells; cell++) {
            const int64_t demand = x->demand[SERVED][path * cells + cell], first = a->held[cell] * x->serves[0], second = b->held[cell] * x->serves[1], served = first < second ? first : second, lacks = demand > served ? demand - served : 0;
            here += (double)lacks;
            met[cell % sites] += (double)(demand - lacks);
            needed[cell % sites] += (double)demand;
        }
        unmet += here * x->probability[path];
        most = fmax(most, here);
    }
    for (uint32_t site = 0; site < sites; site++) {
        worst = needed[site] > 0.0 ? fmin(worst, met[site] / needed[site]) : worst;
    }
    found->unmet = fmin(found->unmet, unmet);
    found->half_tail = fmin(found->half_tail, 0.5 * unmet + 0.5 * most);
    found->unmet_at_worst = worst > found->worst + 1e-12 ? unmet : worst > found->worst - 1e-12 ? fmin(found->unmet_at_worst, unmet) : found->unmet_at_worst;
    found->worst = fmax(found->worst, worst);
}

static struct found best_of_all(struct search *s, const struct instance *x)
{
    struct found best = {INFINITY, -1.0, INFINITY, INFINITY};
    s->x = x;
    for (s->r = 0; s->r < MEMBERS; s->r++) {
        s->n[s->r] = 0;
        every_plan(&x->problem, x->ways[0].capacity, keep_choice, s);
    }
    for (size_t a = 0; a < s->n[0]; a++) {
        for (size_t b = 0; b < s->n[1]; b++) {
            if (x->shared.n_limits == 0 || s->choices[0][a].cost + s->choices[1][b].cost <= x->limit.most + 1e-9) {
                judge(x, &s->choices[0][a], &s->choices[1][b], &best);
            }
        }
    }
    return best;
}

static void tiny_plans_are_near_the_best_of_all(void **state)
{
    (void)state;
    static struct search s;
    static struct instance x;
    struct vg_arena arena;
    uint64_t seed = 15;
    size_t n = 0, least = 0, fairest = 0, fair_least = 0, tail = 0;
    double best = 0.0, reached = 0.0;
    vg_arena_init(&s.arena, 0);
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 120; k++) {
        struct vg_plan_shared_answer answer;
        draw(&seed, 3, 2, 2, 3, 3, 3, &x);
        x.shared.n_resources = 3; /* nothing beside */
        x.shared.n_limits = k % 2 == 0;
        const struct found all = best_of_all(&s, &x);
        vg_arena_reset(&arena);
        solve(&x, &arena, &answer);
        assert_true(answer.bound <= all.unmet + 1e-6 && answer.unmet >= all.unmet - 1e-9);
        n++;
        least += answer.unmet < all.unmet + 1e-9;
        best += all.unmet;
        reached += answer.unmet;
        x.problem.fairest = true;
        solve(&x, &arena, &answer);
        const struct vg_plan_answer *served = &answer.answers[SERVED];
        if (!isnan(served->account.worst_coverage)) {
            assert_true(served->worst_coverage_bound >= all.worst - 1e-7 && served->account.worst_coverage <= all.worst + 1e-9);
            const bool best_worst = served->account.worst_coverage > all.worst - 1e-9;
            fairest += best_worst;
            fair_least += best_worst && answer.unmet < all.unmet_at_worst + 1e-9;
        }
        x.problem.fairest = false;
        x.problem.tail_weight = 0.5;
        solve(&x, &arena, &answer);
        const double objective = 0.5 * answer.unmet + 0.5 * answer.tail_unmet;
        assert_true(answer.bound <= all.half_tail + 1e-6 && objective >= all.half_tail - 1e-9);
        tail += objective < all.half_tail + 1e-9;
    }
    print_message("of %zu: %zu the best (%.0f, of %.0f), %zu the fairest, %zu of them with the least unmet, tail %zu\n", n, least, reached, best, fairest, fair_least, tail);
    assert_true(least >= 117 && fairest >= 112 && fair_least >= 111 && tail >= 112);
    vg_arena_release(&arena);
    vg_arena_release(&s.arena);
}

/* ---------------------------------------------------------------------- larger ones */

static void larger_plans_are_near_their_bounds(void **state)
{
    (void)state;
    static struct instance x;
    struct vg_arena arena;
    uint64_t seed = 4;
    double above = 0.0, below = 0.0, by_itself = 0.0;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 8; k++) {
        struct vg_plan_shared_answer answer;
        draw(&seed, SITES_MOST, PERIODS_MOST, PATHS_MOST, WAYS_MOST, 60, VG_PLAN_NO_LIMIT, &x);
        x.limit.most *= 20.0;
        vg_arena_reset(&arena);
        solve(&x, &arena, &answer);
        print_message("unmet %.1f of at least %.1f", answer.unmet, answer.bound);
        above = fmax(above, answer.unmet / answer.bound - 1.0);
        x.problem.fairest = true;
        solve(&x, &arena, &answer);
        for (int r = SERVED; r < RESOURCES; r++) {
            below = fmax(below, answer.answers[r].worst_coverage_bound - answer.answers[r].account.worst_coverage);
        }
        print_message("; worst %.4f of at most %.4f\n", answer.answers[SERVED].account.worst_coverage, answer.answers[SERVED].worst_coverage_bound);
        /* a member of which there is plenty everywhere does not count: then it is a plan of the other alone */
        x.problem.fairest = false;
        x.shared.n_limits = 0;
        x.serves[0] = x.serves[1] = 1;
        for (uint32_t site = 0; site < SITES_MOST; site++) {
            x.stock[1][site] = 1000;
        }
        solve(&x, &arena, &answer);
        struct vg_plan_resource alone = x.resources[0];
        struct vg_plan *plan;
        struct vg_plan_answer other;
        struct vg_error error;
        alone.demand = x.demand[SERVED];
        vg_assert_ok(vg_plan_create(&x.problem, &alone, &arena, &plan, &error), error);
        vg_assert_ok(vg_plan_solve(plan, &arena, NULL, &other, &error), error);
        by_itself = fmax(by_itself, fabs(answer.answers[SERVED].account.unmet - other.account.unmet));
        /* nobody worse: no site serves less on any path than if nothing moved */
        x.problem.nobody_worse = true;
        for (uint32_t site = 0; site < SITES_MOST; site++) {
            x.stock[1][site] = x.stock[0][(site + 5) % SITES_MOST];
        }
        solve(&x, &arena, &answer);
        for (uint32_t site = 0; site < SITES_MOST; site++) {
            const int64_t before = x.stock[0][site] < x.stock[1][site] ? x.stock[0][site] : x.stock[1][site];
            for (uint32_t cell = site; cell < SITES_MOST * PERIODS_MOST; cell += SITES_MOST) {
                for (uint32_t path = 0; path < PATHS_MOST; path++) {
                    const int64_t demand = x.demand[SERVED][path * SITES_MOST * PERIODS_MOST + cell], now = answer.answers[SERVED].account.held[cell];
                    assert_true((demand < now ? demand : now) >= (demand < before ? demand : before));
                }
            }
        }
    }
    print_message("unmet at most %.4f above, worst coverage %.4f below; by itself %.3f\n", above, below, by_itself);
    assert_true(above < 0.005 && below < 0.02 && by_itself < 1e-6);
    vg_arena_release(&arena);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static struct instance x;
    struct vg_arena arena;
    struct vg_plan_shared_answer answer;
    struct vg_error error;
    uint64_t seed = 2;
    vg_arena_init(&arena, 0);
    draw(&seed, 3, 2, 2, 3, 3, 3, &x);
    x.stock[SERVED][0] = 1;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.stock[SERVED][0] = 0;
    x.demand[0][0] = 1;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.demand[0][0] = 0;
    x.members[1] = 0;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.members[1] = 1;
    x.resources[1].reusable = false;
    assert_int_equal(vg_plan_shared_solve(&x.shared, &arena, NULL, &answer, &error), VG_DATA_ERROR);
    x.resources[1].reusable = true;
    solve(&x, &arena, &answer);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_plans_are_near_the_best_of_all),
        cmocka_unit_test(larger_plans_are_near_their_bounds),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return vg_run_group_tests("bundles", tests, NULL, NULL);
}
