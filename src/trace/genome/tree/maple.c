/*
 * Genomes as differences from a reference: MAPLE's files, and the change of reference.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX ((size_t)4 << 20) /* a reference on one line */

struct difference_list {
    struct vg_genome_difference *items;
    size_t n, capacity;
};

struct vg_maple_reader {
    struct input input;
    struct vg_tree_source source;
    struct difference_list list;
    struct vg_buffer reference;
    struct vg_arena arena;       /* the reference's name */
    uint32_t length;             /* of the reference; 0: not known */
    bool at_name;                /* `name` holds the record's that comes next */
    struct vg_buffer name;
};

static bool list_add(struct difference_list *list, struct vg_genome_difference item)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
        struct vg_genome_difference *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = item;
    return true;
}

/* The next line; false at the end of the file, and on a fault, which is then told. */
static bool next_line(struct vg_maple_reader *reader, struct vg_text *line, struct vg_error *error, vg_status *status)
{
    bool found = input_line(&reader->input, LINE_BYTES_MAX, line);
    *status = found || reader->input.error.status == VG_OK ? VG_OK : vg_fail(error, reader->input.error.status, "%s", reader->input.error.message);
    return found;
}

static vg_status fail_line(const struct vg_maple_reader *reader, struct vg_error *error, const char *what)
{
    return vg_fail(error, VG_DATA_ERROR, "%s, line %llu: %s", reader->source.name, (unsigned long long)reader->input.n_lines, what);
}

/* ">name" of the next record into reader->name. */
static vg_status take_name(struct vg_maple_reader *reader, struct vg_text line, struct vg_error *error)
{
    struct vg_text name = vg_text_trim(vg_text_of(line.data + 1, line.size - 1));
    if (name.size == 0) {
        return fail_line(reader, error, "a genome without a name");
    }
    vg_buffer_clear(&reader->name);
    vg_buffer_append(&reader->name, name.data, name.size);
    reader->at_name = true;
    return reader->name.failed ? vg_fail_memory(error, name.size) : VG_OK;
}

static vg_status take_difference(struct vg_maple_reader *reader, struct vg_text line, struct vg_error *error)
{
    const char *tab = memchr(line.data, '\t', line.size), *second = tab == NULL ? NULL : memchr(tab + 1, '\t', line.size - (size_t)(tab + 1 - line.data));
    size_t position_end = second == NULL ? line.size : (size_t)(second - line.data);
    int64_t position = 0, length = 1;
    uint8_t base = tab == line.data + 1 ? vg_base_set_of_letter(line.data[0]) : 0;
    if (base == 0) {
        return fail_line(reader, error, "expected a base, a tab and a position, as MAPLE's form has them");
    }
    if (!vg_parse_integer(vg_text_of(tab + 1, position_end - 2), &position) || position < 1 ||
        (second != NULL && (!vg_parse_integer(vg_text_of(second + 1, line.size - position_end - 1), &length) || length < 1))) {
        return fail_line(reader, error, "a position or length that is no number from 1 on");
    }
    int64_t sites = reader->length == 0 ? VG_GENOME_LENGTH_MAX : reader->length;
    if (position > sites || length > sites - position + 1) {
        return vg_fail(error, VG_DATA_ERROR, "%s, line %llu: position %lld, %lld long, is beyond the %lld sites of the reference", reader->source.name,
                       (unsigned long long)reader->input.n_lines, (long long)position, (long long)length, (long long)sites);
    }
    if (length > 1 && base != VG_BASE_ANY && base != VG_BASE_DELETED) {
        return fail_line(reader, error, "only n and - can be runs");
    }
    return list_add(&reader->list, (struct vg_genome_difference){(uint32_t)position - 1, (uint32_t)length, base}) ? VG_OK : vg_fail_memory(error, reader->list.n * 12);
}

static vg_status read_reference(struct vg_maple_reader *reader, struct vg_text line, struct vg_genome_reference *reference, struct vg_error *error)
{
    vg_status status = VG_OK;
    char *name = vg_arena_copy_bytes(&reader->arena, reader->name.data, reader->name.size);
    do {
        if (line.size > VG_GENOME_LENGTH_MAX - reader->reference.size) {
            return vg_fail(error, VG_DATA_ERROR, "%s, line %llu: the reference has more than %u sites", reader->source.name, (unsigned long long)reader->input.n_lines, VG_GENOME_LENGTH_MAX);
        }
        for (size_t i = 0; i < line.size; i++) {
            uint8_t set = vg_base_set_of_letter(line.data[i]);
            if (set == 0) {
                return vg_fail(error, VG_DATA_ERROR, "%s, line %llu: the reference has a letter that is no base (byte %zu of the line)", reader->source.name,
                               (unsigned long long)reader->input.n_lines, i + 1);
            }
            vg_buffer_char(&reader->reference, (set & (set - 1)) != 0 || set == VG_BASE_DELETED ? 'N' : vg_letter_of_base_set(set));
        }
        reader->at_name = false;
    } while (next_line(reader, &line, error, &status) && !(line.size > 0 && line.data[0] == '>'));
    if (status != VG_OK) {
        return status;
    }
    if (reader->reference.failed || name == NULL) {
        return vg_fail_memory(error, reader->reference.size);
    }
    reader->length = (uint32_t)reader->reference.size;
    *reference = (struct vg_genome_reference){vg_text_of(name, reader->name.size), reader->reference.data, reader->length};
    return line.size > 0 && line.data[0] == '>' ? take_name(reader, line, error) : VG_OK;
}

