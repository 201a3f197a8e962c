/*
 * Tracing as officers do it: what belongs together in one step, lists and days, chains, whom to visit first; planted duplicates are found, and no one else is.
 */
#include "test_node.h"

#include "jobs/tracing/internal.h"
#include "jobs/tracing/invented.h"

static const struct vg_actor ana = {"ana", VG_ROLE_CASE_WORKER}, reader = {"luis", VG_ROLE_READER};

/* Adds a row of the fields given as "name=value" texts, NULL at the end, and returns its number. */
static int64_t add_with(struct node *node, enum vg_tracing_kind kind, int64_t source_case, struct vg_answer *answer, const char *const *fields)
{
    struct vg_tracing_given given[16];
    struct vg_tracing_add add = {.kind = kind, .given = given, .source_case = source_case};
    for (; fields[add.n_given] != NULL; add.n_given++) {
        const char *equals = strchr(fields[add.n_given], '=');
        given[add.n_given] = (struct vg_tracing_given){vg_arena_copy_bytes(&node->arena, fields[add.n_given], (size_t)(equals - fields[add.n_given])), equals + 1};
    }
    vg_answer_init(answer, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &add, &node->arena, answer, &node->error), node->error);
    return column_of(&answer->table, "id")->values.integers[0];
}
#define add(node, kind, source_case, answer, ...) add_with(node, kind, source_case, answer, (const char *const[]){__VA_ARGS__, NULL})

static const char *text_of(const struct node *node, const struct vg_answer *answer, const char *column, size_t row)
{
    struct node *owner = (struct node *)(uintptr_t)node;
    const struct vg_column *found = column_of(&answer->table, column);
    return found->missing[row] != 0 ? "" : vg_arena_copy_bytes(&owner->arena, found->values.texts[row].data, found->values.texts[row].size);
}

static int64_t integer_of(const struct vg_answer *answer, const char *column, size_t row)
{
    return column_of(&answer->table, column)->values.integers[row];
}

static int32_t date(const char *text)
{
    int32_t day = VG_DATE_NONE;
    assert_true(vg_date_parse_iso(vg_text_from(text), &day));
    return day;
}

static void a_case_its_contacts_and_back(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    int64_t index = add(node, VG_TRACING_CASE, 0, &answer, "given=Ana", "family=Quispe Zegarra", "birth=1980-02-28", "sex=female", "class=confirmed", "onset=2021-02-01", "report=2021-02-03",
                        "officer=luz", "place=CO-ANT");
    int64_t index_person = integer_of(&answer, "person", 0);
    vg_answer_release(&answer);
    int64_t contact = add(node, VG_TRACING_CONTACT, index, &answer, "given=Luis", "family=Quispe", "birth_year=1975", "last=2021-02-02", "proximity=close", "setting=household", "certainty=high");
    assert_true(integer_of(&answer, "source", 0) == index_person);
    assert_string_equal(text_of(node, &answer, "officer", 0), "luz");
    assert_string_equal(text_of(node, &answer, "found", 0), "forward");
    assert_int_equal(column_of(&answer.table, "follow_until")->values.dates[0], date("2021-02-16"));
    int64_t contact_person = integer_of(&answer, "person", 0);
    vg_answer_release(&answer);
    char from_contact[40], second[40];
    (void)snprintf(from_contact, sizeof from_contact, "from_contact=%d", (int)contact);
    int64_t followed = add(node, VG_TRACING_CASE, 0, &answer, from_contact, "class=probable", "onset=2021-02-06", "report=2021-02-07");
    assert_true(integer_of(&answer, "person", 0) == contact_person);
    assert_string_equal(text_of(node, &answer, "setting", 0), "household");
    assert_string_equal(text_of(node, &answer, "officer", 0), "luz");
    vg_answer_release(&answer);
    struct vg_contact row;
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, contact, &node->arena, &row, &node->error), node->error);
    assert_true(row.status == VG_CONTACT_BECAME_CASE && row.became_case == followed);
    /* not twice */
    struct vg_tracing_given again = {"from_contact", strchr(from_contact, '=') + 1};
    struct vg_tracing_add request = {.kind = VG_TRACING_CASE, .given = &again, .n_given = 1};
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_tracing_add(node->store, &ana, &request, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    assert_int_equal(vg_job_tracing_add(node->store, &reader, &request, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
    /* a third generation, and the chain from its middle */
    int64_t third_contact = add(node, VG_TRACING_CONTACT, followed, &answer, "given=Rosa", "family=Mamani", "last=2021-02-06", "certainty=low");
    vg_answer_release(&answer);
    (void)snprintf(second, sizeof second, "from_contact=%d", (int)third_contact);
    (void)add(node, VG_TRACING_CASE, 0, &answer, second, "class=suspected", "onset=2021-02-11");
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_chain(node->store, followed, 0, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, 2);
    assert_true(integer_of(&answer, "depth", 0) == -1 && integer_of(&answer, "source_case", 0) == index && integer_of(&answer, "days", 0) == 5);
    assert_true(integer_of(&answer, "depth", 1) == 1 && integer_of(&answer, "source_case", 1) == followed && integer_of(&answer, "days", 1) == 5);
    vg_answer_release(&answer);
    /* one field is changed, the others stay */
    struct vg_tracing_given change = {"outcome", "recovered"};
    request = (struct vg_tracing_add){.kind = VG_TRACING_CASE, .id = index, .given = &change, .n_given = 1};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &request, &node->arena, &answer, &node->error), node->error);
    assert_string_equal(text_of(node, &answer, "class", 0), "confirmed");
    assert_string_equal(text_of(node, &answer, "outcome", 0), "recovered");
    vg_answer_release(&answer);
}

