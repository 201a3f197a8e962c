/*
 * Certificates made to harm: signatures that are nearly one, algorithms of the attacker's choice, chains and criticals in the header, keys that are for something else, texts that take
 * memory, times that are none. Each is refused at its step, within small memory.
 */
#include "certificate_scene.h"

#include <openssl/hmac.h>
#include <openssl/rsa.h>

#define MEMORY ((size_t)1 << 20) /* whatever the text is */

/* A certificate piece by piece: what stands in the headers beside algorithm and key, and how it is signed. */
struct craft {
    int64_t algorithm;                 /* 0: not in the protected header */
    const uint8_t *kid;
    const struct vg_buffer *extra;     /* pairs of the protected header, n_extra of them */
    size_t n_extra;
    const struct vg_buffer *open;      /* the other header, whole; NULL: empty */
    const struct vg_buffer *payload;
    EVP_PKEY *key;
    int salt, padding;                 /* of RSA; salt -1: as long as the digest */
    const EVP_MD *mask;
};

static void put_signature(const struct craft *craft, const struct vg_buffer *structure, struct vg_buffer *out)
{
    unsigned char bytes[1024];
    size_t size = sizeof bytes;
    EVP_PKEY_CTX *key = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    vg_buffer_init(out, 0);
    assert_int_equal(EVP_DigestSignInit(context, &key, EVP_sha256(), NULL, craft->key), 1);
    bool rsa = EVP_PKEY_is_a(craft->key, "RSA") == 1;
    if (rsa) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key, craft->padding == 0 ? RSA_PKCS1_PSS_PADDING : craft->padding), 1);
        assert_true(craft->padding != 0 || EVP_PKEY_CTX_set_rsa_pss_saltlen(key, craft->salt) == 1);
        assert_true(craft->mask == NULL || EVP_PKEY_CTX_set_rsa_mgf1_md(key, craft->mask) == 1);
    }
    assert_int_equal(EVP_DigestSign(context, bytes, &size, (const unsigned char *)structure->data, structure->size), 1);
    EVP_MD_CTX_free(context);
    if (!rsa) {
        const unsigned char *at = bytes;
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
        unsigned char plain[64];
        assert_true(BN_bn2binpad(ECDSA_SIG_get0_r(pair), plain, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(pair), plain + 32, 32) == 32);
        ECDSA_SIG_free(pair);
        memcpy(bytes, plain, sizeof plain);
        size = sizeof plain;
    }
    vg_buffer_append(out, bytes, size);
}

static void protect(const struct craft *craft, struct vg_buffer *head)
{
    vg_buffer_init(head, 0);
    vg_cbor_put_head(head, VG_CBOR_MAP, (craft->algorithm != 0 ? 1u : 0u) + (craft->kid != NULL ? 1u : 0u) + craft->n_extra);
    if (craft->algorithm != 0) {
        vg_cbor_put_integer(head, 1);
        vg_cbor_put_integer(head, craft->algorithm);
    }
    if (craft->kid != NULL) {
        vg_cbor_put_integer(head, 4);
        vg_cbor_put_bytes(head, craft->kid, 8);
    }
    if (craft->extra != NULL) {
        vg_buffer_append(head, craft->extra->data, craft->extra->size);
    }
}

static void pack(const struct vg_buffer *cose, struct vg_buffer *text)
{
    uLongf size = compressBound((uLong)cose->size);
    unsigned char *packed = malloc(size);
    assert_int_equal(compress2(packed, &size, (const unsigned char *)cose->data, (uLong)cose->size, 9), Z_OK);
    vg_buffer_init(text, 0);
    vg_buffer_text(text, "HC1:");
    vg_base45_encode(packed, size, text);
    free(packed);
}

