/*
 * The tree of a node's genomes: grown from nothing and on a given tree it is as short as the one that the genomes were drawn from; its parts are what was asked for; terms keep genomes here; places
 * become regions; introductions and shares of the node are those of the same tree and table as files.
 */
#include "vg_test.h"

#include "grown_tree.h"
#include "test_node.h"

#include "jobs/genome_tree/genome_tree.h"
#include "jobs/genome_tree/joined.h"
#include "jobs/lineages/lineages.h"
#include "jobs/place/place.h"
#include "trace/genome/clock/clock.h"

#include <jansson.h>

#define SET "virus"
enum { LEAVES = 220, REGIONS = 4 };
static const char *const places[REGIONS] = {"CO-ANT", "CO-CAL", "EC-P", "Brasil"}; /* the last one by its name */
static const char *const codes[REGIONS] = {"CO-ANT", "CO-CAL", "EC-P", "BR"};

struct world {
    struct node *node;
    struct grown_tree grown;
    struct vg_genome_reference reference;
    struct vg_answer answer;
    int32_t as_of; /* of questions about introductions */
};

static void begin(struct world *world, void **state)
{
    struct node *node = *state;
    uint32_t longest = 0;
    *world = (struct world){.node = node, .as_of = VG_DATE_NONE, .grown = {.n_leaves = LEAVES, .mutation_rate = 18, .split_rate = 8, .sampling_rate = 2, .n_regions = REGIONS, .move_rate = 1.5, .frequencies = {0.4, 0.3, 0.2, 0.1}}};
    grow_tree(&world->grown, 5, &node->arena);
    for (uint32_t m = 0; m < world->grown.tree->n_mutations; m++) {
        uint32_t site = vg_mutation_site(world->grown.tree->mutations[m]);
        longest = site > longest ? site : longest;
    }
    char *letters = vg_arena_alloc(&node->arena, longest + 2, 1);
    memset(letters, 'A', longest + 1);
    world->reference = (struct vg_genome_reference){vg_text_from("XV/reference/invented"), letters, longest + 1};
    vg_answer_init(&world->answer, &node->arena);
}

static void again(struct world *world)
{
    vg_answer_release(&world->answer);
    vg_answer_init(&world->answer, &world->node->arena);
    world->node->error = (struct vg_error){0};
}

static void end(struct world *world)
{
    vg_answer_release(&world->answer);
    vg_tree_free(world->grown.tree);
}

/* Terms by the leaf's turn: one in ten restricted, one in ten under embargo, else open. */
static struct vg_genome_terms terms_of(uint32_t turn)
{
    return turn % 10 == 3   ? (struct vg_genome_terms){"Lab B", "restricted", "PABS-7", VG_DATE_NONE}
           : turn % 10 == 7 ? (struct vg_genome_terms){"Lab C", "CC0", NULL, vg_date_today() + 10}
                            : (struct vg_genome_terms){"Lab A", "CC0", NULL, VG_DATE_NONE};
}

/* The leaves whose turn is from `first` on, as genomes of the node. */
static size_t put_genomes(struct world *world, uint32_t first)
{
    struct node *node = world->node;
    struct vg_tree *tree = world->grown.tree;
    struct vg_buffer packed;
    int64_t set = 0;
    size_t n_put = 0;
    vg_buffer_init(&packed, 0);
    vg_assert_ok(vg_genomes_begin(node->store, SET, &world->reference, &set, &node->error), node->error);
    for (uint32_t v = 0, turn = 0; v < tree->n_nodes; v++) {
        if (!vg_tree_is_leaf(tree, v) || turn++ < first) {
            continue;
        }
        struct vg_genome genome = {.name = vg_tree_name(tree, v)};
        struct vg_genome_difference *differences = NULL;
        size_t n = 0;
        bool replaced = false;
        vg_assert_ok(vg_tree_states(tree, v, &node->arena, &differences, &n, &node->error), node->error);
        genome.differences = differences;
        genome.n_differences = (uint32_t)n;
        vg_buffer_clear(&packed);
        vg_genome_pack(&genome, &packed);
        const struct vg_kept_genome kept = {.name = vg_arena_copy_bytes(&node->arena, genome.name.data, genome.name.size), .place = places[world->grown.regions[v]], .lineage = turn % 3 == 0 ? "B.1" : "B",
                                            .date = vg_clock_date_of_year(world->grown.years[v]), .added = 18000, .score = NAN, .terms = terms_of(turn), .packed = vg_text_of(packed.data, packed.size)};
        vg_assert_ok(vg_genomes_put(node->store, set, &kept, &replaced, &node->error), node->error);
        n_put++;
    }
    vg_assert_ok(vg_genomes_end(node->store, VG_OK, &node->error), node->error);
    vg_buffer_release(&packed);
    return n_put;
}

