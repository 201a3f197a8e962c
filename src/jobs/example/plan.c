/*
 * The example's kept plan: who gives ventilators and oxygen to whom in the exercise's provinces over four weeks. Needs are what vigia demand sees in its hospitals' patients, stocks those of its
 * ledger; the ways between neighbouring provinces are invented.
 */
#include "jobs/example/internal.h"

#include "jobs/plan/plan.h"

#include <math.h>

vg_status example_plan(struct vg_store *store, struct vg_error *error)
{
    static const char *const only[] = {"ventilator", "oxygen_m3"};
    struct vg_plan_order order;
    struct vg_arena arena;
    struct vg_answer answer;
    const char *left_out = NULL;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_plan_order_init(&order);
    order.name = "Ventilators and oxygen, four weeks";
    order.replace = true;
    order.census.dataset = EXAMPLE_CENSUS;
    order.census.ventilated_share = 0.6; /* as the ledger counts those in use */
    order.only = only;
    order.n_only = 2;
    /* A day within a country and three across a border; 6,000 m³ of oxygen on one way, and of ventilators there are never so many. */
    order.near = (struct vg_plan_near){.neighbours = 3, .km_per_day = INFINITY, .border_days = 2.0, .cost_fixed = 1.0, .cost_per_100km = 2.0, .capacity = 6000.0};
    vg_status status = vg_job_plan_order(store, &order, NULL, &arena, &answer, &left_out, error);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}
