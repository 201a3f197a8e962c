/*
 * Genomes over HTTP: the sets, parts of the tree as a document and as files, terms that keep them here, and what is refused.
 */
#include "served_node.h"

#include "jobs/genome_tree/genome_tree.h"
#include "jobs/jobs.h"
#include "store/genomes/genomes.h"

#include <math.h>

enum { GENOMES = 6 };

/* s1 .. s6 on a reference of 200 A: s1 to s3 share C at 11, s4 to s6 at 21, and each has one more; s6 is restricted, and alone of its place, lineage and laboratory. */
static vg_status fill(struct vg_store *store, struct vg_error *error)
{
    char letters[201] = {0};
    int64_t set = 0;
    struct vg_buffer packed;
    struct vg_arena arena;
    struct vg_answer answer;
    memset(letters, 'A', 200);
    const struct vg_genome_reference reference = {vg_text_from("real/reference"), letters, 200};
    vg_status status = vg_genomes_begin(store, "virus", &reference, &set, error);
    vg_buffer_init(&packed, 0);
    for (int i = 0; i < GENOMES && status == VG_OK; i++) {
        char name[8];
        bool replaced = false;
        (void)snprintf(name, sizeof name, "s%d", i + 1);
        const struct vg_genome_difference differences[] = {{i < 3 ? 10 : 20, 1, VG_BASE_C}, {(uint32_t)(40 + i), 1, VG_BASE_G}};
        const struct vg_genome genome = {.name = vg_text_from(name), .differences = differences, .n_differences = 2};
        vg_buffer_clear(&packed);
        vg_genome_pack(&genome, &packed);
        const struct vg_kept_genome kept = {.name = name, .place = i == 5 ? "CO-CHO" : i % 2 == 0 ? "CO-ANT" : "CO-HUI", .lineage = i < 3 ? "B.1" : i < 5 ? "B.2" : "B.2.6", .date = 18600 + 10 * i, .added = 18700, .score = NAN,
                                            .terms = {.provider = i == 5 ? "Quibdo" : "Neiva", .licence = i == 5 ? "restricted" : "CC0", .agreement = i == 5 ? "PABS-7" : NULL, .embargo = VG_DATE_NONE}, .packed = vg_text_of(packed.data, packed.size)};
        status = vg_genomes_put(store, set, &kept, &replaced, error);
    }
    vg_buffer_release(&packed);
    status = vg_genomes_end(store, status, error);
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    status = status == VG_OK ? vg_job_keep_tree(store, &(struct vg_keep_tree_request){.threads = 1}, NULL, &arena, &answer, error) : status;
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static int make_node(void **state)
{
    struct vg_store *store = NULL;
    if (!new_node(state, vg_job_init)) {
        return -1;
    }
    struct node *node = *state;
    vg_status status = vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error);
    status = status == VG_OK ? fill(store, &node->error) : status;
    vg_store_close(store);
    if (status != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    return start_server(node, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static int make_empty_node(void **state)
{
    return new_node(state, vg_job_init) && start_server(*state, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static void the_page_gets_its_document(void **state)
{
    const struct node *node = *state;
    json_t *sets = get_json(node, "/api/v1/genomes"), *tree = get_json(node, "/api/v1/tree"), *part = get_json(node, "/api/v1/tree?lineage=B.2&level=admin1");
    assert_int_equal(json_array_size(json_object_get(sets, "rows")), 1);
    assert_null(json_object_get(json_object_get(sets, "meta"), "exercise"));
    assert_int_equal(json_integer_value(json_object_get(tree, "leaves")), GENOMES);
    assert_null(json_object_get(tree, "exercise"));
    assert_string_equal(json_string_value(json_object_get(tree, "level")), "admin1"); /* one country: its departments are told apart */
    assert_int_equal(json_integer_value(json_object_get(part, "leaves")), 3);
    assert_string_equal(json_string_value(json_object_get(part, "cut")), "lineage");
    size_t n = json_array_size(json_object_get(tree, "parent"));
    static const char *const lists[] = {"name", "mutations", "date", "own", "lineage", "place", "region", "provider", "quality", "leaves_below"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        assert_int_equal(json_array_size(json_object_get(tree, lists[i])), n);
    }
    json_decref(sets);
    json_decref(tree);
    json_decref(part);
}

static void expect_file(const struct node *node, const char *query, const char *type, const char *name, const char *holds)
{
    char target[256], value[512];
    struct reply reply;
    (void)snprintf(target, sizeof target, "/api/v1/tree?%s", query);
    client_get(node->port, target, &reply);
    if (reply.status != 200) {
        fail_msg("%s: %u %.300s", query, reply.status, reply.body);
    }
    assert_non_null(header(&reply, "Content-Type", value));
    assert_true(strncmp(value, type, strlen(type)) == 0);
    assert_non_null(header(&reply, "Content-Disposition", value));
    assert_non_null(strstr(value, name));
    assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
    assert_non_null(memmem(reply.body, reply.body_bytes, holds, strlen(holds)));
    reply_release(&reply);
}

static void files_have_their_names_and_forms(void **state)
{
    const struct node *node = *state;
    expect_file(node, "form=auspice", "application/json", "\"vigia-virus.json\"", "\"version\":\"v2\"");
    expect_file(node, "form=newick", "text/x-nh", "\"vigia-virus.nwk\"", "s6");
    expect_file(node, "form=csv", "text/csv", "\"vigia-virus.csv\"", "name,date,place,lineage");
    expect_file(node, "form=csv&use=public&allowed_only=yes", "text/csv", "\"vigia-virus.csv\"", "s5,");
}

/* Nothing in what the public gets is of the one genome that may not go; what stays here has it. */
static void what_is_left_out_is_nowhere(void **state)
{
    const struct node *node = *state;
    static const struct { const char *target, *here; } routes[] = {
        {"tree?tips=6", "Quibdo"}, {"tree?form=auspice", "PABS-7"}, {"tree?form=newick", "s6"}, {"tree?form=csv", "Quibdo"}, {"introductions?level=admin1&format=csv", "CO-CHO"},
        {"introductions?level=admin1&show=leaves&format=csv", "s6"}, {"introductions?level=admin1&show=summary&format=csv", "CO-CHO"}, {"introductions?level=admin1&show=flows", "CO-CHO"}};
    static const char *const words[] = {"s6", "CO-CHO", "B.2.6", "Quibdo", "PABS-7", "restricted"};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        char target[256];
        struct reply reply;
        (void)snprintf(target, sizeof target, "/api/v1/%s", routes[i].target);
        client_get(node->port, target, &reply);
        assert_int_equal(reply.status, 200);
        assert_non_null(memmem(reply.body, reply.body_bytes, routes[i].here, strlen(routes[i].here)));
        reply_release(&reply);
        (void)snprintf(target, sizeof target, "/api/v1/%s&use=public&allowed_only=yes", routes[i].target);
        client_get(node->port, target, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(reply.body_bytes > 40);
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            if (memmem(reply.body, reply.body_bytes, words[w], strlen(words[w])) != NULL) {
                fail_msg("%s holds %s: %.*s", target, words[w], (int)reply.body_bytes, reply.body);
            }
        }
        reply_release(&reply);
    }
    json_t *tree = get_json(node, "/api/v1/tree?use=public&allowed_only=yes"), *below = json_object_get(tree, "leaves_below");
    assert_int_equal(json_integer_value(json_object_get(tree, "left_out")), 1);
    assert_int_equal(json_integer_value(json_array_get(below, 0)), GENOMES - 1);
    json_decref(tree);
}

static void expect_refused(const struct node *node, const char *target, unsigned status, const char *name, const char *says)
{
    struct reply reply;
    client_get(node->port, target, &reply);
    assert_refused(&reply, status, name);
    if (memmem(reply.body, reply.body_bytes, says, strlen(says)) == NULL) {
        fail_msg("%s: %.300s", target, reply.body);
    }
    reply_release(&reply);
}

static void what_may_not_go_and_what_is_not_there_is_refused(void **state)
{
    const struct node *node = *state;
    expect_refused(node, "/api/v1/tree?use=public", 422, "data_error", "s6: its licence (restricted)");
    expect_refused(node, "/api/v1/tree?use=public&form=newick", 422, "data_error", "s6");
    static const char *const shows[] = {"introductions", "leaves", "summary", "flows", "clusters", "crossings"};
    for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
        char target[128];
        (void)snprintf(target, sizeof target, "/api/v1/introductions?show=%s&use=public&format=csv", shows[i]);
        expect_refused(node, target, 422, "data_error", "1 of 6 genomes forbid it. The first is s6: its licence (restricted)");
    }
    expect_refused(node, "/api/v1/introductions?use=everybody", 400, "usage_error", "partner");
    expect_refused(node, "/api/v1/introductions?use=public&agreement=PABS-7", 400, "usage_error", "use=partner");
    expect_refused(node, "/api/v1/tree?sample=nobody", 404, "not_found", "nobody");
    expect_refused(node, "/api/v1/tree?dataset=other", 404, "not_found", "virus");
    expect_refused(node, "/api/v1/tree?tips=1", 400, "usage_error", "tips");
    expect_refused(node, "/api/v1/tree?form=pdf", 400, "usage_error", "newick");
    expect_refused(node, "/api/v1/tree?format=csv", 400, "usage_error", "format");
    expect_refused(node, "/api/v1/introductions?show=all", 400, "usage_error", "summary");
    expect_refused(node, "/api/v1/lineages?level=street", 400, "usage_error", "admin1");
}

static void a_node_without_genomes_says_so(void **state)
{
    const struct node *node = *state;
    json_t *sets = get_json(node, "/api/v1/genomes");
    assert_int_equal(json_array_size(json_object_get(sets, "rows")), 0);
    json_decref(sets);
    expect_refused(node, "/api/v1/tree", 404, "not_found", "none");
    expect_refused(node, "/api/v1/introductions", 404, "not_found", "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page_gets_its_document, make_node, drop_node),
        cmocka_unit_test_setup_teardown(files_have_their_names_and_forms, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_is_left_out_is_nowhere, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_may_not_go_and_what_is_not_there_is_refused, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_node_without_genomes_says_so, make_empty_node, drop_node),
    };
    return cmocka_run_group_tests_name("serve/genomes", tests, NULL, NULL);
}
