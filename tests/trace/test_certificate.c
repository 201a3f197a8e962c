/*
 * Certificates issued and verified: every kind and both algorithms, what each step refuses, policies to the second, revocation, signed lists of trust, QR codes.
 */
#include "certificate_scene.h"

static const char test_claims[] = "{\"ver\": \"1.3.0\", \"nam\": {\"fnt\": \"PEREZ\"}, \"dob\": \"1980\", \"t\": [{\"tg\": \"840539006\", \"tt\": \"LP6464-4\", \"sc\":"
                                  " \"2021-05-31T12:00:00Z\", \"tr\": \"260415000\", \"co\": \"CO\", \"is\": \"Ministerio\", \"ci\": \"URN:UVCI:01:CO:2#B\"}]}";
static const char recovery[] = "{\"ver\": \"1.3.0\", \"nam\": {\"fnt\": \"PEREZ\"}, \"dob\": \"\", \"r\": [{\"tg\": \"840539006\", \"fr\": \"2021-05-01\", \"df\": \"2021-05-12\", \"du\":"
                               " \"2021-10-28\", \"co\": \"CO\", \"is\": \"Ministerio\", \"ci\": \"URN:UVCI:01:CO:3#C\"}]}";

static vg_status issue(struct scene *scene, const char *json, struct vg_buffer *text, struct vg_error *error)
{
    const struct vg_certificate_claims claims = {vg_text_from(json), "CO", NOW - 3600, NOW + 90 * DAY};
    vg_buffer_init(text, 0);
    return vg_certificate_issue(&claims, scene->signer, text, error);
}

static void what_is_issued_is_verified(void **state)
{
    static const char *const claims[3] = {test_claims, vaccination, recovery};
    (void)state;
    for (unsigned bits = 0; bits <= 2048; bits += 2048) {
        struct scene scene;
        begin(&scene, NULL, bits);
        for (int kind = 0; kind < 3; kind++) {
            struct vg_buffer text;
            struct vg_error error = {0};
            vg_assert_ok(issue(&scene, claims[kind], &text, &error), error);
            struct vg_certificate_report report = verify(&scene, vg_text_of(text.data, text.size), NOW);
            assert_string_equal(report.why, "");
            assert_true(report.valid);
            assert_int_equal(report.rsa, bits != 0);
            assert_string_equal(report.country, "CO");
            assert_true(vg_text_equals(report.issuer, "CO"));
            assert_int_equal(report.issued, NOW - 3600);
            assert_int_equal(report.expires, NOW + 90 * DAY);
            for (int other = 0; other < 3; other++) {
                assert_int_equal(report.kinds[other], other == kind);
            }
            vg_buffer_release(&text);
        }
        end(&scene);
    }
}

