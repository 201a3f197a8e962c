/*
 * The record of tracing: rows come back as they went in; what identifies is sealed, shown to case workers for a reason, and audited; merging loses nothing and is undone exactly;
 * erasure keeps the statistics; indicators are what they are by hand.
 */
#include "test_node.h"

#include "store/tracing/tracing.h"

#include <sqlite3.h>

static const struct vg_actor ana = {"ana", VG_ROLE_CASE_WORKER}, reader = {"luis", VG_ROLE_READER}, chief = {"eva", VG_ROLE_ADMINISTRATOR};

static struct vg_tracing_work *begin(struct node *node)
{
    struct vg_tracing_work *work = NULL;
    vg_assert_ok(vg_tracing_begin(node->store, &ana, &work, &node->error), node->error);
    return work;
}

static void put(struct node *node, struct vg_tracing_work *work, enum vg_tracing_kind kind, void *row)
{
    vg_assert_ok(vg_tracing_put(work, kind, row, &node->error), node->error);
}

static void end(struct node *node, struct vg_tracing_work *work)
{
    vg_assert_ok(vg_tracing_end(work, VG_OK, &node->error), node->error);
}

static int64_t add_person(struct node *node, struct vg_tracing_work *work, const char *given, const char *family)
{
    struct vg_tracing_person person;
    vg_tracing_clear(VG_TRACING_PERSON, &person);
    person.added = 100;
    put(node, work, VG_TRACING_PERSON, &person);
    struct vg_identity identity = {.birth = 4000};
    struct vg_search_texts texts = {.n_codes = 2, .n_names = 1};
    identity.texts[VG_IDENTITY_GIVEN] = given;
    identity.texts[VG_IDENTITY_FAMILY] = family;
    texts.codes[0] = vg_text_from(family);
    texts.codes[1] = vg_text_from(given);
    texts.names[0] = vg_text_from(family);
    vg_assert_ok(vg_tracing_set_identity(work, person.id, &identity, &texts, &node->error), node->error);
    return person.id;
}

static int64_t add_contact(struct node *node, struct vg_tracing_work *work, int64_t source, int64_t person, int32_t last)
{
    struct vg_contact contact;
    vg_tracing_clear(VG_TRACING_CONTACT, &contact);
    contact.source = source;
    contact.person = person;
    contact.first = contact.last = last;
    contact.follow_until = last == VG_DATE_NONE ? last : last + 10;
    contact.added = last == VG_DATE_NONE ? 100 : last + 1;
    put(node, work, VG_TRACING_CONTACT, &contact);
    return contact.id;
}

static int64_t add_case(struct node *node, struct vg_tracing_work *work, int64_t person, int32_t report)
{
    struct vg_tracing_case one;
    vg_tracing_clear(VG_TRACING_CASE, &one);
    one.person = person;
    one.class = VG_CLASS_CONFIRMED;
    one.report = one.added = report;
    put(node, work, VG_TRACING_CASE, &one);
    return one.id;
}

/* The answer of a query on the database itself, as text with | and ; between. */
static void ask(struct node *node, const char *sql, char *out, size_t size)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    (void)snprintf(path, sizeof path, "%s/node.db", node->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    out[0] = '\0';
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            size_t length = strlen(out);
            (void)snprintf(out + length, size - length, "%s%s", text == NULL ? "-" : text, i + 1 < sqlite3_column_count(statement) ? "|" : ";");
        }
    }
    if (code != SQLITE_DONE) {
        (void)snprintf(out, size, "%s", sqlite3_errmsg(db));
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static bool on_disk(struct node *node, const void *bytes, size_t size)
{
    static const char *const names[] = {"node.db", "node.db-wal"};
    bool found = false;
    for (int i = 0; i < 2; i++) {
        char path[128];
        struct vg_buffer content;
        (void)snprintf(path, sizeof path, "%s/%s", node->folder, names[i]);
        vg_buffer_init(&content, 0);
        if (vg_file_exists(path)) {
            vg_assert_ok(vg_file_read(path, 0, &content, &node->error), node->error);
        }
        found = found || (content.size > 0 && memmem(content.data, content.size, bytes, size) != NULL);
        vg_buffer_release(&content);
    }
    return found;
}

/* -------------------------------------------------------------------- rows */

/* Fills every field with something of its own. */
static void fill_all(enum vg_tracing_kind kind, void *row, int salt)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    vg_tracing_clear(kind, row);
    for (size_t i = 1; i < shape->n_fields; i++) {
        const struct vg_tracing_field *field = &shape->fields[i];
        char *at = (char *)row + field->offset;
        switch (field->value) {
        case VG_VALUE_ID:
            break; /* set by the test */
        case VG_VALUE_INTEGER:
            *(int64_t *)(void *)at = 10 * salt + (int)i;
            break;
        case VG_VALUE_WORD:
            *(int *)(void *)at = (int)((size_t)salt % field->n_words);
            break;
        case VG_VALUE_DATE:
            *(int32_t *)(void *)at = 18000 + salt + (int)i;
            break;
        case VG_VALUE_NUMBER:
            *(double *)(void *)at = 36 + 0.25 * salt;
            break;
        case VG_VALUE_TEXT:
            *(const char **)(void *)at = field->name;
            break;
        }
    }
}

