/*
 * What a key server decides of an upload: which keys are taken, when they may be given out, whether the telephone's HMAC is of them, and how a report may change.
 */
#include "trace/exposure/exposure.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_SECONDS 3600
#define TEXT_BYTES 64 /* 24 of base64, three numbers of at most ten digits, points */

void vg_exposure_upload_rules_defaults(struct vg_exposure_upload_rules *rules)
{
    *rules = (struct vg_exposure_upload_rules){.keys_max = 30, .same_start_max = 3, .age_hours_max = 360, .onset_days_max = 14};
}

static int64_t end_of(const struct vg_exposure_key *key)
{
    return ((int64_t)key->rolling_start + key->rolling_period) * VG_EXPOSURE_INTERVAL_SECONDS;
}

const char *vg_exposure_upload_refusal(const struct vg_exposure_upload_rules *rules, const struct vg_exposure_key *key, int64_t now)
{
    if (key->rolling_period < 1 || key->rolling_period > VG_EXPOSURE_PERIOD_MAX) {
        return "a period is 1 to 144 intervals";
    }
    if (key->transmission_risk < 0 || key->transmission_risk > 8) {
        return "a transmission risk is 0 to 8";
    }
    if ((int64_t)key->rolling_start * VG_EXPOSURE_INTERVAL_SECONDS > now) {
        return "the key begins in the future";
    }
    if (end_of(key) < now - (int64_t)rules->age_hours_max * HOUR_SECONDS) {
        return "the key is too old";
    }
    if (key->days_since_onset != VG_EXPOSURE_ONSET_NONE && abs(key->days_since_onset) > rules->onset_days_max) {
        return "the key is too far from the onset of symptoms";
    }
    return NULL;
}

const char *vg_exposure_upload_refusal_of_all(const struct vg_exposure_upload_rules *rules, const struct vg_exposure_key *keys, size_t n_keys)
{
    if (n_keys == 0) {
        return "there are no keys";
    }
    if (n_keys > rules->keys_max) {
        return "there are too many keys";
    }
    for (size_t i = 0; i < n_keys; i++) {
        size_t same = 0;
        for (size_t j = 0; j < n_keys; j++) {
            bool one = i == j, begins_alike = keys[i].rolling_start == keys[j].rolling_start;
            if (!one && memcmp(keys[i].data, keys[j].data, sizeof keys[i].data) == 0) {
                return "a key is there twice";
            }
            same += begins_alike ? 1 : 0;
            bool overlap = keys[i].rolling_start < keys[j].rolling_start + keys[j].rolling_period && keys[j].rolling_start < keys[i].rolling_start + keys[i].rolling_period;
            if (!one && !begins_alike && overlap) {
                return "the periods of two keys overlap";
            }
        }
        if (same > rules->same_start_max) {
            return "too many keys begin at the same time";
        }
    }
    return NULL;
}

int64_t vg_exposure_upload_hour(const struct vg_exposure_key *key, int64_t now)
{
    int64_t end = end_of(key), hour = now / HOUR_SECONDS;
    return (end > now ? (end + HOUR_SECONDS - 1) / HOUR_SECONDS : hour) * HOUR_SECONDS;
}

bool vg_exposure_report_may_become(enum vg_exposure_report from, enum vg_exposure_report to)
{
    switch (from) {
    case VG_EXPOSURE_REPORT_SELF: return to == VG_EXPOSURE_REPORT_CONFIRMED_TEST || to == VG_EXPOSURE_REPORT_CLINICAL || to == VG_EXPOSURE_REPORT_REVOKED;
    case VG_EXPOSURE_REPORT_CLINICAL: return to == VG_EXPOSURE_REPORT_CONFIRMED_TEST || to == VG_EXPOSURE_REPORT_REVOKED;
    case VG_EXPOSURE_REPORT_RECURSIVE: return to != VG_EXPOSURE_REPORT_RECURSIVE && to != VG_EXPOSURE_REPORT_UNKNOWN;
    case VG_EXPOSURE_REPORT_UNKNOWN:
    case VG_EXPOSURE_REPORT_CONFIRMED_TEST:
    case VG_EXPOSURE_REPORT_REVOKED: break;
    }
    return false;
}

/* -------------------------------------------------------------------- HMAC */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

void vg_exposure_upload_text(const struct vg_exposure_key *keys, size_t n_keys, bool with_risk, struct vg_buffer *out)
{
    char (*texts)[TEXT_BYTES] = calloc(n_keys + 1, sizeof *texts);
    struct vg_buffer one;
    if (texts == NULL) {
        out->failed = true;
        return;
    }
    vg_buffer_init(&one, 0);
    for (size_t i = 0; i < n_keys && !one.failed; i++) {
        vg_buffer_clear(&one);
        vg_buffer_base64(&one, keys[i].data, sizeof keys[i].data, VG_BASE64_STANDARD);
        vg_buffer_format(&one, ".%u.%u", keys[i].rolling_start, keys[i].rolling_period);
        if (with_risk) {
            vg_buffer_format(&one, ".%d", keys[i].transmission_risk);
        }
        if (!one.failed && one.size < TEXT_BYTES) {
            memcpy(texts[i], one.data, one.size);
        }
    }
    out->failed = out->failed || one.failed;
    vg_buffer_release(&one);
    qsort(texts, n_keys, sizeof *texts, compare_texts);
    for (size_t i = 0; i < n_keys; i++) {
        vg_buffer_text(out, i == 0 ? "" : ",");
        vg_buffer_text(out, texts[i]);
    }
    free(texts);
}

static bool mac_holds(const struct vg_exposure_key *keys, size_t n_keys, bool with_risk, const void *secret, size_t secret_size, const uint8_t *mac)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_exposure_upload_text(keys, n_keys, with_risk, &text);
    bool holds = !text.failed && HMAC(EVP_sha256(), secret, (int)secret_size, (const unsigned char *)text.data, text.size, made, &size) != NULL &&
                 size == VG_EXPOSURE_MAC_BYTES && CRYPTO_memcmp(made, mac, VG_EXPOSURE_MAC_BYTES) == 0;
    vg_buffer_release(&text);
    return holds;
}

bool vg_exposure_upload_holds(const struct vg_exposure_key *keys, size_t n_keys, const void *secret, size_t secret_size, const uint8_t mac[VG_EXPOSURE_MAC_BYTES])
{
    bool any_risk = false;
    for (size_t i = 0; i < n_keys; i++) {
        any_risk = any_risk || keys[i].transmission_risk != 0;
    }
    if (n_keys == 0 || secret_size < 16 || secret_size > INT_MAX) {
        return false;
    }
    return mac_holds(keys, n_keys, true, secret, secret_size, mac) || (!any_risk && mac_holds(keys, n_keys, false, secret, secret_size, mac));
}
