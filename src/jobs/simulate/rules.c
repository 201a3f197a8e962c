/*
 * Rules of priority beside each other: one supply of doses, given in several orders, under the same draws. A rule is a list of ages and groups of people; the file's campaigns are made once for each rule, and once more nobody is vaccinated, so that
 * what each rule averts, and how two rules differ, is told run by run between twins.
 */
#include "jobs/simulate/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MOST 20
#define PRIORITIES_MOST 32

static const char nobody[] = "no doses";

struct rule {
    const char *name;
    const char *turns[PRIORITIES_MOST]; /* ages, a group, or "group: ages", as campaigns have them; NULL: not given yet */
};
struct rules {
    size_t n;
    struct rule list[RULES_MOST];
};

/* -------------------------------------------------------------------- reading */

enum { RULE, PRIORITY, AGES, GROUP, COLUMNS };
struct reading {
    const struct vg_scenario *scenario;
    struct vg_reader *reader;
    size_t columns[COLUMNS];
    struct vg_arena *arena;
    struct rules *rules;
};

/* What a file without groups, or with others, says to the name of one. */
static vg_status unknown_group(const struct reading *r, uint64_t line, struct vg_text group, struct vg_error *error)
{
    struct vg_buffer known;
    vg_buffer_init(&known, 0);
    vg_buffer_text(&known, r->scenario->n_groups == 0 ? "nothing (the scenario has no [[group]]" : "one of the scenario's groups (");
    for (size_t g = 0; g < r->scenario->n_groups; g++) {
        vg_buffer_format(&known, "%s%s", g == 0 ? "" : ", ", r->scenario->groups[g].name);
    }
    vg_buffer_char(&known, ')');
    vg_status status = known.failed ? vg_fail_memory(error, known.size) : vg_reader_bad_cell(r->reader, line, r->columns[GROUP], group, known.data, error);
    vg_buffer_release(&known);
    return status;
}

static bool has_people(const struct vg_scenario *scenario, struct vg_text group, int low, int high)
{
    const struct vg_number_list *bands = &scenario->place.age_bands;
    bool any = false;
    for (size_t a = 0; a < bands->count; a++) {
        any = any || (bands->items[a] >= low && (high < 0 || bands->items[a] <= high) && vg_scenario_group_covers(&scenario->groups[vg_scenario_group_find(scenario, group)], (int)bands->items[a]));
    }
    return any;
}

static vg_status take_turn(const struct reading *r, const struct vg_text *cells, uint64_t line, const char **turn, struct vg_error *error)
{
    const struct vg_text ages = r->columns[AGES] == VG_READER_NO_COLUMN ? vg_text_from("") : vg_reader_cell(cells, r->columns[AGES]);
    const struct vg_text group = r->columns[GROUP] == VG_READER_NO_COLUMN ? vg_text_from("") : vg_reader_cell(cells, r->columns[GROUP]);
    int low, high;
    if (group.size > 0 && vg_scenario_group_find(r->scenario, group) == SIZE_MAX) {
        return unknown_group(r, line, group, error);
    }
    if ((group.size == 0 || ages.size > 0) && !vg_age_band_parse(ages, &low, &high)) {
        return vg_reader_bad_cell(r->reader, line, r->columns[r->columns[AGES] == VG_READER_NO_COLUMN ? GROUP : AGES], ages,
                                  r->columns[AGES] == VG_READER_NO_COLUMN ? "a group" : r->columns[GROUP] == VG_READER_NO_COLUMN ? "an age group such as 40-59 or 60+" : "an age group such as 40-59 or 60+, or a group", error);
    }
    if (group.size > 0 && ages.size > 0 && !has_people(r->scenario, group, low, high)) {
        return vg_reader_bad_cell(r->reader, line, r->columns[AGES], ages, "an age group in which the group has people", error);
    }
    *turn = group.size == 0  ? vg_arena_copy_bytes(r->arena, ages.data, ages.size)
            : ages.size == 0 ? vg_arena_copy_bytes(r->arena, group.data, group.size)
                             : vg_arena_format(r->arena, "%.*s: %.*s", (int)group.size, group.data, (int)ages.size, ages.data);
    return *turn == NULL ? vg_fail_memory(error, group.size + ages.size) : VG_OK;
}

