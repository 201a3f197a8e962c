/*
 * Histories of introductions: drawn ones against all resolved trees, days and states of four tips, ways of lineages against all ways of a few days, also where rates change, and their counts against
 * outbreaks whose introductions are known.
 */
#include "vg_test.h"

#include "grown_tree.h"
#include "moving_outbreak.h"

#include "trace/genome/introductions/internal.h"

/* Tips of one genotype, each with so many mutations of its own; region VG_REGION_NONE ends the list. */
struct tip { uint32_t region, mutations; double day; };

static void small_history(const struct tip *tips, size_t n_regions, struct vg_arena *arena, struct history *h)
{
    struct vg_error error = {0};
    struct vg_tree *tree;
    struct vg_tree_builder *builder = vg_tree_builder_new();
    struct vg_history_model model;
    uint32_t regions[16], leaf_of_tip[16], site = 0;
    double days[16] = {NAN};
    uint32_t root = vg_tree_builder_node(builder, VG_TREE_NONE, vg_text_of("", 0));
    for (; tips->region != VG_REGION_NONE; tips++) {
        uint32_t v = vg_tree_builder_node(builder, root, vg_text_from("tip"));
        regions[v] = tips->region;
        days[v] = tips->day;
        for (uint32_t m = 0; m < tips->mutations; m++) {
            vg_tree_builder_mutation(builder, site++, 0, 1);
        }
    }
    vg_assert_ok(vg_tree_builder_finish(builder, NULL, &tree, &error), error);
    vg_history_model_defaults(&model);
    model.days = days;
    model.cases = (double[]){90, 10, 40};
    model.mutations_a_day = 0.1;
    vg_assert_ok(history_make(tree, regions, n_regions, &model, leaf_of_tip, arena, h, &error), error);
    h->random = vg_random_stream(5, 0, 0, 1);
    vg_tree_free(tree);
}

/* Rates that are not alike, so that nothing is right by symmetry. */
static void set_rates(struct history *h)
{
    struct moving *moving = &h->moving;
    for (size_t a = 0; a < moving->k; a++) {
        moving->into[a] = a + 1 == moving->k ? 0 : 0.05 + 0.04 * (double)a;
    }
    for (size_t c = 0; c < moving->n_classes; c++) {
        moving->out[c] = 0.6 + 0.7 * (double)c;
        for (size_t d = 0; d + 1 < moving->n_classes; d++) {
            moving->pair[c * moving->n_classes + d] = c == d && moving->class_size[c] == 1 ? 0 : 0.3 + 0.4 * (double)((c * 2 + d) % 4);
        }
    }
    for (int b = 0; b < HISTORY_BINS; b++) {
        h->split[b] = 0.05 + 0.01 * b;
        h->sample[b] = 0.1 + 0.02 * b;
    }
    h->errors = 0.2;
    history_settle_hazards(h);
    history_spare(h, true);
}

/* Three periods, the first two so short that ways of some days from `day` on cross both borders; what a sequence stands for changes by region. */
static void split_periods(struct history *h, int32_t day, struct vg_arena *arena)
{
    struct moving *moving = &h->moving;
    moving->n_periods = 3;
    moving->begins[0] = h->first_day;
    moving->begins[1] = day + 2;
    moving->begins[2] = day + 5;
    moving->begins[3] = h->last_day;
    for (size_t m = 0; m < 3; m++) {
        for (size_t c = 0; c + 1 < moving->n_classes; c++) {
            moving->shape[m * moving->n_classes + c] = 0.4 + 0.5 * (double)((m * 2 + c) % 4);
        }
        moving->shape[m * moving->n_classes + moving->n_classes - 1] = 1;
    }
    assert_true(history_settle_periods(h, arena));
}

/* The first two of three regions are of one class, as they are where regions are many. */
static void join_classes(struct moving *moving)
{
    moving->n_classes = 3;
    for (uint32_t a = 0; a < 4; a++) {
        moving->class_of[a] = a == 0 ? 0 : a - 1;
        moving->next_of_class[a] = a == 0 ? 1 : VG_TREE_NONE;
    }
    for (uint32_t c = 0; c < 3; c++) {
        moving->class_size[c] = c == 0 ? 2 : 1;
        moving->first_of_class[c] = c == 0 ? 0 : c + 1;
    }
    moving->pair[2] = moving->pair[5] = moving->pair[8] = 0; /* into elsewhere */
}

