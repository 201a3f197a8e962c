/*
 * The cells of a row of another program: dates in the file's own order, words translated, places by code or name; what cannot be read is a complaint with line and column.
 */
#include "jobs/tracing/importing.h"

#include <string.h>

/* ---------------------------------------------------------------- complaints */

void import_reject(struct importing *importing, size_t column, struct vg_text value, const char *reason)
{
    struct job_reject one = {importing->sheet->lines[importing->row], column == SIZE_MAX ? "" : vg_arena_copy_bytes(importing->arena, importing->sheet->headings[column].data,
                                                                                                              importing->sheet->headings[column].size), value, reason};
    if (importing->rejects.size / sizeof one < IMPORT_REJECTS_MOST) {
        vg_buffer_append(&importing->rejects, &one, sizeof one);
    }
    importing->bad = true;
}

void import_note(struct importing *importing, const char *sentence)
{
    size_t before = importing->unknown_words.count;
    if (sentence != NULL && vg_dictionary_add(&importing->unknown_words, vg_text_from(sentence)) >= before && importing->n_notes < IMPORT_NOTES_MOST) {
        vg_buffer_format(&importing->notes, "%s%s", importing->n_notes++ == 0 ? "" : "; ", sentence);
    }
}

/* A word that nobody knows is said once. */
static void note_word(struct importing *importing, const char *field, struct vg_text value)
{
    import_note(importing, vg_arena_format(importing->arena, "%s \"%.*s\" is not known and taken as unknown", field, (int)(value.size > 60 ? 60 : value.size), value.data));
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

bool import_is_date_column(const struct importing *importing, size_t i)
{
    const char *target = importing->columns[i].target;
    const struct vg_tracing_field *field = vg_tracing_field(vg_tracing_shape(importing->kind), target);
    return strcmp(target, "@birth") == 0 || strcmp(target, "!first") == 0 || strcmp(target, "!last") == 0 || (field != NULL && field->value == VG_VALUE_DATE);
}

/* The order of day and month from all dates of the sheet; a number above 12 tells. */
vg_status import_decide_order(struct importing *importing)
{
    size_t first_high = 0, second_high = 0, open = 0;
    importing->month_first = importing->import->date_order == VG_TRACING_ORDER_MDY;
    if (importing->import->date_order != VG_TRACING_ORDER_AUTO) {
        return VG_OK;
    }
    for (size_t i = 0; i < importing->n_columns; i++) {
        for (size_t row = 0; importing->at[i] != SIZE_MAX && import_is_date_column(importing, i) && row < importing->sheet->n_rows; row++) {
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
    if (importing->places_found[index] == NULL && importing->n_unknown_places++ < IMPORT_PLACES_TOLD) {
        vg_buffer_format(&importing->unknown_places, "%s\"%.*s\"", importing->n_unknown_places == 1 ? "" : ", ", (int)(text.size > 60 ? 60 : text.size), text.data);
    }
    return importing->places_found[index];
}

/* What the record has no room for is a complaint, not cut. */
static const char *copy_text(struct importing *importing, size_t column, struct vg_text cell, size_t most)
{
    if (cell.size > most) {
        import_reject(importing, column, vg_text_of("", 0), vg_arena_format(importing->arena, "has %zu bytes, and at most %zu are kept", cell.size, most));
        return NULL;
    }
    return vg_arena_copy_bytes(importing->arena, cell.data, cell.size);
}

/* A field of a row: dates in the file's order, words translated, the rest as it is. */
static void take_field(struct importing *importing, const struct vg_tracing_field *field, void *row, size_t column, struct vg_text cell)
{
    char text[240];
    struct vg_error error;
    if (field->value == VG_VALUE_DATE) {
        int32_t date = VG_DATE_NONE;
        if (!parse_date(importing, cell, &date)) {
            import_reject(importing, column, cell, "is no date");
        }
        *(int32_t *)(void *)((char *)row + field->offset) = date;
        return;
    }
    if (field->value == VG_VALUE_TEXT) {
        const char *kept = strcmp(field->name, "place") == 0 ? find_place(importing, cell) : copy_text(importing, column, cell, VG_TRACING_TEXT_MOST);
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
        import_reject(importing, column, cell, "is no number");
    }
}

static void take_person_cell(struct importing *importing, const char *name, size_t column, struct vg_text cell)
{
    double years = 0;
    if (strcmp(name, "birth") == 0) {
        if (!parse_date(importing, cell, &importing->identity.birth)) {
            import_reject(importing, column, cell, "is no date");
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
            import_reject(importing, column, cell, "is no age");
        }
    } else if (strcmp(name, "sex") == 0 || strcmp(name, "place") == 0 || strcmp(name, "birth_year") == 0) {
        take_field(importing, vg_tracing_field(vg_tracing_shape(VG_TRACING_PERSON), name), &importing->person, column, cell);
    } else {
        for (int i = 0; i < VG_IDENTITY_TEXT_COUNT; i++) {
            if (strcmp(vg_identity_names[i], name) == 0) {
                importing->identity.texts[i] = copy_text(importing, column, cell, VG_IDENTITY_TEXT_MOST);
                importing->has_identity = true;
            }
        }
    }
}

/* -------------------------------------------------------------------- visits */

static void take_temperature(struct importing *importing, size_t column, struct vg_text cell)
{
    char text[40];
    struct vg_error error;
    size_t size = strnlen(cell.data, cell.size > 30 ? 30 : cell.size);
    (void)snprintf(text, sizeof text, "%.*s", (int)size, cell.data);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == ',' ? '.' : *c;
    }
    text[strspn(text, "0123456789.")] = '\0'; /* "38,2 °C" */
    if (text[0] == '\0' || vg_tracing_fill(vg_tracing_field(vg_tracing_shape(VG_TRACING_FOLLOWUP), "temperature"), text, &importing->out.followup, &error) != VG_OK) {
        import_reject(importing, column, cell, "is no temperature");
    }
}

/* "Fever, cough", or whether there are any. */
static void take_symptoms(struct importing *importing, struct vg_text cell)
{
    enum vg_yes yes = exchange_yes(cell);
    if (yes != VG_YES_UNKNOWN) {
        importing->ill = importing->ill || yes == VG_YES_YES;
        return;
    }
    struct exchange_symptom_list list;
    exchange_read_symptoms(cell, &list);
    importing->symptoms |= list.symptoms;
    importing->symptoms_as_told = cell;
    if (list.ill) {
        note_word(importing, "symptoms", list.unknown);
        importing->ill = true;
    }
}

static void take_sign(struct importing *importing, struct exchange_sign sign, size_t column, struct vg_text cell)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(VG_TRACING_FOLLOWUP);
    if (sign.about == ABOUT_NOTHING || cell.size == 0) {
        return;
    }
    importing->given |= UINT64_C(1) << (vg_tracing_field(shape, sign.about == ABOUT_TEMPERATURE ? "temperature" : "symptoms") - shape->fields);
    if (sign.about == ABOUT_TEMPERATURE) {
        take_temperature(importing, column, cell);
    } else if (sign.about == ABOUT_SYMPTOMS) {
        take_symptoms(importing, cell);
    } else if (sign.about == ABOUT_NO_SYMPTOMS) {
        importing->ill = importing->ill || exchange_yes(cell) == VG_YES_NO;
    } else if (exchange_yes(cell) == VG_YES_YES) {
        importing->symptoms |= UINT32_C(1) << sign.symptom;
    }
}

/* What the country's own form asked, and all of it as the record writes it. */
static void read_signs(struct importing *importing)
{
    const struct exchange_sheet *sheet = importing->sheet;
    for (size_t i = 0; i < sheet->n_columns; i++) {
        take_sign(importing, importing->signs[i], i, sheet->cells[importing->row * sheet->n_columns + i]);
    }
    if (importing->ill && importing->symptoms == 0) { /* not well, and nobody says how */
        const struct vg_tracing_shape *shape = vg_tracing_shape(VG_TRACING_FOLLOWUP);
        importing->symptoms = UINT32_C(1) << (EXCHANGE_SYMPTOM_COUNT - 1);
        importing->given |= UINT64_C(1) << (vg_tracing_field(shape, "symptoms") - shape->fields);
    }
    importing->out.followup.symptoms = exchange_symptom_text(importing->symptoms, importing->arena);
}

/* -------------------------------------------------------------------- rows */

static const char **slot_of(struct importing *importing, const char *target)
{
    const struct { const char *target; const char **slot; } slots[] = {
        {">row", &importing->external}, {">source", &importing->source}, {">source_case", &importing->source_case}, {">contact", &importing->external_contact}, {">number", &importing->number},
        {"?type", &importing->person_type}, {"?result", &importing->result}};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (strcmp(slots[i].target, target) == 0) {
            return slots[i].slot;
        }
    }
    return &importing->external_person;
}

