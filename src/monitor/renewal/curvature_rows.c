/*
 * Curvature of one row's likelihood by log mean and logit hazards, projected on theta.
 *
 * With hazards h, survival S, mean M and factor f = log(1 + k) / k, a row's log-likelihood is sum_cells Q(log M p) - f M (1 - S_last).
 * log p of a cell at delay d has first derivatives 1 - h_d and - h_j (j < d), second derivatives - h_j (1 - h_j) for j <= d and nothing
 * beside the diagonal. With b_d = - Q'' of the cell, B_d the sum of b beyond d and F = f M S_last, the matrix by logit hazards is
 * semi-separable: entry (i, j), i < j, is h_i c_j with c_j = b_j (1 - h_j) - h_j (B_j + F), and - c is what ties log mean to the hazards.
 * So one pass forward with a running sum of h_i p_i (p: what hazard i is made of in theta) builds the projection. Cells of several
 * delays together, which follow days without publication, are added one by one.
 */
#include "monitor/renewal/curvature.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/kernel.h"

#include <math.h>
#include <string.h>

struct row_work {
    const struct renewal_problem *p;
    const struct renewal_state *state;
    struct renewal_curvature *c;
    const double *hazard, *survival;
    size_t k, n_delays; /* delays with a hazard in this row */
    double mean, left, factor;
    double *own, *beside;         /* [n_delays] by delay: what stands on the diagonal, and c */
    double *score, *bend, *odds;  /* [n_delays] by cell */
    bool joint;
};

/* Going back over the cells. Returns the curvature by log mean that the negative binomial takes from the Poisson law's. */
static double back_over_cells(struct row_work *w)
{
    const struct renewal_row *row = &w->p->rows[w->k];
    double fixed = w->factor * w->mean * w->left, behind = fixed, bends = 0, single_bends = 0;
    size_t d = (size_t)row->last_delay + 1;
    for (size_t i = row->n_cells; i-- > 0;) {
        const struct renewal_cell *cell = &w->p->cells[row->cell + i];
        double before = cell->first > 0 ? w->survival[cell->first - 1] : 1;
        bool single = cell->first == cell->last;
        double share = single ? before * w->hazard[cell->first] : before - w->survival[cell->last];
        w->score[i] = w->state->cell_score[row->cell + i];
        w->bend[i] = w->state->cell_bend[row->cell + i];
        w->odds[i] = w->survival[cell->last] / (share + 1e-300);
        w->joint = w->joint || !single;
        while (d > cell->first) {
            d--;
            double h = w->hazard[d], beyond = single_bends + fixed, here = 0, bend = 0;
            if (d <= cell->last) {
                here = single ? w->score[i] : -w->score[i] * w->odds[i];
                bend = single ? w->bend[i] : 0;
            }
            w->beside[d] = bend * (1 - h) - h * beyond;
            w->own[d] = (behind + here) * h * (1 - h) - bend * (1 - h) * (1 - h) - h * h * beyond;
        }
        bends += w->bend[i];
        single_bends += single ? w->bend[i] : 0;
        behind += w->score[i];
    }
    while (d > 0) {
        d--;
        double h = w->hazard[d], beyond = single_bends + fixed;
        w->beside[d] = -h * beyond;
        w->own[d] = behind * h * (1 - h) - h * h * beyond;
    }
    return bends;
}

static void expected_cells(struct row_work *w)
{
    double fixed = w->factor * w->mean * w->left;
    for (size_t d = 0; d < w->n_delays; d++) {
        double h = w->hazard[d], before = d > 0 ? w->survival[d - 1] : 1;
        w->beside[d] = -h * fixed;
        w->own[d] = w->factor * w->mean * before * h * (1 - h) - h * h * fixed;
    }
}

/* ------------------------------------------------------------------ projection */

void renewal_tie_hazard(const struct renewal_problem *p, size_t row, size_t delay, struct renewal_tie *tie)
{
    const struct renewal_layout *l = &p->layout;
    size_t step = row + delay, n = 0;
    tie->weight[n] = 1;
    tie->index[n++] = l->base + p->base_of[delay];
    if (l->n_report_day > 0) {
        tie->weight[n] = 1;
        tie->index[n++] = l->report_day + p->report_weekday[step];
    }
    if (l->n_holiday > 0 && p->report_holiday[step]) {
        tie->weight[n] = 1;
        tie->index[n++] = l->holiday;
    }
    size_t knot = p->knot[step], group = l->drift + (delay < p->n_short ? 0 : l->n_group);
    if (knot < l->n_group) {
        tie->weight[n] = p->knot_weight[step];
        tie->index[n++] = group + knot;
    }
    if (knot + 1 < l->n_group && p->knot_weight[step] < 1) {
        tie->weight[n] = 1 - p->knot_weight[step];
        tie->index[n++] = group + knot + 1;
    }
    if (step >= p->first_effect && step - p->first_effect < l->n_effect) {
        tie->weight[n] = 1;
        tie->index[n++] = l->effect + step - p->first_effect;
    }
    tie->n = n;
}

