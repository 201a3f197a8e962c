/*
 * Rows out of a sheet of an XLSX workbook. The sheet is a stream: a chunk of XML is parsed, the rows that ended in it form the
 * batch. Rows and cells may be missing (sparse), cells carry their column, values are strings by number, in place, numbers,
 * booleans, errors or dates; which numbers are dates only the styles tell.
 */
#include "intake/reader_xlsx.h"

#include <stdlib.h>
#include <string.h>

#define XLSX_BATCH_ROWS ((size_t)2048)
#define MAX_CELLS_A_CHUNK ((size_t)1 << 20)
#define SHORTEST_ROW_BYTES ((size_t)24) /* <row><c><v>1</v></c></row> */

enum cell_type { TYPE_NUMBER, TYPE_SHARED, TYPE_BOOLEAN, TYPE_ERROR, TYPE_STRING, TYPE_INLINE, TYPE_DATE };

struct slot {        /* a cell before its text has its final place */
    uint64_t offset; /* in the row's or the batch's text; or the index of a shared string */
    uint32_t size;
    uint8_t kind;
    bool shared, filled;
};

struct sheet {
    struct vg_xml_part part;
    uint64_t row_number, row_ordinal;
    size_t column, next_column;
    enum cell_type type;
    bool date_style;
    bool in_data, in_row, in_cell, in_value, in_phonetic, closed;
    struct vg_buffer value; /* of the cell being read */
    struct vg_buffer text;  /* of the row being read */
    struct slot *slots;     /* [VG_READER_MAX_COLUMNS] of the row being read */
    size_t width;           /* slots in use */
};

struct vg_xlsx {
    const char *name;
    zip_t *archive;
    uint64_t limit_bytes;
    struct vg_xlsx_workbook *workbook;
    struct vg_xlsx_strings strings;
    struct vg_xlsx_styles styles;
    const struct vg_xlsx_sheet *chosen;
    struct sheet sheet;
    struct vg_sample *sample; /* while the first rows are looked at; NULL later */
    uint64_t heading_row;     /* rows up to here are passed over */
    uint64_t error_cells;

    size_t n_columns, n_rows, row_capacity;
    struct slot *slots; /* [row_capacity * n_columns] */
    struct vg_text *cells;
    uint8_t *kinds;
    uint64_t *lines;
    uint16_t *surplus;
    bool any_surplus;
    struct vg_buffer text;
};

static enum cell_type type_of(const char *t)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"s", TYPE_SHARED},   {"b", TYPE_BOOLEAN},        {"e", TYPE_ERROR},
                 {"str", TYPE_STRING}, {"inlineStr", TYPE_INLINE}, {"d", TYPE_DATE}};
    for (size_t i = 0; t != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(t, types[i].name) == 0) {
            return types[i].type;
        }
    }
    return TYPE_NUMBER;
}

