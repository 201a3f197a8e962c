/*
 * Private to the jobs of exercises: what is true of the viruses that were sequenced.
 */
#ifndef VG_EXERCISE_GENOMES_TRUTH_H
#define VG_EXERCISE_GENOMES_TRUTH_H

#include "jobs/exercise/chains.h"

#define EXERCISE_LINEAGES_MAX 8

/* Numbers are those in the names: I000000001 is 1, S000001 is 1. */
struct exercise_virus {
    uint32_t *infector;      /* [n + 1] the infection that caused this one; EXERCISE_NOBODY: brought from elsewhere */
    uint32_t *place;         /* [n + 1] where who was infected lives; EXERCISE_NOBODY: not among the truth's places */
    uint32_t *caught;        /* [n + 1] where it happened: at school and at work there, else at home (of travel the truth does not say) */
    int32_t *day;            /* [n + 1] of the infection */
    uint8_t *lineage;        /* [n + 1] */
    size_t n;
    struct vg_text names[EXERCISE_LINEAGES_MAX], markers[EXERCISE_LINEAGES_MAX]; /* "G6712C T20595G" */
    size_t n_lineages;
    uint32_t *sampled;       /* [n_samples + 1] the infection behind a sequence; EXERCISE_NOBODY */
    size_t n_samples;
    double *swabs;           /* [(place * n_days + day of the swab) * n_lineages + lineage] of all rows of the list that an infection is behind, sequenced or not; upwards too */
    double changes_per_year; /* of a virus, on its way from host to host */
    int32_t root_date;       /* when all that came from elsewhere were one virus */
};
/* VG_NOT_FOUND: the exercise has no genomes. */
vg_status exercise_virus_load(const struct exercise_folder *folder, const struct exercise_truth *truth, struct vg_arena *arena, struct exercise_virus *virus,
                              struct vg_error *error);
/* The unit above a place that has none above it, or else the one below that: the country and the province of a municipality. */
uint32_t exercise_unit_of(const struct exercise_truth *truth, uint32_t place, bool country);
/* The infection with which the virus of another one came into the unit where that one lives: the first of an unbroken line of hosts who live there or caught it there. Who
 * lives across the border, catches it at work and gives it to colleagues has not brought it in. */
uint32_t exercise_introduced_by(const struct exercise_virus *virus, const struct exercise_truth *truth, uint32_t infection, bool country);

/* A virus at a time in a host; infection EXERCISE_NOBODY: where all are one. */
struct exercise_moment { uint32_t infection; int32_t day; };
/* The newest moment that is in the past of both. */
struct exercise_moment exercise_common(const struct exercise_virus *virus, struct exercise_moment a, struct exercise_moment b);

/* Lineages, introductions and clocks from the genomes that were published by each day: rows "lineage_calls", "lineage_shares", "lineage_counts", "introductions", "clock". */
vg_status exercise_judge_genomes(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores);

#endif
