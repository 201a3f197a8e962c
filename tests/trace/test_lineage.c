/*
 * Lineages: calls of real genomes of three lineages, of tips with noise, of genomes that lack what would tell; recombinants made of two tips; new lineages.
 */
#include "vg_test.h"

#include "genome_files.h"
#include "grown_tree.h"
#include "shared_genomes.h"

#include "trace/genome/lineage/lineage.h"

#include <time.h>

struct scene {
    struct vg_arena arena;
    struct vg_tree *tree;
    struct vg_lineage_model model;
    struct vg_lineage_work *work;
    uint8_t *barred;
};

static bool open_scene(struct scene *scene, const char *path, const char *column)
{
    struct vg_error error = {0};
    *scene = (struct scene){.tree = shared_tree(path)};
    vg_arena_init(&scene->arena, 0);
    const struct vg_tree_column *lineages = vg_tree_column(scene->tree, column), *prior = vg_tree_column(scene->tree, "placement_prior");
    if (lineages == NULL) {
        return false;
    }
    uint32_t *parents = NULL;
    vg_assert_ok(vg_lineage_parents(scene->tree, lineages, NULL, false, &scene->arena, &parents, &error), error);
    scene->barred = VG_ARENA_ARRAY(&scene->arena, uint8_t, scene->tree->n_nodes);
    vg_lineage_bar_recombinants(scene->tree, lineages, NULL, scene->barred);
    scene->model = (struct vg_lineage_model){.tree = scene->tree, .lineages = lineages, .parents = parents, .barred = scene->barred,
                                             .prior = prior == NULL ? NULL : prior->numbers};
    vg_assert_ok(vg_lineage_work_new(&scene->model, &scene->work, &error), error);
    return true;
}

static void close_scene(struct scene *scene)
{
    vg_lineage_work_free(scene->work);
    vg_tree_free(scene->tree);
    vg_arena_release(&scene->arena);
}

/* ------------------------------------------------------------ real genomes */

struct shares { double n, nearest, attachment, call, coarser, wrong, score_right, ties_right; };

/* Truth of one genome in the table of placements. */
static bool known_placement(struct vg_text table, struct vg_text name, long *score, long *ties)
{
    char wanted[200];
    int size = snprintf(wanted, sizeof wanted, "\n%.*s\t", (int)name.size, name.data);
    const char *row = memmem(table.data, table.size, wanted, (size_t)size);
    if (row == NULL) {
        return false;
    }
    row = strchr(strchr(row + 1, '\t') + 1, '\t') + 1;
    *score = strtol(row, NULL, 10);
    *ties = strtol(strchr(row, '\t') + 1, NULL, 10);
    return true;
}

/* The files' reference is masked at its ends, by letters of its own: there genomes are as the tree's reference. */
static void out_of_ends(struct vg_genome *genome, struct vg_arena *arena)
{
    struct vg_genome_difference *kept = VG_ARENA_ARRAY(arena, struct vg_genome_difference, genome->n_differences + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        struct vg_genome_difference one = genome->differences[i];
        uint32_t end = one.position + one.length;
        one.position = one.position < 55 ? 55 : one.position;
        end = end > 29804 ? 29804 : end;
        if (end > one.position) {
            one.length = end - one.position;
            kept[n++] = one;
        }
    }
    genome->differences = kept;
    genome->n_differences = n;
}

