/*
 * Cases, contacts, genomes and delays as files into arrays; cases are put in the order of their days, in which the sampler works fastest.
 */
#include "jobs/chains/internal.h"

#include "intake/genome/genome.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISTANCE_GENOMES_MAX 20000

enum { ID, ONSET, REPORT, PLACE, SETTING, IMPORT, FIELDS };
static const char *const field_names[FIELDS] = {"id", "onset", "report", "place", "setting", "import"};
static const char *const field_headings[FIELDS] = {"id|case|case_id|caseid",
                                                   "onset|date_onset|date_of_onset|dt_onset|onset_date|date_of_symptom_onset|date",
                                                   "report|date_report|dt_report|report_date|date_of_report|sample|date_sample|sample_date",
                                                   "place|region|household|hospital|compound|cens_tract",
                                                   "setting|exposure",
                                                   "import|imported"};

struct raw_case {
    struct vg_text id;
    int32_t onset, report;
    struct vg_chain_case c;
};

/* Rows of one file, and the array that they fill. */
struct file {
    const char *path;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct vg_error *error;
    struct chains_input *input;
    size_t columns[FIELDS];
    size_t n, capacity;
    void *array;
};

typedef vg_status take_row(struct file *file, const struct vg_text *cells, uint64_t line);

static void *with_room(struct file *file, size_t size)
{
    void *array = vg_arena_room(file->arena, file->array, file->n, &file->capacity, size);
    file->array = array == NULL ? file->array : array;
    return array == NULL ? NULL : (char *)array + file->n * size;
}

