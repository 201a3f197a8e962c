/*
 * The queue of questions and the threads that answer them. One list holds what waits and what runs, so that a question that is
 * already there is joined instead of being worked twice.
 */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>

/* One question and all who wait for it; the first waiter's question is the one that is read. */
struct serve_task {
    struct serve_waiter *waiters;
    uint64_t tag;
    bool running;
    struct serve_task *next;
};

/* Hands the result to everybody who waits for the task, which is out of the list by now. */
static void answer_waiters(struct serve_workers *workers, struct serve_task *task, vg_status status,
                           const struct vg_error *error, struct serve_body *body)
{
    struct serve_waiter *waiter = task->waiters;
    while (waiter != NULL) {
        struct serve_waiter *next = waiter->next;
        waiter->status = status;
        waiter->error = *error;
        waiter->body = body;
        if (body != NULL) {
            serve_body_share(workers->cache, body);
        }
        waiter->ready(waiter); /* the waiter may be gone from here on */
        waiter = next;
    }
    serve_body_drop(workers->cache, body);
    free(task);
}

static struct serve_task *first_waiting(struct serve_workers *workers)
{
    struct serve_task *task = workers->tasks;
    while (task != NULL && task->running) {
        task = task->next;
    }
    return task;
}

static void unlink_task(struct serve_workers *workers, const struct serve_task *task)
{
    struct serve_task **place = &workers->tasks;
    while (*place != task) {
        place = &(*place)->next;
    }
    *place = task->next;
}

static void work(struct serve_workers *workers, struct serve_task *task)
{
    struct vg_error error = {0};
    struct serve_body *body = NULL;
    struct serve_handle *handle = serve_node_take(workers->node);
    const struct serve_question *question = task->waiters->question;
    bool live = question->live; /* the question is its waiter's, which may be gone after the answer */
    /* The data may have changed since the question was put: the answer carries the tag of what it was made from. */
    uint64_t tag = serve_tag(handle->version, vg_date_today(), question);
    vg_status status = serve_question_answer(question, handle->store, tag, &body, &error);
    serve_node_give(workers->node, handle);
    if (status == VG_OK && !live) {
        serve_cache_keep(workers->cache, body);
    }
    (void)pthread_mutex_lock(&workers->lock);
    unlink_task(workers, task);
    (void)pthread_mutex_unlock(&workers->lock);
    answer_waiters(workers, task, status, &error, body);
}

static void *run_worker(void *argument)
{
    struct serve_workers *workers = argument;
    (void)pthread_mutex_lock(&workers->lock);
    for (;;) {
        struct serve_task *task = first_waiting(workers);
        if (workers->closing) {
            break;
        }
        if (task == NULL) {
            (void)pthread_cond_wait(&workers->wanted, &workers->lock);
            continue;
        }
        task->running = true;
        workers->n_waiting--;
        (void)pthread_mutex_unlock(&workers->lock);
        work(workers, task);
        (void)pthread_mutex_lock(&workers->lock);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return NULL;
}

vg_status serve_workers_start(struct serve_workers *workers, unsigned threads, size_t waiting_max, struct serve_node *node,
                              struct serve_cache *cache, struct vg_error *error)
{
    *workers = (struct serve_workers){.node = node, .cache = cache, .waiting_max = waiting_max};
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->wanted, NULL);
    workers->threads = calloc(threads, sizeof *workers->threads);
    if (workers->threads == NULL) {
        return vg_fail_memory(error, threads * sizeof *workers->threads);
    }
    while (workers->n_threads < threads) {
        int reason = pthread_create(&workers->threads[workers->n_threads], NULL, run_worker, workers);
        if (reason != 0) {
            return vg_fail_errno(error, reason, "a worker cannot be started");
        }
        workers->n_threads++;
    }
    return VG_OK;
}

bool serve_workers_ask(struct serve_workers *workers, struct serve_waiter *waiter, void (*before)(struct serve_waiter *waiter))
{
    bool taken = false;
    (void)pthread_mutex_lock(&workers->lock);
    struct serve_task **place = &workers->tasks;
    while (*place != NULL && (*place)->tag != waiter->tag) {
        place = &(*place)->next;
    }
    struct serve_task *task = *place;
    if (task == NULL && !workers->closing && workers->n_waiting < workers->waiting_max) {
        task = calloc(1, sizeof *task);
        if (task != NULL) {
            task->tag = waiter->tag;
            *place = task;
            workers->n_waiting++;
            (void)pthread_cond_signal(&workers->wanted);
        }
    }
    if (task != NULL && !workers->closing) {
        before(waiter);
        waiter->next = NULL;
        struct serve_waiter **last = &task->waiters;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = waiter; /* behind the first, whose question may be being read */
        taken = true;
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return taken;
}

void serve_workers_end(struct serve_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    (void)pthread_cond_broadcast(&workers->wanted);
    (void)pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->n_threads; i++) {
        (void)pthread_join(workers->threads[i], NULL);
    }
    struct vg_error error = {0};
    (void)vg_fail(&error, VG_BUSY, "the server is ending");
    while (workers->tasks != NULL) { /* nobody asks any more: closing was set under the lock */
        struct serve_task *task = workers->tasks;
        workers->tasks = task->next;
        answer_waiters(workers, task, VG_BUSY, &error, NULL);
    }
}

void serve_workers_release(struct serve_workers *workers)
{
    (void)pthread_cond_destroy(&workers->wanted);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
}
