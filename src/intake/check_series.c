/*
 * Data quality of one series of daily counts: a tail that fell silent, days on which a backlog came in at once, a strong rhythm of the week. Each
 * threshold is set so that chance alone hardly ever passes it (tests/intake/test_check.c measures how often).
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *check_place_name(const struct check_work *work, uint32_t place)
{
    return place < work->places->count ? work->places->places[place].name : "all places";
}

bool check_has_any(const uint32_t *by_age, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (by_age[i] > 0) {
            return true;
        }
    }
    return false;
}

/* What was to be expected of one stretch of the tail: by the place's own course, and by its share of what all places report, whichever is less. */
struct tail {
    const uint32_t *by_age;
    const double *whole;
    size_t silent, gap;
    double rate, decline, share;
};

static double expected_in_stretch(const struct tail *tail, size_t stretch)
{
    double by_itself = tail->rate * pow(tail->decline, (double)stretch);
    if (tail->whole == NULL) {
        return by_itself;
    }
    double all = 0;
    for (size_t i = 0; i < tail->gap; i++) {
        all += tail->whole[tail->silent - 1 - (stretch - 1) * tail->gap - i];
    }
    return fmin(by_itself, tail->share * all);
}

/*
 * A tail without reports that the former rate makes improbable is silence, not zero cases. The rate is that of the four weeks before the tail, lowered to that
 * of their last week and carried on with its decline where the outbreak fades; where the other places fade too, it is no more than the place's former share of
 * what they report: so an end is not called silence. Days are negative binomial of size 2; reports that come every few days are judged by their usual gap.
 * Below one case a day nobody can tell an end from a silence, and nothing is said.
 */
