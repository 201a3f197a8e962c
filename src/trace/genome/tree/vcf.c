/*
 * Alleles of a tree's leaves as VCF, in and out. In: the bases of inner nodes are those of the fewest mutations (Sankoff's algorithm on the given shape), a change being put
 * as near to the leaves as it may. `.` is not known, an ALT may be an IUPAC code; what is no single base (indels, *) is not known either.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX ((size_t)1 << 30)

struct alleles {
    const struct vg_tree *tree;
    struct input input;
    const char *name;
    uint32_t *column_node;       /* [n_columns] the leaf of each sample; VG_TREE_NONE: not of the tree */
    size_t n_columns;
    uint8_t *set;                /* [n_nodes] what a leaf may have at the site at hand */
    uint8_t *cost;               /* [4 n_nodes] above the least, at most 2 where it matters */
    uint8_t *base;               /* [n_nodes] */
    struct list32 nodes, mutations; /* pairs in order of sites */
    char *reference;
    uint32_t length;
    struct vg_text chromosome;
    struct vg_arena arena;
    struct vg_error *error;
};

static vg_status fail_line(struct alleles *alleles, const char *what)
{
    return vg_fail(alleles->error, VG_DATA_ERROR, "%s, line %llu: %s", alleles->name, (unsigned long long)alleles->input.n_lines, what);
}

/* The next field of a line; false where there is none. */
static bool next_field(struct vg_text *rest, struct vg_text *field)
{
    if (rest->data == NULL) {
        return false;
    }
    const char *tab = memchr(rest->data, '\t', rest->size);
    *field = vg_text_of(rest->data, tab == NULL ? rest->size : (size_t)(tab - rest->data));
    *rest = tab == NULL ? vg_text_of(NULL, 0) : vg_text_of(tab + 1, rest->size - field->size - 1);
    return true;
}

static vg_status take_heading(struct alleles *alleles, struct vg_text line)
{
    struct vg_tree_names *names;
    struct vg_text field;
    size_t capacity = line.size + 1, found = 0; /* fields may be empty */
    vg_status status = vg_tree_names_new(alleles->tree, &names, alleles->error);
    if (status != VG_OK) {
        return status;
    }
    alleles->column_node = malloc(capacity * sizeof *alleles->column_node);
    memset(alleles->set, 0, alleles->tree->n_nodes); /* of leaves: there already */
    for (size_t i = 0; alleles->column_node != NULL && next_field(&line, &field); i++) {
        if (i >= 9) {
            uint32_t node = vg_tree_names_find(names, field);
            bool leaf = node != VG_TREE_NONE && vg_tree_is_leaf(alleles->tree, node);
            if (leaf && vg_tree_names_is_repeated(names, field)) {
                vg_tree_names_free(names);
                return fail_line(alleles, "a sample has a name that several nodes of the tree have: whose alleles are these?");
            }
            if (leaf && alleles->set[node]++ > 0) {
                vg_tree_names_free(names);
                return fail_line(alleles, "a sample is there twice");
            }
            alleles->column_node[alleles->n_columns++] = leaf ? node : VG_TREE_NONE;
            found += leaf ? 1 : 0;
        }
    }
    vg_tree_names_free(names);
    if (alleles->column_node == NULL) {
        return vg_fail_memory(alleles->error, capacity * 4);
    }
    return found > 0 ? VG_OK : fail_line(alleles, "none of the samples of the VCF is a leaf of the tree");
}

/* Sets of bases of REF and the ALTs; returns how many, 0 where REF is no single base. */
static size_t take_sets(struct vg_text reference, struct vg_text alternative, uint8_t sets[64])
{
    size_t n = 1, start = 0;
    sets[0] = reference.size == 1 && vg_base_of_letter(reference.data[0]) >= 0 ? (uint8_t)(1u << vg_base_of_letter(reference.data[0])) : 0;
    for (size_t i = 0; i <= alternative.size; i++) {
        if (i == alternative.size || alternative.data[i] == ',') {
            uint8_t set = i == start + 1 ? vg_base_set_of_letter(alternative.data[start]) : 0;
            if (n < 64) {
                sets[n++] = set == 0 || set > VG_BASE_ANY ? VG_BASE_ANY : set;
            }
            start = i + 1;
        }
    }
    return sets[0] == 0 ? 0 : n;
}

