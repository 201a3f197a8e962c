/*
 * Genomes aligned as vigia align does it: against genomes that are known (tips of real trees), in rows that other programs can read, whatever is wrong with some.
 */
#include "vg_test.h"

#include "intake/genome/genome.h"
#include "jobs/genome/genome.h"
#include "test_folder.h"
#include "trace/genome/tree/tree.h"

#include <jansson.h>
#include <string.h>
#include <zlib.h>

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

static vg_status collect(void *context, const void *data, size_t size, struct vg_error *error)
{
    (void)error;
    vg_buffer_append(context, data, size);
    return VG_OK;
}

static const char *write_text(const char *name, const char *text)
{
    static char path[200];
    struct vg_error error = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &error), error);
    return path;
}

struct outputs {
    struct vg_buffer table, maple, aligned;
    struct vg_align_summary summary;
    struct vg_arena arena;
};

static void run_job(const char *data_set, const char *reference, const char *annotation, const char *path, enum vg_align_format format, unsigned threads, struct outputs *out)
{
    struct vg_align_request request;
    struct vg_error error = {0};
    vg_align_request_init(&request);
    vg_buffer_init(&out->table, 0);
    vg_buffer_init(&out->maple, 0);
    vg_buffer_init(&out->aligned, 0);
    vg_arena_init(&out->arena, 0);
    request.paths = &path;
    request.n_paths = 1;
    request.data_set = data_set;
    request.reference = reference;
    request.annotation = annotation;
    request.threads = threads;
    request.format = format;
    request.table = (struct vg_align_sink){collect, &out->table};
    request.maple = (struct vg_align_sink){collect, &out->maple};
    request.aligned = (struct vg_align_sink){collect, &out->aligned};
    vg_assert_ok(vg_job_align(&request, NULL, &out->arena, &out->summary, &error), error);
}

static void release(struct outputs *out)
{
    vg_buffer_release(&out->table);
    vg_buffer_release(&out->maple);
    vg_buffer_release(&out->aligned);
    vg_arena_release(&out->arena);
}

/* ------------------------------------------------------------------- truths */

static struct vg_tree *read_tree(const char *path)
{
    struct vg_buffer bytes;
    struct vg_error error = {0};
    struct vg_tree *tree = NULL;
    char block[65536];
    int got;
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    vg_buffer_init(&bytes, 0);
    while ((got = gzread(file, block, sizeof block)) > 0) {
        vg_buffer_append(&bytes, block, (size_t)got);
    }
    (void)gzclose(file);
    struct vg_text at = vg_text_of(bytes.data, bytes.size);
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_tree_read(VG_TREE_AUSPICE, &source, &tree, &error), error);
    vg_buffer_release(&bytes);
    return tree;
}

/* Every Pango lineage's genome, written out, a stretch of N and some letters of the ends left out: exactly its mutations come back. */
static void lineages_of_sars_cov_2_come_back(void **state)
{
    (void)state;
    char path[4096], tree_path[4200];
    struct vg_arena arena, scratch;
    struct vg_error error = {0};
    struct vg_genome_data_set set;
    struct vg_aligner *aligner;
    vg_shared_or_skip("genomes/sars-cov-2", path);
    (void)snprintf(tree_path, sizeof tree_path, "%s/tree.json.gz", path);
    vg_arena_init(&arena, 0);
    vg_arena_init(&scratch, 0);
    vg_assert_ok(vg_data_set_read(path, &arena, &set, &error), error);
    vg_assert_ok(vg_aligner_new(&set.reference, &set.annotation, &set.align, &arena, &aligner, &error), error);
    struct vg_align_room *room = vg_align_room_new(aligner);
    struct vg_tree *tree = read_tree(tree_path);
    struct vg_random random = vg_random_stream(1, 2, 3, 4);
    uint32_t n = 0, n_other = 0, length = set.reference.length;
    for (uint32_t node = 0; node < tree->n_nodes; node++) {
        struct vg_genome_difference *states;
        size_t n_states, kept = 0;
        if (!vg_tree_is_leaf(tree, node) || (VG_TEST_SANITIZED && node % 20 != 0)) {
            continue;
        }
        vg_arena_reset(&scratch);
        vg_assert_ok(vg_tree_states(tree, node, &scratch, &states, &n_states, &error), error);
        char *letters = vg_arena_copy_bytes(&scratch, set.reference.letters, length);
        for (size_t i = 0; i < n_states; i++) {
            letters[states[i].position] = vg_letter_of_base_set(states[i].base);
        }
        uint32_t begin = vg_random_below(&random, 60), end = length - vg_random_below(&random, 120), run = vg_random_below(&random, 400), at = 200 + vg_random_below(&random, 29000);
        memset(letters + at, 'N', run);
        struct vg_alignment alignment;
        assert_int_equal(vg_align(aligner, room, letters + begin, end - begin, &scratch, &alignment), VG_ALIGN_OK);
        if (alignment.deleted > 0) { /* one lineage has changes in the poly-A, as if it began earlier: to take them for a deletion is the better alignment */
            n_other++;
            continue;
        }
        assert_true(alignment.begin == begin && alignment.end == end);
        assert_int_equal(alignment.missing, begin + length - end + run);
        assert_int_equal(alignment.inserted, 0);
        const struct vg_genome_difference *d = alignment.genome.differences;
        for (uint32_t i = 0, k = 0; i < alignment.genome.n_differences; i++) {
            if (d[i].base == VG_BASE_ANY) {
                continue;
            }
            while (k < n_states && (states[k].position < begin || states[k].position >= end || (states[k].position >= at && states[k].position < at + run))) {
                k++;
            }
            assert_true(k < n_states && states[k].position == d[i].position && states[k].base == d[i].base);
            k++;
            kept++;
        }
        assert_int_equal(kept, alignment.substitutions);
        n++;
    }
    assert_true(n > 100 && n_other <= 1);
    vg_tree_free(tree);
    vg_align_room_free(room);
    vg_arena_release(&arena);
    vg_arena_release(&scratch);
}

