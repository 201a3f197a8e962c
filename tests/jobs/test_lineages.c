/*
 * vigia lineages on files: tables of samples and of counts, calls of real genomes, a tree that grew with its metadata, and what is refused and how it is said.
 */
#include "vg_test.h"

#include "answer_fixture.h"
#include "grown_tree.h"
#include "shared_genomes.h"

#include "jobs/lineages/lineages.h"
#include "jobs/place/place.h"
#include "store/genomes/genomes.h"
#include "trace/genome/clock/clock.h"

#include <unistd.h>

/* The row whose first cells are these; NULL: any. */
static size_t row_of(const struct vg_table *table, const char *first, const char *second)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        if ((first == NULL || vg_text_equals(table->columns[0].values.texts[i], first)) && (second == NULL || vg_text_equals(table->columns[1].values.texts[i], second))) {
            return i;
        }
    }
    fail_msg("no row %s %s", first == NULL ? "" : first, second == NULL ? "" : second);
    return 0;
}

/* ------------------------------------------------------------------ growth */

/* Three places, 12 weeks; BA.5.1 (odds times e^0.6 a week) against BA.2, and a few of BA.2.9.3 that are counted with BA.2. */
static const char *samples_file(struct fixture *f, bool counted)
{
    static const char *const places[] = {"Norte", "Sur", "Isla"};
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, counted ? "week,country,lineage,count\n" : "strain,date,country,lineage,lab,mutations\n");
    unsigned n = 0;
    for (size_t place = 0; place < 3; place++) {
        for (int week = 0; week < 12; week++) {
            double share = 1 / (1 + exp(-(-5 + 0.6 * week)));
            int total = 40, new_ones = (int)lround(total * share), rare = week == 4 ? 2 : 0;
            const int counts[3] = {total - new_ones - rare, new_ones, rare};
            static const char *const lineages[3] = {"BA.2", "B.1.1.529.5.1", "BA.2.9.3"};
            for (size_t v = 0; v < 3; v++) {
                if (counted) {
                    vg_buffer_format(&text, "2022-W%02d,%s,%s,%d\n", week + 10, places[place], lineages[v], counts[v]);
                }
                for (int i = 0; i < counts[v] && !counted; i++) {
                    char day[VG_DATE_TEXT_BYTES];
                    (void)vg_date_print(vg_date_from_epiweek(2022, week + 10, VG_WEEK_ISO) + i % 7, day);
                    vg_buffer_format(&text, "s%u,%s,%s,%s,lab %u,\"S:D614G%s\"\n", n, day, places[place], lineages[v], n % 4, v == 1 ? ",S:F486V" : "");
                    n++;
                }
            }
        }
    }
    vg_buffer_text(&text, counted ? "" : "late,2022,Sur,BA.2,lab 1,\nnobody,2022-04-01,Sur,,lab 1,\n");
    const char *path = write_file(f, counted ? "counts.csv" : "samples.csv", text.data, text.size);
    vg_buffer_release(&text);
    return path;
}

static void test_growth(void **state)
{
    struct fixture f;
    struct vg_lineages_growth_request request;
    double advantage[2];
    (void)state;
    begin(&f);
    vg_lineages_growth_request_init(&request);
    static const char key[] = "{\"BA\": \"B.1.1.529\"}";
    request.aliases_path = write_file(&f, "alias_key.json", key, sizeof key - 1);
    for (int counted = 0; counted < 2; counted++) {
        again(&f);
        request.samples_path = samples_file(&f, counted != 0);
        vg_assert_ok(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), f.error);
        const struct vg_table *table = &f.answer.table;
        assert_int_equal(table->n_rows, 2 * 4); /* all and three places; BA.5.1 by its short name, BA.2.9.3 within BA.2 */
        size_t row = row_of(table, "all", "BA.5.1"), pivot = row_of(table, "all", "BA.2");
        advantage[counted] = column(table, "advantage_per_week")->values.doubles[row];
        vg_assert_near(advantage[counted], 0.6, 0.06);
        assert_true(column(table, "advantage_per_week")->values.doubles[pivot] == 0);
        vg_assert_near(column(table, "per_generation")->values.doubles[row], exp(advantage[counted] * 4.8 / 7), 1e-3);
        assert_true(column(table, "advantage_low")->values.doubles[row] < 0.6 && column(table, "advantage_high")->values.doubles[row] > 0.6);
        assert_true(column(table, "dominant_days")->values.doubles[row] == 0 && column(table, "share")->values.doubles[row] > 0.7);
        assert_non_null(strstr(f.answer.meta.data, "\"lineages_merged\":1"));
        assert_non_null(strstr(f.answer.meta.data, "\"pivot\":\"BA.2\""));
        assert_true(counted || strstr(f.answer.meta.data, "\"rows_without_day\":1,\"rows_without_lineage\":1") != NULL);
    }
    vg_assert_near(advantage[0], advantage[1], 0.01); /* one by one or counted */
    again(&f);
    static const char cases[] = "country,cases\nNorte,900\nSur,100\n";
    request.weights_path = write_file(&f, "cases.csv", cases, sizeof cases - 1);
    vg_assert_ok(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), f.error);
    const struct vg_column *share = column(&f.answer.table, "share");
    size_t all = row_of(&f.answer.table, "all", "BA.5.1"), north = row_of(&f.answer.table, "Norte", "BA.5.1"), south = row_of(&f.answer.table, "Sur", "BA.5.1");
    vg_assert_near(share->values.doubles[all], 0.9 * share->values.doubles[north] + 0.1 * share->values.doubles[south], 1e-4);
    again(&f);
    request.weights_path = write_file(&f, "cases.csv", "country,cases\nChile,900\n", 24);
    assert_int_equal(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    request.weights_path = NULL;
    again(&f);
    request.show = "frequencies";
    vg_assert_ok(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 4 * 2 * (12 + 5)); /* 30 days are five more weeks */
    double sum = 0;
    for (size_t i = 0; i < f.answer.table.n_rows; i++) {
        sum += column(&f.answer.table, "share")->values.doubles[i];
        assert_true(column(&f.answer.table, "share_low")->values.doubles[i] <= column(&f.answer.table, "share_high")->values.doubles[i]);
    }
    vg_assert_near(sum, 4 * 17, 0.01);
    end(&f);
}

