/*
 * Courses of diseases and protection: the shipped tables are read line by line and hold what their sources say; lines that cannot be are refused with column,
 * found and expected.
 */
#include "vg_test.h"

#include "model/disease/disease.h"

static struct vg_disease_facts shipped(const char *disease)
{
    struct vg_disease_facts facts;
    struct vg_error error;
    vg_assert_ok(vg_disease_shipped(vg_text_from(disease), &facts, &error), error);
    return facts;
}

static size_t variant(const struct vg_disease_facts *facts, const char *name)
{
    size_t index = vg_disease_variant(facts, vg_text_from(name));
    if (index >= facts->n_variants) {
        fail_msg("no variant %s", name);
    }
    return index;
}

static void covid_has_its_variants(void **state)
{
    (void)state;
    struct vg_disease_facts facts = shipped("COVID-19");
    size_t wild = variant(&facts, "covid19"), alpha = variant(&facts, "alpha"), gamma = variant(&facts, "gamma"), delta = variant(&facts, "delta"),
           omicron = variant(&facts, "omicron"), ba5 = variant(&facts, "omicron_ba5");
    assert_true(facts.n_variants == 6 && wild == 0);
    vg_assert_near(facts.course.reproduction_number, 2.79, 1e-12); /* from the epidemiological parameters */
    vg_assert_near(facts.course.dispersion_k, 0.1, 1e-12);
    vg_assert_near(facts.course.generation_time.mean, 5.0, 1e-12);
    vg_assert_near(facts.variants[delta].generation_time.mean, 4.7, 1e-12);
    vg_assert_near(facts.variants[gamma].generation_time.mean, 5.0, 1e-12); /* not published: the disease's */
    vg_assert_near(facts.variants[delta].relative_transmissibility, 1.97, 1e-12);
    vg_assert_near(facts.variants[ba5].relative_admission, facts.variants[omicron].relative_admission, 0.0); /* the family's */
    assert_true(facts.variants[wild].relative_admission == 1.0 && facts.variants[alpha].relative_admission == 1.52);
    /* Kept protection: as given, the other way round, and 1 of itself. */
    vg_assert_near(facts.variants[omicron].kept[wild], 0.61, 1e-12);
    vg_assert_near(facts.variants[wild].kept[omicron], 0.61, 1e-12);
    vg_assert_near(facts.variants[ba5].kept[delta], 0.31, 1e-12);
    for (size_t i = 0; i < facts.n_variants; i++) {
        assert_true(facts.variants[i].kept[i] == 1.0);
    }
    assert_true(vg_disease_variant(&facts, vg_text_from("zeta")) == VG_DISEASE_VARIANTS_MAX);
}

static void shares_by_age_are_ordered(void **state)
{
    (void)state;
    static const char *const diseases[] = {"covid19", "influenza_pandemic", "measles"};
    for (size_t k = 0; k < sizeof diseases / sizeof *diseases; k++) {
        struct vg_disease_facts facts = shipped(diseases[k]);
        const struct vg_course *course = &facts.course;
        for (int age = 0; age < VG_AGE_YEARS; age++) {
            assert_true(course->symptomatic_share[age] > 0.0 && course->admission_share[age] <= course->symptomatic_share[age]);
            assert_true(course->fatality[age] > 0.0 && course->fatality[age] < course->admission_share[age] + 1e-9);
            assert_true(course->susceptibility[age] > 0.0 && course->infectiousness[age] == 1.0);
        }
        assert_true(course->onset_to_death.mean > course->onset_to_admission.mean && course->incubation.mean > 0.0);
    }
    struct vg_disease_facts covid = shipped("covid19");
    vg_assert_near(covid.course.fatality[85], 0.0829, 1e-12);
    vg_assert_near(covid.course.fatality[100], 0.162, 1e-12);
    vg_assert_near(covid.course.susceptibility[5], 0.34, 1e-12);
    struct vg_disease_facts influenza = shipped("influenza_pandemic");
    vg_assert_near(influenza.course.susceptibility[18], 1.96, 1e-12);
    vg_assert_near(influenza.course.susceptibility[51], 0.17, 1e-12);
}

