/*
 * What chains are asked of and held against: the released line list, contact reports and genomes as arrays, and the transmission tree of the truth with the rows of the
 * line list on it.
 */
#include "jobs/exercise/chains.h"

#include <string.h>

/* The number in a name as C0000001; 0: it is none. */
static uint32_t number_of(struct vg_text name)
{
    int64_t number = 0;
    return name.size > 1 && vg_parse_integer(vg_text_of(name.data + 1, name.size - 1), &number) && number > 0 && number < (int64_t)EXERCISE_NOBODY ? (uint32_t)number : 0;
}

static size_t lines_of(const struct vg_buffer *csv)
{
    size_t n = 0;
    for (const char *at = csv->data, *end = csv->data + csv->size; at != NULL && at < end; n++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at == NULL ? NULL : at + 1;
    }
    return n;
}

/* -------------------------------------------------------------------- truth */

struct growing {
    struct exercise_lineage *lineage;
    const struct exercise_truth *truth;
    uint32_t *province;                /* [n_infections + 1] of the final row of the line list, EXERCISE_NOBODY: there is none */
};

static void take_infection(void *context, const struct vg_text *cells)
{
    struct exercise_lineage *lineage = ((struct growing *)context)->lineage;
    uint32_t own = number_of(cells[0]), by = number_of(cells[1]);
    if (own > 0 && own <= lineage->n_infections)
        lineage->infector[own] = by > 0 && by <= lineage->n_infections ? by : EXERCISE_NOBODY;
}

static void take_row(void *context, const struct vg_text *cells)
{
    struct exercise_lineage *lineage = ((struct growing *)context)->lineage;
    uint32_t own = number_of(cells[0]), infection = number_of(cells[1]);
    if (own > 0 && own <= lineage->n_cases)
        lineage->infection[own] = infection > 0 && infection <= lineage->n_infections ? infection : EXERCISE_NOBODY;
}

/* The unit above a municipality; of one place alone, itself. */
static uint32_t province_of(const struct exercise_truth *truth, struct vg_text code)
{
    uint32_t place = vg_dictionary_find(&truth->by_code, code);
    return place == VG_DICTIONARY_NONE ? EXERCISE_NOBODY : truth->parent[place] == UINT32_MAX ? place : truth->parent[place];
}

static void take_final(void *context, const struct vg_text *cells)
{
    struct growing *growing = context;
    uint32_t own = number_of(cells[0]);
    uint32_t infection = own > 0 && own <= growing->lineage->n_cases ? growing->lineage->infection[own] : EXERCISE_NOBODY;
    if (infection != EXERCISE_NOBODY)
        growing->province[infection] = province_of(growing->truth, cells[1]);
}

uint32_t exercise_ancestor(const struct exercise_lineage *lineage, const uint32_t *marks, uint32_t infection, unsigned *generations)
{
    for (*generations = 1; infection != EXERCISE_NOBODY && *generations <= VG_CHAIN_GENERATIONS_MAX; ++*generations) {
        infection = lineage->infector[infection];
        if (infection != EXERCISE_NOBODY && marks[infection] != 0)
            return infection;
    }
    return EXERCISE_NOBODY;
}

static vg_status count_seen(struct growing *growing, struct vg_arena *arena, struct vg_error *error)
{
    struct exercise_lineage *lineage = growing->lineage;
    uint32_t *marks = VG_ARENA_ARRAY(arena, uint32_t, lineage->n_infections + 1);
    if (marks == NULL)
        return vg_fail_memory(error, lineage->n_infections * sizeof *marks);
    for (size_t i = 1; i <= lineage->n_infections; i++)
        marks[i] = growing->province[i] != EXERCISE_NOBODY;
    for (uint32_t i = 1; i <= lineage->n_infections; i++) {
        unsigned generations;
        uint32_t ancestor = marks[i] != 0 ? exercise_ancestor(lineage, marks, i, &generations) : EXERCISE_NOBODY;
        if (ancestor != EXERCISE_NOBODY && growing->province[ancestor] == growing->province[i])
            lineage->seen_infected[ancestor]++;
    }
    return VG_OK;
}

