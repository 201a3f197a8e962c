/*
 * An exercise on disk: feeds as plain CSV, the truth compressed and sealed table by table, a manifest with the SHA-256 of everything
 * in each of the two bundles, signed, and one public manifest that says what the folder is. Whoever knows seed and scenario can compute
 * the truth again, so both stand among the sealed things.
 */
#include "jobs/exercise/internal.h"
#include "jobs/exercise/exercise.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#define FORMAT "vigia-exercise-1"
#define TABLE_BYTES_MAX ((size_t)1 << 36)

vg_status exercise_check_folder(const char *path, struct vg_error *error)
{
    DIR *there = opendir(path);
    size_t n = 0;
    if (there == NULL)
        return VG_OK;
    while (readdir(there) != NULL)
        n++;
    (void)closedir(there);
    return n <= 2 ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "the folder %s is not empty", path);
}

vg_status exercise_make_folder(const char *path, struct vg_error *error)
{
    vg_status status = exercise_check_folder(path, error);
    return status != VG_OK || mkdir(path, 0750) == 0 || errno == EEXIST ? status : vg_fail_errno(error, errno, "the folder %s cannot be made", path);
}

/* ------------------------------------------------------------------- writing */

struct writing {
    const struct vg_exercise *exercise;
    const char *folder;
    const struct vg_seal_key *key; /* NULL: open */
    struct vg_answer *answer;
    struct vg_buffer manifests[2]; /* rows of "files", observed and truth */
    char population_hash[65];
    struct vg_error *error;
};

static const char *const bundles[2] = {"observed", "truth"};

static vg_status seal_bytes(const struct vg_seal_key *key, const char *context, const struct vg_buffer *plain, struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer packed;
    vg_buffer_init(&packed, 0);
    size_t bound = ZSTD_compressBound(plain->size);
    vg_status status = vg_buffer_reserve(&packed, bound) ? VG_OK : vg_fail_memory(error, bound);
    if (status == VG_OK) {
        size_t size = ZSTD_compress(packed.data, bound, plain->data == NULL ? "" : plain->data, plain->size, 3);
        status = ZSTD_isError(size) ? vg_fail(error, VG_SYSTEM_ERROR, "%s cannot be compressed: %s", context, ZSTD_getErrorName(size))
                                    : vg_seal(key, context, packed.data, size, out, error);
    }
    vg_buffer_release(&packed);
    return status;
}

static vg_status write_file(struct writing *writing, bool truth, const char *name, const struct vg_buffer *bytes, size_t n_rows)
{
    char path[EXERCISE_PATH_BYTES], context[128], hash[65];
    struct vg_buffer sealed;
    vg_buffer_init(&sealed, 0);
    bool seals = truth && writing->key != NULL;
    (void)snprintf(context, sizeof context, "%s/%s", bundles[truth], name);
    (void)snprintf(path, sizeof path, "%s/%s%s", writing->folder, context, seals ? ".sealed" : "");
    vg_sha256(bytes->data == NULL ? "" : bytes->data, bytes->size, hash);
    vg_status status = seals ? seal_bytes(writing->key, context, bytes, &sealed, writing->error) : VG_OK;
    if (status == VG_OK)
        status = seals ? vg_file_write_atomic(path, sealed.data, sealed.size, writing->error)
                       : vg_file_write_atomic(path, bytes->data == NULL ? "" : bytes->data, bytes->size, writing->error);
    vg_buffer_release(&sealed);
    struct vg_buffer *manifest = &writing->manifests[truth];
    vg_buffer_format(manifest, "%s\n    {\"name\": ", manifest->size == 0 ? "" : ",");
    vg_buffer_json_string(manifest, name, strlen(name));
    vg_buffer_format(manifest, ", \"rows\": %zu, \"bytes\": %zu, \"sha256\": \"%s\"}", n_rows, bytes->size, hash);
    vg_table_text(&writing->answer->table, bundles[truth]);
    vg_table_text(&writing->answer->table, name);
    vg_table_integer(&writing->answer->table, (int64_t)n_rows);
    vg_table_integer(&writing->answer->table, (int64_t)bytes->size);
    vg_table_text(&writing->answer->table, hash);
    if (strcmp(name, "person.csv") == 0)
        memcpy(writing->population_hash, hash, sizeof hash);
    return status;
}

