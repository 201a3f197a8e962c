/*
 * The cube from the database: names, places, and every case version and count increment into columns.
 */
#include "store/store_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void cube_free(struct cube *cube)
{
    if (cube != NULL) {
        vg_file_map_close(&cube->map);
        vg_arena_release(&cube->arena);
        free(cube);
    }
}

struct cube *cube_new(void)
{
    struct cube *cube = calloc(1, sizeof *cube);
    if (cube != NULL) {
        vg_arena_init(&cube->arena, 0);
    }
    return cube;
}

struct cube_dataset *cube_find(struct cube *cube, const char *name)
{
    for (size_t i = 0; i < cube->n_datasets; i++) {
        if (strcmp(cube->datasets[i].info.name, name) == 0) {
            return &cube->datasets[i];
        }
    }
    return NULL;
}

static vg_status load_places(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    struct vg_arena text;
    vg_arena_init(&text, 0);
    vg_place_list_init(&cube->places, &cube->arena);
    vg_status status = store_prepare(store->db,
                                     "SELECT code, name, name_es, name_pt, name_en, name_fr, name_zh, alternative_names, parent, level, population, latitude,"
                                     " longitude FROM place ORDER BY id",
                                     &statement, error);
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        struct vg_place place = {.code = store_column_text(&text, statement, 0), .name = store_column_text(&text, statement, 1)};
        for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
            place.names[language] = store_column_text(&text, statement, 2 + language);
        }
        place.alternative_names = store_column_text(&text, statement, 7);
        place.parent = sqlite3_column_type(statement, 8) == SQLITE_NULL ? VG_PLACE_NONE : (uint32_t)(sqlite3_column_int64(statement, 8) - 1);
        place.level = (enum vg_place_level)sqlite3_column_int(statement, 9);
        place.population = sqlite3_column_type(statement, 10) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, 10);
        place.latitude = sqlite3_column_type(statement, 11) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, 11);
        place.longitude = sqlite3_column_type(statement, 12) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, 12);
        if (place.code == NULL || vg_place_list_add(&cube->places, &place) == VG_PLACE_NONE) {
            status = vg_fail_memory(error, 0);
        }
    }
    (void)sqlite3_finalize(statement);
    vg_arena_release(&text);
    return status;
}

