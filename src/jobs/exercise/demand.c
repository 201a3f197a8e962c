/*
 * What hospitals will hold, held against the truth: as of each day the census of every hospital as it was published by then, and the cases of its province, are given
 * to the demand forecast; its paths, capped by the beds, are added up to provinces and the country. Beside it stands the forecast hubs' baseline of these sums.
 * The paths of intensive care, uncapped, are also what a plan shares its places by; it is judged by who needed one in truth, whether or not there was one.
 */
#include "jobs/exercise/scores.h"

#include "allocate/demand/demand.h"
#include "allocate/plan/plan.h"
#include "monitor/monitor.h"

#include <math.h>
#include <string.h>

enum { WARD, ICU, KINDS, AHEAD_DAYS = 28, PATHS = 200, BINS = 3 };
static const char *const names[KINDS] = {"demand_ward", "demand_icu"};
static const struct { int32_t from, to; const char *name; } bins[BINS] = {{1, 7, "ahead 1-7"}, {8, 14, "ahead 8-14"}, {15, AHEAD_DAYS, "ahead 15-28"}};

/* Provinces and the country by their numbers in the truth; rows of municipalities stay empty. */
struct patients {
    const struct exercise_truth *truth;
    double *in_bed[KINDS]; /* [place * n_days + day] */
    double *in_need;       /* the same of who needed intensive care, with or without a bed */
};

/* What is known on a day. */
struct census {
    const struct exercise_truth *truth;
    struct vg_dictionary hospitals;     /* by the code of their municipality */
    uint32_t *place;                    /* [hospital] */
    size_t n_days;                      /* up to and with the day */
    double *in_bed[KINDS], *cases;      /* [hospital * n_days + day], NaN: not published */
    double *beds[KINDS];                /* [hospital] the newest; NaN: not said */
    int32_t *newest;                    /* [hospital] day that beds are of */
};

/* -------------------------------------------------------------------- truth */

static bool day_of(const struct exercise_truth *truth, struct vg_text cell, size_t n_days, size_t *day)
{
    int32_t date;
    if (!vg_date_parse_iso(cell, &date) || date < truth->first_date || date >= truth->first_date + (int32_t)n_days)
        return false;
    *day = (size_t)(date - truth->first_date);
    return true;
}

static void add_stay(const struct patients *patients, double *counts, uint32_t place, size_t from, size_t until)
{
    for (place = patients->truth->parent[place]; place != UINT32_MAX; place = patients->truth->parent[place])
        for (size_t day = from; day < until; day++)
            counts[(size_t)place * patients->truth->n_days + day]++;
}

/* Counted as the hospitals count: whoever found no bed of intensive care keeps the ward's, and who found none at all is in none. */
static void take_infection(void *context, const struct vg_text *cells)
{
    const struct patients *patients = context;
    const struct exercise_truth *truth = patients->truth;
    uint32_t place = vg_dictionary_find(&truth->by_code, cells[0]);
    bool without_ward = vg_text_equals(cells[4], "true"), without_icu = vg_text_equals(cells[5], "true");
    size_t admitted, intensive = 0, out = truth->n_days;
    if (place == VG_DICTIONARY_NONE || !day_of(truth, cells[1], truth->n_days, &admitted))
        return;
    bool in_icu = day_of(truth, cells[2], truth->n_days, &intensive);
    (void)day_of(truth, cells[3], truth->n_days, &out);
    if (!without_ward)
        add_stay(patients, patients->in_bed[WARD], place, admitted, in_icu && !without_icu ? intensive : out);
    if (in_icu && !without_icu)
        add_stay(patients, patients->in_bed[ICU], place, intensive, out);
    if (in_icu)
        add_stay(patients, patients->in_need, place, intensive, out);
}

