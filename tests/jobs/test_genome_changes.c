/*
 * What a node tells of proteins and gaps: amino acids on branches, deletions and insertions of its own genomes, which of them were not read; in the page's document, as CSV and
 * as Auspice JSON; without coding sequences; and for others, from whom genomes are kept.
 */
#include "vg_test.h"

#include "test_node.h"

#include "jobs/genome_tree/genome_tree.h"
#include "jobs/lineages/lineages.h"
#include "store/genomes/genomes.h"

#include <jansson.h>

/* ATG GCC AAA TTT GGG CCC TAA from site 5 on. */
static const char letters[] = "CCCCATGGCCAAATTTGGGCCCTAACCCC";
static const char gff[] = "x\t.\tCDS\t5\t25\t.\t+\t0\tgene_name=P q\n";

struct made {
    const char *name, *licence;
    struct vg_genome_difference differences[4];
    uint32_t n_differences;
    struct vg_genome_insertion insertion; /* length 0: none */
};
static const struct made genomes[] = {
    {"a", "CC0", {{10, 1, VG_BASE_C}}, 1, {0, 0, NULL}},                                                 /* AAA to CAA: P q:K3Q */
    {"b", "CC0", {{10, 1, VG_BASE_C}, {13, 3, VG_BASE_DELETED}}, 2, {0, 0, NULL}},                       /* and F4- */
    {"c", "CC0", {{10, 1, VG_BASE_C}, {13, 3, VG_BASE_DELETED}, {27, 1, VG_BASE_T}}, 3, {0, 0, NULL}},   /* and a mutation outside */
    {"d", "restricted", {{12, 2, VG_BASE_ANY}, {28, 1, VG_BASE_DELETED}}, 2, {19, 3, "AAA"}},            /* not read where b lacks it; an insertion behind codon 5 */
};

static void put_all(struct node *node, bool annotated)
{
    struct vg_genome_reference reference = {vg_text_from("V"), letters, sizeof letters - 1};
    struct vg_buffer packed;
    int64_t set = 0;
    vg_buffer_init(&packed, 0);
    vg_assert_ok(vg_genomes_begin(node->store, "v", &reference, &set, &node->error), node->error);
    for (size_t i = 0; i < sizeof genomes / sizeof *genomes; i++) {
        const struct made *one = &genomes[i];
        struct vg_genome genome = {vg_text_from(one->name), one->differences, &one->insertion, one->n_differences, one->insertion.length > 0};
        bool replaced;
        vg_buffer_clear(&packed);
        vg_genome_pack(&genome, &packed);
        const struct vg_kept_genome kept = {.name = one->name, .place = "CO", .lineage = i < 2 ? "X" : "Y", .date = 18500 + 7 * (int32_t)i, .added = 18600, .score = NAN, .terms = {"Lab", one->licence, NULL, VG_DATE_NONE}, .packed = vg_text_of(packed.data, packed.size)};
        vg_assert_ok(vg_genomes_put(node->store, set, &kept, &replaced, &node->error), node->error);
    }
    if (annotated) {
        vg_assert_ok(vg_genomes_annotate(node->store, set, gff, &node->error), node->error);
    }
    vg_assert_ok(vg_genomes_end(node->store, VG_OK, &node->error), node->error);
    vg_buffer_release(&packed);
}

static void ask(struct node *node, struct vg_tree_wish wish, struct vg_answer *answer)
{
    struct vg_request request;
    vg_request_init(&request);
    request.tree = wish;
    vg_answer_init(answer, &node->arena);
    vg_assert_ok(vg_job_tree_node(node->store, &request, &node->arena, answer, &node->error), node->error);
}

