/*
 * How good the forecasts are on real series, by rolling origins: 1 to 4 epidemiological weeks ahead, with what was known at each origin, beside the forecast
 * hubs' baseline. Places of a set are each other's siblings; cases run ahead of deaths.
 *
 *     forecast_rolling FOLDER [--every N] [--threads N] [--half odd|even] [--methods ensemble] [--rows FILE] [set ...]
 *
 * FOLDER holds the developers' count files. Printed by method and horizon: the ratio of mean WIS to the baseline's, median over places and geometric mean;
 * share of outcomes inside the 50 and 95 % intervals; bias (-1 all of the forecast below what came .. 1 all above). Sets marked with * had no part in choosing
 * the constants of the models. --methods ensemble leaves out all but it and the baseline; --rows writes every scored forecast: set, place, origin (week), weeks
 * ahead, method, outcome, WIS, 23 quantiles.
 */
#include "monitor/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define LINE_BYTES 4096
#define WEEKS VG_FORECAST_WEEKS
#define PLACES_MOST 640
#define FIRST_ORIGIN 10
#define FEWEST_ORIGINS 10

struct publication {
    int32_t as_of;
    size_t place, week;
    double value;
};

struct panel {
    char title[80];
    int32_t start;
    size_t n_places, n_weeks, first_origin;
    char names[PLACES_MOST][40];
    uint32_t group[PLACES_MOST];    /* places of one country */
    double *values;                 /* [n_places * n_weeks] as known in the end */
    struct publication *published;  /* where vintages are known; those of one cell in their order */
    size_t n_published;
    const struct panel *leading;
};

enum method { BASELINE, ENSEMBLE, ALONE, REGRESSION, ANALOGUES, SMOOTHING, METHODS };
static const char *const method_names[METHODS] = {"hub_baseline", "ensemble", "ensemble, no siblings", "autoregression", "seasonal_analogues", "exponential_smoothing"};

struct tally {
    double wis[METHODS], baseline[METHODS], bias[METHODS];
    size_t n[METHODS], inside_50[METHODS], inside_95[METHODS];
};

struct job {
    const struct panel *panel;
    const double *known, *known_leading; /* [n_places * n_known] */
    size_t n_known;
    const struct vg_forecast_experience *experience;
    struct tally (*tallies)[WEEKS];
    double *seconds; /* [n_places * METHODS] */
    unsigned methods; /* one bit each */
    FILE *rows;      /* every scored forecast, or NULL */
};

/* ------------------------------------------------------------------------ reading */

static size_t split(char *line, char **fields, size_t capacity)
{
    size_t n = 0;
    bool quoted = false;
    line[strcspn(line, "\r\n")] = 0;
    fields[n++] = line;
    for (char *at = line; *at != 0 && n < capacity; at++) {
        quoted = *at == '"' ? !quoted : quoted;
        if (*at == ',' && !quoted) {
            *at = 0;
            fields[n++] = at + 1;
        }
    }
    return n;
}

static int32_t date_of(const char *text)
{
    int32_t date = VG_DATE_NONE;
    return vg_date_parse_iso(vg_text_from(text), &date) ? date : VG_DATE_NONE;
}

static gzFile open_file(const char *folder, const char *name)
{
    char path[1024], line[LINE_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile file = gzopen(path, "rb");
    if (file == NULL || gzgets(file, line, LINE_BYTES) == NULL) {
        printf("skipped: %s is not there\n", path);
        return NULL;
    }
    return file;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        exit(3);
    }
    return memory;
}

static struct panel *new_panel(const char *title, const char *first, const char *last)
{
    struct panel *panel = allocate(1, sizeof *panel);
    snprintf(panel->title, sizeof panel->title, "%s", title);
    panel->start = vg_date_week_start(date_of(first), VG_WEEK_MMWR);
    panel->n_weeks = (size_t)(date_of(last) + 1 - panel->start) / 7;
    panel->first_origin = FIRST_ORIGIN;
    panel->values = allocate(PLACES_MOST * panel->n_weeks, sizeof *panel->values);
    for (size_t i = 0; i < PLACES_MOST * panel->n_weeks; i++) {
        panel->values[i] = NAN;
    }
    return panel;
}

