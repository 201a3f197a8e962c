/*
 * Builds the population (see population.h): how many households of each type a municipality has, by raking to its ages and
 * systematic rounding, and the tables that turn persons into ranks and back.
 */
#include "control/population.h"

#include <stdlib.h>
#include <string.h>

#define RAKING_SWEEPS 60

struct build {
    struct vg_population *p;
    const struct vg_population_input *input;
    double *weights;      /* [workers * n_types] */
    uint32_t *households; /* [n_municipalities * n_types] */
};

static vg_status check_types(const struct vg_population_input *input, size_t *entries, struct vg_error *error)
{
    *entries = 0;
    double total = 0;
    for (size_t t = 0; t < input->n_types; t++) {
        const struct vg_household_type *type = &input->types[t];
        if (type->size < 1 || type->size > VG_HOUSEHOLD_MAX || !(type->weight >= 0) || type->weight > 1e300) {
            return vg_fail(error, VG_USAGE_ERROR, "household type %zu: size %u or weight %g is not allowed", t, type->size,
                           type->weight);
        }
        for (size_t i = 0; i < type->size; i++) {
            if (type->age[i] >= input->n_ages || type->role[i] >= VG_ROLES) {
                return vg_fail(error, VG_USAGE_ERROR, "household type %zu: member %zu has age group %u and role %u", t, i,
                               type->age[i], type->role[i]);
            }
        }
        *entries += type->size;
        total += type->weight;
    }
    if (input->n_types == 0 || !(total > 0) || *entries > VG_HOUSEHOLD_ENTRIES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "household types must have some weight and at most %d members in all, not %zu",
                       VG_HOUSEHOLD_ENTRIES_MAX, *entries);
    }
    return VG_OK;
}

static vg_status check_input(const struct vg_population_input *input, size_t *entries, struct vg_error *error)
{
    if (input->n_ages < 1 || input->n_ages > VG_AGES_MAX || input->age_from[0] != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "there must be 1 to %d age groups, the first from 0 years", VG_AGES_MAX);
    }
    for (size_t a = 1; a < input->n_ages; a++) {
        if (input->age_from[a] <= input->age_from[a - 1] || input->age_from[a] > 110) {
            return vg_fail(error, VG_USAGE_ERROR, "age groups must rise; group %zu begins at %u years", a, input->age_from[a]);
        }
    }
    double persons = 0;
    for (size_t m = 0; m < input->n_municipalities; m++) {
        persons += input->persons[m];
    }
    if (input->n_municipalities < 1 || input->n_municipalities > 10000000 || persons > 4.29e9) {
        return vg_fail(error, VG_USAGE_ERROR, "%zu municipalities with %.0f persons are not allowed", input->n_municipalities,
                       persons);
    }
    return check_types(input, entries, error);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int difference = (x->age - y->age) * 8 + x->role - y->role;
    return difference != 0 ? difference : x->type != y->type ? x->type - y->type : x->member - y->member;
}

static void lay_entries(struct vg_population *p, const struct vg_population_input *input)
{
    size_t n = 0;
    for (size_t t = 0; t < input->n_types; t++) {
        for (uint8_t i = 0; i < input->types[t].size; i++) {
            const struct vg_household_type *type = &input->types[t];
            unsigned profile = ((unsigned)type->age[i] * VG_ROLES + type->role[i]) * VG_HOUSEHOLD_MAX + type->size - 1U;
            p->entries[n++] = (struct entry){(uint16_t)t, i, type->size, type->age[i], type->role[i], (uint16_t)profile};
        }
    }
    qsort(p->entries, n, sizeof *p->entries, compare_entries);
    size_t e = 0;
    for (unsigned age = 0; age < VG_AGES_MAX; age++) {
        for (unsigned role = 0; role < VG_ROLES; role++) {
            p->stratum[age][role] = (uint16_t)e;
            while (e < n && p->entries[e].age == age && p->entries[e].role == role) {
                e++;
            }
        }
        p->stratum[age][VG_ROLES] = (uint16_t)e;
    }
    for (size_t i = 0; i < n; i++) {
        p->entry_of[(size_t)p->entries[i].type * VG_HOUSEHOLD_MAX + p->entries[i].member] = (uint16_t)i;
    }
}

