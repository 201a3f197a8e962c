/*
 * intake: from the files people have to facts in columns. Never makes anybody open an editor.
 *
 * Three steps, each usable alone:
 *   reader   bytes -> rows of UTF-8 cells (CSV and kin, XLSX, gzip, zstd, any common encoding)
 *   profile  headings -> fields of the model, code maps, date forms (text files, shipped in data/profiles or the user's)
 *   result   typed columns (cases, counts, places, shapes), rejects with line, column, value and reason, and notes
 * and the data-quality report over what was read or over what the store holds.
 */
#ifndef VG_INTAKE_H
#define VG_INTAKE_H

#include "model/model.h"

/* ------------------------------------------------------------------ reader */

enum vg_intake_container { VG_CONTAINER_DELIMITED, VG_CONTAINER_XLSX };
enum vg_intake_compression { VG_COMPRESSION_NONE, VG_COMPRESSION_GZIP, VG_COMPRESSION_ZSTD, VG_COMPRESSION_ZIP /* of one table of text */ };
enum vg_intake_encoding { VG_ENCODING_AUTO, VG_ENCODING_UTF8, VG_ENCODING_UTF16_LE, VG_ENCODING_UTF16_BE, VG_ENCODING_CP1252 /* covers Latin-1 */ };

struct vg_reader_options {
    enum vg_intake_encoding encoding;  /* AUTO: byte-order mark, then UTF-8 validity of the whole file, else CP1252 */
    char delimiter;                    /* 0: decided from the first rows among , ; tab | */
    const char *sheet;                 /* XLSX: name or 1-based number; NULL: the first sheet with data */
    size_t header_row;                 /* 1-based row of the headings; 0: decided (titles above the table are skipped) */
    size_t limit_bytes;                /* of the decompressed text; 0: 16 GiB. A bomb stops here with VG_LIMIT_EXCEEDED */
};

/*
 * A cell. kind tells what XLSX knew: text, a number, or a date. A date's text is ISO 8601 (2020-02-27), made from the serial
 * and the workbook's calendar, with the time dropped; a number's text is the shortest that reads back the same, with a point.
 * For CSV every cell is TEXT. Text lives until the reader's next batch call.
 */
enum vg_cell_kind { VG_CELL_TEXT, VG_CELL_NUMBER, VG_CELL_DATE };

struct vg_row_batch {
    size_t n_rows, n_columns;
    const struct vg_text *cells;   /* [n_rows * n_columns]; short rows are padded with empty cells; quotes removed, not trimmed */
    const uint8_t *kinds;          /* [n_rows * n_columns] enum vg_cell_kind, or NULL: all TEXT */
    const uint64_t *lines;         /* [n_rows] line (CSV) or row (XLSX) where the row starts, from 1 */
    const uint16_t *surplus;       /* [n_rows] cells beyond the headings up to the last with content (a row that is too long), or NULL: none */
};

struct vg_reader;
/* Opens a file ("-": standard input) and reads the headings. The file is mapped, or decompressed as it is read. */
vg_status vg_reader_open(const char *path, const struct vg_reader_options *options, struct vg_reader **reader, struct vg_error *error) VG_MUST_USE;
/* The same over bytes in memory (tests, uploads, fuzzing); name is for messages. The bytes must outlive the reader. */
vg_status vg_reader_open_memory(const char *name, const void *data, size_t size, const struct vg_reader_options *options, struct vg_reader **reader, struct vg_error *error) VG_MUST_USE;
void vg_reader_close(struct vg_reader *reader);
size_t vg_reader_column_count(const struct vg_reader *reader);
struct vg_text vg_reader_heading(const struct vg_reader *reader, size_t column); /* trimmed; a repeated heading gets " (2)", an empty one "column 3" */
/* The column with the first of the "|"-separated headings that there is, compared without case, accents and marks; VG_READER_NO_COLUMN: there is none of them. */
size_t vg_reader_find_column(const struct vg_reader *reader, const char *headings);
#define VG_READER_NO_COLUMN SIZE_MAX
/* The cell of a row, trimmed; empty where there is no such column. */
static inline struct vg_text vg_reader_cell(const struct vg_text *cells, size_t column)
{
    return column == VG_READER_NO_COLUMN ? vg_text_of("", 0) : vg_text_trim(cells[column]);
}
/* VG_DATA_ERROR with "file, line 3, column value: a number was expected, not "x"". */
vg_status vg_reader_bad_cell(const struct vg_reader *reader, uint64_t line, size_t column, struct vg_text cell, const char *expected, struct vg_error *error);
/* What was found out, for messages and the plan. */
struct vg_reader_facts {
    enum vg_intake_container container;
    enum vg_intake_compression compression;
    enum vg_intake_encoding encoding;
    bool byte_order_mark, date_system_1904;
    char delimiter;
    const char *sheet;          /* XLSX: the sheet read */
    size_t header_line;
    uint64_t bad_utf8_bytes;    /* bytes that were not valid in the encoding, so far: they became U+FFFD, or were read as CP1252
                                   where AUTO found a line of the other encoding in a UTF-8 file */
    uint64_t error_cells;       /* XLSX: cells with #N/A, #REF! and the like, so far; they read as empty */
};
void vg_reader_get_facts(const struct vg_reader *reader, struct vg_reader_facts *facts);
/* Next rows, a few thousand at a time; batch->n_rows 0 at the end. Rows with no content at all are skipped. */
vg_status vg_reader_next(struct vg_reader *reader, struct vg_row_batch *batch, struct vg_error *error) VG_MUST_USE;
/* Back to the first data row (headings stay). Not for standard input that was not kept. */
vg_status vg_reader_rewind(struct vg_reader *reader, struct vg_error *error) VG_MUST_USE;
double vg_reader_progress(const struct vg_reader *reader); /* 0..1, by bytes */

