/*
 * A release: of every feed the rows that were published by a day, the newest version of each, as files that a node takes in. Nothing is
 * computed anew: rows are copied as they stand, so a release can hold nothing that the feeds do not.
 */
#include "jobs/exercise/internal.h"
#include "jobs/exercise/exercise.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ lines and cells */

/* The next cell of a line; *at goes behind its comma, to SIZE_MAX after the last. Quotes stay: rows are copied, not read. */
static struct vg_text next_cell(struct vg_text line, size_t *at)
{
    size_t from = *at, end = from;
    bool quoted = false;
    while (end < line.size && (quoted || line.data[end] != ',')) {
        quoted = quoted != (line.data[end] == '"');
        end++;
    }
    *at = end < line.size ? end + 1 : SIZE_MAX;
    return vg_text_of(line.data + from, end - from);
}

static struct vg_text cell_at(struct vg_text line, size_t column)
{
    size_t at = 0;
    struct vg_text cell = {0};
    for (size_t c = 0; c <= column && at != SIZE_MAX; c++)
        cell = next_cell(line, &at);
    return cell;
}

static size_t column_named(struct vg_text heading, const char *name)
{
    size_t at = 0;
    for (size_t c = 0; at != SIZE_MAX; c++)
        if (vg_text_equals(next_cell(heading, &at), name))
            return c;
    return SIZE_MAX;
}

/* The first n_keys cells with the commas between them. */
static struct vg_text key_of(struct vg_text line, size_t n_keys)
{
    size_t at = 0, end = 0;
    for (size_t c = 0; c < n_keys && at != SIZE_MAX; c++) {
        struct vg_text cell = next_cell(line, &at);
        end = (size_t)(cell.data - line.data) + cell.size;
    }
    return vg_text_of(line.data, end);
}

static bool next_line(const struct vg_buffer *csv, size_t *at, struct vg_text *line)
{
    if (*at >= csv->size)
        return false;
    const char *newline = memchr(csv->data + *at, '\n', csv->size - *at);
    size_t length = newline == NULL ? csv->size - *at : (size_t)(newline - (csv->data + *at));
    *line = vg_text_of(csv->data + *at, length);
    *at += length + 1;
    return true;
}

vg_status exercise_csv_rows(const struct vg_buffer *csv, const char *file_name, const char *const *names, size_t n_names, exercise_row *row, void *context,
                            struct vg_error *error)
{
    size_t columns[16], at = 0, widest = 0;
    struct vg_text line, cells[16];
    VG_ASSERT(n_names <= 16);
    if (!next_line(csv, &at, &line))
        return vg_fail(error, VG_DATA_ERROR, "%s is empty", file_name);
    for (size_t i = 0; i < n_names; i++) {
        columns[i] = column_named(line, names[i]);
        if (columns[i] == SIZE_MAX)
            return vg_fail(error, VG_DATA_ERROR, "%s has no column %s", file_name, names[i]);
        widest = columns[i] > widest ? columns[i] : widest;
    }
    while (next_line(csv, &at, &line)) {
        size_t from = 0;
        memset(cells, 0, sizeof cells);
        for (size_t c = 0; c <= widest && from != SIZE_MAX; c++) {
            struct vg_text cell = next_cell(line, &from);
            for (size_t i = 0; i < n_names; i++)
                if (columns[i] == c)
                    cells[i] = cell;
        }
        row(context, cells);
    }
    return VG_OK;
}

/* --------------------------------------------------------------------- rows */

static void put_line(struct vg_buffer *out, struct vg_text line, size_t *n_rows)
{
    vg_buffer_append(out, line.data, line.size);
    vg_buffer_char(out, '\n');
    ++*n_rows;
}

