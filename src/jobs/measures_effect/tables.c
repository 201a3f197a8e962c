/*
 * What is said of measures' effects: tables by measure, place, pair and setting, how the regression went, and the limits in sentences.
 */
#include "jobs/measures_effect/internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <string.h>

#define PAIR_TIMING 0.7     /* pairs that are worth a sentence */
#define PAIR_EFFECTS (-0.7)
#define CONDITION_HIGH 30.0 /* Belsley, Kuh and Welsch 1980 */
#define FEW_PLACES 10
#define FEW_CHANGES 10

struct column { const char *name; enum vg_column_kind kind; };

static void add_columns(struct vg_table *table, const struct column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

static void reduction_cell(struct vg_table *table, double effect)
{
    vg_table_double(table, measures_reduction(effect));
}

/* ------------------------------------------------------------------- tables */

static void effect_row(struct vg_table *table, const struct measures_work *work, const struct vg_measures_estimate *estimate, size_t m)
{
    const struct vg_measures_effect *effect = &estimate->effects[m];
    bool known = estimate->n_draws > 0;
    bool pair = known && effect->partner != SIZE_MAX;
    size_t at = pair ? m * estimate->n_measures + effect->partner : 0;
    vg_table_text(table, work->measure[m]);
    vg_table_text(table, !known ? vg_series_status_name(estimate->status) : vg_measures_seen_name(effect->seen));
    vg_table_double(table, work->full[m]);
    vg_table_integer(table, (int64_t)effect->n_places);
    vg_table_integer(table, (int64_t)effect->n_changes);
    reduction_cell(table, known ? effect->mean : NAN);
    for (size_t q = VG_QUANTILE_COUNT; q-- > 0;) {
        reduction_cell(table, known ? effect->quantiles[q] : NAN);
    }
    vg_table_double(table, known ? effect->probability_reduces : NAN);
    reduction_cell(table, known ? effect->new_place_high : NAN);
    reduction_cell(table, known ? effect->new_place_low : NAN);
    vg_table_double(table, known ? effect->between_sd : NAN);
    vg_table_double(table, known ? effect->between_sd_low : NAN);
    vg_table_double(table, known ? effect->between_sd_high : NAN);
    vg_table_double(table, known ? 100 * effect->share : NAN);
    vg_table_double(table, known ? effect->prior_left : NAN);
    vg_table_double(table, known && isfinite(effect->variance_inflation) ? effect->variance_inflation : NAN);
    vg_table_text(table, pair ? work->measure[effect->partner] : NULL);
    vg_table_double(table, pair ? effect->partner_correlation : NAN);
    reduction_cell(table, pair ? estimate->pair_sum_high[at] : NAN);
    reduction_cell(table, pair ? estimate->pair_sum_mean[at] : NAN);
    reduction_cell(table, pair ? estimate->pair_sum_low[at] : NAN);
    vg_table_double(table, known ? -measures_reduction(effect->log_r_before) : NAN);
    vg_table_double(table, known ? effect->effective_draws : NAN);
}

static void effects_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column before[] = {{"measure", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"strength_one", VG_COLUMN_DOUBLE}, {"places", VG_COLUMN_INTEGER},
                                           {"changes", VG_COLUMN_INTEGER}, {"reduction_mean", VG_COLUMN_DOUBLE}};
    static const struct column after[] = {
        {"probability_reduces", VG_COLUMN_DOUBLE}, {"new_place_low", VG_COLUMN_DOUBLE}, {"new_place_high", VG_COLUMN_DOUBLE}, {"between_sd", VG_COLUMN_DOUBLE},
        {"between_sd_low", VG_COLUMN_DOUBLE}, {"between_sd_high", VG_COLUMN_DOUBLE}, {"share_of_variance", VG_COLUMN_DOUBLE}, {"prior_left", VG_COLUMN_DOUBLE},
        {"variance_inflation", VG_COLUMN_DOUBLE}, {"least_apart_from", VG_COLUMN_TEXT}, {"effects_correlation", VG_COLUMN_DOUBLE}, {"together_low", VG_COLUMN_DOUBLE},
        {"together_mean", VG_COLUMN_DOUBLE}, {"together_high", VG_COLUMN_DOUBLE}, {"r_before_percent", VG_COLUMN_DOUBLE}, {"effective_draws", VG_COLUMN_DOUBLE}};
    add_columns(table, before, sizeof before / sizeof *before);
    job_add_quantile_columns(table);
    add_columns(table, after, sizeof after / sizeof *after);
    for (size_t m = 0; m < work->n_measures; m++) {
        effect_row(table, work, &fit->setting[0].estimate, m);
    }
}

