/*
 * Who met whom: the truth of the contacts around cases that were interviewed and of every contact that infected, and what the tracers
 * were told. Which contacts measures, isolation and quarantine left is the engine's to say: those by which it decided who was infected.
 */
#include "control/exercise/contacts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MET_MAX 512
#define ASKED_BEFORE_DAYS 2    /* days before onset about which a case is asked */
#define ASKED_MOST_DAYS 10

static const char *const setting_words[] = {"household", "school", "work", "community", "travel", "", "", ""};

/* --------------------------------------------------------------- a day's contacts */

static bool infected_by(const struct vg_exercise *exercise, uint32_t person, uint32_t other, int32_t day)
{
    uint32_t index = exercise_infection_on(exercise, person, day);
    if (index == VG_EXERCISE_NONE || exercise->infections[index].day != day)
        return false;
    uint32_t infector = exercise->infections[index].infector_infection;
    return infector != VG_EXERCISE_NONE && exercise->infections[infector].person == other;
}

static double pair_draw(const struct vg_exercise *exercise, uint32_t a, uint32_t b, int32_t day, uint32_t purpose)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    const uint32_t key[3] = {low, high, (uint32_t)day};
    return (double)(vg_hash_bytes(key, sizeof key, exercise->seed + purpose) >> 11) * 0x1p-53;
}

/* The engine says who met; of times at home it knows the last two of everybody, here all are known. */
size_t exercise_met(const struct vg_exercise *exercise, uint32_t person, int32_t day, struct vg_contact_met *met, size_t capacity)
{
    const struct vg_exercise_world *world = exercise->world;
    size_t n = world->contacts == NULL ? 0 : world->contacts(world->context, person, day, met, capacity), kept = 0;
    bool away = exercise_is_away(exercise, person, day);
    n = n < capacity ? n : capacity;
    for (size_t i = 0; i < n; i++)
        if (met[i].layer == VG_LAYER_HOUSEHOLD || (!away && !exercise_is_away(exercise, met[i].person, day)))
            met[kept++] = met[i];
    return kept;
}

struct exercise_closeness exercise_closeness(const struct vg_exercise *exercise, uint32_t a, uint32_t b, int32_t day, unsigned layer)
{
    static const double mean_minutes[] = {180, 90, 60, 20, 30, 30, 30, 30};
    double draw = pair_draw(exercise, a, b, day, EXERCISE_ENCOUNTER + 1000), near = pair_draw(exercise, a, b, day, EXERCISE_ENCOUNTER + 2000);
    return (struct exercise_closeness){.minutes = (int32_t)fmin(5 - mean_minutes[layer & 7] * log(1 - draw), 720), .near = near < (layer == VG_LAYER_HOUSEHOLD ? 0.9 : 0.5)};
}

/* ----------------------------------------------------------------- interviews */

struct candidate { uint32_t municipality, index; int32_t report; uint64_t ticket; };

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    if (one->municipality != other->municipality)
        return one->municipality < other->municipality ? -1 : 1;
    if (one->report != other->report)
        return one->report < other->report ? -1 : 1;
    return one->ticket < other->ticket ? -1 : one->ticket > other->ticket;
}

static int compare_interviews(const void *a, const void *b)
{
    const struct exercise_interview *one = a, *other = b;
    return one->case_index < other->case_index ? -1 : one->case_index > other->case_index;
}

/* As many a day and municipality as there are tracers: a fraction of one is made whole by chance. */
static size_t choose(const struct vg_exercise *exercise, const struct candidate *candidates, size_t n, struct exercise_interview *chosen)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    size_t n_chosen = 0;
    double left = 0;
    for (size_t i = 0; i < n; i++) {
        const struct candidate *one = &candidates[i];
        struct vg_random random = vg_random_stream(exercise->seed, one->municipality, (uint32_t)one->report, EXERCISE_INTERVIEW);
        if (i == 0 || one->municipality != one[-1].municipality || one->report != one[-1].report)
            left = floor(settings->interviews_per_100k * exercise->world->municipalities[one->municipality].population / 1e5 + vg_random_uniform(&random));
        if (left < 1)
            continue;
        left--;
        struct vg_random talk = vg_random_stream(exercise->seed, exercise->cases[one->index].person, (uint32_t)one->report, EXERCISE_INTERVIEW);
        bool refused = exercise_chance(&talk, settings->refused);
        int32_t day = exercise_working_day(exercise, one->report + 1 + (int32_t)vg_random_below(&talk, 2));
        if (day < exercise->n_days)
            chosen[n_chosen++] = (struct exercise_interview){one->index, day, refused};
    }
    return n_chosen;
}

