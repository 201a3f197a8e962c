/*
 * The quantiles of a gamma distribution at all of the program's levels at once. The cube root of quantile / shape is so smooth in 1 / sqrt(shape), from the normal
 * limit on (Wilson and Hilferty 1931), that a polynomial of degree 13 over each quarter of [0, 1] gives it to 1e-12; the levels stand side by side, so one pass of
 * Horner's rule serves all nine. Shapes below 1 take the inverted function itself.
 */
#include "monitor/rt_internal.h"

#include <math.h>

#define PIECES 4
#define POWERS 14

static const double table[PIECES][POWERS][VG_QUANTILE_COUNT] = {
#include "monitor/gamma_table.inc"
};

const double rt_level_scores[VG_QUANTILE_COUNT] = {-1.959963984540054, -1.6448536269514722, -1.2815515655446004, -0.6744897501960817, 0,
                                                   0.6744897501960817, 1.2815515655446004, 1.6448536269514722, 1.959963984540054};

void rt_gamma_quantiles(double shape, double scale, double quantiles[VG_QUANTILE_COUNT])
{
    if (!(shape >= 1)) {
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            quantiles[level] = vg_gamma_quantile(vg_quantile_levels[level], shape, scale);
        }
        return;
    }
    double s = PIECES / sqrt(shape);
    size_t piece = s >= PIECES - 1 ? PIECES - 1 : (size_t)s;
    double t = 2 * (s - (double)piece) - 1;
    const double(*powers)[VG_QUANTILE_COUNT] = table[piece];
    double root[VG_QUANTILE_COUNT];
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        root[level] = powers[POWERS - 1][level];
    }
    for (size_t power = POWERS - 1; power > 0; power--) {
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            root[level] = root[level] * t + powers[power - 1][level];
        }
    }
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
        quantiles[level] = shape * scale * root[level] * root[level] * root[level];
    }
}
