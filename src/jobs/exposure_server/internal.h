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
    int32_t self_reports_a_day;         /* 0: none are taken */
    int32_t self_report_days;           /* a telephone reports by itself once in so many */
    char self_report_text[161];         /* the message, with [code], [longcode], [enslink], [expires] */
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
server_handler server_publish, server_issue, server_batch_issue, server_check_code, server_expire_code, server_verify, server_certify, server_stats, server_user_report,
    server_messages;

/* A day as 2021-06-01 into UNIX seconds; 0: not given. False: no day, in the future, or too long ago. */
bool server_take_day(const json_t *body, const char *name, int64_t now, int64_t *seconds);
void server_put_expiry(struct vg_buffer *out, const char *name, int64_t seconds);
#define SERVER_CODE_DIGITS 8
#define SERVER_LONG_CODE_CHARACTERS 16
#define SERVER_CODE_BYTES (SERVER_LONG_CODE_CHARACTERS + 1)
/* Fills code, long code, their ends and the uuid where there is none, keeps the code and counts it. */
vg_status server_make_code(struct server_call *call, struct vg_stored_code *made, char digits[SERVER_CODE_BYTES], char characters[SERVER_CODE_BYTES]);
/* Of a code that a telephone asked for: whether it is the one that asked. Then that telephone has reported, and the code leads to it no more. */
vg_status server_claim_own(struct server_call *call, const struct vg_stored_code *code, bool *own);
#define SERVER_TEXT_BYTES 400
/* Whether the message of self_report_text, with all that its marks stand for, is within what is kept. */
bool server_report_text_fits(const struct server_settings *settings);
/* Forgets messages that have expired, telephones that did not use their code, and those that reported longer ago than self_report_days. Within a transaction. */
vg_status server_forget_reports(struct vg_exposure_server *server, int64_t now, struct vg_error *error);

/* {"error": why, "errorCode": code, "code": code, "padding": ...} with that status. Always VG_OK. */
vg_status server_refuse(struct server_call *call, unsigned http_status, const char *code, const char *why);
/* Appends ,"padding":"..." of 1 to 2 kB, so that lengths tell nothing. */
void server_put_padding(struct vg_buffer *out);
void server_random(void *out, size_t size);
/* HMAC-like hash of a code, token or owner with the server's secret. */
void server_hash(const struct vg_exposure_server *server, const char *what, const void *data, size_t size, uint8_t out[VG_STORED_HASH_BYTES]);
const char *server_text(const json_t *body, const char *name);   /* "" where it is not a text */

#endif
