/*
 * Taxonium's JSON lines: a line of what holds of the whole tree, with every mutation once, then a line a node, sorted by y, nodes named by their place in that order.
 * Leaves stand one below the other with the smaller of two branches first (ladderised), inner nodes in the middle of their children, in units of a leaf: the viewer scales
 * them by the number of nodes. x is the number of mutations above, and where each node has a date (num_date), beside it the time since the root. The root has, as from
 * "X", its own base at each site that changes anywhere: that is where the viewer finds what those have who do not change.
 */
#include "trace/genome/tree/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------- read */

struct line {
    uint32_t parent, name_start, name_size, list_start, list_size;
};
struct reading {
    struct json json;
    struct parts *parts;      /* filled at the end, in preorder */
    struct parts facts;       /* columns and names by line */
    struct list32 mutations;  /* packed, by the index of the first line; VG_TREE_NONE: not of nucleotides */
    struct list32 lists;      /* mutation indices of all lines */
    struct list32 nodes;      /* five numbers a line: struct line */
};

static bool to_index(struct json *json, uint32_t *index)
{
    int64_t value;
    if (!vg_parse_integer(json_text(json), &value) || value < 0 || value > VG_TREE_NODES_MAX * 4ll) {
        return json_fault(json, "a number of a node or mutation that cannot be");
    }
    *index = (uint32_t)value;
    return true;
}

/* One of the first line's mutations, its braces opened. */
static bool take_mutation(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true, nucleotides = true;
    int from = -1, to = -1;
    int64_t position = 0;
    while (json_key(json, &first)) {
        char key = json_is(json, "type") ? 't' : json_is(json, "previous_residue") ? 'p' : json_is(json, "new_residue") ? 'n' : json_is(json, "residue_pos") ? 's' : ' ';
        int token = json_next(json);
        if (key == 't' && token == JSON_STRING) {
            nucleotides = json_is(json, "nt");
        } else if (key == 's' && token == JSON_NUMBER) {
            (void)vg_parse_integer(json_text(json), &position);
        } else if ((key == 'p' || key == 'n') && token == JSON_STRING) {
            int base = json->text.size == 1 ? vg_base_of_letter(json->text.data[0]) : -1;
            *(key == 'p' ? &from : &to) = base;
        }
        if (!json_skip(json, token)) {
            return false;
        }
    }
    if (nucleotides && (position < 1 || position > VG_GENOME_LENGTH_MAX)) {
        return json_fault(json, "a mutation of nucleotides without a position from 1 on");
    }
    uint32_t item = !nucleotides || to < 0 ? VG_TREE_NONE : from < 0 ? (vg_mutation((uint32_t)position - 1, 0, (unsigned)to) | 1u << 31)
                                                                     : vg_mutation((uint32_t)position - 1, (unsigned)from, (unsigned)to);
    return json_fine(json) && (list32_add(&reading->mutations, item) || json_fault(json, "memory is at its end"));
}

static bool take_header(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true, found = false;
    if (!json_expect(json, '{')) {
        return false;
    }
    while (json_key(json, &first)) {
        bool inner = true;
        if (!json_is(json, "mutations") && !json_is(json, "aa_mutations")) { /* the latter is what taxoniumtools called it at first */
            if (!json_skip(json, json_next(json))) {
                return false;
            }
            continue;
        }
        found = json_expect(json, '[');
        for (int token = json_element(json, &inner); token != JSON_END; token = json_element(json, &inner)) {
            if (token != '{' || !take_mutation(reading)) {
                return json_fault(json, "a mutation of the first line is no object");
            }
        }
    }
    return json_fine(json) && (found || json_fault(json, "the first line has no \"mutations\": this is no Taxonium JSON"));
}

static bool take_list(struct reading *reading, struct line *line)
{
    struct json *json = &reading->json;
    bool first = true;
    uint32_t index;
    if (!json_expect(json, '[')) {
        return false;
    }
    line->list_start = (uint32_t)reading->lists.n;
    for (int token = json_element(json, &first); token != JSON_END; token = json_element(json, &first)) {
        if (token != JSON_NUMBER || !to_index(json, &index) || index >= reading->mutations.n) {
            return json_fault(json, "a node has a mutation that the first line does not have");
        }
        if (reading->mutations.items[index] == VG_TREE_NONE) {
            continue;
        }
        if (!list32_add(&reading->lists, index)) {
            return json_fault(json, "memory is at its end");
        }
    }
    line->list_size = (uint32_t)reading->lists.n - line->list_start;
    return json_fine(json);
}

