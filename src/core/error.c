/*
 * Errors: one status and one sentence, carried in a struct that the caller holds. No global error state.
 */
#include "core/core.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

vg_status vg_fail(struct vg_error *error, vg_status status, const char *format, ...)
{
    if (error != NULL) {
        /* The arguments may point into error->message itself, so the text is made beside it first. */
        char message[VG_ERROR_MESSAGE_BYTES];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        error->status = status;
        memcpy(error->message, message, sizeof message);
    }
    return status;
}

vg_status vg_fail_context(struct vg_error *error, const char *format, ...)
{
    if (error == NULL) {
        return VG_DATA_ERROR;
    }
    char context[VG_ERROR_MESSAGE_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    return vg_fail(error, error->status, "%s%s", context, error->message);
}

vg_status vg_fail_errno(struct vg_error *error, int errno_value, const char *format, ...)
{
    char what[VG_ERROR_MESSAGE_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (errno_value == ENOSPC || errno_value == EDQUOT) {
        return vg_fail(error, VG_SYSTEM_ERROR, "%s: the disk is full", what);
    }
    char reason[128];
    return vg_fail(error, VG_SYSTEM_ERROR, "%s: %s", what, strerror_r(errno_value, reason, sizeof reason));
}

int vg_status_exit_code(vg_status status)
{
    switch (status) {
    case VG_OK:
        return 0;
    case VG_USAGE_ERROR:
    case VG_NEEDS_CHOICE:
        return 2;
    case VG_DATA_ERROR:
    case VG_NOT_FOUND:
    case VG_LIMIT_EXCEEDED:
    case VG_CANCELLED:
        return 1;
    case VG_BUSY:
    case VG_SYSTEM_ERROR:
        break;
    }
    return 3;
}

_Noreturn void vg_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "vigia: programming error: %s does not hold (%s:%d)\n", condition, file, line);
    abort();
}

bool vg_progress_report(const struct vg_progress *progress, const char *what, double fraction)
{
    return progress == NULL || progress->report == NULL || progress->report(progress->context, what, fraction);
}
