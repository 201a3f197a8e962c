/*
 * Offers of nodes: what a node proposes, read back; joined and planned over, with hand-made and random worlds; and everything in which two offers can contradict each other.
 */
#include "test_node.h"

#include "jobs/offer/offer.h"
#include "jobs/stock/stock.h"

#define FIRST 18687 /* 2021-03-01 */

static const char br_needs[] = "place,resource,date,amount,path\nNorte,ventiladores,2021-03-01,40,expected\nNorte,ventiladores,2021-03-08,60,expected\n"
                               "Norte,ventiladores,2021-03-01,50,worse\nNorte,ventiladores,2021-03-08,90,worse\n";
static const char br_stocks[] = "place,resource,amount\nNorte,ventilator,45\n";
static const char co_needs[] = "place,resource,date,amount\nSur,ventilators,2021-03-01,30\nSur,ventilators,2021-03-08,25\n";
static const char co_stocks[] = "place,resource,amount,date,minimum\nSur,ventilator,20,,10\nSur,ventilator,30,,0\nStore,ventilator,30,2021-03-08,0\n";
static const char co_ways[] = "from,to,days,cost\nStore,BR/Norte,0,10\nSur,BR/Norte,3,12\nSur,PE/Lima,3,12\nStore,Sur,1,1\n";

struct world {
    struct vg_arena arena;
    struct vg_error error;
    struct vg_answer answer;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    vg_arena_init(&world->arena, 0);
    vg_answer_init(&world->answer, &world->arena);
    *state = world;
    return 0;
}

static int drop_world(void **state)
{
    struct world *world = *state;
    vg_answer_release(&world->answer);
    vg_arena_release(&world->arena);
    free(world);
    return 0;
}

struct tables { const char *needs, *stocks, *ways, *resources, *minimum; };

static vg_status make(struct world *world, const char *node, struct tables tables, struct vg_offer *offer)
{
    const char *const texts[] = {tables.needs, tables.stocks, tables.ways, tables.resources, tables.minimum};
    static const char *const names[] = {"needs", "stocks", "ways", "kinds", "minimum"};
    struct vg_given_file files[5];
    struct vg_offer_request request;
    vg_offer_request_init(&request);
    request.node = node;
    request.files = files;
    for (size_t i = 0; i < 5; i++) {
        if (texts[i] != NULL) {
            files[request.n_files++] = (struct vg_given_file){names[i], texts[i], strlen(texts[i])};
        }
    }
    request.needs_path = tables.needs == NULL ? NULL : names[0];
    request.stocks_path = tables.stocks == NULL ? NULL : names[1];
    request.ways_path = tables.ways == NULL ? NULL : names[2];
    request.resources_path = tables.resources == NULL ? NULL : names[3];
    request.minimum_path = tables.minimum == NULL ? NULL : names[4];
    if (tables.needs == NULL) {
        request.from = FIRST - 1;
        request.to = FIRST + 30;
    }
    vg_answer_release(&world->answer);
    vg_answer_init(&world->answer, &world->arena);
    return vg_job_offer(&request, &world->arena, offer, &world->answer, &world->error);
}

static struct vg_offer offer_of(struct world *world, const char *node, struct tables tables)
{
    struct vg_offer offer;
    vg_assert_ok(make(world, node, tables, &offer), world->error);
    offer.name = vg_arena_format(&world->arena, "%s.vgb", node);
    return offer;
}

static vg_status join(struct world *world, const struct vg_offer *offers, size_t n, const char *show, bool nobody_worse)
{
    struct vg_plan_request request;
    const char *left_out = NULL;
    vg_plan_request_init(&request);
    request.show = show;
    request.nobody_worse = nobody_worse;
    vg_status status = vg_job_offers_join(offers, n, NULL, &world->arena, &request, &left_out, &world->error);
    vg_answer_release(&world->answer);
    vg_answer_init(&world->answer, &world->arena);
    return status == VG_OK ? vg_job_plan(&request, NULL, &world->arena, &world->answer, &world->error) : status;
}

static double number(const struct world *world, const char *column, size_t row)
{
    const struct vg_column *at = column_of(&world->answer.table, column);
    assert_true(row < world->answer.table.n_rows);
    return at->kind == VG_COLUMN_INTEGER ? (double)at->values.integers[row] : at->missing[row] ? NAN : at->values.doubles[row];
}

