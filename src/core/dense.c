/*
 * Small dense matrices, row by row: Cholesky factors, solutions, inverses, eigenvalues by Jacobi's rotations (Golub and Van Loan, Matrix Computations,
 * chapters 4 and 8). Made for some tens of rows, where a call to a library costs more than the work.
 */
#include "core/core.h"

#include <math.h>

bool vg_dense_cholesky(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double diagonal = a[j * n + j];
        for (size_t k = 0; k < j; k++) {
            diagonal -= a[j * n + k] * a[j * n + k];
        }
        if (!(diagonal > 0) || isinf(diagonal)) {
            return false;
        }
        diagonal = sqrt(diagonal);
        a[j * n + j] = diagonal;
        for (size_t i = j + 1; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= a[i * n + k] * a[j * n + k];
            }
            a[i * n + j] = sum / diagonal;
        }
    }
    return true;
}

void vg_dense_solve_lower(const double *l, size_t n, double *b, size_t columns)
{
    for (size_t i = 0; i < n; i++) {
        double *row = b + i * columns;
        for (size_t k = 0; k < i; k++) {
            double factor = l[i * n + k];
            const double *above = b + k * columns;
            for (size_t c = 0; c < columns; c++) {
                row[c] -= factor * above[c];
            }
        }
        double inverse = 1 / l[i * n + i];
        for (size_t c = 0; c < columns; c++) {
            row[c] *= inverse;
        }
    }
}

void vg_dense_solve_upper(const double *l, size_t n, double *b)
{
    for (size_t i = n; i-- > 0;) {
        double sum = b[i];
        for (size_t k = i + 1; k < n; k++) {
            sum -= l[k * n + i] * b[k];
        }
        b[i] = sum / l[i * n + i];
    }
}

double vg_dense_log_determinant(const double *l, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += log(l[i * n + i]);
    }
    return 2 * sum;
}

void vg_dense_inverse(const double *l, size_t n, double *column, double *inverse)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            column[i] = i == j ? 1 : 0;
        }
        vg_dense_solve_lower(l, n, column, 1);
        vg_dense_solve_upper(l, n, column);
        for (size_t i = 0; i < n; i++) {
            inverse[i * n + j] = column[i];
        }
    }
}

/* One rotation that makes a[p][q] zero. */
static void rotate(double *a, size_t n, size_t p, size_t q)
{
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    double tangent = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double cosine = 1 / sqrt(tangent * tangent + 1);
    double sine = tangent * cosine;
    for (size_t k = 0; k < n; k++) {
        double kp = a[k * n + p];
        double kq = a[k * n + q];
        a[k * n + p] = cosine * kp - sine * kq;
        a[k * n + q] = sine * kp + cosine * kq;
    }
    for (size_t k = 0; k < n; k++) {
        double pk = a[p * n + k];
        double qk = a[q * n + k];
        a[p * n + k] = cosine * pk - sine * qk;
        a[q * n + k] = sine * pk + cosine * qk;
    }
}

void vg_dense_eigenvalues(double *a, size_t n, double *lowest, double *highest)
{
    for (size_t sweep = 0; sweep < 60; sweep++) {
        double off = 0;
        double on = 0;
        for (size_t p = 0; p < n; p++) {
            on += a[p * n + p] * a[p * n + p];
            for (size_t q = p + 1; q < n; q++) {
                off += a[p * n + q] * a[p * n + q];
            }
        }
        if (!(off > 1e-28 * on)) {
            break;
        }
        for (size_t p = 0; p < n; p++) {
            for (size_t q = p + 1; q < n; q++) {
                if (a[p * n + q] != 0) {
                    rotate(a, n, p, q);
                }
            }
        }
    }
    *lowest = INFINITY;
    *highest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        *lowest = fmin(*lowest, a[i * n + i]);
        *highest = fmax(*highest, a[i * n + i]);
    }
}
