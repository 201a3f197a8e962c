/*
 * libFuzzer target: any bytes as a list of aliases of lineages. What was read answers every question about its own names, and what a name is short for is short
 * for it again.
 */
#include "trace/genome/pango/pango.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"A", "B.1", "BA.2.75.1", "B.1.1.529.2.75.1.3", "XBB.1.5", "X", "", "..", "B.", "Q.1"};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_pango *pango = NULL;
    char full[VG_PANGO_BYTES], brief[VG_PANGO_BYTES], again[VG_PANGO_BYTES];
    vg_arena_init(&arena, 0);
    if (vg_pango_parse("fuzz", vg_text_of((const char *)data, size), &arena, &pango, &error) == VG_OK) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct vg_text name = vg_text_from(names[i]);
            size_t full_size = vg_pango_expand(pango, name, full);
            if (full_size > 0 && vg_pango_compress(pango, name, brief) > 0) {
                size_t again_size = vg_pango_expand(pango, vg_text_from(brief), again);
                VG_ASSERT(again_size == full_size && memcmp(full, again, full_size) == 0);
                VG_ASSERT(vg_pango_descends(pango, name, name));
            }
            if (vg_pango_parent(pango, name, brief) > 0) {
                VG_ASSERT(vg_pango_descends(pango, name, vg_text_from(brief)));
            }
            for (size_t j = 0; j < i; j++) {
                (void)vg_pango_common(pango, name, vg_text_from(names[j]), full);
            }
        }
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_arena_release(&arena);
    return 0;
}
