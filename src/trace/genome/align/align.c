/*
 * The whole way of one sequence: the chain's diagonals are lengthened to where they stop to agree; stretches of them that a pair of gaps might serve better are
 * taken out; what then lies between two stretches is left to dynamic programming.
 *
 * A stretch is taken out where mismatches are so dense that they cost more than two gaps even if a shifted copy agreed in all of them and in half of the letters
 * between (the sum of Kadane's algorithm over the mismatches): elsewhere a detour from the diagonal cannot win, but for letters that repeat, which do not count.
 */
#include "trace/genome/align/internal.h"

#include <stdlib.h>
#include <string.h>

#define MARGIN 24U           /* letters around a doubtful stretch that are aligned again with it */
#define BLOCK_LEAST 16U      /* a shorter stretch between two doubtful ones is doubtful */
#define LETTER_COST 2        /* what a letter that agrees says against a detour */
#define BAND_LEAST 16
#define BAND_MORE 64
#define TOO_LONG_TIMES 4U

/* A stretch of the sequence that is trusted to lie on its diagonal. */
struct block {
    uint32_t q, end;
    int64_t diagonal;
    int band;                /* of the gap before it */
};

void *align_grow(struct growing *growing, size_t count, size_t size)
{
    if (count > growing->capacity) {
        size_t capacity = count + count / 2 + 64, bytes;
        void *items = vg_multiply_size(capacity, size, &bytes) ? realloc(growing->items, bytes) : NULL;
        if (items == NULL) {
            return NULL;
        }
        growing->items = items;
        growing->capacity = capacity;
    }
    return growing->items;
}

struct vg_align_room *vg_align_room_new(const struct vg_aligner *aligner)
{
    (void)aligner;
    return calloc(1, sizeof(struct vg_align_room));
}

void vg_align_room_free(struct vg_align_room *room)
{
    if (room != NULL) {
        struct growing *all[] = {&room->certain, &room->places, &room->diagonals, &room->chain_scores, &room->chain_before, &room->blocks, &room->steps,
                                 &room->trace, &room->rows, &room->reversed, &room->differences, &room->insertions, &room->letters};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            free(all[i]->items);
        }
        free(room);
    }
}

const char *vg_align_status_name(enum vg_align_status status)
{
    static const char *const names[VG_ALIGN_STATUS_COUNT] = {"ok", "empty", "too_short", "too_long", "unlike", "memory"};
    VG_ASSERT((unsigned)status < VG_ALIGN_STATUS_COUNT);
    return names[status];
}

/* ------------------------------------------------------------------- blocks */

struct way {
    const struct vg_aligner *aligner;
    struct vg_align_room *room;
    const char *letters;
    uint32_t length;
    const struct diagonal *diagonals; /* of the chain, one for each run on one diagonal */
    size_t n_diagonals, n_blocks;
};

static inline bool agrees(const struct way *way, uint32_t q, int64_t diagonal)
{
    int64_t r = (int64_t)q + diagonal;
    return r >= 0 && r < (int64_t)way->aligner->reference.length && way->letters[q] == way->aligner->letters[r];
}

static int64_t diagonal_of(const struct diagonal *diagonal)
{
    return (int64_t)diagonal->r - diagonal->q;
}

/* Neighbours on the same diagonal become one. */
static size_t join_runs(struct diagonal *diagonals, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct diagonal *last = count == 0 ? NULL : &diagonals[count - 1];
        if (last != NULL && diagonal_of(last) == diagonal_of(&diagonals[i])) {
            last->length = diagonals[i].q + diagonals[i].length - last->q;
        } else {
            diagonals[count++] = diagonals[i];
        }
    }
    return count;
}

static bool add_block(struct way *way, uint32_t q, uint32_t end, int64_t diagonal, int band)
{
    struct block *blocks = align_grow(&way->room->blocks, way->n_blocks + 1, sizeof *blocks);
    if (blocks == NULL) {
        return false;
    }
    /* Blocks of one diagonal that come as close as this are one all the same; those of two must be behind each other in both. */
    if (way->n_blocks > 0) {
        int64_t ahead = diagonal - blocks[way->n_blocks - 1].diagonal;
        uint32_t behind = blocks[way->n_blocks - 1].end, least = ahead < 0 && -ahead < (int64_t)UINT32_MAX - behind ? behind + (uint32_t)-ahead : behind;
        q = q < least ? least : q;
    }
    if (q + BLOCK_LEAST <= end) {
        blocks[way->n_blocks++] = (struct block){q, end, diagonal, band};
    }
    return true;
}

