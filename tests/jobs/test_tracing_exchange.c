/*
 * Files of Go.Data, SORMAS and DHIS2: read as those programs write them, all or nothing, once however often they come; and what is exported comes back as it was.
 */
#include "test_node.h"

#include "jobs/tracing/exchange.h"
#include "jobs/tracing/tracing.h"

static const struct vg_actor ana = {"ana", VG_ROLE_CASE_WORKER};

static const char godata_cases[] =
    "ID,First name,Last name,Gender,Date of birth,Classification,Date of onset,Date of reporting,Outcome,Addresses[1] Phone number,Addresses[1] Location\n"
    "c1,Ana,Quispe,Female,1980-02-28,Confirmed,2021-02-01,2021-02-03,,3001234567,CO-ANT\n"
    "c2,Luis,\"Mamani, hijo\",Male,1990-05-07,Not a case (discarded),2021-02-01,2021-02-04,Recovered,,Antioquia\n";
static const char godata_contacts[] =
    "[{\"id\":\"k1\",\"firstName\":\"Rosa\",\"lastName\":\"Torres\",\"gender\":\"LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE\",\"age\":{\"years\":34},\"dateOfReporting\":\"2021-02-04T00:00:00.000Z\","
    "\"dateOfLastContact\":\"2021-02-02T00:00:00.000Z\",\"addresses\":[{\"phoneNumber\":\"300 765 4321\",\"locationId\":\"CO-ANT\"}],"
    "\"followUp\":{\"endDate\":\"2021-02-16T00:00:00.000Z\",\"status\":\"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_LOST_TO_FOLLOW_UP\"},"
    "\"relationship\":{\"relatedId\":\"c1\",\"certaintyLevelId\":\"LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_3_HIGH\","
    "\"exposureTypeId\":\"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_DIRECT_PHYSICAL_CONTACT\"}}]";
static const char godata_relationships[] =
    "[{\"id\":\"r1\",\"persons\":[{\"id\":\"c1\",\"type\":\"LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE\",\"source\":true},{\"id\":\"c2\",\"target\":true}],\"contactDate\":\"2021-01-30T00:00:00.000Z\"}]";
static const char godata_followups[] = "[{\"id\":\"f1\",\"personId\":\"k1\",\"date\":\"2021-02-05T00:00:00.000Z\",\"statusId\":\"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK\"}]";
static const char sormas_cases[] =
    "uuid,caseClassification,firstName,lastName,sex,birthdate,reportDate,symptomsOnsetDate,outcome,quarantine,quarantineFrom,quarantineTo,quarantineHelpNeeded\n"
    "UUID,Case classification,First name,Last name,Sex,Birthdate,Date of report,Onset,Outcome,Quarantine,From,To,Help\n"
    "ABCD12-EFGH34,CONFIRMED_NO_SYMPTOMS,Bea,Ruiz,FEMALE,28/02/1980,05/02/2021,01/02/2021,NO_OUTCOME,HOME,05/02/2021,15/02/2021,food\n";
static const char sormas_contacts[] = "uuid;sourceCaseUuid;firstName;lastName;sex;approximateAge;lastContactDate;reportDate;contactProximity;relationToCase;followUpStatus;contactClassification\n"
                                      "KKKK12-LLLL34;ABCD12-EFGH34;Eva;Soto;FEMALE;17 Years;14/02/2021;15/02/2021;FACE_TO_FACE_LONG;SAME_HOUSEHOLD;FOLLOW_UP;CONFIRMED\n";
static const char tracker_old[] =
    "{\"trackedEntityInstances\":[{\"trackedEntityInstance\":\"aaaaaaaaaaa\",\"orgUnit\":\"CO-ANT\",\"attributes\":[{\"attribute\":\"x1\",\"displayName\":\"First name\",\"value\":\"Ana\"},"
    "{\"attribute\":\"x2\",\"displayName\":\"Surname\",\"value\":\"Vega\"}],\"enrollments\":[{\"incidentDate\":\"2021-02-01\",\"enrollmentDate\":\"2021-02-02\"}],"
    "\"relationships\":[{\"from\":{\"trackedEntityInstance\":{\"trackedEntityInstance\":\"aaaaaaaaaaa\"}},\"to\":{\"trackedEntityInstance\":{\"trackedEntityInstance\":\"bbbbbbbbbbb\"}}}]},"
    "{\"trackedEntityInstance\":\"bbbbbbbbbbb\",\"attributes\":[{\"attribute\":\"x1\",\"displayName\":\"First name\",\"value\":\"Leo\"}],"
    "\"enrollments\":[{\"incidentDate\":\"2021-01-30\",\"enrollmentDate\":\"2021-02-03\",\"programName\":\"Contact tracing\"}],"
    "\"relationships\":[{\"from\":{\"trackedEntityInstance\":{\"trackedEntityInstance\":\"aaaaaaaaaaa\"}},\"to\":{\"trackedEntityInstance\":{\"trackedEntityInstance\":\"bbbbbbbbbbb\"}}}]}]}";

static vg_status import_with(struct node *node, const char *form, const char *name, const char *text, struct vg_tracing_import *request, struct vg_answer *answer)
{
    char *path = vg_arena_format(&node->arena, "%s/%s", node->folder, name);
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &node->error), node->error);
    request->path = path;
    request->form = form;
    vg_answer_init(answer, &node->arena);
    return vg_job_tracing_import(node->store, &ana, request, &node->arena, answer, &node->error);
}

/* Numbers of the first row: added, changed, same, rejected, persons. */
static void assert_counts(const struct vg_answer *answer, size_t row, int added, int changed, int same, int persons)
{
    assert_int_equal(column_of(&answer->table, "added")->values.integers[row], added);
    assert_int_equal(column_of(&answer->table, "changed")->values.integers[row], changed);
    assert_int_equal(column_of(&answer->table, "same")->values.integers[row], same);
    assert_int_equal(column_of(&answer->table, "persons")->values.integers[row], persons);
}

static void take(struct node *node, const char *form, const char *name, const char *text, int added, int changed, int same, int persons)
{
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    vg_assert_ok(import_with(node, form, name, text, &request, &answer), node->error);
    assert_counts(&answer, 0, added, changed, same, persons);
    vg_answer_release(&answer);
}

static size_t count_of(struct node *node, enum vg_tracing_kind kind)
{
    struct vg_tracing_query query = {.kind = kind};
    size_t n = 0;
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    return n;
}

static char *export_text(struct node *node, const char *form, const char *part, bool json)
{
    struct vg_answer answer;
    struct vg_buffer out;
    struct vg_tracing_export request = {form, part, "exchange", json};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_export(node->store, &ana, &request, &node->arena, &answer, &node->error), node->error);
    vg_buffer_init(&out, 0);
    if (answer.table.n_columns > 0) {
        vg_assert_ok(vg_table_write(&answer.table, VG_FORMAT_CSV, &out, &node->error), node->error);
    } else {
        vg_buffer_append(&out, answer.meta.data, answer.meta.size);
    }
    char *text = vg_arena_copy_bytes(&node->arena, out.data, out.size);
    vg_buffer_release(&out);
    vg_answer_release(&answer);
    return text;
}

