/*
 * What places offer, and the rates at which those who share a place must meet so that a simulation's contacts are the wanted ones. Where persons of two ages share places,
 * wanted contacts over opportunities is the rate of a pair, and since both sides of that fraction are reciprocal so is the rate. What no place allows goes to the community,
 * in which anybody may be met.
 */
#include "control/mixing/mixing.h"

#include <math.h>
#include <string.h>

/* ----------------------------------------------------------- opportunities */

struct members { const uint8_t *band; const uint32_t *place; size_t n_persons, n_bands, n_places; double scaling; };

/* Persons in the order of their places; start [n_places + 1]. */
static void order_by_place(const struct members *members, size_t *start, uint32_t *persons)
{
    memset(start, 0, (members->n_places + 1) * sizeof *start);
    for (size_t person = 0; person < members->n_persons; person++) {
        if (members->place[person] != VG_MIXING_NO_PLACE) {
            start[members->place[person] + 1]++;
        }
    }
    for (size_t place = 0; place < members->n_places; place++) {
        start[place + 1] += start[place];
    }
    /* Filling moves each start to the next one's; moved back after. */
    for (size_t person = 0; person < members->n_persons; person++) {
        if (members->place[person] != VG_MIXING_NO_PLACE) {
            persons[start[members->place[person]]++] = (uint32_t)person;
        }
    }
    for (size_t place = members->n_places; place > 0; place--) {
        start[place] = start[place - 1];
    }
    start[0] = 0;
}

static void add_place(const struct members *members, const uint32_t *persons, size_t count, double *meetings)
{
    uint32_t by_band[VG_AGE_BANDS_MAX] = {0};
    uint8_t present[VG_AGE_BANDS_MAX];
    size_t n_present = 0;
    for (size_t k = 0; k < count; k++) {
        uint8_t band = members->band[persons[k]];
        if (by_band[band]++ == 0) {
            present[n_present++] = band;
        }
    }
    double each = count > 1 && members->scaling != 0.0 ? pow((double)(count - 1), -members->scaling) : 1.0;
    for (size_t a = 0; a < n_present; a++) {
        for (size_t b = 0; b < n_present; b++) {
            double others = (double)by_band[present[b]] - (a == b ? 1.0 : 0.0);
            meetings[present[a] * members->n_bands + present[b]] += (double)by_band[present[a]] * others * each;
        }
    }
}

vg_status vg_mixing_opportunities(const uint8_t *band, const uint32_t *place, size_t n_persons, size_t n_bands, size_t n_places, double scaling,
                                  double *opportunities, double *population, struct vg_error *error)
{
    const struct members members = {band, place, n_persons, n_bands, n_places, scaling};
    double people[VG_AGE_BANDS_MAX] = {0.0};
    VG_ASSERT(n_bands > 0 && n_bands <= VG_AGE_BANDS_MAX && n_persons < UINT32_MAX);
    for (size_t person = 0; person < n_persons; person++) {
        if (band[person] >= n_bands || (place[person] >= n_places && place[person] != VG_MIXING_NO_PLACE)) {
            return vg_fail(error, VG_USAGE_ERROR, "person %zu has band %u of %zu and place %u of %zu", person, (unsigned)band[person], n_bands, (unsigned)place[person], n_places);
        }
        people[band[person]] += 1.0;
    }
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    size_t *start = VG_ARENA_ARRAY(&arena, size_t, n_places + 1);
    uint32_t *persons = VG_ARENA_ARRAY(&arena, uint32_t, n_persons + 1);
    if (arena.failed) {
        vg_arena_release(&arena);
        return vg_fail_memory(error, n_persons * sizeof *persons);
    }
    order_by_place(&members, start, persons);
    memset(opportunities, 0, n_bands * n_bands * sizeof *opportunities);
    for (size_t k = 0; k < n_places; k++) {
        add_place(&members, persons + start[k], start[k + 1] - start[k], opportunities);
    }
    for (size_t cell = 0; cell < n_bands * n_bands; cell++) {
        opportunities[cell] = people[cell / n_bands] > 0.0 ? opportunities[cell] / people[cell / n_bands] : 0.0;
    }
    if (population != NULL) {
        memcpy(population, people, n_bands * sizeof *population);
    }
    vg_arena_release(&arena);
    return VG_OK;
}

void vg_mixing_home_of_households(const double *opportunities, const double *population, size_t n_bands, double contacts_a_day, double *home)
{
    double meetings = 0.0, people = 0.0;
    for (size_t i = 0; i < n_bands; i++) {
        for (size_t j = 0; j < n_bands; j++) {
            meetings += population[i] * opportunities[i * n_bands + j];
        }
        people += population[i];
    }
    double each = meetings > 0.0 ? contacts_a_day * people / meetings : 0.0;
    for (size_t cell = 0; cell < n_bands * n_bands; cell++) {
        home[cell] = each * opportunities[cell];
    }
}

/* -------------------------------------------------------------------- fit */

static uint32_t to_threshold(double share)
{
    double scaled = floor(share * 4294967296.0 + 0.5);
    return scaled >= 4294967295.0 ? UINT32_MAX : scaled <= 0.0 ? 0 : (uint32_t)scaled;
}

