/*
 * Age bands and their names, pyramids, household sizes and the shipped tables of populations: against published totals and a census that was not used.
 */
#include "vg_test.h"

#include "model/society/society.h"

static void band_names_are_understood(void **state)
{
    (void)state;
    static const struct { const char *text; int low, high; } good[] = {
        {"0-4", 0, 4}, {"0 to 4", 0, 4}, {" 10-14 ", 10, 14}, {"75+", 75, -1}, {"75 and over", 75, -1}, {"[0,5)", 0, 4}, {"[5,15)", 5, 14}, {"[80,120]", 80, 120},
        {"X0_4", 0, 4}, {"X75_plus", 75, -1}, {"15", 15, 15}, {"0", 0, 0}, {"[75,Inf)", 75, -1}, {"0 a 4", 0, 4}, {"5\xe2\x80\x93" "9", 5, 9}, {"0-4 años", 0, 4},
        {"60 y más", 60, -1}, {"80 años y más", 80, -1}, {"80 anos ou mais", 80, -1}, {"0 a 4 anos", 0, 4}, {"0-4 years", 0, 4}, {"65岁及以上", 65, -1}, {"0-14岁", 0, 14}};
    static const char *const bad[] = {"", "-", "a", "4-0", "0-", "[0,5", "5.5", "0-4 years old", "años", "101", "1000", "0-4-9", "+", "total", "[5,5)"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int low = -9, high = -9;
        if (!vg_age_band_parse(vg_text_from(good[i].text), &low, &high) || low != good[i].low || high != good[i].high) {
            fail_msg("\"%s\" is %d to %d", good[i].text, low, high);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int low, high;
        if (vg_age_band_parse(vg_text_from(bad[i]), &low, &high)) {
            fail_msg("\"%s\" was taken for %d to %d", bad[i], low, high);
        }
    }
}

static void bands_are_printed_as_they_are_read(void **state)
{
    (void)state;
    const struct vg_age_bands bands = vg_age_bands_regular(5, 75), odd = {4, {0, 1, 18, 65}}, broken[] = {{2, {1, 5}}, {2, {0, 0}}, {2, {0, 101}}, {0, {0}}};
    char text[VG_AGE_BAND_TEXT_BYTES];
    assert_int_equal(bands.count, 16);
    assert_true(vg_age_bands_valid(&bands) && vg_age_bands_valid(&odd) && !vg_age_bands_equal(&bands, &odd));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_false(vg_age_bands_valid(&broken[i]));
    }
    for (size_t band = 0; band < bands.count; band++) {
        int low, high;
        size_t size = vg_age_band_print(&bands, band, text);
        assert_int_equal(size, strlen(text));
        assert_true(vg_age_band_parse(vg_text_from(text), &low, &high));
        assert_int_equal(low, bands.lower_years[band]);
        assert_int_equal(vg_age_band_of(&bands, low), band);
        assert_int_equal(high, band == 15 ? -1 : low + 4);
    }
    assert_int_equal(vg_age_band_of(&odd, 17), 1);
    assert_int_equal(vg_age_band_of(&odd, 130), 3);
}

static void pyramids_keep_their_people(void **state)
{
    (void)state;
    const struct vg_age_bands bands = {5, {0, 3, 15, 60, 80}};
    double people[5] = {30.0, 120.0, 400.0, 90.0, 10.0}, back[5];
    struct vg_age_pyramid pyramid;
    vg_age_pyramid_from_bands(&bands, people, &pyramid);
    vg_age_pyramid_group(&pyramid, &bands, back);
    for (size_t band = 0; band < 5; band++) {
        vg_assert_near(back[band], people[band], 1e-10);
    }
    vg_assert_near(vg_age_pyramid_total(&pyramid), 650.0, 1e-9);
    vg_assert_near(pyramid.population[5], 10.0, 1e-12);
    vg_assert_near(pyramid.population[91] / pyramid.population[90], 0.88, 1e-12);
}

