/*
 * share/bundle: files that one node signs and others verify, whatever carried them: a cable, a stick, e-mail (docs/bundles.md).
 *
 *     "VGB1"                                              4 bytes
 *     size of the header, little-endian, at most 65,536   4
 *     header: deterministic CBOR (RFC 8949, 4.2.1)
 *     Ed25519 over "vigia-bundle-1" 0 SHA-256(header)     64
 *     body: one zstd frame of a CBOR map of names to bytes
 *
 * The header is a map: v 1; type; node (who issues it); kid (first 8 bytes of SHA-256 of its public key); t (issued, microseconds UTC); per (first and last day that it is about); schema (name and
 * version of what is in it); seq (its number among the node's bundles; none in those of earlier versions); body {len, zlen, sha256 (of the frame)}; terms {expires (seconds UTC), purpose}. What else a header says is signed with it and passed over.
 *
 * A reader of outside bytes: nothing of the body is unpacked before signature and hash hold.
 */
#ifndef VG_SHARE_BUNDLE_H
#define VG_SHARE_BUNDLE_H

#include "share/partners/partners.h"

#define VG_BUNDLE_BODY_MAX ((size_t)256 << 20)  /* unpacked */
#define VG_BUNDLE_FILES_MAX 64

struct vg_bundle_file { const char *name; struct vg_text bytes; };
struct vg_bundle {
    const char *type, *schema, *node, *purpose;
    int64_t version;              /* of the schema */
    int64_t issued, expires;      /* UNIX seconds */
    int32_t from, to;             /* days that it is about */
    int64_t number;               /* among the bundles of its node; 0: it has none */
    char digest[65];              /* read: SHA-256 of the header, in hexadecimal digits */
    struct vg_bundle_file *files;
    size_t n_files;
};
/* Appended to out, signed. VG_USAGE_ERROR: it expires before it is issued, ends before it begins, or is larger than a bundle may be. */
vg_status vg_bundle_write(const struct vg_bundle *bundle, const struct vg_seal_key *key, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* What tells it from others: see share/partners. */
struct vg_bundle_mark vg_bundle_mark_of(const struct vg_bundle *bundle);
/* Whether bytes begin as a bundle does. */
bool vg_bundle_is(struct vg_text bytes);
/*
 * What a partner signed, in the arena. name: for messages. VG_DATA_ERROR names the file and the field: it is no bundle, nobody who is known signed it, a byte was changed, it expired before
 * `now` (UNIX seconds) or was issued more than a day after it.
 */
vg_status vg_bundle_read(const char *name, struct vg_text bytes, const struct vg_partners *partners, int64_t now, struct vg_arena *arena, struct vg_bundle *bundle, struct vg_error *error) VG_MUST_USE;
/* The file of that name; size 0 and data NULL: there is none. */
struct vg_text vg_bundle_file(const struct vg_bundle *bundle, const char *name);

#endif
