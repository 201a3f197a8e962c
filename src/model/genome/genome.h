/*
 * genome: a genome as its differences from a reference, which is how it is called, kept, placed and exchanged: about a hundred of them where the sequence has
 * thirty thousand letters. Positions count from 0 here and from 1 in every file.
 */
#ifndef VG_GENOME_H
#define VG_GENOME_H

#include "core/core.h"

/* Sets of bases: what a site may be. */
enum {
    VG_BASE_A = 1,
    VG_BASE_C = 2,
    VG_BASE_G = 4,
    VG_BASE_T = 8,
    VG_BASE_ANY = 15,     /* not known: N, beyond the ends */
    VG_BASE_DELETED = 16  /* not there: a deletion is kept, never read as N */
};

#define VG_GENOME_LENGTH_MAX 262144u /* of a reference: positions fit 18 bits */

/*
 * Sites [position, position + length) of the reference differ in the same way. A base or an ambiguity code has length 1; runs of VG_BASE_ANY and
 * VG_BASE_DELETED are as long as they can be.
 */
struct vg_genome_difference {
    uint32_t position, length;
    uint8_t base;         /* 1 .. 15: the set of bases that it may be; or VG_BASE_DELETED */
};

struct vg_genome_insertion {
    uint32_t position;    /* before this site of the reference; its length: behind the last */
    uint32_t length;
    const char *letters;  /* upper case, `length` of them */
};

/* Differences in order of position, apart from each other; insertions in order of position. What is named by neither is as in the reference. */
struct vg_genome {
    struct vg_text name;
    const struct vg_genome_difference *differences;
    const struct vg_genome_insertion *insertions;
    uint32_t n_differences, n_insertions;
};

struct vg_genome_reference {
    struct vg_text name;
    const char *letters;  /* upper case A, C, G, T, N */
    uint32_t length;      /* 1 .. VG_GENOME_LENGTH_MAX */
};

/* Differences and insertions (not the name) in few bytes, appended. Unpacking checks them against the reference's length; false: damaged, or no memory. */
void vg_genome_pack(const struct vg_genome *genome, struct vg_buffer *out);
bool vg_genome_unpack(struct vg_text bytes, uint32_t length, struct vg_arena *arena, struct vg_genome *genome);

/* A run of sites, appended as "21765-21770", from 1 and both included; of one site "28273", as Nextclade has it. */
void vg_genome_put_sites(uint32_t position, uint32_t length, struct vg_buffer *out);
/* What is deleted, appended: "21765-21770,28273"; nothing where nothing is. */
void vg_genome_put_deletions(const struct vg_genome *genome, struct vg_buffer *out);

/* What is inserted, appended: "22204:GAGCCAGAA", behind site 22204, parted by commas. */
void vg_genome_put_insertions(const struct vg_genome *genome, struct vg_buffer *out);

/* The set of bases that an IUPAC code stands for, in either case; U is T, N, X and ? are VG_BASE_ANY, - is VG_BASE_DELETED; 0: no such code. */
uint8_t vg_base_set_of_letter(char letter);
/* The other way, upper case: VG_BASE_ANY is N, VG_BASE_DELETED is -. */
char vg_letter_of_base_set(uint8_t base);
/* One of A, C, G, T and nothing else. */
static inline bool vg_base_is_certain(uint8_t base) { return base == VG_BASE_A || base == VG_BASE_C || base == VG_BASE_G || base == VG_BASE_T; }
/* The set of the bases that pair with these: A with T, C with G. */
static inline uint8_t vg_base_complement(uint8_t base)
{
    return base > VG_BASE_ANY ? base : (uint8_t)((base & 1) << 3 | (base & 2) << 1 | (base & 4) >> 1 | (base & 8) >> 3);
}

#endif
