/*
 * Vigia's own form of a tree: a header, a table of sections, and the arrays as they are in memory, each at a multiple of 64 bytes, in the byte order of the machine.
 * A mapped file is a tree without any of it being copied; everything that an index is made of is checked before.
 *
 *     header 64 bytes:  "VGTREE1\n", byte order mark 0x01020304, nodes, mutations, columns, length of the reference, sections, leaves, 0 (each 4 bytes); mutations put right
 *                       and left out when the tree was read, bytes of the file (each 8)
 *     section 24 bytes: kind, column and whether it is of clades (each 4), offset, bytes (each 8)
 *
 * Where deletions and insertions are told, three sections of them are the last: gaps, letters of insertions, events.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC "VGTREE1\n"
#define ORDER_MARK 0x01020304u
#define ALIGNMENT 64u

enum section_kind { PARENT, END, STARTS, MUTATIONS, NAME_STARTS, NAMES, REFERENCE, REFERENCE_NAME, COLUMN_NAME, COLUMN_CODES, COLUMN_NUMBERS, VALUE_STARTS, VALUES, GAPS, GAP_LETTERS, GAP_EVENTS, KINDS };

struct header {
    char magic[8];
    uint32_t order_mark, n_nodes, n_mutations, n_columns, length, n_sections, n_leaves, reserved;
    uint64_t n_repaired, n_ignored, file_bytes;
};
struct section {
    uint32_t kind, column;   /* column << 1 | is_clade, of the columns' sections */
    uint64_t offset, bytes;
};

/* ------------------------------------------------------------------- write */

struct writing {
    struct output *output;
    struct section *sections;
    size_t n_sections;
    uint64_t offset;
};

static void plan(struct writing *writing, enum section_kind kind, uint32_t column, size_t bytes)
{
    writing->sections[writing->n_sections++] = (struct section){kind, column, writing->offset, bytes};
    writing->offset += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void pad(struct output *output, size_t bytes)
{
    static const char zeros[ALIGNMENT] = {0};
    vg_buffer_append(&output->buffer, zeros, (ALIGNMENT - bytes % ALIGNMENT) % ALIGNMENT);
    output_maybe_flush(output);
}

static void put_bytes(struct output *output, const void *data, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += INPUT_BYTES) {
        vg_buffer_append(&output->buffer, (const char *)data + at, bytes - at < INPUT_BYTES ? bytes - at : INPUT_BYTES);
        output_maybe_flush(output);
    }
    pad(output, bytes);
}

static size_t value_bytes(const struct vg_tree_column *column)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < column->n_values; i++) {
        bytes += column->values[i].size;
    }
    return bytes;
}

static size_t gap_letters(const struct vg_tree *tree)
{
    size_t n = 0;
    for (uint32_t i = 0; i < tree->n_gaps; i++) {
        n += tree->gaps[i].letters == VG_TREE_NONE ? 0 : tree->gaps[i].length;
    }
    return n;
}

static void plan_all(const struct vg_tree *tree, struct writing *writing)
{
    size_t n = tree->n_nodes;
    plan(writing, PARENT, 0, 4 * n);
    plan(writing, END, 0, 4 * n);
    plan(writing, STARTS, 0, 4 * (n + 1));
    plan(writing, MUTATIONS, 0, 4 * (size_t)tree->n_mutations);
    plan(writing, NAME_STARTS, 0, 4 * (n + 1));
    plan(writing, NAMES, 0, tree->name_start[n]);
    plan(writing, REFERENCE, 0, tree->length);
    plan(writing, REFERENCE_NAME, 0, tree->reference_name.size);
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        const struct vg_tree_column *column = &tree->columns[c];
        uint32_t key = c << 1 | (column->is_clade ? 1 : 0);
        plan(writing, COLUMN_NAME, key, column->name.size);
        if (column->numbers != NULL) {
            plan(writing, COLUMN_NUMBERS, key, 8 * n);
        } else {
            plan(writing, COLUMN_CODES, key, 4 * n);
            plan(writing, VALUE_STARTS, key, 4 * ((size_t)column->n_values + 1));
            plan(writing, VALUES, key, value_bytes(column));
        }
    }
    if (tree->n_gap_events > 0) {
        plan(writing, GAPS, 0, tree->n_gaps * sizeof *tree->gaps);
        plan(writing, GAP_LETTERS, 0, gap_letters(tree));
        plan(writing, GAP_EVENTS, 0, tree->n_gap_events * sizeof *tree->gap_events);
    }
}

