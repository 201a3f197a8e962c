/*
 * Private to the room: what other programs call things. A form has parts (cases, contacts, ...), a part has columns: under which headings something stands and what it is here.
 */
#ifndef VG_JOBS_TRACING_EXCHANGE_H
#define VG_JOBS_TRACING_EXCHANGE_H

#include "jobs/tracing/internal.h"

enum exchange_form { FORM_GODATA, FORM_SORMAS, FORM_DHIS2, FORM_EXERCISE /* is imported, not exported */, FORM_COUNT };
enum exchange_part { PART_CASES, PART_CONTACTS, PART_RELATIONSHIPS, PART_FOLLOWUPS, PART_EVENTS, PART_RESULTS, PART_COUNT };
extern const char *const exchange_form_names[FORM_COUNT];
extern const char *const exchange_part_names[PART_COUNT];
bool exchange_form_from_name(const char *name, enum exchange_form *form);
bool exchange_part_from_name(const char *name, enum exchange_part *part);

/*
 * target: a field of the part's row; "@" and a field of the identity, "@birth", "@birth_year", "@sex", "@place", "@age"; ">" and an id of the other program: ">row", ">person",
 * ">source", ">source_case", ">contact"; ">number", the country's number of a case; "?type" of the person at the other end and "?result" of a laboratory; "!" and a field of an order of quarantine. headings: with "|" between them, the first is the one that exports write.
 */
struct exchange_column { const char *target, *headings; };
#define EXCHANGE_NUMBERS "number" /* form of ids: the country's own case numbers, whichever program tells them */
/* The day on which a case or contact was of the age that it is told with: of its report or listing, else of onset or last contact, else today. */
int32_t exchange_age_day(enum vg_tracing_kind kind, const void *row);
const struct exchange_column *exchange_columns(enum exchange_form form, enum exchange_part part, size_t *n);
/* The word here for a word there; NULL: none is known. field: "sex", "class", ... */
const char *exchange_word(const char *field, struct vg_text value);
/* The word there, as the form writes it. */
const char *exchange_word_of(enum exchange_form form, const char *field, const char *word);

/* How a visit went (seen: enum vg_seen, as follow-ups hold it), as the form says it: Go.Data knows seen and not well, DHIS2 events that took place and that did not. NULL: it has no word. */
const char *exchange_seen_word(enum exchange_form form, int seen, bool ill);

/*
 * What forms ask at a visit is each country's own, so it is known by its words in five languages: a heading is about the temperature, about one symptom, lists symptoms, or asks whether
 * there are none. Of a heading with a way ("questionnaireAnswers.fever[0].value") the name at its end counts.
 */
enum exchange_about { ABOUT_NOTHING, ABOUT_TEMPERATURE, ABOUT_SYMPTOM, ABOUT_SYMPTOMS, ABOUT_NO_SYMPTOMS };
struct exchange_sign { enum exchange_about about; int symptom; };
#define EXCHANGE_SYMPTOM_COUNT 11
extern const char *const exchange_symptoms[EXCHANGE_SYMPTOM_COUNT]; /* as the record calls them; the last is "other" */
struct exchange_sign exchange_sign_of(struct vg_text heading);
/*
 * "Fever, sore throat": symptoms as bits of exchange_symptoms[]; ill: something is said that is none of them, the first of which is unknown. Whoever is asymptomatic is not, nor is what is
 * denied ("no fever", "niega tos, fiebre", "no fever, cough or rash") or not known.
 */
struct exchange_symptom_list { uint32_t symptoms; bool ill; struct vg_text unknown; };
void exchange_read_symptoms(struct vg_text cell, struct exchange_symptom_list *list);
const char *exchange_symptom_text(uint32_t symptoms, struct vg_arena *arena); /* as the record writes them; NULL: none */
enum vg_yes exchange_yes(struct vg_text cell);
/* A laboratory's result: positive, negative, or neither (pending, invalid, inconclusive, nothing). */
enum vg_yes exchange_result(struct vg_text cell);

/* A file as rows of cells, whether it was CSV or JSON. */
struct exchange_sheet {
    struct vg_text *headings, *cells; /* [n_columns], [n_rows * n_columns] */
    uint64_t *lines;                  /* of a CSV; of JSON the number of the object */
    size_t n_columns, n_rows;
};
vg_status exchange_read_sheet(const char *path, struct vg_arena *arena, struct exchange_sheet *sheet, struct vg_error *error);
/* The column of the first of the headings that is there; SIZE_MAX none. */
size_t exchange_find(const struct exchange_sheet *sheet, const char *headings);
/*
 * A DHIS2 tracker file as sheets with the headings of its forms: persons that are cases, contacts with the case they are of, and visits, which are the events of follow-up of whoever is
 * followed as a contact, or all of a list of events. Events that are planned or overdue are none.
 */
struct exchange_tracker { struct exchange_sheet cases, contacts, visits; size_t n_other_events; };
vg_status exchange_read_tracker(const char *path, struct vg_arena *arena, struct exchange_tracker *tracker, struct vg_error *error);

#endif
