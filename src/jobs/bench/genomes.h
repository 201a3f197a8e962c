/*
 * Private to the benchmark of genomes: its rows, to which each part adds its own.
 */
#ifndef VG_BENCH_GENOMES_H
#define VG_BENCH_GENOMES_H

#include "jobs/bench/internal.h"
#include "jobs/bench/bench.h"

struct bench_genomes_row {
    const char *task;
    size_t n;                        /* genomes, or what the task counts */
    double cpu_seconds;              /* for all of them */
    double memory_bytes;             /* NaN: not measured */
    const char *peer;                /* or why there is none */
    double peer_per_cpu_second;      /* NaN: none */
    double bar;                      /* what a second of one core must do; NaN: nothing was promised */
    const char *limit;
};
void bench_genomes_put(struct vg_table *table, const struct bench_genomes_row *row);

/* From sequences to a table (bench_align.c). */
vg_status bench_align(const struct vg_bench_request *request, struct vg_arena *arena, struct vg_table *table, struct vg_error *error);
/* Trees loaded, searched, grown and cut (bench_place.c). n_people: leaves of the largest tree. */
vg_status bench_place(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error);
/* Growth, introductions, dates and calls (bench_lineages.c). n_series: leaves of the tree. */
vg_status bench_lineages(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error);

#endif
