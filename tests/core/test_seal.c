/*
 * Sealing: what goes in comes out under the same key and name only; a changed, cut or renamed file is refused. Signatures and SHA-256.
 */
#include "vg_test.h"

#include <unistd.h>

static const unsigned char salt[VG_SALT_BYTES] = "0123456789abcde";

static void key_of(const char *secret, struct vg_seal_key *key)
{
    char path[] = "/tmp/vigia-seal-XXXXXX";
    struct vg_error error = {0};
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0 && write(descriptor, secret, strlen(secret)) == (ssize_t)strlen(secret));
    (void)close(descriptor);
    vg_assert_ok(vg_seal_key_read(path, salt, key, &error), error);
    (void)unlink(path);
}

static void sha256_has_its_published_values(void **state)
{
    char digest[65];
    (void)state;
    vg_sha256("abc", 3, digest); /* FIPS 180-4 */
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    vg_sha256("", 0, digest);
    assert_string_equal(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void what_is_sealed_opens_again(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 200000};
    struct vg_seal_key key;
    struct vg_error error = {0};
    (void)state;
    key_of("correct horse battery staple\n", &key);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct vg_buffer sealed, opened;
        char *bytes = malloc(sizes[i] + 1);
        for (size_t k = 0; k < sizes[i]; k++) {
            bytes[k] = (char)(k * 7 + k / 256);
        }
        vg_buffer_init(&sealed, 0);
        vg_buffer_init(&opened, 0);
        vg_assert_ok(vg_seal(&key, "truth/infection", bytes, sizes[i], &sealed, &error), error);
        vg_assert_ok(vg_unseal(&key, "truth/infection", sealed.data, sealed.size, &opened, &error), error);
        assert_int_equal(opened.size, sizes[i]);
        assert_true(sizes[i] == 0 || memcmp(opened.data, bytes, sizes[i]) == 0);
        /* As another table, cut short, lengthened, or with one bit changed anywhere: refused, and nothing is given out. */
        assert_int_equal(vg_unseal(&key, "truth/person", sealed.data, sealed.size, &opened, &error), VG_DATA_ERROR);
        assert_int_equal(vg_unseal(&key, "truth/infection", sealed.data, sealed.size - 1, &opened, &error), VG_DATA_ERROR);
        vg_buffer_char(&sealed, 'x');
        assert_int_equal(vg_unseal(&key, "truth/infection", sealed.data, sealed.size, &opened, &error), VG_DATA_ERROR);
        sealed.size--;
        for (size_t at = 0; at < sealed.size; at += 1 + sealed.size / 37) {
            sealed.data[at] ^= 4;
            assert_int_equal(vg_unseal(&key, "truth/infection", sealed.data, sealed.size, &opened, &error), VG_DATA_ERROR);
            sealed.data[at] ^= 4;
        }
        assert_int_equal(opened.size, sizes[i]);
        vg_buffer_release(&sealed);
        vg_buffer_release(&opened);
        free(bytes);
    }
}

static void another_key_is_refused(void **state)
{
    struct vg_seal_key key, other;
    struct vg_buffer sealed, opened;
    struct vg_error error = {0};
    (void)state;
    key_of("0000000000000000000000000000000000000000000000000000000000000001", &key);
    key_of("0000000000000000000000000000000000000000000000000000000000000002", &other);
    vg_buffer_init(&sealed, 0);
    vg_buffer_init(&opened, 0);
    vg_assert_ok(vg_seal(&key, "x", "secret", 6, &sealed, &error), error);
    assert_int_equal(vg_unseal(&other, "x", sealed.data, sealed.size, &opened, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "another one"));
    assert_int_equal(opened.size, 0);
    vg_buffer_release(&sealed);
    vg_buffer_release(&opened);
}

static void signatures_hold_for_their_bytes_and_key(void **state)
{
    struct vg_seal_key key, other;
    char signature[VG_SIGNATURE_TEXT];
    (void)state;
    key_of("a long enough passphrase", &key);
    key_of("another long passphrase", &other);
    vg_sign(&key, "manifest", 8, signature);
    assert_true(vg_signature_holds(key.public_key, signature, "manifest", 8));
    assert_false(vg_signature_holds(key.public_key, signature, "manifesT", 8));
    assert_false(vg_signature_holds(other.public_key, signature, "manifest", 8));
    assert_false(vg_signature_holds("no key", signature, "manifest", 8));
    assert_false(vg_signature_holds(key.public_key, "", "manifest", 8));
}

static void a_short_secret_is_refused(void **state)
{
    char path[] = "/tmp/vigia-seal-XXXXXX";
    struct vg_seal_key key;
    struct vg_error error = {0};
    (void)state;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0 && write(descriptor, "short\n", 6) == 6);
    (void)close(descriptor);
    assert_int_equal(vg_seal_key_read(path, salt, &key, &error), VG_DATA_ERROR);
    (void)unlink(path);
    assert_int_equal(vg_seal_key_read(path, salt, &key, &error), VG_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_has_its_published_values), cmocka_unit_test(what_is_sealed_opens_again),
        cmocka_unit_test(another_key_is_refused),          cmocka_unit_test(signatures_hold_for_their_bytes_and_key),
        cmocka_unit_test(a_short_secret_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
