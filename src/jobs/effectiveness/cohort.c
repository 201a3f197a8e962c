/*
 * Effectiveness from a cohort: who is followed, the hazards' ratio where it is constant, and by period where it is not, the risks' ratio at chosen days, and
 * how alike the groups are.
 */
#include "jobs/effectiveness/internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054
#define DEFAULT_DELAY 14
#define AT_MOST 12
#define PERIODS_MOST 12
#define COVARIATES_MOST 40
#define ALPHA 0.05
#define LEAST_EVENTS 5

struct cohort_work {
    struct vaccine_work *work;
    enum vg_cohort_design design;
    const char *name;
    int32_t *outcome, *censored, *vaccinated;
    struct job_levels products; /* n 0: all vaccines together */
    struct job_design adjust, near;
    double *caliper;
    uint32_t *exact, *stratum;
    double at[AT_MOST], cuts[PERIODS_MOST];
    size_t n_at, n_cuts, n_left_out, n_refused;
    int32_t delay;
    struct vg_follow_up whole; /* of the last group, followed to the end */
};

/* ------------------------------------------------------------------ reading */

static vg_status date_column(struct cohort_work *cohort, const char *option, const char *wanted, const char *usual, bool needed, int32_t **dates)
{
    size_t column = VG_READER_NO_COLUMN;
    struct vaccine_work *work = cohort->work;
    vg_status status = job_frame_find(&work->frame, option, wanted, usual, &column);
    *dates = NULL;
    if (status == VG_OK && column == VG_READER_NO_COLUMN && needed) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s: a cohort needs a column with %s (--%s)", work->frame.path,
                       strcmp(option, "outcome") == 0 ? "the date of the outcome, empty for those without"
                                                      : "the date of vaccination, empty for the unvaccinated",
                       option);
    }
    return status == VG_OK && column != VG_READER_NO_COLUMN ? job_frame_dates(&work->frame, column, dates) : status;
}

/* "age=1,severity=0.5": the columns, and a caliper each. */
static vg_status read_near(struct cohort_work *cohort)
{
    struct vaccine_work *work = cohort->work;
    const char *list = work->request->near;
    struct vg_buffer names;
    size_t n = 0;
    cohort->caliper = VG_ARENA_ARRAY(work->arena, double, COVARIATES_MOST + 1);
    if (list == NULL || cohort->caliper == NULL) {
        return cohort->caliper == NULL ? vg_fail_memory(work->error, 0) : VG_OK;
    }
    vg_buffer_init(&names, 0);
    while (*list != '\0' && n < COVARIATES_MOST) {
        const char *end = strchr(list, ','), *equals = strchr(list, '=');
        size_t length = end == NULL ? strlen(list) : (size_t)(end - list);
        if (equals == NULL || equals >= list + length ||
            !vg_parse_double(vg_text_of(equals + 1, (size_t)(list + length - equals - 1)), '.', &cohort->caliper[n]) || !(cohort->caliper[n] >= 0)) {
            vg_buffer_release(&names);
            return vg_fail(work->error, VG_USAGE_ERROR, "--near: \"%.*s\" is not a column of numbers with the largest difference allowed, such as age=1",
                           (int)length, list);
        }
        size_t column = VG_READER_NO_COLUMN;
        vg_status status = job_frame_find(&work->frame, "near", vg_arena_copy_bytes(work->arena, list, (size_t)(equals - list)), NULL, &column);
        if (status != VG_OK || !job_frame_is_number(&work->frame, column)) {
            vg_buffer_release(&names);
            return status != VG_OK ? status
                                   : vg_fail(work->error, VG_USAGE_ERROR, "--near takes columns of numbers; %.*s has words, which belong into --exact",
                                             (int)(equals - list), list);
        }
        vg_buffer_text(&names, n == 0 ? "" : ",");
        vg_buffer_append(&names, list, (size_t)(equals - list));
        n++;
        list = end == NULL ? list + length : end + 1;
    }
    const char *copy = names.data == NULL ? "" : vg_arena_copy(work->arena, names.data);
    vg_buffer_release(&names);
    vg_status status = job_frame_design(&work->frame, "near", copy, COVARIATES_MOST, work->usable, &cohort->near);
    return status;
}