/* The regression's number of a place, or SIZE_MAX: it took no part. */
static size_t in_fit(const struct measures_fit *fit, size_t place)
{
    for (size_t i = 0; i < fit->n_used; i++) {
        if (fit->row_place[i] == place) {
            return i;
        }
    }
    return SIZE_MAX;
}

static const char *place_status(const struct measures_work *work, const struct measures_fit *fit, size_t place)
{
    size_t i = in_fit(fit, place);
    switch (work->place[place].state) {
    case PLACE_WITHOUT_R:
        return "no_r";
    case PLACE_WITHOUT_MEASURES:
        return "no_measures";
    case PLACE_USED:
        break;
    }
    return i == SIZE_MAX ? "no_r" : vg_series_status_name(fit->setting[0].estimate.places[i].status);
}

static void places_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column columns[] = {
        {"place", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"steps", VG_COLUMN_INTEGER}, {"r_without_measures", VG_COLUMN_DOUBLE}, {"error_factor", VG_COLUMN_DOUBLE}, {"predicted_share", VG_COLUMN_DOUBLE},
        {"coverage_50", VG_COLUMN_DOUBLE}, {"coverage_90", VG_COLUMN_DOUBLE}, {"log_score", VG_COLUMN_DOUBLE}, {"log_score_without_measures", VG_COLUMN_DOUBLE}};
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (size_t place = 0; place < work->n_places; place++) {
        size_t i = in_fit(fit, place);
        const struct vg_measures_place *own = i == SIZE_MAX ? NULL : &estimate->places[i];
        vg_table_text(table, work->place[place].name);
        vg_table_text(table, place_status(work, fit, place));
        vg_table_integer(table, own == NULL ? 0 : (int64_t)own->n_rows);
        vg_table_double(table, own == NULL ? NAN : exp(own->level));
        vg_table_double(table, own == NULL ? NAN : own->error_factor);
        vg_table_double(table, own == NULL ? NAN : own->predicted_share);
        vg_table_double(table, own == NULL ? NAN : own->coverage_50);
        vg_table_double(table, own == NULL ? NAN : own->coverage_90);
        vg_table_double(table, own == NULL ? NAN : own->log_score);
        vg_table_double(table, own == NULL ? NAN : own->log_score_without);
    }
}

static void place_effects_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column columns[] = {{"place", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"measure", VG_COLUMN_TEXT}, {"reduction_mean", VG_COLUMN_DOUBLE},
                                            {"reduction_low", VG_COLUMN_DOUBLE}, {"reduction_high", VG_COLUMN_DOUBLE}};
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (size_t place = 0; place < work->n_places; place++) {
        size_t i = in_fit(fit, place);
        for (size_t m = 0; m < work->n_measures; m++) {
            double mean = i == SIZE_MAX ? NAN : estimate->place_mean[i * work->n_measures + m];
            double sd = i == SIZE_MAX ? NAN : estimate->place_sd[i * work->n_measures + m];
            vg_table_text(table, work->place[place].name);
            vg_table_text(table, place_status(work, fit, place));
            vg_table_text(table, work->measure[m]);
            reduction_cell(table, mean);
            reduction_cell(table, mean + 1.959964 * sd);
            reduction_cell(table, mean - 1.959964 * sd);
        }
    }
}

