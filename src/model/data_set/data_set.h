/*
 * data_set: what is known of one virus before its genomes are looked at: the reference, where its coding sequences are, how genomes are aligned with it, and what
 * makes one doubtful. A data set is a folder (intake/genome reads it); these are its parts as structs.
 */
#ifndef VG_DATA_SET_H
#define VG_DATA_SET_H

#include "model/genome/genome.h"

/* Sites [begin, end) of the reference. */
struct vg_genome_range {
    uint32_t begin, end;
};

/*
 * A coding sequence: its ranges in the order in which they are translated, joined without a gap. Ranges may overlap (a ribosome that slips back reads a base twice)
 * and lie on the reverse strand, where each is read from its end to its begin. `phase` bases (0, 1, 2) at the start are before the first codon.
 */
struct vg_coding_sequence {
    struct vg_text name;
    const struct vg_genome_range *ranges;
    uint32_t n_ranges;
    uint32_t length;      /* bases, the sum of the ranges, without the phase */
    uint8_t phase;
    bool reverse;
};

/* Its name, appended; letters that would part the cells or lists in which it stands are _. */
void vg_coding_put_name(const struct vg_coding_sequence *coding, struct vg_buffer *out);

struct vg_genome_annotation {
    const struct vg_coding_sequence *coding;
    uint32_t n_coding;
};

/* Scores of an alignment: pairs of letters that may be the same gain, others lose; a gap loses once for being opened and for each of its letters. */
struct vg_align_parameters {
    int match, mismatch;
    int gap_open;              /* outside of coding sequences */
    int gap_open_in_frame;     /* between two codons */
    int gap_open_out_of_frame; /* within one */
    int gap_extend;
    bool gaps_right;           /* of equally good places for a gap the last one; else the first */
    uint32_t least_length;     /* letters of A, C, G, T that a genome must have */
    double least_cover;        /* share of them that must be found in the reference by words that agree, 0 to 1 */
    bool reverse_too;          /* a genome that does not fit is tried as its reverse complement */
};

/* Codons [begin, end) of a coding sequence, counted from 0. */
struct vg_codon_range {
    struct vg_text coding;
    uint32_t begin, end;
};

/* A change that names lineages: known ones weigh more where a genome has them and its place on the tree does not. */
struct vg_labelled_change {
    uint32_t position;
    uint8_t base;
    struct vg_text labels; /* joined with commas */
};

/* Rules of quality control, after Nextclade (Aksamentov et al. 2021): each gives a score, 0 for nothing to say and 100 for bad. */
struct vg_quality_parameters {
    bool missing, mixed, private_changes, clusters, frame_shifts, stop_codons; /* which rules are asked */
    double missing_bias, missing_span;                /* (sites not known - bias) * 100 / span */
    double mixed_most;                                /* ambiguous sites * 100 / most */
    double private_typical, private_cutoff;           /* (weighted number - typical) * 100 / cutoff */
    double private_reversion_weight, private_labelled_weight, private_other_weight;
    uint32_t cluster_window, cluster_cutoff;          /* more than cutoff private substitutions within window sites */
    double cluster_weight, frame_shift_weight, stop_codon_weight; /* each */
    const struct vg_codon_range *known_frame_shifts;  /* that weigh nothing */
    const struct vg_codon_range *known_stop_codons;
    uint32_t n_known_frame_shifts, n_known_stop_codons;
    const struct vg_labelled_change *labelled;        /* in order of position and base */
    uint32_t n_labelled;
};

struct vg_genome_data_set {
    struct vg_text name;
    struct vg_genome_reference reference;
    struct vg_genome_annotation annotation;
    struct vg_align_parameters align;
    struct vg_quality_parameters quality;
    const char *tree_path;     /* NULL: none */
};

/* What is used where a data set says nothing: the scores and bounds of Nextclade 3. */
void vg_align_parameters_init(struct vg_align_parameters *parameters);
void vg_quality_parameters_init(struct vg_quality_parameters *parameters);

#endif
