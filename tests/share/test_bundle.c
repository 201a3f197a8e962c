/*
 * Bundles and partners: what is written is read back by an independent check of its signature; nothing that was changed, cut, swapped, signed by others, expired or of another form is taken.
 */
#include "test_folder.h"

#include "core/cbor/cbor.h"
#include "share/bundle/bundle.h"

#include <sodium.h>
#include <sys/stat.h>
#include <zstd.h>

#define NOW 1614556800 /* 2021-03-01 */
#define DAY 86400

struct world {
    char folder[TEST_FOLDER_BYTES];
    struct vg_arena arena;
    struct vg_error error;
    struct vg_seal_key key, other;
    struct vg_partner rows[3];
    struct vg_partners partners;
};

static void read_key(struct world *world, const char *name, const char *digits, struct vg_seal_key *key)
{
    const unsigned char salt[VG_SALT_BYTES] = {0};
    char *path = vg_arena_format(&world->arena, "%s/%s", world->folder, name);
    vg_assert_ok(vg_file_write_secret(path, digits, 64, &world->error), world->error);
    vg_assert_ok(vg_seal_key_read(path, salt, key, &world->error), world->error);
}

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    vg_arena_init(&world->arena, 0);
    *state = world;
    assert_true(sodium_init() >= 0 && test_folder_make(world->folder));
    read_key(world, "one", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &world->key);
    read_key(world, "two", "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &world->other);
    world->rows[0].node = "CO";
    memcpy(world->rows[0].key, world->key.public_key, VG_PUBLIC_KEY_TEXT);
    world->partners = (struct vg_partners){world->rows, 1};
    return 0;
}

static int drop_world(void **state)
{
    struct world *world = *state;
    vg_arena_release(&world->arena);
    test_folder_remove(world->folder);
    free(world);
    return 0;
}

static struct vg_bundle_file files[] = {{"stocks.csv", {"place,resource,amount\nSur,ventilator,50\n", 40}}, {"ways.csv", {"from,to\n", 8}}};

static struct vg_bundle bundle_of(void)
{
    return (struct vg_bundle){.type = "alloc.offer", .schema = "alloc.offer", .node = "CO", .purpose = "allocation", .version = 1, .issued = NOW, .expires = NOW + 14 * DAY, .from = 18687, .to = 18708,
                              .files = files, .n_files = 2};
}

static struct vg_text write_it(struct world *world, const struct vg_bundle *bundle, const struct vg_seal_key *key)
{
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    vg_assert_ok(vg_bundle_write(bundle, key, &out, &world->error), world->error);
    const struct vg_text bytes = vg_text_of(vg_arena_copy_bytes(&world->arena, out.data, out.size), out.size);
    vg_buffer_release(&out);
    return bytes;
}

static vg_status read_it(struct world *world, struct vg_text bytes, int64_t now, struct vg_bundle *bundle)
{
    world->error.message[0] = '\0';
    return vg_bundle_read("offer.vgb", bytes, &world->partners, now, &world->arena, bundle, &world->error);
}

static void assert_refused(struct world *world, struct vg_text bytes, int64_t now, const char *said)
{
    struct vg_bundle bundle;
    assert_int_equal(read_it(world, bytes, now, &bundle), VG_DATA_ERROR);
    if (strstr(world->error.message, said) == NULL || strncmp(world->error.message, "offer.vgb", 9) != 0) {
        fail_msg("\"%s\" does not say \"%s\"", world->error.message, said);
    }
}

static void what_is_written_is_read(void **state)
{
    struct world *world = *state;
    const struct vg_bundle written = bundle_of();
    struct vg_bundle read;
    const struct vg_text bytes = write_it(world, &written, &world->key);
    vg_assert_ok(read_it(world, bytes, NOW + DAY, &read), world->error);
    assert_string_equal(read.node, "CO");
    assert_string_equal(read.type, "alloc.offer");
    assert_string_equal(read.purpose, "allocation");
    assert_true(read.version == 1 && read.issued == NOW && read.expires == NOW + 14 * DAY && read.from == 18687 && read.to == 18708 && read.n_files == 2);
    assert_true(vg_text_equal(vg_bundle_file(&read, "stocks.csv"), files[0].bytes) && vg_text_equal(vg_bundle_file(&read, "ways.csv"), files[1].bytes));
    assert_null(vg_bundle_file(&read, "needs.csv").data);
}