/* With the signature that is given, or one of its own. */
static void make(const struct craft *craft, const struct vg_buffer *signature, struct vg_buffer *text)
{
    struct vg_buffer head, structure, cose, own;
    protect(craft, &head);
    vg_buffer_init(&structure, 0);
    cose_sig_structure(vg_text_of(head.data, head.size), vg_text_of(craft->payload->data, craft->payload->size), &structure);
    vg_buffer_init(&own, 0);
    if (signature == NULL) {
        put_signature(craft, &structure, &own);
        signature = &own;
    }
    vg_buffer_init(&cose, 0);
    vg_cbor_put_head(&cose, VG_CBOR_TAG, 18);
    vg_cbor_put_head(&cose, VG_CBOR_ARRAY, 4);
    vg_cbor_put_bytes(&cose, head.data, head.size);
    if (craft->open == NULL) {
        vg_cbor_put_head(&cose, VG_CBOR_MAP, 0);
    } else {
        vg_buffer_append(&cose, craft->open->data, craft->open->size);
    }
    vg_cbor_put_bytes(&cose, craft->payload->data, craft->payload->size);
    vg_cbor_put_bytes(&cose, signature->data, signature->size);
    pack(&cose, text);
    vg_buffer_release(&head);
    vg_buffer_release(&structure);
    vg_buffer_release(&cose);
    vg_buffer_release(&own);
}

static struct vg_certificate_report judge(struct scene *scene, const struct craft *craft, const struct vg_buffer *signature)
{
    struct vg_buffer text;
    make(craft, signature, &text);
    struct vg_certificate_report report = verify(scene, vg_text_of(text.data, text.size), NOW);
    vg_buffer_release(&text);
    return report;
}

static void assert_step(struct scene *scene, const struct craft *craft, const struct vg_buffer *signature, enum vg_certificate_step step)
{
    struct vg_certificate_report report = judge(scene, craft, signature);
    if (report.valid || report.failed != step) {
        fail_msg("expected to fail at %s, not at %s: %s", vg_certificate_step_name(step), report.valid ? "none" : vg_certificate_step_name(report.failed), report.why);
    }
}

static struct craft honest(const struct scene *scene, const struct vg_buffer *payload)
{
    return (struct craft){.algorithm = EVP_PKEY_is_a(scene->key, "RSA") == 1 ? -37 : -7, .kid = scene->trust->signers[0].kid, .payload = payload, .key = scene->key, .salt = -1};
}

/* --------------------------------------------------------------- signatures */

static void what_is_nearly_a_signature_is_none(void **state)
{
    struct scene scene, stranger;
    struct vg_buffer payload, good, bad, head, structure;
    (void)state;
    begin(&scene, NULL, 0);
    begin(&stranger, NULL, 0);
    put_claims(&payload, vaccination, true);
    struct craft craft = honest(&scene, &payload);
    assert_true(judge(&scene, &craft, NULL).valid);
    protect(&craft, &head);
    vg_buffer_init(&structure, 0);
    cose_sig_structure(vg_text_of(head.data, head.size), vg_text_of(payload.data, payload.size), &structure);
    put_signature(&craft, &structure, &good);
    assert_true(judge(&scene, &craft, &good).valid);
    /* Lengths: empty, cut, longer, one half alone. */
    static const size_t sizes[] = {0, 1, 32, 63, 65, 70, 128};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char bytes[128] = {0};
        memcpy(bytes, good.data, 64);
        vg_buffer_init(&bad, 0);
        vg_buffer_append(&bad, bytes, sizes[i]);
        assert_step(&scene, &craft, &bad, VG_CERTIFICATE_STEP_SIGNATURE);
        vg_buffer_release(&bad);
    }
    /* Numbers: zeros, the order of the group, beyond it, halves exchanged. A zero r or s was taken by more than one library. */
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    for (int which = 0; which < 7; which++) {
        unsigned char bytes[64];
        memcpy(bytes, good.data, 64);
        switch (which) {
        case 0: memset(bytes, 0, 64); break;
        case 1: memset(bytes, 0, 32); break;
        case 2: memset(bytes + 32, 0, 32); break;
        case 3: memset(bytes, 0xff, 64); break;
        case 4: memcpy(bytes + 32, order, 32); break;
        case 5: memcpy(bytes, order, 32); memcpy(bytes + 32, order, 32); break;
        default: memcpy(bytes, good.data + 32, 32); memcpy(bytes + 32, good.data, 32);
        }
        vg_buffer_init(&bad, 0);
        vg_buffer_append(&bad, bytes, 64);
        assert_step(&scene, &craft, &bad, VG_CERTIFICATE_STEP_SIGNATURE);
        vg_buffer_release(&bad);
    }
    craft.key = stranger.key; /* somebody else's, under the trusted key's name */
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
    vg_buffer_release(&good);
    vg_buffer_release(&head);
    vg_buffer_release(&structure);
    vg_buffer_release(&payload);
    end(&scene);
    end(&stranger);
}

