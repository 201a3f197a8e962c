/*
 * libFuzzer target: any bytes as a scenario or an exercise that a user wrote. Reading ends in one that prints and reads back the same, or in a message with the file's name.
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
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    /* As a simulation, as an exercise in full and explained: what is printed reads back, and printed once more it is the same. */
    static void (*const prints[])(const struct vg_scenario *, struct vg_buffer *) = {vg_intake_scenario_print, vg_intake_exercise_print, vg_intake_exercise_explain};
    for (size_t i = 0; i < sizeof prints / sizeof *prints && status == VG_OK; i++) {
        struct vg_scenario again;
        vg_buffer_clear(&first);
        vg_buffer_clear(&second);
        prints[i](&scenario, &first);
        VG_ASSERT(vg_intake_scenario_parse("fuzz.toml", vg_text_of(first.data, first.size), &arena, &again, &error) == VG_OK || arena.failed);
        prints[i](&again, &second);
        VG_ASSERT(arena.failed || (first.size == second.size && memcmp(first.data, second.data, first.size) == 0));
    }
    vg_buffer_release(&first);
    vg_buffer_release(&second);
    vg_arena_release(&arena);
    return 0;
}
