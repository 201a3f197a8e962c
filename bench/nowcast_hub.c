/*
 * How good the nowcast is on real reporting triangles, by rolling origins: WIS, coverage and bias by horizon beside a plain
 * chain ladder with empirical log errors and the frozen count. Rule of the German hospitalisation nowcast hub: seven quantiles,
 * horizons 0 to 28.
 *
 *     nowcast_hub FOLDER [set ...]      FOLDER holds the developers' count files (triangle_*.csv.gz, linelist_*.csv.gz)
 *
 * Every figure is made from what was known on the day of the nowcast alone; the truth is what is known at the last delay.
 */
#include "monitor/monitor.h"
#include "monitor/renewal/renewal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define LINE_BYTES 4096
#define HORIZONS 29
#define HUB_LEVELS 7
static const size_t hub_level[HUB_LEVELS] = {0, 2, 3, 4, 5, 6, 8};

struct data_set {
    int32_t start, step_days;
    size_t n, n_delays; /* reference dates, delays */
    size_t last_report; /* newest report step */
    double *cells;      /* [n * n_delays], NaN unpublished */
    bool open;
    size_t thinning; /* of origins, beyond each set's own */
    double generation_mean_days, generation_sd_days, incubation_mean_days, incubation_sd_days;
};

struct tally {
    double wis, bias;
    size_t n, inside_50, inside_95;
};

enum method { FROZEN, PLAIN, LEARNT, MODEL, BOTH, METHODS };
static const char *const method_names[METHODS] = {"frozen", "plain ladder", "learnt ladder", "renewal model", "mean of the two"};

struct result {
    struct tally by[METHODS][HORIZONS], all[METHODS];
    double seconds, model_seconds;
    size_t n_nowcasts, n_failed;
};

/* ------------------------------------------------------------------- reading */

static size_t split(char *line, char **fields, size_t capacity)
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at != NULL && n < capacity; n++) {
        fields[n] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = 0;
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
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        printf("skipped: %s is not there\n", path);
    }
    return file;
}

static void make_cells(struct data_set *set, double fill)
{
    set->cells = malloc(set->n * set->n_delays * sizeof *set->cells);
    if (set->cells == NULL) {
        exit(3);
    }
    for (size_t i = 0; i < set->n * set->n_delays; i++) {
        size_t report = i / set->n_delays + i % set->n_delays;
        set->cells[i] = report <= set->last_report ? fill : NAN;
    }
}

/* Wide triangles: location, age group, date, one column a delay. `first` is the column of the first delay; earlier ones are
 * added to it. */
static bool read_wide(const char *folder, const char *name, const char *location, const char *age, int32_t step, size_t skip,
                      struct data_set *set)
{
    char line[LINE_BYTES], *fields[64];
    gzFile file = open_file(folder, name);
    if (file == NULL) {
        return false;
    }
    *set = (struct data_set){.start = VG_DATE_NONE, .step_days = step};
    size_t columns = gzgets(file, line, LINE_BYTES) == NULL ? 0 : split(line, fields, 64);
    set->n_delays = columns - 3 - skip;
    set->open = step == 7;
    size_t capacity = 4000;
    set->cells = malloc(capacity * set->n_delays * sizeof *set->cells);
    while (set->cells != NULL && gzgets(file, line, LINE_BYTES) != NULL && set->n < capacity) {
        size_t n = split(line, fields, 64);
        if (strcmp(fields[0], location) != 0 || strcmp(fields[1], age) != 0) {
            continue;
        }
        set->start = set->n == 0 ? date_of(fields[2]) : set->start;
        double *row = set->cells + set->n++ * set->n_delays;
        for (size_t d = 0; d < set->n_delays; d++) {
            const char *text = 3 + skip + d < n ? fields[3 + skip + d] : "";
            row[d] = *text == 0 ? NAN : strtod(text, NULL);
            for (size_t early = 0; d == 0 && early < skip; early++) {
                row[0] += *fields[3 + early] == 0 ? 0 : strtod(fields[3 + early], NULL);
            }
        }
    }
    gzclose(file);
    set->last_report = set->n - 1;
    return set->n > 0;
}

