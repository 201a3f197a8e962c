/*
 * Private to the room: a work with its statements, keys, and what it has still to write.
 */
#ifndef VG_STORE_TRACING_INTERNAL_H
#define VG_STORE_TRACING_INTERNAL_H

#include "store/store_internal.h"
#include "store/tracing/tracing.h"

#define TRACING_ID_BYTES 24

/* A search code on its way into the table, with whose it is and which of its texts it was made from. */
struct pending_code { uint64_t code; int64_t person; uint16_t bit, most; };
struct pending_name { uint64_t code; int64_t change; };

enum tracing_statement {
    TRACING_NOTE, TRACING_EXTERNAL, TRACING_PUT_EXTERNAL, TRACING_SURVIVOR, TRACING_READ_IDENTITY, TRACING_WRITE_IDENTITY, TRACING_ADD_CODE, TRACING_DROP_CODE, TRACING_COUNT_NAME,
    TRACING_PUT_DUPLICATE, TRACING_ENTRY, TRACING_ATTENDED, TRACING_STATEMENT_COUNT
};

struct tracing_keys { uint8_t seal[32], search[16]; };

struct vg_tracing_work {
    struct vg_store *store;
    struct vg_actor actor;            /* name in the arena */
    struct vg_arena arena;
    struct tracing_keys keys;
    sqlite3_stmt *statements[TRACING_STATEMENT_COUNT], *insert[VG_TRACING_KIND_COUNT], *update[VG_TRACING_KIND_COUNT];
    bool quiet, opened_identities;
    int32_t today;
    struct vg_buffer codes, names;    /* of struct pending_code, pending_name, not yet in the tables */
    struct vg_buffer set_codes;       /* of struct pending_code: all that this work has set */
};

sqlite3_stmt *tracing_statement(struct vg_tracing_work *work, enum tracing_statement which, struct vg_error *error); /* NULL: error says why */
void tracing_keys_of(const struct vg_store *store, struct tracing_keys *keys);
void tracing_bind_id(sqlite3_stmt *statement, int index, int64_t id); /* 0: NULL */
vg_status tracing_check_actor(const struct vg_actor *actor, bool writes, struct vg_error *error);
/* A work by whomever: the caller has looked at the role. */
vg_status tracing_open_work(struct vg_store *store, const struct vg_actor *actor, struct vg_tracing_work **work, struct vg_error *error);
vg_status tracing_survivor(struct vg_tracing_work *work, int64_t *person, struct vg_error *error);
/* Writes the pending search codes and counts of names, in the order of the tables. */
vg_status tracing_flush(struct vg_tracing_work *work, struct vg_error *error);
/* Takes identity, codes and counts of a person away. */
vg_status tracing_erase(struct vg_tracing_work *work, int64_t person, struct vg_error *error);
uint64_t tracing_code(const struct tracing_keys *keys, struct vg_text text);

#endif
