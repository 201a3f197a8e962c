/*
 * Arithmetic of contact matrices: reciprocity, other bands, balancing to totals, the largest eigenvalue. docs/mixing.md has the equations.
 */
#include "control/mixing/mixing.h"

#include <math.h>
#include <string.h>

void vg_mixing_make_reciprocal(const double *population, size_t n_bands, double *contacts)
{
    for (size_t i = 0; i < n_bands; i++) {
        for (size_t j = 0; j < i; j++) {
            double meetings = 0.5 * (population[i] * contacts[i * n_bands + j] + population[j] * contacts[j * n_bands + i]);
            bool both = population[i] > 0.0 && population[j] > 0.0;
            contacts[i * n_bands + j] = both ? meetings / population[i] : 0.0;
            contacts[j * n_bands + i] = both ? meetings / population[j] : 0.0;
        }
        if (!(population[i] > 0.0)) {
            contacts[i * n_bands + i] = 0.0;
        }
    }
}

double vg_mixing_reciprocity_gap(const double *population, size_t n_bands, const double *contacts)
{
    double worst = 0.0, total = 0.0;
    for (size_t i = 0; i < n_bands; i++) {
        for (size_t j = 0; j < n_bands; j++) {
            total += population[i] * contacts[i * n_bands + j];
            worst = fmax(worst, fabs(population[i] * contacts[i * n_bands + j] - population[j] * contacts[j * n_bands + i]));
        }
    }
    return total > 0.0 ? worst / total : 0.0;
}

/* ------------------------------------------------------------- other bands */

/* share[old * n_to + new]: of the people of an old band, those in the new one; evenly by years where nobody lives. */
static void overlap(const struct vg_age_pyramid *pyramid, const struct vg_age_bands *from, const struct vg_age_bands *to, double *share)
{
    memset(share, 0, from->count * to->count * sizeof *share);
    for (size_t old = 0; old < from->count; old++) {
        int end = old + 1 == from->count ? VG_AGE_YEARS : from->lower_years[old + 1];
        double total = 0.0;
        for (int age = from->lower_years[old]; age < end; age++) {
            total += pyramid->population[age];
        }
        for (int age = from->lower_years[old]; age < end; age++) {
            double part = total > 0.0 ? pyramid->population[age] / total : 1.0 / (end - from->lower_years[old]);
            share[old * to->count + vg_age_band_of(to, age)] += part;
        }
    }
}

/* out[new i][new j] = sum over old i of (people of old i in new i) / (people of new i) * sum over old j of contacts * share[old j][new j]. */
static void regroup_one(const double *contacts, const double *share, const double *old_population, size_t n_from, size_t n_to, double *columns, double *out)
{
    for (size_t i = 0; i < n_from; i++) {
        for (size_t j = 0; j < n_to; j++) {
            double sum = 0.0;
            for (size_t old = 0; old < n_from; old++) {
                sum += contacts[i * n_from + old] * share[old * n_to + j];
            }
            columns[i * n_to + j] = sum;
        }
    }
    for (size_t i = 0; i < n_to; i++) {
        double people = 0.0, years = 0.0;
        for (size_t old = 0; old < n_from; old++) {
            people += old_population[old] * share[old * n_to + i];
            years += share[old * n_to + i];
        }
        for (size_t j = 0; j < n_to; j++) {
            double sum = 0.0;
            for (size_t old = 0; old < n_from; old++) {
                double weight = people > 0.0 ? old_population[old] * share[old * n_to + i] / people : years > 0.0 ? share[old * n_to + i] / years : 0.0;
                sum += weight * columns[old * n_to + j];
            }
            out[i * n_to + j] = sum;
        }
    }
}

vg_status vg_mixing_regroup(const struct vg_contact_matrices *from, const struct vg_age_pyramid *pyramid, const struct vg_age_bands *to, struct vg_arena *arena,
                            struct vg_contact_matrices *out, struct vg_error *error)
{
    if (!vg_age_bands_valid(&from->bands) || !vg_age_bands_valid(to)) {
        return vg_fail(error, VG_USAGE_ERROR, "age bands must begin at 0, rise, and end at 100 at the latest");
    }
    size_t n_from = from->bands.count, n_to = to->count;
    double old_population[VG_AGE_BANDS_MAX];
    double *share = VG_ARENA_ARRAY(arena, double, n_from * n_to), *columns = VG_ARENA_ARRAY(arena, double, n_from * n_to);
    if (share == NULL || columns == NULL || !vg_contact_matrices_new(to, arena, out)) {
        return vg_fail_memory(error, n_from * n_to * sizeof *share);
    }
    vg_age_pyramid_group(pyramid, &from->bands, old_population);
    overlap(pyramid, &from->bands, to, share);
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        regroup_one(from->contacts[setting], share, old_population, n_from, n_to, columns, out->contacts[setting]);
    }
    return VG_OK;
}

/* --------------------------------------------------------------- balancing */

#define BALANCE_ROUNDS 10000
#define BALANCE_TOLERANCE 1e-9