static void keep_tree(struct node *node)
{
    const struct vg_keep_tree_request request = {.threads = 1};
    struct vg_answer answer;
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_keep_tree(node->store, &request, NULL, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
}

/* What stands in a list of the document at the node of that name; NULL: null. */
static const char *told(const json_t *body, const char *list, const char *name)
{
    const json_t *names = json_object_get(body, "name");
    for (size_t v = 0; v < json_array_size(names); v++) {
        if (strcmp(json_string_value(json_array_get(names, v)), name) == 0) {
            return json_string_value(json_array_get(json_object_get(body, list), v));
        }
    }
    fail_msg("no node %s", name);
    return NULL;
}

static void document_tells_proteins_and_gaps(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    put_all(node, true);
    keep_tree(node);
    ask(node, (struct vg_tree_wish){.tips = 0}, &answer);
    json_t *body = json_loadb(answer.meta.data, answer.meta.size, 0, NULL);
    size_t n = 0;
    assert_non_null(body);
    for (size_t v = 0; v < json_array_size(json_object_get(body, "acids")); v++) {
        const char *acids = json_string_value(json_array_get(json_object_get(body, "acids"), v)), *bases = json_string_value(json_array_get(json_object_get(body, "mutations"), v));
        assert_int_equal(strcmp(acids, "P q:K3Q") == 0, strstr(bases, "A11C") != NULL); /* where the base changes, and nowhere else */
        assert_true(acids[0] == '\0' || strcmp(acids, "P q:K3Q") == 0);
        n += acids[0] != '\0';
    }
    assert_int_equal(n, 1);
    assert_string_equal(told(body, "gaps", "a"), "");
    assert_string_equal(told(body, "gaps", "b"), "14-16,P q:F4-");
    assert_string_equal(told(body, "gaps", "c"), "14-16,P q:F4-");
    assert_string_equal(told(body, "gaps", "d"), "29,19:AAA,P q:5:K,?14-16");
    assert_string_equal(told(body, "gap_events", "a"), "");
    assert_string_equal(told(body, "gap_events", "b"), "+14-16,+P q:F4-");
    assert_string_equal(told(body, "gap_events", "d"), "+19:AAA,+P q:5:K,+29");
    json_decref(body);
    vg_answer_release(&answer);
    /* For others: without d, of which the terms forbid it. */
    ask(node, (struct vg_tree_wish){.use = "public", .allowed_only = true}, &answer);
    body = json_loadb(answer.meta.data, answer.meta.size, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(body, "gaps")), json_array_size(json_object_get(body, "parent")));
    assert_null(strstr(answer.meta.data, "19:AAA"));
    json_decref(body);
    vg_answer_release(&answer);
}

static void files_tell_them_too(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    put_all(node, true);
    keep_tree(node);
    ask(node, (struct vg_tree_wish){.form = "csv"}, &answer);
    size_t n = 0;
    for (size_t i = 0; i < answer.table.n_rows; i++) {
        if (vg_text_equals(column_of(&answer.table, "name")->values.texts[i], "c")) {
            assert_true(vg_text_equals(column_of(&answer.table, "deletions")->values.texts[i], "14-16"));
            assert_true(vg_text_equals(column_of(&answer.table, "aa_substitutions")->values.texts[i], "P q:K3Q"));
            assert_true(vg_text_equals(column_of(&answer.table, "aa_deletions")->values.texts[i], "P q:F4-"));
            assert_true(vg_text_equals(column_of(&answer.table, "own_gaps")->values.texts[i], "+14-16"));
            n++;
        }
        if (vg_text_equals(column_of(&answer.table, "name")->values.texts[i], "d")) {
            assert_true(vg_text_equals(column_of(&answer.table, "insertions")->values.texts[i], "19:AAA"));
            assert_true(vg_text_equals(column_of(&answer.table, "aa_insertions")->values.texts[i], "P q:5:K"));
            n++;
        }
    }
    assert_int_equal(n, 2);
    vg_answer_release(&answer);
    ask(node, (struct vg_tree_wish){.form = "auspice"}, &answer);
    assert_non_null(strstr(answer.meta.data, "\"P_q\":{\"start\":5,\"end\":25,\"strand\":\"+\",\"display_name\":\"P q\"}"));
    assert_non_null(strstr(answer.meta.data, "\"nuc\":[\"A11C\"],\"P_q\":[\"K3Q\"]"));
    assert_non_null(strstr(answer.meta.data, "\"aa\":\"P_q: K3Q\""));
    assert_non_null(strstr(answer.meta.data, "\"deletions\":{\"value\":\"14-16\"},\"insertions\":{\"value\":\"none\"},\"aa_deletions\":{\"value\":\"P q:F4-\"}"));
    assert_non_null(strstr(answer.meta.data, "\"deletions\":{\"value\":\"none\"}"));
    assert_non_null(strstr(answer.meta.data, "\"nuc\":[\"T14-\",\"T15-\",\"T16-\"]")); /* as Auspice has them */
    assert_non_null(strstr(answer.meta.data, "\"labels\":{\"deletions\":\"14-16\"}"));
    assert_non_null(strstr(answer.meta.data, "\"insertions\":\"19:AAA\""));
    vg_answer_release(&answer);
}

