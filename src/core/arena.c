/*
 * Arena: memory with one lifetime. Blocks grow geometrically, so that the number of system allocations stays small;
 * a request larger than the next block gets a block of its own.
 */
#include "core/core.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGNMENT 16U
#define ARENA_FIRST_BLOCK_BYTES (16U << 10)
#define ARENA_LARGEST_BLOCK_BYTES (16U << 20)
#define LARGE_PAGE_BYTES ((size_t)2 << 20)

struct vg_arena_block {
    struct vg_arena_block *older;
    size_t capacity, used;
    size_t mapped_bytes, first; /* of a block that is not malloc's, and what is left free before its first large page; else 0 */
    /* content follows, aligned */
};

#define BLOCK_HEADER_BYTES ((sizeof(struct vg_arena_block) + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT)

void vg_arena_init(struct vg_arena *arena, size_t limit_bytes)
{
    *arena = (struct vg_arena){.limit_bytes = limit_bytes};
}

static void free_block(struct vg_arena_block *block)
{
#ifdef __linux__
    if (block->mapped_bytes > 0) {
        (void)munmap(block, block->mapped_bytes);
        return;
    }
#endif
    free(block);
}

void vg_arena_release(struct vg_arena *arena)
{
    struct vg_arena_block *block = arena->newest;
    while (block != NULL) {
        struct vg_arena_block *older = block->older;
        free_block(block);
        block = older;
    }
    vg_arena_init(arena, arena->limit_bytes);
}

/* Linux: pages of 2 MiB save most of the time of first touching a large block. A wish: where it is not granted nothing changes. */
static void ask_for_large_pages(void *memory, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = LARGE_PAGE_BYTES;
    uintptr_t first = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + size) / page * page;
    if (size >= 4 * page && end > first) {
        (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
    }
#else
    (void)memory;
    (void)size;
#endif
}

static struct vg_arena_block *add_block(struct vg_arena *arena, size_t content_bytes)
{
    size_t capacity = arena->newest == NULL ? ARENA_FIRST_BLOCK_BYTES : arena->newest->capacity * 2;
    if (capacity > ARENA_LARGEST_BLOCK_BYTES) {
        capacity = ARENA_LARGEST_BLOCK_BYTES;
    }
    if (capacity < content_bytes) {
        capacity = content_bytes;
    }
    size_t total = 0;
    if (!vg_add_size(capacity, BLOCK_HEADER_BYTES, &total)) {
        return NULL;
    }
    /* calloc: fresh pages come zeroed from the kernel, so large blocks cost nothing until they are written. */
    struct vg_arena_block *block = calloc(1, total);
    if (block == NULL) {
        return NULL;
    }
    ask_for_large_pages(block, total);
    block->capacity = capacity;
    /* A block made for one large request goes behind the newest, whose free rest stays in use. */
    if (arena->newest != NULL && capacity == content_bytes && capacity > arena->newest->capacity) {
        block->older = arena->newest->older;
        arena->newest->older = block;
    } else {
        block->older = arena->newest;
        arena->newest = block;
    }
    return block;
}

void vg_arena_reserve(struct vg_arena *arena, size_t bytes)
{
    size_t total = 0;
    if (arena->newest != NULL || !vg_add_size(bytes, 2 * LARGE_PAGE_BYTES, &total)) {
        return;
    }
#ifdef __linux__
    /* Not from malloc, which keeps what was freed and would have to clear all of it for the next. */
    struct vg_arena_block *block = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block != MAP_FAILED) {
        ask_for_large_pages(block, total);
        /* What is before the first large page is never touched but for the header. */
        size_t past = ((uintptr_t)block + BLOCK_HEADER_BYTES) % LARGE_PAGE_BYTES;
        size_t first = past > 0 ? LARGE_PAGE_BYTES - past : 0;
        *block = (struct vg_arena_block){.capacity = total - BLOCK_HEADER_BYTES, .used = first, .mapped_bytes = total, .first = first};
        arena->newest = block;
    }
#else
    (void)add_block(arena, total);
#endif
}

void vg_arena_reset(struct vg_arena *arena)
{
    struct vg_arena_block *block = arena->newest;
    size_t total = 0;
    if (block == NULL) {
        arena->failed = false;
        return;
    }
    if (block->older == NULL) {
        memset((char *)block + BLOCK_HEADER_BYTES + block->first, 0, block->used - block->first);
        block->used = block->first;
        arena->used_bytes = 0;
        arena->failed = false;
        return;
    }
    for (; block != NULL; block = block->older) {
        total += block->capacity; /* no overflow: it is all in memory */
    }
    vg_arena_release(arena);
    /* One block for all of it; where there is none to be had, the next allocation says so. */
    (void)add_block(arena, total);
}

void *vg_arena_alloc(struct vg_arena *arena, size_t count, size_t size)
{
    size_t wanted = 0;
    size_t padded = 0;
    if (!vg_multiply_size(count, size, &wanted) || !vg_add_size(wanted, ARENA_ALIGNMENT - 1, &padded)) {
        arena->failed = true;
        return NULL;
    }
    padded = padded / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    if (padded == 0) {
        padded = ARENA_ALIGNMENT; /* a valid, distinct pointer also for nothing */
    }
    if (arena->limit_bytes != 0 && (padded > arena->limit_bytes || arena->used_bytes > arena->limit_bytes - padded)) {
        arena->failed = true;
        return NULL;
    }
    struct vg_arena_block *block = arena->newest;
    if (block == NULL || block->capacity - block->used < padded) {
        block = add_block(arena, padded);
        if (block == NULL) {
            arena->failed = true;
            return NULL;
        }
    }
    void *memory = (char *)block + BLOCK_HEADER_BYTES + block->used;
    block->used += padded;
    arena->used_bytes += padded;
    return memory;
}

char *vg_arena_copy_bytes(struct vg_arena *arena, const char *data, size_t size)
{
    size_t with_end = 0;
    char *copy = vg_add_size(size, 1, &with_end) ? vg_arena_alloc(arena, with_end, 1) : NULL;
    if (copy != NULL && size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

char *vg_arena_copy(struct vg_arena *arena, const char *text)
{
    return text == NULL ? NULL : vg_arena_copy_bytes(arena, text, strlen(text));
}

char *vg_arena_format(struct vg_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        arena->failed = true;
        return NULL;
    }
    char *text = vg_arena_alloc(arena, (size_t)length + 1, 1);
    if (text != NULL) {
        va_start(arguments, format);
        (void)vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

void *vg_arena_room(struct vg_arena *arena, void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) {
        return array;
    }
    const size_t larger = *capacity == 0 ? 64 : 2 * *capacity;
    void *bytes = vg_arena_alloc(arena, larger, size);
    if (bytes == NULL) {
        return NULL;
    }
    if (n > 0) {
        memcpy(bytes, array, n * size);
    }
    *capacity = larger;
    return bytes;
}

vg_status vg_fail_memory(struct vg_error *error, size_t wanted_bytes)
{
    if (wanted_bytes == 0) {
        return vg_fail(error, VG_SYSTEM_ERROR, "out of memory");
    }
    return vg_fail(error, VG_SYSTEM_ERROR, "out of memory: %zu more bytes were needed", wanted_bytes);
}