/* One day: written out from what the header says of rates. */
static double one_day(const struct history *h, int32_t day, size_t a, size_t b)
{
    const struct moving *moving = &h->moving;
    size_t period = 0;
    while (period + 1 < moving->n_periods && day >= moving->begins[period + 1]) {
        period++;
    }
    const double *shape = moving->shape + period * moving->n_classes;
    double rates[8], sum = 0;
    for (size_t c = 0; c < moving->k; c++) { /* also of one that stays where it is, if it is of a class with others */
        rates[c] = moving->out[moving->class_of[a]] * moving->pair[moving->class_of[a] * moving->n_classes + moving->class_of[c]] * moving->into[c] * shape[moving->class_of[a]] / shape[moving->class_of[c]];
        sum += rates[c];
    }
    double unseen = 0; /* elsewhere a day passes without being sampled, which here is part of what all pass */
    for (int32_t i = moving->begins[period]; i < moving->begins[period + 1]; i++) {
        unseen += h->sample[history_bin(h, i)] / (moving->begins[period + 1] - moving->begins[period]);
    }
    return ((a == b ? exp(-sum) : 0) + (1 - exp(-sum)) * rates[b] / sum) * (a + 1 == moving->k ? exp(unseen) : 1);
}

/* Three tips in three regions; with two of these in one class, with rates that change in the nine days before the last. Returns the first of them. */
static int32_t three_tips(bool joined, bool periods, struct vg_arena *arena, struct history *h)
{
    small_history((struct tip[]){{0, 0, 20}, {1, 1, 22}, {2, 0, 23}, {VG_REGION_NONE, 0, 0}}, 3, arena, h);
    if (joined) {
        join_classes(&h->moving);
    }
    int32_t start = h->last_day - 9;
    if (periods) {
        split_periods(h, start, arena);
    }
    set_rates(h);
    return start;
}

static void moves_are_days(bool joined, bool periods)
{
    enum { K = 4, DAYS = 9 };
    struct vg_arena arena;
    struct history h;
    double now[K][K] = {{0}}, next[K][K];
    vg_arena_init(&arena, 0);
    int32_t start = three_tips(joined, periods, &arena, &h);
    for (size_t a = 0; a < K; a++) {
        now[a][a] = 1;
    }
    for (int32_t day = 0; day < DAYS; day++) {
        for (uint32_t a = 0; a < K; a++) {
            for (uint32_t b = 0; b < K; b++) {
                vg_assert_near(moving_chance(&h.moving, start, start + day, a, b), now[a][b], 1e-12);
                next[a][b] = 0;
                for (size_t c = 0; c < K; c++) {
                    next[a][b] += now[a][c] * one_day(&h, start + day, c, b);
                }
            }
        }
        memcpy(now, next, sizeof now);
    }
    /* what an entry into region 0 is drawn as, against all paths of four days from elsewhere, and from the region itself */
    for (uint32_t from = 0; from < K; from += 3) {
        enum { LENGTH = 4, DRAWS = 40000 };
        double expected[LENGTH + 1][K] = {{0}}, seen[LENGTH + 1][K] = {{0}}, total = 0;
        for (unsigned path = 0; path < K * K * K; path++) {
            unsigned at[LENGTH + 1] = {from, path % K, path / K % K, path / K / K, 0}, entry = 0;
            double p = 1;
            for (size_t i = 0; i < LENGTH; i++) {
                p *= one_day(&h, start + (int32_t)i, at[i], at[i + 1]);
                entry = at[i] != 0 && at[i + 1] == 0 ? (unsigned)i + 1 : entry;
            }
            expected[entry][entry == 0 ? 0 : at[entry - 1]] += p;
            total += p;
        }
        for (size_t i = 0; i < DRAWS; i++) {
            int32_t after = 0;
            uint32_t came = 0;
            bool entered = history_last_entry(&h, from, 0, start, start + LENGTH, &after, &came);
            seen[entered ? after : 0][entered ? came : 0] += 1.0 / DRAWS;
        }
        for (size_t day = 0; day <= LENGTH; day++) {
            for (size_t c = 0; c < K; c++) {
                vg_assert_near(seen[day][c], expected[day][c] / total, 0.01);
            }
        }
    }
    vg_arena_release(&arena);
}