/* "AB12" -> 27; the number of columns allowed if it is nonsense or beyond. */
static size_t column_of(const char *reference)
{
    size_t column = 0;
    const char *c = reference;
    for (; (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z'); c++) {
        column = column * 26 + (size_t)((*c & 0x1F));
        if (column > VG_READER_MAX_COLUMNS) {
            return VG_READER_MAX_COLUMNS;
        }
    }
    return c == reference ? VG_READER_MAX_COLUMNS : column - 1;
}

static void start_row(struct vg_xlsx *xlsx, const char **attributes)
{
    struct sheet *sheet = &xlsx->sheet;
    uint64_t number = 0;
    /* Numbers that fall back or repeat are not believed: the order of the rows is what holds. */
    bool believed =
        vg_xml_number(vg_xml_attribute(attributes, "r"), &number) && number > sheet->row_number && number < UINT32_MAX;
    sheet->row_number = believed ? number : sheet->row_number + 1;
    memset(sheet->slots, 0, sheet->width * sizeof *sheet->slots);
    sheet->width = 0;
    sheet->next_column = 0;
    vg_buffer_clear(&sheet->text);
    sheet->in_row = true;
}

static void start_cell(struct vg_xlsx *xlsx, const char **attributes)
{
    struct sheet *sheet = &xlsx->sheet;
    const char *reference = vg_xml_attribute(attributes, "r");
    uint64_t style = 0;
    sheet->column = reference == NULL ? sheet->next_column : column_of(reference);
    if (sheet->column >= VG_READER_MAX_COLUMNS) {
        vg_xml_part_fail(&sheet->part, VG_DATA_ERROR, "row %llu has a cell in column \"%.20s\", where no sheet has one",
                         (unsigned long long)sheet->row_number, reference == NULL ? "?" : reference);
        return;
    }
    sheet->next_column = sheet->column + 1;
    sheet->type = type_of(vg_xml_attribute(attributes, "t"));
    sheet->date_style = vg_xml_number(vg_xml_attribute(attributes, "s"), &style) && style < xlsx->styles.count &&
                        xlsx->styles.is_date[style] != 0;
    vg_buffer_clear(&sheet->value);
    sheet->in_cell = true;
}

static void start_element(void *pointer, const char *element, const char **attributes)
{
    struct vg_xlsx *xlsx = pointer;
    struct sheet *sheet = &xlsx->sheet;
    if (sheet->in_cell) {
        if (strcmp(element, "v") == 0) {
            sheet->in_value = sheet->type != TYPE_INLINE;
        } else if (strcmp(element, "t") == 0) {
            sheet->in_value = sheet->type == TYPE_INLINE && !sheet->in_phonetic;
        } else if (strcmp(element, "rPh") == 0) {
            sheet->in_phonetic = true;
        }
    } else if (sheet->in_row) {
        if (strcmp(element, "c") == 0) {
            start_cell(xlsx, attributes);
        }
    } else if (sheet->in_data) {
        if (strcmp(element, "row") == 0) {
            start_row(xlsx, attributes);
        }
    } else if (strcmp(element, "sheetData") == 0) {
        sheet->in_data = true;
    }
}

static void text_of_cell(void *pointer, const char *text, size_t size)
{
    struct vg_xlsx *xlsx = pointer;
    struct sheet *sheet = &xlsx->sheet;
    if (sheet->in_value) {
        vg_buffer_append(&sheet->value, text, size);
        if (sheet->value.failed) {
            vg_xml_part_fail(&sheet->part, VG_LIMIT_EXCEEDED, "row %llu, column %zu: a cell longer than %zu bytes",
                             (unsigned long long)sheet->row_number, sheet->column + 1, VG_READER_MAX_CELL_BYTES);
        }
    }
}

static void keep_text(struct vg_xlsx *xlsx, struct slot *slot, const char *text, size_t size, enum vg_cell_kind kind)
{
    struct sheet *sheet = &xlsx->sheet;
    *slot = (struct slot){.offset = sheet->text.size, .size = (uint32_t)size, .kind = (uint8_t)kind, .filled = true};
    vg_buffer_append(&sheet->text, text, size);
    if (sheet->text.failed) {
        vg_xml_part_fail(&sheet->part, VG_LIMIT_EXCEEDED, "row %llu is longer than %zu MiB",
                         (unsigned long long)sheet->row_number, VG_READER_MAX_ROW_BYTES >> 20);
    }
}

static void keep_date(struct vg_xlsx *xlsx, struct slot *slot, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    size_t size = vg_date_print(date, text);
    keep_text(xlsx, slot, text, size, VG_CELL_DATE);
}

static bool all_digits(struct vg_text text)
{
    size_t i = text.size > 0 && text.data[0] == '-' ? 1 : 0;
    bool digits = text.size > i && text.size < 16 && (text.data[i] != '0' || text.size == i + 1);
    for (; digits && i < text.size; i++) {
        digits = text.data[i] >= '0' && text.data[i] <= '9';
    }
    return digits;
}

static void keep_number(struct vg_xlsx *xlsx, struct slot *slot, struct vg_text value)
{
    double number = 0;
    value = vg_text_trim(value);
    if (!xlsx->sheet.date_style && all_digits(value)) {
        keep_text(xlsx, slot, value.data, value.size, VG_CELL_NUMBER);
        return;
    }
    if (!vg_parse_double(value, '.', &number)) {
        keep_text(xlsx, slot, value.data, value.size, VG_CELL_TEXT);
        return;
    }
    int32_t date = 0;
    int has_day = xlsx->sheet.date_style ? vg_xlsx_serial_to_date(number, xlsx->workbook->date_system_1904, &date) : 0;
    if (has_day == 1) {
        keep_date(xlsx, slot, date);
    } else if (has_day == 2) {
        keep_text(xlsx, slot, "1900-02-29", 10, VG_CELL_TEXT); /* what the spreadsheet shows; no calendar has it */
    } else {
        char text[32];
        size_t size = vg_print_double(number, text);
        keep_text(xlsx, slot, text, size, VG_CELL_NUMBER);
    }
}

static void keep_shared(struct vg_xlsx *xlsx, struct slot *slot, struct vg_text value)
{
    int64_t index = 0;
    if (!vg_parse_integer(value, &index) || index < 0 || (uint64_t)index >= xlsx->strings.count) {
        vg_xml_part_fail(&xlsx->sheet.part, VG_DATA_ERROR,
                         "row %llu, column %zu refers to the shared text \"%.*s\", but there are %zu; the workbook is damaged",
                         (unsigned long long)xlsx->sheet.row_number, xlsx->sheet.column + 1,
                         (int)(value.size < 24 ? value.size : 24), value.data, xlsx->strings.count);
        return;
    }
    *slot = (struct slot){.offset = (uint64_t)index,
                          .size = (uint32_t)vg_xlsx_string(&xlsx->strings, (size_t)index).size,
                          .kind = VG_CELL_TEXT,
                          .shared = true,
                          .filled = true};
}

static void end_cell(struct vg_xlsx *xlsx)
{
    struct sheet *sheet = &xlsx->sheet;
    sheet->in_cell = false;
    if (sheet->value.size == 0) {
        return;
    }
    struct vg_text value = vg_text_of(sheet->value.data, sheet->value.size);
    struct slot *slot = &sheet->slots[sheet->column];
    sheet->width = sheet->column + 1 > sheet->width ? sheet->column + 1 : sheet->width;
    int32_t date = 0;
    switch (sheet->type) {
    case TYPE_SHARED:
        keep_shared(xlsx, slot, value);
        break;
    case TYPE_NUMBER:
        keep_number(xlsx, slot, value);
        break;
    case TYPE_BOOLEAN:
        if (vg_text_equals(value, "1")) {
            keep_text(xlsx, slot, "TRUE", 4, VG_CELL_TEXT);
        } else {
            keep_text(xlsx, slot, "FALSE", 5, VG_CELL_TEXT);
        }
        break;
    case TYPE_ERROR:
        xlsx->error_cells++;
        break;
    case TYPE_DATE:
        if (value.size >= 10 && (value.size == 10 || value.data[10] == 'T') &&
            vg_date_parse_iso(vg_text_of(value.data, 10), &date)) {
            keep_date(xlsx, slot, date);
        } else {
            keep_text(xlsx, slot, value.data, value.size, VG_CELL_TEXT);
        }
        break;
    case TYPE_STRING:
    case TYPE_INLINE:
        value.size = vg_xlsx_decode_escapes(sheet->value.data, sheet->value.size);
        keep_text(xlsx, slot, value.data, value.size, VG_CELL_TEXT);
        break;
    }
}

static struct vg_text text_of_slot(const struct vg_xlsx *xlsx, const struct slot *slot, const struct vg_buffer *text)
{
    if (slot->shared) {
        return vg_xlsx_string(&xlsx->strings, (size_t)slot->offset);
    }
    return slot->size == 0 ? vg_text_of("", 0) : vg_text_of(text->data + slot->offset, slot->size);
}

/* The number of cells up to the last with content. */
static size_t used_width(const struct vg_xlsx *xlsx)
{
    const struct sheet *sheet = &xlsx->sheet;
    size_t width = sheet->width;
    while (width > 0 &&
           (!sheet->slots[width - 1].filled || vg_text_is_blank(text_of_slot(xlsx, &sheet->slots[width - 1], &sheet->text)))) {
        width--;
    }
    return width;
}

static void sample_row(struct vg_xlsx *xlsx, size_t width)
{
    struct vg_sample *sample = xlsx->sample;
    if (sample->n_rows == VG_SAMPLE_ROWS) {
        return;
    }
    struct vg_text *cells = VG_ARENA_ARRAY(&sample->arena, struct vg_text, width);
    bool memory = cells != NULL;
    for (size_t i = 0; memory && i < width; i++) {
        struct vg_text text = text_of_slot(xlsx, &xlsx->sheet.slots[i], &xlsx->sheet.text);
        char *copy = vg_arena_copy_bytes(&sample->arena, text.data, text.size);
        memory = copy != NULL;
        cells[i] = vg_text_of(copy, text.size);
    }
    if (!memory) {
        vg_xml_part_fail(&xlsx->sheet.part, VG_SYSTEM_ERROR, "out of memory");
        return;
    }
    sample->rows[sample->n_rows++] = (struct vg_sample_row){xlsx->sheet.row_number, width, cells};
}

static bool grow_batch(struct vg_xlsx *xlsx)
{
    size_t capacity = xlsx->row_capacity == 0 ? 32 : xlsx->row_capacity * 2;
    size_t cells = 0;
    if (!vg_multiply_size(capacity, xlsx->n_columns, &cells) || cells > SIZE_MAX / sizeof(struct slot)) {
        return false;
    }
    struct slot *slots = realloc(xlsx->slots, cells * sizeof *slots);
    xlsx->slots = slots != NULL ? slots : xlsx->slots;
    struct vg_text *texts = realloc(xlsx->cells, cells * sizeof *texts);
    xlsx->cells = texts != NULL ? texts : xlsx->cells;
    uint8_t *kinds = realloc(xlsx->kinds, cells);
    xlsx->kinds = kinds != NULL ? kinds : xlsx->kinds;
    uint64_t *lines = realloc(xlsx->lines, capacity * sizeof *lines);
    xlsx->lines = lines != NULL ? lines : xlsx->lines;
    uint16_t *surplus = realloc(xlsx->surplus, capacity * sizeof *surplus);
    xlsx->surplus = surplus != NULL ? surplus : xlsx->surplus;
    if (slots == NULL || texts == NULL || kinds == NULL || lines == NULL || surplus == NULL) {
        return false;
    }
    xlsx->row_capacity = capacity;
    return true;
}

static void batch_row(struct vg_xlsx *xlsx, size_t width)
{
    struct sheet *sheet = &xlsx->sheet;
    if (xlsx->n_rows == xlsx->row_capacity && !grow_batch(xlsx)) {
        vg_xml_part_fail(&sheet->part, VG_SYSTEM_ERROR, "out of memory");
        return;
    }
    struct slot *to = xlsx->slots + xlsx->n_rows * xlsx->n_columns;
    uint64_t base = xlsx->text.size;
    for (size_t i = 0; i < xlsx->n_columns; i++) {
        to[i] = i < sheet->width ? sheet->slots[i] : (struct slot){0};
        to[i].offset += to[i].shared ? 0 : base;
    }
    vg_buffer_append(&xlsx->text, sheet->text.data, sheet->text.size);
    if (xlsx->text.failed) {
        vg_xml_part_fail(&sheet->part, VG_SYSTEM_ERROR, "out of memory");
        return;
    }
    size_t surplus = width > xlsx->n_columns ? width - xlsx->n_columns : 0;
    xlsx->lines[xlsx->n_rows] = sheet->row_number;
    xlsx->surplus[xlsx->n_rows] = (uint16_t)surplus;
    xlsx->any_surplus = xlsx->any_surplus || surplus > 0;
    xlsx->n_rows++;
}

static void end_element(void *pointer, const char *element)
{
    struct vg_xlsx *xlsx = pointer;
    struct sheet *sheet = &xlsx->sheet;
    if (sheet->in_cell) {
        if (strcmp(element, "c") == 0) {
            end_cell(xlsx);
        } else if (strcmp(element, "rPh") == 0) {
            sheet->in_phonetic = false;
        }
        sheet->in_value = false;
    } else if (sheet->in_row && strcmp(element, "row") == 0) {
        sheet->in_row = false;
        size_t width = used_width(xlsx);
        if (width > 0 && xlsx->sample != NULL) {
            sample_row(xlsx, width);
        } else if (width > 0 && sheet->row_number > xlsx->heading_row) {
            batch_row(xlsx, width);
        }
    } else if (strcmp(element, "sheetData") == 0) {
        sheet->in_data = false;
        sheet->closed = true;
    }
}

static vg_status open_sheet(struct vg_xlsx *xlsx, const struct vg_xlsx_sheet *chosen, struct vg_error *error)
{
    struct sheet *sheet = &xlsx->sheet;
    vg_xml_part_close(&sheet->part);
    sheet->row_number = 0;
    sheet->in_data = sheet->in_row = sheet->in_cell = sheet->in_value = sheet->in_phonetic = sheet->closed = false;
    xlsx->chosen = chosen;
    xlsx->error_cells = 0;
    struct vg_xml_handlers handlers = {start_element, end_element, text_of_cell};
    vg_status status =
        vg_xml_part_open(&sheet->part, xlsx->name, xlsx->archive, chosen->part, xlsx->limit_bytes, handlers, xlsx, error);
    if (status == VG_OK && xlsx->n_columns > 0) {
        /* Many columns and short rows: one chunk must not blow up the batch. */
        size_t chunk = MAX_CELLS_A_CHUNK / xlsx->n_columns * SHORTEST_ROW_BYTES;
        sheet->part.chunk_bytes = chunk < VG_XML_CHUNK_BYTES ? chunk : VG_XML_CHUNK_BYTES;
    }
    return status;
}

static vg_status read_sample(struct vg_xlsx *xlsx, const struct vg_xlsx_sheet *chosen, struct vg_error *error)
{
    vg_arena_release(&xlsx->sample->arena);
    xlsx->sample->n_rows = 0;
    vg_status status = open_sheet(xlsx, chosen, error);
    while (status == VG_OK && !xlsx->sheet.part.ended && xlsx->sample->n_rows < VG_SAMPLE_ROWS) {
        status = vg_xml_part_feed(&xlsx->sheet.part, error);
    }
    return status;
}

static vg_status fail_no_sheet(const struct vg_xlsx *xlsx, const char *wanted, struct vg_error *error)
{
    struct vg_buffer names;
    vg_buffer_init(&names, 400);
    for (size_t i = 0; i < xlsx->workbook->n_sheets; i++) {
        vg_buffer_format(&names, "%s%zu \"%.60s\"", i == 0 ? "" : ", ", i + 1, xlsx->workbook->sheets[i].name);
    }
    vg_status status = vg_fail(error, VG_NOT_FOUND, "%s has no worksheet \"%s\"; it has %s", xlsx->name, wanted,
                               names.size > 0 ? names.data : "none");
    vg_buffer_release(&names);
    return status;
}

static vg_status sample_named_sheet(struct vg_xlsx *xlsx, const char *wanted, struct vg_error *error)
{
    const struct vg_xlsx_workbook *workbook = xlsx->workbook;
    const struct vg_xlsx_sheet *found = NULL;
    uint64_t number = 0;
    for (size_t i = 0; i < workbook->n_sheets && found == NULL; i++) {
        found = strcmp(workbook->sheets[i].name, wanted) == 0 ? &workbook->sheets[i] : NULL;
    }
    for (size_t i = 0; i < workbook->n_sheets && found == NULL; i++) {
        found = vg_text_fold_equal(vg_text_from(workbook->sheets[i].name), vg_text_from(wanted)) ? &workbook->sheets[i] : NULL;
    }
    if (found == NULL && vg_xml_number(wanted, &number) && number >= 1 && number <= workbook->n_sheets) {
        found = &workbook->sheets[number - 1];
    }
    if (found == NULL || found->part == NULL) {
        return fail_no_sheet(xlsx, wanted, error);
    }
    return read_sample(xlsx, found, error);
}

static size_t rows_like_a_table(const struct vg_sample *sample)
{
    size_t rows = 0;
    for (size_t i = 0; i < sample->n_rows; i++) {
        rows += sample->rows[i].n_cells >= 2;
    }
    return rows;
}

/* The first visible sheet with two rows of two cells (a cover sheet has not), else the first with anything in it. */
static vg_status sample_first_sheet(struct vg_xlsx *xlsx, struct vg_error *error)
{
    const struct vg_xlsx_workbook *workbook = xlsx->workbook;
    const struct vg_xlsx_sheet *fallback = NULL;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < workbook->n_sheets; i++) {
            const struct vg_xlsx_sheet *sheet = &workbook->sheets[i];
            if (sheet->part == NULL || sheet->hidden != (pass == 1)) {
                continue;
            }
            vg_status status = read_sample(xlsx, sheet, error);
            if (status != VG_OK || rows_like_a_table(xlsx->sample) >= 2) {
                return status;
            }
            if (fallback == NULL && xlsx->sample->n_rows > 0) {
                fallback = sheet;
            }
        }
    }
    if (fallback == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s is empty: none of its %zu sheets has a row with content", xlsx->name,
                       workbook->n_sheets);
    }
    return read_sample(xlsx, fallback, error);
}

