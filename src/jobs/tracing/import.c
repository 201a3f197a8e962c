/*
 * Rows of other programs into the record: each row of a sheet is read whole before anything of it is written; what cannot be taken is listed, and then nothing is taken.
 */
#include "jobs/tracing/exchange.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 64
#define REJECTS_MOST 100000
#define NOTES_MOST 20

struct reject { uint64_t line; const char *column; struct vg_text value; const char *reason; };
struct counts { size_t rows, added, changed, same, rejected, persons; };

union import_row { int64_t id; struct vg_tracing_case one; struct vg_contact contact; struct vg_followup followup; };

struct importing {
    struct vg_store *store;
    const struct vg_tracing_import *import;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_tracing_work *work;
    struct tracing_matcher *matcher;
    struct vg_buffer rejects, notes; /* of struct reject; sentences */
    size_t n_notes, n_rejected;      /* rows of all sheets */
    enum exchange_form form;
    struct vg_dictionary places;     /* cells of places that were looked up; the code is places_found[] */
    const char **places_found;
    size_t places_room;
    struct vg_dictionary unknown_words;
    bool month_first;

    /* of the sheet at hand */
    enum exchange_part part;
    enum vg_tracing_kind kind;
    const struct exchange_sheet *sheet;
    const struct exchange_column *columns;
    size_t n_columns, at[COLUMNS_MOST];
    const char *map_of[COLUMNS_MOST];
    struct counts counts;

    /* of the row at hand */
    size_t row;
    bool bad;
    union import_row out;
    uint64_t given;                  /* bit: field of the shape that the row gives */
    struct vg_tracing_person person;
    struct vg_identity identity;
    bool has_identity, has_order;
    struct vg_order order;
    int64_t age;
    const char *external, *external_person, *source, *source_case;
};

/* ---------------------------------------------------------------- complaints */

static void reject(struct importing *importing, size_t column, struct vg_text value, const char *reason)
{
    struct reject one = {importing->sheet->lines[importing->row], column == SIZE_MAX ? "" : vg_arena_copy_bytes(importing->arena, importing->sheet->headings[column].data,
                                                                                                              importing->sheet->headings[column].size), value, reason};
    if (importing->rejects.size / sizeof one < REJECTS_MOST) {
        vg_buffer_append(&importing->rejects, &one, sizeof one);
    }
    importing->bad = true;
}

/* A word that nobody knows is said once. */
static void note_word(struct importing *importing, const char *field, struct vg_text value)
{
    size_t before = importing->unknown_words.count;
    char *text = vg_arena_format(importing->arena, "%s \"%.*s\" is not known and taken as unknown", field, (int)(value.size > 60 ? 60 : value.size), value.data);
    if (text == NULL || vg_dictionary_add(&importing->unknown_words, vg_text_from(text)) < before || importing->n_notes == NOTES_MOST) {
        return;
    }
    vg_buffer_format(&importing->notes, "%s%s", importing->n_notes++ == 0 ? "" : "; ", text);
}

/* -------------------------------------------------------------------- dates */

/* Three numbers with / . or - between: the first two and the year. */
static bool three_numbers(struct vg_text text, int numbers[3])
{
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        int value = 0;
        size_t digits = 0;
        for (; at < text.size && text.data[at] >= '0' && text.data[at] <= '9' && digits < 4; at++, digits++) {
            value = 10 * value + (text.data[at] - '0');
        }
        if (digits == 0 || (i < 2 && (digits > 2 || at == text.size || strchr("/.-", text.data[at]) == NULL)) || (i == 2 && digits != 4)) {
            return false;
        }
        numbers[i] = value;
        at++;
    }
    return at >= text.size || text.data[at - 1] == ' ';
}

static bool parse_date(const struct importing *importing, struct vg_text text, int32_t *date)
{
    int numbers[3];
    if (text.size >= 10 && vg_date_parse_iso(vg_text_of(text.data, 10), date)) {
        return text.size == 10 || text.data[10] == 'T' || text.data[10] == ' ';
    }
    if (!three_numbers(text, numbers)) {
        return false;
    }
    *date = importing->month_first ? vg_date_from_civil(numbers[2], numbers[0], numbers[1]) : vg_date_from_civil(numbers[2], numbers[1], numbers[0]);
    return *date != VG_DATE_NONE;
}

static bool is_date_column(const struct importing *importing, size_t i)
{
    const char *target = importing->columns[i].target;
    const struct vg_tracing_field *field = vg_tracing_field(vg_tracing_shape(importing->kind), target);
    return strcmp(target, "@birth") == 0 || strcmp(target, "!first") == 0 || strcmp(target, "!last") == 0 || (field != NULL && field->value == VG_VALUE_DATE);
}

