/*
 * How fast published keys are matched with observed identifiers, beside the way of Google's reference matcher (matching_helper.cc, prefix_id_map.cc) in the same run: HKDF and AES of
 * OpenSSL's EVP for each key, identifiers in 65,536 buckets by their first two bytes, each searched from its beginning. Times are of the processor, not of the clock: other work
 * on the machine does not count. The limit is what deriving alone costs, measured here too.
 */
#include "jobs/bench/internal.h"

#include "trace/exposure/exposure.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 1000000, DAYS = 14, FIRST_DAY = 18628, PLANTED = 500, PEER_PART = 10, BUCKETS = 65536 };

struct exposure_bench {
    struct vg_exposure_key *keys;
    struct vg_exposure_sighting *sightings;
    size_t n;                             /* of each */
    struct vg_exposure_match *expected;   /* what was planted, [n_planted], by key */
    size_t n_planted;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
    double reference_each;                /* keys a second of the reference's way */
};

/* ------------------------------------------------------------------- world */

/* Keys and strangers' packets over fourteen days, and some packets of keys. */
static vg_status make_world(struct exposure_bench *bench)
{
    struct vg_random random = vg_random_stream(20210205, 0, 0, 0);
    bench->keys = VG_ARENA_ARRAY(bench->arena, struct vg_exposure_key, bench->n);
    bench->sightings = VG_ARENA_ARRAY(bench->arena, struct vg_exposure_sighting, bench->n);
    bench->n_planted = bench->n < 10 * PLANTED ? bench->n / 10 : PLANTED;
    bench->expected = VG_ARENA_ARRAY(bench->arena, struct vg_exposure_match, bench->n_planted + 1);
    if (bench->keys == NULL || bench->sightings == NULL || bench->expected == NULL) {
        return vg_fail_memory(bench->error, bench->n * (sizeof *bench->keys + sizeof *bench->sightings));
    }
    for (size_t i = 0; i < bench->n; i++) {
        for (size_t k = 0; k < 16; k += 4) {
            uint32_t key = vg_random_u32(&random), identifier = vg_random_u32(&random);
            memcpy(bench->keys[i].data + k, &key, 4);
            memcpy(bench->sightings[i].identifier + k, &identifier, 4);
        }
        bench->keys[i].rolling_start = VG_EXPOSURE_PERIOD_MAX * (FIRST_DAY + vg_random_below(&random, DAYS));
        bench->keys[i].rolling_period = VG_EXPOSURE_PERIOD_MAX;
        bench->sightings[i].seconds = 86400 * FIRST_DAY + vg_random_below(&random, 86400 * DAYS);
    }
    for (size_t i = 0; i < bench->n_planted; i++) {
        size_t key = i * (bench->n / bench->n_planted), sighting = bench->n - 1 - key;
        uint32_t interval = bench->keys[key].rolling_start + vg_random_below(&random, VG_EXPOSURE_PERIOD_MAX);
        vg_exposure_identifiers(bench->keys[key].data, interval, 1, bench->sightings[sighting].identifier);
        bench->sightings[sighting].seconds = interval * VG_EXPOSURE_INTERVAL_SECONDS + 300;
        bench->expected[i] = (struct vg_exposure_match){(uint32_t)key, (uint32_t)sighting, interval};
    }
    return VG_OK;
}

/* --------------------------------------------------------- the reference's way */

struct reference {
    const uint8_t (*identifiers)[16]; /* by their first two bytes */
    uint32_t ends[BUCKETS];
    EVP_KDF *kdf;
    EVP_KDF_CTX *derivation; /* digest and info are set once */
    EVP_CIPHER_CTX *cipher;
};

static int by_prefix(const void *a, const void *b)
{
    return memcmp(a, b, 2);
}

static vg_status reference_open(const struct exposure_bench *bench, struct reference *reference)
{
    uint8_t (*identifiers)[16] = vg_arena_alloc(bench->arena, bench->n, sizeof *identifiers);
    if (identifiers == NULL) {
        return vg_fail_memory(bench->error, bench->n * sizeof *identifiers);
    }
    for (size_t i = 0; i < bench->n; i++) {
        memcpy(identifiers[i], bench->sightings[i].identifier, 16);
    }
    qsort(identifiers, bench->n, sizeof *identifiers, by_prefix);
    uint32_t at = 0;
    for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
        while (at < bench->n && (uint32_t)identifiers[at][0] << 8 == (bucket & 0xff00) && identifiers[at][1] == (bucket & 0xff)) {
            at++;
        }
        reference->ends[bucket] = at;
    }
    reference->identifiers = (const uint8_t (*)[16])identifiers;
    char digest[] = "SHA256", info[] = "EN-RPIK";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_octet_string("info", info, sizeof info - 1),
                                     OSSL_PARAM_construct_end()};
    reference->kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    reference->derivation = reference->kdf == NULL ? NULL : EVP_KDF_CTX_new(reference->kdf);
    reference->cipher = EVP_CIPHER_CTX_new();
    return reference->derivation == NULL || reference->cipher == NULL || EVP_KDF_CTX_set_params(reference->derivation, parameters) != 1
               ? vg_fail(bench->error, VG_SYSTEM_ERROR, "OpenSSL has no HKDF")
               : VG_OK;
}

