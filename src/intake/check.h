/*
 * Private to intake: the growing report that the checks add to.
 */
#ifndef VG_CHECK_H
#define VG_CHECK_H

#include "intake/intake.h"

struct check_work {
    const struct vg_place_list *places;
    int32_t as_of;
    struct vg_arena *arena;
    struct vg_quality_report *report;
    size_t capacity;
    struct vg_error *error;
};

bool check_add(struct check_work *work, struct vg_finding finding);
struct vg_finding check_finding(const char *code, enum vg_finding_severity severity, const char *field);
/* Sorts by severity, then share; VG_SYSTEM_ERROR where memory ran out on the way. */
vg_status check_finish(struct check_work *work);

#endif