static vg_status each_row(struct file *file, take_row *take)
{
    struct vg_row_batch batch;
    vg_status status = VG_OK;
    while (status == VG_OK) {
        status = vg_reader_next(file->reader, &batch, file->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take(file, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    return status;
}

static vg_status need_column(struct file *file, size_t field, const char *headings)
{
    file->columns[field] = vg_reader_find_column(file->reader, headings);
    return file->columns[field] != VG_READER_NO_COLUMN ? VG_OK : vg_fail(file->error, VG_DATA_ERROR, "%s has no column %s", file->path, headings);
}

/* ------------------------------------------------------------------- cases */

/* A date, or a whole number of days; VG_DATE_NONE for an empty cell. */
static vg_status day_cell(struct file *file, size_t column, const struct vg_text *cells, uint64_t line, int32_t *day)
{
    struct vg_text cell = vg_reader_cell(cells, column);
    int64_t number = 0;
    *day = VG_DATE_NONE;
    if (cell.size == 0 || vg_text_fold_equal(cell, vg_text_from("NA"))) {
        return VG_OK;
    }
    if (cell.size >= 10 && vg_date_parse_iso(vg_text_of(cell.data, 10), day)) {
        file->input->dates = true;
        return VG_OK;
    }
    if (!vg_parse_integer(cell, &number) || number < -1000000 || number > 1000000) {
        return vg_reader_bad_cell(file->reader, line, column, cell, "a date as 2020-03-01, or a whole number of days,", file->error);
    }
    *day = (int32_t)number;
    return VG_OK;
}

static vg_status import_cell(struct file *file, const struct vg_text *cells, uint64_t line, uint8_t *origin)
{
    static const char *const yes[] = {"true", "yes", "1", "imported", "si", "sim", "oui", "t", "y"}, *const no[] = {"false", "no",  "0", "local",
                                                                                                                    "nao",   "non", "f", "n"};
    struct vg_text cell = vg_reader_cell(cells, file->columns[IMPORT]);
    if (cell.size == 0 || vg_text_fold_equal(cell, vg_text_from("NA"))) {
        return VG_OK;
    }
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        *origin = vg_text_fold_equal(cell, vg_text_from(yes[i])) ? VG_CHAIN_ORIGIN_IMPORTED : *origin;
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        *origin = vg_text_fold_equal(cell, vg_text_from(no[i])) ? VG_CHAIN_ORIGIN_LOCAL : *origin;
    }
    return *origin != VG_CHAIN_ORIGIN_UNKNOWN ? VG_OK : vg_reader_bad_cell(file->reader, line, file->columns[IMPORT], cell, "yes, no or nothing", file->error);
}

struct case_file {
    struct file file;
    struct vg_dictionary places;
};

static vg_status take_case(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct case_file *cases = (struct case_file *)file;
    struct chains_input *input = file->input;
    struct vg_text id = vg_reader_cell(cells, file->columns[ID]), place = vg_reader_cell(cells, file->columns[PLACE]),
                   setting = vg_reader_cell(cells, file->columns[SETTING]);
    struct raw_case raw = {.c = {.place = VG_CHAIN_NONE, .genome = VG_CHAIN_NONE}};
    size_t known = input->names.count;
    vg_status status = day_cell(file, file->columns[ONSET], cells, line, &raw.onset);
    if (status == VG_OK) {
        status = day_cell(file, file->columns[REPORT], cells, line, &raw.report);
    }
    if (status == VG_OK) {
        status = import_cell(file, cells, line, &raw.c.origin);
    }
    if (status != VG_OK) {
        return status;
    }
    if (id.size == 0) {
        return vg_reader_bad_cell(file->reader, line, file->columns[ID], id, "the name of a case", file->error);
    }
    if (raw.onset == VG_DATE_NONE && raw.report == VG_DATE_NONE) {
        input->without_day++;
        return VG_OK;
    }
    uint32_t name = vg_dictionary_add(&input->names, id);
    if (name != VG_DICTIONARY_NONE && name < known) {
        return vg_reader_bad_cell(file->reader, line, file->columns[ID], id, "a case that was not there before", file->error);
    }
    struct raw_case *to = with_room(file, sizeof *to);
    raw.c.place = place.size == 0 ? VG_CHAIN_NONE : vg_dictionary_add(&cases->places, place);
    uint32_t set = setting.size == 0 ? 0 : vg_dictionary_add(&input->settings, setting);
    if (to == NULL || name == VG_DICTIONARY_NONE || set == VG_DICTIONARY_NONE || (place.size > 0 && raw.c.place == VG_DICTIONARY_NONE)) {
        return vg_fail_memory(file->error, file->n * sizeof raw);
    }
    raw.id = input->names.keys[name];
    raw.c.day = raw.onset != VG_DATE_NONE ? raw.onset : raw.report;
    raw.c.shown = raw.onset != VG_DATE_NONE ? VG_CHAIN_ONSET : VG_CHAIN_REPORT;
    raw.c.setting = (uint16_t)(set < UINT16_MAX ? set : 0);
    *to = raw;
    file->n++;
    return VG_OK;
}

static vg_status find_fields(const struct vg_chains_request *request, struct file *file)
{
    for (size_t field = 0; field < FIELDS; field++) {
        file->columns[field] = vg_reader_find_column(file->reader, field_headings[field]);
    }
    for (size_t i = 0; i < request->n_maps; i++) {
        const char *equals = strchr(request->maps[i], '=');
        size_t field = 0;
        while (field < FIELDS && (equals == NULL || strlen(field_names[field]) != (size_t)(equals - request->maps[i]) ||
                                  strncmp(field_names[field], request->maps[i], strlen(field_names[field])) != 0)) {
            field++;
        }
        if (field == FIELDS) {
            return vg_fail(file->error, VG_USAGE_ERROR, "--map %s: a field is id, onset, report, place, setting or import, as in onset=first_symptoms",
                           request->maps[i]);
        }
        file->columns[field] = VG_READER_NO_COLUMN;
        if (equals[1] != '\0' && (file->columns[field] = vg_reader_find_column(file->reader, equals + 1)) == VG_READER_NO_COLUMN) {
            return vg_fail(file->error, VG_DATA_ERROR, "%s has no column %s", file->path, equals + 1);
        }
    }
    if (file->columns[ID] == VG_READER_NO_COLUMN || (file->columns[ONSET] == VG_READER_NO_COLUMN && file->columns[REPORT] == VG_READER_NO_COLUMN)) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s needs a column id and a column onset or report; --map onset=HEADING names them", file->path);
    }
    return VG_OK;
}

static int by_day(const void *a, const void *b)
{
    const struct raw_case *x = a, *y = b;
    return x->c.day != y->c.day ? (x->c.day < y->c.day ? -1 : 1) : vg_text_compare(x->id, y->id);
}

static vg_status order_cases(struct file *file)
{
    struct chains_input *input = file->input;
    struct raw_case *raw = file->array;
    double n = 0, sum = 0, squares = 0;
    if (file->n == 0) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s has no case with a day", file->path);
    }
    qsort(raw, file->n, sizeof *raw, by_day);
    struct vg_chain_case *cases = VG_ARENA_ARRAY(file->arena, struct vg_chain_case, file->n);
    input->ids = VG_ARENA_ARRAY(file->arena, struct vg_text, file->n);
    input->place_of = VG_ARENA_ARRAY(file->arena, uint32_t, file->n);
    if (cases == NULL || input->ids == NULL || input->place_of == NULL) {
        return vg_fail_memory(file->error, file->n * sizeof *cases);
    }
    for (uint32_t i = 0; i < file->n; i++) {
        cases[i] = raw[i].c;
        input->ids[i] = raw[i].id;
        input->place_of[vg_dictionary_find(&input->names, raw[i].id)] = i;
        if (raw[i].onset != VG_DATE_NONE && raw[i].report != VG_DATE_NONE && raw[i].report >= raw[i].onset) {
            double delay = (double)raw[i].report - raw[i].onset;
            n++;
            sum += delay;
            squares += delay * delay;
        }
    }
    input->report_mean_days = n >= 5 ? sum / n : NAN;
    input->report_sd_days = n >= 5 ? sqrt(fmax(squares / n - sum / n * (sum / n), 0.25)) : NAN;
    input->data.cases = input->cases = cases;
    input->data.n = file->n;
    return VG_OK;
}

