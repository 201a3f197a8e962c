/*
 * Hashes. vg_hash_bytes mixes 16 bytes a step by 64x64 -> 128-bit multiplication (the construction of wyhash and
 * its kin): fast, well spread, not cryptographic, and the same on every little-endian machine. Content is named by BLAKE2b.
 */
#include "core/core.h"

#include <sodium.h>
#include <string.h>

static uint64_t load64(const unsigned char *data)
{
    uint64_t value = 0;
    memcpy(&value, data, sizeof value);
    return value;
}

static uint64_t load_tail(const unsigned char *data, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, data, size);
    return value;
}

static uint64_t fold_product(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t vg_hash_bytes(const void *data, size_t size, uint64_t seed)
{
    const uint64_t odd_1 = 0x9E3779B97F4A7C15U; /* 2^64 / golden ratio */
    const uint64_t odd_2 = 0xD1B54A32D192ED03U;
    const unsigned char *bytes = data;
    uint64_t state = fold_product(seed ^ odd_1, size ^ odd_2);
    size_t left = size;
    while (left > 16) {
        state = fold_product(load64(bytes) ^ odd_1 ^ state, load64(bytes + 8) ^ odd_2);
        bytes += 16;
        left -= 16;
    }
    uint64_t a = left >= 8 ? load64(bytes) : left > 0 ? load_tail(bytes, left) : 0;
    uint64_t b = left > 8 ? load_tail(bytes + 8, left - 8) : 0;
    state = fold_product(a ^ odd_1 ^ state, b ^ odd_2 ^ (uint64_t)left);
    return fold_product(state ^ odd_2, odd_1);
}

void vg_content_hash(const void *data, size_t size, char out[65])
{
    unsigned char digest[32];
    (void)crypto_generichash(digest, sizeof digest, data, size, NULL, 0);
    (void)sodium_bin2hex(out, 65, digest, sizeof digest);
}