/* ---------------------------------------------------------------- profiles */

enum vg_intake_kind { VG_INTAKE_CASES, VG_INTAKE_COUNTS, VG_INTAKE_PLACES, VG_INTAKE_SHAPES };
const char *vg_intake_kind_name(enum vg_intake_kind kind); /* "cases", "counts", "places", "shapes" */

struct vg_profile;        /* one profile, parsed */
struct vg_profile_set;    /* all known, shipped ones first, the user's replacing those of the same name */
/* text/size/name of each shipped profile are embedded in the library; folders are the user's, may be NULL. */
vg_status vg_profile_set_load(const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **set, struct vg_error *error) VG_MUST_USE;
size_t vg_profile_set_count(const struct vg_profile_set *set);
const struct vg_profile *vg_profile_set_at(const struct vg_profile_set *set, size_t index);
const struct vg_profile *vg_profile_set_find(const struct vg_profile_set *set, const char *name);
vg_status vg_profile_parse(const char *file_name, const char *text, size_t size, struct vg_arena *arena, struct vg_profile **profile, struct vg_error *error) VG_MUST_USE;
struct vg_profile_facts { const char *name, *title, *disease, *country, *source, *licence, *nature /* "simulated" where the files never happened; or NULL */; enum vg_intake_kind kind; };
void vg_profile_get_facts(const struct vg_profile *profile, struct vg_profile_facts *facts);

/* ----------------------------------------------------------------- reading */

enum vg_date_order { VG_DATE_ORDER_AUTO, VG_DATE_ORDER_YMD, VG_DATE_ORDER_DMY, VG_DATE_ORDER_MDY };

struct vg_intake_options {
    struct vg_reader_options reader;
    const struct vg_profile_set *profiles;
    const char *profile;            /* name; NULL: the best match, else the generic one with a guessed mapping */
    enum vg_date_order date_order;  /* AUTO: from each column as a whole; ambiguous columns end in VG_NEEDS_CHOICE */
    const char *const *mappings;    /* "field=heading", over the profile */
    size_t n_mappings;
    const char *country;            /* ISO alpha-2 of the file's places when neither file nor profile says */
    const char *disease;            /* over the profile's */
    int32_t published;              /* the day of this vintage; VG_DATE_NONE: from the file's own column, its name, or its newest date */
    int century;                    /* for two-digit years: 1900 or 2000; 0: never guessed, such a column ends in VG_NEEDS_CHOICE */
    size_t keep_rejects;            /* how many rejects to keep with their text; 0: 100,000. All are counted */
    const struct vg_progress *progress;
};

/* How one column of the file was understood. */
struct vg_column_plan {
    const char *heading;
    const char *field;          /* "id", "onset", "place_code.admin2", "measure:deaths_report", ...; "extra"; "identifying"; "ignored" */
    bool guessed;               /* by the generic rules, to be shown before use */
    enum vg_date_order date_order; /* date columns: what was decided */
    const char *evidence;       /* "1,204 cells have a first number above 12" */
};
struct vg_intake_plan {
    const char *profile, *profile_title, *disease, *country;
    bool guessed;               /* the generic profile with a guessed mapping was used */
    enum vg_intake_kind kind;
    struct vg_reader_facts reader;
    struct vg_column_plan *columns;
    size_t n_columns;
};
struct vg_reject { uint64_t line; const char *column, *value, *reason; };
struct vg_shape { uint32_t place; const char *geojson; /* a geometry object, coordinates rounded to 3 decimals */ };

