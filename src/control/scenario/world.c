/*
 * The world of a scenario: population from ages, household sizes and municipalities; contacts fitted to what its households and places offer;
 * the disease by age group; transmission set to the reproduction number. One for all runs and scenarios of a file.
 */
#include "control/scenario/scenario.h"

#include "control/course/course.h"
#include "control/mixing/mixing.h"
#include "control/theory/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_MOST 440
#define TYPES_OF_MANY 256          /* above so many municipalities, as each keeps a number of households of every type */
#define MANY_MUNICIPALITIES 5000
#define ENTRIES_AIM 1900
#define SAMPLE_PERSONS 60000
#define HOUSEHOLD_SCALING 0.5

_Static_assert(VG_SCENARIO_GROUPS_MAX == VG_GROUPS_MAX, "what a file may have the engine takes");

struct building {
    const struct vg_scenario *scenario;
    const struct vg_scenario_facts *facts;
    struct vg_scenario_world *world;
    struct vg_pool *pool;
    struct vg_error *error;
    struct vg_age_bands bands;
    double school[VG_AGES_MAX], work[VG_AGES_MAX], staff_share; /* of an age group; of workers */
};

static vg_status no_memory(const struct building *b)
{
    return vg_fail_memory(b->error, 0);
}

/* ------------------------------------------------------------- population */

static void take_roles(struct building *b)
{
    struct vg_mixing_assumptions assumed = vg_mixing_assumptions_default();
    struct vg_age_pyramid pupils = {{0}};
    struct vg_age_pyramid workers = {{0}};
    double all[VG_AGES_MAX];
    double in_school[VG_AGES_MAX];
    double at_work[VG_AGES_MAX];
    for (size_t year = 0; year < VG_AGE_YEARS; year++) {
        pupils.population[year] = b->facts->pyramid->population[year] * assumed.attendance[year];
        workers.population[year] = b->facts->pyramid->population[year] * assumed.employment[year];
    }
    vg_age_pyramid_group(b->facts->pyramid, &b->bands, all);
    vg_age_pyramid_group(&pupils, &b->bands, in_school);
    vg_age_pyramid_group(&workers, &b->bands, at_work);
    for (size_t a = 0; a < b->bands.count; a++) {
        b->school[a] = all[a] > 0 ? in_school[a] / all[a] : 0;
        b->work[a] = all[a] > 0 ? fmin(at_work[a] / all[a], 1 - b->school[a]) : 0;
    }
    double n_workers = vg_age_pyramid_total(&workers);
    b->staff_share = n_workers > 0 ? fmin(0.5, vg_age_pyramid_total(&pupils) / assumed.pupils_per_teacher / n_workers) : 0;
}

static vg_status take_types(const struct building *b, const double *age_share, struct vg_household_type **types, size_t *n_types)
{
    const struct vg_household_sizes *sizes = b->facts->households;
    double size_share[VG_HOUSEHOLD_MAX];
    for (size_t size = 0; size < VG_HOUSEHOLD_MAX; size++) {
        size_share[size] = sizes->share[size + 1];
    }
    struct vg_household_rules rules = {.seed = (uint64_t)b->scenario->seed, .n_ages = b->bands.count, .age_from = b->world->age_from, .age_share = age_share, .school_share = b->school,
                                       .work_share = b->work, .staff_share = b->staff_share, .n_sizes = VG_HOUSEHOLD_MAX, .size_share = size_share};
    *n_types = (size_t)fmin(b->world->n_municipalities > MANY_MUNICIPALITIES ? TYPES_OF_MANY : TYPES_MOST, ENTRIES_AIM / (1.3 * fmax(1, sizes->mean)));
    *types = VG_ARENA_ARRAY(&b->world->arena, struct vg_household_type, *n_types);
    return *types == NULL ? no_memory(b) : vg_population_household_types(&rules, *n_types, *types, b->error);
}

