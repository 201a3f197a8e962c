/*
 * Errors, memory, text, numbers, dates and files keep what core.h promises.
 */
#include "vg_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct vg_text text(const char *c_string)
{
    return vg_text_from(c_string);
}

static void error_keeps_the_first_sentence_under_added_context(void **state)
{
    (void)state;
    struct vg_error error = {0};
    assert_int_equal(vg_fail(&error, VG_DATA_ERROR, "line %d is %s", 7, "odd"), VG_DATA_ERROR);
    assert_int_equal(vg_fail_context(&error, "cases.csv: "), VG_DATA_ERROR);
    assert_string_equal(error.message, "cases.csv: line 7 is odd");
    assert_int_equal(vg_fail_errno(&error, ENOSPC, "writing"), VG_SYSTEM_ERROR);
    assert_string_equal(error.message, "writing: the disk is full");
    assert_int_equal(vg_status_exit_code(VG_OK), 0);
    assert_int_equal(vg_status_exit_code(VG_DATA_ERROR), 1);
    assert_int_equal(vg_status_exit_code(VG_USAGE_ERROR), 2);
    assert_int_equal(vg_status_exit_code(VG_SYSTEM_ERROR), 3);
    assert_int_equal(vg_fail(NULL, VG_BUSY, "nobody listens"), VG_BUSY);
}

static void arena_gives_zeroed_aligned_memory_up_to_its_limit(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 100000);
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *bytes = vg_arena_alloc(&arena, size, 1);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(bytes[i], 0);
        }
        memset(bytes, 0xAA, size);
    }
    assert_null(vg_arena_alloc(&arena, 1, 100001));
    assert_true(arena.failed);
    assert_null(vg_arena_alloc(&arena, SIZE_MAX, 2));
    vg_arena_release(&arena);
    assert_false(arena.failed);
    assert_string_equal(vg_arena_format(&arena, "%s-%d", "x", 5), "x-5");
    vg_arena_release(&arena);
}

static void an_arena_that_is_reset_gives_zeroed_memory_again(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_arena_reset(&arena);
    for (size_t round = 0; round < 3; round++) {
        struct vg_arena_block *block = arena.newest;
        for (size_t size = 1; size < 200000; size = 3 * size + 1) {
            unsigned char *bytes = vg_arena_alloc(&arena, size, 1);
            assert_non_null(bytes);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(bytes[i], 0);
            }
            memset(bytes, 0xAA, size);
        }
        /* From the first reset on one block holds all of it. */
        assert_true(round == 0 || arena.newest == block);
        vg_arena_reset(&arena);
    }
    vg_arena_release(&arena);
}

static double cosh_less_three(void *asked, double x)
{
    ++*(int *)asked;
    return cosh(x - 3.0);
}

static void the_bottom_of_a_valley_is_found(void **state)
{
    (void)state;
    int asked = 0;
    vg_assert_near(vg_golden_minimum(cosh_less_three, &asked, -10.0, 8.0, 1e-6, 200), 3.0, 1e-6);
    assert_in_range(asked, 30, 40); /* the width falls by 0.618 a step */
    asked = 0;
    vg_assert_near(vg_golden_minimum(cosh_less_three, &asked, 4.0, 9.0, 1e-6, 200), 4.0, 1e-6); /* the nearest end, where the valley is outside */
    asked = 0;
    (void)vg_golden_minimum(cosh_less_three, &asked, 0.0, 9.0, 0.0, 5);
    assert_int_equal(asked, 7);
}

/* Room for one more: what was there stays, whatever the growth. */
static void an_array_grows_in_an_arena(void **state)
{
    (void)state;
    struct vg_arena arena;
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    vg_arena_init(&arena, 0);
    for (uint32_t n = 0; n < 10000; n++) {
        numbers = vg_arena_room(&arena, numbers, n, &capacity, sizeof *numbers);
        assert_non_null(numbers);
        assert_true(capacity > n);
        numbers[n] = n;
    }
    for (uint32_t n = 0; n < 10000; n++) {
        assert_int_equal(numbers[n], n);
    }
    vg_arena_release(&arena);
    vg_arena_init(&arena, 1000);
    capacity = 0;
    numbers = vg_arena_room(&arena, NULL, 0, &capacity, sizeof *numbers);
    const size_t before = capacity;
    assert_null(vg_arena_room(&arena, numbers, before, &capacity, 1000));
    assert_int_equal(capacity, before);
    vg_arena_release(&arena);
}

