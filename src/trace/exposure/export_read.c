/*
 * Export files read: export.bin, export.sig and the ZIP that holds them, within bounds. Format: Exposure Key export file format and verification (Google, Apple), proto2
 * TemporaryExposureKeyExport and TEKSignatureList.
 */
#include "trace/exposure/export.h"
#include "trace/exposure/protobuf.h"

#include <string.h>
#include <zip.h>

/* ---------------------------------------------------------------- messages */

struct reading {
    const char *what;    /* "export.bin" */
    const char *start;   /* of the whole, for the byte that is told */
    struct vg_error *error;
};

static vg_status bad(const struct reading *reading, const void *at, const char *why)
{
    return vg_fail(reading->error, VG_DATA_ERROR, "%s, byte %zu: %s", reading->what, (size_t)((const char *)at - reading->start), why);
}

static vg_status ended(const struct reading *reading, const struct protobuf_reader *reader)
{
    return reader->fault == NULL ? VG_OK : bad(reading, reader->at, reader->fault);
}

/* Names of signers and regions are shown: letters, not the controls of a terminal. */
static bool is_name(struct vg_text text)
{
    bool plain = vg_utf8_valid(text.data, text.size);
    for (size_t i = 0; plain && i < text.size; i++) {
        plain = (unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7f;
    }
    return plain;
}

static vg_status read_signer(const struct reading *reading, struct vg_text bytes, struct vg_exposure_signer *signer)
{
    struct protobuf_reader reader = protobuf_begin(bytes);
    struct protobuf_field field;
    *signer = (struct vg_exposure_signer){{"", 0}, {"", 0}, {"", 0}};
    while (protobuf_next(&reader, &field)) { /* 1 and 2 were the package names of apps, and stand in old files */
        struct vg_text *text = field.number == 3 ? &signer->key_version : field.number == 4 ? &signer->key_id : field.number == 5 ? &signer->algorithm : NULL;
        if (text != NULL && protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            *text = field.bytes;
            if (!is_name(*text)) {
                return bad(reading, text->data, "a signer's name is no text of UTF-8");
            }
        }
    }
    return ended(reading, &reader);
}

static void take_key_number(struct protobuf_reader *reader, const struct protobuf_field *field, struct vg_exposure_key *key)
{
    if (field->number >= 2 && field->number <= 6 && !protobuf_is(reader, field, PROTOBUF_VARINT)) {
        return;
    }
    int32_t value = protobuf_int32(field);
    switch (field->number) {
    case 2:
        key->transmission_risk = value;
        return;
    case 3:
        key->rolling_start = (uint32_t)value;
        if (value < 0) {
            reader->fault = "a key begins before all time";
        }
        return;
    case 4:
        key->rolling_period = (uint32_t)value;
        if (value < 1 || value > VG_EXPOSURE_PERIOD_MAX) {
            reader->fault = "a key's rolling period is not 1 to 144";
        }
        return;
    case 5: /* an enum of proto2: what is not known counts as not given */
        key->report = value >= 0 && value < VG_EXPOSURE_REPORTS ? (enum vg_exposure_report)value : VG_EXPOSURE_REPORT_UNKNOWN;
        return;
    case 6:
        key->days_since_onset = protobuf_sint32(field);
        return;
    default:
        return;
    }
}

static vg_status read_key(const struct reading *reading, struct vg_text bytes, struct vg_exposure_key *key)
{
    struct protobuf_reader reader = protobuf_begin(bytes);
    struct protobuf_field field;
    bool has_data = false;
    *key = (struct vg_exposure_key){.rolling_period = VG_EXPOSURE_PERIOD_MAX, .days_since_onset = VG_EXPOSURE_ONSET_NONE};
    while (protobuf_next(&reader, &field)) {
        if (field.number != 1) {
            take_key_number(&reader, &field, key);
        } else if (protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            if (field.bytes.size != VG_EXPOSURE_KEY_BYTES) {
                return bad(reading, field.bytes.data, "a key has not 16 bytes");
            }
            memcpy(key->data, field.bytes.data, VG_EXPOSURE_KEY_BYTES);
            has_data = true;
        }
    }
    return reader.fault != NULL ? ended(reading, &reader) : has_data ? VG_OK : bad(reading, bytes.data, "a key has no bytes");
}

/* How many of each there are, so that arrays are made once. */
struct counts {
    size_t signers, keys, revised;
};

static vg_status count(const struct reading *reading, struct vg_text message, struct counts *counts)
{
    struct protobuf_reader reader = protobuf_begin(message);
    struct protobuf_field field;
    *counts = (struct counts){0, 0, 0};
    while (protobuf_next(&reader, &field)) {
        size_t *of = field.number == 6 ? &counts->signers : field.number == 7 ? &counts->keys : field.number == 8 ? &counts->revised : NULL;
        if (of != NULL && protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            ++*of;
        }
    }
    if (reader.fault != NULL) {
        return ended(reading, &reader);
    }
    if (counts->keys + counts->revised > VG_EXPOSURE_EXPORT_KEYS_MAX || counts->signers > VG_EXPOSURE_SIGNATURES_MAX) {
        return vg_fail(reading->error, VG_LIMIT_EXCEEDED, "%s has %zu keys and %zu signers; at most %d and %d are read", reading->what, counts->keys + counts->revised, counts->signers,
                       VG_EXPOSURE_EXPORT_KEYS_MAX, VG_EXPOSURE_SIGNATURES_MAX);
    }
    return VG_OK;
}

/* Fields that are no list. */
static void take_export_field(struct protobuf_reader *reader, const struct protobuf_field *field, struct vg_exposure_export *export)
{
    if (field->number == 1 && protobuf_is(reader, field, PROTOBUF_FIXED64)) {
        export->start_seconds = field->value;
    } else if (field->number == 2 && protobuf_is(reader, field, PROTOBUF_FIXED64)) {
        export->end_seconds = field->value;
    } else if (field->number == 3 && protobuf_is(reader, field, PROTOBUF_BYTES)) {
        export->region = field->bytes;
        reader->fault = is_name(field->bytes) ? NULL : "the region is no text of UTF-8";
    } else if (field->number == 4 && protobuf_is(reader, field, PROTOBUF_VARINT)) {
        export->batch_number = protobuf_int32(field);
    } else if (field->number == 5 && protobuf_is(reader, field, PROTOBUF_VARINT)) {
        export->batch_size = protobuf_int32(field);
    }
}

static vg_status read_export(const struct reading *reading, struct vg_text message, struct vg_exposure_export *export)
{
    struct protobuf_reader reader = protobuf_begin(message);
    struct protobuf_field field;
    vg_status status = VG_OK;
    while (status == VG_OK && protobuf_next(&reader, &field)) {
        if (field.number == 6) {
            status = read_signer(reading, field.bytes, &export->signers[export->n_signers++]);
        } else if (field.number == 7) {
            status = read_key(reading, field.bytes, &export->keys[export->n_keys++]);
        } else if (field.number == 8) {
            status = read_key(reading, field.bytes, &export->revised_keys[export->n_revised_keys++]);
        } else {
            take_export_field(&reader, &field, export);
        }
    }
    return status != VG_OK ? status : ended(reading, &reader);
}

vg_status vg_exposure_export_read(struct vg_text bin, struct vg_arena *arena, struct vg_exposure_export *export, struct vg_error *error)
{
    const struct reading reading = {"export.bin", bin.data, error};
    struct counts counts;
    if (bin.size > VG_EXPOSURE_EXPORT_BYTES_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "export.bin has %zu bytes; at most %zu are read", bin.size, VG_EXPOSURE_EXPORT_BYTES_MAX);
    }
    if (bin.size < EXPORT_HEADER_BYTES || memcmp(bin.data, EXPORT_HEADER, EXPORT_HEADER_BYTES) != 0) {
        return vg_fail(error, VG_DATA_ERROR, "this is no export of keys: expected it to begin with \"EK Export v1\" and four blanks");
    }
    struct vg_text message = vg_text_of(bin.data + EXPORT_HEADER_BYTES, bin.size - EXPORT_HEADER_BYTES);
    vg_status status = count(&reading, message, &counts);
    if (status != VG_OK) {
        return status;
    }
    *export = (struct vg_exposure_export){.region = {"", 0}, .batch_number = 1, .batch_size = 1};
    export->signers = VG_ARENA_ARRAY(arena, struct vg_exposure_signer, counts.signers + 1);
    export->keys = VG_ARENA_ARRAY(arena, struct vg_exposure_key, counts.keys + 1);
    export->revised_keys = VG_ARENA_ARRAY(arena, struct vg_exposure_key, counts.revised + 1);
    if (export->signers == NULL || export->keys == NULL || export->revised_keys == NULL) {
        return vg_fail_memory(error, (counts.keys + counts.revised) * sizeof *export->keys);
    }
    return read_export(&reading, message, export);
}