static vg_status keep(struct world *world, const char *tree, const char *licence, const char *prefix)
{
    const struct vg_keep_tree_request request = {.tree_path = tree, .licence = licence, .prefix = prefix, .threads = 2};
    again(world);
    return vg_job_keep_tree(world->node->store, &request, NULL, &world->node->arena, &world->answer, &world->node->error);
}

static vg_status ask(struct world *world, struct vg_tree_wish wish, const char *level)
{
    struct vg_request request;
    vg_request_init(&request);
    request.tree = wish;
    request.level = level;
    again(world);
    return vg_job_tree_node(world->node->store, &request, &world->node->arena, &world->answer, &world->node->error);
}

static json_t *document(struct world *world, struct vg_tree_wish wish, const char *level)
{
    json_error_t error;
    vg_status status = ask(world, wish, level);
    vg_assert_ok(status, world->node->error);
    json_t *body = json_loadb(world->answer.meta.data, world->answer.meta.size, 0, &error);
    assert_non_null(body);
    return body;
}

static double number_of(const json_t *body, const char *name) { return json_number_value(json_object_get(body, name)); }
static const char *name_at(const json_t *body, size_t v) { return json_string_value(json_array_get(json_object_get(body, "name"), v)); }
static int64_t at(const json_t *body, const char *list, size_t v)
{
    const json_t *value = json_array_get(json_object_get(body, list), v);
    return json_is_null(value) ? -2 : json_integer_value(value);
}

static size_t mutations_in(const json_t *body)
{
    size_t n = 0;
    const json_t *list = json_object_get(body, "mutations");
    for (size_t v = 1; v < json_array_size(list); v++) {
        const char *text = json_string_value(json_array_get(list, v));
        for (n += *text != '\0'; *text != '\0'; text++) {
            n += *text == ',';
        }
    }
    return n;
}

/* ------------------------------------------------------------------------ growth */

static void from_nothing_the_tree_is_as_short_as_the_true_one(void **state)
{
    struct world world;
    begin(&world, state);
    assert_int_equal(put_genomes(&world, 0), LEAVES);
    vg_status status = keep(&world, NULL, NULL, "X");
    vg_assert_ok(status, world.node->error);
    const struct vg_column *called = column_of(&world.answer.table, "lineage");
    size_t within = 0;
    for (size_t i = 0; i < world.answer.table.n_rows; i++) {
        within += called->values.texts[i].size > 1 && memcmp(called->values.texts[i].data, "X.", 2) == 0;
    }
    assert_int_equal(world.answer.table.n_rows, LEAVES);
    assert_true(within > LEAVES / 4); /* the tree is divided */
    json_t *body = document(&world, (struct vg_tree_wish){.tips = 0}, NULL);
    size_t n_nodes = json_array_size(json_object_get(body, "parent")), n_leaves = 0;
    assert_int_equal(number_of(body, "leaves"), LEAVES);
    assert_non_null(json_object_get(body, "exercise"));
    assert_int_equal(mutations_in(body), world.grown.tree->n_mutations); /* each site changes once, so no tree is shorter */
    for (size_t v = 0; v < n_nodes; v++) {
        bool leaf = at(body, "own", v) == 1;
        n_leaves += leaf;
        assert_int_equal(at(body, "date", v) != -2, leaf);
        if (leaf) {
            double day = (double)at(body, "time", v);
            assert_true(fabs(day - (double)at(body, "date", v)) < 60); /* a leaf is where its date is, but for outliers */
        }
        if (v > 0) {
            assert_true(at(body, "time", v) >= at(body, "time", (size_t)at(body, "parent", v)));
            assert_true(at(body, "parent", v) < (int64_t)v);
        }
    }
    assert_int_equal(n_leaves, LEAVES);
    assert_true(fabs(number_of(json_object_get(body, "kept"), "mutations_per_year") - 18) < 6);
    json_decref(body);
    end(&world);
}