vg_status exercise_table_csv(const struct vg_exercise *exercise, const struct vg_exercise_table *which, struct vg_buffer *csv, size_t *n_rows, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_table table;
    vg_arena_init(&arena, 0);
    vg_table_init(&table, &arena);
    vg_status status = which->fill(exercise, &table, error);
    if (status == VG_OK)
        status = vg_table_write(&table, VG_FORMAT_CSV, csv, error);
    if (n_rows != NULL)
        *n_rows = table.n_rows;
    vg_arena_release(&arena);
    return status;
}

static vg_status write_table(struct writing *writing, const struct vg_exercise_table *which)
{
    struct vg_buffer csv;
    char name[96];
    size_t n_rows = 0;
    vg_buffer_init(&csv, 0);
    (void)snprintf(name, sizeof name, "%s.csv", which->name);
    vg_status status = exercise_table_csv(writing->exercise, which, &csv, &n_rows, writing->error);
    if (status == VG_OK)
        status = write_file(writing, which->truth, name, &csv, n_rows);
    vg_buffer_release(&csv);
    return status;
}

vg_status exercise_keep(const struct vg_exercise *exercise, const char *const *tables, size_t n_tables, struct vg_arena *arena, struct exercise_folder *folder,
                        struct vg_error *error)
{
    struct exercise_kept *kept = VG_ARENA_ARRAY(arena, struct exercise_kept, n_tables + 1);
    *folder = (struct exercise_folder){.path = "memory", .country = exercise->world->countries[0].code, .public_key = "", .first_date = exercise->first_date,
                                       .last_date = exercise->first_date + exercise->n_days - 1, .kept = kept};
    vg_status status = kept == NULL ? vg_fail_memory(error, n_tables * sizeof *kept) : VG_OK;
    for (size_t i = 0; i < n_tables && status == VG_OK; i++) {
        const struct vg_exercise_table *table = vg_exercise_table_find(tables[i]);
        size_t n_rows;
        VG_ASSERT(table != NULL);
        kept[i] = (struct exercise_kept){.bundle = bundles[table->truth], .name = vg_arena_format(arena, "%s.csv", tables[i])};
        vg_buffer_init(&kept[i].csv, 0);
        folder->n_kept = i + 1;
        status = kept[i].name == NULL ? vg_fail_memory(error, 96) : exercise_table_csv(exercise, table, &kept[i].csv, &n_rows, error);
    }
    return status;
}

void exercise_forget(struct exercise_folder *folder)
{
    for (size_t i = 0; i < folder->n_kept; i++)
        vg_buffer_release(&folder->kept[i].csv);
    folder->n_kept = 0;
}

static void reference_fasta(const struct vg_exercise *exercise, struct vg_buffer *out)
{
    size_t length = (size_t)exercise->settings->genome_length;
    char *sequence = malloc(length + 1);
    if (sequence == NULL) {
        out->failed = true;
        return;
    }
    vg_exercise_reference(exercise->scenario, sequence);
    vg_buffer_format(out, ">%s/reference/invented\n", exercise->world->countries[0].code);
    for (size_t at = 0; at < length; at += 80) {
        vg_buffer_append(out, sequence + at, length - at < 80 ? length - at : 80);
        vg_buffer_char(out, '\n');
    }
    free(sequence);
}

static void put_text(struct vg_buffer *out, const char *name, const char *value)
{
    vg_buffer_format(out, "  \"%s\": ", name);
    vg_buffer_json_string(out, value, strlen(value));
    vg_buffer_text(out, ",\n");
}

static void put_date(struct vg_buffer *out, const char *name, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(date, text);
    put_text(out, name, text);
}

