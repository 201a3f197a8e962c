/*
 * One genome as a row of CSV, TSV or JSON. Written as it is found, without a table in memory.
 */
#include "jobs/genome/internal.h"

#include <math.h>
#include <string.h>

static const char *const columns[] = {
    "name", "status", "reason", "length", "begin", "end", "coverage", "reversed", "substitutions", "deletions", "insertions", "missing", "ambiguous", "frame_shifts",
    "aa_substitutions", "aa_deletions", "aa_insertions", "stop_codons", "n_substitutions", "n_deleted", "n_inserted", "n_missing", "n_ambiguous", "n_aa_substitutions",
    "n_aa_deletions", "n_aa_insertions", "n_frame_shifts", "n_stop_codons", "cut_left", "cut_right", "not_placed", "clade", "node", "mutations_off", "ties", "quality", "score", "score_missing", "score_mixed",
    "score_private", "score_clusters", "score_frame_shifts", "score_stop_codons", "remarks",
};
#define N_COLUMNS (sizeof columns / sizeof *columns)

bool vg_align_format_from_name(const char *name, enum vg_align_format *format)
{
    static const char *const names[] = {"csv", "tsv", "json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum vg_align_format)i;
            return true;
        }
    }
    return false;
}

/* Cells of one row; n counts them, so that a row cannot have more or fewer than the heading. */
struct row {
    const struct row_writer *writer;
    struct vg_buffer *out;
    size_t n, cell_start;
    bool quoted;
};

static void cell(struct row *row, bool text)
{
    bool json = row->writer->format == VG_ALIGN_JSON;
    if (row->n++ > 0) {
        vg_buffer_char(row->out, row->writer->format == VG_ALIGN_TSV ? '\t' : ',');
    }
    row->quoted = json && text;
    if (row->quoted) {
        vg_buffer_char(row->out, '"');
    }
    row->cell_start = row->out->size;
}

/* Lists have commas and nothing else that CSV would mistake. */
static void end_list(struct row *row)
{
    struct vg_buffer *out = row->out;
    size_t size = out->size - row->cell_start;
    if (row->quoted) {
        vg_buffer_char(out, '"');
    } else if (row->writer->format == VG_ALIGN_CSV && size > 0 && memchr(out->data + row->cell_start, ',', size) != NULL && vg_buffer_reserve(out, 2)) {
        memmove(out->data + row->cell_start + 1, out->data + row->cell_start, size);
        out->data[row->cell_start] = '"';
        out->size++;
        vg_buffer_char(out, '"');
    }
}

static void text_cell(struct row *row, struct vg_text text)
{
    cell(row, false);
    struct vg_buffer *out = row->out;
    if (row->writer->format == VG_ALIGN_JSON) {
        vg_buffer_json_string(out, text.size == 0 ? "" : text.data, text.size);
    } else if (row->writer->format == VG_ALIGN_TSV) {
        for (size_t i = 0; i < text.size; i++) {
            vg_buffer_char(out, text.data[i] == '\t' || text.data[i] == '\n' || text.data[i] == '\r' ? ' ' : text.data[i]);
        }
    } else {
        bool quote = false;
        for (size_t i = 0; i < text.size; i++) {
            quote = quote || strchr(",\"\r\n", text.data[i]) != NULL;
        }
        if (quote) {
            vg_buffer_char(out, '"');
        }
        for (size_t i = 0; i < text.size; i++) {
            if (text.data[i] == '"') {
                vg_buffer_char(out, '"');
            }
            vg_buffer_char(out, text.data[i]);
        }
        if (quote) {
            vg_buffer_char(out, '"');
        }
    }
}

static void empty_cell(struct row *row)
{
    cell(row, false);
    if (row->writer->format == VG_ALIGN_JSON) {
        vg_buffer_text(row->out, "null");
    }
}

static void integer_cell(struct row *row, int64_t value)
{
    cell(row, false);
    vg_buffer_integer(row->out, value);
}

static void double_cell(struct row *row, double value, double digits)
{
    if (isnan(value)) {
        empty_cell(row);
        return;
    }
    cell(row, false);
    vg_buffer_double(row->out, round(value * digits) / digits);
}

static void part(struct row *row)
{
    if (row->out->size > row->cell_start) {
        vg_buffer_char(row->out, ',');
    }
}