static void an_arena_with_room_reserved_gives_it_zeroed_and_again(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_arena_reserve(&arena, 3U << 20);
    struct vg_arena_block *block = arena.newest;
    assert_non_null(block);
    for (size_t round = 0; round < 3; round++) {
        for (size_t taken = 0; taken < 30; taken++) {
            unsigned char *bytes = vg_arena_alloc(&arena, 100000, 1);
            assert_non_null(bytes);
            assert_int_equal((uintptr_t)bytes % 16, 0);
            for (size_t i = 0; i < 100000; i += 37) {
                assert_int_equal(bytes[i], 0);
            }
            memset(bytes, 0xAA, 100000);
        }
        assert_ptr_equal(arena.newest, block);
        vg_arena_reset(&arena);
    }
    /* More than was reserved, and what is no wish for an arena in use. */
    assert_non_null(vg_arena_alloc(&arena, 20U << 20, 1));
    vg_arena_reserve(&arena, 1U << 20);
    assert_non_null(vg_arena_alloc(&arena, 1, 1));
    vg_arena_release(&arena);
    vg_arena_reserve(&arena, SIZE_MAX);
    assert_null(arena.newest);
}

static void a_large_request_keeps_the_rest_of_the_block_in_use(void **state)
{
    (void)state;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    char *small = vg_arena_alloc(&arena, 16, 1);
    (void)vg_arena_alloc(&arena, 10U << 20, 1);
    char *next = vg_arena_alloc(&arena, 16, 1);
    assert_ptr_equal(small + 16, next);
    vg_arena_release(&arena);
}

static void buffer_stops_at_its_bound_and_keeps_what_it_had(void **state)
{
    (void)state;
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 8);
    vg_buffer_text(&buffer, "12345");
    vg_buffer_text(&buffer, "6789");
    assert_true(buffer.failed);
    assert_int_equal(buffer.size, 5);
    assert_string_equal(buffer.data, "12345");
    vg_buffer_release(&buffer);
}

static void integers_print_as_they_are(void **state)
{
    (void)state;
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 0);
    vg_buffer_integer(&buffer, INT64_MIN);
    vg_buffer_char(&buffer, ' ');
    vg_buffer_integer(&buffer, INT64_MAX);
    vg_buffer_char(&buffer, ' ');
    vg_buffer_integer(&buffer, 0);
    assert_string_equal(buffer.data, "-9223372036854775808 9223372036854775807 0");
    vg_buffer_release(&buffer);
}

static void json_strings_escape_and_repair(void **state)
{
    (void)state;
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 0);
    vg_buffer_json_string(&buffer, "a\"b\\\n\x01" "é\xff\xe4\xbd", 11);
    assert_string_equal(buffer.data, "\"a\\\"b\\\\\\n\\u0001é\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    vg_buffer_release(&buffer);
    assert_true(vg_utf8_valid("Querétaro 武汉 \xF0\x9F\x98\x80", 22));
    assert_false(vg_utf8_valid("\xC0\x80", 2));
    assert_false(vg_utf8_valid("\xED\xA0\x80", 3));
    assert_false(vg_utf8_valid("\xF4\x90\x80\x80", 4));
    assert_false(vg_utf8_valid("abcdefgh\xE9", 9));
}

