/*
 * Auspice JSON v2 read (nextstrain/augur, schema-export-v2), as Nextstrain, Nextclade and augur write it. Nodes come nested; keys of a node may come in any order.
 * Mutations from and to a gap, an entry a site, become deletions that come and go, the base before the gap going on below it; those to an ambiguous base are counted and
 * left out. Insertions have no place in the schema's mutations: those that Vigia writes are a label of the branch.
 */
#include "trace/genome/tree/json.h"

#include <math.h>
#include <string.h>

struct reading {
    struct json json;
    struct parts *parts;
    struct late *late;
    uint32_t n_sites;             /* of the annotation */
    struct vg_buffer reference;   /* root_sequence */
    uint32_t n_clade_names;
    struct vg_text clade_names[64]; /* attributes that hold of descendants, as Nextclade says */
    struct vg_arena arena;
};

/* ---------------------------------------------------------------- mutations */

static bool take_mutation(struct reading *reading, uint32_t node)
{
    struct vg_text text = json_text(&reading->json);
    int64_t position;
    if (text.size < 3 || !vg_parse_integer(vg_text_of(text.data + 1, text.size - 2), &position) || position < 1 || position > VG_GENOME_LENGTH_MAX ||
        vg_base_set_of_letter(text.data[0]) == 0 || vg_base_set_of_letter(text.data[text.size - 1]) == 0) {
        return json_fault(&reading->json, "a mutation of nucleotides is not written as a base, a position from 1 on and a base");
    }
    int from = vg_base_of_letter(text.data[0]), to = vg_base_of_letter(text.data[text.size - 1]);
    bool was_deleted = text.data[0] == '-', is_deleted = text.data[text.size - 1] == '-';
    if (was_deleted != is_deleted) {
        parts_gap(reading->parts, node, (uint32_t)position - 1, 1, vg_text_of(NULL, 0), is_deleted);
    }
    if (to < 0) {
        reading->parts->n_ignored += is_deleted ? 0 : 1;
    } else {
        parts_mutation(reading->parts, (uint32_t)position - 1, from < 0 ? FROM_UNTOLD : (unsigned)from, (unsigned)to);
    }
    return reading->parts->failure.status == VG_OK;
}

static bool take_mutations(struct reading *reading, uint32_t node)
{
    struct json *json = &reading->json;
    bool first = true;
    parts_begin_mutations(reading->parts);
    if (!list32_add(&reading->late->list_node, node)) {
        (void)parts_fail(reading->parts, VG_SYSTEM_ERROR, "out of memory for a tree");
        return false;
    }
    if (!json_expect(json, '[')) {
        return false;
    }
    for (int token = json_element(json, &first); token != JSON_END; token = json_element(json, &first)) {
        if (token != JSON_STRING) {
            return json_fault(json, "a mutation is not a text");
        }
        if (!take_mutation(reading, node)) {
            return false;
        }
    }
    return json_fine(json);
}

/* "22204:GAGCCAGAA, lost 6696:CTG": what is not written so is somebody else's label. */
static bool take_insertions(struct reading *reading, uint32_t node, struct vg_text text)
{
    static const char lost[] = "lost ";
    while (text.size > 0 && reading->parts->failure.status == VG_OK) {
        const char *comma = memchr(text.data, ',', text.size);
        size_t size = comma == NULL ? text.size : (size_t)(comma - text.data);
        struct vg_text one = vg_text_trim(vg_text_of(text.data, size));
        bool gained = one.size < sizeof lost || memcmp(one.data, lost, sizeof lost - 1) != 0;
        struct vg_gap_list list = {0};
        one = gained ? one : vg_text_of(one.data + sizeof lost - 1, one.size - sizeof lost + 1);
        text = comma == NULL ? vg_text_of(NULL, 0) : vg_text_of(comma + 1, text.size - size - 1);
        if (vg_gap_list_read(one, &reading->arena, &list) && list.n_insertions == 1 && list.n_deletions == 0) {
            parts_gap(reading->parts, node, list.insertions[0].position, 0, vg_text_of(list.insertions[0].letters, list.insertions[0].length), gained);
        }
    }
    return reading->parts->failure.status == VG_OK;
}

