/*
 * Files of cases and counts are read into the model as a person would read them: headings, dates, codes, places, rejects.
 */
#include "vg_test.h"

#include "intake/intake.h"

#include <sodium.h>

struct reading {
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_profile_set *profiles;
    struct vg_intake_options options;
    struct vg_intake_result result;
    struct vg_error error;
};

static int open_reading(void **state)
{
    struct reading *reading = calloc(1, sizeof *reading);
    vg_arena_init(&reading->arena, 0);
    vg_place_list_init(&reading->places, &reading->arena);
    if (sodium_init() < 0 || vg_places_load_shipped(&reading->places, &reading->error) != VG_OK ||
        vg_profile_set_load(NULL, 0, &reading->arena, &reading->profiles, &reading->error) != VG_OK) {
        print_error("%s\n", reading->error.message);
        return -1;
    }
    reading->options = (struct vg_intake_options){.profiles = reading->profiles, .published = VG_DATE_NONE};
    *state = reading;
    return 0;
}

static int close_reading(void **state)
{
    struct reading *reading = *state;
    vg_arena_release(&reading->arena);
    free(reading);
    return 0;
}

static vg_status read_text(struct reading *reading, const char *name, const char *text)
{
    return vg_intake_read_memory(name, text, strlen(text), &reading->options, &reading->places, &reading->arena, &reading->result, &reading->error);
}

static int32_t day(int year, int month, int day_of_month)
{
    return vg_date_from_civil(year, month, day_of_month);
}

static const char *place_code(const struct reading *reading, uint32_t place)
{
    return place == VG_PLACE_NONE ? "" : reading->places.places[place].code;
}

static void every_shipped_profile_parses_and_has_a_title(void **state)
{
    struct reading *reading = *state;
    assert_true(vg_profile_set_count(reading->profiles) >= 40);
    for (size_t i = 0; i < vg_profile_set_count(reading->profiles); i++) {
        struct vg_profile_facts facts;
        vg_profile_get_facts(vg_profile_set_at(reading->profiles, i), &facts);
        assert_non_null(facts.title);
        assert_ptr_equal(vg_profile_set_find(reading->profiles, facts.name), vg_profile_set_at(reading->profiles, i));
    }
}

static void a_profile_with_an_error_names_its_line(void **state)
{
    struct reading *reading = *state;
    struct vg_profile *profile = NULL;
    static const char text[] = "name = x\nkind = cases\n[columns]\nshoe_size = Zapato\n";
    assert_int_equal(vg_profile_parse("x.profile", text, sizeof text - 1, &reading->arena, &profile, &reading->error), VG_DATA_ERROR);
    assert_non_null(strstr(reading->error.message, "line 4"));
    assert_non_null(strstr(reading->error.message, "shoe_size"));
}

static void both_colombian_layouts_give_the_same_case(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "may.csv",
                           "ID de caso,Fecha de notificación,Codigo DIVIPOLA,Ciudad de ubicación,Departamento o Distrito ,atención,Edad,Sexo,Tipo,Estado,País de procedencia,FIS,"
                           "Fecha de muerte,Fecha diagnostico,Fecha recuperado,fecha reporte web\n"
                           "7,2020-03-07T00:00:00.000,5001,Medellín,Antioquia,Recuperado,50,F,Importado,Leve,España,2020-02-29T00:00:00.000,-   -,2020-03-09T00:00:00.000,"
                           "2020-03-15T00:00:00.000,2020-03-09T00:00:00.000\n"),
                 reading->error);
    struct vg_case_table first = reading->result.cases;
    assert_int_equal(first.n_cases, 1);
    assert_string_equal(reading->result.plan.profile, "co-ins");
    assert_string_equal(place_code(reading, first.place[0]), "CO-05001");
    assert_string_equal(reading->places.places[reading->places.places[first.place[0]].parent].code, "CO-ANT");
    assert_int_equal(first.dates[VG_CASE_ONSET][0], day(2020, 2, 29));
    assert_int_equal(first.dates[VG_CASE_DEATH][0], VG_DATE_NONE);
    assert_int_equal(first.outcome[0], VG_OUTCOME_RECOVERED);
    vg_assert_ok(read_text(reading, "later.csv",
                           "fecha_reporte_web,id_de_caso,fecha_de_notificaci_n,departamento,departamento_nom,ciudad_municipio,ciudad_municipio_nom,edad,unidad_medida,sexo,fuente_tipo_contagio,"
                           "estado,recuperado,fecha_inicio_sintomas,fecha_diagnostico,fecha_recuperado\n"
                           "9/3/2020 0:00:00,7,7/3/2020 0:00:00,5,ANTIOQUIA,5001,MEDELLIN,50,1,F,Importado,Leve,Recuperado,29/2/2020 0:00:00,9/3/2020 0:00:00,15/3/2020 0:00:00\n"),
                 reading->error);
    const struct vg_case_table *second = &reading->result.cases;
    assert_int_equal(second->n_cases, 1);
    assert_true(second->identity_hash[0] == first.identity_hash[0]);
    assert_int_equal(second->dates[VG_CASE_ONSET][0], day(2020, 2, 29));
    assert_int_equal(second->dates[VG_CASE_NOTIFICATION][0], day(2020, 3, 7)); /* from the onset column: the day stands first */
    assert_string_equal(place_code(reading, second->place[0]), "CO-05001");
}

