/*
 * Bytes as one of the files of a virus's data set (the first byte chooses): GFF3, pathogen.json, quality.toml, or a packed genome.
 */
#include "intake/genome/genome.h"
#include "trace/genome/align/align.h"
#include "trace/genome/proteins/proteins.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_arena arena;
    struct vg_genome_data_set set = {.tree_path = NULL};
    struct vg_genome_annotation annotation;
    struct vg_genome genome = {.n_differences = 0};
    struct vg_error error = {.status = VG_OK};
    vg_status status = VG_OK;
    const char *annotation_file, *tree_file;
    char letters[301];
    if (size == 0) {
        return 0;
    }
    memset(letters, 'A', 300);
    letters[300] = '\0';
    const struct vg_genome_reference reference = {vg_text_from("r"), letters, 300};
    vg_arena_init(&arena, (size_t)64 << 20);
    vg_align_parameters_init(&set.align);
    vg_quality_parameters_init(&set.quality);
    struct vg_text text = vg_text_of(vg_arena_copy_bytes(&arena, (const char *)data + 1, size - 1), size - 1);
    if (data[0] % 4 == 0) {
        struct vg_proteins *proteins;
        struct vg_aligner *aligner;
        status = vg_annotation_parse("f", text, &reference, &arena, &annotation, &error);
        if (status == VG_OK) { /* what is read is fit to be worked with, as long as there is memory */
            status = vg_proteins_new(&reference, &annotation, &arena, &proteins, &error);
            VG_ASSERT(status != VG_DATA_ERROR);
        }
        if (status == VG_OK) {
            status = vg_aligner_new(&reference, &annotation, &set.align, &arena, &aligner, &error);
            VG_ASSERT(status != VG_DATA_ERROR);
        }
    } else if (data[0] % 4 == 1) {
        status = vg_pathogen_parse("f", text, &arena, &set, &annotation_file, &tree_file, &error);
    } else if (data[0] % 4 == 2) {
        status = vg_quality_parse("f", text, &arena, &set, &error);
    } else if (vg_genome_unpack(text, 300, &arena, &genome)) {
        char row[300];
        vg_genome_letters(&reference, &genome, row);
    }
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    vg_arena_release(&arena);
    return 0;
}
