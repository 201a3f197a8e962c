/*
 * A chain of histories: sweeps of all steps, of which every second is handed on after warming up.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>

#define SCALE_SMALL 0.1 /* standard deviation of a factor's logarithm */
#define SCALE_LARGE 1.0
#define SCALE_MOST 16.0 /* of what is tried before the first sweep */
#define SCALE_LEAST 0x1p-20
enum { SCALE_EVERY = 4, THIN = 2, PURPOSE = 23, WARMUP_LEAST = 60, WARMUP_MOST = 600, WARMUP_LEAVES = 800000 };

void vg_history_model_defaults(struct vg_history_model *model)
{
    *model = (struct vg_history_model){.mutations_a_day = NAN, .dispersion = 1, .infected_days = 3, .n_warmup = 0, .n_draws = 50, .n_chains = 2, .seed = 20210205};
}

/* All rates of moving as they are, times a factor. */
static void scale_moving(struct moving *moving, double factor)
{
    for (size_t a = 0; a < moving->k; a++) {
        moving->into[a] *= factor;
    }
    moving->mean *= factor;
    moving_settle(moving);
}

/* What the law of the mean rate makes of a factor, with the measure of the step. */
static double of_factor(const struct moving *moving, double factor)
{
    return -0.5 * log(factor) - MOVING_INTO / 2 / moving->mean * (1 / factor - 1);
}

static bool is_too_often(const struct moving *moving, double factor)
{
    return moving->mean * factor * (double)(moving->k - 1) > MOVING_OFTENEST;
}

/*
 * All rates of moving together, looked at without where lineages are (pruned): drawn given moves, rates only creep, as where they are high moves are many, which keeps them high. Returns with what is
 * below each twig as of the rates that are taken.
 */
static void step_scale(struct history *h)
{
    double before = history_prune(h), factor = exp(vg_random_normal(&h->random) * (vg_random_uniform(&h->random) < 0.5 ? SCALE_SMALL : SCALE_LARGE));
    double prior = of_factor(&h->moving, factor);
    if (is_too_often(&h->moving, factor)) {
        return;
    }
    scale_moving(&h->moving, factor);
    if (log(vg_random_uniform(&h->random)) >= history_prune(h) - before + prior) {
        scale_moving(&h->moving, 1 / factor);
        (void)history_prune(h);
    }
}

/* Begins at the scale that the first tree says is likeliest: 0.01 a day is much for a virus that is followed over decades, and little for a school. */
static void begin_scale(struct history *h)
{
    double best = SCALE_LEAST, now = 1, most = -INFINITY;
    history_order(h);
    for (double factor = SCALE_MOST; factor >= SCALE_LEAST; factor /= 2) {
        if (is_too_often(&h->moving, factor / now)) {
            continue;
        }
        scale_moving(&h->moving, factor / now);
        now = factor;
        double value = history_prune(h);
        if (value > most) {
            most = value;
            best = factor;
        }
    }
    scale_moving(&h->moving, best / now);
}

static void sweep(struct history *h, size_t number)
{
    if (h->moving.k > 1) { /* else all is in one place */
        history_order(h);
        if (number % SCALE_EVERY == 0) {
            step_scale(h);
        } else {
            (void)history_prune(h);
        }
        history_draw_states(h);
        history_draw_moving(h);
    }
    history_move_lineages(h);
    history_move_days(h);
    history_draw_hazards(h);
}

vg_status history_chain(const struct vg_tree *tree, const uint32_t *regions, size_t n_regions, const struct vg_history_model *model, size_t chain, history_keep *keep, void *context,
                        struct vg_error *error)
{
    struct vg_arena own;
    struct history h;
    vg_arena_init(&own, 0);
    uint32_t *leaf_of_tip = VG_ARENA_ARRAY(&own, uint32_t, tree->n_leaves);
    vg_status status = leaf_of_tip == NULL ? vg_fail_memory(error, tree->n_leaves) : history_make(tree, regions, n_regions, model, leaf_of_tip, &own, &h, error);
    if (status == VG_OK) {
        h.random = vg_random_stream(model->seed, (uint32_t)chain, 0, PURPOSE);
        moving_settle(&h.moving);
        if (h.moving.k > 1) {
            begin_scale(&h);
        }
        history_draw_hazards(&h);
    }
    size_t done = 0, warmup = model->n_warmup;
    if (status == VG_OK && warmup == 0) { /* what is affordable: too few leave a tree that is as long as the first, and movements that are too many */
        warmup = WARMUP_LEAVES / h.n_tips < WARMUP_LEAST ? WARMUP_LEAST : WARMUP_LEAVES / h.n_tips > WARMUP_MOST ? WARMUP_MOST : WARMUP_LEAVES / h.n_tips;
    }
    for (size_t i = 0; status == VG_OK && done < model->n_draws; i++) {
        sweep(&h, i);
        if (i >= warmup && (i - warmup) % THIN == 0 && !keep(context, chain, done++, &h)) {
            status = vg_fail_memory(error, h.n);
        }
    }
    vg_arena_release(&own);
    return status;
}