/* A leaf's own facts are those that were told of it, whichever way the tree came. */
static void check_facts(struct world *world, const json_t *body)
{
    struct vg_tree_names *names = NULL;
    vg_assert_ok(vg_tree_names_new(world->grown.tree, &names, &world->node->error), world->node->error);
    for (size_t v = 0; v < json_array_size(json_object_get(body, "name")); v++) {
        if (at(body, "own", v) != 1) {
            continue;
        }
        uint32_t leaf = vg_tree_names_find(names, vg_text_from(name_at(body, v)));
        assert_int_not_equal(leaf, VG_TREE_NONE);
        assert_int_equal(at(body, "date", v), vg_clock_date_of_year(world->grown.years[leaf]));
        assert_string_equal(json_string_value(json_array_get(json_object_get(body, "places"), (size_t)at(body, "place", v))), codes[world->grown.regions[leaf]]);
    }
    vg_tree_names_free(names);
}

/* The first leaves, of which the first n_restricted say so themselves. */
static const char *save_base_with(struct world *world, uint32_t n_leaves, uint32_t n_restricted)
{
    struct vg_tree *tree = world->grown.tree, *part = NULL;
    uint32_t *leaves = VG_ARENA_ARRAY(&world->node->arena, uint32_t, n_leaves), n = 0, different = 0;
    const char *path = vg_arena_format(&world->node->arena, "%s.base.json", world->node->folder);
    vg_assert_ok(vg_tree_with_reference(tree, &world->reference, &different, &world->node->error), world->node->error);
    for (uint32_t v = 0; v < tree->n_nodes && n < n_leaves; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            leaves[n++] = v;
        }
    }
    vg_assert_ok(vg_tree_extract(tree, leaves, n, n, &part, &world->node->error), world->node->error);
    struct vg_tree dressed = *part;
    const struct vg_text word = vg_text_from("restricted");
    uint32_t *says = VG_ARENA_ARRAY(&world->node->arena, uint32_t, part->n_nodes);
    struct vg_tree_column licence = {.name = vg_text_from("licence"), .codes = says, .values = &word, .n_values = 1};
    for (uint32_t v = 0; v < part->n_nodes; v++) {
        says[v] = vg_tree_is_leaf(part, v) && n_restricted > 0 && n_restricted-- > 0 ? 0 : VG_TREE_NONE;
    }
    dressed.columns = &licence;
    dressed.n_columns = 1;
    vg_assert_ok(vg_job_save_tree(&dressed, path, NULL, &world->node->error), world->node->error);
    vg_tree_free(part);
    return path;
}

static const char *save_base(struct world *world, uint32_t n_leaves)
{
    return save_base_with(world, n_leaves, 0);
}

static void a_given_tree_takes_them_up_and_its_own_leaves_keep_their_terms(void **state)
{
    struct world world;
    begin(&world, state);
    const char *path = save_base(&world, 150);
    assert_int_equal(put_genomes(&world, 120), LEAVES - 120); /* thirty are in both */
    vg_status status = keep(&world, path, NULL, NULL);
    vg_assert_ok(status, world.node->error);
    json_t *body = document(&world, (struct vg_tree_wish){.tips = 0}, "admin1");
    assert_int_equal(number_of(body, "leaves"), LEAVES);
    assert_int_equal(mutations_in(body), world.grown.tree->n_mutations);
    check_facts(&world, body);
    json_decref(body);
    /* of 120 leaves nobody told on which terms they are here */
    assert_int_equal(ask(&world, (struct vg_tree_wish){.use = "public", .form = "newick"}, NULL), VG_DATA_ERROR);
    assert_non_null(strstr(world.node->error.message, "nobody has told"));
    status = keep(&world, path, "CC-BY 4.0", NULL);
    vg_assert_ok(status, world.node->error);
    body = document(&world, (struct vg_tree_wish){.use = "public", .allowed_only = true}, NULL);
    size_t open_ones = 120;
    for (uint32_t turn = 121; turn <= LEAVES; turn++) {
        open_ones += turn % 10 != 3 && turn % 10 != 7;
    }
    assert_int_equal(number_of(body, "leaves"), open_ones);
    assert_int_equal(number_of(body, "left_out"), LEAVES - open_ones);
    json_decref(body);
    (void)save_base_with(&world, 150, 15); /* what the tree says of its own is not said otherwise */
    status = keep(&world, path, "CC-BY 4.0", NULL);
    vg_assert_ok(status, world.node->error);
    body = document(&world, (struct vg_tree_wish){.use = "public", .allowed_only = true}, NULL);
    assert_int_equal(number_of(body, "leaves"), open_ones - 15);
    json_decref(body);
    (void)remove(path);
    end(&world);
}

