/*
 * serve: the page and the HTTP API (docs/api.md) of one node.
 *
 * Bound to this machine (127.0.0.1 or ::1): access control is not there yet, so any other address is refused, and so is any
 * request whose Host header names something else (a page of another site cannot reach the node through a name that it points
 * here).
 *
 * One thread speaks HTTP; it sends files, answers that are kept, and refusals at once. Questions that need work go to a few
 * workers through a bounded queue (503 when it is full), and the same question asked twice at a time is worked once. The node
 * is looked at once a second for data that another process has committed; running answers keep the data they began with.
 */
#ifndef VG_SERVE_H
#define VG_SERVE_H

#include "jobs/jobs.h"
#include "jobs/simulate/simulate.h"
#include "jobs/tracing/tracing.h"

struct vg_server;

/* 0 or NULL stands for what is written behind. */
struct vg_server_options {
    const char *node_folder;  /* required */
    const char *address;      /* 127.0.0.1. Only 127.0.0.0/8, ::1 and localhost are taken (VG_USAGE_ERROR otherwise) */
    uint16_t port;            /* any free one, see vg_server_port */
    unsigned threads;         /* workers: 4, at most 64 */
    size_t cache_bytes;       /* answers kept in memory: 64 MiB */
    unsigned connections;     /* open at a time: 256, at most 4096; more wait in the kernel's queue */
    unsigned waiting;         /* questions waiting for a worker: 64 */
    unsigned request_seconds; /* in which a request must have come whole: 15 */
    const struct vg_simulation_limits *simulation_limits; /* NULL: those of vg_simulation_default_limits */
    enum vg_actor_role role;  /* in which role names are asked for: reader, who sees none; a case worker sees them, each time for a reason that the audit keeps */
    unsigned answer_seconds;  /* in which an answer must have been taken, besides one second for each 32 KiB: 60 */
};

/* Opens the node for reading and answers from threads of its own until vg_server_stop. */
vg_status vg_server_start(const struct vg_server_options *options, struct vg_server **server,
                          struct vg_error *error) VG_MUST_USE;
uint16_t vg_server_port(const struct vg_server *server);
/* Takes no more requests, lets running answers end and be taken (two seconds at most for that), then closes. NULL is allowed.
 */
void vg_server_stop(struct vg_server *server);

/* ------------------------------------------------ servers of exposure notification */

struct vg_exposure_service;
/*
 * The key server and the verification server of a folder (jobs/exposure_server) over HTTP on this machine alone: a reverse proxy with TLS stands before it. Makes due exports once a
 * minute. Chaff is answered as late as real questions lately were. port 0: any free one.
 */
vg_status vg_exposure_service_start(const char *folder, const char *address, uint16_t port, struct vg_exposure_service **service, struct vg_error *error) VG_MUST_USE;
uint16_t vg_exposure_service_port(const struct vg_exposure_service *service);
void vg_exposure_service_stop(struct vg_exposure_service *service); /* NULL is allowed */

#endif
