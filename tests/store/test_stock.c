/*
 * The stock ledger: balances on every day are those of a slow ledger that starts anew from the last stock-taking; what expires first goes first; nothing goes below zero unless it is
 * said; rows are only added; the same entry is one row; what is refused, or ended undone, leaves the former ledger.
 */
#include "test_node.h"

#include "store/stock/stock.h"

#include <sqlite3.h>

static struct vg_stock_work *begin(struct node *node)
{
    struct vg_stock_work *work = NULL;
    vg_assert_ok(vg_stock_begin(node->store, "ana", NULL, NULL, NULL, &work, &node->error), node->error);
    return work;
}

static void end(struct node *node, struct vg_stock_work *work)
{
    vg_assert_ok(vg_stock_end(work, VG_OK, &node->error), node->error);
}

static struct vg_stock_told told_of(enum vg_stock_event event, const char *item, const char *place, int32_t day, int64_t units)
{
    return (struct vg_stock_told){.event = event, .item = item, .place = place, .day = day, .amount = units * VG_STOCK_UNIT, .expiry = VG_DATE_NONE, .in_use = -1};
}

static vg_status tell(struct node *node, struct vg_stock_told told)
{
    struct vg_stock_done done;
    struct vg_stock_work *work = begin(node);
    vg_status status = vg_stock_tell(work, &told, &done, &node->error);
    end(node, work);
    return status;
}

static void must(struct node *node, struct vg_stock_told told)
{
    vg_assert_ok(tell(node, told), node->error);
}

static void refused(struct node *node, struct vg_stock_told told, const char *why)
{
    assert_int_equal(tell(node, told), VG_DATA_ERROR);
    if (strstr(node->error.message, why) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", node->error.message, why);
    }
}

/* Units of a lot ("" none) at a place on a day; lot NULL: all. */
static double held(struct node *node, const char *item, const char *place, const char *lot, int32_t day)
{
    struct vg_stock_item *items;
    struct vg_stock_balance *rows;
    size_t n_items, n;
    double sum = 0.0;
    const struct vg_stock_filter filter = {.item = item, .from = VG_DATE_NONE, .to = day};
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    vg_assert_ok(vg_stock_balances(node->store, &filter, items, n_items, &node->arena, &rows, &n, &node->error), node->error);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(items[rows[i].item].name, item);
        sum += strcmp(rows[i].place, place) == 0 && (lot == NULL || strcmp(rows[i].lot, lot) == 0) ? vg_stock_units(rows[i].amount) : 0.0;
    }
    return sum;
}

/* ------------------------------------------------------------------- cases */

static void what_expires_first_goes_first(void **state)
{
    struct node *node = *state;
    struct vg_stock_told late = told_of(VG_STOCK_RECEIVED, "vaccine_dose", "A", 100, 50), soon = late, none = late;
    late.lot = "late", late.expiry = 300;
    soon.lot = "soon", soon.expiry = 120;
    must(node, late);
    must(node, none);
    must(node, soon);
    must(node, told_of(VG_STOCK_USED, "vaccine_dose", "A", 110, 60));
    assert_true(held(node, "vaccine_dose", "A", "soon", 110) == 0.0);
    assert_true(held(node, "vaccine_dose", "A", "late", 110) == 40.0);
    assert_true(held(node, "vaccine_dose", "A", "", 110) == 50.0); /* without a day of expiry: the last */
    soon.lot = "gone", soon.expiry = 115, soon.day = 111;
    must(node, soon);
    refused(node, told_of(VG_STOCK_USED, "vaccine_dose", "A", 116, 91), "50 doses more have expired");
    struct vg_stock_told used = told_of(VG_STOCK_USED, "vaccine_dose", "A", 116, 1);
    used.lot = "gone";
    refused(node, used, "expired on");
    used.event = VG_STOCK_LOST;
    must(node, used);
    used.day = 115, used.event = VG_STOCK_USED; /* on its last day it is good */
    must(node, used);
    soon.expiry = 116;
    refused(node, soon, "expires on");
}

