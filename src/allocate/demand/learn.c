/*
 * Growth of the census learnt from all places' past: a weighted ridge regression of log growth over 1, 2, 3 and 4 weeks on the
 * momentum of the census (of the place and of all places), on the growth of cases, on admissions against the census and on
 * their growth, shrunk to what other epidemics taught. Made again as of every former week with what was known then; its errors
 * there are the spread.
 */
#include "allocate/demand/internal.h"

#include <math.h>
#include <string.h>

#define PRIOR_DAYS 200.0  /* days of all places' data that the prior counts as */
#define PRIOR_ORIGINS 6.0 /* former forecasts that the usual errors count as */

#include "allocate/demand/prior.inc"

/* A place's growth between two days: with few patients it is mostly chance, and the whole's is taken instead. */
static double grown(const struct demand_rows *rows, size_t row, const double *logs, size_t day, size_t back, size_t earlier)
{
    const size_t to = day >= back ? day - back : 0, from = day >= earlier ? day - earlier : 0;
    const size_t whole = rows->n_places * rows->n_days, at = row * rows->n_days;
    const double own = logs[at + to] - logs[at + from], all = logs[whole + to] - logs[whole + from];
    const double weight = row == rows->n_places ? 1 : rows->census[at + day] / (rows->census[at + day] + DEMAND_SMALL);
    return weight * own + (1 - weight) * all;
}

/* The same of the census over days that are no whole week: less what the days of the week make of it, for a Tuesday's census
 * stands above a Saturday's in the fastest fall. */
static double grown_within(const struct demand_rows *rows, size_t row, size_t day, size_t back)
{
    const double *effect = rows->weekday[day];
    const size_t from = day >= back ? day - back : 0;
    return grown(rows, row, rows->log_census, day, 0, back) - (effect[day % 7] - effect[from % 7]);
}

void demand_features(const struct demand_rows *rows, size_t row, size_t day, size_t week, double x[DEMAND_FEATURES])
{
    const double *census = rows->log_census;
    const size_t whole = rows->n_places;
    x[0] = grown_within(rows, row, day, 3);
    x[1] = grown(rows, row, census, day, 0, 7);
    x[2] = grown(rows, row, census, day, 7, 14);
    x[3] = grown_within(rows, whole, day, 3);
    x[4] = grown(rows, whole, census, day, 0, 7);
    x[5] = grown(rows, whole, census, day, 7, 14);
    x[6] = grown(rows, whole, census, day, 14, 21);
    x[7] = x[4] * x[4]; /* what grows fast slows down, what falls fast goes on falling */
    for (size_t i = DEMAND_OF_CASES; i < DEMAND_FEATURES; i++) {
        x[i] = 0;
    }
    if (rows->log_cases != NULL) {
        x[DEMAND_OF_CASES] = grown(rows, row, rows->log_cases, day, 0, 7);
        x[DEMAND_OF_CASES + 1] = grown(rows, whole, rows->log_cases, day, 0, 7);
    }
    if (rows->admissions != NULL &&
        day >= rows->first[row] + DEMAND_FIRST_DAY) { /* before, what the stay makes of them is not known */
        x[DEMAND_OF_ADMISSIONS] = (double)rows->flat[(row * rows->n_days + day) * DEMAND_WEEKS + week];
        x[DEMAND_OF_ADMISSIONS + 1] = grown(rows, row, rows->log_week, day, 0, 7);
        x[DEMAND_OF_ADMISSIONS + 2] = grown(rows, whole, rows->log_week, day, 0, 7);
    }
    for (size_t i = 0; i < DEMAND_FEATURES; i++) {
        x[i] = fmin(fmax(x[i], -2), 2); /* a first patient, or a hospital that is emptied, is no growth rate */
    }
}

static double growth_after(const struct demand_rows *rows, size_t row, size_t day, size_t week)
{
    const size_t at = row * rows->n_days + day;
    return rows->log_census[at + 7 * (week + 1)] - rows->log_census[at];
}

bool demand_takes_part(const struct demand_rows *rows, size_t row)
{
    const size_t stride = rows->n_places / DEMAND_ROWS_LEARNT + 1;
    return row == rows->n_places || (row % stride == 0 && rows->status[row] == VG_DEMAND_OK);
}

