/*
 * The ledger as people use it: files of movements and stock lists, what is rejected and why, a longer file that adds only what is new, and the tables with sums, cover, expiry and what is missing.
 */
#include "test_node.h"

#include "jobs/stock/stock.h"

static char *write_file(struct node *node, const char *name, const char *text)
{
    char *path = vg_arena_format(&node->arena, "%s/%s", node->folder, name);
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &node->error), node->error);
    return path;
}

/* Ready for the next one; its texts stay the arena's. */
static void fresh(struct node *node, struct vg_answer *answer)
{
    vg_answer_release(answer);
    vg_answer_init(answer, &node->arena);
}

static vg_status import(struct node *node, const char *name, const char *text, struct vg_stock_import import, struct vg_answer *answer)
{
    import.path = write_file(node, name, text);
    import.actor = "ana";
    fresh(node, answer);
    return vg_job_stock_import(node->store, &import, &node->arena, answer, &node->error);
}

static int64_t count_of(const struct vg_answer *answer, const char *name)
{
    return column_of(&answer->table, name)->values.integers[0];
}

static void ask(struct node *node, struct vg_stock_question question, struct vg_answer *answer)
{
    fresh(node, answer);
    vg_assert_ok(vg_job_stock(node->store, &question, &node->arena, answer, &node->error), node->error);
}

static struct vg_stock_question question_of(const char *show)
{
    struct vg_stock_question question;
    vg_stock_question_init(&question);
    question.show = show;
    return question;
}