static void nothing_goes_below_zero_unless_it_is_said(void **state)
{
    struct node *node = *state;
    refused(node, told_of(VG_STOCK_USED, "gown", "A", 100, 1), "nothing was told of gown at A");
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 10));
    must(node, told_of(VG_STOCK_USED, "gown", "A", 105, 8));
    refused(node, told_of(VG_STOCK_USED, "gown", "A", 102, 3), "A has 2 pieces of gown to give"); /* it would be below zero on day 105 */
    refused(node, told_of(VG_STOCK_USED, "gown", "A", 99, 1), "A has 0 pieces of gown to give");  /* it came later */
    must(node, told_of(VG_STOCK_USED, "gown", "A", 102, 2));
    struct vg_stock_told said = told_of(VG_STOCK_USED, "gown", "A", 106, 5);
    said.below_zero = true;
    must(node, said);
    assert_true(held(node, "gown", "A", NULL, 106) == -5.0);
    refused(node, told_of(VG_STOCK_USED, "ventilator", "A", 106, 1), "serves again");
    struct vg_stock_told counted = told_of(VG_STOCK_COUNTED, "ventilator", "A", 106, 5);
    counted.in_use = 6 * VG_STOCK_UNIT;
    refused(node, counted, "not more than there is");
    refused(node, told_of(VG_STOCK_RECEIVED, "unicorn", "A", 100, 1), "there is no item");
}

static void a_stock_taking_stays_true(void **state)
{
    struct node *node = *state;
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 100));
    must(node, told_of(VG_STOCK_COUNTED, "gown", "A", 110, 70)); /* 30 went that nobody told */
    must(node, told_of(VG_STOCK_USED, "gown", "A", 105, 20));    /* told late: 20 of them */
    assert_true(held(node, "gown", "A", NULL, 109) == 80.0);
    assert_true(held(node, "gown", "A", NULL, 110) == 70.0);
    must(node, told_of(VG_STOCK_USED, "gown", "A", 108, 80)); /* all that was there; the stock-taking says anew what is */
    assert_true(held(node, "gown", "A", NULL, 109) == 0.0);
    assert_true(held(node, "gown", "A", NULL, 111) == 70.0);
    must(node, told_of(VG_STOCK_USED, "gown", "A", 110, 10)); /* of that day, told after it was counted */
    assert_true(held(node, "gown", "A", NULL, 110) == 60.0);
    struct vg_stock_told lot = told_of(VG_STOCK_RECEIVED, "pcr_test", "A", 100, 5);
    lot.lot = "x";
    must(node, lot);
    refused(node, told_of(VG_STOCK_COUNTED, "pcr_test", "A", 101, 5), "of which lot");
}

static void moving_keeps_the_sum_and_the_lots(void **state)
{
    struct node *node = *state;
    struct vg_stock_told first = told_of(VG_STOCK_RECEIVED, "vaccine_dose", "A", 100, 30), second = first, move = told_of(VG_STOCK_SENT, "vaccine_dose", "A", 101, 40);
    first.lot = "a", first.expiry = 200;
    second.lot = "b", second.expiry = 210;
    must(node, first);
    must(node, second);
    refused(node, move, "moved to where");
    move.to_place = "A";
    refused(node, move, "where it is already");
    move.to_place = "B", move.to_facility = "Hospital";
    must(node, move);
    assert_true(held(node, "vaccine_dose", "B", "a", 101) == 30.0 && held(node, "vaccine_dose", "B", "b", 101) == 10.0);
    assert_true(held(node, "vaccine_dose", "A", NULL, 101) == 20.0);
    assert_true(held(node, "vaccine_dose", "B", NULL, 100) == 0.0);

    /* Taken back, whichever half is named, and once only. */
    struct vg_stock_movement *rows;
    size_t n, total;
    const struct vg_stock_filter filter = {.from = VG_DATE_NONE, .to = VG_DATE_NONE};
    vg_assert_ok(vg_stock_movements(node->store, &filter, &node->arena, &rows, &n, &total, &node->error), node->error);
    assert_int_equal(n, 6);
    assert_true(rows[0].event == VG_STOCK_ARRIVED && rows[0].other == rows[1].id && rows[1].event == VG_STOCK_SENT);
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_reverse(work, rows[0].id, "wrong truck", &node->error), node->error);
    assert_int_equal(vg_stock_reverse(work, rows[0].id, NULL, &node->error), VG_DATA_ERROR);
    assert_int_equal(vg_stock_reverse(work, rows[1].id, NULL, &node->error), VG_DATA_ERROR);
    vg_assert_ok(vg_stock_reverse(work, rows[3].id, NULL, &node->error), node->error);
    assert_int_equal(vg_stock_reverse(work, 999, NULL, &node->error), VG_NOT_FOUND);
    end(node, work);
    assert_true(held(node, "vaccine_dose", "B", NULL, 200) == 0.0 && held(node, "vaccine_dose", "A", "a", 101) == 30.0 && held(node, "vaccine_dose", "A", "b", 101) == 30.0);
    must(node, told_of(VG_STOCK_USED, "vaccine_dose", "A", 150, 45));
    work = begin(node);
    assert_int_equal(vg_stock_reverse(work, 1, NULL, &node->error), VG_DATA_ERROR); /* what came was used since */
    end(node, work);
}

