/*
 * A small epidemic in which everybody meets their household and eight others a day, for suites of the exercise: an obvious loop over
 * people and contacts that yields the same records as the engine, with contacts that can be asked for any person and day.
 */
#ifndef SMALL_EPIDEMIC_H
#define SMALL_EPIDEMIC_H

#include "vg_test.h"

#include "control/exercise/exercise.h"

#define SMALL_PROVINCES 3
#define SMALL_MUNICIPALITIES 9
#define SMALL_PROFILE_DAYS 14
#define SMALL_OTHERS 8

struct small_epidemic {
    uint32_t n_persons;
    uint64_t seed;
    int32_t n_days;
    struct vg_exercise_world world;
    struct vg_disease disease;
    double profile[SMALL_PROFILE_DAYS];
    struct vg_exercise_place country, provinces[SMALL_PROVINCES], municipalities[SMALL_MUNICIPALITIES];
    char names[SMALL_PROVINCES + SMALL_MUNICIPALITIES][16];
    uint32_t first[SMALL_MUNICIPALITIES + 1];
    struct vg_infection *infections;
    size_t n_infections, capacity;
    struct vg_step *steps;
    size_t n_steps, step_capacity;
    struct vg_scenario_measure measure;
    const struct vg_scenario_measure *measures[1];
    int32_t *infected_on; /* [n_persons] VG_DATE_NONE: never */
    double contacts_a_day; /* mean */
};

static inline uint32_t small_municipality(const struct small_epidemic *small, uint32_t person)
{
    uint32_t m = 0;
    while (person >= small->first[m + 1]) {
        m++;
    }
    return m;
}

static inline struct vg_person small_person(void *context, uint32_t person, int32_t day)
{
    const struct small_epidemic *small = context;
    struct vg_random random = vg_random_stream(small->seed, person, 0, 1);
    uint32_t m = small_municipality(small, person);
    uint8_t age = (uint8_t)vg_random_below(&random, 90);
    struct vg_person one = {.municipality = m, .household = small->first[m] + (person - small->first[m]) / 3 * 3, .household_size = 3,
                            .age_group = (uint8_t)(age / 10), .age_years = age, .role = VG_ROLE_HOME, .female = vg_random_below(&random, 2) != 0};
    (void)day;
    for (size_t layer = 0; layer < VG_LAYERS; layer++) {
        one.pool[layer] = UINT32_MAX;
    }
    return one;
}

/* The household, and whoever's number within the municipality differs by the day's masks: x meets y exactly if y meets x. */
static inline size_t small_contacts(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    const struct small_epidemic *small = context;
    uint32_t m = small_municipality(small, person), first = small->first[m], n = small->first[m + 1] - first, own = person - first, bits = 1;
    size_t count = 0;
    for (uint32_t member = own / 3 * 3; member < own / 3 * 3 + 3 && member < n; member++) {
        if (member != own && count < capacity) {
            met[count++] = (struct vg_contact_met){first + member, VG_LAYER_HOUSEHOLD};
        }
    }
    while ((bits << 1) < n) {
        bits <<= 1;
    }
    struct vg_random random = vg_random_stream(small->seed, m, (uint32_t)day, 2);
    for (int i = 0; i < SMALL_OTHERS; i++) {
        uint32_t other = own ^ (1 + vg_random_below(&random, 2 * bits - 1));
        if (other < n && other / 3 != own / 3 && count < capacity) {
            met[count++] = (struct vg_contact_met){first + other, i < 3 ? VG_LAYER_WORK : VG_LAYER_COMMUNITY};
        }
    }
    return count;
}

/* As the measure leaves them: see small_strength. Infections, which know of no measure, go along all. */
static inline size_t small_contacts_left(void *context, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    size_t n = small_contacts(context, person, day, met, capacity), left = 0;
    bool closed = small_municipality(context, person) / 3 == 2;
    for (size_t i = 0; i < n; i++) {
        if (!closed || met[i].layer != VG_LAYER_WORK) {
            met[left++] = met[i];
        }
    }
    return left;
}

/* Every fifth person, from day 20 on; it protects from nothing. */
static inline int32_t small_dosed(void *context, uint32_t person)
{
    (void)context;
    return person % 5 == 0 ? 20 + (int32_t)(person / 5 % 40) : VG_DATE_NONE;
}

/* No work in XV-03 on any day. */
static inline double small_strength(void *context, size_t measure, uint32_t municipality, int32_t day)
{
    (void)context;
    (void)measure;
    (void)day;
    return municipality / 3 == 2 ? 1 : 0;
}

