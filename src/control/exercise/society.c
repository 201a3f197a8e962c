/*
 * The people of the invented country and the disease that meets them. Ages, household sizes, schooling and work in the proportions of
 * Latin America; contacts by setting after Mistry et al. 2021 (Nat Commun 12:323: 11.4 a pupil, 8.1 a worker, 2.8 among anyone);
 * course by age after Kerr et al. 2021 (Covasim), fatality after O'Driscoll et al. 2021 (Nature 590:140). docs/exercise.md has the table.
 */
#include "control/exercise/society.h"
#include "control/example_internal.h"

#include <math.h>
#include <string.h>

static const uint8_t age_from[SOCIETY_AGES] = {0, 10, 20, 30, 40, 50, 60, 70, 80};
static const double pyramid[SOCIETY_AGES] = {0.155, 0.165, 0.168, 0.152, 0.130, 0.105, 0.073, 0.037, 0.015};
static const double school_share[SOCIETY_AGES] = {0.60, 0.85, 0.10, 0, 0, 0, 0, 0, 0};
static const double work_share[SOCIETY_AGES] = {0, 0.10, 0.60, 0.72, 0.72, 0.62, 0.30, 0.08, 0};
static const double size_share[] = {0.14, 0.19, 0.21, 0.20, 0.13, 0.07, 0.04, 0.02};

static void copy_places(const struct vg_exercise_parameters *parameters, struct society *society)
{
    struct vg_example *geography = &society->geography;
    double total = 0, scale;
    *geography = (struct vg_example){.options = {.seed = parameters->seed, .scale = 1}};
    vg_example_world_init(geography);
    for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++)
        total += geography->municipalities[m].population;
    scale = parameters->persons / total;
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++) {
        const struct vg_example_place *from = &geography->provinces[p];
        (void)snprintf(society->codes[p], sizeof society->codes[p], VG_EXAMPLE_COUNTRY "-%s", from->code);
        society->provinces[p] = (struct vg_exercise_place){society->codes[p], from->name, 0, 0, from->latitude, from->longitude};
    }
    for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++) {
        const struct vg_example_place *from = &geography->municipalities[m];
        char *code = society->codes[VG_EXAMPLE_PROVINCES + m];
        (void)snprintf(code, sizeof society->codes[0], VG_EXAMPLE_COUNTRY "-%s", from->code);
        society->persons[m] = (uint32_t)fmax(floor(from->population * scale + 0.5), 40);
        society->municipalities[m] = (struct vg_exercise_place){code, from->name, geography->province_of[m], society->persons[m], from->latitude, from->longitude};
        society->provinces[geography->province_of[m]].population += society->persons[m];
        memcpy(society->age_share + m * SOCIETY_AGES, pyramid, sizeof pyramid);
    }
}

/* The example's symmetric flows of contacts: of workers twice their share goes away, of journeys all. */
static void make_flows(struct society *society)
{
    uint32_t n = 0;
    for (size_t m = 0; m < SOCIETY_MUNICIPALITIES; m++) {
        const double *flow = society->geography.flow + m * SOCIETY_MUNICIPALITIES;
        double away = society->geography.municipalities[m].population - flow[m];
        society->row[m] = n;
        for (size_t other = 0; other < SOCIETY_MUNICIPALITIES; other++) {
            if (other == m || flow[other] <= 0)
                continue;
            society->destination[n] = (uint32_t)other;
            society->commuting_share[n] = 2 * flow[other] / society->geography.municipalities[m].population;
            society->travel_share[n++] = flow[other] / away;
        }
    }
    society->row[SOCIETY_MUNICIPALITIES] = n;
    society->commuting = (struct vg_flows){society->row, society->destination, society->commuting_share};
    society->travel = (struct vg_flows){society->row, society->destination, society->travel_share};
}

/* Reciprocal by its form, a symmetric part times the share of the age met; scaled to the layer's mean contacts of all people. */
static void make_contacts(struct society *society)
{
    static const double mean[VG_LAYERS] = {0, 2.9, 3.4, 2.5, 0.3};
    static const double reach_bands[VG_LAYERS] = {1, 0.5, 2.5, 2, 2};
    const size_t n = SOCIETY_AGES;
    for (size_t layer = VG_LAYER_SCHOOL; layer <= VG_LAYER_TRAVEL; layer++) {
        double *daily = society->daily + layer * n * n, total = 0;
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                double both = layer == VG_LAYER_SCHOOL ? (school_share[a] + 0.06 * work_share[a]) * (school_share[b] + 0.06 * work_share[b])
                              : layer == VG_LAYER_WORK ? work_share[a] * work_share[b]
                                                       : 1;
                double apart = (double)a - (double)b;
                daily[a * n + b] = both * exp(-fabs(apart) / reach_bands[layer]) * pyramid[b];
                total += pyramid[a] * daily[a * n + b];
            }
        }
        for (size_t cell = 0; cell < n * n; cell++)
            daily[cell] *= mean[layer] / total;
    }
}

