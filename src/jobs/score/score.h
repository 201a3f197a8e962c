/*
 * how good forecasts were (docs/forecast.md).
 */
#ifndef VG_JOBS_SCORE_H
#define VG_JOBS_SCORE_H

#include "jobs/jobs.h"

/*
 * How good forecasts were: anybody's files in the hubverse's long form (one row a quantile or sample) against what came. Files: CSV and kin, plain or
 * compressed. Columns of forecasts: [model_id], [reference_date | origin_date | forecast_date], [target], [horizon], target_end_date | target_date | date,
 * [location | place], [age_group | group], output_type, output_type_id, value; without model_id the file's name is the model. Of observations:
 * target_end_date | target_date | date, [location | place], [target], [age_group | group], observation | observed | value.
 */
struct vg_score_request {
    const char *const *forecast_paths;
    size_t n_forecasts;
    const char *observed_path;
    const char *by;             /* comma-separated: location, target, horizon, reference_date, target_end_date, group; NULL: by model alone */
    const char *baseline;       /* model that skill is scaled to; NULL: one whose name holds "baseline", if there is one */
    bool logarithmic;           /* scores of log(x + 1) */
    bool pit;                   /* histograms of the probability integral transform instead: output_type, from, to, density, n */
};
/* One row a model and group: n, wis, dispersion, overprediction, underprediction, crps, log_score, ae_median, bias, coverage_50, _90, _95, relative_skill,
 * scaled_skill. meta: how many forecasts had no observation. A row that cannot be read ends the job with file, line and column. */
vg_status vg_job_score(const struct vg_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error) VG_MUST_USE;

#endif