static void assert_cell(const struct world *world, const char *column, size_t row, const char *expected)
{
    const struct vg_text text = column_of(&world->answer.table, column)->values.texts[row];
    if (!vg_text_equals(text, expected)) {
        fail_msg("%s is \"%.*s\" and not \"%s\"", column, (int)text.size, text.data, expected);
    }
}

static void assert_said(const struct world *world, const char *said)
{
    if (strstr(world->error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", world->error.message, said);
    }
}

static void an_offer_is_sums_in_known_names(void **state)
{
    struct world *world = *state;
    const struct vg_offer offer = offer_of(world, "CO", (struct tables){co_needs, co_stocks, co_ways, NULL, "place,resource,minimum\nStore,ventilator,0\nSur,ventilators,15\n"});
    assert_true(offer.from == FIRST && offer.to == FIRST + 7);
    assert_true(vg_text_equals(offer.parts[VG_OFFER_STOCKS], "place,resource,amount,date,minimum\nSur,ventilator,50,,25\nStore,ventilator,30,2021-03-08,0\n"));
    assert_true(vg_text_equals(offer.parts[VG_OFFER_NEEDS], "place,resource,date,amount,path,probability\nSur,ventilator,2021-03-01,30,1,1\nSur,ventilator,2021-03-08,25,1,1\n"));
    assert_true(vg_text_equals(offer.parts[VG_OFFER_RESOURCES], "resource,kind,unit\nventilator,reusable,units\n"));
    assert_true(vg_text_equals(offer.parts[VG_OFFER_WAYS], "from,to,days,cost,capacity\nStore,BR/Norte,0,10,\nSur,BR/Norte,3,12,\nSur,PE/Lima,3,12,\nStore,Sur,1,1,\n"));
    assert_cell(world, "unit", 0, "units");
    assert_true(number(world, "has", 0) == 50.0 && number(world, "keeps", 0) == 25.0 && number(world, "arrives", 0) == 30.0 && number(world, "needs", 0) == 55.0 && number(world, "places", 0) == 2.0);
}

/*
 * By hand. Sur has 50, needs 30 and keeps 10: 20 may go, and arrive a week later. Store's 30 come on the 8th and are in Norte the same day. Norte lacks 5 on one of two paths in the first week, 15 or 45
 * in the second: it gets 45 of the 50 that could come. From Store first, since that is cheaper.
 */
static void a_plan_names_donor_and_receiver(void **state)
{
    struct world *world = *state;
    const struct vg_offer offers[] = {offer_of(world, "BR", (struct tables){br_needs, br_stocks, NULL, NULL, NULL}), offer_of(world, "CO", (struct tables){co_needs, co_stocks, co_ways, NULL, NULL})};
    vg_assert_ok(join(world, offers, 2, "movements", true), world->error);
    assert_true(world->answer.table.n_rows == 2);
    for (size_t row = 0; row < 2; row++) {
        assert_cell(world, "donor", row, "CO");
        assert_cell(world, "receiver", row, "BR");
        assert_cell(world, "to", row, "BR/Norte");
        const bool store = vg_text_equals(column_of(&world->answer.table, "from")->values.texts[row], "CO/Store");
        assert_true(number(world, "amount", row) == (store ? 30.0 : 15.0));
    }
    vg_assert_ok(join(world, offers, 2, "nodes", true), world->error);
    assert_true(world->answer.table.n_rows == 2);
    assert_cell(world, "node", 0, "BR");
    assert_cell(world, "status", 0, "better");
    vg_assert_near(number(world, "needed", 0), 120.0, 1e-9);
    vg_assert_near(number(world, "unmet_before", 0), 32.5, 1e-9);
    vg_assert_near(number(world, "unmet", 0), 2.5, 1e-9);
    vg_assert_near(number(world, "coverage", 0), 1.0 - 2.5 / 120.0, 1e-9);
    assert_true(number(world, "gets", 0) == 45.0 && number(world, "gives", 1) == 45.0 && number(world, "gets", 1) == 0.0);
    assert_cell(world, "status", 1, "same");
}

/* The same plan as of one hand-made set of files. */
static void a_joint_plan_is_that_of_joint_files(void **state)
{
    struct world *world = *state;
    const struct vg_offer offers[] = {offer_of(world, "BR", (struct tables){br_needs, br_stocks, NULL, NULL, NULL}), offer_of(world, "CO", (struct tables){co_needs, co_stocks, co_ways, NULL, NULL})};
    vg_assert_ok(join(world, offers, 2, "summary", false), world->error);
    const double unmet = number(world, "unmet", 0), moved = number(world, "moved", 0), cost = number(world, "cost", 0);
    static const char needs[] = "place,resource,date,amount,path\nN,v,2021-03-01,40,a\nN,v,2021-03-08,60,a\nN,v,2021-03-01,50,b\nN,v,2021-03-08,90,b\n"
                                "S,v,2021-03-01,30,a\nS,v,2021-03-08,25,a\nS,v,2021-03-01,30,b\nS,v,2021-03-08,25,b\n",
                      stocks[] = "place,resource,amount,date,minimum\nN,v,45,,\nS,v,50,,10\nT,v,30,2021-03-08,0\n", ways[] = "from,to,days,cost\nT,N,0,10\nS,N,3,12\nT,S,1,1\n",
                      kinds[] = "resource,kind\nv,reusable\n";
    const struct vg_given_file files[] = {{"n", needs, sizeof needs - 1}, {"s", stocks, sizeof stocks - 1}, {"w", ways, sizeof ways - 1}, {"k", kinds, sizeof kinds - 1}};
    struct vg_plan_request request;
    vg_plan_request_init(&request);
    request.needs_path = "n", request.stocks_path = "s", request.ways_path = "w", request.resources_path = "k";
    request.files = files;
    request.n_files = 4;
    request.show = "summary";
    vg_answer_release(&world->answer);
    vg_answer_init(&world->answer, &world->arena);
    vg_assert_ok(vg_job_plan(&request, NULL, &world->arena, &world->answer, &world->error), world->error);
    vg_assert_near(number(world, "unmet", 0), unmet, 1e-9);
    assert_true(number(world, "moved", 0) == moved && number(world, "cost", 0) == cost);
}

/* A donor who needs nothing, and one whose stock nobody can reach. */
static void donors_without_needs(void **state)
{
    struct world *world = *state;
    const struct tables stocks = {NULL, "place,resource,amount\nHub,ventilator,100\nFar,ventilator,7\nHub,gown,500\n", "from,to\nHub,BR/Norte\nHub,BR/Oeste\n", NULL, NULL};
    const struct vg_offer offers[] = {offer_of(world, "PAHO", stocks), offer_of(world, "BR", (struct tables){br_needs, br_stocks, NULL, NULL, NULL})};
    struct vg_plan_request request;
    const char *left_out = NULL;
    vg_plan_request_init(&request);
    vg_assert_ok(vg_job_offers_join(offers, 2, NULL, &world->arena, &request, &left_out, &world->error), world->error);
    assert_string_equal(left_out, "1 way leads to or from places that made no offer of use (the first: PAHO/Hub to BR/Oeste); 2 stocks are of what nobody needs, or where no way leads from (the first: ventilator at PAHO/Far)");
    vg_assert_ok(join(world, offers, 2, "nodes", true), world->error);
    for (size_t row = 0; row < 2; row++) {
        const bool br = vg_text_equals(column_of(&world->answer.table, "node")->values.texts[row], "BR");
        vg_assert_near(number(world, br ? "unmet" : "needed", row), 0.0, 1e-9);
    }
}

static void offers_that_contradict_each_other(void **state)
{
    struct world *world = *state;
    const struct vg_offer br = offer_of(world, "BR", (struct tables){br_needs, br_stocks, NULL, NULL, NULL}), co = offer_of(world, "CO", (struct tables){co_needs, co_stocks, co_ways, NULL, NULL});
    struct vg_offer pair[] = {br, br};
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "BR.vgb: header, field node");
    pair[1] = offer_of(world, "CO", (struct tables){"place,resource,date,amount\nSur,ventilator,2021-03-08,30\nSur,ventilator,2021-03-15,25\n", co_stocks, NULL, NULL, NULL});
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: header, field per: it is about 2021-03-08 to 2021-03-15, by 7 days, and BR.vgb about 2021-03-01 to 2021-03-08, by 7 days");
    pair[1] = co;
    pair[1].to = FIRST + 14;
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: header, field per: its days are not the dates");
    pair[1] = offer_of(world, "CO", (struct tables){"place,resource,date,amount,path\nSur,ventilator,2021-03-01,30,expected\nSur,ventilator,2021-03-08,25,better\n", co_stocks, NULL, NULL, NULL});
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: needs.csv, column path: path better is not in BR.vgb");
    pair[1] = co;
    pair[1].parts[VG_OFFER_RESOURCES] = vg_text_from("resource,kind,unit\nventilator,consumable,units\n");
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: resources.csv, line 2, column kind: ventilator is consumable, where BR.vgb says reusable");
    pair[1].parts[VG_OFFER_RESOURCES] = vg_text_from("resource,kind,unit\nventilator,reusable,boxes\n");
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: resources.csv, line 2, column unit: units, in which ventilator is counted, was expected, not \"boxes\"");
    /* Of what no list knows each says the unit. */
    const char *needs = "place,resource,date,amount\nSur,serum,2021-03-01,30\n";
    pair[0] = offer_of(world, "BR", (struct tables){needs, NULL, NULL, "resource,kind,unit\nserum,consumable,vials\n", NULL});
    pair[1] = offer_of(world, "CO", (struct tables){needs, NULL, NULL, "resource,kind,unit\nserum,consumable,litres\n", NULL});
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: resources.csv, line 2, column unit: \"litres\" of serum, where BR.vgb has \"vials\"");
    const struct vg_offer swapped[] = {pair[1], pair[0]};
    assert_int_equal(join(world, swapped, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "BR.vgb: resources.csv, line 2, column unit");
    pair[0] = offer_of(world, "BR", (struct tables){needs, NULL, NULL, "resource,kind,unit\nserum,consumable,vials\n", NULL});
    pair[1].parts[VG_OFFER_RESOURCES] = vg_text_of("\x1f\x8b\x08\0", 4);
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: resources.csv is not plain text");
    pair[0] = br;
    pair[1] = co;
    pair[1].parts[VG_OFFER_STOCKS] = vg_text_from("place,resource,amount\nSur,ventilator,50\nSur,ventilator,-3\n");
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: stocks.csv, line 3, column amount");
    pair[1] = co;
    pair[1].parts[VG_OFFER_WAYS] = vg_text_from("from,to\nSur,BR/Norte\nBR/Norte,Sur\n");
    assert_int_equal(join(world, pair, 2, NULL, true), VG_DATA_ERROR);
    assert_said(world, "CO.vgb: ways.csv, line 3, column from: a place of the node's own");
    pair[0] = offer_of(world, "PAHO", (struct tables){NULL, co_stocks, NULL, NULL, NULL});
    assert_int_equal(join(world, pair, 1, NULL, true), VG_DATA_ERROR);
    assert_said(world, "neither this offer nor another says that anything is needed");
}

