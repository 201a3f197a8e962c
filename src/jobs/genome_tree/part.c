/*
 * Parts of the kept tree for the page and for files: which leaves, whether their terms let them go, and in which form.
 */
#include "jobs/genome_tree/joined.h"

#include "jobs/place/place.h"
#include "trace/genome/clock/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIPS 10000 /* without a wish */

struct asking {
    struct vg_store *store;
    const struct vg_request *request;
    const struct vg_tree_wish *wish;
    struct vg_genome_set set;
    struct kept_tree kept;
    struct leaf_facts facts;
    uint32_t *leaves;          /* [n] of the kept tree, in preorder */
    size_t n, n_wanted, n_left_out; /* n_wanted: before thinning; left out: by their terms */
    const char *cut;           /* how the leaves were chosen: "whole", "lineage", "node", "sample" */
    bool for_others;          /* it goes to somebody else, who is told nothing of leaves that are not in the part */
    struct vg_tree *part;
    const struct vg_genome_annotation *annotation; /* NULL: no coding sequences are kept with the set */
    struct vg_tree_acids acids;    /* of the part, with an annotation */
    struct leaf_changes *changes;  /* [n] of leaves */
    const char **gap_acids;        /* [part->n_gaps] what a deletion or insertion does to proteins */
    uint32_t *origin;          /* [part->n_nodes] in the kept tree */
    struct vg_arena *arena;
    struct vg_answer *answer;
    struct vg_error *error;
};

/* ------------------------------------------------------------------- choosing */

static bool is_of_lineage(const struct asking *asking, uint32_t v, const char *lineage)
{
    uint32_t code = asking->facts.lineage[v];
    size_t size = strlen(lineage);
    if (code == VG_DICTIONARY_NONE) {
        return false;
    }
    struct vg_text name = asking->facts.lineages.keys[code];
    return name.size >= size && memcmp(name.data, lineage, size) == 0 && (name.size == size || name.data[size] == '.');
}

static void take_leaves(struct asking *asking, uint32_t first, uint32_t end, const char *lineage)
{
    asking->n = 0;
    for (uint32_t v = first; v < end; v++) {
        if (vg_tree_is_leaf(asking->kept.tree, v) && (lineage == NULL || is_of_lineage(asking, v, lineage))) {
            asking->leaves[asking->n++] = v;
        }
    }
    asking->n_wanted = asking->n;
}

/* The leaves around one, in mutations. */
static vg_status take_around(struct asking *asking, uint32_t v, uint32_t tips)
{
    struct vg_tree *part = NULL, *tree = asking->kept.tree;
    struct vg_tree_names *names = NULL;
    vg_status status = vg_tree_extract(tree, &v, 1, tips < tree->n_leaves ? tips : tree->n_leaves, &part, asking->error);
    status = status == VG_OK ? vg_tree_names_new(part, &names, asking->error) : status;
    asking->n = 0;
    for (uint32_t u = 0; status == VG_OK && u < tree->n_nodes; u++) {
        if (vg_tree_is_leaf(tree, u) && (u == v || vg_tree_names_find(names, vg_tree_name(tree, u)) != VG_TREE_NONE)) {
            asking->leaves[asking->n++] = u;
        }
    }
    asking->n_wanted = tree->n_leaves;
    vg_tree_names_free(names);
    vg_tree_free(part);
    return status;
}

/* Not more than so many: the node's own go first, each kind evenly over the tree. */
static void thin(struct asking *asking, size_t tips)
{
    size_t own = 0, others = 0, n = 0, seen[2] = {0, 0};
    if (asking->n <= tips) {
        return;
    }
    for (size_t i = 0; i < asking->n; i++) {
        own += asking->facts.own[asking->leaves[i]];
    }
    others = asking->n - own;
    const size_t room[2] = {own >= tips ? 0 : tips - own, own < tips ? own : tips}, all[2] = {others, own};
    for (size_t i = 0; i < asking->n; i++) {
        unsigned kind = asking->facts.own[asking->leaves[i]];
        size_t before = seen[kind] * room[kind] / all[kind], after = ++seen[kind] * room[kind] / all[kind];
        if (after > before) {
            asking->leaves[n++] = asking->leaves[i];
        }
    }
    asking->n = n;
}

