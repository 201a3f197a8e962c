/*
 * Words of the sequence that the reference has, and the best chain of the diagonals on which they lie: what both have in the same order. Words of 20 letters that
 * the reference has once; where those cover too little, words with a hole at every third letter, all of them.
 */
#include "trace/genome/align/internal.h"

#include <string.h>

#define STEP 16U              /* letters from one word to the next */
#define JOIN_MOST 256U        /* words of one diagonal this close are one diagonal */
#define JOIN_HOLED_MOST 96U
#define DIAGONALS_MOST 50000U /* more come of repeats alone */
#define LOOK_BACK 24U         /* diagonals that a holed word may belong to */
#define CHAIN_LOOK_BACK 400U
#define JUMP_COST 12          /* letters that a change of the diagonal must bring, and one more each time it is twice as far */
#define COVER_ENOUGH 0.7

static inline uint64_t bits_at(const uint64_t *bits, uint32_t i)
{
    uint32_t shift = i & 63;
    return shift == 0 ? bits[i >> 6] : bits[i >> 6] >> shift | bits[(i >> 6) + 1] << (64 - shift);
}

static uint64_t pack(const char *letters)
{
    uint64_t word = 0;
    for (uint32_t k = 0; k < WORD_LETTERS; k++) {
        word = word << 2 | (((uint64_t)(unsigned char)letters[k] >> 1) & 3);
    }
    return word;
}