/* Mexico: long increments with report dates; days without a publication are NaN, the first publication holds the stock. */
static bool read_mexico(const char *folder, const char *measure, const char *state, size_t n_delays, struct data_set *set)
{
    char line[LINE_BYTES], *fields[8];
    int32_t first = date_of("2020-04-01"), last = date_of("2021-01-31"), begin = date_of("2020-05-13");
    *set = (struct data_set){.start = first,
                             .step_days = 1,
                             .n = (size_t)(last - first + 1),
                             .n_delays = n_delays,
                             .last_report = (size_t)(last - first)};
    gzFile file = open_file(folder, "triangle_mx_vintage_dates.csv");
    bool *published = calloc(set->n, 1);
    if (file == NULL || published == NULL) {
        free(published);
        return false;
    }
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        line[strcspn(line, "\r\n")] = 0;
        int32_t date = date_of(line);
        if (date >= begin && date <= last) {
            published[date - first] = true;
        }
    }
    gzclose(file);
    make_cells(set, 0);
    for (size_t t = 0; t < set->n; t++) {
        for (size_t d = 0; d < n_delays; d++) {
            if (t + d <= set->last_report && !published[t + d]) {
                set->cells[t * n_delays + d] = NAN;
            }
        }
    }
    free(published);
    file = open_file(folder, "triangle_mx_states.csv.gz");
    while (file != NULL && gzgets(file, line, LINE_BYTES) != NULL) {
        if (split(line, fields, 8) < 5 || strcmp(fields[0], measure) != 0 || (*state != 0 && strcmp(fields[1], state) != 0)) {
            continue;
        }
        int32_t event = date_of(fields[2]), report = date_of(fields[3]);
        if (event >= first && report >= event && report - event < (int32_t)n_delays && report <= last) {
            set->cells[(size_t)(event - first) * n_delays + (size_t)(report - event)] += strtod(fields[4], NULL);
        }
    }
    if (file != NULL) {
        gzclose(file);
    }
    return file != NULL;
}

/* Line lists: counts by event and report date. */
static bool read_list(const char *folder, const char *name, int event_column, int report_column, const char *first,
                      const char *last, int32_t step, size_t n_delays, struct data_set *set)
{
    char line[LINE_BYTES], *fields[16];
    gzFile file = open_file(folder, name);
    if (file == NULL) {
        return false;
    }
    int32_t start = date_of(first);
    *set = (struct data_set){
        .start = start, .step_days = step, .n = (size_t)((date_of(last) - start) / step + 1), .n_delays = n_delays};
    set->last_report = set->n - 1;
    make_cells(set, 0);
    while (gzgets(file, line, LINE_BYTES) != NULL) {
        if (split(line, fields, 16) <= (size_t)(event_column > report_column ? event_column : report_column)) {
            continue;
        }
        int32_t event = date_of(fields[event_column]), report = date_of(fields[report_column]);
        if (event < start || report < event || event == VG_DATE_NONE) {
            continue;
        }
        size_t t = (size_t)((event - start) / step), d = (size_t)((report - start) / step) - t;
        if (t < set->n && d < n_delays && t + d <= set->last_report) {
            set->cells[t * n_delays + d]++;
        }
    }
    gzclose(file);
    return true;
}

/* ------------------------------------------------------------- the plain ladder */

static double known(const struct data_set *set, size_t t, size_t report, size_t sum)
{
    double total = 0;
    for (size_t i = 0; i < sum && i <= t; i++) {
        for (size_t d = 0; d < set->n_delays && t - i + d <= report; d++) {
            double cell = set->cells[(t - i) * set->n_delays + d];
            total += isnan(cell) ? 0 : cell;
        }
    }
    return total;
}

