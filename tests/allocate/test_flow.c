/*
 * The cheapest flow against a slow one (shortest ways by Bellman and Ford, one after the other) on thousands of random networks: costs, capacities and balances, the conditions of
 * optimality, what is named when nothing can be carried, beginning from a given flow, and going on after changes. The slow one knows nothing of trees.
 */
#include "vg_test.h"

#include "small_numbers.h"

#include "allocate/flow/flow.h"

#define NODES_MOST 12
#define ARCS_MOST 60

struct small {
    uint32_t nodes, arcs, source[ARCS_MOST], target[ARCS_MOST];
    int64_t capacity[ARCS_MOST], cost[ARCS_MOST], supply[NODES_MOST];
};

static struct vg_flow_network network_of(const struct small *s)
{
    return (struct vg_flow_network){s->nodes, s->arcs, s->source, s->target, s->capacity, s->cost, s->supply};
}

/* Flows that exist or, in one of five, perhaps not; parallel arcs, loops, capacities of 0. */
static void draw_small(uint64_t *seed, struct small *s)
{
    *s = (struct small){.nodes = (uint32_t)between(seed, 1, NODES_MOST), .arcs = (uint32_t)between(seed, 0, ARCS_MOST)};
    const bool anything = between(seed, 0, 4) == 0;
    for (uint32_t arc = 0; arc < s->arcs; arc++) {
        s->source[arc] = (uint32_t)between(seed, 0, s->nodes - 1);
        s->target[arc] = (uint32_t)between(seed, 0, s->nodes - 1);
        s->capacity[arc] = between(seed, 0, 9);
        s->cost[arc] = between(seed, -6, 20);
        if (between(seed, 0, 5) == 0) {
            s->capacity[arc] = VG_FLOW_UNBOUNDED;
            s->cost[arc] = between(seed, 0, 9);
        }
        const int64_t sent = anything ? 0 : between(seed, 0, s->capacity[arc] < 9 ? s->capacity[arc] : 9);
        s->supply[s->source[arc]] += sent;
        s->supply[s->target[arc]] -= sent;
    }
    for (uint32_t k = 0; anything && k + 1 < s->nodes; k++) {
        const int64_t amount = between(seed, -4, 4);
        s->supply[k] += amount;
        s->supply[k + 1] -= amount;
    }
}

/* Arcs that pay are filled first; then what is left over goes the shortest way, until it has gone or no way is left. False: not possible. */
static bool solve_slowly(const struct small *s, int64_t *flow, int64_t *cost)
{
    int64_t left[NODES_MOST];
    memcpy(left, s->supply, sizeof left);
    for (uint32_t arc = 0; arc < s->arcs; arc++) {
        flow[arc] = s->cost[arc] < 0 ? s->capacity[arc] : 0;
        left[s->source[arc]] -= flow[arc];
        left[s->target[arc]] += flow[arc];
    }
    for (;;) {
        int64_t distance[NODES_MOST];
        int via[NODES_MOST];
        for (uint32_t node = 0; node < s->nodes; node++) {
            distance[node] = left[node] > 0 ? 0 : INT64_MAX / 2;
            via[node] = 0;
        }
        for (uint32_t round = 0; round < s->nodes; round++) {
            for (uint32_t arc = 0; arc < s->arcs; arc++) {
                const uint32_t a = s->source[arc], b = s->target[arc];
                if (flow[arc] < s->capacity[arc] && distance[a] < INT64_MAX / 2 && distance[a] + s->cost[arc] < distance[b]) {
                    distance[b] = distance[a] + s->cost[arc];
                    via[b] = (int)arc + 1;
                }
                if (flow[arc] > 0 && distance[b] < INT64_MAX / 2 && distance[b] - s->cost[arc] < distance[a]) {
                    distance[a] = distance[b] - s->cost[arc];
                    via[a] = -(int)arc - 1;
                }
            }
        }
        uint32_t best = UINT32_MAX;
        for (uint32_t node = 0; node < s->nodes; node++) {
            if (left[node] < 0 && distance[node] < INT64_MAX / 2 && (best == UINT32_MAX || distance[node] < distance[best])) {
                best = node;
            }
        }
        if (best == UINT32_MAX) {
            break;
        }
        left[best]++;
        uint32_t node = best;
        while (via[node] != 0) {
            const uint32_t arc = (uint32_t)abs(via[node]) - 1;
            flow[arc] += via[node] > 0 ? 1 : -1;
            node = via[node] > 0 ? s->source[arc] : s->target[arc];
        }
        left[node]--;
    }
    *cost = 0;
    for (uint32_t arc = 0; arc < s->arcs; arc++) {
        *cost += flow[arc] * s->cost[arc];
    }
    for (uint32_t node = 0; node < s->nodes; node++) {
        if (left[node] != 0) {
            return false;
        }
    }
    return true;
}

