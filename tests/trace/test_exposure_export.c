/*
 * Export files: published ones read and verified, our own read back, and whatever is wrong refused with a sentence.
 */
#include "vg_test.h"

#include "trace/exposure/exposure.h"

#include <zip.h>

static void read_shared(const char *path, struct vg_buffer *bytes)
{
    struct vg_error error = {0};
    vg_buffer_init(bytes, 0);
    vg_assert_ok(vg_file_read(path, 1 << 20, bytes, &error), error);
}

static struct vg_p256_key *read_key(const char *pem, size_t size)
{
    struct vg_p256_key *key = NULL;
    struct vg_error error = {0};
    vg_assert_ok(vg_p256_read_pem(pem, size, &key, &error), error);
    return key;
}

static void published_file_is_read_and_verified(void **state)
{
    char path[4096], pem_path[4096];
    struct vg_buffer bytes, pem;
    struct vg_arena arena;
    struct vg_exposure_file file;
    struct vg_error error = {0};
    uint8_t key_bytes[16];
    size_t size = 0, holding = 0;
    (void)state;
    vg_shared_or_skip("exposure/en_export_server_example.zip", path);
    vg_shared_or_skip("exposure/en_export_server_example.public.pem", pem_path);
    read_shared(path, &bytes);
    read_shared(pem_path, &pem);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_exposure_file_read(bytes.data, bytes.size, &arena, &file, &error), error);
    assert_int_equal(file.bin.size, 135);
    assert_int_equal(file.export.n_keys, 2);
    assert_int_equal(file.export.n_revised_keys, 0);
    assert_int_equal(file.export.batch_number, 1);
    assert_int_equal(file.export.batch_size, 1);
    assert_true(vg_base64_decode(vg_text_from("Fy/EgOWYSQw0F3YEM5sVQw=="), key_bytes, 16, &size));
    assert_memory_equal(file.export.keys[0].data, key_bytes, 16);
    assert_int_equal(file.export.keys[0].rolling_start, 2649980);
    assert_int_equal(file.export.keys[0].rolling_period, 1);
    assert_int_equal(file.export.keys[0].transmission_risk, 8);
    assert_int_equal(file.export.keys[0].days_since_onset, VG_EXPOSURE_ONSET_NONE);
    assert_int_equal(file.export.keys[1].rolling_start, 2649866);
    assert_int_equal(file.export.keys[1].rolling_period, 114);
    struct vg_p256_key *key = read_key(pem.data, pem.size);
    struct vg_exposure_verifier verifier = {.key = key};
    vg_assert_ok(vg_exposure_file_verify(&file, &verifier, 1, &holding, &error), error);
    assert_int_equal(holding, 1);
    ((char *)(uintptr_t)file.bin.data)[100] ^= 1;
    assert_int_equal(vg_exposure_file_verify(&file, &verifier, 1, &holding, &error), VG_DATA_ERROR);
    vg_p256_free(key);
    vg_arena_release(&arena);
    vg_buffer_release(&bytes);
    vg_buffer_release(&pem);
}

static void old_file_with_reserved_fields_is_read(void **state)
{
    char path[4096];
    struct vg_buffer bytes;
    struct vg_arena arena;
    struct vg_exposure_file file;
    struct vg_error error = {0};
    uint8_t wanted[16];
    (void)state;
    vg_shared_or_skip("exposure/en_export_110keys.bin", path);
    read_shared(path, &bytes);
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_exposure_file_read(bytes.data, bytes.size, &arena, &file, &error), error);
    assert_int_equal(file.export.n_keys, 110);
    assert_int_equal(file.export.n_signers, 1);
    assert_int_equal(file.n_signatures, 0);
    assert_true(vg_text_equals(file.export.region, "US"));
    assert_true(vg_hex_decode(vg_text_from("2b714d3ec93c14e5d345003e59027aea"), wanted, 16));
    size_t found = 0;
    for (size_t i = 0; i < 110; i++) {
        if (memcmp(file.export.keys[i].data, wanted, 16) == 0) {
            assert_int_equal(file.export.keys[i].rolling_start, 2646801);
            found++;
        }
        assert_true(i == 0 || memcmp(file.export.keys[i - 1].data, file.export.keys[i].data, 16) < 0); /* as the specification orders them */
    }
    assert_int_equal(found, 1);
    vg_arena_release(&arena);
    vg_buffer_release(&bytes);
}

