/*
 * Tables as Excel workbooks (ECMA-376, transitional): one sheet, headings in bold that stay in view, numbers as numbers, days as days. The parts are written whole and packed as a ZIP archive
 * (APPNOTE 6.3.9, deflate; without extra fields and with a fixed time, so that the same table gives the same bytes).
 */
#include "core/table_internal.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#define ROWS_MOST ((size_t)1048576)      /* what Excel opens, the headings' row among them */
#define COLUMNS_MOST ((size_t)16384)
#define TEXT_MOST ((size_t)32767)        /* characters of a cell */
#define DAY_ZERO 25569                   /* Excel's number of 1970-01-01 */
#define FIRST_DAY (-25508)               /* 1900-03-01: before it Excel's days are not those of the calendar */
#define PARTS 6

struct part { const char *name; uint32_t crc, packed, size, offset; };

/* ---------------------------------------------------------------------- cells */

/* XML has no control characters but three; OOXML writes the others as _xHHHH_, and an underscore that looks so, too. */
static void xml_text(struct vg_buffer *out, struct vg_text text)
{
    size_t plain = 0;
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        const bool control = (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F, escape = c == '_' && i + 6 < text.size && text.data[i + 1] == 'x' && text.data[i + 6] == '_';
        if (!control && !escape && c != '&' && c != '<' && c != '>') {
            continue;
        }
        vg_buffer_append(out, text.data + plain, i - plain);
        plain = i + 1;
        if (control || escape) {
            vg_buffer_format(out, "_x%04X_", c);
        } else {
            vg_buffer_text(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
        }
    }
    vg_buffer_append(out, text.data + plain, text.size - plain);
}

static void text_cell(struct vg_buffer *out, struct vg_text text, int style)
{
    vg_buffer_format(out, "<c t=\"inlineStr\" s=\"%d\"><is><t xml:space=\"preserve\">", style);
    xml_text(out, text);
    vg_buffer_text(out, "</t></is></c>");
}

static void date_cell(struct vg_buffer *out, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    if (date < FIRST_DAY) {
        text_cell(out, vg_text_of(text, vg_date_print(date, text)), 0);
    } else {
        vg_buffer_format(out, "<c s=\"1\"><v>%d</v></c>", (int)date + DAY_ZERO);
    }
}

static void cell(struct vg_buffer *out, const struct vg_column *column, size_t row)
{
    if (column->missing[row] || (column->kind == VG_COLUMN_DOUBLE && isnan(column->values.doubles[row]))) {
        vg_buffer_text(out, "<c/>");
        return;
    }
    switch (column->kind) {
    case VG_COLUMN_INTEGER:
        vg_buffer_text(out, "<c><v>");
        vg_buffer_integer(out, column->values.integers[row]);
        vg_buffer_text(out, "</v></c>");
        break;
    case VG_COLUMN_BOOLEAN:
        vg_buffer_text(out, column->values.integers[row] != 0 ? "<c t=\"b\"><v>1</v></c>" : "<c t=\"b\"><v>0</v></c>");
        break;
    case VG_COLUMN_DOUBLE:
        if (isinf(column->values.doubles[row])) { /* no number to Excel */
            text_cell(out, vg_text_from(column->values.doubles[row] > 0.0 ? "Inf" : "-Inf"), 0);
        } else {
            vg_buffer_text(out, "<c><v>");
            vg_buffer_double(out, column->values.doubles[row]);
            vg_buffer_text(out, "</v></c>");
        }
        break;
    case VG_COLUMN_TEXT:
        text_cell(out, column->values.texts[row], 0);
        break;
    case VG_COLUMN_DATE:
        date_cell(out, column->values.dates[row]);
        break;
    }
}

static void write_sheet(const struct vg_table *table, struct vg_buffer *out)
{
    vg_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView workbookViewId=\"0\">"
                        "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>");
    if (table->n_columns > 0) {
        vg_buffer_format(out, "<cols><col min=\"1\" max=\"%zu\" width=\"14\" customWidth=\"1\"/></cols>", table->n_columns);
    }
    vg_buffer_text(out, "<sheetData><row>");
    for (size_t k = 0; k < table->n_columns; k++) {
        text_cell(out, vg_text_from(table->columns[k].name), 2);
    }
    vg_buffer_text(out, "</row>");
    for (size_t row = 0; row < table->n_rows && !out->failed; row++) {
        vg_buffer_text(out, "<row>");
        for (size_t k = 0; k < table->n_columns; k++) {
            cell(out, &table->columns[k], row);
        }
        vg_buffer_text(out, "</row>");
    }
    vg_buffer_text(out, "</sheetData></worksheet>");
}

/* -------------------------------------------------------------------- archive */

static void little(struct vg_buffer *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        vg_buffer_char(out, (char)(value >> (8 * i) & 0xFF));
    }
}

/* What local and central headers have in common: version, flags, method, time, sums and sizes. */
static void part_facts(struct vg_buffer *out, const struct part *part)
{
    little(out, 20, 2);
    little(out, 0, 2);
    little(out, 8, 2);           /* deflate */
    little(out, 0, 2);
    little(out, 0x21, 2);        /* 1980-01-01 */
    little(out, part->crc, 4);
    little(out, part->packed, 4);
    little(out, part->size, 4);
    little(out, (uint32_t)strlen(part->name), 2);
    little(out, 0, 2);
}