static vg_status load_datasets(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    int64_t count = 0;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_scalar(store->db, "SELECT count(*) FROM dataset", &count, error);
    if (status == VG_OK) {
        cube->datasets = VG_ARENA_ARRAY(&cube->arena, struct cube_dataset, (size_t)count);
        status = cube->datasets == NULL ? vg_fail_memory(error, 0)
                                        : store_prepare(store->db,
                                                        "SELECT id, name, title, disease, country, source, licence, note, kind, nature, step_days FROM dataset"
                                                        " ORDER BY id LIMIT ?1",
                                                        &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        struct vg_dataset *info = &cube->datasets[cube->n_datasets++].info;
        info->id = (uint32_t)sqlite3_column_int64(statement, 0);
        const char **const texts[] = {&info->name, &info->title, &info->disease, &info->country, &info->source, &info->licence, &info->note};
        for (int i = 0; i < 7; i++) {
            *texts[i] = store_column_text(&cube->arena, statement, 1 + i);
        }
        info->kind = (enum vg_dataset_kind)sqlite3_column_int(statement, 8);
        info->nature = (enum vg_data_nature)sqlite3_column_int(statement, 9);
        info->step_days = sqlite3_column_int(statement, 10);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status load_categories(struct vg_store *store, struct cube *cube, struct cube_dataset *dataset, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT number, name, max(number) OVER () FROM category WHERE dataset = ?1 ORDER BY number", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, dataset->info.id);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        if (dataset->cases.categories == NULL) {
            dataset->cases.n_categories = (size_t)sqlite3_column_int64(statement, 2) + 1;
            dataset->cases.categories = VG_ARENA_ARRAY(&cube->arena, struct vg_text, dataset->cases.n_categories);
            if (dataset->cases.categories == NULL) {
                status = vg_fail_memory(error, 0);
                break;
            }
        }
        dataset->cases.categories[sqlite3_column_int64(statement, 0)] = vg_text_from(store_column_text(&cube->arena, statement, 1));
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* Group texts by their row id - 1; shared by all datasets. */
static vg_status load_groups(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    int64_t count = 0;
    size_t n = 0;
    sqlite3_stmt *statement = NULL;
    vg_status status = store_scalar(store->db, "SELECT count(*) FROM count_group", &count, error);
    struct vg_text *groups = VG_ARENA_ARRAY(&cube->arena, struct vg_text, (size_t)count);
    if (status == VG_OK) {
        status = groups == NULL ? vg_fail_memory(error, 0) : store_prepare(store->db, "SELECT name FROM count_group ORDER BY id LIMIT ?1", &statement, error);
    }
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        groups[n++] = vg_text_from(store_column_text(&cube->arena, statement, 0));
    }
    (void)sqlite3_finalize(statement);
    for (size_t i = 0; i < cube->n_datasets; i++) {
        cube->datasets[i].counts.groups = groups;
        cube->datasets[i].counts.n_groups = n;
    }
    return status;
}

vg_status cube_metadata(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    int64_t version = 0;
    vg_status status = store_scalar(store->db, "SELECT value FROM meta WHERE name = 'data_version'", &version, error);
    cube->data_version = (uint64_t)version;
    if (status == VG_OK) {
        status = load_places(store, cube, error);
    }
    if (status == VG_OK) {
        status = load_datasets(store, cube, error);
    }
    for (size_t i = 0; status == VG_OK && i < cube->n_datasets; i++) {
        status = load_categories(store, cube, &cube->datasets[i], error);
    }
    return status == VG_OK ? load_groups(store, cube, error) : status;
}

bool cube_cases_reserve(struct vg_arena *arena, struct cube_cases *cases, size_t n)
{
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        cases->dates[date] = VG_ARENA_ARRAY(arena, int32_t, n);
    }
    cases->known_from = VG_ARENA_ARRAY(arena, int32_t, n);
    cases->known_to = VG_ARENA_ARRAY(arena, int32_t, n);
    cases->place = VG_ARENA_ARRAY(arena, uint32_t, n);
    cases->category = VG_ARENA_ARRAY(arena, uint32_t, n);
    cases->row = VG_ARENA_ARRAY(arena, uint32_t, n);
    cases->age = VG_ARENA_ARRAY(arena, int16_t, n);
    cases->sex = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->class = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->outcome = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->severity = VG_ARENA_ARRAY(arena, uint8_t, n);
    cases->identity = VG_ARENA_ARRAY(arena, uint64_t, n);
    cases->content = VG_ARENA_ARRAY(arena, uint64_t, n);
    return !arena->failed;
}

static bool reserve_counts(struct vg_arena *arena, struct cube_counts *counts, size_t n)
{
    counts->measure = VG_ARENA_ARRAY(arena, uint16_t, n);
    counts->place = VG_ARENA_ARRAY(arena, uint32_t, n);
    counts->group = VG_ARENA_ARRAY(arena, uint32_t, n);
    counts->row = VG_ARENA_ARRAY(arena, uint32_t, n);
    counts->reference = VG_ARENA_ARRAY(arena, int32_t, n);
    counts->report = VG_ARENA_ARRAY(arena, int32_t, n);
    counts->increment = VG_ARENA_ARRAY(arena, double, n);
    return !arena->failed;
}

static int32_t column_date(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? VG_DATE_NONE : sqlite3_column_int(statement, column);
}

/* Reserves by the number of rows in each dataset. */
static vg_status reserve_all(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT dataset, count(*), 0 FROM case_version GROUP BY dataset UNION ALL SELECT dataset, count(*), 1 FROM count_increment GROUP BY dataset", &statement, error);
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        for (size_t i = 0; i < cube->n_datasets; i++) {
            struct cube_dataset *dataset = &cube->datasets[i];
            if (dataset->info.id != (uint32_t)sqlite3_column_int64(statement, 0)) {
                continue;
            }
            size_t n = (size_t)sqlite3_column_int64(statement, 1);
            bool reserved = sqlite3_column_int(statement, 2) == 0 ? cube_cases_reserve(&cube->arena, &dataset->cases, n) : reserve_counts(&cube->arena, &dataset->counts, n);
            if (!reserved) {
                status = vg_fail_memory(error, n * 80);
            }
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static void read_case(const struct cube *cube, struct cube_cases *cases, sqlite3_stmt *statement)
{
    size_t i = cases->n++;
    cases->row[i] = (uint32_t)sqlite3_column_int64(statement, 1);
    cases->identity[i] = (uint64_t)sqlite3_column_int64(statement, 2);
    cases->content[i] = (uint64_t)sqlite3_column_int64(statement, 3);
    cases->known_from[i] = sqlite3_column_int(statement, 4);
    cases->known_to[i] = sqlite3_column_type(statement, 5) == SQLITE_NULL ? CUBE_OPEN : sqlite3_column_int(statement, 5);
    cases->place[i] = sqlite3_column_type(statement, 6) == SQLITE_NULL ? (uint32_t)cube->places.count : (uint32_t)(sqlite3_column_int64(statement, 6) - 1);
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        cases->dates[date][i] = column_date(statement, 7 + date);
    }
    cases->age[i] = sqlite3_column_type(statement, 16) == SQLITE_NULL ? VG_AGE_UNKNOWN : (int16_t)sqlite3_column_int(statement, 16);
    cases->sex[i] = (uint8_t)sqlite3_column_int(statement, 17);
    cases->class[i] = (uint8_t)sqlite3_column_int(statement, 18);
    cases->outcome[i] = (uint8_t)sqlite3_column_int(statement, 19);
    cases->severity[i] = (uint8_t)sqlite3_column_int(statement, 20);
    cases->category[i] = sqlite3_column_type(statement, 21) == SQLITE_NULL ? UINT32_MAX : (uint32_t)sqlite3_column_int64(statement, 21);
}

static struct cube_dataset *dataset_of(struct cube *cube, int64_t id)
{
    for (size_t i = 0; i < cube->n_datasets; i++) {
        if (cube->datasets[i].info.id == (uint32_t)id) {
            return &cube->datasets[i];
        }
    }
    return NULL;
}

static vg_status load_cases(struct vg_store *store, struct cube *cube, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db,
                                     "SELECT dataset, id, identity, content, known_from, known_to, place, onset, notification, sample, diagnosis, report, admission,"
                                     " icu, recovery, death, age, sex, class, outcome, severity, category FROM case_version ORDER BY id",
                                     &statement, error);
    int code = SQLITE_DONE;
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct cube_dataset *dataset = dataset_of(cube, sqlite3_column_int64(statement, 0));
        if (dataset != NULL) {
            read_case(cube, &dataset->cases, statement);
        }
    }
    if (status == VG_OK && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading cases");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static void read_count(const struct cube *cube, struct cube_counts *counts, const struct vg_measure *measure, sqlite3_stmt *statement)
{
    size_t i = counts->n++;
    counts->row[i] = (uint32_t)sqlite3_column_int64(statement, 1);
    counts->measure[i] = (uint16_t)(measure - vg_measure_at(0));
    counts->place[i] = sqlite3_column_type(statement, 3) == SQLITE_NULL ? (uint32_t)cube->places.count : (uint32_t)(sqlite3_column_int64(statement, 3) - 1);
    counts->group[i] = (uint32_t)(sqlite3_column_int64(statement, 4) - 1);
    counts->reference[i] = sqlite3_column_int(statement, 5);
    counts->report[i] = sqlite3_column_int(statement, 6);
    counts->increment[i] = sqlite3_column_double(statement, 7);
}

/* only 0: all datasets. */
static vg_status load_counts(struct vg_store *store, struct cube *cube, uint32_t only, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db,
                                     "SELECT dataset, id, measure, place, grp, reference, report, increment FROM count_increment WHERE ?1 IN (0, dataset) ORDER BY id",
                                     &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, only);
    }
    int code = SQLITE_DONE;
    while (status == VG_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct cube_dataset *dataset = dataset_of(cube, sqlite3_column_int64(statement, 0));
        const struct vg_measure *measure = vg_measure_find(vg_text_from((const char *)sqlite3_column_text(statement, 2)));
        if (dataset != NULL && measure != NULL) { /* a measure of a newer program stays in the database and is not shown by this one */
            read_count(cube, &dataset->counts, measure, statement);
        }
    }
    if (status == VG_OK && code != SQLITE_DONE) {
        status = store_sql_error(store->db, error, "reading counts");
    }
    (void)sqlite3_finalize(statement);
    for (size_t i = 0; status == VG_OK && i < cube->n_datasets; i++) {
        bool wanted = only == 0 || cube->datasets[i].info.id == only;
        if (wanted && !cube_counts_sort(&cube->arena, &cube->datasets[i].counts)) {
            status = vg_fail_memory(error, cube->datasets[i].counts.n * 40);
        }
    }
    return status;
}