static void assert_same_row(enum vg_tracing_kind kind, const void *a, const void *b)
{
    struct vg_arena arena;
    struct vg_table one, two;
    struct vg_buffer text, other;
    const struct vg_tracing_shape *shape = vg_tracing_shape(kind);
    vg_arena_init(&arena, 0);
    vg_table_init(&one, &arena);
    vg_table_init(&two, &arena);
    vg_buffer_init(&text, 0);
    vg_buffer_init(&other, 0);
    for (size_t i = 0; i < shape->n_fields; i++) {
        vg_table_add_column(&one, shape->fields[i].name, vg_tracing_column_kind(&shape->fields[i]));
        vg_table_add_column(&two, shape->fields[i].name, vg_tracing_column_kind(&shape->fields[i]));
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        vg_tracing_cell(&one, &shape->fields[i], a);
        vg_tracing_cell(&two, &shape->fields[i], b);
    }
    struct vg_error error;
    vg_assert_ok(vg_table_write(&one, VG_FORMAT_CSV, &text, &error), error);
    vg_assert_ok(vg_table_write(&two, VG_FORMAT_CSV, &other, &error), error);
    assert_string_equal(text.data, other.data);
    vg_buffer_release(&text);
    vg_buffer_release(&other);
    vg_arena_release(&arena);
}

static void rows_come_back_as_they_went_in(void **state)
{
    struct node *node = *state;
    struct vg_tracing_work *work = begin(node);
    int64_t source = add_person(node, work, "A", "B"), event_id = 0, contact_id = 0;
    for (int kind = 0; kind < VG_TRACING_KIND_COUNT; kind++) {
        union { struct vg_tracing_person person; struct vg_tracing_case one; struct vg_contact contact; struct vg_event event; struct vg_attendance attendance; struct vg_followup followup; struct vg_order order; } row, read;
        fill_all((enum vg_tracing_kind)kind, &row, 1 + kind);
        if (kind == VG_TRACING_CASE) {
            row.one.person = source;
        } else if (kind == VG_TRACING_CONTACT) {
            row.contact.source = source;
            row.contact.person = add_person(node, work, "C", "D");
        } else if (kind == VG_TRACING_ATTENDANCE) {
            row.attendance.person = source;
            row.attendance.event = event_id;
        } else if (kind == VG_TRACING_FOLLOWUP) {
            row.followup.contact = contact_id;
        } else if (kind == VG_TRACING_ORDER) {
            row.order.person = source;
        }
        put(node, work, (enum vg_tracing_kind)kind, &row);
        int64_t id;
        memcpy(&id, &row, sizeof id);
        event_id = kind == VG_TRACING_EVENT ? id : event_id;
        contact_id = kind == VG_TRACING_CONTACT ? id : contact_id;
        vg_assert_ok(vg_tracing_get(node->store, (enum vg_tracing_kind)kind, id, &node->arena, &read, &node->error), node->error);
        assert_same_row((enum vg_tracing_kind)kind, &row, &read);
    }
    end(node, work);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct node *node = *state;
    struct vg_tracing_work *work = begin(node);
    int64_t a = add_person(node, work, "A", "B");
    struct vg_contact contact;
    struct vg_followup followup;
    vg_tracing_clear(VG_TRACING_CONTACT, &contact);
    assert_int_equal(vg_tracing_put(work, VG_TRACING_CONTACT, &contact, &node->error), VG_USAGE_ERROR); /* of nobody */
    contact.person = contact.source = a;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_CONTACT, &contact, &node->error), VG_USAGE_ERROR); /* of oneself */
    contact.source = 999;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_CONTACT, &contact, &node->error), VG_NOT_FOUND);
    contact.source = 0;
    contact.event = 77;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_CONTACT, &contact, &node->error), VG_NOT_FOUND);
    contact.event = 0;
    contact.first = 10;
    contact.last = 9;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_CONTACT, &contact, &node->error), VG_USAGE_ERROR); /* ends before it begins */
    contact.last = 10;
    put(node, work, VG_TRACING_CONTACT, &contact);
    vg_tracing_clear(VG_TRACING_FOLLOWUP, &followup);
    followup.contact = contact.id;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_FOLLOWUP, &followup, &node->error), VG_USAGE_ERROR); /* on no day */
    followup.day = 11;
    followup.temperature = 98.6;
    assert_int_equal(vg_tracing_put(work, VG_TRACING_FOLLOWUP, &followup, &node->error), VG_USAGE_ERROR); /* Fahrenheit */
    const struct vg_tracing_field *setting = vg_tracing_field(vg_tracing_shape(VG_TRACING_CONTACT), "setting");
    assert_int_equal(vg_tracing_fill(setting, "moon", &contact, &node->error), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "household"));
    vg_assert_ok(vg_tracing_fill(setting, "school", &contact, &node->error), node->error);
    assert_int_equal(contact.setting, VG_SETTING_SCHOOL);
    end(node, work);
}

static void a_work_is_kept_whole_or_not_at_all(void **state)
{
    struct node *node = *state;
    char answer[200];
    struct vg_tracing_work *work = begin(node);
    (void)add_person(node, work, "Ana", "Uno");
    assert_int_equal(vg_tracing_end(work, VG_DATA_ERROR, &node->error), VG_DATA_ERROR);
    ask(node, "SELECT (SELECT count(*) FROM tracing_person), (SELECT count(*) FROM tracing_identity), (SELECT count(*) FROM tracing_search), (SELECT count(*) FROM tracing_audit)", answer, sizeof answer);
    assert_string_equal(answer, "0|0|0|0;");
}

