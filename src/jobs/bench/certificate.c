/*
 * How many health certificates are verified and issued in a processor's second: text to verdict (base45, zlib, CBOR, COSE, signature, schema, policy), each of another person. The limit
 * is the check of an ES256 signature alone, measured in the same run.
 */
#include "jobs/bench/internal.h"

#include "trace/certificate/certificate.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <string.h>

enum { CERTIFICATES = 5000, SIGNED_BYTES = 300 };
#define NOW 1622548800 /* 2021-06-01 */
#define DAY 86400

struct certificate_bench {
    size_t n;
    struct vg_certificate_signer *signer;
    struct vg_certificate_trust *trust;
    struct vg_buffer certificates, lengths; /* texts one behind the other; size_t each */
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
};

static void row(struct certificate_bench *bench, const char *task, double cpu, double ratio, const char *limit)
{
    vg_table_text(bench->table, task);
    vg_table_integer(bench->table, (int64_t)bench->n);
    vg_table_double(bench->table, cpu);
    vg_table_double(bench->table, (double)bench->n / cpu);
    vg_table_double(bench->table, ratio);
    vg_table_text(bench->table, limit);
}

static vg_status open_bench(struct certificate_bench *bench)
{
    static const bool kinds[VG_CERTIFICATE_KINDS] = {true, true, true};
    struct vg_buffer certificate, key;
    struct vg_certificate_policy policy;
    vg_buffer_init(&certificate, 0);
    vg_buffer_init(&key, 0);
    vg_status status = vg_certificate_signer_new("CO", "Bench", kinds, NOW - DAY, NOW + 365 * DAY, &certificate, &key, bench->error);
    if (status == VG_OK) {
        status = vg_certificate_signer_read(vg_text_of(certificate.data, certificate.size), vg_text_of(key.data, key.size), &bench->signer, bench->error);
    }
    if (status == VG_OK) {
        status = vg_certificate_trust_new(&bench->trust, bench->error);
    }
    if (status == VG_OK) {
        status = vg_certificate_trust_add_file(bench->trust, vg_text_of(certificate.data, certificate.size), NULL, bench->error);
    }
    if (status == VG_OK) {
        vg_certificate_policy_defaults(&policy);
        status = vg_certificate_trust_policy(bench->trust, "*", &policy, bench->error);
    }
    vg_buffer_release(&certificate);
    vg_buffer_release(&key);
    return status;
}

static vg_status issue_all(struct certificate_bench *bench)
{
    double before = bench_cpu_seconds();
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < bench->n; i++) {
        char json[512];
        size_t from = bench->certificates.size;
        (void)snprintf(json, sizeof json,
                       "{\"ver\": \"1.3.0\", \"nam\": {\"fn\": \"P\xc3\xa9rez %zu\", \"fnt\": \"PEREZ\", \"gn\": \"Ana\", \"gnt\": \"ANA\"}, \"dob\": \"19%02zu-02-28\", \"v\": [{\"tg\": \"840539006\", "
                       "\"vp\": \"1119349007\", \"mp\": \"EU/1/20/1528\", \"ma\": \"ORG-100030215\", \"dn\": 2, \"sd\": 2, \"dt\": \"2021-05-10\", \"co\": \"CO\", \"is\": \"Ministerio\", "
                       "\"ci\": \"URN:UVCI:01:CO:%zu\"}]}",
                       i, i % 100, i);
        const struct vg_certificate_claims claims = {vg_text_from(json), "CO", NOW - 3600, NOW + 90 * DAY};
        status = vg_certificate_issue(&claims, bench->signer, &bench->certificates, bench->error);
        size_t length = bench->certificates.size - from;
        vg_buffer_append(&bench->lengths, &length, sizeof length);
    }
    if (status == VG_OK) {
        row(bench, "issued, ES256", bench_cpu_seconds() - before, NAN, "one signature each");
    }
    return status;
}

/* Checks of a signature a second, without anything around them. */
static vg_status measure_limit(struct certificate_bench *bench, double *each)
{
    struct vg_p256_key *key = NULL;
    unsigned char data[SIGNED_BYTES] = {0}, signature[VG_P256_SIGNATURE_BYTES];
    size_t n = bench->n < 1000 ? bench->n : 1000, held = 0;
    vg_status status = vg_p256_new(&key, bench->error);
    if (status == VG_OK) {
        status = vg_p256_sign(key, data, sizeof data, signature, bench->error);
    }
    double before = bench_cpu_seconds();
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        held += vg_p256_verify(key, data, sizeof data, signature) ? 1 : 0;
    }
    *each = (double)n / (bench_cpu_seconds() - before);
    vg_p256_free(key);
    return status == VG_OK && held != n ? vg_fail(bench->error, VG_SYSTEM_ERROR, "a signature that was made does not hold") : status;
}

static vg_status verify_all(struct certificate_bench *bench, double bare)
{
    const char *at = bench->certificates.data;
    const size_t *lengths = (const size_t *)(const void *)bench->lengths.data;
    double before = bench_cpu_seconds();
    size_t refused = 0;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < bench->n; at += lengths[i], i++) {
        struct vg_certificate_report report;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        status = vg_certificate_verify(vg_text_of(at, lengths[i]), bench->trust, NOW, &arena, &report, bench->error);
        refused += status == VG_OK && !report.valid ? 1 : 0;
        vg_arena_release(&arena);
    }
    double cpu = bench_cpu_seconds() - before;
    if (status == VG_OK && refused > 0) {
        return vg_fail(bench->error, VG_SYSTEM_ERROR, "%zu certificates that were issued are not valid", refused);
    }
    if (status == VG_OK) {
        row(bench, "verified, ES256", cpu, (double)bench->n / cpu / bare, vg_arena_format(bench->arena, "%.0f bare checks of a signature a second", bare));
    }
    return status;
}

vg_status bench_certificate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct certificate_bench bench = {.n = request->n_series == 0 ? CERTIFICATES : request->n_series, .arena = arena, .table = &answer->table, .error = error};
    double bare = NAN;
    vg_table_add_column(&answer->table, "task", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "certificates", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "cpu_seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "per_cpu_second", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "ratio_to_limit", VG_COLUMN_DOUBLE);
    vg_table_add_column(&answer->table, "limit", VG_COLUMN_TEXT);
    vg_buffer_init(&bench.certificates, 0);
    vg_buffer_init(&bench.lengths, 0);
    vg_status status = open_bench(&bench);
    bool goes_on = vg_progress_report(progress, "issued", 0.1);
    if (status == VG_OK && goes_on) {
        status = issue_all(&bench);
    }
    if (status == VG_OK && goes_on) {
        goes_on = vg_progress_report(progress, "verified", 0.4);
        status = measure_limit(&bench, &bare);
    }
    if (status == VG_OK && goes_on) {
        status = verify_all(&bench, bare);
    }
    vg_buffer_release(&bench.certificates);
    vg_buffer_release(&bench.lengths);
    vg_certificate_signer_free(bench.signer);
    vg_certificate_trust_free(bench.trust);
    return status == VG_OK && !goes_on ? vg_fail(error, VG_CANCELLED, "the benchmark was stopped") : status;
}
