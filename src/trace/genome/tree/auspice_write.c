/*
 * Auspice JSON v2 written: what schema-export-v2 of nextstrain/augur asks for, and what auspice.us shows besides: names of clades and amino acids on branches, dates with
 * their intervals, coding sequences for the panel of the genome. Deletions are mutations to a gap, an entry a site, as augur has them, and are named in labels, as insertions are.
 */
#include "trace/genome/tree/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct writing {
    const struct vg_tree *tree;
    const struct vg_tree_acids *acids;      /* NULL: nucleotides alone */
    struct vg_text *genes;                  /* [acids->annotation->n_coding] as keys: letters, digits, _ and -, each once */
    const struct vg_tree_column *clade;     /* the first of clades; NULL */
    const struct vg_tree_column *low, *high; /* of num_date; NULL */
    char *letters;                          /* [length] at the node that is written; NULL: the tree has no gaps */
    struct vg_arena arena;
    struct vg_buffer *out;
};

static void put_text(struct vg_buffer *out, struct vg_text text)
{
    vg_buffer_json_string(out, text.data, text.size);
}

/* Columns that are no object with a value, and are no colour. */
static bool is_bare(struct vg_text name)
{
    return vg_text_equals(name, "accession") || vg_text_equals(name, "url") || vg_text_equals(name, "hidden");
}

/* num_date_low and num_date_high are told with num_date; of what nobody has there is nothing to tell. */
static bool is_apart(const struct writing *writing, const struct vg_tree_column *column)
{
    return column == writing->low || column == writing->high || vg_text_equals(column->name, "div") || vg_text_equals(column->name, "none") ||
           (column->numbers == NULL && column->n_values == 0);
}

/* -------------------------------------------------------------------- genes */

static bool is_key_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* What the schema lets a gene be called: other letters become _, and one that is there already gets a number. */
static bool name_genes(struct writing *writing)
{
    const struct vg_genome_annotation *annotation = writing->acids->annotation;
    struct vg_dictionary there;
    writing->genes = VG_ARENA_ARRAY(&writing->arena, struct vg_text, (size_t)annotation->n_coding + 1);
    vg_dictionary_init(&there, &writing->arena);
    (void)vg_dictionary_add(&there, vg_text_from("nuc"));
    for (uint32_t c = 0; !writing->arena.failed && c < annotation->n_coding; c++) {
        char *name = vg_arena_copy_bytes(&writing->arena, annotation->coding[c].name.data, annotation->coding[c].name.size);
        for (char *letter = name; letter != NULL && *letter != '\0'; letter++) {
            *letter = is_key_letter(*letter) ? *letter : '_';
        }
        const char *key = name;
        for (unsigned k = 2; key != NULL && (*key == '\0' || vg_dictionary_find(&there, vg_text_from(key)) != VG_DICTIONARY_NONE); k++) {
            key = vg_arena_format(&writing->arena, "%s_%u", name, k);
        }
        if (key != NULL) {
            writing->genes[c] = vg_text_from(key);
            (void)vg_dictionary_add(&there, writing->genes[c]);
        }
    }
    return !writing->arena.failed;
}

/* A range without the bases before the first codon. */
static void put_range(const struct vg_coding_sequence *coding, uint32_t k, struct vg_buffer *out)
{
    uint32_t begin = coding->ranges[k].begin, end = coding->ranges[k].end, before = k == 0 ? coding->phase : 0;
    begin += coding->reverse ? 0 : before;
    end -= coding->reverse ? before : 0;
    vg_buffer_format(out, "\"start\":%u,\"end\":%u", begin + 1, end);
}

static void put_genes(const struct writing *writing)
{
    const struct vg_genome_annotation *annotation = writing->acids->annotation;
    struct vg_buffer *out = writing->out;
    for (uint32_t c = 0; c < annotation->n_coding; c++) {
        const struct vg_coding_sequence *coding = &annotation->coding[c];
        vg_buffer_char(out, ',');
        put_text(out, writing->genes[c]);
        vg_buffer_text(out, coding->n_ranges == 1 ? ":{" : ":{\"segments\":[");
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            vg_buffer_text(out, coding->n_ranges == 1 ? "" : k == 0 ? "{" : ",{");
            put_range(coding, k, out);
            vg_buffer_text(out, coding->n_ranges == 1 ? "" : "}");
        }
        vg_buffer_text(out, coding->n_ranges == 1 ? "" : "]");
        vg_buffer_text(out, coding->reverse ? ",\"strand\":\"-\"" : ",\"strand\":\"+\"");
        if (!vg_text_equal(writing->genes[c], coding->name)) {
            vg_buffer_text(out, ",\"display_name\":");
            put_text(out, coding->name);
        }
        vg_buffer_char(out, '}');
    }
}