static void test_growth_alarms(void **state)
{
    static const char *const watched[] = {"S:F486V", "S:N501Y"};
    struct fixture f;
    struct vg_lineages_growth_request request;
    (void)state;
    begin(&f);
    vg_lineages_growth_request_init(&request);
    request.samples_path = samples_file(&f, false);
    request.show = "alarms";
    request.watched = watched;
    request.n_watched = 2;
    assert_true(vg_date_parse_iso(vg_text_from("2022-05-01"), &request.as_of)); /* of eight weeks: the new one is a third */
    vg_assert_ok(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), f.error);
    const struct vg_table *table = &f.answer.table;
    size_t row = row_of(table, "lineage", "B.1.1.529.5.1"), seen = row_of(table, "mutation", "S:F486V"), never = row_of(table, "mutation", "S:N501Y");
    assert_true(column(table, "raised")->values.integers[row] == 1 && column(table, "sources")->values.integers[row] == 4);
    assert_true(column(table, "doubling_days")->values.doubles[row] < 14);
    assert_true(column(table, "raised")->values.integers[row_of(table, "lineage", "BA.2")] == 0);
    assert_true(column(table, "raised")->values.integers[seen] == 1 && column(table, "raised")->values.integers[never] == 0);
    again(&f);
    request.samples_path = samples_file(&f, true); /* which has no column of mutations */
    assert_int_equal(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "mutations"));
    end(&f);
}

