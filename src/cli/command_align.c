/*
 * vigia align: genomes against a reference. Works with no node.
 */
#include "cli/cli.h"

#include "cli/out_file.h"
#include "jobs/genome/genome.h"

#include <string.h>

static const struct cli_option options[] = {
    {"dataset", 'd', "FOLDER", "what is known of the virus: reference.fasta, and genome_annotation.gff3, pathogen.json or quality.toml (docs/genomes.md)"},
    {"reference", 'r', "FILE", "instead of a data set: the reference, a FASTA file of one sequence"},
    {"annotation", 0, "FILE", "coding sequences (GFF3): amino-acid changes, frame shifts and stop codons, and gaps in frame"},
    {"tree", 0, "FILE", "places the genomes on this tree (Auspice JSON, UShER's protobuf) instead of the data set's own: clades, and what their places lack"},
    {"no-tree", 0, NULL, "does not place them"},
    {"format", 'f', "NAME", "csv (default), tsv or json"},
    {"output", 'o', "FILE", "writes the table there instead of to standard output"},
    {"maple", 0, "FILE", "also the differences in MAPLE's form, the reference first (UShER reads it with --diff)"},
    {"fasta", 0, "FILE", "also the aligned genomes, each as long as the reference: - deleted, N not known"},
    {"full-names", 0, NULL, "a genome's name is the whole line behind the > (default: its first word)"},
    {"node", 'n', "FOLDER", "also keeps the aligned genomes on this node, as differences, with what --metadata tells of them"},
    {"set", 0, "NAME", "the node's set of genomes that they join (default: from the reference's name)"},
    {"metadata", 'm', "FILE", "with --node: a table by name (strain): date, place, lineage, provider, licence, agreement, embargo"},
    {"date-order", 0, "dmy|mdy", "of the metadata's dates that are not 2021-02-05 (default: found from all of them)"},
    {"threads", 't', "NUMBER", "how many (default: all processors); the answer is the same"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, NULL};

enum { TABLE, MAPLE, ALIGNED, OUTPUTS };

static vg_status fill(const struct cli_arguments *arguments, struct vg_align_request *request, struct vg_error *error)
{
    int64_t threads = 0;
    const char *format = cli_value(arguments, "format");
    vg_align_request_init(request);
    request->paths = arguments->operands;
    request->n_paths = arguments->n_operands;
    request->data_set = cli_value(arguments, "dataset");
    request->reference = cli_value(arguments, "reference");
    request->annotation = cli_value(arguments, "annotation");
    request->set = cli_value(arguments, "set");
    request->metadata = cli_value(arguments, "metadata");
    request->today = vg_date_today();
    request->tree = cli_value(arguments, "tree");
    request->no_tree = cli_flag(arguments, "no-tree");
    request->whole_names = cli_flag(arguments, "full-names");
    if (request->n_paths == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "a file of sequences is needed (- for standard input): vigia align --dataset FOLDER FILE ...");
    }
    if ((request->metadata != NULL || request->set != NULL) && cli_value(arguments, "node") == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "--metadata and --set are about genomes that a node keeps: --node FOLDER");
    }
    if (format != NULL && !vg_align_format_from_name(format, &request->format)) {
        return vg_fail(error, VG_USAGE_ERROR, "--format is csv, tsv or json, not \"%s\"", format);
    }
    if (cli_fill_integer(arguments, "threads", 1, 1024, &threads, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->threads = (unsigned)threads;
    return cli_fill_date_order(arguments, &request->date_order, error);
}

static vg_status open_outputs(const struct cli_arguments *arguments, struct vg_align_request *request, struct cli_out_file *outs, struct vg_error *error)
{
    static const char *const names[OUTPUTS] = {"output", "maple", "fasta"};
    struct vg_align_sink *sinks[OUTPUTS] = {&request->table, &request->maple, &request->aligned};
    vg_status status = VG_OK;
    for (int i = 0; i < OUTPUTS && status == VG_OK; i++) {
        const char *path = cli_value(arguments, names[i]);
        if (i == TABLE || path != NULL) {
            status = cli_out_open(&outs[i], path, error);
            *sinks[i] = (struct vg_align_sink){cli_out_put, &outs[i]};
        }
    }
    return status;
}

/* What is not in the table is said on standard error, where somebody looks. */
static void tell(const struct vg_align_summary *summary)
{
    uint64_t failed = summary->n_genomes - summary->n_ok;
    (void)fprintf(stderr, "vigia align: %llu of %llu genomes aligned", (unsigned long long)summary->n_ok, (unsigned long long)summary->n_genomes);
    if (summary->n_mediocre + summary->n_bad > 0) {
        (void)fprintf(stderr, "; quality good %llu, mediocre %llu, bad %llu", (unsigned long long)summary->n_good, (unsigned long long)summary->n_mediocre,
                      (unsigned long long)summary->n_bad);
    }
    if (summary->kept_set != NULL) {
        (void)fprintf(stderr, "; %llu kept as %s, %llu in the place of former ones, %llu with metadata", (unsigned long long)summary->n_kept, summary->kept_set,
                      (unsigned long long)summary->n_replaced, (unsigned long long)summary->n_described);
    }
    cli_tell_dates(stderr, &summary->dates);
    (void)fprintf(stderr, failed > 0 ? "; %llu not, see the columns status and reason\n" : "\n", (unsigned long long)failed);
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_align_request request;
    struct vg_align_summary summary = {0};
    struct cli_out_file outs[OUTPUTS] = {{.file = NULL}, {.file = NULL}, {.file = NULL}};
    struct cli_progress progress;
    const char *node = cli_value(arguments, "node");
    vg_arena_init(&arena, 0);
    vg_status status = fill(arguments, &request, &error);
    if (status == VG_OK && node != NULL) {
        status = vg_store_open(node, VG_STORE_WRITE, &request.store, &error);
    }
    status = status == VG_OK ? open_outputs(arguments, &request, outs, &error) : status;
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = vg_job_align(&request, &progress.progress, &arena, &summary, &error);
    }
    cli_progress_end(&progress);
    for (int i = 0; i < OUTPUTS; i++) {
        status = cli_out_close(&outs[i], status, &error);
    }
    if (status == VG_OK) {
        tell(&summary);
        if (summary.n_ok == 0) {
            status = vg_fail(&error, VG_DATA_ERROR, "no genome could be aligned");
        }
    }
    vg_store_close(request.store);
    vg_arena_release(&arena);
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_align = {"align",
                                      "FILE ...",
                                      "genomes against a reference: their changes, and whether they can be trusted",
                                      "A row for each sequence of the FASTA files (plain, gzip, zstd; - for standard input): substitutions, deletions, insertions, what is not known,\n"
                                      "changes of amino acids, frame shifts, stop codons, and a judgement with its reasons. A genome that cannot be aligned says why and never\n"
                                      "stops the others. Needs no node; with --node they are kept there. See docs/genomes.md.",
                                      "vigia align --dataset zika genomes.fasta.gz --maple genomes.maple --output genomes.csv",
                                      tables,
                                      run};
