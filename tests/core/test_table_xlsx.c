/*
 * Workbooks that are written are read back by the program's own reader: texts of all kinds, numbers to the last digit, days as days; the same table gives the same bytes; what Excel would not open is refused.
 */
#include "vg_test.h"

#include "intake/intake.h"

struct frame { struct vg_arena arena; struct vg_table table; struct vg_buffer out; struct vg_error error; };

static int set_up(void **state)
{
    struct frame *frame = calloc(1, sizeof *frame);
    vg_arena_init(&frame->arena, 0);
    vg_table_init(&frame->table, &frame->arena);
    vg_buffer_init(&frame->out, 0);
    *state = frame;
    return 0;
}

static int tear_down(void **state)
{
    struct frame *frame = *state;
    vg_buffer_release(&frame->out);
    vg_arena_release(&frame->arena);
    free(frame);
    return 0;
}

static const char *const texts[] = {"Norte", "Querétaro & <Ñuble>", "新冠", "a \"quoted\", one", " blank at both ends ", "line\nbreak", "_x0041_", "under_score_", "=1+1", "007", ""};
static const double numbers[] = {0.1, -1e-300, 1e300, 12345678.125, 0.0, 1.0 / 3.0, -42.0, 5e-324, 1e15, 2.5, 9007199254740993.0};
#define ROWS (sizeof texts / sizeof *texts)

static void fill(struct frame *frame)
{
    vg_table_add_column(&frame->table, "text", VG_COLUMN_TEXT);
    vg_table_add_column(&frame->table, "number", VG_COLUMN_DOUBLE);
    vg_table_add_column(&frame->table, "whole", VG_COLUMN_INTEGER);
    vg_table_add_column(&frame->table, "day", VG_COLUMN_DATE);
    vg_table_add_column(&frame->table, "yes", VG_COLUMN_BOOLEAN);
    for (size_t i = 0; i < ROWS; i++) {
        vg_table_text(&frame->table, texts[i]);
        vg_table_double(&frame->table, numbers[i]);
        vg_table_integer(&frame->table, (int64_t)i * 1000003 - 5);
        vg_table_date(&frame->table, i == 2 ? VG_DATE_NONE : vg_date_from_civil(1900 + (int)i * 20, 3, 1 + (int)i));
        vg_table_boolean(&frame->table, i % 2 == 0);
    }
}

static void what_is_written_is_read(void **state)
{
    struct frame *frame = *state;
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch = {0};
    size_t row = 0;
    fill(frame);
    vg_assert_ok(vg_table_write(&frame->table, VG_FORMAT_XLSX, &frame->out, &frame->error), frame->error);
    vg_assert_ok(vg_reader_open_memory("written.xlsx", frame->out.data, frame->out.size, NULL, &reader, &frame->error), frame->error);
    assert_int_equal(vg_reader_column_count(reader), 5);
    assert_true(vg_text_equals(vg_reader_heading(reader, 3), "day"));
    do {
        vg_assert_ok(vg_reader_next(reader, &batch, &frame->error), frame->error);
        for (size_t i = 0; i < batch.n_rows; i++, row++) {
            const struct vg_text *cells = batch.cells + i * batch.n_columns;
            double number;
            int64_t whole;
            int32_t day;
            if (!vg_text_equals(cells[0], texts[row])) {
                fail_msg("row %zu: \"%.*s\" instead of \"%s\"", row, (int)cells[0].size, cells[0].data, texts[row]);
            }
            assert_true(vg_parse_double(cells[1], '.', &number) && number == numbers[row]);
            assert_true(vg_parse_integer(cells[2], &whole) && whole == (int64_t)row * 1000003 - 5);
            if (row == 2) {
                assert_int_equal(cells[3].size, 0);
            } else {
                assert_true(vg_date_parse_iso(cells[3], &day) && day == vg_date_from_civil(1900 + (int)row * 20, 3, 1 + (int)row));
                assert_int_equal(batch.kinds[i * batch.n_columns + 3], VG_CELL_DATE);
            }
        }
    } while (batch.n_rows > 0);
    assert_int_equal(row, ROWS);
    vg_reader_close(reader);
}

static void the_same_table_is_the_same_bytes(void **state)
{
    struct frame *frame = *state;
    struct vg_buffer again;
    fill(frame);
    vg_buffer_init(&again, 0);
    vg_assert_ok(vg_table_write(&frame->table, VG_FORMAT_XLSX, &frame->out, &frame->error), frame->error);
    vg_assert_ok(vg_table_write(&frame->table, VG_FORMAT_XLSX, &again, &frame->error), frame->error);
    assert_int_equal(frame->out.size, again.size);
    assert_memory_equal(frame->out.data, again.data, again.size);
    vg_buffer_release(&again);
}

static void what_excel_would_not_open_is_refused(void **state)
{
    struct frame *frame = *state;
    char *longer = vg_arena_alloc(&frame->arena, 40000, 1);
    memset(longer, 'x', 39999);
    vg_table_add_column(&frame->table, "text", VG_COLUMN_TEXT);
    vg_table_text(&frame->table, longer);
    assert_int_equal(vg_table_write(&frame->table, VG_FORMAT_XLSX, &frame->out, &frame->error), VG_LIMIT_EXCEEDED);
    assert_non_null(strstr(frame->error.message, "row 1, column text"));
    struct vg_table rows;
    vg_table_init(&rows, &frame->arena);
    vg_table_add_column(&rows, "n", VG_COLUMN_INTEGER);
    for (int i = 0; i < 1048576; i++) {
        vg_table_integer(&rows, i);
    }
    assert_int_equal(vg_table_write(&rows, VG_FORMAT_XLSX, &frame->out, &frame->error), VG_LIMIT_EXCEEDED);
}

static void numbers_that_are_none(void **state)
{
    struct frame *frame = *state;
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch;
    vg_table_add_column(&frame->table, "a", VG_COLUMN_DOUBLE);
    vg_table_add_column(&frame->table, "b", VG_COLUMN_DATE);
    vg_table_double(&frame->table, INFINITY);
    vg_table_date(&frame->table, vg_date_from_civil(1862, 5, 5)); /* before Excel's calendar is right: as text */
    vg_table_double(&frame->table, NAN);
    vg_table_date(&frame->table, vg_date_from_civil(1900, 3, 1));
    vg_assert_ok(vg_table_write(&frame->table, VG_FORMAT_XLSX, &frame->out, &frame->error), frame->error);
    vg_assert_ok(vg_reader_open_memory("written.xlsx", frame->out.data, frame->out.size, NULL, &reader, &frame->error), frame->error);
    vg_assert_ok(vg_reader_next(reader, &batch, &frame->error), frame->error);
    assert_int_equal(batch.n_rows, 2);
    assert_true(vg_text_equals(batch.cells[0], "Inf") && vg_text_equals(batch.cells[1], "1862-05-05") && batch.cells[2].size == 0 && vg_text_equals(batch.cells[3], "1900-03-01"));
    vg_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(what_is_written_is_read, set_up, tear_down), cmocka_unit_test_setup_teardown(the_same_table_is_the_same_bytes, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(what_excel_would_not_open_is_refused, set_up, tear_down), cmocka_unit_test_setup_teardown(numbers_that_are_none, set_up, tear_down)};
    return vg_run_group_tests("table_xlsx", tests, NULL, NULL);
}
