/*
 * intake/genome: sequences of a virus out of FASTA files, and what is known of the virus out of its data set.
 */
#ifndef VG_INTAKE_GENOME_H
#define VG_INTAKE_GENOME_H

#include "model/data_set/data_set.h"

/* ------------------------------------------------------------------ sequences */

/*
 * Sequences out of a FASTA file, a batch at a time: plain, gzip, zstd, or a pipe of any of these. What is held is one batch and never more than a record of
 * VG_FASTA_RECORD_BYTES_MAX, however long the file or a line of it is.
 *
 * A file is sequential, its records are not: reading finds only where they begin, and what is in them (vg_fasta_letters) may be asked by any number of threads.
 */
#define VG_FASTA_RECORD_BYTES_MAX ((size_t)16 << 20) /* a record's lines; a genome here has at most a million letters */

struct vg_fasta_record {
    struct vg_text name;         /* the first word behind the >, or the whole line */
    struct vg_text description;  /* the rest of that line */
    struct vg_text body;         /* its lines, as they are in the file; cut short where the record is too long */
    uint64_t line;               /* of the >, from 1 */
    uint64_t bytes;              /* of the whole body; more than body.size where that is cut short and what was read so far otherwise */
    bool too_long;
};

struct vg_fasta_batch {
    const struct vg_fasta_record *records; /* good until the next call */
    size_t n_records;            /* 0: the file has ended */
};

struct vg_fasta;
/*
 * path "-": standard input. whole_names: a name is the whole line, blanks included. name and path must outlive the reader.
 * VG_DATA_ERROR: nothing in it, or something before the first > (it is then no FASTA). VG_NOT_FOUND, VG_SYSTEM_ERROR.
 */
vg_status vg_fasta_open(const char *path, bool whole_names, struct vg_fasta **fasta, struct vg_error *error) VG_MUST_USE;
/* Some records, in order, about batch_bytes of them and at most n_most; at least one unless the file has ended. */
vg_status vg_fasta_next(struct vg_fasta *fasta, size_t batch_bytes, size_t n_most, struct vg_fasta_batch *batch, struct vg_error *error) VG_MUST_USE;
double vg_fasta_progress(const struct vg_fasta *fasta); /* share of the file's bytes that were read */
void vg_fasta_close(struct vg_fasta *fasta);

/* What is not a letter of a sequence. */
struct vg_fasta_fault {
    uint64_t line, column; /* in the file, from 1; a column is a byte */
    unsigned char found;
    bool amino_acids;      /* all of the record looks like a protein's letters: most are no A, C, G, T, U or N */
};
/*
 * The record's letters: upper case, T for U, N for ?; gaps (- and .), blanks and line ends are left out, a * at the end too. letters: room for body.size + 32.
 * False at the first byte that stands for no base.
 */
bool vg_fasta_letters(const struct vg_fasta_record *record, char *letters, size_t *length, struct vg_fasta_fault *fault);

/* ------------------------------------------------------------------ data sets */

/*
 * Reading what is known of a virus. A data set is a folder:
 *   reference.fasta            one sequence; the only file that must be there
 *   genome_annotation.gff3     coding sequences (also annotation.gff3, or the name that pathogen.json gives)
 *   pathogen.json              parameters of alignment and quality control, as Nextclade's data sets have them
 *   quality.toml               instead of it, or to change some of it: the same by Vigía's names (docs/genomes.md lists them)
 *   tree.json | tree.nwk | tree.pb ...  a reference tree, whose path is kept; nothing here reads it
 * Each may be compressed (.gz, .zst).
 */
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
/* The same as GFF3, appended, so that it can be kept: what is parsed from it is equal. */
void vg_annotation_put(const struct vg_genome_annotation *annotation, const struct vg_genome_reference *reference, struct vg_buffer *out);
/* Nextclade's pathogen.json (schema 3.0.0): alignmentParams, qc, mutLabels; *annotation_file and *tree_file: of its files, NULL where it names none. */
vg_status vg_pathogen_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, const char **annotation_file,
                            const char **tree_file, struct vg_error *error) VG_MUST_USE;
vg_status vg_quality_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error) VG_MUST_USE;

#endif
