/*
 * The facts that the program carries: every row of every table is read, codes are whole, names of a country's units do
 * not collide, populations add up to the published totals, and parameters carry their source.
 */
#include "vg_test.h"

#include "model/model.h"

/* As tools/embed.sh writes them: its header is made during the build, perhaps after this file is compiled. */
struct vg_embedded_file {
    const char *name;
    const unsigned char *data;
    size_t size;
};
extern const struct vg_embedded_file vg_embedded_places[], vg_embedded_historic[];
extern const size_t vg_embedded_places_count, vg_embedded_historic_count;

static int load(void **state)
{
    static struct vg_arena arena;
    static struct vg_place_list list;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&list, &arena);
    if (vg_places_load_shipped(&list, &error) != VG_OK) {
        return -1;
    }
    *state = &list;
    return 0;
}

static int unload(void **state)
{
    struct vg_place_list *list = *state;
    vg_arena_release(list->arena);
    return 0;
}

static uint32_t country(const struct vg_place_list *list, const char *code)
{
    uint32_t index = vg_place_list_find_code(list, vg_text_from(code));
    assert_int_not_equal(index, VG_PLACE_NONE);
    return index;
}

static size_t lines_of(const char *name)
{
    for (size_t i = 0; i < vg_embedded_places_count; i++) {
        if (strcmp(vg_embedded_places[i].name, name) == 0) {
            size_t lines = 0;
            for (size_t at = 0; at < vg_embedded_places[i].size; at++) {
                lines += vg_embedded_places[i].data[at] == '\n';
            }
            return lines;
        }
    }
    fail_msg("%s is not embedded", name);
    return 0;
}

static void test_every_row_is_read(void **state)
{
    const struct vg_place_list *list = *state;
    assert_int_equal(list->count, lines_of("countries.csv") + lines_of("admin1.csv") - 2);
    assert_int_equal(lines_of("countries.csv") - 1, 250);
    for (size_t i = 0; i < list->count; i++) {
        const struct vg_place *place = &list->places[i];
        bool is_country = place->level == VG_LEVEL_COUNTRY;
        assert_true(is_country ? strlen(place->code) == 2 : place->code[2] == '-');
        assert_non_null(place->name);
        assert_true(isnan(place->latitude) ? is_country : fabs(place->latitude) <= 90 && fabs(place->longitude) <= 180);
        assert_true(isnan(place->population) || place->population > 500);
        for (int language = 0; is_country && language < VG_LANGUAGE_COUNT; language++) {
            assert_non_null(place->names[language]);
        }
    }
}

/* What a file may write must lead to one place only: each spelling is found, and is found as that place. */
static void test_no_spelling_collides(void **state)
{
    const struct vg_place_list *list = *state;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct vg_place *place = &list->places[i];
        char spellings[2048];
        (void)snprintf(spellings, sizeof spellings, "%s|%s", place->name, place->alternative_names == NULL ? "" : place->alternative_names);
        for (char *rest = spellings, *one; (one = strsep(&rest, "|")) != NULL;) {
            if (*one == '\0') {
                continue;
            }
            uint32_t found = vg_place_list_find_name(list, place->parent, vg_text_from(one));
            if (found != i) {
                fail_msg("\"%s\" of %s leads to %s", one, place->code, found == VG_PLACE_NONE ? "nothing" : list->places[found].code);
            }
        }
        for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
            if (place->names[language] != NULL && vg_place_list_find_name(list, place->parent, vg_text_from(place->names[language])) != i) {
                fail_msg("\"%s\" leads not to %s alone", place->names[language], place->code);
            }
        }
    }
}

static void test_totals_are_the_published_ones(void **state)
{
    const struct vg_place_list *list = *state;
    static const struct { const char *country; double total; size_t units; } published[] = {
        {"AR", 45376763, 24}, {"BR", 211755692, 27}, {"CL", 19458310, 16}, {"CO", 48258494, 33}, {"DE", 83155031, 16},
        {"EC", 17468736, 24}, {"MX", 126014024, 32}, {"PE", 29381884, 25},
        {"CN", 1409778724.0 + 23561236 + 7474200 + 683218, 34}, {"IT", 59236213.0 + 534912 + 542166, 22},
        {"US", 331449281.0 + 49710 + 153836 + 47329 + 3285874 + 87146, 56},
    };
    for (size_t k = 0; k < sizeof published / sizeof *published; k++) {
        double total = 0;
        size_t units = 0;
        uint32_t parent = country(list, published[k].country);
        for (size_t i = 0; i < list->count; i++) {
            if (list->places[i].parent == parent) {
                total += list->places[i].population;
                units++;
            }
        }
        if (total != published[k].total || units != published[k].units) {
            fail_msg("%s: %zu units with %.0f people", published[k].country, units, total);
        }
    }
}

