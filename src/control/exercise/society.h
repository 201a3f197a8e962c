/*
 * Private to exercise: the society and the disease of the invented country, as the engine takes them.
 */
#ifndef VG_EXERCISE_SOCIETY_H
#define VG_EXERCISE_SOCIETY_H

#include "control/exercise/internal.h"

#define SOCIETY_AGES 9
#define SOCIETY_TYPES 240
#define SOCIETY_MUNICIPALITIES VG_EXAMPLE_MUNICIPALITIES

struct society {
    struct vg_example geography;       /* places, flows and the generation time are the example's */
    struct vg_exercise_place provinces[VG_EXAMPLE_PROVINCES], municipalities[SOCIETY_MUNICIPALITIES];
    char codes[VG_EXAMPLE_PROVINCES + SOCIETY_MUNICIPALITIES][16];
    uint32_t persons[SOCIETY_MUNICIPALITIES];
    double age_share[SOCIETY_MUNICIPALITIES * SOCIETY_AGES];
    struct vg_household_type types[SOCIETY_TYPES];
    uint32_t row[SOCIETY_MUNICIPALITIES + 1], destination[SOCIETY_MUNICIPALITIES * SOCIETY_MUNICIPALITIES];
    double commuting_share[SOCIETY_MUNICIPALITIES * SOCIETY_MUNICIPALITIES], travel_share[SOCIETY_MUNICIPALITIES * SOCIETY_MUNICIPALITIES];
    struct vg_flows commuting, travel;
    double daily[VG_LAYERS * SOCIETY_AGES * SOCIETY_AGES];
    struct vg_disease disease;
    double symptomatic[SOCIETY_AGES], ward[SOCIETY_AGES], icu[SOCIETY_AGES], death_home[SOCIETY_AGES], death_ward[SOCIETY_AGES], death_icu[SOCIETY_AGES];
    double susceptibility[SOCIETY_AGES];
};

/* Everything but disease.transmission. */
vg_status exercise_society(const struct vg_exercise_parameters *parameters, struct society *society, struct vg_error *error);
/* The input of the population; arrays are the society's. */
struct vg_population_input exercise_society_population(const struct vg_exercise_parameters *parameters, const struct society *society);

#endif