/* A municipality's own ages where the table has them, else the country's. */
static vg_status take_age_shares(const struct building *b, const double *country, double *shares)
{
    const struct vg_municipality_list *list = b->facts->municipalities;
    for (size_t m = 0; m < list->count; m++) {
        double *row = shares + m * b->bands.count;
        const double *given = list->age_share == NULL ? NULL : list->age_share + m * list->bands.count;
        if (given != NULL && !isnan(given[0])) {
            struct vg_age_pyramid pyramid;
            vg_age_pyramid_from_bands(&list->bands, given, &pyramid);
            vg_age_pyramid_group(&pyramid, &b->bands, row);
        } else {
            memcpy(row, country, b->bands.count * sizeof *row);
        }
    }
    return VG_OK;
}

static vg_status take_municipalities(const struct building *b, double scale, uint32_t *persons)
{
    const struct vg_municipality_list *list = b->facts->municipalities;
    struct vg_scenario_world *world = b->world;
    world->code = VG_ARENA_ARRAY(&world->arena, const char *, list->count);
    world->parent = VG_ARENA_ARRAY(&world->arena, const char *, list->count);
    if (world->code == NULL || world->parent == NULL) {
        return no_memory(b);
    }
    for (size_t m = 0; m < list->count; m++) {
        double wanted = list->items[m].population * scale;
        if (!(wanted >= 0 && wanted < 4e9)) {
            return vg_fail(b->error, VG_DATA_ERROR, "%s: municipality %s has no population", b->scenario->file_name, list->items[m].code);
        }
        persons[m] = (uint32_t)fmax(1, floor(wanted + 0.5));
        world->code[m] = list->items[m].code;
        world->parent[m] = list->items[m].parent;
    }
    return VG_OK;
}

/* Who is in which group: by place where a table says it, else by age. */
static vg_status group_shares(const struct building *b, size_t g, double *share)
{
    const struct vg_scenario_group *group = &b->scenario->groups[g];
    const struct vg_municipality_list *list = b->facts->municipalities;
    const double *by_place = b->facts->group_shares[g];
    for (size_t i = 0; i < list->count * b->bands.count; i++) {
        size_t m = i / b->bands.count;
        int from = b->bands.lower_years[i % b->bands.count];
        bool known = by_place != NULL && !isnan(by_place[m]);
        if (!known && group->share_percent.count == 0) {
            return vg_fail(b->error, VG_DATA_ERROR, "%s, line %u, column 1: [[group]] \"%s\" has no share for the place %s, and no share_percent for places without", b->scenario->file_name, group->line,
                           group->name, list->items[m].code);
        }
        share[i] = (!vg_scenario_group_covers(group, from) ? 0 : known ? by_place[m] : vg_scenario_group_percent(group, from)) / 100;
    }
    return VG_OK;
}

static vg_status take_groups(const struct building *b, struct vg_population_input *input)
{
    struct vg_arena *arena = &b->world->arena;
    size_t n = b->scenario->n_groups, cells = b->facts->municipalities->count * b->bands.count;
    struct vg_group *groups = VG_ARENA_ARRAY(arena, struct vg_group, n + 1);
    double *sum = VG_ARENA_ARRAY(arena, double, cells);
    for (size_t g = 0; g < n && !arena->failed; g++) {
        double *share = VG_ARENA_ARRAY(arena, double, cells);
        vg_status status = share == NULL ? no_memory(b) : group_shares(b, g, share);
        if (status != VG_OK) {
            return status;
        }
        for (size_t i = 0; i < cells; i++) {
            sum[i] += share[i];
            if (sum[i] > 1 + 1e-9) {
                return vg_fail(b->error, VG_DATA_ERROR, "%s, line %u, column 1: [[group]] \"%s\" and those before it have %.4g %% of the people from %d years in the place %s; nobody is in two groups",
                               b->scenario->file_name, b->scenario->groups[g].line, b->scenario->groups[g].name, 100 * sum[i], b->bands.lower_years[i % b->bands.count],
                               b->facts->municipalities->items[i / b->bands.count].code);
            }
        }
        groups[g] = (struct vg_group){share, b->scenario->groups[g].contacts};
    }
    input->n_groups = n;
    input->groups = groups;
    return arena->failed ? no_memory(b) : VG_OK;
}

