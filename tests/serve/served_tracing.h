/*
 * A node with a case and its contacts, served; and what is asked of its tracing.
 */
#ifndef SERVED_TRACING_H
#define SERVED_TRACING_H

#include "served_node.h"

#include "jobs/jobs.h"
#include "jobs/tracing/tracing.h"

enum { CONTACTS = 5 };
static const char secret[] = "Quetzalcoatl";

static const struct vg_actor worker = {"Ana", VG_ROLE_CASE_WORKER};

/* Person 1 is a case; 2 to 6 are its contacts, of two officers, in Huila and Tolima; the last one's follow-up is over. */
static inline void fill(struct vg_store *store, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answer;
    char number[24], last[VG_DATE_TEXT_BYTES];
    vg_arena_init(&arena, 0);
    for (int i = 0; i <= CONTACTS; i++) {
        (void)snprintf(number, sizeof number, "%d", 1980 + i);
        (void)vg_date_print(vg_date_today() - (i == CONTACTS ? 20 : i), last);
        const struct vg_tracing_given of_case[] = {{"given", secret}, {"birth_year", number}, {"class", "confirmed"}, {"report", last}, {"onset", last}, {"place", "CO-HUI"}, {"officer", "Ana"}};
        const struct vg_tracing_given of_contact[] = {{"given", secret}, {"birth_year", number}, {"last", last}, {"place", i % 2 == 0 ? "CO-HUI" : "CO-TOL"}, {"officer", i < 4 ? "Ana" : "Luis"}, {"proximity", "touch"}};
        const struct vg_tracing_add add = {.kind = i == 0 ? VG_TRACING_CASE : VG_TRACING_CONTACT, .given = i == 0 ? of_case : of_contact, .n_given = i == 0 ? 7 : 6, .source_case = i == 0 ? 0 : 1};
        vg_answer_init(&answer, &arena);
        vg_assert_ok(vg_job_tracing_add(store, &worker, &add, &arena, &answer, error), *error);
        vg_answer_release(&answer);
    }
    vg_arena_release(&arena);
}

static inline int make_node(void **state)
{
    struct vg_store *store = NULL;
    if (!new_node(state, vg_job_init)) {
        return -1;
    }
    struct node *node = *state;
    if (vg_store_open(node->folder, VG_STORE_WRITE, &store, &node->error) != VG_OK) {
        return -1;
    }
    fill(store, &node->error);
    vg_store_close(store);
    return start_server(node, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static inline int make_empty_node(void **state)
{
    return new_node(state, vg_job_init) && start_server(*state, &(struct vg_server_options){.request_seconds = 2}) ? 0 : -1;
}

static inline void expect_rows(const struct node *node, const char *query, size_t n)
{
    char target[256];
    (void)snprintf(target, sizeof target, "/api/v1/tracing?%s", query);
    json_t *body = get_json(node, target);
    if (n_rows(body) != n) {
        fail_msg("%s: %zu rows, not %zu", query, n_rows(body), n);
    }
    json_decref(body);
}

static inline void expect_status(const struct node *node, const char *query, unsigned status)
{
    char target[256];
    struct reply reply;
    (void)snprintf(target, sizeof target, "/api/v1/tracing%s", query);
    client_get(node->port, target, &reply);
    if (reply.status != status) {
        fail_msg("%s: %u, not %u", query, reply.status, status);
    }
    reply_release(&reply);
}

#endif
