/* Whole numbers within bounds, the same on every machine: for suites that draw many small problems. */
#ifndef SMALL_NUMBERS_H
#define SMALL_NUMBERS_H

#include <stdint.h>

static inline uint64_t next_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static inline int64_t between(uint64_t *seed, int64_t least, int64_t most)
{
    return least + (int64_t)(next_number(seed) % (uint64_t)(most - least + 1));
}

#endif
