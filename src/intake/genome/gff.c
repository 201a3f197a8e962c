/*
 * Coding sequences out of a GFF3 file (The Sequence Ontology's Generic Feature Format, version 3, 1.26).
 */
#include "intake/genome/genome.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 9
#define FEATURES_MOST 10000U /* each is compared with all: the largest genomes that fit have some hundred */

enum { SEQUENCE, SOURCE, TYPE, BEGIN, END, SCORE, STRAND, PHASE, ATTRIBUTES };

struct feature {
    struct vg_text id, parent, names[6]; /* names in order of preference */
    struct vg_genome_range range;
    uint8_t phase;
    bool reverse, taken;
};

struct gff {
    const char *name;
    const struct vg_genome_reference *reference;
    struct vg_arena *arena;
    struct vg_error *error;
    struct feature *features;
    uint32_t n;
    size_t capacity;
    bool only_own;             /* lines of other sequences are passed over: the reference's name is among them */
    const char *type;
};

static int hexadecimal(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A value with its %2C and the like resolved. */
static struct vg_text decoded(struct vg_arena *arena, struct vg_text value)
{
    char *out = vg_arena_copy_bytes(arena, value.data, value.size);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < value.size; i++) {
        int high = value.data[i] == '%' && i + 2 < value.size ? hexadecimal(value.data[i + 1]) : -1, low = high < 0 ? -1 : hexadecimal(value.data[i + 2]);
        out[n++] = low < 0 ? value.data[i] : (char)(high * 16 + low);
        i += low < 0 ? 0 : 2;
    }
    return vg_text_of(out, out == NULL ? 0 : n);
}

static struct vg_text attribute(struct vg_arena *arena, struct vg_text attributes, const char *key)
{
    size_t key_size = strlen(key), at = 0;
    while (at < attributes.size) {
        const char *end = memchr(attributes.data + at, ';', attributes.size - at);
        size_t stop = end == NULL ? attributes.size : (size_t)(end - attributes.data);
        struct vg_text item = vg_text_trim(vg_text_of(attributes.data + at, stop - at));
        if (item.size > key_size && item.data[key_size] == '=' && memcmp(item.data, key, key_size) == 0) {
            return decoded(arena, vg_text_trim(vg_text_of(item.data + key_size + 1, item.size - key_size - 1)));
        }
        at = stop + 1;
    }
    return vg_text_of(NULL, 0);
}

static size_t split(struct vg_text line, struct vg_text cells[COLUMNS])
{
    size_t n = 0, at = 0;
    while (n < COLUMNS && at <= line.size) {
        const char *tab = n + 1 < COLUMNS && at < line.size ? memchr(line.data + at, '\t', line.size - at) : NULL;
        size_t stop = tab == NULL ? line.size : (size_t)(tab - line.data);
        cells[n++] = vg_text_trim(vg_text_of(line.data + at, stop - at));
        at = stop + 1;
    }
    return n;
}

static vg_status fail_at(const struct gff *gff, uint64_t line, const char *column, struct vg_text found, const char *expected)
{
    return vg_fail(gff->error, VG_DATA_ERROR, "%s, line %llu, column %s: \"%.*s\" should be %s", gff->name, (unsigned long long)line, column,
                   (int)(found.size > 60 ? 60 : found.size), found.data == NULL ? "" : found.data, expected);
}

static vg_status read_feature(struct gff *gff, const struct vg_text cells[COLUMNS], uint64_t line, struct feature *feature)
{
    static const char *const keys[] = {"gene_name", "gene", "Name", "locus_tag", "product", "ID"};
    int64_t begin, end, phase = 0;
    if (!vg_parse_integer(cells[BEGIN], &begin) || begin < 1) {
        return fail_at(gff, line, "4 (start)", cells[BEGIN], "a site, counted from 1");
    }
    if (!vg_parse_integer(cells[END], &end) || end < begin || end > (int64_t)gff->reference->length) {
        return vg_fail(gff->error, VG_DATA_ERROR, "%s, line %llu, column 5 (end): \"%.*s\" should be a site from the start (%lld) to the end of the reference (%u)", gff->name,
                       (unsigned long long)line, (int)(cells[END].size > 60 ? 60 : cells[END].size), cells[END].data, (long long)begin, gff->reference->length);
    }
    if (!vg_text_equals(cells[PHASE], ".") && (!vg_parse_integer(cells[PHASE], &phase) || phase < 0 || phase > 2)) {
        return fail_at(gff, line, "8 (phase)", cells[PHASE], "0, 1, 2 or .");
    }
    *feature = (struct feature){.range = {(uint32_t)begin - 1, (uint32_t)end}, .phase = (uint8_t)phase, .reverse = vg_text_equals(cells[STRAND], "-")};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        feature->names[k] = attribute(gff->arena, cells[ATTRIBUTES], keys[k]);
    }
    feature->id = feature->names[5];
    feature->parent = attribute(gff->arena, cells[ATTRIBUTES], "Parent");
    return VG_OK;
}