static void pairs_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column columns[] = {{"measure", VG_COLUMN_TEXT}, {"other", VG_COLUMN_TEXT}, {"timing_correlation", VG_COLUMN_DOUBLE},
                                            {"effects_correlation", VG_COLUMN_DOUBLE}, {"together_low", VG_COLUMN_DOUBLE}, {"together_mean", VG_COLUMN_DOUBLE},
                                            {"together_high", VG_COLUMN_DOUBLE}};
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (size_t a = 0; a < work->n_measures; a++) {
        for (size_t b = a + 1; b < work->n_measures; b++) {
            size_t at = a * work->n_measures + b;
            vg_table_text(table, work->measure[a]);
            vg_table_text(table, work->measure[b]);
            vg_table_double(table, estimate->pair_timing[at]);
            vg_table_double(table, estimate->pair_posterior[at]);
            reduction_cell(table, estimate->pair_sum_high[at]);
            reduction_cell(table, estimate->pair_sum_mean[at]);
            reduction_cell(table, estimate->pair_sum_low[at]);
        }
    }
}

/* The lead's coefficient of a setting that has one: mean and quantiles from its draws' last column. */
static void lead_of(const struct vg_measures_estimate *estimate, double *mean, double *low, double *high)
{
    size_t width = 1 + estimate->n_measures + estimate->n_shared;
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < estimate->n_draws; i++) {
        double value = estimate->draws[i * width + width - 1];
        *mean += value / (double)estimate->n_draws;
        square += value * value / (double)estimate->n_draws;
    }
    double sd = sqrt(fmax(0, square - *mean * *mean));
    *low = *mean - 1.959964 * sd;
    *high = *mean + 1.959964 * sd;
}

static void sensitivity_row(struct vg_table *table, const char *setting, const char *measure, const char *status, double mean, double low, double high, double likelihood)
{
    vg_table_text(table, setting);
    vg_table_text(table, measure);
    vg_table_text(table, status);
    reduction_cell(table, mean);
    reduction_cell(table, high);
    reduction_cell(table, low);
    vg_table_double(table, likelihood);
}

static void sensitivity_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column columns[] = {{"setting", VG_COLUMN_TEXT}, {"measure", VG_COLUMN_TEXT}, {"status", VG_COLUMN_TEXT}, {"reduction_mean", VG_COLUMN_DOUBLE},
                                            {"reduction_low", VG_COLUMN_DOUBLE}, {"reduction_high", VG_COLUMN_DOUBLE}, {"log_likelihood_gain", VG_COLUMN_DOUBLE}};
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < fit->n_settings; i++) {
        const struct measures_setting *setting = &fit->setting[i];
        double gain = setting->estimate.best_log_likelihood - fit->setting[0].estimate.best_log_likelihood;
        const char *status = vg_series_status_name(setting->estimate.status);
        for (size_t m = 0; m < work->n_measures; m++) {
            const struct vg_measures_effect *effect = &setting->estimate.effects[m];
            bool known = setting->estimate.n_draws > 0;
            sensitivity_row(table, setting->name, work->measure[m], status, known ? effect->mean : NAN, known ? effect->quantiles[0] : NAN,
                            known ? effect->quantiles[VG_QUANTILE_COUNT - 1] : NAN, gain);
        }
        if (setting->lead && setting->estimate.n_draws > 0) {
            double mean = 0;
            double low = 0;
            double high = 0;
            lead_of(&setting->estimate, &mean, &low, &high);
            sensitivity_row(table, setting->name, "all_measures_two_weeks_before_they_can_be_felt", status, mean, low, high, gain);
        }
    }
}

/* ------------------------------------------------------------------- limits */

static void say(struct vg_measures_limits *limits, const char *sentence)
{
    if (limits->n < VG_MEASURES_LIMITS_MOST && sentence != NULL) {
        limits->sentences[limits->n++] = sentence;
    }
}

static void general_limits(struct vg_measures_limits *limits)
{
    static const char *const sentences[] = {
        "People change what they do by themselves when cases rise, and at the time when measures are taken: that change is part of these numbers.",
        "Measures are taken because R or cases are high (simultaneity). A high R that would have fallen anyway looks like an effect; r_before_percent says how high it was.",
        "R comes from what was reported: more tests, another case definition or slower reporting at the time of a measure look like more or less transmission.",
        "Immunity, variants and season change R too. The drift takes them up as errors; what is common to all places can be taken out by the calendar.",
        ("An effect is that of a measure as it was written down, with the compliance of that time, in these places, beside the other measures that stood then. It is not what the "
         "measure would do alone, elsewhere or later."),
    };
    limits->n = 0;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        say(limits, sentences[i]);
    }
    limits->n_general = limits->n;
}