/* The lot has another day of expiry where it goes to: nothing moves, not even the lots that could. */
static void a_refused_movement_writes_nothing(void **state)
{
    struct node *node = *state;
    struct vg_stock_told here = told_of(VG_STOCK_RECEIVED, "vaccine_dose", "A", 100, 30), there = told_of(VG_STOCK_RECEIVED, "vaccine_dose", "B", 100, 7), move = told_of(VG_STOCK_SENT, "vaccine_dose", "A", 101, 40);
    here.lot = "a", here.expiry = 190;
    must(node, here);
    here.lot = "b", here.expiry = 200;
    must(node, here);
    there.lot = "b", there.expiry = 210;
    must(node, there);
    move.to_place = "B", move.entry = "truck 9";
    refused(node, move, "lot b expires on");
    move.lot = "b", move.amount = 5 * VG_STOCK_UNIT;
    refused(node, move, "lot b expires on");
    move.amount = 50 * VG_STOCK_UNIT, move.below_zero = true;
    refused(node, move, "lot b expires on");
    assert_true(held(node, "vaccine_dose", "A", "a", 200) == 30.0 && held(node, "vaccine_dose", "A", "b", 200) == 30.0 && held(node, "vaccine_dose", "B", NULL, 200) == 7.0);
    move.lot = "a", move.amount = 5 * VG_STOCK_UNIT;
    must(node, move); /* under the entry that was refused, which is not taken for told */
    assert_true(held(node, "vaccine_dose", "A", "a", 200) == 25.0 && held(node, "vaccine_dose", "B", "a", 200) == 5.0);
}

/* Of the most there is room for once, on every day, whichever way round it is told. */
static void more_than_can_be_counted_is_refused(void **state)
{
    struct node *node = *state;
    const int64_t most = VG_STOCK_AMOUNT_MOST / VG_STOCK_UNIT;
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, most));
    refused(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 101, 1), "more than 10000000000");
    refused(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 99, 1), "more than 10000000000");
    must(node, told_of(VG_STOCK_USED, "gown", "A", 105, most));
    refused(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, most), "more than 10000000000"); /* on days before it was used */
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 106, most));
    struct vg_stock_work *work = begin(node);
    assert_int_equal(vg_stock_reverse(work, 2, NULL, &node->error), VG_DATA_ERROR);
    end(node, work);
    struct vg_stock_told move = told_of(VG_STOCK_SENT, "gown", "B", 106, 1);
    move.to_place = "A", move.below_zero = true;
    refused(node, move, "more than 10000000000");
    assert_true(held(node, "gown", "B", NULL, 200) == 0.0 && held(node, "gown", "A", NULL, 104) == (double)most && held(node, "gown", "A", NULL, 200) == (double)most);
    move = told_of(VG_STOCK_USED, "gown", "C", 100, most);
    move.below_zero = true;
    must(node, move);
    refused(node, move, "more than 10000000000");
}

