/*
 * vigia tracing: persons, cases, contacts, events, follow-up and orders of a node, and what is asked of them.
 */
#include "cli/cli.h"

#include "jobs/tracing/tracing.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"by", 0, "NAME", "who does it (default: the name of your account)"},
    {"role", 0, "NAME", "reader, case-worker or administrator (default: $VIGIA_ROLE, else reader)"},
    {"reason", 'r', "TEXT", "why: kept in the audit; lists show names only with it"},
    {"id", 0, "NUMBER", "add: change the row of that number instead"},
    {"source-case", 0, "NUMBER", "add contact: a contact of that case"},
    {"follow-days", 0, "NUMBER", "add contact, import: days of follow-up after the last contact (default: 14)"},
    {"officer", 0, "NAME", "lists: of that officer"},
    {"place", 'p', "CODE", "lists: of that place and everything below it"},
    {"status", 0, "NAME", "list contact: open, completed, became_case, lost, refused, dropped; list case: suspected, probable, confirmed, discarded; list order: force"},
    {"from", 0, "DATE", "lists, indicators: first day (contacts: of the last contact; cases: of report)"},
    {"to", 0, "DATE", "lists, indicators: last day"},
    {"date", 0, "DATE", "day, forward, backward, retain: as on that day (default: today)"},
    {"person", 0, "NUMBER", "list, duplicates, audit: of that person"},
    {"event", 0, "NUMBER", "list: of that event"},
    {"most", 0, "NUMBER", "so many rows at most"},
    {"skip", 0, "NUMBER", "list: without the first so many"},
    {"disease", 0, "NAME", "forward, backward: whose published times, R and k"},
    {"search", 0, NULL, "duplicates: compare everybody anew"},
    {"action", 0, "NAME", "audit: shown, merged, erased, ..."},
    {"dry-run", 0, NULL, "retain, import: only say what would be done"},
    {"form", 0, "NAME", "import, export: godata, sormas or dhis2; import: exercise, too"},
    {"part", 0, "NAME", "import: cases, contacts, relationships, followups, events or results (default: found by the headings)"},
    {"date-order", 0, "dmy|mdy", "import: of dates that are not 2021-02-05 (default: found from all of them)"},
    {"map", 0, "FIELD=HEADING", "import: reads FIELD from the column HEADING; may be repeated"},
    {"rejects", 0, "FILE", "import: rows that cannot be taken, with line, column and reason"},
    {"accept-rejects", 0, NULL, "import: take the other rows, where otherwise nothing is taken"},
    {"days", 0, "KIND=NUMBER", "retain: period of case, contact, attendee or other; may be repeated"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

#define GIVEN_MOST 64

struct call {
    const struct cli_arguments *arguments;
    struct vg_store *store;
    struct vg_actor actor;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer bytes; /* printed instead of the answer where it is not empty */
    struct vg_error error;
    const char *reason, *officer, *place, *disease;
    int64_t id, source_case, follow_days, person, event, most, skip;
    int32_t from, to, date;
};

static vg_status wrong_operands(struct call *call, const char *usage)
{
    return vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia tracing %s", usage);
}

static vg_status fill_day(struct call *call, const char *name, int32_t *date)
{
    const char *value = cli_value(call->arguments, name);
    if (value != NULL && !vg_date_parse_iso(vg_text_from(value), date)) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "--%s: \"%s\" is not a date; write it as 2021-02-05", name, value);
    }
    return VG_OK;
}

static vg_status fill(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const struct passwd *account = getpwuid(geteuid());
    const char *role = cli_value(arguments, "role");
    const struct { const char *name; int64_t *value; int64_t low; } numbers[] = {{"id", &call->id, 1},           {"source-case", &call->source_case, 1}, {"follow-days", &call->follow_days, 1},
                                                                                 {"person", &call->person, 1},   {"event", &call->event, 1},             {"most", &call->most, 1},
                                                                                 {"skip", &call->skip, 0}};
    call->from = call->to = VG_DATE_NONE;
    call->date = vg_date_today();
    call->actor.name = cli_value(arguments, "by");
    call->actor.name = call->actor.name == NULL && account != NULL ? account->pw_name : call->actor.name;
    role = role == NULL ? getenv("VIGIA_ROLE") : role;
    if (role != NULL && !vg_role_from_name(role, &call->actor.role)) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "--role is reader, case-worker or administrator, not \"%.40s\"", role);
    }
    call->reason = cli_value(arguments, "reason");
    call->officer = cli_value(arguments, "officer");
    call->place = cli_value(arguments, "place");
    call->disease = cli_value(arguments, "disease");
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof numbers / sizeof *numbers; i++) {
        status = cli_fill_integer(arguments, numbers[i].name, numbers[i].low, INT64_C(1) << 50, numbers[i].value, &call->error);
    }
    if (status == VG_OK) {
        status = fill_day(call, "from", &call->from);
    }
    if (status == VG_OK) {
        status = fill_day(call, "to", &call->to);
    }
    return status == VG_OK ? fill_day(call, "date", &call->date) : status;
}