static bool take_labels(struct reading *reading, uint32_t node)
{
    struct json *json = &reading->json;
    bool first = true;
    int token = json_next(json);
    if (token != '{') {
        return json_skip(json, token);
    }
    while (json_key(json, &first)) {
        bool insertions = json_is(json, "insertions");
        token = json_next(json);
        if (!(insertions && token == JSON_STRING ? take_insertions(reading, node, json_text(json)) : json_skip(json, token))) {
            return false;
        }
    }
    return json_fine(json);
}

static bool take_branch(struct reading *reading, uint32_t node)
{
    struct json *json = &reading->json;
    bool first = true;
    if (!json_expect(json, '{')) {
        return false;
    }
    while (json_key(json, &first)) {
        bool inner = true, labels = json_is(json, "labels");
        if (!json_is(json, "mutations")) {
            if (!(labels ? take_labels(reading, node) : json_skip(json, json_next(json)))) {
                return false;
            }
            continue;
        }
        if (!json_expect(json, '{')) {
            return false;
        }
        while (json_key(json, &inner)) {
            if (!(json_is(json, "nuc") ? take_mutations(reading, node) : json_skip(json, json_next(json)))) {
                return false;
            }
        }
    }
    return json_fine(json);
}

/* -------------------------------------------------------------------- facts */

static bool is_clade_name(const struct reading *reading, struct vg_text name)
{
    for (uint32_t i = 0; i < reading->n_clade_names; i++) {
        if (vg_text_equal(reading->clade_names[i], name)) {
            return true;
        }
    }
    return vg_text_equals(name, "clade_membership") || vg_text_equals(name, "pango_lineage") || vg_text_equals(name, "lineage");
}

static void take_value(struct reading *reading, uint32_t node, struct vg_text name, int token)
{
    double number = NAN;
    if (token == JSON_STRING) {
        if (reading->json.text.size > 0) {
            parts_word(reading->parts, parts_column(reading->parts, name, is_clade_name(reading, name), false), node, json_text(&reading->json));
        }
    } else if (token == JSON_NUMBER && vg_parse_double(json_text(&reading->json), '.', &number)) {
        parts_number(reading->parts, parts_column(reading->parts, name, false, true), node, number);
    }
}

/* The interval of a date as two columns beside it; every other confidence is left out. */
static bool take_confidence(struct reading *reading, uint32_t node, struct vg_text name, int token)
{
    static const char *const ends[] = {"num_date_low", "num_date_high"};
    struct json *json = &reading->json;
    bool first = true;
    if (token != '[' || !vg_text_equals(name, "num_date")) {
        return json_skip(json, token);
    }
    for (int i = 0; (token = json_element(json, &first)) != JSON_END; i++) {
        if (i < 2 && token == JSON_NUMBER) {
            take_value(reading, node, vg_text_from(ends[i]), token);
        }
        if (!json_skip(json, token)) {
            return false;
        }
    }
    return json_fine(json);
}

/* A number, a text, or an object with its "value". */
static bool take_fact(struct reading *reading, uint32_t node, struct vg_text name)
{
    struct json *json = &reading->json;
    int token = json_next(json);
    bool first = true;
    if (token != '{') {
        take_value(reading, node, name, token);
        return json_skip(json, token);
    }
    while (json_key(json, &first)) {
        bool is_value = json_is(json, "value"), is_confidence = json_is(json, "confidence");
        int inner = json_next(json);
        if (is_value) {
            take_value(reading, node, name, inner);
        }
        if (!(is_confidence ? take_confidence(reading, node, name, inner) : json_skip(json, inner))) {
            return false;
        }
    }
    return json_fine(json);
}

