/*
 * The tables that an exercise promises agree with each other and with its truth: doses and their lots, measures, isolation, contacts, places, lineages; outages hold reports back.
 */
#include "made_exercise.h"

#include "jobs/exercise/internal.h"

static int64_t whole_number(struct vg_text cell)
{
    int64_t value = -1;
    assert_true(cell.size == 0 || vg_parse_integer(cell, &value));
    return value;
}

static int32_t date_in(struct vg_text cell)
{
    int32_t date = VG_DATE_NONE;
    assert_true(cell.size == 0 || vg_date_parse_iso(cell, &date));
    return date;
}

static void each_row(struct state *state, const char *bundle, const char *name, const char *const *columns, size_t n, exercise_row *row, void *context)
{
    struct exercise_folder open;
    struct vg_buffer csv;
    char file[96];
    (void)snprintf(file, sizeof file, "%s.csv", name);
    vg_buffer_init(&csv, 0);
    vg_assert_ok(exercise_open(state->open_exercise, NULL, &state->arena, &open, &state->error), state->error);
    vg_assert_ok(exercise_read(&open, bundle, file, &csv, &state->error), state->error);
    vg_assert_ok(exercise_csv_rows(&csv, file, columns, n, row, context, &state->error), state->error);
    vg_buffer_release(&csv);
}

#define PERSONS_MOST 40000
struct books {
    size_t doses, doses_published, measures, isolated, contacts_outside, leaks, infecting, local, admitted, deaths, daily_deaths, offspring, lineages, schools, members, without;
    int32_t last_dose;
    int64_t averted;
    double effect;
    int32_t away_from[PERSONS_MOST][2], away_until[PERSONS_MOST][2];
};

static void see_dose(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    books->doses += date_in(cells[0]) <= vg_date_from_civil(2021, 5, 15); /* later ones are counted after the end */
    assert_true(date_in(cells[1]) > date_in(cells[0]) && vg_text_equals(cells[2], "coronavac") && cells[3].data[0] == 'L');
}

static void see_doses_published(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    books->doses_published += date_in(cells[1]) <= vg_date_from_civil(2021, 5, 15) ? (size_t)whole_number(cells[0]) : 0;
}

static void see_measure(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    bool closes = vg_text_equals(cells[0], "fewer contacts");
    assert_true(closes || vg_text_equals(cells[0], "isolation"));
    assert_int_equal(date_in(cells[1]), closes ? vg_date_from_civil(2021, 2, 18) : vg_date_from_civil(2021, 1, 4));
    assert_int_equal(date_in(cells[2]), closes ? vg_date_from_civil(2021, 5, 1) : vg_date_from_civil(2021, 5, 23));
    if (closes) {
        double removed = 0, effect = 0;
        assert_true(vg_parse_double(cells[3], '.', &removed) && vg_parse_double(cells[4], '.', &effect));
        vg_assert_near(removed, 0.4, 1e-9);
        books->effect = effect;
    }
    books->measures++;
}

static void see_isolation(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    int64_t person = whole_number(cells[0]);
    assert_in_range(person, 0, PERSONS_MOST - 1);
    size_t slot = books->away_until[person][0] == 0 ? 0 : 1;
    books->away_from[person][slot] = date_in(cells[1]);
    books->away_until[person][slot] = date_in(cells[2]);
    books->isolated++;
}

static bool is_away(const struct books *books, int64_t person, int32_t day)
{
    return (day >= books->away_from[person][0] && day < books->away_until[person][0]) || (day >= books->away_from[person][1] && day < books->away_until[person][1]);
}

static void see_contact(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    bool outside = !vg_text_equals(cells[3], "household"), away = is_away(books, whole_number(cells[1]), date_in(cells[0])) || is_away(books, whole_number(cells[2]), date_in(cells[0]));
    books->contacts_outside += outside;
    books->leaks += outside && away;
    books->infecting += vg_text_equals(cells[4], "true");
}

static void see_infection(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    double immunity;
    books->local += cells[0].size > 0;
    books->admitted += cells[1].size > 0;
    books->deaths += cells[2].size > 0;
    books->without += vg_text_equals(cells[5], "true");
    assert_in_range(whole_number(cells[3]), 0, 23);
    assert_true(vg_parse_double(cells[4], '.', &immunity) && immunity >= 0 && immunity < 1);
}

