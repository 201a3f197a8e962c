/*
 * Certificates of a diagnosis: JSON web tokens by ES256, and the kinds of test that they tell.
 */
#include "trace/exposure/exposure.h"

#include <jansson.h>

#include <string.h>

#define TOKEN_BYTES_MAX 8192
#define PART_BYTES_MAX 6144
#define SKEW_SECONDS 5

static const struct {
    const char *name;
    enum vg_exposure_report report;
    int32_t risk;
} tests[VG_EXPOSURE_TESTS] = {{"confirmed", VG_EXPOSURE_REPORT_CONFIRMED_TEST, 2}, {"likely", VG_EXPOSURE_REPORT_CLINICAL, 4},
                              {"negative", VG_EXPOSURE_REPORT_UNKNOWN, 6}, {"user-report", VG_EXPOSURE_REPORT_SELF, 5}};

const char *vg_exposure_test_name(enum vg_exposure_test test)
{
    return tests[test].name;
}

bool vg_exposure_test_from_name(struct vg_text name, enum vg_exposure_test *test)
{
    for (unsigned i = 0; i < VG_EXPOSURE_TESTS; i++) {
        if (vg_text_equals(name, tests[i].name)) {
            *test = (enum vg_exposure_test)i;
            return true;
        }
    }
    return false;
}

enum vg_exposure_report vg_exposure_test_report(enum vg_exposure_test test)
{
    return tests[test].report;
}

int32_t vg_exposure_test_risk(enum vg_exposure_test test)
{
    return tests[test].risk;
}

/* ------------------------------------------------------------------- write */

static void put_string(struct vg_buffer *out, const char *name, const char *value)
{
    vg_buffer_format(out, "\"%s\":", name);
    vg_buffer_json_string(out, value, strlen(value));
}

vg_status vg_exposure_diagnosis_write(const struct vg_exposure_diagnosis *diagnosis, const struct vg_p256_key *key, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer part, token;
    unsigned char signature[VG_P256_SIGNATURE_BYTES];
    vg_buffer_init(&part, PART_BYTES_MAX);
    vg_buffer_init(&token, TOKEN_BYTES_MAX);
    vg_buffer_text(&part, "{\"alg\":\"ES256\",");
    put_string(&part, "kid", diagnosis->key_id);
    vg_buffer_text(&part, ",\"typ\":\"JWT\"}");
    vg_buffer_base64(&token, part.data, part.size, VG_BASE64_URL);
    vg_buffer_char(&token, '.');
    vg_buffer_clear(&part);
    vg_buffer_char(&part, '{');
    put_string(&part, "aud", diagnosis->audience);
    vg_buffer_format(&part, ",\"exp\":%lld,\"iat\":%lld,", (long long)diagnosis->expires, (long long)diagnosis->issued);
    put_string(&part, "iss", diagnosis->issuer);
    vg_buffer_format(&part, ",\"nbf\":%lld,", (long long)diagnosis->issued);
    put_string(&part, "reportType", vg_exposure_test_name(diagnosis->test));
    if (diagnosis->onset_interval != 0) {
        vg_buffer_format(&part, ",\"symptomOnsetInterval\":%u", diagnosis->onset_interval);
    }
    vg_buffer_text(&part, ",\"tekmac\":\"");
    vg_buffer_base64(&part, diagnosis->mac, sizeof diagnosis->mac, VG_BASE64_STANDARD);
    vg_buffer_text(&part, "\"}");
    vg_buffer_base64(&token, part.data, part.size, VG_BASE64_URL);
    vg_status status = part.failed || token.failed ? vg_fail(error, VG_LIMIT_EXCEEDED, "the certificate of a diagnosis is too long")
                                                   : vg_p256_sign(key, token.data, token.size, signature, error);
    if (status == VG_OK) {
        vg_buffer_append(out, token.data, token.size);
        vg_buffer_char(out, '.');
        vg_buffer_base64(out, signature, sizeof signature, VG_BASE64_URL);
    }
    vg_buffer_release(&part);
    vg_buffer_release(&token);
    return status == VG_OK && out->failed ? vg_fail_memory(error, 0) : status;
}

/* -------------------------------------------------------------------- read */

static vg_status not_a_diagnosis(struct vg_error *error, const char *why)
{
    return vg_fail(error, VG_DATA_ERROR, "the certificate of the diagnosis is not accepted: %s", why);
}

