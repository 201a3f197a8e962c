/*
 * jobs/certificate: health certificates on files: what vigia certificate does without a node (docs/certificates.md). Each job reads its files and calls trace/certificate. Of the
 * holder nothing is written but by vg_job_certificate_show, which is for whoever holds the certificate.
 */
#ifndef VG_JOBS_CERTIFICATE_H
#define VG_JOBS_CERTIFICATE_H

#include "jobs/jobs.h"
#include "trace/certificate/certificate.h"

/* Whom a verifier trusts: a signed list with the public key of the node that signed it, signers' certificates (PEM or DER), or both. */
struct vg_certificate_trust_files {
    const char *list_path, *public_key;   /* the key: 64 hexadecimal digits */
    const char *const *signer_paths;      /* each perhaps as "CO=file": under the policy of that country */
    size_t n_signers;
    const char *policies_path;            /* JSON by country; NULL: that of the list, or none */
    const char *const *revoked;           /* 32 hexadecimal digits each */
    size_t n_revoked;
};

/*
 * One row a certificate (files have one a line, "-" is standard input): file, line, valid, failed (the first step that did), why, kind, country (of the trusted signer), algorithm,
 * issued, expires. *n_refused: how many are not valid.
 */
vg_status vg_job_certificate_verify(const struct vg_certificate_trust_files *trust, const char *const *paths, size_t n_paths, int64_t now, struct vg_arena *arena,
                                    struct vg_answer *answer, size_t *n_refused, struct vg_error *error) VG_MUST_USE;
/* The claims of the file's first certificate as JSON; its signature is not looked at. */
vg_status vg_job_certificate_show(const char *path, struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

struct vg_certificate_issue_request {
    const char *claims_path;              /* JSON: ver, nam, dob, and v, t or r */
    const char *certificate_path, *key_path; /* of the signer, PEM */
    const char *issuer;                   /* country */
    int64_t issued, expires;              /* UNIX seconds */
    bool svg, png;                        /* as a QR code; neither: as text with a line feed */
};
vg_status vg_job_certificate_issue(const struct vg_certificate_issue_request *request, struct vg_arena *arena, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* A new signer's certificate appended to `certificate_pem`, its private key to `key_pem`. kinds: names with commas, NULL: all. */
vg_status vg_job_certificate_signer(const char *country, const char *name, const char *kinds, int64_t from, int64_t to, struct vg_buffer *certificate_pem, struct vg_buffer *key_pem,
                                    struct vg_error *error) VG_MUST_USE;
/* A signed list of what is trusted. key_path: 64 hexadecimal digits, or a passphrase (stretched with the node's name as salt). public_key: whose key it is, for those who read it. */
vg_status vg_job_certificate_trust(const struct vg_certificate_trust_files *trust, const char *node, int64_t issued, int64_t expires, const char *key_path, struct vg_arena *arena,
                                   struct vg_buffer *out, char public_key[VG_PUBLIC_KEY_TEXT], struct vg_error *error) VG_MUST_USE;

#endif
