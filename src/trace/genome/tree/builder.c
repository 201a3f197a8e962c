/*
 * From nodes, mutations and facts as a file gives them to a tree: ends are found from the parents, mutations are sorted, held against the path from the root and
 * written over themselves, since nothing of them grows.
 */
#include "trace/genome/tree/internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define UNTOLD (1u << 31) /* in a list that is not settled yet: what the mutation is from was not told */

static uint32_t site_of(uint32_t item)
{
    return (item & ~UNTOLD) >> 4;
}

/* ------------------------------------------------------------------- lists */

bool list32_grow(struct list32 *list, size_t extra)
{
    size_t needed = list->n + extra;
    if (needed > UINT32_MAX - 1) {
        return false;
    }
    size_t capacity = list->capacity < 1024 ? 1024 : list->capacity + list->capacity / 2;
    capacity = capacity < needed ? needed : capacity;
    uint32_t *items = realloc(list->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->capacity = capacity;
    return true;
}

void list32_free(struct list32 *list)
{
    free(list->items);
    *list = (struct list32){NULL, 0, 0};
}

/* As large as it is filled, and the list is empty. NULL: no memory. */
static uint32_t *take_list(struct list32 *list)
{
    uint32_t *items = realloc(list->items, (list->n == 0 ? 1 : list->n) * sizeof *items);
    if (items != NULL) {
        *list = (struct list32){NULL, 0, 0};
    }
    return items;
}

/* ------------------------------------------------------------------- parts */

void parts_init(struct parts *parts)
{
    memset(parts, 0, sizeof *parts);
    vg_arena_init(&parts->arena, 0);
    vg_buffer_init(&parts->names, UINT32_MAX - 1u);
    vg_buffer_init(&parts->gap_letters, UINT32_MAX - 1u);
}

void parts_release(struct parts *parts)
{
    list32_free(&parts->parent);
    list32_free(&parts->name_start);
    list32_free(&parts->mutation_start);
    list32_free(&parts->mutations);
    vg_buffer_release(&parts->names);
    for (size_t c = 0; c < parts->n_columns; c++) {
        list32_free(&parts->columns[c].codes);
        free(parts->columns[c].numbers);
    }
    free(parts->columns);
    free(parts->reference);
    free(parts->gaps);
    vg_buffer_release(&parts->gap_letters);
    vg_arena_release(&parts->arena);
}

vg_status parts_fail(struct parts *parts, vg_status status, const char *format, ...)
{
    if (parts->failure.status == VG_OK) {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(parts->failure.message, sizeof parts->failure.message, format, list);
        va_end(list);
        parts->failure.status = status;
    }
    return parts->failure.status;
}

static void fail_memory(struct parts *parts)
{
    (void)parts_fail(parts, VG_SYSTEM_ERROR, "out of memory for a tree of %zu nodes", parts->parent.n);
}

uint32_t parts_node(struct parts *parts, uint32_t parent, struct vg_text name)
{
    uint32_t node = (uint32_t)parts->parent.n;
    if (node >= VG_TREE_NODES_MAX) {
        (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "a tree has at most %u nodes here", VG_TREE_NODES_MAX);
        return 0;
    }
    if (parts->failure.status != VG_OK || !list32_add(&parts->parent, parent) || !list32_add(&parts->name_start, (uint32_t)parts->names.size)) {
        fail_memory(parts);
        return 0;
    }
    vg_buffer_append(&parts->names, name.data, name.size);
    if (parts->names.failed) {
        (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "the names of a tree have at most 4 GiB, or memory is at its end");
    }
    return node;
}

void parts_begin_mutations(struct parts *parts)
{
    if (!list32_add(&parts->mutation_start, (uint32_t)parts->mutations.n)) {
        fail_memory(parts);
    }
}

void parts_mutation(struct parts *parts, uint32_t site, unsigned from, unsigned to)
{
    if (site >= VG_GENOME_LENGTH_MAX) {
        (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "a mutation at position %llu: genomes have at most %u sites here", (unsigned long long)site + 1, VG_GENOME_LENGTH_MAX);
    } else if (!list32_add(&parts->mutations, vg_mutation(site, from, to) | (from == FROM_UNTOLD ? UNTOLD : 0))) {
        fail_memory(parts);
    }
}

void parts_gap(struct parts *parts, uint32_t node, uint32_t position, uint32_t length, struct vg_text letters, bool gained)
{
    struct parts_gap *newest = parts->n_gaps == 0 ? NULL : &parts->gaps[parts->n_gaps - 1];
    bool sites = letters.data == NULL;
    if (position >= VG_GENOME_LENGTH_MAX || length > VG_GENOME_LENGTH_MAX - (sites ? position : 0)) {
        (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "a deletion or insertion at position %llu: genomes have at most %u sites here", (unsigned long long)position + 1, VG_GENOME_LENGTH_MAX);
        return;
    }
    if (sites ? length == 0 : letters.size == 0) {
        return;
    }
    if (sites && newest != NULL && newest->node == node && newest->letters == VG_TREE_NONE && newest->gained == gained && newest->position + newest->length == position) {
        newest->length += length; /* files have one entry a site */
        return;
    }
    if (parts->n_gaps == parts->gap_capacity) {
        size_t capacity = parts->gap_capacity == 0 ? 256 : 2 * parts->gap_capacity;
        struct parts_gap *gaps = capacity > INT32_MAX ? NULL : realloc(parts->gaps, capacity * sizeof *gaps);
        if (gaps == NULL) {
            fail_memory(parts);
            return;
        }
        parts->gaps = gaps;
        parts->gap_capacity = capacity;
    }
    parts->gaps[parts->n_gaps++] = (struct parts_gap){node, position, sites ? length : (uint32_t)letters.size, sites ? VG_TREE_NONE : (uint32_t)parts->gap_letters.size, gained};
    if (!sites) {
        vg_buffer_append(&parts->gap_letters, letters.data, letters.size);
        if (parts->gap_letters.failed) {
            fail_memory(parts);
        }
    }
}

/* Room for the site, letters not known. */
static bool reach_site(struct parts *parts, uint32_t site)
{
    if (site >= VG_GENOME_LENGTH_MAX) {
        return false;
    }
    if (site >= parts->reference_capacity) {
        uint32_t capacity = site + 1 < 4096 ? 4096 : (site + 1) * 2;
        char *letters = realloc(parts->reference, capacity);
        if (letters == NULL) {
            fail_memory(parts);
            return false;
        }
        memset(letters + parts->reference_capacity, 'N', capacity - parts->reference_capacity);
        parts->reference = letters;
        parts->reference_capacity = capacity;
    }
    parts->length = site < parts->length || parts->length_known ? parts->length : site + 1;
    return true;
}

void parts_reference_base(struct parts *parts, uint32_t site, unsigned base)
{
    if (reach_site(parts, site) && parts->reference[site] == 'N') {
        parts->reference[site] = "ACGT"[base & 3];
    }
}

void parts_reference(struct parts *parts, struct vg_text name, struct vg_text letters)
{
    if (letters.size == 0 || letters.size > VG_GENOME_LENGTH_MAX) {
        (void)parts_fail(parts, VG_DATA_ERROR, "the reference of the tree has %zu letters, not 1 to %u", letters.size, VG_GENOME_LENGTH_MAX);
        return;
    }
    if (!reach_site(parts, (uint32_t)letters.size - 1)) {
        return;
    }
    for (size_t i = 0; i < letters.size; i++) {
        int base = vg_base_of_letter(letters.data[i]);
        parts->reference[i] = base < 0 ? 'N' : "ACGT"[base];
    }
    parts->length = (uint32_t)letters.size;
    parts->length_known = true;
    parts->reference_name = name.size == 0 ? name : vg_text_of(vg_arena_copy_bytes(&parts->arena, name.data, name.size), name.size);
}

void parts_length(struct parts *parts, uint32_t length)
{
    if (length > 0 && reach_site(parts, length - 1)) {
        parts->length = length;
        parts->length_known = true;
    }
}

/* ----------------------------------------------------------------- columns */

uint32_t parts_column(struct parts *parts, struct vg_text name, bool is_clade, bool is_number)
{
    for (size_t c = 0; c < parts->n_columns; c++) {
        if (vg_text_equal(parts->columns[c].name, name) && parts->columns[c].is_number == is_number) {
            return (uint32_t)c;
        }
    }
    if (parts->n_columns == parts->column_capacity) {
        size_t capacity = parts->column_capacity == 0 ? 16 : 2 * parts->column_capacity;
        struct parts_column *columns = capacity > 4096 ? NULL : realloc(parts->columns, capacity * sizeof *columns);
        if (columns == NULL) {
            (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "a tree has at most 4096 kinds of facts of its nodes here");
            return 0;
        }
        parts->columns = columns;
        parts->column_capacity = capacity;
    }
    struct parts_column *column = &parts->columns[parts->n_columns];
    char *copy = vg_arena_copy_bytes(&parts->arena, name.data, name.size);
    *column = (struct parts_column){.name = {copy, name.size}, .is_clade = is_clade, .is_number = is_number};
    vg_dictionary_init(&column->values, &parts->arena);
    if (copy == NULL) {
        fail_memory(parts);
        return 0;
    }
    return (uint32_t)parts->n_columns++;
}

void parts_word(struct parts *parts, uint32_t column, uint32_t node, struct vg_text value)
{
    if (parts->failure.status != VG_OK) {
        return;
    }
    struct parts_column *c = &parts->columns[column];
    uint32_t code = vg_dictionary_add(&c->values, value);
    while (code != VG_DICTIONARY_NONE && c->codes.n <= node) {
        if (!list32_add(&c->codes, VG_TREE_NONE)) {
            code = VG_DICTIONARY_NONE;
        }
    }
    if (code == VG_DICTIONARY_NONE) {
        fail_memory(parts);
        return;
    }
    c->codes.items[node] = code;
}

void parts_number(struct parts *parts, uint32_t column, uint32_t node, double value)
{
    if (parts->failure.status != VG_OK) {
        return;
    }
    struct parts_column *c = &parts->columns[column];
    if (node >= c->number_capacity) {
        size_t capacity = ((size_t)node + 1) * 2 < 1024 ? 1024 : ((size_t)node + 1) * 2;
        double *numbers = realloc(c->numbers, capacity * sizeof *numbers);
        if (numbers == NULL) {
            fail_memory(parts);
            return;
        }
        c->numbers = numbers;
        c->number_capacity = capacity;
    }
    while (c->n_numbers <= node) {
        c->numbers[c->n_numbers++] = NAN;
    }
    c->numbers[node] = value;
}

/* Codes down to the leaves where the column is of clades; as long as the tree everywhere. */
static bool finish_column(struct parts *parts, size_t index, const uint32_t *parent, uint32_t n, struct vg_tree_memory *memory)
{
    struct parts_column *from = &parts->columns[index];
    struct vg_tree_column *to = &memory->columns[index];
    *to = (struct vg_tree_column){.name = from->name, .is_clade = from->is_clade};
    if (from->is_number) {
        double *numbers = realloc(from->numbers, (size_t)n * sizeof *numbers);
        if (numbers == NULL) {
            return false;
        }
        for (size_t i = from->n_numbers; i < n; i++) {
            numbers[i] = NAN;
        }
        from->numbers = NULL;
        to->numbers = numbers;
        return true;
    }
    while (from->codes.n < n) {
        if (!list32_add(&from->codes, VG_TREE_NONE)) {
            return false;
        }
    }
    from->codes.n = n;
    uint32_t *codes = take_list(&from->codes);
    if (codes == NULL) {
        return false;
    }
    for (uint32_t v = 1; from->is_clade && v < n; v++) {
        codes[v] = codes[v] == VG_TREE_NONE ? codes[parent[v]] : codes[v];
    }
    to->codes = codes;
    to->n_values = (uint32_t)from->values.count;
    to->values = from->values.keys;
    return true;
}

/* --------------------------------------------------------------- mutations */

/* Bases on the path from the root to a node, and what each step of it changed. */
struct path {
    uint8_t *state;        /* [length] base; 4 not known */
    struct list32 changed; /* what a site was before, as site << 4 | base */
    struct list32 marks;   /* changed.n before each node of the path */
    struct list32 nodes;
    struct list32 room;    /* scratch of the sort */
};

static void unwind(struct path *path, uint32_t parent)
{
    while (path->nodes.n > 0 && path->nodes.items[path->nodes.n - 1] != parent) {
        uint32_t mark = path->marks.items[--path->marks.n];
        path->nodes.n--;
        while (path->changed.n > mark) {
            uint32_t was = path->changed.items[--path->changed.n];
            path->state[was >> 4] = (uint8_t)(was & 15);
        }
    }
}

#define SHORT_LIST 32u

/* By site; equal sites stay in the order in which they came. Lists are short, and nearly always sorted: those that are not are merged from short ones. */
static bool sort_by_site(uint32_t *list, size_t n, struct list32 *room)
{
    if (n > SHORT_LIST) {
        size_t half = n / 2, i = 0, j = half, k = 0;
        if (!sort_by_site(list, half, room) || !sort_by_site(list + half, n - half, room)) {
            return false;
        }
        if (site_of(list[half - 1]) <= site_of(list[half])) {
            return true;
        }
        if (room->capacity < half && !list32_grow(room, half)) {
            return false;
        }
        memcpy(room->items, list, half * sizeof *list); /* what is merged never overtakes the right half's rest */
        while (i < half) {
            list[k++] = j < n && site_of(list[j]) < site_of(room->items[i]) ? list[j++] : room->items[i++];
        }
        return true;
    }
    for (size_t i = 1; i < n; i++) {
        uint32_t item = list[i];
        size_t j = i;
        while (j > 0 && site_of(list[j - 1]) > site_of(item)) {
            list[j] = list[j - 1];
            j--;
        }
        list[j] = item;
    }
    return true;
}

/* Writes what changes from `out` on; returns how many, or UINT32_MAX. */
static uint32_t settle(struct parts *parts, struct path *path, const uint32_t *list, size_t n, uint32_t *out, bool at_root)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t site = site_of(list[i]);
        bool untold = (list[i] & UNTOLD) != 0;
        unsigned was = path->state[site], to = vg_mutation_to(list[i]);
        if (i > 0 && count > 0 && vg_mutation_site(out[count - 1]) == site) { /* one more of the same site: from what the parent has */
            unsigned first = vg_mutation_from(out[count - 1]);
            path->state[site] = (uint8_t)to;
            out[count - 1] = vg_mutation(site, first, to);
            count -= first == to ? 1 : 0;
            continue;
        }
        if (was == 4 && untold && at_root) { /* the root's own base, as Taxonium tells it: as good a reference as any */
            parts_reference_base(parts, site, to);
            path->state[site] = (uint8_t)to;
            continue;
        }
        if (was == 4 && untold) {
            parts->n_ignored++;
            continue;
        }
        if (was == 4) { /* nothing was known of this site before */
            was = vg_mutation_from(list[i]);
            parts_reference_base(parts, site, was);
        }
        parts->n_repaired += !untold && was != vg_mutation_from(list[i]) ? 1 : 0;
        if (was != to) {
            if (!list32_add(&path->changed, site << 4 | was)) {
                return UINT32_MAX;
            }
            path->state[site] = (uint8_t)to;
            out[count++] = vg_mutation(site, was, to);
        }
    }
    return count;
}