vg_status cube_load_counts(struct vg_store *store, struct cube *cube, struct cube_dataset *dataset, struct vg_error *error)
{
    int64_t n = 0;
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM count_increment WHERE dataset = %u", dataset->info.id);
    vg_status status = store_scalar(store->db, sql, &n, error);
    if (status == VG_OK && !reserve_counts(&cube->arena, &dataset->counts, (size_t)n)) {
        status = vg_fail_memory(error, (size_t)n * 40);
    }
    return status == VG_OK ? load_counts(store, cube, dataset->info.id, error) : status;
}

vg_status cube_from_database(struct vg_store *store, struct cube **out, struct vg_error *error)
{
    struct cube *cube = cube_new();
    if (cube == NULL) {
        return vg_fail_memory(error, sizeof *cube);
    }
    /* One read transaction, so that names, cases and counts are of the same data version. */
    vg_status status = store_sql(store->db, "BEGIN", error);
    if (status == VG_OK) {
        status = cube_metadata(store, cube, error);
        if (status == VG_OK) {
            status = reserve_all(store, cube, error);
        }
        if (status == VG_OK) {
            status = load_cases(store, cube, error);
        }
        if (status == VG_OK) {
            status = load_counts(store, cube, 0, error);
        }
        (void)sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    }
    if (status != VG_OK) {
        cube_free(cube);
        return status;
    }
    cube_describe(cube);
    *out = cube;
    return VG_OK;
}

