/*
 * How well chains agree and how much their draws are worth: split R-hat and effective sample size (Gelman et al. 2013, Bayesian Data Analysis, third edition,
 * 11.4-11.5; Geyer 1992 for where the sum of autocorrelations ends).
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int upwards(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct moments {
    double mean, variance;
};

static struct moments moments_of(const double *x, size_t n)
{
    struct moments out = {0, 0};
    for (size_t i = 0; i < n; i++) {
        out.mean += x[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        out.variance += (x[i] - out.mean) * (x[i] - out.mean) / (double)(n - 1);
    }
    return out;
}

/* Mean over half chains of the product of deviations at a lag. */
static double covariance(const double *traces, const struct moments *halves, size_t n_halves, size_t stride, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t h = 0; h < n_halves; h++) {
        const double *x = traces + h / 2 * stride + h % 2 * (stride - n);
        for (size_t i = 0; i + lag < n; i++) {
            sum += (x[i] - halves[h].mean) * (x[i + lag] - halves[h].mean);
        }
    }
    return sum / (double)(n_halves * n);
}

void vg_chains_diagnose(const double *traces, size_t n_chains, size_t n_samples, struct vg_chain_estimate *estimate)
{
    enum { HALVES_MOST = 128 };
    struct moments halves[HALVES_MOST];
    size_t n = n_samples / 2, n_halves = 2 * n_chains, total = n_chains * n_samples;
    double *sorted = malloc(total * sizeof *sorted);
    *estimate = (struct vg_chain_estimate){NAN, NAN, NAN, NAN, NAN};
    if (sorted == NULL || n_halves > HALVES_MOST) {
        free(sorted);
        return;
    }
    memcpy(sorted, traces, total * sizeof *sorted);
    qsort(sorted, total, sizeof *sorted, upwards);
    estimate->mean = moments_of(traces, total).mean;
    estimate->low = vg_quantile_sorted(sorted, total, 0.025);
    estimate->high = vg_quantile_sorted(sorted, total, 0.975);
    bool constant = !(sorted[total - 1] > sorted[0]) || !isfinite(sorted[0]) || !isfinite(sorted[total - 1]);
    free(sorted);
    if (n < 4 || constant) {
        return;
    }
    double within = 0, means[HALVES_MOST];
    for (size_t h = 0; h < n_halves; h++) {
        halves[h] = moments_of(traces + h / 2 * n_samples + h % 2 * (n_samples - n), n);
        within += halves[h].variance / (double)n_halves;
        means[h] = halves[h].mean;
    }
    double between = moments_of(means, n_halves).variance, pooled = within * ((double)n - 1) / (double)n + between;
    double sum = 0, before = INFINITY;
    estimate->r_hat = sqrt(pooled / within);
    for (size_t lag = 0; lag + 1 < n; lag += 2) { /* pairs of neighbouring lags, positive and falling */
        double pair =
            2 - (2 * within - covariance(traces, halves, n_halves, n_samples, n, lag) - covariance(traces, halves, n_halves, n_samples, n, lag + 1)) / pooled;
        if (pair <= 0) {
            break;
        }
        before = fmin(before, pair);
        sum += before;
    }
    estimate->effective_size = fmin((double)(n_halves * n) / fmax(2 * sum - 1, 1e-9), (double)(n_halves * n));
}
