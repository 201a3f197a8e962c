/*
 * The data-quality report over what was read or is stored (docs/data-quality.md): what is missing, late, double, impossible or out of range.
 */
#include "intake/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool check_add(struct check_work *work, struct vg_finding finding)
{
    struct vg_quality_report *report = work->report;
    if (report->n_findings == work->capacity) {
        size_t capacity = work->capacity == 0 ? 64 : work->capacity * 2;
        struct vg_finding *larger = VG_ARENA_ARRAY(work->arena, struct vg_finding, capacity);
        if (larger == NULL) {
            return false;
        }
        if (report->n_findings > 0) {
            memcpy(larger, report->findings, report->n_findings * sizeof *larger);
        }
        report->findings = larger;
        work->capacity = capacity;
    }
    report->findings[report->n_findings++] = finding;
    return true;
}

struct vg_finding check_finding(const char *code, enum vg_finding_severity severity, const char *field)
{
    return (struct vg_finding){.code = code, .severity = severity, .field = field, .field_other = "", .place = VG_PLACE_NONE, .date = VG_DATE_NONE, .count = NAN, .total = NAN,
                               .share = NAN, .value = NAN, .low = NAN, .high = NAN, .detail = ""};
}

static int by_severity(const void *a, const void *b)
{
    const struct vg_finding *x = a;
    const struct vg_finding *y = b;
    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    double left = isnan(x->share) ? 0 : x->share;
    double right = isnan(y->share) ? 0 : y->share;
    if (left != right) {
        return left > right ? -1 : 1;
    }
    int order = strcmp(x->code, y->code);
    return order != 0 ? order : strcmp(x->field, y->field);
}

vg_status check_finish(struct check_work *work)
{
    if (work->arena->failed) {
        return vg_fail_memory(work->error, 0);
    }
    if (work->report->n_findings > 0) {
        qsort(work->report->findings, work->report->n_findings, sizeof *work->report->findings, by_severity);
    }
    return VG_OK;
}

void vg_quality_report_table(const struct vg_quality_report *report, const struct vg_place_list *places, struct vg_table *table)
{
    static const char *const severities[] = {"info", "warning", "error"};
    static const char *const texts[] = {"code", "severity", "field", "field_other", "place"};
    static const char *const numbers[] = {"count", "total", "share", "value", "low", "high"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "detail", VG_COLUMN_TEXT);
    for (size_t i = 0; i < report->n_findings; i++) {
        const struct vg_finding *finding = &report->findings[i];
        vg_table_text(table, finding->code);
        vg_table_text(table, severities[finding->severity]);
        vg_table_text(table, finding->field);
        vg_table_text(table, finding->field_other);
        vg_table_text(table, finding->place == VG_PLACE_NONE || finding->place >= places->count ? NULL : places->places[finding->place].code);
        vg_table_date(table, finding->date);
        const double values[] = {finding->count, finding->total, finding->share, finding->value, finding->low, finding->high};
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            vg_table_double(table, values[v]);
        }
        vg_table_text(table, finding->detail);
    }
}