static vg_status true_patients(const struct exercise_judging *judging, struct vg_arena *arena, struct patients *patients)
{
    static const char *const columns[] = {"municipality", "t_hosp", "t_icu", "t_disch", "without_ward", "without_icu"};
    struct vg_buffer csv;
    const size_t cells = judging->truth->n_places * judging->truth->n_days;
    *patients = (struct patients){judging->truth, {VG_ARENA_ARRAY(arena, double, cells + 1), VG_ARENA_ARRAY(arena, double, cells + 1)}, VG_ARENA_ARRAY(arena, double, cells + 1)};
    if (arena->failed)
        return vg_fail_memory(judging->error, cells * sizeof(double));
    vg_buffer_init(&csv, 0);
    vg_status status = exercise_read(judging->folder, "truth", "infection.csv", &csv, judging->error);
    if (status == VG_OK)
        status = exercise_csv_rows(&csv, "infection.csv", columns, sizeof columns / sizeof *columns, take_infection, patients, judging->error);
    vg_buffer_release(&csv);
    return status;
}

/* -------------------------------------------------------------- what is known */

static void see_hospital(void *context, const struct vg_text *cells)
{
    struct census *census = context;
    if (vg_dictionary_find(&census->truth->by_code, cells[0]) != VG_DICTIONARY_NONE)
        (void)vg_dictionary_add(&census->hospitals, cells[0]);
}

static void see_census(void *context, const struct vg_text *cells)
{
    struct census *census = context;
    uint32_t hospital = vg_dictionary_find(&census->hospitals, cells[0]);
    size_t day;
    if (hospital == VG_DICTIONARY_NONE || !day_of(census->truth, cells[1], census->n_days, &day))
        return;
    for (size_t kind = 0; kind < KINDS; kind++) {
        double beds = NAN;
        (void)vg_parse_double(cells[2 + kind], '.', &census->in_bed[kind][hospital * census->n_days + day]);
        if ((int32_t)day >= census->newest[hospital] && vg_parse_double(cells[2 + KINDS + kind], '.', &beds))
            census->beds[kind][hospital] = beds;
    }
    census->newest[hospital] = (int32_t)day > census->newest[hospital] ? (int32_t)day : census->newest[hospital];
}

/* A case of the province is one of each of its hospitals': cases tell of growth, not of a level. */
static void see_case(void *context, const struct vg_text *cells)
{
    struct census *census = context;
    uint32_t place = vg_dictionary_find(&census->truth->by_code, cells[0]);
    size_t day;
    for (size_t h = 0; place != VG_DICTIONARY_NONE && day_of(census->truth, cells[1], census->n_days, &day) && h < census->hospitals.count; h++)
        if (census->truth->parent[census->place[h]] == census->truth->parent[place])
            census->cases[h * census->n_days + day]++;
}

struct taking { struct census *census; const char *const *columns; size_t n_columns; exercise_row *row; };

static vg_status take(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows, struct vg_error *error)
{
    const struct taking *taking = context;
    (void)table;
    (void)n_rows;
    return exercise_csv_rows(csv, file_name, taking->columns, taking->n_columns, taking->row, taking->census, error);
}

static vg_status give_room(struct census *census, struct vg_arena *arena, struct vg_error *error)
{
    const size_t n = census->hospitals.count, cells = n * census->n_days;
    census->place = VG_ARENA_ARRAY(arena, uint32_t, n + 1);
    census->newest = VG_ARENA_ARRAY(arena, int32_t, n + 1);
    census->cases = VG_ARENA_ARRAY(arena, double, cells + 1);
    for (size_t kind = 0; kind < KINDS; kind++) {
        census->in_bed[kind] = VG_ARENA_ARRAY(arena, double, cells + 1);
        census->beds[kind] = VG_ARENA_ARRAY(arena, double, n + 1);
        for (size_t i = 0; !arena->failed && i < cells; i++)
            census->in_bed[kind][i] = NAN;
        for (size_t h = 0; !arena->failed && h < n; h++)
            census->beds[kind][h] = NAN;
    }
    if (arena->failed)
        return vg_fail_memory(error, cells * sizeof(double));
    for (size_t h = 0; h < n; h++)
        census->place[h] = vg_dictionary_find(&census->truth->by_code, census->hospitals.keys[h]);
    return VG_OK;
}