static vg_status take_rule(const struct reading *r, const struct vg_text *cells, uint64_t line, struct vg_error *error)
{
    const struct vg_reader *reader = r->reader;
    struct rules *rules = r->rules;
    const size_t *columns = r->columns;
    const struct vg_text name = vg_reader_cell(cells, columns[RULE]), order = vg_reader_cell(cells, columns[PRIORITY]);
    const char *turn = NULL;
    int64_t priority = 0;
    size_t at = 0;
    if (name.size == 0 || vg_text_equals(name, nobody)) {
        return vg_reader_bad_cell(reader, line, columns[RULE], name, "the name of a rule (\"no doses\" is always there)", error);
    }
    if (!vg_parse_integer(order, &priority) || priority < 1 || priority > PRIORITIES_MOST) {
        return vg_reader_bad_cell(reader, line, columns[PRIORITY], order, "a priority of 1 (first) to 32", error);
    }
    vg_status status = take_turn(r, cells, line, &turn, error);
    if (status != VG_OK) {
        return status;
    }
    while (at < rules->n && !vg_text_equals(name, rules->list[at].name)) {
        at++;
    }
    if (at == RULES_MOST) {
        return vg_reader_bad_cell(reader, line, columns[RULE], name, "one of at most 20 rules", error);
    }
    struct rule *rule = &rules->list[at];
    if (at == rules->n) {
        *rule = (struct rule){.name = vg_arena_copy_bytes(r->arena, name.data, name.size)};
        rules->n++;
    }
    if (rule->name != NULL && rule->turns[priority - 1] != NULL) {
        return vg_reader_bad_cell(reader, line, columns[PRIORITY], order, "another priority than a row before of the same rule", error);
    }
    rule->turns[priority - 1] = turn;
    return rule->name == NULL ? vg_fail_memory(error, name.size) : VG_OK;
}

static vg_status read_rules(const char *path, const struct vg_scenario *scenario, struct vg_arena *arena, struct rules *rules, struct vg_error *error)
{
    static const char *const headings[COLUMNS] = {"rule|name", "priority|order", "ages|age|age_group", "group|groups"};
    struct reading r = {.scenario = scenario, .arena = arena, .rules = rules};
    vg_status status = vg_reader_open(path, NULL, &r.reader, error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t k = 0; k < COLUMNS; k++) {
        r.columns[k] = vg_reader_find_column(r.reader, headings[k]);
    }
    for (size_t k = 0; k <= AGES && status == VG_OK; k++) {
        bool needed = k != AGES || r.columns[GROUP] == VG_READER_NO_COLUMN; /* ages or groups, or both */
        status = needed && r.columns[k] == VG_READER_NO_COLUMN ? vg_fail(error, VG_DATA_ERROR, "%s has no column %.*s", path, (int)strcspn(headings[k], "|"), headings[k]) : VG_OK;
    }
    struct vg_row_batch batch = {.n_rows = 1};
    while (status == VG_OK && batch.n_rows > 0) {
        status = vg_reader_next(r.reader, &batch, error);
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take_rule(&r, batch.cells + row * batch.n_columns, batch.lines[row], error);
        }
    }
    vg_reader_close(r.reader);
    return status == VG_OK && rules->n == 0 ? vg_fail(error, VG_DATA_ERROR, "%s has no rules", path) : status;
}

/* ------------------------------------------------------------------ scenarios */