static vg_status add_feature(struct gff *gff, const struct vg_text cells[COLUMNS], uint64_t line)
{
    if (gff->n == FEATURES_MOST) {
        return vg_fail(gff->error, VG_LIMIT_EXCEEDED, "%s, line %llu: more than %u lines of coding sequences", gff->name, (unsigned long long)line, FEATURES_MOST);
    }
    struct feature *features = vg_arena_room(gff->arena, gff->features, gff->n, &gff->capacity, sizeof *features);
    if (features == NULL) {
        return vg_fail_memory(gff->error, gff->n * sizeof *features);
    }
    gff->features = features;
    vg_status status = read_feature(gff, cells, line, &gff->features[gff->n]);
    gff->n += status == VG_OK;
    return status;
}

typedef vg_status each_line(struct gff *gff, const struct vg_text cells[COLUMNS], uint64_t line);

static vg_status walk(struct gff *gff, struct vg_text text, each_line *take)
{
    vg_status status = VG_OK;
    uint64_t number = 0;
    for (size_t at = 0; status == VG_OK && at < text.size;) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t stop = end == NULL ? text.size : (size_t)(end - text.data);
        struct vg_text line = vg_text_trim(vg_text_of(text.data + at, stop - at)), cells[COLUMNS];
        at = stop + 1;
        number++;
        if (line.size >= 7 && memcmp(line.data, "##FASTA", 7) == 0) {
            break;
        }
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        size_t n = split(line, cells);
        status = n == COLUMNS ? take(gff, cells, number)
                              : vg_fail(gff->error, VG_DATA_ERROR, "%s, line %llu: 9 columns parted by tabs are expected, found %zu", gff->name, (unsigned long long)number, n);
    }
    return status;
}

static vg_status take_kind(struct gff *gff, const struct vg_text cells[COLUMNS], uint64_t line)
{
    (void)line;
    gff->only_own = gff->only_own || vg_text_equal(cells[SEQUENCE], gff->reference->name);
    if (vg_text_equals(cells[TYPE], "CDS") || (vg_text_equals(cells[TYPE], "gene") && gff->type == NULL)) {
        gff->type = vg_text_equals(cells[TYPE], "CDS") ? "CDS" : "gene";
    }
    return VG_OK;
}

static vg_status take_feature(struct gff *gff, const struct vg_text cells[COLUMNS], uint64_t line)
{
    bool wanted = vg_text_equals(cells[TYPE], gff->type) && (!gff->only_own || vg_text_equal(cells[SEQUENCE], gff->reference->name));
    return wanted ? add_feature(gff, cells, line) : VG_OK;
}

/* ------------------------------------------------------------------ joining */

static struct vg_text first_name(const struct feature *feature)
{
    for (size_t k = 0; k < 6; k++) {
        if (feature->names[k].size > 0) {
            return feature->names[k];
        }
    }
    return vg_text_of(NULL, 0);
}

/* Lines of one coding sequence: the same ID, or, where there is none, neighbours of one name. */
static bool belongs(const struct feature *a, const struct feature *b)
{
    if (a->id.size > 0 || b->id.size > 0) {
        return vg_text_equal(a->id, b->id);
    }
    struct vg_text x = first_name(a), y = first_name(b);
    return x.size > 0 && vg_text_equal(x, y) && vg_text_equal(a->parent, b->parent);
}

static struct vg_text free_name(struct gff *gff, const struct feature *feature, const struct vg_coding_sequence *coding, uint32_t n)
{
    for (size_t k = 0; k < 6; k++) {
        bool taken = feature->names[k].size == 0;
        for (uint32_t i = 0; i < n && !taken; i++) {
            taken = vg_text_equal(coding[i].name, feature->names[k]);
        }
        if (!taken) {
            return feature->names[k];
        }
    }
    const char *name = vg_arena_format(gff->arena, "CDS_%u_%u", feature->range.begin + 1, feature->range.end);
    return vg_text_from(name == NULL ? "" : name);
}

