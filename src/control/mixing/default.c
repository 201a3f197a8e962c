/*
 * A contact matrix from published facts, for places where none was measured. Each setting is a kernel between single years of age that says who is likely to meet whom,
 * balanced so that everyone has the setting's contacts (Mistry et al. 2021) in as far as they take part in it. docs/mixing.md has the sources.
 */
#include "control/mixing/mixing.h"

#include <math.h>
#include <string.h>

#define YEARS ((size_t)VG_AGE_YEARS)
#define CELLS ((size_t)VG_AGE_YEARS * VG_AGE_YEARS)

/* A share by age, straight lines between knots. */
struct knot { int age; double share; };

static void draw_lines(const struct knot *knots, size_t n_knots, double *share)
{
    size_t segment = 0;
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        while (segment + 2 < n_knots && age >= knots[segment + 1].age) {
            segment++;
        }
        const struct knot *a = &knots[segment], *b = &knots[segment + 1];
        double along = (double)(age - a->age) / (b->age - a->age);
        share[age] = a->share + fmin(fmax(along, 0.0), 1.0) * (b->share - a->share);
    }
}

struct vg_mixing_assumptions vg_mixing_assumptions_default(void)
{
    /* Attendance: 3-5 and 6-11, 12-17, 18-24 as CEPALSTAT has them for Latin America about 2018. Employment: ILO, the region, 2019. Both rounded. */
    static const struct knot attendance[] = {{0, 0.02}, {2, 0.15}, {4, 0.75}, {6, 0.97}, {11, 0.98}, {14, 0.93}, {17, 0.72}, {19, 0.42}, {22, 0.28}, {26, 0.10}, {32, 0.03}, {45, 0.0}};
    static const struct knot employment[] = {{14, 0.0}, {15, 0.12}, {18, 0.36}, {22, 0.58}, {27, 0.70}, {35, 0.76}, {45, 0.76}, {54, 0.68}, {60, 0.52}, {65, 0.34}, {70, 0.20}, {80, 0.04}, {90, 0.0}};
    struct vg_mixing_assumptions assumptions = {.home = 4.11, .school = 11.41, .work = 8.07, .other = 2.79, .pupils_per_teacher = 20.0,
                                                .parent_gap_years = 27.5, .parent_gap_sd_years = 6.5, .leaving_home_years = 26.0};
    draw_lines(attendance, sizeof attendance / sizeof *attendance, assumptions.attendance);
    draw_lines(employment, sizeof employment / sizeof *employment, assumptions.employment);
    return assumptions;
}

static double bell(double x, double sd) { return exp(-0.5 * (x / sd) * (x / sd)); }

static double with_parents(const struct vg_mixing_assumptions *assumptions, double age) { return 1.0 / (1.0 + exp((age - assumptions->leaving_home_years) / 3.0)); }

/*
 * Members of one household: partners of about the same age (the gap between man and woman is some three years), brothers and sisters while both live with
 * their parents, parents with children, grandparents with either.
 */
static double home_kernel(const struct vg_mixing_assumptions *assumptions, double younger, double older)
{
    double gap = older - younger, child = with_parents(assumptions, younger), old_child = with_parents(assumptions, older);
    double partners = (1.0 - child) * (1.0 - old_child) * 0.5 * (bell(gap - 2.5, 3.5) + bell(gap + 2.5, 3.5)) / 3.5;
    double siblings = child * old_child * bell(gap, 4.5) / 4.5;
    double sd = assumptions->parent_gap_sd_years;
    double parents = child * (1.0 - old_child) * bell(gap - assumptions->parent_gap_years, sd) / sd;
    double grown = 0.12 * (1.0 - child) * bell(gap - assumptions->parent_gap_years, sd) / sd;
    double grandparents = 0.12 * bell(gap - 2.0 * assumptions->parent_gap_years, 1.4 * sd) / sd;
    return partners + siblings + parents + grown + grandparents + 0.0005;
}

static void fill_home(const struct vg_mixing_assumptions *assumptions, double *kernel, double *totals)
{
    for (size_t i = 0; i < YEARS; i++) {
        for (size_t j = 0; j <= i; j++) {
            kernel[i * YEARS + j] = kernel[j * YEARS + i] = home_kernel(assumptions, (double)j, (double)i);
        }
        totals[i] = assumptions->home;
    }
}

