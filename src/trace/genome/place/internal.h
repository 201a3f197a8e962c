/*
 * Private to the room: the tree as the search sees it, and what the kernels for each set of instructions share.
 */
#ifndef VG_PLACE_INTERNAL_H
#define VG_PLACE_INTERNAL_H

#include "trace/genome/place/place.h"

/* A branch that has mutations; the root, whatever it has. In preorder. Nodes without mutations are their nearest such ancestor to the search. */
struct branch {
    uint32_t end;       /* one past the last branch below */
    uint32_t first;     /* of its mutations */
    uint32_t node;      /* of the tree; in the skeleton: the branch's number */
    uint16_t depth;     /* branches above */
    uint16_t reach;     /* the most mutations on a way down from the parent through this branch, its own counted; saturated */
};

/* The branches of one tree or of a part of it; branches[n].first ends the last one's mutations. */
struct branches {
    struct branch *branches; /* [n + 1] */
    uint32_t *mutations;     /* row << 4 | from << 2 | to */
    uint32_t n, deepest;     /* most branches above any */
};

struct vg_place_index {
    const struct vg_tree *tree;
    struct branches all, skeleton;
    uint32_t *leaves;        /* [all.n] below each */
    uint32_t *row_start;     /* [length + 1] sites that mutate anywhere and are not masked, before each site */
    uint8_t *row_base;       /* [n_rows] the reference's base */
    uint32_t *row_site;      /* [n_rows] */
    uint8_t *masked;         /* [length] */
    uint32_t n_rows, most_mutations; /* on a way from the root, or rather its stem, down */
};

uint64_t place_index_bytes(const struct vg_place_index *index);
/* Distance from the reference, masked sites left out. */
uint32_t place_root_distance(const struct vg_place_index *index, const struct vg_genome *genome);
/* Whether what a genome has at a site counts as the reference's base not allowed. */
static inline bool place_excludes(const struct vg_place_index *index, const struct vg_genome_difference *one)
{
    if (one->position >= index->tree->length || one->base >= VG_BASE_ANY || index->masked[one->position] != 0) {
        return false;
    }
    int base = vg_base_of_letter(index->tree->reference[one->position]);
    return base < 0 ? (one->base & (one->base - 1)) == 0 : (one->base >> base & 1) == 0;
}

#define PLACE_PLANES_MAX 20

/* What the batch is after: a bound and where; a better bound within the subtrees of the seeds; everything that is as good. */
enum batch_aim { AIM_SEED, AIM_NEAR, AIM_ALL };

struct batch {
    const struct vg_place_index *index;
    const struct branches *over;
    enum batch_aim aim;
    const struct vg_genome *const *genomes; /* [n] */
    uint32_t n;                             /* at most the kernel's lanes */
    const uint32_t *root_distance;          /* [n] */
    uint32_t *best;                         /* [n] in: a cost that can be had; out: the least seen */
    uint32_t *seed;                         /* [n] AIM_SEED, out: the branch of it */
    const uint32_t *within;                 /* AIM_NEAR: branches, sorted, whose subtrees are gone through */
    uint32_t n_within;
    struct vg_placement **out;              /* [n] AIM_ALL */
    bool table_is_made;                     /* the same genomes in the same lanes were run just before */
    uint64_t n_visited, n_mutations;
};

/* Memory of one worker: the table of allowed bases and the way down. */
struct lanes_memory {
    void *rows, *edges, *stack;
    uint32_t *minimum, *version;
};

struct kernel {
    const char *name;
    uint32_t n_lanes;
    size_t vector_bytes;
    void (*run)(struct batch *batch, struct lanes_memory *memory);
};
extern const struct kernel place_portable, place_avx2;
#define FAR_LEVELS 5
bool lanes_memory_new(const struct vg_place_index *index, const struct kernel *kernel, struct lanes_memory *memory);
void lanes_memory_free(struct lanes_memory *memory);
/* One more branch that costs as much as the best, or resets them where it costs less. */
void placement_add(const struct vg_place_index *index, struct vg_placement *placement, uint32_t branch, bool better);

#endif
