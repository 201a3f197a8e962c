/*
 * Export files written, signed, packed and verified.
 */
#include "trace/exposure/export.h"
#include "trace/exposure/protobuf.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

static int by_bytes(const void *a, const void *b)
{
    const struct vg_exposure_key *x = a;
    const struct vg_exposure_key *y = b;
    int order = memcmp(x->data, y->data, VG_EXPOSURE_KEY_BYTES);
    return order != 0 ? order : x->rolling_start < y->rolling_start ? -1 : x->rolling_start > y->rolling_start;
}

void vg_exposure_keys_sort(struct vg_exposure_key *keys, size_t n_keys)
{
    qsort(keys, n_keys, sizeof *keys, by_bytes);
}

static void put_signer(struct vg_buffer *out, uint32_t number, const struct vg_exposure_signer *signer)
{
    struct vg_buffer message;
    vg_buffer_init(&message, 0);
    protobuf_put_text(&message, 3, signer->key_version);
    protobuf_put_text(&message, 4, signer->key_id);
    protobuf_put_text(&message, 5, signer->algorithm);
    out->failed = out->failed || message.failed;
    protobuf_put_bytes(out, number, message.data, message.size);
    vg_buffer_release(&message);
}

static void put_key(struct vg_buffer *out, struct vg_buffer *message, uint32_t number, const struct vg_exposure_key *key)
{
    vg_buffer_clear(message);
    protobuf_put_bytes(message, 1, key->data, VG_EXPOSURE_KEY_BYTES);
    if (key->transmission_risk != 0) {
        protobuf_put_int32(message, 2, key->transmission_risk);
    }
    protobuf_put_int32(message, 3, (int32_t)key->rolling_start);
    if (key->rolling_period != VG_EXPOSURE_PERIOD_MAX) {
        protobuf_put_int32(message, 4, (int32_t)key->rolling_period);
    }
    if (key->report != VG_EXPOSURE_REPORT_UNKNOWN) {
        protobuf_put_int32(message, 5, (int32_t)key->report);
    }
    if (key->days_since_onset != VG_EXPOSURE_ONSET_NONE) {
        protobuf_put_sint32(message, 6, key->days_since_onset);
    }
    out->failed = out->failed || message->failed;
    protobuf_put_bytes(out, number, message->data, message->size);
}

static vg_status check_export(const struct vg_exposure_export *export, struct vg_error *error)
{
    if (export->batch_number < 1 || export->batch_number > export->batch_size) {
        return vg_fail(error, VG_USAGE_ERROR, "batch %d of %d cannot be written", export->batch_number, export->batch_size);
    }
    if (export->start_seconds > export->end_seconds || export->n_signers > VG_EXPOSURE_SIGNATURES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "an export begins before it ends and has at most %d signers", VG_EXPOSURE_SIGNATURES_MAX);
    }
    for (size_t i = 0; i < export->n_keys + export->n_revised_keys; i++) {
        const struct vg_exposure_key *key = i < export->n_keys ? &export->keys[i] : &export->revised_keys[i - export->n_keys];
        if (key->rolling_period < 1 || key->rolling_period > VG_EXPOSURE_PERIOD_MAX || key->rolling_start > INT32_MAX) {
            return vg_fail(error, VG_USAGE_ERROR, "key %zu: its rolling period is not 1 to 144 or its start is beyond what a file can say", i + 1);
        }
    }
    return VG_OK;
}

vg_status vg_exposure_export_write(const struct vg_exposure_export *export, struct vg_buffer *bin, struct vg_error *error)
{
    struct vg_buffer message;
    vg_status status = check_export(export, error);
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_append(bin, EXPORT_HEADER, EXPORT_HEADER_BYTES);
    protobuf_put_fixed64(bin, 1, export->start_seconds);
    protobuf_put_fixed64(bin, 2, export->end_seconds);
    protobuf_put_text(bin, 3, export->region);
    protobuf_put_int32(bin, 4, export->batch_number);
    protobuf_put_int32(bin, 5, export->batch_size);
    for (size_t i = 0; i < export->n_signers; i++) {
        put_signer(bin, 6, &export->signers[i]);
    }
    vg_buffer_init(&message, 0);
    for (size_t i = 0; i < export->n_keys; i++) {
        put_key(bin, &message, 7, &export->keys[i]);
    }
    for (size_t i = 0; i < export->n_revised_keys; i++) {
        put_key(bin, &message, 8, &export->revised_keys[i]);
    }
    vg_buffer_release(&message);
    return bin->failed ? vg_fail_memory(error, bin->size) : VG_OK;
}

