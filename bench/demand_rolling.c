/*
 * How good forecasts of the hospital census are, by rolling weekly origins (from day 120 on) on real series: weighted absolute
 * error after 7, 14, 21 and 28 days beside "no change", "admissions flat" and "damped trend of admissions", with and without
 * known admissions, and how often 50, 80 and 95 % intervals held.
 *
 *     demand_rolling FOLDER [--learn | NUMBER]      NUMBER of the only target wanted; FOLDER holds hospital_br_sp_drs.csv.gz
 * and hospital_it_regions.csv.gz
 *
 * Every figure is made from what was known on the day. Growth on one country's series is shrunk to what the other's taught,
 * never to its own. --learn prints the table that the program ships (src/allocate/demand/prior.inc).
 */
#include "allocate/demand/internal.h"
#include "hospital.h"

#include <stdlib.h>
#include <time.h>

#define FIRST_ORIGIN 120
#define LAST_HORIZON 21 /* origins end so many days before the series does */

enum method { NO_CHANGE, FLAT, TREND, KNOWN, LEARNT, METHODS };
static const char *const method_names[METHODS] = {"no change", "admissions flat", "damped trend", "known admissions",
                                                  "forecast"};

struct tally {
    double error[DEMAND_WEEKS], truth[DEMAND_WEEKS];
    size_t inside[DEMAND_WEEKS][3], n[DEMAND_WEEKS];
};

struct target {
    const char *name;
    const double *census, *admissions, *cases;
    bool share_free;
    double prior_mean_days;
};

static void add(struct tally *tally, size_t week, double middle, double truth)
{
    tally->error[week] += fabs(middle - truth);
    tally->truth[week] += truth;
    tally->n[week]++;
}

static void judge_inside(struct tally *tally, size_t week, const double *quantiles, double truth)
{
    static const size_t low[3] = {6, 3, 1}, high[3] = {16, 19, 21};
    for (size_t i = 0; i < 3; i++) {
        tally->inside[week][i] += truth >= quantiles[low[i]] - 0.5 && truth <= quantiles[high[i]] + 0.5;
    }
}

/* Mean of the newest week going on, or growing as the newest week did over the one before it, damped by a tenth a day. */
static void naive_admissions(const double *admissions, size_t n, bool trend, double *coming)
{
    double newest = 0, before = 0;
    for (size_t back = 0; back < 7; back++) {
        newest += admissions[n - 1 - back] / 7;
        before += admissions[n - 8 - back] / 7;
    }
    const double slope = trend ? log((newest + 1) / (before + 1)) / 7 : 0;
    double grown = 0;
    for (size_t h = 0; h < 7 * DEMAND_WEEKS; h++) {
        grown += slope * pow(0.9, (double)h);
        coming[h] = newest * exp(grown + 3 * slope);
    }
}

static double filled(const double *values, size_t n, size_t day)
{
    for (size_t back = 0; back < 8 && back <= day; back++) {
        if (!isnan(values[day - back])) {
            return values[day - back];
        }
    }
    (void)n;
    return 0;
}

static void baselines(const struct hospital *data, const struct target *target, size_t place, size_t n,
                      struct tally tallies[METHODS], const struct demand_grid *grid, const struct vg_demand_fit *fit,
                      double today)
{
    double admissions[HOSPITAL_DAYS], coming[7 * DEMAND_WEEKS], census[7 * DEMAND_WEEKS], survival[VG_DEMAND_STAY_DAYS];
    for (int method = NO_CHANGE; method <= TREND; method++) {
        if (method != NO_CHANGE && (target->admissions == NULL || isnan(fit->mean_days))) {
            continue;
        }
        for (size_t t = 0; method != NO_CHANGE && t < n; t++) {
            admissions[t] = filled(target->admissions + place * data->n_days, data->n_days, t);
        }
        if (method != NO_CHANGE) {
            naive_admissions(admissions, n, method == TREND, coming);
            demand_grid_survival(grid, fit->mean_days, survival);
            vg_demand_project(admissions, n, coming, 7 * DEMAND_WEEKS, survival, fit->share, today, NULL, census);
        }
        for (size_t week = 0; week < DEMAND_WEEKS && n - 1 + 7 * (week + 1) < data->n_days; week++) {
            const double truth = filled(target->census + place * data->n_days, data->n_days, n - 1 + 7 * (week + 1));
            add(&tallies[method], week, method == NO_CHANGE ? today : census[7 * (week + 1) - 1], truth);
        }
    }
}

