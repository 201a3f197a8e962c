/*
 * What the reader promises of delimited text: rows, cells and line numbers in every odd form people write; the delimiter and
 * the heading row; clear errors; and that the fast parser equals the plain one on random text with every kernel.
 */
#include "reader_dump.h"

#include <stdio.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static void plain_rows(void **state)
{
    expect_text("a,b,c\n1,2,3\n4,5,6\n", "#1[a][b][c]\n2[1][2][3]\n3[4][5][6]\n");
    expect_text("a,b,c\n1,2,3\n4,5,6", "#1[a][b][c]\n2[1][2][3]\n3[4][5][6]\n");
    expect_text("a,b\n1,\n,2\n", "#1[a][b]\n2[1][]\n3[][2]\n");
    expect_text("name\nx\ny\n", "#1[name]\n2[x]\n3[y]\n");
    expect_text("a,b\n", "#1[a][b]\n");
    expect_text("a,b", "#1[a][b]\n");
}

static void line_ends(void **state)
{
    expect_text("a,b\r\n1,2\r\n3,4\r\n", "#1[a][b]\n2[1][2]\n3[3][4]\n");
    expect_text("a,b\r1,2\r3,4\r", "#1[a][b]\n2[1][2]\n3[3][4]\n");
    expect_text("a,b\r\n1,2\n3,4\r5,6", "#1[a][b]\n2[1][2]\n3[3][4]\n4[5][6]\n");
    /* Rows without content are skipped, their lines count. */
    expect_text("\n\na,b\n\n1,2\r\n\r\n , \n,\n\"\",\n3,4\n\x1A", "#3[a][b]\n5[1][2]\n10[3][4]\n");
}

static void quotes(void **state)
{
    expect_text("a,b\n\"1,5\",\"x\"\"y\"\n\"l1\nl2\",z\n9,8\n", "#1[a][b]\n2[1,5][x\"y]\n3[l1\nl2][z]\n5[9][8]\n");
    expect_text("a,b\n\"l1\r\nl2\rl3\nl4\",z\n9,8\n", "#1[a][b]\n2[l1\r\nl2\rl3\nl4][z]\n6[9][8]\n");
    expect_text("\"a\nb\",\"c\"\n1,2\n", "#1[a b][c]\n3[1][2]\n");
    /* In the middle of an unquoted cell a quote is text; behind a closing quote everything is. */
    expect_text("a,b\n5\" pipe,2\n\"x\"y\"z,3\n\"\",\"\"\"\"\n", "#1[a][b]\n2[5\" pipe][2]\n3[xy\"z][3]\n4[][\"]\n");
    expect_text("a,b\n1,\"\"\"q\"\" r\"\r\n", "#1[a][b]\n2[1][\"q\" r]\n");
    expect_text("a,b\n1,\"x\"", "#1[a][b]\n2[1][x]\n");
}

static void unclosed_quote_names_its_line(void **state)
{
    expect_text("a,b\n1,2\n3,\"4\n5,6\n",
                "#1[a][b]\n2[1][2]\nerror: t, line 3, column 2: the quote that opens here is never closed\n");
    expect_text("a,b\n1,2\n\"x\ny\",\"4\n5,6\n",
                "#1[a][b]\n2[1][2]\nerror: t, line 4, column 2: the quote that opens here is never closed\n");
    expect_text("\"a,b\n1,2\n", "error: t: the quote that opens on line 1 is never closed\n");
}

static void short_and_long_rows(void **state)
{
    expect_text("a,b,c\n1\n1,2,3,4,5\n1,2,3,,\n1,2,3,,5\n", "#1[a][b][c]\n2[1][][]\n3[1][2][3]+2\n4[1][2][3]\n5[1][2][3]+2\n");
    expect_text("a,b,c\n,,,x\n", "#1[a][b][c]\n2[][][]+1\n");
}

static void nul_bytes_are_kept(void **state)
{
    char *found = dump_bytes("a,b\n1\0x,2\n", 11, NULL, NULL);
    assert_memory_equal(found, "#1[a][b]\n2[1\0x][2]\n", 19);
    free(found);
}

