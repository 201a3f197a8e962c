/*
 * What the servers decide: which keys are taken and when they may be given out, changes of a report, the telephone's HMAC exact to the published vector, and certificates of a
 * diagnosis, which nobody but the verification server can make.
 */
#include "vg_test.h"

#include "trace/exposure/exposure.h"

#define NOW 1622548800 /* 2021-06-01 12:00 UTC */
#define TODAY 2704176  /* its first interval: 00:00 */

/* google/exposure-notifications-server, pkg/verification (Apache-2.0). */
static void the_hmac_is_that_of_the_vector(void **state)
{
    static const uint8_t secret[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct vg_exposure_key keys[2] = {{.rolling_start = 1, .rolling_period = 144, .transmission_risk = 3}, {.rolling_start = 144, .rolling_period = 144, .transmission_risk = 5}};
    uint8_t mac[VG_EXPOSURE_MAC_BYTES];
    struct vg_buffer text;
    size_t size = 0;
    (void)state;
    assert_true(vg_base64_decode(vg_text_from("z2Cx9hdz2SlxZ8GEgqTYpA=="), keys[0].data, 16, &size));
    assert_true(vg_base64_decode(vg_text_from("dPCphLzfG4uzXneNimkPRQ=="), keys[1].data, 16, &size));
    assert_true(vg_base64_decode(vg_text_from("2u1nHt5WWurJytFLF3xitNzM99oNrad2y4YGOL53AeY="), mac, sizeof mac, &size));
    assert_true(vg_exposure_upload_holds(keys, 2, secret, 16, mac));
    vg_buffer_init(&text, 0);
    vg_exposure_upload_text(keys, 2, true, &text);
    assert_string_equal((vg_buffer_char(&text, '\0'), text.data), "dPCphLzfG4uzXneNimkPRQ==.144.144.5,z2Cx9hdz2SlxZ8GEgqTYpA==.1.144.3");
    vg_buffer_release(&text);
    /* in any order of the keys, but not of other keys, another secret, or one that is too short */
    struct vg_exposure_key turned[2] = {keys[1], keys[0]};
    assert_true(vg_exposure_upload_holds(turned, 2, secret, 16, mac));
    assert_false(vg_exposure_upload_holds(keys, 1, secret, 16, mac));
    assert_false(vg_exposure_upload_holds(keys, 2, secret, 15, mac));
    keys[0].transmission_risk = 4;
    assert_false(vg_exposure_upload_holds(keys, 2, secret, 16, mac));
    mac[31] ^= 1;
    keys[0].transmission_risk = 3;
    assert_false(vg_exposure_upload_holds(keys, 2, secret, 16, mac));
}

static void keys_that_are_not_taken_are_told_why(void **state)
{
    struct vg_exposure_upload_rules rules;
    struct vg_exposure_key key = {.rolling_start = TODAY - 144, .rolling_period = 144, .days_since_onset = VG_EXPOSURE_ONSET_NONE};
    (void)state;
    vg_exposure_upload_rules_defaults(&rules);
    assert_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    assert_int_equal(vg_exposure_upload_hour(&key, NOW + 1234), NOW);
    /* of today: taken, and held back until its day has ended */
    key.rolling_start = TODAY;
    assert_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    assert_int_equal(vg_exposure_upload_hour(&key, NOW), (int64_t)(TODAY + 144) * 600);
    key.rolling_period = 75; /* the day of the upload: until 12:30, counted from 13:00 */
    assert_int_equal(vg_exposure_upload_hour(&key, NOW), NOW + 3600);
    key.rolling_period = 145;
    assert_non_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    key = (struct vg_exposure_key){.rolling_start = TODAY + 73, .rolling_period = 10, .days_since_onset = VG_EXPOSURE_ONSET_NONE};
    assert_string_equal(vg_exposure_upload_refusal(&rules, &key, NOW), "the key begins in the future");
    key.rolling_start = (uint32_t)(NOW / 600 - 360 * 6 - 10);
    assert_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    key.rolling_start--;
    assert_string_equal(vg_exposure_upload_refusal(&rules, &key, NOW), "the key is too old");
    key = (struct vg_exposure_key){.rolling_start = TODAY - 144, .rolling_period = 144, .days_since_onset = -14, .transmission_risk = 8};
    assert_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    key.days_since_onset = 15;
    assert_non_null(vg_exposure_upload_refusal(&rules, &key, NOW));
    key.days_since_onset = 0;
    key.transmission_risk = 9;
    assert_non_null(vg_exposure_upload_refusal(&rules, &key, NOW));
}

static void uploads_that_are_not_taken_are_told_why(void **state)
{
    struct vg_exposure_upload_rules rules;
    struct vg_exposure_key keys[32];
    (void)state;
    vg_exposure_upload_rules_defaults(&rules);
    for (size_t i = 0; i < 32; i++) {
        keys[i] = (struct vg_exposure_key){.data = {(uint8_t)i}, .rolling_start = (uint32_t)(TODAY - 144 * (int)i), .rolling_period = 144};
    }
    assert_non_null(vg_exposure_upload_refusal_of_all(&rules, keys, 0));
    assert_null(vg_exposure_upload_refusal_of_all(&rules, keys, 30));
    assert_non_null(vg_exposure_upload_refusal_of_all(&rules, keys, 31));
    keys[1].rolling_start = keys[2].rolling_start = TODAY;
    assert_null(vg_exposure_upload_refusal_of_all(&rules, keys, 3));
    keys[3].rolling_start = TODAY;
    assert_non_null(vg_exposure_upload_refusal_of_all(&rules, keys, 4));
    keys[3].rolling_start = TODAY - 1;
    assert_string_equal(vg_exposure_upload_refusal_of_all(&rules, keys, 4), "the periods of two keys overlap");
    keys[4].data[0] = 5;
    assert_string_equal(vg_exposure_upload_refusal_of_all(&rules, keys + 4, 2), "a key is there twice");
}

static void reports_change_one_way(void **state)
{
    static const char allowed[] = "......" /* unknown */ "......" /* test */ ".1...1" /* clinical */ ".11..1" /* self */ ".111.1" /* recursive */ "......" /* revoked */;
    (void)state;
    for (unsigned from = 0; from < VG_EXPOSURE_REPORTS; from++) {
        for (unsigned to = 0; to < VG_EXPOSURE_REPORTS; to++) {
            assert_int_equal(vg_exposure_report_may_become((enum vg_exposure_report)from, (enum vg_exposure_report)to), allowed[from * VG_EXPOSURE_REPORTS + to] == '1');
        }
    }
}

/* ---------------------------------------------------------------- diagnoses */

struct scene {
    struct vg_p256_key *key, *other;
    struct vg_buffer token;
    struct vg_error error;
};

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    struct vg_exposure_diagnosis diagnosis = {.issuer = "salud.gob.co", .audience = "keys.gob.co", .key_id = "v1", .issued = NOW, .expires = NOW + 900,
                                              .test = VG_EXPOSURE_TEST_LIKELY, .onset_interval = TODAY - 3 * 144};
    memset(diagnosis.mac, 7, sizeof diagnosis.mac);
    vg_buffer_init(&scene->token, 0);
    vg_assert_ok(vg_p256_new(&scene->key, &scene->error), scene->error);
    vg_assert_ok(vg_p256_new(&scene->other, &scene->error), scene->error);
    vg_assert_ok(vg_exposure_diagnosis_write(&diagnosis, scene->key, &scene->token, &scene->error), scene->error);
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    vg_p256_free(scene->key);
    vg_p256_free(scene->other);
    vg_buffer_release(&scene->token);
    free(scene);
    return 0;
}

