/*
 * Files opened as streams of bytes; what is compressed goes through the readers' own source.
 */
#include "intake/bytes/bytes.h"

#include "intake/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct vg_bytes {
    const char *path;
    int descriptor;              /* -1: closed */
    char *head;
    size_t head_size, head_used;
    struct vg_source *source;    /* of what is compressed */
    struct vg_file_map map;      /* what it reads from: a file, */
    bool mapped;
    struct vg_buffer held;       /* or what came through a pipe */
};

static vg_status read_some(struct vg_bytes *bytes, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    while (true) {
        ssize_t n = read(bytes->descriptor, out, capacity);
        if (n >= 0) {
            *got = (size_t)n;
            return VG_OK;
        }
        if (errno != EINTR) {
            *got = 0;
            return vg_fail_errno(error, errno, "%s cannot be read", bytes->path);
        }
    }
}

static vg_status fill_head(struct vg_bytes *bytes, struct vg_error *error)
{
    size_t got = 1;
    vg_status status = VG_OK;
    while (status == VG_OK && got > 0 && bytes->head_size < VG_BYTES_HEAD) {
        status = read_some(bytes, bytes->head + bytes->head_size, VG_BYTES_HEAD - bytes->head_size, &got, error);
        bytes->head_size += got;
    }
    return status;
}

/* All of a compressed file or pipe where the source can have it. Standard input has no path to be mapped by, even where it is a file. */
static vg_status open_source(struct vg_bytes *bytes, enum vg_intake_compression compression, struct vg_error *error)
{
    if (strcmp(bytes->path, "-") != 0 && lseek(bytes->descriptor, 0, SEEK_CUR) >= 0) {
        vg_status status = vg_file_map_open(bytes->path, &bytes->map, error);
        bytes->mapped = status == VG_OK;
        return status != VG_OK ? status : vg_source_open(bytes->path, compression, bytes->map.data, bytes->map.size, 0, &bytes->source, error);
    }
    vg_buffer_append(&bytes->held, bytes->head, bytes->head_size);
    vg_status status = VG_OK;
    for (size_t got = 1; status == VG_OK && got > 0; bytes->held.size += got) {
        got = 0;
        status = vg_buffer_reserve(&bytes->held, 1 << 20) ? read_some(bytes, bytes->held.data + bytes->held.size, 1 << 20, &got, error) : vg_fail_memory(error, bytes->held.size);
    }
    return status != VG_OK ? status : vg_source_open(bytes->path, compression, bytes->held.data, bytes->held.size, 0, &bytes->source, error);
}

/* The head of what comes out, instead of that of the file. */
static vg_status refill_head(struct vg_bytes *bytes, struct vg_error *error)
{
    size_t got = 1;
    vg_status status = VG_OK;
    bytes->head_size = 0;
    while (status == VG_OK && got > 0 && bytes->head_size < VG_BYTES_HEAD) {
        status = vg_source_read(bytes->source, bytes->head + bytes->head_size, VG_BYTES_HEAD - bytes->head_size, &got, error);
        bytes->head_size += status == VG_OK ? got : 0;
    }
    return status;
}

vg_status vg_bytes_open(const char *path, struct vg_bytes **out, struct vg_error *error)
{
    struct vg_bytes *bytes = calloc(1, sizeof *bytes);
    *out = NULL;
    if (bytes == NULL || (bytes->head = malloc(VG_BYTES_HEAD)) == NULL) {
        free(bytes);
        return vg_fail_memory(error, VG_BYTES_HEAD);
    }
    vg_buffer_init(&bytes->held, 0);
    bytes->path = path;
    bytes->descriptor = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    vg_status status = bytes->descriptor < 0 ? vg_fail_errno(error, errno, "%s cannot be opened", path) : fill_head(bytes, error);
    if (status == VG_OK && bytes->head_size >= 4) {
        bool gzip = memcmp(bytes->head, "\x1f\x8b", 2) == 0, zstd = memcmp(bytes->head, "\x28\xb5\x2f\xfd", 4) == 0;
        if (gzip || zstd) {
            status = open_source(bytes, gzip ? VG_COMPRESSION_GZIP : VG_COMPRESSION_ZSTD, error);
            status = status == VG_OK ? refill_head(bytes, error) : status;
        }
    }
    if (status != VG_OK) {
        vg_bytes_close(bytes);
        return status;
    }
    *out = bytes;
    return VG_OK;
}

struct vg_text vg_bytes_head(const struct vg_bytes *bytes)
{
    return vg_text_of(bytes->head, bytes->head_size);
}

bool vg_bytes_compressed(const struct vg_bytes *bytes)
{
    return bytes->source != NULL;
}

vg_status vg_bytes_read(void *context, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    struct vg_bytes *bytes = context;
    if (bytes->head_used < bytes->head_size) {
        *got = bytes->head_size - bytes->head_used < capacity ? bytes->head_size - bytes->head_used : capacity;
        memcpy(out, bytes->head + bytes->head_used, *got);
        bytes->head_used += *got;
        return VG_OK;
    }
    return bytes->source != NULL ? vg_source_read(bytes->source, out, capacity, got, error) : read_some(bytes, out, capacity, got, error);
}

void vg_bytes_close(struct vg_bytes *bytes)
{
    if (bytes == NULL) {
        return;
    }
    if (bytes->source != NULL) {
        vg_source_close(bytes->source);
    }
    if (bytes->mapped) {
        vg_file_map_close(&bytes->map);
    }
    if (bytes->descriptor >= 0) {
        (void)close(bytes->descriptor);
    }
    vg_buffer_release(&bytes->held);
    free(bytes->head);
    free(bytes);
}