static vg_status operand_number(struct call *call, size_t which, int64_t *number)
{
    const char *text = call->arguments->operands[which];
    return vg_parse_integer(vg_text_from(text), number) && *number > 0 ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "\"%.40s\" is no number of a row", text);
}

static vg_status operand_kind(struct call *call, enum vg_tracing_kind *kind)
{
    for (int i = 0; call->arguments->n_operands > 1 && i < VG_TRACING_KIND_COUNT; i++) {
        if (strcmp(call->arguments->operands[1], vg_tracing_shape((enum vg_tracing_kind)i)->name) == 0) {
            *kind = (enum vg_tracing_kind)i;
            return VG_OK;
        }
    }
    return vg_fail(&call->error, VG_USAGE_ERROR, "of what? person, case, contact, event, attendance, followup or order");
}

/* -------------------------------------------------------------------- verbs */

static vg_status add(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    struct vg_tracing_given given[GIVEN_MOST];
    struct vg_tracing_add request = {.id = call->id, .given = given, .source_case = call->source_case, .follow_days = call->follow_days};
    vg_status status = operand_kind(call, &request.kind);
    for (size_t i = 2; status == VG_OK && i < arguments->n_operands; i++) {
        const char *equals = strchr(arguments->operands[i], '=');
        if (equals == NULL || request.n_given == GIVEN_MOST) {
            return vg_fail(&call->error, VG_USAGE_ERROR, "\"%.60s\" is no field; write fields as onset=2021-02-05", arguments->operands[i]);
        }
        given[request.n_given++] = (struct vg_tracing_given){vg_arena_copy_bytes(&call->arena, arguments->operands[i], (size_t)(equals - arguments->operands[i])), equals + 1};
    }
    return status == VG_OK ? vg_job_tracing_add(call->store, &call->actor, &request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status list(struct call *call)
{
    struct vg_tracing_list request = {.officer = call->officer, .place = call->place, .status = cli_value(call->arguments, "status"), .from = call->from, .to = call->to,
                                      .person = call->person, .event = call->event, .most = (size_t)call->most, .skip = (size_t)call->skip, .names_for = call->reason};
    vg_status status = operand_kind(call, &request.kind);
    return status == VG_OK ? vg_job_tracing_list(call->store, &call->actor, &request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status day(struct call *call)
{
    const char *format = cli_value(call->arguments, "format");
    if (call->arguments->n_operands != 2) {
        return wrong_operands(call, "day OFFICER");
    }
    const char *officer = call->arguments->operands[1];
    vg_status status = vg_job_tracing_day(call->store, &call->actor, officer, call->date, call->reason, &call->arena, &call->answer, &call->error);
    return status == VG_OK && format != NULL && strcmp(format, "text") == 0 ? vg_job_tracing_sheet(&call->answer, officer, call->date, &call->bytes, &call->error) : status;
}

static vg_status forward(struct call *call)
{
    struct vg_tracing_rank rank = {call->officer, call->place, call->disease, call->date, (size_t)call->most};
    return vg_job_tracing_forward(call->store, &rank, &call->arena, &call->answer, &call->error);
}

static vg_status backward(struct call *call)
{
    struct vg_tracing_rank rank = {call->officer, call->place, call->disease, call->date, (size_t)call->most};
    return vg_job_tracing_backward(call->store, &rank, &call->arena, &call->answer, &call->error);
}

static vg_status chain(struct call *call)
{
    int64_t id = 0;
    vg_status status = call->arguments->n_operands == 2 ? operand_number(call, 1, &id) : wrong_operands(call, "chain CASE");
    return status == VG_OK ? vg_job_tracing_chain(call->store, id, (size_t)call->most, &call->arena, &call->answer, &call->error) : status;
}

static vg_status indicators(struct call *call)
{
    int32_t to = call->to == VG_DATE_NONE ? call->date : call->to, from = call->from == VG_DATE_NONE ? to - 27 : call->from;
    return vg_job_tracing_indicators(call->store, from, to, call->place, &call->arena, &call->answer, &call->error);
}

static vg_status show(struct call *call)
{
    int64_t id = 0;
    vg_status status = call->arguments->n_operands == 2 ? operand_number(call, 1, &id) : wrong_operands(call, "show PERSON --reason TEXT");
    return status == VG_OK ? vg_job_tracing_show(call->store, &call->actor, id, call->reason, &call->arena, &call->answer, &call->error) : status;
}

static vg_status attendees(struct call *call)
{
    int64_t id = 0;
    vg_status status = call->arguments->n_operands == 2 ? operand_number(call, 1, &id) : wrong_operands(call, "attendees EVENT");
    return status == VG_OK ? vg_job_tracing_attendees(call->store, &call->actor, id, call->reason, &call->arena, &call->answer, &call->error) : status;
}

static vg_status beside(struct call *call)
{
    int64_t persons[2] = {0};
    vg_status status = call->arguments->n_operands == 3 ? operand_number(call, 1, &persons[0]) : wrong_operands(call, "beside PERSON OTHER");
    if (status == VG_OK) {
        status = operand_number(call, 2, &persons[1]);
    }
    return status == VG_OK ? vg_job_tracing_beside(call->store, persons, 2, &call->arena, &call->answer, &call->error) : status;
}

static vg_status audit(struct call *call)
{
    struct vg_audit_query query = {call->person, cli_value(call->arguments, "by"), cli_value(call->arguments, "action"), call->most == 0 ? 100 : (size_t)call->most};
    return vg_job_tracing_audit(call->store, &query, &call->arena, &call->answer, &call->error);
}

static vg_status set_periods(struct call *call)
{
    const char *values[VG_RETENTION_COUNT];
    size_t n = 0;
    vg_status status = cli_fill_list(call->arguments, "days", values, VG_RETENTION_COUNT, &n, &call->error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const char *equals = strchr(values[i], '=');
        int kind = 0;
        int64_t days = 0;
        while (equals != NULL && kind < VG_RETENTION_COUNT && strncmp(vg_retention_names[kind], values[i], (size_t)(equals - values[i])) != 0) {
            kind++;
        }
        if (equals == NULL || equals == values[i] || kind == VG_RETENTION_COUNT || !vg_parse_integer(vg_text_from(equals + 1), &days)) {
            return vg_fail(&call->error, VG_USAGE_ERROR, "--days is case=, contact=, attendee= or other= and a number of days, not \"%.40s\"", values[i]);
        }
        status = vg_tracing_set_period(call->store, &call->actor, (enum vg_retention)kind, days, &call->error);
    }
    return status;
}

static vg_status retain(struct call *call)
{
    vg_status status = set_periods(call);
    return status == VG_OK ? vg_job_tracing_retain(call->store, &call->actor, call->date, cli_flag(call->arguments, "dry-run"), &call->arena, &call->answer, &call->error) : status;
}

static vg_status duplicates(struct call *call)
{
    struct cli_progress progress;
    if (!cli_flag(call->arguments, "search")) {
        return vg_job_tracing_duplicates(call->store, &call->actor, call->person, (size_t)call->most, call->reason, &call->arena, &call->answer, &call->error);
    }
    if (call->person != 0) {
        return vg_job_tracing_candidates(call->store, &call->actor, call->person, &call->arena, &call->answer, &call->error);
    }
    cli_progress_start(&progress);
    vg_status status = vg_job_tracing_search(call->store, &call->actor, &progress.progress, &call->arena, &call->answer, &call->error);
    cli_progress_end(&progress);
    return status;
}

static vg_status decide(struct call *call, enum vg_tracing_decision decision, size_t n_operands, const char *usage)
{
    int64_t first = 0, second = 0;
    vg_status status = call->arguments->n_operands == n_operands + 1 ? operand_number(call, 1, &first) : wrong_operands(call, usage);
    if (status == VG_OK && n_operands == 2) {
        status = operand_number(call, 2, &second);
    }
    return status == VG_OK ? vg_job_tracing_decide(call->store, &call->actor, decision, first, second, call->reason, &call->arena, &call->answer, &call->error) : status;
}

static vg_status merge(struct call *call)
{
    return decide(call, VG_TRACING_MERGE, 2, "merge PERSON INTO --reason TEXT");
}

static vg_status different(struct call *call)
{
    return decide(call, VG_TRACING_DIFFERENT, 2, "different PERSON OTHER --reason TEXT");
}

static vg_status undo(struct call *call)
{
    return decide(call, VG_TRACING_UNDO, 1, "undo STEP --reason TEXT (its number is in vigia tracing audit --action merged)");
}

static vg_status import(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *maps[CLI_VALUES_MAX], *order = cli_value(arguments, "date-order");
    struct cli_progress progress;
    struct vg_tracing_import request = {.form = cli_value(arguments, "form"), .part = cli_value(arguments, "part"), .follow_days = call->follow_days, .maps = maps,
                                        .dry_run = cli_flag(arguments, "dry-run"), .accept_rejects = cli_flag(arguments, "accept-rejects"), .rejects_path = cli_value(arguments, "rejects")};
    if (arguments->n_operands != 2) {
        return wrong_operands(call, "import FILE --form NAME");
    }
    if (order != NULL && strcmp(order, "dmy") != 0 && strcmp(order, "mdy") != 0) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "--date-order is dmy or mdy, not \"%.40s\"", order);
    }
    request.path = arguments->operands[1];
    request.date_order = order == NULL ? VG_TRACING_ORDER_AUTO : order[0] == 'd' ? VG_TRACING_ORDER_DMY : VG_TRACING_ORDER_MDY;
    vg_status status = cli_fill_list(arguments, "map", maps, CLI_VALUES_MAX, &request.n_maps, &call->error);
    if (status != VG_OK) {
        return status;
    }
    cli_progress_start(&progress);
    request.progress = &progress.progress;
    status = vg_job_tracing_import(call->store, &call->actor, &request, &call->arena, &call->answer, &call->error);
    cli_progress_end(&progress);
    return status;
}

static vg_status export(struct call *call)
{
    const char *format = cli_value(call->arguments, "format");
    bool json = cli_flag(call->arguments, "json") || (format != NULL && strcmp(format, "json") == 0);
    struct vg_tracing_export request = {cli_value(call->arguments, "form"), call->arguments->n_operands > 1 ? call->arguments->operands[1] : "", call->reason, json};
    vg_status status = vg_job_tracing_export(call->store, &call->actor, &request, &call->arena, &call->answer, &call->error);
    if (status == VG_OK && call->answer.table.n_columns == 0) {
        vg_buffer_append(&call->bytes, call->answer.meta.data, call->answer.meta.size);
    }
    return status;
}

static const struct {
    const char *name;
    vg_status (*run)(struct call *call);
    bool writes;
} verbs[] = {{"import", import, true}, {"export", export, false}, {"add", add, true},         {"list", list, false},   {"day", day, false},       {"forward", forward, false},       {"backward", backward, false}, {"chain", chain, false},
             {"indicators", indicators, false}, {"show", show, true}, {"audit", audit, false}, {"retain", retain, true},        {"duplicates", duplicates, false}, {"merge", merge, true},
             {"different", different, true}, {"undo", undo, true}, {"attendees", attendees, false}, {"beside", beside, false}};

static int run(const struct cli_arguments *arguments)
{
    struct call call = {.arguments = arguments};
    const size_t which = CLI_VERB(arguments, verbs);
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_buffer_init(&call.bytes, 0);
    vg_status status = which == sizeof verbs / sizeof *verbs
                           ? wrong_operands(&call, "add | list | day | forward | backward | chain | indicators | show | audit | duplicates | beside | merge | different | undo | attendees | import | export | retain ...")
                           : fill(&call);
    if (status == VG_OK) { /* whoever is shown names writes the audit, and so does whoever searches */
        bool writes = verbs[which].writes || call.reason != NULL || cli_flag(arguments, "search");
        status = vg_store_open(cli_node_folder(arguments), writes ? VG_STORE_WRITE : VG_STORE_READ, &call.store, &call.error);
    }
    if (status == VG_OK) {
        status = verbs[which].run(&call);
    }
    if (status == VG_OK) {
        status = call.bytes.size > 0 ? cli_write_bytes(arguments, &call.bytes, &call.error) : cli_write_answer(arguments, &call.answer, "csv", &call.error);
    }
    vg_store_close(call.store);
    vg_buffer_release(&call.bytes);
    return cli_end_answer(arguments, status, &call.error, &call.answer, &call.arena);
}

const struct cli_command cli_tracing = {
    "tracing", "add KIND FIELD=VALUE ... | list KIND | day OFFICER | forward | backward | chain CASE | indicators | duplicates | beside PERSON OTHER | merge PERSON INTO | different PERSON OTHER | undo STEP | attendees EVENT | show PERSON | audit | import FILE | export PART | retain",
    "cases, contacts, follow-up: who is to be visited, who infected whom, who is there twice",
    "Keeps persons, cases, contacts, events, attendance, follow-up and orders (KIND: person, case, contact, event, attendance, followup, order). Names, documents, telephones,\n"
    "addresses and birthdays are sealed, shown to case workers alone, with a reason, and each showing is in the audit. day prints whom an officer visits (--format text: a sheet);\n"
    "forward and backward rank by infections that can still be prevented; retain erases what identifies after its period. See docs/tracing.md.",
    "vigia tracing add contact --source-case 1 given=Ana family=Perez last=2021-02-05 proximity=close --role case-worker", tables, run};