/* Least costs from the leaves up, then bases from the reference down; changes are noted. */
static bool solve(struct alleles *alleles, uint32_t site, unsigned reference)
{
    const struct vg_tree *tree = alleles->tree;
    uint32_t n = tree->n_nodes;
    uint32_t sum[4];
    for (uint32_t v = n; v-- > 0;) {
        uint8_t *own = alleles->cost + (size_t)v * 4;
        uint32_t least = UINT32_MAX;
        memset(sum, 0, sizeof sum);
        for (unsigned base = 0; base < 4 && vg_tree_is_leaf(tree, v); base++) {
            sum[base] = (alleles->set[v] >> base & 1) != 0 ? 0 : 2;
        }
        for (uint32_t child = v + 1; child < tree->end[v]; child = tree->end[child]) {
            for (unsigned base = 0; base < 4; base++) { /* above the least, a change costs 1 */
                sum[base] += alleles->cost[(size_t)child * 4 + base] < 1 ? 0 : 1;
            }
        }
        for (unsigned base = 0; base < 4; base++) {
            least = sum[base] < least ? sum[base] : least;
        }
        for (unsigned base = 0; base < 4; base++) {
            own[base] = sum[base] - least > 2 ? 2 : (uint8_t)(sum[base] - least);
        }
    }
    for (uint32_t v = 0; v < n; v++) {
        const uint8_t *own = alleles->cost + (size_t)v * 4;
        unsigned from = v == 0 ? reference : alleles->base[tree->parent[v]], to = from;
        if (own[from] > 1) {
            to = own[0] == 0 ? 0 : own[1] == 0 ? 1 : own[2] == 0 ? 2 : 3;
        }
        alleles->base[v] = (uint8_t)to;
        if (to != from && (!list32_add(&alleles->nodes, v) || !list32_add(&alleles->mutations, vg_mutation(site, from, to)))) {
            return false;
        }
    }
    return true;
}

static bool know_site(struct alleles *alleles, uint32_t site, char letter)
{
    if (site >= alleles->length) {
        char *larger = realloc(alleles->reference, (size_t)site + 1);
        if (larger == NULL) {
            return false;
        }
        memset(larger + alleles->length, 'N', site + 1 - alleles->length);
        alleles->reference = larger;
        alleles->length = site + 1;
    }
    alleles->reference[site] = (char)(letter & ~32);
    return true;
}

static vg_status take_site(struct alleles *alleles, struct vg_text line)
{
    struct vg_text field[9], cell;
    uint8_t sets[64];
    int64_t position, allele;
    for (size_t i = 0; i < 9; i++) {
        if (!next_field(&line, &field[i])) {
            return fail_line(alleles, "a line of VCF has at least nine columns and the samples");
        }
    }
    if (!vg_parse_integer(field[1], &position) || position < 1 || position > VG_GENOME_LENGTH_MAX) {
        return fail_line(alleles, "POS is no position from 1 on");
    }
    size_t n_sets = take_sets(field[3], field[4], sets);
    if (n_sets == 0) {
        return VG_OK; /* an insertion or deletion: not of this tree's kind */
    }
    if (alleles->chromosome.size == 0) {
        alleles->chromosome = vg_text_of(vg_arena_copy_bytes(&alleles->arena, field[0].data, field[0].size), field[0].size);
    } else if (!vg_text_equal(alleles->chromosome, field[0])) {
        return fail_line(alleles, "a second chromosome: a tree is of one genome");
    }
    memset(alleles->set, 15, alleles->tree->n_nodes);
    size_t n = 0;
    for (; next_field(&line, &cell); n++) {
        const char *colon = memchr(cell.data, ':', cell.size);
        cell.size = colon == NULL ? cell.size : (size_t)(colon - cell.data);
        if (n >= alleles->n_columns) {
            return fail_line(alleles, "more genotypes than samples");
        }
        bool known = vg_parse_integer(cell, &allele);
        if (known ? allele < 0 || (size_t)allele >= n_sets : !vg_text_equals(cell, ".")) {
            return fail_line(alleles, "a genotype that is neither the number of an allele nor a dot");
        }
        if (known && alleles->column_node[n] != VG_TREE_NONE) {
            alleles->set[alleles->column_node[n]] = sets[allele];
        }
    }
    if (n < alleles->n_columns) {
        return fail_line(alleles, "fewer genotypes than samples: the line is cut off, or a column is missing");
    }
    if (position <= alleles->length && alleles->reference[position - 1] != 'N' && alleles->reference[position - 1] != (field[3].data[0] & ~32)) {
        return fail_line(alleles, "REF is another base than in a line of the same site before");
    }
    if (!know_site(alleles, (uint32_t)position - 1, field[3].data[0]) || !solve(alleles, (uint32_t)position - 1, (unsigned)vg_base_of_letter(field[3].data[0]))) {
        return vg_fail_memory(alleles->error, alleles->mutations.n * 8);
    }
    return VG_OK;
}

