/*
 * Genomes that come as differences, taken into a node: a file in MAPLE's form, or a release of an exercise with its tables genomes and genome_diff.
 */
#include "jobs/genome/internal.h"
#include "jobs/genome/metadata.h"

#include "intake/bytes/bytes.h"
#include "intake/intake.h"
#include "trace/genome/tree/tree.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct loading {
    struct vg_store *store;
    const struct vg_genomes_load_request *request;
    struct vg_genomes_load_summary *summary;
    struct metadata_table metadata;
    struct vg_genome_reference reference;
    struct vg_dictionary names;
    int64_t set_id;
    struct vg_buffer packed;
    struct vg_arena *arena;
    struct vg_error *error;
};

const char *genome_set_name(struct vg_arena *arena, struct vg_text name)
{
    char *out = vg_arena_alloc(arena, name.size + 8, 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < name.size && n < 60; i++) {
        char c = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fine || (n > 0 && out[n - 1] != '-')) {
            out[n++] = fine ? c : '-';
        }
    }
    if (out != NULL && n == 0) {
        memcpy(out, "genomes", 8);
    }
    return out;
}

static vg_status begin(struct loading *loading)
{
    const char *name = loading->request->set != NULL ? loading->request->set : genome_set_name(loading->arena, loading->reference.name);
    loading->summary->set = name;
    return name == NULL ? vg_fail_memory(loading->error, 0) : vg_genomes_begin(loading->store, name, &loading->reference, &loading->set_id, loading->error);
}

static vg_status keep(struct loading *loading, const struct vg_genome *genome)
{
    const struct genome_metadata *told = metadata_find(&loading->metadata, genome->name);
    size_t before = loading->names.count;
    bool replaced = false;
    char *name = vg_arena_copy_bytes(loading->arena, genome->name.data, genome->name.size);
    if (name == NULL || vg_dictionary_add(&loading->names, genome->name) == VG_DICTIONARY_NONE) {
        return vg_fail_memory(loading->error, genome->name.size);
    }
    if (loading->names.count == before) {
        return vg_fail(loading->error, VG_DATA_ERROR, "%s: %.200s is there twice: names of genomes must differ", loading->request->path, name);
    }
    vg_buffer_clear(&loading->packed);
    vg_genome_pack(genome, &loading->packed);
    if (loading->packed.failed) {
        return vg_fail_memory(loading->error, loading->packed.size);
    }
    struct vg_kept_genome kept = {.name = name, .source = loading->request->path, .date = VG_DATE_NONE, .added = loading->request->today, .score = NAN,
                                  .terms = {.embargo = VG_DATE_NONE}, .packed = vg_text_of(loading->packed.data == NULL ? "" : loading->packed.data, loading->packed.size)};
    if (told != NULL) {
        kept.date = told->date;
        kept.place = told->place;
        kept.lineage = told->lineage;
        kept.terms = told->terms;
    }
    vg_status status = vg_genomes_put(loading->store, loading->set_id, &kept, &replaced, loading->error);
    loading->summary->n_genomes++;
    loading->summary->n_replaced += replaced;
    loading->summary->n_described += told != NULL;
    return status;
}

/* -------------------------------------------------------------------- MAPLE */

