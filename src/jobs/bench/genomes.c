/*
 * How fast genomes are worked on: one table of all its parts, in seconds of a processor.
 */
#include "jobs/bench/genomes.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <string.h>

void bench_genomes_put(struct vg_table *table, const struct bench_genomes_row *row)
{
    double each = (double)row->n / row->cpu_seconds;
    vg_table_text(table, row->task);
    vg_table_integer(table, (int64_t)row->n);
    vg_table_double(table, row->cpu_seconds);
    vg_table_double(table, each);
    vg_table_double(table, row->memory_bytes);
    vg_table_text(table, row->peer);
    vg_table_double(table, row->peer_per_cpu_second);
    vg_table_double(table, each / row->peer_per_cpu_second);
    vg_table_double(table, row->bar);
    vg_table_text(table, isnan(row->bar) ? NULL : each >= row->bar ? "yes" : "no");
    vg_table_text(table, row->limit);
}

vg_status bench_genomes(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"task", VG_COLUMN_TEXT},           {"n", VG_COLUMN_INTEGER},  {"cpu_seconds", VG_COLUMN_DOUBLE}, {"per_cpu_second", VG_COLUMN_DOUBLE},
        {"memory_bytes", VG_COLUMN_DOUBLE}, {"peer", VG_COLUMN_TEXT},  {"peer_per_cpu_second", VG_COLUMN_DOUBLE}, {"ratio", VG_COLUMN_DOUBLE},
        {"bar", VG_COLUMN_DOUBLE},          {"held", VG_COLUMN_TEXT},  {"limit", VG_COLUMN_TEXT},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i].name, columns[i].kind);
    }
    bool align = request->only == NULL || strcmp(request->only, "align") == 0, place = request->only == NULL || strcmp(request->only, "place") == 0,
         lineages = request->only == NULL || strcmp(request->only, "lineages") == 0;
    if (!align && !place && !lineages) {
        return vg_fail(error, VG_USAGE_ERROR, "--only of this benchmark is align, place or lineages, not \"%.40s\"", request->only);
    }
    if (!vg_progress_report(progress, "aligning", 0)) {
        return vg_fail(error, VG_CANCELLED, "the benchmark was stopped");
    }
    vg_status status = align ? bench_align(request, arena, &answer->table, error) : VG_OK;
    status = status == VG_OK && place ? bench_place(request, progress, arena, &answer->table, error) : status;
    return status == VG_OK && lineages ? bench_lineages(request, progress, arena, &answer->table, error) : status;
}
