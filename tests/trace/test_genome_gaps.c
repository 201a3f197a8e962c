/*
 * Deletions and insertions on branches: what is found is held against all assignments of small trees, real trees keep their gaps through every form that has room for them,
 * and contradictory files are refused.
 */
#include "genome_files.h"

#include <time.h>

#define SITES 14u
#define NODES_MAX 10u

/* -------------------------------------------------------------------- tools */

static void check_same_gaps(const struct vg_tree *a, const struct vg_tree *b)
{
    assert_int_equal(a->n_gaps, b->n_gaps);
    assert_int_equal(a->n_gap_events, b->n_gap_events);
    for (uint32_t i = 0; i < a->n_gaps; i++) {
        assert_int_equal(a->gaps[i].position, b->gaps[i].position);
        assert_int_equal(a->gaps[i].length, b->gaps[i].length);
        assert_int_equal(a->gaps[i].letters, b->gaps[i].letters);
        assert_true(a->gaps[i].letters == VG_TREE_NONE || memcmp(a->gap_letters + a->gaps[i].letters, b->gap_letters + b->gaps[i].letters, a->gaps[i].length) == 0);
    }
    for (uint32_t i = 0; i < a->n_gap_events; i++) {
        assert_int_equal(a->gap_events[i].node, b->gap_events[i].node);
        assert_int_equal(a->gap_events[i].change, b->gap_events[i].change);
    }
}

/* The events as a file has them and as a mapped one is checked for. */
static void check_forms(const struct vg_tree *tree)
{
    static const enum vg_tree_form forms[] = {VG_TREE_AUSPICE, VG_TREE_OWN};
    struct vg_error error;
    for (size_t i = 0; i < 2; i++) {
        struct vg_buffer out;
        vg_buffer_init(&out, 0);
        write_tree(tree, forms[i], &out);
        struct vg_tree *again = read_form(forms[i], vg_text_of(out.data, out.size), &error);
        vg_assert_ok(error.status, error);
        assert_int_equal(again->n_mutations, tree->n_mutations);
        assert_int_equal(again->n_repaired, tree->n_repaired * (forms[i] == VG_TREE_OWN ? 1 : 0));
        check_same_gaps(tree, again);
        vg_tree_free(again);
        vg_buffer_release(&out);
    }
}

/* Whether the node has the gap, by the events above it. */
static bool has_gap(const struct vg_tree *tree, uint32_t node, uint32_t gap)
{
    for (uint32_t v = node; v != VG_TREE_NONE; v = tree->parent[v]) {
        uint32_t end;
        for (uint32_t i = vg_tree_gap_events_of(tree, v, &end); i < end; i++) {
            if (vg_gap_of(&tree->gap_events[i]) == gap) {
                return vg_gap_is_gained(&tree->gap_events[i]);
            }
        }
    }
    return false;
}

/* -------------------------------------------------------------- slow finding */

enum known { FREE, HAS, LACKS };
enum { PRESENT, UNREAD, DELETED };

struct witness {
    bool there, no_deletions, no_insertions, as_told;
    uint8_t site[SITES];                 /* as told: PRESENT, UNREAD, DELETED */
    uint32_t inserted;                   /* before this site; SITES + 1: nothing is */
    char letters[4];
    struct vg_genome_difference differences[SITES];
    struct vg_genome_insertion insertion;
    struct vg_genome genome;
};

/* Site by site what the witness tells, by the rules of the header. */
static void sites_told(const struct witness *witness, const uint8_t *masked, uint8_t told[SITES])
{
    for (uint32_t s = 0; s < SITES; s++) {
        told[s] = masked[s] && !witness->as_told ? UNREAD : witness->site[s];
    }
    if (witness->inserted < SITES && strchr(witness->letters, 'N') != NULL) {
        told[witness->inserted] = UNREAD;
    }
    for (uint32_t s = 0; s < SITES; s++) { /* deleted beside what is not read, again and again */
        for (uint32_t again = 0; again < SITES; again++) {
            bool beside = told[again] == DELETED && ((again > 0 && told[again - 1] == UNREAD) || (again + 1 < SITES && told[again + 1] == UNREAD));
            told[again] = beside ? UNREAD : told[again];
        }
    }
}

