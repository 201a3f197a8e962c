/*
 * Tables of a scenario as people have them: matrices in the shapes of socialmixr, contactdata and Prem et al., pyramids, households, municipalities, flows, and the
 * shipped tables of diseases read as a user's; each wrong table is refused with file, line, column, found and expected.
 */
#include "vg_test.h"

#include "intake/society/society.h"

static struct vg_table_source text(const char *name, const char *bytes) { return (struct vg_table_source){.path = name, .data = bytes, .size = strlen(bytes)}; }

static const struct vg_contacts_wanted any = {.setting = -1}, home = {.setting = VG_SETTING_HOME};

struct read { struct vg_arena arena; struct vg_contact_matrices matrices; bool given[VG_SETTING_COUNT]; struct vg_error error; vg_status status; };

static void read_contacts(struct read *read, const char *bytes, const struct vg_contacts_wanted *wanted)
{
    const struct vg_table_source source = text("matrix.csv", bytes);
    memset(read, 0, sizeof *read);
    vg_arena_init(&read->arena, 0);
    read->status = vg_intake_read_contacts(&source, wanted, &read->arena, &read->matrices, read->given, &read->error);
}

static void expect(const char *bytes, const struct vg_contacts_wanted *wanted, vg_status status, const char *says)
{
    struct read read;
    read_contacts(&read, bytes, wanted);
    if (read.status != status || strstr(read.error.message, says) == NULL) {
        fail_msg("status %d, \"%s\" does not say \"%s\"", (int)read.status, read.error.message, says);
    }
    vg_arena_release(&read.arena);
}

static void socialmixr_matrices(void **state)
{
    (void)state;
    struct read read;
    read_contacts(&read, "\"\",\"[0,5)\",\"[5,15)\",\"15+\"\n\"[0,5)\",1.9,0.8,5.9\n\"[5,15)\",0.5,7.9,6.2\n\"15+\",0.3,1.2,9.5\n", &home);
    vg_assert_ok(read.status, read.error);
    assert_int_equal(read.matrices.bands.count, 3);
    assert_int_equal(read.matrices.bands.lower_years[2], 15);
    vg_assert_near(read.matrices.contacts[VG_SETTING_HOME][1 * 3 + 2], 6.2, 1e-12);
    assert_true(read.given[VG_SETTING_HOME] && !read.given[VG_SETTING_WORK] && read.matrices.contacts[VG_SETTING_WORK][4] == 0.0);
    /* A second file adds its setting; the same again, or other ages, are refused. */
    const struct vg_contacts_wanted work = {.setting = VG_SETTING_WORK};
    struct vg_table_source more = text("work.csv", ";0-4;5-14;15+\n1;0;0;0\n2;0;0,25;0,5\n3;0;0,1;4\n");
    vg_assert_ok(vg_intake_read_contacts(&more, &work, &read.arena, &read.matrices, read.given, &read.error), read.error);
    vg_assert_near(read.matrices.contacts[VG_SETTING_WORK][1 * 3 + 1], 0.25, 1e-12);
    vg_assert_near(read.matrices.contacts[VG_SETTING_HOME][0], 1.9, 1e-12);
    assert_int_equal(vg_intake_read_contacts(&more, &work, &read.arena, &read.matrices, read.given, &read.error), VG_DATA_ERROR);
    assert_non_null(strstr(read.error.message, "work.csv: contacts at work were given before"));
    more = text("school.csv", "0-9,10+\n1,2\n3,4\n");
    const struct vg_contacts_wanted school = {.setting = VG_SETTING_SCHOOL};
    assert_int_equal(vg_intake_read_contacts(&more, &school, &read.arena, &read.matrices, read.given, &read.error), VG_DATA_ERROR);
    assert_non_null(strstr(read.error.message, "found 2 ages, expected the same 3 bands"));
    vg_arena_release(&read.arena);
}

static void matrices_without_ages(void **state)
{
    (void)state;
    struct read read;
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    for (int k = 1; k <= 16; k++) {
        vg_buffer_format(&csv, "%sV%d", k > 1 ? "," : "", k);
    }
    for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 16; j++) {
            vg_buffer_format(&csv, "%s%d.%02d", j > 0 ? "," : "\n", i, j);
        }
    }
    vg_buffer_char(&csv, '\n');
    read_contacts(&read, csv.data, &home);
    vg_assert_ok(read.status, read.error);
    const struct vg_age_bands prem = vg_age_bands_regular(5, 75);
    assert_true(vg_age_bands_equal(&read.matrices.bands, &prem));
    vg_assert_near(read.matrices.contacts[VG_SETTING_HOME][7 * 16 + 12], 7.12, 1e-12);
    vg_arena_release(&read.arena);
    vg_buffer_release(&csv);
}