/* By the description of the format alone: magic, size, a map of nine with the shortest key first, Ed25519 over the context and SHA-256 of the header, one zstd frame. */
static void the_form_is_the_one_described(void **state)
{
    struct world *world = *state;
    const struct vg_bundle written = bundle_of();
    const struct vg_text bytes = write_it(world, &written, &world->key);
    const unsigned char *data = (const unsigned char *)bytes.data;
    unsigned char message[15 + 32] = "vigia-bundle-1", public_key[32], digest[32], plain[200];
    assert_memory_equal(data, "VGB1", 4);
    const size_t size = data[4] + 256u * data[5];
    assert_true(data[6] == 0 && data[7] == 0 && size + 72 < bytes.size);
    assert_memory_equal(data + 8, "\xa9" "at\x1b", 4);
    assert_memory_equal(data + 20, "av\x01" "ckid\x48", 8);
    crypto_hash_sha256(message + 15, data + 8, size);
    assert_true(vg_hex_decode(vg_text_from(world->key.public_key), public_key, 32));
    assert_int_equal(crypto_sign_verify_detached(data + 8 + size, message, sizeof message, public_key), 0);
    crypto_hash_sha256(digest, public_key, sizeof public_key);
    assert_memory_equal(data + 28, digest, 8);
    const size_t got = ZSTD_decompress(plain, sizeof plain, data + 72 + size, bytes.size - 72 - size);
    assert_false(ZSTD_isError(got));
    assert_memory_equal(plain, "\xa2" "hways.csv\x48" "from,to\njstocks.csv\x58\x28", 32);
}

static void nothing_changed_or_cut_is_taken(void **state)
{
    struct world *world = *state;
    const struct vg_bundle written = bundle_of();
    struct vg_bundle read;
    const struct vg_text bytes = write_it(world, &written, &world->key);
    char *copy = vg_arena_copy_bytes(&world->arena, bytes.data, bytes.size);
    for (size_t at = 0; at < bytes.size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            copy[at] = (char)(copy[at] ^ 1 << bit);
            if (read_it(world, vg_text_of(copy, bytes.size), NOW + DAY, &read) == VG_OK) {
                fail_msg("bit %d of byte %zu was changed, and the bundle is taken", bit, at);
            }
            assert_true(world->error.message[0] != '\0');
            copy[at] = bytes.data[at];
        }
    }
    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_equal(read_it(world, vg_text_of(copy, size), NOW + DAY, &read), VG_DATA_ERROR);
    }
    char *longer = vg_arena_alloc(&world->arena, bytes.size + 1, 1);
    memcpy(longer, bytes.data, bytes.size);
    assert_refused(world, vg_text_of(longer, bytes.size + 1), NOW + DAY, "field zlen");
    vg_assert_ok(read_it(world, vg_text_of(copy, bytes.size), NOW + DAY, &read), world->error);
}

static void nobody_elses_is_taken(void **state)
{
    struct world *world = *state;
    struct vg_bundle bundle = bundle_of();
    assert_refused(world, write_it(world, &bundle, &world->other), NOW + DAY, "field kid: CO is known by another key");
    const struct vg_text one = write_it(world, &bundle, &world->key);
    assert_refused(world, one, NOW + 15 * DAY, "field expires: it expired on 2021-03-15");
    assert_refused(world, one, NOW - 2 * DAY, "field t: it is not valid yet: it is issued on 2021-03-01");
    bundle.node = "BR";
    assert_refused(world, write_it(world, &bundle, &world->key), NOW + DAY, "field node: nobody of the name BR");
    /* A partner's own key signs in its own name alone. */
    world->rows[1] = (struct vg_partner){.node = "BR"};
    memcpy(world->rows[1].key, world->other.public_key, VG_PUBLIC_KEY_TEXT);
    world->partners.n = 2;
    assert_refused(world, write_it(world, &bundle, &world->key), NOW + DAY, "field kid: BR is known by another key");
    /* Two keys of one node: the old and the new one. */
    world->rows[2] = (struct vg_partner){.node = "CO"};
    memcpy(world->rows[2].key, world->other.public_key, VG_PUBLIC_KEY_TEXT);
    world->partners.n = 3;
    bundle.node = "CO";
    struct vg_bundle read;
    vg_assert_ok(read_it(world, write_it(world, &bundle, &world->other), NOW + DAY, &read), world->error);
    vg_assert_ok(read_it(world, one, NOW + DAY, &read), world->error);
}

