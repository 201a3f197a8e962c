/*
 * X.509 certificates for tests: of a new key, self-signed, with a country, a time and key usages.
 */
#ifndef VG_TEST_MAKE_CERTIFICATE_H
#define VG_TEST_MAKE_CERTIFICATE_H

#include "vg_test.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

/* usages: object identifiers with commas, or NULL. now: seconds; valid from a day before to a year after. rsa_bits 0: P-256. */
static inline X509 *test_certificate(const char *country, int64_t now, const char *usages, unsigned rsa_bits, EVP_PKEY **key)
{
    *key = rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits);
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    unsigned char salt[VG_SALT_BYTES];
    uint64_t number = 0;
    vg_seal_salt(salt);
    memcpy(&number, salt, sizeof number);
    assert_true(*key != NULL && X509_set_version(certificate, 2) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number & INT64_MAX) == 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)now - 86400));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)now + 365 * 86400));
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)country, -1, -1, 0), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0), 1);
    assert_int_equal(X509_set_issuer_name(certificate, name), 1);
    assert_int_equal(X509_set_pubkey(certificate, *key), 1);
    if (usages != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, usages);
        assert_non_null(extension);
        assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(certificate, *key, EVP_sha256()) > 0);
    return certificate;
}

/* PEM of both; free() them. */
static inline char *test_pem_of(X509 *certificate, EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    assert_int_equal(certificate != NULL ? PEM_write_bio_X509(memory, certificate) : PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(memory, &bytes);
    char *text = calloc((size_t)size + 1, 1);
    memcpy(text, bytes, (size_t)size);
    BIO_free(memory);
    return text;
}

#endif