static enum known known_of(const struct witness *witness, const uint8_t *masked, const struct vg_tree *tree, uint32_t gap)
{
    const struct vg_tree_gap *one = &tree->gaps[gap];
    uint8_t told[SITES];
    if (!witness->there) {
        return FREE;
    }
    sites_told(witness, masked, told);
    if (one->letters != VG_TREE_NONE) {
        bool unread = (one->position > 0 && told[one->position - 1] == UNREAD) || (one->position < SITES && told[one->position] == UNREAD);
        bool same = witness->inserted == one->position && strlen(witness->letters) == one->length && memcmp(witness->letters, tree->gap_letters + one->letters, one->length) == 0;
        return witness->no_insertions || unread ? FREE : same ? HAS : LACKS;
    }
    uint32_t deleted = 0, unread = 0, end = one->position + one->length;
    for (uint32_t s = one->position; s < end; s++) {
        deleted += told[s] == DELETED;
        unread += told[s] == UNREAD;
    }
    bool whole = deleted == one->length && (one->position == 0 || told[one->position - 1] == PRESENT) && (end == SITES || told[end] == PRESENT);
    return witness->no_deletions || unread == one->length ? FREE : whole ? HAS : LACKS;
}

/* Every gap that a witness has must be one of the tree's. */
static uint32_t count_gaps(const struct witness *witnesses, uint32_t n, const uint8_t *masked, const struct vg_tree *tree)
{
    uint32_t n_found = 0;
    for (uint32_t v = 0; v < n; v++) {
        uint8_t told[SITES];
        if (!witnesses[v].there) {
            continue;
        }
        sites_told(&witnesses[v], masked, told);
        for (uint32_t s = 0; s < SITES && !witnesses[v].no_deletions; s++) {
            uint32_t end = s;
            while (end < SITES && told[end] == DELETED && (s == 0 || told[s - 1] != DELETED)) {
                end++;
            }
            bool found = end == s;
            for (uint32_t g = 0; g < tree->n_gaps; g++) {
                found |= tree->gaps[g].letters == VG_TREE_NONE && tree->gaps[g].position == s && tree->gaps[g].length == end - s;
            }
            assert_true(found);
            n_found += end > s;
        }
    }
    return n_found;
}

/* All ways to say who has the gap: the fewest events, and of each node whether every way with so few has it there. */
static uint32_t try_all(const struct vg_tree *tree, const enum known *known, uint32_t *always)
{
    uint32_t fewest = UINT32_MAX;
    for (uint32_t way = 0; way < 1u << tree->n_nodes; way++) {
        uint32_t events = way & 1;
        bool allowed = true;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            allowed &= known[v] == FREE || (known[v] == HAS) == ((way >> v & 1) != 0);
            events += v > 0 && (way >> v & 1) != (way >> tree->parent[v] & 1) ? 1 : 0;
        }
        if (allowed && events <= fewest) {
            *always = events < fewest ? way : *always & way;
            fewest = events;
        }
    }
    return fewest;
}

/* The genome of its sites. */
static void tell_sites(struct witness *witness)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < SITES; s++) {
        uint8_t base = witness->site[s] == DELETED ? VG_BASE_DELETED : VG_BASE_ANY;
        if (witness->site[s] != PRESENT && n > 0 && witness->differences[n - 1].base == base && witness->differences[n - 1].position + witness->differences[n - 1].length == s) {
            witness->differences[n - 1].length++;
        } else if (witness->site[s] != PRESENT) {
            witness->differences[n++] = (struct vg_genome_difference){s, 1, base};
        }
    }
    witness->insertion = (struct vg_genome_insertion){witness->inserted, (uint32_t)strlen(witness->letters), witness->letters};
    witness->genome = (struct vg_genome){.differences = witness->differences, .insertions = &witness->insertion, .n_differences = n, .n_insertions = witness->inserted <= SITES ? 1 : 0};
}

static void make_witness(struct witness *witness, struct vg_random *random)
{
    static const char *const inserted[] = {"A", "ACG", "AC", "ANG"};
    memset(witness, 0, sizeof *witness);
    witness->there = vg_random_below(random, 5) != 0;
    witness->no_deletions = vg_random_below(random, 12) == 0;
    witness->no_insertions = vg_random_below(random, 12) == 0;
    witness->as_told = vg_random_below(random, 3) == 0;
    witness->inserted = vg_random_below(random, 2) == 0 ? 4 + vg_random_below(random, 2) : vg_random_below(random, 9) == 0 ? SITES : SITES + 1;
    (void)snprintf(witness->letters, sizeof witness->letters, "%s", inserted[vg_random_below(random, 4)]);
    static const uint32_t usual[][2] = {{2, 3}, {2, 3}, {7, 2}, {7, 4}, {0, 2}, {12, 2}};
    for (uint32_t i = vg_random_below(random, 4); i > 0; i--) {
        uint32_t which = vg_random_below(random, 8), first = which < 6 ? usual[which][0] : vg_random_below(random, SITES), run = which < 6 ? usual[which][1] : 1 + vg_random_below(random, 4);
        memset(witness->site + first, vg_random_below(random, 4) == 0 ? UNREAD : DELETED, first + run > SITES ? SITES - first : run);
    }
    tell_sites(witness);
}

