/*
 * Finding the records of a FASTA file: a window over its decompressed bytes, in which a record goes from a > that begins a line to the next such one.
 */
#include "intake/genome/genome.h"

#include "intake/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)1 << 20)
#define RECORDS_MOST ((size_t)4096)

struct vg_fasta {
    const char *path;
    bool whole_names, started, ended;
    bool skipping;               /* what follows belongs to a record that was too long */
    int descriptor;
    uint64_t file_bytes;         /* 0: not known */
    struct vg_source *source;
    char *window;
    size_t used, size, capacity; /* [used, size) is not given out yet */
    uint64_t line;               /* of window[used], from 1 */
    struct vg_fasta_record records[RECORDS_MOST];
    uint64_t n_given;
};

#if defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((optimize("O3"))) /* at -O2 GCC 12 leaves the loop as it is, Clang does not */
#else
#define VECTORIZED
#endif

VECTORIZED static uint64_t count_lines(const char *data, size_t size)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < size;) {
        size_t stop = size - i < 255 ? size : i + 255;
        uint8_t few = 0;
        for (; i < stop; i++) {
            few = (uint8_t)(few + (data[i] == '\n'));
        }
        lines += few;
    }
    return lines;
}

vg_status vg_fasta_open(const char *path, bool whole_names, struct vg_fasta **opened, struct vg_error *error)
{
    struct vg_fasta *fasta = calloc(1, sizeof *fasta);
    struct stat facts;
    vg_status status = VG_OK;
    if (fasta == NULL) {
        return vg_fail_memory(error, sizeof *fasta);
    }
    bool standard = strcmp(path, "-") == 0;
    fasta->path = standard ? "standard input" : path;
    fasta->whole_names = whole_names;
    fasta->line = 1;
    fasta->descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fasta->descriptor < 0 || fstat(fasta->descriptor, &facts) != 0) {
        status = errno == ENOENT ? vg_fail(error, VG_NOT_FOUND, "there is no file %s", path) : vg_fail_errno(error, errno, "%s cannot be opened", path);
    } else if (S_ISDIR(facts.st_mode)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s is a folder, not a file of sequences", path);
    } else {
        status = vg_source_open_pipe(fasta->path, fasta->descriptor, 0, &fasta->source, error);
    }
    if (status != VG_OK) {
        vg_fasta_close(fasta);
        fasta = NULL;
    } else {
        fasta->file_bytes = S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0;
    }
    *opened = fasta;
    return status;
}

void vg_fasta_close(struct vg_fasta *fasta)
{
    if (fasta != NULL) {
        vg_source_close(fasta->source);
        if (fasta->descriptor > STDERR_FILENO) {
            (void)close(fasta->descriptor);
        }
        free(fasta->window);
        free(fasta);
    }
}

double vg_fasta_progress(const struct vg_fasta *fasta)
{
    off_t at = fasta->file_bytes == 0 ? 0 : lseek(fasta->descriptor, 0, SEEK_CUR);
    return fasta->file_bytes == 0 || at < 0 ? 0 : (double)at / (double)fasta->file_bytes;
}

/* ------------------------------------------------------------------- window */

/* At least `wanted` bytes that are not given out, or all that there are. */
static vg_status fill(struct vg_fasta *fasta, size_t wanted, struct vg_error *error)
{
    if (fasta->size - fasta->used >= wanted || fasta->ended) {
        return VG_OK;
    }
    if (fasta->used > 0) {
        memmove(fasta->window, fasta->window + fasta->used, fasta->size - fasta->used);
        fasta->size -= fasta->used;
        fasta->used = 0;
    }
    if (wanted > fasta->capacity) {
        size_t capacity = wanted + READ_BYTES;
        char *window = realloc(fasta->window, capacity);
        if (window == NULL) {
            return vg_fail_memory(error, capacity);
        }
        fasta->window = window;
        fasta->capacity = capacity;
    }
    while (fasta->size < wanted && !fasta->ended) {
        size_t got = 0;
        vg_status status = vg_source_read(fasta->source, fasta->window + fasta->size, fasta->capacity - fasta->size, &got, error);
        if (status != VG_OK) {
            return status;
        }
        fasta->size += got;
        fasta->ended = got == 0;
    }
    return VG_OK;
}

/* The next > at the begin of a line in window[from, size), or size. `from` is not the first byte of the window. */
static size_t next_record(const struct vg_fasta *fasta, size_t from)
{
    while (from < fasta->size) {
        const char *found = memchr(fasta->window + from, '>', fasta->size - from);
        if (found == NULL) {
            return fasta->size;
        }
        size_t at = (size_t)(found - fasta->window);
        if (fasta->window[at - 1] == '\n' || fasta->window[at - 1] == '\r') {
            return at;
        }
        from = at + 1;
    }
    return fasta->size;
}

