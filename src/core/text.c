/*
 * Text slices: trimming, comparing, folding (the form in which names and headings are compared), and hashing.
 * Folding uses utf8proc (Unicode compatibility decomposition, marks stripped, case folded); a fast path handles ASCII.
 */
#include "core/core.h"

#include <string.h>
#include <utf8proc.h>

struct vg_text vg_text_from(const char *c_string)
{
    return (struct vg_text){c_string, c_string == NULL ? 0 : strlen(c_string)};
}

/* NUL is what exports of fields of fixed width are padded with. */
static bool is_ascii_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* Bytes of the blank at the start: ASCII blank, U+00A0, U+3000, or U+FEFF; 0 if there is none. */
static size_t blank_at_start(const unsigned char *data, size_t size)
{
    if (size >= 1 && is_ascii_blank(data[0])) {
        return 1;
    }
    if (size >= 2 && data[0] == 0xC2 && data[1] == 0xA0) {
        return 2;
    }
    if (size >= 3 && ((data[0] == 0xE3 && data[1] == 0x80 && data[2] == 0x80) ||
                      (data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF))) {
        return 3;
    }
    return 0;
}

static size_t blank_at_end(const unsigned char *data, size_t size)
{
    for (size_t length = 1; length <= 3 && length <= size; length++) {
        if (blank_at_start(data + size - length, length) == length) {
            return length;
        }
    }
    return 0;
}

struct vg_text vg_text_trim(struct vg_text text)
{
    size_t blank = 0;
    while ((blank = blank_at_start((const unsigned char *)text.data, text.size)) > 0) {
        text.data += blank;
        text.size -= blank;
    }
    while ((blank = blank_at_end((const unsigned char *)text.data, text.size)) > 0) {
        text.size -= blank;
    }
    return text;
}

bool vg_text_equal(struct vg_text a, struct vg_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool vg_text_equals(struct vg_text a, const char *b)
{
    return vg_text_equal(a, vg_text_from(b));
}

int vg_text_compare(struct vg_text a, struct vg_text b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0) {
        return order;
    }
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

/* Folds while everything is ASCII; returns false at the first other byte. */
static bool fold_ascii(struct vg_text text, char *out, size_t capacity, size_t *length)
{
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x80) {
            return false;
        }
        bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (n < capacity) {
                out[n++] = (char)(upper ? c + ('a' - 'A') : c);
            }
        }
    }
    *length = n;
    return true;
}

static bool is_letter_or_digit(utf8proc_int32_t codepoint)
{
    switch (utf8proc_category(codepoint)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

static size_t append_codepoint(utf8proc_int32_t codepoint, char *out, size_t length, size_t capacity)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t size = utf8proc_encode_char(codepoint, bytes);
    if (size <= 0 || (size_t)size > capacity - length) {
        return length;
    }
    memcpy(out + length, bytes, (size_t)size);
    return length + (size_t)size;
}

size_t vg_text_fold(struct vg_text text, char *out, size_t capacity)
{
    size_t length = 0;
    if (fold_ascii(text, out, capacity, &length)) {
        return length;
    }
    const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.data;
    size_t i = 0;
    length = 0;
    while (i < text.size) {
        utf8proc_int32_t codepoint = 0;
        utf8proc_ssize_t used = utf8proc_iterate(bytes + i, (utf8proc_ssize_t)(text.size - i), &codepoint);
        if (used <= 0) {
            i++; /* a byte that is not UTF-8 carries no letter */
            continue;
        }
        i += (size_t)used;
        utf8proc_int32_t parts[24];
        int boundary = 0;
        utf8proc_ssize_t n = utf8proc_decompose_char(codepoint, parts, 24, options, &boundary);
        for (utf8proc_ssize_t part = 0; part < n && part < 24; part++) {
            if (is_letter_or_digit(parts[part])) {
                length = append_codepoint(parts[part], out, length, capacity);
            }
        }
    }
    return length;
}

bool vg_text_fold_equal(struct vg_text a, struct vg_text b)
{
    char folded_a[512];
    char folded_b[512];
    size_t size_a = vg_text_fold(a, folded_a, sizeof folded_a);
    size_t size_b = vg_text_fold(b, folded_b, sizeof folded_b);
    return size_a == size_b && memcmp(folded_a, folded_b, size_a) == 0;
}