static void test_growth_refusals(void **state)
{
    static const struct { const char *text, *part; } bad[] = {
        {"date,lineage\n2021-13-01,A\n", "line 2"}, {"date,lineage,count\n2021-03-01,A,-3\n", "number of genomes"}, {"date,place\n2021-03-01,A\n", "lineage"},
        {"date,lineage\n,A\n", "no sample"}, {"date,lineage\n2021-03-01,A\n2021-03-09,A\n", "two lineages"}, {"week,lineage\n2021-W60,A\n", "2021-W60"}};
    struct fixture f;
    (void)state;
    begin(&f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vg_lineages_growth_request request;
        again(&f);
        vg_lineages_growth_request_init(&request);
        request.samples_path = write_file(&f, "bad.csv", bad[i].text, strlen(bad[i].text));
        assert_int_equal(vg_job_lineages_growth(NULL, &request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
        if (strstr(f.error.message, bad[i].part) == NULL) {
            fail_msg("%s: %s", bad[i].text, f.error.message);
        }
    }
    end(&f);
}

/* ------------------------------------------------------------------- trees */

/* A tree that grew among three countries, as Auspice JSON with its metadata. */
static void grown_files(struct fixture *f, struct grown_tree *grown, const char **tree_path, const char **metadata_path)
{
    static const char *const countries[] = {"Colombia", "Peru", "Brazil"};
    struct vg_buffer tree, metadata;
    *grown = (struct grown_tree){.n_leaves = 150, .mutation_rate = 25, .dispersion = 1, .split_rate = 3, .sampling_rate = 5, .n_regions = 3, .move_rate = 0.5, .frequencies = {0.4, 0.3, 0.3}};
    grow_tree(grown, 12, &f->arena);
    vg_buffer_init(&tree, 0);
    vg_buffer_init(&metadata, 0);
    struct vg_tree_write_options options = {.updated = 19000};
    struct vg_tree_sink sink = vg_tree_sink_of(&tree);
    vg_assert_ok(vg_tree_write(grown->tree, VG_TREE_AUSPICE, &options, &sink, &f->error), f->error);
    vg_buffer_text(&metadata, "strain,date,country\nsomebody else,2001-02-03,Chile\n");
    for (uint32_t v = 0; v < grown->tree->n_nodes; v++) {
        if (vg_tree_is_leaf(grown->tree, v)) {
            struct vg_text name = vg_tree_name(grown->tree, v);
            char day[VG_DATE_TEXT_BYTES];
            (void)vg_date_print(vg_clock_date_of_year(grown->years[v]), day);
            vg_buffer_format(&metadata, "%.*s,%s,%s\n", (int)name.size, name.data, v % 17 == 0 ? "2001" : day, countries[grown->regions[v]]);
        }
    }
    *tree_path = write_file(f, "tree.json", tree.data, tree.size);
    *metadata_path = write_file(f, "metadata.csv", metadata.data, metadata.size);
    vg_buffer_release(&tree);
    vg_buffer_release(&metadata);
}

static void test_introductions_and_clock(void **state)
{
    struct fixture f;
    struct grown_tree grown;
    struct vg_lineages_tree_request request;
    struct vg_buffer bytes;
    (void)state;
    begin(&f);
    vg_buffer_init(&bytes, 0);
    vg_lineages_tree_request_init(&request);
    grown_files(&f, &grown, &request.tree_path, &request.metadata_path);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    const struct vg_table *table = &f.answer.table;
    int64_t leaves = 0, exports = 0, sources = 0, late = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct vg_column *low = column(table, "came_low"), *came = column(table, "came"), *high = column(table, "came_high"), *first = column(table, "first_sample"), *source = column(table, "source");
        leaves += column(table, "leaves")->values.integers[i];
        exports += column(table, "exports")->values.integers[i];
        sources += source->missing[i] == 0;
        assert_true(low->values.dates[i] <= came->values.dates[i] && came->values.dates[i] <= high->values.dates[i]);
        late += !first->missing[i] && low->values.dates[i] > first->values.dates[i];
    }
    assert_int_equal(leaves, 150);
    assert_true(late * 20 <= (int64_t)table->n_rows); /* of leaves that the clock does not believe */
    assert_int_equal(exports, sources);
    assert_true(exports > 0);
    assert_non_null(strstr(f.answer.meta.data, "\"time\":\"years\""));
    assert_non_null(strstr(f.answer.meta.data, "\"rows_of_no_leaf\":1"));
    again(&f);
    request.show = "summary";
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    double told = 0, clusters = 0;
    for (size_t i = 0; i < 3; i++) {
        int64_t low = column(&f.answer.table, "introductions_low")->values.integers[i], high = column(&f.answer.table, "introductions_high")->values.integers[i];
        told += (double)column(&f.answer.table, "introductions")->values.integers[i];
        clusters += (double)column(&f.answer.table, "clusters")->values.integers[i];
        assert_true(column(&f.answer.table, "fewest")->values.integers[i] <= column(&f.answer.table, "most")->values.integers[i]);
        assert_true(low <= column(&f.answer.table, "introductions_q25")->values.integers[i] && column(&f.answer.table, "introductions_q75")->values.integers[i] <= high);
        assert_true(column(&f.answer.table, "unseen")->missing[i] && column(&f.answer.table, "cases")->missing[i]);
    }
    assert_true(told > 0.5 * clusters && told < 2 * clusters);
    assert_non_null(strstr(f.answer.meta.data, "sampling is taken to be equal"));
    again(&f);
    static const char weights[] = "country,cases\nColombia,900\nPeru,300\nBrazil,20000\n";
    request.weights_path = write_file(&f, "cases.csv", weights, sizeof weights - 1);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    double cases = 0;
    for (size_t i = 0; i < 3; i++) {
        cases += column(&f.answer.table, "cases")->values.doubles[i];
        assert_true(column(&f.answer.table, "unseen")->values.doubles[i] >= 0 && column(&f.answer.table, "sampled")->values.doubles[i] > 0);
    }
    vg_assert_near(cases, 21200, 1e-6);
    assert_non_null(strstr(f.answer.meta.data, "cases.csv"));
    again(&f); /* by week: those of other years are no part of it */
    static const char weekly[] = "country,week,cases\nColombia,2001-W40,400\nColombia,2001-W45,500\nPeru,2001-W40,0\nPeru,1950-W20,300\nBrazil,2001-W40,20000\n";
    request.weights_path = write_file(&f, "weekly.csv", weekly, sizeof weekly - 1);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    double of_weeks = 0;
    for (size_t i = 0; i < 3; i++) {
        double own = column(&f.answer.table, "cases")->values.doubles[i];
        of_weeks += own;
    }
    vg_assert_near(of_weeks, 20900, 1e-6); /* 400 + 500, 20000, and nothing in Peru's only week of these */
    assert_non_null(strstr(f.answer.meta.data, "\"cases_by\":\"region\"")); /* two weeks do not tell how sampling changed */
    again(&f);
    struct vg_buffer all_weeks;
    vg_buffer_init(&all_weeks, 0);
    vg_buffer_format(&all_weeks, "country,week,cases\n");
    for (int week = 0; week < 10 * 52; week++) {
        vg_buffer_format(&all_weeks, "Colombia,%d-W%02d,%d\nPeru,%d-W%02d,30\nBrazil,%d-W%02d,2000\n", 1998 + week / 52, week % 52 + 1, 40 + week % 9, 1998 + week / 52, week % 52 + 1, 1998 + week / 52,
                         week % 52 + 1);
    }
    request.weights_path = write_file(&f, "all-weeks.csv", all_weeks.data, all_weeks.size);
    vg_buffer_release(&all_weeks);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_non_null(strstr(f.answer.meta.data, "\"cases_by\":\"week\""));
    assert_true(column(&f.answer.table, "introductions")->values.integers[0] > 0);
    again(&f);
    static const char bad[] = "country,week,cases\nPeru,soon,3\n";
    request.weights_path = write_file(&f, "bad-cases.csv", bad, sizeof bad - 1);
    assert_int_equal(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "line 2"));
    request.weights_path = NULL;
    static const char *const shows[] = {"flows", "leaves", "crossings", "clusters"};
    for (size_t i = 0; i < 4; i++) {
        again(&f);
        request.show = shows[i];
        request.linked_mutations = 12;
        request.window_days = 100;
        vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
        assert_true(f.answer.table.n_rows > 0);
        assert_true(i != 1 || f.answer.table.n_rows == 150);
    }
    again(&f);
    request.show = NULL;
    vg_assert_ok(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), f.error);
    size_t rate = row_of(&f.answer.table, "mutations_per_year", NULL), root = row_of(&f.answer.table, "root_year", NULL);
    vg_assert_near(f.answer.table.columns[1].values.doubles[rate], 25, 3);
    vg_assert_near(f.answer.table.columns[1].values.doubles[root], 2000, 0.2);
    int32_t noted = VG_DATE_NONE; /* years are told to the day, the note's */
    assert_true(vg_date_parse_iso(column(&f.answer.table, "note")->values.texts[root], &noted));
    vg_assert_near(f.answer.table.columns[1].values.doubles[root], vg_clock_year_of_date(noted), 0.0015);
    again(&f);
    request.show = "dates";
    vg_assert_ok(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, grown.tree->n_nodes);
    again(&f);
    request.show = "tree"; /* which is read again, with its own dates and countries */
    vg_assert_ok(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), f.error);
    request.tree_path = write_file(&f, "dated.json", bytes.data, bytes.size);
    request.metadata_path = request.weights_path = request.show = NULL;
    again(&f);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_non_null(strstr(f.answer.meta.data, "\"time\":\"years\""));
    assert_non_null(strstr(f.answer.meta.data, "\"leaves_with_region\":150"));
    vg_buffer_release(&bytes);
    vg_tree_free(grown.tree);
    end(&f);
}