static vg_status known_on(const struct exercise_judging *judging, int32_t day, struct vg_arena *arena, struct census *census)
{
    static const char *const of_hospital[] = {"place_code"}, *const of_census[] = {"place_code", "date", "ward_patients", "icu_patients", "ward_beds", "icu_beds"},
                      *const of_case[] = {"municipality", "first_release_day"};
    struct taking first = {census, of_hospital, 1, see_hospital}, second = {census, of_census, 2 + 2 * KINDS, see_census}, third = {census, of_case, 2, see_case};
    *census = (struct census){.truth = judging->truth, .n_days = (size_t)(day - judging->truth->first_date) + 1};
    vg_dictionary_init(&census->hospitals, arena);
    const struct vg_exercise_table *hospitals = vg_exercise_table_find("hospital_census");
    vg_status status = exercise_feed_until(judging->folder, hospitals, day, take, &first, judging->error);
    if (status == VG_OK)
        status = give_room(census, arena, judging->error);
    if (status == VG_OK)
        status = exercise_feed_until(judging->folder, hospitals, day, take, &second, judging->error);
    if (status == VG_OK)
        status = exercise_feed_until(judging->folder, vg_exercise_table_find("linelist"), day, take, &third, judging->error);
    return status;
}

/* -------------------------------------------------------------------- judging */

struct unit { size_t place, kind; const char *level; int32_t day; };

static bool is_in(const struct exercise_truth *truth, uint32_t place, size_t unit)
{
    while (place != UINT32_MAX && place != unit)
        place = truth->parent[place];
    return place == unit;
}

/* Patients in the beds of a province or the country, path by path; false: one of its hospitals has no forecast, or it has none. */
static bool add_up(const struct census *census, const struct vg_demand_forecast *forecast, const struct unit *unit, double *paths, double *known)
{
    const size_t n = census->hospitals.count;
    bool any = false, all = true;
    memset(paths, 0, PATHS * AHEAD_DAYS * sizeof *paths);
    memset(known, 0, census->n_days * sizeof *known);
    for (size_t h = 0; h < n && all; h++) {
        if (!is_in(census->truth, census->place[h], unit->place))
            continue;
        any = true;
        all = forecast->status[h] == VG_DEMAND_OK;
        for (size_t path = 0; all && path < PATHS; path++) {
            double occupied[AHEAD_DAYS];
            vg_demand_occupied(forecast->paths + (path * n + h) * AHEAD_DAYS, AHEAD_DAYS, census->beds[unit->kind][h], occupied);
            for (size_t ahead = 0; ahead < AHEAD_DAYS; ahead++)
                paths[path * AHEAD_DAYS + ahead] += occupied[ahead];
        }
        double last = 0;
        for (size_t t = 0; t < census->n_days; t++) {
            const double value = census->in_bed[unit->kind][h * census->n_days + t];
            last = isnan(value) ? last : value;
            known[t] += last;
        }
    }
    return any && all;
}

