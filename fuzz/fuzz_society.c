/*
 * libFuzzer target: any bytes as one of the tables that a scenario is made of; the first byte says which. What is taken must hold together: bands in order,
 * shares that sum to 1, numbers that are numbers.
 */
#include "intake/society/society.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static vg_status read_matrices(const struct vg_table_source *source, int setting, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_contact_matrices matrices = {.bands.count = 0};
    bool given[VG_SETTING_COUNT] = {false};
    const struct vg_contacts_wanted wanted = {.setting = setting};
    vg_status status = vg_intake_read_contacts(source, &wanted, arena, &matrices, given, error);
    for (size_t cell = 0; status == VG_OK && cell < matrices.bands.count * matrices.bands.count; cell++) {
        for (size_t k = 0; k < VG_SETTING_COUNT; k++) {
            VG_ASSERT(matrices.contacts[k][cell] >= 0.0 && isfinite(matrices.contacts[k][cell]));
        }
    }
    VG_ASSERT(status != VG_OK || vg_age_bands_valid(&matrices.bands));
    return status;
}

static vg_status read_places(const struct vg_table_source *source, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_municipality_list list;
    struct vg_flow_table flows;
    vg_status status = vg_intake_read_municipalities(source, arena, &list, error);
    for (size_t i = 0; status == VG_OK && i < list.count; i++) {
        VG_ASSERT(list.items[i].code[0] != '\0' && list.items[i].population >= 0.0);
        double sum = 0.0;
        for (size_t band = 0; band < list.bands.count; band++) {
            sum += list.age_share[i * list.bands.count + band];
        }
        VG_ASSERT(list.bands.count == 0 || isnan(sum) || fabs(sum - 1.0) < 1e-9);
    }
    if (status == VG_OK) { /* the same bytes as flows: mostly refused */
        vg_status as_flows = vg_intake_read_flows(source, &list, arena, &flows, NULL);
        VG_ASSERT(as_flows != VG_OK || flows.n_flows > 0);
    }
    return status;
}

static vg_status read_numbers(const struct vg_table_source *source, unsigned kind, struct vg_error *error)
{
    struct vg_age_pyramid pyramid;
    struct vg_household_sizes sizes;
    if (kind == 0) {
        vg_status status = vg_intake_read_age_pyramid(source, &pyramid, error);
        VG_ASSERT(status != VG_OK || vg_age_pyramid_total(&pyramid) > 0.0);
        return status;
    }
    vg_status status = vg_intake_read_household_sizes(source, &sizes, error);
    VG_ASSERT(status != VG_OK || (sizes.mean >= 1.0 && sizes.mean <= VG_HOUSEHOLD_SIZE_MAX));
    return status;
}

static vg_status read_facts(const struct vg_table_source *source, unsigned kind, struct vg_arena *arena, struct vg_error *error)
{
    static const char products[] = "product,doses,interval_days\na,2,21\nb,1,0\n", course[] = "disease,parameter,ages,value,source\nx,generation_time_mean_days,,4,s\nx,generation_time_sd_days,,2,s\nx_y,relative_transmissibility,,2,s\n";
    const struct vg_table_source product_table = {.path = "products.csv", .data = products, .size = sizeof products - 1}, course_table = {.path = "course.csv", .data = course, .size = sizeof course - 1};
    struct vg_disease_facts facts;
    struct vg_vaccines vaccines;
    switch (kind) {
    case 0: return vg_intake_read_disease(source, NULL, vg_text_from("x"), &facts, error);
    case 1: return vg_intake_read_disease(&course_table, source, vg_text_from("x"), &facts, error);
    case 2: return vg_intake_read_vaccines(source, &product_table, arena, &vaccines, error);
    default: return vg_intake_read_vaccines(&product_table, source, arena, &vaccines, error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_arena arena;
    struct vg_error error = {.status = VG_OK};
    if (size == 0) {
        return 0;
    }
    unsigned kind = data[0] % 9;
    /* 8 MiB: a small input must not keep the fuzzer busy unpacking. */
    const struct vg_table_source source = {.path = "fuzz.csv", .data = data + 1, .size = size - 1, .reader = {.limit_bytes = (size_t)8 << 20}};
    vg_arena_init(&arena, (size_t)256 << 20);
    vg_status status = kind == 0   ? read_matrices(&source, -1, &arena, &error)
                       : kind == 1 ? read_matrices(&source, VG_SETTING_HOME, &arena, &error)
                       : kind == 2 ? read_places(&source, &arena, &error)
                       : kind < 5  ? read_numbers(&source, kind - 3, &error)
                                   : read_facts(&source, kind - 5, &arena, &error);
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    vg_arena_release(&arena);
    return 0;
}