static void pss_has_the_salt_and_mask_of_its_digest(void **state)
{
    static const struct { int salt, padding; bool other_mask, good; } cases[] = {
        {-1, 0, false, true}, {32, 0, false, true}, {0, 0, false, false}, {20, 0, false, false}, {31, 0, false, false}, {33, 0, false, false}, {64, 0, false, false}, {222, 0, false, false},
        {32, 0, true, false}, {0, RSA_PKCS1_PADDING, false, false}};
    struct scene scene;
    struct vg_buffer payload;
    (void)state;
    begin(&scene, NULL, 2048);
    put_claims(&payload, vaccination, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct craft craft = honest(&scene, &payload);
        craft.salt = cases[i].salt;
        craft.padding = cases[i].padding;
        craft.mask = cases[i].other_mask ? EVP_sha1() : NULL;
        if (cases[i].good) {
            assert_true(judge(&scene, &craft, NULL).valid);
        } else {
            assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
        }
    }
    vg_buffer_release(&payload);
    end(&scene);
}

/* --------------------------------------------------------------- algorithms */

static void nobody_but_the_signer_names_the_algorithm(void **state)
{
    struct scene scene, rsa;
    struct vg_buffer payload, open;
    (void)state;
    begin(&scene, NULL, 0);
    begin(&rsa, NULL, 2048);
    put_claims(&payload, vaccination, true);
    struct craft craft = honest(&scene, &payload);
    vg_buffer_init(&open, 0); /* {1: -37}: what is signed counts */
    vg_cbor_put_head(&open, VG_CBOR_MAP, 1);
    vg_cbor_put_integer(&open, 1);
    vg_cbor_put_integer(&open, -37);
    craft.open = &open;
    assert_true(judge(&scene, &craft, NULL).valid);
    vg_buffer_clear(&open); /* {1: -7} alone: anybody could have written it */
    vg_cbor_put_head(&open, VG_CBOR_MAP, 1);
    vg_cbor_put_integer(&open, 1);
    vg_cbor_put_integer(&open, -7);
    craft.algorithm = 0;
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
    craft.open = NULL;
    /* A MAC with the public key for its secret, "none", other curves, RSA without PSS; RSA's name for a key of the curve, and the other way. */
    static const int64_t others[] = {5, 4, 100, -8, -35, -36, -257, -65535, -37};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct vg_buffer mac;
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        vg_buffer_init(&mac, 0);
        craft.algorithm = others[i];
        assert_non_null(HMAC(EVP_sha256(), scene.der, scene.der_size, (const unsigned char *)payload.data, payload.size, bytes, &size));
        vg_buffer_append(&mac, bytes, size);
        assert_step(&scene, &craft, &mac, VG_CERTIFICATE_STEP_SIGNATURE);
        assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
        vg_buffer_release(&mac);
    }
    struct craft swapped = honest(&rsa, &payload);
    swapped.algorithm = -7;
    assert_step(&rsa, &swapped, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
    swapped.algorithm = -257;
    swapped.padding = RSA_PKCS1_PADDING;
    assert_step(&rsa, &swapped, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
    vg_buffer_release(&open);
    vg_buffer_release(&payload);
    end(&scene);
    end(&rsa);
}

/* ------------------------------------------------------------------ headers */

static void put_labels(struct vg_buffer *out, const int64_t *labels, size_t n)
{
    vg_cbor_put_integer(out, 2);
    vg_cbor_put_head(out, VG_CBOR_ARRAY, n);
    for (size_t i = 0; i < n; i++) {
        vg_cbor_put_integer(out, labels[i]);
    }
}

static void what_must_be_understood_is_or_refused(void **state)
{
    static const struct { int64_t labels[3]; size_t n; bool also_99, good; } cases[] = {
        {{1, 4}, 2, false, true}, {{4}, 1, false, true}, {{99}, 1, true, false}, {{1, 99}, 2, true, false}, {{3}, 1, false, false}, {{0}, 0, false, false}, {{-1}, 1, false, false}, {{2}, 1, false, false}};
    struct scene scene;
    struct vg_buffer payload, extra, open;
    (void)state;
    begin(&scene, NULL, 0);
    put_claims(&payload, vaccination, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct craft craft = honest(&scene, &payload);
        vg_buffer_init(&extra, 0);
        put_labels(&extra, cases[i].labels, cases[i].n);
        if (cases[i].also_99) {
            vg_cbor_put_integer(&extra, 99);
            vg_cbor_put_text(&extra, vg_text_from("valid only on Tuesdays"));
        }
        craft.extra = &extra;
        craft.n_extra = cases[i].also_99 ? 2 : 1;
        if (cases[i].good) {
            assert_true(judge(&scene, &craft, NULL).valid);
        } else {
            assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_STRUCTURE);
        }
        vg_buffer_release(&extra);
    }
    struct craft craft = honest(&scene, &payload);
    vg_buffer_init(&extra, 0); /* no list */
    vg_cbor_put_integer(&extra, 2);
    vg_cbor_put_integer(&extra, 1);
    craft.extra = &extra;
    craft.n_extra = 1;
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_STRUCTURE);
    vg_buffer_clear(&extra); /* a header that nobody asks to be understood may be there */
    vg_cbor_put_integer(&extra, 99);
    vg_cbor_put_integer(&extra, 1);
    assert_true(judge(&scene, &craft, NULL).valid);
    vg_buffer_init(&open, 0); /* not signed */
    vg_cbor_put_head(&open, VG_CBOR_MAP, 1);
    put_labels(&open, (const int64_t[]){1}, 1);
    craft.open = &open;
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_STRUCTURE);
    vg_buffer_release(&open);
    vg_buffer_release(&extra);
    vg_buffer_release(&payload);
    end(&scene);
}

