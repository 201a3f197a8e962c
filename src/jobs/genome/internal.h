/*
 * Private to jobs/genome: what is known of one genome, and how it is written as a row.
 */
#ifndef VG_JOBS_GENOME_INTERNAL_H
#define VG_JOBS_GENOME_INTERNAL_H

#include "intake/genome/genome.h"
#include "jobs/genome/genome.h"
#include "trace/genome/place/place.h"
#include "trace/genome/proteins/proteins.h"
#include "trace/genome/quality/quality.h"

enum genome_status {
    GENOME_ALIGNED,         /* as vg_align found: its own status */
    GENOME_BAD_LETTER,
    GENOME_NO_NAME,
    GENOME_DUPLICATE_NAME,
    GENOME_TOO_LONG
};

struct genome_facts {
    struct vg_text name;
    enum genome_status status;
    struct vg_fasta_fault fault;    /* GENOME_BAD_LETTER */
    uint64_t line, first_line;      /* of its >; GENOME_DUPLICATE_NAME: and of the one before, 0: in another file */
    uint64_t length;                /* letters */
    struct vg_alignment alignment;
    struct vg_protein_report proteins;
    struct vg_quality_input judged;
    struct vg_quality quality;
    bool too_different;             /* with a tree: more differences than can be placed */
    bool placed;                    /* on a tree: */
    struct vg_placement placement;
    struct vg_text node, clade;     /* of the attachment; of the lowest node that is certain */
};

struct row_writer {
    enum vg_align_format format;
    const struct vg_genome_data_set *set;
    bool has_proteins;
};
void row_heading(const struct row_writer *writer, struct vg_buffer *out);
/* What parts rows of JSON, a comma, is the caller's. */
void row_put(const struct row_writer *writer, const struct genome_facts *facts, struct vg_buffer *out);
void row_end(const struct row_writer *writer, struct vg_buffer *out);

/* A set's name out of a reference's: small letters, digits and -. NULL: no memory. */
const char *genome_set_name(struct vg_arena *arena, struct vg_text name);

#endif