static void load_godata(struct node *node)
{
    take(node, "godata", "cases.csv", godata_cases, 2, 0, 0, 2);
    take(node, "godata", "contacts.json", godata_contacts, 1, 0, 0, 1);
    take(node, "godata", "relationships.json", godata_relationships, 1, 0, 0, 0);
    take(node, "godata", "followups.json", godata_followups, 1, 0, 0, 0);
}

static void go_data_is_read_once_however_often(void **state)
{
    struct node *node = *state;
    struct vg_contact contact;
    struct vg_tracing_case one;
    struct vg_followup followup;
    struct vg_identity identity;
    load_godata(node);
    take(node, "godata", "cases.csv", godata_cases, 0, 0, 2, 0);
    take(node, "godata", "contacts.json", godata_contacts, 0, 0, 1, 0);
    take(node, "godata", "relationships.json", godata_relationships, 0, 0, 1, 0);
    take(node, "godata", "followups.json", godata_followups, 0, 0, 1, 0);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 2, &node->arena, &one, &node->error), node->error);
    assert_true(one.class == VG_CLASS_DISCARDED && one.outcome == VG_OUTCOME_RECOVERED && one.report == vg_date_from_civil(2021, 2, 4));
    assert_string_equal(one.place, "CO-ANT"); /* by its name */
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 1, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == 1 && contact.person == 3 && contact.proximity == VG_PROXIMITY_TOUCH && contact.certainty == VG_CERTAINTY_HIGH && contact.status == VG_CONTACT_LOST);
    assert_true(contact.last == vg_date_from_civil(2021, 2, 2) && contact.follow_until == vg_date_from_civil(2021, 2, 16) && contact.added == vg_date_from_civil(2021, 2, 4));
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 2, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == 1 && contact.person == 2 && contact.follow_until == contact.last + 14);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_FOLLOWUP, 1, &node->arena, &followup, &node->error), node->error);
    assert_true(followup.contact == 1 && followup.seen == VG_SEEN_IN_PERSON);
    int64_t two = 2;
    vg_assert_ok(vg_tracing_show(node->store, &ana, "test", &two, 1, &node->arena, &identity, &node->error), node->error);
    assert_string_equal(identity.texts[VG_IDENTITY_FAMILY], "Mamani, hijo");
    /* A row that says something else changes that and nothing more. */
    struct vg_buffer changed;
    vg_buffer_init(&changed, 0);
    vg_buffer_text(&changed, "id,firstName,classification,outcomeId\nc1,Ana,confirmed,deceased\n");
    take(node, "godata", "changed.csv", changed.data, 0, 1, 0, 0);
    vg_buffer_release(&changed);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 1, &node->arena, &one, &node->error), node->error);
    assert_true(one.outcome == VG_OUTCOME_DIED && one.onset == vg_date_from_civil(2021, 2, 1));
}

