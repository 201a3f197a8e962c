/*
 * The kept tree, and what is told of its leaves: by the node of its own genomes, by the tree's columns of the others.
 */
#include "jobs/genome_tree/joined.h"

#include "jobs/place/place.h"
#include "trace/genome/clock/clock.h"

#include <math.h>
#include <string.h>

static const char *const place_columns[] = {"place", "location", "division", "country", "region", NULL};
static const char *const provider_columns[] = {"provider", "submitting_lab", "originating_lab", NULL};
static const char *const licence_columns[] = {"licence", "license", "data_use_terms", NULL};
static const char *const said_columns[] = {GENOME_TREE_LICENCE, NULL};

vg_status kept_tree_open(struct vg_store *store, const char *set, struct vg_arena *arena, struct kept_tree *kept, struct vg_error *error)
{
    struct vg_product product;
    *kept = (struct kept_tree){.tree = NULL};
    if (vg_store_get_product(store, GENOME_TREE_KIND, set, arena, &product, NULL) != VG_OK) {
        return arena->failed ? vg_fail_memory(error, 0) : vg_fail(error, VG_NOT_FOUND, "the genomes %s have no tree on this node: vigia place --node NODE [TREE] makes one", set);
    }
    kept->parameters = product.parameters_json;
    kept->made_at = product.made_at;
    return vg_tree_map(vg_text_of(product.content, product.content_bytes), "the node's tree", &kept->tree, error);
}

void kept_tree_close(struct kept_tree *kept)
{
    vg_tree_free(kept->tree);
    kept->tree = NULL;
}

/* The first of the tree's columns of these names that has words; NULL: none. names end with NULL. */
static const struct vg_tree_column *tree_words(const struct vg_tree *tree, const char *const *names)
{
    for (; *names != NULL; names++) {
        const struct vg_tree_column *column = vg_tree_column(tree, *names);
        if (column != NULL && column->codes != NULL) {
            return column;
        }
    }
    return NULL;
}

static struct vg_text word_of(const struct vg_tree_column *column, uint32_t node)
{
    return column == NULL || column->codes[node] == VG_TREE_NONE ? vg_text_of("", 0) : column->values[column->codes[node]];
}

static uint32_t code_of(struct vg_dictionary *words, struct vg_text word)
{
    return word.size == 0 ? VG_DICTIONARY_NONE : vg_dictionary_add(words, word);
}

/* What the tree's columns tell of every node, leaves or not. */
static void read_columns(const struct vg_tree *tree, struct vg_arena *arena, struct leaf_facts *facts)
{
    const struct vg_tree_column *lineage = vg_job_clade_column(tree), *place = tree_words(tree, place_columns), *provider = tree_words(tree, provider_columns);
    const struct vg_tree_column *licence = tree_words(tree, licence_columns), *said = tree_words(tree, said_columns), *year = vg_tree_column(tree, GENOME_TREE_GIVEN);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        bool leaf = vg_tree_is_leaf(tree, v);
        facts->date[v] = VG_DATE_NONE;
        facts->kept[v] = VG_TREE_NONE;
        facts->lineage[v] = code_of(&facts->lineages, word_of(lineage, v));
        facts->place[v] = leaf ? genome_regions_word(&facts->regions, word_of(place, v)) : VG_DICTIONARY_NONE;
        facts->provider[v] = leaf ? code_of(&facts->providers, word_of(provider, v)) : VG_DICTIONARY_NONE;
        facts->quality[v] = VG_DICTIONARY_NONE;
        if (!leaf) {
            continue;
        }
        struct vg_text terms = word_of(licence, v);
        terms = terms.size > 0 ? terms : word_of(said, v); /* for those that do not say */
        facts->terms[v] = (struct vg_genome_terms){.licence = terms.size == 0 ? NULL : vg_arena_copy_bytes(arena, terms.data, terms.size), .embargo = VG_DATE_NONE};
        if (year != NULL && year->numbers != NULL && isfinite(year->numbers[v])) {
            facts->date[v] = vg_clock_date_of_year(year->numbers[v]);
        }
    }
}

struct joining {
    const struct vg_tree *tree;
    struct vg_tree_names *names;
    struct leaf_facts *facts;
    struct vg_arena *arena;
};

static struct vg_text text_or_empty(const char *text)
{
    return vg_text_from(text == NULL ? "" : text);
}