/* The bundle's own manifest and, with a key, its signature. The truth's names seed, scenario and population. */
static vg_status write_bundle_manifest(struct writing *writing, bool truth)
{
    struct vg_buffer out, scenario;
    char path[EXERCISE_PATH_BYTES], signature[VG_SIGNATURE_TEXT], hash[65];
    vg_buffer_init(&out, 0);
    vg_buffer_init(&scenario, 0);
    vg_buffer_text(&out, "{\n");
    put_text(&out, "format", FORMAT);
    put_text(&out, "bundle", bundles[truth]);
    put_text(&out, "program_version", VG_VERSION);
    if (truth) {
        vg_intake_exercise_print(writing->exercise->scenario, &scenario);
        vg_sha256(scenario.data, scenario.size, hash);
        vg_buffer_format(&out, "  \"seed\": \"%llu\",\n", (unsigned long long)writing->exercise->seed);
        put_text(&out, "parameter_sha256", hash);
        put_text(&out, "population_sha256", writing->population_hash);
        vg_buffer_format(&out, "  \"persons\": %u,\n  \"infections\": %zu,\n", writing->exercise->world->n_persons, writing->exercise->world->n_infections);
    }
    vg_buffer_text(&out, "  \"files\": [");
    vg_buffer_append(&out, writing->manifests[truth].data, writing->manifests[truth].size);
    vg_buffer_text(&out, "\n  ]\n}\n");
    (void)snprintf(path, sizeof path, "%s/%s/manifest.json", writing->folder, bundles[truth]);
    vg_status status = out.failed || scenario.failed || writing->manifests[truth].failed ? vg_fail_memory(writing->error, out.size) : VG_OK;
    if (status == VG_OK && truth && writing->key != NULL) {
        struct vg_buffer sealed;
        vg_buffer_init(&sealed, 0);
        (void)snprintf(path, sizeof path, "%s/truth/manifest.json.sealed", writing->folder);
        status = seal_bytes(writing->key, "truth/manifest.json", &out, &sealed, writing->error);
        if (status == VG_OK)
            status = vg_file_write_atomic(path, sealed.data, sealed.size, writing->error);
        vg_buffer_release(&sealed);
    } else if (status == VG_OK) {
        status = vg_file_write_atomic(path, out.data, out.size, writing->error);
    }
    if (status == VG_OK && writing->key != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s/manifest.json.signature", writing->folder, bundles[truth]);
        vg_sign(writing->key, out.data, out.size, signature);
        status = vg_file_write_atomic(path, signature, VG_SIGNATURE_TEXT - 1, writing->error);
    }
    vg_buffer_release(&scenario);
    vg_buffer_release(&out);
    return status;
}

/* What everybody may know: what this is, from when to when, and how to check signatures. */
static vg_status write_public_manifest(const struct writing *writing, const unsigned char salt[VG_SALT_BYTES])
{
    const struct vg_exercise *exercise = writing->exercise;
    struct vg_buffer out;
    char path[EXERCISE_PATH_BYTES], hex[2 * VG_SALT_BYTES + 1];
    int32_t last = exercise->n_days - 1;
    vg_buffer_init(&out, 0);
    vg_buffer_text(&out, "{\n");
    put_text(&out, "format", FORMAT);
    put_text(&out, "what", "a simulated exercise: nothing of it happened");
    put_text(&out, "program_version", VG_VERSION);
    put_text(&out, "country", exercise->world->countries[0].code);
    put_date(&out, "first_date", exercise->first_date);
    put_date(&out, "last_date", exercise->first_date + last);
    put_date(&out, "first_release", exercise->first_date + vg_exercise_release_day(exercise, 0));
    put_date(&out, "last_release", exercise->first_date + vg_exercise_release_day(exercise, last));
    (void)sodium_bin2hex(hex, sizeof hex, salt, VG_SALT_BYTES);
    put_text(&out, "salt", hex);
    put_text(&out, "public_key", writing->key == NULL ? "" : writing->key->public_key);
    vg_buffer_format(&out, "  \"sealed\": %s\n}\n", writing->key == NULL ? "false" : "true");
    (void)snprintf(path, sizeof path, "%s/manifest.json", writing->folder);
    vg_status status = out.failed ? vg_fail_memory(writing->error, out.size) : vg_file_write_atomic(path, out.data, out.size, writing->error);
    vg_buffer_release(&out);
    return status;
}

static vg_status make_folders(const char *folder, struct vg_error *error)
{
    char path[EXERCISE_PATH_BYTES];
    vg_status status = strlen(folder) > EXERCISE_PATH_BYTES - 200 ? vg_fail(error, VG_USAGE_ERROR, "the folder's path is too long") : exercise_make_folder(folder, error);
    for (size_t i = 0; i < 2 && status == VG_OK; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, bundles[i]);
        status = mkdir(path, 0700) == 0 ? VG_OK : vg_fail_errno(error, errno, "the folder %s cannot be made", path);
    }
    return status;
}

