/* A folder, an arena and an answer, for suites of jobs that read files. */
#ifndef TEST_ANSWER_FIXTURE_H
#define TEST_ANSWER_FIXTURE_H

#include "vg_test.h"

#include "test_folder.h"

#include "jobs/jobs.h"

#include <string.h>

struct fixture {
    char folder[TEST_FOLDER_BYTES];
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error;
};

static inline void begin(struct fixture *f)
{
    assert_true(test_folder_make(f->folder));
    vg_arena_init(&f->arena, 0);
    vg_answer_init(&f->answer, &f->arena);
    f->error = (struct vg_error){0};
}

static inline void again(struct fixture *f)
{
    vg_answer_release(&f->answer);
    vg_answer_init(&f->answer, &f->arena);
    f->error = (struct vg_error){0};
}

static inline void end(struct fixture *f)
{
    vg_answer_release(&f->answer);
    vg_arena_release(&f->arena);
    test_folder_remove(f->folder);
}

static inline const char *write_file(struct fixture *f, const char *name, const char *data, size_t size)
{
    const char *path = vg_arena_format(&f->arena, "%s/%s", f->folder, name);
    vg_assert_ok(vg_file_write_atomic(path, data, size, &f->error), f->error);
    return path;
}

static inline const struct vg_column *column(const struct vg_table *table, const char *name)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        if (strcmp(table->columns[k].name, name) == 0) {
            return &table->columns[k];
        }
    }
    fail_msg("no column %s", name);
    return NULL;
}

#endif
