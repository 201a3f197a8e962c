/*
 * The TOML subset by recursive descent over the bytes; line and column are kept as it goes.
 */
#include "intake/scenario/toml.h"

#include <math.h>
#include <string.h>

#define DEPTH_MAX 8
#define ITEMS_MAX 100000

struct parser {
    const char *file_name;
    const char *at, *end, *line_start;
    unsigned line;
    struct vg_arena *arena;
    struct vg_error *error;
};

const char *toml_kind_name(enum toml_kind kind)
{
    static const char *const names[] = {"a text in quotes", "a number", "true or false", "a date such as 2021-03-15", "a list in [ ]"};
    return names[kind];
}

static vg_status wrong(const struct parser *p, const char *what)
{
    char found[24];
    size_t left = (size_t)(p->end - p->at);
    size_t size = 0;
    while (size < left && size < sizeof found - 1 && p->at[size] != '\n' && p->at[size] != '\r') {
        found[size] = p->at[size];
        size++;
    }
    return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s, at %s%.*s%s", p->file_name, p->line, (unsigned)(p->at - p->line_start) + 1, what, size == 0 ? "" : "\"",
                   size == 0 ? 15 : (int)size, size == 0 ? "the line's end" : found, size == 0 ? "" : "\"");
}

static bool is_at(const struct parser *p, char c)
{
    return p->at < p->end && *p->at == c;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t')) {
        p->at++;
    }
    if (is_at(p, '#')) {
        while (p->at < p->end && *p->at != '\n') {
            p->at++;
        }
    }
    if (is_at(p, '\r') && p->at + 1 < p->end && p->at[1] == '\n') {
        p->at++;
    }
}

/* Blanks, comments and line ends. */
static void skip_lines(struct parser *p)
{
    for (skip_blanks(p); is_at(p, '\n'); skip_blanks(p)) {
        p->at++;
        p->line++;
        p->line_start = p->at;
    }
}

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | code);
    return n;
}

/* After the backslash; writes at most 4 bytes. */
static vg_status take_escape(struct parser *p, char *out, size_t *size)
{
    static const char from[] = "btnfr\"\\";
    static const char to[] = "\b\t\n\f\r\"\\";
    const char *found = p->at < p->end && *p->at != '\0' ? strchr(from, *p->at) : NULL;
    if (found != NULL) {
        out[(*size)++] = to[found - from];
        p->at++;
        return VG_OK;
    }
    size_t digits = is_at(p, 'u') ? 4 : is_at(p, 'U') ? 8 : 0;
    uint32_t code = 0;
    if (digits == 0 || (size_t)(p->end - p->at) <= digits) {
        return wrong(p, "an escape is one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX");
    }
    for (size_t i = 1; i <= digits; i++) {
        int digit = hex_value(p->at[i]);
        if (digit < 0) {
            return wrong(p, "hexadecimal digits were expected");
        }
        code = code << 4 | (uint32_t)digit;
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        return wrong(p, "there is no such character");
    }
    p->at += digits + 1;
    *size += put_utf8(code, out + *size);
    return VG_OK;
}

static vg_status take_string(struct parser *p, const char **out)
{
    char quote = *p->at;
    const char *close = ++p->at;
    if (p->end - p->at >= 2 && p->at[0] == quote && p->at[1] == quote) {
        return wrong(p, "texts over several lines are not read here");
    }
    while (close < p->end && *close != '\n') {
        close++;
    }
    char *text = vg_arena_alloc(p->arena, (size_t)(close - p->at) + 1, 1);
    size_t size = 0;
    if (text == NULL) {
        return vg_fail_memory(p->error, (size_t)(close - p->at));
    }
    while (p->at < close && *p->at != quote) {
        unsigned char c = (unsigned char)*p->at;
        if (c == '\\' && quote == '"') {
            p->at++;
            vg_status status = take_escape(p, text, &size);
            if (status != VG_OK) {
                return status;
            }
        } else if (c < 0x20 && c != '\t') {
            return wrong(p, "a control character in a text");
        } else {
            text[size++] = *p->at++;
        }
    }
    if (p->at == close) {
        return wrong(p, "the text is not closed on its line");
    }
    p->at++;
    *out = text;
    return VG_OK;
}