static void put_column(const struct vg_tree_column *column, size_t n, struct output *output)
{
    put_bytes(output, column->name.data, column->name.size);
    if (column->numbers != NULL) {
        put_bytes(output, column->numbers, 8 * n);
        return;
    }
    put_bytes(output, column->codes, 4 * n);
    uint32_t start = 0;
    for (uint32_t i = 0; i <= column->n_values; i++) {
        vg_buffer_append(&output->buffer, &start, sizeof start);
        start += i < column->n_values ? (uint32_t)column->values[i].size : 0;
    }
    pad(output, 4 * ((size_t)column->n_values + 1));
    size_t bytes = 0;
    for (uint32_t i = 0; i < column->n_values; i++) {
        vg_buffer_append(&output->buffer, column->values[i].data, column->values[i].size);
        bytes += column->values[i].size;
    }
    pad(output, bytes);
}

void write_own(const struct vg_tree *tree, struct output *output)
{
    size_t most = 11 + 4 * (size_t)tree->n_columns, n = tree->n_nodes;
    struct writing writing = {.output = output, .sections = calloc(most, sizeof(struct section))};
    if (writing.sections == NULL) {
        output->status = vg_fail_memory(output->error, most * sizeof(struct section));
        return;
    }
    plan_all(tree, &writing); /* to count them */
    size_t table = writing.n_sections * sizeof(struct section);
    writing.offset = ALIGNMENT + (table + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    writing.n_sections = 0;
    plan_all(tree, &writing);
    struct header header = {.magic = MAGIC, .order_mark = ORDER_MARK, .n_nodes = tree->n_nodes, .n_mutations = tree->n_mutations, .n_columns = tree->n_columns,
                            .length = tree->length, .n_sections = (uint32_t)writing.n_sections, .n_leaves = tree->n_leaves, .n_repaired = tree->n_repaired,
                            .n_ignored = tree->n_ignored, .file_bytes = writing.offset};
    _Static_assert(sizeof header == ALIGNMENT, "the header fills its place");
    put_bytes(output, &header, sizeof header);
    put_bytes(output, writing.sections, table);
    put_bytes(output, tree->parent, 4 * n);
    put_bytes(output, tree->end, 4 * n);
    put_bytes(output, tree->mutation_start, 4 * (n + 1));
    put_bytes(output, tree->mutations, 4 * (size_t)tree->n_mutations);
    put_bytes(output, tree->name_start, 4 * (n + 1));
    put_bytes(output, tree->names, tree->name_start[n]);
    put_bytes(output, tree->reference, tree->length);
    put_bytes(output, tree->reference_name.data, tree->reference_name.size);
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        put_column(&tree->columns[c], n, output);
    }
    if (tree->n_gap_events > 0) {
        put_bytes(output, tree->gaps, tree->n_gaps * sizeof *tree->gaps);
        put_bytes(output, tree->gap_letters, gap_letters(tree));
        put_bytes(output, tree->gap_events, tree->n_gap_events * sizeof *tree->gap_events);
    }
    free(writing.sections);
}

/* --------------------------------------------------------------------- map */

struct mapping {
    struct vg_text bytes;
    const struct header *header;
    const struct section *sections;
    struct vg_tree *tree;
    const char *fault;
};

