/*
 * From FASTA to a table: 4,000 made genomes as long as SARS-CoV-2's, each with a hundred substitutions, five deletions, an insertion, ambiguity codes and runs of N, in
 * lines of 60; and 400 as long as dengue's with a quarter of their letters changed. minimap2, where it is installed, aligns the first 200 of the former in the same run.
 */
#include "jobs/bench/genomes.h"

#include "intake/genome/genome.h"
#include "jobs/genome/genome.h"
#include "jobs/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GENOMES = 4000, FAR_GENOMES = 400, LENGTH = 29903, FAR_LENGTH = 10700, PEER_GENOMES = 200, LINE = 60 };

struct made {
    char *reference;
    uint32_t length;
    struct vg_buffer fasta;
    size_t letters;
};

static void make_reference(struct made *made, struct vg_arena *arena, uint32_t length)
{
    struct vg_random random = vg_random_stream(20200105, length, 0, 0);
    made->length = length;
    made->reference = vg_arena_alloc(arena, (size_t)length + 1, 1);
    for (uint32_t i = 0; made->reference != NULL && i < length; i++) {
        made->reference[i] = "ACGT"[vg_random_below(&random, 4)];
    }
    vg_buffer_init(&made->fasta, 0);
}

static void put_lines(struct made *made, uint32_t number, const char *letters, uint32_t length)
{
    vg_buffer_format(&made->fasta, ">made/%u\n", number);
    for (uint32_t i = 0; i < length; i += LINE) {
        vg_buffer_append(&made->fasta, letters + i, length - i < LINE ? length - i : LINE);
        vg_buffer_char(&made->fasta, '\n');
    }
    made->letters += length;
}

static void make_genome(struct made *made, uint32_t number, double changed, char *out)
{
    struct vg_random random = vg_random_stream(20200106, number, made->length, 0);
    uint32_t n = 0, next_gap = vg_random_below(&random, made->length / 3);
    for (uint32_t i = 0; i < made->length; i++) {
        if (i == next_gap) {
            uint32_t length = 3 * (1 + vg_random_below(&random, 4));
            if (vg_random_below(&random, 6) == 0) {
                memcpy(out + n, "GAGCCAGAA", 9);
                n += 9;
            } else {
                i += length;
            }
            next_gap = i + 100 + vg_random_below(&random, made->length / 3);
            continue;
        }
        char letter = made->reference[i];
        if (vg_random_uniform(&random) < changed) {
            letter = "ACGT"[((letter >> 1 & 3) + 1 + vg_random_below(&random, 3)) % 4];
        }
        out[n++] = letter;
    }
    for (int k = 0; k < 3; k++) {
        memset(out + vg_random_below(&random, n - 300), 'N', 100 + vg_random_below(&random, 200));
    }
    out[vg_random_below(&random, n)] = 'R';
    put_lines(made, number, out, n);
}

static vg_status make(struct made *made, struct vg_arena *arena, uint32_t length, uint32_t n, double changed, struct vg_error *error)
{
    make_reference(made, arena, length);
    char *letters = vg_arena_alloc(arena, 2 * (size_t)length, 1);
    for (uint32_t i = 0; letters != NULL && made->reference != NULL && i < n; i++) {
        make_genome(made, i, changed, letters);
    }
    return letters == NULL || made->reference == NULL || made->fasta.failed ? vg_fail_memory(error, made->fasta.size) : VG_OK;
}

/* ----------------------------------------------------------------------- files */

/* A file that is in memory alone, under a path. */
struct memory_file {
    int descriptor;
    char path[64];
};

static vg_status put_file(struct memory_file *file, const char *head, const char *data, size_t size, struct vg_error *error)
{
    file->descriptor = memfd_create("vigia-bench", 0);
    (void)snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
    bool fine = file->descriptor >= 0 && write(file->descriptor, head, strlen(head)) == (ssize_t)strlen(head);
    for (size_t at = 0; fine && at < size;) {
        ssize_t written = write(file->descriptor, data + at, size - at);
        fine = written > 0;
        at += fine ? (size_t)written : 0;
    }
    return fine ? VG_OK : vg_fail_errno(error, errno, "the made genomes cannot be written");
}

static vg_status count_bytes(void *context, const void *data, size_t size, struct vg_error *error)
{
    (void)data;
    (void)error;
    *(size_t *)context += size;
    return VG_OK;
}

