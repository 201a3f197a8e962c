/*
 * How often this program's intervals hold, over many exercises: small outbreaks with drawn seeds, diseases, R0, dispersion, measures, delays, weekdays, blanks,
 * backlogs and outages are made in memory, released to a node as they would have become known, and every estimate is held against the truth.
 *
 *     exercise_coverage [--exercises 200] [--first 1] [--days 4] [--method NAME] [--rows FILE] [--csv FILE] [--apart] [--progress]
 *     exercise_coverage --scenario K           # prints the file of exercise K, for vigia exercise make
 *
 * Printed by kind of estimate, level of places and lag or horizon: how often the 50 and 95 % intervals held, the ratio of the weighted interval score to the
 * baseline's, and bias; ± two standard errors with an exercise as one cluster. --rows writes every scored estimate: exercise, what, level, place, day of the
 * estimate, date, truth, 9 quantiles, the baseline's median. --csv writes the table of vigia exercise score. --apart prints the exercises in which reports may have
 * to wait until clerks can type them once more by themselves, and so the others.
 */
#include "intake/scenario/scenario.h"
#include "jobs/exercise/scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROVINCES 3
#define TOWNS 2 /* of each province */
#define TYPING_ENOUGH 5000.0 /* rows a day and 100,000 people: never a queue */

struct options { size_t n, first, days, scenario; const char *method, *rows, *csv; bool apart, progress; };

struct listing { FILE *out; size_t exercise; };

/* ---------------------------------------------------------------- what is drawn */

static double between(struct vg_random *random, double low, double high)
{
    return low + (high - low) * vg_random_uniform(random);
}

static bool chance(struct vg_random *random, double probability)
{
    return vg_random_uniform(random) < probability;
}

static void put_date(struct vg_buffer *out, const char *key, int32_t start, double day)
{
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(start + (int32_t)day, date);
    vg_buffer_format(out, "%s = %s\n", key, date);
}

/* Towns of unequal size; the first of a province is its capital. */
static void put_places(struct vg_random *random, struct vg_buffer *out)
{
    static const char *const countries[] = {"CO", "BR", "MX", "AR", "PE"};
    double people = exp(between(random, log(12000), log(90000)));
    vg_buffer_format(out, "[place]\ncountry = \"XV\"\nlike = \"%s\"\n", countries[vg_random_below(random, 5)]);
    for (int province = 0; province < PROVINCES; province++) {
        for (int town = 0; town < TOWNS; town++) {
            double share = (province == 0 ? 0.5 : province == 1 ? 0.3 : 0.2) * (town == 0 ? 0.7 : 0.3);
            vg_buffer_format(out, "[[municipality]]\ncode = \"XV-%02d%02d\"\nname = \"Town %d.%d\"\nparent = \"XV-%02d\"\npopulation = %.0f\nlatitude = %.2f\nlongitude = %.2f\n",
                             province + 1, town + 1, province + 1, town + 1, province + 1, floor(share * people), -38 - 0.3 * province, -103 + 0.2 * town + 0.1 * province);
        }
    }
}

static void put_disease(struct vg_random *random, struct vg_buffer *out)
{
    static const char *const variants[] = {"covid19", "covid19_alpha", "covid19_delta", "covid19_omicron"};
    bool influenza = chance(random, 0.25);
    const char *variant = influenza ? "influenza_pandemic" : variants[chance(random, 0.55) ? 0 : 1 + vg_random_below(random, 3)];
    double r0 = influenza ? between(random, 1.2, 1.9) : chance(random, 0.7) ? between(random, 1.2, 2) : between(random, 2, 3);
    vg_buffer_format(out, "[disease]\nname = \"%s\"\nvariants = [\"%s\"]\nr0 = %.2f\ndispersion = %.2f\n", influenza ? "influenza_pandemic" : "covid19", variant, r0,
                     exp(between(random, log(0.15), log(2))));
    vg_buffer_format(out, "[start]\ninfections_per_day = %.1f\ndays = %u\nimmune_share = %.2f\n", exp(between(random, log(1), log(12))), 7 + vg_random_below(random, 20),
                     chance(random, 0.3) ? between(random, 0, 0.3) : 0);
}

