/*
 * Data quality of counts: negative days and falling totals, days that are missing, places that fell silent, and revisions.
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell { uint16_t measure; uint32_t place, group; int32_t date; double value; };

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a;
    const struct cell *y = b;
    if (x->measure != y->measure) {
        return x->measure < y->measure ? -1 : 1;
    }
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return x->date < y->date ? -1 : x->date > y->date;
}

/* The table's increments as one value a cell. */
static size_t collapse(struct cell *cells, size_t n, size_t *n_revisions, size_t *n_increments)
{
    size_t out = 0;
    qsort(cells, n, sizeof *cells, compare_cells);
    for (size_t i = 0; i < n; i++) {
        *n_increments += 1;
        if (out > 0 && compare_cells(&cells[out - 1], &cells[i]) == 0) {
            *n_revisions += cells[i].value < 0;
            cells[out - 1].value += cells[i].value;
        } else {
            cells[out++] = cells[i];
        }
    }
    return out;
}

static void check_negative(struct check_work *work, const struct cell *cells, size_t n)
{
    for (uint16_t measure = 0; measure < vg_measure_count(); measure++) {
        size_t total = 0;
        size_t negative = 0;
        double sum = 0;
        const struct cell *worst = NULL;
        for (size_t i = 0; i < n; i++) {
            if (cells[i].measure == measure) {
                total++;
                negative += cells[i].value < 0;
                sum += cells[i].value < 0 ? -cells[i].value : 0;
                worst = cells[i].value < 0 && (worst == NULL || cells[i].value < worst->value) ? &cells[i] : worst;
            }
        }
        if (worst != NULL) {
            struct vg_finding finding = check_finding("falling_total", VG_FINDING_WARNING, vg_measure_at(measure)->name);
            finding.count = (double)negative;
            finding.total = (double)total;
            finding.share = finding.count / finding.total;
            finding.value = sum;
            finding.low = worst->value;
            finding.place = worst->place;
            finding.date = worst->date;
            finding.detail = vg_arena_format(work->arena, "%s: the total falls %zu times, by %.0f in all; most in %s", finding.field, negative, sum,
                                             worst->place < work->places->count ? work->places->places[worst->place].name : "an unnamed place");
            (void)check_add(work, finding);
        }
    }
}

/* One series [first, end) in steps from its first date; blank (NaN: not reported, or 0) where there is no cell. */
static double *lay_out(struct check_work *work, const struct cell *cells, size_t first, size_t end, int32_t last_date, int step, double blank, size_t *n)
{
    *n = (size_t)((last_date - cells[first].date) / step) + 1;
    double *values = VG_ARENA_ARRAY(work->arena, double, *n);
    for (size_t i = 0; values != NULL && i < *n; i++) {
        values[i] = blank;
    }
    for (size_t i = first; values != NULL && i < end; i++) {
        size_t at = (size_t)((cells[i].date - cells[first].date) / step);
        values[at] = isnan(values[at]) ? cells[i].value : values[at] + cells[i].value;
    }
    return values;
}

struct gap { uint32_t place; double missing, total; };
struct rhythm { uint32_t place; double low, high; size_t n_series; }; /* of a measure: the strongest, and how many have one */

static void check_gaps(struct check_work *work, const struct vg_measure *measure, uint32_t place, const double *values, size_t n, struct gap *worst, size_t *n_places)
{
    size_t end = n;
    while (end > 0 && isnan(values[end - 1])) {
        end--; /* a tail without reports is silence, not a gap */
    }
    size_t missing = 0;
    for (size_t i = 0; i < end; i++) {
        missing += isnan(values[i]) ? 1 : 0;
    }
    if (missing == 0) {
        return;
    }
    *n_places += 1;
    double share = (double)missing / (double)end;
    if (worst->total == 0 || share > worst->missing / worst->total) {
        *worst = (struct gap){place, (double)missing, (double)end};
    }
    if (share > 0.1) {
        struct vg_finding finding = check_finding("missing_days", VG_FINDING_WARNING, measure->name);
        finding.place = place;
        finding.count = (double)missing;
        finding.total = (double)end;
        finding.share = share;
        finding.detail = vg_arena_format(work->arena, "%s, %s: %zu of %zu dates are not reported; missing is not zero", check_place_name(work, place), measure->name, missing, end);
        (void)check_add(work, finding);
    }
}

