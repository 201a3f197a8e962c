/*
 * The scenario file: what it takes, its defaults, and the place and reason of every error.
 */
#include "vg_test.h"

#include "intake/scenario/scenario.h"

static struct vg_arena arena;
static struct vg_error error;
static struct vg_scenario scenario;

#define HEAD "start = 2021-01-03\n[place]\ncountry = \"CO\"\npopulation = 1000\n"

static vg_status parse(const char *text)
{
    vg_arena_release(&arena);
    vg_arena_init(&arena, 0);
    return vg_intake_scenario_parse("folder/some.toml", vg_text_from(text), &arena, &scenario, &error);
}

static void a_small_file_has_defaults(void **state)
{
    (void)state;
    vg_assert_ok(parse(HEAD), error);
    assert_string_equal(scenario.name, "some");
    assert_string_equal(scenario.folder, "folder");
    assert_int_equal(scenario.start, vg_date_from_civil(2021, 1, 3));
    assert_int_equal(scenario.days, 180);
    assert_int_equal(scenario.place.age_bands.count, 16);
    assert_int_equal(scenario.n_variations, 1);
    assert_string_equal(scenario.variations[0].name, "some");
    assert_string_equal(vg_intake_scenario_path(&scenario, "a.csv", &arena), "folder/a.csv");
    assert_string_equal(vg_intake_scenario_path(&scenario, "/a.csv", &arena), "/a.csv");
}

static void all_kinds_of_values_are_taken(void **state)
{
    (void)state;
    vg_assert_ok(parse("\xEF\xBB\xBFname = 'a \\ b'\r\ntitle = \"\\u00e9\\t\\\"x\\\"\"  # a remark\r\n" HEAD "age_bands = [ 0,\n  20, # young\n  65,\n]\n"
                       "[calibration]\nestimate_reporting = false\n[[measure]]\n\"name\" = \"m\"\nkind = \"contacts\"\nlayers = [\"school\", \"work\"]\nplaces = \"05\"\nstrength = 1_0e-1\n"
                       "[[measure]]\nname = \"n\"\nkind = \"masks\"\nfrom = 2021-02-01\n[[scenario]]\nname = \"only n\"\nonly = [\"n\"]\n[[scenario]]\nname = \"not n\"\nwithout = [\"n\"]\n"),
                 error);
    assert_string_equal(scenario.name, "a \\ b");
    assert_string_equal(scenario.title, "\xC3\xA9\t\"x\"");
    assert_int_equal(scenario.place.age_bands.count, 3);
    vg_assert_near(scenario.place.age_bands.items[2], 65, 0);
    assert_false(scenario.calibration.estimate_reporting);
    assert_int_equal(scenario.n_measures, 2);
    assert_int_equal(scenario.measures[0].layers.count, 2);
    assert_string_equal(scenario.measures[0].places.items[0], "05");
    vg_assert_near(scenario.measures[0].strength, 1, 0);
    assert_int_equal(scenario.measures[1].kind, VG_SCENARIO_MASKS);
    assert_true(vg_scenario_holds(&scenario, 0, "n") && !vg_scenario_holds(&scenario, 0, "m"));
    assert_true(vg_scenario_holds(&scenario, 1, "m") && !vg_scenario_holds(&scenario, 1, "n"));
}

