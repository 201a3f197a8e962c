/*
 * Private to serve: the server and the exchanges, which speak the HTTP library's language.
 */
#ifndef VG_SERVE_SERVER_INTERNAL_H
#define VG_SERVE_SERVER_INTERNAL_H

#include "serve/http.h"

#include <microhttpd.h>

struct vg_server {
    struct MHD_Daemon *daemon;
    int listener; /* -1: none */
    uint16_t port;
    unsigned request_seconds, answer_seconds;
    enum vg_actor_role role; /* of whoever asks for names */
    struct serve_node node;
    struct serve_cache cache;
    struct serve_workers workers;
    struct serve_guard guard;
    struct serve_simulations simulations;
    struct vg_plan_memory *plan_memory; /* the kept plan that was asked last what if */
    bool node_open, workers_run, guard_runs, simulations_run;
    atomic_bool ending;
    atomic_uint_fast64_t n_live; /* questions that are not joined, each with a number of its own */
    atomic_size_t n_exchanges; /* requests that have begun and are not answered to their end */
};

/*
 * A socket of our own on this machine, not yet taken from: two servers must not share a port, and the reason why one cannot be had is told. *listener is to be closed by the caller, also
 * after an error, where it is not -1.
 */
vg_status serve_listen(const char *address, uint16_t port, int *listener, uint16_t *bound, struct vg_error *error) VG_MUST_USE;

/* The HTTP library's callbacks; context is the server. */
void *exchange_begin(void *context, const char *target, struct MHD_Connection *connection);
enum MHD_Result exchange_go_on(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *upload, size_t *upload_size, void **state);
void exchange_end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how);
void exchange_connection(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode what);

#endif