static void see_day(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    books->daily_deaths += (size_t)whole_number(cells[0]);
    books->offspring += (size_t)whole_number(cells[1]);
}

static void see_place(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    books->schools += vg_text_equals(cells[0], "school");
    books->members += vg_text_equals(cells[0], "school") || vg_text_equals(cells[0], "work") ? (size_t)whole_number(cells[1]) : 0;
}

static void see_lineage(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    size_t blanks = 0;
    for (size_t i = 0; i < cells[1].size; i++) {
        blanks += cells[1].data[i] == ' ';
    }
    assert_true(books->lineages == 0 ? cells[1].size == 0 : blanks == 13); /* 14 markers make the second */
    books->lineages++;
}

static void see_counterfactual(void *context, const struct vg_text *cells)
{
    struct books *books = context;
    assert_true(vg_text_equals(cells[0], "no measures"));
    books->averted += vg_text_equals(cells[1], "XV") ? whole_number(cells[3]) - whole_number(cells[2]) : 0;
}

static void the_tables_of_the_contract_agree(void **out)
{
    struct state *state = *out;
    struct books *books = calloc(1, sizeof *books);
    assert_non_null(books);
    each_row(state, "truth", "dose", (const char *const[]){"day", "protects_from", "product", "lot"}, 4, see_dose, books);
    each_row(state, "observed", "vaccinations", (const char *const[]){"doses", "date"}, 2, see_doses_published, books);
    assert_int_equal(books->doses, books->doses_published);
    assert_true(books->doses > 1000);
    each_row(state, "truth", "measure_truth", (const char *const[]){"measure", "from", "to", "contacts_removed", "effect_on_r"}, 5, see_measure, books);
    assert_int_equal(books->measures, 2 * 6); /* one row a municipality and measure */
    assert_true(books->effect > 0.1 && books->effect < 0.4);
    each_row(state, "truth", "isolation_truth", (const char *const[]){"person_id", "from", "until"}, 3, see_isolation, books);
    each_row(state, "truth", "contact", (const char *const[]){"day", "a", "b", "layer", "infecting"}, 5, see_contact, books);
    assert_true(books->isolated > 500 && books->contacts_outside > 5000);
    assert_int_equal(books->leaks, 0);
    each_row(state, "truth", "infection", (const char *const[]){"infector_infection_id", "t_hosp", "t_death", "hour", "immunity_at_exposure", "without_icu"}, 6, see_infection, books);
    each_row(state, "truth", "daily_truth", (const char *const[]){"deaths", "offspring"}, 2, see_day, books);
    assert_int_equal(books->infecting, books->local);
    assert_int_equal(books->offspring, books->local);
    assert_int_equal(books->deaths, books->daily_deaths);
    assert_true(books->admitted > 50 && books->without > 0);
    each_row(state, "truth", "place", (const char *const[]){"kind", "population"}, 2, see_place, books);
    assert_true(books->schools > 100 && books->members > 10000 && books->members < 30000);
    each_row(state, "truth", "lineage_truth", (const char *const[]){"lineage", "markers"}, 2, see_lineage, books);
    assert_int_equal(books->lineages, 2);
    each_row(state, "truth", "counterfactual", (const char *const[]){"scenario", "place_code", "infections", "infections_without"}, 4, see_counterfactual, books);
    assert_true(books->averted > 1000);
    free(books);
}

/* Of what is observed: an outage holds four of five reports back, and they come on the day after; whoever tampers sends half of what the line list has. */
struct held { size_t during, after; };

static void see_report(void *context, const struct vg_text *cells)
{
    struct held *held = context;
    int32_t report = date_in(cells[1]);
    bool there = cells[0].size > 5 && memcmp(cells[0].data, "XV-02", 5) == 0;
    held->during += there && report >= vg_date_from_civil(2021, 3, 20) && report <= vg_date_from_civil(2021, 3, 29);
    held->after += there && report == vg_date_from_civil(2021, 3, 30);
}

static void outages_hold_reports_back(void **out)
{
    struct state *state = *out;
    struct held held = {0};
    each_row(state, "observed", "linelist", (const char *const[]){"municipality", "first_report_day"}, 2, see_report, &held);
    assert_true(held.after > 2 * held.during && held.after > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_of_the_contract_agree),
        cmocka_unit_test(outages_hold_reports_back),
    };
    return cmocka_run_group_tests(tests, make_state, drop_state);
}
