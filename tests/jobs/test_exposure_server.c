/*
 * The servers of exposure notification through their questions, with a clock of the test's: from a laboratory's code to a signed export that a telephone accepts, what may happen once
 * only, what waits, and what is refused.
 */
#include "test_folder.h"

#include "jobs/exposure_server/exposure_server.h"

#include <jansson.h>
#include <openssl/hmac.h>
#include <sqlite3.h>
#include <stdarg.h>

#define NOON 1622548800 /* 2021-06-01 12:00 UTC */
#define HOUR 3600
#define DAY 86400
#define TODAY (NOON / 600 / 144 * 144)

struct scene {
    char folder[TEST_FOLDER_BYTES], server_folder[TEST_FOLDER_BYTES + 16], api_keys[3][65];
    struct vg_exposure_server *server;
    int64_t now;
    json_t *answer; /* the last one */
    uint8_t secret[16];
    struct vg_arena arena;
    struct vg_error error;
};
enum { DEVICE, ADMIN, STATS };

static void reopen(struct scene *scene)
{
    vg_exposure_server_close(scene->server);
    vg_assert_ok(vg_exposure_server_open(scene->server_folder, &scene->server, &scene->error), scene->error);
}

/* Another setting in settings.json. */
static void set(struct scene *scene, const char *name, const char *value)
{
    char path[128], from[128];
    struct vg_buffer text, out;
    (void)snprintf(path, sizeof path, "%s/settings.json", scene->server_folder);
    (void)snprintf(from, sizeof from, "\"%s\": ", name);
    vg_buffer_init(&text, 0);
    vg_buffer_init(&out, 0);
    vg_assert_ok(vg_file_read(path, 1 << 20, &text, &scene->error), scene->error);
    vg_buffer_char(&text, '\0');
    char *at = strstr(text.data, from);
    assert_non_null(at);
    vg_buffer_append(&out, text.data, (size_t)(at - text.data) + strlen(from));
    vg_buffer_text(&out, value);
    vg_buffer_text(&out, at + strlen(from) + strcspn(at + strlen(from), ",\n"));
    vg_assert_ok(vg_file_write_atomic(path, out.data, out.size, &scene->error), scene->error);
    vg_buffer_release(&text);
    vg_buffer_release(&out);
}

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct vg_buffer told;
    const struct vg_exposure_server_new wanted = {"CO", "gov.co", "732", "v1"};
    *state = scene;
    vg_buffer_init(&told, 0);
    assert_true(test_folder_make(scene->folder));
    (void)snprintf(scene->server_folder, sizeof scene->server_folder, "%s/server", scene->folder);
    vg_assert_ok(vg_exposure_server_create(scene->server_folder, &wanted, &told, &scene->error), scene->error);
    vg_buffer_char(&told, '\0');
    const char *at = told.data;
    for (size_t i = 0; i < 3; i++) {
        at = strstr(at, "key: ") + 5;
        memcpy(scene->api_keys[i], at, 64);
    }
    vg_buffer_release(&told);
    vg_arena_init(&scene->arena, 0);
    memset(scene->secret, 9, sizeof scene->secret);
    scene->now = NOON;
    set(scene, "least_keys", "50");
    set(scene, "spread_keys", "10");
    reopen(scene);
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    vg_exposure_server_close(scene->server);
    json_decref(scene->answer);
    vg_arena_release(&scene->arena);
    test_folder_remove(scene->folder);
    free(scene);
    return 0;
}

static unsigned ask(struct scene *scene, bool posts, const char *path, int key, const char *body)
{
    struct vg_buffer out;
    const char *media_type = NULL;
    const struct vg_exposure_question question = {.posts = posts, .path = path, .api_key = key < 0 ? NULL : scene->api_keys[key], .body = body, .body_size = strlen(body)};
    vg_buffer_init(&out, 0);
    unsigned status = vg_exposure_server_answer(scene->server, &question, scene->now, &out, &media_type);
    json_decref(scene->answer);
    scene->answer = strcmp(media_type, "application/json") == 0 ? json_loadb(out.data, out.size, 0, NULL) : json_stringn(out.data == NULL ? "" : out.data, out.size);
    vg_buffer_release(&out);
    return status;
}

static const char *told(const struct scene *scene, const char *name)
{
    const char *text = json_string_value(json_object_get(scene->answer, name));
    return text == NULL ? "" : text;
}

static VG_PRINTF(4, 5) unsigned post(struct scene *scene, const char *path, int key, const char *format, ...)
{
    char body[16384];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    return ask(scene, true, path, key, body);
}

/* n keys of the days before today, the first with the number `first`. */
static void make_keys(struct vg_exposure_key *keys, size_t n, uint8_t first)
{
    for (size_t i = 0; i < n; i++) {
        keys[i] = (struct vg_exposure_key){.data = {first, (uint8_t)i, 0xAB}, .rolling_start = (uint32_t)(TODAY - 144 * (int)(i + 1)), .rolling_period = 144};
    }
}

