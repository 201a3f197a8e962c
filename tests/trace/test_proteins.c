/*
 * Changes of proteins: against translating everything, and cases written out by hand.
 */
#include "vg_test.h"

#include "trace/genome/proteins/proteins.h"
#include "trace/genome/quality/quality.h"

#include <string.h>

struct scene {
    struct vg_arena arena;
    struct vg_genome_reference reference;
    struct vg_coding_sequence coding[4];
    struct vg_genome_annotation annotation;
    struct vg_proteins *proteins;
    struct vg_proteins_room *room;
    struct vg_error error;
};

static void open_scene(struct scene *scene, const char *letters, const struct vg_coding_sequence *coding, uint32_t n)
{
    vg_arena_init(&scene->arena, 0);
    scene->reference = (struct vg_genome_reference){vg_text_from("r"), letters, (uint32_t)strlen(letters)};
    for (uint32_t i = 0; i < n; i++) {
        scene->coding[i] = coding[i];
        scene->coding[i].length = 0;
        for (uint32_t k = 0; k < coding[i].n_ranges; k++) {
            scene->coding[i].length += coding[i].ranges[k].end - coding[i].ranges[k].begin;
        }
        scene->coding[i].length -= coding[i].phase;
    }
    scene->annotation = (struct vg_genome_annotation){scene->coding, n};
    vg_assert_ok(vg_proteins_new(&scene->reference, &scene->annotation, &scene->arena, &scene->proteins, &scene->error), scene->error);
    scene->room = vg_proteins_room_new(scene->proteins);
    assert_non_null(scene->room);
}

static void close_scene(struct scene *scene)
{
    vg_proteins_room_free(scene->room);
    vg_arena_release(&scene->arena);
}

/* "S:D614G S:H69- S:214:EPE shift:S:3-9 stop:S:7", as the report has it. */
static const char *told(struct scene *scene, const struct vg_genome *genome)
{
    struct vg_protein_report report;
    struct vg_buffer out;
    assert_true(vg_proteins_report(scene->proteins, scene->room, genome, &scene->arena, &report));
    vg_buffer_init(&out, 0);
    for (uint32_t i = 0; i < report.n_changes; i++) {
        const struct vg_protein_change *c = &report.changes[i];
        struct vg_text name = scene->coding[c->coding].name;
        if (c->kind == VG_PROTEIN_INSERTION) {
            vg_buffer_format(&out, "%.*s:%u:%.*s ", (int)name.size, name.data, c->codon + 1, (int)c->n_inserted, c->inserted);
        } else {
            vg_buffer_format(&out, "%.*s:%c%u%c ", (int)name.size, name.data, c->reference, c->codon + 1, c->changed);
        }
    }
    for (uint32_t i = 0; i < report.n_frame_shifts; i++) {
        vg_buffer_format(&out, "shift:%u-%u ", report.frame_shifts[i].begin + 1, report.frame_shifts[i].end);
    }
    for (uint32_t i = 0; i < report.n_stop_codons; i++) {
        vg_buffer_format(&out, "stop:%u ", report.stop_codons[i].begin + 1);
    }
    const char *text = vg_arena_copy_bytes(&scene->arena, out.data == NULL ? "" : out.data, out.size == 0 ? 0 : out.size - 1);
    vg_buffer_release(&out);
    return text;
}

static void the_code_is_the_standard_one(void **state)
{
    (void)state;
    /* NCBI's table 1 in its own order, T C A G. */
    const char *acids = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
    const uint8_t order[4] = {VG_BASE_T, VG_BASE_C, VG_BASE_A, VG_BASE_G};
    for (unsigned i = 0; i < 64; i++) {
        uint8_t codon[3] = {order[i / 16], order[i / 4 % 4], order[i % 4]};
        assert_int_equal(vg_translate(codon), acids[i]);
    }
    assert_int_equal(vg_translate((uint8_t[3]){VG_BASE_G, VG_BASE_C, VG_BASE_ANY}), 'A');
    assert_int_equal(vg_translate((uint8_t[3]){VG_BASE_C | VG_BASE_T, VG_BASE_T, VG_BASE_A}), 'L'); /* YTA */
    assert_int_equal(vg_translate((uint8_t[3]){VG_BASE_A, VG_BASE_T, VG_BASE_ANY}), 'X');
    assert_int_equal(vg_translate((uint8_t[3]){VG_BASE_A, VG_BASE_DELETED, VG_BASE_T}), 'X');
}