static bool check_preorder(struct parts *parts, const uint32_t *parent, uint32_t n)
{
    if (n == 0) {
        (void)parts_fail(parts, VG_DATA_ERROR, "the tree has no nodes");
        return false;
    }
    for (uint32_t v = 0; v < n; v++) {
        uint32_t above = v == 0 ? VG_TREE_NONE : v - 1;
        while (v > 0 && above != parent[v] && above != VG_TREE_NONE) {
            above = parent[above];
        }
        if (above != parent[v] || (v > 0 && above == VG_TREE_NONE)) {
            (void)parts_fail(parts, VG_DATA_ERROR, "node %u of the tree does not come after its parent and its siblings", v + 1);
            return false;
        }
    }
    return true;
}

static bool settle_all(struct parts *parts, struct path *path)
{
    uint32_t n = (uint32_t)parts->parent.n, written = 0, *starts = parts->mutation_start.items, *mutations = parts->mutations.items;
    for (uint32_t v = 0; v < n; v++) {
        uint32_t from = starts[v], to = starts[v + 1];
        unwind(path, parts->parent.items[v]);
        if (!sort_by_site(mutations + from, to - from, &path->room) || !list32_add(&path->marks, (uint32_t)path->changed.n) || !list32_add(&path->nodes, v)) {
            return false;
        }
        uint32_t count = settle(parts, path, mutations + from, to - from, mutations + written, v == 0);
        if (count == UINT32_MAX) {
            return false;
        }
        starts[v] = written;
        written += count;
    }
    starts[n] = written;
    parts->mutations.n = written;
    return true;
}

