/*
 * The endemic channel of the present year, a row a week of one place, or the newest week of each of several places.
 */
#include "jobs/alarm/internal.h"

#include <math.h>

#define WEEKS 53
#define MOST_FORMER_YEARS 15

static const char *name_of(const struct alarm_run *run, uint32_t place)
{
    const struct vg_place_list *places = vg_store_place_list(run->context.store);
    return place < places->count ? places->places[place].name : NULL;
}

/* The series of one place by epidemiological year and week: the newest year is the present one. */
static vg_status channel_of(struct alarm_run *run, size_t row, bool newest_only)
{
    struct job_context *context = &run->context;
    double *years = VG_ARENA_ARRAY(context->arena, double, (MOST_FORMER_YEARS + 1) * WEEKS);
    struct vg_channel_week channel[WEEKS];
    int32_t dates[WEEKS];
    if (years == NULL || run->n_steps == 0) {
        return years == NULL ? vg_fail_memory(context->error, 0) : VG_OK;
    }
    for (size_t i = 0; i < (MOST_FORMER_YEARS + 1) * WEEKS; i++) {
        years[i] = NAN;
    }
    int present_year = 0;
    int present_week = 0;
    vg_date_to_epiweek(run->matrix.start + (int32_t)(run->n_steps - 1) * 7 + 3, VG_WEEK_MMWR, &present_year, &present_week);
    for (size_t week = 0; week < WEEKS; week++) {
        dates[week] = VG_DATE_NONE;
    }
    for (size_t step = 0; step < run->n_steps; step++) {
        int32_t date = run->matrix.start + (int32_t)step * 7;
        int year = 0;
        int week = 0;
        vg_date_to_epiweek(date + 3, VG_WEEK_MMWR, &year, &week); /* the week's middle: years do not depend on the day it begins */
        int back = present_year - year;
        if (back >= 0 && back <= MOST_FORMER_YEARS && week >= 1 && week <= WEEKS) {
            years[back * WEEKS + week - 1] = run->matrix.values[row * run->matrix.n_steps + step];
            if (back == 0) {
                dates[week - 1] = date;
            }
        }
    }
    vg_status status = vg_alarm_channel(years + WEEKS, MOST_FORMER_YEARS, NULL, years, WEEKS, run->method == METHOD_CHANNEL ? VG_CHANNEL_QUARTILES : VG_CHANNEL_GEOMETRIC_MEAN, channel,
                                        context->error);
    struct vg_table *table = &context->answer->table;
    for (size_t week = 0; status == VG_OK && week < WEEKS; week++) {
        bool newest = (int)week + 1 == present_week;
        if ((newest_only && !newest) || (channel[week].n_years == 0 && dates[week] == VG_DATE_NONE)) {
            continue;
        }
        vg_table_text(table, alarm_place_code(run, run->matrix.place[row]));
        vg_table_text(table, name_of(run, run->matrix.place[row]));
        vg_table_integer(table, present_year);
        vg_table_integer(table, (int64_t)week + 1);
        vg_table_date(table, dates[week]);
        vg_table_double(table, years[week]);
        vg_table_double(table, channel[week].low);
        vg_table_double(table, channel[week].middle);
        vg_table_double(table, channel[week].high);
        vg_table_text(table, vg_channel_zone_name(channel[week].zone));
        vg_table_integer(table, (int64_t)channel[week].n_years);
    }
    return status;
}

vg_status alarm_channels(struct alarm_run *run)
{
    struct vg_table *table = &run->context.answer->table;
    const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"code", VG_COLUMN_TEXT}, {"name", VG_COLUMN_TEXT}, {"year", VG_COLUMN_INTEGER}, {"week", VG_COLUMN_INTEGER}, {"date", VG_COLUMN_DATE}, {"count", VG_COLUMN_DOUBLE},
        {"low", VG_COLUMN_DOUBLE}, {"middle", VG_COLUMN_DOUBLE}, {"high", VG_COLUMN_DOUBLE}, {"zone", VG_COLUMN_TEXT}, {"n_years", VG_COLUMN_INTEGER}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    vg_status status = VG_OK;
    for (size_t row = 0; status == VG_OK && row < run->matrix.n_places; row++) {
        status = channel_of(run, row, run->matrix.n_places > 1);
    }
    return status;
}
