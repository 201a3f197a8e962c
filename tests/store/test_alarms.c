/*
 * Alarms are joined with what they continue, go through the steps that their state allows, and leave an audit that nobody can change.
 */
#include "test_node.h"

#include "store/store.h"

static struct vg_alarm_found weekly(const char *place, int32_t date, double count)
{
    return (struct vg_alarm_found){.dataset = "dengue", .measure = "cases_report", .place = place, .method = "farrington", .parameters_json = "{\"alpha\":0.05}", .first = date,
                                   .last = date, .step_days = 7, .count = count, .expected = 10, .threshold = 20, .score = NAN, .p_value = 0.001};
}

static struct vg_alarm_summary keep(struct node *node, const struct vg_alarm_found *found, size_t n)
{
    struct vg_alarm_summary summary;
    vg_assert_ok(vg_store_keep_alarms(node->store, found, n, "vigia", &summary, &node->error), node->error);
    return summary;
}

static size_t list(struct node *node, const struct vg_alarm_filter *filter, struct vg_alarm_record **records)
{
    size_t n = 0;
    vg_assert_ok(vg_store_alarms(node->store, filter, &node->arena, records, &n, &node->error), node->error);
    return n;
}

static vg_status step(struct node *node, int64_t id, enum vg_alarm_action action, const char *by, const char *to, const char *note)
{
    const struct vg_alarm_step wanted = {id, action, by, to, note};
    return vg_store_step_alarm(node->store, &wanted, &node->error);
}

static const struct vg_alarm_filter all = {.state = VG_ALARM_STATE_COUNT};

static void an_alarm_that_goes_on_is_one(void **state)
{
    struct node *node = *state;
    struct vg_alarm_record *records = NULL;
    const struct vg_alarm_found first[] = {weekly("CO", 700, 40), weekly("PE", 700, 30)};
    struct vg_alarm_summary summary = keep(node, first, 2);
    assert_int_equal(summary.n_new, 2);
    summary = keep(node, first, 2);
    assert_int_equal(summary.n_new + summary.n_went_on, 0);
    assert_int_equal(summary.n_known, 2);
    /* The next week, another measure and a week after a gap. */
    struct vg_alarm_found later[] = {weekly("CO", 707, 55), weekly("PE", 714, 30), weekly("CO", 707, 55)};
    later[2].measure = "deaths_report";
    summary = keep(node, later, 3);
    assert_int_equal(summary.n_went_on, 1);
    assert_int_equal(summary.n_new, 2);
    assert_int_equal(list(node, &all, &records), 4);
    const struct vg_alarm_filter colombia = {.dataset = "dengue", .place = "CO", .state = VG_ALARM_STATE_OPEN};
    assert_int_equal(list(node, &colombia, &records), 2);
    const struct vg_alarm_filter one = {.id = 1, .state = VG_ALARM_STATE_COUNT};
    assert_int_equal(list(node, &one, &records), 1);
    assert_int_equal(records[0].found.first, 700);
    assert_int_equal(records[0].found.last, 707);
    vg_assert_near(records[0].found.count, 55, 0);
    assert_true(isnan(records[0].found.score));
    assert_string_equal(records[0].found.group, "all");
    assert_string_equal(records[0].found.parameters_json, "{\"alpha\":0.05}");
    assert_int_equal(records[0].n_events, 2);
    /* An older run again, or a revised count of the newest week: the same alarm, with what is known now. */
    const struct vg_alarm_found again[] = {weekly("CO", 700, 41), weekly("CO", 707, 60)};
    summary = keep(node, again, 2);
    assert_int_equal(summary.n_known, 2);
    assert_int_equal(list(node, &one, &records), 1);
    vg_assert_near(records[0].found.count, 60, 0);
}

static void clusters_are_joined_by_their_centres(void **state)
{
    struct node *node = *state;
    struct vg_alarm_record *records = NULL;
    struct vg_alarm_found cluster = weekly("CO-1", 700, 40);
    cluster.method = "scan";
    cluster.places = "CO-1 CO-2 CO-10";
    assert_int_equal(keep(node, &cluster, 1).n_new, 1);
    cluster.place = "CO-2";
    cluster.places = "CO-2 CO-1";
    cluster.last = 707;
    assert_int_equal(keep(node, &cluster, 1).n_went_on, 1);
    cluster.place = "CO-100"; /* not CO-10, and not in it */
    cluster.places = "CO-100 CO-3";
    assert_int_equal(keep(node, &cluster, 1).n_new, 1);
    assert_int_equal(list(node, &all, &records), 2);
    assert_string_equal(records[1].found.places, "CO-2 CO-1");
}

