/*
 * Bytes in and out through windows of bounded size, and what came in another order than the nodes' put into theirs.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- input */

static vg_status read_text(void *context, char *out, size_t capacity, size_t *got, struct vg_error *error)
{
    struct vg_text *at = context;
    (void)error;
    *got = at->size < capacity ? at->size : capacity;
    if (*got > 0) {
        memcpy(out, at->data, *got);
    }
    at->data += *got;
    at->size -= *got;
    return VG_OK;
}

struct vg_tree_source vg_tree_source_of(struct vg_text *at, const char *name)
{
    return (struct vg_tree_source){read_text, at, name};
}

bool input_open(struct input *input, const struct vg_tree_source *source)
{
    *input = (struct input){.source = source, .capacity = INPUT_BYTES, .data = malloc(INPUT_BYTES)};
    if (input->data == NULL) {
        (void)vg_fail_memory(&input->error, INPUT_BYTES);
    }
    return input->data != NULL;
}

void input_close(struct input *input)
{
    free(input->data);
    input->data = NULL;
}

static bool input_room(struct input *input, size_t n)
{
    if (input->at > 0) {
        memmove(input->data, input->data + input->at, input->end - input->at);
        input->before += input->at;
        input->end -= input->at;
        input->at = 0;
    }
    if (n <= input->capacity) {
        return true;
    }
    /* A length that a file states is no reason to take that much: the window doubles as bytes come. */
    size_t capacity = input->capacity * 2;
    char *data = realloc(input->data, capacity);
    if (data == NULL) {
        (void)vg_fail_memory(&input->error, capacity);
        return false;
    }
    input->data = data;
    input->capacity = capacity;
    return true;
}

bool input_need(struct input *input, size_t n)
{
    while (input->end - input->at < n) {
        size_t got = 0;
        if (input->ended || input->error.status != VG_OK) {
            return false;
        }
        if ((input->at > 0 || input->end == input->capacity) && !input_room(input, input->end - input->at == input->capacity ? n : 1)) {
            return false;
        }
        if (input->source->read(input->source->context, input->data + input->end, input->capacity - input->end, &got, &input->error) != VG_OK) {
            return false;
        }
        input->ended = got == 0;
        input->end += got;
    }
    return true;
}

bool input_line(struct input *input, size_t most, struct vg_text *line)
{
    for (size_t seen = 0;;) {
        const char *data = input->data + input->at, *found = memchr(data + seen, '\n', input->end - input->at - seen);
        size_t size = found == NULL ? input->end - input->at : (size_t)(found - data);
        if (size > most) {
            (void)vg_fail(&input->error, VG_DATA_ERROR, "%s, line %llu: a line of more than %zu bytes", input->source->name, (unsigned long long)input->n_lines + 1, most);
            return false;
        }
        seen = size;
        if (found == NULL && input_need(input, size + 1)) {
            continue;
        }
        if (found == NULL && (size == 0 || input->error.status != VG_OK)) {
            return false;
        }
        input->line_bytes = size + (found == NULL ? 0 : 1);
        *line = vg_text_of(input->data + input->at, size);
        line->size -= size > 0 && line->data[size - 1] == '\r' ? 1 : 0;
        input->at += input->line_bytes;
        input->n_lines++;
        return true;
    }
}

void input_line_again(struct input *input)
{
    input->at -= input->line_bytes;
    input->n_lines--;
}

/* ------------------------------------------------------------------ output */

static vg_status append_to_buffer(void *context, const char *data, size_t size, struct vg_error *error)
{
    struct vg_buffer *buffer = context;
    vg_buffer_append(buffer, data, size);
    return buffer->failed ? vg_fail_memory(error, buffer->size + size) : VG_OK;
}

struct vg_tree_sink vg_tree_sink_of(struct vg_buffer *out)
{
    return (struct vg_tree_sink){append_to_buffer, out};
}

void output_open(struct output *output, const struct vg_tree_sink *sink, struct vg_error *error)
{
    *output = (struct output){.sink = sink, .error = error};
    vg_buffer_init(&output->buffer, 0);
}

void output_flush(struct output *output)
{
    if (output->status == VG_OK && output->buffer.failed) {
        output->status = vg_fail_memory(output->error, output->buffer.size);
    }
    if (output->status == VG_OK && output->sink != NULL && output->buffer.size > 0) {
        output->status = output->sink->write(output->sink->context, output->buffer.data, output->buffer.size, output->error);
    }
    output->n_bytes += output->buffer.size;
    vg_buffer_clear(&output->buffer);
}

