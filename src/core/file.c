/*
 * Files: read-only maps, whole reads, and atomic writes (temporary beside the target, sync, rename, sync of the folder).
 */
#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int32_t vg_date_today(void)
{
    return (int32_t)(time(NULL) / 86400);
}

uint64_t vg_program_identity(void)
{
    struct stat found = {0};
    (void)stat("/proc/self/exe", &found);
    const uint64_t facts[] = {(uint64_t)found.st_size, (uint64_t)found.st_mtim.tv_sec, (uint64_t)found.st_mtim.tv_nsec};
    return vg_hash_bytes(facts, sizeof facts, vg_hash_text(vg_text_from(VG_VERSION)));
}

bool vg_file_exists(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0;
}

static vg_status read_descriptor(int descriptor, const char *path, size_t limit_bytes, struct vg_buffer *out, struct vg_error *error)
{
    for (;;) {
        if (!vg_buffer_reserve(out, 1U << 16)) {
            return vg_fail_memory(error, out->size + (1U << 16));
        }
        ssize_t n = read(descriptor, out->data + out->size, 1U << 16);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return vg_fail_errno(error, errno, "%s cannot be read", path);
        }
        if (n == 0) {
            out->data[out->size] = '\0';
            return VG_OK;
        }
        out->size += (size_t)n;
        if (limit_bytes != 0 && out->size > limit_bytes) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "%s is larger than the %zu bytes allowed here", path, limit_bytes);
        }
    }
}

static int open_to_read(const char *path)
{
    return strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
}

vg_status vg_file_read(const char *path, size_t limit_bytes, struct vg_buffer *out, struct vg_error *error)
{
    int descriptor = open_to_read(path);
    if (descriptor < 0) {
        return vg_fail_errno(error, errno, "%s cannot be opened", path);
    }
    vg_status status = read_descriptor(descriptor, path, limit_bytes, out, error);
    (void)close(descriptor);
    return status;
}

/* A pipe or an empty file cannot be mapped: its bytes are read into memory. */
static vg_status map_by_reading(int descriptor, const char *path, struct vg_file_map *map, struct vg_error *error)
{
    struct vg_buffer bytes;
    vg_buffer_init(&bytes, 0);
    vg_status status = read_descriptor(descriptor, path, 0, &bytes, error);
    if (status != VG_OK) {
        vg_buffer_release(&bytes);
        return status;
    }
    *map = (struct vg_file_map){.data = bytes.data, .size = bytes.size, .base = bytes.data, .base_bytes = 0};
    return VG_OK;
}

vg_status vg_file_map_open(const char *path, struct vg_file_map *map, struct vg_error *error)
{
    *map = (struct vg_file_map){0};
    int descriptor = open_to_read(path);
    if (descriptor < 0) {
        return vg_fail_errno(error, errno, "%s cannot be opened", path);
    }
    struct stat facts;
    vg_status status = VG_OK;
    if (fstat(descriptor, &facts) != 0) {
        status = vg_fail_errno(error, errno, "%s cannot be examined", path);
    } else if (S_ISDIR(facts.st_mode)) {
        status = vg_fail(error, VG_USAGE_ERROR, "%s is a folder, a file was expected", path);
    } else if (!S_ISREG(facts.st_mode) || facts.st_size == 0) {
        status = map_by_reading(descriptor, path, map, error);
    } else {
        void *base = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (base == MAP_FAILED) {
            status = vg_fail_errno(error, errno, "%s cannot be mapped", path);
        } else {
            (void)madvise(base, (size_t)facts.st_size, MADV_SEQUENTIAL);
            *map = (struct vg_file_map){base, (size_t)facts.st_size, base, (size_t)facts.st_size};
        }
    }
    (void)close(descriptor);
    return status;
}

void vg_file_map_close(struct vg_file_map *map)
{
    if (map->base_bytes != 0) {
        (void)munmap(map->base, map->base_bytes);
    } else {
        free(map->base);
    }
    *map = (struct vg_file_map){0};
}

