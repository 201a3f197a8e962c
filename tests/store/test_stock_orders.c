/*
 * What is on its way: it leaves and arrives with rows of the ledger, in parts or short; nothing is lost or made on the way, whatever is told in which order; what cannot be is refused and writes nothing.
 */
#include "test_node.h"

#include "store/stock/stock.h"

#include <sqlite3.h>

enum { SITES = 3 };
static const char *const sites[SITES] = {"A", "B", "C"};

static vg_status tell(struct node *node, struct vg_stock_told told, struct vg_stock_done *done)
{
    struct vg_stock_work *work = NULL;
    vg_assert_ok(vg_stock_begin(node->store, "ana", NULL, NULL, NULL, &work, &node->error), node->error);
    vg_status status = vg_stock_tell(work, &told, done, &node->error);
    vg_assert_ok(vg_stock_end(work, VG_OK, &node->error), node->error);
    return status;
}

static struct vg_stock_told told_of(enum vg_stock_event event, const char *place, int32_t day, int64_t units)
{
    return (struct vg_stock_told){.event = event, .item = "vaccine_dose", .place = place, .day = day, .amount = units * VG_STOCK_UNIT, .expiry = VG_DATE_NONE, .in_use = -1, .due = VG_DATE_NONE};
}

static int64_t send(struct node *node, const char *from, const char *to, int32_t day, int32_t due, int64_t units)
{
    struct vg_stock_done done;
    struct vg_stock_told told = told_of(VG_STOCK_SENT, from, day, units);
    told.to_place = to;
    told.on_way = true;
    told.due = due;
    vg_assert_ok(tell(node, told, &done), node->error);
    assert_true(done.order > 0);
    return done.order;
}

static vg_status arrive(struct node *node, struct vg_stock_arrival arrival, struct vg_stock_done *done)
{
    struct vg_stock_work *work = NULL;
    vg_assert_ok(vg_stock_begin(node->store, "leo", NULL, NULL, NULL, &work, &node->error), node->error);
    vg_status status = vg_stock_arrive(work, &arrival, done, &node->error);
    vg_assert_ok(vg_stock_end(work, VG_OK, &node->error), node->error);
    return status;
}

static void receive(struct node *node, const char *place, const char *lot, int32_t expiry, int32_t day, int64_t units)
{
    struct vg_stock_done done;
    struct vg_stock_told told = told_of(VG_STOCK_RECEIVED, place, day, units);
    told.lot = lot;
    told.expiry = expiry;
    vg_assert_ok(tell(node, told, &done), node->error);
}

static void refused(struct node *node, struct vg_stock_arrival arrival, vg_status as, const char *why)
{
    struct vg_stock_done done;
    assert_int_equal(arrive(node, arrival, &done), as);
    if (strstr(node->error.message, why) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", node->error.message, why);
    }
}

/* Units of a lot (NULL: all) at a place (NULL: all) on a day. */
static double held(struct node *node, const char *place, const char *lot, int32_t day)
{
    struct vg_stock_item *items;
    struct vg_stock_balance *rows;
    size_t n_items, n;
    double sum = 0.0;
    const struct vg_stock_filter filter = {.from = VG_DATE_NONE, .to = day};
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    vg_assert_ok(vg_stock_balances(node->store, &filter, items, n_items, &node->arena, &rows, &n, &node->error), node->error);
    for (size_t i = 0; i < n; i++) {
        sum += (place == NULL || strcmp(rows[i].place, place) == 0) && (lot == NULL || strcmp(rows[i].lot, lot) == 0) ? vg_stock_units(rows[i].amount) : 0.0;
    }
    return sum;
}

static struct vg_stock_order *orders_on(struct node *node, int32_t day, bool open_only, size_t *n)
{
    struct vg_stock_item *items;
    struct vg_stock_order *orders;
    size_t n_items;
    const struct vg_stock_filter filter = {.from = VG_DATE_NONE, .to = day};
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    vg_assert_ok(vg_stock_orders(node->store, &filter, open_only, items, n_items, &node->arena, &orders, n, &node->error), node->error);
    return orders;
}

