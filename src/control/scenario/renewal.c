/*
 * The epidemic by the age-structured renewal equation (Kermack and McKendrick 1927; Fraser 2007), in whole days and with the engine's own
 * parameters, so that the two differ by what draws, households and places do and by nothing else.
 */
#include "control/scenario/scenario.h"

#include <math.h>
#include <string.h>

#define LAW_MAX (4 * VG_DELAY_DAYS_MAX)

struct law { double share[LAW_MAX]; size_t n; };

/* As the engine brings a delay to whole days: rounded to the nearest. */
static struct law law_of(struct vg_delay delay)
{
    struct law law = {{0}, 1};
    double variance = delay.sd_days * delay.sd_days;
    if (!(variance > 0) || !(delay.mean_days > 0)) {
        law.n = (size_t)fmin(VG_DELAY_DAYS_MAX, fmax(0, floor(delay.mean_days + 0.5))) + 1;
        law.share[law.n - 1] = 1;
        return law;
    }
    double shape = delay.mean_days * delay.mean_days / variance;
    double scale = variance / delay.mean_days;
    double below = 0;
    for (law.n = 0; law.n <= VG_DELAY_DAYS_MAX && below < 1 - 1e-9; law.n++) {
        double up_to = law.n == VG_DELAY_DAYS_MAX ? 1 : vg_gamma_cdf((double)law.n + 0.5, shape, scale);
        law.share[law.n] = up_to - below;
        below = up_to;
    }
    return law;
}

static struct law after(const struct law *a, const struct law *b)
{
    struct law sum = {{0}, 0};
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < b->n && i + j < LAW_MAX; j++) {
            sum.share[i + j] += a->share[i] * b->share[j];
            sum.n = i + j + 1 > sum.n ? i + j + 1 : sum.n;
        }
    }
    return sum;
}

static void put(const struct law *law, double *share, size_t capacity, size_t *n)
{
    *n = law->n < capacity ? law->n : capacity;
    memcpy(share, law->share, *n * sizeof *share);
}

static double of_age(const double *shares, size_t age)
{
    return shares == NULL ? 0 : shares[age];
}

/* Shares of the infected, and how the deaths of the three ways are mixed when all ages are hit alike. */
static void take_course(const struct vg_scenario_world *world, struct vg_renewal_world *renewal, double ways[3])
{
    const struct vg_disease *d = &world->disease;
    for (size_t a = 0; a < renewal->n_ages; a++) {
        double ill = of_age(d->symptomatic, a);
        double ward = of_age(d->ward, a);
        double icu = of_age(d->icu, a);
        renewal->ill[a] = ill;
        renewal->ward[a] = ill * ward;
        renewal->icu[a] = ill * ward * icu;
        renewal->death_outside[a] = ill * (1 - ward) * of_age(d->death_home, a);
        double in_ward = ill * ward * (1 - icu) * of_age(d->death_ward, a);
        double in_icu = ill * ward * icu * of_age(d->death_icu, a);
        renewal->death_hospital[a] = in_ward + in_icu;
        ways[0] += renewal->persons[a] * renewal->death_outside[a];
        ways[1] += renewal->persons[a] * in_ward;
        ways[2] += renewal->persons[a] * in_icu;
    }
}

static void take_delays(const struct vg_scenario *scenario, const struct vg_scenario_world *world, const double ways[3], struct vg_renewal_world *renewal)
{
    const struct vg_disease *d = &world->disease;
    const struct vg_delay to_report = {scenario->observation.delay_mean_days, scenario->observation.delay_sd_days};
    struct law incubation = law_of(d->incubation);
    struct law steps[] = {law_of(to_report), law_of(d->onset_to_admission), law_of(d->admission_to_icu), law_of(d->onset_to_death), law_of(d->ward_to_death), law_of(d->icu_to_death)};
    struct law report = after(&incubation, &steps[0]);
    struct law ward = after(&incubation, &steps[1]);
    struct law icu = after(&ward, &steps[2]);
    struct law deaths[] = {after(&incubation, &steps[3]), after(&ward, &steps[4]), after(&icu, &steps[5])};
    struct law death = {{0}, 0};
    double all = ways[0] + ways[1] + ways[2];
    for (size_t way = 0; way < 3; way++) {
        for (size_t day = 0; all > 0 && day < deaths[way].n; day++) {
            death.share[day] += ways[way] / all * deaths[way].share[day];
            death.n = day + 1 > death.n ? day + 1 : death.n;
        }
    }
    put(&report, renewal->report_delay, sizeof renewal->report_delay / sizeof(double), &renewal->n_report);
    put(&ward, renewal->ward_delay, sizeof renewal->ward_delay / sizeof(double), &renewal->n_ward);
    put(&icu, renewal->icu_delay, sizeof renewal->icu_delay / sizeof(double), &renewal->n_icu);
    put(&death, renewal->death_delay, sizeof renewal->death_delay / sizeof(double), &renewal->n_death);
}

