/*
 * Who infected whom, held against the truth: of each province the cases of the newest weeks, as they were known on a day, with what contact reports and genomes told by
 * then. An infector is right if it is the nearest ancestor in the transmission tree that is itself among these cases; without one, "unknown" (outside or not listed) is.
 */
#include "jobs/exercise/chains.h"
#include "jobs/chains/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * As a node's page asks (jobs/chains/node.c), but that windows are shorter and there are fewer sweeps, for many days and provinces are asked: the sampler on every
 * second of the days, the instant answer on all.
 */
enum { WINDOW_DAYS = 42, CASES_MOST = 500, CASES_LEAST = 10, CANDIDATES = 32, CHAINS = 2, WARM_UP = 100, SWEEPS = 200, SAMPLED_EACH = 2 };
#define OTHER_DISEASE "covid19"      /* where nothing is published of the exercise's own */
#define PROBABILITY_LEAST 0.0005     /* what the sampler cannot tell from nothing: a log score of 11 bits */
#define DISPERSION_MOST 50           /* numbers that are as good as Poisson's tell nothing of k */

static const char *const bands[] = {"support 0.0-0.1", "support 0.1-0.2", "support 0.2-0.3", "support 0.3-0.4", "support 0.4-0.5",
                                    "support 0.5-0.6", "support 0.6-0.7", "support 0.7-0.8", "support 0.8-0.9", "support 0.9-1.0"};
static const char *const groups[] = {"all cases", "infector is a case", "nobody is known", "called unknown"};
static const char *const quantities[] = {"R", "dispersion k"};
static const char *const methods[] = {"chains", "chains_instant"};
#define BANDS (sizeof bands / sizeof *bands)
enum { ALL, INFECTOR_SEEN, NOBODY_KNOWN, CALLED_UNKNOWN, GROUPS };

/* One province on one day. */
struct province_run {
    const struct exercise_judging *judging;
    const struct exercise_lineage *lineage;
    const struct exercise_known *known;
    struct vg_pool *pool;
    struct vg_arena *arena;
    const struct exercise_known_case **rows;   /* [n] by day */
    size_t n;
    uint32_t *marks;                           /* [n_infections + 1] index + 1 of the first row of an infection; 0: none of the rows */
    struct chains_input input;
    struct vg_chain_model model;
    struct vg_chain_genomes genomes;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct exercise_scores *scores;            /* of the day */
    const char *level;
    bool sampled;                              /* and not the instant answer alone */
};

static int32_t day_of(const struct exercise_known_case *one)
{
    return one->onset != VG_DATE_NONE ? one->onset : one->report;
}

