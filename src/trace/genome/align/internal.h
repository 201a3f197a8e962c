/*
 * Private to align.
 *   aligner    the reference prepared: letters, costs of gaps, words
 *   words      words of the sequence found in the reference, chained into diagonals
 *   compare    letters side by side along a diagonal: portable and AVX2
 *   gaps       dynamic programming between two points
 *   align      the whole way; report: the path as differences
 * Positions: q in the sequence, r in the reference; the diagonal is r - q.
 */
#ifndef VG_ALIGN_INTERNAL_H
#define VG_ALIGN_INTERNAL_H

#include "trace/genome/align/align.h"

#define WORD_LETTERS 20U     /* of a word without holes: in a genome of 250,000 letters hardly one is there twice by chance */
#define HOLED_SPAN 18U       /* 12 letters of 18: every third is left out, where synonymous changes are */
#define HOLED_MOST 8U        /* places in the reference of one holed word that are looked at */

typedef uint32_t align_compare(const char *a, const char *b, uint32_t length, uint32_t *places); /* places where the bytes differ; room for length of them */
typedef void align_certain(const char *letters, uint32_t length, uint64_t *bits);                 /* bit i: letter i is A, C, G or T; (length + 63) / 64 words and one more, 0 */

struct word_slot {
    uint64_t word;     /* packed letters + 1; 0: empty */
    uint32_t position; /* UINT32_MAX: there more than once */
};

struct vg_aligner {
    struct vg_genome_reference reference;
    struct vg_align_parameters parameters;
    char *letters;          /* the reference, with a byte for N that no sequence has, and 64 bytes more */
    uint8_t *bases;         /* [length + 1] sets of bases */
    uint8_t *open;          /* [length + 1] what it costs to open a gap before this site */
    uint32_t *firm;         /* [length + 1] number of sites before that are in no short repeat: where a shift would not go unseen */
    int least_open, most_open;
    struct word_slot *words; /* [n_words], a power of two */
    uint32_t n_words;
    uint32_t *holed_first;   /* [65537] of the high 16 bits of a holed word, into the next two */
    uint32_t *holed_words;   /* sorted */
    uint32_t *holed_places;
    align_compare *compare;
    align_certain *certain;
};

/* Letters [q, q + length) agree with the reference's [r, r + length), mostly. */
struct diagonal {
    uint32_t q, r, length;
    uint32_t cover;      /* letters in words that agree */
};

/* A stretch of the path. */
enum path_kind { PATH_PAIR, PATH_DELETION, PATH_INSERTION, PATH_NOT_PLACED };
struct path_step {
    enum path_kind kind;
    uint32_t q_length, r_length; /* equal for a pair; both may be above 0 for PATH_NOT_PLACED */
};

struct growing { /* an array that only grows */
    void *items;
    size_t capacity;
};

struct vg_align_room {
    struct growing certain, places, diagonals, chain_scores, chain_before, blocks, steps, trace, rows, reversed, differences, insertions, letters;
    size_t n_steps, n_differences, n_insertions, n_letters;
    size_t cells_left; /* of dynamic programming for this genome: what is made to take long is given up */
};
#define GENOME_CELLS_MOST ((size_t)300 << 20)
/* At least count items of size bytes; what was there stays. NULL: no memory. */
void *align_grow(struct growing *growing, size_t count, size_t size);

align_compare *align_compare_best(bool wide);
align_certain *align_certain_best(bool wide);

/* The diagonals of the best chain, in order; *cover: share of the certain letters in words. Their number, or SIZE_MAX without memory. */
size_t align_chain(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, uint32_t n_certain, double *cover);

/* Where the path goes from (q0, r0) to (q1, r1). */
struct gap_problem {
    const char *letters;
    uint32_t q0, q1, r0, r1;
    int64_t least_diagonal, most_diagonal; /* of r - q, both included; made to include both corners */
    bool free_start, free_end;             /* the path may start at any q with r0 or any r with q0; may end at any likewise */
};
enum gap_outcome { GAP_OK, GAP_TOO_LARGE, GAP_MEMORY };
/* Appends the path to room->steps; what a free start or end leaves out is appended as PATH_NOT_PLACED. */
enum gap_outcome align_gap(const struct vg_aligner *aligner, struct vg_align_room *room, const struct gap_problem *problem);
bool align_step(struct vg_align_room *room, enum path_kind kind, uint32_t q_length, uint32_t r_length);

/* Turns room->steps, from (0, 0), into the alignment. */
enum vg_align_status align_report(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, struct vg_arena *arena,
                                  struct vg_alignment *alignment);

#endif
