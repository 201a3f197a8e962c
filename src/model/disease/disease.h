/*
 * disease: the course of a disease and what protects from it, as tables of published figures: one line a figure with its source
 * (data/control/natural_history.csv, cross_immunity.csv, vaccines.csv, vaccine_products.csv). The program ships some; a node may give its own in the same form.
 * Here they are checked and put into structs; control makes a simulation's parameters of them. docs/mixing.md names the columns.
 */
#ifndef VG_DISEASE_H
#define VG_DISEASE_H

#include "model/society/society.h"

/* ------------------------------------------------------- natural history */

struct vg_days_law { double mean, sd; };                /* NaN: not known */

/* What is not known is NaN. Shares are 0 .. 1; by single year of age. */
struct vg_course {
    char disease[64];                                   /* "covid19"; variants are of its family: "covid19_delta" */
    double reproduction_number, dispersion_k;
    struct vg_days_law generation_time, incubation;
    struct vg_days_law onset_to_admission, admission_to_icu, ward_stay, icu_stay, ward_to_death, icu_to_death, onset_to_death;
    double asymptomatic_infectiousness;                 /* relative to symptomatic */
    double icu_fatality;                                /* of those in intensive care */
    double season_amplitude, season_peak_day;
    double susceptibility[VG_AGE_YEARS];                /* relative; 1 where nothing is known */
    double infectiousness[VG_AGE_YEARS];                /* relative; 1 where nothing is known */
    double symptomatic_share[VG_AGE_YEARS];             /* of infections */
    double admission_share[VG_AGE_YEARS];               /* of infections */
    double icu_share[VG_AGE_YEARS];                     /* of admissions */
    double fatality[VG_AGE_YEARS];                      /* of infections */
};

#define VG_DISEASE_VARIANTS_MAX 12
struct vg_variant_facts {
    char name[64];
    double relative_transmissibility, relative_admission, relative_fatality; /* to the disease's first form; ratios of odds or risks as the note says */
    struct vg_days_law generation_time, incubation;     /* its own, its family's, or the disease's */
    double kept[VG_DISEASE_VARIANTS_MAX];               /* share of natural protection against itself that is kept against this variant after an infection with variant j */
};
struct vg_disease_facts {
    struct vg_course course;
    size_t n_variants;                                  /* the first is the disease itself */
    struct vg_variant_facts variants[VG_DISEASE_VARIANTS_MAX];
};

/*
 * A table being read, line by line, from the program's own bytes or a user's file. Lines of other diseases are passed over. finish checks that ages are
 * covered and that nothing is missing which a simulation needs. Every error names column, what was found and what is expected; the caller adds file and line.
 */
struct vg_course_row { struct vg_text disease, parameter, ages, value, low, high, source; };
struct vg_cross_row { struct vg_text immune_by, against, kept, source; };
#define VG_COURSE_PARAMETERS 40
struct vg_disease_builder {
    char wanted[64];
    struct vg_disease_facts facts;
    bool age_seen[VG_COURSE_PARAMETERS][VG_AGE_YEARS];
    bool kept_seen[VG_DISEASE_VARIANTS_MAX][VG_DISEASE_VARIANTS_MAX];
    bool variant_seen[VG_DISEASE_VARIANTS_MAX][VG_COURSE_PARAMETERS];
};
/* disease: by any of its names; only itself and the variants named are kept; NULL: all its variants that the table has. */
vg_status vg_disease_builder_start(struct vg_disease_builder *builder, struct vg_text disease, struct vg_error *error) VG_MUST_USE;
vg_status vg_disease_builder_course(struct vg_disease_builder *builder, const struct vg_course_row *row, struct vg_error *error) VG_MUST_USE;
vg_status vg_disease_builder_cross(struct vg_disease_builder *builder, const struct vg_cross_row *row, struct vg_error *error) VG_MUST_USE; /* after all course lines */
/* Generation time, incubation, reproduction number and dispersion that the table lacks are taken from the program's epidemiological parameters. */
vg_status vg_disease_builder_finish(struct vg_disease_builder *builder, struct vg_disease_facts *facts, struct vg_error *error) VG_MUST_USE;
/* All of it from what the program ships. VG_NOT_FOUND names the diseases that there are. */
vg_status vg_disease_shipped(struct vg_text disease, struct vg_disease_facts *facts, struct vg_error *error) VG_MUST_USE;
/* Index of a variant by name ("delta", "covid19_delta"), or VG_DISEASE_VARIANTS_MAX. */
size_t vg_disease_variant(const struct vg_disease_facts *facts, struct vg_text name);

/* ------------------------------------------------------------ protection */

/* Infection: of any kind. Disease: with symptoms. Severe: with admission. Each against not being protected at all, as studies report. */
enum vg_protection_kind { VG_AGAINST_INFECTION, VG_AGAINST_DISEASE, VG_AGAINST_SEVERE, VG_AGAINST_DEATH, VG_AGAINST_COUNT };
const char *vg_protection_kind_name(enum vg_protection_kind kind);

#define VG_PROTECTION_POINTS_MAX 12
/* Protection measured so many days after a dose; between points straight lines, before the first and after the last the nearest. */
struct vg_protection_curve {
    char disease[64];                                   /* or variant */
    uint8_t product, dose, kind;                        /* index in products; dose from 1; enum vg_protection_kind */
    size_t n_points;
    double days[VG_PROTECTION_POINTS_MAX], protection[VG_PROTECTION_POINTS_MAX];
};
#define VG_VACCINE_PRODUCTS_MAX 32
#define VG_VACCINE_INFECTION "infection"                /* the product that stands for a former infection */
struct vg_vaccine_facts { char name[32], title[96], platform[32]; int doses, interval_days; };
struct vg_vaccines {
    struct vg_arena *arena;                             /* of curves */
    size_t n_products, n_curves, curve_capacity;
    struct vg_vaccine_facts products[VG_VACCINE_PRODUCTS_MAX];
    struct vg_protection_curve *curves;
};
struct vg_product_row { struct vg_text product, title, platform, doses, interval_days; };
struct vg_vaccine_row { struct vg_text product, dose, disease, against, days, protection, low, high, source; };
void vg_vaccines_start(struct vg_vaccines *vaccines, struct vg_arena *arena);
vg_status vg_vaccines_add_product(struct vg_vaccines *vaccines, const struct vg_product_row *row, struct vg_error *error) VG_MUST_USE;
vg_status vg_vaccines_add(struct vg_vaccines *vaccines, const struct vg_vaccine_row *row, struct vg_error *error) VG_MUST_USE; /* days rise within a curve */
vg_status vg_vaccines_shipped(struct vg_arena *arena, struct vg_vaccines *vaccines, struct vg_error *error) VG_MUST_USE;
size_t vg_vaccines_product(const struct vg_vaccines *vaccines, struct vg_text name); /* or VG_VACCINE_PRODUCTS_MAX */
/*
 * The curve for that variant, else for its family (covid19_omicron_ba5: covid19_omicron, covid19), else of the nearest lower dose, else NULL: nothing is known.
 * Nothing is borrowed between outcomes: no figure against death does not mean no protection.
 */
const struct vg_protection_curve *vg_vaccines_find(const struct vg_vaccines *vaccines, size_t product, int dose, struct vg_text variant, enum vg_protection_kind kind);
double vg_protection_at(const struct vg_protection_curve *curve, double days);

#endif
