/*
 * Tables of samples, or of counts, into counts by place, week and lineage.
 */
#include "jobs/lineages/samples.h"

#include "jobs/genome_tree/joined.h"
#include "trace/genome/proteins/proteins.h"

#include <math.h>
#include <string.h>

#define RECENT_DAYS 56
#define WATCH_BYTES_MOST ((size_t)1 << 20)

enum { DATE, PLACE, LINEAGE, COUNT, LABORATORY, MUTATIONS, COLUMNS };
static const char *const headings[COLUMNS] = {
    "date|collection_date|date_of_collection|sample_date|week|epiweek|day",
    LINEAGES_PLACE_HEADINGS,
    "lineage|pango_lineage|pangolin_lineage|pango|nextclade_pango|clade|variant|clade_membership|genotype",
    "count|n|genomes|sequences|counts",
    "laboratory|lab|originating_lab|submitting_lab",
    "mutations|aa_substitutions|aasubstitutions|aa_changes|substitutions",
};

struct reading {
    struct samples *samples;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct vg_error *error;
    size_t columns[COLUMNS];
};

static vg_status add_watched(struct samples *samples, struct vg_text mutation, struct vg_error *error)
{
    mutation = vg_text_trim(mutation);
    if (mutation.size == 0 || mutation.data[0] == '#') {
        return VG_OK;
    }
    if (samples->n_watched == WATCHED_MOST) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "more than %d mutations are watched", WATCHED_MOST);
    }
    samples->watched[samples->n_watched++] = mutation;
    return VG_OK;
}

static vg_status fill_watched(const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct samples *samples, struct vg_error *error)
{
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < request->n_watched; i++) {
        status = add_watched(samples, vg_text_from(request->watched[i]), error);
    }
    if (status == VG_OK && request->watch_path != NULL) {
        struct vg_text text = {0};
        status = vg_file_read_text(request->watch_path, WATCH_BYTES_MOST, arena, &text, error);
        for (size_t at = 0; status == VG_OK && at < text.size;) {
            const char *end = memchr(text.data + at, '\n', text.size - at);
            size_t size = end == NULL ? text.size - at : (size_t)(end - (text.data + at));
            status = add_watched(samples, vg_text_of(text.data + at, size), error);
            at += size + 1;
        }
    }
    return status;
}

/* A bit for each watched mutation in a cell of mutations parted by commas, blanks or semicolons. */
static uint64_t watched_in(const struct samples *samples, struct vg_text cell)
{
    uint64_t found = 0;
    for (size_t at = 0; at < cell.size;) {
        size_t end = at;
        while (end < cell.size && strchr(", ;|()", cell.data[end]) == NULL) {
            end++;
        }
        for (size_t i = 0; i < samples->n_watched && end > at; i++) {
            found |= vg_text_equal(vg_text_of(cell.data + at, end - at), samples->watched[i]) ? (uint64_t)1 << i : 0;
        }
        at = end + 1;
    }
    return found;
}

static struct sample_row *room(struct samples *samples, struct vg_arena *arena)
{
    struct sample_row *rows = vg_arena_room(arena, samples->rows, samples->n, &samples->capacity, sizeof *rows);
    samples->rows = rows == NULL ? samples->rows : rows;
    return rows == NULL ? NULL : &rows[samples->n];
}

