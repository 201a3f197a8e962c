/*
 * A plan of doses in whole doses: the plain account, period by period, of what the program wants.
 */
#include "allocate/doses/internal.h"

#include <math.h>
#include <string.h>

#define WHOLE 1e-3 /* what is so near to a whole dose is one */

struct books {
    const struct vg_doses_problem *problem;
    const struct doses_wanted *wanted;
    struct vg_doses_answer *answer;
    int64_t *there;               /* [class * sites + site] */
    int64_t *coming;              /* [(period * classes + class) * sites + site] on the way */
    double *meant_sent;           /* [class * ways + way] sums so far of what is wanted, so that parts of doses add up to whole ones */
    int64_t *was_sent, *carried;  /* carried: by way, in this period */
    size_t *last_movement;        /* [class * ways + way] its movement in this period, or SIZE_MAX */
    double *meant_first;          /* [group * sites + site] */
    int64_t *was_first;
    int64_t *backlog;             /* [sites] second doses that are due */
    double *ending;               /* [class * sites + site] what of a class, and of those that end before it, can still be given in its last period */
    size_t room;
};

static bool good(const struct books *b, uint32_t class_, uint32_t period) { return b->problem->class_last[class_] >= period; }

static bool ends_before(const struct vg_doses_problem *problem, uint32_t class_, uint32_t other)
{
    const uint32_t last = problem->class_last[class_], other_last = problem->class_last[other];
    return last != other_last ? last < other_last : problem->class_part != NULL && problem->class_part[class_] < problem->class_part[other];
}

/* Of what is there what expires first. */
static uint32_t first_to_end(const struct books *b, uint32_t period, uint32_t site)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t class_ = 0; class_ < b->problem->n_classes; class_++) {
        if (good(b, class_, period) && b->there[class_ * b->problem->n_sites + site] > 0 && (best == UINT32_MAX || ends_before(b->problem, class_, best))) {
            best = class_;
        }
    }
    return best;
}

/* How much of a class can be given now: in its last period only what is given before it ends, and that of others before they end. */
static int64_t givable(const struct books *b, uint32_t period, uint32_t class_, uint32_t site)
{
    const struct vg_doses_problem *problem = b->problem;
    double most = (double)b->there[class_ * problem->n_sites + site];
    for (uint32_t other = 0; problem->class_last[class_] == period && other < problem->n_classes; other++) {
        most = doses_counts_for(problem, class_, other) ? fmin(most, b->ending[other * problem->n_sites + site]) : most;
    }
    return good(b, class_, period) && most >= 1.0 ? (int64_t)floor(most) : 0;
}

static uint32_t next_class(const struct books *b, uint32_t period, uint32_t site)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t class_ = 0; class_ < b->problem->n_classes; class_++) {
        best = givable(b, period, class_, site) > 0 && (best == UINT32_MAX || ends_before(b->problem, class_, best)) ? class_ : best;
    }
    return best;
}

/* Up to so many doses are given; how many were. */
static int64_t use(struct books *b, uint32_t period, uint32_t site, int64_t wanted)
{
    int64_t left = wanted;
    for (uint32_t class_; left > 0 && (class_ = next_class(b, period, site)) != UINT32_MAX;) {
        const int64_t can = givable(b, period, class_, site), taken = can < left ? can : left;
        b->there[class_ * b->problem->n_sites + site] -= taken;
        left -= taken;
        for (uint32_t other = 0; b->problem->class_last[class_] == period && other < b->problem->n_classes; other++) {
            b->ending[other * b->problem->n_sites + site] -= doses_counts_for(b->problem, class_, other) ? (double)taken : 0.0;
        }
    }
    return wanted - left;
}

static void receive(struct books *b, uint32_t period)
{
    const size_t n = (size_t)b->problem->n_classes * b->problem->n_sites;
    for (size_t at = 0; at < n; at++) {
        b->there[at] += b->problem->comes[period * n + at] + b->coming[period * n + at];
    }
}

static vg_status note_movement(struct books *b, size_t at, struct vg_doses_movement movement, struct vg_arena *arena, struct vg_error *error)
{
    if (b->last_movement[at] != SIZE_MAX) {
        b->answer->movements[b->last_movement[at]].amount += movement.amount;
        return VG_OK;
    }
    struct vg_doses_movement *room = vg_arena_room(arena, b->answer->movements, b->answer->n_movements, &b->room, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(error, sizeof *room);
    }
    b->answer->movements = room;
    b->last_movement[at] = b->answer->n_movements;
    room[b->answer->n_movements++] = movement;
    return VG_OK;
}

