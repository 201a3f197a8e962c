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

/* Sites that are deleted or there again on a branch, or letters that come or go. */
struct parts_gap {
    uint32_t node, position, length;
    uint32_t letters; /* in gap_letters; VG_TREE_NONE: sites */
    bool gained;
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
    struct parts_gap *gaps;     /* in any order of nodes; those of a node in theirs */
    size_t n_gaps, gap_capacity;
    struct vg_buffer gap_letters;
    struct vg_arena arena;      /* names and values of columns */
    struct vg_error failure;    /* the first; status VG_OK: none */
};

void parts_init(struct parts *parts);
void parts_release(struct parts *parts);
vg_status parts_fail(struct parts *parts, vg_status status, const char *format, ...) VG_PRINTF(3, 4); /* the first stays */
uint32_t parts_node(struct parts *parts, uint32_t parent, struct vg_text name);
void parts_begin_mutations(struct parts *parts); /* of the next node in order */
#define FROM_UNTOLD 4u /* the parent's base is not told, or was a gap */
void parts_mutation(struct parts *parts, uint32_t site, unsigned from, unsigned to);
/* The reference has this base at the site, as far as this line of the file knows. */
void parts_reference_base(struct parts *parts, uint32_t site, unsigned base);
void parts_reference(struct parts *parts, struct vg_text name, struct vg_text letters);
void parts_length(struct parts *parts, uint32_t length); /* of the reference, whose letters are not known */
/* letters.data NULL: sites [position, position + length); else letters.size letters before the site. */
void parts_gap(struct parts *parts, uint32_t node, uint32_t position, uint32_t length, struct vg_text letters, bool gained);
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
/* num_date, in years, where each node has one; else NULL. */
const double *dates_of_all(const struct vg_tree *tree);

/* What a node of a tree has, given to the newest node of another: facts (clades where they are not those of `above`, which is VG_TREE_NONE for the root), mutations. */
void tree_put_facts(const struct vg_tree *tree, uint32_t v, uint32_t above, struct vg_tree_builder *builder);
void tree_put_mutations(const struct vg_tree *tree, uint32_t v, struct vg_tree_builder *builder);

/* -------------------------------------------------------------------- gaps */

/* An event before gaps have numbers. */
struct loose_event {
    struct vg_tree_gap gap;
    uint32_t node;
    bool gained;
};
/* Gaps and events, in order, in the tree's arena. letters: what gaps of insertions point into. False: no memory. */
bool gaps_put(struct vg_tree *tree, const struct loose_event *events, size_t n, const char *letters);
/* What is the same for gaps that leave the same of the reference: the first place that the gap may have. Replaces what key has. */
void gap_key(const struct vg_tree *tree, uint32_t position, uint32_t length, const char *letters, struct vg_buffer *key);
/* Events out of sites that come and go, on the finished tree; what changes nothing is counted as repaired. False: no memory. */
bool gaps_settle(struct parts *parts, struct vg_tree *tree);
/* Whether the tree's gaps and events are in order, within their bounds, and gained where they are not and lost where they are. *fits false: no. False: no memory. */
bool gaps_check(const struct vg_tree *tree, size_t n_letters, bool *fits);

/* ------------------------------------------------------------------- input */

#define INPUT_BYTES ((size_t)256 << 10)

/* A source with a window: bytes [at, end) of data can be seen. */
struct input {
    const struct vg_tree_source *source;
    char *data;
    size_t at, end, capacity;
    uint64_t before;       /* bytes of the stream before data */
    uint64_t n_lines;      /* that input_line gave */
    size_t line_bytes;     /* of the newest of them, with its end */
    bool ended;
    struct vg_error error; /* of the source, or memory */
};
bool input_open(struct input *input, const struct vg_tree_source *source);
void input_close(struct input *input);
/* At least n bytes behind `at`, contiguous: false where the stream ends before, or reading failed (then input->error is set). */
bool input_need(struct input *input, size_t n);
static inline bool input_has(struct input *input, size_t n) { return input->end - input->at >= n || input_need(input, n); }
/* The next line without its end; false at the end of the stream, where reading failed, and where the line has more than `most` bytes (then input->error is set). */
bool input_line(struct input *input, size_t most, struct vg_text *line);
void input_line_again(struct input *input); /* the newest line comes once more */
static inline uint64_t input_position(const struct input *input) { return input->before + input->at; }

/* Names of nodes that came after others', and mutation lists in another order than the nodes. */
struct late {
    struct list32 label_node, label_start; /* start in labels; of the last one to the end of labels */
    struct vg_buffer labels;
    struct list32 list_node;               /* whose each of parts->mutation_start is; empty: they are in order */
};
void late_init(struct late *late);
void late_release(struct late *late);
void late_label(struct late *late, struct parts *parts, uint32_t node, struct vg_text label);
/* Puts names and mutations in the order of the nodes. */
void late_settle(struct late *late, struct parts *parts);

/* ------------------------------------------------------------------ newick */

/* Takes a tree a piece at a time. */
struct newick {
    struct parts *parts;
    struct late *late;
    uint32_t open;           /* innermost node whose bracket is open; VG_TREE_NONE: none */
    uint32_t newest;         /* the node that a label or a length would be of */
    int state;
    bool named, quoted;      /* the newest node has its name; the name at hand stands in quotation marks */
    bool lengths;            /* keep them, in the column of this number */
    uint32_t length_column;
    uint64_t position;       /* bytes taken */
    struct vg_buffer token;  /* a label or number that is not at its end */
};
void newick_start(struct newick *newick, struct parts *parts, struct late *late, bool lengths);
/* False: parts->failure is set. */
bool newick_feed(struct newick *newick, const char *data, size_t size);
bool newick_end(struct newick *newick); /* the tree must be complete */
void newick_release(struct newick *newick);

/* The readers of one form each. */
vg_status read_protobuf(struct input *input, struct parts *parts, struct late *late);
vg_status read_auspice(struct input *input, struct parts *parts, struct late *late);
vg_status read_newick(struct input *input, struct parts *parts, struct late *late);
vg_status read_taxonium(struct input *input, struct parts *parts, struct late *late);

/* ------------------------------------------------------------------ output */

/* A sink with a buffer in front, that remembers the first failure. */
struct output {
    const struct vg_tree_sink *sink; /* NULL: bytes are counted alone */
    struct vg_buffer buffer;
    uint64_t n_bytes;                /* written out, or counted */
    vg_status status;
    struct vg_error *error;
};
void output_open(struct output *output, const struct vg_tree_sink *sink, struct vg_error *error);
void output_flush(struct output *output);
static inline void output_maybe_flush(struct output *output)
{
    if (output->buffer.size >= INPUT_BYTES) {
        output_flush(output);
    }
}
vg_status output_close(struct output *output);

void write_newick(const struct vg_tree *tree, bool for_usher, struct output *output);
void write_protobuf(const struct vg_tree *tree, struct output *output);
void write_auspice(const struct vg_tree *tree, const struct vg_tree_write_options *options, struct output *output);
void write_taxonium(const struct vg_tree *tree, const struct vg_tree_write_options *options, struct output *output);
void write_own(const struct vg_tree *tree, struct output *output);

#endif