static vg_status open_archive(struct vg_xlsx *xlsx, const char *data, size_t size, struct vg_error *error)
{
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &reason);
    xlsx->archive = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &reason);
    vg_status status = VG_OK;
    if (xlsx->archive == NULL) {
        zip_source_free(source);
        status = vg_fail(error, VG_DATA_ERROR, "%s is a damaged workbook (%s)", xlsx->name, zip_error_strerror(&reason));
    }
    zip_error_fini(&reason);
    return status;
}

static vg_status read_package(struct vg_xlsx *xlsx, const char *data, size_t size, struct vg_arena *arena,
                              struct vg_error *error)
{
    vg_status status = open_archive(xlsx, data, size, error);
    xlsx->workbook = VG_ARENA_ARRAY(arena, struct vg_xlsx_workbook, 1);
    xlsx->sample = calloc(1, sizeof *xlsx->sample);
    xlsx->sheet.slots = calloc(VG_READER_MAX_COLUMNS, sizeof *xlsx->sheet.slots);
    if (status == VG_OK && (xlsx->workbook == NULL || xlsx->sample == NULL || xlsx->sheet.slots == NULL)) {
        status = vg_fail_memory(error, sizeof *xlsx->workbook);
    }
    if (status == VG_OK) {
        status = vg_xlsx_read_workbook(xlsx->name, xlsx->archive, xlsx->limit_bytes, arena, xlsx->workbook, error);
    }
    if (status == VG_OK) {
        status = vg_xlsx_read_strings(xlsx->name, xlsx->archive, xlsx->workbook->strings_part, xlsx->limit_bytes,
                                      &xlsx->strings, error);
    }
    if (status == VG_OK) {
        status = vg_xlsx_read_styles(xlsx->name, xlsx->archive, xlsx->workbook->styles_part, xlsx->limit_bytes, arena,
                                     &xlsx->styles, error);
    }
    return status;
}

