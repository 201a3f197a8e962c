/*
 * Keys between servers: the gateway's signing bytes exact to its own cases, batches, their signatures, and bundles between nodes.
 */
#include "make_certificate.h"

#include "trace/exposure/exposure.h"

#define NOW 1606348800 /* 2020-11-26 */

static void read_file(const char *path, struct vg_buffer *bytes)
{
    struct vg_error error = {0};
    vg_buffer_init(bytes, 0);
    vg_assert_ok(vg_file_read(path, 1 << 22, bytes, &error), error);
}

/* "[35,199,...]" as bytes; returns how many, and *at behind it and the bar. */
static size_t take_bytes(char **at, uint8_t *out)
{
    size_t n = 0;
    assert_int_equal(**at, '[');
    ++*at;
    while (**at != ']') {
        out[n++] = (uint8_t)strtoul(*at, at, 10);
        *at += **at == ',';
    }
    *at = strchr(strchr(*at, '|') + 1, '|') + 1; /* also behind its base64 */
    return n;
}

static uint32_t take_number(char **at)
{
    uint8_t b[4];
    assert_int_equal(take_bytes(at, b), 4);
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static struct vg_text take_text(char **at)
{
    char *start = *at + 1;
    char *end = strchr(start, ']');
    *at = strchr(strchr(end, '|') + 1, '|') + 1;
    return vg_text_of(start, (size_t)(end - start));
}

static size_t split(struct vg_text list, struct vg_text *out)
{
    size_t n = 0;
    for (size_t from = 0, i = 0; list.size > 0 && i <= list.size; i++) {
        if (i == list.size || list.data[i] == ',') {
            out[n++] = vg_text_of(list.data + from, i - from);
            from = i + 1;
        }
    }
    return n;
}

static void signing_bytes_are_the_gateways(void **state)
{
    char path[4096];
    struct vg_buffer file;
    struct vg_error error = {0};
    size_t n_cases = 0;
    (void)state;
    vg_shared_or_skip("exposure/efgs_signing_bytes_shown.txt", path);
    read_file(path, &file);
    for (char *line = file.data; *line != '\0'; n_cases++) {
        char *end = strchr(line, '\n');
        uint8_t data[64];
        struct vg_text visited[32];
        struct vg_buffer bytes;
        char expected[1024];
        size_t size = 0;
        struct vg_exposure_shared_key key = {.visited = visited};
        char *at = line;
        key.data = vg_text_of((const char *)data, take_bytes(&at, data));
        key.rolling_start = take_number(&at);
        key.rolling_period = take_number(&at);
        key.transmission_risk = (int32_t)take_number(&at);
        key.n_visited = split(take_text(&at), visited);
        key.origin = take_text(&at);
        key.report = (int32_t)take_number(&at);
        key.days_since_onset = (int32_t)take_number(&at);
        end = end == NULL ? at + strlen(at) : end;
        assert_true(vg_base64_decode(vg_text_trim(vg_text_of(at, (size_t)(end - at))), expected, sizeof expected, &size));
        vg_buffer_init(&bytes, 0);
        vg_assert_ok(vg_exposure_batch_signing_bytes(&key, 1, &bytes, &error), error);
        assert_int_equal(bytes.size, size);
        assert_memory_equal(bytes.data, expected, size);
        vg_buffer_release(&bytes);
        line = *end == '\n' ? end + 1 : end;
    }
    assert_int_equal(n_cases, 50);
    vg_buffer_release(&file);
}

static void published_batch_is_read_and_written(void **state)
{
    char path[4096];
    struct vg_buffer file, out;
    struct vg_exposure_shared_key *keys = NULL;
    struct vg_arena arena;
    struct vg_error error = {0};
    size_t n = 0;
    (void)state;
    vg_shared_or_skip("exposure/efgs_batch_small.bin", path);
    read_file(path, &file);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_exposure_batch_read(vg_text_of(file.data, file.size), &arena, &keys, &n, &error), error);
    assert_int_equal(n, 1);
    assert_true(vg_text_equals(keys[0].data, "123"));
    assert_int_equal(keys[0].rolling_start, 5);
    assert_int_equal(keys[0].rolling_period, 5);
    assert_int_equal(keys[0].transmission_risk, -22);
    assert_int_equal(keys[0].n_visited, 3);
    assert_true(vg_text_equals(keys[0].visited[2], "FR"));
    assert_true(vg_text_equals(keys[0].origin, "DE"));
    assert_int_equal(keys[0].report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
    vg_buffer_init(&out, 0);
    vg_assert_ok(vg_exposure_batch_write(keys, n, &out, &error), error);
    assert_int_equal(out.size, file.size);
    assert_memory_equal(out.data, file.data, out.size);
    for (size_t size = 1; size < file.size; size++) {
        assert_int_equal(vg_exposure_batch_read(vg_text_of(file.data, size), &arena, &keys, &n, &error), VG_DATA_ERROR);
    }
    vg_buffer_release(&out);
    vg_buffer_release(&file);
    vg_arena_release(&arena);
}

static const struct vg_text de_nl[2] = {{"NL", 2}, {"FR", 2}};

static void fill(struct vg_exposure_shared_key *keys, uint8_t (*data)[16], size_t n, const char *origin)
{
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 16; k++) {
            data[i][k] = (uint8_t)vg_random_u32(&random);
        }
        keys[i] = (struct vg_exposure_shared_key){.data = vg_text_of((const char *)data[i], 16), .rolling_start = 2676960 + 144 * (uint32_t)(i % 14), .rolling_period = 144,
                                                  .transmission_risk = (int32_t)(i % 9), .visited = de_nl, .n_visited = i % 3, .origin = vg_text_from(origin),
                                                  .report = 1 + (int32_t)(i / 3 % 3), .days_since_onset = (int32_t)(i % 20) - 6};
    }
}