static vg_status take_population(struct building *b, double scale)
{
    struct vg_scenario_world *world = b->world;
    struct vg_arena *arena = &world->arena;
    size_t n = b->facts->municipalities->count;
    uint32_t *persons = VG_ARENA_ARRAY(arena, uint32_t, n);
    double *shares = VG_ARENA_ARRAY(arena, double, n *b->bands.count);
    double country[VG_AGES_MAX];
    struct vg_flows commuting;
    struct vg_flows travel;
    struct vg_population_input input = {.seed = (uint64_t)b->scenario->seed, .n_ages = b->bands.count, .age_from = world->age_from, .n_municipalities = n, .persons = persons,
                                        .age_share = shares, .school_size = b->scenario->place.school_size, .work_size = b->scenario->place.work_size};
    struct vg_household_type *types = NULL;
    if (persons == NULL || shares == NULL) {
        return no_memory(b);
    }
    vg_age_pyramid_group(b->facts->pyramid, &b->bands, country);
    take_roles(b);
    vg_status status = take_municipalities(b, scale, persons);
    if (status == VG_OK) {
        status = take_age_shares(b, country, shares);
    }
    if (status == VG_OK) {
        status = take_types(b, country, &types, &input.n_types);
    }
    input.types = types;
    if (status == VG_OK && b->facts->commuting != NULL) {
        status = vg_commuting_flows(b->facts->commuting, arena, &commuting, b->error);
        input.commuting = &commuting;
    }
    if (status == VG_OK && b->facts->travel != NULL) {
        status = vg_commuting_flows(b->facts->travel, arena, &travel, b->error);
        input.travel = &travel;
    }
    if (status == VG_OK) {
        status = take_groups(b, &input);
    }
    if (status == VG_OK) {
        status = vg_population_new(&input, b->pool, &world->population, b->error);
    }
    world->persons = status == VG_OK ? (double)vg_population_size(world->population) : 0;
    return status;
}

/* ---------------------------------------------------------------- contacts */

/* Share of each age group that is in school and at work, from every so many-th person. */
static void sample_layers(const struct building *b, double in_layer[2][VG_AGES_MAX])
{
    const struct vg_population *population = b->world->population;
    size_t size = vg_population_size(population);
    size_t step = size / SAMPLE_PERSONS + 1;
    double seen[VG_AGES_MAX] = {0};
    memset(in_layer, 0, 2 * sizeof in_layer[0]);
    for (size_t person = 0; person < size; person += step) {
        struct vg_person p = vg_population_person(population, (uint32_t)person, 0);
        seen[p.age_group] += 1;
        in_layer[0][p.age_group] += p.pool[VG_LAYER_SCHOOL] != UINT32_MAX ? 1 : 0;
        in_layer[1][p.age_group] += p.pool[VG_LAYER_WORK] != UINT32_MAX ? 1 : 0;
    }
    for (size_t a = 0; a < b->bands.count; a++) {
        in_layer[0][a] = seen[a] > 0 ? in_layer[0][a] / seen[a] : 0;
        in_layer[1][a] = seen[a] > 0 ? in_layer[1][a] / seen[a] : 0;
    }
}

/*
 * Contacts of an age with few people in a layer would be more a person than its place holds: what exceeds twice the place goes to the community
 * between the same ages, by the smaller of the two ages' factors, so that both directions stay equal.
 */
