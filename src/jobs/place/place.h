/*
 * jobs/place: trees of genomes, and genomes placed on them, on files: what vigia tree and vigia place do (docs/genomes-tree.md).
 *
 * Trees are read in any form of trace/genome/tree, plain, gzip or zstd, and written in the form that the file's name says:
 *     .pb  UShER's protobuf;   .json  Auspice JSON v2;   .nwk .newick .tree  Newick;   .jsonl  Taxonium;   .vcf  alleles of the leaves;   .vgt  Vigia's own, which is mapped
 * and with .gz behind compressed. A tree in Newick has mutations by a VCF that is given with it.
 */
#ifndef VG_JOBS_PLACE_H
#define VG_JOBS_PLACE_H

#include "jobs/jobs.h"
#include "trace/genome/place/place.h"

/* A tree and what it lives on. */
struct vg_opened_tree {
    struct vg_tree *tree;
    enum vg_tree_form form;
    struct vg_file_map map;   /* of Vigia's own form */
    bool mapped;
};
/*
 * vcf: for Newick, or NULL. Where no branch tells of deletions and insertions, what columns of these names tell of leaves is put on branches. VG_DATA_ERROR: in none of the
 * forms, or not what it says it is.
 */
vg_status vg_job_open_tree(const char *path, const char *vcf, struct vg_opened_tree *opened, struct vg_error *error) VG_MUST_USE;
void vg_job_close_tree(struct vg_opened_tree *opened);
/*
 * Beside the file and renamed over it when it is whole. annotation: amino acids are written too, where the form has room for them (Auspice, Taxonium); NULL: none.
 * VG_USAGE_ERROR: the name says no form. "-": Auspice JSON on standard output.
 */
vg_status vg_job_save_tree(const struct vg_tree *tree, const char *path, const struct vg_genome_annotation *annotation, struct vg_error *error) VG_MUST_USE;
/* Whether the form that the name says has room for deletions and insertions on branches. */
bool vg_job_tree_keeps_gaps(const char *path);
/* Coding sequences of the tree's reference out of a GFF3 file, or a data set's; *out NULL where neither is given, or the data set has none. */
vg_status vg_job_tree_annotation(const struct vg_tree *tree, const char *path, const char *data_set, struct vg_arena *arena, const struct vg_genome_annotation **out,
                                 struct vg_error *error) VG_MUST_USE;

/*
 * What genomes of the file or set `name` are told against, made the tree's; *rebase NULL where nothing is told (length 0). completes: letters that the tree's form does not
 * keep are taken from there (so it comes before what is made of the tree's reference). VG_DATA_ERROR: it is shorter than the tree's, or differs at more than a quarter of the sites.
 */
vg_status vg_job_settle_reference(struct vg_tree *tree, bool completes, const struct vg_genome_reference *told, const char *name, struct vg_rebase **rebase,
                                  struct vg_error *error) VG_MUST_USE;
/* Sites that do not count: "1-55,29804-29903" from 1, both included, or a file of such lines or of BED. Ranges in the arena, in the order in which they are written. */
vg_status vg_job_read_mask(const char *mask, struct vg_arena *arena, struct vg_site_range **ranges, size_t *n, struct vg_error *error) VG_MUST_USE;
/*
 * Trees may have a name at several nodes (two of Nextclade's dengue tree are): how many nodes have one that another before them has, in meta (repeated_names, first_repeated_name)
 * and as the answer's warning. names NULL: they are looked up here.
 */