static void take_fact(struct reading *reading, uint32_t node, struct vg_text name, int token)
{
    struct parts *facts = &reading->facts;
    double number;
    if (token == JSON_STRING && reading->json.text.size > 0) {
        bool clade = vg_text_equals(name, "clade_membership") || vg_text_equals(name, "pango_lineage") || vg_text_equals(name, "lineage") ||
                     (name.size > 6 && memcmp(name.data, "clade_", 6) == 0);
        parts_word(facts, parts_column(facts, name, clade, false), node, json_text(&reading->json));
    } else if (token == JSON_NUMBER && vg_parse_double(json_text(&reading->json), '.', &number)) {
        parts_number(facts, parts_column(facts, name, false, true), node, number);
    }
}

static bool take_key(struct reading *reading, uint32_t node, struct line *line)
{
    struct json *json = &reading->json;
    char name[256 + sizeof "meta_" - 1]; /* a fact's, and what is before it */
    size_t size = json->text.size;
    if (size > sizeof name) {
        return json_fault(json, "the name of a fact has more than 256 letters");
    }
    if (size > 0) {
        memcpy(name, json->text.data, size);
    }
    struct vg_text key = {name, size};
    if (vg_text_equals(key, "mutations")) {
        return take_list(reading, line);
    }
    int token = json_next(json);
    if (vg_text_equals(key, "name") && token == JSON_STRING) {
        line->name_start = (uint32_t)reading->facts.names.size;
        line->name_size = (uint32_t)json->text.size;
        vg_buffer_append(&reading->facts.names, json->text.data, json->text.size);
    } else if (vg_text_equals(key, "parent_id") && token == JSON_NUMBER) {
        return to_index(json, &line->parent);
    } else if (size > 5 && memcmp(name, "meta_", 5) == 0) {
        take_fact(reading, node, vg_text_of(name + 5, size - 5), token);
    }
    return json_skip(json, token);
}

static bool take_line(struct reading *reading)
{
    struct line line = {.parent = VG_TREE_NONE};
    uint32_t node = (uint32_t)(reading->nodes.n / 5);
    bool first = true;
    while (json_key(&reading->json, &first)) {
        if (!take_key(reading, node, &line)) {
            return false;
        }
    }
    if (line.parent == VG_TREE_NONE) {
        return json_fault(&reading->json, "a node has no \"parent_id\"");
    }
    const uint32_t numbers[5] = {line.parent, line.name_start, line.name_size, line.list_start, line.list_size};
    for (size_t i = 0; i < 5; i++) {
        if (!list32_add(&reading->nodes, numbers[i])) {
            return json_fault(&reading->json, "memory is at its end");
        }
    }
    return json_fine(&reading->json);
}

/* Lines with their children in order of lines, gone through from the root. */
struct order {
    uint32_t *first, *next, *number;
};

static bool put_node(struct reading *reading, const struct order *order, uint32_t at)
{
    struct parts *parts = reading->parts;
    const uint32_t *line = reading->nodes.items + (size_t)at * 5;
    order->number[at] = parts_node(parts, line[0] == at ? VG_TREE_NONE : order->number[line[0]], vg_text_of(reading->facts.names.data + line[1], line[2]));
    parts_begin_mutations(parts);
    for (uint32_t i = 0; i < line[4]; i++) {
        uint32_t item = reading->mutations.items[reading->lists.items[line[3] + i]];
        parts_mutation(parts, (item & ~(1u << 31)) >> 4, item >> 31 != 0 ? FROM_UNTOLD : vg_mutation_from(item), vg_mutation_to(item));
    }
    for (size_t c = 0; c < reading->facts.n_columns; c++) {
        const struct parts_column *column = &reading->facts.columns[c];
        if (at < column->codes.n && column->codes.items[at] != VG_TREE_NONE) {
            parts_word(parts, (uint32_t)c, order->number[at], column->values.keys[column->codes.items[at]]);
        } else if (at < column->n_numbers && isfinite(column->numbers[at])) {
            parts_number(parts, (uint32_t)c, order->number[at], column->numbers[at]);
        }
    }
    return parts->failure.status == VG_OK;
}