/* ------------------------------------------------------------ description */

static void widen(int32_t *first, int32_t *last, int32_t date)
{
    if (date == VG_DATE_NONE) {
        return;
    }
    if (*first == VG_DATE_NONE || date < *first) {
        *first = date;
    }
    if (*last == VG_DATE_NONE || date > *last) {
        *last = date;
    }
}

/* A date after the newest day that anything was known of is a typing error: it stays in the record and does not stretch the axis. */
static void describe_cases(struct cube_dataset *dataset)
{
    struct cube_cases *cases = &dataset->cases;
    struct vg_dataset *info = &dataset->info;
    for (size_t i = 0; i < cases->n; i++) {
        info->n_rows += cases->known_to[i] == CUBE_OPEN;
        widen(&info->first_known, &info->last_known, cases->known_from[i]);
        if (cases->known_to[i] != CUBE_OPEN) {
            widen(&info->first_known, &info->last_known, cases->known_to[i]);
        }
    }
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        cases->filled[date] = 0;
        cases->first[date] = cases->last[date] = VG_DATE_NONE;
        for (size_t i = 0; i < cases->n; i++) {
            cases->filled[date] += cases->known_to[i] == CUBE_OPEN && cases->dates[date][i] != VG_DATE_NONE;
            if (cases->dates[date][i] <= info->last_known) {
                widen(&cases->first[date], &cases->last[date], cases->dates[date][i]);
            }
        }
        if (date <= VG_CASE_REPORT || info->first_date == VG_DATE_NONE) {
            widen(&info->first_date, &info->last_date, cases->first[date]);
            widen(&info->first_date, &info->last_date, cases->last[date]);
        }
    }
    info->step_days = 1;
}

