/*
 * Learning to nowcast by re-enactment. The triangle is read in the order in which it was published; after each report step the
 * nowcast is made as it would have been made then, and former nowcasts are compared with what has become known since.
 *
 * Model: reference date t will have c_t reports, of which delay d brings the share p_d w(t + d) / sum_j p_j w(t + j), with w
 * the effect of the report's weekday. Given c_t this is the chain ladder with a calendar effect (Mack 1993; Wüthrich and Merz
 * 2008); p is learnt from the odds of each delay against the shorter ones. The final count is a credibility mean (Bornhuetter
 * and Ferguson 1972) of the ladder and the level of the preceding dates.
 */
#include "monitor/nowcast_internal.h"

#include <math.h>

#define PRIOR_REPORTS 4.0 /* weight, in reports, of a slower learner's odds in a faster one's */
#define FIRST_PRIOR_REPORTS 1.0
#define WEEKDAY_HALF_LIFE 42.0
#define ERROR_HALF_LIFE_DAYS 35.0
#define LEVEL_DAMPING 0.6
#define MOST_GROWTH M_LN2      /* a week (weekly: two weeks) */
#define BATCH_SHARE 2.5        /* of more than this the rest is a clearing of backlog, not a change of delays */
#define SMALL_SHARE 0.2        /* a ladder that stands on a smaller share ... */
#define SMALL_SHARE_FACTOR 4.0 /* ... may not rise further above the level than this */

static const double half_lives_daily[NOWCAST_LEARNERS] = {180, 42, 21, 10};
static const double half_lives_weekly[NOWCAST_LEARNERS] = {156, 40, 20, 10};

static double *doubles(struct vg_arena *arena, size_t a, size_t b)
{
    size_t count;
    return vg_multiply_size(a, b, &count) ? VG_ARENA_ARRAY(arena, double, count) : NULL;
}

/* Odds of a delay that nothing is known of yet: exponential delays with a mean of a fifth of the span. */
static double first_odds(size_t delay, size_t n_delays)
{
    double rate = 5 / (double)n_delays;
    double before = 1 - exp(-rate * (double)delay);
    return (exp(-rate * (double)delay) - exp(-rate * ((double)delay + 1))) / before;
}

static vg_status init_learners(struct nowcast_work *work, struct vg_arena *arena, struct vg_error *error)
{
    bool daily = work->triangle->step_days == 1;
    size_t n_delays = work->n_delays;
    for (size_t i = 0; i < NOWCAST_LEARNERS; i++) {
        struct nowcast_learner *learner = &work->learners[i];
        learner->keep = exp2(-1 / (daily ? half_lives_daily[i] : half_lives_weekly[i]));
        learner->reports = doubles(arena, n_delays, 1);
        learner->exposure = doubles(arena, n_delays, 1);
        learner->probability = doubles(arena, n_delays, 1);
        learner->plain_within = doubles(arena, n_delays, 1);
        learner->within = doubles(arena, n_delays, work->season);
    }
    return arena->failed ? vg_fail_memory(error, n_delays * sizeof(double)) : VG_OK;
}