static void all_or_nothing(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_buffer report;
    size_t n = 1;
    static const char broken[] = "id,firstName,dateOfOnset,classification\nd1,Ana,2021-02-01,probable\nd2,Bea,2021-02-31,probable\nd3,Eva,,probable\n,Luz,,probable\n";
    struct vg_tracing_import request = {.rejects_path = vg_arena_format(&node->arena, "%s/rejects.csv", node->folder)};
    assert_int_equal(import_with(node, "godata", "broken.csv", broken, &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_non_null(strstr(node->error.message, "line 3"));
    assert_non_null(strstr(node->error.message, "2 rows"));
    vg_buffer_init(&report, 0);
    vg_assert_ok(vg_file_read(request.rejects_path, 0, &report, &node->error), node->error);
    assert_string_equal(report.data, "line,column,value,reason\n3,dateOfOnset,2021-02-31,is no date\n5,,,has no id of its own\n");
    vg_buffer_release(&report);
    struct vg_tracing_query query = {.kind = VG_TRACING_PERSON};
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 0);
    request = (struct vg_tracing_import){.accept_rejects = true, .dry_run = true};
    vg_assert_ok(import_with(node, "godata", "broken.csv", broken, &request, &answer), node->error);
    assert_counts(&answer, 0, 2, 0, 0, 2);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 0);
    request.dry_run = false;
    vg_assert_ok(import_with(node, "godata", "broken.csv", broken, &request, &answer), node->error);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_count(node->store, &query, &n, &node->error), node->error);
    assert_int_equal(n, 2);
    /* What there is no room for is said, not cut; a long text that fits is kept whole. */
    char *name = vg_arena_alloc(&node->arena, 2002, 1), *text = vg_arena_alloc(&node->arena, 8000, 1);
    request = (struct vg_tracing_import){0};
    struct vg_event event;
    for (int size = 2000; size <= 2001; size++) {
        memset(name, 'n', (size_t)size);
        name[size] = '\0';
        (void)snprintf(text, 8000, "id,Event name,Event date,firstName\ne7,%s,2021-02-01,x\n", name);
        assert_int_equal(import_with(node, "godata", "long.csv", text, &request, &answer), size == 2000 ? VG_OK : VG_DATA_ERROR);
        vg_answer_release(&answer);
    }
    assert_non_null(strstr(node->error.message, "line 2, column Event name: has 2001 bytes, and at most 2000 are kept"));
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_EVENT, 1, &node->arena, &event, &node->error), node->error);
    assert_int_equal(strlen(event.label), 2000);
    name[1001] = '\0';
    (void)snprintf(text, 8000, "id,firstName,dateOfOnset,classification\nd9,%s,2021-02-01,probable\n", name);
    assert_int_equal(import_with(node, "godata", "long.csv", text, &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_non_null(strstr(node->error.message, "has 1001 bytes, and at most 1000 are kept"));
    /* A contact of a case that is not there, a span that ends before it begins. */
    request = (struct vg_tracing_import){0};
    assert_int_equal(import_with(node, "godata", "contacts.json", godata_contacts, &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_non_null(strstr(node->error.message, "import the cases first"));
    assert_int_equal(import_with(node, "sormas", "span.csv", "uuid,lastContactDate,firstContactDate\nA1-B2,2021-02-01,2021-02-05\n", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_int_equal(import_with(node, "godata", "other.csv", "a,b\n1,2\n", &request, &answer), VG_NEEDS_CHOICE);
    vg_answer_release(&answer);
    assert_int_equal(import_with(node, "dhis2", "other.json", "{\"events\": []}", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_int_equal(import_with(node, "dhis2", "cut.json", "{\"trackedEntities\": [", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
}

static void sormas_has_two_headings_and_its_own_dates(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_tracing_import request = {.date_order = VG_TRACING_ORDER_AUTO};
    struct vg_order order;
    struct vg_contact contact;
    struct vg_tracing_case one;
    take(node, "sormas", "cases.csv", sormas_cases, 1, 0, 0, 1);
    take(node, "sormas", "contacts.csv", sormas_contacts, 1, 0, 0, 1);
    take(node, "sormas", "contacts.csv", sormas_contacts, 0, 0, 1, 0);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 1, &node->arena, &one, &node->error), node->error);
    assert_true(one.class == VG_CLASS_CONFIRMED && one.report == vg_date_from_civil(2021, 2, 5) && one.onset == vg_date_from_civil(2021, 2, 1));
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_ORDER, 1, &node->arena, &order, &node->error), node->error);
    assert_true(order.person == one.person && order.kind == VG_ORDER_QUARANTINE_HOME && order.last == vg_date_from_civil(2021, 2, 15));
    assert_string_equal(order.help, "food");
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 1, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == one.person && contact.proximity == VG_PROXIMITY_CLOSE && contact.setting == VG_SETTING_HOUSEHOLD && contact.last == vg_date_from_civil(2021, 2, 14));
    /* Nothing tells the day from the month: nobody guesses. */
    static const char open[] = "uuid,caseClassification,reportDate\nZZ1-YY2,SUSPECT,05/02/2021\n";
    assert_int_equal(import_with(node, "sormas", "open.csv", open, &request, &answer), VG_NEEDS_CHOICE);
    vg_answer_release(&answer);
    request.date_order = VG_TRACING_ORDER_MDY;
    vg_assert_ok(import_with(node, "sormas", "open.csv", open, &request, &answer), node->error);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 2, &node->arena, &one, &node->error), node->error);
    assert_int_equal(one.report, vg_date_from_civil(2021, 5, 2));
}

/* A person's case that comes again under another id, from the same program or from another one that knows its number, is one. */
static void a_case_told_twice_is_one(void **state)
{
    struct node *node = *state;
    static const char cases[] = "uuid,personUuid,caseClassification,firstName,lastName,sex,birthdate,reportDate,symptomsOnsetDate,outcome,epidNumber\n"
                                "AAAA-1,P1,CONFIRMED,Bea,Ruiz,FEMALE,1980-02-28,2021-02-05,2021-02-01,,CO-ANT-0001\n"
                                "AAAA-2,P1,SUSPECT,Beatriz,,,,2021-02-09,2021-02-01,RECOVERED,\n"
                                "AAAA-3,P1,CONFIRMED,Bea,Ruiz,FEMALE,1980-02-28,2021-08-20,2021-08-15,,CO-ANT-0900\n";
    static const char of_the_second[] = "uuid,sourceCaseUuid,firstName,lastName,lastContactDate,reportDate\nKKKK-1,AAAA-2,Eva,Soto,2021-02-03,2021-02-10\n";
    static const char elsewhere[] = "ID,Visual ID,First name,Last name,Gender,Date of birth,Classification,Date of onset,Date of reporting\n"
                                    "c1,CO-ANT-0001,Bea,Ruiz,Female,1980-02-28,Confirmed,2021-02-02,2021-02-06\n"
                                    "c2,CO-ANT-0900,Tomas,Vargas,Male,1951-07-01,Confirmed,2021-08-16,2021-08-21\n"
                                    "c3,CO-ANT-0777,Iris,Leal,Female,1991-07-01,Confirmed,2021-08-16,2021-08-21\n";
    struct vg_tracing_case one;
    struct vg_contact contact;
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    take(node, "sormas", "cases.csv", cases, 2, 1, 0, 1);
    take(node, "sormas", "cases.csv", cases, 0, 0, 3, 0); /* neither row takes back what the other said */
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 1, &node->arena, &one, &node->error), node->error);
    assert_true(one.report == vg_date_from_civil(2021, 2, 5) && one.class == VG_CLASS_CONFIRMED && one.outcome == VG_OUTCOME_RECOVERED);
    take(node, "sormas", "contacts.csv", of_the_second, 1, 0, 0, 1); /* known by its second id, too */
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 1, &node->arena, &contact, &node->error), node->error);
    assert_int_equal(contact.source, one.person);
    vg_assert_ok(import_with(node, "godata", "elsewhere.csv", elsewhere, &request, &answer), node->error);
    assert_counts(&answer, 0, 2, 0, 1, 2); /* c1 is there; the number of c2 is somebody else's */
    assert_non_null(strstr(column_of(&answer.table, "notes")->values.texts[0].data, "1 case numbers are of somebody else's case"));
    vg_answer_release(&answer);
    take(node, "godata", "elsewhere.csv", elsewhere, 0, 0, 3, 0);
    take(node, "godata", "contacts.json", "[{\"id\":\"k1\",\"firstName\":\"Leo\",\"dateOfLastContact\":\"2021-02-03\",\"relationship\":{\"relatedId\":\"c1\"}}]", 1, 0, 0, 1);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 2, &node->arena, &contact, &node->error), node->error);
    assert_int_equal(contact.source, one.person);
    assert_non_null(strstr(export_text(node, "godata", "cases", false), "CO-ANT-0777"));
    assert_int_equal(count_of(node, VG_TRACING_CASE), 4);
}

/* Whoever is a case by a file of cases, or by a merge, is followed as a contact no more; undone, it is followed again. */
/* Places that the node does not know are told with what to do, and the same file sets them once it knows them; what somebody set meanwhile stays. */
static void places_that_come_later(void **state)
{
    static const char cases[] = "uuid,firstName,caseClassification,symptomsOnsetDate,reportDate,district\n"
                                "A1-1,Ana,CONFIRMED,2021-02-01,2021-02-03,05001\nA1-2,Luis,CONFIRMED,2021-02-01,2021-02-03,05002\nA1-3,Eva,CONFIRMED,2021-02-02,2021-02-03,05001\n";
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    struct vg_place_list places;
    struct vg_tracing_case *rows = NULL;
    struct vg_tracing_query query = {.kind = VG_TRACING_CASE};
    size_t n = 0;
    vg_assert_ok(import_with(node, "sormas", "cases.csv", cases, &request, &answer), node->error);
    assert_counts(&answer, 0, 3, 0, 0, 3);
    vg_answer_release(&answer);
    struct vg_tracing_given given[] = {{"place", "CO-ANT"}};
    struct vg_tracing_add change = {.kind = VG_TRACING_CASE, .id = 3, .given = given, .n_given = 1};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &change, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    request = (struct vg_tracing_import){0};
    vg_assert_ok(import_with(node, "sormas", "cases.csv", cases, &request, &answer), node->error);
    assert_counts(&answer, 0, 0, 0, 3, 0);
    struct vg_text note = column_of(&answer.table, "notes")->values.texts[0];
    assert_memory_equal(note.data, "2 places are not known and taken as unknown (\"05001\", \"05002\"): vigia import takes a list", 86);
    vg_answer_release(&answer);
    vg_place_list_init(&places, &node->arena);
    for (const char *const *code = (const char *const[]){"05001", "05002", NULL}; *code != NULL; code++) {
        struct vg_place place = {.code = *code, .name = *code, .parent = VG_PLACE_NONE, .level = VG_LEVEL_ADMIN2, .population = NAN, .latitude = NAN, .longitude = NAN};
        assert_int_not_equal(vg_place_list_add(&places, &place), VG_PLACE_NONE);
    }
    vg_assert_ok(vg_store_put_places(node->store, &places, &node->error), node->error);
    request = (struct vg_tracing_import){0};
    vg_assert_ok(import_with(node, "sormas", "cases.csv", cases, &request, &answer), node->error);
    assert_counts(&answer, 0, 0, 3, 0, 0);
    assert_true(column_of(&answer.table, "notes")->missing[0]);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_select(node->store, &query, &node->arena, &rows, &n, &node->error), node->error);
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].place, "05001");
    assert_string_equal(rows[1].place, "05002");
    assert_string_equal(rows[2].place, "CO-ANT");
}

