/*
 * A folder of its own for one test, and its end.
 */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include "vg_test.h"

#include <ftw.h>
#include <unistd.h>

#define TEST_FOLDER_BYTES 64

static inline bool test_folder_make(char folder[TEST_FOLDER_BYTES])
{
    (void)snprintf(folder, TEST_FOLDER_BYTES, "/tmp/vigia-test-XXXXXX");
    return mkdtemp(folder) != NULL;
}

static inline int test_remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void test_folder_remove(const char *folder)
{
    (void)nftw(folder, test_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
