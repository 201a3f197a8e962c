/*
 * Plans doses, holds the plan against nothing moved and no priorities, and writes what is asked for.
 */
#include "jobs/doses/internal.h"

#include <math.h>
#include <string.h>

void vg_doses_request_init(struct vg_doses_request *request)
{
    *request = (struct vg_doses_request){.begin = VG_DATE_NONE, .periods = 12, .step_days = 7, .reserve = NAN};
}

struct run {
    const struct vg_doses_request *request;
    struct doses_input input;
    struct vg_doses_answer plan;
    struct vg_arena *arena;
    struct vg_table *table;
    struct vg_error *error;
};

static int32_t day_of(const struct run *run, uint32_t period) { return run->input.begin + (int32_t)period * run->input.step_days; }

/* The name of a group, before the mark that its key has. */
static struct vg_text group_name(const struct run *run, uint32_t group)
{
    const struct vg_text key = run->input.groups.keys[group];
    const char *mark = memchr(key.data, '\n', key.size);
    return vg_text_of(key.data, mark == NULL ? key.size : (size_t)(mark - key.data));
}

static int64_t first_of(const struct vg_doses_problem *problem, const struct vg_doses_answer *plan, uint32_t group, uint32_t site)
{
    int64_t sum = 0;
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        sum += plan->first[((size_t)period * problem->n_groups + group) * problem->n_sites + site];
    }
    return sum;
}

/* People of a priority at a site, and how many of them had a first dose. priority of: as the files say, whatever the plan took them for. */
static void count_priority(const struct run *run, const struct vg_doses_answer *plan, uint32_t priority, uint32_t site, int64_t *people, int64_t *first)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    *people = *first = 0;
    for (uint32_t group = 0; group < problem->n_groups; group++) {
        if (run->input.priority[group] == priority) {
            *people += problem->people[group * problem->n_sites + site];
            *first += first_of(problem, plan, group, site);
        }
    }
}

static vg_status movements(struct run *run)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    vg_table_add_column(run->table, "leaves", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "arrives", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "from", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "to", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "expiry", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "amount", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "cost", VG_COLUMN_DOUBLE);
    for (size_t k = 0; k < run->plan.n_movements; k++) {
        const struct vg_doses_movement *movement = &run->plan.movements[k];
        const struct vg_plan_way *way = &problem->ways[movement->way];
        vg_table_date(run->table, day_of(run, movement->period));
        vg_table_date(run->table, day_of(run, movement->period + way->lead_periods));
        vg_table_text_slice(run->table, run->input.places.keys[way->from]);
        vg_table_text_slice(run->table, run->input.places.keys[way->to]);
        const int32_t expiry = run->input.expiry[movement->class_]; /* where the lots of the class have several, none is said: which of them goes is not planned */
        vg_table_date(run->table, run->input.latest[movement->class_] == expiry ? expiry : VG_DATE_NONE);
        vg_table_integer(run->table, movement->amount);
        vg_table_double(run->table, way->cost * (double)movement->amount);
    }
    return VG_OK;
}

static vg_status given(struct run *run)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    vg_table_add_column(run->table, "date", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "group", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "priority", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "first", VG_COLUMN_INTEGER);
    for (uint32_t period = 0; period < problem->n_periods; period++) {
        for (uint32_t site = 0; site < problem->n_sites; site++) {
            for (uint32_t group = 0; group < problem->n_groups; group++) {
                const int64_t first = run->plan.first[((size_t)period * problem->n_groups + group) * problem->n_sites + site];
                if (first > 0) {
                    vg_table_date(run->table, day_of(run, period));
                    vg_table_text_slice(run->table, run->input.places.keys[site]);
                    vg_table_text_slice(run->table, group_name(run, group));
                    vg_table_integer(run->table, run->input.priority[group] + 1);
                    vg_table_integer(run->table, first);
                }
            }
        }
    }
    return VG_OK;
}

static vg_status second(struct run *run)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    vg_table_add_column(run->table, "date", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "second", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "late", VG_COLUMN_INTEGER);
    for (uint32_t at = 0; at < problem->n_periods * problem->n_sites; at++) {
        if (run->plan.second[at] > 0 || run->plan.late[at] > 0) {
            vg_table_date(run->table, day_of(run, at / problem->n_sites));
            vg_table_text_slice(run->table, run->input.places.keys[at % problem->n_sites]);
            vg_table_integer(run->table, run->plan.second[at]);
            vg_table_integer(run->table, run->plan.late[at]);
        }
    }
    return VG_OK;
}

static vg_status coverage(struct run *run)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    vg_table_add_column(run->table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "priority", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "people", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "first", VG_COLUMN_INTEGER);
    vg_table_add_column(run->table, "share", VG_COLUMN_DOUBLE);
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        for (uint32_t priority = 0; priority < problem->n_priorities; priority++) {
            int64_t people = 0, first = 0;
            count_priority(run, &run->plan, priority, site, &people, &first);
            if (people > 0) {
                vg_table_text_slice(run->table, run->input.places.keys[site]);
                vg_table_integer(run->table, priority + 1);
                vg_table_integer(run->table, people);
                vg_table_integer(run->table, first);
                vg_table_double(run->table, (double)first / (double)people);
            }
        }
    }
    return VG_OK;
}

