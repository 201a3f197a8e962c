/*
 * Private to jobs/lineages: a table of samples or counts as counts by place, week and lineage.
 */
#ifndef VG_JOBS_LINEAGES_SAMPLES_H
#define VG_JOBS_LINEAGES_SAMPLES_H

#include "jobs/lineages/internal.h"
#include "store/genomes/genomes.h"

#define WATCHED_MOST 64

struct sample_row {
    int32_t day;
    uint32_t place, lineage, laboratory; /* VG_DICTIONARY_NONE: not known */
    double count;
    uint64_t watched; /* a bit a mutation */
};

struct samples {
    struct sample_row *rows;
    size_t n, capacity;
    struct vg_dictionary places, lineages, laboratories;
    struct vg_text watched[WATCHED_MOST];
    size_t n_watched;
    bool has_places, has_laboratories, has_mutations;
    bool simulated;            /* nothing of it happened */
    size_t without_day, without_lineage, partial_days, forbidden; /* rows left out; forbidden: by the terms of genomes */
    int32_t newest;
};
vg_status samples_read(const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct samples *samples, struct vg_error *error);

/* Of a node's genomes of request->set. */
vg_status samples_of_node(struct vg_store *store, const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct samples *samples, struct vg_error *error);

/* Their places become those of a level. */
vg_status samples_lead_up(struct vg_store *store, const char *level, struct vg_arena *arena, struct samples *samples, struct vg_error *error);

/* Counts of the weeks that are looked at, rare lineages with their parents. */
struct growth_table {
    struct vg_growth_counts counts;
    const struct vg_text *names;    /* [n_lineages] */
    const struct vg_text *places;   /* [n_places] */
    const uint32_t *category;       /* [samples.lineages.count] index of a lineage in names */
    int32_t first_week;             /* Monday of the first week */
    uint32_t other;                 /* the category of what has no parent; VG_GROWTH_NONE: there is none */
    double least;                   /* genomes of a lineage that is told by itself */
    size_t n_merged, outside_weeks;
};
vg_status samples_count(const struct vg_lineages_growth_request *request, const struct samples *samples, const struct vg_pango *pango, struct vg_arena *arena,
                        struct growth_table *table, struct vg_error *error);
/* The same of a watched mutation: without it (0), with it (1). */
vg_status samples_count_mutation(const struct samples *samples, const struct growth_table *table, size_t watched, struct vg_arena *arena, struct vg_growth_counts *counts,
                                 struct vg_error *error);
/* Laboratories that saw each of n_lineages in the last eight weeks, and all that saw anything; watched SIZE_MAX: by category. */
vg_status samples_sources(const struct samples *samples, const struct growth_table *table, size_t watched, struct vg_arena *arena, size_t n_lineages, size_t **sources,
                          size_t *n_sources, struct vg_error *error);

#endif
