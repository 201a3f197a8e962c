/*
 * Private to control: the parts of the example outbreak that its files share.
 */
#ifndef VG_CONTROL_EXAMPLE_INTERNAL_H
#define VG_CONTROL_EXAMPLE_INTERNAL_H

#include "control/control.h"

/* What a stream of random numbers is for; each use has its own so that one change does not move the others. */
enum { PURPOSE_PLACE = 101, PURPOSE_INFECTIONS, PURPOSE_IMPORTS, PURPOSE_FATE, PURPOSE_CASE, PURPOSE_FILE };

/* The file about the world: names, seats, contacts, Rt by day, age and severity. */
void vg_example_world_init(struct vg_example *example);
void vg_example_draw_habits(const struct vg_example *example, double habits[VG_EXAMPLE_MUNICIPALITIES]);
double vg_example_planned_rt(const struct vg_example *example, size_t municipality, double habit, int day);
double vg_example_hospital_share(int age_years);
double vg_example_intensive_share(int age_years);  /* of the admitted */
double vg_example_fatal_share(int age_years);      /* of the admitted */
int vg_example_draw_age(struct vg_random *random);
double vg_example_incubation_share(int days);

static inline size_t vg_example_at(size_t municipality, int day)
{
    return municipality * VG_EXAMPLE_DAYS + (size_t)day;
}

/* Turns infections into cases: fills example->onsets, cases, n_cases. */
vg_status vg_example_make_cases(struct vg_example *example, struct vg_pool *pool, struct vg_arena *arena, struct vg_error *error);

/* The case's number in the file; number is its index in report order. */
#define VG_EXAMPLE_ID_BYTES 24
void vg_example_case_id(size_t number, char out[VG_EXAMPLE_ID_BYTES]);

#endif