static void the_same_entry_twice_is_one(void **state)
{
    struct node *node = *state;
    struct vg_followup followup;
    struct vg_attendance attendance;
    struct vg_event event;
    size_t n = 0;
    struct vg_tracing_work *work = begin(node);
    int64_t contact = add_contact(node, work, 0, add_person(node, work, "A", "B"), 120);
    for (int time = 0; time < 2; time++) {
        vg_tracing_clear(VG_TRACING_FOLLOWUP, &followup);
        followup.contact = contact;
        followup.day = 121;
        followup.entry = "telephone-7/1";
        followup.temperature = 38.5;
        put(node, work, VG_TRACING_FOLLOWUP, &followup);
    }
    vg_tracing_clear(VG_TRACING_EVENT, &event);
    put(node, work, VG_TRACING_EVENT, &event);
    for (int time = 0; time < 2; time++) {
        vg_tracing_clear(VG_TRACING_ATTENDANCE, &attendance);
        attendance.event = event.id;
        attendance.person = 1;
        put(node, work, VG_TRACING_ATTENDANCE, &attendance);
    }
    int64_t id = 0;
    vg_assert_ok(vg_tracing_put_external(work, "godata", VG_TRACING_CONTACT, "abc", contact, &node->error), node->error);
    vg_assert_ok(vg_tracing_external(work, "godata", VG_TRACING_CONTACT, "abc", &id, &node->error), node->error);
    assert_true(id == contact);
    vg_assert_ok(vg_tracing_external(work, "sormas", VG_TRACING_CONTACT, "abc", &id, &node->error), node->error);
    assert_true(id == 0);
    end(node, work);
    struct vg_tracing_query query = {.kind = VG_TRACING_FOLLOWUP};
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 1);
    query.kind = VG_TRACING_ATTENDANCE;
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 1);
}

static void lists_are_filtered(void **state)
{
    struct node *node = *state;
    struct vg_arena places_arena;
    struct vg_place_list places;
    struct vg_contact *rows = NULL;
    size_t n = 0;
    vg_arena_init(&places_arena, 0);
    vg_place_list_init(&places, &places_arena);
    uint32_t top = vg_place_list_add(&places, &(struct vg_place){.code = "XV", .name = "XV", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .latitude = NAN, .longitude = NAN});
    uint32_t state_place = vg_place_list_add(&places, &(struct vg_place){.code = "XV-1", .name = "XV-1", .parent = top, .level = VG_LEVEL_ADMIN1, .latitude = NAN, .longitude = NAN});
    (void)vg_place_list_add(&places, &(struct vg_place){.code = "XV-11", .name = "XV-11", .parent = state_place, .level = VG_LEVEL_ADMIN2, .latitude = NAN, .longitude = NAN});
    vg_assert_ok(vg_store_put_places(node->store, &places, &node->error), node->error);
    struct vg_tracing_work *work = begin(node);
    int64_t person = add_person(node, work, "A", "B");
    static const char *const codes[] = {"XV-11", "XV-1", "XV", "YV"};
    for (int i = 0; i < 40; i++) {
        struct vg_contact contact;
        vg_tracing_clear(VG_TRACING_CONTACT, &contact);
        contact.person = person;
        contact.last = 100 + i;
        contact.place = codes[i % 4];
        contact.officer = i % 5 == 0 ? "ana" : "luis";
        contact.status = i % 2;
        put(node, work, VG_TRACING_CONTACT, &contact);
    }
    end(node, work);
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .newest_first = true, .most = 3, .skip = 1};
    vg_tracing_where_text(&query, "place", VG_WITHIN, "XV-1");
    vg_tracing_where_text(&query, "officer", VG_IS_NOT, "luis");
    vg_tracing_where(&query, "last", VG_AT_LEAST, 105);
    vg_tracing_where(&query, "last", VG_AT_MOST, 136);
    vg_assert_ok(vg_tracing_select(node->store, &query, &node->arena, &rows, &n, &node->error), node->error);
    /* i divisible by 5, i % 4 in {0, 1}, 5 <= i <= 36: 5, 20, 25; newest first, without the newest */
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].last, 120);
    assert_int_equal(rows[1].last, 105);
    assert_string_equal(rows[0].place, "XV-11");
    query.most = 100;
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 3);
    /* A page by either way: of few among many by an index, of most by a walk from the end. */
    for (int dense = 0; dense < 2; dense++) {
        size_t total = 0;
        bool more = true;
        struct vg_tracing_query page = {.kind = VG_TRACING_CONTACT, .newest_first = true, .most = 2, .skip = 1};
        vg_tracing_where_text(&page, "officer", VG_IS, dense ? "luis" : "ana");
        vg_assert_ok(vg_tracing_page(node->store, &page, &node->arena, &rows, &n, &total, &more, &node->error), node->error);
        assert_true(n == 2 && total == (dense ? 32 : 8) && !more);
        assert_int_equal(rows[0].last, dense ? 138 : 130);
        assert_int_equal(rows[1].last, dense ? 137 : 125);
    }
    vg_arena_release(&places_arena);
}

/* ---------------------------------------------------------------- identity */

