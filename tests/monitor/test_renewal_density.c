/*
 * The renewal model's log density agrees with a slow and obvious one, and its derivatives by hand with finite differences.
 */
#include "renewal_fit.h"

#include "monitor/renewal/cell.h"
#include "monitor/renewal/moments.h"
#include "monitor/renewal/problem.h"

static const struct renewal_simulation usual = {.seed = 5, .n = 70, .n_delays = 12, .level = 40, .sigma = 0.05, .keep = 0.99, .excess = 0.4, .tau = 0.1,
    .upsilon = 0.15, .delay_meanlog = 1.2, .delay_sdlog = 0.7, .generation_mean = 4, .generation_sd = 2, .incubation_mean = 3, .incubation_sd = 1.5, .weekdays = true};

static struct vg_renewal_parameters usual_parameters(void)
{
    struct vg_renewal_parameters parameters = intervals_of(&usual);
    parameters.delay_window_references = 40;
    return parameters;
}

static void cells_agree_with_the_negative_binomial(void **state)
{
    (void)state;
    static const double means[] = {1e-3, 0.3, 2, 17, 250, 9000}, excesses[] = {1e-3, 0.1, 1, 6};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 4; j++) {
            for (double y = 0; y < 3000; y = y * 1.7 + 1, y = floor(y)) {
                /* Five cells, so that one is left over of the four that are taken at once. */
                double m = means[i], k = excesses[j], by_excess, factor = renewal_exposure_factor(k, &by_excess), scores[5], bends[5];
                const double counts[5] = {0, 0, 1, 0, y}, five[5] = {m, 2 * m, m, 5, m};
                struct renewal_rising rising = renewal_rising_of(counts, five, 5, k, scores, bends);
                double value = rising.value - log(m) - y * log1p(k) - vg_log_gamma(y + 1) - factor * m;
                double expected = vg_negative_binomial_log_pmf((int64_t)y, m, m / k);
                vg_assert_near(value, expected, 1e-8 * (1 + fabs(expected)));
                double first = 0, second = 0, slow_by_excess = 0;
                for (double n = 0; n < y; n++) {
                    first += m / (m + n * k);
                    second += m * m / ((m + n * k) * (m + n * k));
                    slow_by_excess += n / (m + n * k);
                }
                vg_assert_near(scores[4], first, 1e-9 * first);
                vg_assert_near(bends[4], first - second, 1e-7 * second);
                vg_assert_near(rising.by_excess, slow_by_excess, 1e-6 * (slow_by_excess + 1));
                vg_assert_near(scores[2], 1, 1e-9);
                vg_assert_near(scores[0], 0, 1e-12);
                vg_assert_near(bends[2], 0, 0);
            }
        }
    }
}

/* The likelihood once more, cell by cell from the triangle, with hazards multiplied out. */
static double slow_likelihood(const struct renewal_problem *p, const struct vg_triangle *triangle, const struct renewal_point *point)
{
    const struct renewal_layout *l = &p->layout;
    double sum = 0, excess = exp(point->hyper[RENEWAL_EXCESS]);
    for (size_t k = 0; k < p->n_rows; k++) {
        double mean = 0, left = 1, share = 0, total = 0;
        bool split = k >= p->first_split;
        for (size_t j = 0; j < p->n_kernel; j++) {
            mean += p->kernel[j] * exp(point->level[renewal_row_end(p, k) - j]);
        }
        mean *= exp(point->noise[k] + point->theta[l->weekday + (size_t)vg_date_weekday(p->start + (int32_t)k)]);
        for (size_t d = 0; d < p->n_delays && k + d <= p->last_report; d++) {
            size_t step = k + d, back = p->last_report - step, knot = l->n_group - (back + 13) / 14, group = l->drift + (d < 7 ? 0 : l->n_group);
            double weight = back % 14 == 0 ? 1 : (double)(back % 14) / 14, drift = 0, z = 0;
            if (split && d + 1 < p->n_delays) {
                drift += knot < l->n_group ? weight * point->theta[group + knot] : 0;
                drift += knot + 1 < l->n_group ? (1 - weight) * point->theta[group + knot + 1] : 0;
                z = point->theta[l->base + d] + drift + point->theta[l->report_day + (size_t)vg_date_weekday(p->start + (int32_t)step)];
                z += p->report_holiday[step] ? point->theta[l->holiday] : 0;
                z += step >= p->first_effect ? point->theta[l->effect + step - p->first_effect] : 0;
            }
            double hazard = d + 1 == p->n_delays ? 1 : 1 / (1 + exp(-z)), cell = triangle->increments[k * p->n_delays + d];
            share += left * hazard;
            left *= 1 - hazard;
            total += isnan(cell) ? 0 : cell;
            if (split && !isnan(cell)) {
                sum += vg_negative_binomial_log_pmf((int64_t)cell, mean * share, mean * share / excess);
                share = 0;
            }
        }
        sum += split ? 0 : vg_negative_binomial_log_pmf((int64_t)total, mean, mean / excess);
    }
    return sum;
}

