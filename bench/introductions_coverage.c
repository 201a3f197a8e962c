/*
 * How right the number of introductions is: simulated outbreaks in several places of which everything is known, unequally sequenced. How often the 50 and the 95 % intervals
 * hold the truth, and parsimony's range beside them; bias, mean error; how many are unseen; days and origins. Prints the table of docs/genomes-lineages.md.
 *
 *     introductions_coverage [OUTBREAKS [DRAWS WARMUP [SCENE [v [SEED]]]]]
 *
 * The last columns: listed introductions that are exactly one in truth (%), of these days held (%) and off, origins right and expected to be (%).
 */
#include "moving_outbreak.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct scene { const char *name; struct moving_settings settings; bool cases; };
#define BASE(places, overdispersion, mutations)                                                                                                                                \
    .n_places = (places), .n_most = 8000, .days = 150, .brake_day = 80, .reproduction = 1.5, .later = 0.9, .dispersion = (overdispersion), .generation_mean = 5.2,                      \
    .generation_sd = 2.3, .imports_a_day = 0.1, .import_days = 60, .mutations_a_day = (mutations)
#define ALIKE .weight = {1, 1, 1, 1, 1, 1, 1, 1}
#define TENTH .sequenced = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}
static const struct scene scenes[] = {
    {"equal, 10 %", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.02, .sequenced = {0.1, 0.1, 0.1, 0.1}}, true},
    {"40, 20, 10, 2 %", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.02, .sequenced = {0.4, 0.2, 0.1, 0.02}}, true},
    {"the same, cases not told", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.02, .sequenced = {0.4, 0.2, 0.1, 0.02}}, false},
    {"many moves, 20, 10, 5, 2 %", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.1, .sequenced = {0.2, 0.1, 0.05, 0.02}}, true},
    {"no superspreading", {BASE(4, 50, 0.075), ALIKE, .moves = 0.02, .sequenced = {0.3, 0.1, 0.1, 0.03}}, true},
    {"two mutations a week", {BASE(4, 0.5, 0.3), ALIKE, .moves = 0.02, .sequenced = {0.3, 0.1, 0.1, 0.03}}, true},
    {"many moves, equal, 10 %", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.1, .sequenced = {0.1, 0.1, 0.1, 0.1}}, true},
    {"the same, no superspreading", {BASE(4, 50, 0.075), ALIKE, .moves = 0.1, .sequenced = {0.1, 0.1, 0.1, 0.1}}, true},
    {"large and small places", {BASE(4, 0.5, 0.075), .weight = {8, 4, 2, 1}, .moves = 0.03, .sequenced = {0.05, 0.1, 0.2, 0.4}}, true},
    {"sampling changes over", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.02, .sequenced = {0.4, 0.2, 0.05, 0.02}, .change_day = 75, .sequenced_later = {0.02, 0.05, 0.2, 0.4}}, true},
    {"sampling begins late", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.05, .sequenced = {0.2, 0.2, 0.01, 0.01}, .change_day = 75, .sequenced_later = {0.2, 0.2, 0.3, 0.3}}, true},
    {"neighbours", {BASE(8, 0.5, 0.075), ALIKE, .moves = 0.1, .near = 0.9, TENTH}, true},
    {"neighbours, few mutations", {BASE(8, 0.5, 0.03), ALIKE, .moves = 0.1, .near = 0.9, TENTH}, true},
    {"few mutations", {BASE(4, 0.5, 0.025), ALIKE, .moves = 0.02, .sequenced = {0.3, 0.1, 0.1, 0.03}}, true},
    {"waves at different times", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.05, .sequenced = {0.3, 0.1, 0.1, 0.03}, .wave_days = 40}, true},
    {"the same, sampling by month", {BASE(4, 0.5, 0.075), ALIKE, .moves = 0.05, .sequenced = {0.4, 0.05, 0.02, 0.2}, .wave_days = 40, .turn_days = 30, .sequenced_later = {0.03, 0.3, 0.2, 0.02}}, true},
};