static void what_identifies_is_sealed_and_shown_for_a_reason(void **state)
{
    struct node *node = *state;
    struct vg_identity shown;
    struct vg_audit_row *rows = NULL;
    size_t n = 0;
    char answer[400];
    struct vg_tracing_work *work = begin(node);
    int64_t person = add_person(node, work, "Itziar", "Zubizarreta-Uno");
    end(node, work);
    assert_false(on_disk(node, "Zubizarreta", 11));
    assert_false(on_disk(node, "Itziar", 6));
    assert_int_equal(vg_tracing_show(node->store, &reader, "curious", &person, 1, &node->arena, &shown, &node->error), VG_USAGE_ERROR);
    assert_int_equal(vg_tracing_show(node->store, &chief, "curious", &person, 1, &node->arena, &shown, &node->error), VG_USAGE_ERROR);
    assert_int_equal(vg_tracing_show(node->store, &ana, "  ", &person, 1, &node->arena, &shown, &node->error), VG_USAGE_ERROR);
    assert_int_equal(vg_tracing_begin(node->store, &reader, &work, &node->error), VG_USAGE_ERROR);
    assert_null(work);
    struct vg_audit_query query = {.person = person, .action = "shown"};
    vg_assert_ok(vg_tracing_audit(node->store, &query, &node->arena, &rows, &n, &node->error), node->error);
    assert_int_equal(n, 0);
    vg_assert_ok(vg_tracing_show(node->store, &ana, "daily visit", &person, 1, &node->arena, &shown, &node->error), node->error);
    assert_string_equal(shown.texts[VG_IDENTITY_FAMILY], "Zubizarreta-Uno");
    assert_null(shown.texts[VG_IDENTITY_DOCUMENT]);
    assert_int_equal(shown.birth, 4000);
    vg_assert_ok(vg_tracing_audit(node->store, &query, &node->arena, &rows, &n, &node->error), node->error);
    assert_int_equal(n, 1);
    assert_string_equal(rows[0].actor, "ana");
    assert_string_equal(rows[0].reason, "daily visit");
    assert_string_equal(rows[0].role, "case-worker");
    ask(node, "DELETE FROM tracing_audit", answer, sizeof answer);
    assert_non_null(strstr(answer, "only added to"));
    ask(node, "UPDATE tracing_audit SET reason = 'another'", answer, sizeof answer);
    assert_non_null(strstr(answer, "only added to"));
    /* A seal is its person's: moved to another one it does not open. */
    work = begin(node);
    int64_t other = add_person(node, work, "Bea", "Dos");
    end(node, work);
    (void)snprintf(answer, sizeof answer, "UPDATE tracing_identity SET sealed = (SELECT sealed FROM tracing_identity WHERE person = %d) WHERE person = %d", (int)person, (int)other);
    char nothing[40];
    ask(node, answer, nothing, sizeof nothing);
    assert_int_equal(vg_tracing_show(node->store, &ana, "test", &other, 1, &node->arena, &shown, &node->error), VG_DATA_ERROR);
    assert_null(shown.texts[VG_IDENTITY_FAMILY]);
}

static void codes_find_who_shares_them(void **state)
{
    struct node *node = *state;
    struct vg_shared_codes *found = NULL;
    size_t n = 0;
    double counts[2];
    struct vg_tracing_work *work = begin(node);
    int64_t first = add_person(node, work, "ana", "perez"), second = add_person(node, work, "ana", "lopez");
    end(node, work);
    work = begin(node);
    int64_t third = add_person(node, work, "ana", "perez"), fourth = add_person(node, work, "eva", "perez");
    vg_assert_ok(vg_tracing_work_candidates(work, &node->arena, &found, &n, &node->error), node->error);
    /* the work's own against all: third with first (both codes), second (given); fourth with first, third (family) */
    assert_int_equal(n, 4);
    assert_true(found[0].other == first && found[0].person == third && found[0].codes == 3);
    assert_true(found[1].other == first && found[1].person == fourth && found[1].codes == 1);
    assert_true(found[2].other == second && found[2].person == third && found[2].codes == 2);
    assert_true(found[3].other == third && found[3].person == fourth && found[3].codes == 1);
    end(node, work);
    struct vg_search_texts texts = {.n_codes = 2};
    texts.codes[0] = vg_text_from("perez");
    texts.codes[1] = vg_text_from("eva");
    vg_assert_ok(vg_tracing_candidates(node->store, 0, &texts, &node->arena, &found, &n, &node->error), node->error);
    assert_int_equal(n, 3);
    assert_true(found[2].other == fourth && found[2].codes == 3);
    texts.most[0] = texts.most[1] = 2;
    vg_assert_ok(vg_tracing_candidates(node->store, fourth, &texts, &node->arena, &found, &n, &node->error), node->error);
    assert_int_equal(n, 0); /* three bear perez: too many to say anything */
    struct vg_text names[2] = {vg_text_from("perez"), vg_text_from("lopez")};
    vg_assert_ok(vg_tracing_name_counts(node->store, names, 2, counts, &node->error), node->error);
    assert_true(counts[0] == 3 && counts[1] == 1);
    /* A corrected name is found by the new codes alone. */
    work = begin(node);
    struct vg_identity identity = {.birth = VG_DATE_NONE};
    texts = (struct vg_search_texts){.n_codes = 1, .n_names = 1, .codes = {vg_text_from("gomez")}, .names = {vg_text_from("gomez")}};
    vg_assert_ok(vg_tracing_set_identity(work, second, &identity, &texts, &node->error), node->error);
    end(node, work);
    vg_assert_ok(vg_tracing_name_counts(node->store, names, 2, counts, &node->error), node->error);
    assert_true(counts[0] == 3 && counts[1] == 0);
    texts.codes[0] = vg_text_from("lopez");
    vg_assert_ok(vg_tracing_candidates(node->store, 0, &texts, &node->arena, &found, &n, &node->error), node->error);
    assert_int_equal(n, 0);
    texts.codes[0] = vg_text_from("gomez");
    vg_assert_ok(vg_tracing_candidates(node->store, 0, &texts, &node->arena, &found, &n, &node->error), node->error);
    assert_int_equal(n, 1);
}