static vg_status read_sites(struct alleles *alleles)
{
    struct vg_text line;
    vg_status status = VG_OK;
    while (status == VG_OK && input_line(&alleles->input, LINE_BYTES_MAX, &line)) {
        if (line.size == 0 || (line.size > 1 && line.data[0] == '#' && line.data[1] == '#')) {
            continue;
        }
        if (line.data[0] == '#') {
            status = alleles->n_columns == 0 ? take_heading(alleles, line) : fail_line(alleles, "a second heading");
        } else {
            status = alleles->n_columns > 0 ? take_site(alleles, line) : fail_line(alleles, "this is no VCF: the heading #CHROM is missing");
        }
    }
    if (status == VG_OK && alleles->input.error.status != VG_OK) {
        status = vg_fail(alleles->error, alleles->input.error.status, "%s", alleles->input.error.message);
    }
    return status != VG_OK || alleles->n_columns > 0 ? status : vg_fail(alleles->error, VG_DATA_ERROR, "%s: this is no VCF: the heading #CHROM is missing", alleles->name);
}

/* The same nodes with the mutations of each. */
static vg_status rebuild(const struct alleles *alleles, struct vg_tree **out, struct vg_error *error)
{
    const struct vg_tree *tree = alleles->tree;
    uint32_t *first = malloc(((size_t)tree->n_nodes + 1) * sizeof *first), *next = malloc((alleles->mutations.n + 1) * sizeof *next);
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_genome_reference reference = {alleles->chromosome, alleles->reference, alleles->length};
    vg_status status = first == NULL || next == NULL || builder == NULL ? vg_fail_memory(error, (size_t)tree->n_nodes * 8) : VG_OK;
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) {
        first[v] = VG_TREE_NONE;
    }
    for (uint32_t m = (uint32_t)alleles->mutations.n; status == VG_OK && m-- > 0;) {
        next[m] = first[alleles->nodes.items[m]];
        first[alleles->nodes.items[m]] = m;
    }
    for (uint32_t v = 0; status == VG_OK && v < tree->n_nodes; v++) {
        (void)vg_tree_builder_node(builder, tree->parent[v], vg_tree_name(tree, v));
        for (uint32_t m = first[v]; m != VG_TREE_NONE; m = next[m]) {
            uint32_t mutation = alleles->mutations.items[m];
            vg_tree_builder_mutation(builder, vg_mutation_site(mutation), vg_mutation_from(mutation), vg_mutation_to(mutation));
        }
    }
    free(first);
    free(next);
    if (builder != NULL) {
        vg_status finished = vg_tree_builder_finish(builder, status == VG_OK && alleles->length > 0 ? &reference : NULL, out, status == VG_OK ? error : NULL);
        status = status == VG_OK ? finished : status;
    }
    return status;
}

vg_status vg_tree_add_alleles(const struct vg_tree *tree, const struct vg_tree_source *vcf, struct vg_tree **out, struct vg_error *error)
{
    struct alleles alleles = {.tree = tree, .name = vcf->name, .error = error};
    size_t n = tree->n_nodes;
    *out = NULL;
    vg_arena_init(&alleles.arena, 0);
    alleles.set = malloc(n);
    alleles.cost = malloc(4 * n);
    alleles.base = malloc(n);
    vg_status status = !input_open(&alleles.input, vcf) || alleles.set == NULL || alleles.cost == NULL || alleles.base == NULL ? vg_fail_memory(error, 6 * n) : read_sites(&alleles);
    if (status == VG_OK) {
        status = rebuild(&alleles, out, error);
    }
    input_close(&alleles.input);
    free(alleles.column_node);
    free(alleles.set);
    free(alleles.cost);
    free(alleles.base);
    free(alleles.reference);
    list32_free(&alleles.nodes);
    list32_free(&alleles.mutations);
    vg_arena_release(&alleles.arena);
    return status;
}