/* A certificate for the keys, from a code of the laboratory on. Copied into the arena. */
static const char *certify(struct scene *scene, const char *test, const struct vg_exposure_key *keys, size_t n)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct vg_buffer text;
    char code[64], token[64];
    assert_int_equal(post(scene, "/api/issue", ADMIN, "{\"testType\": \"%s\", \"symptomDate\": \"2021-05-30\"}", test), 200);
    (void)snprintf(code, sizeof code, "%s", told(scene, "code"));
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"confirmed\", \"likely\", \"negative\"]}", code), 200);
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    vg_buffer_init(&text, 0);
    vg_exposure_upload_text(keys, n, true, &text);
    assert_non_null(HMAC(EVP_sha256(), scene->secret, sizeof scene->secret, (const unsigned char *)text.data, text.size, mac, &size));
    vg_buffer_clear(&text);
    vg_buffer_base64(&text, mac, 32, VG_BASE64_STANDARD);
    vg_buffer_char(&text, '\0');
    assert_int_equal(post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"%s\"}", token, text.data), 200);
    vg_buffer_release(&text);
    return vg_arena_copy(&scene->arena, told(scene, "certificate"));
}

static unsigned publish(struct scene *scene, const char *certificate, const struct vg_exposure_key *keys, size_t n, const char *revision_token)
{
    struct vg_buffer body;
    vg_buffer_init(&body, 0);
    vg_buffer_text(&body, "{\"temporaryExposureKeys\": [");
    for (size_t i = 0; i < n; i++) {
        vg_buffer_format(&body, "%s{\"key\": \"", i == 0 ? "" : ", ");
        vg_buffer_base64(&body, keys[i].data, 16, VG_BASE64_STANDARD);
        vg_buffer_format(&body, "\", \"rollingStartNumber\": %u, \"rollingPeriod\": %u, \"transmissionRisk\": %d}", keys[i].rolling_start, keys[i].rolling_period,
                         keys[i].transmission_risk);
    }
    vg_buffer_text(&body, "], \"healthAuthorityID\": \"gov.co\", \"hmacKey\": \"");
    vg_buffer_base64(&body, scene->secret, sizeof scene->secret, VG_BASE64_STANDARD);
    vg_buffer_format(&body, "\", \"verificationPayload\": \"%s\", \"revisionToken\": \"%s\"}", certificate, revision_token);
    vg_buffer_char(&body, '\0');
    unsigned status = ask(scene, true, "/v1/publish", -1, body.data);
    vg_buffer_release(&body);
    return status;
}

/* Makes what is due and gives the index as text. */
static const char *exported(struct scene *scene, size_t expected_files)
{
    size_t n = 0;
    vg_assert_ok(vg_exposure_server_export(scene->server, scene->now, &n, &scene->error), scene->error);
    assert_int_equal(n, expected_files);
    assert_int_equal(ask(scene, false, "/exports/CO/index.txt", -1, ""), 200);
    return vg_arena_copy(&scene->arena, json_string_value(scene->answer));
}

/* The nth file of the index, read and verified with the public key that the server gives. */
static struct vg_exposure_file read_export(struct scene *scene, const char *index, size_t nth)
{
    struct vg_exposure_file file;
    struct vg_p256_key *key = NULL;
    char path[160];
    size_t holding = 0;
    for (; nth > 0; nth--) {
        index = strchr(index, '\n') + 1;
    }
    (void)snprintf(path, sizeof path, "/exports/%.*s", (int)strcspn(index, "\n"), index);
    assert_int_equal(ask(scene, false, "/keys/export.pem", -1, ""), 200);
    vg_assert_ok(vg_p256_read_pem(json_string_value(scene->answer), json_string_length(scene->answer), &key, &scene->error), scene->error);
    char on_disk[256];
    struct vg_buffer bytes;
    (void)snprintf(on_disk, sizeof on_disk, "%s%s", scene->server_folder, path);
    vg_buffer_init(&bytes, 0);
    vg_assert_ok(vg_file_read(on_disk, 1 << 20, &bytes, &scene->error), scene->error);
    vg_assert_ok(vg_exposure_file_read(bytes.data, bytes.size, &scene->arena, &file, &scene->error), scene->error);
    const struct vg_exposure_verifier verifier = {.key_id = vg_text_from("732"), .key_version = vg_text_from("v1"), .key = key};
    vg_assert_ok(vg_exposure_file_verify(&file, &verifier, 1, &holding, &scene->error), scene->error);
    vg_buffer_release(&bytes);
    vg_p256_free(key);
    return file;
}

static const struct vg_exposure_key *find(const struct vg_exposure_key *keys, size_t n, const struct vg_exposure_key *wanted)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(keys[i].data, wanted->data, 16) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

/* -------------------------------------------------------------------- tests */

