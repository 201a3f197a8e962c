/*
 * vigia alarm: where counts are more than expected.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"method", 0, "NAME", "farrington (default with five years of weeks), ears_c1, ears_c2 (default else), ears_c3, bayes, cusum, channel, channel_mean"},
    {"level", 0, "NAME", "country, admin1 or admin2 (default: the coarsest with several places)"},
    {"newest", 0, "NUMBER", "judge so many of the newest days or weeks (default: 1)"},
    {"alpha", 0, "NUMBER", "one-sided error of a single alarm (default: the method's own)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    return cli_run_job(arguments, vg_job_alarm, VG_FILTER_ALARM, "csv");
}

const struct cli_command cli_alarm = {
    "alarm", "[FILE]", "where counts are more than expected",
    "Judges the newest counts of every place against their past (Farrington's improved method, EARS), the most improbable first; notable are those\n"
    "of which at most one in twenty is false over all places. --method channel prints the endemic channel of the year with its zones.",
    "vigia alarm --dataset example-simulated --level admin2", tables, run};
