/*
 * benchmarks that the program runs by itself, beside peers where these are installed.
 */
#ifndef VG_JOBS_BENCH_H
#define VG_JOBS_BENCH_H

#include "jobs/jobs.h"

struct vg_bench { const char *name, *summary; };
extern const struct vg_bench vg_benches[]; /* ends with a name of NULL */
struct vg_bench_request {
    const char *name;
    size_t n_series;        /* monitor, exposure: 0: as many as the benchmark is meant for */
    unsigned threads;       /* monitor, exposure: of the second measurement, the first is with one; 0: all processors. simulate: 0: one */
    bool without_peers;
    size_t n_people;        /* simulate: of the first wave, or of the task asked for; genomes: leaves of the largest tree; 0: its own number */
    const char *only;       /* simulate: "wave", "years", "tracing" or "exact"; genomes: "align" or "place"; NULL: all */
};
/*
 * "simulate": a row a task: task, people, threads, days, infections, doses, quarantined, population_cpu_seconds, cpu_seconds (user and system, without the population), system_seconds,
 * wall_seconds, infections_per_cpu_second, peak_bytes (of the task's own process, by the operating system), bytes_per_person, peer, peer_infections_per_cpu_second, ratio, bar, instructions,
 * cycles, cache_misses, branch_misses (empty where the kernel does not let them be counted), contacts, challenges, limit.
 * "monitor": series made here through the analyses. A row a task and number of threads: task, threads, series, seconds, series_per_second, peer, peer_series, peer_seconds,
 * peer_series_per_second, ratio (ours per second by the peer's), largest_difference (of the compared number, relative), limit. A peer that is not installed is named
 * with the reason. "genomes": task, n, cpu_seconds, per_cpu_second, memory_bytes, peer, peer_per_cpu_second, ratio, bar, held, limit. "tracing": a node of n_series contacts (a million): task, n, mean_ms, worst_ms (of the processor), worst_clock_ms, bar_ms, held, what. "exposure" has columns of its own: task, threads, keys, seconds, cpu_seconds, keys_per_cpu_second, ratio (to the reference's way), limit. progress may be NULL.
 */
vg_status vg_job_bench(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                       struct vg_error *error) VG_MUST_USE;

#endif
