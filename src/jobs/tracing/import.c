/*
 * Rows of other programs into the record: each row of a sheet is read whole before anything of it is written; what cannot be taken is listed, and then nothing is taken.
 */
#include "jobs/tracing/importing.h"

#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- sheets */

/* SORMAS writes a second row of headings, in words: where an id should be stands none. */
static bool is_caption(const struct importing *importing)
{
    struct vg_text id = {"", 0};
    bool any_digit = false;
    for (size_t i = 0; i < importing->n_columns && id.size == 0; i++) {
        bool of_id = importing->columns[i].target[0] == '>' && importing->at[i] != SIZE_MAX;
        id = of_id ? importing->sheet->cells[importing->row * importing->sheet->n_columns + importing->at[i]] : id;
    }
    for (size_t i = 0; i < id.size; i++) {
        any_digit = any_digit || (id.data[i] >= '0' && id.data[i] <= '9') || id.data[i] == '-';
    }
    return importing->form == FORM_SORMAS && importing->row == 0 && id.size > 0 && !any_digit;
}

static bool maps_to(const char *map, const char *target)
{
    const char *equals = strchr(map, '='), *bare = strchr("@>!?", target[0]) != NULL ? target + 1 : target;
    return equals != NULL && strlen(bare) == (size_t)(equals - map) && strncmp(bare, map, strlen(bare)) == 0;
}

/* What cannot be followed would be passed over in silence. A DHIS2 file has several sheets: it is enough that one of them has the field. */
static vg_status check_maps(struct importing *importing)
{
    for (size_t k = 0; k < importing->import->n_maps; k++) {
        const char *map = importing->import->maps[k], *equals = strchr(map, '=');
        bool known = false;
        for (size_t i = 0; i < importing->n_columns; i++) {
            known = known || maps_to(map, importing->columns[i].target);
        }
        if (equals == NULL || (!known && importing->form != FORM_DHIS2)) {
            struct vg_buffer names;
            vg_buffer_init(&names, 0);
            for (size_t i = 0; i < importing->n_columns; i++) {
                const char *target = importing->columns[i].target;
                vg_buffer_format(&names, "%s%s", i == 0 ? "" : ", ", strchr("@>!?", target[0]) != NULL ? target + 1 : target);
            }
            vg_buffer_char(&names, '\0');
            vg_status status = vg_fail(importing->error, VG_USAGE_ERROR, "--map %.60s: a field of %s is one of %s", map, exchange_part_names[importing->part], names.failed ? "..." : names.data);
            vg_buffer_release(&names);
            return status;
        }
        if (known && exchange_find(importing->sheet, equals + 1) == SIZE_MAX) {
            return vg_fail(importing->error, VG_DATA_ERROR, "%s has no column \"%.60s\", from which --map reads %.*s", importing->import->path, equals + 1, (int)(equals - map), map);
        }
    }
    return VG_OK;
}

static vg_status find_columns(struct importing *importing)
{
    static const enum vg_tracing_kind kinds[PART_COUNT] = {VG_TRACING_CASE, VG_TRACING_CONTACT, VG_TRACING_CONTACT, VG_TRACING_FOLLOWUP, VG_TRACING_EVENT, VG_TRACING_CASE};
    importing->columns = exchange_columns(importing->form, importing->part, &importing->n_columns);
    importing->kind = kinds[importing->part];
    for (size_t i = 0; i < importing->n_columns; i++) {
        const char *target = importing->columns[i].target;
        importing->at[i] = exchange_find(importing->sheet, importing->columns[i].headings);
        for (size_t k = 0; k < importing->import->n_maps; k++) {
            if (maps_to(importing->import->maps[k], target)) {
                importing->at[i] = exchange_find(importing->sheet, strchr(importing->import->maps[k], '=') + 1);
            }
        }
    }
    size_t n = importing->part == PART_FOLLOWUPS ? importing->sheet->n_columns : 0;
    importing->signs = VG_ARENA_ARRAY(importing->arena, struct exchange_sign, n + 1);
    if (importing->signs == NULL) {
        return vg_fail_memory(importing->error, n);
    }
    vg_status status = check_maps(importing);
    if (status != VG_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        importing->signs[i] = exchange_sign_of(importing->sheet->headings[i]);
    }
    for (size_t i = 0; i < importing->n_columns; i++) {
        if (importing->at[i] < n) {
            importing->signs[importing->at[i]] = (struct exchange_sign){ABOUT_NOTHING, -1}; /* read as what it is */
        }
    }
    return VG_OK;
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
        {FORM_GODATA, PART_RELATIONSHIPS, "persons[0].id|sourcePerson.id|Source person ID|Persons[1] ID"}, {FORM_GODATA, PART_RESULTS, "dateSampleTaken|Date sample taken|sampleIdentifier|Sample lab ID"},
        {FORM_GODATA, PART_FOLLOWUPS, "personId|contact.id"}, {FORM_GODATA, PART_EVENTS, "eventCategory|Event category|dateApproximate|isDateApproximate|Event name|Event date"},
        {FORM_SORMAS, PART_FOLLOWUPS, "visitDateTime|visitStatus"},
        {FORM_GODATA, PART_CONTACTS, "dateOfLastContact|followUp.endDate|relationship.relatedId|Date of last contact|Relationship Date of last contact|Relationship Related person"},
        {FORM_GODATA, PART_CASES, "classification|dateOfOnset"}, {FORM_SORMAS, PART_CONTACTS, "sourceCaseUuid|contactProximity|lastContactDate"}, {FORM_SORMAS, PART_CASES, "caseClassification"},
        {FORM_EXERCISE, PART_CONTACTS, "contact_reference"}, {FORM_EXERCISE, PART_CASES, "first_report_day"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (signs[i].form == importing->form && exchange_find(sheet, signs[i].headings) != SIZE_MAX) {
            *part = signs[i].part;
            return VG_OK;
        }
    }
    return vg_fail(importing->error, VG_NEEDS_CHOICE, "%s: no heading tells whether these are cases or contacts of %s; say so with --part", importing->import->path, importing->import->form);
}

