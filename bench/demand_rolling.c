/*
 * How good forecasts of the hospital census are, by rolling weekly origins (from day 120 on) on real series: weighted absolute
 * error after 7, 14, 21 and 28 days, with and without known admissions, how often 50, 80 and 95 % intervals held, and weighted
 * interval scores, beside baselines; and what could not be bettered: forecasts that know what nobody knew then (cases of the
 * next one or two weeks, the course of the whole country), and what chance alone leaves where admissions and stay are known.
 *
 *     demand_rolling FOLDER [--learn | NUMBER]      NUMBER of the only target wanted; FOLDER holds hospital_br_sp_drs.csv.gz
 * and hospital_it_regions.csv.gz
 *
 * Every figure but these bounds is made from what was known on the day. Growth on one country's series is shrunk to what the
 * other's taught, never to its own; since that other country's days go on after some of the origins, the forecast by its own
 * past alone stands beside it. --learn prints the table that the program ships (src/allocate/demand/prior.inc).
 */
#include "allocate/demand/internal.h"
#include "hospital.h"
#include "monitor/monitor.h"

#include <stdlib.h>
#include <time.h>

#define FIRST_ORIGIN 120
#define LAST_HORIZON 21 /* origins end so many days before the series does */
#define ORIGINS 128
#define MIDDLE 11 /* the median among the levels */

enum method { NO_CHANGE, GROWTH, FLAT, TREND, LEARNT, OWN_PAST, KNOWN, CHANCE, WEEK_AHEAD, TWO_AHEAD, COURSE, METHODS };
static const char *const method_names[METHODS] = {"no change",
                                                  "last week's growth",
                                                  "admissions flat",
                                                  "damped trend",
                                                  "forecast",
                                                  "forecast by its own past alone",
                                                  "known admissions",
                                                  "(chance alone)",
                                                  "(cases of 7 days ahead known)",
                                                  "(cases of 14 days ahead known)",
                                                  "(the whole's course known)"};

struct tally {
    double error[DEMAND_WEEKS], truth[DEMAND_WEEKS], wis[DEMAND_WEEKS];
    size_t inside[DEMAND_WEEKS][3], n[DEMAND_WEEKS];
};

/* What a method without intervals of its own erred before, for intervals by its past: sums of an origin's places. */
struct past {
    double squares[DEMAND_WEEKS][ORIGINS], weights[DEMAND_WEEKS][ORIGINS];
};

struct target {
    const char *name;
    const double *census, *admissions, *cases;
    bool share_free;
    double prior_mean_days;
    bool has_whole; /* the last place is the sum of the others */
};

struct rolling {
    const struct hospital *data;
    const struct target *target;
    enum vg_demand_prior prior;
    struct tally tallies[METHODS];
    struct past past[METHODS];
    size_t origin, n; /* number of the origin, days known */
};

static void add(struct tally *tally, size_t week, const double *quantiles, double truth)
{
    static const size_t low[3] = {6, 3, 1}, high[3] = {16, 19, 21};
    tally->error[week] += fabs(quantiles[MIDDLE] - truth);
    tally->truth[week] += truth;
    tally->wis[week] += vg_monitor_wis(vg_demand_levels, quantiles, VG_DEMAND_LEVELS, truth);
    tally->n[week]++;
    for (size_t i = 0; i < 3; i++) {
        tally->inside[week][i] += truth >= quantiles[low[i]] - 0.5 && truth <= quantiles[high[i]] + 0.5;
    }
}

/* A point becomes a law by what the method erred at origins whose outcome is known by now; three of 10 % a week to begin with.
 */
