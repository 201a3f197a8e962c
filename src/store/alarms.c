/*
 * Alarms as objects: found ones are joined with what they continue, people acknowledge, assign and close them, and every step is added to the audit.
 */
#include "store/store_internal.h"

#include <string.h>

#define NAME_BYTES_MAX 100
#define NOTE_BYTES_MAX 2000

static const char *const state_names[] = {"open", "acknowledged", "closed"};
static const char *const action_names[] = {"acknowledge", "assign", "close", "reopen"};
static const char *const event_names[] = {"acknowledged", "assigned", "closed", "reopened"}; /* by action */

static bool index_of_name(const char *const *names, int n, const char *name, int *index)
{
    for (int i = 0; name != NULL && i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

const char *vg_alarm_state_name(enum vg_alarm_state state)
{
    return state_names[state];
}

bool vg_alarm_state_from_name(const char *name, enum vg_alarm_state *state)
{
    int index = 0;
    bool known = index_of_name(state_names, VG_ALARM_STATE_COUNT, name, &index);
    *state = known ? (enum vg_alarm_state)index : *state;
    return known;
}

const char *vg_alarm_action_name(enum vg_alarm_action action)
{
    return action_names[action];
}

bool vg_alarm_action_from_name(const char *name, enum vg_alarm_action *action)
{
    int index = 0;
    bool known = index_of_name(action_names, VG_ALARM_ACTION_COUNT, name, &index);
    *action = known ? (enum vg_alarm_action)index : *action;
    return known;
}

/* ---------------------------------------------------------------- keeping */

/* What keeping works with; statements are prepared once. */
struct keeper {
    struct vg_store *store;
    struct vg_error *error;
    const char *actor;
    uint64_t data_version;
    sqlite3_stmt *candidates, *insert, *extend, *event;
};
struct candidate { int64_t id; int32_t first, last; enum vg_alarm_state state; };

static vg_status prepare_keeper(struct keeper *keeper)
{
    static const char *const texts[] = {
        "SELECT id, first, last, state, place, places FROM alarm WHERE dataset = ?1 AND measure = ?2 AND grp = ?3 AND method = ?4 AND last >= ?5 AND first <= ?6"
        " ORDER BY last DESC, id DESC",
        "INSERT INTO alarm (dataset, measure, grp, place, places, method, parameters, step_days, first, last, count, expected, threshold, score, p_value, data_version,"
        " program_version, state, found_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0,"
        " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
        "UPDATE alarm SET place = ?4, places = ?5, parameters = ?7, first = ?9, last = ?10, count = ?11, expected = ?12, threshold = ?13, score = ?14, p_value = ?15,"
        " data_version = ?16, program_version = ?17, state = ?18, changed_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?19",
        "INSERT INTO alarm_event (alarm, at, actor, action, recipient, note, data_version) VALUES (?1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?2, ?3, ?4, ?5, ?6)",
    };
    sqlite3_stmt **const statements[] = {&keeper->candidates, &keeper->insert, &keeper->extend, &keeper->event};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < 4; i++) {
        status = store_prepare(keeper->store->db, texts[i], statements[i], keeper->error);
    }
    return status;
}

static void release_keeper(struct keeper *keeper)
{
    sqlite3_stmt *const statements[] = {keeper->candidates, keeper->insert, keeper->extend, keeper->event};
    for (size_t i = 0; i < 4; i++) {
        (void)sqlite3_finalize(statements[i]);
    }
}

static bool list_holds(const char *list, const char *code)
{
    size_t length = strlen(code);
    for (const char *at = list; at != NULL && length > 0 && (at = strstr(at, code)) != NULL; at += length) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool same_place(const struct vg_alarm_found *found, const char *place, const char *places)
{
    return strcmp(found->place, place) == 0 || list_holds(found->places, place) || list_holds(places, found->place);
}

static const char *group_of(const struct vg_alarm_found *found)
{
    return found->group == NULL ? "all" : found->group;
}

/* The alarm that this one continues; id 0 if there is none. */
static vg_status find_candidate(struct keeper *keeper, const struct vg_alarm_found *found, struct candidate *candidate)
{
    sqlite3_stmt *statement = keeper->candidates;
    *candidate = (struct candidate){0};
    store_bind_text(statement, 1, found->dataset);
    store_bind_text(statement, 2, found->measure);
    store_bind_text(statement, 3, group_of(found));
    store_bind_text(statement, 4, found->method);
    (void)sqlite3_bind_int(statement, 5, found->first - found->step_days);
    (void)sqlite3_bind_int(statement, 6, found->last + found->step_days);
    int code = SQLITE_ROW;
    while (candidate->id == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *places = (const char *)sqlite3_column_text(statement, 5);
        if (same_place(found, (const char *)sqlite3_column_text(statement, 4), places)) {
            *candidate = (struct candidate){sqlite3_column_int64(statement, 0), sqlite3_column_int(statement, 1), sqlite3_column_int(statement, 2),
                                            (enum vg_alarm_state)sqlite3_column_int(statement, 3)};
        }
    }
    vg_status status = code == SQLITE_ROW || code == SQLITE_DONE ? VG_OK : store_sql_error(keeper->store->db, keeper->error, "reading alarms");
    (void)sqlite3_reset(statement);
    return status;
}

static vg_status add_event(struct keeper *keeper, int64_t alarm, const char *action, const char *recipient, const char *note)
{
    sqlite3_stmt *statement = keeper->event;
    (void)sqlite3_bind_int64(statement, 1, alarm);
    store_bind_text(statement, 2, keeper->actor);
    store_bind_text(statement, 3, action);
    store_bind_text(statement, 4, recipient);
    store_bind_text(statement, 5, note);
    (void)sqlite3_bind_int64(statement, 6, (int64_t)keeper->data_version);
    return store_step_done(keeper->store->db, statement, "writing the audit of alarms", keeper->error);
}

static void bind_found(sqlite3_stmt *statement, const struct vg_alarm_found *found, int32_t first, int32_t last, uint64_t data_version)
{
    const char *const texts[] = {found->dataset, found->measure, group_of(found), found->place, found->places, found->method, found->parameters_json};
    for (int i = 0; i < 7; i++) {
        store_bind_text(statement, i + 1, texts[i]);
    }
    (void)sqlite3_bind_int(statement, 8, found->step_days);
    (void)sqlite3_bind_int(statement, 9, first);
    (void)sqlite3_bind_int(statement, 10, last);
    const double numbers[] = {found->count, found->expected, found->threshold, found->score, found->p_value};
    for (int i = 0; i < 5; i++) {
        store_bind_double(statement, 11 + i, numbers[i]);
    }
    (void)sqlite3_bind_int64(statement, 16, (int64_t)data_version);
    store_bind_text(statement, 17, VG_VERSION);
}

/* "2021-02-05: 40 where 11.8 were expected", for those who read the audit. */
static void describe(const struct vg_alarm_found *found, char *out, size_t size)
{
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(found->last, date);
    if (found->expected == found->expected) {
        (void)snprintf(out, size, "%s: %.6g where %.4g were expected", date, found->count, found->expected);
    } else {
        (void)snprintf(out, size, "%s: %.6g", date, found->count);
    }
}

static vg_status keep_one(struct keeper *keeper, const struct vg_alarm_found *found, struct vg_alarm_summary *summary)
{
    struct candidate known;
    char note[160];
    vg_status status = find_candidate(keeper, found, &known);
    if (status != VG_OK) {
        return status;
    }
    describe(found, note, sizeof note);
    if (known.id == 0) {
        bind_found(keeper->insert, found, found->first, found->last, keeper->data_version);
        status = store_step_done(keeper->store->db, keeper->insert, "writing alarms", keeper->error);
        summary->n_new++;
        return status == VG_OK ? add_event(keeper, sqlite3_last_insert_rowid(keeper->store->db), "found", NULL, note) : status;
    }
    bool newer = found->last > known.last;
    if (!newer && found->first >= known.first && (found->last < known.last || known.state == VG_ALARM_STATE_CLOSED)) {
        summary->n_known++; /* nothing that was not known */
        return VG_OK;
    }
    enum vg_alarm_state state = newer && known.state == VG_ALARM_STATE_CLOSED ? VG_ALARM_STATE_OPEN : known.state;
    if (found->last >= known.last) {
        bind_found(keeper->extend, found, found->first < known.first ? found->first : known.first, found->last, keeper->data_version);
        (void)sqlite3_bind_int(keeper->extend, 18, (int)state);
        (void)sqlite3_bind_int64(keeper->extend, 19, known.id);
        status = store_step_done(keeper->store->db, keeper->extend, "writing alarms", keeper->error);
    }
    if (!newer) {
        summary->n_known++;
        return status;
    }
    summary->n_reopened += state != known.state;
    summary->n_went_on += state == known.state;
    return status == VG_OK ? add_event(keeper, known.id, state == known.state ? "went_on" : "reopened", NULL, note) : status;
}

static vg_status check_text(const char *what, const char *text, size_t most, bool needed, struct vg_error *error)
{
    if (text == NULL || text[0] == '\0') {
        return needed ? vg_fail(error, VG_USAGE_ERROR, "this step needs %s", what) : VG_OK;
    }
    if (strlen(text) > most || !vg_utf8_valid(text, strlen(text))) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is UTF-8 text of at most %zu bytes", what, most);
    }
    return VG_OK;
}

vg_status vg_store_keep_alarms(struct vg_store *store, const struct vg_alarm_found *found, size_t n_found, const char *actor, struct vg_alarm_summary *summary,
                               struct vg_error *error)
{
    struct keeper keeper = {.store = store, .error = error, .actor = actor, .data_version = vg_store_data_version(store)};
    *summary = (struct vg_alarm_summary){0};
    vg_status status = check_text("the name of who keeps them", actor, NAME_BYTES_MAX, true, error);
    if (status == VG_OK) {
        status = store_begin(store, error);
    }
    if (status != VG_OK) {
        return status;
    }
    status = prepare_keeper(&keeper);
    for (size_t i = 0; status == VG_OK && i < n_found; i++) {
        status = keep_one(&keeper, &found[i], summary);
        store_at_step(store, "alarm");
    }
    release_keeper(&keeper);
    return store_end_transaction(store, status, error);
}

/* ---------------------------------------------------------------- reading */

#define FILTERED " WHERE (?1 = 0 OR a.id = ?1) AND (?2 IS NULL OR a.dataset = ?2) AND (?3 IS NULL OR a.place = ?3) AND (?4 < 0 OR a.state = ?4)"

static void bind_filter(sqlite3_stmt *statement, const struct vg_alarm_filter *filter)
{
    (void)sqlite3_bind_int64(statement, 1, filter->id);
    store_bind_text(statement, 2, filter->dataset);
    store_bind_text(statement, 3, filter->place);
    (void)sqlite3_bind_int(statement, 4, filter->state == VG_ALARM_STATE_COUNT ? -1 : (int)filter->state);
}

/* Runs a query and its count(*) in one read transaction's view; rows beyond the count are left to the next look. */
static vg_status count_rows(struct vg_store *store, const char *text, const struct vg_alarm_filter *filter, size_t *n, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, text, &statement, error);
    if (status == VG_OK) {
        bind_filter(statement, filter);
        if (sqlite3_step(statement) == SQLITE_ROW) {
            *n = (size_t)sqlite3_column_int64(statement, 0);
        } else {
            status = store_sql_error(store->db, error, "reading alarms");
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static double column_number(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? __builtin_nan("") : sqlite3_column_double(statement, column);
}

static void read_record(struct vg_arena *arena, sqlite3_stmt *statement, struct vg_alarm_record *record)
{
    const char **const texts[] = {&record->found.dataset, &record->found.measure, &record->found.group, &record->found.place, &record->found.places, &record->found.method,
                                  &record->found.parameters_json, &record->program_version, &record->assignee, &record->found_at, &record->changed_at};
    double *const numbers[] = {&record->found.count, &record->found.expected, &record->found.threshold, &record->found.score, &record->found.p_value};
    record->id = sqlite3_column_int64(statement, 0);
    for (int i = 0; i < 11; i++) {
        *texts[i] = store_column_text(arena, statement, 1 + i);
    }
    for (int i = 0; i < 5; i++) {
        *numbers[i] = column_number(statement, 12 + i);
    }
    record->found.first = sqlite3_column_int(statement, 17);
    record->found.last = sqlite3_column_int(statement, 18);
    record->found.step_days = sqlite3_column_int(statement, 19);
    record->state = (enum vg_alarm_state)sqlite3_column_int(statement, 20);
    record->data_version = (uint64_t)sqlite3_column_int64(statement, 21);
    record->n_events = (size_t)sqlite3_column_int64(statement, 22);
}

vg_status vg_store_alarms(struct vg_store *store, const struct vg_alarm_filter *filter, struct vg_arena *arena, struct vg_alarm_record **records, size_t *n_records,
                          struct vg_error *error)
{
    static const char text[] = "SELECT a.id, a.dataset, a.measure, a.grp, a.place, a.places, a.method, a.parameters, a.program_version, a.assignee, a.found_at, a.changed_at, a.count,"
                               " a.expected, a.threshold, a.score, a.p_value, a.first, a.last, a.step_days, a.state, a.data_version,"
                               " (SELECT count(*) FROM alarm_event e WHERE e.alarm = a.id) FROM alarm a" FILTERED " ORDER BY a.last DESC, a.id DESC LIMIT ?5";
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    *n_records = 0;
    vg_status status = count_rows(store, "SELECT count(*) FROM alarm a" FILTERED, filter, &count, error);
    if (status == VG_OK && count == 0 && filter->id != 0) {
        return vg_fail(error, VG_NOT_FOUND, "there is no alarm %lld", (long long)filter->id);
    }
    if (status == VG_OK) {
        *records = VG_ARENA_ARRAY(arena, struct vg_alarm_record, count);
        status = *records == NULL ? vg_fail_memory(error, count * sizeof **records) : store_prepare(store->db, text, &statement, error);
    }
    if (status == VG_OK) {
        bind_filter(statement, filter);
        (void)sqlite3_bind_int64(statement, 5, (int64_t)count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        read_record(arena, statement, &(*records)[(*n_records)++]);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_store_alarm_events(struct vg_store *store, const struct vg_alarm_filter *filter, struct vg_arena *arena, struct vg_alarm_event **events, size_t *n_events,
                                struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    *n_events = 0;
    vg_status status = count_rows(store, "SELECT count(*) FROM alarm_event e JOIN alarm a ON a.id = e.alarm" FILTERED, filter, &count, error);
    if (status == VG_OK) {
        *events = VG_ARENA_ARRAY(arena, struct vg_alarm_event, count);
        status = *events == NULL ? vg_fail_memory(error, count * sizeof **events)
                                 : store_prepare(store->db,
                                                 "SELECT e.alarm, e.at, e.actor, e.action, e.recipient, e.note, e.data_version FROM alarm_event e JOIN alarm a ON a.id = e.alarm" FILTERED
                                                 " ORDER BY e.id LIMIT ?5",
                                                 &statement, error);
    }
    if (status == VG_OK) {
        bind_filter(statement, filter);
        (void)sqlite3_bind_int64(statement, 5, (int64_t)count);
    }
    while (status == VG_OK && sqlite3_step(statement) == SQLITE_ROW) {
        struct vg_alarm_event *event = &(*events)[(*n_events)++];
        event->alarm = sqlite3_column_int64(statement, 0);
        event->at = store_column_text(arena, statement, 1);
        event->actor = store_column_text(arena, statement, 2);
        event->action = store_column_text(arena, statement, 3);
        event->recipient = store_column_text(arena, statement, 4);
        event->note = store_column_text(arena, statement, 5);
        event->data_version = (uint64_t)sqlite3_column_int64(statement, 6);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* ----------------------------------------------------------------- people */

static vg_status check_step(const struct vg_alarm_step *step, struct vg_error *error)
{
    bool assigns = step->action == VG_ALARM_ASSIGN;
    vg_status status = check_text("the name of who takes it (by)", step->actor, NAME_BYTES_MAX, true, error);
    if (status == VG_OK) {
        status = check_text("the name of whom it is assigned to (to)", step->recipient, NAME_BYTES_MAX, assigns, error);
    }
    if (status == VG_OK && !assigns && step->recipient != NULL) {
        status = vg_fail(error, VG_USAGE_ERROR, "only assigning names somebody else (to)");
    }
    if (status == VG_OK) {
        status = check_text("a note", step->note, NOTE_BYTES_MAX, step->action == VG_ALARM_CLOSE || step->action == VG_ALARM_REOPEN, error);
    }
    return status;
}

/* Who brought the alarm into the state it is in, for refusals; the last event of that name. */
static vg_status refuse(struct vg_store *store, const struct vg_alarm_step *step, enum vg_alarm_state state, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    const char *name = state == VG_ALARM_STATE_CLOSED ? "closed" : "acknowledged";
    if (state == VG_ALARM_STATE_OPEN || (step->action == VG_ALARM_REOPEN && state != VG_ALARM_STATE_CLOSED)) {
        return vg_fail(error, VG_DATA_ERROR, "alarm %lld is %s; only a closed one is reopened", (long long)step->alarm, state_names[state]);
    }
    vg_status status = store_prepare(store->db, "SELECT actor, at FROM alarm_event WHERE alarm = ?1 AND action = ?2 ORDER BY id DESC LIMIT 1", &statement, error);
    if (status != VG_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, step->alarm);
    store_bind_text(statement, 2, name);
    bool known = sqlite3_step(statement) == SQLITE_ROW;
    status = vg_fail(error, VG_DATA_ERROR, "alarm %lld was %s already by %s on %s%s", (long long)step->alarm, name, known ? (const char *)sqlite3_column_text(statement, 0) : "?",
                     known ? (const char *)sqlite3_column_text(statement, 1) : "?", state == VG_ALARM_STATE_CLOSED ? "; reopen it first" : "");
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status state_of(struct vg_store *store, int64_t alarm, enum vg_alarm_state *state, struct vg_error *error)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(store->db, "SELECT state FROM alarm WHERE id = ?1", &statement, error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, alarm);
        if (sqlite3_step(statement) == SQLITE_ROW) {
            *state = (enum vg_alarm_state)sqlite3_column_int(statement, 0);
        } else {
            status = vg_fail(error, VG_NOT_FOUND, "there is no alarm %lld", (long long)alarm);
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status take_step(struct keeper *keeper, const struct vg_alarm_step *step)
{
    static const enum vg_alarm_state afterwards[] = {VG_ALARM_STATE_ACKNOWLEDGED, VG_ALARM_STATE_COUNT, VG_ALARM_STATE_CLOSED, VG_ALARM_STATE_OPEN}; /* by action; COUNT: as before */
    sqlite3_stmt *statement = NULL;
    enum vg_alarm_state state = VG_ALARM_STATE_OPEN;
    vg_status status = state_of(keeper->store, step->alarm, &state, keeper->error);
    if (status != VG_OK) {
        return status;
    }
    bool allowed = step->action == VG_ALARM_ACKNOWLEDGE ? state == VG_ALARM_STATE_OPEN : (state == VG_ALARM_STATE_CLOSED) == (step->action == VG_ALARM_REOPEN);
    if (!allowed) {
        return refuse(keeper->store, step, state, keeper->error);
    }
    status = store_prepare(keeper->store->db,
                           "UPDATE alarm SET state = ?2, assignee = coalesce(?3, assignee), changed_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?1", &statement,
                           keeper->error);
    if (status == VG_OK) {
        (void)sqlite3_bind_int64(statement, 1, step->alarm);
        (void)sqlite3_bind_int(statement, 2, (int)(afterwards[step->action] == VG_ALARM_STATE_COUNT ? state : afterwards[step->action]));
        store_bind_text(statement, 3, step->recipient);
        status = store_step_done(keeper->store->db, statement, "writing alarms", keeper->error);
    }
    (void)sqlite3_finalize(statement);
    return status == VG_OK ? add_event(keeper, step->alarm, event_names[step->action], step->recipient, step->note) : status;
}

vg_status vg_store_step_alarm(struct vg_store *store, const struct vg_alarm_step *step, struct vg_error *error)
{
    struct keeper keeper = {.store = store, .error = error, .actor = step->actor, .data_version = vg_store_data_version(store)};
    vg_status status = check_step(step, error);
    if (status == VG_OK) {
        status = store_begin(store, error);
    }
    if (status != VG_OK) {
        return status;
    }
    status = prepare_keeper(&keeper);
    if (status == VG_OK) {
        status = take_step(&keeper, step);
    }
    release_keeper(&keeper);
    return store_end_transaction(store, status, error);
}