static vg_status copy_rows(const struct vg_exercise_table *table, const struct vg_buffer *csv, size_t at, struct vg_text heading, int32_t day, struct vg_buffer *out,
                           size_t *n_rows, struct vg_error *error)
{
    size_t release = column_named(heading, "release_day"), status = column_named(heading, "status"), number = 1;
    struct vg_text line, newest = {0}, key = {0};
    if (release == SIZE_MAX)
        return vg_fail(error, VG_DATA_ERROR, "%s.csv has no column release_day", table->name);
    while (next_line(csv, &at, &line)) {
        int32_t released;
        number++;
        if (!vg_date_parse_iso(cell_at(line, release), &released))
            return vg_fail(error, VG_DATA_ERROR, "%s.csv, line %zu: release_day is not a date", table->name, number);
        if (released > day)
            continue;
        struct vg_text own = key_of(line, table->n_keys);
        if (newest.size > 0 && !vg_text_equal(own, key) && (status == SIZE_MAX || !vg_text_equals(cell_at(newest, status), "withdrawn")))
            put_line(out, newest, n_rows);
        newest = line;
        key = own;
    }
    if (newest.size > 0 && (status == SIZE_MAX || !vg_text_equals(cell_at(newest, status), "withdrawn")))
        put_line(out, newest, n_rows);
    return VG_OK;
}

vg_status exercise_rows_until(const struct vg_exercise_table *table, const struct vg_buffer *csv, int32_t day, struct vg_buffer *out, size_t *n_rows,
                              struct vg_error *error)
{
    struct vg_text heading;
    size_t at = 0, count = 0;
    if (!next_line(csv, &at, &heading))
        return vg_fail(error, VG_DATA_ERROR, "%s.csv is empty", table->name);
    vg_buffer_append(out, heading.data, heading.size);
    vg_buffer_char(out, '\n');
    vg_status status = copy_rows(table, csv, at, heading, day, out, &count, error);
    if (status == VG_OK && out->failed)
        status = vg_fail_memory(error, csv->size);
    if (n_rows != NULL)
        *n_rows = count;
    return status;
}

vg_status exercise_feed_until(const struct exercise_folder *folder, const struct vg_exercise_table *table, int32_t day, exercise_take *take, void *context,
                              struct vg_error *error)
{
    char date[VG_DATE_TEXT_BYTES], name[128];
    struct vg_buffer csv, rows;
    size_t n_rows = 0;
    (void)vg_date_print(day, date);
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&rows, 0);
    (void)snprintf(name, sizeof name, "%s.csv", table->name);
    vg_status status = exercise_read(folder, "observed", name, &csv, error);
    if (status == VG_OK)
        status = exercise_rows_until(table, &csv, day, &rows, &n_rows, error);
    vg_buffer_release(&csv);
    (void)snprintf(name, sizeof name, "%s-%s.csv", table->name, date);
    if (status == VG_OK)
        status = take(context, table, name, &rows, n_rows, error);
    vg_buffer_release(&rows);
    return status;
}

vg_status exercise_each_feed(const struct exercise_folder *folder, int32_t day, exercise_take *take, void *context, struct vg_error *error)
{
    vg_status status = VG_OK;
    for (const struct vg_exercise_table *table = vg_exercise_tables; table->name != NULL && status == VG_OK; table++)
        if (!table->truth)
            status = exercise_feed_until(folder, table, day, take, context, error);
    return status;
}

/* ------------------------------------------------------------------ the files */

struct releasing {
    const struct vg_exercise_release_request *request;
    struct vg_answer *answer;
    struct vg_buffer files;
};

static vg_status note_file(struct releasing *releasing, const char *name, const struct vg_buffer *bytes, size_t n_rows, struct vg_error *error)
{
    char path[EXERCISE_PATH_BYTES], hash[65];
    vg_sha256(bytes->data, bytes->size, hash);
    (void)snprintf(path, sizeof path, "%s/%s", releasing->request->to, name);
    vg_buffer_format(&releasing->files, "%s\n    {\"name\": \"%s\", \"rows\": %zu, \"bytes\": %zu, \"sha256\": \"%s\"}", releasing->files.size == 0 ? "" : ",", name, n_rows,
                     bytes->size, hash);
    vg_table_text(&releasing->answer->table, name);
    vg_table_integer(&releasing->answer->table, (int64_t)n_rows);
    vg_table_text(&releasing->answer->table, hash);
    return vg_file_write_atomic(path, bytes->data, bytes->size, error);
}

