/*
 * Deletions and insertions through vigia place and vigia tree: a tree that grows keeps those it had, those of what is added are where its genomes were read, the same through
 * files, and what a form has no room for is counted. And names that several nodes have.
 */
#include "vg_test.h"

#include "answer_fixture.h"

#include "jobs/place/place.h"

static int64_t count_of(const struct vg_answer *answer, const char *name)
{
    for (size_t k = 0; k < answer->table.n_columns; k++) {
        if (strcmp(answer->table.columns[k].name, name) == 0) {
            return answer->table.columns[k].values.integers[0];
        }
    }
    fail_msg("no column %s", name);
    return -1;
}

/* What each named node lacks and has between. */
static const char *gaps_of(struct fixture *f, const struct vg_tree *tree, const char *name)
{
    struct vg_tree_names *names;
    const struct vg_genome **genomes;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_assert_ok(vg_tree_names_new(tree, &names, &f->error), f->error);
    vg_assert_ok(vg_tree_gap_genomes(tree, &f->arena, &genomes, &f->error), f->error);
    uint32_t v = vg_tree_names_find(names, vg_text_from(name));
    assert_int_not_equal(v, VG_TREE_NONE);
    vg_genome_put_deletions(genomes[v], &text);
    vg_buffer_char(&text, '|');
    vg_genome_put_insertions(genomes[v], &text);
    const char *copy = vg_arena_copy_bytes(&f->arena, text.data, text.size);
    vg_tree_names_free(names);
    vg_buffer_release(&text);
    return copy;
}

