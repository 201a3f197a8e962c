/*
 * libFuzzer target: any bytes as a file that somebody imports: its kind is recognised, a profile chosen, dates, places, counts and shapes are read. What comes
 * out must be whole: as many rows as taken, places that exist, dates within the calendar, shapes that are text.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_result(const struct vg_intake_result *result, const struct vg_place_list *places)
{
    for (size_t i = 0; i < result->cases.n_cases; i++) {
        VG_ASSERT(result->cases.place == NULL || result->cases.place[i] == VG_PLACE_NONE || result->cases.place[i] < places->count);
        for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
            int32_t value = result->cases.dates[date] == NULL ? VG_DATE_NONE : result->cases.dates[date][i];
            VG_ASSERT(value == VG_DATE_NONE || abs(value) < 4000000);
        }
    }
    for (size_t i = 0; i < result->counts.n_counts; i++) {
        VG_ASSERT(result->counts.place[i] < places->count || result->counts.place[i] == VG_PLACE_NONE);
        VG_ASSERT(result->counts.measure[i] < vg_measure_count());
    }
    for (size_t i = 0; i < result->n_shapes; i++) {
        VG_ASSERT(result->shapes[i].place < places->count && strlen(result->shapes[i].geojson) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vg_arena shared; /* the shipped profiles, parsed once */
    static struct vg_profile_set *profiles;
    struct vg_error error = {0};
    if (profiles == NULL) {
        vg_arena_init(&shared, 0);
        VG_ASSERT(vg_profile_set_load(NULL, 0, &shared, &profiles, &error) == VG_OK);
    }
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_intake_result result;
    vg_arena_init(&arena, (size_t)1 << 30);
    vg_place_list_init(&places, &arena);
    (void)vg_place_list_add(&places, &(struct vg_place){.code = "CO", .name = "Colombia", .parent = VG_PLACE_NONE});
    struct vg_intake_options options = {.profiles = profiles, .published = VG_DATE_NONE, .date_order = VG_DATE_ORDER_DMY, .century = 2000, .country = "CO"};
    bool shapes = size > 0 && data[0] == '{';
    vg_status status = vg_intake_read_memory(shapes ? "fuzz.geojson" : "fuzz_2020-05-04.csv", data, size, &options, &places, &arena, &result, &error);
    if (status == VG_OK) {
        check_result(&result, &places);
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_arena_release(&arena);
    return 0;
}
