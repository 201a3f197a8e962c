/*
 * The record in the headings and words of other programs, so that what leaves can come back there.
 */
#include "jobs/tracing/exchange.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct exporting {
    struct vg_store *store;
    const struct vg_tracing_export *request;
    struct vg_arena *arena;
    struct vg_error *error;
    enum exchange_form form;
    enum exchange_part part;
    enum vg_tracing_kind kind;
    const struct vg_tracing_shape *shape;
    struct vg_tracing_lookup *lookup;
    char *rows;                       /* of the kind's structs */
    int64_t *persons;                 /* [n]; 0: of nobody, as events are */
    size_t n;
    struct vg_identity *names;        /* [n], or NULL */
};

/* ---------------------------------------------------------------------- rows */

static vg_status person_of(struct exporting *exporting, const void *row, int64_t *person)
{
    struct vg_contact contact;
    vg_status status = VG_OK;
    switch (exporting->kind) {
    case VG_TRACING_CASE: *person = ((const struct vg_tracing_case *)row)->person; break;
    case VG_TRACING_CONTACT: *person = ((const struct vg_contact *)row)->person; break;
    case VG_TRACING_ATTENDANCE: *person = ((const struct vg_attendance *)row)->person; break;
    case VG_TRACING_FOLLOWUP:
        status = vg_tracing_get(exporting->store, VG_TRACING_CONTACT, ((const struct vg_followup *)row)->contact, exporting->arena, &contact, exporting->error);
        *person = status == VG_OK ? contact.person : 0;
        break;
    default: *person = 0;
    }
    return status;
}

static vg_status read_rows(struct exporting *exporting, const struct vg_actor *actor)
{
    struct vg_tracing_query query = {.kind = exporting->kind};
    vg_status status = vg_tracing_select(exporting->store, &query, exporting->arena, &exporting->rows, &exporting->n, exporting->error);
    exporting->persons = status == VG_OK ? VG_ARENA_ARRAY(exporting->arena, int64_t, exporting->n + 1) : NULL;
    if (status == VG_OK && exporting->persons == NULL) {
        status = vg_fail_memory(exporting->error, exporting->n * sizeof *exporting->persons);
    }
    size_t kept = 0, size = exporting->shape->size;
    for (size_t i = 0; status == VG_OK && i < exporting->n; i++) {
        const struct vg_contact *contact = exporting->kind == VG_TRACING_CONTACT ? (const void *)(exporting->rows + i * size) : NULL;
        bool wanted = contact == NULL || (exporting->part == PART_RELATIONSHIPS ? contact->source != 0 || contact->event != 0 : contact->person != 0); /* a relationship has two ends */
        if (wanted) {
            memmove(exporting->rows + kept * size, exporting->rows + i * size, size);
            status = person_of(exporting, exporting->rows + kept * size, &exporting->persons[kept]);
            kept++;
        }
    }
    exporting->n = kept;
    if (status != VG_OK || exporting->request->names_for == NULL || (exporting->kind != VG_TRACING_CASE && exporting->kind != VG_TRACING_CONTACT)) {
        return status;
    }
    exporting->names = VG_ARENA_ARRAY(exporting->arena, struct vg_identity, exporting->n + 1);
    return exporting->names == NULL ? vg_fail_memory(exporting->error, exporting->n * sizeof *exporting->names)
                                    : vg_tracing_show(exporting->store, actor, exporting->request->names_for, exporting->persons, exporting->n, exporting->arena, exporting->names, exporting->error);
}