/* A contact of an exercise has no id: the pseudonym and the case are its name. */
static bool is_named_by_both(const struct importing *importing)
{
    return importing->form == FORM_EXERCISE && importing->part == PART_CONTACTS && importing->external_person != NULL;
}

/* An interview that was refused, or in which nobody was named, is a row without a contact. */
static bool is_unnamed(const struct importing *importing)
{
    return importing->form == FORM_EXERCISE && importing->part == PART_CONTACTS && importing->external_person == NULL;
}

static vg_status import_sheet(struct importing *importing, const struct exchange_sheet *sheet, enum exchange_part part, struct vg_answer *answer)
{
    static vg_status (*const writers[PART_COUNT])(struct importing *) = {import_put_row, import_put_row, import_put_row, import_put_visit, import_put_event, import_put_result};
    importing->sheet = sheet;
    importing->part = part;
    importing->left_out = importing->unnamed = importing->again = importing->mistaken = 0;
    importing->counts = (struct import_counts){0};
    vg_status status = find_columns(importing);
    status = status == VG_OK ? import_decide_order(importing) : status;
    for (importing->row = 0; status == VG_OK && importing->row < sheet->n_rows; importing->row++) {
        if (is_caption(importing)) {
            continue;
        }
        import_read_row(importing);
        importing->counts.rows++;
        if (is_unnamed(importing)) {
            importing->unnamed++;
            continue;
        }
        if (importing->external == NULL && !is_named_by_both(importing) && importing->part != PART_RELATIONSHIPS && importing->part != PART_FOLLOWUPS && importing->part != PART_RESULTS) {
            import_reject(importing, SIZE_MAX, vg_text_of("", 0), "has no id of its own");
        }
        if (!importing->bad) {
            status = writers[part](importing);
        }
        importing->counts.rejected += importing->bad;
        importing->n_rejected += importing->bad;
        if ((importing->row & 1023) == 0 && !vg_progress_report(importing->import->progress, exchange_part_names[part], (double)importing->row / (double)sheet->n_rows)) {
            status = vg_fail(importing->error, VG_CANCELLED, "the import was stopped; nothing was taken");
        }
    }
    if (importing->left_out > 0) {
        import_note(importing, vg_arena_format(importing->arena, "%zu results are not kept: not positive, later than the sample that is there, without a date, or of nobody who is a case", importing->left_out));
    }
    if (importing->unnamed > 0) {
        import_note(importing, vg_arena_format(importing->arena, "%zu interviews named nobody", importing->unnamed));
    }
    if (importing->again > 0) {
        import_note(importing, vg_arena_format(importing->arena, "%zu rows are of cases that are there by another id: what these did not know was taken", importing->again));
    }
    if (importing->mistaken > 0) {
        import_note(importing, vg_arena_format(importing->arena, "%zu case numbers are of somebody else's case and were not followed", importing->mistaken));
    }
    vg_table_text(&answer->table, exchange_part_names[part]);
    const size_t cells[] = {importing->counts.rows, importing->counts.added, importing->counts.changed, importing->counts.same, importing->counts.rejected, importing->counts.persons};
    for (size_t i = 0; i < 6; i++) {
        vg_table_integer(&answer->table, (int64_t)cells[i]);
    }
    return status;
}

