/*
 * vigia tree: what is in a tree of genomes, its other forms, and parts of it.
 */
#include "cli/cli.h"

#include "jobs/place/place.h"

static const struct cli_option options[] = {
    {"out", 0, "FILE", "write the tree as the name says: .pb (UShER), .json (Auspice), .nwk, .jsonl (Taxonium), .vcf, each also with .gz; .vgt (Vigia's own, opened at once)"},
    {"vcf", 0, "FILE", "alleles of the leaves, for a tree in Newick"},
    {"reference", 0, "FILE", "FASTA of the reference, for letters that the tree's file does not keep (UShER's keeps those of mutated sites)"},
    {"annotation", 0, "FILE", "GFF3 of the reference: Auspice and Taxonium then have amino acids too (S:N501Y), by which their pages colour and search"},
    {"sample", 0, "NAME", "only the part around this leaf or node; may be given several times"},
    {"tips", 0, "NUMBER", "how many leaves the part has, those nearest in mutations (default: 500)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    const char *samples[CLI_VALUES_MAX];
    int64_t tips = 500;
    struct vg_tree_request request = {.vcf = cli_value(arguments, "vcf"), .reference = cli_value(arguments, "reference"), .annotation = cli_value(arguments, "annotation"), .out = cli_value(arguments, "out"), .samples = samples};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = cli_fill_list(arguments, "sample", samples, CLI_VALUES_MAX, &request.n_samples, &error);
    status = status == VG_OK ? cli_fill_integer(arguments, "tips", 1, VG_TREE_NODES_MAX, &tips, &error) : status;
    if (status == VG_OK && request.annotation != NULL && request.out == NULL) {
        status = vg_fail(&error, VG_USAGE_ERROR, "--annotation is of the tree that --out FILE writes");
    }
    if (status == VG_OK && arguments->n_operands != 1) {
        status = vg_fail(&error, VG_USAGE_ERROR, "give one file with a tree");
    }
    if (status == VG_OK) {
        request.path = arguments->operands[0];
        request.n_leaves = (uint32_t)tips;
        status = vg_job_tree(&request, &arena, &answer, &error);
    }
    if (status == VG_OK && (request.out == NULL || request.out[0] != '-')) {
        status = cli_write_answer(arguments, &answer, "text", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_tree = {
    "tree", "FILE", "a tree of genomes: what is in it, its other forms, parts of it",
    "Reads a mutation-annotated tree of UShER, an Auspice JSON of Nextstrain or Nextclade, Newick with a VCF, Taxonium's lines or Vigia's own form, whatever\n"
    "its name; says what is in it, and writes it in another form, or the part around some genomes. See docs/genomes-tree.md.",
    "vigia tree public.pb.gz --sample ERR5055188 --tips 5000 --out around.json", tables, run};
