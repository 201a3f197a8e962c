/*
 * The indicators that WHO asks of tracing, for a period and a place: one pass over the contacts that were listed or followed in it, in an index that holds all that is asked of them, and
 * one over the cases that were reported in it.
 */
#include "store/tracing/tracing_internal.h"

#include <math.h>
#include <stdlib.h>

#define BELOW(column) "(?3 IS NULL OR " column " IN (WITH RECURSIVE below (id, code) AS (SELECT id, code FROM place WHERE code = ?3 UNION SELECT p.id, p.code FROM place p JOIN below b ON p.parent = b.id)" \
                      " SELECT code FROM below UNION SELECT ?3))"
#define KNOWN "coalesce(k.report, k.added)" /* the day a case was known */
#define VISIT_DAYS 62      /* of tracing_contact.visited; then a bit for symptoms */
#define REMEMBERED 4096    /* sources: contacts of one stand near each other */
#define NOT_KNOWN INT64_MIN

static const char cases_text[] =
    "SELECT count(*), sum(EXISTS (SELECT 1 FROM tracing_contact c WHERE c.source = k.person)),"
    " sum(EXISTS (SELECT 1 FROM tracing_contact c WHERE c.person = k.person AND c.added <= " KNOWN ")),"
    " sum(EXISTS (SELECT 1 FROM tracing_contact c WHERE c.source = k.person AND c.added <= " KNOWN " + 1)) FROM tracing_case k WHERE " KNOWN " BETWEEN ?1 AND ?2 AND k.class != 4 AND " BELOW("k.place");
#define COLUMNS "c.id, c.added, c.status, c.source, c.last, c.became_case, c.visited, c.follow_until"
/* Whoever is followed in the period, and the few that were listed in it and whose follow-up was over before. */
static const char contacts_text[] =
    "SELECT " COLUMNS " FROM tracing_contact c INDEXED BY tracing_contact_until WHERE c.follow_until >= ?1 AND c.added <= ?2 AND c.status != 5 AND " BELOW("c.place") " UNION ALL "
    "SELECT " COLUMNS " FROM tracing_contact c INDEXED BY tracing_contact_short WHERE (c.follow_until IS NULL OR c.follow_until < c.added) AND c.added BETWEEN ?1 AND ?2"
    " AND coalesce(c.follow_until < ?1, 1) AND c.status != 5 AND " BELOW("c.place");
static const char source_text[] = "SELECT max(" KNOWN ") FROM tracing_case k WHERE k.person = ?1 AND " KNOWN " <= ?2";
static const char case_text[] = "SELECT " KNOWN " FROM tracing_case k WHERE k.id = ?1";
/* Of a contact that is followed for longer than there are bits. */
static const char visits_text[] = "SELECT count(DISTINCT day) FROM tracing_followup WHERE contact = ?1 AND seen IN (1, 2, 3) AND day BETWEEN ?2 AND ?3";

struct remembered { int64_t source, added, known; };
struct counting {
    struct vg_store *store;
    struct vg_error *error;
    sqlite3_stmt *source, *became, *visits;
    int64_t from, to;
    struct vg_tracing_indicators *out;
    struct remembered remembered[REMEMBERED];
    double exposure_days, report_days;
    size_t n_exposure, n_report;
};

/* A number by one to three numbers; NOT_KNOWN where there is none. */
static vg_status ask(struct counting *counting, sqlite3_stmt *statement, const int64_t *numbers, int n, int64_t *out)
{
    for (int i = 0; i < n; i++) {
        (void)sqlite3_bind_int64(statement, i + 1, numbers[i]);
    }
    int step = sqlite3_step(statement);
    *out = step != SQLITE_ROW || sqlite3_column_type(statement, 0) == SQLITE_NULL ? NOT_KNOWN : sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE ? VG_OK : store_sql_error(counting->store->db, counting->error, "reading tracing");
}

/* The day its source was known as a case, the latest one before the contact was listed. */
static vg_status known_of(struct counting *counting, int64_t source, int64_t added, int64_t *known)
{
    struct remembered *slot = &counting->remembered[(uint64_t)source % REMEMBERED];
    vg_status status = VG_OK;
    if (slot->source != source || slot->added != added) {
        *slot = (struct remembered){source, added, NOT_KNOWN};
        status = ask(counting, counting->source, (const int64_t[]){source, added}, 2, &slot->known);
    }
    *known = slot->known;
    return status;
}

struct row { int64_t id, added, status, source, last, became_case, visited, follow_until; bool has_last, has_until; };

static struct row read_row(sqlite3_stmt *statement)
{
    struct row row = {.id = sqlite3_column_int64(statement, 0), .added = sqlite3_column_int64(statement, 1), .status = sqlite3_column_int64(statement, 2), .source = sqlite3_column_int64(statement, 3),
                      .last = sqlite3_column_int64(statement, 4), .became_case = sqlite3_column_int64(statement, 5), .visited = sqlite3_column_int64(statement, 6),
                      .follow_until = sqlite3_column_int64(statement, 7)};
    row.has_last = row.last != 0 || sqlite3_column_type(statement, 4) != SQLITE_NULL;
    row.has_until = row.follow_until != 0 || sqlite3_column_type(statement, 7) != SQLITE_NULL;
    return row;
}

