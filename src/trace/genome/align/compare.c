/*
 * Letters side by side: where two stretches differ, and which letters are certain. 32 letters at a time where the processor has AVX2, 8 otherwise.
 */
#include "trace/genome/align/internal.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define COMPARE_X86 1
#endif

static inline bool is_certain(char letter)
{
    return letter == 'A' || letter == 'C' || letter == 'G' || letter == 'T';
}

static uint32_t compare_from(const char *a, const char *b, uint32_t begin, uint32_t length, uint32_t *places, uint32_t count)
{
    for (uint32_t i = begin; i < length;) {
        uint64_t x, y;
        if (length - i >= 8) {
            memcpy(&x, a + i, 8);
            memcpy(&y, b + i, 8);
            if (x == y) {
                i += 8;
                continue;
            }
        }
        uint32_t stop = length - i >= 8 ? i + 8 : length;
        for (; i < stop; i++) {
            places[count] = i;
            count += a[i] != b[i];
        }
    }
    return count;
}

static uint32_t compare_portable(const char *a, const char *b, uint32_t length, uint32_t *places)
{
    return compare_from(a, b, 0, length, places, 0);
}

static void certain_from(const char *letters, uint32_t begin, uint32_t length, uint64_t *bits)
{
    for (uint32_t i = begin; i < length; i++) {
        bits[i >> 6] |= (uint64_t)is_certain(letters[i]) << (i & 63);
    }
}

static void certain_portable(const char *letters, uint32_t length, uint64_t *bits)
{
    memset(bits, 0, ((size_t)length / 64 + 2) * sizeof *bits);
    certain_from(letters, 0, length, bits);
}

#ifdef COMPARE_X86
#define AVX2_TARGET __attribute__((target("avx2,bmi")))

AVX2_TARGET static uint32_t compare_avx2(const char *a, const char *b, uint32_t length, uint32_t *places)
{
    uint32_t count = 0, i = 0;
    for (; i + 32 <= length; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i_u *)(const void *)(a + i)), y = _mm256_loadu_si256((const __m256i_u *)(const void *)(b + i));
        uint32_t differ = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, y));
        while (differ != 0) {
            places[count++] = i + (uint32_t)__builtin_ctz(differ);
            differ &= differ - 1;
        }
    }
    return compare_from(a, b, i, length, places, count);
}

AVX2_TARGET static inline uint32_t certain_32(const char *letters)
{
    __m256i x = _mm256_loadu_si256((const __m256i_u *)(const void *)letters);
    __m256i ac = _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('A')), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('C')));
    __m256i gt = _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('G')), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('T')));
    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(ac, gt));
}

AVX2_TARGET static void certain_avx2(const char *letters, uint32_t length, uint64_t *bits)
{
    uint32_t i = 0;
    for (; i + 64 <= length; i += 64) {
        bits[i >> 6] = certain_32(letters + i) | (uint64_t)certain_32(letters + i + 32) << 32;
    }
    bits[i >> 6] = 0;
    bits[(length >> 6) + 1] = 0;
    certain_from(letters, i, length, bits);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

align_compare *align_compare_best(bool wide)
{
    return wide && has_avx2() ? compare_avx2 : compare_portable;
}

align_certain *align_certain_best(bool wide)
{
    return wide && has_avx2() ? certain_avx2 : certain_portable;
}
#else
align_compare *align_compare_best(bool wide)
{
    (void)wide;
    return compare_portable;
}

align_certain *align_certain_best(bool wide)
{
    (void)wide;
    return certain_portable;
}
#endif
