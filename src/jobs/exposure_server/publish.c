/*
 * The key server's door: an upload is taken by its certificate of a diagnosis, bound to its keys by the telephone's HMAC; keys may be published once and revised once, by whoever has
 * the revision token.
 */
#include "jobs/exposure_server/internal.h"

#include <string.h>

#define KEYS_MOST 64 /* that are read at all */
#define TOKEN_BYTES 32
#define SECRET_BYTES_MAX 256

struct upload {
    struct server_call *call;
    struct vg_exposure_key keys[KEYS_MOST];
    size_t n_keys, n_taken, n_unchanged, n_dropped;
    struct vg_exposure_diagnosis diagnosis;
    uint8_t owner[VG_STORED_HASH_BYTES];
    bool has_token, traveller;
    const char *dropped_why;
};

static const char *take_key(const json_t *item, struct vg_exposure_key *key)
{
    const json_t *start = json_object_get(item, "rollingStartNumber"), *period = json_object_get(item, "rollingPeriod"), *risk = json_object_get(item, "transmissionRisk");
    size_t size = 0;
    *key = (struct vg_exposure_key){.rolling_period = VG_EXPOSURE_PERIOD_MAX, .days_since_onset = VG_EXPOSURE_ONSET_NONE};
    if (!vg_base64_decode(vg_text_from(server_text(item, "key")), key->data, sizeof key->data, &size) || size != sizeof key->data) {
        return "a key is 16 bytes in base64";
    }
    if (!json_is_integer(start) || json_integer_value(start) < 1 || json_integer_value(start) > INT32_MAX) {
        return "rollingStartNumber is an interval";
    }
    if ((period != NULL && (!json_is_integer(period) || json_integer_value(period) < 0 || json_integer_value(period) > VG_EXPOSURE_PERIOD_MAX)) ||
        (risk != NULL && (!json_is_integer(risk) || json_integer_value(risk) < 0 || json_integer_value(risk) > 8))) {
        return "rollingPeriod is 1 to 144, transmissionRisk 0 to 8";
    }
    key->rolling_start = (uint32_t)json_integer_value(start);
    key->rolling_period = json_integer_value(period) > 0 ? (uint32_t)json_integer_value(period) : VG_EXPOSURE_PERIOD_MAX;
    key->transmission_risk = (int32_t)json_integer_value(risk);
    return NULL;
}

/* NULL, or why it cannot be read. */
static const char *read_keys(struct upload *upload)
{
    const json_t *keys = json_object_get(upload->call->body, "temporaryExposureKeys");
    const char *why = NULL;
    size_t n = json_array_size(keys);
    if (n > KEYS_MOST) {
        return "there are too many keys";
    }
    for (upload->n_keys = 0; why == NULL && upload->n_keys < n; upload->n_keys++) {
        why = take_key(json_array_get(keys, upload->n_keys), &upload->keys[upload->n_keys]);
    }
    return why != NULL ? why : vg_exposure_upload_refusal_of_all(&upload->call->server->rules, upload->keys, upload->n_keys);
}

/* What the certificate and the day of the onset say of the keys. */
static void describe_keys(struct upload *upload)
{
    const struct server_call *call = upload->call;
    const json_t *told = json_object_get(call->body, "symptomOnsetInterval");
    int64_t onset = upload->diagnosis.onset_interval;
    if (onset == 0 && json_is_integer(told) && json_integer_value(told) > 0 && json_integer_value(told) <= call->now / VG_EXPOSURE_INTERVAL_SECONDS) {
        onset = json_integer_value(told);
    }
    if (onset == 0) {
        onset = (call->now / DAY_SECONDS - call->server->settings.onset_days_default) * VG_EXPOSURE_PERIOD_MAX;
    }
    for (size_t i = 0; i < upload->n_keys; i++) {
        struct vg_exposure_key *key = &upload->keys[i];
        key->report = vg_exposure_test_report(upload->diagnosis.test);
        key->days_since_onset = (int32_t)((int64_t)key->rolling_start / VG_EXPOSURE_PERIOD_MAX - onset / VG_EXPOSURE_PERIOD_MAX);
        if (key->transmission_risk == 0) {
            key->transmission_risk = vg_exposure_test_risk(upload->diagnosis.test);
        }
    }
}

/* ------------------------------------------------------------------- record */

static struct vg_stored_report report_of(const struct vg_exposure_key *key, int64_t hour)
{
    return (struct vg_stored_report){(int32_t)key->report, key->transmission_risk, key->days_since_onset, hour};
}

/* A key that was published before. *refused: why all of the upload is. */
static vg_status revise(struct upload *upload, const struct vg_exposure_key *key, const struct vg_stored_key *stored, const char **refused)
{
    struct server_call *call = upload->call;
    enum vg_exposure_report from = (enum vg_exposure_report)stored->first.report;
    if (!upload->has_token) {
        *refused = "missing_revision_token";
        return VG_OK;
    }
    if (memcmp(stored->owner, upload->owner, sizeof upload->owner) != 0 || stored->start != key->rolling_start || stored->period != key->rolling_period) {
        *refused = "invalid_revision_token";
        return VG_OK;
    }
    if (key->report == (stored->revised.hour != 0 ? (enum vg_exposure_report)stored->revised.report : from)) {
        upload->n_unchanged++; /* the same again: a telephone that did not hear the answer */
        return VG_OK;
    }
    if (stored->revised.hour != 0) {
        *refused = "key_already_revised";
        return VG_OK;
    }
    if (!vg_exposure_report_may_become(from, key->report)) {
        *refused = "invalid_report_type_transition";
        return VG_OK;
    }
    struct vg_stored_report report = report_of(key, call->now / HOUR_SECONDS * HOUR_SECONDS);
    report.hour = report.hour > stored->first.hour ? report.hour : stored->first.hour;
    upload->n_taken++;
    return vg_exposure_store_revise_key(call->server->store, key->data, &report, &call->error);
}

