/*
 * vigia forecast: the next weeks.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"horizon", 'H', "STEPS", "how many days or weeks ahead (default: 28 days or 4 weeks)"},
    {"method", 0, "NAME", "exponential_smoothing (default), naive or hub_baseline"},
    {"hubverse", 0, NULL, "quantiles in the hubverse's long form"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_forecast, VG_FILTER_FORECAST, "csv");
}

const struct cli_command cli_forecast = {
    "forecast", "[FILE]", "the next days or weeks, with intervals",
    "Short-term forecast by exponential smoothing (damped trend, day of the week) or by the naive method. Days that are incomplete because\n"
    "of reporting delays are nowcast first. With FILE no node is needed.",
    "vigia forecast --dataset example-simulated --horizon 14 --hubverse", tables, run};