/* The order of day and month from all dates of the sheet; a number above 12 tells. */
static vg_status decide_order(struct importing *importing)
{
    size_t first_high = 0, second_high = 0, open = 0;
    importing->month_first = importing->import->date_order == VG_TRACING_ORDER_MDY;
    if (importing->import->date_order != VG_TRACING_ORDER_AUTO) {
        return VG_OK;
    }
    for (size_t i = 0; i < importing->n_columns; i++) {
        for (size_t row = 0; importing->at[i] != SIZE_MAX && is_date_column(importing, i) && row < importing->sheet->n_rows; row++) {
            int numbers[3];
            if (three_numbers(importing->sheet->cells[row * importing->sheet->n_columns + importing->at[i]], numbers)) {
                first_high += numbers[0] > 12;
                second_high += numbers[1] > 12;
                open += numbers[0] <= 12 && numbers[1] <= 12 && numbers[0] != numbers[1];
            }
        }
    }
    importing->month_first = second_high > 0;
    if (first_high > 0 && second_high > 0) {
        return vg_fail(importing->error, VG_NEEDS_CHOICE, "%s: %zu dates have the day first and %zu the month; say which with --date-order", importing->import->path, first_high, second_high);
    }
    return first_high + second_high > 0 || open == 0
               ? VG_OK
               : vg_fail(importing->error, VG_NEEDS_CHOICE, "%s: no date tells whether the day or the month is first; say so with --date-order dmy or mdy", importing->import->path);
}

/* --------------------------------------------------------------------- cells */

/* A place by its code, else by a name that only one place has; NULL: neither. */
static const char *find_place(struct importing *importing, struct vg_text text)
{
    const struct vg_place_list *places = vg_store_place_list(importing->store);
    size_t known = importing->places.count;
    uint32_t index = vg_dictionary_add(&importing->places, text);
    if (index == VG_DICTIONARY_NONE || index >= importing->places_room) {
        return NULL;
    }
    if (index < known) {
        return importing->places_found[index];
    }
    uint32_t place = vg_place_list_find_code(places, text);
    size_t n = 0;
    for (uint32_t i = 0; place == VG_PLACE_NONE && i < places->count; i++) {
        if (places->places[i].name != NULL && vg_text_fold_equal(vg_text_from(places->places[i].name), text)) {
            n++;
            place = n == 1 ? i : place;
        }
    }
    importing->places_found[index] = place == VG_PLACE_NONE || n > 1 ? NULL : places->places[place].code;
    if (importing->places_found[index] == NULL) {
        note_word(importing, "place", text);
    }
    return importing->places_found[index];
}

/* A field of a row: dates in the file's order, words translated, the rest as it is. */
static void take_field(struct importing *importing, const struct vg_tracing_field *field, void *row, size_t column, struct vg_text cell)
{
    char text[240];
    struct vg_error error;
    if (field->value == VG_VALUE_DATE) {
        int32_t date = VG_DATE_NONE;
        if (!parse_date(importing, cell, &date)) {
            reject(importing, column, cell, "is no date");
        }
        *(int32_t *)(void *)((char *)row + field->offset) = date;
        return;
    }
    if (field->value == VG_VALUE_TEXT) {
        const char *kept = strcmp(field->name, "place") == 0 ? find_place(importing, cell) : vg_arena_copy_bytes(importing->arena, cell.data, cell.size > 200 ? 0 : cell.size);
        *(const char **)(void *)((char *)row + field->offset) = kept == NULL || kept[0] == '\0' ? NULL : kept;
        return;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)(cell.size > 200 ? 200 : cell.size), cell.data);
    if (field->value == VG_VALUE_WORD) {
        const char *word = exchange_word(field->name, cell);
        if (word != NULL && (word[0] == '\0' || strcmp(word, "unknown") == 0)) {
            *(int *)(void *)((char *)row + field->offset) = 0;
        } else if (vg_tracing_fill(field, word == NULL ? text : word, row, &error) != VG_OK) {
            note_word(importing, field->name, cell);
        }
    } else if (vg_tracing_fill(field, text, row, &error) != VG_OK) {
        reject(importing, column, cell, "is no number");
    }
}

