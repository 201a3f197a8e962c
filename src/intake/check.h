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
/* check_patterns.c: what the values themselves look like. */
void check_age_heaping(struct check_work *work, const struct vg_case_table *cases);
void check_date_heaping(struct check_work *work, const struct vg_case_table *cases);
vg_status check_duplicates(struct check_work *work, const struct vg_case_table *cases);

/* check_series.c: one series of counts, which lists and tables of counts share. by_age: newest day first; values: oldest first, NaN not reported. */
bool check_has_any(const uint32_t *by_age, size_t n);
/* whole: what all places report, or NULL. n_judged: how many places are looked at, so that among many not one is called silent by chance. */
void check_silent_tail(struct check_work *work, const uint32_t *by_age, const double *whole, size_t n, size_t n_judged, uint32_t place, const char *field);
void check_batch_days(struct check_work *work, const double *values, size_t n, int32_t start, const char *field, uint32_t place);
bool check_weekday_ratios(const double *values, size_t n, double *low, double *high);
void check_add_weekdays(struct check_work *work, const char *field, uint32_t place, double low, double high, size_t n_series);
const char *check_place_name(const struct check_work *work, uint32_t place);

/* Sorts by severity, then share; VG_SYSTEM_ERROR where memory ran out on the way. */
vg_status check_finish(struct check_work *work);

#endif