/* What of a class can go a way now; *went: anything. */
static vg_status send_one(struct books *b, uint32_t period, uint32_t class_, size_t way, bool *went, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_doses_problem *problem = b->problem;
    const struct vg_plan_way *w = &problem->ways[way];
    const size_t at = class_ * problem->n_ways + way;
    const uint32_t arrives = period + w->lead_periods;
    int64_t *there = &b->there[class_ * problem->n_sites + w->from];
    int64_t amount = (int64_t)floor(b->meant_sent[at] + WHOLE) - b->was_sent[at];
    amount = amount > *there ? *there : amount;
    amount = w->capacity != VG_PLAN_NO_LIMIT && amount > w->capacity - b->carried[way] ? w->capacity - b->carried[way] : amount;
    if (amount <= 0 || arrives >= problem->n_periods || !good(b, class_, arrives)) {
        return VG_OK;
    }
    b->was_sent[at] += amount;
    b->carried[way] += amount;
    *there -= amount;
    if (w->lead_periods == 0) {
        b->there[class_ * problem->n_sites + w->to] += amount;
    } else {
        b->coming[((size_t)arrives * problem->n_classes + class_) * problem->n_sites + w->to] += amount;
    }
    b->answer->moved += amount;
    b->answer->cost += w->cost * (double)amount;
    *went = true;
    return note_movement(b, at, (struct vg_doses_movement){(uint32_t)way, period, class_, amount}, arena, error);
}

/* Ways within a period may follow each other, so all are gone through until nothing goes any more. */
static vg_status send(struct books *b, uint32_t period, struct vg_arena *arena, struct vg_error *error)
{
    const struct vg_doses_problem *problem = b->problem;
    const size_t n = (size_t)problem->n_classes * problem->n_ways;
    vg_status status = VG_OK;
    for (size_t at = 0; at < n; at++) {
        b->meant_sent[at] += b->wanted->sent[period * n + at];
        b->last_movement[at] = SIZE_MAX;
    }
    memset(b->carried, 0, problem->n_ways * sizeof *b->carried);
    for (bool went = problem->n_ways > 0; status == VG_OK && went;) {
        went = false;
        for (size_t at = 0; status == VG_OK && at < n; at++) {
            status = send_one(b, period, (uint32_t)(at / problem->n_ways), at % problem->n_ways, &went, arena, error);
        }
    }
    return status;
}

static void give_second(struct books *b, uint32_t period, uint32_t site, double *left)
{
    const struct vg_doses_problem *problem = b->problem;
    int64_t due = b->backlog[site] + (problem->due == NULL ? 0 : problem->due[period * problem->n_sites + site]);
    for (uint32_t group = 0; problem->two_doses && period >= problem->interval_periods && group < problem->n_groups; group++) {
        due += b->answer->first[((size_t)(period - problem->interval_periods) * problem->n_groups + group) * problem->n_sites + site];
    }
    const int64_t can = (double)due > *left ? (int64_t)floor(*left) : due, given = use(b, period, site, can);
    b->answer->second[period * problem->n_sites + site] = given;
    b->backlog[site] = due - given;
    b->answer->late[period * problem->n_sites + site] = due - given;
    *left -= (double)given;
}

static void give_first(struct books *b, uint32_t period, uint32_t site, double *left)
{
    const struct vg_doses_problem *problem = b->problem;
    for (uint32_t priority = 0; priority < problem->n_priorities; priority++) {
        for (uint32_t group = 0; group < problem->n_groups; group++) {
            const size_t at = group * problem->n_sites + site, now = (size_t)period * problem->n_groups * problem->n_sites + at;
            if (problem->priority[group] != priority) {
                continue;
            }
            b->meant_first[at] += b->wanted->first[now];
            int64_t wanted = (int64_t)floor(b->meant_first[at] + WHOLE) - b->was_first[at];
            wanted = wanted > problem->people[at] - b->was_first[at] ? problem->people[at] - b->was_first[at] : wanted;
            wanted = (double)wanted > *left ? (int64_t)floor(*left) : wanted;
            const int64_t given = wanted <= 0 ? 0 : use(b, period, site, wanted);
            b->answer->first[now] = given;
            b->was_first[at] += given;
            *left -= (double)given;
        }
    }
}

/* What may not be used any more, or finds no room in the cold, is lost: of what must go, what expires first. */
static void throw_away(struct books *b, uint32_t period)
{
    const struct vg_doses_problem *problem = b->problem;
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        int64_t kept = 0;
        for (uint32_t class_ = 0; class_ < problem->n_classes; class_++) {
            int64_t *there = &b->there[class_ * problem->n_sites + site];
            if (!good(b, class_, period + 1)) {
                b->answer->lost[class_ * problem->n_sites + site] += *there;
                *there = 0;
            }
            kept += *there;
        }
        while ((double)kept > problem->store[site]) {
            const uint32_t class_ = first_to_end(b, period + 1, site);
            int64_t *there = &b->there[class_ * problem->n_sites + site];
            const int64_t over = kept - (int64_t)floor(problem->store[site]), gone = over < *there ? over : *there;
            b->answer->lost[class_ * problem->n_sites + site] += gone;
            *there -= gone;
            kept -= gone;
        }
    }
}