static void errors_name_line_and_column(void **state)
{
    (void)state;
    static const struct { const char *text, *says; } faults[] = {
        {HEAD "popultion = 3\n", "line 5, column 1: there is no popultion in [place]; did you mean population?"},
        {"strat = 1\n", "line 1, column 1: there is no strat before the first heading; did you mean start?"},
        {HEAD "[plaice]\n", "line 5, column 1: [plaice] is not one of [place], [[municipality]], [[group]], [disease]"},
        {HEAD "[measure]\n", "[measure] is not one of"},
        {HEAD "[place]\n", "line 5: [place] stands twice, first in line 2"},
        {HEAD "country = \"BR\"\n", "line 5, column 1: country stands twice, first in line 3"},
        {HEAD "school_size = \"big\"\n", "line 5, column 15: school_size is a number, not a text in quotes"},
        {HEAD "travel_share = 1.5\n", "line 5, column 16: travel_share is between 0 and 1, not 1.5"},
        {HEAD "[start]\ndays = 1.5\n", "line 6, column 8: days is a whole number"},
        {HEAD "[hospital]\nbeds_of = \"planet\"\n", "line 6, column 11: beds_of is one of country, parent, municipality, not \"planet\""},
        {HEAD "[[measure]]\nfrom = 2021-02-30\n", "line 6, column 8: a value was expected"},
        {HEAD "[[measure]]\nname = \"a\n", "the text is not closed on its line"},
        {HEAD "[output]\nages = [\"0-64\" \"65+\"]\n", "line 6, column 16: a comma or the end of the list was expected"},
        {HEAD "[output]\nages = [\"0-64\",\n", "line 7, column 1: a value was expected"},
        {HEAD "[output]\nages = [1]\n", "line 6, column 9: ages is a list of texts, not a number"},
        {HEAD "[output] x\n", "line 5, column 10: the end of the line was expected"},
        {HEAD "commuting = {}\n", "tables in { } are not read here"},
        {HEAD "age_bands = [5, 10]\n", "age_bands are 1 to 20 whole years that rise from 0"},
        {HEAD "[[measure]]\nkind = \"masks\"\n", "every [[measure]] needs a name"},
        {HEAD "[[measure]]\nname = \"a\"\n", "names its layers (\"a\")"},
        {HEAD "[[measure]]\nname = \"a\"\nkind = \"masks\"\ntrigger = \"cases\"\n", "needs trigger_on (\"a\")"},
        {HEAD "[[lot]]\narrives = 2021-03-01\nexpires = 2021-02-01\n", "expires before it arrives"},
        {HEAD "[[scenario]]\nname = \"a\"\nwithout = [\"b\"]\n", "neither measure, campaign, lot nor import (\"b\")"},
        {HEAD "[[municipality]]\ncode = \"1\"\npopulation = 10\n", "either population or municipalities"},
        {"start = 2021-01-03\n[place]\ncountry = \"CO\"\n[[municipality]]\ncode = \"1\"\n", "needs a code and a population (\"1\")"},
        {HEAD "[calibration]\ncases = [1, 2]\n", "counts_from together with one of"},
        {HEAD "[calibration]\ncounts_from = 2021-01-03\n", "counts_from together with one of"},
        {HEAD "[calibration]\nnode = \"n\"\ncounts_from = 2021-01-03\ndeaths = [1]\n", "either observed, node or counts_from"},
        {HEAD "[calibration]\ncases = [-2]\n", "cases is between -1 and 1000000000, not -2"},
        {HEAD "[disease]\nr0 = 2\ngrowth_per_day = 0.1\n", "either r0 or growth_per_day"},
        {"[place]\ncountry = \"CO\"\npopulation = 10\n", "start is needed"},
        {"start = 2021-01-03\n[place]\ncountry = \"CO\"\n", "either population or municipalities"},
        {"start = 2021-01-03 12:00\n", "column 20: the end of the line was expected"},
        {"a = \xFF\n", "a text in UTF-8"},
        {"name = \"\"\"x\"\"\"\n", "texts over several lines are not read here"},
        {"name = \"\\q\"\n", "an escape is one of"},
        {"= 3\n", "line 1, column 1: a name was expected"},
        {HEAD "[[group]]\nshare_percent = 4\n", "line 5, column 1: [[group]] needs a name"},
        {HEAD "\n[[group]]\nname = \"a\"\n", "line 6, column 1: [[group]] \"a\" needs share_percent, or shares by place"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = 104\n", "line 7, column 17: share_percent is between 0 and 100, not 104"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = \"4\"\n", "line 7, column 17: share_percent is a list of numbers, not a text in quotes"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = [4, 5]\nages = \"60+\"\n", "not one for each of its ages"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = 4\nages = \"old\"\n", "\"20-64\" or \"60+\" (\"old\")"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = 4\nages = \"61-63\"\n", "has ages in which no age band begins"},
        {HEAD "[[group]]\nname = \"60+\"\nshare_percent = 4\n", "or that says ages"},
        {HEAD "[[group]]\nname = \"a: b\"\nshare_percent = 4\n", "a name with a colon"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = 4\n[[group]]\nname = \"a\"\nshare_percent = 4\n", "line 8, column 1: [[group]] \"a\" has the name of one before"},
        {HEAD "[[group]]\nname = \"a\"\nshare_percent = 60\n[[group]]\nname = \"b\"\nshare_percent = 50\nages = \"60+\"\n",
         "line 8, column 1: [[group]] \"b\" and those before it have more than 100 % of some age"},
        {HEAD "[[group]]\nname = \"a\"\ncontacts = -1\n", "contacts is between 0 and 100, not -1"},
        {HEAD "[[campaign]]\nname = \"a\"\ngroup = \"b\"\n", "no [[group]] has as its name (\"b\")"},
        {"seed 3\n", "line 1, column 6: = was expected after the name"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (parse(faults[i].text) != VG_DATA_ERROR || strstr(error.message, faults[i].says) == NULL || strstr(error.message, "folder/some.toml") == NULL) {
            fail_msg("\"%s\" gives \"%s\" instead of \"%s\"", faults[i].text, error.message, faults[i].says);
        }
    }
    assert_int_equal(parse(""), VG_DATA_ERROR);
}

/* What is commented out in the example is the default: taken in, it changes nothing. Help lines begin with "# " and hold no " = ". */
static void the_example_says_its_defaults(void **state)
{
    (void)state;
    struct vg_buffer example;
    struct vg_buffer all;
    struct vg_buffer first;
    struct vg_buffer second;
    vg_buffer_init(&example, 0);
    vg_buffer_init(&all, 0);
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    vg_intake_scenario_example(&example);
    vg_assert_ok(parse(example.data), error);
    assert_int_equal(scenario.n_variations, 3);
    assert_int_equal(scenario.n_measures, 3);
    vg_intake_scenario_print(&scenario, &first);
    struct vg_scenario defaults;
    vg_scenario_defaults(&defaults);
    assert_int_equal(scenario.begin.days, defaults.begin.days);
    /* every key is there, and what it shows can be read: samples of keys that exclude each other aside */
    static const char *const not_together[] = {"# growth_per_day", "# municipalities", "# immune_by_age", "# only", "# without", "# places = [\"03", "# ages = \"", "# households", "# contacts",
                                               "# variants", "# course", "# cross_immunity", "# products", "# vaccines", "# variant", "# product", "# layers", "# node ", "# dataset", "# node_place", "# observed", "# group"};
    for (const char *at = example.data; at != NULL && *at != '\0';) {
        const char *end = strchr(at, '\n');
        size_t size = end == NULL ? strlen(at) : (size_t)(end - at);
        bool key = size > 2 && strncmp(at, "# ", 2) == 0 && memmem(at, size, " = ", 3) != NULL;
        for (size_t i = 0; i < sizeof not_together / sizeof *not_together; i++) {
            key = key && strncmp(at, not_together[i], strlen(not_together[i])) != 0;
        }
        vg_buffer_append(&all, key ? at + 2 : at, key ? size - 2 : size);
        vg_buffer_char(&all, '\n');
        at = end == NULL ? NULL : end + 1;
    }
    vg_assert_ok(parse(all.data), error);
    assert_int_equal(scenario.days, 150);
    vg_assert_near(scenario.observation.reported, defaults.observation.reported, 0);
    vg_assert_near(scenario.place.commuting_share, defaults.place.commuting_share, 0);
    assert_int_equal(scenario.output.targets.count, defaults.output.targets.count);
    assert_int_equal(scenario.output.quantiles.count, 23);
    /* printed in full and read again it is the same */
    vg_assert_ok(parse(first.data), error);
    vg_intake_scenario_print(&scenario, &second);
    assert_string_equal(first.data, second.data);
    vg_buffer_release(&example);
    vg_buffer_release(&all);
    vg_buffer_release(&first);
    vg_buffer_release(&second);
}

static void groups_have_shares_by_age_and_turns_name_them(void **state)
{
    (void)state;
    struct vg_scenario_turn turn;
    vg_assert_ok(parse(HEAD "[[group]]\nname = \"health workers\"\nages = \"20-64\"\nshare_percent = 4\ncontacts = 1.8\n"
                       "[[group]]\nname = \"at risk\"\nages = [\"20-39\", \"40-59\", \"60+\"]\nshare_percent = [5, 10, 40]\nseverity = 2.5\n"),
                 error);
    assert_int_equal(scenario.n_groups, 2);
    assert_int_equal(scenario.groups[1].line, 10);
    vg_assert_near(scenario.groups[0].contacts, 1.8, 0);
    vg_assert_near(scenario.groups[0].severity, 1, 0);
    vg_assert_near(vg_scenario_group_percent(&scenario.groups[0], 60), 4, 0);
    vg_assert_near(vg_scenario_group_percent(&scenario.groups[0], 65), 0, 0);
    vg_assert_near(vg_scenario_group_percent(&scenario.groups[1], 55), 10, 0);
    vg_assert_near(vg_scenario_group_percent(&scenario.groups[1], 75), 40, 0);
    assert_true(vg_scenario_turn_parse(&scenario, vg_text_from("60+"), &turn) && turn.group == SIZE_MAX && turn.low_years == 60 && turn.high_years == -1);
    assert_true(vg_scenario_turn_parse(&scenario, vg_text_from("at risk"), &turn) && turn.group == 1 && turn.low_years == 0 && turn.high_years == -1);
    assert_true(vg_scenario_turn_parse(&scenario, vg_text_from("at risk: 40-59"), &turn) && turn.group == 1 && turn.low_years == 40 && turn.high_years == 59);
    assert_false(vg_scenario_turn_parse(&scenario, vg_text_from("at risk: old"), &turn));
    assert_false(vg_scenario_turn_parse(&scenario, vg_text_from("nurses"), &turn));
    assert_false(vg_scenario_turn_parse(&scenario, vg_text_from(""), &turn));
    struct vg_buffer first, second;
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    vg_intake_scenario_print(&scenario, &first);
    assert_non_null(strstr(first.data, "[[group]]\nname = \"at risk\"\nages = [\"20-39\", \"40-59\", \"60+\"]\nshare_percent = [5, 10, 40]\n"));
    vg_assert_ok(parse(first.data), error);
    vg_intake_scenario_print(&scenario, &second);
    assert_string_equal(first.data, second.data);
    vg_buffer_release(&first);
    vg_buffer_release(&second);
}

/* Parts, counts, named imports and beds of a scenario's own stand in the file itself; the example has the parts commented out as they would be written. */
static void a_file_may_hold_all_that_it_rests_on(void **state)
{
    (void)state;
    vg_assert_ok(parse("start = 2021-01-03\n[place]\ncountry = \"CO\"\ncode = \"CO-X\"\n[[municipality]]\ncode = \"1\"\nname = \"Uno\"\npopulation = 1500\nlatitude = -3.5\n"
                       "[[municipality]]\ncode = \"2\"\nparent = \"P\"\npopulation = 500\n[[import]]\nname = \"arrives\"\n[[import]]\nper_day = 2\n"
                       "[hospital]\nicu_beds_per_100k = 8\n[output]\nplace_ages = false\n[calibration]\ncounts_from = 2021-01-04\ncases = [3, -1, 5]\n"
                       "[[scenario]]\nname = \"a\"\nicu_beds_per_100k = 12\n[[scenario]]\nname = \"b\"\nwithout = [\"arrives\"]\n"),
                 error);
    assert_string_equal(scenario.place.code, "CO-X");
    assert_int_equal(scenario.n_municipalities, 2);
    assert_true(isnan(scenario.municipalities[0].longitude) && scenario.municipalities[0].parent == NULL);
    vg_assert_near(scenario.municipalities[0].latitude, -3.5, 0);
    vg_assert_near(vg_scenario_persons(&scenario), 2000, 0);
    assert_true(vg_scenario_is_calibrated(&scenario) && !scenario.output.place_ages);
    assert_int_equal(scenario.calibration.cases.count, 3);
    assert_true(vg_scenario_holds(&scenario, 0, "arrives") && !vg_scenario_holds(&scenario, 1, "arrives"));
    vg_assert_near(scenario.variations[0].icu_beds_per_100k, 12, 0);
    assert_true(isnan(scenario.variations[1].icu_beds_per_100k));
    vg_assert_ok(parse(HEAD), error);
    assert_true(!vg_scenario_is_calibrated(&scenario) && scenario.output.place_ages);
    vg_assert_near(vg_scenario_persons(&scenario), 1000, 0);
    struct vg_buffer example;
    struct vg_buffer all;
    vg_buffer_init(&example, 0);
    vg_buffer_init(&all, 0);
    vg_intake_scenario_example(&example);
    for (const char *at = example.data; at != NULL && *at != '\0';) {
        const char *end = strchr(at, '\n');
        bool part = at[0] == '#' && at[1] != ' ';
        bool whole = strncmp(at, "population =", 12) == 0;
        vg_buffer_append(&all, part ? at + 1 : at, whole ? 0 : (size_t)(end - at) - (part ? 1 : 0));
        vg_buffer_char(&all, '\n');
        at = end + 1;
    }
    vg_assert_ok(parse(all.data), error);
    assert_int_equal(scenario.n_municipalities, 1);
    vg_buffer_release(&example);
    vg_buffer_release(&all);
}

/* What only exercises have is read by the same reader, and said again by none of the simulation's files. */
static void an_exercise_is_a_scenario_with_more_sections(void **state)
{
    (void)state;
    struct vg_buffer full, again, explained, plain;
    vg_buffer_init(&full, 0);
    vg_buffer_init(&again, 0);
    vg_buffer_init(&explained, 0);
    vg_buffer_init(&plain, 0);
    vg_assert_ok(parse(HEAD "like = \"PE\"\n[release]\nlag_days = 2\ncontacts = false\nholidays = [\"02-29\", \"12-25\"]\n[errors]\nonset_missing = 0.125\n"
                       "[[outage]]\nplaces = \"03\"\nfrom = 2021-02-01\nto = 2021-02-10\nshare = 0.5\n[[outage]]\nplaces = \"04\"\n"
                       "[[inject]]\ndate = 2021-02-03\ncontent = \"Is it true?\"\n"),
                 error);
    assert_string_equal(scenario.place.like, "PE");
    assert_int_equal(scenario.exercise.lag_days, 2);
    assert_false(scenario.exercise.contacts);
    assert_int_equal(scenario.exercise.holidays.count, 2);
    assert_int_equal(scenario.exercise.n_outages, 2);
    vg_assert_near(scenario.exercise.outages[0].share, 0.5, 0);
    vg_assert_near(scenario.exercise.outages[1].share, 1, 0);
    assert_int_equal(scenario.exercise.outages[1].to, VG_DATE_NONE);
    assert_int_equal(scenario.exercise.n_injects, 1);
    vg_intake_exercise_print(&scenario, &full);
    vg_intake_exercise_explain(&scenario, &explained);
    vg_intake_scenario_print(&scenario, &plain);
    assert_null(strstr(plain.data, "[release]"));
    assert_null(strstr(full.data, "[calibration]"));
    assert_non_null(strstr(explained.data, "\nonset_missing = 0.125\n"));
    assert_non_null(strstr(explained.data, "\n# sex_missing = 0.005\n"));
    for (int i = 0; i < 2; i++) {
        vg_assert_ok(parse(i == 0 ? full.data : explained.data), error);
        vg_buffer_clear(&again);
        vg_intake_exercise_print(&scenario, &again);
        /* but for the name, which the file's own is where none is given */
        assert_string_equal(again.data, full.data);
    }
    static const struct { const char *text, *says; } faults[] = {
        {HEAD "[errors]\nonset_mising = 1\n", "line 6, column 1: there is no onset_mising in [errors]; did you mean onset_missing? (vigia exercise scenario shows all)"},
        {HEAD "[finding]\nspecificity = 0.3\n", "line 6, column 15: specificity is between 0.5 and 1, not 0.3"},
        {HEAD "[release]\nholidays = [\"13-01\"]\n", "a month and a day such as 05-01 (\"13-01\")"},
        {HEAD "[[outage]]\nname = \"x\"\nfrom = 2021-03-02\nto = 2021-03-01\n", "an outage ends before it begins (\"x\")"},
        {HEAD "[[inject]]\ncontent = \"x\"\n", "every [[inject]] needs a date and a content"},
        {HEAD "[outage]\n", "[outage] is not one of"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (parse(faults[i].text) != VG_DATA_ERROR || strstr(error.message, faults[i].says) == NULL) {
            fail_msg("\"%s\" gives \"%s\" instead of \"%s\"", faults[i].text, error.message, faults[i].says);
        }
    }
    vg_buffer_release(&full);
    vg_buffer_release(&again);
    vg_buffer_release(&explained);
    vg_buffer_release(&plain);
}

static void a_scenario_moves_with_all_its_dates(void **state)
{
    (void)state;
    vg_assert_ok(parse(HEAD "[[import]]\nfrom = 2021-01-10\n[[measure]]\nname = \"m\"\nkind = \"masks\"\nto = 2021-02-01\n[[campaign]]\nname = \"c\"\nfrom = 2021-03-01\n"
                       "[calibration]\ncounts_from = 2021-01-05\ncases = [1]\n[finding]\nfound_changes = 2021-01-20\n[[outage]]\nto = 2021-01-30\n[[inject]]\ndate = 2021-02-03\ncontent = \"x\"\n"), error);
    vg_scenario_move(&scenario, 365);
    assert_int_equal(scenario.start, vg_date_from_civil(2022, 1, 3));
    assert_int_equal(scenario.today, VG_DATE_NONE);
    assert_int_equal(scenario.calibration.counts_from, vg_date_from_civil(2022, 1, 5));
    assert_int_equal(scenario.imports[0].from, vg_date_from_civil(2022, 1, 10));
    assert_int_equal(scenario.imports[0].to, VG_DATE_NONE);
    assert_int_equal(scenario.measures[0].to, vg_date_from_civil(2022, 2, 1));
    assert_int_equal(scenario.campaigns[0].from, vg_date_from_civil(2022, 3, 1));
    assert_int_equal(scenario.exercise.found_changes, vg_date_from_civil(2022, 1, 20));
    assert_int_equal(scenario.exercise.outages[0].to, vg_date_from_civil(2022, 1, 30));
    assert_int_equal(scenario.exercise.injects[0].date, vg_date_from_civil(2022, 2, 3));
}

/* Cut anywhere, a file is read or refused with a sentence, nothing else. */
static void any_beginning_of_a_file_is_safe(void **state)
{
    (void)state;
    struct vg_buffer example;
    vg_buffer_init(&example, 0);
    vg_intake_scenario_example(&example);
    for (size_t size = 0; size < example.size; size += 7) {
        char *exact = malloc(size == 0 ? 1 : size);
        assert_non_null(exact);
        memcpy(exact, example.data, size);
        vg_arena_release(&arena);
        vg_arena_init(&arena, 0);
        vg_status status = vg_intake_scenario_parse("cut.toml", vg_text_of(exact, size), &arena, &scenario, &error);
        assert_true(status == VG_OK || (status == VG_DATA_ERROR && strncmp(error.message, "cut.toml", 8) == 0));
        free(exact);
    }
    vg_buffer_release(&example);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_file_has_defaults),     cmocka_unit_test(all_kinds_of_values_are_taken),   cmocka_unit_test(errors_name_line_and_column),
        cmocka_unit_test(the_example_says_its_defaults), cmocka_unit_test(any_beginning_of_a_file_is_safe),
        cmocka_unit_test(a_file_may_hold_all_that_it_rests_on), cmocka_unit_test(groups_have_shares_by_age_and_turns_name_them),
        cmocka_unit_test(an_exercise_is_a_scenario_with_more_sections), cmocka_unit_test(a_scenario_moves_with_all_its_dates),
    };
    vg_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
    vg_arena_release(&arena);
    return failed;
}
