/*
 * Which measures are in force where, and what they and the season leave of contacts that day. Strength fades in and out along
 * lines and is lost to fatigue; triggers look at reported cases, admissions and beds up to the day before, never at what only
 * the simulation knows.
 */
#include "control/epidemic_internal.h"

#define WINDOW_DAYS 7

bool measure_in_force(const struct vg_epidemic *e, size_t measure, uint32_t municipality)
{
    const struct vg_intervention *m = &e->input.measures[measure];
    if (e->day < m->first_day || e->day > m->last_day || (m->where != NULL && m->where[municipality] == 0)) {
        return false;
    }
    return m->trigger == VG_TRIGGER_NONE || e->in_force_since[measure * e->n_municipalities + municipality] >= 0;
}

static double strength_today(const struct vg_epidemic *e, size_t measure, uint32_t municipality)
{
    const struct vg_intervention *m = &e->input.measures[measure];
    int32_t since =
        m->trigger == VG_TRIGGER_NONE ? m->first_day : e->in_force_since[measure * e->n_municipalities + municipality];
    double strength = m->strength * m->compliance;
    if (m->fade_in_days > 0 && e->day - since < m->fade_in_days) {
        strength *= (e->day - since + 1.0) / (m->fade_in_days + 1.0);
    }
    if (m->fade_out_days > 0 && m->last_day - e->day < m->fade_out_days) {
        strength *= (m->last_day - e->day + 1.0) / (m->fade_out_days + 1.0);
    }
    return strength / (1 + m->fatigue_per_day * (e->day - since));
}

double vg_epidemic_measure_strength(const struct vg_epidemic *e, size_t measure, uint32_t municipality)
{
    const struct vg_intervention *m = &e->input.measures[measure];
    if (!measure_in_force(e, measure, municipality)) {
        return 0;
    }
    return m->kind == VG_INTERVENTION_ISOLATION || m->kind == VG_INTERVENTION_TRACING ? 1 : strength_today(e, measure, municipality);
}

static double people_of(const struct vg_epidemic *e, uint32_t municipality)
{
    return e->p->first[municipality + 1] - e->p->first[municipality];
}

/* Reports or admissions of the last days, whole numbers. */
static double observed_of(const struct vg_epidemic *e, enum vg_trigger_kind trigger, uint32_t municipality)
{
    size_t kind = trigger == VG_TRIGGER_CASES ? 0 : 1;
    double sum = 0;
    for (size_t day = 0; day < WINDOW_DAYS; day++) {
        sum += e->observed[(kind * WINDOW_DAYS + day) * e->n_municipalities + municipality];
    }
    return sum;
}

static double indicator(const struct vg_epidemic *e, const struct vg_intervention *m, uint32_t municipality)
{
    if (m->trigger == VG_TRIGGER_ICU) {
        uint32_t region = e->region[municipality];
        uint32_t beds = e->input.hospital.n_regions == 0 ? 0 : e->input.hospital.icu_beds[region];
        return beds == 0 ? 0 : (double)e->icu[region] / beds;
    }
    double sum = m->trigger_region == NULL ? observed_of(e, m->trigger, municipality) : e->trigger_sum[m->trigger_region[municipality]];
    double people = m->trigger_region == NULL ? people_of(e, municipality) : e->trigger_people[m->trigger_region[municipality]];
    return people > 0 ? sum * 100000 / people : 0;
}

/* What is observed of the regions that a measure's trigger looks at. */
static void observe_regions(struct vg_epidemic *e, const struct vg_intervention *m)
{
    if (m->trigger_region == NULL || m->trigger == VG_TRIGGER_NONE || m->trigger == VG_TRIGGER_ICU) {
        return;
    }
    memset(e->trigger_sum, 0, 2 * e->n_municipalities * sizeof *e->trigger_sum); /* people stand behind */
    for (uint32_t municipality = 0; municipality < e->n_municipalities; municipality++) {
        e->trigger_sum[m->trigger_region[municipality]] += observed_of(e, m->trigger, municipality);
        e->trigger_people[m->trigger_region[municipality]] += people_of(e, municipality);
    }
}

static void pull_trigger(struct vg_epidemic *e, size_t measure, uint32_t municipality)
{
    const struct vg_intervention *m = &e->input.measures[measure];
    int16_t *since = &e->in_force_since[measure * e->n_municipalities + municipality];
    double now = indicator(e, m, municipality);
    if (*since < 0) {
        *since = now >= m->trigger_on ? (int16_t)e->day : -1;
    } else if (now < m->trigger_off && e->day - *since >= m->minimum_days) {
        *since = -1;
    }
}

