/*
 * Data quality of line lists: what is missing, late, impossible or out of range, by field and by place; silent places and batch days.
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_BINS 2001 /* -1000 .. 1000 days */

static void add_completeness(struct check_work *work, const char *field, size_t known, size_t n)
{
    double share = (double)(n - known) / (double)n;
    /* A field that no case has was not collected: that is a remark, not a fault of the cases. */
    struct vg_finding finding = check_finding("completeness", share > 0.2 && known > 0 ? VG_FINDING_WARNING : VG_FINDING_INFO, field);
    finding.count = (double)(n - known);
    finding.total = (double)n;
    finding.share = share;
    finding.detail = vg_arena_format(work->arena, "%s is missing in %zu of %zu cases (%.1f %%)", field, n - known, n, 100 * share);
    (void)check_add(work, finding);
}

static void check_completeness(struct check_work *work, const struct vg_case_table *cases)
{
    size_t n = cases->n_cases;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        size_t known = 0;
        for (size_t i = 0; cases->dates[date] != NULL && i < n; i++) {
            known += cases->dates[date][i] != VG_DATE_NONE;
        }
        /* Deaths, admissions and recoveries are absent because they did not happen. */
        if (cases->dates[date] != NULL && date <= VG_CASE_REPORT) {
            add_completeness(work, vg_case_date_name((enum vg_case_date)date), known, n);
        }
    }
    size_t with_age = 0;
    size_t with_sex = 0;
    size_t with_place = 0;
    for (size_t i = 0; i < n; i++) {
        with_age += cases->age_years != NULL && cases->age_years[i] >= 0;
        with_sex += cases->sex != NULL && cases->sex[i] != VG_SEX_UNKNOWN;
        with_place += cases->place != NULL && cases->place[i] != VG_PLACE_NONE;
    }
    if (cases->age_years != NULL) {
        add_completeness(work, "age", with_age, n);
    }
    if (cases->sex != NULL) {
        add_completeness(work, "sex", with_sex, n);
    }
    if (cases->place != NULL) {
        add_completeness(work, "place", with_place, n);
    }
}

static double histogram_quantile(const uint32_t *bins, size_t total, double p)
{
    double sum = 0;
    for (int bin = 0; bin < DELAY_BINS; bin++) {
        sum += bins[bin];
        if (sum >= p * (double)total) {
            return bin - 1000;
        }
    }
    return 1000;
}

/* Whether case i lacks the field number `field` of the list below. */
static bool lacks(const struct vg_case_table *cases, size_t field, size_t i)
{
    switch (field) {
    case 0:
        return cases->dates[VG_CASE_ONSET] != NULL && cases->dates[VG_CASE_ONSET][i] == VG_DATE_NONE;
    case 1:
        return cases->age_years != NULL && cases->age_years[i] < 0;
    default:
        return cases->sex != NULL && cases->sex[i] == VG_SEX_UNKNOWN;
    }
}

/*
 * Places that leave a field out far more often than the others do: at least 15 points and half as much again above the share of all, and five standard
 * errors, which among ten thousand places chance does not reach.
 */