static void wiggle(const struct renewal_problem *p, struct renewal_point *point, uint32_t run)
{
    struct vg_random random = vg_random_stream(77, run, 0, 0);
    for (size_t i = 0; i < p->n_latent; i++) {
        point->level[i] = 3.5 + 0.3 * sin((double)i / 9) + 0.02 * vg_random_normal(&random);
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        point->noise[k] = 0.1 * vg_random_normal(&random);
    }
    for (size_t i = 0; i < p->layout.n; i++) {
        point->theta[i] = i < p->layout.n_base ? -1 + 0.3 * vg_random_normal(&random) : 0.2 * vg_random_normal(&random);
    }
    if (p->layout.n_shape > 0) {
        point->theta[p->layout.shape] = 1.1;
        point->theta[p->layout.shape + 1] = -0.3;
    }
}

struct built {
    struct vg_triangle triangle;
    struct renewal_truth truth;
    struct renewal_problem problem;
    struct renewal_state state;
    struct renewal_point point, gradient, other;
    struct vg_arena arena;
};

enum kind { PLAIN, GAPS, LEAN, KINDS };

/* What is known of a parent by which a place becomes a lean one; the numbers are any. */
static void make_parent(const struct vg_triangle *triangle, struct vg_arena *arena, struct vg_renewal_prior *prior)
{
    static const double hyper_mean[RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_MEANS, hyper_sd[RENEWAL_HYPER_COUNT] = RENEWAL_HYPER_SDS;
    *prior = (struct vg_renewal_prior){.n_hazards = triangle->n_delays - 1, .between_sd = 0.2, .common_sd = 0.3, .report_day_sd = 0.3, .weekday_sd = 0.2};
    memcpy(prior->hyper_mean, hyper_mean, sizeof hyper_mean);
    memcpy(prior->hyper_sd, hyper_sd, sizeof hyper_sd);
    prior->hazards = VG_ARENA_ARRAY(arena, double, prior->n_hazards);
    prior->first_step = triangle->start;
    prior->n_steps = triangle->n_references;
    prior->total = 1e9;
    double *steps = VG_ARENA_ARRAY(arena, double, 2 * prior->n_steps);
    for (size_t d = 0; d < prior->n_hazards; d++) {
        prior->hazards[d] = -1 + 0.1 * (double)d;
    }
    for (size_t i = 0; i < 2 * prior->n_steps; i++) {
        steps[i] = 0.3 * sin((double)i);
    }
    prior->short_steps = steps;
    prior->long_steps = steps + prior->n_steps;
}

static void build(struct built *b, enum kind kind, uint32_t run)
{
    static const int32_t holidays[] = {18628 + 50, 18628 + 61};
    struct renewal_simulation s = usual;
    struct vg_error error;
    s.run = run;
    s.level = kind == LEAN ? 3 : s.level;
    struct vg_renewal_parameters parameters = usual_parameters();
    parameters.holidays = holidays;
    parameters.n_holidays = 2;
    simulate_renewal(&s, &b->triangle, &b->truth);
    for (size_t k = 0; kind == GAPS && k < s.n; k++) {
        double waiting = 0;
        for (size_t d = 0; d < s.n_delays && k + d < s.n; d++) {
            double *cell = &b->triangle.increments[k * s.n_delays + d];
            waiting += *cell;
            *cell = (k + d) % 9 == 4 || k + d == 68 ? NAN : waiting;
            waiting = isnan(*cell) ? waiting : 0;
        }
    }
    struct vg_renewal_prior parent;
    vg_arena_init(&b->arena, 0);
    if (kind == LEAN) {
        make_parent(&b->triangle, &b->arena, &parent);
        parameters.prior = &parent;
    }
    vg_assert_ok(renewal_problem_new(&b->triangle, &parameters, &b->arena, &b->problem, &error), error);
    b->problem.prior = NULL; /* all that is needed of it is in the problem's own arrays */
    assert_int_equal(b->problem.lean, kind == LEAN);
    vg_assert_ok(renewal_state_new(&b->problem, &b->arena, &b->state, &error), error);
    vg_assert_ok(renewal_point_new(&b->problem, &b->arena, &b->point, &error), error);
    vg_assert_ok(renewal_point_new(&b->problem, &b->arena, &b->gradient, &error), error);
    vg_assert_ok(renewal_point_new(&b->problem, &b->arena, &b->other, &error), error);
    wiggle(&b->problem, &b->point, run);
}

static void release(struct built *b)
{
    vg_arena_release(&b->arena);
    renewal_simulation_free(&b->triangle, &b->truth);
}

static void the_likelihood_is_the_obvious_one(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 4; run++) {
        struct built b;
        build(&b, run % 2 == 1 ? GAPS : PLAIN, run);
        (void)renewal_density(&b.problem, &b.point, &b.state);
        double expected = slow_likelihood(&b.problem, &b.triangle, &b.point);
        vg_assert_near(b.state.log_likelihood, expected, 1e-7 * fabs(expected));
        release(&b);
    }
}

