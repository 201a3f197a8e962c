/*
 * Tables: what each written form promises. The Arrow stream is held byte for byte against one that an independent reader has
 * taken, and walked by a small parser that knows flatbuffers from their specification only: every offset inside, every number
 * at its alignment, every buffer at 8 bytes.
 */
#include "vg_test.h"

#include "sample_table.h"

static const uint8_t golden_arrow[] = {
#include "sample_table_arrow.inc"
};

static const char golden_csv[] = "count,value,place,date,silent\n"
                                 "-9223372036854775808,0,Bogotá,2021-02-05,true\n"
                                 "9223372036854775807,-1.5,\"São Paulo, SP\",2021-02-06,false\n"
                                 "2,0.1,\"a \"\"quoted\"\" name\",2021-02-07,false\n"
                                 "3,1e+300,武汉,,true\n"
                                 "4,,,2021-02-09,false\n"
                                 "5,Infinity,\"two\nlines\",2021-02-10,false\n"
                                 "6,5e-324,\" blank\",2021-02-11,true\n"
                                 "7,12345678.25,\xFF"
                                 "bad,2021-02-12,false\n"
                                 "8,0,,2021-02-13,\n";

static const char golden_json[] = "{\"columns\":[\"count\",\"value\",\"place\",\"date\",\"silent\"],\"rows\":["
                                  "[-9223372036854775808,0,\"Bogotá\",\"2021-02-05\",true],"
                                  "[9223372036854775807,-1.5,\"São Paulo, SP\",\"2021-02-06\",false],"
                                  "[2,0.1,\"a \\\"quoted\\\" name\",\"2021-02-07\",false],"
                                  "[3,1e+300,\"武汉\",null,true],"
                                  "[4,null,\"\",\"2021-02-09\",false],"
                                  "[5,null,\"two\\nlines\",\"2021-02-10\",false],"
                                  "[6,5e-324,\" blank\",\"2021-02-11\",true],"
                                  "[7,12345678.25,\"\xEF\xBF\xBD"
                                  "bad\",\"2021-02-12\",false],"
                                  "[8,0,null,\"2021-02-13\",null]]";

struct written {
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer out;
    struct vg_error error;
};

static int set_up(void **state)
{
    struct written *w = calloc(1, sizeof *w);
    assert_non_null(w);
    vg_arena_init(&w->arena, 0);
    vg_buffer_init(&w->out, 0);
    fill_sample_table(&w->table, &w->arena);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct written *w = *state;
    vg_buffer_release(&w->out);
    vg_arena_release(&w->arena);
    free(w);
    return 0;
}

static void csv_follows_rfc_4180(void **state)
{
    struct written *w = *state;
    vg_assert_ok(vg_table_write(&w->table, VG_FORMAT_CSV, &w->out, &w->error), w->error);
    assert_string_equal(w->out.data, golden_csv);
}

static void csv_of_one_column_has_no_empty_lines(void **state)
{
    struct written *w = *state;
    vg_table_init(&w->table, &w->arena);
    vg_table_add_column(&w->table, "a,b", VG_COLUMN_INTEGER);
    vg_table_integer(&w->table, 1);
    vg_table_missing(&w->table);
    vg_assert_ok(vg_table_write(&w->table, VG_FORMAT_CSV, &w->out, &w->error), w->error);
    assert_string_equal(w->out.data, "\"a,b\"\n1\n\"\"\n");
}

static void json_is_compact_and_carries_its_meta(void **state)
{
    struct written *w = *state;
    char expected[2048];
    vg_assert_ok(vg_table_write(&w->table, VG_FORMAT_JSON, &w->out, &w->error), w->error);
    (void)snprintf(expected, sizeof expected, "%s}", golden_json);
    assert_string_equal(w->out.data, expected);
    vg_buffer_clear(&w->out);
    vg_assert_ok(vg_table_write_json_meta(&w->table, "{\"as_of\":null}", &w->out, &w->error), w->error);
    (void)snprintf(expected, sizeof expected, "%s,\"meta\":{\"as_of\":null}}", golden_json);
    assert_string_equal(w->out.data, expected);
}