/* ------------------------------------------------------------- our own files */

#define KEYS 60
struct own {
    struct vg_exposure_key keys[KEYS], revised[2];
    struct vg_exposure_signer signers[2];
    struct vg_exposure_export export;
    struct vg_p256_key *private_keys[2];
    struct vg_buffer bin, sig, zip;
    struct vg_arena arena;
};

static void make(struct own *own)
{
    struct vg_error error = {0};
    struct vg_random random = vg_random_stream(77, 0, 0, 0);
    memset(own, 0, sizeof *own);
    vg_arena_init(&own->arena, 0);
    for (size_t i = 0; i < KEYS + 2; i++) {
        struct vg_exposure_key *key = i < KEYS ? &own->keys[i] : &own->revised[i - KEYS];
        for (size_t k = 0; k < 16; k++) {
            key->data[k] = (uint8_t)vg_random_u32(&random);
        }
        key->rolling_start = 2649888 + vg_random_below(&random, 14) * 144;
        key->rolling_period = i % 3 == 0 ? 144 : 1 + vg_random_below(&random, 144);
        key->transmission_risk = (int32_t)(i % 9);
        key->report = (enum vg_exposure_report)(i % VG_EXPOSURE_REPORTS);
        key->days_since_onset = i % 4 == 0 ? VG_EXPOSURE_ONSET_NONE : (int32_t)vg_random_below(&random, 29) - 14;
    }
    vg_exposure_keys_sort(own->keys, KEYS);
    own->signers[0] = (struct vg_exposure_signer){vg_text_from("v1"), vg_text_from("732"), vg_text_from(VG_EXPOSURE_OID_SHA256)};
    own->signers[1] = (struct vg_exposure_signer){vg_text_from("v2"), vg_text_from("732"), vg_text_from(VG_EXPOSURE_OID_SHA256)};
    own->export = (struct vg_exposure_export){1589932800, 1589936400, vg_text_from("CO"), 2, 3, own->signers, 2, own->keys, own->revised, KEYS, 2};
    vg_buffer_init(&own->bin, 0);
    vg_buffer_init(&own->sig, 0);
    vg_buffer_init(&own->zip, 0);
    for (size_t i = 0; i < 2; i++) {
        vg_assert_ok(vg_p256_new(&own->private_keys[i], &error), error);
    }
    vg_assert_ok(vg_exposure_export_write(&own->export, &own->bin, &error), error);
    vg_assert_ok(vg_exposure_export_sign(&own->export, vg_text_of(own->bin.data, own->bin.size), (const struct vg_p256_key *const *)own->private_keys, &own->sig, &error), error);
    vg_assert_ok(vg_exposure_file_pack(vg_text_of(own->bin.data, own->bin.size), vg_text_of(own->sig.data, own->sig.size), &own->zip, &error), error);
}

static void release(struct own *own)
{
    vg_p256_free(own->private_keys[0]);
    vg_p256_free(own->private_keys[1]);
    vg_buffer_release(&own->bin);
    vg_buffer_release(&own->sig);
    vg_buffer_release(&own->zip);
    vg_arena_release(&own->arena);
}

static void assert_same_keys(const struct vg_exposure_key *a, const struct vg_exposure_key *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(a[i].data, b[i].data, 16);
        assert_int_equal(a[i].rolling_start, b[i].rolling_start);
        assert_int_equal(a[i].rolling_period, b[i].rolling_period);
        assert_int_equal(a[i].transmission_risk, b[i].transmission_risk);
        assert_int_equal(a[i].report, b[i].report);
        assert_int_equal(a[i].days_since_onset, b[i].days_since_onset);
    }
}

