/*
 * Genomes along the tree of transmission.
 */
#include "control/exercise/internal.h"

void vg_exercise_reference(const struct vg_exercise_parameters *parameters, char *sequence)
{
    struct vg_random random = vg_random_stream(parameters->seed, 0, 0, EXERCISE_LETTERS);
    const size_t length = (size_t)parameters->genome_length;
    for (size_t i = 0; i < length; i++)
        sequence[i] = "ACGT"[vg_random_below(&random, 4)];
    sequence[length] = '\0';
}