static void check_optimum(const struct small *s, const struct vg_flow *flow)
{
    int64_t amounts[ARCS_MOST], potential[NODES_MOST], left[NODES_MOST];
    vg_flow_read(flow, amounts, potential);
    memcpy(left, s->supply, sizeof left);
    for (uint32_t arc = 0; arc < s->arcs; arc++) {
        assert_true(amounts[arc] >= 0 && amounts[arc] <= s->capacity[arc]);
        left[s->source[arc]] -= amounts[arc];
        left[s->target[arc]] += amounts[arc];
        const int64_t reduced = s->cost[arc] + potential[s->source[arc]] - potential[s->target[arc]];
        assert_true(amounts[arc] == s->capacity[arc] || reduced >= 0);
        assert_true(amounts[arc] == 0 || reduced <= 0);
    }
    for (uint32_t node = 0; node < s->nodes; node++) {
        assert_int_equal(left[node], 0);
    }
}

/* The nodes named have more supply than can leave them. */
static void check_cut(const struct small *s, const struct vg_flow *flow)
{
    bool inside[NODES_MOST];
    int64_t spare = 0;
    vg_flow_cut(flow, inside);
    for (uint32_t node = 0; node < s->nodes; node++) {
        spare += inside[node] ? s->supply[node] : 0;
    }
    for (uint32_t arc = 0; arc < s->arcs; arc++) {
        spare -= inside[s->source[arc]] && !inside[s->target[arc]] ? s->capacity[arc] : 0;
    }
    assert_true(spare > 0);
}

/* Solves and compares; says whether there was a flow. */
static bool compare(const struct small *s, struct vg_flow *flow)
{
    int64_t slow_flow[ARCS_MOST], slow_cost;
    struct vg_error error;
    const bool possible = solve_slowly(s, slow_flow, &slow_cost);
    const vg_status status = vg_flow_solve(flow, NULL, &error);
    if (!possible) {
        assert_int_equal(status, VG_DATA_ERROR);
        check_cut(s, flow);
        return false;
    }
    vg_assert_ok(status, error);
    check_optimum(s, flow);
    assert_int_equal(vg_flow_missing(flow), 0);
    assert_true(vg_flow_cost(flow) == (double)slow_cost);
    return true;
}

static void random_networks_agree(void **state)
{
    (void)state;
    uint64_t seed = 20260801;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    size_t possible = 0;
    for (int k = 0; k < 20000; k++) {
        struct small s;
        struct vg_flow *flow;
        struct vg_error error;
        draw_small(&seed, &s);
        vg_arena_reset(&arena);
        const struct vg_flow_network network = network_of(&s);
        vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
        possible += compare(&s, flow);
    }
    assert_in_range(possible, 14000, 19500);
    vg_arena_release(&arena);
}

/* From a flow that is optimal for other costs, and from one that is not a tree at all. */
static void a_given_flow_is_a_beginning(void **state)
{
    (void)state;
    uint64_t seed = 77;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (int k = 0; k < 10000; k++) {
        struct small s;
        struct vg_flow *flow;
        struct vg_error error;
        int64_t amounts[ARCS_MOST], cost, average[ARCS_MOST];
        draw_small(&seed, &s);
        if (!solve_slowly(&s, amounts, &cost)) {
            continue;
        }
        for (uint32_t arc = 0; arc < s.arcs; arc++) {
            s.cost[arc] = s.capacity[arc] == VG_FLOW_UNBOUNDED ? between(&seed, 0, 9) : between(&seed, -6, 20);
        }
        assert_true(solve_slowly(&s, average, &cost));
        bool even = true;
        for (uint32_t arc = 0; arc < s.arcs; arc++) {
            even = even && (amounts[arc] + average[arc]) % 2 == 0;
        }
        for (uint32_t arc = 0; arc < s.arcs && even; arc++) {
            amounts[arc] = (amounts[arc] + average[arc]) / 2;
        }
        vg_arena_reset(&arena);
        const struct vg_flow_network network = network_of(&s);
        vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
        vg_assert_ok(vg_flow_begin(flow, amounts, &error), error);
        assert_true(compare(&s, flow));
        assert_int_equal(vg_flow_begin(flow, amounts, &error), VG_USAGE_ERROR);
    }
    vg_arena_release(&arena);
}

