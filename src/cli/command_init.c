/*
 * vigia init: makes a node.
 */
#include "cli/cli.h"
#include "jobs/example/example.h"

#include <string.h>

static const struct cli_option options[] = {
    {"example", 'e', NULL, "fill it with the shipped example: an exercise in invented countries, and historic outbreaks"},
    {"newest", 0, "DATE", "day up to which the exercise is released (default: yesterday)"},
    {"seed", 0, "NUMBER", "of the exercise (default: the shipped one's)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, NULL};

static vg_status load_example(const struct cli_arguments *arguments, const char *folder, struct vg_error *error)
{
    int32_t newest = vg_date_today() - 1;
    int64_t seed = 0; /* the shipped one's */
    const char *newest_text = cli_value(arguments, "newest");
    const char *seed_text = cli_value(arguments, "seed");
    if (newest_text != NULL && !vg_date_parse_iso(vg_text_from(newest_text), &newest)) {
        return vg_fail(error, VG_USAGE_ERROR, "--newest: \"%s\" is not a date; write it as 2021-02-05", newest_text);
    }
    if (seed_text != NULL && (!vg_parse_integer(vg_text_from(seed_text), &seed) || seed < 1 || seed > 4000000000000000)) {
        return vg_fail(error, VG_USAGE_ERROR, "--seed: \"%s\" is not a whole number from 1 to 4e15", seed_text);
    }
    struct vg_store *store = NULL;
    struct cli_progress progress;
    cli_progress_start(&progress);
    vg_status status = vg_store_open(folder, VG_STORE_WRITE, &store, error);
    if (status == VG_OK) {
        status = vg_job_load_example(store, newest, (uint64_t)seed, &progress.progress, error);
    }
    vg_store_close(store);
    cli_progress_end(&progress);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    const char *folder = arguments->n_operands == 1 ? arguments->operands[0] : cli_node_folder(arguments);
    vg_status status = VG_OK;
    if (arguments->n_operands > 1) {
        status = vg_fail(&error, VG_USAGE_ERROR, "one folder, not %zu", arguments->n_operands);
    }
    if (status == VG_OK) {
        status = vg_job_init(folder, &error);
    }
    if (status == VG_OK && cli_flag(arguments, "example")) {
        status = load_example(arguments, folder, &error);
    }
    if (status == VG_OK) {
        (void)printf("node made in %s\n", folder);
    }
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_init = {"init", "[FOLDER]", "make an empty node, or one with the example",
                                     "Makes a node in a folder that does not exist or is empty. A node is one folder: back it up with vigia backup.",
                                     "vigia init --example node", tables, run};