static void what_is_written_is_read_back(void **state)
{
    struct own own;
    struct vg_exposure_file file;
    struct vg_error error = {0};
    size_t holding = 0;
    (void)state;
    make(&own);
    vg_assert_ok(vg_exposure_file_read(own.zip.data, own.zip.size, &own.arena, &file, &error), error);
    assert_int_equal(file.export.start_seconds, 1589932800);
    assert_int_equal(file.export.end_seconds, 1589936400);
    assert_true(vg_text_equals(file.export.region, "CO"));
    assert_int_equal(file.export.batch_number, 2);
    assert_int_equal(file.export.batch_size, 3);
    assert_int_equal(file.export.n_keys, KEYS);
    assert_int_equal(file.export.n_revised_keys, 2);
    assert_same_keys(file.export.keys, own.keys, KEYS);
    assert_same_keys(file.export.revised_keys, own.revised, 2);
    struct vg_exposure_verifier verifiers[2] = {{vg_text_from("732"), vg_text_from("v1"), own.private_keys[0]}, {vg_text_from("732"), vg_text_from("v2"), own.private_keys[1]}};
    vg_assert_ok(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), error);
    assert_int_equal(holding, 2);
    vg_assert_ok(vg_exposure_file_verify(&file, verifiers + 1, 1, &holding, &error), error); /* one known signer is enough */
    assert_int_equal(holding, 1);
    verifiers[0].key = own.private_keys[1];
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR); /* but none that is known and does not hold */
    verifiers[0].key_id = vg_text_from("733");
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 1, &holding, &error), VG_DATA_ERROR); /* nor none at all */
    /* The same parts give the same file, whenever it is made. */
    struct vg_buffer again;
    vg_buffer_init(&again, 0);
    vg_assert_ok(vg_exposure_file_pack(file.bin, vg_text_of(own.sig.data, own.sig.size), &again, &error), error);
    assert_int_equal(again.size, own.zip.size);
    assert_memory_equal(again.data, own.zip.data, again.size);
    vg_buffer_release(&again);
    release(&own);
}

static void signatures_must_fit_the_file(void **state)
{
    struct own own;
    struct vg_exposure_file file;
    struct vg_error error = {0};
    size_t holding = 0;
    (void)state;
    make(&own);
    struct vg_exposure_verifier verifiers[2] = {{vg_text_from("732"), vg_text_from("v1"), own.private_keys[0]}, {vg_text_from("732"), vg_text_from("v2"), own.private_keys[1]}};
    vg_assert_ok(vg_exposure_file_read(own.zip.data, own.zip.size, &own.arena, &file, &error), error);
    file.n_signatures = 1;
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR);
    file.n_signatures = 2;
    file.signatures[1].batch_number = 1;
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR);
    file.signatures[1].batch_number = 2;
    file.signatures[1].signer.key_version = vg_text_from("v3");
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR);
    file.signatures[1].signer.key_version = vg_text_from("v2");
    file.signatures[1].signer.algorithm = vg_text_from("1.2.840.113549.1.1.11");
    file.export.signers[1].algorithm = vg_text_from("1.2.840.113549.1.1.11");
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR); /* RSA is none of ours */
    file.export.batch_number = file.signatures[0].batch_number = file.signatures[1].batch_number = 4;
    assert_int_equal(vg_exposure_file_verify(&file, verifiers, 2, &holding, &error), VG_DATA_ERROR); /* part 4 of 3 */
    release(&own);
}

