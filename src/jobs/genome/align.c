/*
 * Batches of sequences: read by one thread, aligned and written into rows by all, and put out in order.
 */
#include "jobs/genome/internal.h"

#include "intake/genome/genome.h"
#include "jobs/genome/metadata.h"
#include "store/genomes/genomes.h"
#include "jobs/place/place.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES ((size_t)8 << 20)  /* for each thread: placing takes 256 genomes at a time */
#define BATCH_BYTES_MOST ((size_t)64 << 20)

struct worker {
    struct vg_align_room *align;
    struct vg_proteins_room *proteins;
    struct vg_arena arena; /* of the batch */
    char *letters;
    size_t capacity;
    struct vg_buffer row_line; /* of the reference's length */
};

struct item {
    const struct vg_fasta_record *record;
    enum genome_status given;      /* what is known before it is looked at */
    uint64_t first_line;
    struct vg_buffer row, maple, aligned, packed;
    struct genome_facts facts;     /* in the arena of the worker that looked at it, until the next batch */
    struct vg_arena *arena;
    bool ok, failed;
};

/* Names seen, with where each was. */
struct seen {
    struct vg_dictionary names;
    struct seen_name {
        uint64_t line;
        uint32_t file;
    } *places; /* [names.count] */
    size_t capacity;
};

struct run {
    const struct vg_align_request *request;
    struct vg_align_summary *summary;
    struct vg_arena *arena;
    struct vg_error *error;
    struct vg_aligner *aligner;
    struct vg_proteins *proteins;
    struct row_writer writer;
    struct vg_pool *pool;
    struct worker *workers;
    unsigned n_workers;
    struct item *items;
    size_t n_items;
    struct seen seen;
    uint32_t file;
    bool any_row, keeping;
    struct vg_opened_tree tree;
    struct vg_place_index *place;
    const struct vg_tree_column *clades;
    struct vg_genome *genomes;     /* [n_items] those of a batch that are placed, and where */
    struct vg_placement *placements;
    size_t *placed;
    int64_t set_id;
    const char *path;
    struct metadata_table metadata;
};

void vg_align_request_init(struct vg_align_request *request)
{
    *request = (struct vg_align_request){.today = VG_DATE_NONE};
}

/* -------------------------------------------------------------------- names */

/* The one of this name that was there before, or NULL; else it is there now. */
static const struct seen_name *see(struct run *run, const struct vg_fasta_record *record)
{
    struct seen *seen = &run->seen;
    size_t before = seen->names.count;
    struct seen_name *places = vg_arena_room(run->arena, seen->places, before, &seen->capacity, sizeof *places);
    if (places == NULL) {
        return NULL;
    }
    seen->places = places;
    uint32_t at = vg_dictionary_add(&seen->names, record->name);
    if (at == VG_DICTIONARY_NONE || at < before) {
        return at == VG_DICTIONARY_NONE ? NULL : &places[at];
    }
    places[at] = (struct seen_name){record->line, run->file};
    return NULL;
}

static void set_item(struct run *run, struct item *item, const struct vg_fasta_record *record)
{
    item->record = record;
    item->given = record->name.size == 0 ? GENOME_NO_NAME : record->too_long ? GENOME_TOO_LONG : GENOME_ALIGNED;
    item->first_line = 0;
    const struct seen_name *before = record->name.size == 0 ? NULL : see(run, record);
    if (before != NULL) {
        item->given = GENOME_DUPLICATE_NAME;
        item->first_line = before->file == run->file ? before->line : 0;
    }
}

/* --------------------------------------------------------------------- work */

static void name_codons(const struct run *run, const struct vg_protein_place *places, uint32_t n, struct vg_codon_range *out)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (struct vg_codon_range){run->summary->set.annotation.coding[places[i].coding].name, places[i].begin, places[i].end};
    }
}

