/*
 * Scenarios as a job: ensembles that may be stopped, kept and gone on with to the same bytes; early answers; several files; and a calibration on counts
 * that a known scenario made.
 */
#include "vg_test.h"

#include "jobs/jobs.h"
#include "jobs/simulate/simulate.h"

#include <dirent.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char town[] =
    "start = 2021-01-03\ndays = 91\nseed = 3\nruns = 6\n[place]\ncountry = \"CO\"\npopulation = 30000\n[disease]\nr0 = 2.2\ndispersion = 1\n"
    "[start]\ninfections_per_day = 15\n[output]\nages = [\"65+\"]\ntargets = [\"inc inf\", \"inc death\", \"occ ward\"]\nsamples = 2\n"
    "[[measure]]\nname = \"home\"\nkind = \"stay-at-home\"\nfrom = 2021-02-01\nto = 2021-02-14\nstrength = 0.5\n"
    "[[scenario]]\nname = \"with\"\n[[scenario]]\nname = \"without\"\nwithout = [\"home\"]\n";

static const char *write_file(const char *name, const char *text)
{
    static char path[4][128];
    static int turn;
    char *out = path[turn++ % 4];
    struct vg_error error;
    (void)snprintf(out, 128, "%s/%s", folder, name);
    vg_assert_ok(vg_file_write_atomic(out, text, strlen(text), &error), error);
    return out;
}

static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_non_null(at);
    assert_non_null(out);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

/* What a call answered, as CSV. */
struct told { vg_status status; double run_gap; struct vg_simulate_stage stage; char rows[65], summary[65]; char *summary_text; char message[VG_ERROR_MESSAGE_BYTES]; };

static void digest(const struct vg_table *table, char out[65], char **text)
{
    struct vg_buffer bytes;
    struct vg_error error;
    vg_buffer_init(&bytes, 0);
    vg_assert_ok(vg_table_write(table, VG_FORMAT_CSV, &bytes, &error), error);
    vg_content_hash(bytes.data, bytes.size, out);
    if (text != NULL) {
        *text = strdup(bytes.data);
    }
    vg_buffer_release(&bytes);
}

static struct told simulate(const struct vg_simulate_request *request, const struct vg_progress *progress)
{
    struct told told = {.summary_text = NULL};
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer rows;
    struct vg_answer summary;
    vg_arena_init(&arena, 0);
    vg_answer_init(&rows, &arena);
    vg_answer_init(&summary, &arena);
    told.status = vg_job_simulate(request, progress, &arena, &rows, &summary, &told.stage, &error);
    (void)snprintf(told.message, sizeof told.message, "%s", error.message);
    if (told.status == VG_OK) {
        digest(&rows.table, told.rows, NULL);
        digest(&summary.table, told.summary, &told.summary_text);
        assert_non_null(strstr(rows.meta.data, "\"scenario\":\"name = "));
        const char *gap = strstr(rows.meta.data, "\"run_gap\":");
        told.run_gap = gap == NULL ? NAN : strtof(gap + 10, NULL);
    }
    vg_answer_release(&rows);
    vg_answer_release(&summary);
    vg_arena_release(&arena);
    return told;
}

static size_t runs_done_by(const struct vg_simulate_request *request)
{
    struct told told = simulate(request, NULL);
    free(told.summary_text);
    return told.status == VG_OK ? told.stage.runs_done : 0;
}

/* Asks to stop when told so many times; 0: never. */
struct patience { atomic_int left; };

static bool be_patient(void *context, const char *what, double fraction)
{
    (void)what;
    struct patience *patience = context;
    assert_true(fraction >= 0 && fraction <= 1);
    return atomic_fetch_sub(&patience->left, 1) != 1;
}

static size_t count_files(const char *path, const char *ending)
{
    size_t n = 0;
    DIR *directory = opendir(path);
    for (struct dirent *entry = directory == NULL ? NULL : readdir(directory); entry != NULL; entry = readdir(directory)) {
        size_t length = strlen(entry->d_name);
        n += length > strlen(ending) && strcmp(entry->d_name + length - strlen(ending), ending) == 0 ? 1 : 0;
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return n;
}

static void an_ensemble_is_the_same_for_any_threads(void **state)
{
    (void)state;
    const char *path = write_file("threads.toml", town);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 1};
    struct told one = simulate(&request, NULL);
    request.threads = 3;
    struct told three = simulate(&request, NULL);
    assert_int_equal(one.status, VG_OK);
    assert_int_equal(one.stage.runs_done, 12);
    assert_true(one.stage.last && !one.stage.cancelled);
    assert_string_equal(one.rows, three.rows);
    assert_string_equal(one.summary, three.summary);
    char *text = changed(town, "seed = 3", "seed = 4");
    path = write_file("seed.toml", text);
    struct told other = simulate(&request, NULL);
    assert_string_not_equal(one.rows, other.rows);
    free(text);
    free(one.summary_text);
    free(three.summary_text);
    free(other.summary_text);
}

