/*
 * Keys, identifiers and metadata exact to the published vectors (GAEN v1.2), by every code that this processor has.
 */
#include "vg_test.h"

#include "trace/exposure/exposure.h"

/* google/exposure-notifications-internals, TestVectors (Apache-2.0): the ends of the row; the whole row is in the shared data. */
#define TEK "75c734c6dd1a782de7a965da5eb93125"
#define FIRST 2642976
static const uint8_t plain_metadata[4] = {0x40, 0x08, 0x00, 0x00};

static void bytes_of(const char *hex, uint8_t *out, size_t size)
{
    assert_true(vg_hex_decode(vg_text_from(hex), out, size));
}

static void assert_bytes(const uint8_t *bytes, const char *hex)
{
    char text[129];
    vg_hex_encode(bytes, strlen(hex) / 2, text);
    assert_string_equal(text, hex);
}

static void keys_follow_from_the_temporary_key(void **state)
{
    uint8_t tek[16], out[16];
    (void)state;
    bytes_of(TEK, tek, sizeof tek);
    vg_exposure_identifier_key(tek, out);
    assert_bytes(out, "185ad91db69ec7dd048960f1f3ba6175");
    vg_exposure_metadata_key(tek, out);
    assert_bytes(out, "d57c46af7a1d83965b9bed8bd152936a");
}

static void the_first_identifiers_are_the_published_ones(void **state)
{
    uint8_t tek[16], identifiers[16 * 7], metadata[4];
    (void)state;
    bytes_of(TEK, tek, sizeof tek);
    vg_exposure_identifiers(tek, FIRST, 7, identifiers);
    assert_bytes(identifiers, "8be6cd371c5c891604bfbe49df845096");
    assert_bytes(identifiers + 32, "243ffe9a3b08bded3094bac8630bb8ad");
    assert_bytes(identifiers + 64, "b3b85a69ebaec78db739852d1f34e0fa");
    assert_bytes(identifiers + 96, "105e8221dd603d25b94aba0c3cc8dee1");
    vg_exposure_metadata(tek, identifiers, plain_metadata, metadata);
    assert_bytes(metadata, "72033874");
    vg_exposure_metadata(tek, identifiers, metadata, metadata);
    assert_memory_equal(metadata, plain_metadata, 4);
}

static void every_published_vector_holds(void **state)
{
    char path[4096];
    struct vg_buffer file;
    struct vg_error error;
    uint8_t tek[16], identifiers[16 * 144], metadata[4];
    unsigned n = 0;
    (void)state;
    vg_shared_or_skip("exposure/gaen_vectors_v1_2.csv", path);
    vg_buffer_init(&file, 0);
    vg_assert_ok(vg_file_read(path, 1 << 20, &file, &error), error);
    bytes_of(TEK, tek, sizeof tek);
    vg_exposure_identifiers(tek, FIRST, 144, identifiers);
    for (char *line = strchr(file.data, '\n'); line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
        unsigned index = 0, interval = 0;
        char rpi[33], aem[9];
        assert_int_equal(sscanf(line + 1, "%u,%u,%32[0-9a-f],%8[0-9a-f]", &index, &interval, rpi, aem), 4);
        assert_int_equal(interval, FIRST + index);
        assert_bytes(identifiers + (size_t)16 * index, rpi);
        vg_exposure_metadata(tek, identifiers + (size_t)16 * index, plain_metadata, metadata);
        assert_bytes(metadata, aem);
        n++;
    }
    assert_int_equal(n, 72);
    vg_buffer_release(&file);
}

/* An interval uses all four bytes, least first. */
static void intervals_are_four_bytes(void **state)
{
    uint8_t tek[16], all[16 * 3], alone[16];
    (void)state;
    bytes_of(TEK, tek, sizeof tek);
    vg_exposure_identifiers(tek, 0xfffffffe, 3, all);
    vg_exposure_identifiers(tek, 0xffffffff, 1, alone);
    assert_memory_equal(all + 16, alone, 16);
    vg_exposure_identifiers(tek, 0, 1, alone); /* goes round */
    assert_memory_equal(all + 32, alone, 16);
    vg_exposure_identifiers(tek, 0xfeffffff, 1, alone);
    assert_memory_not_equal(all + 16, alone, 16);
}

static void metadata_tell_version_and_power(void **state)
{
    uint8_t bytes[4];
    (void)state;
    struct vg_exposure_bluetooth read = vg_exposure_bluetooth_read((const uint8_t[4]){0x58, 0xec, 0, 0});
    assert_int_equal(read.major, 1);
    assert_int_equal(read.minor, 1);
    assert_int_equal(read.confidence, 2);
    assert_int_equal(read.transmit_power, -20);
    vg_exposure_bluetooth_write(read, bytes);
    assert_bytes(bytes, "58ec0000");
    vg_exposure_bluetooth_write((struct vg_exposure_bluetooth){1, 0, 0, 8}, bytes);
    assert_memory_equal(bytes, plain_metadata, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_follow_from_the_temporary_key), cmocka_unit_test(the_first_identifiers_are_the_published_ones),
        cmocka_unit_test(every_published_vector_holds),       cmocka_unit_test(intervals_are_four_bytes),
        cmocka_unit_test(metadata_tell_version_and_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
