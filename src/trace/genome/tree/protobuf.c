/*
 * UShER's mutation-annotated tree (parsimony.proto, proto3): 1 Newick, 2 mutations of each node in preorder, 3 condensed leaves, 4 clades of each node in preorder.
 * Read and written as a stream: no message but the Newick string, which is parsed as it comes, is larger than what one node has.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_MAX ((uint64_t)1 << 28) /* of one node */

/* -------------------------------------------------------------------- wire */

struct wire {
    const uint8_t *at, *end;
    bool bad;
};

static uint64_t varint(struct wire *wire)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (wire->at == wire->end) {
            break;
        }
        uint8_t byte = *wire->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            return value;
        }
    }
    wire->bad = true;
    return 0;
}

/* The bytes of a field with a length; empty where they go beyond the end. */
static struct wire span(struct wire *wire)
{
    uint64_t size = varint(wire);
    if (wire->bad || size > (uint64_t)(wire->end - wire->at)) {
        wire->bad = true;
        return (struct wire){wire->end, wire->end, true};
    }
    struct wire inner = {wire->at, wire->at + size, false};
    wire->at += size;
    return inner;
}

static struct vg_text text_of(struct wire wire)
{
    return vg_text_of((const char *)wire.at, (size_t)(wire.end - wire.at));
}

static void skip(struct wire *wire, unsigned kind)
{
    size_t n = kind == 1 ? 8 : kind == 5 ? 4 : 0;
    if (kind == 0) {
        (void)varint(wire);
    } else if (kind == 2) {
        (void)span(wire);
    } else if (n == 0 || (size_t)(wire->end - wire->at) < n) {
        wire->bad = true;
    } else {
        wire->at += n;
    }
}

/* ---------------------------------------------------------------- messages */

struct reading {
    struct input *input;
    struct parts *parts;
    struct late *late;
    struct newick newick;
    bool has_newick;
    uint32_t n_metadata;
    struct list32 clades;             /* columns of the clades, by their place in the list */
    struct vg_arena arena;
    struct vg_dictionary condensed;   /* node names */
    struct list32 leaf_start;         /* of each: its leaves' names, NUL behind each, in leaves */
    struct vg_buffer leaves;
};

static void take_bases(struct wire bases, unsigned *set)
{
    while (bases.at < bases.end && !bases.bad) {
        uint64_t base = varint(&bases);
        *set |= base < 4 ? 1u << base : 16;
    }
    *set |= bases.bad ? 16 : 0;
}

/* The first one is the reference's name. */
static void take_chromosome(struct parts *parts, struct vg_text name)
{
    if (parts->reference_name.size == 0 && name.size > 0) {
        char *copy = vg_arena_copy_bytes(&parts->arena, name.data, name.size);
        parts->reference_name = vg_text_of(copy, copy == NULL ? 0 : name.size);
    }
}

static bool take_mutation(struct reading *reading, struct wire wire)
{
    int64_t position = 0;
    uint64_t reference = 0, from = 0;
    unsigned set = 0;
    while (wire.at < wire.end && !wire.bad) {
        uint64_t tag = varint(&wire);
        switch (tag) {
        case 1 << 3: position = (int32_t)(uint32_t)varint(&wire); break;
        case 2 << 3: reference = varint(&wire); break;
        case 3 << 3: from = varint(&wire); break;
        case 4 << 3 | 2: take_bases(span(&wire), &set); break;
        case 5 << 3 | 2: take_chromosome(reading->parts, text_of(span(&wire))); break;
        case 4 << 3: {
            uint64_t base = varint(&wire);
            set |= base < 4 ? 1u << base : 16;
            break;
        }
        default: skip(&wire, (unsigned)(tag & 7)); break;
        }
    }
    if (wire.bad || reference > 3 || from > 3 || set > 15) {
        return false;
    }
    if (position <= 0 || set == 0 || (set & (1u << from)) != 0) { /* masked; or what may be the parent's base is taken for it */
        reading->parts->n_ignored++;
        return true;
    }
    reading->parts->n_ignored += (set & (set - 1)) != 0 ? 1 : 0;
    parts_reference_base(reading->parts, (uint32_t)position - 1, (unsigned)reference);
    parts_mutation(reading->parts, (uint32_t)position - 1, (unsigned)from, (unsigned)__builtin_ctz(set));
    return true;
}