static int by_day(const void *a, const void *b)
{
    const struct exercise_known_case *x = *(const struct exercise_known_case *const *)a, *y = *(const struct exercise_known_case *const *)b;
    return day_of(x) != day_of(y) ? (day_of(x) < day_of(y) ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t infection_of(const struct province_run *run, size_t i)
{
    uint32_t number = run->rows[i]->number;
    return number <= run->lineage->n_cases ? run->lineage->infection[number] : EXERCISE_NOBODY;
}

/* ------------------------------------------------------------------ the input */

static vg_status select_rows(struct province_run *run, size_t province, int32_t day)
{
    const struct exercise_known *known = run->known;
    run->n = 0;
    run->rows = (const struct exercise_known_case **)vg_arena_alloc(run->arena, known->n_cases + 1, sizeof *run->rows);
    if (run->rows == NULL)
        return vg_fail_memory(run->judging->error, known->n_cases * sizeof *run->rows);
    for (size_t i = 0; i < known->n_cases; i++)
        if (known->cases[i].province == province && day_of(&known->cases[i]) > day - WINDOW_DAYS && day_of(&known->cases[i]) <= day)
            run->rows[run->n++] = &known->cases[i];
    qsort(run->rows, run->n, sizeof(*run->rows), by_day);
    if (run->n > CASES_MOST) {
        run->rows += run->n - CASES_MOST;
        run->n = CASES_MOST;
    }
    return VG_OK;
}

static vg_status fill_cases(struct province_run *run)
{
    struct chains_input *input = &run->input;
    double sum = 0, squares = 0, both = 0;
    input->cases = VG_ARENA_ARRAY(run->arena, struct vg_chain_case, run->n);
    if (input->cases == NULL)
        return vg_fail_memory(run->judging->error, run->n * sizeof *input->cases);
    for (size_t i = 0; i < run->n; i++) {
        const struct exercise_known_case *one = run->rows[i];
        uint32_t infection = infection_of(run, i);
        input->cases[i] = (struct vg_chain_case){.day = day_of(one), .shown = one->onset != VG_DATE_NONE ? VG_CHAIN_ONSET : VG_CHAIN_REPORT, .place = one->place, .genome = VG_CHAIN_NONE};
        if (infection != EXERCISE_NOBODY && run->marks[infection] == 0)
            run->marks[infection] = (uint32_t)i + 1;
        if (one->onset != VG_DATE_NONE && one->report != VG_DATE_NONE && one->report >= one->onset) {
            sum += one->report - one->onset;
            squares += (double)(one->report - one->onset) * (one->report - one->onset);
            both++;
        }
    }
    input->report_mean_days = both > 1 ? sum / both : NAN;
    input->report_sd_days = both > 1 ? sqrt(fmax(squares / both - sum / both * (sum / both), 0)) : NAN;
    input->data.cases = input->cases;
    input->data.n = run->n;
    return VG_OK;
}

static int by_pair(const void *a, const void *b)
{
    const struct vg_chain_contact *x = a, *y = b;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->to < y->to ? -1 : x->to > y->to;
}

/* The rows by number of the case; and of the rows with a reference, a list (a person may have fallen ill twice, or be in the list twice). */
struct found { uint32_t *by_number, *by_reference, *next; };

static bool index_rows(struct province_run *run, struct found *found)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < run->known->n_cases; i++)
        highest = run->known->cases[i].number > highest ? run->known->cases[i].number : highest;
    for (size_t i = 0; i < run->known->n_named; i++)
        highest = run->known->named[i].number > highest ? run->known->named[i].number : highest;
    for (size_t i = 0; i < run->known->n_genomes; i++)
        highest = run->known->genomes[i].number > highest ? run->known->genomes[i].number : highest;
    found->by_number = VG_ARENA_ARRAY(run->arena, uint32_t, (size_t)highest + 1);
    found->by_reference = VG_ARENA_ARRAY(run->arena, uint32_t, run->known->n_references + 1);
    found->next = VG_ARENA_ARRAY(run->arena, uint32_t, run->n + 1);
    for (size_t i = 0; i < run->n && !run->arena->failed; i++) {
        found->by_number[run->rows[i]->number] = (uint32_t)i + 1;
        found->next[i] = found->by_reference[run->rows[i]->reference];
        found->by_reference[run->rows[i]->reference] = (uint32_t)i + 1;
    }
    return !run->arena->failed;
}

/* The row of a reference that is nearest in time to a row, index + 1; 0: none but itself. */
static uint32_t nearest_row(const struct province_run *run, const struct found *found, uint32_t row, uint32_t reference)
{
    uint32_t nearest = 0;
    for (uint32_t at = found->by_reference[reference]; at != 0; at = found->next[at - 1])
        if (at != row && (nearest == 0 || abs(day_of(run->rows[at - 1]) - day_of(run->rows[row - 1])) < abs(day_of(run->rows[nearest - 1]) - day_of(run->rows[row - 1]))))
            nearest = at;
    return nearest;
}

static vg_status fill_contacts(struct province_run *run, const struct found *found)
{
    size_t n = 0, kept = 0;
    struct vg_chain_contact *pairs = VG_ARENA_ARRAY(run->arena, struct vg_chain_contact, run->known->n_named + 1);
    if (pairs == NULL)
        return vg_fail_memory(run->judging->error, run->known->n_named * sizeof *pairs);
    for (size_t i = 0; i < run->known->n_named; i++) {
        uint32_t own = found->by_number[run->known->named[i].number], other = own == 0 ? 0 : nearest_row(run, found, own, run->known->named[i].reference);
        if (own != 0 && other != 0)
            pairs[n++] = (struct vg_chain_contact){(own < other ? own : other) - 1, (own < other ? other : own) - 1, false};
    }
    if (n > 0)
        qsort(pairs, n, sizeof *pairs, by_pair);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_pair(&pairs[kept - 1], &pairs[i]) != 0)
            pairs[kept++] = pairs[i];
    run->input.data.contacts = pairs;
    run->input.data.n_contacts = kept;
    return VG_OK;
}

