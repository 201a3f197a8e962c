/*
 * certificate: proofs of test, recovery and vaccination as HC1 (EU Digital COVID Certificate, since 2023 WHO's Global Digital Health Certification Network).
 *
 *     claims (JSON) -> CBOR -> CWT {1 issuer, 6 issued, 4 expires, -260 {1: claims}} -> COSE_Sign1 (ES256 or PS256) -> zlib -> base45 -> "HC1:" -> QR code, level Q
 *
 * Whoever verifies holds the certificates of the signers that they trust; nobody is asked, nothing is stored, nobody is counted. Each node signs its own list of trusted signers,
 * with what it accepts of whom. Specifications: ehn-dcc-development/hcert-spec, RFC 9052 (COSE), 8392 (CWT), 8949 (CBOR), 9285 (base45), 8230 (PS256).
 */
#ifndef VG_CERTIFICATE_H
#define VG_CERTIFICATE_H

#include "trace/trace.h"

/* Bounds of what is read. */
#define VG_CERTIFICATE_TEXT_MAX 8192      /* characters of a certificate; a QR code holds 4,296 */
#define VG_CERTIFICATE_UNPACKED_MAX 65536 /* bytes after zlib */

enum vg_certificate_kind { VG_CERTIFICATE_TEST, VG_CERTIFICATE_VACCINATION, VG_CERTIFICATE_RECOVERY };
#define VG_CERTIFICATE_KINDS 3
const char *vg_certificate_kind_name(enum vg_certificate_kind kind); /* "test", "vaccination", "recovery" */

/* ------------------------------------------------------------------- trust */

#define VG_CERTIFICATE_KID_BYTES 8 /* the first bytes of SHA-256 of the signer's certificate (DER) */
#define VG_CERTIFICATE_COUNTRY_BYTES 4

/* What the node accepts of a signer's country, beyond that the signature holds. Days and hours count from the claim's own date; 0: no bound. */
struct vg_certificate_policy {
    bool kinds[VG_CERTIFICATE_KINDS];
    int32_t vaccination_from_days, vaccination_to_days;  /* after the last dose, of a complete series */
    bool incomplete_series;                              /* accepted too */
    struct vg_text *products;                            /* codes; n 0: any */
    size_t n_products;
    int32_t naat_hours, antigen_hours;                   /* after the sample, of a negative test */
    int32_t recovery_from_days, recovery_to_days;        /* after the first positive test; beside the certificate's own dates */
};
void vg_certificate_policy_defaults(struct vg_certificate_policy *policy); /* all kinds; 14 days on; 72 and 48 hours; 11 to 180 days */

/* A list of signers, policies and revoked certificates. Read only once it is made: many threads may verify with one. */
struct vg_certificate_trust;
vg_status vg_certificate_trust_new(struct vg_certificate_trust **trust, struct vg_error *error) VG_MUST_USE;
void vg_certificate_trust_free(struct vg_certificate_trust *trust); /* NULL is allowed */
/*
 * Adds a signer's certificate (DER). country: whose policy holds; NULL: the certificate's own country. VG_DATA_ERROR: no certificate, or a key that is neither P-256 nor RSA of 2,048
 * to 8,192 bits.
 */
vg_status vg_certificate_trust_add(struct vg_certificate_trust *trust, const void *der, size_t size, const char *country, struct vg_error *error) VG_MUST_USE;
/* Every "-----BEGIN CERTIFICATE-----" of a PEM text, or the one certificate of a DER file. VG_DATA_ERROR: there is none. */
vg_status vg_certificate_trust_add_file(struct vg_certificate_trust *trust, struct vg_text bytes, const char *country, struct vg_error *error) VG_MUST_USE;
size_t vg_certificate_trust_count(const struct vg_certificate_trust *trust);
/* The policy of a country; "*": of those that have none of their own. Without any, certificates are held against the specification alone. */
vg_status vg_certificate_trust_policy(struct vg_certificate_trust *trust, const char *country, const struct vg_certificate_policy *policy, struct vg_error *error) VG_MUST_USE;
/* Policies as JSON, {"*": {"kinds": [...], ...}, "AT": {...}}, as they stand in a signed list. A setting that is not known is an error. */
vg_status vg_certificate_trust_policies(struct vg_certificate_trust *trust, struct vg_text json, struct vg_error *error) VG_MUST_USE;
/* The first 16 bytes of SHA-256 of a revoked certificate's identifier, of country and identifier, or of its signature (of ES256: its first half). */
vg_status vg_certificate_trust_revoke(struct vg_certificate_trust *trust, const uint8_t hash[16], struct vg_error *error) VG_MUST_USE;

/*
 * A signed list as text: "vigia-trust-1" LF, 128 hexadecimal digits of Ed25519 over the first line and what follows, LF, JSON
 *
 *     {"node": "CO", "issued": 1622505600, "expires": 1625097600, "signers": [{"country": "AT", "certificate": "base64 of DER"}], "revoked": ["32 hexadecimal digits"],
 *      "policies": {"*": {"kinds": ["vaccination"], "vaccination_from_days": 14, ...}}}
 */
