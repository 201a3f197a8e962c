/*
 * Private to serve: a request free of the HTTP library, the question it asks, the cache of answers, the workers, the node's
 * handles, and the guard that closes connections of clients that take too long.
 */
#ifndef VG_SERVE_HTTP_H
#define VG_SERVE_HTTP_H

#include "serve/serve.h"
#include "serve/simulations.h"

#include "jobs/plan/plan.h"
#include "jobs/stock/stock.h"
#include "jobs/tracing/tracing.h"

#include <pthread.h>
#include <stdatomic.h>

/* --------------------------------------------------------------- requests */

#define SERVE_PARAMETERS_MAX 24
#define SERVE_NAME_BYTES_MAX 64
#define SERVE_VALUE_BYTES_MAX 512
#define SERVE_TARGET_BYTES_MAX 8192
#define SERVE_BODY_BYTES_MAX 8192
#define SERVE_FOLLOWUPS_BODY_BYTES_MAX 32768
#define SERVE_BY_BYTES 128
#define SERVE_SIMULATION_BODY_BYTES_MAX ((size_t)2 << 20) /* a country with its municipalities and counts */

struct serve_parameter {
    const char *name, *value;
};
/* The target of a request line, taken apart and decoded. Text lies in the target's own bytes. */
struct serve_request {
    const char *path;
    struct serve_parameter parameters[SERVE_PARAMETERS_MAX];
    size_t n_parameters;
    bool posts; /* it is sent to change something; set by who knows the method */
};
/*
 * Splits "/path?name=value&..." in place. VG_USAGE_ERROR for anything that is not that: a bad escape, bytes that are not UTF-8,
 * control characters, a name twice, too many or too long parts. Pieces without a name and a value are passed over; + is a blank
 * in the query.
 */
vg_status serve_request_parse(char *target, struct serve_request *request, struct vg_error *error) VG_MUST_USE;
/* NULL when not given or empty. */
const char *serve_parameter(const struct serve_request *request, const char *name);
/* Whether a Host header names this machine: localhost, 127.x.x.x or [::1], with or without a port. */
bool serve_host_is_local(const char *host);
/*
 * Whether a request that changes something comes from the node's own page or from a program of this machine, and not from another site's page in the same browser. Browsers
 * say where a page is from: origin must name the host that was asked, and fetch_site, where it is sent, same-origin (or none: the person's own doing). NULL: not sent.
 */
bool serve_origin_is_own(const char *origin, const char *fetch_site, const char *host);
/* Whether a Content-Type is application/json, alone or with a charset of UTF-8: forms and plain texts, which other sites' pages may send unasked, are not. NULL: no. */
bool serve_is_json(const char *content_type);
/*
 * What a path may be sent by POST: nothing; at /api/v1/alarms/ID a step with that alarm; at /api/v1/alarms that the present alarms be kept; at /api/v1/simulations what is to be
 * simulated; at /api/v1/simulations/ID that it be stopped or deleted; at /api/v1/tracing/followups visits to contacts; at /api/v1/tracing/entries other rows of tracing; at /api/v1/tracing/persons what is asked or decided of persons; at /api/v1/stock entries of the stock ledger; at /api/v1/plans a plan to be made and kept, or removed.
 */
