/*
 * Data quality of the values themselves: ages and days that are guessed (heaping), cases entered twice.
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ages that end in 0 or 5 too often: Whipple's index over 23..62, 100 none, 500 only such ages; the UN calls 125 and more rough. */
void check_age_heaping(struct check_work *work, const struct vg_case_table *cases)
{
    size_t in_range = 0;
    size_t heaped = 0;
    for (size_t i = 0; cases->age_years != NULL && i < cases->n_cases; i++) {
        int age = cases->age_years[i];
        in_range += age >= 23 && age <= 62;
        heaped += age >= 23 && age <= 62 && age % 5 == 0;
    }
    if (in_range < 200) {
        return;
    }
    double index = 500 * (double)heaped / (double)in_range;
    /* Four standard errors of the share above 1/5, so that chance alone does not raise it. */
    double limit = fmax(125, 100 + 500 * 4 * sqrt(0.16 / (double)in_range));
    struct vg_finding finding = check_finding("digit_preference", index > limit ? VG_FINDING_WARNING : VG_FINDING_INFO, "age");
    finding.count = (double)heaped;
    finding.total = (double)in_range;
    finding.share = finding.count / finding.total;
    finding.value = index;
    finding.detail = vg_arena_format(work->arena, "ages ending in 0 or 5: Whipple's index %.0f (100 is none, 125 and more is rough)", index);
    (void)check_add(work, finding);
}

/*
 * Onsets that people remember as "the 1st", "the 15th": each round day of the month against the mean of its two neighbours, over all months. Needs three months,
 * half as many again as the neighbours, and six standard errors with four times the spread of counting (epidemics are rough).
 */
void check_date_heaping(struct check_work *work, const struct vg_case_table *cases)
{
    static const int round_days[] = {5, 10, 15, 20, 25};
    const int32_t *onset = cases->dates[VG_CASE_ONSET];
    double by_day[33] = {0};
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    for (size_t i = 0; onset != NULL && i < cases->n_cases; i++) {
        int year = 0;
        int month = 0;
        int day = 0;
        if (onset[i] != VG_DATE_NONE) {
            vg_date_to_civil(onset[i], &year, &month, &day);
            by_day[day]++;
            first = onset[i] < first ? onset[i] : first;
            last = onset[i] > last ? onset[i] : last;
        }
    }
    /* The 1st stands between the last day of one month and the 2nd of the next: the 28th is the last that all months have. */
    double candidates[6][3];
    int days[6];
    for (size_t i = 0; i < 5; i++) {
        days[i] = round_days[i];
        candidates[i][0] = by_day[round_days[i]];
        candidates[i][1] = by_day[round_days[i] - 1];
        candidates[i][2] = by_day[round_days[i] + 1];
    }
    days[5] = 1;
    candidates[5][0] = by_day[1];
    candidates[5][1] = by_day[28];
    candidates[5][2] = by_day[2];
    for (size_t i = 0; i < 6 && last >= first && (int64_t)last - first >= 90; i++) {
        double usual = (candidates[i][1] + candidates[i][2]) / 2;
        double error = 4 * sqrt(usual + usual / 2 + 1);
        if (candidates[i][0] < 1.5 * usual || candidates[i][0] - usual < 6 * error) {
            continue;
        }
        struct vg_finding finding = check_finding("date_heaping", VG_FINDING_WARNING, "onset");
        finding.value = days[i];
        finding.count = candidates[i][0];
        finding.total = usual;
        finding.detail = vg_arena_format(work->arena, "onset falls on day %d of a month %.0f times, where about %.0f were expected: dates are guessed", days[i], candidates[i][0], usual);
        (void)check_add(work, finding);
    }
}

