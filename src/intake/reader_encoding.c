/*
 * Which encoding a text is in, and its conversion to UTF-8. Deciding: byte-order mark, then the zero bytes that UTF-16 has at
 * every second place, then validity as UTF-8. A text that is UTF-8 but for a few lines (files of two offices put one after the
 * other) is read line by line: a line that is not UTF-8 and holds no valid sequence either is CP1252, the others get U+FFFD.
 */
#include "intake/reader.h"

#include <string.h>

#define JUDGE_ZERO_BYTES ((size_t)64 << 10)
#define REPLACEMENT "\xEF\xBF\xBD"

/* CP1252 0x80 .. 0x9F; 0 where it defines nothing. 0xA0 and above are Latin-1. */
static const uint16_t cp1252_high[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
};

/* zero_at: where in each pair of bytes ASCII has its zero (1: little-endian). */
static bool is_zero_pattern(const char *data, size_t size, size_t zero_at)
{
    size_t head = size < JUDGE_ZERO_BYTES ? size : JUDGE_ZERO_BYTES;
    size_t pairs = head / 2;
    size_t wanted = 0;
    size_t other = 0;
    size_t line_ends = 0;
    for (size_t i = 0; i + 1 < head; i += 2) {
        char character = data[i + 1 - zero_at];
        wanted += data[i + zero_at] == 0;
        other += character == 0;
        line_ends += data[i + zero_at] == 0 && (character == '\n' || character == '\r');
    }
    if (wanted < 2 || other * 8 >= wanted) {
        return false;
    }
    /* A Chinese text has little ASCII, but its line ends are; a stray zero in an ASCII text stands beside none. */
    return wanted * 3 >= pairs || (wanted * 10 >= pairs && line_ends > 0);
}

static size_t ascii_run(const unsigned char *data, size_t size)
{
    size_t i = 0;
    uint64_t word;
    while (size - i >= sizeof word) {
        memcpy(&word, data + i, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
        i += sizeof word;
    }
    while (i < size && data[i] < 0x80) {
        i++;
    }
    return i;
}

struct census {
    uint64_t sequences, bad_bytes;
};

static struct census count_utf8(const char *text, size_t size, bool complete)
{
    const unsigned char *data = (const unsigned char *)text;
    struct census census = {0, 0};
    size_t i = 0;
    while ((i += ascii_run(data + i, size - i)) < size) {
        size_t length = vg_utf8_sequence(data + i, size - i);
        if (length == 0 && !complete && size - i < 4) {
            break;
        }
        census.sequences += length > 0;
        census.bad_bytes += length == 0;
        i += length == 0 ? 1 : length;
    }
    return census;
}

/* Bytes at the end that may be the start of a sequence whose rest was not read yet. */
static size_t unfinished_bytes(const char *text, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char c = (unsigned char)text[size - back];
        if (c >= 0xC0) {
            size_t needed = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            return needed > back ? back : 0;
        }
        if (c < 0x80) {
            return 0;
        }
    }
    return 0;
}

static enum vg_intake_encoding judge_utf8(const char *data, size_t size, bool complete, bool *valid)
{
    size_t unfinished = complete ? 0 : unfinished_bytes(data, size);
    *valid = vg_scan_best()->valid_utf8(data, size - unfinished);
    if (*valid) {
        return VG_ENCODING_UTF8;
    }
    struct census census = count_utf8(data, size, complete);
    /* Letters of CP1252 rarely happen to form a valid sequence; damaged or mixed UTF-8 has many. */
    return census.sequences * 20 >= census.bad_bytes && census.sequences > 0 ? VG_ENCODING_UTF8 : VG_ENCODING_CP1252;
}

struct vg_encoding_guess vg_encoding_judge(const char *data, size_t size, bool complete, enum vg_intake_encoding wanted)
{
    struct vg_encoding_guess guess = {wanted, 0, false};
    bool mark_utf8 = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0;
    /* The two bytes alone prove nothing: "ÿþ" before UTF-8 text has been seen. A UTF-16 text has zeros. */
    bool mark_le = size >= 2 && memcmp(data, "\xFF\xFE", 2) == 0 &&
                   (size == 2 || is_zero_pattern(data + 2, size - 2, 1) || wanted == VG_ENCODING_UTF16_LE);
    bool mark_be = size >= 2 && memcmp(data, "\xFE\xFF", 2) == 0 &&
                   (size == 2 || is_zero_pattern(data + 2, size - 2, 0) || wanted == VG_ENCODING_UTF16_BE);
    if (wanted == VG_ENCODING_AUTO) {
        if (mark_utf8) {
            guess.encoding = VG_ENCODING_UTF8;
        } else if (mark_le || is_zero_pattern(data, size, 1)) {
            guess.encoding = VG_ENCODING_UTF16_LE;
        } else if (mark_be || is_zero_pattern(data, size, 0)) {
            guess.encoding = VG_ENCODING_UTF16_BE;
        } else {
            guess.encoding = judge_utf8(data, size, complete, &guess.valid);
        }
    }
    if (guess.encoding == VG_ENCODING_UTF8) {
        guess.mark_bytes = mark_utf8 ? 3 : 0;
        if (mark_utf8 || wanted != VG_ENCODING_AUTO) {
            size_t unfinished = complete ? 0 : unfinished_bytes(data, size);
            guess.valid = vg_scan_best()->valid_utf8(data, size - unfinished);
        }
    } else if ((guess.encoding == VG_ENCODING_UTF16_LE && mark_le) || (guess.encoding == VG_ENCODING_UTF16_BE && mark_be)) {
        guess.mark_bytes = 2;
    }
    return guess;
}

