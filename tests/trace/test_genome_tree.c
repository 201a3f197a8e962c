/*
 * The tree and its forms: what is written reads back the same, real trees have what their description says, and damaged or hostile bytes are refused with a sentence.
 */
#include "genome_files.h"

#include <time.h>

/* -------------------------------------------------------------------- tools */

static struct vg_text word_of(const struct vg_tree_column *column, uint32_t node)
{
    return column->codes[node] == VG_TREE_NONE ? vg_text_of("", 0) : column->values[column->codes[node]];
}

static void check_column(const struct vg_tree *a, const struct vg_tree_column *column, const struct vg_tree *b, const char *other_name)
{
    char name[300];
    (void)snprintf(name, sizeof name, "%.*s", (int)column->name.size, column->name.data);
    const struct vg_tree_column *other = vg_tree_column(b, other_name == NULL ? name : other_name);
    for (uint32_t v = 0; v < a->n_nodes; v++) {
        if (column->numbers != NULL) {
            double there = other == NULL ? NAN : other->numbers[v];
            assert_true(isnan(column->numbers[v]) ? isnan(there) : fabs(column->numbers[v] - there) < 1e-9);
        } else {
            assert_true(vg_text_equal(word_of(column, v), other == NULL ? vg_text_of("", 0) : word_of(other, v)));
        }
    }
}

/* Some of Nextclade's trees have a name twice. */
static bool names_are_unique(const struct vg_tree *tree)
{
    struct vg_error error = {0};
    struct vg_tree_names *names;
    bool unique = true;
    vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        unique &= vg_tree_name(tree, v).size == 0 || vg_tree_names_find(names, vg_tree_name(tree, v)) == v;
    }
    vg_tree_names_free(names);
    return unique;
}

/* Taxonium puts the smaller of two branches first: nodes by name, with what they descend from, their mutations and facts. */
static void check_same_in_other_order(const struct vg_tree *a, const struct vg_tree *b)
{
    struct vg_error error = {0};
    struct vg_tree_names *names;
    vg_assert_ok(vg_tree_names_new(b, &names, &error), error);
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_int_equal(a->n_leaves, b->n_leaves);
    assert_int_equal(a->n_mutations, b->n_mutations);
    assert_int_equal(b->n_repaired, 0);
    bool unique = names_are_unique(a);
    for (uint32_t v = 0; unique && v < a->n_nodes; v++) {
        uint32_t there = vg_tree_name(a, v).size == 0 ? VG_TREE_NONE : vg_tree_names_find(names, vg_tree_name(a, v)), n = a->mutation_start[v + 1] - a->mutation_start[v];
        if (there == VG_TREE_NONE) {
            assert_int_equal(vg_tree_name(a, v).size, 0);
            continue;
        }
        assert_int_equal(b->mutation_start[there + 1] - b->mutation_start[there], n);
        assert_memory_equal(a->mutations + a->mutation_start[v], b->mutations + b->mutation_start[there], n * sizeof(uint32_t));
        assert_true(v == 0 || vg_tree_name(a, a->parent[v]).size == 0 || vg_text_equal(vg_tree_name(a, a->parent[v]), vg_tree_name(b, b->parent[there])));
        for (uint32_t c = 0; c < a->n_columns; c++) {
            char name[300];
            (void)snprintf(name, sizeof name, "%.*s", (int)a->columns[c].name.size, a->columns[c].name.data);
            const struct vg_tree_column *other = vg_tree_column(b, name);
            if (a->columns[c].numbers == NULL) {
                assert_true(vg_text_equal(word_of(&a->columns[c], v), other == NULL ? vg_text_of("", 0) : word_of(other, there)));
            }
        }
    }
    vg_tree_names_free(names);
}

/* The same shape, and as much else as the form carries. */
static void check_same(const struct vg_tree *a, const struct vg_tree *b, enum vg_tree_form form)
{
    if (form == VG_TREE_TAXONIUM) {
        check_same_in_other_order(a, b);
        return;
    }
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_int_equal(a->n_leaves, b->n_leaves);
    assert_memory_equal(a->parent, b->parent, a->n_nodes * sizeof(uint32_t));
    assert_memory_equal(a->end, b->end, a->n_nodes * sizeof(uint32_t));
    for (uint32_t v = 0; v < a->n_nodes; v++) {
        assert_true(vg_tree_name(a, v).size == 0 || vg_text_equal(vg_tree_name(a, v), vg_tree_name(b, v)));
    }
    if (form == VG_TREE_NEWICK) {
        return;
    }
    assert_int_equal(a->n_mutations, b->n_mutations);
    assert_memory_equal(a->mutation_start, b->mutation_start, (a->n_nodes + 1) * sizeof(uint32_t));
    assert_memory_equal(a->mutations, b->mutations, a->n_mutations * sizeof(uint32_t));
    assert_int_equal(b->n_repaired, 0);
    uint32_t clade = 0;
    for (uint32_t c = 0; c < a->n_columns; c++) {
        char name[24];
        (void)snprintf(name, sizeof name, "clade_%u", clade + 1);
        if (form != VG_TREE_PROTOBUF) {
            check_column(a, &a->columns[c], b, NULL);
        } else if (a->columns[c].is_clade) {
            check_column(a, &a->columns[c], b, name);
            clade++;
        }
    }
    if (form == VG_TREE_OWN || form == VG_TREE_AUSPICE) {
        assert_int_equal(a->length, b->length);
        assert_memory_equal(a->reference, b->reference, a->length);
    }
}

