/*
 * What identifies people: sealed with XChaCha20-Poly1305, bound to the person's number, together with the person's search codes, so that these can be taken away without
 * knowing how they were made. Codes are written in the order of their table, which makes a large import one walk through it.
 */
#include "store/tracing/tracing_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEPARATOR '\x1f'
#define HEAD_BYTES 6 /* birth, number of codes, number of names */

uint64_t tracing_code(const struct tracing_keys *keys, struct vg_text text)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t code;
    (void)crypto_shorthash(hash, (const unsigned char *)text.data, text.size, keys->search);
    memcpy(&code, hash, sizeof code);
    return code;
}

/* ----------------------------------------------------------------- packing */

/* birth, counts, codes, names, then the texts with separators: what is sealed. */
static void pack(const struct vg_identity *identity, const uint64_t *codes, size_t n_codes, const uint64_t *names, size_t n_names, struct vg_buffer *out)
{
    const uint8_t counts[2] = {(uint8_t)n_codes, (uint8_t)n_names};
    vg_buffer_append(out, &identity->birth, sizeof identity->birth);
    vg_buffer_append(out, counts, sizeof counts);
    vg_buffer_append(out, codes, n_codes * sizeof *codes);
    vg_buffer_append(out, names, n_names * sizeof *names);
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        for (const char *c = identity->texts[i] == NULL ? "" : identity->texts[i]; *c != '\0'; c++) {
            vg_buffer_char(out, *c == SEPARATOR ? ' ' : *c);
        }
        vg_buffer_char(out, SEPARATOR);
    }
}

struct packed { const uint8_t *data; size_t size, n_codes, n_names; };

static uint64_t packed_code(const struct packed *packed, size_t i)
{
    uint64_t code;
    memcpy(&code, packed->data + HEAD_BYTES + 8 * i, sizeof code);
    return code;
}

/* Opens what was sealed for that person into the buffer. */
static vg_status unseal(const struct tracing_keys *keys, int64_t person, const void *sealed, size_t size, struct vg_buffer *out, struct packed *packed, struct vg_error *error)
{
    unsigned long long opened = 0;
    vg_buffer_clear(out);
    if (size < NONCE_BYTES + TAG_BYTES + HEAD_BYTES || !vg_buffer_reserve(out, size) ||
        crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)out->data, &opened, NULL, (const unsigned char *)sealed + NONCE_BYTES, size - NONCE_BYTES,
                                                   (const unsigned char *)&person, sizeof person, sealed, keys->seal) != 0) {
        return vg_fail(error, VG_DATA_ERROR, "the identity of person %lld cannot be opened: the node's key is another one, or it was changed", (long long)person);
    }
    out->size = (size_t)opened;
    *packed = (struct packed){(const uint8_t *)out->data, out->size, (uint8_t)out->data[4], (uint8_t)out->data[5]};
    return HEAD_BYTES + 8 * (packed->n_codes + packed->n_names) <= out->size ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the identity of person %lld is cut", (long long)person);
}

