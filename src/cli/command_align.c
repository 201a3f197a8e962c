/*
 * vigia align: genomes against a reference. Works with no node.
 */
#include "cli/cli.h"

#include "jobs/genome/align.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option options[] = {
    {"dataset", 'd', "FOLDER", "what is known of the virus: reference.fasta, and genome_annotation.gff3, pathogen.json or quality.toml (docs/genomes.md)"},
    {"reference", 'r', "FILE", "instead of a data set: the reference, a FASTA file of one sequence"},
    {"annotation", 0, "FILE", "coding sequences (GFF3): amino-acid changes, frame shifts and stop codons, and gaps in frame"},
    {"format", 'f', "NAME", "csv (default), tsv or json"},
    {"output", 'o', "FILE", "writes the table there instead of to standard output"},
    {"maple", 0, "FILE", "also the differences in MAPLE's form, the reference first (UShER reads it with --diff)"},
    {"fasta", 0, "FILE", "also the aligned genomes, each as long as the reference: - deleted, N not known"},
    {"full-names", 0, NULL, "a genome's name is the whole line behind the > (default: its first word)"},
    {"threads", 't', "NUMBER", "how many (default: all processors); the answer is the same"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, NULL};

/* A file that is written beside its name, and takes it when all is there. */
struct out_file {
    const char *path;
    char *part;
    FILE *file;
};

static vg_status open_out(struct out_file *out, const char *path, struct vg_error *error)
{
    out->path = path;
    if (path == NULL || strcmp(path, "-") == 0) {
        out->file = stdout;
        return VG_OK;
    }
    size_t size = strlen(path) + 6;
    out->part = malloc(size);
    if (out->part == NULL) {
        return vg_fail_memory(error, size);
    }
    (void)snprintf(out->part, size, "%s.part", path);
    out->file = fopen(out->part, "wb");
    return out->file != NULL ? VG_OK : vg_fail_errno(error, errno, "%s cannot be written", path);
}

static vg_status put_out(void *context, const void *data, size_t size, struct vg_error *error)
{
    struct out_file *out = context;
    if (fwrite(data, 1, size, out->file) == size) {
        return VG_OK;
    }
    return vg_fail_errno(error, errno, "%s cannot be written", out->path == NULL ? "standard output" : out->path);
}

/* A file that is not whole does not take the name of one that is. */
static vg_status close_out(struct out_file *out, vg_status status, struct vg_error *error)
{
    if (out->file == NULL) {
        free(out->part);
        return status;
    }
    int failed = out->file == stdout ? fflush(stdout) : fclose(out->file);
    if (failed != 0 && status == VG_OK) {
        status = vg_fail_errno(error, errno, "%s cannot be written", out->path == NULL ? "standard output" : out->path);
    }
    if (out->part != NULL && status == VG_OK && rename(out->part, out->path) != 0) {
        status = vg_fail_errno(error, errno, "%s cannot be written", out->path);
    } else if (out->part != NULL && status != VG_OK) {
        (void)remove(out->part);
    }
    free(out->part);
    return status;
}

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
    request->whole_names = cli_flag(arguments, "full-names");
    if (request->n_paths == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "a file of sequences is needed (- for standard input): vigia align --dataset FOLDER FILE ...");
    }
    if (format != NULL && !vg_align_format_from_name(format, &request->format)) {
        return vg_fail(error, VG_USAGE_ERROR, "--format is csv, tsv or json, not \"%s\"", format);
    }
    if (cli_fill_integer(arguments, "threads", 1, 1024, &threads, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->threads = (unsigned)threads;
    return VG_OK;
}

static vg_status open_outputs(const struct cli_arguments *arguments, struct vg_align_request *request, struct out_file *outs, struct vg_error *error)
{
    static const char *const names[OUTPUTS] = {"output", "maple", "fasta"};
    struct vg_align_sink *sinks[OUTPUTS] = {&request->table, &request->maple, &request->aligned};
    vg_status status = VG_OK;
    for (int i = 0; i < OUTPUTS && status == VG_OK; i++) {
        const char *path = cli_value(arguments, names[i]);
        if (i == TABLE || path != NULL) {
            status = open_out(&outs[i], path, error);
            *sinks[i] = (struct vg_align_sink){put_out, &outs[i]};
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
    (void)fprintf(stderr, failed > 0 ? "; %llu not, see the columns status and reason\n" : "\n", (unsigned long long)failed);
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_align_request request;
    struct vg_align_summary summary = {0};
    struct out_file outs[OUTPUTS] = {{NULL, NULL, NULL}, {NULL, NULL, NULL}, {NULL, NULL, NULL}};
    struct cli_progress progress;
    vg_arena_init(&arena, 0);
    vg_status status = fill(arguments, &request, &error);
    status = status == VG_OK ? open_outputs(arguments, &request, outs, &error) : status;
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = vg_job_align(&request, &progress.progress, &arena, &summary, &error);
    }
    cli_progress_end(&progress);
    for (int i = 0; i < OUTPUTS; i++) {
        status = close_out(&outs[i], status, &error);
    }
    if (status == VG_OK) {
        tell(&summary);
        if (summary.n_ok == 0) {
            status = vg_fail(&error, VG_DATA_ERROR, "no genome could be aligned");
        }
    }
    vg_arena_release(&arena);
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_align = {"align",
                                      "FILE ...",
                                      "genomes against a reference: their changes, and whether they can be trusted",
                                      "A row for each sequence of the FASTA files (plain, gzip, zstd; - for standard input): substitutions, deletions, insertions, what is not known,\n"
                                      "changes of amino acids, frame shifts, stop codons, and a judgement with its reasons. A genome that cannot be aligned says why and never\n"
                                      "stops the others. Needs no node. See docs/genomes.md.",
                                      "vigia align --dataset zika genomes.fasta.gz --maple genomes.maple --output genomes.csv",
                                      tables,
                                      run};