static void check_round_trips(const struct vg_tree *tree)
{
    for (enum vg_tree_form form = 0; form < VG_TREE_FORM_COUNT; form++) {
        struct vg_error error;
        struct vg_buffer out, twice;
        enum vg_tree_form guessed;
        vg_buffer_init(&out, 0);
        vg_buffer_init(&twice, 0);
        write_tree(tree, form, &out);
        assert_true(vg_tree_form_of(out.data, out.size, &guessed));
        assert_int_equal(guessed, form);
        struct vg_tree *again = read_form(form, vg_text_of(out.data, out.size), &error);
        if (again == NULL) {
            fail_msg("%s: %s", vg_tree_form_name(form), error.message);
        }
        check_same(tree, again, form);
        if (form == VG_TREE_PROTOBUF || form == VG_TREE_OWN) {
            write_tree(again, form, &twice);
            assert_int_equal(out.size, twice.size);
            assert_memory_equal(out.data, twice.data, out.size);
        }
        vg_tree_free(again);
        vg_buffer_release(&out);
        vg_buffer_release(&twice);
    }
}

/* -------------------------------------------------------------------- forms */

static void test_round_trips(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct vg_tree *tree = small_tree(seed == 1 ? 1 : 40 * (uint32_t)seed, 90, seed);
        check_round_trips(tree);
        vg_tree_free(tree);
    }
}

static void test_real_trees(void **state)
{
    static const struct { const char *folder; uint32_t nodes, leaves, mutations, length; } trees[] = {
        {"sars-cov-2", 3897, 2884, 18443, 29903}, {"dengue", 3017, 1509, 76949, 10649}, {"measles", 1691, 846, 0, 15894}, {"zika", 805, 403, 0, 10808}};
    char path[4096], relative[64];
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        (void)snprintf(relative, sizeof relative, "genomes/%s/tree.json.gz", trees[i].folder);
        vg_shared_or_skip(relative, path);
        struct vg_tree *tree = genome_tree(path, VG_TREE_AUSPICE);
        assert_int_equal(tree->n_nodes, trees[i].nodes);
        assert_int_equal(tree->n_leaves, trees[i].leaves);
        assert_int_equal(tree->length, trees[i].length);
        assert_true(trees[i].mutations == 0 || tree->n_mutations == trees[i].mutations);
        assert_int_equal(tree->n_repaired, 0);
        if (!VG_TEST_SANITIZED || i > 1) {
            check_round_trips(tree);
        }
        vg_tree_free(tree);
    }
}

/* A message of the wire format. */
static void put_field(struct vg_buffer *out, unsigned number, const void *data, size_t size)
{
    assert_true(size < 128);
    vg_buffer_char(out, (char)(number << 3 | 2));
    vg_buffer_char(out, (char)size);
    vg_buffer_append(out, data, size);
}

