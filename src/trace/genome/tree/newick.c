/*
 * Newick a piece at a time, without recursion: brackets, names (quoted or not), lengths, comments in square brackets. A node's number is given when its bracket opens,
 * its name is known when it closes.
 */
#include "trace/genome/tree/internal.h"

#include <string.h>

/* What may come: a subtree; a label, length, comma or closing bracket; within a label, a quoted label (and behind a quote in it), a length, a comment; nothing. */
enum { SUBTREE, BEHIND, LABEL, QUOTED, QUOTE, LENGTH, COMMENT, DONE };

void newick_start(struct newick *newick, struct parts *parts, struct late *late, bool lengths)
{
    *newick = (struct newick){.parts = parts, .late = late, .open = VG_TREE_NONE, .newest = VG_TREE_NONE, .state = SUBTREE, .lengths = lengths, .length_column = VG_TREE_NONE};
    vg_buffer_init(&newick->token, 1 << 16);
}

void newick_release(struct newick *newick)
{
    vg_buffer_release(&newick->token);
}

static bool fail_at(struct newick *newick, const char *what)
{
    (void)parts_fail(newick->parts, VG_DATA_ERROR, "byte %llu of the Newick tree: %s", (unsigned long long)newick->position + 1, what);
    return false;
}

static bool end_token(struct newick *newick)
{
    struct vg_text text = {newick->token.data, newick->token.size};
    while (newick->state == LABEL && !newick->quoted && text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    struct parts *parts = newick->parts;
    if (newick->token.failed) {
        return fail_at(newick, "a name or length of more than 65,536 letters");
    }
    if (newick->state == LENGTH) {
        double length;
        if (!vg_parse_double(text, '.', &length)) {
            return fail_at(newick, "this is no length");
        }
        if (newick->lengths) {
            newick->length_column = newick->length_column != VG_TREE_NONE ? newick->length_column : parts_column(parts, vg_text_from("branch_length"), false, true);
            parts_number(parts, newick->length_column, newick->newest, length);
        }
    } else {
        if (newick->named) {
            return fail_at(newick, "a second name of the same node");
        }
        newick->named = true;
        newick->quoted = false;
        if (newick->newest == VG_TREE_NONE) {
            newick->newest = parts_node(parts, newick->open, text);
        } else {
            late_label(newick->late, parts, newick->newest, text);
        }
    }
    vg_buffer_clear(&newick->token);
    newick->state = BEHIND;
    return parts->failure.status == VG_OK;
}

/* Blanks within a name belong to it, as UShER's trees have them. */
static const bool is_structure[256] = {['('] = true, [')'] = true, [','] = true, [':'] = true, [';'] = true, ['['] = true, ['\''] = true, ['\n'] = true, ['\r'] = true, ['\t'] = true};

/* At the place of a subtree: a bracket, a name, or nothing, which is a leaf without a name. */
static bool take_at_subtree(struct newick *newick, char c)
{
    if (c == '(') {
        newick->open = parts_node(newick->parts, newick->open, vg_text_of(NULL, 0));
        return newick->parts->failure.status == VG_OK;
    }
    if (c == ')' || c == ',' || c == ';' || c == ':') {
        return fail_at(newick, "a leaf without a name");
    }
    newick->newest = VG_TREE_NONE;
    newick->named = false;
    newick->quoted = c == '\'';
    newick->state = c == '\'' ? QUOTED : LABEL;
    if (c != '\'') {
        vg_buffer_char(&newick->token, c);
    }
    return true;
}

static bool take_behind(struct newick *newick, char c)
{
    switch (c) {
    case ',':
        if (newick->open == VG_TREE_NONE) {
            return fail_at(newick, "a second tree, or a bracket too few");
        }
        newick->state = SUBTREE;
        return true;
    case ')':
        if (newick->open == VG_TREE_NONE) {
            return fail_at(newick, "a closing bracket too many");
        }
        newick->newest = newick->open;
        newick->named = false;
        newick->open = newick->parts->parent.items[newick->open];
        return true;
    case ':':
        newick->state = LENGTH;
        return true;
    case ';':
        newick->state = DONE;
        return newick->open == VG_TREE_NONE || fail_at(newick, "the tree ends where a bracket is open");
    case '(':
        return fail_at(newick, "an opening bracket where a comma should be");
    default:
        newick->quoted = c == '\'';
        newick->state = c == '\'' ? QUOTED : LABEL;
        if (c != '\'') {
            vg_buffer_char(&newick->token, c);
        }
        return true;
    }
}

/* Letters of a label or length up to what ends it, at once. */
static size_t run_of_letters(const char *data, size_t size)
{
    size_t n = 0;
    while (n < size && !is_structure[(unsigned char)data[n]]) {
        n++;
    }
    return n;
}

/* One byte outside labels, or the end of one. *taken false: the byte is to be seen again. */
static bool take(struct newick *newick, char c, bool *taken)
{
    bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    *taken = true;
    switch (newick->state) {
    case QUOTED:
        if (c == '\'') {
            newick->state = QUOTE;
        } else {
            vg_buffer_char(&newick->token, c);
        }
        return !newick->token.failed || fail_at(newick, "a name of more than 65,536 letters");
    case QUOTE:
        if (c == '\'') {
            vg_buffer_char(&newick->token, c);
            newick->state = QUOTED;
            return true;
        }
        *taken = false;
        newick->state = LABEL;
        return end_token(newick);
    case LABEL:
    case LENGTH:
        if (newick->state == LENGTH && blank && newick->token.size == 0) {
            return true;
        }
        *taken = false;
        return end_token(newick);
    case COMMENT:
        newick->state = c == ']' ? BEHIND : COMMENT;
        return true;
    case DONE:
        return blank || fail_at(newick, "something behind the tree's semicolon");
    default:
        if (blank) {
            return true;
        }
        if (c == '[') {
            if (newick->state == SUBTREE) {
                return fail_at(newick, "a comment where a subtree should be");
            }
            newick->state = COMMENT;
            return true;
        }
        return newick->state == SUBTREE ? take_at_subtree(newick, c) : take_behind(newick, c);
    }
}

bool newick_feed(struct newick *newick, const char *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        bool taken = true;
        if (newick->state == LABEL || newick->state == LENGTH) {
            size_t n = run_of_letters(data + at, size - at);
            vg_buffer_append(&newick->token, data + at, n);
            at += n;
            newick->position += n;
            if (at == size) {
                break;
            }
        }
        if (!take(newick, data[at], &taken)) {
            return false;
        }
        at += taken ? 1 : 0;
        newick->position += taken ? 1 : 0;
    }
    return true;
}

