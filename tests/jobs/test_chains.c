/*
 * vigia chains on files: outbreaker2's example against its own accuracy, a new day taken in from a kept state, what is refused and how it is said.
 */
#include "vg_test.h"

#include "test_folder.h"

#include "test_node.h"

#include "jobs/chains/chains.h"
#include "store/genomes/genomes.h"
#include "store/tracing/tracing.h"

#include <math.h>

struct fixture {
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_error error;
    struct vg_chains_request request;
    char cases[4096], contacts[4096], fasta[4096], delay[4096], distances[4096];
};

static void begin(struct fixture *f)
{
    vg_arena_init(&f->arena, 0);
    vg_answer_init(&f->answer, &f->arena);
    vg_chains_request_init(&f->request);
    f->error = (struct vg_error){0};
}

static void end(struct fixture *f)
{
    vg_answer_release(&f->answer);
    vg_arena_release(&f->arena);
}

static const struct vg_column *column(const struct vg_table *table, const char *name)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        if (strcmp(table->columns[k].name, name) == 0) {
            return &table->columns[k];
        }
    }
    fail_msg("there is no column %s", name);
    return NULL;
}

static void fake_paths(struct fixture *f)
{
    vg_shared_or_skip("linelists/fake_outbreak_linelist.csv", f->cases);
    vg_shared_or_skip("linelists/fake_outbreak_contacts.csv", f->contacts);
    vg_shared_or_skip("linelists/fake_outbreak.fasta", f->fasta);
    vg_shared_or_skip("linelists/fake_outbreak_w.csv", f->delay);
    vg_shared_or_skip("linelists/fake_outbreak_snp_pairs.csv", f->distances);
    f->request.cases_path = f->cases;
    f->request.generation_path = f->delay;
    f->request.warm_up = 300;
    f->request.sweeps = 2000;
}

/* How many likeliest infectors are those that the file says were. */
static int count_right(struct fixture *f)
{
    static const int truth[31] = {-1, 0, 1, 2, 0, 3, 4, 4, 5, 6, 6, 7, 8, 9, 5, 5, 7, 7, 8, 9, 10, 11, 11, 13, 13, 13, 17, 17, 0, 10, 13}; /* 0: outside */
    const char *const show = "cases";
    int right = 0;
    f->request.show = show;
    vg_assert_ok(vg_job_chains(&f->request, NULL, &f->arena, &f->answer, &f->error), f->error);
    assert_int_equal(f->answer.table.n_rows, 30);
    for (size_t row = 0; row < 30; row++) {
        int64_t id = 0, by = 0;
        struct vg_text infector = column(&f->answer.table, "infector")->values.texts[row];
        assert_true(vg_parse_integer(column(&f->answer.table, "case")->values.texts[row], &id));
        if (!vg_parse_integer(infector, &by)) {
            assert_true(vg_text_equals(infector, "outside"));
        }
        right += by == truth[id] ? 1 : 0;
    }
    return right;
}

/* outbreaker2 1.1.4 gets 27, 27, 15 and 4 of 30 right. */
static void test_outbreaker2_example(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    fake_paths(&f);
    f.request.fasta_path = f.fasta;
    assert_in_range(count_right(&f), 27, 30);
    end(&f);
    begin(&f);
    fake_paths(&f);
    f.request.fasta_path = f.fasta;
    f.request.contacts_path = f.contacts;
    assert_in_range(count_right(&f), 29, 30);
    end(&f);
    begin(&f);
    fake_paths(&f);
    f.request.contacts_path = f.contacts;
    f.request.sweeps = 4000;
    assert_in_range(count_right(&f), 15, 30);
    end(&f);
}