/* ((A,node_1_condensed_2_leaves)x,B) with what UShER writes: condensed leaves, a masked site, an ambiguous leaf, clades of two kinds. */
static void make_usher_file(struct vg_buffer *out)
{
    static const char newick[] = "((A:1,node_1_condensed_2_leaves:0)x:2,B:1);";
    struct vg_buffer list, condensed, clades;
    vg_buffer_init(&list, 0);
    vg_buffer_init(&condensed, 0);
    vg_buffer_init(&clades, 0);
    put_field(out, 1, newick, sizeof newick - 1);
    put_field(out, 2, "", 0);                                                            /* the root */
    put_field(&list, 1, "\x08\x05\x10\x01\x18\x01\x22\x01\x03", 9);                      /* x: C5T */
    put_field(&list, 1, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x22\x01\x02", 14); /* masked */
    put_field(&list, 1, "\x08\x02\x22\x01\x02\x2a\x03" "chr", 10);                       /* x: A2G, zeros left out */
    put_field(out, 2, list.data, list.size);
    vg_buffer_clear(&list);
    put_field(&list, 1, "\x08\x05\x10\x01\x18\x03\x22\x01\x01", 9);                      /* A: T5C, back again */
    put_field(&list, 1, "\x08\x09\x10\x02\x18\x02\x22\x02\x02\x03", 10);                 /* A: G9 or T: no change is needed */
    put_field(out, 2, list.data, list.size);
    put_field(out, 2, "", 0);
    vg_buffer_clear(&list);
    put_field(&list, 1, "\x08\x07\x18\x02\x20\x03", 6);                                  /* B: G7T where the reference is A: the parent is what the path tells; not packed */
    put_field(out, 2, list.data, list.size);
    put_field(&condensed, 1, "node_1_condensed_2_leaves", 25);
    put_field(&condensed, 2, "C", 1);
    put_field(&condensed, 2, "D", 1);
    put_field(out, 3, condensed.data, condensed.size);
    static const char *const entries[5][2] = {{"19A", "B"}, {"", "B.1"}, {"", ""}, {"", ""}, {"20A", ""}};
    for (size_t v = 0; v < 5; v++) {
        vg_buffer_clear(&clades);
        put_field(&clades, 1, entries[v][0], strlen(entries[v][0]));
        put_field(&clades, 1, entries[v][1], strlen(entries[v][1]));
        put_field(out, 4, clades.data, clades.size);
    }
    vg_buffer_release(&list);
    vg_buffer_release(&condensed);
    vg_buffer_release(&clades);
}

static void test_usher_file(void **state)
{
    static const char *const names[] = {"", "x", "A", "C", "D", "B"}, *const first[] = {"19A", "19A", "19A", "19A", "19A", "20A"}, *const second[] = {"B", "B.1", "B.1", "B.1", "B.1", "B"};
    struct vg_buffer bytes;
    struct vg_error error;
    (void)state;
    vg_buffer_init(&bytes, 0);
    make_usher_file(&bytes);
    struct vg_tree *tree = read_form(VG_TREE_PROTOBUF, vg_text_of(bytes.data, bytes.size), &error);
    vg_assert_ok(error.status, error);
    assert_int_equal(tree->n_nodes, 6);
    assert_int_equal(tree->n_leaves, 4);
    const struct vg_tree_column *one = vg_tree_column(tree, "clade_1"), *two = vg_tree_column(tree, "clade_2");
    for (uint32_t v = 0; v < 6; v++) {
        assert_true(vg_text_equals(vg_tree_name(tree, v), names[v]));
        assert_true(vg_text_equals(word_of(one, v), first[v]));
        assert_true(vg_text_equals(word_of(two, v), second[v]));
    }
    assert_int_equal(tree->n_mutations, 4);
    assert_int_equal(tree->mutations[0], vg_mutation(1, 0, 2));
    assert_int_equal(tree->mutations[1], vg_mutation(4, 1, 3));
    assert_int_equal(tree->mutations[2], vg_mutation(4, 3, 1));
    assert_int_equal(tree->mutations[3], vg_mutation(6, 0, 3));
    assert_int_equal(tree->n_repaired, 1);
    assert_int_equal(tree->n_ignored, 2);
    assert_int_equal(tree->length, 7);
    assert_memory_equal(tree->reference, "NANNCNA", 7);
    struct vg_genome_reference reference = {vg_text_from("r"), "TANNCNAGT", 9};
    uint32_t different;
    vg_assert_ok(vg_tree_with_reference(tree, &reference, &different, &error), error);
    assert_int_equal(different, 0);
    assert_memory_equal(tree->reference, "TANNCNAGT", 9);
    vg_tree_free(tree);
    for (size_t size = 0; size < bytes.size; size++) { /* cut off anywhere but between messages that may be left out */
        vg_tree_free(read_form(VG_TREE_PROTOBUF, vg_text_of(bytes.data, size), &error));
        assert_true(size > 100 || error.status == VG_DATA_ERROR);
    }
    /* A condensed node with nodes below it would be left out, and they would hang from nothing. */
    struct vg_buffer condensed;
    static const char newick[] = "((A,B)node_1_condensed_1_leaves,D);";
    vg_buffer_init(&condensed, 0);
    vg_buffer_clear(&bytes);
    put_field(&bytes, 1, newick, sizeof newick - 1);
    for (size_t v = 0; v < 5; v++) {
        put_field(&bytes, 2, "", 0);
    }
    put_field(&condensed, 1, "node_1_condensed_1_leaves", 25);
    put_field(&condensed, 2, "C", 1);
    put_field(&bytes, 3, condensed.data, condensed.size);
    assert_null(read_form(VG_TREE_PROTOBUF, vg_text_of(bytes.data, bytes.size), &error));
    assert_non_null(strstr(error.message, "\"node_1_condensed_1_leaves\" stands for condensed leaves"));
    vg_buffer_release(&condensed);
    vg_buffer_release(&bytes);
}

static void test_newick(void **state)
{
    static const char text[] = " ( 'it''s, (odd)':0.5[a comment] , b:1e-3,(c,d e  )'inner one':2 )root ; \n";
    static const char *const bad[] = {"", "(", "(a,b", "(a,b));", "(a,b);x", "(a,,b);", "(a,(b);", "(a,b):x;", "a,b;", "();", "(a[x", "('a,b);", "(a(b));", "(a,b:1:);", "(a\nb,c);", "(a'b',c);", "(a,b)c'd';"};
    struct vg_error error;
    (void)state;
    struct vg_tree *tree = read_form(VG_TREE_NEWICK, vg_text_from(text), &error);
    vg_assert_ok(error.status, error);
    static const char *const names[] = {"root", "it's, (odd)", "b", "inner one", "c", "d e"};
    assert_int_equal(tree->n_nodes, 6);
    for (uint32_t v = 0; v < 6; v++) {
        assert_true(vg_text_equals(vg_tree_name(tree, v), names[v]));
    }
    const struct vg_tree_column *length = vg_tree_column(tree, "branch_length");
    vg_assert_near(length->numbers[1], 0.5, 0);
    vg_assert_near(length->numbers[2], 0.001, 0);
    vg_assert_near(length->numbers[3], 2, 0);
    assert_true(isnan(length->numbers[0]));
    vg_tree_free(tree);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(read_form(VG_TREE_NEWICK, vg_text_from(bad[i]), &error));
        assert_int_equal(error.status, VG_DATA_ERROR);
    }
    /* A hundred thousand brackets, one in the other: no recursion. */
    struct vg_buffer deep;
    vg_buffer_init(&deep, 0);
    for (int i = 0; i < 100000; i++) {
        vg_buffer_char(&deep, '(');
    }
    vg_buffer_text(&deep, "a");
    for (int i = 0; i < 100000; i++) {
        vg_buffer_char(&deep, ')');
    }
    tree = read_form(VG_TREE_NEWICK, vg_text_of(deep.data, deep.size), &error);
    assert_int_equal(tree->n_nodes, 100001);
    struct vg_place_index *index;
    vg_assert_ok(vg_place_index_new(tree, NULL, 0, &index, &error), error);
    vg_place_index_free(index);
    vg_tree_free(tree);
    vg_buffer_release(&deep);
}

