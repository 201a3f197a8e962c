/*
 * The list of partners as a file of a node's folder, and the node's own key beside it.
 */
#include "share/partners/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTNERS_MOST 4096
static const unsigned char no_salt[VG_SALT_BYTES]; /* keys are digits, not passphrases */

bool vg_node_name_is_good(struct vg_text name)
{
    bool good = name.size > 0 && name.size < VG_NODE_NAME_BYTES;
    for (size_t i = 0; good && i < name.size; i++) {
        const char c = name.data[i];
        good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    return good;
}

static bool key_is_good(struct vg_text key)
{
    unsigned char bytes[32];
    return key.size == VG_PUBLIC_KEY_TEXT - 1 && vg_hex_decode(key, bytes, sizeof bytes);
}

vg_status partners_path(const char *folder, const char *name, char path[PARTNERS_PATH_BYTES], struct vg_error *error)
{
    const int length = snprintf(path, PARTNERS_PATH_BYTES, "%s/share%s%s", folder, name[0] == '\0' ? "" : "/", name);
    return length > 0 && length < PARTNERS_PATH_BYTES ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "the path %.100s... is too long", folder);
}

/* -------------------------------------------------------------------- read */

struct reading {
    struct vg_reader *reader;
    size_t node, key, self;
    struct vg_arena *arena;
    struct vg_partners *partners;
    size_t capacity;
    struct vg_error *error;
};

static vg_status add(struct vg_arena *arena, struct vg_partners *partners, size_t *capacity, struct vg_text node, struct vg_text key, bool self, struct vg_error *error)
{
    struct vg_partner *room = vg_arena_room(arena, partners->rows, partners->n, capacity, sizeof *room);
    char *name = vg_arena_copy_bytes(arena, node.data, node.size);
    unsigned char bytes[32];
    if (room == NULL || name == NULL) {
        return vg_fail_memory(error, sizeof *room);
    }
    partners->rows = room;
    struct vg_partner *row = &room[partners->n++];
    *row = (struct vg_partner){.node = name, .self = self};
    VG_ASSERT(vg_hex_decode(key, bytes, sizeof bytes));
    vg_hex_encode(bytes, sizeof bytes, row->key); /* in lower case */
    return VG_OK;
}

static vg_status take(struct reading *reading, const struct vg_text *cells, uint64_t line)
{
    const struct vg_text node = vg_reader_cell(cells, reading->node), key = vg_reader_cell(cells, reading->key);
    if (!vg_node_name_is_good(node)) {
        return vg_reader_bad_cell(reading->reader, line, reading->node, node, "a node's name (1 to 32 letters, digits, - and _)", reading->error);
    }
    if (!key_is_good(key)) {
        return vg_reader_bad_cell(reading->reader, line, reading->key, key, "a public key of 64 hexadecimal digits", reading->error);
    }
    if (reading->partners->n == PARTNERS_MOST) {
        return vg_fail(reading->error, VG_LIMIT_EXCEEDED, "a list of partners has at most %d rows", PARTNERS_MOST);
    }
    return add(reading->arena, reading->partners, &reading->capacity, node, key, vg_text_equals(vg_reader_cell(cells, reading->self), "yes"), reading->error);
}