static void test_designation_and_refusals(void **state)
{
    struct fixture f;
    struct grown_tree grown;
    struct vg_lineages_tree_request request;
    struct vg_buffer bytes;
    (void)state;
    begin(&f);
    vg_buffer_init(&bytes, 0);
    vg_lineages_tree_request_init(&request);
    const char *tree_path = NULL, *metadata_path = NULL;
    grown_files(&f, &grown, &tree_path, &metadata_path);
    request.tree_path = tree_path;
    request.prefix = "Z";
    vg_assert_ok(vg_job_lineages_designate(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_true(f.answer.table.n_rows > 0);
    assert_true(vg_text_equals(f.answer.table.columns[0].values.texts[0], "Z.1"));
    again(&f);
    assert_int_equal(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR); /* no regions */
    assert_non_null(strstr(f.error.message, "--metadata"));
    again(&f);
    assert_int_equal(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), VG_DATA_ERROR); /* no dates */
    again(&f);
    request.metadata_path = write_file(&f, "bad.csv", "strain,date\nleaf1,tomorrow\n", 27);
    request.show = "rate";
    int found = 0;
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        found += vg_text_equals(vg_tree_name(grown.tree, v), "leaf1");
    }
    vg_status status = vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error);
    assert_int_equal(status, VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, found ? "tomorrow" : "date"));
    again(&f);
    request.tree_path = write_file(&f, "no.json", "{\"version\": \"v2\", \"tree\": {", 27);
    assert_int_equal(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), VG_DATA_ERROR);
    again(&f);
    request.tree_path = "/nowhere/tree.json";
    assert_int_equal(vg_job_lineages_clock(&request, &f.arena, &f.answer, &bytes, &f.error), VG_SYSTEM_ERROR);
    again(&f);
    request.tree_path = NULL;
    assert_int_equal(vg_job_lineages_designate(&request, &f.arena, &f.answer, &f.error), VG_USAGE_ERROR);
    vg_buffer_release(&bytes);
    vg_tree_free(grown.tree);
    end(&f);
}

