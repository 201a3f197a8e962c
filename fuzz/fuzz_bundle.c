/*
 * libFuzzer target: any bytes as a bundle; as a header and as a body that a partner really signed (mutating these rarely gets past signature and hash); and, split at bytes 1E, as the four tables of
 * an offer, joined with another one and planned over. Nothing unsigned is taken, there is a sentence for whatever is refused, and what is taken can be planned over or told why not.
 */
#include "core/cbor/cbor.h"
#include "jobs/offer/offer.h"
#include "share/bundle/bundle.h"

#include <sodium.h>
#include <string.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1614556800
enum { SIGNATURE = 64, DIGEST = 32 };

struct signer { unsigned char secret[crypto_sign_SECRETKEYBYTES], public_key[DIGEST]; struct vg_partner row; struct vg_partners partners; };

static void make_signer(struct signer *signer)
{
    unsigned char seed[crypto_sign_SEEDBYTES] = "a seed that everybody may know.";
    VG_ASSERT(sodium_init() >= 0);
    (void)crypto_sign_seed_keypair(signer->public_key, signer->secret, seed);
    signer->row = (struct vg_partner){.node = "CO"};
    vg_hex_encode(signer->public_key, DIGEST, signer->row.key);
    signer->partners = (struct vg_partners){&signer->row, 1};
}

static vg_status read_bytes(const struct signer *signer, struct vg_text bytes)
{
    struct vg_arena arena;
    struct vg_bundle bundle;
    struct vg_error error = {0};
    vg_arena_init(&arena, (size_t)512 << 20);
    vg_status status = vg_bundle_read("fuzz", bytes, &signer->partners, NOW, &arena, &bundle, &error);
    VG_ASSERT(status == VG_OK ? strcmp(bundle.node, "CO") == 0 && bundle.from <= bundle.to && bundle.n_files <= VG_BUNDLE_FILES_MAX : error.message[0] != '\0');
    vg_arena_release(&arena);
    return status;
}

static vg_status read_signed(const struct signer *signer, const void *header, size_t header_size, const void *frame, size_t frame_size)
{
    struct vg_buffer out;
    unsigned char message[15 + DIGEST] = "vigia-bundle-1", signature[SIGNATURE], size[4];
    for (int i = 0; i < 4; i++) {
        size[i] = (unsigned char)(header_size >> 8 * i & 255);
    }
    (void)crypto_hash_sha256(message + 15, header, header_size);
    (void)crypto_sign_detached(signature, NULL, message, sizeof message, signer->secret);
    vg_buffer_init(&out, 0);
    vg_buffer_append(&out, "VGB1", 4);
    vg_buffer_append(&out, size, sizeof size);
    vg_buffer_append(&out, header, header_size);
    vg_buffer_append(&out, signature, sizeof signature);
    vg_buffer_append(&out, frame, frame_size);
    vg_status status = read_bytes(signer, vg_text_of(out.data, out.size));
    vg_buffer_release(&out);
    return status;
}

static void put_name(struct vg_buffer *out, const char *name)
{
    vg_cbor_put_text(out, vg_text_from(name));
}

/* A good header in front of whatever the body holds. */
static void check_body(const struct signer *signer, const uint8_t *data, size_t size)
{
    struct vg_buffer header, frame;
    unsigned char digest[DIGEST], id[DIGEST];
    vg_buffer_init(&header, 0);
    vg_buffer_init(&frame, 0);
    VG_ASSERT(vg_buffer_reserve(&frame, ZSTD_compressBound(size)));
    frame.size = ZSTD_compress(frame.data, ZSTD_compressBound(size), data, size, 1);
    (void)crypto_hash_sha256(digest, (const unsigned char *)frame.data, frame.size);
    (void)crypto_hash_sha256(id, signer->public_key, sizeof signer->public_key);
    vg_cbor_put_head(&header, VG_CBOR_MAP, 9);
    put_name(&header, "t");
    vg_cbor_put_integer(&header, NOW * INT64_C(1000000));
    put_name(&header, "v");
    vg_cbor_put_integer(&header, 1);
    put_name(&header, "kid");
    vg_cbor_put_bytes(&header, id, 8);
    put_name(&header, "per");
    vg_cbor_put_head(&header, VG_CBOR_ARRAY, 2);
    put_name(&header, "2021-03-01");
    put_name(&header, "2021-03-08");
    put_name(&header, "body");
    vg_cbor_put_head(&header, VG_CBOR_MAP, 3);
    put_name(&header, "len");
    vg_cbor_put_integer(&header, (int64_t)size);
    put_name(&header, "zlen");
    vg_cbor_put_integer(&header, (int64_t)frame.size);
    put_name(&header, "sha256");
    vg_cbor_put_bytes(&header, digest, sizeof digest);
    put_name(&header, "node");
    put_name(&header, "CO");
    put_name(&header, "type");
    put_name(&header, "alloc.offer");
    put_name(&header, "terms");
    vg_cbor_put_head(&header, VG_CBOR_MAP, 2);
    put_name(&header, "expires");
    vg_cbor_put_integer(&header, NOW + 86400);
    put_name(&header, "purpose");
    put_name(&header, "allocation");
    put_name(&header, "schema");
    vg_cbor_put_head(&header, VG_CBOR_ARRAY, 2);
    put_name(&header, "alloc.offer");
    vg_cbor_put_integer(&header, 1);
    (void)read_signed(signer, header.data, header.size, frame.data, frame.size);
    vg_buffer_release(&header);
    vg_buffer_release(&frame);
}

/* Tables as a partner may have signed them. */
static void check_tables(const uint8_t *data, size_t size)
{
    static const char needs[] = "place,resource,date,amount,path\nNorte,icu,2021-03-01,9,a\nNorte,icu,2021-03-08,5,a\nNorte,icu,2021-03-01,4,b\n", kinds[] = "resource,kind,unit\nicu,reusable,beds\n";
    struct vg_offer offers[2] = {{.name = "one", .node = "CO", .from = 18687, .to = 18694}, {.name = "two", .node = "BR", .from = 18687, .to = 18694}};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_plan_request request;
    struct vg_error error = {0};
    const char *left_out = NULL, *at = (const char *)data, *end = at + size;
    offers[1].parts[VG_OFFER_NEEDS] = vg_text_from(needs);
    offers[1].parts[VG_OFFER_RESOURCES] = vg_text_from(kinds);
    for (int part = 0; part < VG_OFFER_PARTS; part++) {
        const char *stop = at == end ? NULL : memchr(at, 0x1e, (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        offers[0].parts[part] = vg_text_of(at, (size_t)(stop - at));
        at = stop == end ? end : stop + 1;
    }
    vg_arena_init(&arena, (size_t)512 << 20);
    vg_answer_init(&answer, &arena);
    vg_plan_request_init(&request);
    request.show = "nodes";
    request.nobody_worse = true;
    vg_status status = vg_job_offers_join(offers, 2, NULL, &arena, &request, &left_out, &error);
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    if (status == VG_OK && size < 4096) {
        status = vg_job_plan(&request, NULL, &arena, &answer, &error);
        VG_ASSERT(status == VG_OK ? answer.table.n_rows > 0 : error.message[0] != '\0');
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signer signer;
    make_signer(&signer);
    VG_ASSERT(read_bytes(&signer, vg_text_of((const char *)data, size)) != VG_OK);
    if (size <= 65536) {
        (void)read_signed(&signer, data, size, "frame", 5);
    }
    check_body(&signer, data, size);
    check_tables(data, size);
    return 0;
}