/* As synthetic_contacts_2020.csv of Prem et al. 2021 is laid out, with invented figures. */
static void long_prem(struct vg_buffer *csv, bool more_countries)
{
    static const char *const ages[3] = {"0 to 4", "5 to 9", "75+"}, *const where[5] = {"all", "home", "work", "school", "others"}, *const kind[2] = {"overall", "rural"};
    vg_buffer_text(csv, "iso3c,setting,location_contact,age_contactor,age_cotactee,mean_number_of_contacts\n");
    for (int country = 0; country < (more_countries ? 2 : 1); country++) {
        for (int k = 0; k < 2; k++) {
            for (int w = 0; w < 5; w++) {
                for (int cell = 0; cell < 9; cell++) {
                    vg_buffer_format(csv, "%s,%s,%s,%s,%s,%d\n", country == 0 ? "COL" : "PER", kind[k], where[w], ages[cell / 3], ages[cell % 3], country * 1000 + k * 100 + w * 10 + cell);
                }
            }
        }
    }
}

static void the_long_form_of_prem(void **state)
{
    (void)state;
    struct read read;
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    long_prem(&csv, true);
    const struct vg_contacts_wanted peru = {.setting = -1, .country = "PER", .subset = "rural"}, one = {.setting = VG_SETTING_WORK, .country = "COL"}, nowhere = {.setting = -1, .country = "ARG"};
    /* Ages 10 to 74 are missing in this little file, which must be seen. */
    expect(csv.data, &peru, VG_DATA_ERROR, "found no band from 10 years on");
    vg_buffer_release(&csv);
    vg_buffer_init(&csv, 0);
    long_prem(&csv, true);
    for (char *at = csv.data; (at = strstr(at, "75+")) != NULL; at += 3) {
        memcpy(at, "10+", 3);
    }
    expect(csv.data, &any, VG_NEEDS_CHOICE, "several countries (COL, PER)");
    expect(csv.data, &nowhere, VG_NOT_FOUND, "found no contacts of ARG");
    read_contacts(&read, csv.data, &peru);
    vg_assert_ok(read.status, read.error);
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        assert_true(read.given[setting]);
    }
    vg_assert_near(read.matrices.contacts[VG_SETTING_SCHOOL][1 * 3 + 2], 1000 + 100 + 30 + 5, 1e-12);
    vg_assert_near(read.matrices.contacts[VG_SETTING_OTHER][2 * 3 + 0], 1000 + 100 + 40 + 6, 1e-12);
    vg_arena_release(&read.arena);
    read_contacts(&read, csv.data, &one);
    vg_assert_ok(read.status, read.error);
    assert_true(read.given[VG_SETTING_WORK] && !read.given[VG_SETTING_HOME]);
    vg_assert_near(read.matrices.contacts[VG_SETTING_WORK][4], 24, 1e-12);
    vg_arena_release(&read.arena);
    vg_buffer_release(&csv);
}

static void matrices_that_cannot_be_are_refused(void **state)
{
    (void)state;
    expect("0-4,5+\n1,2\n3,-4\n", &home, VG_DATA_ERROR, "matrix.csv, line 3: column 2: found \"-4\", expected a number from 0 to 1e+06");
    expect("0-4,5+\n1,2\n3,\n", &home, VG_DATA_ERROR, "line 3: column 2: found \"\"");
    expect("0-4,5+\n1,2\n", &home, VG_DATA_ERROR, "found 2 cells of contacts at home, expected 4");
    expect("0-4,5+\n1,2\n3,4\n5,6\n", &home, VG_DATA_ERROR, "line 4: found more rows than the 2 ages");
    expect("0-4,6+\n1,2\n3,4\n", &home, VG_DATA_ERROR, "found no band from 5 years on");
    expect("0-4,5+\n1,2\n3,4\n", &any, VG_NEEDS_CHOICE, "say which (home, school, work or other)");
    expect("a,b\n1,2\n", &home, VG_DATA_ERROR, "found the columns a, b, expected one named participant_age");
    expect("participant_age,contact_age,contacts,setting\n0+,0+,3,moon\n", &any, VG_DATA_ERROR, "line 2: column location_contact: found \"moon\"");
    expect("participant_age,contact_age,contacts,setting\n0+,0+,3,home\n0+,0+,3,home\n", &any, VG_DATA_ERROR, "line 3: contacts at home of the ages from 0 with those from 0 stand in an earlier line");
    expect("participant_age,contact_age,contacts,setting\n0-5,0+,3,home\n", &any, VG_DATA_ERROR, "ages from 0 end at 5 in one line and at -1 in another");
    expect("participant_age,contact_age,contacts,setting\nx,0+,3,home\n", &any, VG_DATA_ERROR, "column participant_age: found \"x\", expected ages");
    expect("0-4,5+\n", &home, VG_DATA_ERROR, "found headings, expected lines below");
}

