/*
 * Private to serve: simulations that are run in the background, one at a time, and what people ask of them.
 */
#ifndef VG_SERVE_SIMULATIONS_H
#define VG_SERVE_SIMULATIONS_H

#include "jobs/jobs.h"
#include "jobs/simulate/simulate.h"

#include <pthread.h>

#define SERVE_SIMULATION_TEXTS_MAX 8
#define SERVE_SIMULATION_NAME_BYTES 200

struct serve_node;

/* What is posted: start a simulation of these texts, or cancel or delete one. Texts are its own. */
enum serve_simulation_action { SERVE_SIMULATION_LOOK, SERVE_SIMULATION_START, SERVE_SIMULATION_CANCEL, SERVE_SIMULATION_DELETE };
struct serve_order {
    enum serve_simulation_action action;
    char name[SERVE_SIMULATION_NAME_BYTES];
    char *note;                                  /* JSON of whoever sent it, given back as it is; NULL: none */
    char *texts[SERVE_SIMULATION_TEXTS_MAX];
    size_t n_texts;
};
/* VG_USAGE_ERROR for anything that is not such an object. to_one: it was sent to one simulation, not to all. Release in any case. */
vg_status serve_order_parse(const char *body, size_t size, bool to_one, struct serve_order *order, struct vg_error *error) VG_MUST_USE;
void serve_order_release(struct serve_order *order);

struct serve_simulation;
struct serve_simulations {
    struct serve_node *node;
    struct vg_simulation_limits limits;
    size_t waiting_max, kept_max;
    pthread_mutex_t lock;
    pthread_cond_t told;
    pthread_t thread;
    bool thread_runs, closing;
    struct serve_simulation *list;               /* those that are not kept in the node: waiting, running, cancelled, failed; oldest first */
};
/* limits NULL: the default ones. */
vg_status serve_simulations_start(struct serve_simulations *simulations, struct serve_node *node, const struct vg_simulation_limits *limits, struct vg_error *error) VG_MUST_USE;
/* Asks the one that runs to stop, waits for it, and forgets what is not kept. */
void serve_simulations_end(struct serve_simulations *simulations);

/* A question or an order: id NULL is all of them. store: for reading. part and csv: of what is kept. */
struct serve_simulation_question {
    const char *id;
    const struct serve_order *order;             /* NULL: only a look */
    enum vg_simulation_part part;
    bool head_only;                              /* how far it is, without texts and answer */
};
vg_status serve_simulations_answer(struct serve_simulations *simulations, const struct serve_simulation_question *question, struct vg_store *store, struct vg_buffer *out,
                                   struct vg_error *error) VG_MUST_USE;

#endif