/* --------------------------------------------------------------------- measures */

static double copy_rate(const struct vg_buffer *bytes)
{
    char *to = malloc(bytes->size);
    double start = bench_cpu_seconds(), seconds;
    for (int k = 0; to != NULL && k < 4; k++) {
        memcpy(to, bytes->data, bytes->size);
        __asm__ volatile("" : : "r"(to) : "memory"); /* the copy is wanted, though nobody reads it */
    }
    seconds = bench_cpu_seconds() - start;
    free(to);
    return 4 * (double)bytes->size / seconds;
}

static vg_status whole(const struct made *made, size_t n, const char *task, double bar, const char *peer, double peer_rate, double copied, struct vg_arena *arena,
                       struct vg_table *table, struct vg_error *error)
{
    struct memory_file reference = {-1, ""}, genomes = {-1, ""};
    struct vg_align_request request;
    struct vg_align_summary summary;
    struct vg_arena work;
    size_t written = 0;
    vg_arena_init(&work, 0);
    vg_align_request_init(&request);
    const char *path = genomes.path;
    request.paths = &path;
    request.n_paths = 1;
    request.reference = reference.path;
    request.threads = 1;
    request.table = (struct vg_align_sink){count_bytes, &written};
    vg_status status = put_file(&reference, ">made\n", made->reference, made->length, error);
    status = status == VG_OK ? put_file(&genomes, "", made->fasta.data, made->fasta.size, error) : status;
    double start = bench_cpu_seconds();
    status = status == VG_OK ? vg_job_align(&request, NULL, &work, &summary, error) : status;
    double seconds = bench_cpu_seconds() - start;
    if (status == VG_OK && summary.n_ok != n) {
        status = vg_fail(error, VG_SYSTEM_ERROR, "of %zu made genomes %llu were aligned", n, (unsigned long long)summary.n_ok);
    }
    if (status == VG_OK) {
        double read = (double)made->fasta.size / (double)n, out = (double)written / (double)n;
        bench_genomes_put(table, &(struct bench_genomes_row){.task = task, .n = n, .cpu_seconds = seconds, .memory_bytes = NAN, .peer = peer, .peer_per_cpu_second = peer_rate, .bar = bar,
                                                             .limit = vg_arena_format(arena, "%.0f bytes read and %.0f written a genome, %.0f MB/s; copying them alone would take %.1f%% of it",
                                                                                      read, out, (read + out) * (double)n / seconds / 1e6,
                                                                                      100 * (read + out) * (double)n / copied / seconds)});
    }
    vg_arena_release(&work);
    (void)close(reference.descriptor);
    (void)close(genomes.descriptor);
    return status;
}

/* Reading and cleaning alone, then aligning alone. */
static vg_status parts(const struct made *made, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct memory_file file = {-1, ""};
    struct vg_fasta *fasta = NULL;
    struct vg_fasta_batch batch = {NULL, 1};
    struct vg_align_parameters parameters;
    struct vg_aligner *aligner;
    struct vg_arena work;
    const struct vg_genome_reference reference = {vg_text_from("made"), made->reference, made->length};
    size_t n = 0, length = 0;
    double reading = 0, aligning = 0;
    char *letters = malloc(2 * (size_t)made->length + 4096);
    vg_arena_init(&work, 0);
    vg_align_parameters_init(&parameters);
    vg_status status = letters == NULL ? vg_fail_memory(error, made->length) : vg_aligner_new(&reference, NULL, &parameters, arena, &aligner, error);
    struct vg_align_room *room = status == VG_OK ? vg_align_room_new(aligner) : NULL;
    status = status == VG_OK ? put_file(&file, "", made->fasta.data, made->fasta.size, error) : status;
    status = status == VG_OK ? vg_fasta_open(file.path, false, &fasta, error) : status;
    while (status == VG_OK && batch.n_records > 0) {
        double start = bench_cpu_seconds();
        status = vg_fasta_next(fasta, (size_t)1 << 20, 0, &batch, error);
        reading += bench_cpu_seconds() - start;
        for (size_t i = 0; status == VG_OK && i < batch.n_records; i++) {
            struct vg_fasta_fault fault;
            struct vg_alignment alignment;
            double begin = bench_cpu_seconds();
            bool fine = vg_fasta_letters(&batch.records[i], letters, &length, &fault);
            double middle = bench_cpu_seconds();
            vg_arena_reset(&work);
            fine = fine && vg_align(aligner, room, letters, length, &work, &alignment) == VG_ALIGN_OK;
            aligning += bench_cpu_seconds() - middle;
            reading += middle - begin;
            n += fine;
        }
    }
    if (status == VG_OK) {
        bench_genomes_put(table, &(struct bench_genomes_row){.task = "read and clean", .n = n, .cpu_seconds = reading, .memory_bytes = NAN, .peer_per_cpu_second = NAN, .bar = NAN,
                                                             .limit = vg_arena_format(arena, "%.0f MB/s", (double)made->fasta.size / reading / 1e6)});
        bench_genomes_put(table, &(struct bench_genomes_row){.task = "align", .n = n, .cpu_seconds = aligning, .memory_bytes = NAN, .peer_per_cpu_second = NAN, .bar = NAN,
                                                             .limit = vg_arena_format(arena, "%.0f million letters a second", (double)made->letters / aligning / 1e6)});
    }
    vg_fasta_close(fasta);
    vg_align_room_free(room);
    vg_arena_release(&work);
    free(letters);
    if (file.descriptor >= 0) {
        (void)close(file.descriptor);
    }
    return status;
}