/* The front of one with the body of another, both of the same node. */
static void bodies_are_not_swapped(void **state)
{
    struct world *world = *state;
    struct vg_bundle_file changed[] = {{"stocks.csv", {"place,resource,amount\nSur,ventilator,90\n", 40}}, {"ways.csv", {"from,to\n", 8}}};
    struct vg_bundle one = bundle_of(), two = bundle_of();
    two.files = changed;
    const struct vg_text a = write_it(world, &one, &world->key), b = write_it(world, &two, &world->key);
    assert_true(a.size == b.size);
    const size_t front = 72 + (unsigned char)a.data[4] + 256u * (unsigned char)a.data[5];
    char *mixed = vg_arena_copy_bytes(&world->arena, a.data, a.size);
    memcpy(mixed + front, b.data + front, a.size - front);
    assert_refused(world, vg_text_of(mixed, a.size), NOW + DAY, "body: it is not what CO signed");
}

/* A header as somebody with a partner's key could write it; `what` is the field that is not as it should be. */
static struct vg_text signed_header(struct world *world, const char *what, const void *frame, size_t frame_size, int64_t unpacked)
{
    struct vg_buffer header, out;
    unsigned char message[15 + 32] = "vigia-bundle-1", id[32], digest[32], size[4] = {0};
    char signature[VG_SIGNATURE_TEXT];
    unsigned char raw[64];
    vg_buffer_init(&header, 0);
    vg_buffer_init(&out, 0);
    assert_true(vg_hex_decode(vg_text_from(world->key.public_key), id, 32));
    crypto_hash_sha256(id, id, 32);
    crypto_hash_sha256(digest, frame, frame_size);
    vg_cbor_put_head(&header, VG_CBOR_MAP, 9);
    vg_cbor_put_text(&header, vg_text_from("t"));
    vg_cbor_put_integer(&header, strcmp(what, "t") == 0 ? -1 : NOW * INT64_C(1000000));
    vg_cbor_put_text(&header, vg_text_from("v"));
    vg_cbor_put_integer(&header, strcmp(what, "v") == 0 ? 2 : 1);
    vg_cbor_put_text(&header, vg_text_from("kid"));
    vg_cbor_put_bytes(&header, id, 8);
    vg_cbor_put_text(&header, vg_text_from("per"));
    vg_cbor_put_head(&header, VG_CBOR_ARRAY, 2);
    vg_cbor_put_text(&header, vg_text_from(strcmp(what, "per") == 0 ? "2021-03-40" : "2021-03-01"));
    vg_cbor_put_text(&header, vg_text_from("2021-03-22"));
    vg_cbor_put_text(&header, vg_text_from("body"));
    vg_cbor_put_head(&header, VG_CBOR_MAP, 3);
    vg_cbor_put_text(&header, vg_text_from("len"));
    vg_cbor_put_integer(&header, unpacked);
    vg_cbor_put_text(&header, vg_text_from("zlen"));
    vg_cbor_put_integer(&header, (int64_t)frame_size);
    vg_cbor_put_text(&header, vg_text_from("sha256"));
    vg_cbor_put_bytes(&header, digest, strcmp(what, "sha256") == 0 ? 31 : 32);
    vg_cbor_put_text(&header, vg_text_from("node"));
    vg_cbor_put_text(&header, vg_text_from(strcmp(what, "node") == 0 ? "C/O" : "CO"));
    vg_cbor_put_text(&header, vg_text_from("type"));
    vg_cbor_put_text(&header, vg_text_from(strcmp(what, "type") == 0 ? "" : "alloc.offer"));
    vg_cbor_put_text(&header, vg_text_from("terms"));
    vg_cbor_put_head(&header, VG_CBOR_MAP, 2);
    vg_cbor_put_text(&header, vg_text_from("expires"));
    vg_cbor_put_integer(&header, strcmp(what, "expires") == 0 ? NOW : NOW + 14 * DAY);
    vg_cbor_put_text(&header, vg_text_from("purpose"));
    vg_cbor_put_text(&header, vg_text_from("allocation"));
    vg_cbor_put_text(&header, vg_text_from("schema"));
    vg_cbor_put_head(&header, VG_CBOR_ARRAY, strcmp(what, "schema") == 0 ? 1 : 2);
    vg_cbor_put_text(&header, vg_text_from("alloc.offer"));
    if (strcmp(what, "schema") != 0) {
        vg_cbor_put_integer(&header, 1);
    }
    crypto_hash_sha256(message + 15, (const unsigned char *)header.data, header.size);
    vg_sign(&world->key, message, sizeof message, signature);
    assert_true(vg_hex_decode(vg_text_from(signature), raw, sizeof raw));
    size[0] = (unsigned char)(header.size & 255);
    size[1] = (unsigned char)(header.size >> 8);
    vg_buffer_append(&out, "VGB1", 4);
    vg_buffer_append(&out, size, 4);
    vg_buffer_append(&out, header.data, header.size);
    vg_buffer_append(&out, raw, sizeof raw);
    vg_buffer_append(&out, frame, frame_size);
    const struct vg_text bytes = vg_text_of(vg_arena_copy_bytes(&world->arena, out.data, out.size), out.size);
    vg_buffer_release(&header);
    vg_buffer_release(&out);
    return bytes;
}

