/*
 * Keys between two nodes: what an agreement lets go, as a gateway's batch in an envelope that is signed by the node that gives it.
 *
 *     "vigia-keys-1" LF, 128 hexadecimal digits of Ed25519 over the first line and the envelope, LF, envelope
 *     envelope: protobuf { 1 from, 2 to, 3 created (fixed64, UNIX time), 4 sequence, 5 DiagnosisKeyBatch }
 */
#include "trace/exposure/exposure.h"
#include "trace/exposure/protobuf.h"

#include <string.h>

#define FIRST_LINE "vigia-keys-1\n"
#define FIRST_LINE_BYTES (sizeof FIRST_LINE - 1)
#define SIGNATURE_DIGITS (VG_SIGNATURE_TEXT - 1)
#define HEADER_BYTES (FIRST_LINE_BYTES + SIGNATURE_DIGITS + 1)

static bool is_agreed(const struct vg_exposure_agreement *agreement, int32_t report)
{
    return report >= 0 && report < VG_EXPOSURE_REPORTS && (agreement->reports >> report & 1) == 1;
}

static bool visited(const struct vg_exposure_shared_key *key, struct vg_text place)
{
    for (size_t i = 0; i < key->n_visited; i++) {
        if (vg_text_equal(key->visited[i], place)) {
            return true;
        }
    }
    return false;
}

size_t vg_exposure_agreement_select(const struct vg_exposure_agreement *agreement, const struct vg_exposure_shared_key *keys, size_t n_keys, bool *selected)
{
    size_t n = 0;
    for (size_t i = 0; i < n_keys; i++) {
        selected[i] = vg_text_equal(keys[i].origin, agreement->self) && is_agreed(agreement, keys[i].report) && (agreement->all_keys || visited(&keys[i], agreement->partner));
        n += selected[i] ? 1 : 0;
    }
    return n;
}

vg_status vg_exposure_bundle_write(const struct vg_exposure_agreement *agreement, const struct vg_exposure_shared_key *keys, size_t n_keys, uint64_t sequence, int64_t now,
                                   const struct vg_seal_key *signing_key, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer batch, envelope;
    char signature[VG_SIGNATURE_TEXT];
    bool selected = false;
    vg_buffer_init(&batch, 0);
    vg_buffer_init(&envelope, 0);
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n_keys; i++) {
        if (vg_exposure_agreement_select(agreement, &keys[i], 1, &selected) == 0) {
            status = vg_fail(error, VG_USAGE_ERROR, "key %zu is not one that the agreement lets go to %.*s", i + 1, (int)agreement->partner.size, agreement->partner.data);
        }
    }
    if (status == VG_OK) {
        status = vg_exposure_batch_write(keys, n_keys, &batch, error);
    }
    if (status == VG_OK) {
        vg_buffer_text(&envelope, FIRST_LINE);
        protobuf_put_text(&envelope, 1, agreement->self);
        protobuf_put_text(&envelope, 2, agreement->partner);
        protobuf_put_fixed64(&envelope, 3, (uint64_t)now);
        protobuf_put_varint(&envelope, 4, sequence);
        protobuf_put_bytes(&envelope, 5, batch.data, batch.size);
        if (!envelope.failed) {
            vg_sign(signing_key, envelope.data, envelope.size, signature);
            vg_buffer_append(out, FIRST_LINE, FIRST_LINE_BYTES);
            vg_buffer_append(out, signature, SIGNATURE_DIGITS);
            vg_buffer_char(out, '\n');
            vg_buffer_append(out, envelope.data + FIRST_LINE_BYTES, envelope.size - FIRST_LINE_BYTES);
        }
        status = envelope.failed || out->failed ? vg_fail_memory(error, batch.size) : VG_OK;
    }
    vg_buffer_release(&batch);
    vg_buffer_release(&envelope);
    return status;
}

/* ------------------------------------------------------------------- read */