/* Below zero by somebody's word: that word can be taken back, and what is owed can be counted away beside lots. */
static void what_is_below_zero_can_be_mended(void **state)
{
    struct node *node = *state;
    struct vg_stock_told lot = told_of(VG_STOCK_RECEIVED, "pcr_test", "A", 100, 5), used = told_of(VG_STOCK_USED, "pcr_test", "A", 101, 9);
    lot.lot = "x";
    must(node, lot);
    used.below_zero = true;
    must(node, used);
    must(node, used); /* rows 2 and 3: 5 of x, 4 of none; row 4: 9 of none */
    assert_true(held(node, "pcr_test", "A", "", 101) == -13.0 && held(node, "pcr_test", "A", "x", 101) == 0.0);
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_reverse(work, 4, NULL, &node->error), node->error);
    end(node, work);
    assert_true(held(node, "pcr_test", "A", "", 101) == -4.0);
    lot.day = 102;
    must(node, lot);
    must(node, told_of(VG_STOCK_COUNTED, "pcr_test", "A", 103, 0));
    assert_true(held(node, "pcr_test", "A", "", 103) == 0.0 && held(node, "pcr_test", "A", "x", 103) == 5.0);
    refused(node, told_of(VG_STOCK_COUNTED, "pcr_test", "A", 104, 0), "of which lot");
}

/* With the same entry, or with what goes: it is set where none was told, and refused where another was. */
static void a_day_of_expiry_that_is_told_later(void **state)
{
    struct node *node = *state;
    struct vg_stock_told told = told_of(VG_STOCK_RECEIVED, "vaccine_dose", "A", 100, 30), used = told_of(VG_STOCK_USED, "vaccine_dose", "A", 101, 1);
    told.lot = "a", told.entry = "delivery 1";
    must(node, told);
    told.expiry = 110;
    must(node, told);
    assert_true(held(node, "vaccine_dose", "A", "a", 200) == 30.0);
    told.expiry = 120;
    refused(node, told, "lot a expires on 1970-04-21");
    refused(node, told_of(VG_STOCK_USED, "vaccine_dose", "A", 111, 1), "30 doses more have expired");
    told.lot = "b", told.entry = NULL, told.expiry = VG_DATE_NONE;
    must(node, told);
    used.lot = "b", used.expiry = 100;
    refused(node, used, "expired on");
    used.expiry = 130;
    must(node, used);
    used.expiry = 131;
    refused(node, used, "lot b expires on");
    assert_true(held(node, "vaccine_dose", "A", "b", 200) == 29.0);
}

static void use_that_was_taken_back_is_no_use(void **state)
{
    struct node *node = *state;
    struct vg_stock_use *uses;
    size_t n;
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 100));
    must(node, told_of(VG_STOCK_USED, "gown", "A", 101, 7));
    must(node, told_of(VG_STOCK_USED, "gown", "A", 101, 5));
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_reverse(work, 2, NULL, &node->error), node->error);
    end(node, work);
    vg_assert_ok(vg_stock_uses(node->store, 90, 110, &node->arena, &uses, &n, &node->error), node->error);
    assert_int_equal(n, 1);
    assert_true(uses[0].day == 101 && uses[0].amount == 5 * VG_STOCK_UNIT);
}

static void the_same_entry_is_one_row(void **state)
{
    struct node *node = *state;
    struct vg_stock_told told = told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 10);
    struct vg_stock_done done;
    told.entry = "delivery 17";
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_tell(work, &told, &done, &node->error), node->error);
    assert_true(!done.already && done.n_rows == 1);
    vg_assert_ok(vg_stock_tell(work, &told, &done, &node->error), node->error);
    assert_true(done.already && done.n_rows == 0);
    told.amount = 11 * VG_STOCK_UNIT;
    assert_int_equal(vg_stock_tell(work, &told, &done, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "told otherwise before, in row 1"));
    end(node, work);
    assert_true(held(node, "gown", "A", NULL, 100) == 10.0);
    bool already = false;
    vg_assert_ok(vg_stock_begin(node->store, "ana", "a.csv", "hash", &already, &work, &node->error), node->error);
    assert_false(already);
    end(node, work);
    vg_assert_ok(vg_stock_begin(node->store, "ana", "b.csv", "hash", &already, &work, &node->error), node->error);
    assert_true(already && work == NULL);
}

