/*
 * Tracing in the example: of one province's newest cases of the exercise, those who were asked, up to three days after their report, named whom they had met since two days before they fell ill:
 * nearly all of their household, half of those of school and work, few of the others, whether these were infected or not. Who infected whom is not told; nobody has a name.
 */
#include "jobs/example/internal.h"
#include "jobs/exercise/internal.h"

#include <string.h>

#define PROVINCE "XV-01"
#define ASKED 0.7
enum { DAYS = 56, ROOM_A_CASE = 40, BEFORE_DAYS = 2, ASKED_DAYS = 10, MET_MOST = 256, DELAYS = 4 };
static const double asked_after[DELAYS] = {0.4, 0.75, 0.92, 1.0}; /* of those who are asked, on the day of the report, the day after, ...: cumulative */
static const double recalled[VG_LAYERS] = {[VG_LAYER_HOUSEHOLD] = 0.95, [VG_LAYER_SCHOOL] = 0.5, [VG_LAYER_WORK] = 0.5, [VG_LAYER_COMMUNITY] = 0.2, [VG_LAYER_TRAVEL] = 0.1};

struct interviews {
    const struct vg_exercise *exercise;
    struct example_traced *traced;
    uint32_t *index;                   /* [n_persons of the exercise] index + 1, 0: not traced */
    size_t capacity;
};

static bool is_there(const struct vg_exercise *exercise, uint16_t municipality)
{
    return strncmp(exercise->world->municipalities[municipality].code, PROVINCE, sizeof PROVINCE - 1) == 0;
}

static uint32_t person_of(struct interviews *t, uint32_t number)
{
    const struct vg_exercise_world *world = t->exercise->world;
    if (t->index[number] == 0 && t->traced->n_persons < t->capacity) {
        struct vg_person facts = world->person(world->context, number, 0);
        char date[VG_DATE_TEXT_BYTES] = "";
        int64_t year = 0;
        (void)vg_date_print(t->traced->newest, date);
        (void)vg_parse_integer(vg_text_of(date, 4), &year);
        t->traced->persons[t->traced->n_persons++] = (struct example_person){number, (int32_t)year - facts.age_years, facts.female, world->municipalities[facts.municipality].code};
        t->index[number] = (uint32_t)t->traced->n_persons;
    }
    return t->index[number] == 0 ? EXAMPLE_NOBODY : t->index[number] - 1;
}

static void name(struct interviews *t, uint32_t source, uint32_t number, int32_t day, int32_t listed, uint8_t layer, bool mutual)
{
    uint32_t person = person_of(t, number);
    if (person != EXAMPLE_NOBODY && person != source && t->traced->n_contacts < t->capacity) {
        t->traced->contacts[t->traced->n_contacts++] = (struct example_contact){source, person, t->exercise->first_date + day, t->exercise->first_date + listed, layer, mutual};
    }
}

/* Whom a case met on a day outside of its household, each once, with the last day. */
static void ask_of_day(struct interviews *t, const struct vg_exercise_case *one, uint32_t source, size_t first_contact, int32_t day, int32_t listed)
{
    const struct vg_exercise_world *world = t->exercise->world;
    struct vg_contact_met met[MET_MOST];
    size_t n = world->contacts(world->context, one->person, day, met, MET_MOST);
    for (size_t i = 0; i < n && i < MET_MOST; i++) {
        struct vg_random memory = vg_random_stream(t->exercise->seed, met[i].person, 0x7ACF, one->person);
        if (met[i].layer >= VG_LAYERS || met[i].layer == VG_LAYER_HOUSEHOLD || vg_random_uniform(&memory) >= recalled[met[i].layer]) {
            continue;
        }
        uint32_t person = person_of(t, met[i].person);
        size_t known = first_contact;
        while (known < t->traced->n_contacts && t->traced->contacts[known].person != person) {
            known++;
        }
        if (known < t->traced->n_contacts) {
            t->traced->contacts[known].day = t->exercise->first_date + day;
        } else {
            name(t, source, met[i].person, day, listed, met[i].layer, false);
        }
    }
}

static void ask(struct interviews *t, const struct vg_exercise_case *one, uint32_t source)
{
    const struct vg_exercise *exercise = t->exercise;
    struct vg_random random = vg_random_stream(exercise->seed, one->person, 0x7ACE, (uint32_t)one->report);
    int32_t day = one->onset != VG_DATE_NONE ? one->onset : one->test;
    size_t first_contact = t->traced->n_contacts;
    if (vg_random_uniform(&random) >= ASKED) {
        return;
    }
    double draw = vg_random_uniform(&random);
    int32_t listed = one->report;
    for (int delay = 0; delay < DELAYS && draw >= asked_after[delay]; delay++) {
        listed++;
    }
    if (exercise->first_date + listed > t->traced->newest) {
        return; /* still to be asked */
    }
    day = day < listed ? day : listed;
    struct vg_person facts = exercise->world->person(exercise->world->context, one->person, 0);
    for (uint32_t mate = facts.household; mate < facts.household + facts.household_size; mate++) {
        if (mate != one->person && vg_random_uniform(&random) < recalled[VG_LAYER_HOUSEHOLD]) {
            name(t, source, mate, day, listed, VG_LAYER_HOUSEHOLD, true);
        }
    }
    int32_t from = day > BEFORE_DAYS ? day - BEFORE_DAYS : 0, to = one->report < from + ASKED_DAYS ? one->report : from + ASKED_DAYS;
    for (int32_t asked = from; asked < to && exercise->world->contacts != NULL; asked++) {
        ask_of_day(t, one, source, first_contact, asked, listed);
    }
}

vg_status example_interviews(const struct vg_exercise *exercise, int32_t newest, struct vg_arena *arena, struct example_traced *traced, struct vg_error *error)
{
    int32_t last = newest - exercise->first_date;
    size_t n_cases = 0;
    for (size_t i = 0; i < exercise->n_cases; i++) {
        n_cases += exercise->cases[i].report <= last && exercise->cases[i].report > last - DAYS && is_there(exercise, exercise->cases[i].municipality_reported) ? 1 : 0;
    }
    *traced = (struct example_traced){.newest = newest};
    struct interviews t = {exercise, traced, VG_ARENA_ARRAY(arena, uint32_t, exercise->world->n_persons), (n_cases + 1) * ROOM_A_CASE};
    traced->persons = VG_ARENA_ARRAY(arena, struct example_person, t.capacity);
    traced->contacts = VG_ARENA_ARRAY(arena, struct example_contact, t.capacity);
    traced->cases = VG_ARENA_ARRAY(arena, struct example_case, n_cases + 1);
    if (t.index == NULL || traced->persons == NULL || traced->contacts == NULL || traced->cases == NULL) {
        return vg_fail_memory(error, t.capacity * sizeof *traced->contacts);
    }
    for (size_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        bool known = one->report <= last && one->report > last - DAYS && (one->withdrawn == VG_DATE_NONE || one->withdrawn > last);
        if (!known || (one->flags & VG_EXERCISE_DUPLICATE) != 0 || !is_there(exercise, one->municipality_reported)) {
            continue;
        }
        uint32_t person = person_of(&t, one->person);
        bool onset = one->onset != VG_DATE_NONE && (one->onset_known == VG_DATE_NONE || one->onset_known <= last);
        if (person == EXAMPLE_NOBODY) {
            continue;
        }
        traced->cases[traced->n_cases++] = (struct example_case){person, onset ? exercise->first_date + one->onset : VG_DATE_NONE, exercise->first_date + one->report};
        ask(&t, one, person);
    }
    return VG_OK;
}
