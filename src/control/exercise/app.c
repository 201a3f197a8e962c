/*
 * The exposure app: who carries it, the keys that users found positive publish, and what the phones of others had noted of them.
 * Fields as in the exposure notification framework of Google and Apple (2020): a key a day, attenuation of the radio signal, minutes.
 */
#include "control/exercise/internal.h"

bool exercise_has_app(const struct vg_exercise *exercise, uint32_t person, int age_years)
{
    struct vg_random random = vg_random_stream(exercise->parameters.seed, person, 0, EXERCISE_APP);
    return age_years > 9 && exercise_chance(&random, exercise->parameters.app_uptake);
}