static vg_status choose(struct asking *asking)
{
    const struct vg_tree_wish *wish = asking->wish;
    struct vg_tree *tree = asking->kept.tree;
    uint32_t tips = wish->tips == 0 ? TIPS : (uint32_t)wish->tips;
    int wishes = (wish->node != NULL) + (wish->sample != NULL) + (wish->lineage != NULL);
    const char *name = wish->node != NULL ? wish->node : wish->sample;
    uint32_t v = 0;
    asking->leaves = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)tree->n_leaves + 1);
    if (asking->leaves == NULL) {
        return vg_fail_memory(asking->error, tree->n_leaves);
    }
    if (wishes > 1) {
        return vg_fail(asking->error, VG_USAGE_ERROR, "one of node, sample and lineage, not several");
    }
    if (name != NULL) {
        vg_status status = vg_job_find_node(tree, name, vg_arena_format(asking->arena, "the tree of %s", asking->set.name), &v, asking->error);
        if (status != VG_OK) {
            return status;
        }
    }
    asking->cut = wish->node != NULL ? "node" : wish->sample != NULL ? "sample" : wish->lineage != NULL ? "lineage" : "whole";
    if (wish->sample != NULL) {
        return take_around(asking, v, tips);
    }
    take_leaves(asking, v, tree->end[v], wish->lineage);
    if (asking->n == 0) {
        return vg_fail(asking->error, VG_NOT_FOUND, "no leaf of the tree is of the lineage %.100s", wish->lineage);
    }
    thin(asking, tips);
    return VG_OK;
}

/* The part as a tree, and where its nodes were. A branching point of the part is the lowest node above its first and last leaf. */
static vg_status extract(struct asking *asking)
{
    struct vg_tree *tree = asking->kept.tree;
    vg_status status = vg_tree_extract(tree, asking->leaves, asking->n, (uint32_t)asking->n, &asking->part, asking->error);
    if (status != VG_OK) {
        return status;
    }
    asking->origin = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1);
    uint32_t *first = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1), *before = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1);
    if (asking->origin == NULL || first == NULL || before == NULL) {
        return vg_fail_memory(asking->error, asking->part->n_nodes);
    }
    uint32_t n = 0;
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) { /* leaves before v: the first one below it comes next */
        before[v] = n;
        n += vg_tree_is_leaf(asking->part, v);
    }
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) {
        uint32_t end = asking->part->end[v], last = end < asking->part->n_nodes ? before[end] : n;
        asking->origin[v] = vg_tree_common_ancestor(tree, asking->leaves[before[v]], asking->leaves[last - 1]);
    }
    return n == asking->n ? VG_OK : vg_fail(asking->error, VG_SYSTEM_ERROR, "the part of the tree has %u leaves and not %zu", n, asking->n);
}

/* What the node knows of the part's proteins and gaps. */
static vg_status read_changes(struct asking *asking)
{
    vg_status status = genome_set_annotation(&asking->set, asking->arena, &asking->annotation, asking->error);
    if (status == VG_OK && asking->annotation != NULL) {
        status = vg_tree_acids_new(asking->part, asking->annotation, asking->arena, &asking->acids, asking->error);
    }
    return status == VG_OK ? leaf_changes_read(&asking->set, asking->annotation, asking->kept.tree, asking->part, &asking->facts, asking->leaves, asking->n, asking->arena, &asking->changes, &asking->gap_acids, asking->error)
                           : status;
}

/* ------------------------------------------------------------------- document */

static vg_status put_names(struct asking *asking, struct vg_buffer *out)
{
    struct vg_buffer name;
    vg_buffer_init(&name, 0);
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) {
        vg_buffer_clear(&name);
        vg_tree_put_name(asking->kept.tree, asking->origin[v], &name);
        vg_buffer_text(out, v == 0 ? "" : ",");
        vg_buffer_json_string(out, name.data, name.size);
    }
    vg_status status = name.failed ? vg_fail_memory(asking->error, name.size) : VG_OK;
    vg_buffer_release(&name);
    return status;
}

static void put_list(struct vg_buffer *out, const char *name)
{
    vg_buffer_format(out, ",\n\"%s\":[", name);
}