static void make_course(struct society *society)
{
    static const double symptomatic[SOCIETY_AGES] = {0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90};
    static const double severe[SOCIETY_AGES] = {0.0005, 0.00165, 0.0072, 0.0208, 0.0343, 0.0765, 0.1328, 0.2066, 0.2457}; /* of the infected */
    static const double icu[SOCIETY_AGES] = {0.06, 0.05, 0.06, 0.08, 0.12, 0.18, 0.25, 0.25, 0.18};                       /* of the severe */
    static const double fatal[SOCIETY_AGES] = {0.00002, 0.00002, 0.0001, 0.00032, 0.00098, 0.00265, 0.00766, 0.0244, 0.0829}; /* of the infected */
    static const double susceptibility[SOCIETY_AGES] = {0.5, 0.75, 1, 1, 1, 1, 1.1, 1.2, 1.2};
    for (size_t a = 0; a < SOCIETY_AGES; a++) {
        double in_hospital = 0.9 * fatal[a] / severe[a];
        society->symptomatic[a] = symptomatic[a];
        society->ward[a] = severe[a] / symptomatic[a];
        society->icu[a] = icu[a];
        /* In intensive care death is 2.5 times as likely as in the ward, the mean of both being what the fatality says. */
        society->death_ward[a] = fmin(in_hospital / (1 + 1.5 * icu[a]), 0.9);
        society->death_icu[a] = fmin(2.5 * society->death_ward[a], 0.95);
        society->death_home[a] = 0.1 * fatal[a] / (symptomatic[a] - severe[a]);
        society->susceptibility[a] = susceptibility[a];
    }
}

static void make_disease(const struct vg_exercise_parameters *parameters, struct society *society)
{
    struct vg_disease *disease = &society->disease;
    make_course(society);
    *disease = (struct vg_disease){.n_ages = SOCIETY_AGES, .layer_weight = {1.3, 0.7, 1, 1, 1}, .household_scaling = 0.5, .dispersion = parameters->dispersion,
                                   .asymptomatic_infectiousness = 0.6, .susceptibility = society->susceptibility, .n_profile = VG_EXAMPLE_GENERATION_DAYS - 1,
                                   .profile = society->geography.generation + 1, .profile_first_day = 1,
                                   .incubation = {VG_EXAMPLE_INCUBATION_MEAN_DAYS, VG_EXAMPLE_INCUBATION_SD_DAYS}, .onset_to_admission = {5.1, 3}, .admission_to_icu = {2, 2},
                                   .ward_stay = {8.75, 6}, .icu_stay = {12, 8}, .ward_to_death = {9, 6}, .icu_to_death = {11, 8}, .onset_to_death = {14, 7},
                                   .symptomatic = society->symptomatic, .ward = society->ward, .icu = society->icu, .death_home = society->death_home,
                                   .death_ward = society->death_ward, .death_icu = society->death_icu, .n_variants = 2, .natural_infection = {0.95, 0.6, 180, 0},
                                   .natural_disease = {0.5, 0.5, 0, 0}, .natural_severe = {0.7, 0.7, 0, 0}, .refractory_days = 60};
    double kept = 1 - parameters->variant_escape, delay = parameters->vaccine_delay;
    disease->n_products = 1;
    disease->products[0].infection[0] = (struct vg_protection){parameters->vaccine_infection, 0, 200, delay};
    disease->products[0].disease[0] = (struct vg_protection){parameters->vaccine_disease, parameters->vaccine_disease, 0, delay};
    disease->products[0].severe[0] = (struct vg_protection){parameters->vaccine_severe, parameters->vaccine_severe, 0, delay};
    disease->variants[0] = (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, 1}, .vaccine_kept = 1};
    disease->variants[1] = (struct vg_variant){.transmissibility = parameters->variant_transmissibility, .severity = 1, .immunity_from = {kept, 1}, .vaccine_kept = kept};
}

vg_status exercise_society(const struct vg_exercise_parameters *parameters, struct society *society, struct vg_error *error)
{
    const struct vg_household_rules rules = {.seed = parameters->seed, .n_ages = SOCIETY_AGES, .age_from = age_from, .age_share = pyramid, .school_share = school_share,
                                             .work_share = work_share, .staff_share = 0.06, .n_sizes = sizeof size_share / sizeof *size_share, .size_share = size_share};
    memset(society, 0, sizeof *society);
    copy_places(parameters, society);
    make_flows(society);
    make_contacts(society);
    make_disease(parameters, society);
    return vg_population_household_types(&rules, SOCIETY_TYPES, society->types, error);
}

struct vg_population_input exercise_society_population(const struct vg_exercise_parameters *parameters, const struct society *society)
{
    return (struct vg_population_input){.seed = parameters->seed, .n_ages = SOCIETY_AGES, .age_from = age_from, .n_municipalities = SOCIETY_MUNICIPALITIES,
                                        .persons = society->persons, .age_share = society->age_share, .n_types = SOCIETY_TYPES, .types = society->types,
                                        .school_size = 25, .work_size = 15, .commuting = &society->commuting, .travel = &society->travel};
}