/* ----------------------------------------------------------------- merging */

static const char everything[] = "SELECT 'p', id, coalesce(merged_into, 0), 0 FROM tracing_person UNION ALL SELECT 'c', id, person, 0 FROM tracing_case UNION ALL SELECT 'k', id, person, coalesce(source, 0)"
                                 " FROM tracing_contact UNION ALL SELECT 'a', id, person, event FROM tracing_attendance UNION ALL SELECT 'o', id, person, 0 FROM tracing_order ORDER BY 1, 2";

static void merging_moves_every_link_and_is_undone(void **state)
{
    struct node *node = *state;
    char before[2000], merged[2000], after[2000];
    int64_t step = 0, second_step = 0;
    struct vg_tracing_work *work = begin(node);
    int64_t a = add_person(node, work, "A", "A"), b = add_person(node, work, "B", "B"), c = add_person(node, work, "C", "C");
    struct vg_order order;
    struct vg_event events[2];
    vg_tracing_clear(VG_TRACING_ORDER, &order);
    order.person = a;
    put(node, work, VG_TRACING_ORDER, &order);
    (void)add_case(node, work, a, 110);
    (void)add_case(node, work, b, 210);
    int64_t inner = add_contact(node, work, a, b, 100); /* between the two: stays where it is */
    int64_t out = add_contact(node, work, a, c, 101), in = add_contact(node, work, c, a, 102);
    for (int i = 0; i < 2; i++) {
        vg_tracing_clear(VG_TRACING_EVENT, &events[i]);
        put(node, work, VG_TRACING_EVENT, &events[i]);
    }
    struct vg_attendance attendances[] = {{0, events[0].id, a, 1, 1}, {0, events[0].id, b, 1, 1}, {0, events[1].id, a, 1, 1}};
    for (int i = 0; i < 3; i++) {
        put(node, work, VG_TRACING_ATTENDANCE, &attendances[i]);
    }
    struct vg_duplicate pair = {a, b, 0.97, VG_DUPLICATE_OPEN, "name"}, *pairs = NULL;
    vg_assert_ok(vg_tracing_put_duplicate(work, &pair, &node->error), node->error);
    pair = (struct vg_duplicate){a, c, 0.6, VG_DUPLICATE_OPEN, "name"};
    vg_assert_ok(vg_tracing_put_duplicate(work, &pair, &node->error), node->error);
    end(node, work);
    ask(node, everything, before, sizeof before);

    work = begin(node);
    vg_assert_ok(vg_tracing_merge(work, a, b, "same document", &step, &node->error), node->error);
    end(node, work);
    struct vg_contact contact;
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, out, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == b);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, in, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.person == b);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, inner, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == a && contact.person == b);
    struct vg_tracing_person person;
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_PERSON, a, &node->arena, &person, &node->error), node->error);
    assert_true(person.id == b);
    ask(node, "SELECT count(*) FROM tracing_case WHERE person = 2 UNION ALL SELECT count(*) FROM tracing_attendance WHERE person = 2 UNION ALL SELECT count(*) FROM tracing_order WHERE person = 2", merged, sizeof merged);
    assert_string_equal(merged, "2;2;1;");
    size_t n = 0;
    vg_assert_ok(vg_tracing_duplicates(node->store, 0, VG_DUPLICATE_OPEN, 0, &node->arena, &pairs, &n, &node->error), node->error);
    assert_true(n == 1 && pairs[0].person == b && pairs[0].other == c); /* the pair of the one that is gone is the other's */

    /* What comes for the merged one goes to the one that stays, and a second merge must be undone first. */
    work = begin(node);
    int64_t late = add_contact(node, work, 0, a, 130);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, late, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.person == b);
    assert_int_equal(vg_tracing_merge(work, a, c, "again", &second_step, &node->error), VG_USAGE_ERROR);
    vg_assert_ok(vg_tracing_merge(work, b, c, "again", &second_step, &node->error), node->error);
    int64_t persons[2];
    assert_int_equal(vg_tracing_undo_merge(work, step, "wrong", persons, &node->error), VG_DATA_ERROR);
    vg_assert_ok(vg_tracing_undo_merge(work, second_step, "wrong", persons, &node->error), node->error);
    assert_int_equal(vg_tracing_undo_merge(work, second_step, "wrong", persons, &node->error), VG_DATA_ERROR);
    vg_assert_ok(vg_tracing_undo_merge(work, step, "wrong", persons, &node->error), node->error);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, late, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.person == b); /* came after the merge: its step does not know of it */
    end(node, work);
    ask(node, "SELECT 'p', id, coalesce(merged_into, 0), 0 FROM tracing_person UNION ALL SELECT 'c', id, person, 0 FROM tracing_case UNION ALL SELECT 'k', id, person, coalesce(source, 0)"
              " FROM tracing_contact WHERE last != 130 UNION ALL SELECT 'a', id, person, event FROM tracing_attendance UNION ALL SELECT 'o', id, person, 0 FROM tracing_order ORDER BY 1, 2",
        after, sizeof after);
    assert_string_equal(after, before);
}

/* ----------------------------------------------------------------- erasure */

