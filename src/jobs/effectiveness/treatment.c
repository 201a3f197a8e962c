/*
 * The effect of a treatment in routine data: weighting by the inverse probability of being treated, and what must be looked at beside the number.
 */
#include "jobs/effectiveness/internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <string.h>

#define COVARIATES_MOST 50
#define DEFAULT_BOOTSTRAP 500

struct patients {
    struct vg_treatment_data data;
    struct job_design design;
    size_t *row, n_left_out;
};

static vg_status read_patients(const struct vg_treatment_request *request, struct job_frame *frame, struct patients *patients)
{
    size_t outcome_column = 0, treated_column = 0, time_column = VG_READER_NO_COLUMN, n = 0;
    double *time = NULL;
    uint8_t *usable = VG_ARENA_ARRAY(frame->arena, uint8_t, frame->n_rows), *outcome = NULL, *treated = NULL;
    vg_status status = usable == NULL ? vg_fail_memory(frame->error, frame->n_rows)
                                      : job_frame_find(frame, "outcome", request->outcome, "outcome|died|death|dead|muerte|obito|deces", &outcome_column);
    status = status == VG_OK ? job_frame_find(frame, "treated", request->treated, "treated|treatment|tratamiento|tratamento|traitement|drug", &treated_column)
                             : status;
    if (status == VG_OK && (outcome_column == VG_READER_NO_COLUMN || treated_column == VG_READER_NO_COLUMN)) {
        return vg_fail(frame->error, VG_DATA_ERROR, "%s: needs a column that says who was treated (--treated) and one that says how it ended (--outcome)",
                       frame->path);
    }
    if (status == VG_OK && request->adjust == NULL) {
        return vg_fail(frame->error, VG_USAGE_ERROR,
                       "name what treatment was given by, and what else matters for the outcome: --adjust age,sex,severity. Without it, routine data cannot "
                       "tell a treatment from whom it was given to");
    }
    status = status == VG_OK ? job_frame_find(frame, "time", request->time, NULL, &time_column) : status;
    if (status == VG_OK && time_column != VG_READER_NO_COLUMN) {
        status = job_frame_numbers(frame, time_column, 0, 1e5, "a number of days of follow-up, 0 or more", &time);
    }
    status = status == VG_OK ? job_frame_yes_no(frame, outcome_column, &outcome) : status;
    status = status == VG_OK ? job_frame_yes_no(frame, treated_column, &treated) : status;
    if (status == VG_OK) {
        memset(usable, 1, frame->n_rows);
        status = job_frame_design(frame, "adjust", request->adjust, COVARIATES_MOST, usable, &patients->design);
    }
    size_t p = patients->design.p;
    patients->row = VG_ARENA_ARRAY(frame->arena, size_t, frame->n_rows);
    double *x = VG_ARENA_ARRAY(frame->arena, double, frame->n_rows *p + 1);
    if (status == VG_OK && frame->arena->failed) {
        return vg_fail_memory(frame->error, frame->n_rows * p * sizeof(double));
    }
    for (size_t row = 0; status == VG_OK && row < frame->n_rows; row++) {
        if (usable[row] && outcome[row] < 2 && treated[row] < 2 && (time == NULL || !isnan(time[row]))) {
            memcpy(x + n * p, patients->design.x + row * p, p * sizeof(double));
            outcome[n] = outcome[row];
            treated[n] = treated[row];
            if (time != NULL) {
                time[n] = time[row];
            }
            patients->row[n++] = row;
        }
    }
    patients->n_left_out = frame->n_rows - n;
    patients->data = (struct vg_treatment_data){.n = n, .p = p, .x = x, .treated = treated, .outcome = outcome, .time = time};
    return status;
}

