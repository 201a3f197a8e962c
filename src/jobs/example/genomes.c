/*
 * The example's genomes: what the sequencing laboratory of the exercise had published by the day, kept on the node as vigia align keeps a user's, with invented laboratories and
 * terms of every kind; then placed, dated and divided into lineages as vigia place --node does.
 */
#include "jobs/example/internal.h"
#include "jobs/exercise/internal.h"
#include "jobs/genome_tree/genome_tree.h"
#include "store/genomes/genomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SET "exercise"
#define LINEAGES "V"
#define EMBARGO_DAYS 30

struct example_genome {
    const char *name, *place;
    int32_t date;
    struct vg_genome_difference *differences;
    size_t n, capacity;
};

struct gathering {
    struct vg_arena *arena;
    struct vg_dictionary names;
    struct example_genome *genomes;
    size_t n, capacity;
    bool bad;
};

/* Who sequences for a country, and on which terms: all that a ministry meets. */
static const struct { const char *country, *provider, *licence, *agreement; bool embargo; } laboratories[] = {
    {"XV", "Instituto Nacional de Vallemar", "CC-BY 4.0", NULL, false}, {"XT", "Laboratório Central de Taquarema", "CC0", NULL, false},
    {"XO", "Institut de Sainte-Ombre", "restricted", "PABS-XO-1", false}, {"XC", "Saint Corvin Public Health Laboratory", "CC0", NULL, true}};

/* sequence_id, sample_day, municipality */
static void see_genome(void *context, const struct vg_text *cells)
{
    struct gathering *gathering = context;
    struct example_genome *room = vg_arena_room(gathering->arena, gathering->genomes, gathering->n, &gathering->capacity, sizeof *room);
    uint32_t index = vg_dictionary_add(&gathering->names, cells[0]);
    if (room == NULL || index != gathering->n) {
        gathering->bad = true;
        return;
    }
    gathering->genomes = room;
    struct example_genome *one = &gathering->genomes[gathering->n++];
    *one = (struct example_genome){.name = vg_arena_copy_bytes(gathering->arena, cells[0].data, cells[0].size), .place = vg_arena_copy_bytes(gathering->arena, cells[2].data, cells[2].size),
                                   .date = VG_DATE_NONE};
    gathering->bad |= !vg_date_parse_iso(cells[1], &one->date) || one->name == NULL || one->place == NULL;
}

/* sequence_id, position, length, alt */
static void see_difference(void *context, const struct vg_text *cells)
{
    struct gathering *gathering = context;
    uint32_t index = vg_dictionary_find(&gathering->names, cells[0]);
    int64_t position = 0, length = 0;
    if (index == VG_DICTIONARY_NONE || !vg_parse_integer(cells[1], &position) || !vg_parse_integer(cells[2], &length) || position < 1 || length < 1 || cells[3].size != 1) {
        gathering->bad = true;
        return;
    }
    struct example_genome *one = &gathering->genomes[index];
    struct vg_genome_difference *room = vg_arena_room(gathering->arena, one->differences, one->n, &one->capacity, sizeof *room);
    if (room == NULL) {
        gathering->bad = true;
        return;
    }
    one->differences = room;
    one->differences[one->n++] = (struct vg_genome_difference){(uint32_t)position - 1, (uint32_t)length, vg_base_set_of_letter(cells[3].data[0])};
}

static int by_position(const void *a, const void *b)
{
    const struct vg_genome_difference *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

/* In order, runs that touch as one. */
static void settle(struct example_genome *one)
{
    size_t n = 0;
    qsort(one->differences, one->n, sizeof *one->differences, by_position);
    for (size_t i = 0; i < one->n; i++) {
        struct vg_genome_difference *before = n == 0 ? NULL : &one->differences[n - 1], now = one->differences[i];
        if (before != NULL && now.base == VG_BASE_ANY && before->base == VG_BASE_ANY && before->position + before->length == now.position) {
            before->length += now.length;
        } else {
            one->differences[n++] = now;
        }
    }
    one->n = n;
}

static vg_status rows_of(const struct vg_exercise *exercise, const char *table_name, int32_t newest, const char *const *columns, size_t n_columns, exercise_row *row, struct gathering *gathering,
                         struct vg_error *error)
{
    const struct vg_exercise_table *which = vg_exercise_table_find(table_name);
    struct vg_buffer csv, rows;
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&rows, 0);
    vg_status status = exercise_table_csv(exercise, which, &csv, NULL, error);
    status = status == VG_OK ? exercise_rows_until(which, &csv, newest, &rows, NULL, error) : status;
    status = status == VG_OK ? exercise_csv_rows(&rows, table_name, columns, n_columns, row, gathering, error) : status;
    vg_buffer_release(&rows);
    vg_buffer_release(&csv);
    return status == VG_OK && gathering->bad ? vg_fail(error, VG_SYSTEM_ERROR, "the exercise's table %s cannot be read", table_name) : status;
}

