/*
 * The published cases of health certificates (dgc-testdata, test keys): each verified with its own signer alone, at its own time, and every step held against what its authors
 * expect. Known to be mislabelled: ES 401 to 403, whose key is on another curve.
 */
#include "vg_test.h"

#include "trace/certificate/internal.h"

#include <jansson.h>

struct tally {
    unsigned n, steps, valid, es256, ps256;
};

/* The expectation's name, the steps that it is about. */
static const struct {
    const char *name;
    enum vg_certificate_step first, last;
} expectations[] = {{"EXPECTEDUNPREFIX", VG_CERTIFICATE_STEP_PREFIX, VG_CERTIFICATE_STEP_PREFIX},
                    {"EXPECTEDB45DECODE", VG_CERTIFICATE_STEP_BASE45, VG_CERTIFICATE_STEP_BASE45},
                    {"EXPECTEDCOMPRESSION", VG_CERTIFICATE_STEP_COMPRESSION, VG_CERTIFICATE_STEP_COMPRESSION},
                    {"EXPECTEDDECODE", VG_CERTIFICATE_STEP_STRUCTURE, VG_CERTIFICATE_STEP_STRUCTURE},
                    {"EXPECTEDVERIFY", VG_CERTIFICATE_STEP_SIGNER, VG_CERTIFICATE_STEP_SIGNATURE},
                    {"EXPECTEDEXPIRATIONCHECK", VG_CERTIFICATE_STEP_TIME, VG_CERTIFICATE_STEP_TIME},
                    {"EXPECTEDKEYUSAGE", VG_CERTIFICATE_STEP_KEY_USAGE, VG_CERTIFICATE_STEP_KEY_USAGE},
                    {"EXPECTEDSCHEMAVALIDATION", VG_CERTIFICATE_STEP_SCHEMA, VG_CERTIFICATE_STEP_SCHEMA}};

static bool is_mislabelled(const char *id)
{
    return strcmp(id, "ES/2DCode/raw/401") == 0 || strcmp(id, "ES/2DCode/raw/402") == 0 || strcmp(id, "ES/2DCode/raw/403") == 0;
}

/* Whatever the authors wrote: the claims that were read are theirs. */
static void assert_claims(const char *id, const struct vg_certificate_report *report, json_t *expected)
{
    struct vg_buffer text;
    struct vg_error error = {0};
    vg_buffer_init(&text, 0);
    vg_assert_ok(vg_certificate_claims_json(report->claims, &text, &error), error);
    json_t *read = json_loadb(text.data, text.size, 0, NULL);
    if (read == NULL || json_equal(read, expected) != 1) {
        fail_msg("%s: other claims were read: %.*s", id, (int)text.size, text.data);
    }
    json_decref(read);
    vg_buffer_release(&text);
}

static void check_case(json_t *root, struct tally *tally)
{
    const char *id = json_string_value(json_object_get(root, "id"));
    struct vg_text text = vg_text_from(json_string_value(json_object_get(root, "prefix")));
    struct vg_text certificate = vg_text_from(json_string_value(json_object_get(root, "cert")));
    struct vg_text clock = vg_text_from(json_string_value(json_object_get(root, "clock")));
    json_t *expected = json_object_get(root, "expected");
    struct vg_certificate_trust *trust = NULL;
    struct vg_certificate_report report;
    struct vg_error error = {0};
    struct vg_arena arena;
    uint8_t der[4096];
    size_t size = 0;
    int64_t now = 0;
    assert_true(certificate_parse_time(clock, &now));
    assert_true(vg_base64_decode(certificate, der, sizeof der, &size));
    vg_assert_ok(vg_certificate_trust_new(&trust, &error), error);
    vg_status added = vg_certificate_trust_add(trust, der, size, NULL, &error);
    assert_int_equal(added, is_mislabelled(id) ? VG_DATA_ERROR : VG_OK);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_certificate_verify(text, trust, now, &arena, &report, &error), error);
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const json_t *wanted = json_object_get(expected, expectations[i].name);
        bool passed = report.steps[expectations[i].first] == VG_CERTIFICATE_PASSED && report.steps[expectations[i].last] == VG_CERTIFICATE_PASSED;
        bool mislabelled = is_mislabelled(id) && expectations[i].first >= VG_CERTIFICATE_STEP_SIGNER;
        /* Where no trusted key is the signer's, what the keys are for is not a question. */
        bool asked = expectations[i].first != VG_CERTIFICATE_STEP_KEY_USAGE || report.steps[VG_CERTIFICATE_STEP_SIGNER] == VG_CERTIFICATE_PASSED;
        if (json_is_boolean(wanted) && !mislabelled && asked) {
            tally->steps++;
            if (passed != json_is_true(wanted)) {
                fail_msg("%s: %s should be %s (%s)", id, expectations[i].name, json_is_true(wanted) ? "true" : "false", report.why);
            }
        }
    }
    /* The JSON beside PL 1.3.0/1 is of another person than the certificate. */
    bool comparable = strcmp(id, "PL/1.3.0/2DCode/raw/1") != 0;
    if (comparable && report.steps[VG_CERTIFICATE_STEP_STRUCTURE] == VG_CERTIFICATE_PASSED && json_is_object(json_object_get(root, "json"))) {
        assert_claims(id, &report, json_object_get(root, "json"));
    }
    bool signature = report.steps[VG_CERTIFICATE_STEP_SIGNATURE] == VG_CERTIFICATE_PASSED;
    tally->es256 += signature && !report.rsa ? 1 : 0;
    tally->ps256 += signature && report.rsa ? 1 : 0;
    tally->valid += report.valid ? 1 : 0;
    assert_true(report.valid == (report.why[0] == '\0'));
    if (is_mislabelled(id) || strcmp(id, "common/2DCode/raw/CO22") == 0 || strcmp(id, "common/2DCode/raw/CO23") == 0) {
        assert_false(report.valid);
        assert_int_equal(report.failed, VG_CERTIFICATE_STEP_SIGNER);
    }
    tally->n++;
    vg_arena_release(&arena);
    vg_certificate_trust_free(trust);
}

static void published_cases_are_as_expected(void **state)
{
    char path[4096];
    struct vg_buffer file;
    struct vg_error error = {0};
    struct tally tally = {0, 0, 0, 0, 0};
    (void)state;
    vg_shared_or_skip("exposure/dcc_cases.jsonl", path);
    vg_buffer_init(&file, 0);
    vg_assert_ok(vg_file_read(path, 1 << 24, &file, &error), error);
    for (char *line = file.data; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        json_t *root = json_loadb(line, end == NULL ? strlen(line) : (size_t)(end - line), 0, NULL);
        assert_non_null(root);
        check_case(root, &tally);
        json_decref(root);
        line = end == NULL ? NULL : end + 1;
    }
    vg_buffer_release(&file);
    print_message("%u cases, %u expected steps, %u signatures by ES256 and %u by PS256, %u valid in all\n", tally.n, tally.steps, tally.es256, tally.ps256, tally.valid);
    assert_int_equal(tally.n, 162);
    assert_true(tally.steps > 800);
    assert_true(tally.ps256 >= 8 && tally.es256 >= 135);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_cases_are_as_expected)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