static vg_status read_signature(const struct reading *reading, struct vg_text bytes, struct vg_exposure_signature *signature)
{
    struct protobuf_reader reader = protobuf_begin(bytes);
    struct protobuf_field field;
    vg_status status = VG_OK;
    *signature = (struct vg_exposure_signature){{{"", 0}, {"", 0}, {"", 0}}, 1, 1, {"", 0}};
    while (status == VG_OK && protobuf_next(&reader, &field)) {
        if (field.number == 1 && protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            status = read_signer(reading, field.bytes, &signature->signer);
        } else if (field.number == 2 && protobuf_is(&reader, &field, PROTOBUF_VARINT)) {
            signature->batch_number = protobuf_int32(&field);
        } else if (field.number == 3 && protobuf_is(&reader, &field, PROTOBUF_VARINT)) {
            signature->batch_size = protobuf_int32(&field);
        } else if (field.number == 4 && protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            signature->der = field.bytes;
        }
    }
    return status != VG_OK ? status : ended(reading, &reader);
}

vg_status vg_exposure_signatures_read(struct vg_text sig, struct vg_arena *arena, struct vg_exposure_signature **signatures, size_t *n_signatures, struct vg_error *error)
{
    const struct reading reading = {"export.sig", sig.data, error};
    struct protobuf_reader reader = protobuf_begin(sig);
    struct protobuf_field field;
    *n_signatures = 0;
    *signatures = VG_ARENA_ARRAY(arena, struct vg_exposure_signature, VG_EXPOSURE_SIGNATURES_MAX);
    if (*signatures == NULL) {
        return vg_fail_memory(error, VG_EXPOSURE_SIGNATURES_MAX * sizeof **signatures);
    }
    vg_status status = VG_OK;
    while (status == VG_OK && protobuf_next(&reader, &field)) {
        if (field.number != 1 || !protobuf_is(&reader, &field, PROTOBUF_BYTES)) {
            continue;
        }
        if (*n_signatures == VG_EXPOSURE_SIGNATURES_MAX) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "export.sig has more than %d signatures", VG_EXPOSURE_SIGNATURES_MAX);
        }
        status = read_signature(&reading, field.bytes, &(*signatures)[(*n_signatures)++]);
    }
    return status != VG_OK ? status : ended(&reading, &reader);
}

