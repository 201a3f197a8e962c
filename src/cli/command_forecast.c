/*
 * vigia forecast: the next weeks.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"horizon", 'H', "STEPS", "how many days or weeks ahead (default: 28 days or 4 weeks)"},
    {"method", 0, "NAME", "ensemble (default), autoregression, seasonal_analogues, exponential_smoothing, renewal (the mechanistic model), naive or hub_baseline"},
    {"hubverse", 0, NULL, "the 23 quantiles of the forecast hubs in the hubverse's long form"},
    {"samples", 0, "NUMBER", "with --hubverse: so many sample paths too"},
    {"members", 0, NULL, "the ensemble's members with their weights and past scores instead"},
    {"level", 0, "LEVEL", "every place of a level: country, admin1, admin2, other"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_forecast, VG_FILTER_FORECAST, "csv");
}

const struct cli_command cli_forecast = {
    "forecast", "[FILE]", "the next days or weeks, with intervals",
    "Short-term forecast by an ensemble whose weights are learnt from its members' past scores on the series and its sibling places, or by one method. Days that\n"
    "are incomplete because of reporting delays are nowcast first. With FILE no node is needed; its places are each other's siblings. For the hubs' weekly\n"
    "targets of daily counts: --step week.",
    "vigia forecast --dataset vigia-exercise-cases --horizon 14 --hubverse", tables, run};
