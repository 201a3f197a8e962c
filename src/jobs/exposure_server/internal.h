/*
 * Private to the room: settings, the open service, and the small forms that its answers share.
 */
#ifndef VG_EXPOSURE_SERVER_INTERNAL_H
#define VG_EXPOSURE_SERVER_INTERNAL_H

#include "jobs/exposure_server/exposure_server.h"
#include "jobs/jobs_internal.h"

#include "store/exposure/exposure.h"

#include <jansson.h>
#include <pthread.h>

#define SERVER_PATH_BYTES 4096
#define HOUR_SECONDS 3600
#define DAY_SECONDS 86400

/* Whose API key it is. */
enum server_role { SERVER_DEVICE, SERVER_ADMIN, SERVER_STATS, SERVER_ROLES };

struct server_settings {
    char region[8], authority[128], issuer[128], audience[128], key_id[64], key_version[64];
    char api_keys[SERVER_ROLES][65];    /* SHA-256 */
    int32_t code_minutes, long_code_hours, token_hours, certificate_minutes;
    int32_t export_hours;               /* 1 or 24: one export an hour or a day */
    int32_t hold_hours;                 /* a key is given out so long after its hour */
    int32_t keep_hours;                 /* exports and keys */
    int32_t least_keys, spread_keys, most_keys; /* in a file: filled up to least + 0 .. spread, cut at most */
    int32_t onset_days_default;         /* before the upload, where no onset is told */
    int32_t wrong_codes_a_minute;       /* beyond, codes are refused for the rest of the minute */
};
vg_status server_settings_read(const char *folder, struct server_settings *settings, struct vg_error *error);
vg_status server_settings_write(const char *folder, const struct server_settings *settings, struct vg_error *error);

struct vg_exposure_server {
    char folder[SERVER_PATH_BYTES - 256];
    struct server_settings settings;
    struct vg_exposure_upload_rules rules;
    struct vg_p256_key *verification_key, *export_key;
    unsigned char secret[32];           /* of the hashes of codes: a copy of the database alone tells none */
    struct vg_exposure_store *store;
    pthread_mutex_t lock;               /* of the store */
    int64_t minute;                     /* of the wrong codes counted */
    int32_t wrong_codes;
};

/* An answer being made. Handlers return VG_OK, or the error of the system (500). */
struct server_call {
    struct vg_exposure_server *server;
    const struct vg_exposure_question *question;
    int64_t now;
    json_t *body;                       /* an object, where something was posted */
    struct vg_buffer *out;
    unsigned http_status;
    const char *media_type;
    struct vg_error error;
};
typedef vg_status server_handler(struct server_call *call);
server_handler server_publish, server_issue, server_batch_issue, server_check_code, server_expire_code, server_verify, server_certify, server_stats;

/* {"error": why, "errorCode": code, "code": code, "padding": ...} with that status. Always VG_OK. */
vg_status server_refuse(struct server_call *call, unsigned http_status, const char *code, const char *why);
/* Appends ,"padding":"..." of 1 to 2 kB, so that lengths tell nothing. */
void server_put_padding(struct vg_buffer *out);
void server_random(void *out, size_t size);
/* HMAC-like hash of a code, token or owner with the server's secret. */
void server_hash(const struct vg_exposure_server *server, const char *what, const void *data, size_t size, uint8_t out[VG_STORED_HASH_BYTES]);
const char *server_text(const json_t *body, const char *name);   /* "" where it is not a text */

#endif