static vg_status fill_genomes(struct province_run *run, const struct found *found)
{
    const struct exercise_known *known = run->known;
    size_t n = 0;
    for (size_t i = 0; i < known->n_genomes; i++)
        n += found->by_number[known->genomes[i].number] != 0;
    struct vg_text *sequences = VG_ARENA_ARRAY(run->arena, struct vg_text, n + 1);
    char *letters = VG_ARENA_ARRAY(run->arena, char, n * known->length + 1);
    if (sequences == NULL || letters == NULL)
        return vg_fail_memory(run->judging->error, n * known->length);
    n = 0;
    for (size_t i = 0; i < known->n_genomes; i++) {
        const struct exercise_genome *genome = &known->genomes[i];
        uint32_t row = found->by_number[genome->number];
        if (row == 0)
            continue;
        char *own = letters + n * known->length;
        memcpy(own, known->reference, known->length);
        for (size_t k = genome->first; k < genome->first + genome->n; k++)
            memset(own + known->differences[k].position, known->differences[k].letter, known->differences[k].length);
        run->input.cases[row - 1].genome = (uint32_t)n;
        sequences[n++] = vg_text_of(own, known->length);
    }
    if (n == 0)
        return VG_OK;
    run->input.data.genomes = &run->genomes;
    return vg_chains_genomes(sequences, n, run->arena, &run->genomes, run->judging->error);
}

static vg_status prepare(struct province_run *run, int32_t day)
{
    struct vg_chains_request how;
    struct vg_disease_interval interval;
    struct found found;
    vg_chains_request_init(&how);
    vg_chains_model_defaults(&run->model);
    bool published = run->known->disease != NULL && vg_disease_generation_time(vg_text_from(run->known->disease), &interval, NULL) == VG_OK &&
                     vg_disease_incubation(vg_text_from(run->known->disease), &interval, NULL) == VG_OK;
    how.disease = published ? run->known->disease : OTHER_DISEASE;
    vg_status status = chains_reported(run->judging->reported, &run->model, run->judging->error);
    status = status == VG_OK ? fill_cases(run) : status;
    run->input.data.as_of = day;
    if (status == VG_OK && !index_rows(run, &found))
        status = vg_fail_memory(run->judging->error, run->n * 12);
    if (status == VG_OK)
        status = fill_contacts(run, &found);
    if (status == VG_OK)
        status = fill_genomes(run, &found);
    if (status == VG_OK)
        status = chains_delays(&how, &run->input, &run->model, run->judging->error);
    if (status == VG_OK)
        status = vg_chains_check(&run->input.data, &run->model, run->judging->error);
    return status == VG_OK ? vg_chains_candidates(&run->input.data, &run->model, CANDIDATES, run->pool, run->arena, &run->candidates, run->judging->error) : status;
}

/* ---------------------------------------------------------------- the judgement */

/* The row of the same place with the latest earlier day: which share of those of that day is right. Without any, "unknown" is the answer. */
static double baseline_right(const struct province_run *run, size_t i, uint32_t ancestor)
{
    size_t n = 0, right = 0;
    int32_t day = VG_DATE_NONE;
    for (size_t k = i; k-- > 0;) {
        if (run->rows[k]->place != run->rows[i]->place || day_of(run->rows[k]) == day_of(run->rows[i]))
            continue;
        if (n > 0 && day_of(run->rows[k]) != day)
            break;
        day = day_of(run->rows[k]);
        n++;
        right += ancestor != EXERCISE_NOBODY && infection_of(run, k) == ancestor;
    }
    return n == 0 ? ancestor == EXERCISE_NOBODY : (double)right / (double)n;
}

static void take_link(const struct province_run *run, const char *method, double probability, double right)
{
    size_t band = (size_t)fmin(fmax(probability, 0) * BANDS, BANDS - 1);
    struct exercise_links *links = &exercise_scores_row(run->scores, method, run->level, bands[band])->links;
    links->n++;
    links->support += probability;
    links->right += right;
}

static void take_group(const struct province_run *run, const char *method, int group, double support, bool right, double baseline, double truth, size_t n_options)
{
    struct exercise_links *links = &exercise_scores_row(run->scores, method, run->level, groups[group])->links;
    links->n++;
    links->support += support;
    links->right += right ? 1 : 0;
    links->right_baseline += baseline;
    links->bits -= log2(fmax(truth, PROBABILITY_LEAST));
    links->bits_baseline += log2((double)n_options);
}