/* How far a shift may go before it loses more letters than these mismatches are worth. */
static int band_of(const struct way *way, uint32_t mismatches, int gaps)
{
    const struct vg_align_parameters *p = &way->aligner->parameters;
    int64_t band = ((int64_t)(p->match + p->mismatch) * mismatches - (int64_t)gaps * way->aligner->least_open) / p->match + 1;
    return band > BAND_MORE || gaps == 1 ? BAND_MORE : band < 1 ? 1 : (int)band;
}

/* Keeps of the letters [begin, end) the places that cannot be the reference's. */
static uint32_t find_mismatches(const struct way *way, uint32_t begin, uint32_t end, int64_t diagonal, uint32_t *places)
{
    uint32_t first = (uint32_t)((int64_t)begin + diagonal), kept = 0;
    uint32_t n = way->aligner->compare(way->letters + begin, way->aligner->letters + first, end - begin, places);
    for (uint32_t i = 0; i < n; i++) {
        bool mismatch = (vg_base_set_of_letter(way->letters[begin + places[i]]) & way->aligner->bases[first + places[i]]) == 0;
        places[kept] = begin + places[i];
        kept += mismatch;
    }
    return kept;
}

static int64_t letters_cost(const struct way *way, uint32_t from, uint32_t to, int64_t diagonal)
{
    const uint32_t *firm = way->aligner->firm;
    return LETTER_COST * (int64_t)(firm[(int64_t)to + diagonal] - firm[(int64_t)from + diagonal]);
}

/* From an end inwards: how many mismatches belong to a stretch that one gap might serve better. */
static uint32_t doubtful_at_end(const struct way *way, const uint32_t *places, uint32_t n, uint32_t end_q, int64_t diagonal, bool from_left)
{
    int64_t gain = way->aligner->parameters.match + way->aligner->parameters.mismatch, sum = 0, best = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < n && sum > -200; i++) {
        uint32_t here = from_left ? places[i] : places[n - 1 - i];
        uint32_t last = i == 0 ? end_q : from_left ? places[i - 1] + 1 : places[n - i];
        sum += gain - (from_left ? letters_cost(way, last, here, diagonal) : letters_cost(way, here + 1, last, diagonal));
        if (sum > best) {
            best = sum;
            count = i + 1;
        }
    }
    return best > way->aligner->least_open ? count : 0;
}

/* Blocks of the letters [begin, end) of one diagonal, less what is doubtful. first_band: of the gap before the first of them. */
static bool cut_run(struct way *way, uint32_t begin, uint32_t end, int64_t diagonal, int first_band, bool at_start, bool at_end)
{
    uint32_t *places = align_grow(&way->room->places, (size_t)end - begin + 64, sizeof *places);
    if (places == NULL) {
        return false;
    }
    uint32_t n = find_mismatches(way, begin, end, diagonal, places), i = 0, q = begin;
    int band = first_band;
    int64_t gain = way->aligner->parameters.match + way->aligner->parameters.mismatch, enough = 2 * (int64_t)way->aligner->least_open + way->aligner->parameters.match;
    uint32_t left = at_start ? doubtful_at_end(way, places, n, begin, diagonal, true) : 0, right = at_end ? doubtful_at_end(way, places, n, end, diagonal, false) : 0;
    if (left > 0) {
        q = places[left - 1] + 1 + MARGIN;
        band = BAND_MORE;
    }
    uint32_t stop = right > 0 ? places[n - right] : end;
    while (i < n) {
        int64_t sum = gain, best = gain;
        uint32_t last = i, k = i;
        while (k + 1 < n) {
            sum += gain - letters_cost(way, places[k] + 1, places[k + 1], diagonal);
            if (sum <= 0) {
                break;
            }
            k++;
            if (sum > best) {
                best = sum;
                last = k;
            }
        }
        if (best > enough) {
            int around = band_of(way, last - i + 1, 2);
            uint32_t margin = MARGIN + 2 * (uint32_t)around, from = places[i] > q + margin ? places[i] - margin : q;
            if (!add_block(way, q, from, diagonal, band)) {
                return false;
            }
            band = from > q && q + BLOCK_LEAST <= from ? around : band > around ? band : around;
            q = places[last] + 1 + margin > q ? places[last] + 1 + margin : q;
            i = last + 1;
        } else {
            i = k + 1 > i ? k + 1 : i + 1;
        }
    }
    if (right > 0) {
        stop = stop > MARGIN ? stop - MARGIN : 0;
    }
    return q >= stop || add_block(way, q, stop, diagonal, band);
}