/* The cell of a place and day; NULL outside the panel. New places are added. */
static double *cell_of(struct panel *panel, const char *name, int32_t date)
{
    size_t place = 0;
    while (place < panel->n_places && strcmp(panel->names[place], name) != 0) {
        place++;
    }
    if (place == PLACES_MOST || date < panel->start || (size_t)(date - panel->start) / 7 >= panel->n_weeks) {
        return NULL;
    }
    if (place == panel->n_places) {
        snprintf(panel->names[panel->n_places++], sizeof panel->names[0], "%s", name);
    }
    return &panel->values[place * panel->n_weeks + (size_t)(date - panel->start) / 7];
}

static void add_count(struct panel *panel, const char *name, int32_t date, const char *text)
{
    double *cell = cell_of(panel, name, date);
    if (cell != NULL && *text != 0) {
        *cell = (isnan(*cell) ? 0 : *cell) + strtod(text, NULL);
    }
}

static void drop_negative(struct panel *panel)
{
    for (size_t i = 0; i < panel->n_places * panel->n_weeks; i++) {
        panel->values[i] = panel->values[i] >= 0 ? panel->values[i] : NAN;
    }
}

/* Daily counts in long form. */
static struct panel *read_daily(const char *folder, const char *name, const char *title, size_t place, size_t date, size_t value, const char *first,
                                const char *last)
{
    char line[LINE_BYTES], *fields[16];
    gzFile file = open_file(folder, name);
    if (file == NULL) {
        return NULL;
    }
    struct panel *panel = new_panel(title, first, last);
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        if (split(line, fields, 16) > value) {
            add_count(panel, fields[place], date_of(fields[date]), fields[value]);
        }
    }
    gzclose(file);
    drop_negative(panel);
    return panel;
}

/* Cumulative counts of units of grade A or B: the week's last published total less the week's before. */
static struct panel *read_cumulative(const char *folder, const char *title, size_t value)
{
    static char good[PLACES_MOST][16];
    size_t n_good = 0;
    char line[LINE_BYTES], *fields[16];
    gzFile grades = open_file(folder, "latam_subnational_quality_NC.csv");
    gzFile file = grades == NULL ? NULL : open_file(folder, "latam_subnational_cumulative_NC.csv.gz");
    if (file == NULL) {
        return NULL;
    }
    while (gzgets(grades, line, LINE_BYTES) != NULL && n_good < PLACES_MOST) {
        if (split(line, fields, 16) > 10 && (*fields[10] == 'A' || *fields[10] == 'B')) {
            snprintf(good[n_good++], sizeof good[0], "%.15s", fields[0]);
        }
    }
    gzclose(grades);
    struct panel *panel = new_panel(title, "2020-02-25", "2021-12-25");
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        bool wanted = split(line, fields, 16) > value && *fields[value] != 0;
        for (size_t i = 0, found = 0; wanted && i <= n_good; i++) {
            found += i < n_good && strcmp(good[i], fields[0]) == 0 ? 1 : 0;
            wanted = i < n_good || found > 0;
        }
        double *cell = wanted ? cell_of(panel, fields[0], date_of(fields[3])) : NULL;
        double total = wanted ? strtod(fields[value], NULL) : NAN;
        if (cell != NULL && !(total == 0 && *cell > 0)) { /* a zero after a total means that nothing was collected */
            *cell = total;
        }
    }
    gzclose(file);
    for (size_t place = 0; place < panel->n_places; place++) {
        double before = NAN;
        for (size_t week = 0; week < panel->n_weeks; week++) {
            double *cell = &panel->values[place * panel->n_weeks + week], total = *cell;
            *cell = total - before;
            before = total;
        }
    }
    drop_negative(panel);
    for (size_t place = 0; place < panel->n_places; place++) {
        panel->group[place] = (uint32_t)panel->names[place][0] << 8 | (uint32_t)panel->names[place][1];
    }
    return panel;
}