static void test_codes_and_spellings_of_the_field(void **state)
{
    const struct vg_place_list *list = *state;
    static const struct { const char *country, *written, *code; } known[] = {
        {"CO", "05", "CO-ANT"}, {"CO", "BOGOTA D.C.", "CO-DC"}, {"CO", "11", "CO-DC"}, {"BR", "35", "BR-SP"}, {"BR", "SP", "BR-SP"},
        {"BR", "sao paulo", "BR-SP"}, {"MX", "09", "MX-CMX"}, {"MX", "Queretaro", "MX-QUE"}, {"MX", "DISTRITO FEDERAL", "MX-CMX"},
        {"MX", "MÉXICO", "MX-MEX"}, {"AR", "CABA", "AR-C"}, {"AR", "82", "AR-S"}, {"PE", "15", "PE-LIM"}, {"PE", "LIMA METROPOLITANA", "PE-LIM"},
        {"CL", "XIII", "CL-RM"}, {"CL", "Región Metropolitana", "CL-RM"}, {"EC", "17", "EC-P"}, {"CU", "23", "CU-03"}, {"CU", "La Habana", "CU-03"},
        {"CN", "420000", "CN-HB"}, {"CN", "湖北省", "CN-HB"}, {"CN", "湖北", "CN-HB"}, {"CN", "Hubei", "CN-HB"}, {"CN", "陕西", "CN-SN"},
        {"CN", "山西", "CN-SX"}, {"CN", "Inner Mongolia", "CN-NM"}, {"DE", "Bayern", "DE-BY"}, {"DE", "09", "DE-BY"}, {"US", "48", "US-TX"},
        {"US", "TX", "US-TX"}, {"IT", "P.A. Trento", "IT-TN"}, {"IT", "Lombardia", "IT-25"}, {"IT", "3", "IT-25"}, {"HT", "Ouest", "HT-OU"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t found = vg_place_list_find_name(list, country(list, known[i].country), vg_text_from(known[i].written));
        if (found == VG_PLACE_NONE || strcmp(list->places[found].code, known[i].code) != 0) {
            fail_msg("%s \"%s\" is not %s", known[i].country, known[i].written, known[i].code);
        }
    }
    static const struct { const char *written, *code; } countries[] = {
        {"COL", "CO"}, {"Brasil", "BR"}, {"Brésil", "BR"}, {"中国", "CN"}, {"EE.UU.", "US"}, {"Bolivia (Plurinational State of)", "BO"},
        {"Estados Unidos", "US"}, {"Korea, South", "KR"}, {"Haïti", "HT"}, {"076", "BR"}, {"Mainland China", "CN"}, {"Russia", "RU"},
    };
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
        uint32_t found = vg_place_list_find_name(list, VG_PLACE_NONE, vg_text_from(countries[i].written));
        if (found == VG_PLACE_NONE || strcmp(list->places[found].code, countries[i].code) != 0) {
            fail_msg("\"%s\" is not %s", countries[i].written, countries[i].code);
        }
    }
}

/* Every member of CELAC has units, and each unit lies near its country. */
static void test_units_are_near_their_country(void **state)
{
    const struct vg_place_list *list = *state;
    static const char members[][3] = {"AG", "AR", "BS", "BB", "BZ", "BO", "BR", "CL", "CO", "CR", "CU", "DM", "DO", "EC", "SV", "GD", "GT",
                                      "GY", "HT", "HN", "JM", "MX", "NI", "PA", "PY", "PE", "KN", "LC", "VC", "SR", "TT", "UY", "VE"};
    for (size_t k = 0; k < sizeof members / sizeof *members; k++) {
        uint32_t parent = country(list, members[k]);
        size_t units = 0;
        for (size_t i = 0; i < list->count; i++) {
            const struct vg_place *place = &list->places[i];
            if (place->parent != parent) {
                continue;
            }
            units++;
            double far = fmax(fabs(place->latitude - list->places[parent].latitude), fabs(place->longitude - list->places[parent].longitude));
            if (!(far < 30)) {
                fail_msg("%s is %.1f degrees from the centre of %s", place->code, far, members[k]);
            }
        }
        assert_true(units >= 6);
    }
}