static void real_set(struct scene *scene, const char *path, const char *truth, struct vg_text table, size_t every, struct shares *out)
{
    struct vg_buffer bytes;
    struct vg_error error = {0};
    struct vg_maple_reader *reader = NULL;
    struct vg_genome_reference reference;
    struct vg_rebase *rebase = NULL;
    struct vg_arena arena, genomes;
    bool more = true;
    uint32_t right = VG_LINEAGE_NONE;
    vg_arena_init(&arena, 0);
    vg_arena_init(&genomes, 0);
    shared_read(path, &bytes);
    struct vg_text at = vg_text_of(bytes.data, bytes.size);
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_maple_open(&source, &reader, &reference, &error), error);
    if (scene->model.barred == NULL) { /* as the table has it: the ends' own letters are the tree's */
        char *letters = vg_arena_copy_bytes(&arena, reference.letters, reference.length);
        memcpy(letters, scene->tree->reference, 55);
        memcpy(letters + 29804, scene->tree->reference + 29804, reference.length - 29804);
        reference.letters = letters;
    }
    vg_assert_ok(vg_rebase_new(&reference, scene->tree->reference, scene->tree->length, &rebase, &error), error);
    for (uint32_t code = 0; code < scene->model.lineages->n_values; code++) {
        right = vg_text_equals(scene->model.lineages->values[code], truth) ? code : right;
    }
    assert_true(right != VG_LINEAGE_NONE);
    *out = (struct shares){0};
    for (size_t i = 0;; i++) {
        struct vg_genome told, genome;
        struct vg_lineage_call call;
        long score = -1, ties = -1;
        vg_arena_reset(&genomes);
        vg_assert_ok(vg_maple_next(reader, &genomes, &told, &more, &error), error);
        if (!more) {
            break;
        }
        if (i % every != 0) {
            continue;
        }
        vg_assert_ok(vg_rebase(rebase, &told, &genomes, &genome, &error), error);
        if (scene->model.barred != NULL) {
            out_of_ends(&genome, &genomes);
        }
        vg_assert_ok(vg_lineage_call(&scene->model, scene->work, &genome, &call, &error), error);
        out->n++;
        out->nearest += call.nearest == right;
        out->attachment += call.attachment == right;
        out->call += call.lineage == right;
        out->coarser += call.lineage != right && vg_lineage_common(scene->model.parents, call.lineage, right) == call.lineage;
        if (scene->model.barred == NULL && known_placement(table, told.name, &score, &ties)) {
            out->score_right += call.score == (uint32_t)score;
            out->ties_right += call.n_attachments == (uint32_t)ties;
        }
    }
    out->wrong = out->n - out->call - out->coarser;
    vg_arena_release(&genomes);
    vg_rebase_free(rebase);
    vg_maple_close(reader);
    vg_buffer_release(&bytes);
    vg_arena_release(&arena);
}

static void test_real_genomes(void **state)
{
    static const char *const sets[] = {"B.1.429", "AY.4.2.2", "BA.1.17.2"};
    char path[4096], table_path[4096];
    struct scene scene;
    struct vg_buffer table;
    struct shares sum = {0};
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/maple/placement.tsv.gz", table_path);
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    shared_read(table_path, &table);
    assert_true(open_scene(&scene, path, "Nextclade_pango"));
    for (size_t i = 0; i < 3; i++) {
        struct shares found;
        char name[64];
        (void)snprintf(name, sizeof name, "genomes/sars-cov-2/maple/%s.maple.gz", sets[i]);
        vg_shared_or_skip(name, path);
        clock_t start = clock();
        real_set(&scene, path, sets[i], vg_text_of(table.data, table.size), 1, &found);
        print_message("%s: %.0f genomes; nearest %.2f %%, attachment %.2f %%; call right %.2f %%, coarser %.2f %%, wrong %.2f %%; %.0f ms\n", sets[i], found.n, 100 * found.nearest / found.n,
                      100 * found.attachment / found.n, 100 * found.call / found.n, 100 * found.coarser / found.n, 100 * found.wrong / found.n,
                      1e3 * (double)(clock() - start) / CLOCKS_PER_SEC);
        assert_true(found.wrong <= 0.0004 * found.n && found.call >= (i == 0 ? 1 : i == 1 ? 0.988 : 0.925) * found.n);
        sum.n += found.n;
        sum.nearest += found.nearest;
        sum.call += found.call;
        sum.coarser += found.coarser;
        sum.wrong += found.wrong;
    }
    print_message("all: nearest %.2f %%, call right %.2f %%, coarser %.2f %%, wrong %.2f %%\n", 100 * sum.nearest / sum.n, 100 * sum.call / sum.n, 100 * sum.coarser / sum.n, 100 * sum.wrong / sum.n);
    assert_true(sum.nearest >= 0.966 * sum.n && sum.call >= 0.965 * sum.n);
    /* Without bars scores are those of the table, which are UShER's. */
    scene.model.barred = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct shares found;
        char name[64];
        (void)snprintf(name, sizeof name, "genomes/sars-cov-2/maple/%s.maple.gz", sets[i]);
        vg_shared_or_skip(name, path);
        real_set(&scene, path, sets[i], vg_text_of(table.data, table.size), VG_TEST_SANITIZED ? 20 : 1, &found);
        print_message("%s: scores as in the table %.0f of %.0f, ties %.0f; attachment without bars %.2f %%\n", sets[i], found.score_right, found.n, found.ties_right,
                      100 * found.attachment / found.n);
        assert_true(found.score_right >= found.n && found.ties_right >= found.n);
        assert_true(i != 2 || found.attachment < 0.05 * found.n); /* the trap that bars are for */
    }
    vg_buffer_release(&table);
    close_scene(&scene);
}