static void contacts_become_cases_by_any_way(void **state)
{
    struct node *node = *state;
    static const char becomes[] = "ID,First name,Last name,Classification,Date of onset,Date of reporting\nk1,Rosa,Torres,Confirmed,2021-02-06,2021-02-08\n";
    static const char too_early[] = "ID,First name,Last name,Classification,Date of onset,Date of reporting\nk2,Nora,Gil,Confirmed,2021-01-06,2021-01-08\n";
    static const char contacts[] = "ID,First name,Last name,Date of reporting,Date of last contact,Related person,Age\nk1,Rosa,Torres,2021-02-04,2021-02-02,c1,34\nk2,Nora,Gil,2021-02-04,2021-02-02,c1,\n";
    struct vg_contact contact;
    struct vg_tracing_case one;
    struct vg_tracing_person person;
    take(node, "godata", "cases.csv", godata_cases, 2, 0, 0, 2);
    take(node, "godata", "contacts.csv", contacts, 2, 0, 0, 2);
    take(node, "godata", "becomes.csv", becomes, 1, 0, 0, 0);
    take(node, "godata", "early.csv", too_early, 1, 0, 0, 0);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 1, &node->arena, &contact, &node->error), node->error);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 3, &node->arena, &one, &node->error), node->error);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_PERSON, contact.person, &node->arena, &person, &node->error), node->error);
    assert_true(contact.status == VG_CONTACT_BECAME_CASE && contact.became_case == one.id && one.from_contact == contact.id);
    assert_int_equal(person.birth_year, 1987); /* 34 when it was listed, not when the file is read */
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 2, &node->arena, &contact, &node->error), node->error);
    assert_int_equal(contact.status, VG_CONTACT_OPEN); /* had it before: not of this contact */
    take(node, "godata", "contacts.csv", contacts, 0, 0, 2, 0);
    /* The laboratory's list has the second contact under another number. */
    struct vg_answer answer;
    struct vg_tracing_given given[] = {{"given", "Norah"}, {"family", "Gil"}, {"onset", "2021-02-07"}};
    struct vg_tracing_add one_case = {.kind = VG_TRACING_CASE, .given = given, .n_given = 3};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &one_case, &node->arena, &answer, &node->error), node->error);
    int64_t id = column_of(&answer.table, "id")->values.integers[0], other = column_of(&answer.table, "person")->values.integers[0], step = 0;
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_decide(node->store, &ana, VG_TRACING_MERGE, other, contact.person, "same", &node->arena, &answer, &node->error), node->error);
    step = column_of(&answer.table, "step")->values.integers[0];
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 2, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.status == VG_CONTACT_BECAME_CASE && contact.became_case == id);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_decide(node->store, &ana, VG_TRACING_UNDO, step, 0, "two", &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 2, &node->arena, &contact, &node->error), node->error);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, id, &node->arena, &one, &node->error), node->error);
    assert_true(contact.status == VG_CONTACT_OPEN && contact.became_case == 0 && one.person == other && one.from_contact == 0);
}

/* What cannot be followed is not passed over in silence. */
static void maps_name_fields_and_columns(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    const char *maps[] = {"onsett=dt"};
    struct vg_tracing_import request = {.part = "cases", .maps = maps, .n_maps = 1};
    assert_int_equal(import_with(node, "godata", "cases.csv", "id,dt\nc1,2021-02-03\n", &request, &answer), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "onset"));
    vg_answer_release(&answer);
    maps[0] = "onset=day of onset";
    assert_int_equal(import_with(node, "godata", "cases.csv", "id,dt\nc1,2021-02-03\n", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    maps[0] = "onset=dt";
    vg_assert_ok(import_with(node, "godata", "cases.csv", "id,dt\nc1,2021-02-03\n", &request, &answer), node->error);
    vg_answer_release(&answer);
}

/* Of a visit that is typed: in any of the languages, known, and of somebody who was seen. */
static void typed_visits_say_what_is_known(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_tracing_given given[] = {{"contact", "1"}, {"day", "2021-02-05"}, {"symptoms", "fiebre, tos"}, {"seen", "telephone"}};
    struct vg_tracing_add visit = {.kind = VG_TRACING_FOLLOWUP, .given = given, .n_given = 4};
    load_godata(node);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &visit, &node->arena, &answer, &node->error), node->error);
    assert_string_equal(column_of(&answer.table, "symptoms")->values.texts[0].data, "fever,cough");
    vg_answer_release(&answer);
    visit.n_given = 3;
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_tracing_add(node->store, &ana, &visit, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "seen="));
    visit.n_given = 4;
    given[2].value = "feber";
    assert_int_equal(vg_job_tracing_add(node->store, &ana, &visit, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "fever,cough"));
    vg_answer_release(&answer);
}

static void trackers_of_both_generations(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    struct vg_contact contact;
    struct vg_tracing_case one;
    vg_assert_ok(import_with(node, "dhis2", "old.json", tracker_old, &request, &answer), node->error);
    assert_counts(&answer, 0, 1, 0, 0, 1);
    assert_counts(&answer, 1, 1, 0, 0, 1); /* both ends list the relationship: it is one */
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CASE, 1, &node->arena, &one, &node->error), node->error);
    assert_true(one.onset == vg_date_from_civil(2021, 2, 1) && one.report == vg_date_from_civil(2021, 2, 2));
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 1, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.source == one.person && contact.last == vg_date_from_civil(2021, 1, 30) && contact.added == vg_date_from_civil(2021, 2, 3));
}

static struct vg_followup visit_of(struct node *node, int64_t id)
{
    struct vg_followup visit;
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_FOLLOWUP, id, &node->arena, &visit, &node->error), node->error);
    return visit;
}