static void a_partner_who_writes_nonsense_is_told_the_field(void **state)
{
    struct world *world = *state;
    static const char *const fields[] = {"t", "v", "per", "sha256", "node", "type", "expires", "schema"};
    static const char body[] = "\xa1" "aa\x41" "b";
    char frame[256];
    struct vg_bundle read;
    size_t size = ZSTD_compress(frame, sizeof frame, body, 5, 1);
    vg_assert_ok(read_it(world, signed_header(world, "", frame, size, 5), NOW + DAY, &read), world->error);
    assert_true(read.n_files == 1 && vg_text_equals(vg_bundle_file(&read, "a"), "b"));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        assert_refused(world, signed_header(world, fields[i], frame, size, 5), NOW + DAY, vg_arena_format(&world->arena, "field %s:", fields[i]));
    }
    assert_refused(world, signed_header(world, "", frame, size, 6), NOW + DAY, "field len");
    assert_refused(world, signed_header(world, "", frame, size, INT64_C(1) << 40), NOW + DAY, "field len");
    assert_refused(world, signed_header(world, "", "no zstd at all", 14, 5), NOW + DAY, "body: ");
    size = ZSTD_compress(frame, sizeof frame, "\xa1" "aa\x01", 4, 1); /* a number is no file */
    assert_refused(world, signed_header(world, "", frame, size, 4), NOW + DAY, "body: expected at most 64 names with bytes");
    size = ZSTD_compress(frame, sizeof frame, "\xa1" "aa", 3, 1);
    assert_refused(world, signed_header(world, "", frame, size, 3), NOW + DAY, "body: ");
    size = ZSTD_compress(frame, sizeof frame, "\x01", 1, 1);
    assert_refused(world, signed_header(world, "", frame, size, 1), NOW + DAY, "body: expected a map");
}

static void what_cannot_be_is_not_written(void **state)
{
    struct world *world = *state;
    struct vg_bundle bundle = bundle_of();
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    bundle.expires = bundle.issued;
    assert_int_equal(vg_bundle_write(&bundle, &world->key, &out, &world->error), VG_USAGE_ERROR);
    bundle = bundle_of();
    bundle.to = bundle.from - 1;
    assert_int_equal(vg_bundle_write(&bundle, &world->key, &out, &world->error), VG_USAGE_ERROR);
    bundle = bundle_of();
    bundle.node = "no name";
    assert_int_equal(vg_bundle_write(&bundle, &world->key, &out, &world->error), VG_USAGE_ERROR);
    bundle = bundle_of();
    bundle.n_files = 0;
    assert_int_equal(vg_bundle_write(&bundle, &world->key, &out, &world->error), VG_USAGE_ERROR);
    assert_true(out.size == 0);
    vg_buffer_release(&out);
}

