/*
 * libFuzzer target: any bytes as a checkpoint of a small run that has everything (variants, doses, beds, tracing, a group). It is
 * refused with a message, or the run goes on for some days without harm. The closing hash is supplied, so that what it guards
 * is reached as well.
 */
#include "control/control.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define AGES 2

struct source {
    const uint8_t *data;
    size_t size, at;
    uint64_t hash;
};

static bool take(void *context, void *data, size_t size)
{
    struct source *source = context;
    if (source->at == source->size && size == sizeof source->hash) {
        memcpy(data, &source->hash, size);
        return true;
    }
    if (source->size - source->at < size) {
        return false;
    }
    memcpy(data, source->data + source->at, size);
    source->at += size;
    source->hash = vg_hash_bytes(data, size, source->hash);
    return true;
}

static void go_on(const struct vg_epidemic_input *input, const uint8_t *data, size_t size)
{
    struct vg_error error = {0};
    struct vg_epidemic *epidemic = NULL;
    struct source source = {data, size, 0, 0};
    VG_ASSERT(vg_epidemic_new(input, NULL, &epidemic, &error) == VG_OK);
    vg_status status = vg_epidemic_resume(epidemic, take, &source, &error);
    if (status == VG_OK) {
        status = vg_epidemic_advance(epidemic, 20, &error);
        VG_ASSERT(status == VG_OK || status == VG_LIMIT_EXCEEDED);
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_epidemic_free(epidemic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t from[AGES] = {0, 18}, priority[2 * AGES] = {0, 2, 0, 1};
    static const uint32_t persons[2] = {30, 30}, row[3] = {0, 1, 2}, there[2] = {1, 0}, doses[2] = {2, 2}, region[2] = {0, 0},
                          beds[1] = {1};
    static const double share[2] = {0.3, 0.3}, members[2 * AGES] = {0, 0.3, 0, 0.2}, profile[4] = {0.1, 0.4, 0.4, 0.1}, half[AGES] = {0.5, 0.5};
    static const struct vg_household_type types[2] = {{1, 3, {0, 1, 1}, {VG_ROLE_PUPIL, VG_ROLE_WORKER, VG_ROLE_SCHOOL_STAFF}},
                                                      {1, 1, {1}, {VG_ROLE_WORKER}}};
    const struct vg_flows flows = {row, there, share};
    double daily[VG_LAYERS * AGES * AGES];
    for (size_t i = 0; i < VG_LAYERS * AGES * AGES; i++) {
        daily[i] = 1;
    }
    const struct vg_group group = {members, 2};
    const struct vg_population_input tables = {.n_ages = AGES,
                                               .age_from = from,
                                               .n_municipalities = 2,
                                               .persons = persons,
                                               .n_types = 2,
                                               .types = types,
                                               .school_size = 5,
                                               .work_size = 5,
                                               .commuting = &flows,
                                               .travel = &flows,
                                               .n_groups = 1,
                                               .groups = &group};
    struct vg_disease disease = {.n_ages = AGES,
                                 .transmission = 0.5,
                                 .layer_weight = {1, 1, 1, 1, 1},
                                 .dispersion = 1,
                                 .asymptomatic_infectiousness = 0.5,
                                 .n_profile = 4,
                                 .profile = profile,
                                 .profile_first_day = 1,
                                 .incubation = {2, 1},
                                 .ward_stay = {4, 2},
                                 .icu_stay = {4, 2},
                                 .symptomatic = half,
                                 .ward = half,
                                 .icu = half,
                                 .death_home = half,
                                 .death_ward = half,
                                 .death_icu = half,
                                 .n_variants = 2,
                                 .natural_infection = {1, 0, 10, 0},
                                 .refractory_days = 6,
                                 .n_products = 1};
    for (size_t v = 0; v < 2; v++) {
        disease.variants[v] =
            (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {0.5, 0.5}, .vaccine_kept = 0.5};
    }
    const struct vg_import imports[2] = {{0, 40, 0, 1, 0}, {10, 40, 1, 1, 1}};
    const struct vg_intervention tracing = {.kind = VG_INTERVENTION_TRACING,
                                            .last_day = 4000,
                                            .compliance = 1,
                                            .sensitivity = 1,
                                            .household_share = 1,
                                            .traced_share = {0, 0.5, 0.5, 0.5, 0.5},
                                            .app_uptake = 0.5,
                                            .duration_days = 3,
                                            .contact_days = 3,
                                            .quarantine_days = 5};
    const struct vg_campaign campaign = {
        .last_day = 4000, .dose = 1, .priority = priority, .uptake = half, .doses_per_day = doses};
    struct vg_error error = {0};
    struct vg_population *population = NULL;
    VG_ASSERT(vg_population_new(&tables, NULL, &population, &error) == VG_OK);
    const struct vg_epidemic_input input = {.seed = 1,
                                            .population = population,
                                            .contacts = {.n_sets = 1, .daily = daily},
                                            .disease = &disease,
                                            .n_imports = 2,
                                            .imports = imports,
                                            .n_measures = 1,
                                            .measures = &tracing,
                                            .n_campaigns = 1,
                                            .campaigns = &campaign,
                                            .hospital = {1, region, beds, beds, 2, 2},
                                            .observation = {0.5, {1, 1}}};
    go_on(&input, data, size);
    vg_population_free(population);
    return 0;
}
