/*
 * Which cells of a workbook are dates. A spreadsheet keeps a date as a number and says so only by the number format of the
 * cell's style (ECMA-376 Part 1, 18.8.30 and 18.8.31); serials count from 1900 with a 29 February 1900 that never was, or
 * from 1904.
 */
#include "intake/reader_xlsx.h"

#include <math.h>
#include <string.h>

#define MAX_STYLES ((size_t)1 << 17)
#define MAX_CUSTOM_FORMATS ((size_t)4096)

bool vg_xlsx_format_is_date(uint64_t id)
{
    /* 27-36 and 50-58 are the dates of the Chinese, Japanese and Korean editions. */
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

bool vg_xlsx_code_is_date(const char *code)
{
    for (const char *c = code; *c != '\0'; c++) {
        if (*c == '"') {
            c = strchr(c + 1, '"');
            if (c == NULL) {
                return false;
            }
        } else if (*c == '[') {
            c = strchr(c + 1, ']');
            if (c == NULL) {
                return false;
            }
        } else if (*c == '\\' || *c == '_' || *c == '*') {
            if (c[1] == '\0') {
                return false;
            }
            c++;
        } else if (strncmp(c, "AM/PM", 5) == 0 || strncmp(c, "am/pm", 5) == 0) {
            c += 4;
        } else if (strncmp(c, "General", 7) == 0) {
            c += 6;
        } else if (strchr("yYmMdD", *c) != NULL) {
            return true;
        }
    }
    return false;
}

int vg_xlsx_serial_to_date(double serial, bool date_system_1904, int32_t *date)
{
    enum { DAY_ZERO_1904 = -24107 /* 1904-01-01 */, DAY_ZERO_1900 = -25569 /* 1899-12-30 */, LAST = 2958465 /* 9999-12-31 */ };
    if (!(serial >= (date_system_1904 ? 0.0 : 1.0)) || serial >= LAST + 1.0) {
        return 0;
    }
    int32_t day = (int32_t)floor(serial);
    if (date_system_1904) {
        *date = DAY_ZERO_1904 + day;
        return *date <= DAY_ZERO_1900 + LAST ? 1 : 0;
    }
    if (day == 60) {
        return 2;
    }
    *date = DAY_ZERO_1900 + day + (day < 60 ? 1 : 0);
    return 1;
}

struct custom_format {
    uint64_t id;
    bool is_date;
};

struct styles_context {
    struct vg_xml_part part;
    struct vg_arena *arena;
    struct vg_xlsx_styles *styles;
    struct custom_format *custom;
    size_t n_custom, capacity;
    bool in_cell_formats;
};

static bool format_is_date(const struct styles_context *context, uint64_t id)
{
    for (size_t i = 0; i < context->n_custom; i++) {
        if (context->custom[i].id == id) {
            return context->custom[i].is_date;
        }
    }
    return vg_xlsx_format_is_date(id);
}

static void add_cell_format(struct styles_context *context, uint64_t id)
{
    struct vg_xlsx_styles *styles = context->styles;
    if (styles->count == context->capacity) {
        size_t capacity = context->capacity == 0 ? 256 : context->capacity * 2;
        uint8_t *grown = capacity > MAX_STYLES ? NULL : vg_arena_alloc(context->arena, capacity, 1);
        if (grown == NULL) {
            vg_xml_part_fail(&context->part, VG_LIMIT_EXCEEDED, "more than %zu cell styles", styles->count);
            return;
        }
        if (styles->count > 0) {
            memcpy(grown, styles->is_date, styles->count);
        }
        styles->is_date = grown;
        context->capacity = capacity;
    }
    styles->is_date[styles->count++] = format_is_date(context, id);
}

static void start_style(void *pointer, const char *element, const char **attributes)
{
    struct styles_context *context = pointer;
    uint64_t id = 0;
    if (strcmp(element, "numFmt") == 0) {
        const char *code = vg_xml_attribute(attributes, "formatCode");
        if (code != NULL && vg_xml_number(vg_xml_attribute(attributes, "numFmtId"), &id) &&
            context->n_custom < MAX_CUSTOM_FORMATS) {
            context->custom[context->n_custom++] = (struct custom_format){id, vg_xlsx_code_is_date(code)};
        }
    } else if (strcmp(element, "cellXfs") == 0) {
        context->in_cell_formats = true;
    } else if (context->in_cell_formats && strcmp(element, "xf") == 0) {
        (void)vg_xml_number(vg_xml_attribute(attributes, "numFmtId"), &id);
        add_cell_format(context, id);
    }
}

static void end_style(void *pointer, const char *element)
{
    struct styles_context *context = pointer;
    if (strcmp(element, "cellXfs") == 0) {
        context->in_cell_formats = false;
    }
}

vg_status vg_xlsx_read_styles(const char *file_name, zip_t *archive, const char *part, uint64_t limit_bytes,
                              struct vg_arena *arena, struct vg_xlsx_styles *styles, struct vg_error *error)
{
    *styles = (struct vg_xlsx_styles){0};
    if (part == NULL || zip_name_locate(archive, part, ZIP_FL_NOCASE) < 0) {
        return VG_OK;
    }
    struct styles_context context = {.arena = arena, .styles = styles};
    context.custom = VG_ARENA_ARRAY(arena, struct custom_format, MAX_CUSTOM_FORMATS);
    if (context.custom == NULL) {
        return vg_fail_memory(error, MAX_CUSTOM_FORMATS * sizeof(struct custom_format));
    }
    struct vg_xml_handlers handlers = {start_style, end_style, NULL};
    vg_status status = vg_xml_part_open(&context.part, file_name, archive, part, limit_bytes, handlers, &context, error);
    return status == VG_OK ? vg_xml_part_run(&context.part, error) : status;
}
