/*
 * The renewal engine on many series at once: results are the same for any number of threads and however the series are given, and small places gain from
 * their parent.
 */
#include "renewal_fixture.h"

#define DELAYS_MOST 16

#define PLACES 9

struct places {
    struct vg_triangle triangles[PLACES];
    struct renewal_truth truths[PLACES];
};

static void simulate_places(struct places *p)
{
    static const double levels[PLACES] = {60, 2, 25, 1, 40, 3, 8, 2, 0.05};
    for (uint32_t i = 0; i < PLACES; i++) {
        struct renewal_simulation s = usual;
        s.level = levels[i];
        simulate(&s, 100 + i, &p->triangles[i], &p->truths[i]);
    }
}

static void free_places(struct places *p)
{
    for (size_t i = 0; i < PLACES; i++) {
        renewal_simulation_free(&p->triangles[i], &p->truths[i]);
    }
}

struct kept_one {
    enum vg_series_status status;
    double values[4][180 * VG_QUANTILE_COUNT], means[4][180], delays[3][DELAYS_MOST], hyper[2 * VG_RENEWAL_HYPER_COUNT];
    char message[256];
};

static void keep(void *context, size_t series, const struct vg_renewal_estimate *e, const char *message)
{
    struct kept_one *out = (struct kept_one *)context + series;
    const struct vg_quantile_series *all[4] = {&e->rt, &e->infections, &e->expected_final, &e->forecast};
    memset(out, 0, sizeof *out);
    out->status = e->status;
    (void)snprintf(out->message, sizeof out->message, "%.200s", message != NULL ? message : "");
    for (size_t i = 0; i < 4 && e->status == VG_SERIES_OK; i++) {
        memcpy(out->values[i], all[i]->values, all[i]->n_steps * VG_QUANTILE_COUNT * sizeof(double));
        memcpy(out->means[i], all[i]->mean, all[i]->n_steps * sizeof(double));
    }
    for (size_t i = 0; i < 3 && e->status == VG_SERIES_OK; i++) {
        const double *from = i == 0 ? e->delay_cumulative : i == 1 ? e->delay_low : e->delay_high;
        memcpy(out->delays[i], from, e->n_delays * sizeof(double));
    }
    memcpy(out->hyper, e->hyper_mean, sizeof e->hyper_mean);
    memcpy(out->hyper + VG_RENEWAL_HYPER_COUNT, e->hyper_sd, sizeof e->hyper_sd);
}

static void run_many(const struct vg_triangle *triangles, size_t n, bool pooled, unsigned threads, const struct vg_renewal_parameters *parameters,
                     struct kept_one *out)
{
    const struct vg_renewal_batch batch = {.triangles = triangles, .n = n, .pooled = pooled, .take = keep, .context = out};
    struct vg_pool *pool = vg_pool_new(threads);
    struct vg_error error;
    vg_assert_ok(vg_renewal_many(&batch, parameters, pool, &error), error);
    vg_pool_free(pool);
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const unsigned threads[] = {1, 2, 7};
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *first = calloc(PLACES, sizeof *first), *other = calloc(PLACES, sizeof *other);
    simulate_places(&places);
    for (size_t pooled = 0; pooled < 2; pooled++) {
        run_many(places.triangles, PLACES, pooled == 1, threads[0], &parameters, first);
        assert_int_equal(first[0].status, VG_SERIES_OK);
        for (size_t i = 1; i < 3; i++) {
            run_many(places.triangles, PLACES, pooled == 1, threads[i], &parameters, other);
            assert_memory_equal(first, other, PLACES * sizeof *first);
        }
        for (uint32_t series = 0; series < PLACES && pooled == 0; series++) {
            struct fitted f;
            parameters.series = series;
            fit(&places.triangles[series], &parameters, &f);
            keep(other, series, &f.estimate, f.error.message);
            assert_memory_equal(&first[series], &other[series], sizeof *first);
            vg_arena_release(&f.arena);
        }
    }
    free_places(&places);
    free(first);
    free(other);
}

struct given { const struct places *places; struct kept_one *kept; };
static bool give_one(void *context, size_t series, struct vg_arena *arena, struct vg_triangle *triangle)
{
    (void)arena;
    *triangle = ((const struct given *)context)->places->triangles[series];
    return true;
}

static void keep_given(void *context, size_t series, const struct vg_renewal_estimate *e, const char *message)
{
    keep(((struct given *)context)->kept, series, e, message);
}

static void triangles_are_given_one_by_one_and_the_large_may_stand_alone(void **state)
{
    (void)state;
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *kept = calloc(3 * PLACES, sizeof *kept);
    struct vg_error error;
    simulate_places(&places);
    run_many(places.triangles, PLACES, true, 2, &parameters, kept);
    run_many(places.triangles, PLACES, false, 2, &parameters, kept + PLACES);
    struct given given = {&places, kept + 2 * PLACES};
    const struct vg_renewal_batch batch = {.give = give_one, .n = PLACES, .pooled = true, .alone_reports = 1000, .take = keep_given, .context = &given};
    vg_assert_ok(vg_renewal_many(&batch, &parameters, NULL, &error), error);
    for (size_t i = 0; i < PLACES; i++) {
        double reports = 0;
        for (size_t cell = 0; cell < places.triangles[i].n_references * places.triangles[i].n_delays; cell++) {
            reports += places.triangles[i].increments[cell] > 0 ? places.triangles[i].increments[cell] : 0;
        }
        assert_memory_equal(&given.kept[i], &kept[reports >= 1000 ? PLACES + i : i], sizeof *kept);
    }
    free_places(&places);
    free(kept);
}