/* --------------------------------------------------------------------- meta */

static void put_colorings(const struct writing *writing)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out;
    bool first = true;
    vg_buffer_text(out, "\"colorings\":[");
    if (writing->acids != NULL || tree->n_mutations > 0) {
        vg_buffer_text(out, "{\"key\":\"gt\",\"title\":\"Genotype\",\"type\":\"categorical\"}");
        first = false;
    }
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        const struct vg_tree_column *column = &tree->columns[c];
        if (is_bare(column->name) || is_apart(writing, column)) {
            continue;
        }
        vg_buffer_text(out, first ? "{\"key\":" : ",{\"key\":");
        put_text(out, column->name);
        bool dates = vg_text_equals(column->name, "num_date");
        vg_buffer_text(out, ",\"title\":");
        put_text(out, dates ? vg_text_from("Date") : column->name);
        vg_buffer_text(out, dates ? ",\"type\":\"temporal\"}" : column->numbers != NULL ? ",\"type\":\"continuous\"}" : ",\"type\":\"categorical\"}");
        first = false;
    }
    vg_buffer_text(out, "],");
}

/* What auspice.us lets choose leaves by. */
static void put_filters(const struct writing *writing)
{
    bool first = true;
    vg_buffer_text(writing->out, "\"filters\":[");
    for (uint32_t c = 0; c < writing->tree->n_columns; c++) {
        const struct vg_tree_column *column = &writing->tree->columns[c];
        if (column->codes != NULL && !is_bare(column->name) && !is_apart(writing, column)) {
            vg_buffer_text(writing->out, first ? "" : ",");
            put_text(writing->out, column->name);
            first = false;
        }
    }
    vg_buffer_text(writing->out, "],");
}

static void put_clade_names(const struct vg_tree *tree, struct vg_buffer *out)
{
    bool any = false;
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        if (tree->columns[c].is_clade && !vg_text_equals(tree->columns[c].name, "clade_membership")) {
            vg_buffer_text(out, any ? ",{\"name\":" : ",\"extensions\":{\"nextclade\":{\"clade_node_attrs\":[{\"name\":");
            put_text(out, tree->columns[c].name);
            vg_buffer_text(out, ",\"displayName\":");
            put_text(out, tree->columns[c].name);
            vg_buffer_char(out, '}');
            any = true;
        }
    }
    vg_buffer_text(out, any ? "]}}" : "");
}

static void put_root_sequence(const struct writing *writing)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out;
    if (memchr(tree->reference, 'N', tree->length) != NULL) {
        return;
    }
    vg_buffer_text(out, "\"root_sequence\":{\"nuc\":");
    put_text(out, vg_text_of(tree->reference, tree->length));
    for (uint32_t c = 0; writing->acids != NULL && c < writing->acids->annotation->n_coding; c++) {
        vg_buffer_char(out, ',');
        put_text(out, writing->genes[c]);
        vg_buffer_char(out, ':');
        put_text(out, writing->acids->reference[c]);
    }
    vg_buffer_text(out, "},");
}