static bool reference_derive(const struct reference *reference, const struct vg_exposure_key *key, uint8_t identifiers[VG_EXPOSURE_PERIOD_MAX * 16])
{
    uint8_t data[16], derived[16];
    int written = 0;
    memcpy(data, key->data, sizeof data);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string("key", data, sizeof data), OSSL_PARAM_construct_end()};
    bool good = EVP_KDF_derive(reference->derivation, derived, sizeof derived, parameters) == 1;
    for (uint32_t i = 0; i < VG_EXPOSURE_PERIOD_MAX; i++) {
        uint32_t interval = key->rolling_start + i;
        memcpy(identifiers + 16 * i, "EN-RPI\0\0\0\0\0\0", 12);
        memcpy(identifiers + 16 * i + 12, &interval, 4);
    }
    return good && EVP_EncryptInit_ex(reference->cipher, EVP_aes_128_ecb(), NULL, derived, NULL) == 1 &&
           EVP_EncryptUpdate(reference->cipher, identifiers, &written, identifiers, VG_EXPOSURE_PERIOD_MAX * 16) == 1;
}

static bool reference_finds(const struct reference *reference, const uint8_t identifier[16])
{
    uint32_t bucket = (uint32_t)identifier[0] << 8 | identifier[1];
    for (uint32_t at = bucket == 0 ? 0 : reference->ends[bucket - 1]; at < reference->ends[bucket]; at++) {
        if (memcmp(identifier, reference->identifiers[at], 16) == 0) {
            return true;
        }
    }
    return false;
}

static vg_status run_reference(struct exposure_bench *bench)
{
    struct reference *reference = VG_ARENA_ARRAY(bench->arena, struct reference, 1);
    size_t n = bench->n / PEER_PART == 0 ? bench->n : bench->n / PEER_PART;
    size_t found = 0, expected = 0;
    bool good = true;
    vg_status status = reference == NULL ? vg_fail_memory(bench->error, sizeof *reference) : reference_open(bench, reference);
    double start = bench_cpu_seconds();
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        uint8_t identifiers[VG_EXPOSURE_PERIOD_MAX * 16];
        bool hit = false;
        good = reference_derive(reference, &bench->keys[i], identifiers) && good;
        for (size_t k = 0; !hit && k < VG_EXPOSURE_PERIOD_MAX; k++) {
            hit = reference_finds(reference, identifiers + 16 * k);
        }
        found += hit ? 1 : 0;
    }
    bench->reference_each = (double)n / (bench_cpu_seconds() - start);
    for (size_t i = 0; i < bench->n_planted; i++) {
        expected += bench->expected[i].key < n ? 1 : 0;
    }
    if (reference != NULL) {
        EVP_KDF_CTX_free(reference->derivation);
        EVP_KDF_free(reference->kdf);
        EVP_CIPHER_CTX_free(reference->cipher);
    }
    return status == VG_OK && (!good || found != expected) ? vg_fail(bench->error, VG_SYSTEM_ERROR, "the reference's way found %zu keys of %zu", found, expected) : status;
}

/* ------------------------------------------------------------------ measuring */

static void row(struct exposure_bench *bench, const char *task, unsigned threads, double wall, double cpu, double ratio, const char *limit)
{
    struct vg_table *table = bench->table;
    vg_table_text(table, task);
    vg_table_integer(table, threads);
    vg_table_integer(table, (int64_t)bench->n);
    vg_table_double(table, wall);
    vg_table_double(table, cpu);
    vg_table_double(table, (double)bench->n / cpu);
    vg_table_double(table, ratio);
    vg_table_text(table, limit);
}

/* What deriving alone costs with this code: keys a second of RPIKs, and of all identifiers. */
static vg_status measure_limit(struct exposure_bench *bench, enum vg_exposure_code code, double *hashed_each, double *derived_each)
{
    uint64_t sum = 0;
    double best[2] = {INFINITY, INFINITY};
    vg_status status = VG_OK;
    for (int time = 0; status == VG_OK && time < 6; time++) {
        double start = bench_cpu_seconds();
        status = vg_exposure_derive(code, bench->keys, bench->n, time % 2 == 1, &sum, bench->error);
        best[time % 2] = fmin(best[time % 2], bench_cpu_seconds() - start);
    }
    *hashed_each = (double)bench->n / best[0];
    *derived_each = (double)bench->n / best[1];
    return status;
}