static void check_difference(struct built *b, double *value, double derivative, const char *what, size_t index)
{
    double kept = *value, step = 1e-5;
    *value = kept + step;
    double up = renewal_density(&b->problem, &b->point, &b->state);
    *value = kept - step;
    double down = renewal_density(&b->problem, &b->point, &b->state);
    *value = kept;
    double slope = (up - down) / (2 * step);
    if (!(fabs(slope - derivative) <= 2e-4 * (1 + fabs(slope)))) {
        fail_msg("%s %zu: derivative %.9g, difference %.9g", what, index, derivative, slope);
    }
}

static void the_gradient_is_the_density_s(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 2 * KINDS; run++) {
        struct built b;
        build(&b, run % KINDS, run);
        (void)renewal_density(&b.problem, &b.point, &b.state);
        renewal_gradient(&b.problem, &b.point, &b.state, &b.gradient);
        for (size_t i = 0; i < b.problem.n_latent; i++) {
            check_difference(&b, &b.point.level[i], b.gradient.level[i], "level", i);
        }
        for (size_t i = 0; i < b.problem.n_rows; i++) {
            check_difference(&b, &b.point.noise[i], b.gradient.noise[i], "noise", i);
        }
        for (size_t i = 0; i < b.problem.layout.n; i++) {
            check_difference(&b, &b.point.theta[i], b.gradient.theta[i], "theta", i);
        }
        for (size_t i = 0; i < RENEWAL_HYPER_COUNT; i++) {
            check_difference(&b, &b.point.hyper[i], b.gradient.hyper[i], "hyper", i);
        }
        release(&b);
    }
}

/* ------------------------------------------------------------------ curvature */

