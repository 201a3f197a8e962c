/*
 * Withdrawals to come, re-enacted: the hazards are learnt from reports that stayed, but of what is known today a part will go again. A draw
 * looks a number of steps back, each as often as any other, at the dates that were then as old as the open ones are now, and takes as large
 * a share of each.
 */
#include "monitor/renewal/withdraw.h"

#include "monitor/renewal/problem.h"

#include <math.h>

#define OFFSETS_FEWEST 8
#define KNOWN_FEWEST 50.0 /* reports of which a share may be scaled up */

/* One row of which all delays have passed. */
static void read_row(const struct vg_triangle *triangle, size_t reference, double *left, double *known, double *lost)
{
    size_t D = triangle->n_delays;
    const double *cells = triangle->increments + reference * D;
    double sum = 0, stays = 0;
    for (size_t d = 0; d < D; d++) {
        left[d] = isfinite(cells[d]) ? cells[d] : 0;
    }
    (void)renewal_net_revisions(left, D);
    for (size_t d = 0; d < D; d++) {
        sum += isfinite(cells[d]) ? cells[d] : 0;
        stays += left[d];
        known[d] = sum > 0 ? sum : 0;
        lost[d] = known[d] > stays ? known[d] - stays : 0;
    }
}

vg_status renewal_withdrawals_new(const struct renewal_problem *p, const struct vg_triangle *triangle, struct vg_arena *arena,
                                  struct renewal_withdrawals *w, struct vg_error *error)
{
    size_t D = p->n_delays, passed = p->last_report + 2 > D ? p->last_report + 2 - D : 0;
    passed = passed < p->n_rows ? passed : p->n_rows;
    *w = (struct renewal_withdrawals){.first_offset = p->n_rows - passed};
    /* All open rows are looked back at together, as far back as the window goes. */
    if (!(p->withdrawn > 0) || D < 2 || passed + 1 < w->first_offset + OFFSETS_FEWEST) {
        return VG_OK;
    }
    w->known = renewal_doubles(arena, passed, D);
    w->lost = renewal_doubles(arena, passed, D);
    double *left = VG_ARENA_ARRAY(arena, double, D);
    if (w->known == NULL || w->lost == NULL || left == NULL) {
        return vg_fail_memory(error, passed * D * sizeof(double));
    }
    for (size_t k = 0; k < passed; k++) {
        read_row(triangle, p->skipped + k, left, w->known + k * D, w->lost + k * D);
    }
    w->n_offsets = passed + 1 - w->first_offset;
    return VG_OK;
}

void renewal_withdraw(const struct renewal_withdrawals *w, const struct renewal_problem *p, size_t draw, struct vg_random *random, double *counts)
{
    if (w->n_offsets == 0) {
        return;
    }
    size_t offset = w->first_offset + draw % w->n_offsets;
    size_t oldest = p->n_rows - w->first_offset;
    for (size_t k = oldest > offset ? oldest : offset; k < p->n_rows; k++) {
        const struct renewal_row *row = &p->rows[k];
        if (row->last_delay < 0 || row->last_delay + 1 >= (int32_t)p->n_delays) {
            continue;
        }
        size_t at = (k - offset) * p->n_delays + (size_t)row->last_delay;
        double scale = w->known[at] > 0 ? row->known / w->known[at] : 0, lost = 0;
        scale = w->known[at] < KNOWN_FEWEST && scale > 1 ? 1 : scale;
        lost = floor(scale * w->lost[at] + vg_random_uniform(random));
        counts[k] -= lost < row->known ? lost : row->known;
    }
}
