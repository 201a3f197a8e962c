/*
 * A stream of bytes out of a file's bytes: as they are, or out of gzip (RFC 1952, several members), zstd (RFC 8878,
 * several frames) or the one file of a ZIP archive. A compressed stream of some size is decoded by a thread of its own, a few blocks ahead of the parser,
 * so that on two cores the slower of the two sets the pace instead of their sum.
 */
#include "intake/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#define BLOCK_BYTES ((size_t)256 << 10)
#define BLOCKS 8U
#define THREAD_FROM_BYTES ((size_t)128 << 10) /* below this a thread costs more than it saves */
#define ZSTD_WINDOW_LOG_MAX 27                /* 128 MiB: what zstd itself decodes without being asked */

struct vg_source {
    const char *name;
    enum vg_intake_compression compression;
    const char *data;
    size_t size, used;
    int pipe;              /* where more comes from when data ends; -1: nowhere */
    char *piped;           /* [BLOCK_BYTES], what data is then */
    uint64_t passed_bytes; /* of the pipe, before data */
    vg_status pipe_status;
    struct vg_error pipe_error;
    uint64_t limit_bytes, produced_bytes;
    z_stream gzip;
    bool gzip_open;
    ZSTD_DStream *zstd;
    zip_t *archive;
    zip_file_t *member;
    uint64_t member_bytes; /* as the archive says */
    bool in_frame, ended;

    bool threaded, thread_running;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    char *blocks; /* [BLOCKS][BLOCK_BYTES] */
    size_t block_sizes[BLOCKS];
    unsigned head, count; /* blocks [head, head + count) are full */
    size_t head_used;
    bool stop, done;
    vg_status held_status; /* told only once all bytes before it were given out */
    struct vg_error held_error;
    atomic_size_t used_seen; /* for progress */
};

static vg_status fail_cut_short(const struct vg_source *source, struct vg_error *error)
{
    return vg_fail(error, VG_DATA_ERROR,
                   "%s ends in the middle of its compressed data: was the download or the copy cut short?", source->name);
}

/* More of a pipe behind what is left of it; false where there is none. A failure is kept until the end is asked about. */
static bool refill(struct vg_source *source)
{
    size_t rest = source->size - source->used;
    if (source->pipe < 0 || source->pipe_status != VG_OK || rest == BLOCK_BYTES) {
        return false;
    }
    memmove(source->piped, source->data + source->used, rest);
    source->passed_bytes += source->used;
    source->data = source->piped;
    source->used = 0;
    source->size = rest;
    ssize_t got;
    do {
        got = read(source->pipe, source->piped + rest, BLOCK_BYTES - rest);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        source->pipe_status = vg_fail_errno(&source->pipe_error, errno, "%s cannot be read", source->name);
    }
    source->size += got > 0 ? (size_t)got : 0;
    return got > 0;
}

static vg_status decode_gzip(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    z_stream *z = &source->gzip;
    *got = 0;
    while (*got < capacity && !source->ended) {
        while (source->size - source->used < 3 && refill(source)) {
        }
        size_t rest = source->size - source->used;
        if (!source->in_frame) {
            /* Another member may follow; zeros or anything else after the last one is padding. */
            if (source->passed_bytes + source->used > 0 && (rest < 3 || memcmp(source->data + source->used, "\x1F\x8B\x08", 3) != 0)) {
                source->ended = true;
                break;
            }
            if (inflateReset(z) != Z_OK) {
                return vg_fail_memory(error, 0);
            }
            source->in_frame = true;
        }
        size_t step_in = rest < (1U << 30) ? rest : (1U << 30);
        size_t step_out = capacity - *got < (1U << 30) ? capacity - *got : (1U << 30);
        /* zlib's input is not const in its type, but it is not written to. */
        union {
            const char *in;
            Bytef *out;
        } next = {.in = source->data + source->used};
        z->next_in = next.out;
        z->avail_in = (uInt)step_in;
        z->next_out = (Bytef *)out + *got;
        z->avail_out = (uInt)step_out;
        int result = inflate(z, Z_NO_FLUSH);
        source->used += step_in - z->avail_in;
        *got += step_out - z->avail_out;
        if (result == Z_STREAM_END) {
            source->in_frame = false;
        } else if ((result == Z_OK || result == Z_BUF_ERROR) && source->used == source->size && refill(source)) {
            continue;
        } else if (result == Z_BUF_ERROR || (result == Z_OK && source->used == source->size && z->avail_out > 0)) {
            return fail_cut_short(source, error);
        } else if (result == Z_MEM_ERROR) {
            return vg_fail_memory(error, 0);
        } else if (result != Z_OK) {
            return vg_fail(error, VG_DATA_ERROR, "%s is a damaged gzip file near its byte %llu (%s)", source->name,
                           (unsigned long long)(source->passed_bytes + source->used), z->msg == NULL ? "bad data" : z->msg);
        }
    }
    return VG_OK;
}