vg_status vg_maple_open(const struct vg_tree_source *source, struct vg_maple_reader **out, struct vg_genome_reference *reference, struct vg_error *error)
{
    struct vg_maple_reader *reader = calloc(1, sizeof *reader);
    struct vg_text line;
    vg_status status = VG_OK;
    *out = reader;
    *reference = (struct vg_genome_reference){.length = 0};
    if (reader == NULL) {
        return vg_fail_memory(error, sizeof *reader);
    }
    reader->source = *source;
    vg_buffer_init(&reader->reference, 0);
    vg_buffer_init(&reader->name, 0);
    vg_arena_init(&reader->arena, 0);
    if (!input_open(&reader->input, &reader->source)) {
        status = vg_fail(error, VG_SYSTEM_ERROR, "%s", reader->input.error.message);
    } else if (next_line(reader, &line, error, &status)) {
        status = line.size > 0 && line.data[0] == '>' ? take_name(reader, line, error) : fail_line(reader, error, "a MAPLE file starts with > and a name");
    } else if (status == VG_OK) {
        status = vg_fail(error, VG_DATA_ERROR, "%s is empty", source->name);
    }
    if (status == VG_OK && next_line(reader, &line, error, &status)) {
        if (line.size > 0 && line.data[0] != '>' && memchr(line.data, '\t', line.size) == NULL) {
            status = read_reference(reader, line, reference, error);
        } else { /* the first record is a genome: its line is seen again */
            input_line_again(&reader->input);
        }
    }
    if (status != VG_OK) {
        vg_maple_close(reader);
        *out = NULL;
    }
    return status;
}

static int by_position(const void *a, const void *b)
{
    const struct vg_genome_difference *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* Sorted, alike neighbours joined. False: two overlap. */
static bool tidy(struct difference_list *list)
{
    bool sorted = true;
    for (size_t i = 1; i < list->n && sorted; i++) {
        sorted = list->items[i - 1].position <= list->items[i].position;
    }
    if (!sorted) {
        qsort(list->items, list->n, sizeof *list->items, by_position);
    }
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct vg_genome_difference one = list->items[i], *last = n == 0 ? NULL : &list->items[n - 1];
        if (last != NULL && one.position < last->position + last->length) {
            return false;
        }
        if (last != NULL && one.position == last->position + last->length && one.base == last->base && (one.base == VG_BASE_ANY || one.base == VG_BASE_DELETED)) {
            last->length += one.length;
        } else {
            list->items[n++] = one;
        }
    }
    list->n = n;
    return true;
}

vg_status vg_maple_next(struct vg_maple_reader *reader, struct vg_arena *arena, struct vg_genome *genome, bool *more, struct vg_error *error)
{
    struct vg_text line;
    vg_status status = VG_OK;
    *more = reader->at_name;
    if (!*more) {
        return VG_OK;
    }
    char *name = vg_arena_copy_bytes(arena, reader->name.data, reader->name.size);
    *genome = (struct vg_genome){.name = {name, reader->name.size}};
    reader->at_name = false;
    reader->list.n = 0;
    while (status == VG_OK && !reader->at_name && next_line(reader, &line, error, &status)) {
        if (line.size > 0 && line.data[0] == '>') {
            status = take_name(reader, line, error);
        } else if (line.size > 0) {
            status = take_difference(reader, line, error);
        }
    }
    if (status == VG_OK && !tidy(&reader->list)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s, before line %llu: two differences of %.*s are of the same site", reader->source.name, (unsigned long long)reader->input.n_lines + 1,
                         (int)genome->name.size, name == NULL ? "" : name);
    }
    if (status != VG_OK) {
        return status;
    }
    struct vg_genome_difference *items = VG_ARENA_ARRAY(arena, struct vg_genome_difference, reader->list.n + 1);
    if (items == NULL || name == NULL) {
        return vg_fail_memory(error, reader->list.n * sizeof *items);
    }
    if (reader->list.n > 0) {
        memcpy(items, reader->list.items, reader->list.n * sizeof *items);
    }
    genome->differences = items;
    genome->n_differences = (uint32_t)reader->list.n;
    return VG_OK;
}

