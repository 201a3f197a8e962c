/*
 * jobs/genome/keep: genomes of a node: listed with their terms, and given on where these allow it.
 */
#ifndef VG_JOBS_GENOME_KEEP_H
#define VG_JOBS_GENOME_KEEP_H

#include "jobs/genome/align.h"
#include "store/genomes/genomes.h"

struct vg_genomes_request {
    const char *set;               /* NULL: the node's only one */
    enum vg_genome_use use;        /* VG_GENOME_USE_HERE: nothing is forbidden */
    const char *agreement;         /* by which the partner is bound; NULL none */
    int32_t today;                 /* for embargoes */
    bool allowed_only;             /* what may not go is left out and counted; else one that may not go stops all */
    struct vg_align_sink maple, aligned; /* put NULL: not wanted */
};

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