static void date_orders_are_decided_by_the_column(void **state)
{
    struct reading *reading = *state;
    reading->options.profile = "generic-cases";
    vg_assert_ok(read_text(reading, "dmy.csv", "case_id;date_of_onset;date_reported\n1;03/04/2021;05/04/2021\n2;13/04/2021;15/04/2021\n"), reading->error);
    assert_int_equal(reading->result.cases.dates[VG_CASE_ONSET][0], day(2021, 4, 3));
    vg_assert_ok(read_text(reading, "mdy.csv", "case_id,date_of_onset,date_reported\n1,03/04/2021,03/05/2021\n2,03/14/2021,03/15/2021\n"), reading->error);
    assert_int_equal(reading->result.cases.dates[VG_CASE_ONSET][0], day(2021, 3, 4));
    assert_int_equal(read_text(reading, "open.csv", "case_id,date_of_onset,date_reported\n1,03/04/2021,05/04/2021\n"), VG_NEEDS_CHOICE);
    assert_non_null(strstr(reading->error.message, "--date-order"));
    assert_non_null(strstr(reading->error.message, "date_of_onset"));
    reading->options.date_order = VG_DATE_ORDER_DMY;
    vg_assert_ok(read_text(reading, "open.csv", "case_id,date_of_onset,date_reported\n1,03/04/2021,05/04/2021\n"), reading->error);
    assert_int_equal(reading->result.cases.dates[VG_CASE_ONSET][0], day(2021, 4, 3));
    assert_int_equal(read_text(reading, "short.csv", "case_id,date_of_onset\n1,13/04/21\n"), VG_NEEDS_CHOICE);
    assert_non_null(strstr(reading->error.message, "--century"));
    reading->options.century = 2000;
    vg_assert_ok(read_text(reading, "short.csv", "case_id,date_of_onset\n1,13/04/21\n"), reading->error);
    assert_int_equal(reading->result.cases.dates[VG_CASE_ONSET][0], day(2021, 4, 13));
}

static void dates_in_many_dresses_are_the_same_day(void **state)
{
    struct reading *reading = *state;
    static const char *const dresses[] = {"2021-04-13", "20210413", "13/04/2021", "13.4.2021", "13-04-2021", "2021/04/13", "13-abr-2021", "13 avril 2021", "April 13, 2021", "2021年4月13日",
                                          "2021-04-13T08:30:00Z", "13/04/2021 0:00:00", "44299", "2021-04-13 00:00:00.000"};
    reading->options.profile = "generic-cases";
    for (size_t i = 0; i < sizeof dresses / sizeof *dresses; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "case_id,date_of_onset\n1,\"%s\"\n", dresses[i]);
        if (read_text(reading, "dress.csv", text) != VG_OK || reading->result.cases.dates[VG_CASE_ONSET][0] != day(2021, 4, 13)) {
            fail_msg("%s is not read as 2021-04-13 (%s)", dresses[i], reading->error.message);
        }
    }
}

