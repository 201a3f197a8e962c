/*
 * A run as tables, each by the name that --show gives it.
 */
#include "jobs/chains/internal.h"

#include "control/theory/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE "outside"
#define UNLISTED "not listed"

static void id_cell(struct vg_table *table, const struct chains_run *run, uint32_t i)
{
    if (i < VG_CHAIN_UNLISTED) {
        vg_table_text_slice(table, run->input.ids[i]);
    } else {
        vg_table_text(table, i == VG_CHAIN_NONE ? OUTSIDE : UNLISTED);
    }
}

static void day_column(struct vg_table *table, const struct chains_run *run, const char *name)
{
    vg_table_add_column(table, name, run->input.dates ? VG_COLUMN_DATE : VG_COLUMN_INTEGER);
}

static void day_cell(struct vg_table *table, const struct chains_run *run, int32_t day)
{
    if (run->input.dates) {
        vg_table_date(table, day);
    } else {
        vg_table_integer(table, day);
    }
}

static void number_cell(struct vg_table *table, double value)
{
    vg_table_double(table, job_rounded(value, 5, false));
}

/* ------------------------------------------------------------------- links */

struct option {
    float probability;
    uint32_t infector;
    const struct vg_chain_candidate *candidate;
};

static int likeliest_first(const void *a, const void *b)
{
    const struct option *x = a, *y = b;
    if (x->probability > y->probability || x->probability < y->probability) {
        return x->probability > y->probability ? -1 : 1;
    }
    return x->infector < y->infector ? -1 : x->infector > y->infector;
}