/* ----------------------------------------------------------------- changes */

static void substitutions_cell(struct row *row, const struct vg_genome *genome)
{
    cell(row, true);
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *d = &genome->differences[i];
        if (vg_base_is_certain(d->base)) {
            part(row);
            vg_buffer_char(row->out, row->writer->set->reference.letters[d->position]);
            vg_buffer_integer(row->out, (int64_t)d->position + 1);
            vg_buffer_char(row->out, vg_letter_of_base_set(d->base));
        }
    }
    end_list(row);
}

static void runs_cell(struct row *row, const struct vg_genome *genome, uint8_t base)
{
    cell(row, true);
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        if (genome->differences[i].base == base) {
            part(row);
            vg_genome_put_sites(genome->differences[i].position, genome->differences[i].length, row->out);
        }
    }
    end_list(row);
}

static void insertions_cell(struct row *row, const struct vg_genome *genome)
{
    cell(row, true);
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        part(row);
        vg_buffer_integer(row->out, genome->insertions[i].position); /* behind this site, counted from 1 */
        vg_buffer_char(row->out, ':');
        vg_buffer_append(row->out, genome->insertions[i].letters, genome->insertions[i].length);
    }
    end_list(row);
}

static void ambiguous_cell(struct row *row, const struct vg_genome *genome)
{
    cell(row, true);
    for (uint32_t i = 0; i < genome->n_differences; i++) {
        const struct vg_genome_difference *d = &genome->differences[i];
        if (!vg_base_is_certain(d->base) && d->base < VG_BASE_ANY) {
            part(row);
            vg_buffer_char(row->out, vg_letter_of_base_set(d->base));
            vg_buffer_char(row->out, ':');
            vg_buffer_integer(row->out, (int64_t)d->position + 1);
        }
    }
    end_list(row);
}

static void put_coding(struct row *row, uint32_t coding)
{
    part(row);
    vg_coding_put_name(&row->writer->set->annotation.coding[coding], row->out);
    vg_buffer_char(row->out, ':');
}

static void places_cell(struct row *row, const struct vg_protein_place *places, uint32_t n)
{
    cell(row, true);
    for (uint32_t i = 0; i < n; i++) {
        put_coding(row, places[i].coding);
        vg_buffer_integer(row->out, (int64_t)places[i].begin + 1);
        if (places[i].end > places[i].begin + 1) {
            vg_buffer_char(row->out, '-');
            vg_buffer_integer(row->out, places[i].end);
        }
    }
    end_list(row);
}

static void acids_cell(struct row *row, const struct vg_protein_report *proteins, enum vg_protein_change_kind kind)
{
    cell(row, true);
    for (uint32_t i = 0; i < proteins->n_changes; i++) {
        const struct vg_protein_change *change = &proteins->changes[i];
        if (change->kind != kind) {
            continue;
        }
        put_coding(row, change->coding);
        if (kind == VG_PROTEIN_INSERTION) {
            vg_buffer_integer(row->out, (int64_t)(uint32_t)(change->codon + 1));
            vg_buffer_char(row->out, ':');
            vg_buffer_append(row->out, change->inserted, change->n_inserted);
        } else {
            vg_buffer_char(row->out, change->reference);
            vg_buffer_integer(row->out, (int64_t)change->codon + 1);
            vg_buffer_char(row->out, change->changed);
        }
    }
    end_list(row);
}

/* -------------------------------------------------------------------- words */

static const char *status_name(const struct genome_facts *facts)
{
    switch (facts->status) {
    case GENOME_BAD_LETTER:
        return facts->fault.amino_acids ? "amino_acids" : "bad_letter";
    case GENOME_NO_NAME:
        return "no_name";
    case GENOME_DUPLICATE_NAME:
        return "duplicate_name";
    case GENOME_TOO_LONG:
        return "too_long";
    default:
        return vg_align_status_name(facts->alignment.status);
    }
}

