/*
 * pango: names of SARS-CoV-2 lineages (Rambaut et al. 2020, Nat. Microbiol. 5:1403; rules of pango.network). A name is letters and numbers, B.1.1.7; after three numbers
 * letters stand for what came before: BA.2 is B.1.1.529.2. The list of such letters is alias_key.json of cov-lineages/pango-designation, which the user gives:
 *
 *     {"A": "", "B": "", "BA": "B.1.1.529", "XBB": ["BJ.1", "BM.1.1.1"]}
 *
 * a text for an abbreviation, a list of parents for a recombinant (X...). Without a list (NULL) names are taken as they are written, which serves any nomenclature
 * with dots. A recombinant descends from the youngest ancestor that all its parents have, if there is one.
 */
#ifndef VG_PANGO_H
#define VG_PANGO_H

#include "core/core.h"

#define VG_PANGO_BYTES 160

struct vg_pango; /* lives in the arena */
/* VG_DATA_ERROR with file, line and column: no JSON object of names, names that are none, abbreviations that go round or are too long. */
vg_status vg_pango_parse(const char *file_name, struct vg_text json, struct vg_arena *arena, struct vg_pango **pango, struct vg_error *error) VG_MUST_USE;
size_t vg_pango_count(const struct vg_pango *pango); /* of aliases */
struct vg_text vg_pango_alias_full(const struct vg_pango *pango, size_t which); /* what an alias stands for: B.1.1.529; of a recombinant or a founder its own letters */

/*
 * Each writes a name and a NUL to out and returns its length; 0: there is none (no parent, nothing in common, or what was given is no name of a lineage or too
 * long). Names are given in any form and, but for expand, come out in the short one.
 */
size_t vg_pango_expand(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES]);   /* BA.2 -> B.1.1.529.2 */
size_t vg_pango_compress(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES]); /* B.1.1.529.2 -> BA.2 */
size_t vg_pango_parent(const struct vg_pango *pango, struct vg_text name, char out[VG_PANGO_BYTES]);   /* BA.2 -> B.1.1.529 */
/* The youngest lineage that both are or descend from. */
size_t vg_pango_common(const struct vg_pango *pango, struct vg_text a, struct vg_text b, char out[VG_PANGO_BYTES]);
/* Whether name is ancestor or descends from it. */
bool vg_pango_descends(const struct vg_pango *pango, struct vg_text name, struct vg_text ancestor);
/* Parents of a recombinant, as its list has them; NULL and 0 for others. */
const struct vg_text *vg_pango_parents(const struct vg_pango *pango, struct vg_text name, size_t *n);

#endif
