/*
 * Parsing by table: long options (--name value, --name=value, unambiguous beginnings), letters, operands, and the help text.
 */
#include "cli/cli.h"

#include <string.h>

const struct cli_option cli_node_options[] = {
    {"node", 'n', "FOLDER", "the node to work on (default: $VIGIA_NODE, else ./node)"},
    {NULL, 0, NULL, NULL},
};

const struct cli_option cli_request_options[] = {
    {"dataset", 'd', "NAME", "which dataset (default: the first; see vigia status)"},
    {"measure", 'm', "NAME", "what is counted and by which date, such as cases_onset or deaths_report"},
    {"place", 'p', "CODE", "a place and everything below it, such as CO or CO-ANT (default: all)"},
    {"group", 'g', "GROUP", "such as age:60-79, sex:female, class:confirmed, category:influenza"},
    {"as-of", 'a', "DATE", "what was known at the end of that day (default: all that is known)"},
    {"from", 0, "DATE", "first day"},
    {"to", 0, "DATE", "last day"},
    {"step", 's', "day|week", "width of a step (default: the dataset's own)"},
    {"seed", 0, "NUMBER", "seed of the draws (default: 20210205)"},
    {NULL, 0, NULL, NULL},
};

const struct cli_option cli_intake_options[] = {
    {"profile", 'P', "NAME", "how to read the file (default: found by its headings; vigia import --list-profiles)"},
    {"map", 0, "FIELD=HEADING", "reads FIELD from the column HEADING, over the profile; may be repeated"},
    {"date-order", 0, "ymd|dmy|mdy", "order of day and month where the file leaves it open"},
    {"century", 0, "1900|2000", "century of two-digit years, which are never guessed"},
    {"encoding", 0, "NAME", "utf-8, utf-16le, utf-16be or cp1252 (default: found out)"},
    {"delimiter", 0, "CHARACTER", "between cells: , ; | or tab (default: found out)"},
    {"sheet", 0, "NAME", "sheet of a workbook, by name or number (default: the first with data)"},
    {"header-row", 0, "NUMBER", "row of the headings, from 1 (default: found out)"},
    {"country", 'c', "CODE", "ISO code of the country whose places the file names"},
    {"disease", 0, "NAME", "such as covid19, dengue, influenza"},
    {"published", 0, "DATE", "the day on which this version of the data was published"},
    {NULL, 0, NULL, NULL},
};

const struct cli_option cli_output_options[] = {
    {"format", 'f', "NAME", "csv, json, arrow, xlsx or text"},
    {"json", 0, NULL, "short for --format json"},
    {"output", 'o', "FILE", "write there, whole or not at all (default: standard output)"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option help_option = {"help", 'h', NULL, "this text"};

/* The next option over all tables of a command; start with table and row 0. NULL at the end. */
static const struct cli_option *next_option(const struct cli_command *command, size_t *table, size_t *row)
{
    while (command->option_tables != NULL && command->option_tables[*table] != NULL) {
        const struct cli_option *option = &command->option_tables[*table][*row];
        if (option->name != NULL) {
            (*row)++;
            return option;
        }
        (*table)++;
        *row = 0;
    }
    return NULL;
}

static vg_status find_long(const struct cli_command *command, const char *name, size_t length, const struct cli_option **found, struct vg_error *error)
{
    size_t table = 0;
    size_t row = 0;
    size_t candidates = 0;
    const struct cli_option *option = NULL;
    *found = NULL;
    if (length == 4 && memcmp(name, "help", 4) == 0) {
        *found = &help_option;
        return VG_OK;
    }
    while ((option = next_option(command, &table, &row)) != NULL) {
        if (strncmp(option->name, name, length) != 0) {
            continue;
        }
        *found = option;
        if (strlen(option->name) == length) {
            return VG_OK;
        }
        candidates++;
    }
    if (candidates == 1) {
        return VG_OK;
    }
    return vg_fail(error, VG_USAGE_ERROR, candidates == 0 ? "there is no option --%.*s; see vigia %s --help" : "--%.*s could be several options; see vigia %s --help",
                   (int)length, name, command->name);
}

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
    size_t table = 0;
    size_t row = 0;
    const struct cli_option *option = NULL;
    if (letter == 'h') {
        return &help_option;
    }
    while ((option = next_option(command, &table, &row)) != NULL) {
        if (option->letter == letter) {
            return option;
        }
    }
    return NULL;
}

static vg_status keep(struct cli_arguments *arguments, const struct cli_option *option, const char *value, struct vg_error *error)
{
    if (arguments->n_given == CLI_VALUES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "more than %d options were given", CLI_VALUES_MAX);
    }
    arguments->given[arguments->n_given] = option;
    arguments->values[arguments->n_given++] = value;
    return VG_OK;
}