/* The next section, which must be this one, and hold so many bytes (SIZE_MAX: any number). */
static const void *section(struct mapping *mapping, uint32_t *at, enum section_kind kind, uint32_t column, size_t bytes, size_t *found)
{
    if (mapping->fault != NULL || *at >= mapping->header->n_sections) {
        mapping->fault = "a part of it is missing";
        return NULL;
    }
    const struct section *one = &mapping->sections[(*at)++];
    if (one->kind != kind || (kind >= COLUMN_NAME && one->column >> 1 != column) || one->offset % ALIGNMENT != 0 || one->offset > mapping->bytes.size ||
        one->bytes > mapping->bytes.size - one->offset || (bytes != SIZE_MAX && one->bytes != bytes)) {
        mapping->fault = "its parts are not where they should be";
        return NULL;
    }
    if (found != NULL) {
        *found = (size_t)one->bytes;
    }
    return mapping->bytes.data + one->offset;
}

static bool rising(const uint32_t *starts, size_t n, size_t last)
{
    uint32_t wrong = starts[0] != 0 || starts[n] != last;
    for (size_t i = 0; i < n; i++) {
        wrong |= (uint32_t)(starts[i] > starts[i + 1]);
    }
    return wrong == 0;
}

/* Parents before, brothers apart, ends where the last descendant is. */
static bool nested(const struct vg_tree *tree)
{
    uint32_t n = tree->n_nodes, leaves = 0;
    if (tree->parent[0] != VG_TREE_NONE || tree->end[0] != n) {
        return false;
    }
    for (uint32_t v = 1; v < n; v++) {
        uint32_t above = v - 1, parent = tree->parent[v];
        if (parent >= v || tree->end[v] <= v || tree->end[v] > tree->end[parent]) {
            return false;
        }
        while (above != parent) { /* what ended with v - 1 ends there */
            if (tree->end[above] != v || above == 0) {
                return false;
            }
            above = tree->parent[above];
        }
        leaves += tree->end[v] == v + 1 ? 1 : 0;
    }
    return leaves + (n == 1 ? 1 : 0) == tree->n_leaves;
}

static bool sites_fit(const struct vg_tree *tree)
{
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t before = 0;
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            uint32_t mutation = tree->mutations[m], site = vg_mutation_site(mutation);
            if (site >= tree->length || (m > tree->mutation_start[v] && site <= before) || vg_mutation_from(mutation) == vg_mutation_to(mutation)) {
                return false;
            }
            before = site;
        }
    }
    return true;
}

static bool letters_fit(const struct vg_tree *tree)
{
    bool fit = true;
    for (uint32_t site = 0; site < tree->length; site++) {
        char letter = tree->reference[site];
        fit &= letter == 'A' || letter == 'C' || letter == 'G' || letter == 'T' || letter == 'N';
    }
    return fit;
}

/* Each mutation is from the base that the way from the reference has there: distances are counted by that. */
static bool ways_agree(const struct vg_tree *tree)
{
    uint8_t *state = malloc(tree->length);
    struct list32 changed = {0}, marks = {0}; /* site << 4 | base before; changed.n before each node of the way */
    bool agree = state != NULL;
    for (uint32_t site = 0; agree && site < tree->length; site++) {
        int base = vg_base_of_letter(tree->reference[site]);
        state[site] = base < 0 ? 4 : (uint8_t)base;
    }
    uint32_t above = VG_TREE_NONE; /* the node that the way ends in */
    for (uint32_t v = 0; agree && v < tree->n_nodes; v++) {
        for (; above != tree->parent[v]; above = tree->parent[above]) {
            uint32_t mark = marks.items[--marks.n];
            while (changed.n > mark) {
                uint32_t was = changed.items[--changed.n];
                state[was >> 4] = (uint8_t)(was & 15);
            }
        }
        agree = list32_add(&marks, (uint32_t)changed.n);
        for (uint32_t m = tree->mutation_start[v]; agree && m < tree->mutation_start[v + 1]; m++) {
            uint32_t site = vg_mutation_site(tree->mutations[m]);
            agree = state[site] == vg_mutation_from(tree->mutations[m]) && list32_add(&changed, site << 4 | state[site]);
            state[site] = (uint8_t)vg_mutation_to(tree->mutations[m]);
        }
        above = v;
    }
    free(state);
    list32_free(&changed);
    list32_free(&marks);
    return agree;
}

