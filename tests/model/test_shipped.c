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
extern const struct vg_embedded_file vg_embedded_places[], vg_embedded_historic[], vg_embedded_facts[], vg_embedded_profiles[];
extern const size_t vg_embedded_places_count, vg_embedded_historic_count, vg_embedded_profiles_count;

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
        {"COVID-19", 4.7, 2.9}, {"Sarampión", 14.9, 3.9}, {"viruela del mono", 8.5, 5}, {"登革热", 16, 5}, {"Gripe", 3.6, 1.6}};
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

static bool is_one_of(struct vg_text text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (vg_text_equals(text, list[i])) {
            return true;
        }
    }
    return false;
}

static void test_every_parameter_is_sound(void **state)
{
    (void)state;
    static const char *const names[] = {"serial_interval_mean_days", "serial_interval_sd_days", "generation_time_mean_days", "generation_time_sd_days",
                                        "incubation_mean_days", "incubation_sd_days", "reproduction_number", "dispersion_k", "extrinsic_incubation_mean_days",
                                        "extrinsic_incubation_25c_mean_days", "extrinsic_incubation_30c_mean_days"};
    static const char *const intervals[] = {"95% CI", "95% CrI", "90% CI", "IQR", "range"};
    static const char *const distributions[] = {"gamma", "lognormal", "weibull"};
    struct vg_epidemiological_fact fact, earlier;
    size_t rows = 0;
    for (size_t cursor = 0; vg_epidemiological_next(&cursor, &fact); rows++) {
        const char *why = NULL;
        why = !is_one_of(fact.name, names, sizeof names / sizeof *names) ? "a name that is not known" : why;
        why = !(fact.value > 0) ? "no positive value" : why;
        why = isnan(fact.low) != isnan(fact.high) ? "half an interval" : why;
        why = !isnan(fact.low) && !(fact.low > 0 && fact.low <= fact.value && fact.value <= fact.high) ? "a value outside its interval" : why;
        why = isnan(fact.low) != (fact.interval.size == 0) ? "an interval that does not say what it is" : why;
        why = fact.interval.size > 0 && !is_one_of(fact.interval, intervals, 5) ? "an unknown kind of interval" : why;
        why = fact.distribution.size > 0 && !is_one_of(fact.distribution, distributions, 3) ? "an unknown distribution" : why;
        why = (fact.source.size < 40 || fact.doi.size < 8 || memcmp(fact.doi.data, "10.", 3) != 0) ? "no whole source" : why;
        bool year = false;
        for (size_t i = 0; i + 6 <= fact.source.size; i++) { /* " 2014;" of the journal */
            int64_t number;
            year = year || (fact.source.data[i] == ' ' && fact.source.data[i + 5] == ';' && vg_parse_integer(vg_text_of(fact.source.data + i + 1, 4), &number));
        }
        why = !year ? "a source without a year" : why;
        if (why != NULL) {
            fail_msg("%.*s %.*s has %s", (int)fact.disease.size, fact.disease.data, (int)fact.name.size, fact.name.data, why);
        }
        size_t seen = 0;
        for (size_t other = 0; vg_epidemiological_next(&other, &earlier);) {
            seen += vg_text_equal(earlier.disease, fact.disease) && vg_text_equal(earlier.name, fact.name);
        }
        assert_int_equal(seen, 1);
    }
    size_t lines = 0;
    for (size_t at = 0; at < vg_embedded_facts[0].size; at++) {
        lines += vg_embedded_facts[0].data[at] == '\n';
    }
    assert_int_equal(rows + 1, lines); /* none was cut off by a row that cannot be read */
    assert_true(rows >= 96);
}