static int by_begin(const void *a, const void *b)
{
    const struct vg_genome_range *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin ? 1 : x->end < y->end ? -1 : x->end > y->end;
}

static bool join(struct gff *gff, uint32_t first, struct vg_coding_sequence *coding, uint32_t n)
{
    struct feature *feature = &gff->features[first];
    struct vg_coding_sequence *c = &coding[n];
    uint32_t count = 0;
    for (uint32_t i = first; i < gff->n; i++) {
        count += !gff->features[i].taken && belongs(feature, &gff->features[i]);
    }
    struct vg_genome_range *ranges = VG_ARENA_ARRAY(gff->arena, struct vg_genome_range, count == 0 ? 1 : count);
    if (ranges == NULL) {
        return false;
    }
    *c = (struct vg_coding_sequence){.name = free_name(gff, feature, coding, n), .ranges = ranges, .phase = feature->phase, .reverse = feature->reverse};
    ranges[c->n_ranges++] = feature->range;
    feature->taken = true;
    for (uint32_t i = first + 1; i < gff->n; i++) {
        if (!gff->features[i].taken && belongs(feature, &gff->features[i])) {
            gff->features[i].taken = true;
            ranges[c->n_ranges++] = gff->features[i].range;
        }
    }
    qsort(ranges, c->n_ranges, sizeof *ranges, by_begin);
    for (uint32_t i = 0; c->reverse && i < c->n_ranges / 2; i++) {
        struct vg_genome_range kept = ranges[i];
        ranges[i] = ranges[c->n_ranges - 1 - i];
        ranges[c->n_ranges - 1 - i] = kept;
    }
    for (uint32_t i = first; i < gff->n; i++) { /* the phase is that of the range translated first */
        const struct feature *own = &gff->features[i];
        if (own->taken && own->range.begin == ranges[0].begin && own->range.end == ranges[0].end && belongs(feature, own)) {
            c->phase = own->phase;
            break;
        }
    }
    for (uint32_t i = 0; i < c->n_ranges; i++) {
        c->length += ranges[i].end - ranges[i].begin;
    }
    c->phase = c->phase < c->length ? c->phase : (uint8_t)c->length; /* a stump of one or two bases has no codon */
    c->length -= c->phase;
    return true;
}

vg_status vg_annotation_parse(const char *name, struct vg_text text, const struct vg_genome_reference *reference, struct vg_arena *arena,
                              struct vg_genome_annotation *annotation, struct vg_error *error)
{
    struct gff gff = {.name = name, .reference = reference, .arena = arena, .error = error};
    *annotation = (struct vg_genome_annotation){NULL, 0};
    vg_status status = walk(&gff, text, take_kind);
    if (status == VG_OK && gff.type != NULL) {
        status = walk(&gff, text, take_feature);
    }
    if (status != VG_OK || gff.n == 0) {
        return status;
    }
    struct vg_coding_sequence *coding = VG_ARENA_ARRAY(arena, struct vg_coding_sequence, gff.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < gff.n && coding != NULL; i++) {
        if (!gff.features[i].taken) {
            if (!join(&gff, i, coding, n)) {
                coding = NULL;
                break;
            }
            n++;
        }
    }
    *annotation = (struct vg_genome_annotation){coding, n};
    return coding == NULL || arena->failed ? vg_fail_memory(error, gff.n * sizeof *coding) : VG_OK;
}

/* An attribute's value: what has a meaning in the column, and what is no plain letter, by its number. */
static void put_value(struct vg_text value, struct vg_buffer *out)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c <= 32 || c == 127 || strchr(";=%&,", c) != NULL) {
            vg_buffer_format(out, "%%%02X", c);
        } else {
            vg_buffer_char(out, (char)c);
        }
    }
}

void vg_annotation_put(const struct vg_genome_annotation *annotation, const struct vg_genome_reference *reference, struct vg_buffer *out)
{
    vg_buffer_text(out, "##gff-version 3\n");
    for (uint32_t c = 0; c < annotation->n_coding; c++) {
        const struct vg_coding_sequence *coding = &annotation->coding[c];
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            if (reference->name.size == 0) {
                vg_buffer_char(out, '.');
            }
            put_value(reference->name, out);
            vg_buffer_format(out, "\t.\tCDS\t%u\t%u\t.\t%c\t%u\tID=cds%u;gene_name=", coding->ranges[k].begin + 1, coding->ranges[k].end, coding->reverse ? '-' : '+',
                             k == 0 ? coding->phase : 0u, c + 1);
            put_value(coding->name, out);
            vg_buffer_char(out, '\n');
        }
    }
}