static const char *copy_date(struct vg_arena *arena, int32_t date)
{
    char text[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(date, text);
    return date == VG_DATE_NONE ? NULL : vg_arena_copy(arena, text);
}

/* A field as the form writes it; NULL: unknown, or the form has no word for it. */
static const char *field_text(struct exporting *exporting, const struct vg_tracing_field *field, const void *row)
{
    const char *at = (const char *)row + field->offset;
    switch (field->value) {
    case VG_VALUE_WORD: {
        const char *word = field->words[*(const int *)(const void *)at];
        return strcmp(word, "unknown") == 0 ? NULL : exchange_word_of(exporting->form, field->name, word);
    }
    case VG_VALUE_DATE:
        return copy_date(exporting->arena, *(const int32_t *)(const void *)at);
    case VG_VALUE_TEXT:
        return *(const char *const *)(const void *)at;
    case VG_VALUE_NUMBER: {
        char number[40] = "";
        double value = *(const double *)(const void *)at;
        size_t size = isnan(value) ? 0 : vg_print_double(value, number);
        return size == 0 ? NULL : vg_arena_copy_bytes(exporting->arena, number, size);
    }
    default:
        return *(const int64_t *)(const void *)at == 0 ? NULL : vg_arena_format(exporting->arena, "%lld", (long long)*(const int64_t *)(const void *)at);
    }
}

static const char *id_text(struct exporting *exporting, enum vg_tracing_kind kind, int64_t id, vg_status *status)
{
    char text[VG_TRACING_EXTERNAL_BYTES] = "";
    if (id == 0 || *status != VG_OK) {
        return NULL;
    }
    *status = vg_tracing_external_of(exporting->store, exchange_form_names[exporting->form], kind, id, exporting->form == FORM_DHIS2, text, exporting->error);
    return vg_arena_copy(exporting->arena, text);
}

/* Of the row itself: Go.Data and DHIS2 have none for a case or contact but the person's. */
static const char *own_id(struct exporting *exporting, const void *row, int64_t person, vg_status *status)
{
    bool of_person = exporting->form != FORM_SORMAS && (exporting->part == PART_CASES || exporting->part == PART_CONTACTS);
    if (exporting->part != PART_RELATIONSHIPS) {
        return of_person ? id_text(exporting, VG_TRACING_PERSON, person, status) : id_text(exporting, exporting->kind, *(const int64_t *)row, status);
    }
    char text[VG_TRACING_EXTERNAL_BYTES]; /* no reference data of the other program: an id of the relationship itself */
    *status = *status == VG_OK ? vg_tracing_external_of(exporting->store, "", exporting->kind, *(const int64_t *)row, false, text, exporting->error) : *status;
    return *status == VG_OK ? vg_arena_copy(exporting->arena, text) : NULL;
}

static const char *link_text(struct exporting *exporting, const char *name, const void *row, int64_t person, vg_status *status)
{
    const struct vg_contact *contact = exporting->kind == VG_TRACING_CONTACT ? row : NULL;
    if (strcmp(name, "row") == 0) {
        return own_id(exporting, row, person, status);
    }
    if (strcmp(name, "person") == 0) {
        return id_text(exporting, VG_TRACING_PERSON, person, status);
    }
    if (strcmp(name, "number") == 0) {
        char text[VG_TRACING_EXTERNAL_BYTES] = "";
        *status = *status == VG_OK ? vg_tracing_told_external(exporting->store, EXCHANGE_NUMBERS, VG_TRACING_CASE, *(const int64_t *)row, text, exporting->error) : *status;
        return text[0] == '\0' ? NULL : vg_arena_copy(exporting->arena, text);
    }
    if (strcmp(name, "contact") == 0) {
        return id_text(exporting, VG_TRACING_CONTACT, ((const struct vg_followup *)row)->contact, status);
    }
    if (exporting->kind == VG_TRACING_ATTENDANCE) {
        return id_text(exporting, VG_TRACING_EVENT, ((const struct vg_attendance *)row)->event, status);
    }
    if (contact != NULL && strcmp(name, "source_case") == 0) {
        struct vg_brief_case brief = {.id = 0};
        *status = *status == VG_OK && contact->source != 0 ? vg_tracing_look_case(exporting->lookup, contact->source, &brief, exporting->error) : *status;
        return id_text(exporting, VG_TRACING_CASE, brief.id, status);
    }
    bool of_event = contact != NULL && contact->source == 0 && exporting->form == FORM_GODATA;
    return contact == NULL ? NULL : of_event ? id_text(exporting, VG_TRACING_EVENT, contact->event, status) : id_text(exporting, VG_TRACING_PERSON, contact->source, status);
}

static const char *person_text(struct exporting *exporting, const char *name, size_t i, const struct vg_brief_person *person)
{
    const struct vg_identity *identity = exporting->names == NULL ? NULL : &exporting->names[i];
    int year, month, day;
    if (strcmp(name, "sex") == 0) {
        return person->sex == 0 ? NULL : exchange_word_of(exporting->form, "sex", vg_tracing_word(VG_TRACING_PERSON, "sex", person->sex));
    }
    if (strcmp(name, "place") == 0) {
        return person->place[0] == '\0' ? NULL : vg_arena_copy(exporting->arena, person->place);
    }
    if (strcmp(name, "age") == 0) { /* other programs have no year of birth */
        vg_date_to_civil(exchange_age_day(exporting->kind, exporting->rows + i * exporting->shape->size), &year, &month, &day);
        return person->birth_year == 0 || person->birth_year > year ? NULL : vg_arena_format(exporting->arena, "%d", year - (int)person->birth_year);
    }
    if (identity == NULL) {
        return NULL;
    }
    if (strcmp(name, "birth") == 0) {
        return copy_date(exporting->arena, identity->birth);
    }
    for (int k = 0; k < VG_IDENTITY_TEXT_COUNT; k++) {
        if (strcmp(vg_identity_names[k], name) == 0) {
            return identity->texts[k];
        }
    }
    return NULL;
}

static const char *order_text(struct exporting *exporting, const char *name, int64_t person, vg_status *status)
{
    struct vg_tracing_query query = {.kind = VG_TRACING_ORDER, .newest_first = true, .most = 1};
    struct vg_order *orders = NULL;
    size_t n = 0;
    if (*status != VG_OK) {
        return NULL;
    }
    vg_tracing_where(&query, "person", VG_IS, person);
    *status = vg_tracing_select(exporting->store, &query, exporting->arena, &orders, &n, exporting->error);
    return *status == VG_OK && n > 0 ? field_text(exporting, vg_tracing_field(vg_tracing_shape(VG_TRACING_ORDER), name), &orders[0]) : NULL;
}

static vg_status cell_text(struct exporting *exporting, const char *target, size_t i, const struct vg_brief_person *person, const char **out)
{
    const void *row = exporting->rows + i * exporting->shape->size;
    vg_status status = VG_OK;
    if (target[0] == '@') {
        *out = person_text(exporting, target + 1, i, person);
    } else if (target[0] == '>') {
        *out = link_text(exporting, target + 1, row, exporting->persons[i], &status);
    } else if (target[0] == '!') {
        *out = order_text(exporting, target + 1, exporting->persons[i], &status);
    } else if (target[0] == '?') {
        *out = exporting->kind == VG_TRACING_ATTENDANCE ? "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE" : NULL;
    } else if (strcmp(target, "seen") == 0) {
        const struct vg_followup *visit = row;
        *out = exchange_seen_word(exporting->form, visit->seen, visit->symptoms != NULL);
    } else {
        const struct vg_tracing_field *field = vg_tracing_field(exporting->shape, target);
        *out = field == NULL ? NULL : field_text(exporting, field, row);
    }
    return status;
}

/* -------------------------------------------------------------------- shapes */

static const char *heading_of(struct exporting *exporting, const struct exchange_column *column)
{
    return vg_arena_copy_bytes(exporting->arena, column->headings, strcspn(column->headings, "|"));
}

/* "addresses[0].phoneNumber": an object in a list in an object, made where it is not there. */
static void put_nested(json_t *record, const char *way, const char *text)
{
    char name[100];
    json_t *at = record;
    for (;;) {
        size_t length = strcspn(way, ".[");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, way);
        way += length;
        if (*way == '\0') {
            (void)json_object_set_new(at, name, strcmp(name, "years") == 0 ? json_integer(strtoll(text, NULL, 10)) : json_string(text));
            return;
        }
        json_t *inner = json_object_get(at, name);
        if (*way == '.') {
            if (inner == NULL) {
                inner = json_object();
                (void)json_object_set_new(at, name, inner);
            }
            at = inner;
            way++;
        } else {
            size_t index = (size_t)strtoul(way + 1, NULL, 10);
            if (inner == NULL) {
                inner = json_array();
                (void)json_object_set_new(at, name, inner);
            }
            while (json_array_size(inner) <= index) {
                (void)json_array_append_new(inner, json_object());
            }
            at = json_array_get(inner, index);
            way = strchr(way, ']') + 2;
        }
    }
}