static bool link_lines(struct reading *reading, struct order *order, uint32_t *root)
{
    size_t n = reading->nodes.n / 5;
    *root = VG_TREE_NONE;
    for (size_t i = 0; i < n; i++) {
        order->first[i] = order->next[i] = VG_TREE_NONE;
    }
    for (size_t i = n; i-- > 0;) {
        uint32_t parent = reading->nodes.items[i * 5];
        if (parent >= n || (parent == i && *root != VG_TREE_NONE)) {
            return json_fault(&reading->json, "a node descends from one that is not there, or there are two roots");
        }
        if (parent == i) {
            *root = (uint32_t)i;
        } else {
            order->next[i] = order->first[parent];
            order->first[parent] = (uint32_t)i;
        }
    }
    return *root != VG_TREE_NONE || json_fault(&reading->json, "there is no node that is its own parent, which is the root");
}

static void put_in_preorder(struct reading *reading)
{
    size_t n = reading->nodes.n / 5;
    uint32_t *memory = calloc(3 * n + 1, sizeof *memory), root;
    struct order order = {memory, memory + n, memory + 2 * n};
    if (memory == NULL || !link_lines(reading, &order, &root)) {
        (void)(memory == NULL ? json_fault(&reading->json, "memory is at its end") : false);
        free(memory);
        return;
    }
    for (size_t c = 0; c < reading->facts.n_columns; c++) {
        (void)parts_column(reading->parts, reading->facts.columns[c].name, reading->facts.columns[c].is_clade, reading->facts.columns[c].is_number);
    }
    for (uint32_t at = root; at != VG_TREE_NONE && put_node(reading, &order, at);) {
        if (order.first[at] != VG_TREE_NONE) {
            at = order.first[at];
            continue;
        }
        while (at != root && order.next[at] == VG_TREE_NONE) {
            at = reading->nodes.items[(size_t)at * 5];
        }
        at = at == root ? VG_TREE_NONE : order.next[at];
    }
    if (reading->parts->failure.status == VG_OK && reading->parts->parent.n != n) {
        (void)json_fault(&reading->json, "some nodes do not descend from the root");
    }
    free(memory);
}

vg_status read_taxonium(struct input *input, struct parts *parts, struct late *late)
{
    struct reading reading = {.parts = parts};
    (void)late;
    json_open(&reading.json, input, parts);
    parts_init(&reading.facts);
    bool taken = take_header(&reading);
    while (taken && json_fine(&reading.json)) {
        int token = json_next(&reading.json);
        if (token == JSON_END) {
            break;
        }
        taken = token == '{' ? take_line(&reading) : json_fault(&reading.json, "a line is no object");
    }
    if (reading.facts.failure.status != VG_OK || reading.facts.names.failed) {
        (void)parts_fail(parts, VG_LIMIT_EXCEEDED, "%s", reading.facts.failure.status != VG_OK ? reading.facts.failure.message : "the names have more than 4 GiB");
    }
    if (taken && json_fine(&reading.json)) {
        put_in_preorder(&reading);
    }
    list32_free(&reading.mutations);
    list32_free(&reading.lists);
    list32_free(&reading.nodes);
    parts_release(&reading.facts);
    json_close(&reading.json);
    return parts->failure.status;
}

/* -------------------------------------------------------------------- write */

struct layout {
    uint32_t *leaves;       /* below each */
    double *y;
    uint32_t *depth;        /* mutations above */
    uint32_t *by_y, *rank;  /* nodes in order of y; the place of the first leaf, later of the node itself */
    uint32_t deepest;
    const double *dates;    /* of all nodes, in years; NULL: some have none */
    double years;           /* from the root to the newest, or 1 */
};

static void free_layout(struct layout *layout)
{
    free(layout->leaves);
    free(layout->y);
    free(layout->depth);
    free(layout->by_y);
    free(layout->rank);
}

struct sibling {
    uint32_t node, leaves;
};

static int fewer_leaves(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    return x->leaves != y->leaves ? (x->leaves < y->leaves ? -1 : 1) : x->node < y->node ? -1 : 1;
}

