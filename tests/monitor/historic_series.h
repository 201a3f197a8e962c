/*
 * Incidence and serial intervals of the five outbreaks of Cori et al. 2013 (web appendix), as in EpiEstim's data sets. Sources
 * of the counts: influenza, a school in Pennsylvania 2009 (Cauchemez et al. 2011); influenza, Baltimore 1918 (Frost and
 * Sydenstricker 1919); SARS, Hong Kong 2003 (Cori et al. 2009); smallpox, Kosovo 1972 (Fenner et al. 1988); measles, Hagelloch
 * 1861 (Groendyke et al. 2011).
 */
#ifndef HISTORIC_SERIES_H
#define HISTORIC_SERIES_H

#include <stddef.h>

static const double flu_2009_cases[] = {1,  1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11,
                                        12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 2,  0,  2,  0};
static const double flu_2009_interval[] = {0, 0.233, 0.359, 0.198, 0.103, 0.053, 0.027, 0.014, 0.007, 0.003, 0.002, 0.001};

static const double flu_1918_cases[] = {
    5,  1,   6,  15,  2,  3,  8,  7,   2,   15,  4,   17,  4,   10,  31,  11,  13,  36,  13,  33,  17,  15,  32,
    27, 70,  58, 32,  69, 54, 80, 405, 192, 243, 204, 280, 229, 304, 265, 196, 372, 158, 222, 141, 172, 553, 148,
    95, 144, 85, 143, 87, 73, 70, 62,  116, 44,  38,  60,  45,  60,  27,  51,  34,  22,  16,  11,  18,  11,  10,
    8,  13,  3,  3,   6,  6,  13, 5,   6,   6,   5,   5,   1,   2,   2,   3,   8,   4,   1,   2,   3,   1,   0};
static const double flu_1918_interval[] = {0, 0.233, 0.359, 0.198, 0.103, 0.053, 0.027, 0.014, 0.007, 0.003, 0.002, 0.001};

static const double sars_2003_cases[] = {
    1,  0,  0,  1,  0,  0,  2,  0,  2,  2,  1,   1,  1,  0,  0,  0,  4,  1,  2,  4,  13, 23, 35, 26, 12, 17, 19,
    17, 28, 23, 27, 27, 11, 21, 21, 25, 31, 103, 96, 69, 58, 48, 33, 25, 43, 37, 30, 29, 28, 34, 34, 32, 24, 17,
    16, 23, 18, 15, 11, 19, 16, 9,  17, 14, 6,   4,  8,  9,  11, 11, 11, 6,  13, 3,  8,  2,  4,  4,  6,  4,  5,
    4,  8,  2,  3,  2,  5,  3,  3,  4,  3,  1,   2,  0,  1,  3,  3,  1,  1,  1,  1,  1,  1,  1,  0,  2,  0};
static const double sars_2003_interval[] = {0,     0.001, 0.012, 0.043, 0.078, 0.104, 0.117, 0.116, 0.108,
                                            0.094, 0.078, 0.063, 0.049, 0.038, 0.028, 0.021, 0.015, 0.011,
                                            0.008, 0.005, 0.004, 0.003, 0.002, 0.001, 0.001};

static const double smallpox_1972_cases[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1,  1, 2,  1,
                                             3, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 3, 8, 8, 16, 6, 20, 19,
                                             7, 4, 4, 1, 0, 0, 1, 3, 2, 4, 0, 0, 1, 1, 0, 1,  1, 1,  0};
static const double smallpox_1972_interval[] = {
    0,     0,     0,     0,     0,     0,     0,     0,     0.001, 0.002, 0.005, 0.009, 0.014, 0.021, 0.029, 0.038,
    0.046, 0.054, 0.06,  0.065, 0.067, 0.067, 0.066, 0.063, 0.058, 0.053, 0.048, 0.042, 0.036, 0.031, 0.026, 0.021,
    0.017, 0.014, 0.011, 0.009, 0.007, 0.005, 0.004, 0.003, 0.002, 0.002, 0.001, 0.001, 0.001, 0.001};

static const double measles_1861_cases[] = {1, 0, 1, 0, 0, 0, 0, 0,  2,  1,  0,  0,  2,  1, 1, 0, 2, 0, 1, 1, 1, 3, 15, 12,
                                            7, 5, 5, 3, 5, 3, 6, 12, 18, 14, 16, 13, 12, 4, 6, 0, 3, 0, 2, 3, 3, 1, 2,  0};
static const double measles_1861_interval[] = {
    0,       0,       0,       0,       0.00006, 0.00052, 0.00249, 0.00792, 0.01866, 0.03508, 0.0553,  0.07574, 0.09248,
    0.10263, 0.10507, 0.10042, 0.09042, 0.0773,  0.06313, 0.04951, 0.03745, 0.02742, 0.01949, 0.0135,  0.00912, 0.00603,
    0.0039,  0.00248, 0.00155, 0.00095, 0.00058, 0.00034, 0.0002,  0.00012, 0.00007, 0.00004, 0.00002, 0.00001};

struct historic_series {
    const char *name;
    const double *cases;
    size_t n;
    const double *interval;
    size_t interval_n;
    double mean, sd;
};
#define HISTORIC(name, mean, sd)                                                                                               \
    {                                                                                                                          \
#name, name##_cases, sizeof name##_cases / sizeof(double), name##_interval, sizeof name##_interval / sizeof(double),   \
            mean, sd                                                                                                           \
    }
static const struct historic_series historic[] = {
    HISTORIC(flu_2009, 2.6, 1.5),       HISTORIC(flu_1918, 2.6, 1.5),      HISTORIC(sars_2003, 8.4, 3.8),
    HISTORIC(smallpox_1972, 22.4, 6.1), HISTORIC(measles_1861, 14.9, 3.9),
};
#define HISTORIC_COUNT (sizeof historic / sizeof *historic)

#endif
