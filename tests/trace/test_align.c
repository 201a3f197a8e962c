/*
 * Aligning: against full dynamic programming with no bands or words, against genomes of which the changes are known, and what must hold at the edges.
 */
#include "vg_test.h"

#include "trace/genome/align/align.h"

#include <string.h>

/* ---------------------------------------------------------- slow reference */

/* Gotoh 1982 over all cells, ends free; ties as align.h has them: the gap as far left (right) as can be, a deletion before an insertion, a short gap before a long one. */
struct slow {
    const char *letters;
    uint32_t m, n;
    const struct vg_genome_reference *reference;
    const struct vg_align_parameters *p;
    const int *open;
    int *best, *deletion, *insertion;   /* [m + 1][n + 1] */
    int64_t score;
    char *row;                          /* [n]: the sequence's letter at each site, - deleted, N beyond the ends */
    uint32_t *inserted;                 /* [n + 1]: letters before a site */
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int slow_pair(const struct slow *s, uint32_t i, uint32_t j)
{
    uint8_t a = vg_base_set_of_letter(s->letters[i]), b = vg_base_set_of_letter(s->reference->letters[j]);
    return a == VG_BASE_ANY || b == VG_BASE_ANY ? 0 : (a & b) != 0 ? s->p->match : -s->p->mismatch;
}

static void slow_fill(struct slow *s)
{
    enum { NEVER = -100000000 };
    size_t w = s->n + 1;
    for (uint32_t i = 0; i <= s->m; i++) {
        for (uint32_t j = 0; j <= s->n; j++) {
            size_t at = i * w + j;
            s->deletion[at] = s->insertion[at] = NEVER;
            s->best[at] = 0;
            if (i == 0 || j == 0) {
                continue;
            }
            s->deletion[at] = larger(s->best[at - 1] - s->open[j - 1], s->deletion[at - 1]) - s->p->gap_extend;
            s->insertion[at] = larger(s->best[at - w] - s->open[j], s->insertion[at - w]) - s->p->gap_extend;
            int pair = s->best[at - w - 1] + slow_pair(s, i - 1, j - 1);
            s->best[at] = larger(pair, larger(s->deletion[at], s->insertion[at]));
        }
    }
}

static void slow_walk(struct slow *s)
{
    size_t w = s->n + 1;
    uint32_t i = s->m, j = s->n;
    int best = -100000000;
    for (uint32_t k = 0; k <= s->m; k++) {
        if (s->best[k * w + s->n] >= best) {
            best = s->best[k * w + s->n];
            i = k, j = s->n;
        }
    }
    for (uint32_t k = 0; k <= s->n; k++) {
        if (s->best[s->m * w + k] > best) {
            best = s->best[s->m * w + k];
            i = s->m, j = k;
        }
    }
    s->score = best;
    memset(s->row, 'N', s->n);
    memset(s->inserted, 0, w * sizeof *s->inserted);
    int state = 0;
    while (i > 0 && j > 0) {
        size_t at = i * w + j;
        int pair = s->best[at - w - 1] + slow_pair(s, i - 1, j - 1), gap = larger(s->deletion[at], s->insertion[at]);
        if (state == 0 && (s->p->gaps_right ? gap < pair : gap <= pair)) {
            s->row[j - 1] = s->letters[i - 1];
            i--, j--;
        } else if (state == 1 || (state == 0 && s->deletion[at] >= s->insertion[at])) {
            state = s->best[at - 1] - s->open[j - 1] >= s->deletion[at - 1] ? 0 : 1;
            s->row[j - 1] = '-';
            j--;
        } else {
            state = s->best[at - w] - s->open[j] >= s->insertion[at - w] ? 0 : 2;
            s->inserted[j]++;
            i--;
        }
    }
}

static void slow_align(struct slow *s, struct vg_arena *arena)
{
    size_t cells = ((size_t)s->m + 1) * (s->n + 1);
    s->best = VG_ARENA_ARRAY(arena, int, cells);
    s->deletion = VG_ARENA_ARRAY(arena, int, cells);
    s->insertion = VG_ARENA_ARRAY(arena, int, cells);
    s->row = VG_ARENA_ARRAY(arena, char, s->n);
    s->inserted = VG_ARENA_ARRAY(arena, uint32_t, s->n + 1);
    slow_fill(s);
    slow_walk(s);
}

/* ------------------------------------------------------------------ makers */

static const char four[] = "ACGT";

static char *random_letters(struct vg_random *random, struct vg_arena *arena, uint32_t length)
{
    char *letters = VG_ARENA_ARRAY(arena, char, length + 1);
    for (uint32_t i = 0; i < length; i++) {
        letters[i] = four[vg_random_below(random, 4)];
    }
    return letters;
}

struct change_rates {
    double substitution, indel, code;
    uint32_t indel_most, n_runs;
};

/* A descendant of the letters. */
static char *descendant(struct vg_random *random, struct vg_arena *arena, const char *letters, uint32_t length, const struct change_rates *rates, uint32_t *length_out)
{
    char *out = VG_ARENA_ARRAY(arena, char, 2 * (size_t)length + 1000);
    uint32_t n = 0;
    for (uint32_t i = 0; i < length; i++) {
        double u = vg_random_uniform(random);
        if (u < rates->substitution) {
            out[n++] = four[(strchr(four, letters[i]) - four + 1 + vg_random_below(random, 3)) % 4];
        } else if (u < rates->substitution + rates->code) {
            out[n++] = "RYSWKMBDHV"[vg_random_below(random, 10)];
        } else if (u < rates->substitution + rates->code + rates->indel / 2) {
            i += vg_random_below(random, rates->indel_most);
        } else if (u < rates->substitution + rates->code + rates->indel) {
            for (uint32_t k = 1 + vg_random_below(random, rates->indel_most); k > 0 && n < 2 * length; k--) {
                out[n++] = four[vg_random_below(random, 4)];
            }
            out[n++] = letters[i];
        } else {
            out[n++] = letters[i];
        }
    }
    for (uint32_t k = 0; k < rates->n_runs; k++) {
        uint32_t run = 5 + vg_random_below(random, 60), at = vg_random_below(random, n - run);
        memset(out + at, 'N', run);
    }
    *length_out = n;
    return out;
}

static int *gap_costs(struct vg_arena *arena, const struct vg_align_parameters *p, uint32_t length, const struct vg_coding_sequence *coding)
{
    int *open = VG_ARENA_ARRAY(arena, int, length + 1);
    for (uint32_t i = 0; i <= length; i++) {
        open[i] = p->gap_open;
        for (uint32_t k = 0, at = 0; k < coding->n_ranges; at += coding->ranges[k].end - coding->ranges[k].begin, k++) {
            if (i >= coding->ranges[k].begin && i < coding->ranges[k].end) {
                open[i] = larger(open[i], (at + i - coding->ranges[k].begin) % 3 == 0 ? p->gap_open_in_frame : p->gap_open_out_of_frame);
            }
        }
    }
    return open;
}

/* The fast one's row in the same form. */
static void row_of(const struct vg_genome_reference *reference, const struct vg_alignment *alignment, char *row, uint32_t *inserted)
{
    vg_genome_letters(reference, &alignment->genome, row);
    memset(inserted, 0, (reference->length + 1) * sizeof *inserted);
    for (uint32_t i = 0; i < alignment->genome.n_insertions; i++) {
        inserted[alignment->genome.insertions[i].position] += alignment->genome.insertions[i].length;
    }
}

/* One random case; false where the two disagree in anything that `same_way` asks for. */
static void compare_once(uint64_t seed, const struct change_rates *rates, bool repeats, bool right, bool same_way, unsigned *differ, unsigned *ends)
{
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct vg_random random = vg_random_stream(seed, 1, 2, 3);
    uint32_t length = 600 + vg_random_below(&random, 900), m = 0;
    char *letters = random_letters(&random, &arena, length);
    for (uint32_t k = 0; repeats && k < 6; k++) { /* stretches of one, two or three letters again and again */
        uint32_t period = 1 + vg_random_below(&random, 3), at = vg_random_below(&random, length - 60);
        for (uint32_t i = period; i < 12 + 3 * k; i++) {
            letters[at + i] = letters[at + i - period];
        }
    }
    struct vg_genome_range ranges[2] = {{50 + vg_random_below(&random, 20), 350}, {349, 349 + 3 * 60}};
    struct vg_coding_sequence coding = {.name = vg_text_from("A"), .ranges = ranges, .n_ranges = 2};
    struct vg_genome_annotation annotation = {&coding, 1};
    struct vg_genome_reference reference = {vg_text_from("r"), letters, length};
    struct vg_align_parameters p;
    vg_align_parameters_init(&p);
    p.gaps_right = right;
    p.gap_extend = (int)vg_random_below(&random, 2);
    p.least_cover = 0;
    struct vg_aligner *aligner = NULL;
    assert_int_equal(vg_aligner_new(&reference, &annotation, &p, &arena, &aligner, NULL), VG_OK);
    struct vg_align_room *room = vg_align_room_new(aligner);
    uint32_t begin = vg_random_below(&random, 60), cut = vg_random_below(&random, 60);
    char *query = descendant(&random, &arena, letters + begin, length - begin - cut, rates, &m);
    struct vg_alignment alignment;
    assert_int_equal(vg_align(aligner, room, query, m, &arena, &alignment), VG_ALIGN_OK);
    struct slow slow = {.letters = query, .m = m, .n = length, .reference = &reference, .p = &p, .open = gap_costs(&arena, &p, length, &coding)};
    slow_align(&slow, &arena);
    char *row = VG_ARENA_ARRAY(&arena, char, length);
    uint32_t *inserted = VG_ARENA_ARRAY(&arena, uint32_t, length + 1);
    row_of(&reference, &alignment, row, inserted);
    /* A few letters at an end may fit somewhere else by chance: for so little the full one opens a gap there, which the fast one does not look for. */
    bool at_end = alignment.score < slow.score && slow.score - alignment.score <= 4;
    bool trimmed = alignment.cut_left + alignment.cut_right > 0;
    for (uint32_t i = alignment.begin + 30; i + 30 < alignment.end && at_end; i++) {
        at_end = row[i] == slow.row[i] && inserted[i] == slow.inserted[i];
    }
    *ends += at_end;
    if (!trimmed && !at_end && alignment.score != slow.score) {
        *differ += 1;
        print_message("seed %llu: score %lld, slowly %lld\n", (unsigned long long)seed, (long long)alignment.score, (long long)slow.score);
    } else if (!trimmed && !at_end && same_way) {
        assert_memory_equal(row, slow.row, length);
        assert_memory_equal(inserted, slow.inserted, (length + 1) * sizeof *inserted);
    }
    vg_align_room_free(room);
    vg_arena_release(&arena);
}

static void agrees_with_full_dynamic_programming(void **state)
{
    (void)state;
    const struct change_rates rates[] = {{0.002, 0.001, 0, 6, 0}, {0.01, 0.005, 0.002, 20, 0}, {0.03, 0.005, 0.005, 4, 0}, {0.001, 0.003, 0, 60, 0}};
    unsigned differ = 0, ends = 0;
    for (uint64_t seed = 0; seed < 240; seed++) {
        compare_once(seed, &rates[seed % 4], seed % 3 == 0, seed % 2 == 0, true, &differ, &ends);
    }
    assert_int_equal(differ, 0);
    assert_true(ends <= 4);
}

static void agrees_far_from_the_reference_and_with_unknown_letters(void **state)
{
    (void)state;
    const struct change_rates rates[] = {{0.25, 0.004, 0.01, 6, 0}, {0.15, 0.006, 0.01, 9, 1}, {0.005, 0.004, 0.002, 12, 3}};
    unsigned differ = 0, ends = 0;
    for (uint64_t seed = 1000; seed < 1120; seed++) {
        compare_once(seed, &rates[seed % 3], seed % 5 == 0, seed % 2 == 0, false, &differ, &ends);
    }
    assert_int_equal(differ, 0);
    assert_true(ends <= 4);
}

/* ------------------------------------------------------------------- edges */

struct bench {
    struct vg_arena arena;
    struct vg_genome_reference reference;
    struct vg_aligner *aligner;
    struct vg_align_room *room;
    char *letters;
    uint32_t length;
};

static void open_bench(struct bench *bench, uint32_t length, uint64_t seed)
{
    struct vg_random random = vg_random_stream(seed, 9, 0, 0);
    struct vg_align_parameters p;
    vg_arena_init(&bench->arena, 0);
    vg_align_parameters_init(&p);
    bench->letters = random_letters(&random, &bench->arena, length);
    bench->length = length;
    bench->reference = (struct vg_genome_reference){vg_text_from("r"), bench->letters, length};
    assert_int_equal(vg_aligner_new(&bench->reference, NULL, &p, &bench->arena, &bench->aligner, NULL), VG_OK);
    bench->room = vg_align_room_new(bench->aligner);
}

static void close_bench(struct bench *bench)
{
    vg_align_room_free(bench->room);
    vg_arena_release(&bench->arena);
}

static struct vg_alignment align(struct bench *bench, const char *letters, size_t length)
{
    struct vg_alignment alignment;
    (void)vg_align(bench->aligner, bench->room, letters, length, &bench->arena, &alignment);
    return alignment;
}

/* letters[0, from) + middle + letters[to, ...). */
static char *spliced(struct bench *bench, uint32_t from, const char *middle, uint32_t n, uint32_t to, size_t *length)
{
    char *out = VG_ARENA_ARRAY(&bench->arena, char, bench->length + n + 1);
    memcpy(out, bench->letters, from);
    memcpy(out + from, middle, n);
    memcpy(out + from + n, bench->letters + to, bench->length - to);
    *length = from + n + bench->length - to;
    return out;
}

static void the_reference_has_no_differences(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 5000, 1);
    struct vg_alignment alignment = align(&bench, bench.letters, 5000);
    assert_int_equal(alignment.status, VG_ALIGN_OK);
    assert_int_equal(alignment.genome.n_differences + alignment.genome.n_insertions, 0);
    assert_int_equal(alignment.score, 15000);
    assert_int_equal(alignment.certain, 5000);
    assert_true(alignment.begin == 0 && alignment.end == 5000 && alignment.cover > 0.99 && !alignment.reversed);
    close_bench(&bench);
}

