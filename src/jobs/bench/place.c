/*
 * Trees of up to ten million leaves: loaded, searched, grown and cut. The peer of the search is the plain way in the same run: the distance of one genome from every node,
 * a mutation at a time. Times are of the processor, on one thread.
 */
#include "jobs/bench/genomes.h"

#include "trace/genome/place/place.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SITES = 29903, GENOMES = 4096, ADDED = 4096, SCANNED = 8, PART = 5000 };
#define LARGEST 10000000u

struct place_bench {
    struct vg_tree *tree;
    struct vg_genome *genomes;   /* [n] */
    size_t n;
    struct vg_arena genomes_arena;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
};

static void put_row(struct place_bench *bench, const char *what, size_t n, double seconds, double memory, double bar, const char *peer, double peer_rate, const char *limit)
{
    const char *task = vg_arena_format(bench->arena, "%s, %u leaves", what, bench->tree->n_leaves);
    bench_genomes_put(bench->table, &(struct bench_genomes_row){.task = task, .n = n, .cpu_seconds = seconds, .memory_bytes = memory, .peer = peer, .peer_per_cpu_second = peer_rate,
                                                                 .bar = bar, .limit = limit});
}

static double bytes_of(const struct vg_tree *tree)
{
    return 16.0 * tree->n_nodes + 4.0 * tree->n_mutations + tree->name_start[tree->n_nodes] + tree->length;
}

/* --------------------------------------------------------------------- load */

static vg_status load(struct place_bench *bench, enum vg_tree_form form, double bar)
{
    struct vg_buffer bytes;
    struct vg_tree *again;
    vg_buffer_init(&bytes, 0);
    struct vg_tree_sink sink = vg_tree_sink_of(&bytes);
    vg_status status = vg_tree_write(bench->tree, form, NULL, &sink, bench->error);
    struct vg_text at = {bytes.data, bytes.size};
    struct vg_tree_source source = vg_tree_source_of(&at, "made");
    double start = bench_cpu_seconds();
    if (status == VG_OK) {
        status = form == VG_TREE_OWN ? vg_tree_map(at, "made", &again, bench->error) : vg_tree_read(form, &source, &again, bench->error);
    }
    if (status == VG_OK) {
        double seconds = bench_cpu_seconds() - start;
        const char *limit = vg_arena_format(bench->arena, "%.0f MB of file at %.0f MB/s; %.1f bytes a node in memory", (double)bytes.size / 1e6,
                                            (double)bytes.size / 1e6 / seconds, bytes_of(again) / again->n_nodes);
        put_row(bench, form == VG_TREE_OWN ? "leaves mapped and checked, Vigia's own form" : "leaves loaded, UShER's protobuf", again->n_leaves, seconds, bytes_of(again), bar, NULL, NAN, limit);
        vg_tree_free(again);
    }
    vg_buffer_release(&bytes);
    return status;
}

/* ------------------------------------------------------------------- search */

/* The plain way: every node's distance. Returns the score. */
static uint32_t scan(const struct vg_tree *tree, const struct vg_genome *genome, uint8_t *set, uint32_t *distance)
{
    uint32_t root = 0, best;
    for (uint32_t site = 0; site < tree->length; site++) {
        set[site] = (uint8_t)(1u << vg_base_of_letter(tree->reference[site]));
    }
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        root += one->base < VG_BASE_ANY && (one->base & set[one->position]) == 0 ? 1 : 0;
        memset(set + one->position, one->base >= VG_BASE_ANY ? 15 : one->base, one->length);
    }
    best = root;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t above = v == 0 ? root : distance[tree->parent[v]], shared = 0, lost = 0;
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t mutation = tree->mutations[m];
            unsigned from = set[vg_mutation_site(mutation)] >> vg_mutation_from(mutation) & 1, to = set[vg_mutation_site(mutation)] >> vg_mutation_to(mutation) & 1;
            shared += from < to ? 1 : 0;
            lost += from > to ? 1 : 0;
        }
        best = above - shared < best ? above - shared : best;
        distance[v] = above - shared + lost;
    }
    return best;
}

/* Genomes a second of the plain way; NaN: no memory. false: another score. */
static bool scan_some(const struct place_bench *bench, const struct vg_placement *placements, double *rate)
{
    const struct vg_tree *tree = bench->tree;
    uint8_t *set = malloc(tree->length);
    uint32_t *distance = malloc((size_t)tree->n_nodes * sizeof *distance);
    size_t n = bench->n < SCANNED ? bench->n : SCANNED;
    bool same = true;
    double start = bench_cpu_seconds();
    for (size_t i = 0; set != NULL && distance != NULL && i < n; i++) {
        same &= scan(tree, &bench->genomes[i], set, distance) == placements[i].score;
    }
    *rate = set != NULL && distance != NULL ? (double)n / (bench_cpu_seconds() - start) : NAN;
    free(set);
    free(distance);
    return same;
}

