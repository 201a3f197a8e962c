/*
 * Identifiers by OpenSSL on any processor, and the choice between the forms by what the processor says of itself (cpuid).
 */
#include "trace/exposure/derive.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* After the block of the empty salt's padded key, as SHA-256 leaves it. */
const uint32_t derive_salt_inner[8] = {0xf454dead, 0x9725214f, 0x90daf2a0, 0xdf1228ea, 0x64e5750f, 0xa3924181, 0x824a932b, 0xf8e04e32};
const uint32_t derive_salt_outer[8] = {0xd385480f, 0x7abb6477, 0x37c9c538, 0x5dd82467, 0x8e043a72, 0x753434b0, 0xdeb82818, 0x361d45a6};

struct derive_state {
    EVP_MD_CTX *hash;
    EVP_CIPHER_CTX *cipher;
};

vg_status derive_state_new(const struct derive_kernel *kernel, struct derive_state **state, struct vg_error *error)
{
    *state = NULL;
    if (kernel != &derive_kernel_portable) {
        return VG_OK;
    }
    *state = calloc(1, sizeof **state);
    if (*state == NULL) {
        return vg_fail_memory(error, sizeof **state);
    }
    (*state)->hash = EVP_MD_CTX_new();
    (*state)->cipher = EVP_CIPHER_CTX_new();
    if ((*state)->hash == NULL || (*state)->cipher == NULL || EVP_DigestInit_ex((*state)->hash, EVP_sha256(), NULL) != 1 ||
        EVP_EncryptInit_ex((*state)->cipher, EVP_aes_128_ecb(), NULL, NULL, NULL) != 1) {
        derive_state_free(*state);
        *state = NULL;
        return vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL gives no SHA-256 or AES-128");
    }
    return VG_OK;
}

void derive_state_free(struct derive_state *state)
{
    if (state != NULL) {
        EVP_MD_CTX_free(state->hash);
        EVP_CIPHER_CTX_free(state->cipher);
        free(state);
    }
}

/* HMAC-SHA256 (RFC 2104) of a text of at most 32 bytes under a key of at most 32. With a context that is initialised for SHA-256 nothing can fail but memory. */
static void hmac(EVP_MD_CTX *hash, const uint8_t *key, size_t key_size, const void *text, size_t size, uint8_t out[32])
{
    uint8_t pads[2][64];
    bool good = true;
    for (size_t i = 0; i < 64; i++) {
        pads[0][i] = (uint8_t)(0x36 ^ (i < key_size ? key[i] : 0));
        pads[1][i] = (uint8_t)(0x5c ^ (i < key_size ? key[i] : 0));
    }
    good = EVP_DigestInit_ex(hash, NULL, NULL) == 1 && EVP_DigestUpdate(hash, pads[0], 64) == 1 && EVP_DigestUpdate(hash, text, size) == 1 &&
           EVP_DigestFinal_ex(hash, out, NULL) == 1;
    good = good && EVP_DigestInit_ex(hash, NULL, NULL) == 1 && EVP_DigestUpdate(hash, pads[1], 64) == 1 && EVP_DigestUpdate(hash, out, 32) == 1 &&
           EVP_DigestFinal_ex(hash, out, NULL) == 1;
    VG_ASSERT(good);
}

static void identifier_keys_portable(struct derive_state *state, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16])
{
    for (size_t i = 0; i < n; i++) {
        uint8_t prk[32];
        uint8_t okm[32];
        hmac(state->hash, NULL, 0, keys[i], 16, prk);
        hmac(state->hash, prk, sizeof prk, "EN-RPIK\x01", 8, okm);
        memcpy(identifier_keys[i], okm, 16);
    }
}

static void schedules_portable(const uint8_t (*identifier_keys)[16], size_t n, struct derive_schedules schedules[DERIVE_GROUP / 4])
{
    for (size_t i = 0; i < n; i++) {
        memcpy(schedules[i / 4].rounds[0][i % 4], identifier_keys[i], 16);
    }
}

static void identifiers_portable(struct derive_state *state, const struct derive_schedules *schedules, size_t lane, uint32_t first, size_t n,
                                 uint8_t out[DERIVE_IDENTIFIER_BYTES])
{
    int written = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t *block = out + 16 * i;
        uint32_t interval = first + (uint32_t)i;
        memcpy(block, "EN-RPI\0\0\0\0\0\0", 12);
        for (size_t byte = 0; byte < 4; byte++) {
            block[12 + byte] = (uint8_t)(interval >> (8 * byte));
        }
    }
    bool good = EVP_EncryptInit_ex(state->cipher, NULL, NULL, schedules->rounds[0][lane], NULL) == 1 &&
                EVP_EncryptUpdate(state->cipher, out, &written, out, (int)(16 * n)) == 1 && written == (int)(16 * n);
    VG_ASSERT(good);
}

size_t derive_pass_portable(const struct derive_filter *filter, const uint8_t *identifiers, size_t n, uint8_t positions[VG_EXPOSURE_PERIOD_MAX])
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *b = identifiers + 16 * i;
        uint64_t a = (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
                     (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
        uint64_t word = filter->words[(a >> 12) & filter->mask];
        positions[found] = (uint8_t)i; /* no branch: most do not pass, but which is as good as a coin */
        found += (word >> (a & 63)) & (word >> ((a >> 6) & 63)) & 1;
    }
    return found;
}

const struct derive_kernel derive_kernel_portable = {"portable, by OpenSSL", identifier_keys_portable, schedules_portable, identifiers_portable, derive_pass_portable};

/* ------------------------------------------------------------------ choice */

#ifdef DERIVE_X86

#include <cpuid.h>

/* Of leaf 7: SHA instructions (EBX bit 29) and VAES (ECX bit 9), which __builtin_cpu_supports does not know in every compiler. */
static bool has_leaf7(unsigned ebx_bit, unsigned ecx_bit)
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 1 && (ebx >> ebx_bit & 1) == 1 && (ecx_bit == 0 || (ecx >> ecx_bit & 1) == 1);
}

static bool has_narrow(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3") && has_leaf7(29, 0);
}

static bool has_wide(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && has_leaf7(16, 9);
}

const struct derive_kernel *derive_kernel_of(enum vg_exposure_code code)
{
    switch (code) {
    case VG_EXPOSURE_CODE_AUTO:
        return has_wide() ? &derive_kernel_x86_wide : has_narrow() ? &derive_kernel_x86 : &derive_kernel_portable;
    case VG_EXPOSURE_CODE_WIDE:
        return has_wide() ? &derive_kernel_x86_wide : NULL;
    case VG_EXPOSURE_CODE_NARROW:
        return has_narrow() ? &derive_kernel_x86 : NULL;
    default:
        return &derive_kernel_portable;
    }
}

#else

const struct derive_kernel *derive_kernel_of(enum vg_exposure_code code)
{
    return code == VG_EXPOSURE_CODE_AUTO || code == VG_EXPOSURE_CODE_PORTABLE ? &derive_kernel_portable : NULL;
}

#endif

const char *vg_exposure_code_name(enum vg_exposure_code code)
{
    const struct derive_kernel *kernel = derive_kernel_of(code);
    return kernel == NULL ? NULL : kernel->name;
}
