/*
 * Length of stay from admissions and census: survival of three laws, and the mean that explains the newest weeks of the census
 * best. Admission is in the middle of a day and the census at the end of one, so a law's survival is read half a day later.
 */
#include "allocate/demand/internal.h"

#include <math.h>
#include <string.h>

#define SHARE_LEAST 1e-6 /* of the admitted */

void vg_demand_stay_defaults(struct vg_demand_stay *stay)
{
    *stay = (struct vg_demand_stay){.law = VG_INTERVAL_GAMMA, .cv = 0.65, .window_days = 28};
}

void vg_demand_survival(enum vg_interval_family law, double mean_days, double cv, size_t n, double *survival)
{
    const struct vg_interval_law stay = vg_interval_law_of(law, mean_days, cv * mean_days);
    for (size_t j = 0; j < n; j++) {
        survival[j] = 1 - vg_interval_cdf(&stay, (double)j + 0.5);
    }
}

void vg_demand_census(const double *admissions, size_t n_days, const double *survival, size_t n_survival, double *census)
{
    for (size_t t = 0; t < n_days; t++) {
        census[t] = 0;
        for (size_t j = 0; j <= t && j < n_survival; j++) {
            census[t] += admissions[t - j] * survival[j];
        }
    }
}

/* The model's census of one day; before the first day the first week's admissions went on. */
double demand_model_census(const double *admissions, size_t day, double before, const double *survival)
{
    double sum = 0;
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
        sum += (j <= day ? admissions[day - j] : before) * survival[j];
    }
    return sum;
}

double demand_before(const double *admissions, size_t n_days)
{
    double sum = 0;
    const size_t n = n_days < 7 ? n_days : 7;
    for (size_t t = 0; t < n; t++) {
        sum += admissions[t];
    }
    return n == 0 ? 0 : sum / (double)n;
}

/* A hospital that is emptied, or filled by other doors, says nothing about the admitted of tomorrow: a tenth to tenfold of the
 * share that comes. */
static double scale_to(double census, double model, double share)
{
    const double usual = fmax(share, SHARE_LEAST);
    return model > 0 ? fmin(fmax(census / model, 0.1 * usual), 10 * usual) : usual;
}

void demand_grid_init(struct demand_grid *grid, const struct vg_demand_stay *stay)
{
    grid->n = stay->survival != NULL ? 1 : DEMAND_MEANS;
    for (size_t i = 0; i < grid->n; i++) {
        grid->mean[i] = 1.5 * pow(DEMAND_MEAN_STEP, (double)i);
        if (stay->survival != NULL) {
            memcpy(grid->survival[i], stay->survival, sizeof grid->survival[i]);
            grid->mean[i] = 0.5;
            for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
                grid->mean[i] += stay->survival[j];
            }
        } else {
            vg_demand_survival(stay->law, grid->mean[i], stay->cv, VG_DEMAND_STAY_DAYS, grid->survival[i]);
        }
    }
}

/* Sums of one mean over the window; model[mean * n_days + day] where it is known already, else it is computed. */
static double fit_of_mean(const struct vg_demand_stay *stay, const double *model, const double *census, size_t from, size_t to,
                          double *share)
{
    double xx = 0, xy = 0, yy = 0;
    for (size_t t = from; t <= to; t++) {
        xx += model[t] * model[t];
        xy += model[t] * census[t];
        yy += census[t] * census[t];
    }
    *share = stay->share_free ? xy / fmax(xx, 1e-12) : 1;
    return yy - 2 * *share * xy + *share * *share * xx;
}