static vg_status check_completeness_by_place(struct check_work *work, const struct vg_case_table *cases)
{
    static const char *const names[] = {"onset", "age", "sex"};
    enum { FIELDS = sizeof names / sizeof *names, FEWEST = 30 };
    size_t n_places = work->places->count;
    if (cases->place == NULL) {
        return VG_OK;
    }
    uint32_t *total = VG_ARENA_ARRAY(work->arena, uint32_t, n_places * (FIELDS + 1));
    if (total == NULL) {
        return vg_fail_memory(work->error, n_places * sizeof *total);
    }
    size_t all[FIELDS] = {0};
    size_t n = 0;
    for (size_t i = 0; i < cases->n_cases; i++) {
        if (cases->place[i] >= n_places) {
            continue;
        }
        n++;
        total[cases->place[i]]++;
        for (size_t field = 0; field < FIELDS; field++) {
            bool missing = lacks(cases, field, i);
            total[(field + 1) * n_places + cases->place[i]] += missing;
            all[field] += missing;
        }
    }
    for (size_t place = 0; place < n_places; place++) {
        for (size_t field = 0; field < FIELDS; field++) {
            double missing = total[(field + 1) * n_places + place];
            double cases_here = total[place];
            double elsewhere = (double)n - cases_here;
            if (cases_here < FEWEST || elsewhere < FEWEST) {
                continue;
            }
            double share = missing / cases_here;
            double usual = ((double)all[field] - missing) / elsewhere;
            double error = sqrt(fmax(usual * (1 - usual), 1 / elsewhere) * (1 / cases_here + 1 / elsewhere));
            if (share < usual + 0.15 || share < 1.5 * usual || share - usual < 5 * error) {
                continue;
            }
            struct vg_finding finding = check_finding("completeness_place", VG_FINDING_WARNING, names[field]);
            finding.place = (uint32_t)place;
            finding.count = missing;
            finding.total = cases_here;
            finding.share = share;
            finding.value = usual;
            finding.detail = vg_arena_format(work->arena, "%s: %s is missing in %.0f of %.0f cases (%.0f %%; elsewhere %.0f %%)", work->places->places[place].name, names[field],
                                             missing, cases_here, 100 * share, 100 * usual);
            (void)check_add(work, finding);
        }
    }
    return VG_OK;
}

/* Delay from one date to a later one: its distribution, and the cases in which the order is impossible. */
static void check_pair(struct check_work *work, const struct vg_case_table *cases, enum vg_case_date earlier, enum vg_case_date later, uint32_t *bins)
{
    const int32_t *from = cases->dates[earlier];
    const int32_t *to = cases->dates[later];
    size_t n = 0;
    size_t negative = 0;
    if (from == NULL || to == NULL) {
        return;
    }
    memset(bins, 0, DELAY_BINS * sizeof *bins);
    for (size_t i = 0; i < cases->n_cases; i++) {
        if (from[i] != VG_DATE_NONE && to[i] != VG_DATE_NONE) {
            int32_t delay = to[i] - from[i];
            n++;
            negative += delay < 0;
            bins[delay < -1000 ? 0 : delay > 1000 ? DELAY_BINS - 1 : delay + 1000]++;
        }
    }
    if (n == 0) {
        return;
    }
    const char *names[2] = {vg_case_date_name(earlier), vg_case_date_name(later)};
    struct vg_finding delay = check_finding("timeliness", VG_FINDING_INFO, names[0]);
    delay.field_other = names[1];
    delay.count = delay.total = (double)n;
    delay.value = histogram_quantile(bins, n, 0.5);
    delay.low = histogram_quantile(bins, n, 0.25);
    delay.high = histogram_quantile(bins, n, 0.75);
    delay.detail = vg_arena_format(work->arena, "from %s to %s: median %.0f days, half of the cases %.0f to %.0f, 95 %% within %.0f (%zu cases)", names[0], names[1], delay.value,
                                   delay.low, delay.high, histogram_quantile(bins, n, 0.95), n);
    (void)check_add(work, delay);
    if (negative > 0) {
        struct vg_finding order = check_finding("date_order", (double)negative > 0.01 * (double)n ? VG_FINDING_ERROR : VG_FINDING_WARNING, names[0]);
        order.field_other = names[1];
        order.count = (double)negative;
        order.total = (double)n;
        order.share = (double)negative / (double)n;
        order.detail = vg_arena_format(work->arena, "%s lies after %s in %zu of %zu cases", names[0], names[1], negative, n);
        (void)check_add(work, order);
    }
}