static void order_of_keys_does_not_matter(void **state)
{
    enum { N = 40 };
    struct vg_exposure_shared_key keys[N], turned[N];
    uint8_t data[N][16];
    struct vg_buffer first, second;
    struct vg_error error = {0};
    (void)state;
    fill(keys, data, N, "CO");
    for (size_t i = 0; i < N; i++) {
        turned[i] = keys[N - 1 - i];
    }
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    vg_assert_ok(vg_exposure_batch_signing_bytes(keys, N, &first, &error), error);
    vg_assert_ok(vg_exposure_batch_signing_bytes(turned, N, &second, &error), error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    /* Ordered by the base64 of each key's bytes, which begin with the base64 of the key. */
    char previous[512] = "";
    for (char *at = first.data; at < first.data + first.size;) {
        struct vg_buffer base64;
        char *end = at;
        for (int fields = 0; fields < 8; fields++) {
            end = strchr(end, '.') + 1;
        }
        vg_buffer_init(&base64, 0);
        vg_buffer_base64(&base64, at, (size_t)(end - at), VG_BASE64_STANDARD);
        assert_true(strcmp(previous, base64.data) < 0);
        (void)snprintf(previous, sizeof previous, "%s", base64.data);
        vg_buffer_release(&base64);
        at = end;
    }
    vg_buffer_release(&first);
    vg_buffer_release(&second);
}

static void batches_are_signed_and_verified(void **state)
{
    enum { N = 20 };
    struct vg_exposure_shared_key keys[N];
    uint8_t data[N][16];
    struct vg_error error = {0};
    (void)state;
    fill(keys, data, N, "CO");
    for (unsigned bits = 0; bits <= 2048; bits += 2048) {
        EVP_PKEY *key = NULL, *other_key = NULL;
        X509 *certificate = test_certificate("CO", NOW, NULL, bits, &key);
        X509 *other = test_certificate("CO", NOW, NULL, 0, &other_key);
        char *pem = test_pem_of(certificate, NULL), *key_pem = test_pem_of(NULL, key), *other_pem = test_pem_of(other, NULL);
        struct vg_buffer signature, trusted;
        vg_buffer_init(&signature, 0);
        vg_buffer_init(&trusted, 0);
        vg_buffer_text(&trusted, other_pem);
        vg_buffer_text(&trusted, pem);
        struct vg_text both = vg_text_of(trusted.data, trusted.size);
        vg_assert_ok(vg_exposure_batch_sign(keys, N, vg_text_from(pem), vg_text_from(key_pem), &signature, &error), error);
        struct vg_text text = vg_text_of(signature.data, signature.size);
        vg_assert_ok(vg_exposure_batch_verify(keys, N, text, both, NOW, &error), error);
        assert_int_equal(vg_exposure_batch_verify(keys, N, text, vg_text_from(other_pem), NOW, &error), VG_DATA_ERROR); /* not trusted */
        assert_int_equal(vg_exposure_batch_verify(keys, N, text, both, NOW + 366 * 86400, &error), VG_DATA_ERROR);      /* no longer valid */
        assert_int_equal(vg_exposure_batch_verify(keys, N - 1, text, both, NOW, &error), VG_DATA_ERROR);                /* other keys */
        keys[3].transmission_risk++;
        assert_int_equal(vg_exposure_batch_verify(keys, N, text, both, NOW, &error), VG_DATA_ERROR);
        keys[3].transmission_risk--;
        keys[3].origin = vg_text_from("PE");
        assert_int_equal(vg_exposure_batch_verify(keys, N, text, both, NOW, &error), VG_DATA_ERROR); /* a key of another country */
        assert_non_null(strstr(error.message, "PE"));
        keys[3].origin = vg_text_from("CO");
        assert_int_equal(vg_exposure_batch_verify(keys, N, vg_text_of(text.data, text.size / 2), both, NOW, &error), VG_DATA_ERROR);
        assert_int_equal(vg_exposure_batch_verify(keys, N, vg_text_from("AAAA"), both, NOW, &error), VG_DATA_ERROR);
        assert_int_equal(vg_exposure_batch_verify(keys, N, vg_text_from(""), both, NOW, &error), VG_DATA_ERROR);
        assert_int_equal(vg_exposure_batch_sign(keys, N, vg_text_from(other_pem), vg_text_from(key_pem), &signature, &error), VG_USAGE_ERROR);
        vg_buffer_release(&signature);
        vg_buffer_release(&trusted);
        free(pem);
        free(key_pem);
        free(other_pem);
        X509_free(certificate);
        X509_free(other);
        EVP_PKEY_free(key);
        EVP_PKEY_free(other_key);
    }
}

/* A node's signing key is made of a file, as everywhere. */
static void make_seal_key(struct vg_seal_key *key, char digit)
{
    static const unsigned char salt[VG_SALT_BYTES] = {0};
    char path[] = "/tmp/vigia-test-key-XXXXXX";
    char text[65];
    struct vg_error error = {0};
    int file = mkstemp(path);
    assert_true(file >= 0);
    memset(text, digit, 64);
    text[64] = '\0';
    FILE *out = fdopen(file, "w");
    assert_true(fputs(text, out) >= 0 && fclose(out) == 0);
    vg_assert_ok(vg_seal_key_read(path, salt, key, &error), error);
    (void)remove(path);
}

static void bundles_go_from_node_to_node(void **state)
{
    enum { N = 12 };
    struct vg_exposure_shared_key keys[N], given[N];
    uint8_t data[N][16];
    bool selected[N];
    struct vg_seal_key ours, theirs;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_exposure_bundle bundle;
    struct vg_buffer bytes;
    (void)state;
    make_seal_key(&ours, 'a');
    make_seal_key(&theirs, 'b');
    vg_arena_init(&arena, 0);
    fill(keys, data, N, "CO");
    keys[5].origin = vg_text_from("PE"); /* came from elsewhere */
    const uint32_t reports = 1u << VG_EXPOSURE_REPORT_CONFIRMED_TEST | 1u << VG_EXPOSURE_REPORT_CLINICAL;
    struct vg_exposure_agreement from_us = {vg_text_from("CO"), vg_text_from("NL"), vg_text_from(theirs.public_key), reports, false};
    struct vg_exposure_agreement at_them = {vg_text_from("NL"), vg_text_from("CO"), vg_text_from(ours.public_key), reports, false};
    size_t n = vg_exposure_agreement_select(&from_us, keys, N, selected);
    size_t n_given = 0;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(selected[i], i != 5 && i % 3 != 0 && keys[i].report != VG_EXPOSURE_REPORT_SELF); /* a third were not in NL */
        if (selected[i]) {
            given[n_given++] = keys[i];
        }
    }
    assert_int_equal(n, n_given);
    assert_true(n_given >= 3);
    vg_buffer_init(&bytes, 0);
    assert_int_equal(vg_exposure_bundle_write(&from_us, keys, N, 7, NOW, &ours, &bytes, &error), VG_USAGE_ERROR);
    vg_assert_ok(vg_exposure_bundle_write(&from_us, given, n_given, 7, NOW, &ours, &bytes, &error), error);
    struct vg_text text = vg_text_of(bytes.data, bytes.size);
    vg_assert_ok(vg_exposure_bundle_read(&at_them, text, &arena, &bundle, &error), error);
    assert_int_equal(bundle.n_keys, n_given);
    assert_int_equal(bundle.sequence, 7);
    assert_int_equal(bundle.created_seconds, NOW);
    for (size_t i = 0; i < n_given; i++) {
        assert_true(vg_text_equal(bundle.keys[i].data, given[i].data));
        assert_int_equal(bundle.keys[i].days_since_onset, given[i].days_since_onset);
    }
    for (size_t i = 0; i < bytes.size; i++) { /* whatever is changed, the signature shows it */
        bytes.data[i] ^= 4;
        assert_int_equal(vg_exposure_bundle_read(&at_them, text, &arena, &bundle, &error), VG_DATA_ERROR);
        bytes.data[i] ^= 4;
        assert_int_equal(vg_exposure_bundle_read(&at_them, vg_text_of(text.data, i), &arena, &bundle, &error), VG_DATA_ERROR);
    }
    struct vg_exposure_agreement wrong = at_them;
    wrong.self = vg_text_from("FR"); /* for somebody else */
    assert_int_equal(vg_exposure_bundle_read(&wrong, text, &arena, &bundle, &error), VG_DATA_ERROR);
    wrong = at_them;
    wrong.partner_key = vg_text_from(theirs.public_key);
    assert_int_equal(vg_exposure_bundle_read(&wrong, text, &arena, &bundle, &error), VG_DATA_ERROR);
    wrong = at_them;
    wrong.reports = 1u << VG_EXPOSURE_REPORT_CLINICAL;
    assert_int_equal(vg_exposure_bundle_read(&wrong, text, &arena, &bundle, &error), VG_DATA_ERROR);
    /* A partner that passes on what is not its own. */
    struct vg_exposure_agreement dishonest = from_us;
    vg_buffer_clear(&bytes);
    given[0].origin = dishonest.self = vg_text_from("PE");
    vg_assert_ok(vg_exposure_bundle_write(&dishonest, given, 1, 8, NOW, &ours, &bytes, &error), error);
    wrong = at_them;
    assert_int_equal(vg_exposure_bundle_read(&wrong, vg_text_of(bytes.data, bytes.size), &arena, &bundle, &error), VG_DATA_ERROR);
    vg_buffer_release(&bytes);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_bytes_are_the_gateways),   cmocka_unit_test(published_batch_is_read_and_written), cmocka_unit_test(order_of_keys_does_not_matter),
        cmocka_unit_test(batches_are_signed_and_verified), cmocka_unit_test(bundles_go_from_node_to_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