static vg_status check_signature(const struct vg_exposure_agreement *agreement, struct vg_text bytes, struct vg_error *error)
{
    char signature[VG_SIGNATURE_TEXT];
    char key[VG_PUBLIC_KEY_TEXT];
    struct vg_buffer signed_bytes;
    if (bytes.size < HEADER_BYTES || memcmp(bytes.data, FIRST_LINE, FIRST_LINE_BYTES) != 0 || bytes.data[HEADER_BYTES - 1] != '\n') {
        return vg_fail(error, VG_DATA_ERROR, "this is no bundle of keys: expected the line vigia-keys-1 and a signature");
    }
    if (agreement->partner_key.size != VG_PUBLIC_KEY_TEXT - 1) {
        return vg_fail(error, VG_USAGE_ERROR, "the partner's key in the agreement is not 64 hexadecimal digits");
    }
    memcpy(signature, bytes.data + FIRST_LINE_BYTES, SIGNATURE_DIGITS);
    signature[SIGNATURE_DIGITS] = '\0';
    memcpy(key, agreement->partner_key.data, VG_PUBLIC_KEY_TEXT - 1);
    key[VG_PUBLIC_KEY_TEXT - 1] = '\0';
    vg_buffer_init(&signed_bytes, 0);
    vg_buffer_append(&signed_bytes, FIRST_LINE, FIRST_LINE_BYTES);
    vg_buffer_append(&signed_bytes, bytes.data + HEADER_BYTES, bytes.size - HEADER_BYTES);
    bool holds = !signed_bytes.failed && vg_signature_holds(key, signature, signed_bytes.data, signed_bytes.size);
    vg_buffer_release(&signed_bytes);
    return holds ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the bundle is not signed by %.*s", (int)agreement->partner.size, agreement->partner.data);
}

static vg_status check_keys(const struct vg_exposure_agreement *agreement, const struct vg_exposure_bundle *bundle, struct vg_error *error)
{
    for (size_t i = 0; i < bundle->n_keys; i++) {
        const struct vg_exposure_shared_key *key = &bundle->keys[i];
        if (key->data.size != VG_EXPOSURE_KEY_BYTES || key->rolling_period < 1 || key->rolling_period > VG_EXPOSURE_PERIOD_MAX) {
            return vg_fail(error, VG_DATA_ERROR, "key %zu of the bundle is no exposure key", i + 1);
        }
        if (!vg_text_equal(key->origin, agreement->partner)) {
            return vg_fail(error, VG_DATA_ERROR, "key %zu of the bundle is of \"%.*s\": keys are taken from where they began and from nobody else", i + 1, (int)key->origin.size,
                           key->origin.data);
        }
        if (!is_agreed(agreement, key->report)) {
            return vg_fail(error, VG_DATA_ERROR, "key %zu of the bundle is of a kind of report that was not agreed", i + 1);
        }
    }
    return VG_OK;
}

vg_status vg_exposure_bundle_read(const struct vg_exposure_agreement *agreement, struct vg_text bytes, struct vg_arena *arena, struct vg_exposure_bundle *bundle,
                                  struct vg_error *error)
{
    struct protobuf_field field;
    struct vg_text batch = {"", 0};
    *bundle = (struct vg_exposure_bundle){.from = {"", 0}, .to = {"", 0}};
    vg_status status = check_signature(agreement, bytes, error);
    if (status != VG_OK) {
        return status;
    }
    struct protobuf_reader reader = protobuf_begin(vg_text_of(bytes.data + HEADER_BYTES, bytes.size - HEADER_BYTES));
    while (protobuf_next(&reader, &field)) {
        enum protobuf_kind kind = field.number == 3 ? PROTOBUF_FIXED64 : field.number == 4 ? PROTOBUF_VARINT : PROTOBUF_BYTES;
        if (field.number >= 1 && field.number <= 5 && protobuf_is(&reader, &field, kind)) {
            bundle->from = field.number == 1 ? field.bytes : bundle->from;
            bundle->to = field.number == 2 ? field.bytes : bundle->to;
            bundle->created_seconds = field.number == 3 ? (int64_t)field.value : bundle->created_seconds;
            bundle->sequence = field.number == 4 ? field.value : bundle->sequence;
            batch = field.number == 5 ? field.bytes : batch;
        }
    }
    if (reader.fault != NULL) {
        return vg_fail(error, VG_DATA_ERROR, "the bundle's envelope, byte %zu: %s", (size_t)(reader.at - reader.start), reader.fault);
    }
    if (!vg_text_equal(bundle->from, agreement->partner) || !vg_text_equal(bundle->to, agreement->self)) {
        return vg_fail(error, VG_DATA_ERROR, "the bundle is from \"%.*s\" to \"%.*s\", which is not this agreement", (int)(bundle->from.size > 40 ? 40 : bundle->from.size), bundle->from.data,
                       (int)(bundle->to.size > 40 ? 40 : bundle->to.size), bundle->to.data);
    }
    status = vg_exposure_batch_read(batch, arena, &bundle->keys, &bundle->n_keys, error);
    return status != VG_OK ? status : check_keys(agreement, bundle, error);
}
