/*
 * Private to jobs/lineages: files as arrays.
 */
#ifndef VG_JOBS_LINEAGES_INTERNAL_H
#define VG_JOBS_LINEAGES_INTERNAL_H

#include "jobs/jobs_internal.h"
#include "jobs/lineages/lineages.h"
#include "jobs/place/place.h"
#include "trace/genome/pango/pango.h"
#include "trace/genome/tree/tree.h"

/* path NULL: none, which is allowed. */
vg_status lineages_aliases(const char *path, struct vg_arena *arena, struct vg_pango **pango, struct vg_error *error);
/* The column of that name, or where it is NULL that of vg_job_clade_column. NULL and an error that names what there is. */
const struct vg_tree_column *lineages_column(const struct vg_tree *tree, const char *name, struct vg_error *error);

#define LINEAGES_PLACE_HEADINGS "country|place|region|division|location|state|admin1|municipality"
struct lineages_weeks {
    int32_t first;   /* day on which the first begins */
    size_t n;
    double *cases;   /* [n * places] */
};
/* A day that is in none of them is left out. */
void lineages_add_to_week(const struct lineages_weeks *weeks, int32_t day, size_t place, size_t n_places, double cases);
/*
 * cases [names->count] of the places that the file has; others stay as they are. Where it has a column week or date, rows between from and to (VG_DATE_NONE: any) are added up, and it
 * may have zeros; they are added to their weeks, too (NULL: to none).
 */
vg_status lineages_read_cases(const char *path, const struct vg_dictionary *names, int32_t from, int32_t to, double *cases, const struct lineages_weeks *weeks, struct vg_error *error);

enum lineages_day { LINEAGES_DAY, LINEAGES_PARTIAL, LINEAGES_EMPTY, LINEAGES_BAD };
/* 2021-03-05 (and what follows), 2021-W09, 2021.25 where year is not NULL; empty, NA, ?, XX in it: see above. */
enum lineages_day lineages_parse_day(struct vg_text cell, int32_t *day, double *year);

void lineages_node(struct vg_table *table, const struct vg_tree *tree, uint32_t node); /* its name, or node_N as vg_tree_put_name has it */
void lineages_number(struct vg_table *table, double value); /* to five digits; NaN and infinity are missing */

#endif
