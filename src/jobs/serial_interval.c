/*
 * Serial intervals of the user's own: weights from a file, and the estimate from a file of pairs.
 */
#include "jobs/jobs_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAGS_MAX 400
#define POSTERIOR_ROWS 200

struct table_file {
    const char *path;
    struct vg_reader *reader;
    struct vg_arena *arena;
    struct vg_error *error;
};

static vg_status bad_cell(const struct table_file *file, uint64_t line, size_t column, struct vg_text cell, const char *expected)
{
    return vg_reader_bad_cell(file->reader, line, column, cell, expected, file->error);
}

/* ----------------------------------------------------------------- weights */

struct weight_file {
    struct table_file file;
    size_t lag, first, last; /* columns; of first and last those but lag count */
    size_t n_rows;
    double *weights;         /* [n_rows * LAGS_MAX] */
    size_t n_weights, n_lines;
};

static vg_status take_weights(struct weight_file *work, const struct vg_text *cells, uint64_t line)
{
    const struct table_file *file = &work->file;
    int64_t lag = (int64_t)work->n_lines++;
    if (work->lag != VG_READER_NO_COLUMN) {
        struct vg_text cell = vg_text_trim(cells[work->lag]);
        if (!vg_parse_integer(cell, &lag) || lag < 0) {
            return bad_cell(file, line, work->lag, cell, "a whole number of days from 0 on");
        }
    }
    if (lag >= LAGS_MAX) {
        return vg_fail(file->error, VG_DATA_ERROR, "%s, line %llu: a serial interval of %lld days; at most %d are taken", file->path, (unsigned long long)line, (long long)lag, LAGS_MAX - 1);
    }
    size_t row = 0;
    for (size_t column = work->first; column <= work->last; column++) {
        double weight;
        struct vg_text cell = vg_text_trim(cells[column]);
        if (column == work->lag) {
            continue;
        }
        if (!vg_parse_double(cell, '.', &weight) || !(weight >= 0) || isinf(weight)) {
            return bad_cell(file, line, column, cell, "a weight of 0 or more");
        }
        work->weights[row++ * LAGS_MAX + (size_t)lag] = weight;
    }
    work->n_weights = (size_t)lag + 1 > work->n_weights ? (size_t)lag + 1 : work->n_weights;
    return VG_OK;
}

/* Mean and sd of the mixture of the rows, which are moved together. */
static vg_status finish_weights(struct weight_file *work, struct vg_given_interval *interval)
{
    const struct table_file *file = &work->file;
    double *weights = VG_ARENA_ARRAY(file->arena, double, work->n_rows *work->n_weights);
    double mean = 0;
    double square = 0;
    if (weights == NULL) {
        return vg_fail_memory(file->error, 0);
    }
    for (size_t row = 0; row < work->n_rows; row++) {
        const double *from = work->weights + row * LAGS_MAX;
        double sum = 0;
        for (size_t lag = 0; lag < work->n_weights; lag++) {
            sum += from[lag];
            mean += (double)lag * from[lag] / (double)work->n_rows;
            square += (double)lag * (double)lag * from[lag] / (double)work->n_rows;
        }
        if (work->n_weights < 2 || from[0] > 0 || fabs(sum - 1) > 0.02) {
            return vg_fail(file->error, VG_DATA_ERROR, "%s: weights of a serial interval are 0 for lag 0 and sum to 1; those of column %zu sum to %.4g, lag 0 has %.4g", file->path,
                           row + 1, sum, from[0]);
        }
        memcpy(weights + row * work->n_weights, from, work->n_weights * sizeof *weights);
    }
    *interval = (struct vg_given_interval){.weights = weights, .n_rows = work->n_rows, .n_weights = work->n_weights, .mean_days = mean,
                                           .sd_days = sqrt(fmax(0, square - mean * mean)), .source = vg_arena_format(file->arena, "the file %s", file->path)};
    return interval->source == NULL ? vg_fail_memory(file->error, 0) : VG_OK;
}

