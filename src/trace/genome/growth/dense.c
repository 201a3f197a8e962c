/*
 * Inverse of a symmetric positive definite matrix by Cholesky's factor and its inverse (Golub and Van Loan, Matrix Computations, 4.2), written so that every
 * inner loop adds a multiple of one row to another.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <string.h>

#define FOUR 4 /* rows that are added to another at once: it is read and written once for them */

/* to[from .. end) += the four rows, m apart, times their multiples. */
GROWTH_INLINE void add_four(double *restrict to, const double *restrict rows, size_t m, const double *multiples, size_t from, size_t end)
{
    const double a = multiples[0], b = multiples[1], c = multiples[2], d = multiples[3];
    for (size_t j = from; j < end; j++) {
        to[j] += a * rows[j] + b * rows[m + j] + (c * rows[2 * m + j] + d * rows[3 * m + j]);
    }
}

GROWTH_INLINE void add_one(double *restrict to, const double *restrict row, double multiple, size_t from, size_t end)
{
    for (size_t j = from; j < end; j++) {
        to[j] += multiple * row[j];
    }
}

/* a = U'U, U in the upper half. Four rows are made, then taken from all below. */
GROWTH_KERNEL static bool factor(double *a, size_t m)
{
    for (size_t k = 0; k < m; k += FOUR) {
        size_t end = k + FOUR < m ? k + FOUR : m;
        for (size_t i = k; i < end; i++) {
            double *row = a + i * m;
            for (size_t above = k; above < i; above++) {
                add_one(row, a + above * m, -a[above * m + i], i, m);
            }
            if (!(row[i] > 0) || !isfinite(row[i])) {
                return false;
            }
            double scale = 1 / sqrt(row[i]);
            for (size_t j = i; j < m; j++) {
                row[j] *= scale;
            }
        }
        for (size_t i = end; i < m; i++) { /* there are four where anything is below */
            const double multiples[FOUR] = {-a[k * m + i], -a[(k + 1) * m + i], -a[(k + 2) * m + i], -a[(k + 3) * m + i]};
            add_four(a + i * m, a + k * m, m, multiples, i, m);
        }
    }
    return true;
}

/* The inverse of U', a lower triangle. Right of a row's diagonal there are zeros, so that four rows may be as long as the last. */
GROWTH_KERNEL static void invert_factor(const double *u, size_t m, double *root)
{
    memset(root, 0, m * m * sizeof *root);
    for (size_t k = 0; k < m; k++) {
        double *to = root + k * m;
        double scale = 1 / u[k * m + k];
        size_t j = 0;
        to[k] = 1;
        for (; j + FOUR <= k; j += FOUR) {
            const double multiples[FOUR] = {-u[j * m + k], -u[(j + 1) * m + k], -u[(j + 2) * m + k], -u[(j + 3) * m + k]};
            add_four(to, root + j * m, m, multiples, 0, j + FOUR);
        }
        for (; j < k; j++) {
            add_one(to, root + j * m, -u[j * m + k], 0, j + 1);
        }
        for (size_t i = 0; i <= k; i++) {
            to[i] *= scale;
        }
    }
}

/* V'V. */
GROWTH_KERNEL static void square(const double *root, size_t m, double *inverse)
{
    size_t k = 0;
    memset(inverse, 0, m * m * sizeof *inverse);
    for (; k + FOUR <= m; k += FOUR) {
        const double *rows = root + k * m;
        for (size_t i = 0; i < k + FOUR; i++) {
            const double multiples[FOUR] = {rows[i], rows[m + i], rows[2 * m + i], rows[3 * m + i]};
            add_four(inverse + i * m, rows, m, multiples, 0, i + 1);
        }
    }
    for (; k < m; k++) {
        for (size_t i = 0; i <= k; i++) {
            add_one(inverse + i * m, root + k * m, root[k * m + i], 0, i + 1);
        }
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = i + 1; j < m; j++) {
            inverse[i * m + j] = inverse[j * m + i];
        }
    }
}

GROWTH_KERNEL void growth_multiply(const double *matrix, const double *vector, size_t m, double *out)
{
    memset(out, 0, m * sizeof *out);
    for (size_t i = 0; i < m; i++) {
        add_one(out, matrix + i * m, vector[i], 0, m);
    }
}

GROWTH_KERNEL void growth_subtract(double *from, const double *what, size_t n)
{
    add_one(from, what, -1, 0, n);
}

GROWTH_KERNEL static void substitute(const double *u, size_t m, double *x)
{
    for (size_t k = 0; k < m; k++) { /* U'z = x */
        x[k] /= u[k * m + k];
        add_one(x, u + k * m, -x[k], k + 1, m);
    }
    for (size_t k = m; k-- > 0;) {
        double sum = x[k];
        for (size_t j = k + 1; j < m; j++) {
            sum -= u[k * m + j] * x[j];
        }
        x[k] = sum / u[k * m + k];
    }
}

bool growth_solve(double *a, size_t m, double *x)
{
    if (!factor(a, m)) {
        return false;
    }
    substitute(a, m, x);
    return true;
}

bool growth_invert(double *a, size_t m, double *root, double *inverse)
{
    if (!factor(a, m)) {
        return false;
    }
    invert_factor(a, m, root);
    if (inverse != NULL) {
        square(root, m, inverse);
    }
    return true;
}
