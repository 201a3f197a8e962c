/*
 * vigia chains: who infected whom, on files. Works with no node.
 */
#include "cli/cli.h"

#include "jobs/chains/chains.h"

#include <string.h>

static const struct cli_option options[] = {
    {"contacts", 0, "FILE", "reported contacts: columns from and to"},
    {"genomes", 0, "FILE", "aligned sequences of cases (FASTA, named by case)"},
    {"distances", 0, "FILE", "instead: sites that differ between pairs, columns a, b, snp; with --genome-length"},
    {"genome-length", 0, "NUMBER", "sites that --distances compared"},
    {"map", 0, "FIELD=HEADING", "reads id, onset, report, place, setting or import from that column (nothing after =: from none); may be repeated"},
    {"directed", 0, NULL, "contacts: only `from` may have infected `to` (default: either the other)"},
    {"disease", 0, "NAME", "whose generation time and incubation period"},
    {"generation", 0, "FILE", "generation time: columns day and probability"},
    {"generation-mean", 0, "DAYS", "mean of the generation time"},
    {"generation-sd", 0, "DAYS", "its standard deviation"},
    {"incubation", 0, "FILE", "days from infection to onset: columns day and probability (default: the disease's, else the generation time's)"},
    {"incubation-mean", 0, "DAYS", "mean of it"},
    {"incubation-sd", 0, "DAYS", "its standard deviation"},
    {"report-mean", 0, "DAYS", "mean days from onset to report, for cases without onset (default: of the cases with both)"},
    {"report-sd", 0, "DAYS", "its standard deviation"},
    {"method", 0, "NAME", "instant or mcmc (default: mcmc up to 20000 cases)"},
    {"within-host", 0, NULL, "hosts carry many variants: samples the dated phylogeny of the genomes and its division into hosts (2 to 1000 cases)"},
    {"tree", 0, "FILE", "the same with a dated phylogeny of the cases (Newick), which is kept as it is; in place of --genomes"},
    {"within-growth", 0, "NUMBER", "days by which effective size x generation time within a host grows a day (default: estimated)"},
    {"within-size", 0, "DAYS", "the most that it grows to (default: estimated)"},
    {"show", 0, "NAME", "links (default), cases, summary, offspring, settings, chains, impossible, interviews"},
    {"least", 0, "NUMBER", "links: at least this probability (default: 0.01)"},
    {"state", 0, "FILE", "goes on from where a run ended, and writes where this one did"},
    {"as-of", 'a', "DATE", "last day on which a case would be known (default: the last case's)"},
    {"candidates", 0, "NUMBER", "possible infectors kept for a case, 1 to 64 (default: 32)"},
    {"generations", 0, "NUMBER", "between a case and its infector at most, 1 to 5 (default: 5)"},
    {"imports", 0, "NUMBER", "cases expected from outside over all days, as 1 for an outbreak with one introduction (default: found from the data)"},
    {"reported", 0, "SHARE", "of infections that are cases, where it is known, as from a serosurvey (default: found from the data, which hardly tell it where contacts alone link cases)"},
    {"poisson", 0, NULL, "numbers of infected are Poisson, as if nobody were a superspreader"},
    {"chains", 0, "NUMBER", "chains of the sampler (default: 4)"},
    {"warm-up", 0, "NUMBER", "sweeps that do not count (default: 500)"},
    {"sweeps", 0, "NUMBER", "sweeps that count (default: 1500)"},
    {"seed", 0, "NUMBER", "seed of the draws (default: 20210205)"},
    {"threads", 't', "NUMBER", "how many (default: all processors); the answer is the same"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

static vg_status fill_day(const struct cli_arguments *arguments, int32_t *day, struct vg_error *error)
{
    const char *text = cli_value(arguments, "as-of");
    int64_t number = 0;
    if (text == NULL || vg_date_parse_iso(vg_text_from(text), day)) {
        return VG_OK;
    }
    if (!vg_parse_integer(vg_text_from(text), &number) || number < -1000000 || number > 1000000) {
        return vg_fail(error, VG_USAGE_ERROR, "--as-of: \"%s\" is not a date, such as 2020-03-01", text);
    }
    *day = (int32_t)number;
    return VG_OK;
}

static vg_status fill(const struct cli_arguments *arguments, const char **maps, struct vg_chains_request *request, struct vg_error *error)
{
    int64_t seed = (int64_t)request->seed, threads = 0;
    request->cases_path = arguments->operands[0];
    request->contacts_path = cli_value(arguments, "contacts");
    request->fasta_path = cli_value(arguments, "genomes");
    request->distances_path = cli_value(arguments, "distances");
    request->directed = cli_flag(arguments, "directed");
    request->disease = cli_value(arguments, "disease");
    request->generation_path = cli_value(arguments, "generation");
    request->incubation_path = cli_value(arguments, "incubation");
    request->method = cli_value(arguments, "method");
    request->poisson = cli_flag(arguments, "poisson");
    request->within_host = cli_flag(arguments, "within-host");
    request->tree_path = cli_value(arguments, "tree");
    request->show = cli_value(arguments, "show");
    request->state_path = cli_value(arguments, "state");
    request->maps = maps;
    for (size_t i = 0; i < arguments->n_given; i++) {
        if (strcmp(arguments->given[i]->name, "map") == 0) {
            maps[request->n_maps++] = arguments->values[i];
        }
    }
    if (fill_day(arguments, &request->as_of, error) != VG_OK ||
        cli_fill_integer(arguments, "genome-length", 1, 1000000000, &request->genome_length, error) != VG_OK ||
        cli_fill_positive(arguments, "generation-mean", &request->generation_mean_days, error) != VG_OK ||
        cli_fill_positive(arguments, "generation-sd", &request->generation_sd_days, error) != VG_OK ||
        cli_fill_positive(arguments, "incubation-mean", &request->incubation_mean_days, error) != VG_OK ||
        cli_fill_positive(arguments, "incubation-sd", &request->incubation_sd_days, error) != VG_OK ||
        cli_fill_positive(arguments, "report-mean", &request->report_mean_days, error) != VG_OK ||
        cli_fill_positive(arguments, "report-sd", &request->report_sd_days, error) != VG_OK ||
        cli_fill_positive(arguments, "imports", &request->imports, error) != VG_OK ||
        cli_fill_positive(arguments, "reported", &request->reported, error) != VG_OK ||
        cli_fill_positive(arguments, "within-growth", &request->within_growth, error) != VG_OK ||
        cli_fill_positive(arguments, "within-size", &request->within_size_days, error) != VG_OK ||
        cli_fill_positive(arguments, "least", &request->least, error) != VG_OK ||
        cli_fill_integer(arguments, "candidates", 1, VG_CHAIN_CANDIDATES_MAX, &request->candidates, error) != VG_OK ||
        cli_fill_integer(arguments, "generations", 1, VG_CHAIN_GENERATIONS_MAX, &request->generations_most, error) != VG_OK ||
        cli_fill_integer(arguments, "chains", 1, 64, &request->n_chains, error) != VG_OK ||
        cli_fill_integer(arguments, "warm-up", 0, 1000000, &request->warm_up, error) != VG_OK ||
        cli_fill_integer(arguments, "sweeps", 1, 1000000, &request->sweeps, error) != VG_OK ||
        cli_fill_integer(arguments, "seed", 0, INT64_MAX, &seed, error) != VG_OK || cli_fill_integer(arguments, "threads", 1, 1024, &threads, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    request->seed = (uint64_t)seed;
    request->threads = (unsigned)threads;
    return VG_OK;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_chains_request request;
    struct cli_progress progress;
    const char *maps[CLI_VALUES_MAX];
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_chains_request_init(&request);
    vg_status status = arguments->n_operands != 1 ? vg_fail(&error, VG_USAGE_ERROR, "one file of cases is needed: vigia chains CASES [options]")
                                                  : fill(arguments, maps, &request, &error);
    cli_progress_start(&progress);
    if (status == VG_OK) {
        status = vg_job_chains(&request, &progress.progress, &arena, &answer, &error);
    }
    cli_progress_end(&progress);
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, "csv", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_chains = {"chains",
                                       "CASES",
                                       "who infected whom, with probabilities",
                                       "Each case's likely infectors from days of onset or report, generation time and incubation, reported contacts, genomes "
                                       "and places, with what is left for infectors outside\n"
                                       "the data; then R and its dispersion, superspreading, chains that may go on, links that cannot be, and whom to "
                                       "interview next. Columns of CASES: id, onset, report, place,\n"
                                       "setting, import. Needs no node. See docs/chains.md.",
                                       "vigia chains cases.csv --contacts contacts.csv --disease covid19 --show cases --format text",
                                       tables,
                                       run};