/* Where a lineage between three of known states is: all places one by one. */
static void between_is_all_places(bool joined, bool periods)
{
    enum { K = 4, DRAWS = 40000 };
    static const struct { uint32_t above, to[2]; int32_t days[3]; } cases[] = {
        {0, {0, 1}, {3, 2, 5}}, {1, {1, 1}, {4, 1, 0}}, {VG_TREE_NONE, {2, 0}, {0, 6, 2}}, {VG_TREE_NONE, {1, 1}, {0, 2, 7}}, {3, {0, 2}, {2, 3, 3}}, {2, {3, 3}, {1, 2, 2}}};
    struct vg_arena arena;
    struct history h;
    vg_arena_init(&arena, 0);
    int32_t start = three_tips(joined, periods, &arena, &h);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double expected[K], seen[K] = {0}, sum = 0;
        bool root = cases[i].above == VG_TREE_NONE;
        int32_t day = start + cases[i].days[0], days[2] = {day + cases[i].days[1], day + cases[i].days[2]};
        for (uint32_t c = 0; c < K; c++) {
            expected[c] = (root ? history_root_prior(&h, c) : moving_chance(&h.moving, start, day, cases[i].above, c)) * moving_chance(&h.moving, day, days[0], c, cases[i].to[0]) *
                          moving_chance(&h.moving, day, days[1], c, cases[i].to[1]);
            sum += expected[c];
        }
        vg_assert_near(history_between(&h, cases[i].above, start, day, cases[i].to, days, NULL), sum, 1e-12);
        for (size_t j = 0; j < DRAWS && sum > 0; j++) {
            uint32_t drawn = VG_TREE_NONE;
            (void)history_between(&h, cases[i].above, start, day, cases[i].to, days, &drawn);
            seen[drawn] += 1.0 / DRAWS;
        }
        for (size_t c = 0; c < K && sum > 0; c++) {
            vg_assert_near(seen[c], expected[c] / sum, 0.01);
        }
    }
    vg_arena_release(&arena);
}

static void test_moves_are_days(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        moves_are_days(way % 2 == 1, way >= 2);
        between_is_all_places(way % 2 == 1, way >= 2);
    }
}

/* What is counted of all resolved trees of four tips, with all days and states. */
struct summary { double total, root_day, elsewhere, cherry; };

static void add_history(const struct history *h, double weight, struct summary *s)
{
    unsigned in_cherry = 0;
    s->total += weight;
    s->root_day += weight * h->twigs[h->root].day;
    s->elsewhere += h->twigs[h->root].state + 1 == h->moving.k ? weight : 0;
    for (uint32_t x = h->n_tips; x < h->n; x++) {
        in_cherry |= (h->twigs[x].child[0] == 0 && h->twigs[x].child[1] == 1) || (h->twigs[x].child[0] == 1 && h->twigs[x].child[1] == 0);
    }
    s->cherry += in_cherry ? weight : 0;
}

/* All days of inner twigs from `x` on, each with the probability of the tips' regions summed over states. */
static void all_days(struct history *h, uint32_t x, struct summary *s)
{
    if (x == h->n) {
        for (uint32_t v = 0; v < h->n; v++) {
            if (v != h->root && h->twigs[v].day < h->twigs[h->twigs[v].parent].day) {
                return;
            }
        }
        history_order(h);
        double log_weight = history_log_density(h) + history_prune(h), sum = 0, own = 0;
        for (uint32_t a = 0; a < h->moving.k; a++) {
            double p = history_root_prior(h, a) * (double)h->below[h->root * h->moving.k + a];
            sum += p;
            own = p;
        }
        h->twigs[h->root].state = 0;
        add_history(h, exp(log_weight), s);
        s->elsewhere += exp(log_weight) * own / sum; /* the last state is elsewhere */
        return;
    }
    for (h->twigs[x].day = h->first_day; h->twigs[x].day <= h->last_day; h->twigs[x].day++) {
        all_days(h, x + 1, s);
    }
}