static void a_stopped_ensemble_answers_and_goes_on(void **state)
{
    (void)state;
    const char *path = write_file("stop.toml", town);
    char keep[128];
    (void)snprintf(keep, sizeof keep, "%s/stopped", folder);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 1};
    struct told straight = simulate(&request, NULL);
    request.keep_folder = keep;
    /* day by day: stopped in the fourth run, again in the sixth, then to the end */
    struct patience patience = {3 * 91 + 40};
    const struct vg_progress progress = {be_patient, &patience};
    struct told first = simulate(&request, &progress);
    assert_int_equal(first.status, VG_OK);
    assert_true(first.stage.cancelled);
    assert_int_equal(first.stage.runs_done, 3);
    assert_int_equal(count_files(keep, ".run"), 3);
    assert_int_equal(count_files(keep, ".state"), 1);
    atomic_store(&patience.left, 91 + 91);
    struct told second = simulate(&request, &progress);
    assert_true(second.stage.cancelled);
    assert_int_equal(second.stage.runs_done, 5); /* 51 days of the fourth, 91 of the fifth, 40 of the sixth */
    struct told whole = simulate(&request, NULL);
    assert_false(whole.stage.cancelled);
    assert_int_equal(whole.stage.runs_done, 12);
    assert_string_equal(whole.rows, straight.rows);
    assert_string_equal(whole.summary, straight.summary);
    assert_int_equal(count_files(keep, ".run"), 12);
    assert_int_equal(count_files(keep, ".state"), 0);
    /* kept runs are taken: nothing is simulated, so nobody is told of days */
    atomic_store(&patience.left, 1);
    struct told again = simulate(&request, &progress);
    assert_string_equal(again.rows, straight.rows);
    /* more runs are only added, another title changes nothing, another strength makes all anew */
    char *titled = changed(town, "start =", "title = \"other\"\nstart =");
    char *longer = changed(titled, "runs = 6", "runs = 7");
    path = write_file("stop.toml", longer);
    assert_int_equal(runs_done_by(&request), 14);
    assert_int_equal(count_files(keep, ".run"), 14);
    char *stronger = changed(town, "strength = 0.5", "strength = 0.6");
    path = write_file("stop.toml", stronger);
    assert_int_equal(runs_done_by(&request), 12);
    assert_int_equal(count_files(keep, ".run"), 14 + 6); /* those without the measure are as they were */
    free(titled);
    free(longer);
    free(stronger);
    free(straight.summary_text);
    free(first.summary_text);
    free(second.summary_text);
    free(whole.summary_text);
    free(again.summary_text);
}

/* A file that was cut short or has a wrong byte is not believed; a damaged state is as none. */
static void damaged_files_are_not_taken(void **state)
{
    (void)state;
    const char *path = write_file("damage.toml", town);
    char keep[128];
    (void)snprintf(keep, sizeof keep, "%s/damaged", folder);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 2, .runs = 2, .keep_folder = keep};
    struct told straight = simulate(&request, NULL);
    struct dirent *entry = NULL;
    size_t number = 0;
    DIR *directory = opendir(keep);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        char name[512];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(name, sizeof name, "%s/%s", keep, entry->d_name);
        FILE *file = fopen(name, "r+b");
        assert_non_null(file);
        (void)fseek(file, 100, SEEK_SET);
        (void)fputc(77, file);
        (void)fclose(file);
        if (number++ % 2 == 0) {
            assert_int_equal(truncate(name, 200), 0);
        }
        char *dot = strrchr(name, '.');
        (void)snprintf(dot, 8, ".state");
        file = fopen(name, "wb");
        assert_non_null(file);
        (void)fputs("not a state", file);
        (void)fclose(file);
    }
    (void)closedir(directory);
    struct told again = simulate(&request, NULL);
    assert_int_equal(again.status, VG_OK);
    assert_string_equal(again.rows, straight.rows);
    free(straight.summary_text);
    free(again.summary_text);
}

struct heard { size_t n, coarse; size_t runs_done[16]; bool named; };

static void hear(void *context, const struct vg_simulate_stage *stage, const struct vg_answer *rows, const struct vg_answer *summary)
{
    struct heard *heard = context;
    (void)summary;
    heard->coarse += stage->people_scale < 1 ? 1 : 0;
    heard->runs_done[heard->n++] = stage->runs_done;
    assert_false(stage->last);
    assert_string_equal(rows->table.columns[1].name, "scenario_id");
    struct vg_text id = rows->table.columns[1].values.texts[0];
    bool says_so = memmem(id.data, id.size, "(coarse: 1 of 5 people)", 23) != NULL;
    heard->named = says_so == (stage->people_scale < 1) && (heard->n == 1 || heard->named);
}