/* ------------------------------------------------------------ made genomes */

/* The states of a node as a genome, with so many random new mutations and runs that are not known. */
static struct vg_genome genome_with(struct scene *scene, uint32_t node, const struct vg_genome *gaps, size_t n_new, size_t n_runs, struct vg_random *random, struct vg_arena *arena)
{
    struct vg_error error = {0};
    struct vg_genome_difference *states = NULL, *out;
    size_t n = 0, kept = 0;
    static uint8_t sets[VG_GENOME_LENGTH_MAX];
    const struct vg_tree *tree = scene->tree;
    vg_assert_ok(vg_tree_states(tree, node, arena, &states, &n, &error), error);
    for (uint32_t site = 0; site < tree->length; site++) {
        sets[site] = vg_base_set_of_letter(tree->reference[site]);
    }
    for (size_t i = 0; i < n; i++) {
        sets[states[i].position] = states[i].base;
    }
    for (size_t i = 0; i < n_new; i++) {
        sets[vg_random_below(random, tree->length)] = (uint8_t)(1 << vg_random_below(random, 4));
    }
    for (size_t i = 0; gaps != NULL && i < gaps->n_differences; i++) {
        memset(sets + gaps->differences[i].position, VG_BASE_DELETED, gaps->differences[i].length);
    }
    for (size_t i = 0; i < n_runs; i++) {
        uint32_t from = vg_random_below(random, tree->length - 400);
        memset(sets + from, VG_BASE_ANY, 300);
    }
    out = VG_ARENA_ARRAY(arena, struct vg_genome_difference, tree->length);
    for (uint32_t site = 0; site < tree->length; site++) {
        if (sets[site] >= VG_BASE_ANY && kept > 0 && out[kept - 1].base == sets[site] && out[kept - 1].position + out[kept - 1].length == site) {
            out[kept - 1].length++;
        } else if (sets[site] != vg_base_set_of_letter(tree->reference[site])) {
            out[kept++] = (struct vg_genome_difference){site, 1, sets[site]};
        }
    }
    return (struct vg_genome){.name = vg_tree_name(tree, node), .differences = out, .n_differences = (uint32_t)kept};
}

static struct vg_genome genome_of(struct scene *scene, uint32_t node, size_t n_new, size_t n_runs, struct vg_random *random, struct vg_arena *arena)
{
    return genome_with(scene, node, NULL, n_new, n_runs, random, arena);
}

