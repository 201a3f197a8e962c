/*
 * A file's bytes as a stream: as they are, or out of gzip or zstd, whichever the first bytes say. "-" is standard input. A plain file or pipe is read as it comes, in the
 * memory that the caller gives; a compressed pipe is held in memory as it is.
 */
#ifndef VG_BYTES_H
#define VG_BYTES_H

#include "intake/intake.h"

#define VG_BYTES_HEAD ((size_t)1 << 16)

struct vg_bytes;
vg_status vg_bytes_open(const char *path, struct vg_bytes **bytes, struct vg_error *error) VG_MUST_USE;
/* The first bytes (at most VG_BYTES_HEAD), which are read again. Valid until the first read. */
struct vg_text vg_bytes_head(const struct vg_bytes *bytes);
bool vg_bytes_compressed(const struct vg_bytes *bytes);
/* Up to capacity bytes; *got 0 at the end. context is the struct vg_bytes, so that it serves as a reader's source. */
vg_status vg_bytes_read(void *context, char *out, size_t capacity, size_t *got, struct vg_error *error);
void vg_bytes_close(struct vg_bytes *bytes); /* NULL is allowed */

#endif