static void early_answers_come_first(void **state)
{
    (void)state;
    struct heard heard = {0};
    char *large = changed(town, "population = 30000", "population = 450000");
    char *brief = changed(large, "days = 91", "days = 28");
    const char *path = write_file("early.toml", brief);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 2, .runs = 9, .coarse = true, .early = hear, .early_context = &heard};
    struct told told = simulate(&request, NULL);
    assert_int_equal(told.status, VG_OK);
    assert_int_equal(heard.n, 3);
    assert_int_equal(heard.coarse, 1);
    assert_true(heard.named);
    assert_int_equal(heard.runs_done[1], 4); /* 2 of each */
    assert_int_equal(heard.runs_done[2], 16);
    assert_int_equal(told.stage.runs_done, 18);
    free(large);
    free(brief);
    free(told.summary_text);
}

static void several_files_are_held_against_the_first(void **state)
{
    (void)state;
    char *only = changed(town, "[[scenario]]\nname = \"with\"\n[[scenario]]\nname = \"without\"\nwithout = [\"home\"]\n", "");
    char *weaker = changed(only, "strength = 0.5", "strength = 0.1");
    char *unlike = changed(only, "days = 91", "days = 70");
    const char *paths[] = {write_file("strong.toml", only), write_file("weak.toml", weaker)};
    struct vg_simulate_request request = {.paths = paths, .n_paths = 2};
    struct told told = simulate(&request, NULL);
    assert_int_equal(told.status, VG_OK);
    assert_non_null(strstr(told.summary_text, "weak,strong,total inf,CO,0-130,6,"));
    paths[1] = write_file("unlike.toml", unlike);
    assert_int_equal(simulate(&request, NULL).status, VG_DATA_ERROR);
    paths[1] = paths[0];
    struct told twice = simulate(&request, NULL);
    assert_int_equal(twice.status, VG_DATA_ERROR);
    assert_non_null(strstr(twice.message, "two scenarios are named \"strong\""));
    request.n_paths = 0;
    assert_int_equal(simulate(&request, NULL).status, VG_USAGE_ERROR);
    free(only);
    free(weaker);
    free(unlike);
    free(told.summary_text);
}

static void municipalities_come_from_a_table(void **state)
{
    (void)state;
    (void)write_file("places.csv", "code,name,parent,population,latitude,longitude\nA1,Alta,A,20000,4.0,-74.0\nA2,Baja,A,9000,4.2,-74.1\nB1,Costa,B,6000,4.1,-74.6\n");
    char *table = changed(town, "population = 30000", "municipalities = \"places.csv\"");
    char *levels = changed(table, "ages = [\"65+\"]", "places = [\"country\", \"parent\", \"municipality\"]");
    char *begun = changed(levels, "infections_per_day = 15", "infections_per_day = 15\nplaces = [\"A1\"]");
    const char *path = write_file("places.toml", begun);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1};
    struct told told = simulate(&request, NULL);
    assert_int_equal(told.status, VG_OK);
    assert_non_null(strstr(told.summary_text, "with,,total inf,B1,0-130,6,"));
    assert_non_null(strstr(told.summary_text, "with,,total inf,A,0-130,6,"));
    assert_null(strstr(told.summary_text, "with,,total inf,B1,0-130,6,0,"));
    (void)write_file("places.csv", "code,name,parent,population\nA1,Alta,A,many\n");
    struct told broken = simulate(&request, NULL);
    assert_int_equal(broken.status, VG_DATA_ERROR);
    assert_non_null(strstr(broken.message, "places.csv, line 2"));
    free(table);
    free(levels);
    free(begun);
    free(told.summary_text);
}

/* ------------------------------------------------------------- calibration */

static double cell_of(const struct vg_table *table, const char *what, size_t nth, const char *name)
{
    size_t column = 0;
    while (strcmp(table->columns[column].name, name) != 0) {
        column++;
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        if (vg_text_equals(table->columns[0].values.texts[row], what) && nth-- == 0) {
            return table->columns[column].values.doubles[row];
        }
    }
    fail_msg("no row %s", what);
    return NAN;
}