/* Minus the second derivative by (noise, level, theta), from differences of the gradient. [n * n] */
static void slow_curvature(struct built *b, double *matrix)
{
    const struct renewal_problem *p = &b->problem;
    size_t rows = p->n_rows, latent = p->n_latent, theta = p->layout.n, n = rows + latent + theta;
    for (size_t i = 0; i < n; i++) {
        double *value = i < rows ? &b->point.noise[i] : i < rows + latent ? &b->point.level[i - rows] : &b->point.theta[i - rows - latent];
        double kept = *value, step = 1e-5;
        for (size_t side = 0; side < 2; side++) {
            *value = kept + (side == 0 ? step : -step);
            (void)renewal_density(p, &b->point, &b->state);
            renewal_gradient(p, &b->point, &b->state, &b->gradient);
            for (size_t j = 0; j < n; j++) {
                double slope = j < rows ? b->gradient.noise[j] : j < rows + latent ? b->gradient.level[j - rows] : b->gradient.theta[j - rows - latent];
                matrix[i * n + j] += (side == 0 ? -slope : slope) / (2 * step);
            }
        }
        *value = kept;
    }
}

/* Cholesky of a small dense matrix; returns its log determinant, NaN where it is not positive definite. */
static double slow_factor(double *a, size_t n)
{
    double value = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= a[i * n + k] * a[j * n + k];
            }
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
        value += 2 * log(a[i * n + i]);
    }
    return value;
}

static void slow_solve(const double *factor, size_t n, double *vector)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            vector[i] -= factor[i * n + k] * vector[k];
        }
        vector[i] /= factor[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            vector[i] -= factor[k * n + i] * vector[k];
        }
        vector[i] /= factor[i * n + i];
    }
}

/* Variance of the linear form with these entries, by the slow factor. */
static double slow_variance(const double *factor, size_t n, const double *form)
{
    double *solved = calloc(n, sizeof(double)), sum = 0;
    memcpy(solved, form, n * sizeof(double));
    slow_solve(factor, n, solved);
    for (size_t i = 0; i < n; i++) {
        sum += form[i] * solved[i];
    }
    free(solved);
    return sum;
}

/* Of levels, log R, log means of rows and their noise: what the selected inverse gives. */
static void variances_are_of_the_dense_inverse(struct built *b, struct renewal_fit *fit, const double *factor, size_t n)
{
    const struct renewal_problem *p = &b->problem;
    struct renewal_moments moments;
    struct vg_error error;
    double *form = calloc(n, sizeof(double)), by_level[RENEWAL_LAGS_MOST + 16], noise = 0, tau = exp(fit->mode.hyper[RENEWAL_TAU]);
    vg_assert_ok(renewal_moments_new(p, &b->arena, &moments, &error), error);
    memset(fit->gradient.level, 0, renewal_point_length(p) * sizeof(double));
    renewal_moments_of(p, fit, &moments);
    for (size_t i = 0; i < p->n_latent; i += 5) {
        memset(form, 0, n * sizeof(double));
        form[p->n_rows + i] = 1;
        vg_assert_near(moments.level[i], slow_variance(factor, n, form), 2e-3 * moments.level[i]);
        if (i >= p->n_seed) {
            memset(form, 0, n * sizeof(double));
            renewal_log_r_by_level(p, &fit->state, i, by_level);
            memcpy(form + p->n_rows + i - p->n_generation, by_level, (p->n_generation + 1) * sizeof(double));
            vg_assert_near(moments.log_r[i], slow_variance(factor, n, form), 2e-3 * moments.log_r[i]);
        }
    }
    for (size_t k = 0; k < p->n_rows; k++) {
        memset(form, 0, n * sizeof(double));
        form[k] = 1;
        noise += slow_variance(factor, n, form) / (tau * tau);
        for (size_t j = 0; j < p->n_kernel; j++) {
            size_t i = renewal_row_end(p, k) - j;
            form[p->n_rows + i] = p->kernel[j] * fit->state.infections[i] / fit->state.expected[k];
        }
        form[p->n_rows + p->n_latent + p->layout.weekday + p->rows[k].weekday] = 1;
        vg_assert_near(moments.mean[k], slow_variance(factor, n, form), 2e-3 * moments.mean[k]);
    }
    free(form);
    vg_assert_near(moments.noise, noise, 0.03 * noise + 0.1);
}

