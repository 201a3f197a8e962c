/*
 * The reader on files as ministries publish them (the shared data folder; skipped, with a line that says so, where it is not).
 * Counts of rows and columns are those that Python's csv module and the publishers give.
 */
#include "reader_dump.h"

#include <stdio.h>

static const char *shared_file(const char *name, char path[1024])
{
    const char *folder = getenv("VIGIA_SHARED");
    (void)snprintf(path, 1024, "%s/data/counts/%s", folder == NULL ? "../shared" : folder, name);
    return vg_file_exists(path) ? path : NULL;
}

struct summary {
    size_t rows, surplus_rows;
    uint64_t last_line, text_bytes;
    size_t dates, numbers;
};

static struct summary summarise(struct vg_reader *reader)
{
    struct summary summary = {0};
    for (;;) {
        struct vg_row_batch batch;
        struct vg_error error = {0};
        if (vg_reader_next(reader, &batch, &error) != VG_OK) {
            fail_msg("%s", error.message);
        }
        if (batch.n_rows == 0) {
            return summary;
        }
        summary.rows += batch.n_rows;
        summary.last_line = batch.lines[batch.n_rows - 1];
        for (size_t i = 0; i < batch.n_rows * batch.n_columns; i++) {
            summary.text_bytes += batch.cells[i].size;
            summary.dates += batch.kinds != NULL && batch.kinds[i] == VG_CELL_DATE;
            summary.numbers += batch.kinds != NULL && batch.kinds[i] == VG_CELL_NUMBER;
        }
        for (size_t i = 0; batch.surplus != NULL && i < batch.n_rows; i++) {
            summary.surplus_rows += batch.surplus[i] > 0;
        }
    }
}

struct known_file {
    const char *name;
    size_t columns, rows;
    const char *first, *last; /* headings */
};

static const struct known_file known[] = {
    {"linelist_br_sp_srag.csv.gz", 6, 761637, "id", "age"},
    {"linelist_co_covid19_2020-06-18.csv.gz", 20, 57046, "id", "asymptomatic"},
    {"linelist_cu_covid19.csv.gz", 9, 207322, "id", "tipo_contagio"},
    {"linelist_pr_dengue_weekly.csv.gz", 3, 52987, "onset_week", "gender"},
    {"raw_co_totalcases20200504.csv.gz", 16, 7708, "ID de caso", "fecha reporte web"},
    {"raw_co_totalcases20200618.xlsx", 19, 57046, "IDDeCaso", NULL},
    {"national_daily.csv.gz", 5, 42768, "iso3", "deaths"},
    {"national_population.csv", 3, 189, "iso3", "population"},
    {"china_city_cumulative_2020.csv.gz", 9, 66771, "date", "dead"},
    {"triangle_de_hosp_age.csv.gz", 44, 1659, "location", "d40"},
    {"triangle_mx_states.csv.gz", 5, 127869, "measure", "increment"},
    {"vintages_us_flu_admissions.csv.gz", 4, 8181, "as_of", "value"},
};

static void published_files_are_read_whole(void **state)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char path[1024];
        if (shared_file(known[i].name, path) == NULL) {
            print_message("skipped: there is no shared data folder (VIGIA_SHARED)\n");
            skip();
        }
        struct vg_reader *reader = NULL;
        struct vg_error error = {0};
        if (vg_reader_open(path, NULL, &reader, &error) != VG_OK) {
            fail_msg("%s", error.message);
        }
        assert_int_equal(vg_reader_column_count(reader), known[i].columns);
        assert_true(vg_text_equals(vg_reader_heading(reader, 0), known[i].first));
        if (known[i].last != NULL) {
            assert_true(vg_text_equals(vg_reader_heading(reader, known[i].columns - 1), known[i].last));
        }
        struct summary once = summarise(reader);
        assert_int_equal(once.rows, known[i].rows);
        assert_int_equal(once.surplus_rows, 0);
        struct vg_reader_facts facts;
        vg_reader_get_facts(reader, &facts);
        assert_int_equal(facts.bad_utf8_bytes, 0);
        assert_int_equal(facts.encoding, VG_ENCODING_UTF8);
        assert_true(vg_reader_progress(reader) > 0.999);
        assert_int_equal(vg_reader_rewind(reader, &error), VG_OK);
        struct summary again = summarise(reader);
        assert_memory_equal(&once, &again, sizeof once);
        vg_reader_close(reader);
    }
}

static void colombia_trailing_blank_and_dashes(void **state)
{
    char path[1024];
    if (shared_file("raw_co_totalcases20200504.csv.gz", path) == NULL) {
        skip();
    }
    struct vg_reader *reader = NULL;
    assert_int_equal(vg_reader_open(path, NULL, &reader, NULL), VG_OK);
    assert_true(
        vg_text_equals(vg_reader_heading(reader, 4), "Departamento o Distrito")); /* published with a blank at its end */
    struct vg_row_batch batch;
    assert_int_equal(vg_reader_next(reader, &batch, NULL), VG_OK);
    assert_true(vg_text_equals(batch.cells[12], "-   -"));
    assert_int_equal(batch.lines[0], 2);
    vg_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_files_are_read_whole),
        cmocka_unit_test(colombia_trailing_blank_and_dashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