static void bad_cells_are_listed_and_rows_add_up(void **state)
{
    struct reading *reading = *state;
    reading->options.profile = "generic-cases";
    vg_assert_ok(read_text(reading, "bad.csv",
                           "case_id,date_of_onset,date_reported,age,sex\n1,2021-04-03,2021-04-05,30,F\n2,2021-02-31,2021-04-06,31,M\n3,2021-04-04,2021-04-06,999,F\n"
                           "4,,,40,M\n5,2021-04-04,2021-04-06,41,banana\n"),
                 reading->error);
    const struct vg_intake_result *result = &reading->result;
    assert_int_equal(result->rows_read, 5);
    assert_int_equal(result->rows_read, result->rows_taken + result->rows_rejected + result->rows_filtered);
    assert_int_equal(result->rows_rejected, 1);
    assert_int_equal(result->n_rejects, 4);
    assert_int_equal(result->rejects[0].line, 3);
    assert_string_equal(result->rejects[0].column, "date_of_onset");
    assert_string_equal(result->rejects[0].value, "2021-02-31");
    assert_int_equal(result->rejects[2].line, 5);
    assert_int_equal(result->cases.age_years[2], VG_AGE_UNKNOWN);
}

/* A list of places as people have it: guessed from its headings, cells that say nothing told one by one. */
static void lists_of_places_are_read(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "places.csv", "Código;Nombre;Nivel;Pertenece a;Población;Latitud\nXV;Vallemar;country;;7,5;\nXV-1;Costa;admin1;XV;abc;-13,5\nXV-2;Sierra;distrito;XY;400;95\n"), reading->error);
    assert_string_equal(reading->result.plan.profile, "generic-places");
    assert_int_equal(reading->result.rows_taken, 3);
    static const struct { uint64_t line; const char *column, *reason; } told[] = {
        {3, "Población", "not a number of people"}, {4, "Nivel", "not a level"}, {4, "Pertenece a", "no place with this code"}, {4, "Latitud", "not a latitude"}};
    assert_int_equal(reading->result.n_rejects, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(reading->result.rejects[i].line, told[i].line);
        assert_string_equal(reading->result.rejects[i].column, told[i].column);
        assert_non_null(strstr(reading->result.rejects[i].reason, told[i].reason));
    }
    const struct vg_place *all = reading->places.places;
    uint32_t country = vg_place_list_find_code(&reading->places, vg_text_from("XV")), coast = vg_place_list_find_code(&reading->places, vg_text_from("XV-1")),
             range = vg_place_list_find_code(&reading->places, vg_text_from("XV-2"));
    assert_true(country != VG_PLACE_NONE && coast != VG_PLACE_NONE && range != VG_PLACE_NONE);
    assert_true(all[coast].parent == country && all[coast].level == VG_LEVEL_ADMIN1 && isnan(all[coast].population));
    vg_assert_near(all[coast].latitude, -13.5, 1e-12);
    assert_true(all[range].parent == VG_PLACE_NONE && all[range].level == VG_LEVEL_OTHER && isnan(all[range].latitude));
    vg_assert_near(all[range].population, 400, 0);
}

/* The part before the NUL would be another place, or none at all. */
static void rows_whose_place_holds_a_nul_are_left_out(void **state)
{
    struct reading *reading = *state;
    static const char counts[] = "date,location,cases\n2021-04-03,CO-05,7\n2021-04-03,CO-05\0001,9\n2021-04-04,CO-05\0\0,8\n2021-04-04,\0-,8\n";
    static const char cases[] = "case_id,date_of_onset,country\n1,2021-04-03,CO\0X\n2,2021-04-03,CO\n";
    static const char places[] = "code,name,parent,level,population,latitude,longitude,release_day\nXV,Vallemar,,country,5,,,0\n\0\0,,,country,5,,,0\nXV\0Y,Cut,,country,6,,,0\n";
    const struct { const char *name, *bytes; size_t size; uint64_t taken, rejected; } files[] = {
        {"counts.csv", counts, sizeof counts - 1, 3, 1}, {"cases.csv", cases, sizeof cases - 1, 1, 1}, {"places.csv", places, sizeof places - 1, 1, 2}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        vg_assert_ok(vg_intake_read_memory(files[i].name, files[i].bytes, files[i].size, &reading->options, &reading->places, &reading->arena, &reading->result, &reading->error), reading->error);
        assert_int_equal(reading->result.rows_taken, files[i].taken);
        assert_int_equal(reading->result.rows_rejected, files[i].rejected);
        assert_non_null(strstr(reading->result.rejects[reading->result.n_rejects - 1].reason, "NUL"));
    }
    assert_true(vg_place_list_find_code(&reading->places, vg_text_from("XV")) != VG_PLACE_NONE);
}

