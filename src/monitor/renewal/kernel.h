/*
 * The few loops in which the renewal engine spends its time, private to this folder. Each works element by element in a fixed
 * order without fused multiplication, so the width of the processor's vectors changes the speed and never a bit of the result.
 */
#ifndef VG_RENEWAL_KERNEL_H
#define VG_RENEWAL_KERNEL_H

#include <stddef.h>

/* to[i] += factor * from[i] */
void renewal_add_scaled(double *restrict to, const double *restrict from, double factor, size_t n);
/* Upper triangle of matrix[n * n] minus the sum over n_rows rows of weight[row] * row' row; rows[n_rows * n]; weight NULL: 1. */
void renewal_subtract_squares(double *restrict matrix, size_t n, const double *restrict rows, const double *restrict weight, size_t n_rows);
/* to[i] -= sum_j factors[j * factor_step] * rows[j * stride + i], j < n_rows. */
void renewal_subtract_rows(double *restrict to, const double *restrict factors, ptrdiff_t factor_step, const double *restrict rows, ptrdiff_t stride,
                           size_t n_rows, size_t n);
/* sum a[i] * b[i], in a fixed order of its own. */
double renewal_product(const double *restrict a, const double *restrict b, size_t n);

#endif
