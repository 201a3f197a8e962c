/*
 * How fast the simulator is: a first wave, three years with waning, a second variant and vaccination, the same with tracing, and contact-exact mode without and with it. Each runs in a process of its own, so
 * that peak memory is the operating system's figure for that run; what limits it is counted by the processor where that is allowed, and timed beside it everywhere.
 */
#include "jobs/bench/simulate.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* OpenABM-Covid19 (github.com/BDI-pathogens/OpenABM-Covid19, with its own baseline_parameters.csv, 100,000 and a million people, one core at 2.6 GHz): 4,400 to 4,700 infections a CPU second. */
#define PEER_INFECTIONS 4700.0
#define MEMORY_MOST 1073741824.0

struct task {
    const char *option, *name;
    double people;           /* unless asked otherwise */
    int32_t days;
    enum vg_contact_mode mode;
    bool years, tracing;
    double bar_people, bar_seconds; /* at most so many CPU seconds at that size; 0: none */
    double bar_ratio;        /* at least so many times the peer */
};
static const struct task tasks[] = {
    {"wave", "first wave with R0 3", 1e7, 1000, VG_CONTACTS_THINNED, false, false, 660e6, 240, 0},
    {"years", "three years: waning, a second variant, vaccination", 1e7, 1095, VG_CONTACTS_THINNED, true, false, 1e7, 15, 0},
    {"tracing", "the same with tests, tracing and quarantine", 1e7, 1095, VG_CONTACTS_THINNED, true, true, 1e7, 25, 0},
    {"exact", "contact-exact mode: first wave with R0 3", 1e6, 1000, VG_CONTACTS_EXACT, false, false, 0, 0, 10},
    {"exact-tracing", "contact-exact mode: first wave with tests and tracing", 1e6, 1000, VG_CONTACTS_EXACT, false, true, 0, 0, 10},
};
#define TASKS (sizeof tasks / sizeof *tasks)

struct measured {
    struct bench_tally tally;
    struct vg_epidemic_work work;
    struct bench_counts counts;
    double people, user, system, wall, population_seconds; /* user and system without the population's making */
};
struct run { const struct task *task; double people; unsigned threads; };

static double wall_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static vg_status simulate(struct bench_scene *scene, const struct task *task, struct vg_pool *pool, const struct vg_progress *progress, struct measured *m, struct vg_error *error)
{
    struct vg_epidemic *epidemic = NULL;
    vg_status status = vg_epidemic_new(&scene->input, pool, &epidemic, error);
    while (status == VG_OK && vg_epidemic_today(epidemic) < task->days && !vg_epidemic_over(epidemic)) {
        int32_t most = task->years ? task->days : 200;
        (void)vg_progress_report(progress, task->name, fmin(1, (double)vg_epidemic_today(epidemic) / most));
        status = vg_epidemic_advance(epidemic, 1, error);
    }
    if (status == VG_OK) {
        m->work = vg_epidemic_work(epidemic);
    }
    vg_epidemic_free(epidemic);
    return status;
}

static vg_status run_task(void *context, void *result, const struct vg_progress *progress, struct vg_error *error)
{
    const struct run *run = context;
    struct measured *m = result;
    struct bench_counting counting;
    struct rusage before;
    struct rusage after;
    struct bench_scene *scene = calloc(1, sizeof *scene);
    bench_counting_start(&counting); /* before there are threads */
    struct vg_pool *pool = vg_pool_new(run->threads);
    vg_status status = scene == NULL ? vg_fail_memory(error, sizeof *scene) : bench_scene_make(scene, run->people, 3, pool, error);
    if (status == VG_OK) {
        if (run->task->years) {
            bench_scene_years(scene);
        }
        if (run->task->tracing) {
            bench_scene_tracing(scene);
        }
        scene->input.mode = run->task->mode;
        (void)getrusage(RUSAGE_SELF, &before);
        m->population_seconds = seconds_of(before.ru_utime) + seconds_of(before.ru_stime);
        double start = wall_seconds();
        status = simulate(scene, run->task, pool, progress, m, error);
        m->wall = wall_seconds() - start;
        (void)getrusage(RUSAGE_SELF, &after);
        m->user = seconds_of(after.ru_utime) - seconds_of(before.ru_utime);
        m->system = seconds_of(after.ru_stime) - seconds_of(before.ru_stime);
        m->people = (double)vg_population_size(scene->population);
        m->tally = scene->tally;
    }
    vg_pool_free(pool);
    bench_counting_stop(&counting, &m->counts);
    if (scene != NULL) {
        bench_scene_release(scene);
    }
    free(scene);
    return status;
}

