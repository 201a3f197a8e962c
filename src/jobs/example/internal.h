/*
 * Private to the example: what was traced in it, as plain arrays between the exercise and the node's record.
 */
#ifndef VG_JOBS_EXAMPLE_INTERNAL_H
#define VG_JOBS_EXAMPLE_INTERNAL_H

#include "jobs/jobs_internal.h"

#define EXAMPLE_NOBODY UINT32_MAX

/* Whoever is a case or was named. Dates VG_DATE_NONE where unknown. */
struct example_person { uint32_t number; int32_t birth_year; bool female; const char *place; };
struct example_case { uint32_t person; int32_t onset, report; }; /* person: index */
struct example_contact { uint32_t source, person; int32_t day, listed; uint8_t layer; bool mutual; }; /* of whom source is a case; listed: the day of the interview; mutual: lived together */
struct example_traced {
    struct example_person *persons;
    struct example_case *cases;
    struct example_contact *contacts;
    size_t n_persons, n_cases, n_contacts;
    int32_t newest;                    /* date */
};
struct vg_exercise;
/* What interviews of one province's newest cases told, in the arena. */
vg_status example_interviews(const struct vg_exercise *exercise, int32_t newest, struct vg_arena *arena, struct example_traced *traced, struct vg_error *error);
/* Into the node's tracing. */
vg_status example_record(struct vg_store *store, const struct example_traced *traced, struct vg_error *error);
/* The genomes that were published by the day, with their tree. */
vg_status example_genomes(struct vg_store *store, const struct vg_exercise *exercise, int32_t newest, const struct vg_progress *progress, struct vg_error *error);

/* An invented stock ledger of the exercise's provinces, by its hospitals' patients until the day. */
vg_status example_stock(struct vg_store *store, int32_t newest, uint64_t seed, struct vg_error *error);
/* A plan of ventilators and oxygen between the exercise's provinces, made from its ledger and its hospitals' patients, and kept. Its ways are invented. */
#define EXAMPLE_CENSUS "vigia-exercise-census"
vg_status example_plan(struct vg_store *store, struct vg_error *error);

#endif