vg_status exercise_interviews(const struct vg_exercise *exercise, struct exercise_interview **interviews, size_t *n, struct vg_error *error)
{
    struct candidate *candidates = calloc(exercise->n_cases + 1, sizeof *candidates);
    size_t n_candidates = 0;
    *n = 0;
    *interviews = calloc(exercise->n_cases + 1, sizeof **interviews);
    if (candidates == NULL || *interviews == NULL) {
        free(candidates);
        return vg_fail_memory(error, exercise->n_cases * sizeof *candidates);
    }
    for (uint32_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        if (!(one->flags & VG_EXERCISE_DUPLICATE) && !(one->death != VG_DATE_NONE && one->death <= one->report))
            candidates[n_candidates++] = (struct candidate){one->municipality_reported, i, one->report, exercise_pseudonym(exercise->seed, i, EXERCISE_INTERVIEW)};
    }
    qsort(candidates, n_candidates, sizeof *candidates, compare_candidates);
    *n = choose(exercise, candidates, n_candidates, *interviews);
    qsort(*interviews, *n, sizeof **interviews, compare_interviews);
    free(candidates);
    return VG_OK;
}

/* The days a case is asked about: from two before the onset, or the swab, to the day before the interview. */
static void asked_days(const struct vg_exercise *exercise, const struct exercise_interview *interview, int32_t *from, int32_t *to)
{
    const struct vg_exercise_case *one = &exercise->cases[interview->case_index];
    *from = (one->onset != VG_DATE_NONE ? one->onset : one->test) - ASKED_BEFORE_DAYS;
    *from = *from < 0 ? 0 : *from;
    *to = one->admission != VG_DATE_NONE && one->admission < interview->day ? one->admission : interview->day - 1;
    *to = *to > *from + ASKED_MOST_DAYS - 1 ? *from + ASKED_MOST_DAYS - 1 : *to;
}

/* ------------------------------------------------------------------ the truth */

struct meeting { int32_t day; uint32_t a, b; uint8_t layer; bool infecting; };

static int compare_meetings(const void *a, const void *b)
{
    const struct meeting *one = a, *other = b;
    if (one->day != other->day)
        return one->day < other->day ? -1 : 1;
    if (one->a != other->a)
        return one->a < other->a ? -1 : 1;
    if (one->b != other->b)
        return one->b < other->b ? -1 : 1;
    if (one->infecting != other->infecting)
        return one->infecting ? -1 : 1;
    return one->layer < other->layer ? -1 : one->layer > other->layer;
}

static void add_meeting(struct vg_buffer *meetings, int32_t day, uint32_t a, uint32_t b, uint8_t layer, bool infecting)
{
    struct meeting one = {.day = day, .a = a < b ? a : b, .b = a < b ? b : a, .layer = layer, .infecting = infecting};
    vg_buffer_append(meetings, &one, sizeof one);
}

static vg_status gather_meetings(const struct vg_exercise *exercise, struct vg_buffer *meetings, struct vg_error *error)
{
    struct exercise_interview *interviews = NULL;
    size_t n = 0;
    vg_status status = exercise_interviews(exercise, &interviews, &n, error);
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        uint32_t person = exercise->cases[interviews[i].case_index].person;
        int32_t from, to;
        asked_days(exercise, &interviews[i], &from, &to);
        for (int32_t day = from; day <= to; day++) {
            struct vg_contact_met met[MET_MAX];
            size_t n_met = exercise_met(exercise, person, day, met, MET_MAX);
            for (size_t k = 0; k < n_met; k++)
                add_meeting(meetings, day, person, met[k].person, met[k].layer,
                            infected_by(exercise, person, met[k].person, day) || infected_by(exercise, met[k].person, person, day));
        }
    }
    for (size_t i = 0; i < exercise->world->n_infections && status == VG_OK; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        if (one->infector_infection != VG_EXERCISE_NONE)
            add_meeting(meetings, one->day, one->person, exercise->infections[one->infector_infection].person, one->layer, true);
    }
    free(interviews);
    return status == VG_OK && meetings->failed ? vg_fail_memory(error, meetings->size) : status;
}

/* Who stayed at home, by isolation or quarantine, from a day until the day before another. */
vg_status exercise_truth_isolation(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"person_id", VG_COLUMN_INTEGER}, {"from", VG_COLUMN_DATE}, {"until", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < exercise->n_away; i++) {
        vg_table_integer(table, exercise->away[i].person);
        exercise_date_cell(table, exercise, exercise->away[i].from);
        exercise_date_cell(table, exercise, exercise->away[i].until);
    }
    return exercise_table_end(table, error);
}

