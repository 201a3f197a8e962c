/*
 * libFuzzer target: any bytes as a profile that a user wrote. Parsing ends in a profile with its facts, or in a message; never in anything else.
 */
#include "intake/intake.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_profile *profile = NULL;
    vg_arena_init(&arena, 0);
    vg_status status = vg_profile_parse("fuzz.profile", (const char *)data, size, &arena, &profile, &error);
    if (status == VG_OK) {
        struct vg_profile_facts facts;
        vg_profile_get_facts(profile, &facts);
        VG_ASSERT(facts.name != NULL && strlen(facts.name) > 0);
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_arena_release(&arena);
    return 0;
}