static void erasure_keeps_the_statistics(void **state)
{
    struct node *node = *state;
    unsigned char sealed[64];
    struct vg_retain_summary summary;
    struct vg_identity shown;
    char before[2000], after[2000], answer[200];
    struct vg_tracing_work *work = begin(node);
    /* Periods: case 180 days, contact 30. Alone: 100 + 30. Contact: follow-up until 130, + 30. Case of day 110: + 180. Merged into the case: with it. */
    int64_t alone = add_person(node, work, "A", "Alone"), contact = add_person(node, work, "B", "Contact"), one = add_person(node, work, "C", "Case"), alias = add_person(node, work, "D", "Alias"), step = 0;
    (void)add_contact(node, work, one, contact, 120);
    (void)add_case(node, work, one, 110);
    vg_assert_ok(vg_tracing_merge(work, alias, one, "same", &step, &node->error), node->error);
    vg_assert_ok(vg_tracing_put_external(work, "sormas", VG_TRACING_PERSON, "AAAA-BBBB", contact, &node->error), node->error);
    end(node, work);
    ask(node, everything, before, sizeof before);
    assert_int_equal(vg_tracing_retain(node->store, &ana, 1000, false, &summary, &node->error), VG_USAGE_ERROR);
    vg_assert_ok(vg_tracing_retain(node->store, &chief, 130, true, &summary, &node->error), node->error);
    assert_true(summary.n_due == 0 && summary.n_kept == 4 && summary.next == 131);
    vg_assert_ok(vg_tracing_retain(node->store, &chief, 131, true, &summary, &node->error), node->error);
    assert_true(summary.n_due == 1 && summary.next == 161);
    vg_assert_ok(vg_tracing_set_period(node->store, &chief, VG_RETENTION_CONTACT, 40, &node->error), node->error);
    vg_assert_ok(vg_tracing_retain(node->store, &chief, 161, true, &summary, &node->error), node->error);
    assert_true(summary.n_due == 1 && summary.next == 171);

    ask(node, "SELECT hex(substr(sealed, 1, 64)) FROM tracing_identity WHERE person = 2", answer, sizeof answer);
    assert_true(vg_hex_decode(vg_text_of(answer, 128), sealed, 64));
    assert_true(on_disk(node, sealed, 64));
    vg_assert_ok(vg_tracing_retain(node->store, &chief, 171, false, &summary, &node->error), node->error);
    assert_true(summary.n_due == 2 && summary.n_kept == 2);
    assert_false(on_disk(node, sealed, 64)); /* overwritten in the database, and the log emptied */
    assert_false(on_disk(node, "AAAA-BBBB", 9));
    ask(node, everything, after, sizeof after);
    assert_string_equal(after, before);
    ask(node, "SELECT id, erased FROM tracing_person WHERE erased IS NOT NULL", answer, sizeof answer);
    assert_string_equal(answer, "1|171;2|171;");
    ask(node, "SELECT count(*) FROM tracing_search", answer, sizeof answer);
    assert_string_equal(answer, "4;");
    vg_assert_ok(vg_tracing_show(node->store, &ana, "test", &alone, 1, &node->arena, &shown, &node->error), node->error);
    assert_null(shown.texts[VG_IDENTITY_FAMILY]);
    vg_assert_ok(vg_tracing_retain(node->store, &chief, 291, false, &summary, &node->error), node->error);
    assert_true(summary.n_due == 2 && summary.n_kept == 0); /* the case and its other name */
    ask(node, "SELECT (SELECT count(*) FROM tracing_identity), (SELECT sum(n) FROM tracing_name), (SELECT count(*) FROM tracing_search)", answer, sizeof answer);
    assert_string_equal(answer, "0|0|0;");
}

/* -------------------------------------------------------------- indicators */