static void the_database_lets_nobody_change_a_row(void **state)
{
    struct node *node = *state;
    static const char *const tries[] = {"UPDATE stock_movement SET amount = 1", "DELETE FROM stock_movement", "UPDATE stock_batch SET actor = 'x'", "DELETE FROM stock_batch", "DELETE FROM stock_position"};
    char path[128];
    sqlite3 *db = NULL;
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 10));
    (void)snprintf(path, sizeof path, "%s/node.db", node->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        assert_int_not_equal(sqlite3_exec(db, tries[i], NULL, NULL, NULL), SQLITE_OK);
        assert_string_equal(sqlite3_errmsg(db), "the stock ledger is only added to");
    }
    (void)sqlite3_close(db);
}

static void items_of_ones_own(void **state)
{
    struct node *node = *state;
    struct vg_stock_item *items, item = {.name = "body_bag", .category = "other", .unit = "pieces", .titles = {"bolsas", "bolsas", "bolsas", "bolsas", "bolsas"}};
    size_t n_items;
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_put_item(work, &item, &node->error), node->error);
    end(node, work);
    must(node, told_of(VG_STOCK_RECEIVED, "body_bag", "A", 100, 3));
    work = begin(node);
    item.unit = "boxes";
    assert_int_equal(vg_stock_put_item(work, &item, &node->error), VG_DATA_ERROR);
    item.unit = "pieces", item.reusable = true;
    assert_int_equal(vg_stock_put_item(work, &item, &node->error), VG_DATA_ERROR);
    item.name = "Body bag";
    assert_int_equal(vg_stock_put_item(work, &item, &node->error), VG_USAGE_ERROR);
    end(node, work);
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    assert_true(vg_stock_item_find(items, n_items, vg_text_from("bolsas")) < n_items);
    assert_string_equal(items[vg_stock_item_find(items, n_items, vg_text_from("Camas UCI"))].name, "icu");
    assert_string_equal(items[vg_stock_item_find(items, n_items, vg_text_from("leitos de uti"))].name, "icu");
    assert_int_equal(vg_stock_item_find(items, n_items, vg_text_from("")), n_items);
}

static void amounts_are_read_exactly(void **state)
{
    static const struct { const char *text; int64_t thousandths; } good[] = {{"0", 0}, {"12", 12000}, {"0.1", 100}, {"12,3450", 12345}, {"0,125", 125}, {"1200.125", 1200125}, {"1500", 1500000}, {"1.5", 1500}, {" 7.5 ", 7500}, {"1e3", 1000000}, {"9999999999.999", 9999999999999}};
    static const char *const wrong[] = {"", "-1", "x", "0.0001", "1.2.3", "1,234,567", "nan", "inf", "2e10", "12 pieces", "1,500", "1.500", " 12.345", "150.000"};
    int64_t got;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(vg_stock_parse(vg_text_from(good[i].text), &got));
        assert_int_equal(got, good[i].thousandths);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (vg_stock_parse(vg_text_from(wrong[i]), &got)) {
            fail_msg("\"%s\" was read as %lld", wrong[i], (long long)got);
        }
    }
    assert_non_null(strstr(vg_stock_amount_fault(vg_text_from("1,500")), "1500 or 1.5"));
    assert_null(strstr(vg_stock_amount_fault(vg_text_from("15,00,0")), "1500 or 1.5"));
}

/* --------------------------------------------------------------- the slow ledger */

/* What was told, in its order. A balance starts anew from the last stock-taking of its days, and takes what was told of later days, and of the same day after it. */
#define PLACES 2
#define LOTS 3 /* 0: none */
#define TOLD_MOST 4000
#define DAYS 60
struct slow { struct { int place, lot, day; bool count; int64_t amount; } rows[TOLD_MOST]; size_t n; };
static const int32_t lot_expiry[LOTS] = {INT32_MAX, 30, 45};
static const char *const lot_names[LOTS] = {NULL, "first", "second"}, *const place_names[PLACES] = {"A", "B"};