/* ------------------------------------------------------------------------- peer */

static double children_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Genomes a second of a processor, or NaN and why not. Its files are descriptors that it inherits. */
static double run_minimap2(const struct made *made, struct vg_arena *arena, const char **peer, struct vg_error *error)
{
    struct memory_file reference = {-1, ""}, genomes = {-1, ""};
    const char *end = made->fasta.data;
    for (int i = 0; i < PEER_GENOMES && end != NULL; i++) {
        end = strchr(end + 1, '>');
    }
    size_t size = end == NULL ? made->fasta.size : (size_t)(end - made->fasta.data);
    double rate = NAN, before = children_seconds();
    *peer = "minimap2: not installed";
    if (put_file(&reference, ">made\n", made->reference, made->length, error) == VG_OK && put_file(&genomes, "", made->fasta.data, size, error) == VG_OK) {
        pid_t child = fork();
        if (child == 0) {
            int nowhere = open("/dev/null", O_WRONLY);
            (void)dup2(nowhere, STDOUT_FILENO);
            (void)dup2(nowhere, STDERR_FILENO);
            (void)execlp("minimap2", "minimap2", "-x", "asm5", "-a", "-t", "1", reference.path, genomes.path, (char *)NULL);
            _exit(127);
        }
        int outcome = 0;
        if (child > 0 && waitpid(child, &outcome, 0) == child && WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0) {
            rate = PEER_GENOMES / (children_seconds() - before);
            *peer = vg_arena_format(arena, "minimap2 -x asm5 -a -t 1, %d genomes", PEER_GENOMES);
        } else if (WIFEXITED(outcome) && WEXITSTATUS(outcome) != 127) {
            *peer = "minimap2: it ended with an error";
        }
    }
    (void)close(reference.descriptor);
    (void)close(genomes.descriptor);
    return rate;
}

vg_status bench_align(const struct vg_bench_request *request, struct vg_arena *arena, struct vg_table *table, struct vg_error *error)
{
    struct made near = {.length = 0}, far = {.length = 0};
    const char *peer = "not asked for";
    double peer_rate = NAN, copied;
    size_t n = request->n_series == 0 ? GENOMES : request->n_series, n_far = n < FAR_GENOMES ? n : FAR_GENOMES;
    vg_status status = make(&near, arena, LENGTH, (uint32_t)n, 100.0 / LENGTH, error);
    status = status == VG_OK ? make(&far, arena, FAR_LENGTH, (uint32_t)n_far, 0.25, error) : status;
    if (status == VG_OK) {
        copied = copy_rate(&near.fasta);
        if (!request->without_peers && n >= PEER_GENOMES) {
            peer_rate = run_minimap2(&near, arena, &peer, error);
        }
        status = whole(&near, n, "FASTA to table", 5000, peer, peer_rate, copied, arena, table, error);
        status = status == VG_OK ? parts(&near, arena, table, error) : status;
        status = status == VG_OK ? whole(&far, n_far, "FASTA to table, a quarter changed", NAN, NULL, NAN, copied, arena, table, error) : status;
    }
    vg_buffer_release(&near.fasta);
    vg_buffer_release(&far.fasta);
    return status;
}
