/*
 * Plans that a node keeps: read again they say what the plan said, a what-if of them is what a plan made anew would be, and the reasons are right where they can be seen by hand; needs of the node's
 * own hospitals add up.
 */
#include "test_node.h"

#include "jobs/plan/plan.h"
#include "jobs/stock/stock.h"

#define FILES_MOST 6
struct question {
    struct vg_plan_request request;
    struct vg_given_file files[FILES_MOST];
};

static void give(struct question *question, const char **path, const char *name, const char *text)
{
    *path = name;
    question->files[question->request.n_files++] = (struct vg_given_file){name, text, strlen(text)};
    question->request.files = question->files;
}

static void ask_with(struct question *question, const char *needs, const char *stocks, const char *ways)
{
    *question = (struct question){0};
    vg_plan_request_init(&question->request);
    give(question, &question->request.needs_path, "needs", needs);
    give(question, &question->request.stocks_path, "stocks", stocks);
    give(question, &question->request.resources_path, "kinds", "resource,kind\nventilator,reusable\ngown,consumable\n");
    if (ways != NULL) {
        give(question, &question->request.ways_path, "ways", ways);
    }
}

static const char needs[] = "place,resource,date,amount,path\n"
                            "CO-ANT,ventilator,2021-03-01,40,a\nCO-ANT,ventilator,2021-03-08,60,a\nCO-ANT,ventilator,2021-03-15,80,a\nCO-ANT,ventilator,2021-03-01,40,b\nCO-ANT,ventilator,2021-03-08,70,b\n"
                            "CO-ANT,ventilator,2021-03-15,110,b\nCO-CUN,ventilator,2021-03-01,30,a\nCO-CUN,ventilator,2021-03-08,25,a\nCO-CUN,ventilator,2021-03-15,20,a\nCO-CUN,ventilator,2021-03-01,30,b\n"
                            "CO-CUN,ventilator,2021-03-08,28,b\nCO-CUN,ventilator,2021-03-15,25,b\nCO-HUI,gown,2021-03-01,500,a\nCO-HUI,gown,2021-03-15,900,b\nCO-ANT,gown,2021-03-08,300,a\n";
static const char stocks[] = "place,resource,amount,date,minimum\nCO-ANT,ventilator,45,,40\nCO-CUN,ventilator,50,,25\nAlmacén,ventilator,30,2021-03-08,0\nCO-HUI,gown,200,,\nAlmacén,gown,1000,,100\n";
static const char ways[] = "from,to,days,cost,capacity\nAlmacén,CO-ANT,2,10,\nAlmacén,CO-CUN,1,5,\nCO-CUN,CO-ANT,3,12,4\nAlmacén,CO-HUI,7,1,400\n";
static const char people[] = "place,population,group\nCO-ANT,6000000,north\nCO-CUN,3000000,south\nCO-HUI,1000000,south\n";

static void make_question(struct question *question)
{
    ask_with(question, needs, stocks, ways);
    give(question, &question->request.population_path, "people", people);
}

static void fresh(struct node *node, struct vg_answer *answer)
{
    vg_answer_release(answer);
    vg_answer_init(answer, &node->arena);
}

static void keep(struct node *node, const struct question *question, const char *name)
{
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_plan_keep(&question->request, node->store, name, false, NULL, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
}

static char *csv_of(struct node *node, const struct vg_answer *answer)
{
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    vg_assert_ok(vg_table_write(&answer->table, VG_FORMAT_CSV, &csv, &node->error), node->error);
    char *text = vg_arena_copy_bytes(&node->arena, csv.data, csv.size);
    vg_buffer_release(&csv);
    assert_non_null(text);
    return text;
}

static char *kept_csv(struct node *node, const struct vg_plan_kept_question *question, struct vg_answer *answer)
{
    fresh(node, answer);
    vg_assert_ok(vg_job_plan_kept(node->store, question, &node->arena, answer, &node->error), node->error);
    return csv_of(node, answer);
}

static double number_in(const struct vg_answer *answer, const char *name, size_t row)
{
    assert_true(row < answer->table.n_rows);
    return column_of(&answer->table, name)->values.doubles[row];
}

static bool text_is(const struct vg_answer *answer, const char *name, size_t row, const char *text)
{
    assert_true(row < answer->table.n_rows);
    return vg_text_equals(column_of(&answer->table, name)->values.texts[row], text);
}

/* ------------------------------------------------------------------------ kept, and read again */

static void it_says_what_the_plan_said(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer said, kept;
    static const char *const shows[] = {"coverage", "groups", "summary", "unmet", "fairness"}, *const of_orders[] = {"from", "to", "binds"};
    make_question(&question);
    keep(node, &question, "Río");
    vg_answer_init(&said, &node->arena);
    vg_answer_init(&kept, &node->arena);
    for (size_t k = 0; k < sizeof shows / sizeof *shows; k++) {
        question.request.show = shows[k];
        fresh(node, &said);
        vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &said, &node->error), node->error);
        assert_true(said.table.n_rows > 1);
        assert_string_equal(kept_csv(node, &(struct vg_plan_kept_question){.name = "Río", .show = shows[k]}, &kept), csv_of(node, &said));
    }
    question.request.show = "movements";
    fresh(node, &said);
    vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &said, &node->error), node->error);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "Río", .language = VG_EN}, &kept);
    assert_int_equal(kept.table.n_rows, said.table.n_rows);
    for (size_t row = 0; row < said.table.n_rows; row++) {
        for (size_t k = 0; k < sizeof of_orders / sizeof *of_orders; k++) {
            assert_true(vg_text_equal(column_of(&kept.table, of_orders[k])->values.texts[row], column_of(&said.table, of_orders[k])->values.texts[row]));
        }
        assert_int_equal(column_of(&kept.table, "amount")->values.integers[row], column_of(&said.table, "amount")->values.integers[row]);
        assert_int_equal(column_of(&kept.table, "leaves")->values.dates[row], column_of(&said.table, "leaves")->values.dates[row]);
        assert_int_equal(column_of(&kept.table, "number")->values.integers[row], row + 1);
        assert_true(number_in(&kept, "to_unmet", row) == number_in(&said, "to_unmet", row));
    }
    assert_true(text_is(&kept, "title", 0, "ventilators") && text_is(&kept, "to_name", 0, "Antioquia"));
    const struct vg_text reason = column_of(&kept.table, "reason")->values.texts[0];
    assert_true(reason.size > 40 && memmem(reason.data, reason.size, "Antioquia would lack on average", 31) != NULL);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "Río", .language = VG_PT}, &kept);
    assert_non_null(memmem(column_of(&kept.table, "reason")->values.texts[0].data, column_of(&kept.table, "reason")->values.texts[0].size, "sem movimentos", 14));
    vg_answer_release(&said);
    vg_answer_release(&kept);
}

