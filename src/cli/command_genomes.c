/*
 * vigia genomes: a node's genomes listed with their terms, and given on where these allow it; and what comes as differences taken in.
 */
#include "cli/cli.h"
#include "cli/out_file.h"

#include "jobs/genome/genome.h"

#include <string.h>

static const struct cli_option options[] = {
    {"set", 0, "NAME", "which set of genomes (default: the node's only one)"},
    {"for", 0, "WHOM", "here (default: stays with the node's keeper), partner, or public: what the terms are asked"},
    {"agreement", 0, "ID", "the agreement by which the partner is bound"},
    {"maple", 0, "FILE", "writes the genomes as differences in MAPLE's form; with --for partner or public only if the terms of all allow it"},
    {"fasta", 0, "FILE", "writes them aligned; likewise"},
    {"metadata", 0, "FILE", "load: a table by name: date, place, lineage, provider, licence, agreement, embargo"},
    {"date-order", 0, "dmy|mdy", "load: of the metadata's dates that are not 2021-02-05 (default: found from all of them)"},
    {"allowed-only", 0, NULL, "leaves out those whose terms forbid it, instead of refusing all"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

static vg_status fill(const struct cli_arguments *arguments, struct vg_genomes_request *request, struct vg_error *error)
{
    const char *use = cli_value(arguments, "for");
    *request = (struct vg_genomes_request){.set = cli_value(arguments, "set"), .use = VG_GENOME_USE_HERE, .agreement = cli_value(arguments, "agreement"),
                                           .today = vg_date_today(), .allowed_only = cli_flag(arguments, "allowed-only")};
    if (arguments->n_operands > 0) {
        return vg_fail(error, VG_USAGE_ERROR, "options alone, or load FILE | RELEASE, are expected, found \"%s\"", arguments->operands[0]);
    }
    if (use != NULL && !vg_genome_use_from_name(use, &request->use)) {
        return vg_fail(error, VG_USAGE_ERROR, "--for is here, partner or public, not \"%s\"", use);
    }
    if (request->agreement != NULL && request->use != VG_GENOME_USE_PARTNER) {
        return vg_fail(error, VG_USAGE_ERROR, "--agreement goes with --for partner");
    }
    return VG_OK;
}

enum { MAPLE, ALIGNED, OUTPUTS };

static vg_status open_outputs(const struct cli_arguments *arguments, struct vg_genomes_request *request, struct cli_out_file *outs, struct vg_error *error)
{
    static const char *const names[OUTPUTS] = {"maple", "fasta"};
    struct vg_align_sink *sinks[OUTPUTS] = {&request->maple, &request->aligned};
    vg_status status = VG_OK;
    for (int i = 0; i < OUTPUTS && status == VG_OK; i++) {
        const char *path = cli_value(arguments, names[i]);
        if (path != NULL) {
            status = cli_out_open(&outs[i], path, error);
            *sinks[i] = (struct vg_align_sink){cli_out_put, &outs[i]};
        }
    }
    return status;
}

static int load(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_store *store = NULL;
    struct vg_genomes_load_summary summary;
    struct vg_genomes_load_request request = {.metadata = cli_value(arguments, "metadata"), .set = cli_value(arguments, "set"), .today = vg_date_today()};
    vg_arena_init(&arena, 0);
    vg_status status = VG_OK;
    if (arguments->n_operands != 2) {
        status = vg_fail(&error, VG_USAGE_ERROR, "the operands are: vigia genomes load FILE.maple | RELEASE");
    } else if ((status = cli_fill_date_order(arguments, &request.date_order, &error)) == VG_OK) {
        request.path = arguments->operands[1];
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_WRITE, &store, &error);
    }
    status = status == VG_OK ? vg_job_genomes_load(store, &request, &arena, &summary, &error) : status;
    if (status == VG_OK) {
        (void)printf("%llu genomes in the set %s, %llu of them there before; the table tells of %llu", (unsigned long long)summary.n_genomes, summary.set,
                     (unsigned long long)summary.n_replaced, (unsigned long long)summary.n_described);
        cli_tell_dates(stdout, &summary.dates);
        (void)printf("\n");
    }
    vg_store_close(store);
    int exit_code = cli_end(arguments, status, &error);
    vg_arena_release(&arena);
    return exit_code;
}

static int run(const struct cli_arguments *arguments)
{
    if (arguments->n_operands > 0 && strcmp(arguments->operands[0], "load") == 0) {
        return load(arguments);
    }
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_store *store = NULL;
    struct vg_genomes_request request;
    struct vg_genomes_summary summary;
    struct cli_out_file outs[OUTPUTS] = {{.file = NULL}, {.file = NULL}};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = fill(arguments, &request, &error);
    status = status == VG_OK ? vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, &error) : status;
    status = status == VG_OK ? open_outputs(arguments, &request, outs, &error) : status;
    status = status == VG_OK ? vg_job_genomes(store, &request, &arena, &answer, &summary, &error) : status;
    for (int i = 0; i < OUTPUTS; i++) {
        status = cli_out_close(&outs[i], status, &error);
    }
    bool written = request.maple.put != NULL || request.aligned.put != NULL;
    if (status == VG_OK && written) {
        (void)fprintf(stderr, "vigia genomes: %llu of %llu genomes written\n", (unsigned long long)summary.n_allowed, (unsigned long long)summary.n_genomes);
    } else if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    vg_store_close(store);
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_genomes = {"genomes",
                                        "[load FILE | RELEASE]",
                                        "a node's genomes, with the terms on which they are here",
                                        "Lists what vigia align --node kept, and with --for whether each may go to a partner or to the public. Writes them only where the terms of all\n"
                                        "allow it: licence, embargo, and the agreement under which they are here. load takes in genomes that come as differences: MAPLE's form with its\n"
                                        "reference, or the folder of an exercise's release. See docs/genomes.md.",
                                        "vigia genomes --node node --for public --maple public.maple --allowed-only",
                                        tables,
                                        run};