static vg_status settle_mutations(struct parts *parts)
{
    struct path path = {0};
    uint32_t n = (uint32_t)parts->parent.n, reach = parts->length;
    if (parts->mutation_start.n > n) {
        return parts_fail(parts, VG_DATA_ERROR, "the tree has mutations of %zu nodes, but %u nodes", parts->mutation_start.n, n);
    }
    while (parts->mutation_start.n <= n) {
        parts_begin_mutations(parts);
        if (parts->failure.status != VG_OK) {
            return parts->failure.status;
        }
    }
    for (size_t i = 0; i < parts->mutations.n; i++) {
        uint32_t site = site_of(parts->mutations.items[i]);
        reach = site >= reach ? site + 1 : reach;
    }
    for (size_t i = 0; i < parts->n_gaps; i++) { /* an insertion may be behind the last site */
        uint32_t behind = parts->gaps[i].position + (parts->gaps[i].letters == VG_TREE_NONE ? parts->gaps[i].length : 0);
        reach = behind > reach ? behind : reach;
    }
    if (parts->length_known && reach > parts->length) {
        return parts_fail(parts, VG_DATA_ERROR, "the tree has a mutation at position %u of a reference of %u sites", reach, parts->length);
    }
    if (parts->mutations.items == NULL && !list32_grow(&parts->mutations, 1)) { /* what is empty has a place too */
        fail_memory(parts);
        return parts->failure.status;
    }
    if (!reach_site(parts, reach == 0 ? 0 : reach - 1)) {
        return parts->failure.status;
    }
    path.state = malloc(parts->length);
    for (uint32_t i = 0; path.state != NULL && i < parts->length; i++) {
        int base = vg_base_of_letter(parts->reference[i]);
        path.state[i] = base < 0 ? 4 : (uint8_t)base;
    }
    if (path.state == NULL || !settle_all(parts, &path)) {
        fail_memory(parts);
    }
    free(path.state);
    list32_free(&path.changed);
    list32_free(&path.marks);
    list32_free(&path.nodes);
    list32_free(&path.room);
    return parts->failure.status;
}