static void a_diagnosis_becomes_a_signed_export(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[4];
    make_keys(keys, 4, 1);
    assert_int_equal(publish(scene, certify(scene, "confirmed", keys, 4), keys, 4, ""), 200);
    assert_int_equal(json_integer_value(json_object_get(scene->answer, "insertedExposures")), 4);
    /* not before the hour is two hours past */
    assert_string_equal(exported(scene, 0), "");
    scene->now = NOON + 3 * HOUR - 1;
    assert_string_equal(exported(scene, 0), "");
    scene->now = NOON + 3 * HOUR;
    const char *index = exported(scene, 1);
    assert_string_equal(index, "CO/1622548800-1622552400-00001.zip\n");
    struct vg_exposure_file file = read_export(scene, index, 0);
    assert_true(file.export.n_keys >= 50 && file.export.n_keys <= 60);
    assert_int_equal(file.export.n_revised_keys, 0);
    assert_true(vg_text_equals(file.export.region, "CO"));
    for (size_t i = 1; i < file.export.n_keys; i++) {
        assert_true(memcmp(file.export.keys[i - 1].data, file.export.keys[i].data, 16) < 0);
    }
    for (size_t i = 0; i < 4; i++) {
        const struct vg_exposure_key *key = find(file.export.keys, file.export.n_keys, &keys[i]);
        assert_non_null(key);
        assert_int_equal(key->report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
        assert_int_equal(key->transmission_risk, 2);
        assert_int_equal(key->days_since_onset, 1 - (int)i); /* onset on the 30th, the newest key of the 31st */
        assert_int_equal(key->rolling_start, keys[i].rolling_start);
    }
    /* nothing again, and away after two weeks */
    scene->now += HOUR;
    (void)exported(scene, 0);
    scene->now += 15 * DAY;
    assert_string_equal(exported(scene, 0), "");
    assert_int_equal(ask(scene, false, "/exports/CO/1622548800-1622552400-00001.zip", -1, ""), 404);
}

static void each_step_is_made_once(void **state)
{
    struct scene *scene = *state;
    char code[64], long_code[64], uuid[64], token[64];
    static const char mac[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_int_equal(post(scene, "/api/issue", ADMIN, "{\"testType\": \"likely\", \"testDate\": \"2021-05-31\"}"), 200);
    (void)snprintf(code, sizeof code, "%s", told(scene, "code"));
    (void)snprintf(long_code, sizeof long_code, "%s", told(scene, "longCode"));
    (void)snprintf(uuid, sizeof uuid, "%s", told(scene, "uuid"));
    assert_int_equal(strlen(code), 8);
    assert_int_equal(strlen(long_code), 16);
    assert_string_equal(told(scene, "expiresAt"), "Tue, 01 Jun 2021 12:15:00 UTC");
    /* a telephone that takes tests alone leaves the code as it was */
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"confirmed\"]}", code), 412);
    /* the short one ends after a quarter of an hour, the long one lasts a day */
    scene->now = NOON + 15 * 60;
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"likely\"]}", code), 400);
    assert_string_equal(told(scene, "errorCode"), "code_expired");
    assert_int_equal(post(scene, "/api/checkcodestatus", ADMIN, "{\"uuid\": \"%s\"}", uuid), 200);
    assert_true(json_is_false(json_object_get(scene->answer, "claimed")));
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"likely\"]}", long_code), 200);
    assert_string_equal(told(scene, "testDate"), "2021-05-31");
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"likely\"]}", long_code), 400);
    assert_string_equal(told(scene, "errorCode"), "code_invalid");
    assert_int_equal(post(scene, "/api/checkcodestatus", ADMIN, "{\"uuid\": \"%s\"}", uuid), 200);
    assert_true(json_is_true(json_object_get(scene->answer, "claimed")));
    assert_int_equal(post(scene, "/api/expirecode", ADMIN, "{\"uuid\": \"%s\"}", uuid), 400);
    assert_int_equal(post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"AAAA\"}", token), 400);
    assert_string_equal(told(scene, "errorCode"), "hmac_invalid");
    /* what was claimed is known after a restart */
    reopen(scene);
    assert_int_equal(post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"%s\"}", token, mac), 200);
    assert_int_equal(post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"%s\"}", token, mac), 400);
    assert_string_equal(told(scene, "errorCode"), "token_invalid");
    /* a code that was taken back */
    assert_int_equal(post(scene, "/api/issue", ADMIN, "{\"testType\": \"confirmed\", \"uuid\": \"0d2e8a4c-7f3b-4a59-9c1e-5b6f7a8d9e0f\"}"), 200);
    (void)snprintf(code, sizeof code, "%s", told(scene, "code"));
    assert_int_equal(post(scene, "/api/issue", ADMIN, "{\"testType\": \"confirmed\", \"uuid\": \"0d2e8a4c-7f3b-4a59-9c1e-5b6f7a8d9e0f\"}"), 400);
    assert_string_equal(told(scene, "errorCode"), "uuid_already_exists");
    assert_int_equal(post(scene, "/api/expirecode", ADMIN, "{\"uuid\": \"0d2e8a4c-7f3b-4a59-9c1e-5b6f7a8d9e0f\"}"), 200);
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"confirmed\"]}", code), 400);
    /* a token that was not used in a day */
    assert_int_equal(post(scene, "/api/issue", ADMIN, "{\"testType\": \"confirmed\"}"), 200);
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\"}", vg_arena_copy(&scene->arena, told(scene, "code"))), 200);
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    scene->now += DAY;
    assert_int_equal(post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"%s\"}", token, mac), 400);
    assert_string_equal(told(scene, "errorCode"), "token_expired");
}

