/*
 * Runs a fuzz target over files, without libFuzzer: each target with its corpus is a test of every build and every compiler.
 * Arguments are files or folders (not their subfolders).
 */
#include "core/core.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool run_file(const char *path)
{
    struct vg_buffer bytes;
    struct vg_error error;
    vg_buffer_init(&bytes, 0);
    vg_status status = vg_file_read(path, 0, &bytes, &error);
    if (status != VG_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
    } else {
        /* A block of exactly this size, so that a sanitizer sees a read beyond the input. */
        uint8_t *exact = malloc(bytes.size == 0 ? 1 : bytes.size);
        VG_ASSERT(exact != NULL);
        if (bytes.size > 0) {
            memcpy(exact, bytes.data, bytes.size);
        }
        (void)LLVMFuzzerTestOneInput(exact, bytes.size);
        free(exact);
    }
    vg_buffer_release(&bytes);
    return status == VG_OK;
}

static bool run_folder(DIR *folder, const char *path, unsigned *n_files)
{
    bool good = true;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof file) {
            good = run_file(file) && good;
            ++*n_files;
        }
    }
    return good;
}

int main(int argc, char **argv)
{
    bool good = true;
    unsigned n_files = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            good = run_file(argv[i]) && good;
            n_files++;
        } else {
            good = run_folder(folder, argv[i], &n_files) && good;
            (void)closedir(folder);
        }
    }
    (void)printf("%u inputs\n", n_files);
    return good && n_files > 0 ? 0 : 1;
}