static vg_status time_memory(void *context, void *result, const struct vg_progress *progress, struct vg_error *error)
{
    const double *bytes = context;
    (void)vg_progress_report(progress, "memory", 0);
    return bench_measure_memory(*bytes, result, error);
}

/* Words of people that an infection makes the simulator look up: one a contact, one a challenge, one a step of a course or an order, one to infect, and one a dose. */
static double words_of(const struct measured *m)
{
    double looked_up = (double)(m->work.contacts + m->work.challenges + m->work.courses + m->work.orders) + m->tally.infections + m->tally.doses;
    return looked_up / m->tally.infections;
}

static const char *limit_of(const struct measured *m, const struct bench_memory *memory, struct vg_arena *arena)
{
    double each = (m->user + m->system) / m->tally.infections;
    double words = words_of(m);
    double together = words * memory->word_together / each;
    double waited = words * memory->word_waited / each;
    const char *text = vg_arena_format(arena, "%s: %.0f cycles an infection (%.2f ns each, timed); %.1f effective contacts, %.1f of them reach somebody; %.1f words of people looked up, of %.0f MB: "
                                       "%.1f ns each when many are under way, %.0f %% of the time, %.0f ns when waited for, which would be %.0f %%", together > 0.5 ? "memory" : "arithmetic and branches",
                                       each / memory->cycle, memory->cycle * 1e9, (double)m->work.contacts / m->tally.infections, (double)m->work.challenges / m->tally.infections, words,
                                       m->people * 8e-6, memory->word_together * 1e9, 100 * together, memory->word_waited * 1e9, 100 * waited);
    if (isnan(m->counts.counted[BENCH_INSTRUCTIONS])) {
        return vg_arena_format(arena, "%s; instructions, cache and branch misses are not counted: %s", text, m->counts.why_not);
    }
    const double *n = m->counts.counted;
    return vg_arena_format(arena, "%s; counted, with the population's making: %.0f instructions an infection, %.2f a cycle, %.1f cache misses, %.1f branch misses", text,
                           n[BENCH_INSTRUCTIONS] / m->tally.infections, n[BENCH_INSTRUCTIONS] / n[BENCH_CYCLES], n[BENCH_CACHE_MISSES] / m->tally.infections,
                           n[BENCH_BRANCH_MISSES] / m->tally.infections);
}

static const char *bar_of(const struct task *task, const struct measured *m, double ratio, struct vg_arena *arena)
{
    double seconds = m->user + m->system;
    if (task->bar_ratio > 0) {
        return vg_arena_format(arena, "at least %.0f times the peer: %s", task->bar_ratio, ratio >= task->bar_ratio ? "kept" : "missed");
    }
    bool same = fabs(m->people / task->bar_people - 1) < 0.01;
    return vg_arena_format(arena, "at most %.0f CPU s for %.0f million: %s", task->bar_seconds, task->bar_people / 1e6, !same ? "not this size" : seconds <= task->bar_seconds ? "kept" : "missed");
}

