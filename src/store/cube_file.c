/*
 * The cube as a file, cube/<data version>.cube, mapped by every process that reads the node:
 *
 *   0   8 bytes  "VGCUBE01"
 *   8   u64      data version that it mirrors
 *   16  u64      number of sections
 *   24  u64      hash of the section table
 *   32  sections, 40 bytes each: u32 dataset, u32 column, u64 cells, u64 offset, u64 bytes, u64 hash of the bytes
 *       columns, each at a multiple of 64
 *
 * It is written beside its name, synced and renamed, so it is whole or not there; a missing, older or odd one is made anew from the database. Byte
 * order is the machine's: the file never travels.
 */
#include "store/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_head {
    char magic[8];
    uint64_t data_version, n_sections, table_hash;
};

struct file_section {
    uint32_t dataset, column;
    uint64_t cells, offset, bytes, hash;
};

static const char magic[8] = {'V', 'G', 'C', 'U', 'B', 'E', '0', '1'};
#define COLUMNS_MAX 40

struct column_place {
    void **data;
    size_t cell_bytes;
    bool is_count;
};

/* Every column of a dataset in a fixed order: its index is its name in the file. */
static size_t list_columns(struct cube_dataset *dataset, struct column_place columns[COLUMNS_MAX])
{
    struct cube_cases *cases = &dataset->cases;
    struct cube_counts *counts = &dataset->counts;
    size_t n = 0;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        columns[n++] = (struct column_place){(void **)&cases->dates[date], 4, false};
    }
    const struct column_place rest[] = {
        {(void **)&cases->known_from, 4, false}, {(void **)&cases->known_to, 4, false}, {(void **)&cases->place, 4, false},
        {(void **)&cases->category, 4, false},   {(void **)&cases->row, 4, false},      {(void **)&cases->age, 2, false},
        {(void **)&cases->sex, 1, false},        {(void **)&cases->class, 1, false},    {(void **)&cases->outcome, 1, false},
        {(void **)&cases->severity, 1, false},   {(void **)&cases->identity, 8, false}, {(void **)&cases->content, 8, false},
        {(void **)&counts->measure, 2, true},    {(void **)&counts->place, 4, true},    {(void **)&counts->group, 4, true},
        {(void **)&counts->row, 4, true},        {(void **)&counts->reference, 4, true}, {(void **)&counts->report, 4, true},
        {(void **)&counts->increment, 8, true},
    };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        columns[n++] = rest[i];
    }
    return n;
}

static void file_path(const struct vg_store *store, uint64_t version, const char *ending, char path[STORE_PATH_BYTES + 64])
{
    (void)snprintf(path, STORE_PATH_BYTES + 64, "%s/cube/%llu.cube%s", store->folder, (unsigned long long)version, ending);
}

static bool write_all(int descriptor, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = write(descriptor, at, size < (64U << 20) ? size : 64U << 20);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* The others are of older versions; who has them mapped keeps them. */
static void remove_others(const struct vg_store *store, uint64_t version)
{
    char folder[STORE_PATH_BYTES + 64];
    char keep[64];
    (void)snprintf(folder, sizeof folder, "%s/cube", store->folder);
    (void)snprintf(keep, sizeof keep, "%llu.cube", (unsigned long long)version);
    DIR *directory = opendir(folder);
    const struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[STORE_PATH_BYTES + 512];
        char *end = NULL;
        uint64_t other = strtoull(entry->d_name, &end, 10);
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, keep) != 0 && other < version) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            (void)unlink(path);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

static bool write_sections(int descriptor, struct cube *cube, const struct file_section *sections, size_t n_sections)
{
    static const char zeros[64] = {0};
    struct file_head head = {.data_version = cube->data_version, .n_sections = n_sections};
    memcpy(head.magic, magic, sizeof magic);
    head.table_hash = vg_hash_bytes(sections, n_sections * sizeof *sections, cube->data_version);
    size_t at = sizeof head + n_sections * sizeof *sections;
    bool written = write_all(descriptor, &head, sizeof head) && write_all(descriptor, sections, n_sections * sizeof *sections);
    size_t section = 0;
    for (size_t i = 0; i < cube->n_datasets; i++) {
        struct column_place columns[COLUMNS_MAX];
        size_t n_columns = list_columns(&cube->datasets[i], columns);
        for (size_t column = 0; column < n_columns && written; column++, section++) {
            written = write_all(descriptor, zeros, sections[section].offset - at) && write_all(descriptor, *columns[column].data, sections[section].bytes);
            at = sections[section].offset + sections[section].bytes;
        }
    }
    return written;
}