/* Share reported by age, from the dates of the last `window` steps. */
static void plain_shares(const struct data_set *set, size_t origin, size_t window, double *share)
{
    double within = 1;
    size_t oldest = origin > window ? origin - window : 0;
    for (size_t d = set->n_delays; d-- > 0;) {
        share[d] = within;
        double reports = 0, total = 0;
        for (size_t t = oldest; t + d <= origin && d > 0; t++) {
            double before = known(set, t, t + d - 1, 1), after = known(set, t, t + d, 1);
            reports += after - before;
            total += after;
        }
        within *= total > 0 ? 1 - reports / total : 1;
    }
}

static double plain_count(const struct data_set *set, const double *share, size_t t, size_t origin, size_t sum)
{
    double total = 0;
    for (size_t i = 0; i < sum && i <= t; i++) {
        size_t age = origin - (t - i);
        total += known(set, t - i, origin, 1) / (age < set->n_delays ? share[age] : 1);
    }
    return total;
}

struct plain_memory {
    double *expected; /* [n * HORIZONS] former nowcasts by origin and horizon */
};

/* Median by the ladder; errors of the newest 60 former nowcasts whose outcome is known by now, on the log scale. */
static void plain_nowcast(const struct data_set *set, const struct plain_memory *memory, size_t origin, size_t horizon,
                          size_t sum, double expected, double *quantiles)
{
    double errors[60];
    size_t n = 0;
    for (size_t former = origin; former-- > horizon + sum && n < 60;) {
        size_t t = former - horizon;
        double then = memory->expected[former * HORIZONS + horizon];
        if (t + set->n_delays - 1 <= origin && !isnan(then)) {
            errors[n++] = log((known(set, t, t + set->n_delays, sum) + 1) / (then + 1));
        }
    }
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && errors[j - 1] > errors[j]; j--) {
            double swap = errors[j];
            errors[j] = errors[j - 1], errors[j - 1] = swap;
        }
    }
    for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
        quantiles[i] = n < 5 ? expected : (expected + 1) * exp(vg_quantile_sorted(errors, n, vg_quantile_levels[i])) - 1;
    }
}

/* ------------------------------------------------------------------ evaluation */