static void judge(const struct hospital *data, const struct target *target, const struct vg_demand_forecast *forecast, size_t n,
                  struct tally *tally)
{
    for (size_t place = 0; place < data->n_places; place++) {
        for (size_t week = 0; week < DEMAND_WEEKS && n - 1 + 7 * (week + 1) < data->n_days; week++) {
            const double *quantiles =
                forecast->quantiles + (place * VG_DEMAND_DAYS_MOST + 7 * (week + 1) - 1) * VG_DEMAND_LEVELS;
            const double truth = filled(target->census + place * data->n_days, data->n_days, n - 1 + 7 * (week + 1));
            if (!isnan(quantiles[11])) {
                add(tally, week, quantiles[11], truth);
                judge_inside(tally, week, quantiles, truth);
            }
        }
    }
}

static vg_status one_origin(const struct hospital *data, const struct target *target, enum vg_demand_prior prior, size_t n,
                            struct tally tallies[METHODS], struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    vg_arena_init(&arena, 0);
    vg_demand_settings_defaults(&settings);
    settings.prior = prior;
    settings.stay.share_free = target->share_free;
    settings.stay.prior_mean_days = target->prior_mean_days;
    settings.stay.prior_log_sd = 0.2;
    double *census = VG_ARENA_ARRAY(&arena, double, data->n_places *n),
           *admissions = target->admissions == NULL ? NULL : VG_ARENA_ARRAY(&arena, double, data->n_places *n),
           *cases = target->cases == NULL ? NULL : VG_ARENA_ARRAY(&arena, double, data->n_places *n);
    double *coming = VG_ARENA_ARRAY(&arena, double, settings.n_paths * data->n_places * settings.n_ahead);
    for (size_t place = 0; place < data->n_places; place++) {
        memcpy(census + place * n, target->census + place * data->n_days, n * sizeof(double));
        if (admissions != NULL) {
            memcpy(admissions + place * n, target->admissions + place * data->n_days, n * sizeof(double));
        }
        if (cases != NULL) {
            memcpy(cases + place * n, target->cases + place * data->n_days, n * sizeof(double));
        }
    }
    const struct vg_demand_series series = {data->n_places, n, census, admissions, cases};
    vg_status status = vg_demand_forecast(&series, &settings, &arena, &forecast, error);
    if (status == VG_OK) {
        struct demand_grid *grid = VG_ARENA_ARRAY(&arena, struct demand_grid, 1);
        demand_grid_init(grid, &settings.stay);
        judge(data, target, &forecast, n, &tallies[LEARNT]);
        for (size_t place = 0; place < data->n_places; place++) {
            baselines(data, target, place, n, tallies, grid, &forecast.fit[place], forecast.today[place]);
        }
    }
    for (size_t i = 0; status == VG_OK && admissions != NULL && i < settings.n_paths * data->n_places * settings.n_ahead; i++) {
        const size_t place = i / settings.n_ahead % data->n_places, day = n + i % settings.n_ahead;
        coming[i] =
            filled(target->admissions + place * data->n_days, data->n_days, day < data->n_days ? day : data->n_days - 1);
    }
    if (status == VG_OK && admissions != NULL) {
        settings.coming = coming;
        status = vg_demand_forecast(&series, &settings, &arena, &forecast, error);
        if (status == VG_OK) {
            judge(data, target, &forecast, n, &tallies[KNOWN]);
        }
    }
    vg_arena_release(&arena);
    return status;
}

static vg_status roll(const struct hospital *data, const struct target *target, enum vg_demand_prior prior, size_t first,
                      struct vg_error *error)
{
    struct tally tallies[METHODS];
    struct timespec begin, end;
    vg_status status = VG_OK;
    memset(tallies, 0, sizeof tallies);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (size_t day = first; status == VG_OK && day + LAST_HORIZON < data->n_days; day += 7) {
        status = one_origin(data, target, prior, day + 1, tallies, error);
    }
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("\n%s: %zu forecasts, %.1f s\n%-18s %28s   %s\n", target->name, tallies[NO_CHANGE].n[2],
           (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec), "",
           "error % after 7 14 21 28 days", "inside 50 80 95 % intervals after 7, 14, 21, 28 days");
    for (int method = 0; method < METHODS; method++) {
        const struct tally *tally = &tallies[method];
        if (tally->n[0] == 0) {
            continue;
        }
        printf("%-18s", method_names[method]);
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            printf(" %6.2f", 100 * tally->error[week] / tally->truth[week]);
        }
        for (size_t week = 0; week < DEMAND_WEEKS && method >= KNOWN; week++) {
            printf("   ");
            for (size_t i = 0; i < 3; i++) {
                printf(" %3.0f", 100.0 * (double)tally->inside[week][i] / (double)tally->n[week]);
            }
        }
        printf("\n");
    }
    return status;
}