/* Zeros between days of many cases: at a mean of m a day, of negative binomial size 2, a zero has the probability (1 + m/2)^-2. */
static void check_zeros(struct check_work *work, const struct vg_measure *measure, uint32_t place, const double *values, size_t n)
{
    size_t zeros = 0;
    size_t judged = 0;
    double expected = 0;
    double level = 0;
    for (size_t i = 7; i + 7 < n; i++) {
        double sum = 0;
        size_t known = 0;
        size_t empty = 0;
        for (size_t j = i - 7; j <= i + 7; j++) {
            if (j != i && values[j] >= 0) {
                sum += values[j];
                known++;
                empty += values[j] == 0;
            }
        }
        /* Where a third of the days is empty the source reports now and then: the gap is its habit. */
        if (known < 10 || empty * 3 > known || sum / (double)known < 20 || !(values[i] >= 0)) {
            continue;
        }
        double mean = sum / (double)known;
        judged++;
        expected += pow(1 + mean / 2, -2);
        zeros += values[i] == 0;
        level += values[i] == 0 ? mean : 0;
    }
    if (zeros == 0 || (double)zeros <= expected + 5 * sqrt(expected) + 1) {
        return;
    }
    struct vg_finding finding = check_finding("zero_after_positive", VG_FINDING_WARNING, measure->name);
    finding.place = place;
    finding.count = (double)zeros;
    finding.total = (double)judged;
    finding.share = finding.count / finding.total;
    finding.value = level / (double)zeros;
    finding.detail = vg_arena_format(work->arena, "%s, %s: %zu zeros amid days of about %.0f: probably reports that are missing", check_place_name(work, place), measure->name, zeros,
                                     finding.value);
    (void)check_add(work, finding);
}

enum { TAIL_STEPS = 400 };

/* What all places report of each measure, newest step first: [measure * TAIL_STEPS + age]. */
static double *sum_of_all(struct check_work *work, const struct cell *cells, size_t n, int32_t newest, int step)
{
    double *all = VG_ARENA_ARRAY(work->arena, double, vg_measure_count() * TAIL_STEPS);
    for (size_t i = 0; all != NULL && i < n; i++) {
        int32_t age = (newest - cells[i].date) / step;
        if (age >= 0 && age < TAIL_STEPS && cells[i].value > 0) {
            all[cells[i].measure * TAIL_STEPS + age] += cells[i].value;
        }
    }
    return all;
}

static void check_tail(struct check_work *work, const struct vg_measure *measure, uint32_t place, const double *values, size_t n, const double *all, size_t n_judged, int step)
{
    uint32_t by_age[TAIL_STEPS] = {0};
    size_t days = n < TAIL_STEPS ? n : TAIL_STEPS;
    for (size_t age = 0; age < days; age++) {
        double value = values[n - 1 - age];
        by_age[age] = value > 0 ? (uint32_t)fmin(ceil(value), 1e9) : 0;
    }
    size_t before = work->report->n_findings;
    int32_t as_of = work->as_of;
    check_silent_tail(work, by_age, all, days, n_judged, place, measure->name);
    if (work->report->n_findings > before && step == 7) { /* the tail was counted in weeks */
        struct vg_finding *finding = &work->report->findings[before];
        finding->date = as_of - (int32_t)finding->count * 7;
        finding->detail = vg_arena_format(work->arena, "%s, %s: nothing for %.0f weeks after %.1f a week: this is silence, not zero", check_place_name(work, place), measure->name,
                                          finding->count, finding->value);
        finding->count *= 7;
    }
}