/* Whatever one character is changed to, it is refused, but for bits that say nothing (behind the end of what was packed); and every beginning is. */
static void changed_texts_are_refused(void **state)
{
    static const char other[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    struct scene scene;
    struct vg_buffer text;
    struct vg_error error = {0};
    (void)state;
    begin(&scene, NULL, 0);
    vg_assert_ok(issue(&scene, vaccination, &text, &error), error);
    struct vg_text claims = verify(&scene, vg_text_of(text.data, text.size), NOW).claims;
    char *original = strndup(claims.data, claims.size);
    size_t n_taken = 0;
    for (size_t i = 0; i < text.size; i++) {
        char kept = text.data[i];
        text.data[i] = kept == other[i % 45] ? other[(i + 1) % 45] : other[i % 45];
        struct vg_certificate_report report = verify(&scene, vg_text_of(text.data, text.size), NOW);
        n_taken += report.valid ? 1 : 0;
        assert_true(!report.valid || (report.claims.size == claims.size && memcmp(report.claims.data, original, strlen(original)) == 0));
        text.data[i] = kept;
        assert_false(verify(&scene, vg_text_of(text.data, i), NOW).valid);
        vg_arena_reset(&scene.arena);
    }
    assert_true(n_taken <= 3);
    assert_true(verify(&scene, vg_text_of(text.data, text.size), NOW).valid);
    free(original);
    vg_buffer_release(&text);
    end(&scene);
}

static void each_step_refuses_its_own(void **state)
{
    struct scene scene, stranger;
    struct vg_buffer text;
    struct vg_error error = {0};
    (void)state;
    begin(&scene, NULL, 0);
    begin(&stranger, NULL, 0);
    vg_assert_ok(issue(&scene, vaccination, &text, &error), error);
    struct vg_text whole = vg_text_of(text.data, text.size);
    assert_refused(&scene, vg_text_from("HC2:ABC"), NOW, VG_CERTIFICATE_STEP_PREFIX);
    assert_refused(&scene, vg_text_from(""), NOW, VG_CERTIFICATE_STEP_PREFIX);
    assert_refused(&scene, vg_text_from("HC1:abc"), NOW, VG_CERTIFICATE_STEP_BASE45);
    assert_refused(&scene, vg_text_from("HC1:BB8"), NOW, VG_CERTIFICATE_STEP_COMPRESSION);
    assert_refused(&scene, vg_text_from("HC1:"), NOW, VG_CERTIFICATE_STEP_COMPRESSION);
    assert_refused(&stranger, whole, NOW, VG_CERTIFICATE_STEP_SIGNER);
    assert_refused(&scene, whole, NOW - 3601, VG_CERTIFICATE_STEP_TIME);
    assert_true(verify(&scene, whole, NOW - 3600).valid);
    assert_true(verify(&scene, whole, NOW + 90 * DAY).valid);
    assert_refused(&scene, whole, NOW + 90 * DAY + 1, VG_CERTIFICATE_STEP_TIME);
    vg_buffer_release(&text);
    end(&scene);
    end(&stranger);
}

static void a_signer_that_has_expired_is_refused(void **state)
{
    struct scene scene;
    struct vg_buffer text;
    struct vg_error error = {0};
    (void)state;
    begin(&scene, NULL, 0);
    const struct vg_certificate_claims claims = {vg_text_from(vaccination), "CO", NOW, NOW + 366 * DAY};
    vg_buffer_init(&text, 0);
    assert_int_equal(vg_certificate_issue(&claims, scene.signer, &text, &error), VG_DATA_ERROR); /* longer than its signer */
    vg_buffer_release(&text);
    vg_assert_ok(issue(&scene, vaccination, &text, &error), error);
    scene.trust->signers[0].not_after = NOW - 1;
    assert_refused(&scene, vg_text_of(text.data, text.size), NOW, VG_CERTIFICATE_STEP_TIME);
    vg_buffer_release(&text);
    end(&scene);
}

static void signers_keep_to_their_kinds(void **state)
{
    static const struct {
        const char *usages;
        bool test, vaccination;
    } cases[] = {{NULL, true, true},
                 {"1.3.6.1.4.1.1847.2021.1.1", true, false},
                 {"1.3.6.1.4.1.0.1847.2021.1.2", false, true},
                 {"1.3.6.1.4.1.1847.2021.1.1,1.3.6.1.4.1.1847.2021.1.2", true, true},
                 {"1.3.6.1.4.1.1847.2021.1.3", false, false},
                 {"clientAuth,emailProtection", true, true},  /* says nothing of certificates */
                 {"2.23.136.1.1.14.2", false, false},          /* another document's signer */
                 {"1.3.6.1.4.1.1847.2021.1.4", false, false},
                 {"1.3.6.1.4.1.1847.2021.1.11", false, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        struct vg_buffer text;
        struct vg_error error = {0};
        begin(&scene, cases[i].usages, 0);
        for (int which = 0; which < 2; which++) {
            bool allowed = which == 0 ? cases[i].test : cases[i].vaccination;
            assert_int_equal(issue(&scene, which == 0 ? test_claims : vaccination, &text, &error), allowed ? VG_OK : VG_DATA_ERROR);
            vg_buffer_release(&text);
            /* One that signs all the same is found out. */
            struct certificate_signer_facts kept = scene.signer->facts;
            scene.signer->facts.named_usage = false;
            vg_assert_ok(issue(&scene, which == 0 ? test_claims : vaccination, &text, &error), error);
            scene.signer->facts = kept;
            if (allowed) {
                assert_true(verify(&scene, vg_text_of(text.data, text.size), NOW).valid);
            } else {
                assert_refused(&scene, vg_text_of(text.data, text.size), NOW, VG_CERTIFICATE_STEP_KEY_USAGE);
            }
            vg_buffer_release(&text);
        }
        end(&scene);
    }
}

/* ------------------------------------------------------------ hand-made ones */

/* Signs a payload with headers as they are given, and packs it. */
static void hand_made(struct scene *scene, const struct vg_buffer *head, const struct vg_buffer *open_head, const struct vg_buffer *payload, struct vg_buffer *text)
{
    struct vg_buffer structure, cose;
    unsigned char der[VG_P256_DER_BYTES_MAX], plain[64];
    size_t size = sizeof der;
    vg_buffer_init(&structure, 0);
    vg_buffer_init(&cose, 0);
    cose_sig_structure(vg_text_of(head->data == NULL ? "" : head->data, head->size), vg_text_of(payload->data, payload->size), &structure);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, scene->key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &size, (unsigned char *)structure.data, structure.size), 1);
    EVP_MD_CTX_free(context);
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), plain, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), plain + 32, 32), 32);
    ECDSA_SIG_free(pair);
    vg_cbor_put_head(&cose, VG_CBOR_TAG, 61);
    vg_cbor_put_head(&cose, VG_CBOR_TAG, 18);
    vg_cbor_put_head(&cose, VG_CBOR_ARRAY, 4);
    vg_cbor_put_bytes(&cose, head->data, head->size);
    vg_buffer_append(&cose, open_head->data, open_head->size);
    vg_cbor_put_bytes(&cose, payload->data, payload->size);
    vg_cbor_put_bytes(&cose, plain, sizeof plain);
    uLongf packed_size = compressBound((uLong)cose.size);
    unsigned char *packed = malloc(packed_size);
    assert_int_equal(compress2(packed, &packed_size, (unsigned char *)cose.data, (uLong)cose.size, 9), Z_OK);
    vg_buffer_init(text, 0);
    vg_buffer_text(text, "HC1:");
    vg_base45_encode(packed, packed_size, text);
    free(packed);
    vg_buffer_release(&structure);
    vg_buffer_release(&cose);
}