/* Sequences and their distances are one thing; so are one thread and three. */
static void test_same_by_sequences_and_distances(void **state)
{
    struct fixture f, g;
    (void)state;
    begin(&f);
    fake_paths(&f);
    f.request.fasta_path = f.fasta;
    f.request.sweeps = 100;
    f.request.threads = 1;
    begin(&g);
    fake_paths(&g);
    g.request.distances_path = g.distances;
    g.request.genome_length = 10000;
    g.request.sweeps = 100;
    g.request.threads = 3;
    vg_assert_ok(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), f.error);
    vg_assert_ok(vg_job_chains(&g.request, NULL, &g.arena, &g.answer, &g.error), g.error);
    assert_int_equal(f.answer.table.n_rows, g.answer.table.n_rows);
    assert_memory_equal(column(&f.answer.table, "probability")->values.doubles, column(&g.answer.table, "probability")->values.doubles,
                        f.answer.table.n_rows * sizeof(double));
    end(&f);
    end(&g);
}

/* -------------------------------------------------------------- a new day */

static void write_text(const char *path, const char *text)
{
    struct vg_error error = {0};
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &error), error);
}

/* A line of cases four days apart, each by the one before, as contacts say; and strangers that nothing is said of. */
static void write_line(const char *folder, int n, struct fixture *f)
{
    char text[8192], path[4096];
    size_t at = 0;
    at += (size_t)snprintf(text + at, sizeof text - at, "ID;Fecha;place;setting\n");
    for (int i = 0; i < n; i++) {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(18000 + 4 * i, date);
        at += (size_t)snprintf(text + at, sizeof text - at, "c%d;%s;P%d;%s\n", i, date, i % 3, i % 2 == 0 ? "home" : "work");
    }
    (void)snprintf(path, sizeof path, "%.100s/cases.csv", folder);
    write_text(path, text);
    memcpy(f->cases, path, sizeof path);
    at = (size_t)snprintf(text, sizeof text, "from,to\n");
    for (int i = 1; i < n; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "c%d,c%d\n", i - 1, i);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "c0,nobody\nc1,c0\n");
    (void)snprintf(path, sizeof path, "%.100s/contacts.csv", folder);
    write_text(path, text);
    memcpy(f->contacts, path, sizeof path);
    static const char *const maps[] = {"onset=Fecha"};
    f->request.cases_path = f->cases;
    f->request.contacts_path = f->contacts;
    f->request.maps = maps;
    f->request.n_maps = 1;
    f->request.generation_mean_days = 4;
    f->request.generation_sd_days = 1.5;
    f->request.incubation_mean_days = 3;
    f->request.incubation_sd_days = 1;
    f->request.warm_up = 100;
    f->request.sweeps = 300;
}

static double number_after(const struct vg_buffer *meta, const char *name)
{
    const char *at = strstr(meta->data, name);
    assert_non_null(at);
    return strtod(at + strlen(name) + 2, NULL);
}

static void test_a_new_day(void **state)
{
    char folder[TEST_FOLDER_BYTES], path[4096];
    struct fixture f;
    double before[20];
    (void)state;
    assert_true(test_folder_make(folder));
    (void)snprintf(path, sizeof path, "%s/state.csv", folder);
    for (int time = 0; time < 2; time++) {
        begin(&f);
        write_line(folder, time == 0 ? 20 : 22, &f);
        f.request.state_path = path;
        f.request.show = "cases";
        f.request.seed = 1 + (uint64_t)time;
        vg_assert_ok(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), f.error);
        const struct vg_table *table = &f.answer.table;
        double settled = number_after(&f.answer.meta, "settled_before");
        assert_int_equal((int)number_after(&f.answer.meta, "contacts_left_out"), 1);
        assert_true(time == 0 ? settled == 0 : settled > 10 && settled < 20);
        for (size_t row = 0; row < table->n_rows; row++) {
            double support = column(table, "support")->values.doubles[row];
            if (time == 0) {
                before[row] = support;
            } else if (row < (size_t)settled) {
                vg_assert_near(support, before[row], 1e-3); /* what was settled stays as it was */
            }
            assert_true(row == 0 || vg_text_equals(column(table, "infector")->values.texts[row], row == 1 ? "c0" : vg_arena_format(&f.arena, "c%zu", row - 1)));
        }
        assert_int_equal(table->n_rows, time == 0 ? 20 : 22);
        end(&f);
    }
    write_text(path, "chain,case,infector,infected,generations,value\n9,c1,c0,18000,1,\n");
    begin(&f);
    write_line(folder, 20, &f);
    f.request.state_path = path;
    assert_int_equal(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "line 2, column chain"));
    end(&f);
    test_folder_remove(folder);
}