static vg_status measure_code(struct exposure_bench *bench, enum vg_exposure_code code, struct vg_pool *pool)
{
    struct vg_exposure_match_options options;
    struct vg_exposure_matcher *matcher = NULL;
    struct vg_exposure_match *matches = NULL;
    double hashed = 0, derived = 0, wall = INFINITY, cpu = INFINITY;
    size_t n_matches = 0;
    vg_exposure_match_defaults(&options);
    options.code = code;
    double index_wall = bench_wall_seconds(), index_cpu = bench_cpu_seconds();
    vg_status status = vg_exposure_matcher_new(bench->sightings, bench->n, &options, &matcher, bench->error);
    index_wall = bench_wall_seconds() - index_wall;
    index_cpu = bench_cpu_seconds() - index_cpu;
    for (int time = 0; status == VG_OK && time < 3; time++) { /* the best of three: other work takes caches away */
        double wall_start = bench_wall_seconds(), cpu_start = bench_cpu_seconds();
        status = vg_exposure_match(matcher, bench->keys, bench->n, pool, bench->arena, &matches, &n_matches, bench->error);
        wall = fmin(wall, bench_wall_seconds() - wall_start);
        cpu = fmin(cpu, bench_cpu_seconds() - cpu_start);
    }
    vg_exposure_matcher_free(matcher);
    if (status == VG_OK && (n_matches != bench->n_planted || memcmp(matches, bench->expected, n_matches * sizeof *matches) != 0)) {
        return vg_fail(bench->error, VG_SYSTEM_ERROR, "%zu matches were found where %zu were planted", n_matches, bench->n_planted);
    }
    if (status == VG_OK) {
        status = measure_limit(bench, code, &hashed, &derived);
    }
    if (status == VG_OK) {
        const char *name = vg_exposure_code_name(code);
        row(bench, vg_arena_format(bench->arena, "match, %s", name), vg_pool_threads(pool), wall, cpu, (double)bench->n / cpu / bench->reference_each,
            vg_arena_format(bench->arena, "deriving alone: %.2f million keys a second a core (HKDF alone %.2f, so AES %.2f); matching reaches %.0f %% of it, the rest is looking up",
                            derived / 1e6, hashed / 1e6, 1e-6 / (1 / derived - 1 / hashed), 100 * (double)bench->n / cpu / derived));
        row(bench, vg_arena_format(bench->arena, "index of the observed identifiers, %s", name), 1, index_wall, index_cpu, NAN, "once for all files of keys; rows are identifiers");
    }
    return status;
}

static void add_exposure_columns(struct vg_table *table)
{
    vg_table_add_column(table, "task", VG_COLUMN_TEXT);
    vg_table_add_column(table, "threads", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "keys", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "cpu_seconds", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "keys_per_cpu_second", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "ratio", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "limit", VG_COLUMN_TEXT);
}

vg_status bench_exposure(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const enum vg_exposure_code codes[] = {VG_EXPOSURE_CODE_WIDE, VG_EXPOSURE_CODE_NARROW, VG_EXPOSURE_CODE_PORTABLE};
    struct exposure_bench bench = {.n = request->n_series == 0 ? KEYS : request->n_series, .arena = arena, .table = &answer->table, .error = error};
    bool goes_on = vg_progress_report(progress, "the reference matcher's way", 0.1);
    vg_status status = make_world(&bench);
    add_exposure_columns(&answer->table);
    if (status == VG_OK && goes_on) {
        status = run_reference(&bench);
        row(&bench, "match, as the reference (EVP HKDF, EVP AES, buckets of two bytes)", 1, NAN, (double)bench.n / bench.reference_each, 1,
            vg_arena_format(arena, "measured on the first %zu keys", bench.n / PEER_PART == 0 ? bench.n : bench.n / PEER_PART));
    }
    for (size_t i = 0; status == VG_OK && goes_on && i < 3; i++) {
        if (vg_exposure_code_name(codes[i]) != NULL) {
            goes_on = vg_progress_report(progress, vg_exposure_code_name(codes[i]), 0.3 + 0.2 * (double)i);
            status = measure_code(&bench, codes[i], NULL);
        }
    }
    struct vg_pool *pool = status == VG_OK && goes_on ? vg_pool_new(request->threads) : NULL;
    if (vg_pool_threads(pool) > 1) {
        status = measure_code(&bench, VG_EXPOSURE_CODE_AUTO, pool);
    }
    vg_pool_free(pool);
    job_meta_text(&answer->meta, "code", vg_exposure_code_name(VG_EXPOSURE_CODE_AUTO));
    job_meta_number(&answer->meta, "planted_matches", (double)bench.n_planted);
    if (status == VG_OK && !goes_on) {
        return vg_fail(error, VG_CANCELLED, "the benchmark was stopped");
    }
    return status;
}