static void answer_columns(struct vg_table *table, bool bundle)
{
    if (bundle)
        vg_table_add_column(table, "bundle", VG_COLUMN_TEXT);
    vg_table_add_column(table, "table", VG_COLUMN_TEXT);
    vg_table_add_column(table, "rows", VG_COLUMN_INTEGER);
    if (bundle)
        vg_table_add_column(table, "bytes", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "sha256", VG_COLUMN_TEXT);
}

static vg_status write_extra_files(struct writing *writing)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    reference_fasta(writing->exercise, &text);
    vg_status status = text.failed ? vg_fail_memory(writing->error, text.size) : write_file(writing, false, "reference.fasta", &text, 1);
    vg_buffer_clear(&text);
    vg_intake_exercise_explain(writing->exercise->scenario, &text);
    if (status == VG_OK)
        status = text.failed ? vg_fail_memory(writing->error, text.size) : write_file(writing, true, "scenario.toml", &text, 0);
    vg_buffer_release(&text);
    return status;
}

vg_status exercise_write(const struct vg_exercise *exercise, const char *folder, const char *key_path, const struct vg_progress *progress, struct vg_answer *answer,
                         struct vg_error *error)
{
    struct vg_seal_key key;
    unsigned char salt[VG_SALT_BYTES] = {0};
    struct writing writing = {.exercise = exercise, .folder = folder, .key = key_path == NULL ? NULL : &key, .answer = answer, .error = error};
    size_t n_tables = 0, done = 0;
    vg_buffer_init(&writing.manifests[0], 0);
    vg_buffer_init(&writing.manifests[1], 0);
    if (key_path != NULL)
        vg_seal_salt(salt);
    vg_status status = key_path == NULL ? VG_OK : vg_seal_key_read(key_path, salt, &key, error);
    if (status == VG_OK)
        status = make_folders(folder, error);
    answer_columns(&answer->table, true);
    while (vg_exercise_tables[n_tables].name != NULL)
        n_tables++;
    for (size_t i = 0; i < n_tables && status == VG_OK; i++) {
        if (!vg_progress_report(progress, vg_exercise_tables[i].name, 0.6 + 0.4 * (double)done++ / (double)n_tables))
            status = vg_fail(error, VG_CANCELLED, "cancelled");
        else
            status = write_table(&writing, &vg_exercise_tables[i]);
    }
    if (status == VG_OK)
        status = write_extra_files(&writing);
    for (int truth = 0; truth < 2 && status == VG_OK; truth++)
        status = write_bundle_manifest(&writing, truth != 0);
    if (status == VG_OK)
        status = write_public_manifest(&writing, salt);
    vg_buffer_release(&writing.manifests[0]);
    vg_buffer_release(&writing.manifests[1]);
    vg_seal_key_clear(&key);
    return status;
}

/* ------------------------------------------------------------------- reading */

static vg_status read_json(const char *path, const struct vg_buffer *bytes, json_t **root, struct vg_error *error)
{
    json_error_t fault;
    *root = json_loadb(bytes->data == NULL ? "" : bytes->data, bytes->size, JSON_REJECT_DUPLICATES, &fault);
    return *root != NULL ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s, line %d: %s", path, fault.line, fault.text);
}

static bool date_member(const json_t *root, const char *name, int32_t *date)
{
    const char *text = json_string_value(json_object_get(root, name));
    return text != NULL && vg_date_parse_iso(vg_text_from(text), date);
}

static vg_status take_public_manifest(const json_t *root, const char *path, struct vg_arena *arena, struct exercise_folder *folder, struct vg_error *error)
{
    const char *format = json_string_value(json_object_get(root, "format")), *salt = json_string_value(json_object_get(root, "salt"));
    const char *country = json_string_value(json_object_get(root, "country")), *public_key = json_string_value(json_object_get(root, "public_key"));
    size_t n_salt = 0;
    if (format == NULL || strcmp(format, FORMAT) != 0)
        return vg_fail(error, VG_DATA_ERROR, "%s is not the manifest of an exercise that this program knows (" FORMAT ")", path);
    if (salt == NULL || country == NULL || public_key == NULL || !date_member(root, "first_date", &folder->first_date) ||
        !date_member(root, "last_date", &folder->last_date) || sodium_hex2bin(folder->salt, VG_SALT_BYTES, salt, strlen(salt), NULL, &n_salt, NULL) != 0 ||
        n_salt != VG_SALT_BYTES)
        return vg_fail(error, VG_DATA_ERROR, "%s lacks country, first_date, last_date, salt or public_key", path);
    folder->country = vg_arena_copy(arena, country);
    folder->public_key = vg_arena_copy(arena, public_key);
    folder->sealed = json_is_true(json_object_get(root, "sealed"));
    return folder->country == NULL || folder->public_key == NULL ? vg_fail_memory(error, 128) : VG_OK;
}