static bool tells(const struct fixture *f, const char *quantity)
{
    for (size_t row = 0; row < f->answer.table.n_rows; row++) {
        if (vg_text_equals(column(&f->answer.table, "quantity")->values.texts[row], quantity)) {
            return true;
        }
    }
    return false;
}

/* Cases in waves, of which days alone tell nothing of k: they are Poisson on the first day, and on the next one that goes on from there; where k can be told it is told on both. */
static void test_poisson_goes_on(void **state)
{
    static const int waves[] = {1, 20, 70, 60};
    char folder[TEST_FOLDER_BYTES], path[4096], text[16384];
    (void)state;
    assert_true(test_folder_make(folder));
    for (int in_waves = 1; in_waves >= 0; in_waves--) {
        (void)snprintf(path, sizeof path, "%s/state%d.csv", folder, in_waves);
        for (int time = 0; time < 2; time++) {
            struct fixture f;
            size_t at = (size_t)snprintf(text, sizeof text, "id,onset\n"), id = 0;
            begin(&f);
            for (int wave = 0; wave < 4; wave++) {
                for (int i = 0; i < waves[wave]; i++) {
                    char date[VG_DATE_TEXT_BYTES];
                    (void)vg_date_print(18000 + (in_waves ? 11 * wave + (i * 7 % 5 - 2) / 2 : (int)id), date);
                    at += (size_t)snprintf(text + at, sizeof text - at, "c%zu,%s\n", id++, date);
                }
            }
            at += time == 0 ? 0 : (size_t)snprintf(text + at, sizeof text - at, "new,%s\n", in_waves ? "2019-05-31" : "2019-09-14");
            (void)snprintf(f.cases, sizeof f.cases, "%.100s/waves.csv", folder);
            write_text(f.cases, text);
            f.request.cases_path = f.cases;
            f.request.generation_mean_days = 11;
            f.request.generation_sd_days = 1;
            f.request.incubation_mean_days = 10;
            f.request.incubation_sd_days = 1;
            f.request.warm_up = 200;
            f.request.sweeps = 400;
            f.request.state_path = path;
            f.request.show = "summary";
            vg_assert_ok(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), f.error);
            assert_int_equal(tells(&f, "infected_by_a_case"), !in_waves);
            end(&f);
        }
    }
    test_folder_remove(folder);
}

/* ------------------------------------------------------- tables, refusals */

static void test_every_table(void **state)
{
    static const char *const shows[] = {"links", "cases", "summary", "offspring", "settings", "chains", "impossible", "interviews"};
    char folder[TEST_FOLDER_BYTES];
    struct fixture f;
    (void)state;
    assert_true(test_folder_make(folder));
    for (size_t k = 0; k < sizeof shows / sizeof *shows; k++) {
        for (int instant = 0; instant < 2; instant++) {
            begin(&f);
            write_line(folder, 12, &f);
            f.request.show = shows[k];
            f.request.method = instant == 1 ? "instant" : NULL;
            bool needs_sampler = strcmp(shows[k], "offspring") == 0 || strcmp(shows[k], "settings") == 0;
            vg_status status = vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error);
            assert_int_equal(status, instant == 1 && needs_sampler ? VG_USAGE_ERROR : VG_OK);
            if (status == VG_OK && strcmp(shows[k], "settings") == 0) { /* along the line home and work take turns */
                double across = 0, all = 0;
                for (size_t row = 0; row < f.answer.table.n_rows; row++) {
                    double n = column(&f.answer.table, "infections")->values.doubles[row];
                    all += n;
                    across += vg_text_equal(column(&f.answer.table, "from")->values.texts[row], column(&f.answer.table, "to")->values.texts[row]) ? 0 : n;
                }
                assert_true(all > 10 && across > 0.9 * all);
            }
            if (status == VG_OK && strcmp(shows[k], "chains") == 0) {
                assert_int_equal(f.answer.table.n_rows, 1);
                assert_int_equal(column(&f.answer.table, "cases")->values.integers[0], 12);
            }
            if (status == VG_OK && strcmp(shows[k], "impossible") == 0) {
                assert_int_equal(f.answer.table.n_rows, 0);
            }
            end(&f);
        }
    }
    test_folder_remove(folder);
}

