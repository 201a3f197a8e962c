/*
 * jobs/genome_tree: the tree of a node's genomes. vigia place --node puts the genomes of a set on a tree that is given, or on their reference alone, dates it, and keeps it
 * on the node as a product; the page asks for parts of it, for introductions into places by it, and for the same as files (docs/genomes-page.md).
 *
 * What belongs to a genome (date, place, lineage, terms) stays with the genome and is joined by its name when a question is answered; leaves that are no genomes of the node
 * have what the tree's file told of them.
 */
#ifndef VG_JOBS_GENOME_TREE_H
#define VG_JOBS_GENOME_TREE_H

#include "jobs/jobs.h"

struct vg_keep_tree_request {
    const char *set;          /* of the node's genomes; NULL: the only one */
    const char *tree_path;    /* NULL: none, the tree grows from the reference */
    const char *licence;      /* on which its own leaves may be given on, where they do not say; NULL: nobody has told */
    const char *prefix;       /* of names of lineages, where the tree has none: the tree is divided and the genomes called by it; NULL: they keep what they have */
    const char *annotation;   /* GFF3 of the set's reference, kept with it; NULL: what was kept before stays */
    const char *mask;         /* sites that do not count, see vg_job_read_mask; NULL: none */
    bool deletions;           /* genomes of one polytomy that share a deletion or insertion get a branching point of their own */
    bool refine_all;          /* move also what the tree had; where there was none all moves anyway */
    unsigned threads;         /* 0: all processors */
};
/*
 * A row a genome: name, status (ok; in_tree: it was there already; too_different: more than VG_PLACE_DIFFERENCES_MAX differences, left out), score, ties, lineage (with prefix). Meta: leaves, mutations before and after refinement, clock. store open for writing. VG_DATA_ERROR: a tree of
 * another reference, or genomes that cannot be read; nothing is kept then.
 */
vg_status vg_job_keep_tree(struct vg_store *store, const struct vg_keep_tree_request *request, const struct vg_progress *progress, struct vg_arena *arena,
                           struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

/* The node's sets of genomes: set, reference, length, genomes, dated, with_place, with_lineage, first_date, last_date, leaves, tree_made, exercise. */
vg_job vg_job_genome_sets;
/*
 * request->tree: which part, for whom, and in which form. NULL or "page": the document that docs/api.md describes; "auspice", "newick": a file; "csv": a row a leaf. VG_DATA_ERROR:
 * the terms of a genome forbid it, with its name and the reason.
 */
vg_job vg_job_tree_node;

#endif
