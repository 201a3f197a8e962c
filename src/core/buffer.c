/*
 * A growing run of bytes with a bound, for everything that is written as text: CSV, JSON, messages.
 */
#include "core/core.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void vg_buffer_init(struct vg_buffer *buffer, size_t limit_bytes)
{
    *buffer = (struct vg_buffer){.limit_bytes = limit_bytes};
}

void vg_buffer_release(struct vg_buffer *buffer)
{
    free(buffer->data);
    vg_buffer_init(buffer, buffer->limit_bytes);
}

void vg_buffer_clear(struct vg_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

bool vg_buffer_reserve(struct vg_buffer *buffer, size_t extra_bytes)
{
    size_t needed = 0;
    if (buffer->failed || !vg_add_size(buffer->size, extra_bytes, &needed) || !vg_add_size(needed, 1, &needed) ||
        (buffer->limit_bytes != 0 && needed - 1 > buffer->limit_bytes)) {
        buffer->failed = true;
        return false;
    }
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity < needed) {
        if (!vg_multiply_size(capacity, 2, &capacity)) {
            capacity = needed;
        }
    }
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void vg_buffer_append(struct vg_buffer *buffer, const void *data, size_t size)
{
    if (!vg_buffer_reserve(buffer, size)) {
        return;
    }
    if (size > 0) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
    buffer->data[buffer->size] = '\0';
}

void vg_buffer_text(struct vg_buffer *buffer, const char *text)
{
    vg_buffer_append(buffer, text, strlen(text));
}

void vg_buffer_char(struct vg_buffer *buffer, char c)
{
    vg_buffer_append(buffer, &c, 1);
}

void vg_buffer_format(struct vg_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    if (!vg_buffer_reserve(buffer, (size_t)length)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)length;
}

void vg_buffer_integer(struct vg_buffer *buffer, int64_t value)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t magnitude = value < 0 ? 0U - (uint64_t)value : (uint64_t)value;
    do {
        digits[--n] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude != 0);
    if (value < 0) {
        vg_buffer_char(buffer, '-');
    }
    vg_buffer_append(buffer, digits + n, sizeof digits - n);
}

void vg_buffer_double(struct vg_buffer *buffer, double value)
{
    char text[32];
    vg_buffer_append(buffer, text, vg_print_double(value, text));
}

/* Length of the well-formed UTF-8 sequence at data (Unicode 15, table 3-7), 0 if there is none. */
static size_t utf8_sequence(const unsigned char *data, size_t size)
{
    unsigned char first = data[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size < length) {
        return 0;
    }
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (data[1] < low || data[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((data[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool vg_utf8_valid(const char *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t i = 0;
    while (i < size) {
        uint64_t word = 0;
        if (size - i >= sizeof word) {
            memcpy(&word, bytes + i, sizeof word);
            if ((word & 0x8080808080808080U) == 0) {
                i += sizeof word;
                continue;
            }
        }
        size_t length = utf8_sequence(bytes + i, size - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static bool json_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void json_escape(struct vg_buffer *buffer, unsigned char c)
{
    switch (c) {
    case '"':
        vg_buffer_text(buffer, "\\\"");
        break;
    case '\\':
        vg_buffer_text(buffer, "\\\\");
        break;
    case '\n':
        vg_buffer_text(buffer, "\\n");
        break;
    case '\t':
        vg_buffer_text(buffer, "\\t");
        break;
    case '\r':
        vg_buffer_text(buffer, "\\r");
        break;
    default:
        vg_buffer_format(buffer, "\\u%04x", c);
        break;
    }
}

void vg_buffer_json_string(struct vg_buffer *buffer, const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t plain = 0;
    while (plain < size && json_plain(bytes[plain])) {
        plain++;
    }
    if (plain == size && size <= SIZE_MAX - 2 && vg_buffer_reserve(buffer, size + 2)) { /* the usual case in one step */
        char *at = buffer->data + buffer->size;
        *at = '"';
        if (size > 0) {
            memcpy(at + 1, text, size);
        }
        at[size + 1] = '"';
        at[size + 2] = '\0';
        buffer->size += size + 2;
        return;
    }
    vg_buffer_char(buffer, '"');
    size_t i = 0;
    while (i < size) {
        size_t run = i;
        while (run < size && json_plain(bytes[run])) {
            run++;
        }
        vg_buffer_append(buffer, bytes + i, run - i);
        i = run;
        if (i == size) {
            break;
        }
        size_t length = utf8_sequence(bytes + i, size - i);
        if (length > 1) {
            vg_buffer_append(buffer, bytes + i, length);
        } else if (length == 1) {
            json_escape(buffer, bytes[i]);
        } else {
            vg_buffer_text(buffer, "\xEF\xBF\xBD");
            length = 1;
        }
        i += length;
    }
    vg_buffer_char(buffer, '"');
}
