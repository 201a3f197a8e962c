/*
 * A genome's differences in few bytes, as a node keeps them: numbers in groups of seven bits, positions as the distance from the one before. About three bytes a
 * substitution.
 */
#include "model/genome/genome.h"

#include <string.h>

static void put_number(struct vg_buffer *out, uint32_t value)
{
    while (value >= 128) {
        vg_buffer_char(out, (char)(value | 128));
        value >>= 7;
    }
    vg_buffer_char(out, (char)value);
}

void vg_genome_pack(const struct vg_genome *genome, struct vg_buffer *out)
{
    uint32_t at = 0;
    put_number(out, genome->n_differences);
    put_number(out, genome->n_insertions);
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *d = &genome->differences[i];
        put_number(out, d->position - at);
        vg_buffer_char(out, (char)d->base);
        if (d->base == VG_BASE_ANY || d->base == VG_BASE_DELETED) {
            put_number(out, d->length);
        }
        at = d->position + d->length;
    }
    at = 0;
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        put_number(out, genome->insertions[i].position - at);
        put_number(out, genome->insertions[i].length);
        vg_buffer_append(out, genome->insertions[i].letters, genome->insertions[i].length);
        at = genome->insertions[i].position;
    }
}

struct packed {
    const unsigned char *data;
    size_t size, at;
    bool bad;
};

static uint32_t take_number(struct packed *packed)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (packed->at == packed->size) {
            break;
        }
        unsigned char byte = packed->data[packed->at++];
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            packed->bad = packed->bad || value > UINT32_MAX;
            return (uint32_t)value;
        }
    }
    packed->bad = true;
    return 0;
}

static void take_differences(struct packed *packed, uint32_t length, struct vg_genome_difference *out, uint32_t n)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < n && !packed->bad; i++) {
        at += take_number(packed);
        uint8_t base = packed->at < packed->size ? packed->data[packed->at++] : 0;
        uint32_t run = base == VG_BASE_ANY || base == VG_BASE_DELETED ? take_number(packed) : 1;
        packed->bad = packed->bad || base == 0 || base > VG_BASE_DELETED || run == 0 || at + run > length;
        out[i] = (struct vg_genome_difference){(uint32_t)at, run, base};
        at += run;
    }
}

static void take_insertions(struct packed *packed, uint32_t length, struct vg_arena *arena, struct vg_genome_insertion *out, uint32_t n)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < n && !packed->bad; i++) {
        at += take_number(packed);
        uint32_t letters = take_number(packed);
        packed->bad = packed->bad || at > length || letters == 0 || letters > packed->size - packed->at;
        if (!packed->bad) {
            const char *copy = vg_arena_copy_bytes(arena, (const char *)packed->data + packed->at, letters);
            out[i] = (struct vg_genome_insertion){(uint32_t)at, letters, copy};
            packed->at += letters;
            packed->bad = copy == NULL;
        }
    }
}

bool vg_genome_unpack(struct vg_text bytes, uint32_t length, struct vg_arena *arena, struct vg_genome *genome)
{
    struct packed packed = {(const unsigned char *)bytes.data, bytes.size, 0, false};
    uint32_t n_differences = take_number(&packed), n_insertions = take_number(&packed);
    if (packed.bad || n_differences > bytes.size || n_insertions > bytes.size) { /* each takes a byte and more */
        return false;
    }
    struct vg_genome_difference *differences = VG_ARENA_ARRAY(arena, struct vg_genome_difference, (size_t)n_differences + 1);
    struct vg_genome_insertion *insertions = VG_ARENA_ARRAY(arena, struct vg_genome_insertion, (size_t)n_insertions + 1);
    if (differences == NULL || insertions == NULL) {
        return false;
    }
    take_differences(&packed, length, differences, n_differences);
    take_insertions(&packed, length, arena, insertions, n_insertions);
    *genome = (struct vg_genome){.name = genome->name, .differences = differences, .insertions = insertions, .n_differences = n_differences, .n_insertions = n_insertions};
    return !packed.bad && packed.at == packed.size;
}
