/*
 * What is published of cases: the line list with a new version of a row whenever something of it becomes known or is put right,
 * the daily counts with their batches, gaps and negative corrections, tests by day, and swabs with their cycle thresholds.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- the line list */

#define CHANGES_MAX 7
#define TAMPERED_DAYS 21

static int compare_days(const void *a, const void *b)
{
    int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return one < other ? -1 : one > other;
}

/* The days on which the row changes, in order, the first being its report; days after the exercise are left out. */
static size_t change_days(const struct vg_exercise *exercise, const struct vg_exercise_case *one, int32_t days[CHANGES_MAX])
{
    const int32_t all[CHANGES_MAX] = {one->report, one->onset_known, one->place_known, one->admission_known, one->icu_known, one->outcome_known, one->withdrawn};
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < CHANGES_MAX; i++)
        if (all[i] != VG_DATE_NONE && all[i] < exercise->n_days && (one->withdrawn == VG_DATE_NONE || all[i] <= one->withdrawn))
            days[n++] = exercise_working_day(exercise, all[i]) == all[i] || i == 0 ? all[i] : exercise_working_day(exercise, all[i]);
    qsort(days, n, sizeof *days, compare_days);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || days[i] != days[kept - 1])
            days[kept++] = days[i];
    return kept;
}

static int32_t if_known(int32_t day, int32_t known, int32_t as_of)
{
    return known != VG_DATE_NONE && known <= as_of ? day : VG_DATE_NONE;
}

static void put_case_row(const struct vg_exercise *exercise, size_t index, size_t version, int32_t as_of, struct vg_table *table)
{
    const struct vg_exercise_case *one = &exercise->cases[index];
    bool placed = one->place_known != VG_DATE_NONE && one->place_known <= as_of, withdrawn = one->withdrawn != VG_DATE_NONE && one->withdrawn <= as_of;
    bool ended = one->outcome_known != VG_DATE_NONE && one->outcome_known <= as_of;
    char name[EXERCISE_NAME_BYTES];
    exercise_case_name(index, name);
    vg_table_text(table, name);
    vg_table_integer(table, (int64_t)version);
    vg_table_text(table, withdrawn ? "withdrawn" : "confirmed");
    exercise_reference_name(one->reference, name);
    vg_table_text(table, name);
    vg_table_text(table, exercise->world->municipalities[placed ? one->municipality : one->municipality_reported].code);
    vg_table_text(table, exercise->scenario->disease.name);
    if (one->flags & VG_EXERCISE_AGE_MISSING)
        vg_table_missing(table);
    else
        vg_table_integer(table, one->age_years);
    vg_table_text(table, one->flags & VG_EXERCISE_SEX_MISSING ? NULL : one->female ? "female" : "male");
    if (one->flags & VG_EXERCISE_DOSES_MISSING)
        vg_table_missing(table);
    else
        vg_table_integer(table, one->doses);
    exercise_date_cell(table, exercise, if_known(one->onset, one->onset_known, as_of));
    exercise_date_cell(table, exercise, one->test);
    exercise_release_cells(table, exercise, one->report);
    exercise_date_cell(table, exercise, if_known(one->admission, one->admission_known, as_of));
    exercise_date_cell(table, exercise, if_known(one->icu, one->icu_known, as_of));
    vg_table_text(table, !ended ? "alive" : one->death != VG_DATE_NONE ? "died" : "recovered");
    exercise_date_cell(table, exercise, !ended ? VG_DATE_NONE : one->death != VG_DATE_NONE ? one->death : one->recovery);
    exercise_release_cells(table, exercise, as_of);
}

