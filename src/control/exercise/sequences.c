/*
 * What the sequencing laboratory gives: some of the swabs with enough virus, weeks later, with wrong letters, runs that could not be
 * read, and now and then two labels that were mixed up. Sequences are published as differences from the reference.
 */
#include "control/exercise/genomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH_BELOW_CT 30
#define RUN_LETTERS 250        /* an amplicon that failed */

struct sample { uint32_t case_index, label; int32_t report; bool mixed; }; /* label: the case that the sheet names */

static int compare_samples(const void *a, const void *b)
{
    const struct sample *one = a, *other = b;
    if (one->report != other->report)
        return one->report < other->report ? -1 : 1;
    return one->case_index < other->case_index ? -1 : one->case_index > other->case_index;
}

/* All sequenced samples in the order of their publication. The caller frees. */
static struct sample *draw_samples(const struct vg_exercise *exercise, size_t *n, struct vg_error *error)
{
    const struct vg_exercise_settings *settings = exercise->settings;
    struct sample *samples = calloc(exercise->n_cases + 1, sizeof *samples);
    *n = 0;
    if (samples == NULL) {
        (void)vg_fail_memory(error, exercise->n_cases * sizeof *samples);
        return NULL;
    }
    for (uint32_t i = 0; i < exercise->n_cases; i++) {
        const struct vg_exercise_case *one = &exercise->cases[i];
        struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->test, EXERCISE_SEQUENCER);
        if (one->infection == VG_EXERCISE_NONE || one->flags & VG_EXERCISE_DUPLICATE || one->ct >= ENOUGH_BELOW_CT || !exercise_chance(&random, settings->sequenced))
            continue;
        int32_t report = exercise_working_day(exercise, one->test + 1 + exercise_draw_days(&random, settings->sequencing_days - 1, settings->sequencing_days_sd));
        report = report < one->report ? one->report : report;
        if (report < exercise->n_days)
            samples[(*n)++] = (struct sample){i, i, report, exercise_chance(&random, settings->labels_mixed)};
    }
    qsort(samples, *n, sizeof *samples, compare_samples);
    for (size_t i = 0; i + 1 < *n; i++) {
        if (!samples[i].mixed || samples[i].label != samples[i].case_index)
            continue;
        /* With the next one of the same batch, which is mixed up then too. */
        samples[i].label = samples[i + 1].case_index;
        samples[i + 1].label = samples[i].case_index;
        samples[i + 1].mixed = true;
        samples[i + 1].report = samples[i].report = samples[i + 1].report;
    }
    return samples;
}

static void sequence_name(size_t number, char out[EXERCISE_NAME_BYTES])
{
    (void)snprintf(out, EXERCISE_NAME_BYTES, "S%06zu", number + 1);
}

/* --------------------------------------------------------------- one sequence */

struct sequence {
    struct exercise_difference *list;
    size_t n, capacity;
    uint32_t runs[128];            /* where unreadable runs begin, sorted, none twice */
    size_t n_runs, n_errors;
    struct exercise_change within[EXERCISE_EVENTS_MAX]; /* changes in the host until the swab */
    size_t n_within;
};

static int compare_starts(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return one < other ? -1 : one > other;
}

static void draw_runs(const struct vg_exercise *exercise, struct vg_random *random, struct sequence *sequence)
{
    uint32_t amplicons = (uint32_t)(exercise->settings->genome_length / RUN_LETTERS);
    int64_t wanted = vg_random_poisson(random, exercise->settings->unread_runs);
    size_t n = 0;
    for (; wanted > 0 && n < sizeof sequence->runs / sizeof *sequence->runs; wanted--)
        sequence->runs[n++] = vg_random_below(random, amplicons) * RUN_LETTERS;
    qsort(sequence->runs, n, sizeof *sequence->runs, compare_starts);
    sequence->n_runs = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sequence->runs[i] != sequence->runs[i - 1])
            sequence->runs[sequence->n_runs++] = sequence->runs[i];
}

static bool unreadable(const struct sequence *sequence, uint32_t position)
{
    for (size_t i = 0; i < sequence->n_runs; i++)
        if (position >= sequence->runs[i] && position < sequence->runs[i] + RUN_LETTERS)
            return true;
    return false;
}

