/*
 * CBOR read and written (RFC 8949).
 */
#include "core/cbor/cbor.h"

#include <math.h>
#include <string.h>

#define ITEMS_FIRST 128

struct reading {
    struct vg_arena *arena;
    const uint8_t *at, *end;
    struct vg_cbor *cbor;
    size_t capacity;
    unsigned depth;
    const char *why;
};

static bool fail(struct reading *reading, const char *why)
{
    reading->why = reading->why == NULL ? why : reading->why;
    return false;
}

/* ------------------------------------------------------------------- parts */

/* The head of an item: major type, additional information, number. indefinite: no number. */
static bool take_head(struct reading *reading, unsigned *major, unsigned *info, uint64_t *number)
{
    if (reading->at == reading->end) {
        return fail(reading, "the CBOR ends too early");
    }
    *major = *reading->at >> 5;
    *info = *reading->at++ & 31;
    *number = *info;
    if (*info < 24 || *info == 31) {
        return true;
    }
    if (*info > 27) {
        return fail(reading, "the CBOR has a form that is reserved");
    }
    size_t bytes = (size_t)1 << (*info - 24);
    if ((size_t)(reading->end - reading->at) < bytes) {
        return fail(reading, "the CBOR ends too early");
    }
    *number = 0;
    for (size_t i = 0; i < bytes; i++) {
        *number = *number << 8 | *reading->at++;
    }
    return true;
}

static struct vg_cbor_item *add_item(struct reading *reading, enum vg_cbor_kind kind)
{
    struct vg_cbor *cbor = reading->cbor;
    if (cbor->n == VG_CBOR_ITEMS_MAX) {
        (void)fail(reading, "the CBOR has too many items");
        return NULL;
    }
    if (cbor->n == reading->capacity) {
        size_t capacity = reading->capacity == 0 ? ITEMS_FIRST : 4 * reading->capacity;
        struct vg_cbor_item *items = VG_ARENA_ARRAY(reading->arena, struct vg_cbor_item, capacity);
        if (items == NULL) {
            (void)fail(reading, "out of memory");
            return NULL;
        }
        if (cbor->n > 0) {
            memcpy(items, cbor->items, cbor->n * sizeof *items);
        }
        cbor->items = items;
        reading->capacity = capacity;
    }
    cbor->items[cbor->n] = (struct vg_cbor_item){.kind = kind, .bytes = {"", 0}};
    return &cbor->items[cbor->n++];
}

static bool take_run(struct reading *reading, uint64_t size, struct vg_text *bytes)
{
    if (size > (uint64_t)(reading->end - reading->at)) {
        return fail(reading, "the CBOR has a text that is longer than what holds it");
    }
    *bytes = vg_text_of((const char *)reading->at, (size_t)size);
    reading->at += size;
    return true;
}

/* Goes over chunks of definite length to the break, and copies them where there is room for them; *size: of all. */
static bool pass_chunks(struct reading *reading, unsigned major, char *whole, size_t *size)
{
    unsigned chunk_major = 0, info = 0;
    uint64_t number = 0;
    struct vg_text chunk;
    *size = 0;
    while (reading->at < reading->end && *reading->at != 0xff) {
        if (!take_head(reading, &chunk_major, &info, &number)) {
            return false;
        }
        if (chunk_major != major || info == 31) {
            return fail(reading, "the CBOR has a text in pieces of another kind");
        }
        if (!take_run(reading, number, &chunk)) {
            return false;
        }
        if (major == 3 && !vg_utf8_valid(chunk.data, chunk.size)) {
            return fail(reading, "the CBOR has a text that is not UTF-8");
        }
        if (whole != NULL) {
            memcpy(whole + *size, chunk.data, chunk.size);
        }
        *size += chunk.size;
    }
    if (reading->at == reading->end) {
        return fail(reading, "the CBOR ends too early");
    }
    reading->at++;
    return true;
}

/* A text in pieces, put together in as much memory as it needs: thousands of empty ones must not take thousands of times the file. */
static bool take_chunks(struct reading *reading, unsigned major, struct vg_text *bytes)
{
    const uint8_t *start = reading->at;
    size_t size = 0;
    if (!pass_chunks(reading, major, NULL, &size)) {
        return false;
    }
    char *whole = vg_arena_alloc(reading->arena, size + 1, 1);
    if (whole == NULL) {
        return fail(reading, "out of memory");
    }
    reading->at = start;
    *bytes = vg_text_of(whole, size);
    return pass_chunks(reading, major, whole, &size);
}

static double half_of(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023);
    double value = exponent == 0 ? ldexp(fraction, -24) : exponent == 31 ? (fraction == 0 ? INFINITY : NAN) : ldexp(fraction + 1024, exponent - 25);
    return (bits >> 15 & 1) == 1 ? -value : value;
}

