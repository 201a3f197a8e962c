/*
 * Days and epidemiological weeks. A day is a count from 1970-01-01 in the proleptic Gregorian calendar; the conversion
 * counts in 400-year cycles of 146,097 days with years that begin in March, so that the leap day is the last of its year.
 * MMWR weeks start on Sunday, ISO 8601 weeks on Monday; in both week 1 is the first with at least four days in the year.
 */
#include "core/core.h"

#define DAYS_IN_CYCLE 146097
#define DAYS_FROM_CYCLE_START_TO_EPOCH 719468 /* 0000-03-01 to 1970-01-01 */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t vg_date_from_civil(int year, int month, int day)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) {
        return VG_DATE_NONE;
    }
    if (day > month_days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0)) {
        return VG_DATE_NONE;
    }
    int march_year = month <= 2 ? year - 1 : year;
    int march_month = month <= 2 ? month + 9 : month - 3;
    int cycle = march_year / 400;
    int year_of_cycle = march_year - cycle * 400;
    int day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return cycle * DAYS_IN_CYCLE + day_of_cycle - DAYS_FROM_CYCLE_START_TO_EPOCH;
}

void vg_date_to_civil(int32_t date, int *year, int *month, int *day)
{
    int64_t shifted = (int64_t)date + DAYS_FROM_CYCLE_START_TO_EPOCH;
    int64_t cycle = (shifted >= 0 ? shifted : shifted - (DAYS_IN_CYCLE - 1)) / DAYS_IN_CYCLE;
    int day_of_cycle = (int)(shifted - cycle * DAYS_IN_CYCLE);
    int year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    int day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * march_month + 2) / 5 + 1;
    *month = march_month < 10 ? march_month + 3 : march_month - 9;
    *year = (int)(cycle * 400) + year_of_cycle + (*month <= 2 ? 1 : 0);
}

static int digits_value(const char *data, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)data[i] - '0';
        if (digit > 9) {
            return -1;
        }
        value = value * 10 + (int)digit;
    }
    return value;
}

bool vg_date_parse_iso(struct vg_text text, int32_t *date)
{
    if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-') {
        return false;
    }
    int year = digits_value(text.data, 4);
    int month = digits_value(text.data + 5, 2);
    int day = digits_value(text.data + 8, 2);
    int32_t value = vg_date_from_civil(year, month, day);
    if (value == VG_DATE_NONE) {
        return false;
    }
    *date = value;
    return true;
}

size_t vg_date_print(int32_t date, char out[VG_DATE_TEXT_BYTES])
{
    out[0] = '\0';
    if (date == VG_DATE_NONE) {
        return 0;
    }
    int year = 0;
    int month = 0;
    int day = 0;
    vg_date_to_civil(date, &year, &month, &day);
    if (year < 1 || year > 9999) {
        return 0;
    }
    const int parts[3] = {year, month, day};
    const int widths[3] = {4, 2, 2};
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        if (part > 0) {
            out[at++] = '-';
        }
        int value = parts[part];
        for (int i = widths[part] - 1; i >= 0; i--) {
            out[at + (size_t)i] = (char)('0' + value % 10);
            value /= 10;
        }
        at += (size_t)widths[part];
    }
    out[at] = '\0';
    return at;
}

int vg_date_weekday(int32_t date)
{
    int weekday = (int)(((int64_t)date + 4) % 7); /* 1970-01-01 was a Thursday */
    return weekday < 0 ? weekday + 7 : weekday;
}

static int weekday_in_week(int32_t date, enum vg_week_system system)
{
    int weekday = vg_date_weekday(date);
    return system == VG_WEEK_ISO ? (weekday + 6) % 7 : weekday;
}

int32_t vg_date_week_start(int32_t date, enum vg_week_system system)
{
    return date - weekday_in_week(date, system);
}

/* First day of week 1: the week that holds 4 January. */
static int32_t first_week_start(int year, enum vg_week_system system)
{
    return vg_date_week_start(vg_date_from_civil(year, 1, 4), system);
}

void vg_date_to_epiweek(int32_t date, enum vg_week_system system, int *year, int *week)
{
    int month = 0;
    int day = 0;
    /* The fourth day of the week lies in the year that the week belongs to. */
    vg_date_to_civil(vg_date_week_start(date, system) + 3, year, &month, &day);
    *week = (date - first_week_start(*year, system)) / 7 + 1;
}

int32_t vg_date_from_epiweek(int year, int week, enum vg_week_system system)
{
    if (year < 1 || year > 9998 || week < 1 || week > 53) {
        return VG_DATE_NONE;
    }
    int32_t start = first_week_start(year, system) + (week - 1) * 7;
    return week == 53 && start >= first_week_start(year + 1, system) ? VG_DATE_NONE : start;
}