/* Weights of types such that persons by age are as wanted (if types allow), households times size the persons. */
static void rake(const struct build *build, size_t municipality, double *weights)
{
    const struct vg_population_input *input = build->input;
    double wanted = input->persons[municipality];
    double total = 0;
    for (size_t t = 0; t < input->n_types; t++) {
        weights[t] = input->types[t].weight;
    }
    const double *share = input->age_share == NULL ? NULL : input->age_share + municipality * input->n_ages;
    for (int sweep = 0; sweep < RAKING_SWEEPS && share != NULL; sweep++) {
        double sum = 0;
        for (size_t a = 0; a < input->n_ages; a++) {
            sum += share[a];
        }
        for (uint8_t a = 0; a < input->n_ages && sum > 0; a++) {
            double now = 0;
            double all = wanted * (share[a] / sum);
            for (size_t e = build->p->stratum[a][0]; e < build->p->stratum[a][VG_ROLES]; e++) {
                now += weights[build->p->entries[e].type];
            }
            double factor = now > 0 ? all / now : 1;
            for (size_t e = build->p->stratum[a][0]; e < build->p->stratum[a][VG_ROLES]; e++) {
                const struct entry *entry = &build->p->entries[e];
                bool again = false; /* a type with two members of the age is scaled once */
                for (uint8_t i = 0; i < entry->member; i++) {
                    again = again || input->types[entry->type].age[i] == a;
                }
                weights[entry->type] *= again ? 1 : factor;
            }
        }
    }
    for (size_t t = 0; t < input->n_types; t++) {
        total += weights[t] * input->types[t].size;
    }
    for (size_t t = 0; t < input->n_types; t++) {
        weights[t] *= total > 0 ? wanted / total : 0;
    }
}

static void choose_households(void *context, size_t municipality, unsigned worker)
{
    const struct build *build = context;
    size_t n = build->input->n_types;
    double *weights = build->weights + worker * n;
    rake(build, municipality, weights);
    /* Systematic rounding: unbiased for every type, and sums differ by less than one household. */
    double sum = (double)(draw_of(build->input->seed ^ 0x726F756EU, municipality) >> 11) * 0x1p-53;
    double before = 0;
    if (n == 1) {
        sum = 0.5;
    }
    for (size_t t = 0; t < n; t++) {
        sum += weights[t];
        double now = floor(sum);
        build->households[municipality * n + t] = (uint32_t)(now - before);
        before = now;
    }
}

static void lay_municipality(void *context, size_t municipality, unsigned worker)
{
    (void)worker;
    const struct build *build = context;
    struct vg_population *p = build->p;
    const uint32_t *households = build->households + municipality * p->n_types;
    uint32_t person = p->first[municipality];
    for (size_t t = 0; t < p->n_types; t++) {
        p->type_first[municipality * p->n_types + t] = person;
        person += households[t] * build->input->types[t].size;
    }
    uint32_t *counted = p->counted + municipality * (p->n_entries + 1);
    for (size_t e = 0; e < p->n_entries; e++) {
        counted[e + 1] = counted[e] + households[p->entries[e].type];
    }
}

static vg_status lay_persons(struct build *build, struct vg_pool *pool, struct vg_error *error)
{
    struct vg_population *p = build->p;
    vg_parallel_for(pool, p->n_municipalities, choose_households, build);
    uint64_t person = 0;
    for (size_t m = 0; m < p->n_municipalities; m++) {
        p->first[m] = (uint32_t)person;
        for (size_t t = 0; t < p->n_types; t++) {
            person += (uint64_t)build->households[m * p->n_types + t] * build->input->types[t].size;
        }
        if (person > UINT32_MAX - 1) {
            return vg_fail(error, VG_USAGE_ERROR, "more persons than 32-bit numbers");
        }
    }
    p->first[p->n_municipalities] = (uint32_t)person;
    if (person == 0) {
        return vg_fail(error, VG_USAGE_ERROR, "the population is empty");
    }
    vg_parallel_for(pool, p->n_municipalities, lay_municipality, build);
    return VG_OK;
}

static vg_status make_places(struct vg_population *p, const struct vg_population_input *input, struct vg_error *error)
{
    const struct vg_flows *flows[VG_LAYERS] = {[VG_LAYER_WORK] = input->commuting, [VG_LAYER_TRAVEL] = input->travel};
    const double sizes[VG_LAYERS] = {[VG_LAYER_SCHOOL] = input->school_size, [VG_LAYER_WORK] = input->work_size};
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        if (flows[layer] != NULL) {
            vg_status status = population_flows(p, layer, flows[layer], error);
            if (status != VG_OK) {
                return status;
            }
        }
        p->places[layer] = VG_ARENA_ARRAY(&p->arena, uint32_t, p->n_municipalities);
        if (p->arena.failed) {
            return vg_fail_memory(error, p->n_municipalities * 4);
        }
        for (uint32_t m = 0; m < p->n_municipalities; m++) {
            double people = 0;
            for (uint32_t a = 0; a < p->n_ages; a++) {
                people += pool_size(p, layer, m, a);
            }
            double groups = sizes[layer] > 0 ? floor(people / sizes[layer] + 0.5) : 1;
            p->places[layer][m] = groups < 1 ? 1 : (uint32_t)groups;
        }
    }
    return VG_OK;
}

