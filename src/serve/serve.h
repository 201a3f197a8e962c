/*
 * serve: the page and the HTTP API (docs/api.md) of one node.
 *
 * Bound to this machine (127.0.0.1 or ::1): access control is not there yet, so any other address is refused, and so is any request whose
 * Host header names something else (a page of another site cannot reach the node through a name that it points here).
 * The server only parses requests, calls the job and writes its answer in the wanted form.
 */
#ifndef VG_SERVE_H
#define VG_SERVE_H

#include "jobs/jobs.h"

struct vg_server;

struct vg_server_options {
    const char *node_folder;
    const char *address;      /* NULL: 127.0.0.1. Only 127.0.0.0/8 and ::1 are taken (VG_USAGE_ERROR otherwise) */
    uint16_t port;            /* 0: any free one, see vg_server_port */
    unsigned threads;         /* 0: 4 */
    size_t cache_bytes;       /* 0: 64 MiB of answers kept in memory */
};

/* Opens the node for reading and answers from threads of its own until vg_server_stop. */
vg_status vg_server_start(const struct vg_server_options *options, struct vg_server **server, struct vg_error *error) VG_MUST_USE;
uint16_t vg_server_port(const struct vg_server *server);
/* Lets running answers end, then closes. NULL is allowed. */
void vg_server_stop(struct vg_server *server);

#endif