/* Sheets in the order in which they need each other. */
static vg_status read_sheets(struct importing *importing, struct exchange_sheet sheets[3], enum exchange_part parts[3], size_t *n)
{
    struct exchange_tracker tracker;
    parts[0] = PART_CASES;
    parts[1] = PART_CONTACTS;
    parts[2] = PART_FOLLOWUPS;
    if (importing->form != FORM_DHIS2) {
        vg_status status = exchange_read_sheet(importing->import->path, importing->arena, &sheets[0], importing->error);
        *n = 1;
        return status == VG_OK ? find_part(importing, &sheets[0], &parts[0]) : status;
    }
    vg_status status = exchange_read_tracker(importing->import->path, importing->arena, &tracker, importing->error);
    if (status == VG_OK) {
        sheets[0] = tracker.cases;
        sheets[1] = tracker.contacts;
        sheets[2] = tracker.visits;
        *n = tracker.visits.n_rows > 0 ? 3 : 2;
        if (tracker.n_other_events > 0) {
            import_note(importing, vg_arena_format(importing->arena, "%zu events of other stages than follow-up are not read", tracker.n_other_events));
        }
    }
    return status;
}

static vg_status import_all(struct importing *importing, struct vg_answer *answer, size_t *n_pairs)
{
    struct exchange_sheet sheets[3] = {{0}, {0}, {0}};
    struct vg_duplicate *pairs = NULL;
    enum exchange_part parts[3];
    size_t n = 0;
    vg_status status = read_sheets(importing, sheets, parts, &n);
    importing->places_room = status == VG_OK ? sheets[0].n_rows + sheets[1].n_rows + sheets[2].n_rows + 1 : 1;
    importing->places_found = VG_ARENA_ARRAY(importing->arena, const char *, importing->places_room);
    if (status == VG_OK && importing->places_found == NULL) {
        status = vg_fail_memory(importing->error, importing->places_room);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (i > 0) {
            vg_table_integer(&answer->table, 0);
            vg_table_missing(&answer->table);
        }
        status = import_sheet(importing, &sheets[i], parts[i], answer);
    }
    if (status == VG_OK) {
        status = tracing_matcher_find(importing->matcher, VG_TRACING_DUPLICATE_LEAST, true, importing->arena, &pairs, n_pairs, importing->error);
    }
    if (status == VG_OK && importing->n_unknown_places > 0) {
        import_note(importing, vg_arena_format(importing->arena, "%zu place%s not known and taken as unknown (%s%s): vigia import takes a list of places, and then this file again",
                                               importing->n_unknown_places, importing->n_unknown_places == 1 ? " is" : "s are", importing->unknown_places.data,
                                               importing->n_unknown_places > IMPORT_PLACES_TOLD ? ", ..." : ""));
    }
    if (status == VG_OK) {
        vg_table_integer(&answer->table, (int64_t)*n_pairs);
        vg_table_text(&answer->table, importing->n_notes == 0 ? NULL : importing->notes.data);
    }
    return status;
}

static vg_status conclude(struct importing *importing, vg_status status)
{
    const struct job_reject *first = (const struct job_reject *)(const void *)importing->rejects.data;
    size_t n = importing->n_rejected;
    if (status == VG_OK && importing->import->rejects_path != NULL) {
        status = job_write_rejects(importing->import->rejects_path, first, importing->rejects.size / sizeof *first, importing->arena, importing->error);
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
        status = status == VG_OK && importing->form == FORM_EXERCISE ? vg_tracing_note(importing->work, "exercise", 0, NULL, 0, NULL, "invented for an exercise: nobody of them is real", importing->error) : status;
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
        return vg_fail(error, VG_USAGE_ERROR, "--form is godata, sormas, dhis2 or exercise");
    }
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(&answer->table, columns[i], i == 0 || i == 8 ? VG_COLUMN_TEXT : VG_COLUMN_INTEGER);
    }
    vg_buffer_init(&importing.rejects, 0);
    vg_buffer_init(&importing.notes, 0);
    vg_buffer_init(&importing.unknown_places, 0);
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
    vg_buffer_release(&importing.unknown_places);
    tracing_meta_begin(answer);
    job_meta_text(&answer->meta, "form", import->form);
    vg_buffer_format(&answer->meta, ",\"dry_run\":%s", dry ? "true" : "false");
    return status == VG_OK ? tracing_meta_end(answer, error) : status;
}