static void put_effects(const struct vg_treatment *found, struct vg_table *table)
{
    static const char *const names[VG_TREATMENT_MEASURES] = {"risk_difference", "risk_ratio", "odds_ratio"};
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {{"measure", VG_COLUMN_TEXT},
                   {"n_treated", VG_COLUMN_INTEGER},
                   {"n_untreated", VG_COLUMN_INTEGER},
                   {"outcomes_treated", VG_COLUMN_INTEGER},
                   {"outcomes_untreated", VG_COLUMN_INTEGER},
                   {"crude", VG_COLUMN_DOUBLE},
                   {"estimate", VG_COLUMN_DOUBLE},
                   {"robust_low", VG_COLUMN_DOUBLE},
                   {"robust_high", VG_COLUMN_DOUBLE},
                   {"low", VG_COLUMN_DOUBLE},
                   {"high", VG_COLUMN_DOUBLE},
                   {"e_value", VG_COLUMN_DOUBLE},
                   {"e_value_limit", VG_COLUMN_DOUBLE},
                   {"status", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t m = 0; m < VG_TREATMENT_MEASURES; m++) {
        bool refused = found->status == VG_EFFECT_NO_OVERLAP;
        const size_t counts[] = {found->n_treated, found->n_untreated, found->n_outcomes_treated, found->n_outcomes_untreated};
        const double numbers[] = {found->effect[m],
                                  found->low[m],
                                  found->high[m],
                                  found->boot_low[m],
                                  found->boot_high[m],
                                  m == VG_RISK_RATIO ? found->e_value : NAN,
                                  m == VG_RISK_RATIO ? found->e_value_limit : NAN};
        vg_table_text(table, names[m]);
        for (size_t i = 0; i < 4; i++) {
            vg_table_integer(table, (int64_t)counts[i]);
        }
        vg_table_double(table, job_rounded(found->crude[m], 6, true));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            vg_table_double(table, refused || !isfinite(numbers[i]) ? NAN : job_rounded(numbers[i], 6, true));
        }
        vg_table_text(table, vg_effect_status_name(found->status));
    }
}