/* Who is near in mutations and of what day nobody knows is in no outbreak with a window; where no day is known, mutations alone link. */
static void test_crossings_without_dates(void **state)
{
    static const char tree[] = "{\"version\": \"v2\", \"meta\": {\"updated\": \"2021-03-05\", \"panels\": [\"tree\"]}, \"tree\": {\"name\": \"root\", \"node_attrs\": {\"div\": 0}, \"children\": ["
                               "{\"name\": \"a\", \"node_attrs\": {\"div\": 0}}, {\"name\": \"b\", \"node_attrs\": {\"div\": 1}, \"branch_attrs\": {\"mutations\": {\"nuc\": [\"A2C\"]}}}, "
                               "{\"name\": \"c\", \"node_attrs\": {\"div\": 0}}]}}";
    static const struct { const char *metadata; size_t n_rows; int64_t leaves; } cases[] = {
        {"strain,date,country\na,2021-01-01,Peru\nb,2021-06-01,Brazil\nc,2021,Chile\n", 0, 0},
        {"strain,date,country\na,2021-01-01,Peru\nb,2021-01-09,Brazil\nc,2021,Chile\n", 1, 2},
        {"strain,date,country\na,,Peru\nb,,Brazil\nc,,Chile\n", 1, 3}};
    struct fixture f;
    struct vg_lineages_tree_request request;
    (void)state;
    begin(&f);
    vg_lineages_tree_request_init(&request);
    request.tree_path = write_file(&f, "tree.json", tree, sizeof tree - 1);
    request.show = "crossings";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        again(&f);
        request.metadata_path = write_file(&f, "metadata.csv", cases[i].metadata, strlen(cases[i].metadata));
        vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
        assert_int_equal(f.answer.table.n_rows, cases[i].n_rows);
        if (cases[i].n_rows > 0) {
            assert_int_equal(column(&f.answer.table, "leaves")->values.integers[0], cases[i].leaves);
        }
    }
    end(&f);
}

/* ------------------------------------------------------------------- calls */

static const char made_reference[] = "ACGTTGCAAGCTTGACCTAGGATTCAGCATGGCAATCGTA";

/* B with B.1 below it, three mutations apart; unnamed branching points. */
static struct vg_tree *made_tree(struct fixture *f, bool usher)
{
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_genome_reference reference = {vg_text_from("ref"), made_reference, sizeof made_reference - 1};
    struct vg_tree *tree = NULL;
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root"));
    uint32_t clade = vg_tree_builder_column(builder, vg_text_from(usher ? "clade_1" : "clade_membership"), true, false), lineage = vg_tree_builder_column(builder, vg_text_from(usher ? "clade_2" : "lineage"), true, false);
    vg_tree_builder_word(builder, clade, vg_text_from("19A"));
    vg_tree_builder_word(builder, lineage, vg_text_from("B"));
    (void)vg_tree_builder_node(builder, root, vg_text_from("b"));
    uint32_t inner = vg_tree_builder_node(builder, root, vg_text_from(""));
    vg_tree_builder_word(builder, lineage, vg_text_from("B.1"));
    for (uint32_t site = 0; site < 12; site++) { /* of 40: what UShER's form keeps of the reference */
        unsigned from = (unsigned)vg_base_of_letter(made_reference[site]);
        vg_tree_builder_mutation(builder, site, from, from ^ 1u);
    }
    (void)vg_tree_builder_node(builder, inner, vg_text_from("b1"));
    (void)vg_tree_builder_node(builder, inner, vg_text_from("b2"));
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &tree, &f->error), f->error);
    return tree;
}

/* A lineage that only a deletion sets apart is told by it where that is asked for, and not of a genome that has not read it or has it whole. */
static void test_calls_by_deletions(void **state)
{
    static const char text[] =
        "{\"version\":\"v2\",\"meta\":{},\"tree\":{\"name\":\"root\",\"node_attrs\":{\"lineage\":{\"value\":\"B\"}},\"children\":["
        "{\"name\":\"b\",\"branch_attrs\":{\"mutations\":{\"nuc\":[\"T40C\"]}}},"
        "{\"name\":\"x\",\"node_attrs\":{\"lineage\":{\"value\":\"B.1\"}},\"branch_attrs\":{\"mutations\":{\"nuc\":[\"A11-\",\"C12-\",\"G13-\"]}},\"children\":[{\"name\":\"x1\"},{\"name\":\"x2\"}]}]},"
        "\"root_sequence\":{\"nuc\":\"ACGTACGTACACGTACGTACGTACGTACGTACGTACGTAT\"}}";
    static const char genomes[] = ">has\n-\t11\t3\n>whole\n>unread\nn\t11\t3\n>longer\n-\t11\t5\n>beside\nn\t8\t3\n-\t11\t3\n";
    static const char *const by_them[] = {"B.1", "B", "B", "B", "B"};
    struct fixture f;
    struct vg_lineages_calls_request request;
    (void)state;
    begin(&f);
    vg_lineages_calls_request_init(&request);
    request.tree_path = write_file(&f, "tree.json", text, sizeof text - 1);
    request.genomes_path = write_file(&f, "genomes.maple", genomes, sizeof genomes - 1);
    for (int k = 0; k < 2; k++) {
        again(&f);
        request.deletions = k == 1;
        vg_assert_ok(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), f.error);
        const struct vg_column *lineage = column(&f.answer.table, "lineage"), *distance = column(&f.answer.table, "distance");
        assert_int_equal(f.answer.table.n_rows, 5);
        for (size_t i = 0; i < 5; i++) {
            assert_true(vg_text_equals(lineage->values.texts[i], k == 0 ? "B" : by_them[i]));
            assert_int_equal(distance->values.integers[i], 0);
        }
    }
    struct vg_tree *tree = made_tree(&f, false);
    request.tree_path = vg_arena_format(&f.arena, "%s/tree.vgt", f.folder);
    vg_assert_ok(vg_job_save_tree(tree, request.tree_path, NULL, &f.error), f.error);
    again(&f);
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "tells of no deletions"));
    vg_tree_free(tree);
    end(&f);
}