vg_status nowcast_work_init(struct nowcast_work *work, const struct vg_triangle *triangle, size_t window_references,
                            size_t sum_steps, struct vg_arena *arena, struct vg_error *error)
{
    size_t last_report;
    vg_status status = triangle_check(triangle, &last_report, error);
    if (status != VG_OK) {
        return status;
    }
    *work = (struct nowcast_work){.triangle = triangle, .n_delays = triangle->n_delays, .sum_steps = sum_steps};
    work->n = triangle->n_references < window_references ? triangle->n_references : window_references;
    work->first = triangle->n_references - work->n;
    work->n_horizons = triangle->n_delays - 1;
    work->season = triangle->step_days == 1 ? NOWCAST_SEASON : 1;
    /* Beyond the last reference's last delay nothing happens any more. */
    size_t longest = triangle->n_references - 1 + work->n_horizons;
    work->n_origins = (last_report < longest ? last_report : longest) - work->first + 1;
    size_t cells;
    size_t h = work->n_horizons;
    work->known = doubles(arena, work->n, 1);
    work->published = VG_ARENA_ARRAY(arena, int32_t, work->n);
    work->mean = doubles(arena, work->n, 1);
    work->share = doubles(arena, work->n, 1);
    work->ladder = doubles(arena, work->n_origins, h);
    work->level = doubles(arena, work->n_origins, h);
    work->ladder_share = doubles(arena, work->n_origins, h);
    work->single = doubles(arena, work->n_origins, h);
    work->candidates = doubles(arena, work->n_origins, h * NOWCAST_LEARNERS);
    work->cases = vg_multiply_size(work->n_origins, h, &cells) ? VG_ARENA_ARRAY(arena, struct nowcast_case, cells) : NULL;
    work->squares = doubles(arena, h, NOWCAST_LEARNERS);
    work->credibility_weight = doubles(arena, h, 1);
    work->ladder_error = doubles(arena, h, 1);
    work->level_error = doubles(arena, h, 1);
    if (arena->failed || work->cases == NULL) {
        return vg_fail_memory(error, work->n_origins * h * sizeof(struct nowcast_case));
    }
    for (size_t t = 0; t < work->n; t++) {
        work->published[t] = -1;
    }
    for (size_t i = 0; i < NOWCAST_SEASON; i++) {
        work->weekday[i] = 1;
    }
    return init_learners(work, arena, error);
}

/* ------------------------------------------------------------------ learning */

/* Probabilities from the odds, the slowest learner first: each leans on the slower one where it has seen little. */
static void rebuild(struct nowcast_work *work)
{
    size_t n_delays = work->n_delays;
    for (size_t i = 0; i < NOWCAST_LEARNERS; i++) {
        struct nowcast_learner *learner = &work->learners[i];
        const struct nowcast_learner *slower = i == 0 ? NULL : &work->learners[i - 1];
        double within = 1, slower_within = i == 0 ? 1 : slower->probability[0];
        learner->probability[0] = 1;
        for (size_t d = 1; d < n_delays; d++) {
            double prior = i == 0 ? first_odds(d, n_delays) : slower->probability[d] / slower_within;
            double weight = i == 0 ? FIRST_PRIOR_REPORTS : PRIOR_REPORTS;
            double pseudo = weight / (prior > 1e-4 ? prior : 1e-4);
            double odds = (learner->reports[d] + prior * pseudo) / (learner->exposure[d] + pseudo);
            odds = odds > -0.5 ? odds : -0.5;
            learner->probability[d] = odds * within;
            learner->plain_within[d - 1] = within;
            within += learner->probability[d];
            slower_within += i == 0 ? 0 : slower->probability[d];
        }
        for (size_t day = 0; day < work->season; day++) {
            double sum = 0;
            for (size_t d = 0; d < n_delays; d++) {
                sum += learner->probability[d] * work->weekday[(day + d) % work->season];
                learner->within[day * n_delays + d] = sum;
            }
        }
    }
}

/* Adds a report that covers delays from `next` to `delay` of one reference date to a learner. */
static void learn_cell(const struct nowcast_work *work, struct nowcast_learner *learner, size_t reference, size_t next,
                       size_t delay, double report)
{
    const double *within = learner->within + reference % work->season * work->n_delays;
    double before = work->known[reference];
    double span = within[delay] - within[next - 1];
    for (size_t d = next; d <= delay; d++) {
        double effect = work->weekday[(reference + d) % work->season];
        double expected = learner->probability[d] * effect;
        double part = span > 0 ? report * expected / span : report / (double)(delay - next + 1);
        learner->reports[d] += part;
        learner->exposure[d] += before * effect * learner->plain_within[d - 1] / within[d - 1];
        before += part;
    }
}

/* What the report day was expected to bring for dates of which something was known, and what it brought. */
struct report_day {
    double expected, seen, plain_expected;
};

