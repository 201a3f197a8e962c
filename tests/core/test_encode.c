/*
 * Bytes as text: the RFC's examples, one text for each run of bytes, and refusals.
 */
#include "vg_test.h"

static void hexadecimal_digits_go_both_ways(void **state)
{
    unsigned char bytes[4] = {0};
    char text[9];
    (void)state;
    vg_hex_encode("\x00\x7f\x80\xff", 4, text);
    assert_string_equal(text, "007f80ff");
    assert_true(vg_hex_decode(vg_text_from("007F80ff"), bytes, 4));
    assert_memory_equal(bytes, "\x00\x7f\x80\xff", 4);
    assert_true(vg_hex_decode(vg_text_from(""), bytes, 0));
    assert_false(vg_hex_decode(vg_text_from("007f80f"), bytes, 4));
    assert_false(vg_hex_decode(vg_text_from("007f80fg"), bytes, 4));
    assert_false(vg_hex_decode(vg_text_from("007f80ff00"), bytes, 4));
    assert_false(vg_hex_decode(vg_text_from("00 7f80f"), bytes, 4));
}

static void base64_is_as_the_rfc_says(void **state)
{
    static const struct {
        const char *plain, *standard, *url;
    } cases[] = {{"", "", ""},           {"f", "Zg==", "Zg"},         {"fo", "Zm8=", "Zm8"},           {"foo", "Zm9v", "Zm9v"},
                 {"foob", "Zm9vYg==", "Zm9vYg"}, {"fooba", "Zm9vYmE=", "Zm9vYmE"}, {"foobar", "Zm9vYmFy", "Zm9vYmFy"}, {"\xfb\xff", "+/8=", "-_8"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int form = 0; form < 2; form++) {
            const char *expected = form == 0 ? cases[i].standard : cases[i].url;
            struct vg_buffer text;
            char back[16];
            size_t size = 99;
            vg_buffer_init(&text, 0);
            vg_buffer_base64(&text, cases[i].plain, strlen(cases[i].plain), form == 0 ? VG_BASE64_STANDARD : VG_BASE64_URL);
            assert_false(text.failed);
            assert_string_equal(text.data == NULL ? "" : text.data, expected);
            assert_true(vg_base64_decode(vg_text_from(expected), back, sizeof back, &size));
            assert_int_equal(size, strlen(cases[i].plain));
            assert_memory_equal(back, cases[i].plain, size);
            vg_buffer_release(&text);
        }
    }
}

static void base64_that_no_writer_gives_is_refused(void **state)
{
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Z g=", "Zg==\n", "+_8=", "Zm9vY", "=", "Zg==Zg=="};
    char back[16];
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (vg_base64_decode(vg_text_from(bad[i]), back, sizeof back, &size)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_false(vg_base64_decode(vg_text_from("Zm9vYmFy"), back, 5, &size)); /* no room */
    assert_true(vg_base64_decode(vg_text_from("Zm9vYmFy"), back, 6, &size));
}

static void long_texts_grow_the_buffer(void **state)
{
    unsigned char bytes[1000];
    unsigned char back[1000];
    struct vg_buffer text;
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 37 + 11);
    }
    vg_buffer_init(&text, 0);
    vg_buffer_base64(&text, bytes, sizeof bytes, VG_BASE64_STANDARD);
    assert_int_equal(text.size, 1336);
    assert_true(vg_base64_decode(vg_text_of(text.data, text.size), back, sizeof back, &size));
    assert_int_equal(size, sizeof bytes);
    assert_memory_equal(back, bytes, size);
    vg_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hexadecimal_digits_go_both_ways),
        cmocka_unit_test(base64_is_as_the_rfc_says),
        cmocka_unit_test(base64_that_no_writer_gives_is_refused),
        cmocka_unit_test(long_texts_grow_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