/* What each country's form asked, as symptoms of the record: by question, by list, in five languages; and what says nothing of them. */
static void visits_with_what_was_asked(void **state)
{
    struct node *node = *state;
    load_godata(node);
    take(node, "godata", "answers.json",
         "[{\"id\":\"f2\",\"personId\":\"k1\",\"date\":\"2021-02-06T00:00:00.000Z\",\"statusId\":\"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_NOT_OK\",\"questionnaireAnswers\":"
         "{\"FU_fever\":[{\"date\":\"2021-02-06\",\"value\":\"LNG_ANSWER_YES\"}],\"tos\":[{\"value\":\"No\"}],\"dolor_de_cabeza\":[{\"value\":true}],\"temperatura_C\":[{\"value\":38.4}],"
         "\"fever_onset_date\":[{\"value\":\"yes\"}]}},"
         "{\"id\":\"f3\",\"personId\":\"k1\",\"date\":\"2021-02-07T00:00:00.000Z\",\"statusId\":\"SEEN_NOT_OK\"},"
         "{\"id\":\"f4\",\"personId\":\"k1\",\"date\":\"2021-02-08T00:00:00.000Z\",\"statusId\":\"MISSED\",\"questionnaireAnswers\":{\"symptoms\":[{\"value\":[\"cough\",\"Sore throat\",\"chills\"]}]}}]",
         3, 0, 0, 0);
    struct vg_followup visit = visit_of(node, 2);
    assert_string_equal(visit.symptoms, "fever,headache");
    assert_true(visit.temperature == 38.4 && visit.seen == VG_SEEN_IN_PERSON && visit.day == vg_date_from_civil(2021, 2, 6));
    assert_string_equal(visit_of(node, 3).symptoms, "other");
    assert_string_equal(visit_of(node, 4).symptoms, "cough,sore_throat");
    assert_int_equal(visit_of(node, 4).seen, VG_SEEN_NOT);
    /* A visit that is told otherwise is changed. */
    take(node, "godata", "again.json", "[{\"id\":\"f2\",\"personId\":\"k1\",\"date\":\"2021-02-06\",\"questionnaireAnswers\":{\"FU_fever\":[{\"value\":\"no\"}]}}]", 0, 1, 0, 0);
    assert_null(visit_of(node, 2).symptoms);
    assert_true(visit_of(node, 2).temperature == 38.4);
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    assert_int_equal(import_with(node, "godata", "hot.json", "[{\"id\":\"f9\",\"personId\":\"k1\",\"date\":\"2021-02-06\",\"questionnaireAnswers\":{\"temperature\":[{\"value\":101}]}}]", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_non_null(strstr(node->error.message, "30 to 45"));

    /* SORMAS: of the API, and a table with the contact beside it. */
    static const char persons[] = "uuid;sourceCaseUuid;personUuid;firstName;lastContactDate;reportDate\nCON-1;ABCD12-EFGH34;PER-1;Eva;14/02/2021;15/02/2021\nCON-2;;PER-1;Eva;20/02/2021;21/02/2021\n";
    take(node, "sormas", "cases.csv", sormas_cases, 1, 0, 0, 1);
    take(node, "sormas", "two.csv", persons, 2, 0, 0, 1);
    struct vg_contact contacts[2];
    for (int64_t i = 0; i < 2; i++) {
        vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 3 + i, &node->arena, &contacts[i], &node->error), node->error);
    }
    assert_true(contacts[0].person == contacts[1].person && contacts[1].source == 0);
    take(node, "sormas", "api.json",
         "[{\"uuid\":\"VIS-1\",\"person\":{\"uuid\":\"PER-1\"},\"visitDateTime\":\"2021-02-16T08:00:00.000Z\",\"visitStatus\":\"COOPERATIVE\",\"symptoms\":{\"uuid\":\"XXXX-Y\",\"symptomatic\":true,\"fever\":\"YES\",\"cough\":\"NO\","
         "\"difficultyBreathing\":\"YES\",\"temperature\":38.1,\"temperatureSource\":\"ORAL\",\"onsetDate\":\"2021-02-15\"}},"
         "{\"uuid\":\"VIS-2\",\"person\":{\"uuid\":\"PER-1\"},\"visitDateTime\":\"2021-02-22T08:00:00.000Z\",\"visitStatus\":\"UNCOOPERATIVE\"}]",
         2, 0, 0, 0);
    assert_string_equal(visit_of(node, 5).symptoms, "fever,breathless");
    assert_true(visit_of(node, 5).contact == 3 && visit_of(node, 6).contact == 4 && visit_of(node, 6).seen == VG_SEEN_REFUSED); /* each of the contact that had ended by then */
    take(node, "sormas", "visits.csv", "contactUuid,visitDateTime,visitStatus,soreThroat,temperature\nContact,Date of visit,Status,Sore throat,Temperature\nCON-2,2021-02-23,COOPERATIVE,YES,\"37,9\"\n", 1, 0, 0, 0);
    take(node, "sormas", "visits.csv", "contactUuid,visitDateTime,visitStatus,soreThroat,temperature\nCON-2,2021-02-23,COOPERATIVE,YES,\"37,9\"\n", 0, 0, 1, 0);
    assert_true(visit_of(node, 7).contact == 4 && visit_of(node, 7).temperature == 37.9);
    assert_int_equal(import_with(node, "sormas", "names.csv", "firstName,lastName,visitDateTime,visitStatus\nEva,Soto,2021-02-23,COOPERATIVE\n", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
    assert_non_null(strstr(node->error.message, "neither by contact nor by person"));

    /* DHIS2: the stage of follow-up alone, of what took place. */
    static const char tracker[] =
        "{\"trackedEntities\":[{\"trackedEntity\":\"ccccccccccc\",\"attributes\":[],\"enrollments\":[{\"programName\":\"Contact tracing\",\"occurredAt\":\"2021-03-01\",\"events\":["
        "{\"event\":\"e1\",\"programStageName\":\"Daily follow-up\",\"occurredAt\":\"2021-03-02\",\"status\":\"COMPLETED\",\"dataValues\":[{\"dataElement\":\"x\",\"displayName\":\"Fever\",\"value\":\"true\"},"
        "{\"dataElement\":\"y\",\"displayName\":\"Body temperature\",\"value\":\"38.0\"}]},{\"event\":\"e2\",\"programStageName\":\"Daily follow-up\",\"occurredAt\":\"2021-03-03\",\"status\":\"SCHEDULE\"},"
        "{\"event\":\"e3\",\"programStageName\":\"Lab request\",\"occurredAt\":\"2021-03-03\",\"status\":\"COMPLETED\"}]}]}]}";
    vg_assert_ok(import_with(node, "dhis2", "events.json", tracker, &request, &answer), node->error);
    assert_counts(&answer, 1, 1, 0, 0, 1);
    assert_counts(&answer, 2, 1, 0, 0, 0);
    assert_non_null(strstr(vg_arena_copy_bytes(&node->arena, column_of(&answer.table, "notes")->values.texts[2].data, column_of(&answer.table, "notes")->values.texts[2].size), "1 events of other stages"));
    vg_answer_release(&answer);
    assert_true(visit_of(node, 8).temperature == 38.0 && visit_of(node, 8).contact == 5);
    assert_string_equal(visit_of(node, 8).symptoms, "fever");
    vg_assert_ok(import_with(node, "dhis2", "list.json", "{\"events\":[{\"event\":\"e4\",\"trackedEntity\":\"ccccccccccc\",\"occurredAt\":\"2021-03-04\",\"status\":\"SKIPPED\",\"programStageName\":\"Seguimiento\"}]}", &request, &answer), node->error);
    assert_counts(&answer, 2, 1, 0, 0, 0);
    vg_answer_release(&answer);
    assert_int_equal(visit_of(node, 9).seen, VG_SEEN_NOT);
}

/* Nobody is made ill by a word that says that there is nothing, and nobody well by one that is not known. */
static void who_is_ill_and_who_is_not(void **state)
{
    (void)state;
    enum { FEVER = 1, COUGH = 2, BREATH = 4, THROAT = 8, HEAD = 16, MUSCLE = 32, VOMIT = 64, DIARRHOEA = 128, RASH = 256, BLEED = 512, OTHER = 1024 };
    static const struct { const char *cell; uint32_t symptoms; bool ill; } cells[] = {
        {"asymptomatic", 0, false}, {"Asintomático", 0, false}, {"assintomática", 0, false}, {"asymptomatique", 0, false}, {"无症状", 0, false}, {"没有任何不适", 0, false},
        {"no symptoms", 0, false}, {"No Symptom", 0, false}, {"sin síntomas", 0, false}, {"Ningún síntoma", 0, false}, {"sem sintomas", 0, false}, {"nenhum sintoma", 0, false},
        {"sans symptôme", 0, false}, {"aucun symptôme", 0, false}, {"pas de symptômes", 0, false}, {"no fever", 0, false}, {"sin fiebre", 0, false}, {"não tem febre", 0, false},
        {"pas de fièvre", 0, false}, {"n'a pas de fièvre", 0, false}, {"无发热", 0, false}, {"否认发热、咳嗽", 0, false}, {"无发热、咳嗽", 0, false}, {"无发热，咳嗽", COUGH, false}, {"无发热，有咳嗽", COUGH, false},
        {"does not have cough", 0, false}, {"fever: no", 0, false}, {"fever (no)", 0, false}, {"no fever, no cough", 0, false}, {"niega fiebre, tos y disnea", 0, false}, {"Denies fever, cough", 0, false},
        {"no fever, cough or rash", 0, false}, {"sin fiebre, tos ni disnea", 0, false}, {"no fever, cough", COUGH, false}, {"no fever but cough", COUGH, false}, {"sin fiebre pero con tos", COUGH, false},
        {"fever no cough", FEVER, false}, {"afebril", 0, false}, {"apyrétique", 0, false}, {"unknown", 0, false}, {"desconocido", 0, false}, {"no sabe", 0, false}, {"inconnu", 0, false}, {"未知", 0, false},
        {"healthy", 0, false}, {"sano", 0, false}, {"nada", 0, false}, {"rien", 0, false}, {"None", 0, false}, {"bem", 0, false}, {"-", 0, false}, {"", 0, false}, {"No", 0, false},
        {"Fever, Sore throat", FEVER | THROAT, false}, {"fiebre; tos | vómitos", FEVER | COUGH | VOMIT, false}, {"febre e tosse", FEVER | COUGH, false}, {"tiene tos seca", COUGH, false}, {"no tiene tos", 0, false}, {"sin fiebre y tos", 0, false}, {"fiebre y tos", FEVER | COUGH, false}, {"ya no tiene fiebre, tos", COUGH, false}, {"nose bleed", BLEED, false}, {"nosebleeds", BLEED, false},
        {"发热、咳嗽，腹泻", FEVER | COUGH | DIARRHOEA, false}, {"發燒，頭痛；肌肉酸痛", FEVER | HEAD | MUSCLE, false}, {"呼吸困难", BREATH, false}, {"咽痛", THROAT, false}, {"呕吐", VOMIT, false}, {"皮疹", RASH, false},
        {"鼻出血", BLEED, false}, {"其他", OTHER, false}, {"chills", 0, true}, {"escalofríos, fiebre", FEVER, true}, {"no taste", 0, true}, {"not well", 0, true}, {"sin olfato", 0, true}, {"无力", 0, true},
        {"乏力", 0, true}, {"no puede caminar", 0, true}, {"Yes", 0, false}, {"yes, fever", FEVER, false}, {"fever or cough", FEVER | COUGH, false},
        {"no fever, cough for a week or so", COUGH, false}, {"sem febre, tosse durante o dia", COUGH, false}, {"sin fiebre, tos desde hace 3 o 4 dias", COUGH, false}, {"no, tosse o dia todo", COUGH, false},
        {"no fever, cough or sore throat", 0, false}, {"sin fiebre, tos o falta de aire", 0, false}, {"sem febre, tosse ou dor de garganta", 0, false}, {"pas de fièvre, toux ou maux de tête", 0, false},
        {"está bien", 0, false}, {"se siente bien", 0, false}, {"se sente bem hoje", 0, false}, {"feels well", 0, false}, {"all good", 0, false}, {"sin novedad", 0, false}, {"sem novidades", 0, false},
        {"sem alterações", 0, false}, {"no problems", 0, false}, {"rien à signaler", 0, false}, {"nothing to report", 0, false}, {"sans particularité", 0, false}, {"无特殊", 0, false},
        {"does not feel well", 0, true}, {"doesn't feel well", 0, true}, {"isn’t well", 0, true}, {"no se siente bien", 0, true}, {"ne va pas bien", 0, true}, {"bien fatigué", 0, true}, {"unwell", 0, true},
        {"less well than before", 0, true}, {"feels well, cough", COUGH, false}, {"well but fever", FEVER, false}, {"doesn't have fever", 0, false},
        {"fever cough headache", FEVER | COUGH | HEAD, false}, {"发热咳嗽", FEVER | COUGH, false}, {"发热和咳嗽", FEVER | COUGH, false}, {"tos o fiebre", FEVER | COUGH, false}, {"发热和无力", FEVER, true},
        {"无发热和咳嗽", 0, false}, {"温和咳嗽", COUGH, false}, {"有咳嗽无发热", COUGH, false}, {"发热无咳嗽、头痛", FEVER, false}, {"发热不伴咳嗽", FEVER, false}, {"咳嗽不止", COUGH, false}, {"no fever cough headache", 0, false},
        {"sem febre, é tosse", COUGH, false}, {"sem febre é tosse", 0, false}};
    static const struct { const char *heading; enum exchange_about about; int symptom; } headings[] = {
        {"Fever", ABOUT_SYMPTOM, 0}, {"novedades", ABOUT_NOTHING, -1}, {"Fever (yes/no)", ABOUT_SYMPTOM, 0}, {"¿Fiebre? (sí / no)", ABOUT_SYMPTOM, 0}, {"Fièvre oui/non", ABOUT_SYMPTOM, 0}, {"symptoms", ABOUT_SYMPTOMS, -1}, {"symptomatic", ABOUT_SYMPTOMS, -1},
        {"Asymptomatic", ABOUT_NO_SYMPTOMS, -1}, {"asintomatico", ABOUT_NO_SYMPTOMS, -1}, {"no_symptoms", ABOUT_NO_SYMPTOMS, -1}, {"noSymptoms", ABOUT_NO_SYMPTOMS, -1}, {"Sin síntomas", ABOUT_NO_SYMPTOMS, -1},
        {"No fever", ABOUT_NOTHING, -1}, {"contact_no", ABOUT_NOTHING, -1}, {"symptom_onset_date", ABOUT_NOTHING, -1}, {"发热", ABOUT_SYMPTOM, 0}, {"体温", ABOUT_TEMPERATURE, -1}, {"症状", ABOUT_SYMPTOMS, -1},
        {"发热日期", ABOUT_NOTHING, -1}, {"无症状", ABOUT_NO_SYMPTOMS, -1}, {"name", ABOUT_NOTHING, -1}};
    static const struct { const char *word; enum vg_yes detected; } results[] = {
        {"Negative", VG_YES_NO}, {"negativo", VG_YES_NO}, {"negativa", VG_YES_NO}, {"Négatif", VG_YES_NO}, {"négative", VG_YES_NO}, {"NOT_DETECTED", VG_YES_NO}, {"No detectado", VG_YES_NO}, {"não detectável", VG_YES_NO},
        {"阴性", VG_YES_NO}, {"未检出", VG_YES_NO}, {"LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_NEGATIVE", VG_YES_NO}, {"non-reactive", VG_YES_NO}, {"POSITIVE", VG_YES_YES}, {"positiva", VG_YES_YES},
        {"positif", VG_YES_YES}, {"Detected", VG_YES_YES}, {"阳性", VG_YES_YES}, {"LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_POSITIVE", VG_YES_YES}, {"weakly positive", VG_YES_YES}, {"PENDING", VG_YES_UNKNOWN},
        {"pendiente", VG_YES_UNKNOWN}, {"en attente", VG_YES_UNKNOWN}, {"INCONCLUSIVE", VG_YES_UNKNOWN}, {"INDETERMINATE", VG_YES_UNKNOWN}, {"INVALID", VG_YES_UNKNOWN}, {"", VG_YES_UNKNOWN}, {"待检", VG_YES_UNKNOWN},
        {"false positive", VG_YES_UNKNOWN}, {"not positive", VG_YES_UNKNOWN}, {"no positivo", VG_YES_UNKNOWN}, {"não positivo", VG_YES_UNKNOWN}, {"pas positif", VG_YES_UNKNOWN}, {"non-positive", VG_YES_UNKNOWN}, {"NOT_DONE", VG_YES_UNKNOWN}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct exchange_symptom_list list;
        exchange_read_symptoms(vg_text_from(cells[i].cell), &list);
        if (list.symptoms != cells[i].symptoms || list.ill != cells[i].ill) {
            fail_msg("\"%s\": symptoms %x, ill %d", cells[i].cell, list.symptoms, list.ill);
        }
    }
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        struct exchange_sign sign = exchange_sign_of(vg_text_from(headings[i].heading));
        if (sign.about != headings[i].about || sign.symptom != headings[i].symptom) {
            fail_msg("heading \"%s\": about %d, symptom %d", headings[i].heading, (int)sign.about, sign.symptom);
        }
    }
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        if (exchange_result(vg_text_from(results[i].word)) != results[i].detected) {
            fail_msg("result \"%s\": %d", results[i].word, (int)exchange_result(vg_text_from(results[i].word)));
        }
    }
}