static void listed_replaced_and_removed(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    char long_name[120];
    make_question(&question);
    keep(node, &question, "one");
    keep(node, &question, "two");
    vg_answer_init(&answer, &node->arena);
    (void)kept_csv(node, &(struct vg_plan_kept_question){0}, &answer);
    assert_int_equal(answer.table.n_rows, 2);
    assert_true(text_is(&answer, "name", 0, "two") && text_is(&answer, "first", 0, "2021-03-01") && text_is(&answer, "last", 0, "2021-03-15") && text_is(&answer, "resources", 0, "ventilator, gown"));
    assert_int_equal(column_of(&answer.table, "paths")->values.integers[0], 2);
    fresh(node, &answer);
    assert_int_equal(vg_job_plan_keep(&question.request, node->store, "one", false, NULL, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "keeps a plan \"one\" already"));
    question.request.fairest = true;
    fresh(node, &answer);
    vg_assert_ok(vg_job_plan_keep(&question.request, node->store, "one", true, NULL, &node->arena, &answer, &node->error), node->error);
    (void)kept_csv(node, &(struct vg_plan_kept_question){0}, &answer);
    assert_int_equal(answer.table.n_rows, 2);
    assert_true(text_is(&answer, "name", 0, "one") && column_of(&answer.table, "fairest")->values.integers[0] == 1);
    vg_assert_ok(vg_job_plan_remove(node->store, "one", &node->error), node->error);
    assert_int_equal(vg_job_plan_remove(node->store, "one", &node->error), VG_NOT_FOUND);
    (void)kept_csv(node, &(struct vg_plan_kept_question){0}, &answer);
    assert_int_equal(answer.table.n_rows, 1);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const wrong[] = {"", " one", "one ", "a\nb", long_name};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        fresh(node, &answer);
        assert_int_equal(vg_job_plan_keep(&question.request, node->store, wrong[k], false, NULL, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    }
    const struct vg_plan_kept_question bad[] = {{.name = "none"}, {.name = "two", .show = "worth"}, {.show = "summary"}, {.name = "two", .what_if = "CO-ANT,ventilator"}, {.name = "two", .what_if = "CO-ANT,ventilator,5,2021-06-01"},
                                                {.name = "two", .what_if = "CO-ANT,ventilator,-46"}, {.name = "two", .what_if = "CO-ANT,ventilator,9000000000000000000"}, {.name = "two", .what_if = "CO-ANT,beds,1"},
                                                {.name = "two", .what_if = "CO-ANT,ventilator,1,2021-03-01,2"}, {.name = "two", .show = "summary", .what_if = "CO-ANT,ventilator,1"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        fresh(node, &answer);
        assert_int_equal(vg_job_plan_kept(node->store, &bad[k], &node->arena, &answer, &node->error), k == 0 ? VG_NOT_FOUND : VG_USAGE_ERROR);
    }
    vg_answer_release(&answer);
}

/* ------------------------------------------------------------------------------------- what if */

/* Unmet need of every place, made anew with the change in the files. */
static void assert_as_made_anew(struct node *node, struct question *question, const char *what_if, const struct vg_answer *asked)
{
    struct vg_answer anew;
    vg_answer_init(&anew, &node->arena);
    question->request.what_if = what_if;
    question->request.show = "summary";
    vg_assert_ok(vg_job_plan(&question->request, NULL, &node->arena, &anew, &node->error), node->error);
    char expected[64];
    const size_t of_gowns = strstr(what_if, "gown") != NULL ? 1 : 0; /* rows of the plan by resource */
    size_t row = 0;
    for (size_t k = 0, seen = 0; k < anew.table.n_rows; k++) {
        row = text_is(&anew, "plan", k, "plan") && seen++ == of_gowns ? k : row;
    }
    const double unmet = number_in(&anew, "unmet", row);
    const char *at = strstr(asked->meta.data, "\"changed\":{\"unmet\":");
    assert_non_null(at);
    (void)snprintf(expected, sizeof expected, "%.6f", strtod(at + 19, NULL));
    char found[64];
    (void)snprintf(found, sizeof found, "%.6f", unmet);
    assert_string_equal(expected, found);
    double gained = 0.0; /* and the rows are the whole difference */
    for (size_t k = 0; k < asked->table.n_rows; k++) {
        gained += number_in(asked, "gained", k);
    }
    const char *before = strstr(asked->meta.data, "\"plan\":{\"unmet\":");
    assert_non_null(before);
    assert_true(fabs(strtod(before + 16, NULL) - unmet - gained) < 1e-9);
    question->request.what_if = NULL;
    vg_answer_release(&anew);
}

static void a_what_if_is_as_made_anew(void **state)
{
    struct node *node = *state;
    static const char *const what_ifs[] = {"CO-ANT,ventilator,10", "CO-CUN,ventilator,-20", "Almacén,ventilator,7,2021-03-08", "CO-HUI,gown,300", "Almacén,gown,-950", "CO-ANT,ventilator,200,2021-03-15", "CO-ANT,ventilator,10"};
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    for (int fairest = 0; fairest < 2; fairest++) {
        struct vg_plan_memory *memory = vg_plan_memory_new();
        const char *name = fairest ? "fair" : "least";
        ask_with(&question, needs, "place,resource,amount,date,minimum\nCO-ANT,ventilator,45,,0\nCO-CUN,ventilator,50,,25\nAlmacén,ventilator,30,2021-03-08,0\nCO-HUI,gown,200,,\nAlmacén,gown,1000,,0\n", ways);
        question.request.fairest = fairest;
        keep(node, &question, name);
        for (size_t k = 0; k < sizeof what_ifs / sizeof *what_ifs; k++) {
            if (fairest && k == 1) {
                continue; /* among plans that serve the worst as well others may be chosen */
            }
            char *warm = kept_csv(node, &(struct vg_plan_kept_question){.name = name, .what_if = what_ifs[k], .memory = memory}, &answer);
            assert_true((strstr(answer.meta.data, "\"warm\":true") != NULL) == !fairest);
            assert_as_made_anew(node, &question, what_ifs[k], &answer);
            if (k == 0 || k == 6) { /* the same after others were asked */
                assert_string_equal(warm, kept_csv(node, &(struct vg_plan_kept_question){.name = name, .what_if = what_ifs[0]}, &answer));
            }
        }
        vg_plan_memory_free(memory);
    }
    vg_answer_release(&answer);
}

/* Two resources that share a budget: kept with it, the reason names it, and a what-if is what the budget allows. */
static void a_budget_is_kept(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nB,ventilator,2021-03-01,20\nB,gown,2021-03-01,20\n", "place,resource,amount\nA,ventilator,20\nA,gown,20\n", "from,to,days,cost\nA,B,0,1\n");
    give(&question, &question.request.resources_path, "weighed", "resource,kind,weight,size\nventilator,reusable,5,1\ngown,consumable,1,1\n");
    question.request.budget = 25.0;
    keep(node, &question, "budget");
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "budget", .language = VG_EN}, &answer);
    assert_int_equal(answer.table.n_rows, 2);
    for (size_t row = 0; row < 2; row++) { /* all ventilators, and gowns with what is left */
        const bool gowns = text_is(&answer, "resource", row, "gown");
        assert_int_equal(column_of(&answer.table, "amount")->values.integers[row], gowns ? 5 : 20);
        assert_true(text_is(&answer, "binds", row, gowns ? "budget" : "enough"));
    }
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "budget", .show = "limits"}, &answer);
    assert_true(number_in(&answer, "used", 0) == 25.0);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "budget", .show = "unmet"}, &answer);
    bool named = false;
    for (size_t row = 0; row < answer.table.n_rows; row++) {
        named = named || text_is(&answer, "why", row, "limit");
    }
    assert_true(named);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "budget", .what_if = "B,gown,4"}, &answer);
    assert_non_null(strstr(answer.meta.data, "\"warm\":false,\"plan\":{\"unmet\":15"));
    assert_non_null(strstr(answer.meta.data, "\"changed\":{\"unmet\":11"));
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "budget", .what_if = "A,gown,4"}, &answer); /* more at the store is of no use */
    assert_non_null(strstr(answer.meta.data, "\"changed\":{\"unmet\":15"));
    vg_answer_release(&answer);
}

