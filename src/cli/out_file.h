/*
 * Private to cli: a file that is written beside its name, and takes it when all is there; NULL and - are standard output.
 */
#ifndef VG_CLI_OUT_FILE_H
#define VG_CLI_OUT_FILE_H

#include "core/core.h"

struct cli_out_file {
    struct vg_file_target target;
    char *part;
    FILE *file;
};
vg_status cli_out_open(struct cli_out_file *out, const char *path, struct vg_error *error);
/* For sinks: context is the file. */
vg_status cli_out_put(void *context, const void *data, size_t size, struct vg_error *error);
/* status: of what came before; a file that is not whole does not take the name: it stays as FILE.part, if there is anything in it. Nothing was opened: nothing happens. */
vg_status cli_out_close(struct cli_out_file *out, vg_status status, struct vg_error *error);

#endif