/* ------------------------------------------------------------------ finish */

static uint32_t *find_ends(const uint32_t *parent, uint32_t n, uint32_t *n_leaves)
{
    uint32_t *end = malloc((size_t)n * sizeof *end);
    *n_leaves = 0;
    for (uint32_t v = 0; end != NULL && v < n; v++) {
        end[v] = v + 1;
    }
    for (uint32_t v = n; end != NULL && v-- > 0;) {
        *n_leaves += end[v] == v + 1 ? 1 : 0;
        if (v > 0 && end[parent[v]] < end[v]) {
            end[parent[v]] = end[v];
        }
    }
    return end;
}

static bool move_arrays(struct parts *parts, struct vg_tree *tree)
{
    struct vg_tree_memory *memory = tree->memory;
    tree->n_nodes = (uint32_t)parts->parent.n;
    tree->n_mutations = (uint32_t)parts->mutations.n;
    memory->columns = calloc(parts->n_columns + 1, sizeof *memory->columns);
    memory->n_columns = parts->n_columns;
    if (memory->columns == NULL || !list32_add(&parts->name_start, (uint32_t)parts->names.size)) {
        return false;
    }
    tree->parent = memory->parent = take_list(&parts->parent);
    tree->name_start = memory->name_start = take_list(&parts->name_start);
    tree->mutation_start = memory->mutation_start = take_list(&parts->mutation_start);
    tree->mutations = memory->mutations = take_list(&parts->mutations);
    if (memory->parent == NULL || memory->name_start == NULL || memory->mutation_start == NULL || memory->mutations == NULL) {
        return false;
    }
    tree->end = memory->end = find_ends(tree->parent, tree->n_nodes, &tree->n_leaves);
    tree->names = memory->names = realloc(parts->names.data, parts->names.size + 1);
    tree->reference = memory->reference = realloc(parts->reference, parts->length);
    parts->names.data = memory->names == NULL ? parts->names.data : NULL;
    parts->reference = memory->reference == NULL ? parts->reference : NULL;
    tree->length = parts->length;
    tree->reference_name = parts->reference_name;
    tree->n_repaired = parts->n_repaired;
    tree->n_ignored = parts->n_ignored;
    tree->columns = memory->columns;
    tree->n_columns = (uint32_t)parts->n_columns;
    if (memory->end == NULL || memory->names == NULL || memory->reference == NULL) {
        return false;
    }
    for (size_t c = 0; c < parts->n_columns; c++) {
        if (!finish_column(parts, c, tree->parent, tree->n_nodes, memory)) {
            return false;
        }
    }
    memory->arena = parts->arena;
    vg_arena_init(&parts->arena, 0);
    return gaps_settle(parts, tree);
}