static void put_mutations(const struct vg_tree *tree, uint32_t v, struct vg_buffer *out)
{
    for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
        uint32_t one = tree->mutations[m];
        vg_buffer_format(out, "%s%c%u%c", m == tree->mutation_start[v] ? "" : ",", "ACGT"[vg_mutation_from(one)], vg_mutation_site(one) + 1, "ACGT"[vg_mutation_to(one)]);
    }
}

static void put_acids(const struct asking *asking, uint32_t v, struct vg_buffer *out)
{
    for (uint32_t i = asking->acids.start[v]; i < asking->acids.start[v + 1]; i++) {
        vg_buffer_text(out, i == asking->acids.start[v] ? "" : ",");
        vg_acid_change_put(asking->annotation, &asking->acids.changes[i], out);
    }
}

/* What comes (+) and goes (-) on the branch into a node, with what it does to proteins: +21765-21770,+S:H69-,+S:V70-,-28271. */
static void put_gap_events(const struct asking *asking, uint32_t v, bool with_acids, struct vg_buffer *out)
{
    uint32_t end, first = vg_tree_gap_events_of(asking->part, v, &end);
    for (uint32_t i = first; i < end; i++) {
        const struct vg_gap_event *one = &asking->part->gap_events[i];
        char sign = vg_gap_is_gained(one) ? '+' : '-';
        vg_buffer_format(out, "%s%c", i == first ? "" : ",", sign);
        vg_tree_gap_put(asking->part, vg_gap_of(one), out);
        for (const char *acid = with_acids ? asking->gap_acids[vg_gap_of(one)] : ""; *acid != '\0'; acid += strcspn(acid, ","), acid += *acid == ',') {
            vg_buffer_format(out, ",%c%.*s", sign, (int)strcspn(acid, ","), acid);
        }
    }
}

/* Amino acids that change on each branch, and what each leaf lacks or has between, in one list: 21765-21770,22204:GAGCCAGAA,S:H69-,S:214:EPE; ? before what was not read. */
static vg_status put_changes(struct asking *asking, struct vg_buffer *out)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    put_list(out, "acids");
    for (uint32_t v = 0; asking->annotation != NULL && v < asking->part->n_nodes; v++) {
        vg_buffer_clear(&text);
        put_acids(asking, v, &text);
        vg_buffer_text(out, v == 0 ? "" : ",");
        vg_buffer_json_string(out, text.size == 0 ? "" : text.data, text.size);
    }
    vg_buffer_char(out, ']');
    put_list(out, "gaps");
    for (uint32_t v = 0, leaf = 0; v < asking->part->n_nodes; v++) {
        const struct leaf_changes *one = vg_tree_is_leaf(asking->part, v) ? &asking->changes[leaf++] : NULL;
        const char *const lists[] = {one == NULL ? NULL : one->called, one == NULL ? NULL : one->acid_deletions, one == NULL ? NULL : one->acid_insertions};
        vg_buffer_text(out, v == 0 ? "" : ",");
        if (one == NULL || one->deletions == NULL) {
            vg_buffer_text(out, "null");
            continue;
        }
        vg_buffer_clear(&text);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            if (lists[i] != NULL && lists[i][0] != '\0') {
                vg_buffer_text(&text, text.size == 0 ? "" : ",");
                vg_buffer_text(&text, lists[i]);
            }
        }
        for (const char *unread = one->unread; *unread != '\0'; unread += strcspn(unread, ","), unread += *unread == ',') {
            vg_buffer_text(&text, text.size == 0 ? "?" : ",?");
            vg_buffer_append(&text, unread, strcspn(unread, ","));
        }
        vg_buffer_json_string(out, text.size == 0 ? "" : text.data, text.size);
    }
    vg_buffer_char(out, ']');
    put_list(out, "gap_events");
    for (uint32_t v = 0; asking->part->n_gap_events > 0 && v < asking->part->n_nodes; v++) {
        vg_buffer_clear(&text);
        put_gap_events(asking, v, true, &text);
        vg_buffer_text(out, v == 0 ? "" : ",");
        vg_buffer_json_string(out, text.size == 0 ? "" : text.data, text.size);
    }
    vg_buffer_char(out, ']');
    vg_status status = text.failed ? vg_fail_memory(asking->error, text.size) : VG_OK;
    vg_buffer_release(&text);
    return status;
}