static void test_auspice(void **state)
{
    /* Children before the name, facts of every kind, gaps, escapes. */
    static const char text[] =
        "{\"tree\":{\"children\":[{\"name\":\"a\\u00e9\\ud83d\\ude00\",\"branch_attrs\":{\"mutations\":{\"E\":[\"K2R\"],\"nuc\":[\"A1-\",\"C3T\"]}}},"
        "{\"node_attrs\":{\"country\":{\"value\":\"Peru\",\"confidence\":{\"Peru\":1}},\"num_date\":{\"confidence\":[1,2],\"value\":2020.5},\"accession\":\"X1\",\"div\":3},"
        "\"branch_attrs\":{\"mutations\":{\"nuc\":[\"-1C\",\"G4N\"]}},\"name\":\"b\"}],\"name\":\"root\",\"node_attrs\":{\"clade_membership\":{\"value\":\"19A\"},\"x\":{\"value\":null}}},"
        "\"root_sequence\":{\"nuc\":\"aacg\"},\"meta\":{\"genome_annotations\":{\"nuc\":{\"start\":1,\"end\":4}}},\"version\":\"v2\"}";
    static const char *const bad[] = {"", "{", "{}", "[]", "{\"version\":\"v1\"}", "{\"tree\":{}}}x{", "{\"tree\":[]}", "{\"tree\":{\"children\":[1]}}", "{\"tree\":{\"children\":[{}",
        "{\"tree\":{\"name\":1}}", "{\"tree\":{\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A0T\"]}}}}", "{\"tree\":{\"branch_attrs\":{\"mutations\":{\"nuc\":[\"AT\"]}}}}",
        "{\"tree\":{\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A99999999T\"]}}}}", "{\"tree\":{},\"root_sequence\":{\"nuc\":\"\"},\"tree\":{}}", "{\"tree\":{\"name\":\"a\nb\"}}",
        "{\"tree\":{},\"root_sequence\":{\"nuc\":\"MSKGEEL\"}}", "{\"tree\":{}}{\"tree\":{}}"};
    struct vg_error error;
    (void)state;
    struct vg_tree *tree = read_form(VG_TREE_AUSPICE, vg_text_from(text), &error);
    vg_assert_ok(error.status, error);
    assert_int_equal(tree->n_nodes, 3);
    assert_true(vg_text_equals(vg_tree_name(tree, 0), "root"));
    assert_true(vg_text_equals(vg_tree_name(tree, 1), "aé😀"));
    assert_true(vg_text_equals(vg_tree_name(tree, 2), "b"));
    assert_int_equal(tree->n_mutations, 2);
    assert_int_equal(tree->mutations[0], vg_mutation(2, 1, 3));
    assert_int_equal(tree->mutations[1], vg_mutation(0, 0, 1)); /* the base under the gap was the reference's */
    assert_int_equal(tree->n_ignored, 1);  /* to N */
    assert_int_equal(tree->n_repaired, 1); /* from a gap, where none was */
    assert_int_equal(tree->n_gap_events, 1);
    assert_memory_equal(tree->reference, "AACG", 4);
    assert_true(vg_text_equals(word_of(vg_tree_column(tree, "country"), 2), "Peru"));
    assert_true(vg_text_equals(word_of(vg_tree_column(tree, "accession"), 2), "X1"));
    assert_true(vg_text_equals(word_of(vg_tree_column(tree, "clade_membership"), 2), "19A"));
    vg_assert_near(vg_tree_column(tree, "num_date")->numbers[2], 2020.5, 0);
    assert_null(vg_tree_column(tree, "x"));
    vg_tree_free(tree);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vg_tree *none = read_form(VG_TREE_AUSPICE, vg_text_from(bad[i]), &error);
        if (none != NULL) {
            fail_msg("taken: %s", bad[i]);
        }
        vg_tree_free(none);
    }
}

