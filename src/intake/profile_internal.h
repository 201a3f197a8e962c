/*
 * Private to intake: a parsed profile, the fields that a column can be read into, and the helpers that turn cells into values.
 */
#ifndef VG_PROFILE_INTERNAL_H
#define VG_PROFILE_INTERNAL_H

#include "intake/intake.h"

enum field_kind {
    FIELD_EXTRA, FIELD_IDENTIFYING, FIELD_IGNORED, FIELD_ID, FIELD_CASE_DATE, FIELD_SEX, FIELD_CLASS, FIELD_OUTCOME, FIELD_SEVERITY, FIELD_CATEGORY,
    FIELD_AGE, FIELD_AGE_UNIT, FIELD_BIRTH_DATE, FIELD_COUNTRY, FIELD_ADMIN1_CODE, FIELD_ADMIN1_NAME, FIELD_ADMIN2_CODE, FIELD_ADMIN2_NAME,
    FIELD_PLACE_CODE, FIELD_PLACE_NAME, FIELD_DATE, FIELD_REPORT_DATE, FIELD_GROUP_AGE, FIELD_GROUP_SEX, FIELD_GROUP, FIELD_MEASURE_NAME, FIELD_VALUE,
    FIELD_MEASURE, FIELD_DELAY, FIELD_WIDE_DATE, FIELD_PARENT, FIELD_LEVEL, FIELD_POPULATION, FIELD_LATITUDE, FIELD_LONGITUDE, FIELD_RECOVERED_WORD,
    FIELD_OUTCOME_DATE, FIELD_PUBLISHED, FIELD_DISEASE
};

/* argument: the case date, the measure's index, the delay, the day of a wide column, as the kind says. */
struct field { enum field_kind kind; int32_t argument; };

/* A value of the file and what it means; the value is folded. */
struct code_value { struct vg_text folded; int meaning; };
enum code_map { MAP_SEX, MAP_CLASS, MAP_OUTCOME, MAP_SEVERITY, MAP_AGE_UNIT, MAP_COUNT };

/* What the file calls something, and the name that it has here. */
struct name_value { struct vg_text folded; const char *name; };
struct profile_column { const char *field_name; struct field field; const char **aliases; size_t n_aliases; };
struct profile_filter { const char *heading; bool keep; const char **values; size_t n_values; };

struct vg_profile {
    struct vg_profile_facts facts;
    const char **match;               /* each entry: aliases of which one must be there, "|"-joined */
    size_t n_match;
    struct profile_column *columns;
    size_t n_columns;
    struct vg_text *missing;
    size_t n_missing;
    bool missing_starts[256];         /* first bytes of the missing marks: most cells are told apart by these alone */
    struct code_value *codes[MAP_COUNT];
    size_t n_codes[MAP_COUNT];
    struct profile_filter *filters;
    size_t n_filters;
    enum vg_date_order date_order;    /* AUTO: from the column */
    bool cumulative, snapshot, is_generic, week_ends;
    int step_days;                    /* 0: found from the dates */
    int admin1_digits, admin2_digits; /* zero-padded length of numeric codes; 0: as written */
    int admin1_prefix;                /* first so many digits of an admin2 code are the admin1 code */
    int admin2_alias_digits;          /* longer admin2 codes are known by their first so many digits too */
    const char *delay_pattern;        /* "d#" or "value_#w": columns of delays; NULL none */
    const char *delay_measure, *wide_measure; /* measures of delay and of date columns */
    const char *default_class, *default_measure;
    bool of_stock;                    /* of the stock ledger's files (stock_file/): fields, [events] and [items] are its own */
    const char *default_event;
    struct name_value *names[2];      /* by enum profile_names */
    size_t n_names[2];
    int skip_lines;                   /* comment lines before the headings are skipped by # anyway */
};

enum profile_names { NAMES_EVENTS, NAMES_ITEMS };
bool stock_field_is_known(const char *name);
/* Of the ledger's, or of all other files. */
vg_status profile_set_load(bool of_stock, const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **out, struct vg_error *error);

struct vg_profile_set { const struct vg_profile **profiles; size_t count; };