vg_status vg_job_read_interval(const char *path, struct vg_arena *arena, struct vg_given_interval *interval, struct vg_error *error)
{
    struct weight_file work = {.file = {.path = path, .arena = arena, .error = error}};
    struct vg_row_batch batch;
    vg_status status = vg_reader_open(path, NULL, &work.file.reader, error);
    if (status != VG_OK) {
        return status;
    }
    size_t n_columns = vg_reader_column_count(work.file.reader);
    size_t weight = vg_reader_find_column(work.file.reader, "weight|probability|w|si_distr|share");
    work.lag = vg_reader_find_column(work.file.reader, "lag|day|days|delay");
    work.first = weight != VG_READER_NO_COLUMN ? weight : 0;
    work.last = weight != VG_READER_NO_COLUMN ? weight : n_columns - 1;
    work.n_rows = weight != VG_READER_NO_COLUMN ? 1 : n_columns - (work.lag != VG_READER_NO_COLUMN ? 1 : 0);
    work.weights = work.n_rows == 0 || work.n_rows > 10000 ? NULL : VG_ARENA_ARRAY(arena, double, work.n_rows *LAGS_MAX);
    if (work.n_rows == 0 || work.n_rows > 10000) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: a serial interval has a column weight (and lag), or up to 10000 columns of weights", path);
    } else if (work.weights == NULL) {
        status = vg_fail_memory(error, work.n_rows * LAGS_MAX * sizeof(double));
    }
    while (status == VG_OK) {
        status = vg_reader_next(work.file.reader, &batch, error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take_weights(&work, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    if (status == VG_OK) {
        status = finish_weights(&work, interval);
    }
    vg_reader_close(work.file.reader);
    return status;
}

/* ------------------------------------------------------------------- pairs */

enum pair_column { FIRST_FROM, FIRST_TO, SECOND_FROM, SECOND_TO, PAIR_COLUMNS };

struct pair_file {
    struct table_file file;
    size_t column[PAIR_COLUMNS];
    bool numbers;            /* windows in days instead of dates */
    int32_t as_of;
    struct vg_interval_pair *pairs;
    size_t n_pairs, capacity, n_later;
};

static vg_status find_pair_columns(struct pair_file *work)
{
    static const char *const in_days[PAIR_COLUMNS] = {"EL", "ER", "SL", "SR"};
    static const char *const ranges[PAIR_COLUMNS] = {
        "infector_from|infector_onset_from|infector_left|infector_onset_left|primary_from", "infector_to|infector_onset_to|infector_right|infector_onset_right|primary_to",
        "infectee_from|infectee_onset_from|infectee_left|infectee_onset_left|infected_from|secondary_from",
        "infectee_to|infectee_onset_to|infectee_right|infectee_onset_right|infected_to|secondary_to"};
    static const char *const days[PAIR_COLUMNS] = {
        "infector_onset|infector|onset_infector|primary_onset|primary", NULL, "infectee_onset|infectee|onset_infectee|infected_onset|infected|secondary_onset|secondary", NULL};
    const char *const *const forms[] = {in_days, ranges, days};
    for (size_t form = 0; form < 3; form++) {
        bool whole = true;
        for (size_t i = 0; i < PAIR_COLUMNS; i++) {
            work->column[i] = forms[form][i] == NULL ? work->column[i - 1] : vg_reader_find_column(work->file.reader, forms[form][i]);
            whole = whole && work->column[i] != VG_READER_NO_COLUMN;
        }
        work->numbers = form == 0;
        if (whole) {
            return work->numbers && work->as_of != VG_DATE_NONE
                       ? vg_fail(work->file.error, VG_USAGE_ERROR, "%s has days without dates, so what was known on a day cannot be told", work->file.path)
                       : VG_OK;
        }
    }
    return vg_fail(work->file.error, VG_DATA_ERROR,
                   "%s: pairs have the columns infector_onset and infectee_onset, or infector_from, infector_to, infectee_from, infectee_to, or EL, ER, SL, SR", work->file.path);
}

static vg_status take_pair(struct pair_file *work, const struct vg_text *cells, uint64_t line)
{
    double at[PAIR_COLUMNS];
    for (size_t i = 0; i < PAIR_COLUMNS; i++) {
        struct vg_text cell = vg_text_trim(cells[work->column[i]]);
        int32_t date = VG_DATE_NONE;
        if (work->numbers ? !vg_parse_double(cell, '.', &at[i]) || !isfinite(at[i]) : !vg_date_parse_iso(cell, &date)) {
            return bad_cell(&work->file, line, work->column[i], cell, work->numbers ? "a number of days" : "a date like 2021-12-31");
        }
        at[i] = work->numbers ? at[i] : (double)date + (i % 2 == 1 ? 1 : 0); /* a day lasts to its end */
    }
    if (at[FIRST_FROM] > at[FIRST_TO] || at[SECOND_FROM] > at[SECOND_TO]) {
        return vg_fail(work->file.error, VG_DATA_ERROR, "%s, line %llu: an onset ends before it begins", work->file.path, (unsigned long long)line);
    }
    if (work->as_of != VG_DATE_NONE && at[SECOND_FROM] > (double)work->as_of) {
        work->n_later++;
        return VG_OK;
    }
    if (work->n_pairs == work->capacity) {
        size_t capacity = work->capacity == 0 ? 256 : work->capacity * 2;
        struct vg_interval_pair *larger = VG_ARENA_ARRAY(work->file.arena, struct vg_interval_pair, capacity);
        if (larger == NULL) {
            return vg_fail_memory(work->file.error, capacity * sizeof *larger);
        }
        if (work->n_pairs > 0) {
            memcpy(larger, work->pairs, work->n_pairs * sizeof *larger);
        }
        work->pairs = larger;
        work->capacity = capacity;
    }
    work->pairs[work->n_pairs++] = (struct vg_interval_pair){at[FIRST_FROM], at[FIRST_TO], at[SECOND_FROM], at[SECOND_TO]};
    return VG_OK;
}

static vg_status read_pairs(struct pair_file *work)
{
    struct vg_row_batch batch;
    vg_status status = vg_reader_open(work->file.path, NULL, &work->file.reader, work->file.error);
    if (status != VG_OK) {
        return status;
    }
    status = find_pair_columns(work);
    while (status == VG_OK) {
        status = vg_reader_next(work->file.reader, &batch, work->file.error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take_pair(work, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(work->file.reader);
    return status;
}

static void write_estimates(struct vg_table *table, const struct vg_interval_estimate *estimate)
{
    static const char *const numbers[] = {"shift_days", "mean", "mean_low", "mean_high", "sd", "sd_low", "sd_high", "most_likely_mean", "most_likely_sd",
                                          "parameter_1", "parameter_2", "log_likelihood", "aic", "akaike_weight", "probability"};
    vg_table_add_column(table, "family", VG_COLUMN_TEXT);
    vg_table_add_column(table, "n_pairs", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    for (size_t i = 0; i < estimate->n_fits; i++) {
        const struct vg_interval_fit *fit = &estimate->fits[i];
        const double cells[] = {fit->shift_days, fit->mean_expected, fit->mean_quantiles[0], fit->mean_quantiles[VG_QUANTILE_COUNT - 1], fit->sd_expected,
                                fit->sd_quantiles[0], fit->sd_quantiles[VG_QUANTILE_COUNT - 1], fit->mean, fit->sd, fit->parameters[0], fit->parameters[1],
                                fit->log_likelihood, fit->aic, fit->akaike_weight, fit->probability};
        vg_table_text(table, vg_interval_family_name(fit->family));
        vg_table_integer(table, (int64_t)estimate->n_pairs);
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
            vg_table_double(table, cells[k]);
        }
    }
    vg_table_text(table, "empirical");
    vg_table_integer(table, (int64_t)estimate->n_pairs);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_double(table, i == 1 ? estimate->empirical_mean : i == 4 ? estimate->empirical_sd : NAN);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* lag, weight with 95 % interval over the posterior, empirical share. */
static void write_weights(struct vg_table *table, const struct vg_interval_estimate *estimate, const struct vg_given_interval *interval)
{
    double sorted[POSTERIOR_ROWS];
    static const char *const numbers[] = {"weight", "weight_low", "weight_high", "empirical"};
    vg_table_add_column(table, "lag", VG_COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    for (size_t lag = 0; lag < interval->n_weights; lag++) {
        double mean = 0;
        int64_t at = (int64_t)lag - estimate->first_lag;
        for (size_t row = 0; row < POSTERIOR_ROWS; row++) {
            sorted[row] = interval->weights[row * interval->n_weights + lag];
            mean += sorted[row] / POSTERIOR_ROWS;
        }
        qsort(sorted, POSTERIOR_ROWS, sizeof *sorted, compare_numbers);
        vg_table_integer(table, (int64_t)lag);
        vg_table_double(table, mean);
        vg_table_double(table, vg_quantile_sorted(sorted, POSTERIOR_ROWS, 0.025));
        vg_table_double(table, vg_quantile_sorted(sorted, POSTERIOR_ROWS, 0.975));
        vg_table_double(table, at >= 0 && (size_t)at < estimate->n_lags ? estimate->empirical[at] : 0);
    }
}

/* Rows of weights over as many days as hold all but a sliver of the posterior. */
static vg_status make_interval(const struct vg_interval_estimate *estimate, const char *path, struct vg_arena *arena, struct vg_given_interval *interval, double *dropped,
                               struct vg_error *error)
{
    double longest = 3;
    double square = 0;
    double mean = 0;
    for (size_t i = 0; i < estimate->n_fits; i++) {
        longest = fmax(longest, estimate->fits[i].mean_quantiles[VG_QUANTILE_COUNT - 1] + 8 * estimate->fits[i].sd_quantiles[VG_QUANTILE_COUNT - 1]);
    }
    size_t n = (size_t)fmin(ceil(longest) + 2, LAGS_MAX);
    double *weights = VG_ARENA_ARRAY(arena, double, POSTERIOR_ROWS *n);
    if (weights == NULL) {
        return vg_fail_memory(error, POSTERIOR_ROWS * n * sizeof *weights);
    }
    vg_status status = vg_monitor_interval_weights(estimate, POSTERIOR_ROWS, n, weights, dropped, error);
    for (size_t i = 0; status == VG_OK && i < POSTERIOR_ROWS * n; i++) {
        double lag = (double)(i % n);
        mean += lag * weights[i] / POSTERIOR_ROWS;
        square += lag * lag * weights[i] / POSTERIOR_ROWS;
    }
    *interval = (struct vg_given_interval){.weights = weights, .n_rows = POSTERIOR_ROWS, .n_weights = n, .mean_days = mean, .sd_days = sqrt(fmax(0, square - mean * mean)),
                                           .source = vg_arena_format(arena, "%zu pairs of the file %s", estimate->n_pairs, path)};
    return status == VG_OK && interval->source == NULL ? vg_fail_memory(error, 0) : status;
}

vg_status vg_job_interval(const struct vg_interval_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_given_interval *interval,
                          struct vg_error *error)
{
    struct pair_file work = {.file = {.path = request->path, .arena = arena, .error = error}, .as_of = request->as_of};
    struct vg_interval_parameters parameters;
    struct vg_interval_estimate estimate;
    struct vg_given_interval own;
    enum vg_interval_family family;
    double dropped = 0;
    vg_monitor_interval_defaults(&parameters);
    if (request->family != NULL) {
        if (!vg_interval_family_from_name(vg_text_from(request->family), &family)) {
            return vg_fail(error, VG_USAGE_ERROR, "the family is gamma, lognormal, weibull or normal, not \"%.40s\"", request->family);
        }
        parameters.families[family] = true;
    }
    if (request->as_of != VG_DATE_NONE) {
        parameters.observed_until = (double)request->as_of + 1;
    }
    vg_status status = read_pairs(&work);
    if (status == VG_OK) {
        status = vg_monitor_interval(work.pairs, work.n_pairs, &parameters, arena, &estimate, error);
    }
    if (status == VG_OK && estimate.status != VG_SERIES_OK) {
        return vg_fail_context(error, "%s: ", request->path);
    }
    if (status == VG_OK) {
        status = make_interval(&estimate, request->path, arena, &own, &dropped, error);
    }
    if (status != VG_OK) {
        return status;
    }
    if (interval != NULL) {
        *interval = own;
    }
    if (answer == NULL) {
        return VG_OK;
    }
    if (request->weights) {
        write_weights(&answer->table, &estimate, &own);
    } else {
        write_estimates(&answer->table, &estimate);
    }
    vg_buffer_char(&answer->meta, '{');
    job_meta_text(&answer->meta, "status", vg_series_status_name(estimate.status));
    job_meta_number(&answer->meta, "pairs", (double)estimate.n_pairs);
    job_meta_number(&answer->meta, "pairs_after_as_of", (double)work.n_later);
    job_meta_number(&answer->meta, "share_of_no_day_or_less", dropped);
    vg_buffer_char(&answer->meta, '}');
    return answer->meta.failed || answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}
