/*
 * Private to cli: the option tables from which parsing, --help, man pages and shell completion come, and what the commands
 * share: the node's folder, requests, output.
 */
#ifndef VG_CLI_H
#define VG_CLI_H

#include "jobs/jobs.h"

/* One option of a command. `argument` NULL: a flag. Options that may be given several times keep all their values. */
struct cli_option {
    const char *name;
    char letter;            /* 0: none */
    const char *argument;
    const char *help;
};

#define CLI_VALUES_MAX 64
/* What was given on the command line. */
struct cli_arguments {
    const struct cli_command *command;
    const char *values[CLI_VALUES_MAX];   /* in order of appearance */
    const struct cli_option *given[CLI_VALUES_MAX];
    size_t n_given;
    const char *operands[256];
    size_t n_operands;
};

/* A verb: its tables end with an entry whose name is NULL. */
struct cli_command {
    const char *name;
    const char *operands;                 /* "FILE ..." for the usage line */
    const char *summary;                  /* one line */
    const char *description;              /* a few sentences */
    const char *example;                  /* a line that runs */
    const struct cli_option *const *option_tables; /* NULL-terminated list of tables */
    int (*run)(const struct cli_arguments *arguments);
};
extern const struct cli_command *const cli_commands[]; /* ends with NULL */
extern const struct cli_command cli_init, cli_import, cli_check, cli_status, cli_nowcast, cli_rt, cli_forecast, cli_series, cli_serve, cli_backup,
    cli_restore, cli_score, cli_alarm, cli_effectiveness, cli_severity, cli_bench, cli_exercise, cli_simulate, cli_exposure, cli_certificate, cli_chains, cli_demand, cli_align, cli_genomes, cli_lineages, cli_tracing, cli_tree, cli_place, cli_plan, cli_stock, cli_doses, cli_bundle, cli_help;

/* Option tables that several commands share. */
extern const struct cli_option cli_node_options[];     /* --node */
extern const struct cli_option cli_request_options[];  /* --dataset --measure --place --group --as-of --from --to --step */
extern const struct cli_option cli_intake_options[];   /* --profile --date-order --encoding ... */
extern const struct cli_option cli_output_options[];   /* --format --output */

vg_status cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_arguments *arguments, struct vg_error *error);
const struct cli_command *cli_find_command(const char *name); /* NULL if there is none */
void cli_print_overview(FILE *out);
void cli_print_usage(const struct cli_command *command, FILE *out);
bool cli_flag(const struct cli_arguments *arguments, const char *name);
const char *cli_value(const struct cli_arguments *arguments, const char *name); /* the last one given, or NULL */

/* The node's folder: --node, else $VIGIA_NODE, else "node". */
const char *cli_node_folder(const struct cli_arguments *arguments);
/* Whether the command is to work on the operand file and not on a node. */
bool cli_is_filter(const struct cli_arguments *arguments);

/* Which of the n verbs the first operand is; n: none of them. verbs: structs of so many bytes whose first member is their name. */
size_t cli_find_verb(const struct cli_arguments *arguments, const void *verbs, size_t n, size_t bytes);
#define CLI_VERB(arguments, verbs) cli_find_verb(arguments, verbs, sizeof(verbs) / sizeof *(verbs), sizeof *(verbs))

vg_status cli_fill_request(const struct cli_arguments *arguments, struct vg_request *request, struct vg_error *error);
/* *number from the option, which must be within its bounds, or above 0; left alone where it is not given. */
vg_status cli_fill_integer(const struct cli_arguments *arguments, const char *name, int64_t low, int64_t high, int64_t *number, struct vg_error *error);
vg_status cli_fill_positive(const struct cli_arguments *arguments, const char *name, double *number, struct vg_error *error);
/* *seconds from the option: UNIX seconds, or a day (2020-05-20), or a time in UTC (2020-05-20T12:00:00Z); left alone where it is not given. */
vg_status cli_fill_time(const struct cli_arguments *arguments, const char *name, int64_t *seconds, struct vg_error *error);
/* All values of an option that may be given several times, at most n_most. */
vg_status cli_fill_list(const struct cli_arguments *arguments, const char *name, const char **values, size_t n_most, size_t *n_values, struct vg_error *error);
/* "; days of 12 samples, 3 of a month or a year alone, 1 not understood (line 7: "12.13.16")"; nothing where the table had none. */
struct vg_metadata_dates;
void cli_tell_dates(FILE *to, const struct vg_metadata_dates *dates);
vg_status cli_fill_date_order(const struct cli_arguments *arguments, enum vg_date_order *order, struct vg_error *error);
vg_status cli_fill_intake(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_intake_options *options, struct vg_error *error);

/* Writes the answer as --format says (or the default given: "csv", "text") to --output or standard output. */
vg_status cli_write_answer(const struct cli_arguments *arguments, struct vg_answer *answer, const char *default_format, struct vg_error *error);
/* The same of bytes that are no table. */
vg_status cli_write_bytes(const struct cli_arguments *arguments, const struct vg_buffer *bytes, struct vg_error *error);
/* Prints the error as "vigia COMMAND: sentence" and gives its exit code; 0 for VG_OK. */
int cli_end(const struct cli_arguments *arguments, vg_status status, const struct vg_error *error);
/* The same, after which the answer and its memory are released. */
int cli_end_answer(const struct cli_arguments *arguments, vg_status status, const struct vg_error *error, struct vg_answer *answer, struct vg_arena *arena);

/* A progress bar on standard error when that is a terminal and the work lasts over a second; NULL report otherwise. */
struct cli_progress { struct vg_progress progress; int64_t started_ms, shown_ms; bool shown; };
void cli_progress_start(struct cli_progress *progress);
void cli_progress_end(struct cli_progress *progress);

/* Runs one table job on the node or, where a file is given, as a filter. */
int cli_run_job(const struct cli_arguments *arguments, vg_job *job, enum vg_filter_kind filter, const char *default_format);
int cli_run_job_rt(const struct cli_arguments *arguments, const struct vg_rt_request *rt);
/* The same, with a screen of its own instead of a table. */
typedef void cli_print(const struct cli_arguments *arguments, const struct vg_answer *answer);
int cli_run_job_printed(const struct cli_arguments *arguments, vg_job *job, enum vg_filter_kind filter, cli_print *print);

#endif