/* One number only if the ratio of the hazards is constant. */
static void put_hazard(const struct vg_treatment *found, struct vg_table *table)
{
    bool changes = found->p_proportional < 0.05;
    const size_t counts[] = {found->n_treated, found->n_untreated, found->n_outcomes_treated, found->n_outcomes_untreated};
    const double numbers[] = {NAN, found->hazard_ratio, found->hazard_low, found->hazard_high, NAN, NAN, NAN, NAN};
    vg_table_text(table, "hazard_ratio");
    for (size_t i = 0; i < 4; i++) {
        vg_table_integer(table, (int64_t)counts[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bool refused = changes || found->status == VG_EFFECT_NO_OVERLAP || !isfinite(numbers[i]);
        vg_table_double(table, refused ? NAN : job_rounded(numbers[i], 6, true));
    }
    vg_table_text(table, vg_effect_status_name(found->status == VG_EFFECT_OK && changes ? VG_EFFECT_NOT_PROPORTIONAL : found->status));
}

static void put_balance(const struct vg_treatment *found, const struct patients *patients, struct vg_table *table)
{
    vg_table_add_column(table, "covariate", VG_COLUMN_TEXT);
    vg_table_add_column(table, "difference_before", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "difference_after", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    for (size_t j = 0; found->score != NULL && j < patients->design.p; j++) {
        vg_table_text(table, patients->design.names[j]);
        vg_table_double(table, job_rounded(found->difference_before[j], 6, true));
        vg_table_double(table, job_rounded(found->difference_after[j], 6, true));
        vg_table_text(table, fabs(found->difference_after[j]) <= 0.1 ? "ok" : "not_balanced");
    }
}

/* People by tenths of the score, to see whether both groups are anywhere together. */
static void put_overlap(const struct vg_treatment *found, const struct patients *patients, struct vg_table *table)
{
    static const char *const names[] = {"score_from", "score_to", "treated", "untreated", "largest_weight"};
    size_t counts[10][2] = {{0}};
    double largest[10] = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        vg_table_add_column(table, names[i], i == 2 || i == 3 ? VG_COLUMN_INTEGER : VG_COLUMN_DOUBLE);
    }
    for (size_t i = 0; found->score != NULL && i < patients->data.n; i++) {
        size_t tenth = found->score[i] >= 1 ? 9 : (size_t)(found->score[i] * 10);
        counts[tenth][patients->data.treated[i]]++;
        largest[tenth] = fmax(largest[tenth], found->weight[i]);
    }
    for (size_t k = 0; k < 10; k++) {
        vg_table_double(table, (double)k / 10);
        vg_table_double(table, (double)(k + 1) / 10);
        vg_table_integer(table, (int64_t)counts[k][1]);
        vg_table_integer(table, (int64_t)counts[k][0]);
        vg_table_double(table, counts[k][0] + counts[k][1] > 0 ? job_rounded(largest[k], 6, true) : NAN);
    }
}

static void say(const struct vg_treatment *found, const struct patients *patients, struct vg_measures_limits *limits, struct vg_arena *arena)
{
    effect_limit(limits, "Treatment was given by nothing that matters for the outcome but by what is adjusted for. Who was sicker in ways that nobody wrote "
                         "down is the usual reason why routine data mislead.");
    effect_limit(
        limits,
        "Everybody could have been treated and untreated, and treatment began when follow-up did: who must survive to be treated makes a treatment look good.");
    effect_limit(limits, "The estimate is of everybody treated against nobody treated, in people like these.");
    effect_limit_general_end(limits);
    if (found->score == NULL) {
        if (found->status == VG_EFFECT_NO_OVERLAP) {
            effect_limit(limits, "The covariates tell exactly who was treated: there is nobody to compare with.");
        }
        return;
    }
    effect_limit(limits, vg_arena_format(
                             arena, "Scores of the treated are from %.3f to %.3f, of the untreated from %.3f to %.3f; %zu of %zu people have no counterpart.",
                             found->score_low[1], found->score_high[1], found->score_low[0], found->score_high[0], found->n_outside, patients->data.n));
    effect_limit(limits,
                 vg_arena_format(
                     arena, "Weighting leaves as much information as %.0f treated and %.0f untreated would have (of %zu and %zu); the largest weight is %.1f.",
                     found->effective_n[1], found->effective_n[0], found->n_treated, found->n_untreated, found->largest_weight));
    if (found->status == VG_EFFECT_NO_OVERLAP) {
        effect_limit(limits, "That is too little in common: no estimate is given.");
        return;
    }
    if (patients->data.time != NULL) {
        effect_limit(
            limits,
            vg_arena_format(
                arena, "Risks are up to day %g of follow-up, by weighted Kaplan-Meier curves: who was last seen earlier would have fared as those who stayed.",
                found->at));
    }
    if (found->p_proportional < 0.05) {
        effect_limit(
            limits,
            vg_arena_format(arena, "The ratio of the hazards changes with time (p = %.2g), so no single one is given: read the risks, at several days (--at).",
                            found->p_proportional));
    }
    if (found->status == VG_EFFECT_NOT_BALANCED) {
        effect_limit(limits, "Groups still differ after weighting by more than 0.1 standard deviations in something (--show balance): name bands instead of "
                             "numbers (age/10), or read the estimate with care.");
    }
    effect_limit(limits, vg_arena_format(arena,
                                         "E-value %.2f: something unmeasured would have to go with treatment and with the outcome by risk ratios of %.2f each "
                                         "to explain the estimate away, and of %.2f to bring its interval to no effect.",
                                         found->e_value, found->e_value, found->e_value_limit));
    if (patients->n_left_out > 0) {
        effect_limit(limits, vg_arena_format(arena, "%zu rows are left out for a blank outcome, treatment or covariate.", patients->n_left_out));
    }
}

vg_status vg_job_treatment(const struct vg_treatment_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits,
                           struct vg_error *error)
{
    struct job_frame frame;
    struct patients patients = {.n_left_out = 0};
    struct vg_treatment found;
    const char *show = request->show == NULL ? "effects" : request->show;
    limits->n = limits->n_general = 0;
    if (strcmp(show, "effects") != 0 && strcmp(show, "balance") != 0 && strcmp(show, "overlap") != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is effects, balance or overlap, not \"%.40s\"", show);
    }
    vg_status status = job_frame_open(request->path, arena, &frame, error);
    if (status != VG_OK) {
        return status;
    }
    bool effects = strcmp(show, "effects") == 0;
    struct vg_treatment_settings settings = {.at = request->at, .trim = request->trim, .seed = request->seed};
    settings.n_bootstrap = request->n_bootstrap < 0 || !effects ? 0 : request->n_bootstrap == 0 ? DEFAULT_BOOTSTRAP : (size_t)request->n_bootstrap;
    status = read_patients(request, &frame, &patients);
    status = status == VG_OK ? vg_effectiveness_treatment(&patients.data, &settings, arena, &found, error) : status;
    if (status == VG_OK) {
        if (strcmp(show, "balance") == 0) {
            put_balance(&found, &patients, &answer->table);
        } else if (strcmp(show, "overlap") == 0) {
            put_overlap(&found, &patients, &answer->table);
        } else {
            put_effects(&found, &answer->table);
            if (patients.data.time != NULL) {
                put_hazard(&found, &answer->table);
            }
        }
        say(&found, &patients, limits, arena);
    }
    job_frame_close(&frame);
    return status == VG_OK ? effect_finish(answer, limits, error) : status;
}
