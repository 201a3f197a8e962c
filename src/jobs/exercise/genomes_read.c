/*
 * What is true of the viruses that were sequenced: their ways from host to host with what changed on each, where the hosts live and where they caught it, and of which
 * lineage every swab was.
 */
#include "jobs/exercise/genomes.h"

#include <string.h>

struct loading {
    struct exercise_virus *virus;
    const struct exercise_truth *truth;
    struct vg_arena *arena;
    struct vg_dictionary groups; /* classes and workplaces */
    uint32_t *place_of_group;
    double changes, days; /* on ways from host to host */
    size_t n_rows;
    bool failed;
};

static uint32_t number_of(struct vg_text name)
{
    int64_t number = 0;
    return name.size > 1 && vg_parse_integer(vg_text_of(name.data + 1, name.size - 1), &number) && number > 0 && number < (int64_t)EXERCISE_NOBODY ? (uint32_t)number : 0;
}

static void count_row(void *context, const struct vg_text *cells)
{
    (void)cells;
    ((struct loading *)context)->n_rows++;
}

static void take_lineage(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    struct exercise_virus *virus = loading->virus;
    char *name = vg_arena_copy_bytes(loading->arena, cells[0].data, cells[0].size), *markers = vg_arena_copy_bytes(loading->arena, cells[1].data == NULL ? "" : cells[1].data, cells[1].size);
    loading->failed = loading->failed || name == NULL || markers == NULL;
    if (!loading->failed && virus->n_lineages < EXERCISE_LINEAGES_MAX) {
        virus->names[virus->n_lineages] = vg_text_of(name, cells[0].size);
        virus->markers[virus->n_lineages++] = vg_text_of(markers, cells[1].size);
    }
}

static size_t words_of(struct vg_text text)
{
    size_t n = text.size > 0;
    for (size_t i = 0; i < text.size; i++)
        n += text.data[i] == ' ';
    return n;
}

/* infection_id, parent_node, day, lineage, mutations: whoever infected comes first. */
static void take_edge(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    struct exercise_virus *virus = loading->virus;
    uint32_t own = number_of(cells[0]), by = number_of(cells[1]);
    if (own == 0 || own > virus->n || by > virus->n || !vg_date_parse_iso(cells[2], &virus->day[own]))
        return;
    virus->infector[own] = by == 0 ? EXERCISE_NOBODY : by;
    while (virus->lineage[own] + 1u < virus->n_lineages && !vg_text_equal(virus->names[virus->lineage[own]], cells[3]))
        virus->lineage[own]++;
    if (by != 0) {
        loading->changes += (double)words_of(cells[4]);
        loading->days += virus->day[own] - virus->day[by];
    }
}

/* place_id, parent: of a class or a workplace its municipality; places above have parents, too, and nobody is infected "in" them. */
static void take_group(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    uint32_t place = vg_dictionary_find(&loading->truth->by_code, cells[1]);
    char *name = place == VG_DICTIONARY_NONE ? NULL : vg_arena_copy_bytes(loading->arena, cells[0].data, cells[0].size);
    if (name != NULL) {
        uint32_t group = vg_dictionary_add(&loading->groups, vg_text_of(name, cells[0].size));
        loading->failed = loading->failed || group == VG_DICTIONARY_NONE;
        loading->place_of_group[group == VG_DICTIONARY_NONE ? 0 : group] = place;
    }
}

/* infection_id, municipality, place_id. */
static void take_home(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    uint32_t own = number_of(cells[0]), place = vg_dictionary_find(&loading->truth->by_code, cells[1]), group = cells[2].size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&loading->groups, cells[2]);
    if (own > 0 && own <= loading->virus->n && place != VG_DICTIONARY_NONE) {
        loading->virus->place[own] = place;
        loading->virus->caught[own] = group == VG_DICTIONARY_NONE ? place : loading->place_of_group[group];
    }
}

static void take_sample(void *context, const struct vg_text *cells)
{
    struct exercise_virus *virus = ((struct loading *)context)->virus;
    uint32_t own = number_of(cells[0]), infection = number_of(cells[1]);
    if (own > 0 && own <= virus->n_samples && infection > 0 && infection <= virus->n)
        virus->sampled[own] = infection;
}

static void take_swab(void *context, const struct vg_text *cells)
{
    struct loading *loading = context;
    const struct exercise_truth *truth = loading->truth;
    struct exercise_virus *virus = loading->virus;
    uint32_t infection = number_of(cells[0]), place = vg_dictionary_find(&truth->by_code, cells[2]);
    int32_t day;
    if (infection == 0 || infection > virus->n || place == VG_DICTIONARY_NONE || !vg_date_parse_iso(cells[1], &day) || day < truth->first_date ||
        day >= truth->first_date + (int32_t)truth->n_days)
        return;
    for (; place != UINT32_MAX; place = truth->parent[place])
        virus->swabs[((size_t)place * truth->n_days + (size_t)(day - truth->first_date)) * virus->n_lineages + virus->lineage[infection]]++;
}

static vg_status read_rows(const struct exercise_folder *folder, const char *name, const char *const *columns, size_t n_columns, exercise_row *row, struct loading *loading,
                           struct vg_error *error)
{
    struct vg_buffer csv;
    vg_buffer_init(&csv, 0);
    loading->n_rows = 0;
    vg_status status = exercise_read(folder, "truth", name, &csv, error);
    if (status == VG_OK && row != count_row)
        status = exercise_csv_rows(&csv, name, columns, n_columns, count_row, loading, error);
    if (status == VG_OK)
        status = exercise_csv_rows(&csv, name, columns, n_columns, row, loading, error);
    vg_buffer_release(&csv);
    return status == VG_OK && loading->failed ? vg_fail_memory(error, 0) : status;
}