/* A number a node, null where there is none. */
struct numbers { struct vg_buffer *out; bool first; };
static void put_number(struct numbers *numbers, int64_t value, bool known)
{
    vg_buffer_text(numbers->out, numbers->first ? "" : ",");
    numbers->first = false;
    if (known) {
        vg_buffer_integer(numbers->out, value);
    } else {
        vg_buffer_text(numbers->out, "null");
    }
}

static void put_years(struct asking *asking, struct vg_buffer *out, const char *name, const char *column_name)
{
    const struct vg_tree_column *column = vg_tree_column(asking->kept.tree, column_name);
    struct numbers numbers = {out, true};
    if (column == NULL || column->numbers == NULL) {
        vg_buffer_format(out, ",\n\"%s\":null", name);
        return;
    }
    put_list(out, name);
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) {
        double year = column->numbers[asking->origin[v]];
        put_number(&numbers, isfinite(year) ? vg_clock_date_of_year(year) : 0, isfinite(year));
    }
    vg_buffer_char(out, ']');
}

enum fact { FACT_LINEAGE, FACT_PROVIDER, FACT_QUALITY, FACT_PLACE, FACT_REGION, FACT_DATE, FACT_OWN, FACT_LEAVES };

/* The word of a node of the part. */
static uint32_t word_at(const struct asking *asking, uint32_t v, enum fact fact, const uint32_t *words)
{
    uint32_t word = words[asking->origin[v]];
    if (word == VG_DICTIONARY_NONE || (fact != FACT_LINEAGE && !vg_tree_is_leaf(asking->part, v))) {
        return VG_DICTIONARY_NONE;
    }
    return fact == FACT_REGION ? asking->facts.regions.region_of[word] : word;
}

static void put_facts(struct asking *asking, struct vg_buffer *out, const char *name, enum fact fact, const uint32_t *words)
{
    struct numbers numbers = {out, true};
    const struct leaf_facts *facts = &asking->facts;
    put_list(out, name);
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) {
        uint32_t at = asking->origin[v];
        bool leaf = vg_tree_is_leaf(asking->part, v);
        if (fact == FACT_DATE) {
            put_number(&numbers, facts->date[at], leaf && facts->date[at] != VG_DATE_NONE);
        } else if (fact == FACT_OWN) {
            put_number(&numbers, facts->own[at], true);
        } else {
            uint32_t word = word_at(asking, v, fact, words);
            put_number(&numbers, word, word != VG_DICTIONARY_NONE);
        }
    }
    vg_buffer_char(out, ']');
}

/* The words that the numbers of a fact stand for; those of other leaves are "" where they are nobody's business. */
static void put_words(struct asking *asking, struct vg_buffer *out, const char *name, enum fact fact, const uint32_t *codes, const struct vg_dictionary *words)
{
    uint8_t *used = VG_ARENA_ARRAY(asking->arena, uint8_t, words->count + 1); /* no memory: the job sees the arena's mark */
    for (uint32_t v = 0; used != NULL && v < asking->part->n_nodes; v++) {
        uint32_t word = word_at(asking, v, fact, codes);
        if (word != VG_DICTIONARY_NONE) {
            used[word] = 1;
        }
    }
    put_list(out, name);
    for (size_t i = 0; used != NULL && i < words->count; i++) {
        struct vg_text word = fact == FACT_PLACE ? genome_regions_code(&asking->facts.regions, (uint32_t)i) : words->keys[i];
        vg_buffer_text(out, i == 0 ? "" : ",");
        vg_buffer_json_string(out, word.data, asking->for_others && !used[i] ? 0 : word.size);
    }
    vg_buffer_char(out, ']');
}

/* Leaves of the kept tree below each node of the part; of the part alone where others are nobody's business. */
static vg_status put_leaves_below(struct asking *asking, struct vg_buffer *out)
{
    const struct vg_tree *tree = asking->for_others ? asking->part : asking->kept.tree;
    struct numbers numbers = {out, true};
    uint32_t *before = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)tree->n_nodes + 1);
    if (before == NULL) {
        return vg_fail_memory(asking->error, tree->n_nodes);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        before[v + 1] = before[v] + vg_tree_is_leaf(tree, v);
    }
    put_list(out, "leaves_below");
    for (uint32_t v = 0; v < asking->part->n_nodes; v++) {
        uint32_t at = asking->for_others ? v : asking->origin[v];
        put_number(&numbers, before[tree->end[at]] - before[at], true);
    }
    vg_buffer_char(out, ']');
    return VG_OK;
}

