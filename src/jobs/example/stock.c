/*
 * The example's stock ledger: invented, as the exercise is. Each province has a hospital store whose use follows the exercise's patients, with deliveries that suffice in some and not in others,
 * and each country a reserve; lots of which some expire; beds counted, except where nobody told. Same seed and day, same ledger.
 */
#include "jobs/example/internal.h"

#include "store/stock/stock.h"

#include <math.h>
#include <string.h>

#define DAYS 56
#define ACTOR "exercise"
#define HOSPITAL "Hospital"
#define NOTE "invented for an exercise"
#define PURPOSE 770

/* Used by a patient and day (of the ward and of intensive care), and how many days of use were there at first. */
static const struct supply { const char *item; double ward, icu, days_at_first; int lot_days; /* 0: no lots; else how long one lasts */ } supplies[] = {
    {"oxygen_m3", 4.3, 14.0, 12.0, 0}, {"respirator", 3.0, 9.0, 30.0, 0}, {"gown", 4.0, 12.0, 20.0, 0}, {"dexamethasone_mg", 4.0, 6.0, 40.0, 120}, {"antigen_test", 1.5, 1.0, 45.0, 50},
};

struct example_store {
    struct vg_stock_work *work;
    struct vg_error *error;
    const char *place, *facility;
    uint32_t number;                   /* of the province */
    uint64_t seed;
    int32_t newest;
    const double *ward, *icu;          /* [DAYS] patients, oldest first */
};

static vg_status tell(struct example_store *at, enum vg_stock_event event, const char *item, int32_t day, double amount, const char *lot, int32_t expiry, double in_use)
{
    struct vg_stock_done done;
    const struct vg_stock_told told = {.event = event, .item = item, .place = at->place, .facility = at->facility, .lot = lot, .expiry = expiry, .day = day, .amount = llround(amount) * VG_STOCK_UNIT,
                                       .in_use = in_use < 0.0 ? -1 : llround(in_use) * VG_STOCK_UNIT, .note = NOTE};
    return told.amount == 0 && event != VG_STOCK_COUNTED ? VG_OK : vg_stock_tell(at->work, &told, &done, at->error);
}

static struct vg_random draws(const struct example_store *at, size_t day, uint32_t what)
{
    return vg_random_stream(at->seed, at->number, (uint32_t)day, PURPOSE + what);
}

/* A supply through the days: a delivery a week, of what is used lately times how well the province is supplied. */
static vg_status tell_supply(struct example_store *at, size_t which)
{
    const struct supply *supply = &supplies[which];
    struct vg_random random = draws(at, 0, (uint32_t)which);
    const double supplied = 0.55 + 0.8 * vg_random_uniform(&random);
    double left = 0.0, lately = fmax(5.0, supply->ward * at->ward[0] + supply->icu * at->icu[0]);
    vg_status status = VG_OK;
    for (size_t day = 0; status == VG_OK && day < DAYS; day++) {
        const int32_t date = at->newest - DAYS + 1 + (int32_t)day;
        random = draws(at, day + 1, (uint32_t)which);
        const double wanted = (supply->ward * at->ward[day] + supply->icu * at->icu[day]) * (0.8 + 0.4 * vg_random_uniform(&random));
        lately = 0.8 * lately + 0.2 * wanted;
        if (day % 7 == at->number % 7 || day == 0) {
            const double comes = day == 0 ? lately * supply->days_at_first : 7.0 * lately * supplied;
            char lot[24];
            (void)snprintf(lot, sizeof lot, "E%u-%zu", at->number + 1, day + 1);
            status = tell(at, VG_STOCK_RECEIVED, supply->item, date, comes, supply->lot_days == 0 ? NULL : lot, supply->lot_days == 0 ? VG_DATE_NONE : date + supply->lot_days, -1.0);
            left += (double)llround(comes);
        }
        if (status == VG_OK && supply->lot_days == 0) {
            const double used = fmin(floor(left), (double)llround(wanted));
            status = tell(at, VG_STOCK_USED, supply->item, date, used, NULL, VG_DATE_NONE, -1.0);
            left -= used;
        } else if (status == VG_OK && tell(at, VG_STOCK_USED, supply->item, date, wanted, NULL, VG_DATE_NONE, -1.0) != VG_OK) {
            status = at->error->status == VG_DATA_ERROR ? VG_OK : at->error->status; /* not so much that has not expired: nothing is used that day */
        }
    }
    return status;
}

