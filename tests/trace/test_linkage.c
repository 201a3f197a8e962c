/*
 * Whether two records are of one person: sounds, readings, search codes and weights on cases whose answer is known.
 */
#include "vg_test.h"

#include "trace/linkage/internal.h"

static struct vg_linkage_person person(const char *given, const char *family, const char *birth, const char *document)
{
    struct vg_linkage_person one = {.given = given, .family = family, .documents = {document, NULL}, .birth = VG_DATE_NONE};
    if (birth != NULL) {
        assert_true(vg_date_parse_iso(vg_text_from(birth), &one.birth));
    }
    return one;
}

static double probability(struct vg_linkage_person a, struct vg_linkage_person b, struct vg_linkage_match *match)
{
    struct vg_linkage_form x, y;
    struct vg_linkage_match other;
    vg_linkage_prepare(&a, &x);
    vg_linkage_prepare(&b, &y);
    vg_linkage_compare(&x, &y, 100000, match);
    vg_linkage_compare(&y, &x, 100000, &other);
    vg_assert_near(other.weight, match->weight, 1e-9); /* in either order */
    return match->probability;
}

/* What the codes that both have in common say. */
static unsigned in_common(struct vg_linkage_person a, struct vg_linkage_person b)
{
    struct vg_linkage_form x, y;
    struct vg_linkage_codes p, q;
    uint32_t bits = 0;
    vg_linkage_prepare(&a, &x);
    vg_linkage_prepare(&b, &y);
    vg_linkage_make_codes(&x, &p);
    vg_linkage_make_codes(&y, &q);
    for (size_t i = 0; i < p.n; i++) {
        for (size_t k = 0; k < q.n; k++) {
            bits |= strcmp(p.texts[i], q.texts[k]) == 0 ? UINT32_C(1) << i : 0;
        }
    }
    return vg_linkage_says(&p, bits);
}

static void words_that_sound_alike_have_one_sound(void **state)
{
    (void)state;
    static const char *const alike[][2] = {{"gonzalez", "gonsales"}, {"xavier", "javier"},   {"thiago", "tiago"},     {"luiz", "luis"},       {"jimenez", "gimenes"},   {"enrique", "henrique"},
                                           {"vazquez", "basques"},   {"joaquim", "joaquin"}, {"rodriguez", "rodrigues"}, {"castillo", "castilho"}, {"philipe", "filipe"}, {"yolanda", "iolanda"},
                                           {"cecilia", "sesilia"},   {"quevedo", "kevedo"},  {"alexandra", "alejandra"}, {"chavez", "shaves"}};
    static const char *const different[][2] = {{"garcia", "lopez"}, {"ana", "eva"}, {"luis", "elisa"}, {"pedro", "pablo"}, {"gomez", "lopez"}, {"cruz", "castro"}};
    char a[VG_LINKAGE_TOKEN_BYTES], b[VG_LINKAGE_TOKEN_BYTES];
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        vg_linkage_sound(alike[i][0], a);
        vg_linkage_sound(alike[i][1], b);
        assert_string_equal(a, b);
    }
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        vg_linkage_sound(different[i][0], a);
        vg_linkage_sound(different[i][1], b);
        assert_string_not_equal(a, b);
    }
}