/* A day counts by its patients, once for the whole and once for all places together. */
void demand_add_day(const struct demand_rows *rows, size_t day, size_t week, struct demand_moments *moments)
{
    double patients = 1;
    for (size_t row = 0; row < rows->n_places; row++) {
        patients += demand_takes_part(rows, row) ? rows->census[row * rows->n_days + day] : 0;
    }
    moments->patients += patients;
    moments->days++;
    for (size_t row = 0; row < rows->n_rows; row++) {
        double x[DEMAND_FEATURES];
        if (!demand_takes_part(rows, row)) {
            continue;
        }
        const double weight = row == rows->n_places ? patients : rows->census[row * rows->n_days + day],
                     y = fmin(fmax(growth_after(rows, row, day, week), -3), 3);
        demand_features(rows, row, day, week, x);
        for (size_t i = 0; i < DEMAND_FEATURES; i++) {
            moments->first[i] += weight * x[i] * y;
            for (size_t j = 0; j < DEMAND_FEATURES; j++) {
                moments->second[i][j] += weight * x[i] * x[j];
            }
        }
    }
}

static bool is_known(const struct demand_rows *rows, size_t feature)
{
    return feature < DEMAND_OF_CASES || (feature < DEMAND_OF_ADMISSIONS ? rows->log_cases != NULL : rows->admissions != NULL);
}

/* The shipped means a day, of what is known here, times the days that they count as; what no data speak about stays at 0. */
static void add_prior(const struct demand_rows *rows, enum vg_demand_prior prior, size_t week, struct demand_moments *moments)
{
    for (size_t i = 0; i < DEMAND_FEATURES; i++) {
        for (size_t from = 0; prior != VG_DEMAND_PRIOR_NONE && is_known(rows, i) && from < 2; from++) {
            if (prior == VG_DEMAND_PRIOR_BOTH || (size_t)prior - 1 == from) {
                const double share = prior == VG_DEMAND_PRIOR_BOTH ? 0.5 * PRIOR_DAYS : PRIOR_DAYS;
                for (size_t j = 0; j < DEMAND_FEATURES; j++) {
                    moments->second[i][j] += is_known(rows, j) ? share * prior_second[from][week][i][j] : 0;
                }
                moments->first[i] += share * prior_first[from][week][i];
            }
        }
        moments->second[i][i] +=
            0.12 * (i >= DEMAND_OF_CASES ? 1 : 0.02); /* and a little towards no effect, so that it can always be solved */
    }
}

/* Cholesky; the matrix is positive by the prior's diagonal. */
void demand_solve(const struct demand_moments *sums, const struct demand_rows *rows, enum vg_demand_prior prior, size_t week,
                  double coefficients[DEMAND_FEATURES])
{
    struct demand_moments mixed = {.days = sums->days}, *moments = &mixed;
    const double scale = sums->patients > 0 ? sums->days / sums->patients : 0;
    for (size_t i = 0; i < DEMAND_FEATURES; i++) {
        mixed.first[i] = sums->first[i] * scale;
        for (size_t j = 0; j < DEMAND_FEATURES; j++) {
            mixed.second[i][j] = sums->second[i][j] * scale;
        }
    }
    add_prior(rows, prior, week, &mixed);
    double l[DEMAND_FEATURES][DEMAND_FEATURES] = {{0}};
    for (size_t i = 0; i < DEMAND_FEATURES; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = moments->second[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= l[i][k] * l[j][k];
            }
            l[i][j] = i == j ? sqrt(fmax(sum, 1e-9)) : sum / l[j][j];
        }
    }
    for (size_t i = 0; i < DEMAND_FEATURES; i++) {
        double sum = moments->first[i];
        for (size_t k = 0; k < i; k++) {
            sum -= l[i][k] * coefficients[k];
        }
        coefficients[i] = sum / l[i][i];
    }
    for (size_t i = DEMAND_FEATURES; i-- > 0;) {
        double sum = coefficients[i];
        for (size_t k = i + 1; k < DEMAND_FEATURES; k++) {
            sum -= l[k][i] * coefficients[k];
        }
        coefficients[i] = sum / l[i][i];
    }
}

