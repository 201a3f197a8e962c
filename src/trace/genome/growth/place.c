/*
 * The likelihood of one place: weighted multinomial counts on a straight line of log odds, its gradient and its curvature. Lineages have their own middle week,
 * which moments about a common origin are shifted to.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <string.h>

#define NEGLIGIBLE 1e-12 /* of an expected genome */

double growth_softmax(const double *parameters, const double *centers, const double *from, size_t n, double week, double *shares)
{
    double most = 0, sum = 0;
    for (size_t j = 0; j < n; j++) {
        shares[j] = from == NULL || week >= from[j] ? parameters[j] + parameters[n + j] * (week - centers[j]) : -INFINITY;
        most = fmax(most, shares[j]);
    }
    shares[n] = 0;
    for (size_t j = 0; j <= n; j++) {
        shares[j] = exp(shares[j] - most);
        sum += shares[j];
    }
    for (size_t j = 0; j <= n; j++) {
        shares[j] /= sum;
    }
    return most + log(sum);
}

GROWTH_KERNEL static void along(const double *restrict start, const double *restrict rates, double week, double *restrict line, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        line[j] = start[j] + rates[j] * week;
    }
}

GROWTH_KERNEL static void scale(double *restrict shares, double by, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        shares[j] *= by;
    }
}

/* What the counts of a week have more than is expected, into both halves of a gradient. */
GROWTH_KERNEL static void add_residuals(double *restrict first, double *restrict second, const double *restrict counts, const double *restrict shares, double weight, double total,
                                        double week, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double residual = weight * (counts[j] - total * shares[j]);
        first[j] += residual;
        second[j] += residual * week;
    }
}

GROWTH_KERNEL static void multiply(double *restrict shares, const double *restrict by, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        shares[j] *= by[j];
    }
}

/* Exponentials that are good for weeks of one length apart: those of a week are the week's before times what a week makes. */
struct ladder {
    double step;         /* weeks; NaN: not known */
    double *factors;     /* [n] */
    double log_sum;      /* of the exponentials, of the week before */
    double pivot;        /* share of the pivot in it */
    size_t week, since;  /* which it was, and how many steps ago exponentials were taken */
};
#define STEPS_MOST 16 /* then exponentials are taken anew: what has become too small in between is nothing */

/* Shares of a week, not yet divided by their sum, from their exponentials; the logarithm of what they were divided by instead. */
static double anchor(const struct growth_place *place, const double *line, double *shares, double *pivot)
{
    double most = 0;
    for (size_t j = 0; j < place->n; j++) {
        most = line[j] > most ? line[j] : most;
    }
    for (size_t j = 0; j < place->n; j++) {
        shares[j] = exp(line[j] - most);
    }
    *pivot = exp(-most);
    return most;
}

/* Shares of a week, and its log likelihood. */
static double softmax_week(const struct growth_place *place, const double *start, const double *rates, size_t t, struct ladder *ladder, double *line)
{
    size_t n = place->n;
    const double *counts = place->counts + t * (n + 1);
    double *shares = place->shares + t * n, said = 0, divided, step = t > 0 ? place->weeks[t] - place->weeks[t - 1] : NAN;
    bool next = t > 0 && ladder->week == t - 1 && ladder->since > 0 && ladder->since < STEPS_MOST;
    along(start, rates, place->weeks[t], line, n);
    for (size_t j = 0; j < n; j++) {
        said += counts[j] * line[j];
    }
    if (next && step != ladder->step) {
        for (size_t j = 0; j < n; j++) {
            ladder->factors[j] = exp(rates[j] * step);
        }
        ladder->step = step;
    }
    if (next) {
        memcpy(shares, shares - n, n * sizeof *shares);
        multiply(shares, ladder->factors, n);
        divided = ladder->log_sum;
    } else {
        divided = anchor(place, line, shares, &ladder->pivot);
        ladder->since = 0;
    }
    double sum = ladder->pivot;
    for (size_t j = 0; j < n; j++) {
        sum += shares[j];
    }
    scale(shares, 1 / sum, n);
    ladder->pivot /= sum;
    place->sums[t] = ladder->log_sum = divided + log(sum);
    ladder->week = t;
    ladder->since++;
    return said - place->totals[t] * ladder->log_sum;
}

