/*
 * The renewal model as numbers, private to this folder. docs/renewal-model.md has the equations.
 *
 * Words: a latent day i = 0 .. n_latent - 1 is a day of infection; reference step k = 0 .. n_rows - 1 (a row of the triangle)
 * is made of the latent days up to row_end(k). A cell (k, first..last) holds what was newly reported of row k at these delays.
 * The unknowns: level x[i] = log infections (R and its innovations follow from it), noise[k] = log of the reference step's own
 * deviation, theta = delays, report-day effects and weekdays, and four hyperparameters (logarithms).
 */
#ifndef VG_RENEWAL_INTERNAL_H
#define VG_RENEWAL_INTERNAL_H

#include "monitor/renewal/renewal.h"

#define RENEWAL_LAGS_MOST 120 /* generation interval and kernel from infection to reference step, in days */
#define RENEWAL_DELAYS_MOST 512
#define RENEWAL_SHORT_MOST 7  /* delays that are short, in steps, at most */
#define RENEWAL_BASES_LEAN 4 /* groups of delays by which a lean place differs from its parent */

enum renewal_hyper {
    RENEWAL_SIGMA,  /* daily innovation of log R */
    RENEWAL_EXCESS, /* variance of a count beyond its mean, as a multiple of the mean */
    RENEWAL_TAU,    /* deviation of a reference step */
    RENEWAL_UPSILON, /* deviation of a report step's hazards */
    RENEWAL_OMEGA,  /* drift of short delays' hazards from knot to knot; of long ones RENEWAL_LONG_DRIFT times that */
    RENEWAL_HYPER_COUNT
};

struct renewal_cell {
    uint16_t first, last; /* delays */
    float count;
};

struct renewal_row {
    uint32_t cell, n_cells; /* its non-zero cells, by delay */
    int32_t last_delay;     /* newest published delay; -1 none */
    bool split;             /* its cells tell about delays; else the row is one complete count */
    uint8_t weekday;        /* of the reference date */
    double known;           /* sum of the cells */
};

/* Where the groups of theta start; a group that the data do not need has no entries. */
struct renewal_layout {
    size_t base, n_base;       /* logit hazards of delays 0 .. n_delays - 2; lean: of groups of delays, from the parent's */
    size_t shape;              /* mean and log sd of the parametric (log-normal) delay, 2 entries, unless the prior is given */
    size_t n_shape;
    size_t report_day, n_report_day; /* effect of the report's weekday */
    size_t holiday, n_holiday;
    size_t drift, n_drift;     /* slow change by report step, values at knots: of short delays, then of long ones */
    size_t n_group;            /* knots of each, the newest, which is 0, excepted */
    size_t effect, n_effect;   /* of single report steps, the newest */
    size_t weekday, n_weekday; /* of the reference date */
    size_t used, n; /* n is used rounded up to a multiple of four, for the kernels' sake: the rest is standard normal and touches nothing */
};

/* Entries of theta, ascending, that the logit hazards of a report step depend on beside the delay's base, with their weights. */
struct renewal_tie {
    uint16_t n, index[5];
    double weight[5];
};