static vg_status take_row(struct reading *r, const struct vg_text *cells, uint64_t line)
{
    struct samples *samples = r->samples;
    struct vg_text date = vg_reader_cell(cells, r->columns[DATE]), lineage = vg_reader_cell(cells, r->columns[LINEAGE]), count = vg_reader_cell(cells, r->columns[COUNT]),
                   place = vg_reader_cell(cells, r->columns[PLACE]), laboratory = vg_reader_cell(cells, r->columns[LABORATORY]);
    struct sample_row row = {.count = 1, .place = VG_DICTIONARY_NONE, .laboratory = VG_DICTIONARY_NONE};
    switch (lineages_parse_day(date, &row.day, NULL)) {
    case LINEAGES_BAD:
        return vg_reader_bad_cell(r->reader, line, r->columns[DATE], date, "a date as 2021-03-05, or a week as 2021-W09,", r->error);
    case LINEAGES_EMPTY:
        samples->without_day++;
        return VG_OK;
    case LINEAGES_PARTIAL:
        samples->partial_days++;
        return VG_OK;
    case LINEAGES_DAY:
        break;
    }
    if (count.size > 0 && (!vg_parse_double(count, '.', &row.count) || !(row.count >= 0 && row.count < 1e12))) {
        return vg_reader_bad_cell(r->reader, line, r->columns[COUNT], count, "a number of genomes", r->error);
    }
    if (lineage.size == 0 || vg_text_equals(lineage, "NA") || vg_text_equals(lineage, "Unassigned") || vg_text_equals(lineage, "None")) {
        samples->without_lineage++;
        return VG_OK;
    }
    struct sample_row *to = room(samples, r->arena);
    row.lineage = vg_dictionary_add(&samples->lineages, lineage);
    row.place = samples->has_places ? vg_dictionary_add(&samples->places, place.size == 0 ? vg_text_from("unknown") : place) : 0;
    row.laboratory = laboratory.size > 0 ? vg_dictionary_add(&samples->laboratories, laboratory) : VG_DICTIONARY_NONE;
    if (to == NULL || row.lineage == VG_DICTIONARY_NONE || row.place == VG_DICTIONARY_NONE) {
        return vg_fail_memory(r->error, samples->n * sizeof row);
    }
    row.watched = samples->n_watched > 0 && samples->has_mutations ? watched_in(samples, vg_reader_cell(cells, r->columns[MUTATIONS])) : 0;
    samples->newest = samples->n == 0 || row.day > samples->newest ? row.day : samples->newest;
    *to = row;
    samples->n++;
    return VG_OK;
}

static vg_status find_columns(struct reading *r, const char *path)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        r->columns[i] = vg_reader_find_column(r->reader, headings[i]);
    }
    if (r->columns[DATE] == VG_READER_NO_COLUMN || r->columns[LINEAGE] == VG_READER_NO_COLUMN) {
        return vg_fail(r->error, VG_DATA_ERROR, "%s needs a column date and a column lineage (or one of: %s; %s)", path, headings[DATE], headings[LINEAGE]);
    }
    struct samples *samples = r->samples;
    samples->has_places = r->columns[PLACE] != VG_READER_NO_COLUMN;
    samples->has_laboratories = r->columns[LABORATORY] != VG_READER_NO_COLUMN;
    samples->has_mutations = r->columns[MUTATIONS] != VG_READER_NO_COLUMN;
    if (samples->n_watched > 0 && !samples->has_mutations) {
        return vg_fail(r->error, VG_DATA_ERROR, "%s has no column of mutations, which are to be watched (one of: %s)", path, headings[MUTATIONS]);
    }
    return samples->has_places || vg_dictionary_add(&samples->places, vg_text_from("all")) == 0 ? VG_OK : vg_fail_memory(r->error, 0);
}

static void begin_samples(struct samples *samples, struct vg_arena *arena)
{
    *samples = (struct samples){.newest = VG_DATE_NONE};
    vg_dictionary_init(&samples->places, arena);
    vg_dictionary_init(&samples->lineages, arena);
    vg_dictionary_init(&samples->laboratories, arena);
}

vg_status samples_read(const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct samples *samples, struct vg_error *error)
{
    struct reading r = {.samples = samples, .arena = arena, .error = error};
    struct vg_row_batch batch = {.n_rows = 1};
    begin_samples(samples, arena);
    vg_status status = fill_watched(request, arena, samples, error);
    if (status == VG_OK) {
        status = vg_reader_open(request->samples_path, NULL, &r.reader, error);
    }
    if (status != VG_OK) {
        return status;
    }
    status = find_columns(&r, request->samples_path);
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(r.reader, &batch, error);
        for (size_t i = 0; status == VG_OK && i < batch.n_rows; i++) {
            status = take_row(&r, batch.cells + i * batch.n_columns, batch.lines[i]);
        }
    }
    vg_reader_close(r.reader);
    return status == VG_OK && samples->n == 0 ? vg_fail(error, VG_DATA_ERROR, "%s has no sample with a day and a lineage", request->samples_path) : status;
}