double growth_value(struct growth_place *place, const double *parameters, double *gradient, bool shares_known, double *work)
{
    size_t n = place->n;
    double value = 0, *start = work, *line = work + n;
    struct ladder ladder = {.step = NAN, .factors = work + 2 * n, .week = SIZE_MAX};
    memset(gradient, 0, 2 * n * sizeof *gradient);
    for (size_t j = 0; j < n; j++) {
        start[j] = place->offsets[j] + parameters[j] - parameters[n + j] * place->centers[j];
    }
    for (size_t t = 0; t < place->n_times; t++) {
        const double *counts = place->counts + t * (n + 1), *shares = place->shares + t * n;
        double total = place->totals[t], weight = place->weights[t], week = place->weeks[t];
        if (total <= 0) {
            continue;
        }
        if (!shares_known) {
            place->logs[t] = softmax_week(place, start, parameters + n, t, &ladder, line);
        }
        value += weight * place->logs[t];
        add_residuals(gradient, gradient + n, counts, shares, weight, total, week, n);
    }
    for (size_t j = 0; j < n; j++) {
        gradient[n + j] -= place->centers[j] * gradient[j];
    }
    return value;
}

/* Row i of -sum s p p', of two weeks at once. */
GROWTH_INLINE void add_weeks(double *restrict row0, double *restrict row1, double *restrict row2, const double *restrict one, const double *restrict two,
                             const double *a, const double *b, size_t end)
{
    const double a0 = a[0], a1 = a[1], a2 = a[2], b0 = b[0], b1 = b[1], b2 = b[2];
    for (size_t j = 0; j < end; j++) {
        row0[j] -= a0 * one[j] + b0 * two[j];
        row1[j] -= a1 * one[j] + b1 * two[j];
        row2[j] -= a2 * one[j] + b2 * two[j];
    }
}

/* Lower triangles of the sums of -s p p', -s p p' week, -s p p' week^2, with the diagonals of a multinomial. */
GROWTH_KERNEL static void moments(const struct growth_place *place, double *m0, double *m1, double *m2)
{
    size_t n = place->n;
    for (size_t t = 0; t < place->n_times; t += 2) {
        size_t next = t + 1 < place->n_times ? t + 1 : t;
        const double *one = place->shares + t * n, *two = place->shares + next * n;
        double weight = place->weights[t] * place->totals[t], other = next > t ? place->weights[next] * place->totals[next] : 0;
        for (size_t i = 0; i < n; i++) {
            double a[3] = {weight * one[i]}, b[3] = {other * two[i]};
            if (a[0] + b[0] < NEGLIGIBLE) {
                continue;
            }
            for (size_t power = 1; power < 3; power++) {
                a[power] = a[power - 1] * place->weeks[t];
                b[power] = b[power - 1] * place->weeks[next];
            }
            add_weeks(m0 + i * n, m1 + i * n, m2 + i * n, one, two, a, b, i + 1);
            m0[i * n + i] += a[0] + b[0];
            m1[i * n + i] += a[1] + b[1];
            m2[i * n + i] += a[2] + b[2];
        }
    }
}

void growth_curvature(const struct growth_place *place, double *out, double *work)
{
    size_t n = place->n, m = 2 * n;
    double *m0 = work, *m1 = work + n * n, *m2 = work + 2 * n * n;
    memset(work, 0, 3 * n * n * sizeof *work);
    moments(place, m0, m1, m2);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double a = place->centers[i], b = place->centers[j], zero = m0[i * n + j], one = m1[i * n + j], two = m2[i * n + j];
            out[j * m + i] = zero;
            out[j * m + n + i] = one - a * zero;
            out[i * m + n + j] = one - b * zero;
            out[(n + j) * m + n + i] = two - (a + b) * one + a * b * zero;
        }
    }
}
