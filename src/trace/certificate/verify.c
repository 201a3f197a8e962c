/*
 * A certificate's text step by step: prefix, base45, zlib, CBOR, COSE, claims of the CWT, and what the node accepts.
 */
#include "trace/certificate/internal.h"

#include <string.h>
#include <zlib.h>

static const char *const step_names[VG_CERTIFICATE_STEPS] = {"prefix",    "base45", "compression", "structure", "signer", "signature",
                                                             "time",      "key_usage", "schema",   "revocation", "policy"};
enum { HEADER_ALGORITHM = 1, HEADER_CRITICAL = 2, HEADER_KID = 4, CLAIM_ISSUER = 1, CLAIM_EXPIRES = 4, CLAIM_ISSUED = 6, CLAIM_HEALTH = -260, TAG_SIGN1 = 18, TAG_CWT = 61 };

const char *vg_certificate_step_name(enum vg_certificate_step step)
{
    return step_names[step];
}

/* What is known while the text is taken apart. */
struct verifying {
    const struct vg_certificate_trust *trust;
    struct vg_arena *arena;
    struct vg_certificate_report *report;
    int64_t now;
    struct vg_cbor cose, header, payload;
    struct vg_text protected_bytes, payload_bytes, signature;
    int64_t algorithm;
    struct vg_text kid;
    uint32_t health;                               /* index of the claims in payload */
    const struct certificate_signer_facts *signer; /* whose signature holds, else one with the kid, else NULL */
    bool out_of_memory;
};

static bool passed(struct verifying *verifying, enum vg_certificate_step step)
{
    verifying->report->steps[step] = VG_CERTIFICATE_PASSED;
    return true;
}

static bool failed(struct verifying *verifying, enum vg_certificate_step step, const char *why)
{
    struct vg_certificate_report *report = verifying->report;
    report->steps[step] = VG_CERTIFICATE_FAILED;
    if (report->why[0] == '\0') {
        report->failed = step;
        (void)snprintf(report->why, sizeof report->why, "%s", why);
    }
    return false;
}

/* --------------------------------------------------------------- unpacking */

/* zlib (RFC 1950) of at most VG_CERTIFICATE_UNPACKED_MAX bytes, all of it. */
static bool unpack(struct verifying *verifying, const uint8_t *packed, size_t size, struct vg_text *bytes)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed, .avail_in = (uInt)size};
    unsigned char *out = NULL;
    size_t room = 4 * size < 1024 ? 1024 : 4 * size;
    size_t made = 0;
    int code = Z_OK;
    if (inflateInit(&stream) != Z_OK) {
        verifying->out_of_memory = true;
        return false;
    }
    while (code == Z_OK) {
        room = room > VG_CERTIFICATE_UNPACKED_MAX ? VG_CERTIFICATE_UNPACKED_MAX : room;
        unsigned char *larger = vg_arena_alloc(verifying->arena, room, 1);
        if (larger == NULL) {
            verifying->out_of_memory = true;
            break;
        }
        if (made > 0) {
            memcpy(larger, out, made);
        }
        out = larger;
        stream.next_out = out + made;
        stream.avail_out = (uInt)(room - made);
        code = inflate(&stream, Z_FINISH);
        made = room - stream.avail_out;
        if (code != Z_BUF_ERROR || stream.avail_out != 0 || room == VG_CERTIFICATE_UNPACKED_MAX) {
            break; /* done, broken, or at the bound */
        }
        code = Z_OK;
        room *= 4;
    }
    bool whole = code == Z_STREAM_END && stream.avail_in == 0;
    (void)inflateEnd(&stream);
    *bytes = vg_text_of((const char *)out, made);
    return whole;
}

