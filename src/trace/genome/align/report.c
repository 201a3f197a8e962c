/*
 * The path of an alignment as differences from the reference, its ends cut back to where they fit.
 */
#include "trace/genome/align/internal.h"

#include <string.h>

/* Where an end fits is asked more strictly than gaps are placed: without a cost for its length a gap finds a few letters that agree in whatever comes. */
#define CUT_MATCH 2
#define CUT_MISMATCH 3
#define CUT_GAP 14
#define CUT_SURE 120     /* a score from which on an end is settled */
#define CUT_FROM 16      /* an end that loses as much is cut off */
#define UNKNOWN_RUN 10U  /* letters N that may stand for any number of sites */

struct report {
    const struct vg_aligner *aligner;
    struct vg_align_room *room;
    const char *letters;
    uint32_t length;
    struct vg_alignment *alignment;
    uint32_t q, r;
    bool failed;
};

static void add_difference(struct report *report, uint32_t position, uint32_t length, uint8_t base)
{
    struct vg_align_room *room = report->room;
    struct vg_genome_difference *differences = room->differences.items, *last = room->n_differences == 0 ? NULL : &differences[room->n_differences - 1];
    bool run = base == VG_BASE_ANY || base == VG_BASE_DELETED;
    if (length == 0) {
        return;
    }
    if (run && last != NULL && last->base == base && last->position + last->length == position) {
        last->length += length;
        return;
    }
    differences = align_grow(&room->differences, room->n_differences + 1, sizeof *differences);
    if (differences == NULL) {
        report->failed = true;
        return;
    }
    differences[room->n_differences++] = (struct vg_genome_difference){position, length, base};
}

/* Whether the letters that end (or begin) at q are a run of N that may stand for any number of sites. */
static bool unknown_before(const struct report *report, uint32_t q)
{
    uint32_t run = 0;
    while (run < UNKNOWN_RUN && run < q && report->letters[q - 1 - run] == 'N') {
        run++;
    }
    return run == UNKNOWN_RUN;
}

static bool unknown_behind(const struct report *report, uint32_t q)
{
    uint32_t run = 0;
    while (run < UNKNOWN_RUN && q + run < report->length && report->letters[q + run] == 'N') {
        run++;
    }
    return run == UNKNOWN_RUN;
}

static uint32_t run_of_n(const char *letters, uint32_t length)
{
    uint32_t run = 0;
    while (run < length && letters[run] == 'N') {
        run++;
    }
    return run;
}

static void take_pairs(struct report *report, uint32_t length)
{
    const struct vg_align_parameters *p = &report->aligner->parameters;
    uint32_t *places = align_grow(&report->room->places, (size_t)length + 64, sizeof *places), behind = 0;
    const char *letters = report->letters + report->q;
    int64_t score = (int64_t)p->match * length;
    if (places == NULL) {
        report->failed = true;
        return;
    }
    uint32_t n = report->aligner->compare(letters, report->aligner->letters + report->r, length, places);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = places[i], run = 1;
        if (at < behind) {
            continue;
        }
        uint8_t base = vg_base_set_of_letter(letters[at]);
        if (base == VG_BASE_ANY) {
            run = run_of_n(letters + at, length - at);
            behind = at + run;
            score -= (int64_t)p->match * run; /* what is not known says nothing */
        } else if (report->aligner->bases[report->r + at] == VG_BASE_ANY) {
            score -= p->match;
        } else if ((base & report->aligner->bases[report->r + at]) == 0) {
            score -= p->match + p->mismatch;
        }
        add_difference(report, report->r + at, run, base);
    }
    report->alignment->score += score;
}

static int64_t gap_score(const struct report *report, uint32_t length)
{
    return (int64_t)report->aligner->open[report->r] + (int64_t)report->aligner->parameters.gap_extend * length;
}

static void take_insertion(struct report *report, uint32_t length)
{
    struct vg_align_room *room = report->room;
    uint32_t unknown = 0;
    report->alignment->score -= gap_score(report, length);
    for (uint32_t i = 0; i < length; i++) {
        unknown += report->letters[report->q + i] == 'N';
    }
    if (2 * unknown >= length) { /* more of it is unread than read: no insertion to call, but what was read is not lost */
        report->alignment->not_placed += length - unknown;
        return;
    }
    struct vg_genome_insertion *insertions = align_grow(&room->insertions, room->n_insertions + 1, sizeof *insertions);
    if (insertions == NULL) {
        report->failed = true;
        return;
    }
    insertions[room->n_insertions++] = (struct vg_genome_insertion){report->r, length, report->letters + report->q};
    room->n_letters += length;
}

