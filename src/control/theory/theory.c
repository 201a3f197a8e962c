/*
 * Final sizes, Euler-Lotka, extinction and households. The system with ages is solved for the pressure on each band, so groups within bands cost
 * nothing; its map is increasing and concave, hence Newton's steps from above never pass the largest root.
 */
#include "control/theory/theory.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-13
#define MOST_STEPS 400

double vg_theory_final_size(double reproduction_number)
{
    if (!(reproduction_number > 1.0)) {
        return isnan(reproduction_number) ? NAN : 0.0;
    }
    double z = 1.0;
    for (int step = 0; step < MOST_STEPS; step++) {
        double f = z + expm1(-reproduction_number * z), slope = 1.0 - reproduction_number * exp(-reproduction_number * z);
        double next = z - f / slope;
        if (!(next > 0.0) || fabs(next - z) <= TOLERANCE * z) {
            return next > 0.0 ? next : z;
        }
        z = next;
    }
    return z;
}

/* Share of a band infected under a pressure, and its slope. */
static double band_attack(const struct vg_final_size_problem *problem, size_t band, double pressure, double *slope)
{
    double attack = 0.0;
    *slope = 0.0;
    for (size_t group = 0; group < problem->n_groups; group++) {
        double s = problem->susceptibility[band * problem->n_groups + group];
        double p = problem->share == NULL ? 1.0 : problem->share[band * problem->n_groups + group];
        attack -= p * expm1(-s * pressure);
        *slope += p * s * exp(-s * pressure);
    }
    return attack;
}

static vg_status check_problem(const struct vg_final_size_problem *problem, struct vg_error *error)
{
    size_t n_cells = problem->n_bands * problem->n_bands, n_groups = problem->n_groups;
    if (problem->n_bands == 0 || n_groups == 0 || (problem->share == NULL && n_groups != 1)) {
        return vg_fail(error, VG_USAGE_ERROR, "a final size needs at least one age band and one group, and shares where there are more groups");
    }
    for (size_t cell = 0; cell < n_cells; cell++) {
        if (!(problem->transmission[cell] >= 0.0) || isinf(problem->transmission[cell])) {
            return vg_fail(error, VG_DATA_ERROR, "transmission from band %zu to band %zu is negative or not finite", cell % problem->n_bands + 1, cell / problem->n_bands + 1);
        }
    }
    for (size_t band = 0; band < problem->n_bands; band++) {
        double sum = 0.0;
        for (size_t group = 0; group < n_groups; group++) {
            double s = problem->susceptibility[band * n_groups + group], p = problem->share == NULL ? 1.0 : problem->share[band * n_groups + group];
            if (!(s >= 0.0) || isinf(s) || !(p >= 0.0)) {
                return vg_fail(error, VG_DATA_ERROR, "susceptibility or share of group %zu of band %zu is negative or not finite", group + 1, band + 1);
            }
            sum += p;
        }
        if (fabs(sum - 1.0) > 1e-9) {
            return vg_fail(error, VG_DATA_ERROR, "shares of the groups of band %zu sum to %g, not 1", band + 1, sum);
        }
    }
    return VG_OK;
}

/* Solves matrix x = right in place by elimination with row pivots; false where it is singular. */
static bool solve_linear(double *matrix, double *right, size_t n)
{
    for (size_t column = 0; column < n; column++) {
        size_t pivot = column;
        for (size_t row = column + 1; row < n; row++) {
            pivot = fabs(matrix[row * n + column]) > fabs(matrix[pivot * n + column]) ? row : pivot;
        }
        if (fabs(matrix[pivot * n + column]) < 1e-14) {
            return false;
        }
        for (size_t k = 0; k < n && pivot != column; k++) {
            double keep = matrix[column * n + k];
            matrix[column * n + k] = matrix[pivot * n + k];
            matrix[pivot * n + k] = keep;
        }
        double keep = right[column];
        right[column] = right[pivot];
        right[pivot] = keep;
        for (size_t row = column + 1; row < n; row++) {
            double factor = matrix[row * n + column] / matrix[column * n + column];
            for (size_t k = column; k < n && factor != 0.0; k++) {
                matrix[row * n + k] -= factor * matrix[column * n + k];
            }
            right[row] -= factor * right[column];
        }
    }
    for (size_t row = n; row-- > 0;) {
        for (size_t k = row + 1; k < n; k++) {
            right[row] -= matrix[row * n + k] * right[k];
        }
        right[row] /= matrix[row * n + row];
    }
    return true;
}

