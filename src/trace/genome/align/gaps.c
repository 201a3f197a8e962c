/*
 * From one point to another by dynamic programming with affine gaps (Gotoh 1982), in a band of diagonals. Three scores a cell: the best (ending in whatever),
 * ending in a deletion, ending in an insertion; one byte a cell remembers the way back. Of equally good ways the gap lies as far left (or right) as it can.
 */
#include "trace/genome/align/internal.h"

#include <string.h>

#define CELLS_MOST ((size_t)48 << 20)
#define NEVER (INT32_MIN / 2)

enum { WAY_PAIR = 0, WAY_DELETION = 1, WAY_INSERTION = 2, WAY_STOP = 3, WAY_MASK = 3, DELETION_GOES_ON = 4, INSERTION_GOES_ON = 8 };

struct band {
    const struct vg_aligner *aligner;
    const struct gap_problem *problem;
    const char *query;      /* letters from q0 on */
    uint32_t m, n;          /* letters of the sequence, sites of the reference */
    int64_t low, high;      /* column - row, both included */
    size_t width;
    uint8_t *trace;         /* [m + 1][width] */
    int32_t *best, *insertion; /* [n + 1] of the row before, then of this one */
};

static inline size_t cell_of(const struct band *band, uint32_t i, uint32_t j)
{
    return (size_t)i * band->width + (size_t)((int64_t)j - (int64_t)i - band->low);
}

static inline uint32_t first_column(const struct band *band, uint32_t i)
{
    int64_t j = (int64_t)i + band->low;
    return j < 0 ? 0 : (uint32_t)j;
}

static inline uint32_t last_column(const struct band *band, uint32_t i)
{
    int64_t j = (int64_t)i + band->high;
    return j > band->n ? band->n : (uint32_t)j;
}

static void first_row(struct band *band)
{
    const struct vg_align_parameters *p = &band->aligner->parameters;
    const uint8_t *open = band->aligner->open + band->problem->r0;
    for (uint32_t j = 0; j <= band->n; j++) {
        band->best[j] = band->insertion[j] = NEVER;
    }
    for (uint32_t j = 0; j <= last_column(band, 0); j++) {
        bool stop = j == 0 || band->problem->free_start;
        band->best[j] = stop ? 0 : -(int32_t)open[0] - (int32_t)j * p->gap_extend;
        band->trace[cell_of(band, 0, j)] = stop ? WAY_STOP : (uint8_t)(WAY_DELETION | (j > 1 ? DELETION_GOES_ON : 0));
    }
}

/* The cell of row i in column 0, where only an insertion leads. */
static void first_cell(struct band *band, uint32_t i)
{
    const struct vg_align_parameters *p = &band->aligner->parameters;
    bool stop = band->problem->free_start && band->problem->r0 == 0;
    band->insertion[0] = -(int32_t)band->aligner->open[band->problem->r0] - (int32_t)i * p->gap_extend;
    band->best[0] = stop ? 0 : band->insertion[0];
    band->trace[cell_of(band, i, 0)] = stop ? WAY_STOP : (uint8_t)(WAY_INSERTION | (i > 1 ? INSERTION_GOES_ON : 0));
}

static void one_row(struct band *band, uint32_t i)
{
    const struct vg_align_parameters *p = &band->aligner->parameters;
    const uint8_t *open = band->aligner->open + band->problem->r0, *bases = band->aligner->bases + band->problem->r0;
    const uint8_t query = vg_base_set_of_letter(band->query[i - 1]);
    const int32_t extend = p->gap_extend, known = query == VG_BASE_ANY ? 0 : 1, match = known * p->match, mismatch = known * -p->mismatch;
    const bool right = p->gaps_right;
    uint32_t j = first_column(band, i), last = last_column(band, i);
    int32_t diagonal = j == 0 ? NEVER : band->best[j - 1], deletion = NEVER, left = NEVER; /* of the cell up left, and left of this one */
    if (j == 0) {
        diagonal = band->best[0];
        first_cell(band, i);
        left = band->best[0];
        j = 1;
    }
    uint8_t *trace = band->trace + (size_t)i * band->width - ((int64_t)i + band->low);
    for (; j <= last; j++) {
        int32_t pair = diagonal + (bases[j - 1] == VG_BASE_ANY ? 0 : (query & bases[j - 1]) != 0 ? match : mismatch);
        int32_t opened_insertion = band->best[j] - open[j], gone_insertion = band->insertion[j];
        int32_t opened_deletion = left - open[j - 1], gone_deletion = deletion;
        uint8_t way = gone_insertion > opened_insertion ? INSERTION_GOES_ON : 0;
        way |= gone_deletion > opened_deletion ? DELETION_GOES_ON : 0;
        int32_t insertion = (gone_insertion > opened_insertion ? gone_insertion : opened_insertion) - extend;
        deletion = (gone_deletion > opened_deletion ? gone_deletion : opened_deletion) - extend;
        int32_t gap = deletion >= insertion ? deletion : insertion;
        uint8_t gap_way = deletion >= insertion ? WAY_DELETION : WAY_INSERTION;
        bool take_gap = right ? gap >= pair : gap > pair;
        diagonal = band->best[j];
        left = take_gap ? gap : pair;
        band->best[j] = left;
        band->insertion[j] = insertion;
        trace[j] = (uint8_t)(way | (take_gap ? gap_way : WAY_PAIR));
    }
}