static void take_person_cell(struct importing *importing, const char *name, size_t column, struct vg_text cell)
{
    int64_t number = 0;
    double years = 0;
    if (strcmp(name, "birth") == 0) {
        if (!parse_date(importing, cell, &importing->identity.birth)) {
            reject(importing, column, cell, "is no date");
        }
        importing->has_identity = true;
    } else if (strcmp(name, "age") == 0) {
        size_t digits = 0;
        while (digits < cell.size && cell.data[digits] >= '0' && cell.data[digits] <= '9') {
            digits++;
        }
        bool good = digits > 0 && vg_parse_double(vg_text_of(cell.data, digits), '.', &years) && years <= 130; /* "34 years" */
        importing->age = good ? (int64_t)years : -1;
        if (!good) {
            reject(importing, column, cell, "is no age");
        }
    } else if (strcmp(name, "sex") == 0 || strcmp(name, "place") == 0 || strcmp(name, "birth_year") == 0) {
        take_field(importing, vg_tracing_field(vg_tracing_shape(VG_TRACING_PERSON), name), &importing->person, column, cell);
    } else {
        for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
            if (strcmp(vg_identity_names[i], name) == 0) {
                importing->identity.texts[i] = vg_arena_copy_bytes(importing->arena, cell.data, cell.size > 900 ? 900 : cell.size);
                importing->has_identity = true;
            }
        }
    }
    (void)number;
}

static void take_cell(struct importing *importing, const char *target, size_t column, struct vg_text cell)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(importing->kind);
    if (target[0] == '@') {
        take_person_cell(importing, target + 1, column, cell);
    } else if (target[0] == '>') {
        const char *text = vg_arena_copy_bytes(importing->arena, cell.data, cell.size);
        const char **slot = strcmp(target, ">row") == 0 ? &importing->external : strcmp(target, ">source") == 0 ? &importing->source
                                                                             : strcmp(target, ">source_case") == 0 ? &importing->source_case : &importing->external_person;
        *slot = text;
    } else if (target[0] == '!') {
        take_field(importing, vg_tracing_field(vg_tracing_shape(VG_TRACING_ORDER), target + 1), &importing->order, column, cell);
        importing->has_order = importing->has_order || importing->order.kind != VG_ORDER_UNKNOWN;
    } else {
        const struct vg_tracing_field *field = vg_tracing_field(shape, target);
        if (field != NULL) {
            take_field(importing, field, &importing->out, column, cell);
            importing->given |= UINT64_C(1) << (field - shape->fields);
        }
    }
}

/* Everything of the row that can be read; bad: what cannot is listed. */
static void read_row(struct importing *importing)
{
    importing->bad = importing->has_identity = importing->has_order = false;
    importing->given = 0;
    importing->age = -1;
    importing->external = importing->external_person = importing->source = importing->source_case = NULL;
    importing->identity = (struct vg_identity){.birth = VG_DATE_NONE};
    vg_tracing_clear(importing->kind, &importing->out);
    vg_tracing_clear(VG_TRACING_PERSON, &importing->person);
    vg_tracing_clear(VG_TRACING_ORDER, &importing->order);
    for (size_t i = 0; i < importing->n_columns; i++) {
        struct vg_text cell = importing->at[i] == SIZE_MAX ? vg_text_of("", 0) : importing->sheet->cells[importing->row * importing->sheet->n_columns + importing->at[i]];
        if (cell.size > 0) {
            take_cell(importing, importing->columns[i].target, importing->at[i], cell);
        }
    }
    int year, month, day;
    if (importing->identity.birth != VG_DATE_NONE) {
        vg_date_to_civil(importing->identity.birth, &year, &month, &day);
        importing->person.birth_year = year;
    } else if (importing->age >= 0) {
        const struct vg_tracing_case *one = importing->kind == VG_TRACING_CASE ? &importing->out.one : NULL;
        int32_t seen = one != NULL && one->report != VG_DATE_NONE ? one->report : one != NULL && one->onset != VG_DATE_NONE ? one->onset : vg_date_today();
        vg_date_to_civil(seen, &year, &month, &day);
        importing->person.birth_year = year - importing->age;
    }
}

/* ---------------------------------------------------------------------- ids */

static vg_status look_up(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t *id)
{
    *id = 0;
    return external == NULL ? VG_OK : vg_tracing_external(importing->work, exchange_form_names[importing->form], kind, external, id, importing->error);
}

static vg_status register_id(struct importing *importing, enum vg_tracing_kind kind, const char *external, int64_t id)
{
    return external == NULL ? VG_OK : vg_tracing_put_external(importing->work, exchange_form_names[importing->form], kind, external, id, importing->error);
}

/* SORMAS has an id for a case or contact, the others for the person that it is. */
static bool ids_are_persons(const struct importing *importing)
{
    return importing->form != FORM_SORMAS;
}