/* Beds and ventilators that serve only together: kept with what it is that they serve, and asked what if of one of them. */
static void what_serves_together_is_kept(void **state)
{
    struct node *node = *state;
    static const char *const together[] = {"icu=bed,ventilator"};
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nA,icu,2021-03-01,10\nB,icu,2021-03-01,10\n", "place,resource,amount\nA,bed,10\nA,ventilator,4\nB,bed,6\nB,ventilator,16\n", "from,to\nB,A\n");
    give(&question, &question.request.resources_path, "beds", "resource,kind\nbed,reusable\nventilator,reusable\n");
    question.request.together = together;
    question.request.n_together = 1;
    keep(node, &question, "together");
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "together", .language = VG_EN}, &answer);
    assert_int_equal(answer.table.n_rows, 1); /* six ventilators to where there are beds for them */
    assert_int_equal(column_of(&answer.table, "amount")->values.integers[0], 6);
    assert_true(text_is(&answer, "resource", 0, "ventilator") && number_in(&answer, "to_unmet_before", 0) == 6.0 && number_in(&answer, "to_unmet", 0) == 0.0 && number_in(&answer, "avoided", 0) == 6.0);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "together", .show = "unmet"}, &answer);
    assert_true(text_is(&answer, "resource", 1, "icu") && text_is(&answer, "place", 1, "B") && number_in(&answer, "unmet", 1) == 4.0);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "together", .what_if = "B,bed,4"}, &answer);
    assert_int_equal(answer.table.n_rows, 1);
    assert_true(text_is(&answer, "resource", 0, "icu") && number_in(&answer, "gained", 0) == 4.0);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "together", .what_if = "B,ventilator,4"}, &answer); /* of which there are enough */
    assert_true(number_in(&answer, "gained", 0) == 0.0);
    assert_int_equal(vg_job_plan_kept(node->store, &(struct vg_plan_kept_question){.name = "together", .what_if = "B,icu,4"}, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
}

/* What a place keeps of itself follows its stock: there the flow of before cannot go on, and the answer is that of a plan made anew all the same. */
static void what_a_place_keeps_follows_its_stock(void **state)
{
    struct node *node = *state;
    static const struct { const char *needs, *stocks, *ways, *what_if; bool nobody_worse, warm; double changed; } cases[] = {
        {"B,ventilator,2021-03-01,10,a", "A,ventilator,10,10\nB,ventilator,10,0", "B,A\nA,B", "A,ventilator,-5", false, false, 0.0},
        {"B,ventilator,2021-03-01,10,a", "A,ventilator,10,10\nB,ventilator,5,0", "A,B", "A,ventilator,3", false, true, 2.0},
        {"B,gown,2021-03-01,10,a", "A,gown,10,10\nB,gown,5,0", "A,B", "A,gown,-5", false, false, 5.0},
        {"A,ventilator,2021-03-01,0,a\nA,ventilator,2021-03-01,10,b\nB,ventilator,2021-03-01,10,a\nB,ventilator,2021-03-01,10,b", "A,ventilator,0,0", "A,B", "A,ventilator,10", true, false, 10.0},
    };
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct question question;
        char name[16], changed[48];
        (void)snprintf(name, sizeof name, "case %zu", k);
        ask_with(&question, vg_arena_format(&node->arena, "place,resource,date,amount,path\n%s\n", cases[k].needs), vg_arena_format(&node->arena, "place,resource,amount,minimum\n%s\n", cases[k].stocks),
                 vg_arena_format(&node->arena, "from,to\n%s\n", cases[k].ways));
        question.request.nobody_worse = cases[k].nobody_worse;
        keep(node, &question, name);
        (void)kept_csv(node, &(struct vg_plan_kept_question){.name = name, .what_if = cases[k].what_if}, &answer);
        assert_true((strstr(answer.meta.data, "\"warm\":true") != NULL) == cases[k].warm);
        (void)snprintf(changed, sizeof changed, "\"changed\":{\"unmet\":%g,", cases[k].changed);
        assert_non_null(strstr(answer.meta.data, changed));
        assert_as_made_anew(node, &question, cases[k].what_if, &answer);
        if (cases[k].nobody_worse) { /* ten more at A are worth five: they stay for its worse path */
            question.request.show = "worth";
            question.request.worth_of = 10.0;
            fresh(node, &answer);
            vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
            assert_true(text_is(&answer, "place", 0, "A") && number_in(&answer, "avoided", 0) == 5.0);
        }
    }
    vg_answer_release(&answer);
}

