/*
 * What the reader promises of XLSX: values of every cell type, dates by style in both calendars, sparse and odd sheets, titles
 * above the table, the choice of the sheet, what libxlsxwriter writes, and that damaged and hostile packages end in an error.
 */
#include "reader_dump.h"

#include <stdio.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zip.h>

#include "intake/reader_xlsx.h"

struct part {
    const char *name;
    const char *text;
    size_t size; /* 0: text is a C string */
};

struct package {
    char *data;
    size_t size;
};

/* A zip in memory; libzip frees its own, so the bytes are copied out. */
static struct package make_package(const struct part *parts, size_t n)
{
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &reason);
    assert_non_null(memory);
    zip_source_keep(memory);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &reason);
    assert_non_null(archive);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *content =
            zip_source_buffer(archive, parts[i].text, parts[i].size == 0 ? strlen(parts[i].text) : parts[i].size, 0);
        assert_non_null(content);
        assert_true(zip_file_add(archive, parts[i].name, content, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
    struct package package = {0};
    assert_int_equal(zip_source_open(memory), 0);
    zip_source_seek(memory, 0, SEEK_END);
    package.size = (size_t)zip_source_tell(memory);
    zip_source_seek(memory, 0, SEEK_SET);
    package.data = malloc(package.size);
    assert_non_null(package.data);
    assert_int_equal(zip_source_read(memory, package.data, package.size), (int)package.size);
    zip_source_close(memory);
    zip_source_free(memory);
    zip_error_fini(&reason);
    return package;
}

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static const char one_sheet[] = "<?xml version=\"1.0\"?><workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELATIONS "\"><sheets>"
                                "<sheet name=\"Hoja 1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
static const char one_sheet_1904[] = "<workbook xmlns:r=\"" RELATIONS "\"><workbookPr date1904=\"1\"/><sheets>"
                                     "<sheet name=\"Hoja 1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
static const char relations[] =
    "<Relationships><Relationship Id=\"rId1\" Type=\"" RELATIONS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"" RELATIONS "/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"" RELATIONS "/chartsheet\" Target=\"chartsheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId4\" Type=\"" RELATIONS "/styles\" Target=\"styles.xml\"/>"
    "<Relationship Id=\"rId5\" Type=\"" RELATIONS "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";
/* Cell formats: 0 General, 1 built-in date, 2 date and time, 3 custom date, 4 custom money, 5 text, 6 elapsed time. */
static const char styles[] =
    "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-40A]dd/mm/yyyy;@\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"[Red]&quot;my day&quot; #,##0.00\\d\"/></numFmts>"
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/>"
    "<xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"49\"/><xf numFmtId=\"46\"/></cellXfs></styleSheet>";
static const char strings[] = "<sst><si><t>id</t></si><si><r><t>fe</t></r><r><rPr><b/></rPr><t>cha</t></r></si>"
                              "<si><t>\xE6\x9D\xB1\xE4\xBA\xAC</t><rPh sb=\"0\" eb=\"2\"><t>tokyo</t></rPh></si>"
                              "<si><t xml:space=\"preserve\"> a&amp;b_x000A_c _x0zz_ </t></si><si/></sst>";

static struct package make_workbook(const char *workbook, const char *sheet, size_t sheet_size)
{
    const struct part parts[] = {{"[Content_Types].xml", "<Types/>", 0},       {"xl/workbook.xml", workbook, 0},
                                 {"xl/_rels/workbook.xml.rels", relations, 0}, {"xl/styles.xml", styles, 0},
                                 {"xl/sharedStrings.xml", strings, 0},         {"xl/worksheets/sheet1.xml", sheet, sheet_size}};
    return make_package(parts, 6);
}

static void expect_sheet(const char *workbook, const char *rows, const char *expected)
{
    struct vg_buffer sheet;
    vg_buffer_init(&sheet, 0);
    vg_buffer_format(&sheet, "<worksheet xmlns=\"" MAIN "\"><sheetData>%s</sheetData></worksheet>", rows);
    struct package package = make_workbook(workbook, sheet.data, sheet.size);
    expect_dump(package.data, package.size, NULL, expected);
    free(package.data);
    vg_buffer_release(&sheet);
}

#define ROW(...) "<row>" __VA_ARGS__ "</row>"
#define STR(text) "<c t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define NUM(value) "<c><v>" value "</v></c>"
#define STY(style, value) "<c s=\"" style "\"><v>" value "</v></c>"

static void cell_types(void **state)
{
    expect_sheet(
        one_sheet,
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" "
        "t=\"inlineStr\"><is><r><t>no</t></r><r><t>ta</t></r>"
        "<rPh><t>x</t></rPh></is></c></row>"
        "<row r=\"2\"><c r=\"A2\"><v>11001</v></c><c r=\"B2\" t=\"s\"><v>2</v></c><c r=\"C2\" t=\"b\"><v>1</v></c></row>"
        "<row r=\"3\"><c r=\"A3\" t=\"n\"><v>0.10000000000000001</v></c><c r=\"B3\" t=\"s\"><v>3</v></c><c r=\"C3\" "
        "t=\"b\"><v>0</v></c></row>"
        "<row r=\"4\"><c r=\"A4\"><v>1.1001E4</v></c><c r=\"B4\" t=\"str\"><f>A1&amp;A2</f><v>x y</v></c><c r=\"C4\" "
        "t=\"e\"><v>#N/A</v></c></row>"
        "<row r=\"5\"><c r=\"A5\"><v>-2.5</v></c><c r=\"B5\" t=\"s\"><v>4</v></c><c r=\"C5\" "
        "t=\"d\"><v>2020-03-01T10:00:00</v></c></row>"
        "<row r=\"6\"><c r=\"A6\"><v>5.0</v></c><c r=\"B6\" s=\"3\"/><c r=\"C6\" t=\"d\"><v>2020-02-30</v></c></row>",
        "#1[id][fecha][nota]\n2[n:11001][\xE6\x9D\xB1\xE4\xBA\xAC][TRUE]\n3[n:0.1][ a&b\nc _x0zz_ ][FALSE]\n4[n:11001][x y][]\n"
        "5[n:-2.5][][d:2020-03-01]\n6[n:5][][2020-02-30]\n");
}

static void errors_are_counted(void **state)
{
    static const char sheet[] = "<worksheet><sheetData>" ROW(STR("a") STR("b")) ROW(NUM("1") "<c t=\"e\"><v>#N/A</v></c>")
        ROW("<c t=\"e\"><v>#REF!</v></c>" NUM("2")) "</sheetData></worksheet>";
    struct package package = make_workbook(one_sheet, sheet, 0);
    struct vg_reader_facts facts;
    char *found = dump_bytes(package.data, package.size, NULL, &facts);
    assert_string_equal(found, "#1[a][b]\n2[n:1][]\n3[][n:2]\n");
    assert_int_equal(facts.error_cells, 2);
    assert_int_equal(facts.container, VG_CONTAINER_XLSX);
    free(found);
    free(package.data);
}

static void dates_1900(void **state)
{
    expect_sheet(one_sheet,
                 ROW(STR("a") STR("b")) ROW(STY("1", "43831") STY("2", "43888.999988425923")) ROW(STY("3", "1") STY("1", "59"))
                     ROW(STY("1", "60") STY("1", "61")) ROW(STY("1", "2958465") STY("1", "2958466"))
                         ROW(STY("1", "0.5") STY("1", "-1")) ROW(STY("4", "43831") STY("5", "43831"))
                             ROW(STY("6", "1.5") STY("0", "43831")) ROW(STY("99", "43831") STY("1", "x")),
                 "#1[a][b]\n2[d:2020-01-01][d:2020-02-27]\n3[d:1900-01-01][d:1900-02-28]\n4[1900-02-29][d:1900-03-01]\n"
                 "5[d:9999-12-31][n:2958466]\n6[n:0.5][n:-1]\n7[n:43831][n:43831]\n8[d:1900-01-01][n:43831]\n9[n:43831][x]\n");
}

static void dates_1904(void **state)
{
    expect_sheet(one_sheet_1904,
                 ROW(STR("a") STR("b")) ROW(STY("1", "0") STY("1", "42369")) ROW(STY("3", "60") STY("2", "42369.75")),
                 "#1[a][b]\n2[d:1904-01-01][d:2020-01-01]\n3[d:1904-03-01][d:2020-01-01]\n");
}

static void format_codes(void **state)
{
    static const char *const dates[] = {"yyyy-mm-dd", "DD/MM/YY", "d\"de\"mmm", "[$-411]yyyy\\-m",
                                        "mmm",        "[h]:mm",   "dd.mm.;@",   "General;[Red]d"};
    static const char *const numbers[] = {
        "General", "0.00",     "#,##0\\ \"dym\"", "[Red]0",      "0_d", "0*d", "[$\xE2\x82\xAC-40A]#,##0",
        "@",       "0.00E+00", "\"unclosed d",    "[unclosed d", "0\\"};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (!vg_xlsx_code_is_date(dates[i])) {
            fail_msg("%s is a date format", dates[i]);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (vg_xlsx_code_is_date(numbers[i])) {
            fail_msg("%s is no date format", numbers[i]);
        }
    }
    unsigned count = 0;
    for (uint64_t id = 0; id < 164; id++) {
        count += vg_xlsx_format_is_date(id);
    }
    assert_int_equal(count, 9 + 10 + 3 + 9);
}

static void sparse_sheets(void **state)
{
    /* Rows and cells missing, empty rows, styled empty cells far to the right, a row too long, rows without numbers. */
    expect_sheet(one_sheet,
                 "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"D3\" "
                 "t=\"inlineStr\"><is><t>b</t></is></c><c r=\"XFD3\" s=\"1\"/></row>"
                 "<row r=\"4\"/><row r=\"5\"><c r=\"A5\"><v>1</v></c><c r=\"B5\"><v>2</v></c><c r=\"D5\"><v>3</v></c></row>"
                 "<row r=\"9\"><c r=\"B9\" t=\"inlineStr\"><is><t> </t></is></c></row>"
                 "<row><c r=\"D10\"><v>4</v></c><c r=\"AA10\"><v>5</v></c></row><row r=\"7\"><c><v>6</v></c></row>",
                 "#3[column 1][a][column 3][b]\n5[n:1][n:2][][n:3]\n10[][][][n:4]+23\n11[n:6][][][]\n");
}

static void titles_above_headings(void **state)
{
    expect_sheet(one_sheet,
                 ROW("<c r=\"A1\" t=\"inlineStr\"><is><t>Bolet\xC3\xADn</t></is></c><c r=\"B1\" s=\"1\"/><c r=\"C1\" s=\"1\"/>")
                     ROW("") ROW("<c r=\"B3\" t=\"inlineStr\"><is><t>Casos</t></is></c>")
                         ROW(STR("semana") STR("hombres") STR("mujeres")) ROW(NUM("1") NUM("2") NUM("3"))
                             ROW(NUM("2") NUM("2") NUM("3")),
                 "#4[semana][hombres][mujeres]\n5[n:1][n:2][n:3]\n6[n:2][n:2][n:3]\n");
}

static const char cover[] =
    "<worksheet><sheetData>" ROW(STR("About this file")) ROW(STR("Made by us")) "</sheetData></worksheet>";
static const char table[] =
    "<x:worksheet xmlns:x=\"" MAIN "\"><x:sheetData><x:row><x:c t=\"inlineStr\"><x:is><x:t>a</x:t></x:is></x:c>"
    "<x:c t=\"inlineStr\"><x:is><x:t>b</x:t></x:is></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>"
    "</x:sheetData></x:worksheet>";
static const char many_sheets[] =
    "<workbook xmlns:r=\"" RELATIONS "\"><sheets><sheet name=\"Notas\" r:id=\"rId1\"/><sheet name=\"Gr\xC3\xA1"
    "fico\" r:id=\"rId3\"/>"
    "<sheet name=\"Datos 2020\" r:id=\"rId2\"/></sheets></workbook>";

static void choice_of_the_sheet(void **state)
{
    const struct part parts[] = {{"xl/workbook.xml", many_sheets, 0},
                                 {"xl/_rels/workbook.xml.rels", relations, 0},
                                 {"xl/worksheets/sheet1.xml", cover, 0},
                                 {"xl/worksheets/sheet2.xml", table, 0}};
    struct package package = make_package(parts, 4);
    expect_dump(package.data, package.size, NULL, "#1[a][b]\n2[n:1][n:2]\n");
    expect_dump(package.data, package.size, &(struct vg_reader_options){.sheet = "datos-2020"}, "#1[a][b]\n2[n:1][n:2]\n");
    expect_dump(package.data, package.size, &(struct vg_reader_options){.sheet = "3"}, "#1[a][b]\n2[n:1][n:2]\n");
    expect_dump(package.data, package.size, &(struct vg_reader_options){.sheet = "1"}, "#1[About this file]\n2[Made by us]\n");
    expect_error(package.data, package.size, &(struct vg_reader_options){.sheet = "2"}, "no worksheet");
    expect_error(package.data, package.size, &(struct vg_reader_options){.sheet = "Hoja9"}, "it has 1 \"Notas\", 2 \"Gr");
    struct vg_reader_facts facts;
    struct vg_reader *reader = NULL;
    assert_int_equal(vg_reader_open_memory("t", package.data, package.size, NULL, &reader, NULL), VG_OK);
    vg_reader_get_facts(reader, &facts);
    assert_string_equal(facts.sheet, "Datos 2020");
    vg_reader_close(reader);
    free(package.data);
}

/* The workbook part need not have its usual name: the package says where it is. */
static void workbook_elsewhere(void **state)
{
    const struct part parts[] = {{"_rels/.rels",
                                  "<Relationships><Relationship Id=\"a\" Type=\"" RELATIONS
                                  "/officeDocument\" Target=\"/book/wb.xml\"/></Relationships>",
                                  0},
                                 {"book/wb.xml", one_sheet, 0},
                                 {"book/_rels/wb.xml.rels",
                                  "<Relationships><Relationship Id=\"rId1\" Type=\"" RELATIONS
                                  "/worksheet\" Target=\"../sheets/s.xml\"/></Relationships>",
                                  0},
                                 {"sheets/s.xml", table, 0}};
    struct package package = make_package(parts, 4);
    expect_dump(package.data, package.size, NULL, "#1[a][b]\n2[n:1][n:2]\n");
    free(package.data);
}

static void expect_package_error(const struct part *parts, size_t n, const char *part)
{
    struct package package = make_package(parts, n);
    expect_error(package.data, package.size, NULL, part);
    free(package.data);
}

static void other_packages_are_named(void **state)
{
    expect_package_error(&(struct part){"word/document.xml", "<a/>", 0}, 1, "Word document (.docx)");
    expect_package_error(&(struct part){"content.xml", "<a/>", 0}, 1, "OpenDocument");
    expect_package_error(&(struct part){"xl/workbook.bin", "x", 0}, 1, "xlsb");
    expect_package_error((const struct part[]){{"casos.csv", "a,b\n1,2\n", 0}, {"muertes.csv", "a,b\n1,2\n", 0}}, 2, "ZIP archive of 2 files");
    expect_package_error(&(struct part){"paper.pdf", "%PDF-1.4\n1 0 obj\n", 0}, 1, "PDF");
    expect_package_error((const struct part[]){{"_rels/.rels", "<a/>", 0}, {"word/document.xml", "<a/>", 0}}, 2,
                         "Word document (.docx)");
}

/* Portals hand out one table in a ZIP archive, often with what an archiver put beside it. */
static void a_table_in_an_archive(void **state)
{
    const struct part parts[] = {{"datos/", "", 0}, {"datos/casos.csv", "a;b\n1;2\n\xE1;3\n", 0}, {"__MACOSX/datos/._casos.csv", "x", 0}, {"datos/.DS_Store", "x", 0}};
    struct package package = make_package(parts + 1, 3);
    expect_dump(package.data, package.size, NULL, "#1[a][b]\n2[1][2]\n3[\xC3\xA1][3]\n");
    expect_error(package.data, package.size / 2, NULL, "damaged");
    free(package.data);
    /* Its bytes as they are stored: a changed one is found by the archive's sum. */
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "id,day\n");
    for (int i = 0; i < 200000; i++) {
        vg_buffer_format(&text, "%d,2020-03-%02d\n", i, 1 + i % 28);
    }
    package = make_package(&(struct part){"list.csv", text.data, text.size}, 1);
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch = {0};
    struct vg_error error = {0};
    uint64_t rows = 0;
    assert_int_equal(vg_reader_open_memory("t", package.data, package.size, NULL, &reader, &error), VG_OK);
    do {
        assert_int_equal(vg_reader_next(reader, &batch, &error), VG_OK);
        rows += batch.n_rows;
    } while (batch.n_rows > 0);
    vg_reader_close(reader);
    assert_int_equal(rows, 200000);
    memset(package.data + package.size / 2, 0x55, 64);
    expect_error(package.data, package.size, NULL, "damaged");
    free(package.data);
    vg_buffer_release(&text);
}

