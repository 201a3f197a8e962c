/*
 * vigia bench: how fast the program is on this machine.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"series", 0, "NUMBER", "how many series, or keys, are made and worked on (default: 10000 series, a million keys)"},
    {"threads", 't', "NUMBER", "threads of the second measurement; the first is with one (default: all processors)"},
    {"no-peers", 0, NULL, "do not run the peers in R"},
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
    struct vg_bench_request request = {.name = arguments->operands[0], .n_series = (size_t)series, .threads = (unsigned)threads, .without_peers = cli_flag(arguments, "no-peers")};
    if (status == VG_OK) {
        status = vg_job_bench(&request, &progress.progress, &arena, &answer, &error);
    }
    cli_progress_end(&progress);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "text", &error);
    }
    int exit_code = cli_end(arguments, status, &error);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return exit_code;
}

const struct cli_command cli_bench = {
    "bench", "[NAME]", "how fast the program is on this machine",
    "Runs analyses over series made for the purpose and prints seconds, series per second, the ratio to the R package that does the same, measured\n"
    "in the same run where Rscript and the package are installed, and what limits the program; of exposure notification, keys a second beside the reference\n"
    "matcher's way. Without NAME the benchmarks are listed.",
    "vigia bench monitor --series 2000", tables, run};
