/*
 * Dates. A cell is taken apart without deciding its order; the column as a whole decides, once all its cells were seen.
 */
#include "intake/profile_internal.h"

#include <string.h>

static bool digits(const char *data, size_t size, int *value)
{
    int number = 0;
    if (size == 0 || size > 9) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(unsigned char)data[i] - '0';
        if (digit > 9) {
            return false;
        }
        number = number * 10 + (int)digit;
    }
    *value = number;
    return true;
}

static void done(struct date_parts *parts, int year, int month, int day)
{
    parts->date = vg_date_from_civil(year, month, day);
    parts->form = parts->date == VG_DATE_NONE ? DATE_NOT : DATE_DONE;
}

/* Months by the first three letters that tell them apart in es, pt, en and fr (accents folded away). */
static int month_named(struct vg_text text)
{
    static const struct { const char *start; int month; } names[] = {
        {"jan", 1}, {"ene", 1}, {"feb", 2}, {"fev", 2}, {"mar", 3}, {"abr", 4}, {"apr", 4}, {"avr", 4}, {"may", 5}, {"mai", 5}, {"jun", 6}, {"juin", 6}, {"juil", 7},
        {"jul", 7}, {"ago", 8}, {"aug", 8}, {"aou", 8}, {"sep", 9}, {"set", 9}, {"oct", 10}, {"out", 10}, {"okt", 10}, {"nov", 11}, {"dic", 12}, {"dez", 12}, {"dec", 12},
    };
    char folded[32];
    size_t size = vg_text_fold(text, folded, sizeof folded - 1);
    folded[size] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(folded, names[i].start, strlen(names[i].start)) == 0) {
            return names[i].month;
        }
    }
    return 0;
}

/* Three parts around marks: 2020-03-01, 1/3/2020, 1.3.20, 1-mar-2020. */
static void take_three(struct vg_text cell, struct date_parts *parts)
{
    struct vg_text piece[3];
    size_t n = 0;
    size_t start = 0;
    for (size_t i = 0; i <= cell.size && n < 3; i++) {
        char c = i < cell.size ? cell.data[i] : '/';
        if (c == '/' || c == '-' || c == '.' || c == ' ' || c == ',') {
            if (i > start) {
                piece[n++] = vg_text_of(cell.data + start, i - start);
            }
            start = i + 1;
        }
    }
    int a = 0;
    int b = 0;
    int c = 0;
    if (n < 3 || start < cell.size) {
        return;
    }
    bool first = digits(piece[0].data, piece[0].size, &a);
    bool second = digits(piece[1].data, piece[1].size, &b);
    bool third = digits(piece[2].data, piece[2].size, &c);
    if (first && third && !second && month_named(piece[1]) != 0 && piece[2].size == 4) {
        done(parts, c, month_named(piece[1]), a);
    } else if (!first && second && third && month_named(piece[0]) != 0 && piece[2].size == 4) {
        done(parts, c, month_named(piece[0]), b);
    } else if (first && second && third && piece[0].size == 4) {
        done(parts, a, b, c);
    } else if (first && second && third && piece[0].size <= 2 && piece[1].size <= 2 && (piece[2].size == 4 || piece[2].size == 2)) {
        parts->form = piece[2].size == 4 ? DATE_OPEN : DATE_TWO_DIGIT_YEAR;
        parts->first = a;
        parts->second = b;
        parts->year = c;
        bool possible = (a >= 1 && a <= 31 && b >= 1 && b <= 12) || (b >= 1 && b <= 31 && a >= 1 && a <= 12);
        parts->form = possible ? parts->form : DATE_NOT;
    }
}

/* 2020年3月1日 */
static bool take_chinese(struct vg_text cell, struct date_parts *parts)
{
    static const char *const marks[3] = {"年", "月", "日"};
    int numbers[3] = {0, 0, 0};
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        size_t start = at;
        while (at < cell.size && cell.data[at] >= '0' && cell.data[at] <= '9') {
            at++;
        }
        if (!digits(cell.data + start, at - start, &numbers[i])) {
            return false;
        }
        if (cell.size - at >= 3 && memcmp(cell.data + at, marks[i], 3) == 0) {
            at += 3;
        } else if (i < 2) {
            return false;
        }
    }
    done(parts, numbers[0], numbers[1], numbers[2]);
    return true;
}

/* The date part of a timestamp: up to a T, or a blank before a clock time. */
static struct vg_text without_time(struct vg_text cell)
{
    for (size_t i = 6; i < cell.size; i++) {
        if (cell.data[i] == 'T' || (cell.data[i] == ' ' && memchr(cell.data + i, ':', cell.size - i) != NULL)) {
            return vg_text_of(cell.data, i);
        }
    }
    return cell;
}