static void a_series_without_sense_is_named(void **state)
{
    (void)state;
    struct places places;
    struct vg_renewal_parameters parameters = parameters_of(&usual);
    struct kept_one *kept = calloc(PLACES, sizeof *kept);
    const struct vg_renewal_batch batch = {.triangles = places.triangles, .n = PLACES, .take = keep, .context = kept};
    struct vg_error error;
    simulate_places(&places);
    places.triangles[5].step_days = 2;
    assert_int_equal(vg_renewal_many(&batch, &parameters, NULL, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "series 5"));
    free_places(&places);
    free(kept);
}

/* -------------------------------------------------------------------- pooling */

#define LARGE_PLACES 4
#define SMALL_PLACES 14

/* Places with the same delays; the small ones cannot know them by themselves. */
static void small_places_gain_from_their_parent(void **state)
{
    (void)state;
    struct renewal_simulation s = usual;
    struct vg_renewal_parameters parameters = parameters_of(&s);
    struct vg_triangle triangles[LARGE_PLACES + SMALL_PLACES];
    struct renewal_truth truths[LARGE_PLACES + SMALL_PLACES];
    struct kept_one *kept = calloc(LARGE_PLACES + SMALL_PLACES, sizeof *kept);
    double delay_error[2] = {0, 0}, count_error[2] = {0, 0}, width[2] = {0, 0};
    s.weekdays = false;
    s.upsilon = 0.02;
    s.delay_meanlog = 1.4;
    for (uint32_t i = 0; i < LARGE_PLACES + SMALL_PLACES; i++) {
        s.level = i < LARGE_PLACES ? 40 : 1.5;
        simulate(&s, 200 + i, &triangles[i], &truths[i]);
    }
    for (size_t pooled = 0; pooled < 2; pooled++) {
        run_many(triangles, LARGE_PLACES + SMALL_PLACES, pooled == 1, 2, &parameters, kept);
        for (size_t i = LARGE_PLACES; i < LARGE_PLACES + SMALL_PLACES; i++) {
            assert_int_equal(kept[i].status, VG_SERIES_OK);
            for (size_t d = 0; d + 1 < s.n_delays; d++) {
                double end = vg_lognormal_cdf((double)s.n_delays, s.delay_meanlog, s.delay_sdlog);
                double share = vg_lognormal_cdf((double)d + 1, s.delay_meanlog, s.delay_sdlog) / end;
                delay_error[pooled] += fabs(kept[i].delays[0][d] - share) / (SMALL_PLACES * (double)(s.n_delays - 1));
            }
            for (size_t k = s.n - 6; k < s.n; k++) {
                const double *q = kept[i].values[2] + k * VG_QUANTILE_COUNT;
                count_error[pooled] += fabs(q[VG_QUANTILE_MEDIAN] - truths[i].counts[k]) / (6.0 * SMALL_PLACES);
                width[pooled] += (q[8] - q[0]) / (6.0 * SMALL_PLACES);
            }
        }
    }
    print_message("small places, alone and pooled: error of the share reported %.3f and %.3f, of counts %.2f and %.2f, 95 %% interval %.1f and %.1f wide\n",
                  delay_error[0], delay_error[1], count_error[0], count_error[1], width[0], width[1]);
    assert_true(delay_error[1] < 0.7 * delay_error[0]);
    assert_true(count_error[1] < count_error[0]);
    for (size_t i = 0; i < LARGE_PLACES + SMALL_PLACES; i++) {
        renewal_simulation_free(&triangles[i], &truths[i]);
    }
    free(kept);
}

/*
 * The sum of many places that report alike is smoother than any prior expects: its scales lie far out, and a search that gives up on the way there
 * leaves every place without a parent.
 */
static void a_parent_of_smooth_counts_is_found(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 12; run++) {
        struct renewal_simulation s = usual;
        struct vg_triangle triangle;
        struct renewal_truth truth;
        struct vg_renewal_parameters parameters = parameters_of(&s);
        struct fitted f;
        s.n = 120;
        s.n_delays = 30;
        s.level = 60000;
        s.sigma = 0.01;
        s.tau = s.upsilon = 0;
        s.delay_meanlog = 1.7;
        simulate(&s, 400 + run, &triangle, &truth);
        assert_int_equal(sane(&triangle, &parameters, &f), VG_SERIES_OK);
        vg_arena_release(&f.arena);
        renewal_simulation_free(&triangle, &truth);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(triangles_are_given_one_by_one_and_the_large_may_stand_alone),
        cmocka_unit_test(a_series_without_sense_is_named),
        cmocka_unit_test(small_places_gain_from_their_parent),
        cmocka_unit_test(a_parent_of_smooth_counts_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
