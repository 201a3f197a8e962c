/*
 * How fast a node with a million contacts answers: a filtered list, an officer's day, the chain of a case, who may be the same person, and an import of 100,000 rows in which the same
 * people come again. The node is made here of invented people in cases and contacts, on the disk, and is gone afterwards. Each question is asked several times of different things;
 * the slowest is told beside the mean, and the bar that it must stay under. These are times of the processor, so that other work on the machine does not count; the slowest by the
 * clock, which also waits for the disk, stands beside them.
 */
#include "jobs/bench/internal.h"

#include "jobs/tracing/internal.h"
#include "jobs/tracing/invented.h"
#include "jobs/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONTACTS = 1000000, BATCH = 50000, OFFICERS = 1000, PER_CASE = 20, CHAIN_CASES = 500, ROWS = 100000, AGAIN_EVERY = 10, TIMES = 20, TODAY = 18700 };

struct tracing_bench {
    size_t n_contacts, n_rows;
    char folder[JOB_FOLDER_BYTES];
    struct vg_store *store;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
    const struct vg_progress *progress;
    struct invented *people;      /* every AGAIN_EVERY-th of them comes again in the import */
    struct vg_random random;
    int64_t *cases;               /* ids */
    int64_t *case_persons;
    size_t n_cases;
    char (*officers)[12];
    char (*places)[12];
};

static const struct vg_actor worker = {"bench", VG_ROLE_CASE_WORKER};

struct moment { double cpu, clock; };