/* ------------------------------------------------------------------- node */

enum watched_kind { WATCHED_BASE /* A23403G */, WATCHED_DELETION /* 21765-21770 */, WATCHED_ACID /* S:N501Y, S:H69- */ };
struct watched_change {
    enum watched_kind kind;
    uint32_t position, length; /* sites; of an amino acid the codon */
    uint32_t coding;
    uint8_t base;
    char acid;
};
struct node_samples {
    struct samples *samples;
    uint32_t length; /* of the reference */
    struct watched_change watched[WATCHED_MOST];
    bool any_acid;
    const struct vg_genome_annotation *annotation; /* NULL: the set has no coding sequences */
    struct vg_proteins *proteins;
    struct vg_proteins_room *room;
    struct vg_arena *arena, scratch;
    const struct vg_tree_wish *wish;
    enum vg_genome_use use;
};

/* N501Y of the coding sequence of that name. */
static bool read_acid(const struct node_samples *node, struct vg_text gene, struct vg_text change, struct watched_change *to)
{
    int64_t codon = 0;
    char acid = change.size >= 3 ? change.data[change.size - 1] : 0;
    to->kind = WATCHED_ACID;
    to->coding = VG_TREE_NONE;
    for (uint32_t c = 0; node->annotation != NULL && c < node->annotation->n_coding; c++) {
        to->coding = vg_text_equal(node->annotation->coding[c].name, gene) ? c : to->coding;
    }
    if (to->coding == VG_TREE_NONE || !((acid >= 'A' && acid <= 'Z') || acid == '*' || acid == '-') || !vg_parse_integer(vg_text_of(change.data + 1, change.size - 2), &codon) ||
        codon < 1 || codon > node->annotation->coding[to->coding].length / 3) {
        return false;
    }
    to->position = (uint32_t)codon - 1;
    to->acid = acid;
    return true;
}

static bool read_watched(const struct node_samples *node, struct vg_text text, struct watched_change *to)
{
    const char *colon = memrchr(text.data, ':', text.size), *line = memchr(text.data, '-', text.size);
    int64_t position = 0, end = 0;
    *to = (struct watched_change){.kind = WATCHED_BASE, .length = 1};
    if (colon != NULL) {
        size_t size = (size_t)(colon - text.data);
        return read_acid(node, vg_text_of(text.data, size), vg_text_of(colon + 1, text.size - size - 1), to);
    }
    if (line != NULL || vg_parse_integer(text, &position)) { /* of one site 28273, as it is written, or 28273-28273 */
        size_t size = line == NULL ? text.size : (size_t)(line - text.data);
        struct vg_text last = line == NULL ? text : vg_text_of(line + 1, text.size - size - 1);
        to->kind = WATCHED_DELETION;
        if (!vg_parse_integer(vg_text_of(text.data, size), &position) || !vg_parse_integer(last, &end) || position < 1 || end < position || end > node->length) {
            return false;
        }
        to->position = (uint32_t)position - 1;
        to->length = (uint32_t)(end - position) + 1;
        return true;
    }
    to->base = text.size >= 3 ? vg_base_set_of_letter(text.data[text.size - 1]) : 0;
    if (to->base == 0 || vg_base_set_of_letter(text.data[0]) == 0 || !vg_parse_integer(vg_text_of(text.data + 1, text.size - 2), &position) || position < 1 || position > node->length) {
        return false;
    }
    to->position = (uint32_t)position - 1;
    return true;
}

