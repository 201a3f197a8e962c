/*
 * jobs/exposure_server: the two servers of exposure notification as one service without a network: questions and answers in JSON, and the exports. serve/ speaks HTTP for it
 * (docs/exposure.md). Clients of Google's exposure-notifications-server and -verification-server find the same paths, fields and error codes.
 *
 *     POST /v1/publish                 keys with the certificate of a diagnosis; chaff with the header X-Chaff
 *     POST /api/issue, /api/batch-issue, /api/checkcodestatus, /api/expirecode    laboratories (key of an administrator)
 *     POST /api/verify, /api/certificate                                          telephones (key of a device)
 *     POST /api/user-report            a telephone that reports by itself (key of a device); POST /api/messages: what is to be sent to it (key of an administrator)
 *     GET  /api/stats                                                             counts of days (key of statistics)
 *     GET  /exports/REGION/index.txt, /exports/REGION/FILE.zip, /keys/export.pem, /keys/verification.pem
 *
 * All of it lives in one folder: settings.json, exposure.db, the private keys, exports/.
 */
#ifndef VG_JOBS_EXPOSURE_SERVER_H
#define VG_JOBS_EXPOSURE_SERVER_H

#include "jobs/jobs.h"
#include "trace/exposure/exposure.h"

#define VG_EXPOSURE_BODY_BYTES_MAX ((size_t)64 << 10)

/* Settings that a new folder gets; the others have the defaults of settings.json and may be changed there. */
struct vg_exposure_server_new { const char *region, *authority, *key_id, *key_version; };
/* Makes the folder with keys and settings; refuses one that is there. The three API keys are appended to out as text: they are kept as hashes only. */
vg_status vg_exposure_server_create(const char *folder, const struct vg_exposure_server_new *settings, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

struct vg_exposure_server;
/* VG_DATA_ERROR: settings that are not understood, with the setting's name. */
vg_status vg_exposure_server_open(const char *folder, struct vg_exposure_server **server, struct vg_error *error) VG_MUST_USE;
void vg_exposure_server_close(struct vg_exposure_server *server); /* NULL is allowed */

struct vg_exposure_question {
    bool posts;
    const char *path;
    const char *api_key;   /* header X-API-Key, or NULL */
    bool chaff;            /* header X-Chaff */
    const void *body;
    size_t body_size;
};
/* HTTP status; the body is appended to out, its media type told. now: UNIX seconds. Safe from several threads. */
unsigned vg_exposure_server_answer(struct vg_exposure_server *server, const struct vg_exposure_question *question, int64_t now, struct vg_buffer *out, const char **media_type);

/* Makes the exports that are due, forgets what is old. Safe beside answers. */
vg_status vg_exposure_server_export(struct vg_exposure_server *server, int64_t now, size_t *n_files, struct vg_error *error) VG_MUST_USE;

#endif