/* All trees: tip t is hung on every branch of what there is, by the inner twig n_tips + t - 1. */
static void all_trees(struct history *h, uint32_t t, struct summary *s)
{
    if (t == h->n_tips) {
        all_days(h, h->n_tips, s);
        return;
    }
    uint32_t p = h->n_tips + t - 1;
    for (uint32_t at = 0; at < p; at++) {
        if (at >= t && at < h->n_tips) {
            continue;
        }
        uint32_t above = h->twigs[at].parent, root = h->root;
        h->twigs[p] = (struct twig){.parent = above, .child = {t, at}, .blob = 0};
        h->twigs[at].parent = h->twigs[t].parent = p;
        unsigned side = above == VG_TREE_NONE ? 0 : h->twigs[above].child[1] == at;
        if (above == VG_TREE_NONE) {
            h->root = p;
        } else {
            h->twigs[above].child[side] = p;
        }
        all_trees(h, t + 1, s);
        h->root = root;
        h->twigs[at].parent = above;
        if (above != VG_TREE_NONE) {
            h->twigs[above].child[side] = at;
        }
    }
}

static void test_histories_are_all_there_are(void **state)
{
    enum { SWEEPS = 60000 };
    static const struct tip tips[] = {{0, 0, 8}, {0, 1, 10}, {1, 0, 9}, {1, 2, 11}, {VG_REGION_NONE, 0, 0}};
    struct vg_arena arena;
    struct history h;
    struct summary all = {0}, drawn = {0};
    (void)state;
    vg_arena_init(&arena, 0);
    small_history(tips, 2, &arena, &h);
    h.first_day = 1;
    split_periods(&h, 3, &arena);
    set_rates(&h);
    for (uint32_t x = h.n_tips; x < h.n; x++) { /* the first tree may begin before */
        h.twigs[x].day = h.twigs[x].day < h.first_day ? h.first_day : h.twigs[x].day;
    }
    for (size_t i = 0; i < SWEEPS; i++) {
        history_order(&h);
        (void)history_prune(&h);
        history_draw_states(&h);
        history_move_lineages(&h);
        history_move_days(&h);
        add_history(&h, 1.0 / SWEEPS, &drawn);
    }
    h.root = 0;
    h.twigs[0].parent = VG_TREE_NONE;
    all_trees(&h, 1, &all);
    print_message("root's day %.3f (%.3f), elsewhere %.4f (%.4f), first two a pair %.4f (%.4f)\n", drawn.root_day, all.root_day / all.total, drawn.elsewhere, all.elsewhere / all.total,
                  drawn.cherry, all.cherry / all.total);
    vg_assert_near(drawn.root_day, all.root_day / all.total, 0.05);
    vg_assert_near(drawn.elsewhere, all.elsewhere / all.total, 0.01);
    vg_assert_near(drawn.cherry, all.cherry / all.total, 0.01);
    vg_arena_release(&arena);
}

/* Rates and hazards drawn from what happened: where there is nothing to see they are what they were taken for before. */
static void test_rates_before_anything_is_seen(void **state)
{
    struct vg_arena arena;
    struct history h;
    double out = 0, elsewhere = 0, n = 20000;
    (void)state;
    vg_arena_init(&arena, 0);
    small_history((struct tip[]){{0, 0, 20}, {1, 0, 20}, {VG_REGION_NONE, 0, 0}}, 2, &arena, &h);
    for (uint32_t x = 0; x < h.n; x++) { /* no branch has a length, and all is in one region */
        h.twigs[x].day = 20;
        h.twigs[x].state = 0;
    }
    for (size_t i = 0; i < (size_t)n; i++) {
        history_draw_moving(&h);
        out += h.moving.out[1] / n;
        elsewhere += h.moving.out[h.moving.n_classes - 1] / n;
    }
    vg_assert_near(out, h.moving.weight[1], 0.05 * h.moving.weight[1]);
    vg_assert_near(elsewhere, 1, 0.05);
    assert_true(h.moving.weight[0] > 8 * h.moving.weight[1]); /* 90 cases behind a sequence of one, 10 behind one of the other */
    vg_arena_release(&arena);
}

static const struct moving_settings outbreak = {
    .n_places = 3, .n_most = 2500, .days = 110, .brake_day = 70, .reproduction = 1.5, .later = 0.9, .dispersion = 0.5, .generation_mean = 5.2, .generation_sd = 2.3, .moves = 0.03,
    .imports_a_day = 0.15, .import_days = 60, .mutations_a_day = 0.075, .weight = {1, 1, 1}, .sequenced = {0.2, 0.1, 0.05}};

/*
 * The chance that a case leaves a sequence, by week and place, in outbreaks whose sampling turns round every month and whose waves come at different times, against how many did.
 */
