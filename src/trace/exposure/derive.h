/*
 * Private to the room: how identifiers are derived in bulk. Three steps, each with a portable form and forms for what a processor has: keys of identifiers (HKDF-SHA256),
 * their AES key schedules, identifiers (AES), and which of these may be among the observed ones. Which form runs is chosen once, by vg_exposure_code.
 */
#ifndef VG_EXPOSURE_DERIVE_H
#define VG_EXPOSURE_DERIVE_H

#include "trace/exposure/exposure.h"

#define DERIVE_GROUP 16 /* keys that a step takes at most at a time */
/* Identifiers are made by forty-eights: the room that the last of VG_EXPOSURE_PERIOD_MAX need. */
#define DERIVE_IDENTIFIER_BYTES (VG_EXPOSURE_PERIOD_MAX * VG_EXPOSURE_IDENTIFIER_BYTES)

/* Round keys of four keys: [round][key][16 bytes]. Portable code keeps the key itself in round 0. */
struct derive_schedules {
    uint8_t rounds[11][4][16];
} __attribute__((aligned(64)));

/*
 * Of a day's observed identifiers: two bits in one word of 64. With a the first eight bytes (little-endian), the word is number (a >> 12) & mask and the bits a & 63 and
 * (a >> 6) & 63.
 */
struct derive_filter {
    const uint64_t *words;
    uint64_t mask; /* words - 1 */
};

struct derive_state; /* contexts of the portable code; NULL for the others */

struct derive_kernel {
    const char *name;
    /* RPIK of n keys. */
    void (*identifier_keys)(struct derive_state *state, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16]);
    void (*schedules)(const uint8_t (*identifier_keys)[16], size_t n, struct derive_schedules schedules[DERIVE_GROUP / 4]);
    /* Identifiers of n intervals from first on, n <= VG_EXPOSURE_PERIOD_MAX; what lies behind them in out, up to DERIVE_IDENTIFIER_BYTES, may be written too. */
    void (*identifiers)(struct derive_state *state, const struct derive_schedules *schedules, size_t lane, uint32_t first, size_t n, uint8_t out[DERIVE_IDENTIFIER_BYTES]);
    /* Positions among n identifiers of those that pass the filter, upwards; how many. */
    size_t (*pass)(const struct derive_filter *filter, const uint8_t *identifiers, size_t n, uint8_t positions[VG_EXPOSURE_PERIOD_MAX]);
};

/* NULL: this processor, or this build, does not have it. AUTO gives the best. */
const struct derive_kernel *derive_kernel_of(enum vg_exposure_code code);
vg_status derive_state_new(const struct derive_kernel *kernel, struct derive_state **state, struct vg_error *error) VG_MUST_USE;
void derive_state_free(struct derive_state *state);

/* SHA-256's state after one block of 0x36 and of 0x5c: where HMAC with an empty or zero salt begins. */
extern const uint32_t derive_salt_inner[8], derive_salt_outer[8];

/* The forms (derive_x86_hash.c, derive_x86_cipher.c, derive_portable.c). */
extern const struct derive_kernel derive_kernel_portable;
#if defined(__x86_64__)
#define DERIVE_X86 1
extern const struct derive_kernel derive_kernel_x86, derive_kernel_x86_wide;
void derive_sha_ni(struct derive_state *state, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16]);
void derive_sha_avx512(struct derive_state *state, const uint8_t (*keys)[16], size_t n, uint8_t (*identifier_keys)[16]);
#endif
size_t derive_pass_portable(const struct derive_filter *filter, const uint8_t *identifiers, size_t n, uint8_t positions[VG_EXPOSURE_PERIOD_MAX]);

#endif
