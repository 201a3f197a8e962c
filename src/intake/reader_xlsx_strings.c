/*
 * The shared strings of a workbook: every text once, cells point to it by number. They are kept as one run of bytes and the
 * ends of the strings in it. Phonetic runs (furigana) are no part of the text.
 */
#include "intake/reader_xlsx.h"

#include <stdlib.h>
#include <string.h>

struct strings_context {
    struct vg_xml_part part;
    struct vg_xlsx_strings *strings;
    size_t item_start;
    bool in_item, in_phonetic, in_text;
};

static int hexadecimal_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool escape_at(const char *text, size_t size, unsigned *code)
{
    if (size < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_') {
        return false;
    }
    *code = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = hexadecimal_digit(text[i]);
        if (digit < 0) {
            return false;
        }
        *code = *code * 16 + (unsigned)digit;
    }
    return *code < 0x80; /* control characters and the underscore itself; nothing else needs the escape */
}

size_t vg_xlsx_decode_escapes(char *text, size_t size)
{
    if (memmem(text, size, "_x", 2) == NULL) {
        return size;
    }
    size_t length = 0;
    for (size_t i = 0; i < size;) {
        unsigned code = 0;
        if (escape_at(text + i, size - i, &code)) {
            text[length++] = (char)code;
            i += 7;
        } else {
            text[length++] = text[i++];
        }
    }
    return length;
}

static void start_string(void *pointer, const char *element, const char **attributes)
{
    struct strings_context *context = pointer;
    if (strcmp(element, "si") == 0) {
        context->in_item = true;
        context->item_start = context->strings->text.size;
    } else if (strcmp(element, "rPh") == 0) {
        context->in_phonetic = true;
    } else if (strcmp(element, "t") == 0) {
        context->in_text = context->in_item && !context->in_phonetic;
    }
}

static void add_string(struct strings_context *context)
{
    struct vg_xlsx_strings *strings = context->strings;
    size_t start = context->item_start;
    if (strings->text.size > start) {
        strings->text.size = start + vg_xlsx_decode_escapes(strings->text.data + start, strings->text.size - start);
    }
    if (strings->text.size - start > VG_READER_MAX_CELL_BYTES) {
        vg_xml_part_fail(&context->part, VG_LIMIT_EXCEEDED, "the shared text %zu is longer than %zu bytes", strings->count,
                         VG_READER_MAX_CELL_BYTES);
        return;
    }
    if (strings->count == strings->capacity) {
        size_t capacity = strings->capacity == 0 ? 1024 : strings->capacity * 2;
        uint64_t *ends = realloc(strings->ends, capacity * sizeof *ends);
        if (ends == NULL) {
            vg_xml_part_fail(&context->part, VG_SYSTEM_ERROR, "out of memory for the shared texts");
            return;
        }
        strings->ends = ends;
        strings->capacity = capacity;
    }
    strings->ends[strings->count++] = strings->text.size;
}

static void end_string(void *pointer, const char *element)
{
    struct strings_context *context = pointer;
    if (strcmp(element, "t") == 0) {
        context->in_text = false;
    } else if (strcmp(element, "rPh") == 0) {
        context->in_phonetic = false;
    } else if (strcmp(element, "si") == 0) {
        context->in_item = false;
        add_string(context);
    }
}

static void text_of_string(void *pointer, const char *text, size_t size)
{
    struct strings_context *context = pointer;
    if (context->in_text) {
        vg_buffer_append(&context->strings->text, text, size);
        if (context->strings->text.failed) {
            vg_xml_part_fail(&context->part, VG_LIMIT_EXCEEDED, "the shared texts need more than %zu bytes of memory",
                             context->strings->text.size);
        }
    }
}

vg_status vg_xlsx_read_strings(const char *file_name, zip_t *archive, const char *part, uint64_t limit_bytes,
                               struct vg_xlsx_strings *strings, struct vg_error *error)
{
    *strings = (struct vg_xlsx_strings){0};
    vg_buffer_init(&strings->text, (size_t)(limit_bytes < VG_XLSX_MAX_STRING_BYTES ? limit_bytes : VG_XLSX_MAX_STRING_BYTES));
    if (part == NULL || zip_name_locate(archive, part, ZIP_FL_NOCASE) < 0) {
        return VG_OK; /* a workbook of numbers has none */
    }
    struct strings_context context = {.strings = strings};
    struct vg_xml_handlers handlers = {start_string, end_string, text_of_string};
    vg_status status = vg_xml_part_open(&context.part, file_name, archive, part, limit_bytes, handlers, &context, error);
    return status == VG_OK ? vg_xml_part_run(&context.part, error) : status;
}

struct vg_text vg_xlsx_string(const struct vg_xlsx_strings *strings, size_t index)
{
    size_t start = index == 0 ? 0 : (size_t)strings->ends[index - 1];
    size_t size = (size_t)strings->ends[index] - start;
    return size == 0 ? vg_text_of("", 0) : vg_text_of(strings->text.data + start, size);
}

void vg_xlsx_strings_release(struct vg_xlsx_strings *strings)
{
    vg_buffer_release(&strings->text);
    free(strings->ends);
    *strings = (struct vg_xlsx_strings){0};
}
