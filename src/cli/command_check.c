/*
 * vigia check: the data-quality report of a file or of a node's dataset.
 */
#include "cli/cli.h"

static const struct cli_option *const tables[] = {cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_quality, VG_FILTER_CHECK, "text");
}

const struct cli_command cli_check = {
    "check", "[FILE]", "the data-quality report",
    "Completeness, delays, duplicates, impossible orders of dates, digit preference, falling totals, batch days, silent reporters, ages and\n"
    "sexes out of range: of a FILE before it is imported, or of a dataset of the node.",
    "vigia check --dataset vigia-exercise-cases", tables, run};