static void hold_case(struct province_run *run, const char *method, size_t i)
{
    const struct vg_chain_candidates *candidates = &run->candidates;
    size_t start = candidates->starts[i], n = candidates->starts[i + 1] - start, same = 0;
    uint32_t own = infection_of(run, i), called = EXERCISE_NOBODY;
    unsigned generations = 0;
    uint32_t ancestor = own == EXERCISE_NOBODY ? EXERCISE_NOBODY : exercise_ancestor(run->lineage, run->marks, own, &generations);
    double unknown = (double)run->posterior.outside[i] + (double)run->posterior.unlisted[i], best = unknown, of_ancestor = 0;
    for (size_t k = 0; k < n && ancestor != EXERCISE_NOBODY; k++)
        same += infection_of(run, candidates->list[start + k].infector) == ancestor;
    for (size_t k = 0; k < n; k++) {
        double probability = (double)run->posterior.support[start + k];
        bool right = ancestor != EXERCISE_NOBODY && infection_of(run, candidates->list[start + k].infector) == ancestor;
        of_ancestor += right ? probability : 0;
        take_link(run, method, probability, right ? 1.0 / (double)same : 0); /* one in the list twice is one infector */
        if (probability > best) {
            best = probability;
            called = candidates->list[start + k].infector;
        }
    }
    bool is_unknown = same == 0, right = called == EXERCISE_NOBODY ? is_unknown : !is_unknown && infection_of(run, called) == ancestor;
    take_link(run, method, unknown, is_unknown ? 1 : 0);
    double baseline = baseline_right(run, i, ancestor), truth = is_unknown ? unknown : of_ancestor;
    take_group(run, method, ALL, best, right, baseline, truth, n + 1);
    if (ancestor != EXERCISE_NOBODY && generations == 1)
        take_group(run, method, INFECTOR_SEEN, best, right, baseline, truth, n + 1);
    if (ancestor == EXERCISE_NOBODY)
        take_group(run, method, NOBODY_KNOWN, best, right, baseline, truth, n + 1);
    if (called == EXERCISE_NOBODY)
        take_group(run, method, CALLED_UNKNOWN, best, right, baseline, truth, n + 1);
}

/* Log-likelihood of the dispersion of numbers infected. */
static double log_likelihood(const struct province_run *run, double mean, double dispersion)
{
    double sum = 0;
    for (size_t i = 0; i < run->n; i++) {
        uint32_t infection = infection_of(run, i);
        uint32_t infected = infection == EXERCISE_NOBODY || run->marks[infection] != i + 1 ? 0 : run->lineage->seen_infected[infection];
        sum += vg_negative_binomial_log_pmf(infected, mean, dispersion);
    }
    return sum;
}

struct dispersion_search {
    const struct province_run *run;
    double mean;
};

static double unlikeliness_at(void *context, double log_dispersion)
{
    const struct dispersion_search *search = context;
    return -log_likelihood(search->run, search->mean, exp(log_dispersion));
}

/* The dispersion that makes the true numbers likeliest. */
static double true_dispersion(const struct province_run *run, double mean)
{
    struct dispersion_search search = {run, mean};
    return exp(vg_golden_minimum(unlikeliness_at, &search, log(0.01), log(1000), 0.01, 100));
}

static void take_estimate(const struct province_run *run, const char *method, const char *quantity, const struct vg_chain_estimate *estimate, double truth)
{
    struct exercise_score *row = exercise_scores_row(run->scores, method, run->level, quantity);
    row->only_95 = true;
    if (isnan(estimate->mean) || isnan(estimate->low)) {
        row->without++;
        return;
    }
    row->scores.n++;
    row->scores.absolute_error += fabs(estimate->mean - truth);
    row->inside[EXERCISE_INTERVAL_95] += truth >= estimate->low && truth <= estimate->high ? 1 : 0;
    row->difference += estimate->mean - truth;
    row->truth += truth;
}

/* How many cases of the list as it ended each of these rows infected, itself or by unseen ones. */
static void hold_parameters(struct province_run *run, const char *method)
{
    double sum = 0;
    for (size_t i = 0; i < run->n; i++) {
        uint32_t infection = infection_of(run, i);
        sum += infection == EXERCISE_NOBODY || run->marks[infection] != i + 1 ? 0 : run->lineage->seen_infected[infection];
    }
    double mean = sum / (double)run->n, dispersion = mean > 0 ? true_dispersion(run, mean) : INFINITY;
    take_estimate(run, method, quantities[0], &run->posterior.estimates[VG_CHAIN_REPRODUCTION], mean);
    if (dispersion < DISPERSION_MOST)
        take_estimate(run, method, quantities[1], &run->posterior.estimates[VG_CHAIN_DISPERSION], dispersion);
}

static vg_status answer(struct province_run *run, bool sampled)
{
    struct vg_chain_run how;
    if (!sampled)
        return vg_chains_instant(&run->input.data, &run->model, &run->candidates, run->pool, run->arena, &run->posterior, run->judging->error);
    vg_chains_run_defaults(&how);
    how.n_chains = CHAINS;
    how.warm_up = WARM_UP;
    how.sweeps = SWEEPS;
    return vg_chains_sample(&run->input.data, &run->model, &run->candidates, &how, run->pool, NULL, run->arena, &run->posterior, NULL, run->judging->error);
}

