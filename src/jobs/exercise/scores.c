/*
 * Sums of scores of an exercise: coverage, weighted interval score beside a baseline's, bias, days to detection; the table and the summary that they become. How sure
 * a coverage is: estimates of one day (or of one exercise) hang together, so its variance is that of a ratio of sums over clusters (Cochran 1977, section 6.3).
 */
#include "jobs/exercise/scores.h"

#include <math.h>
#include <string.h>

#define CLUSTERS_LEAST 4
#define ESTIMATES_LEAST 20
#define BIAS_MATTERS 0.1
/* What differs by less is of no matter, however sure. */
static const double matters[EXERCISE_INTERVALS] = {0.05, 0.025, 0.025}, nominal[EXERCISE_INTERVALS] = {0.5, 0.9, 0.95};

struct exercise_score *exercise_scores_row(struct exercise_scores *scores, const char *what, const char *level, const char *days)
{
    for (size_t i = 0; i < scores->n_rows; i++) {
        struct exercise_score *row = &scores->rows[i];
        if (strcmp(row->what, what) == 0 && strcmp(row->level, level) == 0 && strcmp(row->days, days) == 0)
            return row;
    }
    VG_ASSERT(scores->n_rows < EXERCISE_SCORES_MAX);
    struct exercise_score *row = &scores->rows[scores->n_rows++];
    *row = (struct exercise_score){.what = what, .level = level, .days = days};
    return row;
}

/* How far the central interval holds the truth: 0, 1, or of a count that stands on its edge a part. */
static double held(const double *quantiles, double share, bool is_count, double truth)
{
    double low, high, from = (1 - share) / 2, to = (1 + share) / 2;
    if (!is_count) {
        size_t edge = 0;
        while (vg_quantile_levels[edge] < from - 1e-9)
            edge++;
        return truth >= quantiles[edge] && truth <= quantiles[VG_QUANTILE_COUNT - 1 - edge] ? 1 : 0;
    }
    vg_monitor_pit_of_count(vg_quantile_levels, quantiles, VG_QUANTILE_COUNT, truth, &low, &high);
    return high > low ? fmax(0, fmin(high, to) - fmax(low, from)) / (high - low) : low >= from && low <= to ? 1 : 0;
}

void exercise_score_take(struct exercise_score *row, const double *quantiles, const double *baseline, bool is_count, double truth)
{
    size_t before = row->scores.n;
    double wis = row->scores.wis;
    vg_monitor_tally(&row->scores, quantiles, truth);
    if (row->scores.n == before)
        return;
    for (int interval = 0; interval < EXERCISE_INTERVALS; interval++)
        row->inside[interval] += held(quantiles, nominal[interval], is_count, truth);
    row->difference += quantiles[VG_QUANTILE_MEDIAN] - truth;
    row->truth += truth;
    double other = baseline == NULL ? NAN : vg_monitor_wis(vg_quantile_levels, baseline, VG_QUANTILE_COUNT, truth);
    if (!isnan(other)) {
        row->n_paired++;
        row->wis_paired += row->scores.wis - wis;
        row->wis_baseline += other;
    }
}

