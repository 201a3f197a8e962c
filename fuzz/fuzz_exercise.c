/*
 * libFuzzer target: any bytes as an exercise's scenario. What is accepted is within its bounds and says the same when it is printed and read again.
 */
#include "control/exercise/exercise.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_exercise_parameters parameters, again;
    struct vg_error error = {0};
    vg_status status = vg_exercise_parse("fuzz.txt", (const char *)data, size, &parameters, &error);
    if (status != VG_OK) {
        VG_ASSERT(error.message[0] != '\0');
        return 0;
    }
    struct vg_buffer first, second;
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    for (const struct vg_exercise_field *field = vg_exercise_fields; field->name != NULL; field++) {
        double value = *(const double *)(const void *)((const char *)&parameters + field->offset);
        VG_ASSERT(value >= field->low && value <= field->high);
    }
    vg_exercise_print(&parameters, false, &first);
    VG_ASSERT(vg_exercise_parse("printed", first.data, first.size, &again, &error) == VG_OK);
    vg_exercise_print(&again, false, &second);
    VG_ASSERT(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    vg_buffer_release(&first);
    vg_buffer_release(&second);
    return 0;
}