/* UShER's trees have no names of columns, and of the reference only mutated sites. */
static void test_calls_on_a_tree_of_usher(void **state)
{
    static const char genomes[] = ">ref\nacgttgcaagcttgacctaggattcagcatggcaatcgta\n>as b\n>as b1\nc\t1\na\t2\nt\t3\ng\t4\ng\t5\nt\t6\na\t7\nc\t8\nc\t9\nt\t10\na\t11\ng\t12\ng\t30\n";
    struct fixture f;
    struct vg_lineages_calls_request request;
    (void)state;
    begin(&f);
    struct vg_tree *tree = made_tree(&f, true);
    const char *path = vg_arena_format(&f.arena, "%s/tree.pb.gz", f.folder);
    vg_assert_ok(vg_job_save_tree(tree, path, NULL, &f.error), f.error);
    vg_lineages_calls_request_init(&request);
    request.tree_path = path;
    request.genomes_path = write_file(&f, "genomes.maple", genomes, sizeof genomes - 1);
    vg_assert_ok(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 2);
    const struct vg_column *lineage = column(&f.answer.table, "lineage"), *own = column(&f.answer.table, "new_mutations");
    assert_true(vg_text_equals(lineage->values.texts[0], "B"));
    assert_true(vg_text_equals(lineage->values.texts[1], "B.1"));
    assert_int_equal(own->values.integers[0], 0);
    assert_int_equal(own->values.integers[1], 1); /* at a site that the tree alone does not know */
    again(&f);
    static const char other[] = ">other\ntgcaacgttcgatgacctaggattcagcatggcaatcgta\n>x\n";
    request.genomes_path = write_file(&f, "other.maple", other, sizeof other - 1);
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "not of one virus"));
    again(&f);
    request.recombinants = true;
    request.n_draws = 0;
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_USAGE_ERROR);
    assert_non_null(strstr(f.error.message, "--draws"));
    vg_tree_free(tree);
    end(&f);
}

/* A genome that is too different to be placed has a row that says so, in its place, and the others are placed or added all the same. */
static void test_too_different(void **state)
{
    enum { SITES = 2 * VG_PLACE_DIFFERENCES_MAX + 100 };
    struct fixture f;
    struct vg_place_request place = {.n_samples = 1};
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_tree *tree = NULL;
    struct vg_buffer text;
    (void)state;
    begin(&f);
    vg_buffer_init(&text, 0);
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_from("root"));
    (void)vg_tree_builder_node(builder, root, vg_text_from("leaf"));
    vg_tree_builder_mutation(builder, 7, 0, 2);
    char *letters = vg_arena_alloc(&f.arena, SITES, 1);
    memset(letters, 'A', SITES);
    struct vg_genome_reference reference = {vg_text_from("r"), letters, SITES};
    vg_assert_ok(vg_tree_builder_finish(builder, &reference, &tree, &f.error), f.error);
    const char *path = vg_arena_format(&f.arena, "%s/tree.vgt", f.folder);
    vg_assert_ok(vg_job_save_tree(tree, path, NULL, &f.error), f.error);
    vg_buffer_text(&text, ">before\ng\t8\n>far\n");
    for (uint32_t i = 0; i <= VG_PLACE_DIFFERENCES_MAX; i++) {
        vg_buffer_format(&text, "c\t%u\n", 2 * i + 1);
    }
    vg_buffer_text(&text, ">behind\ng\t8\nt\t9\n");
    const char *samples = write_file(&f, "far.maple", text.data, text.size);
    place.tree_path = path;
    place.sample_paths = &samples;
    for (int grows = 0; grows < 2; grows++) {
        again(&f);
        place.out = grows == 1 ? vg_arena_format(&f.arena, "%s/grown.json.gz", f.folder) : NULL;
        vg_assert_ok(vg_job_place(&place, NULL, &f.arena, &f.answer, &f.error), f.error);
        const struct vg_column *status = column(&f.answer.table, "status"), *score = column(&f.answer.table, "score");
        assert_int_equal(f.answer.table.n_rows, 3);
        assert_true(vg_text_equals(status->values.texts[0], "ok") && vg_text_equals(status->values.texts[1], "too_different") && vg_text_equals(status->values.texts[2], "ok"));
        assert_true(score->values.integers[0] == 0 && score->missing[1] && score->values.integers[2] == 1);
    }
    struct vg_opened_tree grown;
    vg_assert_ok(vg_job_open_tree(place.out, NULL, &grown, &f.error), f.error);
    assert_int_equal(grown.tree->n_leaves, 3);
    vg_job_close_tree(&grown);
    vg_tree_free(tree);
    vg_buffer_release(&text);
    end(&f);
}