static void text_is_aligned_by_what_the_eye_sees(void **state)
{
    struct written *w = *state;
    vg_table_init(&w->table, &w->arena);
    vg_table_add_column(&w->table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(&w->table, "n", VG_COLUMN_INTEGER);
    vg_table_add_column(&w->table, "rate", VG_COLUMN_DOUBLE);
    vg_table_text(&w->table, "武汉");
    vg_table_integer(&w->table, 12345);
    vg_table_double(&w->table, 0.123456);
    vg_table_text(&w->table, "Bogotá");
    vg_table_integer(&w->table, 7);
    vg_table_double(&w->table, NAN);
    vg_assert_ok(vg_table_write_text(&w->table, 3, &w->out, &w->error), w->error);
    assert_string_equal(w->out.data, "place       n   rate\n"
                                     "武汉    12345  0.123\n"
                                     "Bogotá      7       \n");
}

/* ------------------------------------------------------------------ Arrow */

static void arrow_is_the_stream_that_was_verified(void **state)
{
    struct written *w = *state;
    vg_assert_ok(vg_table_write(&w->table, VG_FORMAT_ARROW, &w->out, &w->error), w->error);
    assert_int_equal(w->out.size, sizeof golden_arrow);
    assert_memory_equal(w->out.data, golden_arrow, sizeof golden_arrow);
}

struct flat_view {
    const uint8_t *data;
    size_t size;
};

static uint64_t read_number(const struct flat_view *view, size_t at, size_t bytes)
{
    assert_true(at % bytes == 0);
    assert_true(at + bytes <= view->size);
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | view->data[at + i - 1];
    }
    return value;
}

static size_t follow(const struct flat_view *view, size_t at)
{
    return at + (size_t)read_number(view, at, 4);
}

/* Where a field of the table lies, 0 when absent. */
static size_t field_of(const struct flat_view *view, size_t table, size_t field)
{
    int64_t vtable = (int64_t)table - (int32_t)(uint32_t)read_number(view, table, 4);
    assert_true(vtable >= 0);
    size_t vtable_bytes = (size_t)read_number(view, (size_t)vtable, 2);
    size_t table_bytes = (size_t)read_number(view, (size_t)vtable + 2, 2);
    assert_true((size_t)vtable + vtable_bytes <= view->size && table + table_bytes <= view->size);
    size_t slot = 4 + 2 * field;
    size_t offset = slot < vtable_bytes ? (size_t)read_number(view, (size_t)vtable + slot, 2) : 0;
    assert_true(offset < table_bytes);
    return offset == 0 ? 0 : table + offset;
}

struct message {
    struct flat_view view;
    size_t header, body_bytes;
    uint8_t type;
};

/* The message at *at of the stream; type 0 at the end mark. Moves *at behind it and its body. */
static struct message next_message(const uint8_t *stream, size_t size, size_t *at)
{
    struct message message = {0};
    uint32_t frame[2];
    assert_true(*at % 8 == 0 && *at + 8 <= size);
    memcpy(frame, stream + *at, sizeof frame);
    assert_true(frame[0] == UINT32_MAX && frame[1] % 8 == 0);
    *at += 8;
    if (frame[1] == 0) {
        return message;
    }
    assert_true(*at + frame[1] <= size);
    message.view = (struct flat_view){stream + *at, frame[1]};
    size_t root = follow(&message.view, 0);
    assert_true(read_number(&message.view, field_of(&message.view, root, 0), 2) == 4);
    message.type = (uint8_t)read_number(&message.view, field_of(&message.view, root, 1), 1);
    message.header = follow(&message.view, field_of(&message.view, root, 2));
    message.body_bytes = (size_t)read_number(&message.view, field_of(&message.view, root, 3), 8);
    assert_true(message.body_bytes % 8 == 0 && *at + frame[1] + message.body_bytes <= size);
    *at += frame[1] + message.body_bytes;
    return message;
}

static void check_schema(const struct message *message, const struct vg_table *table)
{
    static const uint8_t types[] = {2, 3, 5, 8, 6}; /* by column kind */
    size_t fields = follow(&message->view, field_of(&message->view, message->header, 1));
    assert_int_equal(read_number(&message->view, fields, 4), table->n_columns);
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t field = follow(&message->view, fields + 4 + 4 * i);
        size_t name = follow(&message->view, field_of(&message->view, field, 0));
        size_t name_bytes = (size_t)read_number(&message->view, name, 4);
        assert_true(name + 4 + name_bytes < message->view.size && message->view.data[name + 4 + name_bytes] == 0);
        assert_memory_equal(message->view.data + name + 4, table->columns[i].name, name_bytes + 1);
        assert_int_equal(read_number(&message->view, field_of(&message->view, field, 1), 1), 1);
        assert_int_equal(read_number(&message->view, field_of(&message->view, field, 2), 1), types[table->columns[i].kind]);
        size_t type = follow(&message->view, field_of(&message->view, field, 3));
        if (table->columns[i].kind == VG_COLUMN_INTEGER) {
            assert_int_equal(read_number(&message->view, field_of(&message->view, type, 0), 4), 64);
            assert_int_equal(read_number(&message->view, field_of(&message->view, type, 1), 1), 1);
        }
        assert_int_equal(read_number(&message->view, follow(&message->view, field_of(&message->view, field, 5)), 4), 0);
    }
}

