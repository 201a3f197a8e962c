/*
 * Reporting delays by reverse-time hazards: Lagakos, Barraj and De Gruttola 1988; Kalbfleisch and Lawless 1989. The hazards are
 * the chain ladder's development factors seen from behind, so newest dates that are not complete yet do not bias them.
 */
#include "monitor/triangle_internal.h"

#include <math.h>

#define SHORTEST_WINDOW 60
#define MINIMUM_REPORTS 10
#define ROUNDS 6 /* of sharing out merged cells; one is enough where every day was published */

vg_status triangle_check(const struct vg_triangle *triangle, size_t *last_report, struct vg_error *error)
{
    size_t cells;
    if (triangle->n_references == 0 || triangle->n_delays == 0 || triangle->increments == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "the reporting triangle is empty");
    }
    if (!vg_multiply_size(triangle->n_references, triangle->n_delays, &cells) || triangle->n_references > 1000000 ||
        triangle->n_delays > 10000) {
        return vg_fail(error, VG_USAGE_ERROR, "the reporting triangle is too large: %zu dates of %zu delays",
                       triangle->n_references, triangle->n_delays);
    }
    if (triangle->step_days < 1 || triangle->as_of == VG_DATE_NONE || triangle->start == VG_DATE_NONE ||
        triangle->as_of < triangle->start) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "the reporting triangle needs a start, a positive step and an as-of date not before the start");
    }
    *last_report = (size_t)(((int64_t)triangle->as_of - triangle->start) / triangle->step_days);
    for (size_t i = 0; i < cells; i++) {
        if (isinf(triangle->increments[i])) {
            return vg_fail(error, VG_USAGE_ERROR, "the reporting triangle holds an infinite count");
        }
    }
    return VG_OK;
}

bool triangle_revised_downward(const struct vg_triangle *triangle)
{
    double withdrawn = 0, reported = 0;
    for (size_t i = 0; i < triangle->n_references * triangle->n_delays; i++) {
        double cell = triangle->increments[i];
        withdrawn -= cell < 0 ? cell : 0;
        reported += cell > 0 ? cell : 0;
    }
    return withdrawn > 0.001 * reported;
}

/* Sums by delay over the reference dates of the window. */
struct hazard_sums {
    double *reports; /* [n_delays] R_d: reports at delay d */
    double *within;  /* [n_delays] N_d: reports within d, over the same dates */
    double *squares; /* [n_delays] sum over dates of (n - h N)^2 / N for the dispersion */
    double *hazard;  /* [n_delays] of the former round */
    size_t *n_dates; /* [n_delays] */
    double total;
};

/* Adds one reference date; with_squares: only the dispersion of its cells around the hazards. */
static void add_reference(const struct vg_triangle *triangle, size_t reference, size_t last_report, bool with_squares,
                          struct hazard_sums *sums)
{
    double known = 0;
    size_t next = 0; /* first delay that no report has covered */
    bool stock = true;
    for (size_t delay = 0; delay < triangle->n_delays && reference + delay <= last_report; delay++) {
        double cell = triangle_cell(triangle, reference, delay);
        if (isnan(cell)) {
            continue;
        }
        double share_sum = 0;
        for (size_t d = next; d <= delay; d++) {
            share_sum += sums->hazard[d];
        }
        bool base_only = stock && delay > 0;
        for (size_t d = next; d <= delay && !base_only; d++) {
            double part = share_sum > 0 ? cell * sums->hazard[d] / share_sum : cell / (double)(delay - next + 1);
            known += part;
            if (with_squares && known > 0) {
                double residual = part - sums->hazard[d] * known;
                sums->squares[d] += next == delay ? residual * residual / known : 0;
                sums->n_dates[d] += next == delay ? 1 : 0;
            } else if (!with_squares) {
                sums->reports[d] += part;
                sums->within[d] += known;
            }
        }
        known += base_only ? cell : 0;
        sums->total += with_squares ? 0 : cell;
        stock = false;
        next = delay + 1;
    }
}

static void sum_hazards(const struct vg_triangle *triangle, size_t first, size_t last_report, struct hazard_sums *sums)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t d = 0; d < triangle->n_delays; d++) {
            sums->reports[d] = sums->within[d] = 0;
        }
        sums->total = 0;
        for (size_t reference = first; reference < triangle->n_references; reference++) {
            add_reference(triangle, reference, last_report, false, sums);
        }
        double change = 0;
        for (size_t d = 0; d < triangle->n_delays; d++) {
            double hazard = sums->within[d] > 0 ? sums->reports[d] / sums->within[d] : 0;
            change = fmax(change, fabs(hazard - sums->hazard[d]));
            sums->hazard[d] = hazard;
        }
        if (change < 1e-9) {
            break;
        }
    }
    for (size_t reference = first; reference < triangle->n_references; reference++) {
        add_reference(triangle, reference, last_report, true, sums);
    }
}