static void count_without(const struct province_run *run)
{
    for (size_t m = run->sampled ? 0 : 1; m < sizeof methods / sizeof *methods; m++)
        exercise_scores_row(run->scores, methods[m], run->level, groups[ALL])->without++;
}

static vg_status judge_province(struct province_run *run, size_t province, int32_t day)
{
    vg_status status = select_rows(run, province, day);
    if (status == VG_OK && run->n < CASES_LEAST) {
        count_without(run);
        return VG_OK;
    }
    if (status == VG_OK)
        status = prepare(run, day);
    for (size_t m = run->sampled ? 0 : 1; m < sizeof methods / sizeof *methods && status == VG_OK; m++) {
        status = answer(run, m == 0);
        for (size_t i = 0; i < run->n && status == VG_OK; i++)
            hold_case(run, methods[m], i);
        if (status == VG_OK && m == 0)
            hold_parameters(run, methods[m]);
    }
    for (size_t i = 0; i < run->n; i++) { /* for the next province */
        uint32_t infection = infection_of(run, i);
        if (infection != EXERCISE_NOBODY)
            run->marks[infection] = 0;
    }
    return status;
}

/* --------------------------------------------------------------------- all days */

/* Where cases live: the units above municipalities, or the only place that there is. */
static bool has_cases(const struct exercise_known *known, size_t place)
{
    for (size_t i = 0; i < known->n_cases; i++)
        if (known->cases[i].province == place)
            return true;
    return false;
}

static vg_status judge_day(const struct exercise_judging *judging, const struct exercise_lineage *lineage, size_t d, uint32_t *marks, struct vg_pool *pool,
                           struct exercise_scores *of_day)
{
    struct vg_arena known_arena, arena;
    struct exercise_known known;
    const struct exercise_truth *truth = judging->truth;
    vg_arena_init(&known_arena, 0);
    vg_arena_init(&arena, 0);
    vg_status status = exercise_known_load(judging->folder, truth, judging->days[d], &known_arena, &known, judging->error);
    for (size_t place = 0; place < truth->n_places && status == VG_OK; place++) {
        if (!has_cases(&known, place))
            continue;
        if (!vg_progress_report(judging->progress, "chains", ((double)d + (double)place / (double)truth->n_places) / (double)judging->n_days))
            status = vg_fail(judging->error, VG_CANCELLED, "cancelled");
        struct province_run run = {.judging = judging, .lineage = lineage, .known = &known, .pool = pool, .arena = &arena, .marks = marks, .scores = of_day,
                                   .level = truth->parent[place] == UINT32_MAX ? "country" : "admin1", .sampled = d % SAMPLED_EACH == 0};
        if (status == VG_OK)
            status = judge_province(&run, place, judging->days[d]);
        vg_arena_reset(&arena);
    }
    vg_arena_release(&arena);
    vg_arena_release(&known_arena);
    return status;
}

vg_status exercise_judge_chains(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    struct exercise_lineage lineage;
    if (judging->folder == NULL)
        return VG_OK;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) { /* rows in this order, whatever comes first */
        for (size_t i = 0; i < GROUPS; i++)
            (void)exercise_scores_row(scores, methods[m], "admin1", groups[i]);
        for (size_t i = 0; i < BANDS; i++)
            (void)exercise_scores_row(scores, methods[m], "admin1", bands[i]);
        for (size_t i = 0; i < 2 && m == 0; i++)
            exercise_scores_row(scores, methods[m], "admin1", quantities[i])->only_95 = true;
    }
    vg_status status = exercise_lineage_load(judging->folder, judging->truth, arena, &lineage, judging->error);
    uint32_t *marks = status == VG_OK ? VG_ARENA_ARRAY(arena, uint32_t, lineage.n_infections + 1) : NULL;
    struct exercise_scores *of_day = VG_ARENA_ARRAY(arena, struct exercise_scores, 1);
    if (status == VG_OK && (marks == NULL || of_day == NULL))
        status = vg_fail_memory(judging->error, lineage.n_infections * sizeof *marks);
    struct vg_pool *pool = status == VG_OK ? vg_pool_new(0) : NULL;
    for (size_t d = 0; d < judging->n_days && status == VG_OK; d++) {
        of_day->n_rows = 0;
        status = judge_day(judging, &lineage, d, marks, pool, of_day);
        exercise_scores_add(scores, of_day);
    }
    vg_pool_free(pool);
    return status;
}
