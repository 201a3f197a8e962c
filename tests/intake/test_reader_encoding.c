/*
 * What the reader promises of encodings: which one is found for what bytes, that the text comes out as UTF-8, that bytes which
 * fit no encoding are replaced and counted, and that the fast validity check equals the plain one.
 */
#include "reader_dump.h"

#include <stdio.h>

static void expect_encoding(const void *data, size_t size, enum vg_intake_encoding encoding, bool mark, uint64_t bad,
                            const char *expected)
{
    struct vg_reader_facts facts;
    char *found = dump_bytes(data, size, NULL, &facts);
    assert_string_equal(found, expected);
    assert_int_equal(facts.encoding, encoding);
    assert_int_equal(facts.byte_order_mark, mark);
    assert_int_equal(facts.bad_utf8_bytes, bad);
    free(found);
}

#define EXPECT_ENCODING(bytes, encoding, mark, bad, expected)                                                                  \
    expect_encoding(bytes, sizeof(bytes) - 1, encoding, mark, bad, expected)

static void utf8(void **state)
{
    EXPECT_ENCODING("a,b\n1,Bogot\xC3\xA1\n", VG_ENCODING_UTF8, false, 0, "#1[a][b]\n2[1][Bogot\xC3\xA1]\n");
    EXPECT_ENCODING("\xEF\xBB\xBF"
                    "a,b\n1,Bogot\xC3\xA1\n",
                    VG_ENCODING_UTF8, true, 0, "#1[a][b]\n2[1][Bogot\xC3\xA1]\n");
    EXPECT_ENCODING("a,b\n1,x\n", VG_ENCODING_UTF8, false, 0, "#1[a][b]\n2[1][x]\n");
    EXPECT_ENCODING("\xE6\x97\xA5\xE6\x9C\x9F,\xE7\x9C\x81\n2020,\xE6\xB9\x96\xE5\x8C\x97\n", VG_ENCODING_UTF8, false, 0,
                    "#1[\xE6\x97\xA5\xE6\x9C\x9F][\xE7\x9C\x81]\n2[2020][\xE6\xB9\x96\xE5\x8C\x97]\n");
}

static void cp1252(void **state)
{
    EXPECT_ENCODING("a;b\n1;Bogot\xE1\n2;\x80\x93\xD1\n", VG_ENCODING_CP1252, false, 0,
                    "#1[a][b]\n2[1][Bogot\xC3\xA1]\n3[2][\xE2\x82\xAC\xE2\x80\x9C\xC3\x91]\n");
    /* The five bytes that CP1252 leaves undefined. */
    EXPECT_ENCODING("a;b\n1;Bogot\xE1\x81\n", VG_ENCODING_CP1252, false, 1, "#1[a][b]\n2[1][Bogot\xC3\xA1\xEF\xBF\xBD]\n");
    /* One chance sequence among many letters does not make it UTF-8: PERU with an accent, then an en dash. */
    char text[2000];
    size_t size = (size_t)snprintf(text, sizeof text, "a;b\n1;PER\xDA\x96\n");
    for (int i = 0; i < 50; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%d;Per\xFA \n", i);
    }
    struct vg_reader_facts facts;
    char *found = dump_bytes(text, size, NULL, &facts);
    assert_int_equal(facts.encoding, VG_ENCODING_CP1252);
    assert_non_null(strstr(found, "2[1][PER\xC3\x9A\xE2\x80\x93]"));
    free(found);
}

static void utf16(void **state)
{
    EXPECT_ENCODING("\xFF\xFE"
                    "a\0,\0b\0\n\0"
                    "1\0,\0\xE1\0\n\0",
                    VG_ENCODING_UTF16_LE, true, 0, "#1[a][b]\n2[1][\xC3\xA1]\n");
    EXPECT_ENCODING("\xFE\xFF"
                    "\0a\0,\0b\0\n\0"
                    "1\0,\0\xE1\0\n",
                    VG_ENCODING_UTF16_BE, true, 0, "#1[a][b]\n2[1][\xC3\xA1]\n");
    EXPECT_ENCODING("a\0,\0b\0\n\0"
                    "1\0,\0\xE1\0\n\0",
                    VG_ENCODING_UTF16_LE, false, 0, "#1[a][b]\n2[1][\xC3\xA1]\n");
    EXPECT_ENCODING("\0a\0,\0b\0\n\0"
                    "1\0,\0\xE1\0\n",
                    VG_ENCODING_UTF16_BE, false, 0, "#1[a][b]\n2[1][\xC3\xA1]\n");
    /* A character beyond the first plane, half of one, and an odd byte at the end. */
    EXPECT_ENCODING("\xFF\xFE"
                    "a\0,\0b\0\n\0"
                    "\x3D\xD8\x00\xDE,\0\x3D\xD8\n\0"
                    "1\0,\0"
                    "2\0\n\0"
                    "3\0,\0x",
                    VG_ENCODING_UTF16_LE, true, 3,
                    "#1[a][b]\n2[\xF0\x9F\x98\x80][\xEF\xBF\xBD]\n3[1][2]\n4[3][\xEF\xBF\xBD]\n");
    /* Chinese: few zeros. */
    EXPECT_ENCODING("\x01\x77,\0\x02\x5E\n\0"
                    "VnS\x53,\0\x66\x6B\xC9\x62\n\0"
                    "VnS\x53,\0\x66\x6B\xC9\x62\n\0",
                    VG_ENCODING_UTF16_LE, false, 0,
                    "#1[\xE7\x9C\x81][\xE5\xB8\x82]\n2[\xE6\xB9\x96\xE5\x8D\x93][\xE6\xAD\xA6\xE6\x8B\x89]\n"
                    "3[\xE6\xB9\x96\xE5\x8D\x93][\xE6\xAD\xA6\xE6\x8B\x89]\n");
}

