/*
 * Who of a cohort is followed from when until when, in four designs: pairs that start together, the same with partners never
 * vaccinated, everyone's person time with vaccination as something that happens in it, and groups as they ended up. Pairs are
 * found in matching.c.
 */
#include "control/effectiveness/matching.h"

#include <math.h>

/* The last day a person is seen: outcome, other end, or the end of the study. */
static int32_t end_of(const struct vg_cohort *cohort, int32_t end, size_t i)
{
    int32_t last = end;
    last = cohort->outcome[i] != VG_DATE_NONE && cohort->outcome[i] < last ? cohort->outcome[i] : last;
    last = cohort->censored != NULL && cohort->censored[i] != VG_DATE_NONE && cohort->censored[i] < last ? cohort->censored[i] : last;
    return last;
}

/* The day from which a person counts as vaccinated; none if it would come after their last day. */
static int32_t protected_from(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, int32_t end, size_t i)
{
    int32_t dose = cohort->vaccinated[i];
    if (dose == VG_DATE_NONE || dose > INT32_MAX - settings->delay_days || (cohort->counted != NULL && !cohort->counted[i])) {
        return VG_DATE_NONE;
    }
    return dose + settings->delay_days <= end_of(cohort, end, i) ? dose + settings->delay_days : VG_DATE_NONE;
}

static vg_status settle(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_follow_up *out, struct vg_error *error)
{
    int32_t newest = VG_DATE_NONE, first = VG_DATE_NONE;
    for (size_t i = 0; i < cohort->n; i++) {
        const int32_t dates[] = {cohort->outcome[i], cohort->censored == NULL ? VG_DATE_NONE : cohort->censored[i], cohort->vaccinated[i]};
        for (size_t k = 0; k < 3; k++) {
            newest = dates[k] != VG_DATE_NONE && dates[k] > newest ? dates[k] : newest;
        }
    }
    out->end = settings->end == VG_DATE_NONE ? newest : settings->end;
    for (size_t i = 0; out->end != VG_DATE_NONE && i < cohort->n; i++) {
        int32_t day = protected_from(cohort, settings, out->end, i);
        first = day != VG_DATE_NONE && (first == VG_DATE_NONE || day < first) ? day : first;
    }
    out->start = settings->start == VG_DATE_NONE ? first : settings->start;
    if (out->start == VG_DATE_NONE || out->end == VG_DATE_NONE || out->start >= out->end) {
        return vg_fail(error, VG_DATA_ERROR, "no day on which somebody is protected comes before the end of the follow-up");
    }
    return VG_OK;
}

static void put(struct vg_follow_up *out, const struct vg_cohort *cohort, size_t person, uint8_t vaccinated, uint32_t pair, int32_t from, int32_t to)
{
    size_t at = out->n++;
    out->person[at] = person;
    out->vaccinated[at] = vaccinated;
    out->pair[at] = pair;
    out->event[at] = cohort->outcome[person] == to;
    out->exit[at] = to - from;
}

/* The end of one row, and whether the outcome falls on it is told by its date. */
static int32_t until(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, int32_t end, int32_t from, size_t person)
{
    int32_t last = end_of(cohort, end, person);
    return settings->at_days > 0 && last - from > settings->at_days ? from + settings->at_days : last;
}

static void follow_unmatched(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_follow_up *out)
{
    for (size_t i = 0; i < cohort->n; i++) {
        int32_t day = protected_from(cohort, settings, out->end, i), last = end_of(cohort, out->end, i);
        int32_t from = day == VG_DATE_NONE || day < out->start ? out->start : day;
        if (last < out->start || from > last ||
            (day == VG_DATE_NONE && cohort->counted != NULL && !cohort->counted[i] && cohort->vaccinated[i] != VG_DATE_NONE)) {
            out->n_before++;
            continue;
        }
        put(out, cohort, i, day != VG_DATE_NONE, UINT32_MAX, from, until(cohort, settings, out->end, from, i));
    }
}

/* Days since the start are the clock: who is compared is compared on the same day. */
static void put_person_time(struct vg_follow_up *out, const struct vg_cohort *cohort, size_t person, uint8_t vaccinated, int32_t from, int32_t to)
{
    if (from < to) {
        size_t at = out->n;
        put(out, cohort, person, vaccinated, UINT32_MAX, out->start, to);
        out->entry[at] = from - out->start;
    }
}

static void follow_person_time(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_follow_up *out)
{
    for (size_t i = 0; i < cohort->n; i++) {
        int32_t last = end_of(cohort, out->end, i), dose = cohort->vaccinated[i], day = protected_from(cohort, settings, out->end, i);
        int32_t start = out->start - 1; /* at risk on the first day too */
        if (last < out->start) {
            out->n_before++;
            continue;
        }
        put_person_time(out, cohort, i, 0, start, dose == VG_DATE_NONE || dose - 1 > last ? last : dose - 1);
        if (day != VG_DATE_NONE) {
            int32_t from = day - 1 < start ? start : day - 1;
            int32_t to = settings->at_days > 0 && last - day > settings->at_days ? day + settings->at_days : last;
            put_person_time(out, cohort, i, 1, from, to);
        }
    }
}