void check_silent_tail(struct check_work *work, const uint32_t *by_age, const double *whole, size_t n, size_t n_judged, uint32_t place, const char *field)
{
    enum { BEFORE = 28, RECENT = 7, FEWEST_SILENT = 3, LONGEST = 90 };
    size_t silent = 0;
    while (silent < n && by_age[silent] == 0) {
        silent++;
    }
    if (silent < FEWEST_SILENT || silent > LONGEST || silent + BEFORE > n) {
        return;
    }
    double sum = 0;
    double recent = 0;
    double all = 0;
    size_t gap = 1;
    size_t run = 0;
    for (size_t i = 0; i < BEFORE; i++) {
        sum += by_age[silent + i];
        recent += i < RECENT ? by_age[silent + i] : 0;
        all += whole == NULL ? 0 : whole[silent + i];
        run = by_age[silent + i] == 0 ? run + 1 : 0;
        gap = run + 1 > gap ? run + 1 : gap;
    }
    size_t stretches = silent / gap;
    if (stretches < 2 || sum < BEFORE) {
        return;
    }
    struct tail tail = {.by_age = by_age, .whole = n_judged > 1 ? whole : NULL, .silent = silent, .gap = gap};
    tail.rate = fmin(sum / BEFORE, fmax(recent, 1) / RECENT) * (double)gap;
    /* From the middle of the three weeks before to that of the last one are 14 days. */
    tail.decline = sum > recent ? pow(fmin(1, 3 * fmax(recent, 1) / (sum - recent)), (double)gap / 14) : 1;
    tail.share = all > 0 ? sum / all : 1;
    double logarithm = 0;
    for (size_t stretch = 1; stretch <= stretches; stretch++) {
        logarithm -= 2 * log1p(expected_in_stretch(&tail, stretch) / 2);
    }
    if (exp(logarithm) >= 0.01 / (double)(n_judged < 10 ? 10 : n_judged)) {
        return;
    }
    struct vg_finding finding = check_finding("silent_reporter", VG_FINDING_WARNING, field);
    finding.place = place;
    finding.date = work->as_of - (int32_t)silent;
    finding.count = (double)silent;
    finding.value = sum / BEFORE;
    finding.detail = vg_arena_format(work->arena, "%s has reported nothing for %zu days after %.1f cases a day: this is silence, not zero", check_place_name(work, place), silent,
                                     finding.value);
    (void)check_add(work, finding);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median_of(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return vg_quantile_sorted(values, n, 0.5);
}

/*
 * A day with far more reports than the days around it: the expectation is the median over k = 1..10 of the mean of the logarithms k days before and k days after, in
 * which a rising or falling curve cancels; the spread their median absolute deviation, never below what counting gives. Sources that publish on few days of the
 * week are left out: there every report is a batch.
 */
void check_batch_days(struct check_work *work, const double *values, size_t n, int32_t start, const char *field, uint32_t place)
{
    enum { NEAR = 10, FEWEST = 6, MOST = 10 };
    struct { size_t day; double z, expected; } worst[MOST];
    size_t n_worst = 0;
    size_t n_found = 0;
    for (size_t day = NEAR; day + NEAR < n; day++) {
        double near[NEAR];
        double spread[NEAR];
        size_t known = 0;
        for (size_t k = 1; k <= NEAR; k++) {
            double before = values[day - k];
            double after = values[day + k];
            if (before > 0 && after > 0) { /* a zero beside days of cases is a report that did not come */
                near[known++] = (log1p(before) + log1p(after)) / 2;
            }
        }
        if (known < FEWEST || !(values[day] > 20)) {
            continue;
        }
        double median = median_of(near, known);
        for (size_t i = 0; i < known; i++) {
            spread[i] = fabs(near[i] - median);
        }
        double expected = expm1(median);
        double scale = fmax(1.4826 * sqrt(2) * median_of(spread, known), fmax(0.25, 1.5 / sqrt(expected + 1)));
        double z = (log1p(values[day]) - median) / scale;
        if (z <= 5 || values[day] <= 3 * expected + 10) {
            continue;
        }
        n_found++;
        size_t at = n_worst < MOST ? n_worst++ : MOST;
        for (size_t i = 0; at == MOST && i < MOST; i++) {
            at = worst[i].z < z && (at == MOST || worst[i].z < worst[at].z) ? i : at;
        }
        if (at < MOST) {
            worst[at].day = day;
            worst[at].z = z;
            worst[at].expected = expected;
        }
    }
    for (size_t i = 0; i < n_worst; i++) {
        struct vg_finding finding = check_finding("batch_day", VG_FINDING_WARNING, field);
        finding.place = place;
        finding.date = start + (int32_t)worst[i].day;
        finding.count = values[worst[i].day];
        finding.total = worst[i].expected;
        finding.value = worst[i].z;
        finding.low = (double)n_found;
        finding.detail = vg_arena_format(work->arena, "%s: %.0f were reported on one day where about %.0f were usual: a batch", check_place_name(work, place), finding.count,
                                         finding.total);
        (void)check_add(work, finding);
    }
}

/* Lowest and highest weekday against the mean of the newest twelve whole weeks; true where one is 30 % off and chance cannot explain it. */
bool check_weekday_ratios(const double *values, size_t n, double *low, double *high)
{
    enum { WEEKS = 12 };
    double sums[7] = {0};
    double total = 0;
    size_t weeks = 0;
    for (size_t week = 0; week < WEEKS && (week + 1) * 7 <= n; week++) {
        const double *part = values + n - 7 * (week + 1);
        bool whole = true;
        double sum = 0;
        for (size_t i = 0; i < 7; i++) {
            whole = whole && part[i] >= 0;
            sum += part[i] >= 0 ? part[i] : 0;
        }
        for (size_t i = 0; whole && sum > 0 && i < 7; i++) { /* each week weighs the same, so that a rising curve is no rhythm */
            sums[i] += part[i] / sum;
        }
        weeks += whole && sum > 0;
        total += whole ? sum : 0;
    }
    *low = INFINITY;
    *high = 0;
    if (weeks < 4 || total < 280) {
        return false;
    }
    for (size_t i = 0; i < 7; i++) {
        double ratio = 7 * sums[i] / (double)weeks;
        *low = fmin(*low, ratio);
        *high = fmax(*high, ratio);
    }
    double error = 2 * sqrt(7 / total); /* of a ratio, with twice the spread of counting */
    /* All on one weekday: published once a week, which is no rhythm of reporting. */
    return *high < 6.5 && (*high >= 1.3 || *low <= 0.7) && fmax(*high - 1, 1 - *low) >= 5 * error;
}

void check_add_weekdays(struct check_work *work, const char *field, uint32_t place, double low, double high, size_t n_series)
{
    struct vg_finding finding = check_finding("weekday_pattern", VG_FINDING_INFO, field);
    finding.place = place;
    finding.low = low;
    finding.high = high;
    finding.count = (double)n_series;
    finding.detail = vg_arena_format(work->arena, "%s, %s: the weekday weighs heavily (%.2f to %.2f times the mean), in %zu series in all: use seven-day means",
                                     check_place_name(work, place), field, low, high, n_series);
    (void)check_add(work, finding);
}
