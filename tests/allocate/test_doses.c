/*
 * Plans of doses: small cases by hand; without priorities, cold chain and second doses the number of people is that of a greatest flow; whatever is planned keeps every book: nothing is used that is not
 * there or has expired, second doses come when they are due, limits hold, and whole doses come near what the program reaches.
 */
#include "vg_test.h"

#include "allocate/doses/doses.h"

struct frame { struct vg_arena arena; struct vg_error error; };

static int set_up(void **state)
{
    struct frame *frame = calloc(1, sizeof *frame);
    vg_arena_init(&frame->arena, 0);
    *state = frame;
    return 0;
}

static int tear_down(void **state)
{
    struct frame *frame = *state;
    vg_arena_release(&frame->arena);
    free(frame);
    return 0;
}

static const double boundless[8] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};

static int64_t first_of(const struct vg_doses_problem *problem, const struct vg_doses_answer *answer, uint32_t group, uint32_t site)
{
    int64_t sum = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        sum += answer->first[(period * problem->n_groups + group) * problem->n_sites + site];
    }
    return sum;
}

static void plan(struct frame *frame, const struct vg_doses_problem *problem, struct vg_doses_answer *answer)
{
    vg_assert_ok(vg_doses_plan(problem, &frame->arena, answer, &frame->error), frame->error);
}

/* A has 100 that expire today and 50 that last; those over 60 come first, in both places. */
static void priorities_before_places(void **state)
{
    struct frame *frame = *state;
    const uint32_t last[2] = {0, 9}, priority[2] = {0, 1};
    const int64_t comes[2 * 2] = {100, 0, 50, 0}, people[2 * 2] = {60, 70, 100, 100};
    const struct vg_plan_way way = {0, 1, 0, 1.0, VG_PLAN_NO_LIMIT};
    const struct vg_doses_problem problem = {.n_sites = 2, .n_periods = 1, .n_classes = 2, .n_groups = 2, .n_priorities = 2, .class_last = last, .comes = comes, .people = people, .priority = priority, .ways = &way, .n_ways = 1,
                                             .store = boundless, .give = boundless};
    struct vg_doses_answer answer;
    plan(frame, &problem, &answer);
    assert_true(first_of(&problem, &answer, 0, 0) == 60 && first_of(&problem, &answer, 0, 1) == 70);
    assert_true(first_of(&problem, &answer, 1, 0) + first_of(&problem, &answer, 1, 1) == 20);
    vg_assert_near(answer.bound[0], 130.0, 1e-6);
    vg_assert_near(answer.bound[1], 20.0, 1e-5);
    assert_true(answer.lost[0] == 0 && answer.lost[1] == 0 && answer.lost[2] == 0);
    assert_int_equal(answer.moved, 70); /* the rest is given where it is */
}

static void what_cannot_be_given_in_time_is_lost(void **state)
{
    struct frame *frame = *state;
    const uint32_t last[2] = {1, 9}, priority[1] = {0};
    const int64_t comes[3 * 2] = {100, 100, 0, 0, 0, 0}, people[1] = {1000};
    const double give[1] = {30.0}, store[1] = {110.0};
    struct vg_doses_problem problem = {.n_sites = 1, .n_periods = 3, .n_classes = 2, .n_groups = 1, .n_priorities = 1, .class_last = last, .comes = comes, .people = people, .priority = priority, .store = boundless, .give = give};
    struct vg_doses_answer answer;
    plan(frame, &problem, &answer);
    assert_int_equal(first_of(&problem, &answer, 0, 0), 90);
    assert_true(answer.lost[0] == 40 && answer.lost[1] == 0); /* 60 of it in two periods, then 30 of the other */
    problem.store = store; /* 170 are left after the first period, 110 find room in the cold */
    plan(frame, &problem, &answer);
    assert_int_equal(first_of(&problem, &answer, 0, 0), 90);
    assert_int_equal(answer.lost[0] + answer.lost[1], 60 + (110 - 30 > 100 ? 10 : 0));
}