static vg_status read_as(struct scene *scene, const char *issuer, const char *audience, const char *key_id, const struct vg_p256_key *key, int64_t now)
{
    struct vg_exposure_diagnosis diagnosis = {.issuer = issuer, .audience = audience, .key_id = key_id};
    vg_status status = vg_exposure_diagnosis_read(vg_text_of(scene->token.data, scene->token.size), key, now, &diagnosis, &scene->error);
    if (status == VG_OK) {
        assert_int_equal(diagnosis.test, VG_EXPOSURE_TEST_LIKELY);
        assert_int_equal(diagnosis.onset_interval, TODAY - 3 * 144);
        assert_int_equal(diagnosis.mac[31], 7);
        assert_int_equal(diagnosis.expires, NOW + 900);
    }
    return status;
}

static void a_diagnosis_is_read_by_whom_it_is_for(void **state)
{
    struct scene *scene = *state;
    vg_assert_ok(read_as(scene, "salud.gob.co", "keys.gob.co", "v1", scene->key, NOW), scene->error);
    vg_assert_ok(read_as(scene, NULL, NULL, NULL, scene->key, NOW + 905), scene->error);
    vg_assert_ok(read_as(scene, NULL, NULL, NULL, scene->key, NOW - 5), scene->error);
    assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->key, NOW + 906), VG_DATA_ERROR);
    assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->key, NOW - 6), VG_DATA_ERROR);
    assert_int_equal(read_as(scene, "other", NULL, NULL, scene->key, NOW), VG_DATA_ERROR);
    assert_int_equal(read_as(scene, NULL, "other", NULL, scene->key, NOW), VG_DATA_ERROR);
    assert_int_equal(read_as(scene, NULL, NULL, "v2", scene->key, NOW), VG_DATA_ERROR);
    assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->other, NOW), VG_DATA_ERROR);
}

