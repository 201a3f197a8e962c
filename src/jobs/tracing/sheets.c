/*
 * Files of other programs as sheets of cells: CSV and workbooks by the reader of intake, JSON with nested fields named by their way ("addresses[0].city").
 */
#include "jobs/tracing/exchange.h"

#include <jansson.h>
#include <string.h>

#define JSON_BYTES_MOST ((size_t)1 << 31)
#define COLUMNS_MOST 4096

/* ---------------------------------------------------------------------- CSV */

static vg_status read_table(const char *path, struct vg_arena *arena, struct exchange_sheet *sheet, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_buffer cells, lines;
    struct vg_row_batch batch = {0};
    vg_buffer_init(&cells, 0);
    vg_buffer_init(&lines, 0);
    vg_status status = vg_reader_open(path, &(struct vg_reader_options){0}, &reader, error);
    sheet->n_columns = status == VG_OK ? vg_reader_column_count(reader) : 0;
    sheet->headings = VG_ARENA_ARRAY(arena, struct vg_text, sheet->n_columns + 1);
    for (size_t i = 0; sheet->headings != NULL && i < sheet->n_columns; i++) {
        struct vg_text heading = vg_reader_heading(reader, i);
        sheet->headings[i] = vg_text_of(vg_arena_copy_bytes(arena, heading.data, heading.size), heading.size);
    }
    do {
        status = status == VG_OK ? vg_reader_next(reader, &batch, error) : status;
        for (size_t i = 0; status == VG_OK && i < batch.n_rows * batch.n_columns; i++) {
            struct vg_text cell = vg_text_trim(batch.cells[i]);
            cell.data = cell.size == 0 ? "" : vg_arena_copy_bytes(arena, cell.data, cell.size);
            vg_buffer_append(&cells, &cell, sizeof cell);
        }
        if (status == VG_OK) {
            vg_buffer_append(&lines, batch.lines, batch.n_rows * sizeof *batch.lines);
        }
    } while (status == VG_OK && batch.n_rows > 0);
    vg_reader_close(reader);
    sheet->n_rows = lines.size / sizeof *sheet->lines;
    sheet->cells = (struct vg_text *)(void *)vg_arena_copy_bytes(arena, cells.size == 0 ? "" : cells.data, cells.size);
    sheet->lines = (uint64_t *)(void *)vg_arena_copy_bytes(arena, lines.size == 0 ? "" : lines.data, lines.size);
    if (status == VG_OK && (cells.failed || lines.failed || arena->failed)) {
        status = vg_fail_memory(error, cells.size);
    }
    vg_buffer_release(&cells);
    vg_buffer_release(&lines);
    return status;
}

/* --------------------------------------------------------------------- JSON */

/* One cell on its way into a sheet whose columns are not all known yet. */
struct loose_cell { size_t row; uint32_t column; struct vg_text text; };
struct loose {
    struct vg_arena *arena;
    struct vg_dictionary headings;
    struct vg_buffer cells;
    size_t n_rows;
    bool failed;
};

static void put_cell(struct loose *loose, const char *heading, struct vg_text text)
{
    struct loose_cell cell = {loose->n_rows, vg_dictionary_add(&loose->headings, vg_text_from(heading)), text};
    if (cell.column == VG_DICTIONARY_NONE || loose->headings.count > COLUMNS_MOST) {
        loose->failed = true;
        return;
    }
    vg_buffer_append(&loose->cells, &cell, sizeof cell);
}

static void put_value(struct loose *loose, const char *heading, const json_t *value)
{
    char number[40] = "";
    if (json_is_string(value)) {
        put_cell(loose, heading, vg_text_trim(vg_text_of(vg_arena_copy_bytes(loose->arena, json_string_value(value), json_string_length(value)), json_string_length(value))));
    } else if (json_is_number(value)) {
        size_t size = json_is_integer(value) ? (size_t)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value)) : vg_print_double(json_real_value(value), number);
        put_cell(loose, heading, vg_text_of(vg_arena_copy_bytes(loose->arena, number, size), size));
    } else if (json_is_boolean(value)) {
        put_cell(loose, heading, vg_text_from(json_is_true(value) ? "true" : "false"));
    }
}