static int64_t slow_balance(const struct slow *slow, int place, int lot, int day)
{
    int from = -1;
    size_t since = 0;
    int64_t balance = 0;
    for (size_t i = 0; i < slow->n; i++) {
        if (slow->rows[i].count && slow->rows[i].place == place && slow->rows[i].lot == lot && slow->rows[i].day <= day && slow->rows[i].day >= from) {
            from = slow->rows[i].day;
            since = i;
            balance = slow->rows[i].amount;
        }
    }
    for (size_t i = 0; i < slow->n; i++) {
        const bool after = slow->rows[i].day > from || (slow->rows[i].day == from && i > since);
        if (!slow->rows[i].count && slow->rows[i].place == place && slow->rows[i].lot == lot && slow->rows[i].day <= day && after) {
            balance += slow->rows[i].amount;
        }
    }
    return balance;
}

static int64_t slow_available(const struct slow *slow, int place, int lot, int day)
{
    int until = DAYS;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < slow->n; i++) {
        if (slow->rows[i].count && slow->rows[i].place == place && slow->rows[i].lot == lot && slow->rows[i].day > day && slow->rows[i].day < until) {
            until = slow->rows[i].day;
        }
    }
    for (int at = day; at < until; at++) {
        const int64_t balance = slow_balance(slow, place, lot, at);
        least = balance < least ? balance : least;
    }
    return least < 0 ? 0 : least;
}

static void slow_add(struct slow *slow, int place, int lot, int day, bool count, int64_t amount)
{
    assert_true(slow->n < TOLD_MOST);
    slow->rows[slow->n].place = place;
    slow->rows[slow->n].lot = lot;
    slow->rows[slow->n].day = day;
    slow->rows[slow->n].count = count;
    slow->rows[slow->n++].amount = amount;
}

/* Takes from the lots in the order of their expiry; false: there is not so much. */
static bool slow_take(struct slow *slow, int place, int to, int day, int64_t amount, bool expired_too)
{
    static const int order[LOTS] = {1, 2, 0};
    int64_t shares[LOTS] = {0}, left = amount;
    for (int k = 0; k < LOTS; k++) {
        const int64_t there = expired_too || lot_expiry[order[k]] >= day ? slow_available(slow, place, order[k], day) : 0;
        shares[order[k]] = there < left ? there : left;
        left -= shares[order[k]];
    }
    for (int lot = 0; lot < LOTS && left == 0; lot++) {
        if (shares[lot] > 0) {
            slow_add(slow, place, lot, day, false, -shares[lot]);
            if (to >= 0) {
                slow_add(slow, to, lot, day, false, shares[lot]);
            }
        }
    }
    return left == 0;
}