static void folding_ignores_accents_case_and_punctuation(void **state)
{
    (void)state;
    assert_true(vg_text_fold_equal(text("Querétaro"), text("QUERETARO")));
    assert_true(vg_text_fold_equal(text("Código DIVIPOLA "), text("codigo_divipola")));
    assert_true(vg_text_fold_equal(text("Bogotá, D.C."), text("BOGOTA DC")));
    assert_true(vg_text_fold_equal(text("SÃO PAULO"), text("Sao Paulo")));
    assert_true(vg_text_fold_equal(text("武汉市"), text(" 武汉市\xE3\x80\x80")));
    assert_false(vg_text_fold_equal(text("San José"), text("San Juan")));
    char out[64];
    assert_int_equal(vg_text_fold(text(" -_-. "), out, sizeof out), 0);
    /* A decomposed accent is the same letter. */
    assert_true(vg_text_fold_equal(text("e\xCC\x81"), text("é")));
    struct vg_text trimmed = vg_text_trim(text("\xEF\xBB\xBF \xC2\xA0" "Distrito \t\xE3\x80\x80"));
    assert_true(vg_text_equals(trimmed, "Distrito"));
    trimmed = vg_text_trim(vg_text_of("\0 05\0001\0\0", 8)); /* padding goes, what is within stays */
    assert_true(trimmed.size == 4 && memcmp(trimmed.data, "05\0001", 4) == 0);
}

static void numbers_read_back_the_same(void **state)
{
    (void)state;
    const double values[] = {0, -0.0, 1, 0.1, 1.0 / 3, 1e22, 1.7976931348623157e308, 5e-324, 2.5e-8, 123456.789, -1e15, 9007199254740993.0, 4.35, 0.3, 100, 1e21};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char out[32];
        size_t size = vg_print_double(values[i], out);
        double back = 0;
        assert_true(vg_parse_double(vg_text_of(out, size), '.', &back));
        assert_true(back == values[i]);
    }
    char out[32];
    assert_int_equal(vg_print_double(0.1, out), 3);
    assert_memory_equal(out, "0.1", 3);
    assert_int_equal(vg_print_double(4.35, out), 4);
    assert_int_equal(vg_print_double(NAN, out), 0);
}