vg_status exercise_open(const char *path, const char *key_path, struct vg_arena *arena, struct exercise_folder *folder, struct vg_error *error)
{
    char file[EXERCISE_PATH_BYTES];
    struct vg_buffer bytes;
    json_t *root = NULL;
    vg_buffer_init(&bytes, 0);
    *folder = (struct exercise_folder){.path = vg_arena_copy(arena, path)};
    (void)snprintf(file, sizeof file, "%s/manifest.json", path);
    vg_status status = vg_file_exists(file) ? vg_file_read(file, 1 << 20, &bytes, error) : vg_fail(error, VG_NOT_FOUND, "%s holds no exercise: there is no manifest.json", path);
    if (status == VG_OK)
        status = read_json(file, &bytes, &root, error);
    if (status == VG_OK)
        status = take_public_manifest(root, file, arena, folder, error);
    if (status == VG_OK && key_path != NULL && folder->sealed) {
        status = vg_seal_key_read(key_path, folder->salt, &folder->key, error);
        folder->has_key = status == VG_OK;
        if (status == VG_OK && strcmp(folder->key.public_key, folder->public_key) != 0)
            status = vg_fail(error, VG_DATA_ERROR, "%s is not the key that this exercise was sealed with", key_path);
    }
    json_decref(root);
    vg_buffer_release(&bytes);
    return status;
}

static vg_status unpack(const struct vg_buffer *packed, const char *name, struct vg_buffer *out, struct vg_error *error)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed->data, packed->size);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > TABLE_BYTES_MAX)
        return vg_fail(error, VG_DATA_ERROR, "%s is not as it was written", name);
    if (!vg_buffer_reserve(out, (size_t)size + 1))
        return vg_fail_memory(error, (size_t)size);
    size_t written = ZSTD_decompress(out->data + out->size, (size_t)size, packed->data, packed->size);
    if (ZSTD_isError(written) || written != size)
        return vg_fail(error, VG_DATA_ERROR, "%s is not as it was written", name);
    out->size += written;
    out->data[out->size] = '\0';
    return VG_OK;
}

static vg_status read_bytes(const struct exercise_folder *folder, const char *bundle, const char *name, struct vg_buffer *out, struct vg_error *error)
{
    char path[EXERCISE_PATH_BYTES], context[128];
    struct vg_buffer sealed, packed;
    bool seals = folder->sealed && strcmp(bundle, "truth") == 0;
    (void)snprintf(context, sizeof context, "%s/%s", bundle, name);
    (void)snprintf(path, sizeof path, "%s/%s%s", folder->path, context, seals ? ".sealed" : "");
    if (!vg_file_exists(path))
        return vg_fail(error, VG_NOT_FOUND, "there is no %s", path);
    if (!seals)
        return vg_file_read(path, TABLE_BYTES_MAX, out, error);
    if (!folder->has_key)
        return vg_fail(error, VG_USAGE_ERROR, "the truth of %s is sealed: give the controller's key with --key FILE", folder->path);
    vg_buffer_init(&sealed, 0);
    vg_buffer_init(&packed, 0);
    vg_status status = vg_file_read(path, TABLE_BYTES_MAX, &sealed, error);
    if (status == VG_OK)
        status = vg_unseal(&folder->key, context, sealed.data, sealed.size, &packed, error);
    if (status == VG_OK)
        status = unpack(&packed, context, out, error);
    vg_buffer_release(&packed);
    vg_buffer_release(&sealed);
    return status;
}