/* A table of which nothing is known yet is left out. */
static vg_status write_feed(void *context, const struct vg_exercise_table *table, const char *file_name, const struct vg_buffer *csv, size_t n_rows,
                            struct vg_error *error)
{
    (void)table;
    return n_rows == 0 ? VG_OK : note_file(context, file_name, csv, n_rows, error);
}

static vg_status write_manifest(struct releasing *releasing, const struct exercise_folder *folder, struct vg_error *error)
{
    char date[VG_DATE_TEXT_BYTES], path[EXERCISE_PATH_BYTES], signature[VG_SIGNATURE_TEXT];
    struct vg_buffer out;
    (void)vg_date_print(releasing->request->day, date);
    vg_buffer_init(&out, 0);
    vg_buffer_format(&out, "{\n  \"format\": \"vigia-exercise-release-1\",\n  \"what\": \"a simulated exercise: nothing of it happened\",\n  \"day\": \"%s\",\n  \"country\": \"%s\",\n", date,
                     folder->country);
    vg_buffer_format(&out, "  \"public_key\": \"%s\",\n  \"files\": [", folder->public_key);
    vg_buffer_append(&out, releasing->files.data, releasing->files.size);
    vg_buffer_text(&out, "\n  ]\n}\n");
    (void)snprintf(path, sizeof path, "%s/manifest.json", releasing->request->to);
    vg_status status = out.failed || releasing->files.failed ? vg_fail_memory(error, out.size) : vg_file_write_atomic(path, out.data, out.size, error);
    if (status == VG_OK && folder->has_key) {
        (void)snprintf(path, sizeof path, "%s/manifest.json.signature", releasing->request->to);
        vg_sign(&folder->key, out.data, out.size, signature);
        status = vg_file_write_atomic(path, signature, VG_SIGNATURE_TEXT - 1, error);
    }
    vg_buffer_release(&out);
    return status;
}

/* ------------------------------------------------------------------ sequences */

struct fasta {
    struct vg_buffer *out;
    char *reference, *sequence;
    size_t length, n;
    char name[64];
    bool any, bad;
};

static void end_sequence(struct fasta *fasta)
{
    if (!fasta->any)
        return;
    vg_buffer_format(fasta->out, ">%s\n", fasta->name);
    for (size_t at = 0; at < fasta->length; at += 80) {
        vg_buffer_append(fasta->out, fasta->sequence + at, fasta->length - at < 80 ? fasta->length - at : 80);
        vg_buffer_char(fasta->out, '\n');
    }
}

/* sequence_id, position, length, alt: the rows of one sequence follow each other. */
static void put_difference(void *context, const struct vg_text *cells)
{
    struct fasta *fasta = context;
    int64_t position, length;
    if (!fasta->any || !vg_text_equals(cells[0], fasta->name)) {
        end_sequence(fasta);
        (void)snprintf(fasta->name, sizeof fasta->name, "%.*s", (int)cells[0].size, cells[0].data);
        memcpy(fasta->sequence, fasta->reference, fasta->length);
        fasta->any = true;
        fasta->n++;
    }
    if (!vg_parse_integer(cells[1], &position) || !vg_parse_integer(cells[2], &length) || position < 1 || length < 1 || cells[3].size != 1 ||
        position + length - 1 > (int64_t)fasta->length)
        fasta->bad = true;
    else
        memset(fasta->sequence + position - 1, cells[3].data[0], (size_t)length);
}

