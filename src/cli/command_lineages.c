/*
 * vigia lineages: lineages of genomes, which of them grow, how often a virus came in and from where, trees in time, new lineages. Works with no node.
 */
#include "cli/cli.h"

#include "jobs/lineages/lineages.h"

#include <string.h>

static const struct cli_option options[] = {
    {"tree", 0, "FILE", "a tree: Auspice JSON, UShER's protobuf, Newick, Taxonium's lines, plain or compressed; calls, introductions, clock, designate"},
    {"aliases", 0, "FILE", "alias_key.json of pango-designation: names of lineages in full and in short; calls, growth, designate"},
    {"show", 0, "NAME", "growth: growth (default), frequencies, alarms. introductions: introductions (default), summary, flows, leaves, clusters, crossings. clock: rate (default), dates, tree"},
    {"dataset", 'd', "FOLDER", "calls: GENOMES are sequences (FASTA), which are aligned as vigia align does with this data set"},
    {"reference", 'r', "FILE", "calls: the same with a reference alone, a FASTA file of one sequence"},
    {"set", 0, "NAME", "calls, growth, introductions of a node: which set of genomes (default: the node's only one)"},
    {"use", 0, "USE", "growth, introductions of a node: here (default), partner, public: genomes whose terms forbid it are left out and counted (growth), or the answer refused (introductions)"},
    {"agreement", 0, "ID", "with --use partner: the agreement by which the partner is bound"},
    {"column", 0, "NAME", "calls, designate: the tree's column of lineages (default: Nextclade_pango, pango_lineage, clade_membership, ...)"},
    {"mask", 0, "SITES", "calls: sites not to look at, as 1-55,29804-29903"},
    {"deletions", 0, NULL, "calls: of nodes of the tree that are equally near those count that have most of the genome's deletions"},
    {"recombinants", 0, NULL, "calls: genomes with at least 3 new mutations are searched for a breakpoint"},
    {"draws", 0, "NUMBER", "calls: of the test of a breakpoint (default: 99, at least 19). growth: of shares and days to dominance (default: 400)"},
    {"metadata", 0, "FILE", "introductions, clock: columns strain, date, country (default: the tree's own columns)"},
    {"region", 0, "NAME", "introductions, clock: the column of regions (default: country, else place, region, division, location)"},
    {"weights", 0, "FILE", "introductions, growth: columns country (place, region), cases, and if it has one week or date: what was sequenced is weighted to what happened (introductions: week by week)"},
    {"rate", 0, "NUMBER", "introductions, clock: mutations a year of the whole genome (default: estimated)"},
    {"replicates", 0, "NUMBER", "clock: draws of each of two chains, for intervals (default: 50; 0: least squares alone). introductions: draws (default: 100)"},
    {"active-days", 0, "NUMBER", "introductions: active where the last sample is so near to the newest (default: 21)"},
    {"linked", 0, "NUMBER", "introductions, crossings: leaves within so many mutations are of one outbreak (default: 2)"},
    {"window", 0, "DAYS", "introductions, crossings: and with no more than these between samples (default: 14)"},
    {"pivot", 0, "NAME", "growth: the lineage that advantages are against (default: the most frequent of those that most places saw)"},
    {"weeks", 0, "NUMBER", "growth: how many are looked at (default: 26)"},
    {"cases", 0, "DATASET", "introductions of a node: whose cases sequences stand for, or none (default: the node's first dataset, where all are of one disease)"},
    {"as-of", 'a', "DATE", "growth, introductions: the newest day that counts (default: the newest sample's)"},
    {"least", 0, "NUMBER", "growth: rarer lineages are counted with their parents (default: 20, or half a percent of all). designate: leaves of a candidate (default: 20)"},
    {"generation-mean", 0, "DAYS", "growth: days of a generation (default: 4.8)"},
    {"forecast", 0, "DAYS", "growth, frequencies: how far shares are told beyond the last week (default: 30)"},
    {"watch", 0, "MUTATION", "growth, alarms: a mutation as the samples' column has it; of a node A23403G, S:N501Y, 21765-21770; may be repeated"},
    {"watch-list", 0, "FILE", "growth, alarms: a file of them, one a line"},
    {"distinct", 0, "NUMBER", "designate: mutations between a candidate and the lineage it is in (default: 1)"},
    {"prefix", 0, "NAME", "designate: of new names in a tree without lineages"},
    {"seed", 0, "NUMBER", "seed of the draws (default: 20210205)"},
    {"threads", 't', "NUMBER", "how many (default: all processors); the answer is the same"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, cli_output_options, NULL};

struct call {
    const struct cli_arguments *arguments;
    struct vg_tree_wish wish;
    const struct vg_progress *progress;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer bytes; /* what is answered where it is no table */
    struct vg_error error;
    int64_t seed, threads;
};

static vg_status operands(struct call *call, size_t n, const char *usage)
{
    return call->arguments->n_operands == n ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia lineages %s", usage);
}

/* Without an operand behind the verb the node's own genomes are meant; *store stays NULL where there is one. */
static vg_status open_node(struct call *call, enum vg_store_mode mode, struct vg_store **store, const char *usage)
{
    *store = NULL;
    if (call->arguments->n_operands == 2 && cli_value(call->arguments, "node") == NULL) {
        return VG_OK;
    }
    return call->arguments->n_operands == 1 ? vg_store_open(cli_node_folder(call->arguments), mode, store, &call->error)
                                            : vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia lineages %s", usage);
}

static void fill_wish(struct call *call)
{
    call->wish.use = cli_value(call->arguments, "use");
    call->wish.agreement = cli_value(call->arguments, "agreement");
}

static vg_status fill_as_of(struct call *call, int32_t *as_of)
{
    const char *given = cli_value(call->arguments, "as-of");
    return given == NULL || vg_date_parse_iso(vg_text_from(given), as_of) ? VG_OK : vg_fail(&call->error, VG_USAGE_ERROR, "--as-of: \"%s\" is not a date, such as 2021-03-01", given);
}

static vg_status fill_growth(struct call *call, struct vg_lineages_growth_request *request, const char **watched)
{
    const struct cli_arguments *arguments = call->arguments;
    request->samples_path = arguments->n_operands == 2 ? arguments->operands[1] : NULL;
    request->set = cli_value(arguments, "set");
    fill_wish(call);
    request->wish = &call->wish;
    request->aliases_path = cli_value(arguments, "aliases");
    request->show = cli_value(arguments, "show");
    request->weights_path = cli_value(arguments, "weights");
    request->pivot = cli_value(arguments, "pivot");
    request->watch_path = cli_value(arguments, "watch-list");
    request->watched = watched;
    request->seed = (uint64_t)call->seed;
    request->threads = (unsigned)call->threads;
    vg_status status = fill_as_of(call, &request->as_of);
    status = status != VG_OK ? status : cli_fill_list(arguments, "watch", watched, CLI_VALUES_MAX, &request->n_watched, &call->error);
    if (status != VG_OK || cli_fill_integer(arguments, "weeks", 2, 1000, &request->weeks, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "least", 1, 1000000000, &request->least, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "forecast", 0, 365, &request->forecast_days, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "draws", 20, 100000, &request->n_draws, &call->error) != VG_OK ||
        cli_fill_positive(arguments, "generation-mean", &request->generation_days, &call->error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    return VG_OK;
}

static vg_status growth(struct call *call)
{
    const char *watched[CLI_VALUES_MAX];
    struct vg_lineages_growth_request request;
    vg_lineages_growth_request_init(&request);
    struct vg_store *store = NULL;
    vg_status status = open_node(call, VG_STORE_READ, &store, "growth SAMPLES [--show growth | frequencies | alarms], or growth --node NODE");
    if (status == VG_OK) {
        status = fill_growth(call, &request, watched);
    }
    status = status == VG_OK ? vg_job_lineages_growth(store, &request, &call->arena, &call->answer, &call->error) : status;
    vg_store_close(store);
    return status;
}

static vg_status calls(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    struct vg_lineages_calls_request request;
    vg_lineages_calls_request_init(&request);
    struct vg_store *store = NULL;
    vg_status status = open_node(call, VG_STORE_WRITE, &store, "calls GENOMES --tree TREE [--dataset FOLDER] (GENOMES: FASTA with --dataset or --reference, else as vigia align --maple writes them), or calls --node NODE --tree TREE");
    if (status != VG_OK) {
        return status;
    }
    request.genomes_path = arguments->n_operands == 2 ? arguments->operands[1] : NULL;
    request.set = cli_value(arguments, "set");
    request.tree_path = cli_value(arguments, "tree");
    request.aliases_path = cli_value(arguments, "aliases");
    request.data_set = cli_value(arguments, "dataset");
    request.reference = cli_value(arguments, "reference");
    request.column = cli_value(arguments, "column");
    request.mask = cli_value(arguments, "mask");
    request.deletions = cli_flag(arguments, "deletions");
    request.recombinants = cli_flag(arguments, "recombinants");
    request.seed = (uint64_t)call->seed;
    request.threads = (unsigned)call->threads;
    status = cli_fill_integer(arguments, "draws", 19, 100000, &request.n_draws, &call->error);
    status = status == VG_OK ? vg_job_lineages_calls(store, &request, call->progress, &call->arena, &call->answer, &call->error) : status;
    vg_store_close(store);
    return status;
}

static vg_status fill_tree(struct call *call, struct vg_lineages_tree_request *request)
{
    const struct cli_arguments *arguments = call->arguments;
    vg_lineages_tree_request_init(request);
    request->tree_path = cli_value(arguments, "tree");
    request->metadata_path = cli_value(arguments, "metadata");
    request->region = cli_value(arguments, "region");
    request->weights_path = cli_value(arguments, "weights");
    request->show = cli_value(arguments, "show");
    request->column = cli_value(arguments, "column");
    request->aliases_path = cli_value(arguments, "aliases");
    request->prefix = cli_value(arguments, "prefix");
    request->cases = cli_value(arguments, "cases");
    request->seed = (uint64_t)call->seed;
    request->threads = (unsigned)call->threads;
    if (fill_as_of(call, &request->as_of) != VG_OK || cli_fill_positive(arguments, "rate", &request->rate, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "replicates", 0, 10000, &request->n_replicates, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "active-days", 0, 36500, &request->active_days, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "linked", 0, 1000, &request->linked_mutations, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "window", 0, 36500, &request->window_days, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "distinct", 1, 1000000, &request->least_mutations, &call->error) != VG_OK ||
        cli_fill_integer(arguments, "least", 2, 1000000000, &request->least_leaves, &call->error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    return VG_OK;
}

static vg_status introductions(struct call *call)
{
    struct vg_lineages_tree_request request;
    struct vg_store *store = NULL;
    vg_status status = operands(call, 1, "introductions --tree TREE [--metadata FILE], or introductions --node NODE");
    status = status == VG_OK ? fill_tree(call, &request) : status;
    if (status == VG_OK && request.tree_path == NULL && cli_value(call->arguments, "node") != NULL) { /* the tree that vigia place --node kept */
        status = vg_store_open(cli_node_folder(call->arguments), VG_STORE_READ, &store, &call->error);
        request.store = store;
        request.set = cli_value(call->arguments, "set");
        fill_wish(call);
        request.wish = &call->wish;
    }
    status = status == VG_OK ? vg_job_lineages_introductions(&request, &call->arena, &call->answer, &call->error) : status;
    vg_store_close(store);
    return status;
}

static vg_status clock(struct call *call)
{
    struct vg_lineages_tree_request request;
    vg_status status = operands(call, 1, "clock --tree TREE --metadata FILE [--show rate | dates | tree]");
    status = status == VG_OK ? fill_tree(call, &request) : status;
    return status == VG_OK ? vg_job_lineages_clock(&request, &call->arena, &call->answer, &call->bytes, &call->error) : status;
}

static vg_status designate(struct call *call)
{
    struct vg_lineages_tree_request request;
    vg_status status = operands(call, 1, "designate --tree TREE");
    status = status == VG_OK ? fill_tree(call, &request) : status;
    return status == VG_OK ? vg_job_lineages_designate(&request, &call->arena, &call->answer, &call->error) : status;
}

static const struct { const char *name; vg_status (*run)(struct call *); } verbs[] = {
    {"calls", calls}, {"growth", growth}, {"introductions", introductions}, {"clock", clock}, {"designate", designate}};

static int run(const struct cli_arguments *arguments)
{
    struct cli_progress progress;
    struct call call = {.arguments = arguments, .seed = 20210205};
    const size_t which = CLI_VERB(arguments, verbs), n_verbs = sizeof verbs / sizeof *verbs;
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_buffer_init(&call.bytes, 0);
    vg_status status = cli_fill_integer(arguments, "seed", 0, INT64_MAX, &call.seed, &call.error);
    status = status == VG_OK ? cli_fill_integer(arguments, "threads", 1, 1024, &call.threads, &call.error) : status;
    cli_progress_start(&progress);
    call.progress = &progress.progress;
    if (status == VG_OK) {
        status = which == n_verbs ? vg_fail(&call.error, VG_USAGE_ERROR, "the operands are: vigia lineages calls | growth | introductions | clock | designate ...; see vigia lineages --help")
                                  : verbs[which].run(&call);
    }
    cli_progress_end(&progress);
    if (status == VG_OK) {
        status = call.bytes.size > 0 ? cli_write_bytes(arguments, &call.bytes, &call.error) : cli_write_answer(arguments, &call.answer, "csv", &call.error);
    }
    vg_buffer_release(&call.bytes);
    return cli_end_answer(arguments, status, &call.error, &call.answer, &call.arena);
}

const struct cli_command cli_lineages = {"lineages", "calls [GENOMES] | growth [SAMPLES] | introductions | clock | designate",
                                         "lineages: calls, growth and alarms, introductions, trees in time, new ones",
                                         "calls says of which lineage genomes are, never finer than the evidence, and which are recombinants. growth takes a table of samples (date, place, lineage) and says which lineages\n"
                                         "grow, by how much, and when they would be half of all; its alarms say which need somebody's eyes. introductions says how often a virus came into each region, when,\n"
                                         "from where and what became of it; clock dates a tree; designate finds what should have a name. Without GENOMES or SAMPLES it is the node's genomes, with which their lineages are kept; else no node is needed. See docs/genomes-lineages.md.",
                                         "vigia lineages growth samples.csv --show alarms --format text", tables, run};
