/*
 * RPIK = HKDF-SHA256(TEK, no salt, "EN-RPIK", 16 bytes) on x86: six compressions a key. The salt's two states are constants, so the extract step is two compressions and the
 * expand step four (RFC 5869, RFC 2104). Two forms: SHA instructions, two keys interleaved to hide their latency; and AVX-512, sixteen keys in the sixteen lanes (FIPS 180-4).
 */
#include "trace/exposure/derive.h"

#ifdef DERIVE_X86

#include <immintrin.h>
#include <string.h>

static const uint32_t round_constants[64] __attribute__((aligned(64))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
    0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
    0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t initial_state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define INFO_FIRST 0x454e2d52u  /* "EN-R" */
#define INFO_SECOND 0x50494b01u /* "PIK", and HKDF's block number 1 */
#define END_BIT 0x80000000u
/* Lengths in bits of what has been hashed: a block and the rest. */
#define BITS_KEY ((64 + 16) * 8)
#define BITS_INFO ((64 + 8) * 8)
#define BITS_DIGEST ((64 + 32) * 8)

/* ------------------------------------------------------- SHA instructions */

#define SHA_NI __attribute__((target("sha,sse4.1,ssse3")))

/* The state in the order of the instructions: a b e f, c d g h. */
struct pair {
    __m128i abef, cdgh;
};

SHA_NI static inline struct pair pair_load(const uint32_t state[8])
{
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);        /* c d a b */
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B); /* e f g h */
    return (struct pair){_mm_alignr_epi8(low, high, 8), _mm_blend_epi16(high, low, 0xF0)};
}

/* Back to words: a b c d, e f g h. */
SHA_NI static inline void pair_words(struct pair state, __m128i words[2])
{
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xB1);
    words[0] = _mm_blend_epi16(feba, dchg, 0xF0);
    words[1] = _mm_alignr_epi8(dchg, feba, 8);
}

/* Four rounds of both keys, and the words of the schedule that follow sixteen later. */
#define FOUR_ROUNDS(t)                                                                                                                     \
    for (int k = 0; k < 2; k++) {                                                                                                          \
        __m128i sum = _mm_add_epi32(w[k][(t) % 4], _mm_load_si128((const __m128i *)(round_constants + 4 * (t))));                          \
        s[k].cdgh = _mm_sha256rnds2_epu32(s[k].cdgh, s[k].abef, sum);                                                                      \
        s[k].abef = _mm_sha256rnds2_epu32(s[k].abef, s[k].cdgh, _mm_shuffle_epi32(sum, 0x0E));                                             \
        if ((t) < 12) {                                                                                                                    \
            __m128i next = _mm_sha256msg1_epu32(w[k][(t) % 4], w[k][((t) + 1) % 4]);                                                       \
            next = _mm_add_epi32(next, _mm_alignr_epi8(w[k][((t) + 3) % 4], w[k][((t) + 2) % 4], 4));                                      \
            w[k][(t) % 4] = _mm_sha256msg2_epu32(next, w[k][((t) + 3) % 4]);                                                               \
        }                                                                                                                                  \
    }

SHA_NI static inline void compress_two(struct pair state[2], const __m128i message[2][4])
{
    __m128i w[2][4];
    struct pair s[2] = {state[0], state[1]};
    memcpy(w, message, sizeof w);
#pragma GCC unroll 16
    for (int t = 0; t < 16; t++) {
        FOUR_ROUNDS(t)
    }
    for (int k = 0; k < 2; k++) {
        state[k].abef = _mm_add_epi32(state[k].abef, s[k].abef);
        state[k].cdgh = _mm_add_epi32(state[k].cdgh, s[k].cdgh);
    }
}

/* state = compression of a digest as the last block of an HMAC, from the state given. */
SHA_NI static inline void compress_digests(struct pair state[2], const struct pair digests[2])
{
    __m128i message[2][4];
    for (int k = 0; k < 2; k++) {
        pair_words(digests[k], message[k]);
        message[k][2] = _mm_set_epi32(0, 0, 0, (int)END_BIT);
        message[k][3] = _mm_set_epi32(BITS_DIGEST, 0, 0, 0);
    }
    compress_two(state, message);
}

