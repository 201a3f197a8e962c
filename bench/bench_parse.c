/*
 * How fast a line list is read, beside the limit: the same bytes passed over by memchr for line ends alone.
 *
 *     bench_parse [MEGABYTES [FILE]]     500 by default; FILE is made and kept (for import.sh), else a temporary is used
 *
 * The list is synthetic: 12 columns, no quotes, about 98 bytes a row, 2 % of the rows with accents. Every time is the best of
 * three, of one thread, with the file in the page cache. "validity" is what opening costs: the whole file is checked as UTF-8.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const char *const regions[] = {"S\xC3\xA3o Paulo", "Campinas", "Santos",  "Sorocaba", "Bauru",
                                      "Ribeirao Preto",   "Franca",   "Barretos"};
static const char *const classes[] = {"covid19", "influenza", "sari_unspecified", "other_virus", "under_investigation"};

static void add_row(struct vg_buffer *out, uint32_t row)
{
    struct vg_random random = vg_random_stream(1, row, 0, 0);
    char onset[VG_DATE_TEXT_BYTES];
    char notified[VG_DATE_TEXT_BYTES];
    char typed[VG_DATE_TEXT_BYTES];
    int32_t day = 18262 + (int32_t)vg_random_below(&random, 900);
    (void)vg_date_print(day, onset);
    (void)vg_date_print(day + (int32_t)vg_random_below(&random, 10), notified);
    (void)vg_date_print(day + 10 + (int32_t)vg_random_below(&random, 40), typed);
    uint32_t region = vg_random_below(&random, 50) == 0 ? 0 : 1 + vg_random_below(&random, 7);
    vg_buffer_format(out, "%u,%s,%s,%s,35%05u,%s,%u,%c,%s,%u,%s,%u\n", row, onset, notified, typed,
                     vg_random_below(&random, 99999), regions[region], vg_random_below(&random, 100),
                     vg_random_below(&random, 2) == 0 ? 'F' : 'M', classes[vg_random_below(&random, 5)],
                     vg_random_below(&random, 2), vg_random_below(&random, 3) == 0 ? typed : "", vg_random_below(&random, 10));
}

static bool make_list(const char *path, uint64_t bytes)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return false;
    }
    struct vg_buffer block;
    vg_buffer_init(&block, 0);
    vg_buffer_text(
        &block,
        "id,onset_date,notification_date,digitization_date,municipality,region,age,sex,final_class,icu,death_date,outcome\n");
    uint64_t written = 0;
    bool good = true;
    for (uint32_t row = 1; good && written < bytes; row++) {
        add_row(&block, row);
        if (block.size > (1U << 20) || written + block.size >= bytes) {
            good = !block.failed && fwrite(block.data, 1, block.size, file) == block.size;
            written += block.size;
            vg_buffer_clear(&block);
        }
    }
    vg_buffer_release(&block);
    good = fclose(file) == 0 && good;
    if (!good) {
        (void)fprintf(stderr, "%s could not be written\n", path);
    }
    return good;
}

struct times {
    double memchr_seconds, validity_seconds, read_seconds;
    uint64_t lines, rows, cell_bytes;
};

static void pass_memchr(const struct vg_file_map *map, struct times *times)
{
    double start = seconds_now();
    uint64_t lines = 0;
    const char *end = map->data + map->size;
    for (const char *at = map->data; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
        lines++;
    }
    double seconds = seconds_now() - start;
    times->lines = lines;
    times->memchr_seconds = seconds < times->memchr_seconds ? seconds : times->memchr_seconds;
}

static bool pass_reader(const char *path, struct times *times)
{
    struct vg_reader *reader = NULL;
    struct vg_error error;
    struct vg_row_batch batch = {0};
    uint64_t rows = 0;
    uint64_t cell_bytes = 0;
    double start = seconds_now();
    vg_status status = vg_reader_open(path, NULL, &reader, &error);
    double opened = seconds_now();
    while (status == VG_OK) {
        status = vg_reader_next(reader, &batch, &error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        rows += batch.n_rows;
        cell_bytes += batch.cells[0].size; /* a touch; a consumer's own work is not measured here */
    }
    double done = seconds_now();
    vg_reader_close(reader);
    if (status != VG_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return false;
    }
    times->rows = rows;
    times->cell_bytes = cell_bytes;
    times->validity_seconds = opened - start < times->validity_seconds ? opened - start : times->validity_seconds;
    times->read_seconds = done - opened < times->read_seconds ? done - opened : times->read_seconds;
    return true;
}

static bool measure(const char *path)
{
    struct vg_file_map map;
    struct vg_error error;
    struct times times = {1e9, 1e9, 1e9, 0, 0, 0};
    if (vg_file_map_open(path, &map, &error) != VG_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return false;
    }
    bool good = true;
    for (int round = 0; good && round < 3; round++) {
        pass_memchr(&map, &times);
        good = pass_reader(path, &times);
    }
    double megabytes = (double)map.size / 1e6;
    if (good) {
        double whole = times.validity_seconds + times.read_seconds;
        (void)printf("%.0f MB, %llu rows of 12 columns\n", megabytes, (unsigned long long)times.rows);
        (void)printf("  memchr for line ends   %7.0f MB/s\n", megabytes / times.memchr_seconds);
        (void)printf("  opening (validity)     %7.0f MB/s\n", megabytes / times.validity_seconds);
        (void)printf("  vg_reader_next         %7.0f MB/s  %.1f M rows/s  %.2f of memchr\n", megabytes / times.read_seconds,
                     (double)times.rows / times.read_seconds / 1e6, times.memchr_seconds / times.read_seconds);
        (void)printf("  both                   %7.0f MB/s  %.2f s\n", megabytes / whole, whole);
    }
    vg_file_map_close(&map);
    return good;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/vigia_parse_XXXXXX";
    uint64_t megabytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
    const char *file = argc > 2 ? argv[2] : path;
    if (megabytes == 0 || megabytes > 100000) {
        (void)fprintf(stderr, "usage: %s [MEGABYTES [FILE]]\n", argv[0]);
        return 2;
    }
    if (argc <= 2) {
        int descriptor = mkstemp(path);
        if (descriptor < 0) {
            perror(path);
            return 3;
        }
        (void)close(descriptor);
    }
    bool good = make_list(file, megabytes * 1000000) && measure(file);
    if (argc <= 2) {
        (void)unlink(path);
    }
    return good ? 0 : 3;
}