static vg_status read_cases(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error)
{
    struct case_file cases = {.file = {.path = request->cases_path, .arena = arena, .error = error, .input = input}};
    vg_dictionary_init(&cases.places, arena);
    vg_dictionary_init(&input->names, arena);
    vg_dictionary_init(&input->settings, arena);
    vg_status status = vg_dictionary_add(&input->settings, vg_text_from("unknown")) == VG_DICTIONARY_NONE ? vg_fail_memory(error, 0) : VG_OK;
    if (status == VG_OK) {
        status = vg_reader_open(request->cases_path, NULL, &cases.file.reader, error);
    }
    if (status != VG_OK) {
        return status;
    }
    status = find_fields(request, &cases.file);
    if (status == VG_OK) {
        status = each_row(&cases.file, take_case);
    }
    vg_reader_close(cases.file.reader);
    return status == VG_OK ? order_cases(&cases.file) : status;
}

static uint32_t case_named(const struct chains_input *input, struct vg_text id)
{
    uint32_t name = vg_dictionary_find(&input->names, id);
    return name == VG_DICTIONARY_NONE ? VG_CHAIN_NONE : input->place_of[name];
}

/* ---------------------------------------------------------------- contacts */

struct pair_file {
    struct file file;
    bool directed;
};

static vg_status take_contact(struct file *file, const struct vg_text *cells, uint64_t line)
{
    struct pair_file *pairs = (struct pair_file *)file;
    uint32_t from = case_named(file->input, vg_reader_cell(cells, file->columns[0])), to = case_named(file->input, vg_reader_cell(cells, file->columns[1]));
    (void)line;
    if (from == VG_CHAIN_NONE || to == VG_CHAIN_NONE || from == to) {
        file->input->unknown_contacts++;
        return VG_OK;
    }
    struct vg_chain_contact *contact = with_room(file, sizeof *contact);
    if (contact == NULL) {
        return vg_fail_memory(file->error, file->n * sizeof *contact);
    }
    *contact = (struct vg_chain_contact){from, to, pairs->directed};
    file->n++;
    return VG_OK;
}

static uint32_t lower(const struct vg_chain_contact *contact)
{
    return contact->from < contact->to ? contact->from : contact->to;
}
static uint32_t upper(const struct vg_chain_contact *contact)
{
    return contact->from < contact->to ? contact->to : contact->from;
}

static int by_pair(const void *a, const void *b)
{
    const struct vg_chain_contact *x = a, *y = b;
    if (lower(x) != lower(y)) {
        return lower(x) < lower(y) ? -1 : 1;
    }
    return upper(x) != upper(y) ? (upper(x) < upper(y) ? -1 : 1) : x->from < y->from ? -1 : x->from > y->from;
}