static void partners_are_kept(void **state)
{
    struct world *world = *state;
    char own[VG_PUBLIC_KEY_TEXT];
    const char *node = NULL;
    struct vg_partners partners;
    struct vg_seal_key key;
    struct stat facts;
    vg_assert_ok(vg_partners_of(world->folder, &world->arena, &partners, &world->error), world->error);
    assert_true(partners.n == 0);
    assert_int_equal(vg_node_key(world->folder, &world->arena, &key, &node, &world->error), VG_NOT_FOUND);
    vg_assert_ok(vg_partners_put(world->folder, "BR-SP", world->other.public_key, &world->error), world->error);
    vg_assert_ok(vg_node_key_make(world->folder, "CO", own, &world->error), world->error);
    assert_int_equal(vg_node_key_make(world->folder, "CO", own, &world->error), VG_USAGE_ERROR);
    vg_assert_ok(vg_node_key(world->folder, &world->arena, &key, &node, &world->error), world->error);
    assert_string_equal(node, "CO");
    assert_string_equal(key.public_key, own);
    assert_true(stat(vg_arena_format(&world->arena, "%s/share/key", world->folder), &facts) == 0 && (facts.st_mode & 077) == 0);
    vg_assert_ok(vg_partners_put(world->folder, "BR-SP", world->other.public_key, &world->error), world->error); /* known already */
    vg_assert_ok(vg_partners_put(world->folder, "BR-SP", world->key.public_key, &world->error), world->error);
    vg_assert_ok(vg_partners_of(world->folder, &world->arena, &partners, &world->error), world->error);
    assert_true(partners.n == 3);
    assert_int_equal(vg_partners_put(world->folder, "CO", world->key.public_key, &world->error), VG_USAGE_ERROR);
    assert_int_equal(vg_partners_put(world->folder, "PE", "12ab", &world->error), VG_USAGE_ERROR);
    assert_int_equal(vg_partners_put(world->folder, "P/E", world->key.public_key, &world->error), VG_USAGE_ERROR);
    assert_int_equal(vg_partners_put(world->folder, "PE", NULL, &world->error), VG_NOT_FOUND);
    vg_assert_ok(vg_partners_put(world->folder, "BR-SP", NULL, &world->error), world->error);
    vg_assert_ok(vg_partners_of(world->folder, &world->arena, &partners, &world->error), world->error);
    assert_true(partners.n == 1 && partners.rows[0].self);
    /* Nobody else signs as this node, and it is nobody else. */
    assert_int_equal(vg_partners_put(world->folder, "PE", own, &world->error), VG_USAGE_ERROR);
    assert_int_equal(vg_partners_put(world->folder, "CO", NULL, &world->error), VG_USAGE_ERROR);
    const char *list = vg_arena_format(&world->arena, "%s/share/partners.csv", world->folder), *text = vg_arena_format(&world->arena, "node,key,self\nCO,%s,no\n", world->other.public_key);
    vg_assert_ok(vg_file_write_atomic(list, text, strlen(text), &world->error), world->error);
    char again[VG_PUBLIC_KEY_TEXT];
    assert_int_equal(vg_node_key_make(world->folder, "CO", again, &world->error), VG_USAGE_ERROR);
    vg_assert_ok(vg_partners_put(world->folder, "CO", NULL, &world->error), world->error);
    /* The key was written, and the list was not: it is named the next time. */
    vg_assert_ok(vg_node_key_make(world->folder, "CO", again, &world->error), world->error);
    assert_string_equal(again, own);
    vg_assert_ok(vg_node_key(world->folder, &world->arena, &key, &node, &world->error), world->error);
    text = vg_arena_format(&world->arena, "node,key,self\nCO,%s,no\nCO,%s,yes\n", world->other.public_key, own);
    vg_assert_ok(vg_file_write_atomic(list, text, strlen(text), &world->error), world->error);
    vg_assert_ok(vg_partners_put(world->folder, "CO", NULL, &world->error), world->error);
    vg_assert_ok(vg_partners_of(world->folder, &world->arena, &partners, &world->error), world->error);
    assert_true(partners.n == 1 && partners.rows[0].self);
    const char *path = vg_arena_format(&world->arena, "%s/list.csv", world->folder);
    vg_assert_ok(vg_file_write_atomic(path, "node,key\nPE,abc\n", 16, &world->error), world->error);
    assert_int_equal(vg_partners_read(path, &world->arena, &partners, &world->error), VG_DATA_ERROR);
    assert_non_null(strstr(world->error.message, "line 2, column key"));
}

static struct vg_bundle_mark mark_of(struct world *world, int64_t number, int64_t issued)
{
    struct vg_bundle written = bundle_of(), read;
    written.number = number;
    written.issued = issued;
    vg_assert_ok(read_it(world, write_it(world, &written, &world->key), issued, &read), world->error);
    assert_true(read.number == number);
    return vg_bundle_mark_of(&read);
}

static enum vg_bundle_order order_of(struct world *world, const struct vg_bundle_mark *mark, int64_t *missed)
{
    struct vg_bundle_mark newest;
    enum vg_bundle_order order = VG_BUNDLE_SAME_NUMBER;
    vg_assert_ok(vg_received_order(world->folder, mark, &world->arena, &order, &newest, missed, &world->error), world->error);
    return order;
}

