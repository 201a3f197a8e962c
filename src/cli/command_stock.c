/*
 * vigia stock: the ledger of what places have: told by hand or from files, and asked.
 */
#include "cli/cli.h"

#include "jobs/stock/stock.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"by", 0, "NAME", "who tells it (default: the name of your account)"},
    {"facility", 'f', "NAME", "add, move, send, count: at this facility of the place"},
    {"to-facility", 0, "NAME", "move, send: to this facility of the other place"},
    {"date", 0, "DATE", "add, move, send, arrive, recall, count: the day on which it happened (default: today); questions: as of its end (default: the ledger's newest day)"},
    {"lot", 0, "NAME", "of this lot; without it what is used, moved or lost is taken from the lots that expire first"},
    {"expiry", 0, "DATE", "add, count: the last day on which the lot may be used"},
    {"in-use", 0, "AMOUNT", "count: how many of them are in use"},
    {"note", 0, "TEXT", "add, move, send, arrive, recall, count, undo: kept with the row"},
    {"arrives", 0, "DATE", "send: when it is to arrive"},
    {"rest-follows", 0, NULL, "arrive, recall: what did not come is still on its way (default: it is short)"},
    {"all", 0, NULL, "orders: also those of which nothing is on its way any more"},
    {"below-zero", 0, NULL, "add, move, import: it is so although it is more than there was"},
    {"event", 0, "NAME", "import: of files that do not say it: counted (what is there), received, used or lost"},
    {"profile", 0, "NAME", "import: reads by this profile of the kind stock (default: the one that fits best)"},
    {"within", 0, "CODE", "import: names of places are those below this one"},
    {"map", 0, "FIELD=HEADING", "import: reads date, place, facility, item, event, amount, unit, lot, expiry, to_place, to_facility, in_use, note, id or due from that column; may be repeated"},
    {"date-order", 0, "dmy|mdy", "import: of dates that are not 2021-02-05 (default: found from all of them)"},
    {"rejects", 0, "FILE", "import: rows that cannot be taken, with line, column and reason"},
    {"accept-rejects", 0, NULL, "import: take the other rows, where otherwise nothing is taken"},
    {"dry-run", 0, NULL, "import: only say what would be done"},
    {"unit", 0, "NAME", "item: the unit in which it is counted"},
    {"reusable", 0, NULL, "item: it serves again (default: it is used up)"},
    {"lots", 0, NULL, "item: it comes in lots with a day of expiry"},
    {"title", 0, "TEXT", "item: what people read"},
    {"category", 0, "NAME", "item: beds, equipment, staff, oxygen, protection, tests, medicines, doses, or another"},
    {"item", 0, "NAME", "questions: of this item"},
    {"place", 'p', "CODE", "questions: of this place and everything below it"},
    {"level", 0, "NAME", "show, cover, missing: facility (default), or sums by place, admin2, admin1 or country"},
    {"needs", 0, "FILE", "show, cover: use is what this file of vigia demand --needs says, instead of what was used"},
    {"window", 'w', "DAYS", "cover: the newest days whose use counts (default: 28)"},
    {"horizon", 'H', "DAYS", "cover: looks so far (default: 180); expiry: lots of so many days (default: 90)"},
    {"from", 0, "DATE", "movements: from this day"},
    {"to", 0, "DATE", "movements: until this day"},
    {"most", 0, "NUMBER", "movements: so many at most (default: 100)"},
    {"language", 'l', "CODE", "of the items' titles: es, pt, en, fr, zh (default: en)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

struct call {
    const struct cli_arguments *arguments;
    struct vg_store *store;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error;
    const char *by;
};

static vg_status operands(struct call *call, size_t n, const char *usage)
{
    return call->arguments->n_operands == n ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "vigia stock %s", usage);
}

static const char *value(const struct call *call, const char *name)
{
    return cli_value(call->arguments, name);
}

/* ------------------------------------------------------------------- telling */

static vg_status say(struct call *call, struct vg_stock_said *said)
{
    said->facility = value(call, "facility");
    said->lot = value(call, "lot");
    said->day = value(call, "date");
    said->note = value(call, "note");
    said->below_zero = cli_flag(call->arguments, "below-zero");
    return vg_job_stock_say(call->store, call->by, said, 1, &call->arena, &call->answer, &call->error);
}

static vg_status add(struct call *call)
{
    const char *const *operand = call->arguments->operands;
    vg_status status = operands(call, 5, "add received|used|lost PLACE ITEM AMOUNT");
    if (status != VG_OK) {
        return status;
    }
    struct vg_stock_said said = {.event = operand[1], .place = operand[2], .item = operand[3], .amount = operand[4], .expiry = value(call, "expiry")};
    return say(call, &said);
}

static vg_status move(struct call *call)
{
    const char *const *operand = call->arguments->operands;
    vg_status status = operands(call, 5, "move FROM TO ITEM AMOUNT [--facility NAME] [--to-facility NAME]");
    if (status != VG_OK) {
        return status;
    }
    struct vg_stock_said said = {.event = "moved", .place = operand[1], .to_place = operand[2], .item = operand[3], .amount = operand[4], .to_facility = value(call, "to-facility")};
    return say(call, &said);
}