enum serve_post { SERVE_POST_NONE, SERVE_POST_STEP, SERVE_POST_KEEP, SERVE_POST_SIMULATE, SERVE_POST_SIMULATION, SERVE_POST_FOLLOWUPS, SERVE_POST_ENTRIES, SERVE_POST_PERSONS, SERVE_POST_STOCK, SERVE_POST_PLAN };
/* Bytes of a body that are taken there. */
size_t serve_post_bytes_max(enum serve_post post);
enum serve_post serve_post_of(const char *path);
/* A step with an alarm, {"action": ..., "by": ..., "to": ..., "note": ...}, or {"action": "keep"}. Text is the body's own copy. */
struct serve_step {
    bool keeps; /* the rest says nothing then */
    enum vg_alarm_action action;
    char by[128], to[128], note[2048 + 1];
    bool has_to, has_note;
};
/* VG_USAGE_ERROR for anything that is not such an object: other members, other types, twice the same, control characters in names, an action that is the other kind's. */
vg_status serve_step_parse(const char *body, size_t size, enum serve_post kind, struct serve_step *step, struct vg_error *error) VG_MUST_USE;
/* Visits to contacts with who made them; told is released with serve_followups_release, also where parsing failed. */
struct serve_followups { char by[SERVE_BY_BYTES]; struct vg_followup_told *told; size_t n_told; };
/* VG_USAGE_ERROR for anything that is not {"by": ..., "followups": [1 to VG_FOLLOWUPS_MOST visits]}: other members, other types, other characters. Says nothing of whether a visit can be. */
vg_status serve_followups_parse(const char *body, size_t size, struct serve_followups *followups, struct vg_error *error) VG_MUST_USE;
void serve_followups_release(struct serve_followups *followups);
struct json_t;
/* Who tells something: a name without control characters; VG_USAGE_ERROR for anything else. */
vg_status serve_by_read(const struct json_t *value, char by[SERVE_BY_BYTES], struct vg_error *error) VG_MUST_USE;
/* Rows of tracing, or what is asked or decided of persons; texts lie in the document. Released with serve_tracing_release, also where parsing failed. */
#define SERVE_ENTRIES_MOST 50
#define SERVE_FIELDS_MOST 32
#define SERVE_PERSONS_MOST 500
enum serve_persons_action { SERVE_PERSONS_NAMES, SERVE_PERSONS_CANDIDATES, SERVE_PERSONS_MERGE, SERVE_PERSONS_DIFFERENT, SERVE_PERSONS_UNDO };
struct serve_tracing {
    struct json_t *document;
    char by[SERVE_BY_BYTES];
    struct vg_tracing_add *adds; /* [n_adds]; NULL: it is about persons */
    struct vg_tracing_given *given;
    size_t n_adds;
    enum serve_persons_action action;
    int64_t person, other, persons[SERVE_PERSONS_MOST]; /* person: of undo the step */
    size_t n_persons;
    const char *reason;
};
/* VG_USAGE_ERROR for anything that is not {"by": ..., "entries": [1 to SERVE_ENTRIES_MOST entries]}: other members, other types. Says nothing of whether a row can be. */
vg_status serve_entries_parse(const char *body, size_t size, struct serve_tracing *told, struct vg_error *error) VG_MUST_USE;
/* VG_USAGE_ERROR for anything that is not an action with its members. */
vg_status serve_persons_parse(const char *body, size_t size, struct serve_tracing *told, struct vg_error *error) VG_MUST_USE;
void serve_tracing_release(struct serve_tracing *told);
/* Entries of the stock ledger with who told them; their texts lie in the document. Released with serve_stock_release, also where parsing failed. */
#define SERVE_STOCK_ENTRIES_MOST 50
struct serve_stock { struct json_t *document; const char *by; struct vg_stock_said *said; size_t n_said; };
/* VG_USAGE_ERROR for anything that is not {"by": ..., "entries": [1 to 50 entries]}: other members, other types. Says nothing of whether an entry can be. */
vg_status serve_stock_parse(const char *body, size_t size, struct serve_stock *stock, struct vg_error *error) VG_MUST_USE;
void serve_stock_release(struct serve_stock *stock);
/* A plan to be made, or removed; its texts lie in the document. Released with serve_plan_release, also where parsing failed. */
struct serve_plan { struct json_t *document; struct vg_plan_order order; const char **places, **only; double *weights; bool removes; };
/* VG_USAGE_ERROR for anything that is not such an object: other members, other types. Says nothing of whether the plan can be made. */
vg_status serve_plan_parse(const char *body, size_t size, struct serve_plan *plan, struct vg_error *error) VG_MUST_USE;
void serve_plan_release(struct serve_plan *plan);
/* Whether an Accept-Encoding header takes gzip. NULL: no. */
bool serve_accepts_gzip(const char *accepted);
/* Whether an If-None-Match header holds the tag, in any of its forms. NULL: no. */
bool serve_tag_matches(const char *if_none_match, uint64_t tag);
/* 127.0.0.1 and the like as something to bind to; VG_USAGE_ERROR for what is not this machine. */
struct sockaddr_storage;
vg_status serve_address_parse(const char *address, uint16_t port, struct sockaddr_storage *out, unsigned *out_bytes,
                              struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- answers */

/* A body with what is needed to send it. Bodies of the cache are shared and counted. */
struct serve_body {
    size_t users;           /* guarded by the cache's lock */
    char *data, *gzip_data; /* gzip_data NULL: not worth it */
    size_t size, gzip_size;
    uint64_t tag; /* what the ETag says */
    char media_type[64];
    char file_name[128]; /* for Content-Disposition; "" none */
};

/* The answers of the last requests by tag, oldest out first. */
#define SERVE_CACHE_ENTRIES 512
struct serve_cache {
    pthread_mutex_t lock;
    struct serve_body *bodies[SERVE_CACHE_ENTRIES];
    size_t next, bytes, limit_bytes;
};
void serve_cache_init(struct serve_cache *cache, size_t limit_bytes);
void serve_cache_release(struct serve_cache *cache);
struct serve_body *serve_cache_find(struct serve_cache *cache, uint64_t tag); /* with one user more, or NULL */
void serve_cache_keep(struct serve_cache *cache, struct serve_body *body);    /* the cache becomes a user too */
void serve_body_share(struct serve_cache *cache, struct serve_body *body);    /* one user more */
/* One user less; freed with the last. NULL is allowed. */
void serve_body_drop(struct serve_cache *cache, struct serve_body *body);
/* Takes over text's bytes and compresses them where that pays. NULL when out of memory (text is released then too). */
struct serve_body *serve_body_new(struct vg_buffer *text, const char *media_type, uint64_t tag);

/* -------------------------------------------------------------- questions */

struct serve_route;
/* A request that has been found good: which job with what. Text is the request's. */
struct serve_question {
    const struct serve_route *route;
    struct vg_request wanted;
    enum vg_actor_role role; /* of whoever asks for names */
    enum vg_table_format format;
    uint64_t hash; /* of route and parameters */
    bool live;     /* the answer may change while the data stay: neither kept nor joined */
    const struct serve_step *step; /* NULL: only a question */
    const struct serve_followups *followups; /* NULL: none are told */
    const struct serve_tracing *tracing; /* NULL: nothing is told */
    const struct serve_stock *stock; /* NULL: none is told */
    const struct serve_plan *plan; /* NULL: none is ordered */
    struct serve_simulations *simulations; /* of the server, where the question is about them */
    struct serve_simulation_question simulation;
};
/* VG_NOT_FOUND or VG_USAGE_ERROR with what there is. */
vg_status serve_question_read(const struct serve_request *request, struct serve_question *question,
                              struct vg_error *error) VG_MUST_USE;
/* Whether it is about simulations. */
bool serve_question_simulates(const struct serve_question *question);
/* Runs the job and writes its answer. */
vg_status serve_question_answer(const struct serve_question *question, struct vg_store *store, uint64_t tag,
                                struct serve_body **body, struct vg_error *error) VG_MUST_USE;
/* The HTTP status of a vg_status, and its name in an error's JSON. */
unsigned serve_http_status(vg_status status);
const char *serve_status_name(vg_status status);

/* ------------------------------------------------------------------- node */

/* One open store and those who read it. */
struct serve_handle {
    struct vg_store *store;
    unsigned users;
    uint64_t identity; /* of the node's file: another one after a restore */
    uint64_t version;  /* of program, node and data together */
};
/*
 * Two handles on one node: one answers, the other takes in what was committed since, as soon as nobody reads it, and then they
 * change places. So nobody waits for a refresh, and an answer is made from one state of the data.
 */
struct serve_node {
    char *folder;
    pthread_mutex_t lock;
    pthread_cond_t closing_told;
    pthread_t thread;
    bool thread_runs, closing;
    uint64_t seen; /* what the node's files looked like at the last refresh */
    struct serve_handle handles[2];
    size_t current;
};
vg_status serve_node_open(struct serve_node *node, const char *folder, struct vg_error *error) VG_MUST_USE;
void serve_node_close(struct serve_node *node);
struct serve_handle *serve_node_take(struct serve_node *node);
void serve_node_give(struct serve_node *node, struct serve_handle *handle);
uint64_t serve_node_version(struct serve_node *node);
/* The tag of a question's answer; today counts too, as some answers say it. */
uint64_t serve_tag(uint64_t version, int32_t today, const struct serve_question *question);

/* ---------------------------------------------------------------- workers */

/* Somebody who waits for the answer to a question. The fields below the line belong to the workers until ready is called. */
struct serve_waiter {
    const struct serve_question *question;
    uint64_t tag;
    void (*ready)(struct serve_waiter *waiter); /* from a worker's thread */
    vg_status status;
    struct vg_error error;
    struct serve_body *body; /* one user: the waiter */
    struct serve_waiter *next;
};
struct serve_task;
struct serve_workers {
    struct serve_node *node;
    struct serve_cache *cache;
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    pthread_t *threads;
    unsigned n_threads;
    struct serve_task *tasks; /* waiting and running, oldest first */
    size_t n_waiting, waiting_max;
    bool closing;
};
vg_status serve_workers_start(struct serve_workers *workers, unsigned threads, size_t waiting_max, struct serve_node *node,
                              struct serve_cache *cache, struct vg_error *error) VG_MUST_USE;
/*
 * Puts a question in the queue, or joins it to the same one that is there. before is called once it is sure to be taken and
 * before ready can be. False when the queue is full or closing.
 */
bool serve_workers_ask(struct serve_workers *workers, struct serve_waiter *waiter, void (*before)(struct serve_waiter *waiter));
/* Lets what runs end, answers what still waits with VG_BUSY; questions put later are not taken. */
void serve_workers_end(struct serve_workers *workers);
void serve_workers_release(struct serve_workers *workers);

/* ------------------------------------------------------------------ guard */

/* Deadlines of connections: a socket whose time is over is shut down, and the HTTP library closes it then. */
struct serve_guard_slot {
    int descriptor;      /* -1: free */
    int64_t deadline_ms; /* INT64_MAX: none */
};
struct serve_guard {
    pthread_mutex_t lock;
    pthread_cond_t closing_told;
    pthread_t thread;
    bool thread_runs, closing;
    struct serve_guard_slot *slots;
    size_t n_slots;
};
vg_status serve_guard_start(struct serve_guard *guard, size_t connections, struct vg_error *error) VG_MUST_USE;
void serve_guard_stop(struct serve_guard *guard);
struct serve_guard_slot *serve_guard_enter(struct serve_guard *guard, int descriptor); /* NULL: no slot is free */
void serve_guard_leave(struct serve_guard *guard, struct serve_guard_slot *slot);
void serve_guard_allow(struct serve_guard *guard, struct serve_guard_slot *slot,
                       uint64_t seconds); /* from now; UINT64_MAX: without end */

#endif