/* The pair that is least told apart, and how many there are beside it. */
static void limits_of_pairs(const struct measures_work *work, const struct vg_measures_estimate *estimate, struct vg_measures_limits *limits)
{
    size_t m = work->n_measures;
    size_t n = 0;
    size_t worst_a = 0;
    size_t worst_b = 0;
    double worst = INFINITY;
    for (size_t a = 0; a < m; a++) {
        for (size_t b = a + 1; b < m; b++) {
            double effects = estimate->pair_posterior[a * m + b];
            bool hard = effects < PAIR_EFFECTS || estimate->pair_timing[a * m + b] > PAIR_TIMING;
            n += hard;
            if (hard && effects < worst) {
                worst = effects;
                worst_a = a;
                worst_b = b;
            }
        }
    }
    if (n == 0) {
        return;
    }
    size_t at = worst_a * m + worst_b;
    say(limits, vg_arena_format(work->arena, "%s and %s are hard to tell apart (correlation of timing %.2f, of effects %.2f); together they are %.0f %% (%.0f to %.0f).",
                                work->measure[worst_a], work->measure[worst_b], estimate->pair_timing[at], worst, measures_reduction(estimate->pair_sum_mean[at]),
                                measures_reduction(estimate->pair_sum_high[at]), measures_reduction(estimate->pair_sum_low[at])));
    if (n > 1) {
        say(limits, vg_arena_format(work->arena, "So are %zu pairs more, as the table of pairs shows; all measures together are %.0f %% (%.0f to %.0f).", n - 1,
                                    measures_reduction(estimate->all_mean), measures_reduction(estimate->all_high), measures_reduction(estimate->all_low)));
    }
}

static void limits_of_effects(const struct measures_work *work, const struct vg_measures_estimate *estimate, struct vg_measures_limits *limits)
{
    size_t m = work->n_measures;
    for (size_t a = 0; a < m; a++) {
        const struct vg_measures_effect *effect = &estimate->effects[a];
        const char *name = work->measure[a];
        if (effect->seen == VG_MEASURES_NEVER_CHANGES) {
            say(limits, vg_arena_format(work->arena, "%s never changes within a place: nothing is learnt of it, and its row is the prior.", name));
        } else if (effect->seen == VG_MEASURES_PRIOR_ONLY) {
            say(limits, vg_arena_format(work->arena, "%s: the data say next to nothing (%.0f %% of the prior's width is left).", name, 100 * effect->prior_left));
        } else if (effect->n_changes < FEW_CHANGES) {
            say(limits, vg_arena_format(work->arena, "%s rests on %zu changes in %zu places.", name, effect->n_changes, effect->n_places));
        }
        if (effect->log_r_before > 0.1) {
            say(limits, vg_arena_format(work->arena, "%s: before it was felt to rise, R stood %.0f %% above the place's own mean, so some of the fall may be a return to it.", name,
                                        100 * (exp(effect->log_r_before) - 1)));
        }
    }
    limits_of_pairs(work, estimate, limits);
    if (estimate->condition_number > CONDITION_HIGH) {
        say(limits, vg_arena_format(work->arena, "The measures' condition number is %.0f: above 30 at least one is nearly the others' sum.", estimate->condition_number));
    }
}

