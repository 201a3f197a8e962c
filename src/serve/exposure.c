/*
 * The servers of exposure notification over HTTP: a few threads that answer, one that makes the exports, and chaff that takes its time.
 */
#include "serve/server_internal.h"

#include "jobs/exposure_server/exposure_server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWERING_THREADS 4U
#define CONNECTIONS 512U
#define SILENCE_SECONDS 30U
#define CONNECTION_MEMORY_BYTES ((size_t)32 << 10)
#define EXPORT_SECONDS 60
#define LATENCY_MOST_NS 1000000000
#define LATENCY_FORGETS 16 /* an answer moves the mean by a sixteenth */

struct vg_exposure_service {
    struct vg_exposure_server *server;
    struct MHD_Daemon *daemon;
    int listener; /* -1: none */
    uint16_t port;
    pthread_t exporter;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool exporter_runs, ending;
    atomic_llong latency_ns; /* mean of late */
};

/* What of a request has come. */
struct arriving {
    struct vg_buffer body;
    bool too_long;
};

static long long now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (long long)at.tv_sec * 1000000000 + at.tv_nsec;
}

static enum MHD_Result answer(struct vg_exposure_service *service, struct MHD_Connection *connection, const char *path, bool posts, struct arriving *arriving)
{
    const struct vg_exposure_question question = {
        .posts = posts, .path = path, .api_key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-API-Key"),
        .chaff = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Chaff") != NULL,
        .body = arriving->body.data == NULL ? "" : arriving->body.data, .body_size = arriving->too_long ? VG_EXPOSURE_BODY_BYTES_MAX + 1 : arriving->body.size};
    const char *media_type = NULL;
    struct vg_buffer out;
    long long began = now_ns();
    vg_buffer_init(&out, 0);
    unsigned status = vg_exposure_server_answer(service->server, &question, (int64_t)time(NULL), &out, &media_type);
    long long took = now_ns() - began, mean = atomic_load(&service->latency_ns);
    if (posts && question.chaff && mean > took) {
        long long rest = mean - took < LATENCY_MOST_NS ? mean - took : LATENCY_MOST_NS;
        (void)nanosleep(&(struct timespec){rest / 1000000000, rest % 1000000000}, NULL);
    } else if (posts && status == 200 && !question.chaff) {
        atomic_store(&service->latency_ns, mean + (took - mean) / LATENCY_FORGETS);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(out.size, out.data, MHD_RESPMEM_MUST_COPY);
    vg_buffer_release(&out);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", media_type);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Cache-Control", posts ? "no-store" : strstr(path, ".zip") != NULL ? "public, max-age=86400" : "public, max-age=300");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result go_on(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version, const char *upload, size_t *upload_size,
                             void **state)
{
    struct arriving *arriving = *state;
    (void)version;
    if (arriving == NULL) {
        arriving = calloc(1, sizeof *arriving);
        if (arriving == NULL) {
            return MHD_NO;
        }
        vg_buffer_init(&arriving->body, VG_EXPOSURE_BODY_BYTES_MAX);
        *state = arriving;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        arriving->too_long = arriving->too_long || *upload_size > VG_EXPOSURE_BODY_BYTES_MAX - arriving->body.size;
        if (!arriving->too_long) {
            vg_buffer_append(&arriving->body, upload, *upload_size);
        }
        *upload_size = 0;
        return MHD_YES;
    }
    bool posts = strcmp(method, "POST") == 0;
    if (!posts && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        posts = strstr(url, "/exports/") == url || strstr(url, "/keys/") == url; /* the other way than it is asked: refused with 404 or 405 */
    }
    return answer(context, connection, url, posts, arriving);
}

static void forget(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    struct arriving *arriving = *state;
    (void)context;
    (void)connection;
    (void)how;
    if (arriving != NULL) {
        vg_buffer_release(&arriving->body);
        free(arriving);
        *state = NULL;
    }
}

static void *export_again_and_again(void *context)
{
    struct vg_exposure_service *service = context;
    (void)pthread_mutex_lock(&service->lock);
    while (!service->ending) {
        struct vg_error error;
        struct timespec until;
        size_t n_files = 0;
        (void)pthread_mutex_unlock(&service->lock);
        /* An export that fails is due again a minute later: the next answers say nothing of it, the log does. */
        if (vg_exposure_server_export(service->server, (int64_t)time(NULL), &n_files, &error) != VG_OK) {
            (void)fprintf(stderr, "exports: %s\n", error.message);
        }
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += EXPORT_SECONDS;
        (void)pthread_mutex_lock(&service->lock);
        while (!service->ending && pthread_cond_timedwait(&service->told, &service->lock, &until) == 0) {
        }
    }
    (void)pthread_mutex_unlock(&service->lock);
    return NULL;
}

vg_status vg_exposure_service_start(const char *folder, const char *address, uint16_t port, struct vg_exposure_service **out, struct vg_error *error)
{
    struct vg_exposure_service *service = calloc(1, sizeof *service);
    *out = NULL;
    if (service == NULL) {
        return vg_fail_memory(error, sizeof *service);
    }
    service->listener = -1;
    (void)pthread_mutex_init(&service->lock, NULL);
    (void)pthread_cond_init(&service->told, NULL);
    vg_status status = serve_listen(address, port, &service->listener, &service->port, error);
    if (status == VG_OK) {
        status = vg_exposure_server_open(folder, &service->server, error);
    }
    if (status == VG_OK) {
        service->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, go_on, service, MHD_OPTION_LISTEN_SOCKET, service->listener, MHD_OPTION_THREAD_POOL_SIZE,
                                           ANSWERING_THREADS, MHD_OPTION_NOTIFY_COMPLETED, forget, service, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                                           MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SECONDS, MHD_OPTION_END);
        status = service->daemon != NULL ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "the HTTP library cannot be started");
    }
    if (status == VG_OK) {
        service->exporter_runs = pthread_create(&service->exporter, NULL, export_again_and_again, service) == 0;
        status = service->exporter_runs ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "a thread cannot be started");
    }
    if (status != VG_OK) {
        vg_exposure_service_stop(service);
        return status;
    }
    *out = service;
    return VG_OK;
}

uint16_t vg_exposure_service_port(const struct vg_exposure_service *service)
{
    return service->port;
}

void vg_exposure_service_stop(struct vg_exposure_service *service)
{
    if (service == NULL) {
        return;
    }
    if (service->exporter_runs) {
        (void)pthread_mutex_lock(&service->lock);
        service->ending = true;
        (void)pthread_cond_signal(&service->told);
        (void)pthread_mutex_unlock(&service->lock);
        (void)pthread_join(service->exporter, NULL);
    }
    if (service->daemon != NULL) {
        MHD_stop_daemon(service->daemon); /* closes the listener, too */
    } else if (service->listener >= 0) {
        (void)close(service->listener);
    }
    vg_exposure_server_close(service->server);
    (void)pthread_cond_destroy(&service->told);
    (void)pthread_mutex_destroy(&service->lock);
    free(service);
}