static void add_row(struct exercise_score *sum, const struct exercise_score *one)
{
    double n = (double)one->scores.n;
    sum->scores.n += one->scores.n;
    sum->scores.wis += one->scores.wis;
    sum->scores.dispersion += one->scores.dispersion;
    sum->scores.overprediction += one->scores.overprediction;
    sum->scores.underprediction += one->scores.underprediction;
    sum->scores.absolute_error += one->scores.absolute_error;
    sum->scores.bias += one->scores.bias;
    sum->difference += one->difference;
    sum->truth += one->truth;
    sum->n_paired += one->n_paired;
    sum->wis_paired += one->wis_paired;
    sum->wis_baseline += one->wis_baseline;
    sum->without += one->without;
    sum->n_clusters += n > 0;
    sum->n_squared += n * n;
    sum->bias_squared += one->scores.bias * one->scores.bias;
    sum->bias_times_n += one->scores.bias * n;
    for (int interval = 0; interval < EXERCISE_INTERVALS; interval++) {
        double inside = one->inside[interval];
        sum->inside[interval] += inside;
        sum->inside_squared[interval] += inside * inside;
        sum->inside_times_n[interval] += inside * n;
    }
    sum->only_95 = sum->only_95 || one->only_95;
    sum->links.n += one->links.n;
    sum->links.support += one->links.support;
    sum->links.right += one->links.right;
    sum->links.right_baseline += one->links.right_baseline;
    sum->links.bits += one->links.bits;
    sum->links.bits_baseline += one->links.bits_baseline;
    sum->plans.n += one->plans.n;
    sum->plans.needed += one->plans.needed;
    sum->plans.unmet += one->plans.unmet;
    sum->plans.unmet_nothing += one->plans.unmet_nothing;
    sum->plans.unmet_best += one->plans.unmet_best;
    sum->n_detected += one->n_detected;
    sum->n_days += one->n_days;
    sum->n_alarm_days += one->n_alarm_days;
    for (size_t day = 0; day < EXERCISE_DELAY_DAYS; day++)
        sum->detected_after[day] += one->detected_after[day];
}

void exercise_scores_add(struct exercise_scores *sum, const struct exercise_scores *one)
{
    for (size_t i = 0; i < one->n_rows; i++)
        add_row(exercise_scores_row(sum, one->rows[i].what, one->rows[i].level, one->rows[i].days), &one->rows[i]);
}

/* ------------------------------------------------------------------ figures */

double exercise_score_coverage(const struct exercise_score *row, enum exercise_interval interval)
{
    return row->scores.n == 0 ? NAN : row->inside[interval] / (double)row->scores.n;
}

/* Variance of a mean as a ratio of sums over clusters: squares and products of the clusters' sums. */
static double between_clusters(const struct exercise_score *row, double mean, double squared, double times_n)
{
    double n = (double)row->scores.n, clusters = (double)row->n_clusters, squares = squared - 2 * mean * times_n + mean * mean * row->n_squared;
    return row->n_clusters < 2 ? NAN : clusters / (clusters - 1) * fmax(squares, 0) / (n * n);
}

double exercise_score_coverage_error(const struct exercise_score *row, enum exercise_interval interval)
{
    double between = between_clusters(row, exercise_score_coverage(row, interval), row->inside_squared[interval], row->inside_times_n[interval]);
    return isnan(between) ? NAN : sqrt(fmax(between, nominal[interval] * (1 - nominal[interval]) / (double)row->scores.n));
}

double exercise_score_bias_error(const struct exercise_score *row)
{
    return sqrt(between_clusters(row, row->scores.bias / (double)row->scores.n, row->bias_squared, row->bias_times_n));
}

double exercise_score_relative_wis(const struct exercise_score *row)
{
    return row->n_paired > 0 && row->wis_baseline > 0 ? row->wis_paired / row->wis_baseline : NAN;
}

/* -1 held too rarely, 1 too often, by more than matters and more than chance. */
static int off_by(const struct exercise_score *row, enum exercise_interval interval)
{
    double apart = exercise_score_coverage(row, interval) - nominal[interval], sure = 2 * exercise_score_coverage_error(row, interval);
    return fabs(apart) < fmax(matters[interval], sure) ? 0 : apart < 0 ? -1 : 1;
}

const char *exercise_score_verdict(const struct exercise_score *row)
{
    if (row->scores.n < ESTIMATES_LEAST || row->n_clusters < CLUSTERS_LEAST)
        return "too few to say";
    int middle = off_by(row, EXERCISE_INTERVAL_50), tails = off_by(row, EXERCISE_INTERVAL_95);
    if (middle == 0 && tails == 0)
        return "as sure as it should be";
    if (middle <= 0 && tails <= 0)
        return "too sure";
    return middle >= 0 && tails >= 0 ? "too careful" : middle > 0 ? "too careful, but surprised too often" : "too sure, but rarely surprised";
}

