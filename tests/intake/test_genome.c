/*
 * Sequences out of FASTA, and data sets of a virus: every form that files come in, and every way in which they are wrong.
 */
#include "vg_test.h"

#include "intake/bytes/bytes.h"
#include "intake/genome/genome.h"
#include "test_folder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char folder[TEST_FOLDER_BYTES];

static int set_up(void **state)
{
    (void)state;
    return test_folder_make(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[8192];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const void *data, size_t size)
{
    const char *path = path_of(name);
    struct vg_error error = {0};
    vg_assert_ok(vg_file_write_atomic(path, data, size, &error), error);
    return path;
}

/* "name|letters;" of every record, or the error's sentence; batches of at most n_most. */
static char *read_all(const char *path, size_t batch_bytes, size_t n_most)
{
    struct vg_error error = {0};
    struct vg_fasta *fasta = NULL;
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    vg_status status = vg_fasta_open(path, false, &fasta, &error);
    while (status == VG_OK) {
        struct vg_fasta_batch batch;
        status = vg_fasta_next(fasta, batch_bytes, n_most, &batch, &error);
        if (status != VG_OK || batch.n_records == 0) {
            break;
        }
        for (size_t i = 0; i < batch.n_records; i++) {
            const struct vg_fasta_record *record = &batch.records[i];
            char *letters = malloc(record->body.size + 32);
            struct vg_fasta_fault fault;
            size_t length;
            vg_buffer_append(&out, record->name.data, record->name.size);
            vg_buffer_char(&out, '|');
            if (record->too_long) {
                vg_buffer_format(&out, "too long");
            } else if (vg_fasta_letters(record, letters, &length, &fault)) {
                vg_buffer_append(&out, letters, length < 100 ? length : 100);
            } else {
                vg_buffer_format(&out, "%llu:%llu:%u%s", (unsigned long long)fault.line, (unsigned long long)fault.column, fault.found, fault.amino_acids ? " amino acids" : "");
            }
            vg_buffer_char(&out, ';');
            free(letters);
        }
    }
    if (status != VG_OK) {
        vg_buffer_text(&out, error.message);
    }
    vg_fasta_close(fasta);
    return out.data;
}

static void expect(const char *text, size_t size, const char *expected)
{
    const size_t batches[] = {1, 7, 1 << 20};
    for (size_t k = 0; k < 3; k++) {
        char *found = read_all(write_file("x.fasta", text, size), batches[k], k == 1 ? 2 : 0);
        assert_string_equal(found, expected);
        free(found);
    }
}
#define EXPECT(text, expected) expect(text, sizeof(text) - 1, expected)

static void forms_of_fasta(void **state)
{
    (void)state;
    EXPECT(">a\nACGT\nAC\n>b\nTT\n", "a|ACGTAC;b|TT;");
    EXPECT(">a first one\r\nacgu\r\nNRY?\r\n\r\n>b\tx\r\n\r\nT-T.T\r\n", "a|ACGTNRYN;b|TTT;");
    EXPECT("\xEF\xBB\xBF\n\n>a\nACGT", "a|ACGT;");
    EXPECT(">a\n>b\n\n>c\nA>C\n", "a|;b|;c|5:2:62;");
    EXPECT(">a\nACGT*\n\n>b\nAC*GT\n", "a|ACGT;b|5:3:42;");
    EXPECT(">a\nACG\nAC1GT\n>b\nACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACG!\n>c\nA\n", "a|3:3:49;b|5:52:33;c|A;");
    EXPECT(">gfp\nMSKGEELFTGVVPILVELDGDVNG\nHKFSVSGEGEGDATYG*\n>mask\nACGTZACGTNNNNACGTRYSWKM\n>short\nMKE\n", "gfp|2:5:69 amino acids;mask|5:5:90;short|7:3:69;");
    EXPECT("> \nACGT\n", "|ACGT;");
    EXPECT(">only", "only|;");
}

static void what_is_no_fasta(void **state)
{
    (void)state;
    char expected[9000];
    (void)snprintf(expected, sizeof expected, "%s is empty: no sequence is in it", path_of("x.fasta"));
    EXPECT("", expected);
    EXPECT("\n \n\n", expected);
    (void)snprintf(expected, sizeof expected, "%s is no FASTA file: line 2 should begin with > and a name, and begins with \"A\"", path_of("x.fasta"));
    EXPECT("\nACGT\n>a\nACGT\n", expected);
    (void)snprintf(expected, sizeof expected, "%s is no FASTA file: line 1 should begin with > and a name, and begins with the byte 0", path_of("x.fasta"));
    EXPECT("\0\0\0", expected);
    char *found = read_all("/nonexistent/x", 1, 0);
    assert_string_equal(found, "there is no file /nonexistent/x");
    free(found);
}

/* Many records: the same out of a plain file, gzip in members, zstd, and pipes of them. */
static void compressed_and_piped(void **state)
{
    (void)state;
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    struct vg_random random = vg_random_stream(3, 0, 0, 0);
    for (unsigned i = 0; i < 3000; i++) {
        vg_buffer_format(&text, ">g%u\n", i);
        for (unsigned k = vg_random_below(&random, 900); k > 0; k--) {
            vg_buffer_char(&text, "ACGTN\n"[vg_random_below(&random, 6)]);
        }
        vg_buffer_char(&text, '\n');
    }
    char *plain = read_all(write_file("p.fasta", text.data, text.size), 100000, 0);
    char *path = strdup(path_of("p.gz"));
    for (size_t member = 0; member < 3; member++) { /* members are put one behind the other */
        gzFile file = gzopen(path, member == 0 ? "wb" : "ab");
        size_t from = text.size * member / 3, to = text.size * (member + 1) / 3;
        assert_int_equal(gzwrite(file, text.data + from, (unsigned)(to - from)), (int)(to - from));
        assert_int_equal(gzclose(file), Z_OK);
    }
    size_t bound = ZSTD_compressBound(text.size);
    char *packed = malloc(bound);
    size_t size = ZSTD_compress(packed, bound, text.data, text.size, 3);
    char *zstd_path = strdup(write_file("p.zst", packed, size));
    const char *const paths[] = {path, zstd_path};
    for (size_t k = 0; k < 2; k++) {
        char *found = read_all(paths[k], 100000, 0);
        assert_string_equal(found, plain);
        free(found);
    }
    /* A pipe gives as much at a time as it likes. */
    int saved = dup(STDIN_FILENO);
    for (size_t k = 0; k < 3; k++) {
        char command[9000];
        (void)snprintf(command, sizeof command, "dd if=%s bs=777 2>/dev/null", k == 2 ? path_of("p.fasta") : paths[k]);
        FILE *pipe = popen(command, "r");
        assert_true(dup2(fileno(pipe), STDIN_FILENO) >= 0);
        char *found = read_all("-", 100000, 0);
        assert_string_equal(found, plain);
        free(found);
        (void)pclose(pipe);
    }
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    /* Cut short, and damaged. */
    char *found = read_all(write_file("cut.zst", packed, size / 2), 100000, 0);
    assert_non_null(strstr(found, "cut short"));
    free(found);
    free(plain);
    free(path);
    free(zstd_path);
    free(packed);
    vg_buffer_release(&text);
}

/* A compressed file that the shell opens as standard input is a file without a path. */
static void standard_input_is_a_compressed_file(void **state)
{
    (void)state;
    static const char text[] = "(a,b)c;";
    struct vg_error error = {0};
    char packed[200], found[64] = "";
    size_t got = 0, size = ZSTD_compress(packed, sizeof packed, text, sizeof text - 1, 3);
    int saved = dup(STDIN_FILENO), file = open(write_file("tree.zst", packed, size), O_RDONLY);
    struct vg_bytes *bytes;
    assert_true(file >= 0 && dup2(file, STDIN_FILENO) >= 0);
    vg_assert_ok(vg_bytes_open("-", &bytes, &error), error);
    (void)dup2(saved, STDIN_FILENO);
    vg_assert_ok(vg_bytes_read(bytes, found, sizeof found - 1, &got, &error), error);
    assert_string_equal(found, text);
    vg_bytes_close(bytes);
    (void)close(file);
    (void)close(saved);
}

/* A line of 100 MB: too long for a genome, passed over, and the next is read; memory stays bounded. */
static void lines_without_end(void **state)
{
    (void)state;
    const char *path = path_of("long.fasta");
    FILE *file = fopen(path, "wb");
    static char block[1 << 20];
    memset(block, 'A', sizeof block);
    (void)fputs(">before\nACGT\n>long\n", file);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(fwrite(block, 1, sizeof block, file), sizeof block);
    }
    (void)fputs("\n>behind\nAC!T\n", file);
    assert_int_equal(fclose(file), 0);
    char *found = read_all(path, 1 << 20, 0);
    assert_string_equal(found, "before|ACGT;long|too long;behind|6:3:33;");
    free(found);
    (void)unlink(path);
}

