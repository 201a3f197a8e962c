/*
 * Places are found by code and by any spelling, and terms have names both ways.
 */
#include "vg_test.h"

#include "model/model.h"

static uint32_t add(struct vg_place_list *list, const char *code, const char *name, uint32_t parent, enum vg_place_level level)
{
    struct vg_place place = {.code = code, .name = name, .parent = parent, .level = level, .population = NAN, .latitude = NAN, .longitude = NAN};
    return vg_place_list_add(list, &place);
}

static void places_are_found_by_code_and_by_spelling(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_place_list list;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&list, &arena);
    uint32_t mexico = add(&list, "MX", "México", VG_PLACE_NONE, VG_LEVEL_COUNTRY);
    uint32_t colombia = add(&list, "CO", "Colombia", VG_PLACE_NONE, VG_LEVEL_COUNTRY);
    uint32_t queretaro = add(&list, "MX-QUE", "Querétaro", mexico, VG_LEVEL_ADMIN1);
    uint32_t cordoba = add(&list, "CO-COR", "Córdoba", colombia, VG_LEVEL_ADMIN1);
    assert_int_equal(vg_place_list_find_name(&list, mexico, vg_text_from("QUERETARO ")), queretaro);
    assert_int_equal(vg_place_list_find_name(&list, colombia, vg_text_from("queretaro")), VG_PLACE_NONE);
    assert_int_equal(vg_place_list_find_code(&list, vg_text_from("CO-COR")), cordoba);
    assert_true(vg_place_list_add_name(&list, cordoba, vg_text_from("23")));
    assert_int_equal(vg_place_list_find_name(&list, colombia, vg_text_from("23")), cordoba);
    assert_true(vg_place_list_within(&list, queretaro, mexico));
    assert_false(vg_place_list_within(&list, queretaro, colombia));
    vg_arena_release(&arena);
}

static void adding_again_fills_what_was_unknown(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_place_list list;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&list, &arena);
    uint32_t place = add(&list, "BR", "Brasil", VG_PLACE_NONE, VG_LEVEL_COUNTRY);
    struct vg_place more = {.code = "BR", .name = "Brazil", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .population = 2.1e8, .latitude = -10,
                            .longitude = -55, .alternative_names = "BRA|076"};
    more.names[VG_ZH] = "巴西";
    assert_int_equal(vg_place_list_add(&list, &more), place);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.places[place].name, "Brasil");
    assert_true(list.places[place].population == 2.1e8);
    assert_int_equal(vg_place_list_find_name(&list, VG_PLACE_NONE, vg_text_from("BRA")), place);
    assert_int_equal(vg_place_list_find_name(&list, VG_PLACE_NONE, vg_text_from("巴西")), place);
    assert_int_equal(vg_place_list_find_name(&list, VG_PLACE_NONE, vg_text_from("brazil")), place);
    vg_arena_release(&arena);
}

static void ten_thousand_places_stay_apart(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_place_list list;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&list, &arena);
    for (uint32_t i = 0; i < 10000; i++) {
        char code[32];
        (void)snprintf(code, sizeof code, "XX-%05u", i);
        assert_int_equal(add(&list, code, code, VG_PLACE_NONE, VG_LEVEL_ADMIN2), i);
    }
    assert_int_equal(vg_place_list_find_code(&list, vg_text_from("XX-09999")), 9999);
    assert_string_equal(list.places[1234].code, "XX-01234");
    vg_arena_release(&arena);
}

static void terms_have_names_both_ways(void **state)
{
    (void)state;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        enum vg_case_date back = VG_CASE_DATE_COUNT;
        assert_true(vg_case_date_from_name(vg_text_from(vg_case_date_name((enum vg_case_date)date)), &back));
        assert_int_equal(back, date);
        assert_non_null(vg_measure_of_case_date((enum vg_case_date)date));
        assert_string_equal(vg_measure_of_case_date((enum vg_case_date)date)->by, vg_case_date_name((enum vg_case_date)date));
    }
    for (size_t i = 0; i < vg_measure_count(); i++) {
        assert_ptr_equal(vg_measure_find(vg_text_from(vg_measure_at(i)->name)), vg_measure_at(i));
    }
    assert_null(vg_measure_find(vg_text_from("cases")));
    enum vg_language language = VG_ES;
    assert_true(vg_language_from_code(vg_text_from("zh"), &language));
    assert_int_equal(language, VG_ZH);
    assert_false(vg_language_from_code(vg_text_from("de"), &language));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_found_by_code_and_by_spelling),
        cmocka_unit_test(adding_again_fills_what_was_unknown),
        cmocka_unit_test(ten_thousand_places_stay_apart),
        cmocka_unit_test(terms_have_names_both_ways),
    };
    return cmocka_run_group_tests_name("model/place", tests, NULL, NULL);
}
