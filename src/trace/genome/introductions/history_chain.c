/*
 * A chain of histories: sweeps of all steps, of which every second is handed on after warming up.
 */
#include "trace/genome/introductions/internal.h"

#include <math.h>

enum { THIN = 2, PURPOSE = 23, WARMUP_LEAST = 60, WARMUP_MOST = 600, WARMUP_LEAVES = 800000 };

void vg_history_model_defaults(struct vg_history_model *model)
{
    *model = (struct vg_history_model){.mutations_a_day = NAN, .dispersion = 1, .infected_days = 3, .n_warmup = 0, .n_draws = 50, .n_chains = 2, .seed = 20210205};
}

static void sweep(struct history *h)
{
    if (h->moving.k > 1) { /* else all is in one place */
        history_order(h);
        (void)history_prune(h);
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
        history_draw_hazards(&h);
    }
    size_t done = 0, warmup = model->n_warmup;
    if (status == VG_OK && warmup == 0) { /* what is affordable: too few leave a tree that is as long as the first, and movements that are too many */
        warmup = WARMUP_LEAVES / h.n_tips < WARMUP_LEAST ? WARMUP_LEAST : WARMUP_LEAVES / h.n_tips > WARMUP_MOST ? WARMUP_MOST : WARMUP_LEAVES / h.n_tips;
    }
    for (size_t i = 0; status == VG_OK && done < model->n_draws; i++) {
        sweep(&h);
        if (i >= warmup && (i - warmup) % THIN == 0 && !keep(context, chain, done++, &h)) {
            status = vg_fail_memory(error, h.n);
        }
    }
    vg_arena_release(&own);
    return status;
}
