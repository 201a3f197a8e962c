/*
 * Tables that tell of genomes, as laboratories and databases write them.
 */
#include "jobs/genome/metadata.h"

#include "intake/intake.h"

#include <string.h>

enum { NAME, DATE, PLACE, LINEAGE, PROVIDER, LICENCE, AGREEMENT, EMBARGO, FIELDS };
static const char *const headings[FIELDS] = {
    "name|strain|seqname|sequence name|sample|sample_id|accession|taxon|sequence_id",
    "date|collection_date|sample_date|date_sample|sample_day",
    "place|division|location|admin1|country|municipality",
    "lineage|pango_lineage|pangolin_lineage|nextclade_pango|clade",
    "provider|originating_lab|submitting_lab|laboratory|lab|authors",
    "licence|license|terms|data_use_terms|datauseterms|dataUseTerms",
    "agreement|contract|contract_id|benefit_sharing|benefit_sharing_contract|pabs",
    "embargo|embargo_until|embargo_date|restricted_until|datausetermsrestricteduntil|data_use_terms_restricted_until",
};

static const char *copy(struct vg_arena *arena, struct vg_text text)
{
    return text.size == 0 || vg_text_equals(text, "?") || vg_text_equals(text, "unknown") ? NULL : vg_arena_copy_bytes(arena, text.data, text.size);
}

/* A date that is not understood yet: the column's order of day and month is known when all its cells were seen. */
struct open_date {
    uint32_t row;
    uint64_t line;
    struct vg_text text;
};
struct open_dates {
    struct open_date *list;
    size_t n, capacity;
    struct vg_dates order;
};

/* 2021, 2021-03, 2021-XX-XX: a year, or a month of it. */
static bool is_partial(struct vg_text text)
{
    bool plain = text.size >= 4 && text.size <= 10;
    for (size_t i = 0; plain && i < text.size; i++) {
        char c = text.data[i];
        plain = (c >= '0' && c <= '9') || (i >= 4 && (c == '-' || c == '/' || c == 'X' || c == 'x'));
    }
    return plain && (text.data[0] == '1' || text.data[0] == '2') && (text.size == 4 || text.data[4] == '-' || text.data[4] == '/');
}

/* What databases write where nothing is known (INSDC's terms, and short ones). */
static bool is_missing(struct vg_text text)
{
    static const char *const words[] = {"?", "-", "na", "n/a", "unknown", "missing", "not applicable", "not collected", "not provided", "restricted access", "nan", "null", "none"};
    char folded[32];
    size_t size = text.size < sizeof folded ? vg_text_fold(text, folded, sizeof folded - 1) : 0;
    folded[size] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(folded, words[i]) == 0 || vg_text_equals(text, words[i])) {
            return true;
        }
    }
    return strncmp(folded, "missing", 7) == 0; /* "missing: control sample" */
}

static bool keep_open(struct open_dates *open, uint32_t row, uint64_t line, struct vg_text cell, struct vg_arena *arena)
{
    struct open_date *list = vg_arena_room(arena, open->list, open->n, &open->capacity, sizeof *list);
    const char *text = list == NULL ? NULL : vg_arena_copy_bytes(arena, cell.data, cell.size);
    if (text == NULL) {
        return false;
    }
    open->list = list;
    list[open->n++] = (struct open_date){row, line, vg_text_of(text, cell.size)};
    vg_dates_see(&open->order, cell);
    return true;
}

static vg_status settle_dates(const char *path, enum vg_date_order wanted, struct open_dates *open, struct metadata_table *table, struct vg_error *error)
{
    vg_status status = vg_dates_decide(&open->order, wanted, path, error);
    for (size_t i = 0; status == VG_OK && i < open->n; i++) {
        const struct open_date *one = &open->list[i];
        int32_t day = is_partial(one->text) ? VG_DATE_NONE : vg_dates_read(&open->order, one->text);
        table->rows[one->row].date = day;
        if (day != VG_DATE_NONE) {
            table->dates.n_days++;
        } else if (is_partial(one->text)) {
            table->dates.n_partial++;
        } else if (table->dates.n_bad++ == 0) {
            table->dates.bad_line = one->line;
            table->dates.bad_text = one->text.data;
        }
    }
    return status;
}