static void it_leaves_and_arrives(void **state)
{
    struct node *node = *state;
    struct vg_stock_done done;
    size_t n = 0;
    receive(node, "A", "old", 130, 100, 30);
    receive(node, "A", "new", 200, 100, 30);
    const int64_t order = send(node, "A", "B", 105, 110, 40);
    assert_true(held(node, "A", NULL, 104) == 60.0 && held(node, "A", "old", 105) == 0.0 && held(node, "A", "new", 105) == 20.0 && held(node, "B", NULL, 200) == 0.0);
    struct vg_stock_order *orders = orders_on(node, 105, true, &n);
    assert_true(n == 1 && orders->open == 40 * VG_STOCK_UNIT && orders->n_parts == 2 && orders->due == 110 && orders->last == VG_DATE_NONE);
    assert_true(strcmp(orders->parts[0].lot, "old") == 0 && orders->parts[0].open == 30 * VG_STOCK_UNIT && orders->parts[0].expiry == 130 && orders->parts[1].open == 10 * VG_STOCK_UNIT);
    (void)orders_on(node, 104, true, &n);
    assert_true(n == 0);
    vg_assert_ok(arrive(node, (struct vg_stock_arrival){.order = order, .amount = 12 * VG_STOCK_UNIT, .day = 111, .rest_follows = true}, &done), node->error);
    assert_true(done.n_rows == 1 && held(node, "B", "old", 111) == 12.0 && held(node, "B", NULL, 110) == 0.0);
    vg_assert_ok(arrive(node, (struct vg_stock_arrival){.order = order, .amount = 20 * VG_STOCK_UNIT, .day = 113}, &done), node->error); /* eight are short */
    assert_true(done.n_rows == 2 && held(node, "B", "old", 113) == 30.0 && held(node, "B", "new", 113) == 2.0);
    orders = orders_on(node, VG_DATE_NONE, false, &n);
    assert_true(n == 1 && orders->arrived == 32 * VG_STOCK_UNIT && orders->missing == 8 * VG_STOCK_UNIT && orders->open == 0 && orders->last == 113);
    orders = orders_on(node, 112, true, &n); /* as it was known then */
    assert_true(n == 1 && orders->open == 28 * VG_STOCK_UNIT && orders->n_parts == 2 && orders->parts[0].open == 18 * VG_STOCK_UNIT);
    assert_true(held(node, NULL, NULL, 200) == 52.0);
}

static void what_cannot_be_is_refused(void **state)
{
    struct node *node = *state;
    struct vg_stock_done done;
    struct vg_stock_work *work = NULL;
    receive(node, "A", NULL, VG_DATE_NONE, 100, 50);
    struct vg_stock_told told = told_of(VG_STOCK_SENT, "A", 105, 60);
    told.to_place = "B";
    told.on_way = true;
    assert_int_equal(tell(node, told, &done), VG_DATA_ERROR); /* more than there is */
    told.amount = 10 * VG_STOCK_UNIT;
    told.due = 104;
    assert_int_equal(tell(node, told, &done), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "before it leaves"));
    told = told_of(VG_STOCK_LOST, "A", 105, 1);
    told.on_way = true;
    assert_int_equal(tell(node, told, &done), VG_DATA_ERROR);
    const int64_t order = send(node, "A", "B", 105, VG_DATE_NONE, 10);
    refused(node, (struct vg_stock_arrival){.order = order + 1, .amount = -1, .day = 106}, VG_NOT_FOUND, "there is no order");
    refused(node, (struct vg_stock_arrival){.order = order, .amount = 11 * VG_STOCK_UNIT, .day = 106}, VG_DATA_ERROR, "10 are on their way");
    refused(node, (struct vg_stock_arrival){.order = order, .amount = -1, .day = 104}, VG_DATA_ERROR, "does not arrive before");
    refused(node, (struct vg_stock_arrival){.order = order, .amount = 0, .day = 106, .rest_follows = true}, VG_DATA_ERROR, "nothing to tell");
    vg_assert_ok(vg_stock_begin(node->store, "ana", NULL, NULL, NULL, &work, &node->error), node->error);
    assert_int_equal(vg_stock_reverse(work, 2, NULL, &node->error), VG_DATA_ERROR); /* the row with which it left */
    assert_non_null(strstr(node->error.message, "vigia stock recall 1"));
    vg_assert_ok(vg_stock_end(work, VG_OK, &node->error), node->error);
    vg_assert_ok(arrive(node, (struct vg_stock_arrival){.order = order, .amount = 4 * VG_STOCK_UNIT, .day = 106, .rest_follows = true}, &done), node->error);
    vg_assert_ok(arrive(node, (struct vg_stock_arrival){.order = order, .amount = -1, .day = 107, .returned = true}, &done), node->error);
    assert_true(held(node, "A", NULL, 107) == 46.0 && held(node, "B", NULL, 107) == 4.0);
    refused(node, (struct vg_stock_arrival){.order = order, .amount = -1, .day = 108}, VG_DATA_ERROR, "nothing of order 1 is on its way any more");
    vg_assert_ok(vg_stock_begin(node->store, "ana", NULL, NULL, NULL, &work, &node->error), node->error);
    assert_int_equal(vg_stock_reverse(work, 3, NULL, &node->error), VG_DATA_ERROR); /* and the one with which it came */
    vg_assert_ok(vg_stock_end(work, VG_OK, &node->error), node->error);
}