/* The logit of being vaccinated ever, given the covariates, with a caliper of 0.2 of its standard deviation (Austin 2011), as one more column to be near in. */
static vg_status add_propensity(struct cohort_work *cohort)
{
    struct vaccine_work *work = cohort->work;
    struct vg_logistic_fit fit;
    size_t n = work->frame.n_rows, used = 0, p = cohort->near.p + 1;
    double *x = VG_ARENA_ARRAY(work->arena, double, n * cohort->adjust.p + 1), *y = VG_ARENA_ARRAY(work->arena, double, n + 1),
           *near = VG_ARENA_ARRAY(work->arena, double, n *p + 1);
    if (cohort->adjust.p == 0) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--propensity is the probability of vaccination given what --adjust names; name something");
    }
    if (work->arena->failed) {
        return vg_fail_memory(work->error, n * sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        if (work->usable[i]) {
            memcpy(x + used * cohort->adjust.p, cohort->adjust.x + i * cohort->adjust.p, cohort->adjust.p * sizeof(double));
            y[used++] = cohort->vaccinated[i] != VG_DATE_NONE ? 1 : 0;
        }
    }
    const struct vg_logistic_data data = {.n = used, .p = cohort->adjust.p, .x = x, .cases = y};
    vg_status status = used <= data.p + 1 ? vg_fail(work->error, VG_DATA_ERROR, "%s: too few rows for a propensity", work->frame.path)
                                          : vg_effectiveness_logistic(&data, work->arena, &fit, work->error);
    if (status != VG_OK || fit.status != VG_EFFECT_OK) {
        return status == VG_OK
                   ? vg_fail(work->error, VG_DATA_ERROR, "%s: the covariates tell exactly who was vaccinated, so nobody can be matched", work->frame.path)
                   : status;
    }
    double mean = 0, square = 0;
    for (size_t i = 0, k = 0; i < n; i++) {
        memcpy(near + i * p + 1, cohort->near.x == NULL ? near : cohort->near.x + i * cohort->near.p, cohort->near.p * sizeof(double));
        near[i * p] = work->usable[i] ? log(fit.fitted[k] / (1 - fit.fitted[k])) : 0;
        k += work->usable[i] ? 1 : 0;
        mean += work->usable[i] ? near[i * p] / (double)used : 0;
    }
    for (size_t i = 0; i < n; i++) {
        square += work->usable[i] ? (near[i * p] - mean) * (near[i * p] - mean) / (double)used : 0;
    }
    memmove(cohort->caliper + 1, cohort->caliper, cohort->near.p * sizeof(double));
    cohort->caliper[0] = 0.2 * sqrt(square);
    cohort->near.x = near;
    cohort->near.p = p;
    return VG_OK;
}

static vg_status check_dates(const struct cohort_work *cohort)
{
    const struct job_frame *frame = &cohort->work->frame;
    size_t n = 0, first = 0;
    for (size_t i = 0; i < frame->n_rows; i++) {
        bool after = cohort->vaccinated[i] != VG_DATE_NONE && cohort->outcome[i] != VG_DATE_NONE && cohort->vaccinated[i] > cohort->outcome[i];
        first = after && n == 0 ? i : first;
        n += after ? 1 : 0;
    }
    if (n > 0) {
        effect_limit(cohort->work->limits,
                     vg_arena_format(cohort->work->arena, "%zu people are vaccinated after their outcome (the first on line %llu); those doses do not count.",
                                     n, (unsigned long long)frame->lines[first]));
    }
    return VG_OK;
}

static vg_status read_products(struct cohort_work *cohort)
{
    struct vaccine_work *work = cohort->work;
    size_t column = VG_READER_NO_COLUMN;
    if (work->request->product == NULL) {
        return VG_OK;
    }
    vg_status status = job_frame_find(&work->frame, "product", work->request->product, NULL, &column);
    status = status == VG_OK ? job_frame_levels(&work->frame, column, 0, false, &cohort->products) : status;
    if (status == VG_OK && (cohort->products.n == 0 || cohort->products.n > 20)) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s: column %s names %zu vaccines; from 1 to 20 are told apart", work->frame.path, work->request->product,
                       cohort->products.n);
    }
    return status;
}

