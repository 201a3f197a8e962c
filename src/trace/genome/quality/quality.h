/*
 * quality: whether a genome can be trusted, by rules that each give a score and a reason: 0 nothing to say, from 30 on look at it, from 100 on bad. After Nextclade's
 * quality control (Aksamentov et al. 2021; docs.nextstrain.org/projects/nextclade, "Quality control"):
 *   missing        (sites not known - bias) * 100 / span
 *   mixed          ambiguous sites * 100 / most
 *   private        (weighted number of substitutions that the genome's place on the tree lacks - typical) * 100 / cutoff
 *   clusters       for each window with more private substitutions than the cutoff its weight
 *   frame shifts, stop codons   for each that is not known to occur its weight
 * Together: the sum of score^2 / 100. Pure.
 */
#ifndef VG_QUALITY_H
#define VG_QUALITY_H

#include "model/data_set/data_set.h"

enum vg_quality_rule {
    VG_QUALITY_MISSING,
    VG_QUALITY_MIXED,
    VG_QUALITY_PRIVATE,
    VG_QUALITY_CLUSTERS,
    VG_QUALITY_FRAME_SHIFTS,
    VG_QUALITY_STOP_CODONS,
    VG_QUALITY_RULES
};
enum vg_quality_grade { VG_QUALITY_GOOD, VG_QUALITY_MEDIOCRE, VG_QUALITY_BAD };
const char *vg_quality_rule_name(enum vg_quality_rule rule);    /* "missing", "mixed", "private", "clusters", "frame_shifts", "stop_codons" */
const char *vg_quality_grade_name(enum vg_quality_grade grade); /* "good", "mediocre", "bad" */

/*
 * What placing a genome tells of it: substitutions that it has and its place on the tree lacks. A reversion is a change back to the reference, where the tree's node
 * differs from that; it is told by the base that the genome has.
 */
struct vg_private_change {
    uint32_t position;
    uint8_t base;
    bool reversion;
};

/* Frame shifts and stop codons as proteins.h finds them, with the names of their coding sequences. */
struct vg_quality_input {
    uint32_t missing, ambiguous;
    const struct vg_private_change *private_changes; /* in order of position; NULL: the genome was not placed, and the two rules about them are silent */
    uint32_t n_private;
    bool placed;
    const struct vg_codon_range *frame_shifts, *stop_codons;
    uint32_t n_frame_shifts, n_stop_codons;
};

struct vg_quality {
    double scores[VG_QUALITY_RULES];   /* NaN: the rule was not asked, or could not be */
    double score;
    enum vg_quality_grade grade;
    uint32_t reversions, labelled, other;  /* private substitutions by kind */
    uint32_t clusters, frame_shifts, stop_codons; /* that weigh; the known ones are not among them */
    uint32_t cluster_begin, cluster_end;   /* of the first cluster, sites from 0, end behind */
};

void vg_quality_judge(const struct vg_quality_parameters *parameters, const struct vg_quality_input *input, struct vg_quality *quality);
/* One sentence for each rule with a score above 0, joined with "; ", appended to out. */
void vg_quality_reasons(const struct vg_quality_parameters *parameters, const struct vg_quality_input *input, const struct vg_quality *quality, struct vg_buffer *out);
/* Whether the data set names this one: a frame shift may begin and end a codon beside the known one. */
bool vg_quality_is_known(const struct vg_codon_range *known, uint32_t n_known, const struct vg_codon_range *range);

#endif