static void keys_are_revised_once_by_their_owner(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[3], others[1];
    char owner[64], stranger[64];
    make_keys(keys, 3, 1);
    make_keys(others, 1, 2);
    assert_int_equal(publish(scene, certify(scene, "likely", keys, 2), keys, 2, ""), 200);
    (void)snprintf(owner, sizeof owner, "%s", told(scene, "revisionToken"));
    assert_int_equal(publish(scene, certify(scene, "likely", others, 1), others, 1, ""), 200);
    (void)snprintf(stranger, sizeof stranger, "%s", told(scene, "revisionToken"));
    assert_string_not_equal(owner, stranger);
    const char *certificate = certify(scene, "confirmed", keys, 3);
    assert_int_equal(publish(scene, certificate, keys, 3, ""), 400);
    assert_string_equal(told(scene, "code"), "missing_revision_token");
    assert_int_equal(publish(scene, certificate, keys, 3, stranger), 400);
    assert_string_equal(told(scene, "code"), "invalid_revision_token");
    assert_int_equal(publish(scene, certificate, keys, 3, "AAAA"), 400);
    /* two hours later the test is there: two keys become others, a third is new */
    scene->now = NOON + 2 * HOUR;
    certificate = certify(scene, "confirmed", keys, 3);
    assert_int_equal(publish(scene, certificate, keys, 3, owner), 200);
    assert_int_equal(json_integer_value(json_object_get(scene->answer, "insertedExposures")), 3);
    assert_string_equal(told(scene, "revisionToken"), owner);
    assert_int_equal(publish(scene, certificate, keys, 3, owner), 200); /* heard twice: nothing is changed */
    assert_int_equal(json_integer_value(json_object_get(scene->answer, "insertedExposures")), 0);
    certificate = certify(scene, "likely", keys, 2);
    assert_int_equal(publish(scene, certificate, keys, 2, owner), 400);
    assert_string_equal(told(scene, "code"), "key_already_revised");
    scene->now = NOON + 6 * HOUR;
    const char *index = exported(scene, 2);
    struct vg_exposure_file first = read_export(scene, index, 0), second = read_export(scene, index, 1);
    assert_int_equal(first.export.n_revised_keys, 0);
    assert_int_equal(find(first.export.keys, first.export.n_keys, &keys[0])->report, VG_EXPOSURE_REPORT_CLINICAL);
    assert_null(find(first.export.keys, first.export.n_keys, &keys[2]));
    assert_non_null(find(second.export.keys, second.export.n_keys, &keys[2]));
    assert_int_equal(second.export.n_revised_keys, 2);
    assert_int_equal(find(second.export.revised_keys, 2, &keys[1])->report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
}

static void what_is_not_of_the_certificate_is_refused(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[3];
    make_keys(keys, 3, 1);
    const char *certificate = certify(scene, "confirmed", keys, 2);
    assert_int_equal(publish(scene, certificate, keys, 3, ""), 400);
    assert_string_equal(told(scene, "code"), "health_authority_verification_certificate_invalid");
    keys[0].transmission_risk = 7;
    assert_int_equal(publish(scene, certificate, keys, 2, ""), 400);
    keys[0].transmission_risk = 0;
    scene->secret[0] ^= 1;
    assert_int_equal(publish(scene, certificate, keys, 2, ""), 400);
    scene->secret[0] ^= 1;
    scene->now += 15 * 60 + 6;
    assert_int_equal(publish(scene, certificate, keys, 2, ""), 400);
    scene->now = NOON;
    assert_int_equal(publish(scene, certificate, keys, 2, ""), 200);
    /* a negative test is answered alike, and kept nowhere */
    struct vg_exposure_key healthy[2];
    make_keys(healthy, 2, 3);
    assert_int_equal(publish(scene, certify(scene, "negative", healthy, 2), healthy, 2, ""), 200);
    scene->now = NOON + 5 * HOUR;
    struct vg_exposure_file file = read_export(scene, exported(scene, 1), 0);
    assert_non_null(find(file.export.keys, file.export.n_keys, &keys[0]));
    assert_null(find(file.export.keys, file.export.n_keys, &healthy[0]));
}

static void a_key_of_today_waits_for_its_end(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[2];
    make_keys(keys, 2, 1);
    keys[0].rolling_start = TODAY;
    keys[1].rolling_start = TODAY - 144 * 20; /* too old: dropped, and the other kept */
    assert_int_equal(publish(scene, certify(scene, "confirmed", keys, 2), keys, 2, ""), 200);
    assert_string_equal(told(scene, "code"), "partial_failure");
    assert_int_equal(json_integer_value(json_object_get(scene->answer, "insertedExposures")), 1);
    scene->now = NOON + 14 * HOUR; /* two o'clock of the next day: its hour is the first of that day */
    (void)exported(scene, 0);
    scene->now = NOON + 15 * HOUR;
    struct vg_exposure_file file = read_export(scene, exported(scene, 1), 0);
    assert_non_null(find(file.export.keys, file.export.n_keys, &keys[0]));
    assert_int_equal(file.export.start_seconds, NOON + 12 * HOUR);
    assert_int_equal(publish(scene, certify(scene, "confirmed", keys + 1, 1), keys + 1, 1, ""), 400);
    assert_string_equal(told(scene, "error"), "the key is too old");
}

static void who_may_ask_what(void **state)
{
    struct scene *scene = *state;
    static const char *const paths[] = {"/api/issue", "/api/batch-issue", "/api/checkcodestatus", "/api/expirecode", "/api/verify", "/api/certificate"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int good = i < 4 ? ADMIN : DEVICE;
        for (int key = -1; key < 3; key++) {
            assert_int_equal(ask(scene, true, paths[i], key, "{}") == 401, key != good);
        }
        assert_int_equal(ask(scene, false, paths[i], good, ""), 405);
        assert_int_equal(ask(scene, true, paths[i], good, "[]"), 400);
        assert_int_equal(ask(scene, true, paths[i], good, "{\"code\": 5, \"uuid\": [], \"token\": {}, \"codes\": {}}"), i == 2 || i == 3 ? 404 : 400);
    }
    static const char *const elsewhere[] = {"/", "/exports/CO/", "/exports/CO/../../secret", "/exports/PE/index.txt", "/exports/CO/1-2.zip/x", "/keys/export.key", "/settings.json", "/exports/CO/..zip"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        assert_int_equal(ask(scene, false, elsewhere[i], ADMIN, ""), 404);
    }
    assert_int_equal(post(scene, "/api/batch-issue", ADMIN, "{\"codes\": [{\"testType\": \"confirmed\"}, {\"testType\": \"maybe\"}, {\"testType\": \"likely\", \"symptomDate\": \"2020-01-01\"}]}"), 400);
    const json_t *codes = json_object_get(scene->answer, "codes");
    assert_int_equal(json_array_size(codes), 3);
    assert_int_equal(strlen(json_string_value(json_object_get(json_array_get(codes, 0), "code"))), 8);
    assert_string_equal(json_string_value(json_object_get(json_array_get(codes, 1), "errorCode")), "invalid_test_type");
    assert_string_equal(json_string_value(json_object_get(json_array_get(codes, 2), "errorCode")), "invalid_date");
}

static void guessing_ends(void **state)
{
    struct scene *scene = *state;
    set(scene, "wrong_codes_a_minute", "5");
    reopen(scene);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"0000000%d\", \"accept\": [\"confirmed\"]}", i), 400);
    }
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"00000005\", \"accept\": [\"confirmed\"]}"), 429);
    scene->now += 60;
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"00000005\", \"accept\": [\"confirmed\"]}"), 400);
}