vg_status vg_partners_read(const char *path, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error)
{
    struct reading reading = {.arena = arena, .partners = partners, .error = error};
    struct vg_row_batch batch = {.n_rows = 1};
    *partners = (struct vg_partners){0};
    vg_status status = vg_reader_open(path, NULL, &reading.reader, error);
    if (status != VG_OK) {
        return status;
    }
    reading.node = vg_reader_find_column(reading.reader, "node|name");
    reading.key = vg_reader_find_column(reading.reader, "key|public_key");
    reading.self = vg_reader_find_column(reading.reader, "self");
    if (reading.node == VG_READER_NO_COLUMN || reading.key == VG_READER_NO_COLUMN) {
        status = vg_fail(error, VG_DATA_ERROR, "%s has no columns node and key", path);
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reading.reader, &batch, error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(&reading, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(reading.reader);
    return status;
}

vg_status vg_partners_of(const char *folder, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error)
{
    char path[PARTNERS_PATH_BYTES];
    *partners = (struct vg_partners){0};
    vg_status status = partners_path(folder, "partners.csv", path, error);
    return status != VG_OK || !vg_file_exists(path) ? status : vg_partners_read(path, arena, partners, error);
}

/* ------------------------------------------------------------------- write */

vg_status partners_lock(const char *folder, int *descriptor, struct vg_error *error)
{
    char path[PARTNERS_PATH_BYTES];
    *descriptor = -1;
    vg_status status = partners_path(folder, "", path, error);
    if (status == VG_OK && mkdir(path, 0750) != 0 && errno != EEXIST) {
        status = vg_fail_errno(error, errno, "the folder %s cannot be made", path);
    }
    if (status == VG_OK && ((*descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || flock(*descriptor, LOCK_EX) != 0)) {
        status = vg_fail_errno(error, errno, "the folder %s cannot be locked", path);
    }
    return status;
}

void partners_unlock(int descriptor)
{
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
}

static vg_status write_all(const char *folder, const struct vg_partners *partners, struct vg_arena *arena, struct vg_error *error)
{
    char path[PARTNERS_PATH_BYTES];
    struct vg_table table;
    struct vg_buffer text;
    vg_status status = partners_path(folder, "partners.csv", path, error);
    vg_buffer_init(&text, 0);
    vg_table_init(&table, arena);
    vg_table_add_column(&table, "node", VG_COLUMN_TEXT);
    vg_table_add_column(&table, "key", VG_COLUMN_TEXT);
    vg_table_add_column(&table, "self", VG_COLUMN_TEXT);
    for (size_t i = 0; i < partners->n; i++) {
        vg_table_text(&table, partners->rows[i].node);
        vg_table_text(&table, partners->rows[i].key);
        vg_table_text(&table, partners->rows[i].self ? "yes" : "no");
    }
    status = status == VG_OK ? vg_table_write(&table, VG_FORMAT_CSV, &text, error) : status;
    status = status == VG_OK ? vg_file_write_atomic(path, text.data, text.size, error) : status;
    vg_buffer_release(&text);
    return status;
}

static vg_status put(const char *folder, const char *node, const char *key, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_partners partners, kept = {0};
    size_t capacity = 0, gone = 0;
    bool known = false, own = false;
    vg_status status = vg_partners_of(folder, arena, &partners, error);
    for (size_t i = 0; status == VG_OK && i < partners.n; i++) {
        const struct vg_partner *row = &partners.rows[i];
        const bool same = strcmp(row->node, node) == 0, same_key = key != NULL && vg_text_fold_equal(vg_text_from(row->key), vg_text_from(key));
        own = own || (same && row->self);
        if (key != NULL && row->self && (same || same_key)) {
            return vg_fail(error, VG_USAGE_ERROR, same ? "%s is this node's own name" : "this is the node's own key, and not that of %s", node);
        }
        if (same && key == NULL && !row->self) {
            gone++;
            continue;
        }
        known = known || (same && same_key);
        status = add(arena, &kept, &capacity, vg_text_from(row->node), vg_text_from(row->key), row->self, error);
    }
    if (status == VG_OK && key == NULL && gone == 0) {
        status = own ? vg_fail(error, VG_USAGE_ERROR, "%s is this node's own name", node) : vg_fail(error, VG_NOT_FOUND, "the node has no partner %s", node);
    }
    if (status == VG_OK && key != NULL && !known) {
        status = add(arena, &kept, &capacity, vg_text_from(node), vg_text_from(key), false, error);
    }
    return status == VG_OK ? write_all(folder, &kept, arena, error) : status;
}

vg_status vg_partners_put(const char *folder, const char *node, const char *key, struct vg_error *error)
{
    struct vg_arena arena;
    int descriptor = -1;
    if (!vg_node_name_is_good(vg_text_from(node))) {
        return vg_fail(error, VG_USAGE_ERROR, "\"%.60s\" is no node's name: 1 to 32 letters, digits, - and _", node);
    }
    if (key != NULL && !key_is_good(vg_text_from(key))) {
        return vg_fail(error, VG_USAGE_ERROR, "\"%.80s\" is no public key: it has 64 hexadecimal digits", key);
    }
    vg_arena_init(&arena, 0);
    vg_status status = partners_lock(folder, &descriptor, error);
    status = status == VG_OK ? put(folder, node, key, &arena, error) : status;
    partners_unlock(descriptor);
    vg_arena_release(&arena);
    return status;
}

/* --------------------------------------------------------------------- own */

static vg_status make_key(const char *folder, const char *node, struct vg_arena *arena, char public_key[VG_PUBLIC_KEY_TEXT], struct vg_error *error)
{
    unsigned char secret[2 * VG_SALT_BYTES];
    char path[PARTNERS_PATH_BYTES], text[4 * VG_SALT_BYTES + 1];
    struct vg_partners partners;
    struct vg_seal_key key;
    size_t capacity;
    bool own = false;
    vg_status status = vg_partners_of(folder, arena, &partners, error);
    status = status == VG_OK ? partners_path(folder, "key", path, error) : status;
    for (size_t i = 0; status == VG_OK && i < partners.n; i++) {
        own = own || partners.rows[i].self;
        if (!partners.rows[i].self && strcmp(partners.rows[i].node, node) == 0) { /* else that partner would sign as this node */
            return vg_fail(error, VG_USAGE_ERROR, "%s is the name of a partner of this node: take another one, or forget the partner first (vigia bundle forget %s)", node, node);
        }
    }
    if (status == VG_OK && own && vg_file_exists(path)) {
        return vg_fail(error, VG_USAGE_ERROR, "the node has a key already, in %s", path);
    }
    if (status == VG_OK && !vg_file_exists(path)) { /* there, but not in the list: it was stopped between both */
        vg_seal_salt(secret);
        vg_seal_salt(secret + VG_SALT_BYTES);
        vg_hex_encode(secret, sizeof secret, text);
        status = vg_file_write_secret(path, text, sizeof text - 1, error);
    }
    status = status == VG_OK ? vg_seal_key_read(path, no_salt, &key, error) : status;
    if (status == VG_OK) {
        memcpy(public_key, key.public_key, VG_PUBLIC_KEY_TEXT);
        vg_seal_key_clear(&key);
        capacity = partners.n; /* no room: a copy is made */
        status = add(arena, &partners, &capacity, vg_text_from(node), vg_text_from(public_key), true, error);
    }
    return status == VG_OK ? write_all(folder, &partners, arena, error) : status;
}

vg_status vg_node_key_make(const char *folder, const char *node, char public_key[VG_PUBLIC_KEY_TEXT], struct vg_error *error)
{
    struct vg_arena arena;
    int descriptor = -1;
    if (!vg_node_name_is_good(vg_text_from(node))) {
        return vg_fail(error, VG_USAGE_ERROR, "\"%.60s\" is no node's name: 1 to 32 letters, digits, - and _, as CO or BR-SP", node);
    }
    vg_arena_init(&arena, 0);
    vg_status status = partners_lock(folder, &descriptor, error);
    status = status == VG_OK ? make_key(folder, node, &arena, public_key, error) : status;
    partners_unlock(descriptor);
    vg_arena_release(&arena);
    return status;
}

vg_status vg_node_key(const char *folder, struct vg_arena *arena, struct vg_seal_key *key, const char **node, struct vg_error *error)
{
    char path[PARTNERS_PATH_BYTES];
    struct vg_partners partners;
    *node = NULL;
    vg_status status = partners_path(folder, "key", path, error);
    if (status == VG_OK && !vg_file_exists(path)) {
        return vg_fail(error, VG_NOT_FOUND, "the node has no key of its own: vigia bundle key NAME --node %.200s makes one", folder);
    }
    status = status == VG_OK ? vg_seal_key_read(path, no_salt, key, error) : status;
    status = status == VG_OK ? vg_partners_of(folder, arena, &partners, error) : status;
    for (size_t i = 0; status == VG_OK && i < partners.n; i++) {
        *node = partners.rows[i].self && strcmp(partners.rows[i].key, key->public_key) == 0 ? partners.rows[i].node : *node;
    }
    if (status == VG_OK && *node == NULL) {
        vg_seal_key_clear(key);
        status = vg_fail(error, VG_DATA_ERROR, "%s is not the key that share/partners.csv beside it calls the node's own", path);
    }
    return status;
}
