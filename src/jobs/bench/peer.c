/*
 * A peer in R: its script and the series are written to a temporary folder, Rscript runs them, and what it prints is read. Without R or the package it says so.
 */
#include "jobs/bench/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDER_BYTES 64
#define PATH_BYTES 96
#define PATIENCE_SECONDS 600

extern char **environ;

static vg_status write_series(const char *path, const double *values, size_t n_series, size_t n_steps, struct vg_error *error)
{
    struct vg_buffer text;
    vg_buffer_init(&text, (size_t)256 << 20);
    for (size_t series = 0; series < n_series; series++) {
        for (size_t step = 0; step < n_steps; step++) {
            vg_buffer_format(&text, "%s%.0f", step == 0 ? "" : ",", values[series * n_steps + step]);
        }
        vg_buffer_char(&text, '\n');
    }
    vg_status status = text.failed ? vg_fail_memory(error, 0) : vg_file_write_atomic(path, text.data, text.size, error);
    vg_buffer_release(&text);
    return status;
}

/* Exit code of Rscript, or -1 where it is not there; ends it when it takes too long. */
static int run_script(const char *script, const char *series, const char *printed)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int outcome = 0;
    char program[] = "Rscript";
    char option[] = "--vanilla";
    char first[PATH_BYTES];
    char second[PATH_BYTES];
    (void)snprintf(first, sizeof first, "%s", script);
    (void)snprintf(second, sizeof second, "%s", series);
    char *const arguments[] = {program, option, first, second, NULL};
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    bool ready = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, printed, O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0 &&
                 posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                 posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0;
    ready = ready && posix_spawnp(&child, "Rscript", &actions, NULL, arguments, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    if (!ready) {
        return -1;
    }
    const struct timespec nap = {.tv_nsec = 20000000};
    for (double waited = 0; waitpid(child, &outcome, WNOHANG) == 0; waited += 0.02) {
        if (waited > PATIENCE_SECONDS) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, &outcome, 0);
            return -2;
        }
        (void)nanosleep(&nap, NULL);
    }
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -2;
}

/* "seconds S", then a number a line. */
static vg_status read_printed(const char *path, size_t n_series, struct vg_arena *arena, struct bench_peer_result *out, struct vg_error *error)
{
    struct vg_buffer text;
    vg_buffer_init(&text, (size_t)16 << 20);
    vg_status status = vg_file_read(path, (size_t)16 << 20, &text, error);
    const char *at = status == VG_OK && text.data != NULL ? text.data : "";
    out->numbers = VG_ARENA_ARRAY(arena, double, n_series);
    if (status == VG_OK && out->numbers == NULL) {
        status = vg_fail_memory(error, n_series * sizeof(double));
    }
    size_t n = 0;
    out->why_not = "it printed nothing that can be read";
    if (strncmp(at, "missing", 7) == 0) {
        out->why_not = "the package is not installed";
        at = "";
    }
    while (status == VG_OK && *at != '\0') {
        size_t length = strcspn(at, "\n");
        double number = NAN;
        if (strncmp(at, "seconds ", 8) == 0) {
            out->there = vg_parse_double(vg_text_of(at + 8, length - 8), '.', &out->seconds);
        } else if (n < n_series) {
            out->numbers[n++] = vg_parse_double(vg_text_of(at, length), '.', &number) ? number : NAN;
        }
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    out->there = out->there && n == n_series;
    vg_buffer_release(&text);
    return status;
}

vg_status bench_run_peer(const char *script, const double *values, size_t n_series, size_t n_steps, struct vg_arena *arena, struct bench_peer_result *out,
                         struct vg_error *error)
{
    char folder[FOLDER_BYTES] = "/tmp/vigia-bench-XXXXXX";
    char paths[3][PATH_BYTES];
    static const char *const names[3] = {"peer.R", "series.csv", "printed.txt"};
    *out = (struct bench_peer_result){.why_not = "Rscript is not installed"};
    if (mkdtemp(folder) == NULL) {
        return vg_fail_errno(error, errno, "no temporary folder can be made in /tmp");
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    }
    vg_status status = vg_file_write_atomic(paths[0], script, strlen(script), error);
    if (status == VG_OK) {
        status = write_series(paths[1], values, n_series, n_steps, error);
    }
    int code = status == VG_OK ? run_script(paths[0], paths[1], paths[2]) : 0;
    if (status == VG_OK && code != 0) {
        out->why_not = code == -1 || code == 127 ? out->why_not : code == -2 ? "it did not end in time" : "it ended with an error";
    } else if (status == VG_OK) {
        status = read_printed(paths[2], n_series, arena, out, error);
    }
    for (size_t i = 0; i < 3; i++) {
        (void)unlink(paths[i]);
    }
    (void)rmdir(folder);
    return status;
}

static double seconds_of(clockid_t clock)
{
    struct timespec at;
    (void)clock_gettime(clock, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

double bench_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}