static vg_status decode_zstd(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    *got = 0;
    while (*got < capacity && !source->ended) {
        if (source->used == source->size && !refill(source) && !source->in_frame) {
            source->ended = true;
            break;
        }
        ZSTD_inBuffer input = {source->data, source->size, source->used};
        ZSTD_outBuffer output = {out, capacity, *got};
        size_t result = ZSTD_decompressStream(source->zstd, &output, &input);
        if (ZSTD_isError(result)) {
            return vg_fail(error, VG_DATA_ERROR, "%s is a damaged zstd file near its byte %llu (%s)", source->name,
                           (unsigned long long)(source->passed_bytes + source->used), ZSTD_getErrorName(result));
        }
        bool moved = input.pos > source->used || output.pos > *got;
        source->used = input.pos;
        *got = output.pos;
        source->in_frame = result != 0;
        if (!moved && source->in_frame) {
            return fail_cut_short(source, error);
        }
    }
    return VG_OK;
}

/* libzip checks the member's sum at its end, so that a damaged one is not taken for a shorter one. */
static vg_status decode_zip(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    zip_int64_t read = zip_fread(source->member, out, capacity);
    *got = read < 0 ? 0 : (size_t)read;
    if (read < 0) {
        return vg_fail(error, VG_DATA_ERROR, "the file in the ZIP archive %s is damaged (%s)", source->name,
                       zip_error_strerror(zip_file_get_error(source->member)));
    }
    double share = source->member_bytes == 0 ? 1 : (double)(source->produced_bytes + *got) / (double)source->member_bytes;
    source->used = (size_t)((double)source->size * (share > 1 ? 1 : share)); /* for progress alone */
    return VG_OK;
}

static vg_status open_zip(struct vg_source *source, struct vg_error *error)
{
    zip_error_t reason;
    zip_error_init(&reason);
    vg_status status = VG_OK;
    zip_source_t *bytes = zip_source_buffer_create(source->data, source->size, 0, &reason);
    source->archive = bytes == NULL ? NULL : zip_open_from_source(bytes, ZIP_RDONLY, &reason);
    if (source->archive == NULL) {
        zip_source_free(bytes);
        status = vg_fail(error, VG_DATA_ERROR, "%s is a damaged ZIP archive (%s)", source->name, zip_error_strerror(&reason));
    } else {
        zip_int64_t member = vg_reader_zip_member(source->archive);
        zip_stat_t facts;
        zip_stat_init(&facts);
        if (member >= 0 && zip_stat_index(source->archive, (zip_uint64_t)member, 0, &facts) == 0 && (facts.valid & ZIP_STAT_SIZE) != 0) {
            source->member_bytes = facts.size;
        }
        source->member = member < 0 ? NULL : zip_fopen_index(source->archive, (zip_uint64_t)member, 0);
        if (source->member == NULL) {
            status = vg_fail(error, VG_DATA_ERROR, "the file in the ZIP archive %s cannot be read (%s)", source->name,
                             member < 0 ? "there is not one table in it" : zip_strerror(source->archive));
        }
    }
    zip_error_fini(&reason);
    return status;
}