static void put_meta(const struct writing *writing, const struct vg_tree_write_options *options)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out;
    char day[VG_DATE_TEXT_BYTES];
    vg_buffer_text(out, "{\"version\":\"v2\",\"meta\":{\"title\":");
    put_text(out, vg_text_from(options->title == NULL ? "Vigia" : options->title));
    vg_buffer_text(out, ",\"updated\":\"");
    vg_buffer_text(out, vg_date_print(options->updated == VG_DATE_NONE ? 0 : options->updated, day) > 0 ? day : "1970-01-01");
    vg_buffer_text(out, "\",\"panels\":[\"tree\",\"entropy\"],");
    put_colorings(writing);
    put_filters(writing);
    vg_buffer_format(out, "\"genome_annotations\":{\"nuc\":{\"start\":1,\"end\":%u,\"strand\":\"+\"}", tree->length);
    if (writing->acids != NULL) {
        put_genes(writing);
    }
    vg_buffer_text(out, dates_of_all(tree) != NULL ? "},\"display_defaults\":{\"distance_measure\":\"num_date\"" : "},\"display_defaults\":{\"distance_measure\":\"div\"");
    if (writing->clade != NULL) {
        vg_buffer_text(out, ",\"color_by\":");
        put_text(out, writing->clade->name);
    }
    vg_buffer_char(out, '}');
    put_clade_names(tree, out);
    vg_buffer_text(out, "},");
    put_root_sequence(writing);
    vg_buffer_text(out, "\"tree\":");
}

/* -------------------------------------------------------------------- nodes */

static void put_facts(const struct writing *writing, uint32_t node, uint32_t divergence)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out;
    vg_buffer_text(out, ",\"node_attrs\":{\"div\":");
    vg_buffer_integer(out, divergence);
    for (uint32_t c = 0; c < tree->n_columns; c++) {
        const struct vg_tree_column *column = &tree->columns[c];
        if (is_apart(writing, column) || (column->numbers != NULL ? !isfinite(column->numbers[node]) : column->codes[node] == VG_TREE_NONE)) {
            continue;
        }
        bool bare = is_bare(column->name);
        vg_buffer_char(out, ',');
        put_text(out, column->name);
        vg_buffer_text(out, bare ? ":" : ":{\"value\":");
        if (column->numbers != NULL) {
            vg_buffer_double(out, column->numbers[node]);
        } else {
            put_text(out, column->values[column->codes[node]]);
        }
        if (writing->low != NULL && writing->high != NULL && vg_text_equals(column->name, "num_date") && isfinite(writing->low->numbers[node]) && isfinite(writing->high->numbers[node])) {
            vg_buffer_text(out, ",\"confidence\":[");
            vg_buffer_double(out, writing->low->numbers[node]);
            vg_buffer_char(out, ',');
            vg_buffer_double(out, writing->high->numbers[node]);
            vg_buffer_char(out, ']');
        }
        vg_buffer_text(out, bare ? "" : "}");
    }
    vg_buffer_char(out, '}');
}

/* A step of the walk that `letters` go along. */
static void write_letters(const struct writing *writing, uint32_t node, bool back)
{
    const struct vg_tree *tree = writing->tree;
    for (uint32_t m = tree->mutation_start[node]; writing->letters != NULL && m < tree->mutation_start[node + 1]; m++) {
        uint32_t one = tree->mutations[m];
        writing->letters[vg_mutation_site(one)] = "ACGT"[back ? vg_mutation_from(one) : vg_mutation_to(one)];
    }
}

/* Sites that come or go with the events [first, end) of a node, but those that one run leaves to another. */
static void put_sites(const struct writing *writing, uint32_t first, uint32_t end, bool opens)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out;
    uint32_t from[2] = {first, first}; /* where runs that go the other way begin that are not behind us */
    for (uint32_t i = first; i < end; i++) {
        const struct vg_tree_gap *gap = &tree->gaps[vg_gap_of(&tree->gap_events[i])], *other;
        bool gained = vg_gap_is_gained(&tree->gap_events[i]);
        uint32_t *behind = &from[gained ? 1 : 0];
        if (gap->letters != VG_TREE_NONE) {
            continue;
        }
        for (; *behind < end; (*behind)++) {
            other = &tree->gaps[vg_gap_of(&tree->gap_events[*behind])];
            if (other->letters == VG_TREE_NONE && vg_gap_is_gained(&tree->gap_events[*behind]) != gained && other->position + other->length > gap->position) {
                break;
            }
        }
        for (uint32_t site = gap->position, at = *behind; site < gap->position + gap->length;) {
            other = at < end ? &tree->gaps[vg_gap_of(&tree->gap_events[at])] : NULL;
            if (other != NULL && (other->letters != VG_TREE_NONE || vg_gap_is_gained(&tree->gap_events[at]) == gained || other->position + other->length <= site)) {
                at++;
            } else if (other != NULL && other->position <= site) {
                site = other->position + other->length;
            } else {
                vg_buffer_format(out, "%s\"%c%u%c\"", opens ? "" : ",", gained ? writing->letters[site] : '-', site + 1, gained ? '-' : writing->letters[site]);
                opens = false;
                site++;
            }
        }
    }
}

