/*
 * Contact-exact mode: which contacts took place. Of those that plans and permutations make (epidemic_exact.c), a closing, a cordon, isolation and quarantine
 * take some away; a hash of the two people and the day says which, so both lose the same, and the same whoever asks and whenever. What measures left is kept for
 * every day, and of each person the last two times at home, the last by its length alone, for the word has its end. Masks and the season take no contact away: they
 * thin what it passes on.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>

#define AGED_COLUMNS (VG_LAYERS + 1U) /* before: by layer, and of cordons */

/*
 * Times at home, counted in day + 1. The last one ends with the quarantine in the person's word, so its length says when it began; the one before ended `gap` days before
 * that and lasted `before` days. 0 days: there was none. What does not fit is forgotten from its beginning: of times of more than 1,023 days the last ones, and a former
 * time more than 2,047 days ago. Whoever died has the day in place of the end of quarantine; where the last time at home was over by then it counts as the former one.
 */
struct away {
    unsigned length : 10, gap : 11, before : 11;
};
#define LENGTH_MOST 1023U
#define GAP_MOST 2047U

static size_t columns(const struct vg_epidemic *e)
{
    return AGED_COLUMNS + e->n_aged;
}

bool kept_begin(struct vg_epidemic *e)
{
    if (e->input.mode != VG_CONTACTS_EXACT) {
        return true;
    }
    e->away = calloc(e->n_persons, sizeof *e->away); /* in memory only where somebody stayed at home */
    e->kept = VG_ARENA_ARRAY(&e->arena, uint16_t *, VG_ENGINE_DAYS_MAX + 1);
    return e->away != NULL && e->kept != NULL;
}

/* Today's row, all whole; NULL without memory. */
static uint16_t *row_today(struct vg_epidemic *e)
{
    uint16_t *row = e->kept[e->day];
    if (row == NULL) {
        row = VG_ARENA_ARRAY(&e->arena, uint16_t, e->n_municipalities * columns(e));
        for (size_t i = 0; row != NULL && i < e->n_municipalities * columns(e); i++) {
            row[i] = WHOLE;
        }
        e->kept[e->day] = row;
    }
    return row;
}

void kept_lower(struct vg_epidemic *e, uint32_t municipality, unsigned column, uint32_t left)
{
    uint16_t *row = row_today(e);
    if (row == NULL) {
        atomic_store(&e->chunks.failed, true);
        return;
    }
    uint16_t *cell = &row[(size_t)municipality * columns(e) + column];
    *cell = (uint16_t)(*cell * left >> 15);
}

static uint32_t over_border(const struct vg_epidemic *e, const uint16_t *row, uint32_t a, uint32_t b)
{
    uint32_t left = row[(size_t)a * columns(e) + VG_LAYERS];
    uint32_t right = row[(size_t)b * columns(e) + VG_LAYERS];
    return a == b ? WHOLE : left < right ? left : right;
}

bool kept_contact(const struct vg_epidemic *e, uint32_t a, uint32_t b, uint32_t ages, uint32_t pool, unsigned layer, int32_t day)
{
    const uint16_t *row = e->kept == NULL || day < 0 || day > VG_ENGINE_DAYS_MAX ? NULL : e->kept[day];
    if (row == NULL) {
        return true;
    }
    const uint16_t *there = row + (size_t)pool * columns(e);
    uint32_t share = there[layer];
    for (size_t k = 0; k < e->n_aged; k++) {
        share = is_of_ages(&e->input.measures[e->aged[k]], layer, ages) ? share * there[AGED_COLUMNS + k] >> 15 : share;
    }
    if (layer == VG_LAYER_WORK || layer == VG_LAYER_TRAVEL) {
        uint32_t home = municipality_in(e, a);
        uint32_t other = municipality_in(e, b);
        uint32_t least = over_border(e, row, home, other);
        least = over_border(e, row, home, pool) < least ? over_border(e, row, home, pool) : least;
        least = over_border(e, row, other, pool) < least ? over_border(e, row, other, pool) : least;
        share = share * least >> 15;
    }
    uint64_t key = e->key ^ ((uint64_t)(day + 1) << 32 | (uint64_t)DRAW_KEPT << 59 | layer);
    uint64_t hash = draw_of(key, a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a);
    return (uint32_t)(hash >> 49) < share;
}

