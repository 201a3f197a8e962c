/*
 * Private to the room: the growing arrays that every reader fills, and what a tree owns.
 */
#ifndef VG_TREE_INTERNAL_H
#define VG_TREE_INTERNAL_H

#include "trace/genome/tree/tree.h"

struct list32 {
    uint32_t *items;
    size_t n, capacity;
};
/* False: no memory, or beyond 32 bits of them. */
bool list32_grow(struct list32 *list, size_t extra);
static inline bool list32_add(struct list32 *list, uint32_t item)
{
    if (list->n == list->capacity && !list32_grow(list, 1)) {
        return false;
    }
    list->items[list->n++] = item;
    return true;
}
void list32_free(struct list32 *list);

struct parts_column {
    struct vg_text name;
    bool is_clade, is_number;
    struct list32 codes;
    struct vg_dictionary values;
    double *numbers;
    size_t n_numbers, number_capacity;
};

/* What is known of a tree so far. Mutations may come before or after the nodes, as a file has them. */
struct parts {
    struct list32 parent, name_start, mutation_start, mutations; /* starts: one a node that was begun, without the last */
    struct vg_buffer names;
    struct parts_column *columns;
    size_t n_columns, column_capacity;
    char *reference;            /* [length] letters, 'N' not known */
    uint32_t length, reference_capacity;
    bool length_known;
    struct vg_text reference_name;
    uint64_t n_ignored, n_repaired;
    struct vg_arena arena;      /* names and values of columns */
    struct vg_error failure;    /* the first; status VG_OK: none */
};

void parts_init(struct parts *parts);
void parts_release(struct parts *parts);
vg_status parts_fail(struct parts *parts, vg_status status, const char *format, ...) VG_PRINTF(3, 4); /* the first stays */
uint32_t parts_node(struct parts *parts, uint32_t parent, struct vg_text name);
void parts_begin_mutations(struct parts *parts); /* of the next node in order */
void parts_mutation(struct parts *parts, uint32_t site, unsigned from, unsigned to);
/* The reference has this base at the site, as far as this line of the file knows. */
void parts_reference_base(struct parts *parts, uint32_t site, unsigned base);
void parts_reference(struct parts *parts, struct vg_text name, struct vg_text letters);
uint32_t parts_column(struct parts *parts, struct vg_text name, bool is_clade, bool is_number);
void parts_word(struct parts *parts, uint32_t column, uint32_t node, struct vg_text value);
void parts_number(struct parts *parts, uint32_t column, uint32_t node, double value);
/* Makes the tree and empties parts; they are to be released all the same. */
vg_status parts_finish(struct parts *parts, struct vg_tree **tree, struct vg_error *error);

struct vg_tree_memory {
    struct vg_arena arena;
    uint32_t *parent, *end, *mutation_start, *mutations, *name_start;
    char *names, *reference;
    struct vg_tree_column *columns;
    size_t n_columns;
    bool mapped; /* the arrays are somebody else's bytes */
};
vg_status tree_new(struct vg_tree **tree, struct vg_error *error); /* empty, with memory */

#endif
