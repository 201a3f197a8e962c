/*
 * Vaccine lots: what comes when, is given first-expiring first, and is lost. All figures can be reckoned by hand.
 */
#include "everything_world.h"

#define TOWNS 6
#define DAYS 60

static uint32_t lot_doses[3][TOWNS];
static struct vg_vaccine_lot lots[3];

struct told {
    double given[DAYS], lost[DAYS], lost_in[TOWNS];
    int32_t stop_after;
};

static bool keep(void *context, const struct vg_day *day)
{
    struct told *told = context;
    size_t cells = day->n_municipalities * day->n_ages * day->n_variants;
    told->given[day->day] = told->lost[day->day] = 0;
    for (size_t i = 0; i < cells; i++) {
        told->given[day->day] += day->counts[VG_COUNT_DOSES * cells + i];
    }
    for (size_t m = 0; m < day->n_municipalities; m++) {
        told->lost[day->day] += day->doses_lost[m];
        told->lost_in[m] += day->doses_lost[m];
    }
    return told->stop_after == 0 || day->day < told->stop_after;
}

/* One town gets 100 doses a day at most; lots of 500, 400 and, elsewhere, 50. */
static void prepare_lots(struct told *told)
{
    prepare_all(VG_CONTACTS_THINNED);
    memset(told, 0, sizeof *told);
    memset(lot_doses, 0, sizeof lot_doses);
    memset(doses_a_day, 0, sizeof doses_a_day);
    w.input.n_measures = 0;
    w.input.context = told;
    w.input.on_day = keep;
    doses_a_day[2] = 100;
    lot_doses[0][2] = 500;
    lot_doses[1][2] = 400;
    lot_doses[2][4] = 50; /* where nobody gives them */
    lots[0] = (struct vg_vaccine_lot){.product = 0, .arrival_day = 11, .expiry_day = 40, .doses = lot_doses[1]};
    lots[1] = (struct vg_vaccine_lot){.product = 0, .arrival_day = 10, .expiry_day = 12, .doses = lot_doses[0]};
    lots[2] = (struct vg_vaccine_lot){.product = 0, .arrival_day = 5, .expiry_day = 30, .doses = lot_doses[2]};
    w.input.lots = lots;
    w.input.n_lots = 3;
    w.input.n_campaigns = 1;
    campaigns[0].first_day = 0;
    campaigns[0].last_day = 100;
}

static void run_lots(struct told *told, struct vg_pool *pool)
{
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    (void)told;
    vg_assert_ok(vg_epidemic_new(&w.input, pool, &epidemic, &error), error);
    vg_assert_ok(vg_epidemic_advance(epidemic, DAYS, &error), error);
    vg_epidemic_free(epidemic);
}

static void the_first_to_expire_is_given_first(void **state)
{
    (void)state;
    static struct told told;
    prepare_lots(&told);
    run_lots(&told, NULL);
    for (int day = 0; day < DAYS; day++) {
        /* Days 10 to 12 of the short-lived lot, 13 to 16 of the other: had the other been given on day 11, it would have ended on day 14. */
        vg_assert_near(told.given[day], day >= 10 && day <= 16 ? 100 : 0, 0);
        vg_assert_near(told.lost[day], day == 13 ? 200 : day == 31 ? 50 : 0, 0);
    }
    vg_assert_near(told.lost_in[2], 200, 0);
    vg_assert_near(told.lost_in[4], 50, 0);
    release_world(&w);
}

static void without_a_last_day_nothing_is_lost(void **state)
{
    (void)state;
    static struct told told;
    prepare_lots(&told);
    lots[1].expiry_day = lots[2].expiry_day = 1000;
    run_lots(&told, NULL);
    for (int day = 0; day < DAYS; day++) {
        vg_assert_near(told.given[day], day >= 10 && day <= 18 ? 100 : 0, 0);
        vg_assert_near(told.lost[day], 0, 0);
    }
    w.input.n_lots = 0; /* and without lots capacity is all */
    run_lots(&told, NULL);
    vg_assert_near(told.given[0], 100, 0);
    vg_assert_near(told.given[50], 100, 0);
    release_world(&w);
}

/* First and second doses share the lots, the campaign that stands first in front; a lot of another product is for neither. */
static void doses_share_lots(void **state)
{
    (void)state;
    static struct told told;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    prepare_lots(&told);
    w.input.n_campaigns = 2;
    campaigns[1].first_day = 12;
    campaigns[1].last_day = 100;
    campaigns[1].interval_days = 2;
    run_lots(&told, NULL);
    vg_assert_near(told.given[11], 100, 0);
    vg_assert_near(told.given[12], 200, 0); /* of 300 that are left of the short-lived lot; 100 are lost */
    vg_assert_near(told.lost[13], 100, 0);
    vg_assert_near(told.given[13], 200, 0);
    vg_assert_near(told.given[14], 200, 0);
    vg_assert_near(told.given[15], 0, 0);
    lots[0].product = 1;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    lots[0].product = 0;
    lots[0].expiry_day = 10;
    assert_int_equal(vg_epidemic_new(&w.input, NULL, &epidemic, &error), VG_USAGE_ERROR);
    release_world(&w);
}

static bool into_buffer(void *context, const void *data, size_t size)
{
    vg_buffer_append(context, data, size);
    return !((struct vg_buffer *)context)->failed;
}

struct reading { const struct vg_buffer *bytes; size_t at; };

static bool from_buffer(void *context, void *data, size_t size)
{
    struct reading *reading = context;
    memcpy(data, reading->bytes->data + reading->at, size);
    reading->at += size;
    return true;
}

static void threads_and_a_checkpoint_change_nothing(void **state)
{
    (void)state;
    static struct told one, other;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    struct vg_buffer bytes;
    prepare_lots(&one);
    run_lots(&one, NULL);
    w.input.context = &other;
    struct vg_pool *pool = vg_pool_new(3);
    run_lots(&other, pool);
    assert_memory_equal(&one, &other, sizeof one);
    vg_pool_free(pool);
    memset(&other, 0, sizeof other);
    vg_buffer_init(&bytes, 0);
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    vg_assert_ok(vg_epidemic_advance(epidemic, 12, &error), error); /* some of the first lot is given */
    vg_assert_ok(vg_epidemic_save(epidemic, into_buffer, &bytes, &error), error);
    vg_epidemic_free(epidemic);
    struct reading reading = {&bytes, 0};
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    vg_assert_ok(vg_epidemic_resume(epidemic, from_buffer, &reading, &error), error);
    vg_assert_ok(vg_epidemic_advance(epidemic, DAYS - 12, &error), error);
    vg_epidemic_free(epidemic);
    assert_memory_equal(&one, &other, sizeof one);
    vg_buffer_release(&bytes);
    release_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_to_expire_is_given_first),
        cmocka_unit_test(without_a_last_day_nothing_is_lost),
        cmocka_unit_test(doses_share_lots),
        cmocka_unit_test(threads_and_a_checkpoint_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
