/*
 * Private to the XLSX reader (ECMA-376 Part 1, SpreadsheetML): parts of the package read as streams, and what they hold.
 */
#ifndef VG_INTAKE_READER_XLSX_H
#define VG_INTAKE_READER_XLSX_H

#include "intake/reader.h"

#include <expat.h>
#include <zip.h>

#define VG_XLSX_MAX_STRING_BYTES ((uint64_t)1 << 30) /* all shared strings together: they must be in memory */
#define VG_XLSX_MAX_SHEETS 1000
#define VG_XML_CHUNK_BYTES ((size_t)64 << 10)

/* -------------------------------------------------------------------- part */

struct vg_xml_handlers {
    void (*start)(void *context, const char *element, const char **attributes); /* element without its prefix */
    void (*end)(void *context, const char *element);
    void (*text)(void *context, const char *text, size_t size); /* may be NULL */
};

/* One part of the package, decompressed and parsed a chunk at a time. */
struct vg_xml_part {
    const char *file_name; /* of the workbook, for messages */
    char name[256];
    zip_file_t *file;
    XML_Parser parser;
    struct vg_xml_handlers handlers;
    void *context;
    uint64_t read_bytes, packed_bytes, full_bytes, limit_bytes;
    size_t chunk_bytes;
    bool ended;
    vg_status status; /* what a handler found wrong */
    struct vg_error error;
};
vg_status vg_xml_part_open(struct vg_xml_part *part, const char *file_name, zip_t *archive, const char *name,
                           uint64_t limit_bytes, struct vg_xml_handlers handlers, void *context,
                           struct vg_error *error) VG_MUST_USE;
/* Parses one more chunk; part->ended at the end. */
vg_status vg_xml_part_feed(struct vg_xml_part *part, struct vg_error *error) VG_MUST_USE;
/* Parses all of it and closes. */
vg_status vg_xml_part_run(struct vg_xml_part *part, struct vg_error *error) VG_MUST_USE;
void vg_xml_part_close(struct vg_xml_part *part);
/* For handlers: stops the parser with this error. */
void vg_xml_part_fail(struct vg_xml_part *part, vg_status status, const char *format, ...) VG_PRINTF(3, 4);
const char *vg_xml_attribute(const char **attributes, const char *name); /* without prefix; NULL if it is not there */
bool vg_xml_number(const char *text, uint64_t *value);                   /* decimal digits only; false for NULL */

/* ---------------------------------------------------------------- workbook */

struct vg_xlsx_sheet {
    const char *name;
    const char *part; /* path in the package; NULL if it is not a worksheet */
    const char *relation;
    bool hidden;
};
struct vg_xlsx_workbook {
    struct vg_xlsx_sheet sheets[VG_XLSX_MAX_SHEETS];
    size_t n_sheets;
    bool date_system_1904;
    const char *strings_part, *styles_part; /* NULL: none */
};
vg_status vg_xlsx_read_workbook(const char *file_name, zip_t *archive, uint64_t limit_bytes, struct vg_arena *arena,
                                struct vg_xlsx_workbook *workbook, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- strings */

/* Rich text and inline strings: the text of <t>, without phonetic runs, with _xHHHH_ decoded at the end. */
struct vg_xlsx_strings {
    struct vg_buffer text;
    uint64_t *ends; /* [count] end of each string in text */
    size_t count, capacity;
};
vg_status vg_xlsx_read_strings(const char *file_name, zip_t *archive, const char *part, uint64_t limit_bytes,
                               struct vg_xlsx_strings *strings, struct vg_error *error) VG_MUST_USE;
struct vg_text vg_xlsx_string(const struct vg_xlsx_strings *strings, size_t index);
void vg_xlsx_strings_release(struct vg_xlsx_strings *strings);
size_t vg_xlsx_decode_escapes(char *text, size_t size); /* _x000D_ and the like, in place; returns the new size */

/* ------------------------------------------------------------------ styles */

struct vg_xlsx_styles {
    uint8_t *is_date; /* [count] by cell format index */
    size_t count;
};
vg_status vg_xlsx_read_styles(const char *file_name, zip_t *archive, const char *part, uint64_t limit_bytes,
                              struct vg_arena *arena, struct vg_xlsx_styles *styles, struct vg_error *error) VG_MUST_USE;
bool vg_xlsx_format_is_date(uint64_t format_id);    /* built-in formats */
bool vg_xlsx_code_is_date(const char *format_code); /* custom formats */
/*
 * The day of a serial: 0 when it has none (a time alone, negative, beyond 9999), 1 with *date, 2 for the 29 February 1900
 * that the 1900 system has and the calendar has not.
 */
int vg_xlsx_serial_to_date(double serial, bool date_system_1904, int32_t *date);

#endif
