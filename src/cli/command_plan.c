/*
 * vigia plan: who gives what to whom, and when, on files, with no node; and the plans that a node keeps.
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
    {"resources", 0, "FILE", "resource, kind (reusable or consumable), [unit], [weight], [size]"},
    {"population", 0, "FILE", "place, population, [group]: for sharing per head, and coverage by group"},
    {"must", 0, "FILE", "units that are at hand then, whatever it costs: place, resource, date, amount; what cannot be together is named"},
    {"together", 0, "NEED=RESOURCE,RESOURCE[:SERVES]", "what is needed is served only by these together, as icu=icu_bed,ventilator,team:5 (a team has five); may be repeated"},
    {"budget", 0, "AMOUNT", "what all transport of all resources may cost together, over all periods"},
    {"period-budget", 0, "AMOUNT", "the same of each period"},
    {"trucks", 0, "FILE", "what a way, or all ways from a place, can carry of all resources together in a period: from, [to], capacity, [date]; sizes are in --resources"},
    {"fairest", 0, NULL, "the worst-served place first, then the least unmet need"},
    {"fairness-slack", 0, "SHARE", "of the best worst coverage that may be given up for less unmet need (default: 0)"},
    {"nobody-worse", 0, NULL, "no place gives what its own worst path needs"},
    {"tail-weight", 0, "SHARE", "weight of the worst paths against the expected: 0 to 1 (default: 0)"},
    {"tail", 0, "SHARE", "the worst paths are those above this quantile (default: 0.8)"},
    {"what-if", 0, "PLACE,RESOURCE,AMOUNT[,DATE]", "plans as if so much more (or, negative, less) were there"},
    {"show", 0, "NAME", "movements (default), coverage, groups, summary, unmet, fairness, worth, limits (of a budget and trucks); of bundles also nodes: what each would have before and after"},
    {"units", 0, "NUMBER", "show worth: how many more units (default: 1)"},
    {"resource", 0, "NAME", "plans this one alone; may be repeated (default: all that are needed)"},
    {"census", 0, "DATASET", "instead of NEEDS: what the node's own hospitals will need, from the patients that they report in this dataset"},
    {"level", 0, "NAME", "census: for which places: country, admin1 (default), admin2"},
    {"ventilated-share", 0, "NUMBER", "census: of patients in intensive care who are ventilated, where the dataset does not count them"},
    {"keep", 0, "NAME", "keeps the plan in the node under this name, with the rows that it was made from"},
    {"replace", 0, NULL, "keep: in the place of the one of that name"},
    {"kept", 0, "NAME", "instead of NEEDS: the plan that the node keeps; --show and --what-if ask it"},
    {"list", 0, NULL, "the plans that the node keeps"},
    {"remove", 0, "NAME", "removes a plan that the node keeps"},
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

static vg_status fill_money(const struct cli_arguments *arguments, const char *name, double *amount, struct vg_error *error)
{
    const char *text = cli_value(arguments, name);
    return text == NULL || (vg_parse_double(vg_text_from(text), '.', amount) && *amount >= 0.0 && *amount <= 1e15) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not an amount of at least 0", name, text);
}

static vg_status fill(const struct cli_arguments *arguments, bool stocks_known, const char **only, const char **together, struct vg_plan_request *request, struct vg_error *error)
{
    request->needs_path = arguments->n_operands == 1 ? arguments->operands[0] : NULL;
    request->stocks_path = cli_value(arguments, "stocks");
    request->ways_path = cli_value(arguments, "ways");
    request->resources_path = cli_value(arguments, "resources");
    request->population_path = cli_value(arguments, "population");
    request->must_path = cli_value(arguments, "must");
    request->trucks_path = cli_value(arguments, "trucks");
    request->two_way = cli_flag(arguments, "two-way");
    request->fairest = cli_flag(arguments, "fairest");
    request->nobody_worse = cli_flag(arguments, "nobody-worse");
    request->what_if = cli_value(arguments, "what-if");
    request->show = cli_value(arguments, "show");
    const char *language = cli_value(arguments, "language");
    int64_t units = 1;
    if (!stocks_known && request->stocks_path == NULL && cli_value(arguments, "node") == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "what is there? --stocks FILE with columns place, resource, amount, or --stocks ledger for that of a node");
    }
    request->stocks_path = request->stocks_path != NULL && strcmp(request->stocks_path, "ledger") == 0 ? NULL : request->stocks_path;
    if (language != NULL && !vg_language_from_code(vg_text_from(language), &request->language)) {
        return vg_fail(error, VG_USAGE_ERROR, "--language is es, pt, en, fr or zh, not \"%.20s\"", language);
    }
    if (cli_fill_list(arguments, "resource", only, CLI_VALUES_MAX, &request->n_only, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->only = only;
    if (cli_fill_list(arguments, "together", together, CLI_VALUES_MAX, &request->n_together, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->together = together;
    if (fill_share(arguments, "fairness-slack", 1.0, &request->fairness_slack, error) != VG_OK || fill_share(arguments, "tail-weight", 1.0, &request->tail_weight, error) != VG_OK ||
        fill_share(arguments, "tail", 0.999, &request->tail, error) != VG_OK || fill_money(arguments, "budget", &request->budget, error) != VG_OK ||
        fill_money(arguments, "period-budget", &request->period_budget, error) != VG_OK || cli_fill_integer(arguments, "units", 1, 1000000000, &units, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->worth_of = (double)units;
    return VG_OK;
}

/* ------------------------------------------------------------- what the node keeps */