static bool take_facts(struct reading *reading, uint32_t node)
{
    struct json *json = &reading->json;
    bool first = true;
    char name[256];
    if (!json_expect(json, '{')) {
        return false;
    }
    while (json_key(json, &first)) {
        if (json->text.size > sizeof name) {
            return json_fault(json, "the name of an attribute has more than 256 letters");
        }
        size_t size = json->text.size;
        memcpy(name, json->text.data, size);
        bool derived = size == 3 && memcmp(name, "div", 3) == 0; /* the number of mutations above: known without */
        if (!(derived ? json_skip(json, json_next(json)) : take_fact(reading, node, vg_text_of(name, size)))) {
            return false;
        }
    }
    return json_fine(json);
}

/* --------------------------------------------------------------------- tree */

/* What is in the braces of a node up to its children, or its end: *open tells whether children follow. */
static bool take_node(struct reading *reading, uint32_t node, bool *first, bool *open)
{
    struct json *json = &reading->json;
    *open = false;
    while (json_key(json, first)) {
        bool taken = true;
        if (json_is(json, "children")) {
            *open = json_expect(json, '[');
            return *open;
        }
        if (json_is(json, "name")) {
            taken = json_next(json) == JSON_STRING || json_fault(json, "the name of a node is not a text");
            if (taken) {
                late_label(reading->late, reading->parts, node, json_text(json));
            }
        } else if (json_is(json, "node_attrs")) {
            taken = take_facts(reading, node);
        } else if (json_is(json, "branch_attrs")) {
            taken = take_branch(reading, node);
        } else {
            taken = json_skip(json, json_next(json));
        }
        if (!taken) {
            return false;
        }
    }
    return json_fine(json);
}

/* Nodes by a loop, as trees are nested deeper than a stack should be. */
static bool take_tree(struct reading *reading)
{
    struct json *json = &reading->json;
    struct parts *parts = reading->parts;
    int token = json_next(json);
    if (token == '[') {
        return json_fault(json, "the file has several trees in one; give them one by one");
    }
    if (token != '{') {
        return json_fault(json, "\"tree\" is no object");
    }
    uint32_t node = parts_node(parts, VG_TREE_NONE, vg_text_of(NULL, 0));
    bool first_key = true, open = false;
    while (take_node(reading, node, &first_key, &open)) {
        bool first_child = open;
        if (!open && node == 0) {
            return true;
        }
        node = open ? node : parts->parent.items[node]; /* whose children are being read */
        token = json_element(json, &first_child);
        if (token == '{') {
            node = parts_node(parts, node, vg_text_of(NULL, 0));
        } else if (token != JSON_END) {
            return json_fault(json, "a child is no object");
        }
        first_key = token == '{';
    }
    return false;
}

/* --------------------------------------------------------------------- meta */

static bool take_annotations(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true, inner = true;
    double end;
    int token = json_next(json);
    if (token != '{') {
        return json_skip(json, token);
    }
    while (json_key(json, &first)) {
        bool nuc = json_is(json, "nuc");
        token = json_next(json);
        if (!nuc || token != '{') {
            if (!json_skip(json, token)) {
                return false;
            }
            continue;
        }
        while (json_key(json, &inner)) {
            bool is_end = json_is(json, "end");
            token = json_next(json);
            if (is_end && token == JSON_NUMBER && vg_parse_double(json_text(json), '.', &end) && end >= 1 && end <= VG_GENOME_LENGTH_MAX) {
                reading->n_sites = (uint32_t)end;
            }
            if (!json_skip(json, token)) {
                return false;
            }
        }
    }
    return json_fine(json);
}

