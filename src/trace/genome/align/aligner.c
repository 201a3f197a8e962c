/*
 * A reference made ready: its letters and sets of bases, what it costs to open a gap at each site, where a shifted copy would fit by chance, and its words.
 */
#include "trace/genome/align/internal.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS_LEAST 32U
#define REPEAT_PERIOD_MOST 6U
#define REPEAT_LETTERS_LEAST 6U
#define NO_LETTER '\1' /* stands for N in the reference: no sequence has it, so that its N are seen as different from it */

static uint64_t letter_code(char letter)
{
    return ((uint64_t)(unsigned char)letter >> 1) & 3; /* A 0, C 1, T 2, G 3 */
}

static vg_status copy_letters(struct vg_aligner *aligner, struct vg_arena *arena, struct vg_error *error)
{
    uint32_t length = aligner->reference.length;
    char *plain = vg_arena_alloc(arena, (size_t)length + 1, 1), *letters = vg_arena_alloc(arena, (size_t)length + 64, 1);
    aligner->bases = vg_arena_alloc(arena, (size_t)length + 1, 1);
    if (plain == NULL || letters == NULL || aligner->bases == NULL) {
        return vg_fail_memory(error, 3 * (size_t)length);
    }
    for (uint32_t i = 0; i < length; i++) {
        uint8_t base = vg_base_set_of_letter(aligner->reference.letters[i]);
        if (base == 0 || base == VG_BASE_DELETED) {
            return vg_fail(error, VG_DATA_ERROR, "the reference has at its site %u a letter that is no base (byte %u)", i + 1, (unsigned)(unsigned char)aligner->reference.letters[i]);
        }
        plain[i] = vg_base_is_certain(base) ? vg_letter_of_base_set(base) : 'N';
        letters[i] = plain[i] == 'N' ? NO_LETTER : plain[i];
        aligner->bases[i] = vg_base_is_certain(base) ? base : VG_BASE_ANY;
    }
    aligner->reference.letters = plain;
    aligner->letters = letters;
    return VG_OK;
}

/* Where coding sequences overlap in different frames, the dearer holds. */
static void set_gap_costs(struct vg_aligner *aligner, const struct vg_genome_annotation *annotation)
{
    const struct vg_align_parameters *p = &aligner->parameters;
    uint32_t length = aligner->reference.length;
    memset(aligner->open, p->gap_open, (size_t)length + 1);
    for (uint32_t c = 0; annotation != NULL && c < annotation->n_coding; c++) {
        const struct vg_coding_sequence *coding = &annotation->coding[c];
        uint32_t frame = (3U - coding->phase) % 3;
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            const struct vg_genome_range *range = &coding->ranges[k];
            for (uint32_t i = range->begin; i < range->end && i < length; i++) {
                /* On the reverse strand the boundary before a codon's last letter is, in the reference's order, the one behind it. */
                uint32_t at = coding->reverse ? frame + (range->end - i) : frame + (i - range->begin);
                int cost = at % 3 == 0 ? p->gap_open_in_frame : p->gap_open_out_of_frame;
                aligner->open[i] = cost > aligner->open[i] ? (uint8_t)cost : aligner->open[i];
            }
            frame = (frame + range->end - range->begin) % 3;
        }
    }
    const int costs[] = {p->gap_open, p->gap_open_in_frame, p->gap_open_out_of_frame};
    aligner->least_open = aligner->most_open = costs[0];
    for (size_t i = 1; i < sizeof costs / sizeof *costs; i++) {
        aligner->least_open = costs[i] < aligner->least_open ? costs[i] : aligner->least_open;
        aligner->most_open = costs[i] > aligner->most_open ? costs[i] : aligner->most_open;
    }
}

/* In a repeat of a few letters a shift goes unseen: such sites do not count against one. */
static void count_firm(struct vg_aligner *aligner)
{
    uint32_t length = aligner->reference.length;
    memset(aligner->firm, 0, ((size_t)length + 1) * sizeof *aligner->firm);
    for (uint32_t period = 1; period <= REPEAT_PERIOD_MOST; period++) {
        uint32_t run = 0;
        for (uint32_t i = period; i < length; i++) {
            run = aligner->letters[i] == aligner->letters[i - period] ? run + 1 : 0;
            if (run == REPEAT_LETTERS_LEAST) {
                for (uint32_t k = 0; k < run + period; k++) {
                    aligner->firm[i + 1 - k] = 1;
                }
            } else if (run > REPEAT_LETTERS_LEAST) {
                aligner->firm[i + 1] = 1;
            }
        }
    }
    for (uint32_t i = 1; i <= length; i++) {
        aligner->firm[i] = aligner->firm[i - 1] + (aligner->firm[i] == 0);
    }
}