static void why_genomes_are_refused(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 3000, 2);
    struct vg_random random = vg_random_stream(77, 0, 0, 0);
    char n[400];
    memset(n, 'N', sizeof n);
    assert_int_equal(align(&bench, "", 0).status, VG_ALIGN_EMPTY);
    assert_int_equal(align(&bench, n, sizeof n).status, VG_ALIGN_EMPTY);
    assert_int_equal(align(&bench, bench.letters, 99).status, VG_ALIGN_TOO_SHORT);
    assert_int_equal(align(&bench, bench.letters + 500, 100).status, VG_ALIGN_OK);
    char *other = random_letters(&random, &bench.arena, 20000);
    struct vg_alignment alignment = align(&bench, other, 3000);
    assert_int_equal(alignment.status, VG_ALIGN_UNLIKE);
    assert_int_equal(alignment.genome.n_differences, 0);
    assert_int_equal(align(&bench, other, 20000).status, VG_ALIGN_TOO_LONG);
    close_bench(&bench);
}

static void reverse_complements_are_turned(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 4000, 3);
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    const struct change_rates rates = {0.005, 0.001, 0.002, 9, 1};
    uint32_t m;
    char *query = descendant(&random, &bench.arena, bench.letters, 4000, &rates, &m);
    char *turned = VG_ARENA_ARRAY(&bench.arena, char, m + 1);
    for (uint32_t i = 0; i < m; i++) {
        turned[i] = vg_letter_of_base_set(vg_base_complement(vg_base_set_of_letter(query[m - 1 - i])));
    }
    struct vg_alignment a = align(&bench, query, m), b = align(&bench, turned, m);
    assert_true(a.status == VG_ALIGN_OK && b.status == VG_ALIGN_OK && !a.reversed && b.reversed && a.score == b.score);
    assert_int_equal(a.genome.n_differences, b.genome.n_differences);
    for (uint32_t i = 0; i < a.genome.n_differences; i++) {
        assert_true(a.genome.differences[i].position == b.genome.differences[i].position && a.genome.differences[i].length == b.genome.differences[i].length &&
                    a.genome.differences[i].base == b.genome.differences[i].base);
    }
    close_bench(&bench);
}

