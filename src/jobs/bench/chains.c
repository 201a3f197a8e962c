/*
 * How fast it is found who infected whom: candidates, the instant answer and the sampler on a made epidemic of 100,000 cases with genomes, contacts and
 * places, and the sampler on outbreaks of the sizes on which outbreaker2 1.1.4 was timed. Times are of the processor. The sampler's hours are told from a few
 * sweeps, as each costs the same.
 */
#include "jobs/bench/internal.h"

#include "trace/chains/chains.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { CASES = 100000, A_DAY = 1000, CANDIDATES = 32, SITES = 4096, SWEEPS = 20, PLACE_SIZE = 60, SWEEPS_WANTED = 2000, CHAINS_WANTED = 4 };

/* outbreaker2 1.1.4 with R 4.2 and genomes, built from source on a machine of this kind: milliseconds an iteration. */
static const struct {
    uint32_t n;
    double milliseconds;
} peer[] = {{50, 4.1}, {100, 8.5}, {200, 20}, {400, 64}, {800, 358}};

struct chains_bench {
    struct vg_chain_data data;
    struct vg_chain_model model;
    struct vg_chain_genomes genomes;
    struct vg_chain_case *cases;
    struct vg_chain_contact *contacts;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
};

static double seconds_of(clockid_t which)
{
    struct timespec at;
    (void)clock_gettime(which, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static size_t draw_delay(const double *delay, struct vg_random *random)
{
    double left = vg_random_uniform(random);
    size_t day = 0;
    while (day + 1 < VG_CHAIN_SHOWN_MAX && (left -= delay[day]) > 0) {
        day++;
    }
    return day;
}

/* So many infections a day, each by one of a generation time before, in a place and with a genome that follow from the infector's. In order of days shown. */
static vg_status make_world(struct chains_bench *bench, size_t n)
{
    struct vg_random random = vg_random_stream(20210205, 0, 0, 0x626368);
    size_t a_day = n < A_DAY * 20 ? n / 20 + 1 : A_DAY, words = SITES / 64;
    uint32_t *infector = VG_ARENA_ARRAY(bench->arena, uint32_t, n), *order = VG_ARENA_ARRAY(bench->arena, uint32_t, n),
             *place = VG_ARENA_ARRAY(bench->arena, uint32_t, n);
    int32_t *shown = VG_ARENA_ARRAY(bench->arena, int32_t, n);
    bench->cases = VG_ARENA_ARRAY(bench->arena, struct vg_chain_case, n);
    bench->contacts = VG_ARENA_ARRAY(bench->arena, struct vg_chain_contact, 2 * n);
    bench->genomes = (struct vg_chain_genomes){.n = n, .length = 30000, .n_words = words, .planes = VG_ARENA_ARRAY(bench->arena, uint64_t, n * 3 * words)};
    if (bench->arena->failed) {
        return vg_fail_memory(bench->error, n * 24 * words);
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t day = i / a_day, back = draw_delay(bench->model.generation, &random);
        uint64_t *genome = bench->genomes.planes + (size_t)i * 3 * words;
        infector[i] = back > day ? VG_CHAIN_NONE : (uint32_t)((day - back) * a_day + vg_random_below(&random, (uint32_t)a_day));
        shown[i] = (int32_t)(day + draw_delay(bench->model.shown[0], &random));
        place[i] =
            infector[i] == VG_CHAIN_NONE || vg_random_uniform(&random) > 0.7 ? vg_random_below(&random, (uint32_t)(n / PLACE_SIZE + 1)) : place[infector[i]];
        if (infector[i] != VG_CHAIN_NONE) {
            memcpy(genome, bench->genomes.planes + (size_t)infector[i] * 3 * words, 2 * words * sizeof *genome);
        }
        for (int64_t k = vg_random_poisson(&random, infector[i] == VG_CHAIN_NONE ? 10 : 0.6); k > 0; k--) {
            uint32_t site = vg_random_below(&random, SITES);
            genome[site / 64 + words * vg_random_below(&random, 2)] ^= UINT64_C(1) << (site % 64);
        }
        memset(genome + 2 * words, 0xff, words * sizeof *genome);
    }
    size_t at = 0;
    for (int32_t day = 0; at < n; day++) { /* a case is shown after its day by less than the window */
        size_t from = (size_t)(day < VG_CHAIN_SHOWN_MAX ? 0 : day - VG_CHAIN_SHOWN_MAX) * a_day;
        for (size_t i = from; i < n && i < (size_t)(day + 1) * a_day; i++) {
            if (shown[i] == day) {
                order[i] = (uint32_t)at;
                bench->cases[at++] = (struct vg_chain_case){.day = day, .place = place[i], .genome = (uint32_t)i};
            }
        }
    }
    bench->data = (struct vg_chain_data){.cases = bench->cases, .n = n, .contacts = bench->contacts, .genomes = &bench->genomes, .as_of = VG_DATE_NONE};
    for (size_t i = 0; i < n; i++) {
        if (infector[i] != VG_CHAIN_NONE && vg_random_uniform(&random) < 0.4) {
            bench->contacts[bench->data.n_contacts++] = (struct vg_chain_contact){order[infector[i]], order[i], false};
        }
        uint32_t other = vg_random_below(&random, (uint32_t)n);
        if (other != order[i]) {
            bench->contacts[bench->data.n_contacts++] = (struct vg_chain_contact){order[i], other, false};
        }
    }
    return VG_OK;
}

static void row(struct chains_bench *bench, const char *task, unsigned threads, double wall, double cpu, double each, double ratio, const char *note)
{
    vg_table_text(bench->table, task);
    vg_table_integer(bench->table, (int64_t)bench->data.n);
    vg_table_integer(bench->table, threads);
    vg_table_double(bench->table, wall);
    vg_table_double(bench->table, cpu);
    vg_table_double(bench->table, each);
    vg_table_double(bench->table, ratio);
    vg_table_text(bench->table, note);
}

/* Everything on the large world. */
static vg_status measure_large(struct chains_bench *bench, size_t n, struct vg_pool *pool)
{
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    vg_status status = make_world(bench, n);
    double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    if (status == VG_OK) {
        status = vg_chains_candidates(&bench->data, &bench->model, CANDIDATES, pool, bench->arena, &candidates, bench->error);
    }
    if (status != VG_OK) {
        return status;
    }
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    row(bench, "candidates", vg_pool_threads(pool), seconds_of(CLOCK_MONOTONIC) - wall, cpu, 1e6 * cpu / (double)n, NAN,
        vg_arena_format(bench->arena, "%.1f a case of at most %d, by contact, place, genome and time", (double)candidates.n_list / (double)n, CANDIDATES));
    wall = seconds_of(CLOCK_MONOTONIC);
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    status = vg_chains_instant(&bench->data, &bench->model, &candidates, pool, bench->arena, &posterior, bench->error);
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    row(bench, "instant answer", vg_pool_threads(pool), seconds_of(CLOCK_MONOTONIC) - wall, cpu, 1e6 * cpu / (double)n, NAN,
        "13 passes over the candidates, with the parameters");
    vg_chains_run_defaults(&run);
    run.n_chains = vg_pool_threads(pool) > 1 ? 2 : 1;
    run.warm_up = 0;
    run.sweeps = SWEEPS;
    double spent[2] = {0, 0}, passed[2] = {0, 0};
    for (int time = 0; status == VG_OK && time < 2; time++) { /* setting up and summing up fall out of the difference */
        run.sweeps = time == 0 ? 1 : SWEEPS + 1;
        passed[time] = seconds_of(CLOCK_MONOTONIC);
        spent[time] = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        status = vg_chains_sample(&bench->data, &bench->model, &candidates, &run, pool, NULL, bench->arena, &posterior, NULL, bench->error);
        spent[time] = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - spent[time];
        passed[time] = seconds_of(CLOCK_MONOTONIC) - passed[time];
    }
    double each = (spent[1] - spent[0]) / (double)(SWEEPS * run.n_chains), sweep_wall = (passed[1] - passed[0]) / SWEEPS;
    row(bench, "sampler, a sweep", (unsigned)run.n_chains, sweep_wall, each, 1e6 * each / (double)n, NAN,
        vg_arena_format(bench->arena, "%d chains of %d sweeps: %.1f CPU minutes, %.1f minutes on two cores", CHAINS_WANTED, SWEEPS_WANTED,
                        each * CHAINS_WANTED * SWEEPS_WANTED / 60, each * CHAINS_WANTED * SWEEPS_WANTED / 120));
    return status;
}

static vg_status measure_small(struct chains_bench *bench, uint32_t n, double peer_milliseconds)
{
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    vg_status status = make_world(bench, n);
    bench->data.n_contacts = 0;
    vg_chains_run_defaults(&run);
    run.n_chains = 1;
    run.warm_up = 0;
    run.sweeps = 2000;
    if (status == VG_OK) {
        status = vg_chains_candidates(&bench->data, &bench->model, VG_CHAIN_CANDIDATES_MAX, NULL, bench->arena, &candidates, bench->error);
    }
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    if (status == VG_OK) {
        status = vg_chains_sample(&bench->data, &bench->model, &candidates, &run, NULL, NULL, bench->arena, &posterior, NULL, bench->error);
    }
    cpu = (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)run.sweeps;
    if (status == VG_OK) {
        row(bench, "sampler, a sweep", 1, NAN, cpu, 1e6 * cpu / n, 1e-3 * peer_milliseconds / cpu,
            vg_arena_format(
                bench->arena,
                "outbreaker2 1.1.4: %.1f ms an iteration (measured before, not in this run); %.0f independent draws of the log posterior in %zu sweeps",
                peer_milliseconds, posterior.log_posterior.effective_size, run.sweeps));
    }
    return status;
}

vg_status bench_chains(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                       struct vg_error *error)
{
    struct chains_bench *bench = VG_ARENA_ARRAY(arena, struct chains_bench, 1);
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {{"task", VG_COLUMN_TEXT},      {"cases", VG_COLUMN_INTEGER},      {"threads", VG_COLUMN_INTEGER},
                   {"seconds", VG_COLUMN_DOUBLE}, {"cpu_seconds", VG_COLUMN_DOUBLE}, {"cpu_microseconds_a_case", VG_COLUMN_DOUBLE},
                   {"ratio", VG_COLUMN_DOUBLE},   {"note", VG_COLUMN_TEXT}};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(&answer->table, columns[k].name, columns[k].kind);
    }
    if (bench == NULL) {
        return vg_fail_memory(error, sizeof *bench);
    }
    *bench = (struct chains_bench){.arena = arena, .table = &answer->table, .error = error};
    vg_chains_model_defaults(&bench->model);
    vg_status status = vg_chains_delay_gamma(5.2, 2.1, 1, bench->model.generation, VG_CHAIN_GENERATION_MAX, error);
    if (status == VG_OK) {
        status = vg_chains_delay_gamma(5.1, 2.9, 0, bench->model.shown[0], VG_CHAIN_SHOWN_MAX, error);
    }
    struct vg_pool *pool = vg_pool_new(request->threads == 0 ? 2 : request->threads);
    bool goes_on = vg_progress_report(progress, "a large epidemic", 0.1);
    if (status == VG_OK && goes_on) {
        status = measure_large(bench, request->n_series == 0 ? CASES : request->n_series, pool);
    }
    for (size_t k = 0; status == VG_OK && goes_on && k < sizeof peer / sizeof *peer; k++) {
        goes_on = vg_progress_report(progress, "small outbreaks", 0.6 + 0.08 * (double)k);
        status = measure_small(bench, peer[k].n, peer[k].milliseconds);
    }
    vg_pool_free(pool);
    return status == VG_OK && !goes_on ? vg_fail(error, VG_CANCELLED, "the benchmark was stopped") : status;
}
