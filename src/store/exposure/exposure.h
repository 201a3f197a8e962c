/*
 * store/exposure: what the servers of exposure notification must remember, in a database of its own (FOLDER/exposure.db), apart from any node: published keys, codes for the
 * diagnosed, and which exports were made. Nothing of a person: codes, tokens and owners are kept as hashes, times by the hour.
 *
 * One handle, one thread at a time; who shares it locks around whole transactions. Times are UNIX seconds, 0 where there is none.
 */
#ifndef VG_STORE_EXPOSURE_H
#define VG_STORE_EXPOSURE_H

#include "model/model.h"

#define VG_STORED_HASH_BYTES 32

struct vg_exposure_store;
/* Makes folder and database where they are not. Errors: VG_SYSTEM_ERROR, VG_BUSY, VG_DATA_ERROR (of a newer program). */
vg_status vg_exposure_store_open(const char *folder, struct vg_exposure_store **store, struct vg_error *error) VG_MUST_USE;
void vg_exposure_store_close(struct vg_exposure_store *store); /* NULL is allowed */
/* All that is written between is there whole or not at all. status: of the work between; VG_OK is kept, anything else undone and given back. */
vg_status vg_exposure_store_begin(struct vg_exposure_store *store, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_store_end(struct vg_exposure_store *store, vg_status status, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------------- keys */

struct vg_stored_report { int32_t report, risk, days_since_onset; int64_t hour; /* at which it counts as come */ };
struct vg_stored_key {
    uint8_t data[16];
    uint32_t start, period;             /* intervals */
    struct vg_stored_report first, revised; /* revised.hour 0: it was not */
    uint8_t owner[VG_STORED_HASH_BYTES];/* of the revision token of whoever published it */
    bool traveller;
};
/* VG_NOT_FOUND without an error's text: there is no such key. */
vg_status vg_exposure_store_find_key(struct vg_exposure_store *store, const uint8_t data[16], struct vg_stored_key *key, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_store_add_key(struct vg_exposure_store *store, const struct vg_stored_key *key, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_store_revise_key(struct vg_exposure_store *store, const uint8_t data[16], const struct vg_stored_report *report, struct vg_error *error) VG_MUST_USE;
/* Keys whose first (revised: second) report came in from <= hour < to, by their bytes. Arrays are the arena's. */
vg_status vg_exposure_store_keys(struct vg_exposure_store *store, int64_t from, int64_t to, bool revised, struct vg_arena *arena, struct vg_stored_key **keys, size_t *n_keys,
                                 struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- codes */

/* A diagnosis that somebody may claim: by the code, then by the token that the code was changed for. */
struct vg_stored_code {
    uint8_t code[VG_STORED_HASH_BYTES], long_code[VG_STORED_HASH_BYTES], token[VG_STORED_HASH_BYTES]; /* token: zeros before it was claimed */
    char uuid[37];
    int32_t test;
    int64_t symptom_day, test_day;      /* UNIX seconds of a day's beginning */
    int64_t issued, expires, long_expires, claimed, token_expires, certified;
};
enum vg_stored_code_by { VG_STORED_BY_CODE /* short or long */, VG_STORED_BY_TOKEN, VG_STORED_BY_UUID };
/* key: 32 bytes of a hash, or the uuid's text. VG_NOT_FOUND as above. */
vg_status vg_exposure_store_find_code(struct vg_exposure_store *store, enum vg_stored_code_by by, const void *key, struct vg_stored_code *code, struct vg_error *error) VG_MUST_USE;
/* VG_USAGE_ERROR: there is such a code already. */
vg_status vg_exposure_store_add_code(struct vg_exposure_store *store, const struct vg_stored_code *code, struct vg_error *error) VG_MUST_USE;
/* Writes what may change: expires, long_expires, claimed, token, token_expires, certified. */
vg_status vg_exposure_store_change_code(struct vg_exposure_store *store, const struct vg_stored_code *code, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------ self reports */

/* A telephone that asked for a code of its own: what it is known by, its code and its nonce are hashes, and code and nonce zeros once the code was claimed. */
struct vg_stored_phone { uint8_t phone[VG_STORED_HASH_BYTES], code[VG_STORED_HASH_BYTES], nonce[VG_STORED_HASH_BYTES]; int64_t issued, claimed; };
/* By the hash of the number, or of the code. VG_NOT_FOUND as above. */
vg_status vg_exposure_store_find_phone(struct vg_exposure_store *store, bool by_code, const uint8_t hash[VG_STORED_HASH_BYTES], struct vg_stored_phone *phone, struct vg_error *error) VG_MUST_USE;
/* Keeps a telephone, in place of what was kept of the same number. */
vg_status vg_exposure_store_put_phone(struct vg_exposure_store *store, const struct vg_stored_phone *phone, struct vg_error *error) VG_MUST_USE;
/* Forgets telephones that claimed before, or asked before and did not claim. */
vg_status vg_exposure_store_forget_phones(struct vg_exposure_store *store, int64_t claimed_before, int64_t issued_before, struct vg_error *error) VG_MUST_USE;

/* A message that waits for whoever sends it, sealed by the caller. */
#define VG_STORED_MESSAGE_BYTES 1024
struct vg_stored_message { int64_t id, expires; size_t size; uint8_t sealed[VG_STORED_MESSAGE_BYTES]; };
/* Keeps a message of at most VG_STORED_MESSAGE_BYTES, after all others; id is not read. */
vg_status vg_exposure_store_add_message(struct vg_exposure_store *store, const struct vg_stored_message *message, struct vg_error *error) VG_MUST_USE;
/* Forgets messages that have expired by now. */
vg_status vg_exposure_store_forget_messages(struct vg_exposure_store *store, int64_t now, struct vg_error *error) VG_MUST_USE;
/* The oldest that has not expired by now; what is given is gone from the store, and so is what expired. VG_NOT_FOUND: none. */
vg_status vg_exposure_store_take_message(struct vg_exposure_store *store, int64_t now, struct vg_stored_message *message, struct vg_error *error) VG_MUST_USE;
/* Whether the HMAC of a telephone's keys was certified before; it is from now on. */
vg_status vg_exposure_store_use_mac(struct vg_exposure_store *store, const uint8_t hash[VG_STORED_HASH_BYTES], int64_t now, bool *used, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------- exports */

struct vg_stored_export { int64_t from, to; char file[96]; };
vg_status vg_exposure_store_add_export(struct vg_exposure_store *store, const struct vg_stored_export *made, struct vg_error *error) VG_MUST_USE;
/* By time. *n 0: none was made yet. */
vg_status vg_exposure_store_exports(struct vg_exposure_store *store, struct vg_arena *arena, struct vg_stored_export **exports, size_t *n_exports, struct vg_error *error) VG_MUST_USE;
/* The first hour of a key that is there; 0: none is. */
vg_status vg_exposure_store_first_hour(struct vg_exposure_store *store, int64_t *hour, struct vg_error *error) VG_MUST_USE;
/* Up to which hour all was exported; 0: nothing yet. */
vg_status vg_exposure_store_exported_to(struct vg_exposure_store *store, int64_t *hour, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_store_set_exported_to(struct vg_exposure_store *store, int64_t hour, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- and beyond */

enum vg_stored_event { VG_STORED_ISSUED, VG_STORED_CLAIMED, VG_STORED_CERTIFIED, VG_STORED_UPLOADED, VG_STORED_KEYS, VG_STORED_REFUSED, VG_STORED_SELF_REPORTS };
#define VG_STORED_EVENTS 7
/* Counts by day: nothing else is kept of who did it. */
vg_status vg_exposure_store_count(struct vg_exposure_store *store, int32_t date, enum vg_stored_event event, int64_t n, struct vg_error *error) VG_MUST_USE;
/* What was counted of an event on a day; 0 where nothing was. */
vg_status vg_exposure_store_counted(struct vg_exposure_store *store, int32_t date, enum vg_stored_event event, int64_t *n, struct vg_error *error) VG_MUST_USE;
struct vg_stored_day { int32_t date; int64_t counts[VG_STORED_EVENTS]; };
vg_status vg_exposure_store_days(struct vg_exposure_store *store, struct vg_arena *arena, struct vg_stored_day **days, size_t *n_days, struct vg_error *error) VG_MUST_USE;
/* Forgets keys that came, codes that were issued and exports that ended before that time. */
vg_status vg_exposure_store_forget(struct vg_exposure_store *store, int64_t before, struct vg_error *error) VG_MUST_USE;

#endif