/* Leaves are numbered from above: every node gives its children, smallest first, their part of its range, kept in rank until y is known. */
static bool place_leaves(const struct vg_tree *tree, struct layout *layout, uint32_t *most_children)
{
    uint32_t n = tree->n_nodes, *children = calloc(n, sizeof *children);
    *most_children = 0;
    for (uint32_t v = n; children != NULL && v-- > 0;) {
        layout->leaves[v] += vg_tree_is_leaf(tree, v) ? 1 : 0;
        if (v > 0) {
            layout->leaves[tree->parent[v]] += layout->leaves[v];
            children[tree->parent[v]]++;
        }
        *most_children = children[v] > *most_children ? children[v] : *most_children;
    }
    free(children);
    struct sibling *siblings = calloc((size_t)*most_children + 1, sizeof *siblings);
    for (uint32_t v = 0; siblings != NULL && v < n; v++) {
        uint32_t count = 0, from = layout->rank[v];
        for (uint32_t child = v + 1; child < tree->end[v]; child = tree->end[child]) {
            siblings[count++] = (struct sibling){child, layout->leaves[child]};
        }
        if (count > 1) {
            qsort(siblings, count, sizeof *siblings, fewer_leaves);
        }
        for (uint32_t i = 0; i < count; i++) {
            layout->rank[siblings[i].node] = from;
            from += siblings[i].leaves;
        }
    }
    bool done = children != NULL && siblings != NULL;
    free(siblings);
    return done;
}

static bool lay_out(const struct vg_tree *tree, struct layout *layout)
{
    size_t n = tree->n_nodes;
    uint32_t most_children;
    *layout = (struct layout){.leaves = calloc(n, 4), .y = malloc(n * 8), .depth = calloc(n, 4), .by_y = malloc(n * 4), .rank = calloc(n, 4)};
    bool done = layout->leaves != NULL && layout->y != NULL && layout->depth != NULL && layout->by_y != NULL && layout->rank != NULL &&
                place_leaves(tree, layout, &most_children);
    for (uint32_t v = 1; done && v < n; v++) {
        layout->depth[v] = layout->depth[tree->parent[v]] + tree->mutation_start[v + 1] - tree->mutation_start[v];
        layout->deepest = layout->depth[v] > layout->deepest ? layout->depth[v] : layout->deepest;
    }
    for (size_t v = n; done && v-- > 0;) {
        double low = INFINITY, high = -INFINITY;
        for (uint32_t child = (uint32_t)v + 1; child < tree->end[v]; child = tree->end[child]) {
            low = fmin(low, layout->y[child]);
            high = fmax(high, layout->y[child]);
        }
        layout->y[v] = vg_tree_is_leaf(tree, (uint32_t)v) ? (double)layout->rank[v] : (low + high) / 2;
    }
    return done;
}

static void lay_out_dates(const struct vg_tree *tree, struct layout *layout)
{
    layout->dates = dates_of_all(tree);
    layout->years = 0;
    for (uint32_t v = 0; layout->dates != NULL && v < tree->n_nodes; v++) {
        layout->years = fmax(layout->years, layout->dates[v] - layout->dates[0]);
    }
    layout->years = layout->years > 0 ? layout->years : 1;
}

static int by_y(const void *a, const void *b, void *context)
{
    const struct layout *layout = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return layout->y[x] < layout->y[y] ? -1 : layout->y[x] > layout->y[y] ? 1 : x < y ? -1 : 1;
}

/* Kinds of mutations: of nucleotides in order of first use, then those of amino acids, sorted. */
struct kinds {
    uint32_t *index;                      /* [length * 16] by the packed mutation: its number, from 1; 0: there is none */
    uint32_t n_nucleotides;
    uint32_t *sites, n_sites;             /* [n_sites] that change below the root and not at it, ascending: the root's bases there are numbered from n_nucleotides on */
    const struct vg_tree_acids *acids;    /* NULL: none */
    struct vg_acid_change *changes;       /* [n] each once */
    size_t n;
};

static int by_change(const void *a, const void *b)
{
    const struct vg_acid_change *x = a, *y = b;
    return x->coding != y->coding ? (x->coding < y->coding ? -1 : 1) : x->codon != y->codon ? (x->codon < y->codon ? -1 : 1) : x->from != y->from ? (x->from < y->from ? -1 : 1) : x->to - y->to;
}

static bool sort_changes(const struct vg_tree *tree, struct kinds *kinds)
{
    size_t n = kinds->acids == NULL ? 0 : kinds->acids->start[tree->n_nodes];
    kinds->changes = calloc(n + 1, sizeof *kinds->changes);
    if (kinds->changes == NULL || n == 0) {
        return kinds->changes != NULL;
    }
    memcpy(kinds->changes, kinds->acids->changes, n * sizeof *kinds->changes);
    qsort(kinds->changes, n, sizeof *kinds->changes, by_change);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_change(&kinds->changes[kinds->n - 1], &kinds->changes[i]) != 0) {
            kinds->changes[kinds->n++] = kinds->changes[i];
        }
    }
    return true;
}