static vg_status judge_unit(const struct exercise_judging *judging, const struct patients *patients, const struct census *census, const struct vg_demand_forecast *forecast,
                            const struct unit *unit, struct vg_arena *arena, struct exercise_scores *scores)
{
    const struct exercise_truth *truth = judging->truth;
    struct exercise_score *rows[BINS];
    struct vg_quantile_series baseline = {.values = NULL};
    struct vg_forecast_parameters parameters;
    enum vg_series_status reason = VG_SERIES_OK;
    double *paths = VG_ARENA_ARRAY(arena, double, PATHS * AHEAD_DAYS), *known = VG_ARENA_ARRAY(arena, double, census->n_days), scratch[PATHS];
    if (paths == NULL || known == NULL)
        return vg_fail_memory(judging->error, PATHS * AHEAD_DAYS * sizeof *paths);
    for (size_t bin = 0; bin < BINS; bin++)
        rows[bin] = exercise_scores_row(scores, names[unit->kind], unit->level, bins[bin].name);
    if (!add_up(census, forecast, unit, paths, known)) {
        for (size_t bin = 0; bin < BINS; bin++)
            rows[bin]->without++;
        return VG_OK;
    }
    const struct vg_series series = {truth->first_date, 1, census->n_days, known};
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = VG_FORECAST_HUB_BASELINE;
    parameters.horizon_steps = AHEAD_DAYS;
    vg_status status = vg_monitor_forecast(&series, &parameters, arena, &baseline, &reason, judging->error);
    for (int32_t ahead = 1; status == VG_OK && ahead <= AHEAD_DAYS; ahead++) {
        double all[VG_DEMAND_LEVELS], quantiles[VG_QUANTILE_COUNT];
        const int32_t date = unit->day + ahead;
        if (date >= truth->first_date + (int32_t)truth->n_days)
            break;
        vg_demand_quantiles(paths + ahead - 1, PATHS, AHEAD_DAYS, scratch, all);
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++)
            quantiles[i] = all[vg_forecast_level_of[i]];
        const double came = patients->in_bed[unit->kind][unit->place * truth->n_days + (size_t)(date - truth->first_date)];
        const double *compared = reason == VG_SERIES_OK ? baseline.values + (size_t)(ahead - 1) * VG_QUANTILE_COUNT : NULL;
        for (size_t bin = 0; bin < BINS; bin++)
            if (ahead >= bins[bin].from && ahead <= bins[bin].to)
                exercise_score_take(rows[bin], quantiles, compared, true, came);
        if (judging->each != NULL)
            judging->each(judging->context, &(struct exercise_judged){names[unit->kind], unit->level, truth->codes[unit->place], unit->day, date, came, quantiles, compared});
    }
    return status;
}

/* -------------------------------------------------------------------- plans */

enum { PLAN_PATHS = 20, PLAN_SITES_MOST = 256, PLAN_WAY_DAYS = 2 };

/* Provinces of a country and what they need by day. */
struct sharing {
    uint32_t place[PLAN_SITES_MOST];
    uint32_t n;
    int64_t *stock, *expected, *came; /* [n]; [path * AHEAD_DAYS * n]; [AHEAD_DAYS * n] */
    struct vg_plan_way *ways;
    size_t n_ways;
};

/* What hospitals of a province expect, path by path, and have; false: one has no forecast, or nobody said what it has. */
static bool add_province(const struct census *census, const struct vg_demand_forecast *forecast, struct sharing *sharing, uint32_t site)
{
    const size_t n = census->hospitals.count;
    bool all = true;
    double beds = 0, patients[PLAN_PATHS * AHEAD_DAYS] = {0};
    for (size_t h = 0; h < n && all; h++) {
        if (!is_in(census->truth, census->place[h], sharing->place[site]))
            continue;
        all = forecast->status[h] == VG_DEMAND_OK && !isnan(census->beds[ICU][h]);
        beds += all ? census->beds[ICU][h] : 0;
        for (size_t path = 0; all && path < PLAN_PATHS; path++)
            for (size_t ahead = 0; ahead < AHEAD_DAYS; ahead++)
                patients[path * AHEAD_DAYS + ahead] += forecast->paths[(path * (PATHS / PLAN_PATHS) * n + h) * AHEAD_DAYS + ahead];
    }
    sharing->stock[site] = (int64_t)beds;
    for (size_t k = 0; k < PLAN_PATHS * AHEAD_DAYS; k++)
        sharing->expected[k * sharing->n + site] = (int64_t)ceil(patients[k] - 1e-9);
    return all;
}