/* Daily counts of one run of a known scenario, R 1.7 throughout and 45 % reported, until day 83. */
static void write_observed(size_t days)
{
    char *known = changed(town, "[output]\nages = [\"65+\"]\ntargets = [\"inc inf\", \"inc death\", \"occ ward\"]\nsamples = 2\n",
                          "[observation]\nreported = 0.45\n[output]\nstep = \"day\"\ntargets = [\"inc case\", \"inc hosp\", \"inc death\"]\nquantiles = []\n");
    char *slower = changed(known, "r0 = 2.2", "r0 = 1.7");
    char *larger = changed(slower, "population = 30000", "population = 150000");
    const char *path = write_file("known.toml", larger);
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .runs = 1};
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer rows;
    struct vg_answer summary;
    struct vg_simulate_stage stage;
    struct vg_buffer csv;
    double counts[3][91] = {{0}};
    vg_arena_init(&arena, 0);
    vg_answer_init(&rows, &arena);
    vg_answer_init(&summary, &arena);
    vg_assert_ok(vg_job_simulate(&request, NULL, &arena, &rows, &summary, &stage, &error), error);
    for (size_t row = 0; row < rows.table.n_rows; row++) {
        struct vg_text target = rows.table.columns[2].values.texts[row];
        if (vg_text_equals(rows.table.columns[1].values.texts[row], "without") && vg_text_equals(rows.table.columns[6].values.texts[row], "mean")) {
            size_t kind = target.data[4] == 'c' ? 0 : target.data[4] == 'h' ? 1 : 2;
            counts[kind][rows.table.columns[3].values.integers[row] - 1] = rows.table.columns[8].values.doubles[row];
        }
    }
    vg_buffer_init(&csv, 0);
    vg_buffer_text(&csv, "date,cases,admissions,deaths\n");
    for (size_t day = 0; day < days; day++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(vg_date_from_civil(2021, 1, 3) + (int32_t)day, date);
        vg_buffer_format(&csv, "%s,%.0f,%.0f,", date, counts[0][day], counts[1][day]);
        vg_buffer_format(&csv, day % 9 == 5 ? "\n" : "%.0f\n", counts[2][day]); /* some days without a figure */
    }
    (void)write_file("observed.csv", csv.data);
    vg_buffer_release(&csv);
    vg_answer_release(&rows);
    vg_answer_release(&summary);
    vg_arena_release(&arena);
    free(known);
    free(slower);
    free(larger);
}

/* The scenario with the counts of observed.csv instead of its name. */
static char *with_counts(const char *text)
{
    static const char *const names[] = {"cases", "admissions", "deaths"};
    char name[128];
    char line[128];
    char numbers[3][1000] = {"", "", ""};
    char all[4000];
    (void)snprintf(name, sizeof name, "%s/observed.csv", folder);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *at = strchr(line, ',');
        for (size_t kind = 0; kind < 3; kind++) {
            size_t size = strcspn(at + 1, ",");
            size_t used = strlen(numbers[kind]);
            (void)snprintf(numbers[kind] + used, sizeof numbers[kind] - used, "%s%.*s", used == 0 ? "" : ", ", size == 0 ? 2 : (int)size, size == 0 ? "-1" : at + 1);
            at += size + 1;
        }
    }
    (void)fclose(file);
    size_t used = (size_t)snprintf(all, sizeof all, "counts_from = 2021-01-03\n");
    for (size_t kind = 0; kind < 3; kind++) {
        used += (size_t)snprintf(all + used, sizeof all - used, "%s = [%s]\n", names[kind], numbers[kind]);
    }
    return changed(text, "observed = \"observed.csv\"\n", all);
}

