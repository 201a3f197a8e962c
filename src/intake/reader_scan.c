/*
 * The two passes over every byte: finding the marks of a delimited text (delimiter, quote, CR, LF) and checking UTF-8.
 * Each has a plain reference and SSE2/AVX2 kernels, chosen once when a file is opened. Marks: compare 64 bytes with the
 * four characters, turn the bits into offsets eight at a time (the idea of Langdale and Lemire, "Parsing Gigabytes of JSON
 * per Second", 2019). UTF-8: the three table look-ups of Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction
 * Per Byte", 2021.
 */
#include "intake/reader.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VG_SCAN_X86 1
#endif

size_t vg_utf8_sequence(const unsigned char *data, size_t size)
{
    unsigned char first = data[0];
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size < length || (data[1] & 0xC0) != 0x80) {
        return 0;
    }
    /* The second byte alone tells overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((first == 0xE0 && data[1] < 0xA0) || (first == 0xED && data[1] > 0x9F) || (first == 0xF0 && data[1] < 0x90) ||
        (first == 0xF4 && data[1] > 0x8F)) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((data[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

static bool valid_scalar(const char *text, size_t size)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t i = 0;
    while (i < size) {
        uint64_t word;
        if (size - i >= sizeof word) {
            memcpy(&word, data + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
                continue;
            }
        }
        size_t length = vg_utf8_sequence(data + i, size - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static size_t marks_scalar(const char *text, size_t size, char delimiter, uint32_t *marks)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == delimiter || c == '"' || c == '\n' || c == '\r') {
            marks[count++] = (uint32_t)i;
        }
    }
    return count;
}

static const struct vg_scan_kernels scalar_kernels = {"scalar", marks_scalar, valid_scalar};

#ifdef VG_SCAN_X86

/* Appends base + position of every set bit. Writes eight at a time, beyond the count, hence the spare room in marks. */
static inline __attribute__((always_inline)) uint32_t *append_bits(uint32_t *out, uint64_t bits, uint32_t base)
{
    unsigned count = (unsigned)__builtin_popcountll(bits);
    uint32_t *end = out + count;
    while (out < end) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            out[i] = base + (uint32_t)__builtin_ctzll(bits | (UINT64_C(1) << 63));
            bits &= bits - 1;
        }
        out += 8;
    }
    return end;
}

static inline __attribute__((always_inline)) uint64_t bits_sse2(const char *text, __m128i delimiter)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i line_feed = _mm_set1_epi8('\n');
    const __m128i carriage_return = _mm_set1_epi8('\r');
    uint64_t bits = 0;
    for (int part = 0; part < 4; part++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * part));
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, delimiter), _mm_cmpeq_epi8(x, quote)),
                                   _mm_or_si128(_mm_cmpeq_epi8(x, line_feed), _mm_cmpeq_epi8(x, carriage_return)));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * part);
    }
    return bits;
}

/* The last bytes are looked at in a copy, so that nothing beyond the text is read. */
static inline __attribute__((always_inline)) void copy_tail(char tail[64], const char *text, size_t size)
{
    memset(tail, 0, 64);
    memcpy(tail, text, size);
}

static inline uint64_t tail_bits(uint64_t bits, size_t size)
{
    return size >= 64 ? bits : bits & ((UINT64_C(1) << size) - 1);
}

static size_t marks_sse2(const char *text, size_t size, char delimiter, uint32_t *marks)
{
    const __m128i wanted = _mm_set1_epi8(delimiter);
    uint32_t *out = marks;
    size_t i = 0;
    for (; i + 64 <= size; i += 64) {
        out = append_bits(out, bits_sse2(text + i, wanted), (uint32_t)i);
    }
    if (i < size) {
        char tail[64];
        copy_tail(tail, text + i, size - i);
        out = append_bits(out, tail_bits(bits_sse2(tail, wanted), size - i), (uint32_t)i);
    }
    return (size_t)(out - marks);
}

static bool valid_sse2(const char *text, size_t size)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t i = 0;
    while (i < size) {
        if (size - i >= 32) {
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
            __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(text + i + 16));
            if (_mm_movemask_epi8(_mm_or_si128(a, b)) == 0) {
                i += 32;
                continue;
            }
        }
        /* Only as far as the block in which something else than ASCII was seen. */
        size_t stop = size - i < 32 ? size : i + 32;
        while (i < stop) {
            size_t length = vg_utf8_sequence(data + i, size - i);
            if (length == 0) {
                return false;
            }
            i += length;
        }
    }
    return true;
}

static const struct vg_scan_kernels sse2_kernels = {"sse2", marks_sse2, valid_sse2};

#define AVX2_TARGET __attribute__((target("avx2,bmi,popcnt")))

AVX2_TARGET static inline uint32_t half_avx2(const char *text, __m256i delimiter)
{
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)text);
    __m256i hit = _mm256_or_si256(
        _mm256_or_si256(_mm256_cmpeq_epi8(x, delimiter), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('"'))),
        _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('\n')), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\r'))));
    return (uint32_t)_mm256_movemask_epi8(hit);
}