static void headings(void **state)
{
    expect_text(" a ,a,,b\tc,\"x\n y\",a\n1,2,3,4,5,6\n", "#1[a][a (2)][column 3][b c][x y][a (3)]\n3[1][2][3][4][5][6]\n");
    expect_text("a,a (2),a\n1,2,3\n", "#1[a][a (2)][a (3)]\n2[1][2][3]\n");
    /* Columns without heading and without content are none; one with content is. */
    expect_text("a,b,,,\n1,2,,,\n3,4,,,\n", "#1[a][b]\n2[1][2]\n3[3][4]\n");
    expect_text("a,b,,\n1,2,3,\n", "#1[a][b][column 3]\n2[1][2][3]\n");
    expect_text(",a\n1,2\n", "#1[column 1][a]\n2[1][2]\n");
}

static void broken_first_character(void **state)
{
    expect_text("\xFFid;estado\n1;SP\n2;S\xC3\xA3o\n", "#1[id][estado]\n2[1][SP]\n3[2][S\xC3\xA3o]\n");
    expect_text("\xC3\xBFid;estado\n1;SP\n", "#1[id][estado]\n2[1][SP]\n");
    expect_text("\xC3\xAF\xC2\xBB\xC2\xBFid;estado\n1;SP\n", "#1[id][estado]\n2[1][SP]\n");
    expect_text("\xEF\xBB\xBF\"id\";estado\n1;SP\n", "#1[id][estado]\n2[1][SP]\n");
    expect_text("\xEF\xBB\xBF\xEF\xBB\xBFid;estado\n1;SP\n", "#1[id][estado]\n2[1][SP]\n");
}

static void titles_above_the_table(void **state)
{
    expect_text(
        "Casos confirmados\nFecha:,2020-05-04\n\nid,fecha,sexo,edad\n1,2020-03-01,F,20\n2,2020-03-02,M,30\n3,2020-03-02,M,31\n",
        "#4[id][fecha][sexo][edad]\n5[1][2020-03-01][F][20]\n6[2][2020-03-02][M][30]\n7[3][2020-03-02][M][31]\n");
    /* As a spreadsheet exports them: padded to the width of the table, with groups over the headings. */
    expect_text("Boletin,,,,,\n,,Casos,,Muertes,\nid,fecha,hombres,mujeres,hombres,mujeres\n1,2020,1,2,3,4\n2,2020,1,2,3,4\n",
                "#3[id][fecha][hombres][mujeres][hombres (2)][mujeres (2)]\n4[1][2020][1][2][3][4]\n5[2][2020][1][2][3][4]\n");
    expect_text("Casos de dengue\nsemana;casos\n1;10\n2;12\n", "#2[semana][casos]\n3[1][10]\n4[2][12]\n");
    /* Headings of which many are empty; names of rows without a heading; dates as headings. */
    expect_text("Boletin\nid,fecha,,,,\n1,2020-01-01,3,4,5,6\n2,2020-01-02,3,4,5,6\n3,2020-01-02,3,4,5,6\n",
                "#2[id][fecha][column 3][column 4][column 5][column "
                "6]\n3[1][2020-01-01][3][4][5][6]\n4[2][2020-01-02][3][4][5][6]\n5[3][2020-01-02][3][4][5][6]\n");
    expect_text("\"\",\"x\"\n\"1\",5\n\"2\",6\n", "#1[column 1][x]\n2[1][5]\n3[2][6]\n");
    expect_text("Titulo\nPais,1/22/20,1/23/20,1/24/20\nBR,0,1,2\nCO,0,0,1\n",
                "#2[Pais][1/22/20][1/23/20][1/24/20]\n3[BR][0][1][2]\n4[CO][0][0][1]\n");
    /* The headings lack the last delimiter of the rows. */
    expect_text("a,b,c\n1,2,3,\n4,5,6,\n", "#1[a][b][c]\n2[1][2][3]\n3[4][5][6]\n");
}

static void heading_row_by_wish(void **state)
{
    struct vg_reader_options options = {.header_row = 2};
    expect_dump("a,b\nc,d\n1,2\n", 12, &options, "#2[c][d]\n3[1][2]\n");
    options.header_row = 9;
    expect_error("a,b\nc,d\n1,2\n", 12, &options, "heading row 9 was asked for");
}