static void check_found(const struct vg_tree *tree, const struct witness *witnesses, const uint8_t *masked)
{
    uint32_t n_events = 0, n_holders = 0;
    for (uint32_t gap = 0; gap < tree->n_gaps; gap++) {
        enum known known[NODES_MAX];
        uint32_t always = 0, events = 0, has = 0;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            known[v] = known_of(&witnesses[v], masked, tree, gap);
            has |= (uint32_t)has_gap(tree, v, gap) << v;
            n_holders += known[v] == HAS && tree->gaps[gap].letters == VG_TREE_NONE;
        }
        for (uint32_t i = 0; i < tree->n_gap_events; i++) {
            events += vg_gap_of(&tree->gap_events[i]) == gap;
        }
        assert_int_equal(events, try_all(tree, known, &always));
        assert_int_equal(has, always);
        n_events += events;
    }
    assert_int_equal(n_events, tree->n_gap_events);
    assert_int_equal(n_holders, count_gaps(witnesses, tree->n_nodes, masked, tree));
}

/* A tree of any shape. Of a reference of which nothing is known every gap has one place. */
static struct vg_tree *shape_of(uint32_t n, const char *letters, struct vg_random *random)
{
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_genome_reference reference = {vg_text_from("reference"), letters, SITES};
    struct vg_error error = {0};
    struct vg_tree *tree;
    uint32_t open[NODES_MAX * 2 + 1], depth = 0;
    for (uint32_t v = 0; v < n; v++) {
        depth = v == 0 ? 0 : 1 + vg_random_below(random, depth);
        open[depth] = vg_tree_builder_node(builder, v == 0 ? VG_TREE_NONE : open[depth - 1], vg_text_from(""));
        depth++;
    }
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &tree, &error), error);
    return tree;
}

static void test_all_ways(void **state)
{
    uint32_t rounds = VG_TEST_SANITIZED ? 300 : 3000, with_loss = 0;
    (void)state;
    for (uint32_t round = 0; round < rounds; round++) {
        struct vg_random random = vg_random_stream(77, round, 0, 0);
        struct vg_tree *tree = shape_of(1 + vg_random_below(&random, NODES_MAX), "NNNNNNNNNNNNNN", &random);
        struct witness witnesses[NODES_MAX];
        struct vg_gap_witness known[NODES_MAX];
        struct vg_error error = {0};
        uint8_t masked[SITES] = {0};
        size_t n = 0;
        memset(masked + vg_random_below(&random, SITES), 1, vg_random_below(&random, 3) == 0 ? 1 : 0);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            make_witness(&witnesses[v], &random);
            witnesses[v].there &= vg_tree_is_leaf(tree, v) || vg_random_below(&random, 6) == 0;
            if (witnesses[v].there) {
                known[n++] = (struct vg_gap_witness){v, &witnesses[v].genome, witnesses[v].no_deletions, witnesses[v].no_insertions, witnesses[v].as_told};
            }
        }
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, masked, &error), error);
        check_found(tree, witnesses, masked);
        check_forms(tree); /* nothing contradicts, and what is deleted at a node does not touch */
        for (uint32_t i = 0; i < tree->n_gap_events; i++) {
            with_loss += !vg_gap_is_gained(&tree->gap_events[i]);
        }
        vg_tree_free(tree);
    }
    assert_true(with_loss > rounds / 20); /* losses were tried, too */
}

/* --------------------------------------------------------------- shifted gaps */

/* What is left of the reference, or stands there. */
static void spell(const struct vg_tree *tree, const struct vg_genome *genome, struct vg_buffer *out)
{
    vg_buffer_clear(out);
    for (uint32_t site = 0, d = 0, k = 0; site <= tree->length; site++) {
        while (k < genome->n_insertions && genome->insertions[k].position == site) {
            vg_buffer_append(out, genome->insertions[k].letters, genome->insertions[k].length);
            k++;
        }
        while (d < genome->n_differences && genome->differences[d].position + genome->differences[d].length <= site) {
            d++;
        }
        bool deleted = d < genome->n_differences && genome->differences[d].position <= site;
        if (site < tree->length && !deleted) {
            vg_buffer_char(out, tree->reference[site]);
        }
    }
}