vg_status vg_exposure_export_sign(const struct vg_exposure_export *export, struct vg_text bin, const struct vg_p256_key *const *keys, struct vg_buffer *sig, struct vg_error *error)
{
    for (size_t i = 0; i < export->n_signers; i++) {
        unsigned char der[VG_P256_DER_BYTES_MAX];
        struct vg_buffer message;
        size_t size = 0;
        if (!vg_text_equals(export->signers[i].algorithm, VG_EXPOSURE_OID_SHA256)) {
            return vg_fail(error, VG_USAGE_ERROR, "export files are signed by %s (ecdsa-with-SHA256) here", VG_EXPOSURE_OID_SHA256);
        }
        vg_status status = vg_p256_sign_der(keys[i], bin.data, bin.size, der, &size, error);
        if (status != VG_OK) {
            return status;
        }
        vg_buffer_init(&message, 0);
        put_signer(&message, 1, &export->signers[i]);
        protobuf_put_int32(&message, 2, export->batch_number);
        protobuf_put_int32(&message, 3, export->batch_size);
        protobuf_put_bytes(&message, 4, der, size);
        sig->failed = sig->failed || message.failed;
        protobuf_put_bytes(sig, 1, message.data, message.size);
        vg_buffer_release(&message);
    }
    return sig->failed ? vg_fail_memory(error, sig->size) : VG_OK;
}

/* -------------------------------------------------------------------- ZIP */

static bool add_part(zip_t *archive, const char *name, struct vg_text part)
{
    zip_source_t *source = zip_source_buffer(archive, part.data, part.size, 0);
    zip_int64_t index = source == NULL ? -1 : zip_file_add(archive, name, source, 0);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    /* Without a time of its own, so that the same parts give the same file. */
    return zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_DEFLATE, 6) == 0 && zip_file_set_dostime(archive, (zip_uint64_t)index, 0, 0x21, 0) == 0;
}

static bool pack(zip_source_t *memory, struct vg_text bin, struct vg_text sig)
{
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, NULL);
    if (archive == NULL) {
        return false;
    }
    if (!add_part(archive, "export.bin", bin) || !add_part(archive, "export.sig", sig) || zip_close(archive) != 0) {
        zip_discard(archive);
        return false;
    }
    return true;
}

static bool take(zip_source_t *memory, struct vg_buffer *zip)
{
    if (zip_source_open(memory) != 0) {
        return false;
    }
    zip_int64_t size = zip_source_seek(memory, 0, SEEK_END) == 0 ? zip_source_tell(memory) : -1;
    bool good = size > 0 && zip_source_seek(memory, 0, SEEK_SET) == 0 && vg_buffer_reserve(zip, (size_t)size) &&
                zip_source_read(memory, zip->data + zip->size, (zip_uint64_t)size) == size;
    (void)zip_source_close(memory);
    if (good) {
        zip->size += (size_t)size;
    }
    return good;
}

vg_status vg_exposure_file_pack(struct vg_text bin, struct vg_text sig, struct vg_buffer *zip, struct vg_error *error)
{
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (memory == NULL) {
        return vg_fail_memory(error, bin.size);
    }
    zip_source_keep(memory); /* the archive would take it with it */
    bool good = pack(memory, bin, sig) && take(memory, zip);
    zip_source_free(memory);
    return good ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "the ZIP of an export cannot be made");
}

/* --------------------------------------------------------------- verifying */

static bool is_of(const struct vg_exposure_verifier *verifier, const struct vg_exposure_signer *signer)
{
    return (verifier->key_id.data == NULL || vg_text_equal(verifier->key_id, signer->key_id)) &&
           (verifier->key_version.data == NULL || vg_text_equal(verifier->key_version, signer->key_version));
}

static bool is_announced(const struct vg_exposure_export *export, const struct vg_exposure_signer *signer)
{
    for (size_t i = 0; i < export->n_signers; i++) {
        if (vg_text_equal(export->signers[i].key_id, signer->key_id) && vg_text_equal(export->signers[i].key_version, signer->key_version) &&
            vg_text_equal(export->signers[i].algorithm, signer->algorithm)) {
            return true;
        }
    }
    return false;
}