/* Sites at which a genome cannot be what the tree's tip of its name is. */
static uint32_t sites_apart(const struct vg_genome_reference *reference, const struct vg_tree *tree, uint32_t node, const struct vg_genome *genome, struct vg_arena *arena)
{
    struct vg_genome_difference *states;
    size_t n_states;
    struct vg_error error = {0};
    uint32_t apart = 0;
    vg_assert_ok(vg_tree_states(tree, node, arena, &states, &n_states, &error), error);
    char *mine = vg_arena_alloc(arena, reference->length, 1), *theirs = vg_arena_copy_bytes(arena, reference->letters, reference->length);
    vg_genome_letters(reference, genome, mine);
    for (size_t i = 0; i < n_states; i++) {
        theirs[states[i].position] = vg_letter_of_base_set(states[i].base);
    }
    for (uint32_t i = 0; i < reference->length; i++) {
        apart += mine[i] != '-' && (vg_base_set_of_letter(mine[i]) & vg_base_set_of_letter(theirs[i])) == 0;
    }
    return apart;
}

static void tips_of_zika_are_themselves(void **state)
{
    (void)state;
    char path[4096], other[4200];
    struct vg_arena arena, scratch;
    struct vg_error error = {0};
    struct vg_genome_data_set set;
    struct vg_aligner *aligner;
    struct vg_fasta *fasta;
    struct vg_fasta_batch batch;
    struct vg_tree_names *names;
    vg_shared_or_skip("genomes/zika", path);
    vg_arena_init(&arena, 0);
    vg_arena_init(&scratch, 0);
    vg_assert_ok(vg_data_set_read(path, &arena, &set, &error), error);
    vg_assert_ok(vg_aligner_new(&set.reference, &set.annotation, &set.align, &arena, &aligner, &error), error);
    struct vg_align_room *room = vg_align_room_new(aligner);
    (void)snprintf(other, sizeof other, "%s/tree.json.gz", path);
    struct vg_tree *tree = read_tree(other);
    vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
    (void)snprintf(other, sizeof other, "%s/sequences.fasta.gz", path);
    vg_assert_ok(vg_fasta_open(other, false, &fasta, &error), error);
    uint32_t n = 0, n_same = 0, n_all = 0;
    do {
        vg_assert_ok(vg_fasta_next(fasta, 1 << 20, 0, &batch, &error), error);
        for (size_t i = 0; i < batch.n_records; i++) {
            const struct vg_fasta_record *record = &batch.records[i];
            struct vg_fasta_fault fault;
            struct vg_alignment alignment;
            size_t length;
            char *letters = vg_arena_alloc(&scratch, record->body.size + 32, 1);
            assert_true(vg_fasta_letters(record, letters, &length, &fault));
            assert_int_equal(vg_align(aligner, room, letters, length, &scratch, &alignment), VG_ALIGN_OK);
            uint32_t node = vg_tree_names_find(names, record->name);
            n_all++;
            if (node != VG_TREE_NONE) {
                n++;
                n_same += sites_apart(&set.reference, tree, node, &alignment.genome, &scratch) == 0;
            }
        }
    } while (batch.n_records > 0);
    print_message("zika: %u of %u genomes that are tips are themselves, of %u\n", n_same, n, n_all);
    assert_int_equal(n, 9);
    assert_int_equal(n_same, n);
    vg_fasta_close(fasta);
    vg_tree_names_free(names);
    vg_tree_free(tree);
    vg_align_room_free(room);
    vg_arena_release(&arena);
    vg_arena_release(&scratch);
}