static bool unwrap(struct verifying *verifying, struct vg_text text, struct vg_text *bytes)
{
    size_t size = 0;
    if (text.size > VG_CERTIFICATE_TEXT_MAX) {
        return failed(verifying, VG_CERTIFICATE_STEP_PREFIX, "the text is longer than any certificate");
    }
    if (text.size < 4 || memcmp(text.data, "HC1:", 4) != 0) {
        return failed(verifying, VG_CERTIFICATE_STEP_PREFIX, "the text does not begin with HC1:");
    }
    (void)passed(verifying, VG_CERTIFICATE_STEP_PREFIX);
    uint8_t *packed = vg_arena_alloc(verifying->arena, text.size + 1, 1);
    if (packed == NULL) {
        verifying->out_of_memory = true;
        return false;
    }
    if (!vg_base45_decode(vg_text_of(text.data + 4, text.size - 4), packed, &size)) {
        return failed(verifying, VG_CERTIFICATE_STEP_BASE45, "the text is no base45");
    }
    (void)passed(verifying, VG_CERTIFICATE_STEP_BASE45);
    if (!unpack(verifying, packed, size, bytes)) {
        return failed(verifying, VG_CERTIFICATE_STEP_COMPRESSION, "what base45 holds is not packed by zlib, or unpacks to more than any certificate");
    }
    return passed(verifying, VG_CERTIFICATE_STEP_COMPRESSION);
}

/* --------------------------------------------------------------- structure */

static bool read_cbor(struct verifying *verifying, struct vg_text bytes, struct vg_cbor *cbor)
{
    const char *why = NULL;
    if (vg_cbor_read(bytes, verifying->arena, cbor, &why)) {
        return true;
    }
    verifying->out_of_memory = verifying->arena->failed;
    return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, why);
}

/* The outside: tags 61 and 18 or fewer, then [protected, unprotected, payload, signature]. */
static bool open_cose(struct verifying *verifying, struct vg_text bytes, uint32_t *unprotected)
{
    uint32_t at = 0;
    if (!read_cbor(verifying, bytes, &verifying->cose)) {
        return false;
    }
    const struct vg_cbor_item *items = verifying->cose.items;
    while (items[at].kind == VG_CBOR_TAG && (items[at].number == TAG_CWT || items[at].number == TAG_SIGN1)) {
        at++;
    }
    uint32_t parts[4] = {0, 0, 0, 0};
    uint32_t part = at + 1;
    size_t n = 0;
    for (; items[at].kind == VG_CBOR_ARRAY && part < items[at].next && n < 4; part = items[part].next) {
        parts[n++] = part;
    }
    if (n != 4 || part != items[at].next || items[parts[0]].kind != VG_CBOR_BYTES || items[parts[1]].kind != VG_CBOR_MAP || items[parts[2]].kind != VG_CBOR_BYTES ||
        items[parts[3]].kind != VG_CBOR_BYTES) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the CBOR is no COSE_Sign1");
    }
    verifying->protected_bytes = items[parts[0]].bytes;
    verifying->payload_bytes = items[parts[2]].bytes;
    verifying->signature = items[parts[3]].bytes;
    *unprotected = parts[1];
    return true;
}

/* A header parameter: from the protected header first, which the signature covers; from the other only where it is not there. */
static const struct vg_cbor_item *header(const struct verifying *verifying, uint32_t unprotected, int64_t label)
{
    uint32_t at = verifying->header.n == 0 ? 0 : vg_cbor_get_integer(&verifying->header, 0, label);
    if (at != 0) {
        return &verifying->header.items[at];
    }
    at = vg_cbor_get_integer(&verifying->cose, unprotected, label);
    return at == 0 ? NULL : &verifying->cose.items[at];
}

/*
 * What the signer says must be understood (RFC 9052, 3.1): a list in the protected header, of labels that are there. Here that is algorithm and key alone; in the other header anybody could
 * have written it.
 */
static bool understands(const struct verifying *verifying, uint32_t unprotected)
{
    const struct vg_cbor *header = &verifying->header;
    uint32_t list = header->n == 0 ? 0 : vg_cbor_get_integer(header, 0, HEADER_CRITICAL);
    if (vg_cbor_get_integer(&verifying->cose, unprotected, HEADER_CRITICAL) != 0) {
        return false;
    }
    if (list == 0) {
        return true;
    }
    const struct vg_cbor_item *items = header->items;
    bool good = items[list].kind == VG_CBOR_ARRAY && items[list].next > list + 1;
    for (uint32_t at = list + 1; good && at < items[list].next; at = items[at].next) {
        good = items[at].kind == VG_CBOR_UNSIGNED && (items[at].number == HEADER_ALGORITHM || items[at].number == HEADER_KID) && vg_cbor_get_integer(header, 0, (int64_t)items[at].number) != 0;
    }
    return good;
}