static void damaged_packages(void **state)
{
    static const char good[] =
        "<worksheet><sheetData>" ROW(STR("a") STR("b")) ROW(NUM("1") NUM("2")) "</sheetData></worksheet>";
    struct package package = make_workbook(one_sheet, good, 0);
    expect_error(package.data, package.size / 2, NULL, "damaged");
    free(package.data);
    struct {
        const char *sheet, *part;
    } cases[] = {
        {"<worksheet><sheetData><row><c><v>1</v></row>", "broken XML"},
        {"<worksheet><sheetData>" ROW(STR("a") STR("b")) ROW(NUM("1") "<c t=\"s\"><v>99</v></c>") "</sheetData></worksheet>",
         "row 2, column 2 refers to the shared text \"99\""},
        {"<worksheet><sheetData>" ROW(STR("a") "<c r=\"ZZZZZZZZ1\"><v>1</v></c>") "</sheetData></worksheet>", "ZZZZZZZZ1"},
        {"<worksheet><sheetData>" ROW(STR("a") "<c r=\"12\"><v>1</v></c>") "</sheetData></worksheet>",
         "where no sheet has one"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet><sheetData>" ROW(STR("a")) "</sheetData></worksheet>", "document type"},
        {"<worksheet><sheetData/></worksheet>", "none of its 1 sheets"},
        {"", "broken XML"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct package damaged = make_workbook(one_sheet, cases[i].sheet, 0);
        expect_error(damaged.data, damaged.size, NULL, cases[i].part);
        free(damaged.data);
    }
    expect_package_error(&(struct part){"xl/workbook.xml", "<workbook/>", 0}, 1, "xl/_rels/workbook.xml.rels");
    expect_package_error(
        (const struct part[]){{"xl/workbook.xml", "<workbook/>", 0}, {"xl/_rels/workbook.xml.rels", "<a/>", 0}}, 2,
        "no sheets");
    expect_package_error((const struct part[]){{"xl/workbook.xml", one_sheet, 0}, {"xl/_rels/workbook.xml.rels", relations, 0}},
                         2, "no part xl/worksheets/sheet1.xml");
}

/* 400 MiB of blanks between two rows pack into 400 kB. */
static void bombs_end_in_an_error(void **state)
{
    size_t blanks = (size_t)400 << 20;
    static const char head[] = "<worksheet><sheetData>" ROW(STR("a") STR("b")) ROW(NUM("1") NUM("2"));
    char *sheet = malloc(sizeof head + blanks);
    assert_non_null(sheet);
    memcpy(sheet, head, sizeof head - 1);
    memset(sheet + sizeof head - 1, ' ', blanks);
    struct package package = make_workbook(one_sheet, sheet, sizeof head - 1 + blanks);
    free(sheet);
    expect_error(package.data, package.size, NULL, "decompression bomb");
    expect_error(package.data, package.size, &(struct vg_reader_options){.limit_bytes = 1000000}, "more than is allowed");
    free(package.data);
    /* A cell longer than any cell is. */
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>");
    for (int i = 0; i < 150000; i++) {
        vg_buffer_text(&text, "0123456789");
    }
    vg_buffer_text(&text, "</t></is></c></row></sheetData></worksheet>");
    package = make_workbook(one_sheet, text.data, text.size);
    expect_error(package.data, package.size, NULL, "a cell longer than 1048576 bytes");
    free(package.data);
    vg_buffer_release(&text);
}

/* Many rows, over many chunks and batches, numbered right; memory stays that of a batch. */
static void long_sheets(void **state)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "<worksheet><sheetData>" ROW(STR("a") STR("b")));
    for (int i = 2; i <= 60000; i++) {
        vg_buffer_format(&text, "<row r=\"%d\"><c><v>%d</v></c><c t=\"s\"><v>2</v></c></row>", i, i);
    }
    vg_buffer_text(&text, "</sheetData></worksheet>");
    struct package package = make_workbook(one_sheet, text.data, text.size);
    struct vg_reader *reader = NULL;
    assert_int_equal(vg_reader_open_memory("t", package.data, package.size, NULL, &reader, NULL), VG_OK);
    uint64_t expected = 2;
    double progress = 0;
    for (;;) {
        struct vg_row_batch batch;
        assert_int_equal(vg_reader_next(reader, &batch, NULL), VG_OK);
        if (batch.n_rows == 0) {
            break;
        }
        assert_in_range(batch.n_rows, 1, 8192);
        assert_true(vg_reader_progress(reader) >= progress);
        progress = vg_reader_progress(reader);
        for (size_t i = 0; i < batch.n_rows; i++, expected++) {
            int64_t number = 0;
            assert_int_equal(batch.lines[i], expected);
            assert_true(vg_parse_integer(batch.cells[2 * i], &number));
            assert_int_equal(number, (int64_t)expected);
            assert_true(vg_text_equals(batch.cells[2 * i + 1], "\xE6\x9D\xB1\xE4\xBA\xAC"));
        }
    }
    assert_int_equal(expected, 60001);
    vg_reader_close(reader);
    free(package.data);
    vg_buffer_release(&text);
}