void demand_fit_as_of(const struct vg_demand_stay *stay, const struct demand_grid *grid, const double *model,
                      const double *census, size_t n_days, size_t day, struct vg_demand_fit *fit)
{
    const size_t window = stay->window_days < day + 1 ? stay->window_days : day + 1;
    const double weeks = fmax((double)window / 7, 2);
    double best = INFINITY, cost[DEMAND_MEANS];
    size_t at = 0;
    for (size_t i = 0; i < grid->n; i++) {
        double share = 1;
        const double squares =
            fit_of_mean(stay, model + i * n_days, census, day + 1 - window, day, &share) + 0.25 * (double)window;
        const double distance = stay->prior_mean_days > 0 ? log(grid->mean[i] / stay->prior_mean_days) / stay->prior_log_sd : 0;
        cost[i] = 0.5 * weeks * log(squares) + 0.5 * distance * distance;
        if (cost[i] < best) {
            best = cost[i];
            at = i;
            fit->share = share;
        }
    }
    /* Between the means that were tried: the vertex of the parabola through the best and its neighbours. */
    double part = 0;
    if (at > 0 && at + 1 < grid->n) {
        const double bend = cost[at - 1] - 2 * cost[at] + cost[at + 1];
        part = bend > 0 ? fmin(fmax(0.5 * (cost[at - 1] - cost[at + 1]) / bend, -0.5), 0.5) : 0;
    }
    fit->mean_days = grid->mean[at] * exp(part * log(DEMAND_MEAN_STEP));
    /* The posterior's spread over the grid: mass and second moment of log mean around the best. */
    double mass = 0, second = 0;
    for (size_t i = 0; i < grid->n; i++) {
        const double weight = exp(best - cost[i]), off = log(grid->mean[i] / grid->mean[at]);
        mass += weight;
        second += weight * off * off;
    }
    fit->log_error = sqrt(second / mass);
    const double today = model[at * n_days + day];
    fit->scale = scale_to(census[day], today, fit->share);
}

void vg_demand_fit_stay(const struct vg_demand_stay *stay, const double *admissions, const double *census, size_t n_days,
                        struct vg_demand_fit *fit)
{
    struct demand_grid grid;
    double model[DEMAND_MEANS][DEMAND_FIT_DAYS];
    struct vg_demand_stay narrow = *stay;
    narrow.window_days = stay->window_days < DEMAND_FIT_DAYS ? stay->window_days : DEMAND_FIT_DAYS;
    const size_t window = narrow.window_days < n_days ? narrow.window_days : n_days;
    const double before = demand_before(admissions, n_days);
    VG_ASSERT(n_days > 0 && window > 0);
    demand_grid_init(&grid, stay);
    for (size_t i = 0; i < grid.n; i++) {
        for (size_t t = 0; t < window; t++) {
            model[i][t] = demand_model_census(admissions, n_days - window + t, before, grid.survival[i]);
        }
    }
    narrow.window_days = window;
    demand_fit_as_of(&narrow, &grid, model[0], census + n_days - window, DEMAND_FIT_DAYS, window - 1, fit);
}

/* Of those who have stayed j days, who is still in after h more; where hardly anybody stays so long, as those who do. */
static double stays_on(const double *survival, size_t j, size_t h)
{
    while (j > 0 && (j + h >= VG_DEMAND_STAY_DAYS || survival[j] < 1e-6)) {
        j--;
    }
    return survival[j] > 0 && j + h < VG_DEMAND_STAY_DAYS ? survival[j + h] / survival[j] : 0;
}

/* What comes in, of the admitted: those who are in and came in the newest week speak for it as Poisson counts do, the usual
 * share for five patients. */
static double share_entering(const double *admissions, size_t n_days, const double *survival, const double *in_beds, double mix,
                             double usual)
{
    double found = 0, expected = 0;
    for (size_t j = 0; j < 7 && j < n_days; j++) {
        found += in_beds[j] * mix;
        expected += admissions[n_days - 1 - j] * survival[j];
    }
    return (found + 5) / (expected + 5 / fmax(usual, SHARE_LEAST));
}

void vg_demand_project(const double *admissions, size_t n_days, const double *coming, size_t n_ahead, const double *survival,
                       double share, double today, const double *in_beds, double *census)
{
    const double before = demand_before(admissions, n_days),
                 model = demand_model_census(admissions, n_days - 1, before, survival);
    double whole = 0, known = 0;
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
        whole += survival[j];
        known += in_beds == NULL ? 0 : in_beds[j];
    }
    /* Patients whom no admission explains are taken to have come evenly. */
    const double scale = scale_to(today, model, share), rest = fmax(today - scale * model, 0),
                 mix = known > 0 ? today / known : 0,
                 entering = known > 0 ? share_entering(admissions, n_days, survival, in_beds, mix, share) : scale;
    for (size_t h = 1; h <= n_ahead; h++) {
        double staying = 0, entered = 0, left = 0;
        for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
            if (j < h) {
                entered += survival[j] * coming[h - 1 - j];
            } else {
                staying += survival[j] * (j - h < n_days ? admissions[n_days - 1 - (j - h)] : before);
                left += survival[j];
            }
        }
        if (known > 0) {
            staying = 0;
            for (size_t j = 0; j < VG_DEMAND_STAY_DAYS; j++) {
                staying += mix * in_beds[j] * stays_on(survival, j, h);
            }
        }
        census[h - 1] = entered * entering + (known > 0 ? staying : staying * scale + rest * left / whole);
    }
}