static void expect_refusal(const char *cases, void (*change)(struct vg_chains_request *request), vg_status status, const char *words)
{
    char path[] = "/tmp/vigia_chains_XXXXXX";
    struct fixture f;
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, cases, strlen(cases)), (ssize_t)strlen(cases));
    (void)close(file);
    begin(&f);
    f.request.cases_path = path;
    f.request.disease = "covid19";
    if (change != NULL) {
        change(&f.request);
    }
    assert_int_equal(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), status);
    if (strstr(f.error.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", f.error.message, words);
    }
    end(&f);
    (void)unlink(path);
}

static void without_delay(struct vg_chains_request *request)
{
    request->disease = NULL;
}
static void with_method(struct vg_chains_request *request)
{
    request->method = "guess";
}
static void with_show(struct vg_chains_request *request)
{
    request->show = "everything";
}
static void with_distances(struct vg_chains_request *request)
{
    request->distances_path = request->cases_path;
}

static void with_reported(struct vg_chains_request *request)
{
    request->reported = 1.5;
}

/* Where it is known how few are seen, a case that nobody reported to have met is the less certain to have been infected by another. */
static void test_a_known_share_is_kept(void **state)
{
    char folder[TEST_FOLDER_BYTES];
    double sure[2] = {0};
    struct fixture f;
    (void)state;
    assert_true(test_folder_make(folder));
    for (int known = 0; known < 2; known++) {
        begin(&f);
        write_line(folder, 12, &f);
        f.request.reported = known == 1 ? 0.25 : 0;
        f.request.show = "summary";
        vg_assert_ok(vg_job_chains(&f.request, NULL, &f.arena, &f.answer, &f.error), f.error);
        for (size_t row = 0; row < f.answer.table.n_rows; row++) {
            if (vg_text_equals(column(&f.answer.table, "quantity")->values.texts[row], "reporting")) {
                double mean = column(&f.answer.table, "mean")->values.doubles[row];
                assert_true(known == 1 ? fabs(mean - 0.25) < 1e-12 : mean > 0.5);
            } else if (vg_text_equals(column(&f.answer.table, "quantity")->values.texts[row], "mean_entropy_bits")) {
                sure[known] = column(&f.answer.table, "mean")->values.doubles[row];
            }
        }
        end(&f);
    }
    assert_true(sure[1] > sure[0]);
    test_folder_remove(folder);
}

static void test_refusals(void **state)
{
    const char *const good = "id,onset\na,2020-03-01\nb,2020-03-05\n";
    (void)state;
    expect_refusal("id,onset\na,2020-03-01\nb,05/03/2020\n", NULL, VG_DATA_ERROR, "line 3, column onset");
    expect_refusal("id,onset\na,2020-03-01\na,2020-03-05\n", NULL, VG_DATA_ERROR, "a case that was not there before");
    expect_refusal("id,first\na,2020-03-01\n", NULL, VG_DATA_ERROR, "--map onset=HEADING");
    expect_refusal("id,onset\n,2020-03-01\n", NULL, VG_DATA_ERROR, "the name of a case");
    expect_refusal("id,onset,import\na,2020-03-01,perhaps\n", NULL, VG_DATA_ERROR, "yes, no or nothing");
    expect_refusal(good, without_delay, VG_USAGE_ERROR, "--disease");
    expect_refusal(good, with_method, VG_USAGE_ERROR, "instant or mcmc");
    expect_refusal(good, with_show, VG_USAGE_ERROR, "interviews");
    expect_refusal(good, with_reported, VG_USAGE_ERROR, "at most 1, not 1.5");
    expect_refusal(good, with_distances, VG_USAGE_ERROR, "--genome-length");
}