bool field_from_name(const char *name, struct field *field);
const char *field_name(struct vg_arena *arena, struct field field);
/* How well the profile fits the headings: 0 not at all; more matched columns score higher. */
size_t profile_score(const struct vg_profile *profile, const struct vg_reader *reader);
bool profile_is_missing(const struct vg_profile *profile, struct vg_text cell);
bool profile_keeps(const struct vg_profile *profile, const struct vg_reader *reader, const struct vg_text *cells); /* whether its filters let the row through */
bool profile_code(const struct vg_profile *profile, enum code_map map, struct vg_text cell, int *meaning);
bool is_identifying_heading(struct vg_text heading);
/* Whether a heading is an alias, accents, case, blanks and marks aside, also where a portal has dropped the accented letters. */
bool heading_is(struct vg_text heading, const char *alias);

/* ---- dates */
/* A date cell taken apart, before the order of the column is known. */
struct date_parts {
    enum { DATE_NOT, DATE_DONE, DATE_OPEN, DATE_SERIAL, DATE_TWO_DIGIT_YEAR } form;
    int32_t date;          /* DATE_DONE */
    int first, second, year; /* DATE_OPEN and DATE_TWO_DIGIT_YEAR: numbers as written, year last (or two digits) */
};
void date_take_apart(struct vg_text cell, struct date_parts *parts);
struct date_column {
    uint64_t n_done, n_open, n_first_over_12, n_second_over_12, n_serial, n_two_digit, n_bad, n_ambiguous;
    char example[24];
    enum vg_date_order order;
    bool decided, serial;
};
void date_column_see(struct date_column *column, struct vg_text cell);
/* VG_DATE_NONE where the cell is no date under the column's decision. */
int32_t date_column_read(const struct date_column *column, struct vg_text cell, int century);

/* ---- places */
struct place_matcher {
    struct vg_place_list *places;
    const struct vg_profile *profile;
    const char *default_country;
    struct vg_arena *arena;
    struct vg_dictionary seen;      /* raw tuple -> index */
    uint32_t *resolved;
    size_t capacity;
    size_t n_made;
    const char *first_made;
};
struct raw_place { struct vg_text country, admin1_code, admin1_name, admin2_code, admin2_name, place_code, place_name; };
bool place_matcher_init(struct place_matcher *matcher, struct vg_place_list *places, const struct vg_profile *profile, const char *country, struct vg_arena *arena);
uint32_t place_resolve(struct place_matcher *matcher, const struct raw_place *raw); /* VG_PLACE_NONE: says nothing, or out of memory */

/* ---- the reading */
struct intake_work {
    struct vg_reader *reader;
    const struct vg_intake_options *options;
    const struct vg_profile *profile;
    struct vg_place_list *places;
    struct vg_arena *arena;
    struct vg_intake_result *result;
    struct vg_error *error;
    const char *name;
    size_t n_columns;
    struct field *fields;           /* [n_columns] */
    struct date_column *dates;      /* [n_columns], used for date fields */
    bool *decimal_comma;            /* [n_columns] for value columns */
    bool *guessed;
    uint64_t n_rows;                /* of the file, from the first pass */
    int32_t newest_date;
    size_t published_column;        /* SIZE_MAX: none */
    struct vg_text published_seen;  /* the cell last read there: as a rule all are the same */
    int32_t published_in_file;
    size_t disease_column;          /* SIZE_MAX: none */
    const char *disease_in_file;    /* the first one there */
    bool diseases_differ;
    struct place_matcher matcher;
    size_t reject_capacity, note_capacity;
    const char *country, *disease;
};
void intake_note(struct intake_work *work, const char *format, ...) VG_PRINTF(2, 3);
void intake_reject(struct intake_work *work, uint64_t line, size_t column, struct vg_text value, const char *reason); /* column SIZE_MAX: the row */
bool field_is_date(struct field field);
vg_status intake_first_pass(struct intake_work *work);
vg_status intake_read_cases(struct intake_work *work);
vg_status intake_read_counts(struct intake_work *work);
vg_status intake_read_places(struct intake_work *work);
vg_status intake_read_shapes(const char *name, const void *data, size_t size, struct intake_work *work);
/* Reads the row's cell of the day of publication, where the file has such a column; the newest one counts. */
void intake_see_published(struct intake_work *work, const struct vg_text *cells);
/* The row's disease, where the file has such a column: that of the first row is the dataset's. */
void intake_see_disease(struct intake_work *work, const struct vg_text *cells);
bool row_passes_filters(const struct intake_work *work, const struct vg_text *cells);
/* False where a cell of the place cannot be kept; the row was rejected then. */
bool row_place(struct intake_work *work, const struct vg_text *cells, uint64_t line, struct raw_place *raw);

#endif