enum place { NOWHERE, PROTECTED, OPEN, BOTH_WRONG_PROTECTED, BOTH_WRONG_OPEN };

static void put_header(struct vg_buffer *head, int64_t algorithm, const uint8_t *kid, bool wrong)
{
    uint8_t bytes[8];
    vg_cbor_put_head(head, VG_CBOR_MAP, (algorithm != 0 ? 1u : 0u) + (kid != NULL ? 1u : 0u));
    if (algorithm != 0) {
        vg_cbor_put_integer(head, 1);
        vg_cbor_put_integer(head, algorithm);
    }
    if (kid != NULL) {
        memcpy(bytes, kid, 8);
        bytes[7] ^= wrong ? 1 : 0;
        vg_cbor_put_integer(head, 4);
        vg_cbor_put_bytes(head, bytes, 8);
    }
}

/* The key identifier that counts is the protected one; the other only where there is none. */
static void key_identifiers_are_taken_from_the_protected_header(void **state)
{
    static const struct {
        enum place place;
        bool good;
    } cases[] = {{PROTECTED, true}, {OPEN, true}, {NOWHERE, false}, {BOTH_WRONG_PROTECTED, false}, {BOTH_WRONG_OPEN, true}};
    struct scene scene;
    (void)state;
    begin(&scene, NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_buffer head, open_head, payload, text;
        enum place place = cases[i].place;
        const uint8_t *kid = scene.trust->signers[0].kid;
        vg_buffer_init(&head, 0);
        vg_buffer_init(&open_head, 0);
        put_claims(&payload, vaccination, true);
        put_header(&head, -7, place == NOWHERE || place == OPEN ? NULL : kid, place == BOTH_WRONG_PROTECTED);
        put_header(&open_head, 0, place == NOWHERE || place == PROTECTED ? NULL : kid, place == BOTH_WRONG_OPEN);
        hand_made(&scene, &head, &open_head, &payload, &text);
        struct vg_certificate_report report = verify(&scene, vg_text_of(text.data, text.size), NOW);
        assert_int_equal(report.valid, cases[i].good);
        if (place == BOTH_WRONG_PROTECTED) {
            assert_int_equal(report.failed, VG_CERTIFICATE_STEP_SIGNER);
        } else if (!cases[i].good) {
            assert_int_equal(report.failed, VG_CERTIFICATE_STEP_STRUCTURE);
        } else {
            assert_int_equal(report.expires, NOW + 1000); /* rounded down */
        }
        vg_buffer_release(&head);
        vg_buffer_release(&open_head);
        vg_buffer_release(&payload);
        vg_buffer_release(&text);
    }
    end(&scene);
}