/* A pair that was reported both ways, or twice, is one; both ways: either may have exposed the other. */
static void join_pairs(struct chains_input *input, struct vg_chain_contact *contacts, size_t n)
{
    size_t kept = 0;
    if (n > 0) {
        qsort(contacts, n, sizeof *contacts, by_pair);
    }
    for (size_t i = 0; i < n; i++) {
        struct vg_chain_contact *last = kept == 0 ? NULL : &contacts[kept - 1];
        if (last != NULL && lower(last) == lower(&contacts[i]) && upper(last) == upper(&contacts[i])) {
            last->directed = last->directed && last->from == contacts[i].from;
        } else {
            contacts[kept++] = contacts[i];
        }
    }
    input->data.contacts = contacts;
    input->data.n_contacts = kept;
}

static vg_status read_contacts(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error)
{
    struct pair_file pairs = {{.path = request->contacts_path, .arena = arena, .error = error, .input = input}, request->directed};
    vg_status status = vg_reader_open(request->contacts_path, NULL, &pairs.file.reader, error);
    if (status != VG_OK) {
        return status;
    }
    status = need_column(&pairs.file, 0, "from|infector|i|source|source_case");
    if (status == VG_OK) {
        status = need_column(&pairs.file, 1, "to|infected|infectee|case_id|j|target|contact");
    }
    if (status == VG_OK) {
        status = each_row(&pairs.file, take_contact);
    }
    vg_reader_close(pairs.file.reader);
    if (status == VG_OK) {
        join_pairs(input, pairs.file.array, pairs.file.n);
    }
    return status;
}

/* ----------------------------------------------------------------- genomes */

/* Of a record of a case: its letters, as they stand in the alignment, in the scratch memory. */
static vg_status take_sequence(struct file *file, const struct vg_fasta_record *record, struct vg_arena *scratch)
{
    uint32_t i = case_named(file->input, record->name);
    struct vg_chain_case *cases = file->input->cases;
    if (i == VG_CHAIN_NONE) {
        file->input->unknown_genomes++;
        return VG_OK;
    }
    if (record->too_long) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s, line %llu: a sequence of more than %zu bytes", file->path, (unsigned long long)record->line, VG_FASTA_RECORD_BYTES_MAX);
    }
    struct vg_text *to = with_room(file, sizeof *to);
    char *bases = vg_arena_alloc(scratch, record->body.size + 1, 1);
    if (to == NULL || bases == NULL) {
        return vg_fail_memory(file->error, record->body.size);
    }
    size_t length = 0;
    for (size_t at = 0; at < record->body.size; at++) {
        bases[length] = record->body.data[at];
        length += (unsigned char)record->body.data[at] > ' ';
    }
    *to = vg_text_of(bases, length);
    cases[i].genome = (uint32_t)file->n++;
    return VG_OK;
}

static vg_status read_fasta(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error)
{
    struct file file = {.path = request->fasta_path, .arena = arena, .error = error, .input = input};
    struct vg_fasta *fasta = NULL;
    struct vg_fasta_batch batch = {NULL, 1};
    struct vg_arena scratch;
    struct vg_chain_genomes *genomes = VG_ARENA_ARRAY(arena, struct vg_chain_genomes, 1);
    vg_arena_init(&scratch, 0);
    vg_status status = genomes == NULL ? vg_fail_memory(error, sizeof *genomes) : vg_fasta_open(request->fasta_path, false, &fasta, error);
    while (status == VG_OK && batch.n_records > 0) {
        status = vg_fasta_next(fasta, (size_t)1 << 20, 0, &batch, error);
        for (size_t i = 0; status == VG_OK && i < batch.n_records; i++) {
            status = take_sequence(&file, &batch.records[i], &scratch);
        }
    }
    if (status == VG_OK && file.n == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "%s has no sequence with the name of a case", request->fasta_path);
    }
    if (status == VG_OK) {
        status = vg_chains_genomes(file.array, file.n, arena, genomes, error);
        status = status == VG_OK ? VG_OK : vg_fail_context(error, "%s: ", request->fasta_path);
    }
    vg_fasta_close(fasta);
    vg_arena_release(&scratch);
    input->data.genomes = status == VG_OK ? genomes : NULL;
    return status;
}

struct distance {
    uint32_t a, b;
    uint16_t differences;
};

