/*
 * A served node with a wave of cases in two places of Colombia, each reported up to ten days late.
 */
#ifndef SERVED_WAVE_H
#define SERVED_WAVE_H

#include "served_node.h"

#define FIRST_DAY 18628 /* 2021-01-01 */
#define N_DAYS 90
#define MAX_CASES 20000

/* Takes in a wave of cases in two places, reported up to ten days late. factor scales it, so that a second file differs. */
static inline void import_cases(const char *folder, double factor, const char *hash)
{
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_store *store = NULL;
    struct vg_error error;
    struct vg_store_import_summary summary;
    vg_arena_init(&arena, 0);
    vg_place_list_init(&places, &arena);
    uint32_t country = vg_place_list_add(
        &places, &(struct vg_place){
                     .code = "CO", .name = "Colombia", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .population = 5e7});
    uint32_t units[2] = {
        vg_place_list_add(
            &places,
            &(struct vg_place){
                .code = "CO-ANT", .name = "Antioquia", .parent = country, .level = VG_LEVEL_ADMIN1, .population = 6e6}),
        vg_place_list_add(
            &places,
            &(struct vg_place){
                .code = "CO-DC", .name = "Bogotá", .parent = country, .level = VG_LEVEL_ADMIN1, .population = 8e6}),
    };
    struct vg_case_table cases = {.place = VG_ARENA_ARRAY(&arena, uint32_t, MAX_CASES),
                                  .age_years = VG_ARENA_ARRAY(&arena, int16_t, MAX_CASES),
                                  .sex = VG_ARENA_ARRAY(&arena, uint8_t, MAX_CASES),
                                  .identity_hash = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES),
                                  .content_hash = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES),
                                  .id = VG_ARENA_ARRAY(&arena, struct vg_text, MAX_CASES),
                                  .line = VG_ARENA_ARRAY(&arena, uint64_t, MAX_CASES)};
    cases.dates[VG_CASE_ONSET] = VG_ARENA_ARRAY(&arena, int32_t, MAX_CASES);
    cases.dates[VG_CASE_REPORT] = VG_ARENA_ARRAY(&arena, int32_t, MAX_CASES);
    struct vg_random random = vg_random_stream(5, 0, 0, 0);
    for (int day = 0; day < N_DAYS; day++) {
        int64_t n = vg_random_poisson(&random, factor * (5 + 40 * exp(-0.5 * pow((day - 55) / 20.0, 2))));
        for (int64_t i = 0; i < n; i++) {
            size_t row = cases.n_cases;
            int32_t report = FIRST_DAY + day + (int32_t)vg_random_below(&random, 11);
            if (report > FIRST_DAY + N_DAYS - 1) {
                continue;
            }
            cases.dates[VG_CASE_ONSET][row] = FIRST_DAY + day;
            cases.dates[VG_CASE_REPORT][row] = report;
            cases.place[row] = units[vg_random_below(&random, 2)];
            cases.age_years[row] = (int16_t)vg_random_below(&random, 90);
            cases.sex[row] = (uint8_t)(1 + vg_random_below(&random, 2));
            cases.identity_hash[row] = vg_hash_bytes(&row, sizeof row, 1);
            cases.content_hash[row] = vg_hash_bytes(&row, sizeof row, 2);
            cases.id[row] = vg_text_from(vg_arena_format(&arena, "%zu", row));
            cases.line[row] = row + 2;
            cases.n_cases++;
        }
    }
    struct vg_store_import import = {.dataset = {.name = "wave",
                                                 .title = "A wave",
                                                 .disease = "covid19",
                                                 .country = "CO",
                                                 .kind = VG_DATASET_CASES,
                                                 .nature = VG_NATURE_SIMULATED},
                                     .file_name = "wave.csv",
                                     .file_hash = hash,
                                     .profile = "test",
                                     .file_bytes = 1,
                                     .rows_read = cases.n_cases,
                                     .published = FIRST_DAY + N_DAYS - 1,
                                     .places = &places,
                                     .cases = &cases};
    vg_assert_ok(vg_store_open(folder, VG_STORE_WRITE, &store, &error), error);
    vg_assert_ok(vg_store_import(store, &import, &summary, &error), error);
    vg_store_close(store);
    vg_arena_release(&arena);
}

static inline int make_node(void **state)
{
    if (!new_node(state, vg_store_create)) {
        return -1;
    }
    import_cases(((struct node *)*state)->folder, 1, "aa");
    return start_server(*state, &(struct vg_server_options){0}) ? 0 : -1;
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, make_node, drop_node)

#endif