static void identifying_columns_are_never_kept_in_the_open(void **state)
{
    struct reading *reading = *state;
    reading->options.profile = "generic-cases";
    vg_assert_ok(read_text(reading, "names.csv", "case_id,date_of_onset,Apellidos,Teléfono,color\n1,2021-04-03,Quispe,999111222,azul\n"), reading->error);
    const struct vg_case_table *cases = &reading->result.cases;
    assert_int_equal(cases->extra[0].size, strlen("[\"azul\"]"));
    assert_int_equal(cases->extra_headings.size, strlen("[\"color\"]"));
    assert_memory_equal(cases->extra_headings.data, "[\"color\"]", strlen("[\"color\"]"));
    assert_non_null(memmem(cases->identifying[0].data, cases->identifying[0].size, "Quispe", 6));
    assert_null(memmem(cases->extra[0].data, cases->extra[0].size, "Quispe", 6));
}

static void an_id_twice_is_one_case(void **state)
{
    struct reading *reading = *state;
    reading->options.profile = "generic-cases";
    vg_assert_ok(read_text(reading, "twice.csv", "case_id,date_of_onset,age\n7,2021-04-03,30\n7,2021-04-03,31\n,2021-04-03,30\n,2021-04-03,30\n"), reading->error);
    const uint64_t *identity = reading->result.cases.identity_hash;
    assert_int_equal(reading->result.cases.n_cases, 4);
    assert_true(identity[0] == identity[1]); /* the store keeps the last of them */
    assert_true(identity[2] != identity[3]); /* nothing says that two unnamed rows are one person */
}

static void lists_without_ids_keep_equal_rows_apart(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "weekly.csv", "onset_week,report_week,gender\n1990-01-01,1990-01-08,Male\n1990-01-01,1990-01-08,Male\n1990-01-01,1990-01-08,Female\n"), reading->error);
    const struct vg_case_table *cases = &reading->result.cases;
    assert_int_equal(cases->n_cases, 3);
    assert_true(cases->identity_hash[0] != cases->identity_hash[1]);
    assert_true(cases->identity_hash[0] != cases->identity_hash[2]);
    assert_int_equal(cases->sex[2], VG_SEX_FEMALE);
}

static double count_of(const struct vg_count_table *counts, const char *measure, int32_t date)
{
    double sum = NAN;
    for (size_t i = 0; i < counts->n_counts; i++) {
        if (counts->reference_date[i] == date && strcmp(vg_measure_at(counts->measure[i])->name, measure) == 0) {
            sum = isnan(sum) ? counts->increment[i] : sum + counts->increment[i];
        }
    }
    return sum;
}

static void cumulative_totals_become_daily_counts(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "cities.csv",
                           "date,province,provinceCode,city,cityCode,confirmed,suspected,cured,dead\n2020-01-20,湖北省,420000,武汉市,420100,10,0,1,0\n"
                           "2020-01-22,湖北省,420000,武汉市,420100,8,0,1,1\n2020-01-21,湖北省,420000,武汉市,420100,15,,1,0\n"),
                 reading->error);
    const struct vg_count_table *counts = &reading->result.counts;
    assert_true(count_of(counts, "cases_report", day(2020, 1, 20)) == 10);
    assert_true(count_of(counts, "cases_report", day(2020, 1, 21)) == 5);
    assert_true(count_of(counts, "cases_report", day(2020, 1, 22)) == -7); /* the fall is kept */
    assert_true(isnan(count_of(counts, "suspected_report", day(2020, 1, 21)))); /* blank is not zero */
    assert_string_equal(place_code(reading, counts->place[0]), "CN-420100");
    assert_true(reading->result.n_notes > 0);
}