static void delimiters(void **state)
{
    expect_text("a\tb\n1,5\t2\n", "#1[a][b]\n2[1,5][2]\n");
    expect_text("a|b|c\nx, y|2|3\n", "#1[a][b][c]\n2[x, y][2][3]\n");
    /* Decimal commas cut every row alike, and more finely than the true delimiter. */
    expect_text("fecha;casos;tasa;letal\n2020-01-01;1,5;2,5;3,5\n2020-01-02;1,5;2,5;3,5\n2020-01-03;1,5;2,5\n",
                "#1[fecha][casos][tasa][letal]\n2[2020-01-01][1,5][2,5][3,5]\n3[2020-01-02][1,5][2,5][3,5]\n4[2020-01-03][1,5]["
                "2,5][]\n");
    expect_text("a;b\n\"x;y,z\";1\n\"x;y,z\";2\n", "#1[a][b]\n2[x;y,z][1]\n3[x;y,z][2]\n");
    expect_text("sep=;\r\na;b,c\r\n1;2,3\r\n", "#2[a][b,c]\n3[1][2,3]\n");
    expect_text("\"sep=|\"\na|b\n1|2\n", "#2[a][b]\n3[1][2]\n");
    struct vg_reader_options options = {.delimiter = '*'};
    expect_dump("a*b\n1*2\n", 8, &options, "#1[a][b]\n2[1][2]\n");
    options.delimiter = '"';
    expect_error("a*b\n1*2\n", 8, &options, "the delimiter must be");
}

#define EXPECT_REFUSED(bytes, part) expect_error(bytes, sizeof(bytes) - 1, NULL, part)

static void what_is_no_table_is_named(void **state)
{
    EXPECT_REFUSED("", "empty");
    EXPECT_REFUSED("\xEF\xBB\xBF", "empty");
    EXPECT_REFUSED("\n\r\n  \n", "empty");
    EXPECT_REFUSED("%PDF-1.4\n", "PDF");
    EXPECT_REFUSED("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1............", "old Excel file (.xls)");
    EXPECT_REFUSED("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1..E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "password");
    EXPECT_REFUSED("<html><table><tr><td>1</td></tr></table>", "web page");
    EXPECT_REFUSED("\r\n <!DOCTYPE HTML PUBLIC>", "web page");
    EXPECT_REFUSED("\xEF\xBB\xBF<table border=1>", "web page");
    EXPECT_REFUSED("<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                   "Excel 2003 XML");
    EXPECT_REFUSED("{\"a\": 1}", "JSON");
    EXPECT_REFUSED("SQLite format 3\0", "SQLite");
    EXPECT_REFUSED("\xFD"
                   "7zXZ\0",
                   "xz");
    EXPECT_REFUSED("PK\x03\x04garbage", "damaged ZIP or XLSX");
    unsigned char noise[4000];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (unsigned char)(i * 2654435761U >> 13);
    }
    noise[0] = 'x';
    expect_error(noise, sizeof noise, NULL, "does not look like a table");
    struct vg_reader_options options = {.sheet = "Hoja1"};
    expect_error("a,b\n1,2\n", 8, &options, "no workbook");
}

static void long_cells_and_rows_are_bounded(void **state)
{
    size_t size = (3U << 20) + 16;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "a,b\n1,2\n3,", 10);
    expect_error(text, size, NULL, "line 3, column 2: a cell longer than 1048576 bytes");
    text[10] = '"';
    text[size / 2] = '\n';
    expect_error(text, size, NULL, "line 3, column 2: a cell longer than 1048576 bytes; is a quote there never closed?");
    /* Just within the bound. */
    text[10 + (1U << 20)] = '\n';
    text[10] = 'y';
    char *found = dump_bytes(text, 11 + (1U << 20), NULL, NULL);
    assert_int_equal(strlen(found), strlen("#1[a][b]\n2[1][2]\n3[3][]\n") + (1U << 20));
    free(found);
    memset(text + 4, ',', size - 4);
    expect_error(text, size, &(struct vg_reader_options){.header_row = 2, .delimiter = ','}, "row 1 is the last");
    free(text);
}

/* ------------------------------------------------------------ compression */

static void *pack_gzip(const void *data, size_t size, size_t *packed)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&z, size);
    unsigned char *out = malloc(bound);
    assert_non_null(out);
    unsigned char *in = malloc(size);
    assert_non_null(in);
    memcpy(in, data, size);
    z.next_in = in;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *packed = bound - z.avail_out;
    deflateEnd(&z);
    free(in);
    return out;
}