static bool map_column(struct mapping *mapping, uint32_t *at, uint32_t c)
{
    struct vg_tree *tree = mapping->tree;
    struct vg_tree_column *column = &tree->memory->columns[c];
    size_t size = 0, n = tree->n_nodes;
    const char *name = section(mapping, at, COLUMN_NAME, c, SIZE_MAX, &size);
    if (name == NULL || size > 256 || !vg_utf8_valid(name, size)) {
        mapping->fault = mapping->fault == NULL ? "the name of a column is no text of at most 256 letters" : mapping->fault;
        return false;
    }
    *column = (struct vg_tree_column){.name = {name, size}, .is_clade = (mapping->sections[*at - 1].column & 1) != 0};
    if (*at < mapping->header->n_sections && mapping->sections[*at].kind == COLUMN_NUMBERS) {
        column->numbers = section(mapping, at, COLUMN_NUMBERS, c, 8 * n, NULL);
        return column->numbers != NULL;
    }
    column->codes = section(mapping, at, COLUMN_CODES, c, 4 * n, NULL);
    const uint32_t *starts = section(mapping, at, VALUE_STARTS, c, SIZE_MAX, &size);
    size_t n_values = size / 4 - (size >= 4 ? 1 : 0), bytes = 0;
    const char *values = section(mapping, at, VALUES, c, SIZE_MAX, &bytes);
    if (values == NULL || size < 4 || size % 4 != 0 || !rising(starts, n_values, bytes)) {
        mapping->fault = "the words of a column do not fit";
        return false;
    }
    uint32_t wrong = 0;
    for (size_t v = 0; v < n; v++) {
        wrong |= (uint32_t)(column->codes[v] >= n_values && column->codes[v] != VG_TREE_NONE);
    }
    struct vg_text *texts = VG_ARENA_ARRAY(&tree->memory->arena, struct vg_text, n_values + 1);
    for (size_t i = 0; texts != NULL && i < n_values; i++) {
        texts[i] = vg_text_of(values + starts[i], starts[i + 1] - starts[i]);
    }
    column->values = texts;
    column->n_values = (uint32_t)n_values;
    mapping->fault = wrong != 0 ? "a code of a column has no word" : texts == NULL ? "memory is at its end" : mapping->fault;
    return mapping->fault == NULL;
}

/* Files without them are of trees of which nothing is told. */
static void map_gaps(struct mapping *mapping, uint32_t *at)
{
    struct vg_tree *tree = mapping->tree;
    size_t gaps = 0, letters = 0, events = 0;
    bool fits = false;
    if (mapping->fault != NULL || *at == mapping->header->n_sections) {
        return;
    }
    tree->gaps = section(mapping, at, GAPS, 0, SIZE_MAX, &gaps);
    tree->gap_letters = section(mapping, at, GAP_LETTERS, 0, SIZE_MAX, &letters);
    tree->gap_events = section(mapping, at, GAP_EVENTS, 0, SIZE_MAX, &events);
    if (mapping->fault != NULL) {
        return;
    }
    if (gaps % sizeof *tree->gaps != 0 || events % sizeof *tree->gap_events != 0 || gaps / sizeof *tree->gaps > INT32_MAX || events / sizeof *tree->gap_events > UINT32_MAX) {
        mapping->fault = "its deletions and insertions have no whole number";
        return;
    }
    tree->n_gaps = (uint32_t)(gaps / sizeof *tree->gaps);
    tree->n_gap_events = (uint32_t)(events / sizeof *tree->gap_events);
    mapping->fault = !gaps_check(tree, letters, &fits) ? "memory is at its end" : !fits ? "its deletions and insertions contradict each other" : NULL;
}

