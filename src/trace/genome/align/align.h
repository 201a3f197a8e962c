/*
 * align: a genome's sequence against a reference, as differences: substitutions, ambiguity codes, deletions, insertions and what is not known.
 *
 * Words that both have lay out the diagonals; along a diagonal letters are compared 32 at a time; only where that finds more mismatches than a pair of gaps would
 * cost, and where the diagonal changes, is there dynamic programming with affine gaps (Gotoh 1982) in a band. Opening a gap costs more within a codon than between
 * two, so that of equally good places the one in frame is taken (as in Nextclade, Aksamentov et al. 2021). Genomes far from the reference (another serotype) are
 * found by words that leave out every third letter.
 *
 * Cost: some microseconds for 30,000 letters close to the reference, milliseconds for 11,000 letters a quarter of which differ. Pure; an aligner is not changed by
 * its use and serves any number of threads, each with a room of its own.
 *
 * What is told of the result:
 * - A letter that may be the reference's is no mismatch, yet an ambiguity code is a difference of its own; N gains and loses nothing. N is VG_BASE_ANY, never a deletion; a deletion is never N.
 * - What the sequence does not reach at either end is VG_BASE_ANY.
 * - Where a run of N stands for another number of sites than it has letters (assemblers put a hundred for a gap of unknown length), there is no telling what is deleted:
 *   the sites are VG_BASE_ANY, and letters too many are no insertion.
 * - Letters before the first and behind the last that fit (adapters) are cut off and counted.
 */
#ifndef VG_ALIGN_H
#define VG_ALIGN_H

#include "model/data_set/data_set.h"

enum vg_align_status {
    VG_ALIGN_OK,
    VG_ALIGN_EMPTY,       /* no letter of A, C, G, T */
    VG_ALIGN_TOO_SHORT,   /* fewer of them than least_length */
    VG_ALIGN_TOO_LONG,    /* more letters than four times the reference */
    VG_ALIGN_UNLIKE,      /* not enough of it is found in the reference, either way round */
    VG_ALIGN_MEMORY,
    VG_ALIGN_STATUS_COUNT
};
const char *vg_align_status_name(enum vg_align_status status);   /* "ok", "empty", "too_short", "too_long", "unlike", "memory" */

struct vg_alignment {
    enum vg_align_status status;
    struct vg_genome genome;       /* in the caller's arena; its name is left alone */
    bool reversed;                 /* the sequence was the reverse complement */
    uint32_t begin, end;           /* sites of the reference that the sequence reaches: [begin, end) */
    uint32_t cut_left, cut_right;  /* letters of the sequence (as it was aligned) that lie outside */
    uint32_t not_placed;           /* letters within that belong nowhere: too much, and too unlike what the reference has there; or read ones of an insertion that is mostly N */
    uint32_t certain, substitutions, ambiguous, missing, deleted, inserted; /* numbers of sites; inserted: letters. certain: sites with one of A, C, G, T */
    uint32_t deletions, insertions; /* numbers of them */
    int64_t score;                 /* by the parameters, ends free */
    double cover;                  /* share of its letters that words in agreement with the reference cover */
};

struct vg_aligner;
struct vg_align_room;

/*
 * Prepares a reference. annotation may be NULL: no codons. The aligner lives in the arena and keeps the reference's letters and the parameters, not the annotation.
 * VG_DATA_ERROR: a reference that is too long or too short (32 letters at least), or has letters that are no bases.
 */
vg_status vg_aligner_new(const struct vg_genome_reference *reference, const struct vg_genome_annotation *annotation, const struct vg_align_parameters *parameters,
                         struct vg_arena *arena, struct vg_aligner **aligner, struct vg_error *error) VG_MUST_USE;
const struct vg_genome_reference *vg_aligner_reference(const struct vg_aligner *aligner);

/* Memory that one thread works in; it grows to what its longest sequence needs. NULL: no memory. */
struct vg_align_room *vg_align_room_new(const struct vg_aligner *aligner);
void vg_align_room_free(struct vg_align_room *room);

/*
 * letters: upper-case IUPAC codes with T for U, no gaps and no blanks (vg_fasta_letters gives such). The result's arrays are in the arena. Returns alignment->status;
 * unless it is VG_ALIGN_OK, everything but status, cover and reversed is empty.
 */
enum vg_align_status vg_align(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, size_t length, struct vg_arena *arena,
                              struct vg_alignment *alignment);

/* The genome's row of an alignment: out[reference length], with - for deletions and N for what is not known; insertions are left out. */
void vg_genome_letters(const struct vg_genome_reference *reference, const struct vg_genome *genome, char *out);

/* For tests: whether wide instructions are used where there are some (they are, unless this is called). */
void vg_aligner_use_wide(struct vg_aligner *aligner, bool wide);

#endif
