/*
 * vigia plan: who gives what to whom, and when, on files. Works with no node.
 */
#include "cli/cli.h"
#include "cli/offer.h"

#include "jobs/plan/plan.h"

#include <math.h>
#include <string.h>

static const struct cli_option options[] = {
    {"stocks", 0, "FILE", "what is there, and what comes when: place, resource, amount, [date], [minimum]; ledger: the node's stock ledger (default where --node is given)"},
    {"ways", 0, "FILE", "between which places things can go: from, to, [days], [cost], [capacity]; without it nothing moves"},
    {"two-way", 0, NULL, "each way leads back, too"},
    {"resources", 0, "FILE", "resource, kind (reusable or consumable)"},
    {"population", 0, "FILE", "place, population, [group]: for sharing per head, and coverage by group"},
    {"must", 0, "FILE", "units that are at hand then, whatever it costs: place, resource, date, amount; what cannot be together is named"},
    {"fairest", 0, NULL, "the worst-served place first, then the least unmet need"},
    {"fairness-slack", 0, "SHARE", "of the best worst coverage that may be given up for less unmet need (default: 0)"},
    {"nobody-worse", 0, NULL, "no place gives what its own worst path needs"},
    {"tail-weight", 0, "SHARE", "weight of the worst paths against the expected: 0 to 1 (default: 0)"},
    {"tail", 0, "SHARE", "the worst paths are those above this quantile (default: 0.8)"},
    {"what-if", 0, "PLACE,RESOURCE,AMOUNT[,DATE]", "plans as if so much more (or, negative, less) were there"},
    {"show", 0, "NAME", "movements (default), coverage, groups, summary, unmet, worth; of bundles also nodes: what each would have before and after"},
    {"units", 0, "NUMBER", "show worth: how many more units (default: 1)"},
    {"language", 'l', "CODE", "of the reasons: es, pt, en, fr, zh (default: en)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_offer_options, cli_node_options, cli_output_options, NULL};

static vg_status fill_share(const struct cli_arguments *arguments, const char *name, double most, double *share, struct vg_error *error)
{
    const char *text = cli_value(arguments, name);
    if (text == NULL) {
        return VG_OK;
    }
    return vg_parse_double(vg_text_from(text), '.', share) && *share >= 0.0 && *share <= most ? VG_OK
                                                                                            : vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not a share of 0 to %g", name, text, most);
}

static vg_status fill(const struct cli_arguments *arguments, bool bundles, struct vg_plan_request *request, struct vg_error *error)
{
    request->needs_path = arguments->operands[0];
    request->stocks_path = cli_value(arguments, "stocks");
    request->ways_path = cli_value(arguments, "ways");
    request->resources_path = cli_value(arguments, "resources");
    request->population_path = cli_value(arguments, "population");
    request->must_path = cli_value(arguments, "must");
    request->two_way = cli_flag(arguments, "two-way");
    request->fairest = cli_flag(arguments, "fairest");
    request->nobody_worse = cli_flag(arguments, "nobody-worse");
    request->what_if = cli_value(arguments, "what-if");
    request->show = cli_value(arguments, "show");
    const char *language = cli_value(arguments, "language");
    int64_t units = 1;
    if (!bundles && request->stocks_path == NULL && cli_value(arguments, "node") == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "what is there? --stocks FILE with columns place, resource, amount, or --stocks ledger for that of a node");
    }
    request->stocks_path = request->stocks_path != NULL && strcmp(request->stocks_path, "ledger") == 0 ? NULL : request->stocks_path;
    if (language != NULL && !vg_language_from_code(vg_text_from(language), &request->language)) {
        return vg_fail(error, VG_USAGE_ERROR, "--language is es, pt, en, fr or zh, not \"%.20s\"", language);
    }
    if (fill_share(arguments, "fairness-slack", 1.0, &request->fairness_slack, error) != VG_OK || fill_share(arguments, "tail-weight", 1.0, &request->tail_weight, error) != VG_OK ||
        fill_share(arguments, "tail", 0.999, &request->tail, error) != VG_OK || cli_fill_integer(arguments, "units", 1, 1000000000, &units, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->worth_of = (double)units;
    return VG_OK;
}

static int run(const struct cli_arguments *arguments)
{
    if (arguments->n_operands > 0 && strcmp(arguments->operands[0], "offer") == 0) {
        return cli_plan_offer(arguments);
    }
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_plan_request request;
    struct cli_progress progress;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_plan_request_init(&request);
    const bool bundles = arguments->n_operands > 0 && cli_is_bundle(arguments->operands[0]);
    vg_status status = !bundles && arguments->n_operands != 1 ? vg_fail(&error, VG_USAGE_ERROR, "one file of needs is needed (vigia plan NEEDS --stocks FILE [options]), or bundles of offers")
                                                              : fill(arguments, bundles, &request, &error);
    if (status == VG_OK && bundles) {
        status = cli_fill_bundles(arguments, &arena, &request, &error);
    } else if (status == VG_OK && request.stocks_path == NULL) {
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &request.ledger, &error);
    }
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = vg_job_plan(&request, &progress.progress, &arena, &answer, &error);
    }
    cli_progress_end(&progress);
    vg_store_close(request.ledger);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_plan = {"plan",
                                     "NEEDS | BUNDLE ... | offer [NEEDS]",
                                     "who gives what to whom, and when: beds, ventilators, oxygen, doses",
                                     "Shares what there is over places and weeks, so that over all paths that the forecast holds possible the least need stays unmet (or the worst-served place\n"
                                     "is served best), and then the least is moved; in whole units. Each movement comes with what it avoids; --show summary holds the plan against nothing moved,\n"
                                     "sharing per head, and sharing by shortage. Columns of NEEDS: place, resource, date, amount, [path], [probability]. Needs no node; one with a stock ledger gives the stocks. See docs/allocate.md.\n"
                                     "offer writes what a node proposes (stocks, needs, ways) as a signed bundle; several bundles are verified and planned over, and movements name donor and receiver.",
                                     "vigia plan needs.csv --stocks stocks.csv --ways ways.csv --resources resources.csv --show summary --format text",
                                     tables,
                                     run};
