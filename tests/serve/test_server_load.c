/*
 * The server over time and under load: slow clients, many at a time, those that leave early, new data, a restored node, the end.
 */
#include "served_wave.h"

#include <pthread.h>
#include <stdatomic.h>

static double now_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void a_client_that_sends_byte_by_byte_is_cut_off(void **state)
{
    struct node *node = *state;
    restart(node, &(struct vg_server_options){.request_seconds = 1, .connections = 4});
    int s = client_connect(node->port);
    double began = now_seconds();
    bool closed = false;
    while (!closed && now_seconds() - began < 10) {
        char byte = 0;
        (void)send(s, "x", 1, MSG_NOSIGNAL);
        struct pollfd waiting = {.fd = s, .events = POLLIN};
        closed = poll(&waiting, 1, 100) > 0 && recv(s, &byte, 1, 0) <= 0;
    }
    assert_true(closed);
    assert_in_range(now_seconds() - began, 0, 4);
    (void)close(s);
    /* Idle connections up to the limit do not shut others out for longer than that. */
    int idle[8];
    for (int i = 0; i < 8; i++) {
        idle[i] = client_connect(node->port);
    }
    struct reply reply;
    began = now_seconds();
    client_get(node->port, "/api/v1/node", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(now_seconds() - began < 8);
    reply_release(&reply);
    for (int i = 0; i < 8; i++) {
        (void)close(idle[i]);
    }
}

static void one_connection_carries_many_requests(void **state)
{
    struct node *node = *state;
    int s = client_connect(node->port);
    for (int i = 0; i < 30; i++) {
        char request[256];
        struct reply reply;
        (void)snprintf(request, sizeof request, "GET /api/v1/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                       i % 3 == 0   ? "series"
                       : i % 3 == 1 ? "nothing"
                                    : "delays");
        client_send(s, request, strlen(request));
        client_receive(s, true, &reply);
        assert_int_equal(reply.status, i % 3 == 1 ? 404 : 200);
        reply_release(&reply);
    }
    (void)close(s);
}

struct crowd {
    uint16_t port;
    const char *path;
    bool same;
    atomic_uint next, answered, busy;
    char etag[512];
};

static void *ask_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    char target[256];
    struct reply reply;
    unsigned number = atomic_fetch_add(&crowd->next, 1);
    (void)snprintf(target, sizeof target, "/api/v1/%s?seed=%u", crowd->path, crowd->same ? 1 : number + 1);
    client_get(crowd->port, target, &reply);
    if (reply.status == 200) {
        atomic_fetch_add(&crowd->answered, 1);
    } else if (reply.status == 503) {
        char value[512];
        assert_refused(&reply, 503, "busy");
        assert_string_equal(header(&reply, "Retry-After", value), "2");
        atomic_fetch_add(&crowd->busy, 1);
    }
    reply_release(&reply);
    return NULL;
}

#define CROWD 60
static void run_crowd(struct crowd *crowd)
{
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_crowd, crowd), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void many_at_a_time_are_answered_or_told_to_wait(void **state)
{
    struct node *node = *state;
    struct crowd different = {.port = node->port, .path = "nowcast"};
    run_crowd(&different);
    assert_int_equal(atomic_load(&different.answered) + atomic_load(&different.busy), CROWD);
    assert_true(atomic_load(&different.answered) > 4);
    restart(node, &(struct vg_server_options){.threads = 1, .waiting = 1});
    struct crowd crowded = {.port = node->port, .path = "nowcast"};
    run_crowd(&crowded);
    assert_int_equal(atomic_load(&crowded.answered) + atomic_load(&crowded.busy), CROWD);
    assert_true(atomic_load(&crowded.answered) > 0 && atomic_load(&crowded.busy) > 0);
    /* The same question from everybody is one question: nobody is turned away. */
    struct crowd same = {.port = node->port, .path = "forecast", .same = true};
    run_crowd(&same);
    assert_int_equal(atomic_load(&same.answered), CROWD);
}