static void bundles_are_counted(void **state)
{
    struct world *world = *state;
    int64_t number = 0;
    for (int64_t i = 1; i <= 3; i++) {
        vg_assert_ok(vg_node_number_take(world->folder, 0, &number, &world->error), world->error);
        assert_true(number == i);
    }
    vg_assert_ok(vg_node_number_take(world->folder, 9, &number, &world->error), world->error);
    assert_int_equal(vg_node_number_take(world->folder, 9, &number, &world->error), VG_USAGE_ERROR);
    vg_assert_ok(vg_node_number_take(world->folder, 0, &number, &world->error), world->error);
    assert_true(number == 10);
    const char *path = vg_arena_format(&world->arena, "%s/share/number", world->folder);
    vg_assert_ok(vg_file_write_atomic(path, "ten", 3, &world->error), world->error);
    assert_int_equal(vg_node_number_take(world->folder, 0, &number, &world->error), VG_DATA_ERROR);
    assert_non_null(strstr(world->error.message, path));
}

static void an_older_bundle_is_known_for_what_it_is(void **state)
{
    struct world *world = *state;
    int64_t missed = -1;
    const struct vg_bundle_mark third = mark_of(world, 3, NOW), other_third = mark_of(world, 3, NOW + 1), second = mark_of(world, 2, NOW + DAY), seventh = mark_of(world, 7, NOW - DAY),
                                uncounted = mark_of(world, 0, NOW + DAY), uncounted_before = mark_of(world, 0, NOW - 2 * DAY);
    assert_int_equal(order_of(world, &third, &missed), VG_BUNDLE_NEWER); /* the first of all */
    assert_true(missed == 0);
    vg_assert_ok(vg_received_keep(world->folder, &third, 1, &world->error), world->error);
    assert_int_equal(order_of(world, &third, &missed), VG_BUNDLE_SAME);
    assert_int_equal(order_of(world, &other_third, &missed), VG_BUNDLE_SAME_NUMBER);
    assert_int_equal(order_of(world, &second, &missed), VG_BUNDLE_OLDER);
    assert_int_equal(order_of(world, &seventh, &missed), VG_BUNDLE_NEWER); /* by its number, though its clock is behind */
    assert_true(missed == 3);
    assert_int_equal(order_of(world, &uncounted, &missed), VG_BUNDLE_NEWER); /* without a number: by its time */
    assert_int_equal(order_of(world, &uncounted_before, &missed), VG_BUNDLE_OLDER);
    /* What is older takes nobody's place; another node's and another type's are counted by themselves. */
    struct vg_bundle_mark elsewhere = mark_of(world, 1, NOW), all[3] = {second, seventh, other_third};
    vg_assert_ok(vg_received_keep(world->folder, all, 3, &world->error), world->error);
    assert_int_equal(order_of(world, &seventh, &missed), VG_BUNDLE_SAME);
    elsewhere.type = "another, with a comma";
    assert_int_equal(order_of(world, &elsewhere, &missed), VG_BUNDLE_NEWER);
    vg_assert_ok(vg_received_keep(world->folder, &elsewhere, 1, &world->error), world->error);
    assert_int_equal(order_of(world, &elsewhere, &missed), VG_BUNDLE_SAME);
    elsewhere.node = "BR";
    assert_int_equal(order_of(world, &elsewhere, &missed), VG_BUNDLE_NEWER);
    const char *path = vg_arena_format(&world->arena, "%s/share/received.csv", world->folder);
    vg_assert_ok(vg_file_write_atomic(path, "node,type,number,issued,digest\nCO,a,-1,5,00\n", 45, &world->error), world->error);
    assert_int_equal(vg_received_keep(world->folder, &third, 1, &world->error), VG_DATA_ERROR);
    assert_non_null(strstr(world->error.message, "line 2, column number"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, make_world, drop_world),
        cmocka_unit_test_setup_teardown(the_form_is_the_one_described, make_world, drop_world),
        cmocka_unit_test_setup_teardown(nothing_changed_or_cut_is_taken, make_world, drop_world),
        cmocka_unit_test_setup_teardown(nobody_elses_is_taken, make_world, drop_world),
        cmocka_unit_test_setup_teardown(bodies_are_not_swapped, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_partner_who_writes_nonsense_is_told_the_field, make_world, drop_world),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_not_written, make_world, drop_world),
        cmocka_unit_test_setup_teardown(partners_are_kept, make_world, drop_world),
        cmocka_unit_test_setup_teardown(bundles_are_counted, make_world, drop_world),
        cmocka_unit_test_setup_teardown(an_older_bundle_is_known_for_what_it_is, make_world, drop_world),
    };
    return vg_run_group_tests("share/bundle", tests, NULL, NULL);
}