static void drop_sample(struct vg_xlsx *xlsx)
{
    if (xlsx->sample != NULL) {
        vg_arena_release(&xlsx->sample->arena);
        free(xlsx->sample);
        xlsx->sample = NULL;
    }
}

vg_status vg_xlsx_open(const char *name, const char *data, size_t size, const struct vg_reader_options *options,
                       struct vg_arena *arena, struct vg_headings *headings, struct vg_reader_facts *facts,
                       struct vg_xlsx **opened, struct vg_error *error)
{
    *opened = NULL;
    struct vg_xlsx *xlsx = calloc(1, sizeof *xlsx);
    if (xlsx == NULL) {
        return vg_fail_memory(error, sizeof *xlsx);
    }
    xlsx->name = name;
    xlsx->limit_bytes = options->limit_bytes != 0 ? options->limit_bytes : VG_READER_DEFAULT_LIMIT_BYTES;
    vg_buffer_init(&xlsx->sheet.value, VG_READER_MAX_CELL_BYTES);
    vg_buffer_init(&xlsx->sheet.text, VG_READER_MAX_ROW_BYTES);
    vg_status status = read_package(xlsx, data, size, arena, error);
    if (status == VG_OK) {
        status = options->sheet != NULL ? sample_named_sheet(xlsx, options->sheet, error) : sample_first_sheet(xlsx, error);
    }
    if (status == VG_OK) {
        status = vg_headings_decide(name, xlsx->sample, options->header_row, arena, headings, error);
    }
    drop_sample(xlsx);
    if (status == VG_OK) {
        xlsx->n_columns = headings->count;
        xlsx->heading_row = headings->line;
        status = open_sheet(xlsx, xlsx->chosen, error);
    }
    if (status != VG_OK) {
        vg_xlsx_close(xlsx);
        return status;
    }
    facts->encoding = VG_ENCODING_UTF8;
    facts->date_system_1904 = xlsx->workbook->date_system_1904;
    facts->sheet = xlsx->chosen->name;
    *opened = xlsx;
    return VG_OK;
}

