/*
 * The search in AVX-512: 512 lanes a vector.
 */
#if defined(__x86_64__)
#include <immintrin.h>
#define VECTOR_BYTES 64
#define ANY(v) (_mm512_test_epi64_mask((__m512i)(v), (__m512i)(v)) != 0)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define KERNEL place_avx512
#define KERNEL_NAME "avx512"
#include "trace/genome/place/lanes.h"
#else
#include "trace/genome/place/internal.h"
const struct kernel place_avx512 = {"avx512", 0, 0, NULL};
#endif