static void check_future(struct check_work *work, const struct vg_case_table *cases)
{
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        size_t future = 0;
        size_t known = 0;
        size_t old = 0;
        int32_t newest = VG_DATE_NONE;
        for (size_t i = 0; cases->dates[date] != NULL && i < cases->n_cases; i++) {
            int32_t value = cases->dates[date][i];
            known += value != VG_DATE_NONE;
            future += value != VG_DATE_NONE && work->as_of != VG_DATE_NONE && value > work->as_of;
            newest = value > newest ? value : newest;
        }
        for (size_t i = 0; cases->dates[date] != NULL && newest != VG_DATE_NONE && i < cases->n_cases; i++) {
            old += cases->dates[date][i] != VG_DATE_NONE && newest - cases->dates[date][i] > 36525;
        }
        const struct { const char *code; size_t count; const char *what; } found[] = {{"future_date", future, "lies after the day of the data"}, {"old_date", old, "lies over a hundred years back"}};
        for (size_t f = 0; f < 2; f++) {
            if (found[f].count > 0) {
                struct vg_finding finding = check_finding(found[f].code, VG_FINDING_ERROR, vg_case_date_name((enum vg_case_date)date));
                finding.count = (double)found[f].count;
                finding.total = (double)known;
                finding.share = finding.count / finding.total;
                finding.detail = vg_arena_format(work->arena, "%s %s in %zu of %zu cases", finding.field, found[f].what, found[f].count, known);
                (void)check_add(work, finding);
            }
        }
    }
}

static void check_age_range(struct check_work *work, const struct vg_case_table *cases)
{
    size_t odd = 0;
    for (size_t i = 0; cases->age_years != NULL && i < cases->n_cases; i++) {
        odd += cases->age_years[i] > 115;
    }
    if (odd > 0) {
        struct vg_finding finding = check_finding("age_range", VG_FINDING_ERROR, "age");
        finding.count = (double)odd;
        finding.total = (double)cases->n_cases;
        finding.share = finding.count / finding.total;
        finding.detail = vg_arena_format(work->arena, "%zu ages are above 115 years", odd);
        (void)check_add(work, finding);
    }
}

static void check_outcomes(struct check_work *work, const struct vg_case_table *cases)
{
    const int32_t *death = cases->dates[VG_CASE_DEATH];
    size_t wrong = 0;
    size_t deaths = 0;
    for (size_t i = 0; death != NULL && cases->outcome != NULL && i < cases->n_cases; i++) {
        deaths += death[i] != VG_DATE_NONE;
        wrong += death[i] != VG_DATE_NONE && (cases->outcome[i] == VG_OUTCOME_ALIVE || cases->outcome[i] == VG_OUTCOME_RECOVERED);
    }
    if (wrong > 0) {
        struct vg_finding finding = check_finding("outcome_inconsistent", VG_FINDING_ERROR, "outcome");
        finding.count = (double)wrong;
        finding.total = (double)deaths;
        finding.share = finding.count / finding.total;
        finding.detail = vg_arena_format(work->arena, "%zu of %zu cases with a date of death have an outcome of the living", wrong, deaths);
        (void)check_add(work, finding);
    }
}

static bool has_dates(const int32_t *dates, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; dates != NULL && i < n; i++) {
        known += dates[i] != VG_DATE_NONE;
    }
    return known * 2 > n;
}

/* Batches show in the first-level unit that had them, where they may drown in the whole. */
static vg_status check_batches_of_units(struct check_work *work, const uint32_t *by_day, size_t n_places, size_t n_days)
{
    double *units = VG_ARENA_ARRAY(work->arena, double, n_places * n_days);
    if (units == NULL) {
        return vg_fail_memory(work->error, n_places * n_days * sizeof *units);
    }
    for (size_t place = 0; place < n_places; place++) {
        uint32_t unit = (uint32_t)place;
        while (unit != VG_PLACE_NONE && work->places->places[unit].level != VG_LEVEL_ADMIN1) {
            unit = work->places->places[unit].parent;
        }
        for (size_t age = 0; unit != VG_PLACE_NONE && age < n_days; age++) {
            units[unit * n_days + n_days - 1 - age] += by_day[place * n_days + age];
        }
    }
    for (size_t place = 0; place < n_places; place++) {
        if (work->places->places[place].level == VG_LEVEL_ADMIN1) {
            check_batch_days(work, units + place * n_days, n_days, work->as_of - (int32_t)n_days + 1, "report", (uint32_t)place);
        }
    }
    return VG_OK;
}