static vg_status put_document(struct asking *asking)
{
    struct vg_buffer *out = &asking->answer->meta;
    const struct vg_tree *part = asking->part;
    struct leaf_facts *facts = &asking->facts;
    struct numbers numbers = {out, true};
    vg_buffer_char(out, '{');
    job_meta_text(out, "set", asking->set.name);
    if (asking->answer->simulated) {
        job_meta_text(out, "exercise", VG_EXERCISE_MARK);
    }
    job_meta_text(out, "made", asking->kept.made_at);
    vg_buffer_format(out, ",\"kept\":%s", asking->kept.parameters == NULL ? "null" : asking->kept.parameters);
    job_meta_text(out, "cut", asking->cut);
    job_meta_number(out, "wanted", (double)asking->n_wanted);
    job_meta_number(out, "leaves", (double)asking->n);
    job_meta_number(out, "left_out", (double)asking->n_left_out);
    job_meta_text(out, "level", vg_place_level_name(facts->regions.level));
    put_list(out, "parent");
    for (uint32_t v = 0; v < part->n_nodes; v++) {
        put_number(&numbers, part->parent[v] == VG_TREE_NONE ? -1 : (int64_t)part->parent[v], true);
    }
    vg_buffer_char(out, ']');
    put_list(out, "name");
    vg_status status = put_names(asking, out);
    vg_buffer_char(out, ']');
    put_list(out, "mutations");
    for (uint32_t v = 0; v < part->n_nodes; v++) {
        vg_buffer_text(out, v == 0 ? "\"" : ",\"");
        put_mutations(part, v, out);
        vg_buffer_char(out, '"');
    }
    vg_buffer_char(out, ']');
    status = status == VG_OK ? put_changes(asking, out) : status;
    put_years(asking, out, "time", "num_date");
    put_years(asking, out, "time_low", GENOME_TREE_LOW);
    put_years(asking, out, "time_high", GENOME_TREE_HIGH);
    put_facts(asking, out, "date", FACT_DATE, NULL);
    put_facts(asking, out, "own", FACT_OWN, NULL);
    put_facts(asking, out, "lineage", FACT_LINEAGE, facts->lineage);
    put_facts(asking, out, "place", FACT_PLACE, facts->place);
    put_facts(asking, out, "region", FACT_REGION, facts->place);
    put_facts(asking, out, "provider", FACT_PROVIDER, facts->provider);
    put_facts(asking, out, "quality", FACT_QUALITY, facts->quality);
    put_words(asking, out, "lineages", FACT_LINEAGE, facts->lineage, &facts->lineages);
    put_words(asking, out, "places", FACT_PLACE, facts->place, &facts->regions.words);
    put_words(asking, out, "regions", FACT_REGION, facts->place, &facts->regions.names);
    put_words(asking, out, "providers", FACT_PROVIDER, facts->provider, &facts->providers);
    put_words(asking, out, "qualities", FACT_QUALITY, facts->quality, &facts->qualities);
    status = status == VG_OK ? put_leaves_below(asking, out) : status;
    vg_buffer_char(out, '}');
    return status;
}

/* ---------------------------------------------------------------------- files */

static const char *copy_code(struct asking *asking, uint32_t word)
{
    struct vg_text code = word == VG_DICTIONARY_NONE ? vg_text_of(NULL, 0) : genome_regions_code(&asking->facts.regions, word);
    return code.data == NULL ? NULL : vg_arena_copy_bytes(asking->arena, code.data, code.size);
}

static void word_cell(struct vg_table *table, const struct vg_dictionary *words, uint32_t word)
{
    if (word == VG_DICTIONARY_NONE) {
        vg_table_missing(table);
    } else {
        vg_table_text_slice(table, words->keys[word]);
    }
}