static bool make_room(struct loading *loading, size_t n_infections, size_t n_samples)
{
    struct exercise_virus *virus = loading->virus;
    struct vg_arena *arena = loading->arena;
    virus->n = n_infections;
    virus->n_samples = n_samples;
    virus->infector = VG_ARENA_ARRAY(arena, uint32_t, virus->n + 1);
    virus->place = VG_ARENA_ARRAY(arena, uint32_t, virus->n + 1);
    virus->caught = VG_ARENA_ARRAY(arena, uint32_t, virus->n + 1);
    virus->day = VG_ARENA_ARRAY(arena, int32_t, virus->n + 1);
    virus->lineage = VG_ARENA_ARRAY(arena, uint8_t, virus->n + 1);
    virus->sampled = VG_ARENA_ARRAY(arena, uint32_t, virus->n_samples + 1);
    virus->swabs = VG_ARENA_ARRAY(arena, double, loading->truth->n_places * loading->truth->n_days * virus->n_lineages + 1);
    if (virus->infector == NULL || virus->place == NULL || virus->caught == NULL || virus->day == NULL || virus->lineage == NULL || virus->sampled == NULL || virus->swabs == NULL)
        return false;
    memset(virus->infector, 0xFF, (virus->n + 1) * sizeof *virus->infector);
    memset(virus->place, 0xFF, (virus->n + 1) * sizeof *virus->place);
    memset(virus->caught, 0xFF, (virus->n + 1) * sizeof *virus->caught);
    memset(virus->sampled, 0xFF, (virus->n_samples + 1) * sizeof *virus->sampled);
    return true;
}

vg_status exercise_virus_load(const struct exercise_folder *folder, const struct exercise_truth *truth, struct vg_arena *arena, struct exercise_virus *virus,
                              struct vg_error *error)
{
    static const char *const of_lineage[] = {"lineage", "markers"}, *const of_edge[] = {"infection_id", "parent_node", "day", "lineage", "mutations"},
                      *const of_infection[] = {"infection_id", "municipality", "place_id"}, *const of_group[] = {"place_id", "parent"}, *const of_sample[] = {"sequence_id", "infection_id"},
                      *const of_case[] = {"infection_id", "test_day", "municipality"};
    struct loading loading = {.virus = virus, .truth = truth, .arena = arena};
    size_t n_samples = 0;
    *virus = (struct exercise_virus){.root_date = folder->first_date - VG_EXERCISE_ROOT_DAYS};
    vg_status status = read_rows(folder, "lineage_truth.csv", of_lineage, 2, take_lineage, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "sample_truth.csv", of_sample, 2, count_row, &loading, error);
    n_samples = loading.n_rows;
    if (status == VG_OK)
        status = read_rows(folder, "genome_truth.csv", of_edge, 5, count_row, &loading, error);
    if (status == VG_OK && !make_room(&loading, loading.n_rows, n_samples))
        status = vg_fail_memory(error, loading.n_rows * 16);
    if (status == VG_OK)
        status = read_rows(folder, "genome_truth.csv", of_edge, 5, take_edge, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "place.csv", of_group, 2, count_row, &loading, error);
    vg_dictionary_init(&loading.groups, arena);
    loading.place_of_group = status == VG_OK ? VG_ARENA_ARRAY(arena, uint32_t, loading.n_rows + 1) : NULL;
    if (status == VG_OK && loading.place_of_group == NULL)
        status = vg_fail_memory(error, loading.n_rows * 4);
    if (status == VG_OK)
        status = read_rows(folder, "place.csv", of_group, 2, take_group, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "infection.csv", of_infection, 3, take_home, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "sample_truth.csv", of_sample, 2, take_sample, &loading, error);
    if (status == VG_OK)
        status = read_rows(folder, "case_truth.csv", of_case, 3, take_swab, &loading, error);
    virus->changes_per_year = loading.days > 0 ? loading.changes / loading.days * 365.25 : 0;
    return status;
}

uint32_t exercise_unit_of(const struct exercise_truth *truth, uint32_t place, bool country)
{
    uint32_t below = place;
    for (; truth->parent[place] != UINT32_MAX; place = truth->parent[place])
        below = place;
    return country ? place : below;
}

uint32_t exercise_introduced_by(const struct exercise_virus *virus, const struct exercise_truth *truth, uint32_t infection, bool country)
{
    uint32_t unit = virus->place[infection] == EXERCISE_NOBODY ? EXERCISE_NOBODY : exercise_unit_of(truth, virus->place[infection], country);
    for (uint32_t above = virus->infector[infection]; above != EXERCISE_NOBODY && unit != EXERCISE_NOBODY; above = virus->infector[above]) {
        if (virus->place[above] == EXERCISE_NOBODY ||
            (exercise_unit_of(truth, virus->place[above], country) != unit && exercise_unit_of(truth, virus->caught[above], country) != unit))
            break;
        infection = above;
    }
    return infection;
}

struct exercise_moment exercise_common(const struct exercise_virus *virus, struct exercise_moment a, struct exercise_moment b)
{
    while (a.infection != b.infection) { /* who infected has the smaller number: the larger one goes up */
        struct exercise_moment *later = b.infection == EXERCISE_NOBODY || (a.infection != EXERCISE_NOBODY && a.infection > b.infection) ? &a : &b;
        uint32_t above = virus->infector[later->infection];
        *later = above == EXERCISE_NOBODY ? (struct exercise_moment){EXERCISE_NOBODY, virus->root_date} : (struct exercise_moment){above, virus->day[later->infection]};
    }
    return a.day < b.day ? a : b;
}
