/*
 * Signatures of COSE_Sign1 (RFC 9052, 9053; PS256 RFC 8230) by OpenSSL.
 */
#include "trace/certificate/internal.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <string.h>

void cose_sig_structure(struct vg_text protected_bytes, struct vg_text payload, struct vg_buffer *out)
{
    vg_cbor_put_head(out, VG_CBOR_ARRAY, 4);
    vg_cbor_put_text(out, vg_text_from("Signature1"));
    vg_cbor_put_bytes(out, protected_bytes.data, protected_bytes.size);
    vg_cbor_put_bytes(out, "", 0);
    vg_cbor_put_bytes(out, payload.data, payload.size);
}

/* 32 bytes as a DER integer; returns its bytes. */
static size_t der_integer(const unsigned char *number, unsigned char *out)
{
    size_t skip = 0;
    while (skip < 31 && number[skip] == 0) {
        skip++;
    }
    bool sign = number[skip] >= 0x80;
    out[0] = 0x02;
    out[1] = (unsigned char)(32 - skip + (sign ? 1 : 0));
    out[2] = 0;
    memcpy(out + 2 + (sign ? 1 : 0), number + skip, 32 - skip);
    return 2 + (size_t)out[1];
}

static bool holds(const struct certificate_signer_facts *signer, const struct vg_buffer *bytes, const unsigned char *signature, size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = NULL;
    bool good = context != NULL && EVP_DigestVerifyInit(context, &key, EVP_sha256(), NULL, signer->key) == 1;
    if (good && signer->rsa) {
        good = EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    good = good && EVP_DigestVerify(context, signature, size, (const unsigned char *)bytes->data, bytes->size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

bool cose_verify(const struct certificate_signer_facts *signer, int64_t algorithm, struct vg_text protected_bytes, struct vg_text payload, struct vg_text signature, const char **why)
{
    unsigned char der[VG_P256_DER_BYTES_MAX];
    const unsigned char *bytes = (const unsigned char *)signature.data;
    size_t size = signature.size;
    struct vg_buffer structure;
    *why = "the signature is not the signer's of this certificate";
    if (algorithm != COSE_ES256 && algorithm != COSE_PS256) {
        *why = "the signature is by an algorithm other than ES256 and PS256";
        return false;
    }
    if (signer->rsa != (algorithm == COSE_PS256)) {
        *why = "the signature is by an algorithm that does not fit the signer's key";
        return false;
    }
    if (!signer->rsa) {
        if (signature.size != COSE_ES256_BYTES) {
            *why = "the signature has not the 64 bytes of ES256 on the curve P-256";
            return false;
        }
        size = 2;
        size += der_integer(bytes, der + size);
        size += der_integer(bytes + 32, der + size);
        der[0] = 0x30;
        der[1] = (unsigned char)(size - 2);
        bytes = der;
    }
    vg_buffer_init(&structure, 0);
    cose_sig_structure(protected_bytes, payload, &structure);
    bool good = !structure.failed && holds(signer, &structure, bytes, size);
    vg_buffer_release(&structure);
    return good;
}