/* profile[s - 1]: share of transmission s days after infection. */
static void take_profile(const struct vg_disease *d, struct vg_renewal_world *renewal)
{
    struct law incubation = law_of(d->incubation);
    size_t capacity = sizeof renewal->profile / sizeof(double);
    for (size_t i = 0; i < d->n_profile; i++) {
        for (size_t onset = 0; onset < (d->profile_from_onset ? incubation.n : 1); onset++) {
            int day = d->profile_first_day + (int)i + (int)(d->profile_from_onset ? onset : 0);
            size_t at = (size_t)(day < 1 ? 0 : day - 1);
            if (at < capacity) {
                renewal->profile[at] += d->profile[i] * (d->profile_from_onset ? incubation.share[onset] : 1);
                renewal->n_profile = at + 1 > renewal->n_profile ? at + 1 : renewal->n_profile;
            }
        }
    }
}

void vg_control_renewal_world(const struct vg_scenario *scenario, const struct vg_scenario_world *world, struct vg_renewal_world *renewal)
{
    const struct vg_disease *d = &world->disease;
    double ways[3] = {0, 0, 0};
    *renewal = (struct vg_renewal_world){.n_ages = world->n_ages, .persons = world->age_persons, .ngm = world->ngm, .import_days = scenario->begin.days,
                                         .immune_days = (size_t)world->lead_days / 2};
    take_course(world, renewal, ways);
    take_delays(scenario, world, ways, renewal);
    take_profile(d, renewal);
    int year = 0;
    int month = 0;
    int day_of_month = 0;
    vg_date_to_civil(scenario->start, &year, &month, &day_of_month);
    double day_of_year = scenario->start - vg_date_from_civil(year, 1, 1);
    for (size_t day = 0; day < VG_ENGINE_DAYS_MAX; day++) {
        const struct vg_protection *p = &d->natural_infection;
        double since = (double)day - p->delay_days;
        double level = since < 0 ? 0 : p->half_life_days > 0 ? p->final + (p->initial - p->final) * exp2(-since / p->half_life_days) : p->initial;
        renewal->protection[day] = (double)day < d->refractory_days ? 1 : level;
        renewal->season[day] = 1 + d->season_amplitude * cos(2 * acos(-1) * (day_of_year + (double)day - d->season_peak_day) / 365.25);
    }
    for (size_t a = 0; a < world->n_ages; a++) {
        double immune = scenario->begin.immune_by_age.count > 0 ? scenario->begin.immune_by_age.items[a] : scenario->begin.immune_share;
        renewal->immune[a] = world->lead_days == 0 ? 0 : immune;
    }
}

/* ------------------------------------------------------------------ the run */

/* Persons of the age who can be infected on the day; without waning a running sum does. */
static double susceptible(const struct vg_renewal_world *r, const double *infected, size_t n_days, size_t age, size_t day, double so_far, bool wanes)
{
    size_t ago = day + r->immune_days;
    double persons = r->persons[age] * (1 - r->immune[age] * r->protection[ago < VG_ENGINE_DAYS_MAX ? ago : VG_ENGINE_DAYS_MAX - 1]);
    const double *mine = infected + age * n_days;
    if (!wanes) {
        return fmax(0, persons - so_far);
    }
    for (size_t before = 0; before < day; before++) {
        persons -= mine[before] * r->protection[day - before];
    }
    return fmax(0, persons);
}

