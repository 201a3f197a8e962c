/*
 * vigia plan offer, and vigia plan over bundles: what a node proposes, signed; and what several propose, verified and planned over.
 */
#include "cli/cli.h"
#include "cli/offer.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define BUNDLE_BYTES_MAX ((size_t)512 << 20)
#define DAY_SECONDS 86400
#define PURPOSE "allocation"

const struct cli_option cli_offer_options[] = {
    {"bundle", 0, "FILE", "offer: where the signed bundle goes"},
    {"minimum", 0, "FILE", "offer: of stocks that do not say it, what stays: place, resource, minimum"},
    {"from", 0, "DATE", "offer without needs: the first day for which it holds"},
    {"to", 0, "DATE", "offer without needs: the last one"},
    {"valid", 0, "DAYS", "offer: expires after so many (default: 14)"},
    {"number", 0, "N", "offer: the number of this bundle among the node's own (default: one more than the last; with --key: none)"},
    {"key", 'k', "FILE", "offer: signed by this key (64 hexadecimal digits or a passphrase) instead of the node's own"},
    {"as", 0, "NAME", "offer: with --key, whose it is"},
    {"partners", 0, "FILE", "bundles: whose signatures are taken (node, key) instead of the node's own list"},
    {"at", 0, "TIME", "offer, bundles: in the place of now, as 2021-06-01T12:00:00Z"},
    {"older", 0, NULL, "bundles: also those that are older than the newest that the node took from their node"},
    {"down-to-minimum", 0, NULL, "bundles: places give down to their minimum, also what their own worst path needs"},
    {NULL, 0, NULL, NULL},
};

static vg_status fill_day(const struct cli_arguments *arguments, const char *name, int32_t *day, struct vg_error *error)
{
    const char *text = cli_value(arguments, name);
    return text == NULL || vg_date_parse_iso(vg_text_from(text), day) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "--%s: \"%.40s\" is not a date; write it as 2021-02-05", name, text);
}

/* ------------------------------------------------------------------- offer */

/* The node's own key and name, or those of --key and --as. */
static vg_status open_key(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_seal_key *key, const char **node, struct vg_error *error)
{
    const char *path = cli_value(arguments, "key");
    unsigned char salt[VG_SALT_BYTES];
    char digest[65];
    *node = cli_value(arguments, "as");
    if (path == NULL) {
        if (*node != NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "--as is the name that belongs to --key");
        }
        return vg_node_key(cli_node_folder(arguments), arena, key, node, error);
    }
    if (*node == NULL || !vg_node_name_is_good(vg_text_from(*node))) {
        return vg_fail(error, VG_USAGE_ERROR, "whose key is it? --as NAME, of 1 to 32 letters, digits, - and _");
    }
    vg_sha256(*node, strlen(*node), digest); /* a passphrase is stretched with the name */
    VG_ASSERT(vg_hex_decode(vg_text_of(digest, 2 * sizeof salt), salt, sizeof salt));
    return vg_seal_key_read(path, salt, key, error);
}

static vg_status fill_offer(const struct cli_arguments *arguments, struct vg_offer_request *request, struct vg_error *error)
{
    vg_offer_request_init(request);
    request->needs_path = arguments->n_operands == 2 ? arguments->operands[1] : NULL;
    request->stocks_path = cli_value(arguments, "stocks");
    request->ways_path = cli_value(arguments, "ways");
    request->resources_path = cli_value(arguments, "resources");
    request->minimum_path = cli_value(arguments, "minimum");
    request->two_way = cli_flag(arguments, "two-way");
    vg_status status = fill_day(arguments, "from", &request->from, error);
    status = status == VG_OK ? fill_day(arguments, "to", &request->to, error) : status;
    if (status == VG_OK && (arguments->n_operands > 2 || cli_value(arguments, "bundle") == NULL)) {
        status = vg_fail(error, VG_USAGE_ERROR, "the operands are: vigia plan offer [NEEDS] --bundle FILE [--stocks FILE|ledger|none] [--ways FILE] [--resources FILE]");
    }
    return status;
}

/* Not given, or "ledger": the node's; "none": no stock is offered. */
static vg_status open_ledger(const struct cli_arguments *arguments, struct vg_offer_request *request, struct vg_store **store, struct vg_error *error)
{
    const char *stocks = request->stocks_path;
    const bool ledger = stocks == NULL || strcmp(stocks, "ledger") == 0;
    request->stocks_path = ledger || strcmp(stocks, "none") == 0 ? NULL : stocks;
    if (ledger && stocks == NULL && cli_value(arguments, "key") != NULL && cli_value(arguments, "node") == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "what is there? --stocks FILE, --stocks ledger for that of a node, or --stocks none");
    }
    vg_status status = ledger ? vg_store_open(cli_node_folder(arguments), VG_STORE_READ, store, error) : VG_OK;
    request->ledger = *store;
    return status;
}

