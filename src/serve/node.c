/*
 * The node's two handles, and the thread that looks once a second whether its files have changed.
 */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return vg_hash_bytes(&value, sizeof value, hash);
}

static bool stat_in(const char *folder, const char *name, struct stat *found)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length > 0 && (size_t)length < sizeof path && stat(path, found) == 0;
}

/* The database and its journal grow or change their time with every commit. */
static uint64_t look_of(const char *folder)
{
    static const char *const names[] = {"node.db", "node.db-wal"};
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat found = {0};
        (void)stat_in(folder, names[i], &found);
        hash = mix(mix(mix(mix(hash, found.st_ino), (uint64_t)found.st_size), (uint64_t)found.st_mtim.tv_sec),
                   (uint64_t)found.st_mtim.tv_nsec);
    }
    return hash;
}

static uint64_t identity_of(const char *folder)
{
    struct stat found = {0};
    (void)stat_in(folder, "node.db", &found);
    return mix(mix(0, found.st_dev), found.st_ino);
}

static void close_handle(struct serve_handle *handle)
{
    vg_store_close(handle->store);
    *handle = (struct serve_handle){0};
}

/* Brings a handle that nobody reads up to date; opens it again where the node has been replaced. */
static vg_status renew_handle(struct serve_handle *handle, const char *folder, struct vg_error *error)
{
    uint64_t identity = identity_of(folder);
    vg_status status = VG_OK;
    if (handle->store != NULL && handle->identity != identity) {
        close_handle(handle);
    }
    if (handle->store == NULL) {
        status = vg_store_open(folder, VG_STORE_READ, &handle->store, error);
    } else {
        status = vg_store_refresh(handle->store, error);
    }
    if (status == VG_OK) {
        handle->identity = identity;
        handle->version = mix(mix(vg_program_identity(), identity), vg_store_data_version(handle->store));
    }
    return status;
}

/* Takes in what was committed. told: whether the failure was printed already. */
static void renew(struct serve_node *node, bool *told)
{
    uint64_t look = look_of(node->folder);
    (void)pthread_mutex_lock(&node->lock);
    struct serve_handle *spare = &node->handles[1 - node->current];
    bool wanted = look != node->seen && spare->users == 0;
    uint64_t version = node->handles[node->current].version;
    (void)pthread_mutex_unlock(&node->lock);
    if (!wanted) {
        return;
    }
    struct vg_error error = {0};
    if (renew_handle(spare, node->folder, &error) != VG_OK) { /* only this thread touches a spare that nobody reads */
        if (!*told) {
            (void)fprintf(stderr, "vigia serve: the newest data cannot be read yet: %s\n", error.message);
            *told = true;
        }
        return;
    }
    *told = false;
    (void)pthread_mutex_lock(&node->lock);
    node->seen = look;
    if (spare->version != version) {
        node->current = 1 - node->current;
    }
    (void)pthread_mutex_unlock(&node->lock);
}

static void *keep_up(void *argument)
{
    struct serve_node *node = argument;
    bool told = false;
    (void)pthread_mutex_lock(&node->lock);
    while (!node->closing) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        if (pthread_cond_timedwait(&node->closing_told, &node->lock, &until) != 0 && !node->closing) {
            (void)pthread_mutex_unlock(&node->lock);
            renew(node, &told);
            (void)pthread_mutex_lock(&node->lock);
        }
    }
    (void)pthread_mutex_unlock(&node->lock);
    return NULL;
}

vg_status serve_node_open(struct serve_node *node, const char *folder, struct vg_error *error)
{
    memset(node, 0, sizeof *node);
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&node->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&node->closing_told, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    node->folder = strdup(folder);
    if (node->folder == NULL) {
        return vg_fail_memory(error, strlen(folder));
    }
    node->seen = look_of(folder);
    vg_status status = renew_handle(&node->handles[0], folder, error);
    if (status == VG_OK) {
        int reason = pthread_create(&node->thread, NULL, keep_up, node);
        node->thread_runs = reason == 0;
        status = reason == 0 ? VG_OK : vg_fail_errno(error, reason, "a thread cannot be started");
    }
    return status;
}

void serve_node_close(struct serve_node *node)
{
    if (node->thread_runs) {
        (void)pthread_mutex_lock(&node->lock);
        node->closing = true;
        (void)pthread_cond_signal(&node->closing_told);
        (void)pthread_mutex_unlock(&node->lock);
        (void)pthread_join(node->thread, NULL);
    }
    VG_ASSERT(node->handles[0].users == 0 && node->handles[1].users == 0);
    close_handle(&node->handles[0]);
    close_handle(&node->handles[1]);
    (void)pthread_cond_destroy(&node->closing_told);
    (void)pthread_mutex_destroy(&node->lock);
    free(node->folder);
}

struct serve_handle *serve_node_take(struct serve_node *node)
{
    (void)pthread_mutex_lock(&node->lock);
    struct serve_handle *handle = &node->handles[node->current];
    handle->users++;
    (void)pthread_mutex_unlock(&node->lock);
    return handle;
}

void serve_node_give(struct serve_node *node, struct serve_handle *handle)
{
    (void)pthread_mutex_lock(&node->lock);
    handle->users--;
    (void)pthread_mutex_unlock(&node->lock);
}

uint64_t serve_node_version(struct serve_node *node)
{
    (void)pthread_mutex_lock(&node->lock);
    uint64_t version = node->handles[node->current].version;
    (void)pthread_mutex_unlock(&node->lock);
    return version;
}

uint64_t serve_tag(uint64_t version, int32_t today, const struct serve_question *question)
{
    return mix(mix(version, (uint64_t)(uint32_t)today), question->hash);
}
