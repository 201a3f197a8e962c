/*
 * The posterior of the renewal model by its sampler, on the series of tests/monitor/renewal_reference_series.h, with the Monte Carlo error
 * of each quantile: what the fast method is held against. Run again whenever the model or its priors change:
 *
 *     renewal_reference FOLDER [first [last [draws]]] > tests/monitor/renewal_reference.csv      FOLDER holds the developers' count files
 *
 * Eight chains a series, each with a warm-up of its own. A quantile is the mean of the chains', its standard error their sd / sqrt(8),
 * so autocorrelation needs no estimate. Chains that disagree, or diverge, are told of on standard error.
 */
#include "../tests/monitor/renewal_reference_series.h"

#include <stdlib.h>
#include <time.h>

#define CHAINS 8
#define WARMUP 300
#define DRAWS 2000

struct chain_result {
    double values[REFERENCE_ROWS_MOST][5];
    struct vg_renewal_diagnostics diagnostics;
    bool ok;
    char message[1024];
};

struct job {
    const struct reference_series *series;
    const struct reference_row *rows;
    size_t n_rows, n_draws;
    struct chain_result results[CHAINS];
};

static void run_chain(void *context, size_t chain, unsigned worker)
{
    struct job *job = context;
    struct chain_result *out = &job->results[chain];
    struct vg_renewal_parameters parameters = job->series->parameters;
    struct vg_renewal_estimate estimate;
    struct vg_error error = {0};
    struct vg_arena arena, scratch;
    (void)worker;
    vg_arena_init(&arena, 0);
    vg_arena_init(&scratch, 0);
    parameters.method = VG_RENEWAL_SAMPLER;
    parameters.n_warmup = WARMUP;
    parameters.n_draws = job->n_draws;
    parameters.seed = 7;
    parameters.series = (uint32_t)chain;
    out->ok = vg_renewal(&job->series->triangle, &parameters, &arena, &scratch, &estimate, &error) == VG_OK && estimate.status == VG_SERIES_OK;
    (void)snprintf(out->message, sizeof out->message, "%s", error.message);
    for (size_t i = 0; i < job->n_rows && out->ok; i++) {
        const double *quantiles = reference_quantiles(&estimate, &job->rows[i]);
        for (size_t level = 0; level < 5; level++) {
            out->values[i][level] = quantiles[reference_levels[level]];
        }
    }
    out->diagnostics = estimate.diagnostics;
    vg_arena_release(&scratch);
    vg_arena_release(&arena);
}

static void print_row(const struct job *job, size_t row, double effective)
{
    double mean[5] = {0}, error[5] = {0};
    for (size_t level = 0; level < 5; level++) {
        for (size_t c = 0; c < CHAINS; c++) {
            mean[level] += job->results[c].values[row][level] / CHAINS;
        }
        for (size_t c = 0; c < CHAINS; c++) {
            double off = job->results[c].values[row][level] - mean[level];
            error[level] += off * off / (CHAINS * (CHAINS - 1));
        }
        error[level] = sqrt(error[level]);
        if (error[level] > 0.03 * (mean[4] - mean[0]) && level == 4 && strcmp(job->rows[row].quantity, "nowcast") != 0) {
            fprintf(stderr, "    %s %zu back: standard error %.3g of a width of %.3g\n", job->rows[row].quantity, job->rows[row].back, error[level],
                    mean[4] - mean[0]);
        }
    }
    printf("%s,%s,%zu", job->series->name, job->rows[row].quantity, job->rows[row].back);
    for (size_t level = 0; level < 5; level++) {
        printf(",%.5g", mean[level]);
    }
    for (size_t level = 0; level < 5; level++) {
        printf(",%.2g", error[level]);
    }
    printf(",%.0f\n", effective);
}

static void run_series(size_t number, const char *folder, size_t n_draws, struct vg_pool *pool)
{
    struct reference_series series;
    struct reference_row rows[REFERENCE_ROWS_MOST];
    struct job job = {.series = &series, .rows = rows, .n_draws = n_draws};
    struct timespec before, after;
    double effective = 0, depth = 0;
    size_t divergent = 0;
    if (!reference_series_make(number, folder, &series)) {
        fprintf(stderr, "series %zu: its file is not in %s\n", number, folder);
        return;
    }
    job.n_rows = reference_rows(&series, rows);
    clock_gettime(CLOCK_MONOTONIC, &before);
    vg_parallel_for(pool, CHAINS, run_chain, &job);
    clock_gettime(CLOCK_MONOTONIC, &after);
    for (size_t c = 0; c < CHAINS; c++) {
        if (!job.results[c].ok) {
            fprintf(stderr, "%s: %s\n", series.name, job.results[c].message);
            free(series.triangle.increments);
            return;
        }
        effective += job.results[c].diagnostics.least_effective;
        divergent += job.results[c].diagnostics.n_divergent;
        depth += job.results[c].diagnostics.mean_depth / CHAINS;
    }
    fprintf(stderr, "%s: %.0f s, %zu divergent, depth %.1f, least effective %.0f\n", series.name,
            (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec), divergent, depth, effective);
    for (size_t row = 0; row < job.n_rows; row++) {
        print_row(&job, row, effective);
    }
    fflush(stdout);
    free(series.triangle.increments);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "renewal_reference FOLDER [first [last [draws]]]\n");
        return 2;
    }
    size_t first = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 0, last = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : REFERENCE_SERIES - 1;
    size_t n_draws = argc > 4 ? (size_t)strtoul(argv[4], NULL, 10) : DRAWS;
    struct vg_pool *pool = vg_pool_new(2);
    printf("series,quantity,steps_back,q05,q25,q50,q75,q95,error05,error25,error50,error75,error95,effective\n");
    for (size_t number = first; number <= last && number < REFERENCE_SERIES; number++) {
        run_series(number, argv[1], n_draws, pool);
    }
    vg_pool_free(pool);
    return 0;
}