vg_status output_close(struct output *output)
{
    output_flush(output);
    vg_buffer_release(&output->buffer);
    return output->status;
}

void vg_tree_put_name(const struct vg_tree *tree, uint32_t node, struct vg_buffer *out)
{
    struct vg_text name = vg_tree_name(tree, node);
    if (name.size > 0) {
        vg_buffer_append(out, name.data, name.size);
    } else {
        vg_buffer_text(out, "node_");
        vg_buffer_integer(out, (int64_t)node + 1);
    }
}

/* ------------------------------------------------------------ out of order */

void late_init(struct late *late)
{
    memset(late, 0, sizeof *late);
    vg_buffer_init(&late->labels, UINT32_MAX - 1u);
}

void late_release(struct late *late)
{
    list32_free(&late->label_node);
    list32_free(&late->label_start);
    list32_free(&late->list_node);
    vg_buffer_release(&late->labels);
}

void late_label(struct late *late, struct parts *parts, uint32_t node, struct vg_text label)
{
    bool added = list32_add(&late->label_node, node) && list32_add(&late->label_start, (uint32_t)late->labels.size);
    vg_buffer_append(&late->labels, label.data, label.size);
    if (!added || late->labels.failed) {
        (void)parts_fail(parts, VG_SYSTEM_ERROR, "out of memory for the names of %zu nodes", parts->parent.n);
    }
}

static bool merge_labels(struct late *late, struct parts *parts)
{
    size_t n = parts->parent.n;
    struct vg_buffer names;
    uint32_t *label = calloc(n, sizeof *label); /* index + 1 */
    vg_buffer_init(&names, UINT32_MAX - 1u);
    bool done = label != NULL && vg_buffer_reserve(&names, parts->names.size + late->labels.size) && list32_add(&late->label_start, (uint32_t)late->labels.size);
    for (size_t i = 0; done && i < late->label_node.n; i++) {
        label[late->label_node.items[i]] = (uint32_t)i + 1;
    }
    for (size_t v = 0; done && v < n; v++) {
        uint32_t start = parts->name_start.items[v], end = v + 1 < n ? parts->name_start.items[v + 1] : (uint32_t)parts->names.size;
        parts->name_start.items[v] = (uint32_t)names.size;
        if (label[v] != 0) {
            start = late->label_start.items[label[v] - 1];
            vg_buffer_append(&names, late->labels.data + start, late->label_start.items[label[v]] - start);
        } else if (end > start) {
            vg_buffer_append(&names, parts->names.data + start, end - start);
        }
    }
    free(label);
    if (done) {
        vg_buffer_release(&parts->names);
        parts->names = names;
    } else {
        vg_buffer_release(&names);
    }
    return done;
}

static bool order_lists(struct late *late, struct parts *parts)
{
    size_t n = parts->parent.n, n_lists = late->list_node.n;
    struct list32 starts = {0}, mutations = {0};
    uint32_t *list = calloc(n, sizeof *list); /* index + 1 */
    bool done = list != NULL && list32_add(&parts->mutation_start, (uint32_t)parts->mutations.n);
    for (size_t i = 0; done && i < n_lists; i++) {
        list[late->list_node.items[i]] = (uint32_t)i + 1;
    }
    for (size_t v = 0; done && v < n; v++) {
        done = list32_add(&starts, (uint32_t)mutations.n);
        for (uint32_t m = list[v] == 0 ? 0 : parts->mutation_start.items[list[v] - 1]; done && list[v] != 0 && m < parts->mutation_start.items[list[v]]; m++) {
            done = list32_add(&mutations, parts->mutations.items[m]);
        }
    }
    free(list);
    list32_free(&parts->mutation_start);
    list32_free(&parts->mutations);
    parts->mutation_start = starts;
    parts->mutations = mutations;
    return done;
}

void late_settle(struct late *late, struct parts *parts)
{
    bool in_order = true;
    if (parts->failure.status != VG_OK || parts->parent.n == 0) {
        return;
    }
    for (size_t i = 0; i < late->list_node.n && in_order; i++) {
        in_order = late->list_node.items[i] == i;
    }
    if ((late->label_node.n > 0 && !merge_labels(late, parts)) || (!in_order && !order_lists(late, parts))) {
        (void)parts_fail(parts, VG_SYSTEM_ERROR, "out of memory for a tree of %zu nodes", parts->parent.n);
    }
}

/* ------------------------------------------------------------------- forms */