static bool take_list(struct reading *reading, struct wire wire)
{
    parts_begin_mutations(reading->parts);
    while (wire.at < wire.end && !wire.bad) {
        uint64_t tag = varint(&wire);
        if (tag == (1 << 3 | 2)) {
            struct wire inner = span(&wire);
            if (wire.bad || !take_mutation(reading, inner)) {
                return false;
            }
        } else {
            skip(&wire, (unsigned)(tag & 7));
        }
    }
    return !wire.bad;
}

static bool take_metadata(struct reading *reading, struct wire wire)
{
    uint32_t node = reading->n_metadata++;
    for (uint32_t i = 0; wire.at < wire.end && !wire.bad;) {
        uint64_t tag = varint(&wire);
        if (tag != (1 << 3 | 2)) {
            skip(&wire, (unsigned)(tag & 7));
            continue;
        }
        struct vg_text clade = text_of(span(&wire));
        if (i >= 64) {
            return false;
        }
        if (i == reading->clades.n) {
            char name[24];
            (void)snprintf(name, sizeof name, "clade_%u", i + 1);
            uint32_t column = parts_column(reading->parts, vg_text_from(name), true, false);
            if (!list32_add(&reading->clades, column)) {
                return false;
            }
        }
        if (!wire.bad && clade.size > 0) {
            parts_word(reading->parts, reading->clades.items[i], node, clade);
        }
        i++;
    }
    return !wire.bad;
}

static bool take_condensed(struct reading *reading, struct wire wire)
{
    struct vg_text name = {NULL, 0};
    uint32_t start = (uint32_t)reading->leaves.size;
    while (wire.at < wire.end && !wire.bad) {
        uint64_t tag = varint(&wire);
        if (tag == (1 << 3 | 2)) {
            name = text_of(span(&wire));
        } else if (tag == (2 << 3 | 2)) {
            struct vg_text leaf = text_of(span(&wire));
            if (wire.bad || leaf.size == 0 || memchr(leaf.data, '\0', leaf.size) != NULL) {
                return false;
            }
            vg_buffer_append(&reading->leaves, leaf.data, leaf.size);
            vg_buffer_char(&reading->leaves, '\0');
        } else {
            skip(&wire, (unsigned)(tag & 7));
        }
    }
    size_t count = reading->condensed.count;
    if (wire.bad || reading->leaves.failed || vg_dictionary_add(&reading->condensed, name) != count) {
        return false; /* cut off, no memory, or twice the same */
    }
    return list32_add(&reading->leaf_start, start);
}

static vg_status take_newick(struct reading *reading, uint64_t size)
{
    struct input *input = reading->input;
    newick_start(&reading->newick, reading->parts, reading->late, false);
    reading->has_newick = true;
    bool taken = true;
    while (taken && size > 0 && input_has(input, 1)) {
        size_t n = input->end - input->at < size ? input->end - input->at : (size_t)size;
        taken = newick_feed(&reading->newick, input->data + input->at, n);
        input->at += n;
        size -= n;
    }
    if (taken && size > 0 && input->error.status == VG_OK) {
        (void)parts_fail(reading->parts, VG_DATA_ERROR, "the file is cut off within its Newick tree");
    } else if (taken && size == 0) {
        (void)newick_end(&reading->newick);
    }
    newick_release(&reading->newick);
    return reading->parts->failure.status;
}

/* ---------------------------------------------------------------- condensed */

static const char *const cut_off = "byte %llu: this is no tree of UShER, or it is damaged or cut off";

static bool add_leaves(struct reading *reading, struct parts *to, uint32_t parent, uint32_t index)
{
    size_t end = index + 1 < reading->leaf_start.n ? reading->leaf_start.items[index + 1] : reading->leaves.size;
    for (size_t at = reading->leaf_start.items[index]; at < end; at += strlen(reading->leaves.data + at) + 1) {
        parts_begin_mutations(to);
        (void)parts_node(to, parent, vg_text_from(reading->leaves.data + at));
    }
    return to->failure.status == VG_OK;
}

