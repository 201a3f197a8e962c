/*
 * Private to effectiveness: pairs of one protected on a day and one not yet vaccinated on it.
 */
#ifndef VG_EFFECTIVENESS_MATCHING_H
#define VG_EFFECTIVENESS_MATCHING_H

#include "control/effectiveness/internal.h"

struct matching {
    const struct vg_cohort *cohort;
    bool never;              /* partners only among those who are never protected */
    uint64_t seed;
    int32_t start, end;
    int32_t *from, *last;    /* [n] first day as protected, or none; last day seen */
    const int32_t *dose;
    size_t *partner;         /* [n] out: SIZE_MAX none */
};
/* Whether this person asks for a partner: protected within the study, with a day of follow-up at least. */
static inline bool matching_eligible(const struct matching *matching, size_t i)
{
    return matching->from[i] != VG_DATE_NONE && matching->from[i] >= matching->start && matching->from[i] < matching->last[i];
}
vg_status match_pairs(struct matching *matching, struct vg_arena *arena, struct vg_error *error);

#endif