bool newick_end(struct newick *newick)
{
    if ((newick->state == LABEL || newick->state == LENGTH || newick->state == QUOTE) && !end_token(newick)) {
        return false;
    }
    if (newick->parts->parent.n == 0) {
        return fail_at(newick, "there is no tree");
    }
    return (newick->open == VG_TREE_NONE && (newick->state == DONE || newick->state == BEHIND)) || fail_at(newick, "the tree is cut off");
}

vg_status read_newick(struct input *input, struct parts *parts, struct late *late)
{
    struct newick newick;
    newick_start(&newick, parts, late, true);
    bool taken = true;
    while (taken && input_has(input, 1)) {
        taken = newick_feed(&newick, input->data + input->at, input->end - input->at);
        input->at = input->end;
    }
    if (taken && input->error.status == VG_OK) {
        (void)newick_end(&newick);
    }
    newick_release(&newick);
    return parts->failure.status;
}

/* ------------------------------------------------------------------- write */

/* UShER knows no quotation marks: within its files only what cannot do without has them. */
static void write_label(const struct vg_tree *tree, uint32_t node, bool for_usher, struct vg_buffer *out)
{
    struct vg_text name = vg_tree_name(tree, node);
    bool plain = run_of_letters(name.data, name.size) == name.size && (for_usher || memchr(name.data, ' ', name.size) == NULL);
    if (name.size == 0 || (plain && name.data[0] != ' ' && name.data[name.size - 1] != ' ')) {
        vg_tree_put_name(tree, node, out);
        return;
    }
    vg_buffer_char(out, '\'');
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '\'') {
            vg_buffer_char(out, '\'');
        }
        vg_buffer_char(out, name.data[i]);
    }
    vg_buffer_char(out, '\'');
}

static void write_ending(const struct vg_tree *tree, uint32_t node, bool for_usher, struct vg_buffer *out)
{
    write_label(tree, node, for_usher, out);
    vg_buffer_char(out, ':');
    vg_buffer_integer(out, (int64_t)tree->mutation_start[node + 1] - tree->mutation_start[node]);
}

/* Lengths are numbers of mutations. */
void write_newick(const struct vg_tree *tree, bool for_usher, struct output *output)
{
    struct vg_buffer *out = &output->buffer;
    for (uint32_t v = 0; v < tree->n_nodes && output->status == VG_OK; v++) {
        if (!vg_tree_is_leaf(tree, v)) {
            vg_buffer_char(out, '(');
            continue;
        }
        write_ending(tree, v, for_usher, out);
        uint32_t above = v;
        while (above != 0 && tree->end[tree->parent[above]] == v + 1) {
            above = tree->parent[above];
            vg_buffer_char(out, ')');
            write_ending(tree, above, for_usher, out);
        }
        vg_buffer_char(out, above == 0 ? ';' : ',');
        output_maybe_flush(output);
    }
}