/* A gap that an aligner may put at several places is one: leaves spell what they spelled, and are called alike, which takes fewer events than by their places. */
static void test_places(void **state)
{
    uint32_t rounds = VG_TEST_SANITIZED ? 200 : 2000, fewer = 0, more = 0, moved = 0;
    (void)state;
    for (uint32_t round = 0; round < rounds; round++) {
        struct vg_random random = vg_random_stream(78, round, 0, 0);
        struct vg_tree *tree = shape_of(2 + vg_random_below(&random, 2 * NODES_MAX - 1), "AACACACGGGGGTT", &random);
        struct witness witnesses[2 * NODES_MAX];
        struct vg_gap_witness known[2 * NODES_MAX];
        struct vg_error error = {0};
        struct vg_arena arena;
        struct vg_buffer told, found;
        const struct vg_genome **genomes;
        size_t n = 0;
        bool whole = vg_random_below(&random, 2) == 0;
        vg_arena_init(&arena, 0);
        vg_buffer_init(&told, 0);
        vg_buffer_init(&found, 0);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            do {
                make_witness(&witnesses[v], &random);
            } while ((whole && memchr(witnesses[v].site, UNREAD, SITES) != NULL) || strchr(witnesses[v].letters, 'N') != NULL);
            if (vg_random_below(&random, 2) == 0) { /* one that may be at many places */
                memset(witnesses[v].site, PRESENT, SITES);
                memset(witnesses[v].site + (vg_random_below(&random, 2) == 0 ? 7 : 1) + vg_random_below(&random, 3), DELETED, 2);
                witnesses[v].inserted = vg_random_below(&random, 2) == 0 ? 1 : SITES + 1;
                (void)snprintf(witnesses[v].letters, sizeof witnesses[v].letters, "A");
                tell_sites(&witnesses[v]);
            }
            if (vg_tree_is_leaf(tree, v)) {
                known[n++] = (struct vg_gap_witness){.node = v, .genome = &witnesses[v].genome, .as_told = true};
            }
        }
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
        uint32_t events = tree->n_gap_events;
        for (size_t i = 0; i < n; i++) {
            known[i].as_told = false;
        }
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
        check_forms(tree);
        fewer += tree->n_gap_events < events;
        more += tree->n_gap_events > events; /* a leaf whose gaps would meet keeps their places */
        vg_assert_ok(vg_tree_gap_genomes(tree, &arena, &genomes, &error), error);
        for (size_t i = 0; whole && i < n; i++) {
            spell(tree, known[i].genome, &told);
            spell(tree, genomes[known[i].node], &found);
            assert_int_equal(told.size, found.size);
            assert_memory_equal(told.data, found.data, told.size);
            moved += known[i].genome->n_differences == genomes[known[i].node]->n_differences && known[i].genome->n_differences > 0 &&
                     known[i].genome->differences[0].position != genomes[known[i].node]->differences[0].position;
        }
        vg_buffer_release(&told);
        vg_buffer_release(&found);
        vg_arena_release(&arena);
        vg_tree_free(tree);
    }
    print_message("    %u of %u trees have fewer events, %u more; %u leaves another place\n", fewer, rounds, more, moved);
    assert_true(fewer > rounds / 10 && fewer > 10 * more && moved > rounds / 10);
}