static void enter_word(struct vg_aligner *aligner, uint64_t word, uint32_t position)
{
    uint32_t slot = (uint32_t)((word * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (aligner->n_words - 1);
    while (aligner->words[slot].word != 0 && aligner->words[slot].word != word + 1) {
        slot = (slot + 1) & (aligner->n_words - 1);
    }
    aligner->words[slot].position = aligner->words[slot].word == 0 ? position : UINT32_MAX;
    aligner->words[slot].word = word + 1;
}

static void enter_words(struct vg_aligner *aligner)
{
    uint64_t word = 0;
    uint32_t run = 0;
    for (uint32_t i = 0; i < aligner->reference.length; i++) {
        char letter = aligner->letters[i];
        run = letter == NO_LETTER ? 0 : run + 1;
        word = (word << 2 | letter_code(letter)) & ((UINT64_C(1) << (2 * WORD_LETTERS)) - 1);
        if (run >= WORD_LETTERS) {
            enter_word(aligner, word, i + 1 - WORD_LETTERS);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static vg_status enter_holed_words(struct vg_aligner *aligner, struct vg_arena *arena, struct vg_error *error)
{
    uint32_t length = aligner->reference.length, n = 0;
    uint64_t *pairs = malloc((size_t)length * sizeof *pairs); /* word, place: sorted together */
    aligner->holed_first = VG_ARENA_ARRAY(arena, uint32_t, 65537);
    aligner->holed_words = VG_ARENA_ARRAY(arena, uint32_t, length);
    aligner->holed_places = VG_ARENA_ARRAY(arena, uint32_t, length);
    if (pairs == NULL || arena->failed) {
        free(pairs);
        return vg_fail_memory(error, (size_t)length * 16);
    }
    for (uint32_t i = 0; i + HOLED_SPAN <= length; i++) {
        uint32_t word = 0;
        bool certain = true;
        for (uint32_t k = 0; k < HOLED_SPAN; k++) {
            certain = certain && aligner->letters[i + k] != NO_LETTER;
            word = k % 3 == 2 ? word : word << 2 | (uint32_t)letter_code(aligner->letters[i + k]);
        }
        if (certain) {
            pairs[n++] = (uint64_t)word << 32 | i;
        }
    }
    qsort(pairs, n, sizeof *pairs, by_value);
    for (uint32_t k = 0; k < n; k++) {
        aligner->holed_words[k] = (uint32_t)(pairs[k] >> 32);
        aligner->holed_places[k] = (uint32_t)pairs[k];
        aligner->holed_first[(aligner->holed_words[k] >> 8) + 1]++;
    }
    for (uint32_t k = 0; k < 65536; k++) {
        aligner->holed_first[k + 1] += aligner->holed_first[k];
    }
    free(pairs);
    return VG_OK;
}

static vg_status check_parameters(const struct vg_align_parameters *p, struct vg_error *error)
{
    const int costs[] = {p->match, p->mismatch, p->gap_open, p->gap_open_in_frame, p->gap_open_out_of_frame, p->gap_extend};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        if (costs[i] < 0 || costs[i] > 100 || (i == 0 && costs[i] == 0)) {
            return vg_fail(error, VG_DATA_ERROR, "scores and penalties of an alignment are 0 to 100, and a match at least 1: found %d", costs[i]);
        }
    }
    return VG_OK;
}

vg_status vg_aligner_new(const struct vg_genome_reference *reference, const struct vg_genome_annotation *annotation, const struct vg_align_parameters *parameters,
                         struct vg_arena *arena, struct vg_aligner **aligner_out, struct vg_error *error)
{
    if (reference->length < LETTERS_LEAST || reference->length > VG_GENOME_LENGTH_MAX) {
        return vg_fail(error, VG_DATA_ERROR, "the reference has %u letters: %u to %u are possible", reference->length, LETTERS_LEAST, VG_GENOME_LENGTH_MAX);
    }
    vg_status status = check_parameters(parameters, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_aligner *aligner = VG_ARENA_ARRAY(arena, struct vg_aligner, 1);
    if (aligner == NULL) {
        return vg_fail_memory(error, sizeof *aligner);
    }
    aligner->reference = *reference;
    aligner->parameters = *parameters;
    aligner->n_words = 256;
    while (aligner->n_words < 2 * reference->length) {
        aligner->n_words *= 2;
    }
    aligner->words = VG_ARENA_ARRAY(arena, struct word_slot, aligner->n_words);
    aligner->open = VG_ARENA_ARRAY(arena, uint8_t, (size_t)reference->length + 1);
    aligner->firm = VG_ARENA_ARRAY(arena, uint32_t, (size_t)reference->length + 1);
    if (arena->failed) {
        return vg_fail_memory(error, aligner->n_words * sizeof(struct word_slot));
    }
    status = copy_letters(aligner, arena, error);
    if (status == VG_OK) {
        set_gap_costs(aligner, annotation);
        count_firm(aligner);
        enter_words(aligner);
        vg_aligner_use_wide(aligner, true);
        status = enter_holed_words(aligner, arena, error);
        *aligner_out = aligner;
    }
    return status;
}

const struct vg_genome_reference *vg_aligner_reference(const struct vg_aligner *aligner)
{
    return &aligner->reference;
}

void vg_aligner_use_wide(struct vg_aligner *aligner, bool wide)
{
    aligner->compare = align_compare_best(wide);
    aligner->certain = align_certain_best(wide);
}