static void map_sections(struct mapping *mapping)
{
    const struct header *header = mapping->header;
    struct vg_tree *tree = mapping->tree;
    uint32_t at = 0;
    size_t n = header->n_nodes, size = 0;
    tree->n_nodes = header->n_nodes;
    tree->n_leaves = header->n_leaves;
    tree->n_mutations = header->n_mutations;
    tree->length = header->length;
    tree->n_repaired = header->n_repaired;
    tree->n_ignored = header->n_ignored;
    tree->parent = section(mapping, &at, PARENT, 0, 4 * n, NULL);
    tree->end = section(mapping, &at, END, 0, 4 * n, NULL);
    tree->mutation_start = section(mapping, &at, STARTS, 0, 4 * (n + 1), NULL);
    tree->mutations = section(mapping, &at, MUTATIONS, 0, 4 * (size_t)header->n_mutations, NULL);
    tree->name_start = section(mapping, &at, NAME_STARTS, 0, 4 * (n + 1), NULL);
    tree->names = section(mapping, &at, NAMES, 0, SIZE_MAX, &size);
    tree->reference = section(mapping, &at, REFERENCE, 0, header->length, NULL);
    if (mapping->fault == NULL && (!rising(tree->mutation_start, n, tree->n_mutations) || !rising(tree->name_start, n, size) || !nested(tree) || !sites_fit(tree) ||
                                   !letters_fit(tree) || !ways_agree(tree))) {
        mapping->fault = "its nodes contradict each other";
    }
    tree->reference_name.data = section(mapping, &at, REFERENCE_NAME, 0, SIZE_MAX, &tree->reference_name.size);
    tree->columns = tree->memory->columns;
    tree->n_columns = header->n_columns;
    tree->memory->n_columns = header->n_columns;
    for (uint32_t c = 0; mapping->fault == NULL && c < header->n_columns && map_column(mapping, &at, c); c++) {
    }
    map_gaps(mapping, &at);
}

vg_status vg_tree_map(struct vg_text bytes, const char *name, struct vg_tree **tree, struct vg_error *error)
{
    const struct header *header = (const struct header *)(const void *)bytes.data;
    *tree = NULL;
    if (bytes.size < sizeof *header || memcmp(header->magic, MAGIC, 8) != 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: this is no tree of Vigia", name);
    }
    if (header->order_mark != ORDER_MARK || header->file_bytes != bytes.size || header->n_nodes == 0 || header->n_nodes > VG_TREE_NODES_MAX || header->n_columns > 4096 ||
        header->length == 0 || header->length > VG_GENOME_LENGTH_MAX || header->n_sections > 11 + 4 * header->n_columns ||
        bytes.size < ALIGNMENT + header->n_sections * sizeof(struct section) || (uintptr_t)bytes.data % 8 != 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: this tree of Vigia is cut off, damaged, or of another kind of machine", name);
    }
    vg_status status = tree_new(tree, error);
    if (status != VG_OK) {
        return status;
    }
    (*tree)->memory->mapped = true;
    (*tree)->memory->columns = calloc((size_t)header->n_columns + 1, sizeof(struct vg_tree_column));
    struct mapping mapping = {bytes, header, (const struct section *)(const void *)(bytes.data + ALIGNMENT), *tree, NULL};
    if ((*tree)->memory->columns == NULL) {
        mapping.fault = "memory is at its end";
    } else {
        map_sections(&mapping);
    }
    if (mapping.fault != NULL) {
        vg_tree_free(*tree);
        *tree = NULL;
        return vg_fail(error, VG_DATA_ERROR, "%s: this tree of Vigia is damaged: %s", name, mapping.fault);
    }
    return VG_OK;
}