/* Each byte changed, each length: read and verified, or refused with a sentence; never verified as it is not. */
static void damaged_files_are_refused(void **state)
{
    struct own own;
    struct vg_error error = {0};
    size_t holding = 0;
    (void)state;
    make(&own);
    struct vg_exposure_verifier verifier = {.key_id = vg_text_from("732"), .key_version = vg_text_from("v1"), .key = own.private_keys[0]};
    for (size_t i = 0; i < own.bin.size; i++) {
        struct vg_exposure_file file = {.bin = vg_text_of(own.bin.data, own.bin.size)};
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        own.bin.data[i] ^= (char)(1 << i % 8);
        vg_assert_ok(vg_exposure_signatures_read(vg_text_of(own.sig.data, own.sig.size), &arena, &file.signatures, &file.n_signatures, &error), error);
        vg_status status = vg_exposure_export_read(file.bin, &arena, &file.export, &error);
        if (status == VG_OK) {
            status = i % 16 == 0 || file.export.n_signers != 2 ? vg_exposure_file_verify(&file, &verifier, 1, &holding, &error) : VG_DATA_ERROR;
        }
        assert_int_not_equal(status, VG_OK);
        assert_true(error.message[0] != '\0');
        own.bin.data[i] ^= (char)(1 << i % 8);
        vg_arena_release(&arena);
    }
    for (size_t size = 0; size < own.bin.size; size++) {
        struct vg_exposure_export export;
        struct vg_arena arena;
        char *exact = malloc(size + 1);
        memcpy(exact, own.bin.data, size);
        vg_arena_init(&arena, 0);
        if (vg_exposure_export_read(vg_text_of(exact, size), &arena, &export, &error) == VG_OK) {
            assert_true(export.n_keys + export.n_revised_keys < KEYS + 2); /* cut between two fields */
        }
        vg_arena_release(&arena);
        free(exact);
    }
    for (size_t size = 0; size < own.zip.size; size++) {
        struct vg_exposure_file file;
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        assert_int_equal(vg_exposure_file_read(own.zip.data, size, &arena, &file, &error), VG_DATA_ERROR);
        vg_arena_release(&arena);
    }
    release(&own);
}

static void bad_messages_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *expected;
    } cases[] = {
        {"\x3a\x03\x0a\x01x", 5, "16 bytes"},                                        /* a key of one byte */
        {"\x3a\x02\x18\x01", 4, "no bytes"},                                         /* a key without any */
        {"\x3a\x14\x0a\x10" "0123456789abcdef" "\x20\x00", 22, "1 to 144"},          /* a period of none */
        {"\x3a\x15\x0a\x10" "0123456789abcdef" "\x20\x91\x01", 23, "1 to 144"},      /* of 145 */
        {"\x3a\x1d\x0a\x10" "0123456789abcdef" "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 31, "before all time"},
        {"\x3a\x7f", 2, "longer"},                                                   /* a key longer than the file */
        {"\x0b\x0c", 2, "kind"},                                                     /* a group */
        {"\x02\x00", 2, "field number"},                                             /* field 0 */
        {"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11, "64 bits"},             /* a number without an end */
        {"\x20", 1, "end within"},
        {"\x09" "1234", 5, "end within"},
        {"\x08\x01", 2, "another kind"},                                             /* a time as varint */
        {"\x1a\x02\xff\xfe", 4, "UTF-8"},                                            /* a region that is no text */
        {"\x1a\x05" "C\x1b[31", 7, "no text"},                                       /* one that paints the terminal */
        {"\x32\x05\x22\x03" "a\nb", 7, "no text"},                                  /* a signer of two lines */
        {"\x38\x01", 2, "another kind"},                                             /* a key as a number */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[128] = "EK Export v1    ";
        struct vg_exposure_export export;
        struct vg_error error = {0};
        struct vg_arena arena;
        memcpy(bytes + 16, cases[i].bytes, cases[i].size);
        vg_arena_init(&arena, 0);
        assert_int_equal(vg_exposure_export_read(vg_text_of(bytes, 16 + cases[i].size), &arena, &export, &error), VG_DATA_ERROR);
        if (strstr(error.message, cases[i].expected) == NULL) {
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, error.message, cases[i].expected);
        }
        vg_arena_release(&arena);
    }
}

/* --------------------------------------------------------------- bad archives */

struct part {
    const char *name;
    const char *data;
    size_t size;
    int method;
};

static char *pack(const struct part *parts, size_t n, size_t *size)
{
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(memory);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, NULL);
    for (size_t i = 0; i < n; i++) {
        zip_int64_t index = zip_file_add(archive, parts[i].name, zip_source_buffer(archive, parts[i].data, parts[i].size, 0), 0);
        assert_true(index >= 0);
        assert_int_equal(zip_set_file_compression(archive, (zip_uint64_t)index, parts[i].method, 0), 0);
    }
    assert_int_equal(zip_close(archive), 0);
    assert_int_equal(zip_source_open(memory), 0);
    assert_int_equal(zip_source_seek(memory, 0, SEEK_END), 0);
    *size = (size_t)zip_source_tell(memory);
    char *bytes = malloc(*size);
    assert_int_equal(zip_source_seek(memory, 0, SEEK_SET), 0);
    assert_int_equal(zip_source_read(memory, bytes, *size), (zip_int64_t)*size);
    (void)zip_source_close(memory);
    zip_source_free(memory);
    return bytes;
}

