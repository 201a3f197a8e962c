/*
 * Private to the benchmarks: what a task is, and how a peer in R is asked.
 */
#ifndef VG_BENCH_INTERNAL_H
#define VG_BENCH_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/bench/bench.h"

/* One series through one analysis. */
struct bench_task {
    const char *name;
    size_t n_steps;
    void (*fill)(uint32_t series, double *values);            /* [n_steps], the same for the same series */
    double (*run)(const double *values, struct vg_arena *arena); /* the number that is compared with the peer's; NaN where there is none */
    /* Instead of run, where series are analysed together: all n at once, a number each. */
    vg_status (*run_all)(const double *values, size_t n, struct vg_pool *pool, double *numbers, struct vg_error *error);
    void (*for_peer)(const double *values, double *peer_values); /* what the peer gets of a series, [peer_steps]; NULL: the series itself */
    size_t peer_steps;
    double (*flops)(void), (*bytes)(void);                    /* of one series, counted from the algorithm */
    const char *peer;                                         /* R package and function */
    size_t peer_series;                                       /* the first so many series go through the peer too */
    size_t most_series;                                       /* so many are measured at most; 0: all */
    bool other_method;                                        /* the peer's number is another estimate of the same thing: the difference says nothing of errors */
    const char *script;                                       /* R: reads the series from the file named first, prints "seconds S" and a number a line; "missing" without its package */
};

double bench_cpu_seconds(void);  /* of the process so far */
double bench_wall_seconds(void);

#define TRANSCENDENTAL 20.0 /* operations that a logarithm, exponential or root is counted as */

/* R: EpiEstim's estimate_R on each series, the median of the newest window. */
extern const char bench_epiestim_script[];
/* Places of one parent, as reporting triangles, by the pooled renewal model (bench_places.c). */
extern const struct bench_task bench_places_task;
/* Each of them by itself; on a pool, one series shares its threads. */
extern const struct bench_task bench_place_task;

/* Matching of published keys with observed identifiers (bench_exposure.c). */
vg_status bench_exposure(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

/* Health certificates verified and issued (bench_certificate.c). */
vg_status bench_certificate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);
/* Who infected whom (bench_chains.c). */
vg_status bench_chains(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

/* Plans beside CLP (bench_allocate.c). */
vg_status bench_allocate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

/* A node with a million contacts asked what officers ask (bench_tracing.c). */
vg_status bench_tracing(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

/* Genomes aligned (bench_genomes.c). */
vg_status bench_genomes(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error);

struct bench_peer_result {
    bool there;
    const char *why_not;     /* a sentence where it is not there */
    double seconds;
    double *numbers;         /* [n_series] */
};
/* Runs the script on the series in a process of its own. A peer that is not installed is no error. */
vg_status bench_run_peer(const char *script, const double *values, size_t n_series, size_t n_steps, struct vg_arena *arena, struct bench_peer_result *out,
                         struct vg_error *error);

/* Rows of the simulator's tasks; see vg_job_bench. */
vg_status bench_simulate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error);

#endif
