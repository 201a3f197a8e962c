/*
 * vigia simulate: what would happen if.
 */
#include "cli/cli.h"

#include "intake/scenario/scenario.h"
#include "jobs/simulate/simulate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"example", 0, NULL, "print a complete scenario file with every key explained, and stop"},
    {"runs", 'r', "NUMBER", "runs of each scenario, instead of the file's"},
    {"keep", 'k', "FOLDER", "keep finished runs and saved states there, and go on from them"},
    {"early", 0, "FILE", "write early answers there, each over the one before: first from fewer people (named so), then from the first runs"},
    {"summary", 0, "FILE", "write totals, peaks and differences between scenarios there (- : instead of the rows)"},
    {"rules", 0, "FILE", "who gets the doses of the file's campaigns first, by several rules: columns rule, priority, ages, group; prints what each comes to and averts"},
    {"calibration", 0, NULL, "print what was found from the observed counts, block by block, and stop"},
    {"threads", 't', "NUMBER", "of runs side by side (default: all processors)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

/* Ctrl-C asks once for an orderly end: the signal is blocked and looked for between days. */
struct watch {
    struct cli_progress bar;
    sigset_t signals;
    const struct cli_arguments *arguments;
};

static bool report(void *context, const char *what, double fraction)
{
    struct watch *watch = context;
    const struct timespec at_once = {0, 0};
    bool go_on = sigtimedwait(&watch->signals, NULL, &at_once) < 0;
    return vg_progress_report(&watch->bar.progress, what, fraction) && go_on;
}

static vg_status write_summary(const struct cli_arguments *arguments, const struct vg_answer *summary, struct vg_error *error)
{
    const char *path = cli_value(arguments, "summary");
    struct vg_buffer out;
    if (path == NULL || strcmp(path, "-") == 0) {
        return VG_OK;
    }
    vg_buffer_init(&out, 0);
    vg_status status = vg_table_write(&summary->table, VG_FORMAT_CSV, &out, error);
    if (status == VG_OK) {
        status = vg_file_write_atomic(path, out.data, out.size, error);
    }
    vg_buffer_release(&out);
    return status;
}

static void early(void *context, const struct vg_simulate_stage *stage, const struct vg_answer *rows, const struct vg_answer *summary)
{
    const struct watch *watch = context;
    const char *path = cli_value(watch->arguments, "early");
    struct vg_buffer out;
    struct vg_error error = {0};
    (void)summary;
    vg_buffer_init(&out, 0);
    vg_status status = vg_table_write(&rows->table, VG_FORMAT_CSV, &out, &error);
    if (status == VG_OK) {
        status = vg_file_write_atomic(path, out.data, out.size, &error);
    }
    if (status != VG_OK) {
        (void)fprintf(stderr, "vigia simulate: the early answer: %s\n", error.message);
    } else if (stage->people_scale < 1) {
        (void)fprintf(stderr, "vigia simulate: a coarse answer from 1 of %.0f people is in %s\n", 1 / stage->people_scale, path);
    } else {
        (void)fprintf(stderr, "vigia simulate: the answer of %zu of %zu runs is in %s\n", stage->runs_done, stage->runs, path);
    }
    vg_buffer_release(&out);
}

static int print_example(void)
{
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    vg_intake_scenario_example(&out);
    bool good = !out.failed && fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    vg_buffer_release(&out);
    return good ? 0 : vg_status_exit_code(VG_SYSTEM_ERROR);
}

static void start_watch(struct watch *watch, const struct cli_arguments *arguments)
{
    *watch = (struct watch){.arguments = arguments};
    cli_progress_start(&watch->bar);
    (void)sigemptyset(&watch->signals);
    (void)sigaddset(&watch->signals, SIGINT);
    (void)sigaddset(&watch->signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &watch->signals, NULL);
}

static vg_status calibrate(const struct cli_arguments *arguments, unsigned threads, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_answer answer;
    if (arguments->n_operands != 1) {
        return vg_fail(error, VG_USAGE_ERROR, "give one scenario's file");
    }
    vg_answer_init(&answer, arena);
    vg_status status = vg_job_simulate_calibrate(arguments->operands[0], threads, progress, arena, &answer, error);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", error);
    }
    vg_answer_release(&answer);
    return status;
}

