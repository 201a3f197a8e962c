/*
 * libFuzzer target: any bytes as a dated phylogeny of three cases. Reading ends in a tree whose nodes are later than their parents, or in a message.
 */
#include "trace/chains/chains.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vg_chain_case cases[] = {{.day = 10}, {.day = 12}, {.day = 15}};
    struct vg_text ids[] = {vg_text_from("a"), vg_text_from("b b"), vg_text_from("c")};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_phylogeny tree;
    vg_arena_init(&arena, (size_t)16 << 20);
    vg_status status = vg_chains_newick(vg_text_of((const char *)data, size), ids, cases, 3, &arena, &tree, &error);
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    for (uint32_t v = 0; status == VG_OK && v < 5; v++) {
        VG_ASSERT((v == 4) == (tree.parents[v] == VG_CHAIN_NONE));
        VG_ASSERT(v == 4 || (tree.parents[v] > v && tree.parents[v] < 5 && tree.times[tree.parents[v]] < tree.times[v]));
    }
    vg_arena_release(&arena);
    return 0;
}