/* A chain of the attacker's own in the header (x5chain, x5u) makes nobody trusted. */
static void chains_in_the_header_are_not_believed(void **state)
{
    struct scene scene, stranger;
    struct vg_buffer payload, extra;
    (void)state;
    begin(&scene, NULL, 0);
    begin(&stranger, NULL, 0);
    put_claims(&payload, vaccination, true);
    vg_buffer_init(&extra, 0);
    vg_cbor_put_integer(&extra, 33);
    vg_cbor_put_head(&extra, VG_CBOR_ARRAY, 2);
    vg_cbor_put_bytes(&extra, stranger.der, (size_t)stranger.der_size);
    vg_cbor_put_bytes(&extra, scene.der, (size_t)scene.der_size);
    vg_cbor_put_integer(&extra, 35);
    vg_cbor_put_text(&extra, vg_text_from("http://attacker.example/ca.pem"));
    struct craft craft = honest(&stranger, &payload);
    craft.extra = &extra;
    craft.n_extra = 2;
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNER);
    craft.kid = scene.trust->signers[0].kid;
    assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_SIGNATURE);
    vg_buffer_release(&extra);
    vg_buffer_release(&payload);
    end(&scene);
    end(&stranger);
}

/* A key for signing certificates, or for secrets, signs no documents, though it stands in the list of trust. */
static void keys_are_used_for_what_they_are(void **state)
{
    static const struct { const char *usage; bool good; } cases[] = {{"digitalSignature", true}, {"digitalSignature,nonRepudiation", true}, {"keyCertSign,cRLSign", false}, {"keyAgreement", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        struct vg_buffer payload;
        struct vg_error error = {0};
        begin(&scene, NULL, 0);
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, cases[i].usage);
        assert_true(X509_add_ext(scene.certificate, extension, -1) == 1 && X509_sign(scene.certificate, scene.key, EVP_sha256()) > 0);
        X509_EXTENSION_free(extension);
        vg_certificate_trust_free(scene.trust);
        OPENSSL_free(scene.der);
        scene.der = NULL;
        scene.der_size = i2d_X509(scene.certificate, &scene.der);
        vg_assert_ok(vg_certificate_trust_new(&scene.trust, &error), error);
        vg_assert_ok(vg_certificate_trust_add(scene.trust, scene.der, (size_t)scene.der_size, NULL, &error), error);
        put_claims(&payload, vaccination, true);
        struct craft craft = honest(&scene, &payload);
        if (cases[i].good) {
            assert_true(judge(&scene, &craft, NULL).valid);
        } else {
            assert_step(&scene, &craft, NULL, VG_CERTIFICATE_STEP_KEY_USAGE);
        }
        vg_buffer_release(&payload);
        end(&scene);
    }
}