/* Contacts fall on a day and come back on another, up to twice; the ill stay at home. */
static void put_measures(struct vg_random *random, int32_t start, struct vg_buffer *out)
{
    double day = between(random, 15, 55);
    for (int i = 0; i < 2 && chance(random, i == 0 ? 0.85 : 0.5); i++) {
        double end = day + between(random, 20, 70);
        vg_buffer_format(out, "[[measure]]\nname = \"fewer contacts %d\"\nkind = \"contacts\"\nlayers = [\"work\", \"community\", \"school\", \"travel\"]\n", i + 1);
        put_date(out, "from", start, day);
        put_date(out, "to", start, end);
        vg_buffer_format(out, "strength = %.2f\ncompliance = %.2f\nfade_in_days = %u\nfade_out_days = %u\n", between(random, 0.3, 0.85), between(random, 0.6, 1), vg_random_below(random, 15),
                         vg_random_below(random, 21));
        day = end + between(random, 7, 40);
    }
    if (chance(random, 0.5))
        vg_buffer_format(out, "[[measure]]\nname = \"ill stay at home\"\nkind = \"isolation\"\ncompliance = %.2f\ndelay_days = %u\n", between(random, 0.1, 0.6), vg_random_below(random, 4));
}

static void put_reporting(struct vg_random *random, int32_t start, int32_t days, struct vg_buffer *out)
{
    vg_buffer_format(out, "[release]\ncontacts = false\ndays_off_too = %s\nlag_days = %u\n", chance(random, 0.4) ? "true" : "false", vg_random_below(random, 3));
    double first = between(random, 0.15, 0.7);
    vg_buffer_format(out, "[finding]\nfound_first = %.2f\nfound_last = %.2f\nplace_sd = %.2f\n", first, fmin(first * between(random, 0.8, 2), 0.9), between(random, 0, 0.3));
    put_date(out, "found_changes", start, between(random, 20, days));
    double report = between(random, 1, 6);
    vg_buffer_format(out, "[delays]\nseek_days = %.1f\nlaboratory_days = %.1f\nreport_days_first = %.1f\nreport_days_last = %.1f\nreport_days_sd = %.1f\nlate = %.3f\ntyping_per_100k = %.0f\n",
                     between(random, 1.5, 4), between(random, 0.5, 3), report, fmax(report * between(random, 0.4, 1.4), 0.5), between(random, 0.7, 4), between(random, 0, 0.06),
                     chance(random, 0.2) ? between(random, 60, 300) : TYPING_ENOUGH);
    vg_buffer_format(out, "[errors]\nonset_missing = %.2f\nonset_filled = %.2f\nduplicate = %.3f\n", between(random, 0, 0.5), between(random, 0, 0.5), between(random, 0, 0.02));
    if (chance(random, 0.25)) {
        double day = between(random, 40, days - 20);
        vg_buffer_format(out, "[[outage]]\nname = \"a server down\"\nplaces = [\"XV-%02u\"]\nshare = %.2f\n", 1 + vg_random_below(random, PROVINCES), between(random, 0.5, 1));
        put_date(out, "from", start, day);
        put_date(out, "to", start, day + between(random, 3, 12));
    }
}

/* The file of one exercise: its number says all. */
static void draw_scenario(size_t number, struct vg_buffer *out)
{
    struct vg_random random = vg_random_stream(20260701, (uint32_t)number, 0, 1);
    int32_t start = vg_date_from_civil(2021, 1, 4) + (int32_t)vg_random_below(&random, 7), days = 110 + (int32_t)vg_random_below(&random, 60);
    put_date(out, "start", start, 0);
    vg_buffer_format(out, "days = %d\nseed = %zu\n", (int)days, 1000 + number);
    put_places(&random, out);
    put_disease(&random, out);
    put_measures(&random, start, out);
    put_reporting(&random, start, days, out);
    vg_buffer_text(out, "[[scenario]]\nname = \"what happens\"\n");
}