/* What must be and can no more be, by a what-if, is named as it is where a plan is made; and the plan can be asked on. */
static void a_what_if_names_what_must_be(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    struct vg_plan_memory *memory = vg_plan_memory_new();
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nA,ventilator,2021-03-01,5\nB,ventilator,2021-03-01,5\n", "place,resource,amount\nA,ventilator,10\n", "from,to\nA,B\n");
    give(&question, &question.request.must_path, "must", "place,resource,date,amount\nB,ventilator,2021-03-01,8\n");
    keep(node, &question, "must");
    for (int time = 0; time < 2; time++) {
        assert_int_equal(vg_job_plan_kept(node->store, &(struct vg_plan_kept_question){.name = "must", .what_if = "A,ventilator,-4", .memory = memory}, &node->arena, &answer, &node->error), VG_DATA_ERROR);
        assert_non_null(strstr(node->error.message, "what --must asks cannot be: 8 in B"));
        (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "must", .what_if = "A,ventilator,2", .memory = memory}, &answer);
        assert_as_made_anew(node, &question, "A,ventilator,2", &answer);
        fresh(node, &answer);
    }
    vg_plan_memory_free(memory);
    vg_answer_release(&answer);
}

/* A comma in a name; what is shown cannot be, and is not kept; ways of stores of other resources. */
static void names_and_files_as_people_write_them(void **state)
{
    struct node *node = *state;
    static const char *const only[] = {"ventilator"};
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\n\"Sur, CO\",ventilator,2021-03-01,9\nSur,ventilator,2021-03-01,9\nSur,gown,2021-03-01,9\n", "place,resource,amount\nStore,ventilator,4\nGowns,gown,4\n",
             "from,to\nStore,Sur\nGowns,Sur\n");
    question.request.only = only;
    question.request.n_only = 1;
    give(&question, &question.request.ways_path, "slips", "from,to\nStore,Sur\nGowns,Sur\nStroe,Sur\n");
    assert_int_equal(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), VG_DATA_ERROR); /* a slip is one, though of another resource it might be a store */
    assert_true(strstr(node->error.message, "Stroe") != NULL && strstr(node->error.message, "line 4") != NULL);
    fresh(node, &answer);
    question.request.some_places = true; /* unless more places were made than are planned */
    vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
    fresh(node, &answer);
    give(&question, &question.request.ways_path, "ways", "from,to\nStore,Sur\nGowns,Sur\n");
    question.request.some_places = false;
    question.request.show = "groups";
    assert_int_equal(vg_job_plan_keep(&question.request, node->store, "p", false, NULL, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    fresh(node, &answer);
    assert_int_equal(vg_job_plan_kept(node->store, &(struct vg_plan_kept_question){.name = "p", .show = "summary"}, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    question.request.show = NULL;
    keep(node, &question, "p");
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "p", .what_if = "Sur, CO,ventilator,5"}, &answer);
    assert_int_equal(answer.table.n_rows, 1);
    assert_true(text_is(&answer, "place", 0, "Sur, CO") && number_in(&answer, "gained", 0) == 5.0);
    vg_answer_release(&answer);
}

/* A resource that takes no room in a truck is not held by it. */
static void a_full_truck_holds_what_it_carries(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nB,ventilator,2021-03-01,20\nB,gown,2021-03-01,20\n", "place,resource,amount\nA,ventilator,20\nA,gown,5\n", "from,to\nA,B\n");
    give(&question, &question.request.resources_path, "weighed", "resource,kind,weight,size\nventilator,reusable,5,1\ngown,consumable,1,0\n");
    give(&question, &question.request.trucks_path, "trucks", "from,capacity\nA,10\n");
    vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, 2);
    for (size_t row = 0; row < 2; row++) {
        const bool gowns = text_is(&answer, "resource", row, "gown");
        assert_int_equal(column_of(&answer.table, "amount")->values.integers[row], gowns ? 5 : 10);
        assert_true(text_is(&answer, "binds", row, gowns ? "given" : "fleet"));
    }
    vg_answer_release(&answer);
}