static void a_scenario_starts_from_what_was_observed(void **state)
{
    (void)state;
    write_observed(70);
    char *plain = changed(town, "[[measure]]\nname = \"home\"\nkind = \"stay-at-home\"\nfrom = 2021-02-01\nto = 2021-02-14\nstrength = 0.5\n[[scenario]]\nname = \"with\"\n[[scenario]]\nname = "
                          "\"without\"\nwithout = [\"home\"]\n", "[calibration]\nobserved = \"observed.csv\"\nengine_rounds = 2\n");
    char *larger = changed(plain, "population = 30000", "population = 150000");
    const char *path = write_file("fit.toml", larger);
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_assert_ok(vg_job_simulate_calibrate(path, 2, NULL, &arena, &answer, &error), error);
    double mean_error = 0;
    for (size_t block = 0; block < 5; block++) {
        mean_error += fabs(cell_of(&answer.table, "r_without_immunity", block, "mean") / 1.7 - 1) / 5;
    }
    double reported = cell_of(&answer.table, "reported_share", 0, "mean");
    print_message("R is off by %.3f in the mean; reported %.3f of 0.45, gap %.3f\n", mean_error, reported, cell_of(&answer.table, "gap_of_engine", 0, "mean"));
    assert_true(mean_error < 0.12);
    assert_true(fabs(reported - 0.45) < 0.12);
    /* horizon 1 is the first week after the last day observed */
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .runs = 4};
    struct told told = simulate(&request, NULL);
    assert_int_equal(told.status, VG_OK);
    print_message("median gap of the runs' histories %.3f\n", told.run_gap);
    assert_true(told.run_gap < 0.15);
    /* the same counts in the file itself, and the same bytes */
    char *inside = with_counts(larger);
    path = write_file("fit.toml", inside);
    struct told own = simulate(&request, NULL);
    vg_assert_ok(own.status, error);
    assert_string_equal(own.rows, told.rows);
    free(inside);
    free(own.summary_text);
    char *lucky = changed(larger, "engine_rounds = 2\n", "engine_rounds = 2\nrun_rounds = 0\n");
    path = write_file("lucky.toml", lucky);
    struct told left = simulate(&request, NULL);
    assert_true(isnan(left.run_gap));
    assert_string_not_equal(left.rows, told.rows);
    free(lucky);
    free(left.summary_text);
    path = write_file("fit.toml", larger);
    (void)write_file("observed.csv", "date,cases\n2021-01-03,5\n2021-01-04,-5\n");
    struct told broken = simulate(&request, NULL);
    assert_int_equal(broken.status, VG_DATA_ERROR);
    assert_non_null(strstr(broken.message, "observed.csv, line 3, column cases: a count of 0 or more, or nothing was expected, not \"-5\""));
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    free(plain);
    free(larger);
    free(told.summary_text);
}

/* The first figure of the answers that come early: of few people, and of the first runs of all. */
struct first_heard { size_t n; double coarse, whole, people_scale; };

static void hear_first(void *context, const struct vg_simulate_stage *stage, const struct vg_answer *rows, const struct vg_answer *summary)
{
    struct first_heard *first = context;
    (void)summary;
    first->n++;
    if (stage->people_scale < 1) {
        first->people_scale = stage->people_scale;
        first->coarse = rows->table.columns[8].values.doubles[0];
    } else {
        first->whole = rows->table.columns[8].values.doubles[0];
    }
}

/* What was observed leads to an early answer, too: found for fewer people, and forgotten before the whole is run. */
static void a_calibrated_scenario_is_answered_early(void **state)
{
    (void)state;
    write_observed(42);
    char *plain = changed(town, "[[measure]]\nname = \"home\"\nkind = \"stay-at-home\"\nfrom = 2021-02-01\nto = 2021-02-14\nstrength = 0.5\n[[scenario]]\nname = \"with\"\n[[scenario]]\nname = "
                          "\"without\"\nwithout = [\"home\"]\n", "[calibration]\nobserved = \"observed.csv\"\nengine_rounds = 0\nrun_rounds = 0\n");
    char *shorter = changed(plain, "days = 91", "days = 56");
    char *larger = changed(shorter, "population = 30000", "population = 410000");
    free(shorter);
    const char *path = write_file("large.toml", larger);
    struct first_heard first = {0};
    struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .runs = 4, .coarse = true, .early = hear_first, .early_context = &first};
    struct told told = simulate(&request, NULL);
    assert_int_equal(told.status, VG_OK);
    assert_int_equal(first.n, 2);
    assert_true(first.people_scale > 0);
    print_message("the first figure %.0f, before that %.0f by one in %.0f people\n", first.whole, first.coarse, 1 / first.people_scale);
    assert_true(first.whole > 0 && first.coarse > 0.4 * first.whole && first.coarse < 2.5 * first.whole);
    request.coarse = false;
    struct told alone = simulate(&request, NULL);
    assert_string_equal(alone.rows, told.rows);
    free(plain);
    free(larger);
    free(told.summary_text);
    free(alone.summary_text);
}

/* ------------------------------------------------------------------ rules of priority */

static const char supply[] =
    "start = 2021-01-03\ndays = 84\nseed = 3\nruns = 5\n[place]\ncountry = \"CO\"\npopulation = 8000\n[disease]\nname = \"covid19\"\nr0 = 2\n"
    "[start]\ninfections_per_day = 8\n[output]\ntargets = [\"inc inf\", \"inc death\"]\n[[lot]]\narrives = 2021-01-04\nexpires = 2021-02-20\npercent = 30\n";
static const char one_campaign[] = "[[campaign]]\nname = \"jabs\"\nper_day_percent = 1\n";
static const char by_hand[] =
    "[[campaign]]\nname = \"old\"\nper_day_percent = 1\nages = [\"60+\", \"20-59\"]\n[[campaign]]\nname = \"young\"\nper_day_percent = 1\nages = [\"20-59\", \"60+\"]\n"
    "[[scenario]]\nname = \"none\"\nwithout = [\"old\", \"young\"]\n[[scenario]]\nname = \"old first\"\nwithout = [\"young\"]\n[[scenario]]\nname = \"young first\"\nwithout = [\"old\"]\n";