static json_t *part_of(struct vg_text part)
{
    char bytes[PART_BYTES_MAX];
    size_t size = 0;
    return vg_base64_decode(part, bytes, sizeof bytes, &size) ? json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* The audience may be a text or a list of them. */
static bool names(const json_t *claim, const char *wanted)
{
    for (size_t i = 0; json_is_array(claim) && i < json_array_size(claim); i++) {
        if (names(json_array_get(claim, i), wanted)) {
            return true;
        }
    }
    return json_is_string(claim) && strcmp(json_string_value(claim), wanted) == 0;
}

static const char *fault_of_header(const json_t *header, const struct vg_exposure_diagnosis *diagnosis)
{
    const json_t *kid = json_object_get(header, "kid");
    if (!names(json_object_get(header, "alg"), "ES256") || json_is_array(json_object_get(header, "alg"))) {
        return "its algorithm is not ES256";
    }
    return diagnosis->key_id != NULL && !names(kid, diagnosis->key_id) ? "it names another key" : NULL;
}

static const char *fault_of_claims(const json_t *claims, int64_t now, struct vg_exposure_diagnosis *diagnosis)
{
    const json_t *issued = json_object_get(claims, "iat"), *expires = json_object_get(claims, "exp"), *from = json_object_get(claims, "nbf");
    const json_t *onset = json_object_get(claims, "symptomOnsetInterval"), *mac = json_object_get(claims, "tekmac"), *test = json_object_get(claims, "reportType");
    size_t size = 0;
    if (diagnosis->issuer != NULL && !names(json_object_get(claims, "iss"), diagnosis->issuer)) {
        return "it is of another issuer";
    }
    if (diagnosis->audience != NULL && !names(json_object_get(claims, "aud"), diagnosis->audience)) {
        return "it is for another audience";
    }
    if (!json_is_integer(issued) || !json_is_integer(expires) || (from != NULL && !json_is_integer(from))) {
        return "it does not say when it holds";
    }
    diagnosis->issued = json_integer_value(issued);
    diagnosis->expires = json_integer_value(expires);
    if (now < diagnosis->issued - SKEW_SECONDS || (from != NULL && now < json_integer_value(from) - SKEW_SECONDS)) {
        return "it holds from later on only";
    }
    if (now > diagnosis->expires + SKEW_SECONDS) {
        return "it has expired";
    }
    if (!json_is_string(mac) || !vg_base64_decode(vg_text_from(json_string_value(mac)), diagnosis->mac, sizeof diagnosis->mac, &size) || size != sizeof diagnosis->mac) {
        return "it names no keys (tekmac)";
    }
    if (!json_is_string(test) || !vg_exposure_test_from_name(vg_text_from(json_string_value(test)), &diagnosis->test)) {
        return "its kind of report is not known";
    }
    if (onset != NULL && (!json_is_integer(onset) || json_integer_value(onset) < 0 || json_integer_value(onset) > UINT32_MAX)) {
        return "its onset is no interval";
    }
    diagnosis->onset_interval = (uint32_t)json_integer_value(onset);
    return NULL;
}

vg_status vg_exposure_diagnosis_read(struct vg_text token, const struct vg_p256_key *key, int64_t now, struct vg_exposure_diagnosis *diagnosis, struct vg_error *error)
{
    unsigned char signature[VG_P256_SIGNATURE_BYTES];
    size_t size = 0;
    const char *first = token.size > TOKEN_BYTES_MAX ? NULL : memchr(token.data, '.', token.size);
    const char *second = first == NULL ? NULL : memchr(first + 1, '.', token.size - (size_t)(first + 1 - token.data));
    if (second == NULL) {
        return not_a_diagnosis(error, "it is no web token");
    }
    size_t covered = (size_t)(second - token.data);
    if (!vg_base64_decode(vg_text_of(second + 1, token.size - covered - 1), signature, sizeof signature, &size) || size != sizeof signature) {
        return not_a_diagnosis(error, "it has no signature");
    }
    json_t *header = part_of(vg_text_of(token.data, (size_t)(first - token.data)));
    const char *fault = json_is_object(header) ? fault_of_header(header, diagnosis) : "its header is no object";
    json_decref(header);
    if (fault == NULL && !vg_p256_verify(key, token.data, covered, signature)) {
        fault = "its signature is not of the expected key";
    }
    if (fault == NULL) {
        json_t *claims = part_of(vg_text_of(first + 1, (size_t)(second - first) - 1));
        fault = json_is_object(claims) ? fault_of_claims(claims, now, diagnosis) : "its claims are no object";
        json_decref(claims);
    }
    return fault == NULL ? VG_OK : not_a_diagnosis(error, fault);
}
