/*
 * Private to serve: a request and a response free of the HTTP library, the route table, and the cache of answers.
 */
#ifndef VG_SERVE_HTTP_H
#define VG_SERVE_HTTP_H

#include "serve/serve.h"

#include <pthread.h>

#define SERVE_PARAMETERS_MAX 24
#define SERVE_VALUE_BYTES_MAX 512

struct serve_parameter { const char *name, *value; };
/* What was asked. Text lives as long as the connection's request. */
struct serve_request {
    const char *path;
    struct serve_parameter parameters[SERVE_PARAMETERS_MAX];
    size_t n_parameters;
    bool too_many_parameters, bad_parameter; /* a name twice, a value too long or not UTF-8 */
    const char *host, *if_none_match;
    bool accepts_gzip;
};
const char *serve_parameter(const struct serve_request *request, const char *name);

/* A body with what is needed to send it. Bodies of the cache are shared and counted. */
struct serve_body {
    size_t users;               /* guarded by the cache's lock */
    char *data, *gzip_data;     /* gzip_data NULL: not worth it */
    size_t size, gzip_size;
    char etag[40];
    char media_type[64];
    char file_name[128];        /* for Content-Disposition; "" none */
};

/* The answers of the last requests by key (data version, path, parameters), oldest out first. */
#define SERVE_CACHE_ENTRIES 512
struct serve_cache {
    pthread_mutex_t lock;
    struct serve_body *bodies[SERVE_CACHE_ENTRIES];
    uint64_t keys[SERVE_CACHE_ENTRIES];
    size_t next, bytes, limit_bytes;
};
void serve_cache_init(struct serve_cache *cache, size_t limit_bytes);
void serve_cache_release(struct serve_cache *cache);
struct serve_body *serve_cache_find(struct serve_cache *cache, uint64_t key); /* with one user more, or NULL */
void serve_cache_keep(struct serve_cache *cache, uint64_t key, struct serve_body *body); /* the cache becomes a user too */
void serve_body_drop(struct serve_cache *cache, struct serve_body *body);     /* one user less; freed with the last */
/* Takes over text's bytes. NULL when out of memory (text is released then too). */
struct serve_body *serve_body_new(struct vg_buffer *text, const char *media_type, uint64_t tag);

/* The HTTP status of a vg_status. */
unsigned serve_http_status(vg_status status);
const char *serve_status_name(vg_status status);

/* Answers an API request: the body, or an error whose status gives the HTTP status. */
vg_status serve_api(struct vg_store *store, const struct serve_request *request, struct serve_cache *cache, struct serve_body **body,
                    struct vg_error *error);
/* Whether a Host header names this machine: localhost, 127.x.x.x or [::1], with or without a port. */
bool serve_host_is_local(const char *host);

#endif
