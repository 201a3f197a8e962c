/*
 * Values that hold where a data set gives none: those that Nextclade 3 documents.
 */
#include "model/data_set/data_set.h"

#include <string.h>

void vg_align_parameters_init(struct vg_align_parameters *parameters)
{
    *parameters = (struct vg_align_parameters){
        .match = 3, .mismatch = 1, .gap_open = 6, .gap_open_in_frame = 7, .gap_open_out_of_frame = 8, .gap_extend = 0, .least_length = 100, .least_cover = 0.33,
        .reverse_too = true,
    };
}

void vg_quality_parameters_init(struct vg_quality_parameters *parameters)
{
    *parameters = (struct vg_quality_parameters){
        .missing_bias = 300, .missing_span = 2700, .mixed_most = 10, .private_typical = 8, .private_cutoff = 24, .private_reversion_weight = 6,
        .private_labelled_weight = 4, .private_other_weight = 1, .cluster_window = 100, .cluster_cutoff = 6, .cluster_weight = 50, .frame_shift_weight = 75,
        .stop_codon_weight = 75,
    };
}

void vg_coding_put_name(const struct vg_coding_sequence *coding, struct vg_buffer *out)
{
    for (size_t i = 0; i < coding->name.size; i++) {
        char c = coding->name.data[i];
        vg_buffer_char(out, (unsigned char)c < 32 || strchr(",\";\\", c) != NULL ? '_' : c);
    }
}
