/*
 * The window of UTF-8 text that the row parser sees. Valid UTF-8 in memory is its own window: nothing is copied. Anything else
 * (compressed, another encoding, damaged) goes through a transcoder into a buffer that moves over the text, a MiB at a time.
 */
#include "intake/reader.h"

#include <string.h>

#define JUDGE_BYTES ((size_t)4 << 20) /* of a compressed text, enough to tell its encoding */
#define READ_BYTES ((size_t)256 << 10)
#define STEP_BYTES ((size_t)1 << 20)

/* Reads until raw holds `wanted` bytes or the source ends. */
static vg_status read_raw(struct vg_window *window, size_t wanted, struct vg_error *error)
{
    /* Of a small text in memory no more is asked for than there is. */
    size_t step = window->compression == VG_COMPRESSION_NONE && window->data_size < READ_BYTES ? window->data_size + 1 : READ_BYTES;
    while (window->raw.size < wanted && !window->source_ended) {
        if (!vg_buffer_reserve(&window->raw, step)) {
            return vg_fail_memory(error, step);
        }
        size_t got = 0;
        vg_status status = vg_source_read(window->source, window->raw.data + window->raw.size, step, &got, error);
        if (status != VG_OK) {
            return status;
        }
        window->raw.size += got;
        window->source_ended = got == 0;
    }
    return VG_OK;
}

static void take_raw(struct vg_window *window, size_t used)
{
    if (used > 0) {
        memmove(window->raw.data, window->raw.data + used, window->raw.size - used);
        window->raw.size -= used;
    }
}

static vg_status open_source(struct vg_window *window, struct vg_error *error)
{
    vg_source_close(window->source);
    window->source = NULL;
    window->source_ended = false;
    window->complete = false;
    vg_buffer_clear(&window->raw);
    vg_buffer_clear(&window->converted);
    window->text = "";
    window->size = 0;
    return vg_source_open(window->name, window->compression, window->data, window->data_size, window->limit_bytes,
                          &window->source, error);
}

static void start_transcoder(struct vg_window *window)
{
    window->transcoder = (struct vg_transcoder){
        .encoding = window->guess.encoding,
        .wanted = window->wanted != VG_ENCODING_AUTO,
        /* The whole text or its first part was found to be (mostly) UTF-8; ASCII alone proves nothing. */
        .seen_multibyte = window->guess.encoding == VG_ENCODING_UTF8 && (!window->guess.valid || window->guess.mark_bytes > 0),
    };
}

vg_status vg_window_more(struct vg_window *window, size_t used, struct vg_error *error)
{
    struct vg_buffer *out = &window->converted;
    VG_ASSERT(used <= window->size);
    if (window->complete) {
        return VG_OK;
    }
    if (used > 0) {
        memmove(out->data, out->data + used, out->size - used);
        out->size -= used;
    }
    size_t aim = out->size + STEP_BYTES;
    vg_status status = VG_OK;
    while (out->size < aim && !window->complete) {
        size_t wanted = window->raw.size + 1; /* what is left over from before did not suffice */
        status = read_raw(window, wanted, error);
        if (status != VG_OK) {
            break;
        }
        size_t taken = vg_transcode(&window->transcoder, window->raw.data, window->raw.size, window->source_ended, out);
        if (out->failed) {
            status = vg_fail_memory(error, window->raw.size);
            break;
        }
        take_raw(window, taken);
        window->complete = window->source_ended && window->raw.size == 0;
    }
    /* An error after some text waits until that text was read: it will come again. */
    bool added = out->size > window->size - used;
    window->text = out->size == 0 ? "" : out->data;
    window->size = out->size;
    return added && status != VG_SYSTEM_ERROR ? VG_OK : status;
}

static vg_status open_compressed(struct vg_window *window, struct vg_error *error)
{
    vg_status status = open_source(window, error);
    if (status == VG_OK) {
        status = read_raw(window, JUDGE_BYTES, error);
        if (status != VG_OK && window->raw.size > 0 && status != VG_SYSTEM_ERROR) {
            status = VG_OK; /* it will come again, after the rows before it */
        }
    }
    if (status != VG_OK) {
        return status;
    }
    const char *head = window->raw.size == 0 ? "" : window->raw.data;
    status = vg_reader_check_text(window->name, head, window->raw.size, error);
    if (status == VG_OK && window->raw.size >= 4 && memcmp(head, "PK\x03\x04", 4) == 0) {
        status = vg_fail(error, VG_DATA_ERROR,
                         "%s is a ZIP or XLSX file that was compressed once more; unpack it once and import what comes out",
                         window->name);
    }
    if (status != VG_OK) {
        return status;
    }
    window->guess = vg_encoding_judge(head, window->raw.size, window->source_ended, window->wanted);
    take_raw(window, window->guess.mark_bytes);
    start_transcoder(window);
    return VG_OK;
}

vg_status vg_window_open(struct vg_window *window, const char *name, const char *data, size_t size,
                         enum vg_intake_compression compression, enum vg_intake_encoding wanted, uint64_t limit_bytes,
                         struct vg_error *error)
{
    *window = (struct vg_window){.text = "",
                                 .name = name,
                                 .data = data,
                                 .data_size = size,
                                 .compression = compression,
                                 .wanted = wanted,
                                 .limit_bytes = limit_bytes};
    vg_buffer_init(&window->raw, 0);
    vg_buffer_init(&window->converted, 0);
    vg_status status = VG_OK;
    if (compression != VG_COMPRESSION_NONE) {
        status = open_compressed(window, error);
    } else if (limit_bytes != 0 && size > limit_bytes) {
        status = vg_fail(error, VG_LIMIT_EXCEEDED, "%s has %zu bytes, more than the %llu allowed", name, size,
                         (unsigned long long)limit_bytes);
    } else {
        window->guess = vg_encoding_judge(data, size, true, wanted);
        window->data += window->guess.mark_bytes;
        window->data_size -= window->guess.mark_bytes;
        start_transcoder(window);
        if (window->guess.encoding == VG_ENCODING_UTF8 && window->guess.valid) {
            window->text = window->data;
            window->size = window->data_size;
            window->complete = true;
        } else {
            status = open_source(window, error);
        }
    }
    if (status != VG_OK) {
        vg_window_close(window);
    }
    return status;
}

vg_status vg_window_rewind(struct vg_window *window, struct vg_error *error)
{
    if (window->source == NULL) {
        return VG_OK;
    }
    vg_status status = open_source(window, error);
    if (status == VG_OK && window->compression != VG_COMPRESSION_NONE) {
        status = read_raw(window, window->guess.mark_bytes, error);
        if (status == VG_OK) {
            take_raw(window, window->guess.mark_bytes);
        }
    }
    start_transcoder(window);
    return status;
}

void vg_window_close(struct vg_window *window)
{
    vg_source_close(window->source);
    window->source = NULL;
    vg_buffer_release(&window->raw);
    vg_buffer_release(&window->converted);
}
