/*
 * Readers of the tables that a scenario is made of: contact matrices, pyramids, household sizes, municipalities, commuting, courses of diseases, vaccines. CSV and kin, XLSX,
 * gzip, as all of intake reads them. Errors name file, line, column, what was found and what is expected. docs/mixing.md shows each form.
 */
#ifndef VG_INTAKE_SOCIETY_H
#define VG_INTAKE_SOCIETY_H

#include "intake/intake.h"
#include "model/disease/disease.h"
#include "model/society/society.h"

/* A file, or bytes in memory of which path is the name. */
struct vg_table_source {
    const char *path;
    const void *data;                   /* NULL: the file */
    size_t size;
    struct vg_reader_options reader;
};

/*
 * Contact matrices. Two shapes are told apart by their headings:
 *   wide  one setting: rows are participants, columns contacts. Headings name the contacts' ages ("[0,5)", "0-4", "75+"); the first column the participants', or
 *         it is missing and rows are in the order of the columns. 16 columns named V1.. or X1.. are the five-year bands of Prem et al. (socialmixr, contactdata)
 *   long  one cell a line: participant's age, contact's age, contacts; often with setting, country and subset (Prem et al. 2021: iso3c, setting, location_contact,
 *         age_contactor, age_cotactee, mean_number_of_contacts)
 */
struct vg_contacts_wanted {
    int setting;                        /* enum vg_setting of a wide file or of a long one without settings; -1: the file says it */
    const char *country;                /* of files with many: as written there; NULL: the file has one */
    const char *subset;                 /* "overall", "urban", "rural"; NULL: "overall" where there are several */
};
/*
 * Adds what the file has to matrices; bands.count 0: the file's bands are taken. given says which settings came (a second time: VG_DATA_ERROR). A setting "all" is passed over.
 * Every cell of a setting must be there once, a number from 0 to 1e6.
 */
vg_status vg_intake_read_contacts(const struct vg_table_source *source, const struct vg_contacts_wanted *wanted, struct vg_arena *arena, struct vg_contact_matrices *matrices,
                                  bool given[VG_SETTING_COUNT], struct vg_error *error) VG_MUST_USE;

/* Columns age (bands or years, without gaps) and population; several lines of an age (by sex, by place) are added. */
vg_status vg_intake_read_age_pyramid(const struct vg_table_source *source, struct vg_age_pyramid *pyramid, struct vg_error *error) VG_MUST_USE;
/* Columns size (1, 2, ...; the last may be "7+", whose larger households are each 0.6 of the size before) and households (number or share). */
vg_status vg_intake_read_household_sizes(const struct vg_table_source *source, struct vg_household_sizes *sizes, struct vg_error *error) VG_MUST_USE;
/*
 * Columns code, name, population, and if known parent, latitude, longitude, household_size, and people by age band: columns named as bands, or with "age" before it
 * ("age 0-4"), in numbers or shares. Codes are unique. A row that others have as parent is a unit above them, whose people are not counted again.
 */
vg_status vg_intake_read_municipalities(const struct vg_table_source *source, struct vg_arena *arena, struct vg_municipality_list *list, struct vg_error *error) VG_MUST_USE;

struct vg_flow_table { uint32_t *origin, *destination; double *persons; size_t n_flows; };
/* Columns origin, destination (codes of the list) and persons. */
vg_status vg_intake_read_flows(const struct vg_table_source *source, const struct vg_municipality_list *list, struct vg_arena *arena, struct vg_flow_table *flows, struct vg_error *error) VG_MUST_USE;

/* Columns code (of a municipality of the list or of a unit above) and share_percent. percent [list->count]: NaN where no row is for the place; its own row counts before that of its unit, and that before the unit's above. */
vg_status vg_intake_read_shares(const struct vg_table_source *source, const struct vg_municipality_list *list, struct vg_arena *arena, double *percent, struct vg_error *error) VG_MUST_USE;

/* natural_history.csv and, if not NULL, cross_immunity.csv, in the shipped tables' form. */
vg_status vg_intake_read_disease(const struct vg_table_source *course, const struct vg_table_source *cross, struct vg_text disease, struct vg_disease_facts *facts, struct vg_error *error) VG_MUST_USE;
vg_status vg_intake_read_vaccines(const struct vg_table_source *products, const struct vg_table_source *curves, struct vg_arena *arena, struct vg_vaccines *vaccines, struct vg_error *error) VG_MUST_USE;

#endif