static bool take_simple(struct reading *reading, unsigned info, uint64_t number)
{
    struct vg_cbor_item *item = add_item(reading, info >= 25 && info <= 27 ? VG_CBOR_FLOAT : VG_CBOR_SIMPLE);
    if (item == NULL) {
        return false;
    }
    if (info == 25) {
        item->real = half_of(number);
    } else if (info == 26) {
        uint32_t bits = (uint32_t)number;
        float value;
        memcpy(&value, &bits, sizeof value);
        item->real = (double)value;
    } else if (info == 27) {
        memcpy(&item->real, &number, sizeof number);
    } else if (info == 24 && number < 32) {
        return fail(reading, "the CBOR has a simple value in a form that is not allowed");
    }
    item->number = number;
    return true;
}

/* -------------------------------------------------------------------- items */

static bool take_item(struct reading *reading);

/* Keys are the same by what they say, however they are written: in pieces or whole, with a number longer than it need be. */
static bool same_key(const struct vg_cbor_item *a, const struct vg_cbor_item *b)
{
    if (a->kind != b->kind || a->number != b->number) {
        return false;
    }
    bool whole_number = a->kind == VG_CBOR_UNSIGNED || a->kind == VG_CBOR_NEGATIVE, text = a->kind == VG_CBOR_TEXT || a->kind == VG_CBOR_BYTES;
    return whole_number || (text ? vg_text_equal(a->bytes, b->bytes) : vg_text_equal(a->encoded, b->encoded));
}

/* A key that is there twice says two things at once. */
static bool keys_differ(struct reading *reading, uint32_t map)
{
    const struct vg_cbor *cbor = reading->cbor;
    uint32_t end = (uint32_t)cbor->n;
    for (uint32_t a = map + 1; a < end; a = cbor->items[cbor->items[a].next].next) {
        for (uint32_t b = cbor->items[cbor->items[a].next].next; b < end; b = cbor->items[cbor->items[b].next].next) {
            if (same_key(&cbor->items[a], &cbor->items[b])) {
                return fail(reading, "the CBOR has a map with a key twice");
            }
        }
    }
    return true;
}

/* What is inside an array or map: n items, or as many as come before the break. */
static bool take_inside(struct reading *reading, uint32_t holder, bool is_map, bool indefinite, uint64_t n)
{
    if (!indefinite && n > (uint64_t)(reading->end - reading->at)) {
        return fail(reading, "the CBOR has a list that is longer than what holds it");
    }
    uint64_t wanted = is_map ? 2 * n : n;
    uint64_t taken = 0;
    for (; indefinite || taken < wanted; taken++) {
        if (indefinite && reading->at < reading->end && *reading->at == 0xff) {
            reading->at++;
            break;
        }
        if (!take_item(reading)) {
            return false;
        }
    }
    if (is_map && taken % 2 != 0) {
        return fail(reading, "the CBOR has a map with a key and no value");
    }
    return !is_map || keys_differ(reading, holder);
}

static bool take_by_major(struct reading *reading, unsigned major, unsigned info, uint64_t number)
{
    static const enum vg_cbor_kind kinds[7] = {VG_CBOR_UNSIGNED, VG_CBOR_NEGATIVE, VG_CBOR_BYTES, VG_CBOR_TEXT, VG_CBOR_ARRAY, VG_CBOR_MAP, VG_CBOR_TAG};
    bool indefinite = info == 31;
    if (major == 7) {
        return indefinite ? fail(reading, "the CBOR has an end where nothing began") : take_simple(reading, info, number);
    }
    if (indefinite && (major < 2 || major == 6)) {
        return fail(reading, "the CBOR has a form that is reserved");
    }
    uint32_t place = (uint32_t)reading->cbor->n;
    struct vg_cbor_item *item = add_item(reading, kinds[major]);
    if (item == NULL) {
        return false;
    }
    item->number = major == 2 || major == 3 || major == 4 || major == 5 ? 0 : number;
    if (major == 2 || major == 3) {
        struct vg_text bytes = {"", 0};
        if (!(indefinite ? take_chunks(reading, major, &bytes) : take_run(reading, number, &bytes))) {
            return false;
        }
        if (major == 3 && !vg_utf8_valid(bytes.data, bytes.size)) {
            return fail(reading, "the CBOR has a text that is not UTF-8");
        }
        reading->cbor->items[place].bytes = bytes;
        return true;
    }
    return major < 2 ? true : major == 6 ? take_item(reading) : take_inside(reading, place, major == 5, indefinite, number);
}

static bool take_item(struct reading *reading)
{
    unsigned major = 0, info = 0;
    uint64_t number = 0;
    const uint8_t *start = reading->at;
    uint32_t place = (uint32_t)reading->cbor->n;
    if (reading->depth == VG_CBOR_DEPTH_MAX) {
        return fail(reading, "the CBOR is nested too deep");
    }
    reading->depth++;
    bool good = take_head(reading, &major, &info, &number) && take_by_major(reading, major, info, number);
    reading->depth--;
    if (good) {
        reading->cbor->items[place].encoded = vg_text_of((const char *)start, (size_t)(reading->at - start));
        reading->cbor->items[place].next = (uint32_t)reading->cbor->n;
    }
    return good;
}