struct call {
    const struct cli_arguments *arguments;
    struct vg_plan_request request;
    struct vg_store *store;           /* NULL: none is needed */
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error;
    struct vg_buffer needs, people;   /* of the node's own hospitals */
    struct vg_given_file files[2];
    bool bundles;                     /* the operands are offers of nodes */
};

/* Needs and people of the node itself, in the place of files. */
static vg_status make_needs(struct call *call)
{
    struct vg_plan_census census = {.dataset = cli_value(call->arguments, "census"), .level = VG_LEVEL_ADMIN1, .ventilated_share = NAN};
    const char *level = cli_value(call->arguments, "level");
    if (level != NULL && !vg_place_level_from_name(vg_text_from(level), &census.level)) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "--level is country, admin1 or admin2, not \"%.40s\"", level);
    }
    const char *left_out = NULL;
    vg_status status = fill_share(call->arguments, "ventilated-share", 1.0, &census.ventilated_share, &call->error);
    status = status == VG_OK ? vg_job_plan_census(call->store, &census, &call->arena, &call->needs, &call->people, &left_out, &call->error) : status;
    if (status == VG_OK && left_out != NULL) {
        (void)fprintf(stderr, "vigia plan: left out: %s\n", left_out);
    }
    if (status == VG_OK) {
        call->files[0] = (struct vg_given_file){"the node's hospitals", call->needs.data, call->needs.size};
        call->files[1] = (struct vg_given_file){"the node's places", call->people.data, call->people.size};
        call->request.needs_path = call->files[0].path;
        call->request.some_places = true;
        call->request.population_path = call->request.population_path == NULL && call->people.size > 0 ? call->files[1].path : call->request.population_path;
        call->request.files = call->files;
        call->request.n_files = 2;
    }
    return status;
}

static vg_status ask_kept(struct call *call, const char *name)
{
    const struct vg_plan_kept_question question = {.name = name, .show = call->request.show, .what_if = call->request.what_if, .language = call->request.language};
    return vg_job_plan_kept(call->store, &question, &call->arena, &call->answer, &call->error);
}

static vg_status make_plan(struct call *call)
{
    const char *keep = cli_value(call->arguments, "keep");
    struct cli_progress progress;
    vg_status status = cli_value(call->arguments, "census") != NULL ? make_needs(call)
                       : call->bundles                              ? cli_fill_bundles(call->arguments, &call->arena, &call->request, &call->error)
                                                                    : VG_OK;
    call->request.ledger = !call->bundles && call->request.stocks_path == NULL ? call->store : NULL;
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = keep == NULL ? vg_job_plan(&call->request, &progress.progress, &call->arena, &call->answer, &call->error)
                              : vg_job_plan_keep(&call->request, call->store, keep, cli_flag(call->arguments, "replace"), &progress.progress, &call->arena, &call->answer, &call->error);
    }
    cli_progress_end(&progress);
    return status;
}

