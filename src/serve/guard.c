/*
 * Clients that send or take their bytes one by one would hold a connection for ever, as the HTTP library only watches for
 * silence. Here each connection has a deadline; a thread shuts down the sockets whose time is over.
 */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LOOK_EVERY_MS 250

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *watch(void *argument)
{
    struct serve_guard *guard = argument;
    (void)pthread_mutex_lock(&guard->lock);
    while (!guard->closing) {
        int64_t now = now_ms();
        for (size_t i = 0; i < guard->n_slots; i++) {
            struct serve_guard_slot *slot = &guard->slots[i];
            if (slot->descriptor >= 0 && slot->deadline_ms <= now) {
                (void)shutdown(slot->descriptor, SHUT_RDWR);
                slot->deadline_ms = INT64_MAX;
            }
        }
        int64_t then = now + LOOK_EVERY_MS;
        struct timespec until = {(time_t)(then / 1000), (long)(then % 1000) * 1000000};
        (void)pthread_cond_timedwait(&guard->closing_told, &guard->lock, &until);
    }
    (void)pthread_mutex_unlock(&guard->lock);
    return NULL;
}

vg_status serve_guard_start(struct serve_guard *guard, size_t connections, struct vg_error *error)
{
    memset(guard, 0, sizeof *guard);
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&guard->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&guard->closing_told, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    guard->slots = calloc(connections, sizeof *guard->slots);
    if (guard->slots == NULL) {
        return vg_fail_memory(error, connections * sizeof *guard->slots);
    }
    guard->n_slots = connections;
    for (size_t i = 0; i < connections; i++) {
        guard->slots[i].descriptor = -1;
    }
    int reason = pthread_create(&guard->thread, NULL, watch, guard);
    guard->thread_runs = reason == 0;
    return reason == 0 ? VG_OK : vg_fail_errno(error, reason, "the server's guard cannot be started");
}

void serve_guard_stop(struct serve_guard *guard)
{
    if (guard->thread_runs) {
        (void)pthread_mutex_lock(&guard->lock);
        guard->closing = true;
        (void)pthread_cond_signal(&guard->closing_told);
        (void)pthread_mutex_unlock(&guard->lock);
        (void)pthread_join(guard->thread, NULL);
    }
    (void)pthread_cond_destroy(&guard->closing_told);
    (void)pthread_mutex_destroy(&guard->lock);
    free(guard->slots);
}

struct serve_guard_slot *serve_guard_enter(struct serve_guard *guard, int descriptor)
{
    struct serve_guard_slot *found = NULL;
    (void)pthread_mutex_lock(&guard->lock);
    for (size_t i = 0; i < guard->n_slots && found == NULL; i++) {
        found = guard->slots[i].descriptor < 0 ? &guard->slots[i] : NULL;
    }
    if (found != NULL) {
        *found = (struct serve_guard_slot){descriptor, INT64_MAX};
    }
    (void)pthread_mutex_unlock(&guard->lock);
    return found;
}

void serve_guard_leave(struct serve_guard *guard, struct serve_guard_slot *slot)
{
    if (slot != NULL) {
        (void)pthread_mutex_lock(&guard->lock);
        slot->descriptor = -1;
        (void)pthread_mutex_unlock(&guard->lock);
    }
}

void serve_guard_allow(struct serve_guard *guard, struct serve_guard_slot *slot, uint64_t seconds)
{
    if (slot != NULL) {
        (void)pthread_mutex_lock(&guard->lock);
        slot->deadline_ms = seconds > UINT32_MAX ? INT64_MAX : now_ms() + (int64_t)seconds * 1000;
        (void)pthread_mutex_unlock(&guard->lock);
    }
}