static vg_status verify_one(const struct vg_exposure_file *file, const struct vg_exposure_signature *signature, const struct vg_exposure_verifier *verifiers, size_t n_verifiers,
                            size_t *n_holding, struct vg_error *error)
{
    bool sha512 = vg_text_equals(signature->signer.algorithm, VG_EXPOSURE_OID_SHA512);
    bool asked = false;
    bool holds = false;
    for (size_t i = 0; i < n_verifiers && !holds; i++) {
        if (is_of(&verifiers[i], &signature->signer)) {
            asked = true;
            holds = (sha512 || vg_text_equals(signature->signer.algorithm, VG_EXPOSURE_OID_SHA256)) &&
                    vg_p256_verify_der(verifiers[i].key, sha512 ? VG_P256_SHA512 : VG_P256_SHA256, file->bin.data, file->bin.size, signature->der.data, signature->der.size);
        }
    }
    if (asked && !holds) {
        struct vg_text id = signature->signer.key_id;
        return vg_fail(error, VG_DATA_ERROR, "the signature of \"%.*s\" does not hold: the file is not what that key signed", (int)(id.size > 80 ? 80 : id.size), id.data);
    }
    *n_holding += holds ? 1 : 0;
    return VG_OK;
}

vg_status vg_exposure_file_verify(const struct vg_exposure_file *file, const struct vg_exposure_verifier *verifiers, size_t n_verifiers, size_t *n_holding, struct vg_error *error)
{
    const struct vg_exposure_export *export = &file->export;
    *n_holding = 0;
    if (file->n_signatures != export->n_signers || file->n_signatures == 0) {
        return vg_fail(error, VG_DATA_ERROR, "the file has %zu signatures where it announces %zu signers", file->n_signatures, export->n_signers);
    }
    if (export->batch_number < 1 || export->batch_number > export->batch_size) {
        return vg_fail(error, VG_DATA_ERROR, "the file says it is part %d of a batch of %d", export->batch_number, export->batch_size);
    }
    for (size_t i = 0; i < file->n_signatures; i++) {
        const struct vg_exposure_signature *signature = &file->signatures[i];
        if (signature->batch_number != export->batch_number || signature->batch_size != export->batch_size) {
            return vg_fail(error, VG_DATA_ERROR, "signature %zu is for part %d of %d, the file is part %d of %d", i + 1, signature->batch_number, signature->batch_size, export->batch_number,
                           export->batch_size);
        }
        if (!is_announced(export, &signature->signer)) {
            return vg_fail(error, VG_DATA_ERROR, "signature %zu is of a signer that the file does not announce", i + 1);
        }
        vg_status status = verify_one(file, signature, verifiers, n_verifiers, n_holding, error);
        if (status != VG_OK) {
            return status;
        }
    }
    return *n_holding > 0 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "none of the %zu signatures is of a key that was given", file->n_signatures);
}

/* --------------------------------------------------------------- batches */

static bool same_batch(const struct vg_exposure_export *a, const struct vg_exposure_export *b)
{
    return a->start_seconds == b->start_seconds && a->end_seconds == b->end_seconds && a->batch_size == b->batch_size && vg_text_equal(a->region, b->region);
}

/* The first number that no file of the batch has. */
static int32_t missing_part(const struct vg_exposure_export *const *exports, size_t n_exports, const struct vg_exposure_export *of)
{
    int32_t number = 1;
    for (bool there = true; there; number += there ? 1 : 0) {
        there = false;
        for (size_t k = 0; k < n_exports; k++) {
            there = there || (same_batch(exports[k], of) && exports[k]->batch_number == number);
        }
    }
    return number;
}

vg_status vg_exposure_batches_check(const struct vg_exposure_export *const *exports, size_t n_exports, struct vg_error *error)
{
    for (size_t i = 0; i < n_exports; i++) {
        int64_t parts = 0;
        if (exports[i]->batch_number < 1 || exports[i]->batch_number > exports[i]->batch_size) {
            return vg_fail(error, VG_DATA_ERROR, "file %zu says it is part %d of a batch of %d", i + 1, exports[i]->batch_number, exports[i]->batch_size);
        }
        for (size_t k = 0; k < n_exports; k++) {
            bool together = same_batch(exports[i], exports[k]);
            if (together && k > i && exports[i]->batch_number == exports[k]->batch_number) {
                return vg_fail(error, VG_DATA_ERROR, "files %zu and %zu are both part %d of a batch", i + 1, k + 1, exports[i]->batch_number);
            }
            parts += together ? 1 : 0;
        }
        if (parts != exports[i]->batch_size) {
            return vg_fail(error, VG_DATA_ERROR, "file %zu is of a batch of %d parts, of which part %d is not here", i + 1, exports[i]->batch_size,
                           missing_part(exports, n_exports, exports[i]));
        }
    }
    return VG_OK;
}
