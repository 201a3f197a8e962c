/*
 * Sealing and signing of files, all by libsodium: a secret from a key file or a passphrase (Argon2id), from it one key for
 * XChaCha20-Poly1305 (secretstream, in blocks, each bound to what the file is) and one for Ed25519. And SHA-256.
 */
#include "core/core.h"

#include <sodium.h>
#include <string.h>

#define BLOCK_BYTES 65536
#define TAIL_BYTES crypto_secretstream_xchacha20poly1305_ABYTES
#define HEADER_BYTES crypto_secretstream_xchacha20poly1305_HEADERBYTES

static const char magic[] = "vigia-seal-1\n";
#define MAGIC_BYTES (sizeof magic - 1)

void vg_sha256(const void *data, size_t size, char out[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(digest, data, size);
    (void)sodium_bin2hex(out, 65, digest, sizeof digest);
}

void vg_seal_salt(unsigned char salt[VG_SALT_BYTES])
{
    VG_ASSERT(sodium_init() >= 0);
    randombytes_buf(salt, VG_SALT_BYTES);
}

void vg_seal_key_clear(struct vg_seal_key *key)
{
    sodium_memzero(key, sizeof *key);
}

static void derive(const unsigned char secret[32], struct vg_seal_key *key)
{
    unsigned char seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
    (void)crypto_kdf_derive_from_key(key->seal, sizeof key->seal, 1, "vgseal-1", secret);
    (void)crypto_kdf_derive_from_key(seed, sizeof seed, 2, "vgsign-1", secret);
    (void)crypto_sign_seed_keypair(public_key, key->sign, seed);
    (void)sodium_bin2hex(key->public_key, sizeof key->public_key, public_key, sizeof public_key);
    sodium_memzero(seed, sizeof seed);
}

vg_status vg_seal_key_read(const char *path, const unsigned char salt[VG_SALT_BYTES], struct vg_seal_key *key, struct vg_error *error)
{
    struct vg_buffer bytes;
    unsigned char secret[32];
    size_t n = 0;
    const char *end = NULL;
    if (sodium_init() < 0)
        return vg_fail(error, VG_SYSTEM_ERROR, "the system gives no random bytes");
    if (!vg_file_exists(path))
        return vg_fail(error, VG_NOT_FOUND, "there is no key file %s", path);
    vg_buffer_init(&bytes, 0);
    vg_status status = vg_file_read(path, 65536, &bytes, error);
    struct vg_text text = vg_text_trim(vg_text_of(bytes.data == NULL ? "" : bytes.data, bytes.size));
    if (status == VG_OK && text.size < 12)
        status = vg_fail(error, VG_DATA_ERROR, "%s holds neither a key of 64 hexadecimal digits nor a passphrase of at least 12 characters", path);
    if (status == VG_OK && !(text.size == 64 && sodium_hex2bin(secret, sizeof secret, text.data, text.size, NULL, &n, &end) == 0 && n == 32 && end == text.data + 64) &&
        crypto_pwhash(secret, sizeof secret, text.data, text.size, salt, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        status = vg_fail_memory(error, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    if (status == VG_OK)
        derive(secret, key);
    sodium_memzero(secret, sizeof secret);
    if (bytes.data != NULL)
        sodium_memzero(bytes.data, bytes.size);
    vg_buffer_release(&bytes);
    return status;
}

vg_status vg_seal(const struct vg_seal_key *key, const char *context, const void *data, size_t size, struct vg_buffer *out, struct vg_error *error)
{
    crypto_secretstream_xchacha20poly1305_state state;
    unsigned char header[HEADER_BYTES];
    size_t n_blocks = size / BLOCK_BYTES + 1, at = 0;
    (void)crypto_secretstream_xchacha20poly1305_init_push(&state, header, key->seal);
    if (!vg_buffer_reserve(out, MAGIC_BYTES + HEADER_BYTES + size + n_blocks * TAIL_BYTES))
        return vg_fail_memory(error, size);
    vg_buffer_append(out, magic, MAGIC_BYTES);
    vg_buffer_append(out, header, sizeof header);
    for (size_t block = 0; block < n_blocks; block++) {
        size_t length = block + 1 < n_blocks ? BLOCK_BYTES : size - at;
        unsigned char tag = block + 1 < n_blocks ? crypto_secretstream_xchacha20poly1305_TAG_MESSAGE : crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        (void)crypto_secretstream_xchacha20poly1305_push(&state, (unsigned char *)out->data + out->size, NULL, length == 0 ? NULL : (const unsigned char *)data + at,
                                                         length, (const unsigned char *)context, strlen(context), tag);
        out->size += length + TAIL_BYTES;
        at += length;
    }
    out->data[out->size] = '\0';
    sodium_memzero(&state, sizeof state);
    return VG_OK;
}

/* Opens all blocks to the end of out; false where one does not fit. */
static bool open_blocks(const struct vg_seal_key *key, const char *context, const unsigned char *data, size_t size, struct vg_buffer *out)
{
    crypto_secretstream_xchacha20poly1305_state state;
    bool last = false, good = crypto_secretstream_xchacha20poly1305_init_pull(&state, data, key->seal) == 0;
    size_t at = HEADER_BYTES;
    while (good && !last) {
        size_t length = size - at < BLOCK_BYTES + TAIL_BYTES ? size - at : BLOCK_BYTES + TAIL_BYTES;
        unsigned long long opened = 0;
        unsigned char tag = 0;
        good = length >= TAIL_BYTES && crypto_secretstream_xchacha20poly1305_pull(&state, (unsigned char *)out->data + out->size, &opened, &tag, data + at, length,
                                                                                  (const unsigned char *)context, strlen(context)) == 0;
        out->size += good ? (size_t)opened : 0;
        at += length;
        last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    }
    sodium_memzero(&state, sizeof state);
    return good && at == size;
}

vg_status vg_unseal(const struct vg_seal_key *key, const char *context, const void *data, size_t size, struct vg_buffer *out, struct vg_error *error)
{
    size_t before = out->size;
    if (size < MAGIC_BYTES + HEADER_BYTES + TAIL_BYTES || memcmp(data, magic, MAGIC_BYTES) != 0)
        return vg_fail(error, VG_DATA_ERROR, "%s is not sealed by this program", context);
    if (!vg_buffer_reserve(out, size))
        return vg_fail_memory(error, size);
    if (!open_blocks(key, context, (const unsigned char *)data + MAGIC_BYTES, size - MAGIC_BYTES, out)) {
        out->size = before;
        out->data[before] = '\0';
        return vg_fail(error, VG_DATA_ERROR, "%s cannot be opened: the key is another one, or the file was changed", context);
    }
    out->data[out->size] = '\0';
    return VG_OK;
}

void vg_sign(const struct vg_seal_key *key, const void *data, size_t size, char signature[VG_SIGNATURE_TEXT])
{
    unsigned char bytes[crypto_sign_BYTES];
    (void)crypto_sign_detached(bytes, NULL, data, size, key->sign);
    (void)sodium_bin2hex(signature, VG_SIGNATURE_TEXT, bytes, sizeof bytes);
}

bool vg_signature_holds(const char *public_key, const char *signature, const void *data, size_t size)
{
    unsigned char key[crypto_sign_PUBLICKEYBYTES], bytes[crypto_sign_BYTES];
    size_t n_key = 0, n_bytes = 0;
    return sodium_hex2bin(key, sizeof key, public_key, strlen(public_key), NULL, &n_key, NULL) == 0 && n_key == sizeof key &&
           sodium_hex2bin(bytes, sizeof bytes, signature, strlen(signature), NULL, &n_bytes, NULL) == 0 && n_bytes == sizeof bytes &&
           crypto_sign_verify_detached(bytes, data, size, key) == 0;
}
