/*
 * One key at a time: what follows from it, by OpenSSL (GAEN cryptography specification v1.2). Bulk work is in derive_*.c.
 */
#include "trace/exposure/exposure.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const char *const report_names[VG_EXPOSURE_REPORTS] = {"unknown", "confirmed_test", "clinical", "self_report", "recursive", "revoked"};

const char *vg_exposure_report_name(enum vg_exposure_report report)
{
    return (unsigned)report < VG_EXPOSURE_REPORTS ? report_names[report] : NULL;
}

bool vg_exposure_report_from_name(struct vg_text name, enum vg_exposure_report *report)
{
    for (unsigned i = 0; i < VG_EXPOSURE_REPORTS; i++) {
        if (vg_text_equals(name, report_names[i])) {
            *report = (enum vg_exposure_report)i;
            return true;
        }
    }
    return false;
}

/* HKDF-SHA256 (RFC 5869) without a salt, one block of output. */
static void derive(const uint8_t key[VG_EXPOSURE_KEY_BYTES], const char *info, uint8_t out[VG_EXPOSURE_KEY_BYTES])
{
    static const uint8_t no_salt[32] = {0};
    uint8_t prk[32];
    uint8_t okm[32];
    uint8_t text[16];
    size_t size = strlen(info);
    memcpy(text, info, size);
    text[size] = 1;
    bool good = HMAC(EVP_sha256(), no_salt, sizeof no_salt, key, VG_EXPOSURE_KEY_BYTES, prk, NULL) != NULL &&
                HMAC(EVP_sha256(), prk, sizeof prk, text, size + 1, okm, NULL) != NULL;
    VG_ASSERT(good);
    memcpy(out, okm, VG_EXPOSURE_KEY_BYTES);
}

/* AES-128 of whole blocks, each by itself. */
static void encrypt(const uint8_t key[16], const uint8_t *in, size_t size, uint8_t *out)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int written = 0;
    bool good = cipher != NULL && EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
                EVP_EncryptUpdate(cipher, out, &written, in, (int)size) == 1 && (size_t)written == size;
    EVP_CIPHER_CTX_free(cipher);
    VG_ASSERT(good);
}

void vg_exposure_identifier_key(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint8_t identifier_key[VG_EXPOSURE_KEY_BYTES])
{
    derive(key, "EN-RPIK", identifier_key);
}

void vg_exposure_metadata_key(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint8_t metadata_key[VG_EXPOSURE_KEY_BYTES])
{
    derive(key, "EN-AEMK", metadata_key);
}

void vg_exposure_identifiers(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint32_t first, size_t n, uint8_t *identifiers)
{
    uint8_t identifier_key[VG_EXPOSURE_KEY_BYTES];
    VG_ASSERT(n <= VG_EXPOSURE_PERIOD_MAX);
    for (size_t i = 0; i < n; i++) {
        uint8_t *block = identifiers + i * VG_EXPOSURE_IDENTIFIER_BYTES;
        uint32_t interval = first + (uint32_t)i;
        memcpy(block, "EN-RPI\0\0\0\0\0\0", 12);
        for (unsigned byte = 0; byte < 4; byte++) {
            block[12 + byte] = (uint8_t)(interval >> (8 * byte));
        }
    }
    vg_exposure_identifier_key(key, identifier_key);
    encrypt(identifier_key, identifiers, n * VG_EXPOSURE_IDENTIFIER_BYTES, identifiers);
}

/* One block of the key stream is enough: AES of the identifier. */
void vg_exposure_metadata(const uint8_t key[VG_EXPOSURE_KEY_BYTES], const uint8_t identifier[VG_EXPOSURE_IDENTIFIER_BYTES], const uint8_t in[VG_EXPOSURE_METADATA_BYTES],
                          uint8_t out[VG_EXPOSURE_METADATA_BYTES])
{
    uint8_t metadata_key[VG_EXPOSURE_KEY_BYTES];
    uint8_t stream[16];
    vg_exposure_metadata_key(key, metadata_key);
    encrypt(metadata_key, identifier, sizeof stream, stream);
    for (size_t i = 0; i < VG_EXPOSURE_METADATA_BYTES; i++) {
        out[i] = in[i] ^ stream[i];
    }
}