/* Bytes changed and cut off at random: a tree that keeps its bounds, or a sentence. */
static void test_damaged(void **state)
{
    (void)state;
    struct vg_tree *tree = small_tree(60, 80, 3);
    for (enum vg_tree_form form = 0; form < VG_TREE_FORM_COUNT; form++) {
        struct vg_buffer out;
        vg_buffer_init(&out, 0);
        write_tree(tree, form, &out);
        for (uint32_t round = 0; round < (VG_TEST_SANITIZED ? 300 : 3000); round++) {
            struct vg_random random = vg_random_stream(9, round, form, 0);
            struct vg_error error;
            size_t size = vg_random_below(&random, 3) == 0 ? vg_random_below(&random, (uint32_t)out.size) : out.size;
            char *copy = malloc(size + 1);
            memcpy(copy, out.data, size);
            for (uint32_t i = vg_random_below(&random, 4); i > 0 && size > 0; i--) {
                copy[vg_random_below(&random, (uint32_t)size)] = (char)vg_random_below(&random, 256);
            }
            struct vg_tree *again = read_form(form, vg_text_of(copy, size), &error);
            for (uint32_t v = 0; again != NULL && v < again->n_nodes; v++) {
                assert_true(v == 0 ? again->parent[v] == VG_TREE_NONE : again->parent[v] < v);
                assert_true(again->end[v] > v && again->end[v] <= again->n_nodes);
                assert_true(again->mutation_start[v] <= again->mutation_start[v + 1] && again->name_start[v] <= again->name_start[v + 1]);
            }
            vg_tree_free(again);
            free(copy);
        }
        vg_buffer_release(&out);
    }
    vg_tree_free(tree);
}

/* -------------------------------------------------------------------- parts */

static void test_states_and_ancestors(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    (void)state;
    vg_arena_init(&arena, 0);
    struct vg_tree *tree = small_tree(150, 70, 4);
    uint8_t *bases = bases_of_nodes(tree);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        struct vg_genome_difference *states;
        size_t n, at = 0;
        vg_assert_ok(vg_tree_states(tree, v, &arena, &states, &n, &error), error);
        for (uint32_t site = 0; site < tree->length; site++) {
            bool differs = "ACGT"[bases[(size_t)v * tree->length + site]] != tree->reference[site];
            assert_true(differs == (at < n && states[at].position == site));
            at += differs ? 1 : 0;
        }
        for (uint32_t w = 0; w < tree->n_nodes; w += 7) {
            uint32_t expected = v;
            while (w < expected || w >= tree->end[expected]) {
                expected = tree->parent[expected];
            }
            assert_int_equal(vg_tree_common_ancestor(tree, v, w), expected);
        }
    }
    free(bases);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

