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

/* Whether sanitizers watch: then the long statistics, which are about numbers and not about memory, are left to the released build. */
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