/* Every node and branch looked at by itself, its states from the root. */
static void test_scan_is_exact(void **state)
{
    struct vg_tree *tree = NULL;
    struct vg_error error = {0};
    struct vg_arena arena;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_tree_invent(700, 3000, 5, &tree, &error), error);
    uint32_t *codes = VG_ARENA_ARRAY(&arena, uint32_t, tree->n_nodes), parents[1] = {VG_LINEAGE_NONE};
    static const struct vg_text names[1] = {{"A", 1}};
    struct vg_tree_column column = {.codes = codes, .values = names, .n_values = 1};
    struct vg_lineage_model model = {.tree = tree, .lineages = &column, .parents = parents};
    struct vg_lineage_work *work = NULL;
    vg_assert_ok(vg_lineage_work_new(&model, &work, &error), error);
    uint8_t *allowed = VG_ARENA_ARRAY(&arena, uint8_t, tree->length), *states = VG_ARENA_ARRAY(&arena, uint8_t, tree->length);
    for (uint32_t i = 0; i < 60; i++) {
        struct vg_genome genome;
        struct vg_lineage_call call;
        uint32_t nearest = UINT32_MAX, score = UINT32_MAX, n_nearest = 0, n_attachments = 0;
        vg_assert_ok(vg_tree_invent_sample(tree, 9, i, &arena, &genome, &error), error);
        vg_assert_ok(vg_lineage_call(&model, work, &genome, &call, &error), error);
        for (uint32_t site = 0; site < tree->length; site++) {
            allowed[site] = vg_base_set_of_letter(tree->reference[site]);
        }
        for (uint32_t d = 0; d < genome.n_differences; d++) {
            for (uint32_t k = 0; k < genome.differences[d].length; k++) {
                allowed[genome.differences[d].position + k] = genome.differences[d].base == VG_BASE_DELETED ? VG_BASE_ANY : genome.differences[d].base;
            }
        }
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            struct vg_arena one;
            struct vg_genome_difference *differences = NULL;
            size_t n = 0;
            uint32_t distance = 0, gained = 0;
            vg_arena_init(&one, 0);
            vg_assert_ok(vg_tree_states(tree, v, &one, &differences, &n, &error), error);
            for (uint32_t site = 0; site < tree->length; site++) {
                states[site] = vg_base_set_of_letter(tree->reference[site]);
            }
            for (size_t d = 0; d < n; d++) {
                states[differences[d].position] = differences[d].base;
            }
            for (uint32_t site = 0; site < tree->length; site++) {
                distance += (states[site] & allowed[site]) == 0;
            }
            uint32_t above = distance;
            for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
                uint8_t set = allowed[vg_mutation_site(tree->mutations[m])], from = (uint8_t)(1 << vg_mutation_from(tree->mutations[m])),
                        to = (uint8_t)(1 << vg_mutation_to(tree->mutations[m]));
                gained += (set & from) == 0 && (set & to) != 0;
                above += (uint32_t)((set & from) == 0) - (uint32_t)((set & to) == 0);
            }
            if (distance <= nearest) {
                n_nearest = distance < nearest ? 1 : n_nearest + 1;
                nearest = distance;
            }
            uint32_t cost = v == 0 ? distance : above - gained;
            if ((v == 0 || gained > 0) && cost <= score) {
                n_attachments = cost < score ? 1 : n_attachments + 1;
                score = cost;
            }
            vg_arena_release(&one);
        }
        assert_int_equal(call.distance, nearest);
        assert_int_equal(call.n_nearest, n_nearest);
        assert_int_equal(call.score, score);
        assert_int_equal(call.n_attachments, n_attachments);
    }
    vg_lineage_work_free(work);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

struct known_node { struct vg_genome_difference *states; size_t n; };

/* Site by site, of every node: those at which its base is none that the genome may have. */
static uint32_t count_nearest(const struct vg_tree *tree, const struct known_node *nodes, const struct vg_genome *genome, const uint8_t *masked, uint32_t *n_nearest)
{
    uint8_t *allowed = malloc(tree->length);
    uint32_t off_reference = 0, nearest = UINT32_MAX;
    assert_non_null(allowed);
    *n_nearest = 0;
    for (uint32_t site = 0; site < tree->length; site++) {
        allowed[site] = masked[site] ? VG_BASE_ANY : vg_base_set_of_letter(tree->reference[site]);
    }
    for (uint32_t d = 0; d < genome->n_differences; d++) {
        const struct vg_genome_difference *one = &genome->differences[d];
        for (uint32_t site = one->position; site < one->position + one->length; site++) {
            allowed[site] = masked[site] || one->base == VG_BASE_DELETED ? VG_BASE_ANY : one->base;
            off_reference += (allowed[site] & vg_base_set_of_letter(tree->reference[site])) == 0;
        }
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t distance = off_reference;
        for (size_t i = 0; i < nodes[v].n; i++) { /* where the node has another base than the reference */
            uint32_t site = nodes[v].states[i].position;
            distance += (allowed[site] & nodes[v].states[i].base) == 0;
            distance -= (allowed[site] & vg_base_set_of_letter(tree->reference[site])) == 0;
        }
        *n_nearest = distance < nearest ? 1 : *n_nearest + (distance == nearest);
        nearest = distance < nearest ? distance : nearest;
    }
    free(allowed);
    return nearest;
}

/*
 * Nearest nodes of real genomes, counted slowly, and the table's distances. The tree has A1G on the branch to BA.1.17.2, an artefact of its ends, and A1C on its parent's: the
 * table counts it, as the genomes' first sites are taken to be the reference's, and with the ends masked nearly all of these genomes are one nearer.
 */
