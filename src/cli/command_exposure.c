/*
 * vigia exposure: exposure notification on files: keys, matching, risk, export files, batches between servers. Works with no node.
 */
#include "cli/cli.h"

#include "jobs/exposure/exposure.h"
#include "jobs/exposure_server/exposure_server.h"
#include "serve/serve.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static const struct cli_option options[] = {
    {"public-key", 0, "FILE", "verify, match, keys: PEM key that must have signed the exports; may be repeated"},
    {"key-id", 0, "TEXT", "of the signing key, by custom the country's mobile code, such as 732"},
    {"key-version", 0, "TEXT", "of the signing key, such as v1"},
    {"show", 0, "NAME", "match: matches (default), windows, days (version 2 of risk), records (version 1)"},
    {"config", 0, "FILE", "match: settings of risk as vigia exposure config prints them"},
    {"threads", 't', "NUMBER", "match: how many (default: all processors); the answer is the same"},
    {"at", 0, "TIME", "match, verify-batch: in the place of now, UNIX seconds or as 2020-05-20T12:00:00Z"},
    {"key", 'k', "FILE", "export, sign-batch: private key (PEM)"},
    {"region", 0, "CODE", "export: ISO 3166 code of the region"},
    {"from", 0, "TIME", "export: the keys came from this time on"},
    {"to", 0, "TIME", "export: and before this one"},
    {"folder", 0, "FOLDER", "export: where the files go"},
    {"keys-in-a-file", 0, "NUMBER", "export: at most (default: 500000)"},
    {"intervals", 0, "NUMBER", "beacon: how many, 1 to 144 (default: 144)"},
    {"power", 0, "DBM", "beacon: transmit power (default: 0)"},
    {"origin", 0, "CODE", "batch: where the keys began"},
    {"visited", 0, "CODES", "batch: where the people were, with commas"},
    {"certificate", 0, "FILE", "sign-batch: the signer's certificate; verify-batch: the trusted ones (PEM)"},
    {"authority", 0, "TEXT", "server: the health authority's id, such as gov.co"},
    {"port", 'p', "NUMBER", "serve: port (default: 8460; 0: any free one)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

#define PUBLIC_KEYS_MAX 32

struct call {
    const struct cli_arguments *arguments;
    const char *public_keys[PUBLIC_KEYS_MAX];
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer bytes; /* what is answered where it is no table */
    struct vg_error error;
};

static vg_status wrong_operands(struct call *call, const char *usage)
{
    return vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia exposure %s", usage);
}

/* The operands from the second on are files of keys, but for the last `without`. */
static vg_status fill_files(struct call *call, size_t without, struct vg_exposure_key_files *files)
{
    const struct cli_arguments *arguments = call->arguments;
    *files = (struct vg_exposure_key_files){arguments->operands + 1, arguments->n_operands - 1 - without, call->public_keys, 0, cli_value(arguments, "key-id"),
                                            cli_value(arguments, "key-version")};
    return cli_fill_list(arguments, "public-key", call->public_keys, PUBLIC_KEYS_MAX, &files->n_public_keys, &call->error);
}

static vg_status keys(struct call *call)
{
    struct vg_exposure_key_files files;
    if (call->arguments->n_operands < 2) {
        return wrong_operands(call, "keys FILE ...");
    }
    vg_status status = fill_files(call, 0, &files);
    return status == VG_OK ? vg_job_exposure_keys(&files, &call->arena, &call->answer, &call->error) : status;
}

static vg_status verify(struct call *call)
{
    struct vg_exposure_key_files files;
    if (call->arguments->n_operands < 2) {
        return wrong_operands(call, "verify FILE.zip ... --public-key FILE");
    }
    vg_status status = fill_files(call, 0, &files);
    return status == VG_OK ? vg_job_exposure_verify(&files, &call->arena, &call->answer, &call->error) : status;
}

static vg_status export(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    struct vg_exposure_export_request request = {.folder = cli_value(arguments, "folder"), .region = cli_value(arguments, "region"), .from = -1, .to = -1,
                                                 .private_key_path = cli_value(arguments, "key"), .key_id = cli_value(arguments, "key-id"),
                                                 .key_version = cli_value(arguments, "key-version")};
    int64_t most = 500000;
    if (arguments->n_operands < 2 || request.folder == NULL || request.region == NULL || request.private_key_path == NULL || request.key_id == NULL || request.key_version == NULL) {
        return wrong_operands(call, "export KEYS ... --folder FOLDER --region CODE --from TIME --to TIME --key FILE --key-id TEXT --key-version TEXT");
    }
    vg_status status = fill_files(call, 0, &request.keys);
    if (status == VG_OK) {
        status = cli_fill_time(arguments, "from", &request.from, &call->error);
    }
    if (status == VG_OK) {
        status = cli_fill_time(arguments, "to", &request.to, &call->error);
    }
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "keys-in-a-file", 1, VG_EXPOSURE_EXPORT_KEYS_MAX, &most, &call->error);
    }
    request.keys_in_a_file = (size_t)most;
    return status == VG_OK ? vg_job_exposure_export(&request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status match(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    struct vg_exposure_match_request request = {.config_path = cli_value(arguments, "config"), .show = cli_value(arguments, "show"), .now = (int64_t)time(NULL)};
    int64_t threads = 0;
    if (arguments->n_operands < 3) {
        return wrong_operands(call, "match KEYS ... SIGHTINGS.csv");
    }
    request.sightings_path = arguments->operands[arguments->n_operands - 1];
    vg_status status = fill_files(call, 1, &request.keys);
    if (status == VG_OK) {
        status = cli_fill_time(arguments, "at", &request.now, &call->error);
    }
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "threads", 1, 1024, &threads, &call->error);
    }
    request.threads = (unsigned)threads;
    return status == VG_OK ? vg_job_exposure_match(&request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status config(struct call *call)
{
    return call->arguments->n_operands != 1 ? wrong_operands(call, "config") : vg_job_exposure_config(&call->bytes, &call->error);
}

static vg_status beacon(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    int64_t first = 0, n = VG_EXPOSURE_PERIOD_MAX, power = 0;
    if (arguments->n_operands != 3 || !vg_parse_integer(vg_text_from(arguments->operands[2]), &first) || first < 0 || first > UINT32_MAX - VG_EXPOSURE_PERIOD_MAX) {
        return wrong_operands(call, "beacon KEY FIRST-INTERVAL (KEY: 32 hexadecimal digits; FIRST-INTERVAL: UNIX seconds / 600)");
    }
    vg_status status = cli_fill_integer(arguments, "intervals", 1, VG_EXPOSURE_PERIOD_MAX, &n, &call->error);
    if (status == VG_OK) {
        status = cli_fill_integer(arguments, "power", -127, 127, &power, &call->error);
    }
    return status == VG_OK ? vg_job_exposure_beacon(arguments->operands[1], first, n, power, &call->arena, &call->answer, &call->error) : status;
}

/* The public key is printed, to be given to whoever verifies. */
static vg_status new_key(struct call *call)
{
    struct vg_p256_key *key = NULL;
    struct vg_buffer pem;
    if (call->arguments->n_operands != 2) {
        return wrong_operands(call, "key FILE");
    }
    vg_buffer_init(&pem, 0);
    vg_status status = vg_p256_new(&key, &call->error);
    if (status == VG_OK) {
        status = vg_p256_write_pem(key, true, &pem, &call->error);
    }
    if (status == VG_OK) {
        status = vg_p256_write_pem(key, false, &call->bytes, &call->error);
    }
    if (status == VG_OK) {
        status = vg_file_write_secret(call->arguments->operands[1], pem.data, pem.size, &call->error);
    }
    vg_buffer_release(&pem);
    vg_p256_free(key);
    return status;
}

static vg_status batch(struct call *call)
{
    struct vg_exposure_key_files files;
    const char *origin = cli_value(call->arguments, "origin");
    if (call->arguments->n_operands < 2 || origin == NULL) {
        return wrong_operands(call, "batch KEYS ... --origin CODE [--visited CODES] --output FILE");
    }
    vg_status status = fill_files(call, 0, &files);
    return status == VG_OK ? vg_job_exposure_batch(&files, origin, cli_value(call->arguments, "visited"), &call->bytes, &call->error) : status;
}

static vg_status sign_batch(struct call *call)
{
    const char *certificate = cli_value(call->arguments, "certificate"), *key = cli_value(call->arguments, "key");
    if (call->arguments->n_operands != 2 || certificate == NULL || key == NULL) {
        return wrong_operands(call, "sign-batch BATCH --certificate FILE --key FILE");
    }
    vg_status status = vg_job_exposure_batch_sign(call->arguments->operands[1], certificate, key, &call->bytes, &call->error);
    vg_buffer_char(&call->bytes, '\n');
    return status;
}

static vg_status verify_batch(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *trusted = cli_value(arguments, "certificate");
    int64_t now = (int64_t)time(NULL);
    if (arguments->n_operands != 3 || trusted == NULL) {
        return wrong_operands(call, "verify-batch BATCH SIGNATURE --certificate TRUSTED.pem");
    }
    vg_status status = cli_fill_time(arguments, "at", &now, &call->error);
    return status == VG_OK
               ? vg_job_exposure_batch_verify(arguments->operands[1], arguments->operands[2], trusted, now, &call->arena, &call->answer, &call->error)
               : status;
}

/* A new folder for the two servers. The API keys are told once. */
static vg_status server(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const struct vg_exposure_server_new wanted = {cli_value(arguments, "region"), cli_value(arguments, "authority"), cli_value(arguments, "key-id"), cli_value(arguments, "key-version")};
    if (arguments->n_operands != 2 || wanted.region == NULL || wanted.authority == NULL || wanted.key_id == NULL || wanted.key_version == NULL) {
        return wrong_operands(call, "server FOLDER --region CODE --authority TEXT --key-id TEXT --key-version TEXT");
    }
    return vg_exposure_server_create(arguments->operands[1], &wanted, &call->bytes, &call->error);
}

static vg_status serve(struct call *call)
{
    struct vg_exposure_service *service = NULL;
    int64_t port = 8460;
    sigset_t signals;
    if (call->arguments->n_operands != 2) {
        return wrong_operands(call, "serve FOLDER [--port NUMBER]");
    }
    vg_status status = cli_fill_integer(call->arguments, "port", 0, 65535, &port, &call->error);
    /* Blocked before the threads start, so that only this one waits for them. */
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    if (status == VG_OK) {
        status = vg_exposure_service_start(call->arguments->operands[1], NULL, (uint16_t)port, &service, &call->error);
    }
    if (status == VG_OK) {
        int signal_number = 0;
        (void)printf("http://127.0.0.1:%u/\nCtrl-C ends it\n", vg_exposure_service_port(service));
        (void)fflush(stdout);
        (void)sigwait(&signals, &signal_number);
    }
    vg_exposure_service_stop(service);
    return status;
}

static const struct {
    const char *name;
    vg_status (*run)(struct call *call);
    bool answers; /* with a table, else with bytes */
} verbs[] = {{"keys", keys, true},     {"verify", verify, true}, {"export", export, true}, {"match", match, true},           {"config", config, false},
             {"beacon", beacon, true}, {"key", new_key, false},  {"batch", batch, false},  {"sign-batch", sign_batch, false}, {"verify-batch", verify_batch, true},
             {"server", server, false}, {"serve", serve, false}};

static int run(const struct cli_arguments *arguments)
{
    struct call call = {.arguments = arguments};
    const size_t which = CLI_VERB(arguments, verbs);
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_buffer_init(&call.bytes, 0);
    vg_status status;
    if (which == sizeof verbs / sizeof *verbs) {
        status = wrong_operands(&call, "keys | verify | export | match | config | beacon | key | batch | sign-batch | verify-batch | server | serve ...; see vigia exposure --help");
    } else {
        status = verbs[which].run(&call);
        if (status == VG_OK) {
            status = verbs[which].answers ? cli_write_answer(arguments, &call.answer, "csv", &call.error) : cli_write_bytes(arguments, &call.bytes, &call.error);
        }
    }
    int exit_code = cli_end(arguments, status, &call.error);
    vg_buffer_release(&call.bytes);
    vg_answer_release(&call.answer);
    vg_arena_release(&call.arena);
    return exit_code;
}

const struct cli_command cli_exposure = {
    "exposure", "keys FILE ... | verify FILE ... | match KEYS ... SIGHTINGS | export KEYS ... | config | beacon KEY INTERVAL | key FILE | batch KEYS ... | sign-batch FILE | verify-batch FILE FILE | server FOLDER | serve FOLDER",
    "exposure notification: keys, matching, risk, files, servers",
    "Reads, verifies and makes the files of keys that key servers give to phones (ZIP, or CSV with key and rolling_start), and matches published keys with identifiers that\n"
    "were observed (CSV with identifier and time, perhaps metadata, rssi, previous_scan), with risk by both versions of the specification. beacon prints what a beacon of a\n"
    "key sends; key makes a signing key; batch, sign-batch and verify-batch are for a gateway between countries. server makes a folder for a key server\n"
    "and a verification server, serve runs both. Needs no node. See docs/exposure.md.",
    "vigia exposure match keys.zip sightings.csv --show days --format text", tables, run};
