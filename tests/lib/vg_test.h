/*
 * What every suite includes: cmocka with its own requirements, and the paths of test data.
 */
#ifndef VG_TEST_H
#define VG_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"

/* Whether sanitizers watch. */
#if defined(__SANITIZE_ADDRESS__)
#define VG_TEST_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VG_TEST_SANITIZED true
#endif
#endif
#ifndef VG_TEST_SANITIZED
#define VG_TEST_SANITIZED false
#endif

/*
 * Long statistics are about numbers and not about memory: what is listed as vg_statistics(test) is a test of the released build alone. Where sanitizers watch,
 * vg_run_group_tests leaves it out of the suite, so that it counts neither as passed nor as skipped.
 */
static const char vg_statistics_mark[] = "statistics";
#define vg_statistics(test) vg_statistics_with(test, NULL, NULL)
#define vg_statistics_with(test, setup, teardown) {#test, test, setup, teardown, (void *)(uintptr_t)vg_statistics_mark}
#define vg_run_group_tests(name, tests, setup, teardown) vg_run_tests(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define VG_SUITE_TESTS_MOST 100

static inline int vg_run_tests(const char *name, const struct CMUnitTest *tests, size_t n_tests, CMFixtureFunction setup, CMFixtureFunction teardown)
{
    struct CMUnitTest run[VG_SUITE_TESTS_MOST];
    size_t n = 0;
    VG_ASSERT(n_tests <= VG_SUITE_TESTS_MOST);
    for (size_t i = 0; i < n_tests; i++) {
        bool statistics = tests[i].initial_state == vg_statistics_mark;
        if (!statistics || !VG_TEST_SANITIZED) {
            run[n] = tests[i];
            run[n++].initial_state = statistics ? NULL : tests[i].initial_state;
        }
    }
    return _cmocka_run_group_tests(name, run, n, setup, teardown);
}

/* Fails with the error's own sentence. */
#define vg_assert_ok(status, error)                                                                                                        \
    do {                                                                                                                                   \
        vg_status status_of_call = (status);                                                                                               \
        if (status_of_call != VG_OK) {                                                                                                     \
            fail_msg("status %d: %s", (int)status_of_call, (error).message);                                                               \
        }                                                                                                                                  \
    } while (0)

#define vg_assert_near(actual, expected, tolerance)                                                                                        \
    do {                                                                                                                                   \
        double actual_value = (actual);                                                                                                    \
        double expected_value = (expected);                                                                                                \
        if (!(fabs(actual_value - expected_value) <= (tolerance))) {                                                                       \
            fail_msg("%s is %.17g, expected %.17g within %g", #actual, actual_value, expected_value, (double)(tolerance));                 \
        }                                                                                                                                  \
    } while (0)

/* Path of a real data file, or skips the test with a line that says what is absent. out holds 4096 bytes. */
#define vg_shared_or_skip(relative, out)                                                                                                   \
    do {                                                                                                                                   \
        const char *shared_folder = getenv("VIGIA_SHARED");                                                                                \
        (void)snprintf((out), 4096, "%s/data/%s", shared_folder == NULL ? "../shared" : shared_folder, (relative));                        \
        if (!vg_file_exists(out)) {                                                                                                        \
            print_message("skipped: %s is not there (set VIGIA_SHARED)\n", (out));                                                         \
            skip();                                                                                                                        \
        }                                                                                                                                  \
    } while (0)

#endif