/*        M  K  H  V  S  G  T  N  E  P  *      : from site 3 on */
static const char toy[] = "CCCATGAAACATGTCTCTGGGACCAATGAACCATAACCC";
static const struct vg_genome_range whole[] = {{3, 36}};

#define EXPECT(expected, ...)                                                                                                                  \
    do {                                                                                                                                       \
        const struct vg_genome_difference differences[] = {__VA_ARGS__};                                                                       \
        const struct vg_genome genome = {.differences = differences, .n_differences = sizeof differences / sizeof *differences};               \
        assert_string_equal(told(&scene, &genome), expected);                                                                                  \
    } while (0)
#define EXPECT_INSERTION(expected, at, inserted)                                                                                               \
    do {                                                                                                                                       \
        const struct vg_genome_insertion insertion = {at, sizeof inserted - 1, inserted};                                                      \
        const struct vg_genome genome = {.insertions = &insertion, .n_insertions = 1};                                                         \
        assert_string_equal(told(&scene, &genome), expected);                                                                                  \
    } while (0)

static void changes_by_hand(void **state)
{
    (void)state;
    struct scene scene = {.error = {0}};
    const struct vg_coding_sequence coding = {.name = vg_text_from("S"), .ranges = whole, .n_ranges = 1};
    open_scene(&scene, toy, &coding, 1);
    EXPECT("", {0, 3, VG_BASE_ANY});
    EXPECT("S:K2E", {6, 1, VG_BASE_G});                                   /* AAA -> GAA */
    EXPECT("", {8, 1, VG_BASE_G});                                        /* AAG: K */
    EXPECT("S:K2* stop:2", {6, 1, VG_BASE_T});
    EXPECT("S:H3- S:V4-", {9, 6, VG_BASE_DELETED});
    EXPECT("S:V4-", {12, 3, VG_BASE_DELETED});
    EXPECT("S:S5- S:G6W", {16, 3, VG_BASE_DELETED});                      /* T|CT G|GG: out of phase, TGG is W */
    EXPECT("shift:5-11", {14, 1, VG_BASE_DELETED});
    EXPECT("shift:4-5", {13, 1, VG_BASE_DELETED}, {18, 2, VG_BASE_DELETED});
    EXPECT("S:M1- S:K2-", {0, 9, VG_BASE_DELETED});
    EXPECT("S:P10- S:*11-", {30, 9, VG_BASE_DELETED});
    EXPECT_INSERTION("S:2:EPE", 9, "GAGCCAGAA");
    EXPECT_INSERTION("S:3:F", 11, "TTT");                                 /* CA|TTT|T: H and F */
    EXPECT_INSERTION("shift:4-11", 12, "A");
    EXPECT_INSERTION("", 3, "AAA");                                       /* before the first codon is outside */
    EXPECT_INSERTION("", 36, "AAA");
    close_scene(&scene);
}

static const char complement_of[] = {['A'] = 'T', ['C'] = 'G', ['G'] = 'C', ['T'] = 'A'};