static void change_something(uint64_t *seed, struct small *s, struct vg_flow *flow)
{
    struct vg_error error;
    const uint32_t arc = (uint32_t)between(seed, 0, s->arcs - 1);
    const int64_t kind = between(seed, 0, 3);
    if (kind == 0) {
        s->cost[arc] = s->capacity[arc] == VG_FLOW_UNBOUNDED ? between(seed, 0, 9) : between(seed, -6, 20);
        vg_assert_ok(vg_flow_set_cost(flow, arc, s->cost[arc], &error), error);
    } else if (kind == 3) {
        for (uint32_t k = 0; k < s->arcs; k++) {
            s->cost[k] = s->capacity[k] == VG_FLOW_UNBOUNDED ? between(seed, 0, 9) : between(seed, -6, 20);
        }
        vg_assert_ok(vg_flow_set_costs(flow, s->cost, &error), error);
    } else if (kind == 1 && s->capacity[arc] < VG_FLOW_UNBOUNDED) {
        s->capacity[arc] = between(seed, 0, 12);
        vg_assert_ok(vg_flow_set_capacity(flow, arc, s->capacity[arc], &error), error);
    } else {
        const uint32_t from = (uint32_t)between(seed, 0, s->nodes - 1), to = (uint32_t)between(seed, 0, s->nodes - 1);
        const int64_t amount = between(seed, -3, 3);
        s->supply[from] -= amount;
        s->supply[to] += amount;
        vg_assert_ok(vg_flow_move_supply(flow, from, to, amount, &error), error);
    }
}

static void changes_go_on_from_the_last_tree(void **state)
{
    (void)state;
    uint64_t seed = 31;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    size_t impossible = 0, possible = 0;
    for (int k = 0; k < 3000; k++) {
        struct small s;
        struct vg_flow *flow;
        struct vg_error error;
        draw_small(&seed, &s);
        vg_arena_reset(&arena);
        const struct vg_flow_network network = network_of(&s);
        vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
        for (int round = 0; round < 8; round++) {
            *(compare(&s, flow) ? &possible : &impossible) += 1;
            for (int64_t changes = s.arcs == 0 ? 0 : between(&seed, 1, 3); changes > 0; changes--) {
                change_something(&seed, &s, flow);
            }
        }
    }
    assert_true(possible > 10000 && impossible > 2000);
    vg_arena_release(&arena);
}

