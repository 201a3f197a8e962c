/*
 * vigia rt: the reproduction number in time.
 */
#include "cli/cli.h"

#include <string.h>

static const struct cli_option options[] = {
    {"si-mean", 0, "DAYS", "mean of the serial interval (default: the disease's; see --parameters)"},
    {"si-sd", 0, "DAYS", "standard deviation of the serial interval"},
    {"si-mean-error", 0, "DAYS", "standard error of that mean: R over 200 intervals drawn within two of them"},
    {"si-sd-error", 0, "DAYS", "standard error of that standard deviation"},
    {"si-file", 0, "FILE", "the serial interval as weights by lag: columns lag and weight; several columns of weights are equally probable"},
    {"pairs", 0, "FILE", "estimate the serial interval from pairs: infector_onset, infectee_onset; ranges or EL, ER, SL, SR (see docs/monitor.md)"},
    {"family", 0, "NAME", "of the interval from pairs: gamma, lognormal, weibull or normal (default: several, by how well they fit)"},
    {"weights", 0, NULL, "print the distribution by lag that the pairs give, as --si-file reads it"},
    {"parameters", 0, NULL, "print the published parameters with their sources, of the disease named or of all, and stop"},
    {"method", 0, "NAME", "cori (default: R on a day, looking back), wallinga_teunis (R of the cases of a day, looking ahead), renewal (R of the day of infection, days and weeks) or nuts (the same by the sampler: slow)"},
    {"missing-onset", 0, "impute|omit", "cases without an onset, with renewal and nuts: given one within the model (default), or left out"},
    {"window", 'w', "DAYS", "days over which R is taken to be constant (default: 7)"},
    {"windows", 0, "DATES", "windows of your own: 2020-03-01:2020-03-15,2020-03-16:2020-04-30"},
    {"prior-mean", 0, "NUMBER", "prior mean of R (default: 5)"},
    {"prior-sd", 0, "NUMBER", "prior standard deviation of R (default: 5)"},
    {"imported", 0, "NAME", "cases that came from outside: a group such as category:Importado, or a measure"},
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
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

#define WINDOWS_MAX 200

static vg_status fill_windows(const char *text, struct vg_rt_dates *windows, size_t *n, struct vg_error *error)
{
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ",");
        size_t half = strcspn(at, ":");
        if (*n == WINDOWS_MAX) {
            return vg_fail(error, VG_USAGE_ERROR, "--windows: at most %d are taken", WINDOWS_MAX);
        }
        if (half >= length || !vg_date_parse_iso(vg_text_of(at, half), &windows[*n].from) || !vg_date_parse_iso(vg_text_of(at + half + 1, length - half - 1), &windows[*n].to)) {
            return vg_fail(error, VG_USAGE_ERROR, "--windows: \"%.*s\" is not two dates like 2020-03-01:2020-03-15", (int)length, at);
        }
        (*n)++;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return VG_OK;
}

/* What rt alone asks for, and the serial interval from a file, read or estimated once for all series. */
struct rt_own {
    struct vg_rt_request rt;
    struct vg_rt_dates windows[WINDOWS_MAX];
    struct vg_given_interval interval;
    struct vg_interval_request pairs;
};

static vg_status fill_interval(const struct cli_arguments *arguments, struct vg_arena *arena, struct rt_own *own, struct vg_error *error)
{
    const char *file = cli_value(arguments, "si-file");
    const char *as_of = cli_value(arguments, "as-of");
    own->pairs = (struct vg_interval_request){.path = cli_value(arguments, "pairs"), .family = cli_value(arguments, "family"), .as_of = VG_DATE_NONE,
                                                  .weights = cli_flag(arguments, "weights")};
    if ((file != NULL) + (own->pairs.path != NULL) + (cli_value(arguments, "si-mean") != NULL) > 1) {
        return vg_fail(error, VG_USAGE_ERROR, "the serial interval comes from --si-mean and --si-sd, --si-file or --pairs: from one of them");
    }
    if (own->pairs.path == NULL && (own->pairs.family != NULL || own->pairs.weights)) {
        return vg_fail(error, VG_USAGE_ERROR, "--family and --weights belong to --pairs");
    }
    if (own->pairs.path != NULL && as_of != NULL && !vg_date_parse_iso(vg_text_from(as_of), &own->pairs.as_of)) {
        return vg_fail(error, VG_USAGE_ERROR, "--as-of: \"%s\" is not a date; write it as 2021-02-05", as_of);
    }
    if (file != NULL) {
        own->rt.interval = &own->interval;
        return vg_job_read_interval(file, arena, &own->interval, error);
    }
    return VG_OK;
}

static vg_status fill_options(const struct cli_arguments *arguments, struct vg_arena *arena, struct rt_own *own, struct vg_error *error)
{
    *own = (struct rt_own){.rt = {.imported = cli_value(arguments, "imported"), .windows = own->windows}};
    if (cli_fill_positive(arguments, "prior-mean", &own->rt.prior_mean, error) != VG_OK || cli_fill_positive(arguments, "prior-sd", &own->rt.prior_sd, error) != VG_OK ||
        cli_fill_positive(arguments, "si-mean-error", &own->rt.serial_interval_mean_error_days, error) != VG_OK ||
        cli_fill_positive(arguments, "si-sd-error", &own->rt.serial_interval_sd_error_days, error) != VG_OK ||
        fill_windows(cli_value(arguments, "windows"), own->windows, &own->rt.n_windows, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    return fill_interval(arguments, arena, own, error);
}

/* The estimate alone, where there are pairs but no cases. */
static vg_status print_interval(const struct cli_arguments *arguments, const struct rt_own *own, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_answer answer;
    vg_answer_init(&answer, arena);
    vg_status status = vg_job_interval(&own->pairs, arena, &answer, NULL, error);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", error);
    }
    vg_answer_release(&answer);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    if (cli_flag(arguments, "parameters")) {
        return print_parameters(arguments);
    }
    struct vg_error error = {0};
    struct vg_arena arena;
    struct rt_own own;
    vg_arena_init(&arena, 0);
    vg_status status = fill_options(arguments, &arena, &own, &error);
    bool alone = status == VG_OK && own.pairs.path != NULL &&
                 (own.pairs.weights || (!cli_is_filter(arguments) && cli_value(arguments, "node") == NULL && cli_value(arguments, "dataset") == NULL));
    if (alone) {
        status = print_interval(arguments, &own, &arena, &error);
    } else if (status == VG_OK && own.pairs.path != NULL) {
        own.rt.interval = &own.interval;
        status = vg_job_interval(&own.pairs, &arena, NULL, &own.interval, &error);
    }
    int exit_code = alone || status != VG_OK ? cli_end(arguments, status, &error) : cli_run_job_rt(arguments, &own.rt);
    vg_arena_release(&arena);
    return exit_code;
}

const struct cli_command cli_rt = {
    "rt", "[FILE]", "how many people each case infects, in time",
    "The instantaneous reproduction number by Cori et al. (2013), as in EpiEstim, with intervals. For counts by a date before the report\n"
    "the unreported cases are nowcast first and their uncertainty is carried on. With FILE no node is needed.\n"
    "--method wallinga_teunis gives the case reproduction number instead. The serial interval is the disease's published one (--parameters lists\n"
    "them, --disease chooses), or --si-mean with --si-sd, weights from a file, or estimated from pairs of who infected whom: --pairs, which without\n"
    "cases prints the estimate.",
    "vigia rt --dataset historic-influenza-1918-baltimore --si-mean 2.6 --si-sd 1.5", tables, run};