static vg_status watch(struct node_samples *node, const struct vg_genome_set *set, struct vg_error *error)
{
    vg_status status = node->samples->n_watched == 0 ? VG_OK : genome_set_annotation(set, node->arena, &node->annotation, error);
    for (size_t i = 0; status == VG_OK && i < node->samples->n_watched; i++) {
        struct vg_text text = node->samples->watched[i];
        if (!read_watched(node, text, &node->watched[i])) {
            return vg_fail(error, VG_USAGE_ERROR, "of a node's genomes changes such as A23403G, deletions such as 21765-21770%s are watched, not \"%.*s\"",
                           node->annotation == NULL ? " and, where the set has coding sequences (vigia align --node --annotation), amino acids such as S:N501Y"
                                                    : " and amino acids of the set's coding sequences such as S:N501Y",
                           (int)(text.size < 40 ? text.size : 40), text.data);
        }
        node->any_acid = node->any_acid || node->watched[i].kind == WATCHED_ACID;
    }
    if (status == VG_OK && node->any_acid) {
        status = vg_proteins_new(&set->reference, node->annotation, node->arena, &node->proteins, error);
        node->room = status == VG_OK ? vg_proteins_room_new(node->proteins) : NULL;
        status = status == VG_OK && node->room == NULL ? vg_fail_memory(error, node->length) : status;
    }
    return status;
}

static bool has_change(const struct watched_change *watched, const struct vg_genome *genome, const struct vg_protein_report *report)
{
    bool found = false;
    for (uint32_t d = 0; watched->kind != WATCHED_ACID && d < genome->n_differences && !found; d++) {
        const struct vg_genome_difference *one = &genome->differences[d];
        found = watched->kind == WATCHED_DELETION ? one->base == VG_BASE_DELETED && one->position == watched->position && one->length == watched->length
                                                  : one->base == watched->base && watched->position >= one->position && watched->position < one->position + one->length;
    }
    for (uint32_t k = 0; watched->kind == WATCHED_ACID && k < report->n_changes && !found; k++) {
        const struct vg_protein_change *one = &report->changes[k];
        char acid = one->kind == VG_PROTEIN_DELETION ? '-' : one->kind == VG_PROTEIN_SUBSTITUTION ? one->changed : 0;
        found = one->coding == watched->coding && one->codon == watched->position && acid == watched->acid;
    }
    return found;
}

static vg_status watched_of(struct node_samples *node, const struct vg_kept_genome *kept, uint64_t *found, struct vg_error *error)
{
    struct vg_genome genome = {.name = vg_text_from(kept->name)};
    struct vg_protein_report report = {.n_changes = 0};
    vg_arena_reset(&node->scratch);
    if (!vg_genome_unpack(kept->packed, node->length, &node->scratch, &genome)) {
        return vg_fail(error, VG_SYSTEM_ERROR, "the genome %.100s of the node is damaged; restore a backup with vigia restore", kept->name);
    }
    if (node->any_acid && !vg_proteins_report(node->proteins, node->room, &genome, &node->scratch, &report)) {
        return vg_fail_memory(error, genome.n_differences);
    }
    for (size_t i = 0; i < node->samples->n_watched; i++) {
        *found |= has_change(&node->watched[i], &genome, &report) ? (uint64_t)1 << i : 0;
    }
    return VG_OK;
}