static const char godata_events[] = "[{\"id\":\"e1\",\"name\":\"Market day\",\"date\":\"2021-01-28T00:00:00.000Z\",\"dateApproximate\":true,\"eventCategory\":\"LNG_REFERENCE_DATA_CATEGORY_EVENT_CATEGORY_WEDDING\","
                                    "\"address\":{\"locationId\":\"CO-ANT\"},\"responsibleUserId\":\"luz\"}]";
/* From the event to a case, from it to a contact, and from a case to it. */
static const char godata_presence[] =
    "[{\"id\":\"p1\",\"persons\":[{\"id\":\"e1\",\"type\":\"LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_EVENT\"},{\"id\":\"c1\",\"type\":\"LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE\"}],\"contactDate\":\"2021-01-28\"},"
    "{\"id\":\"p2\",\"persons\":[{\"id\":\"e1\"},{\"id\":\"k1\"}],\"contactDate\":\"2021-01-28\"},{\"id\":\"p3\",\"persons\":[{\"id\":\"c2\"},{\"id\":\"e1\"}],\"contactDate\":\"2021-01-28\"}]";

static void events_and_who_was_there(void **state)
{
    struct node *node = *state;
    struct vg_event event;
    struct vg_contact contact;
    load_godata(node);
    for (int time = 0; time < 2; time++) {
        take(node, "godata", "events.json", godata_events, time == 0, 0, time, 0);
        take(node, "godata", "presence.json", godata_presence, time == 0 ? 3 : 0, 0, time == 0 ? 0 : 3, 0);
    }
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_EVENT, 1, &node->arena, &event, &node->error), node->error);
    assert_true(event.setting == VG_SETTING_GATHERING && event.first == vg_date_from_civil(2021, 1, 28) && event.last == event.first);
    assert_string_equal(event.place, "CO-ANT");
    assert_int_equal(count_of(node, VG_TRACING_ATTENDANCE), 3);
    assert_int_equal(count_of(node, VG_TRACING_CONTACT), 3); /* two of before; a case that was there is none */
    vg_assert_ok(vg_tracing_get(node->store, VG_TRACING_CONTACT, 3, &node->arena, &contact, &node->error), node->error);
    assert_true(contact.event == 1 && contact.source == 0 && contact.person == 3 && contact.found == VG_FOUND_EVENT);
    struct vg_answer answer;
    struct vg_tracing_import request = {0};
    assert_int_equal(import_with(node, "godata", "nobody.json", "[{\"id\":\"p4\",\"persons\":[{\"id\":\"zz\"},{\"id\":\"e1\"}]}]", &request, &answer), VG_DATA_ERROR);
    vg_answer_release(&answer);
}

