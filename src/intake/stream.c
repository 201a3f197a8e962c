/*
 * A file or a pipe as a stream of bytes, decompressed where it is compressed, whose first bytes can be looked at before they are read.
 */
#include "intake/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_BYTES 65536

struct vg_stream {
    struct vg_source *source;
    int descriptor;
    char head[HEAD_BYTES];
    size_t head_size, head_used;
};

vg_status vg_stream_open(const char *path, struct vg_stream **stream, struct vg_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    struct vg_stream *made = calloc(1, sizeof *made);
    *stream = NULL;
    if (made == NULL) {
        return vg_fail_memory(error, sizeof *made);
    }
    made->descriptor = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    vg_status status = VG_OK;
    if (!standard && made->descriptor < 0) {
        status = errno == ENOENT ? vg_fail(error, VG_NOT_FOUND, "%s is not there", path) : vg_fail_errno(error, errno, "%s cannot be opened", path);
    }
    if (status == VG_OK) {
        status = vg_source_open_pipe(path, standard ? STDIN_FILENO : made->descriptor, 0, &made->source, error);
    }
    if (status != VG_OK) {
        vg_stream_close(made);
        return status;
    }
    *stream = made;
    return VG_OK;
}

void vg_stream_close(struct vg_stream *stream)
{
    if (stream != NULL) {
        if (stream->source != NULL) {
            vg_source_close(stream->source);
        }
        if (stream->descriptor >= 0) {
            (void)close(stream->descriptor);
        }
        free(stream);
    }
}

vg_status vg_stream_peek(struct vg_stream *stream, struct vg_text *head, struct vg_error *error)
{
    size_t got = 1;
    vg_status status = VG_OK;
    while (status == VG_OK && got > 0 && stream->head_used == 0 && stream->head_size < HEAD_BYTES) {
        status = vg_source_read(stream->source, stream->head + stream->head_size, HEAD_BYTES - stream->head_size, &got, error);
        stream->head_size += status == VG_OK ? got : 0;
    }
    *head = vg_text_of(stream->head + stream->head_used, stream->head_size - stream->head_used);
    return status;
}

vg_status vg_stream_read(struct vg_stream *stream, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    size_t left = stream->head_size - stream->head_used;
    if (left > 0) {
        *got = left < capacity ? left : capacity;
        memcpy(out, stream->head + stream->head_used, *got);
        stream->head_used += *got;
        return VG_OK;
    }
    return vg_source_read(stream->source, out, capacity, got, error);
}