static void unknown_diseases_name_the_known(void **state)
{
    (void)state;
    struct vg_disease_facts facts;
    struct vg_error error;
    assert_int_equal(vg_disease_shipped(vg_text_from("cholera"), &facts, &error), VG_NOT_FOUND);
    assert_non_null(strstr(error.message, "it has covid19, influenza_pandemic, measles"));
    assert_int_equal(vg_disease_shipped(vg_text_from("influenza"), &facts, &error), VG_NOT_FOUND);
    struct vg_disease_facts measles = shipped("sarampión");
    assert_string_equal(measles.course.disease, "measles");
}

#define T(text) vg_text_from(text)

static void refuse_course(const char *disease, const char *parameter, const char *ages, const char *value, const char *low, const char *high, const char *source, const char *says)
{
    struct vg_disease_builder builder;
    struct vg_error error;
    vg_assert_ok(vg_disease_builder_start(&builder, T("x"), &error), error);
    const struct vg_course_row first = {T("x"), T("fatality"), T("10-19"), T("0.1"), T(""), T(""), T("somebody")};
    vg_assert_ok(vg_disease_builder_course(&builder, &first, &error), error);
    const struct vg_course_row row = {T(disease), T(parameter), T(ages), T(value), T(low), T(high), T(source)};
    assert_int_equal(vg_disease_builder_course(&builder, &row, &error), VG_DATA_ERROR);
    if (strstr(error.message, says) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, says);
    }
}

static void lines_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refuse_course("x", "fatalty", "", "0.1", "", "", "s", "column parameter: found \"fatalty\"");
    refuse_course("x", "fatality", "", "1.1", "", "", "s", "column value: found \"1.1\", expected a number from 0 to 1");
    refuse_course("x", "fatality", "", "", "", "", "s", "column value");
    refuse_course("x", "fatality", "nine", "0.1", "", "", "s", "column ages: found \"nine\"");
    refuse_course("x", "fatality", "15-25", "0.1", "", "", "s", "at 15 years stands in an earlier line");
    refuse_course("x", "fatality", "30-39", "0.1", "0.2", "", "s", "column low");
    refuse_course("x", "fatality", "30-39", "0.1", "", "0.05", "s", "column high");
    refuse_course("x", "fatality", "30-39", "0.1", "", "", " ", "column source");
    refuse_course("x", "incubation_mean_days", "30-39", "4", "", "", "s", "not given by age");
    refuse_course("x_y", "fatality", "", "0.1", "", "", "s", "not given by variant");
}

static void a_table_must_be_whole(void **state)
{
    (void)state;
    struct vg_disease_builder builder;
    struct vg_disease_facts facts;
    struct vg_error error;
    const struct vg_course_row mean = {T("x"), T("generation_time_mean_days"), T(""), T("4"), T(""), T(""), T("s")}, sd = {T("x"), T("generation_time_sd_days"), T(""), T("2"), T(""), T(""), T("s")};
    const struct vg_course_row some = {T("x"), T("fatality"), T("0-49"), T("0.1"), T(""), T(""), T("s")}, other = {T("y"), T("nonsense"), T(""), T(""), T(""), T(""), T("")};
    vg_assert_ok(vg_disease_builder_start(&builder, T("x"), &error), error);
    vg_assert_ok(vg_disease_builder_course(&builder, &other, &error), error); /* another disease's line is passed over */
    assert_int_equal(vg_disease_builder_finish(&builder, &facts, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "generation time of x is not known"));
    vg_assert_ok(vg_disease_builder_course(&builder, &mean, &error), error);
    assert_int_equal(vg_disease_builder_course(&builder, &mean, &error), VG_DATA_ERROR);
    vg_assert_ok(vg_disease_builder_course(&builder, &sd, &error), error);
    vg_assert_ok(vg_disease_builder_finish(&builder, &facts, &error), error);
    assert_true(isnan(facts.course.fatality[20]) && facts.course.susceptibility[20] == 1.0);
    vg_assert_ok(vg_disease_builder_course(&builder, &some, &error), error);
    assert_int_equal(vg_disease_builder_finish(&builder, &facts, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "not for 50 years"));
    const struct vg_cross_row cross = {T("x"), T("x_new"), T("0.5"), T("s")};
    assert_int_equal(vg_disease_builder_cross(&builder, &cross, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "column against: found \"x_new\""));
}

