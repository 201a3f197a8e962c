/*
 * Exports: the keys of an hour or a day as signed files, so late that nobody's upload is seen to come, filled with keys of nobody so that few do not stand out.
 */
#include "jobs/exposure_server/internal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct exporting {
    struct vg_exposure_server *server;
    struct vg_arena *arena;
    struct vg_error *error;
    char folder[SERVER_PATH_BYTES - 128];
    size_t n_files;
};

static struct vg_exposure_key key_of(const struct vg_stored_key *stored, bool revised)
{
    const struct vg_stored_report *report = revised ? &stored->revised : &stored->first;
    struct vg_exposure_key key = {.rolling_start = stored->start, .rolling_period = stored->period, .transmission_risk = report->risk, .days_since_onset = report->days_since_onset,
                                  .report = (enum vg_exposure_report)report->report};
    memcpy(key.data, stored->data, sizeof key.data);
    return key;
}

/* Keys of the period; with `filled` also random ones that are like true ones in all else. */
static vg_status gather(struct exporting *e, int64_t from, int64_t to, bool revised, size_t fill_to, struct vg_exposure_key **keys, size_t *n_keys)
{
    struct vg_stored_key *stored = NULL;
    size_t n = 0;
    vg_status status = vg_exposure_store_keys(e->server->store, from, to, revised, e->arena, &stored, &n, e->error);
    size_t all = n > 0 && n < fill_to ? fill_to : n;
    *keys = NULL;
    *n_keys = 0;
    if (status != VG_OK || n == 0) {
        return status;
    }
    *keys = VG_ARENA_ARRAY(e->arena, struct vg_exposure_key, all);
    if (*keys == NULL) {
        return vg_fail_memory(e->error, all * sizeof **keys);
    }
    for (size_t i = 0; i < all; i++) {
        (*keys)[i] = key_of(&stored[i < n ? i : randombytes_uniform((uint32_t)n)], revised);
        if (i >= n) {
            server_random((*keys)[i].data, sizeof (*keys)[i].data);
        }
    }
    vg_exposure_keys_sort(*keys, all);
    *n_keys = all;
    return VG_OK;
}