static void a_changed_diagnosis_is_refused(void **state)
{
    struct scene *scene = *state;
    /* The last digit of each part holds bits beyond its bytes, which a strict reader does not take either. */
    for (size_t i = 0; i < scene->token.size; i++) {
        scene->token.data[i] = (char)(scene->token.data[i] ^ 1);
        assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->key, NOW), VG_DATA_ERROR);
        scene->token.data[i] = (char)(scene->token.data[i] ^ 1);
    }
    for (size_t size = scene->token.size; size-- > 0;) {
        scene->token.size = size;
        assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->key, NOW), VG_DATA_ERROR);
    }
}

/* Signed by the right key, and still no diagnosis. */
static void other_tokens_are_refused(void **state)
{
    struct scene *scene = *state;
    static const char claims[] = "{\"aud\":\"a\",\"exp\":1622549700,\"iat\":1622548800,\"iss\":\"i\",\"reportType\":\"likely\",\"symptomOnsetInterval\":2703744,\"tekmac\":"
                                 "\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\"}";
    static const struct { const char *header, *claims; bool good; } cases[] = {
        {"{\"alg\":\"ES256\"}", claims, true},
        {"{\"alg\":\"none\"}", claims, false},
        {"{\"alg\":\"HS256\"}", claims, false},
        {"{\"alg\":[\"ES256\"]}", claims, false},
        {"[]", claims, false},
        {"{\"alg\":\"ES256\"}", "[]", false},
        {"{\"alg\":\"ES256\"}", "{}", false},
        {"{\"alg\":\"ES256\"}", "{\"exp\":1622549700,\"iat\":1622548800,\"reportType\":\"likely\",\"tekmac\":\"BwcH\"}", false},
        {"{\"alg\":\"ES256\"}", "{\"exp\":1622549700,\"iat\":1622548800,\"reportType\":\"maybe\",\"tekmac\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\"}", false},
        {"{\"alg\":\"ES256\"}", "{\"exp\":\"1622549700\",\"iat\":1622548800,\"reportType\":\"likely\",\"tekmac\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\"}", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char signature[VG_P256_SIGNATURE_BYTES];
        vg_buffer_clear(&scene->token);
        vg_buffer_base64(&scene->token, cases[i].header, strlen(cases[i].header), VG_BASE64_URL);
        vg_buffer_char(&scene->token, '.');
        vg_buffer_base64(&scene->token, cases[i].claims, strlen(cases[i].claims), VG_BASE64_URL);
        vg_assert_ok(vg_p256_sign(scene->key, scene->token.data, scene->token.size, signature, &scene->error), scene->error);
        vg_buffer_char(&scene->token, '.');
        vg_buffer_base64(&scene->token, signature, sizeof signature, VG_BASE64_URL);
        assert_int_equal(read_as(scene, NULL, NULL, NULL, scene->key, NOW), cases[i].good ? VG_OK : VG_DATA_ERROR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hmac_is_that_of_the_vector),
        cmocka_unit_test(keys_that_are_not_taken_are_told_why),
        cmocka_unit_test(uploads_that_are_not_taken_are_told_why),
        cmocka_unit_test(reports_change_one_way),
        cmocka_unit_test_setup_teardown(a_diagnosis_is_read_by_whom_it_is_for, begin, end),
        cmocka_unit_test_setup_teardown(a_changed_diagnosis_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(other_tokens_are_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
