/*
 * Private to jobs: the kept tree, and the places of genomes as regions.
 */
#ifndef VG_JOBS_GENOME_TREE_INTERNAL_H
#define VG_JOBS_GENOME_TREE_INTERNAL_H

#include "jobs/genome_tree/genome_tree.h"
#include "jobs/jobs_internal.h"
#include "store/genomes/genomes.h"
#include "trace/genome/tree/tree.h"

#define GENOME_TREE_KIND "genome_tree" /* of products; the key is the set's name */
#define GENOME_TREE_LICENCE "vigia_licence"   /* of the leaves of the tree that was given, where --licence said it */
#define GENOME_TREE_GIVEN "num_date_given"    /* their dates */
#define GENOME_TREE_LOW "num_date_low"
#define GENOME_TREE_HIGH "num_date_high"

/* The tree kept with a set; its arrays are in the arena. VG_NOT_FOUND says how to make one. */
struct kept_tree { struct vg_tree *tree; const char *parameters, *made_at; };
vg_status kept_tree_open(struct vg_store *store, const char *set, struct vg_arena *arena, struct kept_tree *kept, struct vg_error *error);
void kept_tree_close(struct kept_tree *kept);

/* ------------------------------------------------------------------- regions */

/*
 * Words for places (codes, names in any language) as regions of one level: a place below it counts as the one above, one that is coarser as itself, unless finer ones of it
 * are there; what no list of places knows is a region of its own.
 */
struct genome_regions {
    const struct vg_place_list *places;
    struct vg_arena *arena;
    struct vg_dictionary words;  /* as told */
    uint32_t *place_of, *region_of; /* [words.count] index in places or VG_PLACE_NONE; index in names or VG_DICTIONARY_NONE */
    size_t capacity;
    struct vg_dictionary names;  /* of regions: codes, or words that no list knows */
    enum vg_place_level level;
};
void genome_regions_init(struct genome_regions *regions, struct vg_store *store, struct vg_arena *arena);
/* Index of the word, VG_DICTIONARY_NONE where nothing is told (empty, NA, ?, unknown) or no memory is left (arena->failed). */
uint32_t genome_regions_word(struct genome_regions *regions, struct vg_text word);
/* After all words: level NULL: the coarsest at which there is more than one region. */
vg_status genome_regions_settle(struct genome_regions *regions, const char *level, struct vg_error *error);
/* Its code, or the word itself. */
struct vg_text genome_regions_code(const struct genome_regions *regions, uint32_t word);

/* ------------------------------------------------------------------- genomes */

/* What is told of the leaves of a tree; [n_nodes], or [n_leaves in the tree] where said so. Words are VG_DICTIONARY_NONE where nothing is told. */
struct leaf_facts {
    uint8_t *own;                    /* a genome of the node */
    int32_t *date;                   /* of the sample; of leaves */
    uint32_t *place;                 /* word of regions; of leaves */
    uint32_t *lineage, *provider, *quality; /* index in the dictionaries */
    struct vg_genome_terms *terms;   /* of leaves */
    uint32_t *kept;                  /* index in packed of the node's own, else VG_TREE_NONE */
    struct vg_text *packed;          /* [n_packed] their differences, vg_genome_pack */
    size_t n_packed, packed_capacity;
    struct vg_dictionary lineages, providers, qualities;
    struct genome_regions regions;
};
/* Regions are not settled yet. */
vg_status leaf_facts_read(struct vg_store *store, const struct vg_genome_set *set, const struct vg_tree *tree, struct vg_arena *arena, struct leaf_facts *facts, struct vg_error *error);
/*
 * Leaves [*n], in their order, become those whose terms let them go where the wish has them go (use, agreement). VG_DATA_ERROR with the first one's reason if one may not
 * and they are not to be left out (allowed_only), or if none may.
 */
vg_status leaf_terms_ask(const struct vg_tree *tree, const struct leaf_facts *facts, const struct vg_tree_wish *wish, uint32_t *leaves, size_t *n, size_t *n_left_out, struct vg_error *error);

/* -------------------------------------------------------------------- changes */

/*
 * Of a genome of the node what is no substitution: lists parted by commas, "" none, NULL where nobody knows (of others' leaves; of amino acids also without coding
 * sequences): "21765-21770", "22204:GAGCCAGAA" (behind 22204), "S:N501Y", "S:H69-", "S:214:EPE".
 */
struct leaf_changes {
    const char *deletions, *insertions;
    const char *called;              /* both of them, as the tree calls those that it has, where letters repeat and a gap may be put at several places */
    const char *unread;              /* of the deletions that two or more of the leaves have those where this one has N */
    const char *acids, *acid_deletions, *acid_insertions;
};
/* Of leaves of the tree, in their order, which are those of `part`; annotation NULL: no amino acids. gap_acids[part->n_gaps]: what each deletion and insertion of the part does to proteins. */
vg_status leaf_changes_read(const struct vg_genome_set *set, const struct vg_genome_annotation *annotation, const struct vg_tree *tree, const struct vg_tree *part, const struct leaf_facts *facts,
                            const uint32_t *leaves, size_t n_leaves, struct vg_arena *arena, struct leaf_changes **out, const char ***gap_acids, struct vg_error *error);
/* The coding sequences that are kept with the set; NULL: none. */
vg_status genome_set_annotation(const struct vg_genome_set *set, struct vg_arena *arena, const struct vg_genome_annotation **out, struct vg_error *error);

#endif