bool vg_cbor_read(struct vg_text bytes, struct vg_arena *arena, struct vg_cbor *cbor, const char **why)
{
    const uint8_t *start = (const uint8_t *)(bytes.data == NULL ? "" : bytes.data);
    struct reading reading = {.arena = arena, .at = start, .end = start + bytes.size, .cbor = cbor};
    *cbor = (struct vg_cbor){NULL, 0};
    bool good = take_item(&reading) && (reading.at == reading.end || fail(&reading, "there is something behind the CBOR"));
    *why = reading.why;
    return good;
}

/* ----------------------------------------------------------------- looking */

uint32_t vg_cbor_get_integer(const struct vg_cbor *cbor, uint32_t map, int64_t key)
{
    enum vg_cbor_kind kind = key < 0 ? VG_CBOR_NEGATIVE : VG_CBOR_UNSIGNED;
    uint64_t number = key < 0 ? (uint64_t)(-1 - key) : (uint64_t)key;
    if (map >= cbor->n || cbor->items[map].kind != VG_CBOR_MAP) {
        return 0;
    }
    for (uint32_t at = map + 1; at < cbor->items[map].next; at = cbor->items[cbor->items[at].next].next) {
        if (cbor->items[at].kind == kind && cbor->items[at].number == number) {
            return cbor->items[at].next;
        }
    }
    return 0;
}

uint32_t vg_cbor_get_text(const struct vg_cbor *cbor, uint32_t map, const char *key)
{
    if (map >= cbor->n || cbor->items[map].kind != VG_CBOR_MAP) {
        return 0;
    }
    for (uint32_t at = map + 1; at < cbor->items[map].next; at = cbor->items[cbor->items[at].next].next) {
        if (cbor->items[at].kind == VG_CBOR_TEXT && vg_text_equals(cbor->items[at].bytes, key)) {
            return cbor->items[at].next;
        }
    }
    return 0;
}

uint32_t vg_cbor_untag(const struct vg_cbor *cbor, uint32_t item)
{
    while (cbor->items[item].kind == VG_CBOR_TAG) {
        item++;
    }
    return item;
}

bool vg_cbor_seconds(const struct vg_cbor *cbor, uint32_t item, int64_t *seconds)
{
    const struct vg_cbor_item *of = &cbor->items[item];
    if (of->kind == VG_CBOR_TAG && of->number == 1) {
        of = &cbor->items[item + 1];
    }
    if (of->kind == VG_CBOR_FLOAT && of->real > -1e15 && of->real < 1e15) {
        *seconds = (int64_t)floor(of->real);
        return true;
    }
    *seconds = (of->kind == VG_CBOR_UNSIGNED || of->kind == VG_CBOR_NEGATIVE) && of->number < (uint64_t)1 << 50 ? (int64_t)of->number : -1;
    if (*seconds < 0) {
        return false;
    }
    *seconds = of->kind == VG_CBOR_NEGATIVE ? -1 - *seconds : *seconds;
    return true;
}

/* ----------------------------------------------------------------- writing */

static void put_head(struct vg_buffer *out, unsigned major, uint64_t number)
{
    unsigned bytes = number < 24 ? 0 : number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : number <= UINT32_MAX ? 4 : 8;
    unsigned info = bytes == 0 ? (unsigned)number : bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;
    vg_buffer_char(out, (char)(major << 5 | info));
    for (unsigned i = bytes; i > 0; i--) {
        vg_buffer_char(out, (char)(number >> (8 * (i - 1)) & 0xff));
    }
}

void vg_cbor_put_head(struct vg_buffer *out, enum vg_cbor_kind kind, uint64_t number)
{
    put_head(out, (unsigned)kind, number); /* the first seven kinds are the major types */
}

void vg_cbor_put_integer(struct vg_buffer *out, int64_t value)
{
    put_head(out, value < 0 ? 1 : 0, value < 0 ? (uint64_t)(-1 - value) : (uint64_t)value);
}

void vg_cbor_put_bytes(struct vg_buffer *out, const void *data, size_t size)
{
    put_head(out, 2, size);
    vg_buffer_append(out, data, size);
}

void vg_cbor_put_text(struct vg_buffer *out, struct vg_text text)
{
    put_head(out, 3, text.size);
    vg_buffer_append(out, text.data, text.size);
}

void vg_cbor_put_double(struct vg_buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    vg_buffer_char(out, (char)0xfb);
    for (unsigned i = 8; i > 0; i--) {
        vg_buffer_char(out, (char)(bits >> (8 * (i - 1)) & 0xff));
    }
}

void vg_cbor_put_simple(struct vg_buffer *out, unsigned number)
{
    vg_buffer_char(out, (char)(0xe0 | number));
}