static bool new_layer(size_t n, struct vg_arena *arena, struct vg_mixing_layer *layer)
{
    *layer = (struct vg_mixing_layer){
        .contacts = VG_ARENA_ARRAY(arena, double, n * n), .per_day = VG_ARENA_ARRAY(arena, double, n), .target_age = VG_ARENA_ARRAY(arena, double, n * n),
        .threshold = VG_ARENA_ARRAY(arena, uint32_t, n * n), .pair_rate = VG_ARENA_ARRAY(arena, double, n * n), .row_rate = VG_ARENA_ARRAY(arena, double, n),
        .accept = VG_ARENA_ARRAY(arena, uint32_t, n * n), .weight = NAN};
    return !arena->failed;
}

/* Keeps of a layer's contacts what its places allow and gives back the rest, cell by cell. */
static void keep_allowed(const struct vg_mixing_supply *supply, const double *population, size_t n, double *contacts, double *rest)
{
    for (size_t cell = 0; cell < n * n; cell++) {
        double offered = supply->opportunities == NULL ? population[cell % n] : supply->opportunities[cell];
        double most = supply->most_per_pair > 0.0 ? supply->most_per_pair * offered : INFINITY;
        double kept = offered > 0.0 ? fmin(contacts[cell], most) : 0.0;
        rest[cell] = contacts[cell] - kept;
        contacts[cell] = kept;
    }
}

static void fill_rates(const struct vg_mixing_supply *supply, const double *population, size_t n, struct vg_mixing_layer *layer)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double offered = supply->opportunities == NULL ? population[j] : supply->opportunities[i * n + j];
            double rate = offered > 0.0 ? layer->contacts[i * n + j] / offered : 0.0;
            layer->pair_rate[i * n + j] = rate;
            layer->row_rate[i] = fmax(layer->row_rate[i], rate);
        }
        for (size_t j = 0; j < n; j++) {
            layer->accept[i * n + j] = layer->row_rate[i] > 0.0 ? to_threshold(layer->pair_rate[i * n + j] / layer->row_rate[i]) : 0;
        }
    }
}

static void fill_targets(const double *population, double people, size_t n, struct vg_mixing_layer *layer)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0, so_far = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += layer->contacts[i * n + j];
        }
        layer->per_day[i] = sum;
        for (size_t j = 0; j < n; j++) {
            layer->target_age[i * n + j] = sum > 0.0 ? layer->contacts[i * n + j] / sum : people > 0.0 ? population[j] / people : 0.0;
            so_far += layer->target_age[i * n + j];
            layer->threshold[i * n + j] = to_threshold(so_far);
        }
    }
}

static vg_status check_fit(const struct vg_contact_matrices *wanted, const double *population, const struct vg_mixing_supply *supply, struct vg_error *error)
{
    size_t n = wanted->bands.count;
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        if (supply[setting].fixed && (setting == VG_SETTING_OTHER || supply[setting].opportunities == NULL)) {
            return vg_fail(error, VG_USAGE_ERROR, "only a setting with places, not the community, can be fixed by who shares them");
        }
    }
    if (!vg_age_bands_valid(&wanted->bands)) {
        return vg_fail(error, VG_USAGE_ERROR, "age bands must begin at 0, rise, and end at 100 at the latest");
    }
    for (size_t band = 0; band < n; band++) {
        if (!(population[band] >= 0.0) || isinf(population[band])) {
            return vg_fail(error, VG_DATA_ERROR, "the population of age band %zu is negative or not finite", band + 1);
        }
    }
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        for (size_t cell = 0; cell < n * n; cell++) {
            double value = wanted->contacts[setting][cell];
            if (!(value >= 0.0) || isinf(value)) {
                return vg_fail(error, VG_DATA_ERROR, "contacts at %s, row %zu, column %zu: found %g, expected a number of contacts", vg_setting_name((enum vg_setting)setting),
                               cell / n + 1, cell % n + 1, value);
            }
        }
    }
    return VG_OK;
}

#define MOST_EXCESS 0.005 /* of all contacts */

/* Meetings that a weight makes beyond all that are wanted between two ages. */
static double excess_of(double weight, const double *opportunities, const double *total, const double *population, size_t n)
{
    double excess = 0.0;
    for (size_t cell = 0; cell < n * n; cell++) {
        excess += population[cell / n] * fmax(weight * opportunities[cell] - total[cell], 0.0);
    }
    return excess;
}