static bool judge(const struct run *run, struct vg_arena *arena, struct genome_facts *facts)
{
    const struct vg_protein_report *proteins = &facts->proteins;
    struct vg_codon_range *ranges = VG_ARENA_ARRAY(arena, struct vg_codon_range, (size_t)proteins->n_frame_shifts + proteins->n_stop_codons + 1);
    if (ranges == NULL) {
        return false;
    }
    name_codons(run, proteins->frame_shifts, proteins->n_frame_shifts, ranges);
    name_codons(run, proteins->stop_codons, proteins->n_stop_codons, ranges + proteins->n_frame_shifts);
    facts->judged.missing = facts->alignment.missing;
    facts->judged.ambiguous = facts->alignment.ambiguous;
    facts->judged.frame_shifts = ranges;
    facts->judged.n_frame_shifts = proteins->n_frame_shifts;
    facts->judged.stop_codons = ranges + proteins->n_frame_shifts;
    facts->judged.n_stop_codons = proteins->n_stop_codons;
    vg_quality_judge(&run->summary->set.quality, &facts->judged, &facts->quality);
    return true;
}

static bool make_letters(struct worker *worker, const struct vg_fasta_record *record, struct genome_facts *facts)
{
    size_t needed = record->body.size + 64, length = 0;
    if (needed > worker->capacity) {
        free(worker->letters);
        worker->letters = malloc(needed + needed / 2);
        worker->capacity = worker->letters == NULL ? 0 : needed + needed / 2;
    }
    if (worker->letters == NULL) {
        facts->alignment.status = VG_ALIGN_MEMORY;
        return false;
    }
    if (!vg_fasta_letters(record, worker->letters, &length, &facts->fault)) {
        facts->status = GENOME_BAD_LETTER;
    }
    facts->length = length;
    return facts->status == GENOME_ALIGNED;
}

static void look_at(const struct run *run, struct worker *worker, const struct vg_fasta_record *record, struct genome_facts *facts)
{
    if (!make_letters(worker, record, facts)) {
        return;
    }
    if (vg_align(run->aligner, worker->align, worker->letters, facts->length, &worker->arena, &facts->alignment) != VG_ALIGN_OK) {
        return;
    }
    facts->alignment.genome.name = facts->name;
    if (run->proteins != NULL && !vg_proteins_report(run->proteins, worker->proteins, &facts->alignment.genome, &worker->arena, &facts->proteins)) {
        facts->alignment = (struct vg_alignment){.status = VG_ALIGN_MEMORY};
    }
}

static void put_aligned(const struct run *run, const struct genome_facts *facts, struct vg_buffer *out)
{
    const struct vg_genome_reference *reference = &run->summary->set.reference;
    vg_buffer_char(out, '>');
    vg_buffer_append(out, facts->name.data, facts->name.size);
    vg_buffer_char(out, '\n');
    if (vg_buffer_reserve(out, (size_t)reference->length + 1)) {
        vg_genome_letters(reference, &facts->alignment.genome, out->data + out->size);
        out->size += reference->length;
        vg_buffer_char(out, '\n');
    }
}

/* Of one item: aligned, its proteins looked at. */
static void align_item(void *context, size_t index, unsigned w)
{
    struct run *run = context;
    struct item *item = &run->items[index];
    struct worker *worker = &run->workers[w];
    item->arena = &worker->arena;
    item->facts = (struct genome_facts){.name = item->record->name, .status = item->given, .line = item->record->line, .first_line = item->first_line};
    if (item->given == GENOME_ALIGNED) {
        look_at(run, worker, item->record, &item->facts);
    }
    item->ok = item->facts.status == GENOME_ALIGNED && item->facts.alignment.status == VG_ALIGN_OK;
}

/* Then, where it was placed, or not, judged and written. */
static void write_item(void *context, size_t index, unsigned w)
{
    struct run *run = context;
    struct item *item = &run->items[index];
    struct genome_facts *facts = &item->facts;
    vg_buffer_clear(&item->row);
    vg_buffer_clear(&item->maple);
    vg_buffer_clear(&item->aligned);
    vg_buffer_clear(&item->packed);
    item->failed = item->ok && !judge(run, &run->workers[w].arena, facts);
    if (run->request->table.put != NULL) {
        row_put(&run->writer, facts, &item->row);
    }
    if (item->ok && run->request->maple.put != NULL) {
        vg_maple_put(&facts->alignment.genome, &item->maple);
    }
    if (item->ok && run->request->aligned.put != NULL) {
        put_aligned(run, facts, &item->aligned);
    }
    if (item->ok && run->request->store != NULL) {
        vg_genome_pack(&facts->alignment.genome, &item->packed);
    }
    item->failed = item->failed || item->row.failed || item->maple.failed || item->aligned.failed || item->packed.failed;
}