vg_status vg_job_warn_of_names(const struct vg_tree *tree, const struct vg_tree_names *names, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* The node of that name, or that is called so where it has none ("node_12"). VG_NOT_FOUND; VG_DATA_ERROR: several have it, and what they can be called by instead. `of` for messages. */
vg_status vg_job_find_node(const struct vg_tree *tree, const char *name, const char *of, uint32_t *node, struct vg_error *error) VG_MUST_USE;
/* The column that a laboratory means by lineage, whatever the tree's form calls it, or else the first of clades. NULL: there is none. */
const struct vg_tree_column *vg_job_clade_column(const struct vg_tree *tree);

/*
 * Deletions and insertions on the branches of a tree that grew. The tree that is given goes into growth with its nodes marked (*marked is *base with a column more, if it has
 * any to keep, or if polytomies will be parted by them); of the grown tree its nodes, or its leaves alone where all of it may have moved, have what they had, and the genomes `told` (by any order of nodes) what was read.
 */
vg_status vg_job_mark_nodes(const struct vg_tree *base, bool joins, struct vg_arena *arena, struct vg_tree *marked, struct vg_error *error) VG_MUST_USE;
/* For vg_place_insert, in the arena; *gaps NULL where `wanted` is false or the tree tells of none. */
vg_status vg_job_place_gaps(const struct vg_tree *base, bool wanted, struct vg_arena *arena, const struct vg_place_gaps **gaps, struct vg_error *error) VG_MUST_USE;
bool vg_job_is_mark(struct vg_text name); /* the column that is to be left out again */
vg_status vg_job_grown_gaps(const struct vg_tree *base, struct vg_tree *grown, bool leaves_only, const struct vg_gap_witness *told, size_t n_told,
                            const struct vg_site_range *masked, size_t n_masked, struct vg_error *error) VG_MUST_USE;
/* Then polytomies parted by them (vg_tree_join_by_gaps), of what was given nothing but where all may have moved. nodes[n] become the numbers in *joined. */
vg_status vg_job_join_gaps(const struct vg_tree *grown, bool all_may_move, uint32_t *nodes, size_t n, struct vg_tree **joined, struct vg_error *error) VG_MUST_USE;
void vg_job_count_gaps(const struct vg_tree *tree, uint32_t *n_deletions, uint32_t *n_insertions);

struct vg_tree_request {
    const char *path, *vcf;
    const char *reference;           /* FASTA, for letters that the tree's form does not keep; NULL */
    const char *const *samples;      /* a part of the tree around these leaves; n 0: all */
    size_t n_samples;
    const char *annotation;          /* GFF3: what is written tells amino acids too; NULL */
    uint32_t n_leaves;               /* of the part */
    const char *out;                 /* NULL: not written */
};
/*
 * One row: form, nodes, leaves, mutations, length, deepest (branches), deepest_mutations, ignored, repaired, deletions, insertions (different ones), gap_events (of both,
 * on branches), bytes_per_node, columns (their names). Of the part, where one is asked for. Meta: gap_events_left_out, for which what is written has no room.
 */
vg_status vg_job_tree(const struct vg_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

struct vg_place_request {
    const char *tree_path, *vcf;
    const char *const *sample_paths; /* MAPLE, or FASTA, which is aligned first; "-": MAPLE on standard input */
    size_t n_samples;
    const char *reference;           /* FASTA: what the samples are told against where their file does not tell, and sequences aligned to; NULL: the tree's own */
    const char *data_set;            /* of the virus, instead of a reference, for sequences (vigia align --dataset), and for the amino acids of `out`; NULL */
    const char *annotation;          /* GFF3, instead of the data set's, for these; NULL */
    bool fasta;                      /* samples are FASTA even where that cannot be seen: a file of one sequence */
    const char *mask;                /* "1-55,29804-29903", or a file of such lines or of BED; NULL: none */
    unsigned threads;                /* 0: all processors */
    bool list_ties;                  /* a column with them */
    const char *out;                 /* the tree with the genomes added; NULL: they are placed alone */
    uint32_t part_leaves;            /* of it only the genomes and the leaves nearest to them, so many in all; 0: all */
    bool as_inserted, refine_all;    /* not refined; everything refined and not what was added alone */
    bool deletions;                  /* of `out`: genomes of one polytomy that share a deletion or insertion get a branching point of their own */
};
/*
 * A row a genome, in the order of the files: name, status (ok; in_tree: where the tree grows, it has a leaf of that name, which stays; nothing_known: no site is known; too_different: more than VG_PLACE_DIFFERENCES_MAX differences; or why a sequence was not aligned, see jobs/genome/genome.h), score, ties, node, splits, certain, certain_clade,
 * mutations (its own), and with list_ties tied_nodes; where the tree grows, score is what it cost in its turn and certain is left out. VG_DATA_ERROR: files that cannot be read, of another reference, or a name twice.
 */
vg_status vg_job_place(const struct vg_place_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                       struct vg_error *error) VG_MUST_USE;

#endif
