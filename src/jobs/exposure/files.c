/*
 * Export files: their keys as a table, their signatures held, and new ones made.
 */
#include "jobs/exposure/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define KEYS_IN_A_FILE 500000
#define PATH_BYTES 4096

/* ------------------------------------------------------------------- keys */

vg_status vg_job_exposure_keys(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exposure_keys keys;
    struct vg_table *table = &answer->table;
    vg_status status = exposure_read_keys(files, arena, &keys, error);
    if (status != VG_OK) {
        return status;
    }
    vg_table_add_column(table, "file", VG_COLUMN_TEXT);
    vg_table_add_column(table, "key", VG_COLUMN_TEXT);
    vg_table_add_column(table, "rolling_start", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "rolling_period", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "transmission_risk", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "report", VG_COLUMN_TEXT);
    vg_table_add_column(table, "days_since_onset", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "revised", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; i < keys.n_keys; i++) {
        const struct vg_exposure_key *key = &keys.keys[i];
        vg_table_text(table, keys.files[keys.file_of[i]].path);
        exposure_hex_cell(table, key->data);
        vg_table_integer(table, key->rolling_start);
        vg_table_integer(table, key->rolling_period);
        vg_table_integer(table, key->transmission_risk);
        vg_table_text(table, vg_exposure_report_name(key->report));
        if (key->days_since_onset == VG_EXPOSURE_ONSET_NONE) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, key->days_since_onset);
        }
        vg_table_boolean(table, keys.revised[i]);
    }
    return table->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* -------------------------------------------------------------- signatures */