/* The letters [*begin, *end) over which run k is trusted, as far as its neighbours go. */
static void trust(const struct way *way, size_t k, uint32_t *begin, uint32_t *end)
{
    const struct diagonal *run = &way->diagonals[k];
    int64_t diagonal = diagonal_of(run), behind = (int64_t)way->aligner->reference.length - diagonal;
    *begin = diagonal < 0 ? (uint32_t)-diagonal : 0;
    *end = behind < (int64_t)way->length ? (uint32_t)behind : way->length;
    if (k > 0) {
        const struct diagonal *last = &way->diagonals[k - 1];
        uint32_t last_stop = last->q + last->length, own_start = run->q;
        while (last_stop < way->length && agrees(way, last_stop, diagonal_of(last))) {
            last_stop++;
        }
        while (own_start > 0 && agrees(way, own_start - 1, diagonal)) {
            own_start--;
        }
        uint32_t from = (last_stop > own_start ? last_stop : own_start) + MARGIN;
        *begin = from > *begin ? from : *begin;
    }
    if (k + 1 < way->n_diagonals) {
        const struct diagonal *next = &way->diagonals[k + 1];
        uint32_t own_stop = run->q + run->length, next_start = next->q;
        while (own_stop < way->length && agrees(way, own_stop, diagonal)) {
            own_stop++;
        }
        while (next_start > 0 && agrees(way, next_start - 1, diagonal_of(next))) {
            next_start--;
        }
        uint32_t to = own_stop < next_start ? own_stop : next_start;
        to = to > MARGIN ? to - MARGIN : 0;
        *end = to < *end ? to : *end;
    }
}

static bool make_blocks(struct way *way)
{
    way->n_blocks = 0;
    for (size_t k = 0; k < way->n_diagonals; k++) {
        uint32_t begin, end;
        trust(way, k, &begin, &end);
        if (begin + BLOCK_LEAST <= end && !cut_run(way, begin, end, diagonal_of(&way->diagonals[k]), BAND_MORE, k == 0, k + 1 == way->n_diagonals)) {
            return false;
        }
    }
    return true;
}

/* --------------------------------------------------------------------- path */

static enum gap_outcome fill_gap(const struct way *way, const struct gap_problem *problem)
{
    enum gap_outcome outcome = align_gap(way->aligner, way->room, problem);
    if (outcome == GAP_TOO_LARGE) {
        outcome = align_step(way->room, PATH_NOT_PLACED, problem->q1 - problem->q0, problem->r1 - problem->r0) ? GAP_OK : GAP_MEMORY;
    }
    return outcome;
}

/* The diagonals that lead from one block to another, and those of the runs between that were too short for a block of their own. */
struct reach {
    int64_t least, most;
};

static struct reach reach_of(const struct way *way, uint32_t q0, uint32_t q1, int64_t one, int64_t other)
{
    struct reach reach = {one < other ? one : other, one < other ? other : one};
    for (size_t k = 0; k < way->n_diagonals; k++) {
        const struct diagonal *run = &way->diagonals[k];
        int64_t diagonal = diagonal_of(run);
        if (run->q < q1 && run->q + run->length > q0) {
            reach.least = diagonal < reach.least ? diagonal : reach.least;
            reach.most = diagonal > reach.most ? diagonal : reach.most;
        }
    }
    return reach;
}

static enum gap_outcome before_first(const struct way *way, const struct block *first)
{
    struct reach reach = reach_of(way, 0, first->q, first->diagonal, first->diagonal);
    int64_t least = reach.least - BAND_MORE, most = reach.most + BAND_MORE;
    uint32_t r1 = (uint32_t)((int64_t)first->q + first->diagonal), r0 = least > 0 ? (uint32_t)least : 0;
    if (first->q == 0 || r1 == 0) {
        return align_step(way->room, PATH_NOT_PLACED, first->q, r1) ? GAP_OK : GAP_MEMORY;
    }
    if (!align_step(way->room, PATH_NOT_PLACED, 0, r0)) {
        return GAP_MEMORY;
    }
    return fill_gap(way, &(struct gap_problem){way->letters, 0, first->q, r0, r1, least, most, true, false});
}

