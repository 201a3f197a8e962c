/*
 * How often the infector is found, and how right its probabilities are, on outbreaks with diversity within hosts: by differing sites alone (outbreaker2's way),
 * by phylogeny and hosts at once, and with the true phylogeny given. Prints the tables of docs/chains.md.
 *
 *     chains_within [OUTBREAKS [SCENE]]
 */
#include "within_outbreak.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BINS = 10, WAYS = 3 };
static const char *const ways[WAYS] = {"differing sites", "phylogeny and hosts at once", "true phylogeny given"};

struct scene {
    const char *name;
    uint32_t n_cases, population;
    double reporting, growth, size, sequenced, clock;
};
static const struct scene scenes[] = {
    {"as published", 20, 27, 1, 1, 1e6, 1, 3.1e-6},
    {"constant size of 14.4 days", 20, 27, 1, 100, 14.4, 1, 3.1e-6},
    {"a third unseen", 20, 40, 0.67, 1, 1e6, 1, 3.1e-6},
    {"half sequenced", 20, 27, 1, 1, 1e6, 0.5, 3.1e-6},
    {"60 cases, a fifth unseen", 60, 100, 0.8, 1, 1e6, 1, 3.1e-6},
    {"three times as many mutations", 20, 27, 1, 1, 1e6, 1, 9.3e-6},
};

struct tally {
    double given[BINS], sum[BINS], right[BINS], cases, likeliest, support, worst_r_hat, r_hats, seconds, apart, effective;
};

static void count(const struct within_outbreak *outbreak, const struct vg_chain_candidates *candidates, const struct vg_chain_posterior *posterior, struct tally *t)
{
    for (uint32_t i = 0; i < outbreak->data.n; i++) {
        size_t n = candidates->starts[i + 1] - candidates->starts[i];
        double best = -1;
        bool best_right = false;
        for (size_t k = 0; k <= n; k++) {
            double p = k < n ? (double)posterior->support[candidates->starts[i] + k] : (double)posterior->outside[i];
            bool right = outbreak->truth[i] == (k < n ? candidates->list[candidates->starts[i] + k].infector : VG_CHAIN_NONE);
            size_t bin = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
            t->given[bin]++;
            t->sum[bin] += p;
            t->right[bin] += right ? 1 : 0;
            t->support += right ? p : 0;
            best_right = p > best ? right : best_right;
            best = fmax(best, p);
        }
        t->cases++;
        t->likeliest += best_right ? 1 : 0;
    }
}

static int run(const struct scene *scene, uint64_t seed, size_t way, size_t sweeps, struct vg_pool *pool, struct tally *tally)
{
    struct within_outbreak_settings settings = within_outbreak_published;
    struct within_outbreak outbreak;
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run how;
    struct vg_arena arena;
    struct vg_error error = {0};
    settings.n_cases = scene->n_cases;
    settings.population = scene->population;
    settings.reporting = scene->reporting;
    settings.growth = scene->growth;
    settings.size = scene->size;
    settings.sequenced = scene->sequenced;
    settings.clock = scene->clock;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&how);
    how.sweeps = sweeps;
    how.warm_up = sweeps / 3;
    vg_status status = within_outbreak_make(&settings, seed, &arena, &outbreak, &error);
    outbreak.model.fixed.dispersion = INFINITY;
    clock_t from = clock();
    if (status == VG_OK && way == 0) {
        how.warm_up = 500;
        how.sweeps = 1500;
        status = vg_chains_candidates(&outbreak.data, &outbreak.model, 32, pool, &arena, &candidates, &error);
        status = status == VG_OK ? vg_chains_sample(&outbreak.data, &outbreak.model, &candidates, &how, pool, NULL, &arena, &posterior, NULL, &error) : status;
    } else if (status == VG_OK) {
        status = vg_chains_within(&outbreak.data, &outbreak.model, way == 2 ? &outbreak.phylogeny : NULL, &how, pool, NULL, &arena, &candidates, &posterior, &error);
    }
    if (status == VG_OK) {
        tally->seconds += (double)(clock() - from) / CLOCKS_PER_SEC;
        count(&outbreak, &candidates, &posterior, tally);
        tally->worst_r_hat = fmax(tally->worst_r_hat, posterior.log_posterior.r_hat);
        tally->r_hats += posterior.log_posterior.r_hat;
        tally->apart += posterior.between_chains;
        tally->effective += posterior.log_posterior.effective_size;
        if (getenv("VERBOSE") != NULL) {
            (void)fprintf(stderr, "growth %.2f size %.1f hosts %.2f clock %.3g R %.2f pi %.2f outside %.2f swaps %.3f\n", posterior.within[1].mean, posterior.within[2].mean,
                          posterior.within[3].mean, posterior.within[0].mean, posterior.parameters.reproduction, posterior.parameters.reporting, posterior.outside_cases.mean, posterior.swaps_taken);
        }
    } else {
        (void)fprintf(stderr, "%s, seed %llu: %s\n", scene->name, (unsigned long long)seed, error.message);
    }
    vg_arena_release(&arena);
    return status == VG_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    int64_t outbreaks = 40, only = -1, only_way = -1, sweeps = 3000;
    for (int k = 1; k < argc; k++) {
        int64_t *to = k == 1 ? &outbreaks : k == 2 ? &only : k == 3 ? &only_way : &sweeps;
        if (!vg_parse_integer(vg_text_from(argv[k]), to)) {
            (void)fprintf(stderr, "usage: chains_within [OUTBREAKS [SCENE [WAY [SWEEPS]]]]\n");
            return 2;
        }
    }
    struct vg_pool *pool = vg_pool_new(0);
    int failed = 0;
    for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
        for (size_t way = 0; way < WAYS && (only < 0 || only == (int64_t)s); way++) {
            struct tally t = {{0}, {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0};
            if (only_way >= 0 && only_way != (int64_t)way) {
                continue;
            }
            for (int64_t seed = 1; seed <= outbreaks; seed++) {
                failed += run(&scenes[s], (uint64_t)seed, way, (size_t)sweeps, pool, &t);
            }
            (void)printf("%s, %s: likeliest right %.1f %%, support of the truth %.3f; R-hat %.3f on average, at worst %.3f; effective size %.0f; chains apart %.3f; %.2f s of processor each\n",
                         scenes[s].name, ways[way], 100 * t.likeliest / t.cases, t.support / t.cases, t.r_hats / (double)outbreaks, t.worst_r_hat,
                         t.effective / (double)outbreaks, t.apart / (double)outbreaks, t.seconds / (double)outbreaks);
            for (size_t bin = 0; bin < BINS; bin++) {
                (void)printf("  %.1f-%.1f  links %6.0f  mean support %.3f  right %.3f\n", (double)bin / BINS, (double)(bin + 1) / BINS, t.given[bin],
                             t.given[bin] > 0 ? t.sum[bin] / t.given[bin] : 0, t.given[bin] > 0 ? t.right[bin] / t.given[bin] : 0);
            }
        }
    }
    vg_pool_free(pool);
    return failed == 0 ? 0 : 1;
}