/* The earliest sample that was positive, in whatever order they come. */
static void results_of_the_laboratory(void **state)
{
    struct node *node = *state;
    static const char *const rows[] = {"c1,2021-02-05,S-5,POSITIVE\n", "c1,2021-01-30,S-0,PENDING\n", "c1,2021-01-29,S-9,\n", "c1,2021-02-02,S-2,LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_POSITIVE\n", "c1,2021-01-31,S-1,negative\n", "k1,2021-02-05,S-7,positive\n"};
    enum { ROWS = sizeof rows / sizeof *rows };
    for (int way = 0; way < 2; way++) {
        void *other_state = NULL;
        assert_int_equal(make_node(&other_state), 0);
        struct node *other = other_state;
        struct vg_tracing_case one;
        struct vg_buffer text;
        load_godata(other);
        vg_buffer_init(&text, 0);
        vg_buffer_text(&text, "Person ID,Date sample taken,Sample lab ID,Result\n");
        for (int i = 0; i < ROWS; i++) {
            vg_buffer_text(&text, rows[way == 0 ? i : ROWS - 1 - i]);
        }
        struct vg_answer answer;
        struct vg_tracing_import request = {0};
        vg_assert_ok(import_with(other, "godata", "results.csv", text.data, &request, &answer), other->error);
        assert_non_null(strstr(vg_arena_copy_bytes(&node->arena, column_of(&answer.table, "notes")->values.texts[0].data, column_of(&answer.table, "notes")->values.texts[0].size), "results are not kept"));
        vg_answer_release(&answer);
        vg_assert_ok(vg_tracing_get(other->store, VG_TRACING_CASE, 1, &other->arena, &one, &other->error), other->error);
        assert_int_equal(one.sample, vg_date_from_civil(2021, 2, 2));
        assert_string_equal(one.laboratory, "S-2");
        vg_buffer_release(&text);
        assert_int_equal(drop_node(&other_state), 0);
    }
    (void)node;
}

