/*
 * Between mixing and the engine: what its population offers to meet, and contacts and commuting in its arrays.
 */
#include "control/mixing/mixing.h"

#include <math.h>
#include <string.h>

struct sample {
    double *household;                 /* [n * n] co-members counted from persons looked at */
    double looked[VG_AGES_MAX], roles[VG_AGES_MAX][2]; /* by age: persons, those in school and at work */
};

static void look_at(const struct vg_population *population, uint32_t person, size_t n_ages, double scaling, struct sample *sample)
{
    struct vg_person self = vg_population_person(population, person, 0);
    double each = self.household_size > 1 ? pow((double)(self.household_size - 1), -scaling) : 0.0;
    sample->looked[self.age_group] += 1.0;
    sample->roles[self.age_group][0] += self.place[VG_LAYER_SCHOOL] != UINT32_MAX && self.pool[VG_LAYER_SCHOOL] != UINT32_MAX ? 1.0 : 0.0;
    sample->roles[self.age_group][1] += self.pool[VG_LAYER_WORK] != UINT32_MAX ? 1.0 : 0.0;
    for (uint32_t other = self.household; other < self.household + self.household_size; other++) {
        if (other != person) {
            sample->household[self.age_group * n_ages + vg_population_person(population, other, 0).age_group] += each;
        }
    }
}

static void people_by_age(const struct vg_population *population, size_t n_ages, size_t n_municipalities, double *people)
{
    for (size_t age = 0; age < n_ages; age++) {
        people[age] = 0.0;
        for (size_t m = 0; m < n_municipalities; m++) {
            people[age] += vg_population_count(population, (uint32_t)m, (uint32_t)age);
        }
    }
}

vg_status vg_mixing_supply_of_population(const struct vg_population *population, size_t n_ages, size_t n_municipalities, size_t most_persons, double household_scaling,
                                         struct vg_arena *arena, struct vg_mixing_supply supply[VG_SETTING_COUNT], double *population_by_age,
                                         struct vg_error *error)
{
    double people[VG_AGES_MAX];
    size_t n_persons = vg_population_size(population), n_cells = n_ages * n_ages;
    size_t n_looked = most_persons == 0 || most_persons > n_persons ? n_persons : most_persons;
    VG_ASSERT(n_ages > 0 && n_ages <= VG_AGES_MAX);
    double *offers[3] = {VG_ARENA_ARRAY(arena, double, n_cells), VG_ARENA_ARRAY(arena, double, n_cells), VG_ARENA_ARRAY(arena, double, n_cells)};
    if (arena->failed) {
        return vg_fail_memory(error, n_cells * sizeof(double));
    }
    struct sample sample = {.household = offers[0]};
    for (size_t k = 0; k < n_looked; k++) {
        look_at(population, (uint32_t)((double)k * ((double)n_persons / (double)n_looked)), n_ages, household_scaling, &sample);
    }
    people_by_age(population, n_ages, n_municipalities, people);
    for (size_t a = 0; a < n_ages; a++) {
        for (size_t b = 0; b < n_ages; b++) {
            offers[0][a * n_ages + b] = sample.looked[a] > 0.0 ? offers[0][a * n_ages + b] / sample.looked[a] : 0.0;
            for (size_t role = 0; role < 2; role++) {
                double own = sample.looked[a] > 0.0 ? sample.roles[a][role] / sample.looked[a] : 0.0, theirs = sample.looked[b] > 0.0 ? sample.roles[b][role] / sample.looked[b] : 0.0;
                offers[1 + role][a * n_ages + b] = own * theirs * people[b];
            }
        }
    }
    vg_mixing_make_reciprocal(people, n_ages, offers[0]); /* a sample's two sides differ by chance */
    supply[VG_SETTING_HOME] = (struct vg_mixing_supply){.opportunities = offers[0], .fixed = true};
    supply[VG_SETTING_SCHOOL] = (struct vg_mixing_supply){.opportunities = offers[1]};
    supply[VG_SETTING_WORK] = (struct vg_mixing_supply){.opportunities = offers[2]};
    supply[VG_SETTING_OTHER] = (struct vg_mixing_supply){.opportunities = NULL};
    if (population_by_age != NULL) {
        memcpy(population_by_age, people, n_ages * sizeof *people);
    }
    return VG_OK;
}

void vg_mixing_engine_contacts(const struct vg_mixing_fit *fit, double travel_share, double *daily)
{
    size_t n_cells = fit->bands.count * fit->bands.count;
    memset(daily, 0, VG_LAYERS * n_cells * sizeof *daily);
    memcpy(daily + VG_LAYER_HOUSEHOLD * n_cells, fit->layers[VG_SETTING_HOME].contacts, n_cells * sizeof *daily);
    memcpy(daily + VG_LAYER_SCHOOL * n_cells, fit->layers[VG_SETTING_SCHOOL].contacts, n_cells * sizeof *daily);
    memcpy(daily + VG_LAYER_WORK * n_cells, fit->layers[VG_SETTING_WORK].contacts, n_cells * sizeof *daily);
    for (size_t cell = 0; cell < n_cells; cell++) {
        double other = fit->layers[VG_SETTING_OTHER].contacts[cell];
        daily[VG_LAYER_TRAVEL * n_cells + cell] = travel_share * other;
        daily[VG_LAYER_COMMUNITY * n_cells + cell] = other - travel_share * other;
    }
}

vg_status vg_commuting_flows(const struct vg_commuting *commuting, struct vg_arena *arena, struct vg_flows *flows, struct vg_error *error)
{
    uint32_t *row = VG_ARENA_ARRAY(arena, uint32_t, commuting->n_municipalities + 1);
    if (row == NULL) {
        return vg_fail_memory(error, commuting->n_municipalities * sizeof *row);
    }
    for (size_t i = 0; i <= commuting->n_municipalities; i++) {
        if (commuting->start[i] > UINT32_MAX) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "commuting has more than %u ways from one municipality to another", UINT32_MAX);
        }
        row[i] = (uint32_t)commuting->start[i];
    }
    *flows = (struct vg_flows){.row = row, .destination = commuting->destination, .share = commuting->share};
    return VG_OK;
}