static void copy_facts(const struct parts *from, uint32_t old, struct parts *to, uint32_t node)
{
    for (size_t c = 0; c < from->n_columns; c++) {
        const struct parts_column *column = &from->columns[c];
        if (old < column->codes.n && column->codes.items[old] != VG_TREE_NONE) {
            parts_word(to, (uint32_t)c, node, column->values.keys[column->codes.items[old]]);
        }
    }
}

/* One node of the old tree with what it is written for: itself, or its leaves, in its place where it has no mutations, below it where it has. */
static bool expand_node(struct reading *reading, const struct parts *from, uint32_t v, struct parts *to, uint32_t *number)
{
    uint32_t start = from->name_start.items[v], parent = v == 0 ? VG_TREE_NONE : number[from->parent.items[v]];
    struct vg_text name = vg_text_of(from->names.data + start, from->name_start.items[v + 1] - start);
    uint32_t index = name.size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&reading->condensed, name);
    uint32_t first = from->mutation_start.items[v], end = from->mutation_start.items[v + 1];
    if (index != VG_DICTIONARY_NONE && v + 1 < from->parent.n && from->parent.items[v + 1] == v) { /* it would be written nowhere, and what is below it with no parent */
        (void)parts_fail(to, VG_DATA_ERROR, "\"%.*s\" stands for condensed leaves, and the Newick tree has nodes below it", (int)(name.size < 100 ? name.size : 100), name.data);
        return false;
    }
    if (index == VG_DICTIONARY_NONE || first < end || v == 0) {
        parts_begin_mutations(to);
        number[v] = parts_node(to, parent, name);
        for (uint32_t m = first; m < end && list32_add(&to->mutations, from->mutations.items[m]); m++) {
        }
        copy_facts(from, v, to, number[v]);
        parent = number[v];
    }
    return index == VG_DICTIONARY_NONE ? to->failure.status == VG_OK : add_leaves(reading, to, parent, index);
}

static vg_status expand(struct reading *reading)
{
    struct parts *from = reading->parts, to;
    uint32_t n = (uint32_t)from->parent.n, *number = malloc(((size_t)n + 1) * sizeof *number);
    parts_init(&to);
    while (from->mutation_start.n <= n && from->failure.status == VG_OK) {
        parts_begin_mutations(from);
    }
    if (number == NULL || !list32_add(&from->name_start, (uint32_t)from->names.size)) {
        (void)parts_fail(from, VG_SYSTEM_ERROR, "out of memory for a tree of %u nodes", n);
    }
    for (size_t c = 0; c < from->n_columns; c++) {
        (void)parts_column(&to, from->columns[c].name, from->columns[c].is_clade, false);
    }
    for (uint32_t v = 0; v < n && from->failure.status == VG_OK && expand_node(reading, from, v, &to, number); v++) {
    }
    from->failure = from->failure.status == VG_OK ? to.failure : from->failure;
    free(number);
    if (from->failure.status == VG_OK) {
        struct parts old = *from;
        to.n_ignored = old.n_ignored;
        to.reference = old.reference;
        to.reference_capacity = old.reference_capacity;
        to.length = old.length;
        take_chromosome(&to, old.reference_name);
        old.reference = NULL;
        *from = to;
        for (size_t c = 0; c < from->n_columns; c++) {
            from->columns[c].values.arena = &from->arena;
        }
        to = old;
    }
    vg_status status = from->failure.status;
    parts_release(&to);
    return status;
}

/* -------------------------------------------------------------------- read */

static bool take_message(struct reading *reading, uint64_t tag, uint64_t size)
{
    struct input *input = reading->input;
    if (size > MESSAGE_BYTES_MAX || !input_has(input, (size_t)size)) {
        return false;
    }
    struct wire wire = {(const uint8_t *)input->data + input->at, (const uint8_t *)input->data + input->at + size, false};
    bool taken = tag == 0x12 ? take_list(reading, wire) : tag == 0x1A ? take_condensed(reading, wire) : tag == 0x22 ? take_metadata(reading, wire) : true;
    input->at += taken ? (size_t)size : 0;
    return taken;
}

