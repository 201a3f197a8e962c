/*
 * jobs/exposure: exposure notification on files: what vigia exposure does without a node (docs/exposure.md). Each job reads its files, calls trace/exposure, and answers with a
 * table. Files of keys are export ZIPs, bare export.bin, or CSV (and kin) with the columns
 *
 *     key (32 hexadecimal digits or base64), rolling_start, [rolling_period], [transmission_risk], [report], [days_since_onset], [revised]
 *
 * and files of sightings are CSV with identifier (32 hexadecimal digits), time (UNIX seconds, or 2020-05-20T12:00:00Z), [metadata] (8 hexadecimal digits), [rssi], [previous_scan].
 * Instead of sightings, encounters that telephones have matched by themselves: key, day, attenuation_db (0 .. 255), minutes, [phone]; rows whose key is not among the keys are left out.
 * A cell that cannot be read ends the job with file, line and column.
 */
#ifndef VG_JOBS_EXPOSURE_H
#define VG_JOBS_EXPOSURE_H

#include "jobs/jobs.h"
#include "trace/exposure/exposure.h"

/* Key files as they are read: every key, with the file it is from. */
struct vg_exposure_key_files {
    const char *const *paths;
    size_t n_paths;
    /* Public keys as PEM files: each export must hold a signature of one of them, and the batches must be whole. n 0: signatures are not looked at. */
    const char *const *public_key_paths;
    size_t n_public_keys;
    const char *key_id, *key_version; /* of the public keys; NULL: any */
};

/* One row a key: file, key, rolling_start, rolling_period, transmission_risk, report, days_since_onset, revised. */
vg_status vg_job_exposure_keys(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* One row a file: file, region, from, to, batch, batch_size, keys, revised, signatures, holding. The first file that does not hold is VG_DATA_ERROR, named. */
vg_status vg_job_exposure_verify(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

struct vg_exposure_export_request {
    struct vg_exposure_key_files keys; /* what is exported */
    const char *folder;                /* new files go there; made where it is not */
    const char *region;
    int64_t from, to;                  /* UNIX seconds of the keys' arrival */
    const char *private_key_path;      /* PEM */
    const char *key_id, *key_version;
    size_t keys_in_a_file;             /* 500,000 */
};
/* Signed files named FROM-TO-NUMBER.zip. One row a file: file, batch, batch_size, keys, revised, bytes. Nothing is written over. */
vg_status vg_job_exposure_export(const struct vg_exposure_export_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

struct vg_exposure_match_request {
    struct vg_exposure_key_files keys;
    const char *sightings_path;
    const char *config_path;           /* JSON as vg_job_exposure_config prints it; NULL: the defaults */
    const char *show;                  /* "matches" (NULL), "windows", "days", "records" */
    int64_t now;                       /* UNIX seconds, for scores that depend on it */
    unsigned threads;                  /* 0: all processors */
};
/*
 * matches: key, interval, seen_at, row (of the sighting), attenuation. windows: start, key, report, infectiousness, scans, seconds, least_attenuation, weighted_seconds, score.
 * days: date, report ("all" and each kind), largest_score, score_sum, weighted_seconds. records: start, key, duration_seconds, attenuation, below_, between_, above_seconds, score.
 * Of encounters: windows and days alone, with the column phone first, each telephone for itself.
 * meta: keys, sightings, matches, matched keys; of encounters how many there are, and how many had no key.
 */
vg_status vg_job_exposure_match(const struct vg_exposure_match_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;
/* The settings of risk, as JSON with every default, appended to out. */
vg_status vg_job_exposure_config(struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

/* What a beacon sends: one row an interval: interval, begins_at, identifier, metadata. key: 32 hexadecimal digits; n 1 .. 144; power in dBm. */
vg_status vg_job_exposure_beacon(const char *key, int64_t first_interval, int64_t n, int64_t transmit_power, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------- between servers */

/* A gateway's batch of the keys, to out. origin: of all of them. visited: countries with commas, or NULL. */
vg_status vg_job_exposure_batch(const struct vg_exposure_key_files *files, const char *origin, const char *visited, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* The header batchSignature for a batch file, appended to out. */
vg_status vg_job_exposure_batch_sign(const char *batch_path, const char *certificate_path, const char *private_key_path, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* VG_OK where the signature (a file with base64) holds by one of the trusted certificates (PEM file). A row a key: key, rolling_start, ..., origin, visited. */
vg_status vg_job_exposure_batch_verify(const char *batch_path, const char *signature_path, const char *trusted_path, int64_t now, struct vg_arena *arena, struct vg_answer *answer,
                                       struct vg_error *error) VG_MUST_USE;

#endif