static void wide_files_and_delay_columns_are_read(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "jhu.csv", "Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20\n,Brazil,-14,-51,0,1,4\n"), reading->error);
    assert_true(count_of(&reading->result.counts, "cases_report", day(2020, 1, 24)) == 3);
    assert_string_equal(place_code(reading, reading->result.counts.place[0]), "BR");
    vg_assert_ok(read_text(reading, "triangle.csv", "location,age_group,reference_date,d0,d1,d2\nDE,00+,2021-04-06,149,140,61\nDE,80+,2021-04-06,20,-1,\n"), reading->error);
    const struct vg_count_table *counts = &reading->result.counts;
    assert_true(reading->result.counts_have_report_date);
    assert_int_equal(counts->n_counts, 5);
    assert_int_equal(counts->report_date[2], day(2021, 4, 8));
    assert_true(vg_text_equals(counts->groups[counts->group[0]], "all"));
    assert_true(vg_text_equals(counts->groups[counts->group[3]], "age:80+"));
    vg_assert_ok(read_text(reading, "weeks.csv", "location,age_group,date,value_-1w,value_0w,value_1w,value_>1w\nDE-BW,05-14,2021-11-07,2,16,21,3\n"), reading->error);
    assert_int_equal(reading->result.counts.step_days, 7);
    assert_int_equal(reading->result.counts.reference_date[0], day(2021, 11, 1));
    assert_true(vg_text_equals(reading->result.counts.groups[0], "age:5-14"));
}

static void decimal_commas_and_thousands_are_told_apart(void **state)
{
    struct reading *reading = *state;
    reading->options.profile = "generic-counts";
    vg_assert_ok(read_text(reading, "commas.csv", "fecha;departamento;casos\n2021-01-01;Antioquia;1.234\n2021-01-02;Antioquia;12,5\n2021-01-03;Antioquia;2.345,0\n"), reading->error);
    const struct vg_count_table *counts = &reading->result.counts;
    assert_int_equal(counts->n_counts, 3);
    assert_true(counts->increment[0] == 1234);
    assert_true(counts->increment[1] == 12.5);
    assert_true(counts->increment[2] == 2345);
}

static void files_that_nobody_knows_say_what_to_do(void **state)
{
    struct reading *reading = *state;
    assert_int_equal(read_text(reading, "odd.csv", "apples,pears\n1,2\n"), VG_DATA_ERROR);
    assert_non_null(strstr(reading->error.message, "--map"));
    assert_int_equal(read_text(reading, "empty.csv", ""), VG_DATA_ERROR);
    assert_int_equal(read_text(reading, "broken.geojson", "{\"type\": \"FeatureCollection\", \"features\": [1,"), VG_DATA_ERROR);
    assert_non_null(strstr(reading->error.message, "line"));
}

static void outcome_dates_and_days_of_publication_are_read(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "INFLUD21.csv",
                           "\"DT_NOTIFIC\";\"DT_SIN_PRI\";\"SG_UF\";\"CO_MUN_RES\";\"CS_SEXO\";\"CLASSI_FIN\";\"EVOLUCAO\";\"DT_EVOLUCA\";\"DT_DIGITA\"\n"
                           "\"26/01/2021\";\"12/01/2021\";\"RS\";\"431490\";\"F\";\"5\";\"1\";\"02/02/2021\";\"27/01/2021\"\n"
                           "\"26/01/2021\";\"13/01/2021\";\"RS\";\"431490\";\"F\";\"5\";\"2\";\"03/02/2021\";\"27/01/2021\"\n"),
                 reading->error);
    const struct vg_case_table *cases = &reading->result.cases;
    assert_int_equal(cases->dates[VG_CASE_RECOVERY][0], day(2021, 2, 2));
    assert_int_equal(cases->dates[VG_CASE_DEATH][0], VG_DATE_NONE);
    assert_int_equal(cases->dates[VG_CASE_DEATH][1], day(2021, 2, 3));
    vg_assert_ok(read_text(reading, "covid.csv",
                           "FECHA_ACTUALIZACION,ID_REGISTRO,ENTIDAD_RES,SEXO,EDAD,FECHA_INGRESO,FECHA_SINTOMAS,FECHA_DEF,CLASIFICACION_FINAL\n"
                           "2022-06-26,a,09,1,53,2022-01-03,2022-01-01,9999-99-99,3\n2022-06-26,b,23,2,60,2022-06-10,2022-06-07,2022-06-12,7\n"),
                 reading->error);
    assert_string_equal(reading->result.plan.profile, "mx-dge");
    assert_int_equal(reading->result.published, day(2022, 6, 26));
    assert_non_null(strstr(reading->result.published_basis, "FECHA_ACTUALIZACION"));
    assert_null(reading->result.cases.dates[VG_CASE_REPORT]); /* the day of the file is not the day on which each case was reported */
    assert_int_equal(reading->result.cases.dates[VG_CASE_DEATH][0], VG_DATE_NONE);
}