/* Tag and length of the next field of the file; false at the end and where they cannot be read. */
static bool next_field(struct input *input, uint64_t *tag, uint64_t *size, bool *bad)
{
    *bad = false;
    if (!input_has(input, 1)) {
        return false;
    }
    (void)input_has(input, 20);
    struct wire wire = {(const uint8_t *)input->data + input->at, (const uint8_t *)input->data + input->end, false};
    *tag = varint(&wire);
    *size = varint(&wire);
    *bad = wire.bad || (*tag & 7) != 2;
    input->at += *bad ? 0 : (size_t)(wire.at - ((const uint8_t *)input->data + input->at));
    return !*bad;
}

static vg_status read_fields(struct reading *reading)
{
    struct input *input = reading->input;
    uint64_t tag, size;
    bool bad = false;
    while (reading->parts->failure.status == VG_OK && next_field(input, &tag, &size, &bad)) {
        if (tag == 0x0A) {
            if (reading->has_newick) {
                return parts_fail(reading->parts, VG_DATA_ERROR, "byte %llu: the file has a second tree", (unsigned long long)input_position(input) + 1);
            }
            (void)take_newick(reading, size);
        } else if (!take_message(reading, tag, size)) {
            bad = true;
            break;
        }
    }
    if (bad && input->error.status == VG_OK) {
        return parts_fail(reading->parts, VG_DATA_ERROR, cut_off, (unsigned long long)input_position(input) + 1);
    }
    return reading->parts->failure.status;
}

static vg_status check_counts(const struct reading *reading)
{
    struct parts *parts = reading->parts;
    if (parts->failure.status == VG_OK && !reading->has_newick) {
        return parts_fail(parts, VG_DATA_ERROR, "the file has no Newick tree: this is no tree of UShER");
    }
    if (parts->failure.status == VG_OK && parts->mutation_start.n != parts->parent.n) {
        return parts_fail(parts, VG_DATA_ERROR, "the tree has %zu nodes, but mutations of %zu: the file is damaged or cut off", parts->parent.n, parts->mutation_start.n);
    }
    if (parts->failure.status == VG_OK && reading->n_metadata > 0 && reading->n_metadata != parts->parent.n) {
        return parts_fail(parts, VG_DATA_ERROR, "the tree has %zu nodes, but clades of %u: the file is damaged or cut off", parts->parent.n, reading->n_metadata);
    }
    return parts->failure.status;
}

vg_status read_protobuf(struct input *input, struct parts *parts, struct late *late)
{
    struct reading reading = {.input = input, .parts = parts, .late = late};
    vg_arena_init(&reading.arena, 0);
    vg_buffer_init(&reading.leaves, UINT32_MAX - 1u);
    vg_dictionary_init(&reading.condensed, &reading.arena);
    vg_status status = read_fields(&reading);
    if (status == VG_OK && input->error.status == VG_OK) {
        status = check_counts(&reading);
    }
    if (status == VG_OK && input->error.status == VG_OK && reading.condensed.count > 0) {
        late_settle(late, parts);
        late_release(late);
        late_init(late);
        status = parts->failure.status == VG_OK ? expand(&reading) : parts->failure.status;
    }
    list32_free(&reading.clades);
    list32_free(&reading.leaf_start);
    vg_buffer_release(&reading.leaves);
    vg_arena_release(&reading.arena);
    return status;
}

/* ------------------------------------------------------------------- write */

static void put_varint(struct vg_buffer *out, uint64_t value)
{
    while (value > 127) {
        vg_buffer_char(out, (char)(unsigned char)(value | 128));
        value >>= 7;
    }
    vg_buffer_char(out, (char)(unsigned char)value);
}

static size_t varint_bytes(uint64_t value)
{
    size_t n = 1;
    while (value > 127) {
        n++;
        value >>= 7;
    }
    return n;
}

static unsigned reference_base(const struct vg_tree *tree, uint32_t site)
{
    int base = vg_base_of_letter(tree->reference[site]);
    return base < 0 ? 0 : (unsigned)base;
}