static const char auspice[] =
    "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":["
    "{\"name\":\"x\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A1G\",\"T8-\",\"A9-\"]}},\"children\":["
    "{\"name\":\"a\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"C2T\"]}}},{\"name\":\"b\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"-8T\",\"-9A\",\"G30A\"]}}}]},"
    "{\"name\":\"d\"}]},\"root_sequence\":{\"nuc\":\"ACGTCCGTATAGGCATCCGATTACGGCATGCAT\"}}";

/* Near a: told otherwise, as letters repeat (TATA: 8-9 is 9-10); not read there; another one. Near d: one that is b's by its base alone. */
static const char genomes[] = ">ref\nacgtccgtataggcatccgattacggcatgcat\n>p\ng\t1\nt\t2\n-\t9\t2\n>q\ng\t1\nt\t2\nn\t7\t6\n>r\ng\t1\nt\t2\n-\t20\t3\n>s\na\t30\n-\t20\t3\n";

static void growth_keeps_gaps(void **state)
{
    struct fixture f;
    struct vg_opened_tree grown;
    struct vg_place_request place = {.n_samples = 1, .threads = 1};
    (void)state;
    begin(&f);
    const char *samples = write_file(&f, "g.maple", genomes, strlen(genomes));
    place.tree_path = write_file(&f, "tree.json", auspice, strlen(auspice));
    place.sample_paths = &samples;
    static const char *const outs[] = {"grown.json", "grown.vgt", "all.json", "masked.json"};
    for (size_t i = 0; i < 4; i++) {
        again(&f);
        place.out = vg_arena_format(&f.arena, "%s/%s", f.folder, outs[i]);
        place.refine_all = i == 2;
        place.mask = i == 3 ? "21" : NULL;
        vg_assert_ok(vg_job_place(&place, NULL, &f.arena, &f.answer, &f.error), f.error);
        assert_null(strstr(f.answer.meta.data, "left_out"));
        vg_assert_ok(vg_job_open_tree(place.out, NULL, &grown, &f.error), f.error);
        assert_string_equal(gaps_of(&f, grown.tree, "a"), "8-9|");
        assert_string_equal(gaps_of(&f, grown.tree, "b"), "|");
        assert_string_equal(gaps_of(&f, grown.tree, "d"), "|");
        assert_string_equal(gaps_of(&f, grown.tree, "p"), "8-9|"); /* as the tree calls it */
        assert_string_equal(gaps_of(&f, grown.tree, "q"), i == 2 ? "|" : "8-9|"); /* as those around it; where all may move, two gains are as few as a gain and r's loss */
        assert_string_equal(gaps_of(&f, grown.tree, "r"), i == 3 ? "|" : "20-22|");
        assert_string_equal(gaps_of(&f, grown.tree, "s"), i == 3 ? "|" : "20-22|");
        assert_null(vg_tree_column(grown.tree, "vigia_given_node"));
        const struct vg_tree_column *told = vg_tree_column(grown.tree, "deletions");
        assert_non_null(told);
        vg_job_close_tree(&grown);
    }
    /* Counted, and in a form that has no room for them. */
    again(&f);
    struct vg_tree_request request = {.path = vg_arena_format(&f.arena, "%s/grown.vgt", f.folder), .out = vg_arena_format(&f.arena, "%s/grown.pb", f.folder)};
    vg_assert_ok(vg_job_tree(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(count_of(&f.answer, "deletions"), 2);
    assert_int_equal(count_of(&f.answer, "insertions"), 0);
    int64_t events = count_of(&f.answer, "gap_events");
    assert_int_equal(events, 5); /* x gains and b loses the one, r and s gain the other, r loses what its like have */
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\"gap_events_left_out\":%d", (int)events);
    assert_non_null(strstr(f.answer.meta.data, wanted));
    again(&f);
    request = (struct vg_tree_request){.path = vg_arena_format(&f.arena, "%s/grown.pb", f.folder)};
    vg_assert_ok(vg_job_tree(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(count_of(&f.answer, "gap_events"), 0);
    end(&f);
}

/* The columns that were all that older files had of them are what leaves tell. */
static void columns_are_told(void **state)
{
    static const char text[] =
        "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":[{\"name\":\"x\",\"children\":["
        "{\"name\":\"a\",\"node_attrs\":{\"deletions\":{\"value\":\"3-5\"}}},{\"name\":\"b\",\"node_attrs\":{\"deletions\":{\"value\":\"3-5\"}}}]},"
        "{\"name\":\"d\",\"node_attrs\":{\"deletions\":{\"value\":\"none\"}}}]},\"root_sequence\":{\"nuc\":\"ACGTCCGTATAG\"}}";
    struct fixture f;
    struct vg_opened_tree opened;
    (void)state;
    begin(&f);
    vg_assert_ok(vg_job_open_tree(write_file(&f, "old.json", text, strlen(text)), NULL, &opened, &f.error), f.error);
    assert_int_equal(opened.tree->n_gap_events, 1);
    assert_int_equal(opened.tree->gap_events[0].node, 1);
    const char *path = vg_arena_format(&f.arena, "%s/new.vgt", f.folder);
    vg_assert_ok(vg_job_save_tree(opened.tree, path, NULL, &f.error), f.error);
    vg_job_close_tree(&opened);
    vg_assert_ok(vg_job_open_tree(path, NULL, &opened, &f.error), f.error);
    assert_int_equal(opened.tree->n_gap_events, 1);
    vg_job_close_tree(&opened);
    end(&f);
}

/* Sequences have insertions, too; real genomes on a real tree lack what they lack, and the tree's own nodes what they lacked. */
static void real_genomes(void **state)
{
    char set[4096], tree_path[4096], sequences[4096];
    struct fixture f;
    struct vg_opened_tree base, grown;
    struct vg_tree_names *names;
    const struct vg_genome **before, **after;
    uint32_t n_same = 0, n_added = 0;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2", set);
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", tree_path);
    vg_shared_or_skip("genomes/sars-cov-2/sequences.fasta.gz", sequences);
    begin(&f);
    const char *samples = sequences;
    const struct vg_place_request place = {.n_samples = 1, .threads = 1, .tree_path = tree_path, .sample_paths = &samples, .data_set = set, .out = vg_arena_format(&f.arena, "%s/grown.vgt", f.folder)};
    vg_assert_ok(vg_job_place(&place, NULL, &f.arena, &f.answer, &f.error), f.error);
    vg_assert_ok(vg_job_open_tree(tree_path, NULL, &base, &f.error), f.error);
    vg_assert_ok(vg_job_open_tree(place.out, NULL, &grown, &f.error), f.error);
    vg_assert_ok(vg_tree_gap_genomes(base.tree, &f.arena, &before, &f.error), f.error);
    vg_assert_ok(vg_tree_gap_genomes(grown.tree, &f.arena, &after, &f.error), f.error);
    vg_assert_ok(vg_tree_names_new(base.tree, &names, &f.error), f.error);
    const struct vg_tree_column *told = vg_tree_column(grown.tree, "deletions"), *between = vg_tree_column(grown.tree, "insertions");
    struct vg_gap_index index;
    vg_assert_ok(vg_gap_index_new(grown.tree, &f.arena, &index, &f.error), f.error);
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        uint32_t there = vg_tree_names_find(names, vg_tree_name(grown.tree, v));
        if (there != VG_TREE_NONE) {
            assert_int_equal(before[there]->n_differences, after[v]->n_differences);
            assert_memory_equal(before[there]->differences, after[v]->differences, after[v]->n_differences * sizeof(struct vg_genome_difference));
            n_same++;
        }
        if (!vg_tree_is_leaf(grown.tree, v) || told->codes[v] == VG_TREE_NONE) {
            continue;
        }
        struct vg_gap_list list = {0};
        assert_true(vg_gap_list_read(told->values[told->codes[v]], &f.arena, &list));
        for (size_t d = 0; d < list.n_deletions; d++) { /* each that the tree knows, or has known by another place, the leaf has */
            uint32_t gap = vg_gap_index_find(&index, list.deletions[d].position, list.deletions[d].length, NULL);
            bool has = false;
            for (uint32_t i = 0; gap != VG_TREE_NONE && i < after[v]->n_differences; i++) {
                has |= after[v]->differences[i].position == grown.tree->gaps[gap].position && after[v]->differences[i].length == grown.tree->gaps[gap].length;
            }
            n_added += has;
        }
        if (between->codes[v] != VG_TREE_NONE && !vg_text_equals(between->values[between->codes[v]], "none")) {
            assert_int_equal(after[v]->n_insertions, 1);
        }
    }
    assert_int_equal(n_same, 3897);
    assert_true(grown.tree->n_gap_events < base.tree->n_gap_events + 84);
    print_message("    %u deletions of the genomes are theirs on the tree; %u events, %u of which the tree had\n", n_added, grown.tree->n_gap_events, base.tree->n_gap_events);
    assert_true(n_added > 200);
    vg_tree_names_free(names);
    vg_job_close_tree(&base);
    vg_job_close_tree(&grown);
    end(&f);
}

/* Genomes that a deletion alone sets apart have a place of their own where that is asked for: below it, nothing else moved. */
static void deletions_part_polytomies(void **state)
{
    static const char more[] = ">ref\nacgtccgtataggcatccgattacggcatgcat\n>p\n-\t20\t3\n>q\n>r\n-\t20\t3\nt\t30\n>s\ng\t1\n-\t20\t3\n>t\ng\t1\nn\t8\t2\n-\t20\t3\n";
    struct fixture f;
    struct vg_opened_tree grown;
    struct vg_tree_names *names;
    int64_t nodes[2], parsimony[2], events[2];
    (void)state;
    begin(&f);
    const char *samples = write_file(&f, "g.maple", more, strlen(more));
    struct vg_place_request place = {.n_samples = 1, .threads = 1, .sample_paths = &samples, .tree_path = write_file(&f, "tree.json", auspice, strlen(auspice))};
    for (int k = 0; k < 2; k++) {
        again(&f);
        place.deletions = k == 1;
        place.out = vg_arena_format(&f.arena, "%s/parted%d.json", f.folder, k);
        vg_assert_ok(vg_job_place(&place, NULL, &f.arena, &f.answer, &f.error), f.error);
        vg_assert_ok(vg_job_open_tree(place.out, NULL, &grown, &f.error), f.error);
        nodes[k] = grown.tree->n_nodes;
        parsimony[k] = grown.tree->n_mutations;
        events[k] = grown.tree->n_gap_events;
        vg_assert_ok(vg_tree_names_new(grown.tree, &names, &f.error), f.error);
        uint32_t p = vg_tree_names_find(names, vg_text_from("p")), q = vg_tree_names_find(names, vg_text_from("q")), r = vg_tree_names_find(names, vg_text_from("r"));
        uint32_t s = vg_tree_names_find(names, vg_text_from("s")), t = vg_tree_names_find(names, vg_text_from("t")), x = vg_tree_names_find(names, vg_text_from("x"));
        assert_true(grown.tree->parent[q] == 0 && grown.tree->parent[p] != x);
        assert_int_equal(grown.tree->parent[p] == grown.tree->parent[r] && grown.tree->parent[p] != 0, k == 1);
        assert_int_equal(grown.tree->parent[s] == grown.tree->parent[t] && grown.tree->parent[s] != x, k == 1);
        assert_string_equal(gaps_of(&f, grown.tree, "p"), "20-22|");
        assert_string_equal(gaps_of(&f, grown.tree, "r"), "20-22|");
        assert_string_equal(gaps_of(&f, grown.tree, "q"), "|");
        assert_string_equal(gaps_of(&f, grown.tree, "a"), "8-9|");
        const struct vg_tree_column *told = vg_tree_column(grown.tree, "deletions");
        assert_true(vg_text_equals(told->values[told->codes[r]], "20-22") && vg_text_equals(told->values[told->codes[q]], "none"));
        vg_tree_names_free(names);
        vg_job_close_tree(&grown);
    }
    assert_int_equal(nodes[1], nodes[0] + 2);
    assert_int_equal(parsimony[1], parsimony[0]);
    assert_int_equal(events[1], events[0] - 2);
    end(&f);
}

/* A name that two leaves have is read in every form, and what is asked by it is not guessed. */
static void names_are_not_guessed(void **state)
{
    static const char newick[] = "((PNG:1,b:2)x:1,(PNG:1,d:2)y:1)root;";
    static const char vcf[] = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tPNG\tb\nr\t1\t.\tA\tG\t.\t.\t.\tGT\t1\t0\n";
    static const char *const outs[] = {"two.json", "two.vgt", "two.jsonl", "two.pb"};
    struct fixture f;
    (void)state;
    begin(&f);
    const char *path = write_file(&f, "two.nwk", newick, strlen(newick));
    for (size_t i = 0; i < 4; i++) {
        struct vg_tree_request request = {.path = path, .out = vg_arena_format(&f.arena, "%s/%s", f.folder, outs[i])};
        again(&f);
        vg_assert_ok(vg_job_tree(&request, &f.arena, &f.answer, &f.error), f.error);
        again(&f);
        request = (struct vg_tree_request){.path = request.out};
        vg_assert_ok(vg_job_tree(&request, &f.arena, &f.answer, &f.error), f.error);
        assert_int_equal(count_of(&f.answer, "leaves"), 4);
        assert_non_null(strstr(f.answer.meta.data, "\"repeated_names\":1,\"first_repeated_name\":\"PNG\""));
        assert_non_null(strstr(f.answer.warning, "1 node of the tree has a name that another has, too"));
        const char *sample = "PNG";
        request.samples = &sample;
        request.n_samples = request.n_leaves = 1;
        again(&f);
        assert_int_equal(vg_job_tree(&request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
        assert_non_null(strstr(f.error.message, "2 nodes are called \"PNG\": say which by number, node_3, node_6"));
        sample = "node_6";
        again(&f);
        vg_assert_ok(vg_job_tree(&request, &f.arena, &f.answer, &f.error), f.error);
        assert_int_equal(count_of(&f.answer, "leaves"), 1);
        assert_null(f.answer.warning);
        sample = "node_8";
        again(&f);
        assert_int_equal(vg_job_tree(&request, &f.arena, &f.answer, &f.error), VG_NOT_FOUND);
    }
    again(&f);
    const struct vg_tree_request alleles = {.path = path, .vcf = write_file(&f, "two.vcf", vcf, strlen(vcf))};
    assert_int_equal(vg_job_tree(&alleles, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "line 2: a sample has a name that several nodes of the tree have"));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_not_guessed), cmocka_unit_test(growth_keeps_gaps), cmocka_unit_test(deletions_part_polytomies), cmocka_unit_test(columns_are_told), cmocka_unit_test(real_genomes)};
    return vg_run_group_tests("jobs/place_gaps", tests, NULL, NULL);
}