struct renewal_problem {
    int32_t start, step_days;
    size_t n_rows, n_delays, n_seed, n_latent;
    size_t first_split;        /* rows before it are complete counts */
    size_t last_report;        /* newest report step */
    size_t first_effect;       /* report step of the first single effect */
    struct renewal_row *rows;
    struct renewal_cell *cells;
    double *cell_count; /* [n_cells] the cells' counts once more, side by side */
    size_t n_cells;
    size_t n_generation, n_kernel;
    double generation[RENEWAL_LAGS_MOST]; /* [j] lag j days; [0] is 0 */
    double kernel[RENEWAL_LAGS_MOST + 8]; /* [j]: weight of infections j days before the row's last day */
    /*
     * The same from the longest lag to the shortest, so that they run along with the days: [a] of lag n_generation - 1 - a, of lag n_kernel -
     * 1 - a. Zeros after that, up to a whole four and one more.
     */
    double generation_back[RENEWAL_LAGS_MOST + 16], kernel_back[RENEWAL_LAGS_MOST + 24];
    /*
     * Lean: a place of a parent that is known. Its hazards are the parent's, by delay and by report step, but for a shift of each of a few
     * groups of delays; theta is small then.
     */
    bool lean;
    size_t n_hazards;          /* n_delays - 1, or 0 */
    uint16_t *base_of;         /* [n_hazards] which of base */
    double *hazard_offset;     /* [n_hazards] logit hazard = offset + base + what the report step adds */
    double *step_offset;       /* [2 * (n_rows + n_delays)] of short delays, of long ones */
    struct renewal_tie *ties;  /* [2 * (n_rows + n_delays)] of report steps: of short delays, then of long ones */
    double keep;               /* autoregression of log R per day */
    uint8_t *report_weekday;   /* [n_rows + n_delays] of report steps */
    uint8_t *report_holiday;
    size_t n_short;            /* delays whose hazards drift as the short ones do */
    uint16_t *knot;            /* [n_rows + n_delays] drift at a report step: knot_weight * value[knot] + (1 - knot_weight) * value[knot + 1] */
    double *knot_weight;
    struct renewal_layout layout;
    /* Priors. theta: normal with mean and dense precision; base hazards beside around the parametric delay where n_shape is 2. */
    double *theta_mean, *theta_precision; /* [n], [n * n] */
    const struct vg_renewal_prior *prior; /* what the places around it say, or NULL */
    double base_sd;            /* of base around the parametric delay */
    double level_mean;         /* of x[0] */
    double hyper_mean[RENEWAL_HYPER_COUNT], hyper_sd[RENEWAL_HYPER_COUNT]; /* sd 0: fixed */
    double cell_constant;      /* sum of log y! */
    double known, withdrawn;   /* reports in all, and those taken back */
    size_t skipped;            /* reference dates of the triangle before the window */
    size_t n_knots, n_holidays;
};

/* A point of the parameter space; level, noise and theta lie one after the other, so that the whole is one vector from level on. */
struct renewal_point {
    double *level; /* [n_latent] */
    double *noise; /* [n_rows] */
    double *theta; /* [layout.n] */
    double hyper[RENEWAL_HYPER_COUNT];
};

#define RENEWAL_LANES 8

/* Eight points side by side: entry i of lane l at RENEWAL_LANES * i + l. */
struct renewal_lanes {
    double *level, *noise, *theta;
    double sigma[RENEWAL_LANES], excess[RENEWAL_LANES], tau[RENEWAL_LANES]; /* not their logarithms */
};

/* What evaluating the density at a point leaves behind for gradient and curvature. */
struct renewal_state {
    double *infections;  /* [n_latent + 16], zeros at the end */
    double *pressure;    /* [n_latent] sum g I before, from n_seed on */
    double *log_r;       /* [n_latent] from n_seed on */
    double *innovation;  /* [n_latent] standardised */
    double *expected;    /* [n_rows] sum kernel I */
    double *mean;        /* [n_rows] expected final count with weekday and noise */
    double *hazard;      /* [n_split * n_delays] */
    double *survival;    /* [n_split * n_delays] not yet reported after the delay */
    double *delay_odds, *step_odds; /* [n_delays], [2 * (n_rows + n_delays)] against being reported, what delay and report step (of short delays, of long ones) give */
    double *unreported;  /* [n_rows] expected share after the newest published delay */
    double *mean_score;  /* [n_rows] derivative of the log-likelihood by log mean */
    double *hazard_score; /* [n_split * n_delays] by logit hazard */
    double *cell_mean;   /* [n_cells] expected counts */
    double *cell_score, *cell_bend; /* [n_cells] of the log-likelihood by log mean: first derivative; minus second, beyond the Poisson law's */
    double *by_step;     /* [2 * (n_rows + n_delays)] sums of hazard_score by report step */
    double *theta_off;   /* [layout.n] from the prior's mean */
    double *shape_base, *shape_high, *shape_low; /* [n_delays] parametric logit hazards, and their slopes; while the curvature is made, these with a step to either side */
    double log_likelihood, log_prior;
    double hyper_score[RENEWAL_HYPER_COUNT];
};