void vg_maple_close(struct vg_maple_reader *reader)
{
    if (reader != NULL) {
        input_close(&reader->input);
        vg_buffer_release(&reader->reference);
        vg_buffer_release(&reader->name);
        vg_arena_release(&reader->arena);
        free(reader->list.items);
        free(reader);
    }
}

void vg_maple_put_reference(const struct vg_genome_reference *reference, struct vg_buffer *out)
{
    vg_buffer_char(out, '>');
    vg_buffer_append(out, reference->name.size > 0 ? reference->name.data : "reference", reference->name.size > 0 ? reference->name.size : 9);
    vg_buffer_char(out, '\n');
    for (uint32_t i = 0; i < reference->length; i++) {
        vg_buffer_char(out, (char)(reference->letters[i] | 32));
    }
    vg_buffer_char(out, '\n');
}

void vg_maple_put(const struct vg_genome *genome, struct vg_buffer *out)
{
    vg_buffer_char(out, '>');
    vg_buffer_append(out, genome->name.data, genome->name.size);
    vg_buffer_char(out, '\n');
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        vg_buffer_char(out, (char)(vg_letter_of_base_set(one->base) | 32));
        vg_buffer_char(out, '\t');
        vg_buffer_integer(out, (int64_t)one->position + 1);
        if (one->base == VG_BASE_ANY || one->base == VG_BASE_DELETED) {
            vg_buffer_char(out, '\t');
            vg_buffer_integer(out, one->length);
        }
        vg_buffer_char(out, '\n');
    }
}

/* ---------------------------------------------------------------- reference */

struct vg_rebase {
    struct difference_list sites; /* where the references differ: what the old one has */
    const char *to;
};

vg_status vg_rebase_new(const struct vg_genome_reference *from, const char *to, uint32_t length, struct vg_rebase **rebase, struct vg_error *error)
{
    *rebase = NULL;
    if (from->length < length) {
        return vg_fail(error, VG_DATA_ERROR, "the genomes' reference (%.*s) has %u sites, the tree's %u: they are not of one virus or not aligned to the same sequence",
                       (int)from->name.size, from->name.data == NULL ? "" : from->name.data, from->length, length);
    }
    *rebase = calloc(1, sizeof **rebase);
    if (*rebase == NULL) {
        return vg_fail_memory(error, sizeof **rebase);
    }
    (*rebase)->to = to;
    for (uint32_t site = 0; site < length; site++) {
        if (to[site] != 'N' && from->letters[site] != to[site] &&
            !list_add(&(*rebase)->sites, (struct vg_genome_difference){site, 1, vg_base_set_of_letter(from->letters[site])})) {
            vg_rebase_free(*rebase);
            *rebase = NULL;
            return vg_fail_memory(error, length);
        }
    }
    return VG_OK;
}

uint32_t vg_rebase_count(const struct vg_rebase *rebase)
{
    return (uint32_t)rebase->sites.n;
}

vg_status vg_rebase(const struct vg_rebase *rebase, const struct vg_genome *genome, struct vg_arena *arena, struct vg_genome *out, struct vg_error *error)
{
    size_t n = 0, at = 0, n_sites = rebase->sites.n;
    struct vg_genome_difference *items = VG_ARENA_ARRAY(arena, struct vg_genome_difference, genome->n_differences + n_sites + 1);
    if (items == NULL) {
        return vg_fail_memory(error, (genome->n_differences + n_sites) * sizeof *items);
    }
    for (uint32_t i = 0; i <= genome->n_differences; i++) {
        uint32_t start = i < genome->n_differences ? genome->differences[i].position : UINT32_MAX;
        for (; at < n_sites && rebase->sites.items[at].position < start; at++) {
            items[n++] = rebase->sites.items[at];
        }
        if (i == genome->n_differences) {
            break;
        }
        const struct vg_genome_difference *one = &genome->differences[i];
        bool differed = false;
        for (; at < n_sites && rebase->sites.items[at].position < start + one->length; at++) {
            differed = true;
        }
        if (!(differed && one->length == 1 && one->base != VG_BASE_DELETED && vg_letter_of_base_set(one->base) == rebase->to[start])) {
            items[n++] = *one;
        }
    }
    *out = *genome;
    out->differences = items;
    out->n_differences = (uint32_t)n;
    return VG_OK;
}

void vg_rebase_free(struct vg_rebase *rebase)
{
    if (rebase != NULL) {
        free(rebase->sites.items);
        free(rebase);
    }
}
