/*
 * Identifiers on x86: AES-128 (FIPS 197) of "EN-RPI", six zero bytes and the interval, by AES-NI one block or by VAES four blocks an instruction, many in flight at a time; the
 * key schedules of four keys together where there is VAES; and the filter, eight words a gather where there is AVX-512.
 */
#include "trace/exposure/derive.h"

#ifdef DERIVE_X86

#include <immintrin.h>
#include <string.h>

#define AES_NI __attribute__((target("aes,sse4.1,ssse3")))
#define VAES __attribute__((target("vaes,avx512f,avx512bw,avx512vl")))

static const uint8_t round_numbers[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
/* In each word: bytes 13, 14, 15, 12, which is the last word rotated. */
#define ROTATED_LAST 0x0c0f0e0d

static inline __attribute__((always_inline)) void template_block(uint8_t block[16])
{
    memset(block, 0, 16);
    memcpy(block, "EN-RPI", 6);
}

/* ----------------------------------------------------------------- AES-NI */

/* SubWord and RotWord of the last word in all four columns at once: with equal columns AESENCLAST's row shift moves nothing. */
AES_NI static inline __m128i next_round_key(__m128i key, uint8_t number)
{
    __m128i last = _mm_aesenclast_si128(_mm_shuffle_epi8(key, _mm_set1_epi32(ROTATED_LAST)), _mm_set1_epi32(number));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, last);
}

AES_NI static void schedules_ni(const uint8_t (*identifier_keys)[16], size_t n, struct derive_schedules schedules[DERIVE_GROUP / 4])
{
    for (size_t group = 0; group < n; group += 4) {
        __m128i keys[4]; /* four at a time: each waits for itself alone */
        for (size_t k = 0; k < 4; k++) {
            keys[k] = _mm_loadu_si128((const __m128i *)identifier_keys[group + k < n ? group + k : group]);
            _mm_store_si128((__m128i *)schedules[group / 4].rounds[0][k], keys[k]);
        }
        for (size_t round = 0; round < 10; round++) {
            for (size_t k = 0; k < 4; k++) {
                keys[k] = next_round_key(keys[k], round_numbers[round]);
                _mm_store_si128((__m128i *)schedules[group / 4].rounds[round + 1][k], keys[k]);
            }
        }
    }
}

AES_NI static void identifiers_ni(struct derive_state *state, const struct derive_schedules *schedules, size_t lane, uint32_t first, size_t n,
                                  uint8_t out[DERIVE_IDENTIFIER_BYTES])
{
    enum { FLIGHT = 12 };
    uint8_t plain[16];
    (void)state;
    template_block(plain);
    const __m128i start = _mm_loadu_si128((const __m128i *)plain);
    for (size_t at = 0; at < n; at += FLIGHT) {
        __m128i blocks[FLIGHT];
        __m128i key = _mm_load_si128((const __m128i *)schedules->rounds[0][lane]);
#pragma GCC unroll 12
        for (size_t i = 0; i < FLIGHT; i++) {
            blocks[i] = _mm_xor_si128(_mm_insert_epi32(start, (int)(first + (uint32_t)(at + i)), 3), key);
        }
        for (size_t round = 1; round < 10; round++) {
            key = _mm_load_si128((const __m128i *)schedules->rounds[round][lane]);
#pragma GCC unroll 12
            for (size_t i = 0; i < FLIGHT; i++) {
                blocks[i] = _mm_aesenc_si128(blocks[i], key);
            }
        }
        key = _mm_load_si128((const __m128i *)schedules->rounds[10][lane]);
#pragma GCC unroll 12
        for (size_t i = 0; i < FLIGHT; i++) {
            _mm_storeu_si128((__m128i *)(out + 16 * (at + i)), _mm_aesenclast_si128(blocks[i], key));
        }
    }
}

/* ------------------------------------------------------------------- VAES */

VAES static void schedules_wide(const uint8_t (*identifier_keys)[16], size_t n, struct derive_schedules schedules[DERIVE_GROUP / 4])
{
    uint8_t room[DERIVE_GROUP][16] __attribute__((aligned(64)));
    memcpy(room, identifier_keys, n * sizeof *room);
    memset(room[n], 0, (DERIVE_GROUP - n) * sizeof *room);
    __m512i keys[DERIVE_GROUP / 4];
    for (size_t group = 0; group < DERIVE_GROUP / 4; group++) {
        keys[group] = _mm512_load_si512(room[4 * group]);
        _mm512_store_si512(schedules[group].rounds[0], keys[group]);
    }
    for (size_t round = 0; round < 10; round++) {
        for (size_t group = 0; group < DERIVE_GROUP / 4; group++) {
            __m512i key = keys[group];
            __m512i last = _mm512_aesenclast_epi128(_mm512_shuffle_epi8(key, _mm512_set1_epi32(ROTATED_LAST)), _mm512_set1_epi32(round_numbers[round]));
            key = _mm512_xor_si512(key, _mm512_bslli_epi128(key, 4));
            key = _mm512_xor_si512(key, _mm512_bslli_epi128(key, 8));
            keys[group] = _mm512_xor_si512(key, last);
            _mm512_store_si512(schedules[group].rounds[round + 1], keys[group]);
        }
    }
}