static void without_coding_sequences_bases_alone(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    put_all(node, false);
    keep_tree(node);
    ask(node, (struct vg_tree_wish){.tips = 0}, &answer);
    json_t *body = json_loadb(answer.meta.data, answer.meta.size, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(body, "acids")), 0);
    assert_string_equal(told(body, "gaps", "b"), "14-16");
    json_decref(body);
    vg_answer_release(&answer);
    ask(node, (struct vg_tree_wish){.form = "auspice"}, &answer);
    assert_null(strstr(answer.meta.data, "aa_deletions"));
    vg_answer_release(&answer);
    /* And they can be told later, with the tree. */
    char path[300];
    (void)snprintf(path, sizeof path, "%s.gff3", node->folder);
    vg_assert_ok(vg_file_write_atomic(path, gff, sizeof gff - 1, &node->error), node->error);
    const struct vg_keep_tree_request request = {.threads = 1, .annotation = path};
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_keep_tree(node->store, &request, NULL, &node->arena, &answer, &node->error), node->error);
    vg_answer_release(&answer);
    ask(node, (struct vg_tree_wish){.tips = 0}, &answer);
    assert_non_null(strstr(answer.meta.data, "P q:K3Q"));
    vg_answer_release(&answer);
    static const char beyond[] = "x\t.\tCDS\t5\t999\t.\t+\t0\tID=a\n";
    vg_assert_ok(vg_file_write_atomic(path, beyond, sizeof beyond - 1, &node->error), node->error);
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_keep_tree(node->store, &request, NULL, &node->arena, &answer, &node->error), VG_DATA_ERROR);
    assert_non_null(strstr(node->error.message, "line 1, column 5"));
    vg_answer_release(&answer);
    (void)remove(path);
}

/* b and c differ from a by a deletion alone: where that is asked for they have a branching point of their own, which gains it. */
static void deletions_part_them(void **state)
{
    struct node *node = *state;
    struct vg_answer answer;
    size_t n[2] = {0, 0}, nodes[2];
    for (int k = 0; k < 2; k++) {
        const struct vg_keep_tree_request request = {.threads = 1, .deletions = k == 1};
        put_all(node, true);
        vg_answer_init(&answer, &node->arena);
        vg_assert_ok(vg_job_keep_tree(node->store, &request, NULL, &node->arena, &answer, &node->error), node->error);
        vg_answer_release(&answer);
        ask(node, (struct vg_tree_wish){.tips = 0}, &answer);
        json_t *body = json_loadb(answer.meta.data, answer.meta.size, 0, NULL), *events = json_object_get(body, "gap_events");
        nodes[k] = json_array_size(events);
        for (size_t v = 0; v < nodes[k]; v++) {
            n[k] += strstr(json_string_value(json_array_get(events, v)), "+14-16") != NULL;
        }
        assert_string_equal(told(body, "gap_events", "b"), k == 1 ? "" : "+14-16,+P q:F4-");
        assert_string_equal(told(body, "gaps", "b"), "14-16,P q:F4-");
        json_decref(body);
        vg_answer_release(&answer);
    }
    assert_true(n[0] == 2 && n[1] == 1 && nodes[1] == nodes[0] + 1);
}

/* Alarms watch amino acids and deletions, too. */
static void watched_changes_raise_alarms(void **state)
{
    struct node *node = *state;
    struct vg_lineages_growth_request request;
    struct vg_answer answer;
    static const char *const watched[] = {"A11C", "P q:K3Q", "14-16", "P q:F4-", "P q:K3R", "29", "29-29", "28"}, *const nobody[] = {"Q:K3Q"};
    static const bool seen[] = {true, true, true, true, false, true, true, false};
    put_all(node, true);
    vg_lineages_growth_request_init(&request);
    request.show = "alarms";
    request.watched = watched;
    request.n_watched = 8;
    request.least = 1;
    vg_answer_init(&answer, &node->arena);
    vg_assert_ok(vg_job_lineages_growth(node->store, &request, &node->arena, &answer, &node->error), node->error);
    size_t n = 0;
    for (size_t i = 0; i < answer.table.n_rows; i++) {
        if (vg_text_equals(column_of(&answer.table, "kind")->values.texts[i], "mutation")) {
            assert_true(vg_text_equals(column_of(&answer.table, "name")->values.texts[i], watched[n]));
            assert_int_equal(column_of(&answer.table, "raised")->values.integers[i], seen[n]);
            n++;
        }
    }
    assert_int_equal(n, 8);
    vg_answer_release(&answer);
    request.watched = nobody;
    request.n_watched = 1;
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_lineages_growth(node->store, &request, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    assert_non_null(strstr(node->error.message, "not \"Q:K3Q\""));
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(document_tells_proteins_and_gaps, make_node, drop_node),
        cmocka_unit_test_setup_teardown(files_tell_them_too, make_node, drop_node),
        cmocka_unit_test_setup_teardown(deletions_part_them, make_node, drop_node),
        cmocka_unit_test_setup_teardown(watched_changes_raise_alarms, make_node, drop_node),
        cmocka_unit_test_setup_teardown(without_coding_sequences_bases_alone, make_node, drop_node),
    };
    return vg_run_group_tests("jobs/genome_changes", tests, NULL, NULL);
}