/* ------------------------------------------------------------------ one exercise */

static void list_row(void *context, const struct exercise_judged *judged)
{
    const struct listing *listing = context;
    char day[VG_DATE_TEXT_BYTES], date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(judged->day, day);
    (void)vg_date_print(judged->date, date);
    (void)fprintf(listing->out, "%zu,%s,%s,%s,%s,%s,%.6g", listing->exercise, judged->what, judged->level, judged->place, day, date, judged->truth);
    for (size_t level = 0; level < VG_QUANTILE_COUNT; level++)
        (void)fprintf(listing->out, ",%.6g", judged->quantiles[level]);
    (void)fprintf(listing->out, judged->baseline == NULL ? ",\n" : ",%.6g\n", judged->baseline == NULL ? 0 : judged->baseline[VG_QUANTILE_MEDIAN]);
}

static vg_status score_exercise(const struct exercise_made *made, const struct options *options, struct listing *listing, struct vg_arena *arena, struct exercise_scores *scores,
                                struct vg_error *error)
{
    static const char *const tables[] = {"places", "linelist", "place_truth", "case_truth", "generation_truth"};
    struct exercise_folder folder;
    struct exercise_truth truth;
    int32_t days[400];
    struct exercise_judging judging = {.method = options->method, .truth = &truth, .days = days, .n_days = options->days, .alarm_step_days = 2, .error = error};
    if (listing->out != NULL) {
        judging.each = list_row;
        judging.context = listing;
    }
    vg_status status = exercise_keep(&made->exercise, tables, sizeof tables / sizeof *tables, arena, &folder, error);
    if (status == VG_OK)
        status = exercise_truth_load(&folder, arena, &truth, error);
    if (status == VG_OK)
        status = exercise_score_days(&folder, options->days, days, error);
    if (status == VG_OK)
        status = exercise_score_releases(&folder, &judging, arena, scores);
    exercise_forget(&folder);
    return status;
}

/* What one exercise was. */
struct run { size_t n_infections; bool queues; };

static vg_status run_exercise(size_t number, const struct options *options, struct listing *listing, struct exercise_scores *scores, struct run *run, struct vg_error *error)
{
    char name[48];
    struct vg_arena arena;
    struct vg_buffer text;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&text, 0);
    draw_scenario(number, &text);
    (void)snprintf(name, sizeof name, "exercise-%zu.toml", number);
    struct exercise_made *made = VG_ARENA_ARRAY(&arena, struct exercise_made, 1);
    vg_status status = made == NULL || text.failed ? vg_fail_memory(error, sizeof *made) : VG_OK;
    if (status == VG_OK)
        status = vg_intake_scenario_parse(name, vg_text_of(text.data, text.size), &arena, &made->file.scenario, error);
    if (status == VG_OK) {
        status = exercise_make(made, false, NULL, NULL, &arena, error);
        *run = (struct run){status == VG_OK ? made->exercise.world->n_infections : 0, made->file.scenario.exercise.typing_per_100k < TYPING_ENOUGH};
        listing->exercise = number;
        if (status == VG_OK)
            status = score_exercise(made, options, listing, &arena, scores, error);
        exercise_made_free(made);
    }
    vg_buffer_release(&text);
    vg_arena_release(&arena);
    return status;
}

/* ---------------------------------------------------------------------- program */

static bool read_options(int argc, char **argv, struct options *options)
{
    *options = (struct options){.n = 200, .first = 1, .days = 4};
    for (int i = 1; i < argc; i++) {
        const struct { const char *name; size_t *number; const char **text; } known[] = {
            {"--exercises", &options->n, NULL}, {"--first", &options->first, NULL}, {"--days", &options->days, NULL}, {"--scenario", &options->scenario, NULL},
            {"--method", NULL, &options->method}, {"--rows", NULL, &options->rows}, {"--csv", NULL, &options->csv}};
        bool progress = strcmp(argv[i], "--progress") == 0, apart = strcmp(argv[i], "--apart") == 0, found = progress || apart;
        options->progress = options->progress || progress;
        options->apart = options->apart || apart;
        for (size_t k = 0; k < sizeof known / sizeof *known && !found && i + 1 < argc; k++) {
            found = strcmp(argv[i], known[k].name) == 0;
            if (found && known[k].text != NULL)
                *known[k].text = argv[++i];
            else if (found)
                *known[k].number = strtoul(argv[++i], NULL, 10);
        }
        if (!found)
            return false;
    }
    return options->days >= 1 && options->days <= 400 && options->n >= 1;
}

