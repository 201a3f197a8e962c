/*
 * vigia backup and vigia restore: a consistent copy of a node while it is in use, and back.
 */
#include "cli/cli.h"

static const struct cli_option *const tables[] = {cli_node_options, NULL};

static int run_backup(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_store *store = NULL;
    struct cli_progress progress;
    cli_progress_start(&progress);
    vg_status status = arguments->n_operands == 1 ? VG_OK : vg_fail(&error, VG_USAGE_ERROR, "name the folder that the backup goes to");
    if (status == VG_OK) {
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, &error);
    }
    if (status == VG_OK) {
        status = vg_store_backup(store, arguments->operands[0], &progress.progress, &error);
    }
    vg_store_close(store);
    cli_progress_end(&progress);
    if (status == VG_OK) {
        (void)printf("%s is saved in %s\n", cli_node_folder(arguments), arguments->operands[0]);
    }
    return cli_end(arguments, status, &error);
}

static int run_restore(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    vg_status status = arguments->n_operands == 1 ? VG_OK : vg_fail(&error, VG_USAGE_ERROR, "name the folder that the backup is in");
    if (status == VG_OK) {
        status = vg_store_restore(arguments->operands[0], cli_node_folder(arguments), &error);
    }
    if (status == VG_OK) {
        (void)printf("%s is as in %s; the former node is kept beside it with the ending .before-restore\n", cli_node_folder(arguments), arguments->operands[0]);
    }
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_backup = {"backup", "FOLDER", "copy a node, also while it is in use",
                                       "Writes a consistent copy of the node to a folder that does not exist or is empty. The copy is a node itself.",
                                       "vigia backup --node node node-backup", tables, run_backup};
const struct cli_command cli_restore = {"restore", "FOLDER", "put a backup in the place of the node",
                                        "Replaces the node by the backup in FOLDER. Stop vigia serve first. The former node stays beside it.",
                                        "vigia restore --node node node-backup", tables, run_restore};