/* Days until half of those that were told of were; NaN without any. */
static double median_delay(const struct exercise_score *row, double *mean)
{
    double sum = 0, low = NAN, high = NAN;
    size_t before = 0, n = row->n_detected;
    for (size_t day = 0; day < EXERCISE_DELAY_DAYS; day++) {
        size_t upto = before + row->detected_after[day];
        sum += (double)day * row->detected_after[day];
        low = n > 0 && before <= (n - 1) / 2 && upto > (n - 1) / 2 ? (double)day : low;
        high = n > 0 && before <= n / 2 && upto > n / 2 ? (double)day : high;
        before = upto;
    }
    *mean = n == 0 ? NAN : sum / (double)n;
    return (low + high) / 2;
}

static double share_of_false(const struct exercise_score *row)
{
    return row->n_days == 0 ? NAN : (double)row->n_alarm_days / (double)row->n_days;
}

static bool is_alarm(const struct exercise_score *row)
{
    return strcmp(row->what, "alarm") == 0;
}

/* -------------------------------------------------------------------- table */

void exercise_scores_table(const struct exercise_scores *scores, struct vg_table *table)
{
    static const char *const numbers[] = {"coverage_50", "coverage_90", "coverage_95", "wis", "wis_baseline", "relative_wis", "bias", "mean_error", "relative_error",
                                          "days_to_detection", "mean_days_to_detection", "false_alarms", "right", "right_baseline", "mean_support", "log_score",
                                          "log_score_baseline", "needed", "unmet", "unmet_nothing_moves", "unmet_best"};
    vg_table_add_column(table, "what", VG_COLUMN_TEXT);
    vg_table_add_column(table, "level", VG_COLUMN_TEXT);
    vg_table_add_column(table, "days", VG_COLUMN_TEXT);
    vg_table_add_column(table, "n", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "without", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_score *row = &scores->rows[i];
        double n = (double)row->scores.n, mean, median = median_delay(row, &mean);
        const struct exercise_links *links = &row->links;
        const struct exercise_plans *plans = &row->plans;
        bool compared = links->bits_baseline > 0; /* cases, not links of one support */
        const double values[] = {row->only_95 ? NAN : exercise_score_coverage(row, EXERCISE_INTERVAL_50), row->only_95 ? NAN : exercise_score_coverage(row, EXERCISE_INTERVAL_90),
                                 exercise_score_coverage(row, EXERCISE_INTERVAL_95), row->only_95 ? NAN : row->scores.wis / n, row->wis_baseline / (double)row->n_paired,
                                 exercise_score_relative_wis(row), row->only_95 ? NAN : row->scores.bias / n, row->difference / n, row->scores.absolute_error / row->truth, median, mean,
                                 share_of_false(row), links->right / links->n, compared || links->right_baseline > 0 ? links->right_baseline / links->n : NAN, links->support > 0 ? links->support / links->n : NAN,
                                 compared ? links->bits / links->n : NAN, compared ? links->bits_baseline / links->n : NAN, plans->n > 0 ? plans->needed : NAN,
                                 plans->n > 0 ? plans->unmet : NAN, plans->n > 0 ? plans->unmet_nothing : NAN, plans->n > 0 ? plans->unmet_best : NAN};
        vg_table_text(table, row->what);
        vg_table_text(table, row->level);
        vg_table_text(table, row->days);
        vg_table_integer(table, (int64_t)(is_alarm(row) ? (row->n_days > 0 ? row->n_days : row->n_detected) : links->n > 0 ? (size_t)links->n : plans->n > 0 ? (size_t)plans->n : row->scores.n));
        vg_table_integer(table, (int64_t)row->without);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            vg_table_double(table, job_rounded(values[k], 4, false));
    }
}

/* ------------------------------------------------------------------ summary */

static const struct { const char *what, *title; } kinds[] = {
    {"nowcast", "Nowcast of cases by onset; baseline: the counts as they stood that day"},
    {"rt", "Reproduction number; baseline: the same from cases by day of report"},
    {"rt_interval_known", "Reproduction number, given the true interval of transmission; baseline as above"},
    {"forecast", "Forecast of reports by day; baseline: the forecast hubs', the last day and its past steps"},
    {"forecast_weekly", "Forecast of reports by week; baseline: the same, of weeks"},
    {"demand_ward", "Patients on the ward; baseline: the forecast hubs', the last day and its past steps"},
    {"demand_icu", "Patients in intensive care; baseline as above"},
};

