/*
 * A node's genomes for the analyses of lineages: their places as regions of one level, and their kept tree with what is told of its leaves.
 */
#include "jobs/lineages/places.h"
#include "jobs/lineages/samples.h"

#include "jobs/genome_tree/joined.h"
#include "trace/genome/clock/clock.h"

vg_status samples_lead_up(struct vg_store *store, const char *level, struct vg_arena *arena, struct samples *samples, struct vg_error *error)
{
    struct genome_regions regions;
    uint32_t *words = VG_ARENA_ARRAY(arena, uint32_t, samples->places.count + 1);
    genome_regions_init(&regions, store, arena);
    for (size_t i = 0; words != NULL && i < samples->places.count; i++) {
        words[i] = genome_regions_word(&regions, samples->places.keys[i]);
    }
    vg_status status = words == NULL || arena->failed ? vg_fail_memory(error, samples->places.count) : genome_regions_settle(&regions, level[0] == '\0' ? NULL : level, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_dictionary places;
    vg_dictionary_init(&places, arena);
    for (size_t i = 0; i < samples->n; i++) {
        uint32_t word = words[samples->rows[i].place], region = word == VG_DICTIONARY_NONE ? VG_DICTIONARY_NONE : regions.region_of[word];
        samples->rows[i].place = vg_dictionary_add(&places, region == VG_DICTIONARY_NONE ? vg_text_from("unknown") : regions.names.keys[region]);
    }
    samples->places = places;
    return arena->failed ? vg_fail_memory(error, samples->n) : VG_OK;
}

/* Regions and dates of the leaves that may go where the answer goes; a region that only others are of is not named. */
static vg_status place_leaves(const struct vg_lineages_tree_request *request, const struct leaf_facts *facts, struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error)
{
    const struct vg_tree_wish stays = {.use = NULL};
    const struct vg_tree *tree = placed->tree;
    const struct vg_dictionary *names = &facts->regions.names;
    uint32_t *leaves = VG_ARENA_ARRAY(arena, uint32_t, (size_t)tree->n_leaves + 1), *renumbered = VG_ARENA_ARRAY(arena, uint32_t, names->count + 1);
    size_t n = 0;
    if (leaves == NULL || renumbered == NULL) {
        return vg_fail_memory(error, tree->n_leaves);
    }
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        if (vg_tree_is_leaf(tree, v)) {
            leaves[n++] = v;
        }
    }
    for (size_t i = 0; i < n; i++) {
        placed->regions[leaves[i]] = VG_REGION_ABSENT;
    }
    vg_status status = leaf_terms_ask(tree, facts, request->wish == NULL ? &stays : request->wish, leaves, &n, &placed->n_left_out, error);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        uint32_t v = leaves[i];
        placed->regions[v] = VG_REGION_NONE;
        if (facts->place[v] != VG_DICTIONARY_NONE && facts->regions.region_of[facts->place[v]] != VG_DICTIONARY_NONE) {
            placed->regions[v] = facts->regions.region_of[facts->place[v]];
            renumbered[placed->regions[v]] = 1;
        }
        if (facts->date[v] != VG_DATE_NONE) {
            placed->years[v] = vg_clock_year_of_date(facts->date[v]);
        }
    }
    vg_dictionary_init(&placed->names, arena);
    for (size_t i = 0; i < names->count; i++) {
        renumbered[i] = renumbered[i] == 0 ? VG_TREE_NONE : vg_dictionary_add(&placed->names, names->keys[i]);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (placed->regions[leaves[i]] != VG_REGION_NONE) {
            placed->regions[leaves[i]] = renumbered[placed->regions[leaves[i]]];
        }
    }
    return status == VG_OK && arena->failed ? vg_fail_memory(error, names->count) : status;
}

vg_status placed_tree_of_node(const struct vg_lineages_tree_request *request, vg_status (*make_room)(struct placed_tree *placed, struct vg_arena *arena, struct vg_error *error),
                              struct vg_arena *arena, struct placed_tree *placed, struct vg_error *error)
{
    struct vg_genome_set set;
    struct kept_tree kept = {.tree = NULL};
    struct leaf_facts facts;
    vg_status status = vg_genomes_set_find(request->store, request->set, arena, &set, error);
    status = status == VG_OK ? kept_tree_open(request->store, set.name, arena, &kept, error) : status;
    placed->file.tree = placed->tree = kept.tree;
    status = status == VG_OK ? make_room(placed, arena, error) : status;
    status = status == VG_OK ? leaf_facts_read(request->store, &set, kept.tree, arena, &facts, error) : status;
    status = status == VG_OK ? genome_regions_settle(&facts.regions, request->level, error) : status;
    if (status != VG_OK) {
        return status;
    }
    placed->level = facts.regions.level;
    placed->simulated = vg_genome_set_is_invented(&set);
    return place_leaves(request, &facts, arena, placed, error);
}

vg_status vg_job_introductions_node(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_lineages_tree_request asked;
    vg_lineages_tree_request_init(&asked);
    asked.store = store;
    asked.set = request->dataset;
    asked.level = request->level;
    asked.show = request->show;
    asked.seed = request->seed;
    asked.as_of = request->as_of;
    asked.cases = request->tree.cases;
    asked.wish = &request->tree;
    asked.threads = 1;
    asked.waits = true;
    return vg_job_lineages_introductions(&asked, arena, answer, error);
}