struct vg_intake_result {
    struct vg_intake_plan plan;     /* filled even where the reading ends in an error, as far as known */
    enum vg_intake_kind kind;
    struct vg_case_table cases;
    struct vg_count_table counts;   /* increments against nothing: the store turns them into increments against what it knows */
    struct vg_shape *shapes;
    size_t n_shapes;
    bool counts_have_report_date;   /* the file has its own vintages (triangles); else report_date is filled by the rule of `published` */
    bool snapshot;                  /* the file holds everything known on that day: what is absent was withdrawn */
    int32_t published;
    const char *published_basis;    /* "column fecha reporte web", "file name", "--published", "newest date in the file" */
    uint64_t rows_read, rows_taken, rows_rejected, rows_filtered; /* filtered: left out by the profile's row filter */
    struct vg_reject *rejects;
    size_t n_rejects;               /* kept ones */
    const char **notes;             /* sentences for the person: names recoded, places made anew, blanks padded, ... */
    size_t n_notes;
    uint64_t file_bytes;
    char file_hash[65];             /* of the file's bytes as found */
};

/*
 * Reads a whole file. places is looked up and grows by the places that the file brings. All memory from arena.
 * VG_NEEDS_CHOICE: error says what to give (--date-order, --century, --map); result->plan is filled. Peak memory about
 * 60 bytes a row plus the text kept.
 */
vg_status vg_intake_read(const char *path, const struct vg_intake_options *options, struct vg_place_list *places, struct vg_arena *arena,
                         struct vg_intake_result *result, struct vg_error *error) VG_MUST_USE;
vg_status vg_intake_read_memory(const char *name, const void *data, size_t size, const struct vg_intake_options *options, struct vg_place_list *places,
                                struct vg_arena *arena, struct vg_intake_result *result, struct vg_error *error) VG_MUST_USE;
/* The rejects as CSV: file, line, column, value, reason. */
void vg_intake_rejects_table(const char *file_name, const struct vg_intake_result *result, struct vg_table *table);
/* The plan as a table: heading, field, guessed, date_order, evidence. */
void vg_intake_plan_table(const struct vg_intake_plan *plan, struct vg_table *table);

/* ------------------------------------------------------------ dates of other tables */

/* Dates of a table that is read without a profile: every cell is seen, then day and month are told apart for all of them together, then cells are read. */
struct vg_dates {
    enum vg_date_order order;
    size_t n_first_over_12, n_second_over_12, n_ambiguous;
    char example[24];               /* that can be read both ways */
};
void vg_dates_see(struct vg_dates *dates, struct vg_text cell);
/* VG_NEEDS_CHOICE where nothing tells, or some cells the one and some the other. wanted: AUTO, or what the user says. */
vg_status vg_dates_decide(struct vg_dates *dates, enum vg_date_order wanted, const char *file, struct vg_error *error) VG_MUST_USE;
/* VG_DATE_NONE: no date; years of two digits are none. Whole numbers of five digits are Excel's days. */
int32_t vg_dates_read(const struct vg_dates *dates, struct vg_text cell);

/* ------------------------------------------------------------ data quality */

enum vg_finding_severity { VG_FINDING_INFO, VG_FINDING_WARNING, VG_FINDING_ERROR };
/*
 * One thing that the report says. code is stable and has a sentence in each language's catalogue (finding.<code>); what its numbers mean stands in
 * docs/data-quality.md. Numbers that do not apply are NaN.
 */
struct vg_finding {
    const char *code;
    enum vg_finding_severity severity;
    const char *field;          /* column or measure, "" none */
    const char *field_other;    /* second column of a comparison, "" none */
    uint32_t place;             /* or VG_PLACE_NONE */
    int32_t date;               /* or VG_DATE_NONE */
    double count, total, share; /* e.g. rows missing, rows in all, count / total */
    double value, low, high;    /* e.g. median delay with its quartiles; a test's statistic */
    const char *detail;         /* English sentence that says the same, for the command line */
};
struct vg_quality_report {
    size_t n_rows;
    struct vg_finding *findings;
    size_t n_findings;
};
/* as_of: the day of the data, for silence and future dates. */
vg_status vg_intake_check_cases(const struct vg_case_table *cases, const struct vg_place_list *places, int32_t as_of, struct vg_arena *arena,
                                struct vg_quality_report *report, struct vg_error *error) VG_MUST_USE;
vg_status vg_intake_check_counts(const struct vg_count_table *counts, const struct vg_place_list *places, int32_t as_of, struct vg_arena *arena,
                                 struct vg_quality_report *report, struct vg_error *error) VG_MUST_USE;
void vg_quality_report_table(const struct vg_quality_report *report, const struct vg_place_list *places, struct vg_table *table);

#endif