static vg_status take_key(struct parser *p, const char **key)
{
    if (is_at(p, '"') || is_at(p, '\'')) {
        return take_string(p, key);
    }
    const char *start = p->at;
    while (p->at < p->end && is_bare(*p->at)) {
        p->at++;
    }
    if (p->at == start) {
        return wrong(p, "a name was expected");
    }
    *key = vg_arena_copy_bytes(p->arena, start, (size_t)(p->at - start));
    return *key == NULL ? vg_fail_memory(p->error, (size_t)(p->at - start)) : VG_OK;
}

/* A number, a date, true, false, inf or nan: what stands until a separator. */
static vg_status take_plain(struct parser *p, struct toml_value *value)
{
    char digits[64];
    size_t size = 0;
    const char *start = p->at;
    const char *stop = p->at;
    while (stop < p->end && strchr(" \t\r\n,]#", *stop) == NULL) {
        stop++;
    }
    struct vg_text text = vg_text_of(start, (size_t)(stop - start));
    if (vg_text_equals(text, "true") || vg_text_equals(text, "false")) {
        value->kind = TOML_BOOLEAN;
        value->boolean = text.size == 4;
    } else if (vg_date_parse_iso(text, &value->date)) {
        value->kind = TOML_DATE;
    } else {
        bool fits = text.size > 0 && text.size < sizeof digits && strchr("+-.0123456789", *start) != NULL;
        for (size_t i = 0; fits && i < text.size; i++) {
            bool between = i > 0 && i + 1 < text.size && start[i - 1] >= '0' && start[i - 1] <= '9' && start[i + 1] >= '0' && start[i + 1] <= '9';
            fits = start[i] != '_' || between;
            if (start[i] != '_' && !(i == 0 && start[i] == '+')) {
                digits[size++] = start[i];
            }
        }
        value->kind = TOML_NUMBER;
        value->whole = memchr(start, '.', text.size) == NULL && memchr(start, 'e', text.size) == NULL && memchr(start, 'E', text.size) == NULL;
        if (!fits || !vg_parse_double(vg_text_of(digits, size), '.', &value->number) || !isfinite(value->number)) {
            return wrong(p, "a value was expected: text in quotes, number, date, true, false or a list");
        }
    }
    p->at = stop;
    return VG_OK;
}

static vg_status take_value(struct parser *p, struct toml_value *value, int depth);

static vg_status take_array(struct parser *p, struct toml_value *value, int depth)
{
    size_t capacity = 0;
    value->kind = TOML_ARRAY;
    p->at++;
    for (;;) {
        skip_lines(p);
        if (is_at(p, ']')) {
            p->at++;
            return VG_OK;
        }
        if (value->n_items == capacity) {
            size_t wanted = capacity == 0 ? 8 : capacity * 2;
            struct toml_value *items = VG_ARENA_ARRAY(p->arena, struct toml_value, wanted);
            if (wanted > ITEMS_MAX || items == NULL) {
                return wanted > ITEMS_MAX ? wrong(p, "the list is too long") : vg_fail_memory(p->error, wanted * sizeof *items);
            }
            if (value->n_items > 0) {
                memcpy(items, value->items, value->n_items * sizeof *items);
            }
            value->items = items;
            capacity = wanted;
        }
        vg_status status = take_value(p, &value->items[value->n_items++], depth + 1);
        if (status != VG_OK) {
            return status;
        }
        skip_lines(p);
        if (is_at(p, ',')) {
            p->at++;
        } else if (!is_at(p, ']')) {
            return wrong(p, "a comma or the end of the list was expected");
        }
    }
}

static vg_status take_value(struct parser *p, struct toml_value *value, int depth)
{
    value->line = p->line;
    value->column = (unsigned)(p->at - p->line_start) + 1;
    if (is_at(p, '"') || is_at(p, '\'')) {
        value->kind = TOML_TEXT;
        return take_string(p, &value->text);
    }
    if (is_at(p, '[')) {
        return depth == DEPTH_MAX ? wrong(p, "lists within lists within lists") : take_array(p, value, depth);
    }
    if (is_at(p, '{')) {
        return wrong(p, "tables in { } are not read here; write them under a heading");
    }
    return take_plain(p, value);
}