/* Exactly one of: a file of needs, the node's hospitals, and what is asked of kept plans. */
static vg_status check_question(const struct cli_arguments *arguments, bool bundles, bool *of_kept, struct vg_error *error)
{
    const int asked = (cli_value(arguments, "kept") != NULL) + cli_flag(arguments, "list") + (cli_value(arguments, "remove") != NULL), made = (arguments->n_operands > 0) + (cli_value(arguments, "census") != NULL);
    *of_kept = asked == 1;
    return (arguments->n_operands <= 1 || bundles) && asked + made == 1
        ? VG_OK
        : vg_fail(error, VG_USAGE_ERROR, "one file of needs is needed: vigia plan NEEDS --stocks FILE [options]; or bundles of offers; or --census DATASET, --kept NAME, --list or --remove NAME of a node");
}

static int run(const struct cli_arguments *arguments)
{
    if (arguments->n_operands > 0 && strcmp(arguments->operands[0], "offer") == 0) {
        return cli_plan_offer(arguments);
    }
    struct call call = {.arguments = arguments, .bundles = arguments->n_operands > 0 && cli_is_bundle(arguments->operands[0])};
    const char *only[CLI_VALUES_MAX], *together[CLI_VALUES_MAX], *removed = cli_value(arguments, "remove");
    bool of_kept = false;
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_plan_request_init(&call.request);
    vg_buffer_init(&call.needs, 0);
    vg_buffer_init(&call.people, 0);
    vg_status status = check_question(arguments, call.bundles, &of_kept, &call.error);
    status = status == VG_OK ? fill(arguments, of_kept || call.bundles, only, together, &call.request, &call.error) : status;
    const bool writes = removed != NULL || cli_value(arguments, "keep") != NULL;
    if (status == VG_OK && (of_kept || writes || (!call.bundles && call.request.stocks_path == NULL) || cli_value(arguments, "census") != NULL)) {
        status = vg_store_open(cli_node_folder(arguments), writes ? VG_STORE_WRITE : VG_STORE_READ, &call.store, &call.error);
    }
    if (status == VG_OK) {
        status = removed != NULL ? vg_job_plan_remove(call.store, removed, &call.error) : of_kept ? ask_kept(&call, cli_value(arguments, "kept")) : make_plan(&call);
    }
    vg_store_close(call.store);
    if (status == VG_OK && removed == NULL) {
        status = cli_write_answer(arguments, &call.answer, "csv", &call.error);
    }
    vg_buffer_release(&call.needs);
    vg_buffer_release(&call.people);
    return cli_end_answer(arguments, status, &call.error, &call.answer, &call.arena);
}

const struct cli_command cli_plan = {"plan",
                                     "[NEEDS | BUNDLE ... | offer [NEEDS]]",
                                     "who gives what to whom, and when: beds, ventilators, oxygen, doses",
                                     "Shares what there is over places and weeks, so that over all paths that the forecast holds possible the least need stays unmet (or the worst-served place\n"
                                     "is served best), and then the least is moved; in whole units. Each movement comes with what it avoids; --show summary holds the plan against nothing moved,\n"
                                     "sharing per head, and sharing by shortage. Columns of NEEDS: place, resource, date, amount, [path], [probability]. Needs no node; one with a stock ledger gives the stocks,\n"
                                     "its hospitals' patients the needs (--census), and it keeps plans (--keep, --list, --kept, --remove). See docs/allocate.md.\n"
                                     "offer writes what a node proposes (stocks, needs, ways) as a signed bundle; several bundles are verified and planned over, and movements name donor and receiver.",
                                     "vigia plan needs.csv --stocks stocks.csv --ways ways.csv --resources resources.csv --show summary --format text",
                                     tables,
                                     run};