vg_status vg_xlsx_next(struct vg_xlsx *xlsx, struct vg_row_batch *batch, struct vg_error *error)
{
    *batch = (struct vg_row_batch){.n_columns = xlsx->n_columns};
    size_t aim = VG_READER_BATCH_CELLS / xlsx->n_columns;
    aim = aim > XLSX_BATCH_ROWS ? XLSX_BATCH_ROWS : aim < 1 ? 1 : aim;
    xlsx->n_rows = 0;
    xlsx->any_surplus = false;
    vg_buffer_clear(&xlsx->text);
    while (xlsx->n_rows < aim && !xlsx->sheet.part.ended && !xlsx->sheet.closed) {
        vg_status status = vg_xml_part_feed(&xlsx->sheet.part, error);
        if (status != VG_OK) {
            return status;
        }
    }
    size_t n_cells = xlsx->n_rows * xlsx->n_columns;
    for (size_t i = 0; i < n_cells; i++) {
        xlsx->cells[i] = text_of_slot(xlsx, &xlsx->slots[i], &xlsx->text);
        xlsx->kinds[i] = xlsx->slots[i].kind;
    }
    batch->n_rows = xlsx->n_rows;
    batch->cells = xlsx->cells;
    batch->kinds = xlsx->kinds;
    batch->lines = xlsx->lines;
    batch->surplus = xlsx->any_surplus ? xlsx->surplus : NULL;
    return VG_OK;
}

