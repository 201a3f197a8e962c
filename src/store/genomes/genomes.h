/*
 * store/genomes: the genomes of a node, each as its differences from the reference of its set, with what was told of it and the terms on which it is here. A set is
 * all genomes of one virus (or segment) against one reference. A genome takes some hundred bytes.
 */
#ifndef VG_STORE_GENOMES_H
#define VG_STORE_GENOMES_H

#include "model/genome/genome.h"
#include "model/genome_terms/genome_terms.h"
#include "store/store.h"

struct vg_genome_set {
    int64_t id;
    const char *name;                     /* [a-z0-9-]+ */
    struct vg_genome_reference reference;
    const char *annotation;               /* coding sequences of the reference as GFF3; NULL: nobody told */
    uint64_t n_genomes;                   /* filled on listing */
};

/* Text fields NULL, dates VG_DATE_NONE, numbers NaN where nobody told. */
struct vg_kept_genome {
    int64_t id;
    const char *name;
    const char *place, *lineage, *source; /* source: the file it came from */
    int32_t date;                         /* of the sample */
    int32_t added;                        /* when it came to the node */
    const char *quality;                  /* "good", "mediocre", "bad" */
    double score;
    struct vg_genome_terms terms;
    struct vg_text packed;                /* vg_genome_pack */
};

/* Whether nothing of it happened: exercises name their reference so (XV/reference/invented). */
bool vg_genome_set_is_invented(const struct vg_genome_set *set);

/*
 * The set of that name: found, or made with this reference. VG_DATA_ERROR: there is one with another reference, which genomes of this one would be taken for.
 * All writing is between begin and end, in one transaction: status as of the work between, VG_OK is kept, anything else undone and given back.
 */
vg_status vg_genomes_begin(struct vg_store *store, const char *set, const struct vg_genome_reference *reference, int64_t *set_id, struct vg_error *error) VG_MUST_USE;
/* GFF3 of the set's reference, in the place of what was there. */
vg_status vg_genomes_annotate(struct vg_store *store, int64_t set_id, const char *annotation, struct vg_error *error) VG_MUST_USE;
/* One more. A genome of that name is replaced; what is not told of it now stays as it was told before. *replaced: there was one. */
vg_status vg_genomes_put(struct vg_store *store, int64_t set_id, const struct vg_kept_genome *genome, bool *replaced, struct vg_error *error) VG_MUST_USE;
vg_status vg_genomes_end(struct vg_store *store, vg_status status, struct vg_error *error) VG_MUST_USE;

vg_status vg_genomes_sets(struct vg_store *store, struct vg_arena *arena, struct vg_genome_set **sets, size_t *n_sets, struct vg_error *error) VG_MUST_USE;
/* VG_NOT_FOUND with the names there are. name NULL: the only one. */
vg_status vg_genomes_set_find(struct vg_store *store, const char *name, struct vg_arena *arena, struct vg_genome_set *set, struct vg_error *error) VG_MUST_USE;

/* Calls take for each genome of a set in the order in which they came; its memory is gone afterwards. Ends with the first status that is not VG_OK. */
vg_status vg_genomes_each(struct vg_store *store, int64_t set_id, vg_status (*take)(void *context, const struct vg_kept_genome *genome, struct vg_error *error),
                          void *context, struct vg_error *error) VG_MUST_USE;

/* The lineages of genomes by their names, in whichever sets they are, and their terms: lineages [n], terms [n], the arena's, NULL where there is none. names may hold NULL. A look-up a name and set. */
vg_status vg_genomes_lineages(struct vg_store *store, const char *const *names, size_t n, struct vg_arena *arena, const char **lineages, struct vg_genome_terms *terms,
                              struct vg_error *error) VG_MUST_USE;

#endif