/* A hundred N for 180 sites, and for 40: nothing is deleted or inserted, the sites are not known. A deletion away from N is one. */
static void unknown_runs_are_no_deletions(void **state)
{
    (void)state;
    struct bench bench;
    char n[100];
    size_t length;
    memset(n, 'N', sizeof n);
    open_bench(&bench, 4000, 4);
    const uint32_t sites[] = {180, 40, 100};
    for (int k = 0; k < 3; k++) {
        char *query = spliced(&bench, 1500, n, 100, 1500 + sites[k], &length);
        struct vg_alignment alignment = align(&bench, query, length);
        assert_int_equal(alignment.status, VG_ALIGN_OK);
        assert_int_equal(alignment.genome.n_insertions + alignment.deletions, 0);
        assert_int_equal(alignment.substitutions, 0);
        /* A few letters beside the run may be taken in: they agree wherever they are put. */
        assert_true(alignment.missing >= sites[k] && alignment.missing <= sites[k] + 6);
    }
    char middle[140];
    memcpy(middle, n, 100);
    memcpy(middle + 100, bench.letters + 1600, 40);
    char *query = spliced(&bench, 1500, middle, 140, 1649, &length);
    struct vg_alignment alignment = align(&bench, query, length);
    assert_int_equal(alignment.deletions, 1);
    assert_int_equal(alignment.deleted, 9);
    assert_int_equal(alignment.missing, 100);
    /* Twelve letters too many of which four were read: no insertion is called, but they do not vanish. Of which eight were: an insertion with them. */
    query = spliced(&bench, 1500, "GNNCNNTNNNNG", 12, 1500, &length);
    alignment = align(&bench, query, length);
    assert_int_equal(alignment.genome.n_insertions, 0);
    assert_true(alignment.not_placed >= 3 && alignment.not_placed <= 5);
    query = spliced(&bench, 1500, "GATNCNCTNGNG", 12, 1500, &length);
    alignment = align(&bench, query, length);
    assert_int_equal(alignment.genome.n_insertions, 1);
    assert_int_equal(alignment.not_placed, 0);
    close_bench(&bench);
}

