/*
 * A node in a folder of its own for one test: made before it, gone after it.
 */
#ifndef TEST_NODE_H
#define TEST_NODE_H

#include "test_folder.h"

#include "jobs/jobs.h"

struct node {
    char folder[TEST_FOLDER_BYTES];
    struct vg_store *store;
    struct vg_arena arena;
    struct vg_error error;
};

static inline int make_node_by(void **state, vg_status (*create)(const char *folder, struct vg_error *error))
{
    struct node *node = calloc(1, sizeof *node);
    vg_arena_init(&node->arena, 0);
    *state = node;
    if (!test_folder_make(node->folder) || create(node->folder, &node->error) != VG_OK || vg_store_open(node->folder, VG_STORE_WRITE, &node->store, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    return 0;
}

/* With the shipped places and no data. */
static inline int make_node(void **state)
{
    return make_node_by(state, vg_job_init);
}

/* Without any place: for suites of the store, which bring their own. */
static inline int make_bare_node(void **state)
{
    return make_node_by(state, vg_store_create);
}

/* The same with one file, given as its text, in the dataset. */
static inline int make_node_with(void **state, const char *file_name, const char *dataset, const struct vg_buffer *text)
{
    struct vg_import_request request = {.path = file_name, .data = text->data, .data_bytes = text->size, .dataset = dataset};
    struct vg_import_outcome outcome;
    request.intake.published = VG_DATE_NONE;
    if (make_node(state) != 0) {
        return -1;
    }
    struct node *node = *state;
    if (vg_job_import(node->store, &request, &node->arena, &outcome, &node->error) != VG_OK) {
        print_error("%s\n", node->error.message);
        return -1;
    }
    return 0;
}

static inline int drop_node(void **state)
{
    struct node *node = *state;
    vg_store_close(node->store);
    vg_arena_release(&node->arena);
    test_folder_remove(node->folder);
    free(node);
    return 0;
}

static inline const struct vg_column *column_of(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    fail_msg("there is no column %s", name);
    return NULL;
}

#endif