static vg_status take_genome(void *context, const struct vg_kept_genome *kept, struct vg_error *error)
{
    struct node_samples *node = context;
    struct samples *samples = node->samples;
    char reason[256];
    if (!vg_genome_terms_allow(&kept->terms, node->use, node->wish->agreement, vg_date_today(), reason)) {
        samples->forbidden++;
        return VG_OK;
    }
    if (kept->date == VG_DATE_NONE || kept->lineage == NULL || kept->lineage[0] == '\0') {
        samples->without_day += kept->date == VG_DATE_NONE;
        samples->without_lineage += kept->date != VG_DATE_NONE;
        return VG_OK;
    }
    struct sample_row *to = room(samples, node->arena), row = {.day = kept->date, .count = 1, .laboratory = VG_DICTIONARY_NONE};
    row.lineage = vg_dictionary_add(&samples->lineages, vg_text_from(kept->lineage));
    row.place = vg_dictionary_add(&samples->places, vg_text_from(kept->place == NULL || kept->place[0] == '\0' ? "unknown" : kept->place));
    row.laboratory = kept->terms.provider == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&samples->laboratories, vg_text_from(kept->terms.provider));
    if (to == NULL || row.lineage == VG_DICTIONARY_NONE || row.place == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, samples->n * sizeof row);
    }
    samples->has_laboratories |= kept->terms.provider != NULL;
    samples->newest = samples->n == 0 || row.day > samples->newest ? row.day : samples->newest;
    *to = row;
    samples->n++;
    return samples->n_watched > 0 ? watched_of(node, kept, &to->watched, error) : VG_OK;
}

vg_status samples_of_node(struct vg_store *store, const struct vg_lineages_growth_request *request, struct vg_arena *arena, struct samples *samples, struct vg_error *error)
{
    struct node_samples node = {.samples = samples, .arena = arena};
    struct vg_genome_set set;
    begin_samples(samples, arena);
    samples->has_places = samples->has_mutations = true;
    vg_arena_init(&node.scratch, 0);
    const struct vg_tree_wish stays = {.use = NULL};
    node.wish = request->wish == NULL ? &stays : request->wish;
    vg_status status = job_wish_use(node.wish, &node.use, error);
    status = status == VG_OK ? fill_watched(request, arena, samples, error) : status;
    if (status == VG_OK) {
        status = vg_genomes_set_find(store, request->set, arena, &set, error);
    }
    if (status == VG_OK) {
        node.length = set.reference.length;
        status = watch(&node, &set, error);
    }
    if (status == VG_OK) {
        status = vg_genomes_each(store, set.id, take_genome, &node, error);
    }
    if (status == VG_OK && request->level != NULL) {
        status = samples_lead_up(store, request->level, arena, samples, error);
    }
    samples->simulated = status == VG_OK && vg_genome_set_is_invented(&set);
    vg_proteins_room_free(node.room);
    vg_arena_release(&node.scratch);
    return status == VG_OK && samples->n == 0
               ? vg_fail(error, VG_DATA_ERROR, "no genome of the node has a date and a lineage: vigia align --metadata brings dates, vigia lineages calls lineages")
               : status;
}

/* ---------------------------------------------------------------- counting */

/* Every lineage and its ancestors, seen or not, with who descends from whom. */
static vg_status family(const struct samples *samples, const struct vg_pango *pango, struct vg_arena *arena, struct vg_dictionary *names, uint32_t **parents, uint32_t *of_lineage,
                        struct vg_error *error)
{
    vg_dictionary_init(names, arena);
    for (size_t i = 0; i < samples->lineages.count; i++) {
        char brief[VG_PANGO_BYTES];
        struct vg_text name = samples->lineages.keys[i];
        size_t size = vg_pango_compress(pango, name, brief);
        of_lineage[i] = vg_dictionary_add(names, size > 0 ? vg_text_of(brief, size) : name);
        if (of_lineage[i] == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, names->count);
        }
    }
    size_t capacity = names->count * 16 + 64, n = 0;
    *parents = VG_ARENA_ARRAY(arena, uint32_t, capacity);
    for (; *parents != NULL && n < names->count; n++) { /* grows as ancestors are met */
        char above[VG_PANGO_BYTES];
        size_t size = vg_pango_parent(pango, names->keys[n], above);
        if (names->count + 1 >= capacity) {
            uint32_t *larger = VG_ARENA_ARRAY(arena, uint32_t, 2 * capacity);
            if (larger == NULL) {
                return vg_fail_memory(error, capacity);
            }
            memcpy(larger, *parents, n * sizeof *larger);
            *parents = larger;
            capacity *= 2;
        }
        (*parents)[n] = size == 0 ? VG_GROWTH_NONE : vg_dictionary_add(names, vg_text_of(above, size));
    }
    return *parents == NULL ? vg_fail_memory(error, capacity) : VG_OK;
}