/* The node's own are counted; what another key signs has the number that it is told. */
static vg_status number_it(const struct cli_arguments *arguments, int64_t *number, struct vg_error *error)
{
    vg_status status = cli_fill_integer(arguments, "number", 1, INT64_C(1000000000000), number, error);
    return status == VG_OK && cli_value(arguments, "key") == NULL ? vg_node_number_take(cli_node_folder(arguments), *number, number, error) : status;
}

static vg_status write_bundle(const struct cli_arguments *arguments, const struct vg_offer *offer, const struct vg_seal_key *key, struct vg_error *error)
{
    struct vg_bundle_file files[VG_OFFER_PARTS];
    struct vg_buffer out;
    int64_t valid = 14;
    struct vg_bundle bundle = {.type = VG_OFFER_TYPE, .schema = VG_OFFER_TYPE, .node = offer->node, .purpose = PURPOSE, .version = VG_OFFER_VERSION, .issued = (int64_t)time(NULL), .from = offer->from,
                               .to = offer->to, .files = files};
    vg_status status = cli_fill_time(arguments, "at", &bundle.issued, error);
    status = status == VG_OK ? cli_fill_integer(arguments, "valid", 1, 3650, &valid, error) : status;
    bundle.expires = bundle.issued + valid * DAY_SECONDS;
    for (int part = 0; part < VG_OFFER_PARTS; part++) {
        if (offer->parts[part].size > 0) {
            files[bundle.n_files++] = (struct vg_bundle_file){vg_offer_part_names[part], offer->parts[part]};
        }
    }
    vg_buffer_init(&out, 0);
    status = status == VG_OK ? number_it(arguments, &bundle.number, error) : status;
    status = status == VG_OK ? vg_bundle_write(&bundle, key, &out, error) : status;
    status = status == VG_OK ? vg_file_write_atomic(cli_value(arguments, "bundle"), out.data, out.size, error) : status;
    vg_buffer_release(&out);
    return status;
}

int cli_plan_offer(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_offer_request request;
    struct vg_offer offer;
    struct vg_seal_key key;
    struct vg_store *store = NULL;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = fill_offer(arguments, &request, &error);
    status = status == VG_OK ? open_key(arguments, &arena, &key, &request.node, &error) : status;
    const bool opened = status == VG_OK;
    status = status == VG_OK ? open_ledger(arguments, &request, &store, &error) : status;
    status = status == VG_OK ? vg_job_offer(&request, &arena, &offer, &answer, &error) : status;
    status = status == VG_OK ? write_bundle(arguments, &offer, &key, &error) : status;
    if (opened) {
        vg_seal_key_clear(&key);
    }
    vg_store_close(store);
    status = status == VG_OK ? cli_write_answer(arguments, &answer, "text", &error) : status;
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

/* ----------------------------------------------------------------- bundles */

vg_status cli_open_partners(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error)
{
    const char *path = cli_value(arguments, "partners");
    if (path != NULL) {
        return vg_partners_read(path, arena, partners, error);
    }
    vg_status status = vg_partners_of(cli_node_folder(arguments), arena, partners, error);
    return status != VG_OK || partners->n > 0 ? status
                                              : vg_fail(error, VG_USAGE_ERROR, "whose signatures are taken? --partners FILE with columns node and key, or the list of a node: vigia bundle trust NAME KEY --node %.200s",
                                                        cli_node_folder(arguments));
}

vg_status cli_read_bundle(const char *path, const struct vg_partners *partners, int64_t now, struct vg_arena *arena, struct vg_bundle *bundle, struct vg_error *error)
{
    struct vg_text bytes;
    vg_status status = vg_file_read_text(path, BUNDLE_BYTES_MAX, arena, &bytes, error);
    return status == VG_OK ? vg_bundle_read(path, bytes, partners, now, arena, bundle, error) : status;
}

bool cli_is_bundle(const char *path)
{
    char front[4] = "";
    struct stat facts;
    /* What is read of a pipe is gone for who reads it next. */
    FILE *file = strcmp(path, "-") == 0 || stat(path, &facts) != 0 || !S_ISREG(facts.st_mode) ? NULL : fopen(path, "rb");
    const size_t n = file == NULL ? 0 : fread(front, 1, sizeof front, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return vg_bundle_is(vg_text_of(front, n));
}

static vg_status take_offer(const char *path, const struct vg_bundle *bundle, struct vg_offer *offer, struct vg_error *error)
{
    if (strcmp(bundle->type, VG_OFFER_TYPE) != 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: header, field type: %.60s is no offer for a plan (%s)", path, bundle->type, VG_OFFER_TYPE);
    }
    if (strcmp(bundle->schema, VG_OFFER_TYPE) != 0 || bundle->version != VG_OFFER_VERSION) {
        return vg_fail(error, VG_DATA_ERROR, "%s: header, field schema: this program reads version %d of %s", path, VG_OFFER_VERSION, VG_OFFER_TYPE);
    }
    *offer = (struct vg_offer){.name = path, .node = bundle->node, .from = bundle->from, .to = bundle->to};
    for (int part = 0; part < VG_OFFER_PARTS; part++) {
        offer->parts[part] = vg_bundle_file(bundle, vg_offer_part_names[part]);
    }
    return VG_OK;
}

/* The node whose list of partners is asked remembers what it took of them; a list in a file remembers nothing. */
const char *cli_bundle_memory(const struct cli_arguments *arguments)
{
    return cli_value(arguments, "partners") == NULL || cli_value(arguments, "node") != NULL ? cli_node_folder(arguments) : NULL;
}

/* An offer that was overtaken by another of its node is not planned over: it was lost on its way, or somebody sent it again. */
static vg_status check_order(const char *path, const struct vg_bundle_mark *mark, const char *folder, bool older, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_bundle_mark newest;
    enum vg_bundle_order order = VG_BUNDLE_NEWER;
    int64_t missed = 0;
    char newest_day[VG_DATE_TEXT_BYTES], day[VG_DATE_TEXT_BYTES];
    vg_status status = vg_received_order(folder, mark, arena, &order, &newest, &missed, error);
    if (status != VG_OK) {
        return status;
    }
    (void)vg_date_print((int32_t)(newest.issued / 86400), newest_day);
    (void)vg_date_print((int32_t)(mark->issued / 86400), day);
    if (order == VG_BUNDLE_SAME_NUMBER) {
        return vg_fail(error, VG_DATA_ERROR, "%s: header, field seq: number %lld of %s was taken before, and was another bundle (issued on %s; this one on %s): ask them which one is theirs", path, (long long)mark->number,
                       mark->node, newest_day, day);
    }
    if (order == VG_BUNDLE_OLDER && !older) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s: header, field %s: %s's number %lld of %s is older than number %lld of %s, which was taken before: ask for the newest (--older takes this one; a node that was restored from a backup counts on "
                       "with vigia plan offer --number %lld)",
                       path, mark->number > 0 ? "seq" : "t", mark->node, (long long)mark->number, day, (long long)newest.number, newest_day, (long long)newest.number + 1);
    }
    if (missed > 0) {
        (void)fprintf(stderr, "vigia plan: %s: of %s number %lld was taken last, and this is number %lld: %lld between them came not here, or went to others\n", path, mark->node, (long long)newest.number, (long long)mark->number,
                      (long long)missed);
    }
    return VG_OK;
}