/* The bundle's manifest as JSON, its signature checked where there is one to be. */
static vg_status read_manifest(const struct exercise_folder *folder, const char *bundle, json_t **root, struct vg_error *error)
{
    char path[EXERCISE_PATH_BYTES];
    struct vg_buffer bytes, signature;
    vg_buffer_init(&bytes, 0);
    vg_buffer_init(&signature, 0);
    (void)snprintf(path, sizeof path, "%s/%s/manifest.json.signature", folder->path, bundle);
    vg_status status = read_bytes(folder, bundle, "manifest.json", &bytes, error);
    if (status == VG_OK && folder->sealed) {
        status = vg_file_read(path, 4096, &signature, error);
        if (status == VG_OK && (signature.size == 0 || !vg_signature_holds(folder->public_key, signature.data, bytes.data, bytes.size)))
            status = vg_fail(error, VG_DATA_ERROR, "the signature of %s/%s does not hold: somebody changed the manifest", folder->path, bundle);
    }
    if (status == VG_OK)
        status = read_json(path, &bytes, root, error);
    vg_buffer_release(&signature);
    vg_buffer_release(&bytes);
    return status;
}

static vg_status read_kept(const struct exercise_folder *folder, const char *bundle, const char *name, struct vg_buffer *out, struct vg_error *error)
{
    for (size_t i = 0; i < folder->n_kept; i++) {
        const struct exercise_kept *kept = &folder->kept[i];
        if (strcmp(kept->bundle, bundle) == 0 && strcmp(kept->name, name) == 0) {
            vg_buffer_append(out, kept->csv.data, kept->csv.size);
            return out->failed ? vg_fail_memory(error, kept->csv.size) : VG_OK;
        }
    }
    return vg_fail(error, VG_NOT_FOUND, "the %s of an exercise in memory have no %s", bundle, name);
}

vg_status exercise_read(const struct exercise_folder *folder, const char *bundle, const char *name, struct vg_buffer *out, struct vg_error *error)
{
    if (folder->kept != NULL)
        return read_kept(folder, bundle, name, out, error);
    json_t *root = NULL, *file = NULL;
    size_t index = 0, before = out->size;
    char hash[65];
    const char *wanted = NULL;
    vg_status status = read_manifest(folder, bundle, &root, error);
    json_array_foreach(json_object_get(root, "files"), index, file)
    {
        const char *listed = json_string_value(json_object_get(file, "name"));
        if (listed != NULL && strcmp(listed, name) == 0)
            wanted = json_string_value(json_object_get(file, "sha256"));
    }
    if (status == VG_OK && wanted == NULL)
        status = vg_fail(error, VG_NOT_FOUND, "the %s of %s have no %s", bundle, folder->path, name);
    if (status == VG_OK)
        status = read_bytes(folder, bundle, name, out, error);
    if (status == VG_OK) {
        vg_sha256(out->data == NULL ? "" : out->data + before, out->size - before, hash);
        if (strcmp(hash, wanted) != 0)
            status = vg_fail(error, VG_DATA_ERROR, "%s/%s/%s is not the file that its manifest names: it was changed", folder->path, bundle, name);
    }
    json_decref(root);
    return status;
}

vg_status vg_job_exercise_unseal(const char *folder_path, const char *key_path, const char *to, struct vg_arena *arena, struct vg_answer *answer,
                                 struct vg_error *error)
{
    struct exercise_folder folder;
    json_t *root = NULL, *file = NULL;
    size_t index = 0;
    vg_status status = exercise_open(folder_path, key_path, arena, &folder, error);
    if (status == VG_OK)
        status = read_manifest(&folder, "truth", &root, error);
    if (status == VG_OK)
        status = exercise_make_folder(to, error);
    answer_columns(&answer->table, false);
    json_array_foreach(json_object_get(root, "files"), index, file)
    {
        const char *name = json_string_value(json_object_get(file, "name")), *hash = json_string_value(json_object_get(file, "sha256"));
        char path[EXERCISE_PATH_BYTES];
        struct vg_buffer bytes;
        if (status != VG_OK || name == NULL || hash == NULL || strchr(name, '/') != NULL)
            continue;
        vg_buffer_init(&bytes, 0);
        (void)snprintf(path, sizeof path, "%s/%s", to, name);
        status = exercise_read(&folder, "truth", name, &bytes, error);
        if (status == VG_OK)
            status = vg_file_write_atomic(path, bytes.data == NULL ? "" : bytes.data, bytes.size, error);
        vg_buffer_release(&bytes);
        vg_table_text(&answer->table, name);
        vg_table_integer(&answer->table, json_integer_value(json_object_get(file, "rows")));
        vg_table_text(&answer->table, hash);
    }
    json_decref(root);
    vg_seal_key_clear(&folder.key);
    return status;
}
