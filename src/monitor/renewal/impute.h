/* Reports without a reference date, given one within the model; private to this folder. docs/renewal-model.md has the law. */
#ifndef VG_RENEWAL_IMPUTE_H
#define VG_RENEWAL_IMPUTE_H

#include "monitor/renewal/internal.h"
#include "monitor/renewal/renewal.h"

/*
 * One series' undated reports and the triangle completed by a draw of their dates. Report steps and rows count from the window's first date;
 * matrices have a row for each of the n_before dates before the window too, from which reports still come in.
 */
struct renewal_undated {
    const struct vg_triangle *triangle; /* as given */
    struct vg_triangle completed;
    size_t skipped, n_before, n_rows, n_delays, last_report;
    double *given;      /* [last_report + 1] undated reports by the publication that they are counted with */
    bool *published;    /* [last_report + 1] */
    double *known;      /* [(n_before + n_rows) * n_delays] dated reports, negative ones netted, at the delays of publications */
    double *weight;     /* the same: of an undated report that was published then */
    double *known_row;  /* [n_rows] sums of known */
    bool *known_at_all; /* [n_rows] */
    double *before;     /* [n_before] expected final counts where the triangle has the date, else NaN */
    double *odds;       /* [n_delays + 2 * (n_rows + n_delays)] of being reported: of delays, of report steps for short delays, for long ones */
    double *added;      /* [n_rows] scratch of draws whose counts by row nobody needs */
    double *upto;       /* [n_delays] scratch of draws, as the next */
    size_t *urn;
    double total;
};

/* VG_USAGE_ERROR: counts that are negative or not whole, reports from after the day of knowledge, or nothing published. */
vg_status renewal_undated_new(const struct vg_triangle *triangle, const struct vg_renewal_parameters *parameters, struct vg_arena *arena,
                              struct renewal_undated *undated, struct vg_error *error) VG_MUST_USE;
/* Weights before anything is fitted: a report's own cell and the usual delays, half and half. */
void renewal_undated_weigh_first(struct renewal_undated *undated);
/* Weights at a point of the posterior, of which all levels and noise are used. */
void renewal_undated_weigh(struct renewal_undated *undated, const struct renewal_problem *problem, const struct renewal_point *point);
/* Dates drawn by the weights: added[n_rows] by row. complete: the completed triangle becomes that of this draw. */
void renewal_undated_draw(struct renewal_undated *undated, struct vg_random *random, bool complete, double *added);

#endif