/* Places over periods, as plans are, of a size where ways are long: after each change the cost of solving anew, and the conditions of optimality. */
static void many_changes_come_to_the_cost_of_solving_anew(void **state)
{
    (void)state;
    enum { PLACES = 40, PERIODS = 8, N = PLACES * PERIODS + 1, M = PLACES * PERIODS * 6 };
    static uint32_t source[M], target[M];
    static int64_t capacity[M], cost[M], supply[N], amounts[M], potential[N], left[N];
    uint64_t seed = 4711;
    struct vg_arena arena;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    size_t refused = 0;
    for (int instance = 0; instance < 6; instance++) {
        uint32_t m = 0;
        memset(supply, 0, sizeof supply);
        for (uint32_t node = 0; node + 1 < N; node++) {
            const uint32_t next = node + PLACES < N - 1 ? node + PLACES : N - 1;
            supply[node] = between(&seed, 0, node < PLACES ? 12 : 1);
            supply[N - 1] -= supply[node];
            for (int step = 0; step < 4; step++, m++) { /* worth falls; the last holds what is not needed */
                source[m] = node;
                target[m] = next;
                capacity[m] = step == 3 ? VG_FLOW_UNBOUNDED : between(&seed, 0, 5);
                cost[m] = step == 3 ? 0 : -1000 * (3 - step) + between(&seed, -200, 200);
            }
            for (int way = 0; way < 2; way++, m++) {
                source[m] = node;
                target[m] = next == N - 1 ? N - 1 : next - node % PLACES + (uint32_t)between(&seed, 0, PLACES - 1);
                capacity[m] = between(&seed, 0, 2) == 0 ? between(&seed, 0, 4) : VG_FLOW_UNBOUNDED;
                cost[m] = between(&seed, 1, 9);
            }
        }
        struct vg_flow *flow, *anew;
        const struct vg_flow_network network = {N, M, source, target, capacity, cost, supply};
        vg_arena_reset(&arena);
        vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
        vg_assert_ok(vg_flow_solve(flow, NULL, &error), error);
        for (int change = 0; change < 60; change++) {
            const uint32_t node = (uint32_t)between(&seed, 0, N - 2), arc = (uint32_t)between(&seed, 0, M - 1);
            if (between(&seed, 0, 2) > 0) {
                const int64_t amount = between(&seed, -20, 40);
                vg_assert_ok(vg_flow_move_supply(flow, N - 1, node, amount, &error), error);
                supply[node] += amount;
                supply[N - 1] -= amount;
            } else if (cost[arc] > 0) {
                capacity[arc] = between(&seed, 0, 1) == 0 ? 0 : VG_FLOW_UNBOUNDED;
                vg_assert_ok(vg_flow_set_capacity(flow, arc, capacity[arc], &error), error);
            }
            vg_assert_ok(vg_flow_create(&network, &arena, &anew, &error), error);
            const vg_status status = vg_flow_solve(flow, NULL, &error);
            assert_int_equal(status, vg_flow_solve(anew, NULL, &error));
            refused += status != VG_OK;
            if (status != VG_OK) {
                assert_true(vg_flow_missing(flow) == vg_flow_missing(anew));
                continue;
            }
            assert_true(vg_flow_cost(flow) == vg_flow_cost(anew));
            vg_flow_read(flow, amounts, potential);
            memcpy(left, supply, sizeof left);
            for (uint32_t k = 0; k < M; k++) {
                const int64_t reduced = cost[k] + potential[source[k]] - potential[target[k]];
                left[source[k]] -= amounts[k];
                left[target[k]] += amounts[k];
                assert_true(amounts[k] >= 0 && amounts[k] <= capacity[k] && (amounts[k] == capacity[k] || reduced >= 0) && (amounts[k] == 0 || reduced <= 0));
            }
            for (uint32_t k = 0; k < N; k++) {
                assert_int_equal(left[k], 0);
            }
        }
    }
    print_message("%zu of 360 could not be carried\n", refused);
    assert_in_range(refused, 3, 300);
    vg_arena_release(&arena);
}

static void what_cannot_be_planned_is_refused(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_flow *flow;
    struct vg_error error;
    const uint32_t one[] = {0, 1}, two[] = {1, 0};
    int64_t capacity[] = {5, VG_FLOW_UNBOUNDED}, cost[] = {1, 1}, supply[] = {3, -2};
    struct vg_flow_network network = {2, 2, one, two, capacity, cost, supply};
    assert_int_equal(vg_flow_create(&network, &arena, &flow, &error), VG_DATA_ERROR);
    supply[1] = -3;
    capacity[0] = -1;
    assert_int_equal(vg_flow_create(&network, &arena, &flow, &error), VG_DATA_ERROR);
    capacity[0] = VG_FLOW_UNBOUNDED;
    cost[1] = -2; /* round and round for ever */
    vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
    assert_int_equal(vg_flow_solve(flow, NULL, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "without end"));
    cost[1] = INT64_C(1) << 58;
    assert_int_equal(vg_flow_create(&network, &arena, &flow, &error), VG_DATA_ERROR);
    cost[1] = 1;
    vg_assert_ok(vg_flow_create(&network, &arena, &flow, &error), error);
    assert_int_equal(vg_flow_begin(flow, (const int64_t[]){2, 0}, &error), VG_USAGE_ERROR);
    vg_assert_ok(vg_flow_begin(flow, (const int64_t[]){4, 1}, &error), error);
    vg_assert_ok(vg_flow_solve(flow, NULL, &error), error);
    assert_true(vg_flow_cost(flow) == 3.0);
    assert_int_equal(vg_flow_set_cost(flow, 7, 1, &error), VG_DATA_ERROR);
    assert_int_equal(vg_flow_set_capacity(flow, 0, -1, &error), VG_DATA_ERROR);
    assert_int_equal(vg_flow_move_supply(flow, 0, 9, 1, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_networks_agree),
        cmocka_unit_test(a_given_flow_is_a_beginning),
        cmocka_unit_test(changes_go_on_from_the_last_tree),
        cmocka_unit_test(many_changes_come_to_the_cost_of_solving_anew),
        cmocka_unit_test(what_cannot_be_planned_is_refused),
    };
    return vg_run_group_tests("flow", tests, NULL, NULL);
}
