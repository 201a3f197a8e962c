/*
 * Private to lineage: one genome laid over the sites of the tree.
 */
#ifndef VG_LINEAGE_INTERNAL_H
#define VG_LINEAGE_INTERNAL_H

#include "trace/genome/lineage/lineage.h"

#define LINEAGE_TIES_MOST 4096

struct vg_lineage_work {
    uint8_t *allowed;      /* [length] sets of bases; of the reference where no genome is laid */
    uint32_t length;
    int32_t *distance;     /* [n_nodes] sites in which a node differs from the genome */
    int32_t *height;       /* [n_nodes] most mutations on a way from a node down: nothing below can be nearer by more */
    uint32_t *attachments, *nearest; /* [LINEAGE_TIES_MOST] nodes; of an attachment with SPLIT where the branch above is split */
    uint32_t n_attachments, n_nearest; /* all of them, also those beyond the room */
    /* of recombinants */
    uint32_t *sites;       /* sites in which the genome differs from the reference or from where it hangs */
    size_t n_sites, site_capacity;
    int32_t *before, *after; /* [n_nodes] */
};
#define LINEAGE_SPLIT 0x80000000u

/* Bases that the reference has at a site: all where it is not known, or not looked at. */
static inline uint8_t lineage_reference_set(const struct vg_lineage_model *model, uint32_t site)
{
    int base = site < model->tree->length ? vg_base_of_letter(model->tree->reference[site]) : -1;
    return (model->masked != NULL && model->masked[site] != 0) || base < 0 ? VG_BASE_ANY : (uint8_t)(1 << base);
}

/* Lays the genome's differences over the reference; false: beyond it. n_missing: sites not known. And takes them off again. */
bool lineage_lay(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome, uint32_t *n_missing);
void lineage_lift(const struct vg_lineage_model *model, struct vg_lineage_work *work, const struct vg_genome *genome);

/* One site of the genome against one mutation: -1 it is gained, 1 lost, 0 says nothing. */
static inline int lineage_step(uint8_t allowed, uint32_t mutation)
{
    return (int)(allowed >> vg_mutation_from(mutation) & 1) - (int)(allowed >> vg_mutation_to(mutation) & 1);
}

#endif
