/*
 * vigia rt: the reproduction number in time.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"si-mean", 0, "DAYS", "mean of the serial interval (default: the disease's; see --parameters)"},
    {"si-sd", 0, "DAYS", "standard deviation of the serial interval"},
    {"parameters", 0, NULL, "print the published parameters with their sources, of the disease named or of all, and stop"},
    {"method", 0, "NAME", "cori (default: R on a day, looking back) or wallinga_teunis (R of the cases of a day, looking ahead)"},
    {"window", 'w', "DAYS", "days over which R is taken to be constant (default: 7)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

/* The operand, if any, is a disease. */
static int print_parameters(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_request_init(&request);
    request.disease = arguments->n_operands > 0 ? arguments->operands[0] : cli_value(arguments, "disease");
    vg_status status = vg_job_parameters(NULL, &request, &arena, &answer, &error);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    int exit_code = cli_end(arguments, status, &error);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return exit_code;
}

static int run(const struct cli_arguments *arguments)
{
    if (cli_flag(arguments, "parameters")) {
        return print_parameters(arguments);
    }
    return cli_run_job(arguments, vg_job_rt, VG_FILTER_RT, "csv");
}

const struct cli_command cli_rt = {
    "rt", "[FILE]", "how many people each case infects, in time",
    "The instantaneous reproduction number by Cori et al. (2013), as in EpiEstim, with intervals. For counts by a date before the report\n"
    "the unreported cases are nowcast first and their uncertainty is carried on. With FILE no node is needed.\n"
    "--method wallinga_teunis gives the case reproduction number instead. The serial interval is the disease's published one (--parameters lists\n"
    "them, --disease chooses) or --si-mean with --si-sd.",
    "vigia rt --dataset historic-influenza-1918-baltimore --si-mean 2.6 --si-sd 1.5", tables, run};