/* The row of a place and item (and facility), or SIZE_MAX. */
static size_t row_of(const struct vg_answer *answer, const char *place, const char *item)
{
    for (size_t i = 0; i < answer->table.n_rows; i++) {
        if (vg_text_equals(column_of(&answer->table, "place")->values.texts[i], place) && vg_text_equals(column_of(&answer->table, "item")->values.texts[i], item)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static double number_at(const struct vg_answer *answer, const char *name, size_t row)
{
    const struct vg_column *column = column_of(&answer->table, name);
    assert_true(row < answer->table.n_rows);
    return column->missing[row] ? NAN : column->values.doubles[row];
}

static void assert_text(const struct vg_answer *answer, const char *name, size_t row, const char *expected)
{
    const struct vg_text text = column_of(&answer->table, name)->values.texts[row];
    if (!vg_text_equals(text, expected)) {
        fail_msg("%s is \"%.*s\" and not \"%s\"", name, (int)text.size, text.data, expected);
    }
}

static const char movements[] = "Fecha;Departamento;Hospital;Insumo;Movimiento;Cantidad;Lote;Vencimiento\n"
                                "13/02/2021;Antioquia;San Juan;N95;usado;150;;\n" /* before what it needs: rows are told by their days */
                                "01/02/2021;Antioquia;San Juan;N95;recibido;1000;;\n"
                                "02/02/2021;Antioquia;San Juan;N95;usado;100;;\n"
                                "02/02/2021;Antioquia;San Juan;N95;usado;100;;\n" /* the same once more is another one */
                                "03/02/2021;CO-CUN;;N95;traslado;50;;\n"
                                "01/02/2021;CO-CUN;;vacuna;recibido;200;A7;28/02/2021\n";

static void a_file_in_spanish(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    assert_int_equal(import(node, "a.csv", movements, (struct vg_stock_import){0}, &answer), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "a.csv, line 6"));
    assert_non_null(strstr(node->error.message, "Nothing was taken; 1 row cannot be"));
    bool any = true;
    vg_assert_ok(vg_stock_any(node->store, &any, &node->error), node->error);
    assert_false(any);
    const char *rejects = vg_arena_format(&node->arena, "%s/rejects.csv", node->folder);
    vg_assert_ok(import(node, "a.csv", movements, (struct vg_stock_import){.accept_rejects = true, .rejects_path = rejects}, &answer), node->error);
    assert_true(count_of(&answer, "rows") == 6 && count_of(&answer, "told") == 5 && count_of(&answer, "rejected") == 1 && count_of(&answer, "same") == 0);
    struct vg_text text;
    vg_assert_ok(vg_file_read_text(rejects, 1 << 20, &node->arena, &text, &node->error), node->error);
    assert_non_null(strstr(text.data, "line,column,value,reason\n6,"));
    ask(node, question_of("stock"), &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO-ANT", "respirator")) == 650.0);
    assert_true(number_at(&answer, "expiring", row_of(&answer, "CO-CUN", "vaccine_dose")) == 200.0);
    assert_text(&answer, "facility", row_of(&answer, "CO-ANT", "respirator"), "San Juan");
    /* The rejected row can be taken from the same file once what it lacked is told. */
    const char *late = "date,place,item,event,amount\n2021-02-01,CO-CUN,respirator,received,80\n";
    vg_assert_ok(import(node, "b.csv", late, (struct vg_stock_import){0}, &answer), node->error);
    assert_int_equal(import(node, "a.csv", movements, (struct vg_stock_import){0}, &answer), VG_DATA_ERROR); /* moved to where? */
    assert_non_null(strstr(node->error.message, "a.csv, line 6"));
    vg_assert_ok(import(node, "a.csv", movements, (struct vg_stock_import){.accept_rejects = true}, &answer), node->error);
    assert_true(count_of(&answer, "same") == 5 && count_of(&answer, "told") == 0 && count_of(&answer, "rejected") == 1);
    const char *less = "date,place,item,event,amount\n2021-02-04,CO-CUN,respirator,used,70\n2021-02-05,CO-CUN,respirator,used,20\n", *more = "date,place,item,event,amount\n2021-02-05,CO-CUN,respirator,received,15\n";
    vg_assert_ok(import(node, "c.csv", less, (struct vg_stock_import){.accept_rejects = true}, &answer), node->error);
    assert_true(count_of(&answer, "told") == 1 && count_of(&answer, "rejected") == 1);
    vg_assert_ok(import(node, "d.csv", more, (struct vg_stock_import){0}, &answer), node->error);
    vg_assert_ok(import(node, "c.csv", less, (struct vg_stock_import){0}, &answer), node->error);
    assert_true(count_of(&answer, "same") == 1 && count_of(&answer, "told") == 1 && count_of(&answer, "rejected") == 0);
    vg_answer_release(&answer);
}

/* The next export of the same programme holds all that was there, and more. */
static void a_longer_file_adds_what_is_new(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    const char *first = "date,place,item,event,amount\n2021-02-01,CO-ANT,gown,received,500\n2021-02-02,CO-ANT,gown,used,10\n2021-02-02,CO-ANT,gown,used,10\n";
    const char *second = "date,place,item,event,amount\n2021-02-01,CO-ANT,gown,received,500\n2021-02-02,CO-ANT,gown,used,10\n2021-02-02,CO-ANT,gown,used,10\n2021-02-02,CO-ANT,gown,used,10\n2021-02-03,CO-ANT,gown,used,7\n";
    vg_assert_ok(import(node, "a.csv", first, (struct vg_stock_import){0}, &answer), node->error);
    vg_assert_ok(import(node, "a.csv", first, (struct vg_stock_import){0}, &answer), node->error);
    assert_true(count_of(&answer, "rows") == 0 && count_of(&answer, "told") == 0); /* the very same bytes */
    vg_assert_ok(import(node, "b.csv", second, (struct vg_stock_import){.dry_run = true}, &answer), node->error);
    assert_int_equal(count_of(&answer, "told"), 2);
    vg_assert_ok(import(node, "b.csv", second, (struct vg_stock_import){0}, &answer), node->error);
    assert_true(count_of(&answer, "told") == 2 && count_of(&answer, "same") == 3);
    ask(node, question_of("stock"), &answer);
    assert_true(number_at(&answer, "amount", 0) == 463.0);
    const char *by_id = "id,date,place,item,event,amount\n7,2021-02-05,CO-ANT,gown,used,1\n", *changed = "id,date,place,item,event,amount\n7,2021-02-05,CO-ANT,gown,used,2\n";
    vg_assert_ok(import(node, "c.csv", by_id, (struct vg_stock_import){0}, &answer), node->error);
    assert_int_equal(import(node, "d.csv", changed, (struct vg_stock_import){0}, &answer), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "told otherwise before"));
    vg_answer_release(&answer);
}

/* One row a hospital and day, one column an item: what hospitals send to ministries. */
static void a_stock_list(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    const char *list = "fecha,departamento,hospital,Camas UCI,Ventiladores,observaciones,Oxígeno\n2021-03-01,CO-ANT,San Juan,40,22,,1200.5\n2021-03-01,CO-ANT,Norte,12,,sin dato,\n";
    assert_int_equal(import(node, "list.csv", list, (struct vg_stock_import){0}, &answer), VG_NEEDS_CHOICE);
    assert_non_null(strstr(node->error.message, "--event counted"));
    vg_assert_ok(import(node, "list.csv", list, (struct vg_stock_import){.event = "counted"}, &answer), node->error);
    assert_true(count_of(&answer, "rows") == 2 && count_of(&answer, "told") == 4);
    struct vg_stock_question question = question_of("stock");
    question.by = "place";
    ask(node, question, &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO-ANT", "icu")) == 52.0 && number_at(&answer, "amount", row_of(&answer, "CO-ANT", "oxygen_m3")) == 1200.5);
    question.by = "country";
    ask(node, question, &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO", "icu")) == 52.0);
    question.by = "street";
    fresh(node, &answer);
    assert_int_equal(vg_job_stock(node->store, &question, &node->arena, &answer, &node->error), VG_USAGE_ERROR);

    /* Norte told nothing of its ventilators, nobody of the ward; nobody says how many are in use. */
    struct vg_stock_question missing = question_of("missing");
    missing.day = vg_date_from_civil(2021, 3, 1);
    ask(node, missing, &answer);
    size_t never = 0, in_use = 0;
    for (size_t i = 0; i < answer.table.n_rows; i++) {
        never += vg_text_equals(column_of(&answer.table, "state")->values.texts[i], "never");
        in_use += vg_text_equals(column_of(&answer.table, "state")->values.texts[i], "in_use");
    }
    assert_true(never == 2 + 4 && in_use == 3); /* of five that are asked: San Juan lacks two, Norte four */
    struct vg_stock_question everywhere = question_of("missing");
    everywhere.by = "admin1";
    ask(node, everywhere, &answer);
    size_t cundinamarca = 0;
    for (size_t i = 0; i < answer.table.n_rows; i++) {
        cundinamarca += vg_text_equals(column_of(&answer.table, "place")->values.texts[i], "CO-CUN") && vg_text_equals(column_of(&answer.table, "state")->values.texts[i], "never");
        assert_false(vg_text_equals(vg_text_of(column_of(&answer.table, "place")->values.texts[i].data, 2), "BR")); /* of which nobody speaks */
    }
    assert_int_equal(cundinamarca, 5);
    vg_answer_release(&answer);
}

static size_t rows_with(const struct vg_answer *answer, const char *column, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < answer->table.n_rows; i++) {
        n += vg_text_equals(column_of(&answer->table, column)->values.texts[i], word);
    }
    return n;
}

/* What one facility tells does not speak for another; a sum of which a part is not told is not told; nobody telling anything is old. */
static void one_facility_does_not_speak_for_another(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    const char *list = "date,place,facility,item,event,amount,in_use\n2021-03-01,CO-ANT,Norte,icu,counted,12,\n2021-03-01,CO-ANT,San Juan,icu,counted,40,31\n2021-04-20,CO-ANT,San Juan,icu,counted,41,30\n"
                       "2021-04-25,CO-CUN,,gown,received,5,\n";
    vg_assert_ok(import(node, "a.csv", list, (struct vg_stock_import){0}, &answer), node->error);
    struct vg_stock_question question = question_of("stock");
    question.by = "admin1";
    question.item = "icu";
    ask(node, question, &answer);
    assert_true(number_at(&answer, "amount", 0) == 53.0 && isnan(number_at(&answer, "in_use", 0)));
    question.by = NULL;
    ask(node, question, &answer);
    assert_true(isnan(number_at(&answer, "in_use", 0)) && number_at(&answer, "in_use", 1) == 30.0);
    question = question_of("missing");
    question.by = "admin1";
    question.day = vg_date_from_civil(2021, 4, 25);
    ask(node, question, &answer);
    assert_int_equal(rows_with(&answer, "state", "old"), 1);
    assert_text(&answer, "facility", row_of(&answer, "CO-ANT", "icu"), "Norte");
    question.day = vg_date_from_civil(2021, 3, 2);
    ask(node, question, &answer);
    assert_int_equal(rows_with(&answer, "state", "old"), 0);
    assert_int_equal(rows_with(&answer, "state", "in_use"), 1);
    question.day = VG_DATE_NONE; /* today: long after */
    ask(node, question, &answer);
    assert_int_equal(rows_with(&answer, "state", "old"), 3);
    vg_answer_release(&answer);
}

/* The newest day is the ledger's, not that of what is asked for. */
static void the_newest_day_is_that_of_the_whole_ledger(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    const char *list = "date,place,item,event,amount,lot,expiry\n2021-03-01,CO-ANT,pcr_test,received,40,a,2021-03-10\n2021-03-20,CO-CUN,gown,received,5,,\n";
    vg_assert_ok(import(node, "a.csv", list, (struct vg_stock_import){0}, &answer), node->error);
    struct vg_stock_question question = question_of("stock");
    question.item = "pcr_test";
    question.place = "CO-ANT";
    ask(node, question, &answer);
    assert_true(answer.table.n_rows == 1 && number_at(&answer, "expired", 0) == 40.0 && number_at(&answer, "usable", 0) == 0.0);
    vg_answer_release(&answer);
}

/* What a plan takes from the ledger: nothing is known of a place that has used all, too; facilities of one name are told apart. */
static void what_a_plan_finds(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    struct vg_stock_item *items;
    struct vg_stock_held *held;
    struct vg_dictionary names;
    size_t n_items, n;
    uint32_t whose[4];
    int32_t as_of;
    const char *list = "date,place,facility,item,event,amount,lot,expiry\n2021-03-01,CO-ANT,San Juan,gown,received,7,,\n2021-03-02,CO-ANT,San Juan,gown,used,7,,\n2021-03-02,CO-CUN,San Juan,gown,received,9,,\n"
                       "2021-03-01,CO-CUN,Sur,pcr_test,received,5,a,2021-03-01\n2021-03-01,CO-ANT,Norte,gown,received,2,,\n";
    vg_assert_ok(import(node, "a.csv", list, (struct vg_stock_import){0}, &answer), node->error);
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    vg_assert_ok(vg_job_stock_held(node->store, VG_DATE_NONE, items, n_items, &node->arena, &held, &n, &as_of, &node->error), node->error);
    assert_true(n == 4 && as_of == vg_date_from_civil(2021, 3, 2));
    assert_true(strcmp(held[0].store, "Norte") == 0 && held[0].usable == 2000 && strcmp(held[1].store, "CO-ANT/San Juan") == 0 && held[1].usable == 0);
    assert_true(strcmp(held[2].store, "CO-CUN/San Juan") == 0 && held[2].usable == 9000 && strcmp(held[3].store, "Sur") == 0 && held[3].usable == 0);
    vg_dictionary_init(&names, &node->arena);
    (void)vg_dictionary_add(&names, vg_text_from("CO-CUN/San Juan"));
    (void)vg_dictionary_add(&names, vg_text_from("Norte"));
    (void)vg_dictionary_add(&names, vg_text_from("Antioquia"));
    vg_assert_ok(vg_job_stock_whose(node->store, &names, held, n, &node->arena, whose, &node->error), node->error);
    assert_true(whose[0] == 1 && whose[1] == 2 && whose[2] == 0 && whose[3] == VG_DICTIONARY_NONE);
    (void)vg_dictionary_add(&names, vg_text_from("SAN JUAN"));
    assert_int_equal(vg_job_stock_whose(node->store, &names, held, n, &node->arena, whose, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "San Juan is a facility at CO-ANT and at CO-CUN"));

    struct vg_stock_question question = question_of("cover");
    question.needs_path = write_file(node, "needs.csv", "place,resource,date,amount\nSan Juan,gown,2021-03-03,7\n");
    fresh(node, &answer);
    assert_int_equal(vg_job_stock(node->store, &question, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "CO-ANT and at CO-CUN"));
    question.needs_path = write_file(node, "needs2.csv", "place,resource,date,amount\nCO-CUN/San Juan,gown,2021-03-05,14\n");
    ask(node, question, &answer);
    const size_t row = row_of(&answer, "CO-CUN", "gown");
    vg_assert_near(number_at(&answer, "cover_days", row), 4.5, 1e-9); /* two a day, before the forecast begins too */
    assert_text(&answer, "status", row, "ok");
    assert_text(&answer, "status", row_of(&answer, "CO-ANT", "gown"), "no_need_given");
    vg_answer_release(&answer);
}

static void wrong_files_say_where(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    static const struct { const char *text, *says; vg_status status; } cases[] = {
        {"date,item,event,amount\n2021-02-01,gown,received,5\n", "no column of places", VG_NEEDS_CHOICE},
        {"place,item,event,amount\nCO-ANT,gown,received,5\n", "no column of dates", VG_NEEDS_CHOICE},
        {"date,place,event\n2021-02-01,CO-ANT,received\n", "neither a column of items", VG_NEEDS_CHOICE},
        {"date,place,item,event,amount\n2021-02-01,CO-ANT,gown,received,-5\n", "line 2, column amount: \"-5\": no amount", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-01,CO-ANT,gown,received,1e15\n", "no amount", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-01,CO-ANT,gown,received,1.500\n", "line 2, column amount: \"1.500\": no amount: thousands or decimals? Write 1500 or 1.5", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-30,CO-ANT,gown,received,5\n", "column date: \"2021-02-30\": no date", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2999-02-01,CO-ANT,gown,received,5\n", "in the future", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-01,Atlantis,gown,received,5\n", "the node knows no such place", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-01,CO-ANT,cauldron,received,5\n", "the node knows no such item", VG_DATA_ERROR},
        {"date,place,item,event,amount\n2021-02-01,CO-ANT,gown,vanished,5\n", "what happened is", VG_DATA_ERROR},
        {"date,place,item,event,amount,unit\n2021-02-01,CO-ANT,gown,received,5,boxes\n", "gown is counted in pieces", VG_DATA_ERROR},
        {"date,place,item,event,amount,to\n2021-02-01,CO-ANT,gown,moved,5,\n", "column to: \"\": no place", VG_DATA_ERROR},
        {"date,place,item,event,amount\n01/02/2021,CO-ANT,gown,received,5\n", "--date-order", VG_NEEDS_CHOICE},
        {"date,place,item,event,amount,expiry\n2021-02-01,CO-ANT,pcr_test,received,5,2021-05-01\n", "which lot", VG_DATA_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const vg_status status = import(node, "wrong.csv", cases[i].text, (struct vg_stock_import){0}, &answer);
        if (status != cases[i].status || strstr(node->error.message, cases[i].says) == NULL) {
            fail_msg("case %zu: status %d, \"%s\" does not say \"%s\"", i, (int)status, node->error.message, cases[i].says);
        }
    }
    bool any = true;
    vg_assert_ok(vg_stock_any(node->store, &any, &node->error), node->error);
    assert_false(any);
    vg_answer_release(&answer);
}

/* 700 and ten a day: 70 days left on the last of thirty. A lot of 400 that expires in ten days is used for 100 only. */
static void cover_and_expiry(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "date,place,item,event,amount,lot,expiry\n2021-03-01,CO-ANT,gown,received,1000,,\n2021-03-01,CO-ANT,pcr_test,received,300,,\n2021-03-30,CO-ANT,pcr_test,received,400,soon,2021-04-09\n");
    for (int day = 2; day <= 30; day++) {
        vg_buffer_format(&text, "2021-03-%02d,CO-ANT,gown,used,10,,\n2021-03-%02d,CO-ANT,pcr_test,used,10,,\n", day, day);
    }
    vg_assert_ok(import(node, "a.csv", text.data, (struct vg_stock_import){0}, &answer), node->error);
    vg_buffer_release(&text);
    ask(node, question_of("cover"), &answer);
    size_t gown = row_of(&answer, "CO-ANT", "gown"), test = row_of(&answer, "CO-ANT", "pcr_test");
    assert_true(gown < SIZE_MAX && test < gown); /* soonest first */
    vg_assert_near(number_at(&answer, "cover_days", gown), 71.0, 1e-6);
    vg_assert_near(number_at(&answer, "per_day", gown), 10.0, 1e-9);
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(column_of(&answer.table, "runs_out")->values.dates[gown], date);
    assert_string_equal(date, "2021-06-10");
    vg_assert_near(number_at(&answer, "expires_unused", test), 290.0, 1e-6); /* the day's ten went from what expires first */
    ask(node, question_of("expiry"), &answer);
    assert_int_equal(answer.table.n_rows, 1);
    assert_int_equal(column_of(&answer.table, "days_left")->values.integers[0], 10);
    vg_assert_near(number_at(&answer, "unused", 0), 290.0, 1e-6);

    /* By a forecast: 210 a week on one path, 2,100 on the other. */
    struct vg_stock_question question = question_of("cover");
    question.needs_path = write_file(node, "needs.csv", "place,resource,date,amount,path\nAntioquia,gown,2021-03-31,210,1\nAntioquia,gown,2021-04-07,210,1\nAntioquia,gown,2021-03-31,2100,2\nAntioquia,gown,2021-04-07,2100,2\n");
    ask(node, question, &answer);
    gown = row_of(&answer, "CO-ANT", "gown");
    vg_assert_near(number_at(&answer, "per_day", gown), 165.0, 1e-9);
    vg_assert_near(number_at(&answer, "cover_low", gown), 710.0 / 300.0, 1e-3);
    assert_true(isnan(number_at(&answer, "cover_high", gown)));
    question.needs_path = write_file(node, "needs2.csv", "place,resource,date,amount\nAntioquia,gown,2022-03-31,210\n");
    fresh(node, &answer);
    assert_int_equal(vg_job_stock(node->store, &question, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "begins on 2022-03-31"));
    vg_answer_release(&answer);
}

/*
 * 710 gowns and ten a day last 71 days. Of 100 that are due in ten days and 50 due in a hundred the first join them: 81 days; the second come when there have been none for days. What is late counts for
 * nothing, and what is short is told.
 */
static void what_is_on_its_way_is_counted_apart(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "date,place,item,event,amount\n2021-03-01,CO-ANT,gown,received,1000\n2021-03-01,CO-CUN,gown,received,500\n");
    for (int day = 2; day <= 30; day++) {
        vg_buffer_format(&text, "2021-03-%02d,CO-ANT,gown,used,10\n", day);
    }
    vg_assert_ok(import(node, "a.csv", text.data, (struct vg_stock_import){0}, &answer), node->error);
    vg_buffer_release(&text);
    /* Transfer orders as vigia plan writes them. */
    const char *orders = "resource,leaves,arrives,from,to,amount,cost,reason\ngown,2021-03-28,2021-04-09,CO-CUN,CO-ANT,100,5,because\ngown,2021-03-29,2021-07-08,CO-CUN,CO-ANT,50,5,because\n"
                         "gown,2021-03-01,2021-03-20,CO-CUN,CO-ANT,30,5,because\ngown,2021-03-29,2021-04-20,CO-CUN,CO-VAC,7,5,because\n";
    vg_assert_ok(import(node, "orders.csv", orders, (struct vg_stock_import){.event = "moved"}, &answer), node->error);
    assert_true(count_of(&answer, "told") == 4);
    vg_assert_ok(import(node, "orders-again.csv", vg_arena_format(&node->arena, "%s\n", orders), (struct vg_stock_import){.event = "moved"}, &answer), node->error);
    assert_true(count_of(&answer, "same") == 4 && count_of(&answer, "told") == 0);
    struct vg_stock_question question = question_of("stock");
    question.day = vg_date_from_civil(2021, 3, 30);
    ask(node, question, &answer);
    const size_t here = row_of(&answer, "CO-ANT", "gown"), there = row_of(&answer, "CO-CUN", "gown"), none = row_of(&answer, "CO-VAC", "gown");
    assert_true(number_at(&answer, "amount", here) == 710.0 && number_at(&answer, "on_way", here) == 180.0 && number_at(&answer, "amount", there) == 313.0 && isnan(number_at(&answer, "on_way", there)));
    vg_assert_near(number_at(&answer, "cover_days", here), 71.0, 1e-6);
    vg_assert_near(number_at(&answer, "cover_with_on_way", here), 81.0, 1e-6);
    assert_true(number_at(&answer, "amount", none) == 0.0 && number_at(&answer, "on_way", none) == 7.0);
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(column_of(&answer.table, "due")->values.dates[here], date);
    assert_string_equal(date, "2021-04-09");
    question.by = "country";
    ask(node, question, &answer);
    assert_true(number_at(&answer, "on_way", row_of(&answer, "CO", "gown")) == 187.0);
    ask(node, question_of("orders"), &answer);
    for (size_t i = 0; i < answer.table.n_rows; i++) { /* by today, not by the ledger's newest row */
        assert_text(&answer, "state", i, "late");
    }
    question.by = NULL;
    question.show = "orders";
    question.place = "CO-ANT";
    ask(node, question, &answer);
    assert_int_equal(answer.table.n_rows, 3);
    assert_text(&answer, "state", 0, "late"); /* as they left */
    assert_text(&answer, "state", 1, "on_way");
    assert_true(number_at(&answer, "on_way", 0) == 30.0 && number_at(&answer, "on_way", 1) == 100.0 && number_at(&answer, "on_way", 2) == 50.0);
    const int64_t order = column_of(&answer.table, "order")->values.integers[1];
    struct vg_stock_came came = {.order = order, .amount = "20", .day = "2021-03-30"};
    fresh(node, &answer);
    vg_assert_ok(vg_job_stock_came(node->store, "leo", &came, &node->arena, &answer, &node->error), node->error);
    assert_true(number_at(&answer, "arrived", 0) == 20.0 && number_at(&answer, "missing", 0) == 80.0 && number_at(&answer, "on_way", 0) == 0.0);
    fresh(node, &answer);
    assert_int_equal(vg_job_stock_came(node->store, "leo", &came, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    question.all_orders = true;
    ask(node, question, &answer);
    assert_text(&answer, "state", 1, "short");
    vg_answer_release(&answer);
}

/* What a plan of days to come takes as there, and when the rest comes; a revised day of arrival is not lost. */
static void orders_until_the_first_day(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    struct vg_stock_item *items;
    struct vg_stock_held *held;
    struct vg_buffer text;
    size_t n_items, n;
    int32_t as_of;
    const int32_t today = vg_date_today();
    static const struct { int due, amount; } orders[] = {{-2, 1}, {0, 2}, {5, 4}, {10, 8}, {15, 16}};
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "date,place,item,event,amount,to,arrives,id\n2021-03-01,CO-ANT,gown,received,100,,,0\n");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char due[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(today + orders[i].due, due);
        vg_buffer_format(&text, "2021-03-02,CO-ANT,gown,moved,%d,CO-CUN,%s,%zu\n", orders[i].amount, due, i + 1);
    }
    vg_assert_ok(import(node, "a.csv", text.data, (struct vg_stock_import){0}, &answer), node->error);
    vg_buffer_release(&text);
    vg_assert_ok(vg_stock_items(node->store, &node->arena, &items, &n_items, &node->error), node->error);
    vg_assert_ok(vg_job_stock_held_and_coming(node->store, today + 10, items, n_items, &node->arena, &held, &n, &as_of, &node->error), node->error);
    int64_t there = 0, later = 0;
    for (size_t i = 0; i < n; i++) {
        const bool coming = held[i].due != VG_DATE_NONE;
        assert_true(!coming || held[i].due == today + 15);
        there += strcmp(held[i].place, "CO-CUN") == 0 && !coming ? held[i].usable : 0;
        later += coming ? held[i].usable : 0;
    }
    assert_true(as_of == today + 10 && there == 14000 && later == 16000);
    ask(node, question_of("orders"), &answer);
    assert_text(&answer, "state", 0, "late");
    assert_text(&answer, "state", 1, "on_way");

    const char *heading = "date,place,item,event,amount,to,arrives";
    const char *told = vg_arena_format(&node->arena, "%s,id\n2021-03-02,CO-ANT,gown,moved,1,CO-CUN,2999-01-01,1\n", heading);
    assert_int_equal(import(node, "b.csv", told, (struct vg_stock_import){0}, &answer), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "vigia stock recall 1"));
    for (int year = 2998; year <= 2999; year++) {
        told = vg_arena_format(&node->arena, "%s\n2021-03-02,CO-ANT,gown,moved,3,CO-CUN,%d-01-01\n", heading, year);
        vg_assert_ok(import(node, "c.csv", told, (struct vg_stock_import){0}, &answer), node->error);
        assert_true(count_of(&answer, "told") == 1);
    }
    vg_answer_release(&answer);
}

/* A provider's own words, by a profile of the node's own; and the shipped one in languages that the other tests do not speak. */
static void files_are_read_by_profiles(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    static const char profile[] = "name = provider\ntitle = Deliveries of our provider\nkind = stock\nmatch = Nro guía; Bodega\ndate_order = dmy\ndefault_event = received\n[columns]\nid = Nro guía\ndate = Día guía\n"
                                  "place = Bodega\nitem = Código\nevent = Mov\namount = Cant\n[events]\nreceived = ENT | Entrada\nused = SAL\n[items]\nrespirator = 0815-N95 | 0816\n[missing]\nS/D\n[filter]\nEstado = OK\n",
                      file[] = "Nro guía;Bodega;Día guía;Código;Mov;Cant;Estado\n1;Antioquia;05/02/2021;0815-n95;ENT;100;OK\n2;Antioquia;06/02/2021;0816;SAL;30;OK\n3;Antioquia;06/02/2021;0816;SAL;30;ANULADO\n"
                               "4;Antioquia;07/02/2021;gown;S/D;7;OK\n";
    vg_assert_ok(import(node, "fr.csv", "Jour,Lieu,Article,Mouvement,Quantité,Établissement\n2021-02-01,CO-CUN,gown,reçu,50,Dépôt\n", (struct vg_stock_import){0}, &answer), node->error);
    vg_assert_ok(import(node, "zh.csv", "日期,地点,物资,事件,数量,仓库\n2021-02-01,CO-CUN,gown,received,60,中央仓库\n", (struct vg_stock_import){0}, &answer), node->error);
    /* A list of what was received has its supplier and a day of arrival, too. */
    vg_assert_ok(import(node, "es.csv", "fecha,origen,lugar,insumo,cantidad,llegada\n2021-02-01,China,CO-CUN,ventilator,6,2021-02-03\n", (struct vg_stock_import){.event = "received"}, &answer), node->error);
    const char *const maps[] = {"due=llegada"};
    assert_int_equal(import(node, "es2.csv", "fecha,lugar,insumo,cantidad,llegada\n2021-02-01,CO-CUN,ventilator,6,2021-02-03\n", (struct vg_stock_import){.event = "received", .maps = maps, .n_maps = 1}, &answer), VG_DATA_ERROR);
    assert_int_equal(import(node, "provider.csv", file, (struct vg_stock_import){0}, &answer), VG_NEEDS_CHOICE); /* nobody knows these headings yet */
    assert_int_equal(import(node, "provider.csv", file, (struct vg_stock_import){.profile = "provider"}, &answer), VG_NOT_FOUND);
    (void)write_file(node, "profiles/provider.profile", profile);
    vg_assert_ok(import(node, "provider.csv", file, (struct vg_stock_import){0}, &answer), node->error);
    assert_true(count_of(&answer, "told") == 3 && count_of(&answer, "rejected") == 0);
    assert_non_null(strstr(answer.meta.data, "\"profile\":\"provider\""));
    ask(node, question_of("stock"), &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO-ANT", "respirator")) == 70.0 && number_at(&answer, "amount", row_of(&answer, "CO-ANT", "gown")) == 7.0);
    struct vg_stock_question question = question_of("stock");
    question.by = "place";
    ask(node, question, &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO-CUN", "gown")) == 110.0);
    /* A stock list with columns that only the profile knows. */
    (void)write_file(node, "profiles/list.profile", "name = list\nkind = stock\nmatch = Sede\ndefault_event = counted\n[columns]\ndate = Corte\nplace = Sede\nitem:icu = Total UCI\nitem:ventilator = VM\n");
    vg_assert_ok(import(node, "list.csv", "Corte,Sede,Total UCI,VM\n2021-02-09,CO-VAC,40,35\n", (struct vg_stock_import){0}, &answer), node->error);
    ask(node, question_of("stock"), &answer);
    assert_true(number_at(&answer, "amount", row_of(&answer, "CO-VAC", "icu")) == 40.0 && number_at(&answer, "amount", row_of(&answer, "CO-VAC", "ventilator")) == 35.0);
    (void)write_file(node, "profiles/list.profile", "name = list\nkind = stock\n[columns]\nonset = Corte\n");
    assert_int_equal(import(node, "list2.csv", "Corte,Sede\n2021-02-10,CO-VAC\n", (struct vg_stock_import){0}, &answer), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "list.profile, line 4: a field (date, place, item"));
    static const struct { const char *text, *says; } faults[] = {
        {"name = list\nkind = stock\ndefault_event = gone\n", "line 3: received, used, moved, lost or counted was expected, not \"gone\""},
        {"name = list\nkind = stock\n[events]\ngone = X\n", "line 4: received, used, moved, lost or counted was expected, not \"gone\""},
        {"name = list\nkind = stock\nmatch = Sede\ndefault_event = counted\n[columns]\ndate = Corte\nplace = Sede\nitem:cauldron = Olla\n", "profile list: the node knows no item cauldron (column \"Olla\")"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        (void)write_file(node, "profiles/list.profile", faults[i].text);
        assert_int_equal(import(node, "list3.csv", "Corte,Sede,Olla\n2021-02-10,CO-VAC,3\n", (struct vg_stock_import){0}, &answer), VG_DATA_ERROR);
        if (strstr(node->error.message, faults[i].says) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", node->error.message, faults[i].says);
        }
    }
    vg_answer_release(&answer);
}

static void told_by_hand(void **state)
{
    struct node *node = *state;
    struct vg_answer answer = {0};
    const struct vg_stock_said pair[] = {{.event = "received", .place = "Antioquia", .item = "guantes", .amount = "12,5", .day = "2021-03-01"},
                                         {.event = "used", .place = "CO-ANT", .item = "glove_pair", .amount = "20", .day = "2021-03-02"}};
    fresh(node, &answer);
    assert_int_equal(vg_job_stock_say(node->store, "ana", pair, 2, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    bool any = true;
    vg_assert_ok(vg_stock_any(node->store, &any, &node->error), node->error);
    assert_false(any); /* both or none */
    fresh(node, &answer);
    vg_assert_ok(vg_job_stock_say(node->store, "ana", pair, 1, &node->arena, &answer, &node->error), node->error);
    assert_text(&answer, "item", 0, "glove_pair");
    fresh(node, &answer);
    assert_int_equal(vg_job_stock_say(node->store, "", pair, 1, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    const struct vg_stock_said cordoba = {.event = "received", .place = "Córdoba", .item = "guantes", .amount = "1"};
    assert_int_equal(vg_job_stock_say(node->store, "ana", &cordoba, 1, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "several places"));
    vg_assert_ok(vg_job_stock_reverse(node->store, "ana", 1, "twice", &node->error), node->error);
    ask(node, question_of("movements"), &answer);
    assert_int_equal(answer.table.n_rows, 2);
    assert_true(number_at(&answer, "amount", 0) == -12.5);
    assert_int_equal(column_of(&answer.table, "reverses")->values.integers[0], 1);
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_in_spanish, make_node, drop_node),   cmocka_unit_test_setup_teardown(a_longer_file_adds_what_is_new, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_stock_list, make_node, drop_node),        cmocka_unit_test_setup_teardown(wrong_files_say_where, make_node, drop_node),
        cmocka_unit_test_setup_teardown(cover_and_expiry, make_node, drop_node),    cmocka_unit_test_setup_teardown(told_by_hand, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_on_its_way_is_counted_apart, make_node, drop_node), cmocka_unit_test_setup_teardown(files_are_read_by_profiles, make_node, drop_node),
        cmocka_unit_test_setup_teardown(orders_until_the_first_day, make_node, drop_node),
        cmocka_unit_test_setup_teardown(one_facility_does_not_speak_for_another, make_node, drop_node),
        cmocka_unit_test_setup_teardown(the_newest_day_is_that_of_the_whole_ledger, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_a_plan_finds, make_node, drop_node),
    };
    return vg_run_group_tests("stock", tests, NULL, NULL);
}