static void flatten(struct loose *loose, const char *way, const json_t *value, int depth)
{
    const char *key;
    json_t *inner;
    char name[300];
    if (depth > 8) {
        return;
    }
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
            (void)snprintf(name, sizeof name, "%s%s%.200s", way, way[0] == '\0' ? "" : ".", key);
            flatten(loose, name, inner, depth + 1);
        }
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && i < 20; i++) {
            (void)snprintf(name, sizeof name, "%.250s[%zu]", way, i);
            flatten(loose, name, json_array_get(value, i), depth + 1);
        }
    } else {
        put_value(loose, way, value);
    }
}

static void loose_init(struct loose *loose, struct vg_arena *arena)
{
    *loose = (struct loose){.arena = arena};
    vg_dictionary_init(&loose->headings, arena);
    vg_buffer_init(&loose->cells, 0);
}

static vg_status tighten(struct loose *loose, struct exchange_sheet *sheet, struct vg_error *error)
{
    const struct loose_cell *cells = (const struct loose_cell *)(const void *)loose->cells.data;
    size_t total = 0;
    sheet->n_rows = loose->n_rows;
    sheet->n_columns = loose->headings.count;
    sheet->headings = loose->headings.keys;
    bool fits = vg_multiply_size(sheet->n_rows, sheet->n_columns, &total);
    sheet->cells = fits ? VG_ARENA_ARRAY(loose->arena, struct vg_text, total + 1) : NULL;
    sheet->lines = VG_ARENA_ARRAY(loose->arena, uint64_t, sheet->n_rows + 1);
    bool failed = sheet->cells == NULL || sheet->lines == NULL || loose->cells.failed || loose->failed || loose->arena->failed;
    for (size_t i = 0; !failed && i < loose->cells.size / sizeof *cells; i++) {
        sheet->cells[cells[i].row * sheet->n_columns + cells[i].column] = cells[i].text;
    }
    for (size_t i = 0; !failed && i < sheet->n_rows; i++) {
        sheet->lines[i] = i + 1;
    }
    vg_buffer_release(&loose->cells);
    return failed ? vg_fail(error, VG_LIMIT_EXCEEDED, "the file has too many different fields, or is too large for memory") : VG_OK;
}

static vg_status read_json(const char *path, json_t **root, struct vg_error *error)
{
    struct vg_buffer text;
    json_error_t fault;
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, JSON_BYTES_MOST, &text, error);
    if (status == VG_OK) {
        *root = json_loadb(text.data == NULL ? "" : text.data, text.size, JSON_REJECT_DUPLICATES, &fault);
        status = *root == NULL ? vg_fail(error, VG_DATA_ERROR, "%s, line %d: %s", path, fault.line, fault.text) : VG_OK;
    }
    vg_buffer_release(&text);
    return status;
}

static bool looks_like_json(const char *path)
{
    char start[64] = "";
    FILE *file = fopen(path, "rb");
    size_t n = file == NULL ? 0 : fread(start, 1, sizeof start - 1, file);
    struct vg_text text = vg_text_trim(vg_text_of(start, n));
    if (file != NULL) {
        (void)fclose(file);
    }
    return text.size > 0 && (text.data[0] == '[' || text.data[0] == '{');
}

vg_status exchange_read_sheet(const char *path, struct vg_arena *arena, struct exchange_sheet *sheet, struct vg_error *error)
{
    struct loose loose;
    json_t *root = NULL;
    *sheet = (struct exchange_sheet){0};
    if (!looks_like_json(path)) {
        return read_table(path, arena, sheet, error);
    }
    vg_status status = read_json(path, &root, error);
    if (status == VG_OK && !json_is_array(root)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: a list of records was expected", path);
    }
    loose_init(&loose, arena);
    for (size_t i = 0; status == VG_OK && i < json_array_size(root); i++) {
        flatten(&loose, "", json_array_get(root, i), 0);
        loose.n_rows++;
    }
    json_decref(root);
    if (status != VG_OK) {
        vg_buffer_release(&loose.cells);
        return status;
    }
    return tighten(&loose, sheet, error);
}