static void test_nearest_of_real_genomes(void **state)
{
    static const char *const sets[] = {"B.1.429", "AY.4.2.2", "BA.1.17.2"};
    static struct vg_genome genomes[7000];
    char path[4096], table_path[4096];
    struct scene scene;
    struct vg_buffer table;
    struct vg_error error = {0};
    uint32_t n_compared = 0;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/maple/placement.tsv.gz", table_path);
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    shared_read(table_path, &table);
    assert_true(open_scene(&scene, path, "Nextclade_pango"));
    struct known_node *nodes = VG_ARENA_ARRAY(&scene.arena, struct known_node, scene.tree->n_nodes);
    uint8_t *masks[2] = {VG_ARENA_ARRAY(&scene.arena, uint8_t, scene.tree->length), VG_ARENA_ARRAY(&scene.arena, uint8_t, scene.tree->length)};
    memset(masks[1], 1, 55);
    memset(masks[1] + 29803, 1, scene.tree->length - 29803);
    for (uint32_t v = 0; v < scene.tree->n_nodes; v++) {
        vg_assert_ok(vg_tree_states(scene.tree, v, &scene.arena, &nodes[v].states, &nodes[v].n, &error), error);
    }
    scene.model.barred = NULL;
    for (size_t s = 0; s < 3; s++) {
        char name[64];
        struct vg_arena arena;
        uint32_t n_of_set = 0, n_nearer = 0;
        vg_arena_init(&arena, 0);
        (void)snprintf(name, sizeof name, "genomes/sars-cov-2/maple/%s.maple.gz", sets[s]);
        vg_shared_or_skip(name, path);
        size_t n = genome_set(scene.tree, path, &arena, genomes, 7000);
        for (size_t i = 0; i < n; i += VG_TEST_SANITIZED ? 401 : 101) {
            uint32_t found[2], ties = 0;
            for (int k = 0; k < 2; k++) {
                struct vg_lineage_work *work = NULL;
                struct vg_lineage_call call;
                scene.model.masked = masks[k];
                vg_assert_ok(vg_lineage_work_new(&scene.model, &work, &error), error);
                vg_assert_ok(vg_lineage_call(&scene.model, work, &genomes[i], &call, &error), error);
                vg_lineage_work_free(work);
                found[k] = count_nearest(scene.tree, nodes, &genomes[i], masks[k], &ties);
                assert_int_equal(call.distance, found[k]);
                assert_int_equal(call.n_nearest, ties);
            }
            char wanted[200];
            int size = snprintf(wanted, sizeof wanted, "\n%.*s\t", (int)genomes[i].name.size, genomes[i].name.data);
            const char *row = memmem(table.data, table.size, wanted, (size_t)size);
            for (int column = 0; row != NULL && column < 4; column++) {
                row = strchr(row + 1, '\t');
            }
            assert_non_null(row);
            assert_int_equal(found[0], strtol(row, NULL, 10));
            assert_true(found[1] == found[0] || (s == 2 && found[1] + 1 == found[0]));
            n_nearer += found[1] != found[0];
            n_compared++;
            n_of_set++;
        }
        assert_true(s < 2 || n_nearer > 0.9 * n_of_set);
        vg_arena_release(&arena);
    }
    print_message("%u real genomes have the nearest nodes that a slow count finds\n", n_compared);
    vg_buffer_release(&table);
    close_scene(&scene);
}

static void test_noisy_tips(void **state)
{
    char path[4096];
    struct scene scene;
    struct vg_error error = {0};
    struct vg_random random = vg_random_stream(8, 0, 0, 0);
    size_t n = 0, right = 0, coarser = 0, hidden = 0;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    assert_true(open_scene(&scene, path, "Nextclade_pango"));
    const uint32_t *codes = scene.model.lineages->codes, *parents = scene.model.parents;
    for (uint32_t v = 1; v < scene.tree->n_nodes; v += 5) {
        struct vg_arena arena;
        struct vg_lineage_call call;
        vg_arena_init(&arena, 0);
        if (vg_tree_is_leaf(scene.tree, v)) {
            struct vg_genome genome = genome_of(&scene, v, 2, 3, &random, &arena);
            vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call, &error), error);
            n++;
            right += call.lineage == codes[v];
            coarser += call.lineage != codes[v] && vg_lineage_common(parents, call.lineage, codes[v]) == call.lineage;
        }
        uint32_t above = scene.tree->parent[v];
        if (codes[v] != codes[above] && codes[above] != VG_TREE_NONE) { /* what defines it is not known: never the finer one */
            struct vg_genome genome = genome_of(&scene, v, 0, 0, &random, &arena);
            struct vg_genome_difference *all = VG_ARENA_ARRAY(&arena, struct vg_genome_difference, scene.tree->length);
            uint32_t m = scene.tree->mutation_start[v], end = scene.tree->mutation_start[v + 1], i = 0, k = 0;
            while (m < end || i < genome.n_differences) {
                uint32_t site = m < end ? vg_mutation_site(scene.tree->mutations[m]) : UINT32_MAX;
                uint32_t own = i < genome.n_differences ? genome.differences[i].position : UINT32_MAX;
                all[k++] = site <= own ? (struct vg_genome_difference){site, 1, VG_BASE_ANY} : genome.differences[i];
                m += site <= own;
                i += own <= site;
            }
            genome.differences = all;
            genome.n_differences = k;
            vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call, &error), error);
            hidden++;
            if (call.lineage != VG_LINEAGE_NONE && vg_lineage_common(parents, call.lineage, codes[v]) == codes[v]) {
                fail_msg("node %u: called finer than what is known", v);
            }
        }
        vg_arena_release(&arena);
    }
    print_message("noisy tips: %.1f %% of %zu right, %.1f %% coarser; %zu with what defines them hidden, none called finer\n", 100 * (double)right / (double)n, n,
                  100 * (double)coarser / (double)n, hidden);
    assert_int_equal(right + coarser, n);
    assert_true((double)right >= 0.97 * (double)n && hidden == 579);
    close_scene(&scene);
}

