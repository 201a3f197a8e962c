/*
 * Arithmetic of which every CPU gives the same bits: only + - * / and the square root, which IEEE 754 rounds one way.
 * Thresholds of random draws are made with it, so that a run does not depend on the mathematical library. Private to control.
 */
#ifndef VG_EPIDEMIC_NUMBER_H
#define VG_EPIDEMIC_NUMBER_H

#include "control/control.h"

double exact_exp(double x);
double exact_log(double x);                               /* x > 0 */
double exact_power(double base, double exponent);         /* base > 0, or 0 with exponent >= 0 */
double exact_cosine_of_turns(double turns);               /* cos(2 pi turns) */
double exact_log_gamma(double x);                         /* x > 0 */
double exact_gamma_cdf(double x, double mean, double sd); /* sd > 0 */

/* Draws are held against thresholds as 31-bit integers: true with probability threshold / 2^31, so 0 and 1 are exact. */
#define CERTAIN 0x80000000U
uint32_t threshold_of(double probability);
static inline bool draw_is(uint32_t draw, uint32_t threshold)
{
    return draw >> 1 < threshold;
}

/* Shares in 1/32768, for products of protections and measures. */
#define WHOLE 32768U
uint32_t share_of(double probability);

/* Probabilities p[0 .. n - 1] (any scale, sum > 0) to cumulative thresholds; the last is CERTAIN. */
void cumulative_thresholds(const double *p, size_t n, uint32_t *thresholds);
static inline unsigned draw_index(uint32_t draw, const uint32_t *thresholds)
{
    unsigned i = 0;
    while (draw >> 1 >= thresholds[i]) {
        i++;
    }
    return i;
}
/* The same for n thresholds without a branch that depends on the draw. */
static inline unsigned draw_index_of(uint32_t draw, const uint32_t *thresholds, size_t n)
{
    unsigned above = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        above += draw >> 1 >= thresholds[i] ? 1 : 0;
    }
    return above;
}

/* 256 starting points: mostly the search ends where it begins. */
#define DELAY_SLOTS (VG_DELAY_DAYS_MAX + 2)
struct delay_table {
    uint8_t start[256];
    uint32_t thresholds[DELAY_SLOTS];
};
void delay_table_of_shares(const double *p, size_t n, struct delay_table *table); /* n <= DELAY_SLOTS */
bool delay_table_of(struct vg_delay delay, struct delay_table *table);            /* false: not a delay that is allowed */
static inline unsigned draw_delay(uint32_t draw, const struct delay_table *table)
{
    unsigned i = table->start[draw >> 24];
    while (draw >> 1 >= table->thresholds[i]) {
        i++;
    }
    return i;
}

#endif