static void indicators_are_as_by_hand(void **state)
{
    struct node *node = *state;
    struct vg_tracing_indicators out;
    struct vg_tracing_work *work = begin(node);
    int64_t index = add_person(node, work, "I", "I"), others[4];
    (void)add_case(node, work, index, 100);
    for (int i = 0; i < 4; i++) {
        others[i] = add_person(node, work, "O", "O");
    }
    /* Contacts of last day 100 + 2 i, listed a day later, followed for 10 days: the first is seen on three days, once with fever; the second becomes a case on day 107. */
    int64_t ids[4];
    for (int i = 0; i < 4; i++) {
        ids[i] = add_contact(node, work, index, others[i], 100 + 2 * i);
    }
    static const struct { int32_t day; int seen; const char *symptoms; } visits[] = {{102, VG_SEEN_IN_PERSON, NULL}, {102, VG_SEEN_BY_TELEPHONE, NULL}, {103, VG_SEEN_BY_APP, "fever"},
                                                                                     {104, VG_SEEN_NOT, NULL}, {106, VG_SEEN_IN_PERSON, NULL}, {130, VG_SEEN_IN_PERSON, NULL}};
    for (size_t i = 0; i < 6; i++) {
        struct vg_followup followup;
        vg_tracing_clear(VG_TRACING_FOLLOWUP, &followup);
        followup.contact = ids[0];
        followup.day = visits[i].day;
        followup.seen = visits[i].seen;
        followup.symptoms = visits[i].symptoms;
        put(node, work, VG_TRACING_FOLLOWUP, &followup);
    }
    struct vg_contact contact;
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, ids[1], &node->arena, &contact, &node->error), node->error);
    contact.status = VG_CONTACT_BECAME_CASE;
    contact.became_case = add_case(node, work, others[1], 107);
    put(node, work, VG_TRACING_CONTACT, &contact);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, ids[2], &node->arena, &contact, &node->error), node->error);
    contact.status = VG_CONTACT_LOST;
    put(node, work, VG_TRACING_CONTACT, &contact);
    end(node, work);
    vg_assert_ok(vg_tracing_indicate(node->store, 100, 120, NULL, &out, &node->error), node->error);
    assert_int_equal(out.cases, 2);
    assert_int_equal(out.cases_with_contacts, 1);
    assert_int_equal(out.cases_known_as_contacts, 1);
    assert_int_equal(out.cases_traced_in_24h, 1);
    assert_int_equal(out.contacts, 4);
    assert_int_equal(out.contacts_open, 2);
    assert_int_equal(out.contacts_lost, 1);
    assert_int_equal(out.contacts_became_case, 1);
    assert_int_equal(out.contacts_with_symptoms, 1);
    /* due: 102..110 (9), 104..107 (4), 106..114 (9), 108..116 (9); made: 102, 103, 106 */
    assert_int_equal(out.visits_due, 31);
    assert_int_equal(out.visits_made, 3);
    vg_assert_near(out.days_exposure_to_listing, 1, 1e-12);
    vg_assert_near(out.days_report_to_listing, (1 + 3 + 5 + 7) / 4.0, 1e-12);
    vg_assert_ok(vg_tracing_indicate(node->store, 100, 105, NULL, &out, &node->error), node->error);
    assert_int_equal(out.visits_due, 4 + 2); /* 102..105 and 104..105 */
    vg_assert_ok(vg_tracing_indicate(node->store, 100, 120, "XV", &out, &node->error), node->error);
    assert_int_equal(out.cases + out.contacts + out.visits_due, 0);
    assert_true(isnan(out.days_exposure_to_listing));
}

/* What the indicators count, from whole tables, row by row. */
struct whole { struct vg_tracing_case *cases; struct vg_contact *contacts; struct vg_followup *visits; size_t n_cases, n_contacts, n_visits; };

static void read_whole(struct node *node, struct whole *whole)
{
    const struct { enum vg_tracing_kind kind; void *rows; size_t *n; } parts[] = {{VG_TRACING_CASE, &whole->cases, &whole->n_cases}, {VG_TRACING_CONTACT, &whole->contacts, &whole->n_contacts},
                                                                                   {VG_TRACING_FOLLOWUP, &whole->visits, &whole->n_visits}};
    for (size_t i = 0; i < 3; i++) {
        struct vg_tracing_query query = {.kind = parts[i].kind};
        vg_assert_ok(vg_tracing_select(node->store, &query, &node->arena, parts[i].rows, parts[i].n, &node->error), node->error);
    }
}

static int32_t known_on(const struct vg_tracing_case *one)
{
    return one->report != VG_DATE_NONE ? one->report : one->added;
}

static bool seen_on(const struct whole *whole, int64_t contact, int32_t day)
{
    for (size_t i = 0; i < whole->n_visits; i++) {
        const struct vg_followup *visit = &whole->visits[i];
        if (visit->contact == contact && visit->day == day && visit->seen >= VG_SEEN_IN_PERSON && visit->seen <= VG_SEEN_BY_APP) {
            return true;
        }
    }
    return false;
}

static struct vg_tracing_indicators slowly(const struct whole *whole, int32_t from, int32_t to)
{
    struct vg_tracing_indicators out = {0};
    double exposure = 0, report = 0;
    size_t n_exposure = 0, n_report = 0;
    for (size_t i = 0; i < whole->n_contacts; i++) {
        const struct vg_contact *c = &whole->contacts[i];
        int32_t known = VG_DATE_NONE, until = c->follow_until;
        bool ill = false;
        if (c->status == VG_CONTACT_DROPPED) {
            continue;
        }
        for (size_t k = 0; k < whole->n_cases; k++) {
            int32_t day = known_on(&whole->cases[k]);
            known = whole->cases[k].person == c->source && day <= c->added && (known == VG_DATE_NONE || day > known) ? day : known;
            until = whole->cases[k].id == c->became_case && until != VG_DATE_NONE && day < until ? day : until;
        }
        for (size_t k = 0; k < whole->n_visits; k++) {
            ill = ill || (whole->visits[k].contact == c->id && whole->visits[k].symptoms != NULL);
        }
        for (int32_t day = from; day <= to && c->added < to && until != VG_DATE_NONE; day++) {
            out.visits_due += day > c->added && day <= until;
            out.visits_made += day > c->added && day <= until && seen_on(whole, c->id, day);
        }
        if (c->added < from || c->added > to) {
            continue;
        }
        out.contacts++;
        out.contacts_open += c->status == VG_CONTACT_OPEN;
        out.contacts_completed += c->status == VG_CONTACT_COMPLETED;
        out.contacts_lost += c->status == VG_CONTACT_LOST || c->status == VG_CONTACT_REFUSED;
        out.contacts_became_case += c->status == VG_CONTACT_BECAME_CASE;
        out.contacts_with_symptoms += ill;
        exposure += c->last == VG_DATE_NONE ? 0 : c->added - c->last;
        n_exposure += c->last != VG_DATE_NONE;
        report += known == VG_DATE_NONE ? 0 : c->added - known;
        n_report += known != VG_DATE_NONE;
    }
    out.days_exposure_to_listing = exposure / (double)n_exposure;
    out.days_report_to_listing = report / (double)n_report;
    return out;
}

