/*
 * Bytes as a FASTA file: read in batches, cleaned, aligned with a small reference, its proteins looked at, packed and unpacked.
 */
#include "intake/genome/genome.h"
#include "trace/genome/align/align.h"
#include "trace/genome/proteins/proteins.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char reference_letters[] = "ATGACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTACCGGATTACGCTAAGTCCGATGCATTGACCGGTACTTAGCCAATCGGCTAACTGACTTGCGATCCGTAAGC"
                                        "TTATGCACGTGATCCAGTACGGTTACAGGAAAAAAAACGTACGTACGTACGTTTGACAAGTCCATAGGCATTA";

/* What is the same for every input: made once. */
struct prepared {
    struct vg_arena arena;
    struct vg_aligner *aligner;
    struct vg_align_room *room;
    struct vg_proteins *proteins;
    struct vg_proteins_room *proteins_room;
};

static const struct prepared *prepare(void)
{
    static const struct vg_genome_range ranges[] = {{0, 81}, {80, 140}}, reverse[] = {{100, 172}};
    static const struct vg_coding_sequence coding[] = {{.name = {"A", 1}, .ranges = ranges, .n_ranges = 2, .length = 141},
                                                       {.name = {"B", 1}, .ranges = reverse, .n_ranges = 1, .length = 71, .phase = 1, .reverse = true}};
    static const struct vg_genome_annotation annotation = {coding, 2};
    static struct prepared prepared;
    const struct vg_genome_reference reference = {{"r", 1}, reference_letters, sizeof reference_letters - 1};
    struct vg_align_parameters parameters;
    if (prepared.aligner == NULL) {
        vg_arena_init(&prepared.arena, 0);
        vg_align_parameters_init(&parameters);
        parameters.least_length = 10;
        parameters.least_cover = 0.05;
        VG_ASSERT(vg_aligner_new(&reference, &annotation, &parameters, &prepared.arena, &prepared.aligner, NULL) == VG_OK);
        VG_ASSERT(vg_proteins_new(&reference, &annotation, &prepared.arena, &prepared.proteins, NULL) == VG_OK);
        prepared.room = vg_align_room_new(prepared.aligner);
        prepared.proteins_room = vg_proteins_room_new(prepared.proteins);
        VG_ASSERT(prepared.room != NULL && prepared.proteins_room != NULL);
    }
    return &prepared;
}

static void align_record(const struct prepared *prepared, const char *letters, size_t length)
{
    struct vg_arena arena;
    struct vg_alignment alignment;
    struct vg_protein_report report;
    vg_arena_init(&arena, 0);
    if (vg_align(prepared->aligner, prepared->room, letters, length, &arena, &alignment) == VG_ALIGN_OK) {
        struct vg_buffer bytes;
        struct vg_genome back = {.n_differences = 0};
        char row[sizeof reference_letters];
        vg_buffer_init(&bytes, 0);
        vg_genome_letters(vg_aligner_reference(prepared->aligner), &alignment.genome, row);
        VG_ASSERT(vg_proteins_report(prepared->proteins, prepared->proteins_room, &alignment.genome, &arena, &report));
        vg_genome_pack(&alignment.genome, &bytes);
        VG_ASSERT(vg_genome_unpack(vg_text_of(bytes.data, bytes.size), sizeof reference_letters - 1, &arena, &back));
        VG_ASSERT(back.n_differences == alignment.genome.n_differences && back.n_insertions == alignment.genome.n_insertions);
        vg_buffer_release(&bytes);
    }
    vg_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct prepared *prepared = prepare();
    struct vg_fasta *fasta;
    struct vg_fasta_batch batch;
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (vg_fasta_open(path, size % 2 == 0, &fasta, NULL) == VG_OK) {
        while (vg_fasta_next(fasta, 64, 3, &batch, NULL) == VG_OK && batch.n_records > 0) {
            for (size_t i = 0; i < batch.n_records; i++) {
                struct vg_fasta_fault fault;
                size_t length;
                char *letters = malloc(batch.records[i].body.size + 32);
                if (letters != NULL && vg_fasta_letters(&batch.records[i], letters, &length, &fault)) {
                    align_record(prepared, letters, length);
                }
                free(letters);
            }
        }
        vg_fasta_close(fasta);
    }
    (void)close(file);
    return 0;
}