/* Sorts 64-bit keys by their bytes from the lowest on: a few passes over the array, where comparing would take many. */
static void sort_keys(uint64_t *keys, uint64_t *spare, size_t n)
{
    enum { BITS = 11, BINS = 1 << BITS };
    uint64_t *from = keys;
    uint64_t *to = spare;
    for (int shift = 0; shift < 66; shift += BITS) {
        size_t starts[BINS] = {0};
        for (size_t i = 0; i < n; i++) {
            starts[from[i] >> shift & (BINS - 1)]++;
        }
        size_t sum = 0;
        for (size_t bin = 0; bin < BINS; bin++) {
            size_t count = starts[bin];
            starts[bin] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++) {
            to[starts[from[i] >> shift & (BINS - 1)]++] = from[i];
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    /* Six passes: the sorted keys are back in the first array. */
}

/* Number of equal pairs, and of elements beyond the first of their kind. */
static double equal_pairs(const uint64_t *sorted, size_t n, size_t *beyond_first)
{
    double pairs = 0;
    size_t extra = 0;
    for (size_t begin = 0; begin < n;) {
        size_t end = begin + 1;
        while (end < n && sorted[end] == sorted[begin]) {
            end++;
        }
        double count = (double)(end - begin);
        pairs += count * (count - 1) / 2;
        extra += end - begin - 1;
        begin = end;
    }
    *beyond_first = extra;
    return pairs;
}

struct likeness { uint64_t *where, *what, *both, *spare; };

/* Three keys a case: when and where it was reported; what else is known of it (with dates as differences); and both. */
static void describe(const struct vg_case_table *cases, struct likeness *keys)
{
    static const enum vg_case_date order[] = {VG_CASE_REPORT, VG_CASE_NOTIFICATION, VG_CASE_DIAGNOSIS, VG_CASE_ONSET};
    for (size_t i = 0; i < cases->n_cases; i++) {
        int32_t day = VG_DATE_NONE;
        for (size_t d = 0; d < sizeof order / sizeof *order && day == VG_DATE_NONE; d++) {
            day = cases->dates[order[d]] == NULL ? VG_DATE_NONE : cases->dates[order[d]][i];
        }
        int32_t where[2] = {day, cases->place == NULL ? 0 : (int32_t)cases->place[i]};
        int32_t what[VG_CASE_DATE_COUNT + 6];
        size_t n = 0;
        for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
            int32_t value = cases->dates[date] == NULL ? VG_DATE_NONE : cases->dates[date][i];
            what[n++] = value == VG_DATE_NONE || day == VG_DATE_NONE ? VG_DATE_NONE : value - day;
        }
        what[n++] = cases->age_years == NULL ? 0 : cases->age_years[i];
        what[n++] = cases->sex == NULL ? 0 : cases->sex[i];
        what[n++] = cases->class == NULL ? 0 : cases->class[i];
        what[n++] = cases->outcome == NULL ? 0 : cases->outcome[i];
        what[n++] = cases->severity == NULL ? 0 : cases->severity[i];
        what[n++] = cases->category == NULL ? 0 : (int32_t)cases->category[i];
        keys->where[i] = vg_hash_bytes(where, sizeof where, 11);
        keys->what[i] = vg_hash_bytes(what, n * sizeof *what, 12);
        keys->both[i] = vg_hash_bytes(&keys->where[i], sizeof keys->where[i], keys->what[i]);
    }
}

/*
 * Cases that are equal in all but their id. In a long list some are so by chance: with the share q of pairs that agree in what they are, and P pairs reported from
 * the same place on the same day, about q P. Said where there are three times as many, and more than chance's own spread explains.
 */
static void check_lookalikes(struct check_work *work, const struct vg_case_table *cases, struct likeness *keys)
{
    size_t n = cases->n_cases;
    size_t extra = 0;
    size_t unused = 0;
    describe(cases, keys);
    sort_keys(keys->both, keys->spare, n);
    double found = equal_pairs(keys->both, n, &extra);
    sort_keys(keys->where, keys->spare, n);
    double same_where = equal_pairs(keys->where, n, &unused);
    sort_keys(keys->what, keys->spare, n);
    double same_what = equal_pairs(keys->what, n, &unused) / fmax(1, (double)n * ((double)n - 1) / 2);
    double expected = same_where * same_what;
    if (found <= 3 * expected + 6 * sqrt(expected) + 10) {
        return;
    }
    struct vg_finding finding = check_finding("duplicate_content", VG_FINDING_WARNING, "");
    finding.count = (double)extra;
    finding.total = (double)n;
    finding.share = finding.count / finding.total;
    finding.value = found;
    finding.low = expected;
    finding.detail = vg_arena_format(work->arena, "%zu cases equal another one in all but the id (%.0f pairs, where chance would give about %.0f)", extra, found, expected);
    (void)check_add(work, finding);
}

vg_status check_duplicates(struct check_work *work, const struct vg_case_table *cases)
{
    size_t n = cases->n_cases;
    struct likeness keys = {VG_ARENA_ARRAY(work->arena, uint64_t, n), VG_ARENA_ARRAY(work->arena, uint64_t, n), VG_ARENA_ARRAY(work->arena, uint64_t, n),
                            VG_ARENA_ARRAY(work->arena, uint64_t, n)};
    if (keys.spare == NULL || work->arena->failed) {
        return vg_fail_memory(work->error, 4 * n * sizeof(uint64_t));
    }
    size_t repeated = 0;
    if (cases->identity_hash != NULL) {
        memcpy(keys.where, cases->identity_hash, n * sizeof *keys.where);
        sort_keys(keys.where, keys.spare, n);
        (void)equal_pairs(keys.where, n, &repeated);
    }
    if (repeated > 0) {
        struct vg_finding finding = check_finding("duplicate", VG_FINDING_WARNING, "id");
        finding.count = (double)repeated;
        finding.total = (double)n;
        finding.share = finding.count / finding.total;
        finding.detail = vg_arena_format(work->arena, "%zu rows repeat the id of another row; of each id the last row counts", repeated);
        (void)check_add(work, finding);
    } else {
        check_lookalikes(work, cases, &keys);
    }
    return VG_OK;
}
