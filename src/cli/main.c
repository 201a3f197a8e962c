/*
 * vigia: the program. Finds the verb, parses its options by its tables, and runs it. Only here does the process exit.
 */
#include "cli/cli.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>

const struct cli_command *const cli_commands[] = {&cli_init,   &cli_import, &cli_check,    &cli_status, &cli_series,  &cli_nowcast, &cli_rt,
                                                  &cli_forecast, &cli_alarm, &cli_effectiveness, &cli_severity, &cli_score, &cli_simulate, &cli_exercise, &cli_exposure, &cli_certificate, &cli_chains, &cli_demand, &cli_align, &cli_genomes, &cli_lineages, &cli_tree, &cli_place, &cli_tracing, &cli_plan, &cli_stock, &cli_doses, &cli_bundle, &cli_serve, &cli_backup, &cli_restore, &cli_bench, &cli_help, NULL};

static int run_command(const struct cli_command *command, int argc, char **argv)
{
    struct vg_error error = {0};
    struct cli_arguments arguments;
    vg_status status = cli_parse(command, argc, argv, &arguments, &error);
    if (status != VG_OK) {
        return cli_end(&arguments, status, &error);
    }
    if (cli_flag(&arguments, "help")) {
        cli_print_usage(command, stdout);
        return 0;
    }
    return command->run(&arguments);
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        (void)fputs("vigia: the system gives no random bytes\n", stderr);
        return 3;
    }
    if (argc < 2) {
        cli_print_overview(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_print_overview(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("vigia " VG_VERSION);
        return 0;
    }
    const struct cli_command *command = cli_find_command(argv[1]);
    if (command == NULL) {
        (void)fprintf(stderr, "vigia: there is no command %s; vigia --help lists them\n", argv[1]);
        return 2;
    }
    return run_command(command, argc - 2, argv + 2);
}
