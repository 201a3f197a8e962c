/*
 * jobs/genome: genomes on files and on a node. Sequences out of FASTA files, aligned, their changes called and judged: what vigia align does (docs/genomes.md). A row a genome, in the files'
 * order whatever the number of threads; memory is that of a few thousand genomes, and 130 bytes more for each name.
 *
 * A genome that cannot be aligned has a row with a status and a reason, and nothing else in it:
 *   ok; empty, too_short, too_long, unlike (vg_align_status); bad_letter, amino_acids, no_name, duplicate_name, memory
 * Columns: name, status, reason, length, begin, end, coverage, reversed, substitutions, deletions, insertions, missing, ambiguous, frame_shifts, aa_substitutions,
 * aa_deletions, aa_insertions, stop_codons, their numbers (n_...), cut_left, cut_right, not_placed, clade, node, mutations_off, ties (with a tree: the clade that is
 * certain, where it is attached, the mutations that the tree needs more for it, equally good places), quality, score, score_<rule>, remarks. Lists are parted by commas;
 * sites and codons count from 1: C241T; 21765-21770; 22204:GAGCCAGAA (behind 22204); Y:203 (ambiguous); S:D614G; S:H69-; S:214:EPE; ORF8:27-122.
 */
#ifndef VG_JOBS_GENOME_H
#define VG_JOBS_GENOME_H

#include "intake/intake.h"
#include "jobs/jobs.h"
#include "model/data_set/data_set.h"
#include "store/genomes/genomes.h"
#include "trace/genome/align/align.h"

enum vg_align_format { VG_ALIGN_CSV, VG_ALIGN_TSV, VG_ALIGN_JSON };
bool vg_align_format_from_name(const char *name, enum vg_align_format *format);

/* Takes what is written, in order. */
struct vg_align_sink {
    vg_status (*put)(void *context, const void *data, size_t size, struct vg_error *error);
    void *context;
};

struct vg_align_request {
    const char *const *paths;      /* [n_paths] FASTA files; "-": standard input */
    size_t n_paths;
    const char *data_set;          /* folder; or */
    const char *reference;         /* a FASTA file of one sequence, and */
    const char *annotation;        /* GFF3, also instead of the data set's; NULL: none */
    const char *tree;              /* to place genomes on: what their places lack is judged too, and clades are told; NULL: the data set's own, or none */
    bool no_tree;                  /* they are not placed */
    bool whole_names;              /* a name is the whole line behind the > */
    unsigned threads;              /* 0: all processors */
    enum vg_align_format format;
    struct vg_align_sink table;    /* put NULL: no table */
    struct vg_align_sink maple;    /* differences in MAPLE's form, the reference first; put NULL: none */
    struct vg_align_sink aligned;  /* FASTA of rows as long as the reference; put NULL: none */
    /* To keep the aligned ones on a node, all of them or, where the job fails, none: */
    struct vg_store *store;        /* open for writing; NULL: not kept */
    const char *set;               /* their set; NULL: made of the reference's name */
    const char *metadata;          /* a table by name: date, place, lineage, provider, licence, agreement, embargo; NULL: none */
    enum vg_date_order date_order; /* of the table's dates that are not 2021-02-05; AUTO: found from all of them */
    int32_t today;
};
/* How a table's dates of samples were understood. */
struct vg_metadata_dates {
    uint64_t n_days, n_partial, n_bad; /* whole days; a month or a year; neither, and not empty or a word for missing */
    uint64_t bad_line;                 /* of the first bad one */
    const char *bad_text;              /* NULL: there is none */
};
void vg_align_request_init(struct vg_align_request *request);

struct vg_align_summary {
    uint64_t n_genomes, n_ok, n_duplicates, n_bad, n_good, n_mediocre; /* by grade: of those that are ok */
    uint64_t letters, bytes;
    uint64_t n_kept, n_replaced, n_described; /* on the node; of these: there before, and with a row of metadata */
    struct vg_metadata_dates dates; /* of the table, whether its genomes are there or not */
    const char *kept_set;
    struct vg_genome_data_set set;  /* as read, in the arena */
};

/* VG_DATA_ERROR: a file that is no FASTA, or damaged; the rows before are written. That genomes are bad is no error. */
vg_status vg_job_align(const struct vg_align_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_align_summary *summary,
                       struct vg_error *error);

/* ------------------------------------------------------------------ of a node */

struct vg_genomes_request {
    const char *set;               /* NULL: the node's only one */
    enum vg_genome_use use;        /* VG_GENOME_USE_HERE: nothing is forbidden */
    const char *agreement;         /* by which the partner is bound; NULL none */
    int32_t today;                 /* for embargoes */
    bool allowed_only;             /* what may not go is left out and counted; else one that may not go stops all */
    struct vg_align_sink maple, aligned; /* put NULL: not wanted */
};

struct vg_genomes_load_request {
    const char *path;              /* MAPLE's form with its reference ("-": standard input), plain, gzip or zstd; or the folder of an exercise's release */
    const char *metadata;          /* of a file: as vg_align_request has it; NULL */
    enum vg_date_order date_order;
    const char *set;               /* NULL: made of the reference's name */
    int32_t today;
};
struct vg_genomes_load_summary {
    uint64_t n_genomes, n_replaced, n_described; /* of them there before; with what the table tells of them */
    struct vg_metadata_dates dates;
    const char *set;
};
/* Genomes that come as differences, into a node that is open for writing: all or, where one cannot be taken, none. VG_DATA_ERROR names file and line. */
vg_status vg_job_genomes_load(struct vg_store *store, const struct vg_genomes_load_request *request, struct vg_arena *arena, struct vg_genomes_load_summary *summary,
                              struct vg_error *error) VG_MUST_USE;

struct vg_genomes_summary {
    uint64_t n_genomes, n_allowed;
    char first_refused[200], reason[256]; /* "" where none was */
};

/*
 * answer: a row a genome: name, date, place, lineage, quality, score, substitutions, deletions, insertions, missing, provider, licence, agreement, embargo, source,
 * allowed ("yes", "no"), reason. VG_DATA_ERROR: the terms of one forbid it (its name and the reason are told), and nothing is put into the sinks.
 */
vg_status vg_job_genomes(struct vg_store *store, const struct vg_genomes_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_genomes_summary *summary, struct vg_error *error);

#endif
