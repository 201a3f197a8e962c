/*
 * The cube after a commit of this process, without reading the facts back: columns of untouched datasets are taken over, those of the
 * imported one are made from what the import did. The new file is then mapped like any other. Whatever goes wrong here costs time only: the cube can always
 * be made from the database.
 */
#include "store/store_internal.h"

#include <string.h>

/* The place "unknown" is numbered behind all places, so it moves when places are added. */
static vg_status take_places(struct cube *cube, uint32_t **column, size_t n, uint32_t unknown_before, struct vg_error *error)
{
    uint32_t unknown = (uint32_t)cube->places.count;
    if (unknown == unknown_before || n == 0) {
        return VG_OK;
    }
    uint32_t *taken = VG_ARENA_ARRAY(&cube->arena, uint32_t, n);
    if (taken == NULL) {
        return vg_fail_memory(error, n * sizeof *taken);
    }
    for (size_t i = 0; i < n; i++) {
        taken[i] = (*column)[i] == unknown_before ? unknown : (*column)[i];
    }
    *column = taken;
    return VG_OK;
}

/* Columns of the former cube, which must live until the new one is written. */
static vg_status take_over(struct cube *cube, const struct cube *former, struct cube_dataset *dataset, struct vg_error *error)
{
    const struct cube_dataset *old = cube_find((struct cube *)(uintptr_t)former, dataset->info.name);
    if (old == NULL) {
        return VG_OK;
    }
    struct vg_text *categories = dataset->cases.categories;
    size_t n_categories = dataset->cases.n_categories;
    struct vg_text *groups = dataset->counts.groups;
    size_t n_groups = dataset->counts.n_groups;
    dataset->cases = old->cases;
    dataset->counts = old->counts;
    dataset->cases.categories = categories;
    dataset->cases.n_categories = n_categories;
    dataset->counts.groups = groups;
    dataset->counts.n_groups = n_groups;
    vg_status status = take_places(cube, &dataset->cases.place, dataset->cases.n, (uint32_t)former->places.count, error);
    return status == VG_OK ? take_places(cube, &dataset->counts.place, dataset->counts.n, (uint32_t)former->places.count, error) : status;
}

static void put_known(struct cube_cases *to, const struct cube_cases *from, size_t version, uint32_t unknown_before, uint32_t unknown)
{
    size_t i = to->n;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        to->dates[date][i] = from->dates[date][version];
    }
    to->place[i] = from->place[version] == unknown_before ? unknown : from->place[version];
    to->category[i] = from->category[version];
    to->age[i] = from->age[version];
    to->sex[i] = from->sex[version];
    to->class[i] = from->class[version];
    to->outcome[i] = from->outcome[version];
    to->severity[i] = from->severity[version];
    to->identity[i] = from->identity[version];
    to->content[i] = from->content[version];
}

static void put_file(struct cube_cases *to, const struct vg_case_table *from, size_t row, uint32_t unknown)
{
    size_t i = to->n;
    for (int date = 0; date < VG_CASE_DATE_COUNT; date++) {
        to->dates[date][i] = from->dates[date] == NULL ? VG_DATE_NONE : from->dates[date][row];
    }
    to->place[i] = from->place == NULL || from->place[row] == VG_PLACE_NONE ? unknown : from->place[row];
    to->category[i] = from->category == NULL ? UINT32_MAX : from->category[row];
    to->age[i] = from->age_years == NULL ? VG_AGE_UNKNOWN : from->age_years[row];
    to->sex[i] = from->sex == NULL ? 0 : from->sex[row];
    to->class[i] = from->class == NULL ? 0 : from->class[row];
    to->outcome[i] = from->outcome == NULL ? 0 : from->outcome[row];
    to->severity[i] = from->severity == NULL ? 0 : from->severity[row];
    to->identity[i] = from->identity_hash[row];
    to->content[i] = from->content_hash[row];
}

static void end_version(struct cube_cases *to, int32_t from_day, int32_t to_day, uint32_t row)
{
    to->known_from[to->n] = from_day;
    to->known_to[to->n] = to_day;
    to->row[to->n] = row;
    to->n++;
}

static vg_status make_cases(struct store_import_work *work, struct cube *cube, struct cube_dataset *dataset)
{
    static const struct cube_cases nothing = {0};
    const struct cube_cases *known = work->known == NULL ? &nothing : &work->known->cases;
    const struct case_result *result = &work->cases;
    uint32_t unknown_before = (uint32_t)work->store->cube->places.count;
    uint32_t unknown = (uint32_t)cube->places.count;
    if (!cube_cases_reserve(&cube->arena, &dataset->cases, known->n + result->n_added)) {
        return vg_fail_memory(work->error, (known->n + result->n_added) * 80);
    }
    for (size_t version = 0; version < known->n; version++) {
        if (result->from[version] != CASE_REMOVED) {
            put_known(&dataset->cases, known, version, unknown_before, unknown);
            end_version(&dataset->cases, result->from[version], result->to[version], known->row[version]);
        }
    }
    for (size_t i = 0; i < result->n_added; i++) {
        if (result->added[i] < work->file.n_cases) {
            put_file(&dataset->cases, &work->file, result->added[i], unknown);
        } else {
            put_known(&dataset->cases, known, result->added[i] - work->file.n_cases, unknown_before, unknown);
        }
        end_version(&dataset->cases, result->added_from[i], result->added_to[i], result->added_row[i]);
    }
    return VG_OK;
}

static vg_status make_cube(struct vg_store *store, struct store_import_work *work, struct cube *cube, struct vg_error *error)
{
    vg_status status = cube_metadata(store, cube, error);
    for (size_t i = 0; status == VG_OK && i < cube->n_datasets; i++) {
        struct cube_dataset *dataset = &cube->datasets[i];
        if (work == NULL || dataset->info.id != (uint32_t)work->dataset_id) {
            status = take_over(cube, store->cube, dataset, error);
        } else if (work->import->cases != NULL) {
            status = make_cases(work, cube, dataset);
        } else {
            status = cube_load_counts(store, cube, dataset, error);
        }
    }
    return status == VG_OK ? cube_file_write(store, cube, error) : status;
}

static vg_status replace_cube(struct vg_store *store, struct store_import_work *work, struct vg_error *error)
{
    struct cube *cube = cube_new();
    if (cube != NULL) {
        (void)make_cube(store, work, cube, NULL);
        cube_free(cube);
    }
    return store_open_cube(store, error);
}

vg_status store_cube_after_import(struct store_import_work *work)
{
    return replace_cube(work->store, work, work->error);
}

vg_status store_cube_after_places(struct vg_store *store, struct vg_error *error)
{
    return replace_cube(store, NULL, error);
}
