/*
 * Chunks of 256 bytes from slabs of 4 MB, handed out without a lock but for a new slab; each worker keeps the chunks it
 * emptied. The first slabs have small pages, for a small country does not fill large ones.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SLAB_BYTES ((size_t)CHUNK_WORDS * 4 << SLAB_BITS)
#define SLABS_OF_SMALL_PAGES 2

static bool add_slab(struct chunk_store *store, size_t slab)
{
    (void)pthread_mutex_lock(&store->lock);
    if (store->slabs[slab] == NULL) {
        void *memory = aligned_alloc((size_t)1 << 21, SLAB_BYTES);
        if (memory != NULL && slab >= SLABS_OF_SMALL_PAGES) {
            (void)madvise(memory, SLAB_BYTES, MADV_HUGEPAGE);
        }
        __atomic_store_n(&store->slabs[slab], memory, __ATOMIC_RELEASE);
    }
    (void)pthread_mutex_unlock(&store->lock);
    return store->slabs[slab] != NULL;
}

uint32_t chunk_take(struct chunk_store *store, unsigned worker)
{
    uint32_t chunk = store->free_list[worker];
    if (chunk != 0) {
        uint32_t next = chunk_at(store, chunk)[CHUNK_NEXT];
        store->free_list[worker] = next;
        __builtin_prefetch(chunk_at(store, next), 1); /* it is taken next, and was written long ago */
        return chunk;
    }
    chunk = atomic_fetch_add_explicit(&store->used, 1, memory_order_relaxed);
    size_t slab = chunk >> SLAB_BITS;
    if (slab >= SLABS_MAX || (__atomic_load_n(&store->slabs[slab], __ATOMIC_ACQUIRE) == NULL && !add_slab(store, slab))) {
        atomic_store(&store->failed, true);
        return 0;
    }
    return chunk;
}

bool list_grow(struct chunk_store *store, struct list *list, unsigned worker)
{
    uint32_t chunk = chunk_take(store, worker);
    if (chunk == 0) {
        return false;
    }
    chunk_at(store, chunk)[CHUNK_NEXT] = 0;
    if (list->first == 0) {
        list->first = chunk;
    } else {
        chunk_at(store, list->last)[CHUNK_NEXT] = chunk;
    }
    list->last = chunk;
    list->fill = 0;
    return true;
}

bool chunk_store_init(struct chunk_store *store)
{
    atomic_store(&store->used, 1); /* 0 is no chunk */
    return pthread_mutex_init(&store->lock, NULL) == 0 && add_slab(store, 0);
}

void chunk_store_release(struct chunk_store *store)
{
    for (size_t i = 0; i < SLABS_MAX; i++) {
        free(store->slabs[i]);
    }
    (void)pthread_mutex_destroy(&store->lock);
}

bool request_add(struct request_list *list, struct request request)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        struct request *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            list->failed = true;
            return false;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = request;
    return true;
}