static void take_cell(struct importing *importing, const char *target, size_t column, struct vg_text cell)
{
    const struct vg_tracing_shape *shape = vg_tracing_shape(importing->kind);
    if (target[0] == '@') {
        take_person_cell(importing, target + 1, column, cell);
    } else if (target[0] == '>' || target[0] == '?') {
        *slot_of(importing, target) = vg_arena_copy_bytes(importing->arena, cell.data, cell.size);
    } else if (importing->part == PART_FOLLOWUPS && (strcmp(target, "temperature") == 0 || strcmp(target, "symptoms") == 0)) {
        take_sign(importing, (struct exchange_sign){target[0] == 't' ? ABOUT_TEMPERATURE : ABOUT_SYMPTOMS, -1}, column, cell);
    } else if (target[0] == '!') {
        take_field(importing, vg_tracing_field(vg_tracing_shape(VG_TRACING_ORDER), target + 1), &importing->order, column, cell);
        importing->has_order = importing->has_order || importing->order.kind != VG_ORDER_UNKNOWN;
    } else {
        const struct vg_tracing_field *field = vg_tracing_field(shape, target);
        if (field != NULL) {
            take_field(importing, field, &importing->out, column, cell);
            importing->given |= UINT64_C(1) << (field - shape->fields);
            const char *word = strcmp(target, "seen") == 0 && cell.size >= 6 ? cell.data + cell.size - 6 : ""; /* Go.Data: SEEN_NOT_OK */
            importing->ill = importing->ill || strncasecmp(word, "not_ok", 6) == 0 || strncasecmp(word, "not ok", 6) == 0;
        }
    }
}

void import_read_row(struct importing *importing)
{
    importing->bad = importing->has_identity = importing->has_order = importing->ill = false;
    importing->given = 0;
    importing->symptoms = 0;
    importing->symptoms_as_told = vg_text_of("", 0);
    importing->age = -1;
    importing->event = 0;
    importing->external = importing->external_person = importing->external_contact = importing->source = importing->source_case = importing->person_type = importing->result = importing->number = NULL;
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
    if (importing->part == PART_FOLLOWUPS) {
        read_signs(importing);
    }
    int year, month, day;
    if (importing->identity.birth != VG_DATE_NONE) {
        vg_date_to_civil(importing->identity.birth, &year, &month, &day);
        importing->person.birth_year = year;
    } else if (importing->age >= 0) {
        vg_date_to_civil(exchange_age_day(importing->kind, &importing->out), &year, &month, &day);
        importing->person.birth_year = year - importing->age;
    }
}