static struct moment now(void)
{
    struct timespec cpu, clock;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    (void)clock_gettime(CLOCK_MONOTONIC, &clock);
    return (struct moment){(double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec, (double)clock.tv_sec + 1e-9 * (double)clock.tv_nsec};
}

static struct moment since(struct moment start)
{
    struct moment end = now();
    return (struct moment){end.cpu - start.cpu, end.clock - start.clock};
}

static void row(struct tracing_bench *bench, const char *task, size_t n, double mean, double worst, double worst_clock, double bar, const char *what)
{
    vg_table_text(bench->table, task);
    vg_table_integer(bench->table, (int64_t)n);
    vg_table_double(bench->table, 1000 * mean);
    vg_table_double(bench->table, 1000 * worst);
    vg_table_double(bench->table, 1000 * worst_clock);
    vg_table_double(bench->table, bar > 0 ? 1000 * bar : NAN);
    vg_table_text(bench->table, bar <= 0 ? NULL : worst < bar ? "under the bar" : "OVER THE BAR");
    vg_table_text(bench->table, what);
}

/* --------------------------------------------------------------------- node */

static vg_status make_places(struct tracing_bench *bench)
{
    struct vg_place_list places;
    struct vg_place place = {.code = "XV", .name = "XV", .parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .latitude = NAN, .longitude = NAN};
    uint32_t parent = 0;
    bench->officers = vg_arena_alloc(bench->arena, OFFICERS, sizeof *bench->officers);
    bench->places = vg_arena_alloc(bench->arena, INVENTED_PLACES, sizeof *bench->places);
    if (bench->officers == NULL || bench->places == NULL) {
        return vg_fail_memory(bench->error, 0);
    }
    vg_place_list_init(&places, bench->arena);
    (void)vg_place_list_add(&places, &place);
    for (int i = 0; i < OFFICERS; i++) {
        (void)snprintf(bench->officers[i], sizeof bench->officers[i], "officer%d", i);
    }
    for (int i = 0; i < INVENTED_PLACES; i++) { /* ten states, each with four towns */
        (void)snprintf(bench->places[i], sizeof bench->places[i], "XV-%d", i);
        place = (struct vg_place){.code = bench->places[i], .name = bench->places[i], .parent = i % 5 == 0 ? 0 : parent, .level = i % 5 == 0 ? VG_LEVEL_ADMIN1 : VG_LEVEL_ADMIN2,
                                  .latitude = NAN, .longitude = NAN};
        uint32_t added = vg_place_list_add(&places, &place);
        parent = i % 5 == 0 ? added : parent;
    }
    return vg_store_put_places(bench->store, &places, bench->error);
}

static vg_status put_person(struct tracing_bench *bench, struct vg_tracing_work *work, const struct invented *one, int64_t *id)
{
    struct vg_tracing_person person;
    struct vg_identity identity;
    struct vg_linkage_form form;
    struct vg_linkage_codes codes;
    struct vg_search_texts texts;
    vg_tracing_clear(VG_TRACING_PERSON, &person);
    person.birth_year = one->birth_year;
    person.sex = one->sex;
    person.place = bench->places[one->place];
    invented_identity(one, &identity);
    tracing_form(&identity, person.birth_year, person.sex, person.place, &form);
    tracing_search_texts(&form, &codes, &texts);
    vg_status status = vg_tracing_put(work, VG_TRACING_PERSON, &person, bench->error);
    *id = person.id;
    return status == VG_OK ? vg_tracing_set_identity(work, person.id, &identity, &texts, bench->error) : status;
}

static vg_status put_case(struct tracing_bench *bench, struct vg_tracing_work *work, int64_t person, int64_t from_contact, const struct invented *one, int32_t onset)
{
    struct vg_tracing_case row;
    vg_tracing_clear(VG_TRACING_CASE, &row);
    row.person = person;
    row.from_contact = from_contact;
    row.class = VG_CLASS_CONFIRMED;
    row.onset = onset;
    row.report = row.added = onset + 2;
    row.place = bench->places[one->place];
    row.officer = bench->officers[bench->n_cases % OFFICERS];
    vg_status status = vg_tracing_put(work, VG_TRACING_CASE, &row, bench->error);
    bench->cases[bench->n_cases] = row.id;
    bench->case_persons[bench->n_cases++] = person;
    return status;
}

static vg_status put_visits(struct tracing_bench *bench, struct vg_tracing_work *work, int64_t contact, int32_t from, const char *officer)
{
    vg_status status = VG_OK;
    for (int32_t day = from; status == VG_OK && day < TODAY; day++) {
        struct vg_followup visit;
        vg_tracing_clear(VG_TRACING_FOLLOWUP, &visit);
        visit.contact = contact;
        visit.day = day;
        visit.seen = vg_random_below(&bench->random, 10) == 0 ? VG_SEEN_NOT : VG_SEEN_IN_PERSON;
        visit.temperature = 36.5;
        visit.symptoms = vg_random_below(&bench->random, 50) == 0 ? "fever" : NULL;
        visit.officer = officer;
        status = vg_tracing_put(work, VG_TRACING_FOLLOWUP, &visit, bench->error);
    }
    return status;
}

/* One contact of the newest chain; one in twenty becomes a case of it, so that chains grow like trees. */
static vg_status put_contact(struct tracing_bench *bench, struct vg_tracing_work *work, size_t i)
{
    struct invented *one = &bench->people[i];
    struct vg_contact contact;
    int64_t person = 0;
    size_t chain = bench->n_cases == 0 ? 0 : (bench->n_cases - 1) / CHAIN_CASES * CHAIN_CASES; /* sources are of the newest chain */
    size_t source = bench->n_cases == 0 ? 0 : chain + vg_random_below(&bench->random, (uint32_t)(bench->n_cases - chain));
    bool first_of_chain = i % PER_CASE == 0 && bench->n_cases % CHAIN_CASES == 0;
    invent_person(&bench->random, i == 0 ? NULL : &bench->people[i - 1], one);
    vg_status status = put_person(bench, work, one, &person);
    int32_t last = TODAY - 150 + (int32_t)((double)i / (double)bench->n_contacts * 150);
    vg_tracing_clear(VG_TRACING_CONTACT, &contact);
    contact.source = bench->n_cases == 0 || first_of_chain ? 0 : bench->case_persons[source];
    contact.person = person;
    contact.first = contact.last = last;
    contact.added = last + 1;
    contact.follow_until = last + 14;
    contact.status = last + 14 >= TODAY ? VG_CONTACT_OPEN : vg_random_below(&bench->random, 10) == 0 ? VG_CONTACT_LOST : VG_CONTACT_COMPLETED;
    contact.proximity = 1 + (int)vg_random_below(&bench->random, VG_PROXIMITY_COUNT - 1);
    contact.certainty = VG_CERTAINTY_HIGH;
    contact.place = bench->places[one->place];
    contact.officer = bench->officers[vg_random_below(&bench->random, OFFICERS)];
    if (status == VG_OK) {
        status = vg_tracing_put(work, VG_TRACING_CONTACT, &contact, bench->error);
    }
    if (status == VG_OK && i % PER_CASE == 0) {
        status = put_case(bench, work, person, contact.id, one, last + 5);
    }
    return status == VG_OK && contact.status == VG_CONTACT_OPEN ? put_visits(bench, work, contact.id, last + 2, contact.officer) : status;
}

static vg_status fill_node(struct tracing_bench *bench)
{
    struct moment start = now();
    vg_status status = make_places(bench);
    for (size_t i = 0; status == VG_OK && i < bench->n_contacts;) {
        struct vg_tracing_work *work = NULL;
        status = vg_tracing_begin(bench->store, &worker, &work, bench->error);
        if (status == VG_OK) {
            vg_tracing_quiet(work, true);
        }
        for (size_t end = i + BATCH; status == VG_OK && i < end && i < bench->n_contacts; i++) {
            status = put_contact(bench, work, i);
        }
        status = vg_tracing_end(work, status, bench->error);
        if (status == VG_OK && !vg_progress_report(bench->progress, "making the node", (double)i / (double)bench->n_contacts)) {
            status = vg_fail(bench->error, VG_CANCELLED, "the benchmark was stopped");
        }
    }
    struct moment took = since(start);
    row(bench, "the node is made", bench->n_contacts, took.cpu, took.cpu, took.clock, 0, vg_arena_format(bench->arena, "%zu contacts, %zu cases, sealed names of all", bench->n_contacts, bench->n_cases));
    return status;
}

/* ---------------------------------------------------------------- questions */

typedef vg_status ask(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n);

static vg_status ask_list(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    const char *officer = bench->officers[time * 37 % OFFICERS], *place = bench->places[time % 10 * 5];
    const struct vg_tracing_list lists[] = {
        {.kind = VG_TRACING_CONTACT, .from = VG_DATE_NONE, .to = VG_DATE_NONE},                                               /* all */
        {.kind = VG_TRACING_CONTACT, .status = "open", .from = VG_DATE_NONE, .to = VG_DATE_NONE},
        {.kind = VG_TRACING_CONTACT, .status = "lost", .place = place, .from = VG_DATE_NONE, .to = VG_DATE_NONE},
        {.kind = VG_TRACING_CONTACT, .officer = officer, .from = TODAY - 30, .to = TODAY},
        {.kind = VG_TRACING_CONTACT, .place = place, .from = TODAY - 60, .to = TODAY - 30},
        {.kind = VG_TRACING_CONTACT, .place = "XV", .status = "completed", .from = VG_DATE_NONE, .to = VG_DATE_NONE, .skip = 5000},
        {.kind = VG_TRACING_CASE, .place = place, .from = TODAY - 60, .to = TODAY},
    };
    vg_status status = vg_job_tracing_list(bench->store, &worker, &lists[time % (sizeof lists / sizeof *lists)], arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_day(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    vg_status status = vg_job_tracing_day(bench->store, &worker, bench->officers[time * 41 % OFFICERS], TODAY, NULL, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_day_with_names(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    vg_status status = vg_job_tracing_day(bench->store, &worker, bench->officers[time * 43 % OFFICERS], TODAY, "visits of the day", arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_chain(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    size_t chain = time * 7 % (bench->n_cases / CHAIN_CASES + 1) * CHAIN_CASES;
    vg_status status = vg_job_tracing_chain(bench->store, bench->cases[chain < bench->n_cases ? chain : 0], 0, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_candidates(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    int64_t person = 1 + (int64_t)(time * 7919 % bench->n_contacts);
    vg_status status = vg_job_tracing_candidates(bench->store, &worker, person, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_indicators(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    (void)time;
    vg_status status = vg_job_tracing_indicators(bench->store, TODAY - 27, TODAY, NULL, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_forward(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    struct vg_tracing_rank rank = {.place = bench->places[time % 10 * 5], .today = TODAY};
    vg_status status = vg_job_tracing_forward(bench->store, &rank, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status ask_beside(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    const int64_t persons[] = {bench->case_persons[time * 13 % bench->n_cases], 1 + (int64_t)(time * 7919 % bench->n_contacts)};
    vg_status status = vg_job_tracing_beside(bench->store, persons, 2, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

/* Somebody who is there already, as somebody else writes it down at a telephone. */
static vg_status ask_entry(struct tracing_bench *bench, size_t time, struct vg_arena *arena, struct vg_answer *answer, size_t *n)
{
    struct invented one;
    invent_again(&bench->random, &bench->people[time * 4001 % bench->n_contacts], &one);
    const struct vg_tracing_given given[] = {{"given", one.given}, {"family", one.family}, {"telephone", one.telephone}, {"document", one.document}, {"last", "2021-03-10"}, {"setting", "household"}};
    const struct vg_tracing_add add = {.kind = VG_TRACING_CONTACT, .given = given, .n_given = sizeof given / sizeof *given, .source_case = bench->cases[time * 17 % bench->n_cases],
                                       .entry = vg_arena_format(arena, "entry%08zu", time)};
    vg_status status = vg_job_tracing_entries(bench->store, &worker, &add, 1, arena, answer, bench->error);
    *n = answer->table.n_rows;
    return status;
}

static vg_status measure(struct tracing_bench *bench, const char *task, ask *question, size_t times, double bar, const char *what)
{
    double sum = 0, worst = 0, worst_clock = 0;
    size_t n = 0, most = 0;
    vg_status status = VG_OK;
    for (size_t time = 0; status == VG_OK && time <= times; time++) {
        struct vg_arena arena;
        struct vg_answer answer;
        vg_arena_init(&arena, 0);
        vg_answer_init(&answer, &arena);
        struct moment start = now();
        status = question(bench, time, &arena, &answer, &n);
        struct moment took = since(start);
        if (time > 0) { /* the first one finds the files cold */
            sum += took.cpu;
            worst = fmax(worst, took.cpu);
            worst_clock = fmax(worst_clock, took.clock);
        }
        most = n > most ? n : most;
        vg_answer_release(&answer);
        vg_arena_release(&arena);
    }
    if (status == VG_OK) {
        row(bench, task, times, sum / (double)times, worst, worst_clock, bar, vg_arena_format(bench->arena, "%s; up to %zu rows", what, most));
    }
    return status;
}

/* ------------------------------------------------------------------- import */

/* A SORMAS file of contacts: new people, and every tenth a person that is there, as somebody else wrote it down. */
static vg_status write_file(struct tracing_bench *bench, const char *path, size_t *n_again)
{
    struct vg_buffer out;
    struct invented former = {0}, one;
    vg_buffer_init(&out, 0);
    vg_buffer_text(&out, "uuid,sourceCaseUuid,firstName,lastName,sex,birthdate,approximateAge,phone,nationalHealthId,district,lastContactDate,reportDate,contactProximity,followUpStatus,contactOfficer\n");
    *n_again = 0;
    for (size_t i = 0; i < bench->n_rows; i++) {
        char birth[VG_DATE_TEXT_BYTES];
        bool again = i % AGAIN_EVERY == 0;
        if (again) {
            invent_again(&bench->random, &bench->people[(i * 9 + 7) % bench->n_contacts], &one);
            (*n_again)++;
        } else {
            invent_person(&bench->random, i == 0 ? NULL : &former, &one);
            former = one;
        }
        (void)vg_date_print(one.birth, birth);
        vg_buffer_format(&out, "IMPORT-%zu,,%s,%s,%s,%s,", i, one.given, one.family, one.sex == VG_SEX_FEMALE ? "FEMALE" : "MALE", birth);
        if (one.birth == VG_DATE_NONE) {
            vg_buffer_integer(&out, 2026 - one.birth_year);
        }
        vg_buffer_format(&out, ",%s,%s,%s,2021-03-10,2021-03-11,CLOSE_CONTACT,FOLLOW_UP,%s\n", one.telephone, one.document, bench->places[one.place], bench->officers[i % OFFICERS]);
    }
    vg_status status = out.failed ? vg_fail_memory(bench->error, out.size) : vg_file_write_atomic(path, out.data, out.size, bench->error);
    vg_buffer_release(&out);
    return status;
}

static vg_status import_rows(struct tracing_bench *bench)
{
    struct vg_arena arena;
    struct vg_answer answer;
    size_t n_again = 0;
    char path[JOB_FOLDER_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/contacts.csv", bench->folder);
    vg_status status = write_file(bench, path, &n_again);
    struct vg_tracing_import request = {.path = path, .form = "sormas"};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    struct moment start = now();
    if (status == VG_OK) {
        status = vg_job_tracing_import(bench->store, &worker, &request, &arena, &answer, bench->error);
    }
    struct moment took = since(start);
    const struct vg_column *duplicates = status == VG_OK ? job_column(&answer.table, "duplicates") : NULL;
    if (duplicates != NULL) {
        row(bench, "100,000 rows imported, duplicates found", bench->n_rows, took.cpu, took.cpu, took.clock, 10,
            vg_arena_format(bench->arena, "one transaction; %zu rows are of people already there, %lld pairs found", n_again, (long long)duplicates->values.integers[0]));
    }
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static vg_status run_all(struct tracing_bench *bench)
{
    vg_status status = fill_node(bench);
    const struct { const char *task; ask *question; size_t times; double bar; const char *what; } tasks[] = {
        {"filtered list", ask_list, 21, 0.100, "100 rows with the number of all: by status, place and below, officer, days, from the 5,000th"},
        {"an officer's day", ask_day, TIMES, 0.050, "with last visit, symptoms, order"},
        {"an officer's day with names", ask_day_with_names, TIMES, 0.050, "names opened, each showing in the audit and on the disk before"},
        {"chain of a case", ask_chain, TIMES, 0.050, "all ancestors and descendants"},
        {"duplicate candidates of a person", ask_candidates, 100, 0.020, "among all; names opened and compared"},
        {"indicators of four weeks", ask_indicators, 5, 0.100, "whole node"},
        {"forward list of a state", ask_forward, 5, 0, "every open contact judged"},
        {"two persons side by side", ask_beside, TIMES, 0, "what is in clear, and how much there is of each"},
        {"a contact told by a device", ask_entry, 100, 0, "a new person of a case, compared with all, in the audit"},
    };
    for (size_t i = 0; status == VG_OK && i < sizeof tasks / sizeof *tasks; i++) {
        status = measure(bench, tasks[i].task, tasks[i].question, tasks[i].times, tasks[i].bar, tasks[i].what);
    }
    return status == VG_OK ? import_rows(bench) : status;
}

vg_status bench_tracing(const struct vg_bench_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct tracing_bench bench = {.n_contacts = request->n_series == 0 ? CONTACTS : request->n_series < 1000 ? 1000 : request->n_series, .arena = arena, .table = &answer->table, .error = error,
                                  .progress = progress, .random = vg_random_stream(20210205, 5, 0, 0)};
    static const char *const names[] = {"task", "n", "mean_ms", "worst_ms", "worst_clock_ms", "bar_ms", "held", "what"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_TEXT, VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE, VG_COLUMN_TEXT, VG_COLUMN_TEXT};
    for (size_t i = 0; i < 8; i++) {
        vg_table_add_column(&answer->table, names[i], kinds[i]);
    }
    bench.n_rows = bench.n_contacts < 10 * (size_t)ROWS ? bench.n_contacts / 10 : ROWS;
    bench.people = calloc(bench.n_contacts, sizeof *bench.people);
    bench.cases = calloc(bench.n_contacts / PER_CASE + 2, sizeof *bench.cases);
    bench.case_persons = calloc(bench.n_contacts / PER_CASE + 2, sizeof *bench.case_persons);
    (void)snprintf(bench.folder, sizeof bench.folder, "/tmp/vigia-bench-XXXXXX"); /* on the disk, as nodes are */
    vg_status status = bench.people == NULL || bench.cases == NULL || bench.case_persons == NULL ? vg_fail_memory(error, bench.n_contacts * sizeof *bench.people) : VG_OK;
    if (status == VG_OK && mkdtemp(bench.folder) == NULL) {
        status = vg_fail(error, VG_SYSTEM_ERROR, "no folder can be made in /tmp");
    } else if (status == VG_OK) {
        status = vg_store_create(bench.folder, error);
        if (status == VG_OK) {
            status = vg_store_open(bench.folder, VG_STORE_WRITE, &bench.store, error);
        }
        if (status == VG_OK) {
            status = run_all(&bench);
        }
        vg_store_close(bench.store);
        job_remove_folder(bench.folder);
    }
    free(bench.people);
    free(bench.cases);
    free(bench.case_persons);
    return status;
}