static void algorithms_and_times_must_be_there(void **state)
{
    static const int64_t algorithms[] = {-37, -8, -35, 5, 0};
    struct scene scene;
    struct vg_buffer head, open_head, payload, text;
    (void)state;
    begin(&scene, NULL, 0);
    vg_buffer_init(&open_head, 0);
    put_header(&open_head, 0, NULL, false);
    for (size_t i = 0; i <= sizeof algorithms / sizeof *algorithms; i++) {
        bool last = i == sizeof algorithms / sizeof *algorithms;
        vg_buffer_init(&head, 0);
        put_header(&head, last ? -7 : algorithms[i], scene.trust->signers[0].kid, false);
        put_claims(&payload, vaccination, !last);
        hand_made(&scene, &head, &open_head, &payload, &text);
        assert_refused(&scene, vg_text_of(text.data, text.size), NOW,
                       last ? VG_CERTIFICATE_STEP_TIME : algorithms[i] == 0 ? VG_CERTIFICATE_STEP_STRUCTURE : VG_CERTIFICATE_STEP_SIGNATURE);
        vg_buffer_release(&head);
        vg_buffer_release(&payload);
        vg_buffer_release(&text);
    }
    vg_buffer_release(&open_head);
    end(&scene);
}

static void claims_are_held_against_the_schema(void **state)
{
    static const struct {
        const char *old, *new;
        bool good;
    } cases[] = {{"1.3.0", "1.0.0", true},
                 {"1.3.0", "1.3", false},
                 {"1.3.0", "v1.3.0", false},
                 {"\"PEREZ\"", "\"P\xc3\x89REZ\"", false},
                 {"\"PEREZ\"", "\"PEREZ<GOMEZ\"", true},
                 {"\"PEREZ\"", "7", false},
                 {"1980-02-29", "1980-02", true},
                 {"1980-02-29", "1980-00-00", true},
                 {"1980-02-29", "1981-02-29", false},
                 {"1980-02-29", "1815-08-24", false},
                 {"1980-02-29", "2021-06-01", true},
                 {"1980-02-29", "2021-06-03", false},
                 {"\"dn\": 2", "\"dn\": 0", false},
                 {"\"dn\": 2", "\"dn\": \"2\"", false},
                 {"ORG-100030215", "ORG-99999999", false},
                 {"ORG-100030215", "Sinovac-Biotech", true},
                 {"2021-05-10", "10.05.2021", false},
                 {"2021-05-10", "2021-05-10T08:00:00+02:00", true},
                 {"\"co\": \"CO\"", "\"co\": \"COL\"", false},
                 {"\"co\": \"CO\"", "\"co\": \"\"", true},
                 {"\"ci\": \"URN:UVCI:01:CO:1#A\"", "\"ci\": \"\"", false},
                 {"\"v\": [", "\"t\": [], \"v\": [", true},
                 {"\"v\": [", "\"t\": null, \"v\": [", true},
                 {"\"v\": [", "\"t\": [{}], \"v\": [", false},
                 {"\"v\": [", "\"w\": [", false},
                 {"\"v\": [{", "\"v\": [7, {", false}};
    struct scene scene;
    (void)state;
    begin(&scene, NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[1024];
        const char *place = strstr(vaccination, cases[i].old);
        struct vg_buffer head, open_head, payload, text;
        struct vg_error error = {0};
        assert_non_null(place);
        (void)snprintf(json, sizeof json, "%.*s%s%s", (int)(place - vaccination), vaccination, cases[i].new, place + strlen(cases[i].old));
        vg_status status = issue(&scene, json, &text, &error);
        if (status != (cases[i].good ? VG_OK : VG_DATA_ERROR)) {
            fail_msg("%s in the place of %s: %s", cases[i].new, cases[i].old, error.message);
        }
        vg_buffer_release(&text);
        /* The same from a signer that looks at nothing. */
        vg_buffer_init(&head, 0);
        vg_buffer_init(&open_head, 0);
        put_header(&head, -7, scene.trust->signers[0].kid, false);
        put_header(&open_head, 0, NULL, false);
        put_claims(&payload, json, true);
        hand_made(&scene, &head, &open_head, &payload, &text);
        struct vg_certificate_report report = verify(&scene, vg_text_of(text.data, text.size), NOW);
        assert_int_equal(report.steps[VG_CERTIFICATE_STEP_SCHEMA], cases[i].good ? VG_CERTIFICATE_PASSED : VG_CERTIFICATE_FAILED);
        assert_int_equal(report.steps[VG_CERTIFICATE_STEP_SIGNATURE], VG_CERTIFICATE_PASSED);
        vg_buffer_release(&head);
        vg_buffer_release(&open_head);
        vg_buffer_release(&payload);
        vg_buffer_release(&text);
    }
    end(&scene);
}