vg_status vg_certificate_trust_write(const struct vg_certificate_trust *trust, const char *node, int64_t issued, int64_t expires, const struct vg_seal_key *signing_key,
                                     struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* VG_DATA_ERROR: not signed by that node, not (or no longer) valid at `now`, or not such a list. A setting that is not known is an error. */
vg_status vg_certificate_trust_read(struct vg_text text, const char *public_key, int64_t now, struct vg_certificate_trust **trust, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ verify */

/* What is looked at, in this order. Steps up to STRUCTURE need the one before; the others are all looked at. */
enum vg_certificate_step {
    VG_CERTIFICATE_STEP_PREFIX, VG_CERTIFICATE_STEP_BASE45, VG_CERTIFICATE_STEP_COMPRESSION, VG_CERTIFICATE_STEP_STRUCTURE, VG_CERTIFICATE_STEP_SIGNER,
    VG_CERTIFICATE_STEP_SIGNATURE, VG_CERTIFICATE_STEP_TIME, VG_CERTIFICATE_STEP_KEY_USAGE, VG_CERTIFICATE_STEP_SCHEMA, VG_CERTIFICATE_STEP_REVOCATION, VG_CERTIFICATE_STEP_POLICY,
};
#define VG_CERTIFICATE_STEPS 11
const char *vg_certificate_step_name(enum vg_certificate_step step); /* "prefix", "base45", "compression", ... */
enum vg_certificate_outcome { VG_CERTIFICATE_NOT_REACHED, VG_CERTIFICATE_PASSED, VG_CERTIFICATE_FAILED };

struct vg_certificate_report {
    bool valid;                                 /* every step passed */
    enum vg_certificate_outcome steps[VG_CERTIFICATE_STEPS];
    enum vg_certificate_step failed;            /* the first that failed, where not valid */
    char why[160];                              /* a sentence; never anything of the holder */
    bool kinds[VG_CERTIFICATE_KINDS];
    bool rsa;                                   /* PS256 */
    char country[VG_CERTIFICATE_COUNTRY_BYTES]; /* of the trusted signer; "" none */
    struct vg_text issuer;                      /* what the certificate says of itself; in the arena, as are the claims */
    int64_t issued, expires;                    /* UNIX seconds; INT64_MIN where not told */
    struct vg_text claims;                      /* CBOR of the health certificate; empty before STRUCTURE passed */
};
/* now: UNIX seconds. Whatever the text is, the report says what is wrong with it; an error is only lack of memory. Nothing is kept but what the caller's arena holds. */
vg_status vg_certificate_verify(struct vg_text text, const struct vg_certificate_trust *trust, int64_t now, struct vg_arena *arena, struct vg_certificate_report *report,
                                struct vg_error *error) VG_MUST_USE;
/* The claims of a report as JSON, appended. */
vg_status vg_certificate_claims_json(struct vg_text claims, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- issue */

/* A signer: certificate and private key. */
struct vg_certificate_signer;
vg_status vg_certificate_signer_read(struct vg_text certificate_pem, struct vg_text key_pem, struct vg_certificate_signer **signer, struct vg_error *error) VG_MUST_USE;
void vg_certificate_signer_free(struct vg_certificate_signer *signer); /* NULL is allowed */
/* A new P-256 key with a certificate of its own making, for these kinds, both as PEM: for exercises, and for countries that have no authority above the signer. */
vg_status vg_certificate_signer_new(const char *country, const char *name, const bool kinds[VG_CERTIFICATE_KINDS], int64_t not_before, int64_t not_after,
                                    struct vg_buffer *certificate_pem, struct vg_buffer *key_pem, struct vg_error *error) VG_MUST_USE;
struct vg_certificate_claims {
    struct vg_text json;       /* {"ver", "nam", "dob", "v" | "t" | "r"}: held against the schema */
    const char *issuer;        /* country code */
    int64_t issued, expires;
};
/* Appends "HC1:...". VG_DATA_ERROR: claims that no verifier would take, or that the signer's certificate is not for. */
vg_status vg_certificate_issue(const struct vg_certificate_claims *claims, const struct vg_certificate_signer *signer, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- QR codes */

/* Level Q (a quarter may be damaged), alphanumeric. VG_LIMIT_EXCEEDED: longer than such a code holds. */
vg_status vg_certificate_qr_svg(struct vg_text text, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
vg_status vg_certificate_qr_png(struct vg_text text, unsigned pixels_a_module, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE; /* 1 .. 64 */

/* ------------------------------------------------------------------ base45 */

void vg_base45_encode(const void *data, size_t size, struct vg_buffer *out);
/* False for what no encoder gives. out: room for 2 * text.size / 3 + 1. */
bool vg_base45_decode(struct vg_text text, uint8_t *out, size_t *size);

#endif