vg_status doses_account(const struct vg_doses_problem *problem, const struct doses_wanted *wanted, struct vg_arena *arena, struct vg_doses_answer *answer, struct vg_error *error)
{
    const size_t sites = problem->n_sites, stock = (size_t)problem->n_classes * sites, people = (size_t)problem->n_groups * sites;
    struct books b = {.problem = problem, .wanted = wanted, .answer = answer, .there = VG_ARENA_ARRAY(arena, int64_t, stock), .coming = VG_ARENA_ARRAY(arena, int64_t, stock * problem->n_periods),
                      .meant_sent = VG_ARENA_ARRAY(arena, double, problem->n_classes * problem->n_ways), .was_sent = VG_ARENA_ARRAY(arena, int64_t, problem->n_classes * problem->n_ways),
                      .meant_first = VG_ARENA_ARRAY(arena, double, people), .was_first = VG_ARENA_ARRAY(arena, int64_t, people), .backlog = VG_ARENA_ARRAY(arena, int64_t, sites),
                      .carried = VG_ARENA_ARRAY(arena, int64_t, problem->n_ways + 1), .last_movement = VG_ARENA_ARRAY(arena, size_t, (size_t)problem->n_classes * problem->n_ways + 1), .ending = VG_ARENA_ARRAY(arena, double, stock)};
    answer->first = VG_ARENA_ARRAY(arena, int64_t, people * problem->n_periods);
    answer->second = VG_ARENA_ARRAY(arena, int64_t, sites * problem->n_periods);
    answer->late = VG_ARENA_ARRAY(arena, int64_t, sites * problem->n_periods);
    answer->lost = VG_ARENA_ARRAY(arena, int64_t, stock);
    vg_status status = arena->failed ? vg_fail_memory(error, stock * 16) : VG_OK;
    for (size_t at = 0; status == VG_OK && at < stock; at++) {
        b.ending[at] = problem->class_part == NULL ? INFINITY : problem->give[at % sites] * problem->class_part[at / sites];
    }
    for (uint32_t period = 0; status == VG_OK && period < problem->n_periods; period++) {
        int64_t late = 0;
        receive(&b, period);
        status = send(&b, period, arena, error);
        for (uint32_t site = 0; status == VG_OK && site < sites; site++) {
            double left = problem->give[site];
            give_second(&b, period, site, &left);
            give_first(&b, period, site, &left);
            late += b.backlog[site];
        }
        throw_away(&b, period);
        answer->late_at_most = late > answer->late_at_most ? late : answer->late_at_most;
    }
    return status;
}

/* ------------------------------------------------------------------ the whole */

static vg_status check(const struct vg_doses_problem *problem, struct vg_error *error)
{
    const size_t stock = (size_t)problem->n_periods * problem->n_classes * problem->n_sites;
    if (problem->n_sites == 0 || problem->n_periods == 0 || problem->n_classes == 0 || problem->n_groups == 0 || problem->n_priorities == 0 || problem->n_priorities > VG_DOSES_PRIORITIES_MOST) {
        return vg_fail(error, VG_USAGE_ERROR, "a plan of doses needs places, periods, lots, groups and 1 to %d priorities", VG_DOSES_PRIORITIES_MOST);
    }
    if (problem->two_doses && (problem->interval_periods == 0 || problem->interval_periods > 64 || !(problem->reserve >= 0.0 && problem->reserve <= 1.0))) {
        return vg_fail(error, VG_USAGE_ERROR, "the second dose comes 1 to 64 periods after the first, and a share of 0 to 1 of it is held back");
    }
    for (size_t at = 0; at < stock; at++) {
        if (problem->comes[at] < 0 || problem->comes[at] > INT64_C(1) << 40) {
            return vg_fail(error, VG_DATA_ERROR, "%lld doses at place %zu: expected 0 to %lld", (long long)problem->comes[at], at % problem->n_sites + 1, (long long)(INT64_C(1) << 40));
        }
    }
    for (uint32_t class_ = 0; problem->class_part != NULL && class_ < problem->n_classes; class_++) {
        if (!(problem->class_part[class_] > 0.0 && problem->class_part[class_] <= 1.0)) {
            return vg_fail(error, VG_DATA_ERROR, "lots of class %u are good for a share of their last period that is not above 0 to 1", class_ + 1);
        }
    }
    for (uint32_t site = 0; site < problem->n_sites; site++) {
        if (!(problem->store[site] >= 0.0) || !(problem->give[site] >= 0.0)) {
            return vg_fail(error, VG_DATA_ERROR, "place %u stores or gives fewer than no doses", site + 1);
        }
    }
    return VG_OK;
}

vg_status vg_doses_plan(const struct vg_doses_problem *problem, struct vg_arena *arena, struct vg_doses_answer *answer, struct vg_error *error)
{
    struct doses_wanted wanted = {0};
    *answer = (struct vg_doses_answer){0};
    vg_status status = check(problem, error);
    if (status != VG_OK) {
        return status;
    }
    wanted.sent = VG_ARENA_ARRAY(arena, double, (size_t)problem->n_periods * problem->n_classes * problem->n_ways);
    wanted.first = VG_ARENA_ARRAY(arena, double, (size_t)problem->n_periods * problem->n_groups * problem->n_sites);
    if (wanted.sent == NULL || wanted.first == NULL) {
        return vg_fail_memory(error, 64);
    }
    status = doses_program(problem, &wanted, answer->bound, error);
    return status == VG_OK ? doses_account(problem, &wanted, arena, answer, error) : status;
}