static vg_status open_sharing(const struct exercise_judging *judging, const struct patients *patients, const struct unit *unit, struct vg_arena *arena, struct sharing *sharing)
{
    const struct exercise_truth *truth = judging->truth;
    *sharing = (struct sharing){.n = 0};
    for (uint32_t place = 0; place < truth->n_places && sharing->n < PLAN_SITES_MOST; place++)
        if (truth->parent[place] == unit->place && exercise_level_of(truth, place) != NULL)
            sharing->place[sharing->n++] = place;
    const size_t n = sharing->n;
    sharing->stock = VG_ARENA_ARRAY(arena, int64_t, n + 1);
    sharing->expected = VG_ARENA_ARRAY(arena, int64_t, n * PLAN_PATHS * AHEAD_DAYS + 1);
    sharing->came = VG_ARENA_ARRAY(arena, int64_t, n * AHEAD_DAYS + 1);
    sharing->ways = VG_ARENA_ARRAY(arena, struct vg_plan_way, n * n + 1);
    if (arena->failed)
        return vg_fail_memory(judging->error, n * n * sizeof *sharing->ways);
    for (uint32_t from = 0; from < n; from++)
        for (uint32_t to = 0; to < n; to++)
            if (from != to)
                sharing->ways[sharing->n_ways++] = (struct vg_plan_way){from, to, PLAN_WAY_DAYS, 1, VG_PLAN_NO_LIMIT};
    const size_t first = (size_t)(unit->day + 1 - truth->first_date);
    for (size_t ahead = 0; ahead < AHEAD_DAYS; ahead++)
        for (size_t site = 0; site < n; site++)
            sharing->came[ahead * n + site] = (int64_t)patients->in_need[sharing->place[site] * truth->n_days + first + ahead];
    return VG_OK;
}

/* A plan by the paths, beside nothing moved and a plan by what came. */
static vg_status judge_sharing(const struct exercise_judging *judging, const struct sharing *sharing, struct vg_arena *arena, struct exercise_plans *plans)
{
    double probability[PLAN_PATHS];
    const double sure = 1;
    for (size_t path = 0; path < PLAN_PATHS; path++)
        probability[path] = 1.0 / PLAN_PATHS;
    const struct vg_plan_problem expected = {.n_sites = sharing->n, .n_periods = AHEAD_DAYS, .n_paths = PLAN_PATHS, .path_probability = probability, .ways = sharing->ways, .n_ways = sharing->n_ways},
                                 came = {.n_sites = sharing->n, .n_periods = AHEAD_DAYS, .n_paths = 1, .path_probability = &sure, .ways = sharing->ways, .n_ways = sharing->n_ways};
    const struct vg_plan_resource by_paths = {.name = "icu", .reusable = true, .stock = sharing->stock, .demand = sharing->expected},
                                  in_truth = {.name = "icu", .reusable = true, .stock = sharing->stock, .demand = sharing->came};
    struct vg_plan *plan = NULL, *best = NULL;
    struct vg_plan_answer answer, known;
    struct vg_plan_account account, nothing;
    vg_status status = vg_plan_create(&expected, &by_paths, arena, &plan, judging->error);
    status = status == VG_OK ? vg_plan_solve(plan, arena, NULL, &answer, judging->error) : status;
    status = status == VG_OK ? vg_plan_create(&came, &in_truth, arena, &best, judging->error) : status;
    status = status == VG_OK ? vg_plan_solve(best, arena, NULL, &known, judging->error) : status;
    status = status == VG_OK ? vg_plan_account_of(&came, &in_truth, answer.movements, answer.n_movements, NULL, arena, &account, judging->error) : status;
    status = status == VG_OK ? vg_plan_account_of(&came, &in_truth, NULL, 0, NULL, arena, &nothing, judging->error) : status;
    if (status == VG_OK) {
        plans->n++;
        plans->needed += account.needed;
        plans->unmet += account.unmet;
        plans->unmet_nothing += nothing.unmet;
        plans->unmet_best += known.account.unmet;
    }
    return status;
}