/* Contacts of every length of follow-up, also of none, of before they were listed, and of more days than there are bits; visits that are changed, and contacts that are listed anew. */
static void indicators_are_those_of_the_rows(void **state)
{
    struct node *node = *state;
    struct vg_random random = vg_random_stream(5, 5, 5, 5);
    struct vg_tracing_work *work = begin(node);
    int64_t persons[60], cases[60], contacts[200];
    for (int i = 0; i < 60; i++) {
        persons[i] = add_person(node, work, "P", "Q");
        cases[i] = i % 2 == 0 ? add_case(node, work, persons[i], 100 + (int32_t)vg_random_below(&random, 60)) : 0;
    }
    for (int i = 0; i < 200; i++) {
        struct vg_contact contact;
        uint32_t person = vg_random_below(&random, 60), source = vg_random_below(&random, 60);
        vg_tracing_clear(VG_TRACING_CONTACT, &contact);
        contact.person = persons[person];
        contact.source = i % 9 == 0 || source == person ? 0 : persons[source];
        contact.last = i % 11 == 0 ? VG_DATE_NONE : 90 + (int32_t)vg_random_below(&random, 70);
        contact.added = 95 + (int32_t)vg_random_below(&random, 70);
        contact.follow_until = i % 13 == 0 ? VG_DATE_NONE : contact.added - 5 + (int32_t)vg_random_below(&random, i % 7 == 0 ? 120 : 25);
        contact.status = (int)vg_random_below(&random, VG_CONTACT_STATUS_COUNT);
        contact.became_case = contact.status == VG_CONTACT_BECAME_CASE ? cases[person] : 0;
        put(node, work, VG_TRACING_CONTACT, &contact);
        contacts[i] = contact.id;
    }
    int64_t visits[1500];
    for (int i = 0; i < 1500; i++) {
        struct vg_followup visit;
        vg_tracing_clear(VG_TRACING_FOLLOWUP, &visit);
        visit.contact = contacts[vg_random_below(&random, 200)];
        visit.day = 90 + (int32_t)vg_random_below(&random, 150);
        visit.seen = (int)vg_random_below(&random, VG_SEEN_COUNT);
        visit.symptoms = i % 40 == 0 ? "fever" : NULL;
        put(node, work, VG_TRACING_FOLLOWUP, &visit);
        visits[i] = visit.id;
    }
    end(node, work);
    for (int round = 0; round < 3; round++) {
        static const int32_t periods[][2] = {{100, 127}, {90, 260}, {120, 120}, {150, 240}, {300, 310}, {1, 95}};
        struct whole whole;
        read_whole(node, &whole);
        for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
            struct vg_tracing_indicators fast, slow = slowly(&whole, periods[i][0], periods[i][1]);
            vg_assert_ok(vg_tracing_indicate(node->store, periods[i][0], periods[i][1], NULL, &fast, &node->error), node->error);
            assert_true(fast.contacts == slow.contacts && fast.contacts_open == slow.contacts_open && fast.contacts_completed == slow.contacts_completed && fast.contacts_lost == slow.contacts_lost);
            assert_true(fast.contacts_became_case == slow.contacts_became_case);
            assert_int_equal(fast.contacts_with_symptoms, slow.contacts_with_symptoms);
            assert_int_equal(fast.visits_due, slow.visits_due);
            assert_int_equal(fast.visits_made, slow.visits_made);
            assert_true(isnan(slow.days_exposure_to_listing) ? isnan(fast.days_exposure_to_listing) : fabs(fast.days_exposure_to_listing - slow.days_exposure_to_listing) < 1e-9);
            assert_true(isnan(slow.days_report_to_listing) ? isnan(fast.days_report_to_listing) : fabs(fast.days_report_to_listing - slow.days_report_to_listing) < 1e-9);
            assert_true(i != 1 || round > 0 || (slow.visits_made > 20 && slow.contacts_with_symptoms > 2));
        }
        work = begin(node);
        for (int i = round; i < 1500; i += 5) { /* what was told of visits changes */
            struct vg_followup visit;
            vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_FOLLOWUP, visits[i], &node->arena, &visit, &node->error), node->error);
            visit.seen = (int)vg_random_below(&random, VG_SEEN_COUNT);
            visit.day += (int32_t)vg_random_below(&random, 9) - 4;
            visit.contact = i % 3 == 0 ? contacts[vg_random_below(&random, 200)] : visit.contact;
            visit.symptoms = i % 2 == 0 ? NULL : visit.symptoms;
            put(node, work, VG_TRACING_FOLLOWUP, &visit);
        }
        for (int i = round; i < 200; i += 3) { /* and of when a contact was listed */
            struct vg_contact contact;
            vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, contacts[i], &node->arena, &contact, &node->error), node->error);
            contact.added += (int32_t)vg_random_below(&random, 21) - 10;
            put(node, work, VG_TRACING_CONTACT, &contact);
        }
        end(node, work);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back_as_they_went_in, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_work_is_kept_whole_or_not_at_all, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(the_same_entry_twice_is_one, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(lists_are_filtered, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(what_identifies_is_sealed_and_shown_for_a_reason, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(codes_find_who_shares_them, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(merging_moves_every_link_and_is_undone, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(erasure_keeps_the_statistics, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(indicators_are_as_by_hand, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(indicators_are_those_of_the_rows, make_bare_node, drop_node),
    };
    return vg_run_group_tests("tracing", tests, NULL, NULL);
}