/* Doses come in lots of six weeks; three in four are given in time, and the rest waits. */
static vg_status tell_doses(struct example_store *at, double people)
{
    vg_status status = VG_OK;
    const double lot_size = ceil(people / 400.0) * 10.0;
    for (size_t day = 0; status == VG_OK && day < DAYS; day++) {
        const int32_t date = at->newest - DAYS + 1 + (int32_t)day;
        struct vg_random random = draws(at, day, 50);
        if (day % 14 == at->number % 7) {
            char lot[24];
            (void)snprintf(lot, sizeof lot, "V%u-%zu", at->number + 1, day / 14 + 1);
            status = tell(at, VG_STOCK_RECEIVED, "vaccine_dose", date, lot_size, lot, date + 42, -1.0);
        } else if (day > 7 && tell(at, VG_STOCK_USED, "vaccine_dose", date, lot_size / 14.0 * (0.5 + 0.5 * vg_random_uniform(&random)), NULL, VG_DATE_NONE, -1.0) != VG_OK) {
            status = at->error->status == VG_DATA_ERROR ? VG_OK : at->error->status;
        }
    }
    return status;
}

/* Beds as the hospitals say them; of the fourth province nobody told of ventilators, of the seventh of nothing that serves again. */
static vg_status tell_beds(struct example_store *at, double ward_beds, double icu_beds)
{
    const int32_t date = at->newest - (int32_t)(at->number % 5);
    const double ward = at->ward[DAYS - 1], icu = at->icu[DAYS - 1];
    if (at->number % 7 == 6) {
        return VG_OK;
    }
    vg_status status = tell(at, VG_STOCK_COUNTED, "ward", date, ward_beds, NULL, VG_DATE_NONE, fmin(ward, ward_beds));
    status = status == VG_OK ? tell(at, VG_STOCK_COUNTED, "icu", date, icu_beds, NULL, VG_DATE_NONE, fmin(icu, icu_beds)) : status;
    if (status == VG_OK && at->number % 7 != 3) {
        status = tell(at, VG_STOCK_COUNTED, "ventilator", date, ceil(0.7 * icu_beds), NULL, VG_DATE_NONE, fmin(ceil(0.6 * icu), ceil(0.7 * icu_beds)));
    }
    return status == VG_OK && at->number % 2 == 0 ? tell(at, VG_STOCK_COUNTED, "intensive_nurse", date, 4.0 * icu_beds, NULL, VG_DATE_NONE, -1.0) : status;
}

enum { WARD, ICU, WARD_BEDS, ICU_BEDS, MEASURES };

/* The newest number that was reported, until the day. */
static double value_of(const struct vg_series_matrix *matrix, uint32_t place, int32_t day)
{
    for (size_t row = 0; row < matrix->n_places; row++) {
        for (int64_t step = (int64_t)day - matrix->start; matrix->place[row] == place && step >= 0; step--) {
            if (step < (int64_t)matrix->n_steps && !isnan(matrix->values[row * matrix->n_steps + (size_t)step])) {
                return matrix->values[row * matrix->n_steps + (size_t)step];
            }
        }
    }
    return 0.0;
}

