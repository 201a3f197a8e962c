/*
 * Sequences aligned before they are placed. The tree's own reference reaches the aligner as a file in memory.
 */
#include "jobs/place/internal.h"

#include "jobs/genome/genome.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static vg_status append(void *context, const void *data, size_t size, struct vg_error *error)
{
    struct vg_buffer *buffer = context;
    vg_buffer_append(buffer, data, size);
    return buffer->failed ? vg_fail_memory(error, buffer->size + size) : VG_OK;
}

/* The reference of the tree as FASTA behind a path; *descriptor is to be closed. */
static vg_status put_reference(const struct vg_tree *tree, int *descriptor, char path[64], struct vg_error *error)
{
    struct vg_buffer text;
    if (memchr(tree->reference, 'N', tree->length) != NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "the tree's file does not tell the whole of its reference, to which sequences are aligned: give it with --reference FILE or --dataset FOLDER");
    }
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, ">reference\n");
    vg_buffer_append(&text, tree->reference, tree->length);
    vg_buffer_char(&text, '\n');
    *descriptor = memfd_create("reference", MFD_CLOEXEC);
    size_t written = 0;
    while (*descriptor >= 0 && !text.failed && written < text.size) {
        ssize_t n = write(*descriptor, text.data + written, text.size - written);
        if (n < 0 && errno != EINTR) {
            break;
        }
        written += n > 0 ? (size_t)n : 0;
    }
    bool whole = *descriptor >= 0 && written == text.size;
    vg_buffer_release(&text);
    (void)snprintf(path, 64, "/proc/self/fd/%d", *descriptor);
    return whole ? VG_OK : vg_fail_errno(error, errno, "the tree's reference cannot be kept in memory");
}

vg_status place_align(const struct vg_place_request *request, const struct vg_tree *tree, const char *path, const struct vg_progress *progress, struct vg_arena *arena,
                      struct vg_buffer *maple, struct vg_buffer *rows, struct vg_error *error)
{
    struct vg_align_request align;
    struct vg_align_summary summary;
    char reference[64];
    int descriptor = -1;
    vg_status status = VG_OK;
    vg_align_request_init(&align);
    align.paths = &path;
    align.n_paths = 1;
    align.threads = request->threads;
    align.data_set = request->data_set;
    align.reference = request->data_set == NULL ? request->reference : NULL;
    align.format = VG_ALIGN_TSV;
    align.table = (struct vg_align_sink){append, rows};
    align.maple = (struct vg_align_sink){append, maple};
    if (align.data_set == NULL && align.reference == NULL) {
        status = put_reference(tree, &descriptor, reference, error);
        align.reference = reference;
    }
    status = status == VG_OK ? vg_job_align(&align, progress, arena, &summary, error) : status;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return status;
}