static vg_status grow(const struct vg_buffer *infections, const struct vg_buffer *rows, const struct vg_buffer *final, struct growing *growing, struct vg_arena *arena,
                      struct vg_error *error)
{
    static const char *const of_infection[] = {"infection_id", "infector_infection_id"}, *const of_row[] = {"case_id", "infection_id"}, *const of_final[] = {"case_id", "municipality"};
    struct exercise_lineage *lineage = growing->lineage;
    lineage->n_infections = lines_of(infections);
    lineage->n_cases = lines_of(rows);
    lineage->infector = VG_ARENA_ARRAY(arena, uint32_t, lineage->n_infections + 1);
    lineage->seen_infected = VG_ARENA_ARRAY(arena, uint32_t, lineage->n_infections + 1);
    lineage->infection = VG_ARENA_ARRAY(arena, uint32_t, lineage->n_cases + 1);
    growing->province = VG_ARENA_ARRAY(arena, uint32_t, lineage->n_infections + 1);
    if (lineage->infector == NULL || lineage->seen_infected == NULL || lineage->infection == NULL || growing->province == NULL)
        return vg_fail_memory(error, lineage->n_infections * 3 * sizeof(uint32_t));
    memset(lineage->infector, 0xFF, (lineage->n_infections + 1) * sizeof *lineage->infector);
    memset(lineage->infection, 0xFF, (lineage->n_cases + 1) * sizeof *lineage->infection);
    memset(growing->province, 0xFF, (lineage->n_infections + 1) * sizeof *growing->province);
    vg_status status = exercise_csv_rows(infections, "infection.csv", of_infection, 2, take_infection, growing, error);
    if (status == VG_OK)
        status = exercise_csv_rows(rows, "case_truth.csv", of_row, 2, take_row, growing, error);
    if (status == VG_OK)
        status = exercise_csv_rows(final, "linelist.csv", of_final, 2, take_final, growing, error);
    return status == VG_OK ? count_seen(growing, arena, error) : status;
}

vg_status exercise_lineage_load(const struct exercise_folder *folder, const struct exercise_truth *truth, struct vg_arena *arena, struct exercise_lineage *lineage,
                                struct vg_error *error)
{
    struct growing growing = {.lineage = lineage, .truth = truth};
    struct vg_buffer infections, rows, list, final;
    vg_buffer_init(&infections, 0);
    vg_buffer_init(&rows, 0);
    vg_buffer_init(&list, 0);
    vg_buffer_init(&final, 0);
    *lineage = (struct exercise_lineage){.n_infections = 0};
    vg_status status = exercise_read(folder, "truth", "infection.csv", &infections, error);
    if (status == VG_OK)
        status = exercise_read(folder, "truth", "case_truth.csv", &rows, error);
    if (status == VG_OK)
        status = exercise_read(folder, "observed", "linelist.csv", &list, error);
    if (status == VG_OK)
        status = exercise_rows_until(vg_exercise_table_find("linelist"), &list, INT32_MAX, &final, NULL, error);
    if (status == VG_OK)
        status = grow(&infections, &rows, &final, &growing, arena, error);
    vg_buffer_release(&infections);
    vg_buffer_release(&rows);
    vg_buffer_release(&list);
    vg_buffer_release(&final);
    return status;
}

/* -------------------------------------------------------------- what is known */

struct reading {
    struct exercise_known *known;
    const struct exercise_truth *truth;
    struct vg_arena *arena;
    struct vg_dictionary references;
    struct vg_dictionary sequences;    /* by number of the genome */
    bool bad;
};

static void see_case(void *context, const struct vg_text *cells)
{
    struct reading *reading = context;
    struct exercise_known *known = reading->known;
    uint32_t place = vg_dictionary_find(&reading->truth->by_code, cells[2]);
    struct exercise_known_case one = {number_of(cells[0]), place, province_of(reading->truth, cells[2]), vg_dictionary_add(&reading->references, cells[1]), VG_DATE_NONE, VG_DATE_NONE};
    if (!vg_date_parse_iso(cells[3], &one.onset))
        one.onset = VG_DATE_NONE;
    if (!vg_date_parse_iso(cells[4], &one.report))
        one.report = VG_DATE_NONE;
    if (known->disease == NULL && cells[5].size > 0)
        known->disease = vg_arena_copy_bytes(reading->arena, cells[5].data, cells[5].size);
    if (one.number > 0 && one.province != EXERCISE_NOBODY && one.reference != VG_DICTIONARY_NONE && (one.onset != VG_DATE_NONE || one.report != VG_DATE_NONE))
        known->cases[known->n_cases++] = one;
}

static void see_named(void *context, const struct vg_text *cells)
{
    struct reading *reading = context;
    uint32_t reference = cells[1].size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&reading->references, cells[1]);
    if (reference != VG_DICTIONARY_NONE) /* else whoever was named is no case */
        reading->known->named[reading->known->n_named++] = (struct exercise_named){number_of(cells[0]), reference};
}

static void see_genome(void *context, const struct vg_text *cells)
{
    struct reading *reading = context;
    uint32_t index = vg_dictionary_add(&reading->sequences, cells[0]);
    if (index == reading->known->n_genomes) {
        struct exercise_genome one = {.number = number_of(cells[1]), .sequence = number_of(cells[0]), .place = vg_dictionary_find(&reading->truth->by_code, cells[3]), .day = VG_DATE_NONE};
        if (!vg_date_parse_iso(cells[2], &one.day))
            one.day = VG_DATE_NONE;
        reading->known->genomes[reading->known->n_genomes++] = one;
    }
}

