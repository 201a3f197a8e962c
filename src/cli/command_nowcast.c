/*
 * vigia nowcast: what is not reported yet.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"delays", 0, "NUMBER", "how many delays to look at (default: up to the 99th percentile)"},
    {"method", 0, "NAME", "both (default: mean of the two), ladder, renewal (the generative model) or nuts (the same by the sampler: slow)"},
    {"missing-onset", 0, "impute|omit", "cases without an onset: given one within the model, or left out (default: impute with renewal and nuts)"},
    {"hubverse", 0, NULL, "quantiles in the hubverse's long form"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_nowcast, VG_FILTER_NOWCAST, "csv");
}

const struct cli_command cli_nowcast = {
    "nowcast", "[FILE]", "how many cases of the newest days are still to be reported",
    "Estimates the final count of each day from what is reported so far and from the delays of the past, with intervals: by re-enacted chain\n"
    "ladders, by one generative model of infections and reports (where the disease's intervals are known), and by default as the mean of both.\n"
    "With FILE (a line list with two dates, or a reporting triangle) no node is needed: one block of rows a series, each with its status.",
    "vigia nowcast --dataset vigia-exercise-cases --as-of 2026-11-01", tables, run};