/* Out of one node, into another, and out again: the same bytes. */
static void what_is_exported_comes_back(void **state)
{
    struct node *node = *state;
    static const struct { const char *form, *parts[5]; bool json; } ways[] = {
        {"godata", {"cases", "events", "contacts", "relationships", "followups"}, false}, {"godata", {"cases", "events", "contacts", "relationships", "followups"}, true},
        {"sormas", {"cases", "contacts", "followups"}, false}, {"dhis2", {"cases"}, false}};
    load_godata(node);
    take(node, "godata", "events.json", godata_events, 1, 0, 0, 0);
    take(node, "godata", "presence.json", godata_presence, 3, 0, 0, 0);
    take(node, "godata", "answers.json", "[{\"id\":\"f2\",\"personId\":\"k1\",\"date\":\"2021-02-06\",\"statusId\":\"SEEN_OK\",\"questionnaireAnswers\":{\"symptoms\":[{\"value\":\"fever,rash\"}],\"temperature\":[{\"value\":38.4}]}}]", 1, 0, 0, 0);
    for (size_t way = 0; way < 4; way++) {
        void *other_state = NULL;
        assert_int_equal(make_node(&other_state), 0);
        struct node *other = other_state;
        char *texts[5] = {NULL};
        for (size_t i = 0; i < 5 && ways[way].parts[i] != NULL; i++) {
            struct vg_answer answer;
            struct vg_tracing_import request = {.part = strcmp(ways[way].form, "dhis2") == 0 ? NULL : ways[way].parts[i]};
            texts[i] = export_text(node, ways[way].form, ways[way].parts[i], ways[way].json);
            vg_assert_ok(import_with(other, ways[way].form, "file", texts[i], &request, &answer), other->error);
            vg_answer_release(&answer);
        }
        for (size_t i = 0; i < 5 && ways[way].parts[i] != NULL; i++) {
            assert_non_null(strchr(texts[i], '\n'));
            assert_string_equal(export_text(other, ways[way].form, ways[way].parts[i], ways[way].json), texts[i]);
        }
        assert_int_equal(count_of(other, VG_TRACING_FOLLOWUP), count_of(node, VG_TRACING_FOLLOWUP));
        assert_int_equal(drop_node(&other_state), 0);
    }
    /* Into the node that it is from: nothing is there twice, though it has never seen those ids. */
    struct vg_answer added;
    struct vg_tracing_given given[] = {{"given", "Iris"}, {"family", "Soto"}, {"report", "2021-03-01"}};
    struct vg_tracing_add one_case = {.kind = VG_TRACING_CASE, .given = given, .n_given = 3};
    vg_answer_init(&added, &node->arena);
    vg_assert_ok(vg_job_tracing_add(node->store, &ana, &one_case, &node->arena, &added, &node->error), node->error);
    vg_answer_release(&added);
    /* Visits whose words other programs do not have, and symptoms in the order and words of whoever wrote them. */
    static const struct { enum vg_seen seen; const char *symptoms; } visits[] = {{VG_SEEN_BY_TELEPHONE, NULL}, {VG_SEEN_BY_TELEPHONE, "cough,fever"}, {VG_SEEN_BY_APP, "fatigue"}, {VG_SEEN_REFUSED, NULL}, {VG_SEEN_NOT, NULL}, {VG_SEEN_IN_PERSON, "rash"}};
    struct vg_tracing_work *work = NULL;
    vg_assert_ok(vg_tracing_begin(node->store, &ana, &work, &node->error), node->error);
    for (int i = 0; i < 6; i++) {
        struct vg_followup visit = {.contact = 1, .day = vg_date_from_civil(2021, 2, 8 + i), .seen = (int)visits[i].seen, .symptoms = visits[i].symptoms, .temperature = 36.5 + i / 10.0};
        vg_assert_ok(vg_tracing_put(work, VG_TRACING_FOLLOWUP, &visit, &node->error), node->error);
    }
    vg_assert_ok(vg_tracing_end(work, VG_OK, &node->error), node->error);
    for (size_t way = 0; way < 4; way++) {
        for (size_t i = 0; i < 5 && ways[way].parts[i] != NULL; i++) {
            struct vg_answer answer;
            struct vg_tracing_import request = {.part = strcmp(ways[way].form, "dhis2") == 0 ? NULL : ways[way].parts[i]};
            bool of_visits = strcmp(ways[way].parts[i], "followups") == 0 || strcmp(ways[way].form, "dhis2") == 0;
            char *text = export_text(node, ways[way].form, ways[way].parts[i], ways[way].json);
            vg_assert_ok(import_with(node, ways[way].form, "own", text, &request, &answer), node->error);
            for (size_t row = 0; row < answer.table.n_rows; row++) {
                assert_int_equal(column_of(&answer.table, "added")->values.integers[row], 0);
                assert_int_equal(column_of(&answer.table, "persons")->values.integers[row], 0);
                if (of_visits && (row == 2 || answer.table.n_rows == 1)) {
                    assert_int_equal(column_of(&answer.table, "changed")->values.integers[row], 0);
                }
            }
            vg_answer_release(&answer);
        }
    }
    /* Without a reason no name leaves. */
    struct vg_answer answer;
    struct vg_tracing_export request = {"dhis2", "", NULL, true};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_tracing_export(node->store, &ana, &request, &node->arena, &answer, &node->error), node->error);
    assert_null(strstr(answer.meta.data, "Quispe"));
    assert_non_null(strstr(answer.meta.data, "CO-ANT"));
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(go_data_is_read_once_however_often, make_node, drop_node),
        cmocka_unit_test_setup_teardown(all_or_nothing, make_node, drop_node),
        cmocka_unit_test_setup_teardown(sormas_has_two_headings_and_its_own_dates, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_case_told_twice_is_one, make_node, drop_node),
        cmocka_unit_test_setup_teardown(places_that_come_later, make_node, drop_node),
        cmocka_unit_test_setup_teardown(contacts_become_cases_by_any_way, make_node, drop_node),
        cmocka_unit_test_setup_teardown(maps_name_fields_and_columns, make_node, drop_node),
        cmocka_unit_test_setup_teardown(typed_visits_say_what_is_known, make_node, drop_node),
        cmocka_unit_test_setup_teardown(trackers_of_both_generations, make_node, drop_node),
        cmocka_unit_test_setup_teardown(visits_with_what_was_asked, make_node, drop_node),
        cmocka_unit_test(who_is_ill_and_who_is_not),
        cmocka_unit_test_setup_teardown(events_and_who_was_there, make_node, drop_node),
        cmocka_unit_test_setup_teardown(results_of_the_laboratory, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_exported_comes_back, make_node, drop_node),
    };
    return vg_run_group_tests("tracing_exchange", tests, NULL, NULL);
}