/* ---------------------------------------------------------------- data sets */

static void coding_sequences_of_gff(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_genome_annotation annotation;
    char letters[1001];
    memset(letters, 'A', 1000);
    const struct vg_genome_reference reference = {vg_text_from("NC_1"), letters, 1000};
    vg_arena_init(&arena, 0);
    const char *text = "##gff-version 3\n# words\nNC_1\tx\tregion\t1\t1000\t.\t+\t.\tID=r\nNC_1\tx\tgene\t1\t90\t.\t+\t.\tgene=G\n"
                       "NC_1\tx\tCDS\t299\t400\t.\t+\t2\tID=c1;gene=ORF1;product=one\nNC_1\tx\tCDS\t10\t300\t.\t+\t1\tID=c1;gene=ORF1;product=one\r\n"
                       "NC_1\tx\tCDS\t10\t300\t.\t+\t0\tID=c2;gene=ORF1;Name=short%2C one\n"
                       "NC_1\tx\tCDS\t500\t600\t.\t-\t.\tID=c3;Name=N\nNC_1\tx\tCDS\t700\t750\t.\t-\t1\tID=c3;Name=N\n"
                       "OTHER\tx\tCDS\t1\t9999\t.\t+\t0\tID=c9;gene=far\n##FASTA\n>x\nACGT\n";
    vg_assert_ok(vg_annotation_parse("x.gff3", vg_text_from(text), &reference, &arena, &annotation, &error), error);
    assert_int_equal(annotation.n_coding, 3);
    const struct vg_coding_sequence *c = annotation.coding;
    assert_true(vg_text_equals(c[0].name, "ORF1") && c[0].n_ranges == 2 && c[0].ranges[0].begin == 9 && c[0].ranges[1].begin == 298 && c[0].phase == 1);
    assert_int_equal(c[0].length, 291 + 102 - 1);
    assert_true(vg_text_equals(c[1].name, "short, one") && c[1].length == 291);
    assert_true(vg_text_equals(c[2].name, "N") && c[2].reverse && c[2].ranges[0].begin == 699 && c[2].ranges[1].end == 600 && c[2].phase == 1);
    static const struct { const char *text, *sentence; } bad[] = {
        {"NC_1\tx\tCDS\t10\t300\t.\t+\n", "x.gff3, line 1: 9 columns parted by tabs are expected, found 7"},
        {"\nNC_1\tx\tCDS\tten\t300\t.\t+\t0\tID=1\n", "x.gff3, line 2, column 4 (start): \"ten\" should be a site, counted from 1"},
        {"NC_1\tx\tCDS\t10\t1001\t.\t+\t0\tID=1\n", "x.gff3, line 1, column 5 (end): \"1001\" should be a site from the start (10) to the end of the reference (1000)"},
        {"NC_1\tx\tCDS\t10\t100\t.\t+\t3\tID=1\n", "x.gff3, line 1, column 8 (phase): \"3\" should be 0, 1, 2 or ."},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(vg_annotation_parse("x.gff3", vg_text_from(bad[i].text), &reference, &arena, &annotation, &error), VG_DATA_ERROR);
        assert_string_equal(error.message, bad[i].sentence);
    }
    struct vg_buffer many;
    vg_buffer_init(&many, 0);
    for (unsigned i = 0; i <= 10000; i++) {
        vg_buffer_format(&many, "NC_1\tx\tCDS\t1\t9\t.\t+\t0\tID=%u\n", i % 100);
    }
    assert_int_equal(vg_annotation_parse("x.gff3", vg_text_of(many.data, many.size), &reference, &arena, &annotation, &error), VG_LIMIT_EXCEEDED);
    assert_string_equal(error.message, "x.gff3, line 10001: more than 10000 lines of coding sequences");
    vg_buffer_release(&many);
    vg_assert_ok(vg_annotation_parse("x.gff3", vg_text_from(""), &reference, &arena, &annotation, &error), error);
    assert_int_equal(annotation.n_coding, 0);
    vg_arena_release(&arena);
}

