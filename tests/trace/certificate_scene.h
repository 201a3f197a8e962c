/*
 * A signer with a list of trust that holds it, and certificates of its making: what both suites of certificates begin with.
 */
#ifndef VG_TEST_CERTIFICATE_SCENE_H
#define VG_TEST_CERTIFICATE_SCENE_H

#include "make_certificate.h"

#include "trace/certificate/internal.h"

#include <zlib.h>

#define NOW 1622548800 /* 2021-06-01 12:00 UTC */
#define DAY 86400

static const char vaccination[] = "{\"ver\": \"1.3.0\", \"nam\": {\"fn\": \"P\xc3\xa9rez\", \"fnt\": \"PEREZ\", \"gn\": \"Ana\", \"gnt\": \"ANA\"}, \"dob\": \"1980-02-29\", \"v\": [{\"tg\":"
                                  " \"840539006\", \"vp\": \"1119349007\", \"mp\": \"EU/1/20/1528\", \"ma\": \"ORG-100030215\", \"dn\": 2, \"sd\": 2, \"dt\": \"2021-05-10\", \"co\":"
                                  " \"CO\", \"is\": \"Ministerio\", \"ci\": \"URN:UVCI:01:CO:1#A\"}]}";
/* A signer with a list of trust that holds it. */
struct scene {
    X509 *certificate;
    EVP_PKEY *key;
    struct vg_certificate_signer *signer;
    struct vg_certificate_trust *trust;
    unsigned char *der;
    int der_size;
    struct vg_arena arena;
};

static inline void begin(struct scene *scene, const char *usages, unsigned rsa_bits)
{
    struct vg_error error = {0};
    memset(scene, 0, sizeof *scene);
    scene->certificate = test_certificate("CO", NOW, usages, rsa_bits, &scene->key);
    char *pem = test_pem_of(scene->certificate, NULL), *key_pem = test_pem_of(NULL, scene->key);
    vg_assert_ok(vg_certificate_signer_read(vg_text_from(pem), vg_text_from(key_pem), &scene->signer, &error), error);
    vg_assert_ok(vg_certificate_trust_new(&scene->trust, &error), error);
    scene->der_size = i2d_X509(scene->certificate, &scene->der);
    vg_assert_ok(vg_certificate_trust_add(scene->trust, scene->der, (size_t)scene->der_size, NULL, &error), error);
    vg_arena_init(&scene->arena, 0);
    free(pem);
    free(key_pem);
}

static inline void end(struct scene *scene)
{
    vg_certificate_signer_free(scene->signer);
    vg_certificate_trust_free(scene->trust);
    OPENSSL_free(scene->der);
    X509_free(scene->certificate);
    EVP_PKEY_free(scene->key);
    vg_arena_release(&scene->arena);
}

static inline struct vg_certificate_report verify(struct scene *scene, struct vg_text text, int64_t now)
{
    struct vg_certificate_report report;
    struct vg_error error = {0};
    vg_assert_ok(vg_certificate_verify(text, scene->trust, now, &scene->arena, &report, &error), error);
    assert_true(report.valid == (report.why[0] == '\0'));
    return report;
}

static inline void assert_refused(struct scene *scene, struct vg_text text, int64_t now, enum vg_certificate_step step)
{
    struct vg_certificate_report report = verify(scene, text, now);
    if (report.valid || report.failed != step) {
        fail_msg("expected to fail at %s, not at %s: %s", vg_certificate_step_name(step), report.valid ? "none" : vg_certificate_step_name(report.failed), report.why);
    }
}

static inline void put_claims(struct vg_buffer *payload, const char *json, bool with_times)
{
    struct vg_buffer health;
    struct vg_error error = {0};
    vg_buffer_init(payload, 0);
    vg_buffer_init(&health, 0);
    vg_assert_ok(certificate_json_to_cbor(vg_text_from(json), &health, &error), error);
    vg_buffer_char(payload, (char)0xbf); /* of indefinite length, as some countries write it */
    vg_cbor_put_integer(payload, 1);
    vg_cbor_put_text(payload, vg_text_from("CO"));
    if (with_times) {
        vg_cbor_put_integer(payload, 4);
        vg_cbor_put_double(payload, NOW + 1000.75);
        vg_cbor_put_integer(payload, 6);
        vg_cbor_put_head(payload, VG_CBOR_TAG, 1);
        vg_cbor_put_integer(payload, NOW - 1000);
    }
    vg_cbor_put_integer(payload, -260);
    vg_cbor_put_head(payload, VG_CBOR_MAP, 1);
    vg_cbor_put_integer(payload, 1);
    vg_buffer_append(payload, health.data, health.size);
    vg_buffer_char(payload, (char)0xff);
    vg_buffer_release(&health);
}

#endif