/* -------------------------------------------------------------------- times */

static void times_that_are_none_are_refused(void **state)
{
    /* CBOR of the claims 4 and 6 (expires, issued). */
    static const struct { const char *expires, *issued; size_t expires_size, issued_size; } cases[] = {
        {"\xfb\x7f\xf8\0\0\0\0\0\0", "\x01", 9, 1},              /* not a number */
        {"\xfb\x7f\xf0\0\0\0\0\0\0", "\x01", 9, 1},              /* infinite */
        {"\xf9\x7c\x00", "\x01", 3, 1},                          /* infinite, in two bytes */
        {"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", "\x01", 9, 1},  /* the greatest number */
        {"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "\x01", 9, 1},
        {"\x6a" "2099-01-01", "\x01", 11, 1},                    /* a text */
        {"\xc1\x6a" "2099-01-01", "\x01", 12, 1},
        {"\xc0\x1a\x7f\xff\xff\xff", "\x01", 6, 1},              /* the tag of a text with a number */
        {"\xf6", "\x01", 1, 1},                                  /* null */
        {"\x1a\x7f\xff\xff\xff", "\xfb\xff\xf0\0\0\0\0\0\0", 5, 9},
        {"\x81\x1a\x7f\xff\xff\xff", "\x01", 6, 1},              /* in a list */
        {"\x01", "\x1a\x7f\xff\xff\xff", 1, 5},                  /* over before it began */
        {"\x1a\x7f\xff\xff\xff", "\x1a\x7f\xff\xff\xfe", 5, 5}}; /* of a time to come */
    struct scene scene;
    (void)state;
    begin(&scene, NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_buffer payload, health;
        struct vg_error error = {0};
        vg_buffer_init(&payload, 0);
        vg_buffer_init(&health, 0);
        vg_assert_ok(certificate_json_to_cbor(vg_text_from(vaccination), &health, &error), error);
        vg_cbor_put_head(&payload, VG_CBOR_MAP, 3);
        vg_cbor_put_integer(&payload, 4);
        vg_buffer_append(&payload, cases[i].expires, cases[i].expires_size);
        vg_cbor_put_integer(&payload, 6);
        vg_buffer_append(&payload, cases[i].issued, cases[i].issued_size);
        vg_cbor_put_integer(&payload, -260);
        vg_cbor_put_head(&payload, VG_CBOR_MAP, 1);
        vg_cbor_put_integer(&payload, 1);
        vg_buffer_append(&payload, health.data, health.size);
        struct craft craft = honest(&scene, &payload);
        struct vg_certificate_report report = judge(&scene, &craft, NULL);
        assert_false(report.valid);
        assert_int_equal(report.steps[VG_CERTIFICATE_STEP_TIME], VG_CERTIFICATE_FAILED);
        vg_buffer_release(&health);
        vg_buffer_release(&payload);
    }
    end(&scene);
}

/* ------------------------------------------------------------------- memory */

/* Refused, and within a bounded memory. */
static void assert_small(struct scene *scene, const struct vg_buffer *cose, bool packed)
{
    struct vg_buffer text;
    struct vg_arena arena;
    struct vg_certificate_report report;
    struct vg_error error = {0};
    if (packed) {
        pack(cose, &text);
    } else {
        vg_buffer_init(&text, 0);
        vg_buffer_text(&text, "HC1:");
        vg_base45_encode(cose->data, cose->size, &text);
    }
    vg_arena_init(&arena, MEMORY);
    vg_assert_ok(vg_certificate_verify(vg_text_of(text.data, text.size), scene->trust, NOW, &arena, &report, &error), error);
    assert_false(report.valid);
    vg_arena_release(&arena);
    vg_buffer_release(&text);
}

static void texts_that_take_memory_are_refused(void **state)
{
    struct scene scene;
    struct vg_buffer cose;
    (void)state;
    begin(&scene, NULL, 0);
    vg_buffer_init(&cose, 0);
    for (int kind = 0; kind < 2; kind++) { /* two thousand empty texts in pieces, then zeros up to the bound */
        vg_buffer_clear(&cose);
        vg_cbor_put_head(&cose, VG_CBOR_ARRAY, 2001);
        for (int i = 0; i < 2000; i++) {
            vg_buffer_append(&cose, kind == 0 ? "\x5f\xff" : "\x7f\xff", 2);
        }
        vg_cbor_put_head(&cose, VG_CBOR_BYTES, 60000);
        while (cose.size < 64000) {
            vg_buffer_char(&cose, 0);
        }
        assert_small(&scene, &cose, true);
    }
    static const struct { const char *bytes; size_t size; } heads[] = {
        {"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", 9}, {"\xbb\x80\0\0\0\0\0\0\0", 9}, {"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9}, {"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", 9}, {"\x7a\xff\xff\xff\xff", 5},
        {"\x9f\x9f\x9f\x9f", 4}, {"\xbf\xbf\xbf\xbf", 4}, {"\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\xd2\x80", 19}, {"\x5f\x5f\xff\xff", 4}, {"\xd2\x84", 2}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        vg_buffer_clear(&cose);
        vg_buffer_append(&cose, heads[i].bytes, heads[i].size);
        assert_small(&scene, &cose, true);
    }
    vg_buffer_clear(&cose); /* ten thousand lists in each other */
    for (int i = 0; i < 10000; i++) {
        vg_buffer_char(&cose, (char)0x81);
    }
    assert_small(&scene, &cose, true);
    vg_buffer_clear(&cose); /* a map of as many keys as are read at all, each compared with each */
    vg_cbor_put_head(&cose, VG_CBOR_MAP, 1023);
    for (int i = 0; i < 1023; i++) {
        vg_cbor_put_integer(&cose, 100000 + i);
        vg_cbor_put_integer(&cose, 0);
    }
    assert_small(&scene, &cose, true);
    vg_buffer_release(&cose);
    end(&scene);
}

static void what_is_packed_otherwise_is_refused(void **state)
{
    struct scene scene;
    struct vg_buffer payload, text, cose;
    unsigned char packed[8192], plain[8192];
    (void)state;
    begin(&scene, NULL, 0);
    put_claims(&payload, vaccination, true);
    struct craft craft = honest(&scene, &payload);
    make(&craft, NULL, &text);
    size_t size = 0;
    assert_true(vg_base45_decode(vg_text_of(text.data + 4, text.size - 4), packed, &size));
    uLongf plain_size = sizeof plain;
    assert_int_equal(uncompress(plain, &plain_size, packed, size), Z_OK);
    static const int bits[] = {-15, 31}; /* without a frame, and gzip's */
    for (size_t i = 0; i < 4; i++) {
        vg_buffer_init(&cose, 0);
        if (i < 2) {
            z_stream stream = {.next_in = plain, .avail_in = (uInt)plain_size};
            unsigned char out[8192];
            assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, bits[i], 8, Z_DEFAULT_STRATEGY), Z_OK);
            stream.next_out = out;
            stream.avail_out = sizeof out;
            assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
            vg_buffer_append(&cose, out, stream.total_out);
            (void)deflateEnd(&stream);
        } else if (i == 2) { /* one more behind it */
            vg_buffer_append(&cose, packed, size);
            vg_buffer_append(&cose, packed, size);
        } else { /* by a dictionary that the reader should have */
            z_stream stream = {.next_in = plain, .avail_in = (uInt)plain_size};
            unsigned char out[8192];
            assert_true(deflateInit(&stream, 9) == Z_OK && deflateSetDictionary(&stream, (const Bytef *)"dictionary", 10) == Z_OK);
            stream.next_out = out;
            stream.avail_out = sizeof out;
            assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
            vg_buffer_append(&cose, out, stream.total_out);
            (void)deflateEnd(&stream);
        }
        assert_small(&scene, &cose, false);
        vg_buffer_release(&cose);
    }
    vg_buffer_release(&text);
    vg_buffer_release(&payload);
    end(&scene);
}