static struct panel *read_influenza(const char *folder)
{
    char line[LINE_BYTES], *fields[8];
    gzFile file = open_file(folder, "vintages_us_flu_admissions.csv.gz");
    if (file == NULL) {
        return NULL;
    }
    struct panel *panel = new_panel("United States, influenza admissions, as published each week", "2022-02-06", "2024-04-27");
    panel->first_origin = (size_t)(date_of("2023-09-23") - panel->start) / 7;
    panel->published = allocate(20000, sizeof *panel->published);
    while (gzgets(file, line, LINE_BYTES) != NULL && panel->n_published < 20000) {
        double *cell = split(line, fields, 8) < 4 ? NULL : cell_of(panel, fields[2], date_of(fields[1]));
        if (cell == NULL) {
            continue;
        }
        size_t at = (size_t)(cell - panel->values);
        double value = *fields[3] == 0 ? NAN : strtod(fields[3], NULL);
        panel->published[panel->n_published++] = (struct publication){date_of(fields[0]), at / panel->n_weeks, at % panel->n_weeks, value};
        *cell = value;
    }
    gzclose(file);
    return panel;
}

static struct panel *read_dengue(const char *folder)
{
    char line[LINE_BYTES], *fields[8];
    gzFile file = open_file(folder, "dengue_national_celac.csv.gz");
    if (file == NULL) {
        return NULL;
    }
    struct panel *panel = new_panel("Latin America and the Caribbean, dengue by week", "2000-01-02", "2021-12-25");
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        if (split(line, fields, 8) >= 5 && strcmp(fields[3], "week") == 0) {
            add_count(panel, fields[0], date_of(fields[1]), fields[4]);
        }
    }
    gzclose(file);
    drop_negative(panel);
    return panel;
}

/* One case a row; weeks without one are zero. */
static struct panel *read_list(const char *folder)
{
    char line[LINE_BYTES], *fields[4];
    gzFile file = open_file(folder, "linelist_pr_dengue_weekly.csv.gz");
    if (file == NULL) {
        return NULL;
    }
    struct panel *panel = new_panel("* Puerto Rico, dengue by week of onset", "1990-01-01", "2010-10-30");
    for (size_t week = 0; week < panel->n_weeks; week++) {
        add_count(panel, "PR", panel->start + (int32_t)week * 7, "0");
    }
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        if (split(line, fields, 4) > 1) {
            add_count(panel, "PR", date_of(fields[0]), "1");
        }
    }
    gzclose(file);
    return panel;
}

/* ---------------------------------------------------------------------- evaluation */