/* Whom the contact is of: the person or case that the other program names. */
static vg_status find_source(struct importing *importing, int64_t *source)
{
    struct vg_tracing_case one;
    int64_t id = 0;
    *source = 0;
    vg_status status = look_up(importing, VG_TRACING_PERSON, importing->source, source);
    if (status == VG_OK && importing->source_case != NULL) {
        status = look_up(importing, VG_TRACING_CASE, importing->source_case, &id);
        if (status == VG_OK && id != 0) {
            status = vg_tracing_get(importing->store, VG_TRACING_CASE, id, importing->arena, &one, importing->error);
            *source = status == VG_OK ? one.person : 0;
        }
    }
    const char *named = importing->source != NULL ? importing->source : importing->source_case;
    if (status == VG_OK && *source == 0 && named != NULL) {
        reject(importing, SIZE_MAX, vg_text_from(named), "is not in the node: import the cases first");
    }
    return status;
}

/* ------------------------------------------------------------------- writing */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool same_identity(const struct vg_identity *a, const struct vg_identity *b)
{
    bool same = a->birth == b->birth;
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        same = same && same_text(a->texts[i], b->texts[i]);
    }
    return same;
}

/* A person that is there: what the row gives is changed, what it does not give stays. */
static vg_status renew_person(struct importing *importing, int64_t id, bool *changed)
{
    struct vg_tracing_person former, row = importing->person;
    struct vg_identity known, given = importing->identity;
    vg_status status = vg_tracing_get(importing->store, VG_TRACING_PERSON, id, importing->arena, &former, importing->error);
    if (status == VG_OK) {
        status = vg_tracing_open_identity(importing->work, former.id, importing->arena, &known, importing->error);
    }
    if (status != VG_OK || former.erased != VG_DATE_NONE) { /* what was erased does not come back by an old file */
        return status;
    }
    for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
        given.texts[i] = given.texts[i] == NULL ? known.texts[i] : given.texts[i];
    }
    given.birth = given.birth == VG_DATE_NONE ? known.birth : given.birth;
    row.id = former.id;
    row.added = former.added;
    row.birth_year = row.birth_year == 0 ? former.birth_year : row.birth_year;
    row.sex = row.sex == 0 ? former.sex : row.sex;
    row.place = row.place == NULL ? former.place : row.place;
    bool other = row.birth_year != former.birth_year || row.sex != former.sex || !same_text(row.place, former.place);
    if (other) {
        status = vg_tracing_put(importing->work, VG_TRACING_PERSON, &row, importing->error);
    }
    if (status == VG_OK && !same_identity(&given, &known)) {
        other = true;
        status = tracing_matcher_add(importing->matcher, &row, &given, importing->error);
    }
    *changed = *changed || other;
    return status;
}

static vg_status put_person(struct importing *importing, int64_t *id, bool *changed)
{
    if (*id != 0) {
        return renew_person(importing, *id, changed);
    }
    vg_status status = vg_tracing_put(importing->work, VG_TRACING_PERSON, &importing->person, importing->error);
    if (status == VG_OK && importing->has_identity) {
        status = tracing_matcher_add(importing->matcher, &importing->person, &importing->identity, importing->error);
    }
    *id = importing->person.id;
    importing->counts.persons++;
    return status;
}

/* Fields that the row does not give are those that were there; whether any is another now. */
static bool overlay(const struct importing *importing, const void *former, void *row)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(importing->kind);
    static const size_t sizes[] = {sizeof(int64_t), sizeof(int64_t), sizeof(int), sizeof(int32_t), sizeof(double), sizeof(char *)};
    bool changed = false;
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct vg_tracing_field *field = &shape->fields[i];
        char *to = (char *)row + field->offset;
        const char *from = (const char *)former + field->offset;
        if ((importing->given >> i & 1) == 0) {
            memcpy(to, from, sizes[field->value]);
        } else if (field->value == VG_VALUE_TEXT) {
            changed = changed || !same_text(*(const char *const *)(const void *)to, *(const char *const *)(const void *)from);
        } else {
            changed = changed || memcmp(to, from, sizes[field->value]) != 0;
        }
    }
    return changed;
}

static vg_status put_order(struct importing *importing, int64_t person)
{
    int64_t id = 0;
    if (!importing->has_order) {
        return VG_OK;
    }
    vg_status status = look_up(importing, VG_TRACING_ORDER, importing->external, &id);
    importing->order.id = id;
    importing->order.person = person;
    if (status == VG_OK) {
        status = vg_tracing_put(importing->work, VG_TRACING_ORDER, &importing->order, importing->error);
    }
    return status == VG_OK && id == 0 ? register_id(importing, VG_TRACING_ORDER, importing->external, importing->order.id) : status;
}