static void limit_contacts(const struct building *b, double *daily)
{
    size_t n = b->bands.count;
    double in_layer[2][VG_AGES_MAX];
    const unsigned layers[] = {VG_LAYER_SCHOOL, VG_LAYER_WORK};
    const double sizes[] = {b->scenario->place.school_size, b->scenario->place.work_size};
    sample_layers(b, in_layer);
    for (size_t i = 0; i < 2; i++) {
        double *of = daily + layers[i] * n * n;
        double factor[VG_AGES_MAX];
        for (size_t a = 0; a < n; a++) {
            double sum = 0;
            for (size_t other = 0; other < n; other++) {
                sum += of[a * n + other];
            }
            factor[a] = sum > 0 ? fmin(1, 2 * sizes[i] * in_layer[i][a] / sum) : 1;
        }
        for (size_t cell = 0; cell < n * n; cell++) {
            double kept = of[cell] * fmin(factor[cell / n], factor[cell % n]);
            daily[VG_LAYER_COMMUNITY * n * n + cell] += of[cell] - kept;
            of[cell] = kept;
        }
    }
}

static vg_status take_contacts(struct building *b)
{
    struct vg_scenario_world *world = b->world;
    struct vg_arena *arena = &world->arena;
    size_t n = b->bands.count;
    double *daily = VG_ARENA_ARRAY(arena, double, VG_LAYERS *n *n);
    struct vg_contact_matrices wanted;
    struct vg_mixing_supply supply[VG_SETTING_COUNT];
    struct vg_mixing_fit fit;
    if (daily == NULL) {
        return no_memory(b);
    }
    vg_status status = b->facts->contacts != NULL ? vg_mixing_regroup(b->facts->contacts, b->facts->pyramid, &b->bands, arena, &wanted, b->error)
                                                  : vg_mixing_default(b->facts->pyramid, NULL, &b->bands, arena, &wanted, b->error);
    if (status == VG_OK) {
        status = vg_mixing_supply_of_population(world->population, n, world->n_municipalities, SAMPLE_PERSONS, HOUSEHOLD_SCALING, arena, supply, world->age_persons, b->error);
    }
    if (status == VG_OK) {
        status = vg_mixing_fit(&wanted, world->age_persons, supply, arena, &fit, b->error);
    }
    if (status == VG_OK) {
        vg_mixing_engine_contacts(&fit, b->facts->travel == NULL ? 0 : b->scenario->place.travel_share, daily);
        limit_contacts(b, daily);
        world->contacts = (struct vg_contacts){.n_sets = 1, .daily = daily};
        world->disease.layer_weight[VG_LAYER_HOUSEHOLD] = fit.layers[VG_SETTING_HOME].weight;
    }
    return status;
}

/* ----------------------------------------------------------------- disease */

static vg_status take_variants(const struct building *b, size_t *variants, size_t *n_variants)
{
    const struct vg_text_list *names = &b->scenario->disease.variants;
    *n_variants = names->count == 0 ? 1 : names->count;
    if (*n_variants > VG_VARIANTS_MAX) {
        return vg_fail(b->error, VG_DATA_ERROR, "%s: at most %d variants are taken", b->scenario->file_name, VG_VARIANTS_MAX);
    }
    for (size_t v = 0; v < *n_variants; v++) {
        variants[v] = names->count == 0 ? 0 : vg_disease_variant(b->facts->disease, vg_text_from(names->items[v]));
        if (variants[v] >= b->facts->disease->n_variants) {
            struct vg_buffer known;
            vg_buffer_init(&known, 0);
            for (size_t k = 0; k < b->facts->disease->n_variants; k++) {
                vg_buffer_format(&known, "%s%s", k == 0 ? "" : ", ", b->facts->disease->variants[k].name);
            }
            vg_status status = vg_fail(b->error, VG_DATA_ERROR, "%s: the disease has no variant \"%s\"; it has %s", b->scenario->file_name, names->items[v], known.failed ? "" : known.data);
            vg_buffer_release(&known);
            return status;
        }
        b->world->variant_names[v] = names->count == 0 ? b->facts->disease->variants[0].name : names->items[v];
    }
    return VG_OK;
}