static bool bit_of(const uint8_t *bits, size_t i)
{
    return (bits[i / 8] >> (i % 8) & 1) != 0;
}

/* The cells of one column, from its two or three buffers. */
static void check_cells(const struct vg_column *column, size_t n_rows, const uint8_t *const buffers[3], const size_t sizes[3])
{
    for (size_t row = 0; row < n_rows; row++) {
        bool present = sizes[0] == 0 || bit_of(buffers[0], row);
        assert_true(present == !column->missing[row]);
        if (column->kind == VG_COLUMN_TEXT) {
            int32_t span[2];
            assert_true(sizes[1] == (n_rows + 1) * 4);
            memcpy(span, buffers[1] + row * 4, sizeof span);
            assert_true(span[0] >= 0 && span[0] <= span[1] && (size_t)span[1] <= sizes[2]);
            assert_true(vg_utf8_valid((const char *)buffers[2] + span[0], (size_t)(span[1] - span[0])));
            if (present && vg_utf8_valid(column->values.texts[row].data, column->values.texts[row].size)) {
                assert_true(vg_text_equal(vg_text_of((const char *)buffers[2] + span[0], (size_t)(span[1] - span[0])),
                                          column->values.texts[row]));
            }
        } else if (column->kind == VG_COLUMN_BOOLEAN) {
            assert_true(!present || bit_of(buffers[1], row) == (column->values.integers[row] != 0));
        } else {
            size_t width = column->kind == VG_COLUMN_DATE ? 4 : 8;
            assert_true(sizes[1] == n_rows * width);
            assert_memory_equal(buffers[1] + row * width, (const uint8_t *)column->values.integers + row * width, width);
        }
    }
}

static void check_batch(const struct message *message, const uint8_t *body, const struct vg_table *table)
{
    const struct flat_view *view = &message->view;
    assert_int_equal(read_number(view, field_of(view, message->header, 0), 8), table->n_rows);
    size_t nodes = follow(view, field_of(view, message->header, 1));
    size_t buffers = follow(view, field_of(view, message->header, 2));
    assert_int_equal(read_number(view, nodes, 4), table->n_columns);
    size_t buffer = 0;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct vg_column *column = &table->columns[i];
        size_t missing = 0;
        for (size_t row = 0; row < table->n_rows; row++) {
            missing += column->missing[row];
        }
        assert_int_equal(read_number(view, nodes + 4 + 16 * i, 8), table->n_rows);
        assert_int_equal(read_number(view, nodes + 12 + 16 * i, 8), missing);
        const uint8_t *starts[3] = {NULL};
        size_t sizes[3] = {0};
        size_t n = column->kind == VG_COLUMN_TEXT ? 3 : 2;
        for (size_t j = 0; j < n; j++, buffer++) {
            size_t start = (size_t)read_number(view, buffers + 4 + 16 * buffer, 8);
            sizes[j] = (size_t)read_number(view, buffers + 12 + 16 * buffer, 8);
            assert_true(start % 8 == 0 && start + sizes[j] <= message->body_bytes);
            starts[j] = body + start;
        }
        assert_true(missing == 0 ? sizes[0] == 0 : sizes[0] >= (table->n_rows + 7) / 8);
        check_cells(column, table->n_rows, starts, sizes);
    }
    assert_int_equal(read_number(view, buffers, 4), buffer);
}

static void check_stream(const struct vg_buffer *out, const struct vg_table *table)
{
    const uint8_t *stream = (const uint8_t *)out->data;
    size_t at = 0;
    struct message schema = next_message(stream, out->size, &at);
    assert_int_equal(schema.type, 1);
    check_schema(&schema, table);
    struct message batch = next_message(stream, out->size, &at);
    assert_int_equal(batch.type, 3);
    check_batch(&batch, batch.view.data + batch.view.size, table);
    assert_int_equal(next_message(stream, out->size, &at).type, 0);
    assert_int_equal(at, out->size);
}