/* Random orders, arrivals, shortfalls and returns: on every day what is held, what is on its way and what is missing is what was received. */
static void nothing_is_lost_or_made_on_the_way(void **state)
{
    struct node *node = *state;
    struct vg_random random = vg_random_stream(7, 1, 2, 3);
    struct vg_stock_done done;
    int64_t received = 0;
    size_t n = 0, told = 0;
    for (int day = 100; day < 160; day++) {
        const uint32_t from = vg_random_below(&random, SITES), to = (from + 1 + vg_random_below(&random, SITES - 1)) % SITES;
        if (vg_random_below(&random, 3) == 0) {
            const int64_t units = 1 + vg_random_below(&random, 50);
            const uint32_t lot = vg_random_below(&random, 3);
            receive(node, sites[from], lot == 0 ? NULL : lot == 1 ? "x" : "y", lot == 0 ? VG_DATE_NONE : lot == 1 ? 300 : 400, day, units);
            received += units;
        }
        const double there = held(node, sites[from], NULL, day);
        if (there >= 1.0) {
            (void)send(node, sites[from], sites[to], day, vg_random_below(&random, 2) == 0 ? VG_DATE_NONE : day + 5, 1 + vg_random_below(&random, (uint32_t)there));
        }
        const struct vg_stock_order *open = orders_on(node, day, true, &n);
        for (size_t i = 0; i < n; i++) {
            int64_t parts = 0;
            for (size_t k = 0; k < open[i].n_parts; k++) {
                parts += open[i].parts[k].open;
            }
            assert_true(parts == open[i].open);
            if (vg_random_below(&random, 3) == 0) {
                const struct vg_stock_arrival arrival = {.order = open[i].id, .amount = vg_random_below(&random, (uint32_t)(open[i].open / VG_STOCK_UNIT) + 1) * (int64_t)VG_STOCK_UNIT, .day = day,
                                                         .rest_follows = vg_random_below(&random, 2) == 0, .returned = vg_random_below(&random, 4) == 0};
                if (arrival.amount > 0 || !arrival.rest_follows) {
                    vg_assert_ok(arrive(node, arrival, &done), node->error);
                    told++;
                }
            }
        }
        const struct vg_stock_order *all = orders_on(node, day, false, &n);
        double away = 0.0;
        for (size_t i = 0; i < n; i++) {
            assert_true(all[i].arrived >= 0 && all[i].missing >= 0 && all[i].open >= 0 && all[i].arrived + all[i].returned + all[i].missing + all[i].open == all[i].amount);
            away += vg_stock_units(all[i].open + all[i].missing);
        }
        assert_true(held(node, NULL, NULL, day) + away == (double)received);
    }
    assert_true(told > 20);
}

static void orders_are_only_added_to(void **state)
{
    struct node *node = *state;
    struct vg_stock_done done;
    sqlite3 *db = NULL;
    receive(node, "A", NULL, VG_DATE_NONE, 100, 50);
    const int64_t order = send(node, "A", "B", 105, VG_DATE_NONE, 10);
    vg_assert_ok(arrive(node, (struct vg_stock_arrival){.order = order, .amount = -1, .day = 106}, &done), node->error);
    char path[TEST_FOLDER_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/node.db", node->folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    static const char *const texts[] = {"UPDATE stock_order SET amount = 1", "DELETE FROM stock_arrival", "UPDATE stock_arrival SET short = 5", "DELETE FROM stock_order_part"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(sqlite3_exec(db, texts[i], NULL, NULL, NULL), SQLITE_CONSTRAINT);
    }
    (void)sqlite3_close(db);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_leaves_and_arrives, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(nothing_is_lost_or_made_on_the_way, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(orders_are_only_added_to, make_bare_node, drop_node),
    };
    return vg_run_group_tests("store/stock_orders", tests, NULL, NULL);
}