static size_t week_of(const struct growth_table *table, int32_t day)
{
    return (size_t)(day - table->first_week) / 7;
}

static bool within(const struct growth_table *table, int32_t day)
{
    return day >= table->first_week && day < table->first_week + 7 * (int32_t)table->counts.n_times;
}

/* Weeks, newest as asked for; the first is one with samples. */
static vg_status fill_weeks(const struct vg_lineages_growth_request *request, const struct samples *samples, struct vg_arena *arena, struct growth_table *table, struct vg_error *error)
{
    int32_t newest = request->as_of == VG_DATE_NONE || request->as_of > samples->newest ? samples->newest : request->as_of, oldest = newest;
    int32_t monday = vg_date_week_start(newest, VG_WEEK_ISO), first = monday - 7 * ((int32_t)request->weeks - 1);
    for (size_t i = 0; i < samples->n; i++) {
        oldest = samples->rows[i].day >= first && samples->rows[i].day < oldest ? samples->rows[i].day : oldest;
    }
    table->first_week = vg_date_week_start(oldest, VG_WEEK_ISO);
    table->counts.n_times = (size_t)(monday - table->first_week) / 7 + 1;
    int32_t *days = VG_ARENA_ARRAY(arena, int32_t, table->counts.n_times);
    if (days == NULL) {
        return vg_fail_memory(error, table->counts.n_times);
    }
    for (size_t t = 0; t < table->counts.n_times; t++) {
        days[t] = table->first_week + 7 * (int32_t)t + 3;
    }
    table->counts.days = days;
    return VG_OK;
}

/* Whether a row counts: within the weeks, and not after the day as of which. */
static bool counts_row(const struct vg_lineages_growth_request *request, const struct growth_table *table, const struct sample_row *row)
{
    return within(table, row->day) && (request->as_of == VG_DATE_NONE || row->day <= request->as_of);
}

/* Categories: the lineages that are kept, in the order of the names, then "other". */
static vg_status categories(const struct vg_lineages_growth_request *request, const struct samples *samples, const struct vg_pango *pango, struct vg_arena *arena,
                            struct growth_table *table, struct vg_error *error)
{
    struct vg_dictionary names;
    uint32_t *parents = NULL, *of_lineage = VG_ARENA_ARRAY(arena, uint32_t, samples->lineages.count), *category = VG_ARENA_ARRAY(arena, uint32_t, samples->lineages.count);
    vg_status status = of_lineage == NULL || category == NULL ? vg_fail_memory(error, samples->lineages.count)
                                                              : family(samples, pango, arena, &names, &parents, of_lineage, error);
    if (status != VG_OK) {
        return status;
    }
    double *totals = VG_ARENA_ARRAY(arena, double, names.count), all = 0;
    uint32_t *merged = VG_ARENA_ARRAY(arena, uint32_t, names.count), *index = VG_ARENA_ARRAY(arena, uint32_t, names.count);
    struct vg_text *kept = VG_ARENA_ARRAY(arena, struct vg_text, names.count + 1);
    if (totals == NULL || merged == NULL || index == NULL || kept == NULL) {
        return vg_fail_memory(error, names.count * sizeof *totals);
    }
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_row *row = &samples->rows[i];
        if (counts_row(request, table, row)) {
            totals[of_lineage[row->lineage]] += row->count;
            all += row->count;
        } else {
            table->outside_weeks++;
        }
    }
    table->least = request->least > 0 ? (double)request->least : fmax(20, ceil(0.005 * all));
    status = vg_growth_merge(parents, totals, names.count, table->least, arena, merged, error);
    size_t n = 0;
    for (size_t i = 0; status == VG_OK && i < names.count; i++) {
        index[i] = VG_GROWTH_NONE;
        if (merged[i] == i) {
            index[i] = (uint32_t)n;
            kept[n++] = names.keys[i];
        }
    }
    table->other = VG_GROWTH_NONE;
    for (size_t i = 0; status == VG_OK && i < samples->lineages.count; i++) {
        uint32_t to = merged[of_lineage[i]];
        if (to == VG_GROWTH_NONE && table->other == VG_GROWTH_NONE) {
            table->other = (uint32_t)n;
            kept[n++] = vg_text_from("other");
        }
        category[i] = to == VG_GROWTH_NONE ? table->other : index[to];
        table->n_merged += to != of_lineage[i];
    }
    table->category = category;
    table->names = kept;
    table->counts.n_lineages = n;
    return status;
}