/* ------------------------------------------------------------------------- parts */

static void parts_are_what_was_asked_for(void **state)
{
    struct world world;
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_status status = keep(&world, NULL, NULL, NULL);
    vg_assert_ok(status, world.node->error);
    json_t *whole = document(&world, (struct vg_tree_wish){.tips = 0}, NULL);
    size_t n_nodes = json_array_size(json_object_get(whole, "parent")), looked_at = 0;
    for (size_t v = 1; v < n_nodes; v++) { /* each clade by its name holds the leaves that descend from it, and has as many as is said */
        size_t last = v + 1, leaves = 0;
        while (last < n_nodes && at(whole, "parent", last) >= (int64_t)v) {
            last++;
        }
        for (size_t u = v; u < last; u++) {
            leaves += at(whole, "own", u) == 1;
        }
        if (at(whole, "own", v) == 1 || leaves < 20) {
            continue;
        }
        json_t *part = document(&world, (struct vg_tree_wish){.node = name_at(whole, v)}, NULL);
        assert_int_equal(number_of(part, "leaves"), leaves);
        assert_int_equal(at(whole, "leaves_below", v), leaves);
        assert_string_equal(name_at(part, 0), name_at(whole, v));
        assert_int_equal(at(part, "leaves_below", 0), leaves);
        size_t u = v;
        for (size_t w = 0; w < json_array_size(json_object_get(part, "name")); w++, u++) {
            assert_string_equal(name_at(part, w), name_at(whole, u)); /* in the same order */
        }
        json_decref(part);
        looked_at++;
    }
    assert_true(looked_at >= 4);
    const char *leaf = name_at(whole, n_nodes - 1);
    json_t *around = document(&world, (struct vg_tree_wish){.sample = leaf, .tips = 15}, NULL);
    assert_int_equal(number_of(around, "leaves"), 15);
    bool there = false;
    for (size_t v = 0; v < json_array_size(json_object_get(around, "name")); v++) {
        there |= strcmp(name_at(around, v), leaf) == 0;
    }
    assert_true(there);
    json_decref(around);
    json_t *lineage = document(&world, (struct vg_tree_wish){.lineage = "B.1"}, NULL), *above = document(&world, (struct vg_tree_wish){.lineage = "B"}, NULL);
    assert_int_equal(number_of(lineage, "leaves"), LEAVES / 3);
    assert_int_equal(number_of(above, "leaves"), LEAVES); /* with what descends from it */
    json_decref(lineage);
    json_decref(above);
    json_t *thinned = document(&world, (struct vg_tree_wish){.tips = 50}, NULL);
    assert_int_equal(number_of(thinned, "leaves"), 50);
    assert_int_equal(number_of(thinned, "wanted"), LEAVES);
    json_decref(thinned);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.node = "nobody"}, NULL), VG_NOT_FOUND);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.lineage = "C"}, NULL), VG_NOT_FOUND);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.node = leaf, .sample = leaf}, NULL), VG_USAGE_ERROR);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.form = "pdf"}, NULL), VG_USAGE_ERROR);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.tips = 0}, "street"), VG_USAGE_ERROR);
    json_decref(whole);
    end(&world);
}

static void terms_keep_genomes_here(void **state)
{
    struct world world;
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_status status = keep(&world, NULL, NULL, NULL);
    vg_assert_ok(status, world.node->error);
    static const char *const forms[] = {NULL, "auspice", "newick", "csv"};
    for (size_t i = 0; i < 4; i++) {
        vg_assert_ok(ask(&world, (struct vg_tree_wish){.form = forms[i], .use = "here"}, NULL), world.node->error);
        assert_int_equal(ask(&world, (struct vg_tree_wish){.form = forms[i], .use = "public"}, NULL), VG_DATA_ERROR);
        assert_non_null(strstr(world.node->error.message, "44 of 220 genomes"));
        assert_int_equal(world.answer.meta.size, 0);
        assert_int_equal(ask(&world, (struct vg_tree_wish){.form = forms[i], .use = "partner"}, NULL), VG_DATA_ERROR);
        vg_assert_ok(ask(&world, (struct vg_tree_wish){.form = forms[i], .use = "partner", .agreement = "PABS-7", .allowed_only = true}, NULL), world.node->error);
        assert_non_null(i == 0 ? "" : strstr(world.answer.file_name, "exercise"));
        assert_true(world.answer.simulated);
    }
    assert_int_equal(world.answer.table.n_rows, LEAVES - LEAVES / 10); /* as CSV, without those under embargo */
    vg_assert_ok(ask(&world, (struct vg_tree_wish){.form = "csv", .use = "public", .allowed_only = true}, NULL), world.node->error);
    const struct vg_column *licence = column_of(&world.answer.table, "licence");
    assert_int_equal(world.answer.table.n_rows, LEAVES - LEAVES / 5);
    for (size_t i = 0; i < world.answer.table.n_rows; i++) {
        assert_true(vg_text_equals(licence->values.texts[i], "CC0"));
    }
    assert_int_equal(ask(&world, (struct vg_tree_wish){.use = "everybody"}, NULL), VG_USAGE_ERROR);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.use = "public", .agreement = "PABS-7"}, NULL), VG_USAGE_ERROR);
    end(&world);
}

