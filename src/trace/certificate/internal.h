/*
 * Private to the room: signers' certificates, COSE signatures, the schema of claims, and what the list of trust holds.
 */
#ifndef VG_CERTIFICATE_INTERNAL_H
#define VG_CERTIFICATE_INTERNAL_H

#include "core/cbor/cbor.h"
#include "trace/certificate/certificate.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { COSE_ES256 = -7, COSE_PS256 = -37 };
#define COSE_ES256_BYTES 64

/* What is needed of a signer's certificate. */
struct certificate_signer_facts {
    uint8_t kid[VG_CERTIFICATE_KID_BYTES];
    char country[VG_CERTIFICATE_COUNTRY_BYTES];
    EVP_PKEY *key;
    bool rsa;
    bool signs_documents;              /* key usage: digital signature, or no word of it */
    bool named_usage;                  /* the certificate says what it is for; then kinds is that */
    bool kinds[VG_CERTIFICATE_KINDS];
    int64_t not_before, not_after;
    unsigned char *der;                /* malloc */
    size_t der_size;
};
vg_status certificate_signer_facts(const void *der, size_t size, struct certificate_signer_facts *facts, struct vg_error *error);
void certificate_signer_release(struct certificate_signer_facts *facts);

struct vg_certificate_signer {
    struct certificate_signer_facts facts;
    EVP_PKEY *key;
};

/* Whether signature is of the Sig_structure of these parts by the key; algorithm COSE_ES256 or COSE_PS256. *why a sentence where not. */
bool cose_verify(const struct certificate_signer_facts *signer, int64_t algorithm, struct vg_text protected_bytes, struct vg_text payload, struct vg_text signature, const char **why);
void cose_sig_structure(struct vg_text protected_bytes, struct vg_text payload, struct vg_buffer *out);

struct certificate_policy_of {
    char country[VG_CERTIFICATE_COUNTRY_BYTES]; /* "*": the rest */
    struct vg_certificate_policy policy;
};
struct vg_certificate_trust {
    struct vg_arena arena;
    struct certificate_signer_facts *signers; /* by kid */
    size_t n_signers, signer_capacity;
    struct certificate_policy_of *policies;
    size_t n_policies, policy_capacity;
    uint8_t (*revoked)[16];                   /* sorted */
    size_t n_revoked, revoked_capacity;
};
/* First signer with the kid and how many there are. */
size_t certificate_trust_find(const struct vg_certificate_trust *trust, const uint8_t kid[VG_CERTIFICATE_KID_BYTES], size_t *first);
const struct vg_certificate_policy *certificate_trust_policy(const struct vg_certificate_trust *trust, const char *country);
bool certificate_is_revoked(const struct vg_certificate_trust *trust, const uint8_t hash[16]);
vg_status certificate_policy_check(const struct vg_certificate_policy *policy, struct vg_error *error);

/* The health certificate's map at `map` against the schema; issued_day: of the certificate, VG_DATE_NONE unknown. Sets kinds. *why where it does not hold. */
bool certificate_schema_holds(const struct vg_cbor *cbor, uint32_t map, int32_t issued_day, bool kinds[VG_CERTIFICATE_KINDS], const char **why);
bool certificate_policy_holds(const struct vg_certificate_policy *policy, const struct vg_cbor *cbor, uint32_t map, int64_t now, const char **why);
bool certificate_revocation_holds(const struct vg_certificate_trust *trust, const struct vg_cbor *cbor, uint32_t map, struct vg_text signature, bool rsa);
/* A date or date and time of the claims as UNIX seconds; a day alone is its beginning in UTC. */
bool certificate_parse_time(struct vg_text text, int64_t *seconds);
struct vg_text certificate_text(const struct vg_cbor *cbor, uint32_t map, const char *name); /* inside any tags; "" where it is no text */
extern const char *const certificate_kind_members[VG_CERTIFICATE_KINDS]; /* "t", "v", "r" */

/* JSON to CBOR and back. */
vg_status certificate_json_to_cbor(struct vg_text json, struct vg_buffer *out, struct vg_error *error);

#endif