static vg_status read_packed(const struct part *parts, size_t n, struct vg_error *error)
{
    struct vg_exposure_file file;
    struct vg_arena arena;
    size_t size = 0;
    char *bytes = pack(parts, n, &size);
    vg_arena_init(&arena, 0);
    vg_status status = vg_exposure_file_read(bytes, size, &arena, &file, error);
    vg_arena_release(&arena);
    free(bytes);
    return status;
}

static void archives_hold_two_parts_and_no_bomb(void **state)
{
    struct own own;
    struct vg_error error = {0};
    (void)state;
    make(&own);
    const struct part bin = {"export.bin", own.bin.data, own.bin.size, ZIP_CM_DEFLATE};
    const struct part sig = {"export.sig", own.sig.data, own.sig.size, ZIP_CM_STORE};
    vg_assert_ok(read_packed((const struct part[]){sig, bin}, 2, &error), error); /* in any order */
    assert_int_equal(read_packed((const struct part[]){bin}, 1, &error), VG_DATA_ERROR);
    assert_int_equal(read_packed((const struct part[]){bin, {"export.SIG", "", 0, ZIP_CM_STORE}}, 2, &error), VG_DATA_ERROR);
    assert_int_equal(read_packed((const struct part[]){bin, sig, {"more", "", 0, ZIP_CM_STORE}}, 3, &error), VG_DATA_ERROR);
    assert_int_equal(read_packed((const struct part[]){{"../export.bin", own.bin.data, own.bin.size, ZIP_CM_STORE}, sig}, 2, &error), VG_DATA_ERROR);
    assert_int_equal(read_packed((const struct part[]){{"export.bin", own.bin.data, own.bin.size, ZIP_CM_BZIP2}, sig}, 2, &error), VG_DATA_ERROR);
    /* Much that packs to little: beyond the bound it is not even unpacked. */
    size_t many = VG_EXPOSURE_EXPORT_BYTES_MAX + 1;
    char *zeros = calloc(many, 1);
    assert_int_equal(read_packed((const struct part[]){{"export.bin", zeros, many, ZIP_CM_DEFLATE}, sig}, 2, &error), VG_LIMIT_EXCEEDED);
    assert_int_equal(read_packed((const struct part[]){bin, {"export.sig", zeros, VG_EXPOSURE_SIGNATURES_BYTES_MAX + 1, ZIP_CM_DEFLATE}}, 2, &error), VG_LIMIT_EXCEEDED);
    free(zeros);
    /* One that lies about its size: the directory says another one than what is there. */
    size_t size = 0;
    struct part stored[2] = {bin, sig};
    stored[0].method = ZIP_CM_DEFLATE;
    char *bytes = pack(stored, 2, &size);
    for (size_t i = 0; i + 46 < size; i++) {
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0) {
            struct vg_exposure_file file;
            struct vg_arena arena;
            char kept[4];
            memcpy(kept, bytes + i + 24, 4);
            memcpy(bytes + i + 24, "\xff\xff\xff\x0f", 4);
            vg_arena_init(&arena, 0);
            assert_int_not_equal(vg_exposure_file_read(bytes, size, &arena, &file, &error), VG_OK);
            vg_arena_release(&arena);
            memcpy(bytes + i + 24, kept, 4);
        }
    }
    free(bytes);
    release(&own);
}