SHA_NI static inline void compress_pad(struct pair state[2], const struct pair keys[2], int byte)
{
    const __m128i pad = _mm_set1_epi8((char)byte);
    __m128i message[2][4];
    for (int k = 0; k < 2; k++) {
        pair_words(keys[k], message[k]);
        message[k][0] = _mm_xor_si128(message[k][0], pad);
        message[k][1] = _mm_xor_si128(message[k][1], pad);
        message[k][2] = message[k][3] = pad;
        state[k] = pair_load(initial_state);
    }
    compress_two(state, message);
}

SHA_NI static void two_keys(const uint8_t *first, const uint8_t *second, uint8_t *first_out, uint8_t *second_out)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    const uint8_t *keys[2] = {first, second};
    struct pair inner[2], prk[2], pads[2];
    __m128i message[2][4];
    for (int k = 0; k < 2; k++) {
        message[k][0] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)keys[k]), swap);
        message[k][1] = _mm_set_epi32(0, 0, 0, (int)END_BIT);
        message[k][2] = _mm_setzero_si128();
        message[k][3] = _mm_set_epi32(BITS_KEY, 0, 0, 0);
        inner[k] = pair_load(derive_salt_inner);
        prk[k] = pair_load(derive_salt_outer);
    }
    compress_two(inner, message);
    compress_digests(prk, inner);
    compress_pad(inner, prk, 0x36);
    for (int k = 0; k < 2; k++) {
        message[k][0] = _mm_set_epi32(0, (int)END_BIT, (int)INFO_SECOND, (int)INFO_FIRST);
        message[k][1] = message[k][2] = _mm_setzero_si128();
        message[k][3] = _mm_set_epi32(BITS_INFO, 0, 0, 0);
    }
    compress_two(inner, message);
    compress_pad(pads, prk, 0x5c);
    compress_digests(pads, inner);
    for (int k = 0; k < 2; k++) {
        __m128i words[2];
        pair_words(pads[k], words);
        _mm_storeu_si128((__m128i *)(k == 0 ? first_out : second_out), _mm_shuffle_epi8(words[0], swap));
    }
}

void derive_sha_ni(struct derive_state *state, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16])
{
    uint8_t unused[16];
    (void)state;
    for (size_t i = 0; i < n; i += 2) {
        bool both = i + 1 < n;
        two_keys(keys[i], keys[both ? i + 1 : i], identifier_keys[i], both ? identifier_keys[i + 1] : unused);
    }
}

/* ----------------------------------------------------- AVX-512, sixteen lanes */

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define ROTATE(x, n) _mm512_ror_epi32((x), (n))
#define XOR3(a, b, c) _mm512_ternarylogic_epi32((a), (b), (c), 0x96)
#define CHOOSE(a, b, c) _mm512_ternarylogic_epi32((a), (b), (c), 0xCA)
#define MAJORITY(a, b, c) _mm512_ternarylogic_epi32((a), (b), (c), 0xE8)

AVX512 static inline __m512i word(uint32_t value)
{
    return _mm512_set1_epi32((int)value);
}

