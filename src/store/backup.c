/*
 * Backup by SQLite's online interface, so that writers and readers go on; restore by two renames, the former node kept beside.
 */
#include "store/store_internal.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_A_STEP 4096

static vg_status copy_database(struct vg_store *store, sqlite3 *to, const struct vg_progress *progress, struct vg_error *error)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", store->db, "main");
    if (backup == NULL) {
        return store_sql_error(to, error, "the backup");
    }
    int code = SQLITE_OK;
    bool go_on = true;
    while (go_on && (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)) {
        code = sqlite3_backup_step(backup, PAGES_A_STEP);
        int total = sqlite3_backup_pagecount(backup);
        go_on = vg_progress_report(progress, "backup", total == 0 ? 0 : 1 - (double)sqlite3_backup_remaining(backup) / total);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
            (void)usleep(20000);
        }
    }
    (void)sqlite3_backup_finish(backup);
    if (!go_on) {
        return vg_fail(error, VG_CANCELLED, "the backup was stopped");
    }
    return code == SQLITE_DONE ? VG_OK : store_sql_error(to, error, "the backup");
}

/* What stands beside the database and is nobody else's to make again: the node's own key, whose signatures it takes, and how far bundles were counted (share/partners). */
static vg_status copy_share(const struct vg_store *store, const char *folder, struct vg_error *error)
{
    static const struct { const char *name; bool secret; } files[] = {{"partners.csv", false}, {"number", false}, {"received.csv", false}, {"key", true}};
    char from[STORE_PATH_BYTES], to[STORE_PATH_BYTES];
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < sizeof files / sizeof *files; i++) {
        struct vg_buffer bytes;
        const int a = snprintf(from, sizeof from, "%s/share/%s", store->folder, files[i].name), b = snprintf(to, sizeof to, "%s/share", folder);
        if (a < 0 || b < 0 || (size_t)a >= sizeof from || (size_t)b + strlen(files[i].name) + 2 > sizeof to) {
            return vg_fail(error, VG_USAGE_ERROR, "the path %.100s... is too long", folder);
        }
        if (!vg_file_exists(from)) {
            continue;
        }
        if (mkdir(to, 0750) != 0 && errno != EEXIST) {
            return vg_fail_errno(error, errno, "the folder %s cannot be made", to);
        }
        (void)snprintf(to, sizeof to, "%s/share/%s", folder, files[i].name);
        vg_buffer_init(&bytes, 0);
        status = vg_file_read(from, 0, &bytes, error);
        status = status != VG_OK ? status : files[i].secret ? vg_file_write_secret(to, bytes.data, bytes.size, error) : vg_file_write_atomic(to, bytes.data, bytes.size, error);
        if (bytes.data != NULL) {
            sodium_memzero(bytes.data, bytes.size);
        }
        vg_buffer_release(&bytes);
    }
    return status;
}

vg_status vg_store_backup(struct vg_store *store, const char *folder, const struct vg_progress *progress, struct vg_error *error)
{
    char path[STORE_PATH_BYTES];
    sqlite3 *to = NULL;
    vg_status status = vg_store_create(folder, error);
    if (status != VG_OK) {
        return status;
    }
    int length = snprintf(path, sizeof path, "%s/node.db", folder);
    VG_ASSERT(length > 0 && (size_t)length < sizeof path);
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        status = store_sql_error(to, error, path);
    } else {
        status = copy_database(store, to, progress, error);
    }
    (void)sqlite3_close(to);
    if (status == VG_OK) {
        (void)snprintf(path, sizeof path, "%s/key", folder);
        status = vg_file_write_atomic(path, store->key, sizeof store->key, error);
        if (status == VG_OK && chmod(path, 0600) != 0) {
            status = vg_fail_errno(error, errno, "%s cannot be protected", path);
        }
    }
    return status == VG_OK ? copy_share(store, folder, error) : status;
}

vg_status vg_store_restore(const char *backup_folder, const char *folder, struct vg_error *error)
{
    struct vg_store *backup = NULL;
    char fresh[STORE_PATH_BYTES];
    char former[STORE_PATH_BYTES];
    int length = snprintf(fresh, sizeof fresh, "%s.restoring-%ld", folder, (long)getpid());
    int former_length = snprintf(former, sizeof former, "%s.before-restore", folder);
    if (length < 0 || former_length < 0 || (size_t)length >= sizeof fresh || (size_t)former_length >= sizeof former) {
        return vg_fail(error, VG_USAGE_ERROR, "the path %.100s... is too long", folder);
    }
    if (vg_file_exists(former)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is still there from an earlier restore; move it away first", former);
    }
    vg_status status = vg_store_open(backup_folder, VG_STORE_READ, &backup, error);
    if (status == VG_OK) {
        status = vg_store_verify(backup, false, error);
    }
    if (status == VG_OK) {
        status = vg_store_backup(backup, fresh, NULL, error);
    }
    vg_store_close(backup);
    if (status != VG_OK) {
        return status;
    }
    bool had_node = vg_file_exists(folder);
    if (had_node && rename(folder, former) != 0) {
        return vg_fail_errno(error, errno, "%s cannot be moved to %s", folder, former);
    }
    if (rename(fresh, folder) != 0) {
        int reason = errno;
        if (had_node) {
            (void)rename(former, folder);
        }
        return vg_fail_errno(error, reason, "%s cannot be moved to %s", fresh, folder);
    }
    return VG_OK;
}