static vg_status follow_pairs(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_arena *arena, struct vg_follow_up *out,
                              struct vg_error *error)
{
    struct matching matching = {.cohort = cohort,
                                .never = settings->design == VG_COHORT_NEVER,
                                .seed = settings->seed,
                                .start = out->start,
                                .end = out->end,
                                .from = VG_ARENA_ARRAY(arena, int32_t, cohort->n + 1),
                                .last = VG_ARENA_ARRAY(arena, int32_t, cohort->n + 1),
                                .dose = cohort->vaccinated,
                                .partner = VG_ARENA_ARRAY(arena, size_t, cohort->n + 1)};
    if (arena->failed) {
        return vg_fail_memory(error, cohort->n * sizeof(size_t));
    }
    for (size_t i = 0; i < cohort->n; i++) {
        matching.from[i] = protected_from(cohort, settings, out->end, i);
        matching.last[i] = end_of(cohort, out->end, i);
        out->n_before += matching.last[i] < out->start ? 1 : 0;
    }
    vg_status status = match_pairs(&matching, arena, error);
    for (size_t i = 0; status == VG_OK && i < cohort->n; i++) {
        size_t partner = matching.partner[i];
        int32_t from = matching.from[i];
        if (!matching_eligible(&matching, i)) {
            continue;
        }
        out->n_eligible++;
        if (partner == SIZE_MAX) {
            out->n_unmatched++;
            continue;
        }
        int32_t first = until(cohort, settings, out->end, from, i), second = until(cohort, settings, out->end, from, partner),
                dose = cohort->vaccinated[partner];
        if (dose != VG_DATE_NONE && !matching.never && (dose - 1 < first || dose - 1 < second)) {
            /* The day of the partner's dose is no longer the unvaccinated's. */
            first = dose - 1 < first ? dose - 1 : first;
            second = dose - 1 < second ? dose - 1 : second;
            out->n_vaccinated_late++;
        }
        put(out, cohort, i, 1, (uint32_t)out->n_pairs, from, first);
        put(out, cohort, partner, 0, (uint32_t)out->n_pairs, from, second);
        out->n_pairs++;
    }
    return status;
}

vg_status vg_effectiveness_follow(const struct vg_cohort *cohort, const struct vg_cohort_settings *settings, struct vg_arena *arena, struct vg_follow_up *out,
                                  struct vg_error *error)
{
    *out = (struct vg_follow_up){.n = 0};
    if (settings->delay_days < 0 || settings->at_days < 0) {
        return vg_fail(error, VG_USAGE_ERROR, "days of delay and of follow-up are 0 or more");
    }
    vg_status status = settle(cohort, settings, out, error);
    if (status != VG_OK) {
        return status;
    }
    size_t capacity = 2 * cohort->n + 2;
    out->person = VG_ARENA_ARRAY(arena, size_t, capacity);
    out->pair = VG_ARENA_ARRAY(arena, uint32_t, capacity);
    out->vaccinated = VG_ARENA_ARRAY(arena, uint8_t, capacity);
    out->event = VG_ARENA_ARRAY(arena, uint8_t, capacity);
    out->exit = VG_ARENA_ARRAY(arena, double, capacity);
    out->entry = settings->design == VG_COHORT_PERSON_TIME ? VG_ARENA_ARRAY(arena, double, capacity) : NULL;
    if (arena->failed) {
        return vg_fail_memory(error, capacity * sizeof(double));
    }
    switch (settings->design) {
    case VG_COHORT_UNMATCHED:
        follow_unmatched(cohort, settings, out);
        break;
    case VG_COHORT_PERSON_TIME:
        follow_person_time(cohort, settings, out);
        break;
    case VG_COHORT_MATCHED:
    case VG_COHORT_NEVER:
        status = follow_pairs(cohort, settings, arena, out, error);
        break;
    }
    return status;
}

vg_status vg_effectiveness_pair_variance(const struct vg_cox_data *data, enum vg_ties ties, const struct vg_cox_fit *fit, const struct vg_follow_up *follow,
                                         size_t n_people, const size_t *origin, struct vg_arena *arena, double **variance, struct vg_error *error)
{
    size_t p = data->p, n = data->n;
    const size_t n_clusters[3] = {follow->n_pairs, n_people, follow->n};
    double *influence = NULL, *parts[3];
    uint32_t *cluster = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    *variance = fit->covariance;
    if (follow->n_pairs == 0) {
        return VG_OK;
    }
    vg_status status = cluster == NULL ? vg_fail_memory(error, n * sizeof *cluster) : vg_effectiveness_cox_influence(data, ties, fit, arena, &influence, error);
    for (size_t k = 0; status == VG_OK && k < 3; k++) {
        parts[k] = VG_ARENA_ARRAY(arena, double, p *p);
        for (size_t i = 0; i < n; i++) {
            size_t from = origin == NULL ? i : origin[i];
            cluster[i] = (uint32_t)(k == 0 ? follow->pair[from] : k == 1 ? follow->person[from] : from);
        }
        status = parts[k] == NULL ? vg_fail_memory(error, 0) : vg_effectiveness_clustered(influence, n, p, cluster, n_clusters[k], arena, parts[k], error);
    }
    for (size_t i = 0; status == VG_OK && i < p * p; i++) {
        parts[0][i] += parts[1][i] - parts[2][i];
    }
    bool positive = status == VG_OK;
    for (size_t j = 0; positive && j < p; j++) {
        positive = parts[0][j * p + j] > 0;
    }
    *variance = positive ? parts[0] : fit->covariance;
    return status;
}