static void the_slow_ledger_says_the_same(void **state)
{
    struct node *node = *state;
    static struct slow slow;
    size_t n_refused = 0, n_taken = 0;
    struct vg_random random = vg_random_stream(20210205, 1, 2, 3);
    slow.n = 0;
    for (int round = 0; round < 600; round++) {
        const int place = (int)vg_random_below(&random, PLACES), lot = (int)vg_random_below(&random, LOTS), day = (int)vg_random_below(&random, DAYS);
        const unsigned what = vg_random_below(&random, 10);
        const int64_t amount = 1 + vg_random_below(&random, 40);
        struct vg_stock_told told = told_of(VG_STOCK_RECEIVED, "vaccine_dose", place_names[place], day, amount);
        told.expiry = VG_DATE_NONE;
        if (what < 3) {
            told.lot = lot_names[lot];
            told.expiry = lot == 0 ? VG_DATE_NONE : lot_expiry[lot];
            slow_add(&slow, place, lot, day, false, amount);
            must(node, told);
        } else if (what == 3) {
            /* One that leaves less than was used later is refused: what may go is what is available. */
            const int64_t difference = amount - slow_balance(&slow, place, lot, day);
            bool lots_there = false;
            for (int other = 1; other < LOTS; other++) {
                lots_there = lots_there || slow_balance(&slow, place, other, day) != 0;
            }
            told.event = VG_STOCK_COUNTED;
            told.lot = lot_names[lot];
            const bool fine = !(lot == 0 && lots_there && slow_balance(&slow, place, 0, day) == 0) && (difference >= 0 || slow_available(&slow, place, lot, day) >= -difference);
            assert_int_equal(tell(node, told), fine ? VG_OK : VG_DATA_ERROR);
            if (fine) {
                slow_add(&slow, place, lot, day, true, amount);
            }
        } else {
            told.event = what < 8 ? VG_STOCK_USED : what == 8 ? VG_STOCK_LOST : VG_STOCK_SENT;
            told.to_place = place_names[1 - place];
            const bool fine = slow_take(&slow, place, told.event == VG_STOCK_SENT ? 1 - place : -1, day, amount, told.event == VG_STOCK_LOST);
            assert_int_equal(tell(node, told), fine ? VG_OK : VG_DATA_ERROR);
            n_taken += fine;
            n_refused += !fine;
        }
    }
    assert_true(n_taken > 60 && n_refused > 60);
    for (int day = 0; day < DAYS; day += 3) {
        for (int place = 0; place < PLACES; place++) {
            for (int lot = 0; lot < LOTS; lot++) {
                const double got = held(node, "vaccine_dose", place_names[place], lot_names[lot] == NULL ? "" : lot_names[lot], day), expected = (double)slow_balance(&slow, place, lot, day);
                if (got != expected) {
                    fail_msg("%s, lot %d, day %d: %g instead of %g", place_names[place], lot, day, got, expected);
                }
                assert_true(got >= 0.0);
            }
        }
    }
}

/* What is undone leaves nothing, and the work can go on from what there was. */
static void an_undone_work_leaves_nothing(void **state)
{
    struct node *node = *state;
    must(node, told_of(VG_STOCK_RECEIVED, "gown", "A", 100, 10));
    struct vg_stock_told told = told_of(VG_STOCK_USED, "gown", "A", 101, 4);
    struct vg_stock_done done;
    struct vg_stock_work *work = begin(node);
    vg_assert_ok(vg_stock_tell(work, &told, &done, &node->error), node->error);
    assert_int_equal(vg_stock_end(work, VG_CANCELLED, &node->error), VG_CANCELLED);
    assert_true(held(node, "gown", "A", NULL, 101) == 10.0);
    work = begin(node);
    told.amount = 11 * VG_STOCK_UNIT;
    assert_int_equal(vg_stock_tell(work, &told, &done, &node->error), VG_DATA_ERROR); /* refused in a work that goes on */
    told.amount = 10 * VG_STOCK_UNIT;
    vg_assert_ok(vg_stock_tell(work, &told, &done, &node->error), node->error);
    end(node, work);
    assert_true(held(node, "gown", "A", NULL, 101) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_expires_first_goes_first, make_node, drop_node),
        cmocka_unit_test_setup_teardown(nothing_goes_below_zero_unless_it_is_said, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_stock_taking_stays_true, make_node, drop_node),
        cmocka_unit_test_setup_teardown(moving_keeps_the_sum_and_the_lots, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_refused_movement_writes_nothing, make_node, drop_node),
        cmocka_unit_test_setup_teardown(more_than_can_be_counted_is_refused, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_below_zero_can_be_mended, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_day_of_expiry_that_is_told_later, make_node, drop_node),
        cmocka_unit_test_setup_teardown(use_that_was_taken_back_is_no_use, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_same_entry_is_one_row, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_database_lets_nobody_change_a_row, make_node, drop_node),
        cmocka_unit_test_setup_teardown(items_of_ones_own, make_node, drop_node),
        cmocka_unit_test(amounts_are_read_exactly),
        cmocka_unit_test_setup_teardown(an_undone_work_leaves_nothing, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_slow_ledger_says_the_same, make_node, drop_node),
    };
    return vg_run_group_tests("stock", tests, NULL, NULL);
}