static vg_status send(struct call *call)
{
    const char *const *operand = call->arguments->operands;
    vg_status status = operands(call, 5, "send FROM TO ITEM AMOUNT [--arrives DATE] [--facility NAME] [--to-facility NAME]");
    if (status != VG_OK) {
        return status;
    }
    struct vg_stock_said said = {.event = "moved", .place = operand[1], .to_place = operand[2], .item = operand[3], .amount = operand[4], .to_facility = value(call, "to-facility"),
                                 .due = value(call, "arrives") == NULL ? "" : value(call, "arrives")};
    return say(call, &said);
}

/* Of an order: all of it, or so much. */
static vg_status came(struct call *call, bool returned, const char *usage)
{
    struct vg_stock_came came = {.amount = call->arguments->n_operands == 3 ? call->arguments->operands[2] : NULL, .day = value(call, "date"), .note = value(call, "note"),
                                 .rest_follows = cli_flag(call->arguments, "rest-follows"), .returned = returned};
    if ((call->arguments->n_operands != 2 && call->arguments->n_operands != 3) || !vg_parse_integer(vg_text_from(call->arguments->operands[1]), &came.order) || came.order < 1) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "vigia stock %s", usage);
    }
    return vg_job_stock_came(call->store, call->by, &came, &call->arena, &call->answer, &call->error);
}

static vg_status arrive(struct call *call)
{
    return came(call, false, "arrive ORDER [AMOUNT] [--rest-follows] (orders shows their numbers)");
}

static vg_status recall(struct call *call)
{
    return came(call, true, "recall ORDER [AMOUNT] [--rest-follows] (orders shows their numbers)");
}

static vg_status count(struct call *call)
{
    const char *const *operand = call->arguments->operands;
    vg_status status = operands(call, 4, "count PLACE ITEM AMOUNT [--in-use AMOUNT]");
    if (status != VG_OK) {
        return status;
    }
    struct vg_stock_said said = {.event = "counted", .place = operand[1], .item = operand[2], .amount = operand[3], .expiry = value(call, "expiry"), .in_use = value(call, "in-use")};
    return say(call, &said);
}

static vg_status undo(struct call *call)
{
    int64_t id = 0;
    vg_status status = operands(call, 2, "undo ROW (movements shows their numbers)");
    if (status == VG_OK && (!vg_parse_integer(vg_text_from(call->arguments->operands[1]), &id) || id < 1)) {
        status = vg_fail(&call->error, VG_USAGE_ERROR, "\"%.40s\" is no number of a row", call->arguments->operands[1]);
    }
    return status == VG_OK ? vg_job_stock_reverse(call->store, call->by, id, value(call, "note"), &call->error) : status;
}

static vg_status make_item(struct call *call)
{
    struct vg_stock_work *work = NULL;
    vg_status status = operands(call, 2, "item NAME --unit NAME [--reusable] [--lots] [--title TEXT] [--category NAME]");
    if (status != VG_OK) {
        return status;
    }
    struct vg_stock_item item = {.name = call->arguments->operands[1], .unit = value(call, "unit"), .category = value(call, "category") == NULL ? "other" : value(call, "category"),
                                 .reusable = cli_flag(call->arguments, "reusable"), .lots = cli_flag(call->arguments, "lots")};
    for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
        item.titles[language] = value(call, "title");
    }
    status = vg_stock_begin(call->store, call->by, NULL, NULL, NULL, &work, &call->error);
    return status == VG_OK ? vg_stock_end(work, vg_stock_put_item(work, &item, &call->error), &call->error) : status;
}

static vg_status import(struct call *call)
{
    const char *maps[CLI_VALUES_MAX], *order = value(call, "date-order");
    struct cli_progress progress;
    struct vg_stock_import wanted = {.actor = call->by, .profile = value(call, "profile"), .event = value(call, "event"), .within = value(call, "within"), .rejects_path = value(call, "rejects"), .maps = maps,
                                     .accept_rejects = cli_flag(call->arguments, "accept-rejects"), .dry_run = cli_flag(call->arguments, "dry-run"), .below_zero = cli_flag(call->arguments, "below-zero")};
    vg_status status = operands(call, 2, "import FILE");
    status = status == VG_OK ? cli_fill_list(call->arguments, "map", maps, CLI_VALUES_MAX, &wanted.n_maps, &call->error) : status;
    if (status == VG_OK && order != NULL && strcmp(order, "dmy") != 0 && strcmp(order, "mdy") != 0) {
        status = vg_fail(&call->error, VG_USAGE_ERROR, "--date-order is dmy or mdy, not \"%.20s\"", order);
    }
    if (status != VG_OK) {
        return status;
    }
    wanted.date_order = order == NULL ? VG_DATE_ORDER_AUTO : order[0] == 'd' ? VG_DATE_ORDER_DMY : VG_DATE_ORDER_MDY;
    wanted.path = call->arguments->operands[1];
    cli_progress_start(&progress);
    wanted.progress = &progress.progress;
    status = vg_job_stock_import(call->store, &wanted, &call->arena, &call->answer, &call->error);
    cli_progress_end(&progress);
    return status;
}