/* A row a leaf. */
static vg_status put_rows(struct asking *asking)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"name", VG_COLUMN_TEXT}, {"date", VG_COLUMN_DATE}, {"place", VG_COLUMN_TEXT}, {"lineage", VG_COLUMN_TEXT}, {"mutations_from_root", VG_COLUMN_INTEGER}, {"own_mutations", VG_COLUMN_TEXT},
        {"own_acids", VG_COLUMN_TEXT}, {"own_gaps", VG_COLUMN_TEXT}, {"deletions", VG_COLUMN_TEXT}, {"insertions", VG_COLUMN_TEXT}, {"aa_substitutions", VG_COLUMN_TEXT}, {"aa_deletions", VG_COLUMN_TEXT}, {"aa_insertions", VG_COLUMN_TEXT},
        {"quality", VG_COLUMN_TEXT}, {"provider", VG_COLUMN_TEXT}, {"licence", VG_COLUMN_TEXT}, {"agreement", VG_COLUMN_TEXT}, {"embargo", VG_COLUMN_DATE}, {"of_this_node", VG_COLUMN_BOOLEAN}};
    struct vg_table *table = &asking->answer->table;
    const struct vg_tree *part = asking->part;
    const struct leaf_facts *facts = &asking->facts;
    uint32_t *depth = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)part->n_nodes + 1);
    struct vg_buffer text;
    if (depth == NULL) {
        return vg_fail_memory(asking->error, part->n_nodes);
    }
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    vg_buffer_init(&text, 0);
    for (uint32_t v = 0, leaf = 0; v < part->n_nodes; v++) {
        uint32_t at = asking->origin[v];
        depth[v] = v == 0 ? 0 : depth[part->parent[v]] + part->mutation_start[v + 1] - part->mutation_start[v];
        if (!vg_tree_is_leaf(part, v)) {
            continue;
        }
        const struct vg_genome_terms *terms = &facts->terms[at];
        const struct leaf_changes *changes = &asking->changes[leaf++];
        vg_buffer_clear(&text);
        put_mutations(part, v, &text);
        vg_table_text_slice(table, vg_tree_name(part, v));
        vg_table_date(table, facts->date[at]);
        vg_table_text(table, copy_code(asking, facts->place[at]));
        word_cell(table, &facts->lineages, facts->lineage[at]);
        vg_table_integer(table, depth[v]);
        vg_table_text_slice(table, vg_text_of(text.size == 0 ? "" : text.data, text.size));
        vg_buffer_clear(&text);
        if (asking->annotation != NULL) {
            put_acids(asking, v, &text);
            vg_table_text_slice(table, vg_text_of(text.size == 0 ? "" : text.data, text.size));
        } else {
            vg_table_missing(table);
        }
        vg_buffer_clear(&text);
        put_gap_events(asking, v, false, &text);
        vg_table_text_slice(table, vg_text_of(text.size == 0 ? "" : text.data, text.size));
        vg_table_text(table, changes->deletions);
        vg_table_text(table, changes->insertions);
        vg_table_text(table, changes->acids);
        vg_table_text(table, changes->acid_deletions);
        vg_table_text(table, changes->acid_insertions);
        word_cell(table, &facts->qualities, facts->quality[at]);
        word_cell(table, &facts->providers, facts->provider[at]);
        vg_table_text(table, terms->licence);
        vg_table_text(table, terms->agreement);
        vg_table_date(table, terms->embargo);
        vg_table_boolean(table, facts->own[at] != 0);
    }
    vg_status status = text.failed || table->failed ? vg_fail_memory(asking->error, text.size) : VG_OK;
    vg_buffer_release(&text);
    return status;
}

static struct vg_tree_column code_column(struct asking *asking, const char *name, const uint32_t *codes, const struct vg_text *values, size_t n)
{
    uint32_t *own = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1);
    for (uint32_t v = 0; own != NULL && v < asking->part->n_nodes; v++) {
        own[v] = codes == NULL ? 0 : codes[asking->origin[v]] == VG_DICTIONARY_NONE ? VG_TREE_NONE : codes[asking->origin[v]];
    }
    return (struct vg_tree_column){.name = vg_text_from(name), .codes = own, .values = values, .n_values = (uint32_t)n};
}

enum term { TERM_LICENCE, TERM_AGREEMENT, TERM_EMBARGO };