static vg_status dump(json_t *root, struct vg_buffer *out, struct vg_error *error)
{
    char *text = json_dumps(root, JSON_INDENT(1));
    vg_buffer_clear(out);
    vg_buffer_text(out, text == NULL ? "" : text);
    vg_buffer_char(out, '\n');
    bool failed = text == NULL || out->failed;
    free(text);
    return failed ? vg_fail_memory(error, 0) : VG_OK;
}

static vg_status open_part(struct exporting *exporting, enum exchange_part part, const struct vg_actor *actor)
{
    exporting->part = part;
    exporting->kind = part == PART_CASES ? VG_TRACING_CASE : part == PART_FOLLOWUPS ? VG_TRACING_FOLLOWUP : part == PART_EVENTS ? VG_TRACING_EVENT : VG_TRACING_CONTACT;
    exporting->shape = vg_tracing_shape(exporting->kind);
    exporting->names = NULL;
    return read_rows(exporting, actor);
}

/* What two things are read from is written once. */
static bool is_written(const struct exchange_column *columns, size_t which)
{
    size_t size = strcspn(columns[which].headings, "|");
    for (size_t i = 0; i < which; i++) {
        if (strcspn(columns[i].headings, "|") == size && strncmp(columns[i].headings, columns[which].headings, size) == 0) {
            return true;
        }
    }
    return false;
}