static void few_are_not_counted_aloud(void **state)
{
    struct scene *scene = *state;
    for (uint8_t person = 0; person < 10; person++) {
        struct vg_exposure_key keys[2];
        make_keys(keys, 2, person);
        assert_int_equal(publish(scene, certify(scene, "confirmed", keys, 2), keys, 2, ""), 200);
        if (person == 8) {
            scene->now += 5 * DAY; /* nine uploads of a day that is long over are too few */
            assert_int_equal(ask(scene, false, "/api/stats", STATS, ""), 200);
            assert_int_equal(json_array_size(json_object_get(scene->answer, "days")), 0);
            scene->now = NOON;
        }
    }
    assert_int_equal(ask(scene, false, "/api/stats", STATS, ""), 200);
    assert_int_equal(json_array_size(json_object_get(scene->answer, "days")), 0); /* today is not over */
    scene->now += 3 * DAY;
    assert_int_equal(ask(scene, false, "/api/stats", STATS, ""), 200);
    const json_t *day = json_array_get(json_object_get(scene->answer, "days"), 0);
    assert_string_equal(json_string_value(json_object_get(day, "date")), "2021-06-01");
    assert_int_equal(json_integer_value(json_object_get(day, "uploads")), 10);
    assert_int_equal(json_integer_value(json_object_get(day, "keys")), 20);
    assert_int_equal(json_integer_value(json_object_get(day, "codes_issued")), 10);
}

/* ------------------------------------------------------------ self reports */

static void make_nonce(uint8_t seed, struct vg_buffer *out)
{
    unsigned char nonce[256];
    memset(nonce, seed, sizeof nonce);
    vg_buffer_init(out, 0);
    vg_buffer_base64(out, nonce, sizeof nonce, VG_BASE64_STANDARD);
    vg_buffer_char(out, '\0');
}

static unsigned report(struct scene *scene, const char *phone, uint8_t seed)
{
    struct vg_buffer nonce;
    make_nonce(seed, &nonce);
    unsigned status = post(scene, "/api/user-report", DEVICE, "{\"phone\": \"%s\", \"nonce\": \"%s\", \"symptomDate\": \"2021-05-30\"}", phone, nonce.data);
    vg_buffer_release(&nonce);
    return status;
}

/* The code in the only message that waits; "" where none does. */
static const char *messaged(struct scene *scene, const char *phone)
{
    assert_int_equal(post(scene, "/api/messages", ADMIN, "{}"), 200);
    const json_t *list = json_object_get(scene->answer, "messages");
    if (json_array_size(list) == 0) {
        return "";
    }
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "phone")), phone);
    const char *text = json_string_value(json_object_get(json_array_get(list, 0), "text"));
    assert_memory_equal(text, "Codigo ", 7);
    assert_non_null(strstr(text, "ens://v?r=CO&c="));
    return vg_arena_copy_bytes(&scene->arena, text + 7, 8);
}