static vg_status put_genome(struct vg_store *store, int64_t set_id, struct example_genome *one, int32_t newest, struct vg_buffer *packed, struct vg_error *error)
{
    bool replaced = false;
    size_t at = 0, n = sizeof laboratories / sizeof *laboratories;
    while (at + 1 < n && strncmp(one->place, laboratories[at].country, 2) != 0) {
        at++;
    }
    settle(one);
    const struct vg_genome genome = {.name = vg_text_from(one->name), .differences = one->differences, .n_differences = (uint32_t)one->n};
    vg_buffer_clear(packed);
    vg_genome_pack(&genome, packed);
    const struct vg_kept_genome kept = {.name = one->name, .place = one->place, .source = "exercise", .date = one->date, .added = newest, .score = NAN, .packed = vg_text_of(packed->data, packed->size),
                                        .terms = {laboratories[at].provider, laboratories[at].licence, laboratories[at].agreement, laboratories[at].embargo ? one->date + EMBARGO_DAYS : VG_DATE_NONE}};
    return packed->failed ? vg_fail_memory(error, packed->size) : vg_genomes_put(store, set_id, &kept, &replaced, error);
}

static vg_status put_genomes(struct vg_store *store, const struct vg_exercise *exercise, struct gathering *gathering, int32_t newest, struct vg_error *error)
{
    size_t length = (size_t)exercise->settings->genome_length;
    char *letters = vg_arena_alloc(gathering->arena, length + 1, 1);
    const char *name = vg_arena_format(gathering->arena, "%s/reference/invented", exercise->world->countries[0].code);
    int64_t set_id = 0;
    struct vg_buffer packed;
    if (letters == NULL || name == NULL) {
        return vg_fail_memory(error, length);
    }
    vg_exercise_reference(exercise->scenario, letters);
    const struct vg_genome_reference reference = {vg_text_from(name), letters, (uint32_t)length};
    vg_status status = vg_genomes_begin(store, SET, &reference, &set_id, error);
    if (status != VG_OK) {
        return status;
    }
    vg_buffer_init(&packed, 0);
    for (size_t i = 0; status == VG_OK && i < gathering->n; i++) {
        status = put_genome(store, set_id, &gathering->genomes[i], newest, &packed, error);
    }
    vg_buffer_release(&packed);
    return vg_genomes_end(store, status, error);
}

vg_status example_genomes(struct vg_store *store, const struct vg_exercise *exercise, int32_t newest, const struct vg_progress *progress, struct vg_error *error)
{
    static const char *const of_genome[] = {"sequence_id", "sample_day", "municipality"}, *const of_difference[] = {"sequence_id", "position", "length", "alt"};
    const struct vg_keep_tree_request request = {.set = SET, .prefix = LINEAGES};
    struct vg_arena arena;
    struct vg_answer answer;
    struct gathering gathering = {.arena = &arena};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_dictionary_init(&gathering.names, &arena);
    vg_status status = rows_of(exercise, "genomes", newest, of_genome, 3, see_genome, &gathering, error);
    status = status == VG_OK ? rows_of(exercise, "genome_diff", newest, of_difference, 4, see_difference, &gathering, error) : status;
    if (status == VG_OK && gathering.n > 0) {
        status = put_genomes(store, exercise, &gathering, newest, error);
        status = status == VG_OK ? vg_job_keep_tree(store, &request, progress, &arena, &answer, error) : status;
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}