vg_status parts_finish(struct parts *parts, struct vg_tree **tree, struct vg_error *error)
{
    *tree = NULL;
    if (parts->failure.status == VG_OK && check_preorder(parts, parts->parent.items, (uint32_t)parts->parent.n)) {
        (void)settle_mutations(parts);
    }
    if (parts->failure.status != VG_OK) {
        return vg_fail(error, parts->failure.status, "%s", parts->failure.message);
    }
    vg_status status = tree_new(tree, error);
    if (status == VG_OK && !move_arrays(parts, *tree)) {
        vg_tree_free(*tree);
        *tree = NULL;
        status = vg_fail_memory(error, parts->parent.n * 16);
    }
    return status;
}

/* ----------------------------------------------------------------- builder */

struct vg_tree_builder {
    struct parts parts;
};

struct vg_tree_builder *vg_tree_builder_new(void)
{
    struct vg_tree_builder *builder = malloc(sizeof *builder);
    if (builder != NULL) {
        parts_init(&builder->parts);
    }
    return builder;
}

uint32_t vg_tree_builder_node(struct vg_tree_builder *builder, uint32_t parent, struct vg_text name)
{
    parts_begin_mutations(&builder->parts);
    return parts_node(&builder->parts, parent, name);
}

void vg_tree_builder_mutation(struct vg_tree_builder *builder, uint32_t site, unsigned from, unsigned to)
{
    parts_mutation(&builder->parts, site, from, to);
}