static void test_extract(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct vg_error error = {0};
        struct vg_tree *tree = small_tree(50 + 30 * (uint32_t)seed, 70, seed), *part;
        struct vg_tree_names *names;
        uint8_t *bases = bases_of_nodes(tree);
        vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
        for (uint32_t n_leaves = 1; n_leaves < tree->n_leaves + 5; n_leaves += 1 + n_leaves / 3) {
            uint32_t chosen[2] = {tree->n_nodes / 2, tree->n_nodes - 1};
            vg_assert_ok(vg_tree_extract(tree, chosen, 1 + n_leaves % 2, n_leaves, &part, &error), error);
            uint8_t *part_bases = bases_of_nodes(part);
            uint32_t least = 1 + n_leaves % 2;
            assert_true(part->n_leaves >= (n_leaves < tree->n_leaves ? n_leaves : tree->n_leaves) && part->n_leaves <= (n_leaves < least ? least : n_leaves) + 1);
            for (uint32_t v = 0; v < part->n_nodes; v++) {
                uint32_t there = vg_tree_name(part, v).size == 0 ? VG_TREE_NONE : vg_tree_names_find(names, vg_tree_name(part, v));
                assert_true(there == VG_TREE_NONE || memcmp(bases + (size_t)there * tree->length, part_bases + (size_t)v * part->length, tree->length) == 0);
                if (there != VG_TREE_NONE && vg_tree_column(tree, "clade_membership") != NULL && v > 0) {
                    const struct vg_tree_column *a = vg_tree_column(tree, "clade_membership"), *b = vg_tree_column(part, "clade_membership");
                    assert_true(vg_text_equal(word_of(a, there), word_of(b, v)));
                }
            }
            free(part_bases);
            vg_tree_free(part);
        }
        vg_tree_names_free(names);
        free(bases);
        vg_tree_free(tree);
    }
}

/* Shape as Newick and alleles as VCF: the leaves are the same, and never more mutations than there were. */
static void test_vcf(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct vg_error error = {0};
        struct vg_tree *tree = small_tree(20 + 20 * (uint32_t)seed, 70, seed), *again;
        struct vg_buffer newick, vcf;
        vg_buffer_init(&newick, 0);
        vg_buffer_init(&vcf, 0);
        write_tree(tree, VG_TREE_NEWICK, &newick);
        struct vg_tree_sink sink = vg_tree_sink_of(&vcf);
        vg_assert_ok(vg_tree_write_vcf(tree, &sink, &error), error);
        struct vg_tree *shape = read_form(VG_TREE_NEWICK, vg_text_of(newick.data, newick.size), &error);
        struct vg_text at = {vcf.data, vcf.size};
        struct vg_tree_source source = vg_tree_source_of(&at, "alleles.vcf");
        vg_assert_ok(vg_tree_add_alleles(shape, &source, &again, &error), error);
        assert_int_equal(again->n_nodes, tree->n_nodes);
        assert_true(again->n_mutations <= tree->n_mutations);
        uint8_t *bases = bases_of_nodes(tree);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            uint32_t above = v;
            for (uint32_t site = 0; vg_tree_is_leaf(tree, v) && site < again->length; site++) {
                uint8_t base = 4;
                for (above = v; base == 4 && above != VG_TREE_NONE; above = again->parent[above]) {
                    for (uint32_t m = again->mutation_start[above]; m < again->mutation_start[above + 1]; m++) {
                        base = vg_mutation_site(again->mutations[m]) == site ? (uint8_t)vg_mutation_to(again->mutations[m]) : base;
                    }
                }
                assert_int_equal(base == 4 ? (uint8_t)vg_base_of_letter(tree->reference[site]) : base, bases[(size_t)v * tree->length + site]);
            }
        }
        free(bases);
        vg_tree_free(again);
        vg_tree_free(shape);
        vg_tree_free(tree);
        vg_buffer_release(&newick);
        vg_buffer_release(&vcf);
    }
}

#define VCF_HEADING "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"