static void put_mutations(const struct writing *writing, uint32_t node)
{
    const struct vg_tree *tree = writing->tree;
    const struct vg_tree_acids *acids = writing->acids;
    struct vg_buffer *out = writing->out;
    uint32_t first = tree->mutation_start[node], end = tree->mutation_start[node + 1], behind = 0, event = tree->n_gap_events == 0 ? 0 : vg_tree_gap_events_of(tree, node, &behind);
    if (first == end && event == behind) {
        vg_buffer_text(out, "{}");
        return;
    }
    vg_buffer_text(out, "{\"nuc\":[");
    for (uint32_t m = first; m < end; m++) {
        uint32_t mutation = tree->mutations[m];
        vg_buffer_char(out, '"');
        vg_buffer_char(out, "ACGT"[vg_mutation_from(mutation)]);
        vg_buffer_integer(out, (int64_t)vg_mutation_site(mutation) + 1);
        vg_buffer_char(out, "ACGT"[vg_mutation_to(mutation)]);
        vg_buffer_text(out, m + 1 < end ? "\"," : "\"");
    }
    put_sites(writing, event, behind, first == end);
    vg_buffer_char(out, ']');
    for (uint32_t i = acids == NULL ? 0 : acids->start[node]; acids != NULL && i < acids->start[node + 1]; i++) {
        const struct vg_acid_change *change = &acids->changes[i];
        bool opens = i == acids->start[node] || change[-1].coding != change->coding, closes = i + 1 == acids->start[node + 1] || change[1].coding != change->coding;
        if (opens) {
            vg_buffer_char(out, ',');
            put_text(out, writing->genes[change->coding]);
        }
        vg_buffer_format(out, "%s\"%c%u%c\"%s", opens ? ":[" : ",", change->from, change->codon + 1, change->to, closes ? "]" : "");
    }
    vg_buffer_char(out, '}');
}

/* What comes or goes of one kind, "21765-21770, lost 28271" or "22204:GAGCCAGAA"; true: the label is there. */
static bool put_gap_label(const struct writing *writing, uint32_t first, uint32_t end, bool inserted, bool opens)
{
    bool any = false;
    for (uint32_t i = first; i < end; i++) {
        const struct vg_gap_event *one = &writing->tree->gap_events[i];
        if ((writing->tree->gaps[vg_gap_of(one)].letters != VG_TREE_NONE) == inserted) {
            vg_buffer_text(writing->out, any ? ", " : opens ? "\"" : ",\"");
            vg_buffer_text(writing->out, any ? "" : inserted ? "insertions\":\"" : "deletions\":\"");
            vg_buffer_text(writing->out, vg_gap_is_gained(one) ? "" : "lost ");
            vg_tree_gap_put(writing->tree, vg_gap_of(one), writing->out);
            any = true;
        }
    }
    vg_buffer_text(writing->out, any ? "\"" : "");
    return any;
}

/* Words beside the branch: where a clade begins its name; amino acids as augur has them, "S: N501Y, D614G; N: R203K"; what is deleted and inserted. */
static void put_labels(const struct writing *writing, uint32_t node)
{
    const struct vg_tree *tree = writing->tree;
    const struct vg_tree_acids *acids = writing->acids;
    struct vg_buffer *out = writing->out;
    uint32_t code = writing->clade == NULL ? VG_TREE_NONE : writing->clade->codes[node];
    bool begins = code != VG_TREE_NONE && (node == 0 || writing->clade->codes[tree->parent[node]] != code) && !vg_tree_is_leaf(tree, node);
    bool changes = acids != NULL && acids->start[node] < acids->start[node + 1];
    uint32_t behind = 0, event = tree->n_gap_events == 0 ? 0 : vg_tree_gap_events_of(tree, node, &behind);
    if (!begins && !changes && event == behind) {
        return;
    }
    vg_buffer_text(out, ",\"labels\":{");
    if (begins) {
        vg_buffer_text(out, "\"clade\":");
        put_text(out, writing->clade->values[code]);
    }
    for (uint32_t i = changes ? acids->start[node] : 0; changes && i < acids->start[node + 1]; i++) {
        const struct vg_acid_change *change = &acids->changes[i];
        bool first = i == acids->start[node], opens = first || change[-1].coding != change->coding;
        vg_buffer_text(out, first ? (begins ? ",\"aa\":\"" : "\"aa\":\"") : opens ? "; " : ", ");
        if (opens) {
            vg_buffer_format(out, "%.*s: ", (int)writing->genes[change->coding].size, writing->genes[change->coding].data);
        }
        vg_buffer_format(out, "%c%u%c", change->from, change->codon + 1, change->to);
    }
    vg_buffer_text(out, changes ? "\"" : "");
    bool opens = !begins && !changes;
    opens = !put_gap_label(writing, event, behind, false, opens) && opens;
    (void)put_gap_label(writing, event, behind, true, opens);
    vg_buffer_char(out, '}');
}