/* A plan that was replaced is not answered from memory. */
static void what_is_remembered_is_of_the_plan_that_is_kept(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    struct vg_plan_memory *memory = vg_plan_memory_new();
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nCO-ANT,ventilator,2021-03-01,40\n", "place,resource,amount\nCO-ANT,ventilator,10\n", NULL);
    keep(node, &question, "p");
    const struct vg_plan_kept_question five = {.name = "p", .what_if = "CO-ANT,ventilator,5", .memory = memory};
    (void)kept_csv(node, &five, &answer);
    assert_true(number_in(&answer, "unmet", 0) == 30.0 && number_in(&answer, "unmet_what_if", 0) == 25.0);
    ask_with(&question, "place,resource,date,amount\nCO-ANT,ventilator,2021-03-01,12\n", "place,resource,amount\nCO-ANT,ventilator,10\n", NULL);
    fresh(node, &answer);
    vg_assert_ok(vg_job_plan_keep(&question.request, node->store, "p", true, NULL, &node->arena, &answer, &node->error), node->error);
    (void)kept_csv(node, &five, &answer);
    assert_true(number_in(&answer, "unmet", 0) == 2.0 && number_in(&answer, "unmet_what_if", 0) == 0.0);
    question.request.nobody_worse = true; /* the same rows by other rules, within the same second */
    fresh(node, &answer);
    vg_assert_ok(vg_job_plan_keep(&question.request, node->store, "p", true, NULL, &node->arena, &answer, &node->error), node->error);
    (void)kept_csv(node, &five, &answer);
    assert_non_null(strstr(answer.meta.data, "\"warm\":false"));
    vg_plan_memory_free(memory);
    vg_answer_release(&answer);
}