/* One damped round: x becomes the geometric mean of itself and of what would fit its row; the largest relative miss before. */
static double balance_round(const double *kernel, const double *population, const double *totals, size_t n, double *x, double *reach)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += kernel[i * n + j] * x[j] * population[j];
        }
        reach[i] = sum;
    }
    for (size_t i = 0; i < n; i++) {
        if (x[i] > 0.0) {
            worst = fmax(worst, reach[i] > 0.0 ? fabs(x[i] * reach[i] / totals[i] - 1.0) : INFINITY);
            x[i] = reach[i] > 0.0 ? sqrt(x[i] * totals[i] / reach[i]) : x[i];
        }
    }
    return worst;
}

vg_status vg_mixing_balance(const double *kernel, const double *population, const double *totals, size_t n_bands, double *contacts, struct vg_error *error)
{
    double x[VG_AGE_BANDS_MAX], reach[VG_AGE_BANDS_MAX], worst = INFINITY;
    VG_ASSERT(n_bands > 0 && n_bands <= VG_AGE_BANDS_MAX);
    for (size_t i = 0; i < n_bands; i++) {
        x[i] = totals[i] > 0.0 && population[i] > 0.0 ? sqrt(totals[i]) : 0.0;
    }
    for (int round = 0; round < BALANCE_ROUNDS && worst > BALANCE_TOLERANCE; round++) {
        worst = balance_round(kernel, population, totals, n_bands, x, reach);
        if (isinf(worst)) {
            break;
        }
    }
    if (worst > BALANCE_TOLERANCE) {
        return vg_fail(error, VG_DATA_ERROR, "no reciprocal matrix with these zeros has the wanted numbers of contacts by age (a row misses by %.3g of its total)", worst);
    }
    for (size_t i = 0; i < n_bands; i++) {
        for (size_t j = 0; j < n_bands; j++) {
            contacts[i * n_bands + j] = x[i] * kernel[i * n_bands + j] * x[j] * population[j];
        }
    }
    return VG_OK;
}

/* -------------------------------------------------------------- eigenvalue */

#define POWER_ROUNDS 100000
#define POWER_TOLERANCE 1e-13

/*
 * Powers of matrix + c, which has the same vector and converges where the matrix itself swings between two; c is small beside the eigenvalue so that
 * little speed is lost. The bounds of Collatz and Wielandt say when to stop; where the matrix falls apart they do not meet and the estimate's rest counts.
 */
static double power_iteration(const double *matrix, size_t n, double shift, double *vector)
{
    double next[VG_AGE_BANDS_MAX], value = 0.0;
    int still = 0;
    for (size_t i = 0; i < n; i++) {
        vector[i] = 1.0 / (double)n;
    }
    for (int round = 0; round < POWER_ROUNDS && still < 3; round++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            next[i] = shift * vector[i];
            for (size_t j = 0; j < n; j++) {
                next[i] += matrix[i * n + j] * vector[j];
            }
            sum += next[i];
        }
        if (!(sum > 0.0) || isinf(sum)) {
            return 0.0;
        }
        double change = 0.0;
        for (size_t i = 0; i < n; i++) {
            change = fmax(change, fabs(next[i] / sum - vector[i]));
            vector[i] = next[i] / sum;
        }
        still = fabs(sum - value) <= POWER_TOLERANCE * sum && change <= POWER_TOLERANCE ? still + 1 : 0;
        value = sum;
    }
    return value - shift;
}

double vg_mixing_dominant_eigenvalue(const double *matrix, size_t n_bands, double *vector)
{
    double own[VG_AGE_BANDS_MAX], largest_row = 0.0;
    VG_ASSERT(n_bands > 0 && n_bands <= VG_AGE_BANDS_MAX);
    for (size_t i = 0; i < n_bands; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n_bands; j++) {
            sum += matrix[i * n_bands + j];
        }
        largest_row = fmax(largest_row, sum);
    }
    return power_iteration(matrix, n_bands, 0.1 * largest_row, vector == NULL ? own : vector);
}

double vg_mixing_scale(const double *contacts, const double *susceptibility, const double *infectiousness, size_t n_bands, double reproduction_number, double *transmission)
{
    double next_generation[VG_AGE_BANDS_MAX * VG_AGE_BANDS_MAX];
    VG_ASSERT(n_bands > 0 && n_bands <= VG_AGE_BANDS_MAX);
    for (size_t i = 0; i < n_bands; i++) {
        for (size_t j = 0; j < n_bands; j++) {
            double pressure = contacts[i * n_bands + j] * (infectiousness == NULL ? 1.0 : infectiousness[j]);
            next_generation[i * n_bands + j] = pressure * (susceptibility == NULL ? 1.0 : susceptibility[i]);
        }
    }
    double eigenvalue = vg_mixing_dominant_eigenvalue(next_generation, n_bands, NULL);
    double q = eigenvalue > 0.0 ? reproduction_number / eigenvalue : NAN;
    for (size_t cell = 0; cell < n_bands * n_bands && transmission != NULL; cell++) {
        transmission[cell] = q * contacts[cell] * (infectiousness == NULL ? 1.0 : infectiousness[cell % n_bands]);
    }
    return q;
}