static bool append(struct vg_text_list *list, const char *text, struct vg_arena *arena)
{
    const char **items = VG_ARENA_ARRAY(arena, const char *, list->count + 1);
    if (items == NULL || text == NULL) {
        return false;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    items[list->count] = text;
    *list = (struct vg_text_list){items, list->count + 1};
    return true;
}

/* The file's campaigns for one rule, and the scenario that holds these and no others. */
static bool make_rule(struct vg_scenario *scenario, const struct vg_scenario_campaign *campaigns, size_t n, const struct rules *rules, size_t r, struct vg_arena *arena)
{
    bool good = true;
    for (size_t k = 0; k < n; k++) {
        struct vg_scenario_campaign *own = &scenario->campaigns[r * n + k];
        *own = campaigns[k];
        own->ages = (struct vg_text_list){0};
        own->group = NULL;
        own->name = vg_arena_format(arena, "%s: %s %zu", rules->list[r].name, campaigns[k].name == NULL ? "campaign" : campaigns[k].name, k + 1);
        for (size_t priority = 0; priority < PRIORITIES_MOST; priority++) {
            good = good && (rules->list[r].turns[priority] == NULL || append(&own->ages, rules->list[r].turns[priority], arena));
        }
        for (size_t v = 0; v <= rules->n; v++) {
            struct vg_scenario_variation *variation = &scenario->variations[v];
            good = good && (v != r + 1 ? append(&variation->without, own->name, arena) : variation->only.count == 0 || append(&variation->only, own->name, arena));
        }
    }
    return good;
}

static bool want(struct vg_scenario *scenario, const char *target, struct vg_arena *arena)
{
    for (size_t k = 0; k < scenario->output.targets.count; k++) {
        if (strcmp(scenario->output.targets.items[k], target) == 0) {
            return true;
        }
    }
    return append(&scenario->output.targets, target, arena);
}

vg_status simulate_rules_expand(const char *path, struct vg_scenario *scenario, struct vg_arena *arena, struct vg_error *error)
{
    static const char *const targets[] = {"inc inf", "inc hosp", "inc icu", "inc death", "inc dose", "inc dose lost"};
    struct rules rules = {0};
    vg_status status = read_rules(path, scenario, arena, &rules, error);
    if (status != VG_OK) {
        return status;
    }
    if (scenario->n_variations != 1) {
        return vg_fail(error, VG_USAGE_ERROR, "%s has %zu scenarios; rules are compared in a file with one (none, or one [[scenario]])", scenario->file_name, scenario->n_variations);
    }
    size_t n = 0;
    struct vg_scenario_campaign *campaigns = VG_ARENA_ARRAY(arena, struct vg_scenario_campaign, scenario->n_campaigns + 1);
    for (size_t k = 0; campaigns != NULL && k < scenario->n_campaigns; k++) {
        const char *name = scenario->campaigns[k].name;
        if (name == NULL || vg_scenario_holds(scenario, 0, name)) {
            campaigns[n++] = scenario->campaigns[k];
        }
    }
    if (campaigns != NULL && n == 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s has no [[campaign]]: it says which doses there are, rules say who gets them first", scenario->file_name);
    }
    const struct vg_scenario_variation base = scenario->variations[0];
    scenario->campaigns = VG_ARENA_ARRAY(arena, struct vg_scenario_campaign, n * rules.n);
    scenario->variations = VG_ARENA_ARRAY(arena, struct vg_scenario_variation, rules.n + 1);
    if (arena->failed) {
        return vg_fail_memory(error, n * rules.n * sizeof *campaigns);
    }
    scenario->n_campaigns = n * rules.n;
    scenario->n_variations = rules.n + 1;
    bool good = true;
    for (size_t v = 0; v <= rules.n; v++) {
        scenario->variations[v] = base;
        scenario->variations[v].name = v == 0 ? nobody : rules.list[v - 1].name;
        scenario->variations[v].title = NULL;
    }
    for (size_t r = 0; r < rules.n; r++) {
        good = good && make_rule(scenario, campaigns, n, &rules, r, arena);
    }
    for (size_t k = 0; k < sizeof targets / sizeof *targets; k++) {
        good = good && want(scenario, targets[k], arena);
    }
    return good ? VG_OK : vg_fail_memory(error, n * rules.n * sizeof *campaigns);
}

/* --------------------------------------------------------------------- answer */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the projected time and the whole place, by everybody or a group: its index among the layout's ages; NaN where the run is not finished. */
static double total_of(const struct simulation *s, size_t scenario, size_t run, int series, size_t age)
{
    const struct vg_scenario_layout *l = &s->files[0].layout;
    const uint32_t *values = s->values[scenario * s->n_runs + run];
    double sum = 0.0;
    for (size_t step = 0; values != NULL && step < l->n_steps; step++) {
        sum += l->start + l->first_day + ((int32_t)step + 1) * l->step_days - 1 >= l->origin ? values[((size_t)l->series_slot[series] * l->n_places * l->n_ages + age) * l->n_steps + step] : 0.0;
    }
    return values == NULL ? NAN : sum * l->scale;
}

/* Of one scenario, or how much less it has than another, run by run: mean and the range of 95 % of the runs; where two rules are compared also the mean's standard error and the share of runs that have less than the other. */
static void figures(const struct simulation *s, size_t scenario, size_t other, int series, size_t age, bool compare, double *values, struct vg_table *table)
{
    size_t n = 0, below = 0;
    double mean = 0.0, squares = 0.0;
    for (size_t run = 0; run < s->n_runs; run++) {
        const double here = total_of(s, scenario, run, series, age), there = other == SIZE_MAX ? 0.0 : total_of(s, other, run, series, age);
        if (!isnan(here) && !isnan(there)) {
            values[n++] = other == SIZE_MAX ? here : there - here;
            mean += values[n - 1];
            below += here < there;
        }
    }
    qsort(values, n, sizeof *values, by_size);
    mean /= (double)n; /* NaN without runs */
    for (size_t k = 0; k < n; k++) {
        squares += (values[k] - mean) * (values[k] - mean);
    }
    vg_table_double(table, mean);
    vg_table_double(table, n == 0 ? NAN : vg_quantile_sorted(values, n, 0.025));
    vg_table_double(table, n == 0 ? NAN : vg_quantile_sorted(values, n, 0.975));
    if (compare) {
        vg_table_double(table, n < 2 ? NAN : sqrt(squares / (double)(n - 1) / (double)n));
        vg_table_double(table, n == 0 ? NAN : (double)below / (double)n);
    }
}

static void missing(struct vg_table *table, int n)
{
    for (; n > 0; n--) {
        vg_table_double(table, NAN);
    }
}

struct outcome { const char *name; int series; bool averts; };

/* One rule and outcome, of everybody or of a group. */
static void outcome_row(const struct simulation *s, size_t scenario, const struct outcome *outcome, size_t age, double *values, struct vg_table *table)
{
    const struct vg_scenario_layout *l = &s->files[0].layout;
    size_t finished = 0;
    for (size_t run = 0; run < s->n_runs; run++) {
        finished += s->values[scenario * s->n_runs + run] != NULL;
    }
    vg_table_text(table, s->names[scenario]);
    vg_table_text(table, outcome->name);
    if (l->n_ages > l->n_bands) {
        vg_table_text(table, age == 0 ? NULL : l->age_names[age]);
    }
    vg_table_integer(table, (int64_t)finished);
    figures(s, scenario, SIZE_MAX, outcome->series, age, false, values, table);
    if (scenario > 0 && outcome->averts) {
        figures(s, scenario, 0, outcome->series, age, false, values, table);
    } else {
        missing(table, 3);
    }
    if (scenario > 1) {
        figures(s, scenario, 1, outcome->series, age, true, values, table);
    } else {
        missing(table, 5);
    }
}

vg_status simulate_rules_answer(const struct simulation *s, struct vg_answer *rules)
{
    static const struct outcome outcomes[] = {{"infections", VG_COUNT_INFECTIONS, true}, {"admissions", VG_COUNT_ADMISSIONS, true}, {"icu", VG_COUNT_ICU, true}, {"deaths", VG_COUNT_DEATHS, true},
                                              {"doses", VG_COUNT_DOSES, false}, {"doses_lost", VG_KEPT_DOSES_LOST, false}};
    static const char *const columns[] = {"mean", "q025", "q975", "averted", "averted_q025", "averted_q975", "less_than_first_rule", "less_q025", "less_q975", "less_error", "share_lower"};
    const struct vg_scenario_layout *l = &s->files[0].layout;
    struct vg_table *table = &rules->table;
    double *values = VG_ARENA_ARRAY(s->arena, double, s->n_runs + 1);
    if (values == NULL) {
        return vg_fail_memory(s->error, s->n_runs * sizeof *values);
    }
    vg_table_add_column(table, "rule", VG_COLUMN_TEXT);
    vg_table_add_column(table, "outcome", VG_COLUMN_TEXT);
    if (l->n_ages > l->n_bands) {
        vg_table_add_column(table, "group", VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "runs", VG_COLUMN_INTEGER);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(table, columns[k], VG_COLUMN_DOUBLE);
    }
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++) {
        size_t all = outcomes[k].series == VG_KEPT_DOSES_LOST ? 0 : l->n_ages - l->n_bands; /* doses that nobody got are of no group */
        for (size_t group = 0; group <= all; group++) {
            for (size_t scenario = 0; scenario < s->n_scenarios; scenario++) {
                outcome_row(s, scenario, &outcomes[k], group == 0 ? 0 : l->n_bands + group - 1, values, table);
            }
        }
    }
    return table->failed ? vg_fail_memory(s->error, 0) : VG_OK;
}