size_t exchange_find(const struct exchange_sheet *sheet, const char *headings)
{
    for (const char *at = headings; *at != '\0';) {
        size_t length = strcspn(at, "|");
        for (size_t i = 0; i < sheet->n_columns; i++) {
            if (vg_text_fold_equal(sheet->headings[i], vg_text_of(at, length))) {
                return i;
            }
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return SIZE_MAX;
}

/* -------------------------------------------------------------------- DHIS2 */

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The one or the other name: 2.36 and what was before. */
static const char *either(const json_t *object, const char *name, const char *former)
{
    const char *text = text_at(object, name);
    return text == NULL ? text_at(object, former) : text;
}

/* An end of a relationship is an object within an object. */
static const char *end_of(const json_t *relationship, const char *name)
{
    const json_t *end = json_object_get(relationship, name), *entity = json_object_get(end, "trackedEntity");
    if (json_is_string(entity)) {
        return json_string_value(entity);
    }
    const char *id = text_at(entity, "trackedEntity");
    return id != NULL ? id : either(json_object_get(end, "trackedEntityInstance"), "trackedEntityInstance", "trackedEntity");
}

static void put_text(struct loose *loose, const char *heading, const char *text)
{
    if (text != NULL) {
        put_cell(loose, heading, vg_text_from(vg_arena_copy(loose->arena, text)));
    }
}

static bool is_of_cases(const json_t *enrollment)
{
    const char *name = either(enrollment, "programName", "program");
    return name != NULL && (strcasestr(name, "case") != NULL || strcasestr(name, "caso") != NULL || strcasestr(name, "cas ") != NULL);
}

/* The enrolment as a case, or as a contact; NULL: there is none. Where only one is there whose programme has no name, it is that. */
static const json_t *enrollment_of(const json_t *entity, bool cases)
{
    const json_t *enrollments = json_object_get(entity, "enrollments");
    for (size_t i = 0; i < json_array_size(enrollments); i++) {
        if (is_of_cases(json_array_get(enrollments, i)) == cases) {
            return json_array_get(enrollments, i);
        }
    }
    return cases ? json_array_get(enrollments, 0) : NULL;
}

/* Attributes under their code and their name, whichever the file has, and the enrolment's dates. */
static void put_entity(struct loose *loose, const json_t *entity, bool as_case, const char *from)
{
    const json_t *enrollment = enrollment_of(entity, as_case);
    put_text(loose, "trackedEntity", either(entity, "trackedEntity", "trackedEntityInstance"));
    put_text(loose, "orgUnit", text_at(entity, "orgUnit"));
    put_text(loose, "occurredAt", either(enrollment, "occurredAt", "incidentDate"));
    put_text(loose, "enrolledAt", either(enrollment, "enrolledAt", "enrollmentDate"));
    put_text(loose, "from", from);
    for (size_t pass = 0; pass < 2; pass++) {
        const json_t *list = json_object_get(pass == 0 ? entity : enrollment, "attributes");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *attribute = json_array_get(list, i), *value = json_object_get(attribute, "value");
            static const char *const names[] = {"attribute", "code", "displayName"};
            for (size_t k = 0; k < 3; k++) {
                const char *name = text_at(attribute, names[k]);
                if (name != NULL) {
                    put_value(loose, name, value);
                }
            }
        }
    }
    loose->n_rows++;
}

static bool is_case(const json_t *entity)
{
    const json_t *enrollments = json_object_get(entity, "enrollments");
    for (size_t i = 0; i < json_array_size(enrollments); i++) {
        if (is_of_cases(json_array_get(enrollments, i))) {
            return true;
        }
    }
    return false;
}

struct tracker {
    const json_t *entities;
    json_t *sources, *relationships; /* set of ids that infect; list of all */
    struct loose cases, contacts, visits;
    size_t n_other_events;
};

static void gather_relationships(struct tracker *tracker, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *relationship = json_array_get(list, i);
        const char *from = end_of(relationship, "from"), *to = end_of(relationship, "to");
        if (from != NULL && to != NULL) {
            (void)json_object_set_new(tracker->sources, from, json_true());
            (void)json_array_append(tracker->relationships, (json_t *)(uintptr_t)relationship);
        }
    }
}