static int day_of_year_today(const struct vg_epidemic *e)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int32_t date = e->input.first_date + e->day;
    vg_date_to_civil(date, &year, &month, &day);
    return date - vg_date_from_civil(year, 1, 1);
}

static uint32_t season_there(const struct vg_epidemic *e, size_t municipality, int day_of_year)
{
    int later = e->input.season_later_days == NULL ? 0 : e->input.season_later_days[municipality];
    return e->tables.season[later == 0 ? day_of_year : (day_of_year - later + 2 * 366) % 366];
}

/* Of some ages: held against each contact when both are known. */
static void lower_aged(struct vg_epidemic *e, size_t number, uint32_t m, uint32_t left)
{
    size_t k = 0;
    while (e->aged[k] != number) {
        k++;
    }
    if (e->input.mode == VG_CONTACTS_EXACT && !e->input.measures[number].only_safer) {
        kept_lower(e, m, (unsigned)(VG_LAYERS + 1 + k), left);
    } else {
        e->aged_left[k * e->n_municipalities + m] = left;
        e->aged_today = true;
    }
}

/* Contact-exact mode takes away contacts, the same for both; only what makes them safer is left to the draw of what passes on. */
static void lower(struct vg_epidemic *e, const struct vg_intervention *measure, uint32_t m, uint32_t left)
{
    bool exact = e->input.mode == VG_CONTACTS_EXACT;
    if (measure->kind == VG_INTERVENTION_CORDON && exact) {
        kept_lower(e, m, VG_LAYERS, left);
    } else if (measure->kind == VG_INTERVENTION_CORDON) {
        e->cordon[m] = e->cordon[m] * left >> 15;
    }
    for (unsigned layer = 0; layer < VG_LAYERS && measure->kind == VG_INTERVENTION_CONTACTS; layer++) {
        uint32_t *factor = &e->factors[m * VG_LAYERS + layer];
        if ((measure->layers >> layer & 1) == 0) {
            continue;
        }
        if (exact && !measure->only_safer) {
            kept_lower(e, m, layer, left);
        } else {
            *factor = *factor * left >> 15;
        }
    }
}

void measures_of_day(struct vg_epidemic *e)
{
    int day_of_year = day_of_year_today(e);
    for (size_t m = 0; m < e->n_municipalities; m++) {
        uint32_t season = season_there(e, m, day_of_year);
        e->cordon[m] = WHOLE;
        for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
            e->factors[m * VG_LAYERS + layer] = season;
        }
    }
    for (size_t i = 0; i < e->n_aged * e->n_municipalities; i++) {
        e->aged_left[i] = WHOLE;
    }
    e->aged_today = false;
    for (size_t i = 0; i < e->input.n_measures; i++) {
        const struct vg_intervention *measure = &e->input.measures[i];
        if (e->day < measure->first_day || e->day > measure->last_day) {
            continue;
        }
        observe_regions(e, measure);
        for (uint32_t m = 0; m < e->n_municipalities; m++) {
            if (measure->trigger != VG_TRIGGER_NONE) {
                pull_trigger(e, i, m);
            }
            if ((measure->kind != VG_INTERVENTION_CONTACTS && measure->kind != VG_INTERVENTION_CORDON) ||
                !measure_in_force(e, i, m)) {
                continue;
            }
            uint32_t left = WHOLE - share_of(strength_today(e, i, m));
            if (measure->ages != 0) {
                lower_aged(e, i, m, left);
            } else {
                lower(e, measure, m, left);
            }
        }
    }
}

static uint32_t sum_of(const struct vg_epidemic *e, enum vg_count_kind kind, size_t municipality)
{
    size_t cells = e->n_ages * e->n_variants;
    const uint32_t *counts = e->counts + (kind * e->n_municipalities + municipality) * cells;
    uint32_t sum = 0;
    for (size_t i = 0; i < cells; i++) {
        sum += counts[i];
    }
    return sum;
}

void measures_observe(struct vg_epidemic *e)
{
    size_t day = (size_t)e->day % WINDOW_DAYS;
    for (size_t m = 0; m < e->n_municipalities; m++) {
        e->observed[day * e->n_municipalities + m] = sum_of(e, VG_COUNT_REPORTED, m);
        e->observed[(WINDOW_DAYS + day) * e->n_municipalities + m] = sum_of(e, VG_COUNT_ADMISSIONS, m);
    }
}