static void test_same_place(void **state)
{
    static const char text[] =
        "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":[{\"name\":\"a\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"C3-\",\"A4-\"]},\"labels\":{\"insertions\":\"8:TTG\"}}},"
        "{\"name\":\"b\"}]},\"root_sequence\":{\"nuc\":\"ACCACGGTTGCC\"}}";
    struct vg_error error;
    struct vg_arena arena;
    struct vg_gap_index index;
    (void)state;
    vg_arena_init(&arena, 0);
    struct vg_tree *tree = read_form(VG_TREE_AUSPICE, vg_text_from(text), &error);
    vg_assert_ok(error.status, error);
    vg_assert_ok(vg_gap_index_new(tree, &arena, &index, &error), error);
    assert_int_equal(vg_gap_index_find(&index, 2, 2, NULL), 0);  /* ACCACGG: CA, or AC behind it, leaves ACCGG */
    assert_int_equal(vg_gap_index_find(&index, 3, 2, NULL), 0);
    assert_int_equal(vg_gap_index_find(&index, 1, 2, NULL), VG_TREE_NONE);
    assert_int_equal(vg_gap_index_find(&index, 2, 1, NULL), VG_TREE_NONE);
    assert_int_equal(vg_gap_index_find(&index, 8, 3, "TTG"), 1); /* GGT TTG TGCC */
    assert_int_equal(vg_gap_index_find(&index, 7, 3, "TTT"), VG_TREE_NONE);
    assert_int_equal(vg_gap_index_find(&index, 8, 3, "TTC"), VG_TREE_NONE);
    assert_int_equal(vg_gap_index_find(&index, 11, 2, NULL), VG_TREE_NONE);
    assert_int_equal(vg_gap_index_find(&index, 99, 2, "AC"), VG_TREE_NONE);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------------ real trees */

static size_t count_text(const struct vg_buffer *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text->data; (at = memmem(at, text->size - (size_t)(at - text->data), what, strlen(what))) != NULL; at++) {
        n++;
    }
    return n;
}

/* Entries like "-21766T". */
static size_t count_from(const struct vg_buffer *text)
{
    size_t n = 0;
    for (const char *at = text->data; (at = memmem(at, text->size - (size_t)(at - text->data), "\"-", 2)) != NULL; at++) {
        size_t digits = strspn(at + 2, "0123456789");
        n += digits > 0 && strchr("ACGTN", at[2 + digits]) != NULL && at[3 + digits] == '"';
    }
    return n;
}

/* The tree's leaves as the only witnesses: they keep what they have, by no more events than the file has. */
static void check_leaves(struct vg_tree *tree)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    const struct vg_genome **before, **after;
    uint32_t events = tree->n_gap_events;
    size_t n = 0;
    vg_arena_init(&arena, 0);
    struct vg_gap_witness *known = VG_ARENA_ARRAY(&arena, struct vg_gap_witness, tree->n_leaves);
    vg_assert_ok(vg_tree_gap_genomes(tree, &arena, &before, &error), error);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            known[n++] = (struct vg_gap_witness){.node = v, .genome = before[v]};
        }
    }
    vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
    vg_assert_ok(vg_tree_gap_genomes(tree, &arena, &after, &error), error);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            assert_int_equal(before[v]->n_differences, after[v]->n_differences);
            assert_memory_equal(before[v]->differences, after[v]->differences, before[v]->n_differences * sizeof(struct vg_genome_difference));
        }
    }
    print_message("    %u events in the file, %u by its leaves\n", events, tree->n_gap_events);
    assert_true(tree->n_gap_events <= events && tree->n_gap_events > 0);
    check_forms(tree);
    vg_arena_release(&arena);
}

static void test_real_trees(void **state)
{
    /* Entries to and from a gap were counted in the files by another program. */
    static const struct { const char *folder; size_t to, from; } trees[] = {{"sars-cov-2", 7959, 336}, {"measles", 9301, 1442}, {"zika", 501, 41}, {"dengue", 0, 0}};
    char path[4096], relative[64];
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        struct vg_buffer out;
        (void)snprintf(relative, sizeof relative, "genomes/%s/tree.json.gz", trees[i].folder);
        vg_shared_or_skip(relative, path);
        struct vg_tree *tree = genome_tree(path, VG_TREE_AUSPICE);
        vg_buffer_init(&out, 0);
        write_tree(tree, VG_TREE_AUSPICE, &out);
        assert_int_equal(count_text(&out, "-\""), trees[i].to);
        assert_int_equal(count_from(&out), trees[i].from);
        assert_int_equal(tree->n_repaired, 0);
        check_forms(tree);
        if (trees[i].to > 0) {
            check_leaves(tree);
        }
        vg_buffer_release(&out);
        vg_tree_free(tree);
    }
}

/* ---------------------------------------------------------------------- files */