static vg_status write_answers(const struct cli_arguments *arguments, const struct vg_simulate_request *request, struct vg_answer *rows, struct vg_answer *summary,
                               const struct vg_simulate_stage *stage, struct vg_error *error)
{
    const char *wanted = cli_value(arguments, "summary");
    vg_status status = write_summary(arguments, summary, error);
    if (status == VG_OK && request->rules != NULL) {
        status = cli_write_answer(arguments, request->rules, "csv", error);
    } else if (status == VG_OK) {
        status = cli_write_answer(arguments, wanted != NULL && strcmp(wanted, "-") == 0 ? summary : rows, "csv", error);
    }
    if (status == VG_OK && stage->cancelled) {
        status = vg_fail(error, VG_CANCELLED, "stopped: the answer is of %zu of %zu runs%s", stage->runs_done, stage->runs,
                         request->keep_folder == NULL ? "" : "; the same command goes on from there");
    }
    return status;
}

static vg_status simulate(const struct cli_arguments *arguments, struct vg_simulate_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_answer rows;
    struct vg_answer summary;
    struct vg_simulate_stage stage;
    vg_answer_init(&rows, arena);
    vg_answer_init(&summary, arena);
    struct vg_answer rules;
    vg_answer_init(&rules, arena);
    request->rules_path = cli_value(arguments, "rules");
    request->rules = request->rules_path == NULL ? NULL : &rules;
    vg_status status = vg_job_simulate(request, progress, arena, &rows, &summary, &stage, error);
    if (status == VG_OK) {
        status = write_answers(arguments, request, &rows, &summary, &stage, error);
    }
    request->rules = NULL;
    vg_answer_release(&rules);
    vg_answer_release(&rows);
    vg_answer_release(&summary);
    return status;
}

/* mpiexec of MPICH, Open MPI and their kin say so to the processes they start. */
static bool started_as_ranks(void)
{
    return getenv("PMI_RANK") != NULL || getenv("PMIX_RANK") != NULL || getenv("OMPI_COMM_WORLD_RANK") != NULL;
}

/* Several ranks: each has the whole answer; the first writes it. */
static vg_status on_ranks(const struct cli_arguments *arguments, struct vg_simulate_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_ranks ranks;
    struct vg_answer rows;
    struct vg_answer summary;
    struct vg_simulate_stage stage;
    if (request->keep_folder != NULL || request->early != NULL || cli_flag(arguments, "calibration") || cli_value(arguments, "rules") != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "on several processes there is no --keep, --early, --calibration or --rules");
    }
    if (!vg_ranks_mpi_start(&ranks)) {
        return vg_fail(error, VG_SYSTEM_ERROR, "MPI cannot be started");
    }
    vg_status status = VG_OK;
    if (ranks.count == 1) {
        status = simulate(arguments, request, progress, arena, error);
    } else {
        request->ranks = &ranks;
        request->coarse = false;
        vg_answer_init(&rows, arena);
        vg_answer_init(&summary, arena);
        status = vg_job_simulate(request, progress, arena, &rows, &summary, &stage, error);
        if (status == VG_OK && ranks.rank == 0) {
            status = write_answers(arguments, request, &rows, &summary, &stage, error);
        }
        vg_answer_release(&rows);
        vg_answer_release(&summary);
    }
    vg_ranks_mpi_end();
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct watch watch;
    int64_t threads = 0;
    if (cli_flag(arguments, "example")) {
        return print_example();
    }
    struct vg_simulate_request request = {.paths = arguments->operands, .n_paths = arguments->n_operands, .keep_folder = cli_value(arguments, "keep"),
                                          .early = cli_value(arguments, "early") == NULL ? NULL : early, .early_context = &watch, .coarse = true};
    vg_status status = cli_fill_integer(arguments, "runs", 1, 100000, &request.runs, &error);
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "threads", 1, 256, &threads, &error);
    }
    request.threads = (unsigned)threads;
    vg_arena_init(&arena, 0);
    start_watch(&watch, arguments);
    const struct vg_progress progress = {report, &watch};
    if (status == VG_OK) {
        status = vg_ranks_mpi_built_in() && started_as_ranks() ? on_ranks(arguments, &request, &progress, &arena, &error) : cli_flag(arguments, "calibration") ? calibrate(arguments, request.threads, &progress, &arena, &error) : simulate(arguments, &request, &progress, &arena, &error);
    }
    cli_progress_end(&watch.bar);
    int exit_code = cli_end(arguments, status, &error);
    vg_arena_release(&arena);
    return exit_code;
}

const struct cli_command cli_simulate = {
    "simulate", "SCENARIO ...", "what would happen if: measures, vaccination, beds",
    "Simulates every person of a place under the scenarios of a file, many times, and writes quantiles and trajectories in the scenario hubs' columns.\n"
    "Runs of different scenarios share their draws, so that differences are sharp. Ctrl-C ends it with the answer of the runs that are done.\n"
    "Built with -Dmpi=enabled and started by mpiexec, each run is shared by all processes: a world too large for one machine; the same answer.",
    "vigia simulate --example > scenario.toml && vigia simulate scenario.toml --output rows.csv --summary summary.csv", tables, run};
