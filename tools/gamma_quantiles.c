/*
 * Makes src/monitor/gamma_table.inc: polynomials for the cube root of (quantile of gamma(shape, 1) / shape) at the program's quantile levels, in s = 1 / sqrt(shape),
 * over four pieces of [0, 1]. Interpolation in Chebyshev's nodes of exact quantiles, then powers of the piece's own variable in [-1, 1]. Run from the top folder:
 *     cc -O2 -Isrc tools/gamma_quantiles.c build/release/libvigia.a -lutf8proc -lm -o /tmp/gamma_quantiles && /tmp/gamma_quantiles > src/monitor/gamma_table.inc
 */
#include "model/model.h"

#include <math.h>

enum { PIECES = 4, DEGREE = 13, NODES = DEGREE + 1 };

static double cube_root_of_share(double s, double level)
{
    double shape = 1 / (s * s);
    return cbrt(vg_gamma_quantile(level, shape, 1) / shape);
}

int main(void)
{
    (void)printf("/* Made by tools/gamma_quantiles.c. */\n");
    for (int piece = 0; piece < PIECES; piece++) {
        double powers[NODES][VG_QUANTILE_COUNT] = {{0}};
        for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
            double value[NODES];
            double coefficient[NODES];
            for (int i = 0; i < NODES; i++) {
                double node = cos(M_PI * (i + 0.5) / NODES);
                value[i] = cube_root_of_share((piece + 0.5 * (node + 1)) / PIECES, vg_quantile_levels[level]);
            }
            for (int k = 0; k < NODES; k++) {
                coefficient[k] = 0;
                for (int i = 0; i < NODES; i++) {
                    coefficient[k] += (k == 0 ? 1.0 : 2.0) / NODES * value[i] * cos(M_PI * k * (i + 0.5) / NODES);
                }
            }
            double before[NODES] = {1}; /* T_0, T_1 as powers, then the recurrence */
            double here[NODES] = {0, 1};
            for (int k = 0; k < NODES; k++) {
                const double *polynomial = k == 0 ? before : here;
                double after[NODES] = {0};
                for (int d = 0; d < NODES; d++) {
                    powers[d][level] += coefficient[k] * polynomial[d];
                }
                for (int d = 0; k > 0 && d < NODES; d++) {
                    after[d] = (d > 0 ? 2 * here[d - 1] : 0) - before[d];
                }
                for (int d = 0; k > 0 && d < NODES; d++) {
                    before[d] = here[d];
                    here[d] = after[d];
                }
            }
        }
        (void)printf("{\n");
        for (int d = 0; d < NODES; d++) {
            (void)printf("    {");
            for (size_t level = 0; level < VG_QUANTILE_COUNT; level++) {
                (void)printf("%s%.17g", level == 0 ? "" : ", ", powers[d][level]);
            }
            (void)printf("},\n");
        }
        (void)printf("},\n");
    }
    return 0;
}