/* One that was listed in the period. */
static vg_status count_listed(struct counting *counting, const struct row *row)
{
    struct vg_tracing_indicators *out = counting->out;
    int64_t known = NOT_KNOWN;
    out->contacts++;
    out->contacts_open += row->status == VG_CONTACT_OPEN;
    out->contacts_completed += row->status == VG_CONTACT_COMPLETED;
    out->contacts_lost += row->status == VG_CONTACT_LOST || row->status == VG_CONTACT_REFUSED;
    out->contacts_became_case += row->status == VG_CONTACT_BECAME_CASE;
    out->contacts_with_symptoms += (size_t)(row->visited >> VISIT_DAYS & 1);
    counting->exposure_days += row->has_last ? (double)(row->added - row->last) : 0;
    counting->n_exposure += row->has_last;
    vg_status status = row->source != 0 ? known_of(counting, row->source, row->added, &known) : VG_OK; /* ids begin with 1 */
    counting->report_days += known == NOT_KNOWN ? 0 : (double)(row->added - known);
    counting->n_report += known != NOT_KNOWN;
    return status;
}

/* A visit is due each day from the one after registration to the end of follow-up, or the day the contact became a case. */
static vg_status count_visits(struct counting *counting, const struct row *row)
{
    int64_t since = row->added + 1 > counting->from ? row->added + 1 : counting->from, until = row->follow_until < counting->to ? row->follow_until : counting->to, known = NOT_KNOWN, made = 0;
    vg_status status = row->became_case != 0 ? ask(counting, counting->became, &row->became_case, 1, &known) : VG_OK;
    until = known != NOT_KNOWN && known < until ? known : until;
    if (status != VG_OK || until < since) {
        return status;
    }
    if (until - row->added > VISIT_DAYS) {
        status = ask(counting, counting->visits, (const int64_t[]){row->id, since, until}, 3, &made);
    } else {
        uint64_t days = ((uint64_t)row->visited & ((UINT64_C(1) << VISIT_DAYS) - 1)) >> (since - row->added - 1);
        made = __builtin_popcountll(days & ((UINT64_C(1) << (until - since + 1)) - 1)); /* of at most 62 days */
    }
    counting->out->visits_due += (size_t)(until - since + 1);
    counting->out->visits_made += (size_t)made;
    return status;
}

static void bind_period(const struct counting *counting, sqlite3_stmt *statement, const char *place)
{
    (void)sqlite3_bind_int64(statement, 1, counting->from);
    (void)sqlite3_bind_int64(statement, 2, counting->to);
    store_bind_text(statement, 3, place);
}

static vg_status go_over_contacts(struct counting *counting, const char *place)
{
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_DONE;
    vg_status status = store_prepare(counting->store->db, contacts_text, &statement, counting->error);
    if (status == VG_OK) {
        bind_period(counting, statement, place);
    }
    while (status == VG_OK && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = read_row(statement);
        if (row.added >= counting->from) {
            status = count_listed(counting, &row);
        }
        if (status == VG_OK && row.has_until && row.follow_until >= counting->from && row.added < counting->to) {
            status = count_visits(counting, &row);
        }
    }
    status = status == VG_OK && step != SQLITE_DONE ? store_sql_error(counting->store->db, counting->error, "reading tracing") : status;
    (void)sqlite3_finalize(statement);
    return status;
}

static vg_status count_cases(struct counting *counting, const char *place)
{
    sqlite3_stmt *statement = NULL;
    vg_status status = store_prepare(counting->store->db, cases_text, &statement, counting->error);
    if (status == VG_OK) {
        bind_period(counting, statement, place);
        status = sqlite3_step(statement) == SQLITE_ROW ? VG_OK : store_sql_error(counting->store->db, counting->error, "reading tracing");
    }
    size_t *const to[] = {&counting->out->cases, &counting->out->cases_with_contacts, &counting->out->cases_known_as_contacts, &counting->out->cases_traced_in_24h};
    for (int i = 0; status == VG_OK && i < 4; i++) {
        *to[i] = (size_t)sqlite3_column_int64(statement, i); /* sums over nothing are none */
    }
    (void)sqlite3_finalize(statement);
    return status;
}

vg_status vg_tracing_indicate(struct vg_store *store, int32_t from, int32_t to, const char *place, struct vg_tracing_indicators *out, struct vg_error *error)
{
    struct counting *counting = calloc(1, sizeof *counting);
    *out = (struct vg_tracing_indicators){0};
    if (counting == NULL) {
        return vg_fail_memory(error, sizeof *counting);
    }
    counting->store = store;
    counting->error = error;
    counting->from = from;
    counting->to = to;
    counting->out = out;
    const struct { sqlite3_stmt **statement; const char *text; } statements[] = {{&counting->source, source_text}, {&counting->became, case_text}, {&counting->visits, visits_text}};
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < 3; i++) {
        status = store_prepare(store->db, statements[i].text, statements[i].statement, error);
    }
    if (status == VG_OK) {
        status = count_cases(counting, place);
    }
    if (status == VG_OK) {
        status = go_over_contacts(counting, place);
    }
    out->days_exposure_to_listing = counting->n_exposure == 0 ? NAN : counting->exposure_days / (double)counting->n_exposure;
    out->days_report_to_listing = counting->n_report == 0 ? NAN : counting->report_days / (double)counting->n_report;
    for (size_t i = 0; i < 3; i++) {
        (void)sqlite3_finalize(*statements[i].statement);
    }
    free(counting);
    return status;
}