static vg_status links(struct chains_run *run, struct vg_table *table)
{
    const struct vg_chain_candidates *candidates = &run->candidates;
    vg_table_add_column(table, "case", VG_COLUMN_TEXT);
    vg_table_add_column(table, "infector", VG_COLUMN_TEXT);
    vg_table_add_column(table, "probability", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "days", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "contact", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "differences", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "entropy", VG_COLUMN_DOUBLE);
    for (uint32_t i = 0; i < candidates->n; i++) {
        struct option options[VG_CHAIN_CANDIDATES_MAX + 2];
        size_t n = 0;
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            options[n++] = (struct option){run->posterior.support[k], candidates->list[k].infector, &candidates->list[k]};
        }
        options[n++] = (struct option){run->posterior.outside[i], VG_CHAIN_NONE, NULL};
        options[n++] = (struct option){run->posterior.unlisted[i], VG_CHAIN_UNLISTED, NULL};
        qsort(options, n, sizeof *options, likeliest_first);
        for (size_t k = 0; k < n; k++) {
            const struct vg_chain_candidate *candidate = options[k].candidate;
            bool whole = options[k].infector == VG_CHAIN_UNLISTED && candidates->unlisted == NULL; /* the list holds everyone */
            if (whole || (k > 0 && candidate != NULL && (double)options[k].probability < run->request->least)) {
                continue;
            }
            id_cell(table, run, i);
            id_cell(table, run, options[k].infector);
            number_cell(table, (double)options[k].probability);
            if (candidate == NULL) {
                vg_table_missing(table);
                vg_table_missing(table);
                vg_table_missing(table);
            } else {
                vg_table_integer(table, run->input.data.cases[i].day - run->input.data.cases[candidate->infector].day);
                vg_table_boolean(table, (candidate->flags & VG_CHAIN_IS_CONTACT) != 0);
                if (candidate->distance == VG_CHAIN_DISTANCE_NONE) {
                    vg_table_missing(table);
                } else {
                    vg_table_integer(table, candidate->distance);
                }
            }
            number_cell(table, run->posterior.entropy[i]);
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- cases */

static vg_status cases(struct chains_run *run, struct vg_table *table)
{
    const struct vg_chain_posterior *posterior = &run->posterior;
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {
        {"infector", VG_COLUMN_TEXT},         {"support", VG_COLUMN_DOUBLE},   {"entropy", VG_COLUMN_DOUBLE},        {"infected", VG_COLUMN_DOUBLE},
        {"direct", VG_COLUMN_DOUBLE},         {"offspring", VG_COLUMN_DOUBLE}, {"offspring_low", VG_COLUMN_INTEGER}, {"offspring_high", VG_COLUMN_INTEGER},
        {"superspreading", VG_COLUMN_DOUBLE}, {"chain", VG_COLUMN_TEXT},       {"interview_gain", VG_COLUMN_DOUBLE}};
    vg_table_add_column(table, "case", VG_COLUMN_TEXT);
    day_column(table, run, "day");
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        bool date = strcmp(columns[k].name, "infected") == 0 && run->input.dates;
        vg_table_add_column(table, columns[k].name, date ? VG_COLUMN_DATE : columns[k].kind);
    }
    for (uint32_t i = 0; i < posterior->n; i++) {
        uint32_t root = i;
        while (run->infector[root] < VG_CHAIN_UNLISTED) {
            root = run->infector[root];
        }
        id_cell(table, run, i);
        day_cell(table, run, run->input.data.cases[i].day);
        id_cell(table, run, run->infector[i]);
        number_cell(table, (double)run->support[i]);
        number_cell(table, posterior->entropy[i]);
        if (!run->sampled) {
            for (int k = 0; k < 6; k++) {
                vg_table_missing(table);
            }
        } else {
            if (run->input.dates) {
                vg_table_date(table, (int32_t)floor((double)posterior->infected_mean[i] + 0.5));
            } else {
                number_cell(table, (double)posterior->infected_mean[i]);
            }
            number_cell(table, (double)posterior->direct[i]);
            number_cell(table, (double)posterior->offspring_mean[i]);
            vg_table_integer(table, posterior->offspring_low[i]);
            vg_table_integer(table, posterior->offspring_high[i]);
            number_cell(table, (double)posterior->superspreading[i]);
        }
        id_cell(table, run, root);
        number_cell(table, run->gain[i]);
    }
    return VG_OK;
}

static int most_first(const void *a, const void *b)
{
    const struct {
        double gain;
        uint32_t i;
    } *x = a, *y = b;
    if (x->gain > y->gain || x->gain < y->gain) {
        return x->gain > y->gain ? -1 : 1;
    }
    return x->i < y->i ? -1 : x->i > y->i;
}

static vg_status interviews(struct chains_run *run, struct vg_table *table)
{
    struct {
        double gain;
        uint32_t i;
    } *order = vg_arena_alloc(run->arena, run->posterior.n, sizeof *order);
    if (order == NULL) {
        return vg_fail_memory(run->error, run->posterior.n * sizeof *order);
    }
    vg_table_add_column(table, "case", VG_COLUMN_TEXT);
    vg_table_add_column(table, "gain", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "entropy", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "likeliest", VG_COLUMN_TEXT);
    vg_table_add_column(table, "support", VG_COLUMN_DOUBLE);
    for (uint32_t i = 0; i < run->posterior.n; i++) {
        order[i].gain = run->gain[i];
        order[i].i = i;
    }
    qsort(order, run->posterior.n, sizeof *order, most_first);
    for (size_t k = 0; k < run->posterior.n && order[k].gain > 0; k++) {
        id_cell(table, run, order[k].i);
        number_cell(table, order[k].gain);
        number_cell(table, run->posterior.entropy[order[k].i]);
        id_cell(table, run, run->infector[order[k].i]);
        number_cell(table, (double)run->support[order[k].i]);
    }
    return VG_OK;
}

/* ----------------------------------------------------------------- summary */

static void summary_row(struct vg_table *table, const char *name, struct vg_chain_estimate estimate)
{
    const double cells[5] = {estimate.mean, estimate.low, estimate.high, estimate.r_hat, estimate.effective_size};
    vg_table_text(table, name);
    for (size_t k = 0; k < 5; k++) {
        number_cell(table, cells[k]);
    }
}

/* What the data say of: without contacts epsilon is its prior and no finding. */
static bool is_told(const struct chains_run *run, enum vg_chain_parameter parameter)
{
    bool placed = false;
    for (size_t i = 0; i < run->candidates.n && parameter == VG_CHAIN_PLACE_SHARE; i++) {
        placed = placed || run->candidates.place_odds[2 * i] > 0;
    }
    switch (parameter) {
    case VG_CHAIN_MUTATION:
        return run->input.data.genomes != NULL && run->request->tree_path == NULL;
    case VG_CHAIN_CONTACT_COVERAGE:
    case VG_CHAIN_CONTACT_NOISE:
        return run->input.data.n_contacts > 0;
    case VG_CHAIN_CONTACT_SIBLINGS:
        return run->sampled && !run->within && !isnan(run->posterior.parameters.contact_siblings);
    case VG_CHAIN_PLACE_SHARE:
        return placed;
    case VG_CHAIN_DISPERSION:
        return run->sampled && !run->request->poisson && !isnan(run->posterior.parameters.dispersion);
    default:
        return true;
    }
}

static vg_status summary(struct chains_run *run, struct vg_table *table)
{
    const struct vg_chain_posterior *posterior = &run->posterior;
    const double *parameters = (const double *)&posterior->parameters;
    double entropy = 0, outside = 0, unlisted = 0;
    size_t supported = 0;
    vg_table_add_column(table, "quantity", VG_COLUMN_TEXT);
    static const char *const columns[] = {"mean", "low", "high", "r_hat", "effective_size"};
    for (size_t k = 0; k < 5; k++) {
        vg_table_add_column(table, columns[k], VG_COLUMN_DOUBLE);
    }
    for (enum vg_chain_parameter k = 0; k < VG_CHAIN_PARAMETERS; k++) {
        if (is_told(run, k)) {
            summary_row(table, vg_chains_parameter_name(k),
                        run->sampled ? posterior->estimates[k] : (struct vg_chain_estimate){parameters[k], NAN, NAN, NAN, NAN});
        }
    }
    for (enum vg_chain_within_estimate k = 0; k < VG_CHAIN_WITHIN_ESTIMATES && run->within; k++) {
        if (k != VG_CHAIN_WITHIN_CLOCK || run->request->tree_path == NULL) {
            summary_row(table, vg_chains_within_name(k), posterior->within[k]);
        }
    }
    for (size_t i = 0; i < posterior->n; i++) {
        entropy += posterior->entropy[i] / (double)posterior->n;
        outside += (double)posterior->outside[i];
        unlisted += (double)posterior->unlisted[i];
        supported += run->support[i] >= 0.9F ? 1 : 0;
    }
    summary_row(table, "cases_from_outside", run->sampled ? posterior->outside_cases : (struct vg_chain_estimate){outside, NAN, NAN, NAN, NAN});
    summary_row(table, "cases_with_infector_not_listed", (struct vg_chain_estimate){unlisted, NAN, NAN, NAN, NAN});
    summary_row(table, "cases_with_support_above_0.9", (struct vg_chain_estimate){(double)supported, NAN, NAN, NAN, NAN});
    summary_row(table, "mean_entropy_bits", (struct vg_chain_estimate){entropy, NAN, NAN, NAN, NAN});
    if (run->sampled) {
        double mean = 0;
        for (size_t i = 0; i < posterior->n; i++) {
            mean += (double)posterior->offspring_mean[i] / (double)posterior->n;
        }
        bool told = !isnan(posterior->parameters.dispersion); /* else most infectors are in no list */
        if (told) {
            summary_row(table, "share_of_infections_by_top_fifth", posterior->top_share);
            summary_row(table, "infected_by_a_case", (struct vg_chain_estimate){mean, NAN, NAN, NAN, NAN});
            summary_row(table, "infected_by_the_infector_of_a_case", (struct vg_chain_estimate){posterior->backward, NAN, NAN, NAN, NAN});
            summary_row(table, "gain_of_backward_tracing", (struct vg_chain_estimate){posterior->backward / mean, NAN, NAN, NAN, NAN});
        }
        summary_row(table, "log_posterior", posterior->log_posterior);
        summary_row(table, "distance_between_chains", (struct vg_chain_estimate){posterior->between_chains, NAN, NAN, NAN, NAN});
    }
    return VG_OK;
}

/* ------------------------------------------------------------------ others */

static vg_status needs_sampler(const struct chains_run *run)
{
    return run->sampled ? VG_OK : vg_fail(run->error, VG_USAGE_ERROR, "--show %s needs --method mcmc", run->request->show);
}

static vg_status offspring(struct chains_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "infected", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "share", VG_COLUMN_DOUBLE);
    size_t last = 0;
    for (size_t r = 0; r < run->posterior.n_offspring_share && run->sampled; r++) {
        last = run->posterior.offspring_share[r] > 0 ? r : last;
    }
    for (size_t r = 0; r <= last && run->sampled; r++) {
        vg_table_integer(table, (int64_t)r);
        number_cell(table, run->posterior.offspring_share[r]);
    }
    return needs_sampler(run);
}