static inline void small_step(struct small_epidemic *small, struct vg_step step)
{
    if (step.day >= small->n_days) {
        return;
    }
    if (small->n_steps == small->step_capacity) {
        small->step_capacity = small->step_capacity == 0 ? 4096 : 2 * small->step_capacity;
        small->steps = realloc(small->steps, small->step_capacity * sizeof *small->steps);
    }
    small->steps[small->n_steps++] = step;
}

static inline double small_reproduction(int32_t day)
{
    return day < 42 ? 2.2 : day < 90 ? 0.75 : 1.6;
}

static inline void small_infect(struct small_epidemic *small, uint32_t person, uint32_t infector, int32_t day, uint8_t layer, uint8_t variant)
{
    struct vg_random random = vg_random_stream(small->seed, person, (uint32_t)day, 3);
    struct vg_person facts = small_person(small, person, day);
    double ward = 0.002 * exp(0.06 * facts.age_years);
    struct vg_infection one = {.person = person, .infector = infector, .day = day, .layer = layer, .variant = variant, .admission = VG_DATE_NONE};
    one.onset = day + 1 + (int32_t)vg_random_gamma(&random, 4, 1);
    one.symptomatic = vg_random_uniform(&random) < 0.7;
    one.ward = one.symptomatic && vg_random_uniform(&random) < ward;
    one.icu = one.ward && vg_random_uniform(&random) < 0.25;
    one.death = one.ward && vg_random_uniform(&random) < (one.icu ? 0.5 : 0.15);
    if (one.ward) {
        one.admission = one.onset + 1 + (int32_t)vg_random_gamma(&random, 4, 1.2);
        int32_t intensive = one.admission + 1 + (int32_t)vg_random_below(&random, 3), leaves = intensive + 2 + (int32_t)vg_random_gamma(&random, 4, 2);
        small_step(small, (struct vg_step){.person = person, .day = one.admission, .kind = VG_STEP_ADMISSION, .bed = person % 10 != 0});
        if (one.icu) {
            small_step(small, (struct vg_step){.person = person, .day = intensive, .kind = VG_STEP_ICU, .bed = person % 4 != 0});
        }
        small_step(small, (struct vg_step){.person = person, .day = leaves, .kind = VG_STEP_LEAVE, .dead = one.death});
    }
    if (small->n_infections == small->capacity) {
        small->capacity = small->capacity == 0 ? 4096 : 2 * small->capacity;
        small->infections = realloc(small->infections, small->capacity * sizeof *small->infections);
    }
    small->infections[small->n_infections++] = one;
    small->infected_on[person] = day;
}

static inline void small_day(struct small_epidemic *small, int32_t day)
{
    size_t n_before = small->n_infections;
    for (size_t i = 0; i < n_before; i++) {
        const struct vg_infection infector = small->infections[i];
        int32_t since = day - infector.day;
        struct vg_contact_met met[16];
        if (since < 1 || since > SMALL_PROFILE_DAYS) {
            continue;
        }
        struct vg_random random = vg_random_stream(small->seed, infector.person, (uint32_t)day, 4);
        double chance = small_reproduction(day) / small->contacts_a_day * small->profile[since - 1];
        size_t n = small_contacts(small, infector.person, day, met, 16);
        for (size_t k = 0; k < n; k++) {
            if (vg_random_uniform(&random) < chance && small->infected_on[met[k].person] == VG_DATE_NONE) {
                small_infect(small, met[k].person, infector.person, day, met[k].layer, infector.variant);
            }
        }
    }
}

static inline int small_compare(const void *a, const void *b)
{
    const struct vg_infection *one = a, *other = b;
    return one->day != other->day ? (one->day < other->day ? -1 : 1) : one->person < other->person ? -1 : one->person > other->person;
}

static inline int small_compare_steps(const void *a, const void *b)
{
    const struct vg_step *one = a, *other = b;
    if (one->day != other->day) {
        return one->day < other->day ? -1 : 1;
    }
    return one->person != other->person ? (one->person < other->person ? -1 : 1) : (int)one->kind - (int)other->kind;
}