static vg_status take_distance(struct file *file, const struct vg_text *cells, uint64_t line)
{
    uint32_t a = case_named(file->input, vg_reader_cell(cells, file->columns[0])), b = case_named(file->input, vg_reader_cell(cells, file->columns[1]));
    struct vg_text cell = vg_reader_cell(cells, file->columns[2]);
    int64_t differences = 0;
    if (!vg_parse_integer(cell, &differences) || differences < 0) {
        return vg_reader_bad_cell(file->reader, line, file->columns[2], cell, "a number of differing sites", file->error);
    }
    if (a == VG_CHAIN_NONE || b == VG_CHAIN_NONE) {
        file->input->unknown_genomes++;
        return VG_OK;
    }
    struct distance *to = with_room(file, sizeof *to);
    if (to == NULL) {
        return vg_fail_memory(file->error, file->n * sizeof *to);
    }
    *to = (struct distance){a, b, (uint16_t)(differences < UINT16_MAX - 1 ? differences : UINT16_MAX - 1)};
    file->n++;
    return VG_OK;
}

static vg_status fill_distances(struct file *file, int64_t length)
{
    struct vg_chain_case *cases = file->input->cases;
    const struct distance *list = file->array;
    struct vg_chain_genomes *genomes = VG_ARENA_ARRAY(file->arena, struct vg_chain_genomes, 1);
    uint32_t n = 0;
    for (size_t k = 0; k < file->n; k++) {
        uint32_t *a = &cases[list[k].a].genome, *b = &cases[list[k].b].genome;
        *a = *a == VG_CHAIN_NONE ? n++ : *a;
        *b = *b == VG_CHAIN_NONE ? n++ : *b;
    }
    if (n == 0 || n > DISTANCE_GENOMES_MAX) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s: distances of 1 to %d genomes are taken; give the sequences with --genomes instead", file->path,
                       DISTANCE_GENOMES_MAX);
    }
    uint16_t *matrix = VG_ARENA_ARRAY(file->arena, uint16_t, (size_t)n * n);
    if (genomes == NULL || matrix == NULL) {
        return vg_fail_memory(file->error, (size_t)n * n * sizeof *matrix);
    }
    memset(matrix, 0xff, (size_t)n * n * sizeof *matrix);
    for (size_t k = 0; k < file->n; k++) {
        size_t a = cases[list[k].a].genome, b = cases[list[k].b].genome;
        matrix[a * n + b] = matrix[b * n + a] = list[k].differences;
    }
    *genomes = (struct vg_chain_genomes){.n = n, .length = (size_t)length, .distances = matrix};
    file->input->data.genomes = genomes;
    return VG_OK;
}

static vg_status read_distances(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error)
{
    struct file file = {.path = request->distances_path, .arena = arena, .error = error, .input = input};
    if (request->genome_length < 1) {
        return vg_fail(error, VG_USAGE_ERROR, "distances need --genome-length, the number of sites that were compared");
    }
    vg_status status = vg_reader_open(request->distances_path, NULL, &file.reader, error);
    if (status != VG_OK) {
        return status;
    }
    status = need_column(&file, 0, "a|i|from|case_a|id1");
    if (status == VG_OK) {
        status = need_column(&file, 1, "b|j|to|case_b|id2");
    }
    if (status == VG_OK) {
        status = need_column(&file, 2, "snp|snps|distance|differences|d");
    }
    if (status == VG_OK) {
        status = each_row(&file, take_distance);
    }
    vg_reader_close(file.reader);
    return status == VG_OK ? fill_distances(&file, request->genome_length) : status;
}

vg_status chains_read(const struct vg_chains_request *request, struct vg_arena *arena, struct chains_input *input, struct vg_error *error)
{
    *input = (struct chains_input){.data = {.as_of = request->as_of}};
    vg_status status = read_cases(request, arena, input, error);
    if (status == VG_OK && request->contacts_path != NULL) {
        status = read_contacts(request, arena, input, error);
    }
    if (status == VG_OK && request->fasta_path != NULL && request->distances_path != NULL) {
        status = vg_fail(error, VG_USAGE_ERROR, "sequences or distances are given, not both");
    }
    if (status == VG_OK && request->fasta_path != NULL) {
        status = read_fasta(request, arena, input, error);
    }
    return status == VG_OK && request->distances_path != NULL ? read_distances(request, arena, input, error) : status;
}
