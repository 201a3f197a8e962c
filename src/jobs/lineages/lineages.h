/*
 * jobs/lineages: what vigia lineages does (docs/genomes-lineages.md): calls of genomes, growth and alarms from tables of samples or counts, introductions, trees in
 * time, candidates for new lineages. On files, without a node.
 *
 * Trees are read in any form that vg_tree_read knows, plain, gzip or zstd; genomes in MAPLE's (vigia align --maple). Tables are CSV and kin, with headings in any case:
 *
 *     samples:  [strain | name | id]; date | collection_date | week | ...; [place | country | division | region | location]; lineage | pango_lineage | clade | ...;
 *               [count | n | genomes | sequences]; [laboratory | lab | originating_lab | submitting_lab]; [mutations | aa_substitutions | substitutions]
 *     metadata: strain | name | id | accession ...; [date | collection_date | num_date]; [country | place | ...] or the column that --region names
 *
 * A date is a day (2021-03-05), an ISO week (2021-W09) or, of metadata, a year with its part (2021.25); 2021-03 and 2021 say too little for weeks and are left out and
 * counted. A cell that cannot be read ends the job with file, line and column.
 */
#ifndef VG_JOBS_LINEAGES_H
#define VG_JOBS_LINEAGES_H

#include "jobs/jobs.h"
#include "trace/genome/growth/growth.h"

/* NULL, NAN, 0 and VG_DATE_NONE mean the default, written behind each. */
struct vg_lineages_growth_request {
    const char *samples_path;     /* where no store is given */
    const char *set;              /* of a node's genomes: the only one. Laboratories are their providers; nucleotides are watched (A23403G) */
    const struct vg_tree_wish *wish; /* of a node's genomes: use, agreement: those whose terms forbid it are left out and counted; NULL: it stays here */
    const char *aliases_path;     /* alias_key.json; names are taken as they are written */
    const char *weights_path;     /* place, cases: what all places together are weighted by; their genomes of weeks nearby */
    const char *show;             /* "growth" (NULL), "frequencies", "alarms" */
    const char *level;            /* of a node's genomes: places are those of this level (country, admin1, ...), "" the coarsest with several; as they were told */
    const char *place;            /* growth, frequencies: the rows of this place, or of "all", alone; all of them */
    const char *pivot;            /* the most frequent of those that most places saw */
    const char *const *watched;   /* [n_watched] mutations, as in the samples' column: S:E484K */
    size_t n_watched;
    const char *watch_path;       /* a file of them, one a line */
    int32_t as_of;                /* newest day that counts: the newest sample's */
    int64_t weeks;                /* how many are looked at: 26 */
    int64_t least;                /* genomes below which a lineage is counted with its parent: 20, or half a percent of all where that is more */
    double generation_days;       /* 4.8 */
    int64_t forecast_days;        /* 30 */
    int64_t n_draws;              /* 400 */
    uint64_t seed;                /* 20210205 */
    unsigned threads;             /* all processors */
};
void vg_lineages_growth_request_init(struct vg_lineages_growth_request *request);
/*
 * growth: place ("all", then each), lineage, genomes, share, share_low, share_high (on the last day), advantage_per_week and its interval (logarithm, against the pivot),
 * per_generation and its interval (ratio), growth_per_week and its interval (of the odds against all others), probability (that it grows), doubling_days,
 * dominant_days, dominant_low, dominant_high, dominant_probability (within a year), there (how probably it is in that place at all). frequencies: place, week (its Monday), forecast, lineage, genomes, total,
 * observed, observed_low, observed_high (Jeffreys), share, share_low, share_high. alarms: kind (lineage, mutation), name, raised, genomes, sources, share,
 * growth_per_week, growth_low, growth_high, probability, since_seen, doubling_days, why.
 */
/* store NULL: of a file. */
vg_status vg_job_lineages_growth(struct vg_store *store, const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error) VG_MUST_USE;

/* The same of a node's genomes for the server. request: dataset (the set of genomes), show, level, place, as_of, seed; one thread. */
vg_job vg_job_lineages_node;
/* vg_job_lineages_introductions of the tree that is kept with a node's genomes. request: dataset (the set), level (of regions), show, seed; one thread. */
vg_job vg_job_introductions_node;

