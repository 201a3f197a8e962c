/*
 * The store at five million cases: what an import costs, and every aggregate of the page beside the same question in SQL on the same data. Prints times
 * and ratios of one run. The limit of an aggregate is the memory it must read: a plain sum over the same bytes is timed beside it.
 *
 *   bench_store [CASES] [FOLDER]
 */
#include "store/store.h"

#include <math.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void die(const struct vg_error *error)
{
    (void)fprintf(stderr, "%s\n", error->message);
    exit(1);
}

#define STATES 27U
#define CITIES 5570U
#define DAYS 1000

static void make_places(struct vg_place_list *list, struct vg_arena *arena)
{
    char code[32];
    vg_place_list_init(list, arena);
    struct vg_place place = {.code = "XB", .name = "XB", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .population = 2e8, .latitude = NAN, .longitude = NAN};
    uint32_t country = vg_place_list_add(list, &place);
    place.code = place.name = code;
    place.parent = country;
    place.level = VG_LEVEL_ADMIN1;
    for (unsigned state = 0; state < STATES; state++) {
        (void)snprintf(code, sizeof code, "XB-%02u", state);
        (void)vg_place_list_add(list, &place);
    }
    place.level = VG_LEVEL_ADMIN2;
    for (unsigned city = 0; city < CITIES; city++) {
        (void)snprintf(code, sizeof code, "XB-%07u", city);
        place.parent = 1 + city % STATES;
        (void)vg_place_list_add(list, &place);
    }
}

static void make_cases(size_t n, struct vg_arena *arena, struct vg_case_table *cases)
{
    *cases = (struct vg_case_table){.n_cases = n};
    static const enum vg_case_date dates[] = {VG_CASE_ONSET, VG_CASE_NOTIFICATION, VG_CASE_DIAGNOSIS, VG_CASE_REPORT, VG_CASE_DEATH};
    for (size_t d = 0; d < sizeof dates / sizeof *dates; d++) {
        cases->dates[dates[d]] = VG_ARENA_ARRAY(arena, int32_t, n);
    }
    cases->place = VG_ARENA_ARRAY(arena, uint32_t, n);
    cases->age_years = VG_ARENA_ARRAY(arena, int16_t, n);
    cases->sex = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->class = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->outcome = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->identity_hash = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->content_hash = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->id = VG_ARENA_ARRAY(arena, struct vg_text, n);
    char *ids = VG_ARENA_ARRAY(arena, char, n * 8);
    for (size_t i = 0; i < n; i++) {
        struct vg_random random = vg_random_stream(1, (uint32_t)i, 0, 0);
        int32_t onset = 18300 + (int32_t)vg_random_below(&random, DAYS);
        int32_t report = onset + (int32_t)vg_random_below(&random, 20);
        cases->dates[VG_CASE_ONSET][i] = vg_random_below(&random, 10) == 0 ? VG_DATE_NONE : onset;
        cases->dates[VG_CASE_NOTIFICATION][i] = onset + 1;
        cases->dates[VG_CASE_DIAGNOSIS][i] = onset + 2;
        cases->dates[VG_CASE_REPORT][i] = report;
        cases->dates[VG_CASE_DEATH][i] = vg_random_below(&random, 50) == 0 ? onset + 15 : VG_DATE_NONE;
        cases->place[i] = 1 + STATES + vg_random_below(&random, CITIES);
        cases->age_years[i] = (int16_t)vg_random_below(&random, 100);
        cases->sex[i] = (uint8_t)(1 + vg_random_below(&random, 2));
        cases->class[i] = VG_CLASS_CONFIRMED;
        cases->outcome[i] = (uint8_t)vg_random_below(&random, 4);
        cases->identity_hash[i] = vg_hash_bytes(&i, sizeof i, 1);
        cases->content_hash[i] = vg_hash_bytes(&i, sizeof i, 2);
        char text[24];
        (void)snprintf(text, sizeof text, "%08zu", i);
        memcpy(ids + i * 8, text, 8);
        cases->id[i] = vg_text_of(ids + i * 8, 8);
    }
}

/* Best of three, in milliseconds. */
#define TIME(milliseconds, statement)                                                                                                      \
    do {                                                                                                                                   \
        (milliseconds) = INFINITY;                                                                                                         \
        for (int round = 0; round < 3; round++) {                                                                                          \
            double begun = now();                                                                                                          \
            statement;                                                                                                                     \
            double took = 1000 * (now() - begun);                                                                                          \
            (milliseconds) = took < (milliseconds) ? took : (milliseconds);                                                                \
        }                                                                                                                                  \
    } while (0)

static void run_sql(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        (void)fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        exit(1);
    }
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    (void)sqlite3_finalize(statement);
}

static void compare(const char *what, double cube, double sql)
{
    (void)printf("%-44s cube %8.2f ms   SQL %9.1f ms   ratio %7.0f   %s\n", what, cube, sql, sql / cube, cube < 100 ? "under 100 ms" : "OVER 100 ms");
}

