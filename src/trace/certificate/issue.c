/*
 * Certificates issued: claims held against the schema, signed as COSE_Sign1, packed and written; and signers made for exercises.
 */
#include "trace/certificate/internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define RSA_MAX_BYTES 1024 /* 8,192 bits */

static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static vg_status read_signer(X509 *certificate, EVP_PKEY *key, struct vg_certificate_signer *signer, struct vg_error *error)
{
    unsigned char *der = NULL;
    if (certificate == NULL || key == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "a signer is a certificate and its private key, both as PEM without a passphrase; the %s cannot be read",
                       certificate == NULL ? "certificate" : "key");
    }
    if (X509_check_private_key(certificate, key) != 1) {
        return vg_fail(error, VG_DATA_ERROR, "the private key is not the certificate's");
    }
    int size = i2d_X509(certificate, &der);
    vg_status status = size <= 0 ? vg_fail_memory(error, 0) : certificate_signer_facts(der, (size_t)size, &signer->facts, error);
    OPENSSL_free(der);
    return status;
}

vg_status vg_certificate_signer_read(struct vg_text certificate_pem, struct vg_text key_pem, struct vg_certificate_signer **signer, struct vg_error *error)
{
    *signer = NULL;
    if (certificate_pem.size > INT_MAX || key_pem.size > INT_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "a signer's files are too long");
    }
    struct vg_certificate_signer *made = calloc(1, sizeof *made);
    BIO *first = BIO_new_mem_buf(certificate_pem.data, (int)certificate_pem.size);
    BIO *second = BIO_new_mem_buf(key_pem.data, (int)key_pem.size);
    X509 *certificate = first == NULL ? NULL : PEM_read_bio_X509(first, NULL, no_passphrase, NULL);
    EVP_PKEY *key = second == NULL ? NULL : PEM_read_bio_PrivateKey(second, NULL, no_passphrase, NULL);
    vg_status status = made == NULL ? vg_fail_memory(error, sizeof *made) : read_signer(certificate, key, made, error);
    (void)BIO_free(first);
    (void)BIO_free(second);
    X509_free(certificate);
    if (status == VG_OK) {
        made->key = key;
        *signer = made;
    } else {
        EVP_PKEY_free(key);
        free(made);
    }
    ERR_clear_error();
    return status;
}

void vg_certificate_signer_free(struct vg_certificate_signer *signer)
{
    if (signer != NULL) {
        certificate_signer_release(&signer->facts);
        EVP_PKEY_free(signer->key);
        free(signer);
    }
}

/* ------------------------------------------------------------------- sign */

/* DER to the 64 bytes of ES256. */
static bool to_plain(const unsigned char *der, size_t size, unsigned char plain[COSE_ES256_BYTES])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
    bool good = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), plain, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(pair), plain + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    return good;
}