static struct vg_text term_of(const struct vg_genome_terms *terms, enum term term, char day[VG_DATE_TEXT_BYTES])
{
    const char *text = term == TERM_LICENCE ? terms->licence : term == TERM_AGREEMENT ? terms->agreement : day;
    if (term == TERM_EMBARGO && (terms->embargo == VG_DATE_NONE || !vg_date_print(terms->embargo, day))) {
        text = NULL;
    }
    return vg_text_from(text == NULL ? "" : text);
}

/* A term of each leaf as a column. */
static struct vg_tree_column term_column(struct asking *asking, const char *name, enum term term)
{
    struct vg_dictionary words;
    char day[VG_DATE_TEXT_BYTES];
    uint32_t *codes = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1);
    vg_dictionary_init(&words, asking->arena);
    for (uint32_t v = 0; codes != NULL && v < asking->part->n_nodes; v++) {
        struct vg_text word = vg_tree_is_leaf(asking->part, v) ? term_of(&asking->facts.terms[asking->origin[v]], term, day) : vg_text_of("", 0);
        codes[v] = word.size == 0 ? VG_TREE_NONE : vg_dictionary_add(&words, word);
    }
    return (struct vg_tree_column){.name = vg_text_from(name), .codes = codes, .values = words.keys, .n_values = (uint32_t)words.count};
}

/* A list of changes of each leaf as a column: "none" where it is known that there are none. */
enum change { CHANGE_DELETIONS, CHANGE_INSERTIONS, CHANGE_ACID_DELETIONS };
static struct vg_tree_column change_column(struct asking *asking, const char *name, enum change change)
{
    struct vg_dictionary words;
    uint32_t *codes = VG_ARENA_ARRAY(asking->arena, uint32_t, (size_t)asking->part->n_nodes + 1);
    vg_dictionary_init(&words, asking->arena);
    for (uint32_t v = 0, leaf = 0; codes != NULL && v < asking->part->n_nodes; v++) {
        const struct leaf_changes *one = vg_tree_is_leaf(asking->part, v) ? &asking->changes[leaf++] : NULL;
        const char *list = one == NULL ? NULL : change == CHANGE_DELETIONS ? one->deletions : change == CHANGE_INSERTIONS ? one->insertions : one->acid_deletions;
        codes[v] = list == NULL ? VG_TREE_NONE : vg_dictionary_add(&words, vg_text_from(list[0] == '\0' ? "none" : list));
    }
    return (struct vg_tree_column){.name = vg_text_from(name), .codes = codes, .values = words.keys, .n_values = (uint32_t)words.count};
}

/* The part with what the page knows of it, and on which terms it goes, as another program reads it. */
static vg_status put_tree(struct asking *asking, enum vg_tree_form form)
{
    static const char *const exercise[] = {VG_EXERCISE_MARK};
    const struct vg_tree *part = asking->part;
    struct leaf_facts *facts = &asking->facts;
    struct vg_tree dressed = *part;
    struct vg_tree_column columns[13];
    struct vg_text mark = vg_text_from(exercise[0]), *places = VG_ARENA_ARRAY(asking->arena, struct vg_text, facts->regions.words.count + 1);
    const struct vg_tree_column *years = vg_tree_column(part, "num_date");
    if (places == NULL) {
        return vg_fail_memory(asking->error, facts->regions.words.count);
    }
    for (size_t i = 0; i < facts->regions.words.count; i++) {
        places[i] = genome_regions_code(&facts->regions, (uint32_t)i);
    }
    dressed.n_columns = 0;
    dressed.columns = columns;
    if (years != NULL && years->numbers != NULL) {
        columns[dressed.n_columns++] = *years;
        const struct vg_tree_column *low = vg_tree_column(part, GENOME_TREE_LOW), *high = vg_tree_column(part, GENOME_TREE_HIGH);
        if (low != NULL && high != NULL) {
            columns[dressed.n_columns++] = *low;
            columns[dressed.n_columns++] = *high;
        }
    }
    columns[dressed.n_columns] = code_column(asking, "lineage", facts->lineage, facts->lineages.keys, facts->lineages.count);
    columns[dressed.n_columns++].is_clade = true; /* by which Auspice colours first */
    columns[dressed.n_columns++] = code_column(asking, "place", facts->place, places, facts->regions.words.count);
    columns[dressed.n_columns++] = code_column(asking, "provider", facts->provider, facts->providers.keys, facts->providers.count);
    columns[dressed.n_columns++] = term_column(asking, "licence", TERM_LICENCE);
    columns[dressed.n_columns++] = term_column(asking, "agreement", TERM_AGREEMENT);
    columns[dressed.n_columns++] = term_column(asking, "embargo", TERM_EMBARGO);
    columns[dressed.n_columns++] = change_column(asking, "deletions", CHANGE_DELETIONS);
    columns[dressed.n_columns++] = change_column(asking, "insertions", CHANGE_INSERTIONS);
    if (asking->annotation != NULL) {
        columns[dressed.n_columns++] = change_column(asking, "aa_deletions", CHANGE_ACID_DELETIONS);
    }
    if (asking->answer->simulated) {
        columns[dressed.n_columns++] = code_column(asking, "exercise", NULL, &mark, 1);
    }
    const char *title = vg_arena_format(asking->arena, "Vigia: %s%s%s", asking->set.name, asking->answer->simulated ? " · " : "", asking->answer->simulated ? VG_EXERCISE_MARK : "");
    if (asking->arena->failed) {
        return vg_fail_memory(asking->error, part->n_nodes);
    }
    struct vg_tree_write_options options = {.title = title, .updated = vg_date_today(), .acids = asking->annotation == NULL ? NULL : &asking->acids};
    struct vg_tree_sink sink = vg_tree_sink_of(&asking->answer->meta);
    return vg_tree_write(&dressed, form, &options, &sink, asking->error);
}