struct tally { double n, held_50, held_95, range, bias, error, truth, pit_50, pit_95, unseen_n, unseen_ok, unseen_sum, unseen_true, seconds, tips, listed, exact, day_held, day_bias, origin_right, origin_sure; };

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void judge(const struct moving_outbreak *o, size_t k, const struct vg_histories *h, const struct vg_introductions_range *range, struct tally *t, struct vg_random *random)
{
    for (size_t a = 0; a < k; a++) {
        double *values = calloc(h->n_draws, sizeof *values), *unseen = calloc(h->n_draws, sizeof *unseen), below = 0, equal = 0, truth = o->truth[a];
        if (o->sequences[a] < 2) {
            free(values);
            free(unseen);
            continue;
        }
        for (size_t i = 0; i < h->n_draws; i++) {
            values[i] = h->seen[i * k + a];
            unseen[i] = h->unseen == NULL ? 0 : h->unseen[i * k + a];
            below += values[i] < truth;
            equal += values[i] <= truth && values[i] >= truth;
        }
        qsort(values, h->n_draws, sizeof *values, upwards);
        qsort(unseen, h->n_draws, sizeof *unseen, upwards);
        double pit = (below + vg_random_uniform(random) * (equal + 1)) / ((double)h->n_draws + 1), median = vg_quantile_sorted(values, h->n_draws, 0.5);
        t->n++;
        t->held_50 += truth >= floor(vg_quantile_sorted(values, h->n_draws, 0.25)) && truth <= ceil(vg_quantile_sorted(values, h->n_draws, 0.75));
        t->held_95 += truth >= floor(vg_quantile_sorted(values, h->n_draws, 0.025)) && truth <= ceil(vg_quantile_sorted(values, h->n_draws, 0.975));
        t->pit_50 += fabs(pit - 0.5) < 0.25;
        t->pit_95 += fabs(pit - 0.5) < 0.475;
        t->range += truth >= range[a].fewest && truth <= range[a].most;
        t->bias += median - truth;
        t->error += fabs(median - truth);
        t->truth += truth;
        t->unseen_ok += vg_quantile_sorted(unseen, h->n_draws, 0.5) <= o->all[a] - truth + 0.5;
        t->unseen_sum += vg_quantile_sorted(unseen, h->n_draws, 0.5);
        t->unseen_true += o->all[a] - truth;
        free(values);
        free(unseen);
    }
}

/* Introductions whose leaves are those of one event, and all of them: whether their day is held, and the likeliest origin right. */
static void judge_each(const struct moving_outbreak *o, size_t k, const struct vg_histories *h, struct tally *t)
{
    size_t *of_event = calloc(o->n + 1, sizeof *of_event);
    for (uint32_t v = 0; v < o->tree->n_nodes; v++) {
        if (vg_tree_is_leaf(o->tree, v)) {
            of_event[o->events[v]]++;
        }
    }
    for (size_t i = 0; i < h->n; i++) {
        const struct vg_history_introduction *one = &h->list[i];
        uint32_t event = o->events[one->first_leaf], infector = o->infections[event].infector;
        bool same = of_event[event] == one->n_leaves;
        for (uint32_t leaf = one->first_leaf; leaf != VG_TREE_NONE; leaf = h->next_leaf[leaf]) {
            same = same && o->events[leaf] == event;
        }
        t->listed++;
        if (same) {
            t->exact++;
            t->day_held += o->infections[event].day >= floor(one->day_low) && o->infections[event].day <= ceil(one->day_high);
            t->day_bias += one->day - o->infections[event].day;
            t->origin_right += (infector == UINT32_MAX ? k : o->infections[infector].place) == one->origin;
            t->origin_sure += h->origins[i * (k + 1) + one->origin];
        }
    }
    free(of_event);
}

