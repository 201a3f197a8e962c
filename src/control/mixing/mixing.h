/*
 * mixing: who meets whom. Contact matrices are made reciprocal, moved to other age bands, scaled to a reproduction number, made from
 * published facts where nothing was measured, and fitted to what a simulator of persons can realise: rates between pairs of ages that share
 * a household, school or workplace, and the rest among anyone. Commuting between municipalities by gravity. docs/mixing.md has the equations.
 *
 * Conventions: contacts[i * n + j] is the mean number of persons of band j that one person of band i meets in a day; population[i] the
 * persons of band i. Reciprocal: population[i] contacts[i][j] = population[j] contacts[j][i]. Pure; deterministic.
 */
#ifndef VG_MIXING_H
#define VG_MIXING_H

#include "control/control.h"
#include "model/society/society.h"

/* ---------------------------------------------------------------- matrices */

/* Replaces each pair of cells by the mean of what both sides say (Funk et al. 2019; Wallinga et al. 2006). A band without people has no contacts. */
void vg_mixing_make_reciprocal(const double *population, size_t n_bands, double *contacts);
/* Largest |population[i] contacts[i][j] - population[j] contacts[j][i]| over the mean contacts of a row, in persons a day and person of the whole. */
double vg_mixing_reciprocity_gap(const double *population, size_t n_bands, const double *contacts);
/*
 * To other bands, for a population by single years: rows are means weighted by population, columns split by population. What is joined is
 * exact; a band that is split hands its mean to each part. Reciprocal matrices stay so. to must be valid; memory from arena.
 */
vg_status vg_mixing_regroup(const struct vg_contact_matrices *from, const struct vg_age_pyramid *pyramid, const struct vg_age_bands *to, struct vg_arena *arena,
                            struct vg_contact_matrices *out, struct vg_error *error) VG_MUST_USE;
/*
 * Iterative proportional fitting with reciprocity: of all matrices x_i kernel_ij x_j population_j, the one whose rows sum to totals (contacts a
 * day of a person). kernel is symmetric and not negative. Rows of zero total become zero. VG_DATA_ERROR where the kernel's zeros do not allow
 * the totals (to 1e-9 after 10,000 rounds).
 */
vg_status vg_mixing_balance(const double *kernel, const double *population, const double *totals, size_t n_bands, double *contacts, struct vg_error *error) VG_MUST_USE;
/* Largest eigenvalue of a matrix without negative cells, by power iteration, and its vector (sum 1), which may be NULL. n_bands up to VG_AGE_BANDS_MAX. */
double vg_mixing_dominant_eigenvalue(const double *matrix, size_t n_bands, double *vector);
/*
 * Scales to a reproduction number: transmission_ij = q contacts_ij infectiousness_j, q chosen so that diag(susceptibility) transmission has
 * the largest eigenvalue `reproduction_number`. susceptibility and infectiousness [n_bands] are relative; NULL: all 1. Returns q: infections that one contact a
 * day makes in the whole course of a person of infectiousness 1. NaN where nobody can be infected. transmission [n_bands * n_bands] is as theory.h's final size takes it; may be NULL.
 */
double vg_mixing_scale(const double *contacts, const double *susceptibility, const double *infectiousness, size_t n_bands, double reproduction_number, double *transmission);

/* ------------------------------------------------------------- the default */

/*
 * What is assumed where a country has no matrix: totals by setting of Mistry et al. 2021 (Nat Commun 12:323), given to those who live with others, attend
 * a school or work; attendance and employment by age as in Latin America; ages of household members from generations. The sources of each figure stand in docs/mixing.md.
 */