/* Who may not write into the node's folder plans all the same. */
static void remember(const char *folder, const struct vg_bundle_mark *marks, size_t n)
{
    struct vg_error error = {0};
    if (vg_received_keep(folder, marks, n, &error) != VG_OK) {
        (void)fprintf(stderr, "vigia plan: which bundles were taken is not remembered: %s\n", error.message);
    }
}

vg_status cli_fill_bundles(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_plan_request *request, struct vg_error *error)
{
    struct vg_partners partners;
    struct vg_bundle bundle;
    const char *left_out = NULL;
    int64_t now = (int64_t)time(NULL);
    struct vg_offer *offers = VG_ARENA_ARRAY(arena, struct vg_offer, arguments->n_operands);
    struct vg_bundle_mark *marks = VG_ARENA_ARRAY(arena, struct vg_bundle_mark, arguments->n_operands);
    const char *folder = cli_bundle_memory(arguments);
    if (cli_value(arguments, "stocks") != NULL || cli_value(arguments, "resources") != NULL || cli_flag(arguments, "two-way") || cli_value(arguments, "together") != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "bundles say themselves what there is, what it is, and which ways lead back, each resource by itself: --stocks, --resources, --two-way and --together are not for them");
    }
    vg_status status = offers == NULL || marks == NULL ? vg_fail_memory(error, 0) : cli_fill_time(arguments, "at", &now, error);
    status = status == VG_OK ? cli_open_partners(arguments, arena, &partners, error) : status;
    for (size_t i = 0; status == VG_OK && i < arguments->n_operands; i++) {
        status = cli_read_bundle(arguments->operands[i], &partners, now, arena, &bundle, error);
        status = status == VG_OK ? take_offer(arguments->operands[i], &bundle, &offers[i], error) : status;
        marks[i] = vg_bundle_mark_of(&bundle);
        status = status == VG_OK && folder != NULL ? check_order(arguments->operands[i], &marks[i], folder, cli_flag(arguments, "older"), arena, error) : status;
    }
    status = status == VG_OK ? vg_job_offers_join(offers, arguments->n_operands, cli_value(arguments, "ways"), arena, request, &left_out, error) : status;
    request->nobody_worse = !cli_flag(arguments, "down-to-minimum");
    if (status == VG_OK && folder != NULL) {
        remember(folder, marks, arguments->n_operands);
    }
    if (status == VG_OK && left_out != NULL) {
        (void)fprintf(stderr, "vigia plan: left out: %s\n", left_out);
    }
    return status;
}