static void why_not_aligned(const struct row_writer *writer, const struct genome_facts *facts, struct vg_buffer *out)
{
    const struct vg_align_parameters *p = &writer->set->align;
    switch (facts->alignment.status) {
    case VG_ALIGN_EMPTY:
        vg_buffer_format(out, "line %llu: no letter of A, C, G or T in it", (unsigned long long)facts->line);
        break;
    case VG_ALIGN_TOO_SHORT:
        vg_buffer_format(out, "line %llu: fewer than %u letters of A, C, G and T", (unsigned long long)facts->line, p->least_length);
        break;
    case VG_ALIGN_TOO_LONG:
        vg_buffer_format(out, "line %llu: %llu letters, more than four times the reference", (unsigned long long)facts->line, (unsigned long long)facts->length);
        break;
    case VG_ALIGN_UNLIKE:
        vg_buffer_format(out, "line %llu: %.0f%% of it is found in the reference%s, and %.0f%% at least should be: another virus, or another data set?",
                         (unsigned long long)facts->line, 100 * facts->alignment.cover, p->reverse_too ? ", either way round" : "", 100 * p->least_cover);
        break;
    default:
        vg_buffer_text(out, "no memory was left for it");
        break;
    }
}

static void why_not(const struct row_writer *writer, const struct genome_facts *facts, struct vg_buffer *out)
{
    switch (facts->status) {
    case GENOME_BAD_LETTER:
        if (facts->fault.amino_acids) {
            vg_buffer_format(out, "line %llu, column %llu: these are amino acids (\"%c\" is no base), and nucleotides were expected", (unsigned long long)facts->fault.line,
                             (unsigned long long)facts->fault.column, facts->fault.found);
            break;
        }
        vg_buffer_format(out, facts->fault.found > 32 && facts->fault.found < 127 ? "line %llu, column %llu: a base or an IUPAC code was expected, found \"%c\""
                                                                                   : "line %llu, column %llu: a base or an IUPAC code was expected, found the byte %u",
                         (unsigned long long)facts->fault.line, (unsigned long long)facts->fault.column, facts->fault.found);
        break;
    case GENOME_NO_NAME:
        vg_buffer_format(out, "line %llu: no name behind the >", (unsigned long long)facts->line);
        break;
    case GENOME_DUPLICATE_NAME:
        vg_buffer_format(out, facts->first_line > 0 ? "line %llu: the name was there before, in line %llu" : "line %llu: the name was there before, in another file",
                         (unsigned long long)facts->line, (unsigned long long)facts->first_line);
        break;
    case GENOME_TOO_LONG:
        vg_buffer_format(out, "line %llu: more than %zu bytes of letters: no genome is as long here", (unsigned long long)facts->line, VG_FASTA_RECORD_BYTES_MAX);
        break;
    default:
        why_not_aligned(writer, facts, out);
        break;
    }
}

static void words_cell(struct row *row, void (*say)(const struct row_writer *, const struct genome_facts *, struct vg_buffer *), const struct genome_facts *facts)
{
    struct vg_buffer words;
    vg_buffer_init(&words, 1 << 16);
    say(row->writer, facts, &words);
    text_cell(row, vg_text_of(words.data == NULL ? "" : words.data, words.size));
    row->out->failed = row->out->failed || words.failed;
    vg_buffer_release(&words);
}

static void remark(struct vg_buffer *out, const char *format, uint32_t number)
{
    vg_buffer_text(out, out->size > 0 ? "; " : "");
    if (number > 0) {
        vg_buffer_format(out, "%u ", number);
    }
    vg_buffer_text(out, format);
}

static void say_remarks(const struct row_writer *writer, const struct genome_facts *facts, struct vg_buffer *out)
{
    const struct vg_alignment *alignment = &facts->alignment;
    vg_quality_reasons(&writer->set->quality, &facts->judged, &facts->quality, out);
    if (alignment->reversed) {
        remark(out, "it was the reverse complement", 0);
    }
    if (alignment->cut_left + alignment->cut_right > 0) {
        remark(out, "letters beyond what fits were cut off at the ends: adapters?", alignment->cut_left + alignment->cut_right);
    }
    if (alignment->not_placed > 0) {
        remark(out, "letters within belong nowhere in the reference", alignment->not_placed);
    }
    if (facts->too_different) {
        remark(out, "differences from the reference: too many for a place on the tree", alignment->genome.n_differences);
    }
}

/* -------------------------------------------------------------------- whole */

void row_heading(const struct row_writer *writer, struct vg_buffer *out)
{
    bool json = writer->format == VG_ALIGN_JSON;
    vg_buffer_text(out, json ? "{\"columns\":[" : "");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        vg_buffer_text(out, i == 0 ? "" : writer->format == VG_ALIGN_TSV ? "\t" : ",");
        vg_buffer_format(out, json ? "\"%s\"" : "%s", columns[i]);
    }
    vg_buffer_text(out, json ? "],\"rows\":[" : "\n");
}