static double pressure_of(const struct vg_renewal_world *r, const double *infected, size_t day)
{
    double sum = 0;
    for (size_t s = 1; s <= r->n_profile && s <= day; s++) {
        sum += r->profile[s - 1] * infected[day - s];
    }
    return sum;
}

static void run_infections(const struct vg_renewal_world *r, const struct vg_scenario_history *history, size_t n_days, double *infected)
{
    double so_far[VG_AGES_MAX] = {0};
    double pressure[VG_AGES_MAX];
    double people = 0;
    bool wanes = r->protection[n_days < VG_ENGINE_DAYS_MAX ? n_days : VG_ENGINE_DAYS_MAX - 1] < 1;
    for (size_t a = 0; a < r->n_ages; a++) {
        people += r->persons[a];
    }
    for (size_t day = 0; day < n_days; day++) {
        size_t block = day / (size_t)history->block_days;
        double factor = r->season[day] * history->transmission[block < history->n_blocks ? block : history->n_blocks - 1];
        for (size_t a = 0; a < r->n_ages; a++) {
            pressure[a] = pressure_of(r, infected + a * n_days, day);
        }
        for (size_t b = 0; b < r->n_ages; b++) {
            double force = 0;
            for (size_t a = 0; a < r->n_ages; a++) {
                force += pressure[a] * r->ngm[a * r->n_ages + b];
            }
            double n = r->persons[b];
            double left = susceptible(r, infected, n_days, b, day, so_far[b], wanes);
            double imported = (int32_t)day < r->import_days ? history->infections_per_day * n / people : 0;
            double now = n > 0 ? fmin(left, -left * expm1(-factor * force / n) + imported * left / n) : 0;
            infected[b * n_days + day] = now;
            so_far[b] += now;
        }
    }
}

static void add_delayed(const double *from, double share, const double *delay, size_t n_delay, size_t n_days, double *to)
{
    for (size_t day = 0; share > 0 && day < n_days; day++) {
        double here = share * from[day];
        for (size_t d = 0; here > 0 && d < n_delay && day + d < n_days; d++) {
            to[day + d] += here * delay[d];
        }
    }
}

void vg_control_renewal_run(const struct vg_renewal_world *r, const struct vg_scenario_history *history, double reported, size_t n_days, double *work,
                            double *infections, double *expected)
{
    /* Counts of all ages together are delayed once: delays do not depend on age. */
    double *sums = expected;
    run_infections(r, history, n_days, work);
    memset(expected, 0, VG_OBSERVED_KINDS * n_days * sizeof *expected);
    for (size_t day = 0; infections != NULL && day < n_days; day++) {
        infections[day] = 0;
    }
    double *source = work + r->n_ages * n_days;
    memset(source, 0, VG_OBSERVED_KINDS * n_days * sizeof *source);
    for (size_t a = 0; a < r->n_ages; a++) {
        double ward = r->ill[a] > 0 ? r->ward[a] / r->ill[a] : 0;
        double changed = history->severity * ward / (1 - ward + history->severity * ward);
        double times = ward > 0 ? changed / ward : 1;
        double outside = ward < 1 ? (1 - changed) / (1 - ward) : 1;
        double shares[VG_OBSERVED_KINDS] = {reported * r->ill[a], r->ward[a] * times, r->icu[a] * times,
                                            history->fatality * (r->death_outside[a] * outside + r->death_hospital[a] * times)};
        for (size_t day = 0; day < n_days; day++) {
            double now = work[a * n_days + day];
            for (size_t kind = 0; kind < VG_OBSERVED_KINDS; kind++) {
                source[kind * n_days + day] += shares[kind] * now;
            }
            if (infections != NULL) {
                infections[day] += now;
            }
        }
    }
    add_delayed(source, 1, r->report_delay, r->n_report, n_days, sums);
    add_delayed(source + n_days, 1, r->ward_delay, r->n_ward, n_days, sums + n_days);
    add_delayed(source + 2 * n_days, 1, r->icu_delay, r->n_icu, n_days, sums + 2 * n_days);
    add_delayed(source + 3 * n_days, 1, r->death_delay, r->n_death, n_days, sums + 3 * n_days);
}