static void people_acknowledge_assign_and_close(void **state)
{
    struct node *node = *state;
    struct vg_alarm_record *records = NULL;
    struct vg_alarm_event *events = NULL;
    size_t n_events = 0;
    const struct vg_alarm_found found = weekly("CO", 700, 40);
    (void)keep(node, &found, 1);
    vg_assert_ok(step(node, 1, VG_ALARM_ACKNOWLEDGE, "Ana", NULL, NULL), node->error);
    assert_int_equal(step(node, 1, VG_ALARM_ACKNOWLEDGE, "Luis", NULL, NULL), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "acknowledged already by Ana"));
    assert_int_equal(step(node, 1, VG_ALARM_ASSIGN, "Ana", NULL, NULL), VG_USAGE_ERROR);
    vg_assert_ok(step(node, 1, VG_ALARM_ASSIGN, "Ana", "Luis", "visit the market"), node->error);
    assert_int_equal(step(node, 1, VG_ALARM_CLOSE, "Luis", NULL, NULL), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "note"));
    vg_assert_ok(step(node, 1, VG_ALARM_CLOSE, "Luis", NULL, "a backlog was typed in"), node->error);
    assert_int_equal(step(node, 1, VG_ALARM_ASSIGN, "Ana", "Eva", NULL), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "closed already by Luis"));
    assert_int_equal(step(node, 9, VG_ALARM_ACKNOWLEDGE, "Ana", NULL, NULL), VG_NOT_FOUND);
    assert_int_equal(step(node, 1, VG_ALARM_REOPEN, "", NULL, "again"), VG_USAGE_ERROR);
    assert_int_equal(list(node, &all, &records), 1);
    assert_int_equal(records[0].state, VG_ALARM_STATE_CLOSED);
    assert_string_equal(records[0].assignee, "Luis");
    /* The same week again leaves it closed; the next one opens it. */
    assert_int_equal(keep(node, &found, 1).n_known, 1);
    const struct vg_alarm_found next = weekly("CO", 707, 50);
    assert_int_equal(keep(node, &next, 1).n_reopened, 1);
    assert_int_equal(step(node, 1, VG_ALARM_REOPEN, "Ana", NULL, "again"), VG_DATA_ERROR);
    vg_assert_ok(vg_store_alarm_events(node->store, &all, &node->arena, &events, &n_events, &node->error), node->error);
    static const char *const actions[] = {"found", "acknowledged", "assigned", "closed", "reopened"};
    assert_int_equal(n_events, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(events[i].action, actions[i]);
        assert_int_equal(strlen(events[i].at), 20);
    }
    assert_string_equal(events[2].recipient, "Luis");
    assert_string_equal(events[3].note, "a backlog was typed in");
    assert_non_null(strstr(events[4].note, "50 where 10 were expected"));
}

static void the_audit_cannot_be_changed(void **state)
{
    struct node *node = *state;
    char command[256];
    const struct vg_alarm_found found = weekly("CO", 700, 40);
    (void)keep(node, &found, 1);
    static const char *const attempts[] = {"UPDATE alarm_event SET actor = 1", "DELETE FROM alarm_event", "DELETE FROM alarm"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(command, sizeof command, "command -v sqlite3 > /dev/null || exit 99; sqlite3 %s/node.db '%s' 2> /dev/null", node->folder, attempts[i]);
        int code = system(command);
        if (code == 99 * 256) {
            skip();
        }
        assert_int_not_equal(code, 0);
    }
}

static void a_reader_changes_nothing_and_a_bad_one_rolls_back(void **state)
{
    struct node *node = *state;
    struct vg_store *reader = NULL;
    struct vg_alarm_summary summary;
    struct vg_alarm_record *records = NULL;
    struct vg_alarm_found found[] = {weekly("CO", 700, 40), weekly("PE", 700, 40)};
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_READ, &reader, &node->error), node->error);
    assert_int_equal(vg_store_keep_alarms(reader, found, 1, "vigia", &summary, &node->error), VG_USAGE_ERROR);
    found[1].dataset = NULL; /* the table does not take it: nothing of the transaction stays */
    assert_int_not_equal(vg_store_keep_alarms(node->store, found, 2, "vigia", &summary, &node->error), VG_OK);
    assert_int_equal(list(node, &all, &records), 0);
    uint64_t version = vg_store_data_version(node->store);
    (void)keep(node, found, 1);
    assert_int_equal(vg_store_data_version(node->store), version);
    size_t n = 0;
    vg_assert_ok(vg_store_alarms(reader, &all, &node->arena, &records, &n, &node->error), node->error);
    assert_int_equal(n, 1); /* an open reader sees it at once */
    vg_store_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_alarm_that_goes_on_is_one, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(clusters_are_joined_by_their_centres, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(people_acknowledge_assign_and_close, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(the_audit_cannot_be_changed, make_bare_node, drop_node),
        cmocka_unit_test_setup_teardown(a_reader_changes_nothing_and_a_bad_one_rolls_back, make_bare_node, drop_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