static void add(struct tally *tally, const double *quantiles, double truth)
{
    double levels[HUB_LEVELS], values[HUB_LEVELS];
    for (size_t i = 0; i < HUB_LEVELS; i++) {
        levels[i] = vg_quantile_levels[hub_level[i]];
        values[i] = quantiles[hub_level[i]];
    }
    double wis = vg_monitor_wis(levels, values, HUB_LEVELS, truth);
    if (isnan(wis)) {
        return;
    }
    tally->n++;
    tally->wis += wis;
    tally->inside_50 += truth >= values[2] && truth <= values[4] ? 1 : 0;
    tally->inside_95 += truth >= values[0] && truth <= values[6] ? 1 : 0;
    tally->bias += (values[3] - truth) / (truth + 1);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void nowcast_at(const struct data_set *set, size_t origin, size_t sum, struct vg_arena *arena, double *quantiles,
                       double *model, struct result *result)
{
    struct vg_triangle triangle = {.start = set->start,
                                   .step_days = set->step_days,
                                   .as_of = set->start + (int32_t)origin * set->step_days,
                                   .n_references = origin + 1,
                                   .n_delays = set->n_delays,
                                   .last_delay_open = set->open};
    triangle.increments = VG_ARENA_ARRAY(arena, double, triangle.n_references * set->n_delays);
    for (size_t i = 0; i < triangle.n_references * set->n_delays; i++) {
        triangle.increments[i] = i / set->n_delays + i % set->n_delays <= origin ? set->cells[i] : NAN;
    }
    struct vg_nowcast_parameters parameters;
    vg_monitor_nowcast_defaults(&parameters);
    parameters.sum_steps = sum;
    struct vg_nowcast nowcast;
    struct vg_error error;
    double begin = seconds_now();
    if (vg_monitor_nowcast(&triangle, &parameters, arena, &nowcast, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        exit(3);
    }
    result->seconds += seconds_now() - begin;
    result->n_nowcasts++;
    for (size_t h = 0; h < HORIZONS && h <= origin; h++) {
        memcpy(quantiles + h * VG_QUANTILE_COUNT, nowcast.expected_final.values + (origin - h) * VG_QUANTILE_COUNT,
               VG_QUANTILE_COUNT * sizeof *quantiles);
    }
    struct vg_renewal_parameters wanted;
    struct vg_renewal_estimate estimate;
    struct vg_arena scratch;
    vg_renewal_defaults(&wanted);
    wanted.generation_mean_days = set->generation_mean_days;
    wanted.generation_sd_days = set->generation_sd_days;
    wanted.incubation_mean_days = set->incubation_mean_days;
    wanted.incubation_sd_days = set->incubation_sd_days;
    wanted.sum_steps = sum;
    wanted.forecast_steps = 1;
    wanted.n_draws = 600;
    vg_arena_init(&scratch, 0);
    begin = seconds_now();
    if (vg_renewal(&triangle, &wanted, arena, &scratch, &estimate, &error) != VG_OK) {
        printf("failed: %s\n", error.message);
        exit(3);
    }
    vg_arena_release(&scratch);
    result->model_seconds += seconds_now() - begin;
    result->n_failed += estimate.status == VG_SERIES_OK ? 0 : 1;
    for (size_t h = 0; h < HORIZONS && h <= origin; h++) {
        for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
            bool made = estimate.status == VG_SERIES_OK && h < estimate.expected_final.n_steps;
            model[h * VG_QUANTILE_COUNT + i] =
                made ? estimate.expected_final.values[(estimate.expected_final.n_steps - 1 - h) * VG_QUANTILE_COUNT + i] : NAN;
        }
    }
}

/* COVID-19 unless said: generation interval as the shipped serial interval, infection to reference date about an incubation. */
static void set_intervals(struct data_set *set, size_t thinning, double generation_mean, double generation_sd, double incubation_mean, double incubation_sd)
{
    set->thinning = thinning;
    set->generation_mean_days = generation_mean;
    set->generation_sd_days = generation_sd;
    set->incubation_mean_days = incubation_mean;
    set->incubation_sd_days = incubation_sd;
}

static void evaluate(const struct data_set *set, size_t first_origin, size_t stride, size_t sum, struct result *result)
{
    size_t horizons = set->n_delays - 1 < HORIZONS ? set->n_delays - 1 : HORIZONS;
    struct plain_memory memory = {malloc(set->n * HORIZONS * sizeof(double))};
    double *share = malloc(set->n_delays * sizeof *share);
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    if (memory.expected == NULL || share == NULL) {
        exit(3);
    }
    for (size_t origin = 0; origin + 0 <= set->last_report && origin < set->n; origin++) {
        plain_shares(set, origin, set->step_days == 1 ? 30 + set->n_delays : 2 * set->n_delays, share);
        for (size_t h = 0; h < horizons; h++) {
            memory.expected[origin * HORIZONS + h] = h + sum <= origin ? plain_count(set, share, origin - h, origin, sum) : NAN;
        }
        if (origin < first_origin || (origin - first_origin) % (stride * set->thinning) != 0) {
            continue;
        }
        double quantiles[HORIZONS * VG_QUANTILE_COUNT], model[HORIZONS * VG_QUANTILE_COUNT];
        if (origin - 0 + set->n_delays - 1 - (horizons - 1) > set->last_report) {
            break;
        }
        nowcast_at(set, origin, sum, &arena, quantiles, model, result);
        for (size_t h = 0; h < horizons; h++) {
            size_t t = origin - h;
            if (t + set->n_delays - 1 > set->last_report) {
                continue;
            }
            double truth = known(set, t, t + set->n_delays, sum), plain[VG_QUANTILE_COUNT], frozen[VG_QUANTILE_COUNT];
            if (isnan(quantiles[h * VG_QUANTILE_COUNT]) || isnan(model[h * VG_QUANTILE_COUNT])) {
                continue;
            }
            plain_nowcast(set, &memory, origin, h, sum, memory.expected[origin * HORIZONS + h], plain);
            for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
                frozen[i] = known(set, t, origin, sum);
            }
            double both[VG_QUANTILE_COUNT];
            for (size_t i = 0; i < VG_QUANTILE_COUNT; i++) {
                both[i] = 0.5 * (quantiles[h * VG_QUANTILE_COUNT + i] + model[h * VG_QUANTILE_COUNT + i]);
            }
            const double *said[METHODS] = {frozen, plain, quantiles + h * VG_QUANTILE_COUNT, model + h * VG_QUANTILE_COUNT, both};
            for (int m = 0; m < METHODS; m++) {
                add(&result->by[m][h], said[m], truth);
                add(&result->all[m], said[m], truth);
            }
        }
        vg_arena_release(&arena);
    }
    vg_arena_release(&arena);
    free(memory.expected);
    free(share);
}