static void batches_are_whole_or_refused(void **state)
{
    struct vg_exposure_export parts[5];
    const struct vg_exposure_export *list[5];
    struct vg_error error = {0};
    (void)state;
    for (int i = 0; i < 5; i++) {
        parts[i] = (struct vg_exposure_export){.start_seconds = 100, .end_seconds = 200, .region = vg_text_from("CO"), .batch_number = i < 3 ? i + 1 : i - 2, .batch_size = i < 3 ? 3 : 2};
        list[i] = &parts[i];
    }
    vg_assert_ok(vg_exposure_batches_check(list, 3, &error), error);
    vg_assert_ok(vg_exposure_batches_check(list, 5, &error), error); /* two whole batches */
    assert_int_equal(vg_exposure_batches_check(list, 4, &error), VG_DATA_ERROR);
    assert_int_equal(vg_exposure_batches_check(list, 2, &error), VG_DATA_ERROR);
    parts[1].start_seconds = 101;
    assert_int_equal(vg_exposure_batches_check(list, 3, &error), VG_DATA_ERROR);
    parts[1].start_seconds = 100;
    parts[1].batch_number = 1;
    assert_int_equal(vg_exposure_batches_check(list, 3, &error), VG_DATA_ERROR);
    parts[0].batch_number = 0;
    assert_int_equal(vg_exposure_batches_check(list, 1, &error), VG_DATA_ERROR);
}

static void wrong_keys_are_not_taken(void **state)
{
    struct vg_p256_key *key = NULL;
    struct vg_error error = {0};
    struct vg_buffer pem;
    unsigned char der[VG_P256_DER_BYTES_MAX], plain[VG_P256_SIGNATURE_BYTES];
    size_t size = 0;
    (void)state;
    assert_int_equal(vg_p256_read_pem("no key", 6, &key, &error), VG_DATA_ERROR);
    static const char p384[] = "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqsr8yMMhnAMLG9o5g3UPVc2Kz8X4KqSv\n-----END PUBLIC KEY-----\n";
    assert_int_equal(vg_p256_read_pem(p384, sizeof p384 - 1, &key, &error), VG_DATA_ERROR);
    vg_assert_ok(vg_p256_new(&key, &error), error);
    vg_assert_ok(vg_p256_sign(key, "words", 5, plain, &error), error);
    assert_true(vg_p256_verify(key, "words", 5, plain));
    assert_false(vg_p256_verify(key, "Words", 5, plain));
    plain[63] ^= 1;
    assert_false(vg_p256_verify(key, "words", 5, plain));
    memset(plain, 0, sizeof plain);
    assert_false(vg_p256_verify(key, "words", 5, plain)); /* r = s = 0 */
    memset(plain, 0xff, sizeof plain);
    assert_false(vg_p256_verify(key, "words", 5, plain));
    vg_assert_ok(vg_p256_sign_der(key, "words", 5, der, &size, &error), error);
    assert_true(vg_p256_verify_der(key, VG_P256_SHA256, "words", 5, der, size));
    assert_false(vg_p256_verify_der(key, VG_P256_SHA512, "words", 5, der, size));
    assert_false(vg_p256_verify_der(key, VG_P256_SHA256, "words", 5, der, size - 1));
    assert_false(vg_p256_verify_der(key, VG_P256_SHA256, "words", 5, der, 0));
    for (int private_part = 0; private_part < 2; private_part++) {
        struct vg_p256_key *read = NULL;
        vg_buffer_init(&pem, 0);
        vg_assert_ok(vg_p256_write_pem(key, private_part == 1, &pem, &error), error);
        vg_assert_ok(vg_p256_read_pem(pem.data, pem.size, &read, &error), error);
        assert_int_equal(vg_p256_is_private(read), private_part == 1);
        assert_true(vg_p256_verify_der(read, VG_P256_SHA256, "words", 5, der, size));
        assert_int_equal(vg_p256_sign_der(read, "words", 5, der, &size, &error), private_part == 1 ? VG_OK : VG_USAGE_ERROR);
        vg_assert_ok(vg_p256_sign_der(key, "words", 5, der, &size, &error), error);
        vg_p256_free(read);
        vg_buffer_release(&pem);
    }
    vg_p256_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_file_is_read_and_verified), cmocka_unit_test(old_file_with_reserved_fields_is_read), cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(signatures_must_fit_the_file),        cmocka_unit_test(damaged_files_are_refused),             cmocka_unit_test(bad_messages_are_named),
        cmocka_unit_test(archives_hold_two_parts_and_no_bomb), cmocka_unit_test(batches_are_whole_or_refused),          cmocka_unit_test(wrong_keys_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