static void random_doubles_read_back_the_same(void **state)
{
    (void)state;
    uint64_t word = 0x1234567;
    for (int i = 0; i < 20000; i++) {
        word = vg_hash_bytes(&word, sizeof word, (uint64_t)i);
        double value = 0;
        memcpy(&value, &word, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        char out[32];
        size_t size = vg_print_double(value, out);
        double back = 0;
        assert_true(vg_parse_double(vg_text_of(out, size), '.', &back));
        assert_true(back == value);
    }
}

static void parsing_takes_whole_numbers_only(void **state)
{
    (void)state;
    int64_t integer = 0;
    double number = 0;
    assert_true(vg_parse_integer(text(" -9223372036854775808 "), &integer));
    assert_true(integer == INT64_MIN);
    assert_false(vg_parse_integer(text("9223372036854775808"), &integer));
    assert_false(vg_parse_integer(text("12a"), &integer));
    assert_false(vg_parse_integer(text(""), &integer));
    assert_false(vg_parse_integer(text("-"), &integer));
    assert_true(vg_parse_double(text("1,5"), ',', &number));
    assert_true(number == 1.5);
    assert_false(vg_parse_double(text("1.5"), ',', &number));
    assert_false(vg_parse_double(text("1.5.2"), '.', &number));
    assert_false(vg_parse_double(text("nan"), '.', &number));
    assert_false(vg_parse_double(text("0x10"), '.', &number));
    assert_false(vg_parse_double(text("1e"), '.', &number));
    assert_true(vg_parse_double(text("-12.50E+2"), '.', &number));
    assert_true(number == -1250);
}

static void every_day_of_four_centuries_converts_both_ways(void **state)
{
    (void)state;
    int32_t date = vg_date_from_civil(1799, 12, 31);
    int last_day = 0;
    for (int i = 0; i < 146100; i++) {
        int year = 0;
        int month = 0;
        int day = 0;
        vg_date_to_civil(date + i, &year, &month, &day);
        assert_int_equal(vg_date_from_civil(year, month, day), date + i);
        assert_true(day == 1 || day == last_day + 1 || i == 0);
        last_day = day;
    }
    assert_int_equal(vg_date_from_civil(1970, 1, 1), 0);
    assert_int_equal(vg_date_from_civil(2020, 2, 29), 18321);
    assert_int_equal(vg_date_from_civil(1900, 2, 29), VG_DATE_NONE);
    assert_int_equal(vg_date_from_civil(2021, 13, 1), VG_DATE_NONE);
    char out[VG_DATE_TEXT_BYTES];
    assert_int_equal(vg_date_print(vg_date_from_civil(861, 3, 9), out), 10);
    assert_string_equal(out, "0861-03-09");
    int32_t parsed = 0;
    assert_true(vg_date_parse_iso(text("1861-10-30"), &parsed));
    assert_int_equal(parsed, vg_date_from_civil(1861, 10, 30));
    assert_false(vg_date_parse_iso(text("2021-02-30"), &parsed));
    assert_false(vg_date_parse_iso(text("2021-2-3"), &parsed));
}

struct week_case {
    int year, month, day, mmwr_year, mmwr_week, iso_year, iso_week;
};

/* Known calendars: CDC's MMWR tables and ISO 8601's examples. */
static void epiweeks_follow_both_calendars(void **state)
{
    (void)state;
    static const struct week_case cases[] = {
        {2020, 1, 1, 2020, 1, 2020, 1},    {2020, 12, 31, 2020, 53, 2020, 53}, {2021, 1, 2, 2020, 53, 2020, 53},
        {2021, 1, 3, 2021, 1, 2020, 53},   {2021, 1, 4, 2021, 1, 2021, 1},     {2014, 12, 28, 2014, 53, 2014, 52},
        {2015, 1, 3, 2014, 53, 2015, 1},   {2016, 1, 3, 2016, 1, 2015, 53},    {2022, 1, 1, 2021, 52, 2021, 52},
        {2008, 12, 29, 2008, 53, 2009, 1}, {2010, 1, 3, 2010, 1, 2009, 53},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct week_case *c = &cases[i];
        int32_t date = vg_date_from_civil(c->year, c->month, c->day);
        int year = 0;
        int week = 0;
        vg_date_to_epiweek(date, VG_WEEK_MMWR, &year, &week);
        assert_int_equal(year, c->mmwr_year);
        assert_int_equal(week, c->mmwr_week);
        vg_date_to_epiweek(date, VG_WEEK_ISO, &year, &week);
        assert_int_equal(year, c->iso_year);
        assert_int_equal(week, c->iso_week);
    }
    assert_int_equal(vg_date_from_epiweek(2021, 53, VG_WEEK_MMWR), VG_DATE_NONE);
    for (int32_t date = 10000; date < 22000; date++) {
        for (int system = VG_WEEK_MMWR; system <= VG_WEEK_ISO; system++) {
            int year = 0;
            int week = 0;
            vg_date_to_epiweek(date, (enum vg_week_system)system, &year, &week);
            assert_int_equal(vg_date_from_epiweek(year, week, (enum vg_week_system)system), vg_date_week_start(date, (enum vg_week_system)system));
        }
    }
    assert_int_equal(vg_date_weekday(-1), 3); /* 1969-12-31, a Wednesday */
}

static void dictionary_numbers_texts_in_order_of_first_sight(void **state)
{
    (void)state;
    struct vg_arena arena;
    struct vg_dictionary dictionary;
    vg_arena_init(&arena, 0);
    vg_dictionary_init(&dictionary, &arena);
    assert_int_equal(vg_dictionary_find(&dictionary, text("x")), VG_DICTIONARY_NONE);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            char key[16];
            int size = snprintf(key, sizeof key, "place-%u", i);
            assert_int_equal(vg_dictionary_add(&dictionary, vg_text_of(key, (size_t)size)), i);
        }
    }
    assert_int_equal(dictionary.count, 5000);
    assert_int_equal(vg_dictionary_find(&dictionary, text("place-4711")), 4711);
    assert_int_equal(vg_dictionary_add(&dictionary, text("")), 5000);
    vg_arena_release(&arena);
}