/* ---------------------------------------------------------------- on a node */

/* A household told as contacts, a colleague who was not, somebody far away in time, a discarded case and one without a day. */
static int64_t put_case(struct vg_tracing_work *work, const char *place, int32_t onset, int class, const char *genome, struct vg_error *error)
{
    struct vg_tracing_person person;
    struct vg_tracing_case row;
    vg_tracing_clear(VG_TRACING_PERSON, &person);
    vg_tracing_clear(VG_TRACING_CASE, &row);
    person.place = row.place = place;
    vg_assert_ok(vg_tracing_put(work, VG_TRACING_PERSON, &person, error), *error);
    row.person = person.id;
    row.class = class;
    row.genome = genome;
    row.onset = onset;
    row.report = onset == VG_DATE_NONE ? VG_DATE_NONE : onset + 2;
    vg_assert_ok(vg_tracing_put(work, VG_TRACING_CASE, &row, error), *error);
    return row.person;
}

static void put_contact(struct vg_tracing_work *work, int64_t source, int64_t person, int32_t day, struct vg_error *error)
{
    struct vg_contact row;
    vg_tracing_clear(VG_TRACING_CONTACT, &row);
    row.source = source;
    row.person = person;
    row.first = row.last = day;
    row.setting = VG_SETTING_HOUSEHOLD;
    row.found = VG_FOUND_FORWARD;
    row.status = VG_CONTACT_OPEN; /* whoever added the case may not have said that it was a contact */
    vg_assert_ok(vg_tracing_put(work, VG_TRACING_CONTACT, &row, error), *error);
}

/* g1 was called, g2 not yet, and of another set g2 was. */
static void put_genomes(struct node *node)
{
    static const struct { const char *set, *name, *lineage; } genomes[] = {{"one", "g1", "BA.2"}, {"one", "g2", NULL}, {"two", "g2", "XBB.1.5"}, {"two", "other", "JN.1"}};
    const struct vg_genome_reference reference = {vg_text_from("r"), "ACGT", 4};
    for (size_t i = 0; i < sizeof genomes / sizeof *genomes; i++) {
        int64_t set = 0;
        bool replaced = false;
        struct vg_kept_genome one = {.name = genomes[i].name, .lineage = genomes[i].lineage, .date = VG_DATE_NONE, .added = 18000, .score = NAN, .terms = {.embargo = VG_DATE_NONE}, .packed = vg_text_of("", 0)};
        vg_assert_ok(vg_genomes_begin(node->store, genomes[i].set, &reference, &set, &node->error), node->error);
        vg_assert_ok(vg_genomes_end(node->store, vg_genomes_put(node->store, set, &one, &replaced, &node->error), &node->error), node->error);
    }
}

