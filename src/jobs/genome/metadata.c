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

static bool with_room(struct metadata_table *table, struct vg_arena *arena)
{
    struct genome_metadata *rows = vg_arena_room(arena, table->rows, table->n, &table->capacity, sizeof *rows);
    table->rows = rows == NULL ? table->rows : rows;
    return rows != NULL;
}

static vg_status take_row(struct vg_reader *reader, const size_t *columns, const struct vg_text *cells, uint64_t line, struct vg_arena *arena, struct metadata_table *table,
                          struct vg_error *error)
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
    (void)vg_date_parse_iso(vg_reader_cell(cells, columns[DATE]), &row.date); /* 2021-03 and the like tell no day */
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

vg_status metadata_read(const char *path, struct vg_arena *arena, struct metadata_table *table, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_reader_options options = {.delimiter = '\0'};
    struct vg_row_batch batch = {.n_rows = 1};
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
            status = take_row(reader, columns, batch.cells + i * batch.n_columns, batch.lines[i], arena, table, error);
        }
    }
    vg_reader_close(reader);
    return status;
}

const struct genome_metadata *metadata_find(const struct metadata_table *table, struct vg_text name)
{
    uint32_t index = table->n == 0 ? VG_DICTIONARY_NONE : vg_dictionary_find(&table->names, name);
    return index == VG_DICTIONARY_NONE ? NULL : &table->rows[index];
}