static void hub_triangles_and_rows_of_totals_are_read(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "hosp.csv", "date,location,age_group,value_0d,value_1d,value_2d,value_>2d\n2021-04-06,DE,00+,120,80,30,20\n2021-04-07,DE-BY,80+,10,9,,\n"), reading->error);
    assert_string_equal(reading->result.plan.profile, "triangle-hub");
    assert_int_equal(reading->result.counts.n_counts, 6);
    double sum = 0;
    for (size_t i = 0; i < reading->result.counts.n_counts; i++) {
        sum += reading->result.counts.increment[i];
    }
    assert_true(sum == 120 + 80 + 30 + 20 + 10 + 9);
    vg_assert_ok(read_text(reading, "TotalesPorRegion_std.csv",
                           "Region,Categoria,Fecha,Total\nArica y Parinacota,Casos acumulados,2020-03-03,7\nArica y Parinacota,Casos nuevos totales,2020-03-03,2\n"
                           "Total,Casos nuevos totales,2020-03-03,9\n"),
                 reading->error);
    assert_int_equal(reading->result.counts.n_counts, 2);
    assert_string_equal(place_code(reading, reading->result.counts.place[0]), "CL-AP");
    assert_string_equal(place_code(reading, reading->result.counts.place[1]), "CL");
}

static void shapes_go_to_the_places_they_name(void **state)
{
    struct reading *reading = *state;
    vg_assert_ok(read_text(reading, "shapes.geojson",
                           "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"iso_a2\":\"BR\",\"name\":\"São Paulo\"},\"geometry\":{\"type\":\"Polygon\","
                           "\"coordinates\":[[[-46.123456,-23.1],[-46,-23],[-45,-24],[-46.123456,-23.1]]]}},{\"type\":\"Feature\",\"properties\":{\"name\":\"Atlantis\"},\"geometry\":{\"type\":"
                           "\"Polygon\",\"coordinates\":[]}}]}"),
                 reading->error);
    assert_int_equal(reading->result.kind, VG_INTAKE_SHAPES);
    assert_int_equal(reading->result.n_shapes, 1);
    assert_string_equal(place_code(reading, reading->result.shapes[0].place), "BR-SP");
    assert_non_null(strstr(reading->result.shapes[0].geojson, "-46.123"));
    assert_null(strstr(reading->result.shapes[0].geojson, "-46.1234"));
    assert_int_equal(reading->result.rows_rejected, 1);
}

struct real_file { const char *path, *profile; uint64_t rows; };