static vg_status introductions(struct world *world, const char *show, struct vg_tree_wish wish)
{
    struct vg_request request;
    vg_request_init(&request);
    request.show = show;
    request.level = "admin1";
    request.tree = wish;
    request.as_of = world->as_of;
    again(world);
    return vg_job_introductions_node(world->node->store, &request, &world->node->arena, &world->answer, &world->node->error);
}

static void terms_hold_for_introductions_too(void **state)
{
    struct world world;
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_status status = keep(&world, NULL, NULL, NULL);
    vg_assert_ok(status, world.node->error);
    assert_int_equal(introductions(&world, "leaves", (struct vg_tree_wish){.use = "public"}), VG_DATA_ERROR);
    assert_non_null(strstr(world.node->error.message, "44 of 220 genomes"));
    vg_assert_ok(introductions(&world, "leaves", (struct vg_tree_wish){.use = "here"}), world.node->error);
    assert_int_equal(world.answer.table.n_rows, LEAVES);
    int32_t middle = 0, newest = 0;
    size_t by_then = 0;
    const struct vg_column *dates = column_of(&world.answer.table, "date");
    for (size_t i = 0; i < LEAVES; i++) {
        middle += dates->values.dates[i] / LEAVES;
        newest = dates->values.dates[i] > newest ? dates->values.dates[i] : newest;
    }
    for (size_t i = 0; i < LEAVES; i++) {
        by_then += dates->values.dates[i] <= middle;
    }
    world.as_of = middle; /* what was sampled later is as if it were not there */
    vg_assert_ok(introductions(&world, "leaves", (struct vg_tree_wish){.use = "here"}), world.node->error);
    assert_int_equal(world.answer.table.n_rows, by_then);
    assert_non_null(strstr(world.answer.meta.data, "\"as_of\":"));
    vg_assert_ok(introductions(&world, "summary", (struct vg_tree_wish){.use = "here"}), world.node->error);
    int64_t counted = 0;
    for (size_t i = 0; i < world.answer.table.n_rows; i++) {
        counted += column_of(&world.answer.table, "leaves")->values.integers[i];
    }
    assert_int_equal(counted, by_then);
    world.as_of = newest - 20000;
    assert_int_equal(introductions(&world, "summary", (struct vg_tree_wish){.use = "here"}), VG_DATA_ERROR);
    assert_non_null(strstr(world.node->error.message, "by then"));
    world.as_of = VG_DATE_NONE;
    vg_assert_ok(introductions(&world, "leaves", (struct vg_tree_wish){.use = "partner", .agreement = "PABS-7", .allowed_only = true}), world.node->error);
    assert_int_equal(world.answer.table.n_rows, LEAVES - LEAVES / 10);
    vg_assert_ok(introductions(&world, "leaves", (struct vg_tree_wish){.use = "public", .allowed_only = true}), world.node->error);
    assert_int_equal(world.answer.table.n_rows, LEAVES - LEAVES / 5);
    vg_assert_ok(introductions(&world, "introductions", (struct vg_tree_wish){.use = "public", .allowed_only = true}), world.node->error);
    const struct vg_column *leaves = column_of(&world.answer.table, "leaves");
    int64_t sum = 0;
    for (size_t i = 0; i < world.answer.table.n_rows; i++) {
        sum += leaves->values.integers[i];
    }
    assert_int_equal(sum, LEAVES - LEAVES / 5);
    end(&world);
}

/* ----------------------------------------------------------------------- regions */