static vg_status write_file(struct exporting *e, const struct vg_exposure_export *export)
{
    const struct vg_p256_key *keys[1] = {e->server->export_key};
    struct vg_stored_export made = {.from = (int64_t)export->start_seconds, .to = (int64_t)export->end_seconds};
    struct vg_buffer bin, sig, zip;
    char path[SERVER_PATH_BYTES];
    (void)snprintf(made.file, sizeof made.file, "%lld-%lld-%05d.zip", (long long)made.from, (long long)made.to, export->batch_number);
    (void)snprintf(path, sizeof path, "%s/%s", e->folder, made.file);
    vg_buffer_init(&bin, 0);
    vg_buffer_init(&sig, 0);
    vg_buffer_init(&zip, 0);
    vg_status status = vg_exposure_export_write(export, &bin, e->error);
    if (status == VG_OK) {
        status = vg_exposure_export_sign(export, vg_text_of(bin.data, bin.size), keys, &sig, e->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_file_pack(vg_text_of(bin.data, bin.size), vg_text_of(sig.data, sig.size), &zip, e->error);
    }
    if (status == VG_OK) {
        status = vg_file_write_atomic(path, zip.data, zip.size, e->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_add_export(e->server->store, &made, e->error);
        e->n_files++;
    }
    vg_buffer_release(&bin);
    vg_buffer_release(&sig);
    vg_buffer_release(&zip);
    return status;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* All files of a period. One without keys has none. */
static vg_status export_period(struct exporting *e, int64_t from, int64_t to)
{
    const struct server_settings *s = &e->server->settings;
    struct vg_exposure_signer signer = {vg_text_from(s->key_version), vg_text_from(s->key_id), vg_text_from(VG_EXPOSURE_OID_SHA256)};
    struct vg_exposure_key *keys = NULL, *revised = NULL;
    size_t n_keys = 0, n_revised = 0, most = (size_t)s->most_keys;
    size_t fill_to = least((size_t)s->least_keys + randombytes_uniform((uint32_t)s->spread_keys + 1), most);
    vg_status status = gather(e, from, to, false, fill_to, &keys, &n_keys);
    if (status == VG_OK) {
        /* Few that are revised would stand out as well; with keys beside them they are filled with the rest. */
        status = gather(e, from, to, true, n_keys > 0 ? 0 : fill_to, &revised, &n_revised);
    }
    size_t parts = (n_keys + n_revised + most - 1) / most;
    for (size_t part = 0; status == VG_OK && part < parts; part++) {
        size_t begin = part * most, end = least(begin + most, n_keys + n_revised);
        struct vg_exposure_export export = {.start_seconds = (uint64_t)from, .end_seconds = (uint64_t)to, .region = vg_text_from(s->region), .batch_number = (int32_t)part + 1,
                                            .batch_size = (int32_t)parts, .signers = &signer, .n_signers = 1};
        size_t first_end = least(end, n_keys), second = begin > n_keys ? begin - n_keys : 0;
        export.keys = begin < n_keys ? keys + begin : NULL;
        export.n_keys = begin < n_keys ? first_end - begin : 0;
        export.revised_keys = end > n_keys ? revised + second : NULL;
        export.n_revised_keys = end > n_keys ? end - n_keys - second : 0;
        status = write_file(e, &export);
    }
    return status;
}

/* The list of what there is, and away with the files of what there is no longer. */
static vg_status write_index(struct exporting *e, int64_t forget_before)
{
    struct vg_stored_export *exports = NULL;
    size_t n = 0;
    struct vg_buffer text;
    char path[SERVER_PATH_BYTES];
    vg_status status = vg_exposure_store_exports(e->server->store, e->arena, &exports, &n, e->error);
    vg_buffer_init(&text, 0);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (exports[i].to >= forget_before) {
            vg_buffer_format(&text, "%s/%s\n", e->server->settings.region, exports[i].file);
        }
    }
    (void)snprintf(path, sizeof path, "%s/index.txt", e->folder);
    if (status == VG_OK) {
        status = text.failed ? vg_fail_memory(e->error, 0) : vg_file_write_atomic(path, text.data == NULL ? "" : text.data, text.size, e->error);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (exports[i].to < forget_before) {
            (void)snprintf(path, sizeof path, "%s/%s", e->folder, exports[i].file);
            (void)unlink(path);
        }
    }
    vg_buffer_release(&text);
    return status;
}

static vg_status make_folders(struct exporting *e)
{
    char exports[SERVER_PATH_BYTES - 192];
    (void)snprintf(exports, sizeof exports, "%s/exports", e->server->folder);
    (void)snprintf(e->folder, sizeof e->folder, "%s/%s", exports, e->server->settings.region);
    const char *const folders[] = {exports, e->folder};
    for (size_t i = 0; i < 2; i++) {
        if (mkdir(folders[i], 0755) != 0 && errno != EEXIST) {
            return vg_fail_errno(e->error, errno, "the folder %s cannot be made", folders[i]);
        }
    }
    return VG_OK;
}

static vg_status export_due(struct exporting *e, int64_t now)
{
    const struct server_settings *s = &e->server->settings;
    int64_t length = s->export_hours * (int64_t)HOUR_SECONDS, from = 0, first = 0, before = now - s->keep_hours * (int64_t)HOUR_SECONDS;
    vg_status status = vg_exposure_store_exported_to(e->server->store, &from, e->error);
    if (status == VG_OK) {
        status = vg_exposure_store_first_hour(e->server->store, &first, e->error);
    }
    if (status != VG_OK) {
        return status;
    }
    from = (from > before ? from : first > before ? first : before) / length * length;
    for (; status == VG_OK && first != 0 && from + length <= now - s->hold_hours * (int64_t)HOUR_SECONDS; from += length) {
        status = export_period(e, from, from + length);
        if (status == VG_OK) {
            status = vg_exposure_store_set_exported_to(e->server->store, from + length, e->error);
        }
    }
    if (status == VG_OK) {
        status = write_index(e, before);
    }
    return status == VG_OK ? vg_exposure_store_forget(e->server->store, before, e->error) : status;
}

/* In a transaction of its own: an export that cannot be made keeps nobody's number longer. */
static vg_status forget_reports(struct vg_exposure_server *server, int64_t now, struct vg_error *error)
{
    vg_status status = vg_exposure_store_begin(server->store, error);
    return status == VG_OK ? vg_exposure_store_end(server->store, server_forget_reports(server, now, error), error) : status;
}

vg_status vg_exposure_server_export(struct vg_exposure_server *server, int64_t now, size_t *n_files, struct vg_error *error)
{
    struct vg_arena arena;
    struct exporting e = {.server = server, .arena = &arena, .error = error};
    vg_arena_init(&arena, 0);
    (void)pthread_mutex_lock(&server->lock);
    vg_status status = forget_reports(server, now, error);
    if (status == VG_OK) {
        status = make_folders(&e);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_begin(server->store, error);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_end(server->store, export_due(&e, now), error);
    }
    (void)pthread_mutex_unlock(&server->lock);
    *n_files = e.n_files;
    vg_arena_release(&arena);
    return status;
}