static void *pack_zstd(const void *data, size_t size, size_t *packed)
{
    size_t bound = ZSTD_compressBound(size);
    void *out = malloc(bound);
    assert_non_null(out);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
    *packed = ZSTD_compress2(context, out, bound, data, size);
    assert_false(ZSTD_isError(*packed));
    ZSTD_freeCCtx(context);
    return out;
}

static char *make_table(size_t rows, size_t *size)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "id,name,note\n");
    for (size_t i = 0; i < rows; i++) {
        vg_buffer_format(&text, "%zu,\"Bogot\xC3\xA1 %zu\",\"%s\"\n", i, i * 7919 % 1000,
                         i % 5 == 0 ? "two\nlines \"\"q\"\"" : "x");
    }
    *size = text.size;
    return text.data;
}

typedef void *pack_function(const void *, size_t, size_t *);

static void check_packed(pack_function *pack, enum vg_intake_compression compression, size_t rows)
{
    size_t size = 0;
    size_t packed_size = 0;
    char *text = make_table(rows, &size);
    char *plain = dump_bytes(text, size, NULL, NULL);
    char *packed = pack(text, size, &packed_size);
    struct vg_reader_facts facts;
    char *found = dump_bytes(packed, packed_size, NULL, &facts);
    assert_int_equal(facts.compression, compression);
    assert_true(strcmp(found, plain) == 0);
    free(found);
    /* Two members or frames, one after the other, are one text. */
    char *twice = malloc(2 * packed_size);
    assert_non_null(twice);
    memcpy(twice, packed, packed_size);
    memcpy(twice + packed_size, packed, packed_size);
    found = dump_bytes(twice, 2 * packed_size, NULL, NULL);
    assert_true(strlen(found) > 2 * strlen(plain) - 64);
    free(found);
    /* Cut short: the rows before the cut, then the error. */
    expect_error(packed, packed_size - packed_size / 3, NULL, "cut short");
    /* Damaged in the middle. */
    for (size_t i = 0; i < 64; i++) {
        packed[packed_size / 2 + i % (packed_size / 4)] ^= 0x55;
    }
    expect_error(packed, packed_size, NULL, "damaged");
    free(twice);
    free(packed);
    free(plain);
    free(text);
}

static void compressed_text(void **state)
{
    check_packed(pack_gzip, VG_COMPRESSION_GZIP, 200);    /* at once */
    check_packed(pack_gzip, VG_COMPRESSION_GZIP, 150000); /* through a thread and several windows */
    check_packed(pack_zstd, VG_COMPRESSION_ZSTD, 200);
    check_packed(pack_zstd, VG_COMPRESSION_ZSTD, 150000);
}

static void compressed_limits(void **state)
{
    size_t size = 0;
    size_t packed_size = 0;
    char *text = make_table(100000, &size);
    char *packed = pack_gzip(text, size, &packed_size);
    expect_error(packed, packed_size, &(struct vg_reader_options){.limit_bytes = 1000000}, "holds more than the 1000000 bytes");
    expect_error(text, size, &(struct vg_reader_options){.limit_bytes = 1000000}, "more than the 1000000 allowed");
    free(packed);
    packed = pack_gzip("PK\x03\x04 workbook", 13, &packed_size);
    expect_error(packed, packed_size, NULL, "compressed once more");
    free(packed);
    free(text);
}

static void closing_early_is_safe(void **state)
{
    size_t size = 0;
    size_t packed_size = 0;
    char *text = make_table(400000, &size);
    char *packed = pack_gzip(text, size, &packed_size);
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch;
    assert_int_equal(vg_reader_open_memory("t", packed, packed_size, NULL, &reader, NULL), VG_OK);
    assert_int_equal(vg_reader_next(reader, &batch, NULL), VG_OK);
    assert_true(vg_reader_progress(reader) > 0 && vg_reader_progress(reader) < 1);
    vg_reader_close(reader);
    free(packed);
    free(text);
}

/* -------------------------------------------------- fast equals plain */