static void describe_counts(struct cube_dataset *dataset)
{
    const struct cube_counts *counts = &dataset->counts;
    struct vg_dataset *info = &dataset->info;
    for (size_t i = 0; i < counts->n; i++) {
        bool same_cell = i > 0 && counts->measure[i] == counts->measure[i - 1] && counts->place[i] == counts->place[i - 1] &&
                         counts->group[i] == counts->group[i - 1] && counts->reference[i] == counts->reference[i - 1];
        info->n_rows += !same_cell;
        widen(&info->first_date, &info->last_date, counts->reference[i]);
        widen(&info->first_known, &info->last_known, counts->report[i]);
    }
}

void cube_describe(struct cube *cube)
{
    for (size_t i = 0; i < cube->n_datasets; i++) {
        struct vg_dataset *info = &cube->datasets[i].info;
        info->n_rows = 0;
        info->first_date = info->last_date = info->first_known = info->last_known = VG_DATE_NONE;
        if (info->kind == VG_DATASET_CASES) {
            describe_cases(&cube->datasets[i]);
        } else {
            describe_counts(&cube->datasets[i]);
        }
    }
}

/* ----------------------------------------------------------------- sorting */

int cube_counts_compare(const struct cube_counts *counts, size_t a, size_t b)
{
    if (counts->measure[a] != counts->measure[b]) {
        return counts->measure[a] < counts->measure[b] ? -1 : 1;
    }
    if (counts->place[a] != counts->place[b]) {
        return counts->place[a] < counts->place[b] ? -1 : 1;
    }
    if (counts->group[a] != counts->group[b]) {
        return counts->group[a] < counts->group[b] ? -1 : 1;
    }
    if (counts->reference[a] != counts->reference[b]) {
        return counts->reference[a] < counts->reference[b] ? -1 : 1;
    }
    if (counts->report[a] != counts->report[b]) {
        return counts->report[a] < counts->report[b] ? -1 : 1;
    }
    return counts->row[a] < counts->row[b] ? -1 : counts->row[a] > counts->row[b];
}

static int compare_rows(const void *a, const void *b, void *context)
{
    return cube_counts_compare(context, *(const size_t *)a, *(const size_t *)b);
}

#define PERMUTE(type, column)                                                                                                              \
    do {                                                                                                                                   \
        type *sorted_column = VG_ARENA_ARRAY(arena, type, n);                                                                              \
        if (sorted_column == NULL) {                                                                                                       \
            return false;                                                                                                                  \
        }                                                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                                                   \
            sorted_column[i] = counts->column[order[i]];                                                                                   \
        }                                                                                                                                  \
        counts->column = sorted_column;                                                                                                    \
    } while (0)

bool cube_counts_sort(struct vg_arena *arena, struct cube_counts *counts)
{
    size_t n = counts->n;
    bool sorted = true;
    for (size_t i = 1; i < n && sorted; i++) {
        sorted = cube_counts_compare(counts, i - 1, i) <= 0;
    }
    if (sorted) {
        return true;
    }
    size_t *order = VG_ARENA_ARRAY(arena, size_t, n);
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    qsort_r(order, n, sizeof *order, compare_rows, counts);
    PERMUTE(uint16_t, measure);
    PERMUTE(uint32_t, place);
    PERMUTE(uint32_t, group);
    PERMUTE(uint32_t, row);
    PERMUTE(int32_t, reference);
    PERMUTE(int32_t, report);
    PERMUTE(double, increment);
    return true;
}
