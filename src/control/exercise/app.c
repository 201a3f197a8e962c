/*
 * The exposure app: who carries it, the keys that users found positive publish, and what the phones of others had noted of them.
 * Fields as in the exposure notification framework of Google and Apple (2020): one key a day, attenuation of the radio signal, minutes.
 * Phones are pseudonyms of their own: nothing joins them to the line list.
 */
#include "control/exercise/contacts.h"

#include <stdlib.h>
#include <string.h>

#define KEY_DAYS 14            /* keys live so long on a phone */
#define INTERVALS_A_DAY 144 /* of ten minutes, since 1970 */
#define CONTAGIOUS_BEFORE_DAYS 2
#define MET_MAX 512
#define KEY_TEXT 33

bool exercise_has_app(const struct vg_exercise *exercise, uint32_t person, int age_years)
{
    struct vg_random random = vg_random_stream(exercise->seed, person, 0, EXERCISE_APP);
    return age_years > 9 && exercise_chance(&random, exercise->settings->app_uptake);
}

static void key_text(const struct vg_exercise *exercise, uint32_t person, int32_t day, char out[KEY_TEXT])
{
    struct vg_random random = vg_random_stream(exercise->seed, person, (uint32_t)day, EXERCISE_KEY);
    (void)snprintf(out, KEY_TEXT, "%016llx%016llx", (unsigned long long)vg_random_u64(&random), (unsigned long long)vg_random_u64(&random));
}

struct published {
    char key[KEY_TEXT];
    uint32_t person;
    int32_t day, report, onset; /* onset: of the person's symptoms, or VG_DATE_NONE */
    int risk;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct published *)a)->key, ((const struct published *)b)->key);
}

/* Transmission risk level of a day as the framework has it, 0 to 7: highest about onset. */
static int risk_level(int32_t since_onset)
{
    return since_onset < -2 ? 1 : since_onset < 0 ? 5 : since_onset <= 2 ? 7 : since_onset <= 5 ? 4 : 2;
}

/* All keys that are ever published, sorted; the caller releases. */
static vg_status publish(const struct vg_exercise *exercise, struct vg_buffer *keys, struct vg_error *error)
{
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->test, EXERCISE_APP);
        if (one->flags & VG_EXERCISE_DUPLICATE || !exercise_has_app(exercise, one->person, one->age_years) || !exercise_chance(&random, exercise->settings->app_consent))
            continue;
        /* The laboratory's code comes with the result, the report to the ministry later. */
        int32_t upload = one->result + 1, centre = one->onset != VG_DATE_NONE ? one->onset : one->test, from = centre - CONTAGIOUS_BEFORE_DAYS;
        from = from < upload - KEY_DAYS ? upload - KEY_DAYS : from;
        for (int32_t day = from < 0 ? 0 : from; day < upload && upload < exercise->n_days; day++) {
            struct published key = {.person = one->person, .day = day, .report = upload, .onset = one->onset, .risk = risk_level(day - centre)};
            key_text(exercise, one->person, day, key.key);
            vg_buffer_append(keys, &key, sizeof key);
        }
    }
    if (keys->failed)
        return vg_fail_memory(error, keys->size);
    if (keys->size > 0)
        qsort(keys->data, keys->size / sizeof(struct published), sizeof(struct published), compare_keys);
    return VG_OK;
}

/* A person found twice in a fortnight publishes a day's key once. */
static bool repeated(const struct published *keys, size_t i)
{
    return i > 0 && strcmp(keys[i].key, keys[i - 1].key) == 0;
}

vg_status exercise_feed_keys(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"key", VG_COLUMN_TEXT}, {"key_day", VG_COLUMN_DATE}, {"rolling_start", VG_COLUMN_INTEGER}, {"transmission_risk_level", VG_COLUMN_INTEGER},
                                                     {"days_since_onset", VG_COLUMN_INTEGER}, {"report_type", VG_COLUMN_TEXT},
                                                     {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 0);
    vg_status status = publish(exercise, &buffer, error);
    const struct published *keys = (const struct published *)(const void *)buffer.data;
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < buffer.size / sizeof *keys && status == VG_OK; i++) {
        if (repeated(keys, i))
            continue;
        vg_table_text(table, keys[i].key);
        exercise_date_cell(table, exercise, keys[i].day);
        vg_table_integer(table, (int64_t)exercise_date(exercise, keys[i].day) * INTERVALS_A_DAY);
        vg_table_integer(table, keys[i].risk);
        if (keys[i].onset == VG_DATE_NONE) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, keys[i].day - keys[i].onset);
        }
        vg_table_text(table, "confirmed_test");
        exercise_release_cells(table, exercise, keys[i].report);
    }
    vg_buffer_release(&buffer);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