static void words_become_regions_of_a_level(void **state)
{
    struct node *node = *state;
    struct genome_regions regions;
    genome_regions_init(&regions, node->store, &node->arena);
    static const char *const words[] = {"CO-ANT", "Antioquia", "Kolumbien am Rhein", "Colombia", "BR", "Brazil", "Brésil", "巴西", "?", ""};
    uint32_t of[10];
    for (size_t i = 0; i < 10; i++) {
        of[i] = genome_regions_word(&regions, vg_text_from(words[i]));
    }
    assert_int_equal(of[8], VG_DICTIONARY_NONE);
    assert_int_equal(of[9], VG_DICTIONARY_NONE);
    vg_assert_ok(genome_regions_settle(&regions, "country", &node->error), node->error);
    for (size_t i = 0; i < 8; i++) {
        struct vg_text name = regions.names.keys[regions.region_of[of[i]]];
        assert_true(vg_text_equals(name, i == 2 ? words[2] : i < 4 ? "CO" : "BR"));
    }
    vg_assert_ok(genome_regions_settle(&regions, "admin1", &node->error), node->error);
    assert_true(vg_text_equals(regions.names.keys[regions.region_of[of[1]]], "CO-ANT"));
    assert_int_equal(regions.region_of[of[3]], VG_DICTIONARY_NONE); /* somewhere in Colombia, of which finer places are there */
    assert_true(vg_text_equals(regions.names.keys[regions.region_of[of[5]]], "BR")); /* nothing finer is */
    vg_assert_ok(genome_regions_settle(&regions, NULL, &node->error), node->error);
    assert_int_equal(regions.level, VG_LEVEL_COUNTRY); /* two countries are enough */
}

/* ---------------------------------------------------------------------- analyses */

static const char *write_metadata(struct world *world)
{
    struct vg_tree *tree = world->grown.tree;
    struct vg_buffer text;
    const char *path = vg_arena_format(&world->node->arena, "%s.metadata.csv", world->node->folder);
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "strain,date,country\n");
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            char day[VG_DATE_TEXT_BYTES];
            struct vg_text name = vg_tree_name(tree, v);
            (void)vg_date_print(vg_clock_date_of_year(world->grown.years[v]), day);
            vg_buffer_format(&text, "%.*s,%s,%s\n", (int)name.size, name.data, day, codes[world->grown.regions[v]]);
        }
    }
    vg_assert_ok(vg_file_write_atomic(path, text.data, text.size, &world->node->error), world->node->error);
    vg_buffer_release(&text);
    return path;
}

static void introductions_are_those_of_the_same_tree_as_a_file(void **state)
{
    static const char *const shows[] = {"introductions", "summary", "flows"};
    struct world world;
    struct vg_request request;
    char *drawn_with = NULL; /* what came with the introductions: the summary of the same histories */
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_status status = keep(&world, save_base(&world, LEAVES), "CC0", NULL); /* the true tree */
    vg_assert_ok(status, world.node->error);
    struct vg_lineages_tree_request file;
    vg_lineages_tree_request_init(&file);
    file.tree_path = save_base(&world, LEAVES);
    file.metadata_path = write_metadata(&world);
    file.threads = 1;
    for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
        struct vg_answer of_file;
        struct vg_buffer a, b;
        vg_answer_init(&of_file, &world.node->arena);
        vg_buffer_init(&a, 0);
        vg_buffer_init(&b, 0);
        file.show = shows[i];
        vg_assert_ok(vg_job_lineages_introductions(&file, &world.node->arena, &of_file, &world.node->error), world.node->error);
        vg_request_init(&request);
        request.show = shows[i];
        request.level = "admin1";
        again(&world);
        vg_assert_ok(vg_job_introductions_node(world.node->store, &request, &world.node->arena, &world.answer, &world.node->error), world.node->error);
        vg_assert_ok(vg_table_write(&of_file.table, VG_FORMAT_CSV, &a, &world.node->error), world.node->error);
        vg_assert_ok(vg_table_write(&world.answer.table, VG_FORMAT_CSV, &b, &world.node->error), world.node->error);
        assert_true(of_file.table.n_rows >= REGIONS);
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size);
        assert_true(world.answer.simulated);
        if (i == 0) {
            drawn_with = vg_arena_copy_bytes(&world.node->arena, world.answer.meta.data, world.answer.meta.size);
            assert_null(strstr(of_file.meta.data, "\"summary\":")); /* nobody waits for a file */
        } else if (i == 1) {
            b.size = 0;
            vg_assert_ok(vg_table_write(&world.answer.table, VG_FORMAT_JSON, &b, &world.node->error), world.node->error);
            const char *summary = strstr(drawn_with, "\"summary\":");
            assert_non_null(summary);
            assert_memory_equal(summary + strlen("\"summary\":"), b.data, b.size - 2); /* as far as its own end */
        }
        vg_buffer_release(&a);
        vg_buffer_release(&b);
        vg_answer_release(&of_file);
    }
    (void)remove(file.tree_path);
    (void)remove(file.metadata_path);
    end(&world);
}