/* Reports by place and day, newest day first, for silence and batches. */
static vg_status check_reports(struct check_work *work, const struct vg_case_table *cases)
{
    enum { DAYS = 400 };
    /* known_from comes last: it is the day of a case's newest change where the list has several vintages. */
    const int32_t *const candidates[] = {cases->dates[VG_CASE_REPORT], cases->dates[VG_CASE_NOTIFICATION], cases->dates[VG_CASE_DIAGNOSIS], cases->known_from};
    const int32_t *report = NULL;
    for (size_t c = 0; report == NULL && c < sizeof candidates / sizeof *candidates; c++) {
        report = has_dates(candidates[c], cases->n_cases) ? candidates[c] : NULL;
    }
    if (report == NULL || work->as_of == VG_DATE_NONE) {
        return VG_OK;
    }
    size_t n_places = cases->place == NULL ? 0 : work->places->count;
    uint32_t *by_day = VG_ARENA_ARRAY(work->arena, uint32_t, (n_places + 1) * DAYS);
    if (by_day == NULL) {
        return vg_fail_memory(work->error, (n_places + 1) * DAYS);
    }
    uint32_t *whole = by_day + n_places * DAYS;
    for (size_t i = 0; i < cases->n_cases; i++) {
        int64_t age = report[i] == VG_DATE_NONE ? -1 : (int64_t)work->as_of - report[i];
        if (age >= 0 && age < DAYS) {
            whole[age]++;
            if (n_places > 0 && cases->place[i] < n_places) {
                by_day[cases->place[i] * DAYS + (size_t)age]++;
            }
        }
    }
    size_t n_judged = 0;
    for (size_t place = 0; place < n_places; place++) {
        n_judged += check_has_any(by_day + place * DAYS, DAYS);
    }
    double series[DAYS];
    double all[DAYS];
    for (size_t age = 0; age < DAYS; age++) {
        series[DAYS - 1 - age] = all[age] = whole[age];
    }
    for (size_t place = 0; place < n_places; place++) {
        check_silent_tail(work, by_day + place * DAYS, all, DAYS, n_judged, (uint32_t)place, "report");
    }
    check_batch_days(work, series, DAYS, work->as_of - DAYS + 1, "report", VG_PLACE_NONE);
    double low = 0;
    double high = 0;
    if (check_weekday_ratios(series, DAYS, &low, &high)) {
        check_add_weekdays(work, "report", VG_PLACE_NONE, low, high, 1);
    }
    return check_batches_of_units(work, by_day, n_places, DAYS);
}

vg_status vg_intake_check_cases(const struct vg_case_table *cases, const struct vg_place_list *places, int32_t as_of, struct vg_arena *arena,
                                struct vg_quality_report *report, struct vg_error *error)
{
    static const enum vg_case_date pairs[][2] = {
        {VG_CASE_ONSET, VG_CASE_NOTIFICATION}, {VG_CASE_ONSET, VG_CASE_DIAGNOSIS}, {VG_CASE_ONSET, VG_CASE_REPORT}, {VG_CASE_NOTIFICATION, VG_CASE_REPORT},
        {VG_CASE_DIAGNOSIS, VG_CASE_REPORT}, {VG_CASE_ONSET, VG_CASE_ADMISSION}, {VG_CASE_ADMISSION, VG_CASE_ICU}, {VG_CASE_ONSET, VG_CASE_DEATH},
        {VG_CASE_ADMISSION, VG_CASE_DEATH}, {VG_CASE_ONSET, VG_CASE_RECOVERY},
    };
    struct check_work work = {.places = places, .as_of = as_of, .arena = arena, .report = report, .error = error};
    *report = (struct vg_quality_report){.n_rows = cases->n_cases};
    if (cases->n_cases == 0) {
        return VG_OK;
    }
    uint32_t *bins = VG_ARENA_ARRAY(arena, uint32_t, DELAY_BINS);
    if (bins == NULL) {
        return vg_fail_memory(error, DELAY_BINS * sizeof *bins);
    }
    check_completeness(&work, cases);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        check_pair(&work, cases, pairs[i][0], pairs[i][1], bins);
    }
    check_future(&work, cases);
    check_age_range(&work, cases);
    check_outcomes(&work, cases);
    check_age_heaping(&work, cases);
    check_date_heaping(&work, cases);
    vg_status status = check_completeness_by_place(&work, cases);
    if (status == VG_OK) {
        status = check_duplicates(&work, cases);
    }
    if (status == VG_OK) {
        status = check_reports(&work, cases);
    }
    return status == VG_OK ? check_finish(&work) : status;
}