static void print_row(const char *what, const struct tally *tallies)
{
    printf("%8s", what);
    for (int m = 0; m < METHODS; m++) {
        double n = (double)tallies[m].n;
        printf(" | %9.2f %4.0f %4.0f %+6.1f", tallies[m].wis / n, 100 * (double)tallies[m].inside_50 / n,
               100 * (double)tallies[m].inside_95 / n, 100 * tallies[m].bias / n);
    }
    printf("\n");
}

static void print_result(const char *name, const struct result *result, bool by_horizon)
{
    if (result->all[LEARNT].n == 0) {
        printf("\n%s: nothing to compare\n", name);
        return;
    }
    printf("\n%s: %zu nowcasts, %.2f ms each learnt, %.2f ms by the model (%zu without), %zu comparisons\n%8s", name, result->n_nowcasts,
           1e3 * result->seconds / (double)result->n_nowcasts, 1e3 * result->model_seconds / (double)result->n_nowcasts, result->n_failed,
           result->all[LEARNT].n, "horizon");
    for (int m = 0; m < METHODS; m++) {
        printf(" | %-26s", method_names[m]);
    }
    printf("\n%8s", "");
    for (int m = 0; m < METHODS; m++) {
        printf(" | %9s %4s %4s %6s", "WIS", "50%", "95%", "bias%");
    }
    printf("\n");
    static const size_t shown[] = {0, 1, 2, 3, 5, 7, 10, 14, 21, 28};
    for (size_t i = 0; by_horizon && i < sizeof shown / sizeof *shown; i++) {
        struct tally row[METHODS];
        char what[16];
        for (int m = 0; m < METHODS; m++) {
            row[m] = result->by[m][shown[i]];
        }
        snprintf(what, sizeof what, "%zu", shown[i]);
        if (row[LEARNT].n > 0) {
            print_row(what, row);
        }
    }
    print_row("all", result->all);
    printf("ratio to the plain ladder: learnt %.3f, model %.3f\n", result->all[LEARNT].wis / result->all[PLAIN].wis,
           result->all[MODEL].wis / result->all[PLAIN].wis);
}

/* ------------------------------------------------------------------------ sets */

static bool wanted(int argc, char **argv, const char *name)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return argc <= 2;
}

static void run_germany(const char *folder, size_t thinning)
{
    static const char *const ages[] = {"00+", "00-04", "05-14", "15-34", "35-59", "60-79", "80+"};
    struct data_set set;
    struct result groups = {0};
    for (size_t i = 0; i < 7; i++) {
        if (read_wide(folder, "triangle_de_hosp_age.csv.gz", "DE", ages[i], 1, 0, &set)) {
            struct result result = {0};
            set_intervals(&set, thinning, 4.7, 2.9, 8, 4);
            evaluate(&set, 90, 1, 7, i == 0 ? &result : &groups);
            if (i == 0) {
                print_result("Germany, hospitalisations, all ages, 7-day sums", &result, true);
                result = (struct result){0};
                evaluate(&set, 90, 1, 1, &result);
                print_result("Germany, hospitalisations, all ages, single days", &result, false);
            }
            free(set.cells);
        }
    }
    print_result("Germany, hospitalisations, six age groups, 7-day sums", &groups, false);
}

