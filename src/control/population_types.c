/*
 * Household types by rule, for countries without a census sample at hand: sizes and roles are dealt out systematically (so
 * their shares are exact up to one), ages of adults come from the pyramid, partners are near in age, children are a generation
 * younger. Raking to a municipality's ages (population.c) mends what the rules get wrong.
 */
#include "control/population.h"

#define PARTNER_SHARE 0.75 /* of households of two or more: a partner rather than one parent alone */
#define CHILD_SHARE 0.8    /* of further members: child of the youngest adult rather than anybody */
#define ADULT_YEARS 18
#define GENERATION_YEARS 27 /* widest span above ADULT_YEARS between parent and child */

struct dealer {
    const struct vg_household_rules *rules;
    struct vg_random random;
    double pupil[VG_AGES_MAX], worker[VG_AGES_MAX], staff; /* what has been owed so far */
};

static unsigned group_of(const struct vg_household_rules *rules, int years)
{
    unsigned group = 0;
    while (group + 1 < rules->n_ages && rules->age_from[group + 1] <= years) {
        group++;
    }
    return group;
}

static int draw_years(struct dealer *dealer)
{
    const struct vg_household_rules *rules = dealer->rules;
    double total = 0;
    for (size_t a = 0; a < rules->n_ages; a++) {
        total += rules->age_share[a];
    }
    double u = vg_random_uniform(&dealer->random) * total;
    size_t group = 0;
    while (group + 1 < rules->n_ages && u >= rules->age_share[group]) {
        u -= rules->age_share[group];
        group++;
    }
    int from = rules->age_from[group];
    int width = group + 1 < rules->n_ages ? rules->age_from[group + 1] - from : 15;
    return from + (int)vg_random_below(&dealer->random, (uint32_t)width);
}

static int draw_adult(struct dealer *dealer)
{
    for (int i = 0; i < 1000; i++) {
        int years = draw_years(dealer);
        if (years >= ADULT_YEARS) {
            return years;
        }
    }
    return ADULT_YEARS;
}

static int draw_member(struct dealer *dealer, int youngest_adult)
{
    int years = youngest_adult - ADULT_YEARS - (int)vg_random_below(&dealer->random, GENERATION_YEARS);
    return years >= 0 && vg_random_uniform(&dealer->random) < CHILD_SHARE ? years : draw_years(dealer);
}

static bool owed(double *account, double share)
{
    *account += share;
    bool pay = *account >= 1;
    *account -= pay ? 1 : 0;
    return pay;
}

static uint8_t deal_role(struct dealer *dealer, unsigned group)
{
    if (owed(&dealer->pupil[group], dealer->rules->school_share[group])) {
        return VG_ROLE_PUPIL;
    }
    double rest = 1 - dealer->rules->school_share[group];
    if (rest > 0 && owed(&dealer->worker[group], dealer->rules->work_share[group] / rest)) {
        return owed(&dealer->staff, dealer->rules->staff_share) ? VG_ROLE_SCHOOL_STAFF : VG_ROLE_WORKER;
    }
    return VG_ROLE_HOME;
}

static vg_status check_rules(const struct vg_household_rules *rules, struct vg_error *error)
{
    if (rules->n_ages < 1 || rules->n_ages > VG_AGES_MAX || rules->n_sizes < 1 || rules->n_sizes > VG_HOUSEHOLD_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "household rules need 1 to %d age groups and 1 to %d sizes", VG_AGES_MAX,
                       VG_HOUSEHOLD_MAX);
    }
    double ages = 0;
    for (size_t a = 0; a < rules->n_ages; a++) {
        if (!(rules->age_share[a] >= 0) || !(rules->school_share[a] >= 0) || !(rules->work_share[a] >= 0) ||
            rules->school_share[a] + rules->work_share[a] > 1 + 1e-9) {
            return vg_fail(error, VG_USAGE_ERROR, "household rules: shares of age group %zu are not allowed", a);
        }
        ages += rules->age_share[a];
    }
    double sizes = 0;
    for (size_t i = 0; i < rules->n_sizes; i++) {
        if (!(rules->size_share[i] >= 0)) {
            return vg_fail(error, VG_USAGE_ERROR, "household rules: the share of size %zu is not allowed", i + 1);
        }
        sizes += rules->size_share[i];
    }
    return ages > 0 && sizes > 0 ? VG_OK
                                 : vg_fail(error, VG_USAGE_ERROR, "household rules: shares of ages or sizes are all zero");
}

vg_status vg_population_household_types(const struct vg_household_rules *rules, size_t n_types, struct vg_household_type *types,
                                        struct vg_error *error)
{
    vg_status status = check_rules(rules, error);
    if (status != VG_OK) {
        return status;
    }
    struct dealer dealer = {.rules = rules, .random = vg_random_stream(rules->seed, 0, 0, 0x686F7573U)};
    double sizes = 0;
    for (size_t i = 0; i < rules->n_sizes; i++) {
        sizes += rules->size_share[i];
    }
    for (size_t t = 0; t < n_types; t++) {
        double u = ((double)t + 0.5) / (double)n_types * sizes;
        size_t size = 0;
        while (size + 1 < rules->n_sizes && u >= rules->size_share[size]) {
            u -= rules->size_share[size++];
        }
        types[t] = (struct vg_household_type){.weight = 1, .size = (uint8_t)(size + 1)};
        int head = draw_adult(&dealer);
        int youngest = head;
        for (size_t i = 0; i < types[t].size; i++) {
            int years = head;
            if (i == 1 && vg_random_uniform(&dealer.random) < PARTNER_SHARE) {
                years = head - 4 + (int)vg_random_below(&dealer.random, 9);
                years = years < ADULT_YEARS ? ADULT_YEARS : years;
                youngest = years < youngest ? years : youngest;
            } else if (i > 0) {
                years = draw_member(&dealer, youngest);
            }
            types[t].age[i] = (uint8_t)group_of(rules, years);
            types[t].role[i] = deal_role(&dealer, types[t].age[i]);
        }
    }
    return VG_OK;
}