/* A node without a name is called the same by every command. */
static void test_names_of_nodes_agree(void **state)
{
    static const char genomes[] = ">ref\nacgttgcaagcttgacctaggattcagcatggcaatcgta\n>x\nc\t1\na\t2\nt\t3\ng\t4\ng\t5\nt\t6\na\t7\nc\t8\nc\t9\nt\t10\na\t11\ng\t12\n";
    struct fixture f;
    struct vg_lineages_calls_request calls;
    struct vg_place_request place = {.n_samples = 1};
    (void)state;
    begin(&f);
    struct vg_tree *tree = made_tree(&f, false);
    const char *path = vg_arena_format(&f.arena, "%s/tree.vgt", f.folder), *samples = write_file(&f, "x.maple", genomes, sizeof genomes - 1);
    vg_assert_ok(vg_job_save_tree(tree, path, NULL, &f.error), f.error);
    vg_lineages_calls_request_init(&calls);
    calls.tree_path = place.tree_path = path;
    calls.genomes_path = samples;
    place.sample_paths = &samples;
    vg_assert_ok(vg_job_lineages_calls(NULL, &calls, NULL, &f.arena, &f.answer, &f.error), f.error);
    assert_true(vg_text_equals(column(&f.answer.table, "nearest_node")->values.texts[0], "node_3"));
    again(&f);
    vg_assert_ok(vg_job_place(&place, NULL, &f.arena, &f.answer, &f.error), f.error);
    assert_true(vg_text_equals(column(&f.answer.table, "node")->values.texts[0], "node_3"));
    assert_true(vg_text_equals(column(&f.answer.table, "certain_clade")->values.texts[0], "B.1"));
    vg_tree_free(tree);
    end(&f);
}

static void test_calls(void **state)
{
    struct fixture f;
    struct vg_lineages_calls_request request;
    char genomes[4096], tree[4096];
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", tree);
    vg_shared_or_skip("genomes/sars-cov-2/maple/AY.4.2.2.maple.gz", genomes);
    begin(&f);
    vg_lineages_calls_request_init(&request);
    request.genomes_path = genomes;
    request.tree_path = tree;
    request.mask = "1-55,29805-29903";
    vg_assert_ok(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), f.error);
    const struct vg_table *table = &f.answer.table;
    size_t right = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        right += table->columns[1].missing[i] == 0 && vg_text_equals(table->columns[1].values.texts[i], "AY.4.2.2");
    }
    assert_int_equal(table->n_rows, 5446);
    assert_true((double)right > 0.98 * (double)table->n_rows);
    again(&f);
    request.mask = "5-1";
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_USAGE_ERROR);
    again(&f);
    request.mask = NULL;
    request.column = "no such column";
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "Nextclade_pango")); /* what there is */
    again(&f);
    request.column = NULL;
    request.genomes_path = write_file(&f, "beyond.maple", ">x\na\t99999\n", 11);
    assert_int_equal(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
    assert_non_null(strstr(f.error.message, "beyond"));
    again(&f);
    /* The reference itself, and a genome of which nothing is known, which is no lineage's but what all have in common. */
    static const char two[] = ">same\n>nothing\nn\t1\t29903\n";
    request.genomes_path = write_file(&f, "two.maple", two, sizeof two - 1);
    vg_assert_ok(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), f.error);
    table = &f.answer.table;
    assert_true(vg_text_equals(table->columns[1].values.texts[0], "B"));
    assert_true(table->columns[1].missing[1] || vg_text_equals(table->columns[1].values.texts[1], "B"));
    assert_true(column(table, "conflict")->values.doubles[1] > 0.9);
    end(&f);
}

/* From sequences as laboratories send them to lineages: the serotype of a dengue sequence is at the end of its name. */
static void test_sequences_to_lineages(void **state)
{
    struct fixture f;
    struct vg_lineages_calls_request request;
    char folder[4096], sequences[4096], tree[4096];
    size_t known = 0, right = 0;
    (void)state;
    vg_shared_or_skip("genomes/dengue", folder);
    vg_shared_or_skip("genomes/dengue/sequences.fasta.gz", sequences);
    vg_shared_or_skip("genomes/dengue/tree.json.gz", tree);
    begin(&f);
    vg_lineages_calls_request_init(&request);
    request.genomes_path = sequences;
    request.data_set = folder;
    request.tree_path = tree;
    request.column = "clade_membership";
    vg_assert_ok(vg_job_lineages_calls(NULL, &request, NULL, &f.arena, &f.answer, &f.error), f.error);
    const struct vg_table *table = &f.answer.table;
    for (size_t i = 0; i < table->n_rows; i++) {
        struct vg_text name = table->columns[0].values.texts[i], lineage = table->columns[1].values.texts[i];
        const char *serotype = memmem(name.data, name.size, "DENV", 4);
        if (serotype != NULL && serotype + 5 <= name.data + name.size) {
            known++;
            right += table->columns[1].missing[i] == 0 && lineage.size == 5 && memcmp(lineage.data, serotype, 5) == 0;
        }
    }
    print_message("dengue: the serotype of %zu of %zu sequences\n", right, known);
    assert_true(known >= 20 && right == known);
    end(&f);
}