static unsigned verify_own(struct scene *scene, const char *code, uint8_t seed, const char *accept)
{
    struct vg_buffer nonce;
    make_nonce(seed, &nonce);
    unsigned status = post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"nonce\": \"%s\", \"accept\": [%s]}", code, nonce.data, accept);
    vg_buffer_release(&nonce);
    return status;
}

static unsigned certify_own(struct scene *scene, const char *token, const struct vg_exposure_key *keys, size_t n)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_exposure_upload_text(keys, n, true, &text);
    assert_non_null(HMAC(EVP_sha256(), scene->secret, sizeof scene->secret, (const unsigned char *)text.data, text.size, mac, &size));
    vg_buffer_clear(&text);
    vg_buffer_base64(&text, mac, 32, VG_BASE64_STANDARD);
    vg_buffer_char(&text, '\0');
    unsigned status = post(scene, "/api/certificate", DEVICE, "{\"token\": \"%s\", \"ekeyhmac\": \"%s\"}", token, text.data);
    vg_buffer_release(&text);
    return status;
}

static void allow_own_reports(struct scene *scene, const char *a_day)
{
    set(scene, "self_reports_a_day", a_day);
    set(scene, "self_report_text", "\"Codigo [code] [enslink]\"");
    reopen(scene);
}

static void a_telephone_reports_by_itself(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[3];
    char token[64], revision[128];
    make_keys(keys, 3, 7);
    assert_int_equal(report(scene, "+573001234567", 1), 409); /* not where nobody allowed it */
    allow_own_reports(scene, "100");
    assert_int_equal(report(scene, "+57 (300) 123-4567", 1), 200);
    assert_string_equal(told(scene, "code"), ""); /* by message alone */
    assert_true(strlen(told(scene, "padding")) >= 1024);
    const char *code = messaged(scene, "+573001234567");
    assert_int_equal(strlen(code), 8);
    assert_string_equal(messaged(scene, ""), ""); /* once */
    assert_int_equal(verify_own(scene, code, 1, "\"confirmed\", \"likely\", \"negative\""), 412);
    assert_int_equal(verify_own(scene, code, 2, "\"user-report\""), 400); /* another telephone's nonce */
    assert_string_equal(told(scene, "errorCode"), "code_invalid");
    assert_int_equal(post(scene, "/api/verify", DEVICE, "{\"code\": \"%s\", \"accept\": [\"user-report\"]}", code), 400);
    assert_int_equal(verify_own(scene, code, 1, "\"user-report\""), 200);
    assert_string_equal(told(scene, "testtype"), "user-report");
    assert_string_equal(told(scene, "symptomDate"), "2021-05-30");
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    assert_int_equal(certify_own(scene, token, keys, 3), 200);
    assert_int_equal(publish(scene, vg_arena_copy(&scene->arena, told(scene, "certificate")), keys, 3, ""), 200);
    (void)snprintf(revision, sizeof revision, "%s", told(scene, "revisionToken"));
    scene->now += 3 * HOUR;
    struct vg_exposure_file file = read_export(scene, exported(scene, 1), 0);
    for (size_t i = 0; i < 3; i++) {
        const struct vg_exposure_key *key = find(file.export.keys, file.export.n_keys, &keys[i]);
        assert_non_null(key);
        assert_int_equal(key->report, VG_EXPOSURE_REPORT_SELF);
    }
    /* A laboratory confirms it, which is told of the same keys. */
    assert_int_equal(publish(scene, certify(scene, "confirmed", keys, 3), keys, 3, revision), 200);
    scene->now += 3 * HOUR;
    file = read_export(scene, exported(scene, 1), 1);
    assert_true(file.export.n_revised_keys >= 3);
    assert_int_equal(find(file.export.revised_keys, file.export.n_revised_keys, &keys[0])->report, VG_EXPOSURE_REPORT_CONFIRMED_TEST);
}