static void what_does_not_belong_is_cut_off(void **state)
{
    (void)state;
    struct bench bench;
    size_t length;
    open_bench(&bench, 4000, 5);
    struct vg_random random = vg_random_stream(8, 0, 0, 0);
    char *adapter = random_letters(&random, &bench.arena, 120);
    char *query = VG_ARENA_ARRAY(&bench.arena, char, 5000);
    memcpy(query, adapter, 50);
    memcpy(query + 50, bench.letters + 300, 3000);
    memcpy(query + 3050, adapter + 50, 70);
    struct vg_alignment alignment = align(&bench, query, 3120);
    assert_int_equal(alignment.status, VG_ALIGN_OK);
    assert_true(alignment.cut_left >= 44 && alignment.cut_left <= 50 && alignment.cut_right >= 62 && alignment.cut_right <= 74);
    assert_true(alignment.begin + 6 >= 300 && alignment.begin <= 300 && alignment.substitutions <= 3 && alignment.genome.n_insertions == 0);
    assert_true(alignment.missing >= 990 && alignment.missing <= 1006);
    /* Beyond the reference's own ends. */
    memcpy(query, adapter, 60);
    memcpy(query + 60, bench.letters, 4000);
    alignment = align(&bench, query, 4060);
    assert_true(alignment.cut_left == 60 && alignment.genome.n_differences == 0);
    /* 2,000 letters of something else in the middle are an insertion, and nothing else changes. */
    char *strange = random_letters(&random, &bench.arena, 2000);
    query = spliced(&bench, 2000, strange, 2000, 2000, &length);
    alignment = align(&bench, query, length);
    assert_int_equal(alignment.status, VG_ALIGN_OK);
    assert_true(alignment.inserted >= 1990 && alignment.substitutions + alignment.deleted <= 30);
    close_bench(&bench);
}