static void atomic_write_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    char folder[] = "/tmp/vigia-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[256];
    (void)snprintf(path, sizeof path, "%s/file", folder);
    struct vg_error error = {0};
    vg_assert_ok(vg_file_write_atomic(path, "old", 3, &error), error);
    vg_assert_ok(vg_file_write_atomic(path, "newer", 5, &error), error);
    struct vg_file_map map;
    vg_assert_ok(vg_file_map_open(path, &map, &error), error);
    assert_int_equal(map.size, 5);
    assert_memory_equal(map.data, "newer", 5);
    vg_file_map_close(&map);
    assert_int_equal(vg_file_write_atomic("/nowhere/at/all", "x", 1, &error), VG_SYSTEM_ERROR);
    /* A pipe is written through and stays one. */
    char pipe_path[sizeof folder + 8], heard[8] = "";
    (void)snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    vg_assert_ok(vg_file_write_atomic(pipe_path, "through", 7, &error), error);
    assert_int_equal(read(reader, heard, sizeof heard), 7);
    assert_memory_equal(heard, "through", 7);
    (void)close(reader);
    (void)unlink(pipe_path);
    struct vg_buffer buffer;
    vg_buffer_init(&buffer, 0);
    assert_int_equal(vg_file_read(path, 3, &buffer, &error), VG_LIMIT_EXCEEDED);
    vg_buffer_release(&buffer);
    assert_int_equal(vg_file_map_open(folder, &map, &error), VG_USAGE_ERROR);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void expect_bytes(const char *path, const char *bytes)
{
    struct vg_buffer found;
    struct vg_error error = {0};
    vg_buffer_init(&found, 0);
    vg_assert_ok(vg_file_read(path, 0, &found, &error), error);
    assert_int_equal(found.size, strlen(bytes));
    assert_memory_equal(found.data, bytes, found.size);
    vg_buffer_release(&found);
}

/* What is open is written at its end under whichever name, and a link leads to the file that it names and stays a link. */
static void writes_go_where_links_lead(void **state)
{
    (void)state;
    char folder[] = "/tmp/vigia-test-XXXXXX", file[64], link[64], second[64], name[64];
    struct vg_error error = {0};
    struct vg_file_target target;
    struct stat about;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/file", folder);
    (void)snprintf(link, sizeof link, "%s/link", folder);
    (void)snprintf(second, sizeof second, "%s/second", folder);
    vg_assert_ok(vg_file_write_atomic(file, "first ", 6, &error), error);
    int open_file = open(file, O_WRONLY | O_CLOEXEC); /* as by a shell's ">": where one stops, the next goes on */
    assert_true(open_file >= 0 && lseek(open_file, 6, SEEK_SET) == 6 && fstat(open_file, &about) == 0);
    const ino_t same = about.st_ino;
    static const char *const folders[] = {"/dev/fd", "/proc/self/fd"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(name, sizeof name, "%s/%d", folders[i], open_file);
        assert_int_equal(symlink(name, link), 0);
        assert_int_equal(symlink("link", second), 0); /* beside it, and by way of another */
        vg_assert_ok(vg_file_write_atomic(name, "then ", 5, &error), error);
        vg_assert_ok(vg_file_find_target(second, &target, &error), error);
        assert_true(target.through);
        vg_assert_ok(vg_file_write_atomic(second, "last ", 5, &error), error);
        assert_true(lstat(link, &about) == 0 && S_ISLNK(about.st_mode) && unlink(link) == 0 && unlink(second) == 0);
    }
    assert_true(stat(file, &about) == 0 && about.st_ino == same);
    expect_bytes(file, "first then last then last ");
    assert_int_equal(write(open_file, "own", 3), 3);
    expect_bytes(file, "first then last then last own");
    (void)close(open_file);
    assert_int_equal(symlink("file", link), 0);
    vg_assert_ok(vg_file_find_target(link, &target, &error), error);
    assert_false(target.through);
    assert_string_equal(target.path, file);
    vg_assert_ok(vg_file_write_atomic(link, "new", 3, &error), error);
    assert_true(lstat(link, &about) == 0 && S_ISLNK(about.st_mode));
    expect_bytes(file, "new");
    vg_assert_ok(vg_file_find_target("/dev/shm/file", &target, &error), error);
    assert_false(target.through);
    vg_assert_ok(vg_file_find_target(folder, &target, &error), error);
    assert_false(target.through);
    assert_true(unlink(link) == 0 && unlink(file) == 0 && rmdir(folder) == 0);
}