/* Stocks of the ledger as they stood: what is used afterwards changes nothing of the kept plan, and a store that no way leads from does not keep it from being asked. */
static void the_ledger_as_it_stood(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    const struct vg_stock_said told[] = {{.event = "counted", .place = "CO-ANT", .item = "ventilator", .amount = "20", .day = "2021-02-20"}, {.event = "counted", .place = "CO-NAR", .item = "ventilator", .amount = "7", .day = "2021-02-20"}};
    const struct vg_stock_said empty[] = {{.event = "counted", .place = "CO-CAU", .item = "ventilator", .amount = "3", .day = "2021-02-20"}, {.event = "lost", .place = "CO-CAU", .item = "ventilator", .amount = "3", .day = "2021-02-21"}};
    const struct vg_stock_said later = {.event = "lost", .place = "CO-ANT", .item = "ventilator", .amount = "15", .day = "2021-02-21"};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", told, 2, &node->arena, &answer, &node->error), node->error);
    fresh(node, &answer);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", empty, 2, &node->arena, &answer, &node->error), node->error);
    ask_with(&question, "place,resource,date,amount\nCO-ANT,ventilator,2021-03-01,40\nCO-HUI,ventilator,2021-03-01,6\n", "", "from,to\nCO-ANT,CO-HUI\nCO-CAU,CO-HUI\n"); /* a depot that ran empty keeps its way */
    question.request.stocks_path = NULL;
    question.request.ledger = node->store;
    keep(node, &question, "ledger");
    fresh(node, &answer);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", &later, 1, &node->arena, &answer, &node->error), node->error);
    (void)kept_csv(node, &(struct vg_plan_kept_question){.name = "ledger", .what_if = "CO-HUI,ventilator,2"}, &answer);
    double unmet = 0.0, then = 0.0;
    for (size_t k = 0; k < answer.table.n_rows; k++) {
        unmet += number_in(&answer, "unmet", k);
        then += number_in(&answer, "unmet_what_if", k);
    }
    assert_true(unmet - then == 2.0);
    assert_non_null(strstr(answer.meta.data, "\"plan\":{\"unmet\":26")); /* 46 needed, 20 there, as it was */
    vg_answer_release(&answer);
}

/* ------------------------------------------------------------------------------------- reasons */

static void reasons_that_can_be_seen(void **state)
{
    struct node *node = *state;
    static const struct { const char *stocks, *ways, *needs, *binds, *why; } cases[] = {
        {"A,ventilator,10,0", "A,B,0,3", "B,ventilator,2021-03-01,10", "way", "way"},
        {"A,ventilator,5,0", "A,B,0,", "B,ventilator,2021-03-01,10", "given", "all_needed"},
        {"A,ventilator,10,6", "A,B,0,", "B,ventilator,2021-03-01,10", "minimum", "minimum"},
        {"A,ventilator,10,0", "A,B,0,", "B,ventilator,2021-03-01,10\nA,ventilator,2021-03-01,7", "own_need", "all_needed"},
        {"A,ventilator,20,0", "A,B,0,", "B,ventilator,2021-03-01,5", "enough", NULL},
        {"A,ventilator,20,0", "A,B,7,", "B,ventilator,2021-03-01,5\nB,ventilator,2021-03-08,5", "enough", "too_late"},
        {"A,ventilator,20,0", "B,A,0,", "B,ventilator,2021-03-01,5\nA,ventilator,2021-03-01,1", NULL, "no_way"},
        {"A,gown,10,0", "A,B,0,3", "B,gown,2021-03-01,10", "way", "way"},
        {"A,gown,10,4", "A,B,0,", "B,gown,2021-03-01,10", "minimum", "minimum"},
        {"A,gown,10,0", "A,B,0,", "B,gown,2021-03-01,10\nA,gown,2021-03-08,4", "own_need", "all_needed"},
        {"A,gown,3,0", "A,B,0,", "B,gown,2021-03-01,10", "given", "all_needed"},
    };
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct question question;
        bool found = cases[k].why == NULL;
        ask_with(&question, vg_arena_format(&node->arena, "place,resource,date,amount\n%s\n", cases[k].needs), vg_arena_format(&node->arena, "place,resource,amount,minimum\n%s\n", cases[k].stocks),
                 vg_arena_format(&node->arena, "from,to,days,capacity\n%s\n", cases[k].ways));
        fresh(node, &answer);
        vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
        assert_int_equal(answer.table.n_rows, cases[k].binds != NULL);
        if (cases[k].binds != NULL && !text_is(&answer, "binds", 0, cases[k].binds)) {
            const struct vg_text binds = column_of(&answer.table, "binds")->values.texts[0];
            fail_msg("case %zu: %.*s, not %s", k, (int)binds.size, binds.data, cases[k].binds);
        }
        question.request.show = "unmet";
        fresh(node, &answer);
        vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
        for (size_t row = 0; row < answer.table.n_rows; row++) {
            const struct vg_column *why = column_of(&answer.table, "why");
            assert_true((why->missing != NULL && why->missing[row] != 0) == (number_in(&answer, "unmet", row) <= 1e-9));
            found = found || vg_text_equals(why->values.texts[row], cases[k].why);
        }
        if (!found) {
            fail_msg("case %zu: nowhere %s", k, cases[k].why);
        }
    }
    vg_answer_release(&answer);
}