static bool sign_bytes(const struct vg_certificate_signer *signer, const struct vg_buffer *bytes, struct vg_buffer *signature)
{
    unsigned char made[RSA_MAX_BYTES];
    unsigned char plain[COSE_ES256_BYTES];
    size_t size = sizeof made;
    EVP_PKEY_CTX *key = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, &key, EVP_sha256(), NULL, signer->key) == 1;
    if (good && signer->facts.rsa) {
        good = EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    good = good && EVP_DigestSign(context, made, &size, (const unsigned char *)bytes->data, bytes->size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (good && signer->facts.rsa) {
        vg_buffer_append(signature, made, size);
    } else if (good && (good = to_plain(made, size, plain))) {
        vg_buffer_append(signature, plain, sizeof plain);
    }
    return good && !signature->failed;
}

static void put_payload(const struct vg_certificate_claims *claims, const struct vg_buffer *health, struct vg_buffer *out)
{
    vg_cbor_put_head(out, VG_CBOR_MAP, 4);
    vg_cbor_put_integer(out, 1);
    vg_cbor_put_text(out, vg_text_from(claims->issuer));
    vg_cbor_put_integer(out, 4);
    vg_cbor_put_integer(out, claims->expires);
    vg_cbor_put_integer(out, 6);
    vg_cbor_put_integer(out, claims->issued);
    vg_cbor_put_integer(out, -260);
    vg_cbor_put_head(out, VG_CBOR_MAP, 1);
    vg_cbor_put_integer(out, 1);
    vg_buffer_append(out, health->data, health->size);
}

static vg_status put_cose(const struct vg_certificate_signer *signer, const struct vg_buffer *payload, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer head, structure, signature;
    vg_buffer_init(&head, 0);
    vg_buffer_init(&structure, 0);
    vg_buffer_init(&signature, 0);
    vg_cbor_put_head(&head, VG_CBOR_MAP, 2);
    vg_cbor_put_integer(&head, 1);
    vg_cbor_put_integer(&head, signer->facts.rsa ? COSE_PS256 : COSE_ES256);
    vg_cbor_put_integer(&head, 4);
    vg_cbor_put_bytes(&head, signer->facts.kid, sizeof signer->facts.kid);
    cose_sig_structure(vg_text_of(head.data, head.size), vg_text_of(payload->data, payload->size), &structure);
    vg_status status = head.failed || structure.failed ? vg_fail_memory(error, 0)
                       : sign_bytes(signer, &structure, &signature) ? VG_OK
                                                                    : vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL does not sign");
    if (status == VG_OK) {
        vg_cbor_put_head(out, VG_CBOR_TAG, 18);
        vg_cbor_put_head(out, VG_CBOR_ARRAY, 4);
        vg_cbor_put_bytes(out, head.data, head.size);
        vg_cbor_put_head(out, VG_CBOR_MAP, 0);
        vg_cbor_put_bytes(out, payload->data, payload->size);
        vg_cbor_put_bytes(out, signature.data, signature.size);
        status = out->failed ? vg_fail_memory(error, 0) : VG_OK;
    }
    vg_buffer_release(&head);
    vg_buffer_release(&structure);
    vg_buffer_release(&signature);
    return status;
}

/* What no verifier would take is not signed. */
static vg_status check_claims(const struct vg_certificate_claims *claims, const struct vg_certificate_signer *signer, const struct vg_buffer *health, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_cbor cbor;
    const char *why = NULL;
    bool kinds[VG_CERTIFICATE_KINDS] = {false, false, false};
    vg_arena_init(&arena, 0);
    vg_status status = VG_OK;
    if (claims->issued >= claims->expires) {
        status = vg_fail(error, VG_DATA_ERROR, "a certificate expires after it is issued");
    } else if (claims->issued < signer->facts.not_before || claims->expires > signer->facts.not_after) {
        status = vg_fail(error, VG_DATA_ERROR, "the certificate would be valid at times at which its signer is not");
    } else if (!vg_cbor_read(vg_text_of(health->data, health->size), &arena, &cbor, &why) ||
               !certificate_schema_holds(&cbor, 0, (int32_t)(claims->issued / 86400) + 1, kinds, &why)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s", why);
    }
    if (status == VG_OK && !signer->facts.signs_documents) {
        status = vg_fail(error, VG_DATA_ERROR, "the signer's key is not for signing documents");
    }
    for (int kind = 0; status == VG_OK && kind < VG_CERTIFICATE_KINDS; kind++) {
        if (kinds[kind] && signer->facts.named_usage && !signer->facts.kinds[kind]) {
            status = vg_fail(error, VG_DATA_ERROR, "the signer's certificate is not for certificates of %s", vg_certificate_kind_name((enum vg_certificate_kind)kind));
        }
    }
    vg_arena_release(&arena);
    return status;
}

static vg_status put_text(const struct vg_buffer *cose, struct vg_buffer *out, struct vg_error *error)
{
    uLongf size = compressBound((uLong)cose->size);
    unsigned char *packed = malloc(size);
    if (packed == NULL || compress2(packed, &size, (const Bytef *)cose->data, (uLong)cose->size, Z_BEST_COMPRESSION) != Z_OK) {
        free(packed);
        return vg_fail_memory(error, size);
    }
    vg_buffer_text(out, "HC1:");
    vg_base45_encode(packed, size, out);
    free(packed);
    return out->failed ? vg_fail_memory(error, size) : VG_OK;
}

vg_status vg_certificate_issue(const struct vg_certificate_claims *claims, const struct vg_certificate_signer *signer, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer health, payload, cose;
    vg_buffer_init(&health, VG_CERTIFICATE_UNPACKED_MAX);
    vg_buffer_init(&payload, VG_CERTIFICATE_UNPACKED_MAX);
    vg_buffer_init(&cose, VG_CERTIFICATE_UNPACKED_MAX);
    vg_status status = certificate_json_to_cbor(claims->json, &health, error);
    if (status == VG_OK) {
        status = check_claims(claims, signer, &health, error);
    }
    if (status == VG_OK) {
        put_payload(claims, &health, &payload);
        status = payload.failed ? vg_fail(error, VG_LIMIT_EXCEEDED, "the claims are too long") : put_cose(signer, &payload, &cose, error);
    }
    if (status == VG_OK) {
        status = put_text(&cose, out, error);
    }
    vg_buffer_release(&health);
    vg_buffer_release(&payload);
    vg_buffer_release(&cose);
    return status;
}

/* ------------------------------------------------------------- new signers */

static bool add_usage(X509 *certificate, const bool kinds[VG_CERTIFICATE_KINDS])
{
    static const char *const oids[VG_CERTIFICATE_KINDS] = {"1.3.6.1.4.1.1847.2021.1.1", "1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.1847.2021.1.3"};
    EXTENDED_KEY_USAGE *usages = sk_ASN1_OBJECT_new_null();
    bool good = usages != NULL;
    for (int kind = 0; good && kind < VG_CERTIFICATE_KINDS; kind++) {
        ASN1_OBJECT *usage = kinds[kind] ? OBJ_txt2obj(oids[kind], 1) : NULL;
        good = !kinds[kind] || (usage != NULL && sk_ASN1_OBJECT_push(usages, usage) > 0);
    }
    good = good && X509_add1_ext_i2d(certificate, NID_ext_key_usage, usages, 0, 0) == 1;
    sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
    return good;
}

static bool fill_certificate(X509 *certificate, EVP_PKEY *key, const char *country, const char *name, const bool kinds[VG_CERTIFICATE_KINDS], int64_t not_before, int64_t not_after)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    BIGNUM *serial = BN_new();
    bool good = serial != NULL && BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;
    BN_free(serial);
    return good && X509_set_version(certificate, 2) == 1 && ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_after) != NULL &&
           X509_NAME_add_entry_by_txt(subject, "C", MBSTRING_UTF8, (const unsigned char *)country, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 && X509_set_issuer_name(certificate, subject) == 1 &&
           X509_set_pubkey(certificate, key) == 1 && add_usage(certificate, kinds) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static bool take_pem(BIO *memory, struct vg_buffer *out)
{
    char *text = NULL;
    long size = BIO_get_mem_data(memory, &text);
    vg_buffer_append(out, text, (size_t)size);
    (void)BIO_reset(memory);
    return !out->failed;
}

vg_status vg_certificate_signer_new(const char *country, const char *name, const bool kinds[VG_CERTIFICATE_KINDS], int64_t not_before, int64_t not_after,
                                    struct vg_buffer *certificate_pem, struct vg_buffer *key_pem, struct vg_error *error)
{
    if (strlen(country) != 2 || name[0] == '\0' || strlen(name) > 64 || not_before >= not_after || !(kinds[0] || kinds[1] || kinds[2])) {
        return vg_fail(error, VG_USAGE_ERROR, "a signer has a country of two letters, a name of at most 64 bytes, a time in which it is valid, and kinds that it signs");
    }
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *memory = BIO_new(BIO_s_mem());
    bool good = key != NULL && certificate != NULL && memory != NULL && fill_certificate(certificate, key, country, name, kinds, not_before, not_after) &&
                PEM_write_bio_X509(memory, certificate) == 1 && take_pem(memory, certificate_pem) &&
                PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1 && take_pem(memory, key_pem);
    EVP_PKEY_free(key);
    X509_free(certificate);
    (void)BIO_free(memory);
    ERR_clear_error();
    return good ? VG_OK : vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL makes no certificate");
}