static vg_status build_population(struct build *build, struct vg_pool *pool, size_t entries, struct vg_error *error)
{
    const struct vg_population_input *input = build->input;
    struct vg_population *p = build->p;
    p->seed = mix64(input->seed ^ 0x706F70756CU);
    p->n_ages = input->n_ages;
    p->n_municipalities = input->n_municipalities;
    p->n_types = input->n_types;
    p->n_entries = entries;
    memcpy(p->age_from, input->age_from, input->n_ages);
    p->age_from[input->n_ages] = (uint8_t)(input->age_from[input->n_ages - 1] + 15);
    p->first = VG_ARENA_ARRAY(&p->arena, uint32_t, p->n_municipalities + 1);
    p->type_first = VG_ARENA_ARRAY(&p->arena, uint32_t, p->n_municipalities * p->n_types);
    p->counted = VG_ARENA_ARRAY(&p->arena, uint32_t, p->n_municipalities * (entries + 1));
    p->entry_of = VG_ARENA_ARRAY(&p->arena, uint16_t, p->n_types * VG_HOUSEHOLD_MAX);
    build->weights = calloc((size_t)vg_pool_threads(pool) * p->n_types, sizeof(double));
    build->households = calloc(p->n_municipalities * p->n_types, sizeof(uint32_t));
    if (p->arena.failed || build->weights == NULL || build->households == NULL) {
        return vg_fail_memory(error, p->n_municipalities * (entries + 2 * p->n_types) * 4);
    }
    lay_entries(p, input);
    vg_status status = lay_persons(build, pool, error);
    status = status != VG_OK ? status : make_places(p, input, error);
    return status != VG_OK ? status : population_groups(p, input->n_groups, input->groups, error);
}

vg_status vg_population_new(const struct vg_population_input *input, struct vg_pool *pool, struct vg_population **population,
                            struct vg_error *error)
{
    *population = NULL;
    size_t entries = 0;
    vg_status status = check_input(input, &entries, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_population *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return vg_fail_memory(error, sizeof *p);
    }
    vg_arena_init(&p->arena, 0);
    struct build build = {.p = p, .input = input};
    status = build_population(&build, pool, entries, error);
    free(build.weights);
    free(build.households);
    if (status != VG_OK) {
        vg_population_free(p);
        return status;
    }
    *population = p;
    return VG_OK;
}

void vg_population_free(struct vg_population *population)
{
    if (population != NULL) {
        vg_arena_release(&population->arena);
        free(population);
    }
}

size_t vg_population_size(const struct vg_population *population)
{
    return population->first[population->n_municipalities];
}

const uint32_t *vg_population_first(const struct vg_population *population)
{
    return population->first;
}

uint32_t vg_population_count(const struct vg_population *population, uint32_t municipality, uint32_t age)
{
    return residents_in_layer(population, municipality, age, VG_LAYER_COMMUNITY);
}

uint32_t population_municipality(const struct vg_population *p, uint32_t person)
{
    size_t low = 0;
    size_t length = p->n_municipalities;
    while (length > 1) { /* the last one that begins at or before the person; empty ones before it are skipped */
        size_t half = length / 2;
        low += p->first[low + half] <= person ? half : 0;
        length -= half;
    }
    return (uint32_t)low;
}

uint32_t population_entry(const struct vg_population *p, uint32_t municipality, uint32_t person)
{
    const uint32_t *first = p->type_first + (size_t)municipality * p->n_types;
    size_t low = 0;
    size_t length = p->n_types;
    while (length > 1) {
        size_t half = length / 2;
        low += first[low + half] <= person ? half : 0;
        length -= half;
    }
    uint32_t size = p->entries[p->entry_of[low * VG_HOUSEHOLD_MAX]].size;
    return p->entry_of[low * VG_HOUSEHOLD_MAX + (person - first[low]) % size];
}

struct vg_person vg_population_person(const struct vg_population *p, uint32_t person, int32_t day)
{
    struct vg_person out = {.municipality = population_municipality(p, person)};
    uint32_t index = population_entry(p, out.municipality, person);
    const struct entry *entry = &p->entries[index];
    uint64_t hash = draw_of(p->seed ^ 0x706572736F6EU, person);
    uint32_t years = (uint32_t)p->age_from[entry->age + 1] - p->age_from[entry->age];
    out.household = person - entry->member;
    out.household_size = entry->size;
    out.age_group = entry->age;
    out.role = entry->role;
    out.age_years = (uint8_t)(p->age_from[entry->age] + (uint32_t)((hash >> 32) * years >> 32));
    out.female = (hash & 1) != 0;
    out.group = (uint8_t)population_group(p, person, out.municipality, entry->age);
    out.pool[VG_LAYER_HOUSEHOLD] = out.municipality;
    out.place[VG_LAYER_HOUSEHOLD] = out.household;
    for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
        out.pool[layer] = UINT32_MAX;
        if (!role_in_layer(entry->role, layer) || (layer == VG_LAYER_TRAVEL && !p->flows[layer].on)) {
            continue;
        }
        struct pool_seat seat = seat_of_rank(p, layer, out.municipality, entry->age,
                                             rank_of(p, out.municipality, person, index, layer), layer_day(layer, day));
        uint32_t n = pool_size(p, layer, seat.pool, entry->age);
        uint32_t places = p->places[layer][seat.pool];
        out.pool[layer] = seat.pool;
        if (places > 1) {
            uint32_t rank = permute(pool_key(p, layer, seat.pool, entry->age, 0, 1), n, seat.rank, PERMUTE_ROUNDS);
            out.place[layer] = (uint32_t)((uint64_t)rank * places / n);
        }
    }
    return out;
}
