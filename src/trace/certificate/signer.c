/*
 * Signers' certificates: key, country, times, and what they are for (extended key usage), by OpenSSL.
 */
#include "trace/certificate/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST 8192

/* ---------------------------------------------------------------- key usage */

/* 1.3.6.1.4.1.1847.2021.1.1 test, .2 vaccination, .3 recovery; also seen under 1.3.6.1.4.1.0.1847.2021.1. */
static bool kind_of_usage(const char *oid, enum vg_certificate_kind *kind)
{
    static const char *const arcs[] = {"1.3.6.1.4.1.1847.2021.1.", "1.3.6.1.4.1.0.1847.2021.1."};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(arcs[i]);
        if (strncmp(oid, arcs[i], size) == 0 && oid[size] >= '1' && oid[size] <= '3' && oid[size + 1] == '\0') {
            *kind = (enum vg_certificate_kind)(oid[size] - '1');
            return true;
        }
    }
    return false;
}

/* Usages of the web and mail, or any at all, say nothing of health certificates; another document's usage (a passport's, a visa's) says that it is not for them. */
static bool says_nothing(const char *oid)
{
    return strncmp(oid, "1.3.6.1.5.5.7.3.", 16) == 0 || strcmp(oid, "2.5.29.37.0") == 0;
}

static void read_usage(X509 *certificate, struct certificate_signer_facts *facts)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; usages != NULL && i < sk_ASN1_OBJECT_num(usages); i++) {
        char oid[80] = "";
        enum vg_certificate_kind kind = VG_CERTIFICATE_TEST;
        (void)OBJ_obj2txt(oid, sizeof oid, sk_ASN1_OBJECT_value(usages, i), 1);
        if (kind_of_usage(oid, &kind)) {
            facts->kinds[kind] = true;
        }
        facts->named_usage = facts->named_usage || !says_nothing(oid);
    }
    EXTENDED_KEY_USAGE_free(usages);
    facts->signs_documents = (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0; /* all bits are set where the certificate is silent */
}

/* ------------------------------------------------------------- certificates */

static bool read_time(const ASN1_TIME *time, int64_t *seconds)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return false;
    }
    *seconds = (int64_t)timegm(&parts);
    return true;
}

static vg_status read_key(X509 *certificate, struct certificate_signer_facts *facts, struct vg_error *error)
{
    char group[32] = "";
    size_t size = 0;
    facts->key = X509_get_pubkey(certificate);
    if (facts->key == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "the signer's certificate has no key that can be read");
    }
    facts->rsa = EVP_PKEY_is_a(facts->key, "RSA") == 1;
    if (facts->rsa) {
        int bits = EVP_PKEY_get_bits(facts->key);
        return bits >= RSA_BITS_LEAST && bits <= RSA_BITS_MOST
                   ? VG_OK
                   : vg_fail(error, VG_DATA_ERROR, "the signer's RSA key has %d bits: expected %d to %d", bits, RSA_BITS_LEAST, RSA_BITS_MOST);
    }
    if (EVP_PKEY_is_a(facts->key, "EC") == 1 && EVP_PKEY_get_group_name(facts->key, group, sizeof group, &size) == 1 && strcmp(group, "prime256v1") == 0) {
        return VG_OK;
    }
    return vg_fail(error, VG_DATA_ERROR, "the signer's key is neither on the curve P-256 nor RSA, which are the two that health certificates are signed with");
}

vg_status certificate_signer_facts(const void *der, size_t size, struct certificate_signer_facts *facts, struct vg_error *error)
{
    const unsigned char *at = der;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char country[8] = "";
    *facts = (struct certificate_signer_facts){0};
    X509 *certificate = size > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)size);
    if (certificate == NULL || at != (const unsigned char *)der + size) {
        X509_free(certificate);
        ERR_clear_error();
        return vg_fail(error, VG_DATA_ERROR, "this is no X.509 certificate");
    }
    vg_status status = read_key(certificate, facts, error);
    if (status == VG_OK && (!read_time(X509_get0_notBefore(certificate), &facts->not_before) || !read_time(X509_get0_notAfter(certificate), &facts->not_after))) {
        status = vg_fail(error, VG_DATA_ERROR, "the signer's certificate has no times that can be read");
    }
    if (status == VG_OK && (EVP_Digest(der, size, digest, NULL, EVP_sha256(), NULL) != 1 || (facts->der = malloc(size)) == NULL)) {
        status = vg_fail_memory(error, size);
    }
    if (status == VG_OK) {
        memcpy(facts->kid, digest, sizeof facts->kid);
        memcpy(facts->der, der, size);
        facts->der_size = size;
        read_usage(certificate, facts);
        if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_countryName, country, sizeof country) == 2) {
            memcpy(facts->country, country, 2);
        }
    } else {
        certificate_signer_release(facts);
    }
    X509_free(certificate);
    ERR_clear_error();
    return status;
}

void certificate_signer_release(struct certificate_signer_facts *facts)
{
    EVP_PKEY_free(facts->key);
    free(facts->der);
    *facts = (struct certificate_signer_facts){0};
}