/* -------------------------------------------------------------------- asking */

static vg_status fill_day(struct call *call, const char *name, int32_t *day)
{
    const char *text = value(call, name);
    return text == NULL || vg_date_parse_iso(vg_text_from(text), day) ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "--%s: \"%s\" is not a date; write it as 2021-02-05", name, text);
}

static vg_status question(struct call *call, const char *show)
{
    struct vg_stock_question asked;
    const char *language = value(call, "language");
    int64_t most = strcmp(show, "export") == 0 ? INT64_MAX >> 1 : 100;
    vg_stock_question_init(&asked);
    asked.show = strcmp(show, "show") == 0 ? "stock" : strcmp(show, "export") == 0 ? "movements" : show;
    asked.item = value(call, "item");
    asked.place = value(call, "place");
    asked.by = value(call, "level");
    asked.needs_path = value(call, "needs");
    asked.all_orders = cli_flag(call->arguments, "all");
    vg_status status = operands(call, 1, "show|cover|expiry|missing|movements|orders|lots|items|export");
    status = status == VG_OK ? fill_day(call, "date", &asked.day) : status;
    status = status == VG_OK ? fill_day(call, "from", &asked.from) : status;
    status = status == VG_OK ? fill_day(call, "to", &asked.to) : status;
    status = status == VG_OK ? cli_fill_integer(call->arguments, "window", 7, 365, &asked.window_days, &call->error) : status;
    status = status == VG_OK ? cli_fill_integer(call->arguments, "horizon", 1, 365, &asked.horizon_days, &call->error) : status;
    status = status == VG_OK ? cli_fill_integer(call->arguments, "most", 1, INT64_MAX >> 1, &most, &call->error) : status;
    asked.most = (size_t)most;
    if (status == VG_OK && language != NULL && !vg_language_from_code(vg_text_from(language), &asked.language)) {
        status = vg_fail(&call->error, VG_USAGE_ERROR, "--language is es, pt, en, fr or zh, not \"%.20s\"", language);
    }
    return status == VG_OK ? vg_job_stock(call->store, &asked, &call->arena, &call->answer, &call->error) : status;
}

static const struct verb { const char *name; vg_status (*run)(struct call *call); } verbs[] = {{"add", add}, {"move", move}, {"send", send}, {"arrive", arrive}, {"recall", recall}, {"count", count}, {"undo", undo}, {"item", make_item}, {"import", import}};

static int run(const struct cli_arguments *arguments)
{
    static const char *const questions[] = {"show", "cover", "expiry", "missing", "movements", "orders", "lots", "items", "export"};
    const struct passwd *account = getpwuid(geteuid());
    const char *name = arguments->n_operands == 0 ? "" : arguments->operands[0];
    struct call call = {.arguments = arguments, .by = cli_value(arguments, "by")};
    const size_t which = CLI_VERB(arguments, verbs);
    const struct verb *verb = which < sizeof verbs / sizeof *verbs ? &verbs[which] : NULL;
    bool asks = false;
    call.by = call.by == NULL && account != NULL ? account->pw_name : call.by;
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        asks = asks || strcmp(questions[i], name) == 0;
    }
    vg_status status = verb != NULL || asks ? vg_store_open(cli_node_folder(arguments), asks ? VG_STORE_READ : VG_STORE_WRITE, &call.store, &call.error)
                                            : vg_fail(&call.error, VG_USAGE_ERROR, "add, move, send, arrive, recall, count, undo, item, import, show, cover, expiry, missing, movements, orders, lots, items or export, not \"%.40s\"", name);
    if (status == VG_OK) {
        status = asks ? question(&call, name) : verb->run(&call);
    }
    vg_store_close(call.store);
    if (status == VG_OK && call.answer.table.n_columns > 0) {
        status = cli_write_answer(arguments, &call.answer, strcmp(name, "export") == 0 ? "csv" : "text", &call.error);
    }
    return cli_end_answer(arguments, status, &call.error, &call.answer, &call.arena);
}

const struct cli_command cli_stock = {"stock",
                                      "VERB ...",
                                      "what places have: beds, equipment, oxygen, supplies, doses; days of cover and expiry",
                                      "A ledger that is only added to: add, move and count tell what happened, undo takes a row back, import reads a file (Excel or CSV); show says what is there and\n"
                                      "for how many days it lasts, cover what runs out first, expiry which lots will not be used in time, missing what nobody told. ICU beds and ventilators have no\n"
                                      "defaults: they are asked for. See docs/stock.md.",
                                      "vigia stock add received CO-ANT respirator 5000 --facility \"Hospital General\" --node node",
                                      tables,
                                      run};