static void parameters_by_both_files(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_genome_data_set set = {.tree_path = NULL};
    const char *annotation, *tree;
    vg_arena_init(&arena, 0);
    vg_align_parameters_init(&set.align);
    vg_quality_parameters_init(&set.quality);
    const char *json = "{\"alignmentParams\":{\"penaltyGapOpen\":8,\"gapAlignmentSide\":\"right\",\"minSeedCover\":0.01},\"attributes\":{\"name\":\"V\"},"
                       "\"files\":{\"genomeAnnotation\":\"a.gff3\"},\"qc\":{\"missingData\":{\"scoreBias\":10,\"missingDataThreshold\":20},\"mixedSites\":{\"enabled\":false},"
                       "\"stopCodons\":{\"enabled\":true,\"ignoredStopCodons\":[{\"cdsName\":\"ORF8\",\"codon\":26}]},"
                       "\"frameShifts\":{\"ignoredFrameShifts\":[{\"cdsName\":\"S\",\"codonRange\":{\"begin\":3,\"end\":9}}]}},"
                       "\"mutLabels\":{\"nucMutLabelMap\":{\"241T\":[\"20A\",\"20B\"],\"174T\":[\"20H\"]}}}";
    vg_assert_ok(vg_pathogen_parse("p.json", vg_text_from(json), &arena, &set, &annotation, &tree, &error), error);
    assert_true(set.align.gap_open == 8 && !set.align.gaps_right && set.align.least_cover == 0.01 && set.align.match == 3);
    assert_true(set.quality.missing && !set.quality.mixed && set.quality.stop_codons && set.quality.frame_shifts && !set.quality.private_changes);
    assert_true(set.quality.n_labelled == 2 && set.quality.labelled[0].position == 173 && vg_text_equals(set.quality.labelled[1].labels, "20A,20B"));
    assert_true(set.quality.n_known_stop_codons == 1 && set.quality.known_stop_codons[0].begin == 26 && set.quality.known_frame_shifts[0].end == 9);
    assert_string_equal(annotation, "a.gff3");
    assert_null(tree);
    const char *toml = "name = \"mine\"\n[align]\ngap_open = 9\n[quality]\nmixed = true\nmixed_most = 5\nknown_stop_codons = [\"ORF8:27\"]\nlabelled = [\"C241T\"]\n";
    vg_assert_ok(vg_quality_parse("q.toml", vg_text_from(toml), &arena, &set, &error), error);
    assert_true(set.align.gap_open == 9 && set.quality.mixed && set.quality.mixed_most == 5 && set.quality.n_labelled == 1 && vg_text_equals(set.name, "mine"));
    assert_true(set.quality.known_stop_codons[0].begin == 26 && set.quality.known_stop_codons[0].end == 27);
    static const struct { const char *text, *sentence; bool own; } bad[] = {
        {"{", "p is no JSON: line 1, column 1: string or '}' expected near end of file", false},
        {"[]", "p should be an object { ... }", false},
        {"{\"alignmentParams\":{\"penaltyGapOpen\":-1}}", "p: alignmentParams.penaltyGapOpen should be a whole number from 0 to 100", false},
        {"{\"qc\":{\"mixedSites\":{\"enabled\":1}}}", "p: mixedSites.enabled should be true or false", false},
        {"{\"mutLabels\":{\"nucMutLabelMap\":{\"x\":[]}}}", "p: \"x\" in mutLabels should be a site and a base, such as 241T", false},
        {"[quality]\nmixt = true\n", "p, line 2, column 1: mixt is no key of [quality]; docs/genomes.md lists them", true},
        {"[align]\nmatch = 0\n", "p, line 2, column 9: match should be a whole number from 1 to 100", true},
        {"[quality]\nknown_stop_codons = [\"ORF8\"]\n", "p, line 2, column 22: codons are expected, such as \"ORF3a:257-276\" or \"ORF8:27\"", true},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        vg_status status = bad[i].own ? vg_quality_parse("p", vg_text_from(bad[i].text), &arena, &set, &error)
                                      : vg_pathogen_parse("p", vg_text_from(bad[i].text), &arena, &set, &annotation, &tree, &error);
        assert_int_equal(status, VG_DATA_ERROR);
        assert_string_equal(error.message, bad[i].sentence);
    }
    vg_arena_release(&arena);
}