/* Between-date dispersion of the hazards, at least 1 (binomial). */
static double dispersion(const struct hazard_sums *sums, size_t n_delays)
{
    double squares = 0, freedom = 0;
    for (size_t d = 1; d < n_delays; d++) {
        double hazard = sums->hazard[d];
        if (sums->n_dates[d] > 1 && hazard > 0 && hazard < 1) {
            squares += sums->squares[d] / (hazard * (1 - hazard));
            freedom += (double)sums->n_dates[d] - 1;
        }
    }
    return freedom > 0 && squares > freedom ? squares / freedom : 1;
}

static void fill_distribution(const struct hazard_sums *sums, size_t n_delays, struct vg_delay_estimate *out)
{
    double within = 1, variance = 0;
    double factor = dispersion(sums, n_delays);
    double z = vg_normal_quantile(0.975);
    for (size_t d = n_delays; d-- > 0;) {
        double spread = sqrt(variance);
        out->cumulative[d] = within;
        out->cumulative_low[d] = out->cumulative_high[d] = within;
        if (spread > 0 && within > 0 && within < 1) {
            double stretch = exp(z * spread / -log(within));
            out->cumulative_low[d] = pow(within, stretch);
            out->cumulative_high[d] = pow(within, 1 / stretch);
        }
        double hazard = sums->hazard[d];
        within *= 1 - hazard;
        if (hazard > 0 && hazard < 1 && sums->within[d] > 0) {
            variance += factor * hazard / ((1 - hazard) * sums->within[d]);
        }
    }
}

static void fill_summary(struct vg_delay_estimate *out)
{
    out->mean_steps = 0;
    for (size_t d = out->n_delays; d-- > 0;) {
        out->median_steps = out->cumulative[d] >= 0.5 ? (double)d : out->median_steps;
        out->q90_steps = out->cumulative[d] >= 0.9 ? (double)d : out->q90_steps;
        out->mean_steps += d + 1 < out->n_delays ? 1 - out->cumulative[d] : 0;
    }
}

static bool allocate(struct vg_arena *arena, size_t n_delays, struct vg_delay_estimate *out, struct hazard_sums *sums)
{
    out->cumulative = VG_ARENA_ARRAY(arena, double, n_delays);
    out->cumulative_low = VG_ARENA_ARRAY(arena, double, n_delays);
    out->cumulative_high = VG_ARENA_ARRAY(arena, double, n_delays);
    sums->reports = VG_ARENA_ARRAY(arena, double, n_delays);
    sums->within = VG_ARENA_ARRAY(arena, double, n_delays);
    sums->squares = VG_ARENA_ARRAY(arena, double, n_delays);
    sums->hazard = VG_ARENA_ARRAY(arena, double, n_delays);
    sums->n_dates = VG_ARENA_ARRAY(arena, size_t, n_delays);
    if (arena->failed) {
        return false;
    }
    for (size_t d = 0; d < n_delays; d++) {
        out->cumulative[d] = out->cumulative_low[d] = out->cumulative_high[d] = NAN;
    }
    return true;
}

vg_status vg_monitor_delays(const struct vg_triangle *triangle, size_t window_references, struct vg_arena *arena,
                            struct vg_delay_estimate *out, struct vg_error *error)
{
    size_t last_report, n_delays = triangle->n_delays;
    *out = (struct vg_delay_estimate){.status = VG_SERIES_NO_DELAYS, .median_steps = NAN, .q90_steps = NAN, .mean_steps = NAN};
    vg_status status = triangle_check(triangle, &last_report, error);
    if (status != VG_OK) {
        return status;
    }
    struct hazard_sums sums = {0};
    if (!allocate(arena, n_delays, out, &sums)) {
        return vg_fail_memory(error, n_delays * 8 * sizeof(double));
    }
    out->n_delays = n_delays;
    if (window_references == 0) {
        window_references = 2 * n_delays > SHORTEST_WINDOW ? 2 * n_delays : SHORTEST_WINDOW;
    }
    size_t first = triangle->n_references > window_references ? triangle->n_references - window_references : 0;
    sum_hazards(triangle, first, last_report, &sums);
    bool delayed = false;
    for (size_t d = 1; d < n_delays; d++) {
        delayed = delayed || (sums.within[d] > 0 && sums.reports[d] != 0);
    }
    if (triangle->n_references < 2 || !delayed) {
        (void)vg_fail(error, VG_DATA_ERROR, "no delays can be learnt: nothing was ever reported later than at first");
        return VG_OK;
    }
    if (sums.total < MINIMUM_REPORTS) {
        out->status = VG_SERIES_TOO_FEW;
        (void)vg_fail(error, VG_DATA_ERROR, "no delays can be learnt from %g reports", sums.total);
        return VG_OK;
    }
    out->status = VG_SERIES_OK;
    fill_distribution(&sums, n_delays, out);
    fill_summary(out);
    return VG_OK;
}