/* The page finds an introduction's node by what the table calls it: its date is the one that the document has there. */
static void nodes_are_called_alike(void **state)
{
    struct world world;
    struct vg_request request;
    size_t found = 0;
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_status status = keep(&world, NULL, NULL, NULL); /* nodes without names */
    vg_assert_ok(status, world.node->error);
    json_t *body = document(&world, (struct vg_tree_wish){.tips = 0}, NULL);
    vg_request_init(&request);
    request.level = "admin1";
    again(&world);
    vg_assert_ok(vg_job_introductions_node(world.node->store, &request, &world.node->arena, &world.answer, &world.node->error), world.node->error);
    const struct vg_column *node = column_of(&world.answer.table, "node"), *first = column_of(&world.answer.table, "first_sample"), *leaves = column_of(&world.answer.table, "leaves");
    for (size_t i = 0; i < world.answer.table.n_rows; i++) {
        size_t v = 0, n = json_array_size(json_object_get(body, "name"));
        while (v < n && !vg_text_equals(node->values.texts[i], name_at(body, v))) {
            v++;
        }
        assert_true(v < n);
        int64_t early = first->values.dates[i] - at(body, "time", v); /* the ancestor's day is before its leaves', up to the edge of a day */
        assert_true(early >= -1 && (leaves->values.integers[i] > 1 || early <= 1));
        found += strncmp(name_at(body, v), "node_", 5) == 0;
    }
    assert_true(found > 3);
    json_decref(body);
    end(&world);
}

static void shares_are_by_regions_and_of_one_place_where_asked(void **state)
{
    struct world world;
    struct vg_request request;
    size_t n_all = 0;
    begin(&world, state);
    (void)put_genomes(&world, 0);
    vg_request_init(&request);
    request.show = "frequencies";
    request.level = "country";
    double mean = 0;
    for (uint32_t v = 0; v < world.grown.tree->n_nodes; v++) {
        mean += vg_tree_is_leaf(world.grown.tree, v) ? world.grown.years[v] / LEAVES : 0;
    }
    request.as_of = vg_clock_date_of_year(mean) + 60; /* when there were most */
    vg_assert_ok(vg_job_lineages_node(world.node->store, &request, &world.node->arena, &world.answer, &world.node->error), world.node->error);
    struct vg_table all = world.answer.table;
    const struct vg_column *place = column_of(&all, "place"), *share = column_of(&all, "share"), *genomes = column_of(&all, "genomes");
    double sum = 0;
    for (size_t i = 0; i < all.n_rows; i++) {
        bool country = vg_text_equals(place->values.texts[i], "CO") || vg_text_equals(place->values.texts[i], "EC") || vg_text_equals(place->values.texts[i], "BR");
        bool whole = vg_text_equals(place->values.texts[i], "all");
        assert_true(country || whole);
        n_all += vg_text_equals(place->values.texts[i], "CO");
        sum += whole && isfinite(genomes->values.doubles[i]) ? genomes->values.doubles[i] : 0;
    }
    assert_true(n_all > 0 && sum > LEAVES / 5.0);
    assert_non_null(strstr(world.answer.meta.data, "\"left_out\":0"));
    struct vg_answer for_all;
    vg_answer_init(&for_all, &world.node->arena);
    request.tree.use = "public"; /* one in five may not be told of */
    vg_assert_ok(vg_job_lineages_node(world.node->store, &request, &world.node->arena, &for_all, &world.node->error), world.node->error);
    assert_non_null(strstr(for_all.meta.data, "\"left_out\":44"));
    double fewer = 0;
    for (size_t i = 0; i < for_all.table.n_rows; i++) {
        double own = column_of(&for_all.table, "genomes")->values.doubles[i];
        fewer += vg_text_equals(column_of(&for_all.table, "place")->values.texts[i], "all") && isfinite(own) ? own : 0;
    }
    assert_true(fewer < sum);
    request.tree.use = "everybody";
    assert_int_equal(vg_job_lineages_node(world.node->store, &request, &world.node->arena, &for_all, &world.node->error), VG_USAGE_ERROR);
    vg_answer_release(&for_all);
    request.tree.use = NULL;
    request.place = "CO";
    struct vg_answer of_one;
    vg_answer_init(&of_one, &world.node->arena);
    vg_assert_ok(vg_job_lineages_node(world.node->store, &request, &world.node->arena, &of_one, &world.node->error), world.node->error);
    assert_int_equal(of_one.table.n_rows, n_all);
    for (size_t i = 0, k = 0; i < all.n_rows; i++) { /* the same numbers: the model is of all places */
        if (vg_text_equals(place->values.texts[i], "CO")) {
            assert_true(fabs(column_of(&of_one.table, "share")->values.doubles[k++] - share->values.doubles[i]) < 1e-12);
        }
    }
    vg_answer_release(&of_one);
    end(&world);
}

