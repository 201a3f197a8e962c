/*
 * Private to jobs/genome: what a table tells of genomes, by name: day and place of the sample, lineage, and the terms.
 */
#ifndef VG_JOBS_GENOME_METADATA_H
#define VG_JOBS_GENOME_METADATA_H

#include "core/core.h"
#include "intake/intake.h"
#include "jobs/genome/genome.h"
#include "model/genome_terms/genome_terms.h"

struct genome_metadata {
    const char *place, *lineage;
    int32_t date;             /* VG_DATE_NONE: not told, or not to the day */
    struct vg_genome_terms terms;
};
struct metadata_table {
    struct vg_dictionary names;
    struct genome_metadata *rows; /* by the names' numbers */
    size_t n, capacity;
    struct vg_metadata_dates dates;
};
/*
 * CSV, TSV or a workbook with headings in any case: name | strain | seqname | sample | sample_id | accession | sequence_id; date | collection_date | sample_day; place | division | location |
 * country | municipality; lineage | pango_lineage | clade; provider | originating_lab | submitting_lab | laboratory | authors; licence | license | terms | data_use_terms;
 * agreement | contract | contract_id | benefit_sharing; embargo | embargo_until | embargo_date | restricted_until. Dates of samples as vg_dates_read has them, the order of day and month
 * being the column's; one that is not understood is counted, not refused. VG_DATA_ERROR: no column of names, a name twice, an embargo that is no day. VG_NEEDS_CHOICE: the order is open.
 */
vg_status metadata_read(const char *path, enum vg_date_order order, struct vg_arena *arena, struct metadata_table *table, struct vg_error *error) VG_MUST_USE;
/* NULL: nothing is told of it. */
const struct genome_metadata *metadata_find(const struct metadata_table *table, struct vg_text name);

#endif