static void limits_of_fit(const struct measures_work *work, const struct measures_fit *fit, struct vg_measures_limits *limits)
{
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    size_t left_out = work->n_places - (estimate->n_places < work->n_places ? estimate->n_places : work->n_places);
    if (estimate->status == VG_SERIES_NOT_CONVERGED) {
        say(limits, vg_arena_format(work->arena, "The chains do not agree (r-hat %.2f): take more draws (--draws).", estimate->worst_r_hat));
    }
    if (estimate->n_places < FEW_PLACES) {
        say(limits, vg_arena_format(work->arena, "Only %zu places: how much effects differ between places is hardly known.", estimate->n_places));
    }
    if (left_out > 0) {
        say(limits, vg_arena_format(work->arena, "%zu of %zu places took no part; the table of places says why.", left_out, work->n_places));
    }
    if (work->n_unmatched > 0) {
        say(limits, vg_arena_format(work->arena, "%zu rows of %s are of places without R, such as \"%.40s\".", work->n_unmatched, work->measures->measures_path,
                                    work->unmatched_example));
    }
    if (estimate->log_score_gain <= 2) {
        say(limits, vg_arena_format(work->arena, "Places that are left out are foretold no better with the measures than without (log score %+.1f): these effects do not carry over.",
                                    estimate->log_score_gain));
    }
    if (estimate->coverage_90 < 0.8) {
        say(limits, vg_arena_format(work->arena, "Of left-out places' R only %.0f %% lies within the 90 %% intervals foretold from the others: the intervals are too narrow.",
                                    100 * estimate->coverage_90));
    }
}

/* Settings under which an effect moves by more than half of its own interval, and what moved before it could. */
static void limits_of_sensitivity(const struct measures_work *work, const struct measures_fit *fit, struct vg_measures_limits *limits)
{
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    for (size_t i = 1; i < fit->n_settings; i++) {
        const struct measures_setting *setting = &fit->setting[i];
        for (size_t m = 0; m < work->n_measures && !setting->lead; m++) {
            const struct vg_measures_effect *main_one = &estimate->effects[m];
            double moved = setting->estimate.effects[m].mean - main_one->mean;
            if (main_one->seen != VG_MEASURES_NEVER_CHANGES && fabs(moved) > 1.96 * main_one->sd) {
                say(limits, vg_arena_format(work->arena, "%s depends on an assumption: %.0f %% becomes %.0f %% %s.", work->measure[m], measures_reduction(main_one->mean),
                                            measures_reduction(setting->estimate.effects[m].mean),
                                            setting->shift_days < 0   ? "with a lag that is 7 days shorter"
                                            : setting->shift_days > 0 ? "with a lag that is 7 days longer"
                                            : setting->calendar       ? "when what each month did everywhere is taken out"
                                                                      : "when what each month did everywhere is left in"));
            }
        }
        double gain = setting->estimate.best_log_likelihood - estimate->best_log_likelihood;
        if (setting->shift_days != 0 && gain > 3) {
            say(limits, vg_arena_format(work->arena, "A lag of %.0f days instead of %.0f fits better (log likelihood %+.1f).", work->lag_mean_days + setting->shift_days, work->lag_mean_days,
                                        gain));
        }
        double mean = 0;
        double low = 0;
        double high = 0;
        if (setting->lead && setting->estimate.n_draws > 0) {
            lead_of(&setting->estimate, &mean, &low, &high);
        }
        if (low > 0) {
            say(limits, "R is high two weeks before measures can be felt, the other measures being equal: they answer a rising R, and effects are likely too small.");
        } else if (high < 0) {
            say(limits, "R falls already two weeks before measures can be felt: people acted before, the lag is too long, or something else was at work. Effects are likely too large.");
        }
    }
}

/* --------------------------------------------------------------------- meta */

struct number { const char *name; double value; };
#define NUMBERS_MOST 32