static void a_number_reports_once_in_ninety_days(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_key keys[2];
    char token[64];
    make_keys(keys, 2, 9);
    allow_own_reports(scene, "4");
    static const char *const wrong[] = {"", "3001234567", "+0300123456", "+57", "+5730012345678901", "+57300abc4567"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(report(scene, wrong[i], 1), 400);
        assert_string_equal(told(scene, "errorCode"), "missing_phone");
    }
    assert_int_equal(post(scene, "/api/user-report", DEVICE, "{\"phone\": \"+573001234567\", \"nonce\": \"QUJD\", \"symptomDate\": \"2021-05-30\"}"), 400);
    assert_string_equal(told(scene, "errorCode"), "missing_nonce");
    struct vg_buffer nonce;
    make_nonce(1, &nonce);
    assert_int_equal(post(scene, "/api/user-report", DEVICE, "{\"phone\": \"+573001234567\", \"nonce\": \"%s\"}", nonce.data), 400);
    assert_string_equal(told(scene, "errorCode"), "missing_date");
    assert_int_equal(post(scene, "/api/user-report", ADMIN, "{\"phone\": \"+573001234567\", \"nonce\": \"%s\", \"symptomDate\": \"2021-05-30\"}", nonce.data), 401);
    assert_int_equal(post(scene, "/api/messages", DEVICE, "{}"), 401);
    vg_buffer_release(&nonce);
    /* Not claimed: again after ninety minutes, with another code, and the first is of nobody. */
    assert_int_equal(report(scene, "+573001234567", 1), 200);
    const char *first = messaged(scene, "+573001234567");
    scene->now += 91 * 60;
    assert_int_equal(report(scene, "+573001234567", 2), 200);
    assert_int_equal(verify_own(scene, first, 1, "\"user-report\""), 400);
    assert_int_equal(verify_own(scene, messaged(scene, "+573001234567"), 2, "\"user-report\""), 200);
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    assert_int_equal(certify_own(scene, token, keys, 2), 200);
    scene->now += 91 * 60;
    assert_int_equal(report(scene, "+573001234567", 3), 200); /* claimed: answered, and no message */
    assert_string_equal(messaged(scene, ""), "");
    /* Another number does not certify the same keys. */
    assert_int_equal(report(scene, "+573009999999", 4), 200);
    assert_int_equal(verify_own(scene, messaged(scene, "+573009999999"), 4, "\"user-report\""), 200);
    (void)snprintf(token, sizeof token, "%s", told(scene, "token"));
    assert_int_equal(certify_own(scene, token, keys, 2), 400);
    assert_string_equal(told(scene, "errorCode"), "hmac_invalid");
    assert_int_equal(report(scene, "+573008888888", 5), 409); /* four a day */
    scene->now += DAY;
    assert_int_equal(report(scene, "+573008888888", 5), 200);
    scene->now += 20 * 60;
    assert_string_equal(messaged(scene, ""), ""); /* what nobody fetched in time is forgotten */
    /* And again after ninety days, with a day of symptoms of then. */
    scene->now += 90 * (int64_t)DAY;
    make_nonce(6, &nonce);
    assert_int_equal(post(scene, "/api/user-report", DEVICE, "{\"phone\": \"+573001234567\", \"nonce\": \"%s\", \"testDate\": \"2021-08-31\"}", nonce.data), 200);
    vg_buffer_release(&nonce);
}

/* The names of an answer's fields, with all that it says but times and padding. */
static const char *shape(struct scene *scene)
{
    struct vg_buffer text;
    const char *name = NULL;
    json_t *value = NULL;
    vg_buffer_init(&text, 0);
    json_object_foreach(scene->answer, name, value) {
        vg_buffer_format(&text, "%s %d %s;", name, json_typeof(value), strcmp(name, "testtype") == 0 || strncmp(name, "error", 5) == 0 ? json_string_value(value) : "");
    }
    const char *copy = vg_arena_copy_bytes(&scene->arena, text.data, text.size);
    vg_buffer_release(&text);
    return copy;
}

/* Whether a number is waiting for its code, has reported, or is new: the same answer at the same time, and the same room in the day. */
static void nobody_learns_who_has_reported(void **state)
{
    struct scene *scene = *state;
    allow_own_reports(scene, "6");
    assert_int_equal(report(scene, "+573001111111", 1), 200);
    const char *fresh = shape(scene);
    json_int_t expires = json_integer_value(json_object_get(scene->answer, "expiresAtTimestamp"));
    assert_int_equal(verify_own(scene, messaged(scene, "+573001111111"), 1, "\"user-report\""), 200);
    assert_int_equal(report(scene, "+573002222222", 2), 200);
    const char *code = messaged(scene, "+573002222222");
    static const char *const numbers[] = {"+573001111111", "+573002222222", "+573003333333"};
    for (size_t i = 0; i < 3; i++) { /* has reported; is waiting; new */
        assert_int_equal(report(scene, numbers[i], 9), 200);
        assert_string_equal(shape(scene), fresh);
        assert_int_equal(json_integer_value(json_object_get(scene->answer, "expiresAtTimestamp")), expires);
    }
    assert_int_equal(strlen(messaged(scene, numbers[2])), 8); /* the only message */
    assert_int_equal(report(scene, numbers[0], 9), 200);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(report(scene, numbers[i], 9), 409);
        assert_string_equal(told(scene, "errorCode"), "user_report_try_later");
    }
    assert_int_equal(verify_own(scene, code, 2, "\"user-report\""), 200); /* who waited goes on with the first code */
}

static int64_t rows(struct scene *scene, const char *table)
{
    char path[256], sql[64];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    (void)snprintf(path, sizeof path, "%s/exposure.db", scene->server_folder);
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(row, 0);
    (void)sqlite3_finalize(row);
    (void)sqlite3_close(db);
    return n;
}

/* Without another question: the exports that are looked after every minute do it. */
static void messages_and_numbers_are_forgotten_on_time(void **state)
{
    struct scene *scene = *state;
    allow_own_reports(scene, "10");
    assert_int_equal(report(scene, "+573001111111", 1), 200);
    assert_int_equal(verify_own(scene, messaged(scene, "+573001111111"), 1, "\"user-report\""), 200);
    assert_int_equal(report(scene, "+573002222222", 2), 200);
    static const struct { int64_t after; int messages, phones; } times[] = {{14 * 60, 1, 2}, {15 * 60, 0, 2}, {90 * 60, 0, 2}, {91 * 60, 0, 1}, {90 * (int64_t)DAY, 0, 1}, {90 * (int64_t)DAY + 1, 0, 0}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        size_t n_files = 0;
        vg_assert_ok(vg_exposure_server_export(scene->server, NOON + times[i].after, &n_files, &scene->error), scene->error);
        assert_int_equal(rows(scene, "message"), times[i].messages);
        assert_int_equal(rows(scene, "phone"), times[i].phones);
    }
}