static void test_recombinants(void **state)
{
    char path[4096];
    struct scene scene;
    struct vg_error error = {0};
    struct vg_random random = vg_random_stream(21, 0, 0, 0);
    size_t found = 0, within = 0, false_alarms = 0, n = 12, plain = 30;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    assert_true(open_scene(&scene, path, "Nextclade_pango"));
    for (size_t i = 0; i < n + plain; i++) {
        struct vg_arena arena;
        struct vg_recombinant out;
        uint32_t node[2], at = 8000 + vg_random_below(&random, 15000);
        vg_arena_init(&arena, 0);
        for (size_t k = 0; k < 2; k++) { /* tips that are no recombinants themselves */
            do {
                node[k] = vg_random_below(&random, scene.tree->n_nodes);
            } while (!vg_tree_is_leaf(scene.tree, node[k]) || scene.model.lineages->values[scene.model.lineages->codes[node[k]]].data[0] == 'X');
        }
        struct vg_genome parts[2] = {genome_of(&scene, node[0], 2, 2, &random, &arena), genome_of(&scene, node[1], 2, 2, &random, &arena)}, genome = parts[0];
        if (i < n) {
            struct vg_genome_difference *all = VG_ARENA_ARRAY(&arena, struct vg_genome_difference, parts[0].n_differences + parts[1].n_differences);
            uint32_t k = 0;
            for (size_t part = 0; part < 2; part++) {
                for (uint32_t d = 0; d < parts[part].n_differences; d++) {
                    if ((parts[part].differences[d].position >= at) == (part == 1)) {
                        all[k++] = parts[part].differences[d];
                    }
                }
            }
            genome = (struct vg_genome){.differences = all, .n_differences = k};
        } else {
            genome = genome_of(&scene, node[0], 6, 2, &random, &arena);
        }
        vg_assert_ok(vg_lineage_recombinant(&scene.model, scene.work, &genome, i < n ? 39 : 19, i, &out, &error), error);
        bool flagged = isfinite(out.p) && out.p <= 0.05;
        found += i < n && flagged;
        within += i < n && flagged && out.breakpoint_from < at && at <= out.breakpoint_to;
        false_alarms += i >= n && flagged;
        vg_arena_release(&arena);
    }
    print_message("recombinants: %zu of %zu found, the break within the limits in %zu; false alarms in %zu of %zu\n", found, n, within, false_alarms, plain);
    assert_true(found >= 11 && within == found && false_alarms == 0);
    /* The genome's own sets are back where they were. */
    struct vg_genome genome = {.n_differences = 0};
    struct vg_lineage_call call;
    vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call, &error), error);
    assert_int_equal(call.score, 0);
    close_scene(&scene);
}

/* ----------------------------------------------------------- designation */