static const char auspice[] =
    "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":["
    "{\"name\":\"x\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A5-\",\"C6-\",\"G7-\",\"A1G\"]},\"labels\":{\"insertions\":\"2:ACG\"}},\"children\":["
    "{\"name\":\"a\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"-6C\"]}}},"
    "{\"name\":\"b\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"T8-\"]},\"labels\":{\"insertions\":\"lost 2:acg, 9:TT\",\"aa\":\"S: H69-\"}}},"
    "{\"name\":\"c\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"-5T\",\"-6C\",\"-7G\",\"C6-\"]}}}]},"
    "{\"name\":\"d\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A1-\",\"-9A\"]},\"labels\":{\"insertions\":\"something else\"}}}]},"
    "\"root_sequence\":{\"nuc\":\"ACGTACGTACGT\"}}";

static void check_events(const struct vg_tree *tree, const char *node, const char *expected)
{
    struct vg_error error = {0};
    struct vg_tree_names *names;
    struct vg_buffer text;
    uint32_t end;
    vg_buffer_init(&text, 0);
    vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
    for (uint32_t i = vg_tree_gap_events_of(tree, vg_tree_names_find(names, vg_text_from(node)), &end); i < end; i++) {
        vg_buffer_text(&text, vg_gap_is_gained(&tree->gap_events[i]) ? " +" : " -");
        vg_tree_gap_put(tree, vg_gap_of(&tree->gap_events[i]), &text);
    }
    vg_buffer_char(&text, '\0');
    assert_string_equal(text.data, expected);
    vg_tree_names_free(names);
    vg_buffer_release(&text);
}

static void test_auspice(void **state)
{
    struct vg_error error;
    (void)state;
    struct vg_tree *tree = read_form(VG_TREE_AUSPICE, vg_text_from(auspice), &error), *part;
    vg_assert_ok(error.status, error);
    check_events(tree, "root", "");
    check_events(tree, "x", " +2:ACG +5-7");
    check_events(tree, "a", " +5 -5-7 +7");
    check_events(tree, "b", " -2:ACG -5-7 +5-8 +9:TT");
    check_events(tree, "c", " -5-7 +6");
    check_events(tree, "d", " +1");
    assert_int_equal(tree->n_repaired, 1);   /* d's -9A, where nothing was deleted */
    assert_int_equal(tree->n_mutations, 2);  /* and the base that came for the gap is another one */
    assert_int_equal(vg_tree_gap_find(tree, vg_text_from("5-7")), 3);
    assert_int_equal(vg_tree_gap_find(tree, vg_text_from("9:tt")), tree->n_gaps - 1);
    assert_int_equal(vg_tree_gap_find(tree, vg_text_from("5-9")), VG_TREE_NONE);
    assert_int_equal(vg_tree_gap_find(tree, vg_text_from("A5G")), VG_TREE_NONE);
    assert_int_equal(vg_tree_gap_find(tree, vg_text_from("")), VG_TREE_NONE);
    tree->n_repaired = 0;
    check_forms(tree);
    uint32_t chosen[2] = {2, 5}; /* a, d: x leads to one of them only */
    vg_assert_ok(vg_tree_extract(tree, chosen, 2, 2, &part, &error), error);
    assert_int_equal(part->n_nodes, 3);
    check_events(part, "a", " +2:ACG +5 +7");
    check_events(part, "d", " +1");
    vg_tree_free(part);
    vg_assert_ok(vg_tree_extract(tree, &chosen[0], 1, 1, &part, &error), error);
    check_events(part, "a", " +2:ACG +5 +7");
    vg_tree_free(part);
    vg_tree_free(tree);
}

/* Parts of trees: what is kept has what it had. */
static void test_extract(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct vg_tree *tree = small_tree(60, SITES, seed), *part;
        struct vg_random random = vg_random_stream(5, (uint32_t)seed, 0, 0);
        struct vg_gap_witness known[60];
        struct witness witnesses[60];
        struct vg_error error = {0};
        struct vg_tree_names *names;
        size_t n = 0;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            make_witness(&witnesses[v], &random);
            if (vg_tree_is_leaf(tree, v)) {
                known[n++] = (struct vg_gap_witness){.node = v, .genome = &witnesses[v].genome};
            }
        }
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
        check_forms(tree);
        vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
        uint32_t chosen = known[n / 2].node;
        vg_assert_ok(vg_tree_extract(tree, &chosen, 1, tree->n_leaves / 2, &part, &error), error);
        for (uint32_t v = 0; v < part->n_nodes; v++) {
            uint32_t there = vg_tree_name(part, v).size == 0 ? VG_TREE_NONE : vg_tree_names_find(names, vg_tree_name(part, v));
            for (uint32_t gap = 0; there != VG_TREE_NONE && gap < tree->n_gaps; gap++) {
                struct vg_buffer text;
                vg_buffer_init(&text, 0);
                vg_tree_gap_put(tree, gap, &text);
                uint32_t own = vg_tree_gap_find(part, vg_text_of(text.data, text.size));
                assert_int_equal(has_gap(tree, there, gap), own != VG_TREE_NONE && has_gap(part, v, own));
                vg_buffer_release(&text);
            }
        }
        check_forms(part);
        vg_tree_names_free(names);
        vg_tree_free(part);
        vg_tree_free(tree);
    }
}

/* Leaves of a node or of what is below it. */
static bool is_above(const struct vg_tree *tree, uint32_t a, uint32_t b) { return b >= a && b < tree->end[a]; }

