/*
 * One small pool: workers sleep until a parallel-for comes, then take items by a shared counter in small blocks. The caller
 * works too. Items write disjoint memory, so results never depend on who took what. A call from inside a worker runs serially.
 */
#include "core/core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct vg_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    pthread_t *threads;
    unsigned n_threads; /* with the caller */
    unsigned n_running; /* workers that have not finished this round */
    uint64_t round;
    bool closing;
    atomic_bool busy; /* a parallel-for is under way: another one (nested, or of another thread) runs serially */
    size_t count, block;
    atomic_size_t next;
    void (*work)(void *context, size_t item, unsigned worker);
    void *context;
};

struct worker {
    struct vg_pool *pool;
    unsigned index;
};

static void take_items(struct vg_pool *pool, unsigned worker)
{
    for (;;) {
        size_t first = atomic_fetch_add_explicit(&pool->next, pool->block, memory_order_relaxed);
        if (first >= pool->count) {
            return;
        }
        size_t end = pool->count - first < pool->block ? pool->count : first + pool->block;
        for (size_t item = first; item < end; item++) {
            pool->work(pool->context, item, worker);
        }
    }
}

static void *run_worker(void *argument)
{
    struct worker self = *(struct worker *)argument;
    struct vg_pool *pool = self.pool;
    uint64_t seen = 0;
    free(argument);
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->closing) {
            (void)pthread_cond_wait(&pool->start, &pool->lock);
        }
        if (pool->closing) {
            break;
        }
        seen = pool->round;
        (void)pthread_mutex_unlock(&pool->lock);
        take_items(pool, self.index);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->n_running == 0) {
            (void)pthread_cond_signal(&pool->done);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bool start_worker(struct vg_pool *pool, unsigned index)
{
    struct worker *worker = malloc(sizeof *worker);
    if (worker == NULL) {
        return false;
    }
    *worker = (struct worker){pool, index};
    if (pthread_create(&pool->threads[index - 1], NULL, run_worker, worker) != 0) {
        free(worker);
        return false;
    }
    return true;
}

struct vg_pool *vg_pool_new(unsigned threads)
{
    if (threads == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        threads = processors < 1 ? 1 : processors > 256 ? 256 : (unsigned)processors;
    }
    struct vg_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->threads = calloc(threads, sizeof *pool->threads);
    if (pool->threads == NULL) {
        free(pool);
        return NULL;
    }
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->start, NULL);
    (void)pthread_cond_init(&pool->done, NULL);
    pool->n_threads = 1;
    while (pool->n_threads < threads && start_worker(pool, pool->n_threads)) {
        pool->n_threads++;
    }
    return pool;
}

void vg_pool_free(struct vg_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->start);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 1; i < pool->n_threads; i++) {
        (void)pthread_join(pool->threads[i - 1], NULL);
    }
    (void)pthread_cond_destroy(&pool->start);
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

unsigned vg_pool_threads(const struct vg_pool *pool)
{
    return pool == NULL ? 1 : pool->n_threads;
}

void vg_parallel_for(struct vg_pool *pool, size_t count, void (*work)(void *context, size_t item, unsigned worker),
                     void *context)
{
    bool idle = false;
    if (pool == NULL || pool->n_threads == 1 || count < 2 || !atomic_compare_exchange_strong(&pool->busy, &idle, true)) {
        for (size_t item = 0; item < count; item++) {
            work(context, item, 0);
        }
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->count = count;
    pool->block = count / ((size_t)pool->n_threads * 16) + 1;
    pool->work = work;
    pool->context = context;
    atomic_store(&pool->next, 0);
    pool->n_running = pool->n_threads - 1;
    pool->round++;
    (void)pthread_cond_broadcast(&pool->start);
    (void)pthread_mutex_unlock(&pool->lock);
    take_items(pool, 0);
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->n_running != 0) {
        (void)pthread_cond_wait(&pool->done, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    atomic_store(&pool->busy, false);
}