static const char *const form_names[VG_TREE_FORM_COUNT] = {"protobuf", "auspice", "newick", "taxonium", "vigia"};

const char *vg_tree_form_name(enum vg_tree_form form)
{
    return form_names[form];
}

vg_status vg_tree_read(enum vg_tree_form form, const struct vg_tree_source *source, struct vg_tree **tree, struct vg_error *error)
{
    typedef vg_status read_form(struct input *, struct parts *, struct late *);
    static read_form *const readers[VG_TREE_FORM_COUNT] = {read_protobuf, read_auspice, read_newick, read_taxonium, NULL};
    struct input input;
    struct parts parts;
    struct late late;
    *tree = NULL;
    if (form >= VG_TREE_OWN) {
        return vg_fail(error, VG_USAGE_ERROR, "this form of a tree is mapped, not read");
    }
    parts_init(&parts);
    late_init(&late);
    vg_status status = input_open(&input, source) ? readers[form](&input, &parts, &late) : VG_SYSTEM_ERROR;
    if (input.error.status != VG_OK) {
        status = vg_fail(error, input.error.status, "%s", input.error.message);
    } else if (status == VG_OK) {
        late_settle(&late, &parts);
        late_release(&late);
        late_init(&late);
        status = parts_finish(&parts, tree, error);
    } else {
        status = vg_fail(error, parts.failure.status, "%s", parts.failure.message);
    }
    if (status != VG_OK && input.error.status == VG_OK) {
        (void)vg_fail_context(error, "%s: ", source->name);
    }
    input_close(&input);
    late_release(&late);
    parts_release(&parts);
    return status;
}

vg_status vg_tree_write(const struct vg_tree *tree, enum vg_tree_form form, const struct vg_tree_write_options *options, const struct vg_tree_sink *sink,
                        struct vg_error *error)
{
    static const struct vg_tree_write_options defaults = {.updated = VG_DATE_NONE};
    struct output output;
    options = options == NULL ? &defaults : options;
    output_open(&output, sink, error);
    switch (form) {
    case VG_TREE_PROTOBUF: write_protobuf(tree, &output); break;
    case VG_TREE_AUSPICE: write_auspice(tree, options, &output); break;
    case VG_TREE_NEWICK: write_newick(tree, false, &output); break;
    case VG_TREE_TAXONIUM: write_taxonium(tree, options, &output); break;
    default: write_own(tree, &output); break;
    }
    return output_close(&output);
}

/* A field 1 with a length and a Newick tree of that length, as far as can be seen. */
static bool looks_like_protobuf(const char *data, size_t size)
{
    uint64_t length = 0;
    size_t at = 1;
    for (unsigned shift = 0; at < size && shift < 63; shift += 7) {
        length |= (uint64_t)((unsigned char)data[at] & 127) << shift;
        if ((unsigned char)data[at++] < 128) {
            return length > 0 && at < size && (length <= size - at ? data[at + length - 1] == ';' : length > 127 || data[at] == '(');
        }
    }
    return false;
}

/* Taxonium's first line has mutations, and neither a tree nor what a tree's file says of itself. */
static bool looks_like_taxonium(const char *data, size_t size)
{
    const char *line_end = memchr(data, '\n', size);
    size_t line = line_end == NULL ? size : (size_t)(line_end - data), head = line < 65536 ? line : 65536;
    return memmem(data, line, "\"mutations\"", 11) != NULL && memmem(data, head, "\"tree\"", 6) == NULL && memmem(data, head, "\"meta\"", 6) == NULL &&
           memmem(data, line, "\"node_attrs\"", 12) == NULL;
}

bool vg_tree_form_of(const char *data, size_t size, enum vg_tree_form *form)
{
    size_t at = 0, end = size;
    while (at < size && strchr(" \t\r\n", data[at]) != NULL) {
        at++;
    }
    while (end > at && strchr(" \t\r\n", data[end - 1]) != NULL) {
        end--;
    }
    if (size >= 8 && memcmp(data, "VGTREE1\n", 8) == 0) {
        *form = VG_TREE_OWN;
    } else if (size > 2 && data[0] == '\x0A' && looks_like_protobuf(data, size)) {
        *form = VG_TREE_PROTOBUF;
    } else if (at < size && data[at] == '{') {
        *form = looks_like_taxonium(data + at, size - at) ? VG_TREE_TAXONIUM : VG_TREE_AUSPICE;
    } else if (at < size && (data[at] == '(' || data[end - 1] == ';')) {
        *form = VG_TREE_NEWICK;
    } else {
        return false;
    }
    return true;
}