static void take_step(struct report *report, const struct path_step *step)
{
    if (step->kind == PATH_PAIR) {
        take_pairs(report, step->q_length);
    } else if (step->kind == PATH_INSERTION) {
        take_insertion(report, step->q_length);
    } else if (step->kind == PATH_DELETION) {
        bool unknown = unknown_before(report, report->q) || unknown_behind(report, report->q);
        report->alignment->score -= gap_score(report, step->r_length);
        add_difference(report, report->r, step->r_length, unknown ? VG_BASE_ANY : VG_BASE_DELETED);
    } else {
        add_difference(report, report->r, step->r_length, VG_BASE_ANY);
        report->alignment->not_placed += step->q_length;
    }
    report->q += step->q_length;
    report->r += step->r_length;
}

/* --------------------------------------------------------------------- ends */

/* What one letter of a step says. */
static int letter_score(const struct report *report, const struct path_step *step, uint32_t at, uint32_t q, uint32_t r)
{
    if (step->kind != PATH_PAIR) {
        return at == 0 ? -CUT_GAP : 0;
    }
    uint8_t base = vg_base_set_of_letter(report->letters[q]);
    return base == VG_BASE_ANY ? 0 : (base & report->aligner->bases[r]) != 0 ? CUT_MATCH : -CUT_MISMATCH;
}

/* The number of whole steps, and of letters of the next, that an end loses: up to where the sum of its scores is least. */
struct cut {
    size_t steps;
    uint32_t letters;
};

static struct cut find_cut(const struct report *report, const struct path_step *steps, size_t n, bool from_right)
{
    struct cut cut = {0, 0};
    uint32_t q = from_right ? report->length : 0, r = from_right ? report->aligner->reference.length : 0;
    int sum = 0, least = -CUT_FROM + 1;
    for (size_t k = 0; k < n && sum < CUT_SURE; k++) {
        const struct path_step *step = &steps[from_right ? n - 1 - k : k];
        uint32_t length = step->q_length > step->r_length ? step->q_length : step->r_length, dq = step->q_length > 0, dr = step->r_length > 0;
        if (step->kind == PATH_NOT_PLACED) {
            q = from_right ? q - step->q_length : q + step->q_length;
            r = from_right ? r - step->r_length : r + step->r_length;
            continue;
        }
        for (uint32_t i = 0; i < length && sum < CUT_SURE; i++) {
            q = from_right ? q - dq : q;
            r = from_right ? r - dr : r;
            sum += letter_score(report, step, i, q, r);
            q = from_right ? q : q + dq;
            r = from_right ? r : r + dr;
            if (sum <= least) { /* a gap goes whole */
                least = sum;
                cut = i + 1 == length ? (struct cut){k + 1, 0} : (struct cut){k, i + 1};
            }
        }
    }
    return cut;
}

/* Turns what is cut off into PATH_NOT_PLACED. A step may be cut at both ends. */
static void cut_ends(struct report *report)
{
    struct path_step *steps = report->room->steps.items;
    size_t n = report->room->n_steps;
    struct cut left = find_cut(report, steps, n, false), right = find_cut(report, steps, n, true);
    if (left.steps + right.steps + (left.letters > 0) + (right.letters > 0) == 0 || left.steps + right.steps >= n) {
        return;
    }
    struct path_step first = {PATH_NOT_PLACED, 0, 0}, last = {PATH_NOT_PLACED, 0, 0};
    size_t kept = 0;
    for (size_t k = 0; k < n; k++) {
        struct path_step step = steps[k];
        struct path_step *end = k < left.steps ? &first : k >= n - right.steps ? &last : NULL;
        if (end != NULL) {
            end->q_length += step.q_length;
            end->r_length += step.r_length;
            continue;
        }
        uint32_t from_left = k == left.steps ? left.letters : 0, from_right = k + 1 == n - right.steps ? right.letters : 0;
        uint32_t q_left = step.q_length > 0 ? from_left : 0, r_left = step.r_length > 0 ? from_left : 0;
        uint32_t q_right = step.q_length > 0 ? from_right : 0, r_right = step.r_length > 0 ? from_right : 0;
        if (q_left + q_right > step.q_length || r_left + r_right > step.r_length) {
            q_right = r_right = 0;
        }
        first.q_length += q_left, first.r_length += r_left;
        last.q_length += q_right, last.r_length += r_right;
        steps[kept++] = (struct path_step){step.kind, step.q_length - q_left - q_right, step.r_length - r_left - r_right};
    }
    /* At most one more step than there was room for at each end: both may be new. */
    struct path_step *grown = align_grow(&report->room->steps, kept + 2, sizeof *grown);
    if (grown == NULL) {
        report->failed = true;
        return;
    }
    memmove(grown + 1, grown, kept * sizeof *grown);
    grown[0] = first;
    grown[kept + 1] = last;
    report->room->n_steps = kept + 2;
}