/* How the regression went, in numbers. */
static size_t fit_numbers(const struct measures_work *work, const struct measures_fit *fit, struct number numbers[NUMBERS_MOST])
{
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    const struct number all[] = {
        {"places", (double)estimate->n_places}, {"steps", (double)estimate->n_rows}, {"window_days", work->window_days}, {"windows_with_too_few_cases", (double)work->n_windows_few},
        {"lag_mean_days", work->lag_mean_days}, {"lag_sd_days", work->lag_sd_days}, {"half_life_days", work->measures->half_life_days}, {"drift_sd", estimate->drift_sd},
        {"drift_correlation", estimate->correlation}, {"noise_sd", estimate->noise_sd}, {"level_sd", estimate->level_sd}, {"error_factor_spread", estimate->factor_spread}, {"condition_number", estimate->condition_number},
        {"all_together_reduction_mean", measures_reduction(estimate->all_mean)}, {"all_together_reduction_low", measures_reduction(estimate->all_high)},
        {"all_together_reduction_high", measures_reduction(estimate->all_low)},
        {"share_explained", estimate->share_explained}, {"share_explained_low", estimate->share_low}, {"share_explained_high", estimate->share_high},
        {"left_out_predicted_share", estimate->predicted_share}, {"left_out_coverage_50", estimate->coverage_50}, {"left_out_coverage_90", estimate->coverage_90},
        {"left_out_log_score_gain", estimate->log_score_gain}, {"draws", (double)estimate->n_draws}, {"worst_r_hat", estimate->worst_r_hat},
        {"fewest_effective_draws", estimate->least_effective_draws}, {"seed", (double)work->request->seed}};
    memcpy(numbers, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void fit_table(const struct measures_work *work, const struct measures_fit *fit, struct vg_table *table)
{
    static const struct column columns[] = {{"quantity", VG_COLUMN_TEXT}, {"value", VG_COLUMN_DOUBLE}};
    struct number numbers[NUMBERS_MOST];
    size_t n = fit_numbers(work, fit, numbers);
    add_columns(table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        vg_table_text(table, numbers[i].name);
        vg_table_double(table, numbers[i].value);
    }
}

static void fit_meta(const struct measures_work *work, const struct measures_fit *fit, const struct vg_measures_limits *limits, struct vg_buffer *meta)
{
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    struct number numbers[NUMBERS_MOST];
    size_t n = fit_numbers(work, fit, numbers);
    vg_buffer_text(meta, "{\"status\":");
    vg_buffer_json_string(meta, vg_series_status_name(estimate->status), strlen(vg_series_status_name(estimate->status)));
    job_meta_text(meta, "r", work->r_source);
    job_meta_text(meta, "counted", work->counted);
    job_meta_text(meta, "lag_source", work->lag_source);
    job_meta_text(meta, "drift", work->measures->random_walk ? "random walk" : "autoregressive");
    for (size_t i = 0; i < n; i++) {
        job_meta_number(meta, numbers[i].name, numbers[i].value);
    }
    job_meta_limits(meta, limits);
    vg_buffer_char(meta, '}');
}

vg_status measures_write(struct measures_work *work, const struct measures_fit *fit, struct vg_answer *answer, struct vg_measures_limits *limits)
{
    static const struct {
        const char *name;
        void (*write)(const struct measures_work *, const struct measures_fit *, struct vg_table *);
    } shows[] = {{"effects", effects_table}, {"places", places_table}, {"place_effects", place_effects_table}, {"pairs", pairs_table}, {"sensitivity", sensitivity_table},
                 {"fit", fit_table}};
    const char *wanted = work->measures->show == NULL ? "effects" : work->measures->show;
    size_t which = 0;
    while (which < sizeof shows / sizeof *shows && strcmp(shows[which].name, wanted) != 0) {
        which++;
    }
    if (which == sizeof shows / sizeof *shows) {
        return vg_fail(work->error, VG_USAGE_ERROR, "there is no table \"%.40s\"; there are effects, places, place_effects, pairs, sensitivity and fit", wanted);
    }
    const struct vg_measures_estimate *estimate = &fit->setting[0].estimate;
    general_limits(limits);
    if (estimate->status == VG_SERIES_TOO_FEW) {
        say(limits, "There are not two places with R in which a measure changes: no effect can be told.");
    } else {
        limits_of_fit(work, fit, limits);
        limits_of_effects(work, estimate, limits);
        limits_of_sensitivity(work, fit, limits);
    }
    shows[which].write(work, fit, &answer->table);
    answer->status = estimate->status;
    fit_meta(work, fit, limits, &answer->meta);
    return work->arena->failed || answer->meta.failed || answer->table.failed ? vg_fail_memory(work->error, 0) : VG_OK;
}