/* ---------------------------------------------------------------------- tree */

/* What a genome has that its place on the tree lacks, as quality control asks for it. */
static vg_status take_placement(const struct run *run, struct item *item, const struct vg_placement *placement)
{
    const struct vg_genome_reference *reference = &run->summary->set.reference;
    struct vg_arena *arena = &run->workers[0].arena; /* the workers rest */
    uint32_t *mutations;
    size_t n;
    vg_status status = vg_place_private(run->place, &item->facts.alignment.genome, placement->node, arena, &mutations, &n, run->error);
    struct vg_private_change *changes = status == VG_OK ? VG_ARENA_ARRAY(arena, struct vg_private_change, n + 1) : NULL;
    if (changes == NULL) {
        return status == VG_OK ? vg_fail_memory(run->error, n * sizeof *changes) : status;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t site = vg_mutation_site(mutations[i]);
        uint8_t base = (uint8_t)(1U << vg_mutation_to(mutations[i]));
        changes[i] = (struct vg_private_change){site, base, base == vg_base_set_of_letter(reference->letters[site])};
    }
    item->facts.judged.private_changes = changes;
    item->facts.judged.n_private = (uint32_t)n;
    item->facts.judged.placed = true;
    item->facts.placed = true;
    item->facts.placement = *placement;
    item->facts.node = vg_tree_name(run->tree.tree, placement->node);
    if (item->facts.node.size == 0) {
        struct vg_buffer name;
        vg_buffer_init(&name, 0);
        vg_tree_put_name(run->tree.tree, placement->node, &name);
        item->facts.node = vg_text_from(vg_arena_copy_bytes(arena, name.data, name.size));
        vg_buffer_release(&name);
    }
    if (run->clades != NULL && placement->certain != VG_TREE_NONE && run->clades->codes[placement->certain] != VG_TREE_NONE) {
        item->facts.clade = run->clades->values[run->clades->codes[placement->certain]];
    }
    return VG_OK;
}

static vg_status place_batch(struct run *run, size_t n)
{
    size_t n_placed = 0;
    for (size_t i = 0; i < n; i++) {
        run->items[i].facts.too_different = run->items[i].ok && run->items[i].facts.alignment.genome.n_differences > VG_PLACE_DIFFERENCES_MAX;
        if (run->items[i].ok && !run->items[i].facts.too_different) {
            run->placed[n_placed] = i;
            run->genomes[n_placed++] = run->items[i].facts.alignment.genome;
        }
    }
    vg_status status = vg_place(run->place, run->genomes, n_placed, VG_PLACE_BEST, run->pool, NULL, run->placements, NULL, run->error);
    for (size_t k = 0; status == VG_OK && k < n_placed; k++) {
        status = take_placement(run, &run->items[run->placed[k]], &run->placements[k]);
    }
    return status;
}