/* Pupils meet those of their class most (a year or so apart), others of their school less, and teachers. */
static void fill_school(const struct vg_mixing_assumptions *assumptions, const struct vg_age_pyramid *pyramid, double *kernel, double *totals)
{
    double teachers[VG_AGE_YEARS], pupils = 0.0, staff = 0.0;
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        teachers[age] = age >= 22 && age < 65 ? assumptions->employment[age] : 0.0;
        pupils += assumptions->attendance[age] * pyramid->population[age];
        staff += teachers[age] * pyramid->population[age];
    }
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        teachers[age] *= staff > 0.0 ? fmin(pupils / assumptions->pupils_per_teacher / staff, 1.0) : 0.0;
        totals[age] = assumptions->school * fmin(assumptions->attendance[age] + teachers[age], 1.0);
    }
    /* Relative to meetings among pupils of one age: mixed over a school's ages about 6 years wide. */
    for (size_t i = 0; i < YEARS; i++) {
        for (size_t j = 0; j < YEARS; j++) {
            double gap = (double)i - (double)j;
            double classmates = 0.75 * bell(gap, 1.2) / 1.2 + 0.25 * bell(gap, 3.5) / 3.5;
            double a = assumptions->attendance[i], b = assumptions->attendance[j];
            kernel[i * YEARS + j] = a * b * classmates + 0.05 * (a * teachers[j] + b * teachers[i]) + 0.1 * teachers[i] * teachers[j];
        }
    }
}

static void fill_work(const struct vg_mixing_assumptions *assumptions, double *kernel, double *totals)
{
    for (size_t i = 0; i < YEARS; i++) {
        for (size_t j = 0; j < YEARS; j++) {
            kernel[i * YEARS + j] = assumptions->employment[i] * assumptions->employment[j];
        }
        totals[i] = assumptions->work * assumptions->employment[i];
    }
}

static void fill_other(const struct vg_mixing_assumptions *assumptions, double *kernel, double *totals)
{
    for (size_t i = 0; i < YEARS; i++) {
        for (size_t j = 0; j < YEARS; j++) {
            kernel[i * YEARS + j] = 1.0;
        }
        totals[i] = assumptions->other;
    }
}

static bool plausible(const struct vg_mixing_assumptions *assumptions, const struct vg_age_pyramid *pyramid)
{
    bool good = assumptions->home >= 0.0 && assumptions->school >= 0.0 && assumptions->work >= 0.0 && assumptions->other >= 0.0 && assumptions->pupils_per_teacher > 0.0 &&
                assumptions->parent_gap_sd_years > 0.0 && vg_age_pyramid_total(pyramid) > 0.0;
    for (int age = 0; age < VG_AGE_YEARS && good; age++) {
        good = assumptions->attendance[age] >= 0.0 && assumptions->attendance[age] <= 1.0 && assumptions->employment[age] >= 0.0 && assumptions->employment[age] <= 1.0 &&
               pyramid->population[age] >= 0.0;
    }
    return good;
}

vg_status vg_mixing_default(const struct vg_age_pyramid *pyramid, const struct vg_mixing_assumptions *assumptions, const struct vg_age_bands *bands, struct vg_arena *arena,
                            struct vg_contact_matrices *matrices, struct vg_error *error)
{
    struct vg_mixing_assumptions usual = vg_mixing_assumptions_default();
    const struct vg_mixing_assumptions *used = assumptions == NULL ? &usual : assumptions;
    const struct vg_age_bands years = vg_age_bands_regular(1, 100);
    struct vg_contact_matrices fine;
    double totals[VG_AGE_YEARS];
    double *kernel = VG_ARENA_ARRAY(arena, double, CELLS);
    if (!plausible(used, pyramid)) {
        return vg_fail(error, VG_USAGE_ERROR, "contacts, shares by age and people by age must not be negative, shares not above 1, and somebody must live there");
    }
    if (kernel == NULL || !vg_contact_matrices_new(&years, arena, &fine)) {
        return vg_fail_memory(error, CELLS * sizeof *kernel);
    }
    for (enum vg_setting setting = 0; setting < VG_SETTING_COUNT; setting++) {
        switch (setting) {
        case VG_SETTING_HOME: fill_home(used, kernel, totals); break;
        case VG_SETTING_SCHOOL: fill_school(used, pyramid, kernel, totals); break;
        case VG_SETTING_WORK: fill_work(used, kernel, totals); break;
        default: fill_other(used, kernel, totals); break;
        }
        vg_status status = vg_mixing_balance(kernel, pyramid->population, totals, YEARS, fine.contacts[setting], error);
        if (status != VG_OK) {
            return vg_fail_context(error, "contacts at %s: ", vg_setting_name(setting));
        }
    }
    return vg_mixing_regroup(&fine, pyramid, bands, arena, matrices, error);
}