/* ------------------------------------------------------------------- node */

static vg_status see_lineage(void *context, const struct vg_kept_genome *genome, struct vg_error *error)
{
    size_t *right = context;
    (void)error;
    assert_string_equal(genome->quality, "good");
    vg_assert_near(genome->score, 7, 0);
    assert_int_equal(genome->date, strcmp(genome->name, "a") == 0 ? 19000 : 19001);
    *right += genome->lineage != NULL && strcmp(genome->lineage, strcmp(genome->name, "a") == 0 ? "B" : "BA.2") == 0;
    return VG_OK;
}

/* A node's genomes are called, their lineages are kept beside what is known of them, and growth is told of them. */
static void test_node_genomes(void **state)
{
    static const char *const names[2] = {"a", "b"};
    struct fixture f;
    struct vg_lineages_calls_request calls;
    struct vg_lineages_growth_request growth;
    struct vg_store *store = NULL;
    char path[4096];
    size_t right = 0;
    int64_t set = 0;
    bool replaced;
    (void)state;
    vg_shared_or_skip("genomes/sars-cov-2/tree.json.gz", path);
    begin(&f);
    struct vg_tree *tree = shared_tree(path);
    uint32_t tip = 0;
    while (!vg_text_equals(vg_tree_name(tree, tip), "BA.2")) {
        tip++;
    }
    struct vg_genome_difference *differences = NULL;
    size_t n = 0;
    vg_assert_ok(vg_tree_states(tree, tip, &f.arena, &differences, &n, &f.error), f.error);
    const char *folder = vg_arena_format(&f.arena, "%s/node", f.folder);
    vg_assert_ok(vg_job_init(folder, &f.error), f.error);
    vg_assert_ok(vg_store_open(folder, VG_STORE_WRITE, &store, &f.error), f.error);
    struct vg_genome_reference reference = {vg_text_from("MN908947"), tree->reference, tree->length};
    vg_assert_ok(vg_genomes_begin(store, "sars-cov-2", &reference, &set, &f.error), f.error);
    for (uint32_t i = 0; i < 2; i++) {
        struct vg_buffer packed;
        vg_buffer_init(&packed, 0);
        vg_genome_pack(&(struct vg_genome){.differences = differences, .n_differences = i == 0 ? 0 : (uint32_t)n}, &packed);
        struct vg_kept_genome one = {.name = names[i], .place = "Sur", .date = 19000 + (int32_t)i, .added = 19002, .quality = "good", .score = 7, .terms = {.embargo = VG_DATE_NONE},
                                     .packed = vg_text_of(packed.data == NULL ? "" : packed.data, packed.size)};
        vg_assert_ok(vg_genomes_put(store, set, &one, &replaced, &f.error), f.error);
        vg_buffer_release(&packed);
    }
    vg_assert_ok(vg_genomes_end(store, VG_OK, &f.error), f.error);
    vg_lineages_growth_request_init(&growth);
    assert_int_equal(vg_job_lineages_growth(store, &growth, &f.arena, &f.answer, &f.error), VG_DATA_ERROR); /* no lineages yet */
    assert_non_null(strstr(f.error.message, "lineage"));
    again(&f);
    vg_lineages_calls_request_init(&calls);
    calls.tree_path = path;
    vg_assert_ok(vg_job_lineages_calls(store, &calls, NULL, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 2);
    vg_assert_ok(vg_genomes_each(store, set, see_lineage, &right, &f.error), f.error);
    assert_int_equal(right, 2);
    again(&f);
    growth.least = 1;
    assert_int_equal(vg_job_lineages_growth(store, &growth, &f.arena, &f.answer, &f.error), VG_DATA_ERROR); /* of one week alone */
    assert_non_null(strstr(f.error.message, "two weeks"));
    vg_store_close(store);
    vg_tree_free(tree);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth), cmocka_unit_test(test_growth_alarms), cmocka_unit_test(test_growth_refusals),
                                       cmocka_unit_test(test_introductions_and_clock), cmocka_unit_test(test_designation_and_refusals), cmocka_unit_test(test_calls),
                                       cmocka_unit_test(test_crossings_without_dates), cmocka_unit_test(test_calls_by_deletions), cmocka_unit_test(test_calls_on_a_tree_of_usher),
                                       cmocka_unit_test(test_names_of_nodes_agree), cmocka_unit_test(test_too_different),
                                       cmocka_unit_test(test_sequences_to_lineages), cmocka_unit_test(test_node_genomes)};
    return vg_run_group_tests("lineages", tests, NULL, NULL);
}