static void test_cases_of_a_node(void **state)
{
    struct node *node = *state;
    const struct vg_actor actor = {"test", VG_ROLE_CASE_WORKER};
    struct vg_tracing_work *work = NULL;
    struct vg_request request;
    struct vg_answer answer;
    const int32_t day = vg_date_from_civil(2021, 3, 1);
    vg_request_init(&request);
    vg_answer_init(&answer, &node->arena);
    assert_int_equal(vg_job_chains_node(node->store, &request, &node->arena, &answer, &node->error), VG_NOT_FOUND);
    vg_answer_release(&answer);
    vg_assert_ok(vg_tracing_begin(node->store, &actor, &work, &node->error), node->error);
    int64_t first = put_case(work, "CO", day, VG_CLASS_CONFIRMED, "g1", &node->error), second = put_case(work, "CO", day + 5, VG_CLASS_CONFIRMED, "g2", &node->error);
    int64_t third = put_case(work, "CO", day + 6, VG_CLASS_PROBABLE, NULL, &node->error);
    (void)put_case(work, "PE", day + 200, VG_CLASS_CONFIRMED, "nowhere", &node->error);
    (void)put_case(work, "CO", day + 5, VG_CLASS_DISCARDED, "g1", &node->error);
    (void)put_case(work, "CO", VG_DATE_NONE, VG_CLASS_CONFIRMED, NULL, &node->error);
    put_contact(work, first, second, day + 1, &node->error);
    put_contact(work, first, second, day + 2, &node->error); /* told twice: one */
    put_contact(work, first, third, day + 1, &node->error);
    vg_assert_ok(vg_tracing_end(work, VG_OK, &node->error), node->error);
    put_genomes(node);
    static const char *const methods[] = {"instant", "mcmc"};
    for (size_t k = 0; k < 2; k++) {
        vg_answer_init(&answer, &node->arena);
        request.method = methods[k];
        vg_assert_ok(vg_job_chains_node(node->store, &request, &node->arena, &answer, &node->error), node->error);
        assert_int_equal(answer.table.n_rows, 4);
        assert_true(vg_text_equals(column(&answer.table, "day_of")->values.texts[0], "onset"));
        const struct vg_column *infector = column(&answer.table, "infector"), *support = column(&answer.table, "support"), *outside = column(&answer.table, "outside");
        assert_int_equal(infector->missing[0], 1);
        for (size_t i = 1; i < 3; i++) {
            assert_int_equal(infector->values.integers[i], column(&answer.table, "case")->values.integers[0]);
            assert_true(support->values.doubles[i] > 0.5);
            assert_int_equal(column(&answer.table, "contact")->values.integers[i], 1);
            assert_true(vg_text_equals(column(&answer.table, "setting")->values.texts[i], "household"));
        }
        const struct vg_column *lineage = column(&answer.table, "lineage");
        assert_true(vg_text_equals(lineage->values.texts[0], "BA.2") && vg_text_equals(lineage->values.texts[1], "XBB.1.5") && lineage->missing[2] && lineage->missing[3]);
        assert_int_equal(infector->missing[3], 1);
        assert_true(outside->values.doubles[3] > 0.5);
        assert_int_equal(column(&answer.table, "infected")->values.integers[0], 2);
        vg_buffer_char(&answer.meta, '\0');
        assert_non_null(strstr(answer.meta.data, "\"contacts\":2,"));
        assert_non_null(strstr(answer.meta.data, "\"cases_without_day\":1,"));
        assert_false(answer.simulated);
        vg_answer_release(&answer);
    }
    vg_answer_init(&answer, &node->arena);
    request.place = "PE";
    vg_assert_ok(vg_job_chains_node(node->store, &request, &node->arena, &answer, &node->error), node->error);
    assert_int_equal(answer.table.n_rows, 1);
    vg_answer_release(&answer);
    vg_answer_init(&answer, &node->arena);
    request.method = "guess";
    assert_int_equal(vg_job_chains_node(node->store, &request, &node->arena, &answer, &node->error), VG_USAGE_ERROR);
    vg_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases_of_a_node, make_node, drop_node),
        vg_statistics(test_outbreaker2_example), cmocka_unit_test(test_same_by_sequences_and_distances),
        cmocka_unit_test(test_a_new_day),
        cmocka_unit_test(test_poisson_goes_on),
        cmocka_unit_test(test_every_table),
        cmocka_unit_test(test_a_known_share_is_kept),
        cmocka_unit_test(test_refusals),
    };
    return vg_run_group_tests("jobs/chains", tests, NULL, NULL);
}