static void add_columns(struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind type; } columns[] = {
        {"task", VG_COLUMN_TEXT}, {"people", VG_COLUMN_INTEGER}, {"threads", VG_COLUMN_INTEGER}, {"days", VG_COLUMN_INTEGER}, {"infections", VG_COLUMN_INTEGER},
        {"doses", VG_COLUMN_INTEGER}, {"quarantined", VG_COLUMN_INTEGER}, {"population_cpu_seconds", VG_COLUMN_DOUBLE}, {"cpu_seconds", VG_COLUMN_DOUBLE}, {"system_seconds", VG_COLUMN_DOUBLE},
        {"wall_seconds", VG_COLUMN_DOUBLE}, {"infections_per_cpu_second", VG_COLUMN_DOUBLE}, {"peak_bytes", VG_COLUMN_DOUBLE}, {"bytes_per_person", VG_COLUMN_DOUBLE},
        {"peer", VG_COLUMN_TEXT}, {"peer_infections_per_cpu_second", VG_COLUMN_DOUBLE}, {"ratio", VG_COLUMN_DOUBLE}, {"bar", VG_COLUMN_TEXT}, {"instructions", VG_COLUMN_DOUBLE},
        {"cycles", VG_COLUMN_DOUBLE}, {"cache_misses", VG_COLUMN_DOUBLE}, {"branch_misses", VG_COLUMN_DOUBLE}, {"contacts", VG_COLUMN_INTEGER}, {"challenges", VG_COLUMN_INTEGER},
        {"limit", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].type);
    }
}

static void add_row(struct vg_table *table, const struct run *run, const struct measured *m, const struct bench_memory *memory, double peak_bytes, struct vg_arena *arena)
{
    double seconds = m->user + m->system;
    double ratio = m->tally.infections / seconds / PEER_INFECTIONS;
    vg_table_text(table, run->task->name);
    vg_table_integer(table, (int64_t)m->people);
    vg_table_integer(table, run->threads);
    vg_table_integer(table, m->tally.days);
    vg_table_integer(table, (int64_t)m->tally.infections);
    vg_table_integer(table, (int64_t)m->tally.doses);
    vg_table_integer(table, (int64_t)m->tally.quarantined);
    vg_table_double(table, m->population_seconds);
    vg_table_double(table, seconds);
    vg_table_double(table, m->system);
    vg_table_double(table, m->wall);
    vg_table_double(table, m->tally.infections / seconds);
    vg_table_double(table, peak_bytes);
    vg_table_double(table, peak_bytes / m->people);
    vg_table_text(table, "OpenABM-Covid19, its own baseline, measured on a 2.6 GHz core");
    vg_table_double(table, PEER_INFECTIONS);
    vg_table_double(table, ratio);
    vg_table_text(table, bar_of(run->task, m, ratio, arena));
    for (size_t i = 0; i < BENCH_COUNTERS; i++) {
        vg_table_double(table, m->counts.counted[i]);
    }
    vg_table_integer(table, (int64_t)m->work.contacts);
    vg_table_integer(table, (int64_t)m->work.challenges);
    vg_table_text(table, limit_of(m, memory, arena));
}

static vg_status one(const struct run *run, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct run copy = *run;
    struct bench_memory memory;
    struct measured measured;
    double peak = 0;
    double bytes = fmin(8 * run->people, MEMORY_MOST);
    double unwanted = 0;
    memset(&measured, 0, sizeof measured);
    memset(&memory, 0, sizeof memory);
    vg_status status = bench_apart(time_memory, &bytes, &memory, sizeof memory, progress, &unwanted, error);
    if (status == VG_OK) {
        status = bench_apart(run_task, &copy, &measured, sizeof measured, progress, &peak, error);
    }
    if (status == VG_OK) {
        add_row(table, run, &measured, &memory, peak, arena);
    }
    return status;
}

vg_status bench_simulate(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    bool any = false;
    vg_status status = VG_OK;
    add_columns(table);
    for (size_t i = 0; status == VG_OK && i < TASKS; i++) {
        const struct task *task = &tasks[i];
        bool asked = request->only != NULL && strcmp(request->only, task->option) == 0;
        if (request->only != NULL && !asked) {
            continue;
        }
        bool sized = request->n_people > 0 && (asked || i == 0);
        struct run run = {task, sized ? (double)request->n_people : task->people, request->threads == 0 ? 1 : request->threads};
        any = true;
        status = one(&run, progress, arena, table, error);
    }
    return any || status != VG_OK ? status : vg_fail(error, VG_USAGE_ERROR, "--only is wave, years, tracing, exact or exact-tracing, not \"%.40s\"", request->only);
}