static void add_point(struct rolling *roll, enum method method, size_t week, double middle, double truth)
{
    struct past *past = &roll->past[method];
    const double usual = 0.1 * (double)(week + 1), off = log1p(truth) - log1p(middle), weight = truth / (truth + DEMAND_SMALL);
    double squares = 3 * usual * usual, weights = 3, quantiles[VG_DEMAND_LEVELS];
    for (size_t origin = 0; origin + week + 1 <= roll->origin; origin++) {
        squares += past->weights[week][origin] > 0 ? past->squares[week][origin] / past->weights[week][origin] : 0;
        weights += past->weights[week][origin] > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < VG_DEMAND_LEVELS; i++) {
        quantiles[i] = i == MIDDLE ? middle
                                   : fmax(0, expm1(log1p(middle) + sqrt(squares / weights * 3 / 5) *
                                                                       vg_student_t_quantile(vg_demand_levels[i], 5)));
    }
    add(&roll->tallies[method], week, quantiles, truth);
    past->squares[week][roll->origin] += weight * off * off;
    past->weights[week][roll->origin] += weight;
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

static double filled(const double *values, size_t day)
{
    for (size_t back = 0; back < 8 && back <= day; back++) {
        if (!isnan(values[day - back])) {
            return values[day - back];
        }
    }
    return 0;
}

static double census_at(const struct rolling *roll, size_t place, size_t day)
{
    return filled(roll->target->census + place * roll->data->n_days, day);
}

/* The weeks whose outcome the series still has. */
static size_t weeks_left(const struct rolling *roll)
{
    const size_t left = (roll->data->n_days - roll->n) / 7;
    return left < DEMAND_WEEKS ? left : DEMAND_WEEKS;
}

/* Mean absolute error of a perfect model: patients stay or leave by chance, each on their own (normal: the mean is 0.8 standard
 * deviations). */
static void add_chance(struct rolling *roll, size_t place, const double *admissions, const double *survival,
                       const struct vg_demand_fit *fit, double today)
{
    const size_t n = roll->n;
    double model = 0;
    for (size_t j = 0; j < VG_DEMAND_STAY_DAYS && j < n; j++) {
        model += admissions[n - 1 - j] * fit->share * survival[j];
    }
    for (size_t week = 0; week < weeks_left(roll); week++) {
        const size_t ahead = 7 * (week + 1);
        double variance = 0;
        for (size_t j = 0; j < VG_DEMAND_STAY_DAYS && j < n && model > 0; j++) {
            const double later = j + ahead < VG_DEMAND_STAY_DAYS ? survival[j + ahead] : 0,
                         stays = survival[j] > 0 ? later / survival[j] : 0;
            variance += today / model * admissions[n - 1 - j] * fit->share * survival[j] * stays * (1 - stays);
        }
        for (size_t h = 0; h < ahead; h++) {
            const double in = fit->share * survival[ahead - 1 - h];
            variance += filled(roll->target->admissions + place * roll->data->n_days, n + h) * in * (1 - in);
        }
        roll->tallies[CHANCE].error[week] += sqrt(2 / M_PI * variance);
        roll->tallies[CHANCE].truth[week] += census_at(roll, place, n - 1 + ahead);
        roll->tallies[CHANCE].n[week]++;
    }
}

static void baselines(struct rolling *roll, size_t place, const struct demand_grid *grid, const struct vg_demand_fit *fit,
                      double today)
{
    double admissions[HOSPITAL_DAYS], coming[7 * DEMAND_WEEKS], census[7 * DEMAND_WEEKS], survival[VG_DEMAND_STAY_DAYS];
    const size_t n = roll->n;
    const bool stay_known = roll->target->admissions != NULL && !isnan(fit->mean_days);
    const double growth = log1p(today) - log1p(census_at(roll, place, n - 8));
    for (size_t t = 0; stay_known && t < n; t++) {
        admissions[t] = filled(roll->target->admissions + place * roll->data->n_days, t);
    }
    if (stay_known) {
        demand_grid_survival(grid, fit->mean_days, survival);
        add_chance(roll, place, admissions, survival, fit, today);
    }
    for (enum method method = NO_CHANGE; method <= TREND; method++) {
        if (method >= FLAT && !stay_known) {
            continue;
        }
        if (method >= FLAT) {
            naive_admissions(admissions, n, method == TREND, coming);
            vg_demand_project(admissions, n, coming, 7 * DEMAND_WEEKS, survival, fit->share, today, NULL, census);
        }
        for (size_t week = 0; week < weeks_left(roll); week++) {
            add_point(roll, method, week,
                      method == NO_CHANGE ? today
                      : method == GROWTH  ? fmax(0, expm1(log1p(today) + growth * (double)(week + 1)))
                                          : census[7 * (week + 1) - 1],
                      census_at(roll, place, n + 6 + 7 * week));
        }
    }
}

static void judge(struct rolling *roll, const struct vg_demand_forecast *forecast, enum method method)
{
    const size_t n_places = roll->data->n_places;
    for (size_t place = 0; place < n_places; place++) {
        for (size_t week = 0; week < weeks_left(roll); week++) {
            const size_t ahead = 7 * (week + 1);
            const double *quantiles = forecast->quantiles + (place * VG_DEMAND_DAYS_MOST + ahead - 1) * VG_DEMAND_LEVELS,
                         *whole = forecast->quantiles + ((n_places - 1) * VG_DEMAND_DAYS_MOST + ahead - 1) * VG_DEMAND_LEVELS;
            const double truth = census_at(roll, place, roll->n - 1 + ahead);
            if (isnan(quantiles[MIDDLE])) {
                continue;
            }
            add(&roll->tallies[method], week, quantiles, truth);
            if (method == LEARNT && roll->target->has_whole) { /* each part as it is forecast, their sum set right */
                const double right = census_at(roll, n_places - 1, roll->n - 1 + ahead) / whole[MIDDLE];
                if (place + 1 < n_places) {
                    roll->tallies[COURSE].error[week] += fabs(quantiles[MIDDLE] * right - truth);
                    roll->tallies[COURSE].truth[week] += truth;
                    roll->tallies[COURSE].n[week]++;
                }
            }
        }
    }
}

/* The newest n days, or those of `later` days on: a source that knows the future. */
static double *known_days(const struct rolling *roll, const double *values, size_t later, struct vg_arena *arena)
{
    const size_t n = roll->n, n_days = roll->data->n_days;
    double *known = values == NULL ? NULL : VG_ARENA_ARRAY(arena, double, roll->data->n_places *n);
    for (size_t i = 0; known != NULL && i < roll->data->n_places * n; i++) {
        const size_t day = i % n + later;
        known[i] = day < n_days ? values[i / n * n_days + day] : NAN;
    }
    return known;
}

static vg_status one_origin(struct rolling *roll, struct vg_error *error)
{
    const struct hospital *data = roll->data;
    const struct target *target = roll->target;
    const size_t n = roll->n;
    struct vg_arena arena;
    struct vg_demand_settings settings;
    struct vg_demand_forecast forecast;
    vg_arena_init(&arena, 0);
    vg_demand_settings_defaults(&settings);
    settings.prior = roll->prior;
    settings.stay.share_free = target->share_free;
    settings.stay.prior_mean_days = target->prior_mean_days;
    settings.stay.prior_log_sd = 0.2;
    struct vg_demand_series series = {data->n_places, n, known_days(roll, target->census, 0, &arena),
                                      known_days(roll, target->admissions, 0, &arena),
                                      known_days(roll, target->cases, 0, &arena)};
    double *coming = VG_ARENA_ARRAY(&arena, double, settings.n_paths * data->n_places * settings.n_ahead);
    vg_status status = vg_demand_forecast(&series, &settings, &arena, &forecast, error);
    if (status == VG_OK) {
        struct demand_grid *grid = VG_ARENA_ARRAY(&arena, struct demand_grid, 1);
        demand_grid_init(grid, &settings.stay);
        judge(roll, &forecast, LEARNT);
        for (size_t place = 0; place < data->n_places; place++) {
            baselines(roll, place, grid, &forecast.fit[place], forecast.today[place]);
        }
    }
    settings.prior = VG_DEMAND_PRIOR_NONE;
    status = status != VG_OK ? status : vg_demand_forecast(&series, &settings, &arena, &forecast, error);
    if (status == VG_OK) {
        judge(roll, &forecast, OWN_PAST);
    }
    settings.prior = roll->prior;
    for (size_t weeks = 1; status == VG_OK && target->cases != NULL && weeks <= 2; weeks++) {
        series.cases = known_days(roll, target->cases, 7 * weeks, &arena);
        status = vg_demand_forecast(&series, &settings, &arena, &forecast, error);
        if (status == VG_OK) {
            judge(roll, &forecast, weeks == 1 ? WEEK_AHEAD : TWO_AHEAD);
        }
    }
    for (size_t i = 0; target->admissions != NULL && i < settings.n_paths * data->n_places * settings.n_ahead; i++) {
        const size_t place = i / settings.n_ahead % data->n_places, day = n + i % settings.n_ahead;
        coming[i] = filled(target->admissions + place * data->n_days, day < data->n_days ? day : data->n_days - 1);
    }
    if (status == VG_OK && target->admissions != NULL) {
        settings.coming = coming;
        status = vg_demand_forecast(&series, &settings, &arena, &forecast, error);
        if (status == VG_OK) {
            judge(roll, &forecast, KNOWN);
        }
    }
    vg_arena_release(&arena);
    return status;
}

static void print_tallies(const struct rolling *roll, double seconds)
{
    printf("\n%s: %zu forecasts, %.1f s\n%-32s %28s   %27s   %s\n", roll->target->name, roll->tallies[NO_CHANGE].n[2], seconds,
           "", "error % after 7 14 21 28 days", "interval score, % of patients", "inside 50 80 95 % intervals");
    for (enum method method = NO_CHANGE; method < METHODS; method++) {
        const struct tally *tally = &roll->tallies[method];
        const bool has_law = method != CHANCE && method != COURSE;
        if (tally->n[0] == 0) {
            continue;
        }
        printf("%-32s", method_names[method]);
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            printf(" %6.2f", 100 * tally->error[week] / tally->truth[week]);
        }
        printf("   ");
        for (size_t week = 0; has_law && week < DEMAND_WEEKS; week++) {
            printf(" %6.2f", 100 * tally->wis[week] / tally->truth[week]);
        }
        for (size_t week = 0; has_law && week < DEMAND_WEEKS; week++) {
            printf("   ");
            for (size_t i = 0; i < 3; i++) {
                printf(" %3.0f", 100.0 * (double)tally->inside[week][i] / (double)tally->n[week]);
            }
        }
        printf("\n");
    }
}