struct pressures {
    double *now, *attack, *slope, *residual, *jacobian; /* [n], and [n * n] */
};

/* residual = pressure - K attack(pressure); its largest cell relative to the largest pressure. */
static double residual_of(const struct vg_final_size_problem *problem, struct pressures *p)
{
    size_t n = problem->n_bands;
    double worst = 0.0, most = 0.0;
    for (size_t band = 0; band < n; band++) {
        p->attack[band] = band_attack(problem, band, p->now[band], &p->slope[band]);
    }
    for (size_t band = 0; band < n; band++) {
        double sum = 0.0;
        for (size_t other = 0; other < n; other++) {
            sum += problem->transmission[band * n + other] * p->attack[other];
        }
        p->residual[band] = p->now[band] - sum;
        worst = fmax(worst, fabs(p->residual[band]));
        most = fmax(most, p->now[band]);
    }
    return most > 0.0 ? worst / fmax(most, 1e-3) : 0.0;
}

static void step_down(const struct vg_final_size_problem *problem, struct pressures *p)
{
    size_t n = problem->n_bands;
    for (size_t row = 0; row < n; row++) {
        for (size_t column = 0; column < n; column++) {
            p->jacobian[row * n + column] = (row == column ? 1.0 : 0.0) - problem->transmission[row * n + column] * p->slope[column];
        }
    }
    double *plain = p->attack; /* the map's own step, kept where Newton's is not to be had */
    for (size_t row = 0; row < n; row++) {
        plain[row] = p->now[row] - p->residual[row];
    }
    bool solved = solve_linear(p->jacobian, p->residual, n);
    for (size_t row = 0; row < n; row++) {
        double next = solved ? p->now[row] - p->residual[row] : plain[row];
        p->now[row] = next >= 0.0 && next <= p->now[row] ? next : fmin(fmax(plain[row], 0.0), p->now[row]);
    }
}

vg_status vg_theory_final_size_by_age(const struct vg_final_size_problem *problem, double *attack, struct vg_error *error)
{
    vg_status status = check_problem(problem, error);
    if (status != VG_OK) {
        return status;
    }
    size_t n = problem->n_bands;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    struct pressures p = {VG_ARENA_ARRAY(&arena, double, n), VG_ARENA_ARRAY(&arena, double, n), VG_ARENA_ARRAY(&arena, double, n), VG_ARENA_ARRAY(&arena, double, n),
                          VG_ARENA_ARRAY(&arena, double, n * n)};
    if (arena.failed) {
        vg_arena_release(&arena);
        return vg_fail_memory(error, n * n * sizeof(double));
    }
    for (size_t band = 0; band < n; band++) {
        for (size_t other = 0; other < n; other++) {
            p.now[band] += problem->transmission[band * n + other];
        }
    }
    for (int step = 0; step < MOST_STEPS && residual_of(problem, &p) > TOLERANCE; step++) {
        step_down(problem, &p);
    }
    for (size_t band = 0; band < n; band++) {
        for (size_t group = 0; group < problem->n_groups; group++) {
            attack[band * problem->n_groups + group] = -expm1(-problem->susceptibility[band * problem->n_groups + group] * p.now[band]);
        }
    }
    vg_arena_release(&arena);
    return VG_OK;
}

/* ------------------------------------------------------------- Euler-Lotka */

static double discounted(double growth_per_day, const double *generation, size_t n_days, double *slope)
{
    double sum = 0.0;
    *slope = 0.0;
    for (size_t day = 0; day < n_days; day++) {
        double term = generation[day] * exp(-growth_per_day * (double)day);
        sum += term;
        *slope -= (double)day * term;
    }
    return sum;
}