/* Polytomies parted by what their branches gain: nodes have what they had, mutations are as many, events fewer; what is fixed keeps its kin; nothing is left to part. */
static void test_join(void **state)
{
    uint32_t n_groups = 0, n_fewer = 0;
    (void)state;
    for (uint32_t round = 0; round < (VG_TEST_SANITIZED ? 100u : 1000u); round++) {
        struct vg_random random = vg_random_stream(21, round, 0, 0);
        struct vg_tree *tree = small_tree(5 + vg_random_below(&random, 40), SITES, round), *joined;
        struct witness witnesses[45];
        struct vg_gap_witness known[45];
        uint8_t fixed[45];
        uint32_t number[45];
        struct vg_error error = {0};
        struct vg_arena arena;
        const struct vg_genome **before, **after;
        size_t n = 0;
        vg_arena_init(&arena, 0);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            make_witness(&witnesses[v], &random);
            fixed[v] = vg_random_below(&random, 3) == 0;
            if (vg_tree_is_leaf(tree, v) || fixed[v]) {
                known[n++] = (struct vg_gap_witness){.node = v, .genome = &witnesses[v].genome, .as_told = fixed[v]};
            }
        }
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
        vg_assert_ok(vg_tree_join_by_gaps(tree, fixed, number, &joined, &error), error);
        assert_int_equal(joined->n_mutations, tree->n_mutations);
        assert_int_equal(joined->n_leaves, tree->n_leaves);
        assert_int_equal(joined->n_repaired, 0);
        assert_true(joined->n_gap_events + (joined->n_nodes - tree->n_nodes) <= tree->n_gap_events);
        vg_assert_ok(vg_tree_gap_genomes(tree, &arena, &before, &error), error);
        vg_assert_ok(vg_tree_gap_genomes(joined, &arena, &after, &error), error);
        uint8_t *bases = bases_of_nodes(tree), *now = bases_of_nodes(joined);
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            struct vg_buffer a, b;
            vg_buffer_init(&a, 0);
            vg_buffer_init(&b, 0);
            vg_genome_put_deletions(before[v], &a);
            vg_genome_put_insertions(before[v], &a);
            vg_genome_put_deletions(after[number[v]], &b);
            vg_genome_put_insertions(after[number[v]], &b);
            assert_int_equal(a.size, b.size);
            assert_true(a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
            vg_buffer_release(&a);
            vg_buffer_release(&b);
            assert_true(vg_text_equal(vg_tree_name(tree, v), vg_tree_name(joined, number[v])));
            assert_memory_equal(bases + (size_t)v * SITES, now + (size_t)number[v] * SITES, SITES);
            for (uint32_t w = 0; w < tree->n_nodes; w++) {
                assert_true(is_above(tree, v, w) == is_above(joined, number[v], number[w]));
                uint32_t common = vg_tree_common_ancestor(tree, v, w);
                assert_true(!fixed[v] || !fixed[w] || tree->parent[v] != common || tree->parent[w] != common || v == w || vg_tree_common_ancestor(joined, number[v], number[w]) == number[common]);
            }
        }
        for (uint32_t i = 0; i < joined->n_gap_events; i++) { /* no two that may go together gain the same */
            uint32_t v = joined->gap_events[i].node, end, alike = 0, children = 0, replaced = 0;
            for (uint32_t child = v == 0 ? 1 : joined->parent[v] + 1; v > 0 && child < joined->end[joined->parent[v]]; child = joined->end[child]) {
                bool is_fixed = false, gains = false, loses = false;
                for (uint32_t old = 0; old < tree->n_nodes; old++) {
                    is_fixed |= number[old] == child && fixed[old];
                }
                for (uint32_t k = vg_tree_gap_events_of(joined, child, &end); k < end; k++) {
                    gains |= joined->gap_events[k].change == joined->gap_events[i].change && vg_gap_is_gained(&joined->gap_events[i]);
                    loses |= !vg_gap_is_gained(&joined->gap_events[k]);
                }
                alike += gains && !is_fixed;
                replaced += gains && loses;
                children++;
            }
            assert_true(alike < 2 || alike == children || replaced > 0);
        }
        check_forms(joined);
        n_groups += joined->n_nodes - tree->n_nodes;
        n_fewer += joined->n_gap_events < tree->n_gap_events;
        free(bases);
        free(now);
        vg_arena_release(&arena);
        vg_tree_free(joined);
        vg_tree_free(tree);
    }
    print_message("    %u groups; events are fewer in %u trees\n", n_groups, n_fewer);
    assert_true(n_groups > 50 && n_fewer > 20);
}

