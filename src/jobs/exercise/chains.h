/*
 * Private to the jobs of exercises: what is known on a day of cases, contacts and genomes, as arrays, and who infected whom in truth.
 */
#ifndef VG_EXERCISE_CHAINS_H
#define VG_EXERCISE_CHAINS_H

#include "jobs/exercise/scores.h"
#include "trace/chains/chains.h"

#define EXERCISE_NOBODY UINT32_MAX

/* The transmission tree, and the rows of the line list on it. Numbers are those in their names: I000000001 is 1, C0000001 is 1. */
struct exercise_lineage {
    uint32_t *infector;      /* [n_infections + 1] the infection that caused this one; EXERCISE_NOBODY: imported */
    uint32_t *infection;     /* [n_cases + 1] behind a row; EXERCISE_NOBODY: none, a false positive */
    uint32_t *seen_infected; /* [n_infections + 1] cases of the final list and the same province whose nearest ancestor among the final list it is */
    size_t n_infections, n_cases;
};
/* The ancestor of an infection, at most VG_CHAIN_GENERATIONS_MAX generations up, for which marks[infection] is not 0; EXERCISE_NOBODY: none. */
uint32_t exercise_ancestor(const struct exercise_lineage *lineage, const uint32_t *marks, uint32_t infection, unsigned *generations);
vg_status exercise_lineage_load(const struct exercise_folder *folder, const struct exercise_truth *truth, struct vg_arena *arena, struct exercise_lineage *lineage,
                                struct vg_error *error);

struct exercise_known_case { uint32_t number, place, province, reference; int32_t onset, report; }; /* place, province: indices of the truth; VG_DATE_NONE: not known */
struct exercise_named { uint32_t number, reference; };            /* a case named the person of a reference */
struct exercise_difference { uint32_t position, length; char letter; };
struct exercise_genome { uint32_t number, sequence, place; int32_t day; size_t first, n; }; /* of a case, as its label says, sampled on a day in a place (EXERCISE_NOBODY: none of the truth's); its differences from the reference */

/* What was published by the end of a day. */
struct exercise_known {
    struct exercise_known_case *cases;
    struct exercise_named *named;
    struct exercise_genome *genomes;
    struct exercise_difference *differences;
    size_t n_cases, n_named, n_genomes, n_differences, n_references;
    const char *reference;   /* sequence, [length] */
    size_t length;
    const char *disease;     /* NULL: no case yet */
};
vg_status exercise_known_load(const struct exercise_folder *folder, const struct exercise_truth *truth, int32_t day, struct vg_arena *arena, struct exercise_known *known,
                              struct vg_error *error);

/* Who infected whom, province by province, as of each day: rows "chains" (the sampler) and "chains_instant". */
vg_status exercise_judge_chains(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);

#endif