/* Three lots of one period, of which two end within it: what can be given before a day is all that may be of lots that end by then. */
static void days_after_the_last_are_no_days_of_a_lot(void **state)
{
    struct frame *frame = *state;
    const uint32_t last[3] = {0, 0, 0}, priority[1] = {0};
    const double part[3] = {2.0 / 7.0, 5.0 / 7.0, 1.0}, give[1] = {70.0};
    const int64_t comes[3] = {100, 100, 5}, people[1] = {1000}, late[3] = {10, 100, 100};
    struct vg_doses_problem problem = {.n_sites = 1, .n_periods = 1, .n_classes = 3, .n_groups = 1, .n_priorities = 1, .class_last = last, .class_part = part, .comes = comes, .people = people, .priority = priority,
                                       .store = boundless, .give = give};
    struct vg_doses_answer answer;
    plan(frame, &problem, &answer);
    assert_int_equal(answer.first[0], 55); /* 20 by the second day, 50 by the fifth, and the 5 that last */
    assert_true(answer.lost[0] == 80 && answer.lost[1] == 70 && answer.lost[2] == 0);
    vg_assert_near(answer.bound[0], 55.0, 1e-6);
    problem.comes = late;
    plan(frame, &problem, &answer);
    assert_int_equal(answer.first[0], 70); /* 10, 40, 20 */
    assert_true(answer.lost[0] == 0 && answer.lost[1] == 60 && answer.lost[2] == 80);
    problem.class_part = NULL;
    problem.comes = comes;
    plan(frame, &problem, &answer);
    assert_int_equal(answer.first[0], 70);
}

static void second_doses_are_held_back(void **state)
{
    struct frame *frame = *state;
    const uint32_t last[1] = {9}, priority[1] = {0};
    const int64_t comes[3] = {100, 0, 0}, later[3] = {100, 100, 0}, people[1] = {1000}, due[3] = {10, 20, 0};
    struct vg_doses_problem problem = {.n_sites = 1, .n_periods = 3, .n_classes = 1, .n_groups = 1, .n_priorities = 1, .class_last = last, .comes = comes, .people = people, .priority = priority, .store = boundless,
                                       .give = boundless, .two_doses = true, .interval_periods = 1, .reserve = 1.0};
    struct vg_doses_answer answer;
    plan(frame, &problem, &answer);
    /* Of those first given in the last period the second is due after the plan, and is held back all the same. */
    assert_true(first_of(&problem, &answer, 0, 0) == 50 && answer.late_at_most == 0);
    problem.due = due; /* of people who had their first before: before anybody new */
    plan(frame, &problem, &answer);
    assert_true(first_of(&problem, &answer, 0, 0) == 35 && answer.second[0] == 10 && answer.second[1] >= 20 && answer.late_at_most == 0);
    problem.due = NULL;
    problem.comes = later;
    plan(frame, &problem, &answer);
    assert_true(answer.first[0] == 50);
    problem.reserve = 0.0; /* trusting in what arrives: all at once, and the second in time */
    plan(frame, &problem, &answer);
    assert_true(answer.first[0] == 100 && answer.second[1] == 100 && answer.late_at_most == 0);
}

/* The worst-served place first, where the way is narrow. */
static void the_worst_served_place_first(void **state)
{
    struct frame *frame = *state;
    const uint32_t last[1] = {9}, priority[1] = {0};
    const int64_t comes[3] = {90, 0, 0}, people[3] = {100, 100, 100};
    const struct vg_plan_way ways[2] = {{0, 1, 0, 1.0, 20}, {0, 2, 0, 5.0, VG_PLAN_NO_LIMIT}};
    struct vg_doses_problem problem = {.n_sites = 3, .n_periods = 1, .n_classes = 1, .n_groups = 1, .n_priorities = 1, .class_last = last, .comes = comes, .people = people, .priority = priority, .ways = ways, .n_ways = 2,
                                       .store = boundless, .give = boundless, .fairest = true};
    struct vg_doses_answer answer;
    plan(frame, &problem, &answer);
    assert_true(first_of(&problem, &answer, 0, 1) == 20); /* no plan does better there */
    problem.fairest = false;
    plan(frame, &problem, &answer);
    assert_int_equal(answer.moved, 0);
}

/* ------------------------------------------------------------- any plan, and greatest flows */

#define SITES 4
#define PERIODS 5
#define CLASSES 3
#define WAYS 6

