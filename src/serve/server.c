/*
 * Starting and ending: the socket, the HTTP library's thread, the workers, the guard and the node.
 */
#include "serve/server_internal.h"

#include "jobs/plan/plan.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CACHE_BYTES ((size_t)64 << 20)
#define CONNECTION_MEMORY_BYTES ((size_t)32 << 10) /* request line and headers */
#define SILENCE_SECONDS 30U                        /* a connection on which nothing happens is closed */
#define END_MS 2000

static unsigned or_default(unsigned value, unsigned otherwise, unsigned most)
{
    return value == 0 ? otherwise : value > most ? most : value;
}

vg_status serve_listen(const char *name, uint16_t port, int *listener, uint16_t *bound, struct vg_error *error)
{
    struct sockaddr_storage address;
    unsigned address_bytes = 0;
    int on = 1;
    vg_status status = serve_address_parse(name, port, &address, &address_bytes, error);
    if (status != VG_OK) {
        return status;
    }
    *listener = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*listener < 0) {
        return vg_fail_errno(error, errno, "a socket cannot be made");
    }
    (void)setsockopt(*listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* connections of a server just ended do not hold the port */
    if (bind(*listener, (const struct sockaddr *)&address, address_bytes) != 0 || listen(*listener, 128) != 0) {
        return vg_fail_errno(error, errno, "port %u cannot be served (--port 0 takes any free one)", port);
    }
    socklen_t bytes = sizeof address;
    if (getsockname(*listener, (struct sockaddr *)&address, &bytes) != 0) {
        return vg_fail_errno(error, errno, "the port cannot be read");
    }
    *bound = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port : ((struct sockaddr_in *)&address)->sin_port);
    return VG_OK;
}

static vg_status start_daemon(struct vg_server *server, unsigned connections, struct vg_error *error)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, exchange_go_on, server,
        MHD_OPTION_LISTEN_SOCKET, server->listener, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_end, server, MHD_OPTION_NOTIFY_CONNECTION, exchange_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SECONDS, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    return server->daemon != NULL ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "the HTTP library cannot be started");
}

static vg_status start_parts(struct vg_server *server, const struct vg_server_options *options, struct vg_error *error)
{
    unsigned connections = or_default(options->connections, 256, 4096);
    server->request_seconds = or_default(options->request_seconds, 15, 3600);
    server->answer_seconds = or_default(options->answer_seconds, 60, 3600);
    server->role = options->role;
    /* The address first: what is not allowed is refused before anything is opened. */
    vg_status status = serve_listen(options->address, options->port, &server->listener, &server->port, error);
    if (status == VG_OK) {
        server->plan_memory = vg_plan_memory_new();
        status = server->plan_memory == NULL ? vg_fail_memory(error, 0) : VG_OK;
    }
    if (status == VG_OK) {
        server->node_open = true;
        status = serve_node_open(&server->node, options->node_folder, error);
    }
    if (status == VG_OK) {
        server->workers_run = true;
        status = serve_workers_start(&server->workers, or_default(options->threads, 4, 64),
                                     or_default(options->waiting, 64, 4096), &server->node, &server->cache, error);
    }
    if (status == VG_OK) {
        server->simulations_run = true;
        status = serve_simulations_start(&server->simulations, &server->node, options->simulation_limits, error);
    }
    if (status == VG_OK) {
        server->guard_runs = true;
        status = serve_guard_start(&server->guard, connections, error);
    }
    return status == VG_OK ? start_daemon(server, connections, error) : status;
}

vg_status vg_server_start(const struct vg_server_options *options, struct vg_server **out, struct vg_error *error)
{
    struct vg_server *server = calloc(1, sizeof *server);
    *out = NULL;
    if (server == NULL) {
        return vg_fail_memory(error, sizeof *server);
    }
    server->listener = -1;
    serve_cache_init(&server->cache, options->cache_bytes == 0 ? CACHE_BYTES : options->cache_bytes);
    vg_status status = start_parts(server, options, error);
    if (status != VG_OK) {
        vg_server_stop(server);
        return status;
    }
    *out = server;
    return VG_OK;
}

uint16_t vg_server_port(const struct vg_server *server)
{
    return server->port;
}

/* Answers that are on their way are given a moment to be taken. */
static void wait_for_exchanges(struct vg_server *server)
{
    for (int waited_ms = 0; waited_ms < END_MS && atomic_load(&server->n_exchanges) != 0; waited_ms += 10) {
        (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
}

void vg_server_stop(struct vg_server *server)
{
    if (server == NULL) {
        return;
    }
    atomic_store(&server->ending, true);
    if (server->daemon == NULL && server->listener >= 0) {
        (void)close(server->listener); /* else the library's, which closes it; asking it before to take no more (MHD_quiesce_daemon) races with its own thread */
    }
    if (server->workers_run) {
        serve_workers_end(&server->workers); /* resumes every suspended connection, as the library wants */
    }
    if (server->daemon != NULL) {
        wait_for_exchanges(server);
        MHD_stop_daemon(server->daemon);
    }
    if (server->workers_run) {
        serve_workers_release(&server->workers);
    }
    if (server->simulations_run) {
        serve_simulations_end(&server->simulations);
    }
    if (server->guard_runs) {
        serve_guard_stop(&server->guard);
    }
    if (server->node_open) {
        serve_node_close(&server->node);
    }
    vg_plan_memory_free(server->plan_memory);
    serve_cache_release(&server->cache);
    free(server);
}