static vg_status fill_rows(struct exporting *exporting, struct vg_table *table, json_t *list)
{
    size_t n_columns = 0;
    const struct exchange_column *columns = exchange_columns(exporting->form, exporting->part, &n_columns);
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < exporting->n; i++) {
        struct vg_brief_person person = {.birth_year = 0};
        json_t *record = list == NULL ? NULL : json_object();
        status = exporting->persons[i] == 0 ? VG_OK : vg_tracing_look_person(exporting->lookup, exporting->persons[i], &person, exporting->error);
        for (size_t k = 0; status == VG_OK && k < n_columns; k++) {
            const char *text = NULL;
            if (is_written(columns, k)) {
                continue;
            }
            status = cell_text(exporting, columns[k].target, i, &person, &text);
            if (list == NULL) {
                vg_table_text(table, text);
            } else if (text != NULL) {
                put_nested(record, heading_of(exporting, &columns[k]), text);
            }
        }
        if (list != NULL) {
            (void)json_array_append_new(list, record);
        }
    }
    return status;
}

/* Cases that were at an event are a relationship with it in Go.Data, which has no list of who was there. */
static vg_status fill_presence(struct exporting *exporting, const struct vg_actor *actor, struct vg_table *table, json_t *list)
{
    size_t kept = 0;
    exporting->kind = VG_TRACING_ATTENDANCE;
    exporting->shape = vg_tracing_shape(exporting->kind);
    vg_status status = read_rows(exporting, actor);
    struct vg_attendance *there = (struct vg_attendance *)(void *)exporting->rows;
    for (size_t i = 0; status == VG_OK && i < exporting->n; i++) {
        struct vg_brief_case brief;
        status = vg_tracing_look_case(exporting->lookup, there[i].person, &brief, exporting->error);
        if (status == VG_OK && brief.id != 0) {
            exporting->persons[kept] = there[i].person;
            there[kept++] = there[i];
        }
    }
    exporting->n = kept;
    return status == VG_OK ? fill_rows(exporting, table, list) : status;
}