/* The row's own id: a contact of another program's persons is known by both of them. */
static const char *row_key(const struct importing *importing)
{
    if (importing->kind != VG_TRACING_CONTACT || importing->form == FORM_SORMAS) {
        return importing->external;
    }
    return vg_arena_format(importing->arena, "%s>%s", importing->part == PART_RELATIONSHIPS ? importing->external_person : importing->external, importing->source == NULL ? "" : importing->source);
}

static vg_status fill_links(struct importing *importing, int64_t person, int64_t source)
{
    struct vg_contact *contact = &importing->out.contact;
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.person = person;
    } else {
        contact->person = person;
        contact->source = source;
        contact->place = importing->person.place;
        int32_t last = contact->last == VG_DATE_NONE ? contact->first : contact->last;
        if (contact->follow_until == VG_DATE_NONE && last != VG_DATE_NONE) {
            contact->follow_until = last + (int32_t)(importing->import->follow_days == 0 ? 14 : importing->import->follow_days);
        }
        contact->found = contact->found == VG_FOUND_UNKNOWN && source != 0 ? VG_FOUND_FORWARD : contact->found;
    }
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.place = importing->person.place;
    }
    return VG_OK;
}

/* A person's case of the same onset and report, or contact with the same source on the same last day, that came by another way. */
static vg_status find_same(struct importing *importing, int64_t person, int64_t source, int64_t *id)
{
    struct vg_tracing_query query = {.kind = importing->kind};
    struct vg_tracing_case *cases = NULL;
    struct vg_contact *contacts = NULL;
    bool of_cases = importing->kind == VG_TRACING_CASE;
    size_t n = 0;
    vg_tracing_where(&query, "person", VG_IS, person);
    vg_status status = vg_tracing_select(importing->store, &query, importing->arena, of_cases ? (void *)&cases : (void *)&contacts, &n, importing->error);
    for (size_t i = 0; status == VG_OK && *id == 0 && i < n; i++) {
        bool same = of_cases ? cases[i].onset == importing->out.one.onset && cases[i].report == importing->out.one.report
                             : contacts[i].source == source && contacts[i].last == importing->out.contact.last;
        *id = !same ? 0 : of_cases ? cases[i].id : contacts[i].id;
    }
    return status;
}

/* Case, contact, or a relationship between persons that are there. */
static vg_status put_row(struct importing *importing)
{
    union import_row former;
    const char *key = row_key(importing);
    int64_t id = 0, person = 0, source = 0;
    bool changed = false, relationship = importing->part == PART_RELATIONSHIPS;
    vg_status status = importing->kind == VG_TRACING_CONTACT ? find_source(importing, &source) : VG_OK;
    if (status == VG_OK) {
        status = look_up(importing, importing->kind, key, &id);
    }
    if (status == VG_OK && ids_are_persons(importing)) {
        status = look_up(importing, VG_TRACING_PERSON, relationship ? importing->external_person : importing->external, &person);
    }
    if (status == VG_OK && id == 0 && person != 0) {
        status = find_same(importing, person, source, &id);
    }
    if (status == VG_OK && id != 0) {
        status = vg_tracing_get(importing->store, importing->kind, id, importing->arena, &former, importing->error);
        person = status != VG_OK ? 0 : importing->kind == VG_TRACING_CASE ? former.one.person : former.contact.person;
    }
    if (status == VG_OK && relationship && person == 0) {
        reject(importing, SIZE_MAX, vg_text_from(importing->external_person == NULL ? "" : importing->external_person), "is not in the node: import cases and contacts first");
    }
    if (status != VG_OK || importing->bad) {
        return status;
    }
    status = fill_links(importing, person == 0 ? -1 : person, source);
    if (vg_tracing_check(importing->kind, &importing->out, importing->error) != VG_OK) { /* before anything of the row is written */
        reject(importing, SIZE_MAX, vg_text_of("", 0), vg_arena_copy(importing->arena, importing->error->message));
        return VG_OK;
    }
    bool new_person = person == 0;
    if (!relationship) {
        status = put_person(importing, &person, &changed);
    }
    if (status == VG_OK && new_person && ids_are_persons(importing)) {
        status = register_id(importing, VG_TRACING_PERSON, importing->external, person);
    }
    if (importing->kind == VG_TRACING_CASE) {
        importing->out.one.person = person;
    } else {
        importing->out.contact.person = person;
    }
    bool put = id == 0;
    if (status == VG_OK && id != 0) {
        put = overlay(importing, &former, &importing->out);
        changed = changed || put;
    }
    if (status == VG_OK && put) {
        status = vg_tracing_put(importing->work, importing->kind, &importing->out, importing->error);
    }
    if (status == VG_OK && id == 0) {
        status = register_id(importing, importing->kind, key, importing->out.id);
    }
    if (status == VG_OK) {
        status = put_order(importing, person);
    }
    importing->counts.added += id == 0;
    importing->counts.changed += id != 0 && changed;
    importing->counts.same += id != 0 && !changed;
    return status;
}

