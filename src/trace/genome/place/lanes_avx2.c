/*
 * The search in AVX2: 256 lanes a vector. (512 lanes in AVX-512 were measured and are no faster: the table is twice as large, and fewer lanes share a neighbourhood.)
 */
#if defined(__x86_64__)
#include <immintrin.h>
#define VECTOR_BYTES 32
#define ANY(v) (_mm256_testz_si256((__m256i)(v), (__m256i)(v)) == 0)
#define TARGET __attribute__((target("avx2")))
#define KERNEL place_avx2
#define KERNEL_NAME "avx2"
#include "trace/genome/place/lanes.h"
#else
#include "trace/genome/place/internal.h"
const struct kernel place_avx2 = {"avx2", 0, 0, NULL};
#endif
