/*
 * vigia import: a file into the node. Shows what was understood, asks before a guessed mapping is used, and writes the rejects.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"dataset", 'd', "NAME", "dataset that the file belongs to (default: the profile's name)"},
    {"dry-run", 0, NULL, "read, report, store nothing"},
    {"rejects", 0, "FILE", "where the rejected cells go as CSV (default: FILE.rejects.csv when there are any)"},
    {"accept-guess", 'y', NULL, "use a guessed mapping without asking"},
    {"show-plan", 0, NULL, "print how every column was understood"},
    {"title", 0, "TEXT", "title of the dataset"},
    {"note", 0, "TEXT", "a sentence about the dataset, shown beside it"},
    {"nature", 0, "real|simulated|historic", "what the data are (default: real)"},
    {"list-profiles", 0, NULL, "print the profiles there are"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_intake_options, cli_node_options, NULL};

static void print_plan(const struct vg_intake_plan *plan, FILE *out)
{
    (void)fprintf(out, "%s%s: %s\n", plan->guessed ? "guessed mapping, profile " : "profile ", plan->profile == NULL ? "?" : plan->profile,
                  plan->profile_title == NULL ? "" : plan->profile_title);
    static const char *const orders[] = {"", "year-month-day", "day-month-year", "month-day-year"};
    for (size_t i = 0; i < plan->n_columns; i++) {
        const struct vg_column_plan *column = &plan->columns[i];
        (void)fprintf(out, "  %-32.32s -> %-22s%s%s%s%s%s\n", column->heading, column->field, column->guessed ? " (guessed)" : "",
                      column->date_order == VG_DATE_ORDER_AUTO ? "" : " ", orders[column->date_order], column->evidence == NULL ? "" : "; ",
                      column->evidence == NULL ? "" : column->evidence);
    }
}

/* A guessed mapping is shown, and used only when a person says so. */
static bool confirm_guess(void *context, const struct vg_intake_result *read)
{
    const struct cli_arguments *arguments = context;
    if (!read->plan.guessed || cli_flag(arguments, "accept-guess")) {
        return true;
    }
    print_plan(&read->plan, stderr);
    if (!isatty(STDIN_FILENO)) {
        (void)fputs("repeat with --accept-guess to use this mapping, or correct it with --map FIELD=HEADING\n", stderr);
        return false;
    }
    (void)fputs("use this mapping? [y/N] ", stderr);
    char answer[16] = "";
    return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 's' || answer[0] == 'S' || answer[0] == 'o');
}

static vg_status list_profiles(const struct cli_arguments *arguments, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_profile_set *set = NULL;
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s/profiles", cli_node_folder(arguments));
    const char *folders[] = {folder};
    vg_arena_init(&arena, 0);
    vg_status status = vg_profile_set_load(folders, vg_file_exists(folder) ? 1 : 0, &arena, &set, error);
    for (size_t i = 0; status == VG_OK && i < vg_profile_set_count(set); i++) {
        struct vg_profile_facts facts;
        vg_profile_get_facts(vg_profile_set_at(set, i), &facts);
        (void)printf("%-26s %-7s %s\n", facts.name, vg_intake_kind_name(facts.kind), facts.title == NULL ? "" : facts.title);
    }
    vg_arena_release(&arena);
    return status;
}