/* The mutations that lead to the node are not known; n_differences of the genome grows by them. */
static struct vg_genome hide(const struct vg_tree *tree, uint32_t v, struct vg_genome genome, struct vg_arena *arena)
{
    struct vg_genome_difference *all = VG_ARENA_ARRAY(arena, struct vg_genome_difference, genome.n_differences + tree->n_mutations + 1);
    uint32_t m = tree->mutation_start[v], end = tree->mutation_start[v + 1], i = 0, k = 0;
    while (m < end || i < genome.n_differences) {
        uint32_t site = m < end ? vg_mutation_site(tree->mutations[m]) : UINT32_MAX;
        const struct vg_genome_difference *own = i < genome.n_differences ? &genome.differences[i] : NULL;
        if (own != NULL && own->position + own->length <= site) {
            all[k++] = genome.differences[i++];
        } else if (own != NULL && own->position <= site) { /* deleted there, or known: the first is not read anyway */
            all[k++] = own->length > 1 ? *own : (struct vg_genome_difference){site, 1, VG_BASE_ANY};
            i++;
            for (; m < end && vg_mutation_site(tree->mutations[m]) < own->position + own->length; m++) {
            }
        } else {
            all[k++] = (struct vg_genome_difference){site, 1, VG_BASE_ANY};
            m++;
        }
    }
    return (struct vg_genome){.name = genome.name, .differences = all, .n_differences = k};
}

/* What nodes lack tells those apart that are equally near, and nothing else. */
static void test_gaps_of_ties(void **state)
{
    char path[4096];
    struct scene scene;
    struct vg_error error = {0};
    struct vg_gap_index index;
    const struct vg_genome **gaps = NULL;
    struct vg_random random = vg_random_stream(11, 0, 0, 0);
    size_t n = 0, right[2] = {0, 0}, coarser[2] = {0, 0}, hidden = 0, by_gap = 0, told = 0;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    assert_true(open_scene(&scene, path, "Nextclade_pango"));
    const uint32_t *codes = scene.model.lineages->codes, *parents = scene.model.parents;
    vg_assert_ok(vg_tree_gap_genomes(scene.tree, &scene.arena, &gaps, &error), error);
    vg_assert_ok(vg_gap_index_new(scene.tree, &scene.arena, &index, &error), error);
    scene.model.gap_index = &index;
    for (uint32_t v = 1; v < scene.tree->n_nodes; v++) {
        struct vg_arena arena;
        struct vg_lineage_call call[2];
        uint32_t above = scene.tree->parent[v], behind, event = vg_tree_gap_events_of(scene.tree, v, &behind);
        vg_arena_init(&arena, 0);
        if (vg_tree_is_leaf(scene.tree, v) && (v % 5 == 0 || event < behind)) {
            struct vg_genome genome = genome_with(&scene, v, gaps[v], 2, 3, &random, &arena);
            for (int k = 0; k < 2; k++) {
                scene.model.gaps = k == 0 ? NULL : gaps;
                vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call[k], &error), error);
                right[k] += call[k].lineage == codes[v];
                coarser[k] += call[k].lineage != codes[v] && vg_lineage_common(parents, call[k].lineage, codes[v]) == call[k].lineage;
            }
            assert_true(call[0].score == call[1].score && call[0].distance == call[1].distance && call[1].n_nearest <= call[0].n_nearest);
            n++;
        }
        if (codes[v] != codes[above] && codes[above] != VG_TREE_NONE && vg_lineage_common(parents, codes[v], codes[above]) == codes[above]) { /* what defines it is not known: the deletions of what is above do not tell of it, its own may */
            struct vg_genome genome = hide(scene.tree, v, genome_with(&scene, v, gaps[above], 0, 0, &random, &arena), &arena);
            scene.model.gaps = gaps;
            vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call[1], &error), error);
            hidden++;
            if (call[1].lineage != VG_LINEAGE_NONE && vg_lineage_common(parents, call[1].lineage, codes[v]) == codes[v]) {
                fail_msg("node %u: called finer than what is known", v);
            }
            if (event < behind) {
                genome = hide(scene.tree, v, genome_with(&scene, v, gaps[v], 0, 0, &random, &arena), &arena);
                vg_assert_ok(vg_lineage_call(&scene.model, scene.work, &genome, &call[1], &error), error);
                told++;
                by_gap += call[1].lineage == codes[v];
            }
        }
        vg_arena_release(&arena);
    }
    print_message("noisy tips by deletions, too: %zu of %zu right, %zu coarser; without %zu, %zu. Of %zu hidden none called finer; %zu of %zu that deletions changed called by these\n", right[1], n, coarser[1],
                  right[0], coarser[0], hidden, by_gap, told);
    assert_true(right[0] + coarser[0] == n && right[1] + coarser[1] == n && right[1] > right[0]);
    assert_true(hidden > 2800 && (double)by_gap > 0.75 * (double)told);
    close_scene(&scene);
}