/* ------------------------------------------------------------------- the shipped table */

static void print_table(const struct demand_moments moments[2][DEMAND_WEEKS])
{
    printf(
        "/* Means a day of second moments of the features and of their products with log growth, by source (Italy's regions, "
        "Sao Paulo's health regions) and weeks ahead.\n"
        " * Made by bench/demand_rolling --learn from data of the Protezione Civile (CC BY 4.0) and the Fundacao SEADE. */\n");
    printf("static const double prior_second[2][DEMAND_WEEKS][DEMAND_FEATURES][DEMAND_FEATURES] = {\n");
    for (size_t s = 0; s < 2; s++) {
        printf("    {");
        for (size_t w = 0; w < DEMAND_WEEKS; w++) {
            printf("{");
            for (size_t i = 0; i < DEMAND_FEATURES; i++) {
                printf("{");
                for (size_t j = 0; j < DEMAND_FEATURES; j++) {
                    printf("%.4g%s", moments[s][w].second[i][j], j + 1 < DEMAND_FEATURES ? ", " : "}");
                }
                printf("%s", i + 1 < DEMAND_FEATURES ? ",\n      " : "}");
            }
            printf("%s", w + 1 < DEMAND_WEEKS ? ",\n     " : "}");
        }
        printf("%s\n", s == 0 ? "," : "};");
    }
    printf("static const double prior_first[2][DEMAND_WEEKS][DEMAND_FEATURES] = {\n");
    for (size_t s = 0; s < 2; s++) {
        printf("    {");
        for (size_t w = 0; w < DEMAND_WEEKS; w++) {
            printf("{");
            for (size_t i = 0; i < DEMAND_FEATURES; i++) {
                printf("%.4g%s", moments[s][w].first[i], i + 1 < DEMAND_FEATURES ? ", " : "}");
            }
            printf("%s", w + 1 < DEMAND_WEEKS ? ",\n     " : "}");
        }
        printf("%s\n", s == 0 ? "," : "};");
    }
}

static vg_status learn(const struct hospital *data, const double *census, const double *admissions, const double *cases,
                       struct vg_arena *arena, struct demand_moments out[DEMAND_WEEKS], struct vg_error *error)
{
    struct vg_demand_settings settings;
    struct demand_rows rows;
    struct demand_grid *grid = VG_ARENA_ARRAY(arena, struct demand_grid, 1);
    /* A wave and its fall, and no more of one country than of the other. */
    const size_t n = data->n_days < DEMAND_DAYS_KEPT ? data->n_days : DEMAND_DAYS_KEPT;
    double *first = VG_ARENA_ARRAY(arena, double, data->n_places *n),
           *first_admissions = VG_ARENA_ARRAY(arena, double, data->n_places *n),
           *first_cases = VG_ARENA_ARRAY(arena, double, data->n_places *n);
    for (size_t place = 0; place < data->n_places; place++) {
        memcpy(first + place * n, census + place * data->n_days, n * sizeof(double));
        if (admissions != NULL) {
            memcpy(first_admissions + place * n, admissions + place * data->n_days, n * sizeof(double));
        }
        if (cases != NULL) {
            memcpy(first_cases + place * n, cases + place * data->n_days, n * sizeof(double));
        }
    }
    const struct vg_demand_series series = {data->n_places, n, first, admissions == NULL ? NULL : first_admissions,
                                            cases == NULL ? NULL : first_cases};
    vg_demand_settings_defaults(&settings);
    demand_grid_init(grid, &settings.stay);
    vg_status status = demand_rows_make(&series, &settings, grid, arena, &rows, error);
    for (size_t week = 0; status == VG_OK && week < DEMAND_WEEKS; week++) {
        for (size_t day = 35; day + 7 * (week + 1) < n; day++) {
            demand_add_day(&rows, day, week, &out[week]);
        }
        for (size_t i = 0; i < DEMAND_FEATURES; i++) {
            out[week].first[i] /= out[week].patients;
            for (size_t j = 0; j < DEMAND_FEATURES; j++) {
                out[week].second[i][j] /= out[week].patients;
            }
        }
    }
    return status;
}