vg_status samples_count(const struct vg_lineages_growth_request *request, const struct samples *samples, const struct vg_pango *pango, struct vg_arena *arena,
                        struct growth_table *table, struct vg_error *error)
{
    *table = (struct growth_table){.places = samples->places.keys};
    vg_status status = fill_weeks(request, samples, arena, table, error);
    if (status == VG_OK) {
        status = categories(request, samples, pango, arena, table, error);
    }
    if (status != VG_OK) {
        return status;
    }
    size_t cells = 0, n = table->counts.n_lineages, weeks = table->counts.n_times;
    table->counts.n_places = samples->places.count;
    double *counts = vg_multiply_size(samples->places.count * weeks, n, &cells) ? VG_ARENA_ARRAY(arena, double, cells) : NULL;
    if (counts == NULL) {
        return vg_fail_memory(error, cells * sizeof *counts);
    }
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_row *row = &samples->rows[i];
        if (counts_row(request, table, row)) {
            counts[(row->place * weeks + week_of(table, row->day)) * n + table->category[row->lineage]] += row->count;
        }
    }
    table->counts.counts = counts;
    return VG_OK;
}

vg_status samples_count_mutation(const struct samples *samples, const struct growth_table *table, size_t watched, struct vg_arena *arena, struct vg_growth_counts *counts,
                                 struct vg_error *error)
{
    *counts = table->counts;
    counts->n_lineages = 2;
    double *cells = VG_ARENA_ARRAY(arena, double, counts->n_places * counts->n_times * 2);
    if (cells == NULL) {
        return vg_fail_memory(error, counts->n_places * counts->n_times);
    }
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_row *row = &samples->rows[i];
        if (within(table, row->day)) {
            cells[(row->place * counts->n_times + week_of(table, row->day)) * 2 + (row->watched >> watched & 1)] += row->count;
        }
    }
    counts->counts = cells;
    return VG_OK;
}

vg_status samples_sources(const struct samples *samples, const struct growth_table *table, size_t watched, struct vg_arena *arena, size_t n_lineages, size_t **sources,
                          size_t *n_sources, struct vg_error *error)
{
    size_t laboratories = samples->laboratories.count;
    uint8_t *seen = VG_ARENA_ARRAY(arena, uint8_t, laboratories * (n_lineages + 1) + 1);
    *sources = VG_ARENA_ARRAY(arena, size_t, n_lineages);
    *n_sources = 0;
    if (seen == NULL || *sources == NULL) {
        return vg_fail_memory(error, laboratories * n_lineages);
    }
    int32_t last = table->counts.days[table->counts.n_times - 1];
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_row *row = &samples->rows[i];
        if (row->laboratory == VG_DICTIONARY_NONE || row->day <= last - RECENT_DAYS || !within(table, row->day)) {
            continue;
        }
        size_t lineage = watched == SIZE_MAX ? table->category[row->lineage] : row->watched >> watched & 1;
        uint8_t *own = &seen[row->laboratory * (n_lineages + 1)];
        (*sources)[lineage] += own[lineage] == 0;
        *n_sources += own[n_lineages] == 0;
        own[lineage] = own[n_lineages] = 1;
    }
    return VG_OK;
}