static vg_status judge_country(const struct exercise_judging *judging, const struct patients *patients, const struct census *census, const struct vg_demand_forecast *forecast,
                               const struct unit *unit, struct vg_arena *arena, struct exercise_scores *scores)
{
    const struct exercise_truth *truth = judging->truth;
    struct sharing sharing;
    if (truth->parent[unit->place] != UINT32_MAX || unit->day + AHEAD_DAYS >= truth->first_date + (int32_t)truth->n_days)
        return VG_OK;
    vg_status status = open_sharing(judging, patients, unit, arena, &sharing);
    if (status != VG_OK || sharing.n < 2)
        return status;
    struct exercise_score *row = exercise_scores_row(scores, "plan_icu", unit->level, "28 days");
    for (uint32_t site = 0; site < sharing.n; site++)
        if (!add_province(census, forecast, &sharing, site)) {
            row->without++;
            return VG_OK;
        }
    return judge_sharing(judging, &sharing, arena, &row->plans);
}

/* -------------------------------------------------------------------- days */

typedef vg_status judge_part(const struct exercise_judging *judging, const struct patients *patients, const struct census *census, const struct vg_demand_forecast *forecast,
                             const struct unit *unit, struct vg_arena *arena, struct exercise_scores *scores);

static vg_status judge_day(const struct exercise_judging *judging, const struct patients *patients, int32_t day, size_t first_kind, judge_part *judge, struct exercise_scores *scores)
{
    struct vg_arena arena;
    struct census census;
    vg_arena_init(&arena, 0);
    vg_status status = known_on(judging, day, &arena, &census);
    for (size_t kind = first_kind; kind < KINDS && status == VG_OK && census.hospitals.count > 0; kind++) {
        const struct vg_demand_series series = {census.hospitals.count, census.n_days, census.in_bed[kind], NULL, census.cases};
        struct vg_demand_settings settings;
        struct vg_demand_forecast forecast;
        vg_demand_settings_defaults(&settings);
        settings.n_ahead = AHEAD_DAYS;
        settings.n_paths = PATHS;
        settings.purpose = (uint32_t)kind;
        status = vg_demand_forecast(&series, &settings, &arena, &forecast, judging->error);
        for (size_t place = 0; place < judging->truth->n_places && status == VG_OK; place++) {
            const struct unit unit = {place, kind, exercise_level_of(judging->truth, place), day};
            if (unit.level != NULL)
                status = judge(judging, patients, &census, &forecast, &unit, &arena, scores);
        }
    }
    vg_arena_release(&arena);
    return status;
}

static vg_status judge_days(const struct exercise_judging *judging, const char *what, size_t first_kind, judge_part *judge, struct vg_arena *arena, struct exercise_scores *scores)
{
    struct patients patients;
    struct exercise_scores *of_day = VG_ARENA_ARRAY(arena, struct exercise_scores, 1);
    vg_status status = of_day == NULL ? vg_fail_memory(judging->error, sizeof *of_day) : true_patients(judging, arena, &patients);
    for (size_t d = 0; d < judging->n_days && status == VG_OK; d++) {
        if (!vg_progress_report(judging->progress, what, (double)d / (double)judging->n_days))
            return vg_fail(judging->error, VG_CANCELLED, "cancelled");
        of_day->n_rows = 0;
        status = judge_day(judging, &patients, judging->days[d], first_kind, judge, of_day);
        exercise_scores_add(scores, of_day);
    }
    return status;
}

vg_status exercise_judge_demand(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    if (judging->folder == NULL)
        return VG_OK;
    for (size_t kind = 0; kind < KINDS; kind++) /* rows in this order, whatever comes first */
        for (size_t bin = 0; bin < 2 * BINS; bin++)
            (void)exercise_scores_row(scores, names[kind], bin < BINS ? "country" : "admin1", bins[bin % BINS].name);
    return judge_days(judging, "demand", WARD, judge_unit, arena, scores);
}

vg_status exercise_judge_plan(const struct exercise_judging *judging, struct vg_arena *arena, struct exercise_scores *scores)
{
    return judging->folder == NULL ? VG_OK : judge_days(judging, "plan", ICU, judge_country, arena, scores);
}