vg_status exercise_feed_linelist(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {
        {"case_id", VG_COLUMN_TEXT}, {"version", VG_COLUMN_INTEGER}, {"status", VG_COLUMN_TEXT}, {"reference", VG_COLUMN_TEXT}, {"municipality", VG_COLUMN_TEXT},
        {"disease", VG_COLUMN_TEXT}, {"age", VG_COLUMN_INTEGER}, {"sex", VG_COLUMN_TEXT}, {"doses", VG_COLUMN_INTEGER}, {"onset", VG_COLUMN_DATE}, {"test_day", VG_COLUMN_DATE}, {"first_report_day", VG_COLUMN_DATE},
        {"first_release_day", VG_COLUMN_DATE}, {"admission", VG_COLUMN_DATE}, {"icu", VG_COLUMN_DATE}, {"outcome", VG_COLUMN_TEXT}, {"outcome_date", VG_COLUMN_DATE},
        {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->n_cases; i++) {
        int32_t days[CHANGES_MAX];
        size_t n = change_days(exercise, &exercise->cases[i], days);
        for (size_t version = 0; version < n; version++)
            put_case_row(exercise, i, version + 1, days[version], table);
    }
    return exercise_table_end(table, error);
}

/* ------------------------------------------------------------- daily counts */

struct bulletin { int32_t *cases, *deaths, *withdrawn; }; /* [n_days] of one municipality */

static vg_status count_bulletin(const struct vg_exercise *exercise, struct bulletin *all, struct vg_error *error)
{
    const size_t n_cells = exercise->world->n_municipalities * (size_t)exercise->n_days;
    int32_t *counts = calloc(n_cells * 3 + 1, sizeof *counts);
    if (counts == NULL)
        return vg_fail_memory(error, n_cells * 3 * sizeof *counts);
    *all = (struct bulletin){counts, counts + n_cells, counts + 2 * n_cells};
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        size_t at = (size_t)one->municipality_reported * (size_t)exercise->n_days;
        all->cases[at + (size_t)one->report]++;
        if (one->withdrawn != VG_DATE_NONE && one->withdrawn < exercise->n_days)
            all->withdrawn[at + (size_t)one->withdrawn]++;
    }
    for (uint32_t i = 0; i < exercise->world->n_infections; i++) {
        if (exercise->infections[i].death == VG_DATE_NONE)
            continue;
        struct exercise_death death = exercise_draw_death(exercise, i);
        if (death.found && death.registered < exercise->n_days)
            all->deaths[(size_t)exercise->infections[i].municipality * (size_t)exercise->n_days + (size_t)death.registered]++;
    }
    return VG_OK;
}

static void put_bulletin_row(const struct vg_exercise *exercise, uint32_t municipality, int32_t day, int64_t version, int64_t cases, int64_t deaths,
                             int32_t report_day, struct vg_table *table)
{
    exercise_date_cell(table, exercise, day);
    vg_table_text(table, exercise->world->municipalities[municipality].code);
    vg_table_integer(table, version);
    vg_table_text(table, exercise->scenario->disease.name);
    vg_table_integer(table, cases);
    vg_table_integer(table, deaths);
    exercise_release_cells(table, exercise, report_day);
}

bool exercise_is_tampered(const struct vg_exercise *exercise, uint32_t municipality, int32_t *from, int32_t *to)
{
    struct vg_random random = vg_random_stream(exercise->seed, municipality, 2, EXERCISE_PLACE);
    bool is = exercise_chance(&random, exercise->settings->tampered);
    *from = exercise->n_days / 5 + (int32_t)vg_random_below(&random, (uint32_t)exercise->n_days / 2 + 1);
    *to = *from + TAMPERED_DAYS - 1;
    return is;
}

/* What one municipality sends on one day; cases and deaths: since its last bulletin. */
static void send_bulletin(const struct vg_exercise *exercise, uint32_t municipality, int32_t day, int64_t cases, int64_t deaths, struct vg_table *table)
{
    struct vg_random random = vg_random_stream(exercise->seed, municipality, (uint32_t)day, EXERCISE_DAILY);
    int32_t from, to;
    if (exercise_is_tampered(exercise, municipality, &from, &to) && day >= from && day <= to)
        cases = cases > 0 ? cases / 2 : cases;
    int64_t overlooked = exercise_chance(&random, 0.1) && cases > 0 ? vg_random_binomial(&random, cases, 0.15) : 0;
    int32_t mended = exercise_working_day(exercise, day + 2 + (int32_t)vg_random_below(&random, 5));
    put_bulletin_row(exercise, municipality, day, 1, cases - overlooked, deaths, day, table);
    if (overlooked > 0 && mended < exercise->n_days)
        put_bulletin_row(exercise, municipality, day, 2, cases, deaths, mended, table);
}

static bool reports_weekly(const struct vg_exercise *exercise, uint32_t municipality)
{
    struct vg_random random = vg_random_stream(exercise->seed, municipality, 1, EXERCISE_PLACE);
    return exercise_chance(&random, exercise->settings->weekly_places);
}

struct bulletin_state { int64_t cases, deaths, withdrawn; };