/* A little that unpacks to much, and much that is nothing. */
static void bombs_are_refused(void **state)
{
    struct scene scene;
    struct vg_buffer text;
    (void)state;
    begin(&scene, NULL, 0);
    for (size_t size = VG_CERTIFICATE_UNPACKED_MAX; size <= 4000000; size += size == VG_CERTIFICATE_UNPACKED_MAX ? 1 : 3900000) {
        unsigned char *zeros = calloc(size, 1);
        uLongf packed_size = compressBound((uLong)size);
        unsigned char *packed = malloc(packed_size);
        assert_int_equal(compress2(packed, &packed_size, zeros, (uLong)size, 9), Z_OK);
        vg_buffer_init(&text, 0);
        vg_buffer_text(&text, "HC1:");
        vg_base45_encode(packed, packed_size, &text);
        assert_true(text.size < VG_CERTIFICATE_TEXT_MAX);
        assert_refused(&scene, vg_text_of(text.data, text.size), NOW, size == VG_CERTIFICATE_UNPACKED_MAX ? VG_CERTIFICATE_STEP_STRUCTURE : VG_CERTIFICATE_STEP_COMPRESSION);
        vg_buffer_release(&text);
        free(zeros);
        free(packed);
    }
    char *longer = malloc(VG_CERTIFICATE_TEXT_MAX + 1);
    memset(longer, 'A', VG_CERTIFICATE_TEXT_MAX + 1);
    memcpy(longer, "HC1:", 4);
    assert_refused(&scene, vg_text_of(longer, VG_CERTIFICATE_TEXT_MAX + 1), NOW, VG_CERTIFICATE_STEP_PREFIX);
    free(longer);
    end(&scene);
}

/* ------------------------------------------------------------------ policy */

static void policies_hold_to_the_second(void **state)
{
    struct scene scene;
    struct vg_buffer text[3];
    struct vg_certificate_policy policy;
    struct vg_error error = {0};
    struct vg_text product = vg_text_from("EU/1/20/1528");
    const int64_t dose = 1620604800, sample = 1622462400, positive = 1619827200; /* 2021-05-10, 05-31 12:00, 05-01 */
    (void)state;
    begin(&scene, NULL, 0);
    static const char *const claims[3] = {test_claims, vaccination, recovery};
    for (int kind = 0; kind < 3; kind++) {
        const struct vg_certificate_claims all = {vg_text_from(claims[kind]), "CO", NOW - DAY / 2, NOW + 300 * DAY};
        vg_buffer_init(&text[kind], 0);
        vg_assert_ok(vg_certificate_issue(&all, scene.signer, &text[kind], &error), error);
    }
    struct vg_text test_text = vg_text_of(text[0].data, text[0].size), dose_text = vg_text_of(text[1].data, text[1].size), recovery_text = vg_text_of(text[2].data, text[2].size);
    vg_certificate_policy_defaults(&policy);
    policy.vaccination_from_days = 23;
    policy.vaccination_to_days = 30;
    policy.recovery_from_days = 32;
    vg_assert_ok(vg_certificate_trust_policy(scene.trust, "*", &policy, &error), error);
    assert_refused(&scene, dose_text, dose + 23 * DAY - 1, VG_CERTIFICATE_STEP_POLICY);
    assert_true(verify(&scene, dose_text, dose + 23 * DAY).valid);
    assert_true(verify(&scene, dose_text, dose + 31 * DAY - 1).valid);
    assert_refused(&scene, dose_text, dose + 31 * DAY, VG_CERTIFICATE_STEP_POLICY);
    assert_true(verify(&scene, test_text, sample + 72 * 3600).valid);
    assert_refused(&scene, test_text, sample + 72 * 3600 + 1, VG_CERTIFICATE_STEP_POLICY);
    assert_refused(&scene, recovery_text, positive + 32 * DAY - 1, VG_CERTIFICATE_STEP_POLICY);
    assert_true(verify(&scene, recovery_text, positive + 32 * DAY).valid);
    assert_true(verify(&scene, recovery_text, 1635379200 + DAY - 1).valid); /* its own last day, 2021-10-28, is before 180 days are over */
    assert_refused(&scene, recovery_text, 1635379200 + DAY, VG_CERTIFICATE_STEP_POLICY);
    policy.products = &product;
    policy.n_products = 1;
    policy.kinds[VG_CERTIFICATE_TEST] = false;
    vg_assert_ok(vg_certificate_trust_policy(scene.trust, "CO", &policy, &error), error); /* its own policy, over the rest's */
    assert_true(verify(&scene, dose_text, dose + 25 * DAY).valid);
    assert_refused(&scene, test_text, NOW, VG_CERTIFICATE_STEP_POLICY);
    product = vg_text_from("EU/1/21/1529");
    vg_assert_ok(vg_certificate_trust_policy(scene.trust, "CO", &policy, &error), error);
    assert_refused(&scene, dose_text, dose + 25 * DAY, VG_CERTIFICATE_STEP_POLICY);
    policy.naat_hours = -1;
    assert_int_equal(vg_certificate_trust_policy(scene.trust, "CO", &policy, &error), VG_DATA_ERROR);
    policy.naat_hours = 1;
    assert_int_equal(vg_certificate_trust_policy(scene.trust, "co", &policy, &error), VG_DATA_ERROR);
    for (int kind = 0; kind < 3; kind++) {
        vg_buffer_release(&text[kind]);
    }
    end(&scene);
}