static void plain_dump(struct vg_buffer *out, const char *text, size_t size, char delimiter, size_t n_columns,
                       uint64_t skip_lines)
{
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_csv_row row = {0};
    uint64_t line = 1;
    for (size_t i = 0; i < size; i = row.next) {
        assert_true(vg_csv_parse_row(text, size, i, delimiter, &arena, &row));
        if (row.unclosed) {
            vg_buffer_text(out, "error\n");
            break;
        }
        size_t used = row.n_cells;
        while (used > 0 && vg_text_is_blank(row.cells[used - 1])) {
            used--;
        }
        if (used > 0 && line > skip_lines) {
            vg_buffer_format(out, "%llu", (unsigned long long)line);
            for (size_t column = 0; column < n_columns; column++) {
                vg_buffer_char(out, '[');
                if (column < row.n_cells) {
                    vg_buffer_append(out, row.cells[column].data, row.cells[column].size);
                }
                vg_buffer_char(out, ']');
            }
            if (used > n_columns) {
                vg_buffer_format(out, "+%zu", used - n_columns);
            }
            vg_buffer_char(out, '\n');
        }
        line += row.lines;
    }
    vg_csv_row_release(&row);
    vg_arena_release(&arena);
}

static void fast_dump(struct vg_buffer *out, const char *text, size_t size, const char *kernels, size_t *n_columns)
{
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_headings found = {0};
    struct vg_reader_facts facts = {0};
    struct vg_reader_options options = {.delimiter = ',', .header_row = 1, .encoding = VG_ENCODING_UTF8};
    struct vg_csv *csv = NULL;
    assert_int_equal(vg_csv_open("t", text, size, VG_COMPRESSION_NONE, &options, &arena, &found, &facts, &csv, NULL), VG_OK);
    vg_csv_use_kernels(csv, vg_scan_named(kernels));
    *n_columns = found.count;
    for (;;) {
        struct vg_row_batch batch;
        if (vg_csv_next(csv, &batch, NULL) != VG_OK) {
            vg_buffer_text(out, "error\n");
            break;
        }
        if (batch.n_rows == 0) {
            break;
        }
        dump_batch(out, &batch);
    }
    vg_csv_close(csv);
    vg_arena_release(&arena);
}

static const char *const kernel_names[] = {"scalar", "sse2", "avx2"};

static size_t random_table(struct vg_random *random, char *out, size_t size)
{
    static const char alphabet[] = ",,,,\n\n\r\"\"\"abc  0123456789\xC3";
    size_t letters = sizeof alphabet - 2 - (vg_random_below(random, 3) == 0 ? 16 : 0); /* the two bytes of é come together */
    size_t length = (size_t)snprintf(out, size, "h1,h2,h3,h4\n");
    size_t wanted = length + vg_random_below(random, (uint32_t)(size - length - 8));
    while (length < wanted) {
        if (vg_random_below(random, 40) == 0) {
            memcpy(out + length, "\xC3\xA9", 2);
            length += 2;
        } else {
            out[length++] = alphabet[vg_random_below(random, (uint32_t)letters)];
        }
    }
    return length;
}

static void fast_equals_plain(void **state)
{
    uint64_t seed = 20200618;
    print_message("seed %llu\n", (unsigned long long)seed);
    size_t capacity = 200000;
    char *buffer = malloc(capacity);
    assert_non_null(buffer);
    for (uint32_t round = 0; round < 600; round++) {
        struct vg_random random = vg_random_stream(seed, round, 0, 0);
        size_t size = random_table(&random, buffer, round % 50 == 0 ? capacity : round % 5 == 0 ? 3000 : 200);
        char *exact = malloc(size);
        assert_non_null(exact);
        memcpy(exact, buffer, size);
        for (size_t k = 0; k < 3; k++) {
            if (vg_scan_named(kernel_names[k]) == NULL) {
                continue;
            }
            struct vg_buffer plain;
            struct vg_buffer fast;
            vg_buffer_init(&plain, 0);
            vg_buffer_init(&fast, 0);
            vg_buffer_text(&plain, "\n");
            vg_buffer_text(&fast, "\n");
            size_t n_columns = 0;
            fast_dump(&fast, exact, size, kernel_names[k], &n_columns);
            plain_dump(&plain, exact, size, ',', n_columns, 1);
            if (strcmp(plain.data, fast.data) != 0) {
                fail_msg("round %u, kernels %s: the fast parser differs from the plain one", round, kernel_names[k]);
            }
            vg_buffer_release(&plain);
            vg_buffer_release(&fast);
        }
        free(exact);
    }
    free(buffer);
}