void demand_part_errors(const struct demand_errors *errors, const double usual[DEMAND_WEEKS], double usual_weight,
                        double square[DEMAND_WEEKS], double *small)
{
    *small = 1;
    for (size_t round = 0; round < 8; round++) { /* each is found from what the other leaves */
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            const double large = fmax(errors->squares[week] - *small * errors->chance[week], 0.1 * errors->squares[week]);
            square[week] = (large + usual_weight * usual[week] * usual[week]) / (errors->weights[week] + usual_weight);
            square[week] = week > 0 ? fmax(square[week], square[week - 1]) : square[week];
        }
        const double beyond = errors->small_squares - (double)errors->n_small * square[errors->small_week];
        /* 1: patients who come by chance, Poisson; as much as four weeks of a place without patients speak for it. */
        *small = fmin(fmax((beyond + 4) / (errors->small_weights + 4), 0.25), 4);
    }
}

struct errors {
    struct demand_errors of;
    double common, apart; /* squares of the places' mean error, and of the places' own, two weeks ahead */
    size_t n_common;
};

static void judge_day(const struct demand_rows *rows, size_t day, size_t week, const double coefficients[DEMAND_FEATURES],
                      struct errors *errors)
{
    double sum = 0, sum_squares = 0, total = 0, chance = 0;
    for (size_t row = 0; row < rows->n_rows; row++) {
        double x[DEMAND_FEATURES], off = 0;
        if (!demand_takes_part(rows, row)) {
            continue;
        }
        demand_features(rows, row, day, week, x);
        off = growth_after(rows, row, day, week);
        for (size_t i = 0; i < DEMAND_FEATURES; i++) {
            off -= x[i] * coefficients[i];
        }
        const double patients = rows->census[row * rows->n_days + day], weight = patients / (patients + DEMAND_SMALL);
        if (row == rows->n_places) {
            continue;
        }
        sum += weight * off;
        sum_squares += weight * off * off;
        total += weight;
        chance += weight / (patients + 1);
        if (week == errors->of.small_week) {
            errors->of.small_squares += off * off;
            errors->of.small_weights += 1 / (patients + 1);
            errors->of.n_small++;
        }
    }
    if (total > 0) { /* a week counts as one, however many places there are: they err together */
        errors->of.squares[week] += sum_squares / total;
        errors->of.weights[week] += 1;
        errors->of.chance[week] += chance / total;
        if (week == 1 && total > 2) {
            errors->common += sum / total * (sum / total);
            errors->apart += sum_squares / total;
            errors->n_common++;
        }
    }
}

static void settle(const struct errors *errors, struct demand_learnt *learnt)
{
    static const double usual[DEMAND_WEEKS] = {0.07, 0.15, 0.24, 0.33};
    demand_part_errors(&errors->of, usual, PRIOR_ORIGINS, learnt->square, &learnt->small);
    learnt->together = fmin(fmax((errors->common + 0.5 * 4 * 0.02) / (errors->apart + 4 * 0.02), 0.05), 0.95);
    learnt->n_former = (size_t)errors->of.weights[0];
}

vg_status demand_learn(const struct demand_rows *rows, enum vg_demand_prior prior, struct vg_arena *arena,
                       struct demand_learnt *learnt, struct vg_error *error)
{
    struct errors errors = {.of.small_week = 1};
    /* Coefficients as of each former week, until what they foretold has come. */
    const size_t n_former = rows->n_days / 7 + 1;
    double(*former)[DEMAND_WEEKS][DEMAND_FEATURES] = vg_arena_alloc(arena, n_former, sizeof *former);
    struct demand_moments moments[DEMAND_WEEKS];
    memset(moments, 0, sizeof moments);
    if (former == NULL) {
        return vg_fail_memory(error, n_former * sizeof *former);
    }
    for (size_t day = DEMAND_FIRST_DAY; day < rows->n_days; day++) {
        const bool origin = (rows->n_days - 1 - day) % 7 == 0;
        for (size_t week = 0; week < DEMAND_WEEKS; week++) {
            const size_t ahead = 7 * (week + 1);
            if (day >= DEMAND_FIRST_DAY + ahead) {
                demand_add_day(rows, day - ahead, week, &moments[week]);
                if (origin) {
                    judge_day(rows, day - ahead, week, former[(day - ahead) / 7][week], &errors);
                }
            }
            if (origin) {
                demand_solve(&moments[week], rows, prior, week, former[day / 7][week]);
            }
        }
    }
    for (size_t week = 0; week < DEMAND_WEEKS; week++) {
        demand_solve(&moments[week], rows, prior, week, learnt->coefficients[week]);
    }
    settle(&errors, learnt);
    return VG_OK;
}