/* -------------------------------------------------------------------- write */

struct site_change {
    uint32_t site, node, to;
};

static int by_site(const void *a, const void *b)
{
    const struct site_change *x = a, *y = b;
    return x->site != y->site ? (x->site < y->site ? -1 : 1) : x->node < y->node ? -1 : x->node > y->node;
}

/* A site's line: bases go down from the nodes that change it, which are in preorder. */
static void put_site(const struct vg_tree *tree, const struct site_change *changes, size_t n, uint8_t *base, struct vg_buffer *out)
{
    uint32_t site = changes[0].site;
    int reference = vg_base_of_letter(tree->reference[site]);
    int allele[4] = {-1, -1, -1, -1}, n_alleles = 1;
    memset(base, reference < 0 ? 0 : reference, tree->n_nodes);
    for (size_t i = 0; i < n; i++) {
        memset(base + changes[i].node, (int)changes[i].to, tree->end[changes[i].node] - changes[i].node);
    }
    allele[reference < 0 ? 0 : reference] = 0;
    char letters[4];
    for (size_t i = 0; i < n; i++) {
        if (allele[changes[i].to] < 0) {
            letters[n_alleles - 1] = "ACGT"[changes[i].to];
            allele[changes[i].to] = n_alleles++;
        }
    }
    struct vg_text chromosome = tree->reference_name.size > 0 ? tree->reference_name : vg_text_from("reference");
    vg_buffer_append(out, chromosome.data, chromosome.size);
    vg_buffer_format(out, "\t%u\t%c%u", site + 1, tree->reference[site], site + 1);
    for (int i = 0; i < n_alleles - 1; i++) {
        vg_buffer_format(out, "%s%c", i == 0 ? "" : ",", letters[i]);
    }
    vg_buffer_format(out, "\t%c\t", tree->reference[site]);
    for (int i = 0; i < n_alleles - 1; i++) {
        vg_buffer_format(out, "%s%c", i == 0 ? "" : ",", letters[i]);
    }
    vg_buffer_text(out, n_alleles == 1 ? ".\t.\t.\t.\tGT" : "\t.\t.\t.\tGT");
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            vg_buffer_char(out, '\t');
            vg_buffer_char(out, (char)('0' + allele[base[v]]));
        }
    }
    vg_buffer_char(out, '\n');
}

vg_status vg_tree_write_vcf(const struct vg_tree *tree, const struct vg_tree_sink *sink, struct vg_error *error)
{
    struct output output;
    struct site_change *changes = malloc(((size_t)tree->n_mutations + 1) * sizeof *changes);
    uint8_t *base = malloc(tree->n_nodes);
    output_open(&output, sink, error);
    if (changes == NULL || base == NULL) {
        output.status = vg_fail_memory(error, (size_t)tree->n_mutations * sizeof *changes);
    }
    for (uint32_t v = 0; output.status == VG_OK && v < tree->n_nodes; v++) {
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            changes[m] = (struct site_change){vg_mutation_site(tree->mutations[m]), v, vg_mutation_to(tree->mutations[m])};
        }
    }
    if (output.status == VG_OK) {
        qsort(changes, tree->n_mutations, sizeof *changes, by_site);
        vg_buffer_text(&output.buffer, "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
        for (uint32_t v = 0; v < tree->n_nodes; v++) {
            if (vg_tree_is_leaf(tree, v)) {
                vg_buffer_char(&output.buffer, '\t');
                vg_tree_put_name(tree, v, &output.buffer);
            }
        }
        vg_buffer_char(&output.buffer, '\n');
    }
    for (size_t first = 0, end = 0; output.status == VG_OK && first < tree->n_mutations; first = end) {
        while (end < tree->n_mutations && changes[end].site == changes[first].site) {
            end++;
        }
        put_site(tree, changes + first, end - first, base, &output.buffer);
        output_maybe_flush(&output);
    }
    free(changes);
    free(base);
    return output_close(&output);
}