/* Nothing but a comment may follow on the line. */
static vg_status end_line(struct parser *p)
{
    skip_blanks(p);
    return p->at == p->end || *p->at == '\n' ? VG_OK : wrong(p, "the end of the line was expected");
}

static vg_status take_heading(struct parser *p, struct toml_table **last)
{
    struct toml_table *table = vg_arena_alloc(p->arena, 1, sizeof *table);
    if (table == NULL) {
        return vg_fail_memory(p->error, sizeof *table);
    }
    table->line = p->line;
    table->column = (unsigned)(p->at - p->line_start) + 1;
    p->at++;
    table->repeated = is_at(p, '[');
    p->at += table->repeated ? 1 : 0;
    skip_blanks(p);
    vg_status status = take_key(p, &table->name);
    if (status != VG_OK) {
        return status;
    }
    skip_blanks(p);
    for (int i = table->repeated ? 2 : 1; i > 0; i--) {
        if (!is_at(p, ']')) {
            return wrong(p, "the heading's ] was expected");
        }
        p->at++;
    }
    (*last)->next = table;
    *last = table;
    return end_line(p);
}

static vg_status take_entry(struct parser *p, struct toml_table *table)
{
    struct toml_entry *entry = vg_arena_alloc(p->arena, 1, sizeof *entry);
    if (entry == NULL) {
        return vg_fail_memory(p->error, sizeof *entry);
    }
    entry->line = p->line;
    entry->column = (unsigned)(p->at - p->line_start) + 1;
    vg_status status = take_key(p, &entry->key);
    if (status != VG_OK) {
        return status;
    }
    for (const struct toml_entry *other = table->first; other != NULL; other = other->next) {
        if (strcmp(other->key, entry->key) == 0) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s stands twice, first in line %u", p->file_name, entry->line, entry->column, entry->key, other->line);
        }
    }
    skip_blanks(p);
    if (!is_at(p, '=')) {
        return wrong(p, "= was expected after the name");
    }
    p->at++;
    skip_blanks(p);
    status = take_value(p, &entry->value, 0);
    if (status != VG_OK) {
        return status;
    }
    if (table->first == NULL) {
        table->first = entry;
    } else {
        table->last->next = entry;
    }
    table->last = entry;
    return end_line(p);
}

static vg_status check_twice(const struct parser *p, const struct toml_table *first, const struct toml_table *last)
{
    for (const struct toml_table *table = first; table != last; table = table->next) {
        if (strcmp(table->name, last->name) == 0 && (!table->repeated || !last->repeated)) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u: [%s] stands twice, first in line %u", p->file_name, last->line, last->name, table->line);
        }
    }
    return VG_OK;
}

vg_status toml_parse(const char *file_name, struct vg_text text, struct vg_arena *arena, struct toml_table **tables, struct vg_error *error)
{
    struct parser p = {.file_name = file_name, .at = text.data, .end = text.data + text.size, .line_start = text.data, .line = 1, .arena = arena, .error = error};
    struct toml_table *last = vg_arena_alloc(arena, 1, sizeof *last);
    if (last == NULL) {
        return vg_fail_memory(error, sizeof *last);
    }
    if (!vg_utf8_valid(text.data, text.size) || memchr(text.data, '\0', text.size) != NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s: a scenario is a text in UTF-8", file_name);
    }
    if (text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        p.at += 3;
        p.line_start += 3;
    }
    last->name = "";
    last->line = 1;
    last->column = 1;
    *tables = last;
    for (skip_lines(&p); p.at < p.end; skip_lines(&p)) {
        bool heading = is_at(&p, '[');
        vg_status status = heading ? take_heading(&p, &last) : take_entry(&p, last);
        if (status == VG_OK && heading) {
            status = check_twice(&p, *tables, last);
        }
        if (status != VG_OK) {
            return status;
        }
    }
    return VG_OK;
}