static uint32_t find_word(const struct vg_aligner *aligner, const char *letters)
{
    uint64_t word = pack(letters);
    uint32_t slot = (uint32_t)((word * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (aligner->n_words - 1);
    while (aligner->words[slot].word != 0) {
        if (aligner->words[slot].word == word + 1) {
            return aligner->words[slot].position;
        }
        slot = (slot + 1) & (aligner->n_words - 1);
    }
    return UINT32_MAX;
}

/* A word of `span` letters at (q, r): lengthens one of the last `back` diagonals, or starts one. */
static bool add_word(struct vg_align_room *room, size_t *n, uint32_t q, uint32_t r, uint32_t span, uint32_t join, size_t back)
{
    struct diagonal *diagonals = room->diagonals.items;
    for (size_t k = *n; k > 0 && k + back > *n; k--) {
        struct diagonal *last = &diagonals[k - 1];
        uint32_t end = last->q + last->length;
        if ((int64_t)last->r - last->q == (int64_t)r - q && q <= end + join) {
            if (q + span > end) {
                last->cover += q + span - (q > end ? q : end);
                last->length = q + span - last->q;
            }
            return true;
        }
    }
    if (*n == DIAGONALS_MOST) {
        return true;
    }
    diagonals = align_grow(&room->diagonals, *n + 1, sizeof *diagonals);
    if (diagonals == NULL) {
        return false;
    }
    diagonals[(*n)++] = (struct diagonal){q, r, span, span};
    return true;
}

static bool plain_words(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, size_t *n)
{
    const uint64_t *certain = room->certain.items, wanted = (UINT64_C(1) << WORD_LETTERS) - 1;
    *n = 0;
    for (uint32_t q = 0; q + WORD_LETTERS <= length; q += STEP) {
        if ((bits_at(certain, q) & wanted) != wanted) {
            continue;
        }
        uint32_t r = UINT32_MAX;
        if (*n > 0) { /* most words are where the last one lets expect them */
            const struct diagonal *last = (const struct diagonal *)room->diagonals.items + *n - 1;
            uint32_t expected = last->r + (q - last->q);
            if (expected + WORD_LETTERS <= aligner->reference.length && memcmp(letters + q, aligner->letters + expected, WORD_LETTERS) == 0) {
                r = expected;
            }
        }
        r = r == UINT32_MAX ? find_word(aligner, letters + q) : r;
        if (r != UINT32_MAX && !add_word(room, n, q, r, WORD_LETTERS, JOIN_MOST, 1)) {
            return false;
        }
    }
    return true;
}

static bool holed_words(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, size_t *n)
{
    const uint64_t *certain = room->certain.items, wanted = (UINT64_C(1) << HOLED_SPAN) - 1;
    *n = 0;
    for (uint32_t q = 0; q + HOLED_SPAN <= length; q++) {
        if ((bits_at(certain, q) & wanted) != wanted) {
            continue;
        }
        uint32_t word = 0;
        for (uint32_t k = 0; k < HOLED_SPAN; k++) {
            word = k % 3 == 2 ? word : word << 2 | (((uint32_t)(unsigned char)letters[q + k] >> 1) & 3);
        }
        uint32_t place = aligner->holed_first[word >> 8], end = aligner->holed_first[(word >> 8) + 1];
        while (place < end && aligner->holed_words[place] < word) {
            place++;
        }
        uint32_t stop = place;
        while (stop < end && stop - place <= HOLED_MOST && aligner->holed_words[stop] == word) {
            stop++;
        }
        for (uint32_t k = place; stop - place <= HOLED_MOST && k < stop; k++) {
            if (!add_word(room, n, q, aligner->holed_places[k], HOLED_SPAN, JOIN_HOLED_MOST, LOOK_BACK)) {
                return false;
            }
        }
    }
    return true;
}

static int64_t jump_cost(const struct diagonal *a, const struct diagonal *b)
{
    int64_t jump = ((int64_t)b->r - b->q) - ((int64_t)a->r - a->q);
    uint64_t far = (uint64_t)(jump < 0 ? -jump : jump);
    return far == 0 ? 0 : JUMP_COST + 63 - __builtin_clzll(far);
}

/* What b adds behind a: less what both claim. Below 0 where b does not come behind a. */
static int64_t gain_behind(const struct diagonal *a, const struct diagonal *b)
{
    int64_t over_q = (int64_t)a->q + a->length - b->q, over_r = (int64_t)a->r + a->length - b->r, over = over_q > over_r ? over_q : over_r;
    over = over < 0 ? 0 : over;
    if (b->q <= a->q || b->r <= a->r || over >= b->length || over >= a->length) {
        return -1;
    }
    return (int64_t)b->cover - (over < b->cover ? over : b->cover);
}

/* Keeps the diagonals of the chain that gains most, in order. SIZE_MAX: no memory. */
static size_t best_chain(struct vg_align_room *room, size_t n)
{
    struct diagonal *diagonals = room->diagonals.items;
    int64_t *scores = align_grow(&room->chain_scores, n + 1, sizeof *scores);
    uint32_t *before = align_grow(&room->chain_before, 2 * (n + 1), sizeof *before), *order = before + n + 1;
    if (scores == NULL || before == NULL) {
        return SIZE_MAX;
    }
    size_t best = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        scores[i] = diagonals[i].cover;
        before[i] = UINT32_MAX;
        for (size_t k = i > CHAIN_LOOK_BACK ? i - CHAIN_LOOK_BACK : 0; k < i; k++) {
            int64_t gain = gain_behind(&diagonals[k], &diagonals[i]), score = scores[k] + gain - jump_cost(&diagonals[k], &diagonals[i]);
            if (gain >= 0 && score > scores[i]) {
                scores[i] = score;
                before[i] = (uint32_t)k;
            }
        }
        best = scores[i] > scores[best] ? i : best;
    }
    for (uint32_t i = n == 0 ? UINT32_MAX : (uint32_t)best; i != UINT32_MAX; i = before[i]) {
        order[count++] = i;
    }
    /* Diagonals stand in the order of their begin in the sequence, so the chain's indices rise: none is overwritten before it is read. */
    for (size_t i = 0; i < count; i++) {
        diagonals[i] = diagonals[order[count - 1 - i]];
    }
    return count;
}

static double share_covered(const struct vg_align_room *room, size_t n, uint32_t n_certain)
{
    const struct diagonal *diagonals = room->diagonals.items;
    uint64_t covered = 0;
    uint32_t end = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t begin = diagonals[i].q > end ? diagonals[i].q : end, stop = diagonals[i].q + diagonals[i].length;
        covered += stop > begin ? stop - begin : 0;
        end = stop > end ? stop : end;
    }
    double share = n_certain == 0 ? 0 : (double)covered / (double)n_certain;
    return share > 1 ? 1 : share;
}

size_t align_chain(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, uint32_t n_certain, double *cover)
{
    size_t n = 0;
    *cover = 0;
    if (!plain_words(aligner, room, letters, length, &n) || (n = best_chain(room, n)) == SIZE_MAX) {
        return SIZE_MAX;
    }
    *cover = share_covered(room, n, n_certain);
    if (*cover < COVER_ENOUGH) {
        if (!holed_words(aligner, room, letters, length, &n) || (n = best_chain(room, n)) == SIZE_MAX) {
            return SIZE_MAX;
        }
        *cover = share_covered(room, n, n_certain);
    }
    return n;
}