static void test_designation(void **state)
{
    /* Two clades of 30 leaves with 5 mutations above them, one of which holds another of 12 with 4 more; the rest hang from the root. */
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_error error = {0};
    struct vg_tree *tree = NULL;
    struct vg_designation *list;
    struct vg_designation_model model;
    struct vg_arena arena;
    size_t n = 0;
    uint32_t site = 0, clade[2], inner = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root"));
    for (int i = 0; i < 40; i++) {
        (void)vg_tree_builder_node(builder, root, vg_text_from(vg_arena_format(&arena, "a%d", i)));
        vg_tree_builder_mutation(builder, site++, 0, 1);
    }
    for (int c = 0; c < 2; c++) {
        clade[c] = vg_tree_builder_node(builder, root, vg_text_from(""));
        for (int m = 0; m < 5; m++) {
            vg_tree_builder_mutation(builder, site++, 0, 1);
        }
        for (int i = 0; i < 30; i++) {
            if (c == 1 && i == 18) {
                inner = vg_tree_builder_node(builder, clade[c], vg_text_from(""));
                for (int m = 0; m < 4; m++) {
                    vg_tree_builder_mutation(builder, site++, 0, 1);
                }
            }
            (void)vg_tree_builder_node(builder, c == 1 && i >= 18 ? inner : clade[c], vg_text_from(vg_arena_format(&arena, "b%d_%d", c, i)));
            vg_tree_builder_mutation(builder, site++, 0, 1);
        }
    }
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &tree, &error), error);
    vg_designation_defaults(&model);
    model.least_leaves = 10;
    vg_assert_ok(vg_lineage_designate(tree, NULL, NULL, &model, &arena, &list, &n, &error), error);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].node, clade[0]);
    vg_assert_near(list[0].index, 30 * 5.0 / 6, 1e-9);
    assert_int_equal(list[1].node, clade[1]);
    vg_assert_near(list[1].captured, 5 / (5 + (18 * 1 + 12 * 5) / 30.0), 1e-9);
    assert_int_equal(list[2].node, inner);
    assert_int_equal(list[2].within, 1);
    assert_int_equal(list[2].n_mutations, 4);
    double *weights = VG_ARENA_ARRAY(&arena, double, tree->n_nodes);
    for (uint32_t v = clade[1]; v < tree->end[clade[1]]; v++) {
        weights[v] = 1; /* the others are old */
    }
    vg_assert_ok(vg_lineage_designate(tree, NULL, weights, &model, &arena, &list, &n, &error), error);
    assert_int_equal(list[0].node, clade[1]);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

static void test_hierarchy(void **state)
{
    static const char json[] = "{\"BA\": \"B.1.1.529\"}";
    static const struct vg_text names[] = {{"B", 1}, {"B.1.1", 5}, {"BA.2", 4}, {"BA.2.3.1", 8}, {"XA", 2}, {"not a lineage", 13}};
    static const uint32_t expected[] = {VG_LINEAGE_NONE, 0, 1, 2, VG_LINEAGE_NONE, VG_LINEAGE_NONE};
    struct vg_tree_column column = {.values = names, .n_values = 6};
    struct vg_tree tree = {.n_nodes = 0};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_pango *pango = NULL;
    uint32_t *parents = NULL;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_pango_parse("key", vg_text_from(json), &arena, &pango, &error), error);
    vg_assert_ok(vg_lineage_parents(&tree, &column, pango, true, &arena, &parents, &error), error);
    assert_memory_equal(parents, expected, sizeof expected);
    assert_int_equal(vg_lineage_common(parents, 3, 1), 1);
    assert_int_equal(vg_lineage_common(parents, 3, 3), 3);
    assert_int_equal(vg_lineage_common(parents, 3, 4), VG_LINEAGE_NONE);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hierarchy), cmocka_unit_test(test_scan_is_exact), cmocka_unit_test(test_nearest_of_real_genomes), cmocka_unit_test(test_designation), cmocka_unit_test(test_noisy_tips), cmocka_unit_test(test_gaps_of_ties),
                                       vg_statistics(test_real_genomes), vg_statistics(test_recombinants)};
    return vg_run_group_tests("lineage", tests, NULL, NULL);
}