static void unpack(const struct packed *packed, struct vg_arena *arena, struct vg_identity *identity)
{
    const char *at = (const char *)packed->data + HEAD_BYTES + 8 * (packed->n_codes + packed->n_names), *end = (const char *)packed->data + packed->size;
    *identity = (struct vg_identity){.birth = VG_DATE_NONE};
    memcpy(&identity->birth, packed->data, sizeof identity->birth);
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT && at < end; i++) {
        const char *stop = memchr(at, SEPARATOR, (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        identity->texts[i] = stop == at ? NULL : vg_arena_copy_bytes(arena, at, (size_t)(stop - at));
        at = stop + 1;
    }
}

/* Reads and opens; packed.size 0: there is none. */
static vg_status read_identity(struct vg_tracing_work *work, int64_t person, struct vg_buffer *out, struct packed *packed, struct vg_error *error)
{
    sqlite3_stmt *statement = tracing_statement(work, TRACING_READ_IDENTITY, error);
    *packed = (struct packed){0};
    if (statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    (void)sqlite3_bind_int64(statement, 1, person);
    int code = sqlite3_step(statement);
    vg_status status = VG_OK;
    if (code == SQLITE_ROW) {
        status = unseal(&work->keys, person, sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0), out, packed, error);
    } else if (code != SQLITE_DONE) {
        status = store_sql_error(work->store->db, error, "reading identities");
    }
    (void)sqlite3_reset(statement);
    return status;
}

static void wipe(struct vg_buffer *buffer)
{
    if (buffer->data != NULL) {
        sodium_memzero(buffer->data, buffer->capacity);
    }
    vg_buffer_release(buffer);
}

/* ------------------------------------------------------- codes on their way */

static int by_code(const void *a, const void *b)
{
    const struct pending_code *x = a, *y = b;
    return x->code != y->code ? (x->code < y->code ? -1 : 1) : x->person != y->person ? (x->person < y->person ? -1 : 1) : 0;
}

static int by_name(const void *a, const void *b)
{
    const struct pending_name *x = a, *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

static struct pending_code *codes_of(const struct vg_buffer *buffer, size_t *n)
{
    *n = buffer->size / sizeof(struct pending_code);
    return (struct pending_code *)(void *)buffer->data;
}

static vg_status flush_codes(struct vg_tracing_work *work, struct vg_error *error)
{
    size_t n = 0;
    struct pending_code *codes = codes_of(&work->codes, &n);
    sqlite3_stmt *statement = n == 0 ? NULL : tracing_statement(work, TRACING_ADD_CODE, error);
    if (n > 0 && statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    if (n > 0) {
        qsort(codes, n, sizeof *codes, by_code);
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        (void)sqlite3_bind_int64(statement, 1, (int64_t)codes[i].code);
        (void)sqlite3_bind_int64(statement, 2, codes[i].person);
        status = store_step_done(work->store->db, statement, "writing search codes", error);
    }
    vg_buffer_append(&work->set_codes, work->codes.data, work->codes.size);
    vg_buffer_clear(&work->codes);
    return work->set_codes.failed ? vg_fail_memory(error, work->set_codes.size) : status;
}

static vg_status flush_names(struct vg_tracing_work *work, struct vg_error *error)
{
    size_t n = work->names.size / sizeof(struct pending_name);
    struct pending_name *names = (struct pending_name *)(void *)work->names.data;
    sqlite3_stmt *statement = n == 0 ? NULL : tracing_statement(work, TRACING_COUNT_NAME, error);
    if (n > 0 && statement == NULL) {
        return VG_SYSTEM_ERROR;
    }
    if (n > 0) {
        qsort(names, n, sizeof *names, by_name);
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n;) {
        int64_t change = 0;
        uint64_t code = names[i].code;
        for (; i < n && names[i].code == code; i++) {
            change += names[i].change;
        }
        (void)sqlite3_bind_int64(statement, 1, (int64_t)code);
        (void)sqlite3_bind_int64(statement, 2, change);
        status = change == 0 ? VG_OK : store_step_done(work->store->db, statement, "writing search codes", error);
    }
    vg_buffer_clear(&work->names);
    return status;
}

vg_status tracing_flush(struct vg_tracing_work *work, struct vg_error *error)
{
    if (work->codes.failed || work->names.failed) {
        return vg_fail_memory(error, 0);
    }
    vg_status status = flush_codes(work, error);
    return status == VG_OK ? flush_names(work, error) : status;
}

/* Takes the codes that were sealed with an identity out of the tables. */
static vg_status drop_codes(struct vg_tracing_work *work, int64_t person, const struct packed *packed, struct vg_error *error)
{
    sqlite3_stmt *drop = tracing_statement(work, TRACING_DROP_CODE, error);
    vg_status status = drop == NULL ? VG_SYSTEM_ERROR : VG_OK;
    for (size_t i = 0; status == VG_OK && i < packed->n_codes; i++) {
        (void)sqlite3_bind_int64(drop, 1, (int64_t)packed_code(packed, i));
        (void)sqlite3_bind_int64(drop, 2, person);
        status = store_step_done(work->store->db, drop, "writing search codes", error);
    }
    for (size_t i = 0; i < packed->n_names; i++) {
        struct pending_name name = {packed_code(packed, packed->n_codes + i), -1};
        vg_buffer_append(&work->names, &name, sizeof name);
    }
    return status;
}

/* ------------------------------------------------------------------ setting */

static uint16_t most_of(const struct vg_search_texts *texts, size_t i)
{
    return texts->most[i] == 0 ? VG_TRACING_BEARERS_MOST : texts->most[i] < VG_TRACING_BEARERS_MOST ? texts->most[i] : VG_TRACING_BEARERS_MOST;
}

/* Whether this work has set the person's identity already: its codes must be in the table before they can be taken out. */
static vg_status drop_former(struct vg_tracing_work *work, int64_t person, struct vg_error *error)
{
    struct vg_buffer opened;
    struct packed packed;
    vg_buffer_init(&opened, 0);
    vg_status status = read_identity(work, person, &opened, &packed, error);
    if (status == VG_OK && packed.size > 0) {
        status = tracing_flush(work, error);
        if (status == VG_OK) {
            status = drop_codes(work, person, &packed, error);
        }
    }
    wipe(&opened);
    return status;
}

static vg_status write_sealed(struct vg_tracing_work *work, int64_t person, const struct vg_buffer *plain, struct vg_error *error)
{
    sqlite3_stmt *statement = tracing_statement(work, TRACING_WRITE_IDENTITY, error);
    struct vg_buffer sealed;
    vg_buffer_init(&sealed, 0);
    if (statement == NULL || plain->failed || !vg_buffer_reserve(&sealed, NONCE_BYTES + TAG_BYTES + plain->size)) {
        vg_buffer_release(&sealed);
        return statement == NULL ? VG_SYSTEM_ERROR : vg_fail_memory(error, plain->size);
    }
    unsigned char *at = (unsigned char *)sealed.data;
    randombytes_buf(at, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE_BYTES, NULL, (const unsigned char *)plain->data, plain->size, (const unsigned char *)&person, sizeof person, NULL, at,
                                                     work->keys.seal);
    (void)sqlite3_bind_int64(statement, 1, person);
    (void)sqlite3_bind_blob64(statement, 2, at, NONCE_BYTES + TAG_BYTES + plain->size, SQLITE_STATIC);
    vg_status status = store_step_done(work->store->db, statement, "writing identities", error);
    (void)sqlite3_clear_bindings(statement);
    vg_buffer_release(&sealed);
    return status;
}

vg_status vg_tracing_set_identity(struct vg_tracing_work *work, int64_t person, const struct vg_identity *identity, const struct vg_search_texts *texts, struct vg_error *error)
{
    uint64_t codes[VG_TRACING_CODES_MOST], names[8];
    struct vg_buffer plain;
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        const char *text = identity->texts[i];
        if (text != NULL && (strlen(text) > VG_IDENTITY_TEXT_MOST || !vg_utf8_valid(text, strlen(text)))) {
            return vg_fail(error, VG_USAGE_ERROR, "%s is UTF-8 text of at most %d bytes", vg_identity_names[i], VG_IDENTITY_TEXT_MOST);
        }
    }
    vg_status status = drop_former(work, person, error);
    for (size_t i = 0; i < texts->n_codes; i++) {
        struct pending_code pending = {tracing_code(&work->keys, texts->codes[i]), person, (uint16_t)i, most_of(texts, i)};
        codes[i] = pending.code;
        vg_buffer_append(&work->codes, &pending, sizeof pending);
    }
    for (size_t i = 0; i < texts->n_names; i++) {
        struct pending_name pending = {tracing_code(&work->keys, texts->names[i]), 1};
        names[i] = pending.code;
        vg_buffer_append(&work->names, &pending, sizeof pending);
    }
    vg_buffer_init(&plain, 0);
    pack(identity, codes, texts->n_codes, names, texts->n_names, &plain);
    if (status == VG_OK) {
        status = write_sealed(work, person, &plain, error);
    }
    wipe(&plain);
    return status == VG_OK && !work->quiet ? vg_tracing_note(work, "identity_set", person, "person", person, NULL, NULL, error) : status;
}

vg_status tracing_erase(struct vg_tracing_work *work, int64_t person, struct vg_error *error)
{
    char sql[120];
    vg_status status = drop_former(work, person, error);
    (void)snprintf(sql, sizeof sql, "DELETE FROM tracing_identity WHERE person = %lld", (long long)person);
    return status == VG_OK ? store_sql(work->store->db, sql, error) : status;
}

/* ------------------------------------------------------------------ showing */

vg_status vg_tracing_show(struct vg_store *store, const struct vg_actor *actor, const char *reason, const int64_t *persons, size_t n_persons, struct vg_arena *arena,
                          struct vg_identity *identities, struct vg_error *error)
{
    struct vg_tracing_work *work = NULL;
    struct vg_buffer opened;
    vg_status status = tracing_check_actor(actor, true, error);
    if (status == VG_OK && (reason == NULL || vg_text_trim(vg_text_from(reason)).size == 0)) {
        status = vg_fail(error, VG_USAGE_ERROR, "names are shown only for a reason, which is kept");
    }
    if (status == VG_OK) {
        status = tracing_open_work(store, actor, &work, error);
    }
    vg_buffer_init(&opened, 0);
    for (size_t i = 0; status == VG_OK && i < n_persons; i++) {
        struct packed packed;
        int64_t person = persons[i];
        identities[i] = (struct vg_identity){.birth = VG_DATE_NONE};
        status = tracing_survivor(work, &person, error);
        if (status == VG_OK) {
            status = read_identity(work, person, &opened, &packed, error);
        }
        if (status == VG_OK && packed.size > 0) {
            unpack(&packed, arena, &identities[i]);
        }
        if (status == VG_OK) {
            status = vg_tracing_note(work, "shown", person, "person", person, reason, NULL, error);
        }
    }
    wipe(&opened);
    status = vg_tracing_end(work, status, error);
    for (size_t i = 0; status != VG_OK && i < n_persons; i++) {
        identities[i] = (struct vg_identity){.birth = VG_DATE_NONE}; /* not audited: not shown */
    }
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

vg_status vg_tracing_open_identity(struct vg_tracing_work *work, int64_t person, struct vg_arena *arena, struct vg_identity *identity, struct vg_error *error)
{
    struct vg_buffer opened;
    struct packed packed;
    vg_status status = VG_OK;
    if (!work->opened_identities) {
        work->opened_identities = true;
        status = vg_tracing_note(work, "compared", 0, NULL, 0, "search for duplicates", NULL, error);
    }
    vg_buffer_init(&opened, 0);
    if (status == VG_OK) {
        status = read_identity(work, person, &opened, &packed, error);
    }
    *identity = (struct vg_identity){.birth = VG_DATE_NONE};
    if (status == VG_OK && packed.size > 0) {
        unpack(&packed, arena, identity);
    }
    wipe(&opened);
    return status;
}

/* --------------------------------------------------------------- candidates */

static int by_other(const void *a, const void *b)
{
    const struct vg_shared_codes *x = a, *y = b;
    return x->other != y->other ? (x->other < y->other ? -1 : 1) : x->person != y->person ? (x->person < y->person ? -1 : 1) : 0;
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, FEW = 1000 };

static uint64_t number_of(const struct vg_shared_codes *pair, bool person)
{
    return (uint64_t)(person ? pair->person : pair->other);
}

/* One stable pass by some bits of a number of the pairs. */
static void sort_pass(const struct vg_shared_codes *from, struct vg_shared_codes *to, size_t n, bool person, unsigned shift)
{
    size_t places[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++) {
        places[number_of(&from[i], person) >> shift & (DIGITS - 1)]++;
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t count = places[digit];
        places[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[places[number_of(&from[i], person) >> shift & (DIGITS - 1)]++] = from[i];
    }
}

/* By other, then person, which are above 0: by their digits, the lowest first, as a large import has millions of pairs. The result is in one of the two. */
static const struct vg_shared_codes *sort_pairs(struct vg_shared_codes *pairs, struct vg_shared_codes *room, size_t n)
{
    if (n < FEW) {
        if (n > 0) {
            qsort(pairs, n, sizeof *pairs, by_other);
        }
        return pairs;
    }
    for (int key = 0; key < 2; key++) {
        uint64_t all = 0;
        for (size_t i = 0; i < n; i++) {
            all |= number_of(&pairs[i], key == 0);
        }
        for (unsigned shift = 0; shift < 64 && all >> shift != 0; shift += DIGIT_BITS) {
            sort_pass(pairs, room, n, key == 0, shift);
            struct vg_shared_codes *swap = pairs;
            pairs = room;
            room = swap;
        }
    }
    return pairs;
}

/* Sorted, with one row a pair, in the arena. */
static vg_status gather(struct vg_buffer *pairs, struct vg_arena *arena, struct vg_shared_codes **found, size_t *n_found, struct vg_error *error)
{
    size_t n = pairs->size / sizeof **found;
    *n_found = 0;
    *found = VG_ARENA_ARRAY(arena, struct vg_shared_codes, n + 1);
    if (*found == NULL || pairs->failed) {
        return vg_fail_memory(error, pairs->size);
    }
    const struct vg_shared_codes *all = sort_pairs((struct vg_shared_codes *)(void *)pairs->data, *found, n);
    for (size_t i = 0; i < n; i++) { /* perhaps in place: what is written never overtakes what is read */
        if (*n_found > 0 && by_other(&(*found)[*n_found - 1], &all[i]) == 0) {
            (*found)[*n_found - 1].codes |= all[i].codes;
        } else {
            (*found)[(*n_found)++] = all[i];
        }
    }
    return VG_OK;
}

static const char bearers[] = "SELECT person FROM tracing_search WHERE code = ?1 LIMIT ?2";

/* Who bears a code, [*n] in persons, of which there is room for most + 1. */
static vg_status read_bearers(struct vg_store *store, sqlite3_stmt *statement, uint64_t code, size_t most, int64_t *persons, size_t *n, struct vg_error *error)
{
    int step;
    *n = 0;
    (void)sqlite3_bind_int64(statement, 1, (int64_t)code);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)most + 1);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        persons[(*n)++] = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_reset(statement);
    return step == SQLITE_DONE ? VG_OK : store_sql_error(store->db, error, "reading search codes");
}

vg_status vg_tracing_candidates(struct vg_store *store, int64_t person, const struct vg_search_texts *texts, struct vg_arena *arena, struct vg_shared_codes **found,
                                size_t *n_found, struct vg_error *error)
{
    struct tracing_keys keys;
    struct vg_buffer pairs;
    sqlite3_stmt *statement = NULL;
    int64_t persons[VG_TRACING_BEARERS_MOST + 1];
    vg_status status = store_prepare(store->db, bearers, &statement, error);
    vg_buffer_init(&pairs, 0);
    tracing_keys_of(store, &keys);
    for (size_t i = 0; status == VG_OK && i < texts->n_codes; i++) {
        size_t n = 0, most = most_of(texts, i);
        status = read_bearers(store, statement, tracing_code(&keys, texts->codes[i]), most, persons, &n, error);
        for (size_t k = 0; n <= most && k < n; k++) {
            struct vg_shared_codes pair = {person, persons[k], UINT32_C(1) << i};
            if (pair.other != person) {
                vg_buffer_append(&pairs, &pair, sizeof pair);
            }
        }
    }
    (void)sqlite3_finalize(statement);
    sodium_memzero(&keys, sizeof keys);
    if (status == VG_OK) {
        status = gather(&pairs, arena, found, n_found, error);
    }
    vg_buffer_release(&pairs);
    return status;
}

/* Persons of this work as bits: they are numbers that follow each other, or nearly. */
struct person_set { int64_t low, high; uint64_t *bits; };

static bool was_set(const struct person_set *set, int64_t person)
{
    size_t at = (size_t)(person - set->low);
    return person >= set->low && person <= set->high && (set->bits[at / 64] >> at % 64 & 1) != 0;
}

static vg_status make_set(const struct pending_code *codes, size_t n, struct vg_arena *arena, struct person_set *set, struct vg_error *error)
{
    *set = (struct person_set){n == 0 ? 0 : codes[0].person, n == 0 ? -1 : codes[0].person, NULL};
    for (size_t i = 1; i < n; i++) {
        set->low = codes[i].person < set->low ? codes[i].person : set->low;
        set->high = codes[i].person > set->high ? codes[i].person : set->high;
    }
    size_t words = n == 0 ? 1 : (size_t)(set->high - set->low) / 64 + 1;
    set->bits = VG_ARENA_ARRAY(arena, uint64_t, words);
    if (set->bits == NULL) {
        return vg_fail_memory(error, words * sizeof *set->bits);
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)(codes[i].person - set->low);
        set->bits[at / 64] |= UINT64_C(1) << at % 64;
    }
    return VG_OK;
}

/* All codes of this work, a run of equal ones at a time; of two that are both new the later one is the person. */
static vg_status join_codes(struct vg_tracing_work *work, const struct pending_code *codes, size_t n, const struct person_set *set, struct vg_buffer *pairs, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    int64_t persons[VG_TRACING_BEARERS_MOST + 1];
    vg_status status = store_prepare(work->store->db, bearers, &statement, error);
    for (size_t i = 0; status == VG_OK && i < n;) {
        size_t end = i, n_bearers = 0, most = codes[i].most;
        while (end < n && codes[end].code == codes[i].code) {
            end++;
        }
        status = read_bearers(work->store, statement, codes[i].code, most, persons, &n_bearers, error);
        for (; i < end; i++) {
            for (size_t k = 0; n_bearers > 1 && n_bearers <= most && k < n_bearers; k++) {
                struct vg_shared_codes pair = {codes[i].person, persons[k], UINT32_C(1) << codes[i].bit};
                if (pair.other != pair.person && (pair.other < pair.person || !was_set(set, pair.other))) {
                    vg_buffer_append(pairs, &pair, sizeof pair);
                }
            }
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_tracing_work_candidates(struct vg_tracing_work *work, struct vg_arena *arena, struct vg_shared_codes **found, size_t *n_found, struct vg_error *error)
{
    struct vg_buffer pairs;
    size_t n = 0;
    *n_found = 0;
    vg_status status = tracing_flush(work, error);
    if (status != VG_OK) {
        return status;
    }
    struct pending_code *codes = codes_of(&work->set_codes, &n);
    struct person_set set;
    bool sorted = true; /* what was written at once was sorted for that */
    for (size_t i = 1; sorted && i < n; i++) {
        sorted = by_code(&codes[i - 1], &codes[i]) <= 0;
    }
    if (!sorted) {
        qsort(codes, n, sizeof *codes, by_code);
    }
    vg_buffer_init(&pairs, 0);
    status = make_set(codes, n, arena, &set, error);
    if (status == VG_OK) {
        status = join_codes(work, codes, n, &set, &pairs, error);
    }
    if (status == VG_OK) {
        status = gather(&pairs, arena, found, n_found, error);
    }
    vg_buffer_release(&pairs);
    return status;
}

vg_status vg_tracing_name_counts(struct vg_store *store, const struct vg_text *names, size_t n_names, double *counts, struct vg_error *error)
{
    struct tracing_keys keys;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT n FROM tracing_name WHERE code = ?1", &statement, error);
    tracing_keys_of(store, &keys);
    for (size_t i = 0; status == VG_OK && i < n_names; i++) {
        (void)sqlite3_bind_int64(statement, 1, (int64_t)tracing_code(&keys, names[i]));
        counts[i] = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_double(statement, 0) : 0;
        (void)sqlite3_reset(statement);
    }
    (void)sqlite3_finalize(statement);
    sodium_memzero(&keys, sizeof keys);
    return status;
}

vg_status vg_tracing_persons_with_identity(struct vg_store *store, double *n, struct vg_error *error)
{
    int64_t count = 0; /* ids are given in order and hardly ever left out: the last is the number, without a walk through the table */
    vg_status status = store_scalar(store->db, "SELECT coalesce(max(person), 0) FROM tracing_identity", &count, error);
    *n = (double)count;
    return status;
}
