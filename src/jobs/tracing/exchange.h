/*
 * Private to the room: what other programs call things. A form has parts (cases, contacts, ...), a part has columns: under which headings something stands and what it is here.
 */
#ifndef VG_JOBS_TRACING_EXCHANGE_H
#define VG_JOBS_TRACING_EXCHANGE_H

#include "jobs/tracing/internal.h"

enum exchange_form { FORM_GODATA, FORM_SORMAS, FORM_DHIS2, FORM_COUNT };
enum exchange_part { PART_CASES, PART_CONTACTS, PART_RELATIONSHIPS, PART_FOLLOWUPS, PART_COUNT };
extern const char *const exchange_form_names[FORM_COUNT];
extern const char *const exchange_part_names[PART_COUNT];
bool exchange_form_from_name(const char *name, enum exchange_form *form);
bool exchange_part_from_name(const char *name, enum exchange_part *part);

/*
 * target: a field of the part's row; "@" and a field of the identity, "@birth", "@birth_year", "@sex", "@place", "@age"; ">" and an id of the other program: ">row", ">person",
 * ">source", ">source_case", ">contact"; "!" and a field of an order of quarantine. headings: with "|" between them, the first is the one that exports write.
 */
struct exchange_column { const char *target, *headings; };
const struct exchange_column *exchange_columns(enum exchange_form form, enum exchange_part part, size_t *n);
/* The word here for a word there; NULL: none is known. field: "sex", "class", ... */
const char *exchange_word(const char *field, struct vg_text value);
/* The word there, as the form writes it. */
const char *exchange_word_of(enum exchange_form form, const char *field, const char *word);

/* A file as rows of cells, whether it was CSV or JSON. */
struct exchange_sheet {
    struct vg_text *headings, *cells; /* [n_columns], [n_rows * n_columns] */
    uint64_t *lines;                  /* of a CSV; of JSON the number of the object */
    size_t n_columns, n_rows;
};
vg_status exchange_read_sheet(const char *path, struct vg_arena *arena, struct exchange_sheet *sheet, struct vg_error *error);
/* The column of the first of the headings that is there; SIZE_MAX none. */
size_t exchange_find(const struct exchange_sheet *sheet, const char *headings);
/* Entities of a DHIS2 tracker file as two sheets with the headings of its forms: persons that are cases, and contacts with the case they are of. */
vg_status exchange_read_tracker(const char *path, struct vg_arena *arena, struct exchange_sheet *cases, struct exchange_sheet *contacts, struct vg_error *error);

#endif