AVX2_TARGET static size_t marks_avx2(const char *text, size_t size, char delimiter, uint32_t *marks)
{
    const __m256i wanted = _mm256_set1_epi8(delimiter);
    uint32_t *out = marks;
    size_t i = 0;
    for (; i + 64 <= size; i += 64) {
        uint64_t bits = half_avx2(text + i, wanted) | (uint64_t)half_avx2(text + i + 32, wanted) << 32;
        out = append_bits(out, bits, (uint32_t)i);
    }
    if (i < size) {
        char tail[64];
        copy_tail(tail, text + i, size - i);
        uint64_t bits = half_avx2(tail, wanted) | (uint64_t)half_avx2(tail + 32, wanted) << 32;
        out = append_bits(out, tail_bits(bits, size - i), (uint32_t)i);
    }
    return (size_t)(out - marks);
}

/* What can be wrong with a pair of neighbouring bytes; a bit that survives all three tables is an error. */
enum {
    TOO_SHORT = 1 << 0, /* a lead byte that no continuation follows */
    TOO_LONG = 1 << 1,  /* ASCII followed by a continuation */
    OVERLONG_3 = 1 << 2,
    TOO_LARGE = 1 << 3,
    SURROGATE = 1 << 4,
    OVERLONG_2 = 1 << 5,
    TOO_LARGE_1000 = 1 << 6, /* F5 and above; shares its bit with the overlong form of four bytes */
    OVERLONG_4 = 1 << 6,
    TWO_CONTINUATIONS = 1 << 7,
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define B(x) ((char)(x))

AVX2_TARGET static inline __m256i pair_errors(__m256i input, __m256i previous1)
{
    const __m256i first_high =
        TWICE(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, B(TWO_CONTINUATIONS),
              B(TWO_CONTINUATIONS), B(TWO_CONTINUATIONS), B(TWO_CONTINUATIONS), TOO_SHORT | OVERLONG_2, TOO_SHORT,
              TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    const __m256i first_low = TWICE(B(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), B(CARRY | OVERLONG_2), B(CARRY), B(CARRY),
                                    B(CARRY | TOO_LARGE), B(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                    B(CARRY | TOO_LARGE | TOO_LARGE_1000), B(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                    B(CARRY | TOO_LARGE | TOO_LARGE_1000), B(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                    B(CARRY | TOO_LARGE | TOO_LARGE_1000), B(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                    B(CARRY | TOO_LARGE | TOO_LARGE_1000), B(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE),
                                    B(CARRY | TOO_LARGE | TOO_LARGE_1000), B(CARRY | TOO_LARGE | TOO_LARGE_1000));
    const __m256i second_high =
        TWICE(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    __m256i high1 = _mm256_and_si256(_mm256_srli_epi16(previous1, 4), nibble);
    __m256i high2 = _mm256_and_si256(_mm256_srli_epi16(input, 4), nibble);
    __m256i a = _mm256_shuffle_epi8(first_high, high1);
    __m256i b = _mm256_shuffle_epi8(first_low, _mm256_and_si256(previous1, nibble));
    __m256i c = _mm256_shuffle_epi8(second_high, high2);
    return _mm256_and_si256(_mm256_and_si256(a, b), c);
}

AVX2_TARGET static inline __m256i block_errors(__m256i input, __m256i previous)
{
    __m256i across = _mm256_permute2x128_si256(previous, input, 0x21); /* high half of previous, low half of input */
    __m256i previous1 = _mm256_alignr_epi8(input, across, 15);
    __m256i previous2 = _mm256_alignr_epi8(input, across, 14);
    __m256i previous3 = _mm256_alignr_epi8(input, across, 13);
    /* Third and fourth bytes must be continuations: bit 7 is set exactly where two or three bytes before stands such a lead. */
    __m256i third = _mm256_subs_epu8(previous2, _mm256_set1_epi8(B(0xE0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(previous3, _mm256_set1_epi8(B(0xF0 - 0x80)));
    __m256i must_continue = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(B(0x80)));
    return _mm256_xor_si256(must_continue, pair_errors(input, previous1));
}

AVX2_TARGET static bool valid_avx2(const char *text, size_t size)
{
    __m256i previous = _mm256_setzero_si256();
    __m256i errors = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 64 <= size; i += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text + i + 32));
        if (_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(a, b), previous)) == 0) {
            continue;
        }
        errors = _mm256_or_si256(errors, _mm256_or_si256(block_errors(a, previous), block_errors(b, a)));
        previous = b;
        if (!_mm256_testz_si256(errors, errors)) {
            return false;
        }
    }
    /* The rest, from the start of the sequence that may reach into it. */
    size_t back = 0;
    while (back < 3 && back < i && ((unsigned char)text[i - 1 - back] & 0xC0) == 0x80) {
        back++;
    }
    if (back < i && (unsigned char)text[i - 1 - back] >= 0xC0) {
        i -= back + 1;
    }
    return valid_scalar(text + i, size - i);
}

static const struct vg_scan_kernels avx2_kernels = {"avx2", marks_avx2, valid_avx2};

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

const struct vg_scan_kernels *vg_scan_best(void)
{
    return has_avx2() ? &avx2_kernels : &sse2_kernels;
}

const struct vg_scan_kernels *vg_scan_named(const char *name)
{
    if (strcmp(name, "avx2") == 0) {
        return has_avx2() ? &avx2_kernels : NULL;
    }
    if (strcmp(name, "sse2") == 0) {
        return &sse2_kernels;
    }
    return strcmp(name, "scalar") == 0 ? &scalar_kernels : NULL;
}

#else

const struct vg_scan_kernels *vg_scan_best(void)
{
    return &scalar_kernels;
}

const struct vg_scan_kernels *vg_scan_named(const char *name)
{
    return strcmp(name, "scalar") == 0 ? &scalar_kernels : NULL;
}

#endif
