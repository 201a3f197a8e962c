/*
 * vigia demand: what hospitals will hold and need, on files. Works with no node.
 */
#include "cli/cli.h"

#include "jobs/demand/demand.h"

#include <string.h>

static const struct cli_option options[] = {
    {"admissions", 0, "FILE",
     "sample paths of admissions to come (vigia forecast --hubverse --samples 200 writes them); default: growth is learnt from "
     "the file itself"},
    {"patients", 0, "FILE",
     "who is in on the last day: columns place, resource, days (since admission) or admitted (its date), [patients]; who has "
     "stayed longer leaves sooner"},
    {"quantities", 0, "FILE",
     "what a patient-day takes: columns item, per (ward, icu, ventilator, hospital), quantity; published: figures of PAHO and WHO"},
    {"stock", 0, "FILE",
     "what is there of oxygen_m3 and of such items: columns place, item, amount; ledger: the node's stock ledger, beds too "
     "(default where --node is given)"},
    {"map", 0, "FIELD=HEADING",
     "reads place, date, admissions, cases, ward, icu, ventilator, hospital, or one of these with _admissions or _beds, from "
     "that "
     "column; may be repeated"},
    {"horizon", 'H', "DAYS", "1 to 28 (default: 28)"},
    {"paths", 0, NULL, "sample paths instead of quantiles"},
    {"needs", 0, NULL, "needs by week and path, as vigia plan reads them (the first 64 paths)"},
    {"show", 0, "NAME", "quantiles (default), paths, needs, or status: stay, beds and the chance that they do not suffice"},
    {"samples", 0, "NUMBER", "paths that are drawn (default: 200; with --needs 20; with --admissions as many as it has)"},
    {"law", 0, "NAME", "of the length of stay: gamma (default), weibull, lognormal"},
    {"cv", 0, "NUMBER", "standard deviation of a stay over its mean (default: 0.65)"},
    {"window", 'w', "DAYS", "the newest days that the length of stay rests on, 14 to 120 (default: 28)"},
    {"ventilated-share", 0, "NUMBER",
     "of patients in intensive care who are ventilated, where the file does not count them (default: ventilators are left "
     "out)"},
    {"oxygen", 0, "NAME", "litres a minute and patient: observed (3), who (10 on the ward, 30 in intensive care), or WARD,ICU"},
    {"seed", 0, "NUMBER", "seed of the draws (default: 20210205)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

static vg_status fill(const struct cli_arguments *arguments, const char **maps, struct vg_demand_request *request,
                      struct vg_error *error)
{
    int64_t seed = (int64_t)request->seed;
    request->hospitals_path = arguments->operands[0];
    request->admissions_path = cli_value(arguments, "admissions");
    request->patients_path = cli_value(arguments, "patients");
    request->quantities_path = cli_value(arguments, "quantities");
    request->stock_path = cli_value(arguments, "stock");
    request->law = cli_value(arguments, "law");
    request->oxygen = cli_value(arguments, "oxygen");
    request->show = cli_flag(arguments, "needs")   ? "needs"
                    : cli_flag(arguments, "paths") ? "paths"
                                                   : cli_value(arguments, "show");
    request->n_paths = request->show != NULL && strcmp(request->show, "needs") == 0 ? 20 : request->n_paths;
    request->maps = maps;
    vg_status status = cli_fill_list(arguments, "map", maps, CLI_VALUES_MAX, &request->n_maps, error);
    if (status != VG_OK ||
        cli_fill_integer(arguments, "horizon", 1, VG_DEMAND_DAYS_MOST, &request->horizon_days, error) != VG_OK ||
        cli_fill_integer(arguments, "samples", 1, 10000, &request->n_paths, error) != VG_OK ||
        cli_fill_positive(arguments, "cv", &request->cv, error) != VG_OK ||
        cli_fill_integer(arguments, "window", 14, 120, &request->window_days, error) != VG_OK ||
        cli_fill_positive(arguments, "ventilated-share", &request->ventilated_share, error) != VG_OK ||
        cli_fill_integer(arguments, "seed", 0, INT64_MAX, &seed, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    if (request->ventilated_share > 1) {
        return vg_fail(error, VG_USAGE_ERROR, "--ventilated-share: %g is more than 1, which is all", request->ventilated_share);
    }
    if (request->cv > 5) {
        return vg_fail(error, VG_USAGE_ERROR, "--cv: %g is more than 5; stays differ by 0.5 to 1.5 of their mean", request->cv);
    }
    request->seed = (uint64_t)seed;
    return VG_OK;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_demand_request request;
    const char *maps[CLI_VALUES_MAX];
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_demand_request_init(&request);
    vg_status status = arguments->n_operands != 1 ? vg_fail(&error, VG_USAGE_ERROR,
                                                            "one file of hospitals is needed: vigia demand HOSPITALS [options]")
                                                  : fill(arguments, maps, &request, &error);
    const bool by_ledger = request.stock_path != NULL ? strcmp(request.stock_path, "ledger") == 0 : cli_value(arguments, "node") != NULL;
    if (status == VG_OK && by_ledger) {
        request.stock_path = NULL;
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &request.ledger, &error);
    }
    status = status != VG_OK ? status : vg_job_demand(&request, &arena, &answer, &error);
    vg_store_close(request.ledger);
    status = status != VG_OK ? status : cli_write_answer(arguments, &answer, "csv", &error);
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_demand = {"demand",
                                       "HOSPITALS",
                                       "what hospitals will hold and need, to four weeks",
                                       "Patients on the ward, in intensive care and on ventilators, and their oxygen and "
                                       "supplies, day by day and place by place: quantiles, or paths that keep peaks in step\n"
                                       "across places. Columns of HOSPITALS: place, date, admissions, the census (ward, icu, "
                                       "ventilator or hospital) and, if known, beds (icu_beds) and cases. The length of stay is\n"
                                       "found from the file's newest weeks. Needs no node; the stock ledger "
                                       "of one gives stocks and beds. See docs/demand.md.",
                                       "vigia demand hospitals.csv --needs > needs.csv",
                                       tables,
                                       run};