VAES static void identifiers_wide(struct derive_state *state, const struct derive_schedules *schedules, size_t lane, uint32_t first, size_t n,
                                  uint8_t out[DERIVE_IDENTIFIER_BYTES])
{
    enum { FLIGHT = 12, BLOCKS = 4 * FLIGHT };
    uint8_t plain[16];
    (void)state;
    template_block(plain);
    __m512i counters = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)plain));
    counters = _mm512_add_epi32(counters, _mm512_set_epi32((int)(first + 3), 0, 0, 0, (int)(first + 2), 0, 0, 0, (int)(first + 1), 0, 0, 0, (int)first, 0, 0, 0));
    const __m512i four = _mm512_set_epi32(4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0);
    for (size_t at = 0; at < n; at += BLOCKS) {
        __m512i blocks[FLIGHT];
        __m512i key = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)schedules->rounds[0][lane]));
#pragma GCC unroll 12
        for (size_t i = 0; i < FLIGHT; i++) {
            blocks[i] = _mm512_xor_si512(counters, key);
            counters = _mm512_add_epi32(counters, four);
        }
#pragma GCC unroll 9
        for (size_t round = 1; round < 10; round++) {
            key = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)schedules->rounds[round][lane]));
#pragma GCC unroll 12
            for (size_t i = 0; i < FLIGHT; i++) {
                blocks[i] = _mm512_aesenc_epi128(blocks[i], key);
            }
        }
        key = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)schedules->rounds[10][lane]));
#pragma GCC unroll 12
        for (size_t i = 0; i < FLIGHT; i++) {
            _mm512_storeu_si512(out + 16 * at + 64 * i, _mm512_aesenclast_epi128(blocks[i], key));
        }
    }
}

/* Eight at a time; a mask byte for each eight, so that nothing branches until all are known. */
VAES static size_t pass_wide(const struct derive_filter *filter, const uint8_t *identifiers, size_t n, uint8_t positions[VG_EXPOSURE_PERIOD_MAX])
{
    const __m512i firsts = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i mask = _mm512_set1_epi64((long long)filter->mask);
    const __m512i low = _mm512_set1_epi64(63);
    const __m512i one = _mm512_set1_epi64(1);
    uint8_t passed[VG_EXPOSURE_PERIOD_MAX / 8 + 6] __attribute__((aligned(8))) = {0};
    uint64_t bits[3];
    for (size_t i = 0; i < n; i += 8) {
        __m512i a = _mm512_permutex2var_epi64(_mm512_loadu_si512(identifiers + 16 * i), firsts, _mm512_loadu_si512(identifiers + 16 * i + 64));
        __m512i words = _mm512_i64gather_epi64(_mm512_and_si512(_mm512_srli_epi64(a, 12), mask), filter->words, 8);
        __m512i both = _mm512_or_si512(_mm512_sllv_epi64(one, _mm512_and_si512(a, low)), _mm512_sllv_epi64(one, _mm512_and_si512(_mm512_srli_epi64(a, 6), low)));
        passed[i / 8] = _mm512_testn_epi64_mask(_mm512_andnot_si512(words, both), _mm512_set1_epi64(-1));
    }
    memcpy(bits, passed, sizeof bits);
    size_t found = 0;
    for (size_t part = 0; part < 3; part++) {
        for (uint64_t rest = bits[part]; rest != 0; rest &= rest - 1) {
            size_t position = 64 * part + (size_t)__builtin_ctzll(rest);
            positions[found] = (uint8_t)position;
            found += position < n;
        }
    }
    return found;
}

const struct derive_kernel derive_kernel_x86 = {"AES-NI and SHA instructions", derive_sha_ni, schedules_ni, identifiers_ni, derive_pass_portable};
const struct derive_kernel derive_kernel_x86_wide = {"VAES and AVX-512", derive_sha_avx512, schedules_wide, identifiers_wide, pass_wide};

#endif