static void one_slip_of_the_finger_is_distance_one(void **state)
{
    (void)state;
    static const struct { const char *a, *b; int distance; } known[] = {{"perez", "perez", 0}, {"perez", "peres", 1}, {"perez", "preez", 1}, {"perez", "pere", 1}, {"perez", "pperez", 1},
                                                                        {"perez", "prees", 2}, {"", "", 0}, {"", "a", 1}, {"", "ab", 2}, {"abc", "cba", 2}, {"ab", "ba", 1}, {"abcd", "acbd", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(linkage_distance(known[i].a, known[i].b), known[i].distance);
        assert_int_equal(linkage_distance(known[i].b, known[i].a), known[i].distance);
    }
}

static void chinese_names_are_read_and_split(void **state)
{
    (void)state;
    uint16_t parts[VG_LINKAGE_SYLLABLES];
    assert_string_equal(linkage_syllable(linkage_reading(0x738B)), "wang"); /* 王 */
    assert_string_equal(linkage_syllable(linkage_reading(0x5415)), "lu");   /* 吕 */
    assert_int_equal(linkage_reading('a'), 0);
    assert_int_equal(linkage_split("xiaoming", parts), 2);
    assert_string_equal(linkage_syllable(parts[0]), "xiao");
    assert_string_equal(linkage_syllable(parts[1]), "ming");
    assert_int_equal(linkage_split("lyu", parts), 1);
    assert_string_equal(linkage_syllable(parts[0]), "lu");
    assert_int_equal(linkage_split("garcia", parts), 0);
    /* Whatever two readings stand side by side, the word is one that can be split: none is turned away by its letters. */
    for (uint16_t a = 1; linkage_syllable(a) != NULL; a++) {
        for (uint16_t b = 1; linkage_syllable(b) != NULL; b++) {
            char word[16];
            (void)snprintf(word, sizeof word, "%s%s", linkage_syllable(a), linkage_syllable(b));
            assert_true(linkage_split(word, parts) > 0);
        }
    }
    struct vg_linkage_match match;
    const char *birth = "1988-11-05";
    assert_true(probability(person("小明", "王", birth, NULL), person("Xiaoming", "Wang", birth, NULL), &match) > 0.9);
    assert_non_null(strstr(match.pattern, "read the same"));
    assert_true(probability(person("Xiao Ming", "Wang", birth, NULL), person("Wang", "Xiaoming", birth, NULL), &match) > 0.9);
    assert_true(probability(person(NULL, "王小明", birth, NULL), person("小明", "王", birth, NULL), &match) > 0.9);
    double same = match.weight;
    (void)probability(person("晓明", "王", birth, NULL), person("小明", "王", birth, NULL), &match); /* other characters, read the same */
    assert_true(match.weight < same - 5 && match.weight > 0);
    assert_true(probability(person("丽", "王", birth, NULL), person("小明", "王", birth, NULL), &match) < 0.1);
    assert_true(in_common(person("Xiao Ming", "Wang", "1988-05-11", NULL), person(NULL, "王小明", birth, NULL)) >= VG_LINKAGE_WORTH);
}

static void one_person_under_two_spellings_is_found(void **state)
{
    (void)state;
    static const struct { const char *given[2], *family[2], *birth[2], *document[2]; } pairs[] = {
        {{"María José", "Maria Jose"}, {"González Pérez", "Gonzales Peres"}, {"1980-03-07", "1980-03-07"}, {NULL, NULL}},
        {{"Juan Carlos", "Juan"}, {"Rodríguez Vargas", "Rodriguez"}, {"1975-03-07", "1975-07-03"}, {"1032456789", "1032456789"}},
        {{"Luis", "Quispe"}, {"Quispe", "Luis"}, {"1990-12-30", "1990-12-30"}, {NULL, NULL}},        /* names in each other's place */
        {{"João", "Joao"}, {"da Silva Santos", "Silva Santos"}, {"1969-01-22", "1969-01-22"}, {NULL, NULL}},
        {{"Yessica", "Yessica"}, {"Huamán Torres", "Huaman Tores"}, {"2001-10-09", "2001-10-08"}, {"45871236", "45871263"}},
        {{"Gonçalo", "Goncalo"}, {"Araújo", "Araujo"}, {"1958-08-14", "1958-08-14"}, {NULL, NULL}},
        {{"Ma. Guadalupe", "María Guadalupe"}, {"Hdez. Ruiz", "Hernández Ruiz"}, {"1983-06-02", "1983-06-02"}, {NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct vg_linkage_match match;
        struct vg_linkage_person a = person(pairs[i].given[0], pairs[i].family[0], pairs[i].birth[0], pairs[i].document[0]);
        struct vg_linkage_person b = person(pairs[i].given[1], pairs[i].family[1], pairs[i].birth[1], pairs[i].document[1]);
        double p = probability(a, b, &match);
        if (p < 0.9 || in_common(a, b) < VG_LINKAGE_WORTH) {
            fail_msg("%s %s: probability %.3f, weight %.1f (%s), codes %u", pairs[i].given[0], pairs[i].family[0], p, match.weight, match.pattern, in_common(a, b));
        }
        assert_null(strstr(match.pattern, "Silva")); /* the pattern tells no name */
    }
}

static void two_persons_are_not_taken_for_one(void **state)
{
    (void)state;
    struct vg_linkage_match match;
    struct vg_linkage_person a = person("Ana", "Quispe Zegarra", "1994-05-02", NULL), b = person("Luis", "Quispe Zegarra", "1994-05-02", NULL);
    a.telephone = b.telephone = "+57 300 123 4567"; /* twins at one telephone */
    a.place = b.place = "CO-ANT";
    assert_true(probability(a, b, &match) < 0.05);
    a = person("Ana", "Quispe Zegarra", "1994-05-02", "45871236");
    b = person("Ana", "Quispe Zegarra", "1966-01-22", "09123388"); /* mother and daughter */
    assert_true(probability(a, b, &match) < 0.05);
    assert_true(probability(person("Juan", "García", NULL, NULL), person("Juan", "García", NULL, NULL), &match) < 0.5); /* too common to say */
    assert_true(probability(person("Juan", "García", "1980-01-01", "11111111"), person("Pedro", "Gómez", "1980-01-01", "22222222"), &match) < 0.01);
}

static void rare_names_say_more_than_frequent_ones(void **state)
{
    (void)state;
    struct vg_linkage_form a, b;
    struct vg_linkage_match frequent, rare;
    struct vg_linkage_person one = person("Juan", "Garcia", NULL, NULL);
    vg_linkage_prepare(&one, &a);
    vg_linkage_prepare(&one, &b);
    assert_int_equal(a.n_tokens, 2);
    a.tokens[0].share = a.tokens[1].share = b.tokens[0].share = b.tokens[1].share = 0.03;
    vg_linkage_compare(&a, &b, 1e5, &frequent);
    a.tokens[0].share = b.tokens[0].share = 0.00003;
    vg_linkage_compare(&a, &b, 1e5, &rare);
    vg_assert_near(rare.weight - frequent.weight, log2(1000), 1e-9);
    /* the posterior odds are those of the weight and the prior: 0.1 / 100000 */
    vg_assert_near(log2(frequent.probability / (1 - frequent.probability)), frequent.weight + log2(1e-6), 1e-6);
}

static void codes_are_few_and_in_common(void **state)
{
    (void)state;
    struct vg_linkage_form form;
    struct vg_linkage_codes codes;
    struct vg_linkage_person long_name = person("Ana Maria Luisa Fernanda", "Garcia Marquez de la Torre y Zegarra", "1980-12-12", "123456");
    long_name.telephone = "3001234567";
    vg_linkage_prepare(&long_name, &form);
    vg_linkage_make_codes(&form, &codes);
    assert_true(codes.n > 5 && codes.n <= VG_LINKAGE_CODES);
    struct vg_linkage_person none = {.birth = VG_DATE_NONE};
    vg_linkage_prepare(&none, &form);
    vg_linkage_make_codes(&form, &codes);
    assert_int_equal(codes.n, 0);
    struct vg_linkage_person by_age = person("Rosa", "Mamani", NULL, NULL), by_date = person("Rosa", "Mamani", "1980-12-12", NULL);
    by_age.birth_year = 1981; /* an age may be one off */
    assert_true(in_common(by_age, by_date) >= VG_LINKAGE_WORTH);
    assert_true(in_common(person("Rosa", "Mamani", "1980-12-12", NULL), person("Eva", "Torres", "1980-12-12", NULL)) < VG_LINKAGE_WORTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_sound_alike_have_one_sound), cmocka_unit_test(one_slip_of_the_finger_is_distance_one), cmocka_unit_test(chinese_names_are_read_and_split),
        cmocka_unit_test(one_person_under_two_spellings_is_found), cmocka_unit_test(two_persons_are_not_taken_for_one), cmocka_unit_test(rare_names_say_more_than_frequent_ones),
        cmocka_unit_test(codes_are_few_and_in_common),
    };
    return vg_run_group_tests("linkage", tests, NULL, NULL);
}
