/*
 * Answers kept in memory, so that the same view asked again costs nothing. A body is shared by the cache and the connections
 * that send it.
 */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void serve_cache_init(struct serve_cache *cache, size_t limit_bytes)
{
    memset(cache, 0, sizeof *cache);
    cache->limit_bytes = limit_bytes;
    (void)pthread_mutex_init(&cache->lock, NULL);
}

static void free_body(struct serve_body *body)
{
    free(body->data);
    free(body->gzip_data);
    free(body);
}

/* With the lock held. */
static void drop_locked(struct serve_body *body)
{
    if (--body->users == 0) {
        free_body(body);
    }
}

static void forget_slot(struct serve_cache *cache, size_t slot)
{
    struct serve_body *body = cache->bodies[slot];
    if (body != NULL) {
        cache->bytes -= body->size + body->gzip_size;
        cache->bodies[slot] = NULL;
        drop_locked(body);
    }
}

void serve_cache_release(struct serve_cache *cache)
{
    for (size_t slot = 0; slot < SERVE_CACHE_ENTRIES; slot++) {
        forget_slot(cache, slot);
    }
    (void)pthread_mutex_destroy(&cache->lock);
}

struct serve_body *serve_cache_find(struct serve_cache *cache, uint64_t tag)
{
    struct serve_body *found = NULL;
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t slot = 0; slot < SERVE_CACHE_ENTRIES && found == NULL; slot++) {
        if (cache->bodies[slot] != NULL && cache->bodies[slot]->tag == tag) {
            found = cache->bodies[slot];
            found->users++;
        }
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void serve_cache_keep(struct serve_cache *cache, struct serve_body *body)
{
    size_t bytes = body->size + body->gzip_size;
    if (bytes > cache->limit_bytes / 4) {
        return; /* one bulk download must not push out every view */
    }
    (void)pthread_mutex_lock(&cache->lock);
    forget_slot(cache, cache->next);
    /* Oldest out, until the new one has room. */
    for (size_t i = 1; i < SERVE_CACHE_ENTRIES && cache->bytes + bytes > cache->limit_bytes; i++) {
        forget_slot(cache, (cache->next + i) % SERVE_CACHE_ENTRIES);
    }
    body->users++;
    cache->bodies[cache->next] = body;
    cache->bytes += bytes;
    cache->next = (cache->next + 1) % SERVE_CACHE_ENTRIES;
    (void)pthread_mutex_unlock(&cache->lock);
}

void serve_body_share(struct serve_cache *cache, struct serve_body *body)
{
    (void)pthread_mutex_lock(&cache->lock);
    body->users++;
    (void)pthread_mutex_unlock(&cache->lock);
}

void serve_body_drop(struct serve_cache *cache, struct serve_body *body)
{
    if (body == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    drop_locked(body);
    (void)pthread_mutex_unlock(&cache->lock);
}

/* gzip of the body, where it saves at least a tenth; large ones at the fastest level, as somebody waits. */
static void compress_body(struct serve_body *body)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    int level = body->size > (8U << 20) ? 1 : body->size > (1U << 20) ? 5 : 9;
    if (body->size < 1024 || body->size > UINT32_MAX / 2 ||
        deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return;
    }
    size_t capacity = deflateBound(&stream, (uLong)body->size);
    char *out = malloc(capacity);
    stream.next_in = (Bytef *)(uintptr_t)body->data;
    stream.avail_in = (uInt)body->size;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)capacity;
    if (out != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < body->size - body->size / 10) {
        body->gzip_data = out;
        body->gzip_size = stream.total_out;
    } else {
        free(out);
    }
    (void)deflateEnd(&stream);
}

struct serve_body *serve_body_new(struct vg_buffer *text, const char *media_type, uint64_t tag)
{
    struct serve_body *body = text->failed ? NULL : calloc(1, sizeof *body);
    if (body == NULL) {
        vg_buffer_release(text);
        return NULL;
    }
    body->users = 1;
    body->data = text->data;
    body->size = text->size;
    *text = (struct vg_buffer){0};
    (void)snprintf(body->media_type, sizeof body->media_type, "%s", media_type);
    body->tag = tag;
    compress_body(body);
    return body;
}
