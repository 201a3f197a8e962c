/*
 * vigia score: how good forecasts were.
 */
#include "cli/cli.h"
#include "jobs/score/score.h"

#include <string.h>

static const struct cli_option options[] = {
    {"observed", 0, "FILE", "what came: date, location, value (needed)"},
    {"by", 0, "NAMES", "location, target, horizon, reference_date, target_end_date, group; several with commas (default: the models alone)"},
    {"baseline", 0, "MODEL", "the model that skill is scaled to (default: one with baseline in its name)"},
    {"pit", 0, NULL, "where outcomes fell in the forecasts: histograms, flat where they are calibrated"},
    {"log", 0, NULL, "scores of log(x + 1), in which each place weighs alike"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_score_request request = {.forecast_paths = arguments->operands, .n_forecasts = arguments->n_operands, .observed_path = cli_value(arguments, "observed"),
                                       .by = cli_value(arguments, "by"), .baseline = cli_value(arguments, "baseline"), .logarithmic = cli_flag(arguments, "log"),
                                       .pit = cli_flag(arguments, "pit")};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = VG_OK;
    if (request.n_forecasts == 0) {
        status = vg_fail(&error, VG_USAGE_ERROR, "give one or more files of forecasts");
    } else if (request.observed_path == NULL) {
        status = vg_fail(&error, VG_USAGE_ERROR, "give what came with --observed FILE");
    }
    if (status == VG_OK) {
        status = vg_job_score(&request, &arena, &answer, &error);
    }
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_score = {
    "score", "FILE ...", "how good forecasts were",
    "Scores forecasts in the hubverse's long form (quantiles or samples, of one model or many) against what came: weighted interval score with its\n"
    "parts, CRPS, log score, coverage, bias, and skill relative to a baseline by pairwise comparison.",
    "vigia score team-a.csv hub-baseline.csv --observed truth.csv --by horizon", tables, run};