/* Takes one option at argv[*i], with its value from the same or the next argument. */
static vg_status take_option(struct cli_arguments *arguments, int argc, char **argv, int *i, struct vg_error *error)
{
    const char *text = argv[*i];
    const struct cli_option *option = NULL;
    const char *value = NULL;
    if (text[1] == '-') {
        const char *equals = strchr(text, '=');
        size_t length = equals == NULL ? strlen(text + 2) : (size_t)(equals - text) - 2;
        vg_status status = find_long(arguments->command, text + 2, length, &option, error);
        if (status != VG_OK) {
            return status;
        }
        value = equals == NULL ? NULL : equals + 1;
    } else {
        option = find_letter(arguments->command, text[1]);
        if (option == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "there is no option -%c; see vigia %s --help", text[1], arguments->command->name);
        }
        value = text[2] == '\0' ? NULL : text + 2;
    }
    if (option->argument == NULL) {
        if (value != NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s takes no value", option->name);
        }
        return keep(arguments, option, "", error);
    }
    if (value == NULL) {
        if (*i + 1 >= argc) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s needs a value: %s", option->name, option->argument);
        }
        value = argv[++*i];
    }
    return keep(arguments, option, value, error);
}

vg_status cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_arguments *arguments, struct vg_error *error)
{
    *arguments = (struct cli_arguments){.command = command};
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            vg_status status = take_option(arguments, argc, argv, &i, error);
            if (status != VG_OK) {
                return status;
            }
        } else if (arguments->n_operands == sizeof arguments->operands / sizeof *arguments->operands) {
            return vg_fail(error, VG_USAGE_ERROR, "more than %zu files were given", arguments->n_operands);
        } else {
            arguments->operands[arguments->n_operands++] = argv[i];
        }
    }
    return VG_OK;
}

bool cli_flag(const struct cli_arguments *arguments, const char *name)
{
    return cli_value(arguments, name) != NULL;
}

size_t cli_find_verb(const struct cli_arguments *arguments, const void *verbs, size_t n, size_t bytes)
{
    for (size_t which = 0; which < n && arguments->n_operands > 0; which++) {
        const char *name;
        memcpy(&name, (const char *)verbs + which * bytes, sizeof name);
        if (strcmp(arguments->operands[0], name) == 0) {
            return which;
        }
    }
    return n;
}

const char *cli_value(const struct cli_arguments *arguments, const char *name)
{
    for (size_t i = arguments->n_given; i > 0; i--) {
        if (strcmp(arguments->given[i - 1]->name, name) == 0) {
            return arguments->values[i - 1];
        }
    }
    return NULL;
}

static void print_option(const struct cli_option *option, FILE *out)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter != 0) {
        (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->argument == NULL ? "" : " ", option->argument == NULL ? "" : option->argument);
    (void)fprintf(out, "  %-32s %s\n", left, option->help);
}

void cli_print_usage(const struct cli_command *command, FILE *out)
{
    (void)fprintf(out, "vigia %s: %s\n\nUsage: vigia %s [options]%s%s\n\n%s\n\nOptions:\n", command->name, command->summary, command->name,
                  command->operands[0] == '\0' ? "" : " ", command->operands, command->description);
    size_t table = 0;
    size_t row = 0;
    const struct cli_option *option = NULL;
    while ((option = next_option(command, &table, &row)) != NULL) {
        print_option(option, out);
    }
    print_option(&help_option, out);
    (void)fprintf(out, "\nExample:\n  %s\n", command->example);
}
