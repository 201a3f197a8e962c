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

/* One place's series [first, end): missing days, a silent tail. */
static void check_series(struct check_work *work, const struct cell *cells, size_t first, size_t end, int32_t newest, int step)
{
    const struct vg_measure *measure = vg_measure_at(cells[first].measure);
    size_t n = end - first;
    int32_t span = (cells[end - 1].date - cells[first].date) / step + 1;
    uint32_t place = cells[first].place;
    const char *name = place < work->places->count ? work->places->places[place].name : "an unnamed place";
    if (measure->kind != VG_MEASURE_FLOW || n < 14) {
        return;
    }
    if ((int32_t)n < span) {
        double share = 1 - (double)n / span;
        struct vg_finding finding = check_finding("missing_days", share > 0.1 ? VG_FINDING_WARNING : VG_FINDING_INFO, measure->name);
        finding.place = place;
        finding.count = span - (double)n;
        finding.total = span;
        finding.share = share;
        finding.detail = vg_arena_format(work->arena, "%s, %s: %.0f of %.0f dates are not reported", name, measure->name, finding.count, finding.total);
        (void)check_add(work, finding);
    }
    size_t last = end;
    while (last > first && cells[last - 1].value <= 0) {
        last--;
    }
    if (last == first) {
        return;
    }
    int32_t tail = (newest - cells[last - 1].date) / step;
    size_t from = last - first > 28 ? last - 28 : first;
    double sum = 0;
    size_t reports = 0;
    for (size_t i = from; i < last; i++) {
        sum += cells[i].value > 0 ? cells[i].value : 0;
        reports += cells[i].value > 0;
    }
    double interval = (double)((cells[last - 1].date - cells[from].date) / step + 1) / (double)(reports == 0 ? 1 : reports);
    double mean = sum / (double)(reports == 0 ? 1 : reports);
    double probability = pow(1 + mean / 2, -2 * floor(tail / (interval < 1 ? 1 : ceil(interval))));
    if (tail >= 3 && tail >= 2 * interval && probability < 0.001) {
        struct vg_finding finding = check_finding("silent_reporter", VG_FINDING_WARNING, measure->name);
        finding.place = place;
        finding.date = cells[last - 1].date;
        finding.count = tail * (double)step;
        finding.value = mean;
        finding.detail = vg_arena_format(work->arena, "%s, %s: nothing but zeros or blanks for %d days: this is silence, not zero", name, measure->name, (int)(tail * step));
        (void)check_add(work, finding);
    }
}

vg_status vg_intake_check_counts(const struct vg_count_table *counts, const struct vg_place_list *places, int32_t as_of, struct vg_arena *arena,
                                 struct vg_quality_report *report, struct vg_error *error)
{
    struct check_work work = {.places = places, .as_of = as_of, .arena = arena, .report = report, .error = error};
    size_t n_revisions = 0;
    size_t n_increments = 0;
    *report = (struct vg_quality_report){.n_rows = counts->n_counts};
    struct cell *cells = VG_ARENA_ARRAY(arena, struct cell, counts->n_counts + 1);
    if (cells == NULL) {
        return vg_fail_memory(error, counts->n_counts * sizeof *cells);
    }
    for (size_t i = 0; i < counts->n_counts; i++) {
        cells[i] = (struct cell){counts->measure[i], counts->place[i], counts->group[i], counts->reference_date[i], counts->increment[i]};
    }
    size_t n = collapse(cells, counts->n_counts, &n_revisions, &n_increments);
    check_negative(&work, cells, n);
    int32_t newest = VG_DATE_NONE;
    for (size_t i = 0; i < n; i++) {
        newest = cells[i].date > newest ? cells[i].date : newest;
    }
    int step = counts->step_days == 7 ? 7 : 1;
    for (size_t first = 0; first < n;) {
        size_t end = first;
        while (end < n && cells[end].measure == cells[first].measure && cells[end].place == cells[first].place && cells[end].group == cells[first].group) {
            end++;
        }
        check_series(&work, cells, first, end, newest, step);
        first = end;
    }
    if (n_revisions > 0) {
        struct vg_finding finding = check_finding("downward_revision", VG_FINDING_INFO, "");
        finding.count = (double)n_revisions;
        finding.total = (double)n_increments;
        finding.share = finding.count / finding.total;
        finding.detail = vg_arena_format(arena, "%zu of %zu changes were downwards", n_revisions, n_increments);
        (void)check_add(&work, finding);
    }
    return check_finish(&work);
}
