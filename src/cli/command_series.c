/*
 * vigia series: the counts themselves, as they were known on a day.
 */
#include "cli/cli.h"

static const struct cli_option *const tables[] = {cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_series, VG_FILTER_SERIES, "csv");
}

const struct cli_command cli_series = {"series", "[FILE]", "the epicurve: counts by day or week",
                                       "Prints the counts of a dataset, place and group by day or week as they were known on a day, with the 7-day mean;\n"
                                       "of a FILE, of each of its places.",
                                       "vigia series --dataset vigia-exercise-cases --step week", tables, run};