static size_t mutation_bytes(const struct vg_tree *tree, uint32_t mutation)
{
    size_t name = tree->reference_name.size;
    uint32_t site = vg_mutation_site(mutation);
    return 1 + varint_bytes((uint64_t)site + 1) + (reference_base(tree, site) != 0 ? 2 : 0) + (vg_mutation_from(mutation) != 0 ? 2 : 0) + 3 +
           (name == 0 ? 0 : 1 + varint_bytes(name) + name);
}

static void put_mutation(const struct vg_tree *tree, uint32_t mutation, struct vg_buffer *out)
{
    uint32_t site = vg_mutation_site(mutation);
    unsigned reference = reference_base(tree, site), from = vg_mutation_from(mutation);
    put_varint(out, 1 << 3 | 2);
    put_varint(out, mutation_bytes(tree, mutation));
    put_varint(out, 1 << 3);
    put_varint(out, (uint64_t)site + 1);
    if (reference != 0) {
        vg_buffer_char(out, 2 << 3);
        vg_buffer_char(out, (char)reference);
    }
    if (from != 0) {
        vg_buffer_char(out, 3 << 3);
        vg_buffer_char(out, (char)from);
    }
    vg_buffer_char(out, 4 << 3 | 2);
    vg_buffer_char(out, 1);
    vg_buffer_char(out, (char)vg_mutation_to(mutation));
    if (tree->reference_name.size > 0) {
        vg_buffer_char(out, 5 << 3 | 2);
        put_varint(out, tree->reference_name.size);
        vg_buffer_append(out, tree->reference_name.data, tree->reference_name.size);
    }
}

static void put_list(const struct vg_tree *tree, uint32_t node, struct vg_buffer *out)
{
    size_t size = 0;
    for (uint32_t m = tree->mutation_start[node]; m < tree->mutation_start[node + 1]; m++) {
        size_t one = mutation_bytes(tree, tree->mutations[m]);
        size += 1 + varint_bytes(one) + one;
    }
    put_varint(out, 2 << 3 | 2);
    put_varint(out, size);
    for (uint32_t m = tree->mutation_start[node]; m < tree->mutation_start[node + 1]; m++) {
        put_mutation(tree, tree->mutations[m], out);
    }
}

/* A node has an entry of a column of clades where its clade is not its parent's. */
static struct vg_text clade_entry(const struct vg_tree *tree, const struct vg_tree_column *column, uint32_t node)
{
    uint32_t code = column->codes[node];
    bool same = code == VG_TREE_NONE || (node > 0 && column->codes[tree->parent[node]] == code);
    return same ? vg_text_of(NULL, 0) : column->values[code];
}

static void put_clades(const struct vg_tree *tree, uint32_t node, struct vg_buffer *out)
{
    size_t size = 0;
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        size_t one = tree->columns[c].is_clade ? clade_entry(tree, &tree->columns[c], node).size : 0;
        size += tree->columns[c].is_clade ? 1 + varint_bytes(one) + one : 0;
    }
    put_varint(out, 4 << 3 | 2);
    put_varint(out, size);
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        if (tree->columns[c].is_clade) {
            struct vg_text clade = clade_entry(tree, &tree->columns[c], node);
            put_varint(out, 1 << 3 | 2);
            put_varint(out, clade.size);
            vg_buffer_append(out, clade.data, clade.size);
        }
    }
}

void write_protobuf(const struct vg_tree *tree, struct output *output)
{
    struct output count;
    bool clades = false;
    output_open(&count, NULL, output->error);
    write_newick(tree, true, &count);
    output->status = output_close(&count);
    put_varint(&output->buffer, 1 << 3 | 2);
    put_varint(&output->buffer, count.n_bytes);
    write_newick(tree, true, output);
    for (uint32_t v = 0; v < tree->n_nodes && output->status == VG_OK; v++) {
        put_list(tree, v, &output->buffer);
        output_maybe_flush(output);
    }
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        clades |= tree->columns[c].is_clade;
    }
    for (uint32_t v = 0; clades && v < tree->n_nodes && output->status == VG_OK; v++) {
        put_clades(tree, v, &output->buffer);
        output_maybe_flush(output);
    }
}