static vg_status decode(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    vg_status status = VG_OK;
    if (source->compression == VG_COMPRESSION_GZIP) {
        status = decode_gzip(source, out, capacity, got, error);
    } else if (source->compression == VG_COMPRESSION_ZSTD) {
        status = decode_zstd(source, out, capacity, got, error);
    } else if (source->compression == VG_COMPRESSION_ZIP) {
        status = decode_zip(source, out, capacity, got, error);
    } else {
        if (source->used == source->size) {
            (void)refill(source);
        }
        size_t rest = source->size - source->used;
        *got = rest < capacity ? rest : capacity;
        if (*got > 0) {
            memcpy(out, source->data + source->used, *got);
        }
        source->used += *got;
    }
    if (source->pipe_status != VG_OK && (status != VG_OK || *got == 0)) {
        status = vg_fail(error, source->pipe_status, "%s", source->pipe_error.message);
    }
    source->produced_bytes += *got;
    atomic_store_explicit(&source->used_seen, source->used, memory_order_relaxed);
    if (status == VG_OK && source->limit_bytes != 0 && source->produced_bytes > source->limit_bytes) {
        return vg_fail(error, VG_LIMIT_EXCEEDED,
                       "%s holds more than the %llu bytes of text allowed (after %zu compressed bytes)", source->name,
                       (unsigned long long)source->limit_bytes, source->used);
    }
    return status;
}

static void *decode_ahead(void *argument)
{
    struct vg_source *source = argument;
    for (;;) {
        pthread_mutex_lock(&source->lock);
        while (source->count == BLOCKS && !source->stop) {
            pthread_cond_wait(&source->emptied, &source->lock);
        }
        unsigned block = (source->head + source->count) % BLOCKS;
        bool stop = source->stop;
        pthread_mutex_unlock(&source->lock);
        if (stop) {
            return NULL;
        }
        size_t got = 0;
        struct vg_error error = {0};
        vg_status status = decode(source, source->blocks + block * BLOCK_BYTES, BLOCK_BYTES, &got, &error);
        pthread_mutex_lock(&source->lock);
        if (got > 0) {
            source->block_sizes[block] = got;
            source->count++;
        }
        if (status != VG_OK || got == 0) {
            source->done = true;
            source->held_status = status;
            source->held_error = error;
        }
        bool done = source->done;
        pthread_cond_signal(&source->filled);
        pthread_mutex_unlock(&source->lock);
        if (done) {
            return NULL;
        }
    }
}

static vg_status fail_held(const struct vg_source *source, struct vg_error *error)
{
    return source->held_status == VG_OK ? VG_OK : vg_fail(error, source->held_status, "%s", source->held_error.message);
}

static vg_status read_ahead(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    *got = 0;
    pthread_mutex_lock(&source->lock);
    while (source->count == 0 && !source->done) {
        pthread_cond_wait(&source->filled, &source->lock);
    }
    bool empty = source->count == 0;
    unsigned block = source->head;
    pthread_mutex_unlock(&source->lock);
    if (empty) { /* done: the thread writes nothing any more */
        return fail_held(source, error);
    }
    size_t rest = source->block_sizes[block] - source->head_used;
    *got = rest < capacity ? rest : capacity;
    memcpy(out, source->blocks + block * BLOCK_BYTES + source->head_used, *got);
    source->head_used += *got;
    if (*got == rest) {
        pthread_mutex_lock(&source->lock);
        source->head = (source->head + 1) % BLOCKS;
        source->count--;
        source->head_used = 0;
        pthread_cond_signal(&source->emptied);
        pthread_mutex_unlock(&source->lock);
    }
    return VG_OK;
}

vg_status vg_source_read(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    if (source->threaded) {
        return read_ahead(source, out, capacity, got, error);
    }
    *got = 0;
    if (source->held_status == VG_OK) {
        source->held_status = decode(source, out, capacity, got, &source->held_error);
    }
    return *got > 0 ? VG_OK : fail_held(source, error);
}

/* Without a thread the stream is decoded as it is read: slower on two cores, never an error. */
static void start_thread(struct vg_source *source)
{
    source->blocks = malloc(BLOCKS * BLOCK_BYTES);
    if (source->blocks == NULL) {
        return;
    }
    if (pthread_mutex_init(&source->lock, NULL) != 0) {
        return;
    }
    if (pthread_cond_init(&source->filled, NULL) != 0) {
        pthread_mutex_destroy(&source->lock);
        return;
    }
    if (pthread_cond_init(&source->emptied, NULL) != 0) {
        pthread_cond_destroy(&source->filled);
        pthread_mutex_destroy(&source->lock);
        return;
    }
    source->threaded = true;
    source->thread_running = pthread_create(&source->thread, NULL, decode_ahead, source) == 0;
    if (!source->thread_running) {
        source->threaded = false;
        pthread_cond_destroy(&source->emptied);
        pthread_cond_destroy(&source->filled);
        pthread_mutex_destroy(&source->lock);
    }
}