/* ------------------------------------------------------------------------ job */

static vg_status write_form(struct asking *asking)
{
    const char *form = asking->wish->form == NULL ? "page" : asking->wish->form;
    struct vg_answer *answer = asking->answer;
    const char *ending = strcmp(form, "auspice") == 0 ? "json" : strcmp(form, "newick") == 0 ? "nwk" : strcmp(form, "csv") == 0 ? "csv" : NULL;
    if (ending != NULL) {
        (void)snprintf(answer->file_name, sizeof answer->file_name, "vigia-%s%.60s.%s", answer->simulated ? "exercise-" : "", asking->set.name, ending);
    }
    if (strcmp(form, "page") == 0) {
        return put_document(asking);
    }
    if (strcmp(form, "csv") == 0) {
        return put_rows(asking);
    }
    if (strcmp(form, "auspice") == 0) {
        return put_tree(asking, VG_TREE_AUSPICE);
    }
    answer->media_type = "text/x-nh; charset=utf-8";
    return strcmp(form, "newick") == 0 ? put_tree(asking, VG_TREE_NEWICK) : vg_fail(asking->error, VG_USAGE_ERROR, "form is page, auspice, newick or csv, not \"%.40s\"", form);
}

vg_status vg_job_tree_node(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct asking asking = {.store = store, .request = request, .wish = &request->tree, .arena = arena, .answer = answer, .error = error};
    asking.for_others = asking.wish->use != NULL && strcmp(asking.wish->use, "here") != 0;
    vg_status status = vg_genomes_set_find(store, request->dataset, arena, &asking.set, error);
    status = status == VG_OK ? kept_tree_open(store, asking.set.name, arena, &asking.kept, error) : status;
    status = status == VG_OK ? leaf_facts_read(store, &asking.set, asking.kept.tree, arena, &asking.facts, error) : status;
    status = status == VG_OK ? genome_regions_settle(&asking.facts.regions, request->level, error) : status;
    answer->simulated = status == VG_OK && vg_genome_set_is_invented(&asking.set);
    status = status == VG_OK ? choose(&asking) : status;
    status = status == VG_OK ? leaf_terms_ask(asking.kept.tree, &asking.facts, asking.wish, asking.leaves, &asking.n, &asking.n_left_out, error) : status;
    status = status == VG_OK ? extract(&asking) : status;
    status = status == VG_OK ? read_changes(&asking) : status;
    status = status == VG_OK ? write_form(&asking) : status;
    vg_tree_free(asking.part);
    kept_tree_close(&asking.kept);
    return status == VG_OK && (arena->failed || answer->meta.failed) ? vg_fail_memory(error, 0) : status;
}