/* Random text of several windows: rows, quotes and line ends stand across their edges. */
static void windows_equal_the_map(void **state)
{
    size_t capacity = (size_t)3 << 20;
    char *text = malloc(capacity);
    assert_non_null(text);
    struct vg_reader_options options = {.delimiter = ',', .header_row = 1, .encoding = VG_ENCODING_UTF8};
    for (uint32_t round = 0; round < 6; round++) {
        struct vg_random random = vg_random_stream(1861, round, 0, 0);
        size_t size = 0;
        while (capacity - size > 1000) {
            size += random_table(&random, text + size, capacity - size);
        }
        size_t packed_size = 0;
        char *packed = round % 2 == 0 ? pack_gzip(text, size, &packed_size) : pack_zstd(text, size, &packed_size);
        char *expected = dump_bytes(text, size, &options, NULL);
        char *found = dump_bytes(packed, packed_size, &options, NULL);
        assert_true(strlen(expected) > size / 2); /* no early error: the text was read to its end */
        assert_true(strcmp(expected, found) == 0);
        free(expected);
        free(found);
        free(packed);
    }
    free(text);
}

static void standard_input_is_read_and_kept(void **state)
{
    int ends[2];
    int saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    static const char text[] = "a;b\n1;\xE1\n2;x\n";
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    struct vg_reader *reader = NULL;
    assert_int_equal(vg_reader_open("-", NULL, &reader, NULL), VG_OK);
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    dump_headings(&out, reader);
    dump_rows(&out, reader);
    assert_int_equal(vg_reader_rewind(reader, NULL), VG_OK);
    dump_rows(&out, reader);
    assert_string_equal(out.data, "#1[a][b]\n2[1][\xC3\xA1]\n3[2][x]\n2[1][\xC3\xA1]\n3[2][x]\n");
    vg_buffer_release(&out);
    vg_reader_close(reader);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
}

static void a_missing_file_and_a_folder_are_told(void **state)
{
    struct vg_reader *reader = NULL;
    struct vg_error error = {0};
    assert_int_equal(vg_reader_open("/nowhere/list.csv", NULL, &reader, &error), VG_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "/nowhere/list.csv"));
    assert_int_equal(vg_reader_open("/", NULL, &reader, &error), VG_USAGE_ERROR);
    assert_null(reader);
}

static void kernels_find_the_same_marks(void **state)
{
    const struct vg_scan_kernels *scalar = vg_scan_named("scalar");
    static uint32_t expected[5008];
    static uint32_t found[5008];
    for (uint32_t round = 0; round < 3000; round++) {
        struct vg_random random = vg_random_stream(7, round, 0, 1);
        size_t size = vg_random_below(&random, round % 10 == 0 ? 5000 : 200);
        char *text = malloc(size + 1);
        assert_non_null(text);
        for (size_t i = 0; i < size; i++) {
            text[i] = vg_random_below(&random, 3) == 0 ? ",\"\n\r;"[vg_random_below(&random, 5)]
                                                       : (char)vg_random_below(&random, 256);
        }
        char *exact = malloc(size == 0 ? 1 : size);
        assert_non_null(exact);
        memcpy(exact, text, size);
        size_t n = scalar->marks(exact, size, ';', expected);
        for (size_t k = 1; k < 3; k++) {
            const struct vg_scan_kernels *kernels = vg_scan_named(kernel_names[k]);
            if (kernels != NULL) {
                assert_int_equal(kernels->marks(exact, size, ';', found), n);
                assert_memory_equal(found, expected, n * sizeof *found);
            }
        }
        free(exact);
        free(text);
    }
    assert_null(vg_scan_named("neon9000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(quotes),
        cmocka_unit_test(unclosed_quote_names_its_line),
        cmocka_unit_test(short_and_long_rows),
        cmocka_unit_test(nul_bytes_are_kept),
        cmocka_unit_test(headings),
        cmocka_unit_test(broken_first_character),
        cmocka_unit_test(titles_above_the_table),
        cmocka_unit_test(heading_row_by_wish),
        cmocka_unit_test(delimiters),
        cmocka_unit_test(what_is_no_table_is_named),
        cmocka_unit_test(long_cells_and_rows_are_bounded),
        cmocka_unit_test(compressed_text),
        cmocka_unit_test(compressed_limits),
        cmocka_unit_test(closing_early_is_safe),
        cmocka_unit_test(fast_equals_plain),
        cmocka_unit_test(windows_equal_the_map),
        cmocka_unit_test(standard_input_is_read_and_kept),
        cmocka_unit_test(a_missing_file_and_a_folder_are_told),
        cmocka_unit_test(kernels_find_the_same_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