static void protection_is_found_and_wanes(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_vaccines vaccines;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_vaccines_shipped(&arena, &vaccines, &error), error);
    assert_true(vaccines.n_products == 7 && vaccines.n_curves > 30);
    size_t corona = vg_vaccines_product(&vaccines, T("coronavac")), pfizer = vg_vaccines_product(&vaccines, T("bnt162b2"));
    const struct vg_protection_curve *curve = vg_vaccines_find(&vaccines, corona, 2, T("covid19"), VG_AGAINST_SEVERE);
    assert_non_null(curve);
    vg_assert_near(vg_protection_at(curve, 500.0), 0.875, 1e-12);
    curve = vg_vaccines_find(&vaccines, pfizer, 2, T("covid19_omicron_ba5"), VG_AGAINST_DISEASE); /* of its family */
    assert_non_null(curve);
    vg_assert_near(vg_protection_at(curve, 0.0), 0.655, 1e-12);
    vg_assert_near(vg_protection_at(curve, 200.0), 0.088, 1e-12);
    vg_assert_near(vg_protection_at(curve, 110.5), (0.655 + 0.088) / 2.0, 1e-12);
    const struct vg_protection_curve *third = vg_vaccines_find(&vaccines, pfizer, 3, T("covid19_delta"), VG_AGAINST_DEATH); /* only two doses were measured */
    assert_true(third != NULL && third->dose == 2);
    assert_null(vg_vaccines_find(&vaccines, pfizer, 2, T("measles"), VG_AGAINST_DISEASE));
    assert_true(vg_vaccines_product(&vaccines, T("snake oil")) == VG_VACCINE_PRODUCTS_MAX);
    const struct vg_vaccine_row bad[] = {
        {T("x"), T("1"), T("covid19"), T("disease"), T("14"), T("0.5"), T(""), T(""), T("s")}, {T("ad26"), T("0"), T("covid19"), T("disease"), T("14"), T("0.5"), T(""), T(""), T("s")},
        {T("ad26"), T("1"), T("covid19"), T("sorrow"), T("14"), T("0.5"), T(""), T(""), T("s")}, {T("ad26"), T("1"), T("covid19"), T("disease"), T("14"), T("0.5"), T(""), T(""), T("s")},
        {T("ad26"), T("1"), T("covid19"), T("disease"), T("50"), T("50"), T(""), T(""), T("s")}, {T("ad26"), T("1"), T("covid19"), T("disease"), T("50"), T("0.5"), T("0.6"), T(""), T("s")},
        {T("ad26"), T("1"), T("covid19"), T("disease"), T("50"), T("0.5"), T(""), T(""), T("")}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(vg_vaccines_add(&vaccines, &bad[i], &error), VG_DATA_ERROR);
    }
    const struct vg_product_row again = {T("ad26"), T("t"), T("p"), T("1"), T("0")};
    assert_int_equal(vg_vaccines_add_product(&vaccines, &again, &error), VG_DATA_ERROR);
    /* A curve whose protection rises with time would be a slip of the pen. */
    for (size_t i = 0; i < vaccines.n_curves; i++) {
        for (size_t k = 1; k < vaccines.curves[i].n_points; k++) {
            assert_true(vaccines.curves[i].protection[k] <= vaccines.curves[i].protection[k - 1]);
        }
    }
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covid_has_its_variants),
        cmocka_unit_test(shares_by_age_are_ordered),
        cmocka_unit_test(unknown_diseases_name_the_known),
        cmocka_unit_test(lines_that_cannot_be_are_refused),
        cmocka_unit_test(a_table_must_be_whole),
        cmocka_unit_test(protection_is_found_and_wanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