static struct report_day look_at(const struct nowcast_work *work, size_t origin, size_t oldest)
{
    struct report_day day = {0, 0, 0};
    const struct nowcast_learner *learner = &work->learners[1];
    for (size_t t = oldest; t < origin && t < work->n; t++) {
        double cell = triangle_cell(work->triangle, work->first + t, origin - t);
        if (isnan(cell) || work->published[t] < 0) {
            continue;
        }
        const double *within = learner->within + t % work->season * work->n_delays;
        double before = within[work->published[t]];
        day.expected += work->known[t] * (within[origin - t] - before) / before;
        day.seen += cell;
        day.plain_expected +=
            work->published[t] + 1 == (int32_t)(origin - t) ? work->known[t] * learner->probability[origin - t] / before : NAN;
    }
    return day;
}

/* Reads one report day; of a cleared backlog only a part is learnt. */
static void learn_references(struct nowcast_work *work, size_t origin)
{
    size_t oldest = origin + 1 > work->n_delays ? origin + 1 - work->n_delays : 0;
    struct report_day day = look_at(work, origin, oldest);
    bool experienced = origin > work->n_delays / 2;
    double learnt =
        experienced && day.expected > 5 && day.seen > BATCH_SHARE * day.expected ? BATCH_SHARE * day.expected / day.seen : 1;
    for (size_t t = oldest; t <= origin && t < work->n; t++) {
        size_t delay = origin - t;
        double cell = triangle_cell(work->triangle, work->first + t, delay);
        if (isnan(cell)) {
            continue;
        }
        size_t next = (size_t)(work->published[t] + 1);
        for (size_t i = 0; i < NOWCAST_LEARNERS && next > 0; i++) {
            learn_cell(work, &work->learners[i], t, next, delay, cell * learnt);
        }
        work->known[t] += cell;
        work->published[t] = (int32_t)delay;
    }
    if (day.plain_expected > 0) {
        work->weekday_seen[origin % work->season] += day.seen * learnt;
        work->weekday_expected[origin % work->season] += day.plain_expected;
    }
}

static void update_weekdays(struct nowcast_work *work)
{
    if (work->season == 1) {
        return;
    }
    double keep = exp2(-1 / WEEKDAY_HALF_LIFE), total = 0, mean = 0;
    for (size_t i = 0; i < work->season; i++) {
        work->weekday_seen[i] *= keep;
        work->weekday_expected[i] *= keep;
        total += work->weekday_expected[i];
    }
    double prior = total / (double)work->season * 0.2 + 10;
    for (size_t i = 0; i < work->season; i++) {
        double effect = (work->weekday_seen[i] + prior) / (work->weekday_expected[i] + prior);
        work->weekday[i] = effect > 0.01 ? effect : 0.01;
        mean += work->weekday[i] / (double)work->season;
    }
    for (size_t i = 0; i < work->season; i++) {
        work->weekday[i] /= mean;
    }
}

static void observe(struct nowcast_work *work, size_t origin)
{
    for (size_t i = 0; i < NOWCAST_LEARNERS; i++) {
        struct nowcast_learner *learner = &work->learners[i];
        for (size_t d = 1; d < work->n_delays; d++) {
            learner->reports[d] *= learner->keep;
            learner->exposure[d] *= learner->keep;
        }
    }
    learn_references(work, origin);
    update_weekdays(work);
    rebuild(work);
}

/* ---------------------------------------------------------------- nowcasting */

/* Weighted geometric mean of the learners' ladders; better learners of late at this horizon count more. */
static double combine_ladders(struct nowcast_work *work, size_t origin, size_t horizon, size_t reference, double *share)
{
    size_t place = origin * work->n_horizons + horizon;
    double weights = 0, sum = 0;
    for (size_t i = 0; i < NOWCAST_LEARNERS; i++) {
        const double *within = work->learners[i].within + reference % work->season * work->n_delays;
        double known_share = within[work->published[reference]] / within[work->n_delays - 1];
        work->candidates[place * NOWCAST_LEARNERS + i] = work->known[reference] / known_share;
        double weight = 1 / (work->squares[horizon * NOWCAST_LEARNERS + i] + 1e-4);
        weights += weight;
        sum += weight * log(known_share);
    }
    *share = exp(sum / weights);
    *share = *share < 1e-4 ? 1e-4 : *share;
    return work->known[reference] / *share;
}

