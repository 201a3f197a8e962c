/*
 * Private to the benchmark of the simulator: the world that it runs on, and a place to run things in that is measured by the operating system.
 */
#ifndef VG_BENCH_SIMULATE_H
#define VG_BENCH_SIMULATE_H

#include "jobs/bench/internal.h"

#include "control/control.h"

#define BENCH_AGES 16
#define BENCH_ARRIVALS 64 /* towns in which the first cases arrive */

struct bench_tally { double infections, doses, quarantined, deaths; int32_t days; };

/* An invented country of towns: households, classes, offices, commuting and travel, 16 ages; a disease with wards and intensive care. */
struct bench_scene {
    struct vg_arena arena;
    struct vg_population *population;
    size_t n_towns;
    uint32_t *doses;
    double daily[VG_LAYERS * BENCH_AGES * BENCH_AGES], profile[30];
    double symptomatic[BENCH_AGES], ward[BENCH_AGES], icu[BENCH_AGES], death[BENCH_AGES], uptake[BENCH_AGES];
    uint8_t priority[BENCH_AGES];
    struct vg_disease disease;
    struct vg_epidemic_input input;
    struct vg_import imports[BENCH_ARRIVALS + 1];
    struct vg_campaign campaigns[2];
    struct vg_intervention tracing;
    struct bench_tally tally;
};
/* Towns of 40,000; 20 cases come to each of 64 towns on day 0. */
vg_status bench_scene_make(struct bench_scene *scene, double persons, double r0, struct vg_pool *pool, struct vg_error *error);
/* Three years: immunity wanes with a half-life of 250 days, a second variant comes on day 300, doses from day 250 on, the old first. */
void bench_scene_years(struct bench_scene *scene);
/* From day 30 on half of those who fall ill are tested, and their household and a tenth of whom they met in class and at work stay at home. */
void bench_scene_tracing(struct bench_scene *scene);
void bench_scene_release(struct bench_scene *scene);

/* What the processor counted of a piece of work, all its threads, outside the kernel. NaN: not counted, and why_not says why. */
enum bench_counter { BENCH_INSTRUCTIONS, BENCH_CYCLES, BENCH_CACHE_MISSES, BENCH_BRANCH_MISSES, BENCH_COUNTERS };
struct bench_counts { double counted[BENCH_COUNTERS]; char why_not[96]; };
struct bench_counting { int files[BENCH_COUNTERS]; int error; };
void bench_counting_start(struct bench_counting *counting); /* threads that are started from here on are counted, too */
void bench_counting_stop(struct bench_counting *counting, struct bench_counts *counts);

/*
 * Runs work in a process of its own, so that the operating system tells its peak memory from that of what ran before. What it leaves in result, plain bytes, comes back; so does the
 * progress that it tells. Errors: those of work, VG_CANCELLED, VG_SYSTEM_ERROR when the process ends otherwise (memory).
 */
typedef vg_status bench_apart_work(void *context, void *result, const struct vg_progress *progress, struct vg_error *error);
vg_status bench_apart(bench_apart_work *work, void *context, void *result, size_t size, const struct vg_progress *progress, double *peak_bytes, struct vg_error *error);

/* What a core and its memory do at best here, seconds each. */
struct bench_memory {
    double cycle;         /* an addition that waits for the one before */
    double word_waited;   /* a word from anywhere in `bytes` of memory, when the next address depends on it */
    double word_together; /* the same when addresses are known ahead, so that many are under way */
    double bytes;         /* over which words were looked up */
};
vg_status bench_measure_memory(double bytes, struct bench_memory *memory, struct vg_error *error);

#endif