vg_status exercise_truth_contacts(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"day", VG_COLUMN_DATE},   {"a", VG_COLUMN_INTEGER},       {"b", VG_COLUMN_INTEGER}, {"layer", VG_COLUMN_TEXT},
                                                     {"minutes", VG_COLUMN_INTEGER}, {"distance", VG_COLUMN_TEXT}, {"infecting", VG_COLUMN_BOOLEAN}};
    struct vg_buffer meetings;
    vg_buffer_init(&meetings, 0);
    vg_status status = gather_meetings(exercise, &meetings, error);
    struct meeting *all = (struct meeting *)(void *)meetings.data;
    size_t n = meetings.size / sizeof *all;
    EXERCISE_ADD_COLUMNS(table, columns);
    if (status == VG_OK && n > 0)
        qsort(all, n, sizeof *all, compare_meetings);
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        if (i > 0 && all[i].day == all[i - 1].day && all[i].a == all[i - 1].a && all[i].b == all[i - 1].b)
            continue; /* both were asked, or they met twice */
        struct exercise_closeness close = exercise_closeness(exercise, all[i].a, all[i].b, all[i].day, all[i].layer);
        exercise_date_cell(table, exercise, all[i].day);
        vg_table_integer(table, all[i].a);
        vg_table_integer(table, all[i].b);
        vg_table_text(table, setting_words[all[i].layer & 7]);
        vg_table_integer(table, close.minutes);
        vg_table_text(table, close.near ? "under 2 m" : "over 2 m");
        vg_table_boolean(table, all[i].infecting);
    }
    vg_buffer_release(&meetings);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

/* ----------------------------------------------------------------- the reports */

struct named { uint64_t reference; uint32_t person; int32_t first, last; uint8_t layer; };

static int compare_named(const void *a, const void *b)
{
    const struct named *one = a, *other = b;
    if (one->reference != other->reference)
        return one->reference < other->reference ? -1 : 1;
    return one->first < other->first ? -1 : one->first > other->first;
}

static bool recalled(const struct vg_exercise *exercise, uint32_t person, uint32_t contact, uint8_t layer)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    const double shares[] = {settings->named_household, settings->named_school, settings->named_work, settings->named_community, settings->named_community, 0, 0, 0};
    return pair_draw(exercise, person, contact, layer, EXERCISE_RECALL) < shares[layer & 7];
}

static void put_report(const struct vg_exercise *exercise, const struct exercise_interview *interview, const struct named *named, const char *outcome, struct vg_table *table)
{
    char name[EXERCISE_NAME_BYTES];
    exercise_case_name(interview->case_index, name);
    vg_table_text(table, name);
    exercise_reference_name(named == NULL ? 0 : named->reference, name);
    vg_table_text(table, named == NULL ? NULL : name);
    vg_table_text(table, outcome);
    vg_table_text(table, named == NULL ? NULL : setting_words[named->layer & 7]);
    exercise_date_cell(table, exercise, named == NULL ? VG_DATE_NONE : named->first);
    exercise_date_cell(table, exercise, named == NULL ? VG_DATE_NONE : named->last);
    exercise_release_cells(table, exercise, interview->day);
}

/* Whom a case names, each once, with the first and last day; returns how many. */
static size_t name_contacts(const struct vg_exercise *exercise, const struct exercise_interview *interview, struct named *all, size_t capacity)
{
    uint32_t person = exercise->cases[interview->case_index].person;
    int32_t from, to;
    size_t n = 0, kept = 0;
    asked_days(exercise, interview, &from, &to);
    for (int32_t day = from; day <= to; day++) {
        struct vg_contact_met met[MET_MAX];
        size_t n_met = exercise_met(exercise, person, day, met, MET_MAX);
        for (size_t k = 0; k < n_met && n < capacity; k++)
            if (recalled(exercise, person, met[k].person, met[k].layer))
                all[n++] = (struct named){exercise_pseudonym(exercise->seed, met[k].person, EXERCISE_REFERENCE_NAME), met[k].person, day, day, met[k].layer};
    }
    qsort(all, n, sizeof *all, compare_named);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && all[kept - 1].reference == all[i].reference)
            all[kept - 1].last = all[i].last;
        else
            all[kept++] = all[i];
    }
    return kept;
}

vg_status exercise_feed_contacts(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"case_id", VG_COLUMN_TEXT}, {"contact_reference", VG_COLUMN_TEXT}, {"outcome", VG_COLUMN_TEXT}, {"setting", VG_COLUMN_TEXT},
                                                     {"first_contact", VG_COLUMN_DATE}, {"last_contact", VG_COLUMN_DATE}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    const size_t capacity = (size_t)MET_MAX * ASKED_MOST_DAYS;
    struct exercise_interview *interviews = NULL;
    size_t n = 0;
    struct named *all = calloc(capacity, sizeof *all);
    vg_status status = all == NULL ? vg_fail_memory(error, capacity * sizeof *all) : exercise_interviews(exercise, &interviews, &n, error);
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < n && status == VG_OK && exercise->world->contacts != NULL; i++) {
        size_t n_named = interviews[i].refused ? 0 : name_contacts(exercise, &interviews[i], all, capacity);
        if (n_named == 0)
            put_report(exercise, &interviews[i], NULL, interviews[i].refused ? "refused" : "none named", table);
        for (size_t k = 0; k < n_named; k++)
            put_report(exercise, &interviews[i], &all[k], "named", table);
    }
    free(interviews);
    free(all);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}