static vg_status fill_part(struct exporting *exporting, const struct vg_actor *actor, struct vg_table *table, json_t *list)
{
    size_t n_columns = 0;
    const struct exchange_column *columns = exchange_columns(exporting->form, exporting->part, &n_columns);
    for (size_t k = 0; list == NULL && k < n_columns; k++) {
        if (!is_written(columns, k)) {
            vg_table_add_column(table, heading_of(exporting, &columns[k]), VG_COLUMN_TEXT);
        }
    }
    vg_status status = fill_rows(exporting, table, list);
    return status == VG_OK && exporting->part == PART_RELATIONSHIPS ? fill_presence(exporting, actor, table, list) : status;
}

/* --------------------------------------------------------------------- DHIS2 */

/* One entity from a record of the same columns: what is no attribute stands beside them. */
static json_t *entity_of(const json_t *record, const char *program)
{
    json_t *entity = json_object(), *attributes = json_array(), *enrollment = json_object(), *enrollments = json_array();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)record, key, value) {
        if (strcmp(key, "trackedEntity") == 0 || strcmp(key, "orgUnit") == 0) {
            (void)json_object_set(entity, key, value);
        } else if (strcmp(key, "occurredAt") == 0 || strcmp(key, "enrolledAt") == 0) {
            (void)json_object_set(enrollment, key, value);
        } else if (strcmp(key, "from") != 0) {
            (void)json_array_append_new(attributes, json_pack("{s:s,s:O}", "displayName", key, "value", value));
        }
    }
    (void)json_object_set_new(enrollment, "programName", json_string(program));
    (void)json_array_append_new(enrollments, enrollment);
    (void)json_object_set_new(entity, "attributes", attributes);
    (void)json_object_set_new(entity, "enrollments", enrollments);
    return entity;
}

/* A person's enrolment in a programme; NULL: none. */
static json_t *enrolled_in(const json_t *entity, const char *program)
{
    json_t *enrollments = json_object_get(entity, "enrollments");
    for (size_t i = 0; i < json_array_size(enrollments); i++) {
        if (strcmp(json_string_value(json_object_get(json_array_get(enrollments, i), "programName")), program) == 0) {
            return json_array_get(enrollments, i);
        }
    }
    return NULL;
}

static void add_tracker(const json_t *records, const char *program, json_t *entities, json_t *relationships, json_t *seen)
{
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        const char *id = json_string_value(json_object_get(record, "trackedEntity")), *from = json_string_value(json_object_get(record, "from"));
        json_t *entity = id == NULL ? NULL : json_object_get(seen, id), *made = id == NULL ? NULL : entity_of(record, program);
        if (made != NULL && entity == NULL) {
            (void)json_object_set(seen, id, made);
            (void)json_array_append(entities, made);
        } else if (made != NULL && enrolled_in(entity, program) == NULL) { /* a case that was a contact is enrolled for both */
            (void)json_array_extend(json_object_get(entity, "enrollments"), json_object_get(made, "enrollments"));
        }
        json_decref(made);
        if (id != NULL && from != NULL) {
            (void)json_array_append_new(relationships, json_pack("{s:s,s:{s:{s:s}},s:{s:{s:s}}}", "relationshipName", "Has been in contact with", "from", "trackedEntity", "trackedEntity", from,
                                                                 "to", "trackedEntity", "trackedEntity", id));
        }
    }
}

static const char *const programs[] = {"Case surveillance", "Contact registration and follow-up"};