static void offers_that_cannot_be_made(void **state)
{
    struct world *world = *state;
    struct vg_offer offer;
    static const struct { struct tables tables; const char *said; } cases[] = {
        {{"place,resource,date,amount\nSur,serum,2021-03-01,30\n", NULL, NULL, NULL, NULL}, "say of \"serum\" whether it serves again"},
        {{"place,resource,date,amount\nSur,serum,2021-03-01,30\n", NULL, NULL, "resource,kind\nserum,consumable\n", NULL}, "in what unit it is counted"},
        {{"place,resource,date,amount\nSur,oxygen,2021-03-01,30\n", NULL, NULL, "resource,kind,unit\noxygen_m3,consumable,litres\n", NULL}, "kinds, line 2, column unit: m3, in which oxygen_m3 is counted"},
        {{"place,resource,date,amount\nSur,icu,2021-03-01,30\nSur,icu,2021-03-02,30\nSur,icu,2021-03-04,30\n", NULL, NULL, NULL, NULL}, "needs, column date: dates of needs must be evenly apart"},
        {{"place,resource,date,amount\nSur,icu,2021-03-01,30\nSur,uci,2021-03-01,31\n", NULL, NULL, NULL, NULL}, "needs, line 3: the need of this place, resource, date and path was given before, in line 2"},
        {{"place,resource,date,amount\nSur,icu,2021-03-01,1e99\n", NULL, NULL, NULL, NULL}, "needs, line 2, column amount"},
        {{"place,resource,date,amount,unit\nSur,icu,2021-03-01,1,persons\n", NULL, NULL, NULL, NULL}, "needs, line 2, column unit: beds, in which icu is counted, was expected, not \"persons\""},
        {{"place,resource,date,amount,unit\nSur,serum,2021-03-01,1,vials\n", "place,resource,amount,unit\nSur,serum,1,litres\n", NULL, "resource,kind\nserum,consumable\n", NULL}, "stocks, line 2, column unit: vials, in which serum is counted"},
        {{"place,resource,date,amount\nSur,icu,tomorrow,1\n", NULL, NULL, NULL, NULL}, "needs, line 2, column date"},
        {{"place,resource,date,amount,path,probability\nSur,icu,2021-03-01,1,a,0.5\nSur,icu,2021-03-01,1,b,0.2\n", NULL, NULL, NULL, NULL}, "needs, column probability: those of the paths sum to 0.7"},
        {{co_needs, "place,resource,amount,minimum\nSur,ventilator,5,6\n", NULL, NULL, NULL}, "stocks, line 2, column minimum"},
        {{co_needs, co_stocks, NULL, NULL, "place,resource,minimum\nSur,ventilator,70\n"}, "minimum, line 2, column minimum"},
        {{co_needs, co_stocks, "from,to\nSur,Norte\n", NULL, NULL}, "ways, line 2, column to: a place of the node's own, or one of another node as NODE/PLACE"},
        {{co_needs, co_stocks, "from,to\nNorte,BR/Sur\n", NULL, NULL}, "ways, line 2, column from"},
        {{NULL, NULL, NULL, "resource\nicu\n", NULL}, "neither needs nor stocks"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(make(world, "CO", cases[i].tables, &offer), VG_DATA_ERROR);
        assert_said(world, cases[i].said);
    }
}

/* In random worlds of three nodes no place lacks more than if nothing moved, and all offers' order is of no account. */
static void nobody_is_worse_off(void **state)
{
    struct world *world = *state;
    static const char *const nodes[] = {"A", "B", "C"};
    size_t moved = 0;
    for (uint32_t trial = 0; trial < 40; trial++) {
        struct vg_random random = vg_random_stream(20210301, trial, 0, 7);
        struct vg_offer offers[3];
        double unmet[2];
        for (size_t i = 0; i < 3; i++) {
            struct vg_buffer needs, stocks, ways;
            vg_buffer_init(&needs, 0);
            vg_buffer_init(&stocks, 0);
            vg_buffer_init(&ways, 0);
            vg_buffer_text(&needs, "place,resource,date,amount,path\n");
            vg_buffer_text(&stocks, "place,resource,amount,minimum\n");
            vg_buffer_text(&ways, "from,to,days,cost,capacity\n");
            for (int place = 0; place < 2; place++) {
                vg_buffer_format(&stocks, "p%d,dose,%u,%u\n", place, 10 + vg_random_below(&random, 60), vg_random_below(&random, 10));
                vg_buffer_format(&stocks, "p%d,icu,%u,0\n", place, vg_random_below(&random, 30));
                for (int cell = 0; cell < 9; cell++) {
                    vg_buffer_format(&needs, "p%d,dose,2021-03-%02d,%u,w%d\np%d,icu,2021-03-%02d,%u,w%d\n", place, 1 + cell / 3 * 7, vg_random_below(&random, 30), cell % 3, place, 1 + cell / 3 * 7,
                                     vg_random_below(&random, 30), cell % 3);
                }
                for (size_t to = 0; to < 3; to++) {
                    if (to != i) {
                        vg_buffer_format(&ways, "p%d,%s/p%u,%u,%u,%u\n", place, nodes[to], vg_random_below(&random, 2), vg_random_below(&random, 9), vg_random_below(&random, 5), 5 + vg_random_below(&random, 20));
                    }
                }
            }
            offers[i] = offer_of(world, nodes[i], (struct tables){needs.data, stocks.data, ways.data, "resource,kind,unit\ndose,consumable,doses\n", NULL});
            vg_buffer_release(&needs);
            vg_buffer_release(&stocks);
            vg_buffer_release(&ways);
        }
        vg_assert_ok(join(world, offers, 3, "coverage", true), world->error);
        for (size_t row = 0; row < world->answer.table.n_rows; row++) {
            assert_true(number(world, "unmet", row) <= number(world, "unmet_nothing_moves", row) + 1e-9);
        }
        for (int order = 0; order < 2; order++) {
            const struct vg_offer turned[] = {offers[order == 0 ? 0 : 2], offers[1], offers[order == 0 ? 2 : 0]};
            vg_assert_ok(join(world, turned, 3, "nodes", true), world->error);
            unmet[order] = 0.0;
            for (size_t row = 0; row < world->answer.table.n_rows; row++) {
                unmet[order] += number(world, "unmet", row);
                moved += (size_t)number(world, "gets", row);
                assert_true(number(world, "places_worse", row) == 0.0 && number(world, "coverage", row) >= number(world, "coverage_before", row) - 1e-9);
            }
        }
        vg_assert_near(unmet[0], unmet[1], 1e-9);
    }
    assert_true(moved > 100);
}

static void say(struct node *node, const char *place, const char *facility, const char *item, const char *amount)
{
    struct vg_answer answer;
    const struct vg_stock_said said = {.event = "counted", .place = place, .facility = facility, .item = item, .amount = amount, .day = "2021-02-20"};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", &said, 1, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
}

/* What the ledger holds, by the needs' places; of items that are asked for alone. */
static void the_ledger_is_offered(void **state)
{
    struct node *node = *state;
    struct vg_offer offer;
    struct vg_answer answer;
    struct vg_offer_request request;
    static const char needs[] = "place,resource,date,amount\nAntioquia,ventilators,2021-03-01,4\n", ways[] = "from,to\nAntioquia,PA/Darien\nAlmacen,PA/Darien\n", least[] = "place,resource,minimum\nAntioquia,ventilator,6\n";
    const struct vg_given_file files[] = {{"needs", needs, sizeof needs - 1}, {"ways", ways, sizeof ways - 1}, {"least", least, sizeof least - 1}};
    say(node, "CO-ANT", "San Juan", "ventilator", "7");
    say(node, "CO-ANT", "Santa Fe", "ventilator", "5");
    say(node, "CO-CUN", "Almacen", "ventilator", "11");
    say(node, "CO-ANT", "San Juan", "icu", "20");
    say(node, "CO-VAC", NULL, "ventilator", "9");
    struct vg_stock_said order = {.event = "moved", .place = "CO-VAC", .to_place = "CO-ANT", .to_facility = "Santa Fe", .item = "ventilator", .amount = "3", .day = "2021-02-25", .due = "2021-03-09"};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", &order, 1, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    vg_offer_request_init(&request);
    request.node = "CO";
    request.ledger = node->store;
    request.needs_path = "needs", request.ways_path = "ways", request.minimum_path = "least";
    request.files = files;
    request.n_files = 3;
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_offer(&request, &node->arena, &offer, &answer, &node->error), node->error);
    assert_true(vg_text_equals(offer.parts[VG_OFFER_STOCKS], "place,resource,amount,date,minimum\nAntioquia,ventilator,12,,6\nAlmacen,ventilator,11,,0\nCO-VAC,ventilator,6,,0\nAntioquia,ventilator,3,2021-03-09,0\n"));
    /* A plan of the ledger's own has it, too: 12 in both first weeks, 15 in the third. */
    static const char weeks[] = "place,resource,date,amount\nAntioquia,ventilator,2021-03-01,14\nAntioquia,ventilator,2021-03-08,14\nAntioquia,ventilator,2021-03-15,14\n";
    const struct vg_given_file week_file = {"weeks", weeks, sizeof weeks - 1};
    struct vg_plan_request plan;
    vg_plan_request_init(&plan);
    plan.ledger = node->store;
    plan.needs_path = "weeks";
    plan.files = &week_file;
    plan.n_files = 1;
    plan.show = "unmet";
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_plan(&plan, NULL, &node->arena, &answer, &node->error), node->error);
    for (size_t row = 0; row < 3; row++) { /* stores come after it */
        assert_true(column_of(&answer.table, "at_hand")->values.integers[row] == (row < 2 ? 12 : 15));
    }
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    request.needs_path = NULL;
    request.minimum_path = request.ways_path = NULL;
    request.from = FIRST;
    request.to = FIRST + 7;
    assert_int_equal(vg_job_offer(&request, &node->arena, &offer, &answer, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_offer_is_sums_in_known_names, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_plan_names_donor_and_receiver, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_joint_plan_is_that_of_joint_files, make_world, drop_world),
        cmocka_unit_test_setup_teardown(donors_without_needs, make_world, drop_world),
        cmocka_unit_test_setup_teardown(offers_that_contradict_each_other, make_world, drop_world),
        cmocka_unit_test_setup_teardown(offers_that_cannot_be_made, make_world, drop_world),
        cmocka_unit_test_setup_teardown(nobody_is_worse_off, make_world, drop_world),
        cmocka_unit_test_setup_teardown(the_ledger_is_offered, make_node, drop_node),
    };
    return vg_run_group_tests("jobs/offers", tests, NULL, NULL);
}