static void bulletin_day(const struct vg_exercise *exercise, const struct bulletin *all, uint32_t municipality, int32_t day, bool weekly,
                         struct bulletin_state *since, struct vg_table *table)
{
    size_t at = (size_t)municipality * (size_t)exercise->n_days + (size_t)day;
    int32_t clean_up = (int32_t)exercise->settings->clean_up_days;
    since->cases += all->cases[at];
    since->deaths += all->deaths[at];
    since->withdrawn += all->withdrawn[at];
    bool sends = exercise_is_working_day(exercise, day);
    if (weekly)
        sends = vg_date_weekday(exercise->first_date + day) == 5;
    if (!sends || exercise_is_cut_off(exercise, municipality, day))
        return;
    /* Clean-ups fall on different days in different municipalities, and can take more than is new. */
    if (clean_up > 0 && (day + (int32_t)(municipality % 5)) % clean_up < (weekly ? 7 : 1)) {
        since->cases -= since->withdrawn;
        since->withdrawn = 0;
    }
    send_bulletin(exercise, municipality, day, since->cases, since->deaths, table);
    since->cases = since->deaths = 0;
}


vg_status exercise_feed_daily(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"date", VG_COLUMN_DATE},      {"place_code", VG_COLUMN_TEXT}, {"version", VG_COLUMN_INTEGER}, {"disease", VG_COLUMN_TEXT},
                                                     {"cases", VG_COLUMN_INTEGER},  {"deaths", VG_COLUMN_INTEGER}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    struct bulletin all = {0};
    const size_t n = exercise->world->n_municipalities;
    struct bulletin_state *since = calloc(n + 1, sizeof *since);
    vg_status status = since == NULL ? vg_fail_memory(error, n * sizeof *since) : count_bulletin(exercise, &all, error);
    if (status == VG_OK) {
        EXERCISE_ADD_COLUMNS(table, columns);
        for (int32_t day = 0; day < exercise->n_days; day++)
            for (uint32_t m = 0; m < n; m++)
                bulletin_day(exercise, &all, m, day, reports_weekly(exercise, m), &since[m], table);
        status = exercise_table_end(table, error);
    }
    free(all.cases);
    free(since);
    return status;
}

/* -------------------------------------------------------------------- tests */

vg_status exercise_feed_tests(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"date", VG_COLUMN_DATE},          {"place_code", VG_COLUMN_TEXT},   {"version", VG_COLUMN_INTEGER},
                                                     {"disease", VG_COLUMN_TEXT},       {"tests", VG_COLUMN_INTEGER},     {"positives", VG_COLUMN_INTEGER}, {"report_day", VG_COLUMN_DATE},
                                                     {"release_day", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (int32_t day = 0; day < exercise->n_days; day++) {
        for (uint32_t m = 0; m < exercise->world->n_municipalities; m++) {
            size_t at = (size_t)m * (size_t)exercise->n_days + (size_t)day;
            struct vg_random random = vg_random_stream(exercise->seed, m, (uint32_t)day, EXERCISE_TEST);
            /* A laboratory sometimes sends its part days later. */
            bool partial = exercise_chance(&random, 0.12);
            double share = partial ? 0.5 + 0.4 * vg_random_uniform(&random) : 1;
            int32_t first = exercise_working_day(exercise, day + 1), second = exercise_working_day(exercise, day + 3 + (int32_t)vg_random_below(&random, 8));
            int64_t positives = vg_random_binomial(&random, exercise->positives[at], share);
            int64_t negatives = vg_random_binomial(&random, exercise->tests[at] - exercise->positives[at], share);
            for (int version = 1; version <= (partial ? 2 : 1); version++) {
                int32_t report = version == 1 ? first : second;
                if (report >= exercise->n_days || exercise->tests[at] == 0)
                    continue;
                exercise_date_cell(table, exercise, day);
                vg_table_text(table, exercise->world->municipalities[m].code);
                vg_table_integer(table, version);
                vg_table_text(table, exercise->scenario->disease.name);
                vg_table_integer(table, version == 2 ? exercise->tests[at] : positives + negatives);
                vg_table_integer(table, version == 2 ? exercise->positives[at] : positives);
                exercise_release_cells(table, exercise, report);
            }
        }
    }
    return exercise_table_end(table, error);
}

vg_status exercise_feed_swabs(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"case_id", VG_COLUMN_TEXT},    {"test_day", VG_COLUMN_DATE},   {"result_day", VG_COLUMN_DATE},
                                                     {"ct_value", VG_COLUMN_DOUBLE}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        char name[EXERCISE_NAME_BYTES];
        if (one->flags & VG_EXERCISE_DUPLICATE)
            continue;
        exercise_case_name(i, name);
        vg_table_text(table, name);
        exercise_date_cell(table, exercise, one->test);
        exercise_date_cell(table, exercise, one->result);
        vg_table_double(table, floor((double)one->ct * 10 + 0.5) / 10);
        exercise_release_cells(table, exercise, one->report);
    }
    return exercise_table_end(table, error);
}