static void pyramids(void **state)
{
    (void)state;
    struct vg_age_pyramid pyramid;
    struct vg_error error;
    struct vg_table_source source = text("ages.csv", "edad;sexo;población\n0-9;F;50\n0-9;M;52\n10-59;F;300\n10-59;M;290\n60 para arriba;F;1\n");
    assert_int_equal(vg_intake_read_age_pyramid(&source, &pyramid, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "ages.csv, line 6: column age: found \"60 para arriba\""));
    source = text("ages.csv", "edad;sexo;población\n0-9;F;50\n0-9;M;52\n10-59;F;300\n10-59;M;290\n60 y más;F;80\n60 y más;M;60\n");
    vg_assert_ok(vg_intake_read_age_pyramid(&source, &pyramid, &error), error);
    vg_assert_near(pyramid.population[3], 10.2, 1e-12);
    vg_assert_near(vg_age_pyramid_total(&pyramid), 832.0, 1e-9);
    source = text("ages.csv", "age,population\n0-9,5\n20+,5\n");
    assert_int_equal(vg_intake_read_age_pyramid(&source, &pyramid, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "found nobody from 10 years on"));
    source = text("ages.csv", "age,population\n0+,0\n");
    assert_int_equal(vg_intake_read_age_pyramid(&source, &pyramid, &error), VG_DATA_ERROR);
}

