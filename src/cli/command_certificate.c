/*
 * vigia certificate: proofs of test, recovery and vaccination (HC1): issued, verified, and whom to trust. Works with no node; nothing of a holder is kept.
 */
#include "cli/cli.h"

#include "jobs/certificate/certificate.h"

#include <string.h>
#include <time.h>

static const struct cli_option options[] = {
    {"trust", 0, "FILE", "verify, trust: a signed list of signers"},
    {"public-key", 0, "HEX", "verify, trust: of the node that signed the list, 64 hexadecimal digits"},
    {"signer", 0, "FILE", "verify, trust: a trusted signer's certificate (PEM or DER), or CO=FILE under the policy of CO; may be repeated. issue: the signer's own (PEM)"},
    {"policies", 0, "FILE", "verify, trust: what is accepted of whom, JSON by country"},
    {"revoked", 0, "HEX", "verify, trust: a revoked certificate, 32 hexadecimal digits; may be repeated"},
    {"at", 0, "TIME", "in the place of now, UNIX seconds or as 2021-06-01T12:00:00Z"},
    {"key", 'k', "FILE", "issue: the signer's private key (PEM). signer: where the new one goes. trust: the node's key (64 hexadecimal digits or a passphrase)"},
    {"country", 0, "CODE", "issue, signer: two letters"},
    {"name", 0, "TEXT", "signer: whose it is. trust: the node's name"},
    {"kinds", 0, "NAMES", "signer: test, vaccination, recovery, with commas (default: all)"},
    {"days", 0, "NUMBER", "issue, signer, trust: valid for so long (default: 180, 730, 30)"},
    {"qr", 0, "FORM", "issue: svg or png in the place of text"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

#define DAY_SECONDS 86400
#define SIGNERS_MAX 48

struct call {
    const struct cli_arguments *arguments;
    const char *signers[SIGNERS_MAX], *revoked[SIGNERS_MAX];
    int64_t now;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer bytes; /* what is answered where it is no table */
    struct vg_error error;
};

static vg_status wrong_operands(struct call *call, const char *usage)
{
    return vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia certificate %s", usage);
}

static vg_status fill_trust(struct call *call, struct vg_certificate_trust_files *trust)
{
    const struct cli_arguments *arguments = call->arguments;
    *trust = (struct vg_certificate_trust_files){.list_path = cli_value(arguments, "trust"), .public_key = cli_value(arguments, "public-key"),
                                                 .signer_paths = call->signers, .policies_path = cli_value(arguments, "policies"), .revoked = call->revoked};
    vg_status status = cli_fill_list(arguments, "signer", call->signers, SIGNERS_MAX, &trust->n_signers, &call->error);
    return status == VG_OK ? cli_fill_list(arguments, "revoked", call->revoked, SIGNERS_MAX, &trust->n_revoked, &call->error) : status;
}

static vg_status fill_days(struct call *call, int64_t otherwise, int64_t *to)
{
    int64_t days = otherwise;
    vg_status status = cli_fill_integer(call->arguments, "days", 1, 36500, &days, &call->error);
    *to = call->now + days * DAY_SECONDS;
    return status;
}

/* Those who refuse people at a door need the exit code, those who check a batch the rows: both are given. */
static vg_status verify(struct call *call)
{
    struct vg_certificate_trust_files trust;
    size_t n_refused = 0;
    if (call->arguments->n_operands < 2) {
        return wrong_operands(call, "verify FILE ... --trust LIST --public-key HEX | --signer FILE");
    }
    vg_status status = fill_trust(call, &trust);
    if (status == VG_OK) {
        status = vg_job_certificate_verify(&trust, call->arguments->operands + 1, call->arguments->n_operands - 1, call->now, &call->arena, &call->answer, &n_refused, &call->error);
    }
    if (status == VG_OK) {
        status = cli_write_answer(call->arguments, &call->answer, "csv", &call->error);
    }
    return status == VG_OK && n_refused > 0
               ? vg_fail(&call->error, VG_DATA_ERROR, "%zu of %zu certificates %s not valid", n_refused, call->answer.table.n_rows, n_refused == 1 ? "is" : "are")
               : status;
}

static vg_status show(struct call *call)
{
    if (call->arguments->n_operands != 2) {
        return wrong_operands(call, "show FILE");
    }
    vg_status status = vg_job_certificate_show(call->arguments->operands[1], &call->arena, &call->bytes, &call->error);
    return status == VG_OK ? cli_write_bytes(call->arguments, &call->bytes, &call->error) : status;
}

static vg_status issue(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *form = cli_value(arguments, "qr");
    struct vg_certificate_issue_request request = {.certificate_path = cli_value(arguments, "signer"), .key_path = cli_value(arguments, "key"), .issuer = cli_value(arguments, "country"),
                                                   .issued = call->now, .svg = form != NULL && strcmp(form, "svg") == 0, .png = form != NULL && strcmp(form, "png") == 0};
    if (arguments->n_operands != 2 || request.certificate_path == NULL || request.key_path == NULL || request.issuer == NULL) {
        return wrong_operands(call, "issue CLAIMS.json --signer FILE --key FILE --country CODE");
    }
    if (form != NULL && !request.svg && !request.png) {
        return vg_fail(&call->error, VG_USAGE_ERROR, "--qr is svg or png, not \"%.40s\"", form);
    }
    request.claims_path = arguments->operands[1];
    vg_status status = fill_days(call, 180, &request.expires);
    if (status == VG_OK) {
        status = vg_job_certificate_issue(&request, &call->arena, &call->bytes, &call->error);
    }
    return status == VG_OK ? cli_write_bytes(arguments, &call->bytes, &call->error) : status;
}

static vg_status signer(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *key_path = cli_value(arguments, "key"), *country = cli_value(arguments, "country"), *name = cli_value(arguments, "name");
    struct vg_buffer key;
    int64_t to = 0;
    if (arguments->n_operands != 1 || key_path == NULL || country == NULL || name == NULL) {
        return wrong_operands(call, "signer --country CODE --name TEXT --key FILE --output CERTIFICATE");
    }
    vg_buffer_init(&key, 0);
    vg_status status = fill_days(call, 730, &to);
    if (status == VG_OK) {
        status = vg_job_certificate_signer(country, name, cli_value(arguments, "kinds"), call->now, to, &call->bytes, &key, &call->error);
    }
    if (status == VG_OK) {
        status = vg_file_write_secret(key_path, key.data, key.size, &call->error);
    }
    if (status == VG_OK) {
        status = cli_write_bytes(arguments, &call->bytes, &call->error);
    }
    vg_buffer_release(&key);
    return status;
}

static vg_status trust(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *key_path = cli_value(arguments, "key"), *name = cli_value(arguments, "name");
    struct vg_certificate_trust_files files;
    char public_key[VG_PUBLIC_KEY_TEXT];
    int64_t to = 0;
    if (arguments->n_operands != 1 || key_path == NULL || name == NULL) {
        return wrong_operands(call, "trust --signer FILE ... --name NODE --key FILE --output LIST");
    }
    vg_status status = fill_trust(call, &files);
    if (status == VG_OK) {
        status = fill_days(call, 30, &to);
    }
    if (status == VG_OK) {
        status = vg_job_certificate_trust(&files, name, call->now, to, key_path, &call->arena, &call->bytes, public_key, &call->error);
    }
    if (status == VG_OK) {
        status = cli_write_bytes(arguments, &call->bytes, &call->error);
    }
    if (status == VG_OK) {
        (void)fprintf(stderr, "signed; who reads the list needs the public key %s\n", public_key);
    }
    return status;
}

static const struct {
    const char *name;
    vg_status (*run)(struct call *call);
} verbs[] = {{"verify", verify}, {"show", show}, {"issue", issue}, {"signer", signer}, {"trust", trust}};

static int run(const struct cli_arguments *arguments)
{
    struct call call = {.arguments = arguments, .now = (int64_t)time(NULL)};
    const size_t which = CLI_VERB(arguments, verbs);
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_buffer_init(&call.bytes, 0);
    vg_status status = cli_fill_time(arguments, "at", &call.now, &call.error);
    if (status == VG_OK) {
        status = which == sizeof verbs / sizeof *verbs ? wrong_operands(&call, "verify | show | issue | signer | trust ...; see vigia certificate --help") : verbs[which].run(&call);
    }
    int exit_code = cli_end(arguments, status, &call.error);
    vg_buffer_release(&call.bytes);
    vg_answer_release(&call.answer);
    vg_arena_release(&call.arena);
    return exit_code;
}

const struct cli_command cli_certificate = {
    "certificate", "verify FILE ... | show FILE | issue CLAIMS | signer | trust",
    "health certificates (HC1): verify, issue, whom to trust",
    "Proofs of test, recovery and vaccination in the form of the EU's COVID certificate and of WHO's certification network. verify takes files with one certificate a line (- is\n"
    "standard input, as a scanner types) and says of each whether it is valid and, if not, at which step; the exit code is 1 if any is not. Nothing of the holder is printed or kept.\n"
    "show prints the claims, for the holder; issue signs claims; signer makes a signer's certificate and key; trust signs a list of signers with policies. See docs/certificates.md.",
    "vigia certificate verify scanned.txt --signer AT=signer.pem --policies accepted.json", tables, run};