/* -------------------------------------------------------------------- ZIP */

#define DEFLATE_RATIO_MAX 1040 /* a little above what deflate can reach */

/* One part, by what it says of its size and no more than that. */
static vg_status read_part(zip_t *archive, zip_uint64_t index, const char *name, size_t limit, struct vg_arena *arena, struct vg_text *part, struct vg_error *error)
{
    struct zip_stat facts;
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(archive, index, 0, &facts) != 0 || (facts.valid & needed) != needed || (facts.comp_method != ZIP_CM_STORE && facts.comp_method != ZIP_CM_DEFLATE)) {
        return vg_fail(error, VG_DATA_ERROR, "%s in the ZIP does not tell its size, or is packed in a way that is not used for keys", name);
    }
    if (facts.comp_size < facts.size / DEFLATE_RATIO_MAX) {
        return vg_fail(error, VG_DATA_ERROR, "%s in the ZIP says it unpacks to %llu bytes from %llu, which cannot be", name, (unsigned long long)facts.size,
                       (unsigned long long)facts.comp_size);
    }
    if (facts.size > limit) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "%s has %llu bytes unpacked; at most %zu are read", name, (unsigned long long)facts.size, limit);
    }
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    char *bytes = file == NULL ? NULL : vg_arena_alloc(arena, (size_t)facts.size + 1, 1);
    size_t got = 0;
    if (file == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s in the ZIP cannot be opened: %s", name, zip_strerror(archive));
    }
    if (bytes == NULL) {
        (void)zip_fclose(file);
        return vg_fail_memory(error, (size_t)facts.size);
    }
    /* One byte more is asked for: the checksum is looked at when the end is met. */
    for (zip_int64_t n = 1; n > 0 && got <= facts.size; got += n > 0 ? (size_t)n : 0) {
        n = zip_fread(file, bytes + got, facts.size + 1 - got);
        if (n < 0) {
            got = (size_t)facts.size + 1;
            break;
        }
    }
    int code = zip_fclose(file);
    if (got != facts.size || code != 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s in the ZIP is damaged", name);
    }
    *part = vg_text_of(bytes, got);
    return VG_OK;
}