static vg_status tell_province(struct example_store *at, uint32_t place, const struct vg_place *known, const struct vg_series_matrix matrices[MEASURES], struct vg_arena *arena)
{
    double *ward = VG_ARENA_ARRAY(arena, double, DAYS), *icu = VG_ARENA_ARRAY(arena, double, DAYS);
    if (ward == NULL || icu == NULL) {
        return vg_fail_memory(at->error, DAYS * sizeof *ward);
    }
    for (int32_t day = 0; day < DAYS; day++) {
        ward[day] = value_of(&matrices[WARD], place, at->newest - DAYS + 1 + day);
        icu[day] = value_of(&matrices[ICU], place, at->newest - DAYS + 1 + day);
    }
    at->ward = ward;
    at->icu = icu;
    at->place = known->code;
    vg_status status = tell_beds(at, value_of(&matrices[WARD_BEDS], place, at->newest), value_of(&matrices[ICU_BEDS], place, at->newest));
    for (size_t which = 0; status == VG_OK && which < sizeof supplies / sizeof *supplies; which++) {
        status = tell_supply(at, which);
    }
    return status == VG_OK ? tell_doses(at, isnan(known->population) ? 50000.0 : known->population) : status;
}

/* A reserve of each country, in its first province: what a plan can give. */
static vg_status tell_reserve(struct example_store *at, const struct vg_place_list *places, size_t first, const struct vg_series_matrix matrices[MEASURES])
{
    const struct vg_series_matrix *provinces = &matrices[WARD];
    const uint32_t country = places->places[provinces->place[first]].parent;
    double ward = 0.0, icu = 0.0, beds = 0.0;
    for (size_t row = 0; row < provinces->n_places; row++) {
        if (places->places[provinces->place[row]].parent == country && row < first) {
            return VG_OK; /* told with the first */
        }
        if (places->places[provinces->place[row]].parent == country) {
            ward += value_of(&matrices[WARD], provinces->place[row], at->newest);
            icu += value_of(&matrices[ICU], provinces->place[row], at->newest);
            beds += value_of(&matrices[ICU_BEDS], provinces->place[row], at->newest);
        }
    }
    at->place = places->places[provinces->place[first]].code;
    at->facility = "National reserve";
    vg_status status = tell(at, VG_STOCK_COUNTED, "ventilator", at->newest, ceil(0.1 * beds), NULL, VG_DATE_NONE, 0.0);
    status = status == VG_OK ? tell(at, VG_STOCK_RECEIVED, "oxygen_m3", at->newest - 3, 40.0 * (supplies[0].ward * ward + supplies[0].icu * icu), NULL, VG_DATE_NONE, -1.0) : status;
    at->facility = HOSPITAL;
    return status;
}

vg_status example_stock(struct vg_store *store, int32_t newest, uint64_t seed, struct vg_error *error)
{
    static const char *const measures[MEASURES] = {"ward_patients", "icu_patients", "ward_beds", "icu_beds"};
    struct vg_series_matrix matrices[MEASURES];
    struct vg_arena arena;
    struct example_store at = {.error = error, .seed = seed, .newest = newest, .facility = HOSPITAL};
    vg_arena_init(&arena, 0);
    vg_status status = VG_OK;
    for (int i = 0; status == VG_OK && i < MEASURES; i++) {
        const struct vg_cube_filter filter = {.dataset = EXAMPLE_CENSUS, .measure = measures[i], .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE, .step_days = 1};
        status = vg_store_series_by_place(store, &filter, VG_LEVEL_ADMIN1, &arena, &matrices[i], error);
    }
    status = status == VG_OK ? vg_stock_begin(store, ACTOR, NULL, NULL, NULL, &at.work, error) : status;
    const struct vg_place_list *places = vg_store_place_list(store);
    for (size_t row = 0; status == VG_OK && row < matrices[WARD].n_places; row++) {
        at.number = (uint32_t)row;
        status = tell_province(&at, matrices[WARD].place[row], &places->places[matrices[WARD].place[row]], matrices, &arena);
        status = status == VG_OK ? tell_reserve(&at, places, row, matrices) : status;
    }
    status = vg_stock_end(at.work, status, error);
    vg_arena_release(&arena);
    return status;
}