/* Contacts of whom nobody knows whose: enrolled as contacts, and at no end of a relationship. */
static void put_sourceless(struct tracker *tracker)
{
    json_t *targets = json_object();
    for (size_t i = 0; i < json_array_size(tracker->relationships); i++) {
        (void)json_object_set_new(targets, end_of(json_array_get(tracker->relationships, i), "to"), json_true());
    }
    for (size_t i = 0; i < json_array_size(tracker->entities); i++) {
        const json_t *entity = json_array_get(tracker->entities, i), *enrollments = json_object_get(entity, "enrollments");
        const char *id = either(entity, "trackedEntity", "trackedEntityInstance");
        bool followed = false;
        for (size_t k = 0; k < json_array_size(enrollments); k++) {
            const char *name = either(json_array_get(enrollments, k), "programName", "program");
            followed = followed || (name != NULL && (strcasestr(name, "contact") != NULL || strcasestr(name, "contato") != NULL || strstr(name, "接触") != NULL));
        }
        if (id != NULL && followed && json_object_get(targets, id) == NULL) {
            put_entity(&tracker->contacts, entity, false, NULL);
        }
    }
    json_decref(targets);
}

/* Cases are those that somebody is a contact of, and those enrolled for it; contacts are a row for each of whom they are one. */
static void fill_sheets(struct tracker *tracker)
{
    struct loose *cases = &tracker->cases, *contacts = &tracker->contacts;
    json_t *by_id = json_object(), *seen = json_object();
    for (size_t i = 0; i < json_array_size(tracker->entities); i++) {
        json_t *entity = json_array_get(tracker->entities, i);
        const char *id = either(entity, "trackedEntity", "trackedEntityInstance");
        if (id == NULL) {
            put_entity(cases, entity, true, NULL); /* refused later, with its number */
            continue;
        }
        (void)json_object_set(by_id, id, entity);
        if (json_object_get(tracker->sources, id) != NULL || is_case(entity)) {
            put_entity(cases, entity, true, NULL);
        }
    }
    put_sourceless(tracker);
    for (size_t i = 0; i < json_array_size(tracker->relationships); i++) {
        const json_t *relationship = json_array_get(tracker->relationships, i);
        const char *from = end_of(relationship, "from"), *to = end_of(relationship, "to");
        const char *key = vg_arena_format(contacts->arena, "%s>%s", from, to);
        const json_t *entity = json_object_get(by_id, to);
        if (key == NULL || json_object_get(seen, key) != NULL) {
            continue; /* both ends list it */
        }
        (void)json_object_set_new(seen, key, json_true());
        if (entity != NULL) {
            put_entity(contacts, entity, false, from);
        } else {
            put_text(contacts, "trackedEntity", to); /* somebody who is in the node already, or is refused */
            put_text(contacts, "from", from);
            contacts->n_rows++;
        }
    }
    json_decref(by_id);
    json_decref(seen);
}

/* A stage by its name, in five languages; a stage whose name is not in the file is one of follow-up where a temperature or symptoms were asked. */
static bool is_follow_up(const json_t *event)
{
    static const char *const names[] = {"follow", "seguim", "suivi", "acompanh", "monitor", "随访"};
    const char *stage = either(event, "programStageName", "programStageDisplayName");
    const json_t *values = json_object_get(event, "dataValues");
    for (size_t i = 0; stage != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcasestr(stage, names[i]) != NULL) {
            return true;
        }
    }
    for (size_t i = 0; stage == NULL && i < json_array_size(values); i++) {
        const char *name = either(json_array_get(values, i), "displayName", "code");
        if (name != NULL && exchange_sign_of(vg_text_from(name)).about != ABOUT_NOTHING) {
            return true;
        }
    }
    return false;
}