static void assert_nowhere(struct scene *scene, const char *text)
{
    static const char *const files[] = {"exposure.db", "exposure.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        struct vg_buffer bytes;
        (void)snprintf(path, sizeof path, "%s/%s", scene->server_folder, files[i]);
        vg_buffer_init(&bytes, 0);
        vg_assert_ok(vg_file_read(path, 0, &bytes, &scene->error), scene->error);
        assert_true(bytes.size > 0); /* both are there while the server runs */
        if (memmem(bytes.data, bytes.size, text, strlen(text)) != NULL) {
            fail_msg("%s stands in %s", text, files[i]);
        }
        vg_buffer_release(&bytes);
    }
}

static void neither_number_nor_code_nor_nonce_stands_in_the_database(void **state)
{
    struct scene *scene = *state;
    char text[256], long_code[17];
    struct vg_buffer nonce;
    allow_own_reports(scene, "10");
    assert_int_equal(report(scene, "+573001234567", 1), 200);
    assert_nowhere(scene, "573001234567");
    assert_nowhere(scene, "Codigo ");
    assert_int_equal(post(scene, "/api/messages", ADMIN, "{}"), 200);
    (void)snprintf(text, sizeof text, "%s", json_string_value(json_object_get(json_array_get(json_object_get(scene->answer, "messages"), 0), "text")));
    (void)snprintf(long_code, sizeof long_code, "%s", strstr(text, "&c=") + 3);
    text[7 + 8] = '\0';
    make_nonce(1, &nonce);
    for (int claimed = 0; claimed < 2; claimed++) {
        const char *const secrets[] = {"573001234567", text + 7, long_code, nonce.data, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"};
        for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
            assert_nowhere(scene, secrets[i]);
        }
        if (claimed == 0) {
            assert_int_equal(verify_own(scene, text + 7, 1, "\"user-report\""), 200);
            assert_nowhere(scene, told(scene, "token"));
        }
    }
    vg_buffer_release(&nonce);
}

static void settings_that_are_not_understood_are_refused(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_server *server = NULL;
    static const struct { const char *name, *value, *why; } cases[] = {
        {"export_hours", "7", "export_hours divides a day"}, {"code_minutes", "0", "code_minutes is a whole number from 1 to 1440"}, {"region", "\"\"", "region is a text"},
        {"self_report_text", "\"[enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink] [enslink]\"", "self_report_text becomes longer than"},
        {"least_keys", "5, \"leats_keys\": 5", "there is no setting leats_keys"}, {"hold_hours", "two", "settings.json, line"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set(scene, "export_hours", "1");
        set(scene, cases[i].name, cases[i].value);
        assert_int_equal(vg_exposure_server_open(scene->server_folder, &server, &scene->error), VG_DATA_ERROR);
        if (strstr(scene->error.message, cases[i].why) == NULL) {
            fail_msg("%s: %s", cases[i].name, scene->error.message);
        }
        set(scene, cases[i].name, cases[i].value[0] == '"' ? "\"CO\"" : "2");
        if (strstr(cases[i].value, "leats") != NULL) { /* the misspelt one must go again */
            test_folder_remove(scene->server_folder);
            struct vg_buffer told_keys;
            vg_buffer_init(&told_keys, 0);
            vg_assert_ok(vg_exposure_server_create(scene->server_folder, &(struct vg_exposure_server_new){"CO", "gov.co", "732", "v1"}, &told_keys, &scene->error), scene->error);
            vg_buffer_release(&told_keys);
        }
    }
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    assert_int_equal(vg_exposure_server_create(scene->server_folder, &(struct vg_exposure_server_new){"CO", "gov.co", "732", "v1"}, &out, &scene->error), VG_SYSTEM_ERROR);
    vg_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_diagnosis_becomes_a_signed_export, begin, end),
        cmocka_unit_test_setup_teardown(each_step_is_made_once, begin, end),
        cmocka_unit_test_setup_teardown(keys_are_revised_once_by_their_owner, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_of_the_certificate_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_key_of_today_waits_for_its_end, begin, end),
        cmocka_unit_test_setup_teardown(who_may_ask_what, begin, end),
        cmocka_unit_test_setup_teardown(guessing_ends, begin, end),
        cmocka_unit_test_setup_teardown(few_are_not_counted_aloud, begin, end),
        cmocka_unit_test_setup_teardown(a_telephone_reports_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(a_number_reports_once_in_ninety_days, begin, end),
        cmocka_unit_test_setup_teardown(nobody_learns_who_has_reported, begin, end),
        cmocka_unit_test_setup_teardown(messages_and_numbers_are_forgotten_on_time, begin, end),
        cmocka_unit_test_setup_teardown(neither_number_nor_code_nor_nonce_stands_in_the_database, begin, end),
        cmocka_unit_test_setup_teardown(settings_that_are_not_understood_are_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
