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
    struct vg_exercise_place provinces[SMALL_PROVINCES], municipalities[SMALL_MUNICIPALITIES];
    char names[SMALL_PROVINCES + SMALL_MUNICIPALITIES][16];
    uint32_t first[SMALL_MUNICIPALITIES + 1];
    struct vg_infection *infections;
    size_t n_infections, capacity;
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

/* Every fifth person, from day 20 on; it protects from nothing. */
static inline int32_t small_dosed(void *context, uint32_t person)
{
    (void)context;
    return person % 5 == 0 ? 20 + (int32_t)(person / 5 % 40) : VG_DATE_NONE;
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

static inline void small_places(struct small_epidemic *small)
{
    uint32_t each = small->n_persons / SMALL_MUNICIPALITIES;
    for (uint32_t p = 0; p < SMALL_PROVINCES; p++) {
        (void)snprintf(small->names[p], 16, "XV-%02u", p + 1);
        small->provinces[p] = (struct vg_exercise_place){small->names[p], small->names[p], 0, 0, -38.0 - p, -100};
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
                                         .admission_to_icu = {2, 1}, .ward_stay = {8, 4}, .icu_stay = {10, 5}, .ward_to_death = {9, 5}, .icu_to_death = {9, 5},
                                         .onset_to_death = {12, 5}, .n_variants = 1};
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
    small->world = (struct vg_exercise_world){.country = "XV", .country_name = "Vallemar", .n_provinces = SMALL_PROVINCES, .n_municipalities = SMALL_MUNICIPALITIES,
                                              .provinces = small->provinces, .municipalities = small->municipalities, .n_persons = small->n_persons,
                                              .disease = &small->disease, .infections = small->infections, .n_infections = small->n_infections,
                                              .context = small, .person = small_person, .dosed = small_dosed, .contacts = small_contacts};
}

static inline void small_epidemic_free(struct small_epidemic *small)
{
    free(small->infections);
    free(small->infected_on);
}

#endif