/* People served at most, as a flow: lots through places and periods to who may be served. */
static int64_t greatest_flow(struct frame *frame, const struct vg_doses_problem *problem)
{
    const uint32_t nodes_of = PERIODS * CLASSES * SITES, gate = nodes_of, served = gate + PERIODS * SITES, end = served + SITES;
    uint32_t source[1000], target[1000], n = 0;
    int64_t capacity[1000], cost[1000], supply[200] = {0};
#define ARC(a, b, most, price) (source[n] = (a), target[n] = (b), capacity[n] = (most), cost[n++] = (price))
    for (uint32_t t = 0; t < PERIODS; t++) {
        for (uint32_t e = 0; e < CLASSES; e++) {
            for (uint32_t s = 0; s < SITES; s++) {
                const uint32_t at = (t * CLASSES + e) * SITES + s;
                supply[at] += problem->comes[at];
                supply[end] -= problem->comes[at];
                ARC(at, end, VG_FLOW_UNBOUNDED, 0); /* lost, or left */
                if (problem->class_last[e] >= t) {
                    ARC(at, gate + t * SITES + s, VG_FLOW_UNBOUNDED, 0);
                }
                if (t + 1 < PERIODS && problem->class_last[e] >= t + 1) {
                    ARC(at, at + CLASSES * SITES, VG_FLOW_UNBOUNDED, 0);
                }
            }
            for (uint32_t w = 0; w < WAYS; w++) {
                const struct vg_plan_way *way = &problem->ways[w];
                const uint32_t arrives = t + way->lead_periods;
                if (arrives < PERIODS && problem->class_last[e] >= arrives) {
                    ARC((t * CLASSES + e) * SITES + way->from, (arrives * CLASSES + e) * SITES + way->to, VG_FLOW_UNBOUNDED, 0);
                }
            }
        }
        for (uint32_t s = 0; s < SITES; s++) {
            ARC(gate + t * SITES + s, served + s, (int64_t)problem->give[s], 0);
        }
    }
    for (uint32_t s = 0; s < SITES; s++) {
        ARC(served + s, end, problem->people[s], -1);
    }
#undef ARC
    const struct vg_flow_network network = {end + 1, n, source, target, capacity, cost, supply};
    struct vg_flow *flow;
    vg_assert_ok(vg_flow_create(&network, &frame->arena, &flow, &frame->error), frame->error);
    vg_assert_ok(vg_flow_solve(flow, NULL, &frame->error), frame->error);
    return (int64_t)llround(-vg_flow_cost(flow));
}

/* Books of what was moved and given, kept apart from the planner: lots by lot, so that whoever gives must have them. */
static void check_books(const struct vg_doses_problem *problem, const struct vg_doses_answer *answer)
{
    int64_t there[CLASSES][SITES] = {{0}}, coming[PERIODS + 8][CLASSES][SITES] = {{{0}}}, backlog[SITES] = {0}, lost = 0, all_lost = 0, carried[PERIODS][WAYS] = {{0}};
    for (uint32_t t = 0; t < PERIODS; t++) {
        for (uint32_t e = 0; e < CLASSES; e++) {
            for (uint32_t s = 0; s < SITES; s++) {
                there[e][s] += problem->comes[(t * CLASSES + e) * SITES + s] + coming[t][e][s];
            }
        }
        for (size_t m = 0; m < answer->n_movements; m++) {
            const struct vg_doses_movement *movement = &answer->movements[m];
            const struct vg_plan_way *way = &problem->ways[movement->way];
            if (movement->period == t) {
                assert_true(movement->amount > 0 && problem->class_last[movement->class_] >= t + way->lead_periods);
                there[movement->class_][way->from] -= movement->amount;
                assert_true(there[movement->class_][way->from] >= 0);
                if (way->lead_periods == 0) {
                    there[movement->class_][way->to] += movement->amount;
                } else {
                    coming[t + way->lead_periods][movement->class_][way->to] += movement->amount;
                }
                carried[t][movement->way] += movement->amount;
            }
        }
        for (uint32_t s = 0; s < SITES; s++) {
            int64_t given = answer->second[t * SITES + s], kept = 0;
            backlog[s] += problem->due == NULL ? 0 : problem->due[t * SITES + s];
            for (uint32_t g = 0; g < problem->n_groups; g++) {
                given += answer->first[(t * problem->n_groups + g) * SITES + s];
                backlog[s] += problem->two_doses && t >= problem->interval_periods ? answer->first[((t - problem->interval_periods) * problem->n_groups + g) * SITES + s] : 0;
            }
            backlog[s] -= answer->second[t * SITES + s];
            assert_true(backlog[s] >= 0 && backlog[s] == answer->late[t * SITES + s]);
            assert_true((double)given <= problem->give[s]);
            for (int64_t left = given; left > 0;) { /* what expires first */
                uint32_t best = CLASSES;
                for (uint32_t e = 0; e < CLASSES; e++) {
                    best = there[e][s] > 0 && problem->class_last[e] >= t && (best == CLASSES || problem->class_last[e] < problem->class_last[best]) ? e : best;
                }
                assert_true(best < CLASSES); /* it is there, and has not expired */
                const int64_t taken = there[best][s] < left ? there[best][s] : left;
                there[best][s] -= taken;
                left -= taken;
            }
            for (uint32_t e = 0; e < CLASSES; e++) {
                lost += problem->class_last[e] < t + 1 ? there[e][s] : 0;
                there[e][s] = problem->class_last[e] < t + 1 ? 0 : there[e][s];
                kept += there[e][s];
            }
            for (uint32_t e = 0; (double)kept > problem->store[s]; e = (e + 1) % CLASSES) { /* in the order of expiry: classes are in it below */
                const int64_t over = kept - (int64_t)floor(problem->store[s]), gone = there[e][s] < over ? there[e][s] : over;
                there[e][s] -= gone;
                kept -= gone;
                lost += gone;
            }
        }
    }
    for (uint32_t at = 0; at < CLASSES * SITES; at++) {
        all_lost += answer->lost[at];
    }
    assert_int_equal(all_lost, lost);
    for (uint32_t t = 0; t < PERIODS; t++) {
        for (uint32_t w = 0; w < WAYS; w++) {
            assert_true(problem->ways[w].capacity == VG_PLAN_NO_LIMIT || carried[t][w] <= problem->ways[w].capacity);
        }
    }
}

