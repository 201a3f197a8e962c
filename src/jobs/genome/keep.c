/*
 * A node's genomes, asked whether they may leave it.
 */
#include "jobs/genome/genome.h"

#include "jobs/jobs_internal.h"
#include "trace/genome/tree/tree.h"

#include <string.h>

struct keeping {
    const struct vg_genomes_request *request;
    const struct vg_genome_set *set;
    struct vg_genomes_summary *summary;
    struct vg_table *table;
    struct vg_arena scratch;
    struct vg_buffer out;
};

static bool is_allowed(const struct keeping *keeping, const struct vg_kept_genome *genome, char reason[256])
{
    reason[0] = '\0';
    return vg_genome_terms_allow(&genome->terms, keeping->request->use, keeping->request->agreement, keeping->request->today, reason);
}

static vg_status unpack(struct keeping *keeping, const struct vg_kept_genome *kept, struct vg_genome *genome, struct vg_error *error)
{
    vg_arena_reset(&keeping->scratch);
    *genome = (struct vg_genome){.name = vg_text_from(kept->name)};
    return vg_genome_unpack(kept->packed, keeping->set->reference.length, &keeping->scratch, genome)
               ? VG_OK
               : vg_fail(error, VG_SYSTEM_ERROR, "the genome %.100s of the node is damaged; restore a backup with vigia restore", kept->name);
}

static vg_status list_one(void *context, const struct vg_kept_genome *kept, struct vg_error *error)
{
    struct keeping *keeping = context;
    struct vg_genome genome;
    char reason[256];
    uint32_t counts[3] = {0, 0, 0}; /* substitutions, deleted, missing */
    vg_status status = unpack(keeping, kept, &genome, error);
    if (status != VG_OK) {
        return status;
    }
    for (uint32_t i = 0; i < genome.n_differences; i++) {
        const struct vg_genome_difference *d = &genome.differences[i];
        counts[0] += vg_base_is_certain(d->base);
        counts[1] += d->base == VG_BASE_DELETED ? d->length : 0;
        counts[2] += d->base == VG_BASE_ANY ? d->length : 0;
    }
    bool allowed = is_allowed(keeping, kept, reason);
    keeping->summary->n_genomes++;
    keeping->summary->n_allowed += allowed;
    if (!allowed && keeping->summary->reason[0] == '\0') {
        (void)snprintf(keeping->summary->first_refused, sizeof keeping->summary->first_refused, "%s", kept->name);
        memcpy(keeping->summary->reason, reason, sizeof reason);
    }
    struct vg_table *table = keeping->table;
    vg_table_text(table, kept->name);
    vg_table_date(table, kept->date);
    vg_table_text(table, kept->place);
    vg_table_text(table, kept->lineage);
    vg_table_text(table, kept->quality);
    vg_table_double(table, kept->score);
    vg_table_integer(table, counts[0]);
    vg_table_integer(table, counts[1]);
    vg_table_integer(table, genome.n_insertions);
    vg_table_integer(table, counts[2]);
    vg_table_text(table, kept->terms.provider);
    vg_table_text(table, kept->terms.licence);
    vg_table_text(table, kept->terms.agreement);
    vg_table_date(table, kept->terms.embargo);
    vg_table_text(table, kept->source);
    vg_table_text(table, allowed ? "yes" : "no");
    vg_table_text(table, allowed ? NULL : reason);
    return table->failed ? vg_fail_memory(error, 0) : VG_OK;
}

static vg_status put_one(void *context, const struct vg_kept_genome *kept, struct vg_error *error)
{
    struct keeping *keeping = context;
    struct vg_genome genome;
    char reason[256];
    if (!is_allowed(keeping, kept, reason)) {
        return VG_OK;
    }
    vg_status status = unpack(keeping, kept, &genome, error);
    if (status == VG_OK && keeping->request->maple.put != NULL) {
        vg_buffer_clear(&keeping->out);
        vg_maple_put(&genome, &keeping->out);
        status = keeping->out.failed ? vg_fail_memory(error, 0) : keeping->request->maple.put(keeping->request->maple.context, keeping->out.data, keeping->out.size, error);
    }
    if (status == VG_OK && keeping->request->aligned.put != NULL) {
        uint32_t length = keeping->set->reference.length;
        vg_buffer_clear(&keeping->out);
        vg_buffer_format(&keeping->out, ">%s\n", kept->name);
        if (vg_buffer_reserve(&keeping->out, (size_t)length + 1)) {
            vg_genome_letters(&keeping->set->reference, &genome, keeping->out.data + keeping->out.size);
            keeping->out.size += length;
            vg_buffer_char(&keeping->out, '\n');
        }
        status = keeping->out.failed ? vg_fail_memory(error, 0) : keeping->request->aligned.put(keeping->request->aligned.context, keeping->out.data, keeping->out.size, error);
    }
    return status;
}

static void add_columns(struct vg_table *table)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"name", VG_COLUMN_TEXT},          {"date", VG_COLUMN_DATE},         {"place", VG_COLUMN_TEXT},        {"lineage", VG_COLUMN_TEXT},    {"quality", VG_COLUMN_TEXT},
        {"score", VG_COLUMN_DOUBLE},       {"substitutions", VG_COLUMN_INTEGER}, {"deleted", VG_COLUMN_INTEGER}, {"insertions", VG_COLUMN_INTEGER},
        {"missing", VG_COLUMN_INTEGER},    {"provider", VG_COLUMN_TEXT},     {"licence", VG_COLUMN_TEXT},      {"agreement", VG_COLUMN_TEXT},  {"embargo", VG_COLUMN_DATE},
        {"source", VG_COLUMN_TEXT},        {"allowed", VG_COLUMN_TEXT},      {"reason", VG_COLUMN_TEXT},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

vg_status vg_job_genomes(struct vg_store *store, const struct vg_genomes_request *request, struct vg_arena *arena, struct vg_answer *answer,
                         struct vg_genomes_summary *summary, struct vg_error *error)
{
    struct vg_genome_set set;
    struct keeping keeping = {.request = request, .set = &set, .summary = summary, .table = &answer->table};
    *summary = (struct vg_genomes_summary){.n_genomes = 0};
    vg_arena_init(&keeping.scratch, 0);
    vg_buffer_init(&keeping.out, 0);
    vg_table_init(&answer->table, arena);
    add_columns(&answer->table);
    vg_status status = vg_genomes_set_find(store, request->set, arena, &set, error);
    if (status == VG_OK) {
        status = vg_genomes_each(store, set.id, list_one, &keeping, error);
    }
    bool wanted = request->maple.put != NULL || request->aligned.put != NULL;
    if (status == VG_OK && wanted && !request->allowed_only && summary->n_allowed < summary->n_genomes) {
        status = vg_fail(error, VG_DATA_ERROR, "nothing was written: the terms of %llu of %llu genomes forbid it. The first is %s: %s. --allowed-only leaves such ones out",
                         (unsigned long long)(summary->n_genomes - summary->n_allowed), (unsigned long long)summary->n_genomes, summary->first_refused, summary->reason);
    }
    if (status == VG_OK && request->maple.put != NULL) {
        vg_maple_put_reference(&set.reference, &keeping.out);
        status = keeping.out.failed ? vg_fail_memory(error, 0) : request->maple.put(request->maple.context, keeping.out.data, keeping.out.size, error);
    }
    if (status == VG_OK && wanted) {
        status = vg_genomes_each(store, set.id, put_one, &keeping, error);
    }
    vg_arena_release(&keeping.scratch);
    vg_buffer_release(&keeping.out);
    return status;
}