static void add_verify_columns(struct vg_table *table)
{
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {{"file", VG_COLUMN_TEXT},          {"region", VG_COLUMN_TEXT},        {"from", VG_COLUMN_TEXT},          {"to", VG_COLUMN_TEXT},
                   {"batch", VG_COLUMN_INTEGER},      {"batch_size", VG_COLUMN_INTEGER}, {"keys", VG_COLUMN_INTEGER},       {"revised", VG_COLUMN_INTEGER},
                   {"signatures", VG_COLUMN_INTEGER}, {"holding", VG_COLUMN_INTEGER}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

vg_status vg_job_exposure_verify(const struct vg_exposure_key_files *files, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exposure_keys keys;
    struct vg_exposure_key_files unsigned_files = *files;
    struct vg_table *table = &answer->table;
    if (files->n_public_keys == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "give the public key of who should have signed the files");
    }
    unsigned_files.n_public_keys = 0; /* they are held below, where it is counted how many hold */
    vg_status status = exposure_read_keys(&unsigned_files, arena, &keys, error);
    size_t *holding = VG_ARENA_ARRAY(arena, size_t, files->n_paths + 1);
    if (status == VG_OK) {
        status = holding == NULL ? vg_fail_memory(error, 0) : exposure_verify(files, &keys, holding, error);
    }
    if (status != VG_OK) {
        return status;
    }
    add_verify_columns(table);
    for (size_t i = 0; i < keys.n_files; i++) {
        const struct vg_exposure_file *file = &keys.files[i].file;
        char time[EXPOSURE_TIME_BYTES];
        vg_table_text(table, keys.files[i].path);
        vg_table_text_slice(table, file->export.region);
        exposure_print_time((int64_t)file->export.start_seconds, time);
        vg_table_text(table, time);
        exposure_print_time((int64_t)file->export.end_seconds, time);
        vg_table_text(table, time);
        vg_table_integer(table, file->export.batch_number);
        vg_table_integer(table, file->export.batch_size);
        vg_table_integer(table, (int64_t)file->export.n_keys);
        vg_table_integer(table, (int64_t)file->export.n_revised_keys);
        vg_table_integer(table, (int64_t)file->n_signatures);
        vg_table_integer(table, (int64_t)holding[i]);
    }
    return table->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* ------------------------------------------------------------------ export */

struct exporting {
    const struct vg_exposure_export_request *request;
    const struct vg_p256_key *key;
    struct vg_answer *answer;
    struct vg_error *error;
};

static vg_status write_file(const struct exporting *exporting, const struct vg_exposure_export *export)
{
    struct vg_buffer bin, sig, zip;
    char path[PATH_BYTES];
    vg_buffer_init(&bin, 0);
    vg_buffer_init(&sig, 0);
    vg_buffer_init(&zip, 0);
    int length = snprintf(path, sizeof path, "%s/%llu-%llu-%05d.zip", exporting->request->folder, (unsigned long long)export->start_seconds, (unsigned long long)export->end_seconds,
                          export->batch_number);
    vg_status status = length < 0 || (size_t)length >= sizeof path ? vg_fail(exporting->error, VG_USAGE_ERROR, "the folder's name is too long") : VG_OK;
    if (status == VG_OK && vg_file_exists(path)) {
        status = vg_fail(exporting->error, VG_USAGE_ERROR, "%s is there already; nothing is written over", path);
    }
    if (status == VG_OK) {
        status = vg_exposure_export_write(export, &bin, exporting->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_export_sign(export, vg_text_of(bin.data, bin.size), &exporting->key, &sig, exporting->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_file_pack(vg_text_of(bin.data, bin.size), vg_text_of(sig.data, sig.size), &zip, exporting->error);
    }
    if (status == VG_OK) {
        status = vg_file_write_atomic(path, zip.data, zip.size, exporting->error);
    }
    if (status == VG_OK) {
        struct vg_table *table = &exporting->answer->table;
        vg_table_text(table, path);
        vg_table_integer(table, export->batch_number);
        vg_table_integer(table, export->batch_size);
        vg_table_integer(table, (int64_t)export->n_keys);
        vg_table_integer(table, (int64_t)export->n_revised_keys);
        vg_table_integer(table, (int64_t)zip.size);
    }
    vg_buffer_release(&bin);
    vg_buffer_release(&sig);
    vg_buffer_release(&zip);
    return status;
}

/* Keys first, then revised ones, each in the order of their bytes, cut into files. */
static vg_status write_files(const struct exporting *exporting, struct exposure_keys *keys, struct vg_arena *arena)
{
    const struct vg_exposure_export_request *request = exporting->request;
    size_t most = request->keys_in_a_file == 0 ? KEYS_IN_A_FILE : request->keys_in_a_file;
    struct vg_exposure_key *list = VG_ARENA_ARRAY(arena, struct vg_exposure_key, keys->n_keys + 1);
    if (list == NULL) {
        return vg_fail_memory(exporting->error, keys->n_keys * sizeof *list);
    }
    size_t n_first = 0, n = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < keys->n_keys; i++) {
            if (keys->revised[i] == (pass == 1)) {
                list[n++] = keys->keys[i];
            }
        }
        n_first = pass == 0 ? n : n_first;
    }
    vg_exposure_keys_sort(list, n_first);
    vg_exposure_keys_sort(list + n_first, n - n_first);
    struct vg_exposure_signer signer = {vg_text_from(request->key_version), vg_text_from(request->key_id), vg_text_from(VG_EXPOSURE_OID_SHA256)};
    size_t n_files = n == 0 ? 1 : (n + most - 1) / most;
    vg_status status = n_files > INT32_MAX ? vg_fail(exporting->error, VG_LIMIT_EXCEEDED, "that would be too many files") : VG_OK;
    for (size_t file = 0; status == VG_OK && file < n_files; file++) {
        size_t from = file * most;
        size_t to = n - from < most ? n : from + most;
        size_t middle = n_first < from ? from : n_first > to ? to : n_first;
        struct vg_exposure_export export = {(uint64_t)request->from, (uint64_t)request->to, vg_text_from(request->region), (int32_t)file + 1, (int32_t)n_files, &signer, 1,
                                            list + from, list + middle, middle - from, to - middle};
        status = write_file(exporting, &export);
    }
    return status;
}

vg_status vg_job_exposure_export(const struct vg_exposure_export_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exposure_keys keys;
    struct vg_p256_key *key = NULL;
    struct vg_text pem = {"", 0};
    struct vg_table *table = &answer->table;
    if (request->from < 0 || request->to < request->from) {
        return vg_fail(error, VG_USAGE_ERROR, "an export is of keys that came from one time to a later one");
    }
    vg_status status = exposure_read_keys(&request->keys, arena, &keys, error);
    if (status == VG_OK) {
        status = vg_file_read_text(request->private_key_path, 1 << 20, arena, &pem, error);
    }
    if (status == VG_OK) {
        status = vg_p256_read_pem(pem.data, pem.size, &key, error);
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", request->private_key_path);
    }
    if (status == VG_OK && mkdir(request->folder, 0777) != 0 && errno != EEXIST) {
        status = vg_fail_errno(error, errno, "the folder %s cannot be made", request->folder);
    }
    if (status == VG_OK) {
        const struct exporting exporting = {request, key, answer, error};
        vg_table_add_column(table, "file", VG_COLUMN_TEXT);
        vg_table_add_column(table, "batch", VG_COLUMN_INTEGER);
        vg_table_add_column(table, "batch_size", VG_COLUMN_INTEGER);
        vg_table_add_column(table, "keys", VG_COLUMN_INTEGER);
        vg_table_add_column(table, "revised", VG_COLUMN_INTEGER);
        vg_table_add_column(table, "bytes", VG_COLUMN_INTEGER);
        status = write_files(&exporting, &keys, arena);
    }
    vg_p256_free(key);
    return status == VG_OK && table->failed ? vg_fail_memory(error, 0) : status;
}