static void put_node(const struct writing *writing, uint32_t node, uint32_t divergence, struct vg_buffer *name)
{
    vg_buffer_clear(name);
    vg_tree_put_name(writing->tree, node, name);
    vg_buffer_text(writing->out, "{\"name\":");
    put_text(writing->out, vg_text_of(name->data, name->size));
    put_facts(writing, node, divergence);
    vg_buffer_text(writing->out, ",\"branch_attrs\":{\"mutations\":");
    put_mutations(writing, node);
    put_labels(writing, node);
    vg_buffer_char(writing->out, '}');
}

static void put_nodes(const struct writing *writing, struct output *output)
{
    const struct vg_tree *tree = writing->tree;
    struct vg_buffer *out = writing->out, name;
    struct list32 divergence = {0}; /* along the path */
    uint32_t depth = 0, open = VG_TREE_NONE;
    vg_buffer_init(&name, 0);
    for (uint32_t v = 0; v < tree->n_nodes && output->status == VG_OK; v++) {
        for (; open != tree->parent[v]; depth--) { /* close what does not lead to v */
            vg_buffer_text(out, tree->end[open] == open + 1 ? "}" : "]}");
            write_letters(writing, open, true);
            open = tree->parent[open];
        }
        write_letters(writing, v, false);
        vg_buffer_text(out, v == 0 ? "" : tree->parent[v] == v - 1 ? ",\"children\":[" : ",");
        divergence.n = depth;
        uint32_t above = depth == 0 ? 0 : divergence.items[depth - 1] + (tree->mutation_start[v + 1] - tree->mutation_start[v]);
        if (!list32_add(&divergence, above)) {
            output->status = vg_fail_memory(output->error, depth * sizeof(uint32_t));
        }
        put_node(writing, v, above, &name);
        open = v;
        depth++;
        output_maybe_flush(output);
    }
    for (; open != VG_TREE_NONE; open = tree->parent[open]) {
        vg_buffer_text(out, tree->end[open] == open + 1 ? "}" : "]}");
    }
    vg_buffer_text(out, "}\n");
    vg_buffer_release(&name);
    list32_free(&divergence);
}

void write_auspice(const struct vg_tree *tree, const struct vg_tree_write_options *options, struct output *output)
{
    struct writing writing = {.tree = tree, .acids = options->acids, .low = vg_tree_column(tree, "num_date_low"), .high = vg_tree_column(tree, "num_date_high"), .out = &output->buffer};
    vg_arena_init(&writing.arena, 0);
    writing.low = writing.low != NULL && writing.low->numbers != NULL ? writing.low : NULL;
    writing.high = writing.high != NULL && writing.high->numbers != NULL ? writing.high : NULL;
    for (uint32_t c = tree->n_columns; c-- > 0;) {
        writing.clade = tree->columns[c].is_clade && tree->columns[c].codes != NULL ? &tree->columns[c] : writing.clade;
    }
    writing.letters = tree->n_gap_events == 0 ? NULL : vg_arena_copy_bytes(&writing.arena, tree->reference, tree->length);
    if ((writing.acids != NULL && !name_genes(&writing)) || writing.arena.failed) {
        output->status = vg_fail_memory(output->error, tree->length);
    } else {
        put_meta(&writing, options);
        put_nodes(&writing, output);
    }
    vg_arena_release(&writing.arena);
}