static bool make_sequence(const struct vg_exercise *exercise, const struct exercise_genomes *genomes, const struct sample *sample, struct sequence *sequence)
{
    const struct vg_exercise_case *one = &exercise->cases[sample->case_index];
    struct vg_random random = vg_random_stream(exercise->seed, one->person, (uint32_t)one->test, EXERCISE_LETTERS);
    struct exercise_event events[EXERCISE_EVENTS_MAX];
    size_t first = genomes->first[one->infection];
    sequence->n = genomes->first[one->infection + 1] - first;
    if (sequence->n + 2 * EXERCISE_EVENTS_MAX > sequence->capacity) {
        size_t capacity = 2 * sequence->n + 2 * EXERCISE_EVENTS_MAX;
        struct exercise_difference *larger = realloc(sequence->list, capacity * sizeof *larger);
        if (larger == NULL)
            return false;
        sequence->list = larger;
        sequence->capacity = capacity;
    }
    if (sequence->n > 0)
        memcpy(sequence->list, genomes->differences + first, sequence->n * sizeof *sequence->list);
    sequence->n_within = exercise_host_changes(exercise, one->infection, one->test, one->infection, events);
    for (size_t k = 0; k < sequence->n_within; k++)
        sequence->within[k] = exercise_apply(genomes->reference, sequence->list, &sequence->n, events[k].position, events[k].shift);
    sequence->n_errors = (size_t)fmin((double)vg_random_poisson(&random, exercise->settings->wrong_letters), EXERCISE_EVENTS_MAX);
    for (size_t k = 0; k < sequence->n_errors; k++)
        (void)exercise_apply(genomes->reference, sequence->list, &sequence->n, vg_random_below(&random, (uint32_t)exercise->settings->genome_length),
                             1 + vg_random_below(&random, 3));
    draw_runs(exercise, &random, sequence);
    return true;
}

/* ------------------------------------------------------------------- tables */

typedef void put_sample(const struct vg_exercise *exercise, const struct exercise_genomes *genomes, const struct sample *sample, size_t number,
                        const struct sequence *sequence, struct vg_table *table);

static vg_status each_sample(const struct vg_exercise *exercise, put_sample *put, struct vg_table *table, struct vg_error *error)
{
    struct exercise_genomes genomes;
    size_t n = 0;
    struct sequence *sequence = calloc(1, sizeof *sequence);
    struct sample *samples = draw_samples(exercise, &n, error);
    vg_status status = exercise_genomes_make(exercise, &genomes, NULL, NULL, error);
    if (samples == NULL || sequence == NULL)
        status = vg_fail_memory(error, sizeof *sequence);
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        if (make_sequence(exercise, &genomes, &samples[i], sequence))
            put(exercise, &genomes, &samples[i], i, sequence, table);
        else
            status = vg_fail_memory(error, sizeof *sequence);
    }
    exercise_genomes_free(&genomes);
    free(samples);
    if (sequence != NULL)
        free(sequence->list);
    free(sequence);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}

static void put_metadata(const struct vg_exercise *exercise, const struct exercise_genomes *genomes, const struct sample *sample, size_t number,
                         const struct sequence *sequence, struct vg_table *table)
{
    const struct vg_exercise_case *label = &exercise->cases[sample->label];
    char name[EXERCISE_NAME_BYTES];
    (void)genomes;
    sequence_name(number, name);
    vg_table_text(table, name);
    exercise_case_name(sample->label, name);
    vg_table_text(table, name);
    exercise_date_cell(table, exercise, label->test);
    vg_table_text(table, exercise->world->municipalities[label->municipality_reported].code);
    vg_table_integer(table, (int64_t)exercise->settings->genome_length);
    vg_table_integer(table, (int64_t)(sequence->n_runs * RUN_LETTERS));
    exercise_release_cells(table, exercise, sample->report > label->report ? sample->report : label->report);
}

vg_status exercise_feed_genomes(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"sequence_id", VG_COLUMN_TEXT}, {"case_id", VG_COLUMN_TEXT},   {"sample_day", VG_COLUMN_DATE}, {"municipality", VG_COLUMN_TEXT},
                                                     {"length", VG_COLUMN_INTEGER},   {"unreadable", VG_COLUMN_INTEGER}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    return each_sample(exercise, put_metadata, table, error);
}