struct vg_lineages_calls_request {
    const char *set;              /* of a node's genomes: the only one */
    const char *genomes_path;     /* MAPLE's form, with or without its reference; or sequences (FASTA), where a data set or reference is given to align them to */
    const char *data_set, *reference; /* as vigia align takes them; sequences that cannot be aligned have no row, and are counted */
    const char *tree_path;
    const char *aliases_path;
    const char *column;           /* of lineages in the tree: NULL: that of vg_job_clade_column */
    const char *mask;             /* sites not to look at, "1-55,29804-29903", from 1; none */
    bool deletions;               /* of nodes that are equally near those count that have most of the genome's deletions; the tree must tell of some */
    bool recombinants;            /* genomes with at least least_new new mutations are searched for a breakpoint */
    int64_t least_new;            /* 3 */
    int64_t n_draws;              /* of that test: 99, at least 19 */
    uint64_t seed;
    unsigned threads;
};
void vg_lineages_calls_request_init(struct vg_lineages_calls_request *request);
/*
 * name, lineage, status (ok, coarser: less fine than the nearest node's; unplaced: nothing in common), nearest, attachment, conflict, new_mutations, attachments, distance,
 * nearest_nodes, nearest_node, missing[, recombinant, p, gain, before, after, break_from, break_to].
 */
/* store NULL: of a file. Else of the node's genomes, with which their lineages are kept; it must be open for writing. */
vg_status vg_job_lineages_calls(struct vg_store *store, const struct vg_lineages_calls_request *request, const struct vg_progress *progress, struct vg_arena *arena,
                                struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

struct vg_lineages_tree_request {
    struct vg_store *store;       /* the tree kept with a node's genomes and what is told of them; NULL: of files */
    const char *set, *level;      /* of that: which genomes, the only ones; regions are places of this level, the coarsest with several */
    const struct vg_tree_wish *wish; /* of that: use, agreement, allowed_only: whose terms are asked for it; NULL: it stays here */
    const char *tree_path, *metadata_path; /* metadata NULL: the tree's own columns */
    const char *region;           /* column of regions: country, else the first of the names above */
    const char *weights_path;     /* region, cases | weight [, week | date]: what happened there while samples were taken; what sequences stand for follows it, week by week where weeks are told */
    const char *cases;            /* of a node, without a file: the dataset whose cases these are; "none"; the node's first that has cases where all are of one disease */
    bool waits;                   /* who asks waits for it: introductions are not drawn of more than 10,000 leaves, or leaves x (regions + 1)^2 above 10^8 (VG_LIMIT_EXCEEDED; the summary says so in its meta) */
    int32_t as_of;                /* samples after that day, and those without a date, are as if they were not there; all count */
    const char *show;
    const char *column;           /* of lineages, for designation */
    const char *aliases_path;     /* alias_key.json: names of candidates in their short form, and none that it has */
    const char *prefix;           /* of new names: none */
    double rate;                  /* mutations a year of the whole genome: estimated; of introductions at least 0.01 */
    int64_t n_replicates;         /* of dates' intervals 50; introductions: draws 100 */
    int64_t active_days;          /* a cluster is active whose last sample is so near to the newest: 21 */
    int64_t linked_mutations;     /* crossings: leaves so near are of one outbreak: 2 */
    int64_t window_days;          /* crossings: with no more than these between samples: 14 */
    int64_t least_leaves;         /* designation: 20 */
    int64_t least_mutations;      /* designation: between a candidate and the lineage it is in: 1 */
    uint64_t seed;
    unsigned threads;
};
void vg_lineages_tree_request_init(struct vg_lineages_tree_request *request);
/*
 * show "introductions" (NULL): region, introduction, node (common ancestor of its leaves), leaves, support (trace/genome/introductions), came, came_low, came_high (when its lineage
 * entered: median and 95 % interval; missing where there is no clock), origin (a region, or "elsewhere": none of the tree's), origin_probability, second, second_probability, first_sample,
 * last_sample, active, growth (a week, last against previous two weeks, as ratio, where there are samples in both), source (introduction that it comes from), exports. "summary": region,
 * leaves, introductions (median), introductions_low, introductions_high (95 %), introductions_q25, introductions_q75, singles, active (of the list), cases, sampled (share), unseen (Chao's estimate of those that left no
 * genome; missing without cases), clusters, fewest, most. "flows": from, to, introductions (mean). "leaves": name, region, date, introduction. "clusters" (matUtils' heuristic, for trees of any size): region, cluster, node,
 * leaves, confidence, origin, origin_confidence, first_sample, last_sample. "crossings": outbreak, leaves, regions, n_regions, first_sample, last_sample, first_region, node.
 */
vg_status vg_job_lineages_introductions(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* show "rate" (NULL): quantity, value, low, high, note. "dates": node, leaf, date, low, high, num_date, given, outlier. "tree": none, but the tree as Auspice JSON in *bytes. */
vg_status vg_job_lineages_clock(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_buffer *bytes,
                                struct vg_error *error) VG_MUST_USE;
/* candidate, parent_lineage, node, leaves, mutations, captured, index, defining. */
vg_status vg_job_lineages_designate(const struct vg_lineages_tree_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