static const char rule_rows[] = "rule,priority,ages\nold first,1,60+\nold first,2,20-59\nyoung first,2,60+\nyoung first,1,20-59\n";

static vg_status compare_rules(const char *scenario, const char *rows_of_rules, struct vg_arena *arena, struct vg_answer *summary, struct vg_answer *rules, struct vg_error *error)
{
    const char *path = scenario;
    const struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 1, .rules_path = rows_of_rules, .rules = rows_of_rules == NULL ? NULL : rules};
    struct vg_answer rows;
    struct vg_simulate_stage stage;
    vg_answer_init(&rows, arena);
    vg_answer_init(summary, arena);
    vg_answer_init(rules, arena);
    vg_status status = vg_job_simulate(&request, NULL, arena, &rows, summary, &stage, error);
    vg_answer_release(&rows);
    return status;
}

static void assert_refused(const char *scenario, const char *rows_of_rules, struct vg_arena *arena, const char *because)
{
    struct vg_answer summary, rules;
    struct vg_error error;
    assert_int_equal(compare_rules(scenario, rows_of_rules, arena, &summary, &rules, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, because));
    vg_answer_release(&summary);
    vg_answer_release(&rules);
}

/* What one command says of rules is what a file with a campaign for each of them says. */
static void rules_are_compared_by_one_command(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_answer hand, summary, rules, none;
    struct vg_error error;
    char text[2048];
    vg_arena_init(&arena, 0);
    (void)snprintf(text, sizeof text, "%s%s", supply, by_hand);
    vg_assert_ok(compare_rules(write_file("by-hand.toml", text), NULL, &arena, &hand, &none, &error), error);
    (void)snprintf(text, sizeof text, "%s%s", supply, one_campaign);
    char scenario[128];
    (void)snprintf(scenario, sizeof scenario, "%s", write_file("supply.toml", text));
    vg_assert_ok(compare_rules(scenario, write_file("rules.csv", rule_rows), &arena, &summary, &rules, &error), error);
    static const char *const names[] = {"old first", "young first"};
    for (size_t rule = 0; rule < 2; rule++) {
        for (size_t k = 0; k < 2; k++) { /* rows of infections and deaths; in the summary each with its difference to none */
            vg_assert_near(cell_of(&rules.table, names[rule], 3 * k, "mean"), cell_of(&hand.table, names[rule], 2 * k, "mean"), 1e-9);
            vg_assert_near(cell_of(&rules.table, names[rule], 3 * k, "averted"), -cell_of(&hand.table, names[rule], 2 * k + 1, "mean"), 1e-9);
            vg_assert_near(cell_of(&rules.table, names[rule], 3 * k, "averted_q025"), -cell_of(&hand.table, names[rule], 2 * k + 1, "q975"), 1e-9);
        }
        assert_true(cell_of(&rules.table, names[rule], 4, "mean") > 1000.0); /* doses: the same supply */
    }
    vg_assert_near(cell_of(&rules.table, "young first", 0, "less_than_first_rule"), cell_of(&rules.table, "old first", 0, "mean") - cell_of(&rules.table, "young first", 0, "mean"), 1e-6);
    assert_true(cell_of(&rules.table, "young first", 0, "averted") > 0.0 && cell_of(&rules.table, "no doses", 4, "mean") == 0.0);
    static const char *const wrong[][2] = {{"rule,priority,ages\na,0,60+\n", "line 2, column priority"}, {"rule,priority,ages\na,1,old\n", "line 2, column ages"}, {"rule,priority,ages\na,1,60+\na,1,20-59\n", "line 3, column priority"},
                                           {"rule,priority,ages\nno doses,1,60+\n", "line 2, column rule"}, {"rule,priority\na,1\n", "no column ages"}, {"rule,priority,ages\n", "no rules"}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_refused(scenario, write_file("wrong.csv", wrong[k][0]), &arena, wrong[k][1]);
    }
    assert_refused(write_file("none.toml", supply), write_file("rules.csv", rule_rows), &arena, "[[campaign]]");
    vg_answer_release(&hand);
    vg_answer_release(&none);
    vg_answer_release(&summary);
    vg_answer_release(&rules);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------------ groups of people */

static const char grouped[] =
    "start = 2021-01-03\ndays = 84\nseed = 3\nruns = 4\n[place]\ncountry = \"CO\"\n[[municipality]]\ncode = \"1\"\nparent = \"N\"\npopulation = 6000\n[[municipality]]\ncode = \"2\"\nparent = \"S\"\n"
    "population = 6000\n[[group]]\nname = \"health workers\"\nages = \"20-64\"\nshare_percent = 5\ncontacts = 3\n"
    "[[group]]\nname = \"at risk\"\nages = [\"40-59\", \"60+\"]\nshare_percent = [10, 40]\nseverity = 3\n[disease]\nname = \"covid19\"\nr0 = 2\n"
    "[start]\ninfections_per_day = 8\n[output]\ntargets = [\"inc inf\", \"inc dose\"]\nages = [\"60+\"]\nplaces = [\"country\", \"municipality\"]\n[[campaign]]\nname = \"jabs\"\nper_day_percent = 0.1\n";
static const char group_rows[] = "rule,priority,group,ages\nold first,1,,60+\nold first,2,,20-59\nworkers first,1,health workers,\nworkers first,2,,60+\nthe old at risk first,1,at risk,60+\nthe old at risk first,2,,60+\n";

/* Of a row of the rules' answer or of a summary, by what stands in its texts. */
static double told_of(const struct vg_table *table, const char *first, const char *second, const char *group, const char *column)
{
    const struct vg_column *of_group = NULL, *values = NULL;
    for (size_t c = 0; c < table->n_columns; c++) {
        of_group = strcmp(table->columns[c].name, "group") == 0 ? &table->columns[c] : of_group;
        values = strcmp(table->columns[c].name, column) == 0 ? &table->columns[c] : values;
    }
    assert_true(of_group != NULL && values != NULL);
    for (size_t row = 0; row < table->n_rows; row++) {
        bool none = of_group->missing != NULL && of_group->missing[row] != 0;
        if (vg_text_equals(table->columns[0].values.texts[row], first) && vg_text_equals(table->columns[1].values.texts[row], second) &&
            (group == NULL ? none : !none && vg_text_equals(of_group->values.texts[row], group))) {
            return values->values.doubles[row];
        }
    }
    fail_msg("no row of %s, %s, %s", first, second, group == NULL ? "everybody" : group);
    return NAN;
}

static void rules_are_for_groups(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_answer summary, rules;
    struct vg_error error;
    vg_arena_init(&arena, 0);
    char scenario[128];
    (void)snprintf(scenario, sizeof scenario, "%s", write_file("grouped.toml", grouped));
    vg_assert_ok(compare_rules(scenario, write_file("rules.csv", group_rows), &arena, &summary, &rules, &error), error);
    /* 84 days of 12 doses; 600 people of 60 and more in each of 12,000 or so */
    double all = told_of(&rules.table, "old first", "doses", NULL, "mean");
    assert_true(all > 900 && all < 1020);
    for (size_t k = 0; k < 3; k++) {
        static const char *const names[] = {"old first", "workers first", "the old at risk first"};
        vg_assert_near(told_of(&rules.table, names[k], "doses", NULL, "mean"), all, 1);
    }
    double workers = told_of(&rules.table, "workers first", "doses", "health workers", "mean"), ill = told_of(&rules.table, "the old at risk first", "doses", "at risk", "mean");
    print_message("# of %.0f doses %.0f to health workers who come first, %.0f to those at risk\n", all, workers, ill);
    assert_true(workers > 200 && workers < 400); /* four in five of 5 % of 6,700 */
    assert_true(ill > 300 && ill < 700); /* of 40 % of 1,500 */
    assert_true(told_of(&rules.table, "old first", "doses", "health workers", "mean") < 0.3 * workers);
    assert_true(told_of(&rules.table, "old first", "doses", "at risk", "mean") < 0.9 * ill);
    assert_true(told_of(&rules.table, "workers first", "infections", "health workers", "averted") > told_of(&rules.table, "old first", "infections", "health workers", "averted"));
    assert_true(told_of(&rules.table, "no doses", "infections", "health workers", "mean") > 1.3 * 0.05 * told_of(&rules.table, "no doses", "infections", NULL, "mean") * 0.55);
    static const char *const wrong[][2] = {{"rule,priority,group\na,1,nurses\n", "line 2, column group: one of the scenario's groups (health workers, at risk) was expected, not \"nurses\""},
                                           {"rule,priority,group,ages\na,1,,\n", "line 2, column ages"}, {"rule,priority,group,ages\na,1,at risk,old\n", "an age group such as 40-59 or 60+, or a group"},
                                           {"rule,priority,group,ages\na,1,at risk,0-19\n", "line 2, column ages: an age group in which the group has people was expected"}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_refused(scenario, write_file("wrong.csv", wrong[k][0]), &arena, wrong[k][1]);
    }
    char text[2048];
    (void)snprintf(text, sizeof text, "%s%s", supply, one_campaign);
    assert_refused(write_file("none.toml", text), write_file("rules.csv", group_rows), &arena, "the scenario has no [[group]]");
    vg_answer_release(&summary);
    vg_answer_release(&rules);
    vg_arena_release(&arena);
}

/* Rows and summary have groups beside ages, of each place; a campaign for a group gives to nobody else; shares may come by place. */
static void results_are_told_by_group(void **state)
{
    (void)state;
    struct vg_error error = {0};
    char *only = changed(grouped, "name = \"jabs\"", "name = \"jabs\"\ngroup = \"health workers\""), *by_place = changed(only, "share_percent = 5", "shares = \"shares.csv\"");
    char path_text[128];
    for (int place = 0; place < 2; place++) {
        struct vg_arena arena;
        struct vg_answer rows, summary;
        struct vg_simulate_stage stage;
        vg_arena_init(&arena, 0);
        vg_answer_init(&rows, &arena);
        vg_answer_init(&summary, &arena);
        (void)write_file("shares.csv", "code,share_percent\nN,0\n2,10\n");
        (void)snprintf(path_text, sizeof path_text, "%s", write_file("grouped.toml", place == 0 ? only : by_place));
        const char *path = path_text;
        const struct vg_simulate_request request = {.paths = &path, .n_paths = 1, .threads = 1};
        vg_assert_ok(vg_job_simulate(&request, NULL, &arena, &rows, &summary, &stage, &error), error);
        double doses[3] = {0}, of_workers[3] = {0}, infected = 0;
        for (size_t row = 0; row < summary.table.n_rows; row++) {
            const struct vg_column *c = summary.table.columns;
            size_t where = vg_text_equals(c[3].values.texts[row], "CO") ? 0 : vg_text_equals(c[3].values.texts[row], "1") ? 1 : 2;
            bool dose = vg_text_equals(c[2].values.texts[row], "total dose"), worker = vg_text_equals(c[4].values.texts[row], "health workers");
            doses[where] += dose && vg_text_equals(c[4].values.texts[row], "0-130") ? c[6].values.doubles[row] : 0;
            of_workers[where] += dose && worker ? c[6].values.doubles[row] : 0;
            infected += worker && where == 0 && vg_text_equals(c[2].values.texts[row], "total inf") ? c[6].values.doubles[row] : 0;
        }
        print_message("# doses %.0f, %.0f, %.0f; of health workers infected %.0f\n", doses[0], doses[1], doses[2], infected);
        for (size_t where = 0; where < 3; where++) {
            vg_assert_near(of_workers[where], doses[where], 1e-9);
        }
        assert_true(doses[0] > 200 && infected > 0);
        assert_true(place == 0 ? doses[1] > 0.7 * doses[2] : doses[1] <= 0 && doses[2] > 200);
        assert_non_null(strstr(summary.meta.data, "\"groups\":[{\"group\":\"health workers\",\"persons\":"));
        vg_answer_release(&rows);
        vg_answer_release(&summary);
        vg_arena_release(&arena);
    }
    static const char *const wrong[][2] = {{"code,share_percent\n3,1\n", "line 2: column code: found \"3\""}, {"code,share_percent\n1,101\n", "line 2: column share_percent"}, {"code,share_percent\n1,5\n1,6\n", "each code once"},
                                           {"code\n1\n", "share_percent"}, {"code,share_percent\n1,5\n", "no share for the place 2"}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        struct vg_arena arena;
        vg_arena_init(&arena, 0);
        (void)write_file("shares.csv", wrong[k][0]);
        assert_refused(path_text, NULL, &arena, wrong[k][1]);
        vg_arena_release(&arena);
    }
    free(only);
    free(by_place);
}

static void remove_all(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry = directory == NULL ? NULL : readdir(directory); entry != NULL; entry = readdir(directory)) {
        char name[1024];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            if (unlink(name) != 0) {
                remove_all(name);
            }
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    (void)rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ensemble_is_the_same_for_any_threads), cmocka_unit_test(a_stopped_ensemble_answers_and_goes_on),
        cmocka_unit_test(damaged_files_are_not_taken),             cmocka_unit_test(early_answers_come_first),
        cmocka_unit_test(several_files_are_held_against_the_first), cmocka_unit_test(rules_are_compared_by_one_command),
        cmocka_unit_test(rules_are_for_groups),                    cmocka_unit_test(results_are_told_by_group),
        cmocka_unit_test(municipalities_come_from_a_table),
        vg_statistics(a_scenario_starts_from_what_was_observed), cmocka_unit_test(a_calibrated_scenario_is_answered_early),
    };
    (void)snprintf(folder, sizeof folder, "/tmp/vigia-simulate-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    int failed = vg_run_group_tests("simulate", tests, NULL, NULL);
    remove_all(folder);
    return failed;
}