/* What the moments say of the determinant's change by the excess, by the determinants to either side at the same point. */
static void the_determinant_changes_by_the_excess_as_the_moments_say(struct built *b, struct renewal_fit *fit)
{
    const struct renewal_problem *p = &b->problem;
    struct renewal_moments moments;
    struct vg_error error;
    double found[2], step = 0.01;
    vg_assert_ok(renewal_moments_new(p, &b->arena, &moments, &error), error);
    memset(fit->gradient.level, 0, renewal_point_length(p) * sizeof(double));
    (void)renewal_density(p, &fit->mode, &fit->state);
    renewal_curvature_fill(p, &fit->mode, &fit->state, true, &fit->curvature);
    assert_true(renewal_curvature_factor(p, &fit->curvature));
    renewal_moments_of(p, fit, &moments);
    for (size_t i = 0; i < 2; i++) {
        struct renewal_point moved = fit->mode;
        moved.hyper[RENEWAL_EXCESS] += i == 0 ? -step : step;
        (void)renewal_density(p, &moved, &fit->state);
        renewal_curvature_fill(p, &moved, &fit->state, true, &fit->curvature);
        assert_true(renewal_curvature_factor(p, &fit->curvature));
        found[i] = fit->curvature.log_determinant;
    }
    double slope = (found[1] - found[0]) / (2 * step);
    print_message("log determinant by log excess: %.3f, by difference %.3f\n", moments.by_excess, slope);
    /* Of complete rows every other is looked at. */
    vg_assert_near(moments.by_excess, slope, 0.04 * fabs(slope) + 0.02);
}

/* Near the mode, where the whole curvature is positive definite. */
static void the_curvature_solves_as_a_dense_matrix_does(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < KINDS; run++) {
        struct built b;
        struct vg_error error;
        struct renewal_fit fit;
        build(&b, run, run);
        const struct renewal_problem *p = &b.problem;
        size_t rows = p->n_rows, latent = p->n_latent, theta = p->layout.n, n = rows + latent + theta;
        vg_assert_ok(renewal_fit_new(p, NULL, &b.arena, &fit, &error), error);
        renewal_start(p, &fit.mode);
        assert_true(renewal_mode(p, NULL, false, &fit));
        renewal_point_copy(p, &b.point, &fit.mode);
        double *matrix = calloc(n * n, sizeof(double)), *right = calloc(n, sizeof(double));
        slow_curvature(&b, matrix);
        double log_determinant = slow_factor(matrix, n);
        (void)renewal_density(p, &b.point, &b.state);
        renewal_gradient(p, &b.point, &b.state, &b.gradient);
        renewal_curvature_fill(p, &b.point, &b.state, true, &fit.curvature);
        assert_true(renewal_curvature_factor(p, &fit.curvature));
        vg_assert_near(fit.curvature.log_determinant, log_determinant, 1e-4 * fabs(log_determinant));
        struct vg_random random = vg_random_stream(3, run, 0, 0);
        for (size_t i = 0; i < n; i++) {
            right[i] = vg_random_normal(&random);
            *(i < rows ? &b.gradient.noise[i] : i < rows + latent ? &b.gradient.level[i - rows] : &b.gradient.theta[i - rows - latent]) = right[i];
        }
        renewal_curvature_solve(p, &fit.curvature, &b.gradient, &b.other);
        slow_solve(matrix, n, right);
        double largest = 0;
        for (size_t i = 0; i < n; i++) {
            largest = fabs(right[i]) > largest ? fabs(right[i]) : largest;
        }
        for (size_t i = 0; i < n; i++) {
            double found = i < rows ? b.other.noise[i] : i < rows + latent ? b.other.level[i - rows] : b.other.theta[i - rows - latent];
            vg_assert_near(found, right[i], 1e-3 * (0.1 * largest + fabs(right[i])));
        }
        variances_are_of_the_dense_inverse(&b, &fit, matrix, n);
        the_determinant_changes_by_the_excess_as_the_moments_say(&b, &fit);
        free(matrix);
        free(right);
        release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_agree_with_the_negative_binomial),
        cmocka_unit_test(the_likelihood_is_the_obvious_one),
        cmocka_unit_test(the_gradient_is_the_density_s),
        cmocka_unit_test(the_curvature_solves_as_a_dense_matrix_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