static bool open_header(struct verifying *verifying, uint32_t unprotected)
{
    if (verifying->protected_bytes.size > 0 && !read_cbor(verifying, verifying->protected_bytes, &verifying->header)) {
        return false;
    }
    if (verifying->header.n > 0 && verifying->header.items[0].kind != VG_CBOR_MAP) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the protected header is no map");
    }
    if (!understands(verifying, unprotected)) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the header says that something must be understood which is not");
    }
    const struct vg_cbor_item *algorithm = header(verifying, unprotected, HEADER_ALGORITHM);
    const struct vg_cbor_item *kid = header(verifying, unprotected, HEADER_KID);
    if (algorithm == NULL || (algorithm->kind != VG_CBOR_NEGATIVE && algorithm->kind != VG_CBOR_UNSIGNED) || algorithm->number > INT32_MAX) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the header names no algorithm");
    }
    if (kid == NULL || kid->kind != VG_CBOR_BYTES) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the header names no key");
    }
    verifying->algorithm = algorithm->kind == VG_CBOR_NEGATIVE ? -1 - (int64_t)algorithm->number : (int64_t)algorithm->number;
    verifying->kid = kid->bytes;
    return true;
}

static void take_claims(struct verifying *verifying, uint32_t map)
{
    struct vg_certificate_report *report = verifying->report;
    const struct vg_cbor *payload = &verifying->payload;
    uint32_t issuer = vg_cbor_get_integer(payload, map, CLAIM_ISSUER);
    uint32_t issued = vg_cbor_get_integer(payload, map, CLAIM_ISSUED);
    uint32_t expires = vg_cbor_get_integer(payload, map, CLAIM_EXPIRES);
    if (issuer != 0 && payload->items[issuer].kind == VG_CBOR_TEXT) {
        report->issuer = payload->items[issuer].bytes;
    }
    if (issued == 0 || !vg_cbor_seconds(payload, issued, &report->issued)) {
        report->issued = INT64_MIN;
    }
    if (expires == 0 || !vg_cbor_seconds(payload, expires, &report->expires)) {
        report->expires = INT64_MIN;
    }
}

static bool open_payload(struct verifying *verifying)
{
    if (!read_cbor(verifying, verifying->payload_bytes, &verifying->payload)) {
        return false;
    }
    const struct vg_cbor *payload = &verifying->payload;
    uint32_t map = 0;
    while (payload->items[map].kind == VG_CBOR_TAG && payload->items[map].number == TAG_CWT) {
        map++;
    }
    uint32_t container = vg_cbor_get_integer(payload, map, CLAIM_HEALTH);
    uint32_t health = container == 0 ? 0 : vg_cbor_get_integer(payload, container, 1);
    if (health == 0 || payload->items[health].kind != VG_CBOR_MAP) {
        return failed(verifying, VG_CERTIFICATE_STEP_STRUCTURE, "the claims hold no health certificate");
    }
    verifying->health = health;
    verifying->report->claims = payload->items[health].encoded;
    take_claims(verifying, map);
    return true;
}

/* ------------------------------------------------------------------ checks */

/* Every certificate with the kid is tried: the identifier is short, and two may share it. */
static void check_signature(struct verifying *verifying)
{
    size_t first = 0;
    size_t n = verifying->kid.size == VG_CERTIFICATE_KID_BYTES ? certificate_trust_find(verifying->trust, (const uint8_t *)verifying->kid.data, &first) : 0;
    const char *why = "";
    if (n == 0) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_SIGNER, "no trusted signer has the key that the certificate names");
        return;
    }
    (void)passed(verifying, VG_CERTIFICATE_STEP_SIGNER);
    verifying->report->rsa = verifying->algorithm == COSE_PS256;
    if (verifying->header.n == 0 || vg_cbor_get_integer(&verifying->header, 0, HEADER_ALGORITHM) == 0) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_SIGNATURE, "the algorithm is not named where the signature covers it");
        return;
    }
    for (size_t i = first; i < first + n; i++) {
        verifying->signer = &verifying->trust->signers[i];
        if (cose_verify(verifying->signer, verifying->algorithm, verifying->protected_bytes, verifying->payload_bytes, verifying->signature, &why)) {
            (void)passed(verifying, VG_CERTIFICATE_STEP_SIGNATURE);
            memcpy(verifying->report->country, verifying->signer->country, sizeof verifying->report->country);
            return;
        }
    }
    (void)failed(verifying, VG_CERTIFICATE_STEP_SIGNATURE, why);
}