static bool is_blank(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Skips blank lines and a byte-order mark before the first record. */
static vg_status start(struct vg_fasta *fasta, struct vg_error *error)
{
    vg_status status = fill(fasta, READ_BYTES, error);
    if (status != VG_OK) {
        return status;
    }
    if (fasta->size >= 3 && memcmp(fasta->window, "\xEF\xBB\xBF", 3) == 0) {
        fasta->used = 3;
    }
    while (status == VG_OK && fasta->used < fasta->size && is_blank(fasta->window[fasta->used])) {
        fasta->line += fasta->window[fasta->used] == '\n';
        fasta->used++;
        status = fasta->used < fasta->size ? VG_OK : fill(fasta, READ_BYTES, error);
    }
    if (status != VG_OK) {
        return status;
    }
    if (fasta->used == fasta->size) {
        return vg_fail(error, VG_DATA_ERROR, "%s is empty: no sequence is in it", fasta->path);
    }
    unsigned char first = (unsigned char)fasta->window[fasta->used];
    if (first != '>') {
        return vg_fail(error, VG_DATA_ERROR, first >= 32 && first < 127 ? "%s is no FASTA file: line %llu should begin with > and a name, and begins with \"%c\""
                                                                        : "%s is no FASTA file: line %llu should begin with > and a name, and begins with the byte %u",
                       fasta->path, (unsigned long long)fasta->line, first);
    }
    fasta->started = true;
    return VG_OK;
}

/* ------------------------------------------------------------------ records */

static void set_names(const struct vg_fasta *fasta, struct vg_text heading, struct vg_fasta_record *record)
{
    heading = vg_text_trim(heading);
    size_t word = fasta->whole_names ? heading.size : 0;
    while (word < heading.size && heading.data[word] != ' ' && heading.data[word] != '\t') {
        word++;
    }
    record->name = vg_text_of(heading.data, word);
    record->description = vg_text_trim(vg_text_of(heading.data + word, heading.size - word));
}

/* The record of window[used, end). */
static void take_record(struct vg_fasta *fasta, size_t end, bool too_long, struct vg_fasta_record *record)
{
    const char *data = fasta->window + fasta->used;
    size_t size = end - fasta->used, heading = 1;
    while (heading < size && data[heading] != '\n' && data[heading] != '\r') {
        heading++;
    }
    *record = (struct vg_fasta_record){.body = vg_text_of(data + heading, size - heading), .line = fasta->line, .bytes = size - heading, .too_long = too_long};
    set_names(fasta, vg_text_of(data + 1, heading - 1), record);
    fasta->line += count_lines(data, size);
    fasta->used = end;
    fasta->n_given++;
}

/* Goes over the rest of a record that was too long. */
static vg_status skip(struct vg_fasta *fasta, struct vg_error *error)
{
    while (fasta->skipping) {
        vg_status status = fill(fasta, 2, error);
        if (status != VG_OK) {
            return status;
        }
        size_t left = fasta->size - fasta->used;
        if (left < 2 && fasta->ended) {
            fasta->used = fasta->size;
            fasta->skipping = false;
            break;
        }
        size_t at = next_record(fasta, fasta->used + 1), stop = at == fasta->size && !fasta->ended ? at - 1 : at; /* keeps the byte before a > to come */
        fasta->line += count_lines(fasta->window + fasta->used, stop - fasta->used);
        fasta->used = stop;
        fasta->skipping = at == fasta->size && !fasta->ended;
    }
    return VG_OK;
}

/* Reads until a whole record is there. *end: behind it. */
static vg_status whole_record(struct vg_fasta *fasta, size_t *end, bool *too_long, struct vg_error *error)
{
    size_t searched = 1, wanted = READ_BYTES;
    *too_long = false;
    for (;;) {
        vg_status status = fill(fasta, wanted, error);
        if (status != VG_OK) {
            return status;
        }
        *end = next_record(fasta, fasta->used + searched);
        if (*end < fasta->size || fasta->ended) {
            return VG_OK;
        }
        searched = fasta->size - fasta->used;
        if (searched >= VG_FASTA_RECORD_BYTES_MAX) {
            *too_long = fasta->skipping = true;
            return VG_OK;
        }
        wanted = 2 * searched < VG_FASTA_RECORD_BYTES_MAX ? 2 * searched : VG_FASTA_RECORD_BYTES_MAX;
    }
}

vg_status vg_fasta_next(struct vg_fasta *fasta, size_t batch_bytes, size_t n_most, struct vg_fasta_batch *batch, struct vg_error *error)
{
    *batch = (struct vg_fasta_batch){fasta->records, 0};
    vg_status status = fasta->started ? skip(fasta, error) : start(fasta, error);
    n_most = n_most == 0 || n_most > RECORDS_MOST ? RECORDS_MOST : n_most;
    if (status == VG_OK) {
        status = fill(fasta, batch_bytes, error);
    }
    size_t begin = fasta->used;
    while (status == VG_OK && batch->n_records < n_most && fasta->used < fasta->size && (batch->n_records == 0 || fasta->used - begin < batch_bytes)) {
        size_t end;
        bool too_long = false;
        if (batch->n_records == 0) {
            status = whole_record(fasta, &end, &too_long, error);
        } else { /* the window may not move any more */
            end = next_record(fasta, fasta->used + 1);
            if (end == fasta->size && !fasta->ended) {
                break;
            }
        }
        if (status == VG_OK) {
            take_record(fasta, end, too_long, &fasta->records[batch->n_records++]);
        }
        if (too_long) {
            break;
        }
    }
    return status;
}