static uint32_t at_most(uint32_t days, uint32_t most)
{
    return days < most ? days : most;
}

static struct away followed_by(struct away last, uint32_t gap, uint32_t length)
{
    bool known = last.length > 0 && gap <= GAP_MOST;
    return (struct away){.length = at_most(length, LENGTH_MOST) & LENGTH_MOST, .gap = (known ? gap : 0) & GAP_MOST, .before = known ? last.length : 0U};
}

static void note(struct vg_epidemic *e, uint32_t person, uint32_t until)
{
    struct away *away = &e->away[person];
    uint32_t today = (uint32_t)e->day + 1, ends = word_quarantine(e->words[person]);
    if (away->length == 0 || ends < today) { /* a new one */
        *away = followed_by(*away, today - ends, until - today + 1);
    } else {
        away->length = at_most(away->length + until - ends, LENGTH_MOST) & LENGTH_MOST;
    }
}

/* Who would be at home on no day, or not longer than is known, stays as they are. */
void stay_at_home(struct vg_epidemic *e, uint32_t person, uint64_t until)
{
    uint64_t word = e->words[person];
    if (e->away != NULL && !word_dead(word) && until > (uint64_t)e->day && until > word_quarantine(word)) {
        note(e, person, (uint32_t)until);
        e->words[person] = word_with(word, WORD_QUARANTINE, 12, until);
    } else if (e->away == NULL) {
        e->words[person] = word_with(word, WORD_QUARANTINE, 12, until);
    }
    step_note(e, (struct vg_step){.person = person, .kind = VG_STEP_AWAY, .until = (int32_t)until});
}

void meets_nobody(struct vg_epidemic *e, uint32_t person)
{
    if (e->away == NULL) {
        return;
    }
    struct away *away = &e->away[person];
    uint32_t today = (uint32_t)e->day + 1, ends = word_quarantine(e->words[person]);
    if (away->length > 0 && ends + 1 >= today) {
        away->length = at_most(away->length + today - ends, LENGTH_MOST) & LENGTH_MOST; /* cut, or a day longer: of the day of death nobody asks */
    } else if (away->length > 0) {
        *away = followed_by(*away, today + 1 - ends, 0);
    }
    e->words[person] = word_with(e->words[person], WORD_QUARANTINE, 12, today);
}

bool was_away(const struct vg_epidemic *e, uint32_t person, int32_t day)
{
    struct away away = e->away[person];
    int32_t d = day + 1, until = (int32_t)word_quarantine(e->words[person]), since = until - (int32_t)away.length + 1;
    int32_t until_before = since - (int32_t)away.gap;
    return (d >= since && d <= until) || (d > until_before - (int32_t)away.before && d <= until_before);
}

static bool was_dead(const struct vg_epidemic *e, uint32_t person, int32_t day)
{
    return word_dead(e->words[person]) && (uint32_t)day + 1 >= word_quarantine(e->words[person]);
}

bool was_there(const struct vg_epidemic *e, uint32_t person, unsigned layer, int32_t day)
{
    return e->away == NULL || !is_own(e, person) || (!was_dead(e, person, day) && (layer == VG_LAYER_HOUSEHOLD || !was_away(e, person, day)));
}

/* For checkpoints: rows that there are, and all the times at home. */
size_t kept_row_bytes(const struct vg_epidemic *e)
{
    return e->n_municipalities * columns(e) * sizeof(uint16_t);
}

size_t away_bytes(const struct vg_epidemic *e)
{
    return e->n_persons * sizeof(struct away);
}

uint16_t *kept_row_of(struct vg_epidemic *e, int32_t day)
{
    int32_t today = e->day;
    e->day = day;
    uint16_t *row = row_today(e);
    e->day = today;
    return row;
}
