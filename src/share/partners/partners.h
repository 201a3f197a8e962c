/*
 * share/partners: who a node is to others, and whose signatures it takes. A node's folder has share/key (its own secret, read by its owner alone) and share/partners.csv (node, key: 64 hexadecimal
 * digits of an Ed25519 public key, self), which people may read, send each other and check by telephone. Beside them share/number is the number of the newest bundle that the node gave out, and
 * share/received.csv (node, type, number, issued, digest) the newest that it took from each partner, so that an older one is known for what it is.
 */
#ifndef VG_SHARE_PARTNERS_H
#define VG_SHARE_PARTNERS_H

#include "intake/intake.h"

struct vg_partner {
    const char *node;
    char key[VG_PUBLIC_KEY_TEXT];
    bool self;
};
struct vg_partners { struct vg_partner *rows; size_t n; };

#define VG_NODE_NAME_BYTES 33
/* 1 to 32 letters, digits, - and _, as CO or BR-SP: what stands before the / in the names of its places. */
bool vg_node_name_is_good(struct vg_text name);

/* A file with columns node and key. VG_DATA_ERROR with file, line and column. Two keys of one node are both taken: the old and the new one. */
vg_status vg_partners_read(const char *path, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error) VG_MUST_USE;
/* A node's own list; n 0 where it has none yet. */
vg_status vg_partners_of(const char *folder, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error) VG_MUST_USE;
/* One more, or (key NULL) all keys of that node gone. VG_NOT_FOUND: there was none. VG_USAGE_ERROR: the name, or the key, is the node's own; that one stays. */
vg_status vg_partners_put(const char *folder, const char *node, const char *key, struct vg_error *error) VG_MUST_USE;

/* A key of the node's own, and its name among the partners. VG_USAGE_ERROR: it has one, or a partner is called so. A key without a name, as of a call that was stopped, gets this one. */
vg_status vg_node_key_make(const char *folder, const char *node, char public_key[VG_PUBLIC_KEY_TEXT], struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND: none was made. *node in the arena. */
vg_status vg_node_key(const char *folder, struct vg_arena *arena, struct vg_seal_key *key, const char **node, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------ numbers of bundles (numbers.c) */

/* The number of the node's next bundle: one more than the last, or, with at_least above 0, that one. It is given away, whatever becomes of the bundle. VG_USAGE_ERROR: at_least was given away before. */
vg_status vg_node_number_take(const char *folder, int64_t at_least, int64_t *number, struct vg_error *error) VG_MUST_USE;

/* What tells one bundle from another: its number (0: it has none), when it was issued (UNIX seconds), SHA-256 of its header. */
struct vg_bundle_mark {
    const char *node, *type;
    int64_t number, issued;
    char digest[65];
};
enum vg_bundle_order {
    VG_BUNDLE_NEWER,       /* than all that were taken from this node; of the first one, too */
    VG_BUNDLE_SAME,        /* the newest that was taken */
    VG_BUNDLE_OLDER,       /* by its number, or by when it was issued */
    VG_BUNDLE_SAME_NUMBER, /* another one of the same number */
};
/* How it stands to the newest that was taken from its node (*newest; all 0: none was). *missed: numbers between the two. */
vg_status vg_received_order(const char *folder, const struct vg_bundle_mark *mark, struct vg_arena *arena, enum vg_bundle_order *order, struct vg_bundle_mark *newest, int64_t *missed,
                            struct vg_error *error) VG_MUST_USE;
/* They were taken: what is newer than what stands there takes its place. */
vg_status vg_received_keep(const char *folder, const struct vg_bundle_mark *marks, size_t n, struct vg_error *error) VG_MUST_USE;

#endif
