/*
 * Reading a reporting triangle in the order in which it was published, private to this folder. Unpublished cells join the next
 * published one; a first report that holds several delays at once is a stock and says nothing about delays.
 */
#ifndef VG_MONITOR_TRIANGLE_INTERNAL_H
#define VG_MONITOR_TRIANGLE_INTERNAL_H

#include "monitor/monitor.h"

/* Checks the shape; *last_report is the step of as_of counted from start (at least 0). */
vg_status triangle_check(const struct vg_triangle *triangle, size_t *last_report, struct vg_error *error) VG_MUST_USE;

/* Whether more than one in a thousand reports was withdrawn again. */
bool triangle_revised_downward(const struct vg_triangle *triangle);

static inline double triangle_cell(const struct vg_triangle *triangle, size_t reference, size_t delay)
{
    return triangle->increments[reference * triangle->n_delays + delay];
}

#endif