/* ------------------------------------------------------------------------ faults */

static void what_cannot_be_is_said(void **state)
{
    struct world world;
    struct vg_request request;
    begin(&world, state);
    assert_int_equal(keep(&world, NULL, NULL, NULL), VG_NOT_FOUND); /* no genomes */
    (void)put_genomes(&world, 0);
    assert_int_equal(ask(&world, (struct vg_tree_wish){.tips = 0}, NULL), VG_NOT_FOUND);
    assert_non_null(strstr(world.node->error.message, "vigia place --node"));
    vg_request_init(&request);
    again(&world);
    assert_int_equal(vg_job_introductions_node(world.node->store, &request, &world.node->arena, &world.answer, &world.node->error), VG_NOT_FOUND);
    const char *path = save_base(&world, 100);
    vg_status status = keep(&world, path, NULL, NULL);
    vg_assert_ok(status, world.node->error);
    char *letters = vg_arena_alloc(&world.node->arena, world.reference.length + 1, 1);
    memset(letters, 'C', world.reference.length);
    const char *other = vg_arena_format(&world.node->arena, "{\"version\":\"v2\",\"meta\":{\"updated\":\"2021-01-01\",\"panels\":[\"tree\"]},\"tree\":{\"name\":\"r\",\"node_attrs\":{\"div\":0},\"children\":[{\"name\":\"a\",\"node_attrs\":{\"div\":0}},"
                                "{\"name\":\"b\",\"node_attrs\":{\"div\":0}}]},\"root_sequence\":{\"nuc\":\"%s\"}}", letters);
    vg_assert_ok(vg_file_write_atomic(path, other, strlen(other), &world.node->error), world.node->error);
    assert_int_equal(keep(&world, path, NULL, NULL), VG_DATA_ERROR); /* another virus */
    json_t *body = document(&world, (struct vg_tree_wish){.tips = 0}, NULL);
    assert_int_equal(number_of(body, "leaves"), LEAVES); /* and what was kept stays */
    json_decref(body);
    vg_request_init(&request);
    again(&world);
    vg_assert_ok(vg_job_genome_sets(world.node->store, &request, &world.node->arena, &world.answer, &world.node->error), world.node->error);
    assert_int_equal(world.answer.table.n_rows, 1);
    assert_int_equal(column_of(&world.answer.table, "genomes")->values.integers[0], LEAVES);
    assert_int_equal(column_of(&world.answer.table, "leaves")->values.integers[0], LEAVES);
    (void)remove(path);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_nothing_the_tree_is_as_short_as_the_true_one, make_node, drop_node),
        cmocka_unit_test_setup_teardown(a_given_tree_takes_them_up_and_its_own_leaves_keep_their_terms, make_node, drop_node),
        cmocka_unit_test_setup_teardown(parts_are_what_was_asked_for, make_node, drop_node),
        cmocka_unit_test_setup_teardown(terms_keep_genomes_here, make_node, drop_node),
        cmocka_unit_test_setup_teardown(terms_hold_for_introductions_too, make_node, drop_node),
        cmocka_unit_test_setup_teardown(words_become_regions_of_a_level, make_node, drop_node),
        vg_statistics_with(introductions_are_those_of_the_same_tree_as_a_file, make_node, drop_node),
        cmocka_unit_test_setup_teardown(nodes_are_called_alike, make_node, drop_node),
        cmocka_unit_test_setup_teardown(shares_are_by_regions_and_of_one_place_where_asked, make_node, drop_node),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_said, make_node, drop_node),
    };
    return vg_run_group_tests("jobs/genome_tree", tests, NULL, NULL);
}