static void test_columns(void **state)
{
    static const char text[] =
        "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"children\":[{\"name\":\"x\",\"children\":["
        "{\"name\":\"a\",\"node_attrs\":{\"deletions\":{\"value\":\"3-5,9\"},\"insertions\":{\"value\":\"2:AC\"}}},"
        "{\"name\":\"b\",\"node_attrs\":{\"deletions\":{\"value\":\"3-5\"},\"insertions\":{\"value\":\"none\"}}},"
        "{\"name\":\"c\",\"node_attrs\":{\"deletions\":{\"value\":\"S:69-70del\"}}}]},"
        "{\"name\":\"d\",\"node_attrs\":{\"deletions\":{\"value\":\"none\"}}},{\"name\":\"e\"}]},\"root_sequence\":{\"nuc\":\"ACGTACGTACGT\"}}";
    struct vg_error error;
    (void)state;
    struct vg_tree *tree = read_form(VG_TREE_AUSPICE, vg_text_from(text), &error);
    vg_assert_ok(error.status, error);
    assert_int_equal(tree->n_gap_events, 0);
    vg_assert_ok(vg_tree_find_gaps_of_columns(tree, &error), error);
    check_events(tree, "x", " +3-5");  /* c's word is not understood: it is free */
    check_events(tree, "a", " +2:AC +9");
    assert_int_equal(tree->n_gap_events, 3);
    check_forms(tree);
    vg_tree_free(tree);
}

/* Every byte of the sections of gaps changed: a tree that keeps the rules, or a sentence. */
static void test_damaged(void **state)
{
    struct vg_error error;
    struct vg_buffer out;
    uint32_t refused = 0, taken = 0;
    (void)state;
    struct vg_tree *tree = read_form(VG_TREE_AUSPICE, vg_text_from(auspice), &error), *again;
    vg_buffer_init(&out, 0);
    write_tree(tree, VG_TREE_OWN, &out);
    size_t gaps = 64 * (2 + (tree->n_gaps * sizeof *tree->gaps + 63) / 64 + (tree->n_gap_events * sizeof *tree->gap_events + 63) / 64);
    for (size_t at = 64; at < out.size; at = at == 63 + 64 * 5 ? out.size - gaps : at + 1) {
        for (int bit = 0; bit < 8; bit++) {
            out.data[at] = (char)(out.data[at] ^ 1 << bit);
            again = read_form(VG_TREE_OWN, vg_text_of(out.data, out.size), &error);
            refused += again == NULL;
            if (again != NULL && again->n_gap_events > 0) {
                taken++;
                check_forms(again);
            }
            vg_tree_free(again);
            out.data[at] = (char)(out.data[at] ^ 1 << bit);
        }
    }
    assert_true(refused > 1000 && taken > 10);
    assert_true(out.data[out.size - 1] == 0);
    vg_buffer_release(&out);
    vg_tree_free(tree);
}

/* Of a tree of 200,000 leaves of which most tell nothing, and of one of which all tell. */
static void test_large(void **state)
{
    struct vg_error error = {0};
    struct vg_tree *tree;
    (void)state;
    vg_assert_ok(vg_tree_invent(VG_TEST_SANITIZED ? 5000 : 200000, 29903, 1, &tree, &error), error);
    struct vg_gap_witness *known = calloc(tree->n_leaves, sizeof *known);
    static const struct vg_genome_difference differences[3] = {{500, 9, VG_BASE_DELETED}, {3000, 6, VG_BASE_DELETED}, {20000, 300, VG_BASE_ANY}};
    const struct vg_genome with = {.differences = differences, .n_differences = 3}, one = {.differences = differences, .n_differences = 1}, unread = {.differences = differences + 2, .n_differences = 1};
    for (uint32_t every = 1; every <= 1000; every *= 1000) {
        size_t n = 0, leaf = 0;
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            if (vg_tree_is_leaf(tree, v) && leaf++ % every == 0) {
                struct vg_random random = vg_random_stream(3, v, 0, 0);
                uint32_t kind = vg_random_below(&random, 10);
                known[n++] = (struct vg_gap_witness){.node = v, .genome = v % 5000 < 300 || kind == 0 ? &with : kind == 1 ? &one : &unread};
            }
        }
        clock_t begin = clock();
        vg_assert_ok(vg_tree_find_gaps(tree, known, n, NULL, &error), error);
        print_message("    %zu of %u leaves told: %u events in %.3f s\n", n, tree->n_leaves, tree->n_gap_events, (double)(clock() - begin) / CLOCKS_PER_SEC);
        for (size_t i = 0; i < n; i++) {
            const struct vg_genome *genome = known[i].genome;
            assert_true(has_gap(tree, known[i].node, 0) == (genome != &unread) && has_gap(tree, known[i].node, 1) == (genome == &with));
        }
    }
    free(known);
    vg_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_ways), cmocka_unit_test(test_places), cmocka_unit_test(test_same_place), cmocka_unit_test(test_real_trees), cmocka_unit_test(test_auspice), cmocka_unit_test(test_extract),
        cmocka_unit_test(test_join), cmocka_unit_test(test_columns),  cmocka_unit_test(test_damaged),    cmocka_unit_test(test_large),
    };
    return vg_run_group_tests("genome gaps", tests, NULL, NULL);
}