/* Sum of the expected counts of the `count` steps before `end`, NaN left out and made up for. */
static double level_sum(const struct nowcast_work *work, size_t end, size_t count)
{
    double sum = 0;
    size_t used = 0;
    for (size_t i = 1; i <= count && i <= end; i++) {
        double mean = work->mean[end - i];
        sum += isnan(mean) ? 0 : mean;
        used += isnan(mean) ? 0 : 1;
    }
    return used == 0 ? NAN : sum * (double)count / (double)used;
}

/* How this reference's weekday stands to its week, over the last weeks. */
static double reference_weekday(const struct nowcast_work *work, size_t reference)
{
    double same = 0, all = 0;
    for (size_t week = 1; week <= 6 && week * NOWCAST_SEASON + 3 <= reference; week++) {
        size_t t = reference - week * NOWCAST_SEASON;
        double around = 0;
        for (size_t i = t - 3; i <= t + 3; i++) {
            around += work->mean[i] / NOWCAST_SEASON;
        }
        if (!isnan(around)) {
            same += work->mean[t];
            all += around;
        }
    }
    return (same + 5) / (all + 5);
}

/* The level that the preceding dates suggest for a reference date, with their damped trend. */
static double suggested_level(const struct nowcast_work *work, size_t reference)
{
    size_t span = work->season == 1 ? 2 : work->season;
    double newest = level_sum(work, reference, span);
    double before = reference > span ? level_sum(work, reference - span, span) : NAN;
    if (isnan(newest)) {
        return NAN;
    }
    double growth = isnan(before) ? 0 : log((newest + 2) / (before + 2));
    growth = (growth > MOST_GROWTH ? MOST_GROWTH : growth < -MOST_GROWTH ? -MOST_GROWTH : growth) / (double)span;
    double steps = ((double)span + 1) / 2;
    double level = newest / (double)span * exp(LEVEL_DAMPING * growth * steps);
    return work->season == 1 ? level : level * reference_weekday(work, reference);
}

/* Weight of the level against the ladder: their precisions, each from its own errors and the counts it rests on. */
static double credibility(const struct nowcast_work *work, size_t horizon, double share, double known, double level)
{
    double weight = work->credibility_weight[horizon];
    double ladder_error = (work->ladder_error[horizon] + 2 * 0.1 * (1 - share)) / (weight + 2);
    double level_error = (work->level_error[horizon] + 2 * 0.1) / (weight + 2);
    double ladder_variance = (ladder_error > 0 ? ladder_error : 0) + 1 / (known + 1);
    double level_variance = level_error > 0.02 ? level_error : 0.02;
    return ladder_variance / (ladder_variance + level_variance);
}

/* Nowcast of every reference date as of an origin, the oldest first since newer ones lean on older ones. */
static void nowcast_singles(struct nowcast_work *work, size_t origin)
{
    size_t oldest = origin + 1 > work->n_horizons ? origin + 1 - work->n_horizons : 0;
    if (oldest > 0 && oldest <= work->n) {
        size_t complete = oldest - 1;
        work->mean[complete] = work->published[complete] < 0 ? NAN : work->known[complete];
        work->share[complete] = 1;
    }
    for (size_t t = oldest; t <= origin && t < work->n; t++) {
        size_t horizon = origin - t, place = origin * work->n_horizons + horizon;
        double level = suggested_level(work, t);
        double share = 0, ladder = NAN;
        if (work->published[t] >= 0) {
            ladder = combine_ladders(work, origin, horizon, t, &share);
        }
        if (share < SMALL_SHARE && !isnan(level)) {
            ladder = ladder > SMALL_SHARE_FACTOR * level + 5 ? SMALL_SHARE_FACTOR * level + 5 : ladder;
        }
        double weight = credibility(work, horizon, share, work->known[t], level);
        double mean = isnan(ladder) ? level : isnan(level) ? ladder : ladder + weight * (1 - share) * (level - ladder);
        work->ladder[place] = ladder;
        work->level[place] = level;
        work->ladder_share[place] = share;
        work->mean[t] = mean;
        work->share[t] = share;
        work->single[place] = mean;
    }
}

