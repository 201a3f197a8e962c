/*
 * The least value of a function of one number, by golden section (Kiefer 1953): a new place each step, the bracket shrinks by 0.618.
 */
#include "core/core.h"

#define GOLDEN 0.6180339887498949

double vg_golden_minimum(double (*value_at)(void *context, double x), void *context, double low, double high, double width, int steps)
{
    double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low), at_a = value_at(context, a), at_b = value_at(context, b);
    for (int step = 0; step < steps && high - low > width; step++) {
        if (at_a <= at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - GOLDEN * (high - low);
            at_a = value_at(context, a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + GOLDEN * (high - low);
            at_b = value_at(context, b);
        }
    }
    return 0.5 * (low + high);
}
