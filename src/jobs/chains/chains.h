/*
 * jobs/chains: who infected whom, on files: what vigia chains does without a node (docs/chains.md). Files are CSV and kin, with headings in any case:
 *
 *     cases:     id | case | case_id; onset | date_onset | date_of_onset | dt_onset | date; report | date_report | dt_report | sample; [place | region |
 * household]; [setting];
 *                [import | imported] (yes, no, empty)
 *     contacts:  from | infector | i | source; to | infected | infectee | case_id | j | target
 *     distances: a | i | from; b | j | to; snp | distance | differences
 *     delays:    day | delay | lag; probability | weight | w
 *
 * Days are dates (2020-03-01) or whole numbers. A cell that cannot be read ends the job with file, line and column.
 */
#ifndef VG_JOBS_CHAINS_H
#define VG_JOBS_CHAINS_H

#include "jobs/jobs.h"
#include "trace/chains/chains.h"

/* NULL, NAN and 0 mean the default, written behind each. */
struct vg_chains_request {
    const char *cases_path;
    const char *contacts_path, *fasta_path, *distances_path; /* none */
    const char *const *maps;                                 /* [n_maps] FIELD=HEADING of cases */
    size_t n_maps;
    bool directed;                                 /* contacts: from exposed to; either may have infected the other */
    int64_t genome_length;                         /* sites, with distances: must be given */
    const char *disease;                           /* whose generation time and incubation period */
    const char *generation_path, *incubation_path; /* delays as files; before the disease's */
    double generation_mean_days, generation_sd_days, incubation_mean_days, incubation_sd_days;
    double report_mean_days, report_sd_days; /* from onset to report: of the cases with both; none */
    const char *method;                      /* "mcmc" or "instant": mcmc up to 20,000 cases */
    bool within_host;                        /* hosts carry diverse pathogens: phylogeny and hosts are sampled together */
    const char *tree_path;                   /* a dated phylogeny (Newick) that is only divided into hosts; implies within_host */
    double within_growth, within_size_days;  /* estimated */
    double imports;                          /* cases that are expected from outside, over all days: found from the data */
    double reported;                         /* share of infections that are cases, where it is known: found from the data */
    bool poisson;                            /* numbers of infected are Poisson, and not negative binomial */
    int64_t generations_most;                /* 5 */
    int64_t candidates;                      /* 32 */
    int64_t n_chains, warm_up, sweeps;       /* 4, 500, 1500 */
    uint64_t seed;
    unsigned threads;       /* 0: all processors */
    int32_t as_of;          /* VG_DATE_NONE: the last case */
    const char *show;       /* "links" (NULL), "cases", "summary", "offspring", "settings", "chains", "impossible", "interviews" */
    double least;           /* links: at least this probability: 0.01 */
    const char *state_path; /* where the sampler ended: gone on from if it is there, and written; NULL: none */
};
void vg_chains_request_init(struct vg_chains_request *request);

/*
 * links: case, infector ("outside", "not listed", or a case), probability, days (between the two cases' days), contact, differences, entropy (bits, of the
 * case). cases: case, day, infector, support, entropy, infected (mean day), direct, offspring, offspring_low, offspring_high, superspreading, chain (its
 * first case), interview_gain. summary (with within_host also clock_a_site_a_day, within_host_growth, within_host_size_days, hosts_that_are_no_cases): quantity, mean, low, high, r_hat, effective_size. offspring: infected, share. settings: from, to, infections. chains:
 * chain (first case), cases, last_day, over, extinct. impossible: from, to, days, chance (of reported contacts). interviews: case, gain, entropy, likeliest,
 * support. Columns that only the sampler knows are empty with the instant answer. meta: cases, contacts, genomes, method, parameters, rows that were left
 * out, R-hat.
 */
vg_status vg_job_chains(const struct vg_chains_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer,
                        struct vg_error *error) VG_MUST_USE;

/*
 * Of the cases that a node traces (request: place, from, to, disease, method "instant" or "mcmc"; the newest 5,000, the sampler at most 2,000), by day: case, day, day_of (onset, report
 * or sample), place, setting, chain (its first case), infector, unknown ("outside" or "not listed" where it is none of them), support, contact (was told), second, second_support,
 * third, third_support, outside, not_listed, entropy, infected (by the tree), interview_gain. meta: disease, cases, contacts, reproduction, contact_coverage.
 */
vg_job vg_job_chains_node;

#endif