/* Two claims under one key, however the key is written: the reader must not see another than the checker. */
static void a_key_in_two_writings_is_twice(void **state)
{
    static const struct { const char *first, *second; size_t first_size, second_size; } cases[] = {
        {"\x61v", "\x7f\x61v\xff", 2, 4}, {"\x61v", "\x78\x01v", 2, 3}, {"\x61v", "\x7f\x60\x61v\x60\xff", 2, 6}, {"\x04", "\x18\x04", 1, 2}, {"\x20", "\x39\0\0", 1, 3}, {"\x41v", "\x5f\x41v\xff", 2, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_buffer bytes;
        struct vg_arena arena;
        struct vg_cbor cbor;
        const char *why = NULL;
        vg_buffer_init(&bytes, 0);
        vg_arena_init(&arena, MEMORY);
        vg_cbor_put_head(&bytes, VG_CBOR_MAP, 2);
        vg_buffer_append(&bytes, cases[i].first, cases[i].first_size);
        vg_cbor_put_integer(&bytes, 1);
        vg_buffer_append(&bytes, cases[i].second, cases[i].second_size);
        vg_cbor_put_integer(&bytes, 2);
        assert_false(vg_cbor_read(vg_text_of(bytes.data, bytes.size), &arena, &cbor, &why));
        assert_string_equal(why, "the CBOR has a map with a key twice");
        vg_arena_release(&arena);
        vg_buffer_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_nearly_a_signature_is_none),   cmocka_unit_test(pss_has_the_salt_and_mask_of_its_digest), cmocka_unit_test(nobody_but_the_signer_names_the_algorithm),
        cmocka_unit_test(what_must_be_understood_is_or_refused), cmocka_unit_test(chains_in_the_header_are_not_believed),  cmocka_unit_test(keys_are_used_for_what_they_are),
        cmocka_unit_test(times_that_are_none_are_refused),      cmocka_unit_test(texts_that_take_memory_are_refused),      cmocka_unit_test(what_is_packed_otherwise_is_refused),
        cmocka_unit_test(a_key_in_two_writings_is_twice),
    };
    return vg_run_group_tests("certificates made to harm", tests, NULL, NULL);
}
