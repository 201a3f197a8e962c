/*
 * course: from published figures about a disease and what protects from it (model/disease) to the parameters that the engine takes (control.h): figures by single
 * year become means of age groups, shares of infections become shares of those who reached the stage before, effects against every outcome become effects in turn,
 * figures at some days become curves that fall by half-lives. docs/mixing.md says what is assumed where nothing was measured. Pure.
 */
#ifndef VG_COURSE_H
#define VG_COURSE_H

#include "control/control.h"
#include "model/disease/disease.h"

struct vg_course_choice {
    struct vg_age_bands bands;               /* the engine's age groups; at most VG_AGES_MAX */
    const struct vg_age_pyramid *pyramid;    /* weights within bands */
    size_t n_variants;                       /* 1 .. VG_VARIANTS_MAX */
    const size_t *variants;                  /* [n_variants] in the facts; generation time and incubation are the first one's */
    size_t n_products;                       /* 0 .. VG_PRODUCTS_MAX */
    const size_t *products;                  /* [n_products] in the vaccines */
};
/*
 * Fills all of disease but transmission, layer weights (all 1) and household scaling (0), which depend on contacts. vaccines gives the products and, as product
 * "infection", what a former infection protects from; NULL: nothing protects, not even that. Arrays are of the arena. VG_USAGE_ERROR: the choice does not fit.
 */
vg_status vg_course_disease(const struct vg_disease_facts *facts, const struct vg_vaccines *vaccines, const struct vg_course_choice *choice, struct vg_arena *arena,
                            struct vg_disease *disease, struct vg_error *error) VG_MUST_USE;

/* Shares by day since infection, from day 1: gamma law of the generation time discretised as in Cori et al. 2013 (appendix 11), cut where 0.1 % is left. Returns their number, at most capacity. */
size_t vg_course_profile(struct vg_days_law generation_time, double *share, size_t capacity);
/*
 * The engine's form of protections at rising days: level where they do not fall, else a half-life towards 0 by least squares of the logarithms. From `delay_days`
 * on, which is the first day, at most 14.
 */
struct vg_protection vg_course_protection(const double *days, const double *protection, size_t n_points);
/*
 * Of infections that die, how many in intensive care, in a ward, at home: icu_fatality is taken where the total allows it. shares: of infections, admitted of
 * infections, in intensive care of admitted. death_icu of those there, death_ward of those in a ward only, death_home of the symptomatic never admitted.
 */
void vg_course_deaths(double symptomatic, double admitted, double icu, double fatality, double icu_fatality, double *death_icu, double *death_ward, double *death_home);

#endif