void date_take_apart(struct vg_text cell, struct date_parts *parts)
{
    int32_t date = 0;
    int number = 0;
    parts->form = DATE_NOT;
    cell = vg_text_trim(cell);
    if (vg_date_parse_iso(cell, &date)) {
        parts->form = DATE_DONE;
        parts->date = date;
        return;
    }
    cell = vg_text_trim(without_time(cell));
    if (cell.size > 5 && memchr(cell.data, '\xE5', cell.size) != NULL && take_chinese(cell, parts)) {
        return;
    }
    if (digits(cell.data, cell.size, &number)) {
        int year = cell.size == 8 ? number / 10000 : 0;
        if (cell.size == 8 && year >= 1800 && year < 2200) {
            done(parts, year, number / 100 % 100, number % 100);
        } else if (cell.size == 5) {
            parts->form = DATE_SERIAL;
            parts->date = number - 25569; /* Excel's day 25569 is 1970-01-01 */
        } else if (cell.size == 6 && number / 100 >= 1900 && number % 100 >= 1 && number % 100 <= 53) {
            parts->date = vg_date_from_epiweek(number / 100, number % 100, VG_WEEK_MMWR);
            parts->form = parts->date == VG_DATE_NONE ? DATE_NOT : DATE_DONE;
        }
        return;
    }
    /* 45000.5 is a serial with a time of day. */
    const char *point = memchr(cell.data, '.', cell.size);
    if (point == cell.data + 5 && digits(cell.data, 5, &number) && digits(point + 1, cell.size - 6 > 9 ? 9 : cell.size - 6, &(int){0})) {
        parts->form = DATE_SERIAL;
        parts->date = number - 25569;
        return;
    }
    take_three(cell, parts);
}

void date_column_see(struct date_column *column, struct vg_text cell)
{
    struct date_parts parts;
    date_take_apart(cell, &parts);
    switch (parts.form) {
    case DATE_NOT:
        column->n_bad++;
        return;
    case DATE_DONE:
        column->n_done++;
        return;
    case DATE_SERIAL:
        column->n_serial++;
        return;
    case DATE_TWO_DIGIT_YEAR:
        column->n_two_digit++;
        break;
    case DATE_OPEN:
        column->n_open++;
        break;
    }
    column->n_first_over_12 += parts.first > 12;
    column->n_second_over_12 += parts.second > 12;
    column->n_ambiguous += parts.first != parts.second && parts.first <= 12 && parts.second <= 12;
    if (column->example[0] == '\0' || (parts.first <= 12 && parts.second <= 12 && column->n_ambiguous == 1)) {
        size_t size = cell.size < sizeof column->example - 1 ? cell.size : sizeof column->example - 1;
        memcpy(column->example, cell.data, size);
        column->example[size] = '\0';
    }
}

int32_t date_column_read(const struct date_column *column, struct vg_text cell, int century)
{
    struct date_parts parts;
    date_take_apart(cell, &parts);
    switch (parts.form) {
    case DATE_NOT:
        return VG_DATE_NONE;
    case DATE_DONE:
        return parts.date;
    case DATE_SERIAL:
        return column->serial ? parts.date : VG_DATE_NONE;
    case DATE_TWO_DIGIT_YEAR:
        parts.year += century;
        break;
    case DATE_OPEN:
        break;
    }
    bool month_first = column->order == VG_DATE_ORDER_MDY;
    return vg_date_from_civil(parts.year, month_first ? parts.first : parts.second, month_first ? parts.second : parts.first);
}

/* ------------------------------------------------------------ tables without a profile */

void vg_dates_see(struct vg_dates *dates, struct vg_text cell)
{
    struct date_parts parts;
    date_take_apart(cell, &parts);
    if (parts.form != DATE_OPEN) {
        return;
    }
    dates->n_first_over_12 += parts.first > 12;
    dates->n_second_over_12 += parts.second > 12;
    if (parts.first != parts.second && parts.first <= 12 && parts.second <= 12 && dates->n_ambiguous++ == 0) {
        (void)snprintf(dates->example, sizeof dates->example, "%.*s", (int)(cell.size < 20 ? cell.size : 20), cell.data);
    }
}

vg_status vg_dates_decide(struct vg_dates *dates, enum vg_date_order wanted, const char *file, struct vg_error *error)
{
    dates->order = wanted != VG_DATE_ORDER_AUTO ? wanted : dates->n_second_over_12 > 0 ? VG_DATE_ORDER_MDY : VG_DATE_ORDER_DMY;
    if (wanted != VG_DATE_ORDER_AUTO) {
        return VG_OK;
    }
    if (dates->n_first_over_12 > 0 && dates->n_second_over_12 > 0) {
        return vg_fail(error, VG_NEEDS_CHOICE, "%s: %zu dates have the day first and %zu the month; say which with --date-order", file, dates->n_first_over_12, dates->n_second_over_12);
    }
    return dates->n_ambiguous == 0 || dates->n_first_over_12 + dates->n_second_over_12 > 0
               ? VG_OK
               : vg_fail(error, VG_NEEDS_CHOICE, "%s: dates such as %s can be read with the day or the month first; say which with --date-order dmy or --date-order mdy", file, dates->example);
}

int32_t vg_dates_read(const struct vg_dates *dates, struct vg_text cell)
{
    struct date_parts parts;
    date_take_apart(cell, &parts);
    if (parts.form != DATE_OPEN) {
        return parts.form == DATE_DONE || parts.form == DATE_SERIAL ? parts.date : VG_DATE_NONE;
    }
    const bool month_first = dates->order == VG_DATE_ORDER_MDY;
    return vg_date_from_civil(parts.year, month_first ? parts.first : parts.second, month_first ? parts.second : parts.first);
}