/* Makes the source's decoder ready; on failure the source is closed. */
static vg_status start(struct vg_source *source, struct vg_error *error)
{
    bool ready = true;
    vg_status status = VG_OK;
    atomic_init(&source->used_seen, 0);
    if (source->compression == VG_COMPRESSION_GZIP) {
        source->gzip_open = ready = inflateInit2(&source->gzip, 15 + 16) == Z_OK;
    } else if (source->compression == VG_COMPRESSION_ZSTD) {
        source->zstd = ZSTD_createDStream();
        ready = source->zstd != NULL && !ZSTD_isError(ZSTD_initDStream(source->zstd)) &&
                !ZSTD_isError(ZSTD_DCtx_setParameter(source->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
    } else if (source->compression == VG_COMPRESSION_ZIP) {
        status = open_zip(source, error);
    }
    if (!ready) {
        status = vg_fail_memory(error, 0);
    }
    if (status != VG_OK) {
        vg_source_close(source);
    } else if (source->compression != VG_COMPRESSION_NONE && (source->size >= THREAD_FROM_BYTES || source->pipe >= 0)) {
        start_thread(source);
    }
    return status;
}

vg_status vg_source_open(const char *name, enum vg_intake_compression compression, const char *data, size_t size,
                         uint64_t limit_bytes, struct vg_source **opened, struct vg_error *error)
{
    *opened = NULL;
    struct vg_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return vg_fail_memory(error, sizeof *source);
    }
    source->name = name;
    source->compression = compression;
    source->data = data;
    source->size = size;
    source->pipe = -1;
    source->limit_bytes = limit_bytes;
    vg_status status = start(source, error);
    *opened = status == VG_OK ? source : NULL;
    return status;
}

vg_status vg_source_open_pipe(const char *name, int pipe, uint64_t limit_bytes, struct vg_source **opened, struct vg_error *error)
{
    *opened = NULL;
    struct vg_source *source = calloc(1, sizeof *source);
    char *piped = malloc(BLOCK_BYTES);
    if (source == NULL || piped == NULL) {
        free(source);
        free(piped);
        return vg_fail_memory(error, BLOCK_BYTES);
    }
    source->name = name;
    source->data = source->piped = piped;
    source->pipe = pipe;
    source->limit_bytes = limit_bytes;
    while (source->size < 4 && refill(source)) {
    }
    if (source->size >= 3 && memcmp(source->data, "\x1F\x8B\x08", 3) == 0) {
        source->compression = VG_COMPRESSION_GZIP;
    } else if (source->size >= 4 && memcmp(source->data, "\x28\xB5\x2F\xFD", 4) == 0) {
        source->compression = VG_COMPRESSION_ZSTD;
    }
    vg_status status = start(source, error);
    *opened = status == VG_OK ? source : NULL;
    return status;
}

double vg_source_progress(const struct vg_source *source)
{
    size_t used = atomic_load_explicit(&source->used_seen, memory_order_relaxed);
    return source->size == 0 || source->pipe >= 0 ? 1.0 : (double)used / (double)source->size;
}

void vg_source_close(struct vg_source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->threaded) {
        pthread_mutex_lock(&source->lock);
        source->stop = true;
        pthread_cond_signal(&source->emptied);
        pthread_mutex_unlock(&source->lock);
        pthread_join(source->thread, NULL);
        pthread_cond_destroy(&source->emptied);
        pthread_cond_destroy(&source->filled);
        pthread_mutex_destroy(&source->lock);
    }
    if (source->gzip_open) {
        (void)inflateEnd(&source->gzip);
    }
    (void)ZSTD_freeDStream(source->zstd);
    if (source->member != NULL) {
        (void)zip_fclose(source->member);
    }
    if (source->archive != NULL) {
        zip_discard(source->archive);
    }
    free(source->blocks);
    free(source->piped);
    free(source);
}