static vg_status read_parts(zip_t *archive, struct vg_arena *arena, struct vg_text *bin, struct vg_text *sig, struct vg_error *error)
{
    zip_int64_t n = zip_get_num_entries(archive, 0);
    zip_int64_t places[2] = {-1, -1};
    static const char *const names[2] = {"export.bin", "export.sig"};
    for (zip_int64_t i = 0; i < n && n <= 2; i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        for (size_t k = 0; k < 2 && name != NULL; k++) {
            if (strcmp(name, names[k]) == 0) {
                places[k] = i;
            }
        }
    }
    if (n != 2 || places[0] < 0 || places[1] < 0) {
        return vg_fail(error, VG_DATA_ERROR, "this ZIP is no export of keys: expected export.bin and export.sig and nothing else, found %lld parts", (long long)n);
    }
    vg_status status = read_part(archive, (zip_uint64_t)places[0], names[0], VG_EXPOSURE_EXPORT_BYTES_MAX, arena, bin, error);
    return status != VG_OK ? status : read_part(archive, (zip_uint64_t)places[1], names[1], VG_EXPOSURE_SIGNATURES_BYTES_MAX, arena, sig, error);
}

static vg_status read_zip(const void *data, size_t size, struct vg_arena *arena, struct vg_text *bin, struct vg_text *sig, struct vg_error *error)
{
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &reason);
    zip_t *archive = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &reason);
    if (archive == NULL) {
        vg_status status = vg_fail(error, VG_DATA_ERROR, "this is no ZIP of keys: %s", zip_error_strerror(&reason));
        zip_source_free(source);
        zip_error_fini(&reason);
        return status;
    }
    vg_status status = read_parts(archive, arena, bin, sig, error);
    zip_discard(archive);
    zip_error_fini(&reason);
    return status;
}

vg_status vg_exposure_file_read(const void *data, size_t size, struct vg_arena *arena, struct vg_exposure_file *file, struct vg_error *error)
{
    struct vg_text sig = {"", 0};
    *file = (struct vg_exposure_file){.bin = vg_text_of(data, size)};
    if (size < EXPORT_HEADER_BYTES || memcmp(data, EXPORT_HEADER, EXPORT_HEADER_BYTES) != 0) {
        vg_status status = read_zip(data, size, arena, &file->bin, &sig, error);
        if (status != VG_OK) {
            return status;
        }
    } else {
        file->bin.data = vg_arena_copy_bytes(arena, data, size);
        if (file->bin.data == NULL) {
            return vg_fail_memory(error, size);
        }
    }
    vg_status status = vg_exposure_export_read(file->bin, arena, &file->export, error);
    return status != VG_OK ? status : vg_exposure_signatures_read(sig, arena, &file->signatures, &file->n_signatures, error);
}