static void shipped_pyramids_add_up(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_place_list list;
    struct vg_error error;
    struct vg_age_pyramid pyramid;
    size_t found = 0;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&list, &arena);
    vg_assert_ok(vg_places_load_shipped(&list, &error), error);
    for (size_t i = 0; i < list.count; i++) {
        if (list.places[i].level != VG_LEVEL_COUNTRY || vg_country_age_pyramid(vg_text_from(list.places[i].code), &pyramid, NULL) != VG_OK) {
            continue;
        }
        found++;
        /* The table of countries has the same projection, in thousands, from another source. */
        if (fabs(vg_age_pyramid_total(&pyramid) - list.places[i].population) > 700.0 + 1e-5 * list.places[i].population) {
            fail_msg("%s: ages sum to %.0f, the country has %.0f", list.places[i].code, vg_age_pyramid_total(&pyramid), list.places[i].population);
        }
        for (int age = 0; age < VG_AGE_YEARS; age++) {
            assert_true(pyramid.population[age] >= 0.0);
        }
    }
    assert_int_equal(found, 32);
    assert_int_equal(vg_country_age_pyramid(vg_text_from("ZZ"), &pyramid, &error), VG_NOT_FOUND);
    assert_non_null(strstr(error.message, "give your own"));
    vg_arena_release(&arena);
}

static void household_sizes_have_their_mean(void **state)
{
    (void)state;
    struct vg_household_sizes sizes;
    for (double mean = 1.0; mean <= 9.0; mean += 0.37) {
        double sum = 0.0, first = 0.0;
        assert_true(vg_household_sizes_from_mean(mean, &sizes));
        for (int persons = 1; persons <= VG_HOUSEHOLD_SIZE_MAX; persons++) {
            assert_true(sizes.share[persons] >= 0.0);
            sum += sizes.share[persons];
            first += sizes.share[persons] * persons;
        }
        vg_assert_near(sum, 1.0, 1e-12);
        vg_assert_near(first, mean, 1e-6);
        assert_true(sizes.share[0] == 0.0);
    }
    assert_false(vg_household_sizes_from_mean(0.9, &sizes));
    assert_false(vg_household_sizes_from_mean(NAN, &sizes));
    /* China, census of 1 November 2020 (National Bureau of Statistics): households of 1, 2, 3, 4 persons, of which only the mean goes in. */
    static const double census[5] = {0.0, 0.254, 0.297, 0.210, 0.132};
    struct vg_household_fact fact;
    struct vg_error error;
    vg_assert_ok(vg_country_household_size(vg_text_from("CN"), &fact, &error), error);
    assert_true(vg_household_sizes_from_mean(fact.mean, &sizes) && fact.source.size > 0);
    for (int persons = 1; persons <= 4; persons++) {
        vg_assert_near(sizes.share[persons], census[persons], 0.012);
    }
    assert_int_equal(vg_country_household_size(vg_text_from("ZZ"), &fact, &error), VG_NOT_FOUND);
}

static void settings_have_names(void **state)
{
    (void)state;
    enum vg_setting setting;
    for (enum vg_setting k = 0; k < VG_SETTING_COUNT; k++) {
        assert_true(vg_setting_from_name(vg_text_from(vg_setting_name(k)), &setting) && setting == k);
    }
    assert_true(vg_setting_from_name(vg_text_from("Others"), &setting) && setting == VG_SETTING_OTHER);
    assert_true(vg_setting_from_name(vg_text_from("other_locations"), &setting) && setting == VG_SETTING_OTHER);
    assert_false(vg_setting_from_name(vg_text_from("all"), &setting));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(band_names_are_understood),
        cmocka_unit_test(bands_are_printed_as_they_are_read),
        cmocka_unit_test(pyramids_keep_their_people),
        cmocka_unit_test(shipped_pyramids_add_up),
        cmocka_unit_test(household_sizes_have_their_mean),
        cmocka_unit_test(settings_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