static void counts_cells(struct row *row, const struct genome_facts *facts)
{
    const struct vg_alignment *a = &facts->alignment;
    const struct vg_protein_report *p = &facts->proteins;
    const uint32_t counts[] = {a->substitutions, a->deleted, a->inserted, a->missing, a->ambiguous, p->substitutions, p->deletions, p->insertions, p->n_frame_shifts,
                               p->n_stop_codons};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (i >= 5 && !row->writer->has_proteins) {
            empty_cell(row);
        } else {
            integer_cell(row, counts[i]);
        }
    }
}

static void changes_cells(struct row *row, const struct genome_facts *facts)
{
    const struct vg_genome *genome = &facts->alignment.genome;
    substitutions_cell(row, genome);
    runs_cell(row, genome, VG_BASE_DELETED);
    insertions_cell(row, genome);
    runs_cell(row, genome, VG_BASE_ANY);
    ambiguous_cell(row, genome);
    places_cell(row, facts->proteins.frame_shifts, facts->proteins.n_frame_shifts);
    acids_cell(row, &facts->proteins, VG_PROTEIN_SUBSTITUTION);
    acids_cell(row, &facts->proteins, VG_PROTEIN_DELETION);
    acids_cell(row, &facts->proteins, VG_PROTEIN_INSERTION);
    places_cell(row, facts->proteins.stop_codons, facts->proteins.n_stop_codons);
}

static void tree_cells(struct row *row, const struct genome_facts *facts)
{
    if (!facts->placed) {
        for (int i = 0; i < 4; i++) {
            empty_cell(row);
        }
        return;
    }
    text_cell(row, facts->clade);
    text_cell(row, facts->node);
    integer_cell(row, facts->placement.score);
    integer_cell(row, facts->placement.n_ties);
}

static void quality_cells(struct row *row, const struct genome_facts *facts)
{
    bool asked = false;
    for (int rule = 0; rule < VG_QUALITY_RULES; rule++) {
        asked = asked || !isnan(facts->quality.scores[rule]);
    }
    text_cell(row, vg_text_from(asked ? vg_quality_grade_name(facts->quality.grade) : ""));
    double_cell(row, asked ? facts->quality.score : NAN, 100);
    for (int rule = 0; rule < VG_QUALITY_RULES; rule++) {
        double_cell(row, facts->quality.scores[rule], 100);
    }
    words_cell(row, say_remarks, facts);
}

void row_put(const struct row_writer *writer, const struct genome_facts *facts, struct vg_buffer *out)
{
    struct row row = {.writer = writer, .out = out};
    const struct vg_alignment *a = &facts->alignment;
    bool fine = facts->status == GENOME_ALIGNED && a->status == VG_ALIGN_OK;
    vg_buffer_text(out, writer->format == VG_ALIGN_JSON ? "\n[" : "");
    text_cell(&row, facts->name);
    text_cell(&row, vg_text_from(status_name(facts)));
    if (fine) {
        text_cell(&row, vg_text_of("", 0));
        integer_cell(&row, (int64_t)facts->length);
        integer_cell(&row, (int64_t)a->begin + 1);
        integer_cell(&row, a->end);
        double_cell(&row, (double)a->certain / (double)writer->set->reference.length, 1e5);
        text_cell(&row, vg_text_from(a->reversed ? "yes" : "no"));
        changes_cells(&row, facts);
        counts_cells(&row, facts);
        integer_cell(&row, a->cut_left);
        integer_cell(&row, a->cut_right);
        integer_cell(&row, a->not_placed);
        tree_cells(&row, facts);
        quality_cells(&row, facts);
    } else {
        words_cell(&row, why_not, facts);
        while (row.n < N_COLUMNS) {
            empty_cell(&row);
        }
    }
    VG_ASSERT(row.n == N_COLUMNS);
    vg_buffer_text(out, writer->format == VG_ALIGN_JSON ? "]" : "\n");
}

void row_end(const struct row_writer *writer, struct vg_buffer *out)
{
    vg_buffer_text(out, writer->format == VG_ALIGN_JSON ? "\n]}\n" : "");
}