/* A reader that wants no more is no failure; nothing is written on a disk (only root can make one to try). */
static void pipes_and_disks(void **state)
{
    (void)state;
    int ends[2];
    char name[64], folder[] = "/tmp/vigia-test-XXXXXX";
    struct vg_error error = {0};
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    (void)close(ends[0]);
    assert_true(write(ends[1], "x", 1) < 0 && errno == EPIPE);
    vg_assert_ok(vg_file_write_atomic(name, "x", 1, &error), error);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(name, sizeof name, "%s/disk", folder);
    if (mknod(name, S_IFBLK | 0600, makedev(259, 250)) == 0) {
        assert_int_equal(vg_file_write_atomic(name, "x", 1, &error), VG_USAGE_ERROR);
        assert_non_null(strstr(error.message, "block device"));
        (void)unlink(name);
    }
    (void)close(ends[1]);
    (void)rmdir(folder);
    (void)signal(SIGPIPE, before);
}

/* BLAKE2b-256 of "abc", as printed by other implementations of RFC 7693. */
static void content_hash_is_blake2b(void **state)
{
    (void)state;
    char out[65];
    vg_content_hash("abc", 3, out);
    assert_string_equal(out, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void hash_spreads_single_bits(void **state)
{
    (void)state;
    /* Each flipped input bit must flip about half of the 64 output bits, on average over many inputs. */
    double flipped = 0;
    int n = 0;
    for (uint64_t input = 1; input < 200; input++) {
        for (int bit = 0; bit < 64; bit++) {
            uint64_t other = input ^ (1ULL << bit);
            uint64_t difference = vg_hash_bytes(&input, sizeof input, 0) ^ vg_hash_bytes(&other, sizeof other, 0);
            flipped += __builtin_popcountll(difference);
            n++;
        }
    }
    vg_assert_near(flipped / n, 32, 0.5);
    assert_true(vg_hash_bytes("ab", 2, 0) != vg_hash_bytes("ab\0", 3, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_keeps_the_first_sentence_under_added_context),
        cmocka_unit_test(an_arena_with_room_reserved_gives_it_zeroed_and_again),
        cmocka_unit_test(an_array_grows_in_an_arena),
        cmocka_unit_test(the_bottom_of_a_valley_is_found),
        cmocka_unit_test(an_arena_that_is_reset_gives_zeroed_memory_again),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory_up_to_its_limit),
        cmocka_unit_test(a_large_request_keeps_the_rest_of_the_block_in_use),
        cmocka_unit_test(buffer_stops_at_its_bound_and_keeps_what_it_had),
        cmocka_unit_test(integers_print_as_they_are),
        cmocka_unit_test(json_strings_escape_and_repair),
        cmocka_unit_test(folding_ignores_accents_case_and_punctuation),
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(random_doubles_read_back_the_same),
        cmocka_unit_test(parsing_takes_whole_numbers_only),
        cmocka_unit_test(every_day_of_four_centuries_converts_both_ways),
        cmocka_unit_test(epiweeks_follow_both_calendars),
        cmocka_unit_test(dictionary_numbers_texts_in_order_of_first_sight),
        cmocka_unit_test(atomic_write_leaves_the_old_file_or_the_new),
        cmocka_unit_test(writes_go_where_links_lead),
        cmocka_unit_test(pipes_and_disks),
        cmocka_unit_test(content_hash_is_blake2b),
        cmocka_unit_test(hash_spreads_single_bits),
    };
    return cmocka_run_group_tests_name("core/base", tests, NULL, NULL);
}