static void put_difference(const struct vg_exercise *exercise, const struct sample *sample, const char *name, uint32_t position, uint32_t length, char reference,
                           char letter, struct vg_table *table)
{
    const char before[2] = {reference, '\0'}, after[2] = {letter, '\0'};
    vg_table_text(table, name);
    vg_table_integer(table, (int64_t)position + 1);
    vg_table_integer(table, length);
    vg_table_text(table, reference == '\0' ? NULL : before);
    vg_table_text(table, after);
    exercise_release_cells(table, exercise, sample->report > exercise->cases[sample->label].report ? sample->report : exercise->cases[sample->label].report);
}

/* Substitutions and unreadable runs in the order of positions; what lies in a run cannot be read. */
static void put_differences(const struct vg_exercise *exercise, const struct exercise_genomes *genomes, const struct sample *sample, size_t number,
                            const struct sequence *sequence, struct vg_table *table)
{
    char name[EXERCISE_NAME_BYTES];
    size_t run = 0;
    sequence_name(number, name);
    for (size_t i = 0; i <= sequence->n; i++) {
        uint32_t position = i < sequence->n ? sequence->list[i].position : UINT32_MAX;
        for (; run < sequence->n_runs && sequence->runs[run] <= position; run++)
            put_difference(exercise, sample, name, sequence->runs[run], RUN_LETTERS, '\0', 'N', table);
        if (i < sequence->n && !unreadable(sequence, position))
            put_difference(exercise, sample, name, position, 1, genomes->reference[position], sequence->list[i].letter, table);
    }
}

vg_status exercise_feed_genome_diff(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"sequence_id", VG_COLUMN_TEXT}, {"position", VG_COLUMN_INTEGER}, {"length", VG_COLUMN_INTEGER}, {"ref", VG_COLUMN_TEXT},
                                                     {"alt", VG_COLUMN_TEXT},         {"report_day", VG_COLUMN_DATE},  {"release_day", VG_COLUMN_DATE}};
    EXERCISE_ADD_COLUMNS(table, columns);
    return each_sample(exercise, put_differences, table, error);
}

static void put_truth(const struct vg_exercise *exercise, const struct exercise_genomes *genomes, const struct sample *sample, size_t number,
                      const struct sequence *sequence, struct vg_table *table)
{
    const struct vg_exercise_case *one = &exercise->cases[sample->case_index];
    char name[EXERCISE_NAME_BYTES];
    (void)genomes;
    sequence_name(number, name);
    vg_table_text(table, name);
    exercise_infection_name(one->infection, name);
    vg_table_text(table, name);
    exercise_case_name(sample->case_index, name);
    vg_table_text(table, name);
    vg_table_text(table, exercise_lineage(exercise->infections[one->infection].variant));
    exercise_changes_cell(table, sequence->within, sequence->n_within);
    vg_table_integer(table, (int64_t)sequence->n_errors);
    vg_table_boolean(table, sample->mixed);
}

vg_status exercise_truth_samples(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {{"sequence_id", VG_COLUMN_TEXT}, {"infection_id", VG_COLUMN_TEXT}, {"true_case_id", VG_COLUMN_TEXT}, {"lineage", VG_COLUMN_TEXT},
                                                     {"mutations_in_host", VG_COLUMN_TEXT}, {"errors", VG_COLUMN_INTEGER}, {"mixed_label", VG_COLUMN_BOOLEAN}};
    EXERCISE_ADD_COLUMNS(table, columns);
    return each_sample(exercise, put_truth, table, error);
}

int32_t exercise_first_sequence(const struct vg_exercise *exercise, unsigned variant, struct vg_error *error)
{
    size_t n = 0;
    int32_t first = VG_DATE_NONE;
    struct sample *samples = draw_samples(exercise, &n, error);
    for (size_t i = 0; samples != NULL && i < n && first == VG_DATE_NONE; i++)
        if (exercise->infections[exercise->cases[samples[i].case_index].infection].variant == variant)
            first = samples[i].report;
    free(samples);
    return first;
}