static void test_reach(void **state)
{
    struct moving_settings settings = outbreak;
    double off = 0, bias = 0, n = 0;
    (void)state;
    settings.wave_days = 40;
    settings.turn_days = 30;
    settings.n_most = 8000;
    for (size_t p = 0; p < 3; p++) {
        settings.sequenced[p] = (double[]){0.4, 0.05, 0.02}[p];
        settings.sequenced_later[p] = (double[]){0.03, 0.3, 0.2}[p];
    }
    for (uint64_t seed = 1; seed <= 40; seed++) {
        enum { WEEKS = 16 };
        struct vg_arena arena;
        struct moving_outbreak o;
        double cases[WEEKS], sequences[WEEKS], reach[WEEKS];
        vg_arena_init(&arena, 0);
        moving_outbreak_make(&settings, seed, &arena, &o);
        for (size_t p = 0; p < 3; p++) {
            memset(sequences, 0, sizeof sequences);
            for (uint32_t v = 0; v < o.tree->n_nodes; v++) {
                if (vg_tree_is_leaf(o.tree, v) && o.regions[v] == p && o.days[v] < 7 * WEEKS) {
                    sequences[(size_t)o.days[v] / 7]++;
                }
            }
            for (size_t w = 0; w < WEEKS; w++) {
                cases[w] = o.weekly[w * 3 + p];
            }
            history_reach(cases, sequences, WEEKS, reach);
            for (size_t w = 2; w + 3 < WEEKS && o.sequences[p] >= 10; w++) {
                double truth = o.reach[w * 3 + p];
                if (cases[w] >= 50 && truth > 0) {
                    n++;
                    off += fabs(log(reach[w] / truth));
                    bias += log(reach[w] / truth);
                }
            }
        }
        vg_tree_free(o.tree);
        vg_arena_release(&arena);
    }
    print_message("%.0f weeks: chances off by %.3f (logarithm), %.3f on average\n", n, off / n, bias / n);
    assert_true(n > 100 && off / n < 0.3 && fabs(bias / n) < 0.15);
}

/* Of trees that grow as the model has it, so densely sampled that most branches are some days long: neither the rate of mutations nor the tree's length may depend on what a day is. */
static void test_rate_of_mutations(void **state)
{
    enum { RUNS = 12 };
    double rate = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct grown_tree grown = {.n_leaves = 300, .mutation_rate = 10, .dispersion = 1, .split_rate = 30, .sampling_rate = 30, .n_regions = 1, .frequencies = {1}};
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_history_model model;
        struct vg_histories histories;
        vg_arena_init(&arena, 0);
        grow_tree(&grown, seed, &arena);
        double *days = VG_ARENA_ARRAY(&arena, double, grown.tree->n_nodes);
        uint32_t *regions = VG_ARENA_ARRAY(&arena, uint32_t, grown.tree->n_nodes);
        for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
            days[v] = vg_tree_is_leaf(grown.tree, v) ? floor(365.25 * (grown.years[v] - 2000)) : NAN;
        }
        vg_history_model_defaults(&model);
        model.days = days;
        model.mutations_a_day = grown.mutation_rate / 365.25;
        model.n_warmup = 150;
        vg_assert_ok(vg_histories_draw(grown.tree, regions, 1, &model, NULL, &arena, &histories, &error), error);
        rate += histories.mutations_a_day * 365.25 / grown.mutation_rate / RUNS;
        vg_tree_free(grown.tree);
        vg_arena_release(&arena);
    }
    print_message("mutations a day %.3f of the truth\n", rate);
    vg_assert_near(rate, 1, 0.06);
}