static void mixed_and_damaged(void **state)
{
    /* Two offices, two encodings, one file: each line in its own. */
    EXPECT_ENCODING("a;b\n1;S\xC3\xA3o Paulo\n2;S\xE3o Paulo\n3;Cuiab\xC3\xA1\n", VG_ENCODING_UTF8, false, 1,
                    "#1[a][b]\n2[1][S\xC3\xA3o Paulo]\n3[2][S\xC3\xA3o Paulo]\n4[3][Cuiab\xC3\xA1]\n");
    /* A damaged character in a line that is otherwise UTF-8. */
    EXPECT_ENCODING("a;b\n1;S\xC3\xA3o \xC3\n3;Cuiab\xC3\xA1\n", VG_ENCODING_UTF8, false, 1,
                    "#1[a][b]\n2[1][S\xC3\xA3o \xEF\xBF\xBD]\n3[3][Cuiab\xC3\xA1]\n");
    /* The file ends within a character. */
    EXPECT_ENCODING("a;b\n1;S\xC3\xA3o\n3;Cuiab\xC3", VG_ENCODING_UTF8, false, 1,
                    "#1[a][b]\n2[1][S\xC3\xA3o]\n3[3][Cuiab\xC3\x83]\n");
}

static void encoding_by_wish(void **state)
{
    struct vg_reader_options options = {.encoding = VG_ENCODING_CP1252};
    expect_dump("a;b\n1;\xC3\xA1\n", 9, &options, "#1[a][b]\n2[1][\xC3\x83\xC2\xA1]\n");
    options.encoding = VG_ENCODING_UTF8;
    expect_dump("a;b\n1;\xE1\n", 8, &options, "#1[a][b]\n2[1][\xEF\xBF\xBD]\n");
    options.encoding = VG_ENCODING_UTF16_LE;
    expect_dump("a\0;\0b\0\n\0x\0;\0y\0", 14, &options, "#1[a][b]\n2[x][y]\n");
    options.encoding = (enum vg_intake_encoding)77;
    expect_error("a;b\n", 4, &options, "encoding");
}

/* A long text goes through many windows; characters stand across their edges. */
static void long_texts(void **state)
{
    struct vg_buffer utf8;
    struct vg_buffer latin;
    struct vg_buffer wide;
    vg_buffer_init(&utf8, 0);
    vg_buffer_init(&latin, 0);
    vg_buffer_init(&wide, 0);
    vg_buffer_append(&wide, "\xFF\xFE", 2);
    for (uint32_t i = 0; i < 300000; i++) {
        struct vg_random random = vg_random_stream(11, i, 0, 0);
        char line[32];
        int size = i == 0 ? snprintf(line, sizeof line, "a;b\n")
                          : snprintf(line, sizeof line, "%u;%s\n", i, vg_random_below(&random, 2) == 0 ? "\xF1\xE1\xE9" : "x");
        for (int k = 0; k < size; k++) {
            unsigned char c = (unsigned char)line[k];
            char two[2] = {(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F))};
            char pair[2] = {(char)c, 0};
            vg_buffer_append(&utf8, c < 0x80 ? (const char *)pair : two, c < 0x80 ? 1 : 2);
            vg_buffer_append(&wide, pair, 2);
        }
        vg_buffer_append(&latin, line, (size_t)size);
    }
    struct vg_reader_facts facts;
    char *a = dump_bytes(utf8.data, utf8.size, NULL, &facts);
    assert_int_equal(facts.encoding, VG_ENCODING_UTF8);
    char *b = dump_bytes(latin.data, latin.size, NULL, &facts);
    assert_int_equal(facts.encoding, VG_ENCODING_CP1252);
    char *c = dump_bytes(wide.data, wide.size, NULL, &facts);
    assert_int_equal(facts.encoding, VG_ENCODING_UTF16_LE);
    assert_true(strcmp(a, b) == 0);
    assert_true(strcmp(a, c) == 0);
    /* One bad byte near the end: the rest stays as it was. */
    utf8.data[utf8.size - 2] = '\xFF';
    char *d = dump_bytes(utf8.data, utf8.size, NULL, &facts);
    assert_int_equal(facts.encoding, VG_ENCODING_UTF8);
    assert_int_equal(facts.bad_utf8_bytes, 1);
    assert_memory_equal(a, d, strlen(a) - 16);
    free(a);
    free(b);
    free(c);
    free(d);
    vg_buffer_release(&utf8);
    vg_buffer_release(&latin);
    vg_buffer_release(&wide);
}