static void what_libxlsxwriter_writes(void **state)
{
    char path[] = "/tmp/vigia_reader_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    lxw_workbook *workbook = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(workbook, "Casos");
    lxw_format *date = workbook_add_format(workbook);
    format_set_num_format(date, "dd/mm/yyyy");
    worksheet_merge_range(sheet, 0, 0, 0, 2, "Bolet\xC3\xADn", NULL);
    worksheet_write_string(sheet, 1, 0, "id", NULL);
    worksheet_write_string(sheet, 1, 1, "Fecha", NULL);
    worksheet_write_string(sheet, 1, 2, "Edad", NULL);
    for (lxw_row_t i = 0; i < 500; i++) {
        lxw_datetime day = {.year = 2020, .month = 1 + (int)(i % 12), .day = 1 + (int)(i % 28), .hour = 13};
        worksheet_write_number(sheet, i + 2, 0, i, NULL);
        worksheet_write_datetime(sheet, i + 2, 1, &day, date);
        worksheet_write_number(sheet, i + 2, 2, 0.5 * i, NULL);
    }
    assert_int_equal(workbook_close(workbook), LXW_NO_ERROR);
    struct vg_reader *reader = NULL;
    struct vg_error error = {0};
    assert_int_equal(vg_reader_open(path, NULL, &reader, &error), VG_OK);
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    dump_headings(&out, reader);
    dump_rows(&out, reader);
    struct vg_buffer expected;
    vg_buffer_init(&expected, 0);
    vg_buffer_text(&expected, "#2[id][Fecha][Edad]\n");
    for (int i = 0; i < 500; i++) {
        vg_buffer_format(&expected, "%d[n:%d][d:2020-%02d-%02d][n:%d%s]\n", i + 3, i, 1 + i % 12, 1 + i % 28, i / 2,
                         i % 2 == 0 ? "" : ".5");
    }
    assert_string_equal(out.data, expected.data);
    vg_buffer_release(&out);
    vg_buffer_release(&expected);
    vg_reader_close(reader);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cell_types),
        cmocka_unit_test(errors_are_counted),
        cmocka_unit_test(dates_1900),
        cmocka_unit_test(dates_1904),
        cmocka_unit_test(format_codes),
        cmocka_unit_test(sparse_sheets),
        cmocka_unit_test(titles_above_headings),
        cmocka_unit_test(choice_of_the_sheet),
        cmocka_unit_test(workbook_elsewhere),
        cmocka_unit_test(other_packages_are_named),
        cmocka_unit_test(a_table_in_an_archive),
        cmocka_unit_test(damaged_packages),
        cmocka_unit_test(bombs_end_in_an_error),
        cmocka_unit_test(long_sheets),
        cmocka_unit_test(what_libxlsxwriter_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