/* state += the rounds over message, in each lane. */
AVX512 static inline void compress_lanes(__m512i state[8], const __m512i message[16])
{
    __m512i w[16], s[8];
    memcpy(w, message, sizeof w);
    memcpy(s, state, sizeof s);
#pragma GCC unroll 64
    for (int t = 0; t < 64; t++) {
        __m512i *a = &s[(64 - t) % 8], *b = &s[(65 - t) % 8], *c = &s[(66 - t) % 8], *d = &s[(67 - t) % 8];
        __m512i *e = &s[(68 - t) % 8], *f = &s[(69 - t) % 8], *g = &s[(70 - t) % 8], *h = &s[(71 - t) % 8];
        if (t >= 16) {
            __m512i early = w[(t + 1) % 16], late = w[(t + 14) % 16];
            __m512i small0 = XOR3(ROTATE(early, 7), ROTATE(early, 18), _mm512_srli_epi32(early, 3));
            __m512i small1 = XOR3(ROTATE(late, 17), ROTATE(late, 19), _mm512_srli_epi32(late, 10));
            w[t % 16] = _mm512_add_epi32(_mm512_add_epi32(w[t % 16], small0), _mm512_add_epi32(w[(t + 9) % 16], small1));
        }
        __m512i sum = _mm512_add_epi32(_mm512_add_epi32(*h, w[t % 16]), word(round_constants[t]));
        sum = _mm512_add_epi32(sum, _mm512_add_epi32(CHOOSE(*e, *f, *g), XOR3(ROTATE(*e, 6), ROTATE(*e, 11), ROTATE(*e, 25))));
        *d = _mm512_add_epi32(*d, sum);
        *h = _mm512_add_epi32(sum, _mm512_add_epi32(MAJORITY(*a, *b, *c), XOR3(ROTATE(*a, 2), ROTATE(*a, 13), ROTATE(*a, 22))));
    }
    for (int i = 0; i < 8; i++) {
        state[i] = _mm512_add_epi32(state[i], s[i]);
    }
}

AVX512 static __attribute__((noinline)) void compress_whole(__m512i state[8], const __m512i message[16])
{
    compress_lanes(state, message);
}

AVX512 static inline void lanes_start(__m512i state[8], const uint32_t from[8])
{
    for (int i = 0; i < 8; i++) {
        state[i] = word(from[i]);
    }
}

AVX512 static inline void lanes_end(__m512i message[16], int used, uint32_t bits)
{
    message[used] = word(END_BIT);
    for (int i = used + 1; i < 15; i++) {
        message[i] = _mm512_setzero_si512();
    }
    message[15] = word(bits);
}

AVX512 static inline void lanes_pad(__m512i state[8], const __m512i keys[8], uint32_t pad)
{
    __m512i message[16];
    for (int i = 0; i < 16; i++) {
        message[i] = i < 8 ? _mm512_xor_si512(keys[i], word(pad)) : word(pad);
    }
    lanes_start(state, initial_state);
    compress_whole(state, message);
}

AVX512 void derive_sha_avx512(struct derive_state *unused, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16])
{
    const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
    const __m512i lanes = _mm512_slli_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 2);
    __m512i message[16], inner[8], prk[8], outer[8];
    uint8_t room[DERIVE_GROUP][16] __attribute__((aligned(64)));
    (void)unused;
    memset(room, 0, sizeof room);
    memcpy(room, keys, n * sizeof *room);
    for (int i = 0; i < 4; i++) {
        message[i] = _mm512_shuffle_epi8(_mm512_i32gather_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(i)), room, 4), swap);
    }
    lanes_end(message, 4, BITS_KEY);
    lanes_start(inner, derive_salt_inner);
    compress_whole(inner, message);
    memcpy(message, inner, sizeof inner);
    lanes_end(message, 8, BITS_DIGEST);
    lanes_start(prk, derive_salt_outer);
    compress_whole(prk, message);
    lanes_pad(inner, prk, 0x36363636u);
    message[0] = word(INFO_FIRST);
    message[1] = word(INFO_SECOND);
    lanes_end(message, 2, BITS_INFO);
    compress_whole(inner, message);
    lanes_pad(outer, prk, 0x5c5c5c5cu);
    memcpy(message, inner, sizeof inner);
    lanes_end(message, 8, BITS_DIGEST);
    compress_whole(outer, message);
    for (int i = 0; i < 4; i++) {
        _mm512_i32scatter_epi32(room, _mm512_add_epi32(lanes, _mm512_set1_epi32(i)), _mm512_shuffle_epi8(outer[i], swap), 4);
    }
    memcpy(identifier_keys, room, n * sizeof *room);
}

#endif