/* Goes into objects of these names, one in the other; true where the innermost value is what comes next. False: it was skipped, or a fault. */
static bool take_clade_names(struct reading *reading, int depth)
{
    static const char *const way[] = {"extensions", "nextclade", "clade_node_attrs"};
    struct json *json = &reading->json;
    bool first = true;
    int token = json_next(json);
    if (depth < 3) {
        if (token != '{') {
            return json_skip(json, token);
        }
        while (json_key(json, &first)) {
            if (!(json_is(json, way[depth]) ? take_clade_names(reading, depth + 1) : json_skip(json, json_next(json)))) {
                return false;
            }
        }
        return json_fine(json);
    }
    if (token != '[') {
        return json_skip(json, token);
    }
    for (token = json_element(json, &first); token != JSON_END; token = json_element(json, &first)) {
        bool inner = true;
        while (token == '{' && json_key(json, &inner)) {
            bool name = json_is(json, "name");
            int value = json_next(json);
            if (name && value == JSON_STRING && reading->n_clade_names < 64) {
                char *copy = vg_arena_copy_bytes(&reading->arena, json->text.data, json->text.size);
                reading->clade_names[reading->n_clade_names++] = vg_text_of(copy, copy == NULL ? 0 : json->text.size);
            }
            if (!json_skip(json, value)) {
                return false;
            }
        }
        if (token != '{' && !json_skip(json, token)) {
            return false;
        }
    }
    return json_fine(json);
}

static bool take_meta(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true;
    if (!json_expect(json, '{')) {
        return false;
    }
    while (json_key(json, &first)) {
        bool taken = json_is(json, "genome_annotations") ? take_annotations(reading) : json_is(json, "extensions") ? take_clade_names(reading, 1)
                                                                                                                    : json_skip(json, json_next(json));
        if (!taken) {
            return false;
        }
    }
    return json_fine(json);
}

static bool take_root_sequence(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true;
    int token = json_next(json);
    if (token != '{') {
        return json_skip(json, token);
    }
    while (json_key(json, &first)) {
        bool nuc = json_is(json, "nuc");
        token = json_next(json);
        if (nuc && token == JSON_STRING) {
            for (size_t i = 0; i < json->text.size; i++) {
                if (vg_base_set_of_letter(json->text.data[i]) == 0) {
                    return json_fault(json, "root_sequence's nuc has a letter that is no base: are these amino acids?");
                }
            }
            vg_buffer_clear(&reading->reference);
            vg_buffer_append(&reading->reference, json->text.data, json->text.size);
        }
        if (!json_skip(json, token)) {
            return false;
        }
    }
    return json_fine(json);
}

static void read_top(struct reading *reading)
{
    struct json *json = &reading->json;
    bool first = true, has_tree = false, taken = json_expect(json, '{');
    while (taken && json_key(json, &first)) {
        if (json_is(json, "version")) {
            taken = json_next(json) == JSON_STRING && (json_is(json, "v2") || json_fault(json, "this is Auspice JSON of another version than v2"));
        } else if (json_is(json, "meta")) {
            taken = take_meta(reading);
        } else if (json_is(json, "tree")) {
            taken = !has_tree ? take_tree(reading) : json_fault(json, "a second tree");
            has_tree = true;
        } else if (json_is(json, "root_sequence")) {
            taken = take_root_sequence(reading);
        } else {
            taken = json_skip(json, json_next(json));
        }
    }
    if (json_fine(json) && (!taken || !has_tree)) {
        (void)json_fault(json, "there is no \"tree\": this is no Auspice JSON v2");
    } else if (json_fine(json) && json_next(json) != JSON_END) {
        (void)json_fault(json, "something behind the end of the tree's JSON");
    }
}

vg_status read_auspice(struct input *input, struct parts *parts, struct late *late)
{
    struct reading reading = {.parts = parts, .late = late};
    json_open(&reading.json, input, parts);
    vg_buffer_init(&reading.reference, 0);
    vg_arena_init(&reading.arena, 0);
    read_top(&reading);
    if (parts->failure.status == VG_OK && reading.reference.size > 0) {
        parts_reference(parts, vg_text_of(NULL, 0), vg_text_of(reading.reference.data, reading.reference.size));
    } else if (parts->failure.status == VG_OK && reading.n_sites > parts->length) {
        parts_length(parts, reading.n_sites);
    }
    vg_buffer_release(&reading.reference);
    vg_arena_release(&reading.arena);
    json_close(&reading.json);
    return parts->failure.status;
}
