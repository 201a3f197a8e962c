/*
 * vigia bundle: a node's own key, whose signatures it takes, and what is in a bundle.
 */
#include "cli/cli.h"
#include "cli/offer.h"

#include <string.h>
#include <time.h>

static const struct cli_option options[] = {
    {"partners", 0, "FILE", "show: whose signatures are taken (node, key) instead of the node's own list"},
    {"part", 0, "NAME", "show: this file of the bundle, as it is, instead of what the bundle says of itself"},
    {"at", 0, "TIME", "show: in the place of now, as 2021-06-01T12:00:00Z"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

struct call {
    const struct cli_arguments *arguments;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error;
};

static vg_status operands(struct call *call, size_t n, const char *usage)
{
    return call->arguments->n_operands == n ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia bundle %s", usage);
}

/* Keys are written into the folder of a node, and into no other one. */
static vg_status check_node(struct call *call)
{
    struct vg_store *store = NULL;
    vg_status status = vg_store_open(cli_node_folder(call->arguments), VG_STORE_READ, &store, &call->error);
    vg_store_close(store);
    return status;
}

static vg_status key(struct call *call)
{
    char public_key[VG_PUBLIC_KEY_TEXT];
    vg_status status = operands(call, 2, "key NAME (of this node, as CO or BR-SP)");
    status = status == VG_OK ? check_node(call) : status;
    status = status == VG_OK ? vg_node_key_make(cli_node_folder(call->arguments), call->arguments->operands[1], public_key, &call->error) : status;
    if (status == VG_OK) {
        (void)printf("%s\n", public_key);
        (void)fprintf(stderr, "this is the public key of %s: give it to partners, and let them check it with you by another way\n", call->arguments->operands[1]);
    }
    return status;
}

static vg_status trust(struct call *call)
{
    vg_status status = operands(call, 3, "trust NAME KEY");
    status = status == VG_OK ? check_node(call) : status;
    return status == VG_OK ? vg_partners_put(cli_node_folder(call->arguments), call->arguments->operands[1], call->arguments->operands[2], &call->error) : status;
}

static vg_status forget(struct call *call)
{
    vg_status status = operands(call, 2, "forget NAME");
    status = status == VG_OK ? check_node(call) : status;
    return status == VG_OK ? vg_partners_put(cli_node_folder(call->arguments), call->arguments->operands[1], NULL, &call->error) : status;
}

static vg_status list(struct call *call)
{
    struct vg_partners partners;
    struct vg_table *table = &call->answer.table;
    vg_status status = operands(call, 1, "partners");
    status = status == VG_OK ? vg_partners_of(cli_node_folder(call->arguments), &call->arena, &partners, &call->error) : status;
    vg_table_add_column(table, "node", VG_COLUMN_TEXT);
    vg_table_add_column(table, "key", VG_COLUMN_TEXT);
    vg_table_add_column(table, "self", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; status == VG_OK && i < partners.n; i++) {
        vg_table_text(table, partners.rows[i].node);
        vg_table_text(table, partners.rows[i].key);
        vg_table_boolean(table, partners.rows[i].self);
    }
    return status;
}

static void put_time(struct vg_table *table, int64_t seconds)
{
    char text[32];
    struct tm parts;
    const time_t when = (time_t)seconds;
    if (gmtime_r(&when, &parts) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        vg_table_missing(table);
    } else {
        vg_table_text(table, text);
    }
}

/* order: how it stands to the newest that this node took from its node; NULL: nobody knows. */
static void put_bundle(struct vg_table *table, const char *path, const struct vg_bundle *bundle, const char *order)
{
    static const char *const columns[] = {"file", "node", "type", "issued", "expires"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "number", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "order", VG_COLUMN_TEXT);
    vg_table_add_column(table, "from", VG_COLUMN_DATE);
    vg_table_add_column(table, "to", VG_COLUMN_DATE);
    vg_table_add_column(table, "part", VG_COLUMN_TEXT);
    vg_table_add_column(table, "bytes", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < bundle->n_files; i++) {
        vg_table_text(table, path);
        vg_table_text(table, bundle->node);
        vg_table_text(table, bundle->type);
        put_time(table, bundle->issued);
        put_time(table, bundle->expires);
        if (bundle->number > 0) {
            vg_table_integer(table, bundle->number);
        } else {
            vg_table_missing(table);
        }
        vg_table_text(table, order);
        vg_table_date(table, bundle->from);
        vg_table_date(table, bundle->to);
        vg_table_text(table, bundle->files[i].name);
        vg_table_integer(table, (int64_t)bundle->files[i].bytes.size);
    }
}

static vg_status show(struct call *call)
{
    const char *part = cli_value(call->arguments, "part");
    struct vg_partners partners;
    struct vg_bundle bundle;
    int64_t now = (int64_t)time(NULL);
    vg_status status = operands(call, 2, "show FILE [--part NAME]");
    status = status == VG_OK ? cli_fill_time(call->arguments, "at", &now, &call->error) : status;
    status = status == VG_OK ? cli_open_partners(call->arguments, &call->arena, &partners, &call->error) : status;
    status = status == VG_OK ? cli_read_bundle(call->arguments->operands[1], &partners, now, &call->arena, &bundle, &call->error) : status;
    if (status != VG_OK) {
        return status;
    }
    if (part == NULL) {
        static const char *const orders[] = {"newer", "taken", "older", "same_number"};
        const char *folder = cli_bundle_memory(call->arguments);
        const struct vg_bundle_mark mark = vg_bundle_mark_of(&bundle);
        struct vg_bundle_mark newest;
        enum vg_bundle_order order = VG_BUNDLE_NEWER;
        int64_t missed = 0;
        status = folder == NULL ? VG_OK : vg_received_order(folder, &mark, &call->arena, &order, &newest, &missed, &call->error);
        put_bundle(&call->answer.table, call->arguments->operands[1], &bundle, folder == NULL ? NULL : orders[order]);
        return status;
    }
    const struct vg_text bytes = vg_bundle_file(&bundle, part);
    if (bytes.data == NULL) {
        return vg_fail(&call->error, VG_NOT_FOUND, "%s has no part %.60s", call->arguments->operands[1], part);
    }
    const struct vg_buffer out = {.data = (char *)(uintptr_t)bytes.data, .size = bytes.size};
    return cli_write_bytes(call->arguments, &out, &call->error);
}

static const struct { const char *name; vg_status (*run)(struct call *call); } verbs[] = {{"key", key}, {"trust", trust}, {"forget", forget}, {"partners", list}, {"show", show}};

static int run(const struct cli_arguments *arguments)
{
    struct call call = {.arguments = arguments};
    const char *verb = arguments->n_operands == 0 ? "" : arguments->operands[0];
    const size_t which = CLI_VERB(arguments, verbs);
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_status status = which < sizeof verbs / sizeof *verbs ? verbs[which].run(&call) : vg_fail(&call.error, VG_USAGE_ERROR, "key, trust, forget, partners or show, not \"%.40s\"", verb);
    if (status == VG_OK && call.answer.table.n_columns > 0) {
        status = cli_write_answer(arguments, &call.answer, "text", &call.error);
    }
    return cli_end_answer(arguments, status, &call.error, &call.answer, &call.arena);
}

const struct cli_command cli_bundle = {"bundle",
                                       "key NAME | trust NAME KEY | forget NAME | partners | show FILE",
                                       "signed files between nodes: the own key, whose signatures are taken, what is in one",
                                       "key makes the node's own key and prints its public half; trust takes a partner's, that you have checked by another way than it came; forget takes all keys of a\n"
                                       "partner away; show verifies a bundle and says what is in it, and --part prints one of its files. vigia plan offer writes bundles. See docs/bundles.md.",
                                       "vigia bundle key CO --node node",
                                       tables,
                                       run};
