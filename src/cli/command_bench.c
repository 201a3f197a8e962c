/*
 * vigia bench: how fast the program is on this machine.
 */
#include "cli/cli.h"
#include "jobs/bench/bench.h"

static const struct cli_option options[] = {
    {"series", 0, "NUMBER", "monitor, exposure, certificate, chains, genomes, tracing, allocate: how many series, keys, certificates, cases, genomes, contacts or regions are made and worked on (default: 10000, a million, 5000, 100000, 4000, a million)"},
    {"threads", 't', "NUMBER", "monitor, exposure: threads of the second measurement; the first is with one (default: all processors); simulate: threads (default: 1)"},
    {"no-peers", 0, NULL, "monitor, genomes: do not run the peers"},
    {"people", 0, "NUMBER", "simulate: people of the first wave, or of the task named by --only (default: 10 million; 660 million need 7 GB and some minutes); genomes: leaves of the largest tree (default: 10 million, with 3 GB)"},
    {"only", 0, "TASK", "simulate: wave, years, tracing, exact or exact-tracing alone; genomes: align, place or lineages alone"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

static int list(void)
{
    for (const struct vg_bench *bench = vg_benches; bench->name != NULL; bench++) {
        (void)printf("%-10s %s\n", bench->name, bench->summary);
    }
    return 0;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct cli_progress progress;
    int64_t series = 0;
    int64_t threads = 0;
    int64_t people = 0;
    if (arguments->n_operands == 0) {
        return list();
    }
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    cli_progress_start(&progress);
    vg_status status = cli_fill_integer(arguments, "series", 1, 1000000, &series, &error);
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "threads", 1, 1024, &threads, &error);
    }
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "people", 10000, 4000000000, &people, &error);
    }
    struct vg_bench_request request = {.name = arguments->operands[0], .n_series = (size_t)series, .threads = (unsigned)threads, .without_peers = cli_flag(arguments, "no-peers"),
                                       .n_people = (size_t)people, .only = cli_value(arguments, "only")};
    if (status == VG_OK) {
        status = vg_job_bench(&request, &progress.progress, &arena, &answer, &error);
    }
    cli_progress_end(&progress);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "text", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_bench = {
    "bench", "[NAME]", "how fast the program is on this machine",
    "monitor: analyses over series made for the purpose: seconds, series per second, the ratio to the R package that does the same, measured\n"
    "in the same run where Rscript and the package are installed, and what limits the program. simulate: every person of an invented country simulated:\n"
    "infections a CPU second, CPU seconds, bytes a person, and what limits it. exposure: keys a second beside the reference matcher's way. certificate: verified and issued\n"
    "a second. chains: who infected whom, CPU a case. genomes: from sequences to lineages. allocate: plans beside CLP. Without NAME the benchmarks are listed.",
    "vigia bench simulate --only wave --people 1000000 --format json", tables, run};