static uint32_t number_of(const struct kinds *kinds, const struct vg_acid_change *change)
{
    const struct vg_acid_change *found = bsearch(change, kinds->changes, kinds->n, sizeof *kinds->changes, by_change);
    VG_ASSERT(found != NULL);
    return kinds->n_nucleotides + kinds->n_sites + (uint32_t)(found - kinds->changes);
}

static void put_acids(const struct kinds *kinds, struct vg_buffer *out)
{
    for (size_t i = 0; i < kinds->n; i++) {
        const struct vg_acid_change *change = &kinds->changes[i];
        struct vg_text gene = kinds->acids->annotation->coding[change->coding].name;
        uint32_t number = kinds->n_nucleotides + kinds->n_sites + (uint32_t)i;
        vg_buffer_format(out, "%s{\"mutation_id\":%u,\"type\":\"aa\",\"gene\":", number == 0 ? "" : ",", number);
        vg_buffer_json_string(out, gene.data, gene.size);
        vg_buffer_format(out, ",\"previous_residue\":\"%c\",\"residue_pos\":%u,\"new_residue\":\"%c\"}", change->from, change->codon + 1, change->to);
    }
}

static void find_sites(const struct vg_tree *tree, struct kinds *kinds)
{
    const uint32_t none[16] = {0};
    for (uint32_t site = 0, m = 0; site < tree->length; site++) {
        while (m < tree->mutation_start[1] && vg_mutation_site(tree->mutations[m]) < site) {
            m++;
        }
        bool at_root = m < tree->mutation_start[1] && vg_mutation_site(tree->mutations[m]) == site;
        if (!at_root && memcmp(kinds->index + ((size_t)site << 4), none, sizeof none) != 0) {
            kinds->sites[kinds->n_sites++] = site;
        }
    }
}

static bool put_header(const struct vg_tree *tree, const struct vg_tree_write_options *options, struct kinds *kinds, struct vg_buffer *out)
{
    char day[VG_DATE_TEXT_BYTES];
    uint32_t n = 0, *index = kinds->index;
    vg_buffer_format(out, "{\"version\":\"vigia %s\",\"mutations\":[", VG_VERSION);
    for (uint32_t m = 0; m < tree->n_mutations; m++) {
        uint32_t mutation = tree->mutations[m];
        if (index[mutation] == 0) {
            index[mutation] = ++n;
            vg_buffer_format(out, "%s{\"mutation_id\":%u,\"type\":\"nt\",\"gene\":\"nt\",\"previous_residue\":\"%c\",\"residue_pos\":%u,\"new_residue\":\"%c\"}", n == 1 ? "" : ",",
                             n - 1, "ACGT"[vg_mutation_from(mutation)], vg_mutation_site(mutation) + 1, "ACGT"[vg_mutation_to(mutation)]);
        }
    }
    kinds->n_nucleotides = n;
    find_sites(tree, kinds);
    for (uint32_t i = 0; i < kinds->n_sites; i++) {
        vg_buffer_format(out, "%s{\"mutation_id\":%u,\"type\":\"nt\",\"gene\":\"nt\",\"previous_residue\":\"X\",\"residue_pos\":%u,\"new_residue\":\"%c\"}", n + i == 0 ? "" : ",", n + i,
                         kinds->sites[i] + 1, tree->reference[kinds->sites[i]]);
    }
    put_acids(kinds, out);
    vg_buffer_format(out, "],\"total_nodes\":%u,\"config\":{\"num_tips\":%u,\"date_created\":\"%s\",\"title\":", tree->n_nodes, tree->n_leaves,
                     vg_date_print(options->updated == VG_DATE_NONE ? 0 : options->updated, day) > 0 ? day : "1970-01-01");
    struct vg_text title = vg_text_from(options->title == NULL ? "Vigia" : options->title);
    vg_buffer_json_string(out, title.data, title.size);
    vg_buffer_text(out, "}}\n");
    return !out->failed;
}

static void put_fact(const struct vg_tree_column *column, uint32_t node, struct vg_buffer *out)
{
    size_t at;
    vg_buffer_text(out, ",\"meta_");
    at = out->size;
    vg_buffer_json_string(out, column->name.data, column->name.size);
    if (!out->failed) { /* the opening quote is there already */
        memmove(out->data + at, out->data + at + 1, out->size - at - 1);
        out->size--;
    }
    vg_buffer_char(out, ':');
    if (column->numbers == NULL) {
        uint32_t code = column->codes[node];
        struct vg_text word = code == VG_TREE_NONE ? vg_text_of("", 0) : column->values[code];
        vg_buffer_json_string(out, word.data, word.size);
    } else if (isfinite(column->numbers[node])) {
        vg_buffer_double(out, column->numbers[node]);
    } else {
        vg_buffer_text(out, "null");
    }
}