static vg_status fill_nature(const char *name, enum vg_data_nature *nature, struct vg_error *error)
{
    for (int value = VG_NATURE_REAL; name != NULL && value <= VG_NATURE_HISTORIC; value++) {
        if (strcmp(name, vg_data_nature_name((enum vg_data_nature)value)) == 0) {
            *nature = (enum vg_data_nature)value;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "--nature is real, simulated or historic, not \"%s\"", name);
}

static void print_date(const char *before, int32_t date, const char *after)
{
    char text[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(date, text);
    (void)printf("%s%s%s", before, text, after);
}

static void print_outcome(const char *path, const struct vg_import_request *request, const struct vg_import_outcome *outcome)
{
    const struct vg_intake_result *read = &outcome->read;
    (void)printf("%s: %s, dataset %s\n", path, read->plan.profile_title == NULL ? read->plan.profile : read->plan.profile_title, outcome->dataset);
    (void)printf("  %llu rows read, %llu taken, %llu rejected, %llu left out by the profile\n", (unsigned long long)read->rows_read,
                 (unsigned long long)read->rows_taken, (unsigned long long)read->rows_rejected, (unsigned long long)read->rows_filtered);
    if (read->published != VG_DATE_NONE) {
        print_date("  as published on ", read->published, "");
        (void)printf(" (%s)\n", read->published_basis == NULL ? "" : read->published_basis);
    }
    for (size_t i = 0; i < read->n_notes; i++) {
        (void)printf("  note: %s\n", read->notes[i]);
    }
    if (request->dry_run) {
        (void)puts("  dry run: nothing was stored");
    } else if (outcome->stored.already_there) {
        (void)puts("  this file is in the node already: nothing was changed");
    } else if (read->kind == VG_INTAKE_CASES || read->kind == VG_INTAKE_COUNTS) {
        (void)printf("  stored: %llu new, %llu changed, %llu withdrawn, %llu unchanged\n", (unsigned long long)outcome->stored.rows_new,
                     (unsigned long long)outcome->stored.rows_changed, (unsigned long long)outcome->stored.rows_withdrawn,
                     (unsigned long long)outcome->stored.rows_unchanged);
    } else {
        (void)printf("  stored: %llu\n", (unsigned long long)outcome->stored.rows_new);
    }
    if (read->n_rejects > 0 && request->rejects_path != NULL) {
        (void)printf("  what was rejected, and why, is in %s\n", request->rejects_path);
    }
}

static vg_status import_one(const struct cli_arguments *arguments, struct vg_store *store, const char *path, const struct vg_import_request *common,
                            struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_import_outcome outcome = {0};
    struct vg_import_request request = *common;
    struct cli_progress progress;
    vg_arena_init(&arena, 0);
    cli_progress_start(&progress);
    request.path = path;
    request.intake.progress = &progress.progress;
    if (request.rejects_path == NULL) {
        const char *name = strcmp(path, "-") == 0 ? "standard-input" : path;
        request.rejects_path = vg_arena_format(&arena, "%s.rejects.csv", name);
    }
    vg_status status = vg_job_import(store, &request, &arena, &outcome, error);
    cli_progress_end(&progress);
    if (status == VG_OK && cli_flag(arguments, "show-plan")) {
        print_plan(&outcome.read.plan, stdout);
    }
    if (status == VG_OK) {
        print_outcome(path, &request, &outcome);
    } else if (status == VG_NEEDS_CHOICE && outcome.read.plan.n_columns > 0) {
        print_plan(&outcome.read.plan, stderr);
    }
    vg_arena_release(&arena);
    return status;
}

/* The files are in, whatever becomes of this: without it the first view is computed when it is asked for. */
static void refresh_products(struct vg_store *store)
{
    struct vg_error error = {0};
    struct cli_progress progress;
    cli_progress_start(&progress);
    vg_status status = vg_job_refresh_products(store, VG_DATE_NONE, &progress.progress, &error);
    cli_progress_end(&progress);
    if (status != VG_OK) {
        (void)fprintf(stderr, "note: the situation was not computed in advance: %s\n", error.message);
    }
}

static vg_status import_all(const struct cli_arguments *arguments, const struct vg_import_request *request, struct vg_error *error)
{
    struct vg_store *store = NULL;
    size_t n_taken = 0;
    vg_status status = vg_store_open(cli_node_folder(arguments), request->dry_run ? VG_STORE_READ : VG_STORE_WRITE, &store, error);
    for (size_t i = 0; status == VG_OK && i < arguments->n_operands; i++) {
        status = import_one(arguments, store, arguments->operands[i], request, error);
        n_taken += status == VG_OK ? 1 : 0;
    }
    if (n_taken > 0 && !request->dry_run) {
        refresh_products(store);
    }
    vg_store_close(store);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_import_request request = {.dataset = cli_value(arguments, "dataset"),
                                        .title = cli_value(arguments, "title"),
                                        .note = cli_value(arguments, "note"),
                                        .dry_run = cli_flag(arguments, "dry-run"),
                                        .rejects_path = cli_value(arguments, "rejects"),
                                        .confirm = confirm_guess,
                                        .confirm_context = (void *)(uintptr_t)arguments};
    vg_arena_init(&arena, 0);
    vg_status status = cli_fill_intake(arguments, &arena, &request.intake, &error);
    if (status == VG_OK) {
        status = fill_nature(cli_value(arguments, "nature"), &request.nature, &error);
    }
    if (status == VG_OK && cli_flag(arguments, "list-profiles")) {
        status = list_profiles(arguments, &error);
    } else if (status == VG_OK && arguments->n_operands == 0) {
        status = vg_fail(&error, VG_USAGE_ERROR, "name the file to take in; see vigia import --help");
    } else if (status == VG_OK) {
        status = import_all(arguments, &request, &error);
    }
    vg_arena_release(&arena);
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_import = {
    "import", "FILE ...", "take files in: line lists, counts, triangles, places, shapes",
    "Reads CSV, TSV, XLSX and GeoJSON, plain or in gzip, zstd or ZIP, in the encodings people have, by a profile found from the headings. All of a file\n"
    "goes in or none of it; the same file again changes nothing; a revised file becomes a new vintage. What is rejected is listed with its\n"
    "line, column, value and reason.",
    "vigia import --node node cases.xlsx --rejects rejects.csv", tables, run};