static void any_plan_keeps_its_books(void **state)
{
    struct frame *frame = *state;
    struct vg_random random = vg_random_stream(42, 1, 1, 1);
    for (int round = 0; round < 60; round++) {
        uint32_t last[CLASSES] = {vg_random_below(&random, 3), 0, 0}, priority[3] = {0, 1, 1};
        last[1] = last[0] + 1 + vg_random_below(&random, 3);
        last[2] = last[1] + 1 + vg_random_below(&random, 6);
        int64_t comes[PERIODS * CLASSES * SITES], people[3 * SITES], due[PERIODS * SITES];
        double store[SITES], give[SITES];
        struct vg_plan_way ways[WAYS];
        const bool plain = round % 2 == 0;
        for (size_t i = 0; i < sizeof comes / sizeof *comes; i++) {
            comes[i] = vg_random_below(&random, 3) == 0 ? vg_random_below(&random, 120) : 0;
        }
        for (size_t i = 0; i < 3 * SITES; i++) {
            people[i] = vg_random_below(&random, 150);
        }
        for (size_t i = 0; i < PERIODS * SITES; i++) {
            due[i] = vg_random_below(&random, 8);
        }
        for (uint32_t s = 0; s < SITES; s++) {
            store[s] = plain ? INFINITY : 40.0 + vg_random_below(&random, 100);
            give[s] = 20.0 + vg_random_below(&random, 60);
        }
        for (uint32_t w = 0; w < WAYS; w++) {
            const uint32_t from = vg_random_below(&random, SITES);
            ways[w] = (struct vg_plan_way){from, (from + 1 + vg_random_below(&random, SITES - 1)) % SITES, vg_random_below(&random, 3), 1.0 + vg_random_below(&random, 5), plain ? VG_PLAN_NO_LIMIT : 10 + vg_random_below(&random, 40)};
        }
        const struct vg_doses_problem problem = {.n_sites = SITES, .n_periods = PERIODS, .n_classes = CLASSES, .n_groups = plain ? 1 : 3, .n_priorities = plain ? 1 : 2, .class_last = last, .comes = comes, .people = people,
                                                 .priority = priority, .ways = ways, .n_ways = WAYS, .store = store, .give = give, .two_doses = !plain, .interval_periods = 1 + (uint32_t)(round / 2) % 2, .reserve = (round / 4) % 2,
                                                 .due = plain ? NULL : due, .fairest = round % 3 == 0};
        struct vg_doses_answer answer;
        plan(frame, &problem, &answer);
        check_books(&problem, &answer);
        double given[2] = {0.0, 0.0};
        for (uint32_t g = 0; g < problem.n_groups; g++) {
            for (uint32_t s = 0; s < SITES; s++) {
                const int64_t first = first_of(&problem, &answer, g, s);
                assert_true(first <= people[g * SITES + s]);
                given[priority[g]] += (double)first;
            }
        }
        if (plain) {
            const int64_t most = problem.fairest ? -1 : greatest_flow(frame, &problem);
            if (most >= 0 && (fabs(answer.bound[0] - (double)most) > 1e-4 || given[0] > (double)most)) {
                fail_msg("round %d: %g people, a flow serves %lld", round, answer.bound[0], (long long)most);
            }
        }
        if (given[0] > answer.bound[0] + 12.0 || given[0] < answer.bound[0] - 12.0) { /* whole doses: at most one a place and period apart */
            fail_msg("round %d: %g people of the first priority, the program has %g", round, given[0], answer.bound[0]);
        }
        vg_arena_reset(&frame->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(priorities_before_places), cmocka_unit_test(what_cannot_be_given_in_time_is_lost),
                                       cmocka_unit_test(days_after_the_last_are_no_days_of_a_lot), cmocka_unit_test(second_doses_are_held_back),
                                       cmocka_unit_test(the_worst_served_place_first), cmocka_unit_test(any_plan_keeps_its_books)};
    return vg_run_group_tests("doses", tests, set_up, tear_down);
}
