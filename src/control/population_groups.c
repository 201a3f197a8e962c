/*
 * Groups of people beside ages: thresholds that a hash of a person's number is held against, and how many times the mean contacts of their age its members have. Contacts are scaled so that those of an
 * age stay as they were in the mean: members have f times those of people in no group, and all together as many as before. Who is met is drawn in the same proportion (proportionate mixing), so that
 * meetings stay reciprocal: with shares p and factors c of mean 1 somebody of group g and age a meets C[a][b] c[a][g] c[b][h] p[b][h] of group h and age b.
 */
#include "control/population.h"

#include <string.h>

#define CONTACTS_MOST 100.0

uint32_t population_group(const struct vg_population *p, uint32_t person, uint32_t municipality, uint32_t age)
{
    if (p->n_groups == 0) {
        return 0;
    }
    const uint32_t *ends = p->group_ends + ((p->groups_by_place ? (size_t)municipality : 0) * p->n_ages + age) * p->n_groups;
    uint32_t draw = (uint32_t)(draw_of(p->seed ^ 0x67726F7570U, person) >> 32);
    uint32_t group = 0;
    while (group < p->n_groups && !draw_is(draw, ends[group])) {
        group++;
    }
    return group < p->n_groups ? group + 1 : 0;
}

static vg_status check_groups(const struct vg_population *p, size_t n_groups, const struct vg_group *groups, struct vg_error *error)
{
    if (n_groups > VG_GROUPS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "%zu groups are too many; at most %d are taken", n_groups, VG_GROUPS_MAX);
    }
    for (size_t i = 0; i < p->n_municipalities * p->n_ages; i++) {
        double sum = 0;
        for (size_t g = 0; g < n_groups; g++) {
            if (!(groups[g].share[i] >= 0 && groups[g].share[i] <= 1) || !(groups[g].contacts >= 0 && groups[g].contacts <= CONTACTS_MOST)) {
                return vg_fail(error, VG_USAGE_ERROR, "group %zu: a share of %g or contacts of %g times the usual are not allowed", g, groups[g].share[i], groups[g].contacts);
            }
            sum += groups[g].share[i];
        }
        if (sum > 1 + 1e-9) {
            return vg_fail(error, VG_USAGE_ERROR, "municipality %zu, age group %zu: groups have %g of the people, more than all", i / p->n_ages, i % p->n_ages, sum);
        }
    }
    return VG_OK;
}

static void lay_thresholds(struct vg_population *p, const struct vg_group *groups)
{
    size_t row = p->n_ages * p->n_groups;
    for (size_t i = 0; i < p->n_municipalities * p->n_ages; i++) {
        double sum = 0;
        for (size_t g = 0; g < p->n_groups; g++) {
            sum += groups[g].share[i];
            p->group_ends[i * p->n_groups + g] = threshold_of(sum);
        }
    }
    for (size_t m = 1; m < p->n_municipalities; m++) {
        p->groups_by_place = p->groups_by_place || memcmp(p->group_ends, p->group_ends + m * row, row * sizeof *p->group_ends) != 0;
    }
}

static void lay_means(struct vg_population *p, const struct vg_group *groups)
{
    for (uint32_t a = 0; a < p->n_ages; a++) {
        double people = 0;
        double members[VG_GROUPS_MAX + 1] = {0};
        double mean = 0;
        for (uint32_t m = 0; m < p->n_municipalities; m++) {
            double here = vg_population_count(p, m, a);
            people += here;
            for (size_t g = 0; g < p->n_groups; g++) {
                members[g + 1] += here * groups[g].share[m * p->n_ages + a];
            }
        }
        members[0] = people;
        for (size_t g = 1; g <= p->n_groups; g++) {
            members[0] -= members[g];
        }
        members[0] = members[0] > 0 ? members[0] : 0;
        for (size_t g = 0; g <= p->n_groups; g++) {
            p->group_share[g * p->n_ages + a] = people > 0 ? members[g] / people : g == 0 ? 1 : 0;
            mean += p->group_share[g * p->n_ages + a] * (g == 0 ? 1 : groups[g - 1].contacts);
        }
        for (size_t g = 0; g <= p->n_groups; g++) {
            p->group_contacts[g * p->n_ages + a] = mean > 0 ? (g == 0 ? 1 : groups[g - 1].contacts) / mean : 0; /* 0: nobody of the age meets anybody */
        }
    }
}

vg_status population_groups(struct vg_population *p, size_t n_groups, const struct vg_group *groups, struct vg_error *error)
{
    vg_status status = check_groups(p, n_groups, groups, error);
    if (status != VG_OK || n_groups == 0) {
        return status;
    }
    p->n_groups = n_groups;
    p->group_ends = VG_ARENA_ARRAY(&p->arena, uint32_t, p->n_municipalities * p->n_ages * n_groups);
    p->group_share = VG_ARENA_ARRAY(&p->arena, double, (n_groups + 1) * p->n_ages);
    p->group_contacts = VG_ARENA_ARRAY(&p->arena, double, (n_groups + 1) * p->n_ages);
    if (p->arena.failed) {
        return vg_fail_memory(error, p->n_municipalities * p->n_ages * n_groups * sizeof(uint32_t));
    }
    lay_thresholds(p, groups);
    lay_means(p, groups);
    return VG_OK;
}

size_t vg_population_groups(const struct vg_population *population)
{
    return population->n_groups;
}

double vg_population_group_expected(const struct vg_population *population, size_t group)
{
    double sum = 0;
    for (uint32_t m = 0; m < population->n_municipalities; m++) {
        for (uint32_t a = 0; a < population->n_ages; a++) {
            const uint32_t *ends = population->n_groups == 0 ? NULL : population->group_ends + ((population->groups_by_place ? (size_t)m : 0) * population->n_ages + a) * population->n_groups;
            double from = group < 2 || ends == NULL ? 0 : ends[group - 2];
            double to = group == 0 || ends == NULL ? CERTAIN - (ends == NULL ? 0.0 : ends[population->n_groups - 1]) : ends[group - 1];
            sum += vg_population_count(population, m, a) * ((to - from) / CERTAIN);
        }
    }
    return sum;
}
