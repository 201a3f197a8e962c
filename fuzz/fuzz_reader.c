/*
 * libFuzzer target: any bytes through the reader (kind, compression, encoding, delimiter, headings, rows), then once more
 * after a rewind. Beyond not crashing: every slice must be readable, and both passes must give the same rows.
 */
#include "intake/intake.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sums {
    uint64_t rows, hash;
    vg_status status;
};

static struct sums read_all(struct vg_reader *reader)
{
    struct sums sums = {0, 0, VG_OK};
    for (;;) {
        struct vg_row_batch batch;
        struct vg_error error;
        sums.status = vg_reader_next(reader, &batch, &error);
        if (sums.status != VG_OK || batch.n_rows == 0) {
            return sums;
        }
        sums.rows += batch.n_rows;
        for (size_t i = 0; i < batch.n_rows * batch.n_columns; i++) {
            sums.hash = vg_hash_bytes(batch.cells[i].data, batch.cells[i].size, sums.hash);
        }
        for (size_t i = 0; i < batch.n_rows; i++) {
            sums.hash = vg_hash_bytes(&batch.lines[i], sizeof batch.lines[i],
                                      sums.hash + (batch.surplus == NULL ? 0 : batch.surplus[i]));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* 16 MiB: a small input must not keep the fuzzer busy unpacking. */
    struct vg_reader_options options = {.limit_bytes = (size_t)16 << 20};
    struct vg_reader *reader = NULL;
    struct vg_error error;
    if (vg_reader_open_memory("fuzz", data, size, &options, &reader, &error) != VG_OK) {
        return 0;
    }
    for (size_t i = 0; i < vg_reader_column_count(reader); i++) {
        struct vg_text heading = vg_reader_heading(reader, i);
        VG_ASSERT(heading.size > 0 && vg_utf8_valid(heading.data, heading.size));
    }
    struct sums first = read_all(reader);
    VG_ASSERT(vg_reader_rewind(reader, &error) == VG_OK);
    struct sums second = read_all(reader);
    VG_ASSERT(first.rows == second.rows && first.hash == second.hash && first.status == second.status);
    vg_reader_close(reader);
    return 0;
}
