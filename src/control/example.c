/*
 * The outbreak itself: a stochastic renewal process in coupled places. The mean of today's infections in place i is
 *   R_i(t) S_i / N_i * sum_j F_ij / N_j * sum_s g(s) I_j(t - s)
 * with symmetric flows F of contacts, and the number drawn is negative binomial (some people infect many). Each place
 * and day has its own counter-based random stream, so the result does not depend on threads.
 * Renewal equation: Fraser 2007, PLoS ONE 2:e758; overdispersion: Lloyd-Smith et al. 2005, Nature 438:355.
 */
#include "control/example_internal.h"

#include <math.h>

/* The first infections come by the port, the airport of the valley and the islands in the first three weeks. */
static double import_mean(const struct vg_example *example, size_t municipality, int day)
{
    double scale = example->options.scale;
    if (day > 21)
        return 0;
    switch (municipality) {
    case 0:
        return 24.0 * scale;
    case 6:
        return 6.7 * scale;
    case 30:
        return 2.7 * scale;
    default:
        return 0;
    }
}

static double infectiousness(const struct vg_example *example, size_t municipality, int day)
{
    double total = 0;
    for (int s = 1; s < VG_EXAMPLE_GENERATION_DAYS && s <= day; s++)
        total += example->generation[s] * example->infections[vg_example_at(municipality, day - s)];
    return total;
}

static void run_day(struct vg_example *example, int day, const double *habits, double *infected_so_far)
{
    const size_t n = VG_EXAMPLE_MUNICIPALITIES;
    double prevalence[VG_EXAMPLE_MUNICIPALITIES]; /* infectiousness a head */
    for (size_t m = 0; m < n; m++)
        prevalence[m] = infectiousness(example, m, day) / example->municipalities[m].population;
    for (size_t m = 0; m < n; m++) {
        double population = example->municipalities[m].population, met = 0;
        double susceptible = fmax(population - infected_so_far[m], 0);
        size_t at = vg_example_at(m, day);
        for (size_t j = 0; j < n; j++)
            met += example->flow[m * n + j] * prevalence[j];
        example->rt[at] = vg_example_planned_rt(example, m, habits[m], day) * susceptible / population;
        example->expected[at] = example->rt[at] * met;
        struct vg_random draw = vg_random_stream(example->options.seed, (uint32_t)m, (uint32_t)day, PURPOSE_INFECTIONS);
        struct vg_random arrival = vg_random_stream(example->options.seed, (uint32_t)m, (uint32_t)day, PURPOSE_IMPORTS);
        double mean = example->expected[at], imported = import_mean(example, m, day), born = 0;
        if (mean > 0)
            born = (double)vg_random_negative_binomial(&draw, mean, mean / (VG_EXAMPLE_VARIANCE_RATIO - 1));
        example->imports[at] = imported > 0 ? (double)vg_random_poisson(&arrival, imported) : 0;
        example->infections[at] = fmin(born + example->imports[at], susceptible);
    }
    for (size_t m = 0; m < n; m++)
        infected_so_far[m] += example->infections[vg_example_at(m, day)];
}

static vg_status check_options(const struct vg_example_options *options, struct vg_error *error)
{
    int32_t first = vg_date_from_civil(1900, 1, 1), last = vg_date_from_civil(2199, 12, 31);
    if (options->end < first + VG_EXAMPLE_DAYS || options->end > last)
        return vg_fail(error, VG_USAGE_ERROR, "the example must end between 1900 and 2199");
    if (options->scale != 0 && !(options->scale >= 0.01 && options->scale <= 100))
        return vg_fail(error, VG_USAGE_ERROR, "the example's scale is %g, but must be from 0.01 to 100", options->scale);
    return VG_OK;
}

vg_status vg_control_example(const struct vg_example_options *options, struct vg_pool *pool, struct vg_arena *arena,
                             struct vg_example *example, struct vg_error *error)
{
    const size_t n_cells = (size_t)VG_EXAMPLE_MUNICIPALITIES * VG_EXAMPLE_DAYS;
    double infected_so_far[VG_EXAMPLE_MUNICIPALITIES] = {0}, habits[VG_EXAMPLE_MUNICIPALITIES];
    vg_status status = check_options(options, error);
    if (status != VG_OK)
        return status;
    *example = (struct vg_example){.options = *options, .end = options->end, .start = options->end - (VG_EXAMPLE_DAYS - 1)};
    if (example->options.scale == 0)
        example->options.scale = 1;
    vg_example_world_init(example);
    vg_example_draw_habits(example, habits);
    double **daily[] = {&example->rt, &example->expected, &example->infections, &example->imports, &example->onsets};
    for (size_t i = 0; i < sizeof(daily) / sizeof(daily[0]); i++) {
        *daily[i] = VG_ARENA_ARRAY(arena, double, n_cells);
        if (!*daily[i])
            return vg_fail_memory(error, n_cells * sizeof(double));
    }
    for (int day = 0; day < VG_EXAMPLE_DAYS; day++)
        run_day(example, day, habits, infected_so_far);
    return vg_example_make_cases(example, pool, arena, error);
}

bool vg_control_example_add_places(const struct vg_example *example, struct vg_place_list *list,
                                   uint32_t municipalities[VG_EXAMPLE_MUNICIPALITIES])
{
    double total = 0;
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++)
        total += example->provinces[p].population;
    struct vg_place country = {.code = VG_EXAMPLE_COUNTRY,
                               .name = "Vallemar",
                               .names = {[VG_ES] = "Vallemar (inventado)",
                                         [VG_PT] = "Vallemar (inventado)",
                                         [VG_EN] = "Vallemar (invented)",
                                         [VG_FR] = "Vallemar (inventé)",
                                         [VG_ZH] = "瓦列马尔（虚构）"},
                               .alternative_names = "XVM",
                               .parent = VG_PLACE_NONE,
                               .level = VG_LEVEL_COUNTRY,
                               .population = total,
                               .latitude = -39,
                               .longitude = -100};
    uint32_t root = vg_place_list_add(list, &country), province_index[VG_EXAMPLE_PROVINCES] = {0};
    if (root == VG_PLACE_NONE)
        return false;
    for (size_t i = 0; i < VG_EXAMPLE_PROVINCES + VG_EXAMPLE_MUNICIPALITIES; i++) {
        bool is_province = i < VG_EXAMPLE_PROVINCES;
        size_t m = is_province ? 0 : i - VG_EXAMPLE_PROVINCES;
        const struct vg_example_place *place = is_province ? &example->provinces[i] : &example->municipalities[m];
        char code[16];
        snprintf(code, sizeof code, VG_EXAMPLE_COUNTRY "-%s", place->code);
        struct vg_place entry = {.code = code,
                                 .name = place->name,
                                 .alternative_names = place->code,
                                 .parent = is_province ? root : province_index[example->province_of[m]],
                                 .level = is_province ? VG_LEVEL_ADMIN1 : VG_LEVEL_ADMIN2,
                                 .population = place->population,
                                 .latitude = place->latitude,
                                 .longitude = place->longitude};
        uint32_t index = vg_place_list_add(list, &entry);
        if (index == VG_PLACE_NONE)
            return false;
        if (is_province)
            province_index[i] = index;
        else if (municipalities)
            municipalities[m] = index;
    }
    return true;
}
