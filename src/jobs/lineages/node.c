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
    placed->simulated = vg_genome_set_is_invented(&set);
    placed->names = facts.regions.names;
    for (uint32_t v = 0; v < kept.tree->n_nodes; v++) {
        if (!vg_tree_is_leaf(kept.tree, v)) {
            continue;
        }
        if (facts.place[v] != VG_DICTIONARY_NONE && facts.regions.region_of[facts.place[v]] != VG_DICTIONARY_NONE) {
            placed->regions[v] = facts.regions.region_of[facts.place[v]];
        }
        if (facts.date[v] != VG_DATE_NONE) {
            placed->years[v] = vg_clock_year_of_date(facts.date[v]);
        }
    }
    return VG_OK;
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
    asked.threads = 1;
    return vg_job_lineages_introductions(&asked, arena, answer, error);
}