static void test_vcf_refusals(void **state)
{
    static const char *const bad[][2] = {
        {"", "heading #CHROM is missing"}, {"x\n", "heading #CHROM is missing"}, {VCF_HEADING "\tnobody\n", "line 1: none of the samples"}, {"1\t2\n", "line 1"},
        {VCF_HEADING "\ta\tb\n1\t3\t.\tA\tC\t.\t.\t.\tGT\t1\n", "line 2: fewer genotypes than samples"},
        {VCF_HEADING "\ta\tb\n1\t3\t.\tA\tC\t.\t.\t.\tGT\t1\t0\t0\n", "line 2: more genotypes than samples"},
        {VCF_HEADING "\ta\tb\n1\t3\t.\tA\tC\t.\t.\t.\tGT\t1\t2\n", "line 2: a genotype that is neither"},
        {VCF_HEADING "\ta\tb\ta\n", "line 1: a sample is there twice"},
        {VCF_HEADING "\ta\tb\n1\t3\t.\tA\tC\t.\t.\t.\tGT\t1\t0\n1\t3\t.\tG\tC\t.\t.\t.\tGT\t0\t1\n", "line 3: REF is another base"}};
    struct vg_error error = {0};
    struct vg_tree *shape = read_form(VG_TREE_NEWICK, vg_text_from("((a,b)c,d)e;"), &error), *again;
    struct vg_buffer wide;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vg_text at = vg_text_from(bad[i][0]);
        struct vg_tree_source source = vg_tree_source_of(&at, "alleles.vcf");
        assert_int_equal(vg_tree_add_alleles(shape, &source, &again, &error), VG_DATA_ERROR);
        assert_null(again);
        if (strstr(error.message, bad[i][1]) == NULL) {
            fail_msg("%s: %s", bad[i][0], error.message);
        }
    }
    /* Samples without a name take no room in the line. */
    vg_buffer_init(&wide, 0);
    vg_buffer_text(&wide, VCF_HEADING);
    for (unsigned i = 0; i < 5000; i++) {
        vg_buffer_char(&wide, '\t');
    }
    vg_buffer_text(&wide, "a\n");
    struct vg_text at = vg_text_of(wide.data, wide.size);
    struct vg_tree_source source = vg_tree_source_of(&at, "alleles.vcf");
    vg_assert_ok(vg_tree_add_alleles(shape, &source, &again, &error), error);
    assert_int_equal(again->n_mutations, 0);
    vg_tree_free(again);
    vg_tree_free(shape);
    vg_buffer_release(&wide);
}

/* Mutations of one node in any order, some sites twice: what comes last counts, and time grows as n log n. */
static void test_many_mutations_of_one_node(void **state)
{
    enum { SITES = 200000 };
    double in_order = 0;
    struct vg_error error = {0};
    struct vg_random random = vg_random_stream(4, 0, 0, 0);
    struct vg_tree *tree;
    static uint8_t last[SITES];
    static uint32_t order[SITES];
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        struct vg_tree_builder *builder = vg_tree_builder_new();
        uint32_t at = 0;
        (void)vg_tree_builder_node(builder, vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root")), vg_text_from("leaf"));
        for (uint32_t i = 0; i < SITES; i++) {
            order[i] = round == 0 ? i : round == 1 ? SITES - 1 - i : vg_random_below(&random, SITES);
            last[i] = 0;
        }
        clock_t start = clock();
        for (uint32_t i = 0; i < SITES; i++) {
            uint8_t to = (uint8_t)(1 + i % 3);
            vg_tree_builder_mutation(builder, order[i], 0, to);
            last[order[i]] = to;
        }
        vg_assert_ok(vg_tree_builder_finish(builder, NULL, &tree, &error), error);
        double took = 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC;
        in_order = round == 0 ? took : in_order;
        print_message("%u mutations of one node: %.1f ms\n", SITES, took);
        assert_true(took <= 20 * in_order + 20);
        for (uint32_t site = 0; site < SITES; site++) {
            if (last[site] != 0) {
                assert_int_equal(tree->mutations[at++], vg_mutation(site, 0, last[site]));
            }
        }
        assert_int_equal(at, tree->n_mutations);
        vg_tree_free(tree);
    }
}

/* -------------------------------------------------------------------- maple */

static vg_status read_maple(const char *text, struct vg_arena *arena, struct vg_genome *genomes, size_t *n, struct vg_genome_reference *reference, struct vg_buffer *again,
                            struct vg_error *error)
{
    struct vg_text at = vg_text_from(text);
    struct vg_tree_source source = vg_tree_source_of(&at, "file.maple");
    struct vg_maple_reader *reader;
    bool more = true;
    *n = 0;
    vg_status status = vg_maple_open(&source, &reader, reference, error);
    if (status == VG_OK && again != NULL && reference->length > 0) {
        vg_maple_put_reference(reference, again);
    }
    while (status == VG_OK) {
        status = vg_maple_next(reader, arena, &genomes[*n], &more, error);
        if (!more) {
            break;
        }
        if (status == VG_OK && again != NULL) {
            vg_maple_put(&genomes[*n], again);
        }
        (*n)++;
    }
    reference->letters = NULL; /* they end with the reader */
    vg_maple_close(reader);
    return status;
}