static vg_status load_maple(struct loading *loading)
{
    struct vg_bytes *bytes = NULL;
    struct vg_maple_reader *reader = NULL;
    struct vg_arena scratch;
    bool more = true;
    vg_status status = vg_bytes_open(loading->request->path, &bytes, loading->error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_tree_source source = {vg_bytes_read, bytes, loading->request->path};
    vg_arena_init(&scratch, 0);
    status = vg_maple_open(&source, &reader, &loading->reference, loading->error);
    if (status == VG_OK && loading->reference.length == 0) {
        status = vg_fail(loading->error, VG_DATA_ERROR, "%s: its first record should be the reference that the genomes are told against, with its letters", loading->request->path);
    }
    status = status == VG_OK ? begin(loading) : status;
    bool begun = status == VG_OK;
    while (status == VG_OK) {
        struct vg_genome genome;
        vg_arena_reset(&scratch);
        status = vg_maple_next(reader, &scratch, &genome, &more, loading->error);
        if (status != VG_OK || !more) {
            break;
        }
        status = keep(loading, &genome);
    }
    status = begun ? vg_genomes_end(loading->store, status, loading->error) : status;
    vg_maple_close(reader);
    vg_bytes_close(bytes);
    vg_arena_release(&scratch);
    return status;
}

/* ------------------------------------------------------------------ release */

/* The file of a release's table, "genomes-2021-06-01.csv" of "genomes-": there is one. */
static vg_status find_table(struct loading *loading, const char *prefix, const char **path)
{
    const char *folder = loading->request->path;
    DIR *open = opendir(folder);
    size_t found = 0;
    *path = NULL;
    if (open == NULL) {
        return vg_fail_errno(loading->error, errno, "%s cannot be read", folder);
    }
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        size_t size = strlen(entry->d_name), n = strlen(prefix);
        if (size > n + 4 && strncmp(entry->d_name, prefix, n) == 0 && strcmp(entry->d_name + size - 4, ".csv") == 0) {
            *path = vg_arena_format(loading->arena, "%s/%s", folder, entry->d_name);
            found++;
        }
    }
    (void)closedir(open);
    return found == 1 && *path != NULL ? VG_OK
                                       : vg_fail(loading->error, VG_DATA_ERROR, "%s is no release of an exercise with genomes: it has %zu files %s*.csv, and should have one", folder, found, prefix);
}

struct owned_difference {
    uint32_t genome;
    struct vg_genome_difference difference;
};

static int by_genome(const void *a, const void *b)
{
    const struct owned_difference *x = a, *y = b;
    return x->genome != y->genome ? (x->genome < y->genome ? -1 : 1)
           : x->difference.position < y->difference.position ? -1 : x->difference.position > y->difference.position;
}

struct difference_rows {
    struct vg_reader *reader;
    size_t columns[4]; /* sequence_id, position, length, alt */
    struct owned_difference *rows;
    size_t n, capacity;
};

static vg_status take_difference(struct loading *loading, struct difference_rows *table, const struct vg_text *cells, uint64_t line)
{
    struct vg_text name = vg_reader_cell(cells, table->columns[0]), alt = vg_reader_cell(cells, table->columns[3]);
    int64_t position, length;
    uint32_t genome = vg_dictionary_find(&loading->metadata.names, name);
    uint8_t base = alt.size == 1 ? vg_base_set_of_letter(alt.data[0]) : 0;
    if (genome == VG_DICTIONARY_NONE) {
        return vg_reader_bad_cell(table->reader, line, table->columns[0], name, "a sequence of the table genomes", loading->error);
    }
    if (!vg_parse_integer(vg_reader_cell(cells, table->columns[1]), &position) || position < 1 || position > (int64_t)loading->reference.length) {
        return vg_reader_bad_cell(table->reader, line, table->columns[1], vg_reader_cell(cells, table->columns[1]), "a site of the reference, from 1 on", loading->error);
    }
    if (!vg_parse_integer(vg_reader_cell(cells, table->columns[2]), &length) || length < 1 || length > (int64_t)loading->reference.length - position + 1) {
        return vg_reader_bad_cell(table->reader, line, table->columns[2], vg_reader_cell(cells, table->columns[2]), "a number of sites that the reference has from there on", loading->error);
    }
    if (base == 0 || (length > 1 && base != VG_BASE_ANY && base != VG_BASE_DELETED)) {
        return vg_reader_bad_cell(table->reader, line, table->columns[3], alt, "a base or a code of several; of a run N or -", loading->error);
    }
    struct owned_difference *rows = vg_arena_room(loading->arena, table->rows, table->n, &table->capacity, sizeof *rows);
    if (rows == NULL) {
        return vg_fail_memory(loading->error, table->n * sizeof *rows);
    }
    table->rows = rows;
    rows[table->n++] = (struct owned_difference){genome, {(uint32_t)position - 1, (uint32_t)length, base}};
    return VG_OK;
}