static vg_status read_cohort(struct cohort_work *cohort)
{
    struct vaccine_work *work = cohort->work;
    const struct vg_vaccine_request *request = work->request;
    size_t n_keys = 0;
    vg_status status =
        date_column(cohort, "outcome", request->outcome,
                    "outcome_date|death_date|event_date|onset|hospitalisation_date|admission|fecha_muerte|fecha_defuncion|data_obito", true, &cohort->outcome);
    status = status == VG_OK ? date_column(cohort, "exposure", request->exposure,
                                           "vaccination_date|vaccine_date|vaccine_date_2|vaccinated_on|dose_date|fecha_vacunacion|data_vacinacao", true,
                                           &cohort->vaccinated)
                             : status;
    status = status == VG_OK
                 ? date_column(cohort, "censored", request->censored, "censored|censoring_date|end_date|death_other_causes|lost|left", false, &cohort->censored)
                 : status;
    status = status == VG_OK ? read_products(cohort) : status;
    status = status == VG_OK ? job_frame_design(&work->frame, "adjust", request->adjust, COVARIATES_MOST, work->usable, &cohort->adjust) : status;
    status = status == VG_OK ? read_near(cohort) : status;
    status = status == VG_OK && request->propensity ? add_propensity(cohort) : status;
    status = status == VG_OK ? job_frame_key(&work->frame, "exact", request->exact, work->usable, &cohort->exact, &n_keys) : status;
    status = status == VG_OK ? job_frame_key(&work->frame, "strata", request->strata, work->usable, &cohort->stratum, &n_keys) : status;
    status = status == VG_OK ? effect_days("at", request->at, cohort->at, AT_MOST, &cohort->n_at, work->error) : status;
    status = status == VG_OK ? effect_days("periods", request->periods, cohort->cuts, PERIODS_MOST, &cohort->n_cuts, work->error) : status;
    bool pairs = cohort->design == VG_COHORT_MATCHED || cohort->design == VG_COHORT_NEVER;
    if (status == VG_OK && !pairs && (request->exact != NULL || request->near != NULL || request->propensity)) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--exact, --near and --propensity are of matched designs; --adjust and --strata serve the design %s",
                       cohort->name);
    }
    for (size_t i = 0; status == VG_OK && i < work->frame.n_rows; i++) {
        cohort->n_left_out += work->usable[i] ? 0 : 1;
    }
    return status == VG_OK ? check_dates(cohort) : status;
}

/* ------------------------------------------------------------------ follow-up */

/* The people of one group, and their follow-up. */
struct group {
    struct vg_cohort cohort;
    size_t *row; /* [cohort.n] in the file */
    struct vg_follow_up follow;
    struct vg_cox_data data;
    double *x, *since;
    uint32_t *stratum;
    const char *product; /* "vaccinated": all vaccines together */
};

static vg_status take_people(struct cohort_work *cohort, uint32_t by, uint32_t product, struct group *group)
{
    struct vaccine_work *work = cohort->work;
    size_t n_rows = work->frame.n_rows, q = cohort->near.p, n = 0;
    int32_t *dates[3];
    for (size_t k = 0; k < 3; k++) {
        dates[k] = VG_ARENA_ARRAY(work->arena, int32_t, n_rows + 1);
    }
    double *near = VG_ARENA_ARRAY(work->arena, double, n_rows *q + 1);
    uint32_t *exact = VG_ARENA_ARRAY(work->arena, uint32_t, n_rows + 1);
    uint8_t *counted = VG_ARENA_ARRAY(work->arena, uint8_t, n_rows + 1);
    group->row = VG_ARENA_ARRAY(work->arena, size_t, n_rows + 1);
    bool all = cohort->products.n == 0;
    group->product = all ? "vaccinated" : vg_arena_copy_bytes(work->arena, cohort->products.names[product].data, cohort->products.names[product].size);
    if (work->arena->failed) {
        return vg_fail_memory(work->error, n_rows * sizeof(double));
    }
    for (size_t i = 0; i < n_rows; i++) {
        if (!work->usable[i] || (work->by.n > 0 && work->by.of[i] != by)) {
            continue;
        }
        group->row[n] = i;
        dates[0][n] = cohort->outcome[i];
        dates[1][n] = cohort->censored == NULL ? VG_DATE_NONE : cohort->censored[i];
        dates[2][n] = cohort->vaccinated[i];
        exact[n] = cohort->exact[i];
        counted[n] = all || cohort->products.of[i] == product;
        memcpy(near + n * q, q == 0 ? near : cohort->near.x + i * q, q * sizeof(double));
        n++;
    }
    group->cohort = (struct vg_cohort){.n = n,
                                       .outcome = dates[0],
                                       .censored = dates[1],
                                       .vaccinated = dates[2],
                                       .counted = all ? NULL : counted,
                                       .exact = exact,
                                       .near = near,
                                       .caliper = cohort->caliper,
                                       .n_near = q};
    return VG_OK;
}

