/*
 * data_set: reading what is known of a virus (model/genome/data_set.h). A data set is a folder:
 *   reference.fasta            one sequence; the only file that must be there
 *   genome_annotation.gff3     coding sequences (also annotation.gff3, or the name that pathogen.json gives)
 *   pathogen.json              parameters of alignment and quality control, as Nextclade's data sets have them
 *   quality.toml               instead of it, or to change some of it: the same by Vigía's names (docs/genomes.md lists them)
 *   tree.json | tree.nwk | tree.pb ...  a reference tree, whose path is kept; nothing here reads it
 * Each may be compressed (.gz, .zst).
 */
#ifndef VG_INTAKE_DATA_SET_H
#define VG_INTAKE_DATA_SET_H

#include "model/genome/data_set.h"

/* All memory is the arena's. VG_NOT_FOUND: no such folder, or no reference in it; VG_DATA_ERROR: a file that cannot be understood, with its line. */
vg_status vg_data_set_read(const char *folder, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error) VG_MUST_USE;

/* The parts, for whom has them one by one. A reference is the first sequence of a FASTA file, in which there may be no other. */
vg_status vg_reference_read(const char *path, struct vg_arena *arena, struct vg_genome_reference *reference, struct vg_error *error) VG_MUST_USE;
vg_status vg_annotation_read(const char *path, const struct vg_genome_reference *reference, struct vg_arena *arena, struct vg_genome_annotation *annotation,
                             struct vg_error *error) VG_MUST_USE;

/*
 * GFF3 (Sequence Ontology, 1.26): lines CDS, those of one ID joined; where a file has none, its lines gene. Names: gene_name, gene, Name, locus_tag, product, ID, the
 * first that no other coding sequence has.
 */
vg_status vg_annotation_parse(const char *name, struct vg_text text, const struct vg_genome_reference *reference, struct vg_arena *arena,
                              struct vg_genome_annotation *annotation, struct vg_error *error) VG_MUST_USE;
/* Nextclade's pathogen.json (schema 3.0.0): alignmentParams, qc, mutLabels; *annotation_file and *tree_file: of its files, NULL where it names none. */
vg_status vg_pathogen_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, const char **annotation_file,
                            const char **tree_file, struct vg_error *error) VG_MUST_USE;
vg_status vg_quality_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error) VG_MUST_USE;

#endif
