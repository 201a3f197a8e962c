/*
 * vigia doses: who is vaccinated where and when, and which lots go where, on files or by the stock ledger of a node.
 */
#include "cli/cli.h"

#include "jobs/doses/doses.h"

#include <math.h>
#include <string.h>

static const struct cli_option options[] = {
    {"stocks", 0, "FILE", "doses: place, amount, [expiry], [date]; ledger: the node's stock ledger (default where --node is given)"},
    {"item", 0, "NAME", "of the ledger (default: vaccine_dose)"},
    {"ways", 0, "FILE", "between which places they can go: from, to, [days], [cost], [capacity]; without it nothing moves"},
    {"two-way", 0, NULL, "each way leads back, too"},
    {"places", 0, "FILE", "limits: place, [store] (doses that the cold chain holds), [per_day] (doses that can be given)"},
    {"due", 0, "FILE", "second doses of people who had the first before: place, date, amount"},
    {"begin", 0, "DATE", "first day (default: the day after the ledger's newest, or the first date of stocks)"},
    {"periods", 0, "NUMBER", "how many (default: 12)"},
    {"step", 0, "DAYS", "of a period (default: 7)"},
    {"interval", 0, "DAYS", "from the first dose to the second (default: one dose is all)"},
    {"reserve", 0, "SHARE", "of the second doses that is held back where first ones are given (default: 1)"},
    {"fairest", 0, NULL, "of each priority the worst-served place first"},
    {"show", 0, "NAME", "movements (default), given, second, coverage, lost, summary"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

static vg_status fill(const struct cli_arguments *arguments, struct vg_doses_request *request, struct vg_error *error)
{
    const char *begin = cli_value(arguments, "begin"), *reserve = cli_value(arguments, "reserve");
    request->people_path = arguments->operands[0];
    request->stocks_path = cli_value(arguments, "stocks");
    request->item = cli_value(arguments, "item");
    request->ways_path = cli_value(arguments, "ways");
    request->places_path = cli_value(arguments, "places");
    request->due_path = cli_value(arguments, "due");
    request->two_way = cli_flag(arguments, "two-way");
    request->fairest = cli_flag(arguments, "fairest");
    request->show = cli_value(arguments, "show");
    if (request->stocks_path == NULL && cli_value(arguments, "node") == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "what is there? --stocks FILE with columns place, amount, expiry, or --stocks ledger for that of a node");
    }
    request->stocks_path = request->stocks_path != NULL && strcmp(request->stocks_path, "ledger") == 0 ? NULL : request->stocks_path;
    if (begin != NULL && !vg_date_parse_iso(vg_text_from(begin), &request->begin)) {
        return vg_fail(error, VG_USAGE_ERROR, "--begin: \"%.40s\" is not a date; write it as 2021-02-05", begin);
    }
    if (reserve != NULL && (!vg_parse_double(vg_text_from(reserve), '.', &request->reserve) || !(request->reserve >= 0.0 && request->reserve <= 1.0))) {
        return vg_fail(error, VG_USAGE_ERROR, "--reserve: \"%.40s\" is not a share of 0 to 1", reserve);
    }
    vg_status status = cli_fill_integer(arguments, "periods", 1, 104, &request->periods, error);
    status = status == VG_OK ? cli_fill_integer(arguments, "step", 1, 31, &request->step_days, error) : status;
    return status == VG_OK ? cli_fill_integer(arguments, "interval", 1, 365, &request->interval_days, error) : status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_doses_request request;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_doses_request_init(&request);
    vg_status status = arguments->n_operands != 1 ? vg_fail(&error, VG_USAGE_ERROR, "one file of people is needed: vigia doses PEOPLE --stocks FILE [options]") : fill(arguments, &request, &error);
    if (status == VG_OK && request.stocks_path == NULL) {
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &request.ledger, &error);
    }
    status = status == VG_OK ? vg_job_doses(&request, &arena, &answer, &error) : status;
    vg_store_close(request.ledger);
    status = status == VG_OK ? cli_write_answer(arguments, &answer, "csv", &error) : status;
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_doses = {"doses",
                                      "PEOPLE",
                                      "who is vaccinated where and when, and which lots go where, by priorities",
                                      "Second doses on time first, then of each priority as many people as can be and as early as can be, then the least transport; lots that expire are used first and lost\n"
                                      "after their day; places store what their cold chain holds and give what they can; for each first dose the second is held back. Columns of PEOPLE: place, group,\n"
                                      "priority (1 first), people. --show summary holds it against nothing moved and no priorities. See docs/doses.md.",
                                      "vigia doses people.csv --stocks lots.csv --ways ways.csv --interval 28 --begin 2021-03-01 --show summary --format text",
                                      tables,
                                      run};