/* The weight with which a fixed layer has as many contacts as wanted, or the largest below it that makes no more than a little too many between some ages. */
static double lower_weight(double weight, const double *opportunities, const double *total, const double *population, size_t n)
{
    double all = 0.0, low = 0.0, high = weight;
    for (size_t cell = 0; cell < n * n; cell++) {
        all += population[cell / n] * total[cell];
    }
    if (excess_of(weight, opportunities, total, population, n) <= MOST_EXCESS * all) {
        return weight;
    }
    for (int step = 0; step < 60; step++) {
        double middle = 0.5 * (low + high);
        if (excess_of(middle, opportunities, total, population, n) <= MOST_EXCESS * all) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* contacts = weight * opportunities; rest is what is wanted and not made, negative where more is made. */
static double keep_fixed(const struct vg_mixing_supply *supply, const double *population, const double *total, size_t n, double *contacts, double *rest)
{
    double wanted = 0.0, offered = 0.0;
    for (size_t cell = 0; cell < n * n; cell++) {
        wanted += population[cell / n] * contacts[cell];
        offered += population[cell / n] * supply->opportunities[cell];
    }
    double weight = lower_weight(offered > 0.0 ? wanted / offered : 0.0, supply->opportunities, total, population, n);
    for (size_t cell = 0; cell < n * n; cell++) {
        rest[cell] = contacts[cell] - weight * supply->opportunities[cell];
        contacts[cell] = weight * supply->opportunities[cell];
    }
    return weight;
}

/* Where the community owes contacts, work and then school pay; what they lack is the gap. */
static void settle_debts(double people, size_t n, struct vg_mixing_fit *fit)
{
    double *community = fit->layers[VG_SETTING_OTHER].contacts;
    static const enum vg_setting payers[] = {VG_SETTING_WORK, VG_SETTING_SCHOOL};
    for (size_t cell = 0; cell < n * n; cell++) {
        for (size_t k = 0; k < sizeof payers / sizeof *payers && community[cell] < 0.0; k++) {
            double *payer = &fit->layers[payers[k]].contacts[cell];
            double paid = isnan(fit->layers[payers[k]].weight) ? fmin(*payer, -community[cell]) : 0.0;
            *payer -= paid;
            community[cell] += paid;
        }
        if (community[cell] < 0.0) {
            fit->gap -= people > 0.0 ? community[cell] * fit->population[cell / n] / people : 0.0;
            community[cell] = 0.0;
        }
    }
}

/* Contacts of all layers but the community, brought to what is allowed; what is left joins the community's. */
static void move_rest(const struct vg_mixing_supply *supply, const double *total, double people, size_t n, double *rest, struct vg_mixing_fit *fit)
{
    for (size_t setting = 0; setting < VG_SETTING_OTHER; setting++) {
        struct vg_mixing_layer *layer = &fit->layers[setting];
        if (supply[setting].fixed) {
            layer->weight = keep_fixed(&supply[setting], fit->population, total, n, layer->contacts, rest);
        } else {
            keep_allowed(&supply[setting], fit->population, n, layer->contacts, rest);
        }
        for (size_t cell = 0; cell < n * n; cell++) {
            fit->layers[VG_SETTING_OTHER].contacts[cell] += rest[cell];
            layer->moved += people > 0.0 ? fmax(rest[cell], 0.0) * fit->population[cell / n] / people : 0.0;
        }
    }
    settle_debts(people, n, fit);
}

vg_status vg_mixing_fit(const struct vg_contact_matrices *wanted, const double *population, const struct vg_mixing_supply supply[VG_SETTING_COUNT], struct vg_arena *arena,
                        struct vg_mixing_fit *fit, struct vg_error *error)
{
    size_t n = wanted->bands.count;
    double people = 0.0;
    vg_status status = check_fit(wanted, population, supply, error);
    if (status != VG_OK) {
        return status;
    }
    *fit = (struct vg_mixing_fit){.bands = wanted->bands, .population = VG_ARENA_ARRAY(arena, double, n)};
    double *rest = VG_ARENA_ARRAY(arena, double, n * n), *total = VG_ARENA_ARRAY(arena, double, n * n);
    for (size_t setting = 0; setting < VG_SETTING_COUNT && !arena->failed; setting++) {
        (void)new_layer(n, arena, &fit->layers[setting]);
    }
    if (arena->failed) {
        return vg_fail_memory(error, n * n * sizeof(double));
    }
    memcpy(fit->population, population, n * sizeof *population);
    for (size_t band = 0; band < n; band++) {
        people += population[band];
    }
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        double *contacts = fit->layers[setting].contacts;
        memcpy(contacts, wanted->contacts[setting], n * n * sizeof *contacts);
        vg_mixing_make_reciprocal(population, n, contacts);
        for (size_t cell = 0; cell < n * n; cell++) {
            total[cell] += contacts[cell];
        }
    }
    move_rest(supply, total, people, n, rest, fit);
    keep_allowed(&supply[VG_SETTING_OTHER], population, n, fit->layers[VG_SETTING_OTHER].contacts, rest);
    for (size_t cell = 0; cell < n * n; cell++) {
        double realised = 0.0;
        for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
            realised += fit->layers[setting].contacts[cell];
        }
        fit->worst_gap = fmax(fit->worst_gap, fabs(realised - total[cell]));
        if (rest[cell] > 1e-9) {
            return vg_fail(error, VG_USAGE_ERROR, "the community does not allow %.3g contacts a day between age bands %zu and %zu; give it no places, or a higher limit a pair", rest[cell], cell / n + 1, cell % n + 1);
        }
    }
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        fill_rates(&supply[setting], population, n, &fit->layers[setting]);
        fill_targets(population, people, n, &fit->layers[setting]);
    }
    return VG_OK;
}