static vg_status settings(struct chains_run *run, struct vg_table *table)
{
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "infections", VG_COLUMN_DOUBLE);
    size_t n = run->sampled ? run->posterior.n_settings : 0;
    for (size_t k = 0; k < n * n; k++) {
        if (run->posterior.settings[k] > 0) {
            vg_table_text_slice(table, run->input.settings.keys[k / n]);
            vg_table_text_slice(table, run->input.settings.keys[k % n]);
            number_cell(table, run->posterior.settings[k]);
        }
    }
    return needs_sampler(run);
}

static vg_status chains(struct chains_run *run, struct vg_table *table)
{
    struct vg_chain_alive *alive = VG_ARENA_ARRAY(run->arena, struct vg_chain_alive, run->posterior.n);
    size_t n = 0;
    vg_table_add_column(table, "chain", VG_COLUMN_TEXT);
    vg_table_add_column(table, "cases", VG_COLUMN_INTEGER);
    day_column(table, run, "last_day");
    vg_table_add_column(table, "over", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "extinct", VG_COLUMN_DOUBLE);
    if (alive == NULL) {
        return vg_fail_memory(run->error, run->posterior.n * sizeof *alive);
    }
    double *dispersion = &run->posterior.parameters.dispersion;
    *dispersion = isnan(*dispersion) ? exp(run->model.dispersion_prior[0]) : *dispersion; /* as likely as before the data */
    double extinction = vg_theory_extinction(run->posterior.parameters.reproduction, *dispersion);
    vg_status status = vg_chains_alive(&run->input.data, &run->model, &run->posterior, run->infector, extinction, run->arena, alive, &n, run->error);
    for (size_t k = 0; status == VG_OK && k < n; k++) {
        id_cell(table, run, alive[k].first);
        vg_table_integer(table, alive[k].n_cases);
        day_cell(table, run, alive[k].last_day);
        number_cell(table, alive[k].over);
        number_cell(table, alive[k].extinct);
    }
    return status;
}