static void test_maple(void **state)
{
    static const char text[] = ">ref\nacgtn\nacgtacgtac\n>one\nt\t1\nn\t3\t4\n-\t9\t2\n>empty\n>two\r\nr\t5\r\nt\t4\r\n-\t12\r\nn\t15";
    static const char *const bad[][2] = {{"", "empty"}, {"a\t1\n", "starts with >"}, {">a\nz\t1\n", "line 2"}, {">a\nt\t0\n", "line 2"}, {">a\nt\t1\t3\n", "runs"},
                                         {">r\nacgt\n>a\nt\t5\n", "beyond the 4 sites"}, {">a\nn\t2\t3\nt\t3\n", "same site"}, {">r\nac9t\n", "no base"}, {">\n", "without a name"}};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_genome genomes[8];
    struct vg_genome_reference reference;
    struct vg_buffer again;
    size_t n;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&again, 0);
    vg_assert_ok(read_maple(text, &arena, genomes, &n, &reference, &again, &error), error);
    assert_int_equal(n, 3);
    assert_int_equal(reference.length, 15);
    assert_int_equal(genomes[0].n_differences, 3);
    assert_int_equal(genomes[0].differences[1].length, 4);
    assert_int_equal(genomes[0].differences[2].base, VG_BASE_DELETED);
    assert_int_equal(genomes[1].n_differences, 0);
    assert_true(vg_text_equals(genomes[2].name, "two"));
    assert_int_equal(genomes[2].differences[0].position, 3);
    assert_int_equal(genomes[2].differences[1].base, VG_BASE_A | VG_BASE_G);
    assert_string_equal(again.data, ">ref\nacgtnacgtacgtac\n>one\nt\t1\nn\t3\t4\n-\t9\t2\n>empty\n>two\nt\t4\nr\t5\n-\t12\t1\nn\t15\t1\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_maple(bad[i][0], &arena, genomes, &n, &reference, NULL, &error), VG_DATA_ERROR);
        if (strstr(error.message, bad[i][1]) == NULL) {
            fail_msg("%s: %s", bad[i][0], error.message);
        }
    }
    struct vg_buffer endless; /* what never ends is refused before it is held */
    vg_buffer_init(&endless, 0);
    vg_buffer_text(&endless, ">r\n");
    for (uint32_t i = 0; i <= VG_GENOME_LENGTH_MAX; i++) {
        vg_buffer_text(&endless, i % 1000 == 999 ? "a\n" : "a");
    }
    vg_buffer_text(&endless, "\n!\n");
    assert_int_equal(read_maple(endless.data, &arena, genomes, &n, &reference, NULL, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "line 264: the reference has more than 262144 sites"));
    vg_buffer_clear(&endless);
    vg_buffer_text(&endless, ">r\n");
    for (uint32_t i = 0; i < 5u << 20; i++) {
        vg_buffer_char(&endless, 'a');
    }
    assert_int_equal(read_maple(endless.data, &arena, genomes, &n, &reference, NULL, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "line 2: a line of more than 4194304 bytes"));
    vg_buffer_release(&endless);
    vg_assert_ok(read_maple(">a\nt\t1\n>b\n", &arena, genomes, &n, &reference, NULL, &error), error); /* no reference */
    assert_int_equal(n, 2);
    assert_int_equal(reference.length, 0);
    vg_buffer_release(&again);
    vg_arena_release(&arena);
}

static void test_rebase(void **state)
{
    static const struct vg_genome_reference from = {{"f", 1}, "ACGTACGTAC", 10};
    static const char to[] = "ACCTANGTGC";
    static const struct vg_genome_difference given[] = {{1, 1, VG_BASE_T}, {2, 1, VG_BASE_C}, {7, 2, VG_BASE_ANY}};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_rebase *rebase;
    struct vg_genome genome = {.name = {"x", 1}, .differences = given, .n_differences = 3}, out;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_rebase_new(&from, to, 10, &rebase, &error), error);
    assert_int_equal(vg_rebase_count(rebase), 2); /* sites 3 and 9; the N tells nothing */
    vg_assert_ok(vg_rebase(rebase, &genome, &arena, &out, &error), error);
    assert_int_equal(out.n_differences, 2); /* C3 is what the new one has; 8 and 9 are not known */
    assert_int_equal(out.differences[0].position, 1);
    assert_int_equal(out.differences[1].position, 7);
    genome.n_differences = 0;
    vg_assert_ok(vg_rebase(rebase, &genome, &arena, &out, &error), error);
    assert_int_equal(out.n_differences, 2);
    assert_int_equal(out.differences[0].base, VG_BASE_G);
    assert_int_equal(out.differences[1].base, VG_BASE_A);
    vg_rebase_free(rebase);
    assert_int_equal(vg_rebase_new(&from, to, 11, &rebase, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_real_trees),
        cmocka_unit_test(test_usher_file),
        cmocka_unit_test(test_newick),
        cmocka_unit_test(test_auspice),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_states_and_ancestors),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_vcf),
        cmocka_unit_test(test_vcf_refusals),
        cmocka_unit_test(test_many_mutations_of_one_node),
        cmocka_unit_test(test_maple),
        cmocka_unit_test(test_rebase),
    };
    return vg_run_group_tests("tree", tests, NULL, NULL);
}