/* As long as mpox, its ends each other's reverse complement, a repeat within: large gaps and all. */
static void long_genomes_with_repeated_ends(void **state)
{
    (void)state;
    struct bench bench;
    struct vg_align_parameters p;
    const uint32_t length = 197000;
    struct vg_random random = vg_random_stream(10, 0, 0, 0);
    vg_arena_init(&bench.arena, 0);
    vg_align_parameters_init(&p);
    char *letters = random_letters(&random, &bench.arena, length);
    for (uint32_t i = 0; i < 6400; i++) {
        letters[length - 1 - i] = vg_letter_of_base_set(vg_base_complement(vg_base_set_of_letter(letters[i])));
    }
    for (uint32_t i = 70; i < 70 * 12; i++) {
        letters[100000 + i] = letters[100000 + i - 70];
    }
    bench = (struct bench){bench.arena, {vg_text_from("m"), letters, length}, NULL, NULL, letters, length};
    assert_int_equal(vg_aligner_new(&bench.reference, NULL, &p, &bench.arena, &bench.aligner, NULL), VG_OK);
    bench.room = vg_align_room_new(bench.aligner);
    char *query = VG_ARENA_ARRAY(&bench.arena, char, length + 1000);
    uint32_t m = 0, substitutions = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (i == 30000) {
            i += 9000; /* deleted */
        }
        if (i == 150000) {
            char *inserted = random_letters(&random, &bench.arena, 700);
            memcpy(query + m, inserted, 700);
            m += 700;
        }
        bool change = i % 2003 == 17;
        query[m++] = change ? four[(strchr(four, letters[i]) - four + 1) % 4] : letters[i];
        substitutions += change;
    }
    struct vg_alignment alignment = align(&bench, query, m);
    assert_int_equal(alignment.status, VG_ALIGN_OK);
    assert_int_equal(alignment.deleted, 9000);
    assert_int_equal(alignment.deletions, 1);
    assert_int_equal(alignment.inserted, 700);
    assert_int_equal(alignment.substitutions, substitutions);
    assert_int_equal(alignment.missing, 0);
    /* A stretch turned round: what lies outside is called all the same. */
    memcpy(query, letters, length);
    for (uint32_t i = 0; i < 20000; i++) {
        query[60000 + i] = vg_letter_of_base_set(vg_base_complement(vg_base_set_of_letter(letters[79999 - i])));
    }
    alignment = align(&bench, query, length);
    assert_int_equal(alignment.status, VG_ALIGN_OK);
    for (uint32_t i = 0; i < alignment.genome.n_differences; i++) {
        const struct vg_genome_difference *d = &alignment.genome.differences[i];
        assert_true(d->position >= 59900 && d->position + d->length <= 80100);
    }
    close_bench(&bench);
}

