/*
 * The signature of a gateway's batch: detached CMS (RFC 5652) by OpenSSL. Trust is a list of certificates, as at the gateway, and not a chain.
 */
#include "trace/exposure/exposure.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TEXT_MAX ((size_t)64 << 10)

/* A PEM file that is locked by a passphrase is not asked for it. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static vg_status cms_of(BIO *content, struct vg_text certificate, struct vg_text private_key, CMS_ContentInfo **cms, struct vg_error *error)
{
    BIO *first = BIO_new_mem_buf(certificate.data, (int)certificate.size);
    BIO *second = BIO_new_mem_buf(private_key.data, (int)private_key.size);
    X509 *signer = first == NULL ? NULL : PEM_read_bio_X509(first, NULL, no_passphrase, NULL);
    EVP_PKEY *key = second == NULL ? NULL : PEM_read_bio_PrivateKey(second, NULL, no_passphrase, NULL);
    vg_status status = VG_OK;
    *cms = NULL;
    if (signer == NULL || key == NULL) {
        status = vg_fail(error, VG_DATA_ERROR, "a batch is signed with a certificate and its private key, both as PEM; the %s cannot be read", signer == NULL ? "certificate" : "key");
    } else if (X509_check_private_key(signer, key) != 1) {
        status = vg_fail(error, VG_USAGE_ERROR, "the private key is not the certificate's");
    } else if ((*cms = CMS_sign(signer, key, NULL, content, CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP)) == NULL) {
        status = vg_fail(error, VG_SYSTEM_ERROR, "OpenSSL does not sign");
    }
    (void)BIO_free(first);
    (void)BIO_free(second);
    X509_free(signer);
    EVP_PKEY_free(key);
    return status;
}

vg_status vg_exposure_batch_sign(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_text certificate, struct vg_text private_key, struct vg_buffer *base64,
                                 struct vg_error *error)
{
    struct vg_buffer bytes;
    CMS_ContentInfo *cms = NULL;
    BIO *content = NULL;
    unsigned char *der = NULL;
    vg_buffer_init(&bytes, (size_t)1 << 30);
    vg_status status = vg_exposure_batch_signing_bytes(keys, n_keys, &bytes, error);
    if (status == VG_OK && (certificate.size > INT_MAX || private_key.size > INT_MAX || (content = BIO_new_mem_buf(bytes.size == 0 ? "" : bytes.data, (int)bytes.size)) == NULL)) {
        status = vg_fail_memory(error, bytes.size);
    }
    if (status == VG_OK) {
        status = cms_of(content, certificate, private_key, &cms, error);
    }
    if (status == VG_OK) {
        int size = i2d_CMS_ContentInfo(cms, &der);
        if (size > 0) {
            vg_buffer_base64(base64, der, (size_t)size, VG_BASE64_STANDARD);
        }
        status = size > 0 && !base64->failed ? VG_OK : vg_fail_memory(error, 0);
    }
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    (void)BIO_free(content);
    vg_buffer_release(&bytes);
    ERR_clear_error();
    return status;
}

/* ----------------------------------------------------------------- verify */

static STACK_OF(X509) *read_certificates(struct vg_text pem)
{
    BIO *source = pem.size > INT_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.size);
    STACK_OF(X509) *list = sk_X509_new_null();
    X509 *certificate = NULL;
    while (source != NULL && list != NULL && (certificate = PEM_read_bio_X509(source, NULL, no_passphrase, NULL)) != NULL) {
        if (sk_X509_push(list, certificate) <= 0) {
            X509_free(certificate);
            break;
        }
    }
    (void)BIO_free(source);
    return list;
}

/* The trusted certificate that made the signature, or NULL; the list's own. */
static X509 *signer_of(CMS_ContentInfo *cms, STACK_OF(X509) *trusted)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
    if (infos == NULL || sk_CMS_SignerInfo_num(infos) != 1) {
        return NULL;
    }
    for (int i = 0; i < sk_X509_num(trusted); i++) {
        if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(infos, 0), sk_X509_value(trusted, i)) == 0) {
            return sk_X509_value(trusted, i);
        }
    }
    return NULL;
}

static vg_status check_certificate(const X509 *certificate, const struct vg_exposure_shared_key *keys, size_t n_keys, int64_t now, struct vg_error *error)
{
    char country[8] = "";
    time_t at = (time_t)now;
    const X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_cmp_time(X509_get0_notBefore(certificate), &at) >= 0 || X509_cmp_time(X509_get0_notAfter(certificate), &at) <= 0) {
        return vg_fail(error, VG_DATA_ERROR, "the certificate that signed the batch was not valid at that time");
    }
    if (X509_NAME_get_text_by_NID((X509_NAME *)(uintptr_t)subject, NID_countryName, country, sizeof country) != 2) {
        return vg_fail(error, VG_DATA_ERROR, "the certificate that signed the batch names no country");
    }
    for (size_t i = 0; i < n_keys; i++) {
        if (!vg_text_equals(keys[i].origin, country)) {
            return vg_fail(error, VG_DATA_ERROR, "key %zu of the batch is of origin \"%.*s\", which %s cannot sign", i + 1, (int)keys[i].origin.size, keys[i].origin.data, country);
        }
    }
    return VG_OK;
}

static vg_status verify_cms(CMS_ContentInfo *cms, struct vg_text bytes, STACK_OF(X509) *trusted, struct vg_error *error)
{
    BIO *content = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    /* The certificate is trusted by itself: no chain is looked for, and only a certificate of the list may be the signer. */
    bool holds = content != NULL && CMS_verify(cms, trusted, NULL, content, NULL, CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN) == 1;
    (void)BIO_free(content);
    return holds ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the signature is not of these keys");
}

vg_status vg_exposure_batch_verify(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_text base64, struct vg_text trusted, int64_t now, struct vg_error *error)
{
    struct vg_buffer bytes;
    size_t size = 0;
    STACK_OF(X509) *certificates = read_certificates(trusted);
    unsigned char *der = base64.size > SIGNATURE_TEXT_MAX ? NULL : malloc(base64.size + 1);
    const unsigned char *at = der;
    CMS_ContentInfo *cms = NULL;
    X509 *signer = NULL;
    vg_buffer_init(&bytes, (size_t)1 << 30);
    vg_status status = vg_exposure_batch_signing_bytes(keys, n_keys, &bytes, error);
    if (status == VG_OK && (der == NULL || !vg_base64_decode(base64, der, base64.size + 1, &size) || (cms = d2i_CMS_ContentInfo(NULL, &at, (long)size)) == NULL)) {
        status = vg_fail(error, VG_DATA_ERROR, "the signature of the batch is no CMS in base64");
    }
    if (status == VG_OK && (certificates == NULL || (signer = signer_of(cms, certificates)) == NULL)) {
        status = vg_fail(error, VG_DATA_ERROR, "the batch was not signed with one of the trusted certificates");
    }
    if (status == VG_OK) {
        status = check_certificate(signer, keys, n_keys, now, error);
    }
    if (status == VG_OK) {
        status = verify_cms(cms, vg_text_of(bytes.size == 0 ? "" : bytes.data, bytes.size), certificates, error);
    }
    CMS_ContentInfo_free(cms);
    free(der);
    sk_X509_pop_free(certificates, X509_free);
    vg_buffer_release(&bytes);
    ERR_clear_error();
    return status;
}
