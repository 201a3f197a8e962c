/*
 * Private to exercise: genomes as differences from the invented reference. Positions count from 0 here, from 1 in tables.
 */
#ifndef VG_EXERCISE_GENOMES_H
#define VG_EXERCISE_GENOMES_H

#include "control/exercise/internal.h"

#define EXERCISE_EVENTS_MAX 512    /* changes on one edge: at a plausible clock rate a handful */

struct exercise_difference { uint32_t position; char letter; };
struct exercise_event { uint32_t position, shift; };                 /* the letter moves on by 1 to 3 in ACGT */
struct exercise_change { uint32_t position; char before, after; };

struct exercise_genomes {
    char *reference;
    size_t *first;                     /* [n_infections + 1]: differences of infection i when it began */
    struct exercise_difference *differences;
    size_t n_differences, capacity;
};
/* Called for every infection, infector first: what changed between the infector's beginning and this one's; differences: from the reference. */
typedef void exercise_edge(void *context, uint32_t infection, const struct exercise_change *changes, size_t n, size_t n_differences);
/* edge may be NULL. To be freed also after a failure. */
vg_status exercise_genomes_make(const struct vg_exercise *exercise, struct exercise_genomes *genomes, exercise_edge *edge, void *context, struct vg_error *error);
void exercise_genomes_free(struct exercise_genomes *genomes);

/*
 * Changes of one line of virus in a host from its infection until the end of a day. With several lines each changes by itself; which one is passed on, or sequenced, is
 * drawn for whoever takes it: the infection that it caused, or the host itself for a swab.
 */
size_t exercise_host_changes(const struct vg_exercise *exercise, uint32_t infection, int32_t until, uint32_t taker, struct exercise_event events[EXERCISE_EVENTS_MAX]);
/* One change of a sorted list, which has room for one more; a letter that is the reference's again leaves it. */
struct exercise_change exercise_apply(const char *reference, struct exercise_difference *list, size_t *n, uint32_t position, uint32_t shift);
void exercise_changes_cell(struct vg_table *table, const struct exercise_change *changes, size_t n); /* "A123C G5T" */

#endif