static void wide_and_portable_are_one(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 6000, 6);
    const struct change_rates rates = {0.02, 0.004, 0.01, 15, 3};
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct vg_random random = vg_random_stream(seed, 1, 1, 1);
        uint32_t m;
        char *query = descendant(&random, &bench.arena, bench.letters, 6000 - (uint32_t)seed, &rates, &m);
        vg_aligner_use_wide(bench.aligner, true);
        struct vg_alignment a = align(&bench, query, m);
        vg_aligner_use_wide(bench.aligner, false);
        struct vg_alignment b = align(&bench, query, m);
        assert_true(a.score == b.score && a.genome.n_differences == b.genome.n_differences && a.status == VG_ALIGN_OK);
        for (uint32_t i = 0; i < a.genome.n_differences; i++) {
            assert_memory_equal(&a.genome.differences[i].position, &b.genome.differences[i].position, 8);
            assert_int_equal(a.genome.differences[i].base, b.genome.differences[i].base);
        }
    }
    close_bench(&bench);
}

/* Made to take long: repeats against repeats, pieces in disorder. It ends, and within the reference. */
static void hostile_sequences_end(void **state)
{
    (void)state;
    struct bench bench;
    struct vg_align_parameters p;
    struct vg_random random = vg_random_stream(12, 0, 0, 0);
    const uint32_t length = 60000;
    vg_arena_init(&bench.arena, 0);
    vg_align_parameters_init(&p);
    p.least_cover = 0;
    char *letters = random_letters(&random, &bench.arena, length);
    for (uint32_t i = 20000; i < 50000; i++) { /* a repeat of 37 letters with changes here and there */
        letters[i] = vg_random_below(&random, 50) == 0 ? four[vg_random_below(&random, 4)] : letters[i - 37];
    }
    bench = (struct bench){bench.arena, {vg_text_from("h"), letters, length}, NULL, NULL, letters, length};
    assert_int_equal(vg_aligner_new(&bench.reference, NULL, &p, &bench.arena, &bench.aligner, NULL), VG_OK);
    bench.room = vg_align_room_new(bench.aligner);
    char *query = VG_ARENA_ARRAY(&bench.arena, char, 5 * length);
    for (int kind = 0; kind < 4; kind++) {
        uint32_t m = 0;
        while (m < (kind == 3 ? 2 * length : length)) { /* pieces from anywhere */
            uint32_t piece = 20 + vg_random_below(&random, kind == 0 ? 30 : 400), at = vg_random_below(&random, length - piece);
            at = kind == 2 ? 20000 + at / 3 : at;
            memcpy(query + m, letters + at, piece);
            m += piece;
        }
        struct vg_alignment alignment = align(&bench, query, m);
        assert_true(alignment.status == VG_ALIGN_OK || alignment.status == VG_ALIGN_UNLIKE);
        for (uint32_t i = 0; i < alignment.genome.n_differences; i++) {
            const struct vg_genome_difference *d = &alignment.genome.differences[i];
            assert_true(d->position + d->length <= length && (i == 0 || d[-1].position + d[-1].length <= d->position));
        }
    }
    close_bench(&bench);
}