/* Every codon translated from a row without gaps, and set against the reference's. */
static const char *slowly(struct scene *scene, const char *row)
{
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    struct vg_buffer stops;
    vg_buffer_init(&stops, 0);
    for (uint32_t c = 0; c < scene->annotation.n_coding; c++) {
        const struct vg_coding_sequence *coding = &scene->coding[c];
        char mine[4096], theirs[4096];
        uint32_t n = 0;
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            for (uint32_t i = 0; i < coding->ranges[k].end - coding->ranges[k].begin; i++) {
                uint32_t at = coding->reverse ? coding->ranges[k].end - 1 - i : coding->ranges[k].begin + i;
                mine[n] = coding->reverse ? complement_of[(int)row[at]] : row[at];
                theirs[n++] = coding->reverse ? complement_of[(int)scene->reference.letters[at]] : scene->reference.letters[at];
            }
        }
        for (uint32_t i = coding->phase; i + 3 <= n; i += 3) {
            uint8_t a[3], b[3];
            for (int k = 0; k < 3; k++) {
                a[k] = vg_base_set_of_letter(theirs[i + (uint32_t)k]);
                b[k] = vg_base_set_of_letter(mine[i + (uint32_t)k]);
            }
            if (vg_translate(a) != vg_translate(b)) {
                vg_buffer_format(&out, "%.*s:%c%u%c ", (int)coding->name.size, coding->name.data, vg_translate(a), (i - coding->phase) / 3 + 1, vg_translate(b));
                if (vg_translate(b) == '*' && (i - coding->phase) / 3 + 1 < (n - coding->phase) / 3) {
                    vg_buffer_format(&stops, "stop:%u ", (i - coding->phase) / 3 + 1);
                }
            }
        }
    }
    vg_buffer_append(&out, stops.data == NULL ? "" : stops.data, stops.size);
    const char *text = vg_arena_copy_bytes(&scene->arena, out.data == NULL ? "" : out.data, out.size == 0 ? 0 : out.size - 1);
    vg_buffer_release(&out);
    vg_buffer_release(&stops);
    return text;
}

static void substitutions_agree_with_translating_all(void **state)
{
    (void)state;
    static const struct vg_genome_range a[] = {{10, 310}, {309, 600}} /* slips back by one */, b[] = {{550, 850}}, c[] = {{700, 800}, {400, 501}}, d[] = {{31, 64}};
    const struct vg_coding_sequence coding[] = {{.name = vg_text_from("a"), .ranges = a, .n_ranges = 2},
                                                {.name = vg_text_from("b"), .ranges = b, .n_ranges = 1, .phase = 2},
                                                {.name = vg_text_from("c"), .ranges = c, .n_ranges = 2, .reverse = true},
                                                {.name = vg_text_from("d"), .ranges = d, .n_ranges = 1}};
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct vg_random random = vg_random_stream(seed, 5, 0, 0);
        struct scene scene = {.error = {0}};
        char letters[901], row[901];
        struct vg_genome_difference differences[300];
        uint32_t n = 0;
        for (uint32_t i = 0; i < 900; i++) {
            letters[i] = row[i] = "ACGT"[vg_random_below(&random, 4)];
        }
        letters[900] = row[900] = '\0';
        for (uint32_t i = 0; i < 900 && n < 300; i++) {
            if (vg_random_uniform(&random) < 0.1) {
                row[i] = "ACGT"[vg_random_below(&random, 4)];
                if (row[i] != letters[i]) {
                    differences[n++] = (struct vg_genome_difference){i, 1, vg_base_set_of_letter(row[i])};
                }
            }
        }
        open_scene(&scene, letters, coding, 4);
        const struct vg_genome genome = {.differences = differences, .n_differences = n};
        assert_string_equal(told(&scene, &genome), slowly(&scene, row));
        assert_string_equal(told(&scene, &genome), slowly(&scene, row)); /* the room is as it was */
        close_scene(&scene);
    }
}

/* Gaps of whole codons between codons: what is left of the protein, with the deletions and insertions put back, is the reference's. */
static void gaps_keep_the_rest(void **state)
{
    (void)state;
    static const struct vg_genome_range ranges[] = {{9, 609}};
    const struct vg_coding_sequence coding = {.name = vg_text_from("g"), .ranges = ranges, .n_ranges = 1};
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct vg_random random = vg_random_stream(seed, 6, 0, 0);
        struct scene scene = {.error = {0}};
        char letters[701];
        for (uint32_t i = 0; i < 700; i++) {
            letters[i] = "ACGT"[vg_random_below(&random, 4)];
        }
        letters[700] = '\0';
        open_scene(&scene, letters, &coding, 1);
        uint32_t at = 40 + vg_random_below(&random, 400), length = 3 * (1 + vg_random_below(&random, 8));
        const struct vg_genome_difference deletion = {at, length, VG_BASE_DELETED};
        const struct vg_genome genome = {.differences = &deletion, .n_differences = 1};
        struct vg_protein_report report;
        assert_true(vg_proteins_report(scene.proteins, scene.room, &genome, &scene.arena, &report));
        assert_int_equal(report.deletions, length / 3);
        assert_int_equal(report.n_frame_shifts, 0);
        assert_true(report.substitutions <= ((at - 9) % 3 == 0 ? 0U : 1U));
        uint32_t odd = 1 + vg_random_below(&random, 2);
        const struct vg_genome_difference shift = {at, 3 * odd + odd, VG_BASE_DELETED};
        const struct vg_genome shifted = {.differences = &shift, .n_differences = 1};
        assert_true(vg_proteins_report(scene.proteins, scene.room, &shifted, &scene.arena, &report));
        assert_int_equal(report.n_frame_shifts, 1);
        assert_int_equal(report.frame_shifts[0].begin, (at + 4 * odd - 9) / 3);
        assert_int_equal(report.frame_shifts[0].end, 200);
        close_scene(&scene);
    }
}