/* ----------------------------------------------------------------- encounters */

struct encounter { uint64_t phone; char key[KEY_TEXT]; int32_t day, report; struct exercise_closeness close; uint8_t layer; };

static int compare_encounters(const void *a, const void *b)
{
    const struct encounter *one = a, *other = b;
    if (one->phone != other->phone)
        return one->phone < other->phone ? -1 : 1;
    return strcmp(one->key, other->key);
}

static void meet(const struct vg_exercise *exercise, const struct published *key, struct vg_buffer *encounters)
{
    const struct vg_exercise_world *world = exercise->world;
    struct vg_contact_met met[MET_MAX];
    size_t n = exercise_met(exercise, key->person, key->day, met, MET_MAX);
    for (size_t k = 0; k < n; k++) {
        if (!exercise_has_app(exercise, met[k].person, world->person(world->context, met[k].person, key->day).age_years))
            continue;
        struct encounter one = {.phone = exercise_pseudonym(exercise->seed, met[k].person, EXERCISE_APP), .day = key->day, .report = key->report,
                                .close = exercise_closeness(exercise, key->person, met[k].person, key->day, met[k].layer), .layer = met[k].layer};
        memcpy(one.key, key->key, sizeof one.key);
        vg_buffer_append(encounters, &one, sizeof one);
    }
}

/* Radio is a poor ruler: near contacts below 63 dB on average, others above, spread 8. */
static void put_encounter(const struct vg_exercise *exercise, const struct encounter *one, struct vg_table *table)
{
    struct vg_random random = vg_random_stream(exercise->seed, (uint32_t)one->phone, (uint32_t)one->day, EXERCISE_ENCOUNTER);
    char name[EXERCISE_NAME_BYTES];
    double attenuation = (one->close.near ? 55 : 70) + 8 * vg_random_normal(&random);
    exercise_reference_name(one->phone, name);
    vg_table_text(table, name);
    vg_table_text(table, one->key);
    exercise_date_cell(table, exercise, one->day);
    vg_table_integer(table, (int64_t)(attenuation < 20 ? 20 : attenuation > 110 ? 110 : attenuation));
    vg_table_integer(table, one->close.minutes);
    exercise_release_cells(table, exercise, one->report);
}

/* What a phone finds in its own log once a key is published. Keys of people who stay unfound match nothing and are left out. */
vg_status exercise_feed_encounters(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"phone", VG_COLUMN_TEXT}, {"key", VG_COLUMN_TEXT}, {"day", VG_COLUMN_DATE}, {"attenuation_db", VG_COLUMN_INTEGER},
                                                     {"minutes", VG_COLUMN_INTEGER}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    struct vg_buffer buffer, encounters;
    vg_buffer_init(&buffer, 0);
    vg_buffer_init(&encounters, 0);
    vg_status status = publish(exercise, &buffer, error);
    const struct published *keys = (const struct published *)(const void *)buffer.data;
    for (size_t i = 0; i < buffer.size / sizeof *keys && status == VG_OK; i++)
        if (!repeated(keys, i))
            meet(exercise, &keys[i], &encounters);
    struct encounter *all = (struct encounter *)(void *)encounters.data;
    size_t n = encounters.size / sizeof *all;
    if (status == VG_OK && encounters.failed)
        status = vg_fail_memory(error, encounters.size);
    if (status == VG_OK && n > 0)
        qsort(all, n, sizeof *all, compare_encounters);
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < n && status == VG_OK; i++)
        if (i == 0 || compare_encounters(&all[i - 1], &all[i]) != 0)
            put_encounter(exercise, &all[i], table);
    vg_buffer_release(&encounters);
    vg_buffer_release(&buffer);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}
