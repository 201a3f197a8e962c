/*
 * Data quality of line lists.
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_BINS 2001 /* -1000 .. 1000 days */

static void add_completeness(struct check_work *work, const char *field, size_t known, size_t n)
{
    double share = (double)(n - known) / (double)n;
    struct vg_finding finding = check_finding("completeness", share > 0.2 ? VG_FINDING_WARNING : VG_FINDING_INFO, field);
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

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void check_duplicates(struct check_work *work, const struct vg_case_table *cases)
{
    size_t n = cases->n_cases;
    uint64_t *sorted = cases->identity_hash == NULL ? NULL : VG_ARENA_ARRAY(work->arena, uint64_t, n);
    size_t repeated = 0;
    if (sorted == NULL) {
        return;
    }
    memcpy(sorted, cases->identity_hash, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_hashes);
    for (size_t i = 1; i < n; i++) {
        repeated += sorted[i] == sorted[i - 1];
    }
    if (repeated > 0) {
        struct vg_finding finding = check_finding("duplicate", VG_FINDING_WARNING, "id");
        finding.count = (double)repeated;
        finding.total = (double)n;
        finding.share = finding.count / finding.total;
        finding.detail = vg_arena_format(work->arena, "%zu rows repeat a case that is there already", repeated);
        (void)check_add(work, finding);
    }
}

/* Ages that end in 0 or 5 too often: Whipple's index over 23..62, 100 none, 500 only such ages; the UN calls 125 and more rough. */
static void check_ages(struct check_work *work, const struct vg_case_table *cases)
{
    size_t in_range = 0;
    size_t heaped = 0;
    size_t odd = 0;
    for (size_t i = 0; cases->age_years != NULL && i < cases->n_cases; i++) {
        int age = cases->age_years[i];
        in_range += age >= 23 && age <= 62;
        heaped += age >= 23 && age <= 62 && age % 5 == 0;
        odd += age > 115;
    }
    if (in_range >= 200) {
        double index = 500 * (double)heaped / (double)in_range;
        /* Three standard errors of the share above 1/5, so that chance alone does not raise it. */
        double limit = fmax(125, 100 + 500 * 3 * sqrt(0.16 / (double)in_range));
        struct vg_finding finding = check_finding("digit_preference", index > limit ? VG_FINDING_WARNING : VG_FINDING_INFO, "age");
        finding.count = (double)heaped;
        finding.total = (double)in_range;
        finding.share = finding.count / finding.total;
        finding.value = index;
        finding.detail = vg_arena_format(work->arena, "ages ending in 0 or 5: Whipple's index %.0f (100 is none, 125 and more is rough)", index);
        (void)check_add(work, finding);
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

/* Reports by place and day; a tail without reports that its former rate makes improbable is silence, not zero cases. */
static vg_status check_silence(struct check_work *work, const struct vg_case_table *cases)
{
    const int32_t *report = cases->known_from != NULL ? cases->known_from : cases->dates[VG_CASE_REPORT];
    enum { DAYS = 56 };
    if (report == NULL || cases->place == NULL || work->as_of == VG_DATE_NONE) {
        return VG_OK;
    }
    uint32_t *by_day = VG_ARENA_ARRAY(work->arena, uint32_t, work->places->count * DAYS + 1);
    if (by_day == NULL) {
        return vg_fail_memory(work->error, work->places->count * DAYS);
    }
    for (size_t i = 0; i < cases->n_cases; i++) {
        int32_t age = report[i] == VG_DATE_NONE ? -1 : work->as_of - report[i];
        if (cases->place[i] < work->places->count && age >= 0 && age < DAYS) {
            by_day[cases->place[i] * DAYS + (size_t)age]++;
        }
    }
    for (uint32_t place = 0; place < work->places->count; place++) {
        const uint32_t *days = by_day + place * DAYS;
        int silent = 0;
        double before = 0;
        while (silent < DAYS && days[silent] == 0) {
            silent++;
        }
        for (int age = silent; age < DAYS && age < silent + 28; age++) {
            before += days[age];
        }
        int window = DAYS - silent < 28 ? DAYS - silent : 28;
        if (silent < 3 || silent == DAYS || window < 7) {
            continue;
        }
        double rate = before / window;
        double probability = pow(1 + rate / 2, -2.0 * silent); /* negative binomial of size 2 a day */
        if (probability < 0.001) {
            struct vg_finding finding = check_finding("silent_reporter", VG_FINDING_WARNING, "report");
            finding.place = place;
            finding.date = work->as_of - silent;
            finding.count = silent;
            finding.value = rate;
            finding.detail = vg_arena_format(work->arena, "%s has reported nothing for %d days after %.1f cases a day: this is silence, not zero", work->places->places[place].name, silent, rate);
            (void)check_add(work, finding);
        }
    }
    return VG_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A day with far more reports than the four weeks around it: robust z on log counts. */
static vg_status check_batches(struct check_work *work, const struct vg_case_table *cases)
{
    enum { SPAN = 400, NEAR = 14 };
    const int32_t *report = cases->dates[VG_CASE_REPORT] != NULL ? cases->dates[VG_CASE_REPORT] : cases->dates[VG_CASE_NOTIFICATION];
    double counts[SPAN] = {0};
    if (report == NULL || work->as_of == VG_DATE_NONE) {
        return VG_OK;
    }
    for (size_t i = 0; i < cases->n_cases; i++) {
        int32_t age = report[i] == VG_DATE_NONE ? -1 : work->as_of - report[i];
        if (age >= 0 && age < SPAN) {
            counts[age] += 1;
        }
    }
    for (int age = NEAR; age + NEAR < SPAN; age++) {
        double near[2 * NEAR];
        double spread[2 * NEAR];
        size_t n = 0;
        for (int other = age - NEAR; other <= age + NEAR; other++) {
            if (other != age) {
                near[n++] = log1p(counts[other]);
            }
        }
        qsort(near, n, sizeof *near, compare_doubles);
        double median = vg_quantile_sorted(near, n, 0.5);
        for (size_t i = 0; i < n; i++) {
            spread[i] = fabs(near[i] - median);
        }
        qsort(spread, n, sizeof *spread, compare_doubles);
        double scale = 1.4826 * vg_quantile_sorted(spread, n, 0.5);
        double expected = expm1(median);
        scale = fmax(scale, 1 / sqrt(expected + 1)); /* never below what chance alone gives */
        double z = (log1p(counts[age]) - median) / scale;
        if (z > 5 && counts[age] > 2 * expected + 10) {
            struct vg_finding finding = check_finding("batch_day", VG_FINDING_WARNING, "report");
            finding.date = work->as_of - age;
            finding.count = counts[age];
            finding.total = expected;
            finding.value = z;
            finding.detail = vg_arena_format(work->arena, "%.0f cases were reported on one day where about %.0f were usual: a batch", counts[age], expected);
            (void)check_add(work, finding);
        }
    }
    return VG_OK;
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
    check_duplicates(&work, cases);
    check_ages(&work, cases);
    check_outcomes(&work, cases);
    vg_status status = check_silence(&work, cases);
    if (status == VG_OK) {
        status = check_batches(&work, cases);
    }
    return status == VG_OK ? check_finish(&work) : status;
}
