/*
 * vigia status: the situation of the node in one screen.
 */
#include "cli/cli.h"

#include "store/genomes/genomes.h"
#include "store/stock/stock.h"
#include "store/tracing/tracing.h"

#include <string.h>

static const struct cli_option options[] = {
    {"level", 0, "NAME", "country, admin1 or admin2 (default: the coarsest with several places)"},
    {"parent", 0, "CODE", "only places below this one"},
    {"method", 0, "NAME", "renewal (the generative model, at most 10,000 places) or quick (default: the model where it is little work: see docs/monitor.md)"},
    {"all", 0, NULL, "every place, not only the ten that need attention most"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

static void print_number(const struct vg_table *table, const char *name, size_t row, int digits, const char *unit)
{
    for (size_t column = 0; column < table->n_columns; column++) {
        if (strcmp(table->columns[column].name, name) != 0) {
            continue;
        }
        double value = table->columns[column].values.doubles[row];
        if (table->columns[column].missing[row] || value != value) {
            (void)printf(" %9s", "-");
        } else {
            (void)printf(" %9.*f%s", digits, value, unit);
        }
    }
}

static struct vg_text text_of(const struct vg_table *table, const char *name, size_t row)
{
    for (size_t column = 0; column < table->n_columns; column++) {
        if (strcmp(table->columns[column].name, name) == 0 && !table->columns[column].missing[row]) {
            return table->columns[column].values.texts[row];
        }
    }
    return vg_text_of("", 0);
}

/* Pads by characters, not bytes, so that accented and Chinese names do not push the columns. */
static void print_padded(struct vg_text text, size_t width)
{
    size_t shown = 0;
    size_t i = 0;
    while (i < text.size && shown < width) {
        unsigned char first = (unsigned char)text.data[i];
        size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
        size_t cells = bytes >= 3 ? 2 : 1;
        if (i + bytes > text.size || shown + cells > width) {
            break;
        }
        (void)printf("%.*s", (int)bytes, text.data + i);
        i += bytes;
        shown += cells;
    }
    (void)printf("%*s", (int)(width - shown), "");
}

static void print_places(const struct vg_table *table, bool all)
{
    size_t shown = all || table->n_rows < 10 ? table->n_rows : 10;
    (void)printf("\n  %-24s %9s %9s %9s %9s %9s  %s\n", "needs attention first", "last 7 d", "expected", "per 100k", "growth/d", "R", "status");
    for (size_t row = 0; row < shown; row++) {
        (void)fputs("  ", stdout);
        struct vg_text name = text_of(table, "name", row);
        print_padded(name.size > 0 ? name : vg_text_from("(all)"), 24);
        print_number(table, "last_7_days", row, 0, "");
        print_number(table, "expected_last_7_days", row, 0, "");
        print_number(table, "incidence_per_100k", row, 1, "");
        print_number(table, "growth_rate_per_day", row, 3, "");
        print_number(table, "rt_median", row, 2, "");
        struct vg_text status = text_of(table, "status", row);
        (void)printf("  %.*s\n", (int)status.size, status.data);
    }
    if (shown < table->n_rows) {
        (void)printf("  ... and %zu more (--all)\n", table->n_rows - shown);
    }
}

static void print_dataset(const struct vg_dataset *dataset)
{
    char first[VG_DATE_TEXT_BYTES];
    char last[VG_DATE_TEXT_BYTES];
    char known[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(dataset->first_date, first);
    (void)vg_date_print(dataset->last_date, last);
    (void)vg_date_print(dataset->last_known, known);
    const char *nature = dataset->nature == VG_NATURE_REAL ? "" : vg_data_nature_name(dataset->nature);
    (void)printf("\n%s  %s%s%s%s\n", dataset->name, dataset->title == NULL ? "" : dataset->title, nature[0] == '\0' ? "" : "  [", nature,
                 nature[0] == '\0' ? "" : "]");
    (void)printf("  %llu %s, %s to %s, known up to %s\n", (unsigned long long)dataset->n_rows, dataset->kind == VG_DATASET_CASES ? "cases" : "counts", first,
                 last, known);
}

/* What there is besides counts, each where there is any. */
static vg_status print_others(struct vg_store *store, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_tracing_query cases = {.kind = VG_TRACING_CASE}, contacts = {.kind = VG_TRACING_CONTACT};
    struct vg_genome_set *sets = NULL;
    size_t n_cases = 0, n_contacts = 0, n_sets = 0;
    bool stock = false;
    vg_status status = vg_tracing_count(store, &cases, &n_cases, error);
    status = status == VG_OK ? vg_tracing_count(store, &contacts, &n_contacts, error) : status;
    status = status == VG_OK ? vg_genomes_sets(store, arena, &sets, &n_sets, error) : status;
    status = status == VG_OK ? vg_stock_any(store, &stock, error) : status;
    if (status != VG_OK) {
        return status;
    }
    if (n_cases + n_contacts > 0) {
        (void)printf("\ntracing: %zu cases, %zu contacts (vigia tracing)\n", n_cases, n_contacts);
    }
    for (size_t i = 0; i < n_sets; i++) {
        (void)printf("\ngenomes: %s, %llu (vigia genomes)\n", sets[i].name, (unsigned long long)sets[i].n_genomes);
    }
    if (stock) {
        (void)puts("\nstock: a ledger (vigia stock)");
    }
    return VG_OK;
}

static vg_status print_node(const struct cli_arguments *arguments, struct vg_store *store, struct vg_request *request, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_dataset *datasets = NULL;
    size_t n_datasets = 0;
    vg_status status = vg_store_datasets(store, arena, &datasets, &n_datasets, error);
    if (status == VG_OK && n_datasets == 0) {
        (void)puts("the node holds no counts of cases yet; take a file in with: vigia import FILE");
    }
    const char *only = request->dataset;
    for (size_t i = 0; status == VG_OK && i < n_datasets; i++) {
        if (only != NULL && strcmp(datasets[i].name, only) != 0) {
            continue;
        }
        print_dataset(&datasets[i]);
        if (only == NULL && n_datasets > 2 && i > 0) {
            continue; /* one screen: the places of the first; those of others are asked for by --dataset */
        }
        struct vg_answer answer;
        vg_answer_init(&answer, arena);
        request->dataset = datasets[i].name;
        status = vg_job_situation(store, request, arena, &answer, error);
        if (status == VG_OK) {
            print_places(&answer.table, cli_flag(arguments, "all"));
        }
        vg_answer_release(&answer);
    }
    if (status == VG_OK && only == NULL && n_datasets > 2) {
        (void)puts("\nvigia status --dataset NAME shows the places of another one");
    }
    if (status == VG_OK && only == NULL) {
        status = print_others(store, arena, error);
    }
    return status;
}

/* The same screen for a file that is in no node. */
static void print_file(const struct cli_arguments *arguments, const struct vg_answer *answer)
{
    (void)printf("%s\n", arguments->operands[0]);
    print_places(&answer->table, cli_flag(arguments, "all"));
}

static int run(const struct cli_arguments *arguments)
{
    if (cli_value(arguments, "format") != NULL || cli_flag(arguments, "json") || cli_value(arguments, "output") != NULL) {
        return cli_run_job(arguments, vg_job_situation, VG_FILTER_STATUS, "csv");
    }
    if (cli_is_filter(arguments)) {
        return cli_run_job_printed(arguments, vg_job_situation, VG_FILTER_STATUS, print_file);
    }
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_request request;
    struct vg_store *store = NULL;
    vg_arena_init(&arena, 0);
    vg_status status = cli_fill_request(arguments, &request, &error);
    if (status == VG_OK) {
        status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, &error);
    }
    if (status == VG_OK) {
        status = print_node(arguments, store, &request, &arena, &error);
    }
    vg_store_close(store);
    vg_arena_release(&arena);
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_status = {"status", "[FILE]", "the situation in one screen",
                                       "What the node (or a FILE) holds, and per place: cases of the last seven days, what is still to be reported, growth, R,\n"
                                       "and where attention is needed first.",
                                       "vigia status --dataset vigia-exercise-cases", tables, run};