/* Lengthens the last step where it is of the same kind and not before `begin`. */
static bool add_step(struct vg_align_room *room, size_t begin, enum path_kind kind, uint32_t q_length, uint32_t r_length)
{
    if (q_length == 0 && r_length == 0) {
        return true;
    }
    struct path_step *steps = room->steps.items;
    if (room->n_steps > begin && steps[room->n_steps - 1].kind == kind) {
        steps[room->n_steps - 1].q_length += q_length;
        steps[room->n_steps - 1].r_length += r_length;
        return true;
    }
    steps = align_grow(&room->steps, room->n_steps + 1, sizeof *steps);
    if (steps == NULL) {
        return false;
    }
    steps[room->n_steps++] = (struct path_step){kind, q_length, r_length};
    return true;
}

bool align_step(struct vg_align_room *room, enum path_kind kind, uint32_t q_length, uint32_t r_length)
{
    return add_step(room, 0, kind, q_length, r_length);
}

/* The way back from (i, j), appended forwards. */
static bool walk_back(const struct band *band, struct vg_align_room *room, uint32_t i, uint32_t j)
{
    size_t begin = room->n_steps;
    bool fine = true;
    int state = WAY_PAIR; /* WAY_DELETION, WAY_INSERTION: within one */
    while (fine && (i > 0 || j > 0)) {
        uint8_t cell = band->trace[cell_of(band, i, j)];
        int way = state != WAY_PAIR ? state : cell & WAY_MASK;
        if (way == WAY_STOP) {
            fine = add_step(room, begin, PATH_NOT_PLACED, i, j);
            break;
        }
        state = WAY_PAIR;
        if (way == WAY_PAIR) {
            fine = add_step(room, begin, PATH_PAIR, 1, 1);
            i--, j--;
        } else if (way == WAY_DELETION) {
            fine = add_step(room, begin, PATH_DELETION, 0, 1);
            state = (cell & DELETION_GOES_ON) != 0 ? WAY_DELETION : WAY_PAIR;
            j--;
        } else {
            fine = add_step(room, begin, PATH_INSERTION, 1, 0);
            state = (cell & INSERTION_GOES_ON) != 0 ? WAY_INSERTION : WAY_PAIR;
            i--;
        }
    }
    struct path_step *steps = room->steps.items;
    for (size_t a = begin, b = room->n_steps; fine && a + 1 < b; a++, b--) {
        struct path_step step = steps[a];
        steps[a] = steps[b - 1];
        steps[b - 1] = step;
    }
    return fine;
}

struct gap_end {
    uint32_t i, j;
    int32_t score;
};

/* Behind the last row; with a free end that is the best place at which the sequence, or the reference, ends. */
static struct gap_end best_end(const struct band *band, struct gap_end column_end)
{
    struct gap_end end = {band->m, band->n, band->best[band->n]};
    if (band->problem->free_end) {
        end = column_end;
        for (uint32_t j = first_column(band, band->m); j <= last_column(band, band->m); j++) {
            if (band->best[j] > end.score || (band->best[j] == end.score && end.i < band->m)) {
                end = (struct gap_end){band->m, j, band->best[j]};
            }
        }
    }
    return end;
}

static bool make_room(struct band *band, struct vg_align_room *room)
{
    band->trace = align_grow(&room->trace, ((size_t)band->m + 1) * band->width, 1);
    band->best = align_grow(&room->rows, 2 * ((size_t)band->n + 1), sizeof *band->best);
    band->insertion = band->best == NULL ? NULL : band->best + band->n + 1;
    return band->trace != NULL && band->best != NULL;
}

enum gap_outcome align_gap(const struct vg_aligner *aligner, struct vg_align_room *room, const struct gap_problem *problem)
{
    int64_t corner = (int64_t)problem->r0 - problem->q0, other = ((int64_t)problem->r1 - problem->r0) - ((int64_t)problem->q1 - problem->q0);
    struct band band = {.aligner = aligner, .problem = problem, .query = problem->letters + problem->q0, .m = problem->q1 - problem->q0, .n = problem->r1 - problem->r0,
                        .low = problem->least_diagonal - corner, .high = problem->most_diagonal - corner};
    int64_t least = other < 0 ? other : 0, most = other > 0 ? other : 0;
    band.low = band.low > least ? least : band.low < -(int64_t)band.m ? -(int64_t)band.m : band.low;
    band.high = band.high < most ? most : band.high > (int64_t)band.n ? (int64_t)band.n : band.high;
    band.width = (size_t)(band.high - band.low + 1);
    if (band.width > CELLS_MOST / ((size_t)band.m + 1) || band.width * ((size_t)band.m + 1) > room->cells_left) {
        return GAP_TOO_LARGE;
    }
    room->cells_left -= band.width * ((size_t)band.m + 1);
    if (!make_room(&band, room)) {
        return GAP_MEMORY;
    }
    bool to_end = problem->free_end && problem->r1 == aligner->reference.length;
    struct gap_end column_end = {0, band.n, NEVER};
    first_row(&band);
    if (to_end && last_column(&band, 0) == band.n) {
        column_end.score = band.best[band.n];
    }
    for (uint32_t i = 1; i <= band.m; i++) {
        one_row(&band, i);
        if (to_end && last_column(&band, i) == band.n && band.best[band.n] >= column_end.score) {
            column_end = (struct gap_end){i, band.n, band.best[band.n]};
        }
    }
    struct gap_end end = best_end(&band, column_end);
    bool fine = walk_back(&band, room, end.i, end.j) && align_step(room, PATH_NOT_PLACED, band.m - end.i, band.n - end.j);
    return fine ? GAP_OK : GAP_MEMORY;
}
