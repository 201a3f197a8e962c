/*
 * Names of candidates for lineages of their own: none that the tree or the list of aliases has in any form, in short where that has letters.
 */
#include "vg_test.h"

#include "answer_fixture.h"

#include "jobs/lineages/lineages.h"
#include "jobs/place/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe stays one, with the same bytes through it as are in the file. */
static void save_through_a_pipe(struct fixture *f, const struct vg_tree *tree, const char *path)
{
    const char *pipe_path = vg_arena_format(&f->arena, "%s/pipe.json", f->folder);
    struct vg_file_map map;
    struct stat about;
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    vg_assert_ok(vg_job_save_tree(tree, pipe_path, NULL, &f->error), f->error);
    vg_assert_ok(vg_file_map_open(path, &map, &f->error), f->error);
    char *heard = vg_arena_alloc(&f->arena, map.size + 1, 1);
    assert_int_equal(read(reader, heard, map.size + 1), map.size);
    assert_memory_equal(heard, map.data, map.size);
    vg_file_map_close(&map);
    assert_true(lstat(pipe_path, &about) == 0 && S_ISFIFO(about.st_mode));
    (void)close(reader);
    (void)unlink(pipe_path);
}

/* A name is no candidate's where the tree or the list of aliases has it in any form. */
static void test_names_of_candidates(void **state)
{
    static const char aliases[] = "{\"B\": \"\", \"BA\": \"B.1.1.529\", \"BC\": \"B.1.1.529.2.2.1\", \"BD\": \"B.1.1.529.2.4.1\"}";
    struct fixture f;
    struct vg_lineages_tree_request request;
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_tree *tree = NULL;
    uint32_t site = 0;
    (void)state;
    begin(&f);
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root")), lineage = vg_tree_builder_column(builder, vg_text_from("lineage"), true, false);
    vg_tree_builder_word(builder, lineage, vg_text_from("BA.2"));
    for (int c = 0; c < 2; c++) {
        uint32_t clade = vg_tree_builder_node(builder, root, vg_text_from(c == 0 ? "first" : "second"));
        for (int m = 0; m < 5 - c; m++) {
            vg_tree_builder_mutation(builder, site++, 0, 1);
        }
        for (int i = 0; i < 30; i++) {
            (void)vg_tree_builder_node(builder, clade, vg_text_from(vg_arena_format(&f.arena, "leaf %d %d", c, i)));
        }
    }
    (void)vg_tree_builder_node(builder, root, vg_text_from("other"));
    vg_tree_builder_word(builder, lineage, vg_text_from("B.1.1.529.2.1"));
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &tree, &f.error), f.error);
    const char *path = vg_arena_format(&f.arena, "%s/tree.json", f.folder);
    vg_assert_ok(vg_job_save_tree(tree, path, NULL, &f.error), f.error);
    save_through_a_pipe(&f, tree, path);
    vg_lineages_tree_request_init(&request);
    request.tree_path = path;
    request.aliases_path = write_file(&f, "alias_key.json", aliases, sizeof aliases - 1);
    vg_assert_ok(vg_job_lineages_designate(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 2);
    const struct vg_column *candidate = column(&f.answer.table, "candidate");
    assert_true(vg_text_equals(candidate->values.texts[0], "BA.2.3")); /* 1 is in the tree, 2 and 4 are in the list */
    assert_true(vg_text_equals(candidate->values.texts[1], "BA.2.5"));
    again(&f);
    request.least_mutations = 5; /* the second has four */
    vg_assert_ok(vg_job_lineages_designate(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 1);
    vg_tree_free(tree);
    end(&f);
}

/* Recombinants' letters stand for themselves, and what descends from them has letters of its own; where a list has none a number is added. */
static void test_names_below_recombinants(void **state)
{
    static const char aliases[] = "{\"B\": \"\", \"BJ\": \"B.1.1.529.2.10.1\", \"BM\": \"B.1.1.529.2.75.3\", \"XBB\": [\"BJ.1\", \"BM.1.1.1\"], \"EG\": \"XBB.1.9.2\", \"HK\": \"XBB.1.9.2.5.1.1\"}";
    static const struct { const char *lineage, *candidate; } cases[] = {{"XBB", "XBB.2"}, {"EG.5.1.1", "HK.1"}, {"XBB.1.9.2.5.1.1", "HK.2"}, {"EG.5.1.2", "EG.5.1.2.1"}, {"XBB.1.9", "XBB.1.9.1"}};
    struct fixture f;
    struct vg_lineages_tree_request request;
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_tree *tree = NULL;
    uint32_t site = 0, root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root")), lineage = vg_tree_builder_column(builder, vg_text_from("lineage"), true, false);
    size_t n = sizeof cases / sizeof *cases;
    (void)state;
    begin(&f);
    for (size_t c = 0; c < n; c++) {
        uint32_t founder = vg_tree_builder_node(builder, root, vg_text_from(vg_arena_format(&f.arena, "founder %zu", c)));
        vg_tree_builder_word(builder, lineage, vg_text_from(cases[c].lineage));
        uint32_t clade = vg_tree_builder_node(builder, founder, vg_text_from(vg_arena_format(&f.arena, "clade %zu", c)));
        vg_tree_builder_mutation(builder, site++, 0, 1);
        for (int i = 0; i < 30; i++) {
            (void)vg_tree_builder_node(builder, clade, vg_text_from(vg_arena_format(&f.arena, "leaf %zu %d", c, i)));
        }
        (void)vg_tree_builder_node(builder, founder, vg_text_from(vg_arena_format(&f.arena, "other %zu", c)));
    }
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &tree, &f.error), f.error);
    const char *path = vg_arena_format(&f.arena, "%s/tree.json", f.folder);
    vg_assert_ok(vg_job_save_tree(tree, path, NULL, &f.error), f.error);
    vg_lineages_tree_request_init(&request);
    request.tree_path = path;
    request.aliases_path = write_file(&f, "alias_key.json", aliases, sizeof aliases - 1);
    vg_assert_ok(vg_job_lineages_designate(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, n);
    const struct vg_column *candidate = column(&f.answer.table, "candidate");
    for (size_t i = 0; i < n; i++) {
        char *got = vg_arena_copy_bytes(&f.arena, candidate->values.texts[i].data, candidate->values.texts[i].size);
        assert_string_equal(got, cases[i].candidate);
    }
    vg_tree_free(tree);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_of_candidates), cmocka_unit_test(test_names_below_recombinants)};
    return vg_run_group_tests("lineages_names", tests, NULL, NULL);
}