int main(int argc, char **argv)
{
    size_t outbreaks = argc > 1 ? (size_t)atoi(argv[1]) : 20;
    printf("%-28s %5s %5s | %5s %5s | %5s %5s | %6s | %6s %6s %6s | %6s %6s %6s | %5s\n", "", "tips", "n", "in 50", "in 95", "pit50", "pit95", "range", "truth", "bias", "error", "unseen", "true", "below", "s");
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct tally t = {0};
        if (argc > 4 && (size_t)atoi(argv[4]) != i) {
            continue;
        }
        for (uint64_t seed = argc > 6 ? (uint64_t)atoi(argv[6]) : 1; seed <= outbreaks; seed++) {
            struct vg_arena arena;
            struct vg_error error = {0};
            struct moving_outbreak o;
            struct vg_histories histories;
            struct vg_history_model model;
            struct vg_introductions_range range[MOVING_PLACES];
            struct vg_random random = vg_random_stream(seed, (uint32_t)i, 0, 5);
            size_t k = scenes[i].settings.n_places;
            vg_arena_init(&arena, 0);
            moving_outbreak_make(&scenes[i].settings, seed, &arena, &o);
            if (o.n_samples < 50) {
                vg_tree_free(o.tree);
                vg_arena_release(&arena);
                continue;
            }
            vg_history_model_defaults(&model);
            model.days = o.days;
            model.cases = scenes[i].cases ? o.cases : NULL;
            model.weekly = scenes[i].cases ? o.weekly : NULL;
            model.n_weeks = MOVING_WEEKS;
            model.first_week = 0;
            model.mutations_a_day = scenes[i].settings.mutations_a_day * exp(0.2 * vg_random_normal(&random)); /* as a clock tells it */
            model.seed = seed;
            model.n_draws = argc > 2 ? (size_t)atoi(argv[2]) : model.n_draws;
            model.n_warmup = argc > 3 ? (size_t)atoi(argv[3]) : model.n_warmup;
            clock_t start = clock();
            if (vg_histories_draw(o.tree, o.regions, k, &model, NULL, &arena, &histories, &error) != VG_OK ||
                vg_introductions_parsimony(o.tree, o.regions, k, NULL, &arena, range, &error) != VG_OK) {
                printf("%s\n", error.message);
                return 1;
            }
            t.seconds += (double)(clock() - start) / CLOCKS_PER_SEC;
            t.tips += (double)o.n_samples;
            judge(&o, k, &histories, range, &t, &random);
            judge_each(&o, k, &histories, &t);
            if (argc > 5) {
                printf("seed %llu tips %zu mu %.4f moves %.4f:", (unsigned long long)seed, o.n_samples, histories.mutations_a_day, histories.moves_a_day);
                for (size_t a = 0; a < k; a++) {
                    double mean = 0;
                    for (size_t d = 0; d < histories.n_draws; d++) {
                        mean += histories.seen[d * k + a] / (double)histories.n_draws;
                    }
                    printf("  %.0f/%.1f [%u-%u]", o.truth[a], mean, range[a].fewest, range[a].most);
                }
                printf("\n");
            }
            vg_tree_free(o.tree);
            vg_arena_release(&arena);
        }
        printf("%-28s %5.0f %5.0f | %5.1f %5.1f | %5.1f %5.1f | %6.1f | %6.2f %6.2f %6.2f | %6.2f %6.2f %6.1f | %5.2f | %4.0f %4.0f %5.1f | %4.0f %4.0f\n", scenes[i].name, t.tips / (double)outbreaks, t.n, 100 * t.held_50 / t.n, 100 * t.held_95 / t.n,
               100 * t.pit_50 / t.n, 100 * t.pit_95 / t.n, 100 * t.range / t.n, t.truth / t.n, t.bias / t.n, t.error / t.n, t.unseen_sum / t.n, t.unseen_true / t.n, 100 * t.unseen_ok / t.n, t.seconds / (double)outbreaks, 100 * t.exact / t.listed, 100 * t.day_held / t.exact, t.day_bias / t.exact,
               100 * t.origin_right / t.exact, 100 * t.origin_sure / t.exact);
        (void)fflush(stdout);
    }
    return 0;
}