/* What the list of diseases of the field asks for is there, whole, by its names; variants fall back on their family. */
static void test_intervals_of_diseases(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_disease_interval interval;
    static const struct { const char *disease; double serial_mean, serial_sd, generation_mean, generation_sd, incubation_mean, incubation_sd; } known[] = {
        {"covid19", 4.7, 2.9, 5, 1.9, 5.5, 2.4}, {"covid19_alpha", 4.5, 2.9, 5.5, 4, 5, 2.4}, {"Delta", 4, 2.9, 4.7, 3.3, 4.4, 2.5},
        {"covid19_omicron", 3.5, 2.4, 2.99, 1.9, 3.2, 2.2}, {"covid19_omicron_ba2", 3.39, 2.4, 3.39, 2.4, 3.2, 2.2}, {"covid19_omicron_ba5", 2.37, 2.4, 2.37, 2.4, 3.2, 2.2},
        {"influenza", 3.6, 1.6, 3.6, 1.6, 1.5, 0.66}, {"influenza_pandemic", 2.6, 1.5, 2.6, 1.5, 1.5, 0.66}, {"measles", 14.9, 3.9, 14.9, 3.9, 12.8, 2.7},
        {"dengue", 16, 5, 16, 5, 5.9, 1.6}, {"zika", 20, 7.4, 20, 7.4, 6.4, 2.7}, {"chikungunya", 14, 6.2, 14, 6.2, NAN, NAN}, {"ebola", 15.3, 9.3, 15.3, 9.3, 10.3, 8.2},
        {"mpox", 8.5, 5, 8.5, 5, 8.1, 2.9}, {"mpox_clade1", 17.5, 10.5, 17.2, 9, 9.8, 2.9}, {"sars", 8.4, 3.8, 8.4, 3.8, 4.8, 3.1}, {"mers", 6.8, 4.1, 6.8, 4.1, 5.5, 2.5},
        {"tos ferina", 22.8, 6.5, 22.8, 6.5, NAN, NAN}, {"霍乱", 5, 7.1, 5, 7.1, 1.8, 1.4}, {"covid19_omicron_xbb", 3.5, 2.4, 2.99, 1.9, 3.2, 2.2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct vg_text disease = vg_text_from(known[i].disease);
        vg_assert_ok(vg_disease_serial_interval(disease, &interval, &error), error);
        vg_assert_near(interval.mean.value, known[i].serial_mean, 0);
        vg_assert_near(interval.sd.value, known[i].serial_sd, 0);
        vg_assert_ok(vg_disease_generation_time(disease, &interval, &error), error);
        vg_assert_near(interval.mean.value, known[i].generation_mean, 0);
        vg_assert_near(interval.sd.value, known[i].generation_sd, 0);
        assert_true(interval.mean.source.size > 0 && interval.sd.source.size > 0);
        vg_status ended = vg_disease_incubation(disease, &interval, &error);
        assert_int_equal(ended, isnan(known[i].incubation_mean) ? VG_NOT_FOUND : VG_OK);
        if (ended == VG_OK) {
            vg_assert_near(interval.mean.value, known[i].incubation_mean, 0);
            vg_assert_near(interval.sd.value, known[i].incubation_sd, 0);
        }
    }
    assert_int_equal(vg_disease_serial_interval(vg_text_from("sari"), &interval, &error), VG_NOT_FOUND);
    assert_non_null(strstr(error.message, "cholera"));
    assert_true(vg_epidemiological_same_disease(vg_text_from("COVID-19"), vg_text_from("covid19")));
    assert_false(vg_epidemiological_same_disease(vg_text_from("covid19"), vg_text_from("covid19_alpha")));
}

/* Every disease that a profile names has its interval, or is one that has none and of which this is known. */
static void test_diseases_of_profiles(void **state)
{
    (void)state;
    static const char *const without[] = {"sari"}; /* a syndrome of many agents */
    size_t named = 0;
    for (size_t i = 0; i < vg_embedded_profiles_count; i++) {
        char *text = strndup((const char *)vg_embedded_profiles[i].data, vg_embedded_profiles[i].size);
        for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
            struct vg_text disease = strncmp(line, "disease =", 9) != 0 ? vg_text_of("", 0) : vg_text_trim(vg_text_from(line + 9));
            if (disease.size == 0 || vg_text_equals(disease, "disease")) { /* a column of that name says it */
                continue;
            }
            struct vg_disease_interval interval;
            struct vg_error error;
            bool has = vg_disease_serial_interval(disease, &interval, &error) == VG_OK;
            if (has == is_one_of(disease, without, 1)) {
                fail_msg("%s: the disease %.*s %s", vg_embedded_profiles[i].name, (int)disease.size, disease.data, has ? "has an interval now" : "has no interval");
            }
            named++;
        }
        free(text);
    }
    assert_true(named > 20);
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
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_every_parameter_is_sound), cmocka_unit_test(test_intervals_of_diseases),
        cmocka_unit_test(test_diseases_of_profiles), cmocka_unit_test(test_historic_series),
    };
    return cmocka_run_group_tests_name("model/shipped", tests, load, unload);
}
