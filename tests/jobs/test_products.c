/*
 * The situation kept after an import is byte for byte what the job answers, for exactly the requests that mean the first view; it is stale with other data or another
 * program.
 */
#include "test_node.h"

#include <sqlite3.h>

#define DAYS 60
#define FIRST_DAY 18628 /* 2021-01-01 */

static void write_counts(struct vg_buffer *file, int factor)
{
    static const char *const codes[] = {"CO-ANT", "CO-CAL", "CO-RIS", "CO-QUI"};
    vg_buffer_text(file, "date,location,cases,deaths\n");
    for (int day = 0; day < DAYS; day++) {
        for (uint32_t place = 0; place < 4; place++) {
            char date[VG_DATE_TEXT_BYTES];
            struct vg_random random = vg_random_stream(11, place, (uint32_t)day, 0);
            (void)vg_date_print(FIRST_DAY + day, date);
            vg_buffer_format(file, "%s,%s,%lld,%d\n", date, codes[place], (long long)vg_random_poisson(&random, factor * (4.0 + day * 0.2)), day % 3 == 0);
        }
    }
}

static void import(struct node *node, const char *dataset, int factor)
{
    struct vg_buffer file;
    struct vg_import_outcome outcome;
    vg_buffer_init(&file, 0);
    write_counts(&file, factor);
    struct vg_import_request request = {.path = "counts.csv", .data = file.data, .data_bytes = file.size, .dataset = dataset};
    request.intake.published = VG_DATE_NONE;
    vg_assert_ok(vg_job_import(node->store, &request, &node->arena, &outcome, &node->error), node->error);
    vg_buffer_release(&file);
}

static int make_node_of_counts(void **state)
{
    if (make_node(state) != 0) {
        return -1;
    }
    import(*state, "counts", 1);
    return 0;
}

static void refresh(struct node *node)
{
    vg_assert_ok(vg_job_refresh_products(node->store, VG_DATE_NONE, NULL, &node->error), node->error);
}

/* Whether it is kept; where it is, it is what the job answers. */
static bool is_kept(struct node *node, const struct vg_request *request)
{
    struct vg_buffer kept;
    struct vg_buffer computed;
    struct vg_answer answer;
    bool found = false;
    vg_buffer_init(&kept, 0);
    vg_buffer_init(&computed, 0);
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_kept_situation(node->store, request, &kept, &found, &node->error), node->error);
    assert_true(found || kept.size == 0);
    if (found) {
        vg_assert_ok(vg_job_situation(node->store, request, &node->arena, &answer, &node->error), node->error);
        vg_assert_ok(vg_table_write_json_meta(&answer.table, answer.meta.data, &computed, &node->error), node->error);
        assert_int_equal(kept.size, computed.size);
        assert_memory_equal(kept.data, computed.data, computed.size);
        assert_true(answer.table.n_rows > 0);
    }
    vg_answer_release(&answer);
    vg_buffer_release(&kept);
    vg_buffer_release(&computed);
    return found;
}

static bool dataset_is_kept(struct node *node, const char *dataset)
{
    struct vg_request request;
    vg_request_init(&request);
    request.dataset = dataset;
    return is_kept(node, &request);
}

/* A number that the database says of its products. */
static int64_t of_products(const struct node *node, const char *what)
{
    char path[128];
    char query[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    (void)snprintf(path, sizeof path, "%s/node.db", node->folder);
    (void)snprintf(query, sizeof query, "SELECT %s FROM product", what);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return value;
}

static void the_first_view_is_kept_and_nothing_else(void **state)
{
    struct node *node = *state;
    struct vg_request plain;
    vg_request_init(&plain);
    assert_false(is_kept(node, &plain)); /* not before it is asked for */
    refresh(node);
    assert_true(is_kept(node, &plain));
    struct vg_request same[4] = {plain, plain, plain, plain};
    same[0].dataset = "counts";
    same[1].measure = "cases_report";
    same[2].as_of = FIRST_DAY + DAYS - 1;
    same[3].level = "country"; /* the row of the whole, beside the departments */
    for (size_t i = 0; i < 4; i++) {
        if (!is_kept(node, &same[i])) {
            fail_msg("not kept: %zu", i);
        }
    }
    struct vg_request other[10] = {plain, plain, plain, plain, plain, plain, plain, plain, plain, plain};
    other[0].measure = "deaths_report";
    other[1].as_of = FIRST_DAY + 30;
    other[2].level = "admin1";
    other[3].group = "sex:female";
    other[4].parent = "CO";
    other[5].place = "CO-CAL";
    other[6].step_days = 7;
    other[7].seed = 1;
    other[8].dataset = "nothing";
    other[9].to = FIRST_DAY + 30;
    for (size_t i = 0; i < 10; i++) {
        if (is_kept(node, &other[i])) {
            fail_msg("kept: %zu", i);
        }
    }
}

static void other_data_make_it_stale_until_the_next_refresh(void **state)
{
    struct node *node = *state;
    refresh(node);
    assert_int_equal(of_products(node, "count(*)"), 2);
    int64_t newest = of_products(node, "max(id)");
    refresh(node);
    assert_int_equal(of_products(node, "max(id)"), newest); /* fresh ones are left alone */
    import(node, "counts", 3); /* a revised file */
    assert_false(dataset_is_kept(node, "counts"));
    refresh(node);
    assert_true(dataset_is_kept(node, "counts"));
    assert_int_equal(of_products(node, "count(*)"), 2); /* in the place of the former ones */
    import(node, "more", 2);
    assert_false(dataset_is_kept(node, "counts")); /* its answer names the version of all data */
    refresh(node);
    assert_true(dataset_is_kept(node, "counts") && dataset_is_kept(node, "more"));
    assert_int_equal(of_products(node, "count(*)"), 4);
    assert_int_equal(of_products(node, "min(data_version)"), (int64_t)vg_store_data_version(node->store));
}

static void what_another_program_made_is_not_shown(void **state)
{
    struct node *node = *state;
    struct vg_product product;
    refresh(node);
    vg_assert_ok(vg_store_get_product(node->store, "situation", "counts|now", &node->arena, &product, &node->error), node->error);
    assert_non_null(strstr(product.program_version, VG_VERSION));
    product.program_version = VG_VERSION;
    vg_assert_ok(vg_store_put_products(node->store, &product, 1, &node->error), node->error);
    assert_false(dataset_is_kept(node, "counts"));
    refresh(node);
    assert_true(dataset_is_kept(node, "counts"));
}

static bool stop_at_once(void *context, const char *what, double fraction)
{
    (void)what;
    (void)fraction;
    ++*(int *)context;
    return false;
}

static void a_refresh_can_be_stopped(void **state)
{
    struct node *node = *state;
    int asked = 0;
    const struct vg_progress progress = {stop_at_once, &asked};
    assert_int_equal(vg_job_refresh_products(node->store, VG_DATE_NONE, &progress, &node->error), VG_CANCELLED);
    assert_int_equal(asked, 1);
    assert_false(dataset_is_kept(node, "counts"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_view_is_kept_and_nothing_else, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(other_data_make_it_stale_until_the_next_refresh, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(what_another_program_made_is_not_shown, make_node_of_counts, drop_node),
        cmocka_unit_test_setup_teardown(a_refresh_can_be_stopped, make_node_of_counts, drop_node),
    };
    return cmocka_run_group_tests_name("jobs/products", tests, NULL, NULL);
}