/* Lineages first, then words, then numbers: the viewer colours by the first. */
static void put_facts(const struct vg_tree *tree, uint32_t node, struct vg_buffer *out)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        for (uint32_t c = 0; c < tree->n_columns; c++) {
            const struct vg_tree_column *column = &tree->columns[c];
            if (kind == (column->is_clade ? 0 : column->numbers == NULL ? 1 : 2)) {
                put_fact(column, node, out);
            }
        }
    }
}

static void put_line(const struct vg_tree *tree, const struct layout *layout, const struct kinds *kinds, uint32_t place, struct vg_buffer *name, struct vg_buffer *out)
{
    uint32_t v = layout->by_y[place];
    double width = layout->deepest == 0 ? 1 : layout->deepest;
    vg_buffer_clear(name);
    vg_tree_put_name(tree, v, name);
    vg_buffer_text(out, "{\"name\":");
    vg_buffer_json_string(out, name->data, name->size);
    vg_buffer_text(out, ",\"x_dist\":");
    vg_buffer_double(out, round(layout->depth[v] / width * 600 * 1e5) / 1e5);
    if (layout->dates != NULL) {
        vg_buffer_text(out, ",\"x_time\":");
        vg_buffer_double(out, round((layout->dates[v] - layout->dates[0]) / layout->years * 600 * 1e5) / 1e5);
    }
    vg_buffer_text(out, ",\"y\":");
    vg_buffer_double(out, round(layout->y[v] * 1e6) / 1e6);
    vg_buffer_text(out, ",\"mutations\":[");
    const char *separator = "";
    for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++, separator = ",") {
        vg_buffer_format(out, "%s%u", separator, kinds->index[tree->mutations[m]] - 1);
    }
    for (uint32_t i = 0; v == 0 && i < kinds->n_sites; i++, separator = ",") {
        vg_buffer_format(out, "%s%u", separator, kinds->n_nucleotides + i);
    }
    for (uint32_t i = kinds->acids == NULL ? 0 : kinds->acids->start[v]; kinds->acids != NULL && i < kinds->acids->start[v + 1]; i++, separator = ",") {
        vg_buffer_format(out, "%s%u", separator, number_of(kinds, &kinds->acids->changes[i]));
    }
    vg_buffer_text(out, vg_tree_is_leaf(tree, v) ? "],\"is_tip\":true" : "],\"is_tip\":false");
    put_facts(tree, v, out);
    vg_buffer_format(out, ",\"parent_id\":%u,\"node_id\":%u,\"num_tips\":%u}\n", layout->rank[v == 0 ? 0 : tree->parent[v]], place, layout->leaves[v]);
}

void write_taxonium(const struct vg_tree *tree, const struct vg_tree_write_options *options, struct output *output)
{
    struct layout layout;
    struct vg_buffer name;
    struct kinds kinds = {.index = calloc((size_t)tree->length << 4, sizeof *kinds.index), .acids = options->acids};
    kinds.sites = calloc((size_t)tree->length + 1, sizeof *kinds.sites);
    vg_buffer_init(&name, 0);
    if (kinds.index == NULL || kinds.sites == NULL || !lay_out(tree, &layout) || !sort_changes(tree, &kinds)) {
        output->status = vg_fail_memory(output->error, (size_t)tree->n_nodes * 20);
    }
    if (output->status == VG_OK && put_header(tree, options, &kinds, &output->buffer)) {
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            layout.by_y[v] = v;
        }
        lay_out_dates(tree, &layout);
        qsort_r(layout.by_y, tree->n_nodes, sizeof *layout.by_y, by_y, &layout);
        for (uint32_t place = 0; place < tree->n_nodes; place++) {
            layout.rank[layout.by_y[place]] = place;
        }
        for (uint32_t place = 0; place < tree->n_nodes && output->status == VG_OK; place++) {
            put_line(tree, &layout, &kinds, place, &name, &output->buffer);
            output_maybe_flush(output);
        }
    }
    if (kinds.index != NULL && kinds.sites != NULL) {
        free_layout(&layout);
    }
    free(kinds.index);
    free(kinds.sites);
    free(kinds.changes);
    vg_buffer_release(&name);
}