static void revoked_certificates_are_refused(void **state)
{
    struct scene scene;
    struct vg_buffer text;
    struct vg_error error = {0};
    struct vg_random random = vg_random_stream(3, 0, 0, 0);
    (void)state;
    begin(&scene, NULL, 0);
    vg_assert_ok(issue(&scene, vaccination, &text, &error), error);
    struct vg_text whole = vg_text_of(text.data, text.size);
    for (int i = 0; i < 1000; i++) { /* strangers' */
        uint32_t hash[4];
        for (int k = 0; k < 4; k++) {
            hash[k] = vg_random_u32(&random);
        }
        vg_assert_ok(vg_certificate_trust_revoke(scene.trust, (const uint8_t *)hash, &error), error);
        vg_assert_ok(vg_certificate_trust_revoke(scene.trust, (const uint8_t *)hash, &error), error);
    }
    assert_int_equal(scene.trust->n_revoked, 1000);
    assert_true(verify(&scene, whole, NOW).valid);
    static const char *const identifiers[] = {"URN:UVCI:01:CO:1#A", "COURN:UVCI:01:CO:1#A"};
    for (int i = 0; i < 2; i++) {
        unsigned char digest[32];
        struct vg_certificate_trust *trust = scene.trust;
        assert_int_equal(EVP_Digest(identifiers[i], strlen(identifiers[i]), digest, NULL, EVP_sha256(), NULL), 1);
        vg_assert_ok(vg_certificate_trust_revoke(trust, digest, &error), error);
        assert_refused(&scene, whole, NOW, VG_CERTIFICATE_STEP_REVOCATION);
        for (size_t k = 0; k < trust->n_revoked; k++) { /* and not any more */
            if (memcmp(trust->revoked[k], digest, 16) == 0) {
                memmove(trust->revoked + k, trust->revoked + k + 1, (trust->n_revoked - k - 1) * 16);
                trust->n_revoked--;
                break;
            }
        }
        assert_true(verify(&scene, whole, NOW).valid);
    }
    vg_buffer_release(&text);
    end(&scene);
}

/* ------------------------------------------------------------------- lists */

static void make_seal_key(struct vg_seal_key *key, char digit)
{
    static const unsigned char salt[VG_SALT_BYTES] = {0};
    char path[] = "/tmp/vigia-test-key-XXXXXX";
    char text[65];
    struct vg_error error = {0};
    int file = mkstemp(path);
    assert_true(file >= 0);
    memset(text, digit, 64);
    text[64] = '\0';
    FILE *out = fdopen(file, "w");
    assert_true(fputs(text, out) >= 0 && fclose(out) == 0);
    vg_assert_ok(vg_seal_key_read(path, salt, key, &error), error);
    (void)remove(path);
}