static void new_data_are_seen_without_a_restart(void **state)
{
    struct node *node = *state;
    char before[512];
    char after[512];
    struct reply reply;
    client_get(node->port, "/api/v1/series", &reply);
    (void)header(&reply, "ETag", before);
    reply_release(&reply);
    import_cases(node->folder, 2, "bb");
    double began = now_seconds();
    do {
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        client_get(node->port, "/api/v1/series", &reply);
        assert_int_equal(reply.status, 200);
        (void)header(&reply, "ETag", after);
        reply_release(&reply);
    } while (strcmp(before, after) == 0 && now_seconds() - began < 10);
    assert_string_not_equal(before, after);
    assert_true(now_seconds() - began < 4);
    char condition[600];
    (void)snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", before);
    client_ask(node->port, "GET", "/api/v1/series", condition, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static double total_of(struct node *node)
{
    struct reply reply;
    double sum = 0;
    size_t row = 0;
    json_t *cells = NULL;
    client_get(node->port, "/api/v1/series?measure=cases_onset", &reply);
    assert_int_equal(reply.status, 200);
    json_t *body = json_of(&reply);
    json_array_foreach(json_object_get(body, "rows"), row, cells)
    {
        sum += json_number_value(json_array_get(cells, 1));
    }
    json_decref(body);
    reply_release(&reply);
    return sum;
}

static double total_once_changed(struct node *node, double before)
{
    double began = now_seconds();
    double total = before;
    while (total == before && now_seconds() - began < 10) {
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        total = total_of(node);
    }
    return total;
}

/* The data version goes back with a restore; no answer of the time between may be taken for one of the restored node. */
static void a_restored_node_is_seen(void **state)
{
    struct node *node = *state;
    struct vg_store *store = NULL;
    char backup[80];
    char former[96];
    double first = total_of(node);
    (void)snprintf(backup, sizeof backup, "%s-backup", node->folder);
    (void)snprintf(former, sizeof former, "%s.before-restore", node->folder);
    vg_assert_ok(vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error), node->error);
    vg_assert_ok(vg_store_backup(store, backup, NULL, &node->error), node->error);
    vg_store_close(store);
    import_cases(node->folder, 2, "bb");
    double second = total_once_changed(node, first);
    assert_true(second > first * 1.5);
    vg_assert_ok(vg_store_restore(backup, node->folder, &node->error), node->error);
    assert_true(total_once_changed(node, second) == first);
    import_cases(node->folder, 3, "cc"); /* the same data version as the one before the restore, other data */
    assert_true(total_once_changed(node, first) > second);
    test_folder_remove(backup);
    test_folder_remove(former);
}

static void *ask_once(void *argument)
{
    struct crowd *crowd = argument;
    int s = client_connect(crowd->port);
    char request[256];
    (void)snprintf(request, sizeof request, "GET /api/v1/%s?seed=%u HTTP/1.1\r\nHost: localhost\r\n\r\n", crowd->path,
                   atomic_fetch_add(&crowd->next, 1) + 1);
    client_send(s, request, strlen(request));
    atomic_fetch_add(&crowd->busy, 1);
    struct reply reply;
    client_receive(s, true, &reply);
    if (reply.status == 200 || reply.status == 503) {
        atomic_fetch_add(&crowd->answered, 1);
    }
    reply_release(&reply);
    (void)close(s);
    return NULL;
}

/* Whatever runs is answered, whatever waits is told, and nothing hangs. */
static void the_end_is_orderly(void **state)
{
    struct node *node = *state;
    restart(node, &(struct vg_server_options){.threads = 1, .waiting = 20});
    struct crowd crowd = {.port = node->port, .path = "nowcast"};
    pthread_t threads[10];
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_once, &crowd), 0);
    }
    while (atomic_load(&crowd.busy) < 10) {
        (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    (void)nanosleep(&(struct timespec){0, 20000000}, NULL);
    double began = now_seconds();
    vg_server_stop(node->server);
    node->server = NULL;
    assert_true(now_seconds() - began < 5);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&crowd.answered), 10);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(node->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_not_equal(connect(s, (struct sockaddr *)&address, sizeof address), 0);
    (void)close(s);
    assert_true(start_server(node, &(struct vg_server_options){.port = node->port})); /* the port is free at once */
    vg_server_stop(NULL);
}

static void clients_that_leave_early_do_no_harm(void **state)
{
    struct node *node = *state;
    for (int i = 0; i < 40; i++) {
        char request[256];
        int s = client_connect(node->port);
        (void)snprintf(request, sizeof request, "GET /api/v1/nowcast?seed=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000 + i);
        client_send(s, request, strlen(request) - (i % 4 == 0 ? 3 : 0));
        if (i % 2 == 0) {
            struct linger at_once = {1, 0};
            (void)setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        (void)close(s);
    }
    struct reply reply;
    int tries = 0;
    do { /* the queue may still be full of what nobody waits for */
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        client_get(node->port, "/api/v1/delays", &reply);
        unsigned status = reply.status;
        reply_release(&reply);
        if (status == 200) {
            return;
        }
        assert_int_equal(status, 503);
    } while (++tries < 200);
    fail_msg("the server did not come back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_client_that_sends_byte_by_byte_is_cut_off),
        SERVED(one_connection_carries_many_requests),
        SERVED(many_at_a_time_are_answered_or_told_to_wait),
        SERVED(new_data_are_seen_without_a_restart),
        SERVED(a_restored_node_is_seen),
        SERVED(the_end_is_orderly),
        SERVED(clients_that_leave_early_do_no_harm),
    };
    return cmocka_run_group_tests_name("serve/server_load", tests, NULL, NULL);
}
