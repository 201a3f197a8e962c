/*
 * How right the probabilities of who infected whom are: simulated outbreaks of which everything is known, links given with so much support and how many of
 * them are right; the likeliest infectors that are right; whether intervals of R and k hold the truth. Prints the tables of docs/chains.md.
 *
 *     chains_calibration [OUTBREAKS [SCENE [FIRST_SEED]]]
 */
#include "small_outbreak.h"

#include <stdio.h>

enum { BINS = 10 };

struct tally {
    double given[BINS], sum[BINS], right[BINS], cases, likeliest, support, r_held, k_held, runs, r_sum, k_sum, worst_r_hat, outside_given, outside_true;
};

struct scene {
    const char *name;
    struct small_outbreak_settings settings;
    size_t most;
};
#define BASE                                                                                                                                                   \
    .n_most = 150, .reproduction = 1.4, .dispersion = 0.5, .imports_every_days = 15, .reporting = 0.8, .generation_mean = 5, .generation_sd = 2,               \
    .shown_mean = 4.5, .shown_sd = 2.2
#define GENOMES .genome_length = 3000, .mutations = 1, .import_differences = 25, .sequenced = 1
#define CONTACTS .contact_coverage = 0.6, .contact_noise = 0.02
#define PLACES .n_places = 12, .place_share = 0.7
static const struct scene scenes[] = {
    {"days", {BASE}, 64},
    {"days, all reported, Poisson",
     {.n_most = 150,
      .reproduction = 1.4,
      .dispersion = INFINITY,
      .imports_every_days = 15,
      .reporting = 0.999,
      .generation_mean = 5,
      .generation_sd = 2,
      .shown_mean = 4.5,
      .shown_sd = 2.2},
     64},
    {"days, places", {BASE, PLACES}, 64},
    {"days, contacts", {BASE, CONTACTS}, 64},
    {"days, genomes", {BASE, GENOMES}, 64},
    {"days, genomes of half", {BASE, .genome_length = 3000, .mutations = 1, .import_differences = 25, .sequenced = 0.5}, 64},
    {"days, genomes, contacts, places", {BASE, GENOMES, CONTACTS, PLACES}, 64},
    {"the same, 8 candidates", {BASE, GENOMES, CONTACTS, PLACES}, 8},
    {"days, contacts, 8 candidates", {BASE, CONTACTS}, 8},
    {"days, contacts of siblings too", {BASE, CONTACTS, .contact_siblings = 0.5}, 64},
    {"days, genomes of half, contacts of siblings too",
     {BASE, CONTACTS, .contact_siblings = 0.5, .genome_length = 3000, .mutations = 1, .import_differences = 25, .sequenced = 0.5},
     64},
};

static void count(const struct small_outbreak *outbreak, const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior,
                  struct tally *tally)
{
    for (uint32_t i = 0; i < outbreak->data.n; i++) {
        size_t n = candidates->starts[i + 1] - candidates->starts[i];
        double best = -1;
        bool best_right = false, listed = outbreak->truth[i] == VG_CHAIN_NONE;
        for (size_t k = 0; k < n; k++) {
            listed = listed || candidates->list[candidates->starts[i] + k].infector == outbreak->truth[i];
        }
        for (size_t k = 0; k < n + 2; k++) {
            double p = k < n ? (double)posterior->support[candidates->starts[i] + k] : (double)(k == n ? posterior->outside[i] : posterior->unlisted[i]);
            bool right = k < n    ? candidates->list[candidates->starts[i] + k].infector == outbreak->truth[i]
                         : k == n ? outbreak->truth[i] == VG_CHAIN_NONE
                                  : !listed;
            size_t bin = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
            tally->given[bin]++;
            tally->sum[bin] += p;
            tally->right[bin] += right ? 1 : 0;
            tally->support += right ? p : 0;
            best_right = p > best ? right : best_right;
            best = fmax(best, p);
        }
        tally->cases++;
        tally->likeliest += best_right ? 1 : 0;
        tally->outside_given += (double)posterior->outside[i];
        tally->outside_true += outbreak->truth[i] == VG_CHAIN_NONE ? 1 : 0;
    }
}