static void references_that_are_none(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_aligner *aligner;
    struct vg_align_parameters p;
    vg_arena_init(&arena, 0);
    vg_align_parameters_init(&p);
    struct vg_genome_reference reference = {vg_text_from("r"), "ACGT", 4};
    assert_int_equal(vg_aligner_new(&reference, NULL, &p, &arena, &aligner, &error), VG_DATA_ERROR);
    reference = (struct vg_genome_reference){vg_text_from("r"), "ACGTACGTACGTACGTACGTACGTACGTACGTAC!TACGT", 40};
    assert_int_equal(vg_aligner_new(&reference, NULL, &p, &arena, &aligner, &error), VG_DATA_ERROR);
    assert_string_equal(error.message, "the reference has at its site 35 a letter that is no base (byte 33)");
    p.match = 0;
    reference = (struct vg_genome_reference){vg_text_from("r"), "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT", 40};
    assert_int_equal(vg_aligner_new(&reference, NULL, &p, &arena, &aligner, &error), VG_DATA_ERROR);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_full_dynamic_programming),
        cmocka_unit_test(agrees_far_from_the_reference_and_with_unknown_letters),
        cmocka_unit_test(the_reference_has_no_differences),
        cmocka_unit_test(why_genomes_are_refused),
        cmocka_unit_test(reverse_complements_are_turned),
        cmocka_unit_test(unknown_runs_are_no_deletions),
        cmocka_unit_test(what_does_not_belong_is_cut_off),
        cmocka_unit_test(long_genomes_with_repeated_ends),
        cmocka_unit_test(wide_and_portable_are_one),
        cmocka_unit_test(hostile_sequences_end),
        cmocka_unit_test(references_that_are_none),
    };
    return vg_run_group_tests("align", tests, NULL, NULL);
}