/* Prior of the hyperparameters: normal on the log scale. */
#define RENEWAL_HYPER_MEANS {-3.2, -1.2, -2.5, -2.5, -2.2}
#define RENEWAL_HYPER_SDS {0.5, 1.0, 0.7, 0.6, 0.5}
#define RENEWAL_LONG_DRIFT 1.5

/* Scales of the prior of the seeding days. */
#define RENEWAL_LEVEL_SD 2.0
#define RENEWAL_SEED_GROWTH_SD 0.15
#define RENEWAL_SEED_CHANGE_SD 0.01
#define RENEWAL_FIRST_LOG_R_SD 0.4

#define RENEWAL_SCRATCH_BYTES ((size_t)6 << 20) /* about what 180 days and 40 delays need, by two threads */
#define RENEWAL_LINE_BYTES 64 /* of the processor's caches: vectors that lie across two are slower to load */

/* a * b numbers of the arena, from the start of a cache line on; NULL, and arena->failed, where that is too much. */
static inline double *renewal_doubles(struct vg_arena *arena, size_t a, size_t b)
{
    size_t row_bytes = 0, bytes = 0;
    if (!vg_multiply_size(b > 0 ? b : 1, sizeof(double), &row_bytes) || !vg_multiply_size(a, row_bytes, &bytes) ||
        !vg_add_size(bytes, RENEWAL_LINE_BYTES, &bytes)) {
        arena->failed = true;
        return NULL;
    }
    char *memory = vg_arena_alloc(arena, bytes, 1);
    return memory == NULL ? NULL : (double *)(void *)(memory + (RENEWAL_LINE_BYTES - (uintptr_t)memory % RENEWAL_LINE_BYTES) % RENEWAL_LINE_BYTES);
}

static inline size_t renewal_row_end(const struct renewal_problem *problem, size_t row)
{
    return problem->n_seed + (row + 1) * (size_t)problem->step_days - 1;
}

/* First row that is not complete; n_rows where all are (problem.c). */
size_t renewal_first_open(const struct renewal_problem *problem);

/* Length of a point as one vector, without the hyperparameters. */
static inline size_t renewal_point_length(const struct renewal_problem *problem)
{
    return problem->n_latent + problem->n_rows + problem->layout.n;
}

/*
 * log R of day i (from n_seed on) by the levels from i - n_generation on, n_generation + 1 of them: 0, minus the shares of the infection
 * pressure, 1; and zeros to n_generation + 16. out: [RENEWAL_LAGS_MOST + 16].
 */
void renewal_log_r_by_level(const struct renewal_problem *problem, const struct renewal_state *state, size_t day, double *out);

vg_status renewal_state_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_state *state,
                            struct vg_error *error) VG_MUST_USE;
vg_status renewal_point_new(const struct renewal_problem *problem, struct vg_arena *arena, struct renewal_point *point,
                            struct vg_error *error) VG_MUST_USE;
void renewal_point_copy(const struct renewal_problem *problem, struct renewal_point *to, const struct renewal_point *from);

/* Log density (likelihood and prior, constants of the data included) at a point. Not finite where the point is absurd. */
double renewal_density(const struct renewal_problem *problem, const struct renewal_point *point, struct renewal_state *state);
/* Its gradient, after renewal_density at the same point. */
void renewal_gradient(const struct renewal_problem *problem, const struct renewal_point *point, struct renewal_state *state,
                      struct renewal_point *gradient);

/* Standardised step of the drift's knot i (of n_drift) to the next, which is 0 after the newest. */
double renewal_drift_step(const struct renewal_problem *problem, const double *theta, size_t knot);

/* Logit hazards of the log-normal delay with the mean and log sd given, discretised to steps; and their derivatives by both, or NULL. */
void renewal_shape_hazards(const double shape[2], size_t n_base, double *logit_hazards, double *by_mean, double *by_log_sd);

#endif
