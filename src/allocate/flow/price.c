/*
 * Pricing: which arc outside the tree would lower the cost most, of a block of them; the blocks are looked at in turn, and the optimum is known when all have been looked
 * at without a find. The loop gathers two potentials an arc, which is what a step costs, so it is compiled for several widths of the processor's vectors; integers give the same
 * answer with each.
 */
#include "allocate/flow/internal.h"

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#define FLOW_KERNEL __attribute__((target_clones("arch=x86-64-v4", "avx2", "default"), optimize("O3")))
#else
#define FLOW_KERNEL
#endif

#define CHUNK 256u

/* gain[i]: what a unit through arc first + i would save; at most 0 where nothing. */
FLOW_KERNEL static int64_t price_chunk(const struct vg_flow *flow, uint32_t first, uint32_t n, int64_t *restrict gain)
{
    const uint32_t *restrict source = flow->source + first, *restrict target = flow->target + first;
    const int64_t *restrict cost = flow->cost + first, *restrict potential = flow->potential;
    const int8_t *restrict state = flow->state + first;
    int64_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const int64_t reduced = cost[i] + potential[source[i]] - potential[target[i]];
        const int64_t side = state[i];
        const int64_t saved = (reduced ^ ~(side >> 1)) - ~(side >> 1); /* -reduced at zero, reduced at capacity */
        gain[i] = side == 0 ? 0 : saved;
        most = gain[i] > most ? gain[i] : most;
    }
    return most;
}

uint32_t flow_price(struct vg_flow *flow)
{
    int64_t gain[CHUNK], best = 0;
    uint32_t best_arc = FLOW_NONE, looked = 0, in_block = 0, arc = flow->next;
    while (looked < flow->n_arcs) { /* artificial arcs never come back */
        const uint32_t n = flow->n_arcs - arc < CHUNK ? flow->n_arcs - arc : CHUNK;
        const int64_t most = price_chunk(flow, arc, n, gain);
        if (most > best) {
            uint32_t at = 0;
            while (gain[at] != most) {
                at++;
            }
            best = most;
            best_arc = arc + at;
        }
        arc = arc + n == flow->n_arcs ? 0 : arc + n;
        looked += n;
        in_block += n;
        if (in_block >= flow->block) {
            if (best_arc != FLOW_NONE) {
                break;
            }
            in_block = 0;
        }
    }
    flow->next = arc;
    return best_arc;
}