static void households(void **state)
{
    (void)state;
    struct vg_household_sizes sizes;
    struct vg_error error;
    double sum = 0.0, tail = 0.0;
    struct vg_table_source source = text("sizes.csv", "size,households\n1,25\n2,30\n3,20\n4,15\n5+,10\n");
    vg_assert_ok(vg_intake_read_household_sizes(&source, &sizes, &error), error);
    for (int size = 1; size <= VG_HOUSEHOLD_SIZE_MAX; size++) {
        sum += sizes.share[size];
        tail += size >= 5 ? sizes.share[size] : 0.0;
    }
    vg_assert_near(sum, 1.0, 1e-12);
    vg_assert_near(tail, 0.1, 1e-12);
    vg_assert_near(sizes.share[6] / sizes.share[5], 0.6, 1e-12);
    vg_assert_near(sizes.mean, 0.25 + 0.6 + 0.6 + 0.6 + 0.1 * (5.0 + 0.6 / 0.4), 0.001);
    static const char *const bad[] = {"size,households\n0,3\n", "size,households\n1-2,3\n", "size,households\n1,3\n1,4\n", "size,households\n3+,3\n4,4\n", "size,households\n4,4\n3+,3\n", "size,households\n1,-3\n", "size,households\n1,0\n", "size\n1\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        source = text("sizes.csv", bad[i]);
        if (vg_intake_read_household_sizes(&source, &sizes, &error) != VG_DATA_ERROR) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void municipalities_and_flows(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_municipality_list list;
    struct vg_flow_table flows;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    struct vg_table_source source = text("towns.csv", "Código,Nombre,Departamento,Población,Latitud,Longitud,age 0-14,age 15-64,age 65+\n05001,Medellín,Antioquia,2427129,6.246,-75.58,400,1600,500\n05002,Abejorral,Antioquia,20367,,,,,\n");
    vg_assert_ok(vg_intake_read_municipalities(&source, &arena, &list, &error), error);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].code, "05001");
    assert_string_equal(list.items[0].name, "Medellín");
    assert_string_equal(list.items[1].parent, "Antioquia");
    assert_true(isnan(list.items[1].latitude) && isnan(list.items[0].mean_household_size) && list.bands.count == 3);
    vg_assert_near(list.age_share[1], 0.64, 1e-12);
    assert_true(isnan(list.age_share[3]));
    source = text("flows.csv", "origin,destination,persons\n05001,05002,12\n05002,05001,3000\n");
    vg_assert_ok(vg_intake_read_flows(&source, &list, &arena, &flows, &error), error);
    assert_true(flows.n_flows == 2 && flows.origin[1] == 1 && flows.destination[1] == 0 && flows.persons[1] == 3000.0);
    source = text("flows.csv", "origin,destination,persons\n05001,9,12\n");
    assert_int_equal(vg_intake_read_flows(&source, &list, &arena, &flows, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "flows.csv, line 2: column destination: found \"9\""));
    static const struct { const char *bytes, *says; } bad[] = {
        {"code,population\nA,5\nA,6\n", "line 3: column code: found \"A\""}, {"code,population\n,5\n", "column code: found \"\""}, {"code,population\nA,many\n", "column population: found \"many\""},
        {"code,population,lat\nA,5,95\n", "column latitude: found \"95\", expected a number from -90 to 90"}, {"code,population,0-4,10+\nA,5,1,1\n", "found the column 10+, expected ages from 5 on"},
        {"code,population,0-4,5+\nA,5,1,\n", "ages: found 1 of 2 filled"}, {"name,population\nA,5\n", "expected one named code"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        source = text("towns.csv", bad[i].bytes);
        if (vg_intake_read_municipalities(&source, &arena, &list, &error) != VG_DATA_ERROR || strstr(error.message, bad[i].says) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", error.message, bad[i].says);
        }
    }
    vg_arena_release(&arena);
}

/* Bytes that a fuzzer found, or could have: a NUL within a code, sums beyond what a double holds, and so little that nothing is left when it is spread. */
static void strange_bytes_and_numbers_are_refused(void **state)
{
    (void)state;
    static const char cut[] = "code,population\nA\0B,5\n", padded[] = "code,population\nA\0\0,5\n", empty[] = "code,population\n\0,5\n";
    struct vg_arena arena;
    struct vg_municipality_list list;
    struct vg_age_pyramid pyramid;
    struct vg_household_sizes sizes;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    struct vg_table_source source = {.path = "towns.csv", .data = cut, .size = sizeof cut - 1};
    assert_int_equal(vg_intake_read_municipalities(&source, &arena, &list, &error), VG_DATA_ERROR);
    assert_string_equal(error.message, "towns.csv, line 2: column 1: found a NUL byte within the cell, expected text");
    source = (struct vg_table_source){.path = "towns.csv", .data = empty, .size = sizeof empty - 1};
    assert_int_equal(vg_intake_read_municipalities(&source, &arena, &list, &error), VG_DATA_ERROR);
    source = (struct vg_table_source){.path = "towns.csv", .data = padded, .size = sizeof padded - 1};
    vg_assert_ok(vg_intake_read_municipalities(&source, &arena, &list, &error), error);
    assert_string_equal(list.items[0].code, "A");
    source = text("towns.csv", "code,population,0-4,5+\nA,5,1e308,1e308\n");
    assert_int_equal(vg_intake_read_municipalities(&source, &arena, &list, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "column 0-4: found \"1e308\", expected a number from 0 to 1e+10"));
    source = text("sizes.csv", "size,households\n1,1e307\n20,1e308\n");
    assert_int_equal(vg_intake_read_household_sizes(&source, &sizes, &error), VG_DATA_ERROR);
    source = text("ages.csv", "age,population\n0+,5e-324\n");
    assert_int_equal(vg_intake_read_age_pyramid(&source, &pyramid, &error), VG_DATA_ERROR);
    assert_string_equal(error.message, "ages.csv: found nobody, expected people");
    source = text("ages.csv", "age,population\n0-4000000000,5\n");
    assert_int_equal(vg_intake_read_age_pyramid(&source, &pyramid, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

/* One table of all levels: rows that others belong to are no municipalities, and lead up to codes that mean many. */
static void units_stand_above_municipalities(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error;
    struct vg_municipality_list list;
    const struct vg_table_source source = text("places.csv", "code,name,parent,population,0-14,15+\nXV,Vallemar,,,,\nXV-02,Sierra,XV,700,,\nXV-0201,Pueblo,XV-02,700,0.3,0.7\nXV-01,Costa,XV,,,\n"
                                                             "XV-0102,Faro,XV-01,200,20,80\nXV-0101,Puerto,XV-01,500,,\nXO-1,Isla,XO,90,,\n");
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_intake_read_municipalities(&source, &arena, &list, &error), error);
    assert_int_equal(list.count, 4);
    assert_int_equal(list.n_units, 3);
    assert_true(vg_municipality_sort(&list, &arena));
    static const char *const codes[] = {"XO-1", "XV-0101", "XV-0102", "XV-0201"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(list.items[i].code, codes[i]);
    }
    vg_assert_near(list.age_share[2 * 2], 0.2, 1e-12);
    vg_assert_near(list.age_share[3 * 2 + 1], 0.7, 1e-12);
    assert_true(isnan(list.age_share[1 * 2]));
    assert_true(vg_municipality_within(&list, 2, "XV-0102") && vg_municipality_within(&list, 2, "XV-01") && vg_municipality_within(&list, 2, "XV"));
    assert_false(vg_municipality_within(&list, 2, "XV-02") || vg_municipality_within(&list, 0, "XV") || vg_municipality_within(&list, 2, "Faro"));
    assert_true(vg_municipality_within(&list, 0, "XO"));
    assert_string_equal(vg_municipality_unit(&list, "XV-02")->name, "Sierra");
    assert_null(vg_municipality_unit(&list, "XV-0102"));
    vg_arena_release(&arena);
}

static void many_municipalities_keep_their_ages(void **state)
{
    (void)state;
    enum { PLACES = 3000 };
    struct vg_arena arena;
    struct vg_municipality_list list;
    struct vg_error error;
    struct vg_buffer csv;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, "code,population,0-19,20+\n");
    for (int k = 0; k < PLACES; k++) {
        vg_buffer_format(&csv, "M%d,%d,%d,%d\n", k, 100 + k, k % 7 + 1, 10);
    }
    const struct vg_table_source source = {.path = "towns.csv", .data = csv.data, .size = csv.size};
    vg_assert_ok(vg_intake_read_municipalities(&source, &arena, &list, &error), error);
    assert_int_equal(list.count, PLACES);
    for (int k = 0; k < PLACES; k++) {
        vg_assert_near(list.age_share[2 * k], (k % 7 + 1) / (k % 7 + 11.0), 1e-12);
        vg_assert_near(list.items[k].population, 100.0 + k, 0.0);
    }
    vg_buffer_release(&csv);
    vg_arena_release(&arena);
}

/* The shipped tables, read as a user's, are what the program has inside. */
static void shipped_tables_read_as_a_users(void **state)
{
    (void)state;
    char paths[4][512];
    static const char *const names[4] = {"natural_history", "cross_immunity", "vaccine_products", "vaccines"};
    struct vg_table_source sources[4];
    const char *root = getenv("VIGIA_SOURCE");
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/data/control/%s.csv", root == NULL ? "." : root, names[i]);
        sources[i] = (struct vg_table_source){.path = paths[i]};
    }
    struct vg_arena arena;
    struct vg_error error;
    struct vg_disease_facts users, own;
    struct vg_vaccines users_vaccines, own_vaccines;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_intake_read_disease(&sources[0], &sources[1], vg_text_from("covid19"), &users, &error), error);
    vg_assert_ok(vg_disease_shipped(vg_text_from("covid19"), &own, &error), error);
    assert_memory_equal(&users, &own, sizeof own);
    vg_assert_ok(vg_intake_read_vaccines(&sources[2], &sources[3], &arena, &users_vaccines, &error), error);
    vg_assert_ok(vg_vaccines_shipped(&arena, &own_vaccines, &error), error);
    assert_int_equal(users_vaccines.n_curves, own_vaccines.n_curves);
    assert_memory_equal(users_vaccines.curves, own_vaccines.curves, own_vaccines.n_curves * sizeof *own_vaccines.curves);
    assert_memory_equal(users_vaccines.products, own_vaccines.products, sizeof own_vaccines.products);
    const struct vg_table_source wrong = text("mine.csv", "disease,parameter,ages,value,source\nplague,generation_time_mean_days,,4,me\nplague,fatality,,60%,me\n");
    assert_int_equal(vg_intake_read_disease(&wrong, NULL, vg_text_from("plague"), &users, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "mine.csv, line 3: column value: found \"60%\", expected a number from 0 to 1"));
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socialmixr_matrices),
        cmocka_unit_test(matrices_without_ages),
        cmocka_unit_test(the_long_form_of_prem),
        cmocka_unit_test(matrices_that_cannot_be_are_refused),
        cmocka_unit_test(pyramids),
        cmocka_unit_test(households),
        cmocka_unit_test(municipalities_and_flows),
        cmocka_unit_test(strange_bytes_and_numbers_are_refused),
        cmocka_unit_test(units_stand_above_municipalities),
        cmocka_unit_test(many_municipalities_keep_their_ages),
        cmocka_unit_test(shipped_tables_read_as_a_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