static vg_status lost(struct run *run)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    vg_table_add_column(run->table, "place", VG_COLUMN_TEXT);
    vg_table_add_column(run->table, "expiry", VG_COLUMN_DATE);
    vg_table_add_column(run->table, "amount", VG_COLUMN_INTEGER);
    for (uint32_t at = 0; at < problem->n_classes * problem->n_sites; at++) {
        if (run->plan.lost[at] > 0) {
            vg_table_text_slice(run->table, run->input.places.keys[at % problem->n_sites]);
            vg_table_date(run->table, run->input.expiry[at / problem->n_sites]);
            vg_table_integer(run->table, run->plan.lost[at]);
        }
    }
    return VG_OK;
}

static void summary_rows(struct run *run, const char *name, const struct vg_doses_answer *plan, bool bounded)
{
    const struct vg_doses_problem *problem = &run->input.problem;
    int64_t all_lost = 0;
    for (uint32_t at = 0; at < problem->n_classes * problem->n_sites; at++) {
        all_lost += plan->lost[at];
    }
    for (uint32_t priority = 0; priority < problem->n_priorities; priority++) {
        int64_t people = 0, first = 0;
        double worst = INFINITY;
        uint32_t worst_site = 0;
        for (uint32_t site = 0; site < problem->n_sites; site++) {
            int64_t here = 0, served = 0;
            count_priority(run, plan, priority, site, &here, &served);
            people += here;
            first += served;
            if (here > 0 && (double)served / (double)here < worst) {
                worst = (double)served / (double)here;
                worst_site = site;
            }
        }
        if (people == 0) {
            continue;
        }
        vg_table_text(run->table, name);
        vg_table_integer(run->table, priority + 1);
        vg_table_integer(run->table, people);
        vg_table_integer(run->table, first);
        vg_table_double(run->table, (double)first / (double)people);
        vg_table_double(run->table, bounded ? floor(plan->bound[priority] + 1e-3) : NAN);
        vg_table_double(run->table, worst);
        vg_table_text_slice(run->table, run->input.places.keys[worst_site]);
        vg_table_integer(run->table, all_lost);
        vg_table_integer(run->table, plan->late_at_most);
        vg_table_integer(run->table, plan->moved);
        vg_table_double(run->table, plan->cost);
    }
}

static vg_status summary(struct run *run)
{
    static const char *const names[] = {"priority", "people", "first", "share", "most_possible", "worst_share", "worst_place", "lost", "late_at_most", "moved", "cost"};
    static const enum vg_column_kind kinds[] = {VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE,  VG_COLUMN_DOUBLE, VG_COLUMN_DOUBLE,
                                                VG_COLUMN_TEXT,    VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE};
    struct vg_doses_problem still = run->input.problem, all_first = run->input.problem;
    struct vg_doses_answer nothing = {0}, no_priorities = {0};
    uint32_t *first = VG_ARENA_ARRAY(run->arena, uint32_t, all_first.n_groups);
    if (first == NULL) {
        return vg_fail_memory(run->error, all_first.n_groups * sizeof *first);
    }
    still.n_ways = 0;
    all_first.priority = first;
    all_first.n_priorities = 1;
    vg_status status = vg_doses_plan(&still, run->arena, &nothing, run->error);
    status = status == VG_OK ? vg_doses_plan(&all_first, run->arena, &no_priorities, run->error) : status;
    vg_table_add_column(run->table, "plan", VG_COLUMN_TEXT);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        vg_table_add_column(run->table, names[k], kinds[k]);
    }
    if (status == VG_OK) {
        summary_rows(run, "plan", &run->plan, true);
        summary_rows(run, "nothing_moves", &nothing, true);
        summary_rows(run, "no_priorities", &no_priorities, false);
    }
    return status;
}

static const struct { const char *name; vg_status (*fill)(struct run *run); } shows[] = {{"movements", movements}, {"given", given}, {"second", second}, {"coverage", coverage}, {"lost", lost}, {"summary", summary}};

vg_status vg_job_doses(const struct vg_doses_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct run run = {.request = request, .arena = arena, .table = &answer->table, .error = error};
    const char *show = request->show == NULL ? "movements" : request->show;
    size_t which = 0;
    while (which < sizeof shows / sizeof *shows && strcmp(shows[which].name, show) != 0) {
        which++;
    }
    if (which == sizeof shows / sizeof *shows) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is movements, given, second, coverage, lost or summary, not \"%.40s\"", show);
    }
    vg_status status = doses_read(request, arena, &run.input, error);
    status = status == VG_OK ? vg_doses_plan(&run.input.problem, arena, &run.plan, error) : status;
    status = status == VG_OK ? shows[which].fill(&run) : status;
    vg_buffer_text(&answer->meta, "{\"analysis\":\"doses\"");
    job_meta_date(&answer->meta, "begin", run.input.begin);
    job_meta_number(&answer->meta, "periods", run.input.problem.n_periods);
    job_meta_number(&answer->meta, "step_days", run.input.step_days);
    job_meta_number(&answer->meta, "expired_before", (double)run.input.expired);
    vg_buffer_text(&answer->meta, "}");
    return status == VG_OK && (answer->meta.failed || answer->table.failed) ? vg_fail_memory(error, answer->meta.size) : status;
}