static vg_status follow_group(struct cohort_work *cohort, double at, struct group *group)
{
    struct vaccine_work *work = cohort->work;
    const struct vg_vaccine_request *request = work->request;
    const struct vg_cohort_settings settings = {
        .design = cohort->design, .start = request->from, .end = request->to, .delay_days = cohort->delay, .at_days = (int32_t)at, .seed = request->seed};
    vg_status status = vg_effectiveness_follow(&group->cohort, &settings, work->arena, &group->follow, work->error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_follow_up *follow = &group->follow;
    size_t p = 1 + cohort->adjust.p;
    group->x = VG_ARENA_ARRAY(work->arena, double, follow->n *p + 1);
    group->stratum = VG_ARENA_ARRAY(work->arena, uint32_t, follow->n + 1);
    group->since = VG_ARENA_ARRAY(work->arena, double, follow->n + 1);
    if (work->arena->failed) {
        return vg_fail_memory(work->error, follow->n * p * sizeof(double));
    }
    for (size_t i = 0; i < follow->n; i++) {
        size_t row = group->row[follow->person[i]];
        group->x[i * p] = follow->vaccinated[i];
        memcpy(group->x + i * p + 1, cohort->adjust.p == 0 ? group->x : cohort->adjust.x + row * cohort->adjust.p, cohort->adjust.p * sizeof(double));
        group->stratum[i] = cohort->stratum[row];
        group->since[i] = follow->entry != NULL && follow->vaccinated[i] ? (double)((int64_t)cohort->vaccinated[row] + cohort->delay - 1 - follow->start) : 0;
    }
    group->data = (struct vg_cox_data){
        .n = follow->n, .p = p, .entry = follow->entry, .exit = follow->exit, .event = follow->event, .x = group->x, .stratum = group->stratum};
    return VG_OK;
}

/* -------------------------------------------------------------------- rows */

static void count_events(const struct group *group, struct vaccine_row *row)
{
    row->n[0] = row->n[1] = row->events[0] = row->events[1] = 0;
    for (size_t i = 0; i < group->follow.n; i++) {
        row->n[group->follow.vaccinated[i]]++;
        row->events[group->follow.vaccinated[i]] += group->follow.event[i];
    }
}

static void set_effect(struct vaccine_row *row, double beta, double variance)
{
    double spread = Z95 * sqrt(variance);
    row->effectiveness = 1 - exp(beta);
    row->low = 1 - exp(beta + spread);
    row->high = 1 - exp(beta - spread);
}

/* No event among the vaccinated: what rates rule out, given all events (exact, of their share of the person time). */
static void set_one_sided(const struct group *group, struct vaccine_row *row)
{
    double time[2] = {0, 0};
    for (size_t i = 0; i < group->follow.n; i++) {
        time[group->follow.vaccinated[i]] += group->follow.exit[i] - (group->follow.entry == NULL ? 0 : group->follow.entry[i]);
    }
    if (row->events[1] == 0 && time[0] > 0 && time[1] > 0) {
        double share = vg_beta_quantile(0.975, 1, row->events[0]);
        row->effectiveness = 1;
        row->low = 1 - share / (1 - share) * time[0] / time[1];
    }
}

/* Cuts as asked for, or at thirds of the events by day of follow-up. */
static size_t choose_cuts(const struct cohort_work *cohort, const struct group *group, double *cuts)
{
    double last = 0, days[2] = {0, 0};
    size_t n = 0, n_events = 0, histogram[4000] = {0};
    for (size_t i = 0; i < group->follow.n; i++) {
        double day = group->follow.exit[i] - group->since[i];
        last = fmax(last, day);
        if (group->follow.event[i] && (group->follow.entry == NULL || group->follow.vaccinated[i]) && day >= 0 && day < 4000) {
            histogram[(size_t)day]++;
            n_events++;
        }
    }
    for (size_t k = 0; k < cohort->n_cuts; k++) {
        if (cohort->cuts[k] < last) {
            cuts[n++] = cohort->cuts[k];
        }
    }
    if (cohort->n_cuts > 0) {
        return n;
    }
    size_t sum = 0, third = 0;
    for (size_t day = 0; day < 4000 && third < 2; day++) {
        sum += histogram[day];
        while (third < 2 && n_events >= 6 && sum * 3 >= n_events * (third + 1)) {
            days[third++] = (double)day;
        }
    }
    for (size_t k = 0; k < third; k++) {
        if (days[k] > 0 && days[k] < last && (n == 0 || days[k] > cuts[n - 1])) {
            cuts[n++] = days[k];
        }
    }
    return n;
}

/* Effects by period of follow-up (since protection, in person time), and the likelihood ratio test that they are all the same. */
static vg_status put_periods(struct cohort_work *cohort, const struct group *group, const char *by, double at, const struct vg_cox_fit *constant, bool write,
                             double *p_same)
{
    struct vaccine_work *work = cohort->work;
    enum vg_ties ties = work->request->breslow ? VG_TIES_BRESLOW : VG_TIES_EFRON;
    double cuts[PERIODS_MOST + 2], *variance = NULL;
    size_t n_cuts = choose_cuts(cohort, group, cuts);
    struct vg_cox_split split;
    struct vg_cox_fit fit;
    *p_same = NAN;
    if (n_cuts == 0) {
        return VG_OK;
    }
    vg_status status = vg_effectiveness_split(&group->data, 0, group->since, cuts, n_cuts, work->arena, &split, work->error);
    status = status == VG_OK ? vg_effectiveness_cox(&split.data, ties, work->arena, &fit, work->error) : status;
    if (status != VG_OK) {
        return status;
    }
    bool done = fit.status == VG_EFFECT_OK || fit.status == VG_EFFECT_SEPARATED;
    *p_same = done && constant->status == VG_EFFECT_OK ? vg_gamma_q((double)n_cuts / 2, fmax(0, fit.log_likelihood - constant->log_likelihood)) : NAN;
    if (!write) {
        return VG_OK;
    }
    variance = fit.covariance;
    status = fit.status == VG_EFFECT_OK ? vg_effectiveness_pair_variance(&split.data, ties, &fit, &group->follow, group->cohort.n, split.origin, cohort->work->arena, &variance, cohort->work->error) : VG_OK;
    for (size_t k = 0; status == VG_OK && k <= n_cuts; k++) {
        struct vaccine_row row = vaccine_row_new(by, "hazard_period", group->product);
        row.from_day = k == 0 ? 0 : cuts[k - 1];
        row.to_day = k < n_cuts ? cuts[k] : at > 0 ? at : NAN;
        row.n[0] = row.n[1] = row.events[0] = row.events[1] = 0;
        for (size_t i = 0; i < split.data.n; i++) {
            size_t origin = split.origin[i];
            uint8_t vaccinated = group->follow.vaccinated[origin];
            double middle = split.data.exit[i] - group->since[origin];
            bool here = middle > row.from_day - (k == 0 ? 1e9 : 0) && (k == n_cuts || middle <= cuts[k]);
            row.n[vaccinated] += here || (split.data.exit[i] - group->since[origin] > row.from_day && split.data.x[i * split.data.p + k] != 0) ? 1 : 0;
            row.events[vaccinated] += here && split.data.event[i] ? 1 : 0;
        }
        bool enough = row.events[0] > 0 && row.events[1] > 0;
        row.status = !enough ? VG_EFFECT_NO_EVENTS : fit.status;
        if (enough && (fit.status == VG_EFFECT_OK || fit.status == VG_EFFECT_SEPARATED) && fit.covariance[k * split.data.p + k] > 0 &&
            fit.covariance[k * split.data.p + k] < 25) {
            row.status = VG_EFFECT_OK;
            set_effect(&row, fit.beta[k], variance[k * split.data.p + k]);
        }
        vaccine_put(&work->answer->table, cohort->name, &row);
    }
    return status;
}

/* Risks by Kaplan and Meier at that day; their ratio needs no constancy. Interval on the logarithm, Greenwood's variance. */
static vg_status put_risk(struct cohort_work *cohort, const struct group *group, const char *by, double at)
{
    struct vaccine_work *work = cohort->work;
    struct vaccine_row row = vaccine_row_new(by, "risk", group->product);
    double survival[2], error[2], last = 0;
    for (size_t i = 0; i < group->follow.n; i++) {
        last = fmax(last, group->follow.exit[i]);
    }
    row.from_day = 0;
    row.to_day = at > 0 ? at : last;
    count_events(group, &row);
    for (uint8_t g = 0; g < 2; g++) {
        struct vg_survival_curve curve;
        vg_status status = vg_effectiveness_kaplan_meier(&group->data, group->follow.vaccinated, g, work->arena, &curve, work->error);
        if (status != VG_OK) {
            return status;
        }
        vg_effectiveness_survival_at(&curve, row.to_day, &survival[g], &error[g]);
    }
    bool few = row.events[0] + row.events[1] < LEAST_EVENTS, none = survival[0] >= 1 || survival[1] >= 1;
    row.status = few ? VG_EFFECT_TOO_FEW : none ? VG_EFFECT_NO_EVENTS : VG_EFFECT_OK;
    if (!few && !none) {
        double risk[2] = {1 - survival[0], 1 - survival[1]};
        set_effect(&row, log(risk[1] / risk[0]), pow(error[0] / risk[0], 2) + pow(error[1] / risk[1], 2));
    }
    vaccine_put(&work->answer->table, cohort->name, &row);
    return VG_OK;
}

static vg_status put_hazard(struct cohort_work *cohort, const struct group *group, const char *by, double at)
{
    struct vaccine_work *work = cohort->work;
    enum vg_ties ties = work->request->breslow ? VG_TIES_BRESLOW : VG_TIES_EFRON;
    bool by_period = work->request->show != NULL && strcmp(work->request->show, "periods") == 0;
    struct vaccine_row row = vaccine_row_new(by, "hazard", group->product);
    struct vg_cox_fit fit = {.status = VG_EFFECT_TOO_FEW};
    struct vg_proportional test;
    double *variance = NULL, p_same = NAN;
    row.from_day = 0;
    row.to_day = at > 0 ? at : NAN;
    count_events(group, &row);
    if (row.events[0] + row.events[1] < LEAST_EVENTS || row.n[0] < 1 || row.n[1] < 1) {
        row.status = VG_EFFECT_TOO_FEW;
    } else if (row.events[0] == 0 || row.events[1] == 0) {
        row.status = VG_EFFECT_NO_EVENTS;
        set_one_sided(group, &row);
    } else {
        vg_status status = vg_effectiveness_cox(&group->data, ties, work->arena, &fit, work->error);
        status =
            status == VG_OK && fit.status == VG_EFFECT_OK ? vg_effectiveness_proportional(&group->data, ties, &fit, work->arena, &test, work->error) : status;
        status = status == VG_OK && fit.status == VG_EFFECT_OK ? vg_effectiveness_pair_variance(&group->data, ties, &fit, &group->follow, group->cohort.n, NULL, work->arena, &variance, work->error) : status;
        if (status == VG_OK && fit.status == VG_EFFECT_OK && group->follow.entry != NULL) {
            status = put_periods(cohort, group, by, at, &fit, false, &p_same);
        }
        if (status != VG_OK) {
            return status;
        }
        row.status = fit.status;
        if (fit.status == VG_EFFECT_OK) {
            row.p_proportional = group->follow.entry != NULL ? p_same : test.p_value[0];
            if (row.p_proportional < ALPHA) {
                row.status = VG_EFFECT_NOT_PROPORTIONAL;
                cohort->n_refused++;
            } else {
                set_effect(&row, fit.beta[0], variance[0]);
            }
        }
    }
    vaccine_put(&work->answer->table, cohort->name, &row);
    bool write = fit.status == VG_EFFECT_OK && (by_period || row.status == VG_EFFECT_NOT_PROPORTIONAL);
    return write ? put_periods(cohort, group, by, at, &fit, true, &p_same) : VG_OK;
}

/* ------------------------------------------------------------ other tables */

static vg_status put_balance(struct cohort_work *cohort, const struct group *group, const char *by)
{
    struct vg_table *table = &cohort->work->answer->table;
    size_t n = group->cohort.n, m = group->follow.n;
    const struct job_design *designs[2] = {&cohort->adjust, &cohort->near};
    uint8_t *ever = VG_ARENA_ARRAY(cohort->work->arena, uint8_t, n + 1);
    double *before = VG_ARENA_ARRAY(cohort->work->arena, double, n + 1), *after = VG_ARENA_ARRAY(cohort->work->arena, double, m + 1);
    if (ever == NULL || before == NULL || after == NULL) {
        return vg_fail_memory(cohort->work->error, n * sizeof(double));
    }
    for (size_t i = 0; i < n; i++) {
        ever[i] = group->cohort.vaccinated[i] != VG_DATE_NONE && (group->cohort.counted == NULL || group->cohort.counted[i]);
    }
    for (size_t d = 0; d < 2; d++) {
        size_t p = designs[d]->p;
        for (size_t j = 0; j < p; j++) {
            bool score = d == 1 && cohort->work->request->propensity && j == 0;
            for (size_t i = 0; i < n; i++) {
                before[i] = designs[d]->x[group->row[i] * p + j];
            }
            double sum[2] = {0, 0}, count[2] = {0, 0};
            for (size_t i = 0; i < m; i++) {
                after[i] = designs[d]->x[group->row[group->follow.person[i]] * p + j];
                sum[group->follow.vaccinated[i]] += after[i];
                count[group->follow.vaccinated[i]]++;
            }
            vg_table_text(table, cohort->name);
            vg_table_text(table, by);
            vg_table_text(table, group->product);
            vg_table_text(table, score ? "logit of the propensity" : designs[d]->names[d == 1 && cohort->work->request->propensity ? j - 1 : j]);
            vg_table_double(table, job_rounded(sum[1] / count[1], 6, true));
            vg_table_double(table, job_rounded(sum[0] / count[0], 6, true));
            vg_table_double(table, job_rounded(vg_effectiveness_difference(before, 1, n, ever, NULL), 6, true));
            double left = vg_effectiveness_difference(after, 1, m, group->follow.vaccinated, NULL);
            vg_table_double(table, job_rounded(left, 6, true));
            vg_table_text(table, fabs(left) <= 0.1 ? "ok" : "not_balanced");
        }
    }
    return VG_OK;
}

static vg_status put_curves(struct cohort_work *cohort, const struct group *group, const char *by)
{
    struct vg_table *table = &cohort->work->answer->table;
    for (uint8_t g = 2; g-- > 0;) {
        struct vg_survival_curve curve;
        vg_status status = vg_effectiveness_kaplan_meier(&group->data, group->follow.vaccinated, g, cohort->work->arena, &curve, cohort->work->error);
        if (status != VG_OK) {
            return status;
        }
        for (size_t k = 0; k < curve.n_times; k++) {
            double s = curve.survival[k], spread = s < 1 && s > 0 ? exp(Z95 * curve.error[k] / (s * fabs(log(s)))) : NAN;
            vg_table_text(table, cohort->name);
            vg_table_text(table, by);
            vg_table_text(table, g ? group->product : "unvaccinated");
            const double numbers[] = {curve.time[k], curve.at_risk[k], curve.events[k], 1 - s, 1 - pow(s, 1 / spread), 1 - pow(s, spread)};
            for (size_t i = 0; i < 6; i++) {
                vg_table_double(table, job_rounded(numbers[i], 6, true));
            }
        }
    }
    return VG_OK;
}

static void add_columns(const char *show, struct vg_table *table)
{
    static const struct {
        const char *show, *name;
        enum vg_column_kind kind;
    } columns[] = {{"balance", "design", VG_COLUMN_TEXT},
                   {"balance", "by", VG_COLUMN_TEXT},
                   {"balance", "group", VG_COLUMN_TEXT},
                   {"balance", "covariate", VG_COLUMN_TEXT},
                   {"balance", "mean_vaccinated", VG_COLUMN_DOUBLE},
                   {"balance", "mean_unvaccinated", VG_COLUMN_DOUBLE},
                   {"balance", "difference_before", VG_COLUMN_DOUBLE},
                   {"balance", "difference_after", VG_COLUMN_DOUBLE},
                   {"balance", "status", VG_COLUMN_TEXT},
                   {"curves", "design", VG_COLUMN_TEXT},
                   {"curves", "by", VG_COLUMN_TEXT},
                   {"curves", "group", VG_COLUMN_TEXT},
                   {"curves", "day", VG_COLUMN_DOUBLE},
                   {"curves", "at_risk", VG_COLUMN_DOUBLE},
                   {"curves", "events", VG_COLUMN_DOUBLE},
                   {"curves", "risk", VG_COLUMN_DOUBLE},
                   {"curves", "low", VG_COLUMN_DOUBLE},
                   {"curves", "high", VG_COLUMN_DOUBLE}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (strcmp(columns[i].show, show) == 0) {
            vg_table_add_column(table, columns[i].name, columns[i].kind);
        }
    }
}

/* ------------------------------------------------------------------ limits */

static void say_general(struct cohort_work *cohort)
{
    struct vg_measures_limits *limits = cohort->work->limits;
    size_t n_found = limits->n; /* what reading found goes behind */
    const char *found[VG_MEASURES_LIMITS_MOST];
    VG_ASSERT(n_found <= VG_MEASURES_LIMITS_MOST);
    memcpy(found, limits->sentences, n_found * sizeof *found);
    limits->n = 0;
    effect_limit(limits, "Vaccinated and unvaccinated differ in nothing that matters for the outcome but in what is matched, adjusted or stratified for; "
                         "whoever is too ill to be vaccinated makes any vaccine look good.");
    effect_limit(limits, "Outcome and vaccination are recorded alike for everybody, and who leaves unseen would have fared as those who stay.");
    switch (cohort->design) {
    case VG_COHORT_MATCHED:
        effect_limit(limits, "Each pair starts on the day of protection of the vaccinated, both alive and seen and the partner without a dose, and ends when "
                             "the partner is vaccinated. Intervals are robust to people being in two pairs.");
        break;
    case VG_COHORT_NEVER:
        effect_limit(limits, "Partners are those who were never vaccinated while seen, which is only known afterwards: who dies early had less time to be "
                             "vaccinated, so effectiveness comes out too high. The design \"cohort\" does without that.");
        break;
    case VG_COHORT_PERSON_TIME:
        effect_limit(limits, "Everybody is unvaccinated until the dose, is nobody's in the days until protection, and vaccinated then; who is compared is "
                             "compared on the same day of the calendar. p_constant asks whether effectiveness changes with days since protection.");
        break;
    case VG_COHORT_UNMATCHED:
        effect_limit(limits, "The vaccinated are counted from their protection, the others from the first such day and through other parts of the epidemic, "
                             "and who was vaccinated had to live until then: this is immortal time, and the number is for comparison only.");
        break;
    }
    effect_limit_general_end(limits);
    for (size_t i = 0; i < n_found; i++) {
        effect_limit(limits, found[i]);
    }
}

static void say_found(struct cohort_work *cohort)
{
    struct vg_measures_limits *limits = cohort->work->limits;
    struct vg_arena *arena = cohort->work->arena;
    const struct vg_follow_up *follow = &cohort->whole;
    if (cohort->n_refused > 0) {
        effect_limit(limits, "Effectiveness changes with time (test of proportional hazards below 0.05), so no single number is given for the hazard: read the "
                             "periods, or the risk up to a day.");
    }
    if (follow->n_unmatched > 0) {
        effect_limit(limits, vg_arena_format(arena, "%zu of %zu vaccinated found no partner and are not in the estimate, which is of the others.",
                                             follow->n_unmatched, follow->n_eligible));
    }
    if (follow->n_vaccinated_late > 0) {
        effect_limit(limits,
                     vg_arena_format(arena, "%zu of %zu pairs end early because the partner was vaccinated.", follow->n_vaccinated_late, follow->n_pairs));
    }
    if (cohort->n_left_out > 0) {
        effect_limit(limits, vg_arena_format(arena, "%zu rows are left out for a blank covariate.", cohort->n_left_out));
    }
    if (cohort->design == VG_COHORT_MATCHED && cohort->work->request->exact == NULL && cohort->near.p == 0) {
        effect_limit(limits, "Nothing is matched but the day: name --exact sex --near age=1, or whatever the first to be vaccinated differ in.");
    }
}

/* -------------------------------------------------------------------- job */

static vg_status one_group(struct cohort_work *cohort, uint32_t by, uint32_t product, const char *show)
{
    struct vaccine_work *work = cohort->work;
    const char *name = work->by.n == 0 ? NULL : vg_arena_copy_bytes(work->arena, work->by.names[by].data, work->by.names[by].size);
    struct group group;
    vg_status status = take_people(cohort, by, product, &group);
    size_t n = cohort->n_at == 0 ? 1 : cohort->n_at;
    bool effects = strcmp(show, "effects") == 0 || strcmp(show, "periods") == 0;
    for (size_t k = effects ? 0 : n - 1; status == VG_OK && k < n; k++) {
        double at = cohort->n_at == 0 ? 0 : cohort->at[k];
        status = follow_group(cohort, at, &group);
        if (status == VG_DATA_ERROR && (work->by.n > 0 || cohort->products.n > 0)) { /* a group where nobody is vaccinated is no reason to stop the others */
            struct vaccine_row row = vaccine_row_new(name, "hazard", group.product);
            row.status = VG_EFFECT_TOO_FEW;
            if (effects) {
                vaccine_put(&work->answer->table, cohort->name, &row);
            }
            return VG_OK;
        }
        cohort->whole = group.follow;
        if (status == VG_OK && !effects) {
            return strcmp(show, "balance") == 0 ? put_balance(cohort, &group, name) : put_curves(cohort, &group, name);
        }
        status = status == VG_OK ? put_hazard(cohort, &group, name, at) : status;
        status = status == VG_OK && group.follow.entry == NULL ? put_risk(cohort, &group, name, at) : status;
    }
    return status;
}

vg_status vaccine_cohort(struct vaccine_work *work, enum vg_cohort_design design, const char *name)
{
    struct cohort_work cohort = {
        .work = work, .design = design, .name = name, .delay = (int32_t)(work->request->has_delay ? work->request->delay_days : DEFAULT_DELAY)};
    const char *show = work->request->show == NULL ? "effects" : work->request->show;
    bool effects = strcmp(show, "effects") == 0 || strcmp(show, "periods") == 0;
    if (!effects && strcmp(show, "balance") != 0 && strcmp(show, "curves") != 0) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--show is effects, periods, balance or curves, not \"%.40s\"", show);
    }
    vg_status status = read_cohort(&cohort);
    if (status != VG_OK) {
        return status;
    }
    say_general(&cohort);
    if (effects) {
        vaccine_columns(&work->answer->table);
    } else {
        add_columns(show, &work->answer->table);
    }
    for (uint32_t by = 0; status == VG_OK && by < (work->by.n == 0 ? 1 : work->by.n); by++) {
        for (uint32_t product = 0; status == VG_OK && product < (cohort.products.n == 0 ? 1 : cohort.products.n); product++) {
            status = one_group(&cohort, by, product, show);
        }
    }
    if (status == VG_OK) {
        say_found(&cohort);
        vg_buffer_char(&work->answer->meta, '{');
        vg_buffer_format(&work->answer->meta, "\"design\":\"%s\",\"pairs\":%zu,\"eligible\":%zu,\"unmatched\":%zu,\"out_before_start\":%zu", name,
                         cohort.whole.n_pairs, cohort.whole.n_eligible, cohort.whole.n_unmatched, cohort.whole.n_before);
        job_meta_date(&work->answer->meta, "start", cohort.whole.start);
        job_meta_date(&work->answer->meta, "end", cohort.whole.end);
    }
    return status;
}