/* Ten units at a store; at the near place they serve two weeks, at the far one the second alone. All to the near one leaves 20 of 40 lacking; the fairest plan gives it four. */
static void what_fairness_costs(void **state)
{
    struct node *node = *state;
    struct question question;
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    ask_with(&question, "place,resource,date,amount\nnear,ventilator,2021-03-01,10\nnear,ventilator,2021-03-08,10\nfar,ventilator,2021-03-01,10\nfar,ventilator,2021-03-08,10\n", "place,resource,amount\nstore,ventilator,10\n",
             "from,to,days\nstore,near,0\nstore,far,7\n");
    for (int fairest = 0; fairest < 2; fairest++) {
        question.request.show = "fairness";
        question.request.fairest = fairest;
        fresh(node, &answer);
        vg_assert_ok(vg_job_plan(&question.request, NULL, &node->arena, &answer, &node->error), node->error);
        assert_int_equal(answer.table.n_rows, 2);
        assert_true(text_is(&answer, "plan", 0, "least_unmet") && text_is(&answer, "plan", 1, "fairest"));
        assert_int_equal(column_of(&answer.table, "chosen")->values.integers[fairest], 1);
        assert_int_equal(column_of(&answer.table, "chosen")->values.integers[1 - fairest], 0);
        assert_true(fabs(number_in(&answer, "unmet", 0) - 20.0) < 1e-9 && fabs(number_in(&answer, "worst_coverage", 0)) < 1e-9);
        assert_true(number_in(&answer, "worst_coverage", 1) >= 0.3 - 1e-9 && number_in(&answer, "unmet", 1) >= 26.0 - 1e-9 && number_in(&answer, "unmet", 1) <= 27.0 + 1e-9);
    }
    vg_answer_release(&answer);
}

/* ------------------------------------------------------------------------ needs of the hospitals */

static double sum_of(const char *csv, const char *place, const char *middle)
{
    char start[128];
    const size_t n = (size_t)snprintf(start, sizeof start, "\n%s,%s,", place, middle);
    const char *at = strstr(csv, start);
    if (at == NULL) {
        fail_msg("no row %s", start);
    }
    return strtod(at + n, NULL);
}

static void needs_of_hospitals_add_up(void **state)
{
    struct node *node = *state;
    struct vg_buffer csv, by_department, by_country, heads[2];
    const char *left_out = NULL;
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, "disease,date,place_code,ward_patients,icu_patients,ward_beds,icu_beds,waiting,release_day\n");
    for (int day = 0; day < 60; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(18600 + day, date);
        vg_buffer_format(&csv, "flu,%s,CO-ANT,%d,%d,90,30,0,%s\nflu,%s,CO-HUI,%d,%d,90,30,0,%s\n", date, 40 + day % 7, 12 + day % 3, date, date, 25 + day % 5, 7 + day % 2, date);
    }
    struct vg_import_request import = {.path = "census.csv", .data = csv.data, .data_bytes = csv.size, .dataset = "hospitals"};
    struct vg_import_outcome outcome;
    import.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &import, &node->arena, &outcome, &node->error), node->error);
    for (int k = 0; k < 2; k++) {
        struct vg_buffer *made = k == 0 ? &by_department : &by_country;
        vg_buffer_init(made, 0);
        vg_buffer_init(&heads[k], 0);
        const struct vg_plan_census census = {.dataset = "hospitals", .level = k == 0 ? VG_LEVEL_ADMIN1 : VG_LEVEL_COUNTRY, .n_paths = 5, .ventilated_share = 0.5};
        vg_assert_ok(vg_job_plan_census(node->store, &census, &node->arena, made, &heads[k], &left_out, &node->error), node->error);
    }
    static const char *const resources[] = {"ward", "icu", "ventilator", "oxygen_m3"};
    for (size_t r = 0; r < 4; r++) {
        for (int path = 1; path <= 5; path++) {
            char date[VG_DATE_TEXT_BYTES], middle[64];
            (void)vg_date_print(18660 + 7, date);
            (void)snprintf(middle, sizeof middle, "%s,%s,%d", resources[r], date, path);
            const double parts = sum_of(by_department.data, "CO-ANT", middle) + sum_of(by_department.data, "CO-HUI", middle), whole = sum_of(by_country.data, "CO", middle);
            assert_true(parts > 0.0 && fabs(parts - whole) < 1e-3 * whole);
        }
    }
    const struct vg_plan_census none = {.dataset = "hospitals", .level = VG_LEVEL_ADMIN2, .ventilated_share = NAN}, other = {.dataset = "nowhere", .level = VG_LEVEL_ADMIN1, .ventilated_share = NAN};
    vg_buffer_clear(&by_country);
    vg_buffer_clear(&heads[0]);
    assert_int_equal(vg_job_plan_census(node->store, &none, &node->arena, &by_country, &heads[0], &left_out, &node->error), VG_DATA_ERROR);
    assert_true(vg_job_plan_census(node->store, &other, &node->arena, &by_country, &heads[0], &left_out, &node->error) != VG_OK);
    vg_buffer_release(&csv);
    vg_buffer_release(&by_department);
    vg_buffer_release(&by_country);
    vg_buffer_release(&heads[0]);
    vg_buffer_release(&heads[1]);
}

