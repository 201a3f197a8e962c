/*
 * Genomes along the tree of transmission. In each host a line of virus, or several, change at the clock's rate; whoever is infected gets one as
 * it is that day. Those who come from elsewhere bring changes of their own, those of the second variant its markers. Differences from
 * the reference are kept sorted, infector before infected, so the mutations of an edge are exact. What the sequencer does to them is in
 * sequences.c.
 */
#include "control/exercise/genomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARKERS 14              /* mutations that make the second variant */

static const char letters[] = "ACGT";

void vg_exercise_reference(const struct vg_scenario *scenario, char *sequence)
{
    struct vg_random random = vg_random_stream((uint64_t)scenario->seed, 0, 0, EXERCISE_LETTERS);
    const size_t length = (size_t)scenario->exercise.genome_length;
    for (size_t i = 0; i < length; i++)
        sequence[i] = letters[vg_random_below(&random, 4)];
    sequence[length] = '\0';
}

static double changes_a_day(const struct vg_exercise *exercise)
{
    return exercise->settings->changes_per_site_year * exercise->settings->genome_length / 365.25;
}

/* ---------------------------------------------------------------- differences */

static size_t find(const struct exercise_difference *list, size_t n, uint32_t position)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct exercise_change exercise_apply(const char *reference, struct exercise_difference *list, size_t *n, uint32_t position, uint32_t shift)
{
    size_t at = find(list, *n, position);
    bool there = at < *n && list[at].position == position;
    char before = there ? list[at].letter : reference[position];
    char after = letters[((size_t)(strchr(letters, before) - letters) + shift) % 4];
    if (there && after == reference[position]) {
        memmove(list + at, list + at + 1, (*n - at - 1) * sizeof *list);
        --*n;
    } else if (there) {
        list[at].letter = after;
    } else {
        memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
        list[at] = (struct exercise_difference){position, after};
        ++*n;
    }
    return (struct exercise_change){position, before, after};
}

size_t exercise_host_changes(const struct vg_exercise *exercise, uint32_t infection, int32_t until, uint32_t taker, struct exercise_event events[EXERCISE_EVENTS_MAX])
{
    const struct vg_exercise_infection *one = &exercise->infections[infection];
    const uint32_t lines = (uint32_t)exercise->settings->lines;
    struct vg_random choice = vg_random_stream(exercise->seed, taker, infection, EXERCISE_LINE);
    uint32_t line = lines > 1 ? vg_random_below(&choice, lines) : 0;
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->day | line << 16, EXERCISE_MUTATION);
    double rate = changes_a_day(exercise), time = 0;
    size_t n = 0;
    while (rate > 0 && n < EXERCISE_EVENTS_MAX) {
        time += -log(vg_random_uniform(&random)) / rate;
        events[n] = (struct exercise_event){vg_random_below(&random, (uint32_t)exercise->settings->genome_length), 1 + vg_random_below(&random, 3)};
        if (time > until - one->day)
            break;
        n++;
    }
    return n;
}

/* The mutations that make a variant; the first one has none. */
static size_t marker_events(const struct vg_exercise *exercise, unsigned variant, struct exercise_event events[EXERCISE_EVENTS_MAX])
{
    const uint32_t length = (uint32_t)exercise->settings->genome_length;
    struct vg_random marker = vg_random_stream(exercise->seed, variant, 0, EXERCISE_MARKER);
    size_t n = 0;
    for (; variant > 0 && n < MARKERS; n++)
        events[n] = (struct exercise_event){vg_random_below(&marker, length), 1 + vg_random_below(&marker, 3)};
    return n;
}

/* What an imported virus has before its host: its variant's markers and changes on the way. */
static size_t import_changes(const struct vg_exercise *exercise, uint32_t infection, struct exercise_event events[EXERCISE_EVENTS_MAX])
{
    const struct vg_exercise_infection *one = &exercise->infections[infection];
    const uint32_t length = (uint32_t)exercise->settings->genome_length;
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->day, EXERCISE_IMPORT_GENOME);
    size_t n = marker_events(exercise, one->variant, events);
    int64_t own = vg_random_poisson(&random, changes_a_day(exercise) * (VG_EXERCISE_ROOT_DAYS + one->day));
    for (; own > 0 && n < EXERCISE_EVENTS_MAX; own--, n++)
        events[n] = (struct exercise_event){vg_random_below(&random, length), 1 + vg_random_below(&random, 3)};
    return n;
}

/* ------------------------------------------------------------------- the tree */

static bool make_room(struct exercise_genomes *genomes, size_t extra)
{
    if (genomes->n_differences + extra <= genomes->capacity)
        return true;
    size_t capacity = 2 * (genomes->n_differences + extra);
    struct exercise_difference *larger = realloc(genomes->differences, capacity * sizeof *larger);
    if (larger == NULL)
        return false;
    genomes->differences = larger;
    genomes->capacity = capacity;
    return true;
}