/* Over the profile's, under what is said on the command line. */
static void the_disease_may_stand_in_the_file(void **state)
{
    struct reading *reading = *state;
    static const char head[] = "date,place_code,version,disease,tests,positives,report_day,release_day\n";
    char text[400];
    static const struct { const char *first, *second, *said, *wanted; size_t n_notes; } cases[] = {
        {"measles", "measles", NULL, "measles", 0}, {"", "measles", NULL, "measles", 0}, {"measles", "dengue", NULL, "measles", 1}, {"measles", "measles", "dengue", "dengue", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(text, sizeof text, "%s2021-02-01,CO-ANT,1,%s,5,1,2021-02-02,2021-02-03\n2021-02-02,CO-ANT,1,%s,5,1,2021-02-03,2021-02-04\n", head, cases[i].first, cases[i].second);
        reading->options.disease = cases[i].said;
        vg_assert_ok(read_text(reading, "tests.csv", text), reading->error);
        assert_string_equal(reading->result.plan.profile, "vigia-exercise-tests");
        assert_string_equal(reading->result.plan.disease, cases[i].wanted);
        size_t differ = 0;
        for (size_t n = 0; n < reading->result.n_notes; n++) {
            differ += strstr(reading->result.notes[n], "more than one disease") != NULL;
        }
        assert_int_equal(differ, cases[i].n_notes);
    }
}

static void real_files_read_with_their_known_numbers_of_rows(void **state)
{
    static const struct real_file files[] = {
        {"counts/raw_co_totalcases20200504.csv.gz", "co-ins", 7708}, {"counts/raw_co_totalcases20200618.xlsx", "co-ins", 57046},
        {"counts/linelist_co_covid19_2020-06-18.csv.gz", "co-ins-english", 57046}, {"counts/linelist_cu_covid19.csv.gz", "cu-covid19cubadata", 207322},
        {"counts/linelist_br_sp_srag.csv.gz", "br-sivep-regions", 761637}, {"counts/linelist_pr_dengue_weekly.csv.gz", "dengue-weekly-list", 52987},
        {"counts/national_daily.csv.gz", "national-daily", 42768}, {"counts/china_city_cumulative_2020.csv.gz", "cn-cities", 66771},
        {"counts/china_province_daily_jhu.csv.gz", "cn-provinces", 29403}, {"counts/triangle_de_hosp_age.csv.gz", "triangle-days", 1659},
        {"counts/triangle_mx_states.csv.gz", "triangle-long", 127869}, {"counts/triangle_de_survstat_influenza.csv.gz", "triangle-weeks", 2641},
        {"counts/triangle_de_icosari_sari.csv.gz", "triangle-weeks", 301}, {"counts/vintages_us_flu_admissions.csv.gz", "vintages", 8181},
        {"counts/dengue_national_celac.csv.gz", "dengue-national", 8542}, {"counts/hospital_br_sp_drs.csv.gz", "br-sp-hospitals", 9384},
        {"counts/hospital_it_regions.csv.gz", "it-regions", 14217}, {"counts/latam_subnational_cumulative_NC.csv.gz", "latam-subnational", 130729},
        {"linelists/mers_kr_2015_linelist.csv", "mers-line-list", 162}, {"facts/admin1_population.csv", "places-admin1", 200},
        {"facts/admin2_population.csv.gz", "places-admin2", 7551},
    };
    char path[4096];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        vg_shared_or_skip(files[i].path, path);
        void *fresh = NULL;
        assert_int_equal(open_reading(&fresh), 0);
        struct reading *reading = fresh;
        if (vg_intake_read(path, &reading->options, &reading->places, &reading->arena, &reading->result, &reading->error) != VG_OK) {
            fail_msg("%s: %s", files[i].path, reading->error.message);
        }
        const struct vg_intake_result *result = &reading->result;
        if (strcmp(result->plan.profile, files[i].profile) != 0 || result->rows_read != files[i].rows) {
            fail_msg("%s: profile %s and %llu rows", files[i].path, result->plan.profile, (unsigned long long)result->rows_read);
        }
        assert_int_equal(result->rows_read, result->rows_taken + result->rows_rejected + result->rows_filtered);
        assert_true(result->rows_rejected < result->rows_read / 50);
        (void)close_reading(&fresh);
    }
    (void)state;
}

#define READING_TEST(test) cmocka_unit_test_setup_teardown(test, open_reading, close_reading)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READING_TEST(every_shipped_profile_parses_and_has_a_title),
        READING_TEST(a_profile_with_an_error_names_its_line),
        READING_TEST(both_colombian_layouts_give_the_same_case),
        READING_TEST(date_orders_are_decided_by_the_column),
        READING_TEST(dates_in_many_dresses_are_the_same_day),
        READING_TEST(bad_cells_are_listed_and_rows_add_up),
        READING_TEST(lists_of_places_are_read),
        READING_TEST(rows_whose_place_holds_a_nul_are_left_out),
        READING_TEST(identifying_columns_are_never_kept_in_the_open),
        READING_TEST(an_id_twice_is_one_case),
        READING_TEST(outcome_dates_and_days_of_publication_are_read),
        READING_TEST(hub_triangles_and_rows_of_totals_are_read),
        READING_TEST(lists_without_ids_keep_equal_rows_apart),
        READING_TEST(cumulative_totals_become_daily_counts),
        READING_TEST(wide_files_and_delay_columns_are_read),
        READING_TEST(decimal_commas_and_thousands_are_told_apart),
        READING_TEST(files_that_nobody_knows_say_what_to_do),
        READING_TEST(shapes_go_to_the_places_they_name),
        READING_TEST(the_disease_may_stand_in_the_file),
        cmocka_unit_test(real_files_read_with_their_known_numbers_of_rows),
    };
    return cmocka_run_group_tests_name("intake/read_cases", tests, NULL, NULL);
}
