/*
 * fasta: sequences out of a FASTA file, a batch at a time: plain, gzip, zstd, or a pipe of any of these. What is held is one batch and never more than a record of
 * VG_FASTA_RECORD_BYTES_MAX, however long the file or a line of it is.
 *
 * A file is sequential, its records are not: reading finds only where they begin, and what is in them (vg_fasta_letters) may be asked by any number of threads.
 */
#ifndef VG_FASTA_H
#define VG_FASTA_H

#include "core/core.h"

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
};
/*
 * The record's letters: upper case, T for U, N for ?; gaps (- and .), blanks and line ends are left out, a * at the end too. letters: room for body.size + 32.
 * False at the first byte that stands for no base.
 */
bool vg_fasta_letters(const struct vg_fasta_record *record, char *letters, size_t *length, struct vg_fasta_fault *fault);

#endif
