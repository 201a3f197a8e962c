/*
 * trace: people, and what passes between them. Rooms, each with a public header of its own that reads as its manual:
 *
 *     exposure/     exposure notification (GAEN v1.2): keys, identifiers, matching, risk, export files, batches between countries
 *     chains/       who infected whom: candidates, the instant answer, MCMC, what they tell
 *     certificate/  health certificates (HC1: EU DCC, WHO GDHCN): issue, verify, trust lists, policy, QR codes
 *     linkage/      whether two records are of one person: names in Spanish, Portuguese and Chinese, documents, dates of birth; search codes
 *     genome/tree/  mutation-annotated trees of genomes and their forms (UShER, Auspice, Newick, Taxonium); genomes in MAPLE's form
 *     genome/place/ where genomes belong on a tree, exactly; adding them; moving subtrees to where the tree needs fewer mutations
 *     urgency/      whom to visit first: infections that tracing a contact or a source can still prevent
 *
 * This header has what the rooms share: P-256 keys, which sign export files, certificates of diagnosis and health certificates alike. Everything here is a pure function of its
 * inputs: no file, clock, store or global. What must be random (keys, the nonce of a signature) comes from the system through OpenSSL or libsodium.
 */
#ifndef VG_TRACE_H
#define VG_TRACE_H

#include "model/model.h"

/* ---------------------------------------------------------------- P-256 keys */

#define VG_P256_SIGNATURE_BYTES 64   /* r and s, 32 bytes each, most significant byte first (JOSE, COSE) */
#define VG_P256_DER_BYTES_MAX 72     /* the same as a DER sequence of two integers (X9.62) */

/* A key on the curve P-256 (secp256r1): private and public, or public alone. One key may be used by many threads at a time. */
struct vg_p256_key;

vg_status vg_p256_new(struct vg_p256_key **key, struct vg_error *error) VG_MUST_USE; /* random, private */
/* "-----BEGIN PRIVATE KEY-----" (PKCS#8 or SEC 1), "-----BEGIN PUBLIC KEY-----" or "-----BEGIN CERTIFICATE-----". VG_DATA_ERROR: none of them, or of another curve or kind. */
vg_status vg_p256_read_pem(const char *pem, size_t size, struct vg_p256_key **key, struct vg_error *error) VG_MUST_USE;
/* Appends PKCS#8 or SubjectPublicKeyInfo. VG_USAGE_ERROR: the private part is wanted and not there. */
vg_status vg_p256_write_pem(const struct vg_p256_key *key, bool private_part, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
bool vg_p256_is_private(const struct vg_p256_key *key);
void vg_p256_free(struct vg_p256_key *key); /* NULL is allowed */

/* The digest that is signed: SHA-256 wherever nothing else is said. */
enum vg_p256_digest { VG_P256_SHA256, VG_P256_SHA512 };
/* ECDSA over the digest of data. VG_USAGE_ERROR: a public key. *der_size is at most VG_P256_DER_BYTES_MAX. */
vg_status vg_p256_sign_der(const struct vg_p256_key *key, const void *data, size_t size, unsigned char der[VG_P256_DER_BYTES_MAX], size_t *der_size,
                           struct vg_error *error) VG_MUST_USE;
vg_status vg_p256_sign(const struct vg_p256_key *key, const void *data, size_t size, unsigned char signature[VG_P256_SIGNATURE_BYTES], struct vg_error *error) VG_MUST_USE;
/* False for anything that is not the signature of data, whatever is wrong with it. */
bool vg_p256_verify_der(const struct vg_p256_key *key, enum vg_p256_digest digest, const void *data, size_t size, const void *der, size_t der_size);
bool vg_p256_verify(const struct vg_p256_key *key, const void *data, size_t size, const unsigned char signature[VG_P256_SIGNATURE_BYTES]);

#endif