/* size bytes of data, deflated, into packed. */
static vg_status pack(const char *data, size_t size, struct vg_buffer *packed, struct vg_error *error)
{
    z_stream stream = {0};
    if (size > UINT32_MAX / 2) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the table is too large for a workbook; write it as csv");
    }
    if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return vg_fail_memory(error, size);
    }
    const uLong bound = deflateBound(&stream, (uLong)size);
    vg_status status = vg_buffer_reserve(packed, bound) ? VG_OK : vg_fail_memory(error, bound);
    if (status == VG_OK) {
        stream.next_in = (z_const Bytef *)(uintptr_t)data;
        stream.avail_in = (uInt)size;
        stream.next_out = (Bytef *)packed->data;
        stream.avail_out = (uInt)bound;
        status = deflate(&stream, Z_FINISH) == Z_STREAM_END ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "the workbook could not be packed");
        packed->size = stream.total_out;
    }
    (void)deflateEnd(&stream);
    return status;
}

static vg_status add_part(struct vg_buffer *out, struct part *part, const char *data, size_t size, struct vg_error *error)
{
    struct vg_buffer packed;
    vg_buffer_init(&packed, 0);
    vg_status status = pack(data, size, &packed, error);
    if (status == VG_OK) {
        *part = (struct part){part->name, (uint32_t)crc32(0, (const Bytef *)data, (uInt)size), (uint32_t)packed.size, (uint32_t)size, (uint32_t)out->size};
        little(out, 0x04034b50, 4);
        part_facts(out, part);
        vg_buffer_text(out, part->name);
        vg_buffer_append(out, packed.data, packed.size);
    }
    vg_buffer_release(&packed);
    return status;
}

static void end_archive(struct vg_buffer *out, const struct part *parts, size_t n)
{
    const size_t start = out->size;
    for (size_t i = 0; i < n; i++) {
        little(out, 0x02014b50, 4);
        little(out, 20, 2);
        part_facts(out, &parts[i]);
        little(out, 0, 2);       /* comment */
        little(out, 0, 2);
        little(out, 0, 2);
        little(out, 0, 4);
        little(out, parts[i].offset, 4);
        vg_buffer_text(out, parts[i].name);
    }
    const size_t size = out->size - start;
    little(out, 0x06054b50, 4);
    little(out, 0, 4);
    little(out, (uint32_t)n, 2);
    little(out, (uint32_t)n, 2);
    little(out, (uint32_t)size, 4);
    little(out, (uint32_t)start, 4);
    little(out, 0, 2);
}

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
static const struct { const char *name, *text; } fixed[] = {
    {"[Content_Types].xml", XML "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                            "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TYPE "sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" TYPE "worksheet+xml\"/>"
                            "<Override PartName=\"/xl/styles.xml\" ContentType=\"" TYPE "styles+xml\"/></Types>"},
    {"_rels/.rels", XML "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
    {"xl/workbook.xml", XML "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"" OFFICE "\"><sheets><sheet name=\"vigia\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels", XML "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                                   "<Relationship Id=\"rId2\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/></Relationships>"},
    {"xl/styles.xml", XML "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>"
                      "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
                      "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
                      "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
                      "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/><xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs></styleSheet>"},
};

static vg_status check_size(const struct vg_table *table, struct vg_error *error)
{
    if (table->n_rows + 1 > ROWS_MOST || table->n_columns > COLUMNS_MOST) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "the table has %zu rows and %zu columns; Excel opens %zu and %zu: write it as csv", table->n_rows, table->n_columns, ROWS_MOST - 1, COLUMNS_MOST);
    }
    for (size_t k = 0; k < table->n_columns; k++) {
        for (size_t row = 0; table->columns[k].kind == VG_COLUMN_TEXT && row < table->n_rows; row++) {
            if (!table->columns[k].missing[row] && table->columns[k].values.texts[row].size > TEXT_MOST) {
                return vg_fail(error, VG_LIMIT_EXCEEDED, "row %zu, column %s is longer than a cell of Excel can be (%zu characters): write it as csv", row + 1, table->columns[k].name, TEXT_MOST);
            }
        }
    }
    return VG_OK;
}

vg_status table_write_xlsx(const struct vg_table *table, struct vg_buffer *out, struct vg_error *error)
{
    struct part parts[PARTS];
    struct vg_buffer sheet;
    vg_status status = check_size(table, error);
    const size_t before = out->size;
    VG_ASSERT(before == 0); /* offsets in the archive are those of the file */
    vg_buffer_init(&sheet, 0);
    if (status == VG_OK) {
        write_sheet(table, &sheet);
        status = sheet.failed ? vg_fail_memory(error, sheet.size) : VG_OK;
    }
    for (size_t i = 0; status == VG_OK && i < PARTS; i++) {
        const bool of_table = i == PARTS - 1;
        parts[i] = (struct part){.name = of_table ? "xl/worksheets/sheet1.xml" : fixed[i].name};
        status = add_part(out, &parts[i], of_table ? sheet.data : fixed[i].text, of_table ? sheet.size : strlen(fixed[i].text), error);
    }
    vg_buffer_release(&sheet);
    if (status == VG_OK) {
        end_archive(out, parts, PARTS);
        status = out->failed ? vg_fail_memory(error, out->size) : VG_OK;
    }
    return status;
}