/* A visit belongs to the person's newest contact that it can be of. */
static vg_status put_followup(struct importing *importing)
{
    struct vg_followup *followup = &importing->out.followup;
    struct vg_tracing_query query = {.kind = VG_TRACING_CONTACT, .newest_first = true, .most = 1};
    struct vg_contact *contacts = NULL;
    int64_t person = 0, id = 0;
    size_t n = 0;
    vg_status status = look_up(importing, VG_TRACING_PERSON, importing->external_person, &person);
    if (status == VG_OK && person != 0) {
        vg_tracing_where(&query, "person", VG_IS, person);
        status = vg_tracing_select(importing->store, &query, importing->arena, &contacts, &n, importing->error);
    }
    if (status == VG_OK && n == 0) {
        reject(importing, SIZE_MAX, vg_text_from(importing->external_person == NULL ? "" : importing->external_person), "is no contact in the node");
    }
    if (status == VG_OK) {
        status = look_up(importing, VG_TRACING_FOLLOWUP, importing->external, &id);
    }
    if (status != VG_OK || importing->bad) {
        return status;
    }
    followup->contact = contacts[0].id;
    if (id != 0) {
        importing->counts.same++;
        return VG_OK;
    }
    if (vg_tracing_check(VG_TRACING_FOLLOWUP, followup, importing->error) != VG_OK) {
        reject(importing, SIZE_MAX, vg_text_of("", 0), vg_arena_copy(importing->arena, importing->error->message));
        return VG_OK;
    }
    status = vg_tracing_put(importing->work, VG_TRACING_FOLLOWUP, followup, importing->error);
    importing->counts.added++;
    return status == VG_OK ? register_id(importing, VG_TRACING_FOLLOWUP, importing->external, followup->id) : status;
}

/* -------------------------------------------------------------------- sheets */

/* SORMAS writes a second row of headings, in words: where the id should be (its columns begin with it) stands none. */
static bool is_caption(const struct importing *importing)
{
    struct vg_text id = importing->at[0] == SIZE_MAX ? vg_text_of("", 0) : importing->sheet->cells[importing->row * importing->sheet->n_columns + importing->at[0]];
    bool any_digit = false;
    for (size_t i = 0; i < id.size; i++) {
        any_digit = any_digit || (id.data[i] >= '0' && id.data[i] <= '9') || id.data[i] == '-';
    }
    return importing->form == FORM_SORMAS && importing->row == 0 && id.size > 0 && !any_digit;
}

static void find_columns(struct importing *importing)
{
    importing->columns = exchange_columns(importing->form, importing->part, &importing->n_columns);
    importing->kind = importing->part == PART_CASES ? VG_TRACING_CASE : importing->part == PART_FOLLOWUPS ? VG_TRACING_FOLLOWUP : VG_TRACING_CONTACT;
    for (size_t i = 0; i < importing->n_columns; i++) {
        const char *target = importing->columns[i].target;
        importing->at[i] = exchange_find(importing->sheet, importing->columns[i].headings);
        for (size_t k = 0; k < importing->import->n_maps; k++) {
            const char *map = importing->import->maps[k], *equals = strchr(map, '=');
            const char *bare = target[0] == '@' || target[0] == '>' || target[0] == '!' ? target + 1 : target;
            if (equals != NULL && strlen(bare) == (size_t)(equals - map) && strncmp(bare, map, strlen(bare)) == 0) {
                importing->at[i] = exchange_find(importing->sheet, equals + 1);
            }
        }
    }
}

