/*
 * Output that is streamed: a file under another name until it is whole.
 */
#include "cli/out_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

vg_status cli_out_open(struct cli_out_file *out, const char *path, struct vg_error *error)
{
    *out = (struct cli_out_file){.file = NULL};
    if (path == NULL || strcmp(path, "-") == 0) {
        out->file = stdout;
        return VG_OK;
    }
    vg_status status = vg_file_find_target(path, &out->target, error);
    if (status != VG_OK) {
        return status;
    }
    if (out->target.through) {
        int descriptor = vg_file_open_through(&out->target);
        out->file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
        return out->file != NULL ? VG_OK : vg_fail_errno(error, errno, "%s cannot be written", path);
    }
    size_t size = strlen(out->target.path) + 6;
    out->part = malloc(size);
    if (out->part == NULL) {
        return vg_fail_memory(error, size);
    }
    (void)snprintf(out->part, size, "%s.part", out->target.path);
    out->file = fopen(out->part, "wb");
    return out->file != NULL ? VG_OK : vg_fail_errno(error, errno, "%s cannot be written", path);
}

static vg_status fail_writing(const struct cli_out_file *out, struct vg_error *error)
{
    return vg_fail_errno(error, errno, "%s cannot be written", out->file == stdout ? "standard output" : out->target.path);
}

vg_status cli_out_put(void *context, const void *data, size_t size, struct vg_error *error)
{
    struct cli_out_file *out = context;
    return fwrite(data, 1, size, out->file) == size ? VG_OK : fail_writing(out, error);
}

vg_status cli_out_close(struct cli_out_file *out, vg_status status, struct vg_error *error)
{
    if (out->file != NULL) {
        bool empty = out->part != NULL && ftell(out->file) <= 0;
        int failed = out->file == stdout ? fflush(stdout) : fclose(out->file);
        if (failed != 0 && status == VG_OK) {
            status = fail_writing(out, error);
        }
        if (out->part != NULL && status == VG_OK && rename(out->part, out->target.path) != 0) {
            status = fail_writing(out, error);
        } else if (out->part != NULL && status != VG_OK && empty) {
            (void)remove(out->part);
        } else if (out->part != NULL && status != VG_OK) {
            (void)fprintf(stderr, "vigia: what was done until then is in %s\n", out->part);
        }
    }
    free(out->part);
    *out = (struct cli_out_file){.file = NULL};
    return status;
}
