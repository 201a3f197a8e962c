/*
 * Names of lineages in full and in short, their parents and what they have in common, and lists of aliases that are wrong.
 */
#include "vg_test.h"

#include "trace/genome/pango/pango.h"

static const char list[] = "{\"A\": \"\", \"B\": \"\", \"BA\": \"B.1.1.529\", \"BM\": \"B.1.1.529.2.75.3\", \"CH\": \"BM.4.1.1\", \"BJ\": \"BA.2.10.1\", "
                           "\"XBB\": [\"BJ.1\", \"BM.1.1.1\"], \"EG\": \"XBB.1.9.2\", \"XA\": [\"B.1.1.7\", \"B.1.177*\"], \"XC\": [\"A.1\", \"B.1\"]}";

static void check(const char *what, size_t size, const char *out, const char *expected)
{
    if (size != strlen(expected) || strcmp(out, expected) != 0) {
        fail_msg("%s: \"%s\", expected \"%s\"", what, out, expected);
    }
}

static void test_names(void **state)
{
    static const struct { const char *name, *full, *brief, *parent; } cases[] = {
        {"B.1.1.7", "B.1.1.7", "B.1.1.7", "B.1.1"},
        {"B.1", "B.1", "B.1", "B"},
        {"B", "B", "B", ""},
        {"BA.2", "B.1.1.529.2", "BA.2", "B.1.1.529"},
        {"B.1.1.529.2", "B.1.1.529.2", "BA.2", "B.1.1.529"},
        {"BM.4.1.1", "B.1.1.529.2.75.3.4.1.1", "BM.4.1.1", "BM.4.1"},
        {"CH.1.1", "B.1.1.529.2.75.3.4.1.1.1.1", "CH.1.1", "CH.1"},
        {"CH.1", "B.1.1.529.2.75.3.4.1.1.1", "CH.1", "BM.4.1.1"},
        {"EG.5", "XBB.1.9.2.5", "EG.5", "XBB.1.9.2"},
        {"XBB.1", "XBB.1", "XBB.1", "XBB"},
        {"XBB", "XBB", "XBB", "BA.2"}, /* what BJ.1 and BM.1.1.1 have in common */
        {"XA", "XA", "XA", "B.1"},
        {"XC", "XC", "XC", ""},
        {"Unassigned", "Unassigned", "Unassigned", ""},
        {"no name", "", "", ""},
        {"B.", "", "", ""},
        {"B..1", "", "", ""},
        {"", "", "", ""},
    };
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_pango *pango = NULL;
    char out[VG_PANGO_BYTES];
    size_t n = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_pango_parse("alias_key.json", vg_text_from(list), &arena, &pango, &error), error);
    assert_int_equal(vg_pango_count(pango), 10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_text name = vg_text_from(cases[i].name);
        check(cases[i].name, vg_pango_expand(pango, name, out), out, cases[i].full);
        check(cases[i].name, vg_pango_compress(pango, name, out), out, cases[i].brief);
        check(cases[i].name, vg_pango_parent(pango, name, out), out, cases[i].parent);
    }
    check("common", vg_pango_common(pango, vg_text_from("EG.5"), vg_text_from("CH.1.1"), out), out, "BA.2");
    check("common", vg_pango_common(pango, vg_text_from("BA.1"), vg_text_from("B.1.1.7"), out), out, "B.1.1");
    check("common", vg_pango_common(pango, vg_text_from("BA.2"), vg_text_from("B.1.1.529.2.1"), out), out, "BA.2");
    check("common", vg_pango_common(pango, vg_text_from("A.1"), vg_text_from("B.1.1.7"), out), out, "");
    assert_true(vg_pango_descends(pango, vg_text_from("EG.5.1"), vg_text_from("BA.2")));
    assert_false(vg_pango_descends(pango, vg_text_from("BA.20"), vg_text_from("BA.2")));
    assert_int_equal(vg_pango_parents(pango, vg_text_from("XA"), &n)[1].size, 7);
    assert_int_equal(n, 2);
    assert_null(vg_pango_parents(pango, vg_text_from("BA"), &n));
    check("without a list", vg_pango_parent(NULL, vg_text_from("BA.2.1"), out), out, "BA.2"); /* names as they are written */
    check("without a list", vg_pango_common(NULL, vg_text_from("2II_F.1.1"), vg_text_from("D.1"), out), out, "");
    vg_arena_release(&arena);
}

static void test_bad_lists(void **state)
{
    static const struct { const char *json, *part; } cases[] = {
        {"", "line 1"}, {"[]", "object"}, {"{\"B\": 1}", "\"B\""}, {"{\"B.1\": \"A\"}", "\"B.1\""}, {"{\"BA\": \"B..1\"}", "\"BA\""},
        {"{\"AA\": \"AB.1\", \"AB\": \"AA.2\"}", "itself"}, {"{\"XA\": [\"XA.1\"]}", "itself"}, {"{\"XA\": []}", "\"XA\""}, {"{\"A\": \"\", \"A\": \"\"}", "line 1"},
        {"{\"XA\": [\"B.1\", 2]}", "\"XA\""},
    };
    struct vg_arena arena;
    struct vg_pango *pango = NULL;
    (void)state;
    vg_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_error error = {0};
        assert_int_equal(vg_pango_parse("alias_key.json", vg_text_from(cases[i].json), &arena, &pango, &error), VG_DATA_ERROR);
        if (strstr(error.message, cases[i].part) == NULL || strstr(error.message, "alias_key.json") == NULL) {
            fail_msg("%s: %s", cases[i].json, error.message);
        }
    }
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_bad_lists)};
    return vg_run_group_tests("pango", tests, NULL, NULL);
}