/* Rows of one sequence follow each other; those of sequences whose metadata are not out yet are left out. */
static void see_difference(void *context, const struct vg_text *cells)
{
    struct reading *reading = context;
    struct exercise_known *known = reading->known;
    int64_t position, length;
    uint32_t index = vg_dictionary_find(&reading->sequences, cells[0]);
    if (index == VG_DICTIONARY_NONE)
        return;
    if (!vg_parse_integer(cells[1], &position) || !vg_parse_integer(cells[2], &length) || position < 1 || length < 1 || cells[3].size != 1 ||
        position + length - 1 > (int64_t)known->length) {
        reading->bad = true;
        return;
    }
    if (known->genomes[index].n == 0)
        known->genomes[index].first = known->n_differences;
    known->genomes[index].n++;
    known->differences[known->n_differences++] = (struct exercise_difference){(uint32_t)position - 1, (uint32_t)length, cells[3].data[0]};
}

static bool room_for_cases(struct reading *reading, size_t n)
{
    return (reading->known->cases = VG_ARENA_ARRAY(reading->arena, struct exercise_known_case, n)) != NULL;
}

static bool room_for_named(struct reading *reading, size_t n)
{
    return (reading->known->named = VG_ARENA_ARRAY(reading->arena, struct exercise_named, n)) != NULL;
}

static bool room_for_genomes(struct reading *reading, size_t n)
{
    return (reading->known->genomes = VG_ARENA_ARRAY(reading->arena, struct exercise_genome, n)) != NULL;
}

static bool room_for_differences(struct reading *reading, size_t n)
{
    return (reading->known->differences = VG_ARENA_ARRAY(reading->arena, struct exercise_difference, n)) != NULL;
}

struct feed { const char *table; const char *const *columns; size_t n_columns; exercise_row *row; bool (*room)(struct reading *reading, size_t n); };
struct taking { struct reading *reading; const struct feed *feed; };

static vg_status take(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows, struct vg_error *error)
{
    const struct taking *taking = context;
    (void)table;
    if (!taking->feed->room(taking->reading, n_rows + 1))
        return vg_fail_memory(error, csv->size);
    return exercise_csv_rows(csv, file_name, taking->feed->columns, taking->feed->n_columns, taking->feed->row, taking->reading, error);
}

static vg_status read_reference(const struct exercise_folder *folder, struct reading *reading, struct vg_error *error)
{
    struct exercise_known *known = reading->known;
    struct vg_buffer file;
    vg_buffer_init(&file, 0);
    vg_status status = exercise_read(folder, "observed", "reference.fasta", &file, error);
    char *letters = status == VG_OK ? vg_arena_alloc(reading->arena, file.size + 1, 1) : NULL;
    if (status == VG_OK && letters == NULL)
        status = vg_fail_memory(error, file.size);
    bool heading = false;
    for (size_t at = 0; status == VG_OK && at < file.size; at++) {
        char letter = file.data[at];
        heading = letter == '>' || (heading && letter != '\n');
        if (!heading && letter >= 'A' && letter <= 'Z')
            letters[known->length++] = letter;
    }
    known->reference = letters;
    vg_buffer_release(&file);
    return status;
}

vg_status exercise_known_load(const struct exercise_folder *folder, const struct exercise_truth *truth, int32_t day, struct vg_arena *arena, struct exercise_known *known,
                              struct vg_error *error)
{
    static const char *const of_case[] = {"case_id", "reference", "municipality", "onset", "first_report_day", "disease"}, *const of_named[] = {"case_id", "contact_reference"},
                      *const of_genome[] = {"sequence_id", "case_id", "sample_day", "municipality"}, *const of_difference[] = {"sequence_id", "position", "length", "alt"};
    struct reading reading = {.known = known, .truth = truth, .arena = arena};
    *known = (struct exercise_known){.n_cases = 0};
    const struct feed feeds[] = {{"linelist", of_case, 6, see_case, room_for_cases},
                                 {"contact_reports", of_named, 2, see_named, room_for_named},
                                 {"genomes", of_genome, 4, see_genome, room_for_genomes},
                                 {"genome_diff", of_difference, 4, see_difference, room_for_differences}};
    vg_dictionary_init(&reading.references, arena);
    vg_dictionary_init(&reading.sequences, arena);
    vg_status status = read_reference(folder, &reading, error);
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds && status == VG_OK; i++) {
        struct taking taking = {&reading, &feeds[i]};
        status = exercise_feed_until(folder, vg_exercise_table_find(feeds[i].table), day, take, &taking, error);
    }
    known->n_references = reading.references.count;
    if (status == VG_OK && reading.bad)
        status = vg_fail(error, VG_DATA_ERROR, "genome_diff.csv names positions that the reference does not have");
    return status;
}