static int run(const struct scene *scene, uint64_t seed, bool instant, struct vg_pool *pool, struct tally *tally)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct small_outbreak outbreak;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run how;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&how);
    vg_status status = small_outbreak_make(&scene->settings, seed, &arena, &outbreak, &error);
    if (status == VG_OK && isinf(scene->settings.dispersion)) {
        outbreak.model.fixed.dispersion = INFINITY;
    }
    status = status == VG_OK ? vg_chains_check(&outbreak.data, &outbreak.model, &error) : status;
    status = status == VG_OK ? vg_chains_candidates(&outbreak.data, &outbreak.model, scene->most, pool, &arena, &candidates, &error) : status;
    if (status == VG_OK) {
        status = instant ? vg_chains_instant(&outbreak.data, &outbreak.model, &candidates, pool, &arena, &posterior, &error)
                         : vg_chains_sample(&outbreak.data, &outbreak.model, &candidates, &how, pool, NULL, &arena, &posterior, NULL, &error);
    }
    if (status == VG_OK) {
        count(&outbreak, &candidates, &posterior, tally);
        tally->runs++;
        if (!instant) {
            const struct vg_chain_estimate *r = &posterior.estimates[VG_CHAIN_REPRODUCTION], *k = &posterior.estimates[VG_CHAIN_DISPERSION];
            tally->r_held += r->low <= scene->settings.reproduction && scene->settings.reproduction <= r->high ? 1 : 0;
            tally->k_held += k->low <= scene->settings.dispersion && scene->settings.dispersion <= k->high ? 1 : 0;
            tally->r_sum += r->mean;
            tally->k_sum += log(k->mean);
            tally->worst_r_hat = fmax(tally->worst_r_hat, posterior.log_posterior.r_hat);
        }
    } else {
        (void)fprintf(stderr, "%s, seed %llu: %s\n", scene->name, (unsigned long long)seed, error.message);
    }
    vg_arena_release(&arena);
    return status == VG_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    int64_t outbreaks = 40, only = -1, first = 1;
    if ((argc > 1 && !vg_parse_integer(vg_text_from(argv[1]), &outbreaks)) || (argc > 2 && !vg_parse_integer(vg_text_from(argv[2]), &only)) ||
        (argc > 3 && !vg_parse_integer(vg_text_from(argv[3]), &first))) {
        (void)fprintf(stderr, "usage: chains_calibration [OUTBREAKS [SCENE [FIRST_SEED]]]\n");
        return 2;
    }
    struct vg_pool *pool = vg_pool_new(0);
    int failed = 0;
    for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
        for (int instant = 1; instant >= 0 && (only < 0 || only == (int64_t)s); instant--) {
            struct tally tally = {{0}, {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            for (int64_t seed = first; seed < first + outbreaks; seed++) {
                failed += run(&scenes[s], (uint64_t)seed, instant != 0, pool, &tally);
            }
            (void)printf("%s, %s: likeliest right %.1f %%, support of the truth %.3f, outside %.1f given %.1f true a run", scenes[s].name,
                         instant != 0 ? "instant" : "mcmc", 100 * tally.likeliest / tally.cases, tally.support / tally.cases, tally.outside_given / tally.runs,
                         tally.outside_true / tally.runs);
            if (instant == 0) {
                (void)printf("; R mean %.2f, held %.0f %%; k geometric mean %.2f, held %.0f %%; worst R-hat %.3f", tally.r_sum / tally.runs,
                             100 * tally.r_held / tally.runs, exp(tally.k_sum / tally.runs), 100 * tally.k_held / tally.runs, tally.worst_r_hat);
            }
            (void)printf("\n");
            for (size_t bin = 0; bin < BINS; bin++) {
                (void)printf("  %.1f-%.1f  links %8.0f  mean support %.3f  right %.3f\n", (double)bin / BINS, (double)(bin + 1) / BINS, tally.given[bin],
                             tally.given[bin] > 0 ? tally.sum[bin] / tally.given[bin] : 0, tally.given[bin] > 0 ? tally.right[bin] / tally.given[bin] : 0);
            }
        }
    }
    vg_pool_free(pool);
    return failed == 0 ? 0 : 1;
}