static void test_parameters(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_epidemiological_fact fact;
    static const struct { const char *disease; double mean, sd; } known[] = {
        {"sars", 8.4, 3.8}, {"influenza_pandemic", 2.6, 1.5}, {"measles", 14.9, 3.9}, {"smallpox", 22.4, 6.1}, {"ebola", 15.3, 9.3}, {"mers", 6.8, 4.1},
        {"COVID-19", 4.7, 2.9}, {"Sarampión", 14.9, 3.9}, {"viruela del mono", 8.5, 5}, {"登革热", 16, 5}, {"Gripe", 3.6, 1.6}, {"example", 5, 2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct vg_text disease = vg_text_from(known[i].disease);
        vg_assert_ok(vg_epidemiological_parameter(disease, "serial_interval_mean_days", &fact, &error), error);
        vg_assert_near(fact.value, known[i].mean, 0);
        assert_true(fact.source.size > 0);
        vg_assert_ok(vg_epidemiological_parameter(disease, "serial_interval_sd_days", &fact, &error), error);
        vg_assert_near(fact.value, known[i].sd, 0);
    }
    vg_assert_ok(vg_epidemiological_parameter(vg_text_from("covid19"), "serial_interval_mean_days", &fact, &error), error);
    vg_assert_near(fact.low, 3.7, 0);
    vg_assert_near(fact.high, 6, 0);
    assert_true(vg_text_equals(fact.doi, "10.1016/j.ijid.2020.02.060"));
    assert_int_equal(vg_epidemiological_parameter(vg_text_from("the sweating sickness"), "serial_interval_mean_days", &fact, &error), VG_NOT_FOUND);
    assert_non_null(strstr(error.message, "measles"));
    assert_int_equal(vg_epidemiological_parameter(vg_text_from(""), "serial_interval_mean_days", NULL, NULL), VG_NOT_FOUND);
    assert_int_equal(vg_epidemiological_parameter(vg_text_from("measles"), "colour", NULL, NULL), VG_NOT_FOUND);
}

/* Historic series: a description, no gap between days, and the totals of their publications. */
static void test_historic_series(void **state)
{
    (void)state;
    static const struct { const char *name; size_t days; int64_t cases, largest; const char *largest_date; } published[] = {
        {"measles_1861_hagelloch.csv", 48, 187, 18, "1861-12-01"}, {"influenza_1918_baltimore.csv", 92, 6202, 553, "1918-10-15"},
        {"smallpox_1972_kosovo.csv", 57, 124, 20, "1972-03-23"}, {"sars_2003_hong_kong.csv", 107, 1467, 103, "2003-03-24"},
        {"influenza_2009_school.csv", 32, 129, 13, "2009-05-09"}};
    assert_int_equal(vg_embedded_historic_count, sizeof published / sizeof *published);
    for (size_t i = 0; i < vg_embedded_historic_count; i++) {
        char *text = strndup((const char *)vg_embedded_historic[i].data, vg_embedded_historic[i].size);
        size_t days = 0, comments = 0;
        int64_t cases = 0, largest = -1;
        int32_t previous = VG_DATE_NONE, date, largest_date = VG_DATE_NONE;
        assert_string_equal(vg_embedded_historic[i].name, published[i].name);
        for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
            int64_t count;
            if (*line == '#') {
                comments++;
                continue;
            }
            if (strcmp(line, "date,cases") == 0) {
                continue;
            }
            assert_true(vg_date_parse_iso(vg_text_of(line, 10), &date));
            assert_true(vg_parse_integer(vg_text_from(line + 11), &count) && count >= 0);
            assert_true(previous == VG_DATE_NONE || date == previous + 1);
            previous = date;
            days++;
            cases += count;
            if (count > largest) {
                largest = count;
                largest_date = date;
            }
        }
        char largest_text[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(largest_date, largest_text);
        assert_int_equal(comments, 5);
        assert_int_equal(days, published[i].days);
        assert_int_equal(cases, published[i].cases);
        assert_int_equal(largest, published[i].largest);
        assert_string_equal(largest_text, published[i].largest_date);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_read), cmocka_unit_test(test_no_spelling_collides), cmocka_unit_test(test_totals_are_the_published_ones),
        cmocka_unit_test(test_codes_and_spellings_of_the_field), cmocka_unit_test(test_units_are_near_their_country),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_historic_series),
    };
    return cmocka_run_group_tests_name("model/shipped", tests, load, unload);
}