static vg_status search(struct place_bench *bench, double bar)
{
    struct vg_place_index *index;
    struct vg_place_work work;
    struct vg_placement *placements = calloc(bench->n, sizeof *placements);
    double start = bench_cpu_seconds(), rate = NAN;
    vg_status status = placements == NULL ? vg_fail_memory(bench->error, bench->n * sizeof *placements) : vg_place_index_new(bench->tree, NULL, 0, &index, bench->error);
    double indexing = bench_cpu_seconds() - start;
    if (status == VG_OK) {
        start = bench_cpu_seconds();
        status = vg_place(index, bench->genomes, bench->n, VG_PLACE_BEST, NULL, NULL, placements, &work, bench->error);
        double seconds = bench_cpu_seconds() - start, n = (double)bench->n;
        vg_place_index_free(index);
        if (status == VG_OK && !scan_some(bench, placements, &rate)) {
            status = vg_fail(bench->error, VG_SYSTEM_ERROR, "the search and the plain way have other scores");
        }
        /* Two vectors of 32 bytes a mutation and way along it, 16 bytes a branch; the table is written once for the skeleton and once for the tree, two passes share it. */
        double touched = ((double)work.n_mutations * 128 + (double)work.n_visited * 400) / n, table = 2.0 * (double)work.table_bytes / 256;
        const char *limit = vg_arena_format(bench->arena, "%.1f branches looked at a genome of %u, in batches of 256; %.0f kB touched a genome, %.0f of them the table of allowed bases; index %.2f s",
                                            (double)work.n_visited / n, bench->tree->n_nodes, (touched + table) / 1e3, table / 1e3, indexing);
        if (status == VG_OK) {
            put_row(bench, "genomes placed, all ties", bench->n, seconds, bytes_of(bench->tree) + (double)(work.index_bytes + work.table_bytes * 5 / 4), bar, "every node, a mutation at a time", rate, limit);
        }
    }
    free(placements);
    return status;
}

/* ------------------------------------------------------------ growth and part */

static vg_status add(struct place_bench *bench, double bar)
{
    size_t n = bench->n < ADDED ? bench->n : ADDED;
    struct vg_insertion *added = calloc(n, sizeof *added);
    struct vg_tree *grown;
    double start = bench_cpu_seconds();
    vg_status status = added == NULL ? vg_fail_memory(bench->error, n * sizeof *added)
                                     : vg_place_insert(bench->tree, bench->genomes, n, NULL, 0, NULL, VG_PLACE_BEST, NULL, NULL, added, &grown, bench->error);
    if (status == VG_OK) {
        const char *limit = vg_arena_format(bench->arena, "mutations %u -> %u; the tree is put in order and indexed again for every 2,048, and made anew at the end", bench->tree->n_mutations,
                                            grown->n_mutations);
        put_row(bench, "genomes added one after the other", n, bench_cpu_seconds() - start, NAN, bar, NULL, NAN, limit);
        vg_tree_free(grown);
    }
    free(added);
    return status;
}

static vg_status cut(struct place_bench *bench)
{
    struct vg_buffer bytes;
    struct vg_tree *part;
    uint32_t node = bench->tree->n_nodes / 3;
    vg_buffer_init(&bytes, 0);
    struct vg_tree_sink sink = vg_tree_sink_of(&bytes);
    double start = bench_cpu_seconds();
    vg_status status = vg_tree_extract(bench->tree, &node, 1, PART, &part, bench->error);
    if (status == VG_OK) {
        status = vg_tree_write(part, VG_TREE_AUSPICE, NULL, &sink, bench->error);
        double seconds = bench_cpu_seconds() - start;
        const char *limit = vg_arena_format(bench->arena, "%u leaves, %.1f MB of JSON", part->n_leaves, (double)bytes.size / 1e6);
        put_row(bench, "parts of 5,000 leaves as Auspice JSON", 1, seconds, NAN, 5, NULL, NAN, limit);
        vg_tree_free(part);
    }
    vg_buffer_release(&bytes);
    return status;
}

/* ---------------------------------------------------------------------- all */

static vg_status one_tree(struct place_bench *bench, uint32_t n_leaves, double place_bar, double add_bar)
{
    vg_arena_init(&bench->genomes_arena, 0);
    bench->genomes = VG_ARENA_ARRAY(&bench->genomes_arena, struct vg_genome, bench->n);
    vg_status status = bench->genomes == NULL ? vg_fail_memory(bench->error, bench->n * sizeof *bench->genomes) : vg_tree_invent(n_leaves, SITES, 1, &bench->tree, bench->error);
    for (size_t i = 0; status == VG_OK && i < bench->n; i++) {
        status = vg_tree_invent_sample(bench->tree, 2, (uint32_t)i, &bench->genomes_arena, &bench->genomes[i], bench->error);
    }
    status = status == VG_OK ? load(bench, VG_TREE_PROTOBUF, n_leaves >= 1000000 ? 2e6 : NAN) : status;
    status = status == VG_OK ? load(bench, VG_TREE_OWN, NAN) : status;
    status = status == VG_OK ? search(bench, place_bar) : status;
    status = status == VG_OK && n_leaves <= 1000000 ? add(bench, add_bar) : status;
    status = status == VG_OK ? cut(bench) : status;
    vg_tree_free(bench->tree);
    bench->tree = NULL;
    vg_arena_release(&bench->genomes_arena);
    return status;
}

vg_status bench_place(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    static const struct { uint32_t leaves; double place, add; } sizes[] = {{20000, NAN, NAN}, {100000, 20000, NAN}, {1000000, 5000, 1000}, {LARGEST, 1000, NAN}};
    struct place_bench bench = {.arena = arena, .table = table, .error = error, .n = request->n_series == 0 ? GENOMES : request->n_series};
    uint32_t most = request->n_people > 0 ? (uint32_t)(request->n_people < LARGEST ? request->n_people : LARGEST) : bench.n < GENOMES ? 20000 : LARGEST;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof sizes / sizeof *sizes; i++) {
        bool last = i + 1 == sizeof sizes / sizeof *sizes;
        if (sizes[i].leaves > most || (i == 0 && most > 20000 && !last)) {
            continue;
        }
        if (!vg_progress_report(progress, "trees", (double)i / 4)) {
            return vg_fail(error, VG_CANCELLED, "the benchmark was stopped");
        }
        status = one_tree(&bench, sizes[i].leaves, sizes[i].place, sizes[i].add);
    }
    return status;
}