static void lists_of_trust_are_signed_and_read(void **state)
{
    struct scene scene;
    struct vg_seal_key ours, theirs;
    struct vg_certificate_policy policy;
    struct vg_certificate_trust *read = NULL;
    struct vg_buffer list, text;
    struct vg_error error = {0};
    struct vg_text products[2] = {vg_text_from("EU/1/20/1528"), vg_text_from("BBIBP-CorV")};
    (void)state;
    begin(&scene, NULL, 0);
    make_seal_key(&ours, 'a');
    make_seal_key(&theirs, 'b');
    vg_certificate_policy_defaults(&policy);
    policy.products = products;
    policy.n_products = 2;
    policy.kinds[VG_CERTIFICATE_TEST] = false;
    policy.vaccination_from_days = 7;
    vg_assert_ok(vg_certificate_trust_policy(scene.trust, "CO", &policy, &error), error);
    vg_assert_ok(vg_certificate_trust_revoke(scene.trust, (const uint8_t *)"0123456789abcdef", &error), error);
    vg_buffer_init(&list, 0);
    vg_assert_ok(vg_certificate_trust_write(scene.trust, "PE", NOW - 10, NOW + 1000, &ours, &list, &error), error);
    struct vg_text whole = vg_text_of(list.data, list.size);
    assert_int_equal(vg_certificate_trust_read(whole, theirs.public_key, NOW, &read, &error), VG_DATA_ERROR);
    assert_int_equal(vg_certificate_trust_read(whole, ours.public_key, NOW - 11, &read, &error), VG_DATA_ERROR);
    assert_int_equal(vg_certificate_trust_read(whole, ours.public_key, NOW + 1001, &read, &error), VG_DATA_ERROR);
    for (size_t i = 0; i < list.size; i += 7) {
        list.data[i] ^= 1;
        assert_int_equal(vg_certificate_trust_read(whole, ours.public_key, NOW, &read, &error), VG_DATA_ERROR);
        list.data[i] ^= 1;
        assert_null(read);
    }
    vg_assert_ok(vg_certificate_trust_read(whole, ours.public_key, NOW, &read, &error), error);
    assert_int_equal(vg_certificate_trust_count(read), 1);
    assert_int_equal(read->n_revoked, 1);
    assert_int_equal(read->n_policies, 1);
    assert_int_equal(read->policies[0].policy.vaccination_from_days, 7);
    assert_int_equal(read->policies[0].policy.n_products, 2);
    assert_true(vg_text_equals(read->policies[0].policy.products[1], "BBIBP-CorV"));
    assert_false(read->policies[0].policy.kinds[VG_CERTIFICATE_TEST]);
    struct vg_certificate_trust *kept = scene.trust;
    vg_assert_ok(issue(&scene, vaccination, &text, &error), error);
    scene.trust = read;
    assert_true(verify(&scene, vg_text_of(text.data, text.size), NOW).valid);
    scene.trust = kept;
    vg_certificate_trust_free(read);
    vg_buffer_release(&text);
    vg_buffer_release(&list);
    end(&scene);
}

/* Signed, and still not a list: what it says must be understood to the last word. */
static void lists_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {"{}",
                                      "[]",
                                      "{\"issued\": 1, \"expires\": 9999999999}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [{\"certificate\": \"AAAA\"}]}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [7]}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [], \"revoked\": [\"00\"]}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [], \"policies\": {\"XX\": {\"kind\": []}}}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [], \"policies\": {\"XX\": {\"kinds\": [\"visa\"]}}}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [], \"policies\": {\"XX\": {\"naat_hours\": -1}}}",
                                      "{\"issued\": 1, \"expires\": 9999999999, \"signers\": [], \"policies\": {\"Colombia\": {}}}",
                                      "{\"issued\": 1, \"issued\": 2, \"expires\": 9999999999, \"signers\": []}"};
    struct vg_seal_key key;
    (void)state;
    make_seal_key(&key, 'c');
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vg_certificate_trust *read = NULL;
        struct vg_error error = {0};
        struct vg_buffer text;
        char signature[VG_SIGNATURE_TEXT], list[1024];
        (void)snprintf(list, sizeof list, "vigia-trust-1\n%s", bad[i]);
        vg_sign(&key, list, strlen(list), signature);
        vg_buffer_init(&text, 0);
        vg_buffer_format(&text, "vigia-trust-1\n%s\n%s", signature, bad[i]);
        assert_int_equal(vg_certificate_trust_read(vg_text_of(text.data, text.size), key.public_key, NOW, &read, &error), VG_DATA_ERROR);
        assert_null(read);
        vg_buffer_release(&text);
    }
}

static void signers_of_other_keys_are_not_trusted(void **state)
{
    struct vg_certificate_trust *trust = NULL;
    struct vg_error error = {0};
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    (void)state;
    vg_assert_ok(vg_certificate_trust_new(&trust, &error), error);
    X509 *certificate = test_certificate("CO", NOW, NULL, 1024, &key); /* too short */
    int size = i2d_X509(certificate, &der);
    assert_int_equal(vg_certificate_trust_add(trust, der, (size_t)size, NULL, &error), VG_DATA_ERROR);
    assert_int_equal(vg_certificate_trust_add(trust, der, (size_t)size - 1, NULL, &error), VG_DATA_ERROR);
    assert_int_equal(vg_certificate_trust_add(trust, "nothing", 7, NULL, &error), VG_DATA_ERROR);
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
    assert_int_equal(vg_certificate_trust_count(trust), 0);
    vg_certificate_trust_free(trust);
}

