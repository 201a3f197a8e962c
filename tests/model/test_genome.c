/*
 * Letters and sets of bases, genomes in few bytes, and the terms on which they are given on.
 */
#include "vg_test.h"

#include "model/genome/genome.h"
#include "model/genome_terms/genome_terms.h"

#include <string.h>

static void letters_and_sets(void **state)
{
    (void)state;
    /* IUPAC-IUB 1984: what each code stands for. */
    static const struct { char code; const char *bases; } codes[] = {{'A', "A"},  {'C', "C"},  {'G', "G"},   {'T', "T"},   {'U', "T"},   {'R', "AG"},  {'Y', "CT"},  {'S', "CG"}, {'W', "AT"},
                                                                     {'K', "GT"}, {'M', "AC"}, {'B', "CGT"}, {'D', "AGT"}, {'H', "ACT"}, {'V', "ACG"}, {'N', "ACGT"}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint8_t set = 0;
        for (const char *base = codes[i].bases; *base != '\0'; base++) {
            set |= (uint8_t)(1U << (strchr("ACGT", *base) - "ACGT"));
        }
        assert_int_equal(vg_base_set_of_letter(codes[i].code), set);
        assert_int_equal(vg_base_set_of_letter((char)(codes[i].code + 32)), set);
        assert_int_equal(vg_letter_of_base_set(set), codes[i].code == 'U' ? 'T' : codes[i].code);
        assert_int_equal(vg_base_complement(vg_base_complement(set)), set);
    }
    assert_int_equal(vg_base_complement(VG_BASE_A | VG_BASE_C), VG_BASE_T | VG_BASE_G);
    assert_int_equal(vg_base_set_of_letter('-'), VG_BASE_DELETED);
    assert_int_equal(vg_letter_of_base_set(VG_BASE_DELETED), '-');
    for (int c = 0; c < 256; c++) {
        bool letter = strchr("ACGTURYSWKMBDHVNXacgturyswkmbdhvnx-?", c) != NULL && c != 0;
        assert_int_equal(vg_base_set_of_letter((char)c) != 0, letter);
    }
}

static void packed_genomes_come_back(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct vg_random random = vg_random_stream(seed, 0, 0, 0);
        struct vg_genome_difference differences[100];
        struct vg_genome_insertion insertions[10];
        uint32_t n = 0, n_insertions = 0, at = 0;
        static const uint8_t bases[] = {1, 2, 4, 8, 5, 10, 15, 16};
        while (n < 100 && at < 200000) {
            at += vg_random_below(&random, seed % 2 == 0 ? 40 : 9000);
            uint8_t base = bases[vg_random_below(&random, 8)];
            uint32_t length = base >= VG_BASE_ANY ? 1 + vg_random_below(&random, 5000) : 1;
            differences[n++] = (struct vg_genome_difference){at, length, base};
            at += length;
        }
        for (uint32_t p = 0; n_insertions < vg_random_below(&random, 10); n_insertions++) {
            p += vg_random_below(&random, 20000);
            insertions[n_insertions] = (struct vg_genome_insertion){p, 1 + vg_random_below(&random, 12), "ACGTACGTACGTN"};
        }
        const struct vg_genome genome = {.differences = differences, .insertions = insertions, .n_differences = n, .n_insertions = n_insertions};
        struct vg_genome back = {.name = vg_text_from("x")};
        struct vg_buffer bytes;
        vg_buffer_init(&bytes, 0);
        vg_genome_pack(&genome, &bytes);
        assert_true(vg_genome_unpack(vg_text_of(bytes.data, bytes.size), VG_GENOME_LENGTH_MAX, &arena, &back));
        assert_true(back.n_differences == n && back.n_insertions == n_insertions && vg_text_equals(back.name, "x"));
        for (uint32_t i = 0; i < n; i++) {
            assert_true(back.differences[i].position == differences[i].position && back.differences[i].length == differences[i].length && back.differences[i].base == differences[i].base);
        }
        for (uint32_t i = 0; i < n_insertions; i++) {
            assert_true(back.insertions[i].position == insertions[i].position && back.insertions[i].length == insertions[i].length);
            assert_memory_equal(back.insertions[i].letters, insertions[i].letters, insertions[i].length);
        }
        /* Cut short, longer, of a shorter reference, or with a byte changed: refused, or another genome within the reference, never beyond it. */
        for (size_t cut = 0; cut < bytes.size; cut += 1 + cut / 4) {
            assert_false(vg_genome_unpack(vg_text_of(bytes.data, cut), VG_GENOME_LENGTH_MAX, &arena, &back));
        }
        assert_false(n > 0 && vg_genome_unpack(vg_text_of(bytes.data, bytes.size), differences[n - 1].position, &arena, &back));
        for (int k = 0; k < 20; k++) {
            size_t byte = vg_random_below(&random, (uint32_t)bytes.size);
            char kept = bytes.data[byte];
            bytes.data[byte] = (char)vg_random_u32(&random);
            if (vg_genome_unpack(vg_text_of(bytes.data, bytes.size), 30000, &arena, &back)) {
                for (uint32_t i = 0; i < back.n_differences; i++) {
                    assert_true(back.differences[i].position + back.differences[i].length <= 30000);
                }
            }
            bytes.data[byte] = kept;
        }
        vg_buffer_release(&bytes);
        vg_arena_reset(&arena);
    }
    vg_arena_release(&arena);
}