vg_status exercise_genomes_make(const struct vg_exercise *exercise, struct exercise_genomes *genomes, exercise_edge *edge, void *context, struct vg_error *error)
{
    const size_t n = exercise->world->n_infections;
    *genomes = (struct exercise_genomes){.reference = malloc((size_t)exercise->settings->genome_length + 1), .first = calloc(n + 2, sizeof(size_t))};
    if (genomes->reference == NULL || genomes->first == NULL)
        return vg_fail_memory(error, n * sizeof(size_t));
    vg_exercise_reference(exercise->scenario, genomes->reference);
    for (uint32_t i = 0; i < n; i++) {
        const struct vg_exercise_infection *one = &exercise->infections[i];
        uint32_t parent = one->infector_infection;
        struct exercise_event events[EXERCISE_EVENTS_MAX];
        struct exercise_change changes[EXERCISE_EVENTS_MAX];
        size_t inherited = parent == VG_EXERCISE_NONE ? 0 : genomes->first[parent + 1] - genomes->first[parent], count = inherited;
        size_t n_events = parent == VG_EXERCISE_NONE ? import_changes(exercise, i, events) : exercise_host_changes(exercise, parent, one->day, i, events);
        if (!make_room(genomes, inherited + n_events))
            return vg_fail_memory(error, genomes->capacity * sizeof *genomes->differences);
        struct exercise_difference *own = genomes->differences + genomes->n_differences;
        if (inherited > 0)
            memcpy(own, genomes->differences + genomes->first[parent], inherited * sizeof *own);
        for (size_t k = 0; k < n_events; k++)
            changes[k] = exercise_apply(genomes->reference, own, &count, events[k].position, events[k].shift);
        genomes->first[i] = genomes->n_differences;
        genomes->n_differences += count;
        genomes->first[i + 1] = genomes->n_differences;
        if (edge != NULL)
            edge(context, i, changes, n_events, count);
    }
    return VG_OK;
}

void exercise_genomes_free(struct exercise_genomes *genomes)
{
    free(genomes->reference);
    free(genomes->first);
    free(genomes->differences);
    *genomes = (struct exercise_genomes){0};
}

const char *exercise_lineage(unsigned variant)
{
    static const char *const names[VG_VARIANTS_MAX] = {"XV.1", "XV.2", "XV.3", "XV.4", "XV.5", "XV.6"};
    return names[variant < VG_VARIANTS_MAX ? variant : 0];
}

void exercise_changes_cell(struct vg_table *table, const struct exercise_change *changes, size_t n)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    for (size_t k = 0; k < n; k++)
        vg_buffer_format(&text, "%s%c%u%c", k > 0 ? " " : "", changes[k].before, changes[k].position + 1, changes[k].after);
    vg_table_text_slice(table, vg_text_of(text.data == NULL ? "" : text.data, text.size));
    table->failed = table->failed || text.failed;
    vg_buffer_release(&text);
}

/* ------------------------------------------------------------------ the truth */

struct edge_rows { const struct vg_exercise *exercise; struct vg_table *table; };

static void put_edge(void *context, uint32_t infection, const struct exercise_change *changes, size_t n, size_t n_differences)
{
    struct edge_rows *rows = context;
    const struct vg_exercise_infection *one = &rows->exercise->infections[infection];
    char name[EXERCISE_NAME_BYTES];
    exercise_infection_name(infection, name);
    vg_table_text(rows->table, name);
    exercise_infection_name(one->infector_infection, name);
    vg_table_text(rows->table, name[0] == '\0' ? NULL : name);
    exercise_infection_name(infection, name); /* one node an infection: its virus when it began */
    vg_table_text(rows->table, name);
    exercise_date_cell(rows->table, rows->exercise, one->day);
    vg_table_text(rows->table, exercise_lineage(one->variant));
    exercise_changes_cell(rows->table, changes, n);
    vg_table_integer(rows->table, (int64_t)n_differences);
}

vg_status exercise_truth_genomes(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"node_id", VG_COLUMN_TEXT}, {"parent_node", VG_COLUMN_TEXT}, {"infection_id", VG_COLUMN_TEXT}, {"day", VG_COLUMN_DATE},
                                                     {"lineage", VG_COLUMN_TEXT}, {"mutations", VG_COLUMN_TEXT},   {"differences", VG_COLUMN_INTEGER}};
    struct exercise_genomes genomes;
    struct edge_rows rows = {exercise, table};
    EXERCISE_ADD_COLUMNS(table, columns);
    vg_status status = exercise_genomes_make(exercise, &genomes, put_edge, &rows, error);
    exercise_genomes_free(&genomes);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

/* What makes a lineage: a virus that has all of its markers, read against the reference. */
vg_status exercise_truth_lineages(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"lineage", VG_COLUMN_TEXT}, {"variant", VG_COLUMN_TEXT}, {"markers", VG_COLUMN_TEXT}, {"first_infection", VG_COLUMN_DATE}};
    const struct vg_exercise_world *world = exercise->world;
    char *reference = malloc((size_t)exercise->settings->genome_length + 1);
    EXERCISE_ADD_COLUMNS(table, columns);
    if (reference == NULL)
        return vg_fail_memory(error, (size_t)exercise->settings->genome_length);
    vg_exercise_reference(exercise->scenario, reference);
    for (unsigned variant = 0; variant < world->disease->n_variants; variant++) {
        struct exercise_event events[EXERCISE_EVENTS_MAX];
        struct exercise_difference list[EXERCISE_EVENTS_MAX + 1];
        struct exercise_change changes[EXERCISE_EVENTS_MAX];
        size_t n = marker_events(exercise, variant, events), count = 0, first = 0;
        for (size_t k = 0; k < n; k++)
            changes[k] = exercise_apply(reference, list, &count, events[k].position, events[k].shift);
        while (first < world->n_infections && exercise->infections[first].variant != variant)
            first++;
        vg_table_text(table, exercise_lineage(variant));
        vg_table_text(table, world->variant_names[variant]);
        exercise_changes_cell(table, changes, n);
        exercise_date_cell(table, exercise, first < world->n_infections ? exercise->infections[first].day : VG_DATE_NONE);
    }
    free(reference);
    return exercise_table_end(table, error);
}
