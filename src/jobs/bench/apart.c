/*
 * Work in a process of its own (fork, pipe, wait4), the processor's counters (perf_event_open, where the kernel and the machine allow them), and the times of single words and additions.
 */
#include "jobs/bench/simulate.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------ a process apart */

#define WHAT_BYTES 64
struct news { double fraction; bool done; vg_status status; char what[WHAT_BYTES]; struct vg_error error; };

static bool write_all(int file, const void *data, size_t size)
{
    const char *from = data;
    while (size > 0) {
        ssize_t n = write(file, from, size);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        from += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_all(int file, void *data, size_t size)
{
    char *to = data;
    while (size > 0) {
        ssize_t n = read(file, to, size);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        to += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool tell(void *context, const char *what, double fraction)
{
    const int *file = context;
    struct news news = {.fraction = fraction};
    (void)snprintf(news.what, sizeof news.what, "%s", what);
    return write_all(*file, &news, sizeof news);
}

static void child(int file, bench_apart_work *work, void *context, void *result, size_t size)
{
    const struct vg_progress progress = {tell, &file};
    struct news last = {.done = true};
    last.status = work(context, result, &progress, &last.error);
    bool told = write_all(file, &last, sizeof last) && (last.status != VG_OK || write_all(file, result, size));
    _exit(told ? 0 : 1);
}

/* Passes progress on until the last news. */
static vg_status listen(int file, pid_t pid, void *result, size_t size, const struct vg_progress *progress, struct vg_error *error)
{
    struct news news;
    while (read_all(file, &news, sizeof news)) {
        if (!news.done) {
            if (!vg_progress_report(progress, news.what, news.fraction)) {
                (void)kill(pid, SIGKILL);
                return vg_fail(error, VG_CANCELLED, "the benchmark was stopped");
            }
            continue;
        }
        if (news.status != VG_OK) {
            return vg_fail(error, news.status, "%s", news.error.message);
        }
        return read_all(file, result, size) ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "the process that was measured ended before its result was read");
    }
    return vg_fail(error, VG_SYSTEM_ERROR, "the process that was measured was ended, perhaps for lack of memory");
}

vg_status bench_apart(bench_apart_work *work, void *context, void *result, size_t size, const struct vg_progress *progress, double *peak_bytes, struct vg_error *error)
{
    int ends[2];
    int how;
    struct rusage usage = {0};
    if (pipe(ends) != 0) {
        return vg_fail_errno(error, errno, "a pipe cannot be had");
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return vg_fail_errno(error, errno, "a process cannot be had");
    }
    if (pid == 0) {
        (void)close(ends[0]);
        child(ends[1], work, context, result, size);
    }
    (void)close(ends[1]);
    vg_status status = listen(ends[0], pid, result, size, progress, error);
    (void)close(ends[0]);
    while (wait4(pid, &how, 0, &usage) < 0 && errno == EINTR) {
    }
    *peak_bytes = (double)usage.ru_maxrss * 1024;
    return status;
}

/* ------------------------------------------------------------------- counters */

static int open_counter(uint64_t config)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE, .size = sizeof attributes, .config = config};
    attributes.inherit = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0UL);
}

void bench_counting_start(struct bench_counting *counting)
{
    static const uint64_t configs[BENCH_COUNTERS] = {PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_CACHE_MISSES, PERF_COUNT_HW_BRANCH_MISSES};
    counting->error = 0;
    for (size_t i = 0; i < BENCH_COUNTERS; i++) {
        counting->files[i] = open_counter(configs[i]);
        counting->error = counting->files[i] < 0 ? errno : counting->error;
    }
}

void bench_counting_stop(struct bench_counting *counting, struct bench_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    for (size_t i = 0; i < BENCH_COUNTERS; i++) {
        uint64_t n = 0;
        counts->counted[i] = counting->files[i] >= 0 && read(counting->files[i], &n, sizeof n) == sizeof n ? (double)n : NAN;
        if (counting->files[i] >= 0) {
            (void)close(counting->files[i]);
        }
    }
    if (counting->error == EACCES || counting->error == EPERM) {
        (void)snprintf(counts->why_not, sizeof counts->why_not, "the kernel does not allow them here (perf_event_paranoid)");
    } else if (counting->error != 0) {
        (void)snprintf(counts->why_not, sizeof counts->why_not, "this machine does not have them (%.40s)", strerror(counting->error));
    }
}

/* --------------------------------------------------------------- single words */

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static double time_cycle(void)
{
    enum { ROUNDS = 20000000 };
    double best = 1;
    for (int time = 0; time < 5; time++) { /* the best of several: others may be at work too */
        double start = now();
        uint64_t x = (uint64_t)time;
        for (uint64_t i = 0; i < ROUNDS; i++) {
            x += i;
            __asm__ volatile("" : "+r"(x)); /* each addition by itself */
        }
        best = fmin(best, (now() - start) / ROUNDS);
    }
    return best;
}

static uint64_t next_address(uint64_t x)
{
    return x * 6364136223846793005U + 1442695040888963407U;
}

#define LOOKED_UP 2000000U

static double look_up_waiting(const uint64_t *words, size_t n, uint64_t x)
{
    uint64_t word = 0;
    double start = now();
    for (uint32_t i = 0; i < LOOKED_UP; i++) {
        x = next_address(x + word); /* words are zero, which the processor learns when they come */
        word = words[(size_t)(((x >> 32) * n) >> 32)];
        __asm__ volatile("" : "+r"(word));
    }
    return now() - start;
}

static double look_up_together(const uint64_t *words, size_t n, uint64_t x)
{
    uint64_t sum = 0;
    double start = now();
    for (uint32_t i = 0; i < LOOKED_UP; i++) {
        x = next_address(x);
        sum += words[(size_t)(((x >> 32) * n) >> 32)];
        __asm__ volatile("" : "+r"(sum));
    }
    return now() - start;
}

static double time_words(const uint64_t *words, size_t n, double (*look_up)(const uint64_t *words, size_t n, uint64_t x))
{
    double best = 10;
    for (uint64_t time = 0; time < 3; time++) {
        best = fmin(best, look_up(words, n, 88172645463325252U + time));
    }
    return best / LOOKED_UP;
}

vg_status bench_measure_memory(double bytes, struct bench_memory *memory, struct vg_error *error)
{
    const size_t page = (size_t)1 << 21;
    size_t size = ((size_t)bytes + page - 1) / page * page;
    uint64_t *words = aligned_alloc(page, size);
    if (words == NULL) {
        return vg_fail_memory(error, size);
    }
    (void)madvise(words, size, MADV_HUGEPAGE); /* as the simulator's own */
    memset(words, 0, size);
    memory->bytes = (double)size;
    memory->cycle = time_cycle();
    memory->word_waited = time_words(words, size / sizeof *words, look_up_waiting);
    memory->word_together = time_words(words, size / sizeof *words, look_up_together);
    free(words);
    return VG_OK;
}