static int upwards(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Outbreaks whose introductions are known, unequally sequenced: intervals hold the truth, and parsimony's range hardly ever does. bench/introductions_coverage has more of them. */
static void test_introductions_are_as_many(void **state)
{
    double n = 0, held = 0, half = 0, parsimony = 0, told = 0, truth = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 14; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct moving_outbreak o;
        struct vg_history_model model;
        struct vg_histories histories;
        struct vg_introductions_range range[3];
        vg_arena_init(&arena, 0);
        moving_outbreak_make(&outbreak, seed, &arena, &o);
        vg_history_model_defaults(&model);
        model.days = o.days;
        model.cases = o.cases;
        model.weekly = o.weekly;
        model.n_weeks = MOVING_WEEKS;
        model.first_week = 0;
        model.mutations_a_day = 0.075;
        model.n_warmup = 40;
        model.n_draws = 30;
        if (o.n_samples >= 30) {
            vg_assert_ok(vg_histories_draw(o.tree, o.regions, 3, &model, NULL, &arena, &histories, &error), error);
            vg_assert_ok(vg_introductions_parsimony(o.tree, o.regions, 3, NULL, &arena, range, &error), error);
        }
        for (size_t a = 0; a < 3 && o.n_samples >= 30; a++) {
            double values[60];
            for (size_t i = 0; i < 60; i++) {
                values[i] = histories.seen[i * 3 + a];
            }
            qsort(values, 60, sizeof *values, upwards);
            n++;
            held += o.truth[a] >= floor(vg_quantile_sorted(values, 60, 0.025)) && o.truth[a] <= ceil(vg_quantile_sorted(values, 60, 0.975));
            half += o.truth[a] >= floor(vg_quantile_sorted(values, 60, 0.25)) && o.truth[a] <= ceil(vg_quantile_sorted(values, 60, 0.75));
            parsimony += o.truth[a] >= range[a].fewest && o.truth[a] <= range[a].most;
            told += vg_quantile_sorted(values, 60, 0.5);
            truth += o.truth[a];
        }
        vg_tree_free(o.tree);
        vg_arena_release(&arena);
    }
    print_message("%.0f numbers: 95 %% hold %.0f %%, 50 %% hold %.0f %%, parsimony %.0f %%; %.0f told, %.0f in truth\n", n, 100 * held / n, 100 * half / n, 100 * parsimony / n, told, truth);
    assert_true(n >= 20 && held / n >= 0.85 && half / n >= 0.4 && parsimony / n < 0.6);
    vg_assert_near(told / truth, 1, 0.12);
}

/*
 * A virus that is followed over decades, of which a few genomes a year are there: rates of moving are a hundredth of an outbreak's. Begun at an outbreak's rates, and drawn given moves alone,
 * each genome was an introduction of its own.
 */
static void test_decades(void **state)
{
    double n = 0, held = 0, told = 0, truth = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct vg_arena arena;
        struct vg_error error = {0};
        struct vg_history_model model;
        struct vg_histories histories;
        struct grown_tree grown = {.n_leaves = 150, .mutation_rate = 9, .dispersion = 1, .split_rate = 0.35, .sampling_rate = 0.7, .n_regions = 4, .move_rate = 0.06, .frequencies = {0.4, 0.3, 0.2, 0.1}};
        vg_arena_init(&arena, 0);
        grow_tree(&grown, seed, &arena);
        uint32_t came[4] = {0}, *entry = VG_ARENA_ARRAY(&arena, uint32_t, grown.tree->n_nodes);
        bool *counted = VG_ARENA_ARRAY(&arena, bool, grown.tree->n_nodes);
        double *days = VG_ARENA_ARRAY(&arena, double, grown.tree->n_nodes);
        for (uint32_t v = 0; v < grown.tree->n_nodes; v++) {
            uint32_t above = grown.tree->parent[v];
            entry[v] = v == 0 || grown.regions[v] != grown.regions[above] ? v : entry[above];
            days[v] = grown.years[v] * 365.25;
            if (vg_tree_is_leaf(grown.tree, v) && !counted[entry[v]]) {
                counted[entry[v]] = true;
                came[grown.regions[v]]++;
            }
        }
        vg_history_model_defaults(&model);
        model.days = days;
        model.mutations_a_day = grown.mutation_rate / 365.25;
        vg_assert_ok(vg_histories_draw(grown.tree, grown.regions, 4, &model, NULL, &arena, &histories, &error), error);
        for (size_t a = 0; a < 4; a++) {
            double values[100];
            for (size_t i = 0; i < 100; i++) {
                values[i] = histories.seen[i * 4 + a];
            }
            qsort(values, 100, sizeof *values, upwards);
            n++;
            held += came[a] >= floor(vg_quantile_sorted(values, 100, 0.025)) && came[a] <= ceil(vg_quantile_sorted(values, 100, 0.975));
            told += vg_quantile_sorted(values, 100, 0.5);
            truth += came[a];
        }
        vg_tree_free(grown.tree);
        vg_arena_release(&arena);
    }
    print_message("over decades, %.0f numbers: 95 %% hold %.0f %%; %.0f told, %.0f in truth\n", n, 100 * held / n, told, truth);
    assert_true(held / n >= 0.85 && truth > 60);
    vg_assert_near(told / truth, 1, 0.15);
}