static void add_events(const json_t *records, json_t *seen)
{
    static const char *const values[] = {"Temperature", "Symptoms"};
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        json_t *enrollment = enrolled_in(json_object_get(seen, json_string_value(json_object_get(record, "trackedEntity"))), programs[PART_CONTACTS]);
        json_t *event = json_pack("{s:s}", "programStageName", "Follow-up"), *list = json_array();
        static const char *const plain[] = {"event", "occurredAt", "status", "storedBy"};
        for (size_t k = 0; k < 4; k++) {
            if (json_object_get(record, plain[k]) != NULL) {
                (void)json_object_set(event, plain[k], json_object_get(record, plain[k]));
            }
        }
        for (size_t k = 0; k < 2; k++) {
            if (json_object_get(record, values[k]) != NULL) {
                (void)json_array_append_new(list, json_pack("{s:s,s:O}", "displayName", values[k], "value", json_object_get(record, values[k])));
            }
        }
        (void)json_object_set_new(event, "dataValues", list);
        if (enrollment != NULL && json_object_get(enrollment, "events") == NULL) {
            (void)json_object_set_new(enrollment, "events", json_array());
        }
        (void)json_array_append_new(json_object_get(enrollment, "events"), event);
    }
}

static vg_status export_tracker(struct exporting *exporting, const struct vg_actor *actor, struct vg_answer *answer)
{
    static const enum exchange_part parts[] = {PART_CASES, PART_CONTACTS, PART_FOLLOWUPS};
    json_t *entities = json_array(), *relationships = json_array(), *seen = json_object();
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < 3; i++) {
        json_t *records = json_array();
        status = open_part(exporting, parts[i], actor);
        if (status == VG_OK) {
            status = fill_part(exporting, actor, NULL, records);
        }
        if (status == VG_OK && parts[i] == PART_FOLLOWUPS) {
            add_events(records, seen);
        } else if (status == VG_OK) {
            add_tracker(records, programs[i], entities, relationships, seen);
        }
        json_decref(records);
    }
    json_t *root = json_pack("{s:o,s:o}", "trackedEntities", entities, "relationships", relationships);
    status = status == VG_OK ? dump(root, &answer->meta, exporting->error) : status;
    json_decref(root);
    json_decref(seen);
    return status;
}

vg_status vg_job_tracing_export(struct vg_store *store, const struct vg_actor *actor, const struct vg_tracing_export *request, struct vg_arena *arena, struct vg_answer *answer,
                                struct vg_error *error)
{
    struct exporting exporting = {.store = store, .request = request, .arena = arena, .error = error};
    enum exchange_part part = PART_CASES;
    size_t n = 0;
    if (!exchange_form_from_name(request->form, &exporting.form) || exporting.form == FORM_EXERCISE) {
        return vg_fail(error, VG_USAGE_ERROR, "--form is godata, sormas or dhis2");
    }
    if (exporting.form != FORM_DHIS2 && (!exchange_part_from_name(request->part, &part) || part == PART_RESULTS || exchange_columns(exporting.form, part, &n) == NULL)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s takes cases, contacts%s", request->form, exporting.form == FORM_GODATA ? ", events, relationships or followups" : " or followups");
    }
    vg_status status = vg_tracing_lookup_open(store, &exporting.lookup, error);
    if (status == VG_OK && exporting.form == FORM_DHIS2) {
        status = export_tracker(&exporting, actor, answer);
    } else if (status == VG_OK) {
        bool json = request->json && exporting.form == FORM_GODATA;
        json_t *list = json ? json_array() : NULL;
        status = open_part(&exporting, part, actor);
        if (status == VG_OK) {
            status = fill_part(&exporting, actor, &answer->table, list);
        }
        if (status == VG_OK && json) {
            status = dump(list, &answer->meta, error);
        }
        json_decref(list);
    }
    vg_tracing_lookup_close(exporting.lookup);
    return status;
}
