/*
 * Private to the room: reading of keys and sightings, and small forms that its tables share.
 */
#ifndef VG_JOBS_EXPOSURE_INTERNAL_H
#define VG_JOBS_EXPOSURE_INTERNAL_H

#include "jobs/exposure/exposure.h"
#include "jobs/jobs_internal.h"

/* An export file that was read, or a file of rows (export empty but for its keys). */
struct exposure_read {
    const char *path;
    struct vg_exposure_file file;
    bool is_export;
};
struct exposure_keys {
    struct exposure_read *files;   /* [n_files] */
    size_t n_files;
    struct vg_exposure_key *keys;  /* of all files: first, then revised, file by file */
    uint32_t *file_of;             /* [n_keys] */
    bool *revised;
    size_t n_keys;
};
vg_status exposure_read_keys(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct exposure_keys *keys, struct vg_error *error);
/* Verifies every export file, and that they are whole batches. holding: [n_files], may be NULL. */
vg_status exposure_verify(const struct vg_exposure_key_files *files, const struct exposure_keys *keys, size_t *holding, struct vg_error *error);

struct exposure_sightings {
    struct vg_exposure_sighting *sightings;
    uint64_t *lines;
    bool *partial;      /* without metadata or strength: nobody knows how near it was */
    size_t n;
};
/* What telephones have matched by themselves: minutes near a key a day. By phone, key and day. */
struct exposure_encounters {
    struct vg_exposure_counted *counted;
    struct vg_text *phones;  /* [n] whose each is; empty where the file does not say */
    size_t n;
    size_t n_without_key;    /* rows that were left out, since their key is not among the published ones */
};
/* Either of both, by the file's headings: met, encounters. The other stays empty. */
vg_status exposure_read_seen(const char *path, const struct exposure_keys *keys, struct vg_arena *arena, struct exposure_sightings *sightings, struct exposure_encounters *encounters,
                             bool *met, struct vg_error *error);

/* All settings of risk; read from JSON over the defaults. */
struct exposure_config {
    struct vg_exposure_mapping mapping;
    struct vg_exposure_v1 v1;
    struct vg_exposure_v2 v2;
};
void exposure_config_defaults(struct exposure_config *config);
vg_status exposure_config_read(const char *path, struct exposure_config *config, struct vg_error *error);

/* "2020-05-20T12:00:00Z" and a NUL. */
#define EXPOSURE_TIME_BYTES 32
void exposure_print_time(int64_t seconds, char out[EXPOSURE_TIME_BYTES]);
bool exposure_parse_time(struct vg_text text, int64_t *seconds); /* UNIX seconds or the form above, with or without seconds and Z */
void exposure_hex_cell(struct vg_table *table, const uint8_t key[VG_EXPOSURE_KEY_BYTES]);

#endif