vg_status vg_xlsx_rewind(struct vg_xlsx *xlsx, struct vg_error *error)
{
    return open_sheet(xlsx, xlsx->chosen, error);
}

double vg_xlsx_progress(const struct vg_xlsx *xlsx)
{
    const struct vg_xml_part *part = &xlsx->sheet.part;
    if (part->ended || xlsx->sheet.closed || part->full_bytes == 0) {
        return part->ended || xlsx->sheet.closed ? 1.0 : 0.0;
    }
    return (double)part->read_bytes / (double)part->full_bytes;
}

void vg_xlsx_get_facts(const struct vg_xlsx *xlsx, struct vg_reader_facts *facts)
{
    facts->error_cells = xlsx->error_cells;
}

void vg_xlsx_close(struct vg_xlsx *xlsx)
{
    if (xlsx == NULL) {
        return;
    }
    drop_sample(xlsx);
    vg_xml_part_close(&xlsx->sheet.part);
    vg_buffer_release(&xlsx->sheet.value);
    vg_buffer_release(&xlsx->sheet.text);
    free(xlsx->sheet.slots);
    vg_xlsx_strings_release(&xlsx->strings);
    if (xlsx->archive != NULL) {
        zip_discard(xlsx->archive);
    }
    free(xlsx->slots);
    free(xlsx->cells);
    free(xlsx->kinds);
    free(xlsx->lines);
    free(xlsx->surplus);
    vg_buffer_release(&xlsx->text);
    free(xlsx);
}
