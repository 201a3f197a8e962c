/*
 * proteins: what a genome's differences change in its proteins: substitutions, deletions and insertions of amino acids, frame shifts and stop codons, by the
 * standard genetic code. Joined and overlapping coding sequences, ribosomal slippage, phases and the reverse strand are the annotation's (model/data_set/data_set.h).
 *
 * Only codons that a difference touches are looked at: microseconds a genome. Pure; what is prepared serves any number of threads, each with a room of its own.
 *
 * - A codon with letters that are not known is X unless all that they may be code for the same; an X is no substitution.
 * - A gap of whole codons out of phase is set where most amino acids stay as they were; of equally good places the first.
 * - Where letters are read in another frame than the reference's there is a frame shift from the first such codon to the last; no substitution is told of within.
 * - A stop codon is one that the reference does not have there and that is not the sequence's last codon, in frame.
 */
#ifndef VG_PROTEINS_H
#define VG_PROTEINS_H

#include "model/data_set/data_set.h"

enum vg_protein_change_kind { VG_PROTEIN_SUBSTITUTION, VG_PROTEIN_DELETION, VG_PROTEIN_INSERTION };
struct vg_protein_change {
    enum vg_protein_change_kind kind;
    uint32_t coding;           /* of the annotation */
    uint32_t codon;            /* from 0; an insertion is behind this one (UINT32_MAX: before the first) */
    char reference, changed;   /* amino acids, * for a stop; of an insertion 0 */
    const char *inserted;      /* n_inserted amino acids */
    uint32_t n_inserted;
};
struct vg_protein_place { /* codons [begin, end) of a coding sequence */
    uint32_t coding, begin, end;
};

struct vg_protein_report {
    const struct vg_protein_change *changes;       /* by coding sequence, then codon */
    const struct vg_protein_place *frame_shifts, *stop_codons;
    uint32_t n_changes, n_frame_shifts, n_stop_codons;
    uint32_t substitutions, deletions, insertions; /* of amino acids; insertions: numbers of them */
    uint32_t unknown;                              /* codons that are X */
};

struct vg_proteins;
struct vg_proteins_room;
/* Lives in the arena; annotation must outlive it. VG_DATA_ERROR: a coding sequence beyond the reference. */
vg_status vg_proteins_new(const struct vg_genome_reference *reference, const struct vg_genome_annotation *annotation, struct vg_arena *arena,
                          struct vg_proteins **proteins, struct vg_error *error) VG_MUST_USE;
struct vg_proteins_room *vg_proteins_room_new(const struct vg_proteins *proteins); /* NULL: no memory */
void vg_proteins_room_free(struct vg_proteins_room *room);
/* false: no memory */
bool vg_proteins_report(const struct vg_proteins *proteins, struct vg_proteins_room *room, const struct vg_genome *genome, struct vg_arena *arena,
                        struct vg_protein_report *report);

/* The amino acid of three sets of bases; X where it is not one. */
char vg_translate(const uint8_t bases[3]);
/* The reference's amino acids of a coding sequence, *n_codons of them. */
const char *vg_proteins_reference(const struct vg_proteins *proteins, uint32_t coding, uint32_t *n_codons);

#endif