static bool write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(descriptor, data, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* The rename is durable only once the folder itself is on disk. */
static bool sync_folder_of(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool synced = fsync(descriptor) == 0 || errno == EINVAL;
    (void)close(descriptor);
    return synced;
}

static bool begins_with(const char *path, const char *with)
{
    return strncmp(path, with, strlen(with)) == 0;
}

/* A name of what is open, which may be a file: to replace the name would leave what is open as it was. */
static bool names_what_is_open(const char *path)
{
    return (begins_with(path, "/dev/") && !begins_with(path, "/dev/shm/")) || begins_with(path, "/proc/self/fd/");
}

/* One link further; false: it is none, or too long. */
static bool follow_link(char path[4096])
{
    char to[4096], next[4096];
    ssize_t length = readlink(path, to, sizeof to - 1);
    if (length <= 0) {
        return false;
    }
    to[length] = '\0';
    const char *slash = strrchr(path, '/');
    int beside = to[0] == '/' || slash == NULL ? 0 : (int)(slash - path) + 1;
    int size = snprintf(next, sizeof next, "%.*s%s", beside, path, to);
    if (size < 0 || (size_t)size >= sizeof next) {
        return false;
    }
    memcpy(path, next, (size_t)size + 1);
    return true;
}

vg_status vg_file_find_target(const char *path, struct vg_file_target *target, struct vg_error *error)
{
    struct stat about;
    char *real = NULL;
    target->through = false;
    if ((size_t)snprintf(target->path, sizeof target->path, "%s", path) >= sizeof target->path) {
        return vg_fail(error, VG_USAGE_ERROR, "the path %.200s... is too long", path);
    }
    bool there = stat(path, &about) == 0;
    if (there && S_ISBLK(about.st_mode)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is a block device, on which nothing is written", path);
    }
    do {
        target->through = names_what_is_open(target->path);
    } while (there && !target->through && follow_link(target->path)); /* that stat came to an end says that links do */
    target->through = target->through || (there && (S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)));
    if (there && !target->through && lstat(path, &about) == 0 && S_ISLNK(about.st_mode)) {
        real = realpath(path, NULL);
    }
    if (!target->through) {
        (void)snprintf(target->path, sizeof target->path, "%s", real == NULL ? path : real);
    }
    free(real);
    return VG_OK;
}

/* Opened anew, a file would be written from its own place on, and over what others write where they stand. */
int vg_file_open_through(const struct vg_file_target *target)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    int64_t number = strcmp(target->path, "/dev/stdout") == 0 ? STDOUT_FILENO : strcmp(target->path, "/dev/stderr") == 0 ? STDERR_FILENO : -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (begins_with(target->path, folders[i]) && !vg_parse_integer(vg_text_from(target->path + strlen(folders[i])), &number)) {
            number = -1;
        }
    }
    return number >= 0 && number <= INT32_MAX ? fcntl((int)number, F_DUPFD_CLOEXEC, 0) : open(target->path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

/* SIGPIPE is off: a reader that has left (head) is told by EPIPE, and wants no more. */
static vg_status write_through(const char *path, const struct vg_file_target *target, const void *data, size_t size, struct vg_error *error)
{
    int descriptor = vg_file_open_through(target);
    if (descriptor < 0) {
        return vg_fail_errno(error, errno, "%s cannot be written", path);
    }
    int reason = write_all(descriptor, data, size) || errno == EPIPE ? 0 : errno == 0 ? EIO : errno;
    if (close(descriptor) != 0 && reason == 0) {
        reason = errno;
    }
    return reason == 0 ? VG_OK : vg_fail_errno(error, reason, "%s cannot be written", path);
}

vg_status vg_file_write_atomic(const char *path, const void *data, size_t size, struct vg_error *error)
{
    char temporary[4096];
    struct vg_file_target target;
    vg_status status = vg_file_find_target(path, &target, error);
    if (status != VG_OK || target.through) {
        return status != VG_OK ? status : write_through(path, &target, data, size, error);
    }
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", target.path);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return vg_fail(error, VG_USAGE_ERROR, "the path %.200s... is too long", path);
    }
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) {
        return vg_fail_errno(error, errno, "%s cannot be written", path);
    }
    errno = 0;
    bool written = write_all(descriptor, data, size) && fchmod(descriptor, 0644) == 0 && fsync(descriptor) == 0;
    int reason = written ? 0 : errno;
    written = close(descriptor) == 0 && written;
    if (written && rename(temporary, target.path) == 0 && sync_folder_of(target.path)) {
        return VG_OK;
    }
    reason = reason == 0 ? errno : reason;
    (void)unlink(temporary);
    return vg_fail_errno(error, reason == 0 ? EIO : reason, "%s cannot be written", path);
}

vg_status vg_file_write_secret(const char *path, const void *data, size_t size, struct vg_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return vg_fail_errno(error, errno, "the file %s cannot be made", path);
    }
    errno = 0;
    bool written = write_all(descriptor, data, size) && fsync(descriptor) == 0;
    int reason = written ? 0 : errno;
    if (close(descriptor) == 0 && written) {
        return VG_OK;
    }
    reason = reason == 0 ? errno : reason;
    (void)unlink(path);
    return vg_fail_errno(error, reason == 0 ? EIO : reason, "the file %s cannot be written", path);
}

vg_status vg_file_read_text(const char *path, size_t limit, struct vg_arena *arena, struct vg_text *text, struct vg_error *error)
{
    struct vg_buffer bytes;
    vg_buffer_init(&bytes, 0);
    vg_status status = vg_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, limit, &bytes, error);
    if (status == VG_OK) {
        char *copy = vg_arena_copy_bytes(arena, bytes.data == NULL ? "" : bytes.data, bytes.size);
        *text = vg_text_of(copy, bytes.size);
        status = copy == NULL ? vg_fail_memory(error, bytes.size) : VG_OK;
    }
    vg_buffer_release(&bytes);
    return status;
}
