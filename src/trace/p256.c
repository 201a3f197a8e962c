/*
 * P-256 keys and ECDSA over SHA-256 by OpenSSL, in both forms of a signature: DER (X9.62, export files) and 64 plain bytes (JOSE RFC 7518, COSE RFC 9053).
 */
#include "trace/trace.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct vg_p256_key {
    EVP_PKEY *key;
    bool is_private;
};

static vg_status wrap(EVP_PKEY *pkey, bool is_private, struct vg_p256_key **key, struct vg_error *error)
{
    *key = malloc(sizeof **key);
    if (*key == NULL) {
        EVP_PKEY_free(pkey);
        return vg_fail_memory(error, sizeof **key);
    }
    **key = (struct vg_p256_key){pkey, is_private};
    return VG_OK;
}

vg_status vg_p256_new(struct vg_p256_key **key, struct vg_error *error)
{
    *key = NULL;
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    return pkey == NULL ? vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL makes no P-256 key") : wrap(pkey, true, key, error);
}

/* A PEM file that is locked by a passphrase is not asked for it. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static EVP_PKEY *read_certificate(BIO *source)
{
    X509 *certificate = PEM_read_bio_X509(source, NULL, no_passphrase, NULL);
    EVP_PKEY *pkey = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    X509_free(certificate);
    return pkey;
}

static bool on_curve(const EVP_PKEY *pkey)
{
    char group[32] = "";
    size_t size = 0;
    return EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof group, &size) == 1 && strcmp(group, "prime256v1") == 0;
}

vg_status vg_p256_read_pem(const char *pem, size_t size, struct vg_p256_key **key, struct vg_error *error)
{
    EVP_PKEY *pkey = NULL;
    bool is_private = false;
    *key = NULL;
    for (int form = 0; pkey == NULL && form < 3 && size <= INT_MAX; form++) {
        BIO *source = BIO_new_mem_buf(pem, (int)size);
        if (source == NULL) {
            return vg_fail_memory(error, size);
        }
        pkey = form == 0 ? PEM_read_bio_PrivateKey(source, NULL, no_passphrase, NULL) : form == 1 ? PEM_read_bio_PUBKEY(source, NULL, no_passphrase, NULL) : read_certificate(source);
        is_private = form == 0;
        (void)BIO_free(source);
    }
    ERR_clear_error();
    if (pkey == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "this is no key: expected -----BEGIN PRIVATE KEY-----, -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----, without a passphrase");
    }
    if (!on_curve(pkey)) {
        EVP_PKEY_free(pkey);
        return vg_fail(error, VG_DATA_ERROR, "this key is of another kind: expected one on the curve P-256 (prime256v1)");
    }
    return wrap(pkey, is_private, key, error);
}

vg_status vg_p256_write_pem(const struct vg_p256_key *key, bool private_part, struct vg_buffer *out, struct vg_error *error)
{
    if (private_part && !key->is_private) {
        return vg_fail(error, VG_USAGE_ERROR, "this key has no private part");
    }
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool good = memory != NULL && (private_part ? PEM_write_bio_PKCS8PrivateKey(memory, key->key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(memory, key->key)) == 1;
    long size = good ? BIO_get_mem_data(memory, &text) : 0;
    if (good) {
        vg_buffer_append(out, text, (size_t)size);
    }
    (void)BIO_free(memory);
    return good && !out->failed ? VG_OK : vg_fail_memory(error, 0);
}

bool vg_p256_is_private(const struct vg_p256_key *key)
{
    return key->is_private;
}

void vg_p256_free(struct vg_p256_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->key);
        free(key);
    }
}

vg_status vg_p256_sign_der(const struct vg_p256_key *key, const void *data, size_t size, unsigned char der[VG_P256_DER_BYTES_MAX], size_t *der_size, struct vg_error *error)
{
    if (!key->is_private) {
        return vg_fail(error, VG_USAGE_ERROR, "a public key cannot sign");
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    *der_size = VG_P256_DER_BYTES_MAX;
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->key) == 1 && EVP_DigestSign(context, der, der_size, data, size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL does not sign");
}

vg_status vg_p256_sign(const struct vg_p256_key *key, const void *data, size_t size, unsigned char signature[VG_P256_SIGNATURE_BYTES], struct vg_error *error)
{
    unsigned char der[VG_P256_DER_BYTES_MAX];
    size_t der_size = 0;
    vg_status status = vg_p256_sign_der(key, data, size, der, &der_size, error);
    if (status != VG_OK) {
        return status;
    }
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
    bool good = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    return good ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL made a signature that cannot be read");
}

bool vg_p256_verify_der(const struct vg_p256_key *key, enum vg_p256_digest digest, const void *data, size_t size, const void *der, size_t der_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *hash = digest == VG_P256_SHA512 ? EVP_sha512() : EVP_sha256();
    bool holds = context != NULL && EVP_DigestVerifyInit(context, NULL, hash, NULL, key->key) == 1 && EVP_DigestVerify(context, der, der_size, data, size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return holds;
}

/* One number of 32 bytes as a DER integer; returns its bytes. */
static size_t der_integer(const unsigned char *number, unsigned char *out)
{
    size_t skip = 0;
    while (skip < 31 && number[skip] == 0) {
        skip++;
    }
    bool sign = number[skip] >= 0x80;
    size_t size = 32 - skip + (sign ? 1 : 0);
    out[0] = 0x02;
    out[1] = (unsigned char)size;
    out[2] = 0;
    memcpy(out + 2 + (sign ? 1 : 0), number + skip, 32 - skip);
    return 2 + size;
}

bool vg_p256_verify(const struct vg_p256_key *key, const void *data, size_t size, const unsigned char signature[VG_P256_SIGNATURE_BYTES])
{
    unsigned char der[VG_P256_DER_BYTES_MAX];
    size_t at = 2;
    at += der_integer(signature, der + at);
    at += der_integer(signature + 32, der + at);
    der[0] = 0x30;
    der[1] = (unsigned char)(at - 2);
    return vg_p256_verify_der(key, VG_P256_SHA256, data, size, der, at);
}