static enum gap_outcome behind_last(const struct way *way, const struct block *last)
{
    struct reach reach = reach_of(way, last->end, way->length, last->diagonal, last->diagonal);
    int64_t least = reach.least - BAND_MORE, most = reach.most + BAND_MORE, stop = (int64_t)way->length + most;
    uint32_t length = way->aligner->reference.length, rest = way->length - last->end, r0 = (uint32_t)((int64_t)last->end + last->diagonal);
    uint32_t r1 = stop < (int64_t)length ? (uint32_t)stop : length;
    enum gap_outcome outcome = GAP_OK;
    if (rest > 0 && r0 < length) {
        outcome = fill_gap(way, &(struct gap_problem){way->letters, last->end, way->length, r0, r1, least, most, false, true});
    } else {
        r1 = r0;
        outcome = align_step(way->room, PATH_NOT_PLACED, rest, 0) ? GAP_OK : GAP_MEMORY;
    }
    return outcome == GAP_OK && !align_step(way->room, PATH_NOT_PLACED, 0, length - r1) ? GAP_MEMORY : outcome;
}

/*
 * One gap and nothing but agreement around it: the best there is, where no cheaper place for it would be worth a mismatch. Then there is nothing to search but the
 * place, among those where the letters on both sides go on to agree. False: not so.
 */
static bool one_gap(const struct way *way, const struct block *a, const struct block *b, enum gap_outcome *outcome)
{
    const struct vg_align_parameters *p = &way->aligner->parameters;
    const uint8_t *open = way->aligner->open;
    int64_t jump = b->diagonal - a->diagonal, cost = INT64_MAX;
    uint32_t inserted = jump < 0 ? (uint32_t)-jump : 0, last = a->end, first = b->q, place = 0;
    if (jump == 0 || way->aligner->most_open - way->aligner->least_open >= p->match + p->mismatch || b->q < a->end + inserted) {
        return false;
    }
    while (last + inserted < b->q && agrees(way, last, a->diagonal)) {
        last++;
    }
    while (first > a->end + inserted && agrees(way, first - 1, b->diagonal)) {
        first--;
    }
    if (first - inserted > last) {
        return false;
    }
    for (uint32_t x = first - inserted; x <= last; x++) {
        int64_t here = open[(int64_t)x + a->diagonal];
        if (p->gaps_right ? here <= cost : here < cost) {
            cost = here;
            place = x;
        }
    }
    uint32_t before = place - a->end, behind = b->q - place - inserted;
    bool fine = align_step(way->room, PATH_PAIR, before, before) &&
                align_step(way->room, jump > 0 ? PATH_DELETION : PATH_INSERTION, inserted, jump > 0 ? (uint32_t)jump : 0) && align_step(way->room, PATH_PAIR, behind, behind);
    *outcome = fine ? GAP_OK : GAP_MEMORY;
    return true;
}

static enum gap_outcome between(const struct way *way, const struct block *a, const struct block *b)
{
    enum gap_outcome outcome;
    if (one_gap(way, a, b, &outcome)) {
        return outcome;
    }
    struct reach reach = reach_of(way, a->end, b->q, a->diagonal, b->diagonal);
    uint32_t r0 = (uint32_t)((int64_t)a->end + a->diagonal), r1 = (uint32_t)((int64_t)b->q + b->diagonal), q_length = b->q - a->end;
    int band = a->diagonal == b->diagonal ? b->band : BAND_LEAST + (q_length < 4 * BAND_MORE ? (int)q_length / 4 : BAND_MORE);
    return fill_gap(way, &(struct gap_problem){way->letters, a->end, b->q, r0, r1, reach.least - band, reach.most + band, false, false});
}

static enum gap_outcome make_path(struct way *way)
{
    const struct block *blocks = way->room->blocks.items;
    way->room->n_steps = 0;
    enum gap_outcome outcome = before_first(way, &blocks[0]);
    for (size_t k = 0; outcome == GAP_OK && k < way->n_blocks; k++) {
        if (k > 0) {
            outcome = between(way, &blocks[k - 1], &blocks[k]);
        }
        uint32_t pairs = blocks[k].end - blocks[k].q;
        if (outcome == GAP_OK && !align_step(way->room, PATH_PAIR, pairs, pairs)) {
            outcome = GAP_MEMORY;
        }
    }
    return outcome == GAP_OK ? behind_last(way, &blocks[way->n_blocks - 1]) : outcome;
}

/* -------------------------------------------------------------------- whole */