static bool any_immune(const struct vg_scenario_start *begin)
{
    bool any = begin->immune_share > 0;
    for (size_t a = 0; a < begin->immune_by_age.count; a++) {
        any = any || begin->immune_by_age.items[a] > 0;
    }
    return any;
}

/* The vaccines that the campaigns name; where one names none, the first that the tables have. */
static vg_status take_products(const struct building *b, size_t *products, size_t *n_products)
{
    const struct vg_vaccines *vaccines = b->facts->vaccines;
    for (size_t i = 0; i < b->scenario->n_campaigns; i++) {
        const char *name = b->scenario->campaigns[i].product;
        size_t product = vaccines == NULL ? VG_VACCINE_PRODUCTS_MAX : name == NULL ? 0 : vg_vaccines_product(vaccines, vg_text_from(name));
        size_t known = 0;
        if (vaccines == NULL || product >= vaccines->n_products) {
            return vg_fail(b->error, VG_DATA_ERROR, "%s: campaign \"%s\": there is no vaccine \"%s\"", b->scenario->file_name, b->scenario->campaigns[i].name, name == NULL ? "" : name);
        }
        while (known < *n_products && products[known] != product) {
            known++;
        }
        if (known == VG_PRODUCTS_MAX) {
            return vg_fail(b->error, VG_DATA_ERROR, "%s: at most %d vaccines are taken", b->scenario->file_name, VG_PRODUCTS_MAX);
        }
        products[known] = product;
        *n_products = known == *n_products ? known + 1 : *n_products;
    }
    return VG_OK;
}

static vg_status take_disease(struct building *b)
{
    struct vg_scenario_world *world = b->world;
    const struct vg_scenario_disease *said = &b->scenario->disease;
    size_t variants[VG_VARIANTS_MAX] = {0};
    size_t products[VG_PRODUCTS_MAX] = {0};
    struct vg_course_choice choice = {.bands = b->bands, .pyramid = b->facts->pyramid, .variants = variants, .products = products};
    double home_weight = world->disease.layer_weight[VG_LAYER_HOUSEHOLD];
    vg_status status = take_variants(b, variants, &choice.n_variants);
    if (status == VG_OK) {
        status = take_products(b, products, &choice.n_products);
    }
    if (status == VG_OK) {
        status = vg_course_disease(b->facts->disease, b->facts->vaccines, &choice, &world->arena, &world->disease, b->error);
    }
    world->disease.household_scaling = HOUSEHOLD_SCALING;
    world->disease.layer_weight[VG_LAYER_HOUSEHOLD] = home_weight;
    world->disease.dispersion = isnan(said->dispersion) ? world->disease.dispersion : said->dispersion;
    world->disease.season_amplitude = isnan(said->season_amplitude) ? world->disease.season_amplitude : said->season_amplitude;
    world->disease.season_peak_day = isnan(said->season_peak_day) ? world->disease.season_peak_day : said->season_peak_day;
    if (b->scenario->n_groups > 0) {
        double *severity = VG_ARENA_ARRAY(&world->arena, double, b->scenario->n_groups);
        for (size_t g = 0; severity != NULL && g < b->scenario->n_groups; g++) {
            severity[g] = b->scenario->groups[g].severity;
        }
        world->disease.group_severity = severity;
        status = status == VG_OK && severity == NULL ? no_memory(b) : status;
    }
    memcpy(world->product_of, products, sizeof products);
    world->vaccines = b->facts->vaccines;
    return status;
}

