/*
 * Numbers to and from text, never by the locale. Doubles print as the shortest decimal that reads back to the same bits.
 */
#include "core/core.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct vg_text trim_ascii(struct vg_text text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t' || text.data[text.size - 1] == '\r')) {
        text.size--;
    }
    return text;
}

bool vg_parse_integer(struct vg_text text, int64_t *value)
{
    text = trim_ascii(text);
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t i = negative || (text.size > 0 && text.data[0] == '+') ? 1 : 0;
    if (i == text.size) {
        return false;
    }
    uint64_t magnitude = 0;
    const uint64_t bound = (uint64_t)INT64_MAX + (negative ? 1U : 0U);
    for (; i < text.size; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9 || magnitude > (bound - digit) / 10) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    *value = negative ? (int64_t)(0U - magnitude) : (int64_t)magnitude;
    return true;
}

/* Exact for up to 15 digits and |exponent| <= 22: both factors are then exact doubles (Clinger 1990). */
static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

struct decimal {
    uint64_t digits;
    int n_digits;
    int exponent;
    bool negative;
};

static bool scan_exponent(struct vg_text text, size_t i, int *exponent)
{
    bool negative = i < text.size && text.data[i] == '-';
    if (i < text.size && (text.data[i] == '-' || text.data[i] == '+')) {
        i++;
    }
    if (i == text.size) {
        return false;
    }
    int value = 0;
    for (; i < text.size; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9) {
            return false;
        }
        if (value < 10000) {
            value = value * 10 + (int)digit;
        }
    }
    *exponent += negative ? -value : value;
    return true;
}

/* Checks the form [+-]digits[mark digits][e[+-]digits] and collects it. */
static bool scan_decimal(struct vg_text text, char mark, struct decimal *out)
{
    size_t i = 0;
    *out = (struct decimal){.negative = text.data[0] == '-'};
    if (text.data[0] == '-' || text.data[0] == '+') {
        i = 1;
    }
    bool seen_mark = false;
    bool any = false;
    for (; i < text.size; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit <= 9) {
            any = true;
            if (out->n_digits < 19) {
                out->digits = out->digits * 10 + digit;
                out->n_digits += out->digits != 0;
                out->exponent -= seen_mark;
            } else {
                out->n_digits++;
                out->exponent += !seen_mark;
            }
        } else if (text.data[i] == mark && !seen_mark) {
            seen_mark = true;
        } else if ((text.data[i] == 'e' || text.data[i] == 'E') && any) {
            return scan_exponent(text, i + 1, &out->exponent);
        } else {
            return false;
        }
    }
    return any;
}

/* The C library's exact conversion in the "C" locale, whatever the process's locale is. */
static bool convert_slow(struct vg_text text, char mark, double *value)
{
    char copy[512];
    if (text.size >= sizeof copy) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        copy[i] = text.data[i] == mark ? '.' : text.data[i];
    }
    copy[text.size] = '\0';
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) {
        return false;
    }
    char *end = NULL;
    *value = strtod_l(copy, &end, c_locale);
    freelocale(c_locale);
    return end == copy + text.size && isfinite(*value);
}

bool vg_parse_double(struct vg_text text, char decimal_mark, double *value)
{
    text = trim_ascii(text);
    struct decimal decimal;
    if (text.size == 0 || !scan_decimal(text, decimal_mark, &decimal)) {
        return false;
    }
    if (decimal.n_digits <= 15 && decimal.exponent >= -22 && decimal.exponent <= 22) {
        double magnitude = (double)decimal.digits;
        magnitude = decimal.exponent < 0 ? magnitude / powers_of_ten[-decimal.exponent] : magnitude * powers_of_ten[decimal.exponent];
        *value = decimal.negative ? -magnitude : magnitude;
        return true;
    }
    return convert_slow(text, decimal_mark, value);
}

/* printf uses the process's decimal mark; ours is always a point. */
static size_t print_digits(double value, int digits, char out[32])
{
    int length = snprintf(out, 32, "%.*g", digits, value);
    for (int i = 0; i < length; i++) {
        if (out[i] == ',') {
            out[i] = '.';
        }
    }
    return (size_t)length;
}

size_t vg_print_double(double value, char out[32])
{
    if (isnan(value)) {
        return 0;
    }
    if (isinf(value)) {
        memcpy(out, value > 0 ? "Infinity" : "-Infinity", value > 0 ? 8 : 9);
        return value > 0 ? 8 : 9;
    }
    if (value == floor(value) && fabs(value) < 1e15) {
        return (size_t)snprintf(out, 32, "%lld", (long long)value);
    }
    for (int digits = 6; digits < 17; digits += digits < 15 ? 3 : 1) {
        size_t length = print_digits(value, digits, out);
        double back = 0;
        if (vg_parse_double((struct vg_text){out, length}, '.', &back) && back == value) {
            /* Fewer digits may do: go down from the first that reads back. */
            while (digits > 1) {
                char shorter[32];
                size_t shorter_length = print_digits(value, digits - 1, shorter);
                if (!vg_parse_double((struct vg_text){shorter, shorter_length}, '.', &back) || back != value) {
                    break;
                }
                memcpy(out, shorter, shorter_length);
                length = shorter_length;
                digits--;
            }
            return length;
        }
    }
    return print_digits(value, 17, out);
}