/* What was known at the end of week `origin`, [n_places * (origin + 1)]. */
static void known_at(const struct panel *panel, size_t origin, double *known)
{
    size_t n = origin + 1;
    int32_t today = panel->start + (int32_t)n * 7 - 1;
    for (size_t place = 0; place < panel->n_places; place++) {
        for (size_t week = 0; week < n; week++) {
            known[place * n + week] = panel->published == NULL ? panel->values[place * panel->n_weeks + week] : NAN;
        }
    }
    for (size_t i = 0; i < panel->n_published; i++) { /* the versions of one cell stand in the order of publication */
        if (panel->published[i].week < n && panel->published[i].as_of <= today) {
            known[panel->published[i].place * n + panel->published[i].week] = panel->published[i].value;
        }
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool forecast(const struct job *job, size_t place, enum method method, struct vg_arena *arena, struct vg_forecast *out)
{
    static const enum vg_forecast_method methods[METHODS] = {VG_FORECAST_HUB_BASELINE,       VG_FORECAST_ENSEMBLE,           VG_FORECAST_ENSEMBLE,
                                                             VG_FORECAST_AUTOREGRESSION, VG_FORECAST_SEASONAL_ANALOGUES, VG_FORECAST_EXPONENTIAL_SMOOTHING};
    size_t n = job->n_known, skip = 0;
    struct vg_forecast_parameters parameters;
    struct vg_error error;
    double *values = VG_ARENA_ARRAY(arena, double, n);
    double *leading = VG_ARENA_ARRAY(arena, double, n);
    memcpy(values, job->known + place * n, n * sizeof *values);
    while (skip + 1 < n && isnan(values[skip])) {
        skip++;
    }
    struct vg_series series = {job->panel->start + (int32_t)skip * 7, 7, n - skip, values + skip};
    struct vg_series ahead = {series.start, 7, n - skip, leading + skip};
    vg_monitor_forecast_defaults(&parameters);
    parameters.method = methods[method];
    parameters.horizon_steps = WEEKS;
    if (method != ALONE) {
        parameters.experience = job->experience;
        parameters.group = job->panel->group[place];
        if (job->known_leading != NULL) {
            memcpy(leading, job->known_leading + place * n, n * sizeof *leading);
            parameters.leading = &ahead;
        }
    }
    double begin = seconds_now();
    if (vg_monitor_forecast_full(&series, &parameters, arena, out, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        exit(3);
    }
    job->seconds[place * METHODS + method] += seconds_now() - begin;
    return out->status == VG_SERIES_OK;
}

/* One line, written at once so that threads do not mix. */
static void write_row(const struct job *job, size_t place, size_t week, enum method method, double truth, double wis, const double *quantiles)
{
    char line[LINE_BYTES];
    int used = snprintf(line, sizeof line, "%s,%s,%zu,%zu,%s,%g,%.6g", job->panel->title, job->panel->names[place], job->n_known - 1, week + 1, method_names[method], truth, wis);
    for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
        used += snprintf(line + used, sizeof line - (size_t)used, ",%.6g", quantiles[level]);
    }
    fprintf(job->rows, "%s\n", line);
}

/* Only what both the baseline and the method forecast is compared. */
static void score_place(void *context, size_t place, unsigned worker)
{
    (void)worker;
    const struct job *job = context;
    const struct panel *panel = job->panel;
    double baseline[WEEKS];
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    for (enum method method = BASELINE; method < METHODS; method++) {
        struct vg_forecast out;
        if ((job->methods >> method & 1) == 0) {
            continue;
        }
        if (!forecast(job, place, method, &arena, &out)) {
            if (method == BASELINE) {
                break;
            }
            continue;
        }
        for (size_t week = 0; week < WEEKS && job->n_known + week < panel->n_weeks; week++) {
            double truth = panel->values[place * panel->n_weeks + job->n_known + week];
            const double *q = out.quantiles + week * VG_FORECAST_LEVELS;
            double wis = vg_monitor_wis(vg_forecast_levels, q, VG_FORECAST_LEVELS, truth);
            struct tally *tally = &job->tallies[place][week];
            baseline[week] = method == BASELINE ? wis : baseline[week];
            if (isnan(wis + baseline[week])) {
                continue;
            }
            if (job->rows != NULL) {
                write_row(job, place, week, method, truth, wis, q);
            }
            tally->wis[method] += wis;
            tally->baseline[method] += baseline[week];
            tally->n[method]++;
            tally->inside_50[method] += truth >= q[6] && truth <= q[16] ? 1 : 0;
            tally->inside_95[method] += truth >= q[1] && truth <= q[21] ? 1 : 0;
            for (size_t level = 0; level < VG_FORECAST_LEVELS; level++) {
                tally->bias[method] += (q[level] > truth ? 1.0 : q[level] < truth ? -1.0 : 0.0) / VG_FORECAST_LEVELS;
            }
        }
    }
    vg_arena_release(&arena);
}

static const struct vg_forecast_experience *learn(const struct panel *panel, const double *known, const double *leading, size_t n, struct vg_arena *arena,
                                                  double *seconds)
{
    struct vg_series *series = VG_ARENA_ARRAY(arena, struct vg_series, panel->n_places);
    struct vg_series *ahead = VG_ARENA_ARRAY(arena, struct vg_series, panel->n_places);
    struct vg_forecast_experience *experience = NULL;
    struct vg_error error;
    double begin = seconds_now();
    for (size_t place = 0; place < panel->n_places; place++) {
        double *values = VG_ARENA_ARRAY(arena, double, 2 * n);
        memcpy(values, known + place * n, n * sizeof *values);
        series[place] = (struct vg_series){panel->start, 7, n, values};
        if (leading != NULL) {
            memcpy(values + n, leading + place * n, n * sizeof *values);
            ahead[place] = (struct vg_series){panel->start, 7, n, values + n};
        }
    }
    if (vg_monitor_forecast_learn(series, leading == NULL ? NULL : ahead, panel->group, panel->n_places, arena, &experience, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        exit(3);
    }
    *seconds += seconds_now() - begin;
    return experience;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Ratios of the ensemble's WIS to the baseline's, of all places of the sets that had a part in choosing the constants. */
struct all {
    double ratios[WEEKS][4 * PLACES_MOST];
    size_t n[WEEKS];
};

static void print_method(const struct panel *panel, struct tally (*tallies)[WEEKS], enum method method, int half, struct all *all)
{
    printf("  %-22s", method_names[method]);
    for (size_t week = 0; week < WEEKS; week++) {
        double ratios[PLACES_MOST], logarithms = 0, n_outcomes = 0, inside_50 = 0, inside_95 = 0, bias = 0;
        size_t n = 0;
        for (size_t place = 0; place < panel->n_places; place++) {
            const struct tally *tally = &tallies[place][week];
            if ((half != 0 && (int)(place % 2) != half - 1) || tally->n[method] < FEWEST_ORIGINS || !(tally->baseline[method] > 0)) {
                continue;
            }
            ratios[n] = tally->wis[method] / tally->baseline[method];
            if (method == ENSEMBLE && panel->title[0] != '*' && all->n[week] < sizeof all->ratios[0] / sizeof(double)) {
                all->ratios[week][all->n[week]++] = ratios[n];
            }
            logarithms += log(ratios[n++] + 1e-12);
            n_outcomes += (double)tally->n[method];
            inside_50 += (double)tally->inside_50[method];
            inside_95 += (double)tally->inside_95[method];
            bias += tally->bias[method];
        }
        qsort(ratios, n, sizeof *ratios, compare);
        if (n == 0) {
            printf(" | %29s", "too short a past");
            continue;
        }
        printf(" | %5.3f %5.3f  %3.0f %3.0f  %+5.2f", vg_quantile_sorted(ratios, n, 0.5), exp(logarithms / (double)n), 100 * inside_50 / n_outcomes,
               100 * inside_95 / n_outcomes, bias / n_outcomes);
    }
    printf("\n");
}

struct wish {
    size_t every;
    int half;
    unsigned methods;
    FILE *rows;
    struct all *all;
};

static void evaluate(const struct panel *panel, const struct wish *wish, struct vg_pool *pool)
{
    size_t every = wish->every;
    int half = wish->half;
    if (panel == NULL) {
        return;
    }
    struct tally(*tallies)[WEEKS] = allocate(panel->n_places, sizeof *tallies);
    double *known = allocate(panel->n_places * panel->n_weeks, sizeof *known);
    double *leading = allocate(panel->n_places * panel->n_weeks, sizeof *leading);
    double *seconds = allocate(panel->n_places * METHODS, sizeof *seconds), learning = 0;
    size_t n_origins = 0;
    for (size_t origin = panel->first_origin; origin + 1 < panel->n_weeks; origin += every) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        known_at(panel, origin, known);
        if (panel->leading != NULL) {
            known_at(panel->leading, origin, leading);
        }
        const double *ahead = panel->leading == NULL ? NULL : leading;
        struct job job = {panel, known, ahead, origin + 1, learn(panel, known, ahead, origin + 1, &arena, &learning), tallies, seconds, wish->methods, wish->rows};
        vg_parallel_for(pool, panel->n_places, score_place, &job);
        vg_arena_release(&arena);
        n_origins++;
    }
    printf("\n%s: %zu places, %zu origins%s\n  %-22s", panel->title, panel->n_places, n_origins, half == 1 ? ", even places" : half == 2 ? ", odd places" : "",
           "relative WIS:");
    for (size_t week = 1; week <= WEEKS; week++) {
        printf(" | %zu wk: median geo.  50  95   bias", week);
    }
    printf("\n");
    for (enum method method = ENSEMBLE; method < METHODS; method++) {
        print_method(panel, tallies, method, half, wish->all);
    }
    double ensemble = 0;
    for (size_t place = 0; place < panel->n_places; place++) {
        ensemble += seconds[place * METHODS + ENSEMBLE];
    }
    printf("  %.2f ms an ensemble, %.0f ms to learn from the siblings at one origin\n", 1e3 * ensemble / (double)(panel->n_places * n_origins),
           1e3 * learning / (double)n_origins);
    fflush(stdout);
    free(tallies);
    free(known);
    free(leading);
    free(seconds);
}

static void print_all(struct all *all)
{
    printf("\nall places of the sets without a mark: relative WIS of the ensemble, median over places");
    for (size_t week = 0; week < WEEKS && all->n[week] > 0; week++) {
        qsort(all->ratios[week], all->n[week], sizeof(double), compare);
        printf("%s %.3f (%zu wk, %zu places)", week == 0 ? "" : ",", vg_quantile_sorted(all->ratios[week], all->n[week], 0.5), week + 1, all->n[week]);
    }
    printf("\n");
}

static bool wanted(int argc, char **argv, const char *name)
{
    bool any = false;
    for (int i = 2; i < argc; i++) {
        if (argv[i][0] == '-') {
            i++;
            continue;
        }
        any = true;
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return !any;
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 2; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    return otherwise;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "forecast_rolling FOLDER [--every N] [--threads N] [--half odd|even] [--methods ensemble] [--rows FILE] [national] [subnational] [influenza] [dengue] [others]\n");
        return 2;
    }
    const char *folder = argv[1], *half_name = option(argc, argv, "--half", "");
    size_t every = (size_t)strtoul(option(argc, argv, "--every", "1"), NULL, 10);
    int half = strcmp(half_name, "even") == 0 ? 1 : strcmp(half_name, "odd") == 0 ? 2 : 0;
    struct vg_pool *pool = vg_pool_new((unsigned)strtoul(option(argc, argv, "--threads", "0"), NULL, 10));
    const char *rows = option(argc, argv, "--rows", NULL);
    bool quick = strcmp(option(argc, argv, "--methods", "all"), "ensemble") == 0;
    struct wish wish = {every < 1 ? 1 : every, half, quick ? 1u << BASELINE | 1u << ENSEMBLE : ~0u, rows == NULL ? NULL : fopen(rows, "w"), allocate(1, sizeof *wish.all)};
    if (wanted(argc, argv, "national")) {
        struct panel *cases = read_daily(folder, "national_daily.csv.gz", "National cases", 0, 2, 3, "2020-01-26", "2022-06-25");
        struct panel *deaths = read_daily(folder, "national_daily.csv.gz", "National deaths", 0, 2, 4, "2020-01-26", "2022-06-25");
        evaluate(cases, &wish, pool);
        if (deaths != NULL) {
            deaths->leading = cases;
        }
        evaluate(deaths, &wish, pool);
    }
    if (wanted(argc, argv, "subnational")) {
        struct panel *cases = read_cumulative(folder, "Cases of first-level units of ten countries", 4);
        struct panel *deaths = read_cumulative(folder, "Deaths of first-level units of ten countries", 5);
        evaluate(cases, &wish, pool);
        if (deaths != NULL) {
            deaths->leading = cases;
        }
        evaluate(deaths, &wish, pool);
    }
    if (wanted(argc, argv, "influenza")) {
        evaluate(read_influenza(folder), &wish, pool);
    }
    if (wanted(argc, argv, "dengue")) {
        evaluate(read_dengue(folder), &wish, pool);
    }
    if (wanted(argc, argv, "others")) {
        evaluate(read_daily(folder, "hospital_it_regions.csv.gz", "* Cases of Italy's regions", 2, 0, 6, "2020-02-24", "2021-12-25"), &wish, pool);
        evaluate(read_daily(folder, "hospital_it_regions.csv.gz", "* Intensive-care admissions of Italy's regions", 2, 0, 5, "2020-12-06", "2021-12-25"), &wish, pool);
        evaluate(read_daily(folder, "hospital_br_sp_drs.csv.gz", "* Admissions of Sao Paulo's health regions", 1, 0, 7, "2020-05-24", "2021-06-26"), &wish, pool);
        evaluate(read_daily(folder, "china_province_daily_jhu.csv.gz", "* Cases of China's provinces", 0, 1, 2, "2020-01-26", "2022-06-25"), &wish, pool);
        evaluate(read_list(folder), &wish, pool);
    }
    print_all(wish.all);
    free(wish.all);
    vg_pool_free(pool);
    return wish.rows != NULL && fclose(wish.rows) != 0 ? 3 : 0;
}