static void new_signers_sign(void **state)
{
    const bool kinds[3] = {true, false, true};
    struct vg_buffer certificate, key, text;
    struct vg_certificate_signer *signer = NULL;
    struct vg_error error = {0};
    (void)state;
    vg_buffer_init(&certificate, 0);
    vg_buffer_init(&key, 0);
    vg_buffer_init(&text, 0);
    assert_int_equal(vg_certificate_signer_new("CO", "", kinds, NOW, NOW + DAY, &certificate, &key, &error), VG_USAGE_ERROR);
    vg_assert_ok(vg_certificate_signer_new("CO", "Ministerio de Salud", kinds, NOW - DAY, NOW + 400 * DAY, &certificate, &key, &error), error);
    vg_assert_ok(vg_certificate_signer_read(vg_text_of(certificate.data, certificate.size), vg_text_of(key.data, key.size), &signer, &error), error);
    const struct vg_certificate_claims good = {vg_text_from(test_claims), "CO", NOW, NOW + DAY}, wrong = {vg_text_from(vaccination), "CO", NOW, NOW + DAY};
    vg_assert_ok(vg_certificate_issue(&good, signer, &text, &error), error);
    assert_int_equal(vg_certificate_issue(&wrong, signer, &text, &error), VG_DATA_ERROR);
    vg_certificate_signer_free(signer);
    assert_int_equal(vg_certificate_signer_read(vg_text_of(key.data, key.size), vg_text_of(key.data, key.size), &signer, &error), VG_DATA_ERROR);
    vg_buffer_release(&certificate);
    vg_buffer_release(&key);
    vg_buffer_release(&text);
}

static void codes_are_drawn(void **state)
{
    struct vg_buffer svg, png;
    struct vg_error error = {0};
    char longer[VG_CERTIFICATE_TEXT_MAX];
    (void)state;
    vg_buffer_init(&svg, 0);
    vg_buffer_init(&png, 0);
    vg_assert_ok(vg_certificate_qr_svg(vg_text_from("HC1:ABC $%*+-./:0"), &svg, &error), error);
    assert_non_null(strstr(svg.data, "viewBox=\"0 0 33 33\"")); /* version 2 of 25 modules, and four at each side */
    assert_non_null(strstr(svg.data, "M4 4h7v1h-7z"));           /* the finder in its corner */
    vg_assert_ok(vg_certificate_qr_png(vg_text_from("HC1:ABC $%*+-./:0"), 3, &png, &error), error);
    assert_memory_equal(png.data, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(png.data + 16, "\0\0\0\x63\0\0\0\x63\x01\0", 10); /* 99 x 99, one bit, grey */
    assert_int_equal(vg_certificate_qr_svg(vg_text_from("HC1:lower case"), &svg, &error), VG_DATA_ERROR);
    assert_int_equal(vg_certificate_qr_svg(vg_text_from(""), &svg, &error), VG_LIMIT_EXCEEDED);
    assert_int_equal(vg_certificate_qr_png(vg_text_from("HC1:A"), 0, &png, &error), VG_USAGE_ERROR);
    memset(longer, 'A', sizeof longer);
    vg_assert_ok(vg_certificate_qr_svg(vg_text_of(longer, 2420), &svg, &error), error); /* the most of level Q */
    assert_int_equal(vg_certificate_qr_svg(vg_text_of(longer, 2421), &svg, &error), VG_LIMIT_EXCEEDED);
    vg_buffer_release(&svg);
    vg_buffer_release(&png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_issued_is_verified),
        cmocka_unit_test(changed_texts_are_refused),
        cmocka_unit_test(each_step_refuses_its_own),
        cmocka_unit_test(a_signer_that_has_expired_is_refused),
        cmocka_unit_test(signers_keep_to_their_kinds),
        cmocka_unit_test(key_identifiers_are_taken_from_the_protected_header),
        cmocka_unit_test(algorithms_and_times_must_be_there),
        cmocka_unit_test(claims_are_held_against_the_schema),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(policies_hold_to_the_second),
        cmocka_unit_test(revoked_certificates_are_refused),
        cmocka_unit_test(lists_of_trust_are_signed_and_read),
        cmocka_unit_test(lists_that_are_none_are_refused),
        cmocka_unit_test(signers_of_other_keys_are_not_trusted),
        cmocka_unit_test(new_signers_sign),
        cmocka_unit_test(codes_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
