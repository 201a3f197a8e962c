/*
 * Rare lineages are counted with their ancestors, and alarms for those that grow fast.
 */
#include "trace/genome/growth/internal.h"

#include <math.h>
#include <string.h>

#define RECENT_DAYS 56

/* Generations from the founder, or SIZE_MAX where the ancestors go round. */
static size_t depth_of(const uint32_t *parent, size_t n, uint32_t lineage)
{
    size_t depth = 0;
    for (uint32_t at = lineage; parent[at] != VG_GROWTH_NONE; at = parent[at]) {
        if (depth++ > n) {
            return SIZE_MAX;
        }
    }
    return depth;
}

vg_status vg_growth_merge(const uint32_t *parent, const double *totals, size_t n, double least, struct vg_arena *arena, uint32_t *merged_into,
                          struct vg_error *error)
{
    double *sums = VG_ARENA_ARRAY(arena, double, n);
    size_t *depths = VG_ARENA_ARRAY(arena, size_t, n), deepest = 0;
    if (sums == NULL || depths == NULL) {
        return vg_fail_memory(error, n * sizeof *sums);
    }
    for (uint32_t v = 0; v < n; v++) {
        sums[v] = totals[v];
        merged_into[v] = v;
        if ((depths[v] = depth_of(parent, n, v)) == SIZE_MAX) {
            return vg_fail(error, VG_DATA_ERROR, "lineage %u is its own ancestor", v);
        }
        deepest = depths[v] > deepest ? depths[v] : deepest;
    }
    for (size_t depth = deepest + 1; depth-- > 0;) { /* the youngest first, so that a parent has all that its children gave it */
        for (uint32_t v = 0; v < n; v++) {
            if (depths[v] == depth && sums[v] < least) {
                merged_into[v] = parent[v];
                if (parent[v] != VG_GROWTH_NONE) {
                    sums[parent[v]] += sums[v];
                }
            }
        }
    }
    for (size_t depth = 1; depth <= deepest; depth++) { /* the oldest first: a parent knows where it went */
        for (uint32_t v = 0; v < n; v++) {
            if (depths[v] == depth && merged_into[v] != v && merged_into[v] != VG_GROWTH_NONE) {
                merged_into[v] = merged_into[merged_into[v]];
            }
        }
    }
    return VG_OK;
}

void vg_growth_rule_defaults(struct vg_growth_rule *rule)
{
    *rule = (struct vg_growth_rule){.probability = 0.975, .doubling_days = 14, .least_genomes = 20, .least_sources = 3, .most_share = 0.5};
}

/* Genomes of the last weeks, and in how many places. */
static double recent_genomes(const struct vg_growth_counts *counts, size_t lineage, size_t *n_places)
{
    double sum = 0;
    int32_t last = counts->days[counts->n_times - 1];
    *n_places = 0;
    for (size_t g = 0; g < counts->n_places; g++) {
        double here = 0;
        for (size_t t = 0; t < counts->n_times; t++) {
            here += counts->days[t] > last - RECENT_DAYS ? counts->counts[(g * counts->n_times + t) * counts->n_lineages + lineage] : 0;
        }
        sum += here;
        *n_places += here > 0;
    }
    return sum;
}

/*
 * A lineage that was not there and then is has grown, by the regression, whatever it does from then on. So its odds must grow among the weeks since it was first
 * seen, too: those of the later half against those of the earlier, as a probability (Woolf 1955, with half a genome added to each count).
 */
static double grows_since_seen(const struct vg_growth_counts *counts, size_t lineage, double dispersion)
{
    size_t first = counts->n_times, v = counts->n_lineages;
    double cells[4] = {0.5, 0.5, 0.5, 0.5}, variance = 0;
    for (size_t cell = 0; cell < counts->n_places * counts->n_times; cell++) {
        size_t t = cell % counts->n_times;
        first = counts->counts[cell * v + lineage] > 0 && t < first ? t : first;
    }
    for (size_t cell = 0; cell < counts->n_places * counts->n_times; cell++) {
        size_t t = cell % counts->n_times, later = 2 * (t - first) >= counts->n_times - first ? 2 : 0;
        for (size_t j = 0; j < v && t >= first; j++) {
            cells[later + (j == lineage ? 1 : 0)] += counts->counts[cell * v + j];
        }
    }
    for (size_t i = 0; i < 4; i++) {
        variance += dispersion / cells[i];
    }
    return vg_normal_cdf(log(cells[3] * cells[0] / (cells[2] * cells[1])) / sqrt(variance));
}

void vg_growth_alarms(const struct vg_growth_counts *counts, const struct vg_growth_fit *fit, const struct vg_growth_rule *rule, const size_t *sources,
                      size_t n_sources, double *work, struct vg_growth_alarm *alarms)
{
    double *shares = work + 6 * fit->n_lineages;
    size_t there_are = sources == NULL ? counts->n_places : n_sources, wanted = rule->least_sources < there_are ? rule->least_sources : there_are;
    vg_growth_shares(fit, VG_GROWTH_ALL, NULL, fit->last_day, work, shares);
    for (uint32_t v = 0; v < fit->n_lineages; v++) {
        struct vg_growth_alarm *alarm = &alarms[v];
        *alarm = (struct vg_growth_alarm){.lineage = v, .share = shares[v]};
        alarm->genomes = recent_genomes(counts, v, &alarm->sources);
        alarm->sources = sources == NULL ? alarm->sources : sources[v];
        vg_growth_advantage(fit, VG_GROWTH_ALL, v, VG_GROWTH_REST, work, &alarm->advantage);
        alarm->doubling_days = alarm->advantage.per_week > 0 ? 7 * log(2) / alarm->advantage.per_week : INFINITY;
        alarm->since_seen = grows_since_seen(counts, v, fit->dispersion);
        alarm->raised = alarm->since_seen > rule->probability && alarm->advantage.probability > rule->probability && alarm->doubling_days < rule->doubling_days && alarm->genomes >= rule->least_genomes &&
                        alarm->sources >= wanted && alarm->share < rule->most_share;
    }
}