/* What can be said of each series, and of the whole of a measure. */
static void check_all_series(struct check_work *work, const struct cell *cells, size_t n, int32_t newest, int step, bool by_report)
{
    size_t n_judged = 0;
    for (size_t i = 0; i < n; i++) {
        n_judged += i == 0 || cells[i].measure != cells[i - 1].measure || cells[i].place != cells[i - 1].place || cells[i].group != cells[i - 1].group;
    }
    const double *all = sum_of_all(work, cells, n, newest, step);
    struct gap worst = {VG_PLACE_NONE, 0, 0};
    size_t n_gaps = 0;
    struct rhythm *rhythms = VG_ARENA_ARRAY(work->arena, struct rhythm, vg_measure_count());
    for (size_t first = 0; first < n && !work->arena->failed;) {
        size_t end = first;
        while (end < n && cells[end].measure == cells[first].measure && cells[end].place == cells[first].place && cells[end].group == cells[first].group) {
            end++;
        }
        const struct vg_measure *measure = vg_measure_at(cells[first].measure);
        size_t length = 0;
        double *values = measure->kind == VG_MEASURE_FLOW && end - first >= 14 && measure->delayed == by_report ? lay_out(work, cells, first, end, newest, step, by_report ? 0 : NAN, &length) : NULL;
        if (values != NULL) {
            check_tail(work, measure, cells[first].place, values, length, all == NULL ? NULL : all + cells[first].measure * TAIL_STEPS, n_judged, step);
            /* Of counts by a date before the report a cell that is not there is a day without cases; gaps say something of counts by report. */
            if (!by_report) {
                check_gaps(work, measure, cells[first].place, values, length, &worst, &n_gaps);
                if (step == 1) {
                    check_zeros(work, measure, cells[first].place, values, length);
                }
            }
            if (step == 1) {
                check_batch_days(work, values, length, cells[first].date, measure->name, cells[first].place);
                double low = 0;
                double high = 0;
                if (check_weekday_ratios(values, length, &low, &high)) {
                    struct rhythm *rhythm = &rhythms[cells[first].measure];
                    rhythm->n_series++;
                    if (rhythm->n_series == 1 || high > rhythm->high) {
                        rhythm->place = cells[first].place;
                        rhythm->low = low;
                        rhythm->high = high;
                    }
                }
            }
        }
        first = end;
    }
    for (size_t measure = 0; rhythms != NULL && measure < vg_measure_count(); measure++) {
        if (rhythms[measure].n_series > 0) {
            check_add_weekdays(work, vg_measure_at(measure)->name, rhythms[measure].place, rhythms[measure].low, rhythms[measure].high, rhythms[measure].n_series);
        }
    }
    if (n_gaps > 0 && worst.missing / worst.total <= 0.1) {
        struct vg_finding finding = check_finding("missing_days", VG_FINDING_INFO, "");
        finding.place = worst.place;
        finding.count = worst.missing;
        finding.total = worst.total;
        finding.share = worst.missing / worst.total;
        finding.detail = vg_arena_format(work->arena, "%zu series have dates that are not reported; the most has %s: %.0f of %.0f", n_gaps, check_place_name(work, worst.place), worst.missing,
                                         worst.total);
        (void)check_add(work, finding);
    }
}

static void check_revisions(struct check_work *work, size_t n_revisions, size_t n_increments)
{
    if (n_revisions == 0) {
        return;
    }
    struct vg_finding finding = check_finding("downward_revision", VG_FINDING_INFO, "");
    finding.count = (double)n_revisions;
    finding.total = (double)n_increments;
    finding.share = finding.count / finding.total;
    finding.detail = vg_arena_format(work->arena, "%zu of %zu changes were downwards", n_revisions, n_increments);
    (void)check_add(work, finding);
}

vg_status vg_intake_check_counts(const struct vg_count_table *counts, const struct vg_place_list *places, int32_t as_of, struct vg_arena *arena,
                                 struct vg_quality_report *report, struct vg_error *error)
{
    struct check_work work = {.places = places, .as_of = as_of, .arena = arena, .report = report, .error = error};
    size_t n_revisions = 0;
    size_t n_increments = 0;
    int step = counts->step_days == 7 ? 7 : 1;
    *report = (struct vg_quality_report){.n_rows = counts->n_counts};
    struct cell *cells = VG_ARENA_ARRAY(arena, struct cell, counts->n_counts + 1);
    if (cells == NULL) {
        return vg_fail_memory(error, counts->n_counts * sizeof *cells);
    }
    /* By reference date, then, for counts of which the newest days are incomplete, by the date on which something was reported. */
    for (int by_report = 0; by_report < 2; by_report++) {
        int32_t newest = VG_DATE_NONE;
        size_t n = 0;
        for (size_t i = 0; i < counts->n_counts; i++) {
            bool delayed = vg_measure_at(counts->measure[i])->delayed;
            if (by_report == 0 || delayed) {
                double value = by_report == 0 ? counts->increment[i] : fabs(counts->increment[i]);
                int32_t date = by_report == 0 ? counts->reference_date[i] : counts->report_date[i];
                cells[n++] = (struct cell){counts->measure[i], counts->place[i], counts->group[i], date, value};
                newest = date > newest ? date : newest;
            }
        }
        if (n == 0) {
            continue;
        }
        size_t revisions = 0;
        size_t increments = 0;
        n = collapse(cells, n, &revisions, &increments);
        if (by_report == 0) {
            check_negative(&work, cells, n);
            n_revisions = revisions;
            n_increments = increments;
        }
        work.as_of = newest; /* a tail is silent against the other places, not against the calendar */
        check_all_series(&work, cells, n, newest, step, by_report == 1);
    }
    check_revisions(&work, n_revisions, n_increments);
    return check_finish(&work);
}