static size_t put_codepoint(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Room for the worst case (three bytes for one) is reserved once, then written without checks. */
static size_t convert_cp1252(struct vg_transcoder *transcoder, const char *text, size_t size, struct vg_buffer *out,
                             bool count_all)
{
    size_t room = 0;
    if (!vg_multiply_size(size, 3, &room) || !vg_buffer_reserve(out, room)) {
        out->failed = true;
        return 0;
    }
    const unsigned char *data = (const unsigned char *)text;
    char *to = out->data + out->size;
    size_t i = 0;
    while (i < size) {
        size_t run = ascii_run(data + i, size - i);
        memcpy(to, data + i, run);
        to += run;
        i += run;
        for (; i < size && data[i] >= 0x80; i++) {
            uint32_t c = data[i] < 0xA0 ? cp1252_high[data[i] - 0x80] : data[i];
            transcoder->bad_bytes += c == 0 || count_all;
            to += put_codepoint(c == 0 ? 0xFFFD : c, to);
        }
    }
    out->size = (size_t)(to - out->data);
    return size;
}

static size_t convert_utf16(struct vg_transcoder *transcoder, const char *text, size_t size, bool last, struct vg_buffer *out)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t low = transcoder->encoding == VG_ENCODING_UTF16_LE ? 0 : 1;
    size_t room = 0;
    if (!vg_multiply_size(size / 2 + 1, 3, &room) || !vg_buffer_reserve(out, room)) {
        out->failed = true;
        return 0;
    }
    char *to = out->data + out->size;
    size_t i = 0;
    for (; i + 1 < size; i += 2) {
        uint32_t c = (uint32_t)(data[i + low] | data[i + 1 - low] << 8);
        if (c >= 0xD800 && c <= 0xDFFF) {
            if (c < 0xDC00 && i + 3 >= size && !last) {
                break; /* its other half has not been read yet */
            }
            uint32_t next = i + 3 < size ? (uint32_t)(data[i + 2 + low] | data[i + 3 - low] << 8) : 0;
            if (c < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
                c = 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00);
                i += 2;
            } else {
                c = 0xFFFD;
                transcoder->bad_bytes += 2;
            }
        }
        to += put_codepoint(c, to);
    }
    if (last && i < size) { /* an odd byte at the end */
        transcoder->bad_bytes++;
        to += put_codepoint(0xFFFD, to);
        i = size;
    }
    out->size = (size_t)(to - out->data);
    return i;
}

static void replace_bad_bytes(struct vg_transcoder *transcoder, const char *text, size_t size, struct vg_buffer *out)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t from = 0;
    size_t i = 0;
    while (i < size) {
        size_t length = vg_utf8_sequence(data + i, size - i);
        if (length == 0) {
            vg_buffer_append(out, text + from, i - from);
            vg_buffer_append(out, REPLACEMENT, 3);
            transcoder->bad_bytes++;
            from = i + 1;
        }
        i += length == 0 ? 1 : length;
    }
    vg_buffer_append(out, text + from, size - from);
}

static void repair_line(struct vg_transcoder *transcoder, const char *line, size_t size, struct vg_buffer *out)
{
    struct census census = count_utf8(line, size, true);
    if (census.bad_bytes > 0 && census.sequences == 0 && !transcoder->wanted) {
        (void)convert_cp1252(transcoder, line, size, out, true);
    } else {
        replace_bad_bytes(transcoder, line, size, out);
    }
}

#define LONG_LINE_BYTES ((size_t)64 << 10)

static size_t convert_utf8(struct vg_transcoder *transcoder, const char *text, size_t size, bool last, struct vg_buffer *out)
{
    size_t usable = last ? size : size - unfinished_bytes(text, size);
    if (vg_scan_best()->valid_utf8(text, usable)) {
        transcoder->seen_multibyte = transcoder->seen_multibyte || ascii_run((const unsigned char *)text, usable) < usable;
        vg_buffer_append(out, text, usable);
        return usable;
    }
    size_t i = 0;
    while (i < size) {
        const char *end = memchr(text + i, '\n', size - i);
        size_t length = end != NULL ? (size_t)(end - text) + 1 - i : size - i;
        if (end == NULL && !last) {
            if (length < LONG_LINE_BYTES) {
                break; /* a line is judged whole, unless it is very long */
            }
            length -= unfinished_bytes(text + i, length);
        }
        struct census census = count_utf8(text + i, length, true);
        if (census.bad_bytes > 0 && census.sequences == 0 && !transcoder->seen_multibyte && !transcoder->wanted) {
            /* Nothing so far spoke for UTF-8: the text was ASCII and goes on in CP1252. */
            transcoder->encoding = VG_ENCODING_CP1252;
            return i + convert_cp1252(transcoder, text + i, size - i, out, false);
        }
        transcoder->seen_multibyte = transcoder->seen_multibyte || census.sequences > 0;
        repair_line(transcoder, text + i, length, out);
        i += length;
    }
    return i;
}

size_t vg_transcode(struct vg_transcoder *transcoder, const char *data, size_t size, bool last, struct vg_buffer *out)
{
    switch (transcoder->encoding) {
    case VG_ENCODING_UTF16_LE:
    case VG_ENCODING_UTF16_BE:
        return convert_utf16(transcoder, data, size, last, out);
    case VG_ENCODING_CP1252:
        return convert_cp1252(transcoder, data, size, out, false);
    case VG_ENCODING_UTF8:
    case VG_ENCODING_AUTO:
        break;
    }
    return convert_utf8(transcoder, data, size, last, out);
}
