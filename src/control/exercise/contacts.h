/*
 * Private to exercise: contacts as they took place, and interviews of cases.
 */
#ifndef VG_EXERCISE_CONTACTS_H
#define VG_EXERCISE_CONTACTS_H

#include "control/exercise/internal.h"

/* Whom a person met on a day, measures in force; symmetric. Returns how many are in met. */
size_t exercise_met(const struct vg_exercise *exercise, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity);
struct exercise_closeness { int32_t minutes; bool near; };
struct exercise_closeness exercise_closeness(const struct vg_exercise *exercise, uint32_t a, uint32_t b, int32_t day, unsigned layer); /* same for b and a */

struct exercise_interview { uint32_t case_index; int32_t day; bool refused; };
/* In the order of cases. The caller frees *interviews, also after a failure. */
vg_status exercise_interviews(const struct vg_exercise *exercise, struct exercise_interview **interviews, size_t *n, struct vg_error *error);

#endif