/* --------------------------------------------------------------------- rows */

static const char reference_text[] = ">ref some virus\n"
                                     "ACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTACCGGATTACGCTAAGTCCGATGCATTGACC\n"
                                     "GGTACTTAGCCAATCGGCTAACTGACTTGCGATCCGTAAGCTTATGCACGTGATCCAGTACGGTTACAGG\n";
static const char annotation_text[] = "ref\tx\tCDS\t29\t88\t.\t+\t0\tID=p;gene=P,1\n";

static void rows_say_what_is_wrong(void **state)
{
    (void)state;
    struct outputs out;
    char reference[200], annotation[200];
    (void)snprintf(reference, sizeof reference, "%s", write_text("ref.fasta", reference_text));
    (void)snprintf(annotation, sizeof annotation, "%s", write_text("ref.gff3", annotation_text));
    const char *path = write_text("g.fasta",
                                  ">good,one\nACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTACCGGATTACGCTAAGTCCGATGCATTGACCGGTACTTAGCCAATCGGCTAACTGACTTGCGATCCGTAAGCTTATGCACGTGATCCAGTACGGTTACAGG\n"
                                  ">bad\nACGT\nAC#T\n>empty\n>good,one\nACGT\n>short\nACGTNNNN\n>\nACGT\n"
                                  ">changed\nacgttgcaagcttgacctaggattcagcatggcaGtcgtaccggattacgctaagtccgatgcattgaccggtacttagccaatcggctaaRtgacttgcgatccgtaagcttatgcacgtgatccagtacggttacaNN\n"
                                  ">other\nTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT\n");
    run_job(NULL, reference, annotation, path, VG_ALIGN_TSV, 1, &out);
    assert_int_equal(out.summary.n_genomes, 8);
    assert_int_equal(out.summary.n_ok, 2);
    assert_int_equal(out.summary.n_duplicates, 1);
    static const char *const expected[] = {
        "good,one\tok\t\t140\t1\t140\t1\tno\t\t\t\t\t\t\t\t\t\t\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t\t\t\t\t\t\t\t\t",
        "bad\tbad_letter\tline 5, column 3: a base or an IUPAC code was expected, found \"#\"\t",
        "empty\tempty\tline 6: no letter of A, C, G or T in it\t",
        "good,one\tduplicate_name\tline 7: the name was there before, in line 1\t",
        "short\ttoo_short\tline 9: fewer than 100 letters of A, C, G and T\t",
        "\tno_name\tline 11: no name behind the >\t",
        "changed\tok\t\t140\t1\t140\t0.97857\tno\tA35G\t\t\t139-140\tR:92\t\tP_1:I3V\t\t\t\t1\t0\t0\t2\t1\t1\t0\t0\t0\t0\t0\t0\t0\t",
        "other\tunlike\tline 15: 0% of it is found in the reference, either way round, and 33% at least should be: another virus, or another data set?\t",
    };
    char *line = strchr(out.table.data, '\n') + 1;
    for (size_t i = 0; i < 8; i++) {
        if (strncmp(line, expected[i], strlen(expected[i])) != 0) {
            fail_msg("%.300s\nexpected\n%s", line, expected[i]);
        }
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(strstr(out.maple.data, ">good,one"), ">good,one\n>changed\ng\t35\nr\t92\nn\t139\t2\n");
    assert_non_null(strstr(out.aligned.data, ">changed\nACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAGTCG"));
    release(&out);
    /* JSON that a reader of JSON takes, with as many cells as columns. */
    run_job(NULL, reference, annotation, path, VG_ALIGN_JSON, 2, &out);
    json_error_t fault;
    json_t *root = json_loadb(out.table.data, out.table.size, 0, &fault);
    assert_non_null(root);
    const json_t *rows = json_object_get(root, "rows");
    size_t columns = json_array_size(json_object_get(root, "columns"));
    assert_int_equal(json_array_size(rows), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(json_array_size(json_array_get(rows, i)), columns);
    }
    json_decref(root);
    release(&out);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    char set[4096], path[4096];
    struct outputs one, more;
    vg_shared_or_skip("genomes/zika", set);
    vg_shared_or_skip("genomes/zika/sequences.fasta.gz", path);
    run_job(set, NULL, NULL, path, VG_ALIGN_CSV, 1, &one);
    for (unsigned threads = 2; threads < 5; threads++) {
        run_job(set, NULL, NULL, path, VG_ALIGN_CSV, threads, &more);
        assert_int_equal(one.table.size, more.table.size);
        assert_memory_equal(one.table.data, more.table.data, one.table.size);
        assert_memory_equal(one.maple.data, more.maple.data, one.maple.size);
        assert_memory_equal(one.aligned.data, more.aligned.data, one.aligned.size);
        release(&more);
    }
    release(&one);
}

/* What everybody knows of these variants: D614G in all; BA.2's and Delta's deletions in the spike where all databases have them, with the change beside them. */
static void changes_of_known_variants(void **state)
{
    (void)state;
    char set[4096], path[4096];
    struct outputs out;
    vg_shared_or_skip("genomes/sars-cov-2", set);
    vg_shared_or_skip("genomes/sars-cov-2/sequences.fasta.gz", path);
    run_job(set, NULL, NULL, path, VG_ALIGN_CSV, 0, &out);
    assert_int_equal(out.summary.n_ok, out.summary.n_genomes);
    size_t d614g = 0, ba2 = 0, delta = 0, gaps = 0, n = 0;
    for (char *line = strchr(out.table.data, '\n') + 1; *line != '\0'; n++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        d614g += strstr(line, "A23403G") != NULL && strstr(line, "S:D614G") != NULL;
        if (strstr(line, "21633-21641") != NULL && strstr(line, "S:L24-") != NULL) {
            assert_true(strstr(line, "S:L24-,S:P25-,S:P26-") != NULL && strstr(line, "S:A27S") != NULL && strstr(line, "S:P26S") == NULL);
            ba2++;
        }
        /* Where the same letters may be deleted at several sites: where the data set's own tree has its gaps. */
        assert_true(strstr(line, "21766-21771") == NULL && strstr(line, "28363-28371") == NULL && strstr(line, ",28273,") == NULL);
        gaps += strstr(line, "21765-21770") != NULL || strstr(line, "28362-28370") != NULL || strstr(line, ",28271,") != NULL;
        if (strstr(line, "S:E156-") != NULL && strstr(line, "C21618G") != NULL) {
            assert_true(strstr(line, "S:E156-,S:F157-") != NULL && strstr(line, "S:R158G") != NULL);
            delta++;
        }
        line = end + 1;
    }
    assert_true(n > 50 && 10 * d614g > 9 * n && ba2 >= 20 && delta >= 10 && gaps >= 30);
    release(&out);
}

/* A cell of a row of TSV. */
static struct vg_text cell_of(const char *table, const char *line, const char *column)
{
    size_t at = 0, size = strlen(column);
    const char *heading = table, *cell = line;
    while (strncmp(heading, column, size) != 0 || (heading[size] != '\t' && heading[size] != '\n')) {
        heading = strchr(heading, '\t');
        assert_non_null(heading);
        heading++;
        at++;
    }
    for (; at > 0; at--) {
        cell = strchr(cell, '\t') + 1;
    }
    return vg_text_of(cell, strcspn(cell, "\t\n"));
}

/* From the file to the place on the tree in one step: every dengue genome is of the serotype that its name ends with. */
static void dengue_is_placed_by_serotype(void **state)
{
    (void)state;
    char set[4096], path[4096];
    struct outputs out;
    size_t n = 0, n_right = 0;
    vg_shared_or_skip("genomes/dengue", set);
    vg_shared_or_skip("genomes/dengue/sequences.fasta.gz", path);
    run_job(set, NULL, NULL, path, VG_ALIGN_TSV, 2, &out);
    assert_int_equal(out.summary.n_ok, out.summary.n_genomes);
    for (const char *line = strchr(out.table.data, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        struct vg_text name = cell_of(out.table.data, line, "name"), clade = cell_of(out.table.data, line, "clade");
        if (name.size > 6 && memcmp(name.data + name.size - 6, "_DENV", 5) == 0) {
            n++;
            n_right += clade.size > 6 && memcmp(clade.data, name.data + name.size - 5, 5) == 0 && clade.data[5] == '/'; /* with its genotype */
        }
    }
    print_message("dengue: %zu of %zu of the right serotype\n", n_right, n);
    assert_int_equal(n, 24);
    assert_int_equal(n_right, n);
    release(&out);
}

/* What its place lacks is what quality control is told: genomes that are tips have nothing of their own, and score nothing for it. */
static void places_tell_what_is_private(void **state)
{
    (void)state;
    char set[4096], path[4096];
    struct outputs out;
    size_t n = 0, n_itself = 0;
    vg_shared_or_skip("genomes/zika", set);
    vg_shared_or_skip("genomes/zika/sequences.fasta.gz", path);
    run_job(set, NULL, NULL, path, VG_ALIGN_TSV, 2, &out);
    for (const char *line = strchr(out.table.data, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        struct vg_text off = cell_of(out.table.data, line, "mutations_off"), score = cell_of(out.table.data, line, "score_private");
        int64_t mutations;
        double given = -1;
        assert_true(vg_parse_integer(off, &mutations) && vg_parse_double(score, '.', &given));
        if (vg_text_equal(cell_of(out.table.data, line, "name"), cell_of(out.table.data, line, "node"))) {
            n_itself++;
            assert_true(mutations > 0 || given == 0);
        }
        assert_true(given == 0 || mutations > 5); /* 5 are typical by its pathogen.json */
        n++;
    }
    assert_true(n > 20 && n_itself >= 5);
    release(&out);
}

/* ------------------------------------------------------------------- a node */

struct kept {
    struct vg_store *store;
    char node[100], reference[200], path[200], metadata[200];
};

static vg_status keep(const struct kept *kept, const char *path, const char *metadata, struct vg_align_summary *summary, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_align_request request;
    vg_align_request_init(&request);
    request.paths = &path;
    request.n_paths = 1;
    request.reference = kept->reference;
    request.threads = 2;
    request.store = kept->store;
    request.metadata = metadata;
    request.today = 20000;
    return vg_job_align(&request, NULL, arena, summary, error);
}

static vg_status give(const struct kept *kept, enum vg_genome_use use, const char *agreement, bool allowed_only, struct vg_buffer *maple, struct vg_genomes_summary *summary,
                      struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    const struct vg_genomes_request request = {.use = use, .agreement = agreement, .today = 20000, .allowed_only = allowed_only, .maple = {collect, maple}};
    vg_buffer_clear(maple);
    return vg_job_genomes(kept->store, &request, arena, answer, summary, error);
}

static void genomes_of_a_node_keep_their_terms(void **state)
{
    (void)state;
    struct kept kept;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error = {0};
    struct vg_align_summary summary;
    struct vg_genomes_summary given;
    struct vg_buffer maple;
    static const char genomes[] =
        ">a\nACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAGTCGTACCGGATTACGCTAAGTCCGATGCATTGACCGGTACTTAGCCAATCGGCTAACTGACTTGCGATCCGTAAGCTTATGCACGTGATCCAGTACGGTTACAGG\n"
        ">b\nACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTACCGGATTACGCTAAGTCCGATGCATTGACCGGTACTTAGCCAATCGGCTAACTGACTTGCGATCCGTAAGCTTATGCACGTGATCCAGTACGGTTACTTT\n"
        ">bad\nAC!\n";
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_buffer_init(&maple, 0);
    (void)snprintf(kept.reference, sizeof kept.reference, "%s", write_text("ref.fasta", reference_text));
    (void)snprintf(kept.path, sizeof kept.path, "%s", write_text("n.fasta", genomes));
    (void)snprintf(kept.metadata, sizeof kept.metadata, "%s",
                   write_text("n.tsv", "strain\tdate\tplace\tlicence\tagreement\tembargo\na\t2021-01-05\tXV-01\tCC-BY-4.0\t\t\nb\t2021-01\t\trestricted\tPABS-1\t2024-10-05\n"));
    (void)snprintf(kept.node, sizeof kept.node, "%s/node", folder);
    vg_assert_ok(vg_store_create(kept.node, &error), error);
    vg_assert_ok(vg_store_open(kept.node, VG_STORE_WRITE, &kept.store, &error), error);
    vg_assert_ok(keep(&kept, kept.path, kept.metadata, &summary, &arena, &error), error);
    assert_true(summary.n_kept == 2 && summary.n_replaced == 0 && summary.n_described == 2);
    assert_string_equal(summary.kept_set, "ref");
    /* 2024-10-05 is day 20001: still under embargo. */
    assert_int_equal(give(&kept, VG_GENOME_USE_PUBLIC, NULL, false, &maple, &given, &arena, &answer, &error), VG_DATA_ERROR);
    assert_string_equal(error.message, "nothing was written: the terms of 1 of 2 genomes forbid it. The first is b: it is under embargo until 2024-10-05. --allowed-only leaves such ones out");
    assert_int_equal(maple.size, 0);
    vg_assert_ok(give(&kept, VG_GENOME_USE_PUBLIC, NULL, true, &maple, &given, &arena, &answer, &error), error);
    assert_true(given.n_genomes == 2 && given.n_allowed == 1 && strstr(maple.data, ">a\ng\t35\n") != NULL && strstr(maple.data, ">b") == NULL);
    /* The keeper has all; what a table told before stays where a new file tells nothing. */
    vg_assert_ok(keep(&kept, kept.path, NULL, &summary, &arena, &error), error);
    assert_true(summary.n_replaced == 2 && summary.n_described == 0);
    vg_assert_ok(give(&kept, VG_GENOME_USE_HERE, NULL, false, &maple, &given, &arena, &answer, &error), error);
    assert_non_null(strstr(maple.data, ">b\nt\t138\nt\t139\nt\t140\n"));
    assert_int_equal(give(&kept, VG_GENOME_USE_PUBLIC, NULL, false, &maple, &given, &arena, &answer, &error), VG_DATA_ERROR);
    /* Dates as spreadsheets leave them: the column says which is the day; what is none is counted and told, and takes nothing else away. */
    vg_assert_ok(keep(&kept, kept.path, write_text("dates.tsv", "strain\tdate\na\t13/02/2021\nb\t3/2/2021\nc\t2021\nd\t2021-XX-XX\ne\tmissing: lab stock\nf\t13.13.2021\ng\t44228\n"),
                      &summary, &arena, &error), error);
    assert_true(summary.dates.n_days == 3 && summary.dates.n_partial == 2 && summary.dates.n_bad == 1 && summary.dates.bad_line == 7);
    assert_string_equal(summary.dates.bad_text, "13.13.2021");
    vg_assert_ok(give(&kept, VG_GENOME_USE_HERE, NULL, false, &maple, &given, &arena, &answer, &error), error);
    const struct vg_column *day = NULL;
    for (size_t k = 0; k < answer.table.n_columns; k++) {
        day = strcmp(answer.table.columns[k].name, "date") == 0 ? &answer.table.columns[k] : day;
    }
    assert_non_null(day);
    assert_true(day->values.dates[0] == vg_date_from_civil(2021, 2, 13) && day->values.dates[1] == vg_date_from_civil(2021, 2, 3));
    assert_int_equal(keep(&kept, kept.path, write_text("dates.tsv", "strain\tdate\na\t3/2/2021\n"), &summary, &arena, &error), VG_NEEDS_CHOICE);
    /* A table that cannot be understood, or another reference: nothing changes. */
    assert_int_equal(keep(&kept, kept.path, write_text("bad.tsv", "strain\tembargo\na\tsoon\n"), &summary, &arena, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "a day such as 2026-05-31"));
    assert_int_equal(keep(&kept, kept.path, write_text("bad.tsv", "strain\na\na\n"), &summary, &arena, &error), VG_DATA_ERROR);
    (void)write_text("ref.fasta", ">ref\nACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTACCGGATTACGCTAAGTCCGATGCATTGACCAAAAAAAAAA\n");
    assert_int_equal(keep(&kept, kept.path, NULL, &summary, &arena, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "told against another reference"));
    vg_assert_ok(give(&kept, VG_GENOME_USE_HERE, NULL, false, &maple, &given, &arena, &answer, &error), error);
    assert_int_equal(given.n_genomes, 2);
    vg_store_close(kept.store);
    vg_buffer_release(&maple);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lineages_of_sars_cov_2_come_back), cmocka_unit_test(tips_of_zika_are_themselves), cmocka_unit_test(rows_say_what_is_wrong),
        cmocka_unit_test(threads_change_nothing),           cmocka_unit_test(changes_of_known_variants),         cmocka_unit_test(genomes_of_a_node_keep_their_terms),
        cmocka_unit_test(dengue_is_placed_by_serotype),     cmocka_unit_test(places_tell_what_is_private),
    };
    return vg_run_group_tests("genome_align", tests, set_up, tear_down);
}