static vg_status join_genome(void *context, const struct vg_kept_genome *genome, struct vg_error *error)
{
    struct joining *joining = context;
    struct leaf_facts *facts = joining->facts;
    uint32_t v = vg_tree_names_find(joining->names, vg_text_from(genome->name));
    if (v == VG_TREE_NONE || !vg_tree_is_leaf(joining->tree, v)) {
        return VG_OK;
    }
    const struct vg_genome_terms *terms = &genome->terms;
    struct vg_text *packed = vg_arena_room(joining->arena, facts->packed, facts->n_packed, &facts->packed_capacity, sizeof *packed);
    if (packed == NULL) {
        return vg_fail_memory(error, facts->n_packed * sizeof *packed);
    }
    facts->packed = packed;
    facts->packed[facts->n_packed] = vg_text_of(vg_arena_copy_bytes(joining->arena, genome->packed.data, genome->packed.size), genome->packed.size);
    facts->kept[v] = (uint32_t)facts->n_packed++;
    facts->own[v] = 1;
    facts->date[v] = genome->date;
    facts->place[v] = genome_regions_word(&facts->regions, text_or_empty(genome->place));
    facts->lineage[v] = genome->lineage == NULL || genome->lineage[0] == '\0' ? facts->lineage[v] : vg_dictionary_add(&facts->lineages, vg_text_from(genome->lineage));
    facts->provider[v] = code_of(&facts->providers, text_or_empty(terms->provider));
    facts->quality[v] = code_of(&facts->qualities, text_or_empty(genome->quality));
    facts->terms[v] = (struct vg_genome_terms){vg_arena_copy(joining->arena, terms->provider), vg_arena_copy(joining->arena, terms->licence), vg_arena_copy(joining->arena, terms->agreement), terms->embargo};
    return joining->arena->failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status leaf_facts_read(struct vg_store *store, const struct vg_genome_set *set, const struct vg_tree *tree, struct vg_arena *arena, struct leaf_facts *facts, struct vg_error *error)
{
    struct joining joining = {.tree = tree, .facts = facts, .arena = arena};
    size_t n = (size_t)tree->n_nodes + 1;
    *facts = (struct leaf_facts){.own = VG_ARENA_ARRAY(arena, uint8_t, n), .date = VG_ARENA_ARRAY(arena, int32_t, n), .place = VG_ARENA_ARRAY(arena, uint32_t, n),
                                 .lineage = VG_ARENA_ARRAY(arena, uint32_t, n), .provider = VG_ARENA_ARRAY(arena, uint32_t, n), .quality = VG_ARENA_ARRAY(arena, uint32_t, n),
                                 .terms = VG_ARENA_ARRAY(arena, struct vg_genome_terms, n), .kept = VG_ARENA_ARRAY(arena, uint32_t, n)};
    if (arena->failed) {
        return vg_fail_memory(error, n * sizeof *facts->terms);
    }
    vg_dictionary_init(&facts->lineages, arena);
    vg_dictionary_init(&facts->providers, arena);
    vg_dictionary_init(&facts->qualities, arena);
    genome_regions_init(&facts->regions, store, arena);
    read_columns(tree, arena, facts);
    vg_status status = vg_tree_names_new(tree, &joining.names, error);
    if (status == VG_OK) {
        status = vg_genomes_each(store, set->id, join_genome, &joining, error);
    }
    vg_tree_names_free(joining.names);
    return status == VG_OK && arena->failed ? vg_fail_memory(error, n) : status;
}

vg_status leaf_terms_ask(const struct vg_tree *tree, const struct leaf_facts *facts, const struct vg_tree_wish *wish, uint32_t *leaves, size_t *n, size_t *n_left_out, struct vg_error *error)
{
    enum vg_genome_use use = VG_GENOME_USE_HERE;
    char reason[256], why[256] = "";
    size_t asked = *n, allowed = 0, refused = 0;
    uint32_t first = 0;
    if (job_wish_use(wish, &use, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    for (size_t i = 0; i < asked; i++) {
        uint32_t v = leaves[i];
        if (vg_genome_terms_allow(&facts->terms[v], use, wish->agreement, vg_date_today(), reason)) {
            leaves[allowed++] = v;
        } else if (refused++ == 0) {
            first = v;
            memcpy(why, reason, sizeof why);
        }
    }
    struct vg_text name = vg_tree_name(tree, first);
    if (refused > 0 && !wish->allowed_only) {
        return vg_fail(error, VG_DATA_ERROR, "nothing goes out: the terms of %zu of %zu genomes forbid it. The first is %.*s: %s", refused, asked, (int)name.size, name.data, why);
    }
    if (allowed == 0) {
        return vg_fail(error, VG_DATA_ERROR, "the terms of all %zu genomes forbid it. The first is %.*s: %s", refused, (int)name.size, name.data, why);
    }
    *n = allowed;
    *n_left_out = refused;
    return VG_OK;
}