static void put_share(struct vg_buffer *out, const struct exercise_score *row, enum exercise_interval interval)
{
    double error = exercise_score_coverage_error(row, interval);
    vg_buffer_format(out, " %3.0f %%", 100 * exercise_score_coverage(row, interval));
    if (isnan(error))
        vg_buffer_text(out, "     ");
    else
        vg_buffer_format(out, " ±%-3.0f", ceil(200 * error));
}

static void put_estimates(const struct exercise_scores *scores, const char *what, const char *title, struct vg_buffer *out)
{
    bool begun = false;
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_score *row = &scores->rows[i];
        if (strcmp(row->what, what) != 0 || row->scores.n == 0)
            continue;
        if (!begun)
            vg_buffer_format(out, "\n%s\n  %-8s %-12s %7s   %-10s %-10s %-9s %s\n", title, "", "days", "n", " 50 % held", " 95 % held", "WIS ratio", "bias");
        begun = true;
        double relative = exercise_score_relative_wis(row);
        vg_buffer_format(out, "  %-8s %-12s %7zu  ", row->level, row->days, row->scores.n);
        put_share(out, row, EXERCISE_INTERVAL_50);
        put_share(out, row, EXERCISE_INTERVAL_95);
        if (isnan(relative))
            vg_buffer_format(out, "  %-9s", "");
        else
            vg_buffer_format(out, "  %-9.2f", relative);
        double bias = row->scores.bias / (double)row->scores.n, sure = 2 * exercise_score_bias_error(row);
        vg_buffer_format(out, "%+5.2f ±%-5.2f %s%s\n", bias, isnan(sure) ? 0 : sure, exercise_score_verdict(row),
                         isnan(sure) || fabs(bias) < fmax(BIAS_MATTERS, sure) ? "" : bias > 0 ? "; too high" : "; too low");
    }
}

static void put_alarm(const struct exercise_score *row, struct vg_buffer *out)
{
    double mean, median = median_delay(row, &mean);
    size_t n = row->n_detected + row->without;
    vg_buffer_format(out, "  %-8s %s: ", row->level, row->days);
    if (row->n_days > 0)
        vg_buffer_format(out, "an alarm on %.1f %% of %zu days, each of them false\n", 100 * share_of_false(row), row->n_days);
    else if (n == 0)
        vg_buffer_text(out, "there was none\n");
    else if (row->n_detected == 0)
        vg_buffer_format(out, "none of %zu was told of\n", n);
    else
        vg_buffer_format(out, "%zu of %zu told of, after %.0f days (median; mean %.1f)\n", row->n_detected, n, median, mean);
}

static void put_links(const struct exercise_scores *scores, const char *what, const char *title, struct vg_buffer *out)
{
    bool begun = false, in_bands = false;
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_score *row = &scores->rows[i];
        const struct exercise_links *links = &row->links;
        bool band = links->bits_baseline <= 0;
        if (strcmp(row->what, what) != 0 || (links->n < 1 && (!row->only_95 || row->scores.n == 0)))
            continue;
        if (!begun)
            vg_buffer_format(out, "\n%s\n  %-18s %8s %8s %9s %9s %10s %9s\n", title, "", "cases", "right", "baseline", "support", "log score", "baseline");
        begun = true;
        if (row->only_95) {
            vg_buffer_format(out, "  %s: of %zu intervals 95 %% %.0f %% held; %.2f, and in truth %.2f\n", row->days, row->scores.n, 100 * exercise_score_coverage(row, EXERCISE_INTERVAL_95),
                             (row->difference + row->truth) / (double)row->scores.n, row->truth / (double)row->scores.n);
            continue;
        }
        if (band && !in_bands)
            vg_buffer_format(out, "  %-18s %8s %8s %9s %9s\n", "each infector", "links", "right", "", "support");
        in_bands = band;
        vg_buffer_format(out, "  %-18s %8.0f %6.1f %%", row->days, links->n, 100 * links->right / links->n);
        if (band)
            vg_buffer_format(out, " %9s %7.1f %%\n", "", 100 * links->support / links->n);
        else
            vg_buffer_format(out, " %7.1f %% %7.1f %% %7.2f b. %6.2f b.\n", 100 * links->right_baseline / links->n, 100 * links->support / links->n, links->bits / links->n,
                             links->bits_baseline / links->n);
    }
}