static double *sum_of(const double *a, const double *b, size_t n, struct vg_arena *arena)
{
    double *sum = VG_ARENA_ARRAY(arena, double, n);
    for (size_t i = 0; i < n; i++) {
        sum[i] = a[i] + b[i];
    }
    return sum;
}

int main(int argc, char **argv)
{
    static const char *const brazil_columns[] = {"ward_patients", "icu_patients", "admissions"}, *const italy_columns[] = {
                                                                                                     "ward_beds_occupied",
                                                                                                     "icu_beds_occupied",
                                                                                                     "icu_admissions",
                                                                                                     "new_cases"};
    struct vg_error error = {0};
    struct vg_arena arena;
    struct hospital brazil, italy;
    char path[1024];
    vg_arena_init(&arena, 0);
    (void)snprintf(path, sizeof path, "%s/hospital_br_sp_drs.csv.gz", argc > 1 ? argv[1] : "../shared/data/counts");
    vg_status status = hospital_read(path, brazil_columns, 3, &arena, &brazil, &error);
    (void)snprintf(path, sizeof path, "%s/hospital_it_regions.csv.gz", argc > 1 ? argv[1] : "../shared/data/counts");
    status = status != VG_OK ? status : hospital_read(path, italy_columns, 4, &arena, &italy, &error);
    if (status != VG_OK) {
        (void)fprintf(stderr, "demand_rolling: %s\n", error.message);
        return vg_status_exit_code(status);
    }
    const double *brazil_all = sum_of(brazil.values[0], brazil.values[1], brazil.n_places * brazil.n_days, &arena);
    for (size_t i = 0; i < italy.n_places * italy.n_days; i++) {
        italy.values[3][i] = italy.values[3][i] < 0 ? NAN : italy.values[3][i]; /* a correction of other days */
    }
    const double *italy_all = sum_of(italy.values[0], italy.values[1], italy.n_places * italy.n_days, &arena);
    if (argc > 2 && strcmp(argv[2], "--learn") == 0) {
        static struct demand_moments moments[2][DEMAND_WEEKS];
        status = learn(&italy, italy_all, NULL, italy.values[3], &arena, moments[0], &error);
        status = status != VG_OK ? status : learn(&brazil, brazil_all, brazil.values[2], NULL, &arena, moments[1], &error);
        print_table((const struct demand_moments(*)[DEMAND_WEEKS])moments);
    } else {
        const struct target targets[] = {{"Sao Paulo, ward and intensive care", brazil_all, brazil.values[2], NULL, false, 0},
                                         {"Sao Paulo, intensive care", brazil.values[1], brazil.values[2], NULL, true, 12},
                                         {"Sao Paulo, ward", brazil.values[0], brazil.values[2], NULL, true, 7}};
        const struct target italian[] = {
            {"Italy, ward and intensive care (no admissions known)", italy_all, NULL, NULL, false, 0},
            {"the same, with cases", italy_all, NULL, italy.values[3], false, 0},
            {"Italy, intensive care with its admissions (from day 400)", italy.values[1], italy.values[2], NULL, false, 0},
            {"the same, with cases", italy.values[1], italy.values[2], italy.values[3], false, 0}};
        const size_t only = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : SIZE_MAX;
        for (size_t i = 0; status == VG_OK && i < 3; i++) {
            status =
                only == SIZE_MAX || only == i ? roll(&brazil, &targets[i], VG_DEMAND_PRIOR_ITALY, FIRST_ORIGIN, &error) : VG_OK;
        }
        for (size_t i = 0; status == VG_OK && i < 4; i++) {
            status = only == SIZE_MAX || only == 3 + i
                         ? roll(&italy, &italian[i], VG_DEMAND_PRIOR_SAO_PAULO, i < 2 ? FIRST_ORIGIN : 400, &error)
                         : VG_OK;
        }
    }
    if (status != VG_OK) {
        (void)fprintf(stderr, "demand_rolling: %s\n", error.message);
    }
    vg_arena_release(&arena);
    return vg_status_exit_code(status);
}
