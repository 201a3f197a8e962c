/*
 * vigia rt: the reproduction number in time.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"si-mean", 0, "DAYS", "mean of the serial interval (default: the disease's, from data/serial_intervals.csv)"},
    {"si-sd", 0, "DAYS", "standard deviation of the serial interval"},
    {"method", 0, "NAME", "cori (default: R on a day, looking back) or wallinga_teunis (R of the cases of a day, looking ahead)"},
    {"window", 'w', "DAYS", "days over which R is taken to be constant (default: 7)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_rt, VG_FILTER_RT, "csv");
}

const struct cli_command cli_rt = {
    "rt", "[FILE]", "how many people each case infects, in time",
    "The instantaneous reproduction number by Cori et al. (2013), as in EpiEstim, with intervals. For counts by a date before the report\n"
    "the unreported cases are nowcast first and their uncertainty is carried on. With FILE no node is needed.\n"
    "--method wallinga_teunis gives the case reproduction number instead.",
    "vigia rt --dataset historic-influenza-1918-baltimore --si-mean 2.6 --si-sd 1.5", tables, run};
