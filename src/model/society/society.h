/*
 * society: who lives in a place and whom they meet. Age bands and pyramids, household sizes, municipalities, commuting, contact
 * matrices by setting. Read by intake, shipped by the program (data/control), used by control. No behaviour beyond naming, checking
 * and moving figures from one set of age bands to another.
 */
#ifndef VG_SOCIETY_H
#define VG_SOCIETY_H

#include "model/model.h"

/* ------------------------------------------------------------------- ages */

#define VG_AGE_YEARS 101               /* single years of age 0 .. 99, and 100 and over */
#define VG_AGE_BANDS_MAX VG_AGE_YEARS

/* Bands of age by their lowest year; the first is 0, the last is open above. */
struct vg_age_bands {
    size_t count;
    int lower_years[VG_AGE_BANDS_MAX];
};
/* Bands of `width` years up to the open one from `last` on: (5, 75) are the 16 bands of Prem et al. */
struct vg_age_bands vg_age_bands_regular(int width_years, int last_years);
bool vg_age_bands_equal(const struct vg_age_bands *a, const struct vg_age_bands *b);
/* Starts at 0, rises, ends at 100 at the latest. */
bool vg_age_bands_valid(const struct vg_age_bands *bands);
size_t vg_age_band_of(const struct vg_age_bands *bands, int age_years);
#define VG_AGE_BAND_TEXT_BYTES 16
size_t vg_age_band_print(const struct vg_age_bands *bands, size_t band, char out[VG_AGE_BAND_TEXT_BYTES]); /* "0-4", "75+"; NUL-terminated */
/*
 * "0-4", "0 to 4", "0_4", "X0_4", "[0,5)", "75+", "75 and over", "75 y más", "0-4 años", "5" (that year alone): *low, and *high the last year within (inclusive), or -1 where it is
 * open. False for anything else.
 */
bool vg_age_band_parse(struct vg_text text, int *low_years, int *high_years);

/* People by single year of age. */
struct vg_age_pyramid {
    double population[VG_AGE_YEARS];
};
/*
 * Within a band people are spread evenly; within an open last band below 100 each year of age holds 0.88 of the one before, about what
 * survival and growth make of the ages above 70 in most countries.
 */
void vg_age_pyramid_from_bands(const struct vg_age_bands *bands, const double *population, struct vg_age_pyramid *pyramid);
void vg_age_pyramid_group(const struct vg_age_pyramid *pyramid, const struct vg_age_bands *bands, double *population);
double vg_age_pyramid_total(const struct vg_age_pyramid *pyramid);

/* ------------------------------------------------------------- households */

#define VG_HOUSEHOLD_SIZE_MAX 24
struct vg_household_sizes {
    double share[VG_HOUSEHOLD_SIZE_MAX + 1]; /* [persons]: share of households, sums to 1; [0] is 0 */
    double mean;
};
/*
 * The law that the program assumes where only the mean is known: 1 + a negative binomial count of mean (mean - 1) and size 4, cut at
 * VG_HOUSEHOLD_SIZE_MAX with the mean kept. Held against the census of China 2020 (docs/mixing.md). mean 1 .. 12.
 */
bool vg_household_sizes_from_mean(double mean, struct vg_household_sizes *sizes);

/* ------------------------------------------------------------------ places */

struct vg_municipality {
    const char *code, *name;
    const char *parent;                 /* code of the unit above, or NULL */
    double population;
    double latitude, longitude;         /* degrees; NaN unknown */
    double mean_household_size;         /* NaN: the country's */
};
struct vg_municipality_list {
    struct vg_municipality *items;
    size_t count;
    struct vg_age_bands bands;          /* of age_share; count 0: no age shares given */
    double *age_share;                  /* [count * bands.count], rows sum to 1; a row of NaN: the country's; or NULL */
    struct vg_municipality *units;      /* [n_units] units above them that a table names, too: provinces, countries */
    size_t n_units;
};
/* By code, so that the order of a table's rows does not matter. False when out of memory. */
bool vg_municipality_sort(struct vg_municipality_list *list, struct vg_arena *arena);
const struct vg_municipality *vg_municipality_unit(const struct vg_municipality_list *list, const char *code); /* the unit of that code, or NULL; also of NULL */
/* Whether a municipality has the code, or lies in a unit that has it. */
bool vg_municipality_within(const struct vg_municipality_list *list, size_t municipality, const char *code);

/*
 * Where people go who do not stay at home: sparse rows. The residents of municipality i go to destination[k] with share[k], for k in
 * start[i] .. start[i + 1] - 1; what is left to 1 stays. Destinations of a row rise and do not hold i itself.
 */
struct vg_commuting {
    size_t n_municipalities;
    size_t *start;                      /* [n_municipalities + 1] */
    uint32_t *destination;
    double *share;
};

/* ----------------------------------------------------------------- contacts */

enum vg_setting { VG_SETTING_HOME, VG_SETTING_SCHOOL, VG_SETTING_WORK, VG_SETTING_OTHER, VG_SETTING_COUNT };
const char *vg_setting_name(enum vg_setting setting);                       /* "home", "school", "work", "other" */
bool vg_setting_from_name(struct vg_text name, enum vg_setting *setting);   /* also "household", "others", "community", ... */

/*
 * contacts[setting][participant * bands.count + contact]: mean number of people of band `contact` that one person of band `participant`
 * meets in a day in that setting. All four are there; a setting without contacts is all zero.
 */
struct vg_contact_matrices {
    struct vg_age_bands bands;
    double *contacts[VG_SETTING_COUNT];
};
/* Four matrices of zeros. False when out of memory. */
bool vg_contact_matrices_new(const struct vg_age_bands *bands, struct vg_arena *arena, struct vg_contact_matrices *matrices);
/* Their sum, [count * count]. */
void vg_contact_matrices_total(const struct vg_contact_matrices *matrices, double *total);

/* ------------------------------------------------------------ shipped facts */

/* United Nations, World Population Prospects 2019, 1 July 2020; country: ISO 3166-1 alpha-2. VG_NOT_FOUND names how to give one's own. */
vg_status vg_country_age_pyramid(struct vg_text country, struct vg_age_pyramid *pyramid, struct vg_error *error) VG_MUST_USE;
struct vg_household_fact {
    double mean;
    struct vg_text source, note;
};
vg_status vg_country_household_size(struct vg_text country, struct vg_household_fact *fact, struct vg_error *error) VG_MUST_USE;

#endif