/* What is told of each introduction is of its own leaves; the same for any number of threads. */
static void test_introductions_are_told(void **state)
{
    struct vg_arena arena;
    struct vg_error error = {0};
    struct moving_outbreak o;
    struct vg_history_model model;
    struct vg_histories one, other;
    struct vg_pool *pool = vg_pool_new(2);
    uint64_t seed = 0;
    (void)state;
    vg_arena_init(&arena, 0);
    for (o.n_samples = 0; o.n_samples < 60;) {
        moving_outbreak_make(&outbreak, ++seed, &arena, &o);
        if (o.n_samples < 60) {
            vg_tree_free(o.tree);
        }
    }
    vg_history_model_defaults(&model);
    model.days = o.days;
    model.mutations_a_day = 0.075;
    model.n_draws = 20;
    vg_assert_ok(vg_histories_draw(o.tree, o.regions, 3, &model, NULL, &arena, &one, &error), error);
    vg_assert_ok(vg_histories_draw(o.tree, o.regions, 3, &model, pool, &arena, &other, &error), error);
    assert_memory_equal(one.seen, other.seen, one.n_draws * 3 * sizeof *one.seen);
    assert_int_equal(one.n, other.n);
    assert_null(one.unseen);
    size_t leaves = 0;
    double right = 0, sure = 0, flows = 0, seen = 0, off = 0;
    for (uint32_t i = 0; i < one.n; i++) {
        const struct vg_history_introduction *own = &one.list[i];
        double sum = 0;
        size_t n = 0;
        for (uint32_t leaf = own->first_leaf; leaf != VG_TREE_NONE; leaf = one.next_leaf[leaf], n++) {
            assert_int_equal(one.of_leaf[leaf], i);
            assert_int_equal(o.regions[leaf], own->region);
            assert_true(leaf >= own->node && leaf < o.tree->end[own->node]);
            assert_true(own->day_low <= o.days[leaf]);
        }
        assert_int_equal(n, own->n_leaves);
        for (size_t a = 0; a < 4; a++) {
            sum += one.origins[i * 4 + a];
            assert_true(one.origins[i * 4 + a] <= one.origins[i * 4 + own->origin] + 1e-12);
        }
        vg_assert_near(sum, 1, 1e-9);
        assert_true(own->day_low <= own->day && own->day <= own->day_high && own->support > 0 && own->support <= 1 + 1e-9);
        assert_true(one.origins[i * 4 + own->region] <= 0);
        leaves += n;
        uint32_t event = o.events[own->first_leaf], infector = o.infections[event].infector;
        sure += one.origins[i * 4 + own->origin];
        right += (infector == UINT32_MAX ? 3 : o.infections[infector].place) == own->origin;
        double day = o.infections[event].day;
        off += fabs(own->day - day) / (double)one.n;
        seen += day >= own->day_low && day <= own->day_high;
    }
    for (size_t i = 0; i < 4 * 3; i++) {
        flows += one.flows[i];
    }
    double total = 0;
    for (size_t i = 0; i < one.n_draws * 3; i++) {
        total += one.seen[i] / (double)one.n_draws;
    }
    vg_assert_near(flows, total, 1e-6);
    assert_int_equal(leaves, o.n_samples);
    print_message("%zu introductions: origins right %.0f, expected %.0f; days held %.0f, off %.1f\n", one.n, right, sure, seen, off);
    assert_true(seen >= 0.5 * (double)one.n && off < 15 && right >= 0.6 * sure); /* not every one listed is one in truth */
    for (uint32_t v = 0; v < o.tree->n_nodes; v++) {
        o.days[v] = NAN;
    }
    assert_int_equal(vg_histories_draw(o.tree, o.regions, 3, &model, NULL, &arena, &other, &error), VG_DATA_ERROR);
    vg_pool_free(pool);
    vg_tree_free(o.tree);
    vg_arena_release(&arena);
}
int main(void)
{
    const struct CMUnitTest tests[] = {vg_statistics(test_decades), cmocka_unit_test(test_moves_are_days), cmocka_unit_test(test_rates_before_anything_is_seen), vg_statistics(test_reach),
                                       vg_statistics(test_rate_of_mutations), cmocka_unit_test(test_introductions_are_told), vg_statistics(test_histories_are_all_there_are),
                                       vg_statistics(test_introductions_are_as_many)};
    return vg_run_group_tests("histories", tests, NULL, NULL);
}
