/*
 * vigia severity: how many cases die, are admitted or need intensive care, and how long they stay.
 */
#include "cli/cli.h"

#include "jobs/severity/severity.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>

static const struct cli_option options[] = {
    {"show", 0, "NAME",
     "ratio (default: case fatality), rolling, course (day by day); of line lists: risks, stays, weekly (stays); defaults (published, with --disease)"},
    {"disease", 0, "NAME", "whose days from onset to death (default: the dataset's)"},
    {"delay", 0, "FAMILY:A,B", "days from case to death: gamma:SHAPE,SCALE, weibull:SHAPE,SCALE or lognormal:LOGMEAN,LOGSD"},
    {"delay-mean", 0, "DAYS", "instead: their mean"},
    {"delay-sd", 0, "DAYS", "and standard deviation"},
    {"delay-family", 0, "NAME", "of mean and standard deviation: gamma (default), lognormal or weibull"},
    {"delay-error", 0, "SHARE", "how uncertain the mean is, as a relative standard error (default: 0.1)"},
    {"delay-sd-error", 0, "SHARE", "how uncertain the standard deviation is (default: 0.2)"},
    {"whole-days", 0, NULL, "delays as differences of two days (default: densities at whole days, as the R package cfr)"},
    {"deaths", 0, "NAME", "the measure of deaths (default: the one by the same kind of date as the cases')"},
    {"as-reported", 0, NULL, "newest days as they stand, not corrected for reports to come"},
    {"baseline", 0, "RATIO", "a ratio known of all, VALUE or VALUE,LOW,HIGH: gives the share of cases that were found"},
    {"standard", 0, "FILE", "a standard population (columns group and weight): a row a place standardised over its groups"},
    {"age-width", 0, "YEARS", "of line lists: bands of age (default: risks by 20 years, the rest all together)"},
    {"every", 0, "DAYS", "rolling: days between rows (default: 7)"},
    {"stay", 0, "FROM,TO", "stays, weekly: columns of a file with one row a stay, such as admission,discharge (empty: still in)"},
    {"window-days", 0, "DAYS", "stays, weekly: what was seen on the last so many days (default: all; weekly 28)"},
    {"unrecorded", 0, NULL, "stays: some ends are never written down; their share (lost) is estimated, too"},
    {"discharged-only", 0, NULL, "stays: the list holds patients only once they have left"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static vg_status fill(const struct cli_arguments *arguments, struct vg_severity_request *severity, struct vg_error *error)
{
    vg_severity_request_init(severity);
    severity->path = arguments->n_operands > 0 ? arguments->operands[0] : NULL;
    severity->show = cli_value(arguments, "show");
    severity->delay = cli_value(arguments, "delay");
    severity->delay_family = cli_value(arguments, "delay-family");
    severity->whole_days = cli_flag(arguments, "whole-days");
    severity->deaths_measure = cli_value(arguments, "deaths");
    severity->as_reported = cli_flag(arguments, "as-reported");
    severity->baseline = cli_value(arguments, "baseline");
    severity->standard_path = cli_value(arguments, "standard");
    severity->stay = cli_value(arguments, "stay");
    severity->unrecorded = cli_flag(arguments, "unrecorded");
    severity->discharged_only = cli_flag(arguments, "discharged-only");
    if (arguments->n_operands > 1) {
        return vg_fail(error, VG_USAGE_ERROR, "give one file, or none to work on a node");
    }
    if (cli_fill_positive(arguments, "delay-mean", &severity->delay_mean_days, error) != VG_OK ||
        cli_fill_positive(arguments, "delay-sd", &severity->delay_sd_days, error) != VG_OK ||
        cli_fill_positive(arguments, "delay-error", &severity->mean_error, error) != VG_OK ||
        cli_fill_positive(arguments, "delay-sd-error", &severity->sd_error, error) != VG_OK ||
        cli_fill_integer(arguments, "age-width", 1, 90, &severity->age_width, error) != VG_OK ||
        cli_fill_integer(arguments, "every", 1, 3650, &severity->rolling_days, error) != VG_OK ||
        cli_fill_integer(arguments, "window-days", 7, 3650, &severity->window_days, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    if (isnan(severity->delay_mean_days) != isnan(severity->delay_sd_days)) {
        return vg_fail(error, VG_USAGE_ERROR, "--delay-mean and --delay-sd go together");
    }
    if (!isnan(severity->delay_mean_days) && (severity->delay_mean_days > 1000 || severity->delay_sd_days > 1000)) {
        return vg_fail(error, VG_USAGE_ERROR, "a delay of more than 1000 days");
    }
    if (severity->mean_error > 2 || severity->sd_error > 2) {
        return vg_fail(error, VG_USAGE_ERROR, "--delay-error and --delay-sd-error are relative standard errors, at most 2");
    }
    return VG_OK;
}

static vg_status answer_of(const struct cli_arguments *arguments, const struct vg_request *request, const struct vg_severity_request *severity,
                           struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error)
{
    struct vg_store *store = NULL;
    bool file = severity->path != NULL || (severity->show != NULL && vg_text_equals(vg_text_from(severity->show), "defaults"));
    vg_status status = file ? VG_OK : vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, error);
    status = status == VG_OK ? vg_job_severity(store, request, severity, arena, answer, limits, error) : status;
    vg_store_close(store);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    struct vg_intake_options intake;
    struct vg_severity_request severity;
    struct vg_measures_limits limits = {.n = 0};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = cli_fill_request(arguments, &request, &error);
    status = status == VG_OK ? cli_fill_intake(arguments, &arena, &intake, &error) : status;
    status = status == VG_OK ? fill(arguments, &severity, &error) : status;
    severity.intake = &intake;
    status = status == VG_OK ? answer_of(arguments, &request, &severity, &arena, &answer, &limits, &error) : status;
    for (size_t i = 0; status == VG_OK && i < limits.n; i++) {
        (void)fprintf(stderr, "vigia severity: %s\n", limits.sentences[i]);
    }
    status = status == VG_OK ? cli_write_answer(arguments, &answer, "csv", &error) : status;
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_severity = {"severity",
                                         "[FILE]",
                                         "case fatality, risks of admission and intensive care, lengths of stay",
                                         "Case fatality from cases and deaths by date (a file of counts, a line list, or the node's dataset): as it stands, "
                                         "corrected for deaths still to come, and with the delay\n"
                                         "taken as uncertain; rolling, or day by day with a smoothing prior. Of line lists also risks by age with cases that "
                                         "are not over, and lengths of stay with patients still\n"
                                         "in. A series that cannot be estimated says why in its status. See docs/severity.md.",
                                         "vigia severity counts.csv --delay lognormal:2.577,0.440 --format text",
                                         tables,
                                         run};