static void bench_aggregates(struct vg_store *store, sqlite3 *db, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_cube_filter filter = {.dataset = "bench", .measure = "cases_onset", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    struct vg_series series;
    struct vg_series_matrix matrix;
    struct vg_triangle triangle;
    struct vg_pyramid pyramid;
    double cube = 0;
    double sql = 0;
    vg_arena_init(&arena, 0);
#define CHECK(call)                                                                                                                        \
    if ((call) != VG_OK) {                                                                                                                 \
        die(error);                                                                                                                        \
    }
    TIME(cube, CHECK(vg_store_series(store, &filter, &arena, &series, error)));
    TIME(sql, run_sql(db, "SELECT onset, count(*) FROM case_version WHERE known_to IS NULL AND onset IS NOT NULL GROUP BY onset"));
    compare("epicurve of the whole", cube, sql);
    filter.as_of = 19000;
    TIME(cube, CHECK(vg_store_series(store, &filter, &arena, &series, error)));
    TIME(sql, run_sql(db, "SELECT onset, count(*) FROM case_version WHERE known_from <= 19000 AND (known_to IS NULL OR known_to > 19000) AND onset IS NOT NULL GROUP BY onset"));
    compare("epicurve of the whole as of a day", cube, sql);
    filter.as_of = VG_DATE_NONE;
    TIME(cube, CHECK(vg_store_series_by_place(store, &filter, VG_LEVEL_ADMIN1, &arena, &matrix, error)));
    TIME(sql, run_sql(db, "SELECT p.parent, c.onset, count(*) FROM case_version c JOIN place p ON p.id = c.place WHERE c.known_to IS NULL AND onset IS NOT NULL GROUP BY 1, 2"));
    compare("27 states x day", cube, sql);
    filter.step_days = 7;
    TIME(cube, CHECK(vg_store_series_by_place(store, &filter, VG_LEVEL_ADMIN2, &arena, &matrix, error)));
    TIME(sql, run_sql(db, "SELECT place, (onset + 4) / 7, count(*) FROM case_version WHERE known_to IS NULL AND onset IS NOT NULL GROUP BY 1, 2"));
    compare("5,570 municipalities x week", cube, sql);
    filter.step_days = 0;
    TIME(cube, CHECK(vg_store_pyramid(store, &filter, &pyramid, error)));
    TIME(sql, run_sql(db, "SELECT age / 5, sex, outcome, count(*) FROM case_version WHERE known_to IS NULL GROUP BY 1, 2, 3"));
    compare("age x sex x outcome", cube, sql);
    filter.place = "XB-03";
    TIME(cube, CHECK(vg_store_triangle(store, &filter, 40, &arena, &triangle, error)));
    TIME(sql, run_sql(db, "SELECT c.onset, c.known_from - c.onset, count(*) FROM case_version c JOIN place p ON p.id = c.place WHERE p.parent = 5 AND onset IS NOT NULL GROUP BY 1, 2"));
    compare("triangle of a state", cube, sql);
    vg_arena_release(&arena);
}

int main(int argc, char **argv)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_place_list places;
    struct vg_case_table cases;
    struct vg_store *store = NULL;
    struct vg_store_import_summary summary;
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000000;
    char folder[256];
    char command[1024];
    if (sodium_init() < 0) {
        return 3;
    }
    (void)snprintf(folder, sizeof folder, "%s/vigia-bench-XXXXXX", argc > 2 ? argv[2] : "/tmp");
    vg_arena_init(&arena, 0);
    make_places(&places, &arena);
    make_cases(n, &arena, &cases);
    if (mkdtemp(folder) == NULL || vg_store_create(folder, &error) != VG_OK || vg_store_open(folder, VG_STORE_WRITE, &store, &error) != VG_OK) {
        die(&error);
    }
    struct vg_store_import import = {.dataset = {.name = "bench", .kind = VG_DATASET_CASES}, .file_name = "bench", .file_hash = "bench", .profile = "bench", .published = 19500,
                                     .snapshot = true, .places = &places, .cases = &cases};
    double begun = now();
    if (vg_store_import(store, &import, &summary, &error) != VG_OK) {
        die(&error);
    }
    double took = now() - begun;
    (void)printf("%zu cases into SQLite and cube: %.2f s, %.0f rows/s\n", n, took, (double)n / took);
    begun = now();
    import.file_hash = "again";
    import.published = 19507;
    if (vg_store_import(store, &import, &summary, &error) != VG_OK) {
        die(&error);
    }
    (void)printf("the same cases as a new vintage: %.2f s (%llu unchanged)\n", now() - begun, (unsigned long long)summary.rows_unchanged);
    vg_store_close(store);
    begun = now();
    if (vg_store_open(folder, VG_STORE_READ, &store, &error) != VG_OK) {
        die(&error);
    }
    (void)printf("opening: %.0f ms\n", 1000 * (now() - begun));
    sqlite3 *db = NULL;
    (void)snprintf(command, sizeof command, "%s/node.db", folder);
    (void)sqlite3_open(command, &db);
    bench_aggregates(store, db, &error);
    (void)sqlite3_close(db);
    vg_store_close(store);
    vg_arena_release(&arena);
    (void)snprintf(command, sizeof command, "du -sh %s; rm -rf %s", folder, folder);
    return system(command) == 0 ? 0 : 1;
}