static void put_event(struct tracker *tracker, const json_t *event, const char *entity)
{
    struct loose *visits = &tracker->visits;
    const json_t *values = json_object_get(event, "dataValues");
    const char *status = text_at(event, "status"), *own = either(event, "trackedEntity", "trackedEntityInstance");
    if (!is_follow_up(event)) {
        tracker->n_other_events++;
        return;
    }
    if (status != NULL && (strcmp(status, "SCHEDULE") == 0 || strcmp(status, "OVERDUE") == 0)) {
        return;
    }
    put_text(visits, "event", text_at(event, "event"));
    put_text(visits, "trackedEntity", own != NULL ? own : entity);
    put_text(visits, "occurredAt", either(event, "occurredAt", "eventDate"));
    put_text(visits, "status", status == NULL ? "COMPLETED" : status);
    put_text(visits, "storedBy", text_at(event, "storedBy"));
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        const char *name = either(value, "displayName", "code");
        name = name != NULL ? name : text_at(value, "dataElement");
        if (name != NULL) {
            put_value(visits, name, json_object_get(value, "value"));
        }
    }
    visits->n_rows++;
}

/* Of whoever is enrolled as a contact, in that programme; and a list of events by itself. */
static void fill_visits(struct tracker *tracker, const json_t *root)
{
    const json_t *list = json_object_get(root, "events");
    for (size_t i = 0; i < json_array_size(list); i++) {
        put_event(tracker, json_array_get(list, i), NULL);
    }
    for (size_t i = 0; i < json_array_size(tracker->entities); i++) {
        const json_t *entity = json_array_get(tracker->entities, i), *enrollments = json_object_get(entity, "enrollments");
        for (size_t k = 0; k < json_array_size(enrollments); k++) {
            const json_t *enrollment = json_array_get(enrollments, k), *events = json_object_get(enrollment, "events");
            for (size_t e = 0; e < json_array_size(events) && !is_of_cases(enrollment); e++) {
                put_event(tracker, json_array_get(events, e), either(entity, "trackedEntity", "trackedEntityInstance"));
            }
            tracker->n_other_events += is_of_cases(enrollment) ? json_array_size(events) : 0;
        }
    }
}

static vg_status find_entities(const char *path, const json_t *root, struct tracker *tracker, struct vg_error *error)
{
    static const char *const names[] = {"trackedEntities", "trackedEntityInstances", "instances"};
    for (size_t i = 0; tracker->entities == NULL && i < sizeof names / sizeof *names; i++) {
        tracker->entities = json_object_get(root, names[i]);
    }
    return json_is_array(tracker->entities) || json_array_size(json_object_get(root, "events")) > 0
               ? VG_OK
               : vg_fail(error, VG_DATA_ERROR, "%s: there is no list \"trackedEntities\", and none of \"events\" with anything in it", path);
}

vg_status exchange_read_tracker(const char *path, struct vg_arena *arena, struct exchange_tracker *out, struct vg_error *error)
{
    json_t *root = NULL;
    *out = (struct exchange_tracker){.n_other_events = 0};
    vg_status status = read_json(path, &root, error);
    if (status != VG_OK) {
        return status;
    }
    struct tracker tracker = {.sources = json_object(), .relationships = json_array()};
    struct loose *loose[] = {&tracker.cases, &tracker.contacts, &tracker.visits};
    struct exchange_sheet *sheets[] = {&out->cases, &out->contacts, &out->visits};
    for (size_t i = 0; i < 3; i++) {
        loose_init(loose[i], arena);
    }
    status = find_entities(path, root, &tracker, error);
    if (status == VG_OK) {
        gather_relationships(&tracker, json_object_get(root, "relationships"));
        for (size_t i = 0; i < json_array_size(tracker.entities); i++) {
            gather_relationships(&tracker, json_object_get(json_array_get(tracker.entities, i), "relationships"));
        }
        fill_sheets(&tracker);
        fill_visits(&tracker, root);
        out->n_other_events = tracker.n_other_events;
    }
    for (size_t i = 0; i < 3; i++) {
        if (status == VG_OK) {
            status = tighten(loose[i], sheets[i], error);
        }
        vg_buffer_release(&loose[i]->cells);
    }
    json_decref(tracker.sources);
    json_decref(tracker.relationships);
    json_decref(root);
    return status;
}