static void check_time(struct verifying *verifying)
{
    const struct vg_certificate_report *report = verifying->report;
    const struct certificate_signer_facts *signer = verifying->signer;
    if (report->issued == INT64_MIN || report->expires == INT64_MIN) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_TIME, "the certificate does not say when it was issued and when it expires");
    } else if (verifying->now < report->issued) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_TIME, "the certificate was issued after the time of verification");
    } else if (verifying->now > report->expires) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_TIME, "the certificate has expired");
    } else if (signer != NULL && (verifying->now < signer->not_before || verifying->now > signer->not_after)) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_TIME, "the signer's own certificate is not valid at the time of verification");
    } else {
        (void)passed(verifying, VG_CERTIFICATE_STEP_TIME);
    }
}

static void check_key_usage(struct verifying *verifying)
{
    const struct certificate_signer_facts *signer = verifying->signer;
    bool good = true;
    for (int kind = 0; signer != NULL && kind < VG_CERTIFICATE_KINDS; kind++) {
        good = good && (!verifying->report->kinds[kind] || !signer->named_usage || signer->kinds[kind]);
    }
    if (signer != NULL && !signer->signs_documents) {
        (void)failed(verifying, VG_CERTIFICATE_STEP_KEY_USAGE, "the signer's key is not for signing documents");
    } else if (signer != NULL) {
        (void)(good ? passed(verifying, VG_CERTIFICATE_STEP_KEY_USAGE) : failed(verifying, VG_CERTIFICATE_STEP_KEY_USAGE, "the signer may not sign certificates of this kind"));
    }
}

static void check_claims(struct verifying *verifying)
{
    struct vg_certificate_report *report = verifying->report;
    const char *why = "";
    int64_t day = report->issued / 86400;
    int32_t issued_day = report->issued == INT64_MIN || day < 0 || day > 2000000 ? VG_DATE_NONE : (int32_t)day + 1; /* it is tomorrow elsewhere */
    bool schema = certificate_schema_holds(&verifying->payload, verifying->health, issued_day, report->kinds, &why);
    check_key_usage(verifying);
    (void)(schema ? passed(verifying, VG_CERTIFICATE_STEP_SCHEMA) : failed(verifying, VG_CERTIFICATE_STEP_SCHEMA, why));
    bool kept = certificate_revocation_holds(verifying->trust, &verifying->payload, verifying->health, verifying->signature, report->rsa);
    (void)(kept ? passed(verifying, VG_CERTIFICATE_STEP_REVOCATION) : failed(verifying, VG_CERTIFICATE_STEP_REVOCATION, "the certificate has been revoked"));
    const struct vg_certificate_policy *policy = certificate_trust_policy(verifying->trust, report->country);
    bool accepted = policy == NULL || certificate_policy_holds(policy, &verifying->payload, verifying->health, verifying->now, &why);
    (void)(accepted ? passed(verifying, VG_CERTIFICATE_STEP_POLICY) : failed(verifying, VG_CERTIFICATE_STEP_POLICY, why));
}

vg_status vg_certificate_verify(struct vg_text text, const struct vg_certificate_trust *trust, int64_t now, struct vg_arena *arena, struct vg_certificate_report *report,
                                struct vg_error *error)
{
    struct verifying verifying = {.trust = trust, .arena = arena, .report = report, .now = now};
    struct vg_text bytes = {"", 0};
    uint32_t unprotected = 0;
    *report = (struct vg_certificate_report){.issuer = {"", 0}, .claims = {"", 0}, .issued = INT64_MIN, .expires = INT64_MIN};
    if (unwrap(&verifying, text, &bytes) && open_cose(&verifying, bytes, &unprotected) && open_header(&verifying, unprotected) && open_payload(&verifying)) {
        (void)passed(&verifying, VG_CERTIFICATE_STEP_STRUCTURE);
        check_signature(&verifying);
        check_time(&verifying);
        check_claims(&verifying);
        report->valid = report->why[0] == '\0';
    }
    return verifying.out_of_memory ? vg_fail_memory(error, 0) : VG_OK;
}