static void run_mexico(const char *folder, size_t thinning)
{
    static const char *const states[] = {"MX-MEX", "MX-JAL", "MX-PUE", "MX-TAB", "MX-COL"};
    static const char *const measures[] = {"cases_onset", "deaths_date"};
    for (size_t m = 0; m < 2; m++) {
        struct result sums = {0}, days = {0};
        char title[80];
        for (size_t i = 0; i < 5; i++) {
            struct data_set set;
            if (read_mexico(folder, measures[m], states[i], 60, &set)) {
                set_intervals(&set, thinning, 4.7, 2.9, m == 0 ? 5.5 : 18, m == 0 ? 2.4 : 8);
                evaluate(&set, 120, 3, 7, &sums);
                evaluate(&set, 120, 3, 1, &days);
                free(set.cells);
            }
        }
        snprintf(title, sizeof title, "Mexico, %s, five states, 7-day sums", measures[m]);
        print_result(title, &sums, true);
        snprintf(title, sizeof title, "Mexico, %s, five states, single days", measures[m]);
        print_result(title, &days, false);
    }
}

static void run_lists(const char *folder, size_t thinning)
{
    struct data_set set;
    if (read_list(folder, "linelist_br_sp_srag.csv.gz", 3, 4, "2020-03-01", "2022-02-28", 1, 60, &set)) {
        struct result sums = {0}, days = {0};
        set_intervals(&set, thinning, 4.7, 2.9, 5.5, 2.4);
        evaluate(&set, 150, 7, 7, &sums);
        evaluate(&set, 150, 9, 1, &days);
        print_result("Sao Paulo, severe respiratory infection by onset, 7-day sums", &sums, true);
        print_result("Sao Paulo, severe respiratory infection by onset, single days", &days, false);
        free(set.cells);
    }
    if (read_list(folder, "linelist_pr_dengue_weekly.csv.gz", 0, 1, "1990-01-01", "2010-11-29", 7, 12, &set)) {
        struct result weeks = {0};
        set_intervals(&set, thinning, 18, 7, 6, 2);
        evaluate(&set, 104, 3, 1, &weeks);
        print_result("Puerto Rico, dengue by week of onset", &weeks, true);
        free(set.cells);
    }
}

static void run_weekly(const char *folder, size_t thinning)
{
    static const char *const files[] = {"triangle_de_survstat_influenza.csv.gz", "triangle_de_icosari_sari.csv.gz"};
    static const char *const names[] = {"Germany, influenza by week", "Germany, severe respiratory infection by week"};
    for (size_t i = 0; i < 2; i++) {
        struct data_set set;
        struct result result = {0};
        if (read_wide(folder, files[i], "DE", "00+", 7, i == 0 ? 1 : 0, &set)) {
            set_intervals(&set, thinning, 3.6, 1.6, 2, 1);
            evaluate(&set, 30, 1, 1, &result);
            print_result(names[i], &result, true);
            free(set.cells);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "nowcast_hub FOLDER [germany] [mexico] [lists] [weekly] [quick]\n");
        return 2;
    }
    size_t thinning = argc > 2 && wanted(argc, argv, "quick") ? 6 : 1;
    if (wanted(argc, argv, "germany")) {
        run_germany(argv[1], thinning);
    }
    if (wanted(argc, argv, "mexico")) {
        run_mexico(argv[1], thinning);
    }
    if (wanted(argc, argv, "lists")) {
        run_lists(argv[1], thinning);
    }
    if (wanted(argc, argv, "weekly")) {
        run_weekly(argv[1], thinning);
    }
    return 0;
}