/* The letters of a FASTA file with one sequence. */
static char *letters_of(const struct vg_buffer *file, size_t *length)
{
    char *letters = malloc(file->size + 1);
    size_t at = 0;
    struct vg_text line;
    *length = 0;
    while (letters != NULL && next_line(file, &at, &line)) {
        if (line.size == 0 || line.data[0] == '>')
            continue;
        memcpy(letters + *length, line.data, line.size);
        *length += line.size;
    }
    return letters;
}

/* Sequences that differ in nothing from the reference have no row and are not written: of real clocks there is none after some days. */
static vg_status write_sequences(struct releasing *releasing, const struct exercise_folder *folder, struct vg_error *error)
{
    static const char *const columns[] = {"sequence_id", "position", "length", "alt"};
    struct vg_buffer reference, csv, rows, out;
    struct fasta fasta = {.out = &out};
    char name[64], date[VG_DATE_TEXT_BYTES];
    vg_buffer_init(&reference, 0);
    vg_buffer_init(&csv, 0);
    vg_buffer_init(&rows, 0);
    vg_buffer_init(&out, 0);
    (void)vg_date_print(releasing->request->day, date);
    vg_status status = exercise_read(folder, "observed", "reference.fasta", &reference, error);
    if (status == VG_OK)
        status = note_file(releasing, "reference.fasta", &reference, 1, error);
    if (status == VG_OK && releasing->request->fasta)
        status = exercise_read(folder, "observed", "genome_diff.csv", &csv, error);
    if (status == VG_OK && releasing->request->fasta)
        status = exercise_rows_until(vg_exercise_table_find("genome_diff"), &csv, releasing->request->day, &rows, NULL, error);
    if (status == VG_OK && releasing->request->fasta) {
        fasta.reference = letters_of(&reference, &fasta.length);
        fasta.sequence = malloc(fasta.length + 1);
        status = fasta.reference == NULL || fasta.sequence == NULL ? vg_fail_memory(error, fasta.length)
                                                                   : exercise_csv_rows(&rows, "genome_diff.csv", columns, 4, put_difference, &fasta, error);
    }
    if (status == VG_OK && fasta.bad)
        status = vg_fail(error, VG_DATA_ERROR, "genome_diff.csv names positions that the reference does not have");
    if (status == VG_OK && fasta.any) {
        end_sequence(&fasta);
        (void)snprintf(name, sizeof name, "genomes-%s.fasta", date);
        status = out.failed ? vg_fail_memory(error, out.size) : note_file(releasing, name, &out, fasta.n, error);
    }
    free(fasta.reference);
    free(fasta.sequence);
    vg_buffer_release(&reference);
    vg_buffer_release(&csv);
    vg_buffer_release(&rows);
    vg_buffer_release(&out);
    return status;
}

vg_status vg_job_exercise_release(const struct vg_exercise_release_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct exercise_folder folder;
    struct releasing releasing = {.request = request, .answer = answer};
    vg_buffer_init(&releasing.files, 0);
    vg_table_add_column(&answer->table, "table", VG_COLUMN_TEXT);
    vg_table_add_column(&answer->table, "rows", VG_COLUMN_INTEGER);
    vg_table_add_column(&answer->table, "sha256", VG_COLUMN_TEXT);
    vg_status status = exercise_open(request->folder, request->key_path, arena, &folder, error);
    if (status == VG_OK && request->day < folder.first_date)
        status = vg_fail(error, VG_USAGE_ERROR, "the exercise begins later than that day");
    if (status == VG_OK)
        status = exercise_make_folder(request->to, error);
    if (status == VG_OK)
        status = exercise_each_feed(&folder, request->day, write_feed, &releasing, error);
    if (status == VG_OK)
        status = write_sequences(&releasing, &folder, error);
    if (status == VG_OK)
        status = write_manifest(&releasing, &folder, error);
    vg_seal_key_clear(&folder.key);
    vg_buffer_release(&releasing.files);
    return status;
}
