/*
 * Trees and tables of the shared genome data, for suites that use them.
 */
#ifndef SHARED_GENOMES_H
#define SHARED_GENOMES_H

#include "vg_test.h"

#include <zlib.h>

#include "trace/genome/tree/tree.h"

/* A file, plain or gzip, whole. */
static inline void shared_read(const char *path, struct vg_buffer *out)
{
    gzFile file = gzopen(path, "rb");
    char block[65536];
    int got;
    assert_non_null(file);
    vg_buffer_init(out, 0);
    while ((got = gzread(file, block, sizeof block)) > 0) {
        vg_buffer_append(out, block, (size_t)got);
    }
    assert_int_equal(got, 0);
    assert_int_equal(gzclose(file), Z_OK);
    assert_false(out->failed);
}

static inline struct vg_tree *shared_tree(const char *path)
{
    struct vg_buffer bytes;
    struct vg_error error = {0};
    struct vg_tree *tree = NULL;
    shared_read(path, &bytes);
    struct vg_text at = vg_text_of(bytes.data, bytes.size);
    struct vg_tree_source source = vg_tree_source_of(&at, path);
    vg_assert_ok(vg_tree_read(VG_TREE_AUSPICE, &source, &tree, &error), error);
    vg_buffer_release(&bytes);
    return tree;
}

#endif