/* The targets: single steps or rolling sums of them. */
static void nowcast_targets(struct nowcast_work *work, size_t origin)
{
    for (size_t horizon = 0; horizon < work->n_horizons; horizon++) {
        struct nowcast_case *target = &work->cases[origin * work->n_horizons + horizon];
        *target = (struct nowcast_case){NAN, NAN, NAN};
        if (horizon > origin || origin - horizon >= work->n || origin - horizon + 1 < work->sum_steps) {
            continue;
        }
        double mean = 0, reported = 0;
        for (size_t i = 0; i < work->sum_steps; i++) {
            size_t t = origin - horizon - i;
            mean += work->mean[t];
            reported += work->known[t];
        }
        *target = (struct nowcast_case){mean, reported, mean > 0 ? reported / mean : 1};
    }
}

/* ------------------------------------------------------------ learning from errors */

/* After how many steps a former nowcast is compared: when four fifths are reported as a rule. */
static size_t comparison_lag(const struct nowcast_work *work)
{
    const double *within = work->learners[1].within;
    size_t lag = work->season;
    while (lag < work->n_horizons && within[lag] < 0.8 * within[work->n_delays - 1]) {
        lag++;
    }
    return lag;
}

static double log_count(double count)
{
    return log(count > 0 ? count + 0.5 : 0.5);
}

/*
 * Relative squared errors of ladder and level in excess of what counting alone explains. Errors are cut at three times the
 * count, since one ladder that grew from a single early report would else speak for months.
 */
static void learn_credibility(struct nowcast_work *work, size_t horizon, size_t place, double now, double keep)
{
    double ladder = (work->ladder[place] - now) / (now + 1), level = (work->level[place] - now) / (now + 1);
    if (isnan(level)) {
        return;
    }
    ladder = ladder > 3 ? 3 : ladder;
    level = level > 3 ? 3 : level;
    double share = work->ladder_share[place];
    double weight = now / (now + 5);
    work->credibility_weight[horizon] = keep * work->credibility_weight[horizon] + weight;
    work->ladder_error[horizon] =
        keep * work->ladder_error[horizon] + weight * (ladder * ladder - (1 - share) / (share * now + 1));
    work->level_error[horizon] = keep * work->level_error[horizon] + weight * (level * level - 1 / (now + 1));
}

/* Compares the nowcasts made `lag` steps ago with what is thought now, and moves the learners' weights and the credibility. */
static void learn_from_errors(struct nowcast_work *work, size_t origin)
{
    size_t lag = comparison_lag(work);
    double keep = exp2(-work->triangle->step_days / ERROR_HALF_LIFE_DAYS);
    if (work->season == 1) {
        keep = exp2(-1 / 12.0);
    }
    for (size_t horizon = 0; horizon < work->n_horizons && lag <= origin && horizon + lag <= origin; horizon++) {
        size_t reference = origin - lag - horizon;
        size_t place = (origin - lag) * work->n_horizons + horizon;
        if (reference >= work->n || isnan(work->mean[reference]) || isnan(work->ladder[place])) {
            continue;
        }
        double now = work->mean[reference];
        for (size_t i = 0; i < NOWCAST_LEARNERS; i++) {
            double error = log_count(work->candidates[place * NOWCAST_LEARNERS + i]) - log_count(now);
            double *square = &work->squares[horizon * NOWCAST_LEARNERS + i];
            *square = *square * keep + (1 - keep) * error * error;
        }
        learn_credibility(work, horizon, place, now, keep);
    }
}

void nowcast_re_enact(struct nowcast_work *work)
{
    for (size_t t = 0; t < work->n; t++) {
        work->mean[t] = NAN;
    }
    rebuild(work);
    for (size_t origin = 0; origin < work->n_origins; origin++) {
        observe(work, origin);
        nowcast_singles(work, origin);
        nowcast_targets(work, origin);
        learn_from_errors(work, origin);
    }
}
