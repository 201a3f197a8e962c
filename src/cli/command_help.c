/*
 * vigia help: the overview, one command, man pages and shell completion, all from the option tables.
 */
#include "cli/cli.h"

#include <string.h>

static const struct cli_option options[] = {
    {"man", 0, NULL, "the command's manual page in troff"},
    {"completion", 0, NULL, "completion of commands and options for bash"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, NULL};

const struct cli_command *cli_find_command(const char *name)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

void cli_print_overview(FILE *out)
{
    (void)fputs("vigia " VG_VERSION ": pandemic intelligence on your own machine\n\n"
                "Usage: vigia COMMAND [options] [FILE ...]\n\n"
                "Commands:\n",
                out);
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        (void)fprintf(out, "  %-13s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    }
    (void)fputs("\nvigia COMMAND --help tells more, with an example.\n"
                "Exit codes: 0 done, 1 the data did not allow it, 2 wrong use, 3 the system failed.\n",
                out);
}

/* In troff a line must not begin with a point, and a hyphen is written so that it can be copied. */
static void print_troff(const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) {
            (void)fputs("\\&", stdout);
        }
        if (*text == '-') {
            (void)fputs("\\-", stdout);
        } else if (*text == '\\') {
            (void)fputs("\\e", stdout);
        } else {
            (void)fputc(*text, stdout);
        }
        line_start = *text == '\n';
    }
}

static void print_man(const struct cli_command *command)
{
    (void)printf(".TH VIGIA-%s 1 \"\" \"vigia %s\" \"Vig\\('ia\"\n.SH NAME\nvigia\\-%s \\- ", command->name, VG_VERSION, command->name);
    print_troff(command->summary);
    (void)printf("\n.SH SYNOPSIS\n.B vigia %s\n[options] ", command->name);
    print_troff(command->operands);
    (void)fputs("\n.SH DESCRIPTION\n", stdout);
    print_troff(command->description);
    (void)fputs("\n.SH OPTIONS\n", stdout);
    for (size_t table = 0; command->option_tables[table] != NULL; table++) {
        for (const struct cli_option *option = command->option_tables[table]; option->name != NULL; option++) {
            (void)fputs(".TP\n.B ", stdout);
            if (option->letter != 0) {
                (void)printf("\\-%c, ", option->letter);
            }
            (void)fputs("\\-\\-", stdout);
            print_troff(option->name);
            (void)printf(" %s\n", option->argument == NULL ? "" : option->argument);
            print_troff(option->help);
            (void)fputc('\n', stdout);
        }
    }
    (void)fputs(".SH EXAMPLE\n.nf\n", stdout);
    print_troff(command->example);
    (void)fputs("\n.fi\n.SH EXIT STATUS\n0 done, 1 the data did not allow it, 2 wrong use, 3 the system failed.\n", stdout);
}

static void print_completion(void)
{
    (void)fputs("_vigia() {\n    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"", stdout);
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        (void)printf("%s%s", i == 0 ? "" : " ", cli_commands[i]->name);
    }
    (void)fputs("\"\n    else\n        case $verb in\n", stdout);
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        (void)printf("        %s) words=\"--help", cli_commands[i]->name);
        for (size_t table = 0; cli_commands[i]->option_tables[table] != NULL; table++) {
            for (const struct cli_option *option = cli_commands[i]->option_tables[table]; option->name != NULL; option++) {
                (void)printf(" --%s", option->name);
            }
        }
        (void)fputs("\" ;;\n", stdout);
    }
    (void)fputs("        esac\n    fi\n    case $word in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
                "    *) if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); else COMPREPLY=($(compgen -f -- \"$word\")); fi ;;\n"
                "    esac\n}\ncomplete -F _vigia vigia\n",
                stdout);
}

static int run(const struct cli_arguments *arguments)
{
    if (cli_flag(arguments, "completion")) {
        print_completion();
        return 0;
    }
    if (arguments->n_operands == 0) {
        cli_print_overview(stdout);
        return 0;
    }
    const struct cli_command *command = cli_find_command(arguments->operands[0]);
    if (command == NULL) {
        (void)fprintf(stderr, "vigia help: there is no command %s\n", arguments->operands[0]);
        return 2;
    }
    if (cli_flag(arguments, "man")) {
        print_man(command);
    } else {
        cli_print_usage(command, stdout);
    }
    return 0;
}

const struct cli_command cli_help = {"help", "[COMMAND]", "explain a command", "Prints the commands, or one of them with its options.", "vigia help import", tables, run};