static vg_status write_csv(const struct exercise_scores *scores, const char *path, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer csv;
    vg_arena_init(&arena, 0);
    vg_table_init(&table, &arena);
    vg_buffer_init(&csv, 0);
    exercise_scores_table(scores, &table);
    vg_status status = vg_table_write(&table, VG_FORMAT_CSV, &csv, error);
    if (status == VG_OK)
        status = vg_file_write_atomic(path, csv.data, csv.size, error);
    vg_buffer_release(&csv);
    vg_arena_release(&arena);
    return status;
}

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_summary(const struct exercise_scores *scores)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    exercise_scores_summary(scores, "exercises", &text);
    (void)fwrite(text.data, 1, text.size, stdout);
    vg_buffer_release(&text);
}

static int print_scenario(size_t number)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    draw_scenario(number, &text);
    (void)fwrite(text.data, 1, text.size, stdout);
    vg_buffer_release(&text);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct vg_error error = {0};
    struct listing listing = {NULL, 0};
    struct exercise_scores *sum = calloc(4, sizeof *sum), *one = sum + 1, *apart = sum + 2; /* apart: without, with a queue */
    size_t n_failed = 0, n_infections = 0;
    if (sum == NULL || !read_options(argc, argv, &options)) {
        (void)fprintf(stderr, "exercise_coverage [--exercises N] [--first K] [--days N] [--method NAME] [--rows FILE] [--csv FILE] [--apart] [--progress] | --scenario K\n");
        free(sum);
        return 2;
    }
    if (options.scenario > 0) {
        free(sum);
        return print_scenario(options.scenario);
    }
    if (options.rows != NULL) {
        listing.out = fopen(options.rows, "w");
        if (listing.out == NULL) {
            perror(options.rows);
            free(sum);
            return 3;
        }
        (void)fprintf(listing.out, "exercise,what,level,place,day,date,truth,q025,q05,q10,q25,q50,q75,q90,q95,q975,baseline\n");
    }
    for (size_t i = options.first; i < options.first + options.n; i++) {
        struct run run = {0};
        double began = cpu_seconds();
        one->n_rows = 0;
        if (run_exercise(i, &options, &listing, one, &run, &error) == VG_OK) {
            exercise_scores_add(sum, one);
            exercise_scores_add(&apart[run.queues], one);
        } else {
            n_failed++;
            (void)fprintf(stderr, "exercise %zu: %s\n", i, error.message);
        }
        n_infections += run.n_infections;
        if (options.progress)
            (void)fprintf(stderr, "exercise %zu: %zu infections, %.1f CPU seconds\n", i, run.n_infections, cpu_seconds() - began);
    }
    (void)printf("%zu exercises (%zu failed), %zu infections, %.0f CPU seconds\n\n", options.n, n_failed, n_infections, cpu_seconds());
    print_summary(sum);
    for (int queues = 0; queues < 2 && options.apart; queues++) {
        (void)printf("\n%s\n\n", queues ? "Where reports may have to wait for clerks" : "Where no report waits for clerks");
        print_summary(&apart[queues]);
    }
    vg_status status = options.csv == NULL ? VG_OK : write_csv(sum, options.csv, &error);
    if (status != VG_OK)
        (void)fprintf(stderr, "%s\n", error.message);
    if (listing.out != NULL)
        (void)fclose(listing.out);
    free(sum);
    return status == VG_OK && n_failed == 0 ? 0 : 1;
}
