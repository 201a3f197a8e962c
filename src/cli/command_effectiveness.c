/*
 * vigia effectiveness: what was done against a disease, and how much it did: measures, a vaccine, a treatment. The first operand says of what; each subject has its own entry here.
 */
#include "cli/cli.h"

#include "jobs/effectiveness/effectiveness.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <string.h>

static const struct cli_option options[] = {
    {"show", 0, "NAME", "effects (default); measures: places, place_effects, pairs (what can be told apart), sensitivity, fit; vaccine: periods, balance, curves; treatment: balance, overlap"},
    {"columns", 0, "NAMES", "measures to take, with commas, each perhaps with >=NUMBER: on or off by that (default: all)"},
    {"lag", 0, "DAYS", "mean days from the day a measure acts to the day by which R is told (default: incubation period + delay of what is counted)"},
    {"lag-sd", 0, "DAYS", "standard deviation of that lag"},
    {"half-life", 0, "DAYS", "half of a measure's strength is lost in so many days while it lasts (default: it does not fade)"},
    {"window", 'w', "DAYS", "days over which R is taken to be constant, and the step of the regression (default: 7)"},
    {"least-cases", 0, "NUMBER", "cases that R of a window must rest on (default: 20)"},
    {"random-walk", 0, NULL, "what measures do not explain is a random walk in each place (default: autoregressive)"},
    {"calendar", 0, NULL, "take out what each month did to R in all places alike"},
    {"effect-sd", 0, "NUMBER", "prior standard deviation of an effect on log R, around none (default: 0.5)"},
    {"draws", 0, "NUMBER", "draws of each of four chains (default: 500)"},
    {"main-only", 0, NULL, "leave out the repeats under other assumptions"},
    {"si-mean", 0, "DAYS", "mean of the serial interval, for R (default: the disease's)"},
    {"si-sd", 0, "DAYS", "standard deviation of the serial interval"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option people_options[] = {
    {"design", 0, "NAME", "vaccine: cohort (matched pairs), person-time, never, unmatched, test-negative or screening (default: by the file's columns)"},
    {"outcome", 0, "COLUMN", "date of the outcome (cohort), result of the test, or how it ended"},
    {"exposure", 0, "COLUMN", "date of vaccination, or vaccination status"},
    {"treated", 0, "COLUMN", "treatment: who was treated, yes or no"},
    {"time", 0, "COLUMN", "treatment: days followed, to the outcome or to where a patient was last seen without it (default: all outcomes are known)"},
    {"censored", 0, "COLUMN", "cohort: date on which a person ceased to be seen"},
    {"date", 0, "COLUMN", "test-negative: date of the test, where --exposure is a date"},
    {"adjust", 0, "COLUMNS", "covariates, with commas; age/10 puts a number in bands, date/month a date in months"},
    {"exact", 0, "COLUMNS", "cohort: partners have the same of these"},
    {"near", 0, "COLUMN=MOST,...", "cohort: partners differ by at most so much, the nearest first, such as age=1"},
    {"propensity", 0, NULL, "cohort: partners are near in the propensity given --adjust (0.2 standard deviations of its logit)"},
    {"strata", 0, "COLUMNS", "cohort: a baseline hazard for each of these"},
    {"product", 0, "COLUMN", "cohort: which vaccine it was; an estimate for each, others until they get theirs as unvaccinated"},
    {"by", 0, "COLUMN", "vaccine: an estimate for each of its values"},
    {"reference", 0, "VALUE", "test-negative: what the unvaccinated are called"},
    {"delay", 0, "DAYS", "from dose to protection (default: 14)"},
    {"at", 0, "DAYS,...", "cohort: effectiveness up to these days of follow-up; treatment with --time: risks up to one day (default: to the end)"},
    {"periods", 0, "DAYS,...", "cohort: where follow-up is cut for effectiveness by period (default: at thirds of the events)"},
    {"breslow", 0, NULL, "cohort: ties by Breslow's method (default: Efron's)"},
    {"trim", 0, "SHARE", "treatment: weights beyond this quantile at each end are set to it, such as 0.01 (default: none)"},
    {"bootstrap", 0, "NUMBER", "treatment: draws of the bootstrap, 0 for none (default: 500)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, people_options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static vg_status fill_measures(const struct cli_arguments *arguments, struct vg_measures_request *measures, struct vg_error *error)
{
    int64_t window = 7;
    vg_measures_request_init(measures);
    int64_t draws = (int64_t)measures->n_draws;
    measures->measures_path = arguments->operands[arguments->n_operands - 1];
    measures->counts_path = arguments->n_operands == 3 ? arguments->operands[1] : NULL;
    measures->columns = cli_value(arguments, "columns");
    measures->show = cli_value(arguments, "show");
    measures->random_walk = cli_flag(arguments, "random-walk");
    measures->calendar = cli_flag(arguments, "calendar");
    measures->without_sensitivity = cli_flag(arguments, "main-only");
    const char *lag = cli_value(arguments, "lag");
    if (lag != NULL && (!vg_parse_double(vg_text_from(lag), '.', &measures->lag_mean_days) || !(measures->lag_mean_days >= 0))) {
        return vg_fail(error, VG_USAGE_ERROR, "--lag: \"%s\" is not a number of days, 0 or more", lag);
    }
    if (cli_fill_positive(arguments, "lag-sd", &measures->lag_sd_days, error) != VG_OK || cli_fill_positive(arguments, "half-life", &measures->half_life_days, error) != VG_OK ||
        cli_fill_positive(arguments, "least-cases", &measures->least_cases, error) != VG_OK || cli_fill_positive(arguments, "effect-sd", &measures->effect_sd, error) != VG_OK || cli_fill_integer(arguments, "window", 1, 28, &window, error) != VG_OK ||
        cli_fill_integer(arguments, "draws", 20, 100000, &draws, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    measures->window_days = (size_t)window;
    measures->n_draws = (size_t)draws;
    return VG_OK;
}

/* To the reader of a terminal or a log, so that no table is read without them; JSON carries them itself. */
static void print_limits(const struct cli_arguments *arguments, const struct vg_measures_limits *limits)
{
    (void)fprintf(stderr, "vigia %s: what these numbers cannot say\n", arguments->command->name);
    for (size_t i = 0; i < limits->n; i++) {
        (void)fprintf(stderr, "%s  - %s\n", i == limits->n_general ? " found here:\n" : "", limits->sentences[i]);
    }
}

static vg_status run_on(const struct cli_arguments *arguments, const struct vg_request *request, const struct vg_measures_request *measures, struct vg_arena *arena,
                        struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error)
{
    struct vg_store *store = NULL;
    struct cli_progress progress;
    vg_status status = measures->counts_path != NULL ? VG_OK : vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, error);
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = vg_job_measures(store, request, measures, &progress.progress, arena, answer, limits, error);
    }
    cli_progress_end(&progress);
    vg_store_close(store);
    return status;
}

static int run_measures(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    struct vg_intake_options intake;
    struct vg_measures_request measures;
    struct vg_measures_limits limits = {.n = 0};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = arguments->n_operands == 2 || arguments->n_operands == 3
                           ? VG_OK
                           : vg_fail(&error, VG_USAGE_ERROR, "give a file of counts and a file of measures, or the latter alone to work on a node");
    if (status == VG_OK) {
        status = cli_fill_request(arguments, &request, &error);
    }
    if (status == VG_OK) {
        status = cli_fill_intake(arguments, &arena, &intake, &error);
    }
    if (status == VG_OK) {
        status = fill_measures(arguments, &measures, &error);
        measures.intake = &intake;
    }
    if (status == VG_OK) {
        status = run_on(arguments, &request, &measures, &arena, &answer, &limits, &error);
    }
    if (status == VG_OK) {
        print_limits(arguments, &limits);
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

/* ------------------------------------------------- vaccines and treatments */

static vg_status one_file(const struct cli_arguments *arguments, const char *subject, struct vg_error *error)
{
    return arguments->n_operands == 2 ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "give one file of people: vigia effectiveness %s FILE", subject);
}

static vg_status fill_vaccine(const struct cli_arguments *arguments, struct vg_vaccine_request *vaccine, struct vg_error *error)
{
    struct vg_request request;
    vg_status status = one_file(arguments, "vaccine", error);
    status = status == VG_OK ? cli_fill_request(arguments, &request, error) : status;
    if (status != VG_OK) {
        return status;
    }
    *vaccine = (struct vg_vaccine_request){.path = arguments->operands[1], .design = cli_value(arguments, "design"), .outcome = cli_value(arguments, "outcome"), .exposure = cli_value(arguments, "exposure"),
                                           .censored = cli_value(arguments, "censored"), .date = cli_value(arguments, "date"), .adjust = cli_value(arguments, "adjust"), .exact = cli_value(arguments, "exact"),
                                           .near = cli_value(arguments, "near"), .strata = cli_value(arguments, "strata"), .by = cli_value(arguments, "by"), .product = cli_value(arguments, "product"), .reference = cli_value(arguments, "reference"),
                                           .show = cli_value(arguments, "show"), .propensity = cli_flag(arguments, "propensity"), .breslow = cli_flag(arguments, "breslow"), .from = request.from, .to = request.to,
                                           .at = cli_value(arguments, "at"), .periods = cli_value(arguments, "periods"), .has_delay = cli_value(arguments, "delay") != NULL, .seed = request.seed};
    return cli_fill_integer(arguments, "delay", 0, 3650, &vaccine->delay_days, error);
}

static vg_status fill_treatment(const struct cli_arguments *arguments, struct vg_treatment_request *treatment, struct vg_error *error)
{
    struct vg_request request;
    int64_t bootstrap = 500;
    vg_status status = one_file(arguments, "treatment", error);
    status = status == VG_OK ? cli_fill_request(arguments, &request, error) : status;
    status = status == VG_OK ? cli_fill_integer(arguments, "bootstrap", 0, 100000, &bootstrap, error) : status;
    if (status != VG_OK) {
        return status;
    }
    *treatment = (struct vg_treatment_request){.path = arguments->operands[1], .outcome = cli_value(arguments, "outcome"), .treated = cli_value(arguments, "treated"), .adjust = cli_value(arguments, "adjust"),
                                               .show = cli_value(arguments, "show"), .n_bootstrap = bootstrap == 0 ? -1 : bootstrap, .seed = request.seed};
    treatment->time = cli_value(arguments, "time");
    if (treatment->time == NULL && cli_value(arguments, "at") != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "--at goes with --time");
    }
    if (cli_fill_positive(arguments, "at", &treatment->at, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    const char *trim = cli_value(arguments, "trim");
    if (trim != NULL && (!vg_parse_double(vg_text_from(trim), '.', &treatment->trim) || !(treatment->trim >= 0 && treatment->trim < 0.5))) {
        return vg_fail(error, VG_USAGE_ERROR, "--trim: \"%s\" is not a share from 0 to below 0.5", trim);
    }
    return VG_OK;
}

static int run_people(const struct cli_arguments *arguments, bool of_vaccine)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_vaccine_request vaccine;
    struct vg_treatment_request treatment;
    struct vg_measures_limits limits = {.n = 0};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = of_vaccine ? fill_vaccine(arguments, &vaccine, &error) : fill_treatment(arguments, &treatment, &error);
    if (status == VG_OK) {
        status = of_vaccine ? vg_job_vaccine(&vaccine, &arena, &answer, &limits, &error) : vg_job_treatment(&treatment, &arena, &answer, &limits, &error);
    }
    if (status == VG_OK) {
        print_limits(arguments, &limits);
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

static int run_vaccine(const struct cli_arguments *arguments) { return run_people(arguments, true); }
static int run_treatment(const struct cli_arguments *arguments) { return run_people(arguments, false); }

static const struct {
    const char *name;
    int (*run)(const struct cli_arguments *arguments);
} subjects[] = {{"measures", run_measures}, {"vaccine", run_vaccine}, {"treatment", run_treatment}};

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    for (size_t i = 0; arguments->n_operands > 0 && i < sizeof subjects / sizeof *subjects; i++) {
        if (strcmp(arguments->operands[0], subjects[i].name) == 0) {
            return subjects[i].run(arguments);
        }
    }
    vg_status status = vg_fail(&error, VG_USAGE_ERROR, "effectiveness of what? vigia effectiveness measures [COUNTS] MEASURES, vaccine FILE, or treatment FILE");
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_effectiveness = {
    "effectiveness", "measures [COUNTS] MEASURES | vaccine FILE | treatment FILE", "how much measures, a vaccine or a treatment did",
    "measures: a hierarchical regression of log R on dated measures over many places: how many percent each measure took off R, with intervals, how much that differs between\n"
    "places, what cannot be told apart, how well places that were left out are foretold, and what hangs on the assumed lag. COUNTS is daily counts by place, or R as\n"
    "vigia rt prints it; without it the node's dataset is taken. MEASURES is place, date and a column a measure (OxCGRT), or place, date, measure, value, or place,\n"
    "measure, from, to. See docs/measures-effects.md.\n"
    "vaccine: effectiveness from a file of people: a cohort with dates of vaccination and outcome (pairs that start on the same day, or everyone's person time), a test-negative\n"
    "study, or the screening method. Where effectiveness changes with time no single number is given, but one a period. treatment: the effect of a treatment in routine data by\n"
    "inverse-probability weighting, with overlap, balance and E-value. See docs/effectiveness.md.\n"
    "What such numbers rest on and cannot say is printed beside them (standard error; meta in JSON).",
    "vigia effectiveness vaccine cohort.csv --outcome death_date --exposure vaccine_date_2 --exact sex --near age=1 --at 90", tables, run};