/* A hospital with intensive care alone, and from another day on, is planned for as the others are. */
static void hospitals_without_wards(void **state)
{
    struct node *node = *state;
    struct vg_buffer csv, made, heads;
    const char *left_out = NULL;
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&made, 0);
    vg_buffer_init(&heads, 0);
    vg_buffer_text(&csv, "disease,date,place_code,ward_patients,icu_patients,ward_beds,icu_beds,waiting,release_day\n");
    for (int day = 0; day < 60; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(18600 + day, date);
        vg_buffer_format(&csv, "flu,%s,CO-HUI,,%d,90,30,0,%s\n", date, 7 + day % 2, date);
        if (day < 50) {
            vg_buffer_format(&csv, "flu,%s,CO-ANT,%d,,90,30,0,%s\n", date, 40 + day % 7, date);
        }
    }
    struct vg_import_request import = {.path = "census.csv", .data = csv.data, .data_bytes = csv.size, .dataset = "hospitals"};
    struct vg_import_outcome outcome;
    import.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &import, &node->arena, &outcome, &node->error), node->error);
    const struct vg_plan_census census = {.dataset = "hospitals", .level = VG_LEVEL_ADMIN1, .n_paths = 3, .ventilated_share = NAN};
    vg_assert_ok(vg_job_plan_census(node->store, &census, &node->arena, &made, &heads, &left_out, &node->error), node->error);
    assert_true(sum_of(made.data, "CO-HUI", "icu,2021-02-09,1") >= 4.0);
    vg_buffer_release(&csv);
    vg_buffer_release(&made);
    vg_buffer_release(&heads);
}

/* One department counts by municipality, one as a whole, one has stopped: the second is planned for, the third is named. */
static void each_part_at_its_own_level(void **state)
{
    struct node *node = *state;
    struct vg_buffer csv, made, heads;
    const char *left_out = NULL;
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&made, 0);
    vg_buffer_init(&heads, 0);
    static const char *const mappings[] = {"date=date", "disease=disease", "admin1_code=department", "admin2_code=town", "measure:ward_patients=ward"};
    vg_buffer_text(&csv, "disease,date,department,town,ward\n");
    for (int day = 0; day < 40; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(18600 + day, date);
        vg_buffer_format(&csv, "flu,%s,ANT,05001,%d\nflu,%s,ANT,05002,%d\nflu,%s,HUI,,%d\n", date, 40 + day % 3, date, 20 + day % 3, date, 70 + day % 3);
        if (day < 20) {
            vg_buffer_format(&csv, "flu,%s,CUN,,50\n", date);
        }
    }
    struct vg_import_request import = {.path = "wards.csv", .data = csv.data, .data_bytes = csv.size, .dataset = "hospitals"};
    struct vg_import_outcome outcome;
    import.intake = (struct vg_intake_options){.profile = "generic-counts", .published = VG_DATE_NONE, .country = "CO", .mappings = mappings, .n_mappings = 5};
    vg_assert_ok(vg_job_import(node->store, &import, &node->arena, &outcome, &node->error), node->error);
    struct vg_plan_census census = {.dataset = "hospitals", .level = VG_LEVEL_ADMIN1, .n_paths = 1, .ventilated_share = NAN};
    char date[VG_DATE_TEXT_BYTES], middle[64];
    (void)vg_date_print(18647, date);
    (void)snprintf(middle, sizeof middle, "ward,%s,1", date);
    vg_assert_ok(vg_job_plan_census(node->store, &census, &node->arena, &made, &heads, &left_out, &node->error), node->error);
    assert_in_range((uintmax_t)sum_of(made.data, "CO-ANT", middle), 45, 125); /* of its municipalities (61 today), once */
    assert_in_range((uintmax_t)sum_of(made.data, "CO-HUI", middle), 45, 110);
    assert_null(strstr(made.data, "CO-CUN"));
    assert_true(left_out != NULL && strstr(left_out, "CO-CUN (cannot be forecast") != NULL);
    /* By municipality, the department that counts as a whole is nobody's. */
    census.level = VG_LEVEL_ADMIN2;
    vg_buffer_clear(&made);
    vg_buffer_clear(&heads);
    vg_assert_ok(vg_job_plan_census(node->store, &census, &node->arena, &made, &heads, &left_out, &node->error), node->error);
    assert_null(strstr(made.data, "CO-HUI"));
    assert_true(left_out != NULL && strstr(left_out, "CO-HUI") != NULL && strstr(left_out, "above the one that is planned for") != NULL);
    vg_buffer_release(&csv);
    vg_buffer_release(&made);
    vg_buffer_release(&heads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_part_at_its_own_level, make_node, drop_node),
        cmocka_unit_test_setup_teardown(it_says_what_the_plan_said, make_node, drop_node),
        cmocka_unit_test_setup_teardown(listed_replaced_and_removed, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_what_if_is_as_made_anew, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_remembered_is_of_the_plan_that_is_kept, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_a_place_keeps_follows_its_stock, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_what_if_names_what_must_be, make_node, drop_node),
        cmocka_unit_test_setup_teardown(names_and_files_as_people_write_them, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_full_truck_holds_what_it_carries, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_budget_is_kept, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_serves_together_is_kept, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_ledger_as_it_stood, make_node, drop_node),
        cmocka_unit_test_setup_teardown(reasons_that_can_be_seen, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_fairness_costs, make_node, drop_node),
        cmocka_unit_test_setup_teardown(needs_of_hospitals_add_up, make_node, drop_node),
        cmocka_unit_test_setup_teardown(hospitals_without_wards, make_node, drop_node),
    };
    return vg_run_group_tests("plan_kept", tests, NULL, NULL);
}