static vg_status record_keys(struct upload *upload, const char **refused)
{
    struct server_call *call = upload->call;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && *refused == NULL && i < upload->n_keys; i++) {
        const struct vg_exposure_key *key = &upload->keys[i];
        struct vg_stored_key stored;
        const char *why = vg_exposure_upload_refusal(&call->server->rules, key, call->now);
        if (why != NULL) {
            upload->n_dropped++;
            upload->dropped_why = why;
            continue;
        }
        status = vg_exposure_store_find_key(call->server->store, key->data, &stored, &call->error);
        if (status == VG_OK) {
            status = revise(upload, key, &stored, refused);
        } else if (status == VG_NOT_FOUND) {
            stored = (struct vg_stored_key){.start = key->rolling_start, .period = key->rolling_period, .first = report_of(key, vg_exposure_upload_hour(key, call->now)),
                                            .traveller = upload->traveller};
            memcpy(stored.data, key->data, sizeof stored.data);
            memcpy(stored.owner, upload->owner, sizeof stored.owner);
            status = vg_exposure_store_add_key(call->server->store, &stored, &call->error);
            upload->n_taken++;
        }
    }
    return status;
}

/* ------------------------------------------------------------------ publish */

/* NULL, or the code of the refusal with why. */
static const char *check_upload(struct upload *upload, const char **why)
{
    struct server_call *call = upload->call;
    const struct server_settings *settings = &call->server->settings;
    unsigned char secret[SECRET_BYTES_MAX];
    size_t size = 0;
    if (strcmp(server_text(call->body, "healthAuthorityID"), settings->authority) != 0) {
        *why = "the health authority is not known here";
        return "unknown_health_authority_id";
    }
    *why = read_keys(upload);
    if (*why != NULL) {
        return "bad_request";
    }
    upload->diagnosis = (struct vg_exposure_diagnosis){.issuer = settings->issuer, .audience = settings->audience};
    const char *certificate = server_text(call->body, "verificationPayload");
    if (vg_exposure_diagnosis_read(vg_text_from(certificate), call->server->verification_key, call->now, &upload->diagnosis, &call->error) != VG_OK) {
        *why = call->error.message;
        return "health_authority_verification_certificate_invalid";
    }
    bool read = vg_base64_decode(vg_text_from(server_text(call->body, "hmacKey")), secret, sizeof secret, &size);
    if (!read || !vg_exposure_upload_holds(upload->keys, upload->n_keys, secret, size, upload->diagnosis.mac)) {
        *why = "the certificate is not of these keys";
        return "health_authority_verification_certificate_invalid";
    }
    return NULL;
}

vg_status server_publish(struct server_call *call)
{
    struct upload upload = {.call = call, .traveller = json_is_true(json_object_get(call->body, "traveler"))};
    const char *why = NULL, *refused = check_upload(&upload, &why);
    unsigned char token[TOKEN_BYTES];
    size_t size = 0;
    if (refused != NULL) {
        return server_refuse(call, 400, refused, why);
    }
    const char *given = server_text(call->body, "revisionToken");
    if (*given != '\0') {
        upload.has_token = vg_base64_decode(vg_text_from(given), token, sizeof token, &size) && size == sizeof token;
        if (!upload.has_token) {
            return server_refuse(call, 400, "invalid_revision_token", "the revision token is none of this server's");
        }
    } else {
        server_random(token, sizeof token);
    }
    server_hash(call->server, "owner", token, sizeof token, upload.owner);
    describe_keys(&upload);
    vg_status status = VG_OK;
    if (upload.diagnosis.test != VG_EXPOSURE_TEST_NEGATIVE) { /* a negative one is answered alike, and nothing of it kept */
        status = record_keys(&upload, &refused);
    }
    if (status == VG_OK && refused != NULL) {
        /* Keys before the one that was refused are undone with the rest. */
        status = vg_exposure_store_end(call->server->store, VG_USAGE_ERROR, &call->error) == VG_USAGE_ERROR ? vg_exposure_store_begin(call->server->store, &call->error) : VG_SYSTEM_ERROR;
        return status == VG_OK ? server_refuse(call, 400, refused, "the keys were published before; what may change of them is told in the specification") : status;
    }
    if (status == VG_OK && upload.n_taken > 0) {
        int32_t date = (int32_t)(call->now / DAY_SECONDS);
        status = vg_exposure_store_count(call->server->store, date, VG_STORED_UPLOADED, 1, &call->error);
        if (status == VG_OK) {
            status = vg_exposure_store_count(call->server->store, date, VG_STORED_KEYS, (int64_t)upload.n_taken, &call->error);
        }
    }
    if (status != VG_OK) {
        return status;
    }
    if (upload.n_taken == 0 && upload.n_dropped == upload.n_keys && upload.diagnosis.test != VG_EXPOSURE_TEST_NEGATIVE) {
        return server_refuse(call, 400, "bad_request", upload.dropped_why);
    }
    vg_buffer_text(call->out, "{\"revisionToken\":\"");
    vg_buffer_base64(call->out, token, sizeof token, VG_BASE64_STANDARD);
    vg_buffer_format(call->out, "\",\"insertedExposures\":%zu", upload.n_taken);
    if (upload.n_dropped > 0) {
        vg_buffer_text(call->out, ",\"code\":\"partial_failure\",\"warnings\":[");
        vg_buffer_json_string(call->out, upload.dropped_why, strlen(upload.dropped_why));
        vg_buffer_char(call->out, ']');
    }
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return VG_OK;
}
