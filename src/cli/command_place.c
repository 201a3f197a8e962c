/*
 * vigia place: where genomes belong on a tree, and the tree with them.
 */
#include "cli/cli.h"

#include "jobs/genome_tree/genome_tree.h"
#include "jobs/place/place.h"

#include <string.h>

static const struct cli_option options[] = {
    {"out", 0, "FILE", "add the genomes and write the tree as the name says: .pb (UShER), .json (Auspice), .nwk, .jsonl (Taxonium), .vcf, .vgt; also with .gz"},
    {"subtree", 0, "NUMBER", "with --out: only the genomes and the leaves nearest to them, so many in all"},
    {"as-inserted", 0, NULL, "with --out: do not move what was added to where the tree needs fewer mutations"},
    {"refine-all", 0, NULL, "with --out: move also what was there before"},
    {"deletions", 0, NULL, "with --out, --node: genomes that nothing else parts, but a deletion or insertion that they share, get a branching point of their own"},
    {"mask", 0, "SITES", "sites that do not count: 1-55,29804-29903, or a file with a range a line, or BED"},
    {"reference", 0, "FILE", "FASTA: what the genomes are told against, where their file does not begin with it, and sequences aligned to (default: the tree's)"},
    {"dataset", 'd', "FOLDER", "instead, for sequences: what is known of the virus, as for vigia align"},
    {"annotation", 0, "FILE", "GFF3 of the reference: amino acids are told too, in --out's Auspice and Taxonium (default: the data set's), or with --node on its page"},
    {"fasta", 0, NULL, "the genomes are FASTA (seen by itself where a file has two sequences)"},
    {"vcf", 0, "FILE", "alleles of the leaves, for a tree in Newick"},
    {"ties", 0, NULL, "list the branches that are equally good (at most 64)"},
    {"set", 0, "NAME", "of a node: which set of genomes (default: the node's only one)"},
    {"licence", 0, "TEXT", "of a node: on which the leaves that TREE had before may be given on, where it does not say (CC0, CC-BY, restricted, ...)"},
    {"lineages", 0, "PREFIX", "of a node: divide the tree, which has no lineages, into PREFIX.1, PREFIX.1.1, ..., and call the genomes by it"},
    {"threads", 't', "NUMBER", "threads (default: all processors); the answer is the same"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

static vg_status fill(const struct cli_arguments *arguments, struct vg_place_request *request, struct vg_error *error)
{
    int64_t threads = 0, part = 0;
    vg_status status = cli_fill_integer(arguments, "threads", 1, 1024, &threads, error);
    status = status == VG_OK ? cli_fill_integer(arguments, "subtree", 1, VG_TREE_NODES_MAX, &part, error) : status;
    if (status == VG_OK && arguments->n_operands < 2) {
        status = vg_fail(error, VG_USAGE_ERROR, "give a file with a tree, and one or more with genomes (FASTA, or MAPLE's form as vigia align --maple writes it)");
    }
    if (status == VG_OK) {
        request->tree_path = arguments->operands[0];
        request->sample_paths = arguments->operands + 1;
        request->n_samples = arguments->n_operands - 1;
        request->threads = (unsigned)threads;
        request->part_leaves = (uint32_t)part;
        bool needs_out = part > 0 || request->as_inserted || request->refine_all || request->deletions || request->annotation != NULL;
        if (needs_out && request->out == NULL) {
            status = vg_fail(error, VG_USAGE_ERROR, "--subtree, --as-inserted, --refine-all, --deletions and --annotation are of the tree that --out FILE writes");
        }
    }
    return status;
}

static const char *const of_files[] = {"out", "subtree", "as-inserted", "reference", "dataset", "fasta", "vcf", "ties"}, *const of_nodes[] = {"node", "set", "licence", "lineages"};

static vg_status refuse(const struct cli_arguments *arguments, const char *const *names, size_t n, const char *why, struct vg_error *error)
{
    for (size_t i = 0; i < n; i++) {
        if (cli_value(arguments, names[i]) != NULL || cli_flag(arguments, names[i])) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s %s", names[i], why);
        }
    }
    return VG_OK;
}

/* The node's own genomes on a tree, or on their reference; the tree stays on the node. */
static vg_status place_node(const struct cli_arguments *arguments, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    int64_t threads = 0;
    struct vg_store *store = NULL;
    struct vg_keep_tree_request request = {.set = cli_value(arguments, "set"), .tree_path = arguments->n_operands == 1 ? arguments->operands[0] : NULL, .licence = cli_value(arguments, "licence"),
                                           .prefix = cli_value(arguments, "lineages"), .mask = cli_value(arguments, "mask"), .annotation = cli_value(arguments, "annotation"),
                                           .refine_all = cli_flag(arguments, "refine-all"), .deletions = cli_flag(arguments, "deletions")};
    vg_status status = refuse(arguments, of_files, sizeof of_files / sizeof *of_files, "is for genomes of files, and not with --node", error);
    status = status == VG_OK ? cli_fill_integer(arguments, "threads", 1, 1024, &threads, error) : status;
    if (status == VG_OK && arguments->n_operands > 1) {
        status = vg_fail(error, VG_USAGE_ERROR, "with --node the genomes are the node's own (vigia align --node keeps them): give at most a file with a tree");
    }
    request.threads = (unsigned)threads;
    status = status == VG_OK ? vg_store_open(cli_node_folder(arguments), VG_STORE_WRITE, &store, error) : status;
    status = status == VG_OK ? vg_job_keep_tree(store, &request, progress, arena, answer, error) : status;
    vg_store_close(store);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct cli_progress progress;
    struct vg_place_request request = {.out = cli_value(arguments, "out"), .as_inserted = cli_flag(arguments, "as-inserted"), .refine_all = cli_flag(arguments, "refine-all"), .deletions = cli_flag(arguments, "deletions"),
                                       .mask = cli_value(arguments, "mask"), .reference = cli_value(arguments, "reference"), .vcf = cli_value(arguments, "vcf"),
                                       .list_ties = cli_flag(arguments, "ties"), .data_set = cli_value(arguments, "dataset"), .annotation = cli_value(arguments, "annotation"), .fasta = cli_flag(arguments, "fasta")};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    cli_progress_start(&progress);
    bool of_node = cli_value(arguments, "node") != NULL;
    vg_status status = of_node ? place_node(arguments, &progress.progress, &arena, &answer, &error) : refuse(arguments, of_nodes, sizeof of_nodes / sizeof *of_nodes, "goes with --node NODE", &error);
    if (status == VG_OK && !of_node) {
        status = fill(arguments, &request, &error);
        status = status == VG_OK ? vg_job_place(&request, &progress.progress, &arena, &answer, &error) : status;
    }
    cli_progress_end(&progress);
    if (status == VG_OK && (request.out == NULL || request.out[0] != '-')) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_place = {
    "place", "[TREE] [GENOMES ...]", "where genomes belong on a tree, exactly, and the tree with them",
    "Places genomes on a mutation-annotated tree by exact parsimony: the score, every equally good branch counted, the node from which the genome descends whichever\n"
    "of them is right, and the mutations that are its own. With --out they are added one after the other and the grown tree is written. Trees in any form that\n"
    "vigia tree reads; genomes as FASTA, which is aligned first, or as differences in MAPLE's form, as vigia align --maple writes them. See docs/genomes-tree.md.\n"
    "With --node NODE the node's own genomes are added to TREE, or to their reference alone, and the tree is kept on the node, where the page shows it: docs/genomes-page.md.",
    "vigia place tree.json genomes.maple --mask 1-55,29804-29903 --out grown.pb", tables, run};
