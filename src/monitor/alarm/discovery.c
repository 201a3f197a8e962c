/*
 * Alarms over many series at a bounded rate of false ones: Benjamini and Hochberg 1995, Benjamini and Yekutieli 2001.
 */
#include "monitor/alarm/alarm.h"

#include <math.h>
#include <stdlib.h>

struct test { double p_value; size_t index; };

static int compare_tests(const void *a, const void *b)
{
    const struct test *x = a;
    const struct test *y = b;
    if (x->p_value != y->p_value) {
        return x->p_value < y->p_value ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

size_t vg_alarm_false_discovery(const double *p_values, size_t n, double rate, bool dependent, struct vg_arena *scratch, bool *chosen)
{
    struct test *tests = VG_ARENA_ARRAY(scratch, struct test, n);
    size_t n_tests = 0;
    for (size_t i = 0; i < n; i++) {
        chosen[i] = false;
        if (tests != NULL && !isnan(p_values[i])) {
            tests[n_tests++] = (struct test){p_values[i], i};
        }
    }
    if (n_tests == 0) {
        return 0;
    }
    qsort(tests, n_tests, sizeof *tests, compare_tests);
    double penalty = 1;
    for (size_t i = 2; dependent && i <= n_tests; i++) {
        penalty += 1 / (double)i;
    }
    size_t last = 0; /* the largest rank whose p-value lies below its line; all before it are taken too */
    for (size_t rank = 1; rank <= n_tests; rank++) {
        last = tests[rank - 1].p_value <= rate * (double)rank / ((double)n_tests * penalty) ? rank : last;
    }
    for (size_t rank = 0; rank < last; rank++) {
        chosen[tests[rank].index] = true;
    }
    return last;
}