struct vg_mixing_assumptions {
    double home, school, work, other;   /* contacts a day of one who takes part: 4.11, 11.41, 8.07, 2.79 */
    double attendance[VG_AGE_YEARS];    /* share of an age who attend school as pupils or students */
    double employment[VG_AGE_YEARS];    /* share of an age who work */
    double pupils_per_teacher;          /* 20; teachers are of the employed */
    double parent_gap_years, parent_gap_sd_years;     /* 27.5, 6.5 */
    double leaving_home_years;          /* 26: half of an age live with their parents */
};
struct vg_mixing_assumptions vg_mixing_assumptions_default(void);
/* Reciprocal for the pyramid. Assumptions NULL: the default. Under 50 ms. */
vg_status vg_mixing_default(const struct vg_age_pyramid *pyramid, const struct vg_mixing_assumptions *assumptions, const struct vg_age_bands *bands, struct vg_arena *arena,
                            struct vg_contact_matrices *matrices, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------- what places offer */

/*
 * From persons to opportunities[i * n + j]: mean number of others of band j in the place of a person of band i, over all persons of band i
 * (those without a place count as having none). place[person] names the household, school or workplace: any number below n_places, VG_MIXING_NO_PLACE for
 * none. scaling: each other person of a place of n counts (n - 1)^-scaling: 0 as one, 1 so that all places offer one in all. population [n_bands] gets the persons
 * by band; may be NULL. Time: persons + sum over places of the square of the bands in them.
 */
#define VG_MIXING_NO_PLACE UINT32_MAX
vg_status vg_mixing_opportunities(const uint8_t *band, const uint32_t *place, size_t n_persons, size_t n_bands, size_t n_places, double scaling,
                                  double *opportunities, double *population, struct vg_error *error) VG_MUST_USE;
/* A home matrix in which all who live together meet alike: opportunities times the number that makes the mean of those who live with others `contacts_a_day`. */
void vg_mixing_home_of_households(const double *opportunities, const double *population, size_t n_bands, double contacts_a_day, double *home);

/* -------------------------------------------------------------------- fit */

struct vg_mixing_supply {
    const double *opportunities;        /* [n * n] as above; NULL: anybody may be met (the community) */
    double most_per_pair;               /* contacts a day that a pair may have at most; 0: no bound. 1 in the contact-exact mode */
    bool fixed;                         /* all who share a place meet alike (households): only one number is fitted, and ages follow from who lives with whom */
};
/*
 * What a simulator draws from, of one setting. Two ways of the same law:
 *   by pairs   two persons of bands i and j that share a place meet pair_rate[i][j] times a day (symmetric). Thinned: a person of band i in a place with m others
 *              has Poisson(m * row_rate[i]) candidates, each one of the m with equal chance, taken where a 32-bit draw is below accept[i][j].
 *   by bands   (community) a person of band i has Poisson(per_day[i]) contacts; the band of each is the first j for which a 32-bit draw is below threshold[i][j],
 *              or the last band; then anyone of that band.
 */
struct vg_mixing_layer {
    double *contacts;                   /* [n * n] realised */
    double *per_day;                    /* [n] row sums */
    double *target_age;                 /* [n * n] rows sum to 1; a row without contacts is the population's ages */
    uint32_t *threshold;                /* [n * n] target_age summed along the row, times 2^32 */
    double *pair_rate;                  /* [n * n]; of the community contacts / population: of two persons among all */
    double *row_rate;                   /* [n] largest pair_rate of the row */
    uint32_t *accept;                   /* [n * n] pair_rate / row_rate times 2^32, at most 2^32 - 1 */
    double moved;                       /* contacts a day and person that places do not allow, moved to the community */
    double weight;                      /* of a fixed layer: contacts a day = weight * opportunities; else NaN */
};
struct vg_mixing_fit {
    struct vg_age_bands bands;
    double *population;                 /* [n] */
    struct vg_mixing_layer layers[VG_SETTING_COUNT];
    double worst_gap;                   /* largest |realised - wanted| of a cell of the total, contacts a day */
    double gap;                         /* contacts a day and person in cells where more is realised than wanted: fixed layers only, else 0 */
};
/*
 * wanted is first made reciprocal for population. Cells that no place offers, and what exceeds most_per_pair, are moved to VG_SETTING_OTHER between the same ages,
 * so that the total stays as wanted. A fixed layer gets the weight with which its contacts are as many as wanted; where it has too many between two ages, these are
 * taken from the community, then work, then school; what even they lack stays as gap, which the weight is lowered to keep within 0.5 % of all contacts. VG_USAGE_ERROR: the community itself was given opportunities that do not allow it. Cost n^2.
 */
vg_status vg_mixing_fit(const struct vg_contact_matrices *wanted, const double *population, const struct vg_mixing_supply supply[VG_SETTING_COUNT], struct vg_arena *arena,
                        struct vg_mixing_fit *fit, struct vg_error *error) VG_MUST_USE;

/*
 * What the engine's population offers: households as they are (fixed, with that scaling), school and work among all who have the role, the community to anybody.
 * most_persons: how many are looked at, spread evenly over all; 0: everybody. About 2 microseconds each. population_by_age [n_ages] is exact and may be NULL.
 */
vg_status vg_mixing_supply_of_population(const struct vg_population *population, size_t n_ages, size_t n_municipalities, size_t most_persons, double household_scaling,
                                         struct vg_arena *arena, struct vg_mixing_supply supply[VG_SETTING_COUNT], double *population_by_age,
                                         struct vg_error *error) VG_MUST_USE;
/*
 * As the engine takes it (control.h, struct vg_contacts, one set): daily [VG_LAYERS * n * n]. travel_share of the community's contacts are made away from home, in the travel layer.
 * Home goes to the household layer, which the engine does not read: there it makes layer_weight times (n - 1)^-household_scaling contacts with each member, so
 * give the fit's home layer opportunities of that scaling, `fixed`, and its weight to layer_weight[VG_LAYER_HOUSEHOLD].
 */
void vg_mixing_engine_contacts(const struct vg_mixing_fit *fit, double travel_share, double *daily);

/* --------------------------------------------------------------- commuting */

enum vg_gravity_decay { VG_GRAVITY_EXPONENTIAL, VG_GRAVITY_POWER };
struct vg_gravity {
    enum vg_gravity_decay decay;
    double leaving_share;               /* of residents who go to another municipality where there is one within the limit; 0 .. 1 */
    double population_exponent;         /* of the destination */
    double scale_km;                    /* exponential: exp(-distance / scale_km) */
    double distance_exponent;           /* power: (distance + 1 km) ^ -distance_exponent */
    double limit_km;                    /* nothing beyond */
    size_t most_destinations;           /* the strongest are kept, and share what the others had */
};
/* Exponential, 0.2 leaving, exponent 0.64, 82 km, limit 300 km (Balcan et al. 2009, PNAS 106:21484), 32 destinations. */
struct vg_gravity vg_gravity_default(void);
double vg_distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b); /* great circle, radius 6371.0088 km */
/*
 * Municipalities without coordinates stay at home. Shares of a row are leaving_share times population^exponent decay(distance), normalised. The distance to a
 * municipality is to its point. Same result for any pool. Time: pairs within the limit's band of latitude.
 */
vg_status vg_commuting_gravity(const struct vg_municipality_list *municipalities, const struct vg_gravity *gravity, struct vg_pool *pool, struct vg_arena *arena,
                               struct vg_commuting *commuting, struct vg_error *error) VG_MUST_USE;
/*
 * From counted flows (persons, in any order; equal pairs are added; flows to the origin itself are left out of the rows but not of the total). total[i]: residents; a
 * row that leaves more than there are is VG_DATA_ERROR. n_municipalities and the indices are of one list.
 */
vg_status vg_commuting_from_flows(const uint32_t *origin, const uint32_t *destination, const double *persons, size_t n_flows, const double *total, size_t n_municipalities,
                                  struct vg_arena *arena, struct vg_commuting *commuting, struct vg_error *error) VG_MUST_USE;
/* As the engine takes it; points into commuting and the arena. */
vg_status vg_commuting_flows(const struct vg_commuting *commuting, struct vg_arena *arena, struct vg_flows *flows, struct vg_error *error) VG_MUST_USE;

#endif