static void arrow_of_any_table_is_well_formed(void **state)
{
    struct written *w = *state;
    const uint64_t seed = 20210205;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (uint32_t trial = 0; trial < 300; trial++) {
        struct vg_random random = vg_random_stream(seed, trial, 0, 0);
        char names[12][24];
        size_t n_columns = trial % 13;
        size_t n_rows = n_columns == 0 ? 0 : vg_random_below(&random, 40);
        vg_arena_release(&w->arena);
        vg_table_init(&w->table, &w->arena);
        for (size_t i = 0; i < n_columns; i++) {
            (void)snprintf(names[i], sizeof names[i], "%.*s%zu", (int)vg_random_below(&random, 12), "columnname_é", i);
            vg_table_add_column(&w->table, names[i], (enum vg_column_kind)vg_random_below(&random, 5));
        }
        for (size_t cell = 0; cell < n_rows * n_columns; cell++) {
            uint32_t draw = vg_random_u32(&random);
            enum vg_column_kind kind = w->table.columns[cell % n_columns].kind;
            if (draw % 7 == 0) {
                vg_table_missing(&w->table);
            } else if (kind == VG_COLUMN_INTEGER) {
                vg_table_integer(&w->table, (int64_t)vg_random_u64(&random));
            } else if (kind == VG_COLUMN_DOUBLE) {
                vg_table_double(&w->table, vg_random_normal(&random));
            } else if (kind == VG_COLUMN_TEXT) {
                char bytes[8];
                memcpy(bytes, (uint64_t[]){vg_random_u64(&random)}, sizeof bytes);
                bool any = draw % 5 == 0; /* bytes of any kind: must come out as UTF-8 */
                vg_table_text_slice(&w->table,
                                    any ? vg_text_of(bytes, draw / 16 % 9) : vg_text_of("ñandú", draw / 16 % 2 == 0 ? 7 : 0));
            } else if (kind == VG_COLUMN_DATE) {
                vg_table_date(&w->table, (int32_t)draw);
            } else {
                vg_table_boolean(&w->table, draw % 2 == 0);
            }
        }
        vg_buffer_clear(&w->out);
        vg_assert_ok(vg_table_write(&w->table, VG_FORMAT_ARROW, &w->out, &w->error), w->error);
        check_stream(&w->out, &w->table);
    }
}

static void missing_memory_is_told_and_nothing_is_written(void **state)
{
    struct written *w = *state;
    vg_arena_release(&w->arena);
    w->arena.limit_bytes = 20000;
    vg_table_init(&w->table, &w->arena);
    vg_table_add_column(&w->table, "n", VG_COLUMN_INTEGER);
    vg_table_add_column(&w->table, "text", VG_COLUMN_TEXT);
    for (int row = 0; row < 5000; row++) {
        vg_table_integer(&w->table, row);
        vg_table_text(&w->table, "text");
    }
    assert_true(w->table.failed);
    for (enum vg_table_format format = VG_FORMAT_CSV; format <= VG_FORMAT_ARROW; format++) {
        assert_int_equal(vg_table_write(&w->table, format, &w->out, &w->error), VG_SYSTEM_ERROR);
    }
    assert_int_equal(vg_table_write_text(&w->table, 3, &w->out, &w->error), VG_SYSTEM_ERROR);
    assert_int_equal(w->out.size, 0);
}

static void a_bound_on_the_output_holds(void **state)
{
    struct written *w = *state;
    for (enum vg_table_format format = VG_FORMAT_CSV; format <= VG_FORMAT_ARROW; format++) {
        struct vg_buffer small;
        vg_buffer_init(&small, 100);
        assert_int_not_equal(vg_table_write(&w->table, format, &small, &w->error), VG_OK);
        assert_true(small.size <= 100);
        vg_buffer_release(&small);
    }
}

static void formats_have_names(void **state)
{
    (void)state;
    enum vg_table_format format = VG_FORMAT_CSV;
    assert_true(vg_table_format_from_name("arrow", &format) && format == VG_FORMAT_ARROW);
    assert_true(vg_table_format_from_name("csv", &format) && format == VG_FORMAT_CSV);
    assert_true(vg_table_format_from_name("xlsx", &format));
    assert_int_equal(format, VG_FORMAT_XLSX);
    assert_false(vg_table_format_from_name("xls", &format));
    assert_string_equal(vg_table_format_media_type(VG_FORMAT_JSON), "application/json; charset=utf-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(csv_follows_rfc_4180, set_up, tear_down),
        cmocka_unit_test_setup_teardown(csv_of_one_column_has_no_empty_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_is_compact_and_carries_its_meta, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_aligned_by_what_the_eye_sees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arrow_is_the_stream_that_was_verified, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arrow_of_any_table_is_well_formed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_memory_is_told_and_nothing_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bound_on_the_output_holds, set_up, tear_down),
        cmocka_unit_test(formats_have_names),
    };
    return cmocka_run_group_tests_name("core/table", tests, NULL, NULL);
}