static char *reverse_complement(struct vg_align_room *room, const char *letters, uint32_t length)
{
    char *out = align_grow(&room->reversed, (size_t)length + 64, 1);
    for (uint32_t i = 0; out != NULL && i < length; i++) {
        out[i] = vg_letter_of_base_set(vg_base_complement(vg_base_set_of_letter(letters[length - 1 - i])));
    }
    return out;
}

static uint32_t count_certain(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length)
{
    uint64_t *bits = align_grow(&room->certain, (size_t)length / 64 + 3, sizeof *bits);
    uint32_t count = 0;
    if (bits == NULL) {
        return UINT32_MAX;
    }
    aligner->certain(letters, length, bits);
    for (uint32_t i = 0; i <= length / 64; i++) {
        count += (uint32_t)__builtin_popcountll(bits[i]);
    }
    return count;
}

/* Finds which way round the sequence is, and its chain. */
static enum vg_align_status find_chain(struct way *way, uint32_t n_certain, struct vg_alignment *alignment)
{
    const struct vg_align_parameters *p = &way->aligner->parameters;
    const char *given = way->letters;
    way->n_diagonals = align_chain(way->aligner, way->room, way->letters, way->length, n_certain, &alignment->cover);
    if (way->n_diagonals != SIZE_MAX && alignment->cover < 0.5 && p->reverse_too) {
        double cover = alignment->cover;
        way->letters = reverse_complement(way->room, given, way->length);
        if (way->letters == NULL || count_certain(way->aligner, way->room, way->letters, way->length) == UINT32_MAX) {
            return VG_ALIGN_MEMORY;
        }
        way->n_diagonals = align_chain(way->aligner, way->room, way->letters, way->length, n_certain, &alignment->cover);
        alignment->reversed = way->n_diagonals != SIZE_MAX && alignment->cover > cover;
        if (way->n_diagonals != SIZE_MAX && !alignment->reversed) {
            way->letters = given;
            (void)count_certain(way->aligner, way->room, given, way->length);
            way->n_diagonals = align_chain(way->aligner, way->room, given, way->length, n_certain, &alignment->cover);
        }
    }
    if (way->n_diagonals == SIZE_MAX) {
        return VG_ALIGN_MEMORY;
    }
    return way->n_diagonals == 0 || alignment->cover < p->least_cover ? VG_ALIGN_UNLIKE : VG_ALIGN_OK;
}

static enum vg_align_status align_letters(struct way *way, struct vg_arena *arena, struct vg_alignment *alignment)
{
    uint32_t n_certain = count_certain(way->aligner, way->room, way->letters, way->length);
    if (n_certain == UINT32_MAX) {
        return VG_ALIGN_MEMORY;
    }
    if (n_certain == 0 || n_certain < way->aligner->parameters.least_length) {
        return n_certain == 0 ? VG_ALIGN_EMPTY : VG_ALIGN_TOO_SHORT;
    }
    enum vg_align_status status = find_chain(way, n_certain, alignment);
    if (status != VG_ALIGN_OK) {
        return status;
    }
    way->n_diagonals = join_runs(way->room->diagonals.items, way->n_diagonals);
    way->diagonals = way->room->diagonals.items;
    if (!make_blocks(way)) {
        return VG_ALIGN_MEMORY;
    }
    if (way->n_blocks == 0) { /* all of it is doubtful: the longest run says where it lies */
        const struct diagonal *run = &way->diagonals[0];
        for (size_t k = 1; k < way->n_diagonals; k++) {
            run = way->diagonals[k].length > run->length ? &way->diagonals[k] : run;
        }
        if (!add_block(way, run->q, run->q + run->length, diagonal_of(run), BAND_MORE)) {
            return VG_ALIGN_MEMORY;
        }
    }
    if (way->n_blocks == 0) {
        return VG_ALIGN_UNLIKE;
    }
    return make_path(way) == GAP_OK ? align_report(way->aligner, way->room, way->letters, way->length, arena, alignment) : VG_ALIGN_MEMORY;
}

enum vg_align_status vg_align(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, size_t length, struct vg_arena *arena,
                              struct vg_alignment *alignment)
{
    *alignment = (struct vg_alignment){.status = VG_ALIGN_TOO_LONG};
    if (length <= (size_t)TOO_LONG_TIMES * aligner->reference.length + 1000) {
        struct way way = {.aligner = aligner, .room = room, .letters = letters, .length = (uint32_t)length};
        room->cells_left = GENOME_CELLS_MOST;
        alignment->status = align_letters(&way, arena, alignment);
    }
    return alignment->status;
}
