/*
 * vigia: the program. Finds the verb, parses its options by its tables, and runs it. Only here does the process exit.
 */
#include "cli/cli.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>

const struct cli_command *const cli_commands[] = {&cli_init,   &cli_import, &cli_check,    &cli_status, &cli_series,  &cli_nowcast, &cli_rt,
                                                  &cli_forecast, &cli_serve,  &cli_backup, &cli_restore, &cli_help, NULL};

static void print_overview(FILE *out)
{
    (void)fputs("vigia " VG_VERSION ": pandemic intelligence on your own machine\n\n"
                "Usage: vigia COMMAND [options] [FILE ...]\n\n"
                "Commands:\n",
                out);
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        (void)fprintf(out, "  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    }
    (void)fputs("\nvigia COMMAND --help tells more, with an example.\n"
                "Exit codes: 0 done, 1 the data did not allow it, 2 wrong use, 3 the system failed.\n",
                out);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

static int run_help(const struct cli_arguments *arguments)
{
    if (arguments->n_operands == 0) {
        print_overview(stdout);
        return 0;
    }
    const struct cli_command *command = find_command(arguments->operands[0]);
    if (command == NULL) {
        (void)fprintf(stderr, "vigia help: there is no command %s\n", arguments->operands[0]);
        return 2;
    }
    cli_print_usage(command, stdout);
    return 0;
}

static const struct cli_option *const help_tables[] = {NULL};
const struct cli_command cli_help = {"help", "[COMMAND]", "explain a command", "Prints the commands, or one of them with its options.", "vigia help import",
                                     help_tables, run_help};

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
        print_overview(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("vigia " VG_VERSION);
        return 0;
    }
    const struct cli_command *command = find_command(argv[1]);
    if (command == NULL) {
        (void)fprintf(stderr, "vigia: there is no command %s; vigia --help lists them\n", argv[1]);
        return 2;
    }
    return run_command(command, argc - 2, argv + 2);
}