/* The tree, which must be told against the data set's reference. */
static vg_status open_tree(struct run *run)
{
    const char *path = run->request->no_tree ? NULL : run->request->tree != NULL ? run->request->tree : run->summary->set.tree_path;
    if (path == NULL) {
        return VG_OK;
    }
    vg_status status = vg_job_open_tree(path, NULL, &run->tree, run->error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_tree *tree = run->tree.tree;
    const struct vg_genome_reference *reference = &run->summary->set.reference;
    for (uint32_t i = 0; i < tree->length && i < reference->length; i++) {
        if (tree->reference[i] != 'N' && reference->letters[i] != 'N' && tree->reference[i] != reference->letters[i]) {
            return vg_fail(run->error, VG_DATA_ERROR, "%s is told against another reference: at site %u it has %c, the reference %c. --no-tree does without", path, i + 1, tree->reference[i], reference->letters[i]);
        }
    }
    run->clades = vg_job_clade_column(tree);
    return vg_place_index_new(tree, NULL, 0, &run->place, run->error);
}

/* ------------------------------------------------------------------- output */

static vg_status put(const struct vg_align_sink *sink, const struct vg_buffer *bytes, struct vg_error *error)
{
    return sink->put == NULL || bytes->size == 0 ? VG_OK : sink->put(sink->context, bytes->data, bytes->size, error);
}

static vg_status keep(struct run *run, const struct item *item)
{
    struct vg_arena *arena = &run->workers[0].arena; /* the workers rest */
    const struct genome_metadata *told = metadata_find(&run->metadata, item->record->name);
    bool replaced = false;
    struct vg_kept_genome genome = {.name = vg_arena_copy_bytes(arena, item->record->name.data, item->record->name.size), .source = run->path, .date = VG_DATE_NONE,
                                    .added = run->request->today, .quality = vg_quality_grade_name(item->facts.quality.grade), .score = item->facts.quality.score, .terms = {.embargo = VG_DATE_NONE},
                                    .packed = vg_text_of(item->packed.data, item->packed.size)};
    genome.lineage = item->facts.clade.size == 0 ? NULL : vg_arena_copy_bytes(arena, item->facts.clade.data, item->facts.clade.size);
    if (genome.name == NULL) {
        return vg_fail_memory(run->error, item->record->name.size);
    }
    if (told != NULL) {
        genome.date = told->date;
        genome.place = told->place;
        genome.lineage = told->lineage != NULL ? told->lineage : genome.lineage;
        genome.terms = told->terms;
    }
    vg_status status = vg_genomes_put(run->request->store, run->set_id, &genome, &replaced, run->error);
    run->summary->n_kept++;
    run->summary->n_replaced += replaced;
    run->summary->n_described += told != NULL;
    return status;
}

static vg_status put_item(struct run *run, struct item *item)
{
    struct vg_align_summary *summary = run->summary;
    if (item->failed) {
        return vg_fail_memory(run->error, 0);
    }
    summary->n_genomes++;
    summary->n_ok += item->ok;
    summary->n_duplicates += item->given == GENOME_DUPLICATE_NAME;
    summary->n_good += item->ok && item->facts.quality.grade == VG_QUALITY_GOOD;
    summary->n_mediocre += item->ok && item->facts.quality.grade == VG_QUALITY_MEDIOCRE;
    summary->n_bad += item->ok && item->facts.quality.grade == VG_QUALITY_BAD;
    summary->letters += item->facts.length;
    summary->bytes += item->record->body.size;
    vg_status status = VG_OK;
    if (run->any_row && run->writer.format == VG_ALIGN_JSON && run->request->table.put != NULL) {
        status = run->request->table.put(run->request->table.context, ",", 1, run->error);
    }
    run->any_row = true;
    status = status == VG_OK ? put(&run->request->table, &item->row, run->error) : status;
    status = status == VG_OK ? put(&run->request->maple, &item->maple, run->error) : status;
    status = status == VG_OK ? put(&run->request->aligned, &item->aligned, run->error) : status;
    return status == VG_OK && run->keeping && item->ok ? keep(run, item) : status;
}

static vg_status put_edge(struct run *run, bool begin)
{
    struct vg_buffer table, maple;
    vg_buffer_init(&table, 0);
    vg_buffer_init(&maple, 0);
    if (begin) {
        row_heading(&run->writer, &table);
        vg_maple_put_reference(&run->summary->set.reference, &maple);
    } else {
        row_end(&run->writer, &table);
    }
    vg_status status = table.failed || maple.failed ? vg_fail_memory(run->error, 0) : put(&run->request->table, &table, run->error);
    status = status == VG_OK ? put(&run->request->maple, &maple, run->error) : status;
    vg_buffer_release(&table);
    vg_buffer_release(&maple);
    return status;
}

/* -------------------------------------------------------------------- whole */

static vg_status need_items(struct run *run, size_t n)
{
    if (n > run->n_items) {
        struct item *items = realloc(run->items, n * sizeof *items);
        if (items == NULL) {
            return vg_fail_memory(run->error, n * sizeof *items);
        }
        run->items = items;
        struct vg_genome *genomes = realloc(run->genomes, n * sizeof *genomes);
        run->genomes = genomes != NULL ? genomes : run->genomes;
        struct vg_placement *placements = realloc(run->placements, n * sizeof *placements);
        run->placements = placements != NULL ? placements : run->placements;
        size_t *placed = realloc(run->placed, n * sizeof *placed);
        run->placed = placed != NULL ? placed : run->placed;
        if (genomes == NULL || placements == NULL || placed == NULL) {
            return vg_fail_memory(run->error, n * sizeof *placements);
        }
        for (size_t i = run->n_items; i < n; i++) {
            items[i] = (struct item){.record = NULL};
            vg_buffer_init(&items[i].row, 0);
            vg_buffer_init(&items[i].maple, 0);
            vg_buffer_init(&items[i].aligned, 0);
            vg_buffer_init(&items[i].packed, 0);
        }
        run->n_items = n;
    }
    return VG_OK;
}

static vg_status align_file(struct run *run, const char *path, const struct vg_progress *progress)
{
    struct vg_fasta *fasta = NULL;
    struct vg_fasta_batch batch;
    size_t bytes = BATCH_BYTES * run->n_workers > BATCH_BYTES_MOST ? BATCH_BYTES_MOST : BATCH_BYTES * run->n_workers;
    vg_status status = vg_fasta_open(path, run->request->whole_names, &fasta, run->error);
    while (status == VG_OK) {
        status = vg_fasta_next(fasta, bytes, 0, &batch, run->error);
        if (status != VG_OK || batch.n_records == 0) {
            break;
        }
        status = need_items(run, batch.n_records);
        for (size_t i = 0; status == VG_OK && i < batch.n_records; i++) {
            set_item(run, &run->items[i], &batch.records[i]);
        }
        for (unsigned w = 0; w < run->n_workers; w++) {
            vg_arena_reset(&run->workers[w].arena);
        }
        if (status == VG_OK) {
            vg_parallel_for(run->pool, batch.n_records, align_item, run);
            status = run->place == NULL ? VG_OK : place_batch(run, batch.n_records);
        }
        if (status == VG_OK) {
            vg_parallel_for(run->pool, batch.n_records, write_item, run);
        }
        for (size_t i = 0; status == VG_OK && i < batch.n_records; i++) {
            status = put_item(run, &run->items[i]);
        }
        if (status == VG_OK && !vg_progress_report(progress, "aligned", vg_fasta_progress(fasta))) {
            status = vg_fail(run->error, VG_CANCELLED, "stopped after %llu genomes", (unsigned long long)run->summary->n_genomes);
        }
    }
    vg_fasta_close(fasta);
    return status;
}

static vg_status read_set(const struct vg_align_request *request, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error)
{
    vg_status status;
    if ((request->data_set == NULL) == (request->reference == NULL)) {
        return vg_fail(error, VG_USAGE_ERROR, "a data set or a reference is needed, and one of the two: --dataset FOLDER, or --reference FILE");
    }
    if (request->data_set != NULL) {
        status = vg_data_set_read(request->data_set, arena, set, error);
    } else {
        *set = (struct vg_genome_data_set){.name = vg_text_from(request->reference)};
        vg_align_parameters_init(&set->align);
        vg_quality_parameters_init(&set->quality);
        status = vg_reference_read(request->reference, arena, &set->reference, error);
    }
    if (status == VG_OK && request->annotation != NULL) {
        status = vg_annotation_read(request->annotation, &set->reference, arena, &set->annotation, error);
    }
    return status;
}

/* The set's coding sequences, where they are told now. */
static vg_status keep_annotation(struct run *run)
{
    const struct vg_genome_data_set *set = &run->summary->set;
    struct vg_buffer gff;
    if (set->annotation.n_coding == 0) {
        return VG_OK;
    }
    vg_buffer_init(&gff, 0);
    vg_annotation_put(&set->annotation, &set->reference, &gff);
    vg_status status = gff.failed ? vg_fail_memory(run->error, gff.size) : vg_genomes_annotate(run->request->store, run->set_id, gff.data, run->error);
    vg_buffer_release(&gff);
    return status;
}

static vg_status start_keeping(struct run *run)
{
    const struct vg_align_request *request = run->request;
    vg_status status = VG_OK;
    if (request->metadata != NULL) {
        status = metadata_read(request->metadata, request->date_order, run->arena, &run->metadata, run->error);
        run->summary->dates = run->metadata.dates;
    }
    if (status == VG_OK && request->store != NULL) {
        run->summary->kept_set = request->set != NULL ? request->set : genome_set_name(run->arena, run->summary->set.reference.name);
        status = run->summary->kept_set == NULL
                     ? vg_fail_memory(run->error, 0)
                     : vg_genomes_begin(request->store, run->summary->kept_set, &run->summary->set.reference, &run->set_id, run->error);
        run->keeping = status == VG_OK;
        status = status == VG_OK ? keep_annotation(run) : status;
    }
    return status;
}

static vg_status start_workers(struct run *run)
{
    run->n_workers = vg_pool_threads(run->pool);
    run->workers = calloc(run->n_workers, sizeof *run->workers);
    for (unsigned w = 0; run->workers != NULL && w < run->n_workers; w++) {
        struct worker *worker = &run->workers[w];
        vg_arena_init(&worker->arena, 0);
        worker->align = vg_align_room_new(run->aligner);
        worker->proteins = run->proteins == NULL ? NULL : vg_proteins_room_new(run->proteins);
        if (worker->align == NULL || (run->proteins != NULL && worker->proteins == NULL)) {
            return vg_fail_memory(run->error, 0);
        }
    }
    return run->workers == NULL ? vg_fail_memory(run->error, run->n_workers * sizeof *run->workers) : VG_OK;
}

static void release(struct run *run)
{
    for (unsigned w = 0; run->workers != NULL && w < run->n_workers; w++) {
        vg_align_room_free(run->workers[w].align);
        vg_proteins_room_free(run->workers[w].proteins);
        vg_arena_release(&run->workers[w].arena);
        free(run->workers[w].letters);
    }
    for (size_t i = 0; i < run->n_items; i++) {
        vg_buffer_release(&run->items[i].row);
        vg_buffer_release(&run->items[i].maple);
        vg_buffer_release(&run->items[i].aligned);
        vg_buffer_release(&run->items[i].packed);
    }
    vg_place_index_free(run->place);
    vg_job_close_tree(&run->tree);
    free(run->genomes);
    free(run->placements);
    free(run->placed);
    free(run->workers);
    free(run->items);
    vg_pool_free(run->pool);
}

vg_status vg_job_align(const struct vg_align_request *request, const struct vg_progress *progress, struct vg_arena *arena, struct vg_align_summary *summary,
                       struct vg_error *error)
{
    struct run run = {.request = request, .summary = summary, .arena = arena, .error = error};
    vg_dictionary_init(&run.seen.names, arena);
    *summary = (struct vg_align_summary){.n_genomes = 0};
    vg_status status = read_set(request, arena, &summary->set, error);
    if (status == VG_OK) {
        status = vg_aligner_new(&summary->set.reference, &summary->set.annotation, &summary->set.align, arena, &run.aligner, error);
    }
    if (status == VG_OK) {
        summary->set.reference = *vg_aligner_reference(run.aligner);
        run.writer = (struct row_writer){request->format, &summary->set, summary->set.annotation.n_coding > 0};
    }
    if (status == VG_OK && summary->set.annotation.n_coding > 0) {
        status = vg_proteins_new(&summary->set.reference, &summary->set.annotation, arena, &run.proteins, error);
    }
    if (status == VG_OK) {
        run.pool = request->threads == 1 ? NULL : vg_pool_new(request->threads);
        status = start_workers(&run);
    }
    status = status == VG_OK ? open_tree(&run) : status;
    status = status == VG_OK ? start_keeping(&run) : status;
    status = status == VG_OK ? put_edge(&run, true) : status;
    for (size_t i = 0; status == VG_OK && i < request->n_paths; i++) {
        run.file = (uint32_t)i;
        run.path = request->paths[i];
        status = align_file(&run, request->paths[i], progress);
    }
    status = status == VG_OK ? put_edge(&run, false) : status;
    if (run.keeping) {
        status = vg_genomes_end(request->store, status, error);
    }
    release(&run);
    return status;
}