/* Which part a sheet is, by what only that one has. */
static vg_status find_part(struct importing *importing, const struct exchange_sheet *sheet, enum exchange_part *part)
{
    if (importing->import->part != NULL) {
        bool known = exchange_part_from_name(importing->import->part, part);
        size_t n = 0;
        return known && exchange_columns(importing->form, *part, &n) != NULL ? VG_OK
                                                                             : vg_fail(importing->error, VG_USAGE_ERROR, "%s has no %.40s", importing->import->form, importing->import->part);
    }
    static const struct { enum exchange_form form; enum exchange_part part; const char *headings; } signs[] = {
        {FORM_GODATA, PART_RELATIONSHIPS, "persons[0].id|sourcePerson.id|Source person ID|Persons[1] ID"}, {FORM_GODATA, PART_FOLLOWUPS, "personId|contact.id"},
        {FORM_GODATA, PART_CONTACTS, "dateOfLastContact|followUp.endDate|relationship.relatedId|Date of last contact|Relationship Date of last contact|Relationship Related person"},
        {FORM_GODATA, PART_CASES, "classification|dateOfOnset"}, {FORM_SORMAS, PART_CONTACTS, "sourceCaseUuid|contactProximity|lastContactDate"}, {FORM_SORMAS, PART_CASES, "caseClassification"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (signs[i].form == importing->form && exchange_find(sheet, signs[i].headings) != SIZE_MAX) {
            *part = signs[i].part;
            return VG_OK;
        }
    }
    return vg_fail(importing->error, VG_NEEDS_CHOICE, "%s: no heading tells whether these are cases or contacts of %s; say so with --part", importing->import->path, importing->import->form);
}

static vg_status import_sheet(struct importing *importing, const struct exchange_sheet *sheet, enum exchange_part part, struct vg_answer *answer)
{
    importing->sheet = sheet;
    importing->part = part;
    importing->counts = (struct counts){0};
    find_columns(importing);
    vg_status status = importing->n_columns <= COLUMNS_MOST ? decide_order(importing) : VG_LIMIT_EXCEEDED;
    for (importing->row = 0; status == VG_OK && importing->row < sheet->n_rows; importing->row++) {
        if (is_caption(importing)) {
            continue;
        }
        read_row(importing);
        importing->counts.rows++;
        if (importing->external == NULL && importing->part != PART_RELATIONSHIPS) {
            reject(importing, SIZE_MAX, vg_text_of("", 0), "has no id of its own");
        }
        if (!importing->bad) {
            status = importing->part == PART_FOLLOWUPS ? put_followup(importing) : put_row(importing);
        }
        importing->counts.rejected += importing->bad;
        importing->n_rejected += importing->bad;
        if ((importing->row & 1023) == 0 && !vg_progress_report(importing->import->progress, exchange_part_names[part], (double)importing->row / (double)sheet->n_rows)) {
            status = vg_fail(importing->error, VG_CANCELLED, "the import was stopped; nothing was taken");
        }
    }
    vg_table_text(&answer->table, exchange_part_names[part]);
    const size_t cells[] = {importing->counts.rows, importing->counts.added, importing->counts.changed, importing->counts.same, importing->counts.rejected, importing->counts.persons};
    for (size_t i = 0; i < 6; i++) {
        vg_table_integer(&answer->table, (int64_t)cells[i]);
    }
    return status;
}

static vg_status import_all(struct importing *importing, struct vg_answer *answer, size_t *n_pairs)
{
    struct exchange_sheet sheets[2] = {{0}, {0}};
    struct vg_duplicate *pairs = NULL;
    enum exchange_part part = PART_CASES;
    bool tracker = importing->form == FORM_DHIS2;
    vg_status status = tracker ? exchange_read_tracker(importing->import->path, importing->arena, &sheets[0], &sheets[1], importing->error)
                               : exchange_read_sheet(importing->import->path, importing->arena, &sheets[0], importing->error);
    importing->places_room = status == VG_OK ? sheets[0].n_rows + sheets[1].n_rows + 1 : 1;
    importing->places_found = VG_ARENA_ARRAY(importing->arena, const char *, importing->places_room);
    if (status == VG_OK && importing->places_found == NULL) {
        status = vg_fail_memory(importing->error, importing->places_room);
    }
    if (status == VG_OK && !tracker) {
        status = find_part(importing, &sheets[0], &part);
    }
    if (status == VG_OK) {
        status = import_sheet(importing, &sheets[0], part, answer);
    }
    if (status == VG_OK && tracker) {
        vg_table_integer(&answer->table, 0);
        vg_table_missing(&answer->table);
        status = import_sheet(importing, &sheets[1], PART_CONTACTS, answer);
    }
    if (status == VG_OK) {
        status = tracing_matcher_find(importing->matcher, VG_TRACING_DUPLICATE_LEAST, true, importing->arena, &pairs, n_pairs, importing->error);
    }
    if (status == VG_OK) {
        vg_table_integer(&answer->table, (int64_t)*n_pairs);
        vg_table_text(&answer->table, importing->n_notes == 0 ? NULL : importing->notes.data);
    }
    return status;
}

static vg_status write_rejects(struct importing *importing)
{
    const struct reject *rejects = (const struct reject *)(const void *)importing->rejects.data;
    struct vg_table table;
    struct vg_buffer out;
    vg_table_init(&table, importing->arena);
    vg_table_add_column(&table, "line", VG_COLUMN_INTEGER);
    vg_table_add_column(&table, "column", VG_COLUMN_TEXT);
    vg_table_add_column(&table, "value", VG_COLUMN_TEXT);
    vg_table_add_column(&table, "reason", VG_COLUMN_TEXT);
    for (size_t i = 0; i < importing->rejects.size / sizeof *rejects; i++) {
        vg_table_integer(&table, (int64_t)rejects[i].line);
        vg_table_text(&table, rejects[i].column);
        vg_table_text_slice(&table, rejects[i].value);
        vg_table_text(&table, rejects[i].reason);
    }
    vg_buffer_init(&out, 0);
    vg_status status = vg_table_write(&table, VG_FORMAT_CSV, &out, importing->error);
    if (status == VG_OK) {
        status = vg_file_write_atomic(importing->import->rejects_path, out.data, out.size, importing->error);
    }
    vg_buffer_release(&out);
    return status;
}

static vg_status conclude(struct importing *importing, vg_status status)
{
    const struct reject *first = (const struct reject *)(const void *)importing->rejects.data;
    size_t n = importing->n_rejected;
    if (status == VG_OK && importing->import->rejects_path != NULL) {
        status = write_rejects(importing);
    }
    if (status == VG_OK && n > 0 && !importing->import->accept_rejects) {
        return vg_fail(importing->error, VG_DATA_ERROR, "%s, line %llu%s%.60s%s%.*s%s %.200s: nothing was taken; %zu rows cannot be (--rejects FILE lists them, --accept-rejects takes the others)",
                       importing->import->path, (unsigned long long)first->line, first->column[0] == '\0' ? "" : ", column ", first->column, first->value.size == 0 ? ":" : ": \"",
                       (int)(first->value.size > 60 ? 60 : first->value.size), first->value.data, first->value.size == 0 ? "" : "\"", first->reason, n);
    }
    if (status == VG_OK) {
        char detail[400];
        (void)snprintf(detail, sizeof detail, "%s of %.200s, %zu rejected", importing->import->form, importing->import->path, n);
        status = vg_tracing_note(importing->work, "imported", 0, NULL, 0, NULL, detail, importing->error);
    }
    return status;
}

vg_status vg_job_tracing_import(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_import *import, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error)
{
    static const char *const columns[] = {"part", "rows", "added", "changed", "same", "rejected", "persons", "duplicates", "notes"};
    struct importing importing = {.store = store, .import = import, .arena = arena, .error = error};
    size_t n_pairs = 0;
    if (!exchange_form_from_name(import->form, &importing.form)) {
        return vg_fail(error, VG_USAGE_ERROR, "--form is godata, sormas or dhis2");
    }
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i], i == 0 || i == 8 ? VG_COLUMN_TEXT : VG_COLUMN_INTEGER);
    }
    vg_buffer_init(&importing.rejects, 0);
    vg_buffer_init(&importing.notes, 0);
    vg_dictionary_init(&importing.places, arena);
    vg_dictionary_init(&importing.unknown_words, arena);
    vg_status status = vg_tracing_begin(store, actor, &importing.work, error);
    if (status == VG_OK) {
        vg_tracing_quiet(importing.work, true);
        status = tracing_matcher_open(importing.work, store, &importing.matcher, error);
    }
    if (status == VG_OK) {
        status = import_all(&importing, answer, &n_pairs);
    }
    if (status == VG_OK) {
        status = conclude(&importing, status);
    }
    tracing_matcher_close(importing.matcher);
    bool dry = status == VG_OK && import->dry_run;
    status = vg_tracing_end(importing.work, dry ? VG_CANCELLED : status, error);
    status = dry && status == VG_CANCELLED ? VG_OK : status;
    vg_buffer_release(&importing.rejects);
    vg_buffer_release(&importing.notes);
    tracing_meta_begin(answer);
    job_meta_text(&answer->meta, "form", import->form);
    vg_buffer_format(&answer->meta, ",\"dry_run\":%s", dry ? "true" : "false");
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}
