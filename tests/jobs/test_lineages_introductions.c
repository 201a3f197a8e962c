/*
 * Introductions of files with faults: regions of later samples alone, wrong years, rates of a site, cases of other places.
 */
#include "vg_test.h"

#include "answer_fixture.h"
#include "grown_tree.h"

#include "jobs/lineages/lineages.h"
#include "trace/genome/clock/clock.h"

#include <math.h>

/* Metadata of a leaf's year: by how many mutations are above it, or, where each_years is 0, one after the other. */
static const char *years_of(struct fixture *f, const struct grown_tree *grown, unsigned each_years)
{
    struct vg_buffer text;
    uint32_t *above = VG_ARENA_ARRAY(&f->arena, uint32_t, grown->tree->n_nodes);
    vg_buffer_init(&text, 0);
    vg_buffer_text(&text, "strain,date,country\n");
    for (uint32_t v = 1, n = 0; v < grown->tree->n_nodes; v++) {
        above[v] = above[grown->tree->parent[v]] + grown->tree->mutation_start[v + 1] - grown->tree->mutation_start[v];
        if (vg_tree_is_leaf(grown->tree, v)) {
            struct vg_text name = vg_tree_name(grown->tree, v);
            vg_buffer_format(&text, "%.*s,%u-01-01,%s\n", (int)name.size, name.data, 1100 + (each_years > 0 ? each_years * above[v] : 4 * (n++ % 130)), grown->regions[v] == 0 ? "Peru" : "Brazil");
        }
    }
    const char *path = write_file(f, "years.csv", text.data, text.size);
    vg_buffer_release(&text);
    return path;
}

/* Dates that fit no clock are not used, and of a tree of a thousand years there are no histories but fewest and most: a word beside the table says so, and meta. */
static void tell_what_dates_do_not(struct fixture *f, const struct grown_tree *grown, struct vg_lineages_tree_request request)
{
    request.weights_path = NULL;
    request.as_of = VG_DATE_NONE;
    request.rate = NAN;
    request.show = "summary";
    request.metadata_path = years_of(f, grown, 0);
    again(f);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f->arena, &f->answer, &f->error), f->error);
    assert_non_null(strstr(f->answer.meta.data, "\"time\":\"mutations\",\"without_clock\":\""));
    assert_non_null(strstr(f->answer.warning, "time is told in mutations, not in days: "));
    request.metadata_path = years_of(f, grown, 20);
    again(f);
    vg_assert_ok(vg_job_lineages_introductions(&request, &f->arena, &f->answer, &f->error), f->error);
    assert_true(column(&f->answer.table, "introductions")->missing[0] != 0 && column(&f->answer.table, "fewest")->values.integers[0] > 0);
    assert_non_null(strstr(f->answer.warning, "no histories, so no numbers with intervals: the tree spans "));
    assert_non_null(strstr(f->answer.meta.data, "\"without_intervals\":\"the tree spans "));
}

/* A region whose samples are all later is as nothing; a wrong year moves nothing; rates of a site and files of which nothing counts are refused. */
static void test_introductions_of_odd_files(void **state)
{
    struct fixture f;
    struct grown_tree grown;
    struct vg_lineages_tree_request request;
    struct vg_buffer metadata;
    (void)state;
    begin(&f);
    vg_buffer_init(&metadata, 0);
    vg_lineages_tree_request_init(&request);
    grown = (struct grown_tree){.n_leaves = 150, .mutation_rate = 25, .dispersion = 1, .split_rate = 3, .sampling_rate = 5, .n_regions = 3, .move_rate = 0.5, .frequencies = {0.4, 0.3, 0.3}};
    grow_tree(&grown, 12, &f.arena);
    struct vg_tree_write_options options = {.updated = 19000};
    struct vg_tree_sink sink = vg_tree_sink_of(&metadata);
    vg_assert_ok(vg_tree_write(grown.tree, VG_TREE_AUSPICE, &options, &sink, &f.error), f.error);
    request.tree_path = write_file(&f, "tree.json", metadata.data, metadata.size);
    metadata.size = 0;
    double newest = 0;
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        newest = vg_tree_is_leaf(grown.tree, v) ? fmax(newest, grown.years[v]) : newest;
    }
    int32_t middle = vg_clock_date_of_year(newest) - 60;
    uint32_t wrong = VG_TREE_NONE;
    vg_buffer_text(&metadata, "strain,date,country\n");
    for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
        if (vg_tree_is_leaf(grown.tree, v)) {
            struct vg_text name = vg_tree_name(grown.tree, v);
            char day[VG_DATE_TEXT_BYTES];
            int32_t at = vg_clock_date_of_year(grown.years[v]);
            wrong = wrong == VG_TREE_NONE ? v : wrong;
            (void)vg_date_print(at, day);
            vg_buffer_format(&metadata, "%.*s,%s,%s\n", (int)name.size, name.data, v == wrong ? "1921-03-04" : day, at > middle ? "Later" : grown.regions[v] == 0 ? "Peru" : "Brazil");
        }
    }
    request.metadata_path = write_file(&f, "odd.csv", metadata.data, metadata.size);
    static const char weights[] = "country,cases\nPeru,900\nBrazil,20000\n";
    request.weights_path = write_file(&f, "cases.csv", weights, sizeof weights - 1);
    request.show = "summary";
    request.as_of = middle;
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    assert_int_equal(f.answer.table.n_rows, 2);
    assert_non_null(strstr(f.answer.meta.data, "\"outliers\":"));
    assert_null(strstr(f.answer.meta.data, "\"outliers\":0"));
    int64_t told = 0, leaves = 0;
    for (size_t i = 0; i < 2; i++) {
        told += column(&f.answer.table, "introductions")->values.integers[i];
        leaves += column(&f.answer.table, "leaves")->values.integers[i];
    }
    assert_true(told > 0 && told * 2 < leaves); /* not every genome its own */
    again(&f);
    request.show = NULL;
    vg_assert_ok(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), f.error);
    for (size_t i = 0; i < f.answer.table.n_rows; i++) {
        const struct vg_column *first = column(&f.answer.table, "first_sample");
        assert_true(first->missing[i] || first->values.dates[i] > vg_date_from_civil(1990, 1, 1));
        assert_true(column(&f.answer.table, "came_low")->values.dates[i] > vg_date_from_civil(1960, 1, 1));
    }
    again(&f);
    request.rate = 0.0008;
    assert_int_equal(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), VG_USAGE_ERROR);
    tell_what_dates_do_not(&f, &grown, request);
    request.rate = NAN;
    static const char *const bad[][2] = {{"country,cases\nChile,900\n", "no row"}, {"country,week,cases\nPeru,1950-W20,5\n", "no row"}, {"country,cases\nPeru,900\nPeru,800\n", "line 3"},
                                         {"country,date,cases\nPeru,2001-01-01,-1e-12\n", "line 2"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        again(&f);
        request.weights_path = write_file(&f, "bad.csv", bad[i][0], strlen(bad[i][0]));
        assert_int_equal(vg_job_lineages_introductions(&request, &f.arena, &f.answer, &f.error), VG_DATA_ERROR);
        assert_non_null(strstr(f.error.message, bad[i][1]));
    }
    vg_buffer_release(&metadata);
    vg_tree_free(grown.tree);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_introductions_of_odd_files)};
    return vg_run_group_tests("lineages_introductions", tests, NULL, NULL);
}