static vg_status take_transmission(struct building *b)
{
    struct vg_scenario_world *world = b->world;
    const struct vg_scenario_disease *said = &b->scenario->disease;
    world->r0 = isnan(said->r0) ? b->facts->disease->course.reproduction_number : said->r0;
    if (!isnan(said->growth_per_day)) {
        double generation[VG_DELAY_DAYS_MAX + 1] = {0};
        for (size_t day = 0; day < world->disease.n_profile && day < VG_DELAY_DAYS_MAX; day++) {
            generation[day + 1] = world->disease.profile[day];
        }
        world->r0 = vg_theory_reproduction_from_growth(said->growth_per_day, generation, world->disease.n_profile + 1);
    }
    world->ngm = VG_ARENA_ARRAY(&world->arena, double, b->bands.count *b->bands.count);
    if (world->ngm == NULL) {
        return no_memory(b);
    }
    if (!(world->r0 > 0)) {
        return vg_fail(b->error, VG_DATA_ERROR, "%s: [disease] needs r0 or growth_per_day: no reproduction number of \"%s\" is known", b->scenario->file_name, said->name);
    }
    return vg_control_transmission(world->population, &world->contacts, &world->disease, world->r0, &world->disease.transmission, world->ngm, b->error);
}

/* ----------------------------------------------------------------- regions */

static vg_status take_regions(const struct building *b)
{
    struct vg_scenario_world *world = b->world;
    const uint32_t *first = vg_population_first(world->population);
    struct vg_dictionary codes;
    vg_dictionary_init(&codes, &world->arena);
    world->region = VG_ARENA_ARRAY(&world->arena, uint32_t, world->n_municipalities);
    for (size_t m = 0; world->region != NULL && m < world->n_municipalities; m++) {
        const char *code = b->scenario->hospital.region == VG_SCENARIO_BEDS_MUNICIPALITY ? world->code[m]
                           : b->scenario->hospital.region == VG_SCENARIO_BEDS_PARENT && world->parent[m] != NULL ? world->parent[m] : "";
        world->region[m] = vg_dictionary_add(&codes, vg_text_from(code));
    }
    world->n_regions = codes.count;
    world->region_persons = VG_ARENA_ARRAY(&world->arena, double, world->n_regions);
    if (world->region == NULL || world->region_persons == NULL || world->arena.failed) {
        return no_memory(b);
    }
    for (size_t m = 0; m < world->n_municipalities; m++) {
        world->region_persons[world->region[m]] += first[m + 1] - first[m];
    }
    return VG_OK;
}

vg_status vg_control_world_new(const struct vg_scenario *scenario, const struct vg_scenario_facts *facts, double people_scale, struct vg_pool *pool,
                               struct vg_scenario_world **world, struct vg_error *error)
{
    struct vg_scenario_world *made = calloc(1, sizeof *made);
    *world = NULL;
    if (made == NULL) {
        return vg_fail_memory(error, sizeof *made);
    }
    vg_arena_init(&made->arena, 0);
    struct building b = {.scenario = scenario, .facts = facts, .world = made, .pool = pool, .error = error};
    b.bands.count = scenario->place.age_bands.count;
    made->n_ages = b.bands.count;
    made->n_municipalities = facts->municipalities->count;
    made->municipalities = facts->municipalities;
    made->people_scale = people_scale;
    made->lead_days = any_immune(&scenario->begin) ? scenario->begin.immune_days : 0;
    made->country = scenario->place.country == NULL ? "all" : scenario->place.country;
    for (size_t a = 0; a < made->n_ages; a++) {
        b.bands.lower_years[a] = (int)scenario->place.age_bands.items[a];
        made->age_from[a] = (uint8_t)b.bands.lower_years[a];
    }
    vg_status status = take_population(&b, people_scale);
    if (status == VG_OK) {
        status = take_contacts(&b);
    }
    if (status == VG_OK) {
        status = take_disease(&b);
    }
    if (status == VG_OK) {
        status = take_transmission(&b);
    }
    if (status == VG_OK) {
        status = take_regions(&b);
    }
    if (status != VG_OK) {
        vg_control_world_free(made);
        return status;
    }
    *world = made;
    return VG_OK;
}

void vg_control_world_free(struct vg_scenario_world *world)
{
    if (world != NULL) {
        vg_population_free(world->population);
        vg_arena_release(&world->arena);
        free(world);
    }
}