static void an_officers_day(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_buffer sheet;
    int32_t today = vg_date_today();
    char last[40], contact[40], day[40], text[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(today - 2, text);
    (void)snprintf(last, sizeof last, "last=%s", text);
    int64_t ids[3], person = 0;
    static const char *const names[] = {"given=Ana", "given=Bea", "given=Eva"};
    for (int i = 0; i < 3; i++) {
        ids[i] = add(node, VG_TRACING_CONTACT, 0, &answer, names[i], "family=Torres", "telephone=300 1234567", last, "officer=luz");
        person = i == 1 ? integer_of(&answer, "person", 0) : person;
        vg_answer_release(&answer);
    }
    (void)vg_date_print(today - 1, text);
    (void)snprintf(contact, sizeof contact, "contact=%d", (int)ids[2]);
    (void)snprintf(day, sizeof day, "day=%s", text);
    (void)add(node, VG_TRACING_FOLLOWUP, 0, &answer, contact, day, "seen=in_person", "temperature=38,4");
    vg_answer_release(&answer);
    (void)vg_date_print(today, text);
    (void)snprintf(contact, sizeof contact, "contact=%d", (int)ids[0]);
    (void)snprintf(day, sizeof day, "day=%s", text);
    (void)add(node, VG_TRACING_FOLLOWUP, 0, &answer, contact, day, "seen=telephone");
    vg_answer_release(&answer);
    (void)snprintf(contact, sizeof contact, "person=%d", (int)person);
    (void)add(node, VG_TRACING_ORDER, 0, &answer, contact, "kind=quarantine_home", "help=food");
    vg_answer_release(&answer);
    (void)add(node, VG_TRACING_CONTACT, 0, &answer, contact, last, "officer=luz"); /* the second was met again: still one visit */
    vg_answer_release(&answer);

    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_day(node->store, &reader, "luz", today, NULL, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, 3);
    assert_true(integer_of(&answer, "contact", 0) == ids[2] && integer_of(&answer, "alert", 0) == 1); /* the one with fever first */
    assert_true(integer_of(&answer, "visited", 1) == 1 && integer_of(&answer, "days_left", 1) == 12);
    assert_string_equal(text_of(node, &answer, "order", 2), "quarantine_home");
    for (size_t i = 0; i < answer.table.n_columns; i++) {
        assert_string_not_equal(answer.table.columns[i].name, "family"); /* no reason, no names */
    }
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_tracing_day(node->store, &reader, "luz", today, "visit", &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_day(node->store, &ana, "luz", today, "visit", &node->arena, &answer, &node->error), node->error);
    vg_buffer_init(&sheet, 0);
    vg_assert_ok(vg_job_tracing_sheet(&answer, "luz", today, &sheet, &node->error), node->error);
    assert_non_null(strstr(sheet.data, "Torres, Eva"));
    assert_non_null(strstr(sheet.data, "tel. 300 1234567"));
    assert_non_null(strstr(sheet.data, "38.4"));
    assert_non_null(strstr(sheet.data, "[x] visited today"));
    assert_non_null(strstr(sheet.data, "needs food"));
    vg_buffer_release(&sheet);
    vg_answer_release(&answer);
    struct vg_audit_row *rows = NULL;
    size_t n = 0;
    vg_assert_ok(vg_tracing_audit(node->store, &(struct vg_audit_query){.action = "shown"}, &node->arena, &rows, &n, &node->error), node->error);
    assert_int_equal(n, 3);
}

static void whom_to_visit_first(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    char label[40], person[40];
    int32_t today = date("2021-02-10");
    int64_t index = add(node, VG_TRACING_CASE, 0, &answer, "given=Ana", "family=Uno", "onset=2021-02-08", "report=2021-02-09", "class=confirmed");
    int64_t index_person = integer_of(&answer, "person", 0);
    vg_answer_release(&answer);
    int64_t far = add(node, VG_TRACING_CONTACT, index, &answer, "given=B", "family=Dos", "first=2021-02-08", "last=2021-02-08", "proximity=place");
    vg_answer_release(&answer);
    int64_t near = add(node, VG_TRACING_CONTACT, index, &answer, "given=C", "family=Tres", "first=2021-02-08", "last=2021-02-09", "proximity=touch", "setting=household", "certainty=high");
    vg_answer_release(&answer);
    struct vg_tracing_rank rank = {.today = today};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_forward(node->store, &rank, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, 2);
    assert_true(integer_of(&answer, "contact", 0) == near && integer_of(&answer, "contact", 1) == far);
    const double *preventable = column_of(&answer.table, "preventable")->values.doubles, *infected = column_of(&answer.table, "infected")->values.doubles;
    assert_true(preventable[0] > 10 * preventable[1] && infected[0] > 0.15 && infected[0] <= 0.4);
    vg_answer_release(&answer);
    /* Three cases whose source nobody knows were at one gathering; one was at another alone. */
    int64_t events[2];
    for (int i = 0; i < 2; i++) {
        events[i] = add(node, VG_TRACING_EVENT, 0, &answer, "setting=gathering", "first=2021-02-04", "last=2021-02-04");
        vg_answer_release(&answer);
    }
    for (int i = 0; i < 4; i++) {
        int64_t who = index_person;
        if (i > 0) {
            static const char *const given[] = {"", "given=X", "given=Y", "given=Z"};
            (void)add(node, VG_TRACING_CASE, 0, &answer, given[i], "family=Ignota", "onset=2021-02-08", "report=2021-02-09", "class=confirmed");
            who = integer_of(&answer, "person", 0);
            vg_answer_release(&answer);
        }
        (void)snprintf(label, sizeof label, "event=%d", (int)events[i == 0]);
        (void)snprintf(person, sizeof person, "person=%d", (int)who);
        (void)add(node, VG_TRACING_ATTENDANCE, 0, &answer, label, person);
        vg_answer_release(&answer);
    }
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_backward(node->store, &rank, &node->arena, &answer, &node->error), node->error);
    assert_true(answer.table.n_rows >= 2);
    assert_string_equal(text_of(node, &answer, "what", 0), "event");
    assert_true(integer_of(&answer, "id", 0) == events[0]);
    assert_true(column_of(&answer.table, "probability")->values.doubles[0] > column_of(&answer.table, "probability")->values.doubles[1]);
    vg_answer_release(&answer);
    rank.disease = "no such disease";
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_tracing_forward(node->store, &rank, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    vg_answer_release(&answer);
}

/* -------------------------------------------------------------- duplicates */

enum { PEOPLE = 6000, AGAIN = 600 };

static vg_status put_invented(struct vg_tracing_work *work, struct tracing_matcher *matcher, const struct invented *one, int64_t *id, struct vg_error *error)
{
    struct vg_tracing_person person;
    struct vg_identity identity;
    char place[16];
    vg_tracing_clear(VG_TRACING_PERSON, &person);
    (void)snprintf(place, sizeof place, "XV-%d", one->place);
    person.place = place;
    person.sex = one->sex;
    person.birth_year = one->birth_year;
    invented_identity(one, &identity);
    vg_status status = vg_tracing_put(work, VG_TRACING_PERSON, &person, error);
    *id = person.id;
    return status == VG_OK ? tracing_matcher_add(matcher, &person, &identity, error) : status;
}

static int compare_pairs(const void *a, const void *b)
{
    return memcmp(a, b, 2 * sizeof(int64_t));
}

static void planted_duplicates_are_found_and_nobody_else(void **state)
{
    struct node *node = *state;
    struct vg_tracing_work *work = NULL;
    struct tracing_matcher *matcher = NULL;
    struct vg_duplicate *pairs = NULL;
    struct invented *people = calloc(PEOPLE, sizeof *people);
    int64_t (*planted)[2] = calloc(AGAIN, sizeof *planted), id = 0, *ids = calloc(PEOPLE, sizeof *ids);
    struct vg_random random = vg_random_stream(20210205, 1, 2, 3);
    size_t n = 0, right = 0, found = 0;
    vg_assert_ok(vg_tracing_begin(node->store, &ana, &work, &node->error), node->error);
    vg_tracing_quiet(work, true);
    vg_assert_ok(tracing_matcher_open(work, node->store, &matcher, &node->error), node->error);
    for (int i = 0; i < PEOPLE; i++) {
        invent_person(&random, i == 0 ? NULL : &people[i - 1], &people[i]);
        vg_assert_ok(put_invented(work, matcher, &people[i], &ids[i], &node->error), node->error);
    }
    for (int i = 0; i < AGAIN; i++) {
        struct invented again;
        size_t of = (size_t)i * (PEOPLE / AGAIN) + 3;
        invent_again(&random, &people[of], &again);
        vg_assert_ok(put_invented(work, matcher, &again, &id, &node->error), node->error);
        planted[i][0] = id; /* the later one is the person of a pair */
        planted[i][1] = ids[of];
    }
    vg_assert_ok(tracing_matcher_find(matcher, VG_TRACING_DUPLICATE_LEAST, true, &node->arena, &pairs, &n, &node->error), node->error);
    size_t compared = tracing_matcher_compared(matcher);
    tracing_matcher_close(matcher);
    vg_assert_ok(vg_tracing_end(work, VG_OK, &node->error), node->error);
    qsort(planted, AGAIN, sizeof *planted, compare_pairs);
    double expected = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t key[2] = {pairs[i].person, pairs[i].other};
        bool hit = bsearch(key, planted, AGAIN, sizeof *planted, compare_pairs) != NULL;
        right += hit;
        found++;
        expected += pairs[i].probability;
    }
    double sensitivity = (double)right / AGAIN, precision = (double)right / (double)found;
    print_message("planted %d among %d: sensitivity %.3f, precision %.3f (%zu pairs kept, of probability %.3f on average; %zu compared of %d)\n", AGAIN, PEOPLE, sensitivity, precision, found,
                  expected / (double)n, compared, (PEOPLE + AGAIN) * (PEOPLE + AGAIN - 1) / 2);
    assert_true(sensitivity >= 0.95);
    assert_true(precision >= 0.97);
    assert_true(fabs(expected / (double)n - precision) < 0.05); /* what is said to be probable is so as often */
    /* One person's candidates now, without anything kept. */
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_candidates(node->store, &ana, pairs[0].person, &node->arena, &answer, &node->error), node->error);
    assert_true(answer.table.n_rows >= 1 && integer_of(&answer, "other", 0) == pairs[0].other);
    vg_answer_release(&answer);
    /* The search over all finds the same pairs; told apart or merged, a pair is open no more. */
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_search(node->store, &ana, NULL, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, n);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_decide(node->store, &ana, VG_TRACING_MERGE, pairs[0].person, pairs[0].other, "same", &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_decide(node->store, &ana, VG_TRACING_DIFFERENT, pairs[1].person, pairs[1].other, "cousins", &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_search(node->store, &ana, NULL, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, n - 2);
    vg_answer_release(&answer);
    free(people);
    free(planted);
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case_its_contacts_and_back, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(an_officers_day, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(whom_to_visit_first, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(planted_duplicates_are_found_and_nobody_else, make_bare_node, drop_node),
    };
    return vg_run_group_tests("tracing", tests, NULL, NULL);
}
