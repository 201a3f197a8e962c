/*
 * libFuzzer target: any bytes as a scenario that a user wrote. Reading ends in a scenario that prints and reads back the same, or in a message with the file's name.
 */
#include "intake/scenario/scenario.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_scenario scenario;
    struct vg_buffer first;
    struct vg_buffer second;
    vg_arena_init(&arena, (size_t)64 << 20);
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    vg_status status = vg_intake_scenario_parse("fuzz.toml", vg_text_of((const char *)data, size), &arena, &scenario, &error);
    if (status == VG_OK) {
        vg_intake_scenario_print(&scenario, &first);
        VG_ASSERT(vg_intake_scenario_parse("fuzz.toml", vg_text_of(first.data, first.size), &arena, &scenario, &error) == VG_OK || arena.failed);
        vg_intake_scenario_print(&scenario, &second);
        VG_ASSERT(arena.failed || (first.size == second.size && memcmp(first.data, second.data, first.size) == 0));
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_buffer_release(&first);
    vg_buffer_release(&second);
    vg_arena_release(&arena);
    return 0;
}