/* ------------------------------------------------------------------ quality */

static void scores_are_sums_of_the_rules(void **state)
{
    (void)state;
    struct vg_quality_parameters p;
    struct vg_quality quality;
    struct vg_quality_input input = {.missing = 3000, .ambiguous = 4};
    vg_quality_parameters_init(&p);
    vg_quality_judge(&p, &input, &quality);
    assert_true(quality.score == 0 && isnan(quality.scores[VG_QUALITY_MISSING])); /* no rule is asked */
    p.missing = p.mixed = p.private_changes = p.clusters = p.frame_shifts = p.stop_codons = true;
    vg_quality_judge(&p, &input, &quality);
    vg_assert_near(quality.scores[VG_QUALITY_MISSING], 100, 1e-12);
    vg_assert_near(quality.scores[VG_QUALITY_MIXED], 40, 1e-12);
    assert_true(isnan(quality.scores[VG_QUALITY_PRIVATE]));
    vg_assert_near(quality.score, 116, 1e-12);
    assert_int_equal(quality.grade, VG_QUALITY_BAD);
    /* Placed: 2 reversions (12), 1 labelled (4), 7 others: 23 - 8 = 15, * 100 / 24. Seven within 100 sites are one cluster. */
    const struct vg_labelled_change label = {500, VG_BASE_G, vg_text_from("20A")};
    p.labelled = &label;
    p.n_labelled = 1;
    const struct vg_private_change changes[] = {{10, 1, true}, {500, VG_BASE_G, false}, {1000, 1, false}, {1010, 1, false}, {1020, 1, false},
                                                {1030, 1, false}, {1040, 1, false}, {1050, 1, false}, {1060, 1, false}, {9000, 2, true}};
    const struct vg_codon_range shifts[] = {{vg_text_from("S"), 10, 20}, {vg_text_from("ORF8"), 5, 50}}, known = {vg_text_from("ORF8"), 6, 50};
    input = (struct vg_quality_input){.private_changes = changes, .n_private = 10, .placed = true, .frame_shifts = shifts, .n_frame_shifts = 2};
    p.known_frame_shifts = &known;
    p.n_known_frame_shifts = 1;
    vg_quality_judge(&p, &input, &quality);
    vg_assert_near(quality.scores[VG_QUALITY_PRIVATE], 62.5, 1e-12);
    vg_assert_near(quality.scores[VG_QUALITY_CLUSTERS], 50, 1e-12);
    vg_assert_near(quality.scores[VG_QUALITY_FRAME_SHIFTS], 75, 1e-12);
    assert_int_equal(quality.cluster_begin, 1000);
    assert_int_equal(quality.cluster_end, 1061);
    vg_assert_near(quality.score, 62.5 * 62.5 / 100 + 25 + 56.25, 1e-9);
    struct vg_buffer words;
    vg_buffer_init(&words, 0);
    vg_quality_reasons(&p, &input, &quality, &words);
    assert_string_equal(words.data, "10 substitutions that its place on the tree lacks (2 back to the reference, 1 known from other lineages); "
                                    "1 cluster of such substitutions, the first at 1001-1061; 1 frame shift: S:11-20");
    vg_buffer_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_is_the_standard_one),
        cmocka_unit_test(changes_by_hand),
        cmocka_unit_test(substitutions_agree_with_translating_all),
        cmocka_unit_test(gaps_keep_the_rest),
        cmocka_unit_test(scores_are_sums_of_the_rules),
    };
    return vg_run_group_tests("proteins", tests, NULL, NULL);
}