double vg_theory_reproduction_from_growth(double growth_per_day, const double *generation, size_t n_days)
{
    double slope;
    return 1.0 / discounted(growth_per_day, generation, n_days, &slope);
}

double vg_theory_growth_from_reproduction(double reproduction_number, const double *generation, size_t n_days)
{
    double slope;
    if (!(reproduction_number > 0.0) || isinf(reproduction_number) || !(discounted(0.0, generation, n_days, &slope) > 0.0) || slope == 0.0) {
        return NAN;
    }
    /* The log of the discounted sum is convex and falls, so Newton's steps on it converge from the left of the root. */
    double growth = 0.0;
    for (int step = 0; step < MOST_STEPS; step++) {
        double sum = discounted(growth, generation, n_days, &slope);
        double change = (log(sum) + log(reproduction_number)) * sum / slope;
        growth -= change;
        if (fabs(change) < 1e-14 + 1e-13 * fabs(growth)) {
            break;
        }
    }
    return growth;
}

double vg_theory_reproduction_from_growth_gamma(double growth_per_day, double mean_days, double sd_days)
{
    double scale = sd_days * sd_days / mean_days, shape = mean_days / scale;
    double base = growth_per_day * scale;
    return base > -1.0 ? exp(shape * log1p(base)) : NAN;
}

double vg_theory_growth_from_reproduction_gamma(double reproduction_number, double mean_days, double sd_days)
{
    double scale = sd_days * sd_days / mean_days, shape = mean_days / scale;
    return reproduction_number > 0.0 ? expm1(log(reproduction_number) / shape) / scale : NAN;
}

/* ------------------------------------------------- branching and households */

double vg_theory_extinction(double reproduction_number, double dispersion)
{
    if (!(reproduction_number > 1.0)) {
        return isnan(reproduction_number) ? NAN : 1.0;
    }
    /* From 0 the generating function's iterates rise to the smallest root; Newton's steps on this convex function do too, and faster. */
    double q = 0.0;
    for (int step = 0; step < MOST_STEPS; step++) {
        double value, slope;
        if (isinf(dispersion)) {
            value = exp(-reproduction_number * (1.0 - q));
            slope = reproduction_number * value;
        } else {
            double base = 1.0 + reproduction_number * (1.0 - q) / dispersion;
            value = pow(base, -dispersion);
            slope = reproduction_number * value / base;
        }
        double next = q + (value - q) / (1.0 - slope);
        if (!(fabs(next - q) > 1e-15)) {
            break;
        }
        q = next;
    }
    return q;
}

#define HOUSEHOLD_MOST 64

void vg_theory_reed_frost(size_t susceptible, size_t introduced, double escape, double *probability)
{
    VG_ASSERT(susceptible <= HOUSEHOLD_MOST);
    /* chance[left][active]: that a generation begins with so many susceptible and infectious. */
    double chance[HOUSEHOLD_MOST + 1][HOUSEHOLD_MOST + 1];
    memset(chance, 0, sizeof chance);
    memset(probability, 0, (susceptible + 1) * sizeof *probability);
    for (size_t left = susceptible + 1; left-- > 0;) {
        for (size_t active = 0; active <= susceptible; active++) {
            double here = left == susceptible && active == 0 ? 1.0 : chance[left][active];
            size_t infectious = left == susceptible ? introduced : active;
            if (here == 0.0 || (left == susceptible && active > 0)) {
                continue;
            }
            double miss = pow(escape, (double)infectious);
            for (size_t hit = 0; hit <= left; hit++) {
                double log_ways = vg_log_gamma((double)left + 1.0) - vg_log_gamma((double)hit + 1.0) - vg_log_gamma((double)(left - hit) + 1.0);
                double share = here * exp(log_ways) * pow(1.0 - miss, (double)hit) * pow(miss, (double)(left - hit));
                if (hit == 0) {
                    probability[susceptible - left] += share;
                } else {
                    chance[left - hit][hit] += share;
                }
            }
        }
    }
}