void vg_tree_builder_gap(struct vg_tree_builder *builder, uint32_t position, uint32_t length, const char *letters, bool gained)
{
    parts_gap(&builder->parts, (uint32_t)builder->parts.parent.n - 1, position, length, vg_text_of(letters, letters == NULL ? 0 : length), gained);
}

uint32_t vg_tree_builder_column(struct vg_tree_builder *builder, struct vg_text name, bool is_clade, bool is_number)
{
    return parts_column(&builder->parts, name, is_clade, is_number);
}

void vg_tree_builder_word(struct vg_tree_builder *builder, uint32_t column, struct vg_text value)
{
    parts_word(&builder->parts, column, (uint32_t)builder->parts.parent.n - 1, value);
}

void vg_tree_builder_number(struct vg_tree_builder *builder, uint32_t column, double value)
{
    parts_number(&builder->parts, column, (uint32_t)builder->parts.parent.n - 1, value);
}

vg_status vg_tree_builder_finish(struct vg_tree_builder *builder, const struct vg_genome_reference *reference, struct vg_tree **tree, struct vg_error *error)
{
    if (reference != NULL) {
        parts_reference(&builder->parts, reference->name, vg_text_of(reference->letters, reference->length));
    }
    vg_status status = parts_finish(&builder->parts, tree, error);
    parts_release(&builder->parts);
    free(builder);
    return status;
}