static vg_status run_target(const struct hospital *data, const struct target *target, enum vg_demand_prior prior, size_t first,
                            struct vg_arena *arena, struct vg_error *error)
{
    struct rolling *roll = VG_ARENA_ARRAY(arena, struct rolling, 1);
    struct timespec begin, end;
    vg_status status = VG_OK;
    *roll = (struct rolling){.data = data, .target = target, .prior = prior};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (size_t day = first; status == VG_OK && day + LAST_HORIZON < data->n_days && roll->origin < ORIGINS; day += 7) {
        roll->n = day + 1;
        status = one_origin(roll, error);
        roll->origin++;
    }
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    print_tallies(roll, (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec));
    return status;
}

/* The same with one place more: the sum of all, as Sao Paulo's file has its state. */
static struct hospital with_whole(const struct hospital *data, struct vg_arena *arena)
{
    struct hospital more = *data;
    const size_t n = data->n_days, cells = data->n_places * n;
    more.n_places++;
    for (size_t c = 0; c < HOSPITAL_COLUMNS; c++) {
        more.values[c] = VG_ARENA_ARRAY(arena, double, cells + n);
        memcpy(more.values[c], data->values[c], cells * sizeof(double));
        for (size_t t = 0; t < n; t++) {
            double sum = NAN;
            for (size_t place = 0; place < data->n_places; place++) {
                const double value = data->values[c][place * n + t];
                sum = isnan(value) ? sum : (isnan(sum) ? 0 : sum) + value;
            }
            more.values[c][cells + t] = sum;
        }
    }
    return more;
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
    const struct hospital country = with_whole(&italy, &arena);
    const double *country_all = sum_of(country.values[0], country.values[1], country.n_places * country.n_days, &arena);
    if (argc > 2 && strcmp(argv[2], "--learn") == 0) {
        static struct demand_moments moments[2][DEMAND_WEEKS];
        status = learn(&italy, italy_all, NULL, italy.values[3], &arena, moments[0], &error);
        status = status != VG_OK ? status : learn(&brazil, brazil_all, brazil.values[2], NULL, &arena, moments[1], &error);
        print_table((const struct demand_moments(*)[DEMAND_WEEKS])moments);
    } else {
        const struct {
            const struct hospital *data;
            struct target target;
            size_t first;
        } runs[] = {
            {&brazil, {"Sao Paulo, ward and intensive care", brazil_all, brazil.values[2], NULL, false, 0, true}, FIRST_ORIGIN},
            {&brazil, {"Sao Paulo, intensive care", brazil.values[1], brazil.values[2], NULL, true, 12, false}, FIRST_ORIGIN},
            {&brazil, {"Sao Paulo, ward", brazil.values[0], brazil.values[2], NULL, true, 7, false}, FIRST_ORIGIN},
            {&italy,
             {"Italy's regions, ward and intensive care (no admissions known)", italy_all, NULL, NULL, false, 0, false},
             FIRST_ORIGIN},
            {&italy, {"the same, with cases", italy_all, NULL, italy.values[3], false, 0, false}, FIRST_ORIGIN},
            {&italy,
             {"Italy's regions, intensive care with its admissions (from day 400)", italy.values[1], italy.values[2], NULL,
              false, 0, false},
             400},
            {&italy, {"the same, with cases", italy.values[1], italy.values[2], italy.values[3], false, 0, false}, 400},
            {&country,
             {"Italy's regions and Italy, ward and intensive care (no admissions known)", country_all, NULL, NULL, false, 0,
              true},
             FIRST_ORIGIN},
            {&country, {"the same, with cases", country_all, NULL, country.values[3], false, 0, true}, FIRST_ORIGIN},
            {&country,
             {"Italy's regions and Italy, intensive care with its admissions and cases (from day 400)", country.values[1],
              country.values[2], country.values[3], false, 0, true},
             400}};
        const size_t only = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : SIZE_MAX;
        for (size_t i = 0; status == VG_OK && i < sizeof runs / sizeof *runs; i++) {
            if (only == SIZE_MAX || only == i) {
                status = run_target(runs[i].data, &runs[i].target,
                                    runs[i].data == &brazil ? VG_DEMAND_PRIOR_ITALY : VG_DEMAND_PRIOR_SAO_PAULO, runs[i].first,
                                    &arena, &error);
            }
        }
    }
    if (status != VG_OK) {
        (void)fprintf(stderr, "demand_rolling: %s\n", error.message);
    }
    vg_arena_release(&arena);
    return vg_status_exit_code(status);
}