static const struct { const char *what, *title; } told_of_genomes[] = {
    {"lineage_calls", "Lineages of genomes, by known markers"},
    {"lineage_shares", "Shares of later lineages among all swabs of a week, followed and told ahead"},
    {"lineage_counts", "The same by counting that week's genomes"},
    {"introductions", "Introductions that brought the genomes of a region; pairs of genomes: of one or not, baseline: always yes, or always no"},
    {"clock", "Changes a year, and ages of ancestors in days, by the dates of samples"},
};

/* Point estimates and 95 % intervals, and how often an answer was right. */
static void put_genomes(const struct exercise_scores *scores, const char *what, const char *title, struct vg_buffer *out)
{
    bool begun = false;
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_score *row = &scores->rows[i];
        const struct exercise_links *links = &row->links;
        double n = (double)row->scores.n;
        if (strcmp(row->what, what) != 0 || (links->n < 1 && row->scores.n == 0))
            continue;
        if (!begun)
            vg_buffer_format(out, "\n%s\n", title);
        begun = true;
        vg_buffer_format(out, "  %-8s %-18s ", row->level, row->days);
        if (links->n >= 1) {
            vg_buffer_format(out, "%10.0f, %.1f %% right", links->n, 100 * links->right / links->n);
            if (links->right_baseline > 0)
                vg_buffer_format(out, ", baseline %.1f %%", 100 * links->right_baseline / links->n);
        } else {
            vg_buffer_format(out, "%10zu: on average %.3g, in truth %.3g; mean error %.0f %%", row->scores.n, (row->difference + row->truth) / n, row->truth / n,
                             100 * row->scores.absolute_error / row->truth);
            if (!isnan(row->inside[EXERCISE_INTERVAL_95]))
                vg_buffer_format(out, "; held %.0f %%", 100 * exercise_score_coverage(row, EXERCISE_INTERVAL_95));
        }
        vg_buffer_char(out, '\n');
    }
}

static void put_plans(const struct exercise_scores *scores, struct vg_buffer *out)
{
    for (size_t i = 0; i < scores->n_rows; i++) {
        const struct exercise_plans *plans = &scores->rows[i].plans;
        if (plans->n > 0)
            vg_buffer_format(out, "\nPlaces of intensive care, shared between provinces for %s\n  %.0f plans: of %.0f place-days needed %.0f stay unmet, with nothing moved %.0f, by who knows what comes %.0f\n",
                             scores->rows[i].days, plans->n, plans->needed, plans->unmet, plans->unmet_nothing, plans->unmet_best);
    }
}

void exercise_scores_summary(const struct exercise_scores *scores, const char *clusters, struct vg_buffer *out)
{
    bool begun = false;
    vg_buffer_format(out,
                     "Calibration: how often the 50 %% and the 95 %% intervals held (± two standard errors, from the differences between %s); the weighted interval score as a\n"
                     "ratio to the baseline's, below 1 is better; bias from -1, all of the estimate below what was true, to 1, all above.\n",
                     clusters);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        put_estimates(scores, kinds[i].what, kinds[i].title, out);
    for (size_t i = 0; i < scores->n_rows; i++) {
        if (!is_alarm(&scores->rows[i]))
            continue;
        if (!begun)
            vg_buffer_text(out, "\nAlarms\n");
        begun = true;
        put_alarm(&scores->rows[i], out);
    }
    put_links(scores, "chains", "Who infected whom, drawn by the sampler; baseline: the nearest earlier case of the same place; of the log score: all candidates alike", out);
    put_links(scores, "chains_instant", "Who infected whom, the instant answer; baselines as above", out);
    for (size_t i = 0; i < sizeof told_of_genomes / sizeof *told_of_genomes; i++)
        put_genomes(scores, told_of_genomes[i].what, told_of_genomes[i].title, out);
    put_plans(scores, out);
}
