/*
 * libFuzzer target: any bytes as a health certificate's text; as what base45 and zlib would hold (mutating these rarely gets past their checks); as CBOR; as claims in JSON; and as a
 * signer's certificate. What is read must keep its bounds, nothing may be valid where nobody is trusted, and what is written must read back the same.
 */
#include "trace/certificate/internal.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct vg_text text, const struct vg_certificate_trust *trust)
{
    struct vg_certificate_report report;
    struct vg_error error = {0};
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    VG_ASSERT(vg_certificate_verify(text, trust, 1622548800, &arena, &report, &error) == VG_OK);
    VG_ASSERT(!report.valid && report.why[0] != '\0' && report.steps[report.failed] == VG_CERTIFICATE_FAILED);
    VG_ASSERT(report.steps[VG_CERTIFICATE_STEP_SIGNATURE] == VG_CERTIFICATE_NOT_REACHED && vg_utf8_valid(report.why, strlen(report.why)));
    VG_ASSERT(report.claims.size == 0 || report.steps[VG_CERTIFICATE_STEP_STRUCTURE] == VG_CERTIFICATE_PASSED);
    vg_arena_release(&arena);
}

static void check_packed(const uint8_t *data, size_t size, const struct vg_certificate_trust *trust)
{
    struct vg_buffer text;
    uLongf packed_size = compressBound((uLong)size);
    uint8_t *packed = malloc(packed_size);
    uint8_t *back = malloc(2 * packed_size + 2);
    size_t back_size = 0;
    VG_ASSERT(packed != NULL && back != NULL && compress2(packed, &packed_size, data, (uLong)size, 1) == Z_OK);
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "HC1:");
    vg_base45_encode(packed, packed_size, &text);
    VG_ASSERT(vg_base45_decode(vg_text_of(text.data + 4, text.size - 4), back, &back_size) && back_size == packed_size && memcmp(back, packed, back_size) == 0);
    check_text(vg_text_of(text.data, text.size), trust);
    vg_buffer_release(&text);
    free(packed);
    free(back);
}

static void check_cbor(struct vg_text bytes)
{
    struct vg_cbor cbor;
    struct vg_arena arena;
    struct vg_buffer json;
    struct vg_error error = {0};
    const char *why = NULL;
    bool kinds[VG_CERTIFICATE_KINDS];
    vg_arena_init(&arena, 0);
    vg_buffer_init(&json, 0);
    if (vg_cbor_read(bytes, &arena, &cbor, &why)) {
        VG_ASSERT(cbor.n > 0 && cbor.n <= VG_CBOR_ITEMS_MAX && cbor.items[0].next == cbor.n && cbor.items[0].encoded.size == bytes.size);
        for (uint32_t i = 0; i < cbor.n; i++) {
            VG_ASSERT(cbor.items[i].next > i && cbor.items[i].next <= cbor.n);
        }
        VG_ASSERT(vg_certificate_claims_json(bytes, &json, &error) == VG_OK && vg_utf8_valid(json.data, json.size));
        (void)certificate_schema_holds(&cbor, 0, 18779, kinds, &why);
    } else {
        VG_ASSERT(why != NULL);
    }
    vg_buffer_release(&json);
    vg_arena_release(&arena);
}

static void check_json(struct vg_text json)
{
    struct vg_buffer bytes;
    struct vg_error error = {0};
    vg_buffer_init(&bytes, VG_CERTIFICATE_UNPACKED_MAX);
    if (certificate_json_to_cbor(json, &bytes, &error) == VG_OK) {
        check_cbor(vg_text_of(bytes.data, bytes.size));
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_buffer_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_certificate_trust *trust = NULL;
    struct vg_error error = {0};
    struct vg_text bytes = vg_text_of((const char *)data, size);
    int64_t seconds = 0;
    VG_ASSERT(vg_certificate_trust_new(&trust, &error) == VG_OK);
    check_text(bytes, trust);
    check_packed(data, size, trust);
    check_cbor(bytes);
    check_json(bytes);
    (void)certificate_parse_time(bytes, &seconds);
    VG_ASSERT(vg_certificate_trust_add(trust, data, size, "CO", &error) == VG_OK || error.message[0] != '\0');
    vg_certificate_trust_free(trust);
    return 0;
}