/* -------------------------------------------------------------------- whole */

static void count_up(struct vg_alignment *alignment, uint32_t reference_length)
{
    uint32_t other = 0;
    for (uint32_t i = 0; i < alignment->genome.n_differences; i++) {
        const struct vg_genome_difference *difference = &alignment->genome.differences[i];
        if (difference->base == VG_BASE_DELETED) {
            alignment->deleted += difference->length;
            alignment->deletions++;
        } else if (difference->base == VG_BASE_ANY) {
            alignment->missing += difference->length;
        } else if (vg_base_is_certain(difference->base)) {
            alignment->substitutions++;
            continue;
        } else {
            alignment->ambiguous++;
        }
        other += difference->length;
    }
    for (uint32_t i = 0; i < alignment->genome.n_insertions; i++) {
        alignment->inserted += alignment->genome.insertions[i].length;
    }
    alignment->insertions = alignment->genome.n_insertions;
    alignment->certain = reference_length - other;
}

static bool copy_out(const struct report *report, struct vg_arena *arena)
{
    const struct vg_align_room *room = report->room;
    struct vg_genome *genome = &report->alignment->genome;
    struct vg_genome_difference *differences = VG_ARENA_ARRAY(arena, struct vg_genome_difference, room->n_differences);
    struct vg_genome_insertion *insertions = VG_ARENA_ARRAY(arena, struct vg_genome_insertion, room->n_insertions);
    char *letters = vg_arena_alloc(arena, room->n_letters + 1, 1);
    if ((room->n_differences > 0 && differences == NULL) || (room->n_insertions > 0 && insertions == NULL) || letters == NULL) {
        return false;
    }
    if (room->n_differences > 0) {
        memcpy(differences, room->differences.items, room->n_differences * sizeof *differences);
    }
    for (size_t i = 0; i < room->n_insertions; i++) {
        insertions[i] = ((const struct vg_genome_insertion *)room->insertions.items)[i];
        memcpy(letters, insertions[i].letters, insertions[i].length);
        insertions[i].letters = letters;
        letters += insertions[i].length;
    }
    *genome = (struct vg_genome){.name = genome->name, .differences = differences, .insertions = insertions, .n_differences = (uint32_t)room->n_differences,
                                 .n_insertions = (uint32_t)room->n_insertions};
    return true;
}

enum vg_align_status align_report(const struct vg_aligner *aligner, struct vg_align_room *room, const char *letters, uint32_t length, struct vg_arena *arena,
                                  struct vg_alignment *alignment)
{
    struct report report = {.aligner = aligner, .room = room, .letters = letters, .length = length, .alignment = alignment};
    room->n_differences = room->n_insertions = room->n_letters = 0;
    cut_ends(&report);
    const struct path_step *steps = room->steps.items;
    size_t n = room->n_steps, first = 0, last = n;
    while (first < n && steps[first].kind == PATH_NOT_PLACED) {
        alignment->cut_left += steps[first].q_length;
        first++;
    }
    while (last > first && steps[last - 1].kind == PATH_NOT_PLACED) {
        last--;
        alignment->cut_right += steps[last].q_length;
    }
    for (size_t k = 0; k < n && !report.failed; k++) {
        alignment->begin = k == first ? report.r : alignment->begin;
        alignment->end = k == last ? report.r : alignment->end;
        take_step(&report, &steps[k]);
    }
    alignment->end = last == n ? report.r : alignment->end;
    alignment->not_placed -= alignment->cut_left + alignment->cut_right;
    if (report.failed || !copy_out(&report, arena)) {
        return VG_ALIGN_MEMORY;
    }
    VG_ASSERT(report.q == length && report.r == aligner->reference.length);
    count_up(alignment, aligner->reference.length);
    return first == last ? VG_ALIGN_UNLIKE : VG_ALIGN_OK;
}

void vg_genome_letters(const struct vg_genome_reference *reference, const struct vg_genome *genome, char *out)
{
    memcpy(out, reference->letters, reference->length);
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *difference = &genome->differences[i];
        if (difference->position <= reference->length && difference->length <= reference->length - difference->position) {
            memset(out + difference->position, vg_letter_of_base_set(difference->base), difference->length);
        }
    }
}
