/*
 * libFuzzer target for the inside of a workbook. Mutating a ZIP rarely gets past its checksums, so the input is the text of the
 * parts, one after the other, separated by a NUL: sheet, shared strings, styles, workbook. The target packs them (stored) and
 * reads the rows. Missing parts take a plain default. Inputs that start with PK are read as they are.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RELATION "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

static const char default_workbook[] = "<workbook><sheets><sheet name=\"a\" id=\"r1\"/></sheets></workbook>";
static const char relations[] = "<Relationships><Relationship Id=\"r1\" Type=\"" RELATION "worksheet\" Target=\"s.xml\"/>"
                                "<Relationship Id=\"r2\" Type=\"" RELATION "styles\" Target=\"f.xml\"/>"
                                "<Relationship Id=\"r3\" Type=\"" RELATION "sharedStrings\" Target=\"t.xml\"/></Relationships>";

static void add_part(zip_t *archive, const char *name, const void *data, size_t size)
{
    zip_source_t *source = zip_source_buffer(archive, data, size, 0);
    VG_ASSERT(source != NULL);
    zip_int64_t index = zip_file_add(archive, name, source, 0);
    VG_ASSERT(index >= 0);
    VG_ASSERT(zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0);
}

static char *pack(const char *data, size_t size, size_t *packed_size)
{
    static const char *const names[] = {"xl/s.xml", "xl/t.xml", "xl/f.xml", "xl/workbook.xml"};
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &reason);
    VG_ASSERT(memory != NULL);
    zip_source_keep(memory);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &reason);
    VG_ASSERT(archive != NULL);
    add_part(archive, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
    size_t n_parts = 0;
    while (n_parts < 4) {
        const char *end = size == 0 ? NULL : memchr(data, '\0', size);
        size_t part_size = end == NULL ? size : (size_t)(end - data);
        add_part(archive, names[n_parts++], data, part_size);
        if (end == NULL) {
            break;
        }
        data = end + 1;
        size -= part_size + 1;
    }
    if (n_parts < 4) {
        add_part(archive, names[3], default_workbook, sizeof default_workbook - 1);
    }
    VG_ASSERT(zip_close(archive) == 0);
    VG_ASSERT(zip_source_open(memory) == 0 && zip_source_seek(memory, 0, SEEK_END) == 0);
    *packed_size = (size_t)zip_source_tell(memory);
    char *packed = malloc(*packed_size);
    VG_ASSERT(packed != NULL && zip_source_seek(memory, 0, SEEK_SET) == 0);
    VG_ASSERT(zip_source_read(memory, packed, *packed_size) == (zip_int64_t)*packed_size);
    zip_source_close(memory);
    zip_source_free(memory);
    zip_error_fini(&reason);
    return packed;
}

static void read_all(const void *data, size_t size)
{
    struct vg_reader_options options = {.limit_bytes = (size_t)64 << 20};
    struct vg_reader *reader = NULL;
    struct vg_error error;
    if (vg_reader_open_memory("fuzz", data, size, &options, &reader, &error) != VG_OK) {
        return;
    }
    struct vg_row_batch batch;
    uint64_t hash = 0;
    while (vg_reader_next(reader, &batch, &error) == VG_OK && batch.n_rows > 0) {
        for (size_t i = 0; i < batch.n_rows * batch.n_columns; i++) {
            hash = vg_hash_bytes(batch.cells[i].data, batch.cells[i].size, hash);
            uint8_t kind = batch.kinds == NULL ? VG_CELL_TEXT : batch.kinds[i]; /* what starts with PK may be a table of text */
            VG_ASSERT(kind <= VG_CELL_DATE && (kind != VG_CELL_DATE || batch.cells[i].size == 10));
        }
    }
    vg_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && data[0] == 'P' && data[1] == 'K') {
        read_all(data, size);
        return 0;
    }
    size_t packed_size = 0;
    char *packed = pack((const char *)data, size, &packed_size);
    read_all(packed, packed_size);
    free(packed);
    return 0;
}