/* As in the Unicode standard, table 3-7, one range after the other; slow, and written apart from the kernels. */
static bool valid_by_table(const unsigned char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char low = 0x80;
        unsigned char high = 0xBF;
        size_t more = 0;
        if (s[i] <= 0x7F) {
            more = 0;
        } else if (s[i] >= 0xC2 && s[i] <= 0xDF) {
            more = 1;
        } else if (s[i] >= 0xE0 && s[i] <= 0xEF) {
            more = 2;
            low = s[i] == 0xE0 ? 0xA0 : 0x80;
            high = s[i] == 0xED ? 0x9F : 0xBF;
        } else if (s[i] >= 0xF0 && s[i] <= 0xF4) {
            more = 3;
            low = s[i] == 0xF0 ? 0x90 : 0x80;
            high = s[i] == 0xF4 ? 0x8F : 0xBF;
        } else {
            return false;
        }
        for (size_t k = 1; k <= more; k++) {
            if (i + k >= n || s[i + k] < low || s[i + k] > high) {
                return false;
            }
            low = 0x80;
            high = 0xBF;
        }
        i += more + 1;
    }
    return true;
}

static void check_validity(const unsigned char *text, size_t size)
{
    static const char *const names[] = {"scalar", "sse2", "avx2"};
    char *exact = malloc(size == 0 ? 1 : size);
    assert_non_null(exact);
    memcpy(exact, text, size);
    bool expected = valid_by_table(text, size);
    for (size_t k = 0; k < 3; k++) {
        const struct vg_scan_kernels *kernels = vg_scan_named(names[k]);
        if (kernels != NULL && kernels->valid_utf8(exact, size) != expected) {
            fail_msg("%s says the opposite of the table", names[k]);
        }
    }
    free(exact);
}

static void validity_kernels_agree(void **state)
{
    static const char *const good[] = {"a",
                                       "\xC3\xA1",
                                       "\xE6\xB9\x96",
                                       "\xF0\x9F\x98\x80",
                                       "\xED\x9F\xBF",
                                       "\xF4\x8F\xBF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xF0\x90\x80\x80"};
    static const char *const bad[] = {"\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\x80",
                                      "\xFF",
                                      "\xC3",
                                      "\xE6\xB9",
                                      "\xF0\x9F\x98",
                                      "\xE6",
                                      "\xF8\x88\x80\x80\x80"};
    unsigned valid = 0;
    uint64_t seed = 31;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (uint32_t round = 0; round < 20000; round++) {
        struct vg_random random = vg_random_stream(seed, round, 0, 0);
        unsigned char text[400];
        size_t size = 0;
        size_t aim = vg_random_below(&random, 380);
        bool ascii = vg_random_below(&random, 3) == 0;
        while (size < aim) {
            const char *piece = ascii && vg_random_below(&random, 30) != 0 ? "x" : good[vg_random_below(&random, 8)];
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
        }
        if (round % 2 == 0 && size > 8) {
            size_t at = vg_random_below(&random, (uint32_t)size - 6);
            const char *piece = bad[vg_random_below(&random, 14)];
            memcpy(text + at, piece, strlen(piece));
        }
        valid += valid_by_table(text, size);
        check_validity(text, size);
        if (size > 0) {
            check_validity(text, size - 1);
        }
    }
    assert_in_range(valid, 8000, 12500);
    /* Every pair of bytes, at the edge of a block too. */
    for (unsigned pair = 0; pair < 65536; pair++) {
        unsigned char text[72];
        memset(text, 'x', sizeof text);
        size_t at = pair % 3 == 0 ? 63 : pair % 3 == 1 ? 31 : 5;
        text[at] = (unsigned char)(pair >> 8);
        text[at + 1] = (unsigned char)pair;
        check_validity(text, sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(cp1252),
        cmocka_unit_test(utf16),
        cmocka_unit_test(mixed_and_damaged),
        cmocka_unit_test(encoding_by_wish),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(validity_kernels_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