static vg_status read_differences(struct loading *loading, const char *path, struct difference_rows *table)
{
    static const char *const names[4] = {"sequence_id", "position", "length", "alt"};
    struct vg_row_batch batch = {.n_rows = 1};
    vg_status status = vg_reader_open(path, NULL, &table->reader, loading->error);
    for (size_t i = 0; i < 4 && status == VG_OK; i++) {
        table->columns[i] = vg_reader_find_column(table->reader, names[i]);
        if (table->columns[i] == VG_READER_NO_COLUMN) {
            status = vg_fail(loading->error, VG_DATA_ERROR, "%s has no column %s", path, names[i]);
        }
    }
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(table->reader, &batch, loading->error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            status = take_difference(loading, table, batch.cells + i * batch.n_columns, batch.lines[i]);
        }
    }
    vg_reader_close(table->reader);
    if (table->n > 0) {
        qsort(table->rows, table->n, sizeof *table->rows, by_genome);
    }
    return status;
}

/* Runs that touch and are alike become one, as vg_genome has them. */
static vg_status keep_rows(struct loading *loading, struct difference_rows *table)
{
    struct vg_genome_difference *own = VG_ARENA_ARRAY(loading->arena, struct vg_genome_difference, table->n + 1);
    vg_status status = own == NULL ? vg_fail_memory(loading->error, table->n * sizeof *own) : VG_OK;
    size_t at = 0;
    for (uint32_t g = 0; status == VG_OK && g < loading->metadata.names.count; g++) {
        uint32_t n = 0;
        for (; at < table->n && table->rows[at].genome == g; at++) {
            struct vg_genome_difference one = table->rows[at].difference, *last = n == 0 ? NULL : &own[n - 1];
            if (last != NULL && one.position < last->position + last->length) {
                return vg_fail(loading->error, VG_DATA_ERROR, "%s: two differences of %.*s are of site %u", loading->request->path, (int)loading->metadata.names.keys[g].size,
                               loading->metadata.names.keys[g].data, one.position + 1);
            }
            if (last != NULL && one.base >= VG_BASE_ANY && one.base == last->base && one.position == last->position + last->length) {
                last->length += one.length;
            } else {
                own[n++] = one;
            }
        }
        struct vg_genome genome = {.name = loading->metadata.names.keys[g], .differences = own, .n_differences = n};
        status = keep(loading, &genome);
    }
    return status;
}

static vg_status load_release(struct loading *loading)
{
    struct difference_rows table = {.n = 0};
    const char *genomes = NULL, *differences = NULL;
    const char *reference = vg_arena_format(loading->arena, "%s/reference.fasta", loading->request->path);
    vg_status status = find_table(loading, "genomes-", &genomes);
    status = status == VG_OK ? find_table(loading, "genome_diff-", &differences) : status;
    status = status == VG_OK ? vg_reference_read(reference, loading->arena, &loading->reference, loading->error) : status;
    status = status == VG_OK ? metadata_read(genomes, VG_DATE_ORDER_AUTO, loading->arena, &loading->metadata, loading->error) : status;
    status = status == VG_OK ? read_differences(loading, differences, &table) : status;
    status = status == VG_OK ? begin(loading) : status;
    return status == VG_OK ? vg_genomes_end(loading->store, keep_rows(loading, &table), loading->error) : status;
}

vg_status vg_job_genomes_load(struct vg_store *store, const struct vg_genomes_load_request *request, struct vg_arena *arena, struct vg_genomes_load_summary *summary,
                              struct vg_error *error)
{
    struct loading loading = {.store = store, .request = request, .summary = summary, .arena = arena, .error = error};
    struct stat facts;
    bool folder = stat(request->path, &facts) == 0 && S_ISDIR(facts.st_mode);
    *summary = (struct vg_genomes_load_summary){.n_genomes = 0};
    vg_dictionary_init(&loading.names, arena);
    vg_buffer_init(&loading.packed, 0);
    vg_status status = VG_OK;
    if (folder && request->metadata != NULL) {
        status = vg_fail(error, VG_USAGE_ERROR, "a release has its own table of genomes: --metadata goes with a file");
    } else if (request->metadata != NULL) {
        status = metadata_read(request->metadata, request->date_order, arena, &loading.metadata, error);
        summary->dates = loading.metadata.dates;
    }
    if (status == VG_OK) {
        status = folder ? load_release(&loading) : load_maple(&loading);
    }
    vg_buffer_release(&loading.packed);
    return status;
}