static bool with_room(struct metadata_table *table, struct vg_arena *arena)
{
    struct genome_metadata *rows = vg_arena_room(arena, table->rows, table->n, &table->capacity, sizeof *rows);
    table->rows = rows == NULL ? table->rows : rows;
    return rows != NULL;
}

static vg_status take_row(struct vg_reader *reader, const size_t *columns, const struct vg_text *cells, uint64_t line, struct vg_arena *arena, struct metadata_table *table,
                          struct open_dates *open, struct vg_error *error)
{
    struct vg_text name = vg_reader_cell(cells, columns[NAME]), embargo = vg_reader_cell(cells, columns[EMBARGO]);
    if (name.size == 0) {
        return vg_reader_bad_cell(reader, line, columns[NAME], name, "a genome's name", error);
    }
    size_t known = table->names.count;
    uint32_t index = vg_dictionary_add(&table->names, name);
    if (index != VG_DICTIONARY_NONE && index < known) {
        return vg_reader_bad_cell(reader, line, columns[NAME], name, "a name that was not there before", error);
    }
    if (index == VG_DICTIONARY_NONE || !with_room(table, arena)) {
        return vg_fail_memory(error, table->n * sizeof *table->rows);
    }
    struct genome_metadata row = {.date = VG_DATE_NONE, .terms = {.embargo = VG_DATE_NONE}};
    struct vg_text date = vg_text_trim(vg_reader_cell(cells, columns[DATE]));
    if (vg_date_parse_iso(date, &row.date)) {
        table->dates.n_days++;
    } else if (date.size > 0 && !is_missing(date) && !keep_open(open, (uint32_t)table->n, line, date, arena)) {
        return vg_fail_memory(error, date.size);
    }
    if (embargo.size > 0 && !vg_date_parse_iso(embargo, &row.terms.embargo)) {
        return vg_reader_bad_cell(reader, line, columns[EMBARGO], embargo, "a day such as 2026-05-31, or nothing", error);
    }
    row.place = copy(arena, vg_reader_cell(cells, columns[PLACE]));
    row.lineage = copy(arena, vg_reader_cell(cells, columns[LINEAGE]));
    row.terms.provider = copy(arena, vg_reader_cell(cells, columns[PROVIDER]));
    row.terms.licence = copy(arena, vg_reader_cell(cells, columns[LICENCE]));
    row.terms.agreement = copy(arena, vg_reader_cell(cells, columns[AGREEMENT]));
    table->rows[table->n++] = row;
    return arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status metadata_read(const char *path, enum vg_date_order order, struct vg_arena *arena, struct metadata_table *table, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_reader_options options = {.delimiter = '\0'};
    struct vg_row_batch batch = {.n_rows = 1};
    struct open_dates open = {.n = 0};
    size_t columns[FIELDS];
    *table = (struct metadata_table){.n = 0};
    vg_dictionary_init(&table->names, arena);
    vg_status status = vg_reader_open(path, &options, &reader, error);
    for (size_t field = 0; status == VG_OK && field < FIELDS; field++) {
        columns[field] = vg_reader_find_column(reader, headings[field]);
    }
    if (status == VG_OK && columns[NAME] == VG_READER_NO_COLUMN) {
        status = vg_fail(error, VG_DATA_ERROR, "%s has no column of names: strain or name is expected", path);
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(reader, &batch, error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            status = take_row(reader, columns, batch.cells + i * batch.n_columns, batch.lines[i], arena, table, &open, error);
        }
    }
    vg_reader_close(reader);
    return status == VG_OK ? settle_dates(path, order, &open, table, error) : status;
}

const struct genome_metadata *metadata_find(const struct metadata_table *table, struct vg_text name)
{
    uint32_t index = table->n == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&table->names, name);
    return index == VG_DICTIONARY_NONE ? NULL : &table->rows[index];
}
