/*
 * Base45 and CBOR: the examples of their specifications, one reading for each run of bytes, and refusals.
 */
#include "vg_test.h"

#include "trace/certificate/internal.h"

static void base45_is_as_the_rfc_says(void **state)
{
    static const struct {
        const char *plain, *text;
    } cases[] = {{"AB", "BB8"}, {"Hello!!", "%69 VD92EX0"}, {"base-45", "UJCLQE7W581"}, {"ietf!", "QED8WEX0"}, {"", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_buffer text;
        uint8_t back[32];
        size_t size = 99;
        vg_buffer_init(&text, 0);
        vg_base45_encode(cases[i].plain, strlen(cases[i].plain), &text);
        assert_string_equal(text.data == NULL ? "" : text.data, cases[i].text);
        assert_true(vg_base45_decode(vg_text_from(cases[i].text), back, &size));
        assert_int_equal(size, strlen(cases[i].plain));
        assert_memory_equal(back, cases[i].plain, size);
        vg_buffer_release(&text);
    }
}

static void base45_that_no_writer_gives_is_refused(void **state)
{
    static const char *const bad[] = {"GGW", "::", ":::", "B", "BB8B", "bb8", "BB8\n", "B_8", "V5", "\xc3\xa9 1"};
    uint8_t back[32];
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (vg_base45_decode(vg_text_from(bad[i]), back, &size)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_true(vg_base45_decode(vg_text_from("FGW"), back, &size)); /* the largest, 65,535 */
    assert_memory_equal(back, "\xff\xff", 2);
}

static size_t bytes_of(const char *hex, uint8_t *bytes)
{
    size_t n = strlen(hex) / 2;
    assert_true(vg_hex_decode(vg_text_from(hex), bytes, n));
    return n;
}

/* RFC 8949, appendix A, as JSON. */
static void cbor_examples_are_read(void **state)
{
    static const struct {
        const char *hex, *json;
    } cases[] = {{"00", "0"},
                 {"17", "23"},
                 {"1818", "24"},
                 {"1b000000e8d4a51000", "1000000000000"},
                 {"1bffffffffffffffff", "18446744073709551615"},
                 {"20", "-1"},
                 {"3903e7", "-1000"},
                 {"3bffffffffffffffff", "-18446744073709551616"},
                 {"f93c00", "1"},
                 {"f93e00", "1.5"},
                 {"f97bff", "65504"},
                 {"f90001", "5.9604644775390625e-08"},
                 {"f9c400", "-4"},
                 {"fa47c35000", "100000"},
                 {"fb3ff199999999999a", "1.1"},
                 {"f97c00", "null"},
                 {"f4", "false"},
                 {"f5", "true"},
                 {"f6", "null"},
                 {"c11a514b67b0", "1363896240"},
                 {"c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""},
                 {"4401020304", "\"AQIDBA==\""},
                 {"60", "\"\""},
                 {"62c3bc", "\"\xc3\xbc\""},
                 {"62225c", "\"\\\"\\\\\""},
                 {"80", "[]"},
                 {"8301820203820405", "[1, [2, 3], [4, 5]]"},
                 {"a201020304", "{\"1\": 2, \"3\": 4}"},
                 {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
                 {"5f42010243030405ff", "\"AQIDBAU=\""},
                 {"7f657374726561646d696e67ff", "\"streaming\""},
                 {"9fff", "[]"},
                 {"9f018202039f0405ffff", "[1, [2, 3], [4, 5]]"},
                 {"bf61610161629f0203ffff", "{\"a\": 1, \"b\": [2, 3]}"},
                 {"bf6346756ef563416d7421ff", "{\"Fun\": true, \"Amt\": -2}"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[64];
        struct vg_buffer json;
        struct vg_error error = {0};
        size_t n = bytes_of(cases[i].hex, bytes);
        vg_buffer_init(&json, 0);
        vg_assert_ok(vg_certificate_claims_json(vg_text_of((const char *)bytes, n), &json, &error), error);
        assert_string_equal(json.data, cases[i].json);
        vg_buffer_release(&json);
    }
}

static void bad_cbor_is_refused(void **state)
{
    static const char *const bad[] = {"",           "18",         "1900",     "1c",     "1f",         "3f",       "df00",       "ff",       "0000",         "41",
                                      "62c3",       "6180",       "81",       "a101",   "8201",       "9f01",     "bf01ff",     "5f01ff",   "5f6101ff",     "7f4101ff",
                                      "7f7f6161ffff", "f800",     "f81f",     "5b7fffffffffffffff00",  "9b00000000ffffffff", "bb8000000000000000", "a2010201 03"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t bytes[64];
        struct vg_cbor cbor;
        struct vg_arena arena;
        const char *why = NULL;
        size_t n = strchr(bad[i], ' ') == NULL ? strlen(bad[i]) / 2 : 0;
        if (n > 0) {
            (void)bytes_of(bad[i], bytes);
        }
        vg_arena_init(&arena, 0);
        if (vg_cbor_read(vg_text_of((const char *)bytes, n), &arena, &cbor, &why)) {
            fail_msg("%s was taken", bad[i]);
        }
        assert_non_null(why);
        vg_arena_release(&arena);
    }
}

static void a_key_twice_is_refused(void **state)
{
    static const char *const bad[] = {"a201020103", "a2616101616102", "bf01020103ff", "a26161017f6161ff02", "a218010201 "};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[64];
        struct vg_cbor cbor;
        struct vg_arena arena;
        const char *why = NULL;
        size_t n = bytes_of(bad[i], bytes);
        vg_arena_init(&arena, 0);
        assert_false(vg_cbor_read(vg_text_of((const char *)bytes, n), &arena, &cbor, &why));
        assert_string_equal(why, "the CBOR has a map with a key twice");
        vg_arena_release(&arena);
    }
}

static void depth_and_number_are_bounded(void **state)
{
    uint8_t bytes[70000];
    struct vg_cbor cbor;
    struct vg_arena arena;
    const char *why = NULL;
    (void)state;
    vg_arena_init(&arena, 0);
    memset(bytes, 0x81, sizeof bytes); /* arrays in arrays */
    bytes[VG_CBOR_DEPTH_MAX - 1] = 0;
    assert_true(vg_cbor_read(vg_text_of((const char *)bytes, VG_CBOR_DEPTH_MAX), &arena, &cbor, &why));
    bytes[VG_CBOR_DEPTH_MAX - 1] = 0x81;
    bytes[VG_CBOR_DEPTH_MAX] = 0;
    assert_false(vg_cbor_read(vg_text_of((const char *)bytes, VG_CBOR_DEPTH_MAX + 1), &arena, &cbor, &why));
    assert_string_equal(why, "the CBOR is nested too deep");
    memset(bytes, 0x9f, sizeof bytes);
    assert_false(vg_cbor_read(vg_text_of((const char *)bytes, sizeof bytes), &arena, &cbor, &why));
    memset(bytes, 0xc1, sizeof bytes); /* tags of tags */
    assert_false(vg_cbor_read(vg_text_of((const char *)bytes, sizeof bytes), &arena, &cbor, &why));
    memset(bytes, 0, sizeof bytes); /* an array of many */
    memcpy(bytes, "\x99\xff\xff", 3);
    assert_false(vg_cbor_read(vg_text_of((const char *)bytes, 65538), &arena, &cbor, &why));
    assert_string_equal(why, "the CBOR has too many items");
    vg_arena_release(&arena);
}

static void numbers_are_written_as_short_as_can_be(void **state)
{
    static const struct {
        int64_t value;
        const char *hex;
    } cases[] = {{0, "00"}, {23, "17"}, {24, "1818"}, {255, "18ff"}, {256, "190100"}, {65536, "1a00010000"}, {4294967296, "1b0000000100000000"}, {-1, "20"}, {-24, "37"},
                 {-25, "3818"}, {-260, "390103"}, {-37, "3824"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_buffer out;
        char hex[40];
        vg_buffer_init(&out, 0);
        vg_cbor_put_integer(&out, cases[i].value);
        vg_hex_encode(out.data, out.size, hex);
        assert_string_equal(hex, cases[i].hex);
        vg_buffer_release(&out);
    }
}

static void times_of_every_kind_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"1970-01-01", 0},
                {"2021-05-18", 1621296000},
                {"2021-05-18T08:10:00Z", 1621325400},
                {"2021-05-18T08:10:00", 1621325400},
                {"2021-05-18T10:10:00+02:00", 1621325400},
                {"2021-05-18T10:10:00+0200", 1621325400},
                {"2021-05-18T10:10:00+02", 1621325400},
                {"2021-05-18T04:40:00-03:30", 1621325400},
                {"2021-05-18T08:10:00.123456Z", 1621325400},
                {"2021-05-18 08:10:00", 1621325400}};
    static const char *const bad[] = {"", "2021", "2021-05", "2021-13-01", "2021-02-30", "2021-05-18T", "2021-05-18T25:00:00Z", "2021-05-18T08:10Z", "2021-05-18T08:10:00.Z",
                                      "2021-05-18T08:10:00+2", "2021-05-18T08:10:00+02:0", "2021-05-18T08:10:00ZZ", "18.05.2021"};
    int64_t seconds = 0;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(certificate_parse_time(vg_text_from(good[i].text), &seconds));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (certificate_parse_time(vg_text_from(bad[i]), &seconds)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base45_is_as_the_rfc_says),     cmocka_unit_test(base45_that_no_writer_gives_is_refused), cmocka_unit_test(cbor_examples_are_read),
        cmocka_unit_test(bad_cbor_is_refused),           cmocka_unit_test(a_key_twice_is_refused),                 cmocka_unit_test(depth_and_number_are_bounded),
        cmocka_unit_test(numbers_are_written_as_short_as_can_be), cmocka_unit_test(times_of_every_kind_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