static void shared_data_sets(void **state)
{
    (void)state;
    static const struct { const char *folder; uint32_t length, coding; bool right; } sets[] = {
        {"genomes/sars-cov-2", 29903, 12, false}, {"genomes/dengue", 10649, 12, true}, {"genomes/measles", 15894, 8, false}, {"genomes/zika", 10808, 14, false}};
    char path[4096];
    for (size_t i = 0; i < 4; i++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_genome_data_set set;
        vg_shared_or_skip(sets[i].folder, path);
        vg_arena_init(&arena, 0);
        vg_assert_ok(vg_data_set_read(path, &arena, &set, &error), error);
        assert_int_equal(set.reference.length, sets[i].length);
        assert_int_equal(set.annotation.n_coding, sets[i].coding);
        assert_int_equal(set.align.gaps_right, sets[i].right);
        assert_non_null(set.tree_path);
        vg_arena_release(&arena);
    }
}

static void folders_that_are_none(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_genome_data_set set;
    vg_arena_init(&arena, 0);
    assert_int_equal(vg_data_set_read(folder, &arena, &set, &error), VG_NOT_FOUND);
    assert_non_null(strstr(error.message, "there is no reference.fasta in it"));
    (void)write_file("reference.fasta", ">a\nACGT\n>b\nACGT\n", 16);
    assert_int_equal(vg_data_set_read(folder, &arena, &set, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "line 3: a second sequence"));
    (void)write_file("reference.fasta", ">a\nACJT\n", 8);
    assert_int_equal(vg_data_set_read(folder, &arena, &set, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "line 2, column 3: a base was expected, found the byte 74, J"));
    (void)write_file("reference.fasta", ">a\nACGT\n", 8);
    vg_assert_ok(vg_data_set_read(folder, &arena, &set, &error), error);
    assert_int_equal(set.reference.length, 4);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_fasta),         cmocka_unit_test(what_is_no_fasta),          cmocka_unit_test(compressed_and_piped),  cmocka_unit_test(standard_input_is_a_compressed_file),
        cmocka_unit_test(lines_without_end),      cmocka_unit_test(coding_sequences_of_gff),   cmocka_unit_test(parameters_by_both_files),
        cmocka_unit_test(shared_data_sets),       cmocka_unit_test(folders_that_are_none),
    };
    return vg_run_group_tests("genome", tests, set_up, tear_down);
}