/* Adds own[d] p p' and c_d (prefix p' + p prefix'); both into half, which is folded on its transpose in the end. */
RENEWAL_KERNEL static void project(struct row_work *w, double *prefix, double *tied)
{
    const struct renewal_layout *l = &w->p->layout;
    size_t n = l->n, others = l->n_base + l->n_shape;
    struct renewal_tie tie;
    memset(prefix, 0, n * sizeof(double));
    for (size_t d = 0; d < w->n_delays; d++) {
        renewal_tie_hazard(w->p, w->k, d, &tie);
        double beside = w->beside[d], own = w->own[d], hazard = w->hazard[d];
        /* Of the effects the running sum has those of earlier steps only. */
        size_t step = w->k + d, effects = step > w->p->first_effect ? step - w->p->first_effect : 0;
        size_t n_base = (size_t)w->p->base_of[d] + 1, n_others = l->effect + (effects < l->n_effect ? effects : l->n_effect) - others;
        for (size_t a = 0; a < tie.n; a++) {
            size_t at = tie.index[a];
            double *half = w->c->half + at * n, scaled = beside * tie.weight[a], squared = 0.5 * own * tie.weight[a];
            add_scaled(half, prefix, scaled, n_base);
            add_scaled(half + others, prefix + others, scaled, n_others);
            for (size_t b = 0; b < tie.n; b++) {
                half[tie.index[b]] += squared * tie.weight[b];
            }
            tied[at] -= scaled;
        }
        for (size_t a = 0; a < tie.n; a++) {
            prefix[tie.index[a]] += hazard * tie.weight[a];
        }
    }
}

/* weight * v v', upper triangle. */
static void add_product(const double *vector, size_t n, size_t *list, double weight, double *dense)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        list[count] = i;
        count += vector[i] != 0 ? 1 : 0;
    }
    for (size_t a = 0; a < count; a++) {
        double scaled = weight * vector[list[a]], *row = dense + list[a] * n;
        for (size_t b = a; b < count; b++) {
            row[list[b]] += scaled * vector[list[b]];
        }
    }
}

static void add_to(double *vector, const struct renewal_tie *tie, double weight)
{
    for (size_t a = 0; a < tie->n; a++) {
        vector[tie->index[a]] += weight * tie->weight[a];
    }
}

/* What the joint cells of the row add. */
static void joint_products(const struct row_work *w, double *prefix, double *tied)
{
    const struct renewal_problem *p = w->p;
    const struct renewal_row *row = &p->rows[w->k];
    size_t n = p->layout.n, d = 0;
    double *inside = prefix + n, *vector = prefix + 2 * n;
    struct renewal_tie tie;
    memset(prefix, 0, n * sizeof(double));
    for (size_t i = 0; i < row->n_cells; i++) {
        const struct renewal_cell *cell = &p->cells[row->cell + i];
        if (cell->first == cell->last) {
            continue;
        }
        for (; d < cell->first; d++) {
            renewal_tie_hazard(p, w->k, d, &tie);
            add_to(prefix, &tie, w->hazard[d]);
        }
        memset(inside, 0, n * sizeof(double));
        for (size_t j = cell->first; j <= cell->last && j < w->n_delays; j++) {
            renewal_tie_hazard(p, w->k, j, &tie);
            add_to(inside, &tie, w->hazard[j]);
        }
        add_product(inside, n, w->c->list, w->score[i] * w->odds[i] * (1 + w->odds[i]), w->c->dense);
        for (size_t j = 0; j < n; j++) {
            vector[j] = w->odds[i] * inside[j] - prefix[j];
            tied[j] -= w->bend[i] * vector[j];
        }
        add_product(vector, n, w->c->list, -w->bend[i], w->c->dense);
    }
}

double renewal_row_curvature(const struct renewal_problem *p, const struct renewal_point *point, const struct renewal_state *s, size_t k,
                             bool exact, struct renewal_curvature *c, double *tied)
{
    const struct renewal_row *row = &p->rows[k];
    double excess = exp(point->hyper[RENEWAL_EXCESS]), unused, mean = s->mean[k];
    double factor = exact ? renewal_exposure_factor(excess, &unused) : 1 / (1 + excess);
    if (row->last_delay < 0) {
        return 0;
    }
    if (!row->split) {
        return factor * mean - (exact && row->n_cells > 0 ? s->cell_bend[row->cell] : 0);
    }
    size_t at = (k - p->first_split) * p->n_delays, most = (size_t)row->last_delay + 1, n = p->layout.n;
    struct row_work w = {.p = p, .state = s, .c = c, .hazard = s->hazard + at, .survival = s->survival + at, .k = k, .mean = mean,
                         .left = s->unreported[k], .factor = factor};
    w.n_delays = most < p->n_hazards ? most : p->n_hazards;
    w.own = c->scratch + 3 * n;
    w.beside = w.own + p->n_delays, w.score = w.beside + p->n_delays, w.bend = w.score + p->n_delays, w.odds = w.bend + p->n_delays;
    double bends = 0;
    if (exact) {
        bends = back_over_cells(&w);
    } else {
        expected_cells(&w);
    }
    project(&w, c->scratch, tied);
    if (w.joint) {
        joint_products(&w, c->scratch, tied);
    }
    return factor * mean * (1 - w.left) - bends;
}