static void terms_say_who_may_have_it(void **state)
{
    (void)state;
    static const struct { const char *licence; enum vg_licence_kind kind; } licences[] = {
        {"CC0-1.0", VG_LICENCE_OPEN},       {"CC-BY-4.0", VG_LICENCE_OPEN},     {"cc by 4.0", VG_LICENCE_OPEN},     {"INSDC", VG_LICENCE_OPEN},          {"OPEN", VG_LICENCE_OPEN},
        {"CC-BY-NC-4.0", VG_LICENCE_RESTRICTED}, {"RESTRICTED", VG_LICENCE_RESTRICTED}, {"GISAID EpiCoV", VG_LICENCE_CLOSED}, {"Public Domain", VG_LICENCE_OPEN}, {"confidential", VG_LICENCE_CLOSED},
        {"", VG_LICENCE_UNKNOWN},           {NULL, VG_LICENCE_UNKNOWN},         {"openly discussed?", VG_LICENCE_UNKNOWN}, {"enable", VG_LICENCE_UNKNOWN},   {"MIT", VG_LICENCE_UNKNOWN}};
    for (size_t i = 0; i < sizeof licences / sizeof *licences; i++) {
        assert_int_equal(vg_licence_kind_of(licences[i].licence), licences[i].kind);
    }
    static const struct { struct vg_genome_terms terms; enum vg_genome_use use; const char *agreement, *reason; } cases[] = {
        {{NULL, NULL, NULL, VG_DATE_NONE}, VG_GENOME_USE_HERE, NULL, NULL},
        {{NULL, NULL, NULL, VG_DATE_NONE}, VG_GENOME_USE_PUBLIC, NULL, "nobody has told under which licence it may be given on"},
        {{NULL, "CC0", NULL, VG_DATE_NONE}, VG_GENOME_USE_PUBLIC, NULL, NULL},
        {{NULL, "CC0", NULL, 100}, VG_GENOME_USE_PUBLIC, NULL, "it is under embargo until 1970-04-11"},
        {{NULL, "CC0", NULL, 100}, VG_GENOME_USE_PARTNER, "A", "it is under embargo until 1970-04-11"},
        {{NULL, "CC0", NULL, 99}, VG_GENOME_USE_PUBLIC, NULL, NULL},
        {{NULL, "CC0", NULL, 100}, VG_GENOME_USE_HERE, NULL, NULL},
        {{NULL, "GISAID", NULL, VG_DATE_NONE}, VG_GENOME_USE_PARTNER, NULL, "its licence (GISAID) lets nobody give it on"},
        {{NULL, "restricted", "A", VG_DATE_NONE}, VG_GENOME_USE_PUBLIC, NULL, "its licence (restricted) is for partners alone"},
        {{NULL, "restricted", "A", VG_DATE_NONE}, VG_GENOME_USE_PARTNER, "A", NULL},
        {{NULL, "restricted", "A", VG_DATE_NONE}, VG_GENOME_USE_PARTNER, "B", "it is here under the agreement A, by which the partner is not bound"},
        {{NULL, "restricted", NULL, VG_DATE_NONE}, VG_GENOME_USE_PARTNER, "B", "its licence (restricted) asks for an agreement, and it has none"},
        {{NULL, "BSD", NULL, VG_DATE_NONE}, VG_GENOME_USE_PUBLIC, NULL, "its licence (BSD) is none that is known to allow it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char reason[256] = "";
        bool allowed = vg_genome_terms_allow(&cases[i].terms, cases[i].use, cases[i].agreement, 100, reason);
        assert_int_equal(allowed, cases[i].reason == NULL);
        assert_string_equal(reason, cases[i].reason == NULL ? "" : cases[i].reason);
        assert_int_equal(vg_genome_terms_allow(&cases[i].terms, cases[i].use, cases[i].agreement, 100, NULL), allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_sets),
        cmocka_unit_test(packed_genomes_come_back),
        cmocka_unit_test(terms_say_who_may_have_it),
    };
    return vg_run_group_tests("genome", tests, NULL, NULL);
}