static inline void small_places(struct small_epidemic *small)
{
    uint32_t each = small->n_persons / SMALL_MUNICIPALITIES;
    for (uint32_t p = 0; p < SMALL_PROVINCES; p++) {
        (void)snprintf(small->names[p], 16, "XV-%02u", p + 1);
        small->provinces[p] = (struct vg_exercise_place){small->names[p], small->names[p], 0, 0, -38.0 - p, -100};
    }
    small->country = (struct vg_exercise_place){"XV", "Vallemar", 0, 0, -39, -100};
    for (uint32_t p = 0; p < SMALL_PROVINCES; p++) {
        small->country.population += each * (SMALL_MUNICIPALITIES / SMALL_PROVINCES);
    }
    for (uint32_t m = 0; m < SMALL_MUNICIPALITIES; m++) {
        char *name = small->names[SMALL_PROVINCES + m];
        (void)snprintf(name, 16, "XV-%02u%02u", m / 3 + 1, m % 3 + 1);
        small->first[m] = m * each;
        small->municipalities[m] = (struct vg_exercise_place){name, name, m / 3, each, -38.0 - m / 3, -100.0 + m};
        small->provinces[m / 3].population += each;
    }
    small->first[SMALL_MUNICIPALITIES] = small->n_persons;
}

static inline void small_epidemic_run(struct small_epidemic *small, uint32_t persons, int32_t days, uint64_t seed)
{
    double total = 0;
    *small = (struct small_epidemic){.n_persons = persons / SMALL_MUNICIPALITIES / 3 * 3 * SMALL_MUNICIPALITIES, .seed = seed, .n_days = days};
    small_places(small);
    for (int day = 0; day < SMALL_PROFILE_DAYS; day++) {
        total += small->profile[day] = vg_gamma_cdf(day + 1.5, 6.25, 0.8) - vg_gamma_cdf(day + 0.5, 6.25, 0.8);
    }
    for (int day = 0; day < SMALL_PROFILE_DAYS; day++) {
        small->profile[day] /= total;
    }
    small->disease = (struct vg_disease){.n_ages = 9, .n_profile = SMALL_PROFILE_DAYS, .profile = small->profile, .profile_first_day = 1,
                                         .n_variants = 1, .variants = {{.transmissibility = 1, .immunity_from = {1}, .vaccine_kept = 1}}, .n_products = 1};
    small->infected_on = malloc((small->n_persons + 1) * sizeof *small->infected_on);
    for (uint32_t i = 0; i < small->n_persons; i++) {
        small->infected_on[i] = VG_DATE_NONE;
    }
    for (uint32_t i = 0; i < small->n_persons; i += 7) {
        struct vg_contact_met met[16];
        small->contacts_a_day += (double)small_contacts(small, i, (int32_t)i % 97, met, 16) / ((double)small->n_persons / 7);
    }
    for (int32_t day = 0; day < days; day++) {
        size_t before = small->n_infections;
        for (uint32_t k = 0; day < 5 && k < 8; k++) {
            uint32_t person = (uint32_t)(vg_hash_bytes(&k, sizeof k, seed + (uint64_t)day) % small->n_persons);
            if (small->infected_on[person] == VG_DATE_NONE) {
                small_infect(small, person, UINT32_MAX, day, VG_LAYER_IMPORT, 0);
            }
        }
        small_day(small, day);
        qsort(small->infections + before, small->n_infections - before, sizeof *small->infections, small_compare);
    }
    for (uint32_t person = 0; person < small->n_persons; person++) {
        int32_t day = small_dosed(small, person);
        if (day != VG_DATE_NONE) {
            small_step(small, (struct vg_step){.person = person, .day = day, .kind = VG_STEP_DOSE, .dose = 1});
        }
    }
    qsort(small->steps, small->n_steps, sizeof *small->steps, small_compare_steps);
    static const char *const variants[] = {"wild"}, *const products[] = {"water"};
    static const uint32_t layers[] = {1u << VG_LAYER_WORK};
    static const double effects[] = {0.2};
    static const uint8_t age_from[] = {0, 10, 20, 30, 40, 50, 60, 70, 80};
    vg_scenario_measure_defaults(&small->measure);
    small->measure.name = "no work";
    small->measure.kind = VG_SCENARIO_WORK_CLOSING;
    small->measures[0] = &small->measure;
    small->world = (struct vg_exercise_world){.n_countries = 1, .n_provinces = SMALL_PROVINCES, .n_municipalities = SMALL_MUNICIPALITIES, .countries = &small->country,
                                              .provinces = small->provinces, .municipalities = small->municipalities, .n_persons = small->n_persons, .n_ages = 9,
                                              .age_from = age_from, .disease = &small->disease, .variant_names = variants, .product_names = products,
                                              .infections = small->infections, .n_infections = small->n_infections, .steps = small->steps, .n_steps = small->n_steps,
                                              .n_measures = 1, .measures = small->measures, .measure_layers = layers, .measure_effects = effects,
                                              .context = small, .person = small_person, .contacts = small_contacts_left, .strength = small_strength};
}

static inline void small_epidemic_free(struct small_epidemic *small)
{
    free(small->infections);
    free(small->steps);
    free(small->infected_on);
}

#endif