vg_status cube_file_write(struct vg_store *store, const struct cube *cube, struct vg_error *error)
{
    struct vg_arena arena;
    char path[STORE_PATH_BYTES + 64];
    char temporary[STORE_PATH_BYTES + 64];
    vg_arena_init(&arena, 0);
    struct file_section *sections = VG_ARENA_ARRAY(&arena, struct file_section, cube->n_datasets * COLUMNS_MAX);
    if (sections == NULL) {
        return vg_fail_memory(error, 0);
    }
    size_t n_sections = 0;
    for (size_t i = 0; i < cube->n_datasets; i++) {
        struct column_place columns[COLUMNS_MAX];
        size_t n_columns = list_columns(&cube->datasets[i], columns);
        for (size_t column = 0; column < n_columns; column++) {
            size_t cells = columns[column].is_count ? cube->datasets[i].counts.n : cube->datasets[i].cases.n;
            size_t bytes = cells * columns[column].cell_bytes;
            sections[n_sections++] = (struct file_section){.dataset = cube->datasets[i].info.id, .column = (uint32_t)column, .cells = cells, .bytes = bytes,
                                                           .hash = vg_hash_bytes(*columns[column].data, bytes, 0)};
        }
    }
    size_t offset = sizeof(struct file_head) + n_sections * sizeof *sections;
    for (size_t i = 0; i < n_sections; i++) {
        offset = (offset + 63) / 64 * 64;
        sections[i].offset = offset;
        offset += sections[i].bytes;
    }
    file_path(store, cube->data_version, "", path);
    (void)snprintf(temporary, sizeof temporary, "%s/cube/%llu.new.%ld", store->folder, (unsigned long long)cube->data_version, (long)getpid());
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    vg_status status = VG_OK;
    if (descriptor < 0 || !write_sections(descriptor, (struct cube *)(uintptr_t)cube, sections, n_sections) || fdatasync(descriptor) != 0 || rename(temporary, path) != 0) {
        status = vg_fail_errno(error, errno, "the cube cannot be written to %s", path);
        (void)unlink(temporary);
    } else {
        remove_others(store, cube->data_version);
    }
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    vg_arena_release(&arena);
    return status;
}

static bool section_fits(const struct vg_file_map *map, const struct file_section *section, size_t cell_bytes)
{
    size_t bytes = 0;
    size_t end = 0;
    return vg_multiply_size(section->cells, cell_bytes, &bytes) && bytes == section->bytes && vg_add_size(section->offset, section->bytes, &end) &&
           end <= map->size && section->offset % 64 == 0;
}

/* Points the columns of the cube into the map; false where the file is not what it should be. */
static bool attach(struct cube *cube)
{
    struct file_head head;
    if (cube->map.size < sizeof head) {
        return false;
    }
    memcpy(&head, cube->map.data, sizeof head);
    size_t table_bytes = 0;
    if (memcmp(head.magic, magic, sizeof magic) != 0 || head.data_version != cube->data_version ||
        !vg_multiply_size(head.n_sections, sizeof(struct file_section), &table_bytes) || table_bytes > cube->map.size - sizeof head ||
        head.table_hash != vg_hash_bytes(cube->map.data + sizeof head, table_bytes, head.data_version)) {
        return false;
    }
    size_t section = 0;
    for (size_t i = 0; i < cube->n_datasets; i++) {
        struct column_place columns[COLUMNS_MAX];
        struct cube_dataset *dataset = &cube->datasets[i];
        size_t n_columns = list_columns(dataset, columns);
        for (size_t column = 0; column < n_columns; column++, section++) {
            struct file_section one;
            if (section >= head.n_sections) {
                return false;
            }
            memcpy(&one, cube->map.data + sizeof head + section * sizeof one, sizeof one);
            if (one.dataset != dataset->info.id || one.column != column || !section_fits(&cube->map, &one, columns[column].cell_bytes)) {
                return false;
            }
            *columns[column].data = (void *)(uintptr_t)(cube->map.data + one.offset);
            *(columns[column].is_count ? &dataset->counts.n : &dataset->cases.n) = one.cells;
        }
    }
    return section == head.n_sections;
}

vg_status cube_file_open(struct vg_store *store, struct cube **out, struct vg_error *error)
{
    char path[STORE_PATH_BYTES + 64];
    struct cube *cube = cube_new();
    if (cube == NULL) {
        return vg_fail_memory(error, sizeof *cube);
    }
    vg_status status = store_sql(store->db, "BEGIN", error);
    if (status == VG_OK) {
        status = cube_metadata(store, cube, error);
        (void)sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    }
    if (status == VG_OK) {
        file_path(store, cube->data_version, "", path);
        if (!vg_file_exists(path) || vg_file_map_open(path, &cube->map, NULL) != VG_OK || !attach(cube)) {
            status = VG_NOT_FOUND;
        }
    }
    if (status != VG_OK) {
        cube_free(cube);
        return status;
    }
    cube_describe(cube);
    *out = cube;
    return VG_OK;
}

vg_status cube_file_verify(struct vg_store *store, struct vg_error *error)
{
    struct cube *from_file = NULL;
    struct cube *from_database = NULL;
    vg_status status = cube_file_open(store, &from_file, error);
    if (status == VG_NOT_FOUND) {
        return vg_fail(error, VG_DATA_ERROR, "the cube of the newest data is not there; it is made anew when the node is opened");
    }
    if (status == VG_OK) {
        status = cube_from_database(store, &from_database, error);
    }
    for (size_t i = 0; status == VG_OK && i < from_database->n_datasets; i++) {
        struct column_place expected[COLUMNS_MAX];
        struct column_place found[COLUMNS_MAX];
        struct cube_dataset *dataset = &from_database->datasets[i];
        size_t n = list_columns(dataset, expected);
        (void)list_columns(&from_file->datasets[i], found);
        for (size_t column = 0; status == VG_OK && column < n; column++) {
            size_t cells = expected[column].is_count ? dataset->counts.n : dataset->cases.n;
            size_t cells_found = expected[column].is_count ? from_file->datasets[i].counts.n : from_file->datasets[i].cases.n;
            if (cells != cells_found || (cells > 0 && memcmp(*expected[column].data, *found[column].data, cells * expected[column].cell_bytes) != 0)) {
                status = vg_fail(error, VG_DATA_ERROR, "the cube and the database disagree about dataset %s; the cube can be made anew", dataset->info.name);
            }
        }
    }
    cube_free(from_file);
    cube_free(from_database);
    return status;
}