/* Reported contacts through which, in either direction that is allowed, nobody can have infected anybody at once. */
static vg_status impossible(struct chains_run *run, struct vg_table *table)
{
    const struct vg_chain_data *data = &run->input.data;
    vg_table_add_column(table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(table, "days", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "chance", VG_COLUMN_DOUBLE);
    for (size_t k = 0; k < data->n_contacts; k++) {
        const struct vg_chain_contact *contact = &data->contacts[k];
        const struct vg_chain_case *from = &data->cases[contact->from], *to = &data->cases[contact->to];
        double chance = vg_chains_link_chance(&run->model, from, to);
        chance = contact->directed ? chance : fmax(chance, vg_chains_link_chance(&run->model, to, from));
        if (chance < 0.0005) {
            id_cell(table, run, contact->from);
            id_cell(table, run, contact->to);
            vg_table_integer(table, to->day - from->day);
            number_cell(table, chance);
        }
    }
    return VG_OK;
}

static const struct {
    const char *name;
    vg_status (*fill)(struct chains_run *run, struct vg_table *table);
} shows[] = {{"links", links},       {"cases", cases},   {"summary", summary},       {"offspring", offspring},
             {"settings", settings}, {"chains", chains}, {"impossible", impossible}, {"interviews", interviews}};

vg_status chains_tree(struct chains_run *run)
{
    size_t n = run->posterior.n;
    run->infector = VG_ARENA_ARRAY(run->arena, uint32_t, n);
    run->support = VG_ARENA_ARRAY(run->arena, float, n);
    run->gain = VG_ARENA_ARRAY(run->arena, double, n);
    if (run->infector == NULL || run->support == NULL || run->gain == NULL) {
        return vg_fail_memory(run->error, n * 16);
    }
    vg_chains_interview(&run->candidates, &run->posterior, run->seed, run->pool, run->gain);
    return vg_chains_consensus(&run->candidates, &run->posterior, run->infector, run->support, run->error);
}

vg_status chains_tables(struct chains_run *run, struct vg_answer *answer)
{
    const char *show = run->request->show == NULL ? "links" : run->request->show;
    size_t which = 0;
    while (which < sizeof shows / sizeof *shows && strcmp(show, shows[which].name) != 0) {
        which++;
    }
    if (which == sizeof shows / sizeof *shows) {
        return vg_fail(run->error, VG_USAGE_ERROR, "--show is links, cases, summary, offspring, settings, chains, impossible or interviews, not \"%.40s\"", show);
    }
    vg_status status = chains_tree(run);
    return status == VG_OK ? shows[which].fill(run, &answer->table) : status;
}
