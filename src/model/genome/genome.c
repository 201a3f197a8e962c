/*
 * Letters and sets of bases: the nomenclature of IUPAC-IUB for incompletely specified bases (Cornish-Bowden 1985).
 */
#include "model/genome/genome.h"

static const char letters_of_base[17] = {'N', 'A', 'C', 'M', 'G', 'R', 'S', 'V', 'T', 'W', 'Y', 'H', 'K', 'D', 'B', 'N', '-'};

uint8_t vg_base_set_of_letter(char letter)
{
    static const uint8_t bases[32] = {
        ['A' & 31] = 1, ['C' & 31] = 2, ['M' & 31] = 3,  ['G' & 31] = 4,  ['R' & 31] = 5,  ['S' & 31] = 6,  ['V' & 31] = 7,  ['T' & 31] = 8,
        ['U' & 31] = 8, ['W' & 31] = 9, ['Y' & 31] = 10, ['H' & 31] = 11, ['K' & 31] = 12, ['D' & 31] = 13, ['B' & 31] = 14, ['N' & 31] = 15, ['X' & 31] = 15,
    };
    if ((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')) {
        return bases[letter & 31];
    }
    return letter == '-' ? VG_BASE_DELETED : letter == '?' ? VG_BASE_ANY : 0;
}

char vg_letter_of_base_set(uint8_t base)
{
    VG_ASSERT(base <= VG_BASE_DELETED);
    return letters_of_base[base];
}

void vg_genome_put_sites(uint32_t position, uint32_t length, struct vg_buffer *out)
{
    vg_buffer_integer(out, (int64_t)position + 1);
    if (length > 1) {
        vg_buffer_char(out, '-');
        vg_buffer_integer(out, (int64_t)position + length);
    }
}

void vg_genome_put_deletions(const struct vg_genome *genome, struct vg_buffer *out)
{
    bool first = true;
    for (uint32_t d = 0; d < genome->n_differences; d++) {
        const struct vg_genome_difference *one = &genome->differences[d];
        if (one->base == VG_BASE_DELETED) {
            vg_buffer_text(out, first ? "" : ",");
            vg_genome_put_sites(one->position, one->length, out);
            first = false;
        }
    }
}

void vg_genome_put_insertions(const struct vg_genome *genome, struct vg_buffer *out)
{
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        vg_buffer_format(out, "%s%u:%.*s", i == 0 ? "" : ",", genome->insertions[i].position, (int)genome->insertions[i].length, genome->insertions[i].letters);
    }
}
