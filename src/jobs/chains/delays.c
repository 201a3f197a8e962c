/*
 * The delays of a request: from files, from means, or those published for a disease.
 */
#include "jobs/chains/internal.h"

#include <math.h>
#include <string.h>

/* No link is impossible for a few days: so much of the generation time falls on the days after its last one, as outbreaker2 has it. */
#define TAIL 1e-4
enum { TAIL_DAYS = 10 };

static vg_status read_delay(const char *path, size_t first, double *out, size_t n, struct vg_error *error)
{
    struct vg_reader *reader = NULL;
    struct vg_row_batch batch;
    double sum = 0;
    memset(out, 0, n * sizeof *out);
    vg_status status = vg_reader_open(path, NULL, &reader, error);
    if (status != VG_OK) {
        return status;
    }
    size_t day_column = vg_reader_find_column(reader, "day|days|delay|lag"), column = vg_reader_find_column(reader, "probability|weight|w|density|share");
    if (day_column == VG_READER_NO_COLUMN || column == VG_READER_NO_COLUMN) {
        status = vg_fail(error, VG_DATA_ERROR, "%s needs columns day and probability", path);
    }
    while (status == VG_OK) {
        status = vg_reader_next(reader, &batch, error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            const struct vg_text *cells = batch.cells + row * batch.n_columns;
            struct vg_text day_cell = vg_reader_cell(cells, day_column), cell = vg_reader_cell(cells, column);
            int64_t day = 0;
            double weight = 0;
            if (!vg_parse_integer(day_cell, &day) || day < 0 || day >= (int64_t)n) {
                status = vg_reader_bad_cell(reader, batch.lines[row], day_column, day_cell, "a number of days from 0 to 63", error);
            } else if (!vg_parse_double(cell, '.', &weight) || !(weight >= 0) || (weight > 0 && (size_t)day < first)) {
                status = vg_reader_bad_cell(reader, batch.lines[row], column, cell,
                                            day < (int64_t)first ? "none (a generation is a day at least)" : "a probability", error);
            } else {
                out[day] += weight;
                sum += weight;
            }
        }
    }
    vg_reader_close(reader);
    if (status == VG_OK && fabs(sum - 1) > 0.02) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: the probabilities sum to %.4g, not to 1", path, sum);
    }
    for (size_t day = 0; status == VG_OK && day < n; day++) {
        out[day] /= sum;
    }
    return status;
}

static vg_status generation(const struct vg_chains_request *request, struct vg_chain_model *model, struct vg_error *error)
{
    double mean = request->generation_mean_days, sd = request->generation_sd_days;
    vg_status status = VG_OK;
    if (request->generation_path != NULL) {
        status = read_delay(request->generation_path, 1, model->generation, VG_CHAIN_GENERATION_MAX, error);
    } else {
        struct vg_disease_interval interval;
        if (isnan(mean) || isnan(sd)) {
            if (request->disease == NULL) {
                return vg_fail(error, VG_USAGE_ERROR,
                               "how long a generation lasts must be said: --disease, --generation-mean and --generation-sd, or --generation FILE");
            }
            status = vg_disease_generation_time(vg_text_from(request->disease), &interval, error);
            mean = interval.mean.value;
            sd = interval.sd.value;
        }
        status = status == VG_OK ? vg_chains_delay_gamma(mean, sd, 1, model->generation, VG_CHAIN_GENERATION_MAX, error) : status;
    }
    return status;
}

static void add_tail(double *generation)
{
    size_t last = 0;
    double sum = 0;
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        last = generation[day] > 0 ? day : last;
    }
    for (size_t day = last + 1; day <= last + TAIL_DAYS && day < VG_CHAIN_GENERATION_MAX; day++) {
        generation[day] = TAIL * 1.7183 * exp((double)last - (double)day);
    }
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        sum += generation[day];
    }
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        generation[day] /= sum;
    }
}

static vg_status incubation(const struct vg_chains_request *request, struct vg_chain_model *model, struct vg_error *error)
{
    double mean = request->incubation_mean_days, sd = request->incubation_sd_days;
    struct vg_disease_interval interval;
    if (request->incubation_path != NULL) {
        return read_delay(request->incubation_path, 0, model->shown[VG_CHAIN_ONSET], VG_CHAIN_SHOWN_MAX, error);
    }
    if (isnan(mean) || isnan(sd)) {
        if (request->disease == NULL) { /* as outbreaker2 does: the generation time's */
            memcpy(model->shown[VG_CHAIN_ONSET], model->generation, sizeof model->generation);
            return VG_OK;
        }
        vg_status status = vg_disease_incubation(vg_text_from(request->disease), &interval, error);
        if (status != VG_OK) {
            return status;
        }
        mean = interval.mean.value;
        sd = interval.sd.value;
    }
    return vg_chains_delay_gamma(mean, sd, 0, model->shown[VG_CHAIN_ONSET], VG_CHAIN_SHOWN_MAX, error);
}

vg_status chains_delays(const struct vg_chains_request *request, const struct chains_input *input, struct vg_chain_model *model, struct vg_error *error)
{
    double report[VG_CHAIN_SHOWN_MAX], mean = request->report_mean_days, sd = request->report_sd_days;
    vg_status status = generation(request, model, error);
    if (status == VG_OK) {
        status = incubation(request, model, error);
    }
    if (status != VG_OK) {
        return status;
    }
    add_tail(model->generation);
    mean = isnan(mean) ? input->report_mean_days : mean;
    sd = isnan(sd) ? input->report_sd_days : sd;
    if (!(mean > 0) || !(sd > 0)) {
        memcpy(model->shown[VG_CHAIN_REPORT], model->shown[VG_CHAIN_ONSET], sizeof model->shown[0]);
        return VG_OK;
    }
    status = vg_chains_delay_gamma(mean, sd, 0, report, VG_CHAIN_SHOWN_MAX, error);
    vg_chains_delay_sum(model->shown[VG_CHAIN_ONSET], report, model->shown[VG_CHAIN_REPORT], VG_CHAIN_SHOWN_MAX);
    return status;
}
